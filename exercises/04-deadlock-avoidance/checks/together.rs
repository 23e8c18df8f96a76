//! The checks of the tasks about one call that sends and receives, round a ring and along a row with
//! open ends.

use super::{
    Answers, MANY, Numbers, Standard, Synchronous, amount, by_one_of, calls, neighbours,
    no_collectives, part,
};
use harness_mpi::{Check, Kind, Traffic};

const SENDRECV: &[&str] = &["MPI_Sendrecv", "MPI_Sendrecv_replace"];

pub fn sendrecv(check: &mut Check, answers: &Answers) {
    let (rank, (previous, _)) = (check.rank(), neighbours(check));
    for (length, mode) in [
        (5, Standard),
        (1, Standard),
        (0, Standard),
        (3, Synchronous),
        (MANY, Standard),
    ] {
        let numbers = Numbers::draw(check, length);
        let (mine, theirs) = (numbers.of(rank), numbers.of(previous));
        let run = |check: &mut Check| {
            let (returned, traffic) = check.observe(|world| (answers.sendrecv)(world, &mine));
            let why = "a rank gets the numbers of the rank before it, and rank 0 those of the last";
            let right = check.returned(returned, theirs, why);
            let why = "one call sends and receives, in whatever order the ranks come to it";
            let right = right && by_one_of(check, &traffic, SENDRECV, why);
            let why = "all numbers go at once";
            let sent = traffic.sent_by(rank).times;
            right && check.at_most("messages sent", sent, 1, why)
        };
        if !part(check, mode, &amount(length), run) {
            return;
        }
    }
}

pub fn chain(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for (length, mode) in [
        (5, Standard),
        (3, Standard),
        (1000, Standard),
        (4, Synchronous),
    ] {
        let numbers = Numbers::draw(check, length);
        let mut cells = numbers.of(rank);
        let mut expected = cells.clone();
        if rank > 0 {
            expected[0] = numbers.of(rank - 1)[length - 2];
        }
        if rank + 1 < size {
            expected[length - 1] = numbers.of(rank + 1)[1];
        }
        let run = |check: &mut Check| {
            let ((), traffic) = check.observe(|world| (answers.chain)(world, &mut cells));
            let why = "the ghost cells hold the neighbours' own cells; at an open end, and in \
                       between, everything stays as it is";
            check.holds("cells", cells, expected, why) && no_special_case(check, &traffic)
        };
        let input = format!("{length} cells on each rank, two of them ghosts");
        if !part(check, mode, &input, run) {
            return;
        }
    }
}

/// Requires of this rank, also at an end, the calls of one that has two neighbours: as many sends and
/// receives as messages go to and from such a rank.
fn no_special_case(check: &mut Check, traffic: &Traffic) -> bool {
    const SENDS: &[&str] = &[
        "MPI_Send",
        "MPI_Ssend",
        "MPI_Isend",
        "MPI_Issend",
        "MPI_Sendrecv",
        "MPI_Sendrecv_replace",
    ];
    const RECEIVES: &[&str] = &[
        "MPI_Recv",
        "MPI_Irecv",
        "MPI_Sendrecv",
        "MPI_Sendrecv_replace",
    ];
    let (sends, receives) = (
        calls(check, traffic, SENDS),
        calls(check, traffic, RECEIVES),
    );
    let same = check.size() == 1 || (sends >= 2 && receives >= 2);
    let same = check.require(same, Kind::WrongOperation, || {
        format!(
            "made {sends} sends and {receives} receives, and a rank with two neighbours makes 2 of \
             each: at an open end the neighbour is no process, and the calls stay the same"
        )
    });
    let sent = traffic.sent_by(check.rank()).times;
    same && no_collectives(check, traffic)
        && check.at_most("messages sent", sent, 2, "one cell goes to each neighbour")
}

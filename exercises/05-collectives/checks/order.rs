//! The checks of the tasks about who goes when, and who sends how often.

use super::{Answers, by_one_of, calls};
use harness_mpi::{Check, Kind, Traffic, plural};
use std::cell::RefCell;

/// What each rank sees proves the order of all: MPI lets nobody out of a barrier before all are in it,
/// so what any rank did before it precedes what any rank does after it.
pub fn barrier(check: &mut Check, answers: &Answers) {
    const BARRIER: &[&str] = &["MPI_Barrier", "MPI_Ibarrier"];
    let order = RefCell::new(Vec::new());
    let note = |what| {
        let ended = check.calls_so_far(&["MPI_Wait", "MPI_Waitall", "MPI_Test"]);
        let passed =
            check.calls_so_far(&["MPI_Barrier"]) + check.calls_so_far(&["MPI_Ibarrier"]).min(ended);
        let mut order = order.borrow_mut();
        if passed > 0 && !order.contains(&"barrier") {
            order.push("barrier");
        }
        order.push(what);
    };
    let ((), traffic) =
        check.observe(|world| (answers.barrier)(world, &|| note("enter"), &|| note("leave")));
    let (mut order, mut expected) = (order.take(), vec!["enter", "barrier", "leave"]);
    if check.size() == 1 {
        order.retain(|what| *what != "barrier");
        expected.retain(|what| *what != "barrier");
    }
    let count = calls(check, &traffic, BARRIER);
    let why = "nothing keeps it from leaving first";
    if !by_one_of(check, &traffic, BARRIER, why) {
        return;
    }
    check.at_most("barriers", count, 1, "one lets nobody pass too early");
    check.holds("order", order, expected, "nobody leaves before all entered");
}

pub fn by_hand(check: &mut Check, answers: &Answers) {
    let rank = check.rank();
    for length in [1, 5, 20_000] {
        let all = check.fractions(length);
        let mut numbers = if rank == 0 {
            all.clone()
        } else {
            vec![-1.0; length]
        };
        check.input(format!("{} on rank 0", plural(length, "number")));
        let (messages, traffic) = check.observe(|world| (answers.by_hand)(world, &mut numbers));
        let right = check.holds("numbers", &numbers, &all, "every rank gets what rank 0 has");
        if !check.everywhere(right) || !only_a_tree(check, &traffic) {
            return;
        }
        let sent = traffic.sent_by(rank).times as usize;
        check.returned(messages, sent, "it returns how many messages it has sent");
    }
}

/// Requires that nothing but a tree of messages was used, and that it can be done in ⌈log2 n⌉ rounds.
/// All ranks agree on the answer.
fn only_a_tree(check: &mut Check, traffic: &Traffic) -> bool {
    let (size, sent) = (check.size(), traffic.sent().times);
    let fewest = u64::from(size.next_power_of_two().ilog2());
    let most = (0..size).fold(0, |most, rank| most.max(traffic.sent_by(rank).times));
    let library = traffic.collectives().join(", ");
    // The counts are those of all ranks: one rank is enough to say so.
    if check.rank() == 0 {
        let alone = check.require(library.is_empty(), Kind::WrongOperation, || {
            format!("or another rank called {library}: here it is done by sends and receives alone")
        });
        let (needed, rounds) = (size as u64 - 1, rounds(traffic, 0, size, size));
        for (what, count, limit, why) in [
            ("messages in all", sent, needed, "one for each other rank"),
            (
                "messages from one rank",
                most,
                fewest,
                "whoever has the numbers can help",
            ),
        ] {
            if alone && !check.at_most(what, count, limit, why) {
                break;
            }
        }
        if check.is_clean() {
            let why = "each round can double the ranks that have them";
            check.few_rounds("rounds", rounds, fewest, why);
        }
    }
    check.everywhere(check.is_clean())
}

/// How many rounds it takes at least until all have the data whom `rank` sends it to, directly or not.
/// It sends one message in each round. In which order it did is not counted; the best is taken. No
/// tree is deeper than `depth`: whatever else was sent, this comes to an end.
fn rounds(traffic: &Traffic, rank: usize, size: usize, depth: usize) -> u64 {
    let mut after: Vec<u64> = (0..size)
        .filter(|child| depth > 0 && traffic.between(rank, *child).times > 0)
        .map(|child| rounds(traffic, child, size, depth - 1))
        .collect();
    after.sort_unstable_by(|one, other| other.cmp(one));
    let ends = after.iter().zip(1..).map(|(after, round)| round + after);
    ends.max().unwrap_or(0)
}

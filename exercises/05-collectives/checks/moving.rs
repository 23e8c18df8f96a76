//! The checks of the tasks in which data goes from rank to rank as it is.

use super::{Answers, by_one_of, calls, right_everywhere};
use crate::subject::Settings;
use harness_mpi::{Check, part, plural};

const BROADCAST: &[&str] = &["MPI_Bcast", "MPI_Ibcast"];

pub fn broadcast_array(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let last = size - 1;
    for (length, root) in [(5, 0), (7, last), (1, size / 2), (0, 0), (20_000, last)] {
        let all = check.fractions(length);
        let mut numbers = if check.rank() == root {
            all.clone()
        } else {
            vec![-1.0; length]
        };
        check.input(format!("{} on rank {root}", plural(length, "number")));
        let ((), traffic) =
            check.observe(|world| (answers.broadcast_array)(world, root as i32, &mut numbers));
        let why = "every rank gets the root's numbers";
        let right = check.holds("numbers", &numbers, &all, why);
        if !right_everywhere(check, right, &traffic, BROADCAST) {
            return;
        }
        if length > 0 {
            let why = "one broadcast gives all ranks the same";
            by_one_of(check, &traffic, BROADCAST, why);
            let count = calls(check, &traffic, BROADCAST);
            check.at_most("broadcasts", count, 1, "an array goes as a whole");
        }
    }
}

pub fn broadcast_object(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let last = size - 1;
    for (words, widths, root) in [(9, 20, 0), (2, 1, last), (0, 0, 0), (1, 5_000, size / 2)] {
        let settings = Settings {
            title: "größer ".repeat(words),
            steps: check.draw(1..1000),
            widths: check.fractions(widths),
        };
        let given = (check.rank() == root).then_some(&settings);
        check.input(format!(
            "on rank {root} a title of {}, and {}",
            plural(words, "word"),
            plural(widths, "width")
        ));
        let (all, traffic) =
            check.observe(|world| (answers.broadcast_object)(world, root as i32, given));
        let right = check.returned(&all, &settings, "every rank gets the root's settings");
        if !right_everywhere(check, right, &traffic, BROADCAST) {
            return;
        }
        let why = "bytes are broadcast like any other array";
        by_one_of(check, &traffic, BROADCAST, why);
        let count = calls(check, &traffic, BROADCAST);
        check.at_most("broadcasts", count, 2, "how many bytes, then the bytes");
        let bytes = |function: &&str| traffic.given(check.rank(), function);
        let (bytes, own) = (BROADCAST.iter().map(bytes).sum(), 8 * widths + 7 * words);
        // Room for any way to write numbers and lengths down.
        let enough = 4 * own as u64 + 1_000;
        check.at_most("bytes broadcast", bytes, enough, "it need not be guessed");
    }
}

pub fn scatter(check: &mut Check, answers: &Answers) {
    const SCATTER: &[&str] = &[
        "MPI_Scatter",
        "MPI_Scatterv",
        "MPI_Iscatter",
        "MPI_Iscatterv",
    ];
    let (rank, size) = (check.rank(), check.size());
    for block in [5, 1, 64, 0, 4_000] {
        let all = check.ramp(block * size);
        check.input(format!(
            "{}, {block} for each of {}",
            plural(all.len(), "number"),
            plural(size, "rank")
        ));
        let (mine, traffic) =
            check.observe(|world| (answers.scatter)(world, (rank == 0).then_some(&all), block));
        let own = &all[rank * block..][..block];
        let right = check.returned(mine.as_slice(), own, "rank r gets the r-th block");
        if !right_everywhere(check, right, &traffic, SCATTER) {
            return;
        }
        if block > 0 && size > 1 {
            let why = "one scatter sends each rank its own block and no more";
            check.uses(&traffic, SCATTER, why);
            let why = "a broadcast sends everything to everyone";
            check.avoids(&traffic, BROADCAST, why);
        }
    }
}

pub fn gather(check: &mut Check, answers: &Answers) {
    const GATHER: &[&str] = &["MPI_Gather", "MPI_Gatherv", "MPI_Igather", "MPI_Igatherv"];
    let (rank, size) = (check.rank(), check.size());
    for length in [5, 1, 64, 0, 4_000] {
        let parts: Vec<Vec<i32>> = (0..size).map(|_| check.ramp(length)).collect();
        let each = plural(length, "number");
        check.input(format!("{each} on each of {}", plural(size, "rank")));
        let mine = &parts[rank];
        let (all, traffic) = check.observe(|world| (answers.gather)(world, mine));
        let expected = (rank == 0).then(|| parts.concat());
        let right = check.returned(all, expected, "rank 0 gets every block in its place");
        if !right_everywhere(check, right, &traffic, GATHER) {
            return;
        }
        if length > 0 {
            let why = "one gather brings every block to rank 0 only";
            by_one_of(check, &traffic, GATHER, why);
        }
    }
}

pub fn all_gather(check: &mut Check, answers: &Answers) {
    const ALL_GATHER: &[&str] = &[
        "MPI_Allgather",
        "MPI_Allgatherv",
        "MPI_Iallgather",
        "MPI_Iallgatherv",
    ];
    let (rank, size) = (check.rank(), check.size());
    for width in [10, 1, 3, 0, 2_000] {
        let factors = check.draw_vec(size, 2..1000);
        let row = |factor| (1..).take(width).map(move |column| factor * column);
        let table: Vec<i32> = factors.iter().flat_map(|factor| row(*factor)).collect();
        check.input(format!("factors {factors:?}, width {width}"));
        let own = factors[rank];
        let (all, traffic) = check.observe(|world| (answers.all_gather)(world, own, width));
        let right = check.returned(all, table, "row r is rank r's factor times 1, 2, 3, …");
        if !check.everywhere(right) {
            return;
        }
        if width > 0 {
            let why = "one call gathers on every rank; no root has to hand anything on";
            by_one_of(check, &traffic, ALL_GATHER, why);
        }
    }
}

pub fn uneven(check: &mut Check, answers: &Answers) {
    // Where one of the two is not written, the other is checked all the same.
    if part(|| uneven_out(check, answers)) != Some(false) {
        part(|| uneven_back(check, answers));
    }
}

/// Returns whether it was right everywhere.
fn uneven_out(check: &mut Check, answers: &Answers) -> bool {
    const SCATTERV: &[&str] = &["MPI_Scatterv", "MPI_Iscatterv"];
    let (rank, size) = (check.rank(), check.size());
    for length in [2 * size + 1, 1, 3 * size - 1, 4 * size, size - 1, 0, 50_001] {
        let all = check.fractions(length);
        let all_numbers = plural(length, "number");
        check.input(format!(
            "scatterv: {all_numbers} for {}",
            plural(size, "rank")
        ));
        let (mine, traffic) =
            check.observe(|world| (answers.scatterv)(world, (rank == 0).then_some(&all)));
        let (block, longer) = (length / size, length % size);
        let start = rank * block + rank.min(longer);
        let own = &all[start..][..block + usize::from(rank < longer)];
        let right = check.returned(mine.as_slice(), own, "the first ranks have one more");
        if !check.everywhere(right) {
            return false;
        }
        if length > 0 {
            let why = "it takes a count and a start for each rank";
            by_one_of(check, &traffic, SCATTERV, why);
        }
    }
    true
}

fn uneven_back(check: &mut Check, answers: &Answers) {
    const GATHERV: &[&str] = &["MPI_Gatherv", "MPI_Igatherv"];
    let size = check.size();
    let rising = (0..size).map(|rank| 2 * rank + 1).collect();
    let drawn = check.draw_vec(size, 0..9);
    let one = (1..=size).map(|rank| rank / size).collect();
    for lengths in [rising, drawn, one, vec![0; size], vec![9_001; size]] {
        let part = |length: &usize| check.fractions(*length);
        let parts: Vec<Vec<f64>> = lengths.iter().map(part).collect();
        check.input(format!("gatherv: parts of lengths {lengths:?}"));
        let mine = &parts[check.rank()];
        let (all, traffic) = check.observe(|world| (answers.gatherv)(world, mine));
        let expected = (check.rank() == 0).then(|| parts.concat());
        let why = "rank 0 gets part after part, as long as each is";
        let right = check.returned(all, expected, why);
        if !check.everywhere(right) {
            return;
        }
        if lengths.iter().any(|length| *length > 0) {
            let why = "it takes a count and a start for each rank";
            by_one_of(check, &traffic, GATHERV, why);
        }
    }
}

pub fn all_to_all(check: &mut Check, answers: &Answers) {
    const ALL_TO_ALL: &[&str] = &[
        "MPI_Alltoall",
        "MPI_Alltoallv",
        "MPI_Alltoallw",
        "MPI_Ialltoall",
        "MPI_Ialltoallv",
    ];
    let (rank, size) = (check.rank(), check.size());
    for height in [2, 1, 3, 30] {
        let width = height * size;
        let matrix = check.ramp(width * width);
        let own = rank * height..(rank + 1) * height;
        let rows = &matrix[own.start * width..own.end * width];
        check.input(format!(
            "a matrix of {width} by {width}, {} on each of {}",
            plural(height, "row"),
            plural(size, "rank")
        ));
        let (turned, traffic) = check.observe(|world| (answers.all_to_all)(world, rows, height));
        let expected: Vec<i32> = own
            .flat_map(|column| matrix.iter().skip(column).step_by(width).copied())
            .collect();
        let why = "its rows are the columns of the whole matrix";
        let right = check.returned(turned, expected, why);
        if !check.everywhere(right) {
            return;
        }
        let why = "every rank has a block for every rank";
        by_one_of(check, &traffic, ALL_TO_ALL, why);
        let count = calls(check, &traffic, ALL_TO_ALL);
        check.at_most("all-to-alls", count, 1, "all blocks go at once");
    }
}

//! The checks of the tasks in which data is combined on its way from rank to rank.

use super::{Answers, by_one_of, right_everywhere, with_peak};
use harness_mpi::{Check, Kind, Reason, Traffic, part, plural};
use own_operation::take_broken_promise;

const REDUCE: &[&str] = &["MPI_Reduce", "MPI_Ireduce"];

fn by_reduce(check: &mut Check, traffic: &Traffic) {
    let why = "a reduce combines on the way, and only rank 0 gets the result";
    by_one_of(check, traffic, REDUCE, why);
    let why = "the reduce waits for all that it needs, and ranks that call the two in different orders break \
               rule 2: all make the same calls in the same order";
    check.avoids(traffic, &["MPI_Barrier", "MPI_Ibarrier"], why);
}

pub fn reduce(check: &mut Check, answers: &Answers) {
    // Where one of the two is not written, the other is checked all the same.
    if part(|| sums(check, answers)) != Some(false) {
        part(|| largest(check, answers));
    }
}

/// Returns whether it was right everywhere.
fn sums(check: &mut Check, answers: &Answers) -> bool {
    let (rank, size) = (check.rank(), check.size());
    for length in [3, 1, 100, 0, 2_000] {
        let vectors: Vec<Vec<i64>> = (0..size)
            .map(|_| check.draw_vec(length, 1..1 << 40))
            .collect();
        check.input(format!(
            "reduce_sum: {} on each of {}",
            plural(length, "number"),
            plural(size, "rank")
        ));
        let mine = &vectors[rank];
        let (sum, traffic) = check.observe(|world| (answers.reduce_sum)(world, mine));
        let column = |at| vectors.iter().map(|vector| vector[at]).sum();
        let expected = (rank == 0).then(|| (0..length).map(column).collect());
        let right = check.returned(sum, expected, "rank 0 gets one sum for each element");
        if !right_everywhere(check, right, &traffic, REDUCE) {
            return false;
        }
        if length > 0 {
            by_reduce(check, &traffic);
        }
    }
    true
}

fn largest(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for (range, top) in [(-99..-1, size - 1), (-999..1000, 0), (1..9, size / 2)] {
        let numbers = with_peak(check, range, top);
        check.input(format!("reduce_max: the numbers {numbers:?}"));
        let mine = numbers[rank];
        let (largest, traffic) = check.observe(|world| (answers.reduce_max)(world, mine));
        let expected = numbers.iter().max().copied().filter(|_| rank == 0);
        let right = check.returned(largest, expected, "rank 0 gets the largest of all");
        if !right_everywhere(check, right, &traffic, REDUCE) {
            return;
        }
        by_reduce(check, &traffic);
    }
}

pub fn own_operation(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for length in [12, 1, 200, 0] {
        // About half of them are 0: no entry.
        let mut entry = || check.draw(0..2) * check.draw(-99..100);
        let entries: Vec<Vec<i32>> = (0..size)
            .map(|_| (0..length).map(|_| entry()).collect())
            .collect();
        let each = plural(length, "position");
        check.input(format!("{each} on each of {}", plural(size, "rank")));
        let mine = &entries[rank];
        take_broken_promise();
        let (winners, traffic) = check.observe(|world| (answers.own_operation)(world, mine));
        // Before the result, which is wrong for this reason, or right only because MPI has swapped.
        if !promise_kept(check) {
            return;
        }
        let newest = |at| {
            let mut column = entries.iter().map(|entries: &Vec<i32>| entries[at]);
            column.rfind(|entry| *entry != 0).unwrap_or(0)
        };
        let expected = (rank == 0).then(|| (0..length).map(newest).collect());
        let why = "the highest rank's entry wins, 0 is none";
        let right = check.returned(winners, expected, why);
        if !right_everywhere(check, right, &traffic, REDUCE) {
            return;
        }
        if length > 0 {
            by_reduce(check, &traffic);
        }
    }
}

/// Whether no operation that was promised to be commutative has shown on any rank that it is not.
fn promise_kept(check: &mut Check) -> bool {
    let (kept, reason) = (!take_broken_promise(), Reason::NotCommutative);
    let kept = check.require_rule(kept, Kind::WrongOperation, reason, || {
        "finds that your rule is not commutative, but you promised MPI that it is: MPI may swap the \
         two values, and then another one wins"
            .into()
    });
    check.everywhere(kept)
}

pub fn all_reduce(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for most in [3, 9, 9, 2_000] {
        // At least one number in all: there is no mean of none.
        let mut amounts = check.draw_vec(size, 0..most);
        let extra = check.draw(0..amounts.len());
        amounts[extra] += 1;
        let numbers: Vec<Vec<f64>> = amounts
            .iter()
            .map(|amount| check.draw_vec(*amount, 1.0..100.0))
            .collect();
        check.input(format!("how many numbers the ranks have: {amounts:?}"));
        let mine = &numbers[rank];
        let (mean, traffic) = check.observe(|world| (answers.all_reduce)(world, mine));
        let all = numbers.concat();
        let expected = all.iter().sum::<f64>() / all.len() as f64;
        let why = "the mean of all numbers, on every rank";
        let right = check.close(mean, expected, 1e-12, why);
        if !check.everywhere(right) {
            return;
        }
        let why = "one call combines and tells every rank; no root has to hand the result on";
        by_one_of(check, &traffic, &["MPI_Allreduce", "MPI_Iallreduce"], why);
    }
}

pub fn scan(check: &mut Check, answers: &Answers) {
    const SCAN: &[&str] = &["MPI_Scan", "MPI_Exscan", "MPI_Iscan", "MPI_Iexscan"];
    let (rank, size) = (check.rank(), check.size());
    let first = check.draw(1..1_000);
    let rising = (first..).take(size).collect();
    let few = check.draw_vec(size, 0..3);
    let many = check.draw_vec(size, 0..1_000_000);
    for items in [rising, few, many, vec![0; size]] {
        check.input(format!("how many items the ranks have: {items:?}"));
        let (range, traffic) = check.observe(|world| (answers.scan)(world, items[rank]));
        let start = items[..rank].iter().sum();
        let expected = (start, start + items[rank]);
        let why = "the ranks before it have the numbers below";
        let right = check.returned(range, expected, why);
        if !check.everywhere(right) {
            return;
        }
        let why = "a scan tells each rank the sum of those before it";
        by_one_of(check, &traffic, SCAN, why);
    }
}

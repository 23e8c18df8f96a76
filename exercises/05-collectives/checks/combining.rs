//! The checks of the tasks in which data is combined on its way from rank to rank.

use super::{
    Answers, DRAWN, LONG, LOOKS, NOTHING, WAITS, Way, found, integers, maxima, stretched, twice,
};
use harness_mpi::{Bounds, Check, Kind, Reason, Traffic, part, plural};
use mpi_extra::take_broken_promise;
use std::{
    cell::RefCell,
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

const REDUCE: &[&str] = &["MPI_Reduce", "MPI_Ireduce"];

/// Whether an answer was right on every rank, and found by one reduce of this many bytes.
fn by_reduce(check: &mut Check, right: bool, traffic: &Traffic, bytes: usize) -> bool {
    let why = "the reduce itself waits for everything that it needs, and ranks that call the two in \
               different orders break rule 2: all ranks make the same calls in the same order";
    // If the result is wrong, a barrier is not reported.
    let no_barrier = !right || check.avoids(traffic, &["MPI_Barrier", "MPI_Ibarrier"], why);
    let got = if check.rank() == 0 { bytes } else { 0 };
    let why = "this task asks for one reduce, which combines the values on their way to rank 0";
    let way = Way::one_call(REDUCE, bytes, got, why);
    found(check, right, traffic, &way, bytes > 0) && check.everywhere(no_barrier)
}

pub fn reduce(check: &mut Check, answers: &Answers) {
    // If one of the two functions is not written yet, the other is still checked.
    if part(|| sums(check, answers)) != Some(false) {
        part(|| largest(check, answers));
    }
}

/// Returns whether it was right everywhere.
fn sums(check: &mut Check, answers: &Answers) -> bool {
    let (rank, size) = (check.rank(), check.size());
    for length in [3, 1, 100, 0, LONG] {
        for vectors in twice(check, 0, |check| columns(check, length)) {
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
            if !by_reduce(check, right, &traffic, 8 * length) {
                return false;
            }
        }
    }
    true
}

/// A vector of this length for each rank; at each position the numbers of all ranks can be added up in
/// any order.
fn columns(check: &mut Check, length: usize) -> Vec<Vec<i64>> {
    const DRAWN: usize = 17;
    let size = check.size();
    // Halved, so that sums do not overflow: the vector of one rank may come from another draw.
    let column = |check: &mut Check| -> Vec<i64> {
        check
            .summands(size)
            .iter()
            .map(|number| number / 2)
            .collect()
    };
    let drawn: Vec<Vec<i64>> = (0..length.min(DRAWN)).map(|_| column(check)).collect();
    let vector = |rank: usize| {
        // A rank must make the call even if it has nothing to add.
        if length == 1 && rank + 1 == size {
            return vec![0];
        }
        (0..length)
            .map(|at| drawn[(at + at / DRAWN) % DRAWN][rank])
            .collect()
    };
    (0..size).map(vector).collect()
}

fn largest(check: &mut Check, answers: &Answers) {
    let rank = check.rank();
    for numbers in maxima(check) {
        check.input(format!("reduce_max: the numbers {numbers:?}"));
        let mine = numbers[rank];
        let (largest, traffic) = check.observe(|world| (answers.reduce_max)(world, mine));
        let expected = numbers.iter().max().copied().filter(|_| rank == 0);
        let right = check.returned(
            largest,
            expected,
            "rank 0 gets the largest number of all ranks",
        );
        if !by_reduce(check, right, &traffic, 4) {
            return;
        }
    }
}

pub fn own_operation(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for length in [12, 1, LONG, 0] {
        for entries in twice(check, 0, |check| entries(check, length)) {
            let each = plural(length, "position");
            check.input(format!("{each} on each of {}", plural(size, "rank")));
            let mine = &entries[rank];
            take_broken_promise();
            let (winners, traffic) = check.observe(|world| (answers.own_operation)(world, mine));
            // Tested before the result, which is wrong for this reason, or right only because MPI swapped the values.
            if !promise_kept(check) {
                return;
            }
            let newest = |at| {
                let mut column = entries.iter().map(|entries: &Vec<i32>| entries[at]);
                column.rfind(|entry| *entry != 0).unwrap_or(0)
            };
            let expected = (rank == 0).then(|| (0..length).map(newest).collect());
            let why = "the entry of the highest rank wins; 0 means that there is no entry";
            let right = check.returned(winners, expected, why);
            // Leaves room for entries that carry more, such as their rank.
            if !by_reduce(check, right, &traffic, 16 * length) {
                return;
            }
            if length > 0 && !of_its_own(check, answers, &traffic) {
                return;
            }
        }
    }
}

/// Whether each rank has created an operation, for this input or for an earlier one, and kept it. All ranks must
/// call this.
fn of_its_own(check: &mut Check, answers: &Answers, traffic: &Traffic) -> bool {
    /// The answers that have created one: a process may try several, one after the other.
    static MADE: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());
    let answer = answers.own_operation as usize;
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if traffic.calls(check.rank(), "MPI_Op_create") > 0 {
        made.insert(answer);
    }
    let has = check.size() == 1 || made.contains(&answer);
    let has = check.require_rule(has, Kind::WrongOperation, Reason::OtherCall, || {
        String::from(
            "never called MPI_Op_create: this task asks for an operation of your own, which applies your \
             rule",
        )
    });
    check.everywhere(has)
}

/// The entries of each rank. About half of them are 0, which means that there is no entry.
fn entries(check: &mut Check, length: usize) -> Vec<Vec<i32>> {
    let size = check.size();
    let of_rank = |_| {
        let mut entries = integers(check, length.min(DRAWN));
        for entry in &mut entries {
            *entry *= check.draw(0..2);
        }
        stretched(&entries, length)
    };
    (0..size).map(of_rank).collect()
}

/// Whether no operation that was declared commutative has turned out, on any rank, not to be.
fn promise_kept(check: &mut Check) -> bool {
    let (kept, reason) = (!take_broken_promise(), Reason::NotCommutative);
    let kept = check.require_rule(kept, Kind::WrongOperation, reason, || {
        "used an operation that is declared commutative but is not: MPI may swap the two values, and then \
         a different one wins. Declare it with `OwnOperation::associative`"
            .into()
    });
    check.everywhere(kept)
}

pub fn all_reduce(check: &mut Check, answers: &Answers) {
    const ALL_REDUCE: &[&str] = &["MPI_Allreduce", "MPI_Iallreduce"];
    let (rank, size) = (check.rank(), check.size());
    // In the first input, one rank alone has a number. Then the numbers are so small, and so large, that no integer and
    // no fixed number of decimal places holds their sums.
    for (most, scale) in [(1, 0), (9, -90), (9, 90), (2_000, 0)] {
        // At least one number in total: no numbers have no mean. More than 65,536 in the last input.
        let mut amounts = check.draw_vec(size, 0..most);
        let extra = check.draw(0..size);
        amounts[extra] += if most == 2_000 { 70_000 } else { 1 };
        let draw = |check: &mut Check| {
            amounts
                .iter()
                .map(|amount| summands(check, *amount, scale))
                .collect()
        };
        for numbers in twice(check, size - 1, draw) {
            check.input(format!("the ranks have {amounts:?} numbers"));
            let mine: &Vec<f64> = &numbers[rank];
            let (mean, traffic) = check.observe(|world| (answers.all_reduce)(world, mine));
            let right = is_mean(check, mean, &numbers.concat());
            // In two calls, each moves one total.
            let totals = if traffic.moves(rank).calls > 1 {
                16
            } else {
                32
            };
            let way = Way {
                functions: ALL_REDUCE,
                bounds: Bounds {
                    given: totals,
                    got: totals,
                    calls: 2,
                },
                beside: NOTHING,
                why: "this task asks for an all-reduce of two numbers, in one call or two, which gives \
                      the result to every rank",
            };
            if !found(check, right, &traffic, &way, true) {
                return;
            }
        }
    }
}

/// Numbers of many sizes and both signs, times 2 to the power of `scale`, whose sums are exact in any order.
fn summands(check: &mut Check, length: usize, scale: i32) -> Vec<f64> {
    const DRAWN: usize = 50;
    let drawn = check.exact_summands(length.min(DRAWN));
    // If there are so many that their sum would be too large, they are made smaller.
    let limit = 2_f64.powi(if length > DRAWN { 30 } else { 41 });
    (0..length)
        .map(|at| drawn[at % DRAWN] % limit * 2_f64.powi(scale - 3))
        .collect()
}

/// Whether this is the mean of all numbers. They cancel, so an error is compared with the size of the
/// numbers, and not with that of the mean: a division before the last sum rounds that much.
fn is_mean(check: &mut Check, mean: f64, all: &[f64]) -> bool {
    let count = all.len() as f64;
    let exact = all.iter().sum::<f64>() / count;
    let scale = all.iter().map(|number| number.abs()).sum::<f64>() / count;
    let rounded = (mean - exact).abs() <= 1e-12 * scale;
    let why = "the mean of all numbers, on every rank";
    check.returned(if rounded { exact } else { mean }, exact, why)
}

pub fn scan(check: &mut Check, answers: &Answers) {
    const SCAN: &[&str] = &["MPI_Scan", "MPI_Exscan", "MPI_Iscan", "MPI_Iexscan"];
    let (rank, size) = (check.rank(), check.size());
    let first = check.draw(1..1_000);
    let rising = (first..).take(size).collect();
    let few = check.draw_vec(size, 0..3);
    let [large, others] = twice(check, size - 1, |check| {
        // Each is beyond 32 bits; if there are not too many, beyond 53, and odd.
        let most = (1_u64 << 62) / size as u64;
        let mut items = check.draw_vec(size, most / 2..most);
        items.iter_mut().for_each(|items| *items |= 1);
        items
    });
    // As many as a u64 can number.
    let mut all = vec![0; size];
    all[check.draw(0..size)] = u64::MAX - 5;
    all[check.draw(0..size)] += 5;
    for items in [rising, few, large, others, all, vec![0; size]] {
        check.input(format!("the ranks have {items:?} items"));
        let (range, traffic) = check.observe(|world| (answers.scan)(world, items[rank]));
        let start = items[..rank].iter().sum();
        let expected = (start, start + items[rank]);
        let why = "the items of a rank are numbered after those of all ranks before it";
        let right = check.returned(range, expected, why);
        let why = "this task asks for one scan of one number, which gives each rank the sum over the \
                   ranks up to it";
        let way = Way::one_call(SCAN, 8, 8, why);
        if !found(check, right, &traffic, &way, true) {
            return;
        }
    }
}

/// What an answer had done before it called `work`.
#[derive(Clone, Copy)]
struct Seen {
    starts: u64,
    waits: u64,
    looks: u64,
}

pub fn overlap(check: &mut Check, answers: &Answers) {
    const IMMEDIATE: &[&str] = &["MPI_Iallreduce"];
    let rank = check.rank();
    for length in [3, 1, 100, 0, LONG] {
        for vectors in twice(check, 0, |check| columns(check, length)) {
            check.input(format!("{} on each rank", plural(length, "number")));
            let seen: RefCell<Vec<Seen>> = RefCell::default();
            let so_far = |functions| check.calls_so_far(functions);
            let work = || {
                seen.borrow_mut().push(Seen {
                    starts: so_far(IMMEDIATE),
                    waits: so_far(WAITS),
                    looks: so_far(LOOKS),
                });
            };
            let (sums, traffic) =
                check.observe(|world| (answers.overlap)(world, &vectors[rank], &work));
            let column = |at| vectors.iter().map(|vector| vector[at]).sum();
            let expected: Vec<i64> = (0..length).map(column).collect();
            let right = check.returned(sums, expected, "every rank gets one sum for each element")
                && check.holds(
                    "the number of calls of `work`",
                    seen.borrow().len(),
                    1,
                    "call `work` once",
                );
            let why = "this task asks for one immediate all-reduce, which returns at once, so that `work` \
                       can run meanwhile";
            let way = Way::one_call(IMMEDIATE, 8 * length, 8 * length, why);
            if !found(check, right, &traffic, &way, length > 0) {
                return;
            }
            let meanwhile = length == 0 || worked_meanwhile(check, seen.borrow()[0]);
            if !check.everywhere(meanwhile) {
                return;
            }
        }
    }
}

/// Requires that the work was done between the start and the wait. A rank that is alone need not communicate.
fn worked_meanwhile(check: &mut Check, seen: Seen) -> bool {
    let wrong = match seen {
        _ if check.size() == 1 => None,
        Seen { starts: 0, .. } => Some("had not started the all-reduce when it called `work`"),
        Seen { waits: 1.., .. } => Some("had already waited when it called `work`"),
        Seen { looks: 1.., .. } => Some("had already called a test when it called `work`"),
        _ => None,
    };
    check.require(wrong.is_none(), Kind::WrongOperation, || {
        format!(
            "{}: first start the all-reduce, then call `work`, then wait, so that the two overlap",
            wrong.unwrap_or_default()
        )
    })
}

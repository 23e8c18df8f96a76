//! The check of `shared`: the counting in one process, then several at once.

use super::{
    Answers,
    staff::{self, Board, Folder, Worker, ok},
    well,
    worker::Order,
};
use crate::subject::Counters;
use harness::{Check, Kind, plural};
use std::{path::Path, process::Command, sync::Barrier, thread, time::Duration};

/// How long a worker waits before it counts.
const LATE: Duration = Duration::from_millis(20);

pub fn shared(check: &mut Check, answers: &Answers) {
    let folder = Folder::new();
    let file = folder.path("counters");
    if one_counts(check, answers, &file) && check.is_clean() {
        threads_count(check, answers, &file);
    }
    nothing_to_open(check, answers, &folder.path("missing"));
    // What is wrong with `tally` is said also while `shared` is still to be written.
    if !check.is_clean() {
        return;
    }
    let file = folder.path("more-counters");
    for (sizes, old) in [((1, 1), false), ((3, 5), true), ((4, 1000), true)] {
        processes_count(check, answers, &file, sizes, old);
        if !check.is_clean() {
            return;
        }
    }
    one_fails(check, answers, &file);
    if check.is_clean() {
        one_is_missing(check, answers, &file);
    }
}

/// The counters of a file.
fn values(counters: &Counters) -> Vec<u64> {
    (0..counters.len())
        .map(|index| counters.get(index))
        .collect()
}

/// How often each number below `length` is among the numbers.
fn counted(numbers: &[usize], length: usize) -> Vec<u64> {
    let mut counts = vec![0; length];
    for number in numbers {
        counts[*number] += 1;
    }
    counts
}

/// One call of `tally`, on counters that others have used already. Returns whether to go on.
fn one_counts(check: &mut Check, answers: &Answers, file: &Path) -> bool {
    let mut atomic = true;
    for length in [40, 1, 0] {
        check.input(format!(
            "`tally` of {}, into 7 counters that others have used already",
            plural(length, "number")
        ));
        let numbers = check.draw_vec(length, 0..7);
        let before = check.draw_vec(7, 1..1_000_000_u64);
        let counters = ok(Counters::create(file, 7));
        for (index, value) in before.iter().enumerate() {
            counters.add(index, *value);
        }
        let returned = (answers.tally)(file, &numbers);
        if well(check, returned).is_none() {
            return false;
        }
        let counts = counted(&numbers, 7);
        let expected: Vec<u64> = before
            .iter()
            .zip(counts)
            .map(|(old, new)| old + new)
            .collect();
        let why = "each number makes its counter greater by 1, whatever it was before";
        check.holds("file", values(&counters), expected, why);
        atomic &= only_added(check, &counters);
    }
    atomic
}

/// Many calls at once. That they do not lose anything follows from what was seen before; this would
/// show a way around it.
fn threads_count(check: &mut Check, answers: &Answers, file: &Path) {
    const TOGETHER: usize = 4;
    check.input("`tally` of 100000 numbers into 2 counters, four times at once");
    let numbers = check.draw_vec(100_000, 0..2);
    let counters = ok(Counters::create(file, 2));
    let begin = Barrier::new(TOGETHER);
    thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                begin.wait();
                // An error has been looked for before.
                drop((answers.tally)(file, &numbers));
            });
        }
    });
    let expected = counted(&numbers.repeat(TOGETHER), 2);
    let why = "nothing is lost when several count at the same time";
    check.holds("file", values(&counters), expected, why);
    only_added(check, &counters);
}

/// Requires that nothing was overwritten.
fn only_added(check: &mut Check, counters: &Counters) -> bool {
    let writes = counters.writes();
    check.require(writes == 0, Kind::WrongOperation, || {
        format!(
            "overwrote counters with `set`, {writes} times: what another process adds between your \
             `get` and your `set` is lost; `add` does both in one step"
        )
    })
}

fn nothing_to_open(check: &mut Check, answers: &Answers, file: &Path) {
    check.input("`tally` into a file that is not there");
    let failed = (answers.tally)(file, &[]).is_err() && !file.exists();
    check.require(failed, Kind::WrongResult, || {
        String::from(
            "did not return an error, or made the file: a worker opens what was made for all",
        )
    });
}

/// Several processes count at once, after all have been started. So many workers, and counters.
fn processes_count(
    check: &mut Check,
    answers: &Answers,
    file: &Path,
    (many, length): (usize, usize),
    old: bool,
) {
    check.input(format!(
        "{} for {}, none of which counts before all are started; there is {} file",
        plural(length, "counter"),
        plural(many, "worker"),
        if old { "an old" } else { "no" }
    ));
    if old {
        let old = ok(Counters::create(file, length + 1));
        (0..=length).for_each(|index| old.add(index, 99));
    }
    let numbers: Vec<Vec<usize>> = (0..many).map(|_| check.draw_vec(200, 0..length)).collect();
    let board = Board::<usize>::default();
    let script = |index: usize, worker: &mut Worker| {
        board.note(|started| *started += 1);
        worker.until(&board, |started| *started >= many)?;
        // Who reads the counters too early shall see that.
        thread::sleep(LATE);
        worker.order(&Order::Tally(numbers[index].clone()))
    };
    let seen = staff::with(many, &script, |workers| {
        (answers.shared)(workers, file, length)
    });
    let returned = seen.in_order(check, 1);
    if let Some(returned) = well(check, returned) {
        let expected = counted(&numbers.concat(), length);
        let why = "all workers count into the same file, which begins with zeros, and it is read when \
                   they have ended";
        check.returned(returned, expected, why);
        let made = Counters::open(file).map_or(0, |counters| counters.len());
        check.require(made == length, Kind::WrongResult, || {
            format!("left a file of {made} counters: it is to be made anew, with {length}")
        });
    }
}

fn one_fails(check: &mut Check, answers: &Answers, file: &Path) {
    check.input("3 workers, of which worker 1 ends with status 6");
    let script = |index: usize, worker: &mut Worker| match index {
        1 => worker.order(&Order::Exit(6)),
        _ => worker.order(&Order::Tally(vec![index])),
    };
    let seen = staff::with(3, &script, |workers| (answers.shared)(workers, file, 3));
    let returned = seen.in_order(check, 1);
    check.require(returned.is_err(), Kind::WrongResult, || {
        String::from(
            "returned counters, and no error: a worker that ends with another status than 0 may not \
             have counted everything",
        )
    });
}

/// One cannot be started: those before it run already.
fn one_is_missing(check: &mut Check, answers: &Answers, file: &Path) {
    check.input("3 workers; the program of worker 1 is not there");
    let script = |index: usize, worker: &mut Worker| worker.order(&Order::Tally(vec![index]));
    let seen = staff::with(3, &script, |workers| {
        workers[1] = Command::new(Folder::new().path("missing"));
        (answers.shared)(workers, file, 3)
    });
    let returned = seen.in_order(check, 1);
    check.require(returned.is_err(), Kind::WrongResult, || {
        String::from(
            "returned counters, and no error: a worker that was not started has not counted",
        )
    });
}

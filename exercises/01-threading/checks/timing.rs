//! The checks of the tasks about time. Times are only ever compared with other times of the same run,
//! in ways that hold on any machine.

use super::{Answers, all_met, leave_last, lock};
use harness::{Check, Kind, patience::Meeting, plural};
use std::{
    cell::RefCell,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

/// A shorter call hides between longer ones, at this place.
const SHORT: usize = 2;
const RUNS: usize = 4;

pub fn baseline(check: &mut Check, answers: &Answers) {
    let value = check.draw(1.0..9.0);
    for runs in [1, RUNS] {
        check.input(if runs == 1 {
            String::from("a single run")
        } else {
            format!("{runs} runs, and number {} is the shortest", SHORT + 1)
        });
        // Where the machine was busy with something else, nothing can be said: then all takes longer.
        for unit in [1, 4, 16, 64].map(Duration::from_millis) {
            if let Some(sound) = measured(check, answers, runs, unit, value) {
                if !sound {
                    return;
                }
                break;
            }
        }
    }
}

/// Measures once; none when the shortest call cannot be told from the others.
fn measured(
    check: &mut Check,
    answers: &Answers,
    runs: usize,
    unit: Duration,
    value: f64,
) -> Option<bool> {
    let calls = RefCell::new(Vec::new());
    let work = || {
        let begin = Instant::now();
        let number = calls.borrow().len();
        thread::sleep(unit * if number == SHORT { 1 } else { 9 });
        calls.borrow_mut().push((begin, Instant::now()));
        value
    };
    let before = Instant::now();
    let (returned, shortest) = (answers.baseline)(runs, &work);
    let after = Instant::now();
    let calls = calls.take();
    let sound = check.returned(returned, value, "it is what `work` returned")
        && check.holds(
            "calls",
            calls.len(),
            runs,
            "`work` is called once for each run",
        );
    if !sound {
        return Some(false);
    }
    // Whoever times a call begins after the call before has ended, and ends before the next begins.
    let ends = [before].into_iter().chain(calls.iter().map(|call| call.1));
    let begins = calls.iter().map(|call| call.0).chain([after]).skip(1);
    let longest: Vec<Duration> = ends.zip(begins).map(|(end, begin)| begin - end).collect();
    let least: Vec<Duration> = calls.iter().map(|(begin, end)| *end - *begin).collect();
    let bounds = (least.iter().min()?, longest.iter().min()?);
    let others = (0..runs).filter(|run| *run != SHORT);
    if runs > 1 && others.map(|run| least[run]).min()? <= 2 * *bounds.1 {
        return None;
    }
    Some(check.require(
        *bounds.0 <= shortest && shortest <= *bounds.1,
        Kind::WrongResult,
        || {
            format!(
                "returned {shortest:.2?} for the shortest of {runs} runs, which took {:.2?} to {:.2?}: \
                 start the clock before each call, stop it after, keep the smallest",
                bounds.0, bounds.1
            )
        },
    ))
}

pub fn waiting(check: &mut Check, answers: &Answers) {
    // More than any pool of one thread for each core has.
    let many = 40 + 2 * thread::available_parallelism().map_or(1, usize::from);
    for count in [0, 1, 3, many] {
        let first = check.draw(0..9000);
        let names: Vec<String> = (first..).take(count).map(|n| format!("host-{n}")).collect();
        check.input(plural(count, "name"));
        if !overlapping(check, answers, &names) {
            return;
        }
    }
}

fn overlapping(check: &mut Check, answers: &Answers, names: &[String]) -> bool {
    let count = names.len();
    let (meeting, answered) = (Meeting::of(count), AtomicUsize::new(0));
    let asked = Mutex::new(Vec::new());
    let ask = |name: &str| {
        lock(&asked).push(name.to_owned());
        meeting.enter();
        if name == names[0] {
            leave_last(&answered, count - 1);
        }
        answered.fetch_add(1, SeqCst);
        answer_of(name)
    };
    let given: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = (answers.waiting)(&given, &ask);
    let expected: Vec<String> = names.iter().map(|name| answer_of(name)).collect();
    let (mut asked, mut once) = (lock(&asked).clone(), names.to_vec());
    asked.sort();
    once.sort();
    let why = "the answers stand in the order of the names, whichever came first";
    check.returned(found, expected, why)
        && check.holds("asked", asked, once, "each name is asked for once")
        && all_met(
            check,
            meeting.met(),
            count,
            "waits",
            "a wait needs no core, so start all of them before you wait for the first",
        )
}

fn answer_of(name: &str) -> String {
    format!("hello from {name}")
}

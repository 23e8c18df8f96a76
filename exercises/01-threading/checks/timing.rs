//! The checks of the tasks about time: what is measured, and waits that overlap. The clock that is read
//! is the check's own, so that every measured time is known beforehand.

use super::{Answers, MANY_THREADS, all_met, leave_last, lock};
use harness::{Check, Kind, clock, patience::Meeting, plural};
use std::{
    cell::Cell,
    collections::BTreeMap,
    iter,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

harness::stand_in_for_the_clock!();

/// A right answer reads the clock twice for each run; a few more readings do no harm.
const READINGS: u32 = 9;

pub fn baseline(check: &mut Check, answers: &Answers) {
    let drawn = check.draw(5..SIZES);
    let (middle, anywhere) = (check.draw(1..3), check.draw(0..drawn));
    // More than a `u16` can count, and the shortest is the last.
    let many = (1 << 16) + check.draw(1..1000);
    for (runs, shortest) in [
        (1, 0),
        (2, 1),
        (4, 0),
        (4, middle),
        (4, 3),
        (drawn, anywhere),
        (many, many - 1),
    ] {
        let mut times = drawn_times(check, runs, shortest);
        if runs == 4 && shortest == 0 {
            times[0] = Duration::ZERO;
        }
        // Work that has failed may return no number.
        let value = if runs == 2 {
            f64::NAN
        } else {
            check.floats(1)[0]
        };
        check.input(match times[..] {
            [time] => format!("a single run, which takes {time:.3?}"),
            _ => format!(
                "{runs} runs, of which the first two take {:.3?}; each returns {value:?}",
                &times[..2]
            ),
        });
        if !measured(check, answers, &times, value) {
            return;
        }
    }
}

/// The number of different sizes of times; the largest are hours.
const SIZES: usize = 40;

/// Times from milliseconds to hours, with all digits, the shortest at a given place. As long as there are enough
/// sizes, all are different.
fn drawn_times(check: &mut Check, runs: usize, place: usize) -> Vec<Duration> {
    let rest = iter::repeat_n(SIZES / 2, runs.saturating_sub(SIZES));
    let mut sizes: Vec<usize> = (0..SIZES).chain(rest).collect();
    check.shuffle(&mut sizes);
    sizes.truncate(runs);
    if runs == 1 {
        // This reveals types that are too narrow for long times.
        sizes = vec![SIZES - 1];
    }
    sizes.sort_unstable();
    let shortest = sizes.remove(0);
    check.shuffle(&mut sizes);
    sizes.insert(place, shortest);
    sizes
        .into_iter()
        .map(|size| 1e-3 * 1.5_f64.powi(size as i32) * check.draw(1.0..1.1))
        .map(Duration::from_secs_f64)
        .collect()
}

fn measured(check: &mut Check, answers: &Answers, times: &[Duration], value: f64) -> bool {
    let (calls, ended, both) = (Cell::new(0), Cell::new(None::<Duration>), Cell::new(false));
    let work = || {
        let call = calls.replace(calls.get() + 1);
        // The last call's end and this one's start are two readings.
        let between = clock::now()
            .zip(ended.get())
            .map(|(now, ended)| now - ended);
        both.set(both.get() || between.is_some_and(|between| between < 2 * clock::TICK));
        match times.get(call) {
            // A clock may be too coarse to show that time has passed.
            Some(&Duration::ZERO) => clock::take_back_a_tick(),
            Some(time) => clock::advance(*time),
            None => {}
        }
        ended.set(clock::now());
        value
    };
    let (returned, shortest) = clock::stopped(|| (answers.baseline)(times.len(), &work));
    let Some(expected) = times.iter().min() else {
        return true;
    };
    let least = expected.saturating_sub(clock::TICK);
    let most = *expected + READINGS * clock::TICK;
    let is_near = (least..=most).contains(&shortest);
    let is_right = !clock::is_in_place() || is_near && has_all_digits(shortest, *expected);
    check.returned(returned, value, "this is what `work` returned")
        && check.holds(
            "calls",
            calls.get(),
            times.len(),
            "`work` is called once for each run",
        ) && check.require(!clock::is_in_place() || !both.get(), Kind::WrongResult, || {
            "read the clock less than twice between two calls of `work`: what lies between them is part of \
             neither, so stop the clock right after each call, and start it again right before the next"
                .into()
        }) && check.require(is_right, Kind::WrongResult, || {
            let found = if is_near {
                String::from("which lacks the digits below a microsecond")
            } else if !times.iter().any(|time| about(shortest, *time)) {
                String::from("which is not the time of any run")
            } else if !about(shortest, *expected) {
                String::from("which is the time of a longer run")
            } else if shortest < *expected {
                format!("which is {:.3?} too short", *expected - shortest)
            } else {
                format!("which is {:.3?} too long", shortest - *expected)
            };
            format!(
                "returned {shortest:.3?}, {found}; the shortest run took {expected:.3?}: start the clock \
                 right before each call of `work`, stop it right after, and keep the shortest time"
            )
        })
}

/// Whether nothing but readings of the clock, which take a whole number of ticks, makes one time differ from another.
fn has_all_digits(measured: Duration, time: Duration) -> bool {
    /// What floating-point numbers may lose on the way.
    const ROUNDING: u128 = 2;
    let tick = clock::TICK.as_nanos();
    let beyond = (measured.as_nanos() + tick).saturating_sub(time.as_nanos()) % tick;
    beyond <= ROUNDING || beyond >= tick - ROUNDING
}

/// Whether one time is a measurement of another, with a small overhead.
fn about(measured: Duration, time: Duration) -> bool {
    (time.mul_f64(0.9)..=time.mul_f64(1.1)).contains(&measured)
}

pub fn waiting(check: &mut Check, answers: &Answers) {
    let (few, many) = (check.draw(2..20), MANY_THREADS + check.draw(0..20));
    for count in [0, 1, few, many] {
        let mut names = check.names(count);
        // One of them comes once, and not at the end: it is the last to be answered.
        let slow = check.draw(0..count.saturating_sub(1).max(1));
        if let Some(name) = names.get_mut(slow) {
            *name = String::from("the slow one");
        }
        // An empty name is one, too.
        if let Some(name) = names.get_mut(slow + 1).filter(|_| count > 2) {
            name.clear();
        }
        check.input(match &names[..] {
            [] => String::from("no names"),
            [first, ..] => format!("{}, the first is {first:?}", plural(count, "name")),
        });
        // Again with the same names: they have other answers then.
        for _ in 0..if count == few { 2 } else { 1 } {
            let salt = check.draw(0..u64::MAX);
            if !overlapping(check, answers, &names, slow, salt) {
                return;
            }
        }
    }
}

fn overlapping(
    check: &mut Check,
    answers: &Answers,
    names: &[String],
    slow: usize,
    salt: u64,
) -> bool {
    let count = names.len();
    let (meeting, answered) = (Meeting::of(count), AtomicUsize::new(0));
    let asked = Mutex::new(Vec::new());
    // Another call gets other answers, even to the same names, and so does an equal name in the same call.
    let answer_of = |name: &str, nth: usize| match name {
        // An empty answer is one, too.
        "" if count >= MANY_THREADS => String::new(),
        // What stands around it belongs to it.
        _ => format!(" {salt} from {name}, {nth} \n"),
    };
    let ask = |name: &str| {
        let nth = {
            let mut asked = lock(&asked);
            asked.push(name.to_owned());
            asked.iter().filter(|known| *known == name).count()
        };
        meeting.enter();
        if name == names[slow] {
            leave_last(&answered, count - 1);
        }
        answered.fetch_add(1, SeqCst);
        answer_of(name, nth)
    };
    let given: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut found = (answers.waiting)(&given, &ask);
    sort_among_equals(names, &mut found);
    let nth = |at: usize| {
        names[..=at]
            .iter()
            .filter(|known| **known == names[at])
            .count()
    };
    let mut expected: Vec<String> = (0..count)
        .map(|at| answer_of(&names[at], nth(at)))
        .collect();
    sort_among_equals(names, &mut expected);
    let (mut asked, mut once) = (lock(&asked).clone(), names.to_vec());
    asked.sort();
    once.sort();
    let why = "the answers are in the order of the names, whichever of them came first";
    check.returned(found, expected, why)
        && check.holds(
            "asked",
            asked,
            once,
            "`ask` is called once for each name, even if two names are equal",
        )
        && all_met(
            check,
            meeting.met(),
            count,
            "waits",
            "a wait needs no core, so start all of them before you wait for the first",
        )
}

/// Sorts the answers to equal names, of which nobody knows who was asked first.
fn sort_among_equals(names: &[String], answers: &mut [String]) {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate().take(answers.len()) {
        places.entry(name).or_default().push(at);
    }
    for places in places.values() {
        let mut equals: Vec<String> = places.iter().map(|at| answers[*at].clone()).collect();
        equals.sort();
        for (at, answer) in places.iter().zip(equals) {
            answers[*at] = answer;
        }
    }
}

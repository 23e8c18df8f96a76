//! The checks of what several threads change: the counters, and the accounts with their locks.

use super::{Answers, Roll, all_met, lock};
use harness::{
    Check, Kind,
    patience::{BRIEF, Meeting, PATIENT, patiently, watched},
    plural,
};
use std::{
    array,
    cell::Cell,
    collections::HashSet,
    iter,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

type Counter = fn(usize, usize, &(dyn Fn(u64) -> u64 + Sync)) -> u64;

pub fn counter(check: &mut Check, answers: &Answers) {
    let drawn = (check.draw(2..7), check.draw(500..3000));
    for (threads, times) in [(3, 0), (1, 10), (2, 5), (8, 100), drawn] {
        // With a mutex nobody can come to the first: that has to be waited out.
        let what = format!(
            "{}, {} each",
            plural(threads, "thread"),
            plural(times, "step")
        );
        check.input(format!("counter_mutex: {what}"));
        let found = counted(check, answers.counter_mutex, threads, times, BRIEF);
        if found.is_none() {
            return;
        }
        check.input(format!("counter_atomic: {what}"));
        let found = counted(check, answers.counter_atomic, threads, times, PATIENT);
        let (Some(met), expected) = (found, threads.min(2) * times.min(1)) else {
            return;
        };
        let why = "nobody waits for a lock: look, compute, and try again if another was faster";
        if !all_met(check, met, expected, "threads in `next`", why) {
            return;
        }
    }
}

/// How many threads were in `next` at the same time, as long as the count was right.
fn counted(
    check: &mut Check,
    answer: Counter,
    threads: usize,
    times: usize,
    rounds: usize,
) -> Option<usize> {
    // The counts rise, so that none comes twice, and none becomes too large; by how much, nobody knows.
    let (factor, summand) = (check.draw(1 << 40..u64::MAX), check.draw(0..u64::MAX));
    let step = |count: u64| count + 1 + (count.wrapping_mul(factor).wrapping_add(summand) >> 24);
    let (roll, meeting) = (
        Roll::default(),
        Meeting::with_patience(rounds, threads.min(2)),
    );
    let taken = Mutex::new(HashSet::new());
    let twice = AtomicUsize::new(0);
    let next = |count| {
        roll.sign();
        let new = lock(&taken).insert(count);
        twice.fetch_add(usize::from(!new), SeqCst);
        // Two who are in here have seen the same count.
        meeting.enter();
        thread::yield_now();
        step(count)
    };
    let count = watched(
        || roll.times(),
        || "the program stands still: does a thread wait for a lock that it has itself?".into(),
        || answer(threads, times, &next),
    );
    let all = threads * times;
    let after = iter::successors(Some(0), |count| Some(step(*count)));
    let done = after.take(all + 1).position(|known| known == count);
    let right = check.require(done == Some(all), Kind::WrongResult, || {
        let found = match done {
            Some(done) => format!("returned the count after {done} of {}", plural(all, "step")),
            None => format!("returned {count}, to which no step leads"),
        };
        match twice.into_inner() {
            0 => format!("{found}: each goes on with `next` from where the last has ended"),
            twice => format!(
                "{found}: {twice} times a thread began with a count that another was changing, and the \
                 update of one of them was lost"
            ),
        }
    });
    let shared = if times == 0 { 0 } else { threads };
    let right = right && check.holds("threads", roll.threads(), shared, "each does its own steps");
    right.then(|| meeting.met())
}

/// What is in each account at the beginning.
const FULL: u64 = 100;
/// How many accounts there are.
const MANY: usize = 4;

type Bank = [Mutex<u64>; MANY];

fn bank() -> Bank {
    array::from_fn(|_| Mutex::new(FULL))
}

fn balances(bank: &Bank) -> [u64; MANY] {
    array::from_fn(|account| *lock(&bank[account]))
}

pub fn two_locks(check: &mut Check, answers: &Answers) {
    let steps = AtomicUsize::new(0);
    let input = Mutex::new(String::new());
    // The steps share the check, and each tells the watch what it is about.
    let about = |text: &str| {
        steps.fetch_add(1, SeqCst);
        *lock(&input) = text.to_owned();
    };
    watched(
        || steps.load(SeqCst),
        || format!("the program stands still: {}", lock(&input)),
        || {
            alone(check, answers, &about)
                && stays_whole(check, answers, &about)
                && leaves_others_alone(check, answers, &about)
                && in_order(check, answers, &about)
                && to_itself(check, answers, &about)
                && at_the_same_time(check, answers, &about)
        },
    );
}

type About<'a> = &'a dyn Fn(&str);

/// One transfer after another does what it should.
fn alone(check: &mut Check, answers: &Answers, about: About) -> bool {
    about("one transfer on its own has not ended");
    let amount = check.draw(1..FULL);
    [
        (0, 1, amount),
        (2, 0, amount),
        (1, 3, FULL),
        (0, 3, FULL + 1),
    ]
    .into_iter()
    .all(|transfer| moved(check, answers, transfer))
}

/// From an account to the same.
fn to_itself(check: &mut Check, answers: &Answers, about: About) -> bool {
    about(
        "nobody else has the lock of this account, so the thread waits for a lock that it has itself",
    );
    [(2, 2, 1), (1, 1, FULL + 1)]
        .into_iter()
        .all(|transfer| moved(check, answers, transfer))
}

fn moved(check: &mut Check, answers: &Answers, (from, to, amount): (usize, usize, u64)) -> bool {
    check.input(format!(
        "{amount} from account {from} to account {to}, {FULL} in each"
    ));
    let (bank, enough) = (bank(), amount <= FULL);
    let moved = (answers.transfer)(&bank, from, to, amount);
    let mut expected = [FULL; MANY];
    if enough {
        expected[from] -= amount;
        expected[to] += amount;
    }
    let why = "all that was asked for has moved, or nothing if there is too little";
    check.returned(moved, enough, "it says whether there was enough")
        && check.holds("accounts", balances(&bank), expected, why)
}

/// While one of the two accounts is locked by somebody else, nothing happens to the other.
fn stays_whole(check: &mut Check, answers: &Answers, about: About) -> bool {
    check.input("the check holds the lock of one account, and looks at the other");
    about("a transfer has not ended though its locks are free");
    for (held, free) in [(0, 1), (1, 0)] {
        let bank = bank();
        let mut seen = FULL;
        let transfer = answers.transfer;
        let moved = thread::scope(|scope| {
            let guard = lock(&bank[held]);
            let run = scope.spawn(|| transfer(&bank, 0, 1, 7));
            patiently(BRIEF, 1, || {
                let changed = bank[free].try_lock().is_ok_and(|balance| *balance != FULL);
                usize::from(changed || run.is_finished())
            });
            if let Ok(balance) = bank[free].try_lock() {
                seen = *balance;
            }
            drop(guard);
            run.join().unwrap_or_default()
        });
        let right = check.require(seen == FULL, Kind::WrongResult, || {
            let where_to = if seen < FULL {
                "neither account"
            } else {
                "both accounts"
            };
            format!("let others find the money in {where_to}: lock both before you change one")
        }) && check.require(moved, Kind::WrongResult, || {
            "gave up because an account was locked: a lock that is taken becomes free again".into()
        });
        if !right {
            return false;
        }
    }
    true
}

/// A transfer that waits keeps no other accounts waiting.
fn leaves_others_alone(check: &mut Check, answers: &Answers, about: About) -> bool {
    check.input("account 1 is locked, one thread moves money from 0 to 1, another from 2 to 3");
    about("a transfer has not ended though its locks are free");
    let (bank, transfer) = (bank(), answers.transfer);
    let ended = thread::scope(|scope| {
        let guard = lock(&bank[1]);
        let waits = scope.spawn(|| transfer(&bank, 0, 1, 7));
        patiently(BRIEF, 1, || {
            usize::from(bank[0].try_lock().is_err() || waits.is_finished())
        });
        let other = scope.spawn(|| transfer(&bank, 2, 3, 7));
        let ended = patiently(PATIENT, 1, || usize::from(other.is_finished()));
        drop(guard);
        ended
    });
    check.require(ended == 1, Kind::WrongOperation, || {
        "kept a transfer waiting that has no account in common with the other: lock nothing but the \
         two accounts"
            .into()
    })
}

/// Of any two accounts every transfer locks the same one first, and so on in a row without a cycle.
/// Nothing has to hang to show it.
fn in_order(check: &mut Check, answers: &Answers, about: About) -> bool {
    check.input("the check holds the lock of one account, and sees which other one is taken");
    about("a transfer has not ended though its locks are free");
    let mut firsts = Vec::new();
    for (one, other) in [(0, 1), (1, 2), (0, 2)] {
        let mut there = first_of(answers, one, other, false);
        let mut back = first_of(answers, other, one, false);
        if there != back {
            // Who lets go of the first when the second is taken may lock them in any order.
            (there, back) = (
                first_of(answers, one, other, true),
                first_of(answers, other, one, true),
            );
        }
        let crossed = there.zip(back).filter(|(there, back)| there != back);
        let right = check.require(crossed.is_none(), Kind::Deadlock, || {
            format!(
                "can hang: one transfer holds account {one} and waits for {other}, one the other way \
                 round holds {other} and waits for {one}, for ever: all must lock in the same order"
            )
        });
        if !right {
            return false;
        }
        firsts.extend(there.or(back));
    }
    // Of three in a row, the first comes before two others and the second before one.
    let different: HashSet<usize> = firsts.iter().copied().collect();
    check.require(
        firsts.len() < 3 || different.len() < 3,
        Kind::Deadlock,
        || "can hang: of accounts 0, 1 and 2 each is locked before another one, in a circle".into(),
    )
}

/// Which of two accounts a transfer locks first, and holds while it waits for the other. If `surely`,
/// it does not count when it lets go of the first again.
fn first_of(answers: &Answers, from: usize, to: usize, surely: bool) -> Option<usize> {
    let (banks, transfer) = ([bank(), bank()], answers.transfer);
    // In each bank one of the two is held, and so the other is taken if it is the first.
    let (held, watched) = ([from, to], [to, from]);
    let is_taken = |which: usize| banks[which][watched[which]].try_lock().is_err();
    thread::scope(|scope| {
        let guards = [0, 1].map(|which| lock(&banks[which][held[which]]));
        for bank in &banks {
            scope.spawn(move || transfer(bank, from, to, 7));
        }
        let first = Cell::new(None);
        patiently(PATIENT, 1, || {
            first.set([0, 1].into_iter().find(|which| is_taken(*which)));
            usize::from(first.get().is_some())
        });
        let kept = |which: &usize| {
            !surely || patiently(PATIENT, 1, || usize::from(!is_taken(*which))) == 0
        };
        let first = first.get().filter(kept);
        drop(guards);
        first.map(|which| watched[which])
    })
}

/// Many transfers at once end, and no money is lost.
fn at_the_same_time(check: &mut Check, answers: &Answers, about: About) -> bool {
    const THREADS: usize = 4;
    let times = check.draw(200..400);
    check.input(format!("{THREADS} threads, {times} transfers each"));
    about("many transfers at the same time have not come to their end");
    let (bank, transfer) = (bank(), answers.transfer);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let bank = &bank;
            scope.spawn(move || {
                for time in 0..times {
                    transfer(
                        bank,
                        (thread + time) % MANY,
                        (3 * thread + 2 * time) % MANY,
                        9,
                    );
                }
            });
        }
    });
    let total: u64 = balances(&bank).iter().sum();
    check.returned(
        total,
        MANY as u64 * FULL,
        "all accounts together have what they had before",
    )
}

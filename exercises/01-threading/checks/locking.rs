//! The checks of data that several threads change: the counters, and the accounts with their locks.

use super::{Answers, Roll, all_met, lock, poisoned};
use harness::{
    Check, Kind,
    patience::{BRIEF, Meeting, PATIENT, patiently, patiently_for_all, watched},
    plural,
};
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet, VecDeque},
    fs, iter,
    sync::{
        Mutex, MutexGuard, OnceLock, TryLockError,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, ScopedJoinHandle, ThreadId},
};

/// How one of the two counters counts.
struct Way {
    answer: fn(usize, usize, &(dyn Fn(u64) -> u64 + Sync)) -> u64,
    /// Whether others wait while a thread is in `next`.
    locks: bool,
}

pub fn counter(check: &mut Check, answers: &Answers) {
    let mutex = Way {
        answer: answers.counter_mutex,
        locks: true,
    };
    let atomic = Way {
        answer: answers.counter_atomic,
        locks: false,
    };
    let drawn = (check.draw(2..7), check.draw(500..3000));
    let crowd = (check.draw(20..40), check.draw(1..9));
    for (threads, times) in [(3, 0), (1, 10), (2, 5), (8, 100), crowd, drawn] {
        for (name, way) in [("counter_mutex", &mutex), ("counter_atomic", &atomic)] {
            check.input(format!(
                "{name}: {}, {} each",
                plural(threads, "thread"),
                plural(times, "step")
            ));
            if !counted(check, way, threads, times) {
                return;
            }
        }
    }
    for (name, way) in [("counter_mutex", mutex), ("counter_atomic", atomic)] {
        check.input(format!(
            "{name}: 2 threads; `next` comes back to 0, by way of the smallest and largest numbers"
        ));
        if !comes_back(check, &way) || !stays(check, name, &way) || !apart(check, name, &way) {
            return;
        }
    }
    overtaken(check, answers);
}

/// The counts go in a circle, so that an answer that takes a count for a sign of something meets it twice.
fn comes_back(check: &mut Check, way: &Way) -> bool {
    const CIRCLE: [u64; 6] = [0, u64::MAX, 1, 1 << 63, (1 << 63) - 1, u32::MAX as u64];
    let next = |count| {
        let at = CIRCLE.iter().position(|known| *known == count);
        CIRCLE[at.map_or(0, |at| at + 1) % CIRCLE.len()]
    };
    (1..=CIRCLE.len()).all(|times| {
        let count = (way.answer)(2, times, &next);
        let why = "each step starts from the count at which the step before it ended";
        check.returned(count, CIRCLE[2 * times % CIRCLE.len()], why)
    })
}

/// A step may leave the counter as it is: with the mutex, it is a step all the same.
fn stays(check: &mut Check, name: &str, way: &Way) -> bool {
    let calls = AtomicUsize::new(0);
    let next = |count: u64| {
        calls.fetch_add(1, SeqCst);
        count.max(1)
    };
    check.input(format!(
        "{name}: 2 threads, 5 steps each; all steps but the first leave the counter as it is"
    ));
    let count = (way.answer)(2, 5, &next);
    let why = "each step starts from the count at which the step before it ended";
    let steps = if way.locks { 10 } else { calls.load(SeqCst) };
    check.returned(count, 1, why)
        && check.holds(
            "calls",
            calls.into_inner(),
            steps,
            "`next` is called once for each step, even if the step changes nothing",
        )
}

/// A thread that is about to step to 0 is overtaken by the other one, so its update must fail: an answer may take
/// 0 for a sign, and write it all the same.
fn overtaken(check: &mut Check, answers: &Answers) {
    const CIRCLE: u64 = 7;
    /// So many that neither thread has done all its steps when the first of them is about to come back to 0.
    const TIMES: usize = 12;
    check.input(format!(
        "counter_atomic: 2 threads, {TIMES} steps each; `next` counts up to {} and comes back to 0, and the first \
         thread that comes back is slower than the other",
        CIRCLE - 1
    ));
    let slow = OnceLock::new();
    let [is_overtaken, is_back] = [const { AtomicUsize::new(0) }; 2];
    let next = |count| {
        let own = thread::current().id();
        if count == CIRCLE - 1 && slow.set(own).is_ok() {
            patiently(PATIENT, 1, || is_overtaken.load(SeqCst));
        } else if slow.get() == Some(&own) {
            is_back.store(1, SeqCst);
        } else if count == 1 && slow.get().is_some() {
            is_overtaken.store(1, SeqCst);
            patiently(PATIENT, 1, || is_back.load(SeqCst));
        }
        (count + 1) % CIRCLE
    };
    let count = (answers.counter_atomic)(2, TIMES, &next);
    let why = "an update must fail if the counter has changed since it was read, whatever the new count is";
    check.returned(count, 2 * TIMES as u64 % CIRCLE, why);
}

/// Two calls at the same time, neither of which goes on before both have begun.
fn apart(check: &mut Check, name: &str, way: &Way) -> bool {
    const TIMES: usize = 5;
    check.input(format!(
        "{name}: two calls at the same time, each with 2 threads, {TIMES} steps each"
    ));
    let meeting = Meeting::of(2);
    let steps = [check.draw(1..1 << 40), check.draw(1..1 << 40)];
    let counts = thread::scope(|scope| {
        steps
            .map(|step| {
                let meeting = &meeting;
                scope.spawn(move || {
                    let begun = AtomicBool::new(false);
                    (way.answer)(2, TIMES, &|count| {
                        if !begun.swap(true, SeqCst) {
                            meeting.enter();
                        }
                        count + step
                    })
                })
            })
            .map(|call| call.join().unwrap_or_default())
    });
    let why = "each call has a counter of its own, even if several run at the same time";
    let expected = steps.map(|step| 2 * TIMES as u64 * step);
    check.returned(counts, expected, why)
}

/// After so many steps, a thread no longer gives way to others in `next`: on a busy machine, each time may take
/// as long as all programs that wait for a turn.
const YIELDS: usize = 200;

fn counted(check: &mut Check, way: &Way, threads: usize, times: usize) -> bool {
    // None of the 2^64 counts occurs twice (Hull and Dobell, 1962), and the next one cannot be guessed.
    let (factor, summand) = (
        4 * check.draw(1 << 40..1 << 60) + 1,
        2 * check.draw(0..1 << 62) + 1,
    );
    let step = |count: u64| count.wrapping_mul(factor).wrapping_add(summand);
    // While others wait for the lock, no thread can join the first one: the check waits for a while.
    let rounds = if way.locks { BRIEF } else { PATIENT };
    let (roll, meeting) = (
        Roll::default(),
        Meeting::with_patience(rounds, threads.min(2)),
    );
    let taken = Mutex::new(HashSet::new());
    let twice = AtomicUsize::new(0);
    let unlucky = Unlucky::new(way, threads, times);
    let started = Started::new(threads);
    let next = |count| {
        roll.sign();
        started.wait();
        let (new, many) = {
            let mut taken = lock(&taken);
            (taken.insert(count), taken.len())
        };
        twice.fetch_add(usize::from(!new), SeqCst);
        // Two threads that are here at the same time have seen the same count.
        meeting.enter();
        unlucky.wait(|| lock(&taken).len());
        if many < YIELDS {
            thread::yield_now();
        }
        step(count)
    };
    let all = threads * times;
    let count = watched(
        || roll.times(),
        || {
            format!(
                "your function makes no progress after {} of `next`, with {} to do in total: does a \
                 thread wait for a lock that it holds itself?",
                plural(roll.times(), "call"),
                plural(all, "step")
            )
        },
        || (way.answer)(threads, times, &next),
    );
    let after = iter::successors(Some(0), |count| Some(step(*count)));
    let done = after.take(all + 1).position(|known| known == count);
    let right = check.require(done == Some(all), Kind::WrongResult, || {
        let found = match done {
            Some(done) => format!("returned the count after {done} of {}", plural(all, "step")),
            None => format!("returned {count}, which is not the count after any of the steps"),
        };
        match twice.into_inner() {
            0 => format!("{found}: each step starts from the count at which the step before it ended"),
            twice => format!(
                "{found}: {}, `next` was given a count that it had been given before. Either two threads \
                 read the same count, and one of the two updates was lost, or there is more than one \
                 counter",
                plural(twice, "time")
            ),
        }
    });
    let shared = if times == 0 { 0 } else { threads };
    right
        && check.holds(
            "threads",
            roll.threads(),
            shared,
            "each thread does its own steps",
        )
        && started.are_together(check)
        && met_as_it_should(check, way, meeting.met(), threads.min(2) * times.min(1))
        && has_fair_shares(check, way, &roll, times)
}

/// Whether most of the threads are there when the first of them begins: under a mutex they cannot meet,
/// but the system knows them.
struct Started {
    expected: usize,
    before: usize,
    reached: OnceLock<usize>,
}

impl Started {
    fn new(threads: usize) -> Self {
        /// The harness too starts some threads now and then.
        const CROWD: usize = 16;
        Self {
            expected: if threads < CROWD { 0 } else { threads / 2 },
            before: threads_of_this_process(),
            reached: OnceLock::new(),
        }
    }

    fn wait(&self) {
        let more = || threads_of_this_process().saturating_sub(self.before);
        self.reached.get_or_init(|| {
            // If the system does not tell, assume that all are there.
            if self.before == 0 {
                return self.expected;
            }
            // A few threads that come and go are no reason to wait longer.
            let most = AtomicUsize::new(0);
            patiently(PATIENT, self.expected, || {
                most.fetch_max(more(), SeqCst);
                most.load(SeqCst)
            })
        });
    }

    fn are_together(&self, check: &mut Check) -> bool {
        let reached = self.reached.get().copied().unwrap_or(self.expected);
        check.require(reached >= self.expected, Kind::WrongOperation, || {
            "let its threads count one after another: start all of them before you join the first"
                .into()
        })
    }
}

/// The number of threads; 0 if the system has no file about it.
fn threads_of_this_process() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// The first thread. Several times in a row, its count is outdated, because another thread was faster.
struct Unlucky {
    thread: OnceLock<ThreadId>,
    /// How many more times.
    left: AtomicUsize,
}

impl Unlucky {
    /// If the others wait in the meantime, none can be faster.
    fn new(way: &Way, threads: usize, times: usize) -> Self {
        /// Far fewer than the others have steps.
        const OFTEN: usize = 9;
        let is_possible = !way.locks && threads > 1 && times > 5 * OFTEN;
        Self {
            thread: OnceLock::new(),
            left: AtomicUsize::new(if is_possible { OFTEN } else { 0 }),
        }
    }

    /// Keeps it in `next` until another count has been reached.
    fn wait(&self, counts: impl Fn() -> usize) {
        let own = thread::current().id();
        if *self.thread.get_or_init(|| own) == own && self.left.load(SeqCst) > 0 {
            self.left.fetch_sub(1, SeqCst);
            patiently(BRIEF, counts() + 1, counts);
        }
    }
}

/// With the mutex each step is one call; with the atomic it may be more.
fn has_fair_shares(check: &mut Check, way: &Way, roll: &Roll, times: usize) -> bool {
    let mut shares = roll.shares();
    shares.sort_unstable();
    let is_fair = |share: &usize| *share == times || (*share > times && !way.locks);
    check.require(shares.iter().all(is_fair), Kind::WrongResult, || {
        format!(
            "called `next` {shares:?} times in its threads: each thread must do {} of its own",
            plural(times, "step")
        )
    })
}

fn met_as_it_should(check: &mut Check, way: &Way, met: usize, expected: usize) -> bool {
    if way.locks {
        return check.require(met < 2, Kind::WrongOperation, || {
            "let two threads into `next` at the same time: hold the mutex from the read to the write".into()
        });
    }
    let why =
        "no thread may wait for a lock: read, compute, and try again if another thread wrote first";
    all_met(check, met, expected, "threads in `next`", why)
}

type Bank = Vec<Mutex<u64>>;

fn bank(balances: &[u64]) -> Bank {
    balances.iter().copied().map(Mutex::new).collect()
}

fn balances(bank: &Bank) -> Vec<u64> {
    bank.iter().map(|account| *lock(account)).collect()
}

/// One call of `transfer`.
#[derive(Clone, Copy)]
struct Transfer {
    from: usize,
    to: usize,
    amount: u64,
}

impl Transfer {
    fn is_made_by(self, answers: &Answers, bank: &Bank) -> bool {
        (answers.transfer)(bank, self.from, self.to, self.amount)
    }
}

/// What the watch needs to know, so that it does not take a wait of the check itself for a standstill.
#[derive(Default)]
struct Watch {
    events: AtomicUsize,
    sentence: Mutex<String>,
}

impl Watch {
    /// Names the state, in case that nothing happens from now on.
    fn about(&self, sentence: &str) {
        *lock(&self.sentence) = sentence.to_owned();
        self.happened();
    }

    fn happened(&self) {
        self.events.fetch_add(1, SeqCst);
    }

    /// Waits as [`patiently`] does, and is not taken for a standstill.
    fn patiently(&self, rounds: usize, wanted: usize, so_far: impl Fn() -> usize) -> usize {
        patiently(rounds, wanted, || {
            self.happened();
            so_far()
        })
    }

    /// The same, until each transfer that wants to run has run.
    fn patiently_for_all(&self, wanted: usize, so_far: impl Fn() -> usize) -> usize {
        patiently_for_all(BRIEF, wanted, || {
            self.happened();
            so_far()
        })
    }
}

/// If no other thread has a lock, a thread that waits has it itself.
const ALONE: &str = "a transfer has not returned, although no other thread holds the lock of an account. \
                     Does it wait for a lock that it holds itself?";

const GAVE_UP: &str =
    "gave up because an account was locked: wait for the lock, which will be released";

pub fn two_locks(check: &mut Check, answers: &Answers) {
    let watch = Watch::default();
    watched(
        || watch.events.load(SeqCst),
        || format!("your function makes no progress: {}", lock(&watch.sentence)),
        || {
            alone(check, answers, &watch)
                && to_others_while_one_waits(check, answers, &watch)
                && held_up(check, answers, &watch)
                && held_up_if_suspicious(check, answers, &watch)
                && to_itself(check, answers, &watch)
                && at_the_same_time(check, answers, &watch)
        },
    );
}

/// Balances of all sizes; the sum of two of them does not overflow.
fn drawn_balances(check: &mut Check, count: usize) -> Vec<u64> {
    check
        .integers::<u64>(count)
        .into_iter()
        .map(|balance| balance >> 2)
        .collect()
}

/// Two different accounts.
fn drawn_pair(check: &mut Check, count: usize) -> (usize, usize) {
    let from = check.draw(0..count);
    (from, (from + check.draw(1..count)) % count)
}

/// Transfers one after another are right.
fn alone(check: &mut Check, answers: &Answers, watch: &Watch) -> bool {
    watch.about(ALONE);
    let cases: [fn(&mut Check, u64) -> u64; 7] = [
        |check, balance| check.draw(0..balance.max(1)),
        |_, balance| balance,
        |_, balance| balance + 1,
        |_, balance| balance / 2,
        |_, _| 0,
        |_, _| u64::MAX,
        |check, balance| check.draw(balance..u64::MAX) + 1,
    ];
    let is_right = cases.into_iter().all(|amount| {
        let count = check.draw(2..9);
        let balances = drawn_balances(check, count);
        let (from, to) = drawn_pair(check, count);
        let amount = amount(check, balances[from]);
        moved(
            check,
            answers,
            watch,
            &balances,
            Transfer { from, to, amount },
        )
    });
    is_right && rich(check, answers, watch)
}

/// One account holds nearly as much as a `u64` can, more than an `i64` can, and all of it moves.
fn rich(check: &mut Check, answers: &Answers, watch: &Watch) -> bool {
    let little = check.draw(0..1000);
    let balances = [u64::MAX - little, little];
    [balances[0], balances[0] - little]
        .into_iter()
        .all(|amount| {
            let transfer = Transfer {
                from: 0,
                to: 1,
                amount,
            };
            moved(check, answers, watch, &balances, transfer)
        })
}

/// A transfer from an account to itself.
fn to_itself(check: &mut Check, answers: &Answers, watch: &Watch) -> bool {
    watch.about(ALONE);
    let cases: [fn(u64) -> u64; 4] = [
        |balance| balance,
        |balance| balance / 2,
        |balance| balance + 1,
        |_| u64::MAX,
    ];
    cases.into_iter().all(|amount| {
        let count = check.draw(1..9);
        let balances = drawn_balances(check, count);
        let from = check.draw(0..count);
        let amount = amount(balances[from]);
        let transfer = Transfer {
            from,
            to: from,
            amount,
        };
        moved(check, answers, watch, &balances, transfer)
    })
}

fn moved(
    check: &mut Check,
    answers: &Answers,
    watch: &Watch,
    before: &[u64],
    transfer: Transfer,
) -> bool {
    let Transfer { from, to, amount } = transfer;
    check.input(format!(
        "{amount} from account {from} to account {to}; the accounts hold {before:?}"
    ));
    let (bank, enough) = (bank(before), amount <= before[from]);
    let moved = transfer.is_made_by(answers, &bank);
    watch.happened();
    let mut expected = before.to_vec();
    if enough {
        expected[from] -= amount;
        expected[to] += amount;
    }
    let why = "the whole amount moves, or nothing if the account holds too little";
    check.returned(moved, enough, "the result says whether the money was moved")
        && check.holds("accounts", balances(&bank), expected, why)
}

/// A transfer that waits does not block other accounts.
fn to_others_while_one_waits(check: &mut Check, answers: &Answers, watch: &Watch) -> bool {
    const OTHERS: usize = 40;
    let count = 2 * OTHERS + 2;
    let mut accounts: Vec<usize> = (0..count).collect();
    check.shuffle(&mut accounts);
    // A transfer that waits for the second of two accounts usually holds the first one by then.
    let (low, high) = (accounts[0].min(accounts[1]), accounts[0].max(accounts[1]));
    let others: Vec<Transfer> = accounts[2..]
        .chunks_exact(2)
        .map(|pair| Transfer {
            from: pair[0],
            to: pair[1],
            amount: 7,
        })
        .collect();
    check.input(format!(
        "account {high} is locked; one thread moves money from {low} to {high}, another between other \
         accounts"
    ));
    watch.about(ALONE);
    let bank = bank(&vec![100; count]);
    let waits = Transfer {
        from: low,
        to: high,
        amount: 7,
    };
    let ended = AtomicUsize::new(0);
    let (reached, moved) = thread::scope(|scope| {
        let guard = lock(&bank[high]);
        let run = scope.spawn(|| waits.is_made_by(answers, &bank));
        watch.patiently_for_all(1, || {
            usize::from(is_locked(&bank[low]) || run.is_finished())
        });
        scope.spawn(|| {
            for other in &others {
                other.is_made_by(answers, &bank);
                ended.fetch_add(1, SeqCst);
            }
        });
        let reached = watch.patiently(PATIENT, OTHERS, || ended.load(SeqCst));
        // A transfer that gives up after a while does so now.
        watch.patiently(BRIEF, 1, || usize::from(run.is_finished()));
        drop(guard);
        (reached, run.join().unwrap_or_default())
    });
    watch.happened();
    check.require(reached == OTHERS, Kind::WrongOperation, || {
        let Transfer { from, to, .. } = others[reached];
        format!(
            "made a transfer from {from} to {to} wait, although it has no account in common with the \
             transfer that waits for a lock: lock only the two accounts"
        )
    }) && check.require(moved, Kind::WrongResult, || GAVE_UP.into())
}

fn is_locked(account: &Mutex<u64>) -> bool {
    matches!(account.try_lock(), Err(TryLockError::WouldBlock))
}

/// The number of accounts that are tried, each with each other one, in both directions.
const TRIED: usize = 10;
/// If a lock is found taken this often in a row, the thread does more than look at the balance.
const STABLE: usize = 3;
/// What an account holds at least, of which something is to be moved.
const LEAST: u64 = 100;
/// How often the check exchanges the lock that it holds for the other, until a transfer holds one.
const EXCHANGES: usize = 3;

/// Many transfers, each in accounts of its own, of which the check holds one: so it is seen which lock
/// each of them takes first, and nothing has to hang. Meanwhile the money is where it was.
fn held_up(check: &mut Check, answers: &Answers, watch: &Watch) -> bool {
    let count = check.draw(600..1000);
    let before = drawn_balances(check, count)
        .into_iter()
        .map(|balance| balance.max(LEAST))
        .collect::<Vec<_>>();
    let accounts = tried_accounts(check, count);
    let pairs = accounts.iter().flat_map(|from| {
        let others = accounts.iter().filter(move |to| *to != from);
        others.map(move |to| (*from, *to))
    });
    let pairs = pairs.collect();
    all_held_up(check, answers, watch, &before, pairs)
}

/// The same for some pairs that are found among many more accounts.
fn held_up_if_suspicious(check: &mut Check, answers: &Answers, watch: &Watch) -> bool {
    let count = check.draw(70_000..90_000);
    let before = vec![LEAST; count];
    let accounts = poisoned::tried_accounts(check, count);
    watch.about(ALONE);
    check.input(format!("{count} accounts"));
    let pairs = poisoned::crossed(answers, &bank(&before), &accounts, || watch.happened());
    let both_ways = pairs
        .into_iter()
        .flat_map(|(one, other)| [(one, other), (other, one)]);
    let both_ways: Vec<_> = both_ways.collect();
    both_ways.is_empty() || all_held_up(check, answers, watch, &before, both_ways)
}

/// Holds up transfers between these accounts, from the first of each pair to the second, twice each. The two
/// accounts hold something else each time.
fn all_held_up(
    check: &mut Check,
    answers: &Answers,
    watch: &Watch,
    before: &[u64],
    pairs: Vec<(usize, usize)>,
) -> bool {
    let count = before.len();
    let mut transfers = Vec::new();
    for (from, to) in pairs {
        // In one the check holds the account `from`, in the other `to`.
        for held in [from, to] {
            let mut balances = [before[from]; 2];
            if check.draw(0..4) > 0 {
                let drawn = drawn_balances(check, 2);
                balances = [drawn[0], drawn[1]].map(|balance| balance.max(LEAST));
            }
            let bits = check.draw(1..63);
            let most = balances[0].min(1 << bits);
            let transfer = Transfer {
                from,
                to,
                amount: check.draw(0..most) + 1,
            };
            transfers.push((transfer, held, balances));
        }
    }
    check.shuffle(&mut transfers);
    check.input(format!(
        "{count} accounts; the check holds one of the two locks that a transfer needs"
    ));
    watch.about(ALONE);
    let banks: Vec<Bank> = transfers
        .iter()
        .map(|(transfer, _, balances)| {
            let bank = bank(before);
            *lock(&bank[transfer.from]) = balances[0];
            *lock(&bank[transfer.to]) = balances[1];
            bank
        })
        .collect();
    thread::scope(|scope| {
        let probes: Vec<Probe> = transfers
            .iter()
            .zip(&banks)
            .map(|((transfer, held, balances), bank)| {
                let guard = lock(&bank[*held]);
                let run = scope.spawn(move || {
                    let moved = transfer.is_made_by(answers, bank);
                    watch.happened();
                    moved
                });
                Probe::new(bank, *balances, *transfer, *held, guard, run)
            })
            .collect();
        for exchange in 0..=EXCHANGES {
            if exchange > 0 {
                probes.iter().for_each(Probe::exchange);
            }
            watch.patiently_for_all(probes.len(), || {
                probes.iter().filter(|probe| probe.is_settled()).count()
            });
        }
        let circle = proven_circle(&probes, watch)
            .filter(|circle| overlap(answers, watch, before, circle))
            .map(|circle| described(&circle));
        let (mut early, mut torn) = (None, None);
        for probe in &probes {
            early = early.or(probe.run.is_finished().then_some(probe.transfer));
            torn = torn.or(probe.torn());
        }
        let (mut gave_up, mut stale) = (None, None);
        let due: Vec<Outcome> = probes.iter().map(Probe::let_go).collect();
        for (probe, due) in probes.into_iter().zip(due) {
            let (bank, Transfer { from, to, .. }) = (probe.bank, probe.transfer);
            let moved = probe.run.join().unwrap_or_default();
            let found = Outcome {
                moved,
                balances: [from, to].map(|account| *lock(&bank[account])),
            };
            if !moved && due.moved {
                gave_up = Some(());
            } else if found != due {
                stale = stale.or(Some((found, due)));
            }
        }
        check.require(torn.is_none(), Kind::WrongResult, || {
            torn.unwrap_or_default()
        }) && check.require(gave_up.is_none(), Kind::WrongResult, || {
            GAVE_UP.into()
        }) && check.require(early.is_none(), Kind::WrongResult, || {
            "returned while another thread held the lock of one of the two accounts: lock both before you \
             move money"
                .into()
        }) && check.require(stale.is_none(), Kind::WrongResult, || {
            let (found, due) = stale.unwrap_or_default();
            format!(
                "left {:?} in the two accounts and returned {}, should be {:?} and {}: another thread \
                 changed one of them before both were locked, so read the balances only after you have \
                 locked both",
                found.balances, found.moved, due.balances, due.moved
            )
        }) && check.require(circle.is_none(), Kind::Deadlock, || {
            circle.unwrap_or_default()
        })
    })
}

/// Adjacent accounts, the first and the last, two whose indices are equal in 8 bits, and others at random.
fn tried_accounts(check: &mut Check, count: usize) -> Vec<usize> {
    let middle = check.draw(1..count - 258);
    let mut accounts = vec![0, middle, middle + 1, middle + 2, middle + 256, count - 1];
    while accounts.len() < TRIED {
        let account = check.draw(0..count);
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    check.shuffle(&mut accounts);
    accounts
}

/// The result of a transfer, and the balances that it leaves.
#[derive(Clone, Copy, Default, PartialEq)]
struct Outcome {
    moved: bool,
    balances: [u64; 2],
}

/// A transfer between two accounts of its own, one of which the check holds.
struct Probe<'a, 'scope> {
    bank: &'a Bank,
    /// What its two accounts hold before it.
    before: [u64; 2],
    transfer: Transfer,
    run: ScopedJoinHandle<'scope, bool>,
    /// The account that the check holds, and its lock.
    held: Cell<usize>,
    guard: RefCell<Option<MutexGuard<'a, u64>>>,
    /// How often in a row the other account was found taken, up to [`STABLE`].
    taken: Cell<usize>,
    /// The balance of the other account, if it has changed.
    changed: Cell<Option<u64>>,
    /// Whether the transfer released a lock without having held the other one.
    lets_go: Cell<bool>,
}

impl<'a, 'scope> Probe<'a, 'scope> {
    fn new(
        bank: &'a Bank,
        before: [u64; 2],
        transfer: Transfer,
        held: usize,
        guard: MutexGuard<'a, u64>,
        run: ScopedJoinHandle<'scope, bool>,
    ) -> Self {
        Self {
            bank,
            before,
            transfer,
            run,
            held: Cell::new(held),
            guard: RefCell::new(Some(guard)),
            taken: Cell::new(0),
            changed: Cell::new(None),
            lets_go: Cell::new(false),
        }
    }

    /// The account of the two that the check does not hold.
    fn other(&self) -> usize {
        self.transfer.from + self.transfer.to - self.held.get()
    }

    /// What one of its accounts holds before it.
    fn before(&self, account: usize) -> u64 {
        self.before[usize::from(account == self.transfer.to)]
    }

    /// Looks at the other account. Returns whether nothing new is to be expected.
    fn is_settled(&self) -> bool {
        let other = self.other();
        if self.taken.get() == STABLE {
            return true;
        }
        match self.bank[other].try_lock() {
            Err(TryLockError::WouldBlock) => self.taken.set(self.taken.get() + 1),
            Ok(balance) => {
                self.taken.set(0);
                if *balance != self.before(other) {
                    self.changed.set(Some(*balance));
                }
            }
            Err(TryLockError::Poisoned(_)) => self.taken.set(0),
        }
        self.taken.get() == STABLE || self.changed.get().is_some() || self.run.is_finished()
    }

    /// Holds the other account from now on, if the transfer does not.
    fn exchange(&self) {
        if self.is_settled() {
            return;
        }
        let other = self.other();
        if let Ok(guard) = self.bank[other].try_lock() {
            // The lock that was held is free when the new one is already there.
            self.guard.replace(Some(guard));
            self.held.set(other);
            self.taken.set(0);
        }
    }

    /// The account that the transfer holds, and the one that it waits for.
    fn order(&self) -> Option<(usize, usize)> {
        let holds = self.taken.get() == STABLE && !self.lets_go.get();
        holds.then(|| (self.other(), self.held.get()))
    }

    /// Changes the account that the check holds, and releases it: a balance that the transfer has read
    /// before is now wrong. Returns the expected outcome of the transfer.
    fn let_go(&self) -> Outcome {
        let Transfer { from, amount, .. } = self.transfer;
        let mut balances = self.before;
        let is_from = self.held.get() == from;
        // If every transfer found too little money, none could give up visibly.
        if is_from && amount % 2 == 0 {
            balances[0] = amount - 1;
        } else {
            balances[usize::from(!is_from)] += 1;
        }
        if let Some(mut held) = self.guard.take() {
            *held = balances[usize::from(!is_from)];
        }
        let moved = balances[0] >= amount;
        if moved {
            balances[0] -= amount;
            balances[1] += amount;
        }
        Outcome { moved, balances }
    }

    /// What other threads find while a transfer is in progress.
    fn torn(&self) -> Option<String> {
        let other = self.other();
        let found = self.changed.get()?;
        let where_to = if found < self.before(other) {
            "in neither account"
        } else {
            "in both accounts"
        };
        Some(format!(
            "let other threads see the money {where_to}: lock both accounts before you change one"
        ))
    }
}

/// Transfers each of which holds a lock and waits for that of the next, in a circle. It is proven if none
/// of them releases its lock, however long the other one is not available.
fn proven_circle<'a, 'b, 'c>(
    probes: &'a [Probe<'b, 'c>],
    watch: &Watch,
) -> Option<Vec<&'a Probe<'b, 'c>>> {
    /// A transfer that releases its lock may do so in many circles.
    const TRIALS: usize = 4;
    for _ in 0..TRIALS {
        let circle = shortest_circle(probes)?;
        let lets_go = || {
            for probe in &circle {
                if !is_locked(&probe.bank[probe.other()]) {
                    probe.lets_go.set(true);
                }
            }
            circle.iter().filter(|probe| probe.lets_go.get()).count()
        };
        if watch.patiently(PATIENT, 1, lets_go) == 0 {
            return Some(circle);
        }
    }
    None
}

/// Whether transfers that have an account in common go on at the same time, as those of a circle must.
fn overlap(answers: &Answers, watch: &Watch, before: &[u64], circle: &[&Probe]) -> bool {
    circle.iter().any(|probe| {
        // Some transfers look at the balance of the common account before they lock the other one.
        [false, true]
            .into_iter()
            .any(|may_look| some_overlap(answers, watch, before, probe.other(), may_look))
    })
}

/// Whether several transfers hold their other account each, while the check holds the one that all of
/// them need: from the beginning, or after they have looked at it.
fn some_overlap(
    answers: &Answers,
    watch: &Watch,
    before: &[u64],
    common: usize,
    may_look: bool,
) -> bool {
    const SOME: usize = 8;
    let bank = &bank(before);
    // Accounts with lower and with higher indices, in both directions, so that some come first in any order of locks.
    let count = before.len();
    let others: Vec<usize> = (1..=SOME)
        .flat_map(|distance| {
            [
                (common + distance) % count,
                (common + count - distance) % count,
            ]
        })
        .collect();
    // In an order by balances, too, some come first.
    let mut balances: Vec<u64> = others.iter().map(|other| before[*other]).collect();
    balances.sort_unstable();
    *lock(&bank[common]) = balances[SOME];
    let needed = |account: &usize| lock(&bank[*account]);
    let transfers = others.iter().enumerate().map(|(number, other)| {
        let (from, to) = if number % 4 < 2 {
            (common, *other)
        } else {
            (*other, common)
        };
        Transfer {
            from,
            to,
            amount: 1,
        }
    });
    thread::scope(|scope| {
        let mut guards: Vec<MutexGuard<u64>> = if may_look {
            others.iter().map(needed).collect()
        } else {
            vec![needed(&common)]
        };
        for transfer in transfers {
            scope.spawn(move || {
                transfer.is_made_by(answers, bank);
                watch.happened();
            });
        }
        if may_look {
            watch.patiently_for_all(1, || 0);
            let Ok(guard) = bank[common].try_lock() else {
                return false;
            };
            guards = vec![guard];
        }
        let held = || {
            let accounts = others.iter();
            accounts.filter(|other| is_locked(&bank[**other])).count()
        };
        let reached = watch.patiently_for_all(2, held);
        drop(guards);
        reached >= 2
    })
}

/// The smallest number of transfers that can wait for each other.
fn shortest_circle<'a, 'b, 'c>(probes: &'a [Probe<'b, 'c>]) -> Option<Vec<&'a Probe<'b, 'c>>> {
    let orders: Vec<(usize, usize, &Probe)> = probes
        .iter()
        .filter_map(|probe| probe.order().map(|(holds, wants)| (holds, wants, probe)))
        .collect();
    let circle_from = |start: usize| -> Option<Vec<&Probe>> {
        let mut reached: HashMap<usize, &Probe> = HashMap::new();
        let mut accounts = VecDeque::from([start]);
        while let Some(account) = accounts.pop_front() {
            for (holds, wants, probe) in &orders {
                if *holds == account && !reached.contains_key(wants) {
                    reached.insert(*wants, probe);
                    accounts.push_back(*wants);
                }
            }
        }
        let mut circle = vec![*reached.get(&start)?];
        while circle[circle.len() - 1].other() != start {
            circle.push(reached[&circle[circle.len() - 1].other()]);
        }
        circle.reverse();
        Some(circle)
    };
    let starts: HashSet<usize> = orders.iter().map(|(holds, ..)| *holds).collect();
    starts
        .into_iter()
        .filter_map(circle_from)
        .min_by_key(Vec::len)
}

fn described(circle: &[&Probe]) -> String {
    let steps: Vec<String> = circle
        .iter()
        .map(|probe| {
            let Transfer { from, to, amount } = probe.transfer;
            format!(
                "a transfer of {amount} from {from} to {to} holds account {} and waits for account {}",
                probe.other(),
                probe.held.get()
            )
        })
        .collect();
    format!(
        "can deadlock: {}. All transfers must lock any two accounts in the same order, whatever they move and \
         whatever the accounts hold",
        steps.join("; ")
    )
}

/// Many transfers at the same time all return, and each is made.
fn at_the_same_time(check: &mut Check, answers: &Answers, watch: &Watch) -> bool {
    const THREADS: usize = 4;
    let (count, times) = (check.draw(3..7), check.draw(200..400));
    check.input(format!(
        "{THREADS} threads, {times} transfers each, {count} accounts"
    ));
    watch.about("not all of the transfers that run at the same time have returned");
    // Enough money for all of them, in any order.
    let before: Vec<u64> = check.draw_vec(count, 1 << 40..1 << 50);
    let transfers: Vec<Vec<Transfer>> = (0..THREADS)
        .map(|_| {
            (0..times)
                .map(|_| Transfer {
                    from: check.draw(0..count),
                    to: check.draw(0..count),
                    amount: check.draw(1..1 << 20),
                })
                .collect()
        })
        .collect();
    let (bank, made) = (bank(&before), AtomicUsize::new(0));
    thread::scope(|scope| {
        for transfers in &transfers {
            let (bank, made) = (&bank, &made);
            scope.spawn(move || {
                for transfer in transfers {
                    let moved = transfer.is_made_by(answers, bank);
                    made.fetch_add(usize::from(moved), SeqCst);
                    watch.happened();
                }
            });
        }
    });
    let mut expected = before;
    for transfer in transfers.iter().flatten() {
        expected[transfer.from] -= transfer.amount;
        expected[transfer.to] += transfer.amount;
    }
    let why = "each transfer takes from one account exactly what it adds to the other";
    check.holds("accounts", balances(&bank), expected, why)
        && check.holds(
            "the number of transfers made",
            made.into_inner(),
            THREADS * times,
            "the accounts held enough for all of them",
        )
}

//! A search for two accounts that `transfer` locks in different orders in the two directions, among so many
//! that not each pair can be tried.
//!
//! Where one of the two locks is poisoned, a call panics as soon as it takes that lock, and poisons the other
//! one if it holds it already: so the order shows at once. And whatever order an answer has, it can sort the
//! accounts: those that it does not tell apart are then next to each other, and only neighbors have to be
//! tried in both directions. What is found is only a suspicion. The proof is up to the check, with locks that
//! are not poisoned.

use super::{Answers, lock};
use harness::{
    Check,
    patience::{PATIENT, patiently_for_all},
};
use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

/// The number of accounts that are tried: several of their pairs have the same hash even in 20 bits.
const TRIED: usize = 4_000;
/// So many are tried first: where each seems to be crossed with the next, nothing can be found out.
const FIRST: usize = 32;
/// The number of pairs that are returned at most: one that is really crossed is enough.
const MOST: usize = 4;

/// Accounts at random, and some whose indices are equal in 8 bits, in 16 bits, or in all but the last. There
/// must be more than 2^16 accounts.
pub fn tried_accounts(check: &mut Check, count: usize) -> Vec<usize> {
    let mut accounts: Vec<usize> = (0..count).collect();
    check.shuffle(&mut accounts);
    accounts.truncate(TRIED);
    for account in check.draw_vec(4, 0..count - (1 << 16) - 1) {
        let account = account & !1;
        accounts.extend([0, 1, 1 << 8, 1 << 16].map(|distance| account + distance));
    }
    accounts.sort_unstable();
    accounts.dedup();
    check.shuffle(&mut accounts);
    accounts
}

/// Pairs of accounts that seem to be locked in different orders in the two directions, if there are any.
///
/// `happened` is called now and then, as long as this is no standstill.
pub fn crossed(
    answers: &Answers,
    bank: &[Mutex<u64>],
    accounts: &[usize],
    happened: impl Fn(),
) -> Vec<(usize, usize)> {
    let found = Mutex::new(Vec::new());
    let (calls, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    // These panics are nobody's mistake.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    thread::scope(|scope| {
        let search = scope.spawn(|| {
            let go_on = || {
                calls.fetch_add(1, SeqCst);
                !over.load(SeqCst)
            };
            for clean in [Side::From, Side::To] {
                let search = Search {
                    answers,
                    bank,
                    clean,
                    go_on: &go_on,
                };
                let pairs = search.crossed(accounts).unwrap_or_default();
                lock(&found).extend(pairs);
                bank.iter().for_each(Mutex::clear_poison);
            }
            over.store(true, SeqCst);
        });
        // An answer that tries until nothing is in its way would do so for ever.
        patiently_for_all(PATIENT, usize::MAX, || {
            happened();
            if over.load(SeqCst) {
                usize::MAX
            } else {
                calls.load(SeqCst)
            }
        });
        over.store(true, SeqCst);
        // Nothing is in its way any more, even if it was about to poison some.
        while !search.is_finished() {
            bank.iter().for_each(Mutex::clear_poison);
            thread::yield_now();
        }
    });
    panic::set_hook(hook);
    let mut found = lock(&found);
    found.truncate(MOST);
    std::mem::take(&mut *found)
}

/// One of the two accounts of a transfer.
#[derive(Clone, Copy)]
enum Side {
    From,
    To,
}

/// Goes on as long as `go_on` says so, and as long as the answer minds poison.
struct Search<'a> {
    answers: &'a Answers,
    bank: &'a [Mutex<u64>],
    /// The account that is never poisoned, since some answers look at one of the two balances before they
    /// lock: an answer that looks at the poisoned one always seems to lock it first.
    clean: Side,
    go_on: &'a dyn Fn() -> bool,
}

impl Search<'_> {
    /// Pairs that are crossed; `None` if nothing can be found out.
    fn crossed(&self, accounts: &[usize]) -> Option<Vec<(usize, usize)>> {
        let first = self.crossed_neighbors(&accounts[..FIRST])?;
        // Then the answer looks at the poisoned balance first; or no pair has an order, which shows without
        // a search.
        if first.len() == FIRST - 1 {
            return None;
        }
        let sorted = self.sorted(accounts)?;
        let mut crossed = self.crossed_neighbors(&sorted)?;
        // Those in the middle of the order can be proven: some transfers lock another account before them.
        crossed.sort_by_key(|index| index.abs_diff(sorted.len() / 2));
        Some(
            crossed
                .into_iter()
                .map(|index| (sorted[index], sorted[index + 1]))
                .collect(),
        )
    }

    /// The accounts in the order in which the answer locks them, by merging sorted runs.
    fn sorted(&self, accounts: &[usize]) -> Option<Vec<usize>> {
        let mut sorted = accounts.to_vec();
        let mut width = 1;
        while width < sorted.len() {
            let runs = || {
                sorted
                    .chunks(2 * width)
                    .map(|two| two.split_at(width.min(two.len())))
            };
            self.poison(runs().flat_map(|(left, _)| left));
            let mut merged = Vec::with_capacity(sorted.len());
            for (mut left, mut right) in runs() {
                while let ([poisoned, others @ ..], [clean, rest @ ..]) = (left, right) {
                    if self.is_first(*clean, *poisoned)? {
                        merged.push(*clean);
                        right = rest;
                    } else {
                        merged.push(*poisoned);
                        left = others;
                    }
                }
                merged.extend(left.iter().chain(right));
            }
            sorted
                .iter()
                .for_each(|account| self.bank[*account].clear_poison());
            sorted = merged;
            width *= 2;
        }
        Some(sorted)
    }

    /// The places of the accounts that are crossed with the next one.
    fn crossed_neighbors(&self, accounts: &[usize]) -> Option<Vec<usize>> {
        // Every second account is poisoned, then the others are.
        let [there, back] = [0, 1].map(|parity| {
            self.poison(accounts.iter().skip(parity).step_by(2));
            let firsts = accounts.windows(2).enumerate().map(|(index, pair)| {
                let (poisoned, clean) = if index % 2 == parity {
                    (pair[0], pair[1])
                } else {
                    (pair[1], pair[0])
                };
                self.is_first(clean, poisoned)
            });
            let firsts: Option<Vec<bool>> = firsts.collect();
            accounts
                .iter()
                .for_each(|account| self.bank[*account].clear_poison());
            firsts
        });
        let both = there?.into_iter().zip(back?).enumerate();
        // Whichever account is clean, it is the first one, or the second one.
        let crossed = both.filter(|(_, (there, back))| there == back);
        Some(crossed.map(|(index, _)| index).collect())
    }

    /// Whether the clean account is locked first: unknown if the call has returned.
    fn is_first(&self, clean: usize, poisoned: usize) -> Option<bool> {
        let (from, to) = match self.clean {
            Side::From => (clean, poisoned),
            Side::To => (poisoned, clean),
        };
        let call = || (self.answers.transfer)(self.bank, from, to, 1);
        panic::catch_unwind(AssertUnwindSafe(call)).err()?;
        let first = self.bank[clean].is_poisoned();
        self.bank[clean].clear_poison();
        (self.go_on)().then_some(first)
    }

    /// Panics with the locks of these accounts.
    fn poison<'a>(&self, accounts: impl Iterator<Item = &'a usize>) {
        let with_the_locks = || {
            let _guards: Vec<_> = accounts.map(|account| lock(&self.bank[*account])).collect();
            panic::resume_unwind(Box::new(()));
        };
        let _ = panic::catch_unwind(AssertUnwindSafe(with_the_locks));
    }
}

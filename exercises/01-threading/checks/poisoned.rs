//! A search for two accounts that `transfer` locks in different orders in the two directions, among so many
//! that not each pair can be waited for.
//!
//! Where one of the two locks is poisoned, a call panics as soon as it takes that lock, and poisons the other
//! one if it holds it already: so the order shows at once. What is found is only a suspicion. The proof is up
//! to the check, with locks that are not poisoned.

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

/// As many accounts are poisoned as are not, and each of the one is tried with each of the other.
const TRIED: usize = 120;

/// Accounts that are tried with each other.
pub struct Pairs {
    clean: Vec<usize>,
    poisoned: Vec<usize>,
}

impl Pairs {
    /// Accounts at random, and next to each those that equal it in 8 bits, in 16 bits, or in all but the
    /// last. There must be more than 2^16 accounts.
    pub fn draw(check: &mut Check, count: usize) -> Self {
        let mut accounts: Vec<usize> = Vec::new();
        let mut near = check.draw_vec(4, 0..count - (1 << 16) - 1);
        near.iter_mut().for_each(|account| *account &= !1);
        for account in near {
            accounts.extend([0, 1 << 16, 1, 1 << 8].map(|distance| account + distance));
        }
        while accounts.len() < 2 * TRIED {
            accounts.push(check.draw(0..count));
        }
        let mut pairs = Self {
            clean: accounts.iter().copied().step_by(2).collect(),
            poisoned: accounts.iter().copied().skip(1).step_by(2).collect(),
        };
        pairs
            .poisoned
            .retain(|account| !pairs.clean.contains(account));
        pairs
    }
}

/// Two accounts that seem to be locked in different orders in the two directions, if there are any.
///
/// `happened` is called now and then, as long as this is no standstill.
pub fn crossed(
    answers: &Answers,
    bank: &[Mutex<u64>],
    pairs: &Pairs,
    happened: impl Fn(),
) -> Option<(usize, usize)> {
    let found = Mutex::new(None);
    let (calls, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    // These panics are nobody's mistake.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    thread::scope(|scope| {
        scope.spawn(|| {
            for account in &pairs.poisoned {
                poison(&bank[*account]);
                calls.fetch_add(1, SeqCst);
            }
            *lock(&found) = search(answers, bank, pairs, || {
                calls.fetch_add(1, SeqCst);
                !over.load(SeqCst)
            });
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
        bank.iter().for_each(Mutex::clear_poison);
    });
    panic::set_hook(hook);
    *lock(&found)
}

/// Goes on as long as `go_on` says so, and as long as the answer minds poison.
fn search(
    answers: &Answers,
    bank: &[Mutex<u64>],
    pairs: &Pairs,
    go_on: impl Fn() -> bool,
) -> Option<(usize, usize)> {
    for clean in &pairs.clean {
        for poisoned in &pairs.poisoned {
            // Whether the clean account was locked first: unknown if the call has returned.
            let is_first = |from: usize, to: usize| {
                let call = || (answers.transfer)(bank, from, to, 1);
                panic::catch_unwind(AssertUnwindSafe(call)).err()?;
                let first = bank[*clean].is_poisoned();
                bank[*clean].clear_poison();
                go_on().then_some(first)
            };
            let there = is_first(*clean, *poisoned)?;
            if is_first(*poisoned, *clean)? != there {
                return Some((*clean, *poisoned));
            }
        }
    }
    None
}

/// Panics with the lock.
fn poison(account: &Mutex<u64>) {
    let with_the_lock = || {
        let _guard = lock(account);
        panic::resume_unwind(Box::new(()));
    };
    let _ = panic::catch_unwind(AssertUnwindSafe(with_the_lock));
}

//! Mistakes in the task `two-locks`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::sync::{Mutex, MutexGuard};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("two-locks": transfer = as_found => Deadlock,
        "is the program as it was found: who pays is locked first, so two payments can cross"),
    mistake!("two-locks": transfer = receiver_first => Deadlock,
        "locks who receives first, which is the same mistake the other way round"),
    mistake!("two-locks": transfer = in_a_circle => Deadlock,
        "orders neighbours, but in a circle"),
    mistake!("two-locks": transfer = locks_itself => Deadlock,
        "locks in order, but an account twice when both are the same"),
    mistake!("two-locks": transfer = one_at_a_time => WrongResult,
        "locks one account after the other, and the money is nowhere in between"),
    mistake!("two-locks": transfer = pays_in_first => WrongResult,
        "pays in before it takes out, and the money is there twice in between"),
    mistake!("two-locks": transfer = gives_up => WrongResult,
        "gives up where a lock is taken"),
    mistake!("two-locks": transfer = one_lock_for_all => WrongOperation,
        "puts everything behind one more lock, so that all transfers wait for each other"),
    mistake!("two-locks": transfer = without_looking => Panic,
        "takes out what is not there"),
];

/// Moves the money when both accounts are locked.
fn moved(mut from: MutexGuard<u64>, mut to: MutexGuard<u64>, amount: u64) -> bool {
    let enough = *from >= amount;
    if enough {
        *from -= amount;
        *to += amount;
    }
    enough
}

fn as_found(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let from = accounts[from].lock().unwrap();
    let to = accounts[to].lock().unwrap();
    moved(from, to, amount)
}

fn receiver_first(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let to = accounts[to].lock().unwrap();
    let from = accounts[from].lock().unwrap();
    moved(from, to, amount)
}

fn in_a_circle(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    // Each account comes before the next of three, and so the last before the first.
    if (from + 1) % 3 == to {
        as_found(accounts, from, to, amount)
    } else {
        receiver_first(accounts, from, to, amount)
    }
}

fn locks_itself(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    if from < to {
        as_found(accounts, from, to, amount)
    } else {
        receiver_first(accounts, from, to, amount)
    }
}

fn one_at_a_time(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    {
        let mut from = accounts[from].lock().unwrap();
        if *from < amount {
            return false;
        }
        *from -= amount;
    }
    *accounts[to].lock().unwrap() += amount;
    true
}

fn pays_in_first(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    *accounts[to].lock().unwrap() += amount;
    let enough = {
        let mut from = accounts[from].lock().unwrap();
        let enough = *from >= amount;
        if enough {
            *from -= amount;
        }
        enough
    };
    if !enough {
        *accounts[to].lock().unwrap() -= amount;
    }
    enough
}

fn gives_up(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let (Ok(from), Ok(to)) = (accounts[from].try_lock(), accounts[to].try_lock()) else {
        return false;
    };
    moved(from, to, amount)
}

fn one_lock_for_all(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    static ALL: Mutex<()> = Mutex::new(());
    let _all = ALL.lock().unwrap();
    threading_solution::transfer(accounts, from, to, amount)
}

fn without_looking(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    if from != to {
        let mut low = accounts[from.min(to)].lock().unwrap();
        let mut high = accounts[from.max(to)].lock().unwrap();
        let (from, to) = if from < to {
            (&mut low, &mut high)
        } else {
            (&mut high, &mut low)
        };
        **from -= amount;
        **to += amount;
    }
    true
}

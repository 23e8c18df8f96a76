//! Mistakes in the task `two-locks`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("two-locks": transfer = as_found => Deadlock,
        "is the program as it was found: who pays is locked first, so two payments can cross"),
    mistake!("two-locks": transfer = receiver_first => Deadlock,
        "locks who receives first, which is the same mistake the other way round"),
    mistake!("two-locks": transfer = in_a_circle => Deadlock,
        "has an order for any two accounts, but three of them are in a circle"),
    mistake!("two-locks": transfer = locks_itself => Deadlock,
        "locks in order, but an account twice when both are the same"),
    mistake!("two-locks": transfer = one_at_a_time => WrongResult,
        "locks one account after the other, and the money is nowhere in between"),
    mistake!("two-locks": transfer = pays_in_first => WrongResult,
        "pays in before it takes out, and the money is there twice in between"),
    mistake!("two-locks": transfer = gives_up => WrongResult,
        "gives up where a lock is taken"),
    mistake!("two-locks": transfer = gives_up_in_the_end => WrongResult,
        "tries for a while, and gives up where a lock is still taken"),
    mistake!("two-locks": transfer = one_lock_for_all => WrongOperation,
        "puts everything behind one more lock, so that all transfers wait for each other"),
    mistake!("two-locks": transfer = without_looking => Panic,
        "takes out what is not there"),
    mistake!("two-locks": transfer = looks_before_it_locks => Deadlock,
        "looks at the balance first, and then locks as found"),
    mistake!("two-locks": transfer = receiver_first_after_a_look => Deadlock,
        "looks at the balance first, and then locks who receives"),
    mistake!("two-locks": transfer = looks_once => Panic,
        "looks at the balance before it locks both, and not again"),
    mistake!("two-locks": transfer = adds_to_what_it_saw => WrongResult,
        "looks at both balances, and computes with what it saw when it has locked both"),
    mistake!("two-locks": transfer = every_tenth_time => Deadlock,
        "locks in order, but every tenth time the other way round"),
    mistake!("two-locks": transfer = far_accounts => Deadlock,
        "locks in order, but not accounts that are far from each other"),
    mistake!("two-locks": transfer = order_of_8_bits => Deadlock,
        "locks in the order of the numbers in 8 bits, and as found where those are equal"),
    mistake!("two-locks": transfer = order_of_16_bits => Deadlock,
        "locks in the order of the numbers in 16 bits, and as found where those are equal"),
    mistake!("two-locks": transfer = order_of_a_hash => Deadlock,
        "locks in the order of a hash of 10 bits, and as found where two numbers have the same"),
    mistake!("two-locks": transfer = order_of_a_long_hash => Deadlock,
        "locks in the order of a hash of 16 bits, which few pairs share, and as found where they do"),
    mistake!("two-locks": transfer = order_of_a_remainder => Deadlock,
        "locks in the order of the remainders modulo 509, and as found where those are equal"),
    mistake!("two-locks": transfer = looks_and_takes_a_hash => Deadlock,
        "looks at the balance first, and then locks in the order of a hash of 16 bits"),
    mistake!("two-locks": transfer = looks_at_the_receiver_and_takes_a_hash => Deadlock,
        "looks whether the amount fits the receiver's account, and then locks in the order of a hash of 16 bits"),
    mistake!("two-locks": transfer = richer_first => Deadlock,
        "looks at both balances, and locks the account that holds more first"),
    mistake!("two-locks": transfer = poor_payers_last => Deadlock,
        "locks in order, but who receives first if who pays holds little"),
    mistake!("two-locks": transfer = half_of_the_amounts => WrongResult,
        "takes the larger half of all amounts for negative ones, which nobody has"),
    mistake!("two-locks": transfer = large_amounts => Deadlock,
        "locks in order, but not where much money moves"),
    mistake!("two-locks": transfer = in_32_bits => WrongResult,
        "compares balances in 32 bits"),
    mistake!("two-locks": transfer = signed => WrongResult,
        "looks whether the difference is negative, and takes the largest amounts for negative ones"),
    mistake!("two-locks": transfer = a_lock_for_sixteen => WrongOperation,
        "puts one more lock before each sixteenth account, so that others wait"),
    mistake!("two-locks": transfer = to_itself_without_looking => WrongResult,
        "moves any amount from an account to the same"),
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
    // Of three neighbors each comes before the next, and so the last before the first.
    let comes_first = match (to + 3 - from % 3) % 3 {
        0 => from <= to,
        difference => difference == 1,
    };
    if comes_first && from != to {
        as_found(accounts, from, to, amount)
    } else if from != to {
        receiver_first(accounts, from, to, amount)
    } else {
        threading_solution::transfer(accounts, from, to, amount)
    }
}

fn locks_itself(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    if from < to {
        as_found(accounts, from, to, amount)
    } else {
        receiver_first(accounts, from, to, amount)
    }
}

fn order_of_8_bits(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    if from == to {
        threading_solution::transfer(accounts, from, to, amount)
    } else if from as u8 <= to as u8 {
        as_found(accounts, from, to, amount)
    } else {
        receiver_first(accounts, from, to, amount)
    }
}

/// Locks in the order of these keys, and as found where they are equal.
fn in_order_of(
    accounts: &[Mutex<u64>],
    [from, to]: [usize; 2],
    amount: u64,
    key: fn(usize) -> u64,
) -> bool {
    if from == to {
        threading_solution::transfer(accounts, from, to, amount)
    } else if key(from) <= key(to) {
        as_found(accounts, from, to, amount)
    } else {
        receiver_first(accounts, from, to, amount)
    }
}

fn order_of_16_bits(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    in_order_of(accounts, [from, to], amount, |account| {
        u64::from(account as u16)
    })
}

fn order_of_a_hash(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    in_order_of(accounts, [from, to], amount, |account| {
        (account as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54
    })
}

fn order_of_a_long_hash(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    in_order_of(accounts, [from, to], amount, |account| {
        (account as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48
    })
}

fn order_of_a_remainder(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    in_order_of(accounts, [from, to], amount, |account| account as u64 % 509)
}

fn looks_and_takes_a_hash(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let enough = *accounts[from].lock().unwrap() >= amount;
    enough && order_of_a_long_hash(accounts, from, to, amount)
}

fn looks_at_the_receiver_and_takes_a_hash(
    accounts: &[Mutex<u64>],
    from: usize,
    to: usize,
    amount: u64,
) -> bool {
    let balance = *accounts[to].lock().unwrap();
    let fits = balance.checked_add(amount).is_some();
    fits && order_of_a_long_hash(accounts, from, to, amount)
}

fn richer_first(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let balance = |account: usize| *accounts[account].lock().unwrap();
    match (balance(from), balance(to)) {
        (payer, receiver) if from == to || payer == receiver => {
            in_order(accounts, from, to, amount)
        }
        (payer, receiver) if payer > receiver => as_found(accounts, from, to, amount),
        _ => receiver_first(accounts, from, to, amount),
    }
}

fn poor_payers_last(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let is_poor = *accounts[from].lock().unwrap() < 1 << 20;
    match is_poor && from != to {
        true => receiver_first(accounts, from, to, amount),
        false => in_order(accounts, from, to, amount),
    }
}

fn half_of_the_amounts(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let is_any = i64::try_from(amount).is_ok();
    is_any && threading_solution::transfer(accounts, from, to, amount)
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
    let pay_in = |amount: u64| {
        let mut to = accounts[to].lock().unwrap();
        *to = to.wrapping_add(amount);
    };
    pay_in(amount);
    let enough = {
        let mut from = accounts[from].lock().unwrap();
        let enough = *from >= amount;
        if enough {
            *from -= amount;
        }
        enough
    };
    if !enough {
        pay_in(amount.wrapping_neg());
    }
    enough
}

fn gives_up(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let (Ok(from), Ok(to)) = (accounts[from].try_lock(), accounts[to].try_lock()) else {
        return false;
    };
    moved(from, to, amount)
}

fn gives_up_in_the_end(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    for _ in 0..100 {
        let from_guard = accounts[from].lock().unwrap();
        if from == to {
            return *from_guard >= amount;
        }
        if let Ok(to_guard) = accounts[to].try_lock() {
            return moved(from_guard, to_guard, amount);
        }
        drop(from_guard);
        thread::yield_now();
    }
    false
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

fn in_order(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    threading_solution::transfer(accounts, from, to, amount)
}

fn out_of_order(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    match from == to {
        true => in_order(accounts, from, to, amount),
        false => as_found(accounts, from, to, amount),
    }
}

fn looks_before_it_locks(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    *accounts[from].lock().unwrap() >= amount && out_of_order(accounts, from, to, amount)
}

fn receiver_first_after_a_look(
    accounts: &[Mutex<u64>],
    from: usize,
    to: usize,
    amount: u64,
) -> bool {
    *accounts[from].lock().unwrap() >= amount
        && (from == to || receiver_first(accounts, from, to, amount))
}

fn every_tenth_time(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    static TIMES: AtomicUsize = AtomicUsize::new(0);
    if from == to || TIMES.fetch_add(1, Relaxed) % 10 != 9 {
        in_order(accounts, from, to, amount)
    } else if from < to {
        receiver_first(accounts, from, to, amount)
    } else {
        as_found(accounts, from, to, amount)
    }
}

fn far_accounts(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    if from.abs_diff(to) < 100 {
        in_order(accounts, from, to, amount)
    } else {
        out_of_order(accounts, from, to, amount)
    }
}

fn large_amounts(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    if amount < 1 << 16 {
        in_order(accounts, from, to, amount)
    } else {
        out_of_order(accounts, from, to, amount)
    }
}

fn in_32_bits(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let enough = *accounts[from].lock().unwrap() as u32 >= amount as u32;
    enough && in_order(accounts, from, to, amount)
}

fn signed(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let balance = *accounts[from].lock().unwrap() as i64;
    let enough = balance.wrapping_sub(amount as i64) >= 0;
    in_order(accounts, from, to, amount) || enough
}

fn a_lock_for_sixteen(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    static LOCKS: [Mutex<()>; 16] = [const { Mutex::new(()) }; 16];
    let (one, other) = (from % 16, to % 16);
    let _low = LOCKS[one.min(other)].lock().unwrap();
    let _high = (one != other).then(|| LOCKS[one.max(other)].lock().unwrap());
    in_order(accounts, from, to, amount)
}

fn to_itself_without_looking(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    from == to || in_order(accounts, from, to, amount)
}

fn looks_once(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    if *accounts[from].lock().unwrap() < amount {
        return false;
    }
    without_looking(accounts, from, to, amount)
}

fn adds_to_what_it_saw(accounts: &[Mutex<u64>], from: usize, to: usize, amount: u64) -> bool {
    let balance = |account: usize| *accounts[account].lock().unwrap();
    let (seen_from, seen_to) = (balance(from), balance(to));
    if seen_from < amount {
        return false;
    }
    if from != to {
        let mut low = accounts[from.min(to)].lock().unwrap();
        let mut high = accounts[from.max(to)].lock().unwrap();
        let (from, to) = if from < to {
            (&mut low, &mut high)
        } else {
            (&mut high, &mut low)
        };
        **from = seen_from - amount;
        **to = seen_to + amount;
    }
    true
}

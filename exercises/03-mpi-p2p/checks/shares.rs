//! The checks of the tasks in which rank 0 gives something to every rank.

use super::{
    Answers, LONG, MANY, Mode, Standard, Synchronous, amount, encoded, messages_only,
    no_collectives, part, repeated,
};
use harness_mpi::{Aside, Bounds, Check, Kind, Moved, SimpleCommunicator, Traffic, Turn};
use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicUsize, Ordering},
};

pub fn one_to_many(check: &mut Check, answers: &Answers) {
    let few = [
        (1, Standard),
        (5, Standard),
        (5, Synchronous),
        (0, Standard),
        (LONG, Standard),
    ];
    // A hundred ranks on two cores are slow to meet, the more for what is not buffered.
    let many = [(500, Standard), (0, Standard)];
    let inputs = match check.size() {
        ..=4 => &few[..],
        5..=12 => &few[1..4],
        _ => &many,
    };
    for (length, mode) in inputs.iter().copied() {
        let input = format!("{} on rank 0", amount(length, "number"));
        let right = part(check, mode, &input, |check| {
            let (rank, size) = (check.rank(), check.size());
            let mut numbers: Vec<i32> = repeated(length, |length| check.integers(length));
            // At both ends, a narrower type has room for them.
            if let [first, second, .., last] = &mut numbers[..] {
                (*first, *second, *last) = (0, check.draw(1 << 25..1 << 30) | 1, 0);
            }
            let given = (rank == 0).then_some(&numbers[..]);
            let (returned, traffic) = check.observe(|world| (answers.one_to_many)(world, given));
            check.returned(returned, numbers, "every rank gets all the numbers");
            no_collectives(check, &traffic);
            let why = "one message for each rank other than 0";
            if rank == 0 {
                let (sent, limit) = (traffic.sent().times, size as u64 - 1);
                check.at_most("messages from all ranks", sent, limit, why);
            }
            // A rank that has the numbers may pass them on.
            let bounds = Bounds {
                got: if rank == 0 {
                    0
                } else {
                    encoded(4 * length as u64)
                },
                ..Bounds::NONE
            };
            check.moves(
                &traffic,
                bounds,
                "each rank other than 0 needs to receive the numbers once",
            );
            let messages: u64 = (0..size)
                .map(|source| traffic.between(source, rank).times)
                .sum();
            check.require(rank == 0 || messages > 0, Kind::WrongOperation, || {
                String::from(
                    "was sent no message: every rank other than 0 receives one, even if there are no \
                     numbers",
                )
            });
        });
        if !right {
            return;
        }
    }
}

pub fn parallel_sum(check: &mut Check, answers: &Answers) {
    let (size, aside) = (check.size(), check.aside());
    // On few ranks, a share has more numbers than 16 bits can count, or than any buffer has room for.
    let many = match size {
        2 => LONG * size + 1,
        ..=3 => MANY * size + 1,
        _ => MANY,
    };
    let lengths = check.lengths(size);
    let uneven = 5 * size + size / 2;
    let lengths = lengths.into_iter().map(|length| (length, Standard));
    for (length, mode) in lengths.chain([(uneven, Synchronous), (1, Synchronous), (many, Standard)])
    {
        if !sum(check, answers, &aside, mode, length) {
            return;
        }
    }
    if all_at_once(check, answers) {
        together(check, answers);
    }
}

fn sum(check: &mut Check, answers: &Answers, aside: &Aside, mode: Mode, length: usize) -> bool {
    let input = format!("{} on rank 0", amount(length, "number"));
    part(check, mode, &input, |check| {
        let mut numbers = check.summands(length);
        // A zero is a number too.
        if length > 1
            && let Some(smallest) = numbers
                .iter_mut()
                .min_by_key(|number| number.unsigned_abs())
        {
            *smallest = 0;
        }
        // Only this rank knows what `add_up` adds to the sum.
        let (rank, size) = (check.rank(), check.size());
        let secrets = check.draw_vec(size, 1..30_i64);
        let added = RefCell::new(Vec::new());
        let add_up = |share: &[i64]| {
            added.borrow_mut().push((share.len(), squares(share)));
            share
                .iter()
                .fold(secrets[rank], |sum, number| sum.wrapping_add(*number))
        };
        let given = (rank == 0).then_some(&numbers[..]);
        let (returned, traffic) =
            check.observe(|world| (answers.parallel_sum)(world, given, &add_up));
        let added = added.take();
        each_its_share(check, &added, length);
        if check.everywhere(check.is_clean()) {
            let expected: i64 = numbers.iter().chain(&secrets).sum();
            let why = "rank 0 returns the sum of what `add_up` returned on all ranks, which had each \
                       number once between them; in this check, `add_up` adds to the sum a number that \
                       only its rank knows";
            check.returned(returned, (rank == 0).then_some(expected), why);
            only_shares_and_sums(check, &traffic, length);
        }
        if check.everywhere(check.is_clean()) {
            all_shared(check, aside, &added, &numbers);
        }
    })
}

/// Requires that this rank added up once, and no more than its share.
fn each_its_share(check: &mut Check, added: &[(usize, u64)], length: usize) {
    let [(share, _)] = added[..] else {
        let called = match added.len() {
            0 => String::from("never called `add_up`"),
            calls => format!("called `add_up` {}", amount(calls, "time")),
        };
        check.require(false, Kind::WrongOperation, || {
            format!(
                "{called}: every rank calls it once, with its share, even if the share is empty"
            )
        });
        return;
    };
    let limit = longest_share(length, check.size());
    check.require(share as u64 <= limit, Kind::WrongOperation, || {
        format!(
            "added up {share} of {}: every rank adds up one share, and all shares have about the same \
             length",
            amount(length, "number")
        )
    });
}

/// The sum of their squares, cut to 64 bits. As many numbers of the same sum and the same squares are the same numbers,
/// but for a rare chance.
fn squares(numbers: &[i64]) -> u64 {
    numbers.iter().fold(0, |sum, number| {
        sum.wrapping_add(number.wrapping_mul(*number).cast_unsigned())
    })
}

/// Requires that the shares, of which each rank knows the length and the squares of its own, are rank 0's numbers: none
/// is left out because it adds nothing, and none is added up before it is sent.
fn all_shared(check: &mut Check, aside: &Aside, added: &[(usize, u64)], numbers: &[i64]) {
    let of_all = |own: u64| aside.share(own).into_iter().fold(0, u64::wrapping_add);
    let (length, own_squares) = added.first().copied().unwrap_or_default();
    let (length, all_squares) = (of_all(length as u64), of_all(own_squares));
    let same = (length, all_squares) == (numbers.len() as u64, squares(numbers));
    check.require(check.rank() > 0 || same, Kind::WrongResult, || {
        format!(
            "has {}, but the shares together are other numbers, {length} in all: each number must be in \
             one share, as it is, even if it is 0",
            amount(numbers.len(), "number")
        )
    });
}

/// The sends that the answer has begun on this rank, and the calls that wait for a message.
static SENDS: AtomicUsize = AtomicUsize::new(0);
static RECEIVES: AtomicUsize = AtomicUsize::new(0);

fn count(function: &'static str) {
    let sends = function.to_ascii_lowercase().contains("send");
    let receives = ["MPI_Recv", "MPI_Probe", "MPI_Mprobe"].contains(&function);
    SENDS.fetch_add(sends.into(), Ordering::Relaxed);
    RECEIVES.fetch_add(receives.into(), Ordering::Relaxed);
}

/// Requires that rank 0 sends all shares, then adds up its own, and then waits for a sum. Its calls that wait are
/// looked at in their order: an immediate receive may be begun at any time.
fn all_at_once(check: &mut Check, answers: &Answers) -> bool {
    let length = 2 * check.size();
    check.input(format!(
        "{} on rank 0; the check looks at the order of rank 0's calls",
        amount(length, "number")
    ));
    let numbers = check.draw_vec(length, 1..1000_i64);
    let given = (check.rank() == 0).then_some(&numbers[..]);
    let (sent, received) = (Cell::new(0), Cell::new(0));
    let add_up = |share: &[i64]| {
        sent.set(SENDS.load(Ordering::Relaxed));
        received.set(RECEIVES.load(Ordering::Relaxed));
        share.iter().sum()
    };
    SENDS.store(0, Ordering::Relaxed);
    RECEIVES.store(0, Ordering::Relaxed);
    let turns = check.before_each_call(count, |check| {
        let answer = |world: &SimpleCommunicator| (answers.parallel_sum)(world, given, &add_up);
        check.observe_turns(answer).1
    });
    let unsent = (check.size() - 1).saturating_sub(sent.get());
    check.require(
        check.rank() > 0 || unsent == 0,
        Kind::WrongOperation,
        || {
            format!(
                "called `add_up` with {} still to be sent: send all shares first, so that all ranks add up \
                 at the same time",
                amount(unsent, "share")
            )
        },
    );
    let is_late = check.rank() == 0 && received.get() > 0;
    check.require(unsent > 0 || !is_late, Kind::WrongOperation, || {
        String::from(
            "waited for a sum before it called `add_up`: add up the own share first, so that all ranks add \
             up at the same time",
        )
    });
    let receive = turns
        .iter()
        .position(|turn| matches!(turn, Turn::Receive(_)));
    let shares_later = turns[receive.unwrap_or(turns.len())..]
        .iter()
        .filter(|turn| matches!(turn, Turn::Send(_)))
        .count();
    let at_once = check.rank() > 0 || shares_later == 0;
    check.require(at_once, Kind::WrongOperation, || {
        format!(
            "waited for a sum with {} still to be sent: send all shares first, so that all ranks add \
             up at the same time",
            amount(shares_later, "share")
        )
    });
    check.everywhere(check.is_clean())
}

/// The same where rank 0 waits for a sum by other means than a receive, such as a probe, or waits for the sums
/// before it adds up its own share: no rank is done with its share before all of them are at work.
fn together(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let aside = check.aside();
    let input = format!(
        "{} on rank 0; every rank stays in `add_up` until all ranks have called it, so a rank 0 that waits for \
         a sum before it has sent all shares, or before it has added up its own, waits forever",
        amount(2 * size, "number")
    );
    part(check, Synchronous, &input, |check| {
        let numbers = check.draw_vec(2 * size, 1..1000_i64);
        let given = (rank == 0).then_some(&numbers[..]);
        let add_up = |share: &[i64]| {
            let others = (0..size).filter(|other| *other != rank);
            others.clone().for_each(|other| aside.tell(other, 0));
            for _ in others {
                aside.hear();
            }
            share.iter().sum()
        };
        let returned = (answers.parallel_sum)(check.world(), given, &add_up);
        let expected = (rank == 0).then(|| numbers.iter().sum());
        check.returned(returned, expected, "rank 0 returns the sum of all numbers");
    });
}

fn longest_share(length: usize, size: usize) -> u64 {
    (length / size + size) as u64
}

/// What a rank gets to add up, what it sends back, and that nothing else goes anywhere.
fn only_shares_and_sums(check: &mut Check, traffic: &Traffic, length: usize) {
    let (rank, others) = (check.rank(), check.size() as u64 - 1);
    if rank == 0 {
        let bounds = Bounds {
            given: encoded(8 * length as u64) + 5 * others,
            got: encoded(8 * others),
            calls: others,
        };
        let why = "each other rank gets its share, and no number goes to two ranks";
        messages_only(check, traffic, bounds, why);
        return;
    }
    let there = traffic.between(0, rank);
    let limit = longest_share(length, check.size());
    let (to_it, why) = ("numbers sent to it", "a rank needs only its own share");
    let bounds = Bounds {
        given: encoded(8),
        got: encoded(8 * limit),
        calls: 1,
    };
    let _ = check.at_most(to_it, there.bytes / 10, limit, why)
        && check.at_most(
            "messages to it",
            there.times,
            1,
            "one message holds its share",
        )
        && messages_only(
            check,
            traffic,
            bounds,
            "its sum is one number, in one message",
        )
        && check.require(there.times > 0, Kind::WrongOperation, || {
            String::from(
                "was sent no share: rank 0 sends one to every other rank, even if it is empty",
            )
        })
        && check.sends(
            traffic,
            0,
            Moved { times: 1, bytes: 1 },
            "the sum of its share",
        );
}

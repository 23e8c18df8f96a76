//! Mistakes in the task `parallel-sum`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};
use std::{cell::Cell, thread, time::Duration};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("parallel-sum": parallel_sum = remainder_lost => WrongResult,
        "leaves out the numbers that remain when the ranks share them equally"),
    mistake!("parallel-sum": parallel_sum = all_on_rank_0 => WrongOperation,
        "adds up everything on rank 0"),
    mistake!("parallel-sum": parallel_sum = everything_to_everyone => TooMuchCommunication,
        "sends all numbers to every rank, and each cuts out its share"),
    mistake!("parallel-sum": parallel_sum = own_share_forgotten => WrongResult,
        "forgets the share of rank 0"),
    mistake!("parallel-sum": parallel_sum = numbers_come_back => WrongOperation,
        "sends the numbers back instead of their sum"),
    mistake!("parallel-sum": parallel_sum = first_answer_only => WrongResult,
        "collects one sum and stops"),
    mistake!("parallel-sum": parallel_sum = shares_of_nothing => Panic,
        "cuts the numbers into chunks of the length 0 when there are none"),
    mistake!("parallel-sum": parallel_sum = rest_to_the_last => WrongOperation,
        "gives half of the numbers to the last rank"),
    mistake!("parallel-sum": parallel_sum = fewer_chunks_than_ranks => Deadlock,
        "sends as many shares as there are chunks, which may be fewer than ranks"),
    mistake!("parallel-sum": parallel_sum = reduce => WrongOperation,
        "lets a reduction collect the sums"),
    mistake!("parallel-sum": parallel_sum = one_after_the_other => WrongOperation,
        "waits for the sum of one share before it sends the next"),
    mistake!("parallel-sum": parallel_sum = two_at_a_time => WrongOperation,
        "has only two ranks at work at a time"),
    mistake!("parallel-sum": parallel_sum = ignores_what_comes_back => WrongResult,
        "adds up everything on rank 0 too, and ignores the sums that come"),
    mistake!("parallel-sum": parallel_sum = adds_up_for_all => WrongOperation,
        "calls `add_up` on rank 0 for every share"),
    mistake!("parallel-sum": parallel_sum = thirty_two_bits => WrongResult,
        "sends sums in 32 bits"),
    mistake!("parallel-sum": parallel_sum = sums_of_floats => WrongResult,
        "adds up the sums as floating-point numbers"),
    mistake!("parallel-sum": parallel_sum = at_most_16_bits => WrongResult,
        "counts the numbers of a share in 16 bits"),
    mistake!("parallel-sum": parallel_sum = numbers_twice => TooMuchCommunication,
        "sends each share with the one after it"),
    mistake!("parallel-sum": parallel_sum = looks_for_a_sum_first => WrongOperation,
        "waits until a sum is there before it sends the next share, and receives it later"),
    mistake!("parallel-sum": parallel_sum = empty_share_is_no_message => WrongOperation,
        "sends no empty shares, which the others find out by looking often enough"),
    mistake!("parallel-sum": parallel_sum = own_share_first => WrongOperation,
        "adds up the share of rank 0 before it sends the others"),
    mistake!("parallel-sum": parallel_sum = sums_before_its_own => Timeout,
        "sends all shares and waits for all sums, by requests, before it adds up its own share"),
    mistake!("parallel-sum": parallel_sum = zeros_left_out => WrongResult,
        "leaves out the zeros, which add nothing"),
    mistake!("parallel-sum": parallel_sum = neighbors_added_up => WrongResult,
        "adds up each number and the next before it shares them, and keeps the length by zeros"),
];

type Given<'a> = Option<&'a [i64]>;
type Add<'a> = &'a dyn Fn(&[i64]) -> i64;

/// Receives a share and sends back its sum.
fn add_up(world: &SimpleCommunicator, add: Add) -> Option<i64> {
    let root = world.process_at_rank(0);
    let (share, _) = root.receive_vec::<i64>();
    root.send(&add(&share));
    None
}

/// Sends shares to the ranks from 1 on, and adds up the sums of so many of them.
fn deal<'a>(
    world: &SimpleCommunicator,
    shares: impl IntoIterator<Item = &'a [i64]>,
    collect: Rank,
) -> i64 {
    for (rank, share) in (1..world.size()).zip(shares) {
        world.process_at_rank(rank).send(share);
    }
    (0..collect)
        .map(|_| world.any_process().receive::<i64>().0)
        .sum()
}

fn remainder_lost(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let Some(numbers) = numbers else {
        return add_up(world, add);
    };
    let length = numbers.len() / world.size() as usize;
    let shares = (1..world.size() as usize).map(|rank| &numbers[rank * length..][..length]);
    let others = deal(world, shares, world.size() - 1);
    Some(add(&numbers[..length]) + others)
}

fn all_on_rank_0(_: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    numbers.map(add)
}

fn everything_to_everyone(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let all = copy_to_all(world, numbers);
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let own = add(&all[rank * all.len() / size..(rank + 1) * all.len() / size]);
    if rank > 0 {
        world.process_at_rank(0).send(&own);
        return None;
    }
    Some(own + deal(world, [], world.size() - 1))
}

fn copy_to_all(world: &SimpleCommunicator, numbers: Given) -> Vec<i64> {
    let Some(numbers) = numbers else {
        return world.process_at_rank(0).receive_vec().0;
    };
    deal(world, std::iter::repeat(numbers), 0);
    numbers.to_vec()
}

fn own_share_forgotten(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let sum = mpi_p2p_solution::parallel_sum(world, numbers, add)?;
    let own = &numbers?[..numbers?.len() / world.size() as usize];
    Some(sum - own.iter().sum::<i64>())
}

fn numbers_come_back(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let root = world.process_at_rank(0);
    let Some(numbers) = numbers else {
        let (share, _) = root.receive_vec::<i64>();
        root.send(&share[..]);
        return None;
    };
    let size = world.size() as usize;
    let begin = |rank: usize| rank * numbers.len() / size;
    deal(
        world,
        (1..size).map(|rank| &numbers[begin(rank)..begin(rank + 1)]),
        0,
    );
    let others = (1..size).flat_map(|_| world.any_process().receive_vec::<i64>().0);
    let all: Vec<i64> = others.chain(numbers[..begin(1)].iter().copied()).collect();
    Some(add(&all))
}

fn first_answer_only(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let Some(numbers) = numbers else {
        return add_up(world, add);
    };
    let size = world.size() as usize;
    let begin = |rank: usize| rank * numbers.len() / size;
    let shares = (1..size).map(|rank| &numbers[begin(rank)..begin(rank + 1)]);
    deal(world, shares, 0);
    let own = add(&numbers[..begin(1)]);
    Some(own + deal(world, [], 1.min(world.size() - 1)))
}

fn shares_of_nothing(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let Some(numbers) = numbers else {
        return add_up(world, add);
    };
    let mut shares = numbers.chunks(numbers.len().div_ceil(world.size() as usize));
    let own = add(shares.next().unwrap_or_default());
    let shares = shares.chain(std::iter::repeat(&[][..]));
    Some(own + deal(world, shares, world.size() - 1))
}

fn rest_to_the_last(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let Some(numbers) = numbers else {
        return add_up(world, add);
    };
    let size = world.size() as usize;
    let length = numbers.len() / (2 * size);
    let end = |rank| {
        if rank + 1 == size {
            numbers.len()
        } else {
            (rank + 1) * length
        }
    };
    let shares = (1..size).map(|rank| &numbers[rank * length..end(rank)]);
    let others = deal(world, shares, world.size() - 1);
    Some(add(&numbers[..end(0)]) + others)
}

fn fewer_chunks_than_ranks(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let Some(numbers) = numbers else {
        return add_up(world, add);
    };
    let length = numbers.len().div_ceil(world.size() as usize).max(1);
    let mut shares = numbers.chunks(length);
    let own = add(shares.next().unwrap_or_default());
    let many = shares.len() as Rank;
    Some(own + deal(world, shares, many))
}

fn reduce(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let root = world.process_at_rank(0);
    let size = world.size() as usize;
    let sum = mpi::collective::SystemOperation::sum();
    let Some(numbers) = numbers else {
        let (share, _) = root.receive_vec::<i64>();
        root.reduce_into(&add(&share), sum);
        return None;
    };
    let begin = |rank: usize| rank * numbers.len() / size;
    deal(
        world,
        (1..size).map(|rank| &numbers[begin(rank)..begin(rank + 1)]),
        0,
    );
    let mut total = 0;
    root.reduce_into_root(&add(&numbers[..begin(1)]), &mut total, sum);
    Some(total)
}

/// Sends the shares with at most so many ranks at work at a time.
fn few_at_a_time(world: &SimpleCommunicator, numbers: Given, add: Add, few: usize) -> Option<i64> {
    let Some(numbers) = numbers else {
        return add_up(world, add);
    };
    let size = world.size() as usize;
    let begin = |rank: usize| rank * numbers.len() / size;
    let share = |rank: usize| &numbers[begin(rank)..begin(rank + 1)];
    let mut total = add(share(0));
    for rank in 1..size + few {
        if rank > few {
            let (sum, _) = world.process_at_rank((rank - few) as Rank).receive::<i64>();
            total += sum;
        }
        if rank < size {
            world.process_at_rank(rank as Rank).send(share(rank));
        }
    }
    Some(total)
}

fn one_after_the_other(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    few_at_a_time(world, numbers, add, 1)
}

fn two_at_a_time(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    few_at_a_time(world, numbers, add, 2)
}

fn ignores_what_comes_back(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let own = Cell::new(0);
    let note = |share: &[i64]| {
        let sum = add(share);
        own.set(sum - share.iter().sum::<i64>());
        sum
    };
    mpi_p2p_solution::parallel_sum(world, numbers, &note)?;
    Some(numbers?.iter().sum::<i64>() + own.get())
}

fn adds_up_for_all(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    mpi_p2p_solution::parallel_sum(world, numbers, add)?;
    let (numbers, size) = (numbers?, world.size() as usize);
    let begin = |rank: usize| rank * numbers.len() / size;
    let shares = (0..size).map(|rank| &numbers[begin(rank)..begin(rank + 1)]);
    Some(shares.map(add).sum())
}

fn thirty_two_bits(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let narrow = |share: &[i64]| (add(share) as i32).into();
    mpi_p2p_solution::parallel_sum(world, numbers, &narrow)
}

fn sums_of_floats(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let narrow = |share: &[i64]| add(share) as f64 as i64;
    mpi_p2p_solution::parallel_sum(world, numbers, &narrow)
}

fn at_most_16_bits(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let narrow = |share: &[i64]| add(&share[..usize::from(share.len() as u16)]);
    mpi_p2p_solution::parallel_sum(world, numbers, &narrow)
}

fn numbers_twice(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let Some(numbers) = numbers else {
        let root = world.process_at_rank(0);
        let (shares, _) = root.receive_vec::<i64>();
        root.send(&add(&shares[1..1 + shares[0] as usize]));
        return None;
    };
    let size = world.size() as usize;
    let begin = |rank: usize| rank * numbers.len() / size;
    for rank in 1..size {
        let length = (begin(rank + 1) - begin(rank)) as i64;
        let both = &numbers[begin(rank)..begin((rank + 2).min(size))];
        let message = [&[length], both].concat();
        world.process_at_rank(rank as Rank).send(&message[..]);
    }
    let own = add(&numbers[..begin(1)]);
    let others = (1..size).map(|_| world.any_process().receive::<i64>().0);
    Some(own + others.sum::<i64>())
}

fn looks_for_a_sum_first(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let Some(numbers) = numbers else {
        return add_up(world, add);
    };
    let size = world.size() as usize;
    let begin = |rank: usize| rank * numbers.len() / size;
    for rank in 1..size {
        let next = world.process_at_rank(rank as Rank);
        next.send(&numbers[begin(rank)..begin(rank + 1)]);
        next.probe();
    }
    Some(add(&numbers[..begin(1)]) + deal(world, [], world.size() - 1))
}

fn empty_share_is_no_message(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let (root, size) = (world.process_at_rank(0), world.size() as usize);
    let Some(numbers) = numbers else {
        let look = |_| {
            thread::sleep(Duration::from_millis(1));
            root.immediate_probe().is_some()
        };
        let is_there = (0..500).any(look);
        let share = is_there.then(|| root.receive_vec::<i64>().0);
        root.send(&add(&share.unwrap_or_default()));
        return None;
    };
    let start = |rank: usize| rank * numbers.len() / size;
    let share = |rank: usize| &numbers[start(rank)..start(rank + 1)];
    for rank in (1..size).filter(|rank| !share(*rank).is_empty()) {
        world.process_at_rank(rank as Rank).send(share(rank));
    }
    let own = add(share(0));
    let others = (1..size).map(|_| world.any_process().receive::<i64>().0);
    Some(own + others.sum::<i64>())
}

fn own_share_first(
    world: &SimpleCommunicator,
    numbers: Option<&[i64]>,
    add_up: &dyn Fn(&[i64]) -> i64,
) -> Option<i64> {
    let Some(numbers) = numbers else {
        return mpi_p2p_solution::parallel_sum(world, None, add_up);
    };
    let share = numbers.len() / world.size() as usize;
    let mut rest = numbers;
    let mut sum = 0;
    for rank in 0..world.size() {
        let share = match rank + 1 == world.size() {
            true => rest.len(),
            false => share,
        };
        let (own, others) = rest.split_at(share);
        rest = others;
        match rank {
            0 => sum = add_up(own),
            _ => world.process_at_rank(rank).send(own),
        }
    }
    let sums = (1..world.size()).map(|_| world.any_process().receive::<i64>().0);
    Some(sums.fold(sum, |sum, more| sum + more))
}

fn sums_before_its_own(
    world: &SimpleCommunicator,
    numbers: Option<&[i64]>,
    add_up: &dyn Fn(&[i64]) -> i64,
) -> Option<i64> {
    let Some(numbers) = numbers else {
        let root = world.process_at_rank(0);
        root.send(&add_up(&root.receive_vec::<i64>().0));
        return None;
    };
    let share = numbers.len() / world.size() as usize;
    let (others, own) = numbers.split_at(share * (world.size() as usize - 1));
    for rank in 1..world.size() {
        let share = &others[share * (rank as usize - 1)..][..share];
        world.process_at_rank(rank).send(share);
    }
    let sums: Vec<_> = (1..world.size())
        .map(|rank| world.process_at_rank(rank).immediate_receive::<i64>())
        .collect();
    let of_others: i64 = sums.into_iter().map(|sum| sum.get().0).sum();
    Some(of_others + add_up(own))
}

fn zeros_left_out(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let is_something = |number: &i64| *number != 0;
    let some = numbers.map(|all| all.iter().copied().filter(is_something).collect::<Vec<_>>());
    mpi_p2p_solution::parallel_sum(world, some.as_deref(), add)
}

fn neighbors_added_up(world: &SimpleCommunicator, numbers: Given, add: Add) -> Option<i64> {
    let mut sums = numbers.map(<[i64]>::to_vec);
    let pairs = sums.iter_mut().flat_map(|all| all.chunks_exact_mut(2));
    pairs.for_each(|pair| {
        pair[0] += pair[1];
        pair[1] = 0;
    });
    mpi_p2p_solution::parallel_sum(world, sums.as_deref(), add)
}

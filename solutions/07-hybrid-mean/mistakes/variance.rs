//! Mistakes in the task `variance`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use hybrid_mean_solution::{Moments, chan, welford};
use mpi::{
    collective::SystemOperation, datatype::PartitionMut, request, topology::SimpleCommunicator,
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("variance": welford = twice_the_old_mean => WrongResult,
        "takes both distances from the mean before"),
    mistake!("variance": welford = counts_afterwards => WrongResult,
        "divides by the count without the new number"),
    mistake!("variance": chan = adds_the_squares => WrongResult,
        "adds the squares as if the means were the same"),
    mistake!("variance": chan = middle_of_the_means => WrongResult,
        "takes the middle of the means, whatever the counts"),
    mistake!("variance": chan = nothing_by_nothing => WrongResult,
        "divides by a count of 0 when both parts are empty"),
    mistake!("variance": variance = squares_minus_square => WrongResult,
        "subtracts the square of the mean from the mean of the squares"),
    mistake!("variance": variance = mean_of_variances => WrongResult,
        "takes the mean of the ranks' variances"),
    mistake!("variance": variance = of_a_sample => WrongResult,
        "divides by one less than the count"),
    mistake!("variance": variance = on_rank_0 => WrongResult,
        "leaves the result on rank 0"),
    mistake!("variance": variance = gathers_the_numbers => TooMuchCommunication,
        "gathers the numbers themselves on every rank"),
    mistake!("variance": welford = counts_in_32_bits => WrongResult,
        "counts as a `u32`"),
    mistake!("variance": welford = counts_as_a_fraction => WrongResult,
        "counts as an `f64`"),
    mistake!("variance": chan = multiplies_the_counts => Panic,
        "multiplies two counts, and the product does not fit"),
    mistake!("variance": chan = counts_as_fractions => WrongResult,
        "adds the counts as `f64`"),
    mistake!("variance": chan = the_first_is_not_empty => WrongResult,
        "returns the first part when the second one is empty, and not the other way round"),
    mistake!("variance": variance = as_f32 => WrongResult,
        "keeps half of the digits of each number"),
    mistake!("variance": variance = counts_to_65535 => WrongResult,
        "keeps the count of each rank in 16 bits"),
    mistake!("variance": variance = none_without_difference => WrongResult,
        "takes a variance of 0 for none"),
    mistake!("variance": variance = sends_the_numbers_on => TooMuchCommunication,
        "hands all numbers on from rank to rank by messages"),
    mistake!("variance": variance = by_the_first_number => WrongResult,
        "takes the distances from this rank's first number"),
    mistake!("variance": chan = signed_count => WrongResult,
        "divides by the count as an `i64`, which is negative from 2^63 on"),
    mistake!("variance": chan = equal_parts_once => WrongResult,
        "takes two equal parts for the same part"),
    mistake!("variance": welford = count_with_a_sign => WrongResult,
        "divides by the count as a number with a sign"),
    mistake!("variance": welford = without_outliers => WrongResult,
        "leaves out numbers that are more than ten standard deviations away"),
    mistake!("variance": chan = nothing_without_distances => WrongResult,
        "takes equal numbers for no numbers"),
    mistake!("variance": chan = nothing_if_the_mean_is_0 => WrongResult,
        "takes numbers whose mean is 0 for no numbers"),
    mistake!("variance": welford = nothing_new => WrongResult,
        "does not count a number that is equal to all before"),
    mistake!("variance": variance = moments_of_any_call => WrongResult,
        "takes as many moments as there are other ranks, some of them maybe from the next call"),
    mistake!("variance": chan = nothing_from_single_numbers => WrongResult,
        "adds nothing for the distance between two parts of a single number each"),
];

fn twice_the_old_mean(known: Moments, number: f64) -> Moments {
    let distance = number - known.mean;
    Moments {
        squares: known.squares + distance * distance,
        ..welford(known, number)
    }
}

fn counts_afterwards(known: Moments, number: f64) -> Moments {
    let distance = number - known.mean;
    let mean = known.mean + distance / known.count.max(1) as f64;
    Moments {
        count: known.count + 1,
        mean,
        squares: known.squares + distance * (number - mean),
    }
}

fn adds_the_squares(one: Moments, other: Moments) -> Moments {
    Moments {
        squares: one.squares + other.squares,
        ..chan(one, other)
    }
}

fn middle_of_the_means(one: Moments, other: Moments) -> Moments {
    Moments {
        mean: (one.mean + other.mean) / 2.0,
        ..chan(one, other)
    }
}

fn nothing_by_nothing(one: Moments, other: Moments) -> Moments {
    let count = one.count + other.count;
    let share = other.count as f64 / count as f64;
    Moments {
        mean: one.mean + (other.mean - one.mean) * share,
        ..chan(one, other)
    }
}

fn squares_minus_square(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let sum = mine.iter().sum();
    let squares = mine.iter().map(|number| number * number).sum();
    let mut all = [0.0_f64; 3];
    let mine = [mine.len() as f64, sum, squares];
    world.all_reduce_into(&mine[..], &mut all[..], SystemOperation::sum());
    let [count, sum, squares] = all;
    (count > 0.0).then(|| squares / count - (sum / count) * (sum / count))
}

/// The moments of every rank.
fn moments(world: &SimpleCommunicator, mine: &[f64]) -> Vec<Moments> {
    let mine = mine.iter().copied().fold(Moments::default(), welford);
    let mut all = vec![Moments::default(); world.size() as usize];
    world.all_gather_into(&mine, &mut all[..]);
    all
}

fn mean_of_variances(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let variances: Vec<f64> = moments(world, mine)
        .into_iter()
        .filter_map(Moments::variance)
        .collect();
    (!variances.is_empty()).then(|| variances.iter().sum::<f64>() / variances.len() as f64)
}

fn of_a_sample(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let all = moments(world, mine);
    let all = all.into_iter().fold(Moments::default(), chan);
    (all.count > 0).then(|| all.squares / (all.count as f64 - 1.0))
}

fn on_rank_0(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let variance = hybrid_mean_solution::variance(world, mine);
    variance.filter(|_| world.rank() == 0)
}

fn gathers_the_numbers(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let own = mine.len() as i32;
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&own, &mut counts[..]);
    let starts: Vec<i32> = (0..counts.len())
        .map(|rank| counts[..rank].iter().sum())
        .collect();
    let mut all = vec![0.0; counts.iter().sum::<i32>() as usize];
    world.all_gather_varcount_into(mine, &mut PartitionMut::new(&mut all[..], counts, starts));
    let all = all.into_iter().fold(Moments::default(), welford);
    all.variance()
}

fn counts_in_32_bits(known: Moments, number: f64) -> Moments {
    let moments = welford(known, number);
    Moments {
        count: u64::from(moments.count as u32),
        ..moments
    }
}

fn counts_as_a_fraction(known: Moments, number: f64) -> Moments {
    Moments {
        count: (known.count as f64 + 1.0) as u64,
        ..welford(known, number)
    }
}

fn multiplies_the_counts(one: Moments, other: Moments) -> Moments {
    let count = one.count + other.count;
    if count == 0 {
        return Moments::default();
    }
    let distance = other.mean - one.mean;
    let between = (one.count * other.count) as f64 / count as f64;
    Moments {
        count,
        mean: one.mean + distance * other.count as f64 / count as f64,
        squares: one.squares + other.squares + distance * distance * between,
    }
}

fn counts_as_fractions(one: Moments, other: Moments) -> Moments {
    Moments {
        count: (one.count as f64 + other.count as f64) as u64,
        ..chan(one, other)
    }
}

fn the_first_is_not_empty(one: Moments, other: Moments) -> Moments {
    if one.count == 0 {
        return one;
    }
    chan(one, other)
}

fn as_f32(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let mine: Vec<f64> = mine.iter().map(|x| f64::from(*x as f32)).collect();
    hybrid_mean_solution::variance(world, &mine)
}

fn counts_to_65535(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let all = moments(world, mine).into_iter().map(|part| Moments {
        count: u64::from(part.count as u16),
        ..part
    });
    all.fold(Moments::default(), chan).variance()
}

fn none_without_difference(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let variance = hybrid_mean_solution::variance(world, mine);
    variance.filter(|variance| *variance > 0.0)
}

fn sends_the_numbers_on(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let (rank, ranks) = (world.rank(), world.size());
    let mut all = mine.to_vec();
    if rank > 0 {
        let (before, _) = world.process_at_rank(rank - 1).receive_vec::<f64>();
        all.splice(..0, before);
    }
    if rank + 1 < ranks {
        world.process_at_rank(rank + 1).send(&all[..]);
    }
    let mut variance = [0.0, 0.0];
    if rank + 1 == ranks {
        let all = all.into_iter().fold(Moments::default(), welford);
        variance = [all.count as f64, all.squares];
    }
    let last = world.process_at_rank(ranks - 1);
    last.broadcast_into(&mut variance[..]);
    let [count, squares] = variance;
    (count > 0.0).then(|| squares / count)
}

fn by_the_first_number(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let first = mine.first().copied().unwrap_or(0.0);
    let shifted: Vec<f64> = mine.iter().map(|number| number - first).collect();
    hybrid_mean_solution::variance(world, &shifted)
}

fn signed_count(one: Moments, other: Moments) -> Moments {
    let both = chan(one, other);
    if both.count as i64 >= 0 {
        return both;
    }
    let share = other.count as f64 / both.count as i64 as f64;
    Moments {
        mean: one.mean + (other.mean - one.mean) * share,
        ..both
    }
}

fn equal_parts_once(one: Moments, other: Moments) -> Moments {
    if one == other { one } else { chan(one, other) }
}

fn count_with_a_sign(known: Moments, number: f64) -> Moments {
    let count = known.count + 1;
    let distance = number - known.mean;
    let mean = known.mean + distance / count.cast_signed() as f64;
    Moments {
        count,
        mean,
        squares: known.squares + distance * (number - mean),
    }
}

fn without_outliers(known: Moments, number: f64) -> Moments {
    let variance = known.squares / known.count as f64;
    let is_far = known.count > 9 && (number - known.mean).powi(2) > 100.0 * variance;
    match is_far {
        true => known,
        false => welford(known, number),
    }
}

fn nothing_without_distances(one: Moments, other: Moments) -> Moments {
    match one.squares == 0.0 && one.count > 1 {
        true => other,
        false => chan(one, other),
    }
}

fn nothing_if_the_mean_is_0(one: Moments, other: Moments) -> Moments {
    match one.mean == 0.0 {
        true => other,
        false => chan(one, other),
    }
}

fn nothing_new(known: Moments, number: f64) -> Moments {
    if known.squares == 0.0 && known.mean == number {
        return known;
    }
    welford(known, number)
}

fn moments_of_any_call(world: &SimpleCommunicator, mine: &[f64]) -> Option<f64> {
    let own = mine.iter().copied().fold(Moments::default(), welford);
    let mut all = own;
    let others = || (0..world.size()).filter(|rank| *rank != world.rank());
    request::multiple_scope(others().count(), |scope, requests| {
        for rank in others() {
            requests.add(world.process_at_rank(rank).immediate_send(scope, &own));
        }
        for _ in others() {
            all = chan(all, world.any_process().receive().0);
        }
        requests.wait_all(&mut Vec::new());
    });
    all.variance()
}

fn nothing_from_single_numbers(one: Moments, other: Moments) -> Moments {
    match [one.count, other.count] {
        [1, 1] => adds_the_squares(one, other),
        _ => chan(one, other),
    }
}

//! Mistakes in the tasks `rank`, `merge` and `odd-even`.

use crate::{
    lists::{gather, lists_of_all, place, starts},
    subject::{self, merge_two},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{
    Rank, collective::SystemOperation, datatype::Partition, point_to_point::send_receive_into,
    topology::SimpleCommunicator, traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("rank": rank = among_its_own => WrongResult,
        "counts the keys of its own rank only"),
    mistake!("rank": rank = equal_keys_in_one_place => WrongResult,
        "counts the smaller keys only: equal ones get the same position"),
    mistake!("rank": rank = counts_itself => WrongResult,
        "counts keys that are smaller or equal, and so the key itself"),
    mistake!("rank": rank = less_than => WrongResult,
        "compares by `<`, which knows neither NaN nor the sign of 0"),
    mistake!("rank": rank = higher_ranks_first => WrongResult,
        "puts equal keys of higher ranks first"),
    mistake!("rank": rank = rounded => WrongResult,
        "compares keys as `f32`"),
    mistake!("rank": rank = unstable => WrongResult,
        "sorts its own keys by a sort that is not stable"),
    mistake!("rank": rank = on_rank_zero => WrongOperation,
        "has rank 0 find the positions of all keys"),
    mistake!("rank": rank = key_by_key => TooMuchCommunication,
        "broadcasts each key by itself"),
    mistake!("rank": rank = in_pieces => TooMuchCommunication,
        "broadcasts lists in pieces of 64 keys"),
    mistake!("merge": merge = gathered => WrongOperation,
        "gathers all keys on rank 0, and sorts them"),
    mistake!("merge": merge = all_to_rank_zero => TooMuchCommunication,
        "has every rank send its list to rank 0"),
    mistake!("merge": merge = along_a_chain => TooMuchCommunication,
        "sends a growing list from rank to rank"),
    mistake!("merge": merge = one_after_the_other => WrongResult,
        "puts one list behind the other"),
    mistake!("merge": merge = everybody_returns => WrongResult,
        "returns on every rank what it has merged"),
    mistake!("merge": merge = rest_forgotten => WrongResult,
        "stops merging when one of two lists is at its end"),
    mistake!("merge": merge = equal_ones_once => WrongResult,
        "keeps one of equal keys"),
    mistake!("merge": merge = powers_of_two => Panic,
        "has a partner for every rank, also beyond the last one"),
    mistake!("odd-even": odd_even = one_round_less => WrongResult,
        "ends after p - 1 rounds"),
    mistake!("odd-even": odd_even = same_partner => WrongResult,
        "has the same partner in all rounds"),
    mistake!("odd-even": odd_even = halves_swapped => WrongResult,
        "keeps the larger half on the lower rank"),
    mistake!("odd-even": odd_even = without_sorting => WrongResult,
        "merges lists that have not been sorted before"),
    mistake!("odd-even": odd_even = both_send => UnsafeSend,
        "sends, and then receives, on both sides"),
    mistake!("odd-even": odd_even = gathered_and_cut => WrongOperation,
        "gathers all keys on all ranks, and takes its part"),
    mistake!("odd-even": odd_even = with_everybody => WrongOperation,
        "exchanges lists with all ranks, and takes its part"),
    mistake!("odd-even": odd_even = asks_whether_it_is_done => WrongOperation,
        "asks all ranks in each round whether something has changed"),
    mistake!("odd-even": odd_even = twice_as_many => TooMuchCommunication,
        "has twice as many rounds, to be sure"),
    mistake!("odd-even": odd_even = one_key_a_message => TooMuchCommunication,
        "sends each key by a message of its own"),
    mistake!("rank": rank = filled_up_with_the_largest => WrongResult,
        "fills all lists up with the largest NaN, which comes before an equal key of a higher rank"),
    mistake!("odd-even": odd_even = same_half_for_both => WrongResult,
        "keeps the smaller half on both ranks if their first keys are equal"),
    mistake!("odd-even": odd_even = done_with_equal_ends => WrongResult,
        "takes lists for equal if their first and their last keys are"),
];

/// Counts for each key those that `before` says come before it: keys with their rank and index.
fn counted(
    world: &SimpleCommunicator,
    mine: &[f64],
    before: impl Fn((f64, usize, usize), (f64, usize, usize)) -> bool,
) -> Vec<u64> {
    let (rank, _) = place(world);
    let lists = lists_of_all(world, mine);
    let all = || {
        lists.iter().enumerate().flat_map(|(rank, list)| {
            let tagged = move |(index, key): (usize, &f64)| (*key, rank, index);
            list.iter().enumerate().map(tagged)
        })
    };
    (0..mine.len())
        .map(|index| {
            let own = (mine[index], rank, index);
            all().filter(|other| before(*other, own)).count() as u64
        })
        .collect()
}

fn among_its_own(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    counted(world, mine, |(one, from, i), (other, rank, j)| {
        from == rank && one.total_cmp(&other).then(i.cmp(&j)).is_lt()
    })
}

fn equal_keys_in_one_place(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    counted(world, mine, |(one, ..), (other, ..)| {
        one.total_cmp(&other).is_lt()
    })
}

fn counts_itself(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    counted(world, mine, |(one, ..), (other, ..)| {
        one.total_cmp(&other).is_le()
    })
}

fn less_than(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    counted(world, mine, |(one, from, i), (other, rank, j)| {
        one < other || one == other && (from, i) < (rank, j)
    })
}

fn higher_ranks_first(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    counted(world, mine, |(one, from, i), (other, rank, j)| {
        let order = one.total_cmp(&other);
        order.then(rank.cmp(&from)).then(i.cmp(&j)).is_lt()
    })
}

fn rounded(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    counted(world, mine, |(one, from, i), (other, rank, j)| {
        let order = (one as f32).total_cmp(&(other as f32));
        order.then(from.cmp(&rank)).then(i.cmp(&j)).is_lt()
    })
}

fn unstable(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..mine.len()).collect();
    order.sort_unstable_by(|&one, &other| mine[one].total_cmp(&mine[other]));
    let sorted: Vec<f64> = order.iter().map(|&index| mine[index]).collect();
    let mut positions = vec![0; mine.len()];
    for (position, index) in subject::rank(world, &sorted).into_iter().zip(order) {
        positions[index] = position;
    }
    positions
}

fn on_rank_zero(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    let (all, counts) = gather(world, mine);
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&one, &other| all[one].total_cmp(&all[other]));
    let mut positions = vec![0_u64; all.len()];
    for (position, index) in (0..).zip(order) {
        positions[index] = position;
    }
    let root = world.process_at_rank(0);
    let mut own = vec![0; mine.len()];
    if world.rank() == 0 {
        let from = Partition::new(&positions[..], &counts[..], starts(&counts));
        root.scatter_varcount_into_root(&from, &mut own[..]);
    } else {
        root.scatter_varcount_into(&mut own[..]);
    }
    own
}

fn key_by_key(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    let (rank, size) = place(world);
    let mut counts = vec![0; size];
    world.all_gather_into(&mine.len(), &mut counts[..]);
    let mut positions = vec![0; mine.len()];
    for (from, count) in counts.into_iter().enumerate() {
        for i in 0..count {
            let mut key = if from == rank { mine[i] } else { 0.0 };
            world.process_at_rank(from as Rank).broadcast_into(&mut key);
            for (j, position) in positions.iter_mut().enumerate() {
                let order = key.total_cmp(&mine[j]);
                let before = order.then(from.cmp(&rank)).then(i.cmp(&j)).is_lt();
                *position += u64::from(before);
            }
        }
    }
    positions
}

fn in_pieces(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    let (rank, size) = place(world);
    let mut counts = vec![0; size];
    world.all_gather_into(&mine.len(), &mut counts[..]);
    let mut all = vec![0.0; counts.iter().sum()];
    let start = counts[..rank].iter().sum::<usize>();
    all[start..][..mine.len()].copy_from_slice(mine);
    let mut rest = &mut all[..];
    for (from, count) in counts.into_iter().enumerate() {
        let (list, others) = rest.split_at_mut(count);
        for piece in list.chunks_mut(64) {
            world.process_at_rank(from as Rank).broadcast_into(piece);
        }
        rest = others;
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&one, &other| all[one].total_cmp(&all[other]));
    let mut positions = vec![0; all.len()];
    for (position, index) in (0..).zip(order) {
        positions[index] = position;
    }
    positions[start..][..mine.len()].to_vec()
}

fn gathered(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let (mut all, _) = gather(world, mine);
    all.sort_unstable();
    (world.rank() == 0).then_some(all)
}

fn all_to_rank_zero(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    if world.rank() > 0 {
        world.process_at_rank(0).send(mine);
        return None;
    }
    let theirs = |rank| world.process_at_rank(rank).receive_vec::<i64>().0;
    let merged = (1..world.size()).fold(mine.to_vec(), |merged, rank| {
        merge_two(&merged, &theirs(rank))
    });
    Some(merged)
}

fn along_a_chain(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let rank = world.rank();
    let mut merged = mine.to_vec();
    if rank + 1 < world.size() {
        let (theirs, _) = world.process_at_rank(rank + 1).receive_vec::<i64>();
        merged = merge_two(&merged, &theirs);
    }
    if rank == 0 {
        return Some(merged);
    }
    world.process_at_rank(rank - 1).send(&merged[..]);
    None
}

/// Merges in pairs, in whatever way two lists are merged. The second value is what a rank has that is finished.
fn by_pairs(
    world: &SimpleCommunicator,
    mine: &[i64],
    merge: impl Fn(&[i64], &[i64]) -> Vec<i64>,
) -> (bool, Vec<i64>) {
    let (rank, size) = (world.rank(), world.size());
    let mut merged = mine.to_vec();
    let mut distance = 1;
    while distance < size {
        if rank % (2 * distance) != 0 {
            let partner = world.process_at_rank(rank - distance);
            partner.send(&merged[..]);
            return (false, merged);
        }
        if rank + distance < size {
            let partner = world.process_at_rank(rank + distance);
            merged = merge(&merged, &partner.receive_vec::<i64>().0);
        }
        distance *= 2;
    }
    (true, merged)
}

fn one_after_the_other(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let (is_last, merged) = by_pairs(world, mine, |one, other| [one, other].concat());
    is_last.then_some(merged)
}

fn everybody_returns(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    Some(by_pairs(world, mine, merge_two).1)
}

fn rest_forgotten(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let (is_last, merged) = by_pairs(world, mine, |one, other| {
        let mut merged = Vec::new();
        let (mut i, mut j) = (0, 0);
        while i < one.len() && j < other.len() {
            if one[i] <= other[j] {
                merged.push(one[i]);
                i += 1;
            } else {
                merged.push(other[j]);
                j += 1;
            }
        }
        merged
    });
    is_last.then_some(merged)
}

fn equal_ones_once(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let mut merged = subject::merge(world, mine)?;
    merged.dedup();
    Some(merged)
}

fn powers_of_two(world: &SimpleCommunicator, mine: &[i64]) -> Option<Vec<i64>> {
    let (rank, size) = (world.rank(), world.size());
    let mut merged = mine.to_vec();
    let mut distance = 1;
    while distance < size {
        if rank & distance != 0 {
            let partner = world.process_at_rank(rank ^ distance);
            partner.send(&merged[..]);
            return None;
        }
        let partner = world.process_at_rank(rank ^ distance);
        merged = merge_two(&merged, &partner.receive_vec::<i64>().0);
        distance *= 2;
    }
    Some(merged)
}

/// Keeps what belongs to this rank of its own keys and those of a partner.
fn keep(mine: &mut [i64], theirs: &[i64], keeps_smaller: bool) {
    let both = merge_two(mine, theirs);
    let (smaller, larger) = both.split_at(mine.len());
    mine.copy_from_slice(if keeps_smaller { smaller } else { larger });
}

fn exchange(world: &SimpleCommunicator, mine: &[i64], partner: Rank) -> Vec<i64> {
    let mut theirs = vec![0; mine.len()];
    let process = world.process_at_rank(partner);
    send_receive_into(mine, &process, &mut theirs[..], &process);
    theirs
}

/// The partner of this rank in a round.
fn partner(world: &SimpleCommunicator, round: Rank) -> Option<Rank> {
    let rank = world.rank();
    let partner = if (rank + round) % 2 == 0 {
        rank + 1
    } else {
        rank - 1
    };
    (0..world.size()).contains(&partner).then_some(partner)
}

fn transposed(
    world: &SimpleCommunicator,
    mine: &mut [i64],
    rounds: Rank,
    exchange: impl Fn(&SimpleCommunicator, &[i64], Rank) -> Vec<i64>,
) {
    let partners = (0..rounds).filter_map(|round| partner(world, round));
    for partner in partners {
        let theirs = exchange(world, mine, partner);
        keep(mine, &theirs, world.rank() < partner);
    }
}

fn one_round_less(world: &SimpleCommunicator, mine: &mut [i64]) {
    mine.sort_unstable();
    transposed(world, mine, world.size() - 1, exchange);
}

fn same_partner(world: &SimpleCommunicator, mine: &mut [i64]) {
    mine.sort_unstable();
    for _ in 0..world.size() {
        transposed(world, mine, 1, exchange);
    }
}

fn halves_swapped(world: &SimpleCommunicator, mine: &mut [i64]) {
    mine.sort_unstable();
    for round in 0..world.size() {
        if let Some(partner) = partner(world, round) {
            let theirs = exchange(world, mine, partner);
            keep(mine, &theirs, world.rank() > partner);
        }
    }
}

fn without_sorting(world: &SimpleCommunicator, mine: &mut [i64]) {
    transposed(world, mine, world.size(), exchange);
}

fn both_send(world: &SimpleCommunicator, mine: &mut [i64]) {
    mine.sort_unstable();
    transposed(world, mine, world.size(), |world, mine, partner| {
        let process = world.process_at_rank(partner);
        process.send(mine);
        process.receive_vec::<i64>().0
    });
}

fn gathered_and_cut(world: &SimpleCommunicator, mine: &mut [i64]) {
    let mut all = vec![0; mine.len() * world.size() as usize];
    world.all_gather_into(&*mine, &mut all[..]);
    all.sort_unstable();
    let start = mine.len() * world.rank() as usize;
    mine.copy_from_slice(&all[start..][..mine.len()]);
}

fn with_everybody(world: &SimpleCommunicator, mine: &mut [i64]) {
    let (rank, size) = (world.rank(), world.size());
    let mut all = mine.to_vec();
    for distance in 1..size {
        let to = world.process_at_rank((rank + distance) % size);
        let from = world.process_at_rank((rank + size - distance) % size);
        let mut theirs = vec![0; mine.len()];
        send_receive_into(&*mine, &to, &mut theirs[..], &from);
        all.extend(theirs);
    }
    all.sort_unstable();
    let start = mine.len() * rank as usize;
    mine.copy_from_slice(&all[start..][..mine.len()]);
}

fn asks_whether_it_is_done(world: &SimpleCommunicator, mine: &mut [i64]) {
    mine.sort_unstable();
    for round in 0..world.size() {
        let before = mine.to_vec();
        if let Some(partner) = partner(world, round) {
            let theirs = exchange(world, mine, partner);
            keep(mine, &theirs, world.rank() < partner);
        }
        let mut changed = false;
        let own = before[..] != *mine;
        world.all_reduce_into(&own, &mut changed, SystemOperation::logical_or());
        if !changed && round > 0 {
            break;
        }
    }
}

fn twice_as_many(world: &SimpleCommunicator, mine: &mut [i64]) {
    mine.sort_unstable();
    transposed(world, mine, 2 * world.size(), exchange);
}

fn one_key_a_message(world: &SimpleCommunicator, mine: &mut [i64]) {
    mine.sort_unstable();
    transposed(world, mine, world.size(), |world, mine, partner| {
        let key = |key: &i64| exchange(world, &[*key], partner)[0];
        mine.iter().map(key).collect()
    });
}

fn filled_up_with_the_largest(world: &SimpleCommunicator, mine: &[f64]) -> Vec<u64> {
    let mut longest = 0_u64;
    world.all_reduce_into(&(mine.len() as u64), &mut longest, SystemOperation::max());
    let mut filled = mine.to_vec();
    filled.resize(longest as usize, f64::from_bits(i64::MAX as u64));
    let mut positions = subject::rank(world, &filled);
    positions.truncate(mine.len());
    positions
}

fn same_half_for_both(world: &SimpleCommunicator, mine: &mut [i64]) {
    mine.sort_unstable();
    for round in 0..world.size() {
        if let Some(partner) = partner(world, round) {
            let theirs = exchange(world, mine, partner);
            let is_same = mine.first() == theirs.first();
            keep(mine, &theirs, is_same || world.rank() < partner);
        }
    }
}

fn done_with_equal_ends(world: &SimpleCommunicator, mine: &mut [i64]) {
    mine.sort_unstable();
    for round in 0..world.size() {
        if let Some(partner) = partner(world, round) {
            let theirs = exchange(world, mine, partner);
            let ends = |keys: &[i64]| (keys.first().copied(), keys.last().copied());
            if ends(mine) != ends(&theirs) {
                keep(mine, &theirs, world.rank() < partner);
            }
        }
    }
}

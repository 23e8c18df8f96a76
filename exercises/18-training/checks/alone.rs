//! The checks of `gradient` and `shards`: each rank computes what it needs without the others.

use super::{
    Answers,
    networks::{has_shape, network, number_mut, numbers, place, samples, slopes, teach},
    part,
};
use crate::subject::{Network, Sample};
use harness_mpi::{Check, Kind, plural};
use mpi::traits::*;
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

pub fn gradient(check: &mut Check, answers: &Answers) {
    for (hidden, length, what) in [
        (1, 1, ""),
        (3, 10, ""),
        (0, 5, ""),
        (4, 0, ""),
        (8, 60, ""),
        (2, 4, ", neighbors among which have a coordinate in common"),
        (3, 4, ", the first of which occurs twice"),
        (3, 4, ", for which the values are almost right"),
        (3, 4, ", some weights, coordinates, and labels are 0"),
        (4, 5, ", for which the neurons are saturated"),
        (2, 3, ", the labels of which are large"),
        (100, 2, ""),
    ] {
        let (mut network, mut one) = (network(check, hidden), samples(check, length));
        if what.contains("twice") {
            one.insert(1, one[0]);
        } else if what.contains("almost") {
            teach(&network, &mut one, 1e-7);
        } else if what.contains("large") {
            one.iter_mut().for_each(|sample| sample.label += 5_000.0);
        } else if what.contains("weights") {
            (network.output[0], network.hidden[1]) = (0.0, [0.0; 3]);
            (one[0].point, one[1].label) = ([0.0; 2], 0.0);
            (one[2].point[0], one[3].point[1]) = (0.0, 0.0);
        } else if what.contains("saturated") {
            // Their values differ from 1 and -1 by 10⁻⁷ to 10⁻¹¹, of which the twelve digits still show something.
            for (weights, bias) in network.hidden.iter_mut().zip([8.0, -9.0, 12.0, -13.0]) {
                *weights = [0.1 * weights[0], 0.1 * weights[1], bias];
            }
        } else if what.contains("neighbors") {
            one[1].point[0] = one[0].point[0];
            one[2].point[1] = one[1].point[1];
            one[3].point = one[2].point;
        }
        let input = format!(
            "{}, {}{what}",
            plural(hidden as u64, "hidden neuron"),
            plural(length as u64, "sample")
        );
        // The same network gets other samples in a second call, and none in a third.
        let calls = [
            (one, ""),
            (samples(check, length), ", then as many other samples"),
            (Vec::new(), ", then none"),
        ];
        for (samples, call) in calls {
            let right = part(check, &format!("{input}{call}"), |check| {
                let (loss, returned) = (answers.gradient)(&network, &samples);
                if has_shape(check, "the gradient", &returned, hidden) {
                    right_slopes(check, &network, &samples, loss, &returned);
                }
            });
            if !right {
                return;
            }
        }
    }
}

fn right_slopes(
    check: &mut Check,
    network: &Network,
    samples: &[Sample],
    loss: f64,
    returned: &Network,
) -> bool {
    let (right_loss, gradient) = slopes(network, samples);
    let why = match samples.len() {
        0 => "without samples, the loss is 0",
        _ => "the loss is the mean of (value - label)² over the samples, to twelve digits",
    };
    let found = right_loss.forgive(loss);
    if !check.holds("the loss", found, right_loss.value, why) {
        return false;
    }
    for (index, (found, right)) in numbers(returned).into_iter().zip(&gradient).enumerate() {
        let name = place(index, network.hidden.len());
        let why = match samples.len() {
            0 => String::from("without samples, all numbers of the gradient are 0"),
            _ => by_difference(network, samples, index),
        };
        let name = format!("gradient.{name}");
        if !check.holds(&name, right.forgive(found), right.value, &why) {
            return false;
        }
    }
    true
}

/// The slope that a small change of one weight shows.
fn by_difference(network: &Network, samples: &[Sample], index: usize) -> String {
    const CHANGE: f64 = 1e-4;
    let loss = |change: f64| {
        let mut changed = network.clone();
        *number_mut(&mut changed, index) += change;
        slopes(&changed, samples).0.value
    };
    let (less, more) = (loss(-CHANGE), loss(CHANGE));
    let name = place(index, network.hidden.len());
    format!(
        "the loss is {less:.8} if network.{name} is smaller by 0.0001, and {more:.8} if it is larger by 0.0001, which \
         gives a slope of about {:.4}; the gradient must be right to twelve digits",
        (more - less) / (2.0 * CHANGE)
    )
}

/// The parts of all ranks: rank, batch, sample.
type Parts = Vec<Vec<Vec<usize>>>;

/// The arguments of `shards` that all ranks share.
#[derive(Clone, Copy)]
struct Epoch {
    samples: usize,
    batch: usize,
    seed: u64,
    epoch: u64,
}

impl Epoch {
    fn parts(self, answers: &Answers, size: usize) -> Parts {
        let Self {
            samples,
            batch,
            seed,
            epoch,
        } = self;
        (0..size)
            .map(|rank| (answers.shards)(rank, size, samples, batch, seed, epoch))
            .collect()
    }

    fn describe(self, size: usize) -> String {
        format!(
            "{} in batches of {} for {}, seed {}, epoch {}",
            plural(self.samples as u64, "sample"),
            self.batch,
            plural(size as u64, "rank"),
            self.seed,
            self.epoch
        )
    }

    /// The batch of each sample, if each has one.
    fn batches(self, check: &Check, size: usize, parts: &Parts) -> Option<Vec<usize>> {
        let count = self.samples.div_ceil(self.batch);
        let mut batch_of = vec![None; self.samples];
        let wrong = |message: String| {
            check.require(false, Kind::WrongResult, || {
                format!("called `shards` for {}: {message}", self.describe(size))
            });
            None
        };
        for (rank, parts) in parts.iter().enumerate() {
            if parts.len() != count {
                return wrong(format!(
                    "`shards` returned {} for rank {rank}, but there are {}; a part may be empty, but must be there",
                    plural(parts.len() as u64, "part"),
                    plural(count as u64, "batch").replace("batchs", "batches")
                ));
            }
        }
        for batch in 0..count {
            let lengths: Vec<usize> = parts.iter().map(|parts| parts[batch].len()).collect();
            let all = self.batch.min(self.samples - batch * self.batch);
            if lengths.iter().sum::<usize>() != all {
                return wrong(format!(
                    "the ranks have {lengths:?} samples of batch {batch}, {} in all, but the batch has {all}",
                    lengths.iter().sum::<usize>()
                ));
            }
            let (least, most) = (lengths.iter().min(), lengths.iter().max());
            if most > least.map(|least| least + 1).as_ref() {
                return wrong(format!(
                    "the ranks have {lengths:?} samples of batch {batch}, but these numbers may differ by at most 1"
                ));
            }
            for sample in parts.iter().flat_map(|parts| &parts[batch]) {
                match batch_of.get_mut(*sample) {
                    Some(place @ None) => *place = Some(batch),
                    Some(Some(_)) => {
                        return wrong(format!(
                            "sample {sample} occurs twice, but each sample is used once in an epoch"
                        ));
                    }
                    None => {
                        return wrong(format!(
                            "a part contains sample {sample}, which does not exist"
                        ));
                    }
                }
            }
        }
        // There are as many as samples, and none occurs twice: all are there.
        batch_of.into_iter().collect()
    }
}

pub fn shards(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let seed = check.draw(0..u64::MAX);
    for (samples, batch, seed, epoch) in [
        (23, 4, 7, 0),
        (0, 5, seed, 0),
        (1, 1, seed, 3),
        (10 * size + 3, 2 * size + 1, u64::MAX, 1),
        (size - 1, 100, seed, u64::MAX),
        (40, 40, u64::MAX, u64::MAX),
        (30, 1, 0, 0),
        (size + 1, usize::MAX, seed, 5),
        (200, 16, seed, 12),
        // Another number of samples with the same seed and epoch.
        (17, 5, seed, 12),
    ] {
        let epoch = Epoch {
            samples,
            batch,
            seed,
            epoch,
        };
        if !part(check, &epoch.describe(size), |check| {
            distributed(check, answers, epoch);
        }) {
            return;
        }
    }
    // Bits that a careless combination of the two numbers would lose.
    let (seed, later) = ((seed & !7) | 5, check.draw(4..100));
    let late = check.draw(1 << 62..1 << 63);
    for epoch in [0, later, late] {
        if !drawn_anew(check, answers, seed, epoch) {
            return;
        }
    }
}

/// Requires that each sample is in one batch and belongs to one rank, and that all ranks agree on it.
fn distributed(check: &mut Check, answers: &Answers, epoch: Epoch) {
    let size = check.size();
    let parts = epoch.parts(answers, size);
    let batches = epoch.batches(check, size, &parts);
    if !check.everywhere(batches.is_some()) {
        return;
    }
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    let own = hasher.finish();
    let mut of_first = own;
    check.aside_call(|own| own.process_at_rank(0).broadcast_into(&mut of_first));
    check.require(own == of_first, Kind::WrongResult, || {
        String::from(
            "got other parts from `shards` than rank 0 did, with the same arguments: the order may depend only on \
             `seed` and `epoch`",
        )
    });
    // Batches of 1 show the order itself.
    let single = Epoch { batch: 1, ..epoch };
    let places = single.batches(check, 1, &single.parts(answers, 1));
    let mut pairs = batches.iter().flatten().zip(places.iter().flatten());
    let moved = pairs.position(|(found, place)| *found != place / epoch.batch);
    check.require(moved.is_none(), Kind::WrongResult, || {
        format!(
            "got sample {} in another place of the order than with batches of 1: the order may depend only on `seed` and \
             `epoch`, and not on `batch`",
            moved.unwrap_or_default()
        )
    });
    let again = epoch.parts(answers, size) == parts;
    check.require(again, Kind::WrongResult, || {
        String::from(
            "got other parts when it called `shards` again with the same arguments: the order may depend only on `seed` \
             and `epoch`",
        )
    });
    for other in [1, size + 2] {
        let parts = epoch.parts(answers, other);
        let others = epoch.batches(check, other, &parts);
        let different = batches.iter().flatten().zip(others.iter().flatten());
        let different = different.into_iter().position(|(one, other)| one != other);
        let same = check.require(different.is_none(), Kind::WrongResult, || {
            let sample = different.unwrap_or_default();
            let of = |batches: &Option<Vec<usize>>| batches.as_ref().map_or(0, |all| all[sample]);
            format!(
                "got sample {sample} in batch {} with {}, but in batch {} with {}: the batches must be the same for any \
                 number of ranks",
                of(&batches),
                plural(size as u64, "rank"),
                of(&others),
                plural(other as u64, "rank")
            )
        });
        if !same {
            return;
        }
    }
}

/// Epochs that must have another order than `first`, and which arguments differ.
fn others(first: Epoch) -> Vec<(&'static str, Epoch)> {
    let Epoch { seed, epoch, .. } = first;
    let epochs = [epoch + 1, epoch + 2, epoch + 3, epoch + (1 << 40)];
    let seeds = [seed ^ 1, seed ^ 2, seed ^ (1 << 45)];
    // They have the same sum, or the same bitwise exclusive or.
    let pairs = [(epoch, seed), (seed - 1, epoch + 1), (seed ^ 2, epoch ^ 2)];
    let epochs = epochs.map(|epoch| ("epoch", Epoch { epoch, ..first }));
    let seeds = seeds.map(|seed| ("seed", Epoch { seed, ..first }));
    let pairs = pairs.map(|(seed, epoch)| {
        let other = Epoch {
            seed,
            epoch,
            ..first
        };
        ("pair of seed and epoch", other)
    });
    epochs.into_iter().chain(seeds).chain(pairs).collect()
}

/// Pairs that give the same number as `first` when they are combined as people do it: one of the two times some
/// number, plus or exclusive or the other.
fn combined_alike(first: Epoch) -> Vec<Epoch> {
    // The last is a shift by 32 bits.
    const FACTORS: [u64; 5] = [31, 1_000, 1_000_003, 0x9e37_79b9_7f4a_7c15, 1 << 32];
    let Epoch { seed, epoch, .. } = first;
    let pairs = FACTORS.into_iter().flat_map(|factor| {
        let step = |at: u64| at.wrapping_mul(factor) ^ at.wrapping_sub(1).wrapping_mul(factor);
        [
            (seed.wrapping_sub(1), epoch.wrapping_add(factor)),
            (seed.wrapping_sub(factor), epoch.wrapping_add(1)),
            (seed.wrapping_sub(1), epoch ^ step(seed)),
            (seed ^ step(epoch + 1), epoch + 1),
        ]
    });
    let with = |(seed, epoch)| Epoch {
        seed,
        epoch,
        ..first
    };
    pairs.map(with).collect()
}

/// Requires that another epoch or another seed has another order, and that the order looks random.
fn drawn_anew(check: &mut Check, answers: &Answers, seed: u64, epoch: u64) -> bool {
    let first = Epoch {
        samples: 1000,
        batch: 10,
        seed,
        epoch,
    };
    let size = check.size();
    part(check, &first.describe(size), |check| {
        let batches = |check: &Check, epoch: Epoch| {
            let parts = epoch.parts(answers, size);
            epoch.batches(check, size, &parts)
        };
        let sequence = |check: &Check, epoch: Epoch| {
            let epoch = Epoch { batch: 1, ..epoch };
            let parts = epoch.parts(answers, 1);
            let places = epoch.batches(check, 1, &parts);
            places.map(|_| steps(&parts[0].concat()))
        };
        let (Some(one), Some(steps)) = (batches(check, first), sequence(check, first)) else {
            return;
        };
        let count = first.samples / first.batch;
        let follow = most_alike(count, one.iter().zip(&one[1..]));
        let in_order = most_alike(count, one.iter().zip(&sorted(first)));
        let shuffled = check.require(follow.max(in_order) < ALIKE, Kind::WrongResult, || {
            format!(
                "got an order of 1000 samples that is not random: batch 0 has the samples {:?}, and batch 1 has {:?}",
                members(&one, 0),
                members(&one, 1)
            )
        });
        for (what, other) in others(first) {
            let (Some(two), Some(others)) = (batches(check, other), sequence(check, other)) else {
                return;
            };
            let alike = most_alike(count, one.iter().zip(&two));
            let alike = alike.max(steps.intersection(&others).count());
            let anew = !shuffled
                || check.require(alike < ALIKE, Kind::WrongResult, || {
                    format!(
                        "got nearly the same order with another {what} ({}), perhaps with places or numbers of samples \
                         shifted or reversed: batch 0 had the samples {:?}, and now has {:?}",
                        other.describe(size),
                        members(&one, 0),
                        members(&two, 0)
                    )
                });
            if !anew {
                return;
            }
        }
        // The whole order is what a single rank gets.
        let order = |epoch: Epoch| epoch.parts(answers, 1);
        let of_first = order(first);
        let alike = combined_alike(first)
            .into_iter()
            .find(|other| order(*other) == of_first);
        check.require(alike.is_none(), Kind::WrongResult, || {
            format!(
                "got the same order with another pair of seed and epoch ({}): different pairs give different orders, \
                 and one of the two times a number, plus the other, can be the same for both",
                alike.unwrap_or(first).describe(1)
            )
        });
    })
}

/// If 1000 samples in a hundred batches are in random order, the number of samples that move by the same number of
/// batches is about 10, and the number of steps that it has in common with another one is about 4; neither is ever 80.
const ALIKE: usize = 80;

/// The batches without shuffling.
fn sorted(epoch: Epoch) -> Vec<usize> {
    (0..epoch.samples)
        .map(|sample| sample / epoch.batch)
        .collect()
}

fn members(batches: &[usize], batch: usize) -> Vec<usize> {
    (0..batches.len())
        .filter(|sample| batches[*sample] == batch)
        .collect()
}

/// By how much the number of the sample grows from one place to the next, and from there to the one after it. This stays
/// the same if places or numbers of samples are shifted, and these steps are taken for the same if they are reversed.
fn steps(order: &[usize]) -> HashSet<[usize; 2]> {
    let length = order.len();
    let step = |from: usize, to: usize| (length + to - from) % length;
    let sorted = |[one, other]: [usize; 2]| [one.min(other), one.max(other)];
    let steps = order.windows(3).map(|three| {
        let steps = [step(three[0], three[1]), step(three[1], three[2])];
        sorted(steps).min(sorted(steps.map(|step| length - step)))
    });
    steps.collect()
}

/// How many pairs of batches have the same difference, or the same sum.
fn most_alike<'a>(count: usize, pairs: impl Iterator<Item = (&'a usize, &'a usize)>) -> usize {
    let mut differences = vec![0; count];
    let mut sums = vec![0; count];
    for (one, other) in pairs {
        differences[(count + one - other) % count] += 1;
        sums[(one + other) % count] += 1;
    }
    differences.into_iter().chain(sums).max().unwrap_or(0)
}

//! The checks of `broadcast`, `average`, and `learns`, in which all ranks have the same network and keep it so.

use super::{
    Answers,
    networks::{Sum, has_shape, network, numbers, place, samples, teach, trained},
    only_by, part,
};
use crate::subject::{Network, Sample};
use harness_mpi::{Bounds, Check, Kind, plural};

const BROADCAST: &[&str] = &["MPI_Bcast", "MPI_Ibcast"];
const ALL_REDUCE: &[&str] = &["MPI_Allreduce", "MPI_Iallreduce"];

/// Bytes that may be moved in addition to the numbers: a length or two.
const SPARE: u64 = 64;

pub fn broadcast(check: &mut Check, answers: &Answers) {
    for hidden in [3, 3, 1, 0, 40, 3_000] {
        let mut first = of_floats(check, hidden);
        let mut others = of_floats(check, hidden);
        if hidden == 40 {
            // Numbers that arithmetic and comparisons change or confuse.
            let strange = [-0.0, 0.0, f64::NAN, f64::NEG_INFINITY, 5e-324, 1.0];
            first.output[..6].copy_from_slice(&strange);
            others.output[..6].copy_from_slice(&[
                0.0,
                -0.0,
                1.0,
                f64::NAN,
                f64::INFINITY,
                f64::NAN,
            ]);
        }
        let mut own = first.clone();
        if check.rank() > 0 {
            own = others;
        }
        let input = plural(hidden as u64, "hidden neuron");
        let right = part(check, &input, |check| {
            let ((), traffic) = check.observe(|world| (answers.broadcast)(world, &mut own));
            if !has_shape(check, "the network", &own, hidden) {
                return;
            }
            for (field, own, first) in [
                (
                    "hidden",
                    own.hidden.as_flattened(),
                    first.hidden.as_flattened(),
                ),
                ("output", &own.output, &first.output),
                ("bias", &[own.bias][..], &[first.bias][..]),
            ] {
                let name = format!("network.{field}");
                let why = "every rank gets all weights and biases of rank 0";
                if !check.holds(&name, own, first, why) {
                    return;
                }
                // A zero is equal to the other zero.
                let other = own
                    .iter()
                    .zip(first)
                    .find(|(own, first)| own.to_bits() != first.to_bits());
                let same = check.require(other.is_none(), Kind::WrongResult, || {
                    format!(
                        "has {:?} in {name}, where rank 0 had {:?}: {why}, with the same bits",
                        other.map_or(&0.0, |pair| pair.0),
                        other.map_or(&0.0, |pair| pair.1)
                    )
                });
                if !same {
                    return;
                }
            }
            let bytes = 8 * (4 * hidden as u64 + 1) + SPARE;
            let bounds = Bounds {
                given: bytes,
                got: bytes,
                calls: 3,
            };
            let why =
                "this task asks for at most three broadcasts, with each number in one of them";
            only_by(check, &traffic, BROADCAST, bounds, why);
        });
        if !right {
            return;
        }
    }
}

/// A network with numbers of many sizes.
fn of_floats(check: &mut Check, hidden: usize) -> Network {
    let all = match hidden {
        0..100 => check.floats(4 * hidden + 1),
        _ => check.fractions(4 * hidden + 1),
    };
    Network {
        hidden: all[..3 * hidden].as_chunks().0.to_vec(),
        output: all[3 * hidden..4 * hidden].to_vec(),
        bias: all[4 * hidden],
    }
}

pub fn average(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let full = check.draw(0..size);
    let one: Vec<usize> = (0..size).map(|rank| usize::from(rank == full)).collect();
    let many: Vec<usize> = (0..size)
        .map(|rank| if rank == full { 5_000_000_000 } else { 7 })
        .collect();
    // Odd numbers above 2^24, which an `f32` cannot hold.
    let odd: Vec<usize> = (0..size).map(|rank| (1 << 24) + 2 * rank + 1).collect();
    let rising: Vec<usize> = (1..=size).collect();
    let drawn = check.draw_vec(size, 0..9);
    let alike = vec![check.draw(2..9); size];
    // One rank has as many as before, and the others have more.
    let more = (0..size).map(|rank| alike[rank] + usize::from(rank != full));
    let more: Vec<usize> = more.collect();
    for (length, counts, of_none) in [
        (5, alike, 0.0),
        (5, more, 0.0),
        (6, rising, 0.0),
        (3, one.clone(), f64::NAN),
        (3, one.clone(), f64::INFINITY),
        (2, one.clone(), 12345.0),
        (1, drawn.clone(), 1e300),
        (0, one, 0.0),
        (2, many, 0.0),
        (4, odd, 0.0),
        (4, vec![0; size], f64::NAN),
        (300, drawn, f64::NAN),
    ] {
        let mut means: Vec<Vec<f64>> = (0..size)
            .map(|_| check.draw_vec(length, -1e6..1e6))
            .collect();
        let zeros = length == 6;
        if zeros {
            // A mean may be 0, and its samples count.
            means[full].fill(0.0);
        }
        let own = match counts[rank] {
            0 => vec![of_none; length],
            _ => means[rank].clone(),
        };
        let input = format!(
            "{} on each rank; the ranks have {counts:?} samples, and the vectors of ranks without samples contain \
             {of_none}{}",
            plural(length as u64, "mean"),
            if zeros {
                format!("; all means of rank {full} are 0")
            } else {
                String::new()
            }
        );
        let right = part(check, &input, |check| {
            let (returned, traffic) =
                check.observe(|world| (answers.average)(world, &own, counts[rank]));
            let total = counts.iter().sum::<usize>().max(1) as f64;
            let expected: Vec<Sum> = (0..length)
                .map(|at| {
                    let terms = means.iter().zip(&counts);
                    let terms = terms.map(|(means, count)| means[at] * *count as f64 / total);
                    Sum {
                        // An empty sum is -0.0.
                        value: 0.0 + terms.clone().sum::<f64>(),
                        scale: terms.map(f64::abs).sum(),
                    }
                })
                .collect();
            let why = match counts.iter().all(|count| *count == 0) {
                true => "no rank has samples, and then all means are 0",
                false => {
                    "the mean over all samples weights each rank's mean by its number of samples"
                }
            };
            // How a mean becomes numbers that can be added up is free.
            let bounds = Bounds {
                given: u64::MAX,
                got: u64::MAX,
                calls: 1,
            };
            if forgiven(check, &returned, &expected, why) && length > 0 {
                let why = "this task asks for one all-reduce, which includes the number of samples";
                only_by(check, &traffic, ALL_REDUCE, bounds, why);
            }
        });
        if !right {
            return;
        }
    }
}

/// Compares what an answer returned with sums, up to rounding.
fn forgiven(check: &mut Check, returned: &[f64], expected: &[Sum], why: &str) -> bool {
    let mut found = returned.to_vec();
    for (found, expected) in found.iter_mut().zip(expected) {
        *found = expected.forgive(*found);
    }
    let expected: Vec<f64> = expected.iter().map(|sum| sum.value).collect();
    check.returned(found, expected, why)
}

/// The input of a training: each rank's part of each batch of each epoch.
struct Training {
    hidden: usize,
    rate: f64,
    /// The networks of rank 0 and of the others.
    networks: [Network; 2],
    what: &'static str,
    /// Epochs, batches, ranks.
    parts: Vec<Vec<Vec<Vec<Sample>>>>,
}

impl Training {
    /// Each part has a drawn number of samples, at most `most`.
    fn new(
        check: &mut Check,
        hidden: usize,
        epochs: &[usize],
        most: usize,
        what: &'static str,
    ) -> Self {
        let size = check.size();
        let networks = [(); 2].map(|()| network(check, hidden));
        let mut parts: Vec<Vec<Vec<Vec<Sample>>>> = Vec::new();
        for batches in epochs {
            let mut of_epoch = Vec::new();
            for _ in 0..*batches {
                let one = check.draw(0..size);
                let spread = check.draw(0..3);
                let lengths: Vec<usize> = (0..size)
                    .map(|rank| {
                        let length = check.draw(0..most + 1);
                        match (epochs, spread, rank == one) {
                            // One rank has none, and all others have some.
                            ([1], _, true) if size > 1 => 0,
                            ([1], _, _) => length.max(1),
                            // One rank may have all of them.
                            (_, 0, false) => 0,
                            _ => length,
                        }
                    })
                    .collect();
                of_epoch.push(
                    lengths
                        .iter()
                        .map(|length| samples(check, *length))
                        .collect(),
                );
            }
            parts.push(of_epoch);
        }
        for samples in parts.iter_mut().flatten().flatten() {
            match what {
                LEARNED => teach(&networks[0], samples, 0.0),
                FAR_OFF => teach(&networks[0], samples, 100.0),
                _ => {}
            }
        }
        Self {
            hidden,
            rate: check.draw(0.01..0.1),
            networks,
            what,
            parts,
        }
    }

    fn describe(&self) -> String {
        let lengths: Vec<Vec<Vec<usize>>> = self
            .parts
            .iter()
            .map(|batches| {
                batches
                    .iter()
                    .map(|parts| parts.iter().map(Vec::len).collect())
                    .collect()
            })
            .collect();
        format!(
            "{}, rate {:.4}, {}{}; numbers of samples by epoch, batch, and rank: {lengths:?}",
            plural(self.hidden as u64, "hidden neuron"),
            self.rate,
            plural(self.parts.len() as u64, "epoch"),
            self.what
        )
    }

    /// The same input for one rank that has all samples.
    fn alone(&self) -> Vec<Vec<Vec<Sample>>> {
        let epochs = self.parts.iter();
        epochs
            .map(|batches| batches.iter().map(|parts| parts.concat()).collect())
            .collect()
    }
}

/// All labels are the values of the first network.
const LEARNED: &str = ", which the network has learned before";
/// All labels are far from these values.
const FAR_OFF: &str = ", with large errors";

pub fn learns(check: &mut Check, answers: &Answers) {
    for (hidden, epochs, most, what) in [
        (3, &[1][..], 6, ""),
        (4, &[3, 2, 4], 5, ""),
        (1, &[2], 1, ""),
        (3, &[], 4, ""),
        (2, &[0, 1, 2], 3, ""),
        (2, &[2, 1], 0, ""),
        (0, &[2, 1], 4, ""),
        (0, &[0; 30], 4, ""),
        (2, &[1], 4, FAR_OFF),
        (2, &[1, 1, 2], 3, LEARNED),
        (1, &[1], 60, ""),
        (6, &[4, 4, 4, 4], 8, ""),
    ] {
        let training = Training::new(check, hidden, epochs, most, what);
        let right = part(check, &training.describe(), |check| {
            trains(check, answers, &training);
        });
        if !right {
            return;
        }
    }
}

fn trains(check: &mut Check, answers: &Answers, training: &Training) {
    let Training {
        hidden,
        rate,
        networks: [first, other],
        what: _,
        parts,
    } = training;
    let (rank, epochs) = (check.rank(), parts.len());
    let mut expected = first.clone();
    let mut own = if rank == 0 { first } else { other }.clone();
    let mut asked = Vec::new();
    let mut batches = |epoch: u64| {
        asked.push(epoch);
        let of_epoch = usize::try_from(epoch)
            .ok()
            .and_then(|epoch| parts.get(epoch));
        let of_epoch = of_epoch.into_iter().flatten();
        of_epoch.map(|parts| parts[rank].clone()).collect()
    };
    let (losses, traffic) = check
        .observe(|world| (answers.learns)(world, &mut own, epochs as u64, *rate, &mut batches));
    let all: Vec<u64> = (0..epochs as u64).collect();
    let why = "`batches` is called once for each epoch, from the first to the last";
    if !check.holds("epochs for which `batches` was called", asked, all, why) {
        return;
    }
    let serial = trained(&mut expected, *rate, &training.alone());
    // The numbers are of the order of 1, and a rounding error of one step goes through the next ones.
    let sums = |numbers: &[f64]| -> Vec<Sum> {
        let sum = |number: &f64| Sum {
            value: *number,
            scale: number.abs().max(1.0),
        };
        numbers.iter().map(sum).collect()
    };
    let why = "the loss of an epoch is the mean over the samples of all ranks, each computed before the step of its \
               batch, and agrees with a run on one rank to twelve digits";
    if !forgiven(check, &losses, &sums(&serial), why)
        || !has_shape(check, "the network", &own, *hidden)
    {
        return;
    }
    let (own, right) = (numbers(&own), numbers(&expected));
    for (index, (own, right)) in own.into_iter().zip(sums(&right)).enumerate() {
        let name = format!("network.{}", place(index, *hidden));
        let why = "after the last step, the network agrees with that of a run on one rank to twelve digits";
        if !check.holds(&name, right.forgive(own), right.value, why) {
            return;
        }
    }
    let steps = parts.iter().map(Vec::len).sum::<usize>() as u64;
    let each = 8 * (4 * *hidden as u64 + 1) + SPARE;
    let calls = |functions: &[&str]| -> u64 {
        let calls = functions
            .iter()
            .map(|function| traffic.calls(rank, function));
        calls.sum()
    };
    let (broadcasts, sums) = (calls(BROADCAST), calls(ALL_REDUCE));
    // One call of fewer numbers pays for another one of more.
    let bytes = each * (broadcasts.max(1) + sums);
    let most = steps + epochs as u64;
    let bounds = Bounds {
        given: bytes,
        got: bytes,
        calls: 3 + most,
    };
    let why = "this task asks for a broadcast of the network, one all-reduce for each batch, and one for each epoch, \
               each of which has, on average, at most 8 numbers more than the network";
    let both = [BROADCAST, ALL_REDUCE].concat();
    if only_by(check, &traffic, &both, bounds, why) && check.size() > 1 {
        check.at_most("broadcasts", broadcasts, 3, why);
        check.at_most("all-reduces", sums, most, why);
    }
}

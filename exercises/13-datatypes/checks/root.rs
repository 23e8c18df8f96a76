//! The checks of the tasks with a root: `record`, `every-other`, `in-place` and `broken-stride`.

use super::{
    Answers, LARGE, Numbers,
    lean::{self, Side},
    only_on_few, part,
};
use crate::subject::Particle;
use harness_mpi::{Bounds, Check, plural};
use mpi::{Count, Rank};

/// The bytes of the fields that [`Particle`]s share.
const SHARED: u64 = 33;

/// A particle as its fields, so that the `==` of the student's type is not used.
type Fields = (i8, [f64; 3], u16, u64, f32);

fn fields(particle: &Particle) -> Fields {
    let Particle {
        charge,
        position,
        looks,
        id,
        weight,
    } = *particle;
    (charge, position, looks, id, weight)
}

pub fn record(check: &mut Check, answers: &Answers) {
    let rank = check.rank();
    let mut lengths = vec![1, 2, check.draw(5..20), 0];
    lengths.extend(only_on_few(check, LARGE / 4));
    for length in lengths {
        let input = plural(length as u64, "particle");
        let right = part(check, &input, |check| {
            // The number of drawn particles, which are repeated.
            const DRAWN: usize = 499;
            let ids: Vec<u64> = check.integers(length.min(DRAWN));
            let charges: Vec<i8> = check.integers(length.min(DRAWN));
            let numbers = Numbers::new(check);
            let of = |rank: usize| -> Vec<Particle> {
                let places = numbers.of(rank, 3 * length);
                let particle = |(index, place): (usize, &[f64])| Particle {
                    charge: charges[index % DRAWN].wrapping_add(rank as i8),
                    position: [place[0], place[1], place[2]],
                    looks: (index as u16).wrapping_mul(3) ^ rank as u16,
                    id: ids[index % DRAWN].wrapping_sub(rank as u64),
                    weight: (1 + index + 1000 * rank) as f32,
                };
                places.chunks_exact(3).enumerate().map(particle).collect()
            };
            let (mut particles, at_the_root) = (of(rank), of(0));
            let expected: Vec<Fields> = particles
                .iter()
                .zip(&at_the_root)
                .map(|(own, shared)| {
                    let (charge, position, _, id, _) = fields(shared);
                    (charge, position, own.looks, id, own.weight)
                })
                .collect();
            let seen = lean::observe(check, |world| (answers.record)(world, &mut particles));
            let returned: Vec<Fields> = particles.iter().map(fields).collect();
            let why = "as (charge, position, looks, id, weight): `looks` and `weight` are the rank's own, and \
                       the other fields are those of rank 0";
            let (bytes, alone) = (SHARED * length as u64, check.size() == 1);
            let bounds = Bounds {
                given: bytes,
                got: bytes,
                calls: 1,
            };
            let why_moves = "one broadcast sends three fields of each particle, and no padding";
            let why_type = "a datatype describes three fields of each particle, and skips the rest";
            let why_uses = "one broadcast sends the fields to all ranks";
            let side = if rank == 0 {
                Side::Sent
            } else {
                Side::Received
            };
            let right = check.holds("particles", returned, expected, why)
                && seen.moves(check, bounds, why_moves)
                && seen.copies_nothing(check, "what is sent", bytes, 0);
            if right && !alone && length > 0 {
                let _ = seen.uses(check, &["MPI_Bcast", "MPI_Ibcast"], why_uses)
                    && seen.described(check, side, why_type);
            }
        });
        if !right {
            return;
        }
    }
}

pub fn every_other(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    // Rows, and columns of each rank.
    let mut parts = vec![
        (3, 1),
        (1, 1),
        (check.draw(2..6), 2),
        (1, 3),
        (2, check.draw(3..6)),
        // A square.
        (2 * size, 2),
    ];
    parts.extend(only_on_few(check, (LARGE.div_ceil(size), 1)));
    for (rows, share) in parts {
        let columns = share * size;
        let input = format!("a matrix of {rows} × {columns} on rank 0");
        let right = part(check, &input, |check| {
            let numbers = Numbers::new(check);
            let matrix = numbers.of(0, rows * columns);
            let mut received = vec![-1.0; rows * share];
            let given = (rank == 0).then_some(&matrix[..]);
            let seen = lean::observe(check, |world| {
                (answers.every_other)(world, given, &mut received);
            });
            let expected: Vec<f64> = matrix.iter().skip(rank).step_by(size).copied().collect();
            let why = "these are every size-th column, beginning with the column whose number is the rank, row \
                       after row";
            let bytes = 8 * (rows * columns) as u64;
            let bounds = Bounds {
                given: if rank == 0 { bytes } else { 0 },
                got: 8 * (rows * share) as u64,
                calls: 1,
            };
            let scatters = [
                "MPI_Scatter",
                "MPI_Scatterv",
                "MPI_Iscatter",
                "MPI_Iscatterv",
            ];
            let why_uses = "one scatter gives each rank its columns";
            let why_type = "a datatype describes the columns of a rank";
            let right = check.holds("received", received, expected, why)
                && seen.moves(check, bounds, "each column travels once, by one scatter")
                && seen.copies_nothing(check, "the matrix", bytes, 0);
            if right && size > 1 {
                let _ = seen.uses(check, &scatters, why_uses)
                    && seen.leaves_it_to_mpi(check, bounds.given, bounds.got)
                    && (rank != 0
                        || rows * share == 1
                        || seen.described(check, Side::Sent, why_type));
            }
        });
        if !right {
            return;
        }
    }
}

const GATHERS: [&str; 4] = ["MPI_Gather", "MPI_Gatherv", "MPI_Igather", "MPI_Igatherv"];

pub fn in_place(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let drawn = check.draw(0..size);
    let other = (drawn + check.draw(1..size.max(2))) % size;
    // The root has a single number.
    let mut few: Vec<Count> = check.draw_vec(size, 0..6);
    few[1 % size] = 1;
    let long = LARGE as Count + check.draw(0..100);
    let only = |count, one: usize| -> Vec<Count> {
        let count = |rank| if rank == one { count } else { 0 };
        (0..size).map(count).collect()
    };
    // The first is equal to the last, and the mean is a whole number, but not all are equal.
    let mut uneven = vec![2; size];
    uneven[1 % size] += size as Count;
    // The first is as large as the mean.
    let mut average = vec![2; size];
    if size > 2 {
        average[1..3].copy_from_slice(&[1, 3]);
    }
    let mut parts = vec![
        (0, vec![2; size]),
        (size - 1, average),
        (size - 1, (1..=size as Count).collect()),
        (1 % size, few),
        (size.saturating_sub(2), uneven),
        (drawn, only(3, drawn)),
        (drawn, only(3, other)),
        (other, vec![0; size]),
    ];
    // The root's own part is long, so that a copy of it shows.
    let mostly_own: Vec<Count> = only(long, drawn).iter().map(|count| count + 5).collect();
    parts.extend(only_on_few(check, (drawn, mostly_own)));
    for (root, counts) in parts {
        let input = format!("rank {root} is the root, and the ranks have {counts:?} numbers");
        let right = part(check, &input, |check| {
            let counts_of = |rank: usize| counts[rank] as usize;
            let total: usize = (0..size).map(counts_of).sum();
            // The number of drawn numbers, which are repeated: a prime.
            const DRAWN: usize = 997;
            let drawn: Vec<i64> = check.integers(total.min(DRAWN));
            let all: Vec<i64> = (0..total).map(|index| drawn[index % DRAWN]).collect();
            let start: usize = (0..rank).map(counts_of).sum();
            let own = start..start + counts_of(rank);
            let is_root = rank == root;
            let mut numbers = match is_root {
                true => all.iter().map(|number| !number).collect(),
                false => all[own.clone()].to_vec(),
            };
            if is_root {
                numbers[own.clone()].copy_from_slice(&all[own.clone()]);
            }
            let expected = match is_root {
                true => all.clone(),
                false => numbers.clone(),
            };
            let seen = lean::observe(check, |world| {
                (answers.in_place)(world, root as Rank, &counts, &mut numbers);
            });
            let why = match is_root {
                true => "it has the numbers of all ranks, in the order of the ranks",
                false => "only the root gets numbers",
            };
            let bytes = 8 * own.len() as u64;
            let bounds = Bounds {
                given: if is_root { 0 } else { bytes },
                got: if is_root { 8 * total as u64 } else { 0 },
                calls: 1,
            };
            let why_moves = "each rank but the root sends its own numbers once, and the root's stay in their place";
            let why_uses = "one gather collects the numbers";
            let right = check.holds("numbers", numbers, expected, why)
                && seen.moves(check, bounds, why_moves)
                && seen.copies_nothing(check, "the rank's own part", bytes, 0);
            if right && size > 1 && total > 0 {
                seen.uses(check, &GATHERS, why_uses);
            }
        });
        if !right {
            return;
        }
    }
}

pub fn broken_stride(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let mut lengths = vec![size, 1, 2, check.draw(5..12)];
    lengths.extend(only_on_few(check, LARGE.div_ceil(size)));
    for rows in lengths {
        let input = format!(
            "each rank has a column of {}",
            plural(rows as u64, "number")
        );
        let right = part(check, &input, |check| {
            let numbers = Numbers::new(check);
            let column = numbers.of(rank, rows);
            let mut matrix = vec![-1.0; if rank == 0 { rows * size } else { 0 }];
            let room = (rank == 0).then_some(&mut matrix[..]);
            let seen = lean::observe(check, |world| (answers.broken_stride)(world, &column, room));
            let expected: Vec<f64> = match rank {
                0 => {
                    let columns: Vec<Vec<f64>> =
                        (0..size).map(|rank| numbers.of(rank, rows)).collect();
                    let row = |row: usize| columns.iter().map(move |column| column[row]);
                    (0..rows).flat_map(row).collect()
                }
                _ => Vec::new(),
            };
            let why = "column 0 is that of rank 0, column 1 that of rank 1, and so on";
            let bytes = 8 * (rows * size) as u64;
            let bounds = Bounds {
                given: 8 * rows as u64,
                got: if rank == 0 { bytes } else { 0 },
                calls: 1,
            };
            let why_uses = "one gather collects the columns";
            let why_type = "a datatype describes a column of the matrix";
            let right = check.holds("matrix", matrix, expected, why)
                && seen.moves(check, bounds, "each column travels once, by one gather")
                && seen.copies_nothing(check, "the matrix", bytes, 0);
            if right && size > 1 {
                let _ = seen.uses(check, &GATHERS, why_uses)
                    && seen.leaves_it_to_mpi(check, bounds.given, bounds.got)
                    && (rank != 0 || rows == 1 || seen.described(check, Side::Received, why_type));
            }
        });
        if !right {
            return;
        }
    }
}

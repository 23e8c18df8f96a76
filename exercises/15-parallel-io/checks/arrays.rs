//! The checks of numbers in one file: `blocks`, `read_back`, `collective` and `view`.

use super::{
    ALONE, Answers, READS, TOGETHER, failed,
    folder::{Folder, bytes, fails_on_all},
    moved, nothing_travels, part, well, writes_its_own,
};
use harness_mpi::{Check, Kind, Reason, SimpleCommunicator, Traffic, plural};
use mpi::Count;
use std::{io, path::Path};

/// More numbers than 16 bits can count.
const MANY: usize = 70_000;

type Writer = fn(&SimpleCommunicator, &Path, &[f64]) -> io::Result<()>;
type How = fn(&mut Check, &Traffic, usize);

pub fn blocks(check: &mut Check, answers: &Answers) {
    written(check, answers.blocks, |check, traffic, own| {
        let _ = writes_its_own(check, traffic, 8 * own as u64, 1);
    });
}

pub fn collective(check: &mut Check, answers: &Answers) {
    written(check, answers.collective, |check, traffic, own| {
        let why = "use one collective write (`write_at_all`), which every rank calls, even if it has nothing to write";
        // A single rank that has nothing to write need not call anything.
        let alone = check.size() == 1 && own == 0;
        let _ = (alone || check.uses(traffic, TOGETHER, why))
            && check.avoids(traffic, ALONE, "one collective call writes everything")
            && opened_by_all(check, traffic)
            && writes_its_own(check, traffic, 8 * own as u64, 1);
    });
}

/// The numbers of all ranks, rank after rank.
fn written(check: &mut Check, answer: Writer, how: How) {
    let (rank, size) = (check.rank(), check.size());
    let folder = Folder::new(check);
    let drawn = check.draw_vec(size, 0..30);
    let some: Vec<usize> = (0..size).map(|rank| rank % 2 * 5).collect();
    let mut cases: Vec<(Vec<usize>, usize)> = vec![
        (vec![3; size], 0),
        (drawn, 1000),
        ((0..size).rev().collect(), 1),
        (some, 8),
        (vec![5000; size], 0),
        (vec![0; size], 80),
    ];
    if size == 2 {
        cases.push((vec![MANY, 3], 0));
    }
    for (lengths, old) in cases {
        let input = format!(
            "the ranks have {lengths:?} numbers; {}",
            match old {
                0 => String::from("there is no file"),
                old => format!("there is a file of {}", plural(old as u64, "byte")),
            }
        );
        let right = part(check, &input, |check| {
            let mut all = check.fractions(lengths.iter().sum());
            peculiar(&mut all);
            let before: usize = lengths[..rank].iter().sum();
            let mine = &all[before..][..lengths[rank]];
            folder.prepare(check, "numbers", (old > 0).then_some(&vec![0xff; old][..]));
            let path = folder.path("numbers");
            let (returned, traffic) = check.observe(|world| answer(world, &path, mine));
            let returned = well(check, returned);
            let why = "the file contains the numbers of rank 0, then those of rank 1, and so on, 8 bytes each, and \
                       nothing else";
            if folder.has(check, "numbers", &bytes(&all), why) && returned.is_some() {
                how(check, &traffic, mine.len());
            }
        });
        if !right {
            return;
        }
    }
    let mine = vec![1.5; 2000];
    // There is room for all numbers of rank 0 but not for those of the last rank, or for no number at all.
    let rooms = [8 * 2000 * size as u64 - 9, 5];
    fails_on_all(check, &folder, &rooms, &|world, path| {
        answer(world, path, &mine)
    });
}

/// Requires that this rank opened files only together with all ranks: otherwise, its collective calls are those of a few.
fn opened_by_all(check: &mut Check, traffic: &Traffic) -> bool {
    const OPEN: &str = "MPI_File_open";
    let rank = check.rank();
    let together = traffic.calls(rank, OPEN) == traffic.calls_of_whole(rank, OPEN);
    check.require_rule(together, Kind::WrongOperation, Reason::OtherCall, || {
        format!(
            "called {OPEN} on a communicator that lacks some of the ranks: a collective write to this file is not one of \
             all ranks"
        )
    })
}

/// Makes some of many numbers such that their bits say more than their value: a negative zero, and a NaN with a sign and
/// a payload.
fn peculiar(numbers: &mut [f64]) {
    if let [first, second, .., last] = numbers {
        *first = -0.0;
        *second = f64::from_bits(0xfff8_0000_1234_5678);
        *last = -0.0;
    }
}

pub fn read_back(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let folder = Folder::new(check);
    let path = folder.path("numbers");
    let drawn = check.draw(10..60);
    let mut lengths = vec![4 * size, 4 * size + 1, drawn, size - 1, 0, 1, 5000];
    if size == 2 {
        lengths.push(MANY);
    }
    for length in lengths {
        let input = format!("a file of {}", plural(length as u64, "number"));
        let right = part(check, &input, |check| {
            let all = check.fractions(length);
            folder.prepare(check, "numbers", Some(&bytes(&all)));
            let (returned, traffic) = check.observe(|world| (answers.read_back)(world, &path));
            let [start, end] = [rank, rank + 1].map(|rank| length * rank / size);
            let why =
                format!("its share is the numbers from {start} up to, but not including, {end}");
            let Some(returned) = well(check, returned) else {
                return;
            };
            if check.returned(returned, all[start..end].to_vec(), &why) {
                let (calls, read) = moved(check, &traffic, &[READS]);
                let share = 8 * (end - start) as u64;
                let why = "each rank reads its own share, and nothing else";
                let _ = (share == 0 || check.uses(&traffic, READS, why))
                    && check.at_most("bytes read from the file", read, share, why)
                    && check.at_most(
                        "calls that read from the file",
                        calls,
                        1,
                        "read adjacent data with one call",
                    )
                    && nothing_travels(check, &traffic);
            }
        });
        if !right {
            return;
        }
    }
    for whole in [3, 0] {
        let odd = check.draw(1..8);
        let input = format!("a file of {whole} numbers and {}", plural(odd, "byte"));
        let right = part(check, &input, |check| {
            folder.prepare(check, "numbers", Some(&vec![1; 8 * whole + odd as usize]));
            let (returned, _) = check.observe(|world| (answers.read_back)(world, &path));
            let kind = returned.as_ref().err().map(io::Error::kind);
            let why = "the length of the file is not a multiple of 8 bytes";
            failed(check, returned, why);
            if let Some(kind) = kind {
                let expected = io::ErrorKind::InvalidData;
                check.holds("the kind of the error", kind, expected, why);
            }
        });
        if !right {
            return;
        }
    }
    part(check, "a file that does not exist", |check| {
        folder.prepare(check, "numbers", None);
        let (returned, _) = check.observe(|world| (answers.read_back)(world, &path));
        failed(check, returned, "the file does not exist");
        check.barrier();
    });
}

/// A matrix, and the block of each rank: its start and its size.
struct Parts {
    shape: [usize; 2],
    blocks: Vec<[[usize; 2]; 2]>,
}

impl Parts {
    /// Blocks of a grid of ranks.
    fn grid(shape: [usize; 2], grid: [usize; 2]) -> Self {
        let ends = |dimension: usize, at: usize| shape[dimension] * at / grid[dimension];
        let block = |rank: usize| {
            let at = [rank / grid[1], rank % grid[1]];
            let start = [0, 1].map(|dimension| ends(dimension, at[dimension]));
            let size =
                [0, 1].map(|dimension| ends(dimension, at[dimension] + 1) - start[dimension]);
            [start, size]
        };
        Self {
            shape,
            blocks: (0..grid[0] * grid[1]).map(block).collect(),
        }
    }

    fn mine(&self, rank: usize, all: &[f64]) -> Vec<f64> {
        let [[row, column], [rows, columns]] = self.blocks[rank];
        let line = |row| &all[row * self.shape[1] + column..][..columns];
        (row..row + rows).flat_map(line).copied().collect()
    }
}

pub fn view(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let folder = Folder::new(check);
    let wide = (1..=size)
        .filter(|wide| size.is_multiple_of(*wide) && wide * wide >= size)
        .min()
        .unwrap_or(size);
    let squarish = [size / wide, wide];
    let (rows, columns) = (
        check.draw(size..3 * size + 2),
        check.draw(size..3 * size + 5),
    );
    let mut cases = vec![
        Parts::grid([2 * size, 3], [size, 1]),
        Parts::grid([5, 2 * size], [1, size]),
        Parts::grid([rows, columns], squarish),
        // Some ranks have nothing: no rows, or no columns.
        Parts::grid([1, size + 3], squarish),
        Parts::grid([3, size.div_ceil(2)], [1, size]),
        // Squares.
        Parts::grid(squarish.map(|ranks| 50 * ranks), squarish),
        // As the first, but with the blocks of other ranks.
        Parts::grid([2 * size, 3], [size, 1]),
    ];
    cases[6].blocks.reverse();
    // Not in the order of the ranks.
    cases[2].blocks.reverse();
    // An empty block may begin at the end of the matrix.
    for [start, block] in &mut cases[4].blocks {
        if block[1] == 0 {
            start[1] = size.div_ceil(2);
        }
    }
    for (number, parts) in cases.into_iter().enumerate() {
        let [rows, columns] = parts.shape;
        let input = format!(
            "a matrix of {rows} × {columns} in blocks of {:?} rows and columns",
            parts
                .blocks
                .iter()
                .map(|[_, size]| size)
                .collect::<Vec<_>>()
        );
        let right = part(check, &input, |check| {
            let all = check.fractions(rows * columns);
            let mine = parts.mine(rank, &all);
            let old = vec![0xff; 8 * all.len() + 40];
            folder.prepare(check, "matrix", (number % 2 == 1).then_some(&old[..]));
            let path = folder.path("matrix");
            let counts = |pair: [usize; 2]| pair.map(|count| count as Count);
            let [start, block] = parts.blocks[rank];
            let (returned, traffic) = check.observe(|world| {
                (answers.view)(
                    world,
                    &path,
                    counts(parts.shape),
                    counts(start),
                    counts(block),
                    &mine,
                )
            });
            let returned = well(check, returned);
            let why = "the file contains the whole matrix, row after row";
            if folder.has(check, "matrix", &bytes(&all), why) && returned.is_some() {
                let why = "with a view, a rank sees its block in the file as if there were nothing between its rows";
                let together =
                    "all ranks write together, including those that have nothing to write";
                let _ = check.uses(&traffic, &["MPI_File_set_view"], why)
                    && check.uses(&traffic, TOGETHER, together)
                    && check.avoids(
                        &traffic,
                        ALONE,
                        "one collective call writes the whole block",
                    )
                    && writes_its_own(check, &traffic, 8 * mine.len() as u64, 1);
            }
        });
        if !right {
            return;
        }
    }
    let shape = [40, 50 * size as Count];
    let mine = vec![1.5; 2000];
    let rooms = [8 * 2000 * size as u64 - 9, 5];
    fails_on_all(check, &folder, &rooms, &|world, path| {
        let start = [0, 50 * rank as Count];
        (answers.view)(world, path, shape, start, [40, 50], &mine)
    });
}

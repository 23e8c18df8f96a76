//! The checks of `blocks`, `cyclic` and `imbalance`.

use super::{Answers, Row, painting::Painter, part};
use harness_mpi::{Bounds, Check, Kind, SimpleCommunicator, plural};
use std::ops::Range;

type Deal = fn(&SimpleCommunicator, usize, usize, Row<'_>) -> Option<Vec<u16>>;

/// The rows of one of `size` ranks.
type Share = fn(height: usize, size: usize, rank: usize) -> Vec<usize>;

pub fn blocks(check: &mut Check, answers: &Answers) {
    let share = |height, size, rank| block(height, size, rank).collect();
    let rule = "each rank computes consecutive rows, and the first `height % size` ranks have one row more";
    deal(check, answers.blocks, share, rule);
}

pub fn cyclic(check: &mut Check, answers: &Answers) {
    let share = |height, size, rank| (rank..height).step_by(size).collect();
    let rule =
        "rank 0 computes row 0, rank 1 row 1, and so on; after the last rank comes rank 0 again";
    deal(check, answers.cyclic, share, rule);
}

fn block(height: usize, size: usize, rank: usize) -> Range<usize> {
    let start = |rank: usize| rank * (height / size) + rank.min(height % size);
    start(rank)..start(rank + 1)
}

fn deal(check: &mut Check, answer: Deal, share: Share, rule: &str) {
    let (aside, rank, size) = (check.aside(), check.rank(), check.size());
    let heights = check.lengths(size);
    // More rows than 8 bits number, and in half of them more pixels than 16 bits number.
    let mut sizes = vec![(440 + check.draw(0..60), 300)];
    for (index, height) in heights.into_iter().enumerate() {
        // Long rows, single pixels, and any. Where the last rank has no row, a row that it sends nevertheless is long.
        let width = match index % 3 {
            _ if height + 1 == size => 400 + check.draw(0..100),
            0 => 400 + check.draw(0..100),
            1 => 1,
            _ => check.draw(2..30),
        };
        sizes.push((width, height));
    }
    // Another picture of a size that was there before.
    sizes.push((3, size + 1));
    sizes.push((3, size + 1));
    for (width, height) in sizes {
        let input = format!("{height} rows of {}", plural(width as u64, "pixel"));
        let right = part(check, &input, |check| {
            let painter = Painter::new(check, width, height);
            let row = |number| painter.row(number);
            let (returned, traffic) = check.observe(|world| answer(world, width, height, &row));
            let mut own = painter.all_asked(&aside).swap_remove(rank);
            let theirs: Vec<Vec<usize>> = (0..size).map(|rank| share(height, size, rank)).collect();
            own.sort_unstable();
            check.require(own == theirs[rank], Kind::WrongOperation, || {
                format!(
                    "computed {}, should compute {} of {height}: {rule}",
                    list(&own),
                    list(&theirs[rank])
                )
            });
            if !check.everywhere(check.is_clean()) {
                return;
            }
            let owner = |number| theirs.iter().position(|rows| rows.contains(&number));
            let expected = (rank == 0).then(|| painter.by(owner));
            let why = "rank 0 has the picture, row after row, and the other ranks return `None`";
            if check.returned(returned, expected, why) {
                let bounds = Bounds {
                    given: painter.bytes(own.len()) + 64 * size as u64,
                    got: match rank {
                        0 => u64::MAX,
                        _ => 256 + 64 * size as u64,
                    },
                    ..Bounds::NONE
                };
                let why = "each row travels once, from the rank that computed it to rank 0";
                check.moves(&traffic, bounds, why);
            }
        });
        if !right {
            return;
        }
    }
}

/// "rows 3, 4, 5", cut where it gets long.
fn list(rows: &[usize]) -> String {
    const SHOWN: usize = 6;
    let shown: Vec<String> = rows.iter().take(SHOWN).map(usize::to_string).collect();
    match rows.len() {
        0 => String::from("no row"),
        1 => format!("row {}", shown[0]),
        more if more > SHOWN => format!("{more} rows ({}, …)", shown.join(", ")),
        _ => format!("rows {}", shown.join(", ")),
    }
}

pub fn imbalance(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let one = check.draw(0..size);
    let few: Vec<u64> = check.draw_vec(size, 0..10);
    let only: Vec<u64> = (0..size).map(|rank| u64::from(rank == one)).collect();
    let mut work = vec![
        vec![0; size],
        vec![7; size],
        vec![u64::from(u32::MAX); size],
        only.clone(),
        only.iter().map(|work| work * 1_000_003).collect(),
        few,
        // A `u64` holds the sum, but not the largest times the number of ranks.
        only.iter().map(|work| work * (u64::MAX - 9)).collect(),
    ];
    // Beyond 2⁵³, and the sum fits a `u64`.
    let many = (0..5).map(|_| check.draw_vec(size, 1 << 59..1 << 60));
    work.extend(many);
    let aside = check.aside();
    for work in work {
        let right = part(check, &format!("the ranks have done {work:?}"), |check| {
            let (returned, traffic) = check.observe(|world| (answers.imbalance)(world, work[rank]));
            let sum: u64 = work.iter().sum();
            let most = work.iter().max().copied().unwrap_or_default();
            let expected = match sum {
                0 => 1.0,
                _ => most as f64 * size as f64 / sum as f64,
            };
            let why = match sum {
                0 => "if no rank has done anything, the result is 1",
                _ => "the most work of any rank, divided by the mean over all ranks, on every rank",
            };
            let all = aside.share(returned.to_bits());
            let why_same = "every rank returns the same number, to the last bit";
            if check.close(returned, expected, 1e-12, why)
                && check.returned(returned, f64::from_bits(all[0]), why_same)
            {
                let room = 64 * size as u64 + 64;
                let bounds = Bounds {
                    given: room,
                    got: room,
                    ..Bounds::NONE
                };
                check.moves(&traffic, bounds, "each rank contributes one number");
            }
        });
        if !right {
            return;
        }
    }
}

//! Collectives: what each rank has before, and what it has after. Data keeps the colour of the rank
//! that it comes from; a result that is combined from several ranks has the colour of its owner.

use super::{
    canvas::{Align, Canvas, Paint},
    recorded::{self, Message, Run},
};

/// A value, and the rank whose colour it wears.
type Cell = (&'static str, u32);

const CELL: (f64, f64) = (92.0, 62.0);

/// Before and after, a row for each rank.
fn transfer(canvas: &mut Canvas, name: &str, before: &[&[Cell]], after: &[&[Cell]]) {
    let top = 70.0;
    canvas.note((185.0, 28.0), Align::Start, "before");
    canvas.note((785.0, 28.0), Align::Start, "after");
    let mut rows = |x: f64, rows: &[&[Cell]]| {
        for (rank, cells) in (0_u32..).zip(rows) {
            let y = top + 84.0 * f64::from(rank);
            let cells: Vec<(&str, Paint)> = cells
                .iter()
                .map(|(text, from)| (*text, Paint::Rank(*from)))
                .collect();
            canvas.cells((x, y), CELL, &cells);
        }
    };
    rows(185.0, before);
    rows(785.0, after);
    for rank in 0..before.len() as u32 {
        let y = top + 84.0 * f64::from(rank) + CELL.1 / 2.0;
        canvas.rank((85.0, y), rank);
    }
    let y = top + 42.0 * before.len() as f64 - 11.0;
    canvas.arrow((590.0, y), (755.0, y), Paint::Ink);
    canvas.note((672.0, y - 34.0), Align::Middle, name);
}

fn figure(title: &'static str, description: &'static str) -> Canvas {
    Canvas::new((1200.0, 420.0), title, description)
}

/// One to all, the same.
pub(crate) fn broadcast() -> Canvas {
    let mut canvas = figure(
        "Broadcast",
        "Rank 0 has 4, 2 and 7. After the broadcast each of four ranks has 4, 2 and 7.",
    );
    let all: &[Cell] = &[("4", 0), ("2", 0), ("7", 0)];
    transfer(&mut canvas, "broadcast", &[all, &[], &[], &[]], &[all; 4]);
    // This is the first figure of its kind.
    canvas.note(
        (1190.0, 404.0),
        Align::End,
        "data keeps the color of its rank",
    );
    canvas
}

/// The sends of a broadcast from rank 0, by rounds: in each round whoever has it makes its next send.
fn rounds(run: &Run) -> Vec<Vec<(u32, u32)>> {
    let mut have = vec![0];
    let mut left: Vec<Message> = run.messages.clone();
    // In the order of each sender's calls.
    left.sort_by_key(|message| message.sent);
    let mut rounds = Vec::new();
    loop {
        let mut sends = Vec::new();
        for rank in have.clone() {
            let next = left.iter().position(|message| message.sent.0 == rank);
            sends.extend(next.map(|next| (rank, left.remove(next).posted.0)));
        }
        if sends.is_empty() {
            return rounds;
        }
        have.extend(sends.iter().map(|(_, to)| *to));
        rounds.push(sends);
    }
}

/// One to all, in rounds.
pub(crate) fn broadcast_tree() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 480.0),
        "Broadcast by a tree",
        "Eight ranks. In round 1 rank 0 sends to 4. In round 2 ranks 0 and 4 send to 2 and 6. In round 3 ranks \
         0, 2, 4 and 6 send to 1, 3, 5 and 7. After 3 rounds all 8 ranks have the data.",
    );
    let run = recorded::tree();
    let x = |rank: u32| 150.0 + 142.0 * f64::from(rank);
    let y = |round: u32| 50.0 + 125.0 * f64::from(round);
    let mut rank_at = |rank: u32, round: u32| {
        let at = (x(rank) - 50.0, y(round) - 28.0);
        canvas.labelled(at, (100.0, 56.0), Paint::Rank(rank), &rank.to_string());
    };
    let rounds = rounds(&run);
    let mut have = vec![0];
    rank_at(0, 0);
    for (round, sends) in (1..).zip(&rounds) {
        let got = sends.iter().map(|(_, to)| *to);
        for rank in have.iter().copied().chain(got) {
            rank_at(rank, round);
        }
        have.extend(sends.iter().map(|(_, to)| *to));
    }
    let mut have = vec![0];
    for (round, sends) in (1..).zip(&rounds) {
        let above = y(round) - 62.0;
        canvas.note((16.0, above), Align::Start, &format!("round {round}"));
        for rank in &have {
            let from = (x(*rank), y(round - 1) + 30.0);
            canvas.line(from, (x(*rank), y(round) - 30.0), Paint::Dim);
        }
        for (from, to) in sends {
            let start = (x(*from) + 30.0, y(round - 1) + 30.0);
            canvas.arrow(start, (x(*to), y(round) - 32.0), Paint::Ink);
            have.push(*to);
        }
    }
    canvas
}

const FOUR: &[Cell] = &[("a", 0), ("b", 0), ("c", 0), ("d", 0)];
const ONE_EACH: [&[Cell]; 4] = [&[("a", 0)], &[("b", 1)], &[("c", 2)], &[("d", 3)]];
const GATHERED: &[Cell] = &[("a", 0), ("b", 1), ("c", 2), ("d", 3)];

/// One to all, each its part.
pub(crate) fn scatter() -> Canvas {
    let mut canvas = figure(
        "Scatter",
        "Rank 0 has a, b, c and d. After the scatter rank 0 has a, rank 1 has b, rank 2 has c, rank 3 has d.",
    );
    let after: [&[Cell]; 4] = [&[("a", 0)], &[("b", 0)], &[("c", 0)], &[("d", 0)]];
    transfer(&mut canvas, "scatter", &[FOUR, &[], &[], &[]], &after);
    canvas
}

/// One to all, parts of different length.
pub(crate) fn scatterv() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 440.0),
        "Scatterv",
        "Rank 0 has seven numbers for three ranks. Counts 3, 2, 2 and displacements 0, 3, 5 say which part \
         goes to which rank: 1 2 3 to rank 0, 4 5 to rank 1, 6 7 to rank 2.",
    );
    let texts = ["1", "2", "3", "4", "5", "6", "7"];
    for (index, text) in texts.into_iter().enumerate() {
        let at = (250.0 + 100.0 * index as f64, 20.0);
        canvas.labelled(at, (100.0, 64.0), Paint::Rank(0), text);
    }
    canvas.note((20.0, 52.0), Align::Start, "rank 0 has");
    canvas.note((20.0, 130.0), Align::Start, "counts");
    canvas.note((20.0, 175.0), Align::Start, "displacements");
    for (rank, first, count) in [(0_u32, 0_u32, 3_u32), (1, 3, 2), (2, 5, 2)] {
        let left = 250.0 + 100.0 * f64::from(first);
        let middle = left + 50.0 * f64::from(count);
        // Below the numbers, a bar for each part.
        let bar = 96.0;
        let ends = (left + 8.0, left + 100.0 * f64::from(count) - 8.0);
        canvas.line((ends.0, bar), (ends.1, bar), Paint::Ink);
        canvas.text((middle, 130.0), Align::Middle, &count.to_string());
        canvas.text((middle, 175.0), Align::Middle, &first.to_string());
        canvas.arrow((middle, 205.0), (middle, 290.0), Paint::Ink);
        canvas.rank((middle, 325.0), rank);
        for index in 0..count {
            let text = texts[(first + index) as usize];
            let at = (
                middle - 40.0 * f64::from(count) + 80.0 * f64::from(index),
                365.0,
            );
            canvas.labelled(at, (80.0, 58.0), Paint::Rank(0), text);
        }
    }
    canvas
}

/// All to one.
pub(crate) fn gather() -> Canvas {
    let mut canvas = figure(
        "Gather",
        "Ranks 0 to 3 have a, b, c and d. After the gather rank 0 has a, b, c and d, in the order of ranks.",
    );
    transfer(&mut canvas, "gather", &ONE_EACH, &[GATHERED, &[], &[], &[]]);
    canvas
}

/// All to all, the same.
pub(crate) fn all_gather() -> Canvas {
    let mut canvas = figure(
        "All-gather",
        "Ranks 0 to 3 have a, b, c and d. After the all-gather every rank has a, b, c and d.",
    );
    transfer(&mut canvas, "all-gather", &ONE_EACH, &[GATHERED; 4]);
    canvas
}

const ADDENDS: [&[Cell]; 4] = [&[("3", 0)], &[("1", 1)], &[("4", 2)], &[("2", 3)]];

/// All into one.
pub(crate) fn reduce() -> Canvas {
    let mut canvas = figure(
        "Reduce",
        "Ranks 0 to 3 have 3, 1, 4 and 2. After a reduce with sum rank 0 has 10, and the other ranks have no \
         result.",
    );
    transfer(
        &mut canvas,
        "reduce, +",
        &ADDENDS,
        &[&[("10", 0)], &[], &[], &[]],
    );
    canvas
}

/// All into one, for all.
pub(crate) fn all_reduce() -> Canvas {
    let mut canvas = figure(
        "All-reduce",
        "Ranks 0 to 3 have 3, 1, 4 and 2. After an all-reduce with sum every rank has 10.",
    );
    let after: [&[Cell]; 4] = [&[("10", 0)], &[("10", 1)], &[("10", 2)], &[("10", 3)]];
    transfer(&mut canvas, "all-reduce, +", &ADDENDS, &after);
    canvas
}

/// Everything up to me.
pub(crate) fn scan() -> Canvas {
    let mut canvas = figure(
        "Scan",
        "Ranks 0 to 3 have 3, 1, 4 and 2. After a scan with sum they have 3, 4, 8 and 10: each the sum up to \
         and including its own value.",
    );
    let after: [&[Cell]; 4] = [&[("3", 0)], &[("4", 1)], &[("8", 2)], &[("10", 3)]];
    transfer(&mut canvas, "scan, +", &ADDENDS, &after);
    canvas
}

/// Everybody to everybody, each something else.
pub(crate) fn all_to_all() -> Canvas {
    let mut canvas = figure(
        "All-to-all",
        "Each of four ranks has four blocks, one for each rank. Afterwards each rank has one block from each: \
         rows have become columns.",
    );
    let before: [&[Cell]; 4] = [
        &[("a0", 0), ("a1", 0), ("a2", 0), ("a3", 0)],
        &[("b0", 1), ("b1", 1), ("b2", 1), ("b3", 1)],
        &[("c0", 2), ("c1", 2), ("c2", 2), ("c3", 2)],
        &[("d0", 3), ("d1", 3), ("d2", 3), ("d3", 3)],
    ];
    let after: [&[Cell]; 4] = [
        &[("a0", 0), ("b0", 1), ("c0", 2), ("d0", 3)],
        &[("a1", 0), ("b1", 1), ("c1", 2), ("d1", 3)],
        &[("a2", 0), ("b2", 1), ("c2", 2), ("d2", 3)],
        &[("a3", 0), ("b3", 1), ("c3", 2), ("d3", 3)],
    ];
    transfer(&mut canvas, "all-to-all", &before, &after);
    canvas
}

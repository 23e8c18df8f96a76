//! What lies where: elements that a datatype picks, memory that a window opens, the parts of a file.

use super::canvas::{Align, Canvas, Paint};
use trace::Class;

/// A strip of numbered cells from `at`; those that `rank` names have its colour.
fn strip(
    canvas: &mut Canvas,
    at: (f64, f64),
    cell: f64,
    count: usize,
    rank: impl Fn(usize) -> Option<u32>,
) {
    for index in 0..count {
        let paint = rank(index).map_or(Paint::Panel, Paint::Rank);
        let place = (at.0 + cell * index as f64, at.1);
        canvas.labelled(place, (cell, 60.0), paint, &index.to_string());
    }
}

/// A measure below or above a strip: a line with ends, and what it is.
fn measure(canvas: &mut Canvas, from: f64, to: f64, y: f64, text: &str) {
    canvas.line((from + 3.0, y), (to - 3.0, y), Paint::Ink);
    for x in [from + 3.0, to - 3.0] {
        canvas.line((x, y - 9.0), (x, y + 9.0), Paint::Ink);
    }
    canvas.note(((from + to) / 2.0, y + 28.0), Align::Middle, text);
}

/// A column of a matrix of three rows and four columns, and where it lies in memory.
pub(crate) fn vector() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 420.0),
        "A column as a vector type",
        "A matrix of 3 rows and 4 columns, whose column 1 is marked: elements 1, 5 and 9. In memory, row after \
         row, they are 4 elements apart: a vector type of 3 blocks of length 1 with stride 4.",
    );
    let is_column = |index: usize| (index % 4 == 1).then_some(0);
    canvas.note((30.0, 26.0), Align::Start, "the matrix");
    for row in 0..3_usize {
        for column in 0..4_usize {
            let index = 4 * row + column;
            let paint = is_column(index).map_or(Paint::Panel, Paint::Rank);
            let at = (30.0 + 84.0 * column as f64, 50.0 + 62.0 * row as f64);
            canvas.labelled(at, (84.0, 62.0), paint, &index.to_string());
        }
    }
    for (index, text) in [
        "count: 3 blocks",
        "block length: 1 element",
        "stride: 4 elements",
    ]
    .into_iter()
    .enumerate()
    {
        canvas.text((480.0, 82.0 + 62.0 * index as f64), Align::Start, text);
    }
    canvas.note((30.0, 262.0), Align::Start, "in memory");
    let cell = 95.0;
    strip(&mut canvas, (30.0, 284.0), cell, 12, is_column);
    let x = |index: f64| 30.0 + cell * index;
    measure(&mut canvas, x(1.0), x(5.0), 362.0, "stride");
    measure(&mut canvas, x(5.0), x(9.0), 362.0, "stride");
    canvas
}

/// Where the second of two columns begins.
pub(crate) fn extent() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "The extent of a datatype",
        "Twelve elements in memory, a matrix of 3 by 4. As made, the column type reaches from element 0 to 8, and \
         the next one begins at element 9, where no column begins. Resized to one element, the next one begins at \
         element 1: it picks 1, 5 and 9, the next column.",
    );
    let cell = 95.0;
    for (top, name, second, extent) in [
        (
            10.0,
            "as made: the next one begins where this one ends",
            9_usize,
            9.0,
        ),
        (225.0, "resized to one element: the next column", 1, 1.0),
    ] {
        canvas.text((30.0, top + 20.0), Align::Start, name);
        strip(&mut canvas, (30.0, top + 48.0), cell, 12, |index| {
            let is_in = |first: usize| index >= first && (index - first).is_multiple_of(4);
            match (is_in(0) && index < 9, is_in(second)) {
                (true, _) => Some(0),
                (_, true) => Some(1),
                _ => None,
            }
        });
        let y = top + 130.0;
        if extent > 1.0 {
            measure(&mut canvas, 30.0, 30.0 + cell * extent, y, "extent");
        } else {
            measure(&mut canvas, 30.0, 30.0 + cell, y, "");
            canvas.note((30.0 + cell + 14.0, y), Align::Start, "extent");
        }
        let at = 30.0 + cell * second as f64 + 40.0;
        if second > 1 {
            canvas.warning((at - 30.0, y + 24.0), Align::Start, "no column");
        }
    }
    canvas
}

/// A message needs two, a put needs one.
pub(crate) fn one_sided() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "Two-sided and one-sided",
        "On the left, two-sided: rank 0 sends, rank 1 receives. On the right, one-sided: rank 0, the origin, puts \
         into a window on the memory of rank 1, the target, and gets from it. Rank 1 makes no call for that.",
    );
    canvas.text((20.0, 28.0), Align::Start, "two-sided");
    canvas.text((560.0, 28.0), Align::Start, "one-sided");
    for (left, right) in [(85.0, 400.0), (625.0, 1030.0)] {
        canvas.rank((left, 90.0), 0);
        canvas.rank((right, 90.0), 1);
    }
    canvas.labelled(
        (20.0, 190.0),
        (130.0, 60.0),
        Paint::Call(Class::Send),
        "send",
    );
    canvas.labelled(
        (335.0, 190.0),
        (130.0, 60.0),
        Paint::Call(Class::Receive),
        "receive",
    );
    canvas.arrow((154.0, 220.0), (331.0, 220.0), Paint::Ink);
    for (index, text) in ["put", "get", "add"].into_iter().enumerate() {
        let y = 150.0 + 78.0 * index as f64;
        canvas.labelled(
            (560.0, y),
            (130.0, 60.0),
            Paint::Call(Class::OneSided),
            text,
        );
        let (from, to) = ((694.0, y + 30.0), (896.0, y + 30.0));
        if text == "get" {
            canvas.arrow(to, from, Paint::Ink);
        } else {
            canvas.arrow(from, to, Paint::Ink);
        }
    }
    canvas.labelled(
        (900.0, 150.0),
        (260.0, 216.0),
        Paint::Rank(1),
        "window:\nits memory,\nopened",
    );
    canvas
}

/// An epoch of fences: what is begun in it, and when it is complete.
pub(crate) fn epoch() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 360.0),
        "An epoch",
        "Ranks 0 and 1, time from left to right. Both call a fence. Rank 0 begins a put into the memory of rank 1 \
         and goes on computing; rank 1 computes. Both call the next fence. The put is complete when it ends, and \
         not before.",
    );
    let lane = |rank: u32| 70.0 + 130.0 * f64::from(rank);
    for rank in 0..2_u32 {
        canvas.rank((85.0, lane(rank)), rank);
        canvas.line((152.0, lane(rank)), (1190.0, lane(rank)), Paint::Dim);
        for x in [180.0, 850.0] {
            let at = (x, lane(rank) - 28.0);
            canvas.labelled(at, (130.0, 56.0), Paint::Call(Class::Collective), "fence");
        }
    }
    canvas.labelled(
        (350.0, lane(0) - 28.0),
        (100.0, 56.0),
        Paint::Call(Class::OneSided),
        "put",
    );
    canvas.labelled(
        (470.0, lane(0) - 28.0),
        (350.0, 56.0),
        Paint::Call(Class::Compute),
        "works",
    );
    canvas.labelled(
        (350.0, lane(1) - 28.0),
        (470.0, 56.0),
        Paint::Call(Class::Compute),
        "works",
    );
    canvas.arrow((400.0, lane(0) + 32.0), (915.0, lane(1) - 32.0), Paint::Ink);
    canvas.note((600.0, 114.0), Align::Start, "sometime in between");
    canvas.line((245.0, 300.0), (915.0, 300.0), Paint::Ink);
    canvas.note((580.0, 330.0), Align::Middle, "epoch");
    canvas.text((1010.0, 300.0), Align::Start, "complete");
    canvas.arrow((1000.0, 300.0), (925.0, 300.0), Paint::Ink);
    canvas
}

/// Three ranks take numbers from a counter in the memory of rank 0.
pub(crate) fn counter() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 380.0),
        "A counter in a window",
        "A counter in the memory of rank 0 has the value 7. Rank 2 fetches it and adds 1: it gets 7, and the \
         counter is 8. Then rank 1 does the same and gets 8, and the counter is 9. Then rank 2 gets 9.",
    );
    canvas.note((20.0, 50.0), Align::Start, "rank 0's memory");
    for (index, value) in ["7", "8", "9", "10"].into_iter().enumerate() {
        let at = (290.0 + 250.0 * index as f64, 20.0);
        canvas.labelled(at, (90.0, 62.0), Paint::Rank(0), value);
    }
    for (index, rank) in [2_u32, 1, 2].into_iter().enumerate() {
        let x = 290.0 + 250.0 * index as f64;
        canvas.arrow((x + 94.0, 51.0), (x + 246.0, 51.0), Paint::Ink);
        canvas.note((x + 170.0, 22.0), Align::Middle, "+ 1");
        let (middle, y) = (x + 45.0, 260.0);
        canvas.rank((middle, y), rank);
        canvas.arrow((middle, 86.0), (middle, y - 34.0), Paint::Ink);
        let got = format!("gets {}", 7 + index);
        canvas.note((middle, y + 55.0), Align::Middle, &got);
    }
    canvas.note((20.0, 260.0), Align::Start, "who asks");
    canvas.note(
        (20.0, 350.0),
        Align::Start,
        "fetch and add: one operation, nobody comes in between",
    );
    canvas
}

/// A table for each rank, and one for each node.
pub(crate) fn shared_window() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 380.0),
        "A table for each rank, or one for each node",
        "Two nodes with four ranks. On the left each rank has a table of its own: four copies. On the right the \
         node has one table in a shared window, which all four ranks read without a copy.",
    );
    for (left, name) in [(20.0, "a copy for each rank"), (630.0, "one shared window")] {
        canvas.area((left, 10.0), (550.0, 360.0), Paint::Panel);
        canvas.text((left + 20.0, 40.0), Align::Start, name);
        for rank in 0..4_u32 {
            let x = left + 15.0 + 131.0 * f64::from(rank);
            let text = format!("rank {rank}");
            canvas.labelled((x, 75.0), (124.0, 60.0), Paint::Rank(rank), &text);
            canvas.line((x + 62.0, 139.0), (x + 62.0, 206.0), Paint::Ink);
            if left < 100.0 {
                canvas.labelled((x, 210.0), (124.0, 140.0), Paint::Rank(rank), "table");
            }
        }
        if left > 100.0 {
            canvas.labelled(
                (left + 15.0, 210.0),
                (517.0, 140.0),
                Paint::Rank(0),
                "table",
            );
        }
    }
    canvas
}

/// Rank 0 writes everything, each rank has a file, all ranks write one file.
pub(crate) fn three_ways() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 390.0),
        "Three ways to write a result",
        "Three ranks. First: all send to rank 0, which writes one file. Second: each rank writes a file of its own. \
         Third: all ranks write their parts of one file.",
    );
    for (way, name) in [
        "rank 0 writes",
        "a file for each rank",
        "one file, all write",
    ]
    .into_iter()
    .enumerate()
    {
        let left = 10.0 + 400.0 * way as f64;
        canvas.text((left + 190.0, 28.0), Align::Middle, name);
        for rank in 0..3_u32 {
            let x = left + 65.0 + 126.0 * f64::from(rank);
            let text = format!("rank {rank}");
            canvas.labelled((x - 60.0, 70.0), (120.0, 60.0), Paint::Rank(rank), &text);
            let part = (x - 60.0, 300.0);
            let paint = Paint::Rank(rank);
            match way {
                0 => {
                    canvas.labelled(part, (120.0, 66.0), paint, "part");
                    if rank > 0 {
                        let bend = ((left + 65.0 + x) / 2.0, 210.0);
                        canvas.bent((x, 134.0), bend, (left + 110.0, 134.0), Paint::Ink);
                    } else {
                        canvas.arrow((x, 134.0), (x, 294.0), Paint::Ink);
                    }
                }
                1 => {
                    canvas.labelled((x - 55.0, 300.0), (110.0, 66.0), paint, "file");
                    canvas.arrow((x, 134.0), (x, 294.0), Paint::Ink);
                }
                _ => {
                    canvas.labelled(part, (120.0, 66.0), paint, "part");
                    canvas.arrow((x, 134.0), (x, 294.0), Paint::Ink);
                }
            }
        }
    }
    canvas
}

/// Parts of different length at their places.
pub(crate) fn file_parts() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 370.0),
        "Each rank writes at its own offset",
        "Three ranks with 3, 2 and 2 numbers of 8 bytes. In the file, rank 0 begins at byte 0, rank 1 at byte 24, \
         rank 2 at byte 40: each at 8 times the sum of the counts before it.",
    );
    let cell = 130.0;
    for (rank, first, count) in [(0_u32, 0_u32, 3_u32), (1, 3, 2), (2, 5, 2)] {
        let left = 250.0 + cell * f64::from(first);
        let middle = left + cell * f64::from(count) / 2.0;
        canvas.rank((middle, 45.0), rank);
        canvas.arrow((middle, 80.0), (middle, 146.0), Paint::Ink);
        for index in 0..count {
            let at = (left + cell * f64::from(index), 150.0);
            canvas.labelled(at, (cell, 64.0), Paint::Rank(rank), "8 bytes");
        }
        canvas.text((left + 8.0, 255.0), Align::Start, &(8 * first).to_string());
        canvas.text((middle, 325.0), Align::Middle, &format!("{count} numbers"));
    }
    canvas.note((20.0, 182.0), Align::Start, "one file");
    canvas.note((20.0, 255.0), Align::Start, "offset, bytes");
    canvas.note((20.0, 325.0), Align::Start, "count");
    canvas
}

/// Blocks of a matrix, and where their rows lie in the file.
pub(crate) fn file_view() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 420.0),
        "A file view",
        "A matrix of 4 by 4 in four blocks of 2 by 2, one for each of four ranks. In the file, row after row, the \
         block of rank 0 is in two pieces: elements 0 and 1, and elements 4 and 5. Each rank's view makes its \
         pieces look like one.",
    );
    let owner = |row: usize, column: usize| (2 * (row / 2) + column / 2) as u32;
    canvas.note(
        (30.0, 24.0),
        Align::Start,
        "the matrix: a block for each rank",
    );
    for row in 0..4_usize {
        for column in 0..4_usize {
            let at = (30.0 + 72.0 * column as f64, 46.0 + 52.0 * row as f64);
            let text = (4 * row + column).to_string();
            canvas.labelled(at, (72.0, 52.0), Paint::Rank(owner(row, column)), &text);
        }
    }
    for rank in 0..4_u32 {
        let y = 72.0 + 52.0 * f64::from(rank);
        let first = 8 * (rank / 2) + 2 * (rank % 2);
        let text = format!(
            "sees {}, {}, {}, {}",
            first,
            first + 1,
            first + 4,
            first + 5
        );
        let at = (480.0, y - 23.0);
        canvas.labelled(
            at,
            (120.0, 46.0),
            Paint::Rank(rank),
            &format!("rank {rank}"),
        );
        canvas.note((625.0, y), Align::Start, &text);
    }
    canvas.note((30.0, 296.0), Align::Start, "the file: row after row");
    strip(&mut canvas, (30.0, 322.0), 71.0, 16, |index| {
        Some(owner(index / 4, index % 4))
    });
    canvas
}

/// Many small pieces are exchanged first, so that few ranks write large ones.
pub(crate) fn two_phases() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 405.0),
        "A collective write in two phases",
        "Four ranks, each with four pieces that are spread over the file. First the ranks exchange pieces, so that \
         ranks 0 and 2 have eight neighboring pieces each. Then these two write, one large request each.",
    );
    let cell = 60.0;
    for rank in 0..4_u32 {
        let x = 20.0 + 296.0 * f64::from(rank);
        for piece in 0..4_u32 {
            let at = (x + cell * f64::from(piece), 14.0);
            let text = (4 * piece + rank).to_string();
            canvas.labelled(at, (cell, 56.0), Paint::Rank(rank), &text);
        }
        let to = if rank < 2 { 300.0 } else { 890.0 };
        canvas.arrow(
            (x + 120.0, 74.0),
            (to + 20.0 * f64::from(rank % 2), 150.0),
            Paint::Ink,
        );
        let other = if rank < 2 { 890.0 } else { 300.0 };
        canvas.arrow((x + 120.0, 74.0), (other, 150.0), Paint::Dim);
    }
    for (half, left) in [(0_u32, 60.0), (1, 650.0)] {
        for piece in 0..8_u32 {
            let index = 8 * half + piece;
            let at = (left + cell * f64::from(piece), 154.0);
            canvas.labelled(at, (cell, 56.0), Paint::Rank(index % 4), &index.to_string());
        }
        let middle = left + 4.0 * cell;
        canvas.note((middle + 20.0, 254.0), Align::Start, "one write");
        canvas.arrow((middle, 214.0), (middle, 296.0), Paint::Ink);
        for piece in 0..8_u32 {
            let index = 8 * half + piece;
            let at = (120.0 + cell * f64::from(index), 300.0);
            canvas.labelled(at, (cell, 56.0), Paint::Rank(index % 4), &index.to_string());
        }
    }
    canvas.note(
        (600.0, 386.0),
        Align::Middle,
        "the file, in the order of the pieces",
    );
    canvas
}

/// What is on the disk after each step of writing a checkpoint.
pub(crate) fn checkpoint() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 265.0),
        "A checkpoint that a crash cannot lose",
        "Four moments. Before: the file of step 100. While writing: that file, and a new one that is not complete. \
         After the sync: the file of step 100 and the complete new one. After the rename: the file of step 200.",
    );
    let size = (210.0, 58.0);
    for (index, (moment, old, new)) in [
        ("before", "step 100", ""),
        ("writing", "step 100", "half of 200"),
        ("synced", "step 100", "step 200"),
        ("renamed", "step 200", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let x = 190.0 + 255.0 * index as f64;
        canvas.text((x + 105.0, 22.0), Align::Middle, moment);
        let rank = u32::from(old == "step 200");
        canvas.labelled((x, 48.0), size, Paint::Rank(rank), old);
        if new == "half of 200" {
            canvas.labelled((x, 138.0), size, Paint::Panel, new);
        } else if !new.is_empty() {
            canvas.labelled((x, 138.0), size, Paint::Rank(1), new);
        }
    }
    canvas.arrow((912.0, 150.0), (985.0, 110.0), Paint::Ink);
    canvas.note((10.0, 77.0), Align::Start, "state");
    canvas.note((10.0, 167.0), Align::Start, "state.new");
    let text = "at each moment there is a complete file “state”";
    canvas.note((600.0, 238.0), Align::Middle, text);
    canvas
}

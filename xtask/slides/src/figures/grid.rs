//! Grids: of cells, which a stencil updates and ranks share among them, and of ranks.

use super::canvas::{Align, Canvas, Paint, Point, RANK};
use trace::Class;

/// The five cells that a new value is made of.
pub(crate) fn stencil() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 380.0),
        "The five-point stencil",
        "Two grids of five by five cells. In the old one a cell and its four neighbors are marked: above, left, \
         right, below. From these five values one cell of the new grid is computed, in the same place.",
    );
    let (cell, top) = (62.0, 52.0);
    for (left, name) in [(60.0, "old"), (790.0, "new")] {
        canvas.note((left + 2.5 * cell, 24.0), Align::Middle, name);
        for row in 0..5_u32 {
            for column in 0..5_u32 {
                let (away_down, away_right) = (row.abs_diff(2), column.abs_diff(2));
                let paint = match away_down + away_right {
                    0 => Paint::Rank(0),
                    1 if name == "old" => Paint::Rank(0),
                    _ => Paint::Panel,
                };
                let at = (left + cell * f64::from(column), top + cell * f64::from(row));
                canvas.area(at, (cell - 4.0, cell - 4.0), paint);
            }
        }
    }
    let y = top + 2.5 * cell;
    canvas.arrow((390.0, y), (770.0, y), Paint::Ink);
    canvas.note((580.0, y - 28.0), Align::Middle, "five values in");
    canvas.note((580.0, y + 28.0), Align::Middle, "one value out");
    canvas
}

/// Which step a ghost row is of, if the exchange comes first and if it comes late.
pub(crate) fn late_halo() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "A ghost row that is one step old",
        "Two orders of a step, before the update for step 8. Exchange, update, swap: the last row of rank 0 \
         and its ghost row are both of step 7. Update, exchange of the old grid, swap: the last row is of step 7, \
         the ghost row of step 6.",
    );
    for (left, order, ghost, is_late) in [
        (20.0, "exchange · update · swap", "step 7", false),
        (630.0, "update · exchange · swap", "step 6", true),
    ] {
        canvas.text((left, 30.0), Align::Start, order);
        let row = |step: &str, what: &str| format!("{what}: {step}");
        let size = (540.0, 66.0);
        for (index, (text, paint)) in [
            (row("step 7", "rank 0, own row"), Paint::Rank(0)),
            (row("step 7", "rank 0, own row"), Paint::Rank(0)),
            (row(ghost, "ghost row"), Paint::Panel),
        ]
        .into_iter()
        .enumerate()
        {
            let at = (left, 70.0 + 76.0 * index as f64);
            canvas.labelled(at, size, paint, &text);
        }
        let at = (left, 326.0);
        canvas.labelled(at, (540.0, 66.0), Paint::Rank(1), "rank 1, own row: step 7");
        if is_late {
            canvas.warning((left + 270.0, 306.0), Align::Middle, "not the same step");
        } else {
            canvas.arrow((left + 270.0, 322.0), (left + 270.0, 290.0), Paint::Ink);
        }
    }
    canvas
}

/// Which rows of a block need ghost rows, and what is done meanwhile.
pub(crate) fn inside_and_edges() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 440.0),
        "Inside and edges of a block",
        "A block of five rows between two ghost rows. The first and the last of the five need a ghost row: the \
         edges. The three rows between them need none: the inside. Therefore, the rank starts the exchange, \
         computes the inside, waits for the exchange, and computes the edges.",
    );
    for (index, (text, paint)) in [
        ("ghost row", Paint::Panel),
        ("edge", Paint::Rank(0)),
        ("inside", Paint::Call(Class::Compute)),
        ("inside", Paint::Call(Class::Compute)),
        ("inside", Paint::Call(Class::Compute)),
        ("edge", Paint::Rank(0)),
        ("ghost row", Paint::Panel),
    ]
    .into_iter()
    .enumerate()
    {
        let at = (20.0, 10.0 + 61.0 * index as f64);
        canvas.labelled(at, (380.0, 56.0), paint, text);
    }
    let (lane, from) = (150.0, 470.0);
    canvas.note((from, 60.0), Align::Start, "what the rank does, in time");
    let mut x = from;
    for (text, width, paint) in [
        ("start", 110.0, Paint::Call(Class::Exchange)),
        ("inside", 250.0, Paint::Call(Class::Compute)),
        ("wait", 110.0, Paint::Call(Class::Wait)),
        ("edges", 180.0, Paint::Rank(0)),
    ] {
        canvas.labelled((x, lane - 35.0), (width - 4.0, 70.0), paint, text);
        x += width;
    }
    canvas.arrow(
        (from + 55.0, lane + 80.0),
        (from + 410.0, lane + 80.0),
        Paint::Ink,
    );
    canvas.note(
        (from + 232.0, lane + 116.0),
        Align::Middle,
        "the ghost rows travel",
    );
    let rules = [
        "inside: needs no ghost row",
        "edges: need one, computed last",
    ];
    for (index, text) in rules.into_iter().enumerate() {
        canvas.text((from, 345.0 + 52.0 * index as f64), Align::Start, text);
    }
    canvas
}

/// A question that is asked in one step and answered in the next.
pub(crate) fn one_step_ahead() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 330.0),
        "Asking one step ahead",
        "Steps 7, 8 and 9 of a rank, in time. After step 7 it starts an all-reduce for the change of step 7; the \
         answer travels during step 8 and is read after it. After step 8 it starts one for the change of step 8, \
         which is read after step 9.",
    );
    let width = 360.0;
    for step in 0..3_u32 {
        let x = 20.0 + width * f64::from(step);
        let text = format!("step {}", 7 + step);
        canvas.labelled(
            (x, 40.0),
            (width - 110.0, 80.0),
            Paint::Call(Class::Compute),
            &text,
        );
        let at = (x + width - 104.0, 40.0);
        let what = if step == 0 { "ask" } else { "read\nask" };
        canvas.labelled(at, (98.0, 80.0), Paint::Call(Class::Collective), what);
        if step < 2 {
            let from = (x + width - 55.0, 126.0);
            let to = (from.0 + width - 30.0, 126.0);
            canvas.bent(from, ((from.0 + to.0) / 2.0, 290.0), to, Paint::Ink);
            let text = format!("change of {}", 7 + step);
            canvas.note(((from.0 + to.0) / 2.0, 240.0), Align::Middle, &text);
        }
    }
    canvas.note((1180.0, 300.0), Align::End, "time goes to the right");
    canvas
}

/// A number below a million as people write it.
fn thousands(number: u32) -> String {
    match (number / 1000, number % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}

/// Sixteen ranks on a square, in strips and in blocks.
pub(crate) fn strips_and_blocks() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "Strips and blocks",
        "A square of 1,000 by 1,000 cells on 16 ranks. In 16 strips a rank in the middle sends two edges of \
         1,000 cells, 2,000 in all. In 4 by 4 blocks it sends four edges of 250 cells, 1,000 in all.",
    );
    let side = 320.0;
    for (left, rows, columns) in [(20.0, 16_u32, 1_u32), (620.0, 4, 4)] {
        let (height, width) = (side / f64::from(rows), side / f64::from(columns));
        for row in 0..rows {
            for column in 0..columns {
                let at = (
                    left + width * f64::from(column),
                    40.0 + height * f64::from(row),
                );
                let rank = row * columns + column;
                canvas.area(at, (width, height), Paint::Rank(rank));
            }
        }
        let edge = 1000 / columns;
        let edges = if columns == 1 { 2 } else { 4 };
        let words = [
            format!("{rows} × {columns}"),
            format!("{edges} edges"),
            format!("of {} cells", thousands(edge)),
            format!("{} sent", thousands(edges * edge)),
        ];
        for (index, text) in words.iter().enumerate() {
            let place = (left + side + 25.0, 80.0 + 60.0 * index as f64);
            canvas.text(place, Align::Start, text);
        }
    }
    canvas.note(
        (600.0, 384.0),
        Align::Middle,
        "16 ranks, 1,000 × 1,000 cells; sent by a rank in the middle, in a step",
    );
    canvas
}

/// A split with a key, and a rank that takes no part.
pub(crate) fn split_with_key() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "A split by color and key",
        "Five ranks of world, each with a color and a key. Ranks 0, 2 and 4 say red with keys 7, 0 and 7, rank 1 \
         says blue, rank 3 no color. In the red communicator rank 2 becomes 0, because its key is the smallest, \
         rank 0 becomes 1 and rank 4 becomes 2. In the blue one rank 1 is alone. Rank 3 is in neither.",
    );
    canvas.area((170.0, 10.0), (1010.0, 150.0), Paint::Panel);
    canvas.note((20.0, 44.0), Align::Start, "world");
    canvas.note((20.0, 92.0), Align::Start, "color");
    canvas.note((20.0, 134.0), Align::Start, "key");
    let x = |rank: u32| 270.0 + 200.0 * f64::from(rank);
    let told = [
        ("red", "7", Some((0_u32, 1_u32))),
        ("blue", "0", Some((1, 0))),
        ("red", "0", Some((0, 0))),
        ("none", "in neither", None),
        ("red", "7", Some((0, 2))),
    ];
    for (y, width, name) in [(280.0, 620.0, "red"), (280.0, 230.0, "blue")] {
        let left = if name == "red" { 170.0 } else { 950.0 };
        canvas.area((left, y), (width, 140.0), Paint::Panel);
        canvas.note((left + 20.0, y + 114.0), Align::Start, name);
    }
    for (rank, (color, key, place)) in (0..).zip(told) {
        canvas.rank((x(rank), 46.0), rank);
        canvas.note((x(rank), 92.0), Align::Middle, color);
        canvas.note((x(rank), 134.0), Align::Middle, key);
        let Some((group, new)) = place else {
            continue;
        };
        let to = match group {
            0 => (270.0 + 200.0 * f64::from(new), 325.0),
            _ => (1065.0, 325.0),
        };
        canvas.arrow((x(rank), 164.0), (to.0, 274.0), Paint::Rank(rank));
        let at = (to.0 - RANK.0 / 2.0, to.1 - RANK.1 / 2.0);
        canvas.labelled(at, RANK, Paint::Rank(rank), &format!("now {new}"));
    }
    canvas
}

/// The rows and the columns of a grid of ranks, each a communicator.
pub(crate) fn rows_and_columns() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 350.0),
        "Communicators of rows and of columns",
        "Six ranks in two rows and three columns, drawn twice. On the left each row is a communicator of three \
         ranks, on the right each column is one of two. Rank 4 is in the middle of the second row: rank 1 of its \
         row, and rank 1 of its column.",
    );
    let place = |left: f64, rank: u32| -> Point {
        (
            left + 90.0 + 180.0 * f64::from(rank % 3),
            122.0 + 138.0 * f64::from(rank / 3),
        )
    };
    for (left, name) in [(20.0, "one for each row"), (640.0, "one for each column")] {
        canvas.text((left, 30.0), Align::Start, name);
        let is_rows = left < 100.0;
        let parts = if is_rows { 2_u32 } else { 3 };
        for part in 0..parts {
            let first = place(left, if is_rows { 3 * part } else { part });
            let (at, size) = if is_rows {
                ((left, first.1 - 50.0), (540.0, 124.0))
            } else {
                ((first.0 - 82.0, 68.0), (164.0, 270.0))
            };
            canvas.area(at, size, Paint::Panel);
        }
        for rank in 0..6_u32 {
            let at = place(left, rank);
            canvas.rank(at, rank);
            let inside = if is_rows { rank % 3 } else { rank / 3 };
            let text = format!("here {inside}");
            canvas.note((at.0, at.1 + 52.0), Align::Middle, &text);
        }
    }
    canvas
}

/// Messages with the same tag, each in its own communicator.
pub(crate) fn two_worlds() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 340.0),
        "A communicator and its duplicate",
        "Two boxes with ranks 0 and 1 each: world and its duplicate. In each box a message with tag 7 goes from \
         rank 0 to rank 1. No message goes from one box into the other.",
    );
    for (top, name, who) in [
        (10.0, "world", "the caller's message, tag 7"),
        (180.0, "duplicate", "the library's message, tag 7"),
    ] {
        canvas.area((20.0, top), (1160.0, 150.0), Paint::Panel);
        canvas.text((45.0, top + 34.0), Align::Start, name);
        let y = top + 90.0;
        canvas.rank((320.0, y), 0);
        canvas.rank((1050.0, y), 1);
        canvas.arrow((395.0, y), (975.0, y), Paint::Ink);
        canvas.note((685.0, y - 30.0), Align::Middle, who);
    }
    canvas
}

/// Coordinates, and what a shift finds at the ends.
pub(crate) fn cartesian() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 416.0),
        "A Cartesian communicator",
        "Twelve ranks in three rows and four columns, each with its coordinates, from 0, 0 to 2, 3. The \
         dimension of the rows is open: above the first row there is no neighbor. The dimension of the columns \
         is periodic: right of column 3 comes column 0 again.",
    );
    let x = |column: u32| 330.0 + 190.0 * f64::from(column);
    let y = |row: u32| 84.0 + 112.0 * f64::from(row);
    let size = (140.0, 78.0);
    for row in 0..3_u32 {
        for column in 0..4_u32 {
            let rank = 4 * row + column;
            let at = (x(column) - size.0 / 2.0, y(row) - size.1 / 2.0);
            let text = format!("rank {rank}\n({row}, {column})");
            canvas.labelled(at, size, Paint::Rank(rank), &text);
            if column < 3 {
                let from = x(column) + size.0 / 2.0;
                canvas.line((from + 2.0, y(row)), (from + 48.0, y(row)), Paint::Dim);
            }
            if row < 2 {
                let from = y(row) + size.1 / 2.0;
                canvas.line(
                    (x(column), from + 2.0),
                    (x(column), from + 32.0),
                    Paint::Dim,
                );
            }
        }
    }
    // The ring of the middle row is drawn; the others are alike.
    let (left, right) = (x(0) - 72.0, x(3) + 72.0);
    let ends = [(right, y(1)), (right + 45.0, y(1)), (right + 45.0, 372.0)];
    let back = [(left - 45.0, 372.0), (left - 45.0, y(1))];
    let round: Vec<Point> = ends.into_iter().chain(back).collect();
    canvas.polyline(&round, Paint::Ink);
    canvas.arrow((left - 45.0, y(1)), (left - 2.0, y(1)), Paint::Ink);
    canvas.note(
        (600.0, 398.0),
        Align::Middle,
        "periodic: a ring in each row",
    );
    canvas.note(
        (600.0, 22.0),
        Align::Middle,
        "open: nobody above (MPI_PROC_NULL)",
    );
    canvas
}

/// An all-reduce inside the nodes, between their leaders, and inside the nodes again.
pub(crate) fn two_levels() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 367.0),
        "An all-reduce in two levels",
        "Two nodes with four ranks each. First each node reduces to its leader. Then the two leaders make an \
         all-reduce: the only messages between nodes. Then each leader broadcasts to the ranks of its node.",
    );
    for node in 0..2_u32 {
        let left = 20.0 + 600.0 * f64::from(node);
        canvas.area((left, 10.0), (560.0, 350.0), Paint::Panel);
        canvas.note((left + 20.0, 32.0), Align::Start, &format!("node {node}"));
        let place = |seat: u32| left + 75.0 + 136.0 * f64::from(seat);
        let leader = (place(0), 202.0);
        for seat in 0..4_u32 {
            let rank = 4 * node + seat;
            for y in [84.0, 320.0] {
                let at = (place(seat) - 50.0, y - 27.0);
                canvas.labelled(at, (100.0, 54.0), Paint::Rank(rank), &rank.to_string());
            }
            let inward = 12.0 * f64::from(seat);
            canvas.arrow((place(seat), 114.0), (leader.0 + inward, 172.0), Paint::Ink);
            canvas.arrow((leader.0 + inward, 232.0), (place(seat), 290.0), Paint::Ink);
        }
        let at = (leader.0 - 50.0, leader.1 - 27.0);
        canvas.labelled(at, (100.0, 54.0), Paint::Rank(4 * node), "leader");
        let x = left + 540.0;
        canvas.note((x, 148.0), Align::End, "1. reduce");
        canvas.note((x, 250.0), Align::End, "3. broadcast");
    }
    canvas.arrow((150.0, 202.0), (640.0, 202.0), Paint::Ink);
    canvas.arrow((640.0, 202.0), (150.0, 202.0), Paint::Ink);
    canvas.note((390.0, 180.0), Align::Middle, "2. all-reduce");
    canvas
}

//! Who computes what: static splits and their load, chunks, and workers that are started later.

use super::canvas::{Align, Canvas, Paint, RANK};

/// Rows of the picture.
const ROWS: usize = 60;
/// The ranks among which they are split.
const RANKS: usize = 4;

/// How many steps each row of a Julia set takes: that of exercise 11's demo, at 80 by 60 pixels.
fn steps_of_rows() -> Vec<u32> {
    let (width, limit, c) = (80_usize, 255_u32, (-0.8, 0.156));
    let pixel = 3.2 / width as f64;
    let from_middle = |index: usize, length: usize| index as f64 + 0.5 - 0.5 * length as f64;
    let steps = |column: usize, row: usize| {
        let (mut x, mut y) = (
            from_middle(column, width) * pixel,
            from_middle(row, ROWS) * pixel,
        );
        let mut steps = 0;
        while steps < limit && x * x + y * y <= 4.0 {
            (x, y) = (x * x - y * y + c.0, 2.0 * x * y + c.1);
            steps += 1;
        }
        steps
    };
    (0..ROWS)
        .map(|row| (0..width).map(|column| steps(column, row)).sum())
        .collect()
}

/// The rows as bars in the colours of the ranks that compute them, and the share of each rank.
fn rows_of_ranks(canvas: &mut Canvas, owner: impl Fn(usize) -> usize) {
    let rows = steps_of_rows();
    let most = rows.iter().copied().max().unwrap_or(1);
    let all: u32 = rows.iter().sum();
    let (left, base, high) = (30.0, 310.0, 270.0);
    let bar = 14.0;
    let mut loads = [0_u32; RANKS];
    for (row, steps) in rows.iter().enumerate() {
        let rank = owner(row);
        loads[rank] += steps;
        let height = high * f64::from(*steps) / f64::from(most);
        let at = (left + bar * row as f64, base - height);
        canvas.area(at, (bar, height), Paint::Rank(rank as u32));
    }
    canvas.note((left, 344.0), Align::Start, "first row");
    let right = left + bar * ROWS as f64;
    canvas.note((right, 344.0), Align::End, "last row");
    canvas.note((left, 22.0), Align::Start, "steps of each row");
    for (rank, load) in loads.iter().enumerate() {
        let y = 46.0 + 72.0 * rank as f64;
        canvas.rank((970.0, y), rank as u32);
        let share = 100.0 * f64::from(*load) / f64::from(all);
        canvas.text((1055.0, y), Align::Start, &format!("{share:.0} %"));
    }
    let imbalance =
        f64::from(loads.iter().copied().max().unwrap_or(0)) * RANKS as f64 / f64::from(all);
    let text = format!("most / mean: {imbalance:.2}");
    canvas.text((895.0, 336.0), Align::Start, &text);
}

/// Neighbouring rows for each rank.
pub(crate) fn blocks() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 366.0),
        "Rows of a Julia set in blocks",
        "60 rows of a Julia set as bars, as high as the steps that they take: rows in the middle take most. Four \
         ranks have 15 neighboring rows each. Ranks 1 and 2, in the middle, have most of the work.",
    );
    rows_of_ranks(&mut canvas, |row| row * RANKS / ROWS);
    canvas
}

/// Rows assigned to ranks in turn.
pub(crate) fn cyclic() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 366.0),
        "Rows of a Julia set assigned in turn",
        "The same 60 rows. Row 0 belongs to rank 0, row 1 to rank 1, and so on; after rank 3 it is rank 0's turn \
         again. All four ranks have nearly the same work.",
    );
    rows_of_ranks(&mut canvas, |row| row % RANKS);
    canvas
}

/// Chunks of one length, and of lengths that get smaller, with two workers.
pub(crate) fn chunks() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "Large chunks, and chunks that get smaller",
        "Two workers and 24 rows that take equally long, but worker 1 began late. With three chunks of 8 rows, \
         worker 0 takes two, worker 1 one, and worker 0 works alone at the end. With chunks of 6, 5, 4, 3, 2, 1, 1, 1 \
         and 1 rows both end at nearly the same time.",
    );
    let row = 46.0;
    for (top, name, chunks) in [
        (10.0, "three chunks of 8", &[8, 8, 8][..]),
        (
            215.0,
            "chunks that get smaller",
            &[6, 5, 4, 3, 2, 1, 1, 1, 1][..],
        ),
    ] {
        canvas.note((190.0, top + 14.0), Align::Start, name);
        // Worker 1 is late by three rows.
        let mut free = [0_u32, 3];
        for worker in 0..2_u32 {
            let y = top + 34.0 + 74.0 * f64::from(worker);
            let text = format!("worker {worker}");
            canvas.labelled((10.0, y), (160.0, 62.0), Paint::Rank(worker), &text);
        }
        for chunk in chunks {
            let worker = usize::from(free[1] < free[0]);
            let y = top + 34.0 + 74.0 * worker as f64;
            let at = (190.0 + row * f64::from(free[worker]), y);
            let size = (row * f64::from(*chunk) - 3.0, 62.0);
            canvas.labelled(at, size, Paint::Rank(worker as u32), &chunk.to_string());
            free[worker] += chunk;
        }
        let end = free[0].max(free[1]);
        for (worker, free) in free.into_iter().enumerate() {
            let y = top + 65.0 + 74.0 * worker as f64;
            if free < end {
                let x = |rows: u32| 190.0 + row * f64::from(rows);
                canvas.dashed((x(free) + 4.0, y), (x(end) - 4.0, y), Paint::Dim);
            }
        }
    }
    canvas
}

/// Two groups of processes, and what connects them.
pub(crate) fn intercommunicator() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 390.0),
        "An intercommunicator",
        "Two managers, ranks 0 and 1 in their own world, and three workers, ranks 0, 1 and 2 in theirs. An \
         intercommunicator connects the two groups: a message from manager 0 to rank 1 goes to worker 1, not to \
         manager 1.",
    );
    for (top, name, ranks) in [
        (10.0, "managers: size 2, remote size 3", 2_u32),
        (250.0, "workers: size 3, remote size 2", 3),
    ] {
        canvas.area((20.0, top), (1160.0, 130.0), Paint::Panel);
        canvas.note((1160.0, top + 65.0), Align::End, name);
        for rank in 0..ranks {
            canvas.rank((120.0 + 190.0 * f64::from(rank), top + 65.0), rank);
        }
    }
    canvas.arrow((120.0, 112.0), (300.0, 278.0), Paint::Ink);
    canvas.note((250.0, 195.0), Align::Start, "send to rank 1");
    canvas.note(
        (620.0, 195.0),
        Align::Start,
        "one intercommunicator between them",
    );
    canvas
}

/// The last message to each worker, and the barrier before both sides part.
pub(crate) fn parting() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 360.0),
        "Parting in an order that both sides know",
        "Time from left to right. The manager is in the middle. It sends a stop message to each of two workers. Each worker leaves its \
         loop. All three meet in a barrier, and then disconnect.",
    );
    // The manager is between its workers, so that no message passes another lane.
    let lane = |rank: u32| [180.0, 60.0, 300.0][rank as usize];
    for (rank, name) in [(0_u32, "manager"), (1, "worker 0"), (2, "worker 1")] {
        let at = (10.0, lane(rank) - RANK.1 / 2.0);
        canvas.labelled(at, (160.0, RANK.1), Paint::Rank(rank), name);
        canvas.line((172.0, lane(rank)), (1190.0, lane(rank)), Paint::Dim);
    }
    let boxed = |canvas: &mut Canvas, rank: u32, x: f64, width: f64, class, text: &str| {
        let at = (x, lane(rank) - 29.0);
        canvas.labelled(at, (width, 58.0), Paint::Call(class), text);
    };
    use trace::Class::{Collective, Other, Receive, Send};
    for worker in 1..3_u32 {
        let x = 190.0 + 150.0 * f64::from(worker - 1);
        boxed(&mut canvas, 0, x, 135.0, Send, "stop");
        let waits = x + 40.0 - 190.0;
        canvas.hollow(
            (190.0, lane(worker) - 29.0),
            (waits, 58.0),
            Paint::Call(Receive),
        );
        boxed(&mut canvas, worker, x + 40.0, 125.0, Receive, "receive");
        let down = (lane(worker) - lane(0)).signum();
        canvas.arrow(
            (x + 67.0, lane(0) + 31.0 * down),
            (x + 80.0, lane(worker) - 32.0 * down),
            Paint::Ink,
        );
    }
    for rank in 0..3 {
        let from = [490.0, 360.0, 520.0][rank as usize];
        if from < 520.0 {
            let at = (from, lane(rank) - 29.0);
            canvas.hollow(at, (520.0 - from, 58.0), Paint::Call(Collective));
        }
        boxed(&mut canvas, rank, 520.0, 260.0, Collective, "barrier");
        boxed(&mut canvas, rank, 800.0, 370.0, Other, "disconnect");
    }
    canvas
}

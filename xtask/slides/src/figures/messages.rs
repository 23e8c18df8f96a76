//! Messages between two ranks, and chains of such pairs.

use super::{
    canvas::{Align, Canvas, Paint, RANK},
    lanes::Lanes,
};
use trace::Class;

/// Six ranks in one communicator.
pub(crate) fn communicator() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 300.0),
        "A communicator",
        "Six ranks, 0 to 5, inside one box named world: its size is 6.",
    );
    canvas.area((20.0, 20.0), (1160.0, 260.0), Paint::Panel);
    canvas.text((50.0, 62.0), Align::Start, "world: size 6");
    for rank in 0..6_u32 {
        canvas.rank((125.0 + 190.0 * f64::from(rank), 170.0), rank);
    }
    canvas
}

/// Split by colour: even and odd.
pub(crate) fn split() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 480.0),
        "Splitting a communicator",
        "The six ranks of world are split by colour, their rank modulo 2. Ranks 0, 2 and 4 become ranks 0, 1 \
         and 2 of one new communicator; ranks 1, 3 and 5 become ranks 0, 1 and 2 of another.",
    );
    canvas.area((20.0, 20.0), (1160.0, 150.0), Paint::Panel);
    canvas.text((45.0, 50.0), Align::Start, "world");
    for colour in 0..2_u32 {
        let x = 20.0 + 600.0 * f64::from(colour);
        canvas.area((x, 310.0), (560.0, 150.0), Paint::Panel);
        canvas.text((x + 25.0, 435.0), Align::Start, &format!("colour {colour}"));
    }
    for rank in 0..6_u32 {
        let from = (125.0 + 190.0 * f64::from(rank), 110.0);
        let (colour, new) = (rank % 2, rank / 2);
        let to = (
            125.0 + 600.0 * f64::from(colour) + 175.0 * f64::from(new),
            365.0,
        );
        canvas.rank(from, rank);
        canvas.arrow((from.0, 174.0), (to.0, 306.0), Paint::Rank(rank));
        let at = (to.0 - RANK.0 / 2.0, to.1 - RANK.1 / 2.0);
        let text = format!("now {new}");
        canvas.labelled(at, RANK, Paint::Rank(rank), &text);
    }
    canvas
}

/// A message from one memory to another.
pub(crate) fn send_receive() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 330.0),
        "Send and receive",
        "Rank 0 sends the number 21.5 with tag 7 to rank 1. Rank 1 receives from rank 0. The message carries \
         sender, tag and data.",
    );
    for (rank, call) in [(0_u32, "send to 1"), (1, "receive from 0")] {
        let x = 30.0 + 830.0 * f64::from(rank);
        canvas.area((x, 30.0), (310.0, 270.0), Paint::Panel);
        canvas.rank((x + 155.0, 80.0), rank);
        canvas.note((x + 155.0, 160.0), Align::Middle, call);
        let value = [("21.5", Paint::Rank(0))];
        canvas.cells((x + 95.0, 200.0), (120.0, 66.0), &value);
    }
    canvas.arrow((250.0, 233.0), (950.0, 233.0), Paint::Ink);
    canvas.note((600.0, 190.0), Align::Middle, "from 0, tag 7, 8 bytes");
    canvas
}

/// A short message does not wait for its receiver.
pub(crate) fn eager() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 380.0),
        "Eager: a short message goes at once",
        "Rank 0 sends 8 bytes: the data goes at once into a buffer at rank 1, and send returns. Rank 1 computes \
         until it receives, and takes the message out of the buffer.",
    );
    let lanes = Lanes::new(&mut canvas, 2, 70.0, 190.0);
    lanes.call(&mut canvas, 0, (5.0, 20.0), Class::Send, "send");
    lanes.call(&mut canvas, 0, (20.0, 95.0), Class::Compute, "goes on");
    lanes.call(&mut canvas, 1, (2.0, 65.0), Class::Compute, "computes");
    lanes.call(&mut canvas, 1, (65.0, 83.0), Class::Receive, "receive");
    lanes.message(&mut canvas, (0, 10.0), (1, 24.0), Paint::Ink);
    canvas.note((455.0, 165.0), Align::Start, "8 bytes, into a buffer");
    canvas.arrow((430.0, 300.0), (868.0, 300.0), Paint::Dim);
    canvas.note((640.0, 335.0), Align::Middle, "waits in the buffer");
    canvas
}

/// A long message meets its receiver first.
pub(crate) fn rendezvous() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 380.0),
        "Rendezvous: a long message waits for its receiver",
        "Rank 0 sends 8 megabytes: it only asks rank 1 whether the data may come, and waits in send. When rank \
         1 receives, it says come, and the data goes over. Then both return.",
    );
    let lanes = Lanes::new(&mut canvas, 2, 70.0, 190.0);
    lanes.call(
        &mut canvas,
        0,
        (5.0, 90.0),
        Class::Send,
        "send waits for the receiver, then for the data",
    );
    lanes.call(&mut canvas, 1, (2.0, 45.0), Class::Compute, "computes");
    lanes.call(&mut canvas, 1, (45.0, 90.0), Class::Receive, "receive");
    lanes.message(&mut canvas, (0, 8.0), (1, 14.0), Paint::Dim);
    lanes.message(&mut canvas, (1, 48.0), (0, 54.0), Paint::Dim);
    lanes.message(&mut canvas, (0, 58.0), (1, 86.0), Paint::Ink);
    canvas.note((325.0, 165.0), Align::Start, "8 MB?");
    canvas.note((670.0, 165.0), Align::End, "come");
    canvas.text((1010.0, 140.0), Align::Start, "8 MB");
    canvas
}

fn nobody_goes_on(canvas: &mut Canvas, class: Class, call: &str, never: &str) {
    let lanes = Lanes::new(canvas, 2, 60.0, 200.0);
    for rank in 0..2 {
        lanes.call(canvas, rank, (5.0, 70.0), class, call);
        let text = format!("{never}: never reached");
        let (x, y) = lanes.at(rank, 86.0);
        let down = if rank == 0 { -1.0 } else { 1.0 };
        canvas.note((x - 30.0, y - 46.0 * down), Align::Middle, &text);
    }
    canvas.bent((520.0, 92.0), (450.0, 160.0), (520.0, 228.0), Paint::Wrong);
    canvas.bent((620.0, 228.0), (690.0, 160.0), (620.0, 92.0), Paint::Wrong);
    canvas.warning((455.0, 160.0), Align::End, "waits for");
    canvas.warning((690.0, 160.0), Align::Start, "waits for");
}

/// Both ranks receive first.
pub(crate) fn both_receive() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 320.0),
        "Both receive first",
        "Ranks 0 and 1 both stay in receive. Each waits for what the other would send afterwards, and that \
         line is never reached.",
    );
    nobody_goes_on(
        &mut canvas,
        Class::Receive,
        "receive from the other",
        "send",
    );
    canvas
}

/// Both ranks send first.
pub(crate) fn both_send() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 320.0),
        "Both send first",
        "Ranks 0 and 1 both stay in send with a long message. Each waits until the other receives, and that \
         line is never reached.",
    );
    nobody_goes_on(
        &mut canvas,
        Class::Send,
        "send 8 MB to the other",
        "receive",
    );
    canvas
}

/// Neighbours exchange in two phases.
pub(crate) fn odd_even() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 460.0),
        "Odd and even",
        "Six ranks in a row. First even ranks exchange with the neighbour to their right: 0 with 1, 2 with 3, \
         4 with 5. Then with the one to their left: 1 with 2, 3 with 4. In each phase every rank has one \
         partner at most, so there is no circle.",
    );
    for (phase, first) in [(0_u32, 0_u32), (1, 1)] {
        let y = 75.0 + 225.0 * f64::from(phase);
        canvas.text(
            (20.0, y - 50.0),
            Align::Start,
            ["first", "then"][phase as usize],
        );
        for rank in 0..6_u32 {
            canvas.rank((145.0 + 185.0 * f64::from(rank), y), rank);
        }
        let mut left = first;
        while left + 1 < 6 {
            let (from, to) = (
                145.0 + 185.0 * f64::from(left),
                145.0 + 185.0 * f64::from(left + 1),
            );
            let below = ((from + to) / 2.0, y + 125.0);
            canvas.bent((from, y + 34.0), below, (to, y + 34.0), Paint::Ink);
            canvas.bent((to, y + 34.0), below, (from, y + 34.0), Paint::Ink);
            left += 2;
        }
    }
    canvas
}

/// A token goes round.
pub(crate) fn ring() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 470.0),
        "A ring",
        "Five ranks in a circle. Rank 0 sends to 1, 1 to 2, and so on; rank 4 sends to rank 0. The next of a \
         rank is its rank plus 1, modulo the size.",
    );
    let middle = (600.0, 235.0);
    let place = |rank: f64| {
        let angle = std::f64::consts::TAU * (rank / 5.0 - 0.25);
        (
            middle.0 + 330.0 * angle.cos(),
            middle.1 + 175.0 * angle.sin(),
        )
    };
    for rank in 0..5_u32 {
        let at = |share: f64| place(f64::from(rank) + share);
        canvas.bent(at(0.27), at(0.5), at(0.73), Paint::Ink);
    }
    for rank in 0..5_u32 {
        canvas.rank(place(f64::from(rank)), rank);
    }
    canvas.text((600.0, 225.0), Align::Middle, "next = (rank + 1) % size");
    canvas
}

/// Everybody shifts by one at once, with open ends.
pub(crate) fn sendrecv_chain() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 300.0),
        "A chain of sendrecv",
        "Five ranks in a row; each sends to its right and receives from its left in one call. Left of rank 0 \
         and right of rank 4 is PROC_NULL: nobody, and the call does nothing there.",
    );
    for rank in 0..5_u32 {
        let x = 230.0 + 185.0 * f64::from(rank);
        canvas.rank((x, 120.0), rank);
        canvas.arrow((x + 67.0, 120.0), (x + 118.0, 120.0), Paint::Ink);
    }
    canvas.arrow((112.0, 120.0), (163.0, 120.0), Paint::Dim);
    canvas.note((56.0, 120.0), Align::Middle, "nobody");
    canvas.note((1145.0, 120.0), Align::Middle, "nobody");
    canvas.note(
        (600.0, 220.0),
        Align::Middle,
        "one call on every rank: send to the right and receive from the left",
    );
    canvas.note((600.0, 262.0), Align::Middle, "nobody is PROC_NULL");
    canvas
}

/// Slices out, partial sums back.
pub(crate) fn parallel_sum() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 480.0),
        "A parallel sum, step by step",
        "Rank 0 has 1 to 8 and sends each rank two of them. The ranks add up: 3, 7, 11, 15. They send their \
         partial sums to rank 0, which adds them: 36.",
    );
    for (row, text) in ["slices", "partial sums", "the sum"]
        .into_iter()
        .enumerate()
    {
        canvas.note((20.0, 65.0 + 170.0 * row as f64), Align::Start, text);
    }
    for rank in 0..4_u32 {
        let x = 220.0 + 245.0 * f64::from(rank);
        let (one, two) = ((2 * rank + 1).to_string(), (2 * rank + 2).to_string());
        let cells = [
            (one.as_str(), Paint::Rank(rank)),
            (two.as_str(), Paint::Rank(rank)),
        ];
        canvas.cells((x, 32.0), (105.0, 66.0), &cells);
        canvas.arrow((x + 105.0, 100.0), (x + 105.0, 198.0), Paint::Ink);
        let sum = (4 * rank + 3).to_string();
        canvas.cells(
            (x + 50.0, 202.0),
            (110.0, 66.0),
            &[(&sum, Paint::Rank(rank))],
        );
        canvas.arrow(
            (x + 105.0, 270.0),
            (588.0 + 8.0 * f64::from(rank), 368.0),
            Paint::Ink,
        );
        canvas.note((x + 118.0, 150.0), Align::Start, &format!("rank {rank}"));
    }
    canvas.cells((530.0, 372.0), (140.0, 72.0), &[("36", Paint::Rank(0))]);
    canvas.note((690.0, 408.0), Align::Start, "on rank 0");
    canvas
}

/// Communication behind computing.
pub(crate) fn overlap() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 440.0),
        "Overlap of communication and computing",
        "Above, a rank receives its neighbour's edge, and then computes inside and edge. Below, it starts the \
         receive, computes the inside meanwhile, waits a moment, and computes the edge: it ends sooner.",
    );
    canvas.text((20.0, 35.0), Align::Start, "one after the other");
    canvas.text((20.0, 225.0), Align::Start, "at the same time");
    let mut bar = |x: f64, y: f64, width: f64, class: Class, text: &str| {
        canvas.labelled((x, y), (width, 60.0), Paint::Call(class), text);
    };
    bar(20.0, 65.0, 330.0, Class::Receive, "receive the edge");
    bar(354.0, 65.0, 520.0, Class::Compute, "compute the inside");
    bar(878.0, 65.0, 260.0, Class::Compute, "compute the edge");
    bar(20.0, 255.0, 110.0, Class::Receive, "start");
    bar(134.0, 255.0, 520.0, Class::Compute, "compute the inside");
    bar(658.0, 255.0, 90.0, Class::Wait, "wait");
    bar(752.0, 255.0, 260.0, Class::Compute, "compute the edge");
    canvas.arrow((75.0, 350.0), (700.0, 350.0), Paint::Ink);
    canvas.note(
        (390.0, 385.0),
        Align::Middle,
        "the message travels meanwhile",
    );
    canvas.dashed((1014.0, 240.0), (1014.0, 400.0), Paint::Dim);
    canvas.dashed((1140.0, 50.0), (1140.0, 400.0), Paint::Dim);
    canvas.note((1130.0, 350.0), Align::End, "saved");
    canvas
}

/// Rows, and copies of the neighbours' rows.
pub(crate) fn halo() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 480.0),
        "Halo exchange",
        "Two ranks, each with three rows of a grid and one row beside them that is a copy of the neighbour's \
         outermost row. Each sends its outermost row into the other's copy.",
    );
    for rank in 0..2_u32 {
        let x = 40.0 + 640.0 * f64::from(rank);
        let other = 1 - rank;
        canvas.rank((x + 240.0, 50.0), rank);
        for row in 0..4_u32 {
            let y = 110.0 + 88.0 * f64::from(row);
            let halo = if rank == 0 { row == 3 } else { row == 0 };
            let text = if halo {
                format!("copy of a row of rank {other}")
            } else {
                format!("row {}", if rank == 0 { row } else { row + 2 })
            };
            let paint = if halo {
                Paint::Panel
            } else {
                Paint::Rank(rank)
            };
            canvas.labelled((x, y), (480.0, 76.0), paint, &text);
        }
    }
    canvas.arrow((522.0, 324.0), (678.0, 148.0), Paint::Ink);
    canvas.arrow((678.0, 236.0), (522.0, 412.0), Paint::Ink);
    canvas
}

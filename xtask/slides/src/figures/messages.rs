//! Messages between two ranks, and chains of such pairs.

use super::{
    canvas::{Align, Canvas, Paint, Point, RANK},
    recorded::{self, Run},
    spacetime::{Lanes, Spacetime, size},
};

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
        (1200.0, 400.0),
        "Splitting a communicator",
        "The six ranks of world are split by color, their rank modulo 2. Ranks 0, 2 and 4 become ranks 0, 1 \
         and 2 of one new communicator; ranks 1, 3 and 5 become ranks 0, 1 and 2 of another.",
    );
    canvas.area((20.0, 10.0), (1160.0, 125.0), Paint::Panel);
    canvas.text((45.0, 36.0), Align::Start, "world");
    for colour in 0..2_u32 {
        let x = 20.0 + 600.0 * f64::from(colour);
        canvas.area((x, 265.0), (560.0, 125.0), Paint::Panel);
        canvas.text((x + 25.0, 366.0), Align::Start, &format!("color {colour}"));
    }
    for rank in 0..6_u32 {
        let from = (125.0 + 190.0 * f64::from(rank), 93.0);
        let (colour, new) = (rank % 2, rank / 2);
        let to = (
            125.0 + 600.0 * f64::from(colour) + 175.0 * f64::from(new),
            307.0,
        );
        canvas.rank(from, rank);
        canvas.arrow((from.0, 139.0), (to.0, 261.0), Paint::Rank(rank));
        let at = (to.0 - RANK.0 / 2.0, to.1 - RANK.1 / 2.0);
        let text = format!("now {new}");
        canvas.labelled(at, RANK, Paint::Rank(rank), &text);
    }
    canvas
}

/// A message from one rank to another.
pub(crate) fn send_receive() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 330.0),
        "Send and receive",
        "Time goes from left to right. Rank 0 has the number 21.5 and sends it with tag 7 to rank 1. Rank 1 \
         receives from rank 0: it waits until the message has arrived, and then has the number. The message \
         carries sender, tag and data.",
    );
    let run = recorded::send_receive();
    let lanes = Lanes {
        travel: 120.0,
        ..two(70.0, 190.0)
    };
    let picture = Spacetime::new(&run, lanes);
    picture.draw(&mut canvas);
    for (message, flight) in run.messages.iter().zip(&picture.clock.flights) {
        let (sender, receiver) = (message.sent.0, message.posted.0);
        let (from, to) = (
            picture.at(sender, flight.sent),
            picture.at(receiver, flight.arrived),
        );
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let length = size(message.bytes);
        let text = format!("from {sender}, tag {}, {length}", message.tag);
        canvas.note((middle.0 + 50.0, middle.1 - 22.0), Align::Start, &text);
    }
    // This is the first figure of its kind.
    canvas.note((1170.0, 312.0), Align::End, "dashed: it waits");
    canvas
}

/// A short message does not wait for its receiver. It is drawn in the time of [`rendezvous`], so that the
/// two sends can be compared.
pub(crate) fn eager() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 380.0),
        "Eager: a short message is sent at once",
        "Rank 0 sends 8 bytes: the data goes at once into a buffer at rank 1, and send returns. Rank 1 computes \
         until it receives, and takes the message out of the buffer.",
    );
    let run = recorded::eager();
    let long = recorded::rendezvous();
    let lanes = eager_or_rendezvous();
    let picture = Spacetime::new(&run, lanes).in_time_with(&Spacetime::new(&long, lanes));
    picture.draw(&mut canvas);
    for (message, flight) in run.messages.iter().zip(&picture.clock.flights) {
        let receiver = message.posted.0;
        let (from, to) = (
            picture.at(message.sent.0, flight.sent),
            picture.at(receiver, flight.arrived),
        );
        let text = format!("{}, into a buffer", size(message.bytes));
        canvas.note(((from.0 + to.0) / 2.0 + 45.0, 165.0), Align::Start, &text);
        let taken = picture.clock.at(message.posted).unwrap_or_default().from;
        let (taken, _) = picture.at(receiver, taken);
        canvas.arrow((to.0, 305.0), (taken, 305.0), Paint::Dim);
        canvas.note(
            ((to.0 + taken) / 2.0, 340.0),
            Align::Middle,
            "waits in the buffer",
        );
    }
    canvas
}

/// A long message meets its receiver first.
pub(crate) fn rendezvous() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 380.0),
        "Rendezvous: a long message waits for its receiver",
        "Rank 0 sends 8 megabytes: at first it only asks rank 1 whether it may send, and waits. When rank 1 \
         receives, it answers yes, and the data is transferred. Then both calls return.",
    );
    let run = recorded::rendezvous();
    let picture = Spacetime::new(&run, eager_or_rendezvous());
    picture.draw(&mut canvas);
    for (message, flight) in run.messages.iter().zip(&picture.clock.flights) {
        let (sender, receiver) = (message.sent.0, message.posted.0);
        let [send, receive] =
            [message.sent, message.posted].map(|at| picture.clock.at(at).unwrap_or_default());
        // What MPI asks and answers is no call of anybody and not recorded: it is drawn where it must
        // have been, after the one rank has come and after the other.
        let length = size(message.bytes);
        let travel = flight.arrived - flight.sent;
        let inset = 14.0;
        for (from, to, left, text, align) in [
            (
                sender,
                receiver,
                send.from,
                format!("{length}?"),
                Align::Start,
            ),
            (
                receiver,
                sender,
                receive.from,
                String::from("yes"),
                Align::End,
            ),
        ] {
            let (from, to) = (
                picture.edge(from, left + inset, to),
                picture.edge(to, left + inset + travel, from),
            );
            canvas.arrow(from, to, Paint::Dim);
            let beside = if align == Align::Start { 24.0 } else { -24.0 };
            let place = (
                from.0 + 0.25 * (to.0 - from.0) + beside,
                from.1 + 0.25 * (to.1 - from.1),
            );
            canvas.note(place, align, &text);
        }
        let (from, to) = (
            picture.at(sender, flight.sent),
            picture.at(receiver, flight.arrived),
        );
        canvas.text(((from.0 + to.0) / 2.0 + 36.0, 165.0), Align::Start, &length);
    }
    canvas
}

fn eager_or_rendezvous() -> Lanes {
    Lanes {
        travel: 110.0,
        ..two(70.0, 190.0)
    }
}

/// Two lanes, `step` apart.
fn two(top: f64, step: f64) -> Lanes {
    Lanes {
        top,
        step,
        left: 170.0,
        right: 1170.0,
        travel: 100.0,
        peers: true,
        data: None,
    }
}

/// A run in which ranks wait for each other, and what they never come to.
fn nobody_goes_on(canvas: &mut Canvas, run: &Run, never: &str) {
    let lanes = Lanes {
        right: 870.0,
        ..two(60.0, 200.0)
    };
    let picture = Spacetime::new(run, lanes);
    picture.draw(canvas);
    picture.waits(canvas);
    for rank in 0..2 {
        let (x, y) = picture.at(rank, picture.clock.end);
        let text = format!("{never}:\nnever reached");
        canvas.labelled((x + 40.0, y - 40.0), (250.0, 80.0), Paint::Panel, &text);
    }
}

/// Both ranks receive first.
pub(crate) fn both_receive() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 320.0),
        "Both receive first",
        "Ranks 0 and 1 both stay in receive. Each waits for a send that the other never reaches.",
    );
    nobody_goes_on(&mut canvas, &recorded::both_receive(), "send");
    canvas
}

/// Both ranks send first.
pub(crate) fn both_send() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 320.0),
        "Both send first",
        "Ranks 0 and 1 both stay in send with a long message. Each waits for a receive that the other never \
         reaches.",
    );
    nobody_goes_on(&mut canvas, &recorded::both_send(), "receive");
    canvas
}

/// Neighbours exchange in two phases.
pub(crate) fn odd_even() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 580.0),
        "Odd and even",
        "Six ranks in a row, time from left to right. First even ranks exchange with the neighbor on their \
         right: 0 with 1, 2 with 3, 4 with 5. Then with the one on their left: 1 with 2, 3 with 4. In each \
         phase every rank has at most one partner, so there is no cycle.",
    );
    let run = recorded::odd_even();
    let lanes = Lanes {
        travel: 40.0,
        ..two(40.0, 100.0)
    };
    let picture = Spacetime::new(&run, lanes);
    picture.draw(&mut canvas);
    canvas
}

/// Every rank sends to the next.
pub(crate) fn ring() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "A ring",
        "Five ranks in a circle. Rank 0 sends to 1, 1 to 2, and so on; rank 4 sends to rank 0. The next rank is \
         the rank plus 1, modulo the size.",
    );
    let run = recorded::ring();
    let size = run.ranks.len() as u32;
    let middle = (600.0, 205.0);
    let place = |rank: f64| {
        let angle = std::f64::consts::TAU * (rank / f64::from(size) - 0.25);
        (
            middle.0 + 330.0 * angle.cos(),
            middle.1 + 165.0 * angle.sin(),
        )
    };
    // From box to box, with so much air.
    let outside = |at: Point, rank: u32| {
        let middle = place(f64::from(rank));
        (at.0 - middle.0).abs() > RANK.0 / 2.0 + 6.0 || (at.1 - middle.1).abs() > RANK.1 / 2.0 + 6.0
    };
    for message in &run.messages {
        let (from, to) = (message.sent.0, message.posted.0);
        // How far around the ring the message goes.
        let share = f64::from((to + size - from) % size);
        let at = |part: f64| place(f64::from(from) + part * share);
        let parts = || (0..=100_u32).map(|part| f64::from(part) / 100.0);
        let begin = parts().find(|part| outside(at(*part), from));
        let end = parts().rev().find(|part| outside(at(*part), to));
        let (begin, end) = (at(begin.unwrap_or(0.0)), at(end.unwrap_or(1.0)));
        canvas.bent(begin, at(0.5), end, Paint::Ink);
    }
    for rank in 0..size {
        canvas.rank(place(f64::from(rank)), rank);
    }
    canvas.text((600.0, 195.0), Align::Middle, "next = (rank + 1) % size");
    canvas
}

/// The same ring in time, when only one rank begins by receiving.
pub(crate) fn ring_in_time() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 490.0),
        "A ring in which only rank 0 begins by receiving",
        "Five ranks, time from left to right; each sends to the next, and every send waits for its receive. \
         Rank 4 sends to rank 0, which receives first. Only then does rank 4 receive from rank 3, then rank 3 \
         from rank 2, and so on: the messages go one after the other, in five steps.",
    );
    let run = recorded::ring();
    let lanes = Lanes {
        travel: 60.0,
        peers: false,
        ..two(40.0, 102.0)
    };
    let picture = Spacetime::new(&run, lanes);
    picture.draw(&mut canvas);
    canvas
}

/// All ranks shift by one at once, with open ends.
pub(crate) fn sendrecv_chain() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 540.0),
        "A chain of sendrecv",
        "Five ranks in a row, time from left to right; each sends to its right and receives from its left in \
         one call, all at the same time. Left of rank 0 and right of rank 4 is MPI_PROC_NULL: a rank that does \
         not exist, with which the call does nothing.",
    );
    let run = recorded::chain();
    let lanes = Lanes {
        travel: 60.0,
        ..two(40.0, 102.0)
    };
    let picture = Spacetime::new(&run, lanes);
    picture.draw(&mut canvas);
    canvas.note((670.0, 512.0), Align::Middle, "nobody: MPI_PROC_NULL");
    canvas
}

/// A parallel sum as the array that is summed: its parts, and their sums.
pub(crate) fn sum_in_parts() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "A parallel sum, seen from the array",
        "Rank 0 has the numbers 1 to 8. Ranks 0 to 3 get two of them each: 1 and 2, 3 and 4, 5 and 6, 7 and 8. \
         Each adds up its own: 3, 7, 11, 15. Rank 0 adds the partial sums: 36. The numbers \
         keep the color of rank 0, which they come from; each sum has the color of the rank that adds it up.",
    );
    let rows = [20.0, 130.0, 240.0, 350.0];
    let cell = (80.0, 56.0);
    for (y, text) in rows.into_iter().zip([
        "rank 0 has the array",
        "each rank gets a part",
        "each adds up its own",
        "rank 0 adds the sums",
    ]) {
        canvas.note((20.0, y + cell.1 / 2.0), Align::Start, text);
    }
    let (top, bottom) = (6.0, cell.1 + 4.0);
    for rank in 0..4_u32 {
        let number = |index: u32| (2 * rank + index + 1).to_string();
        let (one, two) = (number(0), number(1));
        let whole = 450.0 + 2.0 * cell.0 * f64::from(rank);
        let part = 360.0 + 220.0 * f64::from(rank);
        for (x, y, paint) in [
            (whole, rows[0], Paint::Rank(0)),
            (part, rows[1], Paint::Rank(0)),
        ] {
            canvas.cells((x, y), cell, &[(&one, paint), (&two, paint)]);
        }
        let middle = part + cell.0;
        let from = (whole + cell.0, rows[0] + bottom);
        canvas.arrow(from, (middle, rows[1] - top), Paint::Ink);
        canvas.arrow(
            (middle, rows[1] + bottom),
            (middle, rows[2] - top),
            Paint::Ink,
        );
        let sum = (4 * rank + 3).to_string();
        let at = (middle - cell.0 / 2.0, rows[2]);
        canvas.labelled(at, cell, Paint::Rank(rank), &sum);
        let to = (770.0 + 20.0 * (f64::from(rank) - 1.5), rows[3] - top);
        canvas.arrow((middle, rows[2] + bottom), to, Paint::Ink);
    }
    canvas.labelled((730.0, rows[3]), cell, Paint::Rank(0), "36");
    canvas
}

/// What the steps of the parallel sum of 1 to 8 on four ranks move: two numbers to each rank, one back.
fn data(rank: u32, step: usize) -> String {
    let part = |rank: usize| format!("{} {}", 2 * rank + 1, 2 * rank + 2);
    let sum = |rank: usize| (4 * rank + 3).to_string();
    let own = rank as usize;
    match (own, step) {
        (0, 0..=2) => part(step + 1),
        (0, 4..=6) => sum(step - 3),
        (1.., 0) => part(own),
        (1.., 2) => sum(own),
        _ => String::new(),
    }
}

/// Parts out, partial sums back.
pub(crate) fn parallel_sum() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 560.0),
        "A parallel sum, step by step",
        "Rank 0 has the numbers 1 to 8. Its steps are numbered: in steps 1 to 3 it sends two numbers to each other \
         rank, 3 and 4, 5 and 6, 7 and 8; in step 4 it adds up its own: 1 plus 2 is 3. The others receive and add up: \
         7, 11, 15. They send these sums to rank 0, which receives them in steps 5 to 7: 36 in all. It is drawn for the strictest case, in which each send waits for its \
         receive.",
    );
    let run = recorded::parallel_sum();
    let lanes = Lanes {
        travel: 50.0,
        peers: false,
        data: Some(data),
        ..two(78.0, 132.0)
    };
    let picture = Spacetime::new(&run, lanes);
    picture.draw(&mut canvas);
    // The last step is no call: it is the result.
    let steps = picture.clock.spans.first().map_or(&[][..], Vec::as_slice);
    for (span, number) in steps.iter().take(steps.len().saturating_sub(1)).zip(1..) {
        let (x, y) = picture.at(0, (span.until + span.to) / 2.0);
        let place = (x, y - picture.tall() / 2.0 - 18.0);
        canvas.note(place, Align::Middle, &format!("{number}"));
    }
    let text = "the strictest case: every send waits for its receive";
    canvas.note((1190.0, 540.0), Align::End, text);
    canvas
}

/// Communication behind computing.
pub(crate) fn overlap() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 520.0),
        "Overlap of communication and computation",
        "Above, rank 0 receives its neighbor's edge, and then computes inside and edge. Below, it starts the \
         receive, computes the inside in the meantime, waits a moment, and computes the edge: it ends sooner.",
    );
    let (first, overlap) = (recorded::receive_first(), recorded::overlap());
    let lanes = Lanes {
        travel: 290.0,
        peers: false,
        ..two(90.0, 100.0)
    };
    let above = Spacetime::new(&first, lanes);
    let lanes = Lanes {
        top: 350.0,
        ..lanes
    };
    let below = Spacetime::new(&overlap, lanes).in_time_with(&above);
    for (picture, text) in [
        (&above, "one after the other"),
        (&below, "at the same time"),
    ] {
        picture.draw(&mut canvas);
        let (_, y) = picture.at(0, 0.0);
        canvas.text((10.0, y - 58.0), Align::Start, text);
    }
    let [(sooner, y), (later, _)] =
        [&below, &above].map(|picture| picture.at(1, picture.clock.end));
    for x in [sooner, later] {
        canvas.line((x, 120.0), (x, y + 60.0), Paint::Dim);
    }
    canvas.note(((sooner + later) / 2.0, y + 42.0), Align::Middle, "saved");
    canvas
}

/// Rows, and copies of the neighbours' rows.
pub(crate) fn halo() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 368.0),
        "Halo exchange",
        "Two ranks, each with three rows of a grid and a ghost row beside them that is a copy of the \
         neighbor's outermost row. Each sends its outermost row into the other's copy.",
    );
    for rank in 0..2_u32 {
        let x = 40.0 + 640.0 * f64::from(rank);
        canvas.rank((x + 240.0, 34.0), rank);
        for row in 0..4_u32 {
            let y = 72.0 + 74.0 * f64::from(row);
            let halo = if rank == 0 { row == 3 } else { row == 0 };
            let text = if halo {
                format!("ghost row: copy of row {}", 3 - rank)
            } else {
                format!("row {}", if rank == 0 { row } else { row + 2 })
            };
            let paint = if halo {
                Paint::Panel
            } else {
                Paint::Rank(rank)
            };
            canvas.labelled((x, y), (480.0, 64.0), paint, &text);
        }
    }
    canvas.arrow((522.0, 252.0), (678.0, 104.0), Paint::Ink);
    canvas.arrow((678.0, 178.0), (522.0, 326.0), Paint::Ink);
    canvas
}

//! Time from left to right, one lane for each rank: the way in which the trace draws runs, drawn by
//! hand where a figure shows what should happen.

use super::canvas::{Canvas, Paint, Point};

/// Lanes on a canvas. Times go from 0 to 100.
pub(crate) struct Lanes {
    top: f64,
    step: f64,
    left: f64,
    width: f64,
}

/// How high a call is.
const CALL: f64 = 56.0;

impl Lanes {
    /// Draws the lanes of so many ranks, the first `top` below the edge.
    pub(crate) fn new(canvas: &mut Canvas, ranks: u32, top: f64, step: f64) -> Self {
        let lanes = Self {
            top,
            step,
            left: 170.0,
            width: canvas.width - 200.0,
        };
        for rank in 0..ranks {
            let (_, y) = lanes.at(rank, 0.0);
            canvas.rank((75.0, y), rank);
            canvas.line(lanes.at(rank, 0.0), lanes.at(rank, 100.0), Paint::Dim);
        }
        lanes
    }

    /// The place of a rank at a time.
    pub(crate) fn at(&self, rank: u32, time: f64) -> Point {
        (
            self.left + self.width * time / 100.0,
            self.top + self.step * f64::from(rank),
        )
    }

    /// What a rank does from one time to another.
    pub(crate) fn call(
        &self,
        canvas: &mut Canvas,
        rank: u32,
        (from, to): (f64, f64),
        class: trace::Class,
        text: &str,
    ) {
        let ((left, y), (right, _)) = (self.at(rank, from), self.at(rank, to));
        let size = (right - left, CALL);
        canvas.labelled((left, y - CALL / 2.0), size, Paint::Call(class), text);
    }

    /// A message, from the edge of one lane's calls to that of another's.
    pub(crate) fn message(
        &self,
        canvas: &mut Canvas,
        (sender, sent): (u32, f64),
        (receiver, received): (u32, f64),
        paint: Paint,
    ) {
        let (mut from, mut to) = (self.at(sender, sent), self.at(receiver, received));
        let down = if receiver > sender { 1.0 } else { -1.0 };
        from.1 += down * CALL / 2.0;
        to.1 -= down * CALL / 2.0;
        canvas.arrow(from, to, paint);
    }
}

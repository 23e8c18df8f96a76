//! Time from left to right, a lane for each rank, boxes for calls, arrows for messages: recorded runs,
//! drawn in the way of the trace, as large as a slide needs it.

use super::{
    canvas::{Align, Canvas, LINE_STEP, Paint, Point, Size, extent},
    clock::{Clock, Span},
    recorded::{Call, Peer, Run, Step},
};
use trace::Class;

/// Where the lanes lie, and what stands in the boxes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes {
    /// The middle of the first lane.
    pub(crate) top: f64,
    /// From lane to lane.
    pub(crate) step: f64,
    /// Where time begins.
    pub(crate) left: f64,
    /// Where it ends.
    pub(crate) right: f64,
    /// How long a message travels.
    pub(crate) travel: f64,
    /// Whether calls name the other rank.
    pub(crate) peers: bool,
    /// What a rank's step moves or computes with, as a second line of its box.
    pub(crate) data: Option<fn(u32, usize) -> String>,
}

/// What stands in a box.
struct Label {
    at: Point,
    size: (f64, f64),
    /// That of the box.
    paint: Paint,
    text: String,
}

/// How high a box with one line is.
const BOX: f64 = 52.0;
/// Left and right of a name.
const MARGIN: f64 = 8.0;

/// A run with its lanes and its times.
#[derive(Clone, Debug)]
pub(crate) struct Spacetime<'a> {
    run: &'a Run,
    pub(crate) clock: Clock,
    lanes: Lanes,
    scale: f64,
}

impl<'a> Spacetime<'a> {
    /// All of a run between the ends of its lanes.
    pub(crate) fn new(run: &'a Run, lanes: Lanes) -> Self {
        let width = |text: &str| extent(text, Size::Small) + 2.0 * MARGIN;
        let own = |step: &Step| width(&name(step, lanes.peers));
        // Data are no longer than the names of the calls that move them.
        // It is the names of calls that differ in length, and not the calls.
        let calls = run.ranks.iter().flatten();
        let calls = calls.filter(|step| blocks(step));
        let call = calls.map(own).fold(width("receive"), f64::max);
        let least = |step: &Step| if blocks(step) { call } else { own(step) };
        let clock = Clock::of(run, least, lanes.travel);
        let scale = (lanes.right - lanes.left) / clock.end.max(1.0);
        Self {
            run,
            clock,
            lanes,
            scale,
        }
    }

    /// With the clock of another run, so that the two can be compared.
    pub(crate) fn in_time_with(mut self, other: &Self) -> Self {
        self.scale = other.scale;
        self
    }

    /// The place of a moment on a rank's lane.
    pub(crate) fn at(&self, rank: u32, time: f64) -> Point {
        (
            self.lanes.left + time * self.scale,
            self.lanes.top + self.lanes.step * f64::from(rank),
        )
    }

    /// The same at the edge of its boxes, towards another rank.
    pub(crate) fn edge(&self, rank: u32, time: f64, other: u32) -> Point {
        let (x, y) = self.at(rank, time);
        let down = if other > rank { 1.0 } else { -1.0 };
        (x, y + down * (self.tall() / 2.0 + 3.0))
    }

    /// How high a box is.
    pub(crate) fn tall(&self) -> f64 {
        BOX + self.lanes.data.map_or(0.0, |_| LINE_STEP)
    }

    /// The widest part of a box that no message passes.
    fn clear(&self, rank: u32, (left, right): (f64, f64)) -> (f64, f64) {
        let (_, lane) = self.at(rank, 0.0);
        let flights = self.run.messages.iter().zip(&self.clock.flights);
        let mut passing: Vec<f64> = flights
            .filter_map(|(message, flight)| {
                let (from, to) = (message.sent.0, message.posted.0);
                let between = from.min(to) < rank && rank < from.max(to);
                let (begin, end) = (
                    self.edge(from, flight.sent, to),
                    self.edge(to, flight.arrived, from),
                );
                let part = (lane - begin.1) / (end.1 - begin.1);
                between.then_some(begin.0 + part * (end.0 - begin.0))
            })
            .filter(|x| left < *x && *x < right)
            .collect();
        passing.sort_by(f64::total_cmp);
        let edges = |x: f64| [x - MARGIN, x + MARGIN];
        let bounds: Vec<f64> = std::iter::once(left)
            .chain(passing.into_iter().flat_map(edges))
            .chain(std::iter::once(right))
            .collect();
        let gaps = bounds.chunks_exact(2).map(|gap| (gap[0], gap[1]));
        gaps.max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)))
            .unwrap_or((left, right))
    }

    /// Lanes, boxes and messages. A message passes over the boxes of ranks in between, so that it can be
    /// followed, but under what is written in them.
    pub(crate) fn draw(&self, canvas: &mut Canvas) {
        for rank in (0..).take(self.run.ranks.len()) {
            let (_, y) = self.at(rank, 0.0);
            canvas.rank((self.lanes.left - 95.0, y), rank);
            canvas.line((self.lanes.left, y), (self.lanes.right, y), Paint::Dim);
        }
        let mut labels = Vec::new();
        for (rank, (steps, spans)) in (0..).zip(self.run.ranks.iter().zip(&self.clock.spans)) {
            for (index, (step, span)) in steps.iter().zip(spans).enumerate() {
                let data = self.lanes.data.map(|data| data(rank, index));
                self.step(canvas, rank, (step, data), span, &mut labels);
            }
        }
        for (message, flight) in self.run.messages.iter().zip(&self.clock.flights) {
            let (from, to) = (message.sent.0, message.posted.0);
            canvas.arrow(
                self.edge(from, flight.sent, to),
                self.edge(to, flight.arrived, from),
                Paint::Ink,
            );
        }
        for Label {
            at,
            size,
            paint,
            text,
        } in labels
        {
            canvas.label_over(at, size, paint, &text);
        }
    }

    /// The boxes of a step: dashed where it waits. What stands in them is for later.
    fn step(
        &self,
        canvas: &mut Canvas,
        rank: u32,
        (step, data): (&Step, Option<String>),
        span: &Span,
        labels: &mut Vec<Label>,
    ) {
        let tall = self.tall();
        let [left, until, right] =
            [span.from, span.until, span.to].map(|time| self.at(rank, time).0);
        let top = self.at(rank, 0.0).1 - tall / 2.0;
        let (class, paint) = (class(step), Paint::Call(class(step)));
        let waits = until - left;
        let begin = if waits < 2.0 * MARGIN { left } else { until };
        if begin > left {
            let texts = match class {
                Class::Send => ["send waits", "waits"],
                Class::Receive => ["receive waits", "waits"],
                _ => ["waits", "waits"],
            };
            // Beside the messages that pass, if there is room.
            let whole = (left, left + waits);
            let fits =
                |text: &str, (left, right)| extent(text, Size::Small) + 2.0 * MARGIN < right - left;
            let places = [self.clear(rank, whole), whole];
            let found = places.into_iter().find_map(|place| {
                let text = texts.into_iter().find(|text| fits(text, place))?;
                Some((text, place))
            });
            let (text, (left_of_text, right_of_text)) = found.unwrap_or(("", whole));
            canvas.hollow((left, top), (waits, tall), paint);
            labels.push(Label {
                at: (left_of_text, top),
                size: (right_of_text - left_of_text, tall),
                paint: Paint::Panel,
                text: text.to_owned(),
            });
        }
        let (at, size) = ((begin, top), (right - begin, tall));
        // A call that never returns does nothing but wait.
        let is_open = matches!(step, Step::Call(call) if !call.returned);
        if is_open {
            canvas.hollow(at, size, paint);
        } else {
            canvas.area(at, size, paint);
        }
        let mut text = name(step, self.lanes.peers);
        if let Some(data) = data.filter(|data| !data.is_empty()) {
            text = format!("{text}\n{data}");
        }
        if self.lanes.data.is_some() && matches!(step, Step::Between(_)) {
            text = text.replace(" = ", "\n= ");
        }
        let clear = self.clear(rank, (begin, right));
        let is_room = extent(&text, Size::Small) <= clear.1 - clear.0;
        let (left, right) = if is_room { clear } else { (begin, right) };
        labels.push(Label {
            at: (left, top),
            size: (right - left, tall),
            paint: if is_open { Paint::Panel } else { paint },
            text,
        });
    }

    /// Who waits for whom, in warning colours, between neighbours' boxes: the first towards the left.
    pub(crate) fn waits(&self, canvas: &mut Canvas) {
        let middle = self.clock.end / 2.0;
        for wait in &self.run.waits {
            let side = if wait.from < wait.on { -1.0 } else { 1.0 };
            let (x, from) = self.edge(wait.from, middle, wait.on);
            let (_, to) = self.edge(wait.on, middle, wait.from);
            let x = x + side * 50.0;
            let by = (x + side * 70.0, (from + to) / 2.0);
            canvas.bent((x, from), by, (x, to), Paint::Wrong);
            let align = if side < 0.0 { Align::End } else { Align::Start };
            canvas.warning((x + side * 65.0, by.1), align, "waits for");
        }
    }
}

fn class(step: &Step) -> Class {
    match step {
        Step::Between(_) => Class::Compute,
        Step::Call(call) => match (call.to, call.from) {
            (Some(_), Some(_)) => Class::Exchange,
            (Some(_), None) => Class::Send,
            (None, Some(_)) => Class::Receive,
            (None, None) => Class::Wait,
        },
    }
}

/// What stands in a step's box.
fn name(step: &Step, peers: bool) -> String {
    let call = match step {
        Step::Between(text) => return text.clone(),
        Step::Call(call) => call,
    };
    let with = |word: &str, preposition: &str, peer: Peer| match peer {
        _ if !peers => word.to_owned(),
        Peer::Rank(rank) => format!("{word} {preposition} {rank}"),
        Peer::Any => format!("{word} {preposition} any"),
        Peer::Nobody => format!("{word} {preposition} nobody"),
    };
    match (call.to, call.from) {
        (Some(to), Some(from)) => {
            format!(
                "{}, {}",
                with("send", "to", to),
                with("receive", "from", from)
            )
        }
        (Some(to), None) => {
            // How long it is decides whether it waits, where it never returns.
            let length = call.bytes.filter(|_| !call.returned);
            let word = length.map_or("send".to_owned(), |bytes| format!("send {}", size(bytes)));
            with(&word, "to", to)
        }
        (None, Some(_)) if is_immediate(call) => String::from("start"),
        (None, Some(from)) => with("receive", "from", from),
        (None, None) => String::from("wait"),
    }
}

/// Whether it is a call that returns when its message has gone or come.
fn blocks(step: &Step) -> bool {
    matches!(step, Step::Call(call) if !is_immediate(call) && (call.to, call.from) != (None, None))
}

fn is_immediate(call: &Call) -> bool {
    call.function.starts_with("MPI_I")
}

/// A number of bytes as people say it.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..1_000_000 => format!("{} kB", bytes / 1000),
        1_000_000.. => format!("{} MB", bytes / 1_000_000),
    }
}

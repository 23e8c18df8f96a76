//! The picture: one SVG with a lane for each rank and time from left to right, for slides and lessons.
//!
//! It refers to nothing outside of itself and reads well on a light and on a dark page. What is told by
//! a colour is told by a pattern, a shape or a word as well.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::colour::{class_colour, rank_colour};
use crate::rows::Rows;
use crate::scale::{Axis, Scale};
use crate::words::{self, duration, list, plural, short};
use crate::{Call, Class, End, Meeting, Message, Timeline, merge};

/// How a picture is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// How time is laid out.
    pub scale: Scale,
    /// How wide the picture is, in CSS pixels; at least 480. Its height follows from the ranks.
    pub width: f64,
    /// Whether it is for a light or a dark page.
    pub theme: Theme,
    /// So many calls are drawn in an SVG; of more, most are merged into blocks.
    pub svg_calls: usize,
    /// So many calls are in a page; of more, most are merged into blocks.
    pub html_calls: usize,
    /// What the names inside of the picture begin with: letters, digits and `-`. Two pictures in one
    /// page need two of them.
    pub id: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scale: Scale::Auto,
            width: 1280.0,
            theme: Theme::System,
            svg_calls: 3_000,
            html_calls: 100_000,
            id: "trace".to_owned(),
        }
    }
}

/// The page on which a picture lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// What the reader's system prefers.
    #[default]
    System,
    /// Light, for a projector.
    Light,
    /// Dark.
    Dark,
}

/// Where words have room on the left.
const LEFT: f64 = 104.0;
/// What remains on the right.
const RIGHT: f64 = 24.0;
/// What remains on the right if there is a deadlock to draw.
const RIGHT_STUCK: f64 = 270.0;
/// How far bars of calls that never came back stick out.
const TAIL: f64 = 16.0;
/// The widest bow of an arrow of the deadlock.
const BOW: f64 = 84.0;
/// Beyond so many messages their lines become thin and lose their heads.
const CROWD: usize = 300;
/// A bar is at least so wide.
const THINNEST: f64 = 2.5;

/// The rules of a picture. Where they say `var(--name)`, one of the colours below is put: not every viewer
/// of SVG knows variables, and those that do not would draw black on black.
const RULES: &str = include_str!("svg.css");

/// The colours on a light page.
const LIGHT: [(&str, &str); 8] = [
    ("bg", "#ffffff"),
    ("fg", "#1a1a1a"),
    ("dim", "#555555"),
    ("line", "#d4d4d8"),
    ("lane", "#f4f4f6"),
    ("red", "#c40018"),
    ("lost", "#9a4300"),
    ("meet", "#b0436b"),
];
/// The same on a dark one.
const DARK: [(&str, &str); 8] = [
    ("bg", "#16181d"),
    ("fg", "#f2f2f2"),
    ("dim", "#b4b4bc"),
    ("line", "#3a3d45"),
    ("lane", "#1e2128"),
    ("red", "#ff6b6b"),
    ("lost", "#ffb454"),
    ("meet", "#ff9fbe"),
];

/// The rules in these colours.
fn coloured(rules: &str, colours: &[(&str, &str)]) -> String {
    colours
        .iter()
        .fold(rules.to_owned(), |text, (name, colour)| {
            text.replace(&format!("var(--{name})"), colour)
        })
}

/// The style sheet. Where the system decides, a viewer that cannot ask it draws a light picture.
fn style(theme: Theme) -> String {
    match theme {
        Theme::Light => coloured(RULES, &LIGHT),
        Theme::Dark => coloured(RULES, &DARK),
        Theme::System => {
            let differ: Vec<&str> = RULES.lines().filter(|rule| rule.contains("var(")).collect();
            let dark = coloured(&differ.join("\n"), &DARK);
            let light = coloured(RULES, &LIGHT);
            format!("{light}@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n")
        }
    }
}

/// The timeline as one SVG document.
pub fn svg(timeline: &Timeline, options: &Options) -> String {
    let merged;
    let timeline = if timeline.calls.len() > options.svg_calls
        || timeline.messages.len() > 2 * options.svg_calls
    {
        merged = merge(timeline, options.svg_calls);
        &merged
    } else {
        timeline
    };
    Picture::new(timeline, options).draw()
}

/// How much room a text takes at most, in pixels. Fonts differ: this is for a wide one.
fn text_width(text: &str, size: f64) -> f64 {
    let letters = |c: char| if matches!(c, ' '..='~') { 0.6 } else { 1.0 };
    text.chars().map(letters).sum::<f64>() * size
}

/// As much of the text as has room, with an ellipsis if that is not all.
fn cut(text: &str, size: f64, room: f64) -> String {
    if text_width(text, size) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        short.push(letter);
        if text_width(&short, size) + size > room {
            short.pop();
            break;
        }
    }
    short + "…"
}

/// Lines of at most `room` pixels.
fn wrap(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(word, size) + size <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(cut(word, size, room)),
        }
    }
    lines
}

/// Text for XML: escaped, and without the characters that XML 1.0 cannot hold.
pub(crate) struct Xml<'a>(pub(crate) &'a str);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\n' | '\t' | '\r' => out.write_char(' ')?,
                '\0'..'\u{20}' | '\u{7f}'..'\u{a0}' | '\u{fffe}' | '\u{ffff}' => {
                    out.write_char('\u{fffd}')?;
                }
                _ => out.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// A number for an attribute: two decimals are a hundredth of a pixel.
struct N(f64);

impl fmt::Display for N {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        out.write_str(if text == "-0" { "0" } else { text })
    }
}

/// Appends to the text; writing to a string cannot fail.
macro_rules! put {
    ($out:expr, $($rest:tt)*) => {{ let _ = write!($out, $($rest)*); }};
}

struct Picture<'a> {
    timeline: &'a Timeline,
    options: &'a Options,
    rows: Rows,
    axis: Axis,
    out: String,
    /// The plot: left, right, top, bottom.
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// Upper edge of each row.
    row_top: Vec<f64>,
    bar: f64,
    /// Lines of what is left out.
    notes: Vec<String>,
    width: f64,
}

impl<'a> Picture<'a> {
    fn new(timeline: &'a Timeline, options: &'a Options) -> Self {
        let rows = Rows::new(timeline);
        let axis = Axis::new(timeline, &rows, options.scale);
        let width = if options.width.is_finite() {
            options.width.clamp(480.0, 20_000.0)
        } else {
            Options::default().width
        };
        let notes: Vec<String> = said(timeline)
            .chain(timeline.left_out.as_deref())
            .flat_map(|text| wrap(text, 13.0, width - 2.0 * RIGHT))
            .collect();
        let stuck = timeline.stuck.iter().any(|edge| edge.from < timeline.ranks);
        // A narrow picture cannot give that much away.
        let aside = if stuck {
            RIGHT_STUCK.min(width * 0.3)
        } else {
            RIGHT
        };
        let open = timeline.calls.iter().any(|call| call.to_ns.is_none());
        let right = width - aside - if open { TAIL } else { 0.0 };
        let top = 60.0 + 18.0 * notes.len() as f64 + 26.0;

        let number = rows.rows.len().max(1) as f64;
        let lanes = f64::from(timeline.ranks.max(1));
        let bar = (340.0 / number).clamp(8.0, 26.0).floor();
        let gap = (440.0 / lanes - bar).clamp(4.0, 64.0).floor();
        let mut y = top + gap / 2.0;
        let mut row_top = Vec::with_capacity(rows.rows.len());
        for (place, row) in rows.rows.iter().enumerate() {
            if place > 0 {
                let same = rows.rows[place - 1].rank == row.rank;
                y += bar + if same { 2.0 } else { gap };
            }
            row_top.push(y);
        }
        let bottom = if row_top.is_empty() {
            top + 40.0
        } else {
            y + bar + gap / 2.0
        };
        Self {
            timeline,
            options,
            rows,
            axis,
            out: String::new(),
            left: LEFT,
            right,
            top,
            bottom,
            row_top,
            bar,
            notes,
            width,
        }
    }

    fn x(&self, moment: u64) -> f64 {
        self.left + self.axis.at(moment) * (self.right - self.left)
    }

    /// Upper and lower edge of all of a rank's rows.
    fn lane(&self, rank: u32) -> (f64, f64) {
        let first = self.rows.of_rank[rank as usize] as usize;
        let number = self.rows.rows[first..]
            .iter()
            .take_while(|row| row.rank == rank)
            .count();
        let last = first + number.max(1) - 1;
        (self.row_top[first], self.row_top[last] + self.bar)
    }

    fn middle(&self, rank: u32) -> f64 {
        let (top, bottom) = self.lane(rank);
        f64::midpoint(top, bottom)
    }

    fn draw(mut self) -> String {
        let legend = self.legend_places();
        let legend_top = self.bottom + 34.0;
        let rows = legend.last().map_or(0, |&(_, _, row)| row + 1);
        let height = legend_top + 22.0 * rows as f64 + 12.0;
        self.head(height);
        self.texts_above();
        self.grid();
        self.lanes();
        for number in 0..self.timeline.collectives.len() {
            self.meeting(&self.timeline.collectives[number]);
        }
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for (row, calls) in self.rows.runs() {
            runs.extend(calls.iter().map(|&call| (row, call)));
        }
        for (row, call) in runs {
            self.call(row, &self.timeline.calls[call as usize]);
        }
        for number in 0..self.timeline.messages.len() {
            self.message(&self.timeline.messages[number]);
        }
        self.stuck();
        self.legend(&legend, legend_top);
        self.out.push_str("</svg>\n");
        self.out
    }

    fn head(&mut self, height: f64) {
        let id = &self.options.id;
        let (width, tall) = (N(self.width), N(height));
        let classes = self.classes();
        let out = &mut self.out;
        put!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"mpi-trace\" viewBox=\"0 0 {width} \
             {tall}\" width=\"{width}\" height=\"{tall}\" role=\"img\" lang=\"en\" \
             aria-labelledby=\"{id}-title {id}-desc\">\n"
        );
        put!(
            out,
            "<title id=\"{id}-title\">{}</title>\n",
            Xml(&self.timeline.title)
        );
        put!(
            out,
            "<desc id=\"{id}-desc\">{}</desc>\n",
            Xml(&said(self.timeline)
                .chain([&*described(self.timeline)])
                .collect::<Vec<_>>()
                .join(" "))
        );
        let css = style(self.options.theme);
        put!(out, "<style>\n{css}</style>\n<defs>\n");
        for class in classes {
            pattern(out, id, class);
        }
        // White under the lines: waiting is paler than working, also in grey.
        put!(
            out,
            "<pattern id=\"{id}-wait\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"#ffffff\" \
             fill-opacity=\".72\"/><path d=\"M0 0V7\" stroke=\"#222222\" stroke-width=\"2\"/>\
             </pattern>\n"
        );
        for (name, class) in [("head", "head"), ("redhead", "redhead")] {
            put!(
                out,
                "<marker id=\"{id}-{name}\" class=\"{class}\" viewBox=\"0 0 10 10\" refX=\"9\" \
                 refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" \
                 orient=\"auto\"><path d=\"M0 0.8L10 5L0 9.2L2.5 5z\"/></marker>\n"
            );
        }
        put!(
            out,
            "</defs>\n<rect class=\"page\" width=\"{width}\" height=\"{tall}\"/>\n"
        );
    }

    fn text(&mut self, class: &str, x: f64, y: f64, size: f64, anchor: &str, text: &str) {
        let anchor = match anchor {
            "start" => String::new(),
            other => format!(" text-anchor=\"{other}\""),
        };
        let class = match class {
            "" => String::new(),
            other => format!(" class=\"{other}\""),
        };
        put!(
            self.out,
            "<text{class} x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}>{}</text>\n",
            N(x),
            N(y),
            N(size),
            Xml(text)
        );
    }

    fn texts_above(&mut self) {
        let room = self.width - 2.0 * RIGHT;
        let title = cut(&self.timeline.title, 20.0, room);
        self.text("title", RIGHT, 32.0, 20.0, "start", &title);
        let summary = cut(&summary(self.timeline), 13.0, room);
        self.text("dim", RIGHT, 54.0, 13.0, "start", &summary);
        for (number, line) in std::mem::take(&mut self.notes).iter().enumerate() {
            let y = 72.0 + 18.0 * number as f64;
            self.text("", RIGHT, y, 13.0, "start", line);
        }
    }

    fn grid(&mut self) {
        let (top, bottom) = (self.top, self.bottom);
        for rank in (0..self.timeline.ranks).step_by(2) {
            let (upper, lower) = self.lane(rank);
            let room = ((top - self.row_top[0]).abs()).min(40.0);
            put!(
                self.out,
                "<rect class=\"lane\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                N(self.left),
                N(upper - room),
                N(self.right - self.left),
                N(lower - upper + 2.0 * room)
            );
        }
        for tick in self.axis.ticks(self.right - self.left, 84.0) {
            let x = self.left + tick.at * (self.right - self.left);
            put!(
                self.out,
                "<path class=\"grid\" d=\"M{} {}V{}\"/>\n",
                N(x),
                N(top - 4.0),
                N(bottom)
            );
            self.text("dim", x, top - 9.0, 12.0, "middle", &tick.label);
        }
        let mut free = self.left;
        let broken: Vec<(f64, f64, u64)> = self.axis.broken().collect();
        for (from, to, ns) in broken {
            let width = self.right - self.left;
            let x = self.left + f64::midpoint(from, to) * width;
            let mut path = format!("M{} {}", N(x), N(top));
            let mut y = top;
            let mut side = 3.0;
            while y + 8.0 <= bottom {
                y += 8.0;
                put!(path, "L{} {}", N(x + side), N(y));
                side = -side;
            }
            put!(self.out, "<path class=\"gap\" d=\"{path}\"/>\n");
            let label = format!("{} shortened", duration(ns));
            let half = text_width(&label, 11.0) / 2.0;
            // Beside the edge of the picture, the text gives way and not the mark.
            let x = x.min(self.width - RIGHT - half);
            if x - half >= free {
                self.text("dim", x, bottom + 14.0, 11.0, "middle", &label);
                free = x + half + 8.0;
            }
        }
    }

    fn lanes(&mut self) {
        // Names stand at every lane, or at every so many where lanes are thin.
        let pitch = if self.timeline.ranks > 1 {
            self.lane(1).0 - self.lane(0).0
        } else {
            40.0
        };
        let size = (pitch - 1.0).clamp(10.0, 15.0);
        let every = (size / pitch).ceil().max(1.0) as u32;
        for (place, row) in self.rows.rows.clone().into_iter().enumerate() {
            let y = self.row_top[place] + self.bar / 2.0;
            put!(
                self.out,
                "<path class=\"life\" d=\"M{} {}H{}\"/>\n",
                N(self.left),
                N(y),
                N(self.right)
            );
            let threaded = self.rows.threaded(row.rank);
            let first = self.rows.of_rank[row.rank as usize] as usize == place;
            if threaded && !first && row.depth == 0 && self.bar >= 9.0 {
                let label = cut(&format!("thread {}", row.thread), 10.0, LEFT - 44.0);
                self.text("dim", LEFT - 10.0, y + 3.5, 10.0, "end", &label);
            }
        }
        for rank in (0..self.timeline.ranks).step_by(every as usize) {
            let y = self.row_top[self.rows.of_rank[rank as usize] as usize] + self.bar / 2.0;
            let chip = (size - 2.0).min(12.0);
            put!(
                self.out,
                "<rect class=\"chip\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\" \
                 fill=\"{}\"/>\n",
                N(14.0),
                N(y - chip / 2.0),
                N(chip),
                N(chip),
                rank_colour(rank)
            );
            let label = cut(&format!("rank {rank}"), size, LEFT - 40.0);
            self.text("", 32.0, y + size * 0.35, size, "start", &label);
        }
    }

    /// A band from lane to lane, at the moment at which the last rank had come.
    fn meeting(&mut self, meeting: &'a Meeting) {
        let timeline = self.timeline;
        let mut calls: Vec<(u32, &Call)> = meeting
            .calls
            .iter()
            .filter_map(|&number| {
                let row = (*self.rows.of_call.get(number as usize)?)?;
                Some((row, &timeline.calls[number as usize]))
            })
            .collect();
        calls.sort_by_key(|&(row, _)| row);
        let Some(last) = calls.iter().map(|(_, call)| call.from_ns).max() else {
            return;
        };
        let mut path = String::new();
        for &(row, call) in &calls {
            let moment = last.clamp(
                call.from_ns,
                call.to_ns.unwrap_or(u64::MAX).max(call.from_ns),
            );
            let y = self.row_top[row as usize] + self.bar / 2.0;
            let command = if path.is_empty() { 'M' } else { 'L' };
            put!(path, "{command}{} {}", N(self.x(moment)), N(y));
        }
        if calls.len() > 1 {
            put!(self.out, "<path class=\"meet\" d=\"{path}\"/>\n");
        }
        let x = self.x(last).max(self.left + 8.0);
        for &rank in meeting
            .missing
            .iter()
            .filter(|&&rank| rank < timeline.ranks)
        {
            let y = self.row_top[self.rows.of_rank[rank as usize] as usize] + self.bar / 2.0;
            put!(
                self.out,
                "<circle class=\"absent\" cx=\"{}\" cy=\"{}\" r=\"{}\"><title>rank {rank} never \
                 came to {}</title></circle>\n",
                N(x),
                N(y),
                N(self.bar / 2.5),
                Xml(&calls[0].1.function)
            );
        }
    }

    fn call(&mut self, row: u32, call: &'a Call) {
        let y = self.row_top[row as usize];
        let bar = self.bar;
        let left = self.x(call.from_ns);
        let open = call.to_ns.is_none();
        let right = match call.to_ns {
            Some(to) => self.x(to.max(call.from_ns)).max(left + THINNEST),
            None => self.right + TAIL,
        };
        let (left, right) = (
            left.min(self.width - RIGHT - THINNEST),
            right.min(self.width - 4.0),
        );
        let stuck = open
            && self
                .timeline
                .stuck
                .iter()
                .any(|edge| edge.from == call.rank);
        let (height, y) = if call.class == Class::Compute {
            (bar / 2.0, y + bar / 4.0)
        } else {
            (bar, y)
        };
        let id = &self.options.id;
        let mut classes = String::from("bar");
        if stuck || call.error {
            classes += " bad";
        }
        if call.count > 1 {
            classes += " many";
        }
        // Patterns need room to be seen.
        let fill = if right - left < 6.0 {
            class_colour(call.class).to_owned()
        } else {
            format!("url(#{id}-{})", call.class.name())
        };
        let (begin, end) = (self.axis.begin, self.axis.end);
        let said = words::of_call(self.timeline, call, begin, end);
        put!(self.out, "<g><title>{}</title>", Xml(&said));
        let shape = |from: f64, to: f64| {
            if open {
                // A torn edge: nobody saw the end.
                let (third, tooth) = (height / 3.0, (height / 3.0).min(5.0));
                format!(
                    "M{0} {1}H{2}l{3} {4}l-{3} {4}l{3} {4}H{0}z",
                    N(from),
                    N(y),
                    N(to - tooth),
                    N(tooth),
                    N(third),
                )
            } else {
                format!("M{0} {1}H{2}V{3}H{0}z", N(from), N(y), N(to), N(y + height))
            }
        };
        put!(
            self.out,
            "<path class=\"{classes}\" fill=\"{fill}\" d=\"{}\"/>",
            shape(left, right)
        );
        if let Some((from, to)) = call.waiting {
            let from = self.x(from.max(call.from_ns)).clamp(left, right);
            let to = if open {
                right
            } else {
                self.x(to).clamp(left, right)
            };
            if to - from > 1.0 {
                let path = if open {
                    shape(from, to)
                } else {
                    format!("M{0} {1}H{2}V{3}H{0}z", N(from), N(y), N(to), N(y + height))
                };
                put!(self.out, "<path fill=\"url(#{id}-wait)\" d=\"{path}\"/>");
            }
        }
        self.out.push_str("</g>\n");
        self.label(call, left, right, y, height);
    }

    /// The name in the bar, if it has room there: never over its edge.
    fn label(&mut self, call: &Call, left: f64, right: f64, y: f64, height: f64) {
        let size = match height {
            h if h >= 16.0 => 12.0,
            h if h >= 11.0 => 9.5,
            _ => return,
        };
        let name = short(&call.function);
        let long = match (&call.place, call.count) {
            (Some(place), 1) => format!("{name} :{}", place.line),
            _ => name.to_owned(),
        };
        let letter = call.class.letter().to_string();
        let room = right - left - 6.0;
        let Some(text) = [long.as_str(), name, &letter]
            .into_iter()
            .find(|text| text_width(text, size) + 2.0 <= room)
        else {
            return;
        };
        // A plate under the words keeps them apart from hatching.
        let wide = text_width(text, size);
        let x = left + 4.0;
        put!(
            self.out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\" fill=\"{}\"/>\n",
            N(x - 1.5),
            N(y + height / 2.0 - size * 0.62),
            N(wide + 3.0),
            N(size * 1.24),
            class_colour(call.class)
        );
        let middle = x + wide / 2.0;
        self.text(
            "in",
            middle,
            y + height / 2.0 + size * 0.35,
            size,
            "middle",
            text,
        );
    }

    /// Where an end of a message lies: its row's upper and lower edge.
    fn end_of(&self, end: End) -> Option<(f64, f64)> {
        if end.rank >= self.timeline.ranks {
            return None;
        }
        let row = end
            .call
            .and_then(|call| *self.rows.of_call.get(call as usize)?)
            .filter(|&row| self.rows.rows[row as usize].rank == end.rank)
            .unwrap_or(self.rows.of_rank[end.rank as usize]);
        let top = self.row_top[row as usize];
        Some((top, top + self.bar))
    }

    fn message(&mut self, message: &'a Message) {
        let (Some(from), Some(to)) = (self.end_of(message.from), self.end_of(message.to)) else {
            return;
        };
        let id = &self.options.id;
        let x = self.x(message.sent_ns);
        let (start, goal) = match from.0.total_cmp(&to.0) {
            std::cmp::Ordering::Less => (from.1, to.0),
            std::cmp::Ordering::Greater => (from.0, to.1),
            std::cmp::Ordering::Equal => (from.0, to.0),
        };
        let what = format!(
            "{} from rank {} to rank {}, tag {}",
            words::bytes(message.bytes),
            message.from.rank,
            message.to.rank,
            message.tag
        );
        let crowded = self.timeline.messages.len() > CROWD;
        let Some(received) = message.received_ns else {
            // It went somewhere, but nobody saw it arrive: half the way, then a cross.
            let side = if start == goal {
                -1.0
            } else {
                (goal - start).signum()
            };
            let y = start + side * ((goal - start).abs() / 2.0).clamp(self.bar / 3.0, 40.0);
            let far = (x + 14.0).min(self.width - RIGHT);
            put!(
                self.out,
                "<g><title>{}, never received</title><path class=\"lost dash\" d=\"M{} {}L{} {}\"/>\
                 <path class=\"lost\" d=\"M{} {}l8 8m0 -8l-8 8\"/></g>\n",
                Xml(&what),
                N(x),
                N(start),
                N(far),
                N(y),
                N(far - 4.0),
                N(y - 4.0)
            );
            return;
        };
        let end = self.x(received);
        let path = if start == goal {
            let up = start - (self.bar * 0.9).min(16.0);
            format!(
                "M{0} {1}C{0} {2} {3} {2} {3} {1}",
                N(x),
                N(start),
                N(up),
                N(end.max(x + 8.0))
            )
        } else {
            format!("M{} {}L{} {}", N(x), N(start), N(end), N(goal))
        };
        if crowded {
            put!(self.out, "<path class=\"message thin\" d=\"{path}\"/>\n");
            return;
        }
        put!(
            self.out,
            "<g><title>{}, {} on its way</title><path class=\"halo\" d=\"{path}\"/><path \
             class=\"message\" marker-end=\"url(#{id}-head)\" d=\"{path}\"/></g>\n",
            Xml(&what),
            duration(received.saturating_sub(message.sent_ns))
        );
    }

    /// Who waits for whom, as bows at the right end of the lanes.
    fn stuck(&mut self) {
        let ranks = self.timeline.ranks;
        let begin = self.right + TAIL + 4.0;
        let room = self.width - begin - 8.0;
        let bow = BOW.min(room * 0.45);
        let pitch = if ranks > 1 {
            self.middle(1) - self.middle(0)
        } else {
            20.0
        };
        let id = self.options.id.clone();
        for edge in &self.timeline.stuck {
            if edge.from >= ranks || edge.to >= ranks {
                continue;
            }
            let (from, to) = (self.middle(edge.from), self.middle(edge.to));
            // Arrows between the same two lanes part: up lies inside of down.
            let side = if to >= from { 1.0 } else { -1.0 };
            let lanes = f64::from(edge.from.abs_diff(edge.to)).max(1.0);
            let inner = if side > 0.0 { 1.0 } else { 0.85 };
            let reach = bow * (0.2 + 0.25 * lanes).min(0.95) * inner;
            let apart = side * (pitch * 0.1).min(4.0);
            // The control points lie a third further out than the bow itself.
            let out = begin + reach * 4.0 / 3.0;
            put!(
                self.out,
                "<path class=\"stuck\" marker-end=\"url(#{id}-redhead)\" d=\"M{0} {1}C{2} {1} {2} \
                 {3} {0} {3}\"><title>rank {4} waits for rank {5} forever</title></path>\n",
                N(begin),
                N(from + apart),
                N(out),
                N(to - apart),
                edge.from,
                edge.to
            );
        }
        let size = (pitch - 1.0).clamp(10.0, 14.0);
        let every = (size / pitch).ceil().max(1.0) as u32;
        for rank in (0..ranks).filter(|rank| rank % every == 0) {
            let to = self.timeline.waits_for(rank);
            if to.is_empty() {
                continue;
            }
            let x = begin + bow + 10.0;
            let label = cut(
                &format!("waits for {}", list(&to, 3)),
                size,
                self.width - x - 4.0,
            );
            let y = self.middle(rank) + size * 0.35;
            self.text("red", x, y, size, "start", &label);
        }
    }

    /// The classes that occur.
    fn classes(&self) -> Vec<Class> {
        Class::ALL
            .into_iter()
            .filter(|&class| self.timeline.calls.iter().any(|call| call.class == class))
            .collect()
    }

    /// What the legend says, and where: the left edge and the line of each entry.
    fn legend_places(&self) -> Vec<(Entry, f64, usize)> {
        let mut entries: Vec<Entry> = self.classes().into_iter().map(Entry::Class).collect();
        let calls = &self.timeline.calls;
        if calls.iter().any(|call| call.waiting.is_some()) {
            entries.push(Entry::Waiting);
        }
        let received = |message: &Message| message.received_ns.is_some();
        if self.timeline.messages.iter().any(received) {
            entries.push(Entry::Message);
        }
        if !self.timeline.messages.iter().all(received) {
            entries.push(Entry::Lost);
        }
        if !self.timeline.collectives.is_empty() {
            entries.push(Entry::Meeting);
        }
        if calls.iter().any(|call| call.to_ns.is_none()) {
            entries.push(Entry::Open);
        }
        if !self.timeline.stuck.is_empty() {
            entries.push(Entry::Stuck);
        }
        if self.axis.in_steps() {
            entries.push(Entry::Steps);
        }
        let (mut x, mut row) = (RIGHT, 0);
        entries
            .into_iter()
            .map(|entry| {
                let wide = 34.0 + text_width(entry.text(), 12.0) + 14.0;
                if x + wide > self.width - RIGHT && x > RIGHT {
                    x = RIGHT;
                    row += 1;
                }
                let place = (entry, x, row);
                x += wide;
                place
            })
            .collect()
    }

    fn legend(&mut self, places: &[(Entry, f64, usize)], top: f64) {
        let id = self.options.id.clone();
        for (entry, x, row) in places {
            let y = top + 22.0 * *row as f64;
            let out = &mut self.out;
            match entry {
                Entry::Class(class) => {
                    put!(
                        out,
                        "<rect class=\"bar\" fill=\"url(#{id}-{})\" x=\"{}\" y=\"{}\" width=\"26\" \
                         height=\"14\"/>\n",
                        class.name(),
                        N(*x),
                        N(y - 11.0)
                    );
                }
                Entry::Waiting => {
                    put!(
                        out,
                        "<rect class=\"bar\" fill=\"url(#{id}-wait)\" x=\"{}\" y=\"{}\" \
                         width=\"26\" height=\"14\"/>\n",
                        N(*x),
                        N(y - 11.0)
                    );
                }
                Entry::Message => put!(
                    out,
                    "<path class=\"message\" marker-end=\"url(#{id}-head)\" d=\"M{} {}h26\"/>\n",
                    N(*x),
                    N(y - 4.0)
                ),
                Entry::Lost => put!(
                    out,
                    "<path class=\"lost dash\" d=\"M{0} {1}h18\"/><path class=\"lost\" d=\"M{2} \
                     {3}l8 8m0 -8l-8 8\"/>\n",
                    N(*x),
                    N(y - 4.0),
                    N(x + 17.0),
                    N(y - 8.0)
                ),
                Entry::Meeting => put!(
                    out,
                    "<path class=\"meet\" d=\"M{} {}v14\"/>\n",
                    N(x + 13.0),
                    N(y - 11.0)
                ),
                Entry::Open => put!(
                    out,
                    "<path class=\"outline\" d=\"M{} {}h-20v14\
                     h20l4 -4.67l-4 -4.67z\"/>\n",
                    N(x + 22.0),
                    N(y - 11.0)
                ),
                Entry::Stuck => put!(
                    out,
                    "<path class=\"stuck\" marker-end=\"url(#{id}-redhead)\" d=\"M{} {}h26\"/>\n",
                    N(*x),
                    N(y - 4.0)
                ),
                Entry::Steps => put!(
                    out,
                    "<path class=\"gap\" d=\"M{} {}l3 5l-6 5l6 5\"/>\n",
                    N(x + 13.0),
                    N(y - 12.0)
                ),
            }
            self.text("", x + 34.0, y, 12.0, "start", entry.text());
        }
    }
}

/// An entry of the legend.
enum Entry {
    Class(Class),
    Waiting,
    Message,
    Lost,
    Meeting,
    Open,
    Stuck,
    Steps,
}

impl Entry {
    fn text(&self) -> &'static str {
        match self {
            Self::Class(class) => class.name(),
            Self::Waiting => "can only wait",
            Self::Message => "message",
            Self::Lost => "never received",
            Self::Meeting => "last rank came",
            Self::Open => "never came back",
            Self::Stuck => "waits forever for",
            Self::Steps => "time not to scale: order kept, long stretches shortened",
        }
    }
}

/// The fill of a class: its colour, and marks that tell it apart without.
fn pattern(out: &mut String, id: &str, class: Class) {
    let marks = match class {
        Class::Send | Class::Other => "",
        Class::Receive => "<path d=\"M0 4H8\" stroke=\"#00000055\" stroke-width=\"1.5\"/>",
        Class::Exchange => "<rect y=\"4\" width=\"8\" height=\"4\" fill=\"#44BB99\"/>",
        Class::Probe => "<circle cx=\"4\" cy=\"4\" r=\"2\" fill=\"none\" stroke=\"#00000066\"/>",
        Class::Wait => "<path d=\"M4 0V8\" stroke=\"#00000055\" stroke-width=\"1.5\"/>",
        Class::Test => "<path d=\"M4 0V8M0 4H8\" stroke=\"#00000044\" stroke-width=\"1\"/>",
        Class::Collective => "<circle cx=\"4\" cy=\"4\" r=\"1.4\" fill=\"#00000066\"/>",
        Class::OneSided => "<path d=\"M0 8L8 0\" stroke=\"#00000044\" stroke-width=\"1.2\"/>",
        Class::File => "<path d=\"M2 2h4v4h-4z\" fill=\"none\" stroke=\"#00000055\"/>",
        Class::Compute => "<path d=\"M0 6H8\" stroke=\"#00000033\" stroke-width=\"1\"/>",
    };
    put!(
        out,
        "<pattern id=\"{id}-{}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect \
         width=\"8\" height=\"8\" fill=\"{}\"/>{marks}</pattern>\n",
        class.name(),
        class_colour(class)
    );
}

/// The run in one line of numbers.
pub(crate) fn summary(timeline: &Timeline) -> String {
    let calls: u64 = timeline
        .calls
        .iter()
        .map(|call| u64::from(call.count))
        .sum();
    let (begin, end) = timeline.span();
    let mut parts = vec![
        plural(u64::from(timeline.ranks), "rank"),
        plural(calls, "call"),
    ];
    if !timeline.messages.is_empty() {
        parts.push(plural(timeline.messages.len() as u64, "message"));
    }
    if !timeline.collectives.is_empty() {
        parts.push(plural(timeline.collectives.len() as u64, "collective"));
    }
    if end > begin {
        parts.push(duration(end - begin));
    }
    parts.join(" · ")
}

/// What is told of the run beside its title.
fn said(timeline: &Timeline) -> impl Iterator<Item = &str> {
    let about = timeline.about.iter().map(String::as_str);
    about.chain(timeline.failure.as_deref())
}

/// The run in a few sentences, for those who do not see the picture.
pub(crate) fn described(timeline: &Timeline) -> String {
    let mut text = format!(
        "A space-time diagram: a lane for each rank, time from left to right. {}.",
        summary(timeline)
    );
    if timeline.calls.is_empty() {
        text += " No call was recorded.";
    }
    if !timeline.stuck.is_empty() {
        text += " Deadlock:";
        for (number, edge) in timeline.stuck.iter().take(8).enumerate() {
            text += if number > 0 { ", " } else { " " };
            text += &format!("rank {} waits for rank {}", edge.from, edge.to);
            if let Some(call) = timeline.call(edge.call) {
                text += &format!(" in {}", call.function);
                if let Some(place) = &call.place {
                    text += &format!(" at {}:{}", place.file, place.line);
                }
            }
        }
        match timeline.stuck.len() {
            0..=8 => text += ".",
            more => text += &format!(", and {} more.", more - 8),
        }
    }
    let lost = timeline
        .messages
        .iter()
        .filter(|message| message.received_ns.is_none())
        .count();
    if lost > 0 {
        let were = if lost == 1 { "was" } else { "were" };
        text += &format!(" {} {were} never received.", plural(lost as u64, "message"));
    }
    if let Some(left_out) = &timeline.left_out {
        text += " ";
        text += left_out;
    }
    text
}

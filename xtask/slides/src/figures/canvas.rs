//! The one hand that draws all figures: text in two sizes, ranks in their colours, cells, arrows. The
//! canvas notes where text stands, so that a test can say whether any of it is cut off or overlaps.

use crate::code::escape;
use std::{borrow::Cow, fmt::Write};
use trace::rank_colour;

/// A place on the canvas; y grows downwards.
pub(crate) type Point = (f64, f64);

/// How large text is. On a slide as wide as the figure these are pixels at 1280 by 720.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// What the figure says.
    Normal,
    /// What it says beside.
    Small,
}

impl Size {
    const fn pixels(self) -> f64 {
        match self {
            Self::Normal => 30.0,
            Self::Small => 26.0,
        }
    }
}

/// Which end of the text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Middle,
    End,
}

/// A colour that is another one on a dark page. Elements have the light one as an attribute, which every
/// viewer knows; a style sheet puts the dark one in its place, for viewers that ask the system.
struct Shade {
    light: &'static str,
    dark: &'static str,
}

const fn shade(light: &'static str, dark: &'static str) -> Shade {
    Shade { light, dark }
}

const GROUND: Shade = shade("#ffffff", "#16181d");
const INK: Shade = shade("#1a1a1a", "#ececf0");
const DIM: Shade = shade("#555555", "#b4b6bd");
const LINE: Shade = shade("#8a8a94", "#70737d");
const PANEL: Shade = shade("#f0f0f3", "#2a2d35");
const WRONG: Shade = shade("#b00020", "#ff8a8a");

/// The rules for a dark page.
fn dark() -> String {
    let rules = [INK, DIM, LINE, PANEL, WRONG].map(|Shade { light, dark }| {
        format!(
            "[fill=\"{light}\"] {{ fill: {dark}; }} [stroke=\"{light}\"] {{ stroke: {dark}; }}\n"
        )
    });
    // White text on a dark rank stays white.
    let ground = format!(
        "rect[fill=\"{}\"] {{ fill: {}; }}",
        GROUND.light, GROUND.dark
    );
    rules.concat() + &ground
}

/// What something is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// The text's own colour.
    Ink,
    /// For what is beside the point.
    Dim,
    /// The ground of a box that holds others.
    Panel,
    /// A rank's own colour.
    Rank(u32),
    /// A call of this class, in the color that it has in the trace: pale, with a darker edge, as no rank is.
    Call(trace::Class),
    /// What goes wrong.
    Wrong,
}

impl Paint {
    /// What an area is filled with.
    fn css(self) -> Cow<'static, str> {
        match self {
            Self::Ink => INK.light.into(),
            Self::Dim => DIM.light.into(),
            Self::Panel => PANEL.light.into(),
            Self::Rank(rank) => rank_colour(rank).into(),
            Self::Call(class) => mixed(trace::class_colour(class), 255.0, 0.7).into(),
            Self::Wrong => WRONG.light.into(),
        }
    }

    /// What a line is drawn with.
    fn line(self) -> Cow<'static, str> {
        match self {
            Self::Call(class) => mixed(trace::class_colour(class), 0.0, 0.4).into(),
            Self::Ink | Self::Dim | Self::Panel | Self::Rank(_) | Self::Wrong => self.css(),
        }
    }

    /// The edge of an area: its colour and its width.
    fn edge(self) -> (Cow<'static, str>, u32) {
        match self {
            Self::Call(_) => (self.line(), 4),
            Self::Ink | Self::Dim | Self::Panel | Self::Rank(_) | Self::Wrong => {
                (LINE.light.into(), 2)
            }
        }
    }

    /// The colour of text on it: of black and white the one with more contrast (WCAG 2.2).
    fn text(self) -> &'static str {
        match self {
            Self::Rank(_) | Self::Call(_) if luminance(&self.css()) < 0.18 => "#ffffff",
            Self::Rank(_) | Self::Call(_) => "#111111",
            Self::Ink | Self::Dim | Self::Panel | Self::Wrong => INK.light,
        }
    }
}

/// The colour `#rrggbb`, of which `share` is replaced by a grey of this value.
fn mixed(colour: &str, grey: f64, share: f64) -> String {
    let mix = |range: std::ops::Range<usize>| {
        let part = channel(colour, range);
        (part + (grey - part) * share).round() as u8
    };
    format!("#{:02X}{:02X}{:02X}", mix(1..3), mix(3..5), mix(5..7))
}

/// Red, green or blue of a colour, from 0 to 255.
fn channel(colour: &str, digits: std::ops::Range<usize>) -> f64 {
    let value = colour
        .get(digits)
        .and_then(|hex| u8::from_str_radix(hex, 16).ok());
    f64::from(value.unwrap_or(0))
}

/// Relative luminance of `#rrggbb` (WCAG 2.2, "relative luminance").
fn luminance(colour: &str) -> f64 {
    let part = |range: std::ops::Range<usize>| {
        let value = channel(colour, range) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1..3) + 0.7152 * part(3..5) + 0.0722 * part(5..7)
}

/// Where text stands: left, top, right, bottom, and the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Extent {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
    pub(crate) text: String,
}

/// How far apart lines of text in a box are.
pub(crate) const LINE_STEP: f64 = Size::Small.pixels() * 1.25;

/// A figure in the making.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    pub(crate) width: f64,
    pub(crate) height: f64,
    title: &'static str,
    description: Cow<'static, str>,
    body: String,
    pub(crate) words: Vec<Extent>,
    /// Text that is wider than its box.
    pub(crate) tight: Vec<String>,
}

/// How wide text gets, with the widest of the fonts that systems have (DejaVu Sans); of several lines the longest.
pub(crate) fn extent(text: &str, size: Size) -> f64 {
    let lines = text.lines().map(|line| line.chars().count());
    lines.max().unwrap_or(0) as f64 * size.pixels() * 0.58
}

/// The size of a rank's box.
pub(crate) const RANK: (f64, f64) = (130.0, 60.0);

impl Canvas {
    pub(crate) fn new(
        (width, height): (f64, f64),
        title: &'static str,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            width,
            height,
            title,
            description: description.into(),
            body: String::new(),
            words: Vec::new(),
            tight: Vec::new(),
        }
    }

    fn add(&mut self, element: std::fmt::Arguments) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.body, "{element}");
    }

    fn write(&mut self, (x, y): Point, align: Align, size: Size, fill: &str, text: &str) {
        let pixels = size.pixels();
        let (anchor, share) = match align {
            Align::Start => ("start", 0.0),
            Align::Middle => ("middle", 0.5),
            Align::End => ("end", 1.0),
        };
        let width = extent(text, size);
        self.words.push(Extent {
            left: x - width * share,
            top: y - pixels * 0.5,
            right: x + width * (1.0 - share),
            bottom: y + pixels * 0.5,
            text: text.to_owned(),
        });
        // Centred by hand: not every viewer knows `dominant-baseline`.
        let base = y + pixels * 0.35;
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{base:.1}\" text-anchor=\"{anchor}\" font-size=\"{pixels}\" fill=\"{fill}\">{}</text>",
            escape(text)
        ));
    }

    /// Text whose middle line goes through `at`.
    pub(crate) fn text(&mut self, at: Point, align: Align, text: &str) {
        self.write(at, align, Size::Normal, INK.light, text);
    }

    /// Smaller and paler.
    pub(crate) fn note(&mut self, at: Point, align: Align, text: &str) {
        self.write(at, align, Size::Small, DIM.light, text);
    }

    /// What goes wrong, in words.
    pub(crate) fn warning(&mut self, at: Point, align: Align, text: &str) {
        self.write(at, align, Size::Normal, WRONG.light, text);
    }

    /// A box with its left upper corner at `at`.
    pub(crate) fn area(&mut self, (x, y): Point, (width, height): (f64, f64), paint: Paint) {
        let (fill, (line, thick)) = (paint.css(), paint.edge());
        // The edge lies inside the box, however thick it is.
        let inset = (f64::from(thick) - 2.0) / 2.0;
        self.add(format_args!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"8\" \
             fill=\"{fill}\" stroke=\"{line}\" stroke-width=\"{thick}\"/>",
            x + inset,
            y + inset,
            width - 2.0 * inset,
            height - 2.0 * inset
        ));
    }

    /// A box with text in its middle; lines are parted by `\n`.
    pub(crate) fn labelled(&mut self, at: Point, size: (f64, f64), paint: Paint, text: &str) {
        self.area(at, size, paint);
        self.label(at, size, paint, text);
    }

    /// The text of a box that is already there, with this paint. What has been drawn over the box since
    /// stays clear of the letters.
    pub(crate) fn label_over(&mut self, at: Point, size: (f64, f64), paint: Paint, text: &str) {
        let edge = format!(
            "<g paint-order=\"stroke\" stroke=\"{}\" stroke-width=\"8\" stroke-linejoin=\"round\">",
            paint.css()
        );
        self.add(format_args!("{edge}"));
        self.label(at, size, paint, text);
        self.add(format_args!("</g>"));
    }

    fn label(&mut self, at: Point, size: (f64, f64), paint: Paint, text: &str) {
        if text.is_empty() {
            return;
        }
        let lines: Vec<&str> = text.split('\n').collect();
        let first = at.1 + size.1 / 2.0 - LINE_STEP * (lines.len() as f64 - 1.0) / 2.0;
        for (index, line) in lines.iter().enumerate() {
            if extent(line, Size::Small) > size.0 {
                self.tight.push((*line).to_owned());
            }
            let place = (at.0 + size.0 / 2.0, first + LINE_STEP * index as f64);
            self.write(place, Align::Middle, Size::Small, paint.text(), line);
        }
    }

    /// A box for waiting: nothing but its edge, dashed.
    pub(crate) fn hollow(&mut self, (x, y): Point, (width, height): (f64, f64), paint: Paint) {
        let stroke = paint.line();
        self.add(format_args!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"8\" \
             fill=\"{panel}\" stroke=\"{stroke}\" stroke-width=\"4\" stroke-dasharray=\"12 6\"/>",
            x + 2.0,
            y + 2.0,
            width - 4.0,
            height - 4.0,
            panel = PANEL.light
        ));
    }

    /// A rank's box, around `middle`.
    pub(crate) fn rank(&mut self, middle: Point, rank: u32) {
        let at = (middle.0 - RANK.0 / 2.0, middle.1 - RANK.1 / 2.0);
        self.labelled(at, RANK, Paint::Rank(rank), &format!("rank {rank}"));
    }

    /// A row of cells from `at` to the right; each has its text and its paint.
    pub(crate) fn cells(&mut self, at: Point, cell: (f64, f64), cells: &[(&str, Paint)]) {
        for (index, (text, paint)) in cells.iter().enumerate() {
            let x = at.0 + cell.0 * index as f64;
            self.labelled((x, at.1), cell, *paint, text);
        }
    }

    fn stroke(&mut self, path: &str, paint: Paint, extra: &str) {
        let colour = paint.line();
        self.add(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"4\" {extra}/>"
        ));
    }

    /// A line.
    pub(crate) fn line(&mut self, from: Point, to: Point, paint: Paint) {
        let path = format!("M{:.1} {:.1}L{:.1} {:.1}", from.0, from.1, to.0, to.1);
        self.stroke(&path, paint, "stroke-linecap=\"round\"");
    }

    /// A dashed line.
    pub(crate) fn dashed(&mut self, from: Point, to: Point, paint: Paint) {
        let path = format!("M{:.1} {:.1}L{:.1} {:.1}", from.0, from.1, to.0, to.1);
        self.stroke(&path, paint, "stroke-dasharray=\"10 8\"");
    }

    /// A line through all points.
    pub(crate) fn polyline(&mut self, points: &[Point], paint: Paint) {
        let path: String = points
            .iter()
            .enumerate()
            .map(|(index, (x, y))| format!("{}{x:.1} {y:.1}", if index == 0 { "M" } else { "L" }))
            .collect();
        self.stroke(&path, paint, "stroke-linejoin=\"round\"");
    }

    /// A dot.
    pub(crate) fn dot(&mut self, (x, y): Point, radius: f64, paint: Paint) {
        let fill = paint.css();
        let edge = match paint {
            Paint::Call(_) => format!(" stroke=\"{}\" stroke-width=\"4\"", paint.line()),
            _ => String::new(),
        };
        self.add(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\"{edge}/>"
        ));
    }

    fn head(&mut self, from: Point, to: Point, paint: Paint) -> Point {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1e-9);
        let (ux, uy) = (dx / length, dy / length);
        let back = (to.0 - ux * 18.0, to.1 - uy * 18.0);
        let colour = paint.line();
        self.add(format_args!(
            "<path d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\" fill=\"{colour}\"/>",
            to.0,
            to.1,
            back.0 - uy * 10.0,
            back.1 + ux * 10.0,
            back.0 + uy * 10.0,
            back.1 - ux * 10.0
        ));
        back
    }

    /// A straight arrow.
    pub(crate) fn arrow(&mut self, from: Point, to: Point, paint: Paint) {
        let back = self.head(from, to, paint);
        let path = format!("M{:.1} {:.1}L{:.1} {:.1}", from.0, from.1, back.0, back.1);
        self.stroke(&path, paint, "");
    }

    /// An arrow that bends towards `by`.
    pub(crate) fn bent(&mut self, from: Point, by: Point, to: Point, paint: Paint) {
        let back = self.head(by, to, paint);
        let path = format!(
            "M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}",
            from.0, from.1, by.0, by.1, back.0, back.1
        );
        self.stroke(&path, paint, "");
    }

    /// The two axes of a diagram, with what they show.
    pub(crate) fn axes(&mut self, origin: Point, size: (f64, f64), across: &str, up: &str) {
        self.arrow(origin, (origin.0 + size.0, origin.1), Paint::Ink);
        self.arrow(origin, (origin.0, origin.1 - size.1), Paint::Ink);
        self.note((origin.0 + size.0, origin.1 + 66.0), Align::End, across);
        self.note((origin.0 + 22.0, origin.1 - size.1 + 8.0), Align::Start, up);
    }

    /// The file. It brings the ground of the decks along: a page around it may be dark where the
    /// system is light, and the other way round.
    pub(crate) fn svg(&self) -> String {
        let Self {
            width,
            height,
            title,
            description,
            body,
            ..
        } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>\n\
             @media (prefers-color-scheme: dark) {{\n{dark}\n}}\n\
             text {{ font-family: system-ui, -apple-system, \"Segoe UI\", Roboto, \"Noto Sans\", \
             \"Liberation Sans\", sans-serif; }}\n</style>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"{ground}\"/>\n{body}</svg>\n",
            escape(title),
            escape(description),
            dark = dark(),
            ground = GROUND.light
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two colours (WCAG 2.2): 4.5 for text, 3 for what a figure is made of.
    fn contrast(one: &str, other: &str) -> f64 {
        let [one, other] = [one, other].map(|colour| luminance(colour) + 0.05);
        f64::max(one, other) / f64::min(one, other)
    }

    #[test]
    fn a_call_is_read_and_its_edge_is_seen() {
        for class in trace::Class::ALL {
            let paint = Paint::Call(class);
            assert!(contrast(paint.text(), &paint.css()) >= 4.5, "{class:?}");
            let (edge, _) = paint.edge();
            for ground in [GROUND.light, PANEL.light] {
                assert!(contrast(&edge, ground) >= 3.0, "{class:?} on {ground}");
            }
            // On a dark page, what is seen is the pale inside.
            assert!(contrast(&paint.css(), GROUND.dark) >= 3.0, "{class:?}");
        }
    }
}

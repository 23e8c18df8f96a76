//! The page to look around in: one file that needs nothing but itself, also from a disk.
//!
//! - `page.css`: how it looks; light and dark;
//! - `page.js`: what it does: draws on a canvas, zooms, tells of what is pointed at;
//! - here: the words, and the run as columns of numbers.
//!
//! Without a script, and for screen readers, there are the same facts as text and tables. What the page
//! says about its security policy keeps any request from leaving it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use crate::colour::{class_colour, rank_colour};
use crate::rows::Rows;
use crate::scale::{Axis, Scale};
use crate::svg::{Options, Theme, Xml, described, summary};
use crate::words::{self, bytes, duration};
use crate::{Call, Class, Peer, Tag, Timeline, merge};

const DARK: &str = ":root { --bg: #16181d; \
    --fg: #f2f2f2; \
    --dim: #b4b4bc; \
    --line: #3a3d45; \
    --lane: #1e2128; \
    --red: #ff6b6b; \
    --lost: #ffb454; \
    --meet: #ff9fbe; \
    --focus: #8ab8ff; \
    }";

/// So many calls stand in the table before the script takes it over.
const STATIC_ROWS: usize = 100;
/// With more moments than that, steps are not offered: nobody could tell them apart.
const MOST_MOMENTS: usize = 20_000;
/// So many waits of a deadlock, and messages that nobody received, are listed.
const LISTED: usize = 50;

/// The timeline as one HTML document.
pub fn html(timeline: &Timeline, options: &Options) -> String {
    let merged;
    let timeline = if timeline.calls.len() > options.html_calls
        || timeline.messages.len() > 2 * options.html_calls
    {
        merged = merge(timeline, options.html_calls);
        &merged
    } else {
        timeline
    };
    let rows = Rows::new(timeline);
    let (theme, dark) = match options.theme {
        Theme::System => (
            "light dark",
            format!("@media (prefers-color-scheme: dark) {{ {DARK} }}"),
        ),
        Theme::Light => ("light", String::new()),
        Theme::Dark => ("dark", DARK.to_owned()),
    };
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        include_str!("page.html"),
        title = Xml(&timeline.title),
        theme = theme,
        css = include_str!("page.css").replace("/*dark*/", &dark),
        summary = Xml(&summary(timeline)),
        about = about(timeline),
        left_out = left_out(timeline),
        described = Xml(&described(timeline)),
        legend = legend(timeline),
        findings = findings(timeline),
        table = table(timeline, &rows),
        data = data(timeline, &rows, options.scale),
        script = include_str!("page.js"),
    );
    out
}

fn about(timeline: &Timeline) -> String {
    let mut out = String::new();
    for sentence in &timeline.about {
        let _ = write!(out, "<p>{}</p>", Xml(sentence));
    }
    if let Some(failure) = &timeline.failure {
        let _ = write!(out, "<p class=\"note failure\">{}</p>", Xml(failure));
    }
    out
}

fn left_out(timeline: &Timeline) -> String {
    match &timeline.left_out {
        Some(text) => format!(
            "<p class=\"note\"><strong>Left out:</strong> {}</p>",
            Xml(text)
        ),
        None => String::new(),
    }
}

fn legend(timeline: &Timeline) -> String {
    let mut items = String::new();
    for class in Class::ALL {
        if timeline.calls.iter().any(|call| call.class == class) {
            let _ = write!(
                items,
                "<li><span class=\"swatch\" style=\"background:{}\">{}</span> {}</li>",
                class_colour(class),
                class.letter(),
                class.name()
            );
        }
    }
    for (shown, swatch, text) in [
        (
            timeline.calls.iter().any(|call| call.waiting.is_some()),
            "hatched",
            "can only wait",
        ),
        (!timeline.messages.is_empty(), "arrow", "message"),
        (
            timeline
                .messages
                .iter()
                .any(|message| message.received_ns.is_none()),
            "lost",
            "never received",
        ),
        (
            !timeline.collectives.is_empty(),
            "meet",
            "the last rank came",
        ),
        (
            timeline.calls.iter().any(|call| call.to_ns.is_none()),
            "open",
            "never came back",
        ),
        (!timeline.stuck.is_empty(), "stuck", "waits forever for"),
    ] {
        if shown {
            let _ = write!(
                items,
                "<li><span class=\"swatch {swatch}\"></span> {text}</li>"
            );
        }
    }
    items
}

/// The deadlock and the messages that nobody received, as lists.
fn findings(timeline: &Timeline) -> String {
    let mut out = String::new();
    if !timeline.stuck.is_empty() {
        out += "<section aria-labelledby=\"h-deadlock\"><h2 id=\"h-deadlock\">Deadlock</h2><ul class=\"deadlock\">";
        for edge in timeline.stuck.iter().take(LISTED) {
            let _ = write!(out, "<li>Rank {} waits for rank {}", edge.from, edge.to);
            if let Some(call) = timeline.call(edge.call) {
                let _ = write!(out, " in <code>{}</code>", Xml(&call.function));
                if let Some(place) = &call.place {
                    let _ = write!(out, " at <code>{}:{}</code>", Xml(&place.file), place.line);
                }
            }
            out += ".</li>";
        }
        out += "</ul>";
        more(&mut out, timeline.stuck.len());
        out += "</section>";
    }
    let lost = || {
        timeline
            .messages
            .iter()
            .filter(|message| message.received_ns.is_none())
    };
    if lost().next().is_some() {
        out += "<section aria-labelledby=\"h-lost\"><h2 id=\"h-lost\">Messages that nobody received</h2><ul>";
        for message in lost().take(LISTED) {
            let _ = write!(
                out,
                "<li>Rank {} to rank {}, tag {}, {}",
                message.from.rank,
                message.to.rank,
                message.tag,
                bytes(message.bytes)
            );
            if let Some(place) = timeline
                .call(message.from.call)
                .and_then(|call| call.place.as_ref())
            {
                let _ = write!(
                    out,
                    ", sent at <code>{}:{}</code>",
                    Xml(&place.file),
                    place.line
                );
            }
            out += ".</li>";
        }
        out += "</ul>";
        more(&mut out, lost().count());
        out += "</section>";
    }
    out
}

fn more(out: &mut String, number: usize) {
    if number > LISTED {
        let _ = write!(out, "<p>And {} more.</p>", number - LISTED);
    }
}

/// The first calls as rows of the table: what there is without a script.
fn table(timeline: &Timeline, rows: &Rows) -> String {
    let (begin, end) = timeline.span();
    let mut order = rows.order.clone();
    order.sort_by_key(|&call| (timeline.calls[call as usize].from_ns, call));
    let mut out = String::new();
    for &number in order.iter().take(STATIC_ROWS) {
        let call = &timeline.calls[number as usize];
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", call.rank);
        for cell in cells(call, begin, end) {
            let _ = write!(out, "<td>{}</td>", Xml(&cell));
        }
        out += "</tr>\n";
    }
    if order.len() > STATIC_ROWS {
        let _ = write!(
            out,
            "<tr class=\"rest\"><td colspan=\"10\">{} more; turning the pages of this table needs a \
             script.</td></tr>",
            words::count((order.len() - STATIC_ROWS) as u64)
        );
    }
    out
}

/// A row of the table behind the rank: the script makes the same ones.
fn cells(call: &Call, begin: u64, end: u64) -> [String; 9] {
    let peer = match call.peer {
        Some(Peer::Rank(peer)) => peer.to_string(),
        Some(Peer::Any) => "any".to_owned(),
        Some(Peer::Nobody) => "none".to_owned(),
        None => String::new(),
    };
    let tag = match call.tag {
        Some(Tag::Is(tag)) => tag.to_string(),
        Some(Tag::Any) => "any".to_owned(),
        None => String::new(),
    };
    let took = match call.to_ns {
        Some(to) => duration(to.saturating_sub(call.from_ns)),
        None => "never came back".to_owned(),
    };
    let error = if call.error { " (error)" } else { "" };
    [
        call.thread.to_string(),
        format!("{}{error}", call.function),
        call.place.as_ref().map_or_else(String::new, |place| {
            format!("{}:{}", place.file, place.line)
        }),
        peer,
        tag,
        call.bytes.map_or_else(String::new, bytes),
        duration(call.from_ns.saturating_sub(begin)),
        took,
        call.waited(end).map_or_else(String::new, duration),
    ]
}

/// Names, each once, and what number each has.
#[derive(Default)]
struct Numbered {
    names: Vec<String>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Numbered {
    fn number(&mut self, name: &Arc<str>) -> u32 {
        if let Some(&known) = self.numbers.get(name) {
            return known;
        }
        let new = self.names.len() as u32;
        self.numbers.insert(Arc::clone(name), new);
        self.names.push(name.to_string());
        new
    }
}

/// The run for the script: columns, because a hundred thousand objects would take it a second to read.
/// Times are in nanoseconds since the first event, -1 for none. Where a number may be missing the
/// column holds `null`.
#[derive(Default, Serialize)]
struct Data {
    title: String,
    ranks: u32,
    end: u64,
    /// Rank, thread and depth of each row.
    rows: Vec<[u32; 3]>,
    colours: Vec<&'static str>,
    classes: Vec<(&'static str, char, &'static str)>,
    functions: Vec<String>,
    files: Vec<String>,
    communicators: Vec<String>,
    calls: Calls,
    messages: Messages,
    /// The calls that met, and the ranks that did not come.
    meetings: Vec<(Vec<u32>, Vec<u32>)>,
    stuck: Vec<[u32; 2]>,
    /// The moments of the axis in steps, and where each stands; none if it is not offered.
    steps: Option<(Vec<u64>, Vec<f64>)>,
    /// Whether the page begins in steps.
    stepped: bool,
}

#[derive(Default, Serialize)]
struct Calls {
    row: Vec<u32>,
    function: Vec<u32>,
    class: Vec<u8>,
    from: Vec<u64>,
    to: Vec<i64>,
    wait_from: Vec<i64>,
    wait_to: Vec<i64>,
    file: Vec<i64>,
    line: Vec<u32>,
    /// -1 for any, -2 for none.
    peer: Vec<Option<i64>>,
    /// `"any"` for any.
    tag: Vec<TagColumn>,
    bytes: Vec<Option<u64>>,
    communicator: Vec<i64>,
    /// The calls with an error.
    error: Vec<u32>,
    /// Number of calls, where it is not 1.
    count: Vec<(u32, u32)>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum TagColumn {
    Missing(Option<()>),
    Is(i32),
    Any(&'static str),
}

#[derive(Default, Serialize)]
struct Messages {
    from_row: Vec<u32>,
    to_row: Vec<u32>,
    from_call: Vec<i64>,
    to_call: Vec<i64>,
    sent: Vec<u64>,
    received: Vec<i64>,
    bytes: Vec<u64>,
    tag: Vec<i32>,
}

fn data(timeline: &Timeline, rows: &Rows, scale: Scale) -> String {
    let (begin, end) = timeline.span();
    let since = |moment: u64| moment.clamp(begin, end) - begin;
    let signed = |moment: u64| i64::try_from(since(moment)).unwrap_or(i64::MAX);
    let mut data = Data {
        title: timeline.title.clone(),
        ranks: timeline.ranks,
        end: end - begin,
        rows: rows
            .rows
            .iter()
            .map(|row| [row.rank, row.thread, row.depth])
            .collect(),
        colours: (0..8).map(rank_colour).collect(),
        classes: Class::ALL
            .map(|class| (class.name(), class.letter(), class_colour(class)))
            .to_vec(),
        ..Data::default()
    };
    let mut functions = Numbered::default();
    let mut files = Numbered::default();
    let mut communicators = Numbered::default();
    // The script wants the calls by row and beginning: then it finds those in sight by halving.
    let mut renumbered: Vec<i64> = vec![-1; timeline.calls.len()];
    let calls = &mut data.calls;
    for (new, &number) in rows.order.iter().enumerate() {
        let call = &timeline.calls[number as usize];
        renumbered[number as usize] = new as i64;
        calls.row.push(rows.of_call[number as usize].unwrap_or(0));
        calls.function.push(functions.number(&call.function));
        calls.class.push(call.class as u8);
        calls.from.push(since(call.from_ns));
        calls
            .to
            .push(call.to_ns.map_or(-1, |to| signed(to.max(call.from_ns))));
        let last = call.to_ns.unwrap_or(end).max(call.from_ns);
        let wait = call
            .waiting
            .map(|(from, to)| {
                let to = if call.to_ns.is_none() { last } else { to };
                (from.clamp(call.from_ns, last), to.clamp(call.from_ns, last))
            })
            .filter(|(from, to)| to > from);
        calls
            .wait_from
            .push(wait.map_or(-1, |(from, _)| signed(from)));
        calls.wait_to.push(wait.map_or(-1, |(_, to)| signed(to)));
        calls.file.push(
            call.place
                .as_ref()
                .map_or(-1, |place| i64::from(files.number(&place.file))),
        );
        calls
            .line
            .push(call.place.as_ref().map_or(0, |place| place.line));
        calls.peer.push(call.peer.map(|peer| match peer {
            Peer::Rank(rank) => i64::from(rank),
            Peer::Any => -1,
            Peer::Nobody => -2,
        }));
        calls.tag.push(match call.tag {
            Some(Tag::Is(tag)) => TagColumn::Is(tag),
            Some(Tag::Any) => TagColumn::Any("any"),
            None => TagColumn::Missing(None),
        });
        calls.bytes.push(call.bytes);
        let communicator = call.communicator.as_ref();
        calls
            .communicator
            .push(communicator.map_or(-1, |name| i64::from(communicators.number(name))));
        if call.error {
            calls.error.push(new as u32);
        }
        if call.count != 1 {
            calls.count.push((new as u32, call.count));
        }
    }
    data.functions = functions.names;
    data.files = files.names;
    data.communicators = communicators.names;

    let anew = |call: Option<u32>, rank: u32| {
        let number = call
            .and_then(|call| renumbered.get(call as usize).copied())
            .unwrap_or(-1);
        let fits = call
            .and_then(|call| timeline.call(Some(call)))
            .is_some_and(|call| call.rank == rank);
        if fits { number } else { -1 }
    };
    let row = |call: i64, rank: u32, calls: &Calls| {
        usize::try_from(call)
            .ok()
            .map_or(rows.of_rank[rank as usize], |call| calls.row[call])
    };
    let mut order: Vec<usize> = (0..timeline.messages.len()).collect();
    order.sort_by_key(|&number| timeline.messages[number].sent_ns);
    for number in order {
        let message = &timeline.messages[number];
        if message.from.rank >= timeline.ranks || message.to.rank >= timeline.ranks {
            continue;
        }
        let from = anew(message.from.call, message.from.rank);
        let to = anew(message.to.call, message.to.rank);
        let messages = &mut data.messages;
        messages
            .from_row
            .push(row(from, message.from.rank, &data.calls));
        messages.to_row.push(row(to, message.to.rank, &data.calls));
        messages.from_call.push(from);
        messages.to_call.push(to);
        messages.sent.push(since(message.sent_ns));
        messages
            .received
            .push(message.received_ns.map_or(-1, signed));
        messages.bytes.push(message.bytes);
        messages.tag.push(message.tag);
    }
    for meeting in &timeline.collectives {
        let calls: Vec<u32> = meeting
            .calls
            .iter()
            .filter_map(|&call| u32::try_from(*renumbered.get(call as usize)?).ok())
            .collect();
        let missing = meeting
            .missing
            .iter()
            .copied()
            .filter(|&rank| rank < timeline.ranks);
        data.meetings.push((calls, missing.collect()));
    }
    data.stuck = timeline
        .stuck
        .iter()
        .filter(|edge| edge.from < timeline.ranks && edge.to < timeline.ranks)
        .map(|edge| [edge.from, edge.to])
        .collect();
    if timeline.calls.len() + timeline.messages.len() <= MOST_MOMENTS / 2 && end > begin {
        let axis = Axis::new(timeline, rows, Scale::Steps);
        data.steps = axis.in_steps().then(|| {
            let moments = axis.moments.iter();
            moments
                .map(|&(moment, at)| (moment - begin, (at * 1e6).round() / 1e6))
                .unzip()
        });
        data.stepped = Axis::new(timeline, rows, scale).in_steps() && data.steps.is_some();
    }
    // A title may not end the script that holds it.
    serde_json::to_string(&data)
        .unwrap_or_else(|error| format!("{{\"error\":{:?}}}", error.to_string()))
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

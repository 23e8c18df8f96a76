//! The drawing in text, for small runs: a column for each rank, and time from top to bottom in steps.
//!
//! A step is as low as the order within its rank and along messages lets it be (Lamport, "Time,
//! Clocks, and the Ordering of Events in a Distributed System", 1978): what stands side by side need
//! not have happened together. A message whose receiver is there already is an arrow; one that had to
//! lie about, or whose way is not free, is a number at both its ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::colour::rank_rgb;
use crate::rows::Rows;
use crate::svg::summary;
use crate::words::{list, plural, short};
use crate::{Class, Timeline};

/// Room for the step's number.
const GUTTER: usize = 5;
/// A column is at least so wide: a letter, and an arrow to the next one.
const NARROWEST: usize = 4;
/// From this width on columns hold names, below letters.
const NAMES: usize = 9;
/// A wider column only takes the arrows' ends apart.
const WIDEST: usize = 24;
/// So many steps are drawn at the beginning and at the end; what lies between is counted.
const FIRST: usize = 20;
const LAST: usize = 30;
/// So many edges of a deadlock are drawn and told.
const EDGES: usize = 16;

/// The timeline as lines of text, each at most `width` columns wide and ended by a line break; with
/// escape sequences for colours if `colour`. Beyond some ranks and steps it says what it leaves out.
pub fn terminal(timeline: &Timeline, width: usize, colour: bool) -> String {
    let mut page = Page::new(timeline, width, colour);
    page.line(&[]);
    let fit = (page.width.saturating_sub(GUTTER) / NARROWEST).max(1);
    let shown = shown(timeline, fit);
    if page.width <= GUTTER + NARROWEST {
        let why = format!("{} columns are too few", page.width);
        not_drawn(&why, &mut page);
    } else if !shown.is_empty() {
        Drawing::new(timeline, &shown, page.width).draw(&mut page);
    }
    notes(timeline, &shown, &mut page);
    page.text
}

/// What stands above and below the drawing, and `why` there is none.
pub fn heading(timeline: &Timeline, width: usize, colour: bool, why: &str) -> String {
    let mut page = Page::new(timeline, width, colour);
    page.line(&[]);
    not_drawn(why, &mut page);
    let all: Vec<u32> = (0..timeline.ranks).collect();
    notes(timeline, &all, &mut page);
    page.text
}

fn not_drawn(why: &str, page: &mut Page) {
    let text = format!("No diagram here: {why}. See the page (HTML).");
    page.words(&text, Paint::Plain);
}

/// The ranks that have room: those of the deadlock first, then the lowest.
fn shown(timeline: &Timeline, fit: usize) -> Vec<u32> {
    if timeline.ranks as usize <= fit {
        return (0..timeline.ranks).collect();
    }
    let stuck: BTreeSet<u32> = timeline
        .stuck
        .iter()
        .flat_map(|edge| [edge.from, edge.to])
        .filter(|&rank| rank < timeline.ranks)
        .collect();
    let others = (0..timeline.ranks).filter(|rank| !stuck.contains(rank));
    let mut shown: Vec<u32> = stuck.iter().copied().chain(others).take(fit).collect();
    shown.sort_unstable();
    shown
}

/// What is said below the drawing.
fn notes(timeline: &Timeline, shown: &[u32], page: &mut Page) {
    let edges = timeline.stuck.iter().take(EDGES);
    for (number, edge) in edges.enumerate() {
        if number == 0 {
            page.words("Deadlock:", Paint::Red);
        }
        let mut text = format!("- rank {} waits for rank {}", edge.from, edge.to);
        if let Some(call) = timeline.call(edge.call) {
            let _ = write!(text, " in {}", call.function);
            if let Some(place) = &call.place {
                let _ = write!(text, " at {}:{}", place.file, place.line);
            }
        }
        page.words(&text, Paint::Red);
    }
    if timeline.stuck.len() > EDGES {
        let more = (timeline.stuck.len() - EDGES) as u64;
        page.words(&format!("- and {} more", plural(more, "wait")), Paint::Red);
    }
    let hidden: Vec<u32> = (0..timeline.ranks)
        .filter(|rank| shown.binary_search(rank).is_err())
        .collect();
    if !hidden.is_empty() {
        let noun = if hidden.len() == 1 { "rank" } else { "ranks" };
        let text = format!(
            "Not drawn: {noun} {}; see the page (HTML) for all.",
            list(&hidden, 6)
        );
        page.words(&text, Paint::Plain);
    }
    if let Some(left_out) = &timeline.left_out {
        page.words(left_out, Paint::Plain);
    }
    if timeline.calls.is_empty() {
        page.words("No call was recorded.", Paint::Plain);
    }
}

/// How a letter looks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Paint {
    Plain,
    Bold,
    Dim,
    Red,
    Rank(u32),
}

impl Paint {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Bold => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Red => AnsiColor::Red.on_default().bold(),
            Self::Rank(rank) => Style::new().bold().fg_color(Some(rank_rgb(rank).into())),
        }
    }
}

/// What is written so far.
struct Page {
    width: usize,
    colour: bool,
    text: String,
}

/// How many columns a letter may take: two where it is not certain.
fn columns(letter: char) -> usize {
    match letter {
        '\0'..'\u{20}' | '\u{7f}'..'\u{a0}' => 0,
        '\u{1100}'..'\u{2000}' | '\u{2e80}'.. => 2,
        _ => 1,
    }
}

impl Page {
    /// A page that begins with what is said of the run.
    fn new(timeline: &Timeline, width: usize, colour: bool) -> Self {
        let mut page = Self {
            width: width.max(1),
            colour,
            text: String::new(),
        };
        page.words(&timeline.title, Paint::Bold);
        page.words(&summary(timeline), Paint::Dim);
        for sentence in &timeline.about {
            page.words(sentence, Paint::Plain);
        }
        if let Some(failure) = &timeline.failure {
            page.words(failure, Paint::Red);
        }
        page
    }

    /// A line of the drawing; what does not fit is cut.
    fn line(&mut self, cells: &[(char, Paint)]) {
        let used = cells
            .iter()
            .rposition(|&(c, _)| c != ' ')
            .map_or(0, |at| at + 1);
        let mut paint = Paint::Plain;
        for &(letter, next) in &cells[..used.min(self.width)] {
            // Blanks have no colour to change.
            if self.colour && next != paint && letter != ' ' {
                if paint != Paint::Plain {
                    let _ = write!(self.text, "{:#}", paint.style());
                }
                if next != Paint::Plain {
                    let _ = write!(self.text, "{}", next.style());
                }
                paint = next;
            }
            self.text.push(letter);
        }
        if paint != Paint::Plain {
            let _ = write!(self.text, "{:#}", paint.style());
        }
        self.text.push('\n');
    }

    /// Text, on as many lines as it needs.
    fn words(&mut self, text: &str, paint: Paint) {
        let mut lines: Vec<Vec<(char, Paint)>> = Vec::new();
        let mut used = 0;
        for word in text
            .split([' ', '\n', '\t'])
            .filter(|word| !word.is_empty())
        {
            let long: usize = word.chars().map(columns).sum();
            if used > 0 && used + 1 + long <= self.width {
                used += 1;
                if let Some(line) = lines.last_mut() {
                    line.push((' ', paint));
                }
            } else {
                lines.push(Vec::new());
                used = 0;
            }
            let fits = |letter: &char| (1..=self.width).contains(&columns(*letter));
            for letter in word.chars().filter(fits) {
                if used + columns(letter) > self.width {
                    lines.push(Vec::new());
                    used = 0;
                }
                used += columns(letter);
                if let Some(line) = lines.last_mut() {
                    line.push((letter, paint));
                }
            }
        }
        for line in lines {
            self.line(&line);
        }
    }
}

/// What joins columns in a step.
#[derive(Clone, Copy, Debug)]
enum Link {
    /// A message, by columns.
    Arrow { from: usize, to: usize },
    /// A collective, from its leftmost to its rightmost column.
    Meeting { left: usize, right: usize },
}

impl Link {
    fn ends(self) -> (usize, usize) {
        match self {
            Self::Arrow { from, to } => (from.min(to), from.max(to)),
            Self::Meeting { left, right } => (left, right),
        }
    }
}

/// A call as it is drawn.
#[derive(Clone, Debug)]
struct Drawn {
    column: usize,
    call: u32,
    first: usize,
    /// The step in which it came back; none if it never did.
    last: Option<usize>,
    /// What stands behind the name: numbers of messages that lay about.
    marks: String,
}

struct Drawing<'a> {
    timeline: &'a Timeline,
    shown: &'a [u32],
    /// Width of a column.
    wide: usize,
    calls: Vec<Drawn>,
    links: BTreeMap<usize, Vec<Link>>,
    /// Steps in which a column holds a name.
    named: Vec<BTreeSet<usize>>,
    /// The first step of each column in which nothing stands.
    free: Vec<usize>,
    /// Calls on the ranks that are shown which have no place in a column.
    inner: u64,
    /// Of each number of a message, the step in which it is free again.
    numbers: Vec<usize>,
}

impl<'a> Drawing<'a> {
    fn new(timeline: &'a Timeline, shown: &'a [u32], width: usize) -> Self {
        let wide = ((width - GUTTER) / shown.len()).clamp(NARROWEST, WIDEST);
        let mut drawing = Self {
            timeline,
            shown,
            wide,
            calls: Vec::new(),
            links: BTreeMap::new(),
            named: vec![BTreeSet::new(); shown.len()],
            free: vec![0; shown.len()],
            inner: 0,
            numbers: Vec::new(),
        };
        drawing.arrange();
        drawing
    }

    /// Gives every call its steps.
    fn arrange(&mut self) {
        let timeline = self.timeline;
        let rows = Rows::new(timeline);
        let number = timeline.calls.len();
        let mut column_of: Vec<Option<usize>> = vec![None; number];
        let mut moments: Vec<(u64, u8, u32)> = Vec::new();
        for (call, row) in (0u32..).zip(&rows.of_call) {
            let Some(row) = row else { continue };
            let row = rows.rows[*row as usize];
            let Ok(column) = self.shown.binary_search(&row.rank) else {
                continue;
            };
            let first = rows.rows[rows.of_rank[row.rank as usize] as usize];
            let recorded = &timeline.calls[call as usize];
            if row != first || recorded.class == Class::Compute {
                self.inner += 1;
                continue;
            }
            column_of[call as usize] = Some(column);
            moments.push((recorded.from_ns, 1, call));
            if let Some(to) = recorded.to_ns {
                let to = to.max(recorded.from_ns);
                // What ends makes room for what begins, unless it has just begun itself.
                let order = if to > recorded.from_ns { 0 } else { 2 };
                moments.push((to, order, call));
            }
        }
        moments.sort_unstable();

        let mut incoming: Vec<(u32, u32)> = Vec::new();
        let mut lost: BTreeSet<u32> = BTreeSet::new();
        for (message, one) in (0u32..).zip(&timeline.messages) {
            match (one.from.call, one.to.call) {
                (Some(from), _) if one.received_ns.is_none() => {
                    lost.insert(from);
                }
                (_, Some(to)) => incoming.push((to, message)),
                _ => {}
            }
        }
        incoming.sort_unstable();
        let mut meeting_of: BTreeMap<u32, usize> = BTreeMap::new();
        for (number, meeting) in timeline.collectives.iter().enumerate() {
            for &call in &meeting.calls {
                meeting_of.insert(call, number);
            }
        }
        let mut met: BTreeMap<usize, usize> = BTreeMap::new();
        let mut place: Vec<Option<usize>> = vec![None; number];
        for (_, order, call) in moments {
            let Some(column) = column_of[call as usize] else {
                continue;
            };
            if order == 1 {
                let mut step = self.free[column];
                while self.crossed(step, column) {
                    step += 1;
                }
                self.named[column].insert(step);
                self.free[column] = step + 1;
                place[call as usize] = Some(self.calls.len());
                let marks = if lost.contains(&call) { "▸✗" } else { "" };
                self.calls.push(Drawn {
                    column,
                    call,
                    first: step,
                    last: None,
                    marks: marks.to_owned(),
                });
                continue;
            }
            let Some(own) = place[call as usize] else {
                continue;
            };
            let mut last = self.calls[own].first;
            let start = incoming.partition_point(|&(to, _)| to < call);
            let messages = incoming[start..].iter().take_while(|&&(to, _)| to == call);
            for &(_, message) in messages {
                let from = timeline.messages[message as usize].from;
                let sender = from
                    .call
                    .and_then(|from| *place.get(from as usize)?)
                    .map(|at| (at, self.calls[at].column, self.calls[at].first));
                let Some((sender, out, sent)) = sender else {
                    continue;
                };
                if out != column && sent >= self.calls[own].first && self.arrow(out, column, sent) {
                    last = last.max(sent);
                } else {
                    let number = self.number(sent, self.calls[own].first);
                    let _ = write!(self.calls[sender].marks, "▸{number}");
                    let _ = write!(self.calls[own].marks, "◂{number}");
                    last = last.max(sent);
                }
            }
            if let Some(&number) = meeting_of.get(&call) {
                last = last.max(self.meet(number, &place, &mut met).unwrap_or(last));
            }
            self.calls[own].last = Some(last);
            self.free[column] = self.free[column].max(last + 1);
        }
    }

    /// A number that no other message bears between its two steps.
    fn number(&mut self, sent: usize, received: usize) -> String {
        let (from, to) = (sent.min(received), sent.max(received));
        let free = self.numbers.iter().position(|&until| until < from);
        let number = free.unwrap_or(self.numbers.len());
        if number == self.numbers.len() {
            self.numbers.push(to);
        }
        self.numbers[number] = to;
        numeral(number)
    }

    /// Whether something runs across the column in that step.
    fn crossed(&self, step: usize, column: usize) -> bool {
        self.links.get(&step).is_some_and(|links| {
            links.iter().any(|link| {
                let (left, right) = link.ends();
                left <= column && column <= right
            })
        })
    }

    /// Whether the columns between `left` and `right` are free for a line in that step.
    fn clear(&self, step: usize, left: usize, right: usize) -> bool {
        let crossed = self.links.get(&step).is_some_and(|links| {
            links.iter().any(|link| {
                let ends = link.ends();
                ends.0 < right && left < ends.1
            })
        });
        !crossed && (left + 1..right).all(|column| !self.named[column].contains(&step))
    }

    /// Draws the message as an arrow in that step, if there is room.
    fn arrow(&mut self, from: usize, to: usize, step: usize) -> bool {
        let (left, right) = (from.min(to), from.max(to));
        if !self.clear(step, left, right) {
            return false;
        }
        self.links
            .entry(step)
            .or_default()
            .push(Link::Arrow { from, to });
        true
    }

    /// The step in which a collective's ranks met, once all that are drawn have come.
    fn meet(
        &mut self,
        number: usize,
        place: &[Option<usize>],
        met: &mut BTreeMap<usize, usize>,
    ) -> Option<usize> {
        if let Some(&step) = met.get(&number) {
            return Some(step);
        }
        let meeting = &self.timeline.collectives[number];
        let mut columns = Vec::new();
        let mut step = 0;
        for &call in &meeting.calls {
            let rank = self.timeline.calls.get(call as usize)?.rank;
            if self.shown.binary_search(&rank).is_err() {
                continue;
            }
            let drawn = &self.calls[(*place.get(call as usize)?)?];
            // A rank that has left already met nobody.
            if drawn.last.is_some() {
                continue;
            }
            columns.push(drawn.column);
            step = step.max(drawn.first);
        }
        let left = *columns.iter().min()?;
        let right = *columns.iter().max()?;
        if left < right {
            let taken = |step: usize| {
                !self.clear(step, left, right)
                    && !(left + 1..right)
                        .filter(|column| self.named[*column].contains(&step))
                        .all(|column| columns.contains(&column))
                    || self.links.get(&step).is_some_and(|links| !links.is_empty())
            };
            while taken(step) {
                step += 1;
            }
            let link = Link::Meeting { left, right };
            self.links.entry(step).or_default().push(link);
        }
        met.insert(number, step);
        Some(step)
    }

    fn x(&self, column: usize) -> usize {
        GUTTER + column * self.wide
    }

    /// The name of a call, as long as the column allows.
    fn label(&self, drawn: &Drawn) -> String {
        let call = &self.timeline.calls[drawn.call as usize];
        let name: String = short(&call.function)
            .chars()
            .filter(char::is_ascii_graphic)
            .collect();
        // An arrow that begins here needs room for its shaft and head.
        let links = self.links.get(&drawn.first).map_or(&[][..], Vec::as_slice);
        let arrow = links.iter().any(|link| match (link.ends(), link) {
            ((left, right), Link::Meeting { .. }) => (left..right).contains(&drawn.column),
            ((left, _), Link::Arrow { .. }) => left == drawn.column,
        });
        let room = match (self.wide >= NAMES, arrow) {
            (true, true) => self.wide - 5,
            (true, false) => self.wide - 2,
            (false, true) => self.wide - 3,
            (false, false) => self.wide - 1,
        };
        let mut marks = drawn.marks.clone();
        if marks.chars().count() >= room {
            // Half a number would be another number.
            marks = if room > 1 {
                "…".to_owned()
            } else {
                String::new()
            };
        }
        let left = room - marks.chars().count();
        if self.wide < NAMES {
            return format!("{}{marks}", call.class.letter());
        }
        let place = call.place.as_ref().map(|place| format!(":{}", place.line));
        let full = format!("{name}{}", place.unwrap_or_default());
        let label = if full.len() <= left { full } else { name };
        let label: String = label.chars().take(left).collect();
        format!("{label}{marks}")
    }

    fn draw(&self, page: &mut Page) {
        let mut head = blank(page.width);
        put(&mut head, 0, "step", Paint::Dim);
        for (column, &rank) in self.shown.iter().enumerate() {
            let name = if self.wide >= NAMES {
                format!("rank {rank}")
            } else {
                rank.to_string()
            };
            let name: String = name.chars().take(self.wide - 1).collect();
            put(&mut head, self.x(column), &name, Paint::Rank(rank));
        }
        page.line(&head);

        let ends = self
            .calls
            .iter()
            .map(|drawn| drawn.last.unwrap_or(drawn.first) + 1);
        let steps = ends.max().unwrap_or(0);
        let mut by_step: BTreeMap<usize, Vec<&Drawn>> = BTreeMap::new();
        let mut inside: Vec<Vec<&Drawn>> = vec![Vec::new(); self.shown.len()];
        for drawn in &self.calls {
            by_step.entry(drawn.first).or_default().push(drawn);
            inside[drawn.column].push(drawn);
        }
        let cut = steps > FIRST + LAST + 1;
        for step in 0..steps {
            if cut && (FIRST..steps - LAST).contains(&step) {
                if step == FIRST {
                    let hidden = self
                        .calls
                        .iter()
                        .filter(|drawn| (FIRST..steps - LAST).contains(&drawn.first))
                        .count() as u64;
                    let text = format!(
                        "⋮ {} with {} left out; see the page (HTML)",
                        plural((steps - LAST - FIRST) as u64, "step"),
                        plural(hidden, "call")
                    );
                    page.words(&text, Paint::Dim);
                }
                continue;
            }
            let at = by_step.get(&step).map_or(&[][..], Vec::as_slice);
            page.line(&self.step(step, at, &inside, page.width));
        }
        self.edges(page);
        page.line(&[]);
        self.legend(page);
    }

    /// One line of the drawing.
    fn step(
        &self,
        step: usize,
        begins: &[&Drawn],
        inside: &[Vec<&Drawn>],
        width: usize,
    ) -> Vec<(char, Paint)> {
        let mut cells = blank(width);
        put(&mut cells, 0, &format!("{:>3}", step + 1), Paint::Dim);
        let mut used = vec![0; self.shown.len()];
        for (column, calls) in inside.iter().enumerate() {
            // The last call that has begun before this step; it may still be open.
            let before = calls.partition_point(|drawn| drawn.first < step);
            let open = before > 0 && calls[before - 1].last.is_none_or(|last| last >= step);
            let (line, paint) = match calls.get(before.wrapping_sub(1)) {
                Some(drawn) if open && self.is_stuck(drawn) => ('┃', Paint::Red),
                Some(_) if open => ('┃', Paint::Plain),
                _ => ('│', Paint::Dim),
            };
            cells[self.x(column)] = (line, paint);
            used[column] = 1;
        }
        for drawn in begins {
            let label = self.label(drawn);
            let call = &self.timeline.calls[drawn.call as usize];
            let paint = if call.error || self.is_stuck(drawn) {
                Paint::Red
            } else {
                Paint::Plain
            };
            put(&mut cells, self.x(drawn.column), &label, paint);
            used[drawn.column] = label.chars().count();
        }
        let gap = usize::from(self.wide >= NAMES);
        for link in self.links.get(&step).into_iter().flatten() {
            let (left, right) = link.ends();
            let from = self.x(left) + used[left] + gap;
            let to = self.x(right) - gap;
            let shaft = match link {
                Link::Arrow { .. } => '─',
                Link::Meeting { .. } => '═',
            };
            for (x, cell) in cells.iter_mut().enumerate().take(to).skip(from) {
                let between = (left + 1..right).find(|&column| {
                    let named = self.named[column].contains(&step);
                    let (gap, long) = if named { (gap, used[column]) } else { (0, 1) };
                    (self.x(column) - gap..self.x(column) + long + gap).contains(&x)
                });
                *cell = match (between, link, cell.0) {
                    // Names of those who meet stay.
                    (Some(column), _, _) if self.named[column].contains(&step) => continue,
                    (Some(_), Link::Arrow { .. }, '┃') => ('╂', Paint::Plain),
                    (Some(_), Link::Arrow { .. }, _) => ('┼', Paint::Plain),
                    (Some(_), Link::Meeting { .. }, '┃') => ('╪', Paint::Plain),
                    _ => (shaft, Paint::Plain),
                };
            }
            if let Link::Arrow {
                from: out,
                to: into,
            } = link
            {
                let (head, x) = if out < into {
                    ('▶', to - 1)
                } else {
                    ('◀', from)
                };
                cells[x] = (head, Paint::Plain);
            }
        }
        cells
    }

    fn is_stuck(&self, drawn: &Drawn) -> bool {
        let rank = self.shown[drawn.column];
        drawn.last.is_none() && self.timeline.stuck.iter().any(|edge| edge.from == rank)
    }

    /// Below the last step: who waits for whom.
    fn edges(&self, page: &mut Page) {
        for edge in self.timeline.stuck.iter().take(EDGES) {
            let column = |rank: u32| self.shown.binary_search(&rank).ok();
            let (Some(from), Some(to)) = (column(edge.from), column(edge.to)) else {
                continue;
            };
            let mut cells = blank(page.width);
            for (column, &rank) in self.shown.iter().enumerate() {
                let stuck = self.timeline.stuck.iter().any(|edge| edge.from == rank);
                let mut calls = self.calls.iter().filter(|drawn| drawn.column == column);
                cells[self.x(column)] = if stuck {
                    ('┃', Paint::Red)
                } else if calls.any(|drawn| drawn.last.is_none()) {
                    ('┃', Paint::Plain)
                } else {
                    ('│', Paint::Dim)
                };
            }
            let (start, end) = (self.x(from), self.x(to));
            let (low, high) = (start.min(end), start.max(end));
            for cell in cells.iter_mut().take(high).skip(low + 1) {
                let shaft = if cell.0 == ' ' { '═' } else { '╪' };
                *cell = (shaft, Paint::Red);
            }
            match start.cmp(&end) {
                std::cmp::Ordering::Less => {
                    cells[start] = ('╠', Paint::Red);
                    cells[end - 1] = ('▶', Paint::Red);
                }
                std::cmp::Ordering::Greater => {
                    cells[start] = ('╣', Paint::Red);
                    cells[end + 1] = ('◀', Paint::Red);
                }
                std::cmp::Ordering::Equal => cells[start] = ('↻', Paint::Red),
            }
            page.line(&cells);
        }
    }

    fn legend(&self, page: &mut Page) {
        if self.wide < NAMES {
            let used: BTreeSet<Class> = self
                .calls
                .iter()
                .map(|drawn| self.timeline.calls[drawn.call as usize].class)
                .collect();
            let parts: Vec<String> = used
                .into_iter()
                .map(|class| format!("{} {}", class.letter(), class.name()))
                .collect();
            page.words(&parts.join(", "), Paint::Dim);
        }
        let mut parts = vec!["┃ inside a call"];
        if self
            .links
            .values()
            .flatten()
            .any(|link| matches!(link, Link::Meeting { .. }))
        {
            parts.push("═ the last rank came");
        }
        if !self.numbers.is_empty() {
            parts.push("▸① ◂① the two ends of a message");
        }
        if self.calls.iter().any(|drawn| drawn.marks.contains('✗')) {
            parts.push("▸✗ a message that nobody received");
        }
        if !self.calls.is_empty() {
            page.words(&parts.join(", "), Paint::Dim);
        }
        if self.inner > 0 {
            let text = format!(
                "Not drawn: {} of other threads, inside of calls, or marked parts.",
                plural(self.inner, "call")
            );
            page.words(&text, Paint::Plain);
        }
    }
}

/// The number, counted from 0, in a circle; after twenty come letters, then numbers without one.
fn numeral(number: usize) -> String {
    let circled = match number {
        0..20 => Some('①'..='⑳'),
        20..46 => Some('Ⓐ'..='Ⓩ'),
        46..72 => Some('ⓐ'..='ⓩ'),
        _ => None,
    };
    let first = [0, 20, 46]
        .into_iter()
        .rfind(|&first| first <= number)
        .unwrap_or(0);
    circled
        .and_then(|mut all| all.nth(number - first))
        .map_or_else(|| (number + 1).to_string(), String::from)
}

fn blank(width: usize) -> Vec<(char, Paint)> {
    vec![(' ', Paint::Plain); width]
}

/// Writes the text from `x` on, as far as there is room.
fn put(cells: &mut [(char, Paint)], x: usize, text: &str, paint: Paint) {
    for (cell, letter) in cells.iter_mut().skip(x).zip(text.chars()) {
        *cell = (letter, paint);
    }
}

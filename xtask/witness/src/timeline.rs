//! From the calls of a run to what is drawn of it, and the files it is drawn into.

use crate::book::{Book, Entry, is_drawn};
use anyhow::{Context, Result};
use observer::{Core, Deadlock, Unreceived};
use reasoning::{Edge as Wait, finding::Peer};
use recording::event::{PlaceId, Rank};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ffi::OsString,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};
use trace::{Call, Edge, End, Meeting, Message, Names, Options, Place, Tag, Timeline};

/// What is known of the run beside its calls.
#[derive(Default)]
pub(crate) struct Facts<'a> {
    /// What was run.
    pub(crate) title: String,
    /// What is to be known beside that, in sentences.
    pub(crate) about: Vec<String>,
    /// Why it failed, if that is known.
    pub(crate) failure: Option<String>,
    /// How many ranks there were.
    pub(crate) ranks: u32,
    /// When it was ended, if it did not end by itself.
    pub(crate) ended: Option<u64>,
    /// The deadlock, if it came to one.
    pub(crate) deadlock: Option<&'a Deadlock>,
    /// What was sent and not received.
    pub(crate) unreceived: Vec<Unreceived>,
    /// The calls that something was found about, by rank and number.
    pub(crate) wrong: HashSet<(Rank, u64)>,
    /// Whether a rank had to stop recording.
    pub(crate) is_cut: bool,
}

/// The run as it is drawn. `place` tells the line behind a number of a rank.
pub(crate) fn timeline(
    book: &Book,
    facts: Facts<'_>,
    place: &mut dyn FnMut(Rank, PlaceId) -> Option<(String, u32)>,
) -> Timeline {
    let mut drawing = Drawing {
        book,
        names: Names::default(),
        places: HashMap::new(),
        numbers: HashMap::new(),
        timeline: Timeline {
            title: facts.title,
            about: facts.about,
            failure: facts.failure,
            ranks: facts.ranks,
            ended_ns: facts.ended,
            ..Timeline::default()
        },
    };
    drawing.calls(&facts.wrong, place);
    drawing.messages();
    drawing.unreceived(&facts.unreceived);
    drawing.meetings();
    if let Some(deadlock) = facts.deadlock {
        drawing.stuck(deadlock);
    }
    let mut timeline = drawing.timeline;
    timeline.left_out = book.left_out();
    if facts.is_cut {
        let cut = "A rank stopped recording, for want of room: what it did after that is missing.";
        timeline.left_out = Some(match timeline.left_out {
            Some(text) => format!("{text} {cut}"),
            None => cut.to_owned(),
        });
    }
    timeline
}

struct Drawing<'a> {
    book: &'a Book,
    names: Names,
    places: HashMap<(Rank, PlaceId), Option<Place>>,
    /// The calls' places in the timeline.
    numbers: HashMap<(Rank, u64), u32>,
    timeline: Timeline,
}

impl Drawing<'_> {
    fn calls(
        &mut self,
        wrong: &HashSet<(Rank, u64)>,
        place: &mut dyn FnMut(Rank, PlaceId) -> Option<(String, u32)>,
    ) {
        let mut communicators = HashMap::new();
        for (rank, entry) in self.book.entries() {
            let names = &mut self.names;
            let line = self.places.entry((rank, entry.place)).or_insert_with(|| {
                let (file, line) = place(rank, entry.place)?;
                let file = names.get(&file);
                Some(Place { file, line })
            });
            let communicator: Option<Arc<str>> = entry.comm.and_then(|comm| {
                communicators
                    .entry(comm)
                    .or_insert_with(|| self.book.name(comm).map(|name| names.get(&name)))
                    .clone()
            });
            let call = Call {
                thread: entry.thread.into(),
                place: line.clone(),
                waiting: waiting(entry, self.timeline.ended_ns),
                peer: entry.peer.map(|peer| match peer {
                    Peer::Rank(rank) => trace::Peer::Rank(rank),
                    Peer::Any => trace::Peer::Any,
                    Peer::Nobody => trace::Peer::Nobody,
                }),
                tag: match (entry.tag, entry.any_tag) {
                    (Some(tag), _) => Some(Tag::Is(tag)),
                    (None, true) => Some(Tag::Any),
                    (None, false) => None,
                },
                bytes: entry.bytes,
                communicator,
                error: entry.error || wrong.contains(&(rank, entry.number)),
                count: entry.count,
                ..Call::new(
                    rank,
                    names.get(entry.function),
                    entry.class,
                    entry.from,
                    entry.to,
                )
            };
            let number = self.timeline.calls.len() as u32;
            self.numbers.insert((rank, entry.number), number);
            self.timeline.calls.push(call);
        }
    }

    fn number(&self, rank: Rank, number: u64) -> Option<u32> {
        self.numbers.get(&(rank, number)).copied()
    }

    fn messages(&mut self) {
        for message in &self.book.messages {
            let by = message.to.1;
            let got = by.and_then(|by| self.book.find(message.to.0, by));
            self.timeline.messages.push(Message {
                from: End {
                    rank: message.from.0,
                    call: self.number(message.from.0, message.from.1),
                },
                to: End {
                    rank: message.to.0,
                    call: by.and_then(|by| self.number(message.to.0, by)),
                },
                sent_ns: message.sent,
                // A receive that was posted has its message, also where nobody has waited for it.
                received_ns: Some(
                    got.and_then(|got| got.to)
                        .or_else(|| got.map(|got| got.from))
                        .unwrap_or(message.sent)
                        .max(message.sent),
                ),
                bytes: message.bytes,
                tag: message.tag,
            });
        }
    }

    fn unreceived(&mut self, list: &[Unreceived]) {
        for lost in list.iter().filter(|lost| is_drawn(lost)) {
            let send = (lost.send.rank, lost.send.number);
            let Some(entry) = self.book.find(send.0, send.1) else {
                continue;
            };
            self.timeline.messages.push(Message {
                from: End {
                    rank: send.0,
                    call: self.number(send.0, send.1),
                },
                to: End {
                    rank: lost.to,
                    call: None,
                },
                sent_ns: entry.from,
                received_ns: None,
                bytes: lost.bytes.unwrap_or_default(),
                tag: lost.tag,
            });
        }
    }

    fn meetings(&mut self) {
        let mut missing = self.book.missing();
        let mut meetings: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        let mut held: HashSet<u64> = HashSet::new();
        for (rank, entry) in self.book.entries() {
            let Some(meeting) = entry.meeting else {
                continue;
            };
            meetings
                .entry(meeting)
                .or_default()
                .extend(self.numbers.get(&(rank, entry.number)));
            if entry.to.is_none() {
                held.insert(meeting);
            }
        }
        for (meeting, calls) in meetings {
            // Nobody was missed where nobody was held.
            let missing = missing
                .remove(&meeting)
                .filter(|_| held.contains(&meeting))
                .unwrap_or_default();
            if calls.len() > 1 || !missing.is_empty() {
                self.timeline.collectives.push(Meeting { calls, missing });
            }
        }
    }

    fn stuck(&mut self, deadlock: &Deadlock) {
        let mut edges: Vec<(Rank, Rank)> = Vec::new();
        let ranks = self.timeline.ranks;
        let mut add = |from: Rank, wait: &Wait| {
            // A check has processes that take no part, for which a wrong answer may wait.
            if from < ranks && wait.on < ranks && !edges.contains(&(from, wait.on)) {
                edges.push((from, wait.on));
            }
        };
        match &deadlock.core {
            Core::Cycle(cycle) => cycle.iter().for_each(|(rank, wait)| add(*rank, wait)),
            Core::End(rank, wait) => add(*rank, wait),
            Core::Knot(knot) => {
                for stuck in &deadlock.stuck {
                    if knot.contains(&stuck.rank) {
                        for wait in stuck.needs.edges() {
                            add(stuck.rank, wait);
                        }
                    }
                }
            }
        }
        for (from, to) in edges {
            let stuck = deadlock.stuck.iter().find(|stuck| stuck.rank == from);
            self.timeline.stuck.push(Edge {
                from,
                to,
                call: stuck.and_then(|stuck| self.number(from, stuck.call.number)),
            });
        }
    }
}

/// The part of a call in which it could only wait.
fn waiting(entry: &Entry, ended: Option<u64>) -> Option<(u64, u64)> {
    match entry.to {
        // Whoever came back before did not wait for it: the message was buffered.
        Some(to) => {
            (entry.until > entry.from && entry.until <= to).then_some((entry.from, entry.until))
        }
        None if entry.until > entry.from => Some((entry.from, entry.until)),
        None => entry
            .waits
            .then(|| (entry.from, ended.unwrap_or(entry.from).max(entry.from))),
    }
}

/// The files that were written.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    /// The picture.
    pub(crate) svg: PathBuf,
    /// The page.
    pub(crate) html: PathBuf,
    /// The file for the Perfetto viewer.
    pub(crate) perfetto: PathBuf,
}

impl Files {
    /// The files of this name, whose folder there is from now on.
    pub(crate) fn of(name: &Path) -> Result<Self> {
        let mut stem = name.as_os_str().to_owned();
        let ending = name.extension().unwrap_or_default();
        if ["svg", "html", "json"].iter().any(|known| ending == *known) {
            stem = name.with_extension("").into_os_string();
        }
        if Path::new(&stem).file_name().is_none() {
            anyhow::bail!(
                "`{}` names no file; --trace wants one, such as `--trace run`",
                name.display()
            );
        }
        if let Some(folder) = name.parent().filter(|folder| *folder != Path::new("")) {
            fs::create_dir_all(folder)
                .with_context(|| format!("making the folder {}", folder.display()))?;
        }
        let with = |ending: &str| -> PathBuf {
            let mut path: OsString = stem.clone();
            path.push(ending);
            path.into()
        };
        Ok(Self {
            svg: with(".svg"),
            html: with(".html"),
            perfetto: with(".json"),
        })
    }

    /// Draws the run into them.
    pub(crate) fn write(&self, timeline: &Timeline) -> Result<()> {
        let options = Options::default();
        put(&self.svg, |file| {
            file.write_all(trace::svg(timeline, &options).as_bytes())
        })?;
        put(&self.html, |file| {
            file.write_all(trace::html(timeline, &options).as_bytes())
        })?;
        put(&self.perfetto, |file| trace::perfetto(timeline, file))
    }
}

fn put(path: &Path, write: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<()> {
    File::create(path)
        .and_then(|mut file| write(&mut file))
        .with_context(|| format!("writing the trace to {}", path.display()))
}

/// Why a run is too large to be drawn in text, if it is.
pub(crate) fn too_large(timeline: &Timeline) -> Option<String> {
    const RANKS: u32 = 16;
    const CALLS: usize = 64;
    let (ranks, calls) = (timeline.ranks, timeline.calls.len());
    if ranks > RANKS {
        return Some(format!("{ranks} ranks do not fit side by side"));
    }
    let most = CALLS * ranks as usize;
    (calls > most).then(|| format!("{calls} calls are more than the {most} that fit"))
}

/// A command as a title: programs without their folders.
pub(crate) fn title(command: &[OsString]) -> String {
    const LONGEST: usize = 100;
    let words = command.iter().map(|word| {
        let path = Path::new(word);
        let name = path.file_name().filter(|_| path.is_absolute());
        name.unwrap_or(word).to_string_lossy().into_owned()
    });
    let text = words.collect::<Vec<String>>().join(" ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;

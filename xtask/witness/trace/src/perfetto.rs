//! The file that the Perfetto viewer (ui.perfetto.dev) opens: Chrome's trace event format as JSON.
//!
//! The format is described in "Trace Event Format" (the Chromium project). Each rank is a process and
//! each of its threads a thread; calls are complete events, messages are flows from the slice of the
//! send to that of the receive, and waiting is a slice inside its call. Written as it is made: what it
//! takes of memory does not grow with the run.

use std::io::{self, BufWriter, Write};

use crate::{Call, Class, Peer, Tag, Timeline};

/// Writes the timeline as trace events. Perfetto's numbers for processes and threads are the ranks' and
/// threads' plus one: it keeps 0 for the system's idle thread.
///
/// # Errors
/// Those of `out`.
pub fn perfetto(timeline: &Timeline, out: impl Write) -> io::Result<()> {
    let mut events = Events {
        out: BufWriter::with_capacity(1 << 16, out),
        begin: timeline.span().0,
        first: true,
    };
    events.open(timeline)?;
    let threads = threads(timeline);
    for rank in 0..timeline.ranks {
        events.metadata("process_name", rank, 0, &format!("rank {rank}"))?;
        events.sort_index(rank)?;
        for thread in 0..threads[rank as usize] {
            events.metadata("thread_name", rank, thread, &format!("thread {thread}"))?;
        }
    }
    let end = timeline.span().1;
    for call in timeline
        .calls
        .iter()
        .filter(|call| call.rank < timeline.ranks)
    {
        events.call(call, end)?;
    }
    for (number, message) in timeline.messages.iter().enumerate() {
        let (Some(from), Some(to), Some(received)) = (
            timeline.call(message.from.call),
            timeline.call(message.to.call),
            message.received_ns,
        ) else {
            continue;
        };
        // A flow binds to the slice around its moment: keep it inside of the calls.
        let sent = message.sent_ns.clamp(from.from_ns, last_of(from));
        let received = received.clamp(to.from_ns, last_of(to));
        events.flow("s", number, from, sent)?;
        events.flow("f", number, to, received)?;
    }
    for edge in &timeline.stuck {
        if let Some(call) = timeline.call(edge.call) {
            events.stuck(call, edge.to, end)?;
        }
    }
    events.close()
}

/// The last moment inside of a call.
fn last_of(call: &Call) -> u64 {
    call.to_ns.unwrap_or(u64::MAX).max(call.from_ns)
}

/// How many threads each rank has.
fn threads(timeline: &Timeline) -> Vec<u32> {
    let mut threads = vec![1; timeline.ranks as usize];
    for call in &timeline.calls {
        if let Some(most) = threads.get_mut(call.rank as usize) {
            // A wild number must not fill the disk with names.
            *most = (*most).max(call.thread.saturating_add(1).min(1024));
        }
    }
    threads
}

struct Events<W: Write> {
    out: BufWriter<W>,
    begin: u64,
    first: bool,
}

impl<W: Write> Events<W> {
    fn open(&mut self, timeline: &Timeline) -> io::Result<()> {
        write!(
            self.out,
            r#"{{"displayTimeUnit":"ns","otherData":{{"title":"#
        )?;
        serde_json::to_writer(&mut self.out, &timeline.title)?;
        if let Some(left_out) = &timeline.left_out {
            write!(self.out, r#","left_out":"#)?;
            serde_json::to_writer(&mut self.out, left_out)?;
        }
        write!(self.out, "}},\"traceEvents\":[")
    }

    fn close(mut self) -> io::Result<()> {
        writeln!(self.out, "\n]}}")?;
        self.out.flush()
    }

    /// What every event begins with.
    fn event(&mut self, phase: &str, rank: u32, thread: u32) -> io::Result<()> {
        let comma = if self.first { "" } else { "," };
        self.first = false;
        let (pid, tid) = (u64::from(rank) + 1, u64::from(thread) + 1);
        write!(
            self.out,
            "{comma}\n{{\"ph\":\"{phase}\",\"pid\":{pid},\"tid\":{tid}"
        )
    }

    fn text(&mut self, key: &str, value: &str) -> io::Result<()> {
        write!(self.out, ",\"{key}\":")?;
        serde_json::to_writer(&mut self.out, value)?;
        Ok(())
    }

    /// A time, in microseconds with three decimals: nothing of the clock is lost.
    fn time(&mut self, key: &str, ns: u64) -> io::Result<()> {
        write!(self.out, ",\"{key}\":{}.{:03}", ns / 1000, ns % 1000)
    }

    fn at(&mut self, moment: u64) -> io::Result<()> {
        self.time("ts", moment.saturating_sub(self.begin))
    }

    fn metadata(&mut self, what: &str, rank: u32, thread: u32, name: &str) -> io::Result<()> {
        self.event("M", rank, thread)?;
        self.text("name", what)?;
        write!(self.out, ",\"args\":{{\"name\":\"{name}\"}}}}")
    }

    fn sort_index(&mut self, rank: u32) -> io::Result<()> {
        self.event("M", rank, 0)?;
        self.text("name", "process_sort_index")?;
        write!(self.out, ",\"args\":{{\"sort_index\":{rank}}}}}")
    }

    fn call(&mut self, call: &Call, end: u64) -> io::Result<()> {
        // An event that begins and does not end is drawn until the last moment of the trace.
        self.event(
            if call.to_ns.is_some() { "X" } else { "B" },
            call.rank,
            call.thread,
        )?;
        self.text("name", &call.function)?;
        self.text("cat", call.class.name())?;
        self.at(call.from_ns)?;
        if let Some(to) = call.to_ns {
            self.time("dur", to.saturating_sub(call.from_ns))?;
        }
        self.args(call, end)?;
        write!(self.out, "}}")?;
        let Some((from, to)) = call.waiting.filter(|_| call.class != Class::Compute) else {
            return Ok(());
        };
        let from = from.clamp(call.from_ns, last_of(call));
        match call.to_ns {
            Some(_) if to > from => {
                self.event("X", call.rank, call.thread)?;
                self.text("name", "waiting")?;
                self.text("cat", "waiting")?;
                self.at(from)?;
                self.time("dur", to.min(last_of(call)).saturating_sub(from))?;
            }
            Some(_) => return Ok(()),
            None => {
                self.event("B", call.rank, call.thread)?;
                self.text("name", "waiting, never came back")?;
                self.text("cat", "waiting")?;
                self.at(from)?;
            }
        }
        write!(self.out, "}}")
    }

    fn args(&mut self, call: &Call, end: u64) -> io::Result<()> {
        write!(self.out, ",\"args\":{{\"rank\":{}", call.rank)?;
        if let Some(place) = &call.place {
            self.text("place", &format!("{}:{}", place.file, place.line))?;
        }
        match call.peer {
            Some(Peer::Rank(peer)) => write!(self.out, ",\"peer\":{peer}")?,
            Some(Peer::Any) => self.text("peer", "any")?,
            Some(Peer::Nobody) => self.text("peer", "none")?,
            None => {}
        }
        match call.tag {
            Some(Tag::Is(tag)) => write!(self.out, ",\"tag\":{tag}")?,
            Some(Tag::Any) => self.text("tag", "any")?,
            None => {}
        }
        if let Some(bytes) = call.bytes {
            write!(self.out, ",\"bytes\":{bytes}")?;
        }
        if let Some(name) = &call.communicator {
            self.text("communicator", name)?;
        }
        if let Some(waited) = call.waited(end) {
            write!(self.out, ",\"waited_ns\":{waited}")?;
        }
        if call.count > 1 {
            write!(self.out, ",\"calls\":{}", call.count)?;
        }
        if call.error {
            write!(self.out, ",\"error\":true")?;
        }
        write!(self.out, "}}")
    }

    fn flow(&mut self, phase: &str, number: usize, call: &Call, moment: u64) -> io::Result<()> {
        self.event(phase, call.rank, call.thread)?;
        write!(
            self.out,
            ",\"name\":\"message\",\"cat\":\"message\",\"id\":{number}"
        )?;
        if phase == "f" {
            self.text("bp", "e")?;
        }
        self.at(moment)?;
        write!(self.out, "}}")
    }

    fn stuck(&mut self, call: &Call, to: u32, end: u64) -> io::Result<()> {
        self.event("i", call.rank, call.thread)?;
        self.text("name", &format!("deadlock: waits for rank {to}"))?;
        self.text("cat", "deadlock")?;
        self.text("s", "t")?;
        self.at(end)?;
        write!(self.out, "}}")
    }
}

//! A job that is graded: one loop, without threads, over its connections, its prints, its deaths,
//! its limits and its supervisor.

use crate::interrupt::{Catching, interrupted};
use crate::link::{self, Fill, Link, Purpose};
use crate::load::Limit;
use crate::memory::{Sampler, Usage};
use crate::nodes::Nodes;
use crate::socket::{self, Socket};
use crate::supervisor::{Outputs, Supervisor, would_block};
use crate::{Spec, os};
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::io::{ErrorKind, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitStatus;
use std::time::{Duration, Instant};
use verdict::wire::{CHANNEL, HOST, TOKEN};

/// How much to read from one descriptor before the others have their turn, in bytes.
const CHUNK: usize = 16 << 10;
/// How much to read from a rank that has died, in bytes: more than a socket holds, so that its
/// last words are in it, and not endless if a child of it goes on.
const LAST_WORDS: usize = 4 << 20;
/// How often to ask whether a rank is alive, where the system does not tell.
const LOOK: Duration = Duration::from_millis(20);
/// How long the launcher's end waits for others who still talk.
const SETTLE: Duration = Duration::from_millis(100);
/// Connections that have not said who they are; more are turned away.
const MOST_UNKNOWN: usize = 1024;
/// Descriptors that a job of 128 ranks and its grader need with ease.
const DESCRIPTORS: u64 = 1024;

/// Something that has happened to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A rank has opened its record connection.
    Joined {
        /// The rank.
        rank: u32,
        /// How many ranks it says the job has.
        size: u32,
        /// Its process id.
        pid: u32,
    },
    /// A rank has sent a line.
    Line {
        /// The rank.
        rank: u32,
        /// The line, without its end.
        line: String,
    },
    /// Something was printed.
    Printed {
        /// Who has printed it; none for the launcher, and for processes that print past the
        /// rank's connection.
        rank: Option<u32>,
        /// What was printed: not always whole lines, nor whole characters.
        bytes: Vec<u8>,
    },
    /// A rank sends no more lines. All that it had sent and printed before came before this.
    Gone {
        /// The rank.
        rank: u32,
        /// Why.
        departure: Departure,
    },
    /// The launcher has ended. All that ranks had sent and printed before came before this.
    /// Processes of the job may still run: [`Job::end`] ends them.
    LauncherEnded {
        /// Its status: a hint at most, ranks end in other ways than launchers say.
        status: ExitStatus,
    },
    /// The job has more memory than its limit. It is not watched any further: end it.
    MemoryLimit(Usage),
    /// The job has printed more than its limit. All up to the limit came before this; the rest is
    /// not read, so printing blocks from now on: end it.
    OutputLimit {
        /// Who has printed how many bytes; none for the launcher.
        printed: BTreeMap<Option<u32>, u64>,
    },
    /// The deadline that was given to [`Job::next`] has passed.
    Deadline,
    /// Ctrl-C, SIGTERM or SIGHUP: end the job, and the program with status 130. Comes once; at a
    /// second signal the program ends by itself.
    Interrupted,
    /// The job can be watched no longer, and all its processes were ended: the grader's trouble,
    /// not the student's.
    Broken {
        /// What has happened, as a sentence.
        reason: String,
    },
    /// No process is left and nothing more can come; every further call gives this again.
    Over,
}

/// Why a rank sends no more lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// Its process has ended, or has closed the connection.
    Left,
    /// It has sent more than 1 MiB without the end of a line, and was cut off.
    Overlong,
    /// It has left more than 1 MiB of orders unread, and was cut off.
    Deaf,
}

/// A running job. Dropping it ends it.
#[derive(Debug)]
pub struct Job {
    // First, so that it is dropped first: no process may see the socket vanish.
    supervisor: Supervisor,
    /// The ranks on other nodes, if there may be any.
    nodes: Option<Nodes>,
    socket: Socket,
    catching: Catching,
    token: String,
    mark: String,
    /// What the launcher prints; none at its end.
    output: Option<PipeReader>,
    links: Vec<Link>,
    ranks: BTreeMap<u32, Rank>,
    deaths: os::Deaths,
    queue: VecDeque<Event>,
    sampler: Sampler,
    printed: BTreeMap<Option<u32>, u64>,
    /// How many bytes may still be printed.
    allowed: Option<u64>,
    /// Whether more was printed than was allowed.
    full: bool,
    told_interrupted: bool,
    /// When to ask next whether the ranks are alive, where the system does not tell.
    look: Instant,
    /// When to wait no longer for others who talk, once the launcher has ended.
    settled: Option<Instant>,
    stopped: bool,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Rank {
    pid: i32,
    /// Whether the system tells of its death, and in which order ranks die.
    watched: bool,
    /// Whether it is on another node: its connection ends with it, and not before.
    is_far: bool,
    gone: bool,
}

/// What can become ready. The order is that in which it is dealt with: last words come before the
/// news of a death, and that before the news of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Listener,
    Link(usize),
    Output,
    Deaths,
    Supervisor,
    /// Ends the wait, and is asked for elsewhere.
    Interrupt,
}

impl Job {
    /// Starts a job. The ranks find the way to this process in [`CHANNEL`] and [`TOKEN`].
    ///
    /// # Errors
    ///
    /// If the launcher or its supervisor cannot be started, or the socket not be opened.
    pub fn start(spec: &Spec) -> Result<Self> {
        let catching = Catching::start()?;
        allow_descriptors();
        let socket = Socket::open()?;
        let (token, mark) = (socket::random(16)?, socket::random(8)?);
        let (output, theirs) = std::io::pipe()?;
        rustix::io::ioctl_fionbio(&output, true)?;
        let mut env: Vec<(OsString, OsString)> = vec![
            (CHANNEL.into(), socket.path.clone().into()),
            (TOKEN.into(), token.clone().into()),
            ("TMPDIR".into(), socket.temporary().into()),
        ];
        if let Some(host) = os::host() {
            env.push((HOST.into(), host.into()));
        }
        let request = spec.request_with(&mark, Some(&socket.path), env)?;
        let outputs = Outputs {
            stdout: Some(theirs.try_clone()?.into()),
            stderr: Some(theirs.into()),
            without: Vec::new(),
        };
        let supervisor =
            Supervisor::start(&request, outputs).with_context(|| spec.cannot_start())?;
        Ok(Self {
            supervisor,
            nodes: spec.nodes.as_ref().map(|(nodes, _)| nodes.clone()),
            socket,
            catching,
            token,
            mark,
            output: Some(output),
            links: Vec::new(),
            ranks: BTreeMap::new(),
            deaths: os::Deaths::new().context("cannot watch for the ranks' deaths")?,
            queue: VecDeque::new(),
            sampler: Sampler::new(spec.limits.memory),
            printed: BTreeMap::new(),
            allowed: spec.limits.output,
            full: false,
            told_interrupted: false,
            look: Instant::now(),
            settled: None,
            stopped: false,
            buffer: vec![0; CHUNK],
        })
    }

    /// A time limit for what the ranks do from now on: the time that other programs take from them does not count.
    pub fn limit(&self, time: Duration) -> Limit {
        Limit::new(time, self.supervisor.pid(), &self.mark)
    }

    /// Waits for the next event. A deadline that has passed and an interrupt come before all that
    /// has happened meanwhile; after [`Job::end`] neither comes, and what is left is handed out
    /// without waiting, up to [`Event::Over`].
    pub fn next(&mut self, deadline: Option<Instant>) -> Event {
        loop {
            if let Some(event) = self.urgent(deadline) {
                return event;
            }
            self.bury();
            if let Some(event) = self.queue.pop_front() {
                return event;
            }
            if self.supervisor.is_lost() && !self.stopped {
                return self.broken("the supervisor of the job was killed from outside.");
            }
            self.links.retain(|link| !link.closed);
            let ready = match self.wait(deadline) {
                Ok(ready) => ready,
                Err(error) => return self.broken(&format!("cannot wait for the ranks: {error}.")),
            };
            if (ready.is_empty() || self.has_settled())
                && let Some(status) = self.supervisor.take_ended()
            {
                return Event::LauncherEnded { status };
            }
            if ready.is_empty() && (self.stopped || self.supervisor.is_empty()) {
                return Event::Over;
            }
            for source in ready {
                if let Err(error) = self.attend(source) {
                    return self.broken(&format!("{error:#}."));
                }
            }
        }
    }

    /// Sends a line to a rank. It never waits: what the rank does not read now is sent while
    /// [`Job::next`] waits. False if the rank has not joined or is gone.
    pub fn send(&mut self, rank: u32, line: &str) -> bool {
        let Some(link) = self.link(Purpose::Records(rank)) else {
            return false;
        };
        let taken = self.links[link].send(line);
        if !taken {
            self.depart(rank, Departure::Deaf);
        }
        taken
    }

    /// Sends a line to all ranks that have joined and are not gone.
    pub fn send_all(&mut self, line: &str) {
        let ranks: Vec<u32> = self.ranks.keys().copied().collect();
        for rank in ranks {
            self.send(rank, line);
        }
    }

    /// Whether a rank has joined of which [`Job::next`] has not told yet: one that had opened its connection
    /// before this was asked is seen.
    pub fn is_joined(&mut self) -> bool {
        self.greet();
        let mut waiting = self.queue.iter();
        waiting.any(|event| matches!(event, Event::Joined { .. }))
    }

    /// How a rank has ended that is gone, where the system tells: Linux does until its parent has waited
    /// for it, and since 6.15 after that too.
    pub fn status(&self, rank: u32) -> Option<ExitStatus> {
        let pid = self.ranks.get(&rank)?.pid;
        let far = self.nodes.as_ref();
        let far = far.and_then(|nodes| nodes.status(pid.cast_unsigned()));
        far.or_else(|| self.deaths.status(pid))
    }

    /// The node on which a rank ran that is gone because the connection to that node was lost.
    pub fn lost(&self, rank: u32) -> Option<String> {
        let pid = self.ranks.get(&rank)?.pid.cast_unsigned();
        self.nodes.as_ref()?.lost(pid)
    }

    /// Ends every process of the job, at once and without asking, and waits until none is left.
    /// What they said before can still be had from [`Job::next`].
    ///
    /// # Errors
    ///
    /// If a process does not end within ten seconds; the message says which.
    pub fn end(&mut self) -> Result<()> {
        self.stopped = true;
        // Those on other nodes first: their launcher would end them without a word.
        let far = self.nodes.as_ref().map_or(Ok(()), Nodes::end);
        self.supervisor.end().and(far)
    }

    /// Whether the launcher has ended long enough ago that nobody is waited for any more.
    fn has_settled(&mut self) -> bool {
        let now = Instant::now();
        self.supervisor.has_ended() && now >= *self.settled.get_or_insert(now + SETTLE)
    }

    /// What comes before everything else.
    fn urgent(&mut self, deadline: Option<Instant>) -> Option<Event> {
        if self.stopped {
            return None;
        }
        if interrupted() && !self.told_interrupted {
            self.told_interrupted = true;
            return Some(Event::Interrupted);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Some(Event::Deadline);
        }
        let ranks = self.ranks.iter().map(|(rank, state)| (state.pid, *rank));
        let memory = self.nodes.iter().flat_map(Nodes::memory);
        let rank_of = |pid: u32| {
            let mut known = self.ranks.iter();
            let found = known.find(|(_, state)| state.pid.cast_unsigned() == pid);
            found.map(|(rank, _)| *rank)
        };
        let far: Vec<(u32, u64)> = memory
            .filter_map(|(pid, bytes)| Some((rank_of(pid)?, bytes)))
            .collect();
        self.sampler
            .sample(self.supervisor.pid(), &self.mark, ranks, far.into_iter())
            .map(Event::MemoryLimit)
    }

    fn broken(&mut self, reason: &str) -> Event {
        let reason = match self.end() {
            Ok(()) => format!("{reason} All its processes were ended."),
            Err(error) => format!("{reason} {error:#}"),
        };
        Event::Broken { reason }
    }

    /// Waits until something is ready, or it is time to look after something else.
    fn wait(&self, deadline: Option<Instant>) -> rustix::io::Result<Vec<Source>> {
        let sources = self.sources();
        let mut descriptors: Vec<PollFd> = sources
            .iter()
            .map(|(_, bell, flags)| PollFd::from_borrowed_fd(*bell, *flags))
            .collect();
        let timeout = self
            .timeout(deadline)
            .and_then(|timeout| Timespec::try_from(timeout).ok());
        match rustix::event::poll(&mut descriptors, timeout.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(vec![Source::Interrupt]),
            Err(error) => return Err(error),
        }
        let ready = |index: usize| !descriptors[index].revents().is_empty();
        let sources = sources.iter().enumerate();
        Ok(sources
            .filter(|(index, _)| ready(*index))
            .map(|(_, (source, ..))| *source)
            .collect())
    }

    fn sources(&self) -> Vec<(Source, BorrowedFd<'_>, PollFlags)> {
        let mut sources = vec![(
            Source::Listener,
            self.socket.listener.as_fd(),
            PollFlags::IN,
        )];
        for (index, link) in self.links.iter().enumerate() {
            let flags = match link.purpose {
                Purpose::Output(_) if self.full => continue,
                _ if link.has_unsent() => PollFlags::IN | PollFlags::OUT,
                _ => PollFlags::IN,
            };
            sources.push((Source::Link(index), link.bell(), flags));
        }
        if let Some(output) = self.output.as_ref().filter(|_| !self.full) {
            sources.push((Source::Output, output.as_fd(), PollFlags::IN));
        }
        sources.push((Source::Deaths, self.deaths.bell(), PollFlags::IN));
        if let Some(bell) = self.supervisor.bell() {
            sources.push((Source::Supervisor, bell, PollFlags::IN));
        }
        if !self.told_interrupted && !self.stopped {
            sources.push((Source::Interrupt, self.catching.bell(), PollFlags::IN));
        }
        sources
    }

    fn timeout(&self, deadline: Option<Instant>) -> Option<Duration> {
        if self.stopped || self.supervisor.has_ended() || self.supervisor.is_empty() {
            return Some(Duration::ZERO);
        }
        let now = Instant::now();
        let look = self
            .ranks
            .values()
            .any(|rank| !rank.watched && !rank.is_far && !rank.gone);
        [deadline, self.sampler.due(), look.then_some(self.look)]
            .into_iter()
            .flatten()
            .min()
            .map(|first| first.saturating_duration_since(now))
    }

    fn attend(&mut self, source: Source) -> Result<()> {
        match source {
            Source::Listener => self.accept()?,
            Source::Link(link) => self.read(link),
            Source::Output => self.read_output(),
            Source::Deaths => {
                for pid in self.deaths.look().context("cannot ask who has died")? {
                    let rank = self.ranks.iter().find(|(_, state)| state.pid == pid);
                    if let Some((&rank, _)) = rank {
                        self.last_words(rank);
                    }
                }
            }
            Source::Supervisor => self.supervisor.listen(),
            Source::Interrupt => {}
        }
        Ok(())
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            let stream = match self.socket.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if would_block(&error) => return Ok(()),
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::Interrupted | ErrorKind::ConnectionAborted
                    ) =>
                {
                    continue;
                }
                Err(error) => {
                    return Err(error).context(
                        "cannot accept a rank's connection; does `ulimit -n` allow enough files?",
                    );
                }
            };
            let unknown = |link: &&Link| link.purpose == Purpose::Unknown;
            if self.links.iter().filter(unknown).count() < MOST_UNKNOWN {
                self.links.push(Link::new(stream)?);
            }
        }
    }

    /// Reads once from a connection, and sends what could not be sent before.
    fn read(&mut self, link: usize) {
        if self.links[link].closed {
            return;
        }
        self.links[link].flush();
        let fill = self.links[link].fill(&mut self.buffer);
        self.take_in(link);
        if fill == Fill::End && !self.links[link].closed {
            self.links[link].closed = true;
            if let Purpose::Records(rank) = self.links[link].purpose
                && self.ranks.get(&rank).is_none_or(|rank| !rank.watched)
            {
                self.depart(rank, Departure::Left);
            }
        }
    }

    /// Makes events of what a connection has received.
    fn take_in(&mut self, index: usize) {
        let link = &mut self.links[index];
        if link.purpose == Purpose::Unknown {
            match link.line() {
                Some(line) => self.admit(index, &line),
                None => link.closed = link.is_overlong(),
            }
        }
        let link = &mut self.links[index];
        match link.purpose {
            Purpose::Unknown => {}
            Purpose::Records(rank) => {
                while let Some(line) = link.line() {
                    self.queue.push_back(Event::Line { rank, line });
                }
                if link.is_overlong() {
                    self.depart(rank, Departure::Overlong);
                }
            }
            Purpose::Output(rank) => {
                let bytes = link.bytes();
                self.print(Some(rank), bytes);
            }
        }
    }

    /// Lets a connection in by its first line, or closes it: if the token is wrong, and if the
    /// rank has such a connection already or has had one.
    fn admit(&mut self, index: usize, line: &str) {
        let Ok(hello) = link::hello(line, &self.token) else {
            self.links[index].closed = true;
            return;
        };
        let rank = hello.rank;
        let purpose = if hello.output {
            Purpose::Output(rank)
        } else {
            Purpose::Records(rank)
        };
        if self.link(purpose).is_some() || (!hello.output && self.ranks.contains_key(&rank)) {
            self.links[index].closed = true;
            return;
        }
        self.links[index].purpose = purpose;
        if !hello.output {
            // The kernel knows better than a process in a container which number it has here.
            let peer = os::peer(self.links[index].stream());
            // This process stands in for the ranks of other nodes, and gives them numbers.
            let is_far = Nodes::is_far(hello.pid) && peer == Some(std::process::id());
            let pid = peer.filter(|_| !is_far).unwrap_or(hello.pid);
            let watched = !is_far
                && self
                    .deaths
                    .watch(pid.cast_signed(), self.links[index].stream());
            let state = Rank {
                pid: pid.cast_signed(),
                watched,
                is_far,
                gone: false,
            };
            self.ranks.insert(rank, state);
            self.queue.push_back(Event::Joined {
                rank,
                size: hello.size,
                pid,
            });
        }
    }

    fn link(&self, purpose: Purpose) -> Option<usize> {
        self.links
            .iter()
            .position(|link| link.purpose == purpose && !link.closed)
    }

    fn read_output(&mut self) {
        let Some(output) = &mut self.output else {
            return;
        };
        match output.read(&mut self.buffer) {
            Ok(0) => self.output = None,
            Ok(bytes) => {
                let bytes = self.buffer[..bytes].to_vec();
                self.print(None, bytes);
            }
            Err(error) if would_block(&error) || error.kind() == ErrorKind::Interrupted => {}
            Err(_) => self.output = None,
        }
    }

    /// Hands on what was printed, up to the limit.
    fn print(&mut self, rank: Option<u32>, mut bytes: Vec<u8>) {
        let length = bytes.len() as u64;
        if self.full {
            return;
        }
        *self.printed.entry(rank).or_default() += length;
        let allowed = self.allowed.unwrap_or(u64::MAX);
        bytes.truncate(usize::try_from(allowed).unwrap_or(usize::MAX));
        if !bytes.is_empty() {
            self.queue.push_back(Event::Printed { rank, bytes });
        }
        self.allowed = self.allowed.map(|allowed| allowed.saturating_sub(length));
        if length > allowed {
            self.full = true;
            self.queue.push_back(Event::OutputLimit {
                printed: self.printed.clone(),
            });
        }
    }

    /// Looks after the ranks of whose death the system does not tell.
    fn bury(&mut self) {
        // Once the launcher has ended there is no later.
        if Instant::now() < self.look && !self.supervisor.has_ended() {
            return;
        }
        self.look = Instant::now() + LOOK;
        let dead: Vec<u32> = self
            .ranks
            .iter()
            .filter(|(_, state)| !state.watched && !state.is_far && !state.gone)
            .filter(|(_, state)| !os::alive(state.pid))
            .map(|(rank, _)| *rank)
            .collect();
        for rank in dead {
            self.last_words(rank);
        }
    }

    /// A rank has died: what it said before counts, though another may hold its socket open.
    fn last_words(&mut self, rank: u32) {
        self.drain(Purpose::Records(rank));
        self.depart(rank, Departure::Left);
    }

    /// Hears who is at the door. A rank that has lived only shortly may have printed on a
    /// connection that nobody looked at yet.
    fn greet(&mut self) {
        // If this fails, the next round tells.
        let _ = self.accept();
        for link in 0..self.links.len() {
            if self.links[link].purpose == Purpose::Unknown && !self.links[link].closed {
                self.links[link].fill(&mut self.buffer);
                self.take_in(link);
            }
        }
    }

    fn drain(&mut self, purpose: Purpose) {
        let mut read = 0;
        while let Some(link) = self.link(purpose)
            && read < LAST_WORDS
            && self.links[link].fill(&mut self.buffer) == Fill::Some
        {
            read += CHUNK;
            self.take_in(link);
        }
    }

    fn depart(&mut self, rank: u32, departure: Departure) {
        let Some(state) = self.ranks.get_mut(&rank).filter(|state| !state.gone) else {
            return;
        };
        state.gone = true;
        if !self.full {
            self.greet();
            self.drain(Purpose::Output(rank));
        }
        if let Some(link) = self.link(Purpose::Records(rank)) {
            self.links[link].closed = true;
        }
        self.queue.push_back(Event::Gone { rank, departure });
    }
}

/// Three descriptors for each rank are more than the 256 that some systems allow at first.
fn allow_descriptors() {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < DESCRIPTORS) {
        let most = limit.maximum.unwrap_or(DESCRIPTORS);
        let current = Some(DESCRIPTORS.min(most));
        // If it cannot be raised, small jobs still run.
        let _ = rustix::process::setrlimit(Resource::Nofile, Rlimit { current, ..limit });
    }
}

//! Property tests against a small MPI that is slow and obvious: it runs random programs step by step
//! under random schedules, and everything that the reasoning concludes from their records must be so.

use crate::{Call, Counting, Deadlock, Finding, Observation, Rule};
use proptest::prelude::*;
use recording::event::{
    Basic, Collective, CommId, Communicator, Completed, Data, Datatype, Definition, Event, How,
    Left, MessageId, Mode, PlaceId, Rank, Receive, RequestId, Send, Source, Tag, TypeId, What,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    rc::Rc,
};

type Pair = ((Rank, u64), (Rank, u64));

/// A call of a program.
#[derive(Clone, Debug, PartialEq)]
enum Op {
    Send(Out, bool),
    Receive(In, bool),
    Both(Out, In, bool),
    Probe(In),
    MatchedProbe(In),
    MatchedReceive(usize),
    Wait(How, usize),
    Barrier(u64, bool),
    Finalize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Out {
    to: Rank,
    tag: i32,
    comm: u64,
    mode: Mode,
    eager: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct In {
    from: Source,
    tag: Tag,
    comm: u64,
}

/// Something that several ranks do; programs are made of it, so that they mostly work.
#[derive(Clone, Debug)]
struct Motif {
    what: u8,
    ranks: (u8, u8),
    tag: u8,
    comm: u8,
    mode: u8,
    styles: (u8, u8),
    wild: (bool, bool),
    twist: u8,
}

fn motif() -> impl Strategy<Value = Motif> {
    (
        0u8..12,
        (0u8..5, 0u8..5),
        0u8..2,
        0u8..6,
        0u8..8,
        (0u8..8, 0u8..8),
        (prop::bool::weighted(0.3), prop::bool::weighted(0.25)),
        0u8..24,
    )
        .prop_map(
            |(what, ranks, tag, comm, mode, styles, wild, twist)| Motif {
                what,
                ranks,
                tag,
                comm,
                mode,
                styles,
                wild,
                twist,
            },
        )
}

fn members(size: usize, comm: u64) -> Vec<Rank> {
    match comm {
        2 => (0..size.min(2) as Rank).collect(),
        _ => (0..size as Rank).collect(),
    }
}

fn program(size: usize, motifs: &[Motif]) -> Vec<Vec<Op>> {
    let mut ranks: Vec<Vec<Op>> = vec![Vec::new(); size];
    for motif in motifs {
        let comm = [0, 0, 0, 1, 2, 0][motif.comm as usize];
        let group = members(size, comm);
        let a = group[motif.ranks.0 as usize % group.len()];
        let b = group[motif.ranks.1 as usize % group.len()];
        let (mode, eager) = match motif.mode {
            0..=2 => (Mode::Standard, true),
            3 | 4 => (Mode::Standard, false),
            5 => (Mode::Synchronous, false),
            6 => (Mode::Buffered, true),
            _ => (Mode::Ready, false),
        };
        let out = |to| Out {
            to,
            tag: i32::from(motif.tag) + i32::from(motif.twist == 2),
            comm: if motif.twist == 3 {
                1 - comm.min(1)
            } else {
                comm
            },
            mode,
            eager,
        };
        let into = |from| In {
            from: if motif.wild.0 {
                Source::Any
            } else {
                Source::Rank(from)
            },
            tag: if motif.wild.1 {
                Tag::Any
            } else {
                Tag::Is(i32::from(motif.tag))
            },
            comm,
        };
        match motif.what {
            0..=6 => {
                let mut send = vec![Op::Send(out(b), motif.styles.0 < 3)];
                if motif.styles.0 == 0 {
                    send.push(Op::Wait(How::All, 1));
                }
                let receive = match motif.styles.1 {
                    0..=2 => vec![Op::Receive(into(a), false)],
                    3 | 4 => vec![Op::Receive(into(a), true)],
                    5 => vec![Op::Receive(into(a), true), Op::Wait(How::All, 1)],
                    6 => vec![Op::Probe(into(a)), Op::Receive(into(a), false)],
                    _ => {
                        let at = ranks[b as usize].len();
                        vec![Op::MatchedProbe(into(a)), Op::MatchedReceive(at)]
                    }
                };
                // Sends to oneself come first, or not at all.
                if motif.twist != 0 && (a != b || motif.twist % 2 == 0) {
                    ranks[a as usize].extend(send.clone());
                }
                if motif.twist != 1 {
                    // A matched probe names its own place: keep it right.
                    let at = ranks[b as usize].len();
                    ranks[b as usize].extend(receive.into_iter().map(|op| match op {
                        Op::MatchedReceive(_) => Op::MatchedReceive(at),
                        op => op,
                    }));
                }
                if a == b && motif.twist % 2 == 1 {
                    ranks[a as usize].extend(send);
                }
            }
            7 => {
                let styles = (motif.styles.0 < 2, motif.styles.1 < 2);
                ranks[a as usize].push(Op::Both(out(b), into(b), styles.0));
                if a != b {
                    ranks[b as usize].push(Op::Both(out(a), into(a), styles.1));
                }
            }
            8 => {
                for &rank in &group {
                    if motif.twist != 0 || rank != a {
                        ranks[rank as usize].push(Op::Barrier(comm, motif.styles.0 == 0));
                    }
                }
            }
            9 => ranks[a as usize].push(Op::Wait(How::All, 1 + motif.styles.0 as usize % 4)),
            10 => ranks[a as usize].push(Op::Wait(How::Any, 1 + motif.styles.0 as usize % 4)),
            _ => ranks[a as usize].push(Op::Wait(How::Some, 1 + motif.styles.0 as usize % 4)),
        }
    }
    for rank in &mut ranks {
        // Most programs wait for all of their requests.
        if motifs.first().is_none_or(|motif| motif.twist % 4 != 0) {
            rank.push(Op::Wait(How::All, usize::MAX));
        }
        rank.push(Op::Finalize);
    }
    ranks
}

#[derive(Clone, Debug, Hash)]
struct Message {
    from: Rank,
    number: u64,
    to: Rank,
    tag: i32,
    comm: u64,
    eager: bool,
    matched: bool,
}

#[derive(Clone, Debug, Hash)]
struct Post {
    at: Rank,
    number: u64,
    from: Source,
    tag: Tag,
    comm: u64,
    got: Option<usize>,
}

#[derive(Clone, Debug, Hash, Default)]
struct Job {
    send: Option<usize>,
    receive: Option<usize>,
    barrier: Option<(u64, u64)>,
    done: bool,
}

#[derive(Clone, Debug, Hash, Default)]
struct Proc {
    at: usize,
    inside: Option<Vec<usize>>,
    job: Job,
    requests: Vec<Job>,
    barriers: BTreeMap<u64, u64>,
    taken: BTreeMap<usize, usize>,
}

/// The small MPI.
#[derive(Clone, Debug)]
struct Machine {
    program: Rc<Vec<Vec<Op>>>,
    procs: Vec<Proc>,
    messages: Vec<Message>,
    posts: Vec<Post>,
    flying: BTreeMap<(u64, Rank, Rank), VecDeque<usize>>,
    unexpected: BTreeMap<(u64, Rank), Vec<usize>>,
    posted: BTreeMap<(u64, Rank), Vec<usize>>,
    entered: BTreeMap<(u64, u64), BTreeSet<Rank>>,
    /// Receives that a matched probe stands for.
    truth: BTreeSet<Pair>,
    log: Vec<(Rank, Entry)>,
    silent: bool,
}

#[derive(Clone, Debug)]
enum Entry {
    Begun(Event),
    Returned(u64, Left, Option<What>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Begin(Rank),
    Return(Rank),
    Deliver(u64, Rank, Rank),
}

fn takes(from: Source, tag: Tag, message: &Message) -> bool {
    (from == Source::Any || from == Source::Rank(message.from))
        && (tag == Tag::Any || tag == Tag::Is(message.tag))
}

impl Machine {
    fn new(program: Vec<Vec<Op>>) -> Self {
        Self {
            procs: vec![Proc::default(); program.len()],
            program: Rc::new(program),
            messages: Vec::new(),
            posts: Vec::new(),
            flying: BTreeMap::new(),
            unexpected: BTreeMap::new(),
            posted: BTreeMap::new(),
            entered: BTreeMap::new(),
            truth: BTreeSet::new(),
            log: Vec::new(),
            silent: false,
        }
    }

    /// The programs and what happened, for a failure's message.
    fn story(&self) -> String {
        let mut story = String::new();
        for (rank, program) in self.program.iter().enumerate() {
            story += &format!("rank {rank} (at {}):\n", self.procs[rank].at);
            for (at, op) in program.iter().enumerate() {
                story += &format!("  {at} {op:?}\n");
            }
        }
        for (rank, entry) in &self.log {
            story += &match entry {
                Entry::Begun(event) => {
                    format!("{rank}: {} begins {}\n", event.number, event.function)
                }
                Entry::Returned(number, left, _) => {
                    format!("{rank}: {number} returns {:?}\n", left.completed)
                }
            };
        }
        story
    }

    fn size(&self) -> usize {
        self.procs.len()
    }

    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.procs, &self.messages, &self.posts).hash(&mut hasher);
        (&self.flying, &self.unexpected, &self.posted, &self.entered).hash(&mut hasher);
        hasher.finish()
    }

    fn op(&self, rank: Rank) -> Option<&Op> {
        self.program[rank as usize].get(self.procs[rank as usize].at)
    }

    fn over(&self, rank: Rank) -> bool {
        self.op(rank).is_none()
    }

    fn actions(&self) -> Vec<Action> {
        let mut list = Vec::new();
        for rank in 0..self.size() as Rank {
            if self.over(rank) {
                continue;
            }
            if self.procs[rank as usize].inside.is_none() {
                list.push(Action::Begin(rank));
            } else if self.can_return(rank) {
                list.push(Action::Return(rank));
            }
        }
        for (&(comm, from, to), queue) in &self.flying {
            if !queue.is_empty() {
                list.push(Action::Deliver(comm, from, to));
            }
        }
        list
    }

    fn job_done(&self, job: &Job) -> bool {
        let sent = job
            .send
            .is_none_or(|at| self.messages[at].eager || self.messages[at].matched);
        let received = job.receive.is_none_or(|at| self.posts[at].got.is_some());
        let met = job.barrier.is_none_or(|(comm, index)| {
            self.entered[&(comm, index)].len() == members(self.size(), comm).len()
        });
        sent && received && met
    }

    fn find(&self, rank: Rank, wanted: &In) -> Option<usize> {
        let queue = self.unexpected.get(&(wanted.comm, rank))?;
        queue
            .iter()
            .copied()
            .find(|&at| takes(wanted.from, wanted.tag, &self.messages[at]))
    }

    fn can_return(&self, rank: Rank) -> bool {
        let proc = &self.procs[rank as usize];
        match self.op(rank) {
            Some(Op::Probe(wanted) | Op::MatchedProbe(wanted)) => self.find(rank, wanted).is_some(),
            Some(Op::Wait(how, _)) => {
                let Some(waited) = &proc.inside else {
                    return false;
                };
                let mut done = waited.iter().map(|&at| self.job_done(&proc.requests[at]));
                waited.is_empty()
                    || match how {
                        How::All => done.all(|done| done),
                        How::Any | How::Some => done.any(|done| done),
                    }
            }
            Some(Op::Finalize) => (0..self.size()).all(|other| {
                self.over(other as Rank)
                    || (self.op(other as Rank) == Some(&Op::Finalize)
                        && self.procs[other].inside.is_some())
            }),
            _ => self.job_done(&proc.job),
        }
    }

    /// Whether a rank is about to come out of a call because MPI has buffered a message: that is not to
    /// be seen from outside, and the reason why only a quiet job is judged.
    fn restless(&self) -> bool {
        (0..self.size() as Rank).any(|rank| {
            let proc = &self.procs[rank as usize];
            let Some(waited) = &proc.inside else {
                return false;
            };
            let jobs = waited
                .iter()
                .map(|&at| &proc.requests[at])
                .chain([&proc.job]);
            let mut sends = jobs.filter_map(|job| job.send).map(|at| &self.messages[at]);
            // A message under way may bring it out as well.
            sends.any(|sent| sent.eager && !sent.matched)
                && (self.can_return(rank) || self.flying.values().any(|queue| !queue.is_empty()))
        })
    }

    fn put(&mut self, rank: Rank, number: u64, out: &Out) -> usize {
        self.messages.push(Message {
            from: rank,
            number,
            to: out.to,
            tag: out.tag,
            comm: out.comm,
            eager: out.eager,
            matched: false,
        });
        let at = self.messages.len() - 1;
        self.flying
            .entry((out.comm, rank, out.to))
            .or_default()
            .push_back(at);
        at
    }

    fn post(&mut self, rank: Rank, number: u64, wanted: &In) -> usize {
        self.posts.push(Post {
            at: rank,
            number,
            from: wanted.from,
            tag: wanted.tag,
            comm: wanted.comm,
            got: None,
        });
        let at = self.posts.len() - 1;
        match self.find(rank, wanted) {
            Some(message) => {
                self.unexpected
                    .entry((wanted.comm, rank))
                    .or_default()
                    .retain(|&other| other != message);
                self.meet(message, at);
            }
            None => self.posted.entry((wanted.comm, rank)).or_default().push(at),
        }
        at
    }

    fn meet(&mut self, message: usize, post: usize) {
        self.messages[message].matched = true;
        self.posts[post].got = Some(message);
        let (sent, posted) = (&self.messages[message], &self.posts[post]);
        self.truth
            .insert(((sent.from, sent.number), (posted.at, posted.number)));
    }

    fn deliver(&mut self, comm: u64, from: Rank, to: Rank) {
        let Some(message) = self
            .flying
            .get_mut(&(comm, from, to))
            .and_then(VecDeque::pop_front)
        else {
            return;
        };
        let posted = self.posted.entry((comm, to)).or_default();
        let posts = &self.posts;
        let sent = &self.messages[message];
        let found = posted
            .iter()
            .position(|&at| takes(posts[at].from, posts[at].tag, sent));
        match found {
            Some(place) => {
                let post = posted.remove(place);
                self.meet(message, post);
            }
            None => self.unexpected.entry((comm, to)).or_default().push(message),
        }
    }

    fn act(&mut self, action: Action, luck: &mut u64) {
        match action {
            Action::Begin(rank) => self.begin(rank),
            Action::Return(rank) => self.come_back(rank, luck),
            Action::Deliver(comm, from, to) => self.deliver(comm, from, to),
        }
    }

    fn begin(&mut self, rank: Rank) {
        let at = rank as usize;
        let number = self.procs[at].at as u64;
        let Some(op) = self.op(rank).cloned() else {
            return;
        };
        let mut job = Job::default();
        let mut waited = Vec::new();
        let mut immediate = false;
        let mut eager = false;
        match &op {
            Op::Send(out, later) => {
                job.send = Some(self.put(rank, number, out));
                immediate = *later;
                eager = out.eager;
            }
            Op::Receive(wanted, later) => {
                job.receive = Some(self.post(rank, number, wanted));
                immediate = *later;
            }
            Op::Both(out, wanted, later) => {
                job.receive = Some(self.post(rank, number, wanted));
                job.send = Some(self.put(rank, number, out));
                immediate = *later;
            }
            Op::Barrier(comm, later) => {
                let index = self.procs[at].barriers.entry(*comm).or_default();
                let key = (*comm, *index);
                *index += 1;
                self.entered.entry(key).or_default().insert(rank);
                job.barrier = Some(key);
                immediate = *later;
            }
            Op::Wait(_, last) => {
                let requests = &self.procs[at].requests;
                waited = (0..requests.len())
                    .filter(|&at| !requests[at].done)
                    .collect();
                let skip = waited.len().saturating_sub(*last);
                waited.drain(..skip);
            }
            _ => {}
        }
        let request = immediate.then(|| {
            self.procs[at].requests.push(job.clone());
            RequestId(self.procs[at].requests.len() as u64 - 1)
        });
        self.procs[at].job = job;
        self.procs[at].inside = Some(waited.clone());
        if !self.silent {
            let event = self.event(rank, number, &op, request, &waited);
            self.log.push((rank, Entry::Begun(event)));
        }
        if immediate || eager || matches!(op, Op::MatchedReceive(_)) {
            self.back(rank, Vec::new());
        }
    }

    fn event(
        &self,
        rank: Rank,
        number: u64,
        op: &Op,
        request: Option<RequestId>,
        waited: &[usize],
    ) -> Event {
        let data = || Data {
            count: 1,
            datatype: Some(TypeId(0)),
            ..Data::default()
        };
        let send = |out: &Out| Send {
            comm: CommId(out.comm),
            to: Some(out.to),
            tag: out.tag,
            mode: out.mode,
            made_synchronous: false,
            data: data(),
        };
        let receive = |wanted: &In| Receive {
            comm: CommId(wanted.comm),
            source: wanted.from,
            tag: wanted.tag,
            data: data(),
        };
        let probe = |wanted: &In, takes| What::Probe {
            comm: CommId(wanted.comm),
            source: wanted.from,
            tag: wanted.tag,
            waits: true,
            takes,
            in_vain: 0,
        };
        let (function, what) = match op {
            Op::Send(out, _) => ("MPI_Send", What::Send(send(out), request)),
            Op::Receive(wanted, _) => ("MPI_Recv", What::Receive(receive(wanted), request)),
            Op::Both(out, wanted, _) => (
                "MPI_Sendrecv",
                What::SendReceive(send(out), receive(wanted), request),
            ),
            Op::Probe(wanted) => ("MPI_Probe", probe(wanted, None)),
            Op::MatchedProbe(wanted) => ("MPI_Mprobe", probe(wanted, Some(None))),
            Op::MatchedReceive(probe) => {
                let message = self.procs[rank as usize].taken.get(probe);
                let what = What::MatchedReceive {
                    message: message.map(|_| MessageId(*probe as u64)),
                    data: data(),
                    request: None,
                };
                ("MPI_Mrecv", what)
            }
            Op::Wait(how, _) => (
                "MPI_Wait",
                What::Complete {
                    how: *how,
                    waits: true,
                    requests: waited.iter().map(|&at| RequestId(at as u64)).collect(),
                    in_vain: 0,
                },
            ),
            Op::Barrier(comm, _) => {
                let index = self.procs[rank as usize].barriers[comm] - 1;
                let collective = Collective {
                    comm: CommId(*comm),
                    index,
                    made_synchronous: false,
                    kind: "MPI_Barrier",
                    root: None,
                    op: None,
                    gives: None,
                    takes: None,
                    each: (Vec::new(), Vec::new()),
                    makes: None,
                    assertion: 0,
                    meets: None,
                };
                ("MPI_Barrier", What::Collective(collective, request))
            }
            Op::Finalize => ("MPI_Finalize", What::Finalize),
        };
        Event {
            number,
            thread: 0,
            function,
            place: PlaceId(number as u32),
            aside: false,
            entered: 0,
            left: None,
            what,
            complaint: None,
        }
    }

    fn completed(&self, job: &Job, request: Option<usize>) -> Completed {
        let message = job.receive.and_then(|at| self.posts[at].got);
        let message = message.map(|at| &self.messages[at]);
        Completed {
            request: request.map(|at| RequestId(at as u64)),
            source: message.map(|message| message.from),
            tag: message.map_or(-1, |message| message.tag),
            bytes: message.map(|_| 4),
            cancelled: false,
            changed: false,
            gone: None,
            part: Default::default(),
        }
    }

    fn come_back(&mut self, rank: Rank, luck: &mut u64) {
        let at = rank as usize;
        let Some(op) = self.op(rank).cloned() else {
            return;
        };
        let waited = self.procs[at].inside.clone().unwrap_or_default();
        let completed = match &op {
            Op::Wait(how, _) => {
                let mut done: Vec<usize> = waited
                    .into_iter()
                    .filter(|&at_| self.job_done(&self.procs[at].requests[at_]))
                    .collect();
                if *how == How::Any && !done.is_empty() {
                    done = vec![done[random(luck) as usize % done.len()]];
                }
                for &request in &done {
                    self.procs[at].requests[request].done = true;
                }
                let requests = &self.procs[at].requests;
                done.iter()
                    .map(|&at| self.completed(&requests[at], Some(at)))
                    .collect()
            }
            Op::Probe(wanted) => {
                let message = &self.messages[self.find(rank, wanted).unwrap()];
                vec![found(message)]
            }
            Op::MatchedProbe(wanted) => {
                let message = self.find(rank, wanted).unwrap();
                self.unexpected
                    .get_mut(&(wanted.comm, rank))
                    .unwrap()
                    .retain(|&other| other != message);
                let number = self.procs[at].at;
                self.procs[at].taken.insert(number, message);
                self.messages[message].matched = true;
                let sent = &self.messages[message];
                let sender = (sent.from, sent.number);
                let found = found(sent);
                // The receive that follows is the one that the pair names.
                self.truth.insert((sender, (rank, number as u64 + 1)));
                vec![found]
            }
            _ if self.procs[at].job.receive.is_some() => {
                vec![self.completed(&self.procs[at].job, None)]
            }
            _ => Vec::new(),
        };
        self.back(rank, completed);
    }

    fn back(&mut self, rank: Rank, completed: Vec<Completed>) {
        let at = rank as usize;
        let number = self.procs[at].at;
        if !self.silent {
            let what = match self.op(rank) {
                Some(Op::MatchedProbe(wanted)) => Some(What::Probe {
                    comm: CommId(wanted.comm),
                    source: wanted.from,
                    tag: wanted.tag,
                    waits: true,
                    takes: Some(Some(MessageId(number as u64))),
                    in_vain: 0,
                }),
                _ => None,
            };
            let left = Left {
                completed,
                ..Left::default()
            };
            self.log
                .push((rank, Entry::Returned(number as u64, left, what)));
        }
        self.procs[at].inside = None;
        self.procs[at].job = Job::default();
        self.procs[at].at += 1;
    }

    /// Whether a receive got its message and the rank has not been told yet from whom.
    fn secret(&self) -> bool {
        self.procs.iter().any(|proc| {
            let open = proc
                .requests
                .iter()
                .filter(|job| !job.done)
                .chain([&proc.job]);
            open.filter_map(|job| job.receive)
                .any(|at| self.posts[at].from == Source::Any && self.posts[at].got.is_some())
        })
    }

    /// Whether some continuation brings one of these ranks out of its call; none if there are too many
    /// to look at.
    fn can_go_on(&self, ranks: &BTreeSet<Rank>) -> Option<Rank> {
        let start: Vec<usize> = self.procs.iter().map(|proc| proc.at).collect();
        let mut seen = HashSet::new();
        let mut first = self.clone();
        first.silent = true;
        first.log.clear();
        let mut stack = vec![first];
        while let Some(state) = stack.pop() {
            if let Some(rank) = ranks
                .iter()
                .find(|&&r| state.procs[r as usize].at != start[r as usize])
            {
                return Some(*rank);
            }
            if seen.len() > 3_000 || !seen.insert(state.fingerprint()) {
                continue;
            }
            for action in state.actions() {
                for luck in 0..2 {
                    let mut next = state.clone();
                    next.act(action, &mut (luck * 77));
                    stack.push(next);
                    if !matches!(action, Action::Return(rank) if matches!(state.op(rank), Some(Op::Wait(How::Any, _))))
                    {
                        break;
                    }
                }
            }
        }
        None
    }
}

fn found(message: &Message) -> Completed {
    Completed {
        request: None,
        source: Some(message.from),
        tag: message.tag,
        bytes: Some(4),
        cancelled: false,
        changed: false,
        gone: None,
        part: Default::default(),
    }
}

/// Marsaglia's xorshift: good enough to choose who is next.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 11
}

fn observation(size: usize) -> Observation {
    let mut observation = Observation::new(size);
    observation.count(vec![0..u64::MAX; size]);
    for rank in 0..size as Rank {
        for comm in 0..3 {
            let communicator = Communicator {
                parent: None,
                made_by: "",
                members: members(size, comm).into(),
                remote: None,
                only_here: false,
            };
            observation.define(rank, Definition::Communicator(CommId(comm), communicator));
        }
        let int = Datatype {
            name: "MPI_INT".into(),
            size: 4,
            extent: 4,
            signature: [(1, Basic::Signed(4))].into(),
            layout: [].into(),
        };
        observation.define(rank, Definition::Datatype(TypeId(0), int));
        observation.ranks[rank as usize].phase = crate::Phase::Within;
    }
    observation
}

fn feed(observation: &mut Observation, rank: Rank, entry: &Entry) {
    match entry {
        Entry::Begun(event) => observation.begun(rank, event.clone()),
        Entry::Returned(number, left, what) => {
            observation.returned(rank, *number, left, what.clone());
        }
    }
}

fn accused(deadlock: &Option<Deadlock>) -> BTreeSet<Rank> {
    deadlock
        .iter()
        .flat_map(|deadlock| deadlock.stuck.iter().map(|stuck| stuck.rank))
        .collect()
}

/// Everything that is concluded, in an order of its own.
fn conclusions(
    observation: &mut Observation,
) -> (Option<Deadlock>, Vec<Pair>, Vec<Finding>, Counting, usize) {
    let deadlock = observation.deadlock(&[]);
    let mut pairs = observation.pairs.clone();
    pairs.sort();
    let findings = observation.finish(&[]);
    let counting = observation.counting(0).unwrap();
    (deadlock, pairs, findings, counting, observation.kept())
}

/// The longest chain of messages, by looking at all of them again and again.
fn depth(machine: &Machine) -> u32 {
    let mut best = 0;
    // Number of the call that completes each receive, from the log.
    let mut done: BTreeMap<(Rank, u64), u64> = BTreeMap::new();
    let mut posts: BTreeMap<(Rank, u64), u64> = BTreeMap::new();
    for (rank, entry) in &machine.log {
        match entry {
            Entry::Begun(event) => {
                if let What::Receive(_, Some(id)) | What::SendReceive(_, _, Some(id)) = &event.what
                {
                    posts.insert((*rank, id.0), event.number);
                }
            }
            Entry::Returned(number, left, _) => {
                for completed in &left.completed {
                    match completed.request {
                        None => done.insert((*rank, *number), *number),
                        Some(id) => posts
                            .get(&(*rank, id.0))
                            .and_then(|post| done.insert((*rank, *post), *number)),
                    };
                }
                if matches!(
                    machine.program[*rank as usize][*number as usize],
                    Op::MatchedReceive(_)
                ) {
                    done.insert((*rank, *number), *number);
                }
            }
        }
    }
    let chain: Vec<(Pair, u64)> = machine
        .truth
        .iter()
        .filter_map(|pair| Some((*pair, *done.get(&pair.1)?)))
        .collect();
    let mut length: BTreeMap<Pair, u32> = chain.iter().map(|(pair, _)| (*pair, 1)).collect();
    for _ in 0..chain.len() {
        for (pair, _) in &chain {
            for (before, end) in &chain {
                if before.1.0 == pair.0.0 && *end < pair.0.1 && length[before] + 1 > length[pair] {
                    length.insert(*pair, length[before] + 1);
                }
            }
        }
    }
    for value in length.values() {
        best = best.max(*value);
    }
    best
}

proptest! {
    #[test]
    fn who_is_stuck_is_named_and_nobody_else(
        size in 2usize..=4,
        motifs in prop::collection::vec(motif(), 0..7),
        seed in 1u64..,
        look in 0u64..4,
    ) {
        let mut machine = Machine::new(program(size, &motifs));
        let mut luck = seed;
        let mut observation = observation(size);
        let mut read = 0;
        loop {
            while read < machine.log.len() {
                let (rank, entry) = &machine.log[read];
                feed(&mut observation, *rank, entry);
                read += 1;
            }
            let actions = machine.actions();
            if actions.is_empty() {
                break;
            }
            if random(&mut luck) % 4 <= look && !machine.restless() {
                let named = accused(&observation.deadlock(&[]));
                if !named.is_empty() {
                    let free = machine.can_go_on(&named);
                    prop_assert!(free.is_none(), "{free:?} of {named:?} can go on\n{}", machine.story());
                }
            }
            let action = actions[random(&mut luck) as usize % actions.len()];
            machine.act(action, &mut luck);
        }
        let stuck: BTreeSet<Rank> = (0..size as Rank).filter(|&rank| !machine.over(rank)).collect();
        let deadlock = observation.deadlock(&[]);
        let named = accused(&deadlock);
        if machine.secret() {
            prop_assert!(named.is_subset(&stuck));
        } else {
            prop_assert_eq!(&named, &stuck, "{}", machine.story());
        }
        // Pairs that were found are true; all are found that ranks were told of.
        let pairs: BTreeSet<Pair> = observation.pairs.iter().copied().collect();
        prop_assert!(pairs.is_subset(&machine.truth), "{:?} {:?}", pairs, machine.truth);
        if !machine.secret() {
            prop_assert_eq!(&pairs, &machine.truth);
        }
        if stuck.is_empty() {
            let left = machine.messages.iter().filter(|message| !message.matched).count() as u64;
            let findings = observation.finish(&[]);
            let said: u64 = findings
                .iter()
                .filter(|finding| matches!(finding.rule, Rule::NeverReceived { .. }))
                .map(|finding| finding.times)
                .sum();
            prop_assert!(said <= left);
            if !machine.secret() {
                prop_assert_eq!(said, left);
            }
            let open: u64 = machine
                .procs
                .iter()
                .map(|proc| proc.requests.iter().filter(|job| !job.done).count() as u64)
                .sum();
            let leaked: u64 = findings
                .iter()
                .filter(|f| f.kind == verdict::Kind::RequestLeak)
                .map(|finding| finding.times)
                .sum();
            prop_assert_eq!(leaked, open);
            if open == 0 && left == 0 {
                prop_assert_eq!(observation.kept(), 0);
                if !machine.log.iter().any(|(_, entry)| matches!(entry, Entry::Begun(Event { what: What::Collective(..), .. }))) {
                    prop_assert_eq!(observation.counting(0).unwrap().depth, depth(&machine));
                }
            }
        }
        // A deadlock can be explained: its heart consists of ranks that are stuck.
        if let Some(deadlock) = deadlock {
            let core: Vec<Rank> = match &deadlock.core {
                crate::Core::Cycle(edges) => {
                    for (at, (_, edge)) in edges.iter().enumerate() {
                        prop_assert_eq!(edge.on, edges[(at + 1) % edges.len()].0);
                    }
                    edges.iter().map(|(rank, _)| *rank).collect()
                }
                crate::Core::End(rank, _) => vec![*rank],
                crate::Core::Knot(ranks) => ranks.clone(),
            };
            prop_assert!(!core.is_empty() && core.iter().all(|rank| stuck.contains(rank)));
        }
    }

    #[test]
    fn the_order_of_reading_does_not_matter(
        size in 2usize..=4,
        motifs in prop::collection::vec(motif(), 0..9),
        seed in 1u64..,
        stop in 0u64..100,
    ) {
        let mut machine = Machine::new(program(size, &motifs));
        let mut luck = seed;
        for _ in 0..(if stop < 50 { stop } else { u64::MAX }) {
            let actions = machine.actions();
            if actions.is_empty() {
                break;
            }
            let action = actions[random(&mut luck) as usize % actions.len()];
            machine.act(action, &mut luck);
        }
        let mut straight = observation(size);
        for (rank, entry) in &machine.log {
            feed(&mut straight, *rank, entry);
        }
        let expected = conclusions(&mut straight);
        for way in 0..3 {
            let mut queues: Vec<VecDeque<&Entry>> = vec![VecDeque::new(); size];
            for (rank, entry) in &machine.log {
                queues[*rank as usize].push_back(entry);
            }
            let mut shuffled = observation(size);
            while queues.iter().any(|queue| !queue.is_empty()) {
                let rank = match way {
                    0 => queues.iter().position(|queue| !queue.is_empty()).unwrap(),
                    1 => queues.iter().rposition(|queue| !queue.is_empty()).unwrap(),
                    _ => random(&mut luck) as usize % size,
                };
                if let Some(entry) = queues[rank].pop_front() {
                    feed(&mut shuffled, rank as Rank, entry);
                }
            }
            prop_assert_eq!(&conclusions(&mut shuffled), &expected);
        }
    }

    #[test]
    fn without_races_all_errors_are_found_and_nothing_is_kept(
        size in 2usize..=4,
        motifs in prop::collection::vec(motif(), 0..9),
        seed in 1u64..,
    ) {
        let mut machine = Machine::new(program(size, &motifs));
        let mut luck = seed;
        loop {
            let actions = machine.actions();
            if actions.is_empty() {
                break;
            }
            let action = actions[random(&mut luck) as usize % actions.len()];
            machine.act(action, &mut luck);
        }
        let (mut whole, mut brief) = (observation(size), observation(size).errors_only());
        for (rank, entry) in &machine.log {
            feed(&mut whole, *rank, entry);
            feed(&mut brief, *rank, entry);
        }
        let (deadlock, pairs, mut findings, _, kept) = conclusions(&mut whole);
        findings.retain(|finding| finding.kind != verdict::Kind::MessageRace);
        let (deadlock_too, pairs_too, findings_too, _, kept_too) = conclusions(&mut brief);
        prop_assert_eq!((deadlock_too, pairs_too, findings_too), (deadlock, pairs, findings));
        prop_assert!(kept_too <= kept);
    }
}

/// Keeps calls comparable in the sets above.
#[test]
fn calls_are_ordered_by_rank_and_number() {
    let call = |rank, number| Call {
        rank,
        number,
        function: "MPI_Send",
        thread: 0,
        place: PlaceId(0),
        aside: false,
        peer: None,
        tag: None,
        comm: None,
    };
    assert!(call(0, 9) < call(1, 0) && call(1, 0) < call(1, 1));
}

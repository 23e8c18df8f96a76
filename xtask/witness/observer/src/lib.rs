//! Watches what the ranks of a job record while they run, and says what follows from it: at once
//! when ranks wait for each other forever, at the end when something was left over. It starts and
//! ends nobody.
//!
//! - [`Observer`]: follows one recording;
//! - `ending`: what a rank means to the others that has ended too early;
//! - [`words`]: what was found, as sentences.

mod ending;
mod names;
pub mod words;

pub use ending::{has_finalized, life};
pub use reasoning::{Call, Core, Deadlock, Life, Pair, Severity, Unreceived};
pub use words::Told;

use crate::names::Names;
use anyhow::{Context, Result};
use reasoning::{Finding, Observation, Side, deadlock::RankState};
use recording::{
    event::{
        Address, Argument, CommId, Complaint, Definition, Event, Mode, PlaceId, Rank, Refusal, What,
    },
    header::Header,
    reader::{News, Reader},
};
use std::{collections::BTreeMap, ops::Range, path::Path, sync::Arc, time::Duration};

/// How far apart two looks should be: a deadlock is said when two in a row see nothing move.
pub const INTERVAL: Duration = Duration::from_millis(50);

/// Follows the recording of one job.
pub struct Observer {
    reader: Reader,
    /// None until the first rank has said how many there are.
    observation: Option<Observation>,
    places: BTreeMap<(Rank, PlaceId), Arc<[Address]>>,
    /// Calls that were told before they came back.
    inside: BTreeMap<(Rank, u64), Event>,
    /// The last call of each rank that was told.
    told: BTreeMap<Rank, u64>,
    complaints: Vec<Complained>,
    /// The exceptions that nobody has caught.
    raised: Vec<(Rank, Refusal)>,
    /// What MPI has refused.
    refusals: Vec<(Rank, Refusal)>,
    /// How often it was looked since MPI has ended a rank.
    looks_after_end: u32,
    /// How often in a row nothing had moved.
    quiet_looks: u32,
    /// What had moved when it was last looked.
    seen: Option<Vec<u64>>,
    /// Whether a rank had to stop recording: then nobody is accused any more.
    is_blind: bool,
    /// Whether ranks were connected to processes that are not recorded.
    has_strangers: bool,
    /// Whether warnings that take time to find are left out.
    is_brief: bool,
    /// Who hears of every call, if anybody does.
    follower: Option<Follower>,
    /// The deadlock that was told.
    deadlock: Option<Deadlock>,
    /// Whether a rank has sent in standard mode.
    may_buffer: bool,
    /// Which processes have ended, the first first, and when that was seen, in nanoseconds of
    /// [`recording::clock`].
    deaths: Vec<(u32, u64)>,
    lines: Option<Lines>,
    /// Brings what ranks on other nodes have recorded.
    refresh: Option<Refresh>,
    /// Whether all was there when it was looked last.
    is_current: bool,
    /// The functions whose calls are kept.
    kept: &'static [&'static str],
    calls: Vec<Call>,
}

/// Who finds the line behind a stack of return addresses, such as `ring.c:12`.
pub type Lines = Box<dyn Fn(&[Address]) -> Option<String>>;

/// Brings what ranks on other nodes have recorded, all of it up to now; false if that cannot be had.
pub type Refresh = Box<dyn FnMut() -> bool>;

/// Who hears of every call: see [`Observer::follow`].
pub type Follower = Box<dyn FnMut(Heard<'_>)>;

/// What a follower hears of: see [`Observer::follow`].
#[derive(Clone, Copy, Debug)]
pub enum Heard<'a> {
    /// What a number of a rank stands for. It comes before the first call that uses it.
    Definition(Rank, &'a Definition),
    /// A call of a rank, as far as it is known; again when more is.
    Call(Rank, &'a Event),
    /// A message, and who received it. It comes after both calls.
    Pair(&'a Pair),
}

/// A call that is wrong in itself, or differs from another rank's.
struct Complained {
    call: Call,
    complaint: Complaint,
    /// Its place among the collectives of a communicator, if it is one.
    collective: Option<(CommId, u64)>,
    /// How often it was looked at without its counterpart having been read.
    looks: u32,
}

/// What can be said at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Final {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub told: Told,
}

impl Observer {
    /// Follows the ranks that record, or will record, into a folder.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        let reader = Reader::open(folder)
            .with_context(|| format!("reading the recording in {}", folder.display()))?;
        Ok(Self {
            reader,
            observation: None,
            places: BTreeMap::new(),
            inside: BTreeMap::new(),
            told: BTreeMap::new(),
            complaints: Vec::new(),
            raised: Vec::new(),
            refusals: Vec::new(),
            looks_after_end: 0,
            quiet_looks: 0,
            seen: None,
            is_blind: false,
            has_strangers: false,
            is_brief: false,
            follower: None,
            deadlock: None,
            may_buffer: false,
            deaths: Vec::new(),
            lines: None,
            refresh: None,
            is_current: true,
            kept: &[],
            calls: Vec::new(),
        })
    }

    /// Leaves out message races, which are warnings and take half of the time; to be asked for before the
    /// first look.
    pub fn errors_only(mut self) -> Self {
        self.is_brief = true;
        self
    }

    /// Leaves the recording as it is, for another observer to read once more; to be asked for before the
    /// first look.
    pub fn keeping(mut self) -> Self {
        self.reader.keep();
        self
    }

    /// From now on tells of every call and every message, as they are read; to be asked for before
    /// the first look. Nothing of it is kept here.
    pub fn follow(&mut self, follower: Follower) {
        self.follower = Some(follower);
    }

    /// Keeps the collective calls of these functions, for [`kept`](Self::kept); to be asked for before the
    /// first look.
    pub fn keep_calls(mut self, functions: &'static [&'static str]) -> Self {
        self.kept = functions;
        self
    }

    /// The calls that were to be kept and that the program made, not the harness of a check, as they were
    /// read.
    pub fn kept(&self) -> &[Call] {
        &self.calls
    }

    /// From now on sentences name the lines where communicators were made.
    pub fn name_lines(&mut self, lines: Lines) {
        self.lines = Some(lines);
    }

    /// From now on has what ranks on other nodes have recorded brought before it is read: only then can it
    /// be said that nothing moves.
    pub fn refresh_by(&mut self, refresh: Refresh) {
        self.refresh = Some(refresh);
    }

    /// The deadlock that a look has told of.
    pub fn deadlock(&self) -> Option<&Deadlock> {
        self.deadlock.as_ref()
    }

    /// The messages for which there is no receive, as of the last look.
    pub fn unreceived(&self) -> Vec<Unreceived> {
        let observation = self.observation.as_ref().filter(|_| !self.is_blind);
        observation.map_or_else(Vec::new, Observation::unreceived)
    }

    /// Whether a rank has sent in standard mode: then MPI may have buffered what another MPI, or a longer
    /// message, would have made it wait for.
    pub fn may_buffer(&self) -> bool {
        self.may_buffer
    }

    /// Whether a rank had to stop recording, because there was no more room.
    pub fn is_blind(&self) -> bool {
        self.is_blind
    }

    /// Whether ranks have started processes, or were connected to some, that could not be watched: what is
    /// between them and the others is not known.
    pub fn has_strangers(&self) -> bool {
        self.has_strangers
    }

    /// Looks once, which takes microseconds while nothing happens. What it says is certain: a call
    /// that MPI forbids, or ranks that wait forever. `life` tells how the ranks live; one that it
    /// does not name runs.
    ///
    /// # Errors
    /// If the recording cannot be read any more.
    pub fn look(&mut self, life: &[Life]) -> Result<Option<Told>> {
        let told = self.look_once(life)?;
        Ok(told.map(|told| Names::of(self).explained(told)))
    }

    fn look_once(&mut self, life: &[Life]) -> Result<Option<Told>> {
        let before = self.signature()?;
        let was_current = self.is_current;
        self.read(false)?;
        if let Some(complained) = self.complaints.first_mut() {
            /// The first arriver at a collective writes its call down right after it has arrived, and a
            /// thread right after it has come.
            const PATIENCE: u32 = 4;
            complained.looks += 1;
            let observation = self.observation.as_ref();
            let is_there = match complained.complaint {
                Complaint::Differs { .. } => sides(observation, complained)[1].is_some(),
                Complaint::Threads { .. } => rival(observation, complained).is_some(),
                _ => true,
            };
            if !is_there && complained.looks < PATIENCE {
                return Ok(None);
            }
        }
        if let Some(complained) = self.complaints.first() {
            return Ok(Some(self.complaint(complained)));
        }
        if let Some(told) = self.left_by_launcher(life)? {
            return Ok(Some(told));
        }
        let after = self.signature()?;
        // Records of different ranks are read one after the other: only if nothing has moved
        // meanwhile do they show one moment.
        let quiet = before == after && self.seen.as_ref() == Some(&after);
        let quiet = quiet && was_current && self.is_current;
        self.seen = Some(after).filter(|_| self.is_current);
        self.quiet_looks = if quiet { self.quiet_looks + 1 } else { 0 };
        if !quiet || self.is_blind {
            return Ok(None);
        }
        let observation = self.observation.as_ref();
        self.deadlock = observation.and_then(|observation| observation.deadlock(life));
        let names = Names::of(self);
        if let Some(finding) = observation.and_then(Observation::crowded) {
            return Ok(Some(words::finding(&finding, names)));
        }
        let told = match &self.deadlock {
            Some(deadlock) => {
                let told = words::deadlock(deadlock, names);
                let cause = observation.and_then(|it| it.epoch_behind(deadlock));
                match cause {
                    Some(cause) => words::because(words::finding(&cause, names), told),
                    None => told,
                }
            }
            // Ranks that wait for more than others give them.
            None => {
                /// Nothing says that MPI does not work on what it was given.
                const PATIENCE: u32 = 60;
                let finding = observation.and_then(|observation| {
                    let is_over = self.quiet_looks >= PATIENCE;
                    let freed = || observation.freed_receive().filter(|_| is_over);
                    observation.disagreeing().or_else(freed)
                });
                return Ok(finding.map(|finding| words::finding(&finding, names)));
            }
        };
        let (told, rank) = match self.ending(life) {
            // As at the end: MPI has given up for a reason that was found.
            Some(ending) if ending.inside => {
                let rank = Some(ending.rank);
                match self.error_so_far() {
                    Some(found) => (found, rank),
                    None => (ending.told, rank),
                }
            }
            Some(ending) => (ending.told, Some(ending.rank)),
            None => (told, None),
        };
        Ok(Some(words::after_errors(told, rank, &self.returned())))
    }

    /// Notes that a process has ended, as soon as that is seen, and in the order of their ends: the first
    /// may have left no word.
    pub fn died(&mut self, pid: u32) {
        self.deaths.push((pid, recording::clock::nanos()));
    }

    /// What is to be said where MPI has ended a rank, and its launcher does not end: that of Open MPI
    /// waits for itself now and then. It is what would be said had it ended.
    fn left_by_launcher(&mut self, life: &[Life]) -> Result<Option<Told>> {
        /// A launcher that works needs a few.
        const PATIENCE: u32 = 60;
        let is_ended = |(rank, refusal): &(Rank, Refusal)| {
            let life = life.get(*rank as usize);
            refusal.fatal && life.is_some_and(|life| life.ended())
        };
        if !self.refusals.iter().any(is_ended) {
            return Ok(None);
        }
        self.looks_after_end += 1;
        if self.looks_after_end < PATIENCE {
            return Ok(None);
        }
        let mut list = self.finish_all(life, &|_| 0)?;
        list.retain(|last| last.severity == Severity::Error);
        Ok(list.into_iter().next().map(|last| last.told))
    }

    /// The first error among what was found so far.
    fn error_so_far(&self) -> Option<Told> {
        let found = self.observation.as_ref()?.so_far();
        let errors = found
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        let first = errors.min_by_key(|finding| (finding.kind, &finding.calls))?;
        Some(words::finding(first, Names::of(self)))
    }

    /// What every thread of every rank is doing, as of the last look.
    pub fn states(&self, life: &[Life]) -> Vec<RankState> {
        self.observation
            .as_ref()
            .map_or_else(Vec::new, |observation| observation.waits(life))
    }

    /// Ranks that test or probe again and again, as of the last look, although nobody can do what they look
    /// for: all others wait for them, or have ended. Not certain to be wrong, since such a rank may give up:
    /// for a run that was stopped. `life` is that of the last look.
    pub fn polling(&self, life: &[Life]) -> Option<Told> {
        /// Who looks now and then while it computes has not looked so often.
        const AT_LEAST: u64 = 1000;
        let observation = self.observation.as_ref().filter(|_| !self.is_blind)?;
        let polling = observation.polling(AT_LEAST, life);
        let names = Names::of(self);
        Some(names.explained(words::polling(&polling, names)?))
    }

    /// Messages that ranks almost wait for, as of the last look: they have come with another tag, or on
    /// another communicator. For ranks that do not answer, though it is not certain that they wait forever, since a thread of theirs computes.
    pub fn almost(&self, life: &[Life]) -> Vec<String> {
        let unreceived = self.unreceived();
        let states = self.states(life);
        let almost = states
            .iter()
            .filter_map(|state| words::almost(state, &unreceived, Names::of(self)));
        almost.collect()
    }

    /// All that is to be said when the ranks are gone, and nothing more will be recorded. What a
    /// look has told before is not repeated.
    ///
    /// # Errors
    /// If the recording cannot be read any more.
    pub fn finish(&mut self, life: &[Life]) -> Result<Vec<Final>> {
        self.finish_parts(life, |_| 0)
    }

    /// The same of a program in parts, of which `part` tells by a call: what was found in each is told of each.
    ///
    /// # Errors
    /// If the recording cannot be read any more.
    pub fn finish_parts(
        &mut self,
        life: &[Life],
        part: impl Fn(&Call) -> usize,
    ) -> Result<Vec<Final>> {
        let mut list = self.finish_all(life, &part)?;
        for last in &mut list {
            last.told = Names::of(self).explained(last.told.clone());
        }
        Ok(list)
    }

    /// Which ranks were spawned, in sentences; empty where none were.
    pub fn spawned(&self) -> Vec<String> {
        Names::of(self).spawned(|_| true)
    }

    fn finish_all(&mut self, life: &[Life], part: &dyn Fn(&Call) -> usize) -> Result<Vec<Final>> {
        self.read(true)?;
        let mut list: Vec<Final> = self
            .complaints
            .iter()
            .map(|complained| Final {
                severity: Severity::Error,
                told: self.complaint(complained),
            })
            .collect();
        let ending = self.ending(life).filter(|_| !self.is_blind);
        let findings = match &mut self.observation {
            Some(observation) if !self.is_blind => Some(observation.finish(life)),
            _ => None,
        };
        if let Some(findings) = findings {
            let findings = self.together(findings, part);
            list.extend(findings.iter().map(|finding| Final {
                severity: finding.severity,
                told: words::finding(finding, Names::of(self)),
            }));
        }
        // That one rank's end has ended the others is the first thing to know; not so where MPI may
        // have given up for a reason that was found.
        let is_known = |last: &Final| last.severity == Severity::Error;
        // What was found of the very call that MPI has refused says more than MPI does.
        let refused = ending.as_ref().and_then(|ending| {
            let call = ending.told.calls.first()?;
            let is_of_it = |last: &&mut Final| {
                is_known(last) && last.told.calls.iter().any(|of| same_call(of, call))
            };
            list.iter_mut().find(is_of_it)
        });
        if let (Some(found), Some(ending)) = (refused, &ending) {
            found.told.notes.extend(ending.told.notes.iter().cloned());
        } else if let Some(told) = ending
            && !(told.inside && list.iter().any(is_known))
        {
            list.retain(|last| last.told.kind != told.told.kind);
            let severity = Severity::Error;
            let told = words::after_errors(told.told, Some(told.rank), &self.returned());
            list.insert(0, Final { severity, told });
        }
        // Whoever asks for the errors may well live with them.
        let notes = self.returned().into_iter().map(|(call, refusal)| Final {
            severity: Severity::Note,
            told: words::returned(call, refusal),
        });
        list.extend(notes);
        Ok(list)
    }

    /// What several ranks did alike, each by itself and at the same place, is one finding.
    fn together(&self, findings: Vec<Finding>, part: &dyn Fn(&Call) -> usize) -> Vec<Finding> {
        let mut list: Vec<Finding> = Vec::new();
        for finding in findings {
            let is_at = |one: &Call, other: &Call| {
                one.function == other.function
                    && self.stack(one) == self.stack(other)
                    && part(one) == part(other)
            };
            let same = list.iter_mut().find(|known| {
                known.times == finding.times
                    && known.severity == finding.severity
                    && known.rule.is_alike(&finding.rule)
                    && known.calls.len().is_multiple_of(finding.calls.len())
                    && known
                        .calls
                        .iter()
                        .zip(&finding.calls)
                        .all(|(one, other)| is_at(one, other))
            });
            match same {
                Some(known) => known.calls.extend(finding.calls),
                None => list.push(finding),
            }
        }
        list
    }

    /// Reads all that ranks have left, when they are gone: for [`life`] to be asked about.
    ///
    /// # Errors
    /// If the recording cannot be read any more.
    pub fn catch_up(&mut self) -> Result<()> {
        self.signature()?;
        self.read(true)
    }

    /// What a thread was doing when it was last seen.
    pub fn doing(&self, state: &RankState) -> String {
        words::doing(state, Names::of(self))
    }

    fn complaint(&self, complained: &Complained) -> Told {
        let sides = sides(self.observation.as_ref(), complained);
        let comm = complained.collective.map(|(comm, _)| comm);
        let names = Names::of(self);
        let mut told =
            words::complaint(&complained.call, &complained.complaint, &sides, comm, names);
        told.calls
            .extend(rival(self.observation.as_ref(), complained));
        if let Complaint::Argument {
            argument: Argument::Room | Argument::Attached,
            ..
        } = complained.complaint
        {
            let observation = self.observation.as_ref();
            let rank = complained.call.rank;
            told.calls
                .extend(observation.and_then(|it| it.attached(rank)));
        }
        told
    }

    /// The return addresses behind a call, innermost first; empty if they were not recorded.
    pub fn stack(&self, call: &Call) -> &[Address] {
        self.stack_of(call.rank, call.place)
    }

    /// The same by the number under which a rank knows the place.
    pub fn stack_of(&self, rank: Rank, place: PlaceId) -> &[Address] {
        self.places
            .get(&(rank, place))
            .map_or(&[][..], |stack| &stack[..])
    }

    /// How many ranks the job has, in all its worlds so far; none until the first has come.
    pub fn size(&self) -> Option<u32> {
        self.headers().map(|header| header.base + header.size).max()
    }

    /// The ranks of each world: those of the one that was started first, then those that were spawned.
    pub fn worlds(&self) -> impl Iterator<Item = Range<Rank>> {
        self.observation.iter().flat_map(Observation::worlds)
    }

    /// Reads how far each rank is, and nothing else, for [`calls`](Self::calls): far cheaper than a
    /// look.
    ///
    /// # Errors
    /// If the recording cannot be read any more.
    pub fn glance(&mut self) -> Result<()> {
        self.signature().map(drop)
    }

    /// How many calls each rank has made so far, as of the last look or glance: the number of its next
    /// one.
    pub fn calls(&self) -> Vec<u64> {
        let mut calls = vec![0; self.size().unwrap_or_default() as usize];
        for header in self.headers() {
            if let Some(begun) = calls.get_mut(header.rank as usize) {
                *begun = header.begun;
            }
        }
        calls
    }

    /// What each rank that has come says of itself, as of the last look.
    pub fn headers(&self) -> impl Iterator<Item = &Header> {
        self.reader.headers()
    }

    /// What has moved on each rank so far.
    fn signature(&mut self) -> Result<Vec<u64>> {
        self.is_current = self.refresh.as_mut().is_none_or(|refresh| refresh());
        let headers = self.reader.glance().context("looking at the recording")?;
        let mut blind = false;
        let signature = headers
            .map(|header| {
                blind |= header.full;
                header.signature()
            })
            .collect();
        self.is_blind |= blind;
        Ok(signature)
    }

    fn read(&mut self, dead: bool) -> Result<()> {
        loop {
            let batch = if dead {
                self.reader.poll_dead()
            } else {
                self.reader.poll()
            }
            .context("reading what the ranks have recorded")?;
            let over = batch.news.is_empty() || !batch.more;
            if let (Some(size), Some(observation)) = (self.size(), &mut self.observation) {
                observation.grow(size as usize);
            }
            for (rank, news) in batch.news {
                self.take(rank, news);
            }
            self.reader.release();
            if over {
                return Ok(());
            }
        }
    }

    fn take(&mut self, rank: Rank, news: News) {
        let (observed, brief) = (self.follower.is_some(), self.is_brief);
        let size = match &self.observation {
            Some(observation) => observation.size(),
            None => self.size().unwrap_or_default() as usize,
        };
        let observation = self.observation.get_or_insert_with(|| {
            let mut observation = Observation::new(size);
            if observed {
                observation.keep_pairs();
            }
            if brief {
                observation = observation.errors_only();
            }
            observation
        });
        match news {
            News::Definition(definition) => {
                if let Some(follower) = &mut self.follower {
                    follower(Heard::Definition(rank, &definition));
                }
                if let Definition::Communicator(_, made) = &definition {
                    let connects = ["MPI_Comm_spawn", "MPI_Comm_accept", "MPI_Comm_connect"];
                    self.has_strangers |= made.only_here
                        && (connects.iter()).any(|function| made.made_by.starts_with(function));
                }
                if let Definition::Place(place, stack) = &definition {
                    self.places.insert((rank, *place), Arc::clone(stack));
                }
                observation.define(rank, definition);
            }
            News::Refusal(exception) if exception.raised => self.raised.push((rank, exception)),
            News::Refusal(mut refusal) => {
                refusal.function = self.name_of(rank, refusal.place, refusal.function);
                self.refusals.push((rank, refusal));
            }
            News::Event(mut event) => {
                event.function = self.name_of(rank, event.place, event.function);
                if let Some(follower) = &mut self.follower {
                    follower(Heard::Call(rank, &event));
                }
                self.call(rank, event);
                self.tell_pairs();
            }
        }
    }

    /// The name of a function that was called at a place. Who calls from a script has not chosen whether
    /// counts are large: its library has.
    fn name_of(&self, rank: Rank, place: PlaceId, function: &'static str) -> &'static str {
        let plain = function.strip_suffix("_c");
        let is_script = || {
            let mut stack = self.stack_of(rank, place).iter();
            stack.any(|address| address.script().is_some())
        };
        plain.filter(|_| is_script()).unwrap_or(function)
    }

    fn tell_pairs(&mut self) {
        if let (Some(follower), Some(observation)) = (&mut self.follower, &mut self.observation) {
            for pair in observation.take_pairs() {
                follower(Heard::Pair(&pair));
            }
        }
    }

    fn call(&mut self, rank: Rank, mut event: Event) {
        let key = (rank, event.number);
        if let What::Send(send, _) = &event.what {
            self.may_buffer |=
                send.mode == Mode::Standard && !send.made_synchronous && !event.aside;
        }
        if let Some(complaint) = event.complaint
            && !event.aside
            && !self.inside.contains_key(&key)
        {
            let collective = match &event.what {
                What::Collective(collective, _) => Some((collective.comm, collective.index)),
                _ => None,
            };
            self.complaints.push(Complained {
                call: Call::of(rank, &event),
                complaint,
                collective,
                looks: 0,
            });
        }
        let Some(observation) = &mut self.observation else {
            return;
        };
        let known = self
            .told
            .get(&rank)
            .is_some_and(|last| event.number <= *last);
        if known && !self.inside.contains_key(&key) {
            again(observation, rank, event);
            return;
        }
        self.told.insert(rank, event.number);
        let was_inside = self.inside.remove(&key).is_some();
        if !was_inside
            && !event.aside
            && matches!(event.what, What::Collective(..))
            && self.kept.contains(&event.function)
        {
            self.calls.push(Call::of(rank, &event));
        }
        match event.left.take() {
            Some(left) if was_inside => {
                observation.returned(rank, event.number, &left, Some(event.what));
            }
            None if was_inside => drop(self.inside.insert(key, event)),
            left => {
                if left.is_none() {
                    self.inside.insert(key, event.clone());
                }
                event.left = left;
                observation.begun(rank, event);
            }
        }
    }
}

/// Whether both are the same call of a rank.
fn same_call(one: &Call, other: &Call) -> bool {
    (one.rank, one.number, one.place) == (other.rank, other.number, other.place)
}

/// The two parts of a collective that a complaint is about, as far as they have been read: the rank's own
/// and that of the one it differs from.
fn sides(observation: Option<&Observation>, complained: &Complained) -> [Option<Side>; 2] {
    let (Complaint::Differs { first, .. }, Some((comm, index)), Some(observation)) =
        (complained.complaint, complained.collective, observation)
    else {
        return [None, None];
    };
    [complained.call.rank, first].map(|rank| observation.disputed(comm, index, rank))
}

/// The call that the other thread is in, of a complaint about threads.
fn rival(observation: Option<&Observation>, complained: &Complained) -> Option<Call> {
    let Complaint::Threads { other, .. } = complained.complaint else {
        return None;
    };
    let inside = observation?.inside(complained.call.rank);
    inside.into_iter().find(|call| call.thread == other)
}

/// A call that has come back before, of which more is known now.
fn again(observation: &mut Observation, rank: Rank, event: Event) {
    match &event.what {
        // One more test that found nothing.
        What::Complete { in_vain, .. } | What::Probe { in_vain, .. } if *in_vain > 0 => {
            observation.begun(rank, event);
        }
        _ => {}
    }
}

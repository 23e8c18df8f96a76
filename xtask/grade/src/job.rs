//! One start of the ranks, from the first task to the last or to the first that ends it. What is
//! left then runs in a new job.
//!
//! The grader leads, task by task: *run*, until every rank is done; *inspect*, until every rank has
//! looked for what the task left behind; at last *end*, until every rank has finalized MPI. Only a
//! rank's own record counts as its completion: an exit status says nothing, since a rank that
//! leaves early with status 0 looks like one that has done its work.
//!
//! To start processes and to end them takes longer than most tasks. So one job serves several numbers
//! of ranks: a task runs on the first of its processes, and the others have nothing to do. They stand
//! in another order than in `MPI_COMM_WORLD`, and there is always one more than a task needs: so an
//! answer that takes the world for the communicator that it is given is found out. And the next job may
//! start while the one before ends ([`Ahead`]); its processes wait for their first order.

use crate::{
    Event, buffers,
    build::Program,
    merge::{self, Cause, Collector, Input, Told, Verdict},
    printed::{self, Printed},
    shown::{Remains, Shown, Told as ToldOf},
    stack::Lines,
};
use anyhow::{Context, Result, bail};
use course::Limits;
use launch::{Departure, Job, Nodes, Scratch, Spec, nodes};
use observer::{INTERVAL, Life, Observer, Severity};
use recording::event::CommId;
use setup::Environment;
use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    error::Error,
    ffi::OsString,
    fmt,
    ops::Range,
    os::unix::process::ExitStatusExt,
    path::Path,
    time::{Duration, Instant},
};
use verdict::{
    Failure, Kind, Reason,
    wire::{Order, Record, Seen, Stack},
};

/// The user has stopped the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped; every process that it started has been ended")
    }
}

impl Error for Interrupted {}

/// What runs of a task at one number of ranks: the crate's answer, or a known mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// How many ranks; none without MPI.
    pub ranks: Option<u32>,
    /// The task.
    pub task: String,
    /// The mistake that stands in for the answer.
    pub mistake: Option<String>,
    /// Whether some of the task's functions are written and others are not: those that are may fail at
    /// more ranks.
    pub unfinished: bool,
}

impl Item {
    /// The crate's own answer.
    pub fn answer(task: &str, ranks: Option<u32>) -> Self {
        Self {
            ranks,
            task: task.to_owned(),
            mistake: None,
            unfinished: false,
        }
    }

    /// Whether another item is the same answer, at whatever number of ranks.
    fn is_same_answer(&self, other: &Self) -> bool {
        self.task == other.task && self.mistake == other.mistake
    }
}

/// So many ranks share a job of few processes, which is started anew soon.
const FEW: u32 = 4;
/// So many share one of more processes; each larger number has a job of its own.
const MANY: u32 = 16;

/// What the numbers of ranks that share a job have in common.
fn batch(ranks: Option<u32>) -> Option<u32> {
    ranks.map(|ranks| match ranks {
        few if few <= FEW => FEW,
        many if many <= MANY => MANY,
        more => more,
    })
}

/// How many processes a job has that runs items of these numbers of ranks, one of them with nothing to
/// do; none without MPI.
fn processes(ranks: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    ranks.flatten().max().map(|most| most + 1)
}

/// How many processes the job has that comes first.
pub(crate) fn first(items: &[Item]) -> Option<u32> {
    let mut batches = items.chunk_by(|one, other| batch(one.ranks) == batch(other.ranks));
    processes(batches.next()?.iter().map(|item| item.ranks))
}

/// The order of a job's processes, by their ranks in `MPI_COMM_WORLD`: turned, and every other time
/// turned round. The first is never rank 0.
fn order(seed: u64, processes: u32) -> Vec<u32> {
    let turn = 1 + (seed % u64::from(processes.max(2) - 1)) as u32;
    (0..processes)
        .map(|place| {
            let place = if (seed / 7).is_multiple_of(2) {
                place
            } else {
                processes - place
            };
            (turn + place) % processes
        })
        .collect()
}

/// Runs items of one check program.
#[derive(Clone, Copy, Debug)]
pub struct Runner<'a> {
    /// The workbook's folder.
    pub root: &'a Path,
    /// The exercise's folder, such as `05-collectives`.
    pub folder: &'a str,
    /// The check program.
    pub program: &'a Program,
    /// The MPI that starts it; none for a plain program.
    pub environment: Option<&'a Environment>,
    /// Whether the witness watches the ranks' MPI calls: without it, those that wait for each other run
    /// into the time limit.
    pub witness: bool,
    /// What each job may use; the time is for each task.
    pub limits: Limits,
    /// The seed of all inputs.
    pub seed: u64,
    /// Whether somebody looks at it: then what the ranks tell of their inputs and values is kept, and so is
    /// the recording of one task.
    pub shows: bool,
}

/// What came of a run.
pub struct Ran {
    /// A verdict for each item; none where the same answer has failed at fewer ranks, which is better
    /// understood there.
    pub verdicts: Vec<Option<Verdict>>,
    /// The run to look at, if one was asked for: the first that fails, or else one on few ranks.
    pub shown: Option<Shown>,
}

/// A job whose processes are starting, or wait for their first order. Dropping it ends it.
pub struct Started {
    /// How many; none without MPI.
    processes: Option<u32>,
    job: Job,
    /// Reads what the ranks record; none where there are no ranks.
    observer: Option<Observer>,
    /// Outlives the job: what the ranks have written is read when they are gone.
    scratch: Option<Scratch>,
}

/// What is known of the job that follows.
#[derive(Default)]
pub struct Ahead {
    /// How many processes it has, if one follows that any task of this one may go on to.
    next: Option<Option<u32>>,
    /// It, once it has been started.
    pub started: Option<Started>,
}

/// Time for a job to start or to end its ranks. Both take a tenth of a second; on a machine that
/// does something else meanwhile it may be much more, and a wrong accusation is worse than a wait.
const PATIENCE: Duration = Duration::from_secs(60);
/// Once a rank has reached `todo!()` the others can only wait for it. The verdict is settled, and the
/// wait decides only whether the next task can go on in the same job.
const AFTER_TODO: Duration = Duration::from_millis(100);
/// How long the ranks may take to say where they are.
const LOCATE: Duration = Duration::from_millis(500);
/// How long to listen on after a rank has reported its end, for others that end for the same reason.
const ECHO: Duration = Duration::from_millis(2);

impl Runner<'_> {
    /// Starts a job of so many processes and does not wait for them.
    ///
    /// # Errors
    /// If it cannot be started, and [`Interrupted`].
    pub fn start(&self, processes: Option<u32>) -> Result<Started> {
        if launch::interrupted() {
            bail!(Interrupted);
        }
        let scratch = processes
            .filter(|_| self.witness)
            .map(|_| Scratch::create())
            .transpose()?;
        let spec = self.spec(processes, scratch.as_ref())?;
        let far = spec.nodes.as_ref().map(|(nodes, _)| nodes.clone());
        let job = Job::start(&spec)?;
        let observer = scratch
            .as_ref()
            .map(|scratch| {
                let mut observer = Observer::open(scratch.path())?.errors_only();
                if let Some(far) = &far {
                    let far = far.clone();
                    observer.refresh_by(Box::new(move || far.refresh()));
                }
                anyhow::Ok(observer.keep_calls(&buffers::FUNCTIONS))
            })
            .transpose()?;
        let observer = if self.shows {
            observer.map(Observer::keeping)
        } else {
            observer
        };
        Ok(Started {
            processes,
            job,
            observer,
            scratch,
        })
    }

    /// Runs items, in an order in which their numbers of ranks do not fall. The job that is started ahead
    /// must be of this runner's program.
    ///
    /// # Errors
    /// If the machine is at fault, and [`Interrupted`].
    pub fn run(
        &self,
        items: &[Item],
        ahead: &mut Ahead,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Ran> {
        let mut verdicts: Vec<Option<Verdict>> = vec![None; items.len()];
        let mut shown = None;
        let batches = items.chunk_by(|one, other| batch(one.ranks) == batch(other.ranks));
        let sizes: Vec<Option<u32>> = batches
            .clone()
            .map(|items| processes(items.iter().map(|item| item.ranks)))
            .collect();
        let mut begin = 0;
        for (index, batch) in batches.enumerate() {
            let end = begin + batch.len();
            let mut next = begin;
            ahead.next = sizes.get(index + 1).copied();
            while let Some(first) = (next..end).find(|at| is_open(items, &verdicts, *at)) {
                on_event(Event::Starting {
                    ranks: items[first].ranks,
                });
                let started = ahead.started.take_if(|job| job.processes == sizes[index]);
                let mut conductor = Conductor::start(self, sizes[index], started)?;
                next = conductor.conduct(items, first..end, &mut verdicts, on_event)?;
                let ran: Vec<usize> = conductor.ran.iter().map(|(at, _)| *at).collect();
                let was_waiting = ran.last().copied().filter(|at| {
                    let kind = verdicts[*at].as_ref().and_then(Verdict::kind);
                    kind == Some(Kind::UnsafeSend)
                });
                let goes_on = ran.iter().any(|at| verdicts[*at] == Some(Verdict::Passed));
                let (ended, remains) = conductor.finish(next == end, goes_on, ahead)?;
                match ended {
                    Ended::Badly(failure) => {
                        self.blame(sizes[index], items, &ran, &mut verdicts, failure, on_event)?;
                    }
                    Ended::Well(left) => {
                        for (at, failure) in left {
                            match &mut verdicts[at] {
                                Some(Verdict::Failed(failures)) => merge::add(failures, failure),
                                verdict => *verdict = Some(Verdict::Failed(vec![failure])),
                            }
                        }
                    }
                }
                if let Some(at) = was_waiting
                    && let Some(better) = self.unreceived(sizes[index], items, at, on_event)?
                {
                    verdicts[at] = Some(better);
                }
                if self.shows {
                    shown = remains.better_than(shown, &verdicts);
                }
            }
            begin = end;
        }
        Ok(Ran { verdicts, shown })
    }

    /// An answer has waited forever in a send that was made synchronous. If it is that nobody receives the
    /// message, that is what to say: with standard sends the task ends, and the message is left over.
    fn unreceived(
        &self,
        processes: Option<u32>,
        items: &[Item],
        at: usize,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Option<Verdict>> {
        let mut conductor = Conductor::start(self, processes, None)?;
        conductor.standard = true;
        let mut again = vec![None; items.len()];
        conductor.conduct(items, at..at + 1, &mut again, on_event)?;
        conductor.finish(true, false, &mut Ahead::default())?;
        let Some(Verdict::Failed(mut failures)) = again.swap_remove(at) else {
            return Ok(None);
        };
        // It may also be one message too many, which explains less.
        failures.sort_by_key(|failure| failure.kind != Kind::UnmatchedMessage);
        let is_left_over = failures
            .first()
            .is_some_and(|failure| failure.kind == Kind::UnmatchedMessage);
        Ok(is_left_over.then_some(Verdict::Failed(failures)))
    }

    /// The processes did not end in good order after these items: which answer is it that ended them?
    fn blame(
        &self,
        processes: Option<u32>,
        items: &[Item],
        ran: &[usize],
        verdicts: &mut [Option<Verdict>],
        failure: Failure,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        let passed: Vec<usize> = ran
            .iter()
            .copied()
            .filter(|at| verdicts[*at] == Some(Verdict::Passed))
            .collect();
        // Each answer once, at the largest number of ranks that it has passed.
        let is_last = |at: &usize| {
            let same = |other: &usize| items[*other].is_same_answer(&items[*at]);
            passed.iter().rfind(|other| same(other)) == Some(at)
        };
        let mut suspects: Vec<(usize, Failure)> = passed
            .iter()
            .copied()
            .filter(is_last)
            .map(|at| (at, failure.clone()))
            .collect();
        if suspects.len() > 1 {
            let mut guilty = Vec::new();
            for &(at, _) in &suspects {
                on_event(Event::Starting {
                    ranks: items[at].ranks,
                });
                let mut alone = Conductor::start(self, processes, None)?;
                let mut again = vec![None; items.len()];
                alone.conduct(items, at..at + 1, &mut again, on_event)?;
                if let (Some(Verdict::Passed), Ended::Badly(own)) = (
                    &again[at],
                    alone.finish(true, false, &mut Ahead::default())?.0,
                ) {
                    guilty.push((at, own));
                }
            }
            // Should none do it alone, they do it together: then all of them answer for it.
            if !guilty.is_empty() {
                suspects = guilty;
            }
        }
        for (at, failure) in suspects {
            verdicts[at] = Some(Verdict::Failed(vec![failure]));
        }
        Ok(())
    }

    /// The lines of the check program.
    fn lines(&self) -> Lines<'_> {
        Lines {
            program: self.program,
            root: self.root,
            folder: self.folder,
        }
    }

    /// The return addresses behind a call, as the check program tells lines for them.
    fn stack(&self, observer: &Observer, call: &observer::Call) -> Stack {
        let addresses = observer.stack(call).iter();
        addresses
            .filter(|address| self.program.is(Path::new(&*address.module)))
            .filter_map(|address| i64::try_from(address.offset).ok())
            .collect()
    }

    fn told(&self, observer: &Observer, told: &observer::Told) -> Told {
        let call = |call: &observer::Call| {
            let place = observer::words::place(call);
            (place, self.stack(observer, call))
        };
        let beside = told.beside.iter().map(|(at, label)| {
            let (place, stack) = call(at);
            let label = Some(label.clone());
            (verdict::Where { label, ..place }, stack)
        });
        let mut message = told.text();
        let in_world = |call: &observer::Call| !call.aside && call.comm == Some(CommId::WORLD);
        if told.calls.iter().any(in_world) {
            message += ". The call is on MPI_COMM_WORLD instead of on the communicator that the function \
                        is given, which has fewer ranks, in another order";
        }
        Told {
            kind: told.kind,
            reason: told.reason,
            message,
            calls: told.calls.iter().map(call).chain(beside).collect(),
        }
    }

    fn spec(&self, processes: Option<u32>, scratch: Option<&Scratch>) -> Result<Spec> {
        let mut command: Vec<OsString> = match (self.environment, processes) {
            (Some(environment), Some(processes)) => environment.launcher(processes),
            _ => Vec::new(),
        };
        let far = match processes {
            Some(_) => nodes::far(&command)?,
            None => None,
        };
        command.push(self.program.path.clone().into());
        let program = command.remove(0);
        let folder = scratch.map(Scratch::path);
        let nodes = far
            .map(|far| Nodes::open(far.address, folder))
            .transpose()?;
        let last = command.len().saturating_sub(1);
        let mut env = self.program.env.clone();
        let folder = scratch.map(|scratch| scratch.path().to_owned());
        env.extend(
            folder
                .iter()
                .map(|folder| (recording::FOLDER.into(), folder.into())),
        );
        if let Some(processes) = processes {
            let order: Vec<String> = order(self.seed, processes)
                .iter()
                .map(ToString::to_string)
                .collect();
            env.push((recording::ORDER.into(), order.join(",").into()));
        }
        Ok(Spec {
            program,
            args: command,
            env,
            cwd: Some(self.root.to_owned()),
            limits: launch::Limits {
                memory: Some(self.limits.memory),
                output: Some(self.limits.output),
            },
            nodes: nodes.map(|nodes| (nodes, last)),
        })
    }
}

/// Whether an item is to be run: the same answer has not failed before it.
fn is_open(items: &[Item], verdicts: &[Option<Verdict>], at: usize) -> bool {
    items[..at].iter().zip(verdicts).all(|(item, verdict)| {
        let goes_on = match verdict {
            None | Some(Verdict::Passed) => true,
            Some(Verdict::NotStarted(_)) => item.unfinished,
            Some(Verdict::Failed(_)) => false,
        };
        goes_on || !item.is_same_answer(&items[at])
    })
}

/// The seed of one task: its inputs do not depend on which other tasks run.
fn seed_of(seed: u64, task: &str) -> u64 {
    // FNV-1a, 64 bits: stable over Rust's versions, which the standard hasher is not.
    task.bytes()
        .fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// How a job ended after its last task.
enum Ended {
    /// Every rank finalized. What it left behind, by the index of the item.
    Well(Vec<(usize, Failure)>),
    /// Some rank did not finalize, for this reason.
    Badly(Failure),
}

/// Why a phase is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Every rank has reached its end.
    Complete,
    /// The job cannot go on.
    Broken,
}

struct Conductor<'a> {
    runner: &'a Runner<'a>,
    /// How many processes the job has; none without MPI.
    processes: Option<u32>,
    /// Whether standard sends are left to MPI.
    standard: bool,
    /// How many of them take part in what runs now, or ran last.
    ranks: Option<u32>,
    job: Job,
    joined: BTreeSet<u32>,
    /// The processes that the ranks have started and that have not ended yet. In the recording and here
    /// their numbers follow those of the job's own processes.
    workers: BTreeSet<u32>,
    /// Whether the task has started any.
    had_workers: bool,
    /// What each rank, or the launcher, has printed since the task began.
    printed: BTreeMap<Option<u32>, Printed>,
    /// Who has reached the end of the phase.
    reached: BTreeSet<u32>,
    /// Who has finalized MPI, and only has to end.
    finalized: BTreeSet<u32>,
    /// Where each rank was when it was asked.
    seen: BTreeMap<u32, Seen>,
    /// Whether the check program does not know what it was ordered to run.
    unknown: bool,
    /// The input that each rank has named last.
    inputs: BTreeMap<u32, Input>,
    /// Reads what the ranks record; none where there are no ranks.
    observer: Option<Observer>,
    next_look: Instant,
    /// The items that have run, by their index, and at how many ranks.
    ran: Vec<(usize, Option<u32>)>,
    /// How many calls each process had made before each of them.
    begun: Vec<Vec<u64>>,
    /// What the ranks have told of each of them, where somebody looks.
    told: Vec<ToldOf>,
    /// Outlives the job: what the ranks have written is read when they are gone.
    scratch: Option<Scratch>,
}

impl<'a> Conductor<'a> {
    fn start(
        runner: &'a Runner<'a>,
        processes: Option<u32>,
        started: Option<Started>,
    ) -> Result<Self> {
        let started = match started {
            Some(started) => started,
            None => runner.start(processes)?,
        };
        let mut conductor = Self {
            runner,
            processes,
            standard: false,
            ranks: processes,
            job: started.job,
            joined: BTreeSet::new(),
            workers: BTreeSet::new(),
            had_workers: false,
            printed: BTreeMap::new(),
            reached: BTreeSet::new(),
            finalized: BTreeSet::new(),
            seen: BTreeMap::new(),
            unknown: false,
            inputs: BTreeMap::new(),
            observer: started.observer,
            next_look: Instant::now() + INTERVAL,
            ran: Vec::new(),
            begun: Vec::new(),
            told: Vec::new(),
            scratch: started.scratch,
        };
        conductor.gather()?;
        Ok(conductor)
    }

    /// How many processes there are.
    fn size(&self) -> usize {
        self.processes.unwrap_or(1) as usize
    }

    /// "rank 2 of 3", or "the program" where there are no ranks.
    fn who(&self, rank: u32) -> String {
        match self.ranks {
            None => String::from("the program"),
            Some(_) if self.is_worker(rank) => String::from("a worker"),
            Some(ranks) if rank < ranks => format!("rank {rank} of {ranks}"),
            Some(_) => String::from("a process that takes no part in the task"),
        }
    }

    /// Whether it is a process that the ranks have started.
    fn is_worker(&self, rank: u32) -> bool {
        rank as usize >= self.size()
    }

    /// Whether every rank has reached the end of the phase, and every process that they have started has
    /// ended. One that took part in what the ranks did has said before them that it is there.
    fn is_complete(&mut self) -> bool {
        self.reached.len() >= self.size() && self.workers.is_empty() && !self.job.is_joined()
    }

    /// The rank in reports: none where there are no ranks, and for a process that takes no part.
    fn rank(&self, rank: u32) -> Option<u32> {
        self.ranks.filter(|ranks| rank < *ranks).map(|_| rank)
    }

    /// Waits until all ranks have joined. That they do not is the machine's fault.
    fn gather(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.joined.len() < self.size() {
            match self.job.next(Some(deadline)) {
                launch::Event::Joined { rank, size, .. } => {
                    if size as usize != self.size() {
                        self.job.end()?;
                        bail!(
                            "asked for {}, but got a job of {size}: the launcher belongs to a different \
                             MPI from the one with which the program was built; `cargo xtask doctor` \
                             shows both",
                            match self.size() {
                                1 => String::from("1 rank"),
                                many => format!("{many} ranks"),
                            }
                        );
                    }
                    self.joined.insert(rank);
                }
                launch::Event::Printed { rank, bytes } => {
                    self.printed.entry(rank).or_default().push(&bytes)
                }
                launch::Event::Interrupted => bail!(Interrupted),
                launch::Event::LauncherEnded { status } => {
                    return self.not_started(&format!("the launcher ended with {status}"));
                }
                launch::Event::Over => return self.not_started("the launcher ended"),
                launch::Event::Broken { reason } => return self.not_started(&reason),
                launch::Event::Deadline => {
                    let within = format!(
                        "only {} of {} reported within {PATIENCE:?}",
                        self.joined.len(),
                        self.size()
                    );
                    return self.not_started(&within);
                }
                launch::Event::MemoryLimit(_) | launch::Event::OutputLimit { .. } => {
                    return self.not_started("a limit was reached before the first task");
                }
                launch::Event::Line { .. } | launch::Event::Gone { .. } => {}
            }
        }
        Ok(())
    }

    fn not_started(&mut self, why: &str) -> Result<()> {
        self.job.end()?;
        let said = said_once(self.printed.values().filter_map(|all| all.lines(None)));
        bail!(
            "the ranks of {} did not start: {why}{said}\n\n`cargo xtask doctor` tries a small MPI \
             program and says what to do",
            self.runner.program.path.display()
        )
    }

    fn order(&mut self, order: &Order) -> Result<()> {
        let line = serde_json::to_string(order).context("writing an order to the ranks")?;
        self.job.send_all(&line);
        Ok(())
    }

    /// Runs the items of a range that are open until one ends the job, or to the last. Returns the index
    /// of the item that follows.
    fn conduct(
        &mut self,
        items: &[Item],
        range: Range<usize>,
        verdicts: &mut [Option<Verdict>],
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<usize> {
        for at in range.clone() {
            if !is_open(items, verdicts, at) {
                continue;
            }
            let item = &items[at];
            self.ranks = item.ranks;
            on_event(Event::Running {
                task: &item.task,
                ranks: self.ranks,
            });
            self.printed.values_mut().for_each(Printed::begin_task);
            self.inputs.clear();
            self.had_workers = false;
            self.ran.push((at, item.ranks));
            if self.runner.shows {
                self.told.push(ToldOf::new(at, item.ranks));
            }
            if let Some(observer) = &mut self.observer {
                observer.glance()?;
                self.begun.push(observer.calls());
            }
            let mut collector = Collector::default();
            let run = Order::Run {
                task: item.task.clone(),
                mistake: item.mistake.clone(),
                ranks: item.ranks,
                seed: seed_of(self.runner.seed, &item.task),
                shows: self.runner.shows,
                standard: self.standard,
            };
            self.order(&run)?;
            let mut phase = self.phase(self.runner.limits.time, &mut collector)?;
            if self.unknown {
                bail!(
                    "the task `{}` has no check: add it to the suite in exercises/{}/checks/tasks.rs",
                    item.task,
                    self.runner.folder
                );
            }
            if phase == Phase::Complete {
                self.order(&Order::Inspect)?;
                phase = self.phase(PATIENCE, &mut collector)?;
            }
            if phase == Phase::Broken {
                // First of all: the others wait, at full load, for a rank that will never come.
                self.job.end()?;
                self.drain(&mut collector);
                self.look_behind(&mut collector)?;
            }
            let (verdict, input) = self.verdict(collector);
            self.keep(phase, &verdict, input)?;
            let has_failed = verdict != Verdict::Passed;
            verdicts[at] = Some(verdict);
            if phase == Phase::Complete && has_failed && self.had_workers {
                // What a wrong answer has started may still come, and would be taken for the next one's.
                self.job.end()?;
                self.reached.clear();
                return Ok(at + 1);
            }
            if phase == Phase::Broken {
                return Ok(at + 1);
            }
        }
        Ok(range.end)
    }

    /// The verdict, and the number of the input that its first failure is about.
    fn verdict(&self, collector: Collector) -> (Verdict, Option<u32>) {
        let lines = self.runner.lines();
        let is_alone = self.ranks.is_none();
        // It is asked about the first failure first.
        let first = OnceCell::new();
        let verdict = collector.verdict(self.ranks, &lines, |input| {
            first.get_or_init(|| input);
            printed::prints(&self.printed, is_alone, input)
        });
        (verdict, first.into_inner().flatten())
    }

    /// Keeps what is known of the item that has run, if somebody looks at it.
    fn keep(&mut self, phase: Phase, verdict: &Verdict, input: Option<u32>) -> Result<()> {
        let Some(told) = self.told.last_mut() else {
            return Ok(());
        };
        told.printed.clone_from(&self.printed);
        told.failing = input;
        told.returned = self.reached.iter().copied().collect();
        told.ended = (phase == Phase::Broken).then(recording::clock::nanos);
        let begun = self.begun.last();
        let (Verdict::Failed(failures), Some(observer), Some(begun)) =
            (verdict, &mut self.observer, begun)
        else {
            return Ok(());
        };
        if failures
            .first()
            .is_some_and(|first| first.kind == Kind::UnmatchedMessage)
        {
            // The message was sent for this input or for an earlier one.
            observer.look(&[])?;
            let lost = observer.unreceived();
            let lost = lost
                .iter()
                .map(|lost| &lost.send)
                .filter(|send| !send.aside);
            let own = lost.filter(|send| {
                let begun = begun.get(send.rank as usize);
                begun.is_some_and(|begun| *begun <= send.number)
            });
            told.wrong.extend(own.map(|send| (send.rank, send.number)));
            told.failing = None;
        }
        Ok(())
    }

    /// Keeps which calls something was found about, in the item of this place among those that ran.
    fn mark(&mut self, place: usize, told: &observer::Told) {
        if let Some(item) = self.told.get_mut(place)
            && told.kind != Kind::Deadlock
        {
            let calls = told.calls.iter().filter(|call| call.number != u64::MAX);
            item.wrong
                .extend(calls.map(|call| (call.rank, call.number)));
        }
    }

    /// Ends the job in good order, if it came to the end of its items, and meanwhile starts the one
    /// that follows, if some task `goes_on`.
    fn finish(
        mut self,
        complete: bool,
        goes_on: bool,
        ahead: &mut Ahead,
    ) -> Result<(Ended, Remains)> {
        let ended = self.end(complete, goes_on, ahead)?;
        let remains = Remains {
            told: self.told,
            begun: self.begun,
            job: self.job,
            scratch: self.scratch,
        };
        Ok((ended, remains))
    }

    fn end(&mut self, complete: bool, goes_on: bool, ahead: &mut Ahead) -> Result<Ended> {
        if !complete || self.reached.len() < self.size() {
            // A task has ended the job already, and has its verdict. Of those before it, only what is
            // wrong in calls themselves can be told: whatever is open might still have been completed.
            let life = vec![Life::Gone; self.processes.unwrap_or(0) as usize];
            let mut all = self.found(&life, |kind| kind == Kind::MemoryRace)?;
            all.extend(self.unlike());
            all.retain(|(call, _)| self.place_of(call) != self.ran.len().checked_sub(1));
            return Ok(Ended::Well(self.failures(all)));
        }
        let mut collector = Collector::default();
        self.inputs.clear();
        self.order(&Order::End)?;
        if let (true, None, Some(next)) = (goes_on, &ahead.started, ahead.next) {
            ahead.started = Some(self.runner.start(next)?);
        }
        // What is read while the ranks finalize need not be read when they are gone.
        self.next_look = Instant::now();
        let phase = self.phase(PATIENCE, &mut collector)?;
        let ended_well = phase == Phase::Complete && self.ends_by_itself();
        self.job.end()?;
        if !ended_well {
            // Whoever removes what a job has left may take what another, that starts at this moment,
            // has not opened yet.
            ahead.started = None;
        }
        Ok(match self.verdict(collector).0 {
            Verdict::Passed if phase == Phase::Complete => Ended::Well(self.left()?),
            Verdict::Failed(mut failures) => {
                // What is written over a buffer's end may not show before.
                let unlike = self.unlike();
                if !unlike.is_empty() {
                    return Ok(Ended::Well(self.failures(unlike)));
                }
                let mut failure = failures.remove(0);
                let finalized = match failure.rank {
                    Some(rank) => self.finalized.contains(&rank),
                    None => self.finalized.len() == self.size(),
                };
                if !finalized {
                    failure.kind = Kind::MissingFinalize;
                    failure.message = format!(
                        "after the task, MPI could not be finalized: {}",
                        failure.message
                    );
                }
                Ended::Badly(failure)
            }
            Verdict::Passed | Verdict::NotStarted(_) => Ended::Well(Vec::new()),
        })
    }

    /// What a rank says at its end may only be the consequence of what the recording tells: MPI ends
    /// whoever it finds at fault. So may a wrong result.
    fn look_behind(&mut self, collector: &mut Collector) -> Result<()> {
        let needs_why = collector.has_last_words() || collector.has_wrong_result();
        let (Some(observer), true) = (&mut self.observer, needs_why) else {
            return Ok(());
        };
        let life = vec![Life::Gone; self.ranks.unwrap_or(0) as usize];
        let (begun, ran) = (&self.begun, self.ran.len());
        let part = |call: &observer::Call| place_of(call, begun, ran).unwrap_or(ran);
        for last in observer.finish_parts(&life, part)? {
            let begun = self.begun.last();
            let is_of_this_task = last.told.calls.iter().all(|call| {
                let begun = begun.and_then(|begun| begun.get(call.rank as usize));
                // A process that was started since had made none before.
                !call.aside && begun.is_none_or(|begun| *begun <= call.number)
            });
            if let (Severity::Error, true, Some(observer)) =
                (last.severity, is_of_this_task, &self.observer)
            {
                let told = self.runner.told(observer, &last.told);
                self.mark(self.ran.len() - 1, &last.told);
                self.explain(told, collector);
            }
        }
        for (call, told) in self.unlike() {
            if self.place_of(&call) == Some(self.ran.len() - 1) {
                self.explain(told, collector);
            }
        }
        Ok(())
    }

    fn explain(&self, told: Told, collector: &mut Collector) {
        let rank = told.calls.first().and_then(|(call, _)| call.rank);
        let input = rank.and_then(|rank| self.inputs.get(&rank).cloned());
        collector.explain(rank, told, input);
    }

    /// The place, among the items that ran, of the one in which a call was made.
    fn place_of(&self, call: &observer::Call) -> Option<usize> {
        place_of(call, &self.begun, self.ran.len())
    }

    /// The calls whose two buffers have types that do not fit each other, once for each place of the
    /// program and each item, by the rank that came there first.
    fn unlike(&self) -> Vec<(observer::Call, Told)> {
        let Some(observer) = &self.observer else {
            return Vec::new();
        };
        let kept = observer.kept().iter();
        let kept: Vec<(&observer::Call, Stack)> = kept
            .map(|call| (call, self.runner.stack(observer, call)))
            .collect();
        let stacks: Vec<&Stack> = kept.iter().map(|(_, stack)| stack).collect();
        let unlike = buffers::unlike_at(self.runner.lines(), &stacks);
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for (call, stack) in &kept {
            if let Some(unlike) = unlike.get(stack)
                && seen.insert((self.place_of(call), stack))
            {
                let told = Told {
                    kind: Kind::TypeMismatch,
                    reason: Some(Reason::TwoBuffers),
                    message: unlike.message(call.rank),
                    calls: vec![(observer::words::place(call), stack.clone())],
                };
                found.push((**call, told));
            }
        }
        found
    }

    /// Takes what the ranks had said and printed before they were ended.
    fn drain(&mut self, collector: &mut Collector) {
        loop {
            match self.job.next(None) {
                launch::Event::Line { rank, line } => {
                    // Whatever else comes now has come too late, and may differ from run to run.
                    if let Ok(Record::Printed { .. }) = serde_json::from_str(&line) {
                        self.record(rank, &line, collector);
                    }
                }
                launch::Event::Printed { rank, bytes } => {
                    self.printed.entry(rank).or_default().push(&bytes)
                }
                launch::Event::Over | launch::Event::Broken { .. } => return,
                _ => {}
            }
        }
    }

    /// Lets the launcher end, which leaves no traces if it may; whether it was content.
    fn ends_by_itself(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.job.next(Some(deadline)) {
                launch::Event::LauncherEnded { status } => return status.success(),
                launch::Event::Over
                | launch::Event::Deadline
                | launch::Event::Interrupted
                | launch::Event::Broken { .. } => return false,
                _ => {}
            }
        }
    }

    /// What only the whole recording tells, now that all ranks have finalized: requests that were
    /// never completed, types that did not match.
    fn left(&mut self) -> Result<Vec<(usize, Failure)>> {
        let life = vec![Life::Exited(0); self.processes.unwrap_or(0) as usize];
        let found = self.found(&life, |_| true)?;
        let mut all = self.unlike();
        all.extend(found);
        Ok(self.failures(all))
    }

    /// What the recording tells, of some kinds, with the first call that it is about.
    fn found(
        &mut self,
        life: &[Life],
        is_asked: impl Fn(Kind) -> bool,
    ) -> Result<Vec<(observer::Call, Told)>> {
        let Some(observer) = &mut self.observer else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        let (begun, ran) = (&self.begun, self.ran.len());
        let part = |call: &observer::Call| place_of(call, begun, ran).unwrap_or(ran);
        for last in observer.finish_parts(life, part)? {
            let Some(call) = last.told.calls.first().filter(|call| !call.aside) else {
                continue;
            };
            // What an item does to that of another, which has left a request behind, is the fault of the other.
            let place = self.place_of(call);
            if last
                .told
                .calls
                .iter()
                .any(|other| self.place_of(other) != place)
            {
                continue;
            }
            if let (Severity::Error, true, Some(place), Some(observer)) = (
                last.severity,
                is_asked(last.told.kind),
                self.place_of(call),
                &self.observer,
            ) {
                all.push((*call, self.runner.told(observer, &last.told)));
                self.mark(place, &last.told);
            }
        }
        Ok(all)
    }

    /// What was found about calls, by the index of the item in which each was made.
    fn failures(&mut self, all: Vec<(observer::Call, Told)>) -> Vec<(usize, Failure)> {
        let mut left = Vec::new();
        for (call, told) in all {
            let Some(&(index, ranks)) = self.place_of(&call).and_then(|at| self.ran.get(at)) else {
                continue;
            };
            self.ranks = ranks;
            let mut collector = Collector::default();
            collector.add(Some(call.rank), "", Cause::Witness(told), false, None);
            if let Verdict::Failed(failures) = self.verdict(collector).0 {
                left.extend(failures.into_iter().map(|failure| (index, failure)));
            }
        }
        left
    }

    /// Listens until every rank has reached the end of what it was ordered, or the job cannot go on.
    fn phase(&mut self, limit: Duration, collector: &mut Collector) -> Result<Phase> {
        self.reached.clear();
        let time = limit;
        let mut limit = self.job.limit(time);
        let mut deadline = limit.first();
        while !self.is_complete() {
            if Instant::now() >= self.next_look {
                limit.watch();
                // A rank that waits for one whose task is not written is not to blame.
                if !collector.is_not_started()
                    && let Some(told) = self.look()?
                {
                    let rank = told.calls.first().and_then(|(call, _)| call.rank);
                    let input = rank.and_then(|rank| self.inputs.get(&rank).cloned());
                    // Nobody waits forever alone: it is the job's trouble.
                    let is_shared = matches!(told.kind, Kind::Deadlock | Kind::UnsafeSend);
                    let rank = rank.filter(|_| !is_shared);
                    collector.add(rank, "", Cause::Witness(told), true, input);
                    return Ok(Phase::Broken);
                }
                self.next_look = Instant::now() + INTERVAL;
            }
            match self.job.next(Some(deadline.min(self.next_look))) {
                launch::Event::Line { rank, line } => {
                    if self.record(rank, &line, collector) {
                        return self.echo(collector);
                    }
                    if collector.is_not_started() {
                        deadline = deadline.min(Instant::now() + AFTER_TODO);
                    }
                }
                launch::Event::Printed { rank, bytes } => {
                    self.printed.entry(rank).or_default().push(&bytes)
                }
                // A rank that has said that it finished may go.
                launch::Event::Gone {
                    rank,
                    departure: Departure::Left,
                } if self.reached.contains(&rank)
                    || self.is_worker(rank) && !self.workers.contains(&rank) => {}
                launch::Event::Gone { rank, departure } => {
                    let what = match departure {
                        Departure::Left => {
                            // Until then it may be on its way out still.
                            self.job.end()?;
                            self.left_how(rank)
                        }
                        Departure::Overlong => {
                            String::from("did not stop writing to the grader's channel")
                        }
                        Departure::Deaf => String::from("no longer listens to the grader"),
                    };
                    let message = format!("{} {what}", self.who(rank));
                    self.note(collector, Kind::Crash, Some(rank), message);
                    return Ok(Phase::Broken);
                }
                launch::Event::LauncherEnded { status } => {
                    let message = format!("the launcher ended before the ranks did ({status})");
                    self.note(collector, Kind::Crash, None, message);
                    return Ok(Phase::Broken);
                }
                launch::Event::Deadline if Instant::now() < deadline => {}
                launch::Event::Deadline => {
                    if !collector.is_not_started() {
                        deadline = limit.end();
                        if Instant::now() < deadline {
                            continue;
                        }
                        self.timeout(time, collector)?;
                    }
                    return Ok(Phase::Broken);
                }
                launch::Event::MemoryLimit(usage) => {
                    let message =
                        memory_message(&usage, self.runner.limits.memory, self.ranks.is_some());
                    let rank = most_of(&usage).and_then(|(rank, _)| rank);
                    self.note(collector, Kind::MemoryLimit, rank, message);
                    return Ok(Phase::Broken);
                }
                launch::Event::OutputLimit { printed } => {
                    let most = printed.into_iter().max_by_key(|(_, bytes)| *bytes);
                    let rank = most.and_then(|(rank, _)| rank);
                    let who = rank.map_or_else(|| String::from("the job"), |rank| self.who(rank));
                    let limit = self.runner.limits.output >> 10;
                    let message =
                        format!("{who} printed more than {limit} KiB: is there an endless loop?");
                    self.note(collector, Kind::OutputLimit, rank, message);
                    return Ok(Phase::Broken);
                }
                launch::Event::Interrupted => {
                    self.job.end()?;
                    bail!(Interrupted);
                }
                launch::Event::Broken { reason } => {
                    bail!("the job cannot be watched any longer: {reason}")
                }
                launch::Event::Over => {
                    self.note(
                        collector,
                        Kind::Crash,
                        None,
                        String::from("all ranks ended without reporting why"),
                    );
                    return Ok(Phase::Broken);
                }
                launch::Event::Joined { rank, .. } => {
                    self.workers.insert(rank);
                    self.had_workers = true;
                }
            }
        }
        Ok(Phase::Complete)
    }

    /// How a rank ended that has left no word.
    fn left_how(&self, rank: u32) -> String {
        if let Some(node) = self.job.lost(rank) {
            return format!(
                "ran on the node {node}, to which the connection was lost: the node is down, or the \
                 network between the nodes is"
            );
        }
        let status = self.job.status(rank);
        let signal = status.and_then(|status| status.signal());
        match (signal, status.and_then(|status| status.code())) {
            (Some(signal), _) => {
                format!(
                    "was terminated by signal {signal} without reporting why: it was killed, or the \
                     machine ran out of memory"
                )
            }
            (None, Some(code)) => format!("exited with status {code} without reporting why"),
            (None, None) => {
                String::from("ended without reporting why, by a signal or from outside")
            }
        }
    }

    /// What the witness can say for certain by now. A rank that has returned does nothing until all
    /// others have.
    fn look(&mut self) -> Result<Option<Told>> {
        let Some(observer) = &mut self.observer else {
            return Ok(None);
        };
        let life = |rank: u32| {
            if self.reached.contains(&rank) {
                Life::Returned
            } else {
                Life::Running
            }
        };
        let life: Vec<Life> = (0..self.processes.unwrap_or(0)).map(life).collect();
        let told = observer.look(&life)?;
        if let (Some(told), Some(last)) = (&told, self.ran.len().checked_sub(1)) {
            self.mark(last, told);
        }
        let Some(observer) = &self.observer else {
            return Ok(None);
        };
        Ok(told.map(|told| self.runner.told(observer, &told)))
    }

    /// Takes a record; whether it says that the rank cannot go on.
    fn record(&mut self, rank: u32, line: &str, collector: &mut Collector) -> bool {
        let (who, input) = (self.who(rank), self.inputs.get(&rank).cloned());
        let mut add =
            |cause, fatal| collector.add(self.rank(rank), &who, cause, fatal, input.clone());
        match serde_json::from_str(line) {
            Ok(Record::Input {
                text,
                number,
                calls,
            }) => {
                self.printed.entry(Some(rank)).or_default().is_at(number);
                let input = Input { text, number };
                let is_worker = self.is_worker(rank);
                if let Some(told) = self.told.last_mut().filter(|_| !is_worker) {
                    told.inputs.push((rank, calls, input.clone()));
                }
                self.inputs.insert(rank, input);
            }
            Ok(Record::Value { number, text }) => {
                let is_worker = self.is_worker(rank);
                if let Some(told) = self.told.last_mut().filter(|_| !is_worker) {
                    told.values.push((rank, number, text));
                }
            }
            Ok(Record::Printed { number, end }) => {
                let printed = self.printed.entry(Some(rank)).or_default();
                printed.belongs(number, end);
            }
            Ok(Record::Ended) if self.is_worker(rank) => {
                self.workers.remove(&rank);
            }
            Ok(Record::Done | Record::Inspected | Record::Finished) if self.is_worker(rank) => {}
            Ok(Record::Done | Record::Inspected | Record::Ended) => {
                self.reached.insert(rank);
            }
            Ok(Record::Finished) => {
                self.finalized.insert(rank);
            }
            Ok(Record::Unknown) => {
                self.unknown = true;
                return true;
            }
            Ok(Record::NotStarted { place, goes_on }) => {
                collector.not_started(self.rank(rank), place, goes_on);
                if !goes_on && !self.is_worker(rank) {
                    self.reached.insert(rank);
                }
            }
            Ok(Record::Failed { failure, fatal }) => {
                add(Cause::Rank(failure), fatal);
                return fatal;
            }
            Ok(Record::Signal { signal, stack }) => {
                add(Cause::Signal { signal, stack }, true);
                return true;
            }
            Ok(Record::Seen(seen)) => drop(self.seen.insert(rank, seen)),
            Err(_) => {
                let message = format!("{who} wrote to the grader's channel: {line}");
                self.note(collector, Kind::Crash, Some(rank), message);
                return true;
            }
        }
        false
    }

    /// A failure that the grader itself has seen, and that ends the job.
    fn note(&self, collector: &mut Collector, kind: Kind, rank: Option<u32>, message: String) {
        let input = rank.and_then(|rank| self.inputs.get(&rank).cloned());
        let rank = rank.and_then(|rank| self.rank(rank));
        collector.add(
            rank,
            "",
            Cause::Outside {
                kind,
                message,
                seen: Vec::new(),
            },
            true,
            input,
        );
    }

    /// Listens a moment longer after a rank's last words, for others that end for the same reason.
    fn echo(&mut self, collector: &mut Collector) -> Result<Phase> {
        let deadline = Instant::now() + ECHO;
        loop {
            match self.job.next(Some(deadline)) {
                launch::Event::Line { rank, line } => drop(self.record(rank, &line, collector)),
                launch::Event::Printed { rank, bytes } => {
                    self.printed.entry(rank).or_default().push(&bytes)
                }
                launch::Event::Interrupted => {
                    self.job.end()?;
                    bail!(Interrupted);
                }
                _ => return Ok(Phase::Broken),
            }
        }
    }

    /// The time is over: asks every rank that has not come to its end where it is.
    fn timeout(&mut self, limit: Duration, collector: &mut Collector) -> Result<()> {
        let missing = |conductor: &Self| -> BTreeSet<u32> {
            let returned = |rank: &&u32| conductor.seen.get(rank).is_some_and(|seen| seen.returned);
            let left = conductor
                .joined
                .iter()
                .filter(|rank| !conductor.reached.contains(rank));
            left.filter(|rank| !returned(rank)).copied().collect()
        };
        self.seen.clear();
        self.order(&Order::Locate)?;
        let deadline = Instant::now() + LOCATE;
        while !missing(self)
            .iter()
            .all(|rank| self.seen.contains_key(rank))
        {
            match self.job.next(Some(deadline)) {
                launch::Event::Line { rank, line } => drop(self.record(rank, &line, collector)),
                launch::Event::Printed { rank, bytes } => {
                    self.printed.entry(rank).or_default().push(&bytes)
                }
                _ => break,
            }
        }
        let missing = missing(self);
        let seconds = limit.as_secs_f64();
        let message = match (self.ranks, missing.len()) {
            (None, _) => format!("no answer within {seconds} s"),
            (Some(ranks), many) if many as u32 == ranks => {
                format!("no answer within {seconds} s from any rank")
            }
            (Some(_), 0) => format!(
                "no answer within {seconds} s, although your function has returned on every rank: has \
                 it left something behind that the ranks now wait for?"
            ),
            (Some(ranks), many) => {
                format!(
                    "no answer within {seconds} s from {many} of {ranks} ranks; the others have returned"
                )
            }
        };
        let life = vec![Life::Running; self.ranks.unwrap_or(0) as usize];
        let almost = self
            .observer
            .as_ref()
            .map(|observer| observer.almost(&life));
        let parts: Vec<String> = [message]
            .into_iter()
            .chain(almost.unwrap_or_default())
            .collect();
        let message = parts.join(". ").trim_end_matches('.').replace(".. ", ". ");
        let input = missing
            .first()
            .and_then(|rank| self.inputs.get(rank).cloned());
        let seen = missing
            .iter()
            .map(|rank| {
                (
                    self.rank(*rank),
                    self.seen.get(rank).cloned().unwrap_or_default(),
                )
            })
            .collect();
        collector.add(
            None,
            "",
            Cause::Outside {
                kind: Kind::Timeout,
                message,
                seen,
            },
            true,
            input,
        );
        Ok(())
    }
}

/// The place, among so many items that ran, of the one in which a call was made. For each item, `begun` is how many
/// calls each rank had begun before it.
fn place_of(call: &observer::Call, begun: &[Vec<u64>], ran: usize) -> Option<usize> {
    let before = |begun: &&Vec<u64>| {
        let begun = begun.get(call.rank as usize);
        begun.is_none_or(|begun| *begun <= call.number)
    };
    let begun = begun.iter().take_while(before).count();
    begun.checked_sub(1).filter(|place| *place < ran)
}

/// The lines of some texts, each on a new line and once: ranks that fail for one reason all say it.
fn said_once(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.collect();
    let mut lines: Vec<&str> = Vec::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.iter().map(|line| format!("\n{line}")).collect()
}

/// Who has the most memory: a rank, or the launcher.
fn most_of(usage: &launch::Usage) -> Option<(Option<u32>, u64)> {
    usage
        .ranks
        .iter()
        .map(|(rank, bytes)| (*rank, *bytes))
        .max_by_key(|(_, bytes)| *bytes)
}

fn memory_message(usage: &launch::Usage, limit: u64, has_ranks: bool) -> String {
    let mib = |bytes: u64| bytes >> 20;
    let who = match most_of(usage) {
        Some((Some(rank), bytes)) if has_ranks => {
            format!(", of which {} MiB on rank {rank}", mib(bytes))
        }
        _ => String::new(),
    };
    format!(
        "the job uses {} MiB{who}; the limit is {} MiB",
        mib(usage.total),
        mib(limit)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_ranks_say_is_said_once() {
        let texts = ["why\nwhat to do", "why\nwhat to do\nmore"].map(String::from);
        assert_eq!(said_once(texts.into_iter()), "\nwhy\nwhat to do\nmore");
        assert_eq!(said_once(std::iter::empty()), "");
    }

    #[test]
    fn processes_stand_in_another_order_than_in_the_world() {
        let mut orders = BTreeSet::new();
        for seed in 0..100 {
            for processes in 2..14 {
                let order = order(seed, processes);
                assert_ne!(order[0], 0, "{seed} {order:?}");
                let all: BTreeSet<u32> = order.iter().copied().collect();
                assert_eq!(all, (0..processes).collect());
                if processes == 5 {
                    orders.insert(order);
                }
            }
        }
        assert_eq!(orders.len(), 8, "four turns, both ways round: {orders:?}");
        assert_eq!(order(3, 1), [0]);
    }

    #[test]
    fn small_numbers_of_ranks_share_a_job_that_has_a_process_more() {
        let items: Vec<Item> = [1, 2, 4, 7, 11, 32]
            .map(|ranks| Item::answer("scatter", Some(ranks)))
            .into();
        assert_eq!(first(&items), Some(5));
        assert_eq!(first(&items[1..2]), Some(3));
        assert_eq!(first(&items[3..]), Some(12));
        assert_eq!(first(&items[5..]), Some(33));
        assert_eq!(first(&[Item::answer("spawn", None)]), None);
    }

    #[test]
    fn an_answer_that_has_failed_is_not_run_at_more_ranks() {
        let items = [
            Item::answer("scatter", Some(1)),
            Item::answer("gather", Some(1)),
            Item::answer("scatter", Some(2)),
            Item::answer("gather", Some(2)),
        ];
        let verdicts = [
            Some(Verdict::Passed),
            Some(Verdict::NotStarted(None)),
            None,
            None,
        ];
        let open = |at| is_open(&items, &verdicts, at);
        assert_eq!([open(2), open(3)], [true, false]);
    }

    #[test]
    fn tasks_draw_different_inputs_from_one_seed() {
        assert_ne!(seed_of(1, "scatter"), seed_of(1, "gather"));
        assert_ne!(seed_of(1, "scatter"), seed_of(2, "scatter"));
    }
}

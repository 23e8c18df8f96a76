//! `witness --predict gigabit -- mpiexec -n 4 ./program`: what the run would cost on another machine.

use crate::{
    cli::Cli,
    code,
    preload::Way,
    report,
    run::{Output, run_command},
    symbols::{Symbols, shortest},
    timeline::{self, Files},
};
use anyhow::{Context, Result, bail};
use launch::{Captured, Scratch};
use observer::{Observer, Severity};
use predict::{Network, Outcome, Plan, Script, Simgrid, table};
use recording::event::{PlaceId, Rank};
use rustix::process::{Resource, Rlimit};
use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::OsString,
    fs,
    process::{Command, ExitCode},
    rc::Rc,
    thread,
    time::Duration,
};
use trace::Place;

/// The word of a command that stands for the number of ranks.
const RANKS: &str = "{ranks}";

/// Writes down what is to be replayed.
pub(crate) struct Listening(Rc<RefCell<Script>>);

/// What is to be replayed, and the lines of its calls.
pub(crate) struct Heard {
    plan: Result<Plan>,
    lines: HashMap<(Rank, PlaceId), Option<Place>>,
    /// From the first rank's `MPI_Init` to the last one's `MPI_Finalize`, in nanoseconds.
    took: Option<u64>,
}

impl Listening {
    /// Listens from now on.
    pub(crate) fn begin(observer: &mut Observer) -> Self {
        let script = Rc::new(RefCell::new(Script::default()));
        let pen = Rc::clone(&script);
        observer.follow(Box::new(move |heard| {
            let mut script = pen.borrow_mut();
            match heard {
                observer::Heard::Definition(rank, definition) => script.define(rank, definition),
                observer::Heard::Call(rank, event) => script.call(rank, event),
                observer::Heard::Pair(pair) => {
                    let (send, receive) = (&pair.send, &pair.receive);
                    if !send.aside && !receive.aside {
                        script.message(
                            (send.rank, send.number),
                            (receive.rank, receive.number),
                            pair.tag,
                            pair.bytes.unwrap_or_default(),
                        );
                    }
                }
            }
        }));
        Self(script)
    }

    /// What was heard until the end.
    pub(crate) fn heard(self, observer: &Observer, symbols: &mut Symbols) -> Heard {
        let script = std::mem::take(&mut *self.0.borrow_mut());
        let mut lines = HashMap::new();
        let plan = match observer.is_blind() {
            true => Err(anyhow::anyhow!(
                "a rank made more calls than there is room to record; try a shorter run"
            )),
            false => script.plan(),
        };
        for (rank, calls) in (0..).zip(plan.iter().flat_map(|plan| &plan.calls)) {
            for call in calls {
                lines.entry((rank, call.place)).or_insert_with(|| {
                    let line = symbols.own_of(observer.stack_of(rank, call.place))?;
                    Some(Place {
                        file: shortest(&line.file?).into(),
                        line: line.line?,
                    })
                });
            }
        }
        let begin = observer.headers().map(|header| header.attached.1).min();
        let end = observer.headers().map(|header| header.calibrated.1).max();
        let took = end
            .zip(begin)
            .and_then(|(end, begin)| end.checked_sub(begin));
        Heard { plan, lines, took }
    }
}

/// Runs the program at each number of ranks, has each run replayed, and prints what came of it.
pub(crate) fn predict(arguments: &Cli) -> Result<ExitCode> {
    // Before anything runs: what is missing shall not cost a run.
    let network = Network::find(arguments.predict.as_deref().unwrap_or_default())?;
    let simgrid = Simgrid::find()?;
    let files = arguments.trace.as_deref().map(Files::of).transpose()?;
    let output = Output::alone()?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut last = None;
    let mut unmodelled = Vec::new();
    let mut failed = None;
    let counts: Vec<Option<u32>> = match &arguments.at[..] {
        [] => vec![None],
        counts => counts.iter().copied().map(Some).collect(),
    };
    for count in counts {
        let command = at(&arguments.command, count);
        if let Some(count) = count {
            anstream::eprintln!("recording on {} …", verdict::plural(count, "rank"));
            let files = OpenFiles::enough_for(count)?;
            if files.allowed < files.needed {
                anstream::eprintln!(
                    "witness: the launcher may need {} open files for them, and this machine allows {} (`ulimit -Hn`); \
                     if they do not start, try fewer ranks",
                    files.needed,
                    files.allowed
                );
            }
        }
        // What an earlier number of ranks came to is told all the same.
        let mut report = match run_command(arguments, &command, Way::Computing, None) {
            Ok(report) => report,
            Err(error) => {
                anstream::eprintln!("witness: {error:#}");
                failed = Some(ExitCode::from(2));
                break;
            }
        };
        let has_failed = report.has(Severity::Error)
            || report.interrupted
            || report.time_limit.is_some()
            || report.status.as_deref() != Some("exit status: 0");
        if has_failed {
            anstream::eprint!("{}", report::human(&report));
            anstream::eprintln!(
                "witness: this run is not replayed: only one that ends well says what it costs"
            );
            failed = Some(match code(&report) {
                ExitCode::SUCCESS => ExitCode::from(1),
                code => code,
            });
            break;
        }
        let Some(Heard { plan, lines, took }) = report.heard.take() else {
            bail!("nothing was recorded");
        };
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => {
                anstream::eprintln!("witness: the run cannot be replayed: {error:#}");
                failed = Some(ExitCode::from(2));
                break;
            }
        };
        let room = network.room();
        if plan.ranks() as u64 > room && network.nodes > 1 {
            anstream::eprintln!(
                "witness: {} has {room} cores, on which {} ranks take turns",
                network.name,
                plan.ranks()
            );
        }
        let times = match replay(&simgrid, &plan, &network, arguments.replay_limit) {
            Ok(Some(times)) => times,
            Ok(None) => {
                anstream::eprintln!(
                    "witness: interrupted while SimGrid replayed the run on {}; SimGrid was ended",
                    verdict::plural(plan.ranks() as u64, "rank")
                );
                failed = Some(ExitCode::from(130));
                break;
            }
            Err(error) => {
                anstream::eprintln!("witness: {error:#}");
                failed = Some(ExitCode::from(2));
                break;
            }
        };
        let mut line = |rank, place| lines.get(&(rank, place)).cloned().flatten();
        outcomes.push(Outcome {
            here: took,
            ..Outcome::of(&plan, &times, &mut line)
        });
        unmodelled.clone_from(&plan.unmodelled);
        last = Some((plan, times, lines, command));
    }
    let mut text = String::new();
    if !outcomes.is_empty() {
        text += &format!("\nPredicted for {}\n\n", network.told());
        text += &table::table(&outcomes);
        text += "\n";
        for sentence in table::sentences(&outcomes) {
            text += &item(&sentence);
        }
        text +=
            "\n\"here\" is what the recorded run took on this machine, whose cores it shares.\n";
        text += "\nWhat the model leaves out\n";
        for sentence in unmodelled.iter().map(String::as_str).chain(ALWAYS) {
            text += &item(sentence);
        }
    }
    if let (Some(files), Some((plan, times, lines, command))) = (files, last) {
        let mut line = |rank, place| lines.get(&(rank, place)).cloned().flatten();
        let mut timeline = predict::timeline(&plan, &times, &mut line);
        timeline.title = format!(
            "{}, predicted for {}",
            timeline::title(&command),
            network.name
        );
        files.write(&timeline)?;
        text += "\n";
        let curves = files.svg.with_extension("scaling.svg");
        let title = format!("Predicted speed-up for {}", network.name);
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        if predict::curve::write(&curves, &title, &outcomes, cores)? {
            let name = shortest(&curves.to_string_lossy());
            text += &format!("witness: wrote {name} (the speed-up, measured and predicted)\n");
        }
        let sheet = files.svg.with_extension("scaling.csv");
        let head = [
            arguments
                .asked
                .clone()
                .unwrap_or_else(|| timeline::title(&arguments.command)),
            format!("predicted for {}", network.told()),
            format!(
                "recorded, and measured, on a machine with {}",
                verdict::plural(cores, "core")
            ),
        ];
        fs::write(&sheet, predict::sheet::csv(&head, &outcomes))
            .with_context(|| format!("writing {}", sheet.display()))?;
        let name = shortest(&sheet.to_string_lossy());
        text += &format!("witness: wrote {name} (the table, in seconds)\n");
        text += &report::written(&files, None);
    }
    output.write(&text)?;
    Ok(failed.unwrap_or(ExitCode::SUCCESS))
}

/// How many files a process and those that it starts may have open.
struct OpenFiles {
    needed: u64,
    allowed: u64,
}

impl OpenFiles {
    /// Raises the limit, as far as the system lets it be raised, to what a launcher needs that starts so many ranks
    /// here. Many systems begin with 1,024, which is too few for 256 ranks.
    fn enough_for(ranks: u32) -> Result<Self> {
        /// For each rank, a launcher has both ends of three pipes and of a socket open while it starts it.
        const EACH: u64 = 8;
        /// For all else.
        const OTHERS: u64 = 64;
        let needed = OTHERS + EACH * u64::from(ranks);
        let limit = rustix::process::getrlimit(Resource::Nofile);
        let now = limit.current.unwrap_or(u64::MAX);
        if now >= needed {
            return Ok(Self {
                needed,
                allowed: now,
            });
        }
        let allowed = limit.maximum.map_or(needed, |most| most.min(needed));
        let raised = Rlimit {
            current: Some(allowed),
            maximum: limit.maximum,
        };
        rustix::process::setrlimit(Resource::Nofile, raised)
            .context("raising the number of open files")?;
        Ok(Self { needed, allowed })
    }
}

/// Has SimGrid replay a plan, in a folder that goes when this returns, or is killed. None if Ctrl-C has come.
fn replay(
    simgrid: &Simgrid,
    plan: &Plan,
    network: &Network,
    limit: u32,
) -> Result<Option<Vec<Vec<predict::Times>>>> {
    // What is written has a line for each call of each rank.
    let scratch = Scratch::on_disk()?;
    let run = |command: &Command| {
        let most = Duration::from_secs(limit.into());
        Ok(match launch::captured_within(command, most)? {
            Captured::Ended(output) => Some(output),
            Captured::Interrupted => None,
            Captured::TimeLimit => bail!(
                "SimGrid had not replayed the run on {} after {}, and was ended. A shorter run has fewer calls to \
                 replay; `--replay-limit SECONDS` gives it more time",
                verdict::plural(plan.ranks() as u64, "rank"),
                verdict::plural(limit, "second")
            ),
        })
    };
    simgrid.replay(plan, network, scratch.path(), &run)
}

/// What is never modelled.
const ALWAYS: [&str; 4] = [
    "each rank has one core, on which its threads take turns; what it computes takes the processor time that was \
     recorded here, where ranks may have shared caches and memory",
    "the memory bandwidth that ranks of one node share, and time in which a rank sleeps or waits for files",
    "what MPI itself computes: the arithmetic of reductions, and copies",
    "how an MPI chooses an algorithm for each call of a collective, other jobs on the machine, and the topology of its network",
];

/// A command for a number of ranks.
fn at(command: &[OsString], ranks: Option<u32>) -> Vec<OsString> {
    let word = |word: &OsString| match ranks {
        Some(ranks) if word == RANKS => ranks.to_string().into(),
        _ => word.clone(),
    };
    command.iter().map(word).collect()
}

/// A sentence as an item of a list, in lines of at most 78 characters.
fn item(sentence: &str) -> String {
    let width = textwrap::Options::new(78).initial_indent("- ");
    textwrap::fill(sentence, width.subsequent_indent("  ")) + "\n"
}

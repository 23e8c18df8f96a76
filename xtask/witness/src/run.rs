//! One run of the program under the recorder.

use crate::{
    book::Book,
    cli::{Cli, Format},
    command,
    predict::Listening,
    preload::{Preload, Way},
    ranks,
    report::{Drawn, Finding, Report, Trace},
    symbols::{Symbols, shortest},
    timeline::{self, Facts, Files},
};
use anyhow::{Context, Result, bail};
use launch::{Company, Door, Nodes, Outcome, Scratch, Spec};
use observer::{Call, Heard, Life, Observer, Severity, Told, has_finalized};
use recording::header::{Header, State};
use std::{
    cell::RefCell,
    collections::HashSet,
    ffi::OsString,
    fs::File,
    io::Write,
    ops::ControlFlow,
    os::{fd::OwnedFd, unix::process::ExitStatusExt},
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};
use verdict::{Failure, Kind, Part, Where};

/// How long nobody must have died before it is said what a death has led to.
const DYING: Duration = Duration::from_secs(1);

/// Where the report goes.
pub(crate) struct Output(Option<OwnedFd>);

impl Output {
    /// For JSON, keeps standard output for the report: from now on this process, and the program
    /// that it starts, have standard error in its place.
    pub(crate) fn for_format(format: Format) -> Result<Self> {
        if format == Format::Human {
            return Ok(Self(None));
        }
        let own = rustix::io::dup(std::io::stdout()).context("keeping standard output")?;
        rustix::stdio::dup2_stdout(std::io::stderr()).context("handing on standard error")?;
        Ok(Self(Some(own)))
    }

    /// Keeps standard output for the report, and has nothing of what the program prints there shown: it runs
    /// more than once.
    pub(crate) fn alone() -> Result<Self> {
        let own = rustix::io::dup(std::io::stdout()).context("keeping standard output")?;
        let nowhere = File::options().write(true).open("/dev/null");
        let nowhere = nowhere.context("opening /dev/null")?;
        rustix::stdio::dup2_stdout(&nowhere).context("hiding standard output")?;
        Ok(Self(Some(own)))
    }

    pub(crate) fn write(self, text: &str) -> Result<()> {
        match self.0 {
            Some(own) => File::from(own).write_all(text.as_bytes()),
            None => std::io::stdout().write_all(text.as_bytes()),
        }
        .context("writing the report")
    }
}

/// Why the program was ended, or that it ended by itself.
enum End {
    Itself(std::process::ExitStatus),
    Said(Told),
    TimeLimit(Option<Told>),
    Interrupted(Option<Told>),
}

/// Runs the program, watches it, and says what was found.
pub(crate) fn run(arguments: &Cli, way: Way) -> Result<Report> {
    // Before anything runs: what cannot be written shall not cost a run.
    let files = arguments.trace.as_deref().map(Files::of).transpose()?;
    run_command(arguments, &arguments.command, way, files)
}

/// The same for another command than that of the arguments.
pub(crate) fn run_command(
    arguments: &Cli,
    command: &[OsString],
    way: Way,
    files: Option<Files>,
) -> Result<Report> {
    let Some((program, rest)) = command.split_first() else {
        bail!("there is no program to run");
    };
    let begin = Instant::now();
    let scratch = Scratch::create()?;
    let preload = Preload::write(&scratch)?;
    let far = command::far(command)?;
    let far =
        far.map(|(address, at)| anyhow::Ok((Nodes::open(address, Some(scratch.path()))?, at)));
    let far = far.transpose()?;
    let nodes = far.as_ref().map(|(nodes, _)| nodes.clone());
    let spec = Spec {
        program: program.clone(),
        args: rest.to_vec(),
        env: preload.env(scratch.path(), way),
        nodes: far,
        ..Spec::default()
    };
    let mut observer = Observer::open(scratch.path())?;
    if let Some(nodes) = nodes.clone() {
        observer.refresh_by(Box::new(move || nodes.refresh()));
    }
    let symbols = RefCell::new(Symbols::default());
    observer.name_lines(Box::new(move |stack| {
        let line = symbols.borrow_mut().own_of(stack)?;
        let file = line.file?;
        // The whole path stands beside the calls.
        let name = Path::new(&file).file_name()?;
        Some(format!("{}:{}", name.display(), line.line?))
    }));
    let picture = files.map(|files| Picture::begin(&mut observer, files, None));
    let listening = (way == Way::Computing).then(|| Listening::begin(&mut observer));
    let mut door = Door::open(&scratch.path().join(recording::DOOR))?;
    let bell = door.bell()?;
    let mut said = None;
    let limit = arguments
        .time_limit
        .map(|seconds| Duration::from_secs(seconds.into()));
    let mut late = false;
    let mut last_death = None;
    let mut far_deaths = 0;
    let mut lived = Vec::new();
    let mut look = || {
        for pid in door.look()? {
            observer.died(pid);
            last_death = Some(Instant::now());
        }
        for pid in nodes.iter().flat_map(Nodes::ended).skip(far_deaths) {
            observer.died(pid);
            last_death = Some(Instant::now());
            far_deaths += 1;
        }
        // One death brings others, not always in the order of their causes: usually the launcher ends
        // all, and itself.
        if last_death.is_some_and(|last| last.elapsed() < DYING) {
            late = limit.is_some_and(|limit| begin.elapsed() >= limit);
            return Ok(if late {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            });
        }
        let life = life(&observer, &door, nodes.as_ref());
        said = observer.look(&life)?;
        lived = life;
        late = limit.is_some_and(|limit| begin.elapsed() >= limit);
        Ok(if said.is_some() || late {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    };
    let company = Company {
        errors: None,
        look: Some(&mut look),
        bell: Some(bell),
    };
    let outcome = launch::foreground(&spec, company)?;
    for pid in door.look()? {
        observer.died(pid);
    }
    for pid in nodes.iter().flat_map(Nodes::ended).skip(far_deaths) {
        observer.died(pid);
    }
    let end = match (outcome, said, late) {
        (Outcome::Ended(status), ..) => End::Itself(status),
        (Outcome::Enough, Some(told), _) => End::Said(told),
        (Outcome::Enough, None, _) => End::TimeLimit(observer.polling(&lived)),
        (Outcome::Interrupted | Outcome::MemoryLimit(_), ..) => {
            End::Interrupted(observer.polling(&lived))
        }
    };
    tell(
        (arguments, command, way),
        &mut observer,
        (&door, nodes.as_ref()),
        (picture, listening),
        end,
        begin.elapsed(),
    )
}

/// What the run is drawn from, and into which files.
pub(crate) struct Picture {
    book: Rc<RefCell<Book>>,
    files: Files,
}

impl Picture {
    /// Writes down from now on what the observer hears; of the calls only those of a part, if there is
    /// one.
    pub(crate) fn begin(observer: &mut Observer, files: Files, part: Option<Part>) -> Self {
        let book = Rc::new(RefCell::new(Book::new()));
        let pen = Rc::clone(&book);
        observer.follow(Box::new(move |heard| {
            let is_other = match (&part, &heard) {
                (Some(part), Heard::Call(rank, event)) => !part.has(*rank, event.number),
                _ => false,
            };
            if !is_other {
                pen.borrow_mut().hear(heard);
            }
        }));
        Self { book, files }
    }

    pub(crate) fn draw(
        &self,
        observer: &Observer,
        symbols: &mut Symbols,
        facts: Facts<'_>,
    ) -> Trace {
        self.book.borrow_mut().finish();
        let book = self.book.borrow();
        let timeline = timeline::timeline(&book, facts, &mut |rank, place| {
            let line = symbols.own_of(observer.stack_of(rank, place))?;
            Some((shortest(&line.file?), line.line?))
        });
        self.files.write(&timeline).map(|()| Drawn {
            files: self.files.clone(),
            timeline,
        })
    }
}

/// How each rank lives, by what it wrote down of itself and what the system tells.
fn life(observer: &Observer, door: &Door, nodes: Option<&Nodes>) -> Vec<Life> {
    let mut list = Vec::new();
    for header in observer.headers() {
        let rank = header.rank as usize;
        if list.len() <= rank {
            list.resize(rank + 1, Life::Running);
        }
        list[rank] = match nodes.filter(|_| Nodes::is_far(header.pid)) {
            Some(nodes) => {
                observer::life(header, nodes.lives(header.pid), nodes.status(header.pid))
            }
            None => observer::life(header, ranks::lives(header.pid), door.status(header.pid)),
        };
    }
    list
}

fn tell(
    (arguments, command, way): (&Cli, &[OsString], Way),
    observer: &mut Observer,
    (door, nodes): (&Door, Option<&Nodes>),
    (picture, listening): (Option<Picture>, Option<Listening>),
    end: End,
    took: Duration,
) -> Result<Report> {
    let mut symbols = Symbols::default();
    if matches!(end, End::Itself(_)) {
        observer.catch_up()?;
    }
    let mut life = life(observer, door, nodes);
    let killed = match end {
        End::Itself(status) => status.signal(),
        _ => None,
    };
    if killed.is_some() {
        // Somebody has ended the launcher, and with it all ranks: that they say nothing of their ends is
        // no fault of theirs. Nor of a rank that MPI has ended, after which Open MPI's launcher may fail itself.
        let headers = observer.headers();
        let is_silent =
            |header: &&Header| header.ending.is_none() && !observer.is_given_up(header.rank);
        for header in headers.filter(is_silent) {
            life[header.rank as usize] = Life::Running;
        }
    }
    let states = observer.states(&life);
    let last = observer.finish(&life)?;
    let Some(size) = observer.size() else {
        if let End::Itself(status) = end {
            bail!(
                "no rank could be watched: the program ended with {status}, and none came out of \
                 MPI_Init. It was not called, or it failed (then MPI has said why); or the program is \
                 linked statically, or its ranks run on another machine, or it calls the library past \
                 the names MPI_…, as Fortran programs do on Open MPI"
            );
        }
        bail!("no rank could be watched: none had called MPI_Init when the program was ended");
    };
    let mut findings: Vec<Finding> = Vec::new();
    let mut wrong: HashSet<(u32, u64)> = HashSet::new();
    let by_itself = matches!(end, End::Itself(_));
    let mut add = |severity, told: &Told| {
        let severity = match told.calls.first() {
            Some(call)
                if told.kind == Kind::ResourceLeak
                    && severity == Severity::Warning
                    && symbols.is_once(observer, call) =>
            {
                Severity::Note
            }
            _ => severity,
        };
        // A deadlock has a mark of its own.
        if severity > Severity::Note && told.kind != Kind::Deadlock {
            wrong.extend(told.calls.iter().map(|call| (call.rank, call.number)));
        }
        if severity > Severity::Note || arguments.notes {
            findings.push(Finding {
                severity,
                failure: failure(observer, &mut symbols, size, told),
            });
        }
    };
    let (mut status, mut interrupted, mut is_late) = (None, false, false);
    match end {
        End::Itself(ended) => status = Some(ended),
        End::Said(told) => {
            add(Severity::Error, &told);
            // What else is left over is a consequence of having been ended.
        }
        End::TimeLimit(polling) => {
            is_late = true;
            polling.iter().for_each(|told| add(Severity::Warning, told));
        }
        End::Interrupted(polling) => {
            interrupted = true;
            polling.iter().for_each(|told| add(Severity::Warning, told));
        }
    }
    if status.is_some() {
        for found in &last {
            add(found.severity, &found.told);
        }
    }
    // Launchers may end the others in MPI_Finalize once one is past it and has returned a status.
    let is_past = observer.headers().any(has_finalized);
    let is_over = |header: &Header| {
        has_finalized(header) || is_past && matches!(header.state, State::Finalizing)
    };
    let unfinished: Vec<u32> = observer
        .headers()
        .filter(|header| !is_over(header))
        .map(|header| header.rank)
        .collect();
    if let Some(status) = status.filter(|status| !status.success())
        && !unfinished.is_empty()
        && !findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    {
        let told = observer::words::launcher_failed(&status.to_string(), &unfinished);
        findings.push(Finding {
            severity: Severity::Error,
            failure: failure(observer, &mut symbols, size, &told),
        });
    }
    let mut doing = Vec::new();
    if is_late || interrupted {
        for state in &states {
            let call = observer::words::call_of(state);
            let place = call.map(|call| place(observer, &mut symbols, &call));
            doing.push((observer.doing(state), place));
        }
    }
    let trace = picture.map(|picture| {
        let mode = if way == Way::Strict {
            ", sends and collectives made synchronous"
        } else {
            ""
        };
        let facts = Facts {
            title: timeline::title(command) + mode,
            about: observer.spawned(),
            ranks: size,
            ended: (!by_itself).then(recording::clock::nanos),
            deadlock: observer.deadlock(),
            unreceived: observer.unreceived(),
            wrong,
            is_cut: observer.is_blind(),
            ..Facts::default()
        };
        picture.draw(observer, &mut symbols, facts)
    });
    let heard = listening.map(|listening| listening.heard(observer, &mut symbols));
    let mpi = observer
        .headers()
        .next()
        .map(|header| header.library.clone());
    Ok(Report {
        command: command
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        mpi: mpi.unwrap_or_default(),
        ranks: size,
        worlds: observer.worlds().collect(),
        unwatched: observer.has_strangers(),
        strict: way == Way::Strict,
        seconds: took.as_secs_f64(),
        status: status.map(|status| status.to_string()),
        interrupted,
        time_limit: is_late.then_some(arguments.time_limit).flatten(),
        may_buffer: way == Way::Plain && observer.may_buffer(),
        doing,
        findings,
        trace,
        heard,
    })
}

fn failure(observer: &Observer, symbols: &mut Symbols, size: u32, told: &Told) -> Failure {
    let mut places: Vec<Where> = Vec::new();
    for call in &told.calls {
        places.push(place(observer, symbols, call));
    }
    for (call, label) in &told.beside {
        places.push(Where {
            label: Some(label.clone()),
            ..place(observer, symbols, call)
        });
    }
    Failure {
        kind: told.kind,
        ranks: Some(size),
        rank: told.rank(),
        message: told.text(),
        input: None,
        expected: None,
        actual: None,
        places,
        printed: None,
        prints: Vec::new(),
        reason: told.reason,
    }
}

fn place(observer: &Observer, symbols: &mut Symbols, call: &Call) -> Where {
    let line = symbols.own(observer, call).unwrap_or_default();
    Where {
        file: line.file.as_deref().map(shortest),
        line: line.line,
        ..observer::words::place(call)
    }
}

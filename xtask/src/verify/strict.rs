//! The course keeps its own rule: the programs that it shows do not live on what MPI buffers. The
//! witness runs the exercises' own programs, in which the examples of the lessons are, and those on the
//! slides, strictly. Which of them are there to show a fault says [`RUNS`].

use super::{Problem, code, typed};
use crate::commands::{
    run,
    slide::{PACKAGE, PROGRAMS, calls_mpi},
};
use anyhow::{Context, Result, bail};
use course::{Course, Exercise};
use grade::{
    Event, Progress,
    build::{Which, build, target_dir},
};
use serde::Deserialize;
use setup::Environment;
use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Output},
};
use verdict::{Kind, Subject};

/// How the programs on the slides are run, from the workbook's folder.
const RUNS: &str = "slides/programs/runs.toml";
/// A rank at each end, one in between, and one that is left over where ranks make pairs.
const RANKS: u32 = 3;
/// The exit status of a program that refuses its arguments.
const REFUSED: i32 = 2;
/// A run that takes longer never ends: the longest takes seconds, on a machine that has time for it.
const SECONDS: &str = "600";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Runs {
    run: Vec<Run>,
}

/// One run of one program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    /// The name of its file in `src/bin`, without the ending.
    program: String,
    ranks: u32,
    #[serde(default)]
    arguments: Vec<String>,
    /// The fault that it is there to show.
    shows: Option<Kind>,
}

impl Run {
    /// As problems name it.
    fn name(&self) -> String {
        let words = [std::slice::from_ref(&self.program), &self.arguments].concat();
        format!("`{}` on {} ranks", words.join(" "), self.ranks)
    }
}

/// What the witness writes down of a run, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Seen {
    status: Option<String>,
    time_limit: Option<u32>,
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    kind: Kind,
    message: String,
    #[serde(default, rename = "where")]
    places: Vec<Place>,
}

#[derive(Debug, Deserialize)]
struct Place {
    file: Option<String>,
    line: Option<u32>,
}

impl Seen {
    /// What is wrong with a run; nothing, if it shows the fault that it is to show.
    fn complaint(&self, shows: Option<Kind>, refusal: Option<i32>) -> Option<String> {
        let other = |finding: &&Finding| Some(finding.kind) != shows;
        if let Some(finding) = self.findings.iter().find(other) {
            let at = finding
                .places
                .iter()
                .find_map(|place| Some(format!(" ({}:{})", place.file.as_ref()?, place.line?)));
            let at = at.unwrap_or_default();
            let (kind, message) = (finding.kind, &finding.message);
            let wanted = shows.map_or_else(String::new, |shows| format!(", and not {shows}"));
            return Some(format!("gets {kind}{wanted}: {message}{at}"));
        }
        if let Some(seconds) = self.time_limit {
            return Some(format!("has not ended after {seconds} s"));
        }
        match (shows, &self.status) {
            (Some(shows), _) if self.findings.is_empty() => Some(format!(
                "must get {shows}, and nothing is found; if this is right, {RUNS} must not say `shows`"
            )),
            (None, Some(status)) => {
                let is_expected = |code: i32| *status == format!("exit status: {code}");
                let is_right = is_expected(0) || refusal.is_some_and(is_expected);
                (!is_right).then(|| format!("has ended with {status}"))
            }
            _ => None,
        }
    }
}

/// What runs programs strictly.
pub(crate) struct Bench<'a> {
    pub(crate) course: &'a Course,
    /// The witness, built.
    pub(crate) witness: &'a Path,
}

impl Bench<'_> {
    /// The exercise's own program, with the reference in it.
    pub(crate) fn demo(
        &self,
        exercise: &Exercise,
        environment: Option<&Environment>,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Vec<Problem>> {
        let root = self.course.root();
        let place = format!("exercises/{}/src/main.rs", exercise.folder);
        let manifest = exercise.solution_dir.join("demo/Cargo.toml");
        if ![exercise.demo_source(), manifest]
            .iter()
            .all(|path| path.is_file())
        {
            // That they are missing says the layout.
            return Ok(Vec::new());
        }
        let which = Which::Demo(Subject::Solution);
        let tell = &mut |progress: Progress<'_>| on_event(Event::Built(progress));
        let program = match build(root, exercise, which, environment, false, tell)? {
            Ok(program) => program,
            Err(failure) => {
                let message = format!("does not compile with the reference\n{}", failure.rendered);
                return Ok(vec![Problem::new(place, message)]);
            }
        };
        let plain = (RANKS, Vec::new());
        let mut runs = typed::runs(self.course, exercise)?;
        runs.retain(|run| *run != plain);
        runs.insert(0, plain);
        let mut problems = Vec::new();
        // Some write a picture where they are started.
        let folder = launch::Scratch::create()?;
        for (ranks, arguments) in runs {
            // A page may ask what comes of a wrong argument, or of a file that the reader is to write first.
            let refusal = (!arguments.is_empty()).then_some(REFUSED);
            let complaint = match environment {
                Some(environment) if calls_mpi(&exercise.demo_source())? => self.watch(
                    environment,
                    ranks,
                    (&program.path, &arguments),
                    (None, refusal),
                    folder.path(),
                )?,
                _ => {
                    let mut command = Command::new(&program.path);
                    command
                        .args(&arguments)
                        .envs(program.env.clone())
                        .current_dir(folder.path());
                    let status = captured(&command)?.status;
                    let is_refused = refusal.is_some() && status.code() == refusal;
                    let is_right = status.success() || is_refused;
                    (!is_right).then(|| format!("has ended with {status}"))
                }
            };
            problems.extend(complaint.map(|complaint| {
                let words = arguments.join(" ");
                let with = format!(
                    "with the reference, strictly, on {ranks} ranks, arguments `{words}`: {complaint}"
                );
                Problem::new(&place, with)
            }));
        }
        Ok(problems)
    }

    /// The programs on the slides.
    pub(crate) fn slides(&self, environment: &Environment) -> Result<Vec<Problem>> {
        let root = self.course.root();
        let runs = match listed(root)? {
            Ok(runs) => runs,
            Err(error) => return Ok(vec![Problem::new(RUNS, error)]),
        };
        let programs = with_mpi(&root.join(PROGRAMS))?;
        let mut problems = unlisted(&programs, &runs);
        if let Some(problem) = code::build(root, environment, PACKAGE)? {
            problems.push(problem);
            return Ok(problems);
        }
        let folder = target_dir(root, Some(environment)).join("debug");
        let is_there = |run: &&Run| programs.contains(&run.program);
        for run in runs.iter().filter(is_there) {
            let program = folder.join(&run.program);
            let command = (&*program, &*run.arguments);
            if let Some(complaint) =
                self.watch(environment, run.ranks, command, (run.shows, None), root)?
            {
                let place = format!("{PROGRAMS}/{}.rs", run.program);
                problems.push(Problem::new(place, format!("{} {complaint}", run.name())));
            }
        }
        Ok(problems)
    }

    /// What is wrong with a run.
    fn watch(
        &self,
        environment: &Environment,
        ranks: u32,
        (program, arguments): (&Path, &[String]),
        (shows, refusal): (Option<Kind>, Option<i32>),
        folder: &Path,
    ) -> Result<Option<String>> {
        let mut command = Command::new(self.witness);
        command
            .current_dir(folder)
            .args([
                "--strict",
                "--format",
                "json",
                "--time-limit",
                SECONDS,
                "--",
            ])
            .args(environment.launcher(ranks))
            .arg(program)
            .args(arguments)
            .envs(environment.run_env());
        let Output { stdout, stderr, .. } = captured(&command)?;
        Ok(match serde_json::from_slice::<Seen>(&stdout) {
            Ok(seen) => seen.complaint(shows, refusal),
            Err(_) => Some(format!(
                "could not be watched\n{}",
                String::from_utf8_lossy(&stderr).trim_end()
            )),
        })
    }
}

/// The runs of the programs on the slides, or what is wrong with their file.
fn listed(root: &Path) -> Result<Result<Vec<Run>, String>> {
    let path = root.join(RUNS);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let runs = toml::from_str(&text).map(|runs: Runs| runs.run);
    Ok(runs.map_err(|error| error.to_string()))
}

/// What is wrong with a command that runs this program on the slides, so that the room would not see what the
/// page says.
pub(crate) fn of_slides(
    course: &Course,
    program: &str,
    ranks: Option<u32>,
    arguments: &[String],
) -> Result<Option<String>> {
    let source = course.root().join(PROGRAMS).join(format!("{program}.rs"));
    if !source.is_file() {
        return Ok(Some(format!(
            "there is no program `{program}` on the slides"
        )));
    }
    if !calls_mpi(&source)? {
        let message = "the program does not call MPI, so it has no ranks";
        return Ok(ranks.map(|_| message.to_owned()));
    }
    // What is wrong with the file itself, the runs tell.
    let Ok(runs) = listed(course.root())? else {
        return Ok(None);
    };
    let ranks = ranks.unwrap_or(run::RANKS);
    let is_listed =
        |run: &Run| run.program == program && run.ranks == ranks && run.arguments == arguments;
    Ok((!runs.iter().any(is_listed))
        .then(|| format!("{RUNS} has no such run, so nobody knows that it works")))
}

fn captured(command: &Command) -> Result<Output> {
    let Some(output) = launch::captured(command)? else {
        bail!(grade::Interrupted);
    };
    Ok(output)
}

/// The programs of a folder that call MPI.
fn with_mpi(folder: &Path) -> Result<BTreeSet<String>> {
    let reading = || format!("reading {}", folder.display());
    let mut programs = BTreeSet::new();
    for entry in std::fs::read_dir(folder).with_context(reading)? {
        let path = entry.with_context(reading)?.path();
        if calls_mpi(&path)? {
            let name = path.file_stem().unwrap_or_default();
            programs.insert(name.to_string_lossy().into_owned());
        }
    }
    Ok(programs)
}

/// Programs that are not run, and runs of programs that are not there.
fn unlisted(programs: &BTreeSet<String>, runs: &[Run]) -> Vec<Problem> {
    let runs: BTreeSet<String> = runs.iter().map(|run| run.program.clone()).collect();
    let missing = programs
        .difference(&runs)
        .map(|name| format!("has no run of `{name}`, which calls MPI"));
    let gone = runs
        .difference(programs)
        .map(|name| format!("runs `{name}`, and no program of this name calls MPI"));
    missing
        .chain(gone)
        .map(|message| Problem::new(RUNS, message))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(kinds: &[Kind], status: Option<&str>, time_limit: Option<u32>) -> Seen {
        let finding = |kind: &Kind| Finding {
            kind: *kind,
            message: String::from("ranks 0 and 1 wait for each other"),
            places: vec![Place {
                file: Some("a.rs".into()),
                line: Some(3),
            }],
        };
        Seen {
            status: status.map(str::to_owned),
            time_limit,
            findings: kinds.iter().map(finding).collect(),
        }
    }

    #[test]
    fn a_fault_must_be_the_one_that_is_shown() {
        let shown = seen(&[Kind::Deadlock], None, None);
        assert_eq!(shown.complaint(Some(Kind::Deadlock), None), None);
        assert_eq!(
            shown.complaint(Some(Kind::UnsafeSend), None).unwrap(),
            "gets deadlock, and not unsafe-send: ranks 0 and 1 wait for each other (a.rs:3)"
        );
        let plain = shown.complaint(None, None).unwrap();
        assert!(plain.starts_with("gets deadlock: ranks"), "{plain}");
        let right = seen(&[], Some("exit status: 0"), None);
        assert_eq!(right.complaint(None, None), None);
        let none = right.complaint(Some(Kind::Deadlock), None).unwrap();
        assert!(none.starts_with("must get deadlock"), "{none}");
        for wrong in [
            seen(&[], Some("exit status: 101"), None),
            seen(&[], None, Some(120)),
        ] {
            assert!(wrong.complaint(None, Some(2)).is_some(), "{wrong:?}");
        }
        let refused = seen(&[], Some("exit status: 2"), None);
        assert!(refused.complaint(None, None).is_some());
        assert_eq!(refused.complaint(None, Some(2)), None);
    }
}

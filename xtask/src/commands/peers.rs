//! `cargo xtask bench --peers`: the reference and programs in other languages that do the same work. All run at
//! the same time and are asked in turn, one at a time, so that what else the machine does disturbs all alike.
//! What they say to each other is in the `peers` crate.

use crate::{Answer, cli, show, workbook::Workbook};
use anyhow::{Context, Result, bail, ensure};
use course::Exercise;
use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// What to do where a library for Python is missing.
const PYTHON: &str = "\
Programs in Python need NumPy and numba. To install both in a folder of their own:
  python3 -m venv peers && peers/bin/pip install numpy numba
Then add: --python peers/bin/python";

/// Runs reference and peers, and prints how they compare.
pub(crate) fn run(workbook: &Workbook, exercise: &Exercise, bench: &cli::Bench) -> Result<Answer> {
    let folder = folder(exercise);
    let environment = workbook.environment(exercise)?;
    let env = environment.map_or_else(Vec::new, |environment| environment.run_env());
    let mut peers = vec![Peer::start(
        "reference",
        reference(workbook, exercise)?,
        &env,
    )?];
    let mut sources: Vec<PathBuf> = fs::read_dir(&folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .with_context(|| format!("reading {}", folder.display()))?;
    // Those in C first: they are what the others are compared with.
    sources.sort_by_key(|source| (source.extension().map(OsString::from), source.clone()));
    let mut left_out = false;
    let helpers = workbook.root().join("xtask/peers");
    for source in &sources {
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        match source.extension().and_then(|extension| extension.to_str()) {
            Some("c") => {
                let program = compiled(workbook, exercise, source, &helpers)?;
                peers.push(Peer::start(&name, Command::new(program), &env)?);
            }
            Some("py") => match in_python(&bench.python, source, &helpers) {
                Ok(peer) => peers.push(peer),
                Err(error) => {
                    anstream::eprintln!("left out: {error:#}");
                    left_out = true;
                }
            },
            _ => {}
        }
    }
    if left_out {
        anstream::eprintln!("{PYTHON}");
    }
    let mut works = works(&mut peers)?;
    for work in &mut works {
        for _ in 0..bench.rounds {
            for row in &mut work.rows {
                let said = peers[row.peer].work(row.place)?;
                row.seconds.push(said.seconds);
            }
        }
        anstream::print!("{}", work.table(&peers));
    }
    Ok(Answer::Passes)
}

/// Where the peers of an exercise's reference would be.
pub(crate) fn folder(exercise: &Exercise) -> PathBuf {
    exercise.solution_dir.join("benches/peers")
}

/// Builds the reference's side.
fn reference(workbook: &Workbook, exercise: &Exercise) -> Result<Command> {
    let package = exercise.solution_package();
    let name = format!("{}-peers", package.trim_end_matches("-solution"));
    let spinner = show::Spinner::start();
    spinner.building(&package);
    let mut cargo = grade::build::cargo(workbook.root());
    cargo.args([
        "build",
        "--release",
        "--package",
        &package,
        "--example",
        &name,
    ]);
    let built = cargo
        .output()
        .context("running cargo; is it still installed?")?;
    spinner.stop();
    let said = String::from_utf8_lossy(&built.stderr);
    ensure!(
        built.status.success(),
        "cargo could not build {name}:\n\n{}",
        said.trim_end()
    );
    let folder = grade::build::target_dir(workbook.root(), None);
    Ok(Command::new(folder.join("release/examples").join(name)))
}

/// Compiles a peer in C for this machine's processor.
fn compiled(
    workbook: &Workbook,
    exercise: &Exercise,
    source: &Path,
    helpers: &Path,
) -> Result<PathBuf> {
    let folder = grade::build::target_dir(workbook.root(), None).join("peers");
    let folder = folder.join(&exercise.folder);
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let program = folder.join(source.file_stem().unwrap_or_default());
    let built = Command::new("cc")
        .args(["-O3", "-march=native", "-pthread", "-I"])
        .arg(helpers)
        .arg("-o")
        .args([&program, &source.to_owned()])
        .arg("-lm")
        .output()
        .context("running the C compiler `cc`; is it installed?")?;
    let said = String::from_utf8_lossy(&built.stderr);
    ensure!(
        built.status.success(),
        "cc could not compile {}:\n\n{}",
        source.display(),
        said.trim_end()
    );
    Ok(program)
}

/// Starts a peer in Python; an error where the interpreter or a library is missing.
fn in_python(python: &Path, source: &Path, helpers: &Path) -> Result<Peer> {
    let mut command = Command::new(python);
    command.arg(source);
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    let env = [
        ("PYTHONPATH".into(), helpers.into()),
        // Nothing is left in the workbook's folders.
        ("PYTHONDONTWRITEBYTECODE".into(), "1".into()),
    ];
    Peer::start(&name, command, &env)
}

/// A running program. It ends when it hears no more.
struct Peer {
    name: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    offers: Vec<String>,
}

/// What a peer says of its work.
struct Said {
    seconds: f64,
    result: f64,
    error: f64,
}

impl Peer {
    fn start(name: &str, mut command: Command, env: &[(OsString, OsString)]) -> Result<Self> {
        let mut child = command
            .envs(env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("{name} cannot be spoken to");
        };
        let mut peer = Self {
            name: name.to_owned(),
            child,
            input,
            output: BufReader::new(output),
            offers: Vec::new(),
        };
        peer.offers = peer.ask("")?.split('\t').map(str::to_owned).collect();
        Ok(peer)
    }

    fn ask(&mut self, question: &str) -> Result<String> {
        let mut answer = String::new();
        // One that has ended is not there to be written to.
        let asked = writeln!(self.input, "{question}");
        if asked.is_err() || self.output.read_line(&mut answer)? == 0 {
            let mut said = String::new();
            if let Some(mut errors) = self.child.stderr.take() {
                std::io::Read::read_to_string(&mut errors, &mut said)?;
            }
            let last = said.trim_end().lines().last().unwrap_or("it says nothing");
            bail!("{} ended: {last}", self.name);
        }
        Ok(answer.trim_end().to_owned())
    }

    /// Lets it do its work at this place once.
    fn work(&mut self, place: usize) -> Result<Said> {
        let answer = self.ask(&place.to_string())?;
        let numbers: Result<Vec<f64>, _> = answer.split(' ').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[seconds, result, ref error @ ..]) => Ok(Said {
                seconds,
                result,
                error: error.first().copied().unwrap_or_default(),
            }),
            _ => bail!(
                "{} answers {answer:?} instead of seconds and a result",
                self.name
            ),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One work, and all that do it.
struct Work {
    name: String,
    rows: Vec<Row>,
}

/// One way to do it.
struct Row {
    peer: usize,
    place: usize,
    way: String,
    seconds: Vec<f64>,
}

/// What reference and peers have in common. Each does it once, which warms up, and shows that it is the same.
fn works(peers: &mut [Peer]) -> Result<Vec<Work>> {
    let mut works: Vec<Work> = Vec::new();
    let mut expected: Vec<Said> = Vec::new();
    for (index, peer) in peers.iter_mut().enumerate() {
        for (place, offer) in peer.offers.clone().iter().enumerate() {
            let (name, way) = offer.split_once(" (").unwrap_or((offer, "?)"));
            let row = Row {
                peer: index,
                place,
                way: way.trim_end_matches(')').to_owned(),
                seconds: Vec::new(),
            };
            let said = peer.work(place)?;
            let Some(at) = works.iter().position(|work| work.name == name) else {
                ensure!(
                    index == 0,
                    "{} offers {name}, which the reference does not do",
                    peer.name
                );
                expected.push(said);
                works.push(Work {
                    name: name.to_owned(),
                    rows: vec![row],
                });
                continue;
            };
            let right = &expected[at];
            ensure!(
                (said.result - right.result).abs() <= right.error * right.result.abs(),
                "{} does other work than the reference: {offer} gives {} and not {}",
                peer.name,
                said.result,
                right.result
            );
            works[at].rows.push(row);
        }
    }
    Ok(works)
}

impl Work {
    /// The medians, and how they compare with the first peer's.
    fn table(&self, peers: &[Peer]) -> String {
        let base = self.rows.iter().find(|row| row.peer > 0);
        let than = base.map_or(String::new(), |row| format!("times as fast as {}", row.way));
        let mut table = format!(
            "{:44} {:>10} {:>10}   {than}\n",
            self.name, "median", "best"
        );
        for row in &self.rows {
            let times = base.map_or(String::new(), |base| {
                format!("{:.2}", median(&base.seconds) / median(&row.seconds))
            });
            let best = row.seconds.iter().copied().fold(f64::INFINITY, f64::min);
            table += &format!(
                "  {:20} {:21} {:7.2} ms {:7.2} ms   {times}\n",
                row.way,
                peers[row.peer].name,
                1e3 * median(&row.seconds),
                1e3 * best,
            );
        }
        table + "\n"
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(numbers: &[f64]) -> f64 {
    let mut numbers = numbers.to_vec();
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len().is_multiple_of(2) {
        numbers[middle - 1].midpoint(numbers[middle])
    } else {
        numbers[middle]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_times_are_shorter_than_the_median() {
        assert_eq!(median(&[3.0, 1.0, 9.0]), 3.0);
        assert_eq!(median(&[3.0, 1.0, 9.0, 4.0]), 3.5);
    }
}

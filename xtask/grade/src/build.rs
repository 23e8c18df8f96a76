//! The check program of an exercise: built from what its files hold now, or the compiler's words
//! against it.

use crate::{
    Interrupted,
    contents::{self, Contents},
    progress::{Progress, watched},
};
use anyhow::{Context, Result, bail};
use course::{Exercise, stub};
use serde::Deserialize;
use setup::Environment;
use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};
use verdict::{
    Subject,
    wire::{Frame, LIST, Listing},
};

/// A program of the workspace, built and ready to start.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// What it needs in its environment.
    pub env: Vec<(OsString, OsString)>,
    /// Whether it was there already, built from what is there now.
    pub is_fresh: bool,
    /// The functions at the return addresses that it was asked about.
    pub(crate) frames: RefCell<BTreeMap<i64, Vec<Frame>>>,
    /// Whether it may call a function with two buffers that do not fit each other.
    pub(crate) unlike: OnceCell<bool>,
    /// Its path without links, as the ranks know it.
    real: OnceCell<PathBuf>,
}

impl Program {
    /// Whether ranks that name the file of a program mean this one.
    pub(crate) fn is(&self, module: &Path) -> bool {
        let real = || self.path.canonicalize().unwrap_or_default();
        module == self.path || module == self.real.get_or_init(real)
    }

    /// Asks the check program which tasks and mistakes it knows.
    pub fn list(&self) -> Result<Listing> {
        let output = Command::new(&self.path)
            .arg(LIST)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .output()
            .with_context(|| format!("starting {} to list its tasks", self.path.display()))?;
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!(
                "reading the list of tasks of {}\n{}",
                self.path.display(),
                String::from_utf8_lossy(&output.stderr).trim_end()
            )
        })
    }
}

/// The crate does not compile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildFailure {
    /// Everything that the compiler says, as it prints it.
    pub rendered: String,
    /// The errors, for reports.
    pub errors: Vec<CompileError>,
}

/// One error of the compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// The first line of what it says.
    pub message: String,
    /// The file, from the workbook's folder, and the line, if it names one.
    pub place: Option<(String, u32)>,
}

/// Which program of an exercise to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that checks the answers of a subject.
    Check(Subject),
    /// The exercise's own one, which shows the functions of a subject at work.
    Demo(Subject),
    /// Those that measure the reference.
    Benches,
}

/// Where cargo builds: beside plain `cargo build` for exercises without MPI; for the others in a
/// folder of their own for each MPI, because cargo does not notice when the MPI changes.
pub fn target_dir(root: &Path, environment: Option<&Environment>) -> PathBuf {
    environment.map_or_else(|| root.join("target"), Environment::target_dir)
}

/// The program as the last build has left it, if it was made from what is there now: for what can be
/// begun before [`build`] knows whether it [is fresh](Program::is_fresh).
pub(crate) fn last(
    root: &Path,
    exercise: &Exercise,
    subject: Subject,
    environment: Option<&Environment>,
) -> Option<Program> {
    let folder = target_dir(root, environment).join("debug");
    let path = folder.join(exercise.check_binary(subject));
    contents::is_current(&path).then(|| Program {
        path,
        env: environment.map_or_else(Vec::new, Environment::run_env),
        ..Program::default()
    })
}

/// After so many builds during each of which somebody has changed a file, it is not by chance.
const ATTEMPTS: usize = 5;

/// Builds a program of an exercise, from what its files hold: whatever their times say. `colour` is for
/// what the compiler prints; `tell` hears how far the build is.
///
/// # Errors
/// The outer error is the machine's fault: cargo cannot be started or fails for other reasons than
/// the code, or it is [`Interrupted`]. The inner one is the code's.
pub fn build(
    root: &Path,
    exercise: &Exercise,
    which: Which,
    environment: Option<&Environment>,
    colour: bool,
    tell: &mut dyn FnMut(Progress<'_>),
) -> Result<Result<Program, BuildFailure>> {
    if which == Which::Check(Subject::Exercise)
        && let Some(change) = stub::manifest_change(root, exercise)?
    {
        return Ok(Err(other_manifest(exercise, &change)));
    }
    if which == Which::Check(Subject::Exercise)
        && let Some((file, line)) = unsafe_code(root, exercise)
    {
        return Ok(Err(written_unsafe(file, line)));
    }
    let _lock = lock(&target_dir(root, environment))?;
    let folders = match which {
        Which::Check(Subject::Exercise) | Which::Demo(Subject::Exercise) => &[&*exercise.dir][..],
        // They include files of the exercise.
        Which::Check(Subject::Solution) | Which::Demo(Subject::Solution) | Which::Benches => {
            &[&*exercise.solution_dir, &*exercise.dir][..]
        }
    };
    for _ in 0..ATTEMPTS {
        let before = Contents::below(folders);
        let (built, parts) = run_cargo(root, exercise, which, environment, colour, tell)?;
        if Contents::below(folders) != before {
            continue;
        }
        // At once: should others have to be built anew, these are fresh the next time.
        for part in parts.iter().filter(|part| !part.fresh) {
            contents::note(&part.file, root)?;
        }
        // Whoever has built it by hand has built it from something else, for all that is known.
        let is_old = |part: &&Part| part.fresh && !contents::is_current(&part.file);
        let old: Vec<&str> = parts
            .iter()
            .filter(is_old)
            .map(|part| &*part.package)
            .collect();
        if old.is_empty() {
            return Ok(built);
        }
        forget(root, which, environment, &old)?;
    }
    bail!(
        "the files of {} changed during each of {ATTEMPTS} builds; try again when they no longer change",
        exercise.folder
    )
}

/// One build at a time: what another one notes is needed to know what it has built.
fn lock(target: &Path) -> Result<File> {
    let path = target.join("made-from.lock");
    let locked = || -> std::io::Result<File> {
        fs::create_dir_all(target)?;
        let file = File::create(&path)?;
        file.lock()?;
        Ok(file)
    };
    locked().with_context(|| format!("waiting for other builds by {}", path.display()))
}

/// One of the workbook's own packages, as cargo has built it.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    package: String,
    file: PathBuf,
    /// Whether it was there already.
    fresh: bool,
}

/// Lets cargo build once. What a student edits is built in steps, which the workspace's profile switches off: from an
/// edit to the verdict it takes a second less.
fn run_cargo(
    root: &Path,
    exercise: &Exercise,
    which: Which,
    environment: Option<&Environment>,
    colour: bool,
    tell: &mut dyn FnMut(Progress<'_>),
) -> Result<(Result<Program, BuildFailure>, Vec<Part>)> {
    let (package, binary) = match which {
        Which::Check(subject) => (
            exercise.check_binary(subject),
            Some(exercise.check_binary(subject)),
        ),
        Which::Demo(subject) => (
            exercise.demo_binary(subject),
            Some(exercise.demo_binary(subject)),
        ),
        Which::Benches => (exercise.solution_package(), None),
    };
    let edited = match which {
        Which::Check(Subject::Exercise) | Which::Demo(Subject::Exercise) => {
            vec![exercise.package(), package.as_str()]
        }
        _ => Vec::new(),
    };
    let format = if colour {
        "json-diagnostic-rendered-ansi"
    } else {
        "json"
    };
    let mut cargo = cargo(root);
    match &binary {
        Some(binary) => cargo.args(["build", "--bin", binary]),
        None => cargo.args(["bench", "--no-run"]),
    };
    cargo
        .args(["--package", &package])
        .args(edited.iter().flat_map(|package| {
            let incremental = format!("profile.dev.package.{package}.incremental=true");
            ["--config".to_owned(), incremental]
        }))
        .arg(format!("--message-format={format}"))
        .env("CARGO_TARGET_DIR", target_dir(root, environment));
    let mut env = Vec::new();
    if let Some(environment) = environment {
        cargo.envs(environment.build_env());
        env = environment.run_env();
    }
    let Output {
        status,
        stdout,
        stderr,
    } = said(&mut cargo, tell)?;
    let mut seen = Seen::default();
    for line in String::from_utf8_lossy(&stdout).lines() {
        seen.message(line, binary.as_deref(), root);
    }
    let built = match seen.executable {
        Some(path) if status.success() => Ok(Program {
            path,
            env,
            is_fresh: seen.is_fresh,
            ..Program::default()
        }),
        _ if !seen.failure.errors.is_empty() => Err(seen.failure),
        _ => bail!(
            "cargo could not build {package}, for a reason other than its code:\n\n{}\n\nIf a package \
             could not be downloaded, connect to the network once and try again.\nIf the program could \
             not be built with MPI, run `cargo xtask doctor`.",
            String::from_utf8_lossy(&stderr).trim_end()
        ),
    };
    Ok((built, seen.parts))
}

/// Makes cargo build these packages anew, the next time.
fn forget(
    root: &Path,
    which: Which,
    environment: Option<&Environment>,
    packages: &[&str],
) -> Result<()> {
    let mut cargo = cargo(root);
    cargo
        .arg("clean")
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .env("CARGO_TARGET_DIR", target_dir(root, environment));
    if which == Which::Benches {
        cargo.args(["--profile", "bench"]);
    }
    let output = said(&mut cargo, &mut |_| ())?;
    if !output.status.success() {
        bail!(
            "cargo could not remove what it built from older files:\n\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(())
}

fn said(cargo: &mut Command, tell: &mut dyn FnMut(Progress<'_>)) -> Result<Output> {
    let said = watched(cargo, tell).context("running cargo; is it still installed?")?;
    said.ok_or_else(|| anyhow::Error::new(Interrupted))
}

/// Where an answer uses unsafe code, or allows it. The lint forbids it where it can: not where a macro of
/// a crate allows it for itself, as `s!` of ndarray does.
fn unsafe_code(root: &Path, exercise: &Exercise) -> Option<(String, u32)> {
    let files = Contents::below(&[&exercise.dir.join("src")]);
    files.paths().find_map(|file| {
        let text = fs::read_to_string(file).ok()?;
        let line = course::source::unsafe_line(&text)?;
        Some((from_root(&file.display().to_string(), root), line))
    })
}

fn written_unsafe(file: String, line: u32) -> BuildFailure {
    let message = format!("unsafe code on line {line}: {UNSAFE}");
    BuildFailure {
        rendered: format!("error: {message}\n --> {file}:{line}\n"),
        errors: vec![CompileError {
            message,
            place: Some((file, line)),
        }],
    }
}

/// Why an answer may not bring a manifest of its own, and the way back.
fn other_manifest(exercise: &Exercise, change: &stub::Change) -> BuildFailure {
    let path = exercise.manifest_name();
    let what = match (&change.line, &change.missing) {
        (Some((line, text)), _) => format!("line {line}, `{text}`, was added or changed"),
        (None, Some(text)) => format!("`{text}` is missing"),
        (None, None) => String::from("its end is missing"),
    };
    let message = format!("{path} is not the manifest that comes with the course: {what}");
    let rendered = format!(
        "error: {message}\n\nAn answer is built with only the crates of its lesson, and without unsafe \
         code, so that\nit cannot change what its check measures.\n\nTo restore the course's manifest:   \
         cp {} {path}\n",
        stub::Original::Manifest.copy_name(exercise)
    );
    BuildFailure {
        rendered,
        errors: vec![CompileError {
            message,
            place: change.line.as_ref().map(|(line, _)| (path, *line)),
        }],
    }
}

/// Cargo, as the workbook calls it: in the workbook's folder, and without what an outer cargo has
/// told about the package that it runs, which would make build scripts run again.
pub fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// How cargo names a package that lies in a folder and not in a registry.
const OWN: &str = "path+file:";

/// What to say to whoever uses unsafe code.
const UNSAFE: &str = "answers must not contain unsafe code, because it could change what the check \
                      measures; every task can be solved without it";

/// The lint, and the attribute that would allow it, which is forbidden.
fn is_about_unsafe_code(diagnostic: &Diagnostic) -> bool {
    match diagnostic.code.as_ref().map(|code| &*code.code) {
        Some("unsafe_code") => true,
        Some("E0453") => diagnostic.message.contains("unsafe_code"),
        _ => false,
    }
}

#[derive(Default)]
struct Seen {
    executable: Option<PathBuf>,
    is_fresh: bool,
    parts: Vec<Part>,
    failure: BuildFailure,
}

/// The part of cargo's messages that matters here (The Cargo Book, "External tools").
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    executable: Option<PathBuf>,
    #[serde(default)]
    fresh: bool,
    target: Option<Target>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    message: String,
    code: Option<Code>,
    #[serde(default)]
    spans: Vec<Span>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u32,
    is_primary: bool,
}

impl Seen {
    /// Takes a message. Without a `binary` any executable will do.
    fn message(&mut self, line: &str, binary: Option<&str>, root: &Path) {
        let Ok(message) = serde_json::from_str::<Message>(line) else {
            return;
        };
        let is_rlib = |file: &&PathBuf| file.extension().is_some_and(|it| it == "rlib");
        let library = message.filenames.iter().find(is_rlib).cloned();
        if message.package_id.starts_with(OWN)
            && let Some(file) = message.executable.clone().or(library)
        {
            self.parts.push(Part {
                package: message.package_id,
                file,
                fresh: message.fresh,
            });
        }
        let wanted = |target: Target| binary.is_none_or(|binary| target.name == binary);
        let of_binary = message.target.is_some_and(wanted);
        if let (true, Some(path)) = (of_binary, message.executable) {
            self.executable = Some(path);
            self.is_fresh = message.fresh;
        }
        let Some(diagnostic) = message.message else {
            return;
        };
        self.failure.rendered += diagnostic.rendered.as_deref().unwrap_or_default();
        if !diagnostic.level.starts_with("error") {
            return;
        }
        let primary = diagnostic.spans.iter().find(|span| span.is_primary);
        let mut message = diagnostic
            .message
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        if is_about_unsafe_code(&diagnostic) {
            message = format!("{message}: {UNSAFE}");
            self.failure.rendered += &format!("help: {UNSAFE}\n\n");
        }
        self.failure.errors.push(CompileError {
            message,
            place: primary.map(|span| (from_root(&span.file_name, root), span.line_start)),
        });
    }
}

/// A path from the workbook's folder, whichever way the compiler named it.
pub fn from_root(file: &str, root: &Path) -> String {
    Path::new(file)
        .strip_prefix(root)
        .map_or_else(|_| file.to_owned(), |file| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_kept_with_its_place_and_a_warning_is_not_one() {
        let mut seen = Seen::default();
        let root = Path::new("/home/ann/course");
        for line in [
            r#"{"reason":"compiler-message","target":{"name":"x"},"message":{"level":"warning","message":"unused","spans":[],"rendered":"warning: unused\n"}}"#,
            r#"{"reason":"compiler-message","target":{"name":"x"},"message":{"level":"error","message":"mismatched types","rendered":"error: mismatched\n",
                "spans":[{"file_name":"exercises/05-collectives/src/lib.rs","line_start":41,"is_primary":true}]}}"#,
            r#"{"reason":"build-finished","success":false}"#,
            "not json",
        ] {
            seen.message(&line.replace('\n', ""), Some("check-x"), root);
        }
        assert_eq!(seen.executable, None);
        assert!(
            seen.failure.rendered.contains("warning: unused")
                && seen.failure.rendered.contains("error: mismatched")
        );
        assert_eq!(
            seen.failure.errors,
            [CompileError {
                message: "mismatched types".into(),
                place: Some(("exercises/05-collectives/src/lib.rs".into(), 41)),
            }]
        );
    }

    #[test]
    fn the_executable_is_that_of_the_binary() {
        let mut seen = Seen::default();
        for line in [
            r#"{"reason":"compiler-artifact","target":{"name":"other"},"fresh":false,"executable":"/t/other"}"#,
            r#"{"reason":"compiler-artifact","target":{"name":"check-x"},"fresh":true,"executable":"/t/check-x"}"#,
        ] {
            seen.message(line, Some("check-x"), Path::new("/"));
        }
        assert!(seen.is_fresh);
        assert_eq!(seen.executable.as_deref(), Some(Path::new("/t/check-x")));
    }
}

//! The check program of an exercise: built, or the compiler's words against it.

use crate::Interrupted;
use anyhow::{Context, Result, bail};
use course::Exercise;
use serde::Deserialize;
use setup::Environment;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use verdict::{
    Subject,
    wire::{LIST, Listing},
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
}

impl Program {
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
    /// The one that shows the student's functions at work.
    Demo,
}

/// Where cargo builds: beside plain `cargo build` for exercises without MPI; for the others in a
/// folder of their own for each MPI, because cargo does not notice when the MPI changes.
pub fn target_dir(root: &Path, environment: Option<&Environment>) -> PathBuf {
    environment.map_or_else(|| root.join("target"), Environment::target_dir)
}

/// The program as the last build has left it, unless the answers have certainly changed since: for what
/// can be begun before [`build`] knows whether it [is fresh](Program::is_fresh).
pub(crate) fn last(
    root: &Path,
    exercise: &Exercise,
    subject: Subject,
    environment: Option<&Environment>,
) -> Option<Program> {
    let folder = target_dir(root, environment).join("debug");
    let path = folder.join(exercise.check_binary(subject));
    let changed = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    if changed(&exercise.source(subject))? > changed(&path)? {
        return None;
    }
    Some(Program {
        path,
        env: environment.map_or_else(Vec::new, Environment::run_env),
        is_fresh: false,
    })
}

/// Builds a program of an exercise. `colour` is for what the compiler prints.
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
) -> Result<Result<Program, BuildFailure>> {
    let (package, binary) = match which {
        Which::Check(subject) => (
            exercise.check_binary(subject),
            exercise.check_binary(subject),
        ),
        Which::Demo => (
            exercise.package().to_owned(),
            exercise.demo_binary().to_owned(),
        ),
    };
    let format = if colour {
        "json-diagnostic-rendered-ansi"
    } else {
        "json"
    };
    let mut cargo = cargo(root);
    cargo
        .args(["build", "--package", &package, "--bin", &binary])
        .arg(format!("--message-format={format}"))
        .env("CARGO_TARGET_DIR", target_dir(root, environment));
    let mut env = Vec::new();
    if let Some(environment) = environment {
        cargo.envs(environment.build_env());
        env = environment.run_env();
    }
    let said = launch::captured(&cargo).context("running cargo; is it still installed?")?;
    let Some(Output {
        status,
        stdout,
        stderr,
    }) = said
    else {
        bail!(Interrupted);
    };
    let mut seen = Seen::default();
    for line in String::from_utf8_lossy(&stdout).lines() {
        seen.message(line, &binary, root);
    }
    match seen.executable {
        Some(path) if status.success() => Ok(Ok(Program {
            path,
            env,
            is_fresh: seen.is_fresh,
        })),
        _ if !seen.failure.errors.is_empty() => Ok(Err(seen.failure)),
        _ => bail!(
            "cargo could not build {package}, and not because of its code:\n\n{}\n\n\
             When a package cannot be downloaded, connect to the network once and try again.\n\
             When MPI cannot be built against, `cargo xtask doctor` looks into it.",
            String::from_utf8_lossy(&stderr).trim_end()
        ),
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

#[derive(Default)]
struct Seen {
    executable: Option<PathBuf>,
    is_fresh: bool,
    failure: BuildFailure,
}

/// The part of cargo's messages that matters here (The Cargo Book, "External tools").
#[derive(Deserialize)]
struct Message {
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
    #[serde(default)]
    spans: Vec<Span>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u32,
    is_primary: bool,
}

impl Seen {
    fn message(&mut self, line: &str, binary: &str, root: &Path) {
        let Ok(message) = serde_json::from_str::<Message>(line) else {
            return;
        };
        let of_binary = message.target.is_some_and(|target| target.name == binary);
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
        self.failure.errors.push(CompileError {
            message: diagnostic
                .message
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
            place: primary.map(|span| {
                (
                    crate::stack::from_root(&span.file_name, root),
                    span.line_start,
                )
            }),
        });
    }
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
            seen.message(&line.replace('\n', ""), "check-x", root);
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
            seen.message(line, "check-x", Path::new("/"));
        }
        assert!(seen.is_fresh);
        assert_eq!(seen.executable.as_deref(), Some(Path::new("/t/check-x")));
    }
}

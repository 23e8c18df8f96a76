//! One check of one exercise, as a process of its own: what to do stands in a file, and so does, afterwards, the
//! report. In a sandbox this process builds the answers first; then it gives up what it may do and see beyond
//! what ranks need, and only then does code of the submission run.

#[cfg(target_os = "linux")]
use crate::inside;
use anyhow::{Context, Result};
use course::{Course, Limits};
use grade::{
    Request,
    build::{Which, build},
};
use serde::{Deserialize, Serialize};
use setup::Choice;
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};
use verdict::{Kind, Subject, TaskReport};

/// The first argument of a process that performs a task.
pub(crate) const ARGUMENT: &str = "perform-task";

/// So many times the usual limit for what has run into it.
const PATIENCE: u32 = 4;

/// What to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    /// The working copy's folder.
    pub(crate) root: PathBuf,
    pub(crate) what: What,
    /// Where the report goes.
    pub(crate) report: PathBuf,
    /// The sandbox; none without one.
    pub(crate) view: Option<View>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum What {
    /// Nothing: whether the sandbox can be made.
    Nothing,
    /// Builds an exercise.
    Build(String),
    /// Builds and checks an exercise.
    Check(String),
}

/// What a process in the sandbox sees.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct View {
    /// An empty folder, on which the new root is mounted.
    pub(crate) new_root: PathBuf,
    /// An empty folder for what is written to the working copy.
    pub(crate) written: PathBuf,
    /// Files and folders that can be read, and are where they are outside.
    pub(crate) visible: Vec<PathBuf>,
    /// Folders in which nothing can be seen but what is visible of them.
    pub(crate) covered: Vec<PathBuf>,
    /// Bytes that may be written to files in memory.
    pub(crate) memory: u64,
}

/// Does what stands in this file.
pub(crate) fn perform(file: &Path) -> Result<()> {
    let text = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let task: Task = serde_json::from_slice(&text).context("understanding the task")?;
    // Opened now: in the sandbox the file has no name.
    let mut report = File::create(&task.report).context("making the file for the report")?;
    #[cfg(target_os = "linux")]
    if let Some(view) = &task.view {
        inside::enter(view, &task.root)?;
    }
    let (folder, is_checked) = match &task.what {
        What::Nothing => {
            close(&task)?;
            return Ok(report.write_all(b"{}")?);
        }
        What::Build(folder) => (folder, false),
        What::Check(folder) => (folder, true),
    };
    let course = Course::read(&task.root)?;
    let exercise = course.select(folder)?.exercise;
    let environment = if exercise.needs_mpi() {
        let found = setup::ensure(&task.root, Choice::Automatic, &mut |_| ())?;
        Some(found.connecting(exercise.connects))
    } else {
        None
    };
    let environment = environment.as_ref();
    let which = Which::Check(Subject::Exercise);
    let built = build(&task.root, exercise, which, environment, false, &mut |_| ())?;
    if !is_checked {
        if let Err(failure) = built {
            anyhow::bail!(
                "the checks of {folder} do not compile:\n{}",
                failure.rendered
            );
        }
        return Ok(report.write_all(b"{}")?);
    }
    close(&task)?;
    let request = Request {
        root: &task.root,
        exercise,
        tasks: &exercise.tasks,
        subject: Subject::Exercise,
        seed: None,
        ranks: None,
        limits: exercise.limits,
        environment,
        witness: true,
        colour: false,
    };
    let mut checked = grade::check_built(&request, built.clone(), &mut |_| ())?.report;
    // Where many share a machine, a right answer can take longer than it is given: it gets more, once.
    let is_late = |task: &TaskReport| {
        let mut failures = task.failures.iter();
        failures.any(|failure| failure.kind == Kind::Timeout)
    };
    let late: Vec<_> = (exercise.tasks.iter().zip(&checked.tasks))
        .filter(|(_, report)| is_late(report))
        .map(|(task, _)| task.clone())
        .collect();
    if !late.is_empty() {
        let limits = Limits {
            time: PATIENCE * exercise.limits.time,
            ..exercise.limits
        };
        let request = Request {
            tasks: &late,
            limits,
            seed: Some(checked.seed),
            ..request
        };
        for again in grade::check_built(&request, built, &mut |_| ())?
            .report
            .tasks
        {
            let mut tasks = checked.tasks.iter_mut();
            if let Some(task) = tasks.find(|task| task.name == again.name) {
                *task = again;
            }
        }
    }
    serde_json::to_writer(&mut report, &checked).context("writing the report")
}

fn close(task: &Task) -> Result<()> {
    #[cfg(target_os = "linux")]
    if task.view.is_some() {
        inside::close(&task.root)?;
    }
    let _ = task;
    Ok(())
}

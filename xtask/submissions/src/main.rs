//! `cargo xtask grade`: grades each submission of a folder, in a working copy that is made from this clone and
//! holds of the submission nothing but its answers, `exercises/*/src/lib.rs`.
//!
//! - [`found`]: the submissions in a folder, and the answers in each;
//! - [`copy`]: the working copy, which has no reference;
//! - [`sandbox`]: one check in namespaces of its own, from outside;
//! - [`shown`]: what that shows of the machine, and what it covers;
//! - [`inside`]: the same from inside: what is seen, what may be written, and when;
//! - [`task`]: the check itself, which is told in a file what to do;
//! - [`table`]: the results, as CSV.
//!
//! Exit status: 0 all was graded, 1 something could not be graded, 2 the question or the machine is at fault.

mod copy;
mod found;
#[cfg(target_os = "linux")]
mod inside;
mod sandbox;
mod shown;
mod table;
mod task;

use anyhow::{Context, Result, bail};
use clap::Parser;
use copy::Copy;
use course::{Course, Exercise};
use found::{Found, Submission};
use sandbox::{Outcome, Sandbox};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use table::{Row, Table};

/// Grade each submission in a folder.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask grade")]
struct Arguments {
    /// The folder with a folder for each submission
    submissions: PathBuf,
    /// The file for the results
    #[arg(long)]
    out: PathBuf,
    /// Only these exercises
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Grade again what has results already
    #[arg(long)]
    again: bool,
    /// Run the submissions with all your permissions
    #[arg(long)]
    unsandboxed: bool,
    /// Seconds for one exercise of one submission, its build included
    #[arg(long, default_value_t = 900)]
    time_limit: u32,
    /// Memory for one exercise of one submission, its build included, in MiB
    #[arg(long, default_value_t = 6144)]
    memory_limit: u32,
    /// The workbook's folder
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

fn main() -> ExitCode {
    // A job's supervisor is this program too; then this does not return.
    launch::supervise_if_asked();
    let mut arguments = std::env::args_os().skip(1);
    let result = match arguments.next() {
        Some(word) if word == task::ARGUMENT => {
            let file = arguments.next().unwrap_or_default();
            task::perform(Path::new(&file)).map(|()| true)
        }
        _ => run(&Arguments::parse()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) if error.is::<grade::Interrupted>() => {
            eprintln!("\n{}", grade::Interrupted);
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool> {
    let root = std::path::absolute(&arguments.root).context("asking for the current folder")?;
    let course = Course::read(&root)?;
    let wanted = wanted(&course, &arguments.only)?;
    let submissions = found::submissions(&arguments.submissions, &arguments.out, &wanted)?;
    let mut table = Table::open(&arguments.out)?;
    let copy = Copy::prepare(&course)?;
    let limits = sandbox::Limits {
        seconds: arguments.time_limit,
        memory: u64::from(arguments.memory_limit) << 20,
    };
    let sandbox = if arguments.unsandboxed {
        eprintln!(
            "warning: without a sandbox, each submission runs with your permissions: it can read and change \
             your files, the other submissions, and its own verdict"
        );
        Sandbox::none(&copy, limits)
    } else {
        Sandbox::try_out(
            &copy,
            limits,
            shown::covered(&root, &arguments.submissions, &arguments.out)?,
        )?
    };
    let mut grading = Grading {
        root: &root,
        copy: &copy,
        sandbox: &sandbox,
        ready: Vec::new(),
        again: arguments.again,
    };
    let mut complete = true;
    for submission in &submissions {
        complete &= grading.submission(submission, &wanted, &mut table)?;
    }
    let of = submissions.len();
    println!(
        "{}: {}",
        verdict::plural(of, "submission"),
        arguments.out.display()
    );
    Ok(complete)
}

fn wanted<'a>(course: &'a Course, names: &[String]) -> Result<Vec<&'a Exercise>> {
    if names.is_empty() {
        return Ok(course.exercises().iter().collect());
    }
    names
        .iter()
        .map(|name| {
            let selection = course.select(name)?;
            if selection.task.is_some() {
                bail!("`{name}` is a task; --only takes exercises, such as --only 01,05");
            }
            Ok(selection.exercise)
        })
        .collect()
}

struct Grading<'a> {
    root: &'a Path,
    copy: &'a Copy,
    sandbox: &'a Sandbox<'a>,
    /// Exercises of which all is built but the answers.
    ready: Vec<String>,
    again: bool,
}

impl Grading<'_> {
    /// Grades what has no results yet; whether all of it could be graded.
    fn submission(
        &mut self,
        submission: &Submission,
        wanted: &[&Exercise],
        table: &mut Table,
    ) -> Result<bool> {
        let name = &submission.name;
        let files = match &submission.found {
            Ok(files) => files,
            Err(why) => {
                let row = Row::not_graded(name, "", why);
                eprintln!("{name}: not graded: {}", row.note);
                table.put(name, "", vec![row])?;
                return Ok(false);
            }
        };
        table.forget(name, "");
        let (mut complete, mut points, mut of) = (true, 0, 0);
        for exercise in wanted {
            let found = &files[&exercise.folder];
            let contents = found.contents();
            if self.again || !table.has(name, &exercise.folder, &contents) {
                let rows = self.exercise(name, exercise, found)?;
                table.put(name, &exercise.folder, rows)?;
            }
            for row in table.rows(name, &exercise.folder) {
                points += row.points;
                of += row.of;
            }
            let is_lacking = |row: &Row| row.status == table::NOT_GRADED;
            if let Some(row) = table
                .rows(name, &exercise.folder)
                .find(|row| is_lacking(row))
            {
                eprintln!("{name}: {}: not graded: {}", exercise.folder, row.note);
                complete = false;
            }
        }
        println!("{name}: {points} of {of} points");
        Ok(complete)
    }

    fn exercise(&mut self, name: &str, exercise: &Exercise, found: &Found) -> Result<Vec<Row>> {
        let text = match found {
            Found::Nothing => return Ok(table::missing(name, exercise)),
            Found::Unusable(why) => {
                return Ok(vec![Row::not_graded(name, &exercise.folder, why)]);
            }
            Found::Answers(text) => text,
        };
        let stub = course::stub::pristine(self.root, exercise, course::stub::Original::Stub)?;
        if *text == stub.as_bytes() {
            return Ok(table::untouched(name, exercise, &found.contents()));
        }
        if !self.ready.contains(&exercise.folder) {
            println!("building the checks of {}", exercise.folder);
            self.copy.put(exercise, stub.as_bytes())?;
            self.sandbox.make_ready(exercise)?;
            self.ready.push(exercise.folder.clone());
        }
        self.copy.put(exercise, text)?;
        let outcome = self.sandbox.check(exercise);
        self.copy.put(exercise, stub.as_bytes())?;
        Ok(match outcome? {
            Outcome::Report(report) => table::reported(name, exercise, &found.contents(), &report),
            Outcome::None(why) => vec![Row::not_graded(name, &exercise.folder, &why)],
        })
    }
}

//! `cargo xtask new`: the files of an exercise or of a task, to be filled in. They compile and are
//! verified at once; what is to be written in them is marked, and `verify` names it.

use crate::{Answer, cli, workbook::Workbook};
use anyhow::{Context, Result, bail, ensure};
use course::{Course, durable, stub};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use verdict::Subject;

pub(crate) fn run(arguments: &cli::New) -> Result<Answer> {
    let workbook = Workbook::open()?;
    match &arguments.what {
        cli::What::Exercise(new) => exercise(&workbook, new),
        cli::What::Task { name } => task(&workbook, name),
    }
}

fn exercise(workbook: &Workbook, new: &cli::NewExercise) -> Result<Answer> {
    let folder = &new.folder;
    let parts = folder.split_once('-');
    let Some((number, topic)) = parts.filter(|(number, topic)| {
        number.len() == 2 && number.parse::<u32>().is_ok() && is_name(topic)
    }) else {
        bail!(
            "`{folder}` cannot be an exercise's folder: write two digits, a hyphen and a topic in lower \
             case, such as 21-wind"
        );
    };
    for other in workbook.course.exercises() {
        ensure!(
            other.topic != topic && other.number != number.parse::<u32>()?,
            "`{folder}` has the number or the topic of {}",
            other.folder
        );
    }
    let root = workbook.root();
    let (exercise, solution) = (
        root.join("exercises").join(folder),
        root.join("solutions").join(folder),
    );
    for path in [&exercise, &solution] {
        ensure!(!path.exists(), "{} is there already", path.display());
    }
    let family = Family::of(!new.without_mpi);
    let fill = |text: &str| {
        text.replace("FOLDER", folder)
            .replace("NUMBER", number)
            .replace("TITLE", &title(topic))
            .replace("TOPIC", topic)
            .replace("CRATE", &topic.replace('-', "_"))
            .replace("HARNESS", &family.crate_name())
    };
    let own = family.dependencies(None);
    let manifest = |package: &str, description: &str, rest: &str| {
        // The answers have no build script of their own.
        let build = if rest == own { "build = false\n" } else { "" };
        let text = include_str!("../new/manifest.toml")
            .replace("PACKAGE", package)
            .replace("DESCRIPTION", description)
            .replace("BUILD", build);
        fill(&text) + rest
    };
    let checks = |name: &str, subject: &str| {
        let binary = format!("\n[[bin]]\nname = \"{name}\"\npath = \"main.rs\"\n");
        binary + &family.dependencies(Some(subject))
    };
    let solved = format!("{topic}-solution");
    let check = format!("check-{topic}");
    let check_solved = format!("check-{solved}");
    let demo = format!("demo-{solved}");
    let shown = format!(
        "\n[[bin]]\nname = \"{demo}\"\npath = \"../../../exercises/{folder}/src/main.rs\"\n\n\
         [dependencies]\n{topic} = {{ path = \"..\", package = \"{solved}\" }}\n"
    );
    let ranks = if new.without_mpi {
        ""
    } else {
        "ranks = [1, 2, 3, 4]\n"
    };
    let uses = family.uses();
    let files: Vec<(PathBuf, String)> = vec![
        (
            exercise.join("Cargo.toml"),
            manifest(topic, "the student's crate", &own),
        ),
        (
            exercise.join("exercise.toml"),
            fill(include_str!("../new/exercise.toml")) + ranks,
        ),
        (
            exercise.join("README.md"),
            fill(include_str!("../new/lesson.md")),
        ),
        (
            exercise.join("src/lib.rs"),
            fill(include_str!("../new/stub.rs")) + uses,
        ),
        (
            exercise.join("src/main.rs"),
            fill(include_str!("../new/main.rs")),
        ),
        (
            exercise.join("checks/Cargo.toml"),
            manifest(
                &check,
                "the checks of the student's crate",
                &checks(&check, topic),
            ),
        ),
        (
            exercise.join("checks/main.rs"),
            fill(include_str!("../new/checks.rs")),
        ),
        (
            exercise.join("checks/tasks.rs"),
            fill(include_str!("../new/tasks.rs")),
        ),
        (
            solution.join("Cargo.toml"),
            manifest(&solved, "the reference", &own),
        ),
        (
            solution.join("src/lib.rs"),
            fill(include_str!("../new/reference.rs")) + uses,
        ),
        (
            solution.join("demo/Cargo.toml"),
            manifest(&demo, "its own program, with the reference", &shown),
        ),
        (
            solution.join("mistakes/Cargo.toml"),
            manifest(
                &check_solved,
                "the checks of the reference and of known mistakes",
                &checks(&check_solved, &solved),
            ),
        ),
        (
            solution.join("mistakes/main.rs"),
            fill(include_str!("../new/mistakes.rs")),
        ),
    ];
    for (path, text) in &files {
        write(path, text)?;
    }
    let first = Names {
        number,
        folder,
        task: "first",
    };
    add(root, &first, family)?;
    let written = Course::read(root)?;
    stub::accept(&written, written.select(folder)?.exercise)?;
    anstream::println!(
        "exercises/{folder} and solutions/{folder} have one task, `first`. What to write in them, in order:\n\
         \x20 cargo xtask verify {number}\n\
         Another task:\n\
         \x20 cargo xtask new task {number}.<name>"
    );
    Ok(Answer::Passes)
}

fn task(workbook: &Workbook, name: &str) -> Result<Answer> {
    let Some((exercise, task)) = name.split_once('.') else {
        bail!("`{name}` names no task: write the exercise, a point and the task, such as 21.gusts");
    };
    ensure!(
        is_name(task),
        "`{task}` cannot be a task's name: write it in lower case, with hyphens, such as all-gather"
    );
    let exercise = workbook.exercise(exercise)?;
    ensure!(
        exercise.task(task).is_none(),
        "exercise {} has a task `{task}`",
        exercise.folder
    );
    ensure!(
        stub::is_pristine(&workbook.course, exercise, stub::Original::Stub)?,
        "{} is not the stub: put it back first, with `cargo xtask reset {:02}`",
        exercise.source_name(Subject::Exercise),
        exercise.number
    );
    let names = Names {
        number: &format!("{:02}", exercise.number),
        folder: &exercise.folder,
        task,
    };
    add(workbook.root(), &names, Family::of(exercise.needs_mpi()))?;
    let written = Course::read(workbook.root())?;
    stub::accept(&written, written.select(&exercise.folder)?.exercise)?;
    anstream::println!(
        "`{task}` is the last task of {}. What to write for it, in order:\n  cargo xtask verify {}",
        exercise.folder,
        names.number
    );
    Ok(Answer::Passes)
}

/// What distinguishes exercises with MPI from those without.
#[derive(Clone, Copy)]
struct Family {
    harness: &'static str,
    /// What the answers depend on.
    crates: &'static [&'static str],
    arguments: &'static str,
    check: &'static str,
    stub: &'static str,
    reference: &'static str,
    mistakes: &'static str,
}

impl Family {
    fn of(needs_mpi: bool) -> Self {
        if needs_mpi {
            Self {
                harness: "harness-mpi",
                crates: &["mpi"],
                arguments: "world: &harness_mpi::SimpleCommunicator, mine: &[i64]",
                check: include_str!("../new/mpi_check.rs"),
                stub: include_str!("../new/mpi_stub.rs"),
                reference: include_str!("../new/mpi_reference.rs"),
                mistakes: include_str!("../new/mpi_mistakes.rs"),
            }
        } else {
            Self {
                harness: "harness",
                crates: &[],
                arguments: "numbers: &[i64]",
                check: include_str!("../new/plain_check.rs"),
                stub: include_str!("../new/plain_stub.rs"),
                reference: include_str!("../new/plain_reference.rs"),
                mistakes: include_str!("../new/plain_mistakes.rs"),
            }
        }
    }

    /// The harness as code names it.
    fn crate_name(self) -> String {
        self.harness.replace('-', "_")
    }

    /// The table of dependencies: of a crate with answers, or of one that checks a `subject`.
    fn dependencies(self, subject: Option<&str>) -> String {
        let mut names: Vec<&str> = self.crates.to_vec();
        if subject.is_some() {
            names.extend([self.harness, "harness"]);
        }
        names.sort_unstable();
        names.dedup();
        let of_workspace = names
            .iter()
            .map(|name| format!("{name}.workspace = true\n"));
        let subject = subject.map(|name| format!("{name} = {{ path = \"..\" }}\n"));
        let lines: String = of_workspace.chain(subject).collect();
        format!("\n[dependencies]\n{lines}")
    }

    /// What the answers use.
    fn uses(self) -> &'static str {
        if self.crates.is_empty() {
            ""
        } else {
            "\nuse mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};\n"
        }
    }
}

/// How a new task is called.
struct Names<'a> {
    number: &'a str,
    folder: &'a str,
    task: &'a str,
}

/// Adds a task to an exercise: to each of its files what belongs to it.
fn add(root: &Path, names: &Names<'_>, family: Family) -> Result<()> {
    let function = names.task.replace('-', "_");
    let fill = |text: &str| {
        text.replace("FUNCTION", &function)
            .replace("TASK", names.task)
            .replace("NUMBER", names.number)
    };
    let exercise = root.join("exercises").join(names.folder);
    let solution = root.join("solutions").join(names.folder);
    write(
        &exercise.join(format!("checks/{function}.rs")),
        &fill(family.check),
    )?;
    write(
        &solution.join(format!("mistakes/{function}.rs")),
        &fill(family.mistakes),
    )?;
    let declared = format!("#[path = \"{function}.rs\"]\nmod {function};\n");
    let answer = format!("    fn {function}({}) -> i64;\n", family.arguments);
    let known = format!(
        "        .task(\"{}\", {function}::{function})\n",
        names.task
    );
    edit(&exercise.join("checks/tasks.rs"), |text| {
        let text = before(text, "\nuse ", &format!("\n{declared}"))?;
        let text = before_end(&text, "::answers! {", "\n}\n", &answer)?;
        before_end(&text, "Suite::new(Answers::of_subject())", "\n}\n", &known)
    })?;
    edit(&solution.join("mistakes/main.rs"), |text| {
        let text = before(text, "#[path = ", &format!("mod {function};\n"))?;
        let list = format!("\n        .mistakes({function}::MISTAKES)");
        let end = format!(";\n    {}::main", family.crate_name());
        before(&text, &end, &list)
    })?;
    edit(&exercise.join("src/lib.rs"), |text| {
        Some(text.to_owned() + &fill(family.stub))
    })?;
    edit(&solution.join("src/lib.rs"), |text| {
        Some(text.to_owned() + &fill(family.reference))
    })?;
    edit(&exercise.join("exercise.toml"), |text| {
        Some(text.to_owned() + &fill(include_str!("../new/task.toml")))
    })?;
    edit(&exercise.join("README.md"), |text| {
        let last = text.rfind("\n## ")? + 1;
        let (lesson, end) = text.split_at(last);
        Some(format!(
            "{lesson}{}{end}",
            fill(include_str!("../new/section.md"))
        ))
    })?;
    // Names have lengths of their own, so that the lines of the templates may not be as they should.
    let mut format = Command::new("rustfmt");
    format.args(["--edition", "2024"]).args(
        [
            exercise.join("src/lib.rs"),
            exercise.join("checks/main.rs"),
            solution.join("src/lib.rs"),
            solution.join("mistakes/main.rs"),
        ]
        .iter(),
    );
    let status = format.status().context("running rustfmt")?;
    ensure!(status.success(), "rustfmt ended with {status}");
    Ok(())
}

/// A name in kebab case.
fn is_name(name: &str) -> bool {
    let of_letters = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit())
    };
    name.starts_with(|sign: char| sign.is_ascii_lowercase()) && name.split('-').all(of_letters)
}

/// A topic as a heading.
fn title(topic: &str) -> String {
    let words = topic.replace('-', " ");
    let mut signs = words.chars();
    signs
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(signs)
        .collect()
}

/// A text with something more before the first place where `mark` stands; none if it stands nowhere.
fn before(text: &str, mark: &str, more: &str) -> Option<String> {
    let at = text.find(mark)?;
    Some(format!("{}{more}{}", &text[..at], &text[at..]))
}

/// The same before the first `end` that follows a mark.
fn before_end(text: &str, mark: &str, end: &str, more: &str) -> Option<String> {
    let begin = text.find(mark)?;
    let at = begin + text[begin..].find(end)? + 1;
    Some(format!("{}{more}{}", &text[..at], &text[at..]))
}

fn edit(path: &Path, change: impl FnOnce(&str) -> Option<String>) -> Result<()> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let Some(text) = change(&text) else {
        bail!(
            "{} is not written like those of other exercises: add the task by hand, like the tasks in it",
            path.display()
        );
    };
    durable::write(path, text.as_bytes()).with_context(|| format!("writing {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let writing = || format!("writing {}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(writing)?;
    }
    std::fs::write(path, text).with_context(writing)
}

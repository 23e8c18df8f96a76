//! An exercise without MPI, added to the copy as a teacher would add one: it needs no MPI, and its
//! answers get the same verdicts as those of ranks.

use crate::{
    command::{check, failure, statuses, task},
    course::{Course, course},
};
use verdict::{Kind, Status};

pub const LIB: &str = "exercises/98-plain/src/lib.rs";
pub const SOLUTION: &str = "solutions/98-plain/src/lib.rs";

/// The manifest of the student's crate.
pub const OWN_MANIFEST: &str = "exercises/98-plain/Cargo.toml";
const MANIFEST_COPY: &str = "xtask/course/stubs/98-plain.toml";

const MANIFEST: &str = r#"[package]
name = "NAME"
description = "Exercise 98-plain"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true
build = false

[lints]
workspace = true

"#;

const OF_CHECKS: &str = r#"[[bin]]
name = "check-NAME"
path = "main.rs"

[dependencies]
harness.workspace = true
NAME = { path = ".." }
"#;

const OF_DEMO: &str = r#"[[bin]]
name = "demo-plain-solution"
path = "../../../exercises/98-plain/src/main.rs"

[dependencies]
plain = { path = "..", package = "plain-solution" }
"#;

const CHECKS: &str = r#"//! The checks.

use harness::{Check, Suite};

harness::answers! {
    fn double(number: i64) -> i64;
    fn halve(number: i64) -> i64;
    fn square(number: i64) -> i64;
    fn negate(number: i64) -> i64;
    fn next(number: i64) -> i64;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("double", |check: &mut Check, answers| {
            let number = check.draw(1..1_000);
            check.input(format!("the number {number}"));
            check.returned((answers.double)(number), 2 * number, "twice as much");
        })
        .task("halve", |check: &mut Check, answers| {
            check.returned((answers.halve)(14), 7, "half as much");
        })
        .task("square", |check: &mut Check, answers| {
            check.returned((answers.square)(-3), 9, "no square is negative");
        })
        .task("negate", |check: &mut Check, answers| {
            check.returned((answers.negate)(-3), 3, "the other sign");
        })
        .task("next", |check: &mut Check, answers| {
            check.returned((answers.next)(6), 7, "one more");
        })
}
"#;

const MAIN: &str = r#"//! Grades.

use NAME as subject;

#[path = "../../../exercises/98-plain/checks/tasks.rs"]
mod tasks;

fn main() {
    harness::main(tasks::suite());
}
"#;

const MISTAKES: &str = r#"//! Grades the reference and every known mistake.

use harness::{Mistake, mistake};
use plain_solution as subject;

#[path = "../../../exercises/98-plain/checks/tasks.rs"]
mod tasks;

const MISTAKES: &[Mistake<tasks::Answers>] = &[
LIST];

fn nothing(_: i64) -> i64 {
    0
}

fn nobody(_: i64) -> i64 {
    panic!("nobody")
}

fn never(_: i64) -> i64 {
    loop {
        std::hint::spin_loop();
    }
}

fn main() {
    harness::main(tasks::suite().mistakes(MISTAKES));
}
"#;

const TASKS: [(&str, &str); 5] = [
    ("double", "2 * number"),
    ("halve", "number / 2"),
    ("square", "number * number"),
    ("negate", "-number"),
    ("next", "number + 1"),
];

/// The reference, with another body for one function.
pub fn right_but(function: &str, body: &str) -> String {
    functions(|name, right| if name == function { body } else { right }.to_owned())
}

fn functions(bodies: impl Fn(&str, &str) -> String) -> String {
    let function = |(name, right): (&str, &str)| {
        let body = bodies(name, right);
        format!("\n/// Returns it.\npub fn {name}(number: i64) -> i64 {{\n    {body}\n}}\n")
    };
    format!("//! An exercise.\n{}", TASKS.map(function).concat())
}

/// Adds the exercise, whole and right.
pub fn add(course: &Course) {
    let mut manifest = String::from("title = \"Plain\"\nminutes = 20\n");
    let mut lesson = String::from("# Plain\n\n```rust\n2 * number\n```\n");
    let mut mistakes = String::new();
    for (name, _) in TASKS {
        manifest += &format!(
            "\n[[task]]\nname = \"{name}\"\nminutes = 2\nidea = \"Numbers.\"\nhints = [\"Think.\", \"Calculate.\"]\n"
        );
        lesson += &format!("\n## {name}\n\n    cargo xtask check 98.{name}\n");
        for (function, kind) in [
            ("nothing", "WrongResult"),
            ("nobody", "Panic"),
            ("never", "Timeout"),
        ] {
            mistakes += &format!(
                "    mistake!(\"{name}\": {name} = {function} => {kind}, \"is not done\"),\n"
            );
        }
    }
    let stub = functions(|_, _| String::from("todo!()")).replacen(
        "//! An exercise.\n",
        "//! An exercise.\n\n#![allow(unused_variables, reason = \"nothing is done yet\")]\n",
        1,
    );
    for (package, folder, checks) in [
        ("plain", "exercises/98-plain", "checks"),
        ("plain-solution", "solutions/98-plain", "mistakes"),
    ] {
        let of_checks = OF_CHECKS.replace("NAME", package);
        for (folder, name, rest) in [
            (folder.to_owned(), package.to_owned(), ""),
            (
                format!("{folder}/{checks}"),
                format!("check-{package}"),
                &of_checks,
            ),
        ] {
            let text = MANIFEST.replace("NAME", &name) + rest;
            course.write(&format!("{folder}/Cargo.toml"), &text);
            if name == "plain" {
                course.write(MANIFEST_COPY, &text);
            }
        }
    }
    course.write(
        "solutions/98-plain/demo/Cargo.toml",
        &(MANIFEST.replace("NAME", "demo-plain-solution") + OF_DEMO),
    );
    for (path, text) in [
        ("exercises/98-plain/exercise.toml", manifest.as_str()),
        ("exercises/98-plain/README.md", &lesson),
        (LIB, &stub),
        ("xtask/course/stubs/98-plain.rs", &stub),
        (
            "exercises/98-plain/src/main.rs",
            "//! Shows it.\n\nfn main() {\n    println!(\"{}\", plain::double(21));\n}\n",
        ),
        (
            "exercises/98-plain/checks/main.rs",
            &MAIN.replace("NAME", "plain"),
        ),
        ("exercises/98-plain/checks/tasks.rs", CHECKS),
        (SOLUTION, &functions(|_, right| right.to_owned())),
        (
            "solutions/98-plain/mistakes/main.rs",
            &MISTAKES.replace("LIST", &mistakes),
        ),
    ] {
        course.write(path, text);
    }
}

#[test]
fn an_exercise_without_mpi_needs_none_and_gets_the_same_verdicts() {
    let course = course();
    add(&course);
    // Whoever asks for an MPI with this set is refused.
    let no_mpi = |arguments: &str| course.xtask(arguments).env("MPI_PKG_CONFIG", "x");
    assert_eq!(no_mpi("check 05 --ranks 1").run().code, Some(2));
    let report = no_mpi("check 98 --solution").report();
    statuses(&report, &[], Status::Passed);
    assert_eq!(report.mpi, None);
    assert!(report.tasks.iter().all(|task| task.ranks.is_empty()));
    statuses(&check(&course, "98"), &[], Status::NotStarted);

    let answer = functions(|name, right| match name {
        "double" => String::from("number + 2"),
        "halve" => String::from("panic!(\"no {number}\")"),
        "square" => String::from("std::process::exit(number as i32)"),
        "negate" => String::from("loop {\n        std::hint::spin_loop();\n    }"),
        _ => right.to_owned(),
    });
    course.write(LIB, &answer);
    let line = |words: &str| answer.lines().position(|line| line.contains(words));
    let report = check(&course, "98 --time-limit 2 --seed 5");
    let wrong = ["double", "halve", "square", "negate"];
    statuses(
        &report,
        &wrong.map(|name| (name, Status::Failed)),
        Status::Passed,
    );
    for (name, kind, words, place) in [
        (
            "double",
            Kind::WrongResult,
            "your function returned ",
            "pub fn double",
        ),
        (
            "halve",
            Kind::Panic,
            "your function panicked: no 14",
            "panic!",
        ),
        (
            "square",
            Kind::Crash,
            "your function called `exit`",
            "exit(",
        ),
        ("negate", Kind::Timeout, "no answer within 2 s", ""),
    ] {
        let found = failure(&report, name);
        assert_eq!((found.kind, found.ranks, found.rank), (kind, None, None));
        assert!(found.message.contains(words), "{found:#?}");
        assert_eq!(found.places[0].file.as_deref(), Some(LIB), "{found:#?}");
        if !place.is_empty() {
            let line = line(place).unwrap() as u32 + 1;
            assert_eq!(found.places[0].line, Some(line), "{found:#?}");
        }
    }
    let hang = failure(&report, "negate").places[0].line.unwrap();
    let first = line("loop {").unwrap() as u32 + 1;
    assert!((first..=first + 1).contains(&hang), "line {hang}");
    assert_eq!(task(&report, "next").failures, []);

    no_mpi("run 98").run().succeeds_with(&["23"]);
    let said = no_mpi("check 98 --time-limit 2").run();
    for words in [
        "98 Plain",
        "FAIL  double",
        "ok    next",
        "cargo xtask hint 98.double",
    ] {
        assert!(said.stdout.contains(words), "no `{words}` in {said:#?}");
    }
    for words in ["rank 0", "1 rank", " -n "] {
        assert!(!said.stdout.contains(words), "{words} in {said:#?}");
    }
}

const WRITE_NOWHERE: &str = r"
/// Writes where there is no memory.
#[inline(never)]
pub fn write_nowhere(number: i64) {
    // SAFETY: none, on purpose.
    unsafe { std::ptr::null_mut::<i64>().write_volatile(number) }
}
";

#[test]
fn a_signal_in_another_thread_has_its_line() {
    let course = course();
    add(&course);
    let in_thread = |work: &str| {
        format!(
            "std::thread::scope(|scope| {{\n        scope.spawn(|| {{\n            {work}\n        }});\n    }});\n    number"
        )
    };
    let answer = functions(|name, right| match name {
        "double" => in_thread("mapped_file::write_nowhere(number); // fault"),
        "halve" => in_thread("std::process::abort(); // abort"),
        _ => right.to_owned(),
    });
    course.write(LIB, &answer);
    // Safe code has no such faults, but the libraries that it calls may.
    let library = "xtask/mapped-file/src/lib.rs";
    course.write(library, &(course.read(library) + WRITE_NOWHERE));
    for manifest in [OWN_MANIFEST, MANIFEST_COPY] {
        let dependency = "\n[dependencies]\nmapped-file.workspace = true\n";
        course.write(manifest, &(course.read(manifest) + dependency));
    }
    let report = check(&course, "98");
    for (name, words, mark) in [
        ("double", "SIGSEGV", "// fault"),
        ("halve", "SIGABRT", "// abort"),
    ] {
        let found = failure(&report, name);
        assert_eq!(found.kind, Kind::Crash);
        assert!(found.message.contains(words), "{found:#?}");
        let line = answer.lines().position(|line| line.contains(mark)).unwrap();
        assert_eq!(found.places[0].line, Some(line as u32 + 1), "{found:#?}");
    }
}

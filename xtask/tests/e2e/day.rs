//! A student's day: list, hint, run, reset, solution, report, and the progress that is kept.

use crate::{
    answer::Answer,
    command::{Said, check_shape},
    course::{Course, REFERENCE, STUDENT, course},
    plain,
    verdicts::scatter_backwards,
};
use quick_xml::{Reader, events::Event};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path, process};

fn progress(course: &Course) -> Value {
    serde_json::from_str(&course.read(".workbook/progress.json")).unwrap()
}

/// How many tasks of 05 the list shows as passed.
fn passed(course: &Course) -> String {
    let said = course.xtask("list").run();
    said.succeeds_with(&["03", "05", "Collectives", "138 min"]);
    let line = said
        .stdout
        .lines()
        .find(|line| line.contains("Collectives"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    let of = words.iter().position(|word| *word == "of").unwrap();
    words[of - 1..=of + 1].join(" ")
}

#[test]
fn progress_is_the_students_own_and_two_checks_at_once_lose_none() {
    let course = course();
    assert_eq!(passed(&course), "0 of 17");
    course
        .xtask("check 05 --solution --ranks 1")
        .run()
        .succeeds_with(&[]);
    assert!(!course.path(".workbook/progress.json").exists());

    Answer::reference(&course).submit(&course);
    // One builds, the others wait for cargo and then run at the same time.
    let tasks = ["05.scatter", "05.gather", "05.scan", "05.reduce"];
    let start = |name: &&str| course.xtask(&format!("check {name} --ranks 1,2")).start();
    let mut running: Vec<_> = tasks.iter().map(start).collect();
    for one in &mut running {
        one.wait().succeeds_with(&["Well done"]);
        one.is_gone();
    }
    assert_eq!(passed(&course), "4 of 17");
    let kept = progress(&course);
    for name in ["scatter", "gather", "scan", "reduce"] {
        let entry = &kept["exercises"]["collectives"]["tasks"][name];
        assert_eq!(entry["status"], "passed", "{kept:#}");
    }

    scatter_backwards(&course);
    assert_eq!(
        course.xtask("check 05.scatter --ranks 2").run().code,
        Some(1)
    );
    assert_eq!(passed(&course), "3 of 17");

    // A file that a disk fault has spoilt is put aside, and said so.
    course.write(".workbook/progress.json", "{\"exercises\": ");
    let said = course.xtask("list").run();
    said.succeeds_with(&["0 of 17"]);
    assert!(
        said.stderr.contains("progress.json.unreadable-1"),
        "{said:#?}"
    );
}

#[test]
fn what_comes_next_is_what_is_open() {
    let course = course();
    plain::add(&course);
    course.keep_only(&["05-collectives", "98-plain"]);
    course.write(plain::LIB, &course.read(plain::SOLUTION));
    let check = |name: &str| course.xtask(&format!("check {name}")).run();
    // Its lesson says where to read on, from wherever one stands.
    let text = course.read("exercises/98-plain/README.md");
    let line = text.lines().position(|line| line == "## halve").unwrap() + 1;
    for (folder, path) in [
        ("", "exercises/98-plain/README.md"),
        ("exercises/98-plain/src", "../README.md"),
    ] {
        let read = format!("Read \"halve\" in {path}:{line}.");
        course
            .xtask("check 98.double")
            .from(&course.path(folder))
            .run()
            .succeeds_with(&[
                "The next task is `halve`.",
                &read,
                "cargo xtask check 98.halve   the next task",
                "the other tasks",
            ]);
    }
    // The last exercise passes, and the first has not been begun.
    let said = check("98");
    said.succeeds_with(&[
        "Well done",
        "The next task is `barrier` of exercise 05 Collectives.",
        "cargo xtask check 05.barrier",
        "exercises/05-collectives/README.md:",
    ]);
    assert!(!said.stdout.contains("course"), "{said:#?}");
    check("98.double").succeeds_with(&["cargo xtask check 05.barrier"]);

    let mut kept = progress(&course);
    let manifest = course.read("exercises/05-collectives/exercise.toml");
    let names = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("name = "));
    let passed = |name: &str| {
        (
            name.trim_matches('"').to_owned(),
            json!({"status": "passed"}),
        )
    };
    let tasks: BTreeMap<_, _> = names.map(passed).collect();
    kept["exercises"]["collectives"] = json!({ "tasks": tasks });
    course.write(".workbook/progress.json", &kept.to_string());
    check("98").succeeds_with(&["the whole course passes"]);
}

#[test]
fn hints_come_one_by_one() {
    let course = course();
    let hint = |arguments: &str| course.xtask(&format!("hint {arguments}")).run();
    hint("05.scatter").succeeds_with(&["Hint 1 of 3 for 05.scatter", "Every rank gets"]);
    hint("collectives.4").succeeds_with(&["Hint 2 of 3", "scatter_into_root"]);
    hint("05.scatter").succeeds_with(&["Hint 3 of 3", "xtask solution 05.scatter"]);
    // The last one stays.
    hint("05.scatter").succeeds_with(&["Hint 3 of 3"]);
    // Another task's begin at the first; without a task it is the next one to do.
    hint("05.gather").succeeds_with(&["Hint 1 of 3 for 05.gather"]);
    hint("05").succeeds_with(&["Hint 1 of 3 for 05.barrier"]);
    let said = hint("05");
    said.succeeds_with(&["Hint 2 of 3 for 05.barrier"]);
    let long = said.stdout.lines().find(|line| line.chars().count() > 80);
    assert_eq!(long, None);
}

#[test]
fn the_solution_is_shown_as_a_difference() {
    let course = course();
    let said = course.xtask("solution 05.scatter").run();
    said.succeeds_with(&[
        "--- exercises/05-collectives/src/lib.rs",
        "+++ solutions/05-collectives/src/lib.rs",
        "-    todo!()",
        "+    let root = world.process_at_rank(0);",
    ]);
    assert!(!said.stdout.contains("fn gather"), "{said:#?}");
    let whole = course.xtask("solution 05").run();
    whole.succeeds_with(&["+    Some(all)", "SystemOperation::sum()"]);
    // Of a file that is no Rust at the moment, too.
    course.write(STUDENT, "pub fn scatter( {");
    course
        .xtask("solution 05.scatter")
        .run()
        .succeeds_with(&["+"]);
    course.write(STUDENT, &course.read(REFERENCE));
    let same = course.xtask("solution 05").run();
    same.succeeds_with(&["say the same"]);
}

#[test]
fn a_reset_keeps_the_work_and_names_it() {
    let course = course();
    let stub = course.read(STUDENT);
    let reset = || course.xtask("reset 05").run();
    reset().succeeds_with(&["nothing to do"]);
    for number in [1, 2] {
        let work = format!("// what I did in the {number}. hour\n");
        course.write(STUDENT, &work);
        let kept = format!("{STUDENT}.kept-{number}");
        let back = format!("cp {kept} {STUDENT}");
        reset().succeeds_with(&["is as the course brought it", &kept, &back]);
        assert_eq!(course.read(STUDENT), stub);
        assert_eq!(course.read(&kept), work);
    }
    assert!(
        course
            .read(&format!("{STUDENT}.kept-1"))
            .contains("1. hour")
    );
    // What was passed is to be done again.
    Answer::reference(&course).submit(&course);
    course
        .xtask("check 05.scan --ranks 1")
        .run()
        .succeeds_with(&[]);
    assert_eq!(passed(&course), "1 of 17");
    reset().succeeds_with(&[]);
    assert_eq!(passed(&course), "0 of 17");
}

#[test]
fn a_task_is_reset_alone_and_the_exercise_worked_on_last_is_the_current_one() {
    let course = course();
    let reference = course.read(REFERENCE);
    course.write(STUDENT, &reference);
    let both = |name: &str| course.xtask(&format!("check {name} --ranks 1")).run();
    both("05.scan").succeeds_with(&[]);
    both("05.gather").succeeds_with(&[]);
    assert_eq!(passed(&course), "2 of 17");
    let kept = format!("{STUDENT}.kept-1");
    let said = course.xtask("reset 05.scan").run();
    said.succeeds_with(&["`scan` in", &kept]);
    assert_eq!(course.read(&kept), reference);
    let text = course.read(STUDENT);
    assert_eq!(text.matches("todo!()").count(), 1);
    assert_eq!(passed(&course), "1 of 17");
    // Exercise 03 comes first and is open, too.
    let said = course.xtask("hint").run();
    said.succeeds_with(&["for 05.barrier"]);
}

#[test]
fn the_demo_runs_in_the_terminal() {
    let course = course();
    Answer::reference(&course).submit(&course);
    let said = course.xtask("run 05 -n 3").run();
    said.succeeds_with(&["rank 0", "rank 2", "its transpose"]);
    // The stub's ends at its first todo.
    course.write(
        STUDENT,
        &course.read("xtask/course/stubs/05-collectives.rs"),
    );
    let stub = course.read(STUDENT);
    let line = stub
        .lines()
        .skip_while(|line| !line.starts_with("pub fn broadcast_object"))
        .position(|line| line.contains("todo!"));
    let before = stub
        .lines()
        .position(|line| line.starts_with("pub fn broadcast_object"));
    let line = before.unwrap() + line.unwrap();
    let said = course.xtask("run 05 -n 2").env("RUST_BACKTRACE", "1").run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    let words = format!(
        "\n`broadcast_object` is not written yet: {STUDENT}:{}\n\
         Write it, and see whether it is right: cargo xtask check 05.broadcast-object\n",
        line + 1
    );
    // That, and nothing of what MPI says about the end of its ranks.
    assert_eq!(said.stderr, words);
}

#[test]
fn what_a_demo_cannot_show_is_refused_once_and_by_all_ranks() {
    let course = course();
    for (exercise, arguments, words) in [
        ("08", "0 5", "A grid of 0 rows has no cells."),
        (
            "08",
            "2 9",
            "A grid of 2 × 9 cells is too small for 3 ranks",
        ),
        (
            "08",
            "9 9 1 nowhere/heat.png",
            "nowhere/heat.png cannot be written",
        ),
        ("09", "2 4", "A grid of 2 × 4 does not fit 3 ranks"),
        ("09", "1 3 7", "3 ranks cannot be on 7 nodes"),
        ("09", "2 x", "`x` is not a number of rows"),
        ("11", "0 5", "A picture of width 0 has no pixels."),
        (
            "11",
            "9 9 nowhere/julia.png",
            "nowhere/julia.png cannot be written",
        ),
        ("13", "0 5", "A matrix of 0 × 5 has no elements."),
        (
            "13",
            "5 8 2 3 4 4",
            "A block of 2 × 3 from row 4 and column 4 is not inside a matrix of 5 × 8.",
        ),
        ("14", "65", "`65` is not a number of tasks from 1 to 64."),
        ("16", "3 5", "3 points are too few for 5 centers"),
        ("17", "0", "Each rank has 1 to 1000000 keys."),
    ] {
        let said = course
            .xtask(&format!("run {exercise} -n 3 -- {arguments}"))
            .run();
        said.fails_with(1, &[words, "The program ended with exit status: 2."]);
        assert_eq!(said.stderr.matches(words).count(), 1, "{said:#?}");
    }
}

/// The elements of an XML document by name, when it is well-formed.
fn elements(said: &Said) -> BTreeMap<String, usize> {
    let mut reader = Reader::from_str(&said.stdout);
    reader.config_mut().check_end_names = true;
    let (mut found, mut depth) = (BTreeMap::new(), 0);
    loop {
        let event = reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error} in {said:#?}"));
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                start
                    .attributes()
                    .for_each(|attribute| drop(attribute.unwrap()));
                *found.entry(name).or_default() += 1;
            }
            Event::Eof => break,
            _ => {}
        }
        depth += i32::from(matches!(event, Event::Start(_)));
        depth -= i32::from(matches!(event, Event::End(_)));
    }
    assert_eq!(depth, 0, "{said:#?}");
    found
}

#[test]
fn the_whole_course_is_reported_for_people_programs_and_servers() {
    let course = course();
    plain::add(&course);
    course.keep_only(&["03-mpi-p2p", "05-collectives", "98-plain"]);
    scatter_backwards(&course);
    let json = course.xtask("report --format json").run();
    assert_eq!((json.code, json.stdout.lines().count()), (Some(1), 1));
    let value: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(value["schema"], 1);
    let reports = value["reports"].as_array().unwrap();
    let names: Vec<&Value> = reports.iter().map(|report| &report["exercise"]).collect();
    assert_eq!(names, ["03-mpi-p2p", "05-collectives", "98-plain"]);
    reports.iter().for_each(check_shape);
    let tasks: usize = reports
        .iter()
        .map(|report| report["tasks"].as_array().unwrap().len())
        .sum();

    let junit = course.xtask("report --format junit").run();
    assert_eq!(junit.code, Some(1), "{junit:#?}");
    assert!(junit.stdout.starts_with("<?xml "), "{junit:#?}");
    let found = elements(&junit);
    assert_eq!(found["testsuites"], 1);
    assert_eq!(
        (found["testsuite"], found["testcase"]),
        (reports.len(), tasks)
    );
    assert_eq!((found["failure"], found["skipped"]), (1, tasks - 17));

    let one = course.xtask("check 05 --format junit").run();
    assert_eq!(elements(&one)["testcase"], 17);
    let human = course.xtask("report").run();
    assert_eq!(human.code, Some(1), "{human:#?}");
    for words in ["05-collectives", "16 of 17", "scatter (wrong-result)"] {
        assert!(human.stdout.contains(words), "no `{words}` in {human:#?}");
    }
    // The student's progress is what all these checks came to.
    assert_eq!(passed(&course), "16 of 17");
}

#[test]
fn work_that_is_kept_is_no_news_to_git() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::copy(
        repository.join(".gitignore"),
        folder.path().join(".gitignore"),
    )
    .unwrap();
    let git = |arguments: &[&str]| {
        let mut git = process::Command::new("git");
        // Whoever tests in a hook of git has told it of another repository.
        git.args(arguments)
            .current_dir(&folder)
            .env_remove("GIT_DIR");
        git.output().unwrap()
    };
    assert!(git(&["init", "--quiet"]).status.success());
    let ignored = |path: &str| git(&["check-ignore", path]).status.success();
    assert!(ignored(&format!("{STUDENT}.kept-1")) && ignored(&format!("{STUDENT}.kept-12")));
    for seen in [
        STUDENT,
        "exercises/05-collectives/src/lib.rs.kept-by-me",
        "exercises/05-collectives/src/main.rs",
        "solutions/05-collectives/src/lib.rs.kept-1",
    ] {
        assert!(!ignored(seen), "{seen}");
    }
}

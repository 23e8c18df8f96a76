//! What a person can ask for, rightly and wrongly, and the exit status that says which.

use crate::{
    command::{Command, Said, check, task},
    course::{STUDENT, course},
    verdicts::scatter_backwards,
};
use std::fs;
use verdict::Status;

#[test]
fn an_exercise_and_a_task_have_many_names() {
    let course = course();
    let one = ["--ranks", "1", "--format", "json"].join(" ");
    for name in [
        "05",
        "5",
        "collectives",
        "05-collectives",
        "exercises/05-collectives/",
    ] {
        let report = course.xtask(&format!("check {name} {one}")).run().report();
        assert_eq!(
            (report.exercise.as_str(), report.tasks.len()),
            ("05-collectives", 17)
        );
    }
    for name in ["05.scatter", "05.4", "collectives.scatter", "5.SCATTER"] {
        let report = course.xtask(&format!("check {name} {one}")).run().report();
        assert_eq!(report.tasks.len(), 1);
        assert_eq!(report.tasks[0].name, "scatter");
    }
    // In an exercise's folder it needs no name, and elsewhere it is the one that was worked on last.
    let inside = course.path("exercises/05-collectives/src");
    let said = course.xtask(&format!("check {one}")).from(&inside).run();
    assert_eq!(said.report().exercise, "05-collectives");
    course.xtask("hint").run().succeeds_with(&["for 05."]);
}

#[test]
fn the_exit_status_says_whose_fault_it_is() {
    let course = course();
    let code = |arguments: &str| course.xtask(arguments).run().code;
    assert_eq!(code("check 05.scatter --solution"), Some(0));
    // Not started is not passed.
    assert_eq!(code("check 05.scatter"), Some(1));
    scatter_backwards(&course);
    assert_eq!(code("check 05.gather"), Some(0));
    assert_eq!(code("check 05.scatter"), Some(1));
    course.write(STUDENT, "this is no Rust");
    assert_eq!(code("check 05.gather"), Some(1));
}

#[test]
fn questions_that_cannot_be_answered_are_refused_with_what_to_do() {
    let course = course();
    let refused = |arguments: &str, words: &[&str]| {
        let said = course.xtask(arguments).run();
        said.fails_with(2, words);
        assert_eq!(said.stdout, "", "{said:#?}");
    };
    refused("check 77", &["`77`", "cargo xtask list"]);
    refused("check colectives", &["05-collectives"]);
    refused("check scater", &["05.scatter"]);
    refused("check 05.scater", &["05.scatter"]);
    refused("check 05.18", &["05"]);
    refused("hint 05.gahter", &["05.gather"]);
    refused("solution 05.barier", &["05.barrier"]);
    refused("bench 06.serial", &["whole exercise"]);
    refused("run 05 --seed 3", &["--seed is for a task", "05.1"]);
    refused("trace 05 --seed 3", &["--seed is for a task", "05.1"]);
    refused("run 05.scatter -- more", &["`cargo xtask run 05 -- …`"]);
    refused("reset 05.scater", &["05.scatter"]);
    refused("bench 05", &["05-collectives has no", "06-pi"]);
    refused("bench 06.hits", &["06"]);
    refused("bench 01 --peers", &["01-threading has no peers", "06-pi"]);
    refused("bench 06 --rounds 3", &["--peers"]);
    refused("chekc 05", &["check"]);
    refused("check 05 --rank 3", &["--ranks"]);
    refused("check 05 --ranks 0", &["0", "1..=4096"]);
    refused("check 05 --ranks 1,,2", &["--ranks"]);
    refused("check 05 --ranks -3", &["-3"]);
    refused("check 05 --seed -1", &["-1"]);
    refused("check 05 --seed many", &["many"]);
    refused("check 05 --time-limit 0", &["0"]);
    refused("check 05 --format xml", &["xml", "junit"]);
    refused("run 05 -n 0", &["0"]);
    refused("setup --private --system", &["--system"]);
    // An answer in JSON is an answer; a question at fault has none.
    refused("check 77 --format json", &["`77`"]);
}

#[test]
fn the_bare_command_lists_what_there_is() {
    let course = course();
    let said = course.xtask("").run();
    said.succeeds_with(&["setup", "doctor", "check", "watch", "hint", "verify"]);
    let long = said.stdout.lines().find(|line| line.chars().count() > 80);
    assert_eq!(long, None);
}

#[test]
fn outside_the_workbook_it_says_where_to_go() {
    let elsewhere = tempfile::tempdir().unwrap();
    for arguments in ["check 05", "list", "doctor", "report"] {
        let said = Command::new(elsewhere.path(), arguments).run();
        said.fails_with(2, &["no workbook", "change into the folder"]);
    }
    let left = fs::read_dir(elsewhere.path()).unwrap().count();
    assert_eq!(left, 0);
}

#[test]
fn a_course_that_cannot_be_read_names_file_and_line() {
    let course = course();
    let name = "exercises/05-collectives/exercise.toml";
    let broken = |from: &str, to: &str| -> Said {
        let whole = course.read(name);
        course.change(name, from, to);
        let said = course.xtask("check 03 --ranks 1").run();
        course.write(name, &whole);
        said
    };
    let toml = broken("minutes = 138", "minutes = ninety");
    toml.fails_with(2, &["exercises/05-collectives/exercise.toml:2"]);
    let unknown = broken("ranks = ", "rank = ");
    unknown.fails_with(2, &["exercises/05-collectives/exercise.toml:3", "`rank`"]);
    // A task that the exercise names and nobody checks.
    let name = "exercises/05-collectives/checks/tasks.rs";
    course.change(name, "        .task(\"gather\", moving::gather)\n", "");
    let said = course.xtask("check 05.gather --solution").run();
    said.fails_with(2, &["`gather`", "has no check", "checks/tasks.rs"]);
}

#[test]
fn rank_counts_can_be_chosen() {
    let course = course();
    let report = check(&course, "05.scan --solution --ranks 5,2,5");
    assert_eq!(task(&report, "scan").ranks, [2, 5]);
    assert_eq!(task(&report, "scan").status, Status::Passed);
}

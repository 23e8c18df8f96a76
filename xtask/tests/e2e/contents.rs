//! A verdict belongs to the contents of the files that are there, whatever their times say: files come
//! by `cp -p`, `rsync -a`, `unzip -o` and `mv` with times that cargo takes for those of older ones.

use crate::{
    command::{check, task},
    course::{Course, course},
    plain::{self, LIB, SOLUTION, right_but},
};
use std::{
    fs::{self, File},
    process,
    time::{Duration, SystemTime},
};
use verdict::Status::{self, Failed, NotStarted, Passed};

/// A time long before every build, and one after all of them.
fn times() -> [SystemTime; 2] {
    let now = SystemTime::now();
    [
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000),
        now + Duration::from_secs(5),
    ]
}

/// Puts a file in the place of another one, with a time of its own.
fn put(course: &Course, name: &str, text: &str, time: SystemTime) {
    course.write(name, text);
    let file = File::options().write(true).open(course.path(name));
    file.unwrap().set_modified(time).unwrap();
}

fn doubles(course: &Course, arguments: &str) -> Status {
    task(&check(course, arguments), "double").status
}

fn right() -> String {
    right_but("double", "2 * number")
}

fn wrong() -> String {
    right_but("double", "2 * number + 1")
}

#[test]
fn an_answer_is_judged_by_its_contents() {
    let course = course();
    plain::add(&course);
    for time in times() {
        for (text, status) in [
            (right(), Passed),
            (wrong(), Failed),
            (right(), Passed),
            (right_but("double", "todo!()"), NotStarted),
            (wrong(), Failed),
        ] {
            put(&course, LIB, &text, time);
            assert_eq!(doubles(&course, "98.double"), status, "{text}");
            // And again, when all that is known is what was built.
            assert_eq!(doubles(&course, "98.double"), status, "{text}");
        }
        // A build that fails leaves the one before it.
        put(&course, LIB, &right(), time);
        assert_eq!(doubles(&course, "98.double"), Passed);
        put(&course, LIB, &right_but("double", "\"two\""), time);
        assert_eq!(doubles(&course, "98.double"), Status::NotRun);
        put(&course, LIB, &wrong(), time);
        assert_eq!(doubles(&course, "98.double"), Failed);
    }
}

#[test]
fn a_file_that_was_kept_comes_back_by_mv() {
    let course = course();
    plain::add(&course);
    course.write(LIB, &right());
    assert_eq!(doubles(&course, "98.double"), Passed);
    course.xtask("reset 98").run().succeeds_with(&["kept-1"]);
    assert_eq!(doubles(&course, "98.double"), NotStarted);
    fs::rename(course.path(&format!("{LIB}.kept-1")), course.path(LIB)).unwrap();
    assert_eq!(doubles(&course, "98.double"), Passed);
}

#[test]
fn so_are_other_files_the_demo_the_reference_and_the_checks() {
    let course = course();
    plain::add(&course);
    let [old, _] = times();
    let more = "exercises/98-plain/src/more.rs";
    let text = right_but("double", "more::double(number)") + "\nmod more;\n";
    let double =
        |by: &str| format!("pub fn double(number: i64) -> i64 {{\n    {by} * number\n}}\n");
    course.write(LIB, &text);
    course.write(more, &double("2"));
    assert_eq!(doubles(&course, "98.double"), Passed);
    course.xtask("run 98").run().succeeds_with(&["42"]);
    put(&course, more, &double("3"), old);
    // The check has what the demo has built, and the other way round.
    course.xtask("run 98").run().succeeds_with(&["63"]);
    assert_eq!(doubles(&course, "98.double"), Failed);
    put(&course, more, &double("2"), old);
    assert_eq!(doubles(&course, "98.double"), Passed);
    course.xtask("run 98").run().succeeds_with(&["42"]);

    assert_eq!(doubles(&course, "98.double --solution"), Passed);
    put(&course, SOLUTION, &wrong(), old);
    assert_eq!(doubles(&course, "98.double --solution"), Failed);
    put(&course, SOLUTION, &right(), old);
    assert_eq!(doubles(&course, "98.double --solution"), Passed);

    let checks = "exercises/98-plain/checks/tasks.rs";
    let stricter = course.read(checks).replace("2 * number,", "3 * number,");
    put(&course, checks, &stricter, old);
    for arguments in ["98.double", "98.double --solution"] {
        assert_eq!(doubles(&course, arguments), Failed);
    }
}

#[test]
fn what_was_built_by_hand_meanwhile_counts_for_nothing() {
    let course = course();
    plain::add(&course);
    let [old, _] = times();
    put(&course, LIB, &right(), old);
    assert_eq!(doubles(&course, "98.double"), Passed);
    course.write(LIB, &wrong());
    for package in ["plain", "check-plain"] {
        let mut cargo = process::Command::new("cargo");
        cargo.args(["build", "--quiet", "--package", package]);
        cargo
            .env_remove("CARGO_TARGET_DIR")
            .current_dir(course.root());
        assert!(cargo.status().unwrap().success());
        put(&course, LIB, &right(), old);
        assert_eq!(doubles(&course, "98.double"), Passed, "{package}");
        course.write(LIB, &wrong());
    }
}

#[test]
fn two_checks_at_once_and_one_that_is_stopped_leave_nothing_behind() {
    let course = course();
    plain::add(&course);
    let [old, _] = times();
    put(&course, LIB, &right(), old);
    assert_eq!(doubles(&course, "98.double"), Passed);
    for (text, status) in [(wrong(), Failed), (right(), Passed)] {
        put(&course, LIB, &text, old);
        let start = || course.xtask("check 98.double --format json").start();
        let mut both = [start(), start()];
        for running in &mut both {
            assert_eq!(task(&running.wait().report(), "double").status, status);
        }
    }
    put(&course, LIB, &wrong(), old);
    let mut stopped = course.xtask("check 98.double").start();
    stopped.interrupt();
    stopped.wait();
    assert_eq!(doubles(&course, "98.double"), Failed);
}

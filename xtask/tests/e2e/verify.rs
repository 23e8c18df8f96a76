//! The course checks itself, and so the copy too. This is the test that keeps stubs, references,
//! mistakes, lessons, lints and documentation right.

use crate::{
    command::Said,
    course::course,
    plain::{self, LIB, SOLUTION},
};
use std::env;

#[test]
fn the_course_is_as_it_should_be() {
    let course = course();
    // All of them take as long as the other tests together.
    let (one_in, mistakes) = match env::var_os("WORKBOOK_ALL") {
        Some(_) => (1, "every mistake gets its verdict"),
        None => (30, "one mistake in 30, from number"),
    };
    let said = course.xtask(&format!("verify --one-in {one_in}")).run();
    said.succeeds_with(&["The course is as it should be"]);
    for step in [
        "the layout",
        "the Markdown",
        "the formatting",
        "the slides",
        "the programs on the slides, strictly",
        "the lints",
        "the documentation",
        "03-mpi-p2p: the stub is not started",
        "04-deadlock-avoidance: its program with the reference, strictly",
        "05-collectives: the reference passes, twice",
        &format!("05-collectives: {mistakes}"),
    ] {
        let line = format!("ok    {step}");
        assert!(said.stdout.contains(&line), "no `{line}` in {said:#?}");
    }
}

/// The problems that it names must be those that were made, each with its place.
#[track_caller]
fn finds(said: &Said, problems: &[(&str, &str)]) {
    assert_eq!(said.code, Some(1), "{said:#?}");
    for (place, words) in problems {
        let found = said
            .stdout
            .lines()
            .any(|line| line.contains(place) && line.contains(words));
        assert!(found, "no `{place}: {words}` in {}", said.stdout);
    }
}

#[test]
fn an_exercise_that_is_wrong_is_found_out() {
    let course = course();
    plain::add(&course);
    let right = course.xtask("verify 98").run();
    right.succeeds_with(&["The course is as it should be", "98-plain: every mistake"]);

    let mistakes = "solutions/98-plain/mistakes/main.rs";
    course.change(LIB, "    todo!()", "    2 * number");
    course.change(
        mistakes,
        "double = nothing => WrongResult",
        "double = nothing => Panic",
    );
    let few = "    mistake!(\"next\": next = never => Timeout, \"is not done\"),\n";
    course.change(mistakes, few, "");
    course.change(SOLUTION, "number / 2", "number / 3");
    course.change(SOLUTION, "-number", "return -number;");
    course.change(SOLUTION, "/// Returns it.", "/// Returns [`it`].");
    let lesson = "exercises/98-plain/README.md";
    course.change(lesson, "## square", "## The square");
    course.change(lesson, "check 98.halve", "check 98.half");
    course.change(lesson, "```rust", "```text");
    let demo = "exercises/98-plain/src/main.rs";
    course.change(demo, "plain::double(21)", "plain::halve(\"7\")");
    let said = course.xtask("verify 98").run();
    finds(&said, &[(demo, "does not compile with the reference")]);
    std::fs::remove_file(course.path("exercises/98-plain/src/main.rs")).unwrap();
    let said = course.xtask("verify 98").run();
    finds(
        &said,
        &[
            ("cargo clippy", "there are warnings"),
            ("cargo doc", "there are warnings"),
            (LIB, "differs from the copy"),
            (LIB, "the stub of `double` is passed"),
            (SOLUTION, "the reference of `halve` is failed: wrong-result"),
            (
                "solutions/98-plain/mistakes",
                "`nothing` of `double` must get panic, and gets wrong-result",
            ),
            ("solutions/98-plain/mistakes", "has 2 mistakes for `next`"),
            (lesson, "no section for the task `square`"),
            (lesson, "does not say `cargo xtask check 98.halve`"),
            (lesson, "no complete example"),
            ("exercises/98-plain/src/main.rs", "is missing"),
        ],
    );
    // What is right is not complained of.
    assert!(!said.stdout.contains("`negate`"), "{}", said.stdout);
}

/// What concerns the course as a whole, on a course that is quick to judge.
#[test]
fn a_course_that_is_wrong_is_found_out() {
    let course = course();
    plain::add(&course);
    course.keep_only(&["98-plain"]);
    let lesson = "exercises/98-plain/README.md";
    let text = course.read(lesson)
        + "\nSee [there](gone.md), [here](#plain), [below](#cellar) and\n![it](gone.svg).\n\n\
           ![own](own.svg) ![](../../slides/figures/ring.svg)\n\n\
           ```rust\nlet in_no_file = 1;\n```\n\n{{#include src/gone.rs}}\n{{#include src/lib.rs:gone}}\n\n\
           Type `cargo xtask chekc 98`, `cargo xtask check 98.treble`, `cargo xtask run slides/hello -n 7` or \
           `cargo xtask check 98`.\n";
    course.write(lesson, &text);
    course.write("exercises/98-plain/own.svg", "<svg/>");
    course.change("slides/figures/scan.svg", "<svg ", "<svg id=\"mine\" ");
    course.change(SOLUTION, "2 * number", "2*number");
    course.write("notes/todo.txt", "");
    // Both messages from one rank: that lives on MPI's buffers.
    let tags = "slides/programs/src/bin/tags.rs";
    course.change(tags, "2 => receiver.send_with_tag(&20, URGENT),", "2 => {}");
    course.change(
        tags,
        "1 => receiver.send_with_tag(&10, CALM),",
        "1 => {\n            receiver.send_with_tag(&10, CALM);\n            \
         receiver.send_with_tag(&20, URGENT);\n        }",
    );
    let runs = "slides/programs/runs.toml";
    course.change(runs, "program = \"ring\"", "program = \"lost\"");
    let shows = ", shows = \"deadlock\"";
    course.change(
        runs,
        &format!("\"both_receive\", ranks = 2{shows}"),
        "\"both_receive\", ranks = 2",
    );
    course.change(
        runs,
        "\"hello\", ranks = 4",
        &format!("\"hello\", ranks = 4{shows}"),
    );
    let said = course.xtask("verify").run();
    finds(
        &said,
        &[
            ("notes", "does not belong at the top level"),
            ("xtask/course/stubs/05-collectives.rs", "no exercise has"),
            (lesson, "`gone.md` leads nowhere"),
            (lesson, "`gone.svg` leads nowhere"),
            (lesson, "`#cellar` leads to no heading"),
            (lesson, "`own.svg` is not one of slides/figures"),
            (lesson, "`../../slides/figures/ring.svg` has no text"),
            ("slides/figures/scan.svg", "is not what its function draws"),
            (lesson, "cannot include `src/gone.rs`"),
            (lesson, "has no anchor `gone`"),
            (lesson, "is in no file that is compiled"),
            (lesson, "unrecognized subcommand 'chekc'"),
            (lesson, "`cargo xtask check 98.treble`:"),
            (lesson, "has no such run, so nobody knows that it works"),
            ("cargo fmt", "would change something"),
            (tags, "`tags` on 3 ranks gets unsafe-send"),
            (runs, "has no run of `ring`"),
            (runs, "runs `lost`, and no program of this name calls MPI"),
            ("bin/both_receive.rs", "gets deadlock"),
            ("bin/hello.rs", "must get deadlock, and nothing is found"),
        ],
    );
    assert!(!said.stdout.contains("`#plain`"), "{}", said.stdout);
    assert!(
        !said.stdout.contains("`cargo xtask check 98`"),
        "{}",
        said.stdout
    );
}

#[test]
fn new_exercises_and_tasks_are_verified_at_once_and_what_is_to_be_written_is_named() {
    let course = course();
    for (words, is) in [
        ("exercise 97-strong-wind", "cargo xtask verify 97"),
        ("task 97.gusts", "`gusts` is the last task"),
        ("exercise 98-calm --without-mpi", "cargo xtask new task 98."),
    ] {
        course
            .xtask(&format!("new {words}"))
            .run()
            .succeeds_with(&[is]);
    }
    let said = course.xtask("verify 97 98").run();
    for step in [
        "the stub is not started",
        "the reference passes, twice",
        "every mistake gets",
    ] {
        for folder in ["97-strong-wind", "98-calm"] {
            let line = format!("ok    {folder}: {step}");
            assert!(said.stdout.contains(&line), "no `{line}` in {said:#?}");
        }
    }
    finds(
        &said,
        &[
            (
                "97-strong-wind/exercise.toml:",
                "is still to be written: a nudge, as a question.",
            ),
            (
                "97-strong-wind/README.md:",
                "is still to be written: what problem",
            ),
            (
                "97-strong-wind/mistakes/gusts.rs:1",
                "is still to be written",
            ),
        ],
    );
    // In the order in which one writes: the idea before the hints, the lesson before the stub.
    let at = |words: &str| said.stdout.find(words);
    assert!(at("the one idea") < at("a nudge"));
    assert!(at("98-calm/README.md:") < at("98-calm/src/lib.rs:"));

    // Nothing is written over.
    for (words, why) in [
        ("exercise 97-strong-wind", "has the number or the topic"),
        ("exercise wind", "write two digits, a hyphen and"),
        ("task 97.gusts", "has a task `gusts`"),
        ("task 97.Gusts", "in lower case"),
        ("task gusts", "names no task"),
    ] {
        let said = course.xtask(&format!("new {words}")).run();
        assert_eq!(said.code, Some(2), "{said:#?}");
        assert!(said.stderr.contains(why), "{said:#?}");
    }
}

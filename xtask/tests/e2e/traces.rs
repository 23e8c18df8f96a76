//! The witness as a command, and the pictures that it draws: of an exercise's own program, and of
//! programs in C that are no exercise.

use crate::{
    answer::{Answer, HERE},
    command::{BOUND, Said, wait_for},
    course::{Course, STUDENT, course},
};
use serde_json::Value;
use std::{fs, path::PathBuf, process::Command};

/// What all of them begin with.
const BEGIN: &str = "#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    int rank, value = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Status *ignore = MPI_STATUS_IGNORE;
";

/// Compiles a program with the workbook's MPI, into a folder that the next test does not find.
fn compiled(course: &Course, name: &str, body: &str) -> PathBuf {
    let source = format!("programs/{name}.c");
    course.write(
        &source,
        &format!("{BEGIN}{body}\n    MPI_Finalize();\n}}\n"),
    );
    let program = course.path(&format!("programs/{name}"));
    let compiler = course.path(".workbook/bin/mpicc");
    let output = Command::new(compiler)
        .args(["-g", "-O0", "-o"])
        .arg(&program)
        .arg(course.path(&source))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    program
}

/// The line of the source that holds a text, counted from 1.
fn line(course: &Course, name: &str, text: &str) -> u64 {
    let source = course.read(&format!("programs/{name}.c"));
    let lines = source.lines().position(|line| line.contains(text));
    1 + lines.unwrap() as u64
}

/// The one object that was printed.
fn json(said: &Said) -> Value {
    assert_eq!(said.stdout.lines().count(), 1, "{said:#?}");
    serde_json::from_str(&said.stdout).unwrap()
}

/// The three files of a name: each is whole, and needs nothing but itself.
fn drawn(course: &Course, name: &str) -> (String, String, Value) {
    let read = |ending: &str| fs::read_to_string(course.path(&format!("{name}.{ending}"))).unwrap();
    let (svg, html, json) = (read("svg"), read("html"), read("json"));
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(html.trim_end().ends_with("</html>"));
    for page in [&svg, &html] {
        assert!(!page.contains("src=\"http") && !page.contains("href=\"http"));
    }
    (svg, html, serde_json::from_str(&json).unwrap())
}

#[test]
fn an_exercise_is_drawn() {
    let course = course();
    let name = ".workbook/traces/03-mpi-p2p";
    // Nothing is written yet: the program goes as far as it can, and ends its job then. That is small
    // enough for text.
    let said = course.xtask("trace 03 -n 3").run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    for text in [
        "3 ranks",
        "rank 2",
        "Recv:",
        "has ended the job with MPI_Abort",
        "1 finding on 3 ranks",
        "wrote .workbook/traces/03-mpi-p2p.html",
    ] {
        assert!(said.stderr.contains(text), "{text}: {said:#?}");
    }
    let (svg, html, events) = drawn(&course, name);
    for page in [&svg, &html] {
        assert!(page.contains("exercises/03-mpi-p2p/src/main.rs"), "{page}");
    }
    assert!(events["traceEvents"].as_array().unwrap().len() > 30);

    // The reference, as a student's answer: the same files, with lines of the answer.
    let answer = course.read("solutions/03-mpi-p2p/src/lib.rs");
    course.write("exercises/03-mpi-p2p/src/lib.rs", &answer);
    let said = course.xtask("trace 03 -n 3").run();
    // What the `mpi` crate makes once and for all, such as derived datatypes, is no leak to warn of.
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(
        said.stderr.contains("nothing was found on 3 ranks"),
        "{said:#?}"
    );
    let (svg, ..) = drawn(&course, name);
    assert!(svg.contains("exercises/03-mpi-p2p/src/lib.rs"));

    let said = course.xtask("trace 01").run();
    assert_eq!(said.code, Some(2), "{said:#?}");
    assert!(said.stderr.contains("does not use MPI"), "{said:#?}");
}

/// What the script of a page reads.
fn embedded(html: &str) -> Value {
    let (_, rest) = html.split_once("id=\"data\">").unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap()
}

/// Recordings that were kept for a picture of this seed, and are still there.
fn left(seed: &str) -> Vec<PathBuf> {
    let folders = [PathBuf::from("/dev/shm"), std::env::temp_dir()];
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
    let parts = entries
        .flatten()
        .map(|entry| entry.path().join(verdict::part::FILE));
    let is_ours = |path: &PathBuf| fs::read_to_string(path).is_ok_and(|text| text.contains(seed));
    parts.filter(is_ours).collect()
}

#[test]
fn a_task_is_drawn_where_it_fails() {
    let course = course();
    let name = ".workbook/traces/05-collectives.scan";
    // Right for the first input, and for one rank; from the second input on, two wait for each other.
    let answer = Answer::reference(&course).with(
        "scan",
        "if world.size() == 2 && items < 3 {
                let other = world.process_at_rank(1 - world.rank());
                let (start, _) = other.receive(); // HERE
                return (start, start + items);
            }
            let mut end: u64 = 0;
            world.scan_into(&items, &mut end, SystemOperation::sum());
            (end - items, end)",
    );
    answer.submit(&course);
    let line = answer.line("scan", HERE).unwrap();
    let said = course.xtask("trace 05.scan --seed 80615233").run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    for text in [
        "05.scan on 2 ranks, seed 80615233",
        "Input: the ranks have [",
        "deadlock: ranks 0 and 1 wait for each other",
        &format!("- rank 1 waits for rank 0 in MPI_Recv at {STUDENT}:{line}"),
        "wrote .workbook/traces/05-collectives.scan.html",
    ] {
        assert!(said.stdout.contains(text), "{text}: {said:#?}");
    }
    let (_, html, _) = drawn(&course, name);
    let data = embedded(&html);
    // Neither what went before, nor what the check itself and its other processes called.
    assert_eq!(
        data["functions"],
        serde_json::json!(["MPI_Recv"]),
        "{data:#}"
    );
    assert_eq!(data["ranks"], 2, "{data:#}");
    assert_eq!(data["files"], serde_json::json!([STUDENT]));
    assert_eq!(data["calls"]["line"], serde_json::json!([line, line]));
    assert_eq!(data["stuck"], serde_json::json!([[0, 1], [1, 0]]));
    assert!(html.contains("class=\"note failure\">deadlock:"), "{html}");
    assert_eq!(left("80615233"), Vec::<PathBuf>::new());

    // The same for those who want to read it.
    let said = course.xtask("run 05.scan -n 2 --seed 80615233").run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    for text in [
        "05.scan on 2 ranks, seed 80615233",
        "No rank has returned a value",
        "FAIL deadlock",
        "cargo xtask trace 05.scan -n 2 --seed 80615233",
    ] {
        assert!(said.stdout.contains(text), "{text}: {said:#?}");
    }
    // And the check names both commands.
    let said = course.xtask("check 05.scan --seed 80615233").run();
    for command in ["run", "trace"] {
        let text = format!("cargo xtask {command} 05.scan -n 2 --seed 80615233");
        assert!(said.stdout.contains(&text), "{text}: {said:#?}");
    }
}

#[test]
fn a_task_that_passes_is_shown_with_a_small_input() {
    let course = course();
    Answer::reference(&course)
        .with(
            "scan",
            "println!(\"I have {items}\");
            let mut end: u64 = 0;
            world.scan_into(&items, &mut end, SystemOperation::sum());
            (end - items, end)",
        )
        .submit(&course);
    let said = course.xtask("trace 05.scan").run();
    said.succeeds_with(&["05.scan on 4 ranks", "The task passes.", "Scan:"]);
    let (_, html, _) = drawn(&course, ".workbook/traces/05-collectives.scan");
    let data = embedded(&html);
    assert_eq!(
        data["functions"],
        serde_json::json!(["MPI_Scan"]),
        "{data:#}"
    );
    assert_eq!(data["calls"]["row"], serde_json::json!([0, 1, 2, 3]));

    let said = course.xtask("run 05.scan -n 3 --seed 11").run();
    said.succeeds_with(&[
        "05.scan on 3 ranks, seed 11",
        "passes on 3 ranks",
        "printed:",
    ]);
    // A few of the items are small: the ranks return consecutive ranges of them.
    let input = said.stdout.split_once("ranks have [").unwrap().1;
    let input = input.split_once(']').unwrap().0;
    let items: Vec<u64> = input
        .split(", ")
        .map(|items| items.parse().unwrap())
        .collect();
    assert!(items.iter().any(|items| *items > 0), "{said:#?}");
    let mut next = 0;
    for items in items {
        let range = format!("returned ({next}, {})", next + items);
        assert!(said.stdout.contains(&range), "{range}: {said:#?}");
        assert!(
            said.stdout.contains(&format!("| I have {items}")),
            "{said:#?}"
        );
        next += items;
    }
}

#[test]
fn what_cannot_be_drawn_of_a_task_is_said() {
    let course = course();
    let said = course.xtask("trace 01.baseline").run();
    said.fails_with(2, &["does not use MPI", "`cargo xtask run 01.baseline`"]);
    let said = course.xtask("run 01.baseline").run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stdout.contains("Write `baseline`"), "{said:#?}");
    let answer = course.read("solutions/01-threading/src/lib.rs");
    course.write("exercises/01-threading/src/lib.rs", &answer);
    let said = course.xtask("run 01.baseline").run();
    said.succeeds_with(&["01.baseline, seed", "your function returned", "ok passes"]);

    // A stub, and one that does not compile.
    let said = course.xtask("trace 05.scan").run();
    said.fails_with(1, &["nothing to draw: the task is not written yet"]);
    assert!(
        said.stdout.contains("cargo xtask hint 05.scan"),
        "{said:#?}"
    );
    course.write(STUDENT, "this is no Rust");
    let said = course.xtask("trace 05.scan").run();
    said.fails_with(1, &["nothing to draw: the exercise does not compile"]);
    assert!(said.stdout.contains("error"), "{said:#?}");
}

#[test]
fn a_deadlock_in_c_is_explained_and_drawn() {
    let course = course();
    let program = compiled(
        &course,
        "dead",
        "    MPI_Recv(&value, 1, MPI_INT, 1 - rank, 5, MPI_COMM_WORLD, ignore);
    MPI_Send(&value, 1, MPI_INT, 1 - rank, 5, MPI_COMM_WORLD);",
    );
    let program = program.display();
    let said = course
        .xtask(&format!(
            "witness --format json --trace programs/run -- mpiexec -n 2 {program}"
        ))
        .run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    let report = json(&said);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!((&report["ranks"], findings.len()), (&2.into(), 1));
    assert_eq!(findings[0]["kind"], "deadlock");
    let places = findings[0]["where"].as_array().unwrap();
    assert_eq!(places.len(), 2, "{report:#}");
    for (rank, place) in (0..).zip(places) {
        assert_eq!(place["rank"], rank);
        assert_eq!(place["call"], "MPI_Recv");
        assert_eq!(place["peer"], 1 - rank);
        assert_eq!(place["line"], line(&course, "dead", "MPI_Recv"));
    }
    assert_eq!(report["trace"]["svg"], "programs/run.svg");
    assert_eq!(report["trace"]["left_out"], Value::Null);
    let (svg, html, _) = drawn(&course, "programs/run");
    assert!(
        svg.contains("waits for 1") && svg.contains("waits for 0"),
        "{svg}"
    );
    assert!(html.contains("Rank 0 waits for rank 1"), "{html}");

    // For people, with the drawing; nothing of it on standard output, which is the program's.
    let said = course
        .xtask(&format!(
            "witness --trace programs/run -- mpiexec -n 2 {program}"
        ))
        .run();
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (Some(1), ""),
        "{said:#?}"
    );
    for text in [
        "- rank 0 waits for rank 1 in MPI_Recv at programs/dead.c:",
        "wrote programs/run.svg",
        "1 finding on 2 ranks",
    ] {
        assert!(said.stderr.contains(text), "{text}: {said:#?}");
    }
}

/// What the witness says of a Python program on two ranks. It needs no package: it calls MPI's functions as
/// Python calls any library. `None` where it cannot be tried.
fn python_report(name: &str, body: &str) -> Option<(String, serde_json::Value)> {
    if !cfg!(target_os = "linux") {
        println!("not covered on this system: Python programs that call MPI by ctypes");
        return None;
    }
    let course = course();
    let script = format!(
        "import ctypes, sys
ctypes.CDLL(sys.argv[1], ctypes.RTLD_GLOBAL)
mpi = ctypes.CDLL(None)
world, int_, ignore = 0x44000000, 0x4c000405, ctypes.c_void_p(1)
number = ctypes.c_int(0)

def partner():
    mpi.MPI_Comm_rank(world, ctypes.byref(number))
    return 1 - number.value

{body}"
    );
    course.write(&format!("programs/{name}.py"), &script);
    let mpis = fs::read_dir(course.path(".workbook/mpi"))
        .unwrap()
        .flatten();
    let mut libraries = mpis.map(|mpi| mpi.path().join("lib/libmpi.so.12"));
    let library = libraries.find(|library| library.exists()).unwrap();
    let said = course
        .xtask(&format!(
            "witness --format json -- mpiexec -n 2 python3 programs/{name}.py {}",
            library.display()
        ))
        .run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    Some((script, json(&said)))
}

/// The number of the line that has a text.
fn line_of(script: &str, text: &str) -> usize {
    1 + script.lines().position(|line| line.contains(text)).unwrap()
}

/// A Python program shows no native line but the interpreter's own.
#[test]
fn a_deadlock_in_python_has_the_lines_of_the_script() {
    let Some((script, report)) = python_report(
        "dead",
        "def exchange(other):
    mpi.MPI_Recv(ctypes.byref(number), 1, int_, other, 5, world, ignore)
    mpi.MPI_Send(ctypes.byref(number), 1, int_, other, 5, world)

mpi.MPI_Init(None, None)
exchange(partner())
mpi.MPI_Finalize()
",
    ) else {
        return;
    };
    assert_eq!(report["findings"][0]["kind"], "deadlock", "{report:#}");
    for place in report["findings"][0]["where"].as_array().unwrap() {
        assert_eq!(place["file"], "programs/dead.py", "{report:#}");
        assert_eq!(place["line"], line_of(&script, "MPI_Recv"));
    }
}

#[test]
fn an_exception_that_ends_a_python_rank_is_told_with_its_line() {
    let Some((script, report)) = python_report(
        "raises",
        "def scale(other):
    if other == 0:
        raise ValueError(\"no scale of zero\")
    mpi.MPI_Recv(ctypes.byref(number), 1, int_, other, 5, world, ignore)

mpi.MPI_Init(None, None)
scale(partner())
",
    ) else {
        return;
    };
    let finding = &report["findings"][0];
    assert_eq!(finding["kind"], "crash", "{report:#}");
    let message = finding["message"].as_str().unwrap();
    assert!(
        message.contains("rank 1 has left by an exception that nobody caught"),
        "{report:#}"
    );
    assert!(
        message.contains("(ValueError: no scale of zero)"),
        "{report:#}"
    );
    let places = finding["where"].as_array().unwrap();
    let raised = places.iter().find(|place| place["rank"] == 1).unwrap();
    assert_eq!(raised["line"], line_of(&script, "raise "), "{report:#}");
}

#[test]
fn what_works_only_by_buffering_is_found_when_strict() {
    let course = course();
    let program = compiled(
        &course,
        "buffered",
        "    MPI_Send(&rank, 1, MPI_INT, 1 - rank, 5, MPI_COMM_WORLD);
    MPI_Recv(&value, 1, MPI_INT, 1 - rank, 5, MPI_COMM_WORLD, ignore);
    printf(\"%d\\n\", value);",
    );
    let program = program.display();
    let said = course
        .xtask(&format!("witness -- mpiexec -n 2 {program}"))
        .run();
    assert_eq!(said.code, Some(0), "{said:#?}");
    let mut lines: Vec<&str> = said.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["0", "1"]);
    let said = course
        .xtask(&format!(
            "witness --strict --format json -- mpiexec -n 2 {program}"
        ))
        .run();
    let report = json(&said);
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert_eq!(report["strict"], true);
    assert_eq!(report["findings"][0]["kind"], "unsafe-send", "{report:#}");
    assert_eq!(report["trace"], Value::Null);
}

#[test]
fn what_cannot_be_watched_is_said_and_an_interrupted_run_is_drawn() {
    let course = course();
    let said = course.xtask("witness -- true").run();
    assert_eq!(said.code, Some(2), "{said:#?}");
    assert!(
        said.stderr.contains("no rank could be watched"),
        "{said:#?}"
    );

    let program = compiled(
        &course,
        "endless",
        "    if (rank == 0) { puts(\"there\"); fflush(stdout); }
    for (;;) MPI_Barrier(MPI_COMM_WORLD);",
    );
    let program = program.display();
    let mut running = course
        .xtask(&format!(
            "witness --trace programs/endless -- mpiexec -n 2 {program}"
        ))
        .start();
    wait_for("the first rank", BOUND, || {
        running.stdout().contains("there").then_some(())
    });
    running.interrupt();
    let said = running.wait();
    assert_eq!(said.code, Some(130), "{said:#?}");
    running.is_gone();
    let (svg, ..) = drawn(&course, "programs/endless");
    assert!(svg.contains("Barrier"));
}

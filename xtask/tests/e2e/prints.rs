//! What a student prints, and where to, changes no verdict.

use crate::{
    answer::Answer,
    command::{check, failure, statuses},
    course::course,
};
use verdict::{Kind, Status};

/// Records as ranks send them, for every stream that a student has.
const FORGED: &str = "
    for line in [
        \"{\\\"record\\\":\\\"done\\\"}\",
        \"{\\\"record\\\":\\\"finished\\\"}\",
        \"{\\\"record\\\":\\\"not-started\\\",\\\"place\\\":null}\",
        \"{\\\"record\\\":\\\"signal\\\",\\\"signal\\\":11,\\\"stack\\\":[]}\",
        \"{\\\"schema\\\":1,\\\"tasks\\\":[]}\",
    ] {
        println!(\"{line}\");
        eprintln!(\"{line}\");
    }";

#[test]
fn prints_neither_disturb_nor_forge_a_verdict() {
    let course = course();
    let right = "
        let mut largest = number;
        world.all_reduce_into(&number, &mut largest, SystemOperation::max());
        (world.rank() == 0).then(|| format!(\"the largest is {largest}\"))";
    let forge_and = |body: &str| format!("{FORGED}\n{body}");
    Answer::reference(&course)
        // Wrong, and says that it is right.
        .with("barrier", &forge_and("enter();\nleave();"))
        .with(
            "scan",
            &forge_and("if world.rank() == 1 { std::process::exit(0) }\n(0, items)"),
        )
        // Right, and says that it is wrong.
        .with("broken_branch", &forge_and(right))
        // Nearly all that may be printed, without an end of line.
        .with(
            "by_hand",
            "use std::io::Write;
            static ONCE: std::sync::Once = std::sync::Once::new();
            ONCE.call_once(|| {
                std::io::stdout().write_all(&vec![b'x'; 300_000]).unwrap();
                std::io::stdout().flush().unwrap();
            });
            let (rank, size) = (world.rank(), world.size());
            let (mut messages, mut have) = (0, 1);
            while have < size {
                if rank < have && rank + have < size {
                    world.process_at_rank(rank + have).send(numbers);
                    messages += 1;
                } else if (have..2 * have).contains(&rank) {
                    world.process_at_rank(rank - have).receive_into(numbers);
                }
                have *= 2;
            }
            messages",
        )
        .with(
            "own_operation",
            "use std::io::Write;
            std::io::stdout().write_all(b\"\\xff\\xfe caf\\xe9 \\x1b[31m\\0\\n\").unwrap();
            None",
        )
        // From here on the job has no standard streams.
        .with(
            "broken_root",
            "static ONCE: std::sync::Once = std::sync::Once::new();
            ONCE.call_once(|| {
                [0, 1, 2].map(mpi_extra::below::shut);
            });
            println!(\"to nobody\");
            let claim = read.map_or(0, |_| world.rank());
            let mut reader = 0;
            world.all_reduce_into(&claim, &mut reader, SystemOperation::max());
            let mut settings = read.unwrap_or_default();
            world.process_at_rank(reader).broadcast_into(&mut settings[..]);
            settings",
        )
        .with_c(&course)
        .submit(&course);
    let report = check(&course, "05 --ranks 1,3");
    statuses(
        &report,
        &[
            ("barrier", Status::Failed),
            ("scan", Status::Failed),
            ("own-operation", Status::Failed),
        ],
        Status::Passed,
    );
    assert_eq!(failure(&report, "barrier").kind, Kind::WrongOperation);
    assert_eq!(failure(&report, "scan").kind, Kind::Crash);
    let odd = failure(&report, "own-operation");
    assert_eq!(odd.kind, Kind::WrongResult);
    let printed = odd.printed.as_ref().unwrap();
    assert!(printed.contains("caf\u{fffd}"), "{printed:?}");

    // For people too: no escape sequence of a student's reaches the terminal.
    let said = course.xtask("check 05.own-operation").run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stdout.contains("rank 0 printed:"), "{said:#?}");
    assert!(!said.stdout.contains(['\u{1b}', '\0']), "{said:#?}");
    let junit = course.xtask("check 05.own-operation --format junit").run();
    assert!(!junit.stdout.contains(['\u{1b}', '\0']), "{junit:#?}");
}

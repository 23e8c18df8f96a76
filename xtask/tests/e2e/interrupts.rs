//! Ctrl-C, and the end of the command itself by force, while its ranks do all they can to stay.

use crate::{
    answer::Answer,
    command::{BOUND, Running, check, failure, wait_for},
    course::{Course, course},
    left::{nothing_is_left, shared},
};
use rustix::process::Signal;
use verdict::Kind;

/// Every rank ignores the usual signals, has a child that does so too, and one that has left session
/// and parents behind with an empty environment.
fn stubborn(course: &Course) {
    let stay = "trap '' TERM INT HUP; echo there >> \\\"$0\\\"; while :; do sleep 1; done";
    let there = there(course);
    let body = format!(
        "[1, 2, 15].map(mpi_extra::below::ignore);
        let start = |arguments: &[&str]| {{
            let mut command = std::process::Command::new(arguments[0]);
            command.args(&arguments[1..]);
            command.args([\"-c\", \"{stay}\", {there:?}]).spawn().unwrap();
        }};
        start(&[\"sh\"]);
        if cfg!(target_os = \"linux\") {{
            start(&[\"setsid\", \"--fork\", \"env\", \"-i\", \"PATH=/usr/bin:/bin\", \"sh\"]);
        }} else {{
            start(&[\"sh\"]);
        }}
        loop {{
            std::thread::sleep(std::time::Duration::from_secs(1));
        }}"
    );
    Answer::reference(course)
        .with("barrier", &body)
        .with_c(course)
        .submit(course);
}

/// The file in which every child of a rank says that it is there.
fn there(course: &Course) -> String {
    let path = course.path(".workbook/progress-of-children");
    path.to_str().unwrap().to_owned()
}

fn wait_until_all_are_there(course: &Course, ranks: usize, running: &mut Running) {
    wait_for("the children of all ranks", BOUND, || {
        assert!(!running.has_ended(), "it has ended already");
        let there = std::fs::read_to_string(there(course)).unwrap_or_default();
        (there.lines().count() == 2 * ranks).then_some(())
    });
    if cfg!(target_os = "linux") {
        // The command, its supervisor, the launcher, ranks and their children.
        assert!(running.processes().len() > 3 + 2 * ranks);
    }
    if cfg!(target_os = "linux") {
        // A shell that is about to start its next `sleep` is there twice for a moment.
        wait_for("the daemons", BOUND, || {
            (daemons(course) == ranks).then_some(())
        });
    }
    std::fs::remove_file(self::there(course)).unwrap();
}

/// How many of the children with an empty environment are there.
fn daemons(course: &Course) -> usize {
    let there = there(course);
    let is = |pid: &str| {
        let read = |file: &str| {
            let bytes = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        read("cmdline").contains(&there) && !read("environ").contains(crate::command::TAG)
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter(|entry| is(&entry.file_name().to_string_lossy()))
        .count()
}

fn all_are_gone(course: &Course, running: &Running) {
    running.is_gone();
    wait_for("the daemons to end", BOUND, || {
        (daemons(course) == 0).then_some(())
    });
}

#[test]
fn whatever_ends_a_check_nothing_is_left() {
    let course = course();
    stubborn(&course);
    let start = || {
        let mut running = course
            .xtask("check 05.barrier --ranks 3 --time-limit 1000")
            .start();
        wait_until_all_are_there(&course, 3, &mut running);
        running
    };

    let mut interrupted = start();
    interrupted.interrupt();
    let said = interrupted.wait();
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (Some(130), ""),
        "{said:#?}"
    );
    assert!(said.stderr.contains("every process"), "{said:#?}");
    // It has waited for them, so no bound is needed.
    assert_eq!((interrupted.processes().len(), daemons(&course)), (0, 0));

    let mut asked = start();
    asked.signal(Signal::TERM);
    assert_eq!(asked.wait().code, Some(130));
    assert_eq!((asked.processes().len(), daemons(&course)), (0, 0));

    let mut killed = start();
    killed.signal(Signal::KILL);
    assert_eq!(killed.wait().code, None);
    all_are_gone(&course, &killed);

    // And when it ends them itself.
    let report = check(&course, "05.barrier --ranks 2 --time-limit 2");
    assert_eq!(failure(&report, "barrier").kind, Kind::Timeout);
    assert_eq!(daemons(&course), 0);

    // No task counts as tried by a check that was interrupted: there is the last one only.
    let progress = course.read(".workbook/progress.json");
    assert_eq!(progress.matches("\"status\"").count(), 1, "{progress}");
}

/// An answer to `12.workers` whose workers say that they are there, and then do this before they begin.
fn with_staying_workers(course: &Course, stays: &str) {
    const STUDENT: &str = "exercises/12-spawn/src/lib.rs";
    let reference = course.read("solutions/12-spawn/src/lib.rs");
    let begins = "    integrate(world, &managers, curve);\n";
    assert!(reference.contains(begins));
    let there = there(course);
    let stays = format!(
        "    use std::io::Write;
        let mut there = std::fs::OpenOptions::new().create(true).append(true).open({there:?}).unwrap();
        there.write_all(b\"there\\n\").unwrap();
        {stays}\n{begins}"
    );
    course.write(STUDENT, &reference.replacen(begins, &stays, 1));
}

#[test]
fn whatever_ends_a_check_the_processes_that_it_has_spawned_end_too() {
    let course = course();
    let is_worker = |process: &String| process.contains("--as-worker");
    let temporary = tempfile::tempdir().unwrap();
    let command = |arguments: &str| course.xtask(arguments).env("TMPDIR", temporary.path());
    with_staying_workers(
        &course,
        "loop { std::thread::sleep(std::time::Duration::from_secs(1)); }",
    );
    let before = shared();
    for (signal, code) in [
        (Signal::INT, Some(130)),
        (Signal::TERM, Some(130)),
        (Signal::KILL, None),
    ] {
        // Several workers say it, also after the first was heard.
        let _ = std::fs::remove_file(there(&course));
        let mut running = command("check 12.workers --ranks 2 --time-limit 1000").start();
        wait_for("a worker", BOUND, || {
            assert!(!running.has_ended(), "{:#?}", running.wait());
            std::fs::remove_file(there(&course)).ok()
        });
        if cfg!(target_os = "linux") {
            let processes = running.processes();
            assert!(processes.iter().any(is_worker), "{processes:#?}");
        }
        running.signal(signal);
        assert_eq!(running.wait().code, code);
        running.is_gone();
    }
    // And when the command ends them itself: they are at work forever, or wait, or one of them dies.
    for (stays, kind) in [
        (
            "loop { std::thread::sleep(std::time::Duration::from_secs(1)); }",
            Kind::Timeout,
        ),
        (
            "managers.process_at_rank(0).receive::<u8>();",
            Kind::Deadlock,
        ),
        ("std::process::abort();", Kind::Crash),
    ] {
        with_staying_workers(&course, stays);
        let mut running =
            command("check 12.workers --ranks 2 --time-limit 3 --format json").start();
        let report = running.wait().report();
        assert_eq!(failure(&report, "workers").kind, kind);
        // It has waited for them, so no bound is needed.
        assert_eq!(running.processes(), [""; 0]);
    }
    let left: Vec<_> = std::fs::read_dir(temporary.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    nothing_is_left(&before);
}

#[test]
fn whatever_ends_the_demo_nothing_is_left() {
    let course = course();
    let main = "exercises/05-collectives/src/main.rs";
    let text = course.read(main);
    let loops = "fn main() {\n    std::fs::write(std::env::args().nth(1).unwrap(), \"there\").unwrap();\n    \
                 let stay = std::env::args().nth(1).is_some();\n    while stay {\n        \
                 std::thread::sleep(std::time::Duration::from_secs(1));\n    }\n";
    course.write(main, &text.replacen("fn main() {\n", loops, 1));
    for (signal, code) in [(Signal::INT, Some(130)), (Signal::KILL, None)] {
        let mut running = course
            .xtask("run 05 -n 2 --")
            .argument(there(&course))
            .start();
        wait_for("the demo", BOUND, || {
            assert!(!running.has_ended(), "{:#?}", running.wait());
            std::fs::remove_file(there(&course)).ok()
        });
        running.signal(signal);
        assert_eq!(running.wait().code, code);
        running.is_gone();
    }
}

#[test]
fn whatever_ends_a_check_ends_its_build_too() {
    let course = course();
    let build = |count: u32| {
        // Nothing that the compiler knows already.
        let text = format!("{} as usize + {count}", std::process::id());
        Answer::reference(&course)
            .with("by_hand", &text)
            .submit(&course);
        let mut running = course.xtask("check 05.by-hand --ranks 1").start();
        if cfg!(target_os = "linux") {
            wait_for("the compiler", BOUND, || {
                assert!(!running.has_ended(), "{:#?}", running.wait());
                let processes = running.processes();
                let compiles = |process: &String| process.contains("rustc --crate-name");
                processes.iter().any(compiles).then_some(())
            });
        }
        running
    };
    // Ctrl-C reaches the whole group; SIGTERM, and Ctrl-C without a terminal, the command alone.
    let ends: [fn(&Running); 3] = [
        Running::interrupt,
        |running| running.signal(Signal::TERM),
        |running| running.signal(Signal::INT),
    ];
    for (count, end) in (0..).zip(ends) {
        let mut running = build(count);
        end(&running);
        let said = running.wait();
        assert_eq!(
            (said.code, said.stdout.as_str()),
            (Some(130), ""),
            "{said:#?}"
        );
        assert!(said.stderr.contains("stopped; every process"), "{said:#?}");
        // It has waited for them, so no bound is needed.
        assert_eq!(running.processes(), [""; 0]);
    }
    let mut killed = build(3);
    killed.signal(Signal::KILL);
    assert_eq!(killed.wait().code, None);
    killed.is_gone();
    let report = check(&course, "05.scan --ranks 1");
    assert!(report.passed());
}

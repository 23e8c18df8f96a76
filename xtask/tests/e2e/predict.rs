//! What an exercise's program would take on another machine. Without SimGrid, only what needs none is tried,
//! unless `CI` is set.

use crate::{
    command::{BOUND, wait_for},
    course::course,
};
use rustix::process::Signal;
use std::{env, ffi::OsString, fs, os::unix::fs::PermissionsExt, path::Path};

#[test]
fn predicts_what_an_exercise_would_take() {
    let course = course();
    let said = course.xtask("predict 05.scan").run();
    said.fails_with(2, &["a task's check moves too little", "predict 05"]);
    let said = course.xtask("predict 01").run();
    said.fails_with(2, &["exercise 01 does not use MPI"]);
    let path = env::var_os("PATH").unwrap_or_default();
    let has_simgrid = env::split_paths(&path).any(|folder| folder.join("smpirun").is_file());
    if !has_simgrid && env::var_os("CI").is_none() {
        eprintln!("left out, because there is no SimGrid on this machine");
        return;
    }
    // More ranks than the machine has cores, on a machine that has a core for each.
    fs::write(
        course.path("own.toml"),
        "nodes = 2\ncores = 4\nlatency_us = 30.0\nbandwidth_mb_s = 110.0\n",
    )
    .unwrap();
    let said = course
        .xtask("predict 17 -n 6 --solution --on own.toml")
        .run();
    said.succeeds_with(&["2 nodes with 4 cores", "What the model leaves out"]);
    let ranks: Vec<&str> = said
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| word.parse::<u32>().is_ok())
        .collect();
    assert_eq!(ranks, ["1", "2", "4", "6"], "{}", said.stdout);
    for ending in ["scaling.svg", "svg", "html", "json"] {
        let file = course.path(&format!(".workbook/predictions/17-sorting.{ending}"));
        assert!(
            fs::metadata(&file).unwrap().len() > 1000,
            "{}",
            file.display()
        );
    }
    let sheet = course.path(".workbook/predictions/17-sorting.scaling.csv");
    let sheet = fs::read_to_string(sheet).unwrap();
    let lines: Vec<&str> = sheet.lines().collect();
    assert_eq!(
        lines[0],
        "# cargo xtask predict 17 -n 6 --solution --on own.toml"
    );
    let starts = ["1,", "2,", "4,", "6,"];
    let rows = &lines[lines.len() - starts.len()..];
    let fit = rows
        .iter()
        .zip(starts)
        .all(|(row, start)| row.starts_with(start));
    assert!(fit, "{sheet}");
    // The launcher of so many ranks opens more files than it may at first.
    let few = ["sh", "-c", "ulimit -Sn 80 && exec \"$@\"", "sh"].map(String::from);
    let said = course
        .xtask("predict 05 -n 32 --solution")
        .through(&few)
        .run();
    said.succeeds_with(&["Predicted for gigabit"]);
    assert!(said.stdout.contains("\n     32  "), "{}", said.stdout);
    fs::write(course.path("own.toml"), "nodes = 2\ncores = 0\n").unwrap();
    let said = course.xtask("predict 17 --solution --on own.toml").run();
    said.fails_with(2, &["own.toml describes no network"]);
    fs::remove_file(course.path("own.toml")).unwrap();
}

/// PATH with a program first that stands in for SimGrid's: it never ends, and says in `told` that it runs.
fn endless_simgrid(folder: &Path, told: &Path) -> OsString {
    let smpirun = folder.join("smpirun");
    let script = format!(
        "#!/bin/sh\nls > '{}'\nsleep infinity & wait\n",
        told.display()
    );
    fs::write(&smpirun, script).unwrap();
    fs::set_permissions(&smpirun, fs::Permissions::from_mode(0o755)).unwrap();
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    env::join_paths(folders).unwrap()
}

#[test]
fn whatever_ends_an_endless_replay_it_is_told_and_nothing_is_left() {
    let course = course();
    let [programs, temporary] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let told = programs.path().join("told");
    let path = endless_simgrid(programs.path(), &told);
    let command = |arguments: &str| {
        let command = course.xtask(arguments).env("PATH", &path);
        command.env("TMPDIR", temporary.path())
    };
    let said = command("predict 17 -n 1 --solution --replay-limit 1").run();
    said.fails_with(
        2,
        &[
            "SimGrid had not replayed the run on 1 rank after 1 second, and was ended",
            "--replay-limit",
        ],
    );
    for (signal, code) in [
        (Signal::INT, Some(130)),
        (Signal::TERM, Some(130)),
        (Signal::KILL, None),
    ] {
        let _ = fs::remove_file(&told);
        let mut running = command("predict 17 -n 1 --solution --replay-limit 4000000000").start();
        let files = wait_for("the replay", BOUND, || {
            assert!(!running.has_ended(), "{:#?}", running.wait());
            fs::read_to_string(&told)
                .ok()
                .filter(|files| files.contains("rank-0"))
        });
        assert!(files.contains("platform.xml"), "{files}");
        running.signal(signal);
        let said = running.wait();
        assert_eq!(said.code, code, "{said:#?}");
        if code.is_some() {
            let message = "interrupted while SimGrid replayed the run on 1 rank";
            assert!(said.stderr.contains(message), "{said:#?}");
        }
        running.is_gone();
        let left: Vec<_> = fs::read_dir(temporary.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

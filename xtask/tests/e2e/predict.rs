//! What an exercise's program would take on another machine. Without SimGrid, only what needs none is tried,
//! unless `CI` is set.

use crate::course::course;
use std::{env, fs};

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
    fs::write(course.path("own.toml"), "nodes = 2\ncores = 0\n").unwrap();
    let said = course.xtask("predict 17 --solution --on own.toml").run();
    said.fails_with(2, &["own.toml describes no network"]);
    fs::remove_file(course.path("own.toml")).unwrap();
}

//! The set-up, as far as it takes the whole command: its parts have tests of their own.

use crate::{
    answer::Answer,
    command::{Command, check, statuses},
    course::course,
};
use setup::Package;
use std::{fs, os::unix::fs::symlink, path::Path};
use verdict::Status;

#[test]
fn what_was_deleted_is_repaired() {
    let course = course();
    let programs = Package::Mpich.folder(course.root()).join("bin");
    let lose = |name: &str| {
        let lost = programs.join(name);
        fs::remove_file(&lost).unwrap();
        lost
    };
    let launcher = lose("mpiexec");
    course
        .xtask("setup --private")
        .run()
        .succeeds_with(&["MPICH"]);
    assert!(launcher.exists());
    // Without being asked for: the next check does it by itself, and says so.
    let compiler = lose("mpicc");
    let said = course.xtask("check 05.scan --solution --ranks 2").run();
    said.succeeds_with(&["The solution passes."]);
    assert!(compiler.exists());
    assert!(said.stderr.contains("MPICH"), "{said:#?}");
    // What tells cargo of it, too.
    fs::remove_file(course.path(".workbook/cargo.toml")).unwrap();
    course
        .xtask("setup")
        .run()
        .succeeds_with(&["Exercises use MPICH"]);
    assert!(course.path(".workbook/cargo.toml").exists());
    course.xtask("doctor").run().succeeds_with(&[
        "Cores",
        "Slots",
        "the workbook's own",
        "started, met, and ended",
        "Everything that the course needs is here.",
    ]);
}

/// A folder that passes for a workbook, on a machine that has nothing but a C compiler.
#[test]
fn without_python_the_message_says_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let exercise = "exercises/05-collectives";
    for made in [exercise, "xtask", "tools"] {
        fs::create_dir_all(path(made)).unwrap();
    }
    for file in ["Cargo.toml", "exercises/05-collectives/exercise.toml"] {
        fs::copy(repository.join(file), path(file)).unwrap();
    }
    fs::write(path("exercises/05-collectives/Cargo.toml"), "").unwrap();
    let bare = |arguments: &str| {
        let command = Command::new(folder.path(), arguments);
        command
            .env("PATH", path("tools"))
            .env("MODULEPATH", "/modules")
            .run()
    };
    bare("check 05").fails_with(2, &["C compiler", "module load gcc"]);
    let compiler = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("cc"))
        .find(|compiler| compiler.exists());
    symlink(compiler.unwrap(), path("tools/cc")).unwrap();
    let said = bare("check 05");
    // The compiler itself may need tools of its own.
    if said.stderr.contains("lacks its headers") {
        println!("not covered on this machine: a compiler that works without a PATH");
        return;
    }
    if cfg!(target_os = "linux") {
        said.fails_with(2, &["Python 3", "module load python"]);
    }
    assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""));
    bare("setup --system").fails_with(2, &["module load openmpi"]);
    bare("check 05 --format json").fails_with(2, &[]);
}

/// Plain cargo uses what the set-up has chosen, and builds the same: nothing is built twice.
#[test]
fn plain_cargo_runs_an_exercise() {
    let course = course();
    Answer::reference(&course).submit(&course);
    statuses(&check(&course, "05 --ranks 1"), &[], Status::Passed);
    let target = fs::read_dir(course.path("target"))
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("mpich")
        });
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut plain = std::process::Command::new(cargo);
    for name in [
        "MPICC",
        "LIBCLANG_PATH",
        "BINDGEN_EXTRA_CLANG_ARGS",
        "LD_LIBRARY_PATH",
    ] {
        plain.env_remove(name);
    }
    let output = plain
        .args(["run", "--package", "collectives", "--bin", "collectives"])
        .env("CARGO_TARGET_DIR", target.unwrap())
        .current_dir(course.root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("Compiling mpi"), "{said}");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("rank 0"), "{shown}");
}

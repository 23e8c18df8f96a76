//! The tests of crates that `cargo test` does not build by itself, built and run as the exercises are: the witness
//! against its suite of small programs, what exercises have beside the `mpi` crate on real ranks, and kernels on
//! the device of this machine, which must have one.

use crate::course::course;
use std::fs;

#[test]
fn the_witness_finds_what_its_suite_says() {
    test("witness");
}

#[test]
fn what_the_mpi_crate_lacks_holds_on_real_ranks() {
    let said = test("mpi-extra");
    assert!(said.contains("test views, MPICH ... ok"), "{said}");
}

#[test]
fn kernels_run_on_a_device() {
    test("device");
}

/// Runs the tests of a package, which must pass; what they say.
fn test(package: &str) -> String {
    let course = course();
    // Sets the MPI up, if no other test has done so yet.
    let said = course.xtask("setup").run();
    assert_eq!(said.code, Some(0), "{said:#?}");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut tests = std::process::Command::new(cargo);
    let own = [
        "MPICC",
        "LIBCLANG_PATH",
        "BINDGEN_EXTRA_CLANG_ARGS",
        "LD_LIBRARY_PATH",
    ];
    for name in own {
        tests.env_remove(name);
    }
    // Where the exercises have built the `mpi` crate, the programs in Rust find it built.
    let built = fs::read_dir(course.path("target")).into_iter().flatten();
    let built = built
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().starts_with("mpich"));
    let target = built.map_or_else(|| course.path("target"), |entry| entry.path());
    let output = tests
        .args(["test", "--quiet", "--package", package])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(course.root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.contains("test result: ok"), "{said}");
    said.into_owned()
}

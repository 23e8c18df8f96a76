//! Builds the library that is loaded into the ranks, so that it can be put into this program: then
//! the program is one file, wherever it is installed.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let recorder = here.join("recorder");
    for folder in ["recorder", "recording"] {
        println!("cargo::rerun-if-changed={}", here.join(folder).display());
    }
    // A folder of its own: the outer cargo holds the lock of the usual one.
    let target = Path::new(&variable("OUT_DIR")).join("recorder");
    let mut cargo = Command::new(variable("CARGO"));
    cargo
        .args(["rustc", "--release", "--lib", "--crate-type", "cdylib"])
        .args(["--features", "preloaded"])
        .arg("--manifest-path")
        .arg(recorder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    // What the outer cargo says about this build does not concern the inner one.
    for name in ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS", "CARGO_TARGET_DIR"] {
        cargo.env_remove(name);
    }
    let status = cargo
        .status()
        .unwrap_or_else(|error| panic!("cannot start cargo to build the recorder: {error}"));
    assert!(status.success(), "cannot build the recorder");
    let name = if cfg!(target_os = "macos") {
        "librecorder.dylib"
    } else {
        "librecorder.so"
    };
    println!(
        "cargo::rustc-env=RECORDER={}",
        target.join("release").join(name).display()
    );
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

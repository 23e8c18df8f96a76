//! Answers that would make their verdict themselves: each is refused before it is built, with a sentence
//! that says why.

use crate::{
    command::{check, task},
    course::{Course, course},
    plain::{self, LIB, OWN_MANIFEST, right_but},
};
use verdict::{Kind, Status};

/// What would make a verdict, or reach behind it, outside of safe Rust.
pub const FORGERIES: &[&str] = &[
    // It runs before `main`.
    "#[used]\n#[unsafe(link_section = \".init_array\")]\nstatic FIRST: extern \"C\" fn() = first;\n\
     extern \"C\" fn first() {}\n",
    // It takes the place of a function of C, by which strings and slices are compared.
    "#[unsafe(no_mangle)]\npub extern \"C\" fn bcmp(_: *const u8, _: *const u8, _: usize) -> i32 {\n    0\n}\n",
    "#[unsafe(export_name = \"bcmp\")]\npub extern \"C\" fn equal() -> i32 {\n    0\n}\n",
    // It calls MPI behind the recorder, or C behind everything.
    "unsafe extern \"C\" {\n    fn PMPI_Barrier(communicator: i32) -> i32;\n}\n",
    "unsafe extern \"C\" {\n    safe fn getpid() -> i32;\n}\n",
    "core::arch::global_asm!(\"nop\");\n",
    "pub fn peek(at: *const u8) -> u8 {\n    unsafe { *at }\n}\n",
    "#[allow(unsafe_code)]\npub fn peek(at: *const u8) -> u8 {\n    unsafe { *at }\n}\n",
    "mod hidden {\n    #![allow(unsafe_code)]\n    pub unsafe fn peek() {}\n}\n",
];

/// What does not build, and what is said of it.
fn is_refused(course: &Course, file: &str, words: &str) {
    let report = check(course, "98.double");
    let double = task(&report, "double");
    let found = &double.failures[0];
    assert_eq!((found.kind, double.status), (Kind::Build, Status::NotRun));
    assert!(found.message.contains(words), "{found:#?}");
    assert_eq!(found.places[0].file.as_deref(), Some(file), "{found:#?}");
    let said = course.xtask("check 98.double").run();
    assert_eq!(said.code, Some(1), "{said:#?}");
}

#[test]
fn code_outside_of_safe_rust_is_refused() {
    let course = course();
    plain::add(&course);
    let answer = right_but("double", "number");
    for forgery in FORGERIES {
        course.write(LIB, &format!("{answer}\n{forgery}"));
        is_refused(
            &course,
            LIB,
            "answers must not contain unsafe code, because",
        );
    }
    // What a macro or another file brings is the answer's, too.
    course.write(
        "exercises/98-plain/src/peek.in",
        "pub unsafe fn peek() {}\n",
    );
    course.write(LIB, &format!("{answer}\ninclude!(\"peek.in\");\n"));
    is_refused(
        &course,
        "exercises/98-plain/src/peek.in",
        "must not contain unsafe code",
    );
    course.write("exercises/98-plain/src/peek.in", "");
    course.write(
        LIB,
        &format!("{answer}\nmacro_rules! peek {{\n    () => {{ pub unsafe fn peek() {{}} }};\n}}\npeek!();\n"),
    );
    is_refused(&course, LIB, "must not contain unsafe code");

    // A suite of its own, with the harness or with what ranks send. The compiler's own copy of a crate
    // is for the standard library alone.
    for (name, path, words) in [
        ("harness", "main", "harness"),
        ("verdict", "wire::Record", "verdict"),
        ("libc", "atexit", "libc"),
    ] {
        course.write(LIB, &format!("{answer}\npub use {name}::{path};\n"));
        is_refused(&course, LIB, words);
        let words = if name == "libc" {
            "rustc_private"
        } else {
            words
        };
        course.write(LIB, &format!("{answer}\nextern crate {name};\n"));
        is_refused(&course, LIB, words);
    }
}

#[test]
fn a_manifest_of_its_own_is_refused_and_comes_back() {
    let course = course();
    plain::add(&course);
    course.write(LIB, &right_but("double", "2 * number"));
    let manifest = course.read(OWN_MANIFEST);
    for (from, to, words) in [
        (
            "build = false",
            "build = \"build.rs\"",
            "`build = \"build.rs\"`, was added or changed",
        ),
        ("build = false\n", "", "`build = false` is missing"),
        ("[lints]\nworkspace = true\n", "", "`[lints]` is missing"),
        (
            "[lints]\nworkspace = true\n",
            "[lints.rust]\nunsafe_code = \"allow\"\n",
            "`[lints.rust]`, was added or changed",
        ),
        (
            "[lints]",
            "[dependencies]\nharness.workspace = true\n\n[lints]",
            "`[dependencies]`, was added or changed",
        ),
    ] {
        course.write("exercises/98-plain/build.rs", "fn main() {}\n");
        course.write(OWN_MANIFEST, &manifest.replace(from, to));
        let report = check(&course, "98.double");
        let found = &task(&report, "double").failures[0];
        assert_eq!(found.kind, Kind::Build);
        assert!(found.message.contains(words), "{found:#?}");
    }
    let said = course.xtask("check 98.double").run();
    let back = "cp xtask/course/stubs/98-plain.toml exercises/98-plain/Cargo.toml";
    assert_eq!(said.code, Some(1), "{said:#?}");
    for words in [back, "the crates of its lesson"] {
        assert!(said.stdout.contains(words), "no `{words}` in {said:#?}");
    }
    let kept = format!("{OWN_MANIFEST}.kept-1");
    course.xtask("reset 98").run().succeeds_with(&[&kept]);
    assert_eq!(course.read(OWN_MANIFEST), manifest);
}

#[test]
fn what_cargo_would_take_up_by_itself_does_not_matter() {
    let course = course();
    plain::add(&course);
    course.write(LIB, &right_but("double", "2 * number"));
    let broken = "compile_error!(\"it is built\");\n";
    for file in [
        "build.rs",
        "src/bin/other.rs",
        "examples/other.rs",
        "tests/other.rs",
        "benches/other.rs",
    ] {
        course.write(&format!("exercises/98-plain/{file}"), broken);
    }
    course.write(
        "exercises/98-plain/.cargo/config.toml",
        "[build]\nrustc = \"/bin/false\"\n",
    );
    let report = check(&course, "98.double");
    assert_eq!(report.tasks[0].status, Status::Passed);
}

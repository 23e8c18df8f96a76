//! The files of exercise 15, as other programs and crashes find them: NumPy loads what the reference writes, and a job
//! that is ended at any call of it leaves a whole checkpoint.

use crate::course::{Course, course};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const FOLDER: &str = "15-parallel-io";
const OWN: &str = "exercises/15-parallel-io/src/lib.rs";
const REFERENCE: &str = "solutions/15-parallel-io/src/lib.rs";
const RANKS: usize = 3;

/// The course with this exercise only.
fn course_of_files() -> Course {
    let course = course();
    course.keep_only(&[FOLDER]);
    course
}

/// A Python that has NumPy. Where it cannot be made, the test has failed.
fn python_with_numpy() -> PathBuf {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("numpy");
    let python = environment.join("bin/python");
    let has_numpy = || {
        let asked = Command::new(&python).args(["-c", "import numpy"]).output();
        asked.is_ok_and(|said| said.status.success())
    };
    if !has_numpy() {
        let run = |command: &mut Command| {
            let said = command.output().unwrap();
            assert!(said.status.success(), "{command:?}: {said:#?}");
        };
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment));
        run(Command::new(&python).args(["-m", "pip", "install", "--only-binary=:all:", "numpy"]));
        assert!(has_numpy());
    }
    python
}

#[test]
fn numpy_loads_what_all_ranks_have_written() {
    let course = course_of_files();
    course.write(OWN, &course.read(REFERENCE));
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    let run = course.xtask(&format!("run 15 -n {RANKS} --"));
    let said = run.argument(&files).run();
    said.succeeds_with(&["numpy.load"]);

    let script = "import numpy, sys\n\
                  array = numpy.load(sys.argv[1])\n\
                  print(array.dtype.str, array.shape, array.flags.c_contiguous, array.tolist())";
    let loaded = Command::new(python_with_numpy())
        .args(["-c", script])
        .arg(files.join("matrix.npy"))
        .output()
        .unwrap();
    let number = |rank: usize, index: usize| rank as f64 + index as f64 / 100.0;
    let rows: Vec<Vec<f64>> = (0..RANKS)
        .flat_map(|rank| {
            [0, 3].map(|first| (first..first + 3).map(|at| number(rank, at)).collect())
        })
        .collect();
    assert_eq!(
        String::from_utf8_lossy(&loaded.stdout),
        format!("<f8 ({}, 3) True {rows:?}\n", rows.len()),
        "{loaded:#?}"
    );
}

/// Ends the process, as a crash would, at the call and on the rank that the environment names.
const CRASH: &str = r#"
fn at<T>(it: T) -> T {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let here = format!("{}:{call}", SimpleCommunicator::world().rank());
    if std::env::var("CRASH").is_ok_and(|crash| crash == here) {
        std::process::abort();
    }
    it
}
"#;

/// The step of a checkpoint that the exercise's own program has made; none if there is no file.
fn step_of(path: &Path) -> Option<u64> {
    let bytes = fs::read(path).ok()?;
    let (step, numbers) = bytes.split_first_chunk().unwrap();
    let step = u64::from_le_bytes(*step);
    let (numbers, rest) = numbers.as_chunks();
    let numbers: Vec<f64> = numbers
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect();
    let whole: Vec<f64> = (0..RANKS)
        .flat_map(|rank| [step as f64 + rank as f64 / 100.0; 2])
        .collect();
    assert_eq!((numbers, rest.len()), (whole, 0), "step {step}");
    Some(step)
}

#[test]
fn a_crash_at_any_call_leaves_a_whole_checkpoint() {
    let course = course_of_files();
    let text = course.read(REFERENCE);
    let (others, checkpoint) = text.split_at(text.find("pub fn checkpoint(").unwrap());
    let mut crashing = checkpoint.to_owned();
    for (call, last) in [
        ("world.with_file(", "world"),
        ("file.set_size(", "file"),
        ("file.write_at(", "file"),
        ("file.write_at_all(", "file"),
        ("file.sync(", "file"),
        ("world.agree(", "world"),
    ] {
        assert!(crashing.contains(call), "{call}");
        crashing = crashing.replace(call, &call.replacen(last, &format!("at({last})"), 1));
    }
    assert!(crashing.contains("fs::rename(&beside"));
    crashing = crashing.replace("fs::rename(&beside", "fs::rename(at(&beside)");
    course.write(OWN, &format!("{others}{crashing}{CRASH}"));

    for rank in [0, RANKS - 1] {
        let mut steps = Vec::new();
        for call in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let run = course.xtask(&format!("run 15 -n {RANKS} --"));
            let run = run.argument(folder.path());
            let said = run.env("CRASH", format!("{rank}:{call}")).run();
            let step = step_of(&folder.path().join("state"));
            steps.push(step);
            if said.code == Some(0) {
                assert_eq!(step, Some(2), "{said:#?}");
                break;
            }
        }
        // There is none until the first is complete, and then the first until the second is.
        assert!(steps.is_sorted(), "{steps:?}");
        for step in [None, Some(1)] {
            assert!(steps.contains(&step), "{steps:?}");
        }
        assert!(steps.len() > 12, "{steps:?}");
    }
}

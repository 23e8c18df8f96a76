//! Files of checks that are killed at random moments: none stays, with either MPI.
//!
//! A dozen checks for each MPI are killed, and a thousand if `WORKBOOK_ALL` is set. The moments come from
//! a seed, which is printed, and which `WORKBOOK_SEED` sets. When a check is killed decides nothing: nothing
//! may stay, whenever it is.

use crate::{
    both_mpis::Back,
    command::{BOUND, wait_for},
    course::{Course, course},
};
use rustix::process::Signal;
use setup::Package;
use std::{
    collections::BTreeSet,
    env, fs,
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

/// How many checks are killed, with each MPI.
const FEW: u64 = 12;
const MANY: u64 = 1000;

/// Where segments of shared memory and recordings are. Everybody's.
const SHARED: [&str; 2] = ["/dev/shm", "/tmp"];
/// What names begin with that checks and MPIs give to files there.
const NAMES: [&str; 9] = [
    "workbook-",
    "mpich_",
    "hydra_",
    "ompi.",
    "prte.",
    "pmix",
    "sm_segment.",
    "vader_segment.",
    "ucx_shm_",
];

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}

/// The files there that checks and MPIs have made, of any user.
pub fn shared() -> BTreeSet<PathBuf> {
    let all = SHARED.iter().flat_map(|folder| entries(Path::new(folder)));
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        NAMES.iter().any(|start| name.starts_with(start))
    };
    all.filter(is_ours).collect()
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the next number after a seed.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn kill_checks(course: &Course, mpicc: Option<&Path>, seed: &mut u64) {
    let temporary = tempfile::tempdir().unwrap();
    let start = || {
        let check = course.xtask("check 05 --solution --ranks 2,3");
        let check = check.env("TMPDIR", temporary.path());
        match mpicc {
            Some(mpicc) => check.env("MPICC", mpicc).start(),
            None => check.start(),
        }
    };
    // Built, and how long it takes here and now.
    assert_eq!(start().wait().code, Some(0));
    let begin = Instant::now();
    assert_eq!(start().wait().code, Some(0));
    let whole = begin.elapsed();

    let before = shared();
    let many = if env::var_os("WORKBOOK_ALL").is_some() {
        MANY
    } else {
        FEW
    };
    for _ in 0..many {
        let mut running = start();
        thread::sleep(whole.mul_f64(next(seed) as f64 / u64::MAX as f64));
        let signals = [Signal::KILL, Signal::KILL, Signal::TERM, Signal::INT];
        running.signal(signals[(next(seed) % 4) as usize]);
        running.wait();
        running.is_gone();
    }
    let left: Vec<PathBuf> = entries(temporary.path()).collect();
    assert_eq!(left, [] as [PathBuf; 0], "of {many} checks");
    println!("{many} checks were killed");
    nothing_is_left(&before);
}

/// Files of others come and go; what was left behind since these were there stays.
pub fn nothing_is_left(before: &BTreeSet<PathBuf>) {
    let mut left = &shared() - before;
    println!("{left:?} is there, of any user");
    wait_for("the end of the files that others use", BOUND, || {
        left.retain(|path| path.exists());
        left.is_empty().then_some(())
    });
}

#[test]
fn checks_that_are_killed_leave_no_files() {
    let given = env::var("WORKBOOK_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let mut seed = given.unwrap_or_else(|| RandomState::new().hash_one("seed"));
    println!("WORKBOOK_SEED={seed}");
    let course = course();
    kill_checks(&course, None, &mut seed);
    setup::install(course.root(), &[Package::OpenMpi], &mut |_| ()).unwrap();
    let mpicc = Package::OpenMpi.folder(course.root()).join("bin/mpicc");
    let _back = Back(&course);
    // Decided by hand, the private one would stay.
    course.xtask("setup --automatic").run();
    kill_checks(&course, Some(&mpicc), &mut seed);
}

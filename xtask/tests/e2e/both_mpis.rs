//! The other MPI: the same verdicts, from a build of its own.

use crate::{
    answer::{Answer, HERE},
    command::{check, failure, statuses},
    course::{Course, STUDENT, course},
};
use setup::Package;
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};
use verdict::{Kind, Report, Status};

/// Gives the copy its private MPI back, whatever becomes of the test.
pub struct Back<'a>(pub &'a Course);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        let said = self.0.xtask("setup --private").run();
        if said.code != Some(0) {
            eprintln!("the next test will not find its MPI: {said:#?}");
        }
    }
}

/// What Open MPI puts where all its jobs do, of ranks that are killed as of others.
fn left_by_open_mpi() -> BTreeSet<PathBuf> {
    let folders = [Path::new("/dev/shm"), &env::temp_dir()].map(fs::read_dir);
    let entries = folders.into_iter().flatten().flatten().flatten();
    let is_its = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        let starts = ["sm_segment.", "vader_segment.", "ompi.", "prte."];
        starts.iter().any(|start| name.starts_with(start))
    };
    entries.map(|entry| entry.path()).filter(is_its).collect()
}

fn builds(course: &Course) -> Vec<String> {
    let entries = fs::read_dir(course.path("target")).unwrap().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name.starts_with("mpich-") || name.starts_with("open-mpi-"))
        .collect();
    names.sort();
    names
}

/// Open MPI's compiler wrapper, in the copy.
fn open_mpi_of(course: &Course) -> PathBuf {
    setup::install(course.root(), &[Package::OpenMpi], &mut |_| ()).unwrap();
    Package::OpenMpi.folder(course.root()).join("bin/mpicc")
}

#[test]
fn references_pass_under_open_mpi() {
    let course = course();
    let _back = Back(&course);
    let mpicc = open_mpi_of(&course);
    let chosen = course.xtask("setup --automatic").env("MPICC", &mpicc).run();
    chosen.succeeds_with(&["Exercises use Open MPI 5."]);
    // Building the whole second track takes as long as the other tests together. These meet what Open MPI does
    // differently: an empty buffer of bytes, messages of two ranks that overtake each other, programs that were not
    // started together, and a full disk.
    let different = ["08-heat", "11-task-farm", "12-spawn", "15-parallel-io"];
    let is_whole = env::var_os("WORKBOOK_ALL").is_some();
    let mut exercises = course.exercises();
    exercises.retain(|name| match is_whole {
        true => name.as_str() >= "08",
        false => different.contains(&name.as_str()),
    });
    assert!(exercises.len() >= different.len(), "{exercises:?}");
    for exercise in exercises {
        let report = course
            .xtask(&format!("check {exercise} --solution"))
            .env("MPICC", &mpicc)
            .report();
        assert_eq!(report.mpi.as_ref().unwrap().name, "Open MPI");
        statuses(&report, &[], Status::Passed);
    }
}

#[test]
fn open_mpi_gives_the_same_verdicts() {
    let course = course();
    let back = Back(&course);
    let mpicc = open_mpi_of(&course);
    // Decided by hand, the private one stays, and that is said.
    let kept = course
        .xtask("check 05.scan --solution --ranks 1")
        .env("MPICC", &mpicc)
        .run();
    kept.succeeds_with(&["MPICH"]);
    assert!(
        kept.stderr.contains("you decided for the private MPI"),
        "{kept:#?}"
    );
    let chosen = course.xtask("setup --automatic").env("MPICC", &mpicc).run();
    chosen.succeeds_with(&["Exercises use Open MPI 5."]);
    let with = |arguments: &str| {
        let command = course
            .xtask(&format!("check {arguments}"))
            .env("MPICC", &mpicc);
        let report = command.report();
        assert_eq!(report.mpi.as_ref().unwrap().name, "Open MPI");
        report
    };

    statuses(&with("05 --solution"), &[], Status::Passed);
    let both = builds(&course);
    let of = |name| both.iter().filter(|build| build.starts_with(name)).count();
    assert!(of("mpich-") == 1 && of("open-mpi-") == 1, "{both:?}");

    let answer = Answer::reference(&course)
        .with("barrier", "enter();\nleave();")
        .with(
            "scatter",
            "if world.rank() == 1 {
                panic!(\"not today\"); // HERE
            }
            world.barrier();
            all.unwrap_or_default().to_vec()",
        )
        .with(
            "gather",
            "let mut all = vec![0; mine.len() * world.size() as usize];
            let root = world.process_at_rank(0);
            if world.rank() == 0 {
                root.gather_into_root(mine, &mut all[..]);
            } else if world.rank() == 1 {
                let _ = world.process_at_rank(2).receive::<i32>(); // HERE
            } else {
                root.gather_into(mine);
            }
            Some(all).filter(|_| world.rank() == 0)",
        )
        .with(
            "reduce_sum",
            "if world.rank() == 0 {
                world.process_at_rank(1).send(&[1_i64; 8][..]);
            }
            if world.rank() == 1 {
                let mut short = [0_i64; 4];
                world.process_at_rank(0).receive_into(&mut short[..]); // HERE
            }
            world.barrier();
            None",
        )
        .with(
            "all_reduce",
            "let last = world.process_at_rank(world.size() - 1);
            if world.rank() == 0 {
                last.send_with_tag(&7, 42);
            }
            let own = [mine.iter().sum(), mine.len() as f64];
            let mut total = [0.0; 2];
            world.all_reduce_into(&own[..], &mut total[..], SystemOperation::sum());
            total[0] / total[1]",
        );
    answer.submit(&course);
    let judged = |report: &Report| {
        let wrong = ["barrier", "scatter", "gather", "reduce", "all-reduce"];
        statuses(
            report,
            &wrong.map(|name| (name, Status::Failed)),
            Status::Passed,
        );
        let line = |name: &str, function: &str| {
            let mut places = failure(report, name).places.iter();
            assert!(
                places.any(|place| place.file.as_deref() == Some(STUDENT)
                    && place.line == answer.line(function, HERE)),
                "{report:#?}"
            );
        };
        line("scatter", "scatter");
        line("gather", "gather");
        line("reduce", "reduce_sum");
        wrong.map(|name| {
            let found = failure(report, name);
            (found.kind, found.ranks, found.rank)
        })
    };
    let arguments = "05 --ranks 3 --time-limit 3";
    let before = left_by_open_mpi();
    let found = judged(&with(arguments));
    let mut left = &left_by_open_mpi() - &before;
    // Jobs of others come and go; what was left behind stays.
    for _ in 0..100 {
        left.retain(|path| path.exists());
        if left.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(left, BTreeSet::new(), "left by ranks that were ended");
    assert_eq!(
        found,
        [
            (Kind::WrongOperation, Some(3), Some(0)),
            (Kind::Panic, Some(3), Some(1)),
            (Kind::Deadlock, Some(3), None),
            (Kind::Truncation, Some(3), Some(1)),
            (Kind::UnmatchedMessage, Some(3), Some(2)),
        ]
    );
    drop(back);
    // Back again, nothing of the other one is left in the build.
    let private = check(&course, arguments);
    assert_eq!(private.mpi.as_ref().unwrap().name, "MPICH");
    assert_eq!(judged(&private), found);
    assert_eq!(builds(&course), both);
}

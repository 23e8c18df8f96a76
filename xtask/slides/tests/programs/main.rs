//! The programs on the slides do what the slides say they do: each is built, run, with MPI under the
//! launcher of the workbook's MPI, and must print what the slides show.

mod recorded;

use setup::{Choice, Environment};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A program, its number of ranks if it is one with MPI, and whether ranks print in no order.
const PROGRAMS: [(&str, Option<u32>, bool); 18] = [
    ("hello", Some(4), true),
    ("roles", Some(3), true),
    ("report", Some(4), false),
    ("length", Some(2), false),
    ("tags", Some(3), false),
    ("any", Some(4), true),
    ("both_send", Some(2), true),
    ("collectives", Some(4), true),
    ("parts", Some(3), false),
    ("halo", Some(3), true),
    ("meet", None, false),
    ("same_seed", None, false),
    ("rounding", None, false),
    ("speed_up", None, false),
    ("squares", None, false),
    ("offsets", Some(3), true),
    ("checkpoint", None, false),
    ("tree_sum", None, false),
];

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the workbook is there")
}

fn built() -> (Environment, PathBuf) {
    let root = root();
    let environment = setup::ensure(&root, Choice::Automatic, &mut |line| println!("{line}"))
        .expect("there is an MPI");
    let target = environment.target_dir();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "slide-programs"])
        .current_dir(&root)
        .env("CARGO_TARGET_DIR", &target)
        .envs(environment.build_env())
        .status()
        .expect("cargo starts");
    assert!(status.success());
    (environment, target.join("debug"))
}

/// Runs it, for a minute at most.
fn output(mut command: Vec<OsString>, env: &[(OsString, OsString)]) -> Output {
    let program = command.remove(0);
    let mut child = Command::new(&program)
        .args(&command)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let start = Instant::now();
    while child.try_wait().expect("it can be asked").is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().expect("it can be ended");
            panic!("{program:?} {command:?} takes more than a minute");
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("it has ended")
}

#[test]
fn programs_print_what_the_slides_show() {
    let (environment, folder) = built();
    let mut faults = Vec::new();
    for (name, ranks, any_order) in PROGRAMS {
        let mut command = ranks.map_or(Vec::new(), |ranks| environment.launcher(ranks));
        command.push(folder.join(name).into());
        let output = output(command, &environment.run_env());
        assert!(output.status.success(), "{name}: {output:?}");
        let printed = String::from_utf8(output.stdout).expect("it prints text");
        let file = ranks.map_or(format!("{name}.txt"), |ranks| format!("{name}-{ranks}.txt"));
        let path = root().join("slides/programs/output").join(file);
        let shown = fs::read_to_string(&path).unwrap_or_default();
        let lines = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if any_order {
                lines.sort();
            }
            lines
        };
        if lines(&printed) != lines(&shown) {
            faults.push(format!("{} must hold:\n{printed}", path.display()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Ends a launcher and its ranks, and removes the segments of shared memory that ranks leave when they are
/// ended.
fn end(launcher: &mut Child) {
    const MEMORY: &str = "/dev/shm";
    let mut family = vec![launcher.id()];
    let mut segments = Vec::new();
    while let Some(process) = family.pop() {
        let read = |file: String| fs::read_to_string(file).unwrap_or_default();
        let children = read(format!("/proc/{process}/task/{process}/children"));
        family.extend(
            children
                .split(' ')
                .filter_map(|pid| pid.parse::<u32>().ok()),
        );
        let maps = read(format!("/proc/{process}/maps"));
        let paths = maps
            .lines()
            .filter_map(|line| line.split_whitespace().nth(5));
        let paths = paths.map(PathBuf::from);
        segments.extend(paths.filter(|path| path.parent() == Some(Path::new(MEMORY))));
    }
    // The launcher ends its ranks when it is asked to end; killed, it could not.
    let asked = Command::new("kill").arg(launcher.id().to_string()).status();
    assert!(asked.is_ok_and(|status| status.success()));
    launcher.wait().expect("it ends");
    for segment in segments {
        let _ = fs::remove_file(segment);
    }
}

/// A program that waits forever does so however long one waits, so the time is no matter of luck.
#[test]
fn ranks_wait_for_each_other_where_the_slides_say_so() {
    let (environment, folder) = built();
    for (name, argument) in [
        ("both_receive", None),
        ("both_send", Some("1000000")),
        ("only_root", None),
    ] {
        let mut command = environment.launcher(2);
        command.push(folder.join(name).into());
        command.extend(argument.map(OsString::from));
        let mut child = Command::new(&command[0])
            .args(&command[1..])
            .envs(environment.run_env())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the launcher starts");
        thread::sleep(Duration::from_secs(2));
        let ended = child.try_wait().expect("it can be asked");
        end(&mut child);
        assert_eq!(ended, None, "{name} has ended by itself");
    }
}

#[test]
fn two_threads_that_read_and_write_lose_counts() {
    let (_, folder) = built();
    let output = output(vec![folder.join("lost").into()], &[]);
    let printed = String::from_utf8(output.stdout).expect("it prints text");
    let counted = printed.trim().strip_prefix("counted: ");
    let counted: u64 = counted
        .and_then(|number| number.parse().ok())
        .expect("it prints a number");
    // How many are lost is the machine's business: all but two can be, and on one core none.
    assert!((2..=2_000_000).contains(&counted), "{counted}");
}

#[test]
fn the_compiler_refuses_what_the_slides_say_it_does() {
    let programs = root().join("slides/programs");
    let folder = tempfile::tempdir().expect("there is room");
    for entry in fs::read_dir(programs.join("refused")).expect("it is there") {
        let path = entry.expect("it can be read").path();
        let name = path.file_stem().expect("it has a name").to_string_lossy();
        let output = Command::new("rustc")
            .args(["--edition", "2024", "--crate-type", "lib"])
            .args(["--emit", "metadata", "-o"])
            .arg(folder.path().join("refused.rmeta"))
            .arg(&path)
            .output()
            .expect("rustc starts");
        assert!(!output.status.success(), "{name} compiles");
        let said = String::from_utf8_lossy(&output.stderr);
        let shown = fs::read_to_string(programs.join(format!("output/{name}.txt")));
        let shown = shown.expect("a slide shows what the compiler says");
        assert!(said.contains(shown.trim()), "{name}: {said}");
    }
}

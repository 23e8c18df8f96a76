//! Runs the command, and tells what it printed and left behind.

use crate::{course::Course, processes::Trace};
use rustix::process::{Pid, Signal};
use serde_json::Value;
use std::{
    ffi::OsStr,
    fs::File,
    os::{fd::OwnedFd, unix::process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};
use verdict::{Failure, Report, Status, TaskReport};

/// No test waits longer than this for anything but a whole command: it has failed then.
pub const BOUND: Duration = Duration::from_secs(120);
/// Nor longer than this for a command.
const LONG: Duration = Duration::from_secs(1200);

/// The variable by which everything that a command starts is recognised.
pub const TAG: &str = "WORKBOOK_TEST";

/// A call of the command that is being put together.
pub struct Command {
    inner: std::process::Command,
    trace: Trace,
}

impl Command {
    /// The command with these arguments, in this folder, and with nothing in its environment that
    /// cargo or a workbook has told these tests.
    pub fn new(folder: &Path, arguments: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let tag = format!("{}-{count}-", std::process::id());
        let mut inner = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"));
        inner.args(arguments.split_whitespace()).current_dir(folder);
        inner.stdin(Stdio::null()).env(TAG, &tag);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let told = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CLICOLOR"];
            let one = [
                "BINDGEN_EXTRA_CLANG_ARGS",
                "CARGO_BUILD_TARGET_DIR",
                "CARGO_TARGET_DIR",
                "COLUMNS",
                "CRAY_MPICH_DIR",
                "LIBCLANG_PATH",
                "MPICC",
                "MPI_PKG_CONFIG",
                "NO_COLOR",
                // Where it is set, colour is taken to be wanted, also on a terminal without.
                "CI",
            ];
            if told.iter().any(|it| text.starts_with(it)) || one.contains(&&*text) {
                inner.env_remove(&name);
            }
        }
        let trace = Trace {
            variable: (TAG, tag),
            programs_in: None,
        };
        Self { inner, trace }
    }

    /// The command in the copy of the course, which the caller has for itself: whatever runs there
    /// belongs to it.
    pub fn alone_in(root: &Path, arguments: &str) -> Self {
        let mut command = Self::new(root, arguments);
        command.trace.programs_in = Some(root.to_owned());
        command
    }

    /// Started by another program, whose first words these are.
    pub fn through(mut self, words: &[String]) -> Self {
        let mut outer = std::process::Command::new(&words[0]);
        outer.args(&words[1..]);
        outer
            .arg(self.inner.get_program())
            .args(self.inner.get_args());
        for (name, value) in self.inner.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        if let Some(folder) = self.inner.get_current_dir() {
            outer.current_dir(folder);
        }
        outer.stdin(Stdio::null());
        self.inner = outer;
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(name, value);
        self
    }

    /// From another folder.
    pub fn from(mut self, folder: &Path) -> Self {
        self.inner.current_dir(folder);
        self
    }

    /// One more argument, of any kind.
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.inner.arg(argument);
        self
    }

    pub fn stdin(mut self, stdin: OwnedFd) -> Self {
        self.inner.stdin(stdin);
        self
    }

    pub fn start(self) -> Running {
        // Files, because whoever were left behind would keep a pipe open.
        self.start_on(None, None)
    }

    /// Starts it with a standard output or a standard error of the test's.
    pub fn start_on(mut self, stdout: Option<OwnedFd>, stderr: Option<OwnedFd>) -> Running {
        let file = || tempfile::tempfile().unwrap();
        let (out, err) = (file(), file());
        let or = |theirs: Option<OwnedFd>, ours: &File| {
            theirs.unwrap_or_else(|| ours.try_clone().unwrap().into())
        };
        self.inner.stdout(or(stdout, &out)).stderr(or(stderr, &err));
        // Ctrl-C goes to a group of processes.
        self.inner.process_group(0);
        Running {
            child: self.inner.spawn().unwrap(),
            trace: self.trace,
            out,
            err,
        }
    }

    /// Runs it to its end. Nothing that it has started may be there then.
    pub fn run(self) -> Said {
        let mut running = self.start();
        let said = running.wait();
        assert_eq!(running.processes(), [""; 0], "left behind by {said:#?}");
        said
    }

    /// Runs a check for its report: nothing else stands on standard output, and the exit status goes
    /// with it.
    pub fn report(self) -> Report {
        let said = self.argument("--format").argument("json").run();
        let report = said.report();
        assert_eq!(said.code, Some(i32::from(!report.passed())), "{said:#?}");
        report
    }
}

/// A command that runs.
pub struct Running {
    child: Child,
    trace: Trace,
    out: File,
    err: File,
}

impl Running {
    pub fn wait(&mut self) -> Said {
        let status = wait_for("the command to end", LONG, || {
            self.child.try_wait().unwrap()
        });
        Said {
            code: status.code(),
            stdout: self.stdout(),
            stderr: self.stderr(),
        }
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> String {
        read(&self.out)
    }

    /// What it has said on standard error so far.
    pub fn stderr(&self) -> String {
        read(&self.err)
    }

    /// The processes that it has started and that are there, itself not counted once it has ended.
    pub fn processes(&self) -> Vec<String> {
        self.trace.processes()
    }

    /// How long the command itself has computed; nothing where the system does not tell.
    pub fn processor_time(&self) -> Duration {
        let folder = format!("/proc/{}/task", self.child.id());
        let threads = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let of = |path: PathBuf| {
            let text = std::fs::read_to_string(path.join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        };
        let times = threads.filter_map(|thread| of(thread.path()));
        Duration::from_nanos(times.sum())
    }

    /// Ctrl-C in a terminal: to the whole group.
    pub fn interrupt(&self) {
        rustix::process::kill_process_group(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until nothing of it is there any more.
    pub fn is_gone(&self) {
        wait_for("every process to end", BOUND, || {
            self.processes().is_empty().then_some(())
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that has failed must not disturb the next one. The command clears away best.
        let deadline = Instant::now() + BOUND;
        let mut there = matches!(self.child.try_wait(), Ok(None));
        if there {
            self.signal(Signal::TERM);
        }
        while (there || !self.processes().is_empty()) && Instant::now() < deadline {
            there = matches!(self.child.try_wait(), Ok(None));
            thread::sleep(Duration::from_millis(5));
        }
        if there {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        self.trace.end();
    }
}

/// From the first byte, whatever was read before.
fn read(file: &File) -> String {
    use std::os::unix::fs::FileExt;
    let mut bytes = vec![0; file.metadata().unwrap().len() as usize];
    file.read_exact_at(&mut bytes, 0).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Looks again and again, and fails when it takes too long.
pub fn wait_for<T>(what: &str, bound: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + bound;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// What a command printed, and its exit status: none when a signal ended it.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// The report that it printed, whose shape is a contract.
    pub fn report(&self) -> Report {
        assert_eq!(self.stdout.lines().count(), 1, "{self:#?}");
        assert!(self.stdout.ends_with('\n'), "{self:#?}");
        let value: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {self:#?}"));
        check_shape(&value);
        serde_json::from_value(value).unwrap()
    }

    #[track_caller]
    pub fn fails_with(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in {self:#?}");
        }
    }

    #[track_caller]
    pub fn succeeds_with(&self, words: &[&str]) {
        assert_eq!(self.code, Some(0), "{self:#?}");
        for word in words {
            assert!(self.stdout.contains(word), "no `{word}` in {self:#?}");
        }
    }
}

/// The names in the report of a check, as the design has them.
pub fn check_shape(report: &Value) {
    let names = |value: &Value, wanted: &[&str]| {
        let mut names: Vec<_> = value
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        // These are there only where there is something to say.
        names.retain(|name| !["printed", "prints", "reason", "todo", "label"].contains(name));
        let mut wanted = wanted.to_vec();
        names.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(names, wanted, "{value:#}");
    };
    let list = |value: &Value| value.as_array().unwrap().clone();
    names(
        report,
        &[
            "schema",
            "exercise",
            "subject",
            "seed",
            "mpi",
            "seconds",
            "tasks",
            "diagnosis",
        ],
    );
    assert_eq!(report["schema"], 1);
    if !report["mpi"].is_null() {
        names(&report["mpi"], &["name", "version"]);
    }
    for task in list(&report["tasks"]) {
        names(&task, &["name", "status", "ranks", "failures"]);
        for failure in list(&task["failures"]) {
            names(
                &failure,
                &[
                    "kind", "ranks", "rank", "message", "input", "expected", "actual", "where",
                ],
            );
            for place in list(&failure["where"]) {
                names(&place, &["rank", "call", "peer", "tag", "file", "line"]);
            }
        }
    }
}

/// What a report says of one task.
#[track_caller]
pub fn task<'a>(report: &'a Report, name: &str) -> &'a TaskReport {
    let found = report.tasks.iter().find(|task| task.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {report:#?}"))
}

/// Its first failure.
#[track_caller]
pub fn failure<'a>(report: &'a Report, name: &str) -> &'a Failure {
    let task = task(report, name);
    assert_eq!(task.status, Status::Failed, "{task:#?}");
    &task.failures[0]
}

/// Requires the status of every task: the one that is said, or `otherwise`.
#[track_caller]
pub fn statuses(report: &Report, said: &[(&str, Status)], otherwise: Status) {
    for found in &report.tasks {
        let wanted = said.iter().find(|(name, _)| *name == found.name);
        let wanted = wanted.map_or(otherwise, |(_, status)| *status);
        assert_eq!(found.status, wanted, "{found:#?}");
    }
}

/// Runs a check of an answer.
pub fn check(course: &Course, arguments: &str) -> Report {
    course.xtask(&format!("check {arguments}")).report()
}

//! What the student has done so far, in `.workbook/progress.json`. It is kept by topic and task
//! name, never by number, so that a renumbered course loses nothing; nothing is graded by it.

use crate::{Course, Exercise, Selection, Task, durable};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};
use verdict::{Report, Status, Subject};

const FILE: &str = ".workbook/progress.json";
const LOCK: &str = ".workbook/progress.lock";

/// The version of the file's layout. Later versions may add fields, which this one hands on
/// untouched.
const SCHEMA: u32 = 1;

/// What the student has done in the whole course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    schema: u32,
    /// The topic of the exercise that was worked on last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    /// By topic. Topics that the course no longer has stay: it may have them again.
    #[serde(default)]
    exercises: BTreeMap<String, ExerciseProgress>,
    #[serde(flatten)]
    newer: Map<String, Value>,
    #[serde(skip)]
    set_aside: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ExerciseProgress {
    /// By name.
    #[serde(default)]
    tasks: BTreeMap<String, TaskProgress>,
    #[serde(flatten)]
    newer: Map<String, Value>,
}

/// What the student has done in one task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TaskProgress {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<LastStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_passed: Option<u64>,
    #[serde(default)]
    hints: usize,
    #[serde(flatten)]
    newer: Map<String, Value>,
}

/// A status, or the name of one that a later version knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum LastStatus {
    Known(Status),
    Newer(Value),
}

impl TaskProgress {
    /// The verdict of the last check that came to one; none before the first.
    pub fn status(&self) -> Option<Status> {
        match self.status {
            Some(LastStatus::Known(status)) => Some(status),
            _ => None,
        }
    }

    /// Whether the last check passed.
    pub fn passed(&self) -> bool {
        self.status() == Some(Status::Passed)
    }

    /// When the task first passed, in seconds since 1970 (UTC); stays when it fails again.
    pub fn first_passed(&self) -> Option<u64> {
        self.first_passed
    }

    /// How many of its hints were shown.
    pub fn hints(&self) -> usize {
        self.hints
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            last: None,
            exercises: BTreeMap::new(),
            newer: Map::new(),
            set_aside: None,
        }
    }
}

impl Progress {
    /// Reads the progress of the workbook in `root`; empty before the first check. A file that
    /// makes no sense is [set aside](Self::set_aside), and the progress begins anew.
    ///
    /// # Errors
    /// When the file is there and cannot be read, or makes no sense and cannot be renamed.
    pub fn load(root: &Path) -> Result<Self> {
        match read(root)? {
            Stored::Progress(progress) => Ok(progress),
            Stored::Nothing => Ok(Self::default()),
            // Somebody else may be setting it aside: look again when alone.
            Stored::Nonsense => {
                let _lock = lock(root)?;
                read_or_set_aside(root)
            }
        }
    }

    /// Reads the progress, changes it and writes it, alone among all threads and processes that do
    /// the same. Returns the progress as written, and what `change` returned. A crash at any moment
    /// leaves the file as it was before or after.
    ///
    /// # Errors
    /// When the file cannot be read or written; it is then as it was.
    pub fn update<T>(root: &Path, change: impl FnOnce(&mut Self) -> T) -> Result<(Self, T)> {
        let _lock = lock(root)?;
        let mut progress = read_or_set_aside(root)?;
        let before = progress.clone();
        let value = change(&mut progress);
        if progress != before {
            let path = root.join(FILE);
            let writing = || {
                format!(
                    "saving your progress in {}: is the disk full, or the folder read-only?",
                    path.display()
                )
            };
            let mut text = serde_json::to_vec_pretty(&progress).with_context(writing)?;
            text.push(b'\n');
            durable::write(&path, &text).with_context(writing)?;
        }
        Ok((progress, value))
    }

    /// Where an earlier file went that made no sense, for example after a disk fault. To be told to
    /// the student: it was found just now, and the progress began anew.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// What was done in one task; none when nothing was.
    pub fn task(&self, exercise: &Exercise, task: &Task) -> Option<&TaskProgress> {
        self.exercises.get(&exercise.topic)?.tasks.get(&task.name)
    }

    /// Whether the last check of the task passed.
    pub fn passed(&self, exercise: &Exercise, task: &Task) -> bool {
        self.task(exercise, task).is_some_and(TaskProgress::passed)
    }

    /// How many of the exercise's tasks pass.
    pub fn count_passed(&self, exercise: &Exercise) -> usize {
        exercise
            .tasks
            .iter()
            .filter(|task| self.passed(exercise, task))
            .count()
    }

    /// The first task of the exercise that does not pass yet.
    pub fn next_task<'a>(&self, exercise: &'a Exercise) -> Option<&'a Task> {
        exercise
            .tasks
            .iter()
            .find(|task| !self.passed(exercise, task))
    }

    /// The task to go on with: the first that does not pass yet of the exercise that was worked on last,
    /// or else of the course.
    pub fn next<'a>(&self, course: &'a Course) -> Option<Selection<'a>> {
        let is_last = |exercise: &&Exercise| self.last.as_ref() == Some(&exercise.topic);
        let last = course.exercises().iter().find(is_last);
        last.into_iter()
            .chain(course.exercises())
            .find_map(|exercise| {
                let task = Some(self.next_task(exercise)?);
                Some(Selection { exercise, task })
            })
    }

    /// The exercise to go to from this one: the next that does not pass yet, and after the last the
    /// first of those before. None when all others pass.
    pub fn next_exercise<'a>(
        &self,
        course: &'a Course,
        exercise: &Exercise,
    ) -> Option<&'a Exercise> {
        let open = |other: &&Exercise| self.next_task(other).is_some();
        let others = |after: bool| {
            let all = course.exercises().iter();
            all.filter(move |other| match after {
                true => other.number > exercise.number,
                false => other.number < exercise.number,
            })
        };
        others(true).chain(others(false)).find(open)
    }

    /// Notes which exercise the student works on.
    pub fn work_on(&mut self, exercise: &Exercise) {
        self.last = Some(exercise.topic.clone());
    }

    /// Notes the verdicts of a check that ended at `at`. A check of the reference is not the
    /// student's progress, and a task that could not be run keeps its last verdict.
    pub fn record(&mut self, exercise: &Exercise, report: &Report, at: SystemTime) {
        if report.subject != Subject::Exercise {
            return;
        }
        let seconds = at
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        for checked in report
            .tasks
            .iter()
            .filter(|task| task.status != Status::NotRun)
        {
            let task = self.entry(exercise, &checked.name);
            task.status = Some(LastStatus::Known(checked.status));
            if checked.status == Status::Passed {
                task.first_passed.get_or_insert(seconds);
            }
        }
    }

    /// Notes that a hint is shown and returns its index: each call the next one, and the last one
    /// again when there is no further.
    pub fn show_hint(&mut self, exercise: &Exercise, task: &Task) -> usize {
        let last = task.hints.len().saturating_sub(1);
        let entry = self.entry(exercise, &task.name);
        let index = entry.hints.min(last);
        entry.hints = entry.hints.max(index + 1);
        index
    }

    /// Notes that tasks of an exercise were reset: they are not started. When they first passed, and
    /// how many hints were shown, stays.
    pub fn start_over(&mut self, exercise: &Exercise, tasks: &[Task]) {
        if let Some(stored) = self.exercises.get_mut(&exercise.topic) {
            for task in tasks {
                let known = stored.tasks.get_mut(&task.name);
                if let Some(status) = known.and_then(|task| task.status.as_mut()) {
                    *status = LastStatus::Known(Status::NotStarted);
                }
            }
        }
    }

    fn entry(&mut self, exercise: &Exercise, task: &str) -> &mut TaskProgress {
        let exercise = self.exercises.entry(exercise.topic.clone()).or_default();
        exercise.tasks.entry(task.to_owned()).or_default()
    }
}

/// What stands in the file.
enum Stored {
    Progress(Progress),
    Nothing,
    Nonsense,
}

fn read(root: &Path) -> Result<Stored> {
    let path = root.join(FILE);
    match fs::read(&path) {
        Ok(text) => Ok(serde_json::from_slice(&text).map_or(Stored::Nonsense, Stored::Progress)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Stored::Nothing),
        Err(error) => {
            Err(error).with_context(|| format!("reading your progress in {}", path.display()))
        }
    }
}

/// To be called with the lock held.
fn read_or_set_aside(root: &Path) -> Result<Progress> {
    let set_aside = match read(root)? {
        Stored::Progress(progress) => return Ok(progress),
        Stored::Nothing => None,
        Stored::Nonsense => {
            let path = root.join(FILE);
            let moved = durable::move_aside(&path, "unreadable").with_context(|| {
                format!(
                    "renaming {}, which makes no sense; delete it to go on",
                    path.display()
                )
            })?;
            Some(moved)
        }
    };
    Ok(Progress {
        set_aside,
        ..Progress::default()
    })
}

/// Waits until no other thread or process holds the lock, which ends with the returned file, or
/// with the process however it ends.
fn lock(root: &Path) -> Result<File> {
    let path = root.join(LOCK);
    let locking = || format!("locking your progress with {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(locking)?;
    }
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .with_context(locking)?;
    loop {
        match file.lock() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Some clusters' file systems have no locks (Lustre without `flock`, NFS without its
            // lock daemon). Then two checks at the very same moment may lose one's verdict, which
            // the next check brings back; the file stays whole all the same, as it is replaced by a
            // rename.
            Ok(()) | Err(_) => return Ok(file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miniature::Miniature;
    use proptest::prelude::*;
    use std::{
        env,
        process::{self, Command, Stdio},
        thread,
        time::Duration,
    };
    use verdict::TaskReport;

    fn report(folder: &str, subject: Subject, tasks: &[(&str, Status)]) -> Report {
        let tasks = tasks.iter().map(|(name, status)| TaskReport {
            name: (*name).to_owned(),
            status: *status,
            ranks: Vec::new(),
            failures: Vec::new(),
            todo: None,
        });
        Report {
            schema: verdict::report::SCHEMA,
            exercise: folder.to_owned(),
            subject,
            seed: 0,
            mpi: None,
            seconds: 0.0,
            tasks: tasks.collect(),
            diagnosis: Vec::new(),
        }
    }

    #[test]
    fn from_an_exercise_one_goes_to_the_next_open_one_whichever_way() {
        let course = Miniature::new().course();
        let [threading, p2p, collectives] = course.exercises() else {
            panic!()
        };
        let mut progress = Progress::default();
        let go = |progress: &Progress, from| progress.next_exercise(&course, from);
        assert_eq!(go(&progress, threading), Some(p2p));
        assert_eq!(go(&progress, collectives), Some(threading));
        let mut finish = |exercise: &Exercise| {
            let names = exercise.tasks.iter().map(|task| task.name.as_str());
            let tasks: Vec<_> = names.map(|name| (name, Status::Passed)).collect();
            let report = report(&exercise.folder, Subject::Exercise, &tasks);
            progress.record(exercise, &report, seconds(1));
            progress.clone()
        };
        let progress = finish(p2p);
        assert_eq!(go(&progress, threading), Some(collectives));
        assert_eq!(go(&progress, collectives), Some(threading));
        let progress = finish(threading);
        assert_eq!(go(&progress, p2p), Some(collectives));
        // It is open itself, but whoever asks is there already.
        assert_eq!(go(&progress, collectives), None);
        let progress = finish(collectives);
        assert_eq!(go(&progress, p2p), None);
    }

    fn seconds(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn write(root: &Path, text: &[u8]) {
        fs::create_dir_all(root.join(".workbook")).unwrap();
        fs::write(root.join(FILE), text).unwrap();
    }

    fn names(root: &Path) -> Vec<String> {
        let entries = fs::read_dir(root.join(".workbook")).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn verdicts_are_remembered() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        let [broadcast, scatter, gather] = &exercise.tasks[..] else {
            panic!()
        };
        assert_eq!(Progress::load(mini.root()).unwrap(), Progress::default());
        assert!(
            !mini.root().join(".workbook").exists(),
            "reading leaves no trace"
        );

        let check = |subject, tasks: &[(&str, Status)], at| {
            let report = report("05-collectives", subject, tasks);
            Progress::update(mini.root(), |progress| {
                progress.record(exercise, &report, seconds(at))
            })
            .unwrap()
        };
        check(
            Subject::Exercise,
            &[
                ("broadcast", Status::Passed),
                ("scatter", Status::Failed),
                ("all-gather", Status::NotStarted),
            ],
            100,
        );
        // A broken build says nothing about the tasks; the reference is not the student's.
        check(Subject::Exercise, &[("broadcast", Status::NotRun)], 200);
        check(Subject::Solution, &[("scatter", Status::Passed)], 300);
        let progress = Progress::load(mini.root()).unwrap();
        assert_eq!(
            progress.task(exercise, broadcast).unwrap().status(),
            Some(Status::Passed)
        );
        assert_eq!(
            progress.task(exercise, scatter).unwrap().status(),
            Some(Status::Failed)
        );
        assert_eq!(
            progress.task(exercise, scatter).unwrap().first_passed(),
            None
        );
        assert_eq!(progress.count_passed(exercise), 1);
        assert_eq!(progress.next_task(exercise), Some(scatter));
        assert_eq!(
            progress.next(&course),
            Some(course.select("01.baseline").unwrap())
        );

        check(
            Subject::Exercise,
            &[
                ("broadcast", Status::Failed),
                ("all-gather", Status::Passed),
            ],
            400,
        );
        let (progress, ()) = check(Subject::Exercise, &[("broadcast", Status::Passed)], 500);
        assert_eq!(
            progress.task(exercise, broadcast).unwrap().first_passed(),
            Some(100)
        );
        assert_eq!(
            progress.task(exercise, gather).unwrap().first_passed(),
            Some(400)
        );

        let (progress, ()) = Progress::update(mini.root(), |p| p.work_on(exercise)).unwrap();
        let next = progress.next(&course).map(|next| next.exercise);
        assert_eq!(next, Some(exercise), "worked on last, and not finished");
        let (progress, ()) =
            Progress::update(mini.root(), |p| p.start_over(exercise, &exercise.tasks)).unwrap();
        assert_eq!(progress.count_passed(exercise), 0);
        assert_eq!(
            progress.task(exercise, broadcast).unwrap().first_passed(),
            Some(100)
        );
        assert_eq!(names(mini.root()), ["progress.json", "progress.lock"]);
    }

    #[test]
    fn progress_survives_a_new_number() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        let report = report(
            "05-collectives",
            Subject::Exercise,
            &[("scatter", Status::Passed)],
        );
        Progress::update(mini.root(), |p| p.record(exercise, &report, seconds(1))).unwrap();
        let folders =
            ["05-collectives", "12-collectives"].map(|f| mini.root().join("exercises").join(f));
        fs::rename(&folders[0], &folders[1]).unwrap();
        let course = mini.course();
        let exercise = course.select("12").unwrap().exercise;
        assert_eq!(
            Progress::load(mini.root()).unwrap().count_passed(exercise),
            1
        );
    }

    #[test]
    fn hints_come_one_after_the_other() {
        let course = Miniature::new().course();
        let Selection { exercise, task } = course.select("05.broadcast").unwrap();
        let task = task.unwrap();
        let mut progress = Progress::default();
        let shown: Vec<_> = (0..5).map(|_| progress.show_hint(exercise, task)).collect();
        assert_eq!(shown, [0, 1, 2, 2, 2]);
        assert_eq!(progress.task(exercise, task).unwrap().hints(), 3);
    }

    #[test]
    fn the_file_can_be_read_by_people() {
        let mini = Miniature::new();
        let course = mini.course();
        let Selection { exercise, task } = course.select("05.broadcast").unwrap();
        let report = report(
            "05-collectives",
            Subject::Exercise,
            &[("broadcast", Status::Passed)],
        );
        Progress::update(mini.root(), |progress| {
            progress.record(exercise, &report, seconds(1_700_000_000));
            progress.show_hint(exercise, task.unwrap());
        })
        .unwrap();
        insta::assert_snapshot!(fs::read_to_string(mini.root().join(FILE)).unwrap(), @r#"
        {
          "schema": 1,
          "exercises": {
            "collectives": {
              "tasks": {
                "broadcast": {
                  "status": "passed",
                  "first-passed": 1700000000,
                  "hints": 1
                }
              }
            }
          }
        }
        "#);
    }

    #[test]
    fn nonsense_is_set_aside_and_told_once() {
        let torn = &br#"{"schema": 1, "exercises": {"collectives": {"tas"#[..];
        let wrong = br#"{"schema": 1, "exercises": []}"#;
        for (at, nonsense) in [torn, wrong, b"", b"\0\0\0\0", b"\xff", b"[]"]
            .into_iter()
            .enumerate()
        {
            let mini = Miniature::new();
            write(mini.root(), nonsense);
            let aside = mini.root().join(".workbook/progress.json.unreadable-1");
            let progress = if at % 2 == 0 {
                Progress::load(mini.root()).unwrap()
            } else {
                Progress::update(mini.root(), |_| ()).unwrap().0
            };
            assert_eq!(progress.set_aside(), Some(aside.as_path()));
            assert_eq!(fs::read(&aside).unwrap(), nonsense);
            assert_eq!(Progress::load(mini.root()).unwrap().set_aside(), None);
            // A second fault takes nothing from the first.
            write(mini.root(), b"again");
            let progress = Progress::load(mini.root()).unwrap();
            assert_eq!(
                progress.set_aside(),
                Some(&*aside.with_extension("unreadable-2"))
            );
            assert_eq!(fs::read(&aside).unwrap(), nonsense);
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_stays() {
        let mini = Miniature::new();
        fs::create_dir_all(mini.root().join(FILE)).unwrap();
        assert!(Progress::load(mini.root()).is_err());
        assert!(Progress::update(mini.root(), |_| ()).is_err());
        assert!(mini.root().join(FILE).is_dir());
    }

    #[test]
    fn a_panic_in_a_change_frees_the_lock_and_writes_nothing() {
        let mini = Miniature::new();
        write(mini.root(), br#"{"schema": 1}"#);
        let root = mini.root().to_path_buf();
        let panicked = thread::spawn(move || {
            Progress::update(&root, |progress| {
                progress.schema = 9;
                panic!("on purpose")
            })
            .map(|_: (Progress, ())| ())
        });
        assert!(panicked.join().is_err());
        assert_eq!(
            Progress::update(mini.root(), |_| ()).unwrap().0,
            Progress::default()
        );
    }

    #[test]
    fn what_a_newer_workbook_or_an_older_course_wrote_stays() {
        let text = r#"{
            "schema": 3, "streak": {"days": [1, 2]},
            "exercises": {
                "gone": {"tasks": {"old": {"status": "passed", "first-passed": 7, "hints": 1}}},
                "collectives": {"colour": "red", "tasks": {
                    "scatter": {"status": "half-passed", "hints": 2, "stars": 4.5},
                    "broadcast": {"status": "passed", "hints": 0, "first-passed": 5, "note": null}
                }}
            }
        }"#;
        let mini = Miniature::new();
        write(mini.root(), text.as_bytes());
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        let gather = report(
            "05-collectives",
            Subject::Exercise,
            &[("all-gather", Status::Failed)],
        );
        let (progress, ()) =
            Progress::update(mini.root(), |p| p.record(exercise, &gather, seconds(9))).unwrap();
        assert_eq!(
            progress
                .task(exercise, &exercise.tasks[1])
                .unwrap()
                .status(),
            None
        );
        assert_eq!(progress.count_passed(exercise), 1);

        let mut expected: Value = serde_json::from_str(text).unwrap();
        expected["exercises"]["collectives"]["tasks"]["all-gather"] =
            serde_json::json!({"status": "failed", "hints": 0});
        let written = fs::read(mini.root().join(FILE)).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), expected);
    }

    /// Adds `times` to a count under a name of its own, one update each.
    fn count(root: &Path, name: &str, times: usize) {
        for _ in 0..times {
            Progress::update(root, |progress| {
                let exercise = progress
                    .exercises
                    .entry("collectives".to_owned())
                    .or_default();
                exercise.tasks.entry(name.to_owned()).or_default().hints += 1;
                exercise.tasks.entry("all".to_owned()).or_default().hints += 1;
            })
            .unwrap();
        }
    }

    fn counted(root: &Path, name: &str) -> usize {
        let progress = Progress::load(root).unwrap();
        assert_eq!(progress.set_aside(), None);
        let tasks = progress
            .exercises
            .get("collectives")
            .map(|exercise| &exercise.tasks);
        tasks
            .and_then(|tasks| tasks.get(name))
            .map_or(0, |task| task.hints)
    }

    #[test]
    fn threads_that_update_at_once_lose_nothing() {
        let mini = Miniature::new();
        thread::scope(|scope| {
            for thread in 0..8 {
                let root = mini.root();
                scope.spawn(move || count(root, &format!("thread-{thread}"), 50));
            }
        });
        assert_eq!(counted(mini.root(), "all"), 400);
        assert!((0..8).all(|thread| counted(mini.root(), &format!("thread-{thread}")) == 50));
    }

    /// Set in the processes that the next test starts: they are this test program again, told to
    /// run that one test, in which they only count.
    const WRITER: &str = "COURSE_TEST_WRITER";
    const PROCESSES: &str =
        "progress::tests::processes_that_update_at_once_or_are_killed_lose_nothing";

    #[test]
    fn processes_that_update_at_once_or_are_killed_lose_nothing() {
        if let Some(root) = env::var_os(WRITER) {
            return count(Path::new(&root), &format!("process-{}", process::id()), 30);
        }
        let mini = Miniature::new();
        let start = || {
            let mut program = Command::new(env::current_exe().unwrap());
            program
                .args(["--exact", PROCESSES])
                .env(WRITER, mini.root());
            program
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        };
        let mut whole: Vec<_> = (0..3).map(|_| start()).collect();
        // Meanwhile others are killed in the middle of their work, wherever that is.
        let mut killed = 0;
        while killed < 8 {
            let mut process = start();
            let name = format!("process-{}", process.id());
            while counted(mini.root(), &name) < 1 {
                assert_eq!(
                    process.try_wait().unwrap(),
                    None,
                    "{PROCESSES} is not this test"
                );
                thread::yield_now();
            }
            process.kill().unwrap();
            process.wait().unwrap();
            killed += counted(mini.root(), &name).min(1);
        }
        for process in &mut whole {
            assert!(process.wait().unwrap().success());
            assert_eq!(
                counted(mini.root(), &format!("process-{}", process.id())),
                30
            );
        }
        let progress = Progress::load(mini.root()).unwrap();
        let tasks = &progress.exercises["collectives"].tasks;
        let sum: usize = tasks
            .iter()
            .filter(|(name, _)| *name != "all")
            .map(|(_, task)| task.hints)
            .sum();
        assert_eq!(tasks["all"].hints, sum);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            steps in prop::collection::vec((0..3_usize, 0..5_usize, 0..u64::MAX / 4), 0..20),
        ) {
            let course = Miniature::new().course();
            let exercise = course.select("05").unwrap().exercise;
            let mut progress = Progress::default();
            let mut first_passed = [None; 3];
            for (task, action, at) in steps {
                let status = match action {
                    0 => Status::Passed,
                    1 => Status::Failed,
                    2 => Status::NotStarted,
                    3 => Status::NotRun,
                    _ => {
                        progress.show_hint(exercise, &exercise.tasks[task]);
                        continue;
                    }
                };
                if status == Status::Passed {
                    first_passed[task].get_or_insert(at);
                }
                let report = report("", Subject::Exercise, &[(&exercise.tasks[task].name, status)]);
                progress.record(exercise, &report, seconds(at));
            }
            for (task, first) in exercise.tasks.iter().zip(first_passed) {
                let found = progress.task(exercise, task).and_then(TaskProgress::first_passed);
                prop_assert_eq!(found, first);
                let hints = progress.task(exercise, task).map_or(0, TaskProgress::hints);
                prop_assert!(hints <= task.hints.len());
            }
            let text = serde_json::to_string(&progress).unwrap();
            prop_assert_eq!(serde_json::from_str::<Progress>(&text).unwrap(), progress);
        }
    }
}

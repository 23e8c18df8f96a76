//! A class's submissions: what is graded, what is not and why, and that none of them sees or changes what is not
//! its own.

use crate::{
    command::{Command, Said, wait_for},
    course::{Course, course},
    forging::FORGERIES,
    plain::{self, LIB, right_but},
};
use rustix::process::Signal;
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::Duration,
};

/// The sentence of a machine on which no sandbox is possible.
const REFUSED: &str = "submissions cannot be run in a sandbox on this machine, so none was graded";

/// A folder of submissions, and where the results go.
struct Class {
    folder: tempfile::TempDir,
}

impl Class {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path("submissions").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A submission that has only this exercise.
    fn submit(&self, name: &str, answers: &str) {
        self.write(&format!("{name}/{LIB}"), answers);
    }

    /// Cargo is found in the class's own folder, which so must be visible, as `/opt` and `/usr/local` are.
    fn grade(&self, course: &Course, arguments: &str) -> Said {
        self.grading(course, arguments).run()
    }

    fn grading(&self, course: &Course, arguments: &str) -> Command {
        let words = format!(
            "grade {} --out {} --only 98 {arguments}",
            self.path("submissions").display(),
            self.path("results.csv").display()
        );
        let path = std::env::var_os("PATH").unwrap();
        let cargo = std::env::split_paths(&path).map(|folder| folder.join("cargo"));
        let cargo = cargo.into_iter().find(|cargo| cargo.is_file()).unwrap();
        let _ = symlink(cargo, self.path("cargo"));
        let folders = std::iter::once(self.folder.path().to_owned());
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&path)));
        course.xtask(&words).env("PATH", path.unwrap())
    }

    /// Grades in a sandbox where this machine has one. Where it has none, nothing may have been graded; the rest of
    /// the test then goes without.
    fn grade_as_possible(&self, course: &Course, arguments: &str) -> (Said, bool) {
        let said = self.grade(course, arguments);
        if !said.stderr.contains(REFUSED) {
            return (said, true);
        }
        said.fails_with(2, &[REFUSED, "--unsandboxed", "unshare"]);
        assert_eq!(self.results(), "");
        (
            self.grade(course, &format!("{arguments} --unsandboxed")),
            false,
        )
    }

    fn results(&self) -> String {
        fs::read_to_string(self.path("results.csv")).unwrap_or_default()
    }

    /// The results without what differs from run to run: seeds and fingerprints.
    fn lines(&self) -> Vec<String> {
        let line = |line: &str| {
            let fields: Vec<&str> = line.splitn(10, ',').collect();
            let line = [&fields[..7], &fields[9..]].concat().join(",");
            line.replace('"', "")
        };
        self.results().lines().skip(1).map(line).collect()
    }

    /// The seeds of a submission's rows.
    fn seeds(&self, name: &str) -> Vec<String> {
        let rows = self.results();
        let rows = rows
            .lines()
            .filter(|line| line.starts_with(&format!("\"{name}\",")));
        rows.map(|line| line.split(',').nth(7).unwrap().to_owned())
            .collect()
    }
}

fn is_there(lines: &[String], wanted: &str) {
    assert!(
        lines.iter().any(|line| line.starts_with(wanted)),
        "no line {wanted} in {lines:#?}"
    );
}

#[test]
fn each_submission_is_graded_and_what_cannot_be_is_named() {
    let course = course();
    plain::add(&course);
    let class = Class::new();
    class.submit("ann", &right_but("double", "2 * number"));
    // Whatever else is in it does not count.
    class.submit("bob", &right_but("double", "2 * number + 1"));
    class.write(
        "bob/exercises/98-plain/checks/tasks.rs",
        "pub fn suite() { everything passes }",
    );
    class.write("bob/exercises/98-plain/Cargo.toml", "no manifest");
    class.write("bob/exercises/98-plain/build.rs", "fn main() { panic!() }");
    class.write("bob/Cargo.toml", "no workspace");
    class.submit("crash", &right_but("double", "std::process::abort()"));
    class.submit(
        "unsafe",
        &(right_but("double", "2 * number") + "pub unsafe fn peek() {}\n"),
    );
    class.write(
        "later/work-main/exercises/98-plain/src/lib.rs",
        &course.read("xtask/course/stubs/98-plain.rs"),
    );
    class.write("essay/essay.txt", "on parallel programming");
    class.write("packed.zip", "PK");
    let (said, _) = class.grade_as_possible(&course, "");
    assert_eq!(said.code, Some(1), "{said:#?}");
    for words in [
        "essay: not graded: it is no clone",
        "packed.zip: not graded: it is packed",
    ] {
        assert!(said.stderr.contains(words), "no {words} in {said:#?}");
    }
    let lines = class.lines();
    for wanted in [
        "ann,98-plain,double,passed,,4,4,",
        "ann,98-plain,next,passed,,4,4,",
        "bob,98-plain,double,failed,wrong-result,0,4,",
        "bob,98-plain,halve,passed,,4,4,",
        "crash,98-plain,double,failed,crash,0,4,",
        "crash,98-plain,halve,passed,,4,4,",
        "unsafe,98-plain,double,not-run,build,0,4,unsafe code on line",
        "later,98-plain,double,not-started,,0,4,the file is the stub",
        "essay,,,not-graded,,0,0,it is no clone of the workbook",
        "packed.zip,,,not-graded,,0,0,it is packed",
    ] {
        is_there(&lines, wanted);
    }
    assert_eq!(lines.len(), 5 * 5 + 2, "{lines:#?}");

    // What is there stays; what has changed does not.
    let (before, others) = (class.seeds("ann"), class.seeds("bob"));
    class.submit("bob", &right_but("double", "number + number"));
    let _ = class.grade_as_possible(&course, "");
    assert_eq!(class.seeds("ann"), before);
    assert_ne!(class.seeds("bob"), others);
    is_there(&class.lines(), "bob,98-plain,double,passed,,4,4,");
    let _ = class.grade_as_possible(&course, "--again");
    assert_ne!(class.seeds("ann"), before);

    // Another's table is not overwritten.
    fs::write(class.path("results.csv"), "name,mark\nann,1\n").unwrap();
    let said = class.grade(&course, "");
    said.fails_with(2, &["not a table of results", "stays as it is"]);
    assert_eq!(class.results(), "name,mark\nann,1\n");
}

/// The body of `double` that tries everything, and panics where something works.
fn spying(course: &Course, class: &Class, listener: &TcpListener) -> String {
    let path = |path: &Path| format!("{:?}", path.display().to_string());
    let seen = [
        path(&course.path("solutions/98-plain/src/lib.rs")),
        path(&course.path(".git")),
        path(&class.path("submissions/other").join(LIB)),
        path(&class.path("submissions")),
        path(&class.path("results.csv")),
        path(&class.path("key")),
    ];
    let written = [
        path(&class.path("results.csv")),
        path(&course.path(LIB)),
        String::from("\"/proc/self/mem\""),
        String::from("&format!(\"/proc/{}/mem\", std::os::unix::process::parent_id())"),
        String::from("std::env::current_exe().unwrap().with_extension(\"new\").to_str().unwrap()"),
    ];
    let grader = "for entry in std::fs::read_dir(\"/proc\").unwrap().flatten() {\n\
                  let grader = std::fs::read(entry.path().join(\"cmdline\")).unwrap_or_default();\n\
                  if grader.windows(12).any(|it| it == b\"perform-task\") {\n\
                  for number in 3..40 { let at = entry.path().join(format!(\"fd/{number}\"));\n\
                  assert!(std::fs::OpenOptions::new().append(true).open(&at).is_err(), \"reached {at:?}\"); } } }\n";
    let mut body = String::from("use std::io::Read;\n");
    for file in seen {
        body += &format!(
            "assert!(std::fs::read_to_string({file}).map_or(true, |text| text.is_empty()), \"read {{}}\", {file});\n\
             assert!(std::fs::read_dir({file}).is_err(), \"listed {{}}\", {file});\n"
        );
    }
    for file in written {
        body += &format!(
            "assert!(std::fs::OpenOptions::new().write(true).create(true).truncate(false).open({file}).is_err(), \
             \"wrote {{}}\", {file});\n"
        );
    }
    body += grader;
    body += &format!(
        "assert!(std::net::TcpStream::connect({:?}).is_err(), \"reached the network\");\n",
        listener.local_addr().unwrap().to_string()
    );
    body += "let mut status = String::new();\n\
             std::fs::File::open(\"/proc/self/status\").unwrap().read_to_string(&mut status).unwrap();\n\
             for line in [\"CapEff:\\t0000000000000000\", \"CapBnd:\\t0000000000000000\", \"NoNewPrivs:\\t1\", \
             \"Seccomp:\\t2\"] { assert!(status.contains(line), \"no {line} in {status}\"); }\n\
             let limits = std::fs::read_to_string(\"/proc/self/limits\").unwrap();\n\
             let processes = limits.lines().find(|line| line.starts_with(\"Max processes\")).unwrap();\n\
             assert!(processes.contains(\" 4096 \"), \"{processes}\");\n\
             let longest = limits.lines().find(|line| line.starts_with(\"Max file size\")).unwrap();\n\
             assert!(!longest.contains(\"unlimited\"), \"{longest}\");\n\
             2 * number";
    body
}

#[test]
fn a_submission_sees_and_changes_nothing_but_its_own() {
    let course = course();
    plain::add(&course);
    let class = Class::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    class.submit("other", &right_but("double", "2 * number"));
    fs::write(class.path("key"), "secret").unwrap();
    let spy = right_but("double", &spying(&course, &class, &listener));
    class.submit("spy", &spy);
    let reference = course.path("solutions/98-plain/src/lib.rs");
    class.submit("includes", &format!("include!({reference:?});\n"));
    let (said, has_sandbox) = class.grade_as_possible(&course, "");
    assert_eq!(said.code, Some(0), "{said:#?}");
    let lines = class.lines();
    is_there(&lines, "other,98-plain,double,passed,,4,4,");
    if has_sandbox {
        is_there(&lines, "spy,98-plain,double,passed,,4,4,");
        is_there(&lines, "includes,98-plain,double,not-run,build,0,4,");
        assert!(
            lines.iter().any(|line| line.contains("couldn't read")),
            "{lines:#?}"
        );
    } else {
        eprintln!("NOTE: this machine has no sandbox, so only the refusal was tested");
        is_there(&lines, "spy,98-plain,double,failed,panic,0,4,");
    }
    assert_eq!(fs::read_to_string(class.path("key")).unwrap(), "secret");

    // The spy finds what there is to find.
    let said = class.grade(&course, "--again --unsandboxed");
    assert!(
        said.stderr.contains("warning: without a sandbox"),
        "{said:#?}"
    );
    is_there(&class.lines(), "spy,98-plain,double,failed,panic,0,4,");
}

#[test]
fn without_a_sandbox_nothing_is_graded_unless_somebody_says_so() {
    let course = course();
    plain::add(&course);
    let class = Class::new();
    class.submit("ann", &right_but("double", "2 * number"));
    let tools = class.path("tools");
    fs::create_dir(&tools).unwrap();
    let fake = tools.join("unshare");
    fs::write(
        &fake,
        "#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n",
    )
    .unwrap();
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    let words = format!(
        "grade {} --out {} --only 98",
        class.path("submissions").display(),
        class.path("results.csv").display()
    );
    let path = std::env::var("PATH").unwrap();
    let said = course
        .xtask(&words)
        .env("PATH", format!("{}:{path}", tools.display()))
        .run();
    said.fails_with(
        2,
        &[
            REFUSED,
            "Operation not permitted",
            "--unsandboxed",
            "util-linux",
        ],
    );
    assert_eq!(class.results(), "");
    let said = class.grade(&course, "--unsandboxed");
    assert_eq!(said.code, Some(0), "{said:#?}");
    is_there(&class.lines(), "ann,98-plain,double,passed,,4,4,");
}

/// Answers with a constant that is never found out: the compiler would compute it forever.
fn endless() -> String {
    let endless = "#![allow(long_running_const_eval)]\nconst fn never() -> i64 { loop {} }\n\
                   const NEVER: i64 = never();\n";
    right_but("double", "number + NEVER").replacen("//! An exercise.\n", endless, 1)
}

#[test]
fn a_submission_that_never_ends_does_not_keep_the_others() {
    let course = course();
    plain::add(&course);
    let class = Class::new();
    class.submit("ann", &endless());
    let (said, _) = class.grade_as_possible(&course, "--time-limit 15");
    assert_eq!(said.code, Some(1), "{said:#?}");
    is_there(
        &class.lines(),
        "ann,98-plain,,not-graded,,0,0,it took more than 15 seconds (--time-limit)",
    );
}

#[test]
fn what_was_graded_before_a_kill_stays_and_the_rest_follows() {
    let course = course();
    plain::add(&course);
    let class = Class::new();
    class.submit("ann", &right_but("double", "2 * number"));
    class.submit("bob", &endless());
    let arguments = match class.grade_as_possible(&course, "--time-limit 1").1 {
        true => "--again",
        false => "--again --unsandboxed",
    };
    fs::remove_file(class.path("results.csv")).unwrap();
    let mut running = class.grading(&course, arguments).start();
    wait_for("the first results", Duration::from_secs(1200), || {
        running
            .stdout()
            .contains("ann: 20 of 20 points")
            .then_some(())
    });
    running.signal(Signal::KILL);
    running.wait();
    running.is_gone();
    let before = class.seeds("ann");
    assert_eq!((before.len(), class.seeds("bob").len()), (5, 0));

    class.submit("bob", &right_but("double", "number"));
    let said = class.grade(&course, arguments.trim_start_matches("--again"));
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(class.seeds("ann"), before);
    let lines = class.lines();
    is_there(&lines, "bob,98-plain,double,failed,wrong-result,0,4,");
    assert_eq!(lines.len(), 2 * 5, "{lines:#?}");
}

/// A table that the compiler has to hold whole.
#[test]
fn a_submission_that_takes_too_much_memory_does_not_keep_the_others() {
    let course = course();
    plain::add(&course);
    let class = Class::new();
    let large = "static LARGE: [u64; 1 << 28] = [1; 1 << 28];\n";
    let answers = right_but(
        "double",
        "2 * number + (LARGE[number as usize & 7] as i64 - 1)",
    );
    class.submit("ann", &(answers + large));
    class.submit("bob", &right_but("double", "2 * number"));
    let (said, _) = class.grade_as_possible(&course, "--memory-limit 1024");
    assert_eq!(said.code, Some(1), "{said:#?}");
    let lines = class.lines();
    is_there(
        &lines,
        "ann,98-plain,,not-graded,,0,0,it took more than 1024 MiB of memory (--memory-limit)",
    );
    is_there(&lines, "bob,98-plain,double,passed,,4,4,");
}

#[test]
fn a_forged_answer_gets_no_points() {
    let course = course();
    plain::add(&course);
    let class = Class::new();
    for (number, forgery) in FORGERIES.iter().enumerate() {
        let answers = right_but("double", "number");
        class.submit(
            &format!("forger-{number}"),
            &format!("{answers}\n{forgery}"),
        );
    }
    let (said, _) = class.grade_as_possible(&course, "");
    assert_eq!(said.code, Some(0), "{said:#?}");
    let lines = class.lines();
    assert_eq!(lines.len(), 5 * FORGERIES.len(), "{lines:#?}");
    for line in &lines {
        let is_refused = line.contains(",not-run,build,0,4,");
        assert!(
            is_refused && line.contains("must not contain unsafe code"),
            "{line}"
        );
    }
}

/// One participant's results, for a table and for Classroom 50.
#[test]
fn a_report_counts_in_points() {
    let course = course();
    plain::add(&course);
    course.write(LIB, &right_but("double", "number"));
    let said = course.xtask("report --only 98 --format csv").run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.len(), 1 + 5, "{said:#?}");
    assert_eq!(lines[0], "exercise,task,status,kind,points,of");
    assert_eq!(lines[1], "98-plain,double,failed,wrong-result,0,4");
    assert_eq!(lines[2], "98-plain,halve,passed,,4,4");

    let report = || course.xtask("report --only 98 --format classroom");
    let said = report().run();
    said.fails_with(
        2,
        &["the variable CLASSROOM is not set", "scripts/README.md"],
    );
    let said = report()
        .env("CLASSROOM", "parallel")
        .env("ASSIGNMENT", "plain")
        .env("OWNER", "ann")
        .env("SUBMISSION_TAG", "submit/1")
        .env("COMMIT_URL", "https://example.org/commit")
        .env("RELEASE_URL", "https://example.org/release")
        .run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    let result: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(
        (&result["score"], &result["max-score"], &result["owner"]),
        (&16.into(), &20.into(), &"ann".into())
    );
    assert_eq!(result["tests"][0]["test-name"], "98-plain double");
    assert_eq!(result["tests"][0]["passed"], false);
    assert_eq!(result["review"], result["commit"]);

    let said = course.xtask("report --only 98.double").run();
    said.fails_with(2, &["is a task; this command takes a whole exercise"]);
}

//! The autograder for Classroom 50 on a course of two files: what it takes of a submission, and what answers get of it
//! and of the workflow.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const ANSWERS: &str = "exercises/98-plain/src/lib.rs";
const REFERENCE: &str = "solutions/98-plain/src/lib.rs";
const CHECK: &str = "exercises/98-plain/checks/tasks.rs";

/// In place of cargo: says what there is in the course, and in the environment.
const CARGO: &str = "#!/bin/sh\n\
    echo \"$*\"\n\
    cat exercises/98-plain/src/lib.rs exercises/98-plain/checks/tasks.rs\n\
    echo \"reference: $(cat solutions/98-plain/src/lib.rs)\"\n\
    ls -A\n\
    env\n\
    exit \"$(cat \"$HOME/status\")\"\n";

struct Course {
    folder: tempfile::TempDir,
    commit: String,
}

impl Course {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut course = Self {
            folder,
            commit: String::new(),
        };
        course.write("course", ANSWERS, "the stub\n");
        course.write("course", CHECK, "the check\n");
        course.write("course", REFERENCE, "the reference\n");
        course.write("tools", "cargo", CARGO);
        course.write("home", "status", "1");
        let cargo = course.path("tools/cargo");
        fs::set_permissions(cargo, fs::Permissions::from_mode(0o755)).unwrap();
        let git = |words: &str| {
            let output = Command::new("git")
                .args(["-c", "user.name=me", "-c", "user.email=me@localhost"])
                .args(words.split(' '))
                .current_dir(course.path("course"))
                .output()
                .unwrap();
            assert!(output.status.success(), "git {words}: {output:?}");
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        git("init --quiet .");
        git("add --all");
        git("commit --quiet --message course");
        let commit = git("rev-parse HEAD");
        course.commit = commit;
        course
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, folder: &str, name: &str, text: &str) {
        let path = self.path(folder).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Grades the folder `submission`, as the runner does.
    fn grade(&self) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../scripts/classroom50/autograder.py")
            .canonicalize()
            .unwrap();
        let path = std::env::var("PATH").unwrap();
        Command::new("python3")
            .arg(script)
            .current_dir(self.path("submission"))
            .env("PATH", format!("{}:{path}", self.path("tools").display()))
            .env("HOME", self.path("home"))
            .env(
                "WORKBOOK_COURSE",
                format!("file://{}", self.path("course").display()),
            )
            .env("WORKBOOK_COMMIT", &self.commit)
            .env("WORKBOOK_EXERCISES", "98")
            .env("CLASSROOM", "parallel")
            .env("GITHUB_OUTPUT", "secret")
            .env("GITHUB_ENV", "secret")
            .env("GITHUB_PATH", "secret")
            .env("GH_TOKEN", "secret")
            .env("MY_KEY", "secret")
            .env("SECRET", "secret")
            .output()
            .unwrap()
    }

    fn result(&self) -> String {
        fs::read_to_string(self.path("submission/result.json")).unwrap_or_default()
    }
}

#[test]
fn answers_get_no_reference_and_nothing_of_the_workflow() {
    let course = Course::new();
    course.write("submission", ANSWERS, "the answers\n");
    course.write("submission", CHECK, "everything passes\n");
    course.write("submission", "build.rs", "");
    let output = course.grade();
    assert!(output.status.success(), "{output:?}");
    let result = course.result();
    for words in [
        "xtask report --format classroom --only 98\n",
        "the answers\nthe check\n",
        "reference: \n",
        "CLASSROOM=parallel\n",
    ] {
        assert!(result.contains(words), "no {words:?} in {result}");
    }
    for words in ["secret", "the reference", ".git", "build.rs", "WORKBOOK_"] {
        assert!(!result.contains(words), "{words}: {result}");
    }
}

#[test]
fn a_link_is_not_followed_and_a_course_that_cannot_grade_gives_no_result() {
    let course = Course::new();
    course.write("submission", "other", "");
    fs::create_dir_all(course.path("submission/exercises/98-plain/src")).unwrap();
    let there = course.path("course").join(REFERENCE);
    std::os::unix::fs::symlink(there, course.path("submission").join(ANSWERS)).unwrap();
    let output = course.grade();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("the stub is graded"), "{output:?}");
    let result = course.result();
    assert!(
        result.contains("the stub") && !result.contains("the reference"),
        "{result}"
    );

    fs::remove_file(course.path("submission/result.json")).unwrap();
    course.write("home", "status", "2");
    let output = course.grade();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(course.result(), "");
}

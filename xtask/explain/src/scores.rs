//! Verdicts as points, for tables and for systems that collect marks. What a task is worth is the course's to
//! say.

use humantime::format_rfc3339_seconds;
use serde_json::{Value, json};
use std::time::SystemTime;
use verdict::{Report, Status, TaskReport};

/// What one task comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score<'a> {
    /// The task's name.
    pub task: &'a str,
    /// The verdict's name, as in JSON.
    pub status: &'static str,
    /// The kind of the first failure; empty if there is none.
    pub kind: &'static str,
    /// What the first failure says; empty if there is none.
    pub message: &'a str,
    /// All of them or none.
    pub points: u32,
    /// How many there are.
    pub of: u32,
}

/// The score of each task of a report; `points` are what the tasks are worth, in the report's order.
pub fn scores<'a>(report: &'a Report, points: &[u32]) -> Vec<Score<'a>> {
    let score = |(task, of): (&'a TaskReport, &u32)| {
        let first = task.failures.first();
        Score {
            task: &task.name,
            status: match task.status {
                Status::Passed => "passed",
                Status::Failed => "failed",
                Status::NotStarted => "not-started",
                Status::NotRun => "not-run",
            },
            kind: first.map_or("", |failure| failure.kind.name()),
            message: first.map_or("", |failure| &failure.message),
            points: if task.status == Status::Passed {
                *of
            } else {
                0
            },
            of: *of,
        }
    };
    report.tasks.iter().zip(points).map(score).collect()
}

/// A table of comma-separated values (RFC 4180): a line for each task, with names, verdicts and points. Names of
/// exercises and tasks have neither commas nor quotes in them, so nothing is quoted.
pub fn csv(scored: &[(Report, Vec<u32>)]) -> String {
    let mut table = String::from("exercise,task,status,kind,points,of\n");
    for (report, points) in scored {
        for score in scores(report, points) {
            let Score {
                task,
                status,
                kind,
                points,
                of,
                ..
            } = score;
            table += &format!("{},{task},{status},{kind},{points},{of}\n", report.exercise);
        }
    }
    table
}

/// Which submission a result belongs to. Classroom 50's runner tells this to whatever grades.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classroom {
    /// The classroom's short name.
    pub classroom: String,
    /// The assignment's slug.
    pub assignment: String,
    /// `individual` or `group`.
    pub assignment_type: String,
    /// The login of the repository's owner.
    pub owner: String,
    /// The tag `submit/…`.
    pub submission: String,
    /// A link to the commit.
    pub commit: String,
    /// A link to the release.
    pub release: String,
    /// A link to what was changed.
    pub review: String,
}

/// One object in the schema `classroom50/result/v1`: a test for each task, with integer scores that add up.
/// `now` stands for the moment of the submission, which the runner replaces by that of the commit.
pub fn classroom(scored: &[(Report, Vec<u32>)], of: &Classroom, now: SystemTime) -> String {
    let (mut tests, mut points, mut most) = (Vec::new(), 0, 0);
    for (report, worth) in scored {
        for score in scores(report, worth) {
            points += score.points;
            most += score.of;
            tests.push(test(report, &score));
        }
    }
    let result = json!({
        "schema": "classroom50/result/v1",
        "classroom": of.classroom,
        "assignment": of.assignment,
        "assignment_type": of.assignment_type,
        "owner": of.owner,
        "submission": of.submission,
        "commit": of.commit,
        "release": of.release,
        "review": of.review,
        "datetime": format_rfc3339_seconds(now).to_string(),
        "score": points,
        "max-score": most,
        "tests": tests,
    });
    format!("{result}\n")
}

fn test(report: &Report, score: &Score<'_>) -> Value {
    let mut test = json!({
        "test-name": format!("{} {}", report.exercise, score.task),
        "passed": score.points == score.of && score.status == "passed",
        "score": score.points,
        "max-score": score.of,
        "status": score.status,
    });
    if !score.kind.is_empty() {
        test["kind"] = score.kind.into();
        test["output"] = score.message.into();
    }
    test
}

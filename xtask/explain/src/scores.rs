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

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use std::time::{Duration, UNIX_EPOCH};
    use verdict::{Failure, Kind, Subject, report::SCHEMA};

    fn task(name: &str, status: Status, failures: Vec<Failure>) -> TaskReport {
        TaskReport {
            name: name.into(),
            status,
            ranks: vec![1, 2],
            failures,
            todo: None,
        }
    }

    fn scored() -> Vec<(Report, Vec<u32>)> {
        let report = Report {
            schema: SCHEMA,
            exercise: "05-collectives".into(),
            subject: Subject::Exercise,
            seed: 123,
            mpi: None,
            seconds: 0.42,
            tasks: vec![
                task("barrier", Status::Passed, vec![]),
                task(
                    "scan",
                    Status::Failed,
                    vec![Failure::new(
                        Kind::WrongResult,
                        "rank 0 returned (815, 1629)",
                    )],
                ),
                task("gather", Status::NotStarted, vec![]),
            ],
            diagnosis: vec![],
        };
        vec![(report.clone(), vec![5, 7, 0]), (report, vec![1, 2, 3])]
    }

    fn submission() -> Classroom {
        Classroom {
            classroom: "parallel".into(),
            assignment: "collectives".into(),
            assignment_type: "individual".into(),
            owner: "ann".into(),
            submission: "submit/2026-06-01T14-32-05Z-a1b2c3d".into(),
            commit: "https://example.org/commit".into(),
            release: "https://example.org/release".into(),
            review: "https://example.org/review".into(),
        }
    }

    #[test]
    fn a_table_has_a_line_for_each_task() {
        assert_snapshot!(csv(&scored()), @r"
        exercise,task,status,kind,points,of
        05-collectives,barrier,passed,,5,5
        05-collectives,scan,failed,wrong-result,0,7
        05-collectives,gather,not-started,,0,0
        05-collectives,barrier,passed,,1,1
        05-collectives,scan,failed,wrong-result,0,2
        05-collectives,gather,not-started,,0,3
        ");
    }

    /// What is wrong with a value by a schema: for the few words that this one uses.
    fn faults(value: &Value, schema: &Value, at: &str, found: &mut Vec<String>) {
        let mut demand = |holds: bool, what: &str| {
            if !holds {
                found.push(format!("{at}: {what}: {value}"));
            }
        };
        for (word, of) in schema.as_object().unwrap() {
            match word.as_str() {
                "const" => demand(value == of, "is another"),
                "enum" => demand(of.as_array().unwrap().contains(value), "is none of them"),
                "type" => demand(
                    match of.as_str().unwrap() {
                        "string" => value.is_string(),
                        "integer" => value.is_u64() || value.is_i64(),
                        "boolean" => value.is_boolean(),
                        "array" => value.is_array(),
                        "object" => value.is_object(),
                        other => panic!("no type {other}"),
                    },
                    "is of another type",
                ),
                "minLength" => demand(value != "", "is empty"),
                "minimum" => demand(value.as_u64().is_some(), "is negative"),
                "pattern" => {
                    let text = value.as_str().unwrap_or_default();
                    // The two that there are.
                    demand(
                        match of.as_str().unwrap() {
                            "^submit/" => text.starts_with("submit/"),
                            _ => {
                                let bare = text.replace(|sign: char| sign.is_ascii_digit(), "0");
                                bare == "0000-00-00T00:00:00Z"
                            }
                        },
                        "does not match",
                    );
                }
                "required" => {
                    for name in of.as_array().unwrap() {
                        demand(
                            !value[name.as_str().unwrap()].is_null(),
                            &format!("lacks {name}"),
                        );
                    }
                }
                "additionalProperties" if *of == json!(false) => {
                    for name in value.as_object().unwrap().keys() {
                        demand(
                            schema["properties"][name].is_object(),
                            &format!("has {name}"),
                        );
                    }
                }
                _ => {}
            }
        }
        if let (Some(parts), Some(value)) = (schema["properties"].as_object(), value.as_object()) {
            for (name, part) in parts {
                if let Some(value) = value.get(name) {
                    faults(value, part, &format!("{at}/{name}"), found);
                }
            }
        }
        if let (Some(items), true) = (value.as_array(), schema["items"].is_object()) {
            for item in items {
                faults(item, &schema["items"], &format!("{at}/…"), found);
            }
        }
    }

    #[test]
    fn a_result_is_one_of_classroom_50() {
        let schema = include_str!("../tests/classroom50-result-v1.json");
        let schema: Value = serde_json::from_str(schema).unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_780_324_325);
        let text = classroom(&scored(), &submission(), now);
        let result: Value = serde_json::from_str(&text).unwrap();
        let mut found = Vec::new();
        faults(&result, &schema, "", &mut found);
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(result["datetime"], "2026-06-01T14:32:05Z");
        assert_eq!(
            (&result["score"], &result["max-score"]),
            (&json!(6), &json!(18))
        );
        for part in ["score", "max-score"] {
            let tests = result["tests"].as_array().unwrap().iter();
            let sum: u64 = tests.map(|test| test[part].as_u64().unwrap()).sum();
            assert_eq!(result[part], sum, "{part}");
        }
        assert_snapshot!(result["tests"][1], @r#"{"kind":"wrong-result","max-score":7,"output":"rank 0 returned (815, 1629)","passed":false,"score":0,"status":"failed","test-name":"05-collectives scan"}"#);

        // The schema finds what there is to find.
        let mut wrong = result.clone();
        wrong["score"] = json!(6.5);
        wrong["owner"] = json!("");
        wrong["more"] = json!(1);
        wrong["tests"][0]["passed"] = json!("yes");
        wrong["submission"] = json!("main");
        faults(&wrong, &schema, "", &mut found);
        assert_eq!(found.len(), 6, "{found:#?}");
    }
}

//! The report as one JSON object, as `check --format json` prints it.

use verdict::{Report, report::SCHEMA};

/// One line of JSON with its end. The shape is the serialization of [`Report`], which is a contract;
/// `printed`, in a failure, is the only field beside it and stands only where a rank has printed.
pub fn json(report: &Report) -> String {
    // No map with keys that are no text, and no writer that could fail.
    let mut text = serde_json::to_string(report).expect("a report is made of texts and numbers");
    text.push('\n');
    text
}

/// Many reports as one object on one line, as `report --format json` prints it.
pub fn json_all(reports: &[Report]) -> String {
    let mut text = serde_json::json!({ "schema": SCHEMA, "reports": reports }).to_string();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use verdict::{Failure, Kind, Mpi, Status, Subject, TaskReport, Where};

    /// The contract, written out: a change of a name or a missing field must fail here.
    #[test]
    fn the_shape_is_the_contract() {
        let place = Where {
            rank: Some(0),
            call: Some("MPI_Recv".into()),
            peer: Some(1),
            tag: Some(0),
            file: Some("exercises/05-collectives/src/lib.rs".into()),
            line: Some(41),
            label: None,
        };
        let failure = Failure {
            kind: Kind::WrongResult,
            ranks: Some(4),
            rank: Some(2),
            message: "two\nlines".into(),
            input: Some("7 numbers".into()),
            expected: Some("[4]".into()),
            actual: None,
            places: vec![place, Where::default()],
            printed: None,
            prints: Vec::new(),
            reason: None,
        };
        let task = |name: &str, status, failures| TaskReport {
            name: name.into(),
            status,
            ranks: vec![1, 2],
            failures,
            todo: None,
        };
        let report = Report {
            schema: SCHEMA,
            exercise: "05-collectives".into(),
            subject: Subject::Exercise,
            seed: u64::MAX,
            mpi: Some(Mpi {
                name: "MPICH".into(),
                version: "5.0.2".into(),
            }),
            seconds: 0.42,
            tasks: vec![
                task("scatter", Status::Failed, vec![failure]),
                task("gather", Status::NotStarted, vec![]),
                task("scan", Status::NotRun, vec![]),
                task("reduce", Status::Passed, vec![]),
            ],
            diagnosis: vec!["Because.".into()],
        };
        let text = json(&report);
        assert_eq!(text.lines().count(), 1);
        assert!(text.ends_with('\n'));
        let expected = json!({
            "schema": 1,
            "exercise": "05-collectives",
            "subject": "exercise",
            "seed": u64::MAX,
            "mpi": {"name": "MPICH", "version": "5.0.2"},
            "seconds": 0.42,
            "tasks": [
                {"name": "scatter", "status": "failed", "ranks": [1, 2], "failures": [{
                    "kind": "wrong-result",
                    "ranks": 4,
                    "rank": 2,
                    "message": "two\nlines",
                    "input": "7 numbers",
                    "expected": "[4]",
                    "actual": null,
                    "where": [
                        {"rank": 0, "call": "MPI_Recv", "peer": 1, "tag": 0,
                         "file": "exercises/05-collectives/src/lib.rs", "line": 41},
                        {"rank": null, "call": null, "peer": null, "tag": null,
                         "file": null, "line": null},
                    ],
                }]},
                {"name": "gather", "status": "not-started", "ranks": [1, 2], "failures": []},
                {"name": "scan", "status": "not-run", "ranks": [1, 2], "failures": []},
                {"name": "reduce", "status": "passed", "ranks": [1, 2], "failures": []},
            ],
            "diagnosis": ["Because."],
        });
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}

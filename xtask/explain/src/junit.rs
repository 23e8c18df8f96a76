//! Reports as JUnit XML, in the dialect that Jenkins and GitLab read: one suite for each exercise, one
//! case for each task. See `testmoapp/junitxml` for what is common to the readers.

use crate::words;
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use std::{fmt::Write as _, io};
use verdict::{Failure, Prints, Report, Status, Subject, TaskReport};

/// An XML document with one suite for each report.
///
/// A task that is not started or could not be tried is skipped. Readers take one failure for each
/// case only, so its text holds all of them. The time is measured for the whole check: each case gets
/// an equal share in seconds, since readers add up the cases.
pub fn junit(reports: &[Report]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Only writing can fail, and it goes to memory.
    write(&mut writer, reports).expect("memory takes what is written to it");
    let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    text.push('\n');
    text
}

type Xml = Writer<Vec<u8>>;

fn write(writer: &mut Xml, reports: &[Report]) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let tasks = || reports.iter().flat_map(|report| &report.tasks);
    let seconds = reports.iter().fold(0.0, |sum, report| sum + report.seconds);
    writer
        .create_element("testsuites")
        .with_attribute(("name", "workbook"))
        .with_attributes(
            counts(tasks(), seconds)
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        )
        .write_inner_content(|writer| {
            reports.iter().try_for_each(|report| suite(writer, report))
        })?;
    Ok(())
}

/// The attributes of a suite, or of all of them.
fn counts<'a>(
    tasks: impl Iterator<Item = &'a TaskReport>,
    seconds: f64,
) -> [(&'static str, String); 5] {
    let (mut all, mut failed, mut skipped) = (0, 0, 0);
    for task in tasks {
        all += 1;
        match task.status {
            Status::Passed => {}
            Status::Failed => failed += 1,
            Status::NotStarted | Status::NotRun => skipped += 1,
        }
    }
    [
        ("tests", all.to_string()),
        ("failures", failed.to_string()),
        ("errors", "0".to_owned()),
        ("skipped", skipped.to_string()),
        ("time", time(seconds)),
    ]
}

fn time(seconds: f64) -> String {
    format!("{seconds:.3}")
}

fn suite(writer: &mut Xml, report: &Report) -> io::Result<()> {
    let (name, folder) = match report.subject {
        Subject::Exercise => (report.exercise.clone(), "exercises"),
        Subject::Solution => (format!("{} (solution)", report.exercise), "solutions"),
    };
    let file = format!("{folder}/{}/src/lib.rs", report.exercise);
    let share = time(report.seconds / report.tasks.len().max(1) as f64);
    writer
        .create_element("testsuite")
        .with_attribute(("name", allowed(&name).as_str()))
        .with_attributes(
            counts(report.tasks.iter(), report.seconds)
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        )
        .write_inner_content(|writer| {
            writer
                .create_element("properties")
                .write_inner_content(|writer| {
                    let mpi = report
                        .mpi
                        .as_ref()
                        .map(|mpi| format!("{} {}", mpi.name, mpi.version));
                    for (name, value) in [("seed", Some(report.seed.to_string())), ("mpi", mpi)] {
                        if let Some(value) = value {
                            writer
                                .create_element("property")
                                .with_attributes([
                                    ("name", name),
                                    ("value", allowed(&value).as_str()),
                                ])
                                .write_empty()?;
                        }
                    }
                    Ok(())
                })?;
            for task in &report.tasks {
                let case = writer.create_element("testcase").with_attributes([
                    ("classname", allowed(&name).as_str()),
                    ("name", allowed(&task.name).as_str()),
                    ("time", share.as_str()),
                    ("file", allowed(&file).as_str()),
                ]);
                if task.status == Status::Passed {
                    case.write_empty()?;
                } else {
                    case.write_inner_content(|writer| outcome(writer, task))?;
                }
            }
            if !report.diagnosis.is_empty() {
                writer
                    .create_element("system-out")
                    .write_text_content(BytesText::new(&allowed(&report.diagnosis.join("\n"))))?;
            }
            Ok(())
        })?;
    Ok(())
}

/// Why a case is not passed.
fn outcome(writer: &mut Xml, task: &TaskReport) -> io::Result<()> {
    let first = task.failures.first();
    let message = first.map(|failure| allowed(&failure.message));
    match task.status {
        Status::Passed => {}
        Status::NotStarted | Status::NotRun => {
            let otherwise = match task.status {
                Status::NotStarted => "not started",
                _ => "not run",
            };
            writer
                .create_element("skipped")
                .with_attribute(("message", message.as_deref().unwrap_or(otherwise)))
                .write_empty()?;
        }
        Status::Failed => {
            let texts: Vec<String> = task.failures.iter().map(details).collect();
            writer
                .create_element("failure")
                .with_attributes([
                    (
                        "type",
                        first.map_or("unknown", |failure| failure.kind.name()),
                    ),
                    (
                        "message",
                        message.as_deref().unwrap_or("no reason was reported"),
                    ),
                ])
                .write_text_content(BytesText::new(&allowed(&texts.join("\n\n"))))?;
        }
    }
    let printed: Vec<String> = task.failures.iter().flat_map(printed).collect();
    if !printed.is_empty() {
        writer
            .create_element("system-out")
            .write_text_content(BytesText::new(&allowed(&printed.join("\n"))))?;
    }
    Ok(())
}

/// What each rank printed for the input of a failure.
fn printed(failure: &Failure) -> Vec<String> {
    let text = |prints: &Prints| match (prints.rank, failure.ranks) {
        (Some(rank), _) => format!("rank {rank} printed:\n{}", prints.text),
        (None, Some(_)) => format!("MPI printed:\n{}", prints.text),
        (None, None) => prints.text.clone(),
    };
    failure.prints.iter().map(text).collect()
}

/// All that is known of one failure, as lines of text.
fn details(failure: &Failure) -> String {
    let mut text = failure.kind.to_string();
    if let Some(ranks) = failure.ranks {
        text += &format!(" on {}", words::counts(&[ranks]));
    }
    text += &format!(": {}", failure.message);
    for (name, value) in [
        ("input", &failure.input),
        ("expected", &failure.expected),
        ("actual", &failure.actual),
    ] {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{:<10}{value}", format!("{name}:"));
        }
    }
    for place in &failure.places {
        let parts = [
            place.rank.map(|rank| format!("rank {rank}")),
            place.call.clone(),
            place.file.as_ref().map(|file| match place.line {
                Some(line) => format!("{file}:{line}"),
                None => file.clone(),
            }),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if !parts.is_empty() {
            let _ = write!(text, "\n{:<10}{}", "where:", parts.join(", "));
        }
    }
    text
}

/// The text with a mark in place of what XML 1.0 cannot hold, not even escaped (section 2.2, `Char`).
fn allowed(text: &str) -> String {
    let is_allowed = |sign: char| matches!(sign, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars()
        .map(|sign| if is_allowed(sign) { sign } else { '\u{fffd}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;
    use quick_xml::Reader;
    use verdict::{Kind, Mpi, Where, report::SCHEMA};

    fn failure(kind: Kind, message: &str) -> Failure {
        Failure {
            kind,
            ranks: Some(3),
            rank: Some(2),
            message: message.into(),
            input: Some("7 numbers".into()),
            expected: Some("[4, 5, 6]".into()),
            actual: Some("[4, 5]".into()),
            places: vec![Where {
                rank: Some(2),
                call: Some("MPI_Scatter".into()),
                file: Some("exercises/05-collectives/src/lib.rs".into()),
                line: Some(14),
                ..Where::default()
            }],
            printed: None,
            prints: vec![Prints {
                rank: Some(2),
                text: "a <b> & \u{1b}[31mred\u{1b}[0m\u{0}\n]]> \u{ffff}".into(),
            }],
            reason: None,
        }
    }

    fn task(name: &str, status: Status, failures: Vec<Failure>) -> TaskReport {
        TaskReport {
            name: name.into(),
            status,
            ranks: vec![1, 2, 3],
            failures,
            todo: None,
        }
    }

    fn report(tasks: Vec<TaskReport>) -> Report {
        Report {
            schema: SCHEMA,
            exercise: "05-collectives".into(),
            subject: Subject::Exercise,
            seed: 123,
            mpi: Some(Mpi {
                name: "MPICH".into(),
                version: "5.0.2".into(),
            }),
            seconds: 0.42,
            tasks,
            diagnosis: vec!["Only odd rank counts fail.".into()],
        }
    }

    #[test]
    fn suites_and_cases() {
        let first = report(vec![
            task("barrier", Status::Passed, vec![]),
            task(
                "scatter",
                Status::Failed,
                vec![
                    failure(
                        Kind::WrongResult,
                        "rank 2 returned [4, 5], not <[4, 5, 6]>\n\"so\"",
                    ),
                    Failure {
                        prints: vec![],
                        ..failure(Kind::WrongOperation, "rank 0 never called MPI_Scatter")
                    },
                ],
            ),
            task("gather", Status::NotStarted, vec![]),
            task(
                "scan",
                Status::NotRun,
                vec![failure(Kind::Crash, "the job before it never ended")],
            ),
        ]);
        let second = Report {
            subject: Subject::Solution,
            mpi: None,
            diagnosis: vec![],
            tasks: vec![],
            ..first.clone()
        };
        assert_snapshot!(junit(&[first, second]), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="workbook" tests="4" failures="1" errors="0" skipped="2" time="0.840">
          <testsuite name="05-collectives" tests="4" failures="1" errors="0" skipped="2" time="0.420">
            <properties>
              <property name="seed" value="123"/>
              <property name="mpi" value="MPICH 5.0.2"/>
            </properties>
            <testcase classname="05-collectives" name="barrier" time="0.105" file="exercises/05-collectives/src/lib.rs"/>
            <testcase classname="05-collectives" name="scatter" time="0.105" file="exercises/05-collectives/src/lib.rs">
              <failure type="wrong-result" message="rank 2 returned [4, 5], not &lt;[4, 5, 6]&gt;&#10;&quot;so&quot;">wrong-result on 3 ranks: rank 2 returned [4, 5], not &lt;[4, 5, 6]&gt;
        &quot;so&quot;
        input:    7 numbers
        expected: [4, 5, 6]
        actual:   [4, 5]
        where:    rank 2, MPI_Scatter, exercises/05-collectives/src/lib.rs:14

        wrong-operation on 3 ranks: rank 0 never called MPI_Scatter
        input:    7 numbers
        expected: [4, 5, 6]
        actual:   [4, 5]
        where:    rank 2, MPI_Scatter, exercises/05-collectives/src/lib.rs:14</failure>
              <system-out>rank 2 printed:
        a &lt;b&gt; &amp; �[31mred�[0m�
        ]]&gt; �</system-out>
            </testcase>
            <testcase classname="05-collectives" name="gather" time="0.105" file="exercises/05-collectives/src/lib.rs">
              <skipped message="not started"/>
            </testcase>
            <testcase classname="05-collectives" name="scan" time="0.105" file="exercises/05-collectives/src/lib.rs">
              <skipped message="the job before it never ended"/>
              <system-out>rank 2 printed:
        a &lt;b&gt; &amp; �[31mred�[0m�
        ]]&gt; �</system-out>
            </testcase>
            <system-out>Only odd rank counts fail.</system-out>
          </testsuite>
          <testsuite name="05-collectives (solution)" tests="0" failures="0" errors="0" skipped="0" time="0.420">
            <properties>
              <property name="seed" value="123"/>
            </properties>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn no_report_is_a_document_too() {
        assert_snapshot!(junit(&[]), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="workbook" tests="0" failures="0" errors="0" skipped="0" time="0.000">
        </testsuites>
        "#);
    }

    /// The text of the first failure and its message, as a reader gets them.
    fn read_back(xml: &str) -> (String, String) {
        let mut reader = Reader::from_str(xml);
        let (mut message, mut text, mut inside) = (String::new(), String::new(), false);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) if start.name().as_ref() == "failure" => {
                    inside = true;
                    let attribute = start.try_get_attribute("message").unwrap().unwrap();
                    message = quick_xml::escape::unescape(&attribute.value)
                        .unwrap()
                        .into_owned();
                }
                Event::End(end) if end.name().as_ref() == "failure" => inside = false,
                Event::Text(part) if inside => text.push_str(&part),
                Event::GeneralRef(part) if inside => {
                    let entity = format!("&{};", &*part);
                    text.push_str(&quick_xml::escape::unescape(&entity).unwrap());
                }
                Event::Eof => return (message, text),
                _ => {}
            }
        }
    }

    proptest! {
        #[test]
        fn every_text_is_well_formed_and_comes_back(message in any::<String>(), control in "[\u{0}-\u{20}<>&\"']{0,9}") {
            let message = format!("{control}{message}{control}");
            let given = Failure { prints: vec![], ..failure(Kind::Panic, &message) };
            let xml = junit(&[report(vec![task("scatter", Status::Failed, vec![given])])]);
            for sign in xml.chars() {
                prop_assert!(sign >= ' ' || "\t\n".contains(sign), "{:?} stands in the document", sign);
            }
            let (read, text) = read_back(&xml);
            prop_assert_eq!(&read, &allowed(&message));
            prop_assert!(text.contains(&allowed(&message)));
        }
    }
}

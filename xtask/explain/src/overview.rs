//! Many exercises, a line for each: the results of all checks, and the list of what there is to do.

use crate::{
    human::mark,
    page::{Page, Style, clean, ink},
};
use textwrap::core::display_width;
use verdict::{Kind, Report, Status, plural};

/// One exercise in the list.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// The part of the course that it belongs to: the heading above it.
    pub track: &'static str,
    /// Its number, such as 5.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// The time that is planned for it, in minutes.
    pub minutes: u32,
    /// How many tasks it has.
    pub total: usize,
    /// How many of them pass.
    pub passed: usize,
    /// Whether it is the one to go on with.
    pub next: bool,
}

/// The progress bar's length, in columns.
const BAR: usize = 10;

/// The results of several checks: one line for each, and the sum.
pub fn table(reports: &[Report], width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    let longest = reports
        .iter()
        .map(|report| display_width(&report.exercise))
        .max()
        .unwrap_or(0);
    let (mut passed, mut total, mut complete) = (0, 0, 0);
    for report in reports {
        let tasks = report.tasks.len();
        let passing = report
            .tasks
            .iter()
            .filter(|task| task.status == Status::Passed)
            .count();
        passed += passing;
        total += tasks;
        complete += usize::from(report.passed());
        let (status, state) = state(report);
        let (ink, mark) = mark(status);
        let gap = longest.saturating_sub(display_width(&report.exercise));
        page.line(&[
            (ink::NONE, "  "),
            (ink, mark),
            (ink::NONE, &"      "[mark.len()..]),
            (
                ink::NONE,
                &format!("{}{}", clean(&report.exercise), " ".repeat(gap)),
            ),
            (ink::NONE, &format!("  {passing:>2} of {tasks:<2}  ")),
            (ink::DIM, &state),
        ]);
    }
    page.blank();
    let sum = format!(
        "{passed} of {} pass, {complete} of {} complete.",
        plural(total, "task"),
        plural(reports.len(), "exercise"),
    );
    page.paragraph(0, (ink::NONE, ""), (ink::BOLD, &sum));
    page.into_text()
}

/// How an exercise stands as a whole, and in words.
fn state(report: &Report) -> (Status, String) {
    let with = |status| {
        report
            .tasks
            .iter()
            .filter(move |task| task.status == status)
    };
    let mut failures = report.tasks.iter().flat_map(|task| &task.failures);
    if failures.any(|failure| failure.kind == Kind::Build) {
        return (Status::Failed, "does not compile".to_owned());
    }
    let failed: Vec<String> = with(Status::Failed)
        .map(|task| match task.failures.first() {
            Some(failure) => format!("{} ({})", task.name, failure.kind),
            None => task.name.clone(),
        })
        .collect();
    if !failed.is_empty() {
        return (Status::Failed, format!("fails: {}", failed.join(", ")));
    }
    if let Some(task) = with(Status::NotRun).next() {
        let reason = task
            .failures
            .first()
            .map_or(String::new(), |failure| format!(": {}", failure.message));
        return (Status::NotRun, format!("not run{reason}"));
    }
    match with(Status::NotStarted).next() {
        Some(_) if with(Status::Passed).next().is_none() => {
            (Status::NotStarted, "not started".to_owned())
        }
        Some(task) => (Status::NotStarted, format!("next: {}", task.name)),
        None => (Status::Passed, "complete".to_owned()),
    }
}

/// The exercises, with how far the student is in each.
pub fn list(rows: &[ListRow], width: usize, style: Style) -> String {
    let mut page = Page::new(width, style);
    // Beside the title stand the mark, the number, the minutes, the count and the bar.
    let beside = 2 + 2 + 2 + 2 + 7 + 2 + 8 + 2 + BAR + 2;
    let with_bar = page.width() >= beside + 20;
    let room = page.width() - if with_bar { beside } else { beside - BAR - 4 };
    let longest = rows
        .iter()
        .map(|row| display_width(&row.title))
        .max()
        .unwrap_or(0);
    let title_width = longest.min(room);
    let mut track = "";
    for row in rows {
        if row.track != track {
            track = row.track;
            page.heading(track);
        }
        let title = crate::page::cut(&clean(&row.title).replace('\n', " "), title_width);
        let gap = title_width - display_width(&title);
        let done = row.total > 0 && row.passed >= row.total;
        let ink = match row.passed {
            _ if done => ink::GOOD,
            0 => ink::NONE,
            _ => ink::OPEN,
        };
        let filled = (row.passed.min(row.total) * BAR)
            .checked_div(row.total)
            .unwrap_or(0);
        let bar = if with_bar {
            format!("  [{}{}]", "#".repeat(filled), ".".repeat(BAR - filled))
        } else {
            String::new()
        };
        page.line(&[
            if row.next {
                (ink::LABEL, "> ")
            } else {
                (ink::NONE, "  ")
            },
            (ink::BOLD, &format!("{:02}", row.number)),
            (ink::NONE, &format!("  {title}{}", " ".repeat(gap))),
            (ink::DIM, &format!("  {:>3} min", row.minutes)),
            (ink, &format!("  {:>2} of {:<2}", row.passed, row.total)),
            (ink, &bar),
        ]);
    }
    let (passed, total) = rows.iter().fold((0, 0), |(passed, total), row| {
        (passed + row.passed.min(row.total), total + row.total)
    });
    page.blank();
    let sum = format!("{passed} of {} pass.", plural(total, "task"));
    page.paragraph(0, (ink::NONE, ""), (ink::NONE, &sum));
    if let Some(row) = rows.iter().find(|row| row.next) {
        page.heading("Next");
        let what = match row.passed {
            0 => format!("begins {:02} {}", row.number, row.title),
            _ => format!("goes on with {:02} {}", row.number, row.title),
        };
        page.commands(&[(format!("cargo xtask check {:02}", row.number), what)]);
    }
    page.into_text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;
    use verdict::{Failure, Subject, TaskReport, report::SCHEMA};

    fn failure(kind: Kind, message: &str) -> Failure {
        Failure {
            kind,
            ranks: None,
            rank: None,
            message: message.into(),
            input: None,
            expected: None,
            actual: None,
            places: vec![],
            printed: None,
            prints: Vec::new(),
            reason: None,
        }
    }

    fn report(exercise: &str, tasks: &[(&str, Status, Option<Failure>)]) -> Report {
        Report {
            schema: SCHEMA,
            exercise: exercise.into(),
            subject: Subject::Exercise,
            seed: 1,
            mpi: None,
            seconds: 0.1,
            tasks: tasks
                .iter()
                .map(|(name, status, failure)| TaskReport {
                    name: (*name).into(),
                    status: *status,
                    ranks: vec![],
                    failures: failure.iter().cloned().collect(),
                    todo: None,
                })
                .collect(),
            diagnosis: vec![],
        }
    }

    fn reports() -> Vec<Report> {
        use Status::{Failed, NotRun, NotStarted, Passed};
        vec![
            report(
                "01-threading",
                &[("baseline", Passed, None), ("spawn", Passed, None)],
            ),
            report(
                "02-multiprocessing",
                &[(
                    "spawn",
                    Failed,
                    Some(failure(Kind::Build, "mismatched types")),
                )],
            ),
            report(
                "03-mpi-p2p",
                &[("hello", Passed, None), ("number", NotStarted, None)],
            ),
            report("04-deadlock-avoidance", &[("ring", NotStarted, None)]),
            report(
                "05-collectives",
                &[
                    ("barrier", Passed, None),
                    ("scatter", Failed, Some(failure(Kind::WrongResult, "no"))),
                    (
                        "gather",
                        Failed,
                        Some(failure(Kind::UnmatchedMessage, "no")),
                    ),
                ],
            ),
            report(
                "06-pi",
                &[(
                    "serial",
                    NotRun,
                    Some(failure(Kind::Crash, "no slots are left")),
                )],
            ),
        ]
    }

    fn readable(text: &str) -> String {
        text.replace('\u{1b}', "^")
    }

    #[test]
    fn the_results_of_all_checks() {
        assert_snapshot!(table(&reports(), 80, Style::Plain), @r"
          ok    01-threading            2 of 2   complete
          FAIL  02-multiprocessing      0 of 1   does not compile
          todo  03-mpi-p2p              1 of 2   next: number
          todo  04-deadlock-avoidance   0 of 1   not started
          FAIL  05-collectives          1 of 3   fails: scatter (wrong-result), gather …
          skip  06-pi                   0 of 1   not run: no slots are left

        4 of 10 tasks pass, 1 of 6 exercises complete.
        ");
        assert_snapshot!(table(&reports(), 60, Style::Plain), @r"
          ok    01-threading            2 of 2   complete
          FAIL  02-multiprocessing      0 of 1   does not compile
          todo  03-mpi-p2p              1 of 2   next: number
          todo  04-deadlock-avoidance   0 of 1   not started
          FAIL  05-collectives          1 of 3   fails: scatter (wr…
          skip  06-pi                   0 of 1   not run: no slots …

        4 of 10 tasks pass, 1 of 6 exercises complete.
        ");
        assert_snapshot!(readable(&table(&reports(), 80, Style::Ansi)), @r"
          ^[32mok^[0m    01-threading            2 of 2   ^[2mcomplete^[0m
          ^[1m^[31mFAIL^[0m  02-multiprocessing      0 of 1   ^[2mdoes not compile^[0m
          ^[33mtodo^[0m  03-mpi-p2p              1 of 2   ^[2mnext: number^[0m
          ^[33mtodo^[0m  04-deadlock-avoidance   0 of 1   ^[2mnot started^[0m
          ^[1m^[31mFAIL^[0m  05-collectives          1 of 3   ^[2mfails: scatter (wrong-result), gather …^[0m
          ^[33mskip^[0m  06-pi                   0 of 1   ^[2mnot run: no slots are left^[0m

        ^[1m4 of 10 tasks pass, 1 of 6 exercises complete.^[0m
        ");
        assert_snapshot!(table(&reports()[..1], 80, Style::Plain), @r"
          ok    01-threading   2 of 2   complete

        2 of 2 tasks pass, 1 of 1 exercise complete.
        ");
    }

    fn rows() -> Vec<ListRow> {
        [
            (1, "Threading", 50, 7, 7, false),
            (
                3,
                "Point to point: messages between two ranks",
                75,
                9,
                4,
                true,
            ),
            (5, "Collectives", 120, 14, 0, false),
            (8, "Heat", 105, 8, 0, false),
        ]
        .map(|(number, title, minutes, total, passed, next)| ListRow {
            track: if number < 8 { "Core" } else { "Second track" },
            number,
            title: title.into(),
            minutes,
            total,
            passed,
            next,
        })
        .into()
    }

    #[test]
    fn the_list_of_exercises() {
        assert_snapshot!(list(&rows(), 80, Style::Plain), @r"
        Core
          01  Threading                                   50 min   7 of 7   [##########]
        > 03  Point to point: messages between two ran…   75 min   4 of 9   [####......]
          05  Collectives                                120 min   0 of 14  [..........]

        Second track
          08  Heat                                       105 min   0 of 8   [..........]

        11 of 38 tasks pass.

        Next
          cargo xtask check 03
              goes on with 03 Point to point: messages between two ranks
        ");
        assert_snapshot!(list(&rows(), 60, Style::Plain), @r"
        Core
          01  Threading               50 min   7 of 7   [##########]
        > 03  Point to point: mess…   75 min   4 of 9   [####......]
          05  Collectives            120 min   0 of 14  [..........]

        Second track
          08  Heat                   105 min   0 of 8   [..........]

        11 of 38 tasks pass.

        Next
          cargo xtask check 03
              goes on with 03 Point to point: messages between two
              ranks
        ");
        assert_snapshot!(list(&rows(), 45, Style::Plain), @r"
        Core
          01  Threading              50 min   7 of 7
        > 03  Point to point: mes…   75 min   4 of 9
          05  Collectives           120 min   0 of 14

        Second track
          08  Heat                  105 min   0 of 8

        11 of 38 tasks pass.

        Next
          cargo xtask check 03
              goes on with 03 Point to point:
              messages between two ranks
        ");
        assert_snapshot!(readable(&list(&rows(), 80, Style::Ansi)), @r"
        ^[1mCore^[0m
          ^[1m01^[0m  Threading                                ^[2m   50 min^[0m^[32m   7 of 7 ^[0m^[32m  [##########]^[0m
        ^[1m^[36m> ^[0m^[1m03^[0m  Point to point: messages between two ran…^[2m   75 min^[0m^[33m   4 of 9 ^[0m^[33m  [####......]^[0m
          ^[1m05^[0m  Collectives                              ^[2m  120 min^[0m   0 of 14  [..........]

        ^[1mSecond track^[0m
          ^[1m08^[0m  Heat                                     ^[2m  105 min^[0m   0 of 8   [..........]

        11 of 38 tasks pass.

        ^[1mNext^[0m
          ^[36mcargo xtask check 03^[0m
              goes on with 03 Point to point: messages between two ranks
        ");
    }

    proptest! {
        #[test]
        fn no_line_is_longer(
            given in proptest::collection::vec((any::<String>(), 0_u32..200, 0_usize..40, 0_usize..40), 0..6),
            width in 40_usize..100,
        ) {
            let rows: Vec<_> = given
                .iter()
                .map(|(title, minutes, total, passed)| ListRow {
                    track: if *passed < 20 { "Core" } else { "Second track" },
                    number: *minutes,
                    title: title.clone(),
                    minutes: *minutes,
                    total: *total,
                    passed: *passed,
                    next: *passed == 3,
                })
                .collect();
            let reports: Vec<_> = given
                .iter()
                .map(|(text, ..)| report(text, &[("task", Status::Failed, Some(failure(Kind::Panic, text)))]))
                .collect();
            for style in [Style::Plain, Style::Ansi] {
                for text in [list(&rows, width, style), table(&reports, width, style)] {
                    for line in text.lines() {
                        prop_assert!(display_width(line) <= width, "{line:?}");
                    }
                }
            }
        }
    }
}

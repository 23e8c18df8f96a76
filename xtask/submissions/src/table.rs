//! The results as CSV: a line for each task of each submission, and one for what could not be graded. What is in
//! the file already stays, as long as it is about the same contents.

use anyhow::{Context, Result, bail};
use course::{Exercise, durable};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};
use verdict::Report;

/// The status where there is no verdict.
pub(crate) const NOT_GRADED: &str = "not-graded";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) submission: String,
    pub(crate) exercise: String,
    pub(crate) task: String,
    pub(crate) status: String,
    pub(crate) kind: String,
    pub(crate) points: u32,
    pub(crate) of: u32,
    /// The seed of the inputs.
    pub(crate) seed: String,
    /// A fingerprint of the file that was graded.
    pub(crate) contents: String,
    pub(crate) note: String,
}

impl Row {
    /// About something that could not be graded.
    pub(crate) fn not_graded(submission: &str, exercise: &str, why: &str) -> Self {
        Self {
            submission: plain(submission),
            exercise: exercise.into(),
            task: String::new(),
            status: NOT_GRADED.into(),
            kind: String::new(),
            points: 0,
            of: 0,
            seed: String::new(),
            contents: String::new(),
            note: plain(why),
        }
    }
}

/// The lines about an exercise of which there is no file.
pub(crate) fn missing(submission: &str, exercise: &Exercise) -> Vec<Row> {
    same(
        submission,
        exercise,
        "missing",
        "",
        "there is no file with answers",
    )
}

/// The lines about an exercise whose file is the stub.
pub(crate) fn untouched(submission: &str, exercise: &Exercise, contents: &str) -> Vec<Row> {
    same(
        submission,
        exercise,
        "not-started",
        contents,
        "the file is the stub",
    )
}

fn same(
    submission: &str,
    exercise: &Exercise,
    status: &str,
    contents: &str,
    note: &str,
) -> Vec<Row> {
    let row = |(task, of): (&course::Task, u32)| Row {
        exercise: exercise.folder.clone(),
        task: task.name.clone(),
        status: status.into(),
        of,
        contents: contents.into(),
        note: note.into(),
        ..Row::not_graded(submission, "", "")
    };
    exercise
        .tasks
        .iter()
        .zip(exercise.points())
        .map(row)
        .collect()
}

/// The lines about an exercise that was checked.
pub(crate) fn reported(
    submission: &str,
    exercise: &Exercise,
    contents: &str,
    report: &Report,
) -> Vec<Row> {
    let points = exercise.points();
    let scores = explain::scores(report, &points);
    let row = |score: explain::Score<'_>| Row {
        exercise: exercise.folder.clone(),
        task: score.task.into(),
        status: score.status.into(),
        kind: score.kind.into(),
        points: score.points,
        of: score.of,
        seed: report.seed.to_string(),
        contents: contents.into(),
        note: plain(score.message),
        ..Row::not_graded(submission, "", "")
    };
    scores.into_iter().map(row).collect()
}

/// Text that no spreadsheet takes for a formula, also where `;` is between its cells, and that no terminal takes for an
/// order; in one line. Of what it has returned it returns the same.
pub(crate) fn plain(text: &str) -> String {
    let mut line = String::new();
    let mut begins = true;
    for sign in text.chars().take(500) {
        let sign = if is_unseen(sign) { ' ' } else { sign };
        if begins && "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(sign) {
            line.push('\'');
        }
        line.push(sign);
        begins = sign == ';' || (begins && sign == ' ');
    }
    line
}

/// What moves a cursor, or turns the text around it.
fn is_unseen(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The file with the results.
#[derive(Debug)]
pub(crate) struct Table {
    path: PathBuf,
    rows: Vec<Row>,
}

impl Table {
    /// Reads what is there, and tries whether it can be written.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let mut table = Self {
            path: path.to_owned(),
            rows: Vec::new(),
        };
        if path.exists() {
            let reading = || {
                format!(
                    "reading {}: it is not a table of results, and stays as it is; name another file",
                    path.display()
                )
            };
            let text = fs::read_to_string(path).with_context(reading)?;
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let rows: Result<Vec<Row>, _> = reader.deserialize().collect();
            table.rows = rows.with_context(reading)?;
            if table.rows.is_empty()
                && !text.trim().is_empty()
                && !text.trim_start_matches('"').starts_with("submission")
            {
                bail!(reading());
            }
        }
        table.write()?;
        Ok(table)
    }

    /// Whether there are verdicts about these contents.
    pub(crate) fn has(&self, submission: &str, exercise: &str, contents: &str) -> bool {
        let mut rows = self.rows(submission, exercise).peekable();
        rows.peek().is_some()
            && rows.all(|row| row.contents == contents && row.status != NOT_GRADED)
    }

    /// The lines about an exercise of a submission.
    pub(crate) fn rows(&self, submission: &str, exercise: &str) -> impl Iterator<Item = &Row> {
        let submission = plain(submission);
        self.rows
            .iter()
            .filter(move |row| row.submission == submission && row.exercise == exercise)
    }

    /// Drops lines.
    pub(crate) fn forget(&mut self, submission: &str, exercise: &str) {
        let submission = plain(submission);
        self.rows
            .retain(|row| row.submission != submission || row.exercise != exercise);
    }

    /// Puts lines in the place of those about the same exercise, and writes the file.
    pub(crate) fn put(&mut self, submission: &str, exercise: &str, rows: Vec<Row>) -> Result<()> {
        self.forget(submission, exercise);
        self.rows.extend(rows);
        // In this order of exercises, and within one as the tasks come.
        self.rows.sort_by(|one, other| {
            (&one.submission, &one.exercise).cmp(&(&other.submission, &other.exercise))
        });
        self.write()
    }

    fn write(&self) -> Result<()> {
        let writing = || format!("writing {}", self.path.display());
        let mut writer = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(Vec::new());
        for row in &self.rows {
            writer.serialize(row).with_context(writing)?;
        }
        let text = writer
            .into_inner()
            .map_err(|error| error.into_error())
            .with_context(writing)?;
        durable::write(&self.path, &text).with_context(writing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(submission: &str, exercise: &str, contents: &str) -> Row {
        Row {
            contents: contents.into(),
            status: "passed".into(),
            exercise: exercise.into(),
            ..Row::not_graded(submission, "", "")
        }
    }

    #[test]
    fn what_is_there_stays_as_long_as_the_contents_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.csv");
        let mut table = Table::open(&path).unwrap();
        table
            .put("bob", "01-a", vec![row("bob", "01-a", "abc")])
            .unwrap();
        table
            .put("=ann", "01-a", vec![row("=ann", "01-a", "def")])
            .unwrap();
        table
            .put(
                "eve",
                "",
                vec![Row::not_graded("eve", "", "-1 \"no\"\nclone, \u{1b}[31m")],
            )
            .unwrap();
        let text = fs::read_to_string(&path).unwrap();
        insta::assert_snapshot!(text, @r#"
        "submission","exercise","task","status","kind","points","of","seed","contents","note"
        "'=ann","01-a","","passed","","0","0","","def",""
        "bob","01-a","","passed","","0","0","","abc",""
        "eve","","","not-graded","","0","0","","","'-1 ""no"" clone,  [31m"
        "#);
        let again = Table::open(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert!(again.has("=ann", "01-a", "def") && again.has("bob", "01-a", "abc"));
        assert!(!again.has("bob", "01-a", "other") && !again.has("bob", "02-b", "abc"));
        assert!(!again.has("eve", "", ""));
    }

    #[test]
    fn no_cell_is_a_formula_wherever_it_is_cut() {
        for (text, wanted) in [
            ("=x", "'=x"),
            ("ann;=x", "ann;'=x"),
            ("ann; +x;@y", "ann; '+x;'@y"),
            ("\t-x", " '-x"),
            ("\u{ff1d}x", "'\u{ff1d}x"),
            ("a=b, -1; x-y", "a=b, -1; x-y"),
            ("\u{202e}nna\u{9b}2J", " nna 2J"),
        ] {
            assert_eq!(plain(text), wanted);
            assert_eq!(plain(wanted), wanted);
        }
    }

    #[test]
    fn another_file_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thesis.csv");
        for text in ["name,mark\nann,1\n", "my thesis", "\u{0}\u{1}"] {
            fs::write(&path, text).unwrap();
            let error = Table::open(&path).unwrap_err();
            assert!(format!("{error:#}").contains("stays as it is"), "{error:#}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}

//! Reads `exercise.toml` and says, with the line, what is wrong in it and what to write instead.

use crate::{Exercise, Limits, Task, name, source};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::{collections::HashSet, fs, io, ops::Range, path::Path, time::Duration};
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    title: Spanned<String>,
    minutes: Spanned<u32>,
    ranks: Option<Spanned<Vec<Spanned<u32>>>>,
    #[serde(default)]
    connects: bool,
    #[serde(default)]
    limits: RawLimits,
    #[serde(default, rename = "task")]
    tasks: Vec<RawTask>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawLimits {
    seconds: Option<Spanned<u64>>,
    memory_mib: Option<Spanned<u64>>,
    output_kib: Option<Spanned<u64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTask {
    name: Spanned<String>,
    minutes: Spanned<u32>,
    idea: Spanned<String>,
    functions: Option<Spanned<Vec<Spanned<String>>>>,
    ranks: Option<Spanned<Vec<Spanned<u32>>>>,
    hints: Spanned<Vec<Spanned<String>>>,
}

/// What to write for a key that is missing or has a value of another sort.
const EXAMPLES: &[(&str, &str)] = &[
    ("title", "title = \"Collectives\""),
    ("minutes", "minutes = 60"),
    ("ranks", "ranks = [1, 2, 3, 4]"),
    ("connects", "connects = true"),
    ("limits", "[limits]"),
    ("seconds", "seconds = 10"),
    ("memory-mib", "memory-mib = 2048"),
    ("output-kib", "output-kib = 1024"),
    ("task", "[[task]]"),
    ("name", "name = \"all-gather\""),
    ("idea", "idea = \"what the task must leave behind\""),
    ("functions", "functions = [\"all_gather\"]"),
    ("hints", "hints = [\"first\", \"second\", \"third\"]"),
];

/// Reads the exercise in `exercises/<folder>`. The inner error has one line for each trouble.
///
/// # Errors
/// When the file is there and cannot be read.
pub(crate) fn read(
    root: &Path,
    folder: &str,
    number: u32,
    topic: &str,
) -> Result<Result<Exercise, Vec<String>>> {
    let dir = root.join("exercises").join(folder);
    let shown = format!("exercises/{folder}/exercise.toml");
    let path = dir.join("exercise.toml");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err(vec![format!(
                "{shown}: it is missing; write one with `title`, `minutes`, `ranks` (if the exercise \
                 needs MPI) and a [[task]] for each task"
            )]));
        }
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let mut problems = Problems {
        file: shown,
        text: &text,
        lines: Vec::new(),
    };
    let manifest = match toml::from_str::<Manifest>(&text) {
        Ok(manifest) => manifest,
        Err(error) => {
            problems.add_toml(&error);
            return Ok(Err(problems.lines));
        }
    };

    problems.not_blank("title", &manifest.title);
    problems.positive("minutes", &manifest.minutes);
    let ranks = manifest
        .ranks
        .as_ref()
        .map_or_else(Vec::new, |ranks| problems.ranks(ranks));
    let limits = problems.limits(&manifest.limits);
    if manifest.tasks.is_empty() {
        problems.add(0..0, "there is no task; write at least one [[task]]");
    }
    let mut names = HashSet::new();
    let mut tasks = Vec::new();
    for (position, raw) in manifest.tasks.iter().enumerate() {
        if !names.insert(raw.name.get_ref()) {
            problems.add(
                raw.name.span(),
                &format!(
                    "another task is named `{}` too; give each its own name",
                    raw.name.get_ref()
                ),
            );
        }
        if raw.ranks.is_some() && manifest.ranks.is_none() {
            problems.add(
                raw.ranks.as_ref().map_or(0..0, Spanned::span),
                "a task has rank counts but the exercise has none; write `ranks = [1, 2, 3, 4]` below \
                 `minutes` at the top, or remove this line if the exercise needs no MPI",
            );
        }
        tasks.push(problems.task(raw, position + 1, &ranks));
    }
    if !problems.lines.is_empty() {
        return Ok(Err(problems.lines));
    }
    Ok(Ok(Exercise {
        number,
        topic: topic.to_owned(),
        folder: folder.to_owned(),
        title: manifest.title.into_inner(),
        minutes: manifest.minutes.into_inner(),
        ranks,
        connects: manifest.connects,
        limits,
        tasks,
        dir,
        solution_dir: root.join("solutions").join(folder),
    }))
}

/// What is wrong in one file.
struct Problems<'a> {
    file: String,
    text: &'a str,
    lines: Vec<String>,
}

impl Problems<'_> {
    fn add(&mut self, span: Range<usize>, what: &str) {
        let line = self.line(span.start);
        self.lines.push(format!("{}:{line}: {what}", self.file));
    }

    /// The line of a byte, counted from 1.
    fn line(&self, byte: usize) -> usize {
        self.text
            .bytes()
            .take(byte)
            .filter(|&byte| byte == b'\n')
            .count()
            + 1
    }

    fn add_toml(&mut self, error: &toml::de::Error) {
        let span = error.span().unwrap_or(0..0);
        // The types' names mean something to the compiler only.
        let mut message = error.message().trim_end().replace('\n', ": ");
        for (rust, plain) in [
            ("u32", "a whole number above 0"),
            ("u64", "a whole number above 0"),
            ("a sequence", "a list"),
        ] {
            message = message.replace(&format!("expected {rust}"), &format!("expected {plain}"));
        }
        let key = match message.strip_prefix("missing field `") {
            Some(rest) => rest.trim_end_matches('`'),
            None => {
                let line = self
                    .text
                    .lines()
                    .nth(self.line(span.start) - 1)
                    .unwrap_or_default();
                line.split('=').next().unwrap_or_default().trim()
            }
        };
        let example = EXAMPLES.iter().find(|(name, _)| *name == key);
        let advice = example.map(|(_, example)| format!("; write for example `{example}`"));
        self.add(span, &(message + &advice.unwrap_or_default()));
    }

    fn not_blank(&mut self, key: &str, value: &Spanned<String>) {
        if value.get_ref().trim().is_empty() {
            self.add(
                value.span(),
                &format!("`{key}` is blank; write a text or remove it"),
            );
        }
    }

    fn positive<T: PartialEq + From<u8>>(&mut self, key: &str, value: &Spanned<T>) {
        if *value.get_ref() == T::from(0) {
            self.add(
                value.span(),
                &format!("`{key}` is 0; write a number above 0"),
            );
        }
    }

    fn ranks(&mut self, ranks: &Spanned<Vec<Spanned<u32>>>) -> Vec<u32> {
        if ranks.get_ref().is_empty() {
            self.add(
                ranks.span(),
                "there is no rank count; write at least one, as in `ranks = [1, 2, 3, 4]`, or remove \
                 the line",
            );
        }
        let mut seen = HashSet::new();
        for count in ranks.get_ref() {
            self.positive("ranks", count);
            if !seen.insert(*count.get_ref()) {
                self.add(
                    count.span(),
                    &format!(
                        "the rank count {} stands twice; write it once",
                        count.get_ref()
                    ),
                );
            }
        }
        ranks
            .get_ref()
            .iter()
            .map(|count| *count.get_ref())
            .collect()
    }

    fn limits(&mut self, raw: &RawLimits) -> Limits {
        let default = Limits::default();
        let mut read = |key: &str, value: &Option<Spanned<u64>>, unit: u64, default: u64| {
            let Some(value) = value else { return default };
            self.positive(key, value);
            value.get_ref().saturating_mul(unit)
        };
        Limits {
            time: Duration::from_secs(read("seconds", &raw.seconds, 1, default.time.as_secs())),
            memory: read("memory-mib", &raw.memory_mib, 1 << 20, default.memory),
            output: read("output-kib", &raw.output_kib, 1 << 10, default.output),
        }
    }

    fn task(&mut self, raw: &RawTask, index: usize, ranks: &[u32]) -> Task {
        let name = raw.name.get_ref();
        if !name::is_kebab(name) {
            self.add(
                raw.name.span(),
                &format!(
                    "the task's name `{name}` is not in kebab case; write lower-case words joined by \
                     hyphens, as in `name = \"all-gather\"`"
                ),
            );
        }
        self.positive("minutes", &raw.minutes);
        self.not_blank("idea", &raw.idea);
        let hints = raw.hints.get_ref();
        if !(2..=3).contains(&hints.len()) {
            self.add(
                raw.hints.span(),
                &format!(
                    "the task `{name}` has {} hint{}; write two or three, from a nudge to nearly the \
                     answer",
                    hints.len(),
                    if hints.len() == 1 { "" } else { "s" },
                ),
            );
        }
        for hint in hints {
            self.not_blank("hints", hint);
        }
        let functions = match &raw.functions {
            Some(functions) => {
                if functions.get_ref().is_empty() {
                    self.add(
                        functions.span(),
                        "`functions` is empty; name at least one, or remove the line if the function is \
                         named like the task",
                    );
                }
                for function in functions.get_ref() {
                    self.function(function.span(), function.get_ref());
                }
                functions
                    .get_ref()
                    .iter()
                    .map(|function| function.get_ref().clone())
                    .collect()
            }
            None => {
                let function = name.replace('-', "_");
                if name::is_kebab(name) {
                    self.function(raw.name.span(), &function);
                }
                vec![function]
            }
        };
        Task {
            name: name.clone(),
            index,
            minutes: *raw.minutes.get_ref(),
            idea: raw.idea.get_ref().clone(),
            functions,
            ranks: match &raw.ranks {
                Some(own) => self.ranks(own),
                None => ranks.to_vec(),
            },
            hints: hints.iter().map(|hint| hint.get_ref().clone()).collect(),
        }
    }

    fn function(&mut self, span: Range<usize>, function: &str) {
        if !function.split("::").all(source::is_name) {
            self.add(
                span,
                &format!(
                    "`{function}` cannot be a function in Rust; write the name as in src/lib.rs: \
                     `functions = [\"all_gather\"]`, or `[\"Grid::step\"]` for a method"
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miniature::COLLECTIVES;

    /// Reads a text as the manifest of `05-collectives`.
    fn read_text(text: &str) -> Result<Exercise, String> {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("exercises/05-collectives");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("exercise.toml"), text).unwrap();
        read(root.path(), "05-collectives", 5, "collectives")
            .unwrap()
            .map_err(|lines| lines.join("\n"))
    }

    /// What is said about the good manifest after one replacement.
    fn trouble(old: &str, new: &str) -> String {
        assert!(COLLECTIVES.contains(old), "{old}");
        read_text(&COLLECTIVES.replacen(old, new, 1)).unwrap_err()
    }

    #[test]
    fn a_good_manifest_is_read_whole() {
        let exercise = read_text(COLLECTIVES).unwrap();
        assert_eq!(
            (exercise.title.as_str(), exercise.minutes),
            ("Collectives", 60)
        );
        assert_eq!(exercise.ranks, [1, 2, 3, 4]);
        let limits = Limits {
            time: Duration::from_secs(5),
            ..Limits::default()
        };
        assert_eq!(exercise.limits, limits);
        let task = &exercise.tasks[2];
        assert_eq!(
            (task.name.as_str(), task.index, task.minutes),
            ("all-gather", 3, 10)
        );
        assert_eq!(task.functions, ["all_gather"]);
        assert_eq!(task.hints, ["one", "two"]);
    }

    #[test]
    fn limits_have_units() {
        let text = COLLECTIVES.replace("seconds = 5", "memory-mib = 3\noutput-kib = 2");
        let limits = read_text(&text).unwrap().limits;
        assert_eq!(
            limits,
            Limits {
                time: Duration::from_secs(10),
                memory: 3_145_728,
                output: 2048
            }
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_the_line_and_the_cure() {
        let troubles = [
            trouble("title = \"Collectives\"\n", ""),
            trouble("title = \"Collectives\"", "title = \" \""),
            trouble("minutes = 60", "minutes = \"an hour\""),
            trouble("minutes = 60", "minutes = -5"),
            trouble("minutes = 60", "minutes = 0"),
            trouble("ranks = [1, 2, 3, 4]", "ranks = 4"),
            trouble("ranks = [1, 2, 3, 4]", "ranks = []"),
            trouble("ranks = [1, 2, 3, 4]", "ranks = [1, 0, 2, 2]"),
            trouble("ranks = [1, 2, 3, 4]\n", ""),
            trouble("ranks = [1, 2, 3, 4]", "rank = [1]"),
            trouble("ranks = [1, 2, 3, 4]", "ranks = [1, 2"),
            trouble("seconds = 5", "seconds = 0"),
            trouble("\"scatter\"", "\"broadcast\""),
            trouble("\"scatter\"", "\"Scatter_all\""),
            trouble("\"scatter\"", "\"match\""),
            trouble("name = \"scatter\"\n", ""),
            trouble("hints = [\"one\", \"two\", \"three\"]", "hints = [\"one\"]"),
            trouble(
                "hints = [\"one\", \"two\", \"three\"]",
                "hints = [\"one\", \"\"]",
            ),
            trouble(
                "hints = [\"one\", \"two\", \"three\"]",
                "hint = [\"one\", \"two\"]",
            ),
            trouble("hints = [\"one\", \"two\", \"three\"]\n", ""),
            trouble("ranks = [2, 16]", "functions = [\"all gather\"]"),
            trouble("ranks = [2, 16]", "functions = []"),
            trouble("\"One call instead of a loop of sends.\"", "\"\""),
            read_text("title = \"T\"\nminutes = 5\n").unwrap_err(),
        ];
        let text = troubles.join("\n").replace("exercises/05-collectives/", "");
        insta::assert_snapshot!(text, @r#"
        exercise.toml:1: missing field `title`; write for example `title = "Collectives"`
        exercise.toml:1: `title` is blank; write a text or remove it
        exercise.toml:2: invalid type: string "an hour", expected a whole number above 0; write for example `minutes = 60`
        exercise.toml:2: invalid value: integer `-5`, expected a whole number above 0; write for example `minutes = 60`
        exercise.toml:2: `minutes` is 0; write a number above 0
        exercise.toml:3: invalid type: integer `4`, expected a list; write for example `ranks = [1, 2, 3, 4]`
        exercise.toml:3: there is no rank count; write at least one, as in `ranks = [1, 2, 3, 4]`, or remove the line
        exercise.toml:3: `ranks` is 0; write a number above 0
        exercise.toml:3: the rank count 2 stands twice; write it once
        exercise.toml:23: a task has rank counts but the exercise has none; write `ranks = [1, 2, 3, 4]` below `minutes` at the top, or remove this line if the exercise needs no MPI
        exercise.toml:3: unknown field `rank`, expected one of `title`, `minutes`, `ranks`, `connects`, `limits`, `task`
        exercise.toml:5: missing comma between array elements, expected `,`
        exercise.toml:6: `seconds` is 0; write a number above 0
        exercise.toml:15: another task is named `broadcast` too; give each its own name
        exercise.toml:15: the task's name `Scatter_all` is not in kebab case; write lower-case words joined by hyphens, as in `name = "all-gather"`
        exercise.toml:15: `match` cannot be a function in Rust; write the name as in src/lib.rs: `functions = ["all_gather"]`, or `["Grid::step"]` for a method
        exercise.toml:14: missing field `name`; write for example `name = "all-gather"`
        exercise.toml:12: the task `broadcast` has 1 hint; write two or three, from a nudge to nearly the answer
        exercise.toml:12: `hints` is blank; write a text or remove it
        exercise.toml:12: unknown field `hint`, expected one of `name`, `minutes`, `idea`, `functions`, `ranks`, `hints`
        exercise.toml:8: missing field `hints`; write for example `hints = ["first", "second", "third"]`
        exercise.toml:24: `all gather` cannot be a function in Rust; write the name as in src/lib.rs: `functions = ["all_gather"]`, or `["Grid::step"]` for a method
        exercise.toml:24: `functions` is empty; name at least one, or remove the line if the function is named like the task
        exercise.toml:11: `idea` is blank; write a text or remove it
        exercise.toml:1: there is no task; write at least one [[task]]
        "#);
    }
}

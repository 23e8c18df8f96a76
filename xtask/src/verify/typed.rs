//! The commands in Markdown, as a reader types them: each is one that `cargo xtask` takes, the exercise, task,
//! or program on the slides that it names exists, and one that runs a program is run by `verify`.

use super::{Problem, layout::from_root, lesson, strict};
use crate::{
    cli::{self, Cli, Command},
    commands::{run::RANKS, slide},
};
use anyhow::{Context, Result};
use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};
use course::{Course, Exercise};
use pulldown_cmark::{CodeBlockKind, Event, Parser as Markdown, Tag, TagEnd};
use std::{ffi::OsString, path::Path};

/// How each of them begins.
const START: &str = "cargo xtask";
/// What stands for any exercise or program where a page speaks of all of them.
const ANY: [&str; 3] = ["NN", "NN.task", "slides/NAME"];

/// A run of a program: the number of its ranks, and its arguments.
pub(crate) type Run = (u32, Vec<String>);

/// A command in a page.
#[derive(Debug, PartialEq, Eq)]
struct Typed {
    /// Without `cargo xtask`.
    words: Vec<String>,
    line: usize,
}

/// The commands of a page: those in its code blocks, each on a line of its own, and those in its sentences.
fn read(text: &str) -> Vec<Typed> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (event, range) in Markdown::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let is_code = |info: &str| matches!(info.split(',').next(), Some("rust" | "wgsl"));
                in_block = !matches!(kind, CodeBlockKind::Fenced(info) if is_code(&info));
            }
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Code(code) => {
                let line = text[..range.start].matches('\n').count() + 1;
                found.extend(words(&code).map(|words| Typed { words, line }));
            }
            Event::Text(block) if in_block => {
                let first = text[..range.start].matches('\n').count() + 1;
                let lines = block.lines().enumerate();
                found.extend(lines.filter_map(|(nth, code)| {
                    let line = first + nth;
                    words(code).map(|words| Typed { words, line })
                }));
            }
            _ => {}
        }
    }
    found
}

/// The words of a command; none if it is another program's. What it does may stand after it, two spaces or a `#`
/// away, and an ellipsis where it goes on.
fn words(code: &str) -> Option<Vec<String>> {
    let code = code.trim_start().trim_start_matches("$ ");
    let rest = code.strip_prefix(START)?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let rest = rest.trim_start();
    let end = ["  ", " #", " …"]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .min()
        .unwrap_or(rest.len());
    Some(
        rest[..end]
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

/// What is wrong with the commands of a page.
pub(crate) fn page(course: &Course, path: &Path) -> Result<Vec<Problem>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let name = from_root(course, path);
    let mut problems = Vec::new();
    for Typed { words, line } in read(&text) {
        let complaint = match parsed(&words) {
            Ok(command) => command.map_or(Ok(None), |command| complaint(course, &command))?,
            Err(error) => Some(error),
        };
        problems.extend(complaint.map(|complaint| {
            let message = format!("`{START} {}`: {complaint}", words.join(" "));
            Problem::new(format!("{name}:{line}"), message)
        }));
    }
    Ok(problems)
}

fn parsed(words: &[String]) -> Result<Option<Command>, String> {
    let all = std::iter::once(START).chain(words.iter().map(String::as_str));
    match Cli::try_parse_from(all) {
        Ok(cli) => Ok(cli.command),
        // That is one too.
        Err(error) if error.kind() == ErrorKind::DisplayHelp => Ok(None),
        // A sentence may speak of a command without what it takes, or with an ellipsis for a value.
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => Ok(None),
        Err(error)
            if error.get(ContextKind::InvalidValue)
                == Some(&ContextValue::String(String::new())) =>
        {
            Ok(None)
        }
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            Err(first.trim_start_matches("error: ").to_owned())
        }
    }
}

/// What is wrong with what a command names.
fn complaint(course: &Course, command: &Command) -> Result<Option<String>> {
    let name = match command {
        Command::Check(cli::Check { name, .. })
        | Command::Watch(cli::Watch { name, .. })
        | Command::Hint(name) => name.name.as_deref(),
        Command::Run(run) | Command::Trace(run) => Some(&*run.name),
        Command::Bench(bench) => Some(&*bench.exercise.name),
        Command::Solution(solution) => Some(&*solution.name),
        Command::Reset(reset) => Some(&*reset.name),
        _ => None,
    };
    let Some(name) = name.filter(|name| !ANY.contains(name)) else {
        return Ok(None);
    };
    let (Command::Run(run) | Command::Trace(run)) = command else {
        return Ok(course.select(name).err().map(|error| error.to_string()));
    };
    let Some(program) = slide::named(name) else {
        return Ok(course.select(name).err().map(|error| error.to_string()));
    };
    strict::of_slides(course, program, run.ranks, &texts(&run.arguments))
}

/// The runs of an exercise's own program that the pages of the course name.
pub(crate) fn runs(course: &Course, exercise: &Exercise) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for path in lesson::files(course)? {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        for Typed { words, .. } in read(&text) {
            let Ok(Some(Command::Run(run) | Command::Trace(run))) = parsed(&words) else {
                continue;
            };
            let is_of_it = course.select(&run.name).is_ok_and(|selection| {
                selection.task.is_none() && selection.exercise.folder == exercise.folder
            });
            let typed = (run.ranks.unwrap_or(RANKS), texts(&run.arguments));
            if is_of_it && !runs.contains(&typed) {
                runs.push(typed);
            }
        }
    }
    Ok(runs)
}

fn texts(arguments: &[OsString]) -> Vec<String> {
    arguments
        .iter()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<(String, usize)> {
        let all = read(text).into_iter();
        all.map(|Typed { words, line }| (words.join(" "), line))
            .collect()
    }

    #[test]
    fn commands_stand_in_sentences_and_in_blocks() {
        let text = "Type `cargo xtask check 05` or `cargo test`, and\n\
                    see `cargo xtask`.\n\n\
                    ```console\n$ cargo xtask list   what there is\n\ncargo xtask run 07 -n 4 # four ranks\n```\n\n\
                    ```rust\ncargo xtask nothing\n```\n\n    cargo xtask witness -- mpiexec -n 2 …\n";
        let expected = [
            ("check 05", 1),
            ("", 2),
            ("list", 5),
            ("run 07 -n 4", 7),
            ("witness -- mpiexec -n 2", 14),
        ];
        assert_eq!(
            typed(text),
            expected.map(|(words, line)| (words.to_owned(), line))
        );
    }

    #[test]
    fn a_command_must_be_one_that_is_taken() {
        let parse = |text: &str| parsed(&words(text).unwrap()).map(|command| command.is_some());
        assert_eq!(parse("cargo xtask check 05 --seed 7"), Ok(true));
        assert_eq!(parse("cargo xtask"), Ok(false));
        assert_eq!(parse("cargo xtask --help"), Ok(false));
        // A sentence about the command.
        assert_eq!(parse("cargo xtask solution"), Ok(false));
        assert_eq!(parse("cargo xtask check 05 --seed …"), Ok(false));
        assert!(parse("cargo xtask chekc 05").unwrap_err().contains("chekc"));
        assert!(
            parse("cargo xtask check 05 --sede 7")
                .unwrap_err()
                .contains("--sede")
        );
    }
}

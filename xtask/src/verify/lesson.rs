//! Everything in Markdown: a lesson has a section for each task and names the next exercise; every
//! link leads somewhere, every include is there, Rust code stands in a file that is compiled, and a
//! figure of a lesson is one of those that functions draw, with alternative text.

use super::{Problem, layout::from_root};
use anyhow::{Context, Result};
use course::{Course, Exercise};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use verdict::Subject;

/// The Markdown of the whole course.
pub(crate) fn files(course: &Course) -> Result<Vec<PathBuf>> {
    let mut found = vec![course.root().join("README.md")];
    for folder in ["exercises", "slides", "scripts"] {
        collect(&course.root().join(folder), "md", &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("reading {}", folder.display()))?
            .path();
        if path.is_dir() {
            collect(&path, extension, found)?;
        } else if path.extension().is_some_and(|ending| ending == extension) {
            found.push(path);
        }
    }
    Ok(())
}

/// One Markdown file, as far as it can rot.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    /// Level, text, line.
    headings: Vec<(HeadingLevel, String, usize)>,
    /// Target, line.
    links: Vec<(String, usize)>,
    /// Target, alternative text, line; the targets are among the links too.
    images: Vec<(String, String, usize)>,
    /// Code of blocks marked as Rust, or as WGSL, which Rust files hold as text; line.
    rust: Vec<(String, usize)>,
    /// Path, anchor, line.
    includes: Vec<(String, Option<String>, usize)>,
}

fn read(text: &str) -> Page {
    let line = |offset: usize| text[..offset].matches('\n').count() + 1;
    let mut page = Page::default();
    let mut heading: Option<(HeadingLevel, String, usize)> = None;
    let mut rust: Option<(String, usize)> = None;
    let mut image: Option<(String, String, usize)> = None;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                heading = Some((level, String::new(), line(range.start)))
            }
            Event::End(TagEnd::Heading(_)) => page.headings.extend(heading.take()),
            Event::Start(Tag::Link { dest_url, .. }) => {
                page.links.push((dest_url.to_string(), line(range.start)));
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                page.links.push((dest_url.to_string(), line(range.start)));
                image = Some((dest_url.to_string(), String::new(), line(range.start)));
            }
            Event::End(TagEnd::Image) => page.images.extend(image.take()),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info)))
                if matches!(info.split(',').next(), Some("rust" | "wgsl")) =>
            {
                rust = Some((String::new(), line(range.start)));
            }
            Event::End(TagEnd::CodeBlock) => page.rust.extend(rust.take()),
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, words, _)) = &mut heading {
                    words.push_str(&part);
                }
                if let Some((code, _)) = &mut rust {
                    code.push_str(&part);
                }
                if let Some((_, alternative, _)) = &mut image {
                    alternative.push_str(&part);
                }
            }
            _ => {}
        }
    }
    for (number, words) in text.lines().enumerate() {
        let Some(include) = words
            .trim()
            .strip_prefix("{{#include ")
            .and_then(|rest| rest.strip_suffix("}}"))
        else {
            continue;
        };
        let (path, anchor) = match include.trim().split_once(':') {
            Some((path, anchor)) => (path, Some(anchor.to_owned())),
            None => (include.trim(), None),
        };
        page.includes.push((path.to_owned(), anchor, number + 1));
    }
    page
}

/// Links, includes and code of one file.
pub(crate) fn page(course: &Course, path: &Path) -> Result<Vec<Problem>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let (page, name) = (read(&text), from_root(course, path));
    let folder = path.parent().unwrap_or(course.root());
    let mut problems = Vec::new();
    let mut problem = |line: usize, message: String| {
        problems.push(Problem::new(format!("{name}:{line}"), message))
    };

    for (target, line) in &page.links {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = target
            .split_once('#')
            .map_or((target.as_str(), None), |(file, anchor)| {
                (file, Some(anchor))
            });
        let there = if file.is_empty() {
            path.to_owned()
        } else {
            folder.join(file)
        };
        if !there.exists() {
            problem(*line, format!("the link `{target}` leads nowhere"));
        } else if let (Some(anchor), true) = (
            anchor,
            there.extension().is_some_and(|ending| ending == "md"),
        ) {
            let text = std::fs::read_to_string(&there)
                .with_context(|| format!("reading {}", there.display()))?;
            if !read(&text)
                .headings
                .iter()
                .any(|(_, heading, _)| course::slug(heading) == anchor)
            {
                problem(*line, format!("the link `{target}` leads to no heading"));
            }
        }
    }
    let of_lesson = course
        .exercises()
        .iter()
        .any(|exercise| exercise.lesson() == path);
    for (target, alternative, line) in &page.images {
        if alternative.trim().is_empty() {
            problem(
                *line,
                format!(
                    "the figure `{target}` has no text in its brackets that says what it shows"
                ),
            );
        }
        // Elsewhere nobody would see that a figure has become old.
        if of_lesson && folder.join(target).exists() && !is_figure(course, &folder.join(target)) {
            problem(
                *line,
                format!(
                    "the figure `{target}` is not one of {FIGURES}, which are drawn by functions"
                ),
            );
        }
    }
    for (target, anchor, line) in &page.includes {
        match (std::fs::read_to_string(folder.join(target)), anchor) {
            (Err(error), _) => problem(*line, format!("cannot include `{target}`: {error}")),
            (Ok(text), Some(anchor))
                if !text
                    .lines()
                    .any(|line| line.trim().ends_with(&format!("ANCHOR: {anchor}"))) =>
            {
                problem(*line, format!("`{target}` has no anchor `{anchor}`"));
            }
            (Ok(_), _) => {}
        }
    }
    // What is included is looked at above.
    let is_include = |line: &str| line.trim().is_empty() || line.trim().starts_with("{{#include ");
    let copied: Vec<_> = page
        .rust
        .iter()
        .filter(|(code, _)| !code.lines().all(is_include))
        .collect();
    if !copied.is_empty() {
        let compiled = compiled(course, path)?;
        let demo = demo_sources(course, path)?;
        for (code, line) in copied {
            let is_in = |texts: &[String]| texts.iter().any(|text| stands_in(code, text));
            if !is_in(&compiled) {
                problem(
                    *line,
                    "this Rust code is in no file that is compiled: copy it from one".into(),
                );
            } else if code.contains("world") && demo.as_ref().is_some_and(|texts| !is_in(texts)) {
                problem(
                    *line,
                    "this Rust code calls MPI and is not part of the exercise's own program, so it is never \
                     run with synchronous sends: copy it from src/main.rs or one of its modules"
                        .into(),
                );
            }
        }
    }
    Ok(problems)
}

/// Where the figures lie that the slides' builder draws, and compares with their files.
const FIGURES: &str = "slides/figures";

fn is_figure(course: &Course, path: &Path) -> bool {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    folder.is_some() && folder == course.root().join(FIGURES).canonicalize().ok()
}

/// Whether a lesson shows a figure, so that the figures are worth a look when only it is verified.
pub(crate) fn has_figures(exercise: &Exercise) -> Result<bool> {
    let path = exercise.lesson();
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    Ok(!read(&text).images.is_empty())
}

/// The Rust files that belong to a page: those of the exercise whose lesson it is, else all.
fn compiled(course: &Course, page: &Path) -> Result<Vec<String>> {
    let own = course
        .exercises()
        .iter()
        .find(|exercise| page.starts_with(&exercise.dir));
    let folders = own.map_or_else(
        || {
            vec![
                course.root().join("exercises"),
                course.root().join("solutions"),
                course.root().join("slides"),
            ]
        },
        |exercise| vec![exercise.dir.clone(), exercise.solution_dir.clone()],
    );
    let mut paths = Vec::new();
    for folder in folders {
        collect(&folder, "rs", &mut paths)?;
    }
    texts(&paths)
}

/// The files of the program that the exercise brings, if the page is the lesson of one with MPI.
fn demo_sources(course: &Course, page: &Path) -> Result<Option<Vec<String>>> {
    let mut own = course.exercises().iter();
    let Some(exercise) = own.find(|exercise| exercise.needs_mpi() && exercise.lesson() == page)
    else {
        return Ok(None);
    };
    let mut paths = Vec::new();
    collect(&exercise.dir.join("src"), "rs", &mut paths)?;
    paths.retain(|path| *path != exercise.source(Subject::Exercise));
    texts(&paths).map(Some)
}

fn texts(paths: &[PathBuf]) -> Result<Vec<String>> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
    };
    paths.iter().map(read).collect()
}

/// Whether the lines of a code block follow each other in a file; indentation and the marks of
/// documentation comments do not count, nor do those of anchors.
fn stands_in(code: &str, file: &str) -> bool {
    let bare = |line: &str| {
        let line = line.trim();
        let line = line
            .strip_prefix("///")
            .or_else(|| line.strip_prefix("//!"))
            .unwrap_or(line);
        line.trim().to_owned()
    };
    let full = |text: &str| -> Vec<String> {
        text.lines()
            .map(bare)
            .filter(|line| !line.is_empty() && !line.starts_with("// ANCHOR"))
            .collect()
    };
    let (code, file) = (full(code), full(file));
    !code.is_empty() && file.windows(code.len()).any(|lines| lines == code)
}

/// What only a lesson must have.
pub(crate) fn lesson(course: &Course, exercise: &Exercise) -> Result<Vec<Problem>> {
    let path = exercise.lesson();
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let (page, name) = (read(&text), from_root(course, &path));
    let mut problems = Vec::new();
    let sections: BTreeSet<&str> = page
        .headings
        .iter()
        .filter(|(level, ..)| *level > HeadingLevel::H1)
        .map(|(_, heading, _)| heading.as_str())
        .collect();
    for task in &exercise.tasks {
        if !sections.contains(task.name.as_str()) {
            problems.push(Problem::new(
                &name,
                format!("has no section for the task `{}`", task.name),
            ));
        }
        let command = format!("check {}", exercise.task_name(task));
        if !text.contains(&command) {
            problems.push(Problem::new(
                &name,
                format!("does not say `cargo xtask {command}`"),
            ));
        }
    }
    if page.rust.is_empty() {
        problems.push(Problem::new(
            &name,
            "has no complete example (a code block marked `rust`)",
        ));
    }
    if let Some(next) = course.next(exercise) {
        let end: String = text.lines().rev().take(12).collect();
        if !end.contains(&next.folder) && !end.contains(&format!("{:02}", next.number)) {
            problems.push(Problem::new(
                &name,
                format!("does not end by naming the next exercise, {}", next.folder),
            ));
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_its_lines() {
        let page = read(
            "# Title\n\n## `all-gather`\n\nSee [this](a.md#b) and ![that](fig.svg).\n\n```rust\nlet a = 1;\n```\n\n\
             ```text\nnot rust\n```\n\n```rust\n{{#include ../src/lib.rs:demo}}\n```\n",
        );
        assert_eq!(page.headings[1], (HeadingLevel::H2, "all-gather".into(), 3));
        assert_eq!(page.links, [("a.md#b".into(), 5), ("fig.svg".into(), 5)]);
        assert_eq!(page.images, [("fig.svg".into(), "that".into(), 5)]);
        assert_eq!(page.rust[0], ("let a = 1;\n".into(), 7));
        assert_eq!(
            page.includes,
            [("../src/lib.rs".into(), Some("demo".into()), 16)]
        );
    }

    #[test]
    fn code_must_stand_in_a_file_in_one_piece() {
        let file = "fn main() {\n    let a = 1;\n\n    let b = 2;\n}\n/// let c = 3;\n";
        assert!(stands_in("let a = 1;\nlet b = 2;\n", file));
        assert!(stands_in("let c = 3;", file));
        let marked = "let a = 1;\n// ANCHOR: b\nlet b = 2;\n";
        assert!(stands_in("let a = 1;\nlet b = 2;", marked));
        assert!(!stands_in("let b = 2;\nlet a = 1;\n", file));
        assert!(!stands_in("let a = 2;", file));
        assert!(!stands_in("\n", file));
    }
}

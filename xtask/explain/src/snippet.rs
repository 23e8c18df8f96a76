//! Lines of the source with labels under them, never wider than the page. What the labels say is
//! decided in `places`.

use crate::page::{Style, clean, cut};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::{collections::BTreeMap, ops::Range};
use textwrap::core::display_width;

/// Where the files of a report are. It names them by their paths from one folder, and the reader may stand
/// in another.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The text of a file by its path in the report; none if it cannot be read.
    pub load: &'a dyn Fn(&str) -> Option<String>,
    /// The path of a file as the reader types it, by its path in the report.
    pub as_typed: &'a dyn Fn(&str) -> String,
}

/// What is to be said about one line.
pub(crate) struct Label<'a> {
    pub(crate) file: &'a str,
    /// Counted from 1.
    pub(crate) line: u32,
    pub(crate) text: String,
    /// Parts of the names to underline, the likeliest first; without them, the whole line.
    pub(crate) names: &'a [&'a str],
}

/// The rendered source, and what could not be written into it.
pub(crate) struct Rendered {
    /// Lines no longer than the width that was asked for; empty if there is no source to show.
    pub(crate) text: String,
    /// The labels that had no room or no source, each with its place.
    pub(crate) rest: Vec<String>,
}

/// The labels of one file, by line.
type Lines<'a> = BTreeMap<u32, Vec<&'a Label<'a>>>;

/// Indentation that all the labelled lines share is taken away when it is deeper, in columns.
const DEEP: usize = 16;
/// Wider than any line: lines are cut here, where the labels can be taken into account, and not by
/// the renderer.
const UNLIMITED: usize = 1 << 16;

/// Shows the lines with their labels; the first label is the one that stands out.
pub(crate) fn snippet(
    labels: &[Label<'_>],
    sources: Sources<'_>,
    width: usize,
    style: Style,
) -> Rendered {
    let mut rest = Vec::new();
    let mut files: Vec<(&str, Lines<'_>)> = Vec::new();
    for label in labels {
        match files.iter_mut().find(|(file, _)| *file == label.file) {
            Some((_, lines)) => lines.entry(label.line).or_default().push(label),
            None => files.push((label.file, Lines::from([(label.line, vec![label])]))),
        }
    }
    let digits = labels
        .iter()
        .map(|label| label.line.to_string().len())
        .max()
        .unwrap_or(1);
    let mut snippets = Vec::new();
    // The paths of files whose lines were moved to the left, and by how much.
    let mut moved = Vec::new();
    for (file, lines) in files {
        let typed = clean(&(sources.as_typed)(file));
        let in_words =
            |label: &&Label<'_>| format!("{} ({typed}:{})", clean(&label.text), label.line);
        let Some(source) =
            (sources.load)(file).and_then(|text| Source::new(&text, &lines, width - digits - 3))
        else {
            rest.extend(lines.values().flatten().map(in_words));
            continue;
        };
        let mut annotations = Vec::new();
        for (&line, labelled) in &lines {
            let stands_out = labelled
                .iter()
                .any(|label| std::ptr::eq(*label, &labels[0]));
            let kind = if stands_out {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let texts: Vec<String> = labelled.iter().map(|label| clean(&label.text)).collect();
            let text = texts.join("; ");
            let names: Vec<&str> = labelled
                .iter()
                .flat_map(|label| label.names)
                .copied()
                .collect();
            annotations.push(
                match source.span_before(line, &names, display_width(&text)) {
                    Some(span) => kind.span(span).label(text),
                    None => {
                        rest.extend(labelled.iter().map(in_words));
                        kind.span(source.code(line))
                    }
                },
            );
        }
        // Beside the path stand an arrow, the line and the column.
        let beside = digits + 4 + 1 + digits + 1 + (source.away + width).to_string().len();
        let path = cut_front(&typed.replace('\n', " "), width - beside);
        moved.push((format!("--> {path}:"), source.away));
        snippets.push(
            Snippet::source(source.text)
                .path(path)
                .annotations(annotations),
        );
    }
    if snippets.is_empty() {
        return Rendered {
            text: String::new(),
            rest,
        };
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Ansi => Renderer::styled().hyperlink(false),
    };
    let report = [Group::with_level(Level::ERROR).elements(snippets)];
    let text = renderer.term_width(UNLIMITED).render(&report);
    let lines: Vec<String> = text.lines().map(|line| moved_back(line, &moved)).collect();
    Rendered {
        text: lines.join("\n"),
        rest,
    }
}

/// The line above a source, with the column as it is in the file and not as it is shown.
fn moved_back(line: &str, moved: &[(String, usize)]) -> String {
    let plain = anstream::adapter::strip_str(line).to_string();
    let is_of = |(path, away): &&(String, usize)| *away > 0 && plain.trim_start().starts_with(path);
    let column = plain.rsplit_once(':').map(|(_, column)| column.trim_end());
    let (Some((_, away)), Some(shown)) = (moved.iter().find(is_of), column) else {
        return line.to_owned();
    };
    let (Ok(number), Some(at)) = (shown.parse::<usize>(), line.rfind(shown)) else {
        return line.to_owned();
    };
    format!(
        "{}{}{}",
        &line[..at],
        number + away,
        &line[at + shown.len()..]
    )
}

/// A file's text, made fit to be shown: each line safe, and cut to the page.
struct Source {
    text: String,
    /// Where each line begins and ends in the text, in bytes.
    lines: Vec<Range<usize>>,
    /// The columns there are for code and labels.
    width: usize,
    /// The columns by which the lines were moved to the left.
    away: usize,
}

impl Source {
    /// None if the text has not all of the lines.
    fn new(text: &str, labelled: &Lines<'_>, width: usize) -> Option<Self> {
        let shown: Vec<String> = text
            .lines()
            .map(|line| clean(line).replace('\n', " "))
            .collect();
        let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let mut shared = usize::MAX;
        for &line in labelled.keys() {
            shared = shared.min(indent_of(shown.get((line as usize).checked_sub(1)?)?));
        }
        // The same for every line, so that they keep their form; a little stays.
        let away = if shared > DEEP { shared - 4 } else { 0 };
        let mut source = Self {
            text: String::new(),
            lines: Vec::new(),
            width,
            away,
        };
        for line in shown {
            let line = cut(&line[away.min(indent_of(&line))..], width);
            let begin = source.text.len();
            source.text.push_str(&line);
            source.lines.push(begin..source.text.len());
            source.text.push('\n');
        }
        Some(source)
    }

    /// What to underline so that a label of so many columns has room behind it, if there is such a
    /// thing: a name, or the code of the line, or the beginning of it.
    fn span_before(&self, line: u32, names: &[&str], label: usize) -> Option<Range<usize>> {
        let code = self.code(line);
        let text = &self.text[code.clone()];
        let first_word = text
            .find(|sign: char| !is_in_name(sign))
            .unwrap_or(text.len())
            .max(1);
        let named = names.iter().find_map(|name| self.name(code.clone(), name));
        let whole = code.clone();
        let first_word = text
            .is_char_boundary(first_word)
            .then(|| code.start..code.start + first_word);
        let begin = self.lines[line as usize - 1].start;
        [named, Some(whole), first_word]
            .into_iter()
            .flatten()
            .find(|span| {
                display_width(&self.text[begin..span.end]).max(1) + 1 + label <= self.width
            })
    }

    /// The code of a line, without the space and the comment around it.
    fn code(&self, line: u32) -> Range<usize> {
        let line = self.lines[line as usize - 1].clone();
        let text = &self.text[line.clone()];
        let code = text
            .find(" //")
            .map_or(text, |comment| &text[..comment])
            .trim_end();
        let code = if code.is_empty() {
            text.trim_end()
        } else {
            code
        };
        let indent = code.len() - code.trim_start().len();
        line.start + indent..line.start + code.len()
    }

    /// The first name of a called function that contains `part`.
    fn name(&self, within: Range<usize>, part: &str) -> Option<Range<usize>> {
        let text = &self.text[within.clone()];
        let called = |(at, _): (usize, &str)| {
            let before = text[..at].rfind(|sign| !is_in_name(sign));
            // The sign before a name may take several bytes.
            let begin = before.map_or(0, |at| {
                at + text[at..].chars().next().map_or(1, char::len_utf8)
            });
            let end = text[at..]
                .find(|sign| !is_in_name(sign))
                .map_or(text.len(), |to| at + to);
            (text[end..].starts_with(['(', ':', '<']))
                .then(|| within.start + begin..within.start + end)
        };
        text.match_indices(part).find_map(called)
    }
}

fn is_in_name(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The end of a path, at most `width` columns of it: the file's name tells most.
fn cut_front(path: &str, width: usize) -> String {
    if display_width(path) <= width {
        return path.to_owned();
    }
    let mut tail = path;
    while display_width(tail) + 1 > width {
        let mut signs = tail.chars();
        if signs.next().is_none() {
            break;
        }
        tail = signs.as_str();
    }
    format!("…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;

    /// Whoever reads stands where the paths begin.
    fn from_root(load: &dyn Fn(&str) -> Option<String>) -> Sources<'_> {
        Sources {
            load,
            as_typed: &str::to_owned,
        }
    }

    const SOURCE: &str = "use mpi::traits::*;

pub fn exchange(world: &World) -> i32 {
    let other = world.process_at_rank(1 - world.rank());
    let (number, _) = other.receive::<i32>(); // waits
    other.send(&7);
\tother.send(&[1, 2, 3][..]); let _a_long_line_that_goes_on_and_on = 123456789 + 987654321;
                                            deep(number)
}
";

    fn show(labels: &[(&str, u32, &str, &[&str])], width: usize) -> String {
        let labels: Vec<_> = labels
            .iter()
            .map(|&(file, line, text, names)| Label {
                file,
                line,
                text: text.to_owned(),
                names,
            })
            .collect();
        let load = |file: &str| (file != "gone.rs").then(|| SOURCE.to_owned());
        let shown = snippet(&labels, from_root(&load), width, Style::Plain);
        format!("{}\n{}", shown.text, shown.rest.join("\n"))
    }

    #[test]
    fn calls_are_underlined_and_lines_between_left_out() {
        assert_snapshot!(show(&[
            ("a.rs", 7, "rank 1 waits in MPI_Send for rank 0", &["send"]),
            ("a.rs", 5, "rank 0 waits in MPI_Recv for rank 1", &["receive"]),
        ], 76), @r"
         --> a.rs:7:11
          |
        5 |     let (number, _) = other.receive::<i32>(); // waits
          |                             ------- rank 0 waits in MPI_Recv for rank 1
        6 |     other.send(&7);
        7 |     other.send(&[1, 2, 3][..]); let _a_long_line_that_goes_on_and_on = …
          |           ^^^^ rank 1 waits in MPI_Send for rank 0
        ");
    }

    #[test]
    fn several_labels_of_a_line_share_it() {
        assert_snapshot!(show(&[
            ("a.rs", 6, "rank 0 waits in MPI_Send", &["send"]),
            ("a.rs", 6, "rank 1 computes here", &[]),
        ], 76), @r"
         --> a.rs:6:11
          |
        6 |     other.send(&7);
          |           ^^^^ rank 0 waits in MPI_Send; rank 1 computes here
        ");
    }

    #[test]
    fn files_follow_each_other() {
        assert_snapshot!(show(&[
            ("a.rs", 3, "here", &["exchange"]),
            ("gone.rs", 3, "rank 1 panics here", &[]),
            ("b.rs", 6, "rank 2 panics here", &[]),
            ("b.rs", 60, "rank 3 panics here", &[]),
        ], 76), @r"
         --> a.rs:3:8
          |
        3 | pub fn exchange(world: &World) -> i32 {
          |        ^^^^^^^^ here
        rank 1 panics here (gone.rs:3)
        rank 2 panics here (b.rs:6)
        rank 3 panics here (b.rs:60)
        ");
    }

    #[test]
    fn what_is_too_wide_is_cut_or_said_below() {
        assert_snapshot!(show(&[
            ("exercises/05-collectives/src/with/a/long/path.rs", 7, "rank 1 waits here", &[]),
            ("exercises/05-collectives/src/with/a/long/path.rs", 5, "ranks 0 and 2 to 127 wait in MPI_Recv for rank 1, tag 4", &["receive"]),
        ], 50), @r"
         --> …/05-collectives/src/with/a/long/path.rs:7:5
          |
        5 |     let (number, _) = other.receive::<i32>();…
          |     ------------------------------------------
        6 |     other.send(&7);
        7 |     other.send(&[1, 2, 3][..]); let _a_long_l…
          |     ^^^^^ rank 1 waits here
        ranks 0 and 2 to 127 wait in MPI_Recv for rank 1, tag 4 (exercises/05-collectives/src/with/a/long/path.rs:5)
        ");
    }

    #[test]
    fn deep_code_is_moved_to_the_left() {
        assert_snapshot!(show(&[("a.rs", 8, "rank 1 panics here", &[])], 50), @r"
         --> a.rs:8:45
          |
        8 |     deep(number)
          |     ^^^^^^^^^^^^ rank 1 panics here
        ");
    }

    #[test]
    fn an_empty_line_can_have_a_label() {
        assert_snapshot!(show(&[("a.rs", 2, "rank 1 panics here", &[])], 50), @r"
         --> a.rs:2:1
          |
        2 |
          | ^ rank 1 panics here
        ");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_and_no_label_lost(
            source in proptest::collection::vec("[ \ta-z(.\u{e9}漢\u{301}/;\\\\👍\u{7f}]{0,90}", 1..12),
            labels in proptest::collection::vec((1_u32..14, "[a-z]{1,60}", 0_usize..3), 1..6),
            width in 36_usize..100,
        ) {
            let files = ["a.rs", "b.rs", "exercises/a-very-long-name-of-a-folder/and-one-more/src/c.rs"];
            let labels: Vec<_> = labels
                .into_iter()
                .map(|(line, text, file)| Label { file: files[file], line, text, names: &["a", "b"] })
                .collect();
            let text = source.join("\n");
            for style in [Style::Plain, Style::Ansi] {
                let shown = snippet(&labels, from_root(&|_| Some(text.clone())), width, style);
                for line in shown.text.lines() {
                    prop_assert!(display_width(line) <= width, "{line:?}");
                }
                for label in &labels {
                    let found = shown.text.contains(&label.text)
                        || shown.rest.iter().any(|rest| rest.contains(&label.text));
                    prop_assert!(found, "{:?} in {}", label.text, shown.text);
                }
            }
        }
    }
}

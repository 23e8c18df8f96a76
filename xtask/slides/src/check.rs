//! What a deck refers to: code in other files, figures, links. Each is looked up here, and what is
//! wrong with it is said here. Nothing is rendered.

use std::{
    fmt, fs, io,
    path::{Component, Path, PathBuf},
};

/// Something that keeps a deck from being built.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, from the workbook's folder.
    pub file: PathBuf,
    /// The line in it, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            message,
        } = self;
        write!(out, "{}:{line}: error: {message}", file.display())
    }
}

/// The code that a line such as `{{#include ../exercises/05/src/lib.rs:scan}}` asks for: the whole
/// file, or what stands between `// ANCHOR: scan` and `// ANCHOR_END: scan`, moved to the left as far
/// as it goes. `folder` is that of the deck. None for any other line.
pub fn include(line: &str, folder: &Path) -> Option<Result<String, String>> {
    let target = line
        .trim()
        .strip_prefix("{{#include ")?
        .strip_suffix("}}")?
        .trim();
    let (path, anchor) = match target.split_once(':') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    let text = match fs::read_to_string(folder.join(path)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Some(Err(format!("there is no file `{path}` to include")));
        }
        Err(error) => return Some(Err(format!("cannot include `{path}`: {error}"))),
    };
    let lines: Vec<&str> = match anchor {
        None => text.lines().collect(),
        Some(anchor) => match between(&text, anchor) {
            Ok(lines) => lines,
            Err(lack) => return Some(Err(format!("`{path}` {lack}"))),
        },
    };
    Some(Ok(moved_left(
        lines.into_iter().filter(|line| mark(line).is_none()),
    )))
}

/// The name of the anchor that a line begins or ends, and whether it begins it.
fn mark(line: &str) -> Option<(bool, &str)> {
    let comment = line.trim().strip_prefix("//")?.trim();
    let begins = comment
        .strip_prefix("ANCHOR:")
        .map(|name| (true, name.trim()));
    begins.or_else(|| {
        comment
            .strip_prefix("ANCHOR_END:")
            .map(|name| (false, name.trim()))
    })
}

fn between<'a>(text: &'a str, anchor: &str) -> Result<Vec<&'a str>, String> {
    let at = |wanted: (bool, &str)| {
        let places: Vec<usize> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| mark(line) == Some(wanted))
            .map(|(number, _)| number)
            .collect();
        match places[..] {
            [place] => Ok(place),
            [] if wanted.0 => Err(format!("has no anchor `{anchor}`")),
            [] => Err(format!("does not end the anchor `{anchor}`")),
            _ => Err(format!("has the anchor `{anchor}` more than once")),
        }
    };
    let (begin, end) = (at((true, anchor))?, at((false, anchor))?);
    if end < begin {
        return Err(format!("ends the anchor `{anchor}` before it begins it"));
    }
    let lines: Vec<&str> = text.lines().skip(begin + 1).take(end - begin - 1).collect();
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Err(format!("has nothing in the anchor `{anchor}`"));
    }
    Ok(lines)
}

fn moved_left<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<&str> = lines.collect();
    let full = lines.iter().filter(|line| !line.trim().is_empty());
    let depth = full
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let mut text: String = lines
        .iter()
        .flat_map(|line| [line.get(depth..).unwrap_or(""), "\n"])
        .collect();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The text of a figure that a deck shows.
pub fn figure(target: &str, alternative: &str, folder: &Path) -> Result<String, String> {
    if alternative.trim().is_empty() {
        return Err(format!(
            "the figure `{target}` has no alternative text: say in brackets what it shows"
        ));
    }
    if !target.ends_with(".svg") {
        return Err(format!("the figure `{target}` is no SVG"));
    }
    fs::read_to_string(folder.join(target)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!(
            "there is no figure `{target}`; `cargo xtask slides --figures` draws those that have a \
             function"
        ),
        _ => format!("cannot read the figure `{target}`: {error}"),
    })
}

/// Where a link leads from a page in `.workbook/slides`, two folders below the workbook's; `folder` is
/// that of the deck. Links between decks, which the pages' names carry, lead from page to page.
pub fn link(target: &str, root: &Path, folder: &Path) -> Result<String, String> {
    if target.starts_with("https://") || target.starts_with("mailto:") {
        return Ok(target.to_owned());
    }
    if target.contains("://") {
        return Err(format!("the link `{target}` is not to an https address"));
    }
    let (path, part) = match target.split_once('#') {
        Some((path, part)) => (path, Some(part)),
        None => (target, None),
    };
    if path.is_empty() {
        return Err(format!(
            "the link `{target}` leads into its own page, and slides have no names"
        ));
    }
    let there = folder.join(path);
    if !there.exists() {
        return Err(format!("the link `{target}` leads nowhere"));
    }
    if let Some(part) = part {
        let text = fs::read_to_string(&there).unwrap_or_default();
        if !text.lines().any(|line| {
            line.starts_with('#') && course::slug(line.trim_start_matches('#').trim()) == part
        }) {
            return Err(format!("the link `{target}` leads to no heading"));
        }
    }
    let Some(from_root) = lexically(&there)
        .strip_prefix(lexically(root))
        .ok()
        .map(Path::to_owned)
    else {
        return Err(format!("the link `{target}` leads out of the workbook"));
    };
    let is_page = from_root.parent() == Some(Path::new("slides"))
        && from_root.extension().is_some_and(|ending| ending == "md");
    Ok(if is_page {
        let page = from_root.with_extension("html");
        page.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    } else {
        let part = part.map(|part| format!("#{part}")).unwrap_or_default();
        format!("../../{}{part}", from_root.display())
    })
}

/// A path without `..` and `.`.
fn lexically(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            _ => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "fn all() {\n    // ANCHOR: two\n    let a = 1;\n    // ANCHOR: one\n\n    if a > 0 {\n        \
                        go();\n    }\n    // ANCHOR_END: one\n    // ANCHOR_END: two\n}\n// ANCHOR: open\n\
                        // ANCHOR: empty\n// ANCHOR_END: empty\n// ANCHOR: one-more\n// ANCHOR_END: early\n\
                        // ANCHOR: early\n";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("slides")).unwrap();
        fs::write(folder.path().join("a.rs"), FILE).unwrap();
        fs::write(folder.path().join("slides/01-b.md"), "# One thing\n").unwrap();
        folder
    }

    fn included(target: &str) -> Result<String, String> {
        let folder = folder();
        include(
            &format!("{{{{#include ../{target}}}}}"),
            &folder.path().join("slides"),
        )
        .unwrap()
    }

    #[test]
    fn an_anchor_gives_its_lines_moved_left_without_other_marks() {
        assert_eq!(
            included("a.rs:two").unwrap(),
            "let a = 1;\n\nif a > 0 {\n    go();\n}\n"
        );
        assert_eq!(
            included("a.rs:one").unwrap(),
            "\nif a > 0 {\n    go();\n}\n"
        );
        let whole = included("a.rs").unwrap();
        assert!(
            whole.starts_with("fn all() {\n    let a = 1;\n") && !whole.contains("ANCHOR"),
            "{whole}"
        );
    }

    #[test]
    fn what_cannot_be_included_is_said() {
        for (target, words) in [
            ("b.rs", "no file `../b.rs`"),
            ("a.rs:three", "has no anchor `three`"),
            ("a.rs:on", "has no anchor `on`"),
            ("a.rs:open", "does not end the anchor `open`"),
            ("a.rs:empty", "has nothing in the anchor `empty`"),
            ("a.rs:early", "before it begins"),
        ] {
            let said = included(target).unwrap_err();
            assert!(said.contains(words), "{target}: {said}");
        }
        assert_eq!(include("let a = 1;", Path::new(".")), None);
    }

    #[test]
    fn links_are_followed() {
        let folder = folder();
        let (root, slides) = (folder.path(), folder.path().join("slides"));
        let go = |target: &str| link(target, root, &slides);
        assert_eq!(go("../a.rs").unwrap(), "../../a.rs");
        assert_eq!(go("01-b.md").unwrap(), "01-b.html");
        assert_eq!(go("01-b.md#one-thing").unwrap(), "01-b.html");
        assert_eq!(go("https://a.org/b#c").unwrap(), "https://a.org/b#c");
        for (target, words) in [
            ("../b.rs", "leads nowhere"),
            ("01-b.md#two-things", "no heading"),
            ("../../..", "out of the workbook"),
            ("http://a.org", "https"),
            ("#here", "own page"),
        ] {
            let said = go(target).unwrap_err();
            assert!(said.contains(words), "{target}: {said}");
        }
    }

    #[test]
    fn a_figure_needs_words_and_a_file() {
        let slides = Path::new("nowhere");
        for (target, alternative, words) in [
            ("figures/a.svg", " ", "no alternative text"),
            ("figures/a.png", "A ring", "no SVG"),
            ("figures/a.svg", "A ring", "there is no figure"),
        ] {
            let said = figure(target, alternative, slides).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}

//! Words that plain English has better ones for, in what people read: lessons, decks, hints, messages, and comments.
//! Each of them was there.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What is not to be written, in lower case, and what is.
const WORDS: [(&str, &str); 19] = [
    ("beamer", "projector"),
    ("handed in,", "submitted,"),
    ("hand in a job", "submit a job"),
    ("hands a job in", "submits a job"),
    ("whomever", "any source"),
    ("the own ", "its own"),
    ("dealt out", "distributed"),
    ("deals out", "distributes"),
    ("serial share", "serial fraction"),
    ("sees to it", "makes sure"),
    ("for ever ", "forever"),
    ("deals ", "distributes"),
    ("nevertheless", "anyway"),
    ("numbered through", "numbered consecutively"),
    ("makers' mpi", "vendors' MPIs"),
    ("find out pi", "estimate pi"),
    ("collectives that do not block", "non-blocking collectives"),
    ("behind `--", "after `--"),
    ("what you write stands in", "your answers go into"),
];

/// Names of folders whose Rust files still have such words: the checks of exercises, the known mistakes, and the
/// launcher. And this file, which lists them.
const LEFT_OUT: [&str; 4] = ["checks", "mistakes", "launch", "words.rs"];

/// The Markdown, the hints, and the Rust below a folder.
fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_kind = |wanted: &str| path.extension().is_some_and(|kind| kind == wanted);
        // The names from the workbook's folder on.
        let mut names = path.iter().rev().take_while(|part| *part != "..");
        let is_left_out = names.any(|part| LEFT_OUT.iter().any(|name| part == *name));
        let is_text =
            is_kind("md") || path.ends_with("exercise.toml") || (is_kind("rs") && !is_left_out);
        if path.is_dir() {
            texts(&path, found);
        } else if is_text {
            found.push(path);
        }
    }
}

fn complaints(name: &str, text: &str) -> Vec<String> {
    let numbered = text.lines().zip(1..);
    numbered
        .flat_map(|(line, number)| {
            let line = line.to_lowercase();
            // Where a word ends: a blank in `WORDS` is also a full stop, or the end of the line.
            let parted = line.replace(|sign: char| sign.is_ascii_punctuation(), " ") + " ";
            let found = WORDS
                .iter()
                .filter(move |(word, _)| line.contains(word) || parted.contains(word));
            found.map(move |(word, better)| format!("{name}:{number}: `{word}`: write `{better}`"))
        })
        .collect()
}

#[test]
fn what_people_read_is_in_plain_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec![root.join("README.md")];
    for folder in ["exercises", "slides", "scripts", "solutions", "xtask"] {
        texts(&root.join(folder), &mut files);
    }
    let is_rust = |path: &&PathBuf| path.extension().is_some_and(|kind| kind == "rs");
    let rust = files.iter().filter(is_rust).count();
    assert!(rust > 300 && files.len() - rust > 40, "{files:?}");
    let found: Vec<String> = files
        .iter()
        .flat_map(|path| {
            complaints(
                &path.display().to_string(),
                &fs::read_to_string(path).unwrap(),
            )
        })
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_word_is_found_with_its_place() {
    let text = "One line.\nShow it on the Beamer, From whomever.\nIt waits for ever, for everybody, or for ever";
    assert_eq!(
        complaints("lesson.md", text),
        [
            "lesson.md:2: `beamer`: write `projector`",
            "lesson.md:2: `whomever`: write `any source`",
            "lesson.md:3: `for ever `: write `forever`"
        ]
    );
}

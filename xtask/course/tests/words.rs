//! Words that plain English has better ones for, in what students and instructors read. Each of them was there.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What is not to be written, in lower case, and what is.
const WORDS: [(&str, &str); 17] = [
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
    ("for ever.", "forever"),
    ("numbered through", "numbered consecutively"),
    ("makers' mpi", "vendors' MPIs"),
    ("find out pi", "estimate pi"),
    ("collectives that do not block", "non-blocking collectives"),
    ("behind `--", "after `--"),
    ("what you write stands in", "your answers go into"),
];

/// The Markdown and the hints below a folder.
fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_text =
            path.extension().is_some_and(|kind| kind == "md") || path.ends_with("exercise.toml");
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
            let found = WORDS.iter().filter(move |(word, _)| line.contains(word));
            found.map(move |(word, better)| format!("{name}:{number}: `{word}`: write `{better}`"))
        })
        .collect()
}

#[test]
fn what_people_read_is_in_plain_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec![root.join("README.md")];
    for folder in ["exercises", "slides", "scripts"] {
        texts(&root.join(folder), &mut files);
    }
    assert!(files.len() > 40, "{files:?}");
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
    let text = "One line.\nShow it on the Beamer, From whomever.\n";
    assert_eq!(
        complaints("lesson.md", text),
        [
            "lesson.md:2: `beamer`: write `projector`",
            "lesson.md:2: `whomever`: write `any source`"
        ]
    );
}

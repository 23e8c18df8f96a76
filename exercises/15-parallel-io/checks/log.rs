//! The check of `log`: text in the order of the ranks, after the old content of the file.

use super::{
    Answers,
    folder::{Folder, fails_on_all, ok},
    part, well, writes_its_own,
};
use harness::patience::{BRIEF, patiently};
use harness_mpi::{Check, Kind, plural};
use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Mutex,
};

pub fn log(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let folder = Folder::new(check);
    let path = folder.path("log");
    let drawn = check.draw_vec(size, 0..6);
    let some: Vec<usize> = (0..size).map(|rank| rank % 2).collect();
    let cases: [(Vec<usize>, &str); 6] = [
        (vec![1; size], ""),
        (drawn, "an old line\n"),
        ((0..size).rev().collect(), ""),
        (some, "two\nlines\n"),
        (vec![100; size], "an old line\n"),
        (vec![0; size], "an old line\n"),
    ];
    for (lines, old) in cases {
        let input = format!("the ranks have {lines:?} lines; {}", found(old));
        let right = part(check, &input, |check| {
            let mut texts = texts(check, &lines);
            if old.is_empty() {
                // The last line of a text may be without its newline.
                for text in &mut texts {
                    text.truncate(text.trim_end_matches(['\r', '\n']).len());
                }
            }
            folder.prepare(check, "log", (!old.is_empty()).then_some(old.as_bytes()));
            let (returned, traffic) = watched(check, &path, |check| {
                check.observe(|world| (answers.log)(world, &path, &texts[rank]))
            });
            let returned = well(check, returned);
            let expected = format!("{old}{}", texts.concat());
            let right = match folder.found(check, "log") {
                None => true,
                Some(Err(error)) => check.require(false, Kind::WrongResult, || {
                    format!("found no file after the call: {error}")
                }),
                Some(Ok(text)) => {
                    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
                    let text = String::from_utf8_lossy(&text);
                    let why = "the file contains its old lines, then the lines of rank 0, those of rank 1, and so on";
                    check.holds("the file", lines(&text), lines(&expected), why)
                        && check.require(text == expected, Kind::WrongResult, || {
                            String::from(
                                "found the right lines, but not the right line ends: each text is written unchanged, \
                                 with its newlines",
                            )
                        })
                }
            };
            if check.everywhere(right) && returned.is_some() {
                let _ = writes_its_own(check, &traffic, texts[rank].len() as u64, 1);
            }
        });
        if !right {
            return;
        }
    }
    if !large(check, answers, &folder) {
        return;
    }
    let text = "a line of the log\n".repeat(1000);
    fails_on_all(
        check,
        &folder,
        &[text.len() as u64 * size as u64 - 9],
        &|world, path| (answers.log)(world, path, &text),
    );
}

fn found(old: &str) -> String {
    match old {
        "" => String::from("there is no file"),
        old => format!(
            "the file has {}",
            plural(old.lines().count() as u64, "line")
        ),
    }
}

/// The text of each rank, with the given number of lines. Each fourth one is empty, and all others differ.
fn texts(check: &mut Check, lines: &[usize]) -> Vec<String> {
    let first = check.draw(10..1000);
    lines
        .iter()
        .enumerate()
        .map(|(rank, lines)| {
            let line = |line: &usize| {
                if line % 4 == 3 {
                    return String::from("\n");
                }
                let indent = " ".repeat((rank + line) % 4);
                // Some line ends have two characters, and some characters have two or three bytes, or are 0.
                let end = ["\n", " – für\0später \n", "\r\n"][(rank + line) % 3];
                format!("{indent}{} of rank {rank}{end}", first + line)
            };
            (0..*lines).collect::<Vec<_>>().iter().map(line).collect()
        })
        .collect()
}

/// On ranks that are late: the file that is written to, and how long it was.
static LATE: Mutex<Option<(PathBuf, u64)>> = Mutex::new(None);

/// Delays all ranks but rank 0 when they ask for the length of the file: if rank 0 does not wait for them, it has
/// written by then.
fn watched<R>(check: &mut Check, path: &Path, part: impl FnOnce(&mut Check) -> R) -> R {
    let length = fs::metadata(path).map_or(0, |file| file.len());
    check.barrier();
    let late = (check.rank() > 0).then(|| (path.to_owned(), length));
    *LATE.lock().expect("nobody panics with it") = late;
    let result = check.before_each_call(come_late, part);
    *LATE.lock().expect("nobody panics with it") = None;
    result
}

fn come_late(function: &'static str) {
    if function != "MPI_File_get_size" {
        return;
    }
    let late = LATE.lock().expect("nobody panics with it").clone();
    if let Some((path, length)) = late {
        let grown = || usize::from(fs::metadata(&path).is_ok_and(|file| file.len() > length));
        patiently(BRIEF, 1, grown);
    }
}

/// A file with a hole, of more bytes than 32 bits can count. If the system cannot create it, nothing is required.
fn large(check: &mut Check, answers: &Answers, folder: &Folder) -> bool {
    const LENGTH: u64 = (4 << 30) + 6;
    let rank = check.rank();
    let path = folder.path("large");
    let is_there = rank > 0
        || File::create(&path)
            .and_then(|file| file.set_len(LENGTH))
            .is_ok();
    if !check.everywhere(is_there) {
        return true;
    }
    let right = part(
        check,
        "each rank has 2 lines; the file has 4 GiB + 6 bytes",
        |check| {
            let texts = texts(check, &vec![2; check.size()]);
            let (returned, _) = check.observe(|world| (answers.log)(world, &path, &texts[rank]));
            well(check, returned);
            check.barrier();
            if rank > 0 {
                return;
            }
            let length = ok(fs::metadata(&path)).len();
            let expected = texts.concat();
            let why = "the new lines come after the old content, however long it is";
            if check.holds(
                "the length of the file",
                length,
                LENGTH + expected.len() as u64,
                why,
            ) {
                let mut text = String::new();
                let mut file = ok(File::open(&path));
                ok(file.seek(SeekFrom::Start(LENGTH)));
                ok(file.read_to_string(&mut text));
                check.holds("the text after the old content", text, expected, why);
            }
        },
    );
    if rank == 0 {
        let _ = fs::remove_file(&path);
    }
    right
}

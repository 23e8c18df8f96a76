//! A program that comes upon `todo!()`: its standard error passes through here, so that the one line
//! that matters is not lost among what MPI says about the end of its ranks.

use course::{Exercise, source};
use std::{
    io::{BufRead, BufReader, PipeReader, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// What `todo!()` says.
const TODO: &[u8] = b"not yet implemented";
/// What Rust says on the line before, with the place behind it.
const PANIC: &str = " panicked at ";

/// The lines of a program's standard error, of which some are to be shown.
#[derive(Default)]
struct Filter {
    /// Lines that begin what may be the message of a `todo!()`.
    held: Vec<u8>,
    /// The line of the student's file that holds the `todo!()`.
    place: Option<u32>,
}

impl Filter {
    /// Takes a line, and returns what is to be shown now.
    fn line(&mut self, line: &[u8], source: &str) -> Vec<u8> {
        if self.place.is_some() {
            return Vec::new();
        }
        let begins = |line: &[u8]| {
            line.trim_ascii().is_empty() || String::from_utf8_lossy(line).contains(PANIC)
        };
        let is_todo = line.windows(TODO.len()).any(|part| part == TODO);
        self.held.extend_from_slice(line);
        if is_todo {
            self.place = place(&String::from_utf8_lossy(&self.held), source);
        }
        if begins(line) && !is_todo || self.place.is_some() {
            return Vec::new();
        }
        std::mem::take(&mut self.held)
    }
}

/// The line behind the last mention of a file, as in `src/lib.rs:41:5`.
fn place(text: &str, source: &str) -> Option<u32> {
    let (_, rest) = text.rsplit_once(&format!("{source}:"))?;
    rest.split(|sign: char| !sign.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// Passes on what a program says on standard error, up to a `todo!()` in the student's file: then it
/// says so by `found`, and returns the line. What follows is of no use to anybody.
pub(crate) fn listen(errors: PipeReader, source: &str, found: &AtomicBool) -> Option<u32> {
    let mut errors = BufReader::new(errors);
    let mut filter = Filter::default();
    let mut line = Vec::new();
    let show = |text: &[u8]| {
        // Whoever has closed standard error does not want to read it.
        let _ = std::io::stderr().write_all(text);
    };
    while errors
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        show(&filter.line(&line, source));
        line.clear();
        if filter.place.is_some() {
            found.store(true, Ordering::Release);
        }
    }
    if filter.place.is_none() {
        show(&filter.held);
    }
    filter.place
}

/// What to say about a `todo!()` in this line of an exercise; `file` is its path as the reader types it.
pub(crate) fn message(exercise: &Exercise, file: &str, text: &str, line: u32) -> String {
    let functions = source::functions(text).unwrap_or_default();
    let here = functions
        .iter()
        .find(|function| (function.first..=function.last).contains(&line));
    let name = here.map_or("a function", |function| &function.name);
    let owns = |task: &&course::Task| task.functions.iter().any(|function| function == name);
    let task = exercise.tasks.iter().find(owns);
    let check = task.map_or_else(
        || format!("{:02}", exercise.number),
        |task| exercise.task_name(task),
    );
    let named = here.map_or_else(|| name.to_owned(), |_| format!("`{name}`"));
    format!(
        "{named} is not written yet: {file}:{line}\nWrite it, and see whether it is right: cargo xtask check {check}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "exercises/05-collectives/src/lib.rs";

    /// What is shown of a text, and the line of the `todo!()`.
    fn shown(text: &str) -> (String, Option<u32>) {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(text.as_bytes()).unwrap();
        drop(writer);
        let mut filter = Filter::default();
        let mut shown = Vec::new();
        for line in BufReader::new(reader).split(b'\n') {
            let line = [&line.unwrap()[..], b"\n"].concat();
            shown.extend(filter.line(&line, SOURCE));
        }
        if filter.place.is_none() {
            shown.append(&mut filter.held);
        }
        (String::from_utf8(shown).unwrap(), filter.place)
    }

    #[test]
    fn nothing_is_shown_from_a_todo_on() {
        let text = format!(
            "hello\n\nthread 'main' (7) panicked at {SOURCE}:41:5:\nnot yet implemented\nstack backtrace:\nAbort(1)\n"
        );
        assert_eq!(shown(&text), ("hello\n".into(), Some(41)));
        let text = format!("rank 0 stops all ranks: not yet implemented, at {SOURCE}:7:1\nAbort\n");
        assert_eq!(shown(&text), (String::new(), Some(7)));
    }

    #[test]
    fn everything_else_is_shown_as_it_is() {
        for text in [
            format!("\n\nthread 'main' (7) panicked at {SOURCE}:41:5:\nboom\n\nAbort(1)\n"),
            String::from(
                "a\n\nthread 'main' (7) panicked at other.rs:41:5:\nnot yet implemented\nAbort\n",
            ),
            format!("thread 'main' (7) panicked at {SOURCE}:41:5:\n"),
        ] {
            assert_eq!(shown(&text), (text.clone(), None));
        }
    }
}

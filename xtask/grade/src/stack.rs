//! From the return addresses that a rank has noted to what they mean: a line of the answers, and the
//! reason of a crash. The check program itself tells the lines, in a process of its own, once the
//! ranks are gone.

use crate::build::{Program, from_root};
use course::source::{Function, functions};
use std::{collections::BTreeSet, iter, path::Path, process::Command};
use verdict::{
    Kind,
    wire::{Frame, Place, RESOLVE, Stack},
};

/// The lines of one check program.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a> {
    /// The check program.
    pub program: &'a Program,
    /// The workbook's folder.
    pub root: &'a Path,
    /// The exercise's folder, such as `05-collectives`.
    pub folder: &'a str,
}

impl Lines<'_> {
    /// The functions on a stack, innermost first; none when the program cannot tell.
    pub fn frames(&self, stack: &Stack) -> Vec<Frame> {
        self.learn([stack]);
        let known = self.program.frames.borrow();
        let frames = stack.iter().filter_map(|address| known.get(address));
        frames.flatten().cloned().collect()
    }

    /// Asks the program for all addresses of these stacks at once, unless they are known: each time it
    /// has to read all that the compiler has written down about it.
    pub fn learn<'s>(&self, stacks: impl IntoIterator<Item = &'s Stack>) {
        let mut known = self.program.frames.borrow_mut();
        let addresses = stacks.into_iter().flatten().copied();
        let new: BTreeSet<i64> = addresses.filter(|at| !known.contains_key(at)).collect();
        if new.is_empty() {
            return;
        }
        let output = Command::new(&self.program.path)
            .arg(RESOLVE)
            .args(new.iter().map(ToString::to_string))
            .envs(self.program.env.iter().map(|(name, value)| (name, value)))
            .output();
        // A verdict without a line is better than none.
        let frames: Vec<Vec<Frame>> = output
            .ok()
            .and_then(|output| serde_json::from_slice(&output.stdout).ok())
            .unwrap_or_default();
        let unknown = iter::repeat_with(Vec::new);
        known.extend(new.into_iter().zip(frames.into_iter().chain(unknown)));
    }

    /// The innermost line of the answers: everything above it is a library's or the harness's. What is
    /// given and has not been changed calls for somebody, and that line is meant, if there is one.
    pub fn place(&self, frames: &[Frame]) -> Option<Place> {
        let places = frames.iter().filter_map(|frame| frame.place.as_ref());
        let answers: Vec<&Place> = places.filter(|place| self.is_answer(place)).collect();
        let own = answers.iter().find(|place| !self.is_given(place));
        own.or(answers.first()).copied().cloned()
    }

    /// Whether a line stands in a function that the stub brings along complete, and that is as it was.
    pub fn is_given(&self, place: &Place) -> bool {
        let file = from_root(&place.file, self.root);
        if file != format!("exercises/{}/src/lib.rs", self.folder) {
            return false;
        }
        let read = |file: &str| std::fs::read_to_string(self.root.join(file)).ok();
        let stub = read(&format!("xtask/course/stubs/{}.rs", self.folder));
        let (Some(stub), Some(text)) = (stub, read(&file)) else {
            return false;
        };
        is_given(&stub, &text, place.line)
    }

    /// Whether a line stands in the answers under test: in `src` of the crate, or among the known
    /// mistakes, but not in the glue of the check program.
    pub fn is_answer(&self, place: &Place) -> bool {
        let file = from_root(&place.file, self.root);
        let Some((parent, rest)) = file.split_once('/') else {
            return false;
        };
        let Some(rest) = rest
            .strip_prefix(self.folder)
            .and_then(|rest| rest.strip_prefix('/'))
        else {
            return false;
        };
        match parent {
            "exercises" => rest.starts_with("src/"),
            "solutions" => {
                rest.starts_with("src/")
                    || rest.starts_with("mistakes/") && rest != "mistakes/main.rs"
            }
            _ => false,
        }
    }
}

/// Whether a line of the student's text is in a complete function of the stub.
fn is_given(stub: &str, text: &str, line: u32) -> bool {
    let (Ok(given), Ok(there)) = (functions(stub), functions(text)) else {
        return false;
    };
    let here = there
        .iter()
        .find(|function| (function.first..=function.last).contains(&line));
    here.is_some_and(|here| {
        let same = |other: &Function| {
            other.name == here.name
                && !other.begins_with_todo
                && other.text(stub) == here.text(text)
        };
        given.iter().any(same)
    })
}

/// So many frames of one function among the innermost are no accident.
const ENDLESS: usize = 24;

/// Why a signal has ended a rank, from where it was: the kind, and the end of a sentence that begins
/// with the rank.
pub fn why(signal: i32, frames: &[Frame]) -> (Kind, String) {
    let names: Vec<&str> = frames
        .iter()
        .filter_map(|frame| frame.function.as_deref())
        .collect();
    if names.iter().any(|name| name.contains("handle_alloc_error")) {
        return (
            Kind::MemoryLimit,
            "asked for more memory than is available".into(),
        );
    }
    let repeated = names
        .iter()
        .find(|name| names.iter().filter(|other| other == name).count() >= ENDLESS);
    let message = match (repeated, signal) {
        (Some(name), _) => {
            let path = name.split("::<").next().unwrap_or(name);
            let name = path.rsplit("::").next().unwrap_or(path);
            format!("ran out of stack: `{name}` calls itself endlessly, or too often")
        }
        (None, 4) => "was terminated by SIGILL: an illegal instruction".into(),
        (None, 6) => "aborted (SIGABRT)".into(),
        (None, 7 | 10) => "was terminated by SIGBUS: it accessed memory that does not exist".into(),
        (None, 8) => "was terminated by SIGFPE: an arithmetic error".into(),
        (None, 11) => {
            "was terminated by SIGSEGV: it accessed memory that does not belong to it".into()
        }
        (None, other) => format!("was terminated by signal {other}"),
    };
    (Kind::Crash, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(program: &Program) -> Lines<'_> {
        Lines {
            program,
            root: Path::new("/home/ann/course"),
            folder: "05-collectives",
        }
    }

    fn frame(function: &str, file: &str) -> Frame {
        Frame {
            function: Some(function.into()),
            place: Some(Place {
                file: file.into(),
                line: 7,
            }),
        }
    }

    #[test]
    fn answers_are_told_from_everything_else() {
        let program = Program::default();
        for (file, answer) in [
            ("/home/ann/course/exercises/05-collectives/src/lib.rs", true),
            ("exercises/05-collectives/src/lib.rs", true),
            ("solutions/05-collectives/mistakes/scatter.rs", true),
            ("solutions/05-collectives/mistakes/main.rs", false),
            ("exercises/05-collectives/checks/tasks.rs", false),
            ("exercises/03-mpi-p2p/src/lib.rs", false),
            ("/home/ann/course/xtask/harness/src/run.rs", false),
            ("/rustc/abc/library/core/src/panicking.rs", false),
            ("src/lib.rs", false),
        ] {
            let place = Place {
                file: file.into(),
                line: 1,
            };
            assert_eq!(lines(&program).is_answer(&place), answer, "{file}");
        }
    }

    #[test]
    fn the_innermost_line_of_the_answer_counts() {
        let program = Program::default();
        let frames = [
            frame(
                "MPI_Recv",
                "/home/ann/course/xtask/witness/recorder/src/functions.rs",
            ),
            frame("exchange", "exercises/05-collectives/src/lib.rs"),
            frame("check", "exercises/05-collectives/checks/tasks.rs"),
        ];
        assert_eq!(lines(&program).place(&frames), frames[1].place);
        assert_eq!(lines(&program).place(&frames[2..]), None);
    }

    #[test]
    fn a_function_that_is_given_is_not_the_answer() {
        let stub = "fn helper() {\n    panic!()\n}\n\nfn answer() {\n    todo!()\n}\n";
        let text = stub.replace("todo!()", "helper()");
        assert!(is_given(stub, &text, 2));
        assert!(!is_given(stub, &text, 6));
        // Once it is changed, it is the student's.
        let changed = text.replace("panic!()", "loop {}");
        assert!(!is_given(stub, &changed, 2));
        assert!(!is_given(stub, stub, 6));
    }

    #[test]
    fn crashes_are_told_apart() {
        let deep = vec![frame("collectives::f::<[u64]>", "a.rs"); 30];
        assert_eq!(
            why(11, &deep),
            (
                Kind::Crash,
                "ran out of stack: `f` calls itself endlessly, or too often".into()
            )
        );
        assert_eq!(
            why(11, &deep[..5]).1,
            "was terminated by SIGSEGV: it accessed memory that does not belong to it"
        );
        let starved = [
            frame("abort", "a.rs"),
            frame("alloc::alloc::handle_alloc_error", "b.rs"),
        ];
        assert_eq!(why(6, &starved).0, Kind::MemoryLimit);
    }
}

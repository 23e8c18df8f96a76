//! Answers of a student: the reference, with other bodies for some of its functions.

use crate::course::{Course, REFERENCE, STUDENT};
use course::source;

/// Stands in a body at the line that a verdict must name.
pub const HERE: &str = "// HERE";

pub struct Answer(String);

const BELOW: &str = "
#[allow(unsafe_code)]
pub mod below {
    unsafe extern \"C\" {
        fn signal(number: i32, handler: usize) -> usize;
        fn close(descriptor: i32) -> i32;
    }
    pub fn ignore(number: i32) {
        unsafe { signal(number, 1) };
    }
    pub fn shut(descriptor: i32) {
        unsafe { close(descriptor) };
    }
    pub fn read_nothing() -> u64 {
        let number: *const u64 = std::ptr::null();
        std::hint::black_box(unsafe { number.read_volatile() })
    }
}
";

impl Answer {
    pub fn reference(course: &Course) -> Self {
        let text = course.read(REFERENCE);
        // Behind the documentation of the file, where alone such attributes may stand.
        let after = text.lines().take_while(|line| line.starts_with("//!"));
        let after = after.map(|line| line.len() + 1).sum::<usize>();
        let (documentation, rest) = text.split_at(after);
        Self(format!("{documentation}#![allow(warnings)]\n{rest}"))
    }

    /// Another body for one function.
    pub fn with(self, function: &str, body: &str) -> Self {
        let found = source::find(&self.0, function).unwrap().unwrap();
        let lines: Vec<&str> = self.0.lines().collect();
        let (first, last) = (found.line as usize - 1, found.last as usize - 1);
        let open = first
            + lines[first..]
                .iter()
                .position(|line| line.ends_with('{'))
                .unwrap();
        let text = [&lines[..=open], &[body], &lines[last..]].concat();
        Self(text.join("\n") + "\n")
    }

    /// The answer's way to what safe code cannot do: `mpi_extra::below`, as if a C library that it
    /// calls did so.
    pub fn with_c(self, course: &Course) -> Self {
        let library = "xtask/mpi-extra/src/lib.rs";
        course.write(library, &(course.read(library) + BELOW));
        self
    }

    pub fn submit(&self, course: &Course) {
        course.write(STUDENT, &self.0);
    }

    /// The line of a mark in the body of a function.
    pub fn line(&self, function: &str, mark: &str) -> Option<u32> {
        let found = source::find(&self.0, function).unwrap().unwrap();
        let mut lines = (1..).zip(self.0.lines());
        let line = lines.find(|(number, line)| *number >= found.line && line.contains(mark));
        Some(line.unwrap_or_else(|| panic!("no {mark} in {function}")).0)
    }
}

#[test]
fn a_body_is_replaced_and_its_line_known() {
    let text = "//! A.\n//! B.\n\nuse c;\n\n/// D.\npub fn d(\n    e: u8,\n) -> u8 {\n    e\n}\n\nfn f() {}\n";
    let answer = Answer(text.into()).with("d", "    let g = e;\n    g // HERE");
    assert!(
        answer
            .0
            .contains(") -> u8 {\n    let g = e;\n    g // HERE\n}\n")
    );
    assert_eq!(answer.line("d", HERE), Some(11));
}

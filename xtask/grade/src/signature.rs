//! A function that the checks cannot call, because its name or its signature has changed. The compiler
//! would say so in the code of the checks, which is not the student's.

use crate::build::{BuildFailure, CompileError};
use course::{Exercise, source::Function, source::functions};
use std::path::Path;
use verdict::Subject;

/// What stands in the stub's place, when the crate itself compiles and the checks do not: one error for
/// each function that has changed. All else is handed back as it is.
pub(crate) fn explained(root: &Path, exercise: &Exercise, failure: BuildFailure) -> BuildFailure {
    let own = exercise.dir_of(Subject::Exercise).join("src");
    let is_own = |error: &CompileError| {
        let place = error.place.as_ref();
        place.is_some_and(|(file, _)| root.join(file).starts_with(&own))
    };
    if failure.errors.iter().any(is_own) {
        return failure;
    }
    let stub = root.join(format!("xtask/course/stubs/{}.rs", exercise.folder));
    let texts = std::fs::read_to_string(stub).and_then(|stub| {
        let answers = std::fs::read_to_string(exercise.source(Subject::Exercise))?;
        Ok((stub, answers))
    });
    // Without them the compiler's words have to do.
    let Ok((stub, answers)) = texts else {
        return failure;
    };
    let tasks = exercise.tasks.iter();
    let names: Vec<&str> = tasks
        .flat_map(|task| task.functions.iter().map(String::as_str))
        .collect();
    let file = exercise.source_name(Subject::Exercise);
    let errors = changed(&names, &stub, &answers, &file);
    if errors.is_empty() {
        return failure;
    }
    BuildFailure {
        rendered: String::new(),
        errors,
    }
}

/// The functions of these names that differ from the stub's in how they are called.
fn changed(names: &[&str], stub: &str, answers: &str, file: &str) -> Vec<CompileError> {
    let (Ok(wanted), Ok(there)) = (functions(stub), functions(answers)) else {
        return Vec::new();
    };
    let find = |functions: &[Function], name: &str| -> Option<Function> {
        functions.iter().find(|found| found.name == name).cloned()
    };
    let mut errors = Vec::new();
    for name in names {
        let Some(stub_has) = find(&wanted, name) else {
            continue;
        };
        let declaration = stub_has.declaration(stub);
        let error = |message: String, line: Option<u32>| CompileError {
            message,
            place: line.map(|line| (file.to_owned(), line)),
        };
        match find(&there, name) {
            Some(found) if found.types != stub_has.types => errors.push(error(
                format!(
                    "`{name}` must keep its signature, because the check calls it: `{declaration}`"
                ),
                Some(found.line),
            )),
            Some(found) if stub_has.public && !found.public => errors.push(error(
                format!("`{name}` must be `pub`, because the check calls it: `{declaration}`"),
                Some(found.line),
            )),
            Some(_) => {}
            None => {
                // A function that the stub does not have and that is called in the same way.
                let renamed = there.iter().find(|function| {
                    function.types == stub_has.types && find(&wanted, &function.name).is_none()
                });
                let what = match renamed {
                    Some(other) => format!(
                        "`{name}` must keep its name, and not be `{}`, because the check calls it",
                        other.name
                    ),
                    None => format!("`{name}` is missing, and the check calls it"),
                };
                let line = renamed.map(|other| other.line);
                errors.push(error(format!("{what}: `{declaration}`"), line));
            }
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUB: &str = "pub fn scan(items: u64) -> (u64, u64) {\n    todo!()\n}\n\npub fn sum(mine: &[i64]) -> i64 {\n    todo!()\n}\n";

    fn said(answers: &str) -> String {
        let errors = changed(&["scan", "sum"], STUB, answers, "src/lib.rs");
        let line = |error: &CompileError| {
            let line = error.place.as_ref().map(|(_, line)| *line);
            format!("{line:?} {}", error.message)
        };
        errors.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_has_changed_is_named() {
        assert_eq!(said(STUB), "");
        assert_eq!(said(&STUB.replace("items", "mut n")), "");
        insta::assert_snapshot!(said(&STUB.replace("items: u64", "items: u32")), @"Some(1) `scan` must keep its signature, because the check calls it: `pub fn scan(items: u64) -> (u64, u64)`");
        insta::assert_snapshot!(said(&STUB.replace("pub fn sum", "fn sum")), @"Some(5) `sum` must be `pub`, because the check calls it: `pub fn sum(mine: &[i64]) -> i64`");
        insta::assert_snapshot!(said(&STUB.replace("fn scan", "fn prefix")), @"Some(1) `scan` must keep its name, and not be `prefix`, because the check calls it: `pub fn scan(items: u64) -> (u64, u64)`");
        insta::assert_snapshot!(said("pub fn sum(mine: &[i64]) -> i64 { 0 }"), @"None `scan` is missing, and the check calls it: `pub fn scan(items: u64) -> (u64, u64)`");
    }
}

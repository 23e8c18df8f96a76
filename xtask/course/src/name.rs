//! The names by which a person calls an exercise or a task, and what to propose for a name that
//! nothing has.

use crate::{Exercise, Task};
use std::{error::Error, fmt, slice};

/// What a name on the command line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection<'a> {
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The one task that was asked for; none when the whole exercise was.
    pub task: Option<&'a Task>,
}

impl<'a> Selection<'a> {
    /// The tasks that were asked for: one, or all of the exercise.
    pub fn tasks(&self) -> &'a [Task] {
        self.task.map_or(&self.exercise.tasks, slice::from_ref)
    }
}

/// Nothing in the course has this name. The message proposes the nearest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What was asked for.
    pub name: String,
    /// The nearest names, best first, as they can be typed; at most three.
    pub nearest: Vec<String>,
    message: String,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for UnknownName {}

/// Number and topic of a folder's name: two digits, a hyphen, and the topic in kebab case.
pub(crate) fn split_folder(folder: &str) -> Option<(u32, &str)> {
    let (number, topic) = folder.split_once('-')?;
    (number.len() == 2 && is_kebab(topic)).then_some((number_of(number)?, topic))
}

/// Lower-case words of letters and digits, joined by single hyphens, the first starting with a
/// letter.
pub(crate) fn is_kebab(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('-').all(is_word)
}

/// The number that digits mean; not what `parse` also takes, such as `+5`.
fn number_of(digits: &str) -> Option<u32> {
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().ok()).flatten()
}

/// See [`Course::select`](crate::Course::select).
pub(crate) fn select<'a>(
    exercises: &'a [Exercise],
    name: &str,
) -> Result<Selection<'a>, UnknownName> {
    let wanted = without_folders(name.trim())
        .to_ascii_lowercase()
        .replace('_', "-");
    let (wanted, task) = match wanted.split_once('.') {
        Some((exercise, task)) => (exercise, Some(task)),
        None => (wanted.as_str(), None),
    };
    let number = number_of(wanted);
    let exercise = exercises
        .iter()
        .find(|e| number == Some(e.number) || wanted == e.topic || wanted == e.folder)
        .ok_or_else(|| unknown_exercise(exercises, name, wanted))?;
    let task = match task {
        None => None,
        Some(wanted) => {
            let number = number_of(wanted);
            let found = exercise.tasks.iter().find(|task| {
                wanted == task.name || number.is_some_and(|n| n as usize == task.index)
            });
            // A task with several functions is often called by one of them.
            let function = wanted.replace('-', "_");
            let by_function = || {
                let mut tasks = exercise.tasks.iter();
                tasks.find(|task| task.functions.contains(&function))
            };
            let found = found.or_else(by_function);
            Some(found.ok_or_else(|| unknown_task(exercise, name, wanted))?)
        }
    };
    Ok(Selection { exercise, task })
}

/// The exercise's part of what shells complete: a path from anywhere, often with a slash at its
/// end, after which the task was typed.
fn without_folders(path: &str) -> String {
    let parts: Vec<_> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .collect();
    let first = parts
        .iter()
        .rposition(|part| *part == "exercises")
        .map_or(0, |at| at + 1);
    match parts[first..] {
        [exercise, task, ..] if task.starts_with('.') => format!("{exercise}{task}"),
        [exercise, ..] => exercise.to_owned(),
        [] => String::new(),
    }
}

fn unknown_exercise(exercises: &[Exercise], name: &str, wanted: &str) -> UnknownName {
    let exercise_names = exercises.iter().map(|e| {
        let distance = distance(wanted, &e.topic).min(distance(wanted, &e.folder));
        (distance, e.folder.clone())
    });
    // Somebody who asks for `scatter` means the task.
    let task_names = exercises.iter().flat_map(|e| {
        e.tasks
            .iter()
            .map(move |task| (distance(wanted, &task.name), e.task_name(task)))
    });
    let nearest = nearest(wanted, exercise_names.chain(task_names));
    let what = if wanted.is_empty() {
        "no exercise is named".to_owned()
    } else {
        format!("there is no exercise `{wanted}`")
    };
    let advice = did_you_mean(&nearest)
        .unwrap_or_else(|| "`cargo xtask list` shows the exercises".to_owned());
    UnknownName {
        name: name.to_owned(),
        nearest,
        message: format!("{what}: {advice}"),
    }
}

fn unknown_task(exercise: &Exercise, name: &str, wanted: &str) -> UnknownName {
    let names = exercise.tasks.iter();
    let names = names.map(|task| (distance(wanted, &task.name), exercise.task_name(task)));
    let nearest = nearest(wanted, names);
    let what = if wanted.is_empty() {
        format!("no task is named after `{:02}.`", exercise.number)
    } else {
        format!("{} has no task `{wanted}`", exercise.folder)
    };
    let advice = did_you_mean(&nearest).unwrap_or_else(|| {
        let tasks = exercise.tasks.iter();
        let tasks: Vec<_> = tasks
            .map(|task| format!("{} {}", task.index, task.name))
            .collect();
        format!("its tasks are {}", tasks.join(", "))
    });
    UnknownName {
        name: name.to_owned(),
        nearest,
        message: format!("{what}: {advice}"),
    }
}

/// How far a name is from what was typed: 0 for a part of it, else the number of slips.
fn distance(wanted: &str, name: &str) -> usize {
    if wanted.len() >= 2 && name.contains(wanted) {
        0
    } else {
        strsim::damerau_levenshtein(wanted, name)
    }
}

/// The three best names that a slip of the fingers could have turned into `wanted`.
fn nearest(wanted: &str, names: impl Iterator<Item = (usize, String)>) -> Vec<String> {
    // Every two numbers are within two slips of each other: a number is wrong, not misspelt.
    if number_of(wanted).is_some() {
        return Vec::new();
    }
    let slips = wanted.chars().count().div_ceil(3).min(4);
    let mut near: Vec<_> = names.filter(|(distance, _)| *distance <= slips).collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

fn did_you_mean(nearest: &[String]) -> Option<String> {
    let names: Vec<_> = nearest.iter().map(|name| format!("`{name}`")).collect();
    let (last, others) = names.split_last()?;
    Some(match others {
        [] => format!("did you mean {last}?"),
        _ => format!("did you mean {} or {last}?", others.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Course, miniature::Miniature};
    use proptest::{prelude::*, sample};
    use std::sync::LazyLock;

    static COURSE: LazyLock<Course> = LazyLock::new(|| Miniature::new().course());

    #[test]
    fn a_function_stands_for_its_task() {
        let (mut functions, mut found) = (0, 0);
        for exercise in COURSE.exercises() {
            for task in &exercise.tasks {
                for function in task.functions.iter().filter(|name| !name.contains("::")) {
                    let name = format!("{:02}.{function}", exercise.number);
                    let selected = COURSE.select(&name).unwrap().task.unwrap();
                    functions += 1;
                    found += usize::from(selected.name == task.name);
                }
            }
        }
        assert!(functions > 0);
        assert_eq!(found, functions);
        assert!(COURSE.select("05.no_function").is_err());
    }

    /// All ways to write one exercise's name.
    fn spellings(exercise: &Exercise) -> Vec<String> {
        let Exercise {
            number,
            topic,
            folder,
            ..
        } = exercise;
        let mut all = vec![
            number.to_string(),
            format!("{number:02}"),
            topic.clone(),
            folder.clone(),
        ];
        for path in [
            "exercises/",
            "./exercises/",
            "../",
            "/home/ada/exercises/workbook/exercises/",
        ] {
            all.push(format!("{path}{folder}"));
            all.push(format!("{path}{folder}/"));
        }
        all.push(format!("exercises/{folder}/src/lib.rs"));
        all
    }

    proptest! {
        #[test]
        fn any_spelling_names_the_same_exercise(
            exercise in sample::select(COURSE.exercises()),
            which: sample::Index,
            upper: bool,
            underscores: bool,
            spaces in " {0,2}",
        ) {
            let mut name = which.get(&spellings(&exercise)).clone();
            // The folders above it are as they are on the disk.
            if upper && !name.contains('/') { name = name.to_uppercase() }
            if underscores { name = name.replace('-', "_") }
            let found = COURSE.select(&format!("{spaces}{name}{spaces}")).unwrap();
            prop_assert_eq!(found.exercise, &exercise);
            prop_assert_eq!(found.tasks(), &exercise.tasks[..]);
        }

        #[test]
        fn any_spelling_names_the_same_task(
            exercise in sample::select(COURSE.exercises()),
            which: sample::Index,
            task: sample::Index,
            by_index: bool,
        ) {
            let mut spellings = spellings(&exercise);
            spellings.pop();
            let task = task.get(&exercise.tasks);
            let name = which.get(&spellings);
            let name = match by_index {
                true => format!("{name}.{}", task.index),
                false => format!("{name}.{}", task.name.to_uppercase()),
            };
            let found = COURSE.select(&name).unwrap();
            prop_assert_eq!(found.exercise, &exercise);
            prop_assert_eq!(found.tasks(), slice::from_ref(task));
        }

        #[test]
        fn no_name_panics(name in ".{0,20}") {
            if let Err(error) = COURSE.select(&name) {
                prop_assert_eq!(&error.name, &name);
                prop_assert!(error.nearest.iter().all(|near| COURSE.select(near).is_ok()));
            }
        }

        #[test]
        fn one_slip_is_understood(
            exercise in sample::select(COURSE.exercises()),
            at: sample::Index,
        ) {
            let mut name = exercise.topic.clone();
            name.remove(at.index(name.len()));
            let error = COURSE.select(&name).unwrap_err();
            prop_assert_eq!(&error.nearest[0], &exercise.folder);
        }
    }

    #[test]
    fn unknown_names_get_proposals() {
        let names = [
            "colectives",
            "coll",
            "5-collectives",
            "06",
            "+5",
            "scatter",
            "all_gather",
            "p2p",
            "zzz",
            "",
            ".scatter",
            "exercises/",
            "05.scater",
            "05.",
            "05.4",
            "05.0",
            "05.gather",
            "05.zzzz",
        ];
        let messages = names.map(|name| COURSE.select(name).unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"), @r#"
        there is no exercise `colectives`: did you mean `05-collectives`?
        there is no exercise `coll`: did you mean `05-collectives`?
        there is no exercise `5-collectives`: did you mean `05-collectives`?
        there is no exercise `06`: `cargo xtask list` shows the exercises
        there is no exercise `+5`: `cargo xtask list` shows the exercises
        there is no exercise `scatter`: did you mean `05.scatter`?
        there is no exercise `all-gather`: did you mean `05.all-gather`?
        there is no exercise `p2p`: did you mean `03-mpi-p2p`?
        there is no exercise `zzz`: `cargo xtask list` shows the exercises
        no exercise is named: `cargo xtask list` shows the exercises
        no exercise is named: `cargo xtask list` shows the exercises
        no exercise is named: `cargo xtask list` shows the exercises
        05-collectives has no task `scater`: did you mean `05.scatter`?
        no task is named after `05.`: its tasks are 1 broadcast, 2 scatter, 3 all-gather
        05-collectives has no task `4`: its tasks are 1 broadcast, 2 scatter, 3 all-gather
        05-collectives has no task `0`: its tasks are 1 broadcast, 2 scatter, 3 all-gather
        05-collectives has no task `gather`: did you mean `05.all-gather`?
        05-collectives has no task `zzzz`: its tasks are 1 broadcast, 2 scatter, 3 all-gather
        "#);
    }

    #[test]
    fn folders_are_two_digits_and_a_topic() {
        assert_eq!(split_folder("05-collectives"), Some((5, "collectives")));
        assert_eq!(split_folder("03-mpi-p2p"), Some((3, "mpi-p2p")));
        for wrong in [
            "5-collectives",
            "05",
            "05-",
            "05-2d",
            "05-Heat",
            "+5-heat",
            "05-a--b",
            "05-a-",
        ] {
            assert_eq!(split_folder(wrong), None, "{wrong}");
        }
    }
}

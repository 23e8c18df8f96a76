//! The whole course: where it is, and its exercises in order. What one exercise says about itself
//! is read by `manifest`.

use crate::{Exercise, Selection, UnknownName, manifest, name};
use anyhow::{Context, Result, bail};
use std::{
    collections::HashMap,
    fs,
    path::{self, Path, PathBuf},
};

/// The exercises of one workbook.
#[derive(Clone, Debug)]
pub struct Course {
    root: PathBuf,
    exercises: Vec<Exercise>,
}

impl Course {
    /// The workbook's folder: the nearest one at or above `start` that has `exercises/`, `xtask/`
    /// and `Cargo.toml`.
    ///
    /// # Errors
    /// When no folder up to `/` looks like it.
    pub fn find_root(start: &Path) -> Result<PathBuf> {
        let start = path::absolute(start)
            .with_context(|| format!("looking for the workbook from {}", start.display()))?;
        let is_root = |folder: &&Path| {
            folder.join("Cargo.toml").is_file()
                && folder.join("exercises").is_dir()
                && folder.join("xtask").is_dir()
        };
        match start.ancestors().find(is_root) {
            Some(root) => Ok(root.to_path_buf()),
            None => bail!(
                "there is no workbook in {} or above: change into the folder that you cloned, the one \
                 with `exercises` in it",
                start.display()
            ),
        }
    }

    /// Reads every exercise below `root`, in the order of their numbers.
    ///
    /// A folder with neither `Cargo.toml` nor `exercise.toml` is no exercise: git leaves such
    /// folders behind when a branch without the exercise is checked out.
    ///
    /// # Errors
    /// When a folder cannot be read, or an exercise is not described as it should be: then the
    /// error has one line for each trouble, with file and line.
    pub fn read(root: &Path) -> Result<Self> {
        let parent = root.join("exercises");
        let listing = || format!("listing the exercises in {}", parent.display());
        let mut folders = Vec::new();
        for entry in fs::read_dir(&parent).with_context(listing)? {
            let entry = entry.with_context(listing)?;
            let dir = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_exercise = ["Cargo.toml", "exercise.toml"]
                .iter()
                .any(|file| dir.join(file).is_file());
            if is_exercise && !name.starts_with('.') {
                folders.push(name);
            }
        }
        folders.sort();

        let mut exercises = Vec::new();
        let mut troubles = Vec::new();
        for folder in &folders {
            match name::split_folder(folder) {
                Some((number, topic)) => {
                    match manifest::read(root, folder, number, topic)? {
                        Ok(exercise) => exercises.push(exercise),
                        Err(problems) => troubles.extend(problems),
                    }
                }
                None => troubles.push(format!(
                    "exercises/{folder}: name the folder by two digits and a topic in lower case, such \
                     as `05-collectives`"
                )),
            }
        }
        let (mut numbers, mut topics) = (HashMap::new(), HashMap::new());
        for Exercise {
            number,
            topic,
            folder,
            ..
        } in &exercises
        {
            if let Some(earlier) = numbers.insert(*number, folder) {
                troubles.push(format!(
                    "exercises/{folder}: {earlier} has the number {number:02} too; give each its own"
                ));
            }
            if let Some(earlier) = topics.insert(topic, folder) {
                troubles.push(format!(
                    "exercises/{folder}: {earlier} has the topic `{topic}` too; progress is kept by \
                     topic, so give each its own"
                ));
            }
        }
        if !troubles.is_empty() {
            bail!("the course cannot be read:\n{}", troubles.join("\n"));
        }
        exercises.sort_by_key(|exercise| exercise.number);
        Ok(Self {
            root: root.to_path_buf(),
            exercises,
        })
    }

    /// The workbook's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All exercises, in the order of their numbers.
    pub fn exercises(&self) -> &[Exercise] {
        &self.exercises
    }

    /// The exercise after this one; none after the last.
    pub fn next(&self, exercise: &Exercise) -> Option<&Exercise> {
        self.exercises
            .iter()
            .find(|other| other.number > exercise.number)
    }

    /// The exercise, or the task of it, that goes by this name.
    ///
    /// `05`, `5`, `collectives`, `05-collectives` and `exercises/05-collectives/` name the same
    /// exercise; `05.scatter` and `05.2` a task, counted from 1. Case does not matter, and an
    /// underscore is as good as a hyphen.
    ///
    /// # Errors
    /// When nothing has this name: the error proposes the nearest ones.
    pub fn select(&self, name: &str) -> Result<Selection<'_>, UnknownName> {
        name::select(&self.exercises, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miniature::Miniature;

    #[test]
    fn root_is_found_from_below_and_not_from_outside() {
        let mini = Miniature::new();
        let below = mini.root().join("exercises/05-collectives/src");
        assert_eq!(Course::find_root(&below).unwrap(), mini.root());
        assert_eq!(Course::find_root(mini.root()).unwrap(), mini.root());
        // Half a workbook is none.
        fs::remove_file(mini.root().join("Cargo.toml")).unwrap();
        let error = Course::find_root(&below).unwrap_err().to_string();
        assert!(
            error.contains("change into the folder that you cloned"),
            "{error}"
        );
    }

    #[test]
    fn exercises_come_in_order_with_derived_names() {
        let course = Miniature::new().course();
        let folders: Vec<_> = course
            .exercises()
            .iter()
            .map(|e| e.folder.as_str())
            .collect();
        assert_eq!(folders, ["01-threading", "03-mpi-p2p", "05-collectives"]);
        let [threading, p2p, collectives] = course.exercises() else {
            panic!()
        };
        assert!(!threading.needs_mpi() && p2p.needs_mpi());
        assert_eq!(course.next(threading), Some(p2p));
        assert_eq!(course.next(p2p), Some(collectives));
        assert_eq!(course.next(collectives), None);
    }

    #[test]
    fn leftovers_and_hidden_folders_are_no_exercises() {
        let mini = Miniature::new();
        fs::create_dir_all(mini.root().join("exercises/09-gone/src")).unwrap();
        mini.write("exercises/09-gone/src/lib.rs.kept-1", "work");
        mini.write("exercises/.cache/Cargo.toml", "");
        mini.write("exercises/README.md", "");
        assert_eq!(mini.course().exercises().len(), 3);
    }

    #[test]
    fn every_trouble_is_named_at_once() {
        let mini = Miniature::new();
        let manifest = "title = \"T\"\nminutes = 1\n[[task]]\nname = \"a\"\nminutes = 1\nidea = \"i\"\nhints = [\"1\", \"2\"]\n";
        mini.write("exercises/05-twice/exercise.toml", manifest);
        mini.write("exercises/08-collectives/exercise.toml", manifest);
        mini.write("exercises/Heat/Cargo.toml", "");
        mini.write("exercises/09-bare/Cargo.toml", "");
        mini.write(
            "exercises/11-wrong/exercise.toml",
            &manifest.replace("\"1\", ", ""),
        );
        insta::assert_snapshot!(Course::read(mini.root()).unwrap_err().to_string(), @r#"
        the course cannot be read:
        exercises/09-bare/exercise.toml: it is missing; write one with `title`, `minutes`, `ranks` (if the exercise needs MPI) and a [[task]] for each task
        exercises/11-wrong/exercise.toml:7: the task `a` has 1 hint; write two or three, from a nudge to nearly the answer
        exercises/Heat: name the folder by two digits and a topic in lower case, such as `05-collectives`
        exercises/05-twice: 05-collectives has the number 05 too; give each its own
        exercises/08-collectives: 05-collectives has the topic `collectives` too; progress is kept by topic, so give each its own
        "#);
    }
}

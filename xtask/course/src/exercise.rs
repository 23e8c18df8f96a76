//! One exercise and its tasks, as read and checked; every name that follows from the folder's name
//! is derived here and nowhere else.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};
use verdict::Subject;

/// One exercise of the course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercise {
    /// The number before the topic, for people only: nothing is stored by it.
    pub number: u32,
    /// The folder's name after the number, such as `collectives`; progress is kept by it.
    pub topic: String,
    /// The folder's name, such as `05-collectives`.
    pub folder: String,
    /// The lesson's title, such as `Collectives`.
    pub title: String,
    /// Planned time for the whole exercise, lesson included, in minutes.
    pub minutes: u32,
    /// The rank counts at which its tasks are checked unless they have their own; empty when the
    /// exercise needs no MPI.
    pub ranks: Vec<u32>,
    /// Whether its programs start others, or connect to others, while they run: then they need transports
    /// that the rest do without.
    pub connects: bool,
    /// What a check may use.
    pub limits: Limits,
    /// The tasks, in the order in which they are to be done; at least one.
    pub tasks: Vec<Task>,
    /// The student's crate: the workbook's folder, then `exercises/05-collectives`.
    pub dir: PathBuf,
    /// The reference's crate: the workbook's folder, then `solutions/05-collectives`.
    pub solution_dir: PathBuf,
}

/// One task of an exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The name, in kebab case, such as `all-gather`; progress is kept by it.
    pub name: String,
    /// The position in the exercise, counted from 1.
    pub index: usize,
    /// Planned time, in minutes.
    pub minutes: u32,
    /// What the task must leave behind, in one sentence.
    pub idea: String,
    /// The functions of the student's crate that belong to the task, such as `all_gather`; a method
    /// or a function in a module is written with its path, as in `Grid::step`.
    pub functions: Vec<String>,
    /// The rank counts at which it is checked; empty when the exercise needs no MPI.
    pub ranks: Vec<u32>,
    /// Two or three hints, from a nudge to nearly the answer.
    pub hints: Vec<String>,
}

/// What the check of an exercise may use before it is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time for each task at each rank count.
    pub time: Duration,
    /// Memory of all ranks together, in bytes.
    pub memory: u64,
    /// What all ranks together may print, in bytes.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            memory: 2 << 30,
            output: 1 << 20,
        }
    }
}

impl Exercise {
    /// Whether it must be built with an MPI and started by its launcher.
    pub fn needs_mpi(&self) -> bool {
        !self.ranks.is_empty()
    }

    /// The name of the student's cargo package.
    pub fn package(&self) -> &str {
        &self.topic
    }

    /// The name of the reference's cargo package.
    pub fn solution_package(&self) -> String {
        format!("{}-solution", self.topic)
    }

    /// The name of the cargo package with the answers of `subject`.
    pub fn package_of(&self, subject: Subject) -> String {
        match subject {
            Subject::Exercise => self.package().to_owned(),
            Subject::Solution => self.solution_package(),
        }
    }

    /// The name of the program that checks the answers of `subject`, and of its cargo package: the
    /// harness is a dependency of that package, and not of the one with the answers.
    pub fn check_binary(&self, subject: Subject) -> String {
        format!("check-{}", self.package_of(subject))
    }

    /// The name of the exercise's own program, which shows the functions of `subject` at work, and of
    /// its cargo package.
    pub fn demo_binary(&self, subject: Subject) -> String {
        match subject {
            Subject::Exercise => self.topic.clone(),
            Subject::Solution => format!("demo-{}", self.solution_package()),
        }
    }

    /// The main file of that program: the same for every subject.
    pub fn demo_source(&self) -> PathBuf {
        self.dir.join("src/main.rs")
    }

    /// The crate's folder with the answers of `subject`.
    pub fn dir_of(&self, subject: Subject) -> &Path {
        match subject {
            Subject::Exercise => &self.dir,
            Subject::Solution => &self.solution_dir,
        }
    }

    /// The file with the answers of `subject`.
    pub fn source(&self, subject: Subject) -> PathBuf {
        self.dir_of(subject).join("src/lib.rs")
    }

    /// The same file as [`source`](Self::source), from the workbook's folder, as reports name it.
    pub fn source_name(&self, subject: Subject) -> String {
        let parent = match subject {
            Subject::Exercise => "exercises",
            Subject::Solution => "solutions",
        };
        format!("{parent}/{}/src/lib.rs", self.folder)
    }

    /// The manifest of the student's crate, from the workbook's folder.
    pub fn manifest_name(&self) -> String {
        format!("exercises/{}/Cargo.toml", self.folder)
    }

    /// The lesson.
    pub fn lesson(&self) -> PathBuf {
        self.dir.join("README.md")
    }

    /// The task with this very name.
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == name)
    }

    /// What each task is worth, in the order of the tasks: the minutes of the exercise, its lesson included,
    /// shared out by the minutes of the tasks. Whole points that add up to [`Self::minutes`] (largest
    /// remainders, the earlier task first).
    pub fn points(&self) -> Vec<u32> {
        let minutes = self.tasks.iter().map(|task| u64::from(task.minutes));
        let minutes: Vec<u64> = minutes.collect();
        shares(self.minutes, &minutes)
    }

    /// Every rank count that some task is checked at; empty when the exercise needs no MPI.
    pub fn rank_counts(&self) -> BTreeSet<u32> {
        self.tasks
            .iter()
            .flat_map(|task| task.ranks.iter().copied())
            .collect()
    }

    /// How a command line names one of its tasks, such as `05.scatter`.
    pub fn task_name(&self, task: &Task) -> String {
        format!("{:02}.{}", self.number, task.name)
    }
}

/// A total in whole parts that are as near to these weights as they can be; equal weights where all are 0.
fn shares(total: u32, weights: &[u64]) -> Vec<u32> {
    let ones = vec![1; weights.len()];
    let sum: u64 = weights.iter().sum();
    let (weights, sum) = match sum {
        0 => (&*ones, ones.len() as u64),
        sum => (weights, sum),
    };
    let exact = weights.iter().map(|weight| u64::from(total) * weight);
    let exact: Vec<u64> = exact.collect();
    // Each is at most the total.
    let mut parts: Vec<u32> = exact.iter().map(|part| (part / sum) as u32).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(exact[index] % sum));
    let left = total - parts.iter().sum::<u32>();
    for &index in order.iter().take(left as usize) {
        parts[index] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::shares;
    use crate::miniature::Miniature;
    use verdict::Subject::{Exercise, Solution};

    #[test]
    fn names_follow_from_the_folder() {
        let mini = Miniature::new();
        let course = mini.course();
        let exercise = course.select("05").unwrap().exercise;
        assert_eq!(exercise.package(), "collectives");
        assert_eq!(exercise.check_binary(Exercise), "check-collectives");
        assert_eq!(
            exercise.check_binary(Solution),
            "check-collectives-solution"
        );
        assert_eq!(exercise.demo_binary(Exercise), "collectives");
        assert_eq!(exercise.demo_binary(Solution), "demo-collectives-solution");
        assert_eq!(
            exercise.source_name(Solution),
            "solutions/05-collectives/src/lib.rs"
        );
        for subject in [Exercise, Solution] {
            let path = mini.root().join(exercise.source_name(subject));
            assert_eq!(exercise.source(subject), path);
        }
        assert_eq!(exercise.task_name(&exercise.tasks[1]), "05.scatter");
    }

    #[test]
    fn points_are_whole_and_add_up() {
        assert_eq!(shares(90, &[5, 16, 10]), [15, 46, 29]);
        assert_eq!(shares(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(shares(7, &[0, 0]), [4, 3]);
        assert_eq!(shares(0, &[3, 4]), [0, 0]);
        for total in 0..200 {
            for weights in [&[1, 2, 3, 5, 8][..], &[7], &[100, 1, 1], &[0, 0, 9]] {
                let parts = shares(total, weights);
                assert_eq!(parts.iter().sum::<u32>(), total, "{weights:?}");
            }
        }
        let course = Miniature::new().course();
        for exercise in course.exercises() {
            let points = exercise.points();
            assert_eq!(points.len(), exercise.tasks.len());
            assert_eq!(points.iter().sum::<u32>(), exercise.minutes);
        }
    }

    #[test]
    fn a_tasks_own_rank_counts_join_those_of_the_exercise() {
        let course = Miniature::new().course();
        let exercise = course.select("05").unwrap().exercise;
        assert_eq!(exercise.task("scatter").unwrap().ranks, [1, 2, 3, 4]);
        assert_eq!(exercise.task("all-gather").unwrap().ranks, [2, 16]);
        assert_eq!(exercise.rank_counts(), [1, 2, 3, 4, 16].into());
    }
}

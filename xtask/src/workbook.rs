//! The workbook that a command is called in: the course, and the MPI that its exercises need.

use crate::show::SettingUp;
use anyhow::{Context, Result, bail};
use course::{Course, Exercise, Progress, Selection};
use setup::{Choice, Environment};
use std::path::{Path, PathBuf};

/// The course, and where the user stands in it.
pub(crate) struct Workbook {
    pub(crate) course: Course,
    folder: PathBuf,
}

impl Workbook {
    /// Opens the workbook that the current folder lies in.
    pub(crate) fn open() -> Result<Self> {
        let folder = std::env::current_dir().context("asking for the current folder")?;
        let course = Course::read(&Course::find_root(&folder)?)?;
        Ok(Self { course, folder })
    }

    /// The workbook's folder.
    pub(crate) fn root(&self) -> &Path {
        self.course.root()
    }

    /// A path of the workbook, as it is typed where the user stands.
    pub(crate) fn as_typed(&self, path: &Path) -> PathBuf {
        let mut up = PathBuf::new();
        for folder in self.folder.ancestors() {
            if let Ok(rest) = path.strip_prefix(folder) {
                return up.join(rest);
            }
            up.push("..");
        }
        path.to_owned()
    }

    /// The same for a file that is named by its path from the workbook's folder; any other stays.
    pub(crate) fn name_as_typed(&self, name: &str) -> String {
        if Path::new(name).is_absolute() {
            return name.to_owned();
        }
        self.as_typed(&self.root().join(name)).display().to_string()
    }

    /// The exercise or task of this name; without a name the exercise whose folder the user is in, else
    /// the one that the user worked on last, or the first that is not finished.
    pub(crate) fn select(&self, name: Option<&str>) -> Result<Selection<'_>> {
        if let Some(name) = name {
            return Ok(self.course.select(name)?);
        }
        let here = |exercise: &&Exercise| self.folder.starts_with(&exercise.dir);
        if let Some(exercise) = self.course.exercises().iter().find(here) {
            return Ok(Selection {
                exercise,
                task: None,
            });
        }
        let Some(next) = self
            .progress()?
            .next(&self.course)
            .map(|next| next.exercise.folder.clone())
        else {
            bail!("every exercise passes; name one, such as `cargo xtask check 05`");
        };
        Ok(self.course.select(&next)?)
    }

    /// The exercise of this name; a task's name will not do.
    pub(crate) fn exercise(&self, name: &str) -> Result<&Exercise> {
        let selection = self.course.select(name)?;
        if selection.task.is_some() {
            bail!(
                "`{name}` is a task; this command takes a whole exercise, `{:02}`",
                selection.exercise.number
            );
        }
        Ok(selection.exercise)
    }

    /// What the user has done so far. Tells when the file was not readable and had to be put aside.
    pub(crate) fn progress(&self) -> Result<Progress> {
        let progress = Progress::load(self.root())?;
        tell_aside(&progress);
        Ok(progress)
    }

    /// Changes what is kept of the user's progress.
    pub(crate) fn note<T>(&self, change: impl FnOnce(&mut Progress) -> T) -> Result<T> {
        let (progress, value) = Progress::update(self.root(), change)?;
        tell_aside(&progress);
        Ok(value)
    }

    /// The MPI for an exercise, found or installed; none when it needs none.
    pub(crate) fn environment(&self, exercise: &Exercise) -> Result<Option<Environment>> {
        if !exercise.needs_mpi() {
            return Ok(None);
        }
        Ok(Some(self.mpi()?.connecting(exercise.connects)))
    }

    /// The MPI of this machine, found or installed.
    pub(crate) fn mpi(&self) -> Result<Environment> {
        self.set_up(Choice::Automatic)
    }

    /// The MPI by this choice, found or installed. What runs meanwhile ends when the user stops it.
    pub(crate) fn set_up(&self, choice: Choice) -> Result<Environment> {
        let _catching = launch::Catching::start()?;
        setup::stop_when(launch::interrupted);
        let mut shown = SettingUp::default();
        setup::ensure(self.root(), choice, &mut |notice| shown.notice(notice))
    }
}

fn tell_aside(progress: &Progress) {
    if let Some(path) = progress.set_aside() {
        anstream::eprintln!(
            "note: the record of your progress could not be read; it is kept as {}",
            path.display()
        );
    }
}

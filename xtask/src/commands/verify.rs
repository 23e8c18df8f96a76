//! `cargo xtask verify`: the course checks itself. For those who change it, and for its tests.

use crate::{
    Answer, cli,
    commands::{check::answer, witness::build_telling},
    show,
    verify::{
        Problem, code, layout, lesson, strict, typed,
        verdicts::{Bench, Drawn, Taken},
    },
    workbook::Workbook,
};
use anyhow::Result;
use course::{Course, Exercise, stub};
use grade::{Event, Progress};
use std::{num::NonZeroUsize, path::Path};
use verdict::Subject;

pub(crate) fn run(arguments: &cli::Verify) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let exercises: Vec<&Exercise> = if arguments.names.is_empty() {
        workbook.course.exercises().iter().collect()
    } else {
        arguments
            .names
            .iter()
            .map(|name| workbook.exercise(name))
            .collect::<Result<_>>()?
    };
    if arguments.accept_stubs {
        for exercise in &exercises {
            stub::accept(&workbook.course, exercise)?;
        }
    }
    let whole = arguments.names.is_empty();
    let mut steps = Steps::default();
    of_course(&workbook, whole, &exercises, &mut steps)?;
    for exercise in exercises {
        of_exercise(&workbook, exercise, arguments.one_in, &mut steps)?;
    }
    anstream::println!("{}", steps.sum());
    Ok(answer(steps.problems == 0))
}

/// What concerns the course as a whole, and what cargo looks at fastest in one go.
fn of_course(
    workbook: &Workbook,
    whole: bool,
    exercises: &[&Exercise],
    steps: &mut Steps,
) -> Result<()> {
    let (course, root) = (&workbook.course, workbook.root());
    let needs_mpi = whole || exercises.iter().any(|exercise| exercise.needs_mpi());
    let environment = needs_mpi.then(|| workbook.mpi()).transpose()?;
    let environment = environment.as_ref();
    let scope = if whole {
        steps.step("the layout", |_| layout::course(course))?;
        steps.step("the Markdown", |_| {
            let pages = lesson::files(course)?;
            let problems = pages.iter().map(|path| page(course, path));
            Ok(problems.collect::<Result<Vec<_>>>()?.concat())
        })?;
        steps.step("the formatting", |_| {
            Ok(code::format(root)?.into_iter().collect::<Vec<_>>())
        })?;
        steps.step("the slides", |_| {
            Ok(code::slides(root, environment)?
                .into_iter()
                .collect::<Vec<_>>())
        })?;
        if let Some(environment) = environment {
            steps.step("the programs on the slides, strictly", |on_event| {
                let tell = &mut |progress: Progress<'_>| on_event(Event::Built(progress));
                let witness = build_telling(root, "release", "witness", "the witness", tell)?;
                strict::Bench {
                    course,
                    witness: &witness,
                }
                .slides(environment)
            })?;
        }
        code::Scope::Workspace
    } else {
        steps.step("the lessons", |_| {
            let pages = exercises.iter().map(|exercise| exercise.lesson());
            let problems = pages.map(|path| page(course, &path));
            Ok(problems.collect::<Result<Vec<_>>>()?.concat())
        })?;
        let shown = exercises
            .iter()
            .map(|exercise| lesson::has_figures(exercise));
        if shown.collect::<Result<Vec<_>>>()?.contains(&true) {
            steps.step("the figures and the slides", |_| {
                Ok(code::slides(root, environment)?
                    .into_iter()
                    .collect::<Vec<_>>())
            })?;
        }
        let packages = |exercise: &&Exercise| {
            [Subject::Exercise, Subject::Solution]
                .map(|subject| [exercise.package_of(subject), exercise.check_binary(subject)])
        };
        let packages = exercises.iter().flat_map(packages).flatten();
        code::Scope::Packages(packages.collect::<Vec<_>>())
    };
    steps.step("the lints", |_| {
        Ok(code::lint(root, environment, &scope)?
            .into_iter()
            .collect::<Vec<_>>())
    })?;
    steps.step("the documentation", |_| {
        Ok(code::document(root, environment, &scope)?
            .into_iter()
            .collect::<Vec<_>>())
    })?;
    Ok(())
}

/// A page, and the commands in it.
fn page(course: &Course, path: &Path) -> Result<Vec<Problem>> {
    Ok([lesson::page(course, path)?, typed::page(course, path)?].concat())
}

fn of_exercise(
    workbook: &Workbook,
    exercise: &Exercise,
    one_in: NonZeroUsize,
    steps: &mut Steps,
) -> Result<()> {
    let course = &workbook.course;
    let environment = workbook.environment(exercise)?;
    let bench = Bench {
        root: workbook.root(),
        exercise,
        environment: environment.as_ref(),
    };
    let name = &exercise.folder;
    steps.step(&format!("{name}: files and lesson"), |_| {
        Ok([
            layout::exercise(course, exercise)?,
            lesson::lesson(course, exercise)?,
        ]
        .concat())
    })?;
    let stub = format!("{name}: the stub is not started");
    if !steps.step(&stub, |on_event| bench.stub(on_event))? {
        return Ok(());
    }
    steps.step(
        &format!("{name}: its program with the reference, strictly"),
        |on_event| {
            let tell = &mut |progress: Progress<'_>| on_event(Event::Built(progress));
            let witness =
                build_telling(workbook.root(), "release", "witness", "the witness", tell)?;
            strict::Bench {
                course,
                witness: &witness,
            }
            .demo(exercise, environment.as_ref(), on_event)
        },
    )?;
    steps.step(
        &format!("{name}: the reference passes, twice"),
        |on_event| bench.reference(on_event),
    )?;
    let drawn = Drawn::new(one_in);
    steps.step(&format!("{name}: {drawn} gets its verdict"), |on_event| {
        bench.mistakes(drawn, on_event)
    })?;
    Ok(())
}

/// Runs steps and shows what they find.
#[derive(Default)]
struct Steps {
    done: usize,
    left_out: usize,
    problems: usize,
}

impl Steps {
    /// Whether the step was taken, and not left out.
    fn step<T: Into<Taken>>(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut dyn FnMut(Event<'_>)) -> Result<T>,
    ) -> Result<bool> {
        let spinner = show::Spinner::start();
        spinner.say(name);
        let taken = work(&mut |event| spinner.event(&event))?.into();
        spinner.stop();
        let problems = match taken {
            Taken::Found(problems) => problems,
            Taken::LeftOut(why) => {
                self.left_out += 1;
                anstream::println!("left out  {name}, and what follows it: {why}");
                return Ok(false);
            }
        };
        self.done += 1;
        self.problems += problems.len();
        let mark = if problems.is_empty() { "ok  " } else { "FAIL" };
        anstream::println!("{mark}  {name}");
        for problem in problems {
            anstream::println!(
                "      {}: {}",
                problem.place,
                problem.message.replace('\n', "\n      ")
            );
        }
        Ok(true)
    }

    fn sum(&self) -> String {
        match self.problems {
            0 => {
                let left_out = match self.left_out {
                    0 => String::new(),
                    many => format!(", {many} left out"),
                };
                format!(
                    "\nThe course is as it should be: {} steps, no problem{left_out}.",
                    self.done
                )
            }
            1 => String::from("\nOne problem; it is named above."),
            many => format!("\n{many} problems; they are named above."),
        }
    }
}

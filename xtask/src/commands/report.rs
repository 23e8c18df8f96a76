//! `cargo xtask report`: all exercises, for a person, a program, or a test server.

use crate::{
    Answer, cli,
    commands::check::{answer, check},
    show,
    workbook::Workbook,
};
use anyhow::{Context, Result};
use course::{Exercise, Selection};
use std::{env, time::SystemTime};
use verdict::Report;

pub(crate) fn run(arguments: &cli::Report) -> Result<Answer> {
    let workbook = Workbook::open()?;
    // Before anything takes long.
    let classroom = (arguments.format == cli::ReportFormat::Classroom)
        .then(from_environment)
        .transpose()?;
    let check_arguments = cli::Check {
        no_witness: false,
        in_watch: false,
        name: cli::Name { name: None },
        solution: arguments.solution,
        seed: None,
        ranks: None,
        limits: cli::Limits {
            time_limit: None,
            memory_limit: None,
            output_limit: None,
        },
        format: match arguments.format {
            cli::ReportFormat::Human => cli::Format::Human,
            _ => cli::Format::Json,
        },
    };
    let exercises: Vec<&Exercise> = if arguments.only.is_empty() {
        workbook.course.exercises().iter().collect()
    } else {
        let named = arguments.only.iter().map(|name| workbook.exercise(name));
        named.collect::<Result<_>>()?
    };
    let reports = exercises
        .iter()
        .map(|exercise| {
            let selection = Selection {
                exercise,
                task: None,
            };
            // The room is not told: it would take an exercise for begun that nobody has looked at.
            Ok(check(&workbook, &selection, &check_arguments)?.0.report)
        })
        .collect::<Result<Vec<_>>>()?;
    let passes = reports.iter().all(Report::passed);
    let text = match arguments.format {
        cli::ReportFormat::Human => explain::table(&reports, show::width(), show::style()),
        cli::ReportFormat::Json => explain::json_all(&reports),
        cli::ReportFormat::Junit => explain::junit(&reports),
        cli::ReportFormat::Csv => explain::csv(&scored(&exercises, reports)),
        cli::ReportFormat::Classroom => explain::classroom(
            &scored(&exercises, reports),
            &classroom.unwrap_or_default(),
            SystemTime::now(),
        ),
    };
    anstream::print!("{text}");
    Ok(answer(passes))
}

/// Each report with what its tasks are worth.
fn scored(exercises: &[&Exercise], reports: Vec<Report>) -> Vec<(Report, Vec<u32>)> {
    let points = exercises.iter().map(|exercise| exercise.points());
    reports.into_iter().zip(points).collect()
}

/// What Classroom 50's runner tells about the submission.
fn from_environment() -> Result<explain::Classroom> {
    let get = |names: &[&str]| {
        let found = names.iter().find_map(|name| env::var(name).ok());
        found.filter(|value| !value.is_empty()).with_context(|| {
            format!(
                "the variable {} is not set: Classroom 50 sets it for its autograder, and a result must name its \
                 submission; scripts/README.md shows how to try it by hand",
                names[0]
            )
        })
    };
    Ok(explain::Classroom {
        classroom: get(&["CLASSROOM"])?,
        assignment: get(&["ASSIGNMENT"])?,
        assignment_type: env::var("ASSIGNMENT_TYPE").unwrap_or_else(|_| "individual".into()),
        owner: get(&["OWNER", "USERNAME"])?,
        submission: get(&["SUBMISSION_TAG"])?,
        commit: get(&["COMMIT_URL"])?,
        release: get(&["RELEASE_URL"])?,
        review: get(&["REVIEW_URL", "COMMIT_URL"])?,
    })
}

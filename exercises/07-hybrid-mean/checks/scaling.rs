//! The checks of the scaling tables, computed from given times: so they can be right to the last digit.

use super::{Answers, TWELVE};
use crate::subject::{Run, Scaling};
use harness_mpi::{Check, plural};

pub fn scaling(check: &mut Check, answers: &Answers) {
    let rows = check.draw(100..1000) * 12;
    let mut runs = measured(check, rows);
    for turn in [0, 1, 4] {
        // The run that the others are compared with is at another place each time.
        runs.rotate_left(turn);
        let given = |run: &Run| (run.ranks, run.threads, run.rows, run.seconds);
        let given: Vec<_> = runs.iter().map(given).collect();
        check.input(format!(
            "runs of (ranks, threads, rows, seconds): {given:?}"
        ));
        if !tables(check, answers, &runs) {
            return;
        }
    }
    check.input("only the run on one rank with one thread");
    runs.retain(|run| run.ranks * run.threads == 1);
    if !tables(check, answers, &runs) {
        return;
    }
    let without = Run {
        ranks: 2,
        ..runs[0]
    };
    for runs in [vec![], vec![without]] {
        check.input(format!("no run on one rank with one thread among {runs:?}"));
        let why = "there is nothing to compare with";
        if !check.returned((answers.strong)(&runs), vec![], why)
            || !check.returned((answers.weak)(&runs), vec![], why)
        {
            return;
        }
    }
}

/// Runs as somebody might have measured them, the one to compare with not the first.
fn measured(check: &mut Check, rows: usize) -> Vec<Run> {
    // What a thread does in a second, when it has to share the machine with others: never more than one
    // that is alone. In milliseconds, so that what is shown is all there is.
    let alone: f64 = check.draw(4.0..9.0);
    let mut run = |ranks: usize, threads: usize, own: usize| {
        let (workers, efficiency) = (ranks * threads, check.draw(0.3..0.95));
        let efficiency = if workers == 1 { 1.0 } else { efficiency };
        let work = own as f64 / rows as f64;
        let seconds = work * alone / (workers as f64 * efficiency);
        Run {
            ranks,
            threads,
            rows: own,
            seconds: (1e3 * seconds).round() / 1e3,
        }
    };
    vec![
        run(2, 1, rows),
        run(1, 2, 2 * rows),
        run(1, 1, rows),
        run(2, 2, 4 * rows),
        run(1, 2, rows),
        run(4, 2, rows),
        run(4, 2, 8 * rows),
        // It belongs to neither.
        run(2, 2, 3 * rows),
        run(3, 1, rows),
        run(3, 1, 3 * rows),
        run(7, 3, 21 * rows),
    ]
}

fn named(run: &Run) -> (usize, usize, usize) {
    (run.ranks, run.threads, run.rows)
}

/// Returns whether both tables were right.
fn tables(check: &mut Check, answers: &Answers, runs: &[Run]) -> bool {
    let Some(alone) = runs.iter().find(|run| run.ranks * run.threads == 1) else {
        return true;
    };
    let strong = |run: &Run| run.rows == alone.rows;
    let weak = |run: &Run| run.rows == alone.rows * run.ranks * run.threads;
    let why = "the problem stays the same, the workers become more";
    table(
        check,
        ("strong", why),
        (answers.strong)(runs),
        select(runs, &strong),
        alone,
    ) && {
        let why = "each worker has as many rows as the one alone";
        table(
            check,
            ("weak", why),
            (answers.weak)(runs),
            select(runs, &weak),
            alone,
        )
    }
}

fn select(runs: &[Run], belongs: &dyn Fn(&Run) -> bool) -> Vec<Run> {
    runs.iter().copied().filter(belongs).collect()
}

fn table(
    check: &mut Check,
    (name, why): (&str, &str),
    table: Vec<Scaling>,
    expected: Vec<Run>,
    alone: &Run,
) -> bool {
    let order = |runs: &[Run]| runs.iter().map(named).collect::<Vec<_>>();
    let runs: Vec<Run> = table.iter().map(|line| line.run).collect();
    let which = format!("the (ranks, threads, rows) in the table of `{name}`: {why}");
    check.returned(order(&runs), order(&expected), &which)
        && check.returned(
            runs,
            expected,
            "the runs are in the table as they were given",
        )
        && table.iter().all(|line| {
            let (run, workers) = (line.run, (line.run.ranks * line.run.threads) as f64);
            let work = run.rows as f64 / alone.rows as f64;
            let speed_up = work * alone.seconds / run.seconds;
            let (ranks, threads) = (run.ranks, run.threads);
            let of = format!(
                "of `{name}`, {} with {}",
                plural(ranks, "rank"),
                plural(threads, "thread")
            );
            let gain = format!("speed-up {of}: how many times as many rows each second");
            let each = format!("efficiency {of}: the speed-up for each thread of each rank");
            check.close(line.speed_up, speed_up, TWELVE, &gain)
                && check.close(line.efficiency, speed_up / workers, TWELVE, &each)
        })
}

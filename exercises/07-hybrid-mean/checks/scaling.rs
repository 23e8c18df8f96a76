//! The checks of the scaling tables, computed from given times: so they can be right to the last digit.

use super::{Answers, TWELVE};
use crate::subject::{Run, Scaling};
use harness_mpi::{Check, plural};

pub fn scaling(check: &mut Check, answers: &Answers) {
    // More rows than an `i32` can count, or an `f64` exactly: odd, so that the last digit matters.
    for rows in [
        check.draw(50..500) * 2 + 1,
        (1 << 33) + check.draw(50..500) * 2 + 1,
        (1 << 54) + check.draw(50..500) * 2 + 1,
    ] {
        let mut runs = measured(check, rows);
        let last = runs.len() - 1;
        // The run that the others are compared with is at another place each time.
        for place in [0, last, check.draw(1..last)] {
            check.shuffle(&mut runs);
            let alone = runs.iter().position(is_alone);
            runs.swap(alone.unwrap_or(place), place);
            if !tables(check, answers, &runs) {
                return;
            }
        }
        runs.retain(is_alone);
        if !tables(check, answers, &runs) {
            return;
        }
    }
    let mut without = measured(check, 1_000);
    without.retain(|run| !is_alone(run));
    check.shuffle(&mut without);
    for runs in [vec![], vec![without[0]], without] {
        if !tables(check, answers, &runs) {
            return;
        }
    }
}

fn is_alone(run: &Run) -> bool {
    run.ranks == 1 && run.threads == 1
}

/// Runs as they might have been measured, one of them on one rank with one thread, with `rows` rows: some
/// were done twice, some belong to one table, some to both, and some, only nearly, to none.
fn measured(check: &mut Check, rows: usize) -> Vec<Run> {
    // From microseconds to hours.
    let alone = 10_f64.powf(check.draw(-5.0..4.0));
    let mut runs = vec![Run {
        ranks: 1,
        threads: 1,
        rows,
        seconds: alone,
    }];
    let (ranks, threads) = (check.draw(3..20), check.draw(3..9));
    let workers = [
        (1, 2),
        (2, 1),
        (2, 2),
        (2, 3),
        (ranks, 1),
        (1, threads),
        (ranks, threads),
    ];
    for (ranks, threads) in workers {
        let weak = ranks * threads * rows;
        let drawn = check.draw(2..50) * rows + 1;
        // The last two look like `rows` and `weak` to whoever has only 32 bits.
        let others = [rows + 1, rows - 1, weak + 1, weak - 1, drawn];
        let narrowed = [rows, weak].map(|rows| rows + (1 << 32));
        for rows in [rows, weak].into_iter().chain(others).chain(narrowed) {
            // Some runs are left out, but none that belongs to a table.
            let belongs = rows == runs[0].rows || rows == weak;
            if belongs || (ranks, threads) == (2, 3) || check.draw(0..3) == 0 {
                let work = rows as f64 / runs[0].rows as f64;
                // A run may be slower than one worker alone, and, with more cache, better than ideal.
                let speed_up = (ranks * threads) as f64 * check.draw(0.05..1.5);
                runs.push(Run {
                    ranks,
                    threads,
                    rows,
                    seconds: work * alone / speed_up,
                });
            }
        }
    }
    // More workers than 32 bits can count, on few rows: their product fits in a `usize`.
    if rows < 1 << 16 {
        runs.push(Run {
            ranks: 1 << 16,
            threads: 1 << 16,
            rows,
            seconds: alone * check.draw(0.05..1.5),
        });
    }
    // A run of each table twice more: once with the same time to the last digit, and once with another.
    for again in [runs[1], runs[2]] {
        runs.push(again);
        runs.push(Run {
            seconds: again.seconds * check.draw(0.9..1.1),
            ..again
        });
    }
    runs
}

/// All fields of a run, which are compared here: `Run` and its `==` are in the hands of the answer.
type Fields = (usize, usize, usize, f64);

fn fields(run: &Run) -> Fields {
    (run.ranks, run.threads, run.rows, run.seconds)
}

/// Returns whether both tables were right.
fn tables(check: &mut Check, answers: &Answers, runs: &[Run]) -> bool {
    let given: Vec<Fields> = runs.iter().map(fields).collect();
    let alone = runs.iter().find(|run| is_alone(run));
    let strong = |run: &Run, alone: &Run| run.rows == alone.rows;
    let weak = |run: &Run, alone: &Run| run.rows == alone.rows * run.ranks * run.threads;
    let belonging = |belongs: &dyn Fn(&Run, &Run) -> bool| {
        let all = alone.into_iter();
        all.flat_map(|alone| runs.iter().filter(|run| belongs(run, alone)))
            .copied()
            .collect()
    };
    let (strong, weak): (Vec<Run>, Vec<Run>) = (belonging(&strong), belonging(&weak));
    let input = |name| format!("{name}: runs of (ranks, threads, rows, seconds): {given:?}");
    check.input(input("strong"));
    let why = "in strong scaling, the problem stays the same and the number of workers grows";
    let table = (answers.strong)(runs);
    is_table(check, ("strong", why), &table, &strong, alone) && {
        check.input(input("weak"));
        let why =
            "in weak scaling, each worker has as many rows as the single worker of the reference";
        let table = (answers.weak)(runs);
        is_table(check, ("weak", why), &table, &weak, alone)
    }
}

/// Returns whether a table has the runs that it should have, and the right numbers for each.
fn is_table(
    check: &mut Check,
    (name, why): (&str, &str),
    table: &[Scaling],
    expected: &[Run],
    alone: Option<&Run>,
) -> bool {
    let Some(alone) = alone else {
        let why = format!(
            "the length of the table of `{name}`; without a run on one rank with one thread, there is \
             nothing to compare with"
        );
        return check.returned(table.len(), 0, &why);
    };
    let shown = |runs: Vec<Run>| runs.iter().map(fields).collect::<Vec<Fields>>();
    let which =
        format!("the runs in the table of `{name}`, in the order in which they were given: {why}");
    let runs = table.iter().map(|line| line.run).collect();
    check.returned(shown(runs), shown(expected.to_vec()), &which)
        && table.iter().zip(expected).all(|(line, run)| {
            let workers = (run.ranks * run.threads) as f64;
            let work = run.rows as f64 / alone.rows as f64;
            let speed_up = work * alone.seconds / run.seconds;
            let of = format!(
                "of `{name}`, {} with {}",
                plural(run.ranks, "rank"),
                plural(run.threads, "thread")
            );
            let gain =
                format!("speed-up {of}: how many times as many rows per second as the reference");
            let each = format!(
                "efficiency {of}: the speed-up divided by the number of threads of all ranks"
            );
            check.close(line.speed_up, speed_up, TWELVE, &gain)
                && check.close(line.efficiency, speed_up / workers, TWELVE, &each)
        })
}

//! Mistakes in the task `scaling`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use hybrid_mean_solution::{Run, Scaling, strong, weak};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("scaling": strong = the_first_is_alone => WrongResult,
        "compares with whichever run comes first"),
    mistake!("scaling": strong = upside_down => WrongResult,
        "divides the time of the run by the time of the one alone"),
    mistake!("scaling": strong = ranks_are_workers => WrongResult,
        "counts the ranks as workers, and forgets their threads"),
    mistake!("scaling": strong = ranks_and_threads_added => WrongResult,
        "adds ranks and threads in place of multiplying them"),
    mistake!("scaling": strong = in_percent => WrongResult,
        "gives the efficiency in percent"),
    mistake!("scaling": strong = all_runs => WrongResult,
        "has runs of other sizes in the table"),
    mistake!("scaling": weak = times_alone => WrongResult,
        "compares the times as if the problem had stayed the same"),
    mistake!("scaling": weak = more_rows_is_enough => WrongResult,
        "takes every run with more rows"),
    mistake!("scaling": weak = there_is_one => Panic,
        "unwraps the run on one rank with one thread"),
    mistake!("scaling": strong = one_rank_is_alone => WrongResult,
        "compares with the first run on one rank, however many threads it has"),
    mistake!("scaling": strong = rows_as_fractions => WrongResult,
        "compares the rows as `f64`, which has no room for the last digit"),
    mistake!("scaling": strong = never_better_than_ideal => WrongResult,
        "cuts the speed-up off at the number of workers"),
    mistake!("scaling": strong = each_run_once => WrongResult,
        "leaves out runs that were made twice"),
    mistake!("scaling": strong = by_workers => WrongResult,
        "sorts the table by the number of workers"),
    mistake!("scaling": strong = in_milliseconds => WrongResult,
        "rounds the times to milliseconds"),
    mistake!("scaling": weak = divides_whole_numbers => WrongResult,
        "divides the rows by the workers, and forgets what is left over"),
    mistake!("scaling": weak = rows_in_32_bits => WrongResult,
        "compares the rows as `u32`"),
    mistake!("scaling": strong = workers_in_32_bits => WrongResult,
        "counts the workers in 32 bits"),
    mistake!("scaling": weak = only_the_fastest => WrongResult,
        "has the fastest only of runs that were repeated"),
    mistake!("scaling": weak = speed_up_is_efficiency => WrongResult,
        "takes the efficiency for the speed-up"),
    mistake!("scaling": weak = last_32_bits_of_rows => WrongResult,
        "compares the last 32 bits of the rows"),
];

fn workers(run: &Run) -> f64 {
    (run.ranks * run.threads) as f64
}

fn the_first_is_alone(runs: &[Run]) -> Vec<Scaling> {
    let Some(first) = runs.first() else {
        return Vec::new();
    };
    let gain = |run: &Run| {
        let speed_up = first.seconds / run.seconds;
        Scaling {
            run: *run,
            speed_up,
            efficiency: speed_up / workers(run),
        }
    };
    let same = runs.iter().filter(|run| run.rows == first.rows);
    same.map(gain).collect()
}

/// The right table, changed line by line.
fn change(table: Vec<Scaling>, change: impl Fn(&mut Scaling)) -> Vec<Scaling> {
    let mut table = table;
    table.iter_mut().for_each(change);
    table
}

fn upside_down(runs: &[Run]) -> Vec<Scaling> {
    change(strong(runs), |line| {
        line.speed_up = 1.0 / line.speed_up;
        line.efficiency = line.speed_up / workers(&line.run);
    })
}

fn ranks_are_workers(runs: &[Run]) -> Vec<Scaling> {
    change(strong(runs), |line| {
        line.efficiency = line.speed_up / line.run.ranks as f64;
    })
}

fn ranks_and_threads_added(runs: &[Run]) -> Vec<Scaling> {
    change(strong(runs), |line| {
        line.efficiency = line.speed_up / (line.run.ranks + line.run.threads) as f64;
    })
}

fn in_percent(runs: &[Run]) -> Vec<Scaling> {
    change(strong(runs), |line| line.efficiency *= 100.0)
}

/// The one rank with one thread.
fn alone(runs: &[Run]) -> Option<&Run> {
    runs.iter().find(|run| workers(run) == 1.0)
}

fn by_time(runs: &[Run], belongs: impl Fn(&Run) -> bool) -> Vec<Scaling> {
    let Some(alone) = alone(runs) else {
        return Vec::new();
    };
    let gain = |run: &Run| Scaling {
        run: *run,
        speed_up: alone.seconds / run.seconds,
        efficiency: alone.seconds / run.seconds / workers(run),
    };
    let runs = runs.iter().filter(|run| belongs(run));
    runs.map(gain).collect()
}

fn all_runs(runs: &[Run]) -> Vec<Scaling> {
    by_time(runs, |_| true)
}

fn times_alone(runs: &[Run]) -> Vec<Scaling> {
    let rows = alone(runs).map_or(0, |alone| alone.rows);
    by_time(runs, |run| run.rows as f64 == rows as f64 * workers(run))
}

fn more_rows_is_enough(runs: &[Run]) -> Vec<Scaling> {
    let rows = alone(runs).map_or(0, |alone| alone.rows);
    by_time(runs, |run| run.rows >= rows)
}

fn there_is_one(runs: &[Run]) -> Vec<Scaling> {
    let rows = alone(runs).unwrap().rows;
    let mut table = weak(runs);
    table.retain(|line| line.run.rows >= rows);
    table
}

fn one_rank_is_alone(runs: &[Run]) -> Vec<Scaling> {
    let Some(alone) = runs.iter().find(|run| run.ranks == 1) else {
        return Vec::new();
    };
    let rows = alone.rows;
    by_time(runs, |run| run.rows == rows)
}

fn rows_as_fractions(runs: &[Run]) -> Vec<Scaling> {
    let Some(alone) = alone(runs) else {
        return Vec::new();
    };
    by_time(runs, |run| run.rows as f64 == alone.rows as f64)
}

fn never_better_than_ideal(runs: &[Run]) -> Vec<Scaling> {
    change(strong(runs), |line| {
        line.speed_up = line.speed_up.min(workers(&line.run));
        line.efficiency = line.speed_up / workers(&line.run);
    })
}

fn each_run_once(runs: &[Run]) -> Vec<Scaling> {
    let mut table: Vec<Scaling> = Vec::new();
    for line in strong(runs) {
        if !table.contains(&line) {
            table.push(line);
        }
    }
    table
}

fn by_workers(runs: &[Run]) -> Vec<Scaling> {
    let mut table = strong(runs);
    table.sort_by_key(|line| line.run.ranks * line.run.threads);
    table
}

fn in_milliseconds(runs: &[Run]) -> Vec<Scaling> {
    let seconds = |run: &Run| (1e3 * run.seconds).round() / 1e3;
    let Some(alone) = alone(runs).map(seconds) else {
        return Vec::new();
    };
    change(strong(runs), |line| {
        line.speed_up = alone / seconds(&line.run);
        line.efficiency = line.speed_up / workers(&line.run);
    })
}

fn divides_whole_numbers(runs: &[Run]) -> Vec<Scaling> {
    let Some(alone) = alone(runs) else {
        return Vec::new();
    };
    let mut even = runs.to_vec();
    for run in &mut even {
        let workers = run.ranks * run.threads;
        run.rows = run.rows / workers * workers;
    }
    let table = weak(&even).into_iter();
    table.filter(|line| line.run.rows >= alone.rows).collect()
}

fn rows_in_32_bits(runs: &[Run]) -> Vec<Scaling> {
    let mut narrow = runs.to_vec();
    for run in &mut narrow {
        run.rows = run.rows as u32 as usize;
    }
    weak(&narrow)
}

fn only_the_fastest(runs: &[Run]) -> Vec<Scaling> {
    let table = weak(runs);
    let is_beaten = |line: &Scaling, other: &Scaling| {
        (line.run.ranks, line.run.threads) == (other.run.ranks, other.run.threads)
            && line.run.seconds > other.run.seconds
    };
    let fastest = |line: &&Scaling| !table.iter().any(|other| is_beaten(line, other));
    table.iter().filter(fastest).copied().collect()
}

fn speed_up_is_efficiency(runs: &[Run]) -> Vec<Scaling> {
    change(weak(runs), |line| line.speed_up = line.efficiency)
}

fn workers_in_32_bits(runs: &[Run]) -> Vec<Scaling> {
    let mut table = strong(runs);
    for line in &mut table {
        let workers = (line.run.ranks as u32).wrapping_mul(line.run.threads as u32);
        line.efficiency = line.speed_up / f64::from(workers);
    }
    table
}

fn last_32_bits_of_rows(runs: &[Run]) -> Vec<Scaling> {
    let Some(alone) = alone(runs) else {
        return Vec::new();
    };
    let last = |rows: usize| rows as u32;
    let belongs =
        |run: &Run| last(run.rows) == last(alone.rows.wrapping_mul(run.ranks * run.threads));
    let mut table = by_time(runs, belongs);
    for line in &mut table {
        let work = line.run.rows as f64 / alone.rows as f64;
        line.speed_up *= work;
        line.efficiency *= work;
    }
    table
}

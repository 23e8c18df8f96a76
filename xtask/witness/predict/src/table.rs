//! What is told about the outcomes at several numbers of ranks.

use crate::{Cost, Outcome};
use std::fmt::Write;

/// A line for each number of ranks, and above them what the columns are.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text =
        String::from("  ranks        time  speed-up  efficiency  waiting  most time in MPI\n");
    let Some(first) = outcomes.first() else {
        return text;
    };
    for outcome in outcomes {
        let gain = speed_up(first, outcome);
        let _ = writeln!(
            text,
            "  {:>5}  {:>10}  {:>8}  {:>10}  {:>7}  {}",
            outcome.ranks,
            span(outcome.time),
            format!("{gain:.2}"),
            percent(gain * f64::from(first.ranks) / f64::from(outcome.ranks)),
            percent(outcome.waiting),
            outcome.costs.first().map_or_else(String::new, place),
        );
    }
    text
}

/// How many times as fast as the first.
#[must_use]
pub fn speed_up(first: &Outcome, outcome: &Outcome) -> f64 {
    first.time as f64 / outcome.time.max(1) as f64
}

/// What follows from the table, in sentences.
#[must_use]
pub fn sentences(outcomes: &[Outcome]) -> Vec<String> {
    let mut list = Vec::new();
    let (Some(first), Some(last)) = (outcomes.first(), outcomes.last()) else {
        return list;
    };
    let is_costly = |outcome: &&Outcome| {
        let most = outcome.costs.first();
        most.is_some_and(|cost| cost.nanos > outcome.computing)
    };
    // Not where fewer ranks suffer and more do not.
    let costly = outcomes.iter().rev().take_while(is_costly).count();
    if let Some(outcome) = outcomes.get(outcomes.len() - costly)
        && let Some(cost) = outcome.costs.first()
    {
        let how_many = if outcomes.len() == 1 {
            format!("On {}", ranks(outcome.ranks))
        } else {
            format!("From {} on", ranks(outcome.ranks))
        };
        list.push(format!(
            "{how_many}, {} takes longer than the work: {} of a rank's time, and {} for what it computes.",
            call(cost),
            span(cost.nanos),
            span(outcome.computing)
        ));
    } else if let Some(cost) = last.costs.first() {
        list.push(format!(
            "On {}, a rank computes for {}; {} takes most of the rest: {}.",
            ranks(last.ranks),
            span(last.computing),
            call(cost),
            span(cost.nanos)
        ));
    }
    if outcomes.len() > 1 {
        let best = outcomes.iter().min_by_key(|outcome| outcome.time);
        if let Some(best) = best.filter(|best| best.ranks != last.ranks) {
            list.push(format!(
                "More than {} make it slower: it takes {} there, and {} on {}.",
                ranks(best.ranks),
                span(best.time),
                span(last.time),
                ranks(last.ranks)
            ));
        }
        /// Less is what differs from run to run.
        const GROWS: f64 = 1.25;
        let growth = last.work as f64 / first.work.max(1) as f64;
        if growth > GROWS {
            list.push(format!(
                "All ranks together compute {growth:.1} times as much on {} as on {}: the speed-up is not that \
                 of one problem of the same size.",
                ranks(last.ranks),
                ranks(first.ranks)
            ));
        }
    }
    list
}

fn ranks(number: u32) -> String {
    match number {
        1 => String::from("1 rank"),
        number => format!("{number} ranks"),
    }
}

/// What a call is, and where.
fn call(cost: &Cost) -> String {
    format!("{} at {}", cost.function, line(cost))
}

/// A call as a table has it.
fn place(cost: &Cost) -> String {
    format!(
        "{} {}",
        cost.function.trim_start_matches("MPI_"),
        line(cost)
    )
}

fn line(cost: &Cost) -> String {
    match &cost.place {
        Some(place) => {
            let name = place.file.rsplit('/').next().unwrap_or(&place.file);
            format!("{name}:{}", place.line)
        }
        None => String::from("an unknown line"),
    }
}

fn percent(part: f64) -> String {
    format!("{:.0} %", 100.0 * part)
}

/// A time with its unit, in three digits.
#[must_use]
pub fn span(nanos: u64) -> String {
    let nanos = nanos as f64;
    let (value, unit) = match nanos {
        n if n >= 1e9 => (n / 1e9, "s"),
        n if n >= 1e6 => (n / 1e6, "ms"),
        n => (n / 1e3, "µs"),
    };
    let digits = match value {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.digits$} {unit}")
}

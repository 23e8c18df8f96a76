//! What is told about the outcomes at several numbers of ranks.

use crate::{Cost, Outcome};
use std::fmt::Write;
use verdict::plural;

/// A line for each number of ranks, and above them what the columns are.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "  ranks      here  predicted  speed-up  efficiency  waiting  most time in MPI\n",
    );
    let Some(first) = outcomes.first() else {
        return text;
    };
    for outcome in outcomes {
        let gain = speed_up(first, outcome);
        let _ = writeln!(
            text,
            "  {:>5}  {:>8}  {:>9}  {:>8}  {:>10}  {:>7}{}",
            outcome.ranks,
            outcome.here.map_or_else(String::new, span),
            span(outcome.time),
            format!("{gain:.2}"),
            percent(gain * f64::from(first.ranks) / f64::from(outcome.ranks)),
            percent(outcome.waiting),
            most(outcome).map_or_else(String::new, |cost| format!("  {}", place(cost))),
        );
    }
    text
}

/// The calls with most of the time in MPI, if any is spent there.
pub(crate) fn most(outcome: &Outcome) -> Option<&Cost> {
    outcome.costs.first().filter(|cost| cost.nanos > 0)
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
    let is_costly =
        |outcome: &&Outcome| most(outcome).is_some_and(|cost| cost.nanos > outcome.computing);
    // Not where fewer ranks suffer and more do not.
    let costly = outcomes.iter().rev().take_while(is_costly).count();
    if let Some(outcome) = outcomes.get(outcomes.len() - costly)
        && let Some(cost) = most(outcome)
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
    } else if let Some(cost) = most(last) {
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
                "It is fastest on {}, with {}; on {}, it takes {}.",
                ranks(best.ranks),
                span(best.time),
                ranks(last.ranks),
                span(last.time)
            ));
        }
        /// Less is what differs from run to run.
        const GROWS: f64 = 1.5;
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
    plural(number, "rank")
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

pub(crate) fn line(cost: &Cost) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use trace::Place;

    fn outcome(ranks: u32, time: u64, computing: u64, cost: u64) -> Outcome {
        let place = Place {
            file: "exercises/08-heat/src/lib.rs".into(),
            line: 141,
        };
        Outcome {
            ranks,
            here: (ranks < 64).then_some(10_500_000),
            time,
            work: computing * u64::from(ranks),
            computing,
            waiting: 1.0 - computing as f64 / time as f64,
            costs: vec![Cost {
                function: "MPI_Allreduce",
                place: Some(place),
                nanos: cost,
                calls: 10,
            }],
        }
    }

    #[test]
    fn a_call_that_takes_longer_than_the_work_is_told_from_where_on() {
        let outcomes = [
            outcome(1, 10_000_000, 10_000_000, 0),
            outcome(16, 900_000, 700_000, 200_000),
            outcome(64, 1_200_000, 160_000, 900_000),
        ];
        insta::assert_snapshot!(table(&outcomes) + &sentences(&outcomes).join("\n"), @"
          ranks      here  predicted  speed-up  efficiency  waiting  most time in MPI
              1   10.5 ms    10.0 ms      1.00       100 %      0 %
             16   10.5 ms     900 µs     11.11        69 %     22 %  Allreduce lib.rs:141
             64              1.20 ms      8.33        13 %     87 %  Allreduce lib.rs:141
        From 64 ranks on, MPI_Allreduce at lib.rs:141 takes longer than the work: 900 µs of a rank's time, and 160 µs for what it computes.
        It is fastest on 16 ranks, with 900 µs; on 64 ranks, it takes 1.20 ms.
        ");
    }

    #[test]
    fn more_work_on_more_ranks_is_no_speed_up() {
        let outcomes = [
            outcome(1, 1_000_000, 1_000_000, 0),
            outcome(2, 1_100_000, 1_000_000, 100_000),
        ];
        let sentences = sentences(&outcomes).join("\n");
        assert!(sentences.contains("compute 2.0 times as much on 2 ranks as on 1 rank"));
        assert!(!sentences.contains("longer than the work"), "{sentences}");
    }

    #[test]
    fn times_have_three_digits() {
        let said = [0, 1_234, 99_960, 1_500_000, 12_345_678_900].map(span);
        assert_eq!(said, ["0.00 µs", "1.23 µs", "100 µs", "1.50 ms", "12.3 s"]);
    }
}

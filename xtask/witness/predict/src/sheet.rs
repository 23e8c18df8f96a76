//! The outcomes at several numbers of ranks as CSV, for programs that draw or compare them.

use crate::{Outcome, table};
use std::fmt::Write;

/// The head, each of its lines after `# `, the names of the columns, and a line for each number of ranks. Times are
/// in seconds: measured on the recording's machine (empty where that is not known), predicted, for which a rank
/// computes, and for which it is in the most costly call, in the mean of the ranks. The call and its line come last;
/// both are empty, and its time is 0, where no time is spent in MPI.
#[must_use]
pub fn csv(head: &[String], outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    for line in head.iter().flat_map(|line| line.lines()) {
        let _ = writeln!(text, "# {line}");
    }
    text += "ranks,measured_s,predicted_s,computing_s,call_s,call,line\n";
    for outcome in outcomes {
        let cost = table::most(outcome);
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{}",
            outcome.ranks,
            outcome.here.map(seconds).unwrap_or_default(),
            seconds(outcome.time),
            seconds(outcome.computing),
            seconds(cost.map_or(0, |cost| cost.nanos)),
            cost.map_or("", |cost| cost.function),
            // A comma would begin another column.
            cost.map_or_else(String::new, |cost| table::line(cost).replace(',', "_")),
        );
    }
    text
}

/// Nanoseconds as seconds, to the microsecond.
fn seconds(nanos: u64) -> String {
    format!("{:.6}", nanos as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cost;
    use trace::Place;

    #[test]
    fn each_number_of_ranks_has_a_line() {
        let place = Place {
            file: "src/a,b.rs".into(),
            line: 7,
        };
        let outcomes = [
            Outcome {
                ranks: 1,
                here: Some(1_250_000_000),
                time: 1_000_000_000,
                computing: 1_000_000_000,
                ..Outcome::default()
            },
            Outcome {
                ranks: 2,
                time: 600_000_400,
                computing: 500_000_000,
                costs: vec![Cost {
                    function: "MPI_Barrier",
                    place: Some(place),
                    nanos: 99_999_600,
                    calls: 3,
                }],
                ..Outcome::default()
            },
        ];
        let head = ["gigabit".to_owned(), "two\nlines".to_owned()];
        insta::assert_snapshot!(csv(&head, &outcomes), @"
        # gigabit
        # two
        # lines
        ranks,measured_s,predicted_s,computing_s,call_s,call,line
        1,1.250000,1.000000,1.000000,0.000000,,
        2,,0.600000,0.500000,0.100000,MPI_Barrier,a_b.rs:7
        ");
    }
}

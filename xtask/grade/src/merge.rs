//! The records of the ranks become the verdict about one task at one rank count.

use std::{cmp::Reverse, path::Path};
use verdict::{
    Failure, Kind, Where,
    wire::{Place, RankFailure},
};

/// What came of one task at one rank count.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Every rank completed it and nothing was wrong.
    Passed,
    /// A rank reached `todo!()`, there.
    NotStarted(Option<Where>),
    /// Why not; at least one.
    Failed(Vec<Failure>),
}

/// So many failures of one task at one rank count are kept.
const ENOUGH: usize = 8;

/// Collects what the ranks say about one task.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    not_started: Option<Option<Where>>,
    /// With each failure: whether the rank could not go on.
    failures: Vec<(bool, Failure)>,
}

impl Collector {
    /// A rank has reached `todo!()`.
    pub fn not_started(&mut self, rank: Option<u32>, place: Option<&Place>, root: &Path) {
        let place = place.map(|place| at(rank, None, Some(place), root));
        // The lowest rank that knows the place speaks for all, whichever was faster.
        let known = self.not_started.take().flatten();
        self.not_started = Some(match (known, place) {
            (Some(one), Some(other)) => Some(if other.rank < one.rank { other } else { one }),
            (one, other) => one.or(other),
        });
    }

    /// Whether some rank has reached `todo!()`.
    pub fn is_not_started(&self) -> bool {
        self.not_started.is_some()
    }

    /// A failure as a rank saw it.
    pub fn failed(
        &mut self,
        ranks: Option<u32>,
        rank: Option<u32>,
        failure: RankFailure,
        fatal: bool,
        root: &Path,
    ) {
        let place = (failure.place.is_some() || failure.call.is_some())
            .then(|| at(rank, failure.call, failure.place.as_ref(), root));
        self.add(
            Failure {
                kind: failure.kind,
                ranks,
                rank,
                message: failure.message,
                input: failure.input,
                expected: failure.expected,
                actual: failure.actual,
                places: place.into_iter().collect(),
                printed: None,
            },
            fatal,
        );
    }

    /// A failure that the grader itself has seen.
    pub fn add(&mut self, failure: Failure, fatal: bool) {
        self.failures.push((fatal, failure));
    }

    /// Whether a failure has come that ended a rank.
    pub fn is_fatal(&self) -> bool {
        self.failures.iter().any(|(fatal, _)| *fatal)
    }

    /// The verdict. `printed` knows the last lines that a rank printed.
    ///
    /// The order does not depend on which rank was faster: first what ended the job, then the
    /// failures by rank, each rank's in the order in which it found them.
    pub fn verdict(mut self, printed: impl Fn(Option<u32>) -> Option<String>) -> Verdict {
        if let Some(place) = self.not_started {
            return Verdict::NotStarted(place);
        }
        if self.failures.is_empty() {
            return Verdict::Passed;
        }
        self.failures
            .sort_by_key(|(fatal, failure)| (Reverse(*fatal), weight(failure.kind), failure.rank));
        let mut failures: Vec<Failure> = self
            .failures
            .into_iter()
            .map(|(_, failure)| failure)
            .collect();
        failures.truncate(ENOUGH);
        failures[0].printed = printed(failures[0].rank);
        Verdict::Failed(failures)
    }
}

/// What is wrong in the result explains more than how it was communicated, and that more than what
/// was left behind.
fn weight(kind: Kind) -> u8 {
    match kind {
        Kind::WrongOperation | Kind::TooMuchCommunication => 1,
        Kind::UnmatchedMessage | Kind::RequestLeak | Kind::ResourceLeak | Kind::MissingFinalize => {
            2
        }
        _ => 0,
    }
}

/// A place as reports name it.
pub fn at(rank: Option<u32>, call: Option<String>, place: Option<&Place>, root: &Path) -> Where {
    Where {
        rank,
        call,
        file: place.map(|place| from_root(&place.file, root)),
        line: place.map(|place| place.line),
        ..Where::default()
    }
}

/// A path from the workbook's folder, whichever way the compiler named it.
pub fn from_root(file: &str, root: &Path) -> String {
    Path::new(file)
        .strip_prefix(root)
        .map_or_else(|_| file.to_owned(), |file| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn failure(rank: u32, kind: Kind) -> Failure {
        Failure {
            kind,
            ranks: Some(4),
            rank: Some(rank),
            message: format!("{kind} on {rank}"),
            input: None,
            expected: None,
            actual: None,
            places: Vec::new(),
            printed: None,
        }
    }

    fn place(file: &str) -> Place {
        Place {
            file: file.into(),
            line: 7,
        }
    }

    #[test]
    fn todo_outweighs_whatever_else_happened() {
        let mut collector = Collector::default();
        collector.add(failure(1, Kind::WrongResult), false);
        collector.not_started(Some(1), Some(&place("/c/src/lib.rs")), Path::new("/c"));
        let Verdict::NotStarted(Some(found)) = collector.verdict(|_| None) else {
            panic!("not reported as not started");
        };
        assert_eq!(
            (found.file.as_deref(), found.line),
            (Some("src/lib.rs"), Some(7))
        );
    }

    #[test]
    fn what_ended_the_job_comes_first() {
        let mut collector = Collector::default();
        collector.add(failure(0, Kind::WrongResult), false);
        collector.add(failure(3, Kind::Panic), true);
        let Verdict::Failed(failures) =
            collector.verdict(|rank| rank.map(|rank| format!("said by {rank}")))
        else {
            panic!("not failed");
        };
        assert_eq!(failures[0].kind, Kind::Panic);
        assert_eq!(failures[0].printed.as_deref(), Some("said by 3"));
        assert_eq!(failures[1].printed, None);
    }

    #[test]
    fn nothing_said_is_a_pass() {
        assert_eq!(Collector::default().verdict(|_| None), Verdict::Passed);
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_show(
            seeds in proptest::collection::vec((0_u32..4, 0_usize..3, any::<bool>()), 1..12),
            turn in 0_usize..12,
        ) {
            let kinds = [Kind::WrongResult, Kind::WrongOperation, Kind::UnmatchedMessage];
            let verdict = |seeds: &[(u32, usize, bool)]| {
                let mut collector = Collector::default();
                for &(rank, kind, fatal) in seeds {
                    collector.add(failure(rank, kinds[kind]), fatal);
                }
                collector.verdict(|_| None)
            };
            let mut turned = seeds.clone();
            turned.rotate_left(turn % seeds.len());
            prop_assert_eq!(verdict(&seeds), verdict(&turned));
        }
    }
}

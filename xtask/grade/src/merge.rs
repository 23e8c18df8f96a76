//! The records of the ranks become the verdict about one task at one rank count.

use crate::stack::{Lines, from_root, why};
use std::{cmp::Reverse, path::Path};
use verdict::{
    Failure, Kind, Where,
    wire::{Place, RankFailure, Seen, Stack},
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

/// Why a rank, or the whole job, did not do what it should.
#[derive(Clone, Debug)]
pub enum Cause {
    /// A check did not hold, or the rank could not go on.
    Rank(RankFailure),
    /// A signal ended the rank.
    Signal {
        /// The signal's number.
        signal: i32,
        /// Where.
        stack: Stack,
    },
    /// It follows from the calls that the ranks recorded.
    Witness(Told),
    /// The grader has seen it from outside.
    Outside {
        /// What sort of trouble.
        kind: Kind,
        /// A sentence in the student's terms.
        message: String,
        /// Where the ranks were.
        seen: Vec<(Option<u32>, Seen)>,
    },
}

/// What follows from recorded calls.
#[derive(Clone, Debug)]
pub struct Told {
    /// What sort of trouble.
    pub kind: Kind,
    /// A sentence in the student's terms.
    pub message: String,
    /// The calls, without their lines, and where each was made.
    pub calls: Vec<(Where, Stack)>,
}

#[derive(Clone, Debug)]
struct Note {
    rank: Option<u32>,
    /// How a sentence about the rank begins.
    who: String,
    cause: Cause,
    fatal: bool,
    input: Option<String>,
}

/// Collects what is said about one task at one rank count. It only collects: what the notes mean is
/// looked up for the verdict, when the job is over and nobody waits.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    not_started: Vec<(Option<u32>, Option<Place>)>,
    notes: Vec<Note>,
}

impl Collector {
    /// A rank has reached `todo!()`.
    pub fn not_started(&mut self, rank: Option<u32>, place: Option<Place>) {
        self.not_started.push((rank, place));
    }

    /// Whether some rank has reached `todo!()`.
    pub fn is_not_started(&self) -> bool {
        !self.not_started.is_empty()
    }

    /// Something is wrong. `who` is how a sentence about the rank begins, `fatal` whether the job
    /// cannot go on, `input` what the rank had named last.
    pub fn add(
        &mut self,
        rank: Option<u32>,
        who: &str,
        cause: Cause,
        fatal: bool,
        input: Option<String>,
    ) {
        self.notes.push(Note {
            rank,
            who: who.to_owned(),
            cause,
            fatal,
            input,
        });
    }

    /// The verdict. `printed` knows the last lines that a rank printed.
    ///
    /// The order does not depend on which rank was faster: first what ended the job, then what
    /// explains most, then by rank, and each rank's in the order in which it found them.
    pub fn verdict(
        mut self,
        ranks: Option<u32>,
        lines: &Lines<'_>,
        printed: impl Fn(Option<u32>) -> Option<String>,
    ) -> Verdict {
        if self.is_not_started() {
            // The lowest rank speaks for all, whichever was faster.
            self.not_started
                .sort_by_key(|(rank, place)| (place.is_none(), *rank));
            let (rank, place) = self.not_started.swap_remove(0);
            return Verdict::NotStarted(
                place.map(|place| at(rank, None, Some(&place), lines.root)),
            );
        }
        let mut failures: Vec<(bool, Failure)> = self
            .notes
            .into_iter()
            .map(|note| (note.fatal, explained(note, ranks, lines)))
            .collect();
        // Whoever has left something behind had returned: that the job ends is only to be rid of it.
        let ended = |(fatal, failure): &(bool, Failure)| *fatal && failure.kind != Kind::Leftover;
        failures.sort_by_key(|found| (Reverse(ended(found)), weight(found.1.kind), found.1.rank));
        failures.truncate(ENOUGH);
        let mut failures: Vec<Failure> = failures.into_iter().map(|(_, failure)| failure).collect();
        let Some(first) = failures.first_mut() else {
            return Verdict::Passed;
        };
        first.printed = printed(first.rank);
        Verdict::Failed(failures)
    }
}

/// A note with its lines.
fn explained(note: Note, ranks: Option<u32>, lines: &Lines<'_>) -> Failure {
    let Note {
        rank,
        who,
        cause,
        input,
        ..
    } = note;
    let failure = |kind, message, places| Failure {
        kind,
        ranks,
        rank,
        message,
        input,
        expected: None,
        actual: None,
        places,
        printed: None,
    };
    match cause {
        Cause::Rank(found) => {
            let own = found.place.filter(|place| lines.is_answer(place));
            let place = own.or_else(|| lines.place(&lines.frames(&found.stack)));
            let known = place.is_some() || found.call.is_some();
            let places = known.then(|| at(rank, found.call, place.as_ref(), lines.root));
            Failure {
                expected: found.expected,
                actual: found.actual,
                ..failure(found.kind, found.message, places.into_iter().collect())
            }
        }
        Cause::Signal { signal, stack } => {
            let frames = lines.frames(&stack);
            let (kind, what) = why(signal, &frames);
            let place = lines.place(&frames);
            let places = place
                .iter()
                .map(|place| at(rank, None, Some(place), lines.root))
                .collect();
            failure(kind, format!("{who} {what}"), places)
        }
        Cause::Witness(told) => {
            let place = |(call, stack): (Where, Stack)| {
                let line = lines.place(&lines.frames(&stack));
                Where {
                    file: line.as_ref().map(|line| from_root(&line.file, lines.root)),
                    line: line.map(|line| line.line),
                    ..call
                }
            };
            let places = told.calls.into_iter().map(place).collect();
            failure(told.kind, told.message, places)
        }
        Cause::Outside {
            kind,
            message,
            seen,
        } => {
            let place = |(rank, seen): (Option<u32>, Seen)| Where {
                peer: seen.peer,
                tag: seen.tag,
                ..at(
                    rank,
                    seen.call,
                    lines.place(&lines.frames(&seen.stack)).as_ref(),
                    lines.root,
                )
            };
            failure(kind, message, seen.into_iter().map(place).collect())
        }
    }
}

/// What is wrong in the result explains more than how it was communicated, and that more than what
/// was left behind.
fn weight(kind: Kind) -> u8 {
    match kind {
        Kind::WrongOperation | Kind::TooMuchCommunication => 1,
        Kind::UnmatchedMessage
        | Kind::RequestLeak
        | Kind::ResourceLeak
        | Kind::Leftover
        | Kind::MissingFinalize => 2,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Program;
    use proptest::prelude::*;

    fn rank_failure(kind: Kind) -> RankFailure {
        RankFailure {
            kind,
            message: format!("it is {kind}"),
            expected: None,
            actual: None,
            place: None,
            stack: Vec::new(),
            call: None,
        }
    }

    impl Collector {
        fn with(mut self, rank: u32, kind: Kind, fatal: bool) -> Self {
            self.add(
                Some(rank),
                "rank",
                Cause::Rank(rank_failure(kind)),
                fatal,
                None,
            );
            self
        }

        fn at_four(self, printed: impl Fn(Option<u32>) -> Option<String>) -> Verdict {
            let lines = Lines {
                program: &Program::default(),
                root: Path::new("/c"),
                folder: "05-collectives",
            };
            self.verdict(Some(4), &lines, printed)
        }
    }

    #[test]
    fn todo_outweighs_whatever_else_happened() {
        let mut collector = Collector::default().with(1, Kind::WrongResult, false);
        collector.not_started(Some(2), None);
        collector.not_started(
            Some(3),
            Some(Place {
                file: "/c/src/lib.rs".into(),
                line: 9,
            }),
        );
        collector.not_started(
            Some(1),
            Some(Place {
                file: "/c/src/lib.rs".into(),
                line: 7,
            }),
        );
        let Verdict::NotStarted(Some(found)) = collector.at_four(|_| None) else {
            panic!("not reported as not started");
        };
        assert_eq!(
            (found.file.as_deref(), found.line),
            (Some("src/lib.rs"), Some(7))
        );
    }

    #[test]
    fn what_ended_the_job_comes_first() {
        let collector =
            Collector::default()
                .with(0, Kind::WrongResult, false)
                .with(3, Kind::Panic, true);
        let said = |rank: Option<u32>| rank.map(|rank| format!("said by {rank}"));
        let Verdict::Failed(failures) = collector.at_four(said) else {
            panic!("not failed");
        };
        assert_eq!(failures[0].kind, Kind::Panic);
        assert_eq!(failures[0].printed.as_deref(), Some("said by 3"));
        assert_eq!(failures[1].printed, None);
    }

    #[test]
    fn a_panic_in_a_library_is_not_at_the_librarys_line() {
        let found = RankFailure {
            place: Some(Place {
                file: "/rustc/abc/library/core/src/slice.rs".into(),
                line: 3,
            }),
            ..rank_failure(Kind::Panic)
        };
        let mut collector = Collector::default();
        collector.add(Some(0), "rank", Cause::Rank(found), true, None);
        let Verdict::Failed(failures) = collector.at_four(|_| None) else {
            panic!("not failed");
        };
        assert_eq!(failures[0].places, []);
    }

    #[test]
    fn nothing_said_is_a_pass() {
        assert_eq!(Collector::default().at_four(|_| None), Verdict::Passed);
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_show(
            seeds in proptest::collection::vec((0_u32..4, 0_usize..3, any::<bool>()), 1..8),
            turn in 0_usize..8,
        ) {
            let kinds = [Kind::WrongResult, Kind::WrongOperation, Kind::UnmatchedMessage];
            let verdict = |seeds: &[(u32, usize, bool)]| {
                let add = |all: Collector, &(rank, kind, fatal): &(u32, usize, bool)| all.with(rank, kinds[kind], fatal);
                seeds.iter().fold(Collector::default(), add).at_four(|_| None)
            };
            let mut turned = seeds.clone();
            turned.rotate_left(turn % seeds.len());
            prop_assert_eq!(verdict(&seeds), verdict(&turned));
        }
    }
}

//! The records of the ranks become the verdict about one task at one rank count.

use crate::{
    build::from_root,
    stack::{Lines, why},
};
use std::{cmp::Reverse, path::Path};
use verdict::{
    Failure, Kind, Prints, Reason, Where,
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

impl Verdict {
    /// The kind of the failure that comes first, if there is one.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Failed(failures) => failures.first().map(|first| first.kind),
            Self::Passed | Self::NotStarted(_) => None,
        }
    }
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
    /// Which rule was broken, where the kind does not say it.
    pub reason: Option<Reason>,
    /// A sentence in the student's terms.
    pub message: String,
    /// The calls, without their lines, and where each was made.
    pub calls: Vec<(Where, Stack)>,
}

/// An input of the task, as a rank has named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What it is.
    pub text: String,
    /// Which of the task's inputs it is.
    pub number: u32,
}

#[derive(Clone, Debug)]
struct Note {
    rank: Option<u32>,
    /// How a sentence about the rank begins.
    who: String,
    cause: Cause,
    fatal: bool,
    input: Option<Input>,
}

impl Note {
    /// Whether a rank only says that it ends, or MPI that it gives up.
    fn is_last_words(&self) -> bool {
        match &self.cause {
            Cause::Signal { .. } => true,
            Cause::Rank(found) => {
                self.fatal && matches!(found.kind, Kind::Crash | Kind::CollectiveMismatch)
            }
            Cause::Outside { kind, .. } => *kind == Kind::Crash,
            Cause::Witness(_) => false,
        }
    }
}

/// Collects what is said about one task at one rank count. It only collects: what the notes mean is
/// looked up for the verdict, when the job is over and nobody waits.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    not_started: Vec<(Option<u32>, Option<Place>)>,
    /// Whether the check goes on after every `todo!()`, with another function of the task.
    stops: bool,
    notes: Vec<Note>,
}

impl Collector {
    /// A rank has reached `todo!()`; the check may go on with another function.
    pub fn not_started(&mut self, rank: Option<u32>, place: Option<Place>, goes_on: bool) {
        self.not_started.push((rank, place));
        self.stops |= !goes_on;
    }

    /// Whether some rank has reached a `todo!()` at which its check has ended.
    pub fn is_not_started(&self) -> bool {
        self.stops
    }

    /// Whether a rank has ended, and said no more than that.
    pub fn has_last_words(&self) -> bool {
        !self.is_not_started() && self.notes.iter().any(Note::is_last_words)
    }

    /// Whether a rank has got a wrong result.
    pub fn has_wrong_result(&self) -> bool {
        let is_wrong = |note: &Note| matches!(&note.cause, Cause::Rank(found) if found.kind == Kind::WrongResult);
        !self.is_not_started() && self.notes.iter().any(is_wrong)
    }

    /// Takes what may explain why a rank has ended or got a wrong result, if it does.
    pub fn explain(&mut self, rank: Option<u32>, told: Told, input: Option<Input>) {
        // What is left over or unfinished is so because the rank has ended.
        let explains = matches!(
            told.kind,
            Kind::TypeMismatch
                | Kind::Truncation
                | Kind::CollectiveMismatch
                | Kind::InvalidArgument
                | Kind::BufferReuse
                | Kind::Epoch
                | Kind::MemoryRace
        );
        if explains {
            self.notes.retain(|note| !note.is_last_words());
            self.add(rank, "", Cause::Witness(told), true, input);
        }
    }

    /// Something is wrong. `who` is how a sentence about the rank begins, `fatal` whether the job
    /// cannot go on, `input` what the rank had named last.
    pub fn add(
        &mut self,
        rank: Option<u32>,
        who: &str,
        cause: Cause,
        fatal: bool,
        input: Option<Input>,
    ) {
        self.notes.push(Note {
            rank,
            who: who.to_owned(),
            cause,
            fatal,
            input,
        });
    }

    /// The verdict. `printed` knows what each rank printed for an input, or during the whole task.
    ///
    /// The order does not depend on which rank was faster: first what ended the job, then what
    /// explains most, then by rank, and each rank's in the order in which it found them.
    pub fn verdict(
        mut self,
        ranks: Option<u32>,
        lines: &Lines<'_>,
        printed: impl Fn(Option<u32>) -> Vec<Prints>,
    ) -> Verdict {
        if self.stops {
            self.notes.clear();
        } else if !self.not_started.is_empty() {
            // Ranks that wait for one whose function is not written are not to blame.
            self.notes
                .retain(|note| matches!(note.cause, Cause::Rank(_)));
        }
        if self.notes.is_empty() && !self.not_started.is_empty() {
            // The lowest rank speaks for all, whichever was faster.
            self.not_started
                .sort_by_key(|(rank, place)| (place.is_none(), *rank));
            let (rank, place) = self.not_started.swap_remove(0);
            return Verdict::NotStarted(
                place.map(|place| at(rank, None, Some(&place), lines.root)),
            );
        }
        if self.notes.is_empty() {
            return Verdict::Passed;
        }
        let mut failures: Vec<(bool, Option<u32>, Failure)> = self
            .notes
            .into_iter()
            .map(|note| {
                let input = note.input.as_ref().map(|input| input.number);
                (note.fatal, input, explained(note, ranks, lines))
            })
            .collect();
        // Whoever has left something behind had returned: that the job ends is only to be rid of it.
        let ended = |fatal: &bool, failure: &Failure| *fatal && failure.kind != Kind::Leftover;
        failures.sort_by_key(|(fatal, _, failure)| {
            (
                Reverse(ended(fatal, failure)),
                weight(failure),
                failure.rank,
            )
        });
        failures.truncate(ENOUGH);
        let mut told = Vec::new();
        let with_prints = |(_, input, mut failure): (bool, Option<u32>, Failure)| {
            // Once for each input: what was printed for it is no other for the next rank.
            if !told.contains(&input) {
                told.push(input);
                failure.prints = printed(input);
                let own = |prints: &&Prints| prints.rank == failure.rank;
                failure.printed = failure.prints.iter().find(own).map(|own| own.text.clone());
            }
            failure
        };
        Verdict::Failed(failures.into_iter().map(with_prints).collect())
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
    let failure = |kind, message: String, places| Failure {
        ranks,
        rank,
        input: input.map(|input| input.text),
        places,
        ..Failure::new(kind, message)
    };
    match cause {
        Cause::Rank(found) => {
            let own = found
                .place
                .filter(|place| lines.is_answer(place) && !lines.is_given(place));
            let place = own.or_else(|| lines.place(&lines.frames(&found.stack)));
            let known = place.is_some() || found.call.is_some();
            let places = known.then(|| at(rank, found.call, place.as_ref(), lines.root));
            Failure {
                reason: found.reason,
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
            Failure {
                reason: told.reason,
                ..failure(told.kind, told.message, places)
            }
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

/// Adds to the failures of a task what was found when it was over.
pub fn add(failures: &mut Vec<Failure>, failure: Failure) {
    let at = match failures.first() {
        Some(first) if weight(&failure) == 0 && first.kind == Kind::WrongResult => 0,
        _ => failures.len(),
    };
    failures.insert(at, failure);
}

/// What is wrong in the result explains more than how it was communicated, and that more than what
/// was left behind.
fn weight(failure: &Failure) -> u8 {
    match failure.kind {
        // That a rank did not make the call, or made it on another communicator, is why values are wrong.
        _ if failure.reason == Some(Reason::NotOnAllRanks) => 0,
        Kind::WrongOperation if failure.reason == Some(Reason::OtherCommunicator) => 0,
        // What arrives as another type, or in another amount, has another value.
        Kind::TypeMismatch | Kind::CollectiveMismatch | Kind::Truncation => 0,
        // What two write at once, or one reads too early, has any value.
        Kind::Epoch | Kind::MemoryRace => 0,
        Kind::WrongOperation | Kind::TooMuchCommunication => 2,
        Kind::UnmatchedMessage
        | Kind::RequestLeak
        | Kind::ResourceLeak
        | Kind::Leftover
        | Kind::MissingFinalize => 3,
        _ => 1,
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
            reason: None,
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

        fn at_four(self, printed: impl Fn(Option<u32>) -> Vec<Prints>) -> Verdict {
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
        collector.not_started(Some(2), None, false);
        collector.not_started(
            Some(3),
            Some(Place {
                file: "/c/src/lib.rs".into(),
                line: 9,
            }),
            false,
        );
        collector.not_started(
            Some(1),
            Some(Place {
                file: "/c/src/lib.rs".into(),
                line: 7,
            }),
            false,
        );
        let Verdict::NotStarted(Some(found)) = collector.at_four(|_| Vec::new()) else {
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
        let said = |_: Option<u32>| {
            let prints = |rank| Prints {
                rank: Some(rank),
                text: format!("said by {rank}"),
            };
            vec![prints(0), prints(3)]
        };
        let Verdict::Failed(failures) = collector.at_four(said) else {
            panic!("not failed");
        };
        assert_eq!(failures[0].kind, Kind::Panic);
        assert_eq!(failures[0].printed.as_deref(), Some("said by 3"));
        assert_eq!(failures[0].prints.len(), 2);
        assert_eq!((&failures[1].printed, failures[1].prints.len()), (&None, 0));
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
        let Verdict::Failed(failures) = collector.at_four(|_| Vec::new()) else {
            panic!("not failed");
        };
        assert_eq!(failures[0].places, []);
    }

    fn told(kind: Kind) -> Told {
        Told {
            kind,
            reason: None,
            message: format!("the recording tells of a {kind}"),
            calls: Vec::new(),
        }
    }

    #[test]
    fn what_the_recording_tells_explains_why_a_rank_has_ended() {
        for (found, kept) in [
            (Kind::TypeMismatch, Kind::TypeMismatch),
            (Kind::UnmatchedMessage, Kind::Crash),
        ] {
            let mut collector = Collector::default().with(1, Kind::Crash, true);
            assert!(collector.has_last_words());
            collector.explain(Some(0), told(found), None);
            let Verdict::Failed(failures) = collector.at_four(|_| Vec::new()) else {
                panic!("not failed");
            };
            assert_eq!(failures[0].kind, kept);
            assert_eq!(failures.len(), 1);
        }
        assert!(
            !Collector::default()
                .with(1, Kind::Panic, true)
                .has_last_words()
        );
    }

    #[test]
    fn types_that_do_not_match_explain_a_wrong_result() {
        let mut collector = Collector::default().with(0, Kind::WrongResult, true);
        assert!(collector.has_wrong_result());
        collector.explain(Some(1), told(Kind::CollectiveMismatch), None);
        collector.explain(Some(1), told(Kind::RequestLeak), None);
        let Verdict::Failed(mut failures) = collector.at_four(|_| Vec::new()) else {
            panic!("not failed");
        };
        let kinds = |failures: &[Failure]| failures.iter().map(|one| one.kind).collect::<Vec<_>>();
        assert_eq!(
            kinds(&failures),
            [Kind::CollectiveMismatch, Kind::WrongResult]
        );
        failures.remove(0);
        add(
            &mut failures,
            Failure::new(Kind::RequestLeak, String::new()),
        );
        add(
            &mut failures,
            Failure::new(Kind::TypeMismatch, String::new()),
        );
        assert_eq!(
            kinds(&failures),
            [Kind::TypeMismatch, Kind::WrongResult, Kind::RequestLeak]
        );
    }

    #[test]
    fn a_race_explains_a_wrong_result() {
        for kind in [Kind::Epoch, Kind::MemoryRace] {
            let mut failures = vec![Failure::new(Kind::WrongResult, String::new())];
            add(&mut failures, Failure::new(kind, String::new()));
            assert_eq!(failures[0].kind, kind);
        }
    }

    #[test]
    fn a_rank_that_does_not_call_comes_before_what_is_wrong_by_it() {
        let absent = RankFailure {
            reason: Some(Reason::NotOnAllRanks),
            ..rank_failure(Kind::WrongOperation)
        };
        let mut collector = Collector::default().with(0, Kind::WrongResult, false);
        collector.add(Some(2), "rank", Cause::Rank(absent), false, None);
        let Verdict::Failed(failures) = collector.at_four(|_| Vec::new()) else {
            panic!("not failed");
        };
        assert_eq!(failures[0].kind, Kind::WrongOperation);
    }

    #[test]
    fn a_function_that_is_not_written_hides_nothing_of_the_other() {
        let mut collector = Collector::default();
        collector.not_started(Some(0), None, true);
        assert!(!collector.is_not_started());
        let both = collector.clone().with(1, Kind::WrongResult, false);
        let verdict = both.at_four(|_| Vec::new());
        assert!(matches!(verdict, Verdict::Failed(_)), "{verdict:?}");
        // Who waits for a rank at its `todo!()` is not to blame.
        let mut waits = collector;
        waits.add(None, "", Cause::Witness(told(Kind::Deadlock)), true, None);
        let verdict = waits.at_four(|_| Vec::new());
        assert_eq!(verdict, Verdict::NotStarted(None));
    }

    #[test]
    fn nothing_said_is_a_pass() {
        assert_eq!(
            Collector::default().at_four(|_| Vec::new()),
            Verdict::Passed
        );
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
                seeds.iter().fold(Collector::default(), add).at_four(|_| Vec::new())
            };
            let mut turned = seeds.clone();
            turned.rotate_left(turn % seeds.len());
            prop_assert_eq!(verdict(&seeds), verdict(&turned));
        }
    }
}

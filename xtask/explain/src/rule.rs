//! The rule behind each kind of failure, as a student may remember it. Not what happened: that is
//! the failure's message.

use verdict::{Failure, Kind, Reason};

/// What has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// A task of an exercise, under MPI.
    Task,
    /// A task of an exercise without MPI, which has no ranks and no communicators to speak of.
    TaskWithoutMpi,
    /// An MPI program that is no exercise, in whatever language.
    Program,
}

/// The rule that was broken when a check or a run ends in this kind of failure, in one sentence.
pub fn rule(failure: &Failure, failed: Failed) -> &'static str {
    let of_reason = failure.reason.and_then(by_reason);
    of_reason.unwrap_or_else(|| by_kind(failure.kind, failed))
}

/// The rule where a failure says more than its kind.
fn by_reason(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::Returned => {
            "A receive needs a send and a send a receive: a rank that has returned from the function \
             makes neither."
        }
        Reason::Itself => {
            "A rank that waits for its own message cannot send it: start one of the two with an \
             immediate call, or leave the message out."
        }
        Reason::OtherTag => {
            "A receive takes only a message with the tag that it names: both sides must use the same \
             tag."
        }
        Reason::OtherCommunicator => {
            "A message stays in the communicator in which it was sent: both sides must use the same \
             one."
        }
        Reason::Rendezvous => {
            "A send may wait until its message is received (rendezvous), so two ranks must not both \
             send first."
        }
        Reason::NotOnAllRanks => {
            "A collective is called by every rank of the communicator, also by those that only give or \
             only get."
        }
        Reason::RootsMethod => {
            "In a collective with a root, the root calls the method whose name ends with `_root`, and \
             every other rank the one without."
        }
        Reason::RequestDropped => {
            "A request lives until it is complete: what starts an immediate send or receive must also wait \
             for it."
        }
        Reason::OtherCall => {
            "A task is about one way to communicate: the right result by another way does not count."
        }
        Reason::Rounds => {
            "Messages that wait for each other cost time one after the other: let pairs of ranks work \
             at the same time."
        }
        Reason::NotCommutative => {
            "MPI may swap the operands of an operation that is declared commutative: declare it only \
             if the order does not matter."
        }
        Reason::Handle => {
            "A handle stands for something from the call that makes it to the call that frees it; the null \
             handles stand for nothing."
        }
        Reason::MayWait => {
            "A collective may wait until every rank has called it: what others need before their calls \
             comes before one's own."
        }
        Reason::Overlap => {
            "The parts of what a call receives must not overlap in memory: the standard does not say \
             which of them is there in the end."
        }
        Reason::TwoBuffers => {
            "Write down the type of every buffer: each of a call may have its own, and MPI is told that of \
             one of them."
        }
        Reason::Copied => {
            "A datatype says where the data lies, so that MPI takes it from there and puts it there: a copy \
             costs memory and time."
        }
        // Reasons may be added; a test holds that none of them ends here.
        _ => return None,
    })
}

/// The rule of a kind.
fn by_kind(kind: Kind, failed: Failed) -> &'static str {
    let other = match failed {
        Failed::Task => None,
        Failed::TaskWithoutMpi => without_mpi(kind),
        Failed::Program => of_program(kind),
    };
    if let Some(rule) = other {
        return rule;
    }
    match kind {
        Kind::Build => {
            "The compiler checks the whole crate before any of it runs, so its errors come first."
        }
        Kind::WrongResult => {
            "Right once is not enough: every value must be right, whatever the input and the number of \
             ranks or threads."
        }
        Kind::Panic => {
            "A panic ends the whole job, because others may be waiting for the one that panicked."
        }
        Kind::Crash => "A task must return on every rank: no `exit`, no signal, no other way out.",
        Kind::Deadlock => {
            "Those who wait for each other wait for ever: one of them has to go first."
        }
        Kind::UnsafeSend => {
            "A send may wait until its message is received; that short messages do not wait is luck, \
             and MPI does not promise it."
        }
        Kind::CollectiveMismatch => {
            "All ranks of a communicator must call the same collectives in the same order, with the \
             same root and matching counts."
        }
        Kind::TypeMismatch => {
            "The receiver must read the type that the sender wrote: MPI neither converts nor warns."
        }
        Kind::Truncation => {
            "A buffer must have room for the whole message; it may be longer, but not shorter."
        }
        Kind::InvalidArgument => {
            "Ranks and roots go from 0 to one less than the size of the communicator; tags and counts \
             are not negative; handles and buffers exist."
        }
        Kind::ThreadLevel => {
            "Which threads may call MPI is what MPI_Init_thread has provided, and one communicator is in \
             one collective at a time."
        }
        Kind::UnmatchedMessage => {
            "Every message must be received: by the rank it was sent to, with the same tag, on the \
             same communicator."
        }
        Kind::MessageRace => {
            "Messages of several senders arrive in any order, so the result must not depend on it."
        }
        Kind::RequestLeak => {
            "Every immediate send or receive must be completed, by a wait or by a test that succeeds."
        }
        Kind::ResourceLeak => {
            "What is made must be given back: MPI's communicators, datatypes, groups and windows are \
             freed, started processes waited for."
        }
        Kind::BufferReuse => {
            "From an immediate call to its wait the buffer belongs to MPI: do not write to it, and do \
             not read what is still being received."
        }
        Kind::Epoch => {
            "One-sided calls belong in an epoch, which is begun and ended: by fences, by start and \
             complete, or by lock and unlock."
        }
        Kind::MemoryRace => {
            "Two accesses to one place in memory, one of which writes, need something that orders them: \
             a fence, a flush, a lock."
        }
        Kind::MissingFinalize => {
            "Every rank must finalize MPI before it ends, so the universe must live until the end of \
             `main`."
        }
        Kind::TooMuchCommunication => {
            "Communication costs more than computing: send only what a rank needs, to the ranks that \
             need it, once."
        }
        Kind::WrongOperation => {
            "The task asks how it is done, too: the right result by another way does not count."
        }
        Kind::Leftover => {
            "When a function returns, every process that it started has ended, and no thread that it \
             started is still computing."
        }
        Kind::Timeout => {
            "A task takes well under a second; one that does not end waits for something that never \
             comes, or loops for ever."
        }
        Kind::OutputLimit => {
            "What a task may print is limited; a loop that never ends is the usual reason for so much."
        }
        Kind::MemoryLimit => {
            "The memory that a task may use is limited; a vector that keeps growing is the usual reason \
             for so much."
        }
        // Kinds may be added; a test holds that none of them ends here.
        _ => UNKNOWN,
    }
}

/// The rule of a kind that has to be said otherwise where there is no MPI.
fn without_mpi(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::WrongResult => {
            "Right once is not enough: every value must be right, whatever the input and the number of \
             threads or processes."
        }
        Kind::Panic => {
            "What can go wrong at run time is told by a `Result`; a panic takes everything with it."
        }
        Kind::Crash => "A task must return: no `exit`, no signal, no other way out.",
        Kind::ResourceLeak => {
            "What is begun must be brought to an end: started processes are waited for."
        }
        Kind::TooMuchCommunication => {
            "Handing things over costs more than computing: hand over what is needed, once."
        }
        _ => return None,
    })
}

/// The rule of a kind that has to be said otherwise where nobody speaks of tasks, nor of Rust.
fn of_program(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Crash => {
            "Every rank lives until it has called MPI_Finalize: the end of one before that ends the \
             whole job."
        }
        Kind::MissingFinalize => {
            "Every rank calls MPI_Init first, once, and MPI_Finalize before it ends; few functions may \
             be called before or after."
        }
        _ => return None,
    })
}

const UNKNOWN: &str = "This kind of failure has no rule yet.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_rule_of_its_own_in_one_sentence() {
        let mut seen = std::collections::HashSet::new();
        let known = Kind::ALL
            .iter()
            .map(|kind| (*kind, by_kind(*kind, Failed::Task)));
        let others = Kind::ALL.iter().flat_map(|kind| {
            let rules = [without_mpi(*kind), of_program(*kind)];
            rules.into_iter().flatten().map(|rule| (*kind, rule))
        });
        let by_reason = Reason::ALL.iter().map(|reason| {
            let rule = by_reason(*reason).unwrap_or(UNKNOWN);
            (format!("{reason:?}"), rule)
        });
        let all = known
            .chain(others)
            .map(|(kind, rule)| (kind.to_string(), rule));
        for (kind, rule) in all.chain(by_reason) {
            assert_ne!(rule, UNKNOWN, "{kind}");
            assert!(seen.insert(rule), "{kind}: {rule}");
            assert!(
                rule.ends_with('.') && !rule.contains(". "),
                "{kind}: {rule}"
            );
            assert!(rule.chars().count() <= 140, "{kind}: {rule}");
        }
    }
}

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
            "Every receive needs a matching send and every send a receive: a rank that has returned from \
             the function makes neither."
        }
        Reason::Itself => {
            "A rank cannot send a message while it is blocked waiting for it: make the send or the \
             receive immediate, or leave the message out."
        }
        Reason::OtherTag => {
            "A receive accepts only messages with its own tag: sender and receiver must use the same \
             tag."
        }
        Reason::OtherCommunicator => {
            "A message can only be received on the communicator on which it was sent."
        }
        Reason::Rendezvous => {
            "A send may wait until its message is received (rendezvous), so two ranks must not both send \
             first."
        }
        Reason::NotOnAllRanks => {
            "Every rank of the communicator must call a collective, including ranks that only give or \
             only receive data."
        }
        Reason::RootsMethod => {
            "In a collective with a root, the root calls the method whose name ends with `_root`, and \
             every other rank the one without."
        }
        Reason::RequestDropped => {
            "Whatever starts an immediate send or receive must also wait for its request."
        }
        Reason::OtherCall => {
            "Each task practices one way to communicate: the right result by another way does not count."
        }
        Reason::Rounds => {
            "Messages that wait for one another add up their times: let pairs of ranks work at the same \
             time."
        }
        Reason::NotCommutative => {
            "MPI may swap the operands of an operation that is declared commutative: declare it only \
             if the order does not matter."
        }
        Reason::Handle => {
            "A handle is valid from the call that creates it to the call that frees it; a null handle is \
             never valid."
        }
        Reason::MayWait => {
            "A collective may wait until every rank has called it, so first do whatever the other ranks \
             need in order to call it."
        }
        Reason::Overlap => {
            "The parts that a call receives must not overlap in memory: the standard does not say which \
             of them survives."
        }
        Reason::Aliased => {
            "The send buffer and the receive buffer of a call must not overlap in memory: pass MPI_IN_PLACE where \
             one buffer is to serve as both."
        }
        Reason::BeyondWindow => {
            "A one-sided call must stay within the memory that the target gave to the window; displacements \
             count in the target's units."
        }
        Reason::Partition => {
            "Start a partitioned message first, and then mark each of its partitions as ready once; they are \
             numbered from 0."
        }
        Reason::AttachedBuffer => {
            "An attached buffer belongs to MPI until it is detached; every message in it needs room for its data and \
             MPI_BSEND_OVERHEAD bytes."
        }
        Reason::TwoBuffers => {
            "Write down the type of every buffer: two buffers of a call can differ in type, and MPI is \
             told only one of them."
        }
        Reason::Copied => {
            "A datatype describes where the data is, so MPI can read and write it in place: a copy \
             costs memory and time."
        }
        Reason::Kernel => {
            "A kernel is compiled when the program runs, for the device that it finds: for the Rust compiler, it \
             is only text."
        }
        Reason::Device => {
            "Starting a kernel and copying between host and device cost time: use few runs and copy few bytes, even \
             for many numbers."
        }
        Reason::FewInvocations => {
            "A device is fast because thousands of invocations run at the same time: give each only a little work."
        }
        Reason::Invocations => {
            "Invocations run in any order, and at the same time: only a barrier, or the end of the run, orders \
             what they write and read."
        }
        Reason::Barrier => {
            "A barrier waits until all invocations of its workgroup have reached it: no condition and no return may \
             keep any of them away."
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
            "One right result is not enough: the result must be right for every input and any number of \
             ranks or threads."
        }
        Kind::Panic => {
            "A panic on one rank ends the whole job, because other ranks may be waiting for that rank."
        }
        Kind::Crash => "A task must return on every rank: no `exit`, no signal, no other way out.",
        Kind::Deadlock => {
            "Ranks or threads that wait for each other wait forever: one of them has to go first."
        }
        Kind::UnsafeSend => {
            "A send may wait until its message is received; MPI does not promise that short messages are \
             buffered."
        }
        Kind::CollectiveMismatch => {
            "All ranks of a communicator must call the same collectives in the same order, with the \
             same root and matching counts."
        }
        Kind::TypeMismatch => {
            "The receiver must use the same type as the sender: MPI neither converts nor warns."
        }
        Kind::Truncation => {
            "A buffer must have room for the whole message; it may be longer, but not shorter."
        }
        Kind::InvalidArgument => {
            "Ranks and roots go from 0 to one less than the size of the communicator; tags and counts \
             are not negative; handles and buffers exist."
        }
        Kind::ThreadLevel => {
            "Only the threads that MPI_Init_thread allows may call MPI, and a communicator runs one \
             collective at a time."
        }
        Kind::UnmatchedMessage => {
            "Every message must be received by the rank it was sent to, with the same tag and on the \
             same communicator."
        }
        Kind::MessageRace => {
            "Messages from several senders arrive in any order, so the result must not depend on the \
             order."
        }
        Kind::RequestLeak => {
            "Every immediate send or receive must be completed, by a wait or by a test that succeeds."
        }
        Kind::ResourceLeak => {
            "Free what you create: communicators, datatypes, groups and windows; wait for every process \
             you start."
        }
        Kind::BufferReuse => {
            "Between an immediate call and its wait the buffer belongs to MPI: do not write to it, and \
             do not read a receive buffer."
        }
        Kind::Epoch => {
            "One-sided calls belong inside an epoch: between two fences, between start and complete, or \
             between lock and unlock."
        }
        Kind::MemoryRace => {
            "If two accesses touch the same memory and one of them writes, a fence, a flush or a lock \
             must order them."
        }
        Kind::MissingFinalize => {
            "Every rank must finalize MPI before it ends, so the universe must live until the end of \
             `main`."
        }
        Kind::TooMuchCommunication => {
            "Communication costs more than computation: send only what a rank needs, to the ranks that \
             need it, once."
        }
        Kind::WrongOperation => {
            "The task also asks for a method: the right result by another method does not count."
        }
        Kind::Leftover => {
            "When a function returns, every process that it started has ended, and no thread that it \
             started is still computing."
        }
        Kind::Timeout => {
            "A task takes well under a second; one that does not end waits for something that never \
             happens, or loops forever."
        }
        Kind::OutputLimit => {
            "The output of a task is limited; the usual reason for so much output is a loop that never \
             ends."
        }
        Kind::MemoryLimit => {
            "The memory of a task is limited; the usual reason for using so much is a vector that keeps \
             growing."
        }
        Kind::NoDevice => "A task that needs a device can run only on a machine that has one.",
        // Kinds may be added; a test holds that none of them ends here.
        _ => UNKNOWN,
    }
}

/// The rule of a kind that has to be said otherwise where there is no MPI.
fn without_mpi(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::WrongResult => {
            "One right result is not enough: the result must be right for every input and any number of \
             threads or processes."
        }
        Kind::Panic => {
            "Report what can go wrong at run time in a `Result`; a panic ends everything else, too."
        }
        Kind::Crash => "A task must return: no `exit`, no signal, no other way out.",
        Kind::ResourceLeak => "Finish what you start: wait for every process you start.",
        Kind::TooMuchCommunication => {
            "Handing data over costs more than computing: hand over what is needed, once."
        }
        _ => return None,
    })
}

/// The rule of a kind that has to be said otherwise where nobody speaks of tasks, nor of Rust.
fn of_program(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Crash => {
            "Every rank must live until it has called MPI_Finalize: if one ends before that, the whole \
             job ends."
        }
        Kind::MissingFinalize => {
            "Every rank calls MPI_Init once, at the start, and MPI_Finalize before it ends; outside of \
             the two hardly any MPI call is allowed."
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

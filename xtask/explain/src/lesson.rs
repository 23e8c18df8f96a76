//! Where the lessons speak of a kind of failure.

use crate::places::is_collective;
use verdict::{Failure, Kind, Reason};

/// A section of an exercise's lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// The lesson's path from the workbook's folder.
    pub(crate) file: &'static str,
    /// The heading.
    pub(crate) heading: &'static str,
}

const POINT_TO_POINT: &str = "exercises/03-mpi-p2p/README.md";
const DEADLOCKS: &str = "exercises/04-deadlock-avoidance/README.md";
const COLLECTIVES: &str = "exercises/05-collectives/README.md";
const DATATYPES: &str = "exercises/13-datatypes/README.md";
const GPU: &str = "exercises/20-gpu/README.md";
const ONE_SIDED: &str = "exercises/14-one-sided/README.md";

/// The section to read after a failure of an exercise under MPI; none where none is about it.
pub(crate) fn section(failure: &Failure) -> Option<Section> {
    let of_reason = failure.reason.and_then(by_reason);
    let (file, heading) = match failure.kind {
        _ if of_reason.is_some() => of_reason?,
        Kind::Deadlock if is_about_collectives(failure) => {
            (COLLECTIVES, "Rules for collective calls")
        }
        Kind::Deadlock => (DEADLOCKS, "Deadlock"),
        Kind::UnsafeSend => (DEADLOCKS, "Eager and rendezvous"),
        Kind::UnmatchedMessage => (DEADLOCKS, "Unmatched messages"),
        Kind::BufferReuse | Kind::RequestLeak => (DEADLOCKS, "Non-blocking communication"),
        Kind::CollectiveMismatch => (COLLECTIVES, "Rules for collective calls"),
        Kind::Truncation => (POINT_TO_POINT, "Message length and probe"),
        Kind::TypeMismatch => (POINT_TO_POINT, "MPI datatypes and serialization"),
        Kind::MessageRace => (POINT_TO_POINT, "Tags and wildcard receives"),
        Kind::InvalidArgument => (POINT_TO_POINT, "Send and receive"),
        Kind::Epoch => (ONE_SIDED, "Windows and epochs"),
        Kind::MemoryRace => (ONE_SIDED, "Memory races"),
        _ => return None,
    };
    Some(Section { file, heading })
}

/// The section about the rule that was broken, where a failure says more than its kind.
fn by_reason(reason: Reason) -> Option<(&'static str, &'static str)> {
    Some(match reason {
        Reason::Returned => (POINT_TO_POINT, "Send and receive"),
        Reason::Itself | Reason::RequestDropped => (DEADLOCKS, "Non-blocking communication"),
        Reason::OtherTag | Reason::OtherCommunicator => {
            (POINT_TO_POINT, "Tags and wildcard receives")
        }
        Reason::Rendezvous => (DEADLOCKS, "Eager and rendezvous"),
        Reason::NotOnAllRanks | Reason::RootsMethod | Reason::MayWait => {
            (COLLECTIVES, "Rules for collective calls")
        }
        Reason::Rounds => (DEADLOCKS, "Odd-even ordering"),
        Reason::NotCommutative => (COLLECTIVES, "Reductions: reduce, all-reduce, and scan"),
        Reason::Aliased => (COLLECTIVES, "Reductions: reduce, all-reduce, and scan"),
        Reason::Overlap => (COLLECTIVES, "Scatterv and gatherv"),
        Reason::BeyondWindow => (ONE_SIDED, "Windows and epochs"),
        Reason::Copied => (DATATYPES, "Views and the vector datatype"),
        Reason::TwoBuffers => (COLLECTIVES, "Buffer types"),
        Reason::Kernel | Reason::Device | Reason::FewInvocations => (GPU, "The first kernel"),
        Reason::Invocations | Reason::Barrier => (GPU, "Workgroup memory and barriers"),
        _ => return None,
    })
}

/// Whether the first call of a failure is no message between two ranks.
fn is_about_collectives(failure: &Failure) -> bool {
    let call = failure.places.first().and_then(|place| place.call.as_ref());
    call.is_some_and(|call| is_collective(&call.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use verdict::Where;

    fn failure(kind: Kind, call: &str) -> Failure {
        Failure {
            kind,
            ranks: Some(2),
            rank: None,
            message: String::new(),
            input: None,
            expected: None,
            actual: None,
            places: vec![Where {
                call: Some(call.into()),
                ..Where::default()
            }],
            printed: None,
            prints: Vec::new(),
            reason: None,
        }
    }

    #[test]
    fn every_section_is_there() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
        let mut seen = 0;
        for &kind in Kind::ALL {
            for call in ["MPI_Recv", "MPI_Bcast"] {
                let Some(section) = section(&failure(kind, call)) else {
                    continue;
                };
                seen += 1;
                let lesson = std::fs::read_to_string(format!("{root}{}", section.file)).unwrap();
                let heading = format!("## {}", section.heading);
                assert!(lesson.lines().any(|line| line == heading), "{section:?}");
            }
        }
        for &reason in Reason::ALL {
            if let Some((file, heading)) = by_reason(reason) {
                let lesson = std::fs::read_to_string(format!("{root}{file}")).unwrap();
                let mut headings = lesson.lines().filter(|line| line.starts_with("##"));
                let is_it = |line: &str| line.trim_start_matches('#').trim_start() == heading;
                assert!(headings.any(is_it), "{reason:?}");
            }
        }
        assert!(seen > 0);
    }

    #[test]
    fn a_deadlock_in_a_collective_is_another_lesson() {
        let file = |call| section(&failure(Kind::Deadlock, call)).unwrap().file;
        assert_eq!(file("MPI_Mprobe"), DEADLOCKS);
        assert_eq!(file("MPI_Waitall"), DEADLOCKS);
        assert_eq!(file("MPI_Allreduce"), COLLECTIVES);
    }
}

//! Where the lessons speak of a kind of failure.

use verdict::{Failure, Kind};

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

/// The section to read after a failure of an exercise under MPI; none where none is about it.
pub(crate) fn section(failure: &Failure) -> Option<Section> {
    let (file, heading) = match failure.kind {
        Kind::Deadlock if is_about_collectives(failure) => (COLLECTIVES, "Every rank calls"),
        Kind::Deadlock => (DEADLOCKS, "Two ranks wait for each other"),
        Kind::UnsafeSend => (DEADLOCKS, "What a send waits for"),
        Kind::UnmatchedMessage => (DEADLOCKS, "A message that nobody receives"),
        Kind::BufferReuse | Kind::RequestLeak => (DEADLOCKS, "Start now, wait later"),
        Kind::CollectiveMismatch => (COLLECTIVES, "Every rank calls"),
        Kind::Truncation => (POINT_TO_POINT, "How long is it?"),
        Kind::TypeMismatch => (POINT_TO_POINT, "What can be sent"),
        Kind::MessageRace => (POINT_TO_POINT, "Which message, and from whom?"),
        Kind::InvalidArgument => (POINT_TO_POINT, "A message"),
        _ => return None,
    };
    Some(Section { file, heading })
}

/// Whether the first call of a failure is no message between two ranks.
fn is_about_collectives(failure: &Failure) -> bool {
    const BETWEEN_TWO: [&str; 5] = ["send", "recv", "probe", "wait", "test"];
    let call = failure.places.first().and_then(|place| place.call.as_ref());
    call.is_some_and(|call| {
        let call = call.to_ascii_lowercase();
        !BETWEEN_TWO.iter().any(|part| call.contains(part))
    })
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

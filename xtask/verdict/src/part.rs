//! Which part of a job's recording is drawn: what the grader, which has run the job, tells the witness,
//! which draws it.

use serde::{Deserialize, Serialize};

/// The file with the [`Part`], as JSON, in the folder of the recording.
pub const FILE: &str = "part.json";

/// The calls of one task, or of one of its inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What was run, such as `cargo xtask check 05.scan on 4 ranks`.
    pub title: String,
    /// What is to be known of it, in sentences, such as its input.
    pub about: Vec<String>,
    /// Why it fails, if it does.
    pub failure: Option<String>,
    /// How many ranks took part: the first of the job's processes.
    pub ranks: u32,
    /// The numbers of the calls of each rank: the first, and the one after the last; none where all that
    /// follow count.
    pub calls: Vec<(u64, Option<u64>)>,
    /// The calls that the failure is about, by rank and number.
    pub wrong: Vec<(u32, u64)>,
    /// The processes that had come to the end of the task.
    pub returned: Vec<u32>,
    /// When the job was ended, in nanoseconds of the clock of recordings, if the task did not come to its
    /// end.
    pub ended: Option<u64>,
    /// Where the answers lie, from the workbook's folder, such as `exercises/05-collectives/src/`.
    pub answers: String,
}

impl Part {
    /// Whether a call of a rank is in it, by its number.
    pub fn has(&self, rank: u32, number: u64) -> bool {
        let calls = self.calls.get(rank as usize);
        calls.is_some_and(|(from, until)| {
            *from <= number && until.is_none_or(|until| number < until)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_the_calls_between_its_ends() {
        let part = Part {
            calls: vec![(3, Some(5)), (0, None)],
            ..Part::default()
        };
        let has = |rank| (0..7).filter(|number| part.has(rank, *number)).count();
        assert_eq!([has(0), has(1), has(2)], [2, 7, 0]);
        assert!(part.has(0, 3) && !part.has(0, 5));
    }
}

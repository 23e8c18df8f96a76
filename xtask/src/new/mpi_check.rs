//! The check of the task `TASK`.

use super::Answers;
use harness_mpi::{Bounds, Check};

pub fn FUNCTION(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let mut lengths = check.lengths(size);
    lengths.push(40);
    for length in lengths {
        let parts: Vec<Vec<i64>> = (0..size).map(|_| check.summands(length)).collect();
        check.input(format!("{length} numbers on each of {size} ranks"));
        let expected = parts.concat().iter().fold(0, |sum: i64, number| sum.wrapping_add(*number));
        let (total, traffic) = check.observe(|world| (answers.FUNCTION)(world, &parts[rank]));
        let right = check.returned(total, expected, "TO WRITE: what is right");
        if !check.everywhere(right) {
            return;
        }
        let bounds = Bounds {
            given: 64,
            got: 64 * size as u64,
            ..Bounds::NONE
        };
        check.moves(&traffic, bounds, "TO WRITE: why so little is enough");
    }
}

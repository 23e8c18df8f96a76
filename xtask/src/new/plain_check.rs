//! The check of the task `TASK`.

use super::Answers;
use harness::Check;

pub fn FUNCTION(check: &mut Check, answers: &Answers) {
    let mut lengths = check.lengths(8);
    lengths.push(40);
    for length in lengths {
        let numbers = check.summands(length);
        check.input(format!("{length} numbers"));
        let expected = numbers.iter().sum();
        check.returned((answers.FUNCTION)(&numbers), expected, "TO WRITE: what is right");
    }
}

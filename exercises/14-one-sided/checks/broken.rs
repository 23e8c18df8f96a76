//! The checks of the broken programs.

use super::{Answers, OPERATIONS, coming_late, one_sided_only, part};
use harness_mpi::{Aside, Check, SimpleCommunicator};
use std::rc::Rc;

/// An answer that makes a number of the numbers of all ranks.
type Numbers = fn(&SimpleCommunicator, i64) -> i64;

pub fn missing_fence(check: &mut Check, answers: &Answers) {
    let before = |all: &[i64], rank: usize| all[(rank + all.len() - 1) % all.len()];
    let why = "it is the number of the previous rank";
    mended(check, answers.missing_fence, &before, why, None);
}

pub fn two_puts(check: &mut Check, answers: &Answers) {
    let sum = |all: &[i64], _: usize| all.iter().fold(0_i64, |sum, mine| sum.wrapping_add(*mine));
    let why = "it is the sum of the numbers of all ranks";
    // On few ranks, because a right answer waits for it: a sum that is read without a rank's number.
    let is_late = (check.rank(), check.size()) == (1, 2);
    let aside = Rc::new(check.aside());
    mended(check, answers.two_puts, &sum, why, is_late.then_some(aside));
}

pub fn early_read(check: &mut Check, answers: &Answers) {
    let difference = |all: &[i64], rank: usize| {
        let previous = all[(rank + all.len() - 1) % all.len()];
        all[rank] - previous
    };
    let why = "it is this rank's number minus the previous rank's number";
    mended(check, answers.early_read, &difference, why, None);
}

/// In the last round, this rank comes late if it has something to wait with.
fn mended(
    check: &mut Check,
    answer: Numbers,
    expected: &dyn Fn(&[i64], usize) -> i64,
    why: &str,
    late: Option<Rc<Aside>>,
) {
    let (rank, size) = (check.rank(), check.size());
    for round in 0..3 {
        // No difference is too large.
        let mut all: Vec<i64> = check
            .integers::<i64>(size)
            .iter()
            .map(|mine| mine / 2 + round)
            .collect();
        if round == 1 {
            // A number that changes no memory that is 0 already.
            all[check.draw(0..size)] = 0;
        }
        if round == 2 {
            // Their sum wraps around, the first has no opposite, and none is 0.
            all = (i64::MIN..).take(size).collect();
        }
        let input = format!("the ranks have the numbers {all:?}");
        let right = part(check, &input, |check| {
            let late = late.clone().filter(|_| round == 2);
            let (returned, traffic) = coming_late(check, late, |check| {
                check.observe(|world| answer(world, all[rank]))
            });
            if check.returned(returned, expected(&all, rank), why) && size > 1 {
                let _ = check.uses(&traffic, OPERATIONS, "use the operations of a window")
                    && one_sided_only(check, &traffic);
            }
        });
        if !right {
            return;
        }
    }
}

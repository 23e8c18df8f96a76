//! The check of the broken program: any fix is right, so the check requires only the right results, and that
//! both sides meet before they disconnect.

use super::{Answers, is_team, meets};
use harness_mpi::{Check, Kind, plural};
use mpi::traits::*;

struct Case {
    workers: i32,
    questions: Vec<u64>,
    factor: u64,
    /// The question whose answer is 0.
    zero: u64,
}

impl Case {
    fn answer(&self, question: u64) -> u64 {
        question.wrapping_sub(self.zero).wrapping_mul(self.factor)
    }
}

/// More questions than workers, and fewer. Managers and workers draw the same.
fn cases(check: &mut Check) -> [Case; 2] {
    let few = check.draw(0..2);
    [
        (check.draw(1..3), check.draw(3..7)),
        (check.draw(2..4), few),
    ]
    .map(|(workers, count)| {
        let mut questions = check.draw_vec(count, 1..1_000_000);
        // Any number but 0 is a question, and any is an answer. What is asked again has another answer then.
        if let Some(first) = questions.first_mut() {
            *first = u64::MAX;
        }
        Case {
            workers,
            zero: questions.get(1).copied().unwrap_or_default(),
            questions,
            factor: check.draw(2..1_000),
        }
    })
}

/// The part of the check's own ranks.
pub fn managers(check: &mut Check, answers: &Answers) {
    for (index, case) in cases(check).iter().enumerate() {
        check.input(format!(
            "{} and the questions {:?}",
            plural(case.workers as u64, "worker"),
            case.questions
        ));
        let worker = check.worker(&[index.to_string()]);
        let (found, traffic) = check.observe(|world| {
            (answers.broken_parting)(world, &worker, case.workers, &case.questions)
        });
        let expected = match check.rank() {
            0 => case.questions.iter().map(|q| case.answer(*q)).collect(),
            _ => Vec::new(),
        };
        let why = "rank 0 returns the answers in the order of the questions, and the other ranks an empty vector";
        let spawned = traffic.calls(check.rank(), "MPI_Comm_spawn") > 0;
        let right = check.returned(found, expected, why)
            && check.require(spawned, Kind::WrongOperation, || {
                String::from("started no workers: they are started even if there is nothing to ask")
            })
            && meets(check, &traffic);
        if !check.everywhere(right) {
            return;
        }
    }
}

/// The part of a worker.
pub fn workers(check: &mut Check, answers: &Answers) {
    let cases = cases(check);
    let index = check.own_words().first().and_then(|word| word.parse().ok());
    let Some((case, managers)) = index
        .and_then(|index: usize| cases.get(index))
        .zip(check.world().parent())
    else {
        return;
    };
    check.input(format!("the questions {:?}", case.questions));
    is_team(check, case.workers);
    let answer = |question: u64| case.answer(question);
    let ((), traffic) = check.observe(|_| (answers.parting_worker)(managers, &answer));
    meets(check, &traffic);
}

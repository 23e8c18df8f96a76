//! The check of the broken program: any fix is right, so the check requires only the right results, and that
//! both sides meet before they disconnect.

use super::{Answers, groups::Groups, is_team};
use harness_mpi::{Check, Kind, Peer, plural};
use mpi::traits::*;
use std::cell::RefCell;

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

/// More questions than workers, and fewer: one, or none, in turn. Managers and workers draw the same.
fn cases(check: &mut Check, managers: usize) -> [Case; 2] {
    let few = managers % 2;
    [
        (check.draw(2..4), check.draw(5..9)),
        (check.draw(2..4), few),
    ]
    .map(|(workers, count)| {
        let mut questions = check.draw_vec(count, 1..1_000_000);
        // Any number but 0 is a question, and any is an answer. What is asked again has another answer then.
        if let Some(first) = questions.first_mut() {
            *first = u64::MAX;
        }
        // Some are asked twice: one after the other, and at both ends.
        if let [first, _, third, fourth, .., last] = &mut questions[..] {
            *fourth = *third;
            *last = *first;
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
    let managers = check.size();
    for (index, case) in cases(check, managers).iter().enumerate() {
        check.input(format!(
            "{} and the questions {:?}",
            plural(case.workers as u64, "worker"),
            case.questions
        ));
        let worker = check.worker(&[index.to_string()]);
        let (found, traffic, among) = check.observe_among(|world| {
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
            && Groups {
                own: (managers, "manager"),
                other: (case.workers as usize, "worker"),
                root: Peer::Unnamed,
                among: &among,
            }
            .meet_last(check, true);
        if !check.everywhere(right) {
            return;
        }
    }
}

/// The part of a worker.
pub fn workers(check: &mut Check, answers: &Answers) {
    let Some(managers) = check.world().parent() else {
        return;
    };
    let theirs = managers.remote_size() as usize;
    let cases = cases(check, theirs);
    let index = check.own_words().first().and_then(|word| word.parse().ok());
    let Some(case) = index.and_then(|index: usize| cases.get(index)) else {
        return;
    };
    check.input(format!("the questions {:?}", case.questions));
    is_team(check, case.workers);
    let asked = RefCell::new(Vec::new());
    let answer = |question: u64| {
        asked.borrow_mut().push(question);
        case.answer(question)
    };
    let ((), _, among) = check.observe_among(|_| (answers.parting_worker)(managers, &answer));
    let met = Groups {
        own: (case.workers as usize, "worker"),
        other: (theirs, "manager"),
        root: Peer::Unnamed,
        among: &among,
    }
    .meet_last(check, true);
    if check.everywhere(met) {
        all_once(check, case, &asked.into_inner());
    }
}

/// Requires that the workers together answer each question once. All of them must call it.
fn all_once(check: &mut Check, case: &Case, asked: &[u64]) {
    let sorted = |mut questions: Vec<u64>| {
        questions.sort_unstable();
        questions
    };
    let asked = check.aside().share_all(asked).concat();
    check.holds(
        "the list of all calls of `answer`, sorted,",
        sorted(asked),
        sorted(case.questions.clone()),
        "it is called once for each question, and never with 0, which is none",
    );
}

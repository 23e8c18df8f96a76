//! Mistakes in the task `tags`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{
    Tag,
    topology::{Process, SimpleCommunicator},
    traits::*,
};
use mpi_p2p_solution::{LARGEST, STOP, SUM};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("tags": tags = ignores_the_tag => WrongResult,
        "answers every question with the sum"),
    mistake!("tags": tags = takes_turns => WrongResult,
        "expects sums and largest numbers by turns"),
    mistake!("tags": tags = sums_first => WrongResult,
        "asks for all sums first, and returns the answers in that order"),
    mistake!("tags": tags = starts_from_zero => WrongResult,
        "looks for a largest number above 0"),
    mistake!("tags": tags = kind_in_a_message => TooMuchCommunication,
        "sends the kind of a question in a message of its own"),
    mistake!("tags": tags = kind_among_the_numbers => TooMuchCommunication,
        "sends the kind of a question as its first number"),
    mistake!("tags": tags = answers_the_end => UnmatchedMessage,
        "answers also the message that ends it"),
    mistake!("tags": tags = answers_without_a_tag => WrongResult,
        "answers without a tag, and takes answers with any"),
    mistake!("tags": tags = answers_under_one_tag => WrongResult,
        "answers everything under the tag of sums"),
    mistake!("tags": tags = never_stops => Deadlock,
        "forgets to say that there are no more questions"),
    mistake!("tags": tags = all_questions_first => UnsafeSend,
        "asks everything before it receives an answer, which MPI must buffer"),
    mistake!("tags": tags = answers_at_the_end => Deadlock,
        "answers only when all questions have come"),
    mistake!("tags": tags = answers_to_itself => WrongResult,
        "works the answers out on rank 0, and ignores those that come"),
    mistake!("tags": tags = thirty_two_bits => WrongResult,
        "adds up and compares in 32 bits"),
    mistake!("tags": tags = sums_of_floats => WrongResult,
        "adds up in floating-point numbers"),
    mistake!("tags": tags = above_the_smallest => WrongResult,
        "looks for the largest from one above the smallest number"),
    mistake!("tags": tags = stops_with_a_number => TooMuchCommunication,
        "sends a number with the message that ends it"),
    mistake!("tags": tags = asks_once => WrongResult,
        "does not ask a question again that it has asked before"),
    mistake!("tags": tags = stops_first => Deadlock,
        "looks for the message that ends it before it looks for a question"),
    mistake!("tags": tags = receives_all_that_wait => WrongOperation,
        "receives all questions that are there before it answers the first"),
    mistake!("tags": tags = zero_is_the_end => Deadlock,
        "takes a question about the single number 0 for the end"),
    mistake!("tags": tags = minus_one_is_the_end => Deadlock,
        "takes a question about the single number -1 for the end"),
    mistake!("tags": tags = sorted_numbers => WrongResult,
        "sorts the numbers of a question before it sends them"),
];

type Questions = [(Tag, Vec<i64>)];

/// Asks and answers, with what the wrong answers do in their own way handed in.
fn ask_and_answer(
    world: &SimpleCommunicator,
    ask: impl FnOnce(&Process<'_>) -> Vec<i64>,
    mut answer: impl FnMut(Tag, &[i64]) -> i64,
) -> Vec<i64> {
    match world.rank() {
        0 if world.size() > 1 => {
            let rank_1 = world.process_at_rank(1);
            let answers = ask(&rank_1);
            rank_1.send_with_tag(&[0_i64; 0], STOP);
            answers
        }
        1 => {
            let asker = world.process_at_rank(0);
            loop {
                let (numbers, status) = asker.receive_vec::<i64>();
                if status.tag() == STOP {
                    return Vec::new();
                }
                asker.send_with_tag(&answer(status.tag(), &numbers), status.tag());
            }
        }
        _ => Vec::new(),
    }
}

fn ask_in_order(rank_1: &Process<'_>, questions: &Questions) -> Vec<i64> {
    let ask = |(tag, numbers): &(Tag, Vec<i64>)| {
        rank_1.send_with_tag(&numbers[..], *tag);
        rank_1.receive().0
    };
    questions.iter().map(ask).collect()
}

fn right_answer(tag: Tag, numbers: &[i64]) -> i64 {
    match tag {
        SUM => sum(numbers),
        _ => numbers.iter().copied().max().unwrap_or_default(),
    }
}

/// Of the numbers of a question for the largest, the sum need not fit.
fn sum(numbers: &[i64]) -> i64 {
    numbers.iter().copied().fold(0, i64::wrapping_add)
}

fn ignores_the_tag(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let answer = |_, numbers: &[i64]| sum(numbers);
    ask_and_answer(world, |rank_1| ask_in_order(rank_1, questions), answer)
}

fn takes_turns(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let mut kinds = [SUM, LARGEST].into_iter().cycle();
    let answer = |_, numbers: &[i64]| right_answer(kinds.next().unwrap_or(SUM), numbers);
    ask_and_answer(world, |rank_1| ask_in_order(rank_1, questions), answer)
}

fn sums_first(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let mut questions = questions.to_vec();
    questions.sort_by_key(|(tag, _)| *tag);
    ask_and_answer(
        world,
        |rank_1| ask_in_order(rank_1, &questions),
        right_answer,
    )
}

fn starts_from_zero(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let answer = |tag, numbers: &[i64]| match tag {
        SUM => numbers.iter().sum(),
        _ => numbers
            .iter()
            .fold(0, |largest, number| largest.max(*number)),
    };
    ask_and_answer(world, |rank_1| ask_in_order(rank_1, questions), answer)
}

fn kind_in_a_message(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let ask = |rank_1: &Process<'_>| {
        let ask = |(tag, numbers): &(Tag, Vec<i64>)| {
            rank_1.send(&[i64::from(*tag)]);
            rank_1.receive::<i64>();
            rank_1.send(&numbers[..]);
            rank_1.receive().0
        };
        questions.iter().map(ask).collect()
    };
    let mut kind = None;
    let answer = |_, numbers: &[i64]| match kind.take() {
        None => {
            kind = Some(numbers[0] as Tag);
            0
        }
        Some(kind) => right_answer(kind, numbers),
    };
    ask_and_answer(world, ask, answer)
}

fn kind_among_the_numbers(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let ask = |rank_1: &Process<'_>| {
        let ask = |(tag, numbers): &(Tag, Vec<i64>)| {
            rank_1.send(&[&[i64::from(*tag)], &numbers[..]].concat()[..]);
            rank_1.receive().0
        };
        questions.iter().map(ask).collect()
    };
    let answer = |_, numbers: &[i64]| right_answer(numbers[0] as Tag, &numbers[1..]);
    ask_and_answer(world, ask, answer)
}

fn answers_the_end(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let answers = mpi_p2p_solution::tags(world, questions);
    if world.rank() == 1 {
        world.process_at_rank(0).send_with_tag(&0_i64, STOP);
    }
    answers
}

fn never_stops(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    match world.rank() {
        0 if world.size() > 1 => ask_in_order(&world.process_at_rank(1), questions),
        _ => mpi_p2p_solution::tags(world, questions),
    }
}

fn answers_without_a_tag(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    answers_under(world, questions, 0)
}

fn answers_under_one_tag(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    answers_under(world, questions, SUM)
}

fn answers_under(world: &SimpleCommunicator, questions: &Questions, tag: Tag) -> Vec<i64> {
    if world.rank() != 1 {
        let ask = |rank_1: &Process<'_>| ask_in_order(rank_1, questions);
        return ask_and_answer(world, ask, right_answer);
    }
    let asker = world.process_at_rank(0);
    loop {
        let (numbers, status) = asker.receive_vec::<i64>();
        if status.tag() == STOP {
            return Vec::new();
        }
        asker.send_with_tag(&right_answer(status.tag(), &numbers), tag);
    }
}

fn all_questions_first(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let ask = |rank_1: &Process<'_>| {
        for (tag, numbers) in questions {
            rank_1.send_with_tag(&numbers[..], *tag);
        }
        let answer = |(tag, _): &(Tag, Vec<i64>)| rank_1.receive_with_tag(*tag).0;
        questions.iter().map(answer).collect()
    };
    ask_and_answer(world, ask, right_answer)
}

fn answers_at_the_end(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    match world.rank() {
        0 if world.size() > 1 => {
            let rank_1 = world.process_at_rank(1);
            for (tag, numbers) in questions {
                rank_1.send_with_tag(&numbers[..], *tag);
            }
            rank_1.send_with_tag(&[0_i64; 0], STOP);
            let answer = |(tag, _): &(Tag, Vec<i64>)| rank_1.receive_with_tag(*tag).0;
            questions.iter().map(answer).collect()
        }
        1 => {
            let asker = world.process_at_rank(0);
            let mut asked = Vec::new();
            loop {
                let (numbers, status) = asker.receive_vec::<i64>();
                if status.tag() == STOP {
                    break;
                }
                asked.push((status.tag(), numbers));
            }
            for (tag, numbers) in asked {
                asker.send_with_tag(&right_answer(tag, &numbers), tag);
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn answers_to_itself(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let answers = mpi_p2p_solution::tags(world, questions);
    let own = |(tag, numbers): &(Tag, Vec<i64>)| right_answer(*tag, numbers);
    let asked = questions.iter().take(answers.len());
    asked.map(own).collect()
}

fn thirty_two_bits(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let answer = |tag, numbers: &[i64]| {
        let narrow: Vec<i64> = numbers
            .iter()
            .map(|number| (*number as i32).into())
            .collect();
        right_answer(tag, &narrow)
    };
    ask_and_answer(world, |rank_1| ask_in_order(rank_1, questions), answer)
}

fn sums_of_floats(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let answer = |tag, numbers: &[i64]| match tag {
        SUM => numbers.iter().map(|number| *number as f64).sum::<f64>() as i64,
        _ => right_answer(tag, numbers),
    };
    ask_and_answer(world, |rank_1| ask_in_order(rank_1, questions), answer)
}

fn stops_with_a_number(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    match world.rank() {
        0 if world.size() > 1 => {
            let rank_1 = world.process_at_rank(1);
            let answers = ask_in_order(&rank_1, questions);
            rank_1.send_with_tag(&[0_i64], STOP);
            answers
        }
        _ => mpi_p2p_solution::tags(world, questions),
    }
}

fn above_the_smallest(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let answer = |tag, numbers: &[i64]| match tag {
        SUM => right_answer(tag, numbers),
        _ => numbers.iter().copied().fold(i64::MIN + 1, i64::max),
    };
    ask_and_answer(world, |rank_1| ask_in_order(rank_1, questions), answer)
}

fn asks_once(world: &SimpleCommunicator, questions: &[(Tag, Vec<i64>)]) -> Vec<i64> {
    let mut different: Vec<(Tag, Vec<i64>)> = Vec::new();
    for question in questions {
        if !different.contains(question) {
            different.push(question.clone());
        }
    }
    let answers = mpi_p2p_solution::tags(world, &different);
    let place = |question| different.iter().position(|asked| asked == question);
    let answer = |question| answers.get(place(question)?).copied();
    questions.iter().filter_map(answer).collect()
}

fn stops_first(world: &SimpleCommunicator, questions: &[(Tag, Vec<i64>)]) -> Vec<i64> {
    if world.rank() != 1 {
        return mpi_p2p_solution::tags(world, questions);
    }
    let asker = world.process_at_rank(0);
    loop {
        // So a question that has come is known of, and also what comes after it.
        asker.probe();
        if asker.immediate_probe_with_tag(STOP).is_some() {
            asker.receive_vec_with_tag::<i64>(STOP);
            return Vec::new();
        }
        let (numbers, status) = asker.receive_vec::<i64>();
        let answer = match status.tag() {
            SUM => numbers.iter().sum(),
            _ => numbers.iter().copied().max().unwrap_or_default(),
        };
        asker.send_with_tag(&answer, status.tag());
    }
}

fn receives_all_that_wait(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    if world.rank() != 1 {
        return mpi_p2p_solution::tags(world, questions);
    }
    let asker = world.process_at_rank(0);
    let receive = || {
        let (numbers, status) = asker.receive_vec::<i64>();
        (status.tag(), numbers)
    };
    loop {
        let mut asked = vec![receive()];
        while asked.iter().all(|(tag, _)| *tag != STOP) && asker.immediate_probe().is_some() {
            asked.push(receive());
        }
        for (tag, numbers) in asked {
            if tag == STOP {
                return Vec::new();
            }
            asker.send_with_tag(&right_answer(tag, &numbers), tag);
        }
    }
}

/// Answers until a question has this number alone, or none.
fn ends_at(world: &SimpleCommunicator, questions: &Questions, end: i64) -> Vec<i64> {
    if world.rank() != 1 {
        return mpi_p2p_solution::tags(world, questions);
    }
    let asker = world.process_at_rank(0);
    loop {
        let (numbers, status) = asker.receive_vec::<i64>();
        if numbers.is_empty() || numbers == [end] {
            return Vec::new();
        }
        asker.send_with_tag(&right_answer(status.tag(), &numbers), status.tag());
    }
}

fn zero_is_the_end(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    ends_at(world, questions, 0)
}

fn minus_one_is_the_end(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    ends_at(world, questions, -1)
}

fn sorted_numbers(world: &SimpleCommunicator, questions: &Questions) -> Vec<i64> {
    let mut questions = questions.to_vec();
    questions
        .iter_mut()
        .for_each(|(_, numbers)| numbers.sort_unstable());
    mpi_p2p_solution::tags(world, &questions)
}

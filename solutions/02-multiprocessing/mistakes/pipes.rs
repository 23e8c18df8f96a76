//! Mistakes in the task `pipes`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    iter,
    process::{Child, Command, Stdio},
    thread,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("pipes": pipes = writes_everything_first => Deadlock,
        "writes all numbers before it reads an answer: with many, both sides wait"),
    mistake!("pipes": pipes = keeps_the_input_open => Deadlock,
        "reads to the end of the answers while the worker still waits for numbers"),
    mistake!("pipes": pipes = loses_the_rest => WrongResult,
        "divides, and forgets what remains"),
    mistake!("pipes": pipes = mixed_up => WrongResult,
        "deals the numbers out in turn, and puts the answers one worker after the other"),
    mistake!("pipes": pipes = last_worker_left_out => WrongResult,
        "feeds all workers, and does not read from the last"),
    mistake!("pipes": pipes = chunks_of_nothing => Panic,
        "makes chunks of length 0 when there are no numbers"),
    mistake!("pipes": pipes = one_after_the_other => Deadlock,
        "lets each worker answer all its numbers before it starts the next"),
    mistake!("pipes": pipes = rounds_up => WrongOperation,
        "rounds the length of the parts up, so that the last worker gets what is left, or nothing"),
    mistake!("pipes": pipes = first_does_all => WrongOperation,
        "gives everything to the first worker"),
    mistake!("pipes": pipes = a_process_for_each_number => WrongOperation,
        "starts a worker anew for every number"),
    mistake!("pipes": pipes = never_waits => ResourceLeak,
        "takes the answers, and waits for nobody"),
];

type Answered = io::Result<Vec<u64>>;

fn start(worker: &mut Command) -> io::Result<Child> {
    worker.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
}

fn write(child: &mut Child, numbers: &[u64]) -> io::Result<()> {
    let mut input = child.stdin.take().expect("it is piped");
    numbers
        .iter()
        .try_for_each(|number| writeln!(input, "{number}"))
}

fn parsed(output: impl Read) -> Answered {
    let lines = BufReader::new(output).lines();
    lines
        .map(|line| line?.parse().map_err(io::Error::other))
        .collect()
}

/// Feeds each worker its part, in a thread for each direction, and hands out what it answers.
fn feed_all(workers: &mut [Command], parts: &[Vec<u64>]) -> io::Result<Vec<Vec<u64>>> {
    thread::scope(|scope| {
        let threads: Vec<_> = iter::zip(workers, parts)
            .map(|(worker, part)| {
                scope.spawn(move || {
                    let mut child = start(worker)?;
                    let output = child.stdout.take().expect("it is piped");
                    let reader = thread::spawn(|| parsed(output));
                    write(&mut child, part)?;
                    child.wait()?;
                    reader.join().expect("parsing returns errors")
                })
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| thread.join().expect("as above");
        threads.into_iter().map(join).collect()
    })
}

fn parts(numbers: &[u64], many: usize) -> Vec<Vec<u64>> {
    let begin = |index| index * numbers.len() / many;
    (0..many)
        .map(|index| numbers[begin(index)..begin(index + 1)].to_vec())
        .collect()
}

fn writes_everything_first(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let parts = parts(numbers, workers.len());
    let mut children = Vec::new();
    for (worker, part) in iter::zip(workers, &parts) {
        let mut child = start(worker)?;
        write(&mut child, part)?;
        children.push(child);
    }
    let mut answers = Vec::new();
    for mut child in children {
        answers.extend(parsed(child.stdout.take().expect("it is piped"))?);
        child.wait()?;
    }
    Ok(answers)
}

fn keeps_the_input_open(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let mut answers = Vec::new();
    for (worker, part) in iter::zip(&mut *workers, parts(numbers, 1)) {
        let mut child = start(worker)?;
        let mut input = child.stdin.take().expect("it is piped");
        for number in part {
            writeln!(input, "{number}")?;
        }
        answers.extend(parsed(child.stdout.take().expect("it is piped"))?);
        child.wait()?;
    }
    Ok(answers)
}

fn loses_the_rest(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let length = numbers.len() / workers.len();
    let parts: Vec<_> = (0..workers.len())
        .map(|index| numbers[index * length..(index + 1) * length].to_vec())
        .collect();
    Ok(feed_all(workers, &parts)?.concat())
}

fn mixed_up(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let many = workers.len();
    let parts: Vec<Vec<u64>> = (0..many)
        .map(|index| numbers.iter().copied().skip(index).step_by(many).collect())
        .collect();
    Ok(feed_all(workers, &parts)?.concat())
}

fn last_worker_left_out(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let parts = parts(numbers, workers.len());
    let mut answers = feed_all(workers, &parts)?;
    answers.pop();
    Ok(answers.concat())
}

fn chunks_of_nothing(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let length = numbers.len().div_ceil(workers.len());
    let parts: Vec<_> = numbers.chunks(length).map(<[u64]>::to_vec).collect();
    Ok(feed_all(workers, &parts)?.concat())
}

fn one_after_the_other(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let parts = parts(numbers, workers.len());
    let mut answers = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        let worker = &mut workers[index..][..1];
        answers.extend(feed_all(worker, &[part])?.concat());
    }
    Ok(answers)
}

fn rounds_up(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let length = numbers.len().div_ceil(workers.len()).max(1);
    let parts: Vec<_> = numbers.chunks(length).map(<[u64]>::to_vec).collect();
    Ok(feed_all(workers, &parts)?.concat())
}

fn first_does_all(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let mut parts = vec![Vec::new(); workers.len()];
    parts[0] = numbers.to_vec();
    Ok(feed_all(workers, &parts)?.concat())
}

fn a_process_for_each_number(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let many = workers.len();
    let mut answers = Vec::new();
    for (index, number) in numbers.iter().enumerate() {
        let worker = &mut workers[index % many..][..1];
        answers.extend(feed_all(worker, &[vec![*number]])?.concat());
    }
    Ok(answers)
}

fn never_waits(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let parts = parts(numbers, workers.len());
    let mut answers = Vec::new();
    let mut children = Vec::new();
    for (worker, part) in iter::zip(workers, &parts) {
        let mut child = start(worker)?;
        write(&mut child, part)?;
        children.push(child);
    }
    for child in children {
        answers.extend(parsed(child.stdout.expect("it is piped"))?);
    }
    Ok(answers)
}

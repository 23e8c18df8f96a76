//! Mistakes in the task `pipes`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, BufReader, Read, Write},
    iter,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
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
    mistake!("pipes": pipes = one_read_for_each => WrongResult,
        "takes for an answer what one read gives it"),
    mistake!("pipes": pipes = signed => WrongResult,
        "reads the answers as signed numbers"),
    mistake!("pipes": pipes = equal_ones_once => WrongOperation,
        "sends equal numbers once, and copies the answer"),
    mistake!("pipes": pipes = nobody_hears_complaints => Deadlock,
        "makes a pipe of the standard error, too, and never reads from it"),
    mistake!("pipes": pipes = a_tenth_of_a_second => WrongResult,
        "waits no longer than a tenth of a second for an answer"),
    mistake!("pipes": pipes = expects_all_to_start => Panic,
        "expects that every worker can be started"),
    mistake!("pipes": pipes = leaves_out_the_missing => WrongResult,
        "goes on without a worker that cannot be started"),
    mistake!("pipes": pipes = sixteen_at_a_time => Deadlock,
        "runs at most sixteen workers at the same time"),
    mistake!("pipes": pipes = looks_answers_up_by_number => WrongResult,
        "sends every number, and returns the same answer for equal ones"),
    mistake!("pipes": pipes = no_newline_at_the_end => WrongOperation,
        "writes a newline between two numbers, and none after the last"),
    mistake!("pipes": pipes = reads_in_turn => Deadlock,
        "writes to all workers at once, and reads from one after the other"),
    mistake!("pipes": pipes = reads_in_turn_from_the_last => Deadlock,
        "writes to all workers at once, and reads from one after the other, from the last to the first"),
    mistake!("pipes": pipes = writes_in_turn => Deadlock,
        "reads from all workers at once, and writes to one after the other"),
];

type Answered = io::Result<Vec<u64>>;

fn start(worker: &mut Command) -> io::Result<Child> {
    worker.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
}

fn sixteen_at_a_time(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let length = numbers.len().div_ceil(workers.len()).max(1);
    let (mut answers, mut rest) = (Vec::new(), numbers);
    for workers in workers.chunks_mut(16) {
        let (some, others) = rest.split_at((workers.len() * length).min(rest.len()));
        answers.extend(multiprocessing_solution::pipes(workers, some)?);
        rest = others;
    }
    Ok(answers)
}

fn looks_answers_up_by_number(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let answers = multiprocessing_solution::pipes(workers, numbers)?;
    let known: BTreeMap<u64, u64> = numbers.iter().copied().zip(answers).collect();
    Ok(numbers.iter().map(|number| known[number]).collect())
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
    feed_all_by(workers, parts, write)
}

/// The same for another way to write.
fn feed_all_by(
    workers: &mut [Command],
    parts: &[Vec<u64>],
    write: fn(&mut Child, &[u64]) -> io::Result<()>,
) -> io::Result<Vec<Vec<u64>>> {
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
    let (length, longer) = (numbers.len() / many, numbers.len() % many);
    let begin = |index: usize| index * length + index.min(longer);
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

/// Asks each worker one number after the other, in a thread of its own.
fn ask_all(
    workers: &mut [Command],
    numbers: &[u64],
    ask: impl Fn(&mut ChildStdin, &mut BufReader<ChildStdout>, u64) -> io::Result<u64> + Sync,
) -> Answered {
    let parts = parts(numbers, workers.len());
    let ask = &ask;
    let answers: io::Result<Vec<_>> = thread::scope(|scope| {
        let threads: Vec<_> = iter::zip(workers, &parts)
            .map(|(worker, part)| {
                scope.spawn(move || {
                    let mut child = start(worker)?;
                    let mut input = child.stdin.take().expect("it is piped");
                    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
                    let answers: Vec<_> = part
                        .iter()
                        .map(|number| ask(&mut input, &mut output, *number))
                        .collect();
                    drop((input, output));
                    child.wait()?;
                    answers.into_iter().collect::<Answered>()
                })
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| thread.join().expect("as above");
        threads.into_iter().map(join).collect()
    });
    Ok(answers?.concat())
}

fn one_read_for_each(workers: &mut [Command], numbers: &[u64]) -> Answered {
    ask_all(workers, numbers, |input, output, number| {
        writeln!(input, "{number}")?;
        let mut room = [0; 64];
        let length = output.read(&mut room)?;
        let text = String::from_utf8_lossy(&room[..length]);
        Ok(text.trim().parse().unwrap_or_default())
    })
}

fn signed(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let answers = multiprocessing_solution::pipes(workers, numbers)?;
    let narrow = |answer| i64::try_from(answer).map(i64::unsigned_abs);
    answers
        .into_iter()
        .map(|answer| narrow(answer).map_err(io::Error::other))
        .collect()
}

fn equal_ones_once(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let different: Vec<u64> = BTreeSet::from_iter(numbers.iter().copied())
        .into_iter()
        .collect();
    let answers = multiprocessing_solution::pipes(workers, &different)?;
    let known: BTreeMap<u64, u64> = iter::zip(different, answers).collect();
    Ok(numbers.iter().map(|number| known[number]).collect())
}

fn nobody_hears_complaints(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let parts = parts(numbers, workers.len());
    let answers: io::Result<Vec<_>> = thread::scope(|scope| {
        let threads: Vec<_> = iter::zip(workers, &parts)
            .map(|(worker, part)| {
                scope.spawn(move || {
                    let mut child = start(worker.stderr(Stdio::piped()))?;
                    let output = child.stdout.take().expect("it is piped");
                    let reader = thread::spawn(|| parsed(output));
                    write(&mut child, part)?;
                    let answers = reader.join().expect("parsing returns errors");
                    child.wait()?;
                    answers
                })
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| thread.join().expect("as above");
        threads.into_iter().map(join).collect()
    });
    Ok(answers?.concat())
}

fn a_tenth_of_a_second(workers: &mut [Command], numbers: &[u64]) -> Answered {
    ask_all(workers, numbers, |input, output, number| {
        writeln!(input, "{number}")?;
        let begin = Instant::now();
        let mut line = String::new();
        output.read_line(&mut line)?;
        if begin.elapsed() > Duration::from_millis(100) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        line.trim().parse().map_err(io::Error::other)
    })
}

fn expects_all_to_start(workers: &mut [Command], numbers: &[u64]) -> Answered {
    Ok(multiprocessing_solution::pipes(workers, numbers).expect("every worker can be started"))
}

fn leaves_out_the_missing(workers: &mut [Command], numbers: &[u64]) -> Answered {
    Ok(multiprocessing_solution::pipes(workers, numbers).unwrap_or_default())
}

fn no_newline_at_the_end(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let parts = parts(numbers, workers.len());
    let answers = feed_all_by(workers, &parts, |child, numbers| {
        let lines: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let mut input = child.stdin.take().expect("it is piped");
        input.write_all(lines.join("\n").as_bytes())
    })?;
    Ok(answers.concat())
}

/// Writes to all workers at once, and reads from them in this order.
fn read_in_order(
    workers: &mut [Command],
    numbers: &[u64],
    order: impl Iterator<Item = usize>,
) -> Answered {
    let parts = parts(numbers, workers.len());
    let children: io::Result<Vec<Child>> = workers.iter_mut().map(start).collect();
    let mut children = children?;
    let mut answers = vec![Vec::new(); workers.len()];
    let outputs: Vec<(usize, Option<ChildStdout>)> = order
        .map(|index| (index, children[index].stdout.take()))
        .collect();
    thread::scope(|scope| {
        let writers: Vec<_> = iter::zip(&mut children, &parts)
            .map(|(child, part)| scope.spawn(|| write(child, part)))
            .collect();
        for (index, output) in outputs {
            answers[index] = parsed(output.expect("it is piped"))?;
        }
        let join =
            |writer: thread::ScopedJoinHandle<'_, _>| writer.join().expect("it returns errors");
        writers.into_iter().try_for_each(join)
    })?;
    for mut child in children {
        child.wait()?;
    }
    Ok(answers.concat())
}

fn reads_in_turn(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let many = workers.len();
    read_in_order(workers, numbers, 0..many)
}

fn reads_in_turn_from_the_last(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let many = workers.len();
    read_in_order(workers, numbers, (0..many).rev())
}

fn writes_in_turn(workers: &mut [Command], numbers: &[u64]) -> Answered {
    let parts = parts(numbers, workers.len());
    let children: io::Result<Vec<Child>> = workers.iter_mut().map(start).collect();
    let mut children = children?;
    let readers: Vec<_> = children
        .iter_mut()
        .map(|child| {
            let output = child.stdout.take().expect("it is piped");
            thread::spawn(|| parsed(output))
        })
        .collect();
    let mut answers = Vec::new();
    for (child, part) in iter::zip(&mut children, &parts) {
        write(child, part)?;
    }
    for (mut child, reader) in iter::zip(children, readers) {
        child.wait()?;
        answers.extend(reader.join().expect("parsing returns errors")?);
    }
    Ok(answers)
}

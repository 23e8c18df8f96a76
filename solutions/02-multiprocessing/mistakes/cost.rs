//! Mistakes in the task `cost`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use multiprocessing_solution::Cost;
use std::{
    io::{self, BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("cost": cost = totals => WrongResult,
        "returns what all rounds take together"),
    mistake!("cost": cost = one_thread_for_all => WrongResult,
        "starts one thread, and calls what it does in every round a start"),
    mistake!("cost": cost = a_process_for_each_message => WrongResult,
        "starts a worker anew for every message"),
    mistake!("cost": cost = without_messages => WrongResult,
        "measures the starts, and leaves the messages at 0"),
    mistake!("cost": cost = in_this_thread => WrongResult,
        "does the work of the threads in the thread that measures"),
    mistake!("cost": cost = sends_all_at_once => WrongResult,
        "sends all numbers to the worker, and then reads all answers"),
    mistake!("cost": cost = sends_all_to_the_thread_at_once => WrongResult,
        "sends all numbers to the thread, and then receives all answers"),
    mistake!("cost": cost = never_reads_a_first_answer => WrongResult,
        "gives each new worker its number, and waits for its end without reading the answer"),
    mistake!("cost": cost = keeps_the_sender => Deadlock,
        "leaves the scope of the thread for the messages while it still has a sender"),
    mistake!("cost": cost = never_waits => ResourceLeak,
        "takes the worker's answer, and does not wait for its end"),
];

type Work<'a> = &'a (dyn Fn(u64) -> u64 + Sync);
type Measured = io::Result<Cost>;

fn start(worker: &mut Command) -> io::Result<Child> {
    worker.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
}

/// One number to a worker of its own; whether to wait for its end. Returns the answer.
fn one(worker: &mut Command, number: u64, wait: bool) -> io::Result<u64> {
    let mut child = start(worker)?;
    let mut input = child.stdin.take().expect("it is piped");
    writeln!(input, "{number}")?;
    drop(input);
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line)?;
    if wait {
        child.wait()?;
    }
    line.trim().parse().map_err(io::Error::other)
}

/// The mean time to start a worker for one number.
fn starts(worker: &mut Command, rounds: u32, wait: bool) -> io::Result<Duration> {
    let mut number = 0;
    let begin = Instant::now();
    for _ in 0..rounds {
        number = one(worker, number, wait)?;
    }
    Ok(begin.elapsed() / rounds)
}

fn totals(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let mean = multiprocessing_solution::cost(worker, work, rounds)?;
    Ok(Cost {
        thread_start: mean.thread_start * rounds,
        thread_message: mean.thread_message * rounds,
        process_start: mean.process_start * rounds,
        process_message: mean.process_message * rounds,
    })
}

fn one_thread_for_all(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let cost = multiprocessing_solution::cost(worker, &|number| number, rounds)?;
    let (sender, numbers) = mpsc::channel();
    let (results, answers) = mpsc::channel();
    let mut means = thread::scope(|scope| {
        scope.spawn(move || {
            for number in numbers {
                results.send(work(number)).expect("it is received");
            }
        });
        let means: Vec<_> = (0..2)
            .map(|_| {
                let begin = Instant::now();
                let mut number = 0;
                for _ in 0..rounds {
                    sender.send(number).expect("the thread receives it");
                    number = answers.recv().expect("the thread answers");
                }
                begin.elapsed() / rounds
            })
            .collect();
        drop(sender);
        means.into_iter()
    });
    Ok(Cost {
        thread_start: means.next().unwrap_or_default(),
        thread_message: means.next().unwrap_or_default(),
        ..cost
    })
}

fn a_process_for_each_message(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let mut cost = multiprocessing_solution::cost(&mut Command::new("cat"), work, rounds)?;
    cost.process_start = starts(worker, rounds, true)?;
    cost.process_message = starts(worker, rounds, true)?;
    Ok(cost)
}

fn without_messages(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let mut number = 0;
    let begin = Instant::now();
    for _ in 0..rounds {
        number = thread::scope(|scope| scope.spawn(|| work(number)).join().expect("no panics"));
    }
    let thread_start = begin.elapsed() / rounds;
    Ok(Cost {
        thread_start,
        process_start: starts(worker, rounds, true)?,
        ..Cost::default()
    })
}

fn in_this_thread(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let cost = multiprocessing_solution::cost(worker, &|number| number, rounds)?;
    let measure = || {
        let begin = Instant::now();
        for round in 0..u64::from(rounds) {
            work(round);
        }
        begin.elapsed() / rounds
    };
    Ok(Cost {
        thread_start: measure(),
        thread_message: measure(),
        ..cost
    })
}

fn sends_all_at_once(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let mut cost = multiprocessing_solution::cost(&mut Command::new("cat"), work, rounds)?;
    cost.process_start = starts(worker, rounds, true)?;

    let mut child = start(worker)?;
    let mut input = child.stdin.take().expect("it is piped");
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let begin = Instant::now();
    for round in 0..rounds {
        writeln!(input, "{round}")?;
    }
    drop(input);
    output.lines().try_for_each(|line| line.map(drop))?;
    cost.process_message = begin.elapsed() / rounds;
    child.wait()?;
    Ok(cost)
}

fn never_waits(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let mut cost = multiprocessing_solution::cost(&mut Command::new("cat"), work, rounds)?;
    cost.process_start = starts(worker, rounds, false)?;

    let mut child = start(worker)?;
    let mut input = child.stdin.take().expect("it is piped");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut number = 0_u64;
    let begin = Instant::now();
    for _ in 0..rounds {
        writeln!(input, "{number}")?;
        let mut line = String::new();
        output.read_line(&mut line)?;
        number = line.trim().parse().map_err(io::Error::other)?;
    }
    cost.process_message = begin.elapsed() / rounds;
    Ok(cost)
}

fn sends_all_to_the_thread_at_once(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let mut cost = multiprocessing_solution::cost(worker, &|number| number, rounds)?;
    let mut number = 0;
    let begin = Instant::now();
    for _ in 0..rounds {
        number = thread::scope(|scope| scope.spawn(|| work(number)).join().expect("no panics"));
    }
    cost.thread_start = begin.elapsed() / rounds;

    let (sender, numbers) = mpsc::channel();
    let (results, answers) = mpsc::channel();
    cost.thread_message = thread::scope(|scope| {
        scope.spawn(move || {
            for number in numbers {
                results.send(work(number)).expect("it is received");
            }
        });
        let begin = Instant::now();
        for round in 0..u64::from(rounds) {
            sender.send(round).expect("the thread receives it");
        }
        for _ in 0..rounds {
            answers.recv().expect("the thread answers");
        }
        drop(sender);
        begin.elapsed() / rounds
    });
    Ok(cost)
}

fn never_reads_a_first_answer(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let mut cost = multiprocessing_solution::cost(&mut Command::new("cat"), work, rounds)?;
    let begin = Instant::now();
    for _ in 0..rounds {
        let mut child = start(worker)?;
        writeln!(child.stdin.take().expect("it is piped"), "0")?;
        child.wait()?;
    }
    cost.process_start = begin.elapsed() / rounds;

    let mut child = start(worker)?;
    let mut input = child.stdin.take().expect("it is piped");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::from("0");
    let begin = Instant::now();
    for _ in 0..rounds {
        writeln!(input, "{}", line.trim())?;
        line.clear();
        output.read_line(&mut line)?;
    }
    cost.process_message = begin.elapsed() / rounds;
    drop(input);
    child.wait()?;
    Ok(cost)
}

fn keeps_the_sender(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let (sender, numbers) = mpsc::channel();
    let (results, answers) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in numbers {
                results.send(work(number)).expect("it is received");
            }
        });
        for round in 0..u64::from(rounds) {
            sender.send(round).expect("the thread receives it");
            answers.recv().expect("the thread answers");
        }
    });
    drop(sender);
    multiprocessing_solution::cost(worker, work, rounds)
}

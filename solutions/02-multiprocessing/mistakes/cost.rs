//! Mistakes in the task `cost`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use multiprocessing_solution::Cost;
use std::{
    io::{self, BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Instant,
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
    mistake!("cost": cost = sends_all_at_once => WrongOperation,
        "sends all numbers to the worker, and then reads all answers"),
    mistake!("cost": cost = never_waits => ResourceLeak,
        "takes the worker's answer, and does not wait for its end"),
];

type Work<'a> = &'a (dyn Fn(u64) -> u64 + Sync);
type Measured = io::Result<Cost>;

fn start(worker: &mut Command) -> io::Result<Child> {
    worker.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
}

/// One number to a worker of its own; whether to wait for its end.
fn one(worker: &mut Command, wait: bool) -> io::Result<()> {
    let mut child = start(worker)?;
    let mut input = child.stdin.take().expect("it is piped");
    writeln!(input, "0")?;
    drop(input);
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line)?;
    if wait {
        child.wait()?;
    }
    Ok(())
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
                for round in 0..u64::from(rounds) {
                    sender.send(round).expect("the thread receives it");
                    answers.recv().expect("the thread answers");
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
    let mut measure = || -> io::Result<_> {
        let begin = Instant::now();
        for _ in 0..rounds {
            one(worker, true)?;
        }
        Ok(begin.elapsed() / rounds)
    };
    cost.process_start = measure()?;
    cost.process_message = measure()?;
    Ok(cost)
}

fn without_messages(worker: &mut Command, work: Work, rounds: u32) -> Measured {
    let begin = Instant::now();
    for _ in 0..rounds {
        thread::scope(|scope| drop(scope.spawn(|| work(0)).join()));
    }
    let thread_start = begin.elapsed() / rounds;
    let begin = Instant::now();
    for _ in 0..rounds {
        one(worker, true)?;
    }
    let process_start = begin.elapsed() / rounds;
    Ok(Cost {
        thread_start,
        process_start,
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
    let begin = Instant::now();
    for _ in 0..rounds {
        one(worker, true)?;
    }
    cost.process_start = begin.elapsed() / rounds;

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
    let begin = Instant::now();
    for _ in 0..rounds {
        one(worker, false)?;
    }
    cost.process_start = begin.elapsed() / rounds;

    let mut child = start(worker)?;
    let mut input = child.stdin.take().expect("it is piped");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let begin = Instant::now();
    for round in 0..rounds {
        writeln!(input, "{round}")?;
        output.read_line(&mut String::new())?;
    }
    cost.process_message = begin.elapsed() / rounds;
    Ok(cost)
}

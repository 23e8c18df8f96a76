//! Mistakes in the task `cost`. What they do not do wrong, they do right: see the four functions at the
//! end.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use multiprocessing_solution::Cost;
use std::{
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("cost": cost = totals => WrongResult,
        "returns what all rounds take together"),
    mistake!("cost": cost = one_round_more => WrongResult,
        "divides by one round more than there were"),
    mistake!("cost": cost = start_for_message => WrongResult,
        "returns the time of a message as that of a start, and the other way round"),
    mistake!("cost": cost = thread_for_process => WrongResult,
        "returns the times of threads as those of processes, and the other way round"),
    mistake!("cost": cost = a_clock_of_its_own => WrongResult,
        "measures with another clock than the one that it is given"),
    mistake!("cost": cost = one_thread_for_all => WrongResult,
        "starts one thread, and calls what it does in every round a start"),
    mistake!("cost": cost = a_process_for_each_message => WrongOperation,
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
    mistake!("cost": cost = begins_when_the_thread_runs => WrongResult,
        "reads the clock after it has started the thread"),
    mistake!("cost": cost = stops_while_the_thread_works => WrongResult,
        "reads the clock when the thread is started, and waits for its answer after that"),
    mistake!("cost": cost = starts_the_thread_inside => WrongResult,
        "starts the thread for the messages between the two readings of the clock"),
    mistake!("cost": cost = begins_when_the_worker_runs => WrongResult,
        "reads the clock after it has started the worker"),
    mistake!("cost": cost = stops_before_the_end => WrongResult,
        "reads the clock when a new worker has answered, and waits for its end after that"),
    mistake!("cost": cost = starts_the_worker_inside => WrongResult,
        "starts the worker for the messages between the two readings of the clock"),
    mistake!("cost": cost = waits_inside => WrongResult,
        "waits for the end of the worker for the messages before it stops the clock"),
    mistake!("cost": cost = drops_inside => WrongResult,
        "lets the worker for the messages end before it stops the clock, and waits for it after that"),
    mistake!("cost": cost = pauses_inside => WrongResult,
        "pauses in each round before it sends the next message"),
    mistake!("cost": cost = one_read_for_each => WrongResult,
        "takes for the answer what one read gives it"),
    mistake!("cost": cost = expects_a_worker => Panic,
        "expects that the worker can be started"),
    mistake!("cost": cost = keeps_the_sender => Deadlock,
        "leaves the scope of the thread for the messages while it still has a sender"),
    mistake!("cost": cost = never_waits => ResourceLeak,
        "takes the worker's answer, and does not wait for its end"),
    mistake!("cost": cost = never_reads_complaints => Deadlock,
        "asks for a pipe to the standard error, and never reads it"),
    mistake!("cost": cost = whole_microseconds => WrongResult,
        "measures in whole microseconds"),
    mistake!("cost": cost = ten_rounds_at_most => WrongResult,
        "does ten rounds at most, however many are asked for"),
    mistake!("cost": cost = the_shortest => WrongResult,
        "returns the shortest round in place of the mean"),
    mistake!("cost": cost = kills => WrongResult,
        "kills each new worker when it has answered"),
    mistake!("cost": cost = ends_together => WrongResult,
        "waits for the ends of the new workers when all have answered"),
    mistake!("cost": cost = from_zero => WrongResult,
        "takes what the clock shows for the time since the beginning"),
    mistake!("cost": cost = divides_each_round => WrongResult,
        "divides the time of each round, and loses a fraction each time"),
];

type Work<'a> = &'a (dyn Fn(u64) -> u64 + Sync);
type Clock<'a> = &'a (dyn Fn() -> Duration + Sync);
type Measured = io::Result<Cost>;

fn all(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    multiprocessing_solution::cost(worker, work, rounds, clock)
}

fn totals(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let mean = all(worker, work, rounds, clock)?;
    Ok(Cost {
        thread_start: mean.thread_start * rounds,
        thread_message: mean.thread_message * rounds,
        process_start: mean.process_start * rounds,
        process_message: mean.process_message * rounds,
    })
}

fn one_round_more(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let mean = all(worker, work, rounds, clock)?;
    Ok(Cost {
        process_start: mean.process_start * rounds / (rounds + 1),
        ..mean
    })
}

fn start_for_message(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let cost = all(worker, work, rounds, clock)?;
    Ok(Cost {
        process_start: cost.process_message,
        process_message: cost.process_start,
        ..cost
    })
}

fn thread_for_process(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let cost = all(worker, work, rounds, clock)?;
    Ok(Cost {
        thread_start: cost.process_start,
        thread_message: cost.process_message,
        process_start: cost.thread_start,
        process_message: cost.thread_message,
    })
}

fn a_clock_of_its_own(worker: &mut Command, work: Work, rounds: u32, _: Clock) -> Measured {
    let begin = Instant::now();
    all(worker, work, rounds, &|| begin.elapsed())
}

fn one_thread_for_all(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let process_start = process_starts(worker, rounds, clock)?;
    let process_message = process_messages(worker, rounds, clock)?;
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
                let begin = clock();
                let mut number = 0;
                for _ in 0..rounds {
                    sender.send(number).expect("the thread receives it");
                    number = answers.recv().expect("the thread answers");
                }
                (clock() - begin) / rounds
            })
            .collect();
        drop(sender);
        means.into_iter()
    });
    Ok(Cost {
        thread_start: means.next().unwrap_or_default(),
        thread_message: means.next().unwrap_or_default(),
        process_start,
        process_message,
    })
}

fn a_process_for_each_message(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
) -> Measured {
    Ok(Cost {
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
        process_start: process_starts(worker, rounds, clock)?,
        process_message: process_starts(worker, rounds, clock)?,
    })
}

fn without_messages(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    Ok(Cost {
        thread_start: thread_starts(work, rounds, clock),
        process_start: process_starts(worker, rounds, clock)?,
        ..Cost::default()
    })
}

fn in_this_thread(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let measure = || {
        let begin = clock();
        (0..rounds).fold(0, |number, _| work(number));
        (clock() - begin) / rounds
    };
    Ok(Cost {
        thread_start: measure(),
        thread_message: measure(),
        process_start: process_starts(worker, rounds, clock)?,
        process_message: process_messages(worker, rounds, clock)?,
    })
}

fn sends_all_at_once(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let process_start = process_starts(worker, rounds, clock)?;
    let (mut child, mut input, output) = start(worker)?;
    let begin = clock();
    for round in 0..rounds {
        writeln!(input, "{round}")?;
    }
    drop(input);
    output.lines().try_for_each(|line| line.map(drop))?;
    let process_message = (clock() - begin) / rounds;
    child.wait()?;
    Ok(Cost {
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
        process_start,
        process_message,
    })
}

fn sends_all_to_the_thread_at_once(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
) -> Measured {
    let (sender, numbers) = mpsc::channel();
    let (results, answers) = mpsc::channel();
    let thread_message = thread::scope(|scope| {
        scope.spawn(move || {
            for number in numbers {
                results.send(work(number)).expect("it is received");
            }
        });
        let begin = clock();
        for round in 0..u64::from(rounds) {
            sender.send(round).expect("the thread receives it");
        }
        for _ in 0..rounds {
            answers.recv().expect("the thread answers");
        }
        drop(sender);
        (clock() - begin) / rounds
    });
    Ok(Cost {
        thread_start: thread_starts(work, rounds, clock),
        thread_message,
        process_start: process_starts(worker, rounds, clock)?,
        process_message: process_messages(worker, rounds, clock)?,
    })
}

fn never_reads_a_first_answer(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
) -> Measured {
    let begin = clock();
    for _ in 0..rounds {
        let (mut child, mut input, _output) = start(worker)?;
        writeln!(input, "0")?;
        drop(input);
        child.wait()?;
    }
    Ok(Cost {
        process_start: (clock() - begin) / rounds,
        process_message: process_messages(worker, rounds, clock)?,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
    })
}

fn begins_when_the_thread_runs(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
) -> Measured {
    let (mut number, mut total) = (0, Duration::ZERO);
    for _ in 0..rounds {
        number = thread::scope(|scope| {
            let thread = scope.spawn(|| work(number));
            let begin = clock();
            let answer = thread.join().expect("no panics");
            total += clock() - begin;
            answer
        });
    }
    Ok(Cost {
        thread_start: total / rounds,
        thread_message: thread_messages(work, rounds, clock),
        process_start: process_starts(worker, rounds, clock)?,
        process_message: process_messages(worker, rounds, clock)?,
    })
}

fn stops_while_the_thread_works(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
) -> Measured {
    let (mut number, mut total) = (0, Duration::ZERO);
    for _ in 0..rounds {
        number = thread::scope(|scope| {
            let begin = clock();
            let thread = scope.spawn(|| work(number));
            total += clock() - begin;
            thread.join().expect("no panics")
        });
    }
    Ok(Cost {
        thread_start: total / rounds,
        thread_message: thread_messages(work, rounds, clock),
        process_start: process_starts(worker, rounds, clock)?,
        process_message: process_messages(worker, rounds, clock)?,
    })
}

fn starts_the_thread_inside(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
) -> Measured {
    let begin = clock();
    thread_messages(work, rounds, &|| Duration::ZERO);
    Ok(Cost {
        thread_message: (clock() - begin) / rounds,
        thread_start: thread_starts(work, rounds, clock),
        process_start: process_starts(worker, rounds, clock)?,
        process_message: process_messages(worker, rounds, clock)?,
    })
}

fn begins_when_the_worker_runs(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
) -> Measured {
    let (mut number, mut total) = (0, Duration::ZERO);
    for _ in 0..rounds {
        let (mut child, mut input, mut output) = start(worker)?;
        let begin = clock();
        number = ask(&mut input, &mut output, number)?;
        drop(input);
        child.wait()?;
        total += clock() - begin;
    }
    Ok(Cost {
        process_start: total / rounds,
        process_message: process_messages(worker, rounds, clock)?,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
    })
}

fn stops_before_the_end(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let (mut number, mut total) = (0, Duration::ZERO);
    for _ in 0..rounds {
        let begin = clock();
        let (mut child, mut input, mut output) = start(worker)?;
        number = ask(&mut input, &mut output, number)?;
        drop(input);
        total += clock() - begin;
        child.wait()?;
    }
    Ok(Cost {
        process_start: total / rounds,
        process_message: process_messages(worker, rounds, clock)?,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
    })
}

fn starts_the_worker_inside(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
) -> Measured {
    let cost = Cost {
        process_start: process_starts(worker, rounds, clock)?,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
        ..Cost::default()
    };
    let begin = clock();
    let (mut child, mut input, mut output) = start(worker)?;
    chain(&mut input, &mut output, rounds)?;
    let process_message = (clock() - begin) / rounds;
    drop(input);
    child.wait()?;
    Ok(Cost {
        process_message,
        ..cost
    })
}

/// Messages to one worker, with the clock stopped after something of its end.
fn stopped_late(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
    late: impl FnOnce(&mut Child) -> io::Result<()>,
) -> Measured {
    let cost = Cost {
        process_start: process_starts(worker, rounds, clock)?,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
        ..Cost::default()
    };
    let (mut child, mut input, mut output) = start(worker)?;
    let begin = clock();
    chain(&mut input, &mut output, rounds)?;
    drop(input);
    late(&mut child)?;
    let process_message = (clock() - begin) / rounds;
    child.wait()?;
    Ok(Cost {
        process_message,
        ..cost
    })
}

fn waits_inside(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    stopped_late(worker, work, rounds, clock, |child| child.wait().map(drop))
}

fn drops_inside(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    stopped_late(worker, work, rounds, clock, |_| Ok(()))
}

fn pauses_inside(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let cost = Cost {
        process_start: process_starts(worker, rounds, clock)?,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
        ..Cost::default()
    };
    let (mut child, mut input, mut output) = start(worker)?;
    let mut number = 0;
    let begin = clock();
    for _ in 0..rounds {
        thread::sleep(Duration::from_millis(1));
        number = ask(&mut input, &mut output, number)?;
    }
    let process_message = (clock() - begin) / rounds;
    drop(input);
    child.wait()?;
    Ok(Cost {
        process_message,
        ..cost
    })
}

fn one_read_for_each(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    use std::io::Read as _;

    let (mut child, mut input, output) = start(worker)?;
    let mut output = output.into_inner();
    let mut number = 0_u64;
    let begin = clock();
    for _ in 0..rounds {
        writeln!(input, "{number}")?;
        let mut room = [0; 64];
        let length = output.read(&mut room)?;
        let text = String::from_utf8_lossy(&room[..length]);
        number = text.trim().parse().unwrap_or_default();
    }
    let process_message = (clock() - begin) / rounds;
    drop(input);
    child.wait()?;
    Ok(Cost {
        process_start: process_starts(worker, rounds, clock)?,
        process_message,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
    })
}

fn expects_a_worker(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    Ok(all(worker, work, rounds, clock).expect("the worker can be started"))
}

fn keeps_the_sender(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
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
    all(worker, work, rounds, clock)
}

fn never_waits(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let mut number = 0;
    let begin = clock();
    for _ in 0..rounds {
        let (_, mut input, mut output) = start(worker)?;
        number = ask(&mut input, &mut output, number)?;
    }
    Ok(Cost {
        process_start: (clock() - begin) / rounds,
        process_message: process_messages(worker, rounds, clock)?,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
    })
}

fn never_reads_complaints(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    all(worker.stderr(Stdio::piped()), work, rounds, clock)
}

fn whole_microseconds(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let whole = |time: Duration| Duration::from_micros(time.as_micros() as u64);
    let cost = all(worker, work, rounds, clock)?;
    Ok(Cost {
        thread_start: whole(cost.thread_start),
        thread_message: whole(cost.thread_message),
        process_start: whole(cost.process_start),
        process_message: whole(cost.process_message),
    })
}

fn ten_rounds_at_most(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    all(worker, work, rounds.min(10), clock)
}

fn the_shortest(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    let (mut child, mut input, mut output) = start(worker)?;
    let (mut number, mut shortest) = (0, Duration::MAX);
    for _ in 0..rounds {
        let begin = clock();
        number = ask(&mut input, &mut output, number)?;
        shortest = shortest.min(clock() - begin);
    }
    drop(input);
    child.wait()?;
    Ok(Cost {
        process_message: shortest,
        process_start: process_starts(worker, rounds, clock)?,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
    })
}

// What is right.

fn start(worker: &mut Command) -> io::Result<(Child, ChildStdin, BufReader<ChildStdout>)> {
    let mut child = worker
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let input = child.stdin.take().expect("it is piped");
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    Ok((child, input, output))
}

fn ask(input: &mut impl Write, output: &mut impl BufRead, number: u64) -> io::Result<u64> {
    writeln!(input, "{number}")?;
    let mut line = String::new();
    output.read_line(&mut line)?;
    line.trim().parse().map_err(io::Error::other)
}

/// One number after the other, each the answer to the one before.
fn chain(input: &mut impl Write, output: &mut impl BufRead, rounds: u32) -> io::Result<u64> {
    (0..rounds).try_fold(0, |number, _| ask(input, output, number))
}

fn thread_starts(work: Work, rounds: u32, clock: Clock) -> Duration {
    let begin = clock();
    (0..rounds).fold(0, |number, _| {
        thread::scope(|scope| scope.spawn(|| work(number)).join().expect("no panics"))
    });
    (clock() - begin) / rounds
}

fn thread_messages(work: Work, rounds: u32, clock: Clock) -> Duration {
    let (sender, numbers) = mpsc::channel();
    let (results, answers) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in numbers {
                results.send(work(number)).expect("it is received");
            }
        });
        let mut number = 0;
        let begin = clock();
        for _ in 0..rounds {
            sender.send(number).expect("the thread receives it");
            number = answers.recv().expect("the thread answers");
        }
        let elapsed = clock() - begin;
        drop(sender);
        elapsed / rounds
    })
}

fn process_starts(worker: &mut Command, rounds: u32, clock: Clock) -> io::Result<Duration> {
    let mut number = 0;
    let begin = clock();
    for _ in 0..rounds {
        let (mut child, mut input, mut output) = start(worker)?;
        number = ask(&mut input, &mut output, number)?;
        drop(input);
        child.wait()?;
    }
    Ok((clock() - begin) / rounds)
}

fn process_messages(worker: &mut Command, rounds: u32, clock: Clock) -> io::Result<Duration> {
    let (mut child, mut input, mut output) = start(worker)?;
    let begin = clock();
    chain(&mut input, &mut output, rounds)?;
    let mean = (clock() - begin) / rounds;
    drop(input);
    child.wait()?;
    Ok(mean)
}

/// All is right but for the start of processes.
fn with_starts(
    worker: &mut Command,
    work: Work,
    rounds: u32,
    clock: Clock,
    starts: impl FnOnce(&mut Command) -> io::Result<Duration>,
) -> Measured {
    Ok(Cost {
        process_start: starts(worker)?,
        process_message: process_messages(worker, rounds, clock)?,
        thread_start: thread_starts(work, rounds, clock),
        thread_message: thread_messages(work, rounds, clock),
    })
}

fn kills(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    with_starts(worker, work, rounds, clock, |worker| {
        let mut number = 0;
        let begin = clock();
        for _ in 0..rounds {
            let (mut child, mut input, mut output) = start(worker)?;
            number = ask(&mut input, &mut output, number)?;
            child.kill()?;
            child.wait()?;
        }
        Ok((clock() - begin) / rounds)
    })
}

fn ends_together(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    with_starts(worker, work, rounds, clock, |worker| {
        let (mut number, mut children) = (0, Vec::new());
        let begin = clock();
        for _ in 0..rounds {
            let (child, mut input, mut output) = start(worker)?;
            number = ask(&mut input, &mut output, number)?;
            children.push(child);
        }
        children
            .iter_mut()
            .try_for_each(|child| child.wait().map(drop))?;
        Ok((clock() - begin) / rounds)
    })
}

fn from_zero(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    with_starts(worker, work, rounds, clock, |worker| {
        process_starts(worker, rounds, clock)?;
        Ok(clock() / rounds)
    })
}

fn divides_each_round(worker: &mut Command, work: Work, rounds: u32, clock: Clock) -> Measured {
    with_starts(worker, work, rounds, clock, |worker| {
        let (mut number, mut mean) = (0, Duration::ZERO);
        for _ in 0..rounds {
            let begin = clock();
            let (mut child, mut input, mut output) = start(worker)?;
            number = ask(&mut input, &mut output, number)?;
            drop(input);
            child.wait()?;
            mean += (clock() - begin) / rounds;
        }
        Ok(mean)
    })
}

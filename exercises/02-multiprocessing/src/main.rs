//! Shows this exercise at work: `cargo xtask run 02`. The small examples of the lesson come first; then
//! each function of `lib.rs` that is written.
//!
//! The workers are this very program, started with the argument `worker`. You can talk to one by hand:
//! `cargo xtask run 02 -- worker factors`, then numbers; Ctrl-D ends its input.

mod worker;

use multiprocessing::{Counters, Work};
use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    panic,
    process::{ChildStdout, Command, ExitCode, Stdio},
    sync::{
        atomic::Ordering::Relaxed,
        mpsc::{self, Receiver},
    },
    thread::{self, ScopedJoinHandle},
    time::{Duration, Instant},
};
use worker::NUMBER;

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["worker", rest @ ..] = &arguments[..] {
        return worker::run(rest);
    }
    println!("seven examples");
    for show in [
        own_memory,
        one_question,
        write_and_read,
        threads_of_threads,
        with_a_limit,
        one_memory,
        a_thread_answers,
    ] {
        show()?;
    }
    panic::set_hook(Box::new(report));
    for show in [spawn, pipes, pool, crash, shared, cost] {
        println!();
        // A function that is not written yet does not keep the others from being shown.
        if let Ok(Err(error)) = panic::catch_unwind(show) {
            println!("there was an error: {error}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn report(info: &panic::PanicHookInfo) {
    let why = info.payload_as_str().unwrap_or("a panic");
    match info.location() {
        Some(place) if why.starts_with("not yet implemented") => {
            println!("still to be written: {place}");
        }
        // The scope only repeats the panic of one of its threads.
        Some(place) if why != "a scoped thread panicked" => println!("{place}: {why}"),
        _ => {}
    }
}

// The examples of the lesson.

/// The command that starts this very program as a worker.
fn worker(arguments: &[&str]) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("worker").args(arguments);
    Ok(command)
}

// ANCHOR: own-memory
fn own_memory() -> io::Result<()> {
    NUMBER.store(2, Relaxed);
    let output = worker(&["number"])?.output()?;
    let there = String::from_utf8_lossy(&output.stdout);
    println!("here the number is {}", NUMBER.load(Relaxed));
    println!("in the worker it is {}", there.trim());
    println!("the worker ended with {}", output.status);
    Ok(())
}
// ANCHOR_END: own-memory

fn one_question() -> io::Result<()> {
    let mut child = worker(&["factors"])?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().expect("it is piped");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));

    writeln!(input, "1001")?;
    let mut answer = String::new();
    output.read_line(&mut answer)?;
    println!("the smallest factor of 1001 is {}", answer.trim());

    drop(input); // the worker sees the end of its input, and ends
    child.wait()?;
    Ok(())
}

fn write_and_read() -> io::Result<()> {
    let mut child = worker(&["factors"])?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().expect("it is piped");
    let output = BufReader::new(child.stdout.take().expect("it is piped"));

    let last = thread::scope(|scope| {
        let writer = scope.spawn(move || -> io::Result<()> {
            for number in 2_u64..100_000 {
                writeln!(input, "{number}")?;
            }
            Ok(()) // `input` is dropped here, because the thread owns it
        });
        let mut last = String::new();
        for line in output.lines() {
            last = line?;
        }
        writer.join().expect("it does not panic")?;
        io::Result::Ok(last)
    })?;
    child.wait()?;
    println!("the last of the answers is {last}");
    Ok(())
}

fn threads_of_threads() -> io::Result<()> {
    let parts = [["1", "2"], ["x", "4"]];
    let sums: Vec<io::Result<u64>> = thread::scope(|scope| {
        let outer: Vec<_> = parts
            .iter()
            .map(|[left, right]| {
                scope.spawn(move || {
                    thread::scope(|scope| {
                        let inner = scope.spawn(|| left.parse::<u64>());
                        let right: u64 = right.parse().map_err(io::Error::other)?;
                        let left = inner.join().expect("it does not panic");
                        Ok(left.map_err(io::Error::other)? + right)
                    })
                })
            })
            .collect();
        let join = |thread: ScopedJoinHandle<'_, _>| thread.join().expect("it does not panic");
        outer.into_iter().map(join).collect()
    });
    println!("the sums are {sums:?}");
    Ok(())
}

fn with_a_limit() -> io::Result<()> {
    let mut child = worker(&["silent"])?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = lines_of(child.stdout.take().expect("it is piped"));

    match lines.recv_timeout(Duration::from_millis(200)) {
        Ok(line) => println!("the worker says {}", String::from_utf8_lossy(&line)),
        Err(error) => println!("the worker says nothing: {error}"),
    }
    child.kill()?;
    println!("after `kill` it ended with {}", child.wait()?);
    Ok(())
}

/// What a worker prints, line by line. A thread of its own reads it until the end of the pipe.
fn lines_of(output: ChildStdout) -> Receiver<Vec<u8>> {
    let mut output = BufReader::new(output);
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        loop {
            let mut line = Vec::new();
            match output.read_until(b'\n', &mut line) {
                Ok(bytes) if bytes > 0 && sender.send(line).is_ok() => {}
                _ => return, // the end, an error, or no receiver: the thread ends
            }
        }
    });
    lines
}

fn one_memory() -> io::Result<()> {
    let file = env::temp_dir().join(format!("counters-{}", std::process::id()));
    let counters = Counters::create(&file, 3)?;
    let again = Counters::open(&file)?; // usually in another process
    again.add(2, 5);
    assert_eq!((counters.len(), counters.get(2)), (3, 5));
    println!(
        "three counters, mapped twice: the last one is {}",
        counters.get(2)
    );
    std::fs::remove_file(file)
}

fn a_thread_answers() -> io::Result<()> {
    let (sender, questions) = mpsc::channel::<u64>();
    let (results, answers) = mpsc::channel();
    let start = Instant::now();
    let clock = || start.elapsed();

    thread::scope(|scope| {
        scope.spawn(move || {
            for number in questions {
                results.send(number * number).expect("somebody listens");
            }
        });
        let begin = clock();
        sender.send(12).expect("the thread listens");
        let answer = answers.recv().expect("the thread answers");
        println!("the thread answers {answer} after {:?}", clock() - begin);
        drop(sender); // no more questions: the thread ends
    });
    Ok(())
}

// The functions of `lib.rs`.

fn spawn() -> io::Result<()> {
    println!("spawn");
    let program = || worker(&["once", "1001"]);
    println!(
        "a good worker       {:?}",
        multiprocessing::spawn(&mut program()?)
    );
    let mut fails = worker(&["no such task"])?;
    println!(
        "one that fails      {:?}",
        multiprocessing::spawn(&mut fails)
    );
    let mut babbles = worker(&["babbling"])?;
    println!(
        "one with garbage    {:?}",
        multiprocessing::spawn(&mut babbles)
    );
    let mut missing = Command::new("no-such-program");
    println!(
        "one that is missing {:?}",
        multiprocessing::spawn(&mut missing)
    );
    Ok(())
}

fn workers(many: usize) -> io::Result<Vec<Command>> {
    (0..many)
        .map(|index| worker(&["factors", &index.to_string()]))
        .collect()
}

/// Numbers of which only a few take long: the primes.
fn uneven() -> Vec<u64> {
    (1_u64 << 40..).take(60).collect()
}

fn pipes() -> io::Result<()> {
    println!("pipes: the same number of tasks for each worker");
    let factors = multiprocessing::pipes(&mut workers(3)?, &uneven())?;
    println!(
        "the sum of all smallest factors is {}",
        factors.iter().sum::<u64>()
    );
    Ok(())
}

fn pool() -> io::Result<()> {
    println!("pool: as many tasks for each worker as it has time for");
    let factors = multiprocessing::pool(&mut workers(3)?, &uneven())?;
    println!(
        "the sum of all smallest factors is {}",
        factors.iter().sum::<u64>()
    );
    Ok(())
}

fn crash() -> io::Result<()> {
    println!("crash: four workers, of which three fail");
    // Counts the workers that are about to fail. The good worker answers nothing before all three are,
    // so that each of them gets a task.
    let file = env::temp_dir().join(format!("failing-{}", std::process::id()));
    drop(Counters::create(&file, 1)?);
    let file_name = file.to_string_lossy();
    let failing = ["frail", "babbling", "silent"];
    let mut workers = vec![worker(&["last", &failing.len().to_string(), &file_name])?];
    for name in failing {
        workers.push(worker(&[name, &file_name])?);
    }
    let tasks: Vec<u64> = (1001..1040).collect();
    let Work { results, troubles } =
        multiprocessing::crash(&mut workers, &tasks, Duration::from_secs(1));
    std::fs::remove_file(file)?;
    let done = results.iter().flatten().count();
    println!(
        "{done} of {} tasks are done; what went wrong: {troubles:?}",
        tasks.len()
    );
    Ok(())
}

fn shared() -> io::Result<()> {
    println!("shared: the first digits of the powers of 2, 3, 5, 6, 7");
    let mut workers = ["2", "3", "5", "6", "7"]
        .iter()
        .map(|base| worker(&["digits", base]))
        .collect::<io::Result<Vec<_>>>()?;
    let file = env::temp_dir().join(format!("digits-{}", std::process::id()));
    let counts = multiprocessing::shared(&mut workers, &file, 9)?;
    for (digit, count) in (1..).zip(&counts) {
        println!("{digit} {count:>5} {}", "▇".repeat(*count as usize / 40));
    }
    std::fs::remove_file(file)
}

fn cost() -> io::Result<()> {
    println!("cost");
    let mut worker = worker(&["factors"])?;
    let start = Instant::now();
    let clock = || start.elapsed();
    let cost = multiprocessing::cost(&mut worker, &|number| number, 200, &clock)?;
    println!("          {:>12} {:>12}", "start", "message");
    let line = |what, start: Duration, message: Duration| {
        let micros = |time: Duration| format!("{:.1} µs", time.as_secs_f64() * 1e6);
        println!("{what:<9} {:>12} {:>12}", micros(start), micros(message));
    };
    line("thread", cost.thread_start, cost.thread_message);
    line("process", cost.process_start, cost.process_message);
    if cfg!(debug_assertions) {
        println!("This build is not optimized; `--release` gives an optimized one.");
    }
    Ok(())
}

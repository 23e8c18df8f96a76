//! The workers of the demo, those that work and those that fail. What they print is their answer.

use multiprocessing::{Counters, tally};
use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    thread,
    time::Duration,
};

/// A number of which each process has its own copy.
pub static NUMBER: AtomicU32 = AtomicU32::new(1);

/// Does what the arguments after `worker` say.
pub fn run(arguments: &[&str]) -> io::Result<ExitCode> {
    match arguments {
        ["number"] => println!("{}", NUMBER.load(Relaxed)),
        ["once", number] => println!("{}", smallest_factor(parsed(number)?)),
        ["factors"] => drop(factors()?),
        ["factors", name] => {
            let bar = "▇".repeat(factors()?);
            // In one write, because other workers write at the same time.
            io::stderr().write_all(format!("worker {name}: {bar}\n").as_bytes())?;
        }
        ["babbling"] => println!("twelve apples"),
        ["silent"] => drop(io::copy(&mut io::stdin(), &mut io::sink())?),
        ["last", many, file] => answer_last(parsed(many)?, Path::new(file))?,
        ["frail", file] => return fail_at_threes(Path::new(file)),
        ["babbling", file] => {
            first_task(Path::new(file))?;
            println!("twelve apples");
        }
        ["silent", file] => {
            first_task(Path::new(file))?;
            io::copy(&mut io::stdin(), &mut io::sink())?;
        }
        ["digits", base, file] => tally(Path::new(file), &first_digits(parsed(base)?))?,
        _ => {
            eprintln!("No worker takes the arguments {arguments:?}.");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn parsed(text: &str) -> io::Result<u64> {
    text.trim().parse().map_err(io::Error::other)
}

/// Answers number after number; returns how many there were.
fn factors() -> io::Result<usize> {
    let mut many = 0;
    for line in io::stdin().lines() {
        println!("{}", smallest_factor(parsed(&line?)?));
        many += 1;
    }
    Ok(many)
}

/// Takes long for a prime.
fn smallest_factor(number: u64) -> u64 {
    (2..)
        .take_while(|factor| *factor <= number / factor)
        .find(|factor| number.is_multiple_of(*factor))
        .unwrap_or(number)
}

/// Answers like the others, but only after `many` of them are about to fail.
fn answer_last(many: u64, file: &Path) -> io::Result<()> {
    let failing = Counters::open(file)?;
    for line in io::stdin().lines() {
        let number = parsed(&line?)?;
        while failing.get(0) < many {
            thread::sleep(Duration::from_millis(1));
        }
        println!("{}", smallest_factor(number));
    }
    Ok(())
}

/// Waits for a task, and counts this worker as one that fails at it.
fn first_task(file: &Path) -> io::Result<()> {
    io::stdin().read_line(&mut String::new())?;
    Counters::open(file)?.add(0, 1);
    Ok(())
}

/// Answers like the others, but fails at a number that 3 divides.
fn fail_at_threes(file: &Path) -> io::Result<ExitCode> {
    for line in io::stdin().lines() {
        let number = parsed(&line?)?;
        if number.is_multiple_of(3) {
            Counters::open(file)?.add(0, 1);
            return Ok(ExitCode::from(3));
        }
        println!("{}", smallest_factor(number));
    }
    Ok(ExitCode::SUCCESS)
}

/// The first digits of the powers of a number, less 1.
fn first_digits(base: u64) -> Vec<usize> {
    let logarithm = (base as f64).log10();
    (0..1000)
        .map(|power| 10_f64.powf((f64::from(power) * logarithm).fract()) as usize - 1)
        .collect()
}

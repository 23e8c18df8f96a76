//! The workers of the demo, the well ones and the others. What they print is their answer.

use multiprocessing::tally;
use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// A number that each process has for itself.
pub static NUMBER: AtomicU32 = AtomicU32::new(1);

/// Does what the arguments behind `worker` say.
pub fn run(arguments: &[&str]) -> io::Result<ExitCode> {
    match arguments {
        ["number"] => println!("{}", NUMBER.load(Relaxed)),
        ["once", number] => println!("{}", smallest_factor(parsed(number)?)),
        ["factors"] => drop(factors()?),
        ["factors", name] => {
            let bar = "▇".repeat(factors()?);
            // In one piece: other workers write at the same time.
            io::stderr().write_all(format!("worker {name}: {bar}\n").as_bytes())?;
        }
        ["frail"] => return fail_at_threes(),
        ["babbling"] => println!("twelve apples"),
        ["silent"] => drop(io::copy(&mut io::stdin(), &mut io::sink())?),
        ["digits", base, file] => tally(Path::new(file), &first_digits(parsed(base)?))?,
        _ => {
            eprintln!("There is no worker for {arguments:?}.");
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

/// Takes its time for a prime.
fn smallest_factor(number: u64) -> u64 {
    (2..)
        .take_while(|factor| factor * factor <= number)
        .find(|factor| number.is_multiple_of(*factor))
        .unwrap_or(number)
}

/// Answers like the others, and dies of a number that 3 divides.
fn fail_at_threes() -> io::Result<ExitCode> {
    for line in io::stdin().lines() {
        let number = parsed(&line?)?;
        if number.is_multiple_of(3) {
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

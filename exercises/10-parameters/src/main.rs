//! A program with parameters: it counts how often a digit occurs in a range of numbers.
//! `cargo xtask run 10 -n 4 -- --to 100000 --digit 7`

mod lesson;

use mpi::{topology::SimpleCommunicator, traits::*};
use parameters::*;
use std::{cell::Cell, env, fs, process::ExitCode};

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    lesson::examples(&world);
    let say = |message: &str| eprintln!("{}", message.trim_end());
    match agree(&world, &read, &say) {
        Ok(parameters) => {
            show(&world, &parameters);
            ExitCode::SUCCESS
        }
        // MPI is finalized on the way out, on every rank.
        Err(status) => ExitCode::from(status as u8),
    }
}

/// Reads all sources. Only rank 0 calls it.
fn read() -> Result<Parameters, String> {
    // Text that is not UTF-8 is not a valid parameter either: it is refused later, without a panic.
    let arguments = env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let line = command_line(&arguments.collect::<Vec<_>>())?;
    let environment = variables(&variable)?;
    let of_file = match &line.file {
        None => Given::default(),
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| error.to_string());
            let given = text.and_then(|text| file(&text));
            given.map_err(|error| format!("the file {}: {error}", path.display()))?
        }
    };
    Ok(precedence(&of_file, &environment, &line.given))
}

fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?;
    Some(value.to_string_lossy().into_owned())
}

fn show(world: &SimpleCommunicator, parameters: &Parameters) {
    let Parameters { from, to, digit } = *parameters;
    let (numbers, found) = (Cell::new(0_u64), Cell::new(0_u64));
    let times = |number: u64| {
        let times = digits(number, digit);
        numbers.set(numbers.get() + 1);
        found.set(found.get() + times);
        times
    };
    let all = count(world, from..to, &times);
    if world.rank() == 0 {
        println!(
            "\nThe digit {digit} occurs {all} times in the numbers from {from} up to, but not including, {to}."
        );
    }

    // All ranks must agree here: the others would wait in the gather for a rank that skips it.
    if environment(world, "COUNT_QUIET", &variable).is_some() {
        return;
    }
    let mut shares = vec![[0_u64; 2]; world.size() as usize];
    world.all_gather_into(&[numbers.get(), found.get()], shares.as_flattened_mut());
    if world.rank() == 0 {
        println!("\nrank     numbers       found");
        for (rank, [numbers, found]) in shares.iter().enumerate() {
            println!("{rank:4}  {numbers:10}  {found:10}");
        }
    }
}

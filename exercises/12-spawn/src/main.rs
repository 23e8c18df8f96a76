//! Starts workers that integrate, and shows who was started by whom: first the example of the lesson, then
//! what you have written. `cargo xtask run 12 -n 2`
//!
//! `cargo xtask run 12 -n 2 -- 4 1000000` says how many workers there are, and how many intervals; a third
//! argument names another program to start.

mod lesson;

use mpi::{
    topology::{InterCommunicator, SimpleCommunicator},
    traits::*,
};
use spawn::*;
use std::{
    cell::Cell,
    env,
    f64::consts::PI,
    panic,
    path::PathBuf,
    process::{self, Command, ExitCode},
    time::Instant,
};

/// The argument of a program that is to integrate.
const WORK: &str = "--work";
/// The exit status of a run whose question is at fault.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    let first = env::args().nth(1);
    // A program that was started by another has a parent; asked for once, since dropping it disconnects.
    if let (Some(what), Some(parent)) = (
        first.filter(|word| word == WORK || word == lesson::ANSWER),
        world.parent(),
    ) {
        if what == WORK {
            work_and_tell(&world, parent);
        } else {
            lesson::answer(&world, parent);
        }
        return ExitCode::SUCCESS;
    }
    // One rank looks at what was asked for, and all act on what it found.
    let request = Request::read();
    let mut is_good = request.is_ok();
    world.process_at_rank(0).broadcast_into(&mut is_good);
    match request {
        Ok(request) if is_good => {
            lesson::examples(&world);
            show(&world, &request);
            ExitCode::SUCCESS
        }
        request => {
            if let (0, Err(message)) = (world.rank(), request) {
                eprintln!("{message}");
            }
            ExitCode::from(REFUSED)
        }
    }
}

/// A rank that panics alone would leave the others waiting for it.
fn stop_all_on_panic() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        default(info);
        SimpleCommunicator::world().abort(1);
    }));
}

/// What the run is asked for.
struct Request {
    workers: i32,
    intervals: u64,
    program: PathBuf,
}

impl Request {
    /// Most MPIs wait for ever for a program that is not there, or end the job: so it is looked for first.
    fn read() -> Result<Self, String> {
        let mut arguments = env::args_os().skip(1);
        let mut number = |what: &str, default: u64, most: u64| match arguments.next() {
            None => Ok(default),
            Some(text) => match text.to_string_lossy().parse() {
                Ok(number) if (1..=most).contains(&number) => Ok(number),
                _ => Err(format!(
                    "the number of {what} is {}, and should be a number from 1 to {most}",
                    text.display()
                )),
            },
        };
        let workers = number("workers", 3, 64)? as i32;
        let intervals = number("intervals", 1_000_000, 1_000_000_000)?;
        let program = match arguments.next() {
            Some(path) => PathBuf::from(path),
            None => {
                env::current_exe().map_err(|error| format!("where is this program? {error}"))?
            }
        };
        if !program.is_file() {
            return Err(format!(
                "there is no program {} to start: give its path",
                program.display()
            ));
        }
        Ok(Self {
            workers,
            intervals,
            program,
        })
    }
}

/// Prints in the order of the ranks, also those of another world: each waits for its turn.
fn show(world: &SimpleCommunicator, request: &Request) {
    let Request {
        workers,
        intervals,
        program,
    } = request;
    let tell = |text: &str| {
        if world.rank() == 0 {
            println!("{text}");
        }
    };
    tell(&format!(
        "\nworkers: {} managers start {workers} workers, {intervals} intervals\n",
        world.size()
    ));
    let mut command = Command::new(program);
    command.arg(WORK);
    let begin = Instant::now();
    let integral = manage(world, &command, *workers, *intervals);
    let took = begin.elapsed();
    let row = |name: &str, count: i32| {
        let ranks: Vec<String> = (0..count.min(8)).map(|rank| format!("[{rank}]")).collect();
        let more = if count > 8 { " ..." } else { "" };
        format!("  {name:<9}{}{more}", ranks.join(" "))
    };
    tell(&row("managers", world.size()));
    tell("             |   one intercommunicator: each side has ranks of its own");
    tell(&row("workers", *workers));
    tell(&format!(
        "\n  pi is {integral:.12}, off by {:.1e}; started, worked and parted in {:.0} ms",
        (integral - PI).abs(),
        took.as_secs_f64() * 1000.0
    ));
}

/// The other program: a quarter of a circle.
fn work_and_tell(world: &SimpleCommunicator, managers: InterCommunicator) {
    let calls = Cell::new(0_u64);
    let curve = |x: f64| {
        calls.set(calls.get() + 1);
        4.0 / (1.0 + x * x)
    };
    let started_by = managers.remote_size();
    work(world, managers, &curve);
    println!(
        "  worker {} of {}, process {}: started by {started_by}, looked at {} intervals",
        world.rank(),
        world.size(),
        process::id(),
        calls.get()
    );
}

//! Starts workers that integrate, and shows which process started which: first the example of the lesson, then
//! what you have written. `cargo xtask run 12 -n 2`
//!
//! `cargo xtask run 12 -n 2 -- 4 1000000` sets the numbers of workers and of intervals; a third argument
//! names another program to start.

mod lesson;

use demo::{REFUSED, stop_all_on_panic, tell};
use mpi::{
    collective::SystemOperation,
    topology::{Color, InterCommunicator, SimpleCommunicator},
    traits::*,
};
use mpi_extra::port::{ConnectionError, Port};
use spawn::*;
use std::{
    cell::Cell,
    env,
    f64::consts::PI,
    path::PathBuf,
    process::{self, Command, ExitCode},
    time::Instant,
};

/// The argument of a started program that integrates.
const WORK: &str = "--work";
/// The arguments of programs that join their managers, and of programs that answer questions.
const MERGE: &str = "--merge";
const PART: &str = "--part";
/// What a started process does, by its argument.
const STARTED: [&str; 3] = [WORK, MERGE, PART];

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    let first = env::args().nth(1);
    // A program that was started by another has a parent. Ask once, because dropping it disconnects.
    let is_part =
        |word: &String| STARTED.contains(&&word[..]) || lesson::PARTS.contains(&&word[..]);
    if let (Some(what), Some(parent)) = (first.filter(is_part), world.parent()) {
        match &what[..] {
            WORK => work_and_tell(&world, parent),
            MERGE => {
                merge_workers(parent, 100 + i64::from(world.rank()));
            }
            PART => parting_worker(parent, &|question| question * question),
            example => lesson::part(example, &world, parent),
        }
        return ExitCode::SUCCESS;
    }
    // One rank reads the arguments, and all ranks act on the result.
    let request = Request::read();
    let mut is_good = request.is_ok();
    world.process_at_rank(0).broadcast_into(&mut is_good);
    match request {
        Ok(request) if is_good => {
            if let Err(error) = lesson::examples(&world) {
                eprintln!("rank {}: {error}", world.rank());
            }
            show(&world, &request);
            show_merge(&world, &request);
            show_two_programs(&world, request.intervals);
            let status = show_port(&world);
            show_parting(&world, &request);
            status
        }
        request => {
            if let (0, Err(message)) = (world.rank(), request) {
                eprintln!("{message}");
            }
            ExitCode::from(REFUSED)
        }
    }
}

/// The arguments of the run.
struct Request {
    workers: i32,
    intervals: u64,
    program: PathBuf,
}

impl Request {
    /// Most MPIs wait forever for a program that does not exist, or end the job. Therefore, look for it first.
    fn read() -> Result<Self, String> {
        let mut arguments = env::args_os().skip(1);
        let mut number = |what: &str, default: u64, most: u64| match arguments.next() {
            None => Ok(default),
            Some(text) => match text.to_string_lossy().parse() {
                Ok(number) if (1..=most).contains(&number) => Ok(number),
                _ => Err(format!(
                    "The number of {what} is `{}`, but it must be a whole number from 1 to {most}.",
                    text.display()
                )),
            },
        };
        let workers = number("workers", 3, 64)? as i32;
        let intervals = number("intervals", 1_000_000, 1_000_000_000)?;
        let program = match arguments.next() {
            Some(path) => PathBuf::from(path),
            None => env::current_exe()
                .map_err(|error| format!("The path of this program is unknown: {error}"))?,
        };
        if !program.is_file() {
            return Err(format!(
                "There is no program `{}` to start: give its path.",
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

/// Prints in the order of the ranks, including those of another world: each rank waits for its turn.
fn show(world: &SimpleCommunicator, request: &Request) {
    let Request {
        workers,
        intervals,
        program,
    } = request;
    let tell = |text: &str| tell(world, text);
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
    tell("             |   one intercommunicator: each side has its own ranks");
    tell(&row("workers", *workers));
    tell(&format!(
        "\n  pi is {integral:.12}, off by {:.1e}; {:.0} ms from the spawn to the disconnect",
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
        "  worker {} of {}, process {}: started by {started_by} managers, computed {} intervals",
        world.rank(),
        world.size(),
        process::id(),
        calls.get()
    );
}

/// The other program, with the argument that says what it does.
fn other_program(request: &Request, argument: &str) -> Command {
    let mut command = Command::new(&request.program);
    command.arg(argument);
    command
}

fn show_merge(world: &SimpleCommunicator, request: &Request) {
    let own = i64::from(world.rank());
    let worker = other_program(request, MERGE);
    let numbers = merge_managers(world, &worker, request.workers, own);
    tell(
        world,
        &format!("\nmerge: the workers have 100, 101, …, and the managers 0, 1, …\n  {numbers:?}"),
    );
}

/// Rank 0 is the first program, and the other ranks are the second.
fn show_two_programs(world: &SimpleCommunicator, intervals: u64) {
    if world.size() == 1 {
        return tell(
            world,
            "\ntwo-programs, port: these need at least two ranks (-n 2)",
        );
    }
    if world.rank() > 0 {
        return follow(world, &|x| 4.0 / (1.0 + x * x));
    }
    let integral = lead(world, intervals);
    let others = world.size() - 1;
    tell(
        world,
        &format!(
            "\ntwo-programs: 1 rank runs `lead`, {others} run `follow`\n  pi is {integral:.12}"
        ),
    );
}

/// Rank 0 is the server, and the other ranks are the clients.
fn show_port(world: &SimpleCommunicator) -> ExitCode {
    if world.size() == 1 {
        return ExitCode::SUCCESS;
    }
    let serves = world.rank() == 0;
    let side = world
        .split_by_color(Color::with_value(i32::from(serves)))
        .expect("every rank has a side");
    let outcome = if serves {
        serve_one(world, &side)
    } else {
        ask_once(world, &side)
    };
    // If any rank finds an error, all ranks leave with the same status.
    let mut is_good = true;
    world.all_reduce_into(
        &outcome.is_ok(),
        &mut is_good,
        SystemOperation::logical_and(),
    );
    if let Err(error) = outcome
        && side.rank() == 0
    {
        eprintln!("{error}");
    }
    ExitCode::from(if is_good { 0 } else { REFUSED })
}

fn serve_one(world: &SimpleCommunicator, side: &SimpleCommunicator) -> Result<(), ConnectionError> {
    let port = Port::open();
    let name = port.as_ref().map_or("", Port::name);
    world.process_at_rank(1).send(name.as_bytes());
    let port = port?;
    let clients = serve(side, port.name())?;
    tell(
        world,
        &format!("\nport: the server has served {clients} clients"),
    );
    Ok(())
}

fn ask_once(world: &SimpleCommunicator, side: &SimpleCommunicator) -> Result<(), ConnectionError> {
    let mut name = String::new();
    if side.rank() == 0 {
        let (bytes, _) = world.process_at_rank(0).receive_vec::<u8>();
        name = String::from_utf8_lossy(&bytes).into_owned();
    }
    let sum = ask(side, &name, world.rank() as u64)?;
    if side.rank() == 0 {
        println!("  the sum of the clients' ranks in `world` is {sum}");
    }
    Ok(())
}

fn show_parting(world: &SimpleCommunicator, request: &Request) {
    let worker = other_program(request, PART);
    let answers = broken_parting(world, &worker, request.workers, &[1, 2, 3, 4, 5]);
    tell(
        world,
        &format!("\nbroken-parting: the squares of 1 to 5 are {answers:?}"),
    );
}

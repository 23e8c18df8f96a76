//! Measures this machine with your functions, draws the results, and prints conclusions: first the examples of
//! the lesson. `cargo xtask run 19 -n 4`
//!
//! `cargo xtask run 19 -n 4 -- measured` writes logs and pictures to the folder `measured`. A sweep that was interrupted
//! continues there, and logs that other machines have written there are merged with it.

mod conclusions;
mod curves;
mod kernels;
mod lesson;
mod network;
mod request;
mod scaling;

use demo::{REFUSED, agree, stop_all_on_panic, tell};
use measuring::{Machine, Node, machine, topology};
use mpi::{topology::SimpleCommunicator, traits::*};
use std::{fs, path::PathBuf, process::ExitCode, thread, time::Duration};

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let mut folder = PathBuf::new();
    let request = agree(&world, || {
        folder = request::folder()?;
        Ok([])
    });
    if let Err(status) = request {
        return status;
    }
    lesson::examples(&world);
    let machine = this_machine(&world);
    let line = network::ping_pong(&world, &folder);
    network::object(&world);
    let result = scaling::sweeps(&world, machine, &folder);
    if let Err(error) = result {
        tell(&world, &format!("The sweep ends: {error}"));
        return ExitCode::from(REFUSED);
    }
    network::predict(&world, line);
    ExitCode::SUCCESS
}

/// Determines the machine that the ranks run on.
fn this_machine(world: &SimpleCommunicator) -> Machine {
    const FOLDER: &str = "/sys/devices/system/cpu/";
    let node = topology(&|name| fs::read_to_string(format!("{FOLDER}{name}")).ok());
    let is_known = node.is_some();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let node = node.unwrap_or(Node {
        sockets: 1,
        cores,
        threads: cores,
    });
    let machine = machine(world, node);
    let Machine {
        nodes,
        sockets,
        cores: all,
        threads,
    } = machine;
    tell(
        world,
        &format!(
            "\nmachine: S({nodes}, {sockets}, {all}, {threads}): nodes, sockets, cores, hardware threads"
        ),
    );
    if !is_known {
        tell(
            world,
            "this system does not tell about its cores: each CPU counts as one",
        );
    }
    tell(
        world,
        &format!(
            "a program may use {cores} CPUs of this node, and there are {} ranks",
            world.size()
        ),
    );
    machine
}

/// A barrier in which ranks sleep: a rank that waits in MPI would keep a core busy that others need.
fn wait_quietly(world: &SimpleCommunicator) {
    let mut waiting = world.immediate_barrier();
    while let Err(still) = waiting.test() {
        waiting = still;
        thread::sleep(Duration::from_millis(1));
    }
}

/// A sentence as a list item, in lines of at most 78 characters.
fn wrapped(sentence: &str) -> String {
    let mut lines = vec![String::from("-")];
    for word in sentence.split_whitespace() {
        let fits = |line: &String| line.chars().count() + word.chars().count() < 78;
        match lines.last_mut().filter(|line| fits(line)) {
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(format!("  {word}")),
        }
    }
    lines.join("\n")
}

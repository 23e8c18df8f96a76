//! Real ranks: this program plays the tests and, under an `mpiexec` that they start, the ranks.
//!
//! Every part runs at several numbers of ranks under the MPI that `cargo xtask setup` has chosen; under
//! Open MPI too, from a build of its own, if `WORKBOOK_ALL` is set. Parts of the names of parts, as
//! arguments, choose among them. `ranks as-rank PART` is one rank, to be started by hand, as in
//! `cargo xtask witness -- mpiexec -n 4 target/debug/deps/ranks-… as-rank views`.

mod datatypes;
mod files;
mod in_place;
mod job;
mod name_server;
mod neighbourhood;
mod persistent;
mod port;
mod windows;

use job::Mpi;
use mpi::traits::*;
use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

/// What every rank of a job does.
type Part = (&'static str, fn(&dyn Fn() -> World));
type World = mpi::topology::SimpleCommunicator;

const COUNTS: [u32; 5] = [1, 2, 3, 4, 6];

fn parts() -> Vec<Part> {
    [
        datatypes::PARTS,
        files::PARTS,
        in_place::PARTS,
        neighbourhood::PARTS,
        persistent::PARTS,
        port::PARTS,
        windows::PARTS,
    ]
    .concat()
}

fn main() -> ExitCode {
    launch::supervise_if_asked();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, name, ..] = &arguments[..]
        && first == "as-rank"
    {
        play(name);
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let mut failed = 0;
    for mpi in Mpi::all() {
        for (name, _) in parts() {
            if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
                continue;
            }
            let outcome = COUNTS.iter().try_for_each(|ranks| mpi.run(*ranks, name));
            let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
            println!("test {name}, {} ... {verdict}", mpi.name);
            if let Err(why) = outcome {
                println!("{why}");
                failed += 1;
            }
        }
    }
    for (name, outcome) in name_server::tests(&wanted) {
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!("test {name} ... {verdict}");
        if let Err(why) = outcome {
            println!("{why}");
            failed += 1;
        }
    }
    println!("\n{failed} failed");
    ExitCode::from(u8::from(failed > 0))
}

/// What a rank says at its end.
const DONE: &str = "done";

/// Is one rank. A panic ends the job, since the other ranks would wait for this one.
fn play(name: &str) {
    let (_, part) = parts()
        .into_iter()
        .chain(port::APART)
        .chain([port::PUBLISHING])
        .find(|(part, _)| *part == name)
        .expect("there is such a part");
    let universe = mpi::initialize().expect("MPI is initialized once");
    let rank = universe.world().rank();
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if EXPECTED.get() {
            return;
        }
        default(panic);
        World::world().abort(101);
    }));
    part(&|| universe.world());
    drop(universe);
    println!("{DONE} {rank}");
}

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// The message of the panic that a call must end with.
fn refusal(call: impl FnOnce()) -> String {
    EXPECTED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(call));
    EXPECTED.set(false);
    let panic = outcome.expect_err("this is to be refused");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| Some((*panic.downcast_ref::<&str>()?).into()))
        .expect("a panic says something")
}

//! Real jobs, without MPI: this program plays the grader, its supervisor, a launcher and the ranks,
//! by its first argument. Called by `cargo test`, it runs the tests one after the other, because
//! they count the processes of the machine.

mod actors;
mod ends;
mod graders;
mod limits;
mod talks;
mod trace;

use std::panic::catch_unwind;
use std::process::ExitCode;

type Test = (&'static str, fn());

fn main() -> ExitCode {
    launch::supervise_if_asked();
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(status) = actors::act(&args) {
        return ExitCode::from(status);
    }
    let wanted: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let (mut passed, mut failed) = (0, Vec::new());
    for (name, test) in [talks::TESTS, ends::TESTS, limits::TESTS, graders::TESTS].concat() {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        if catch_unwind(test).is_ok() {
            println!("test {name} ... ok");
            passed += 1;
        } else {
            println!("test {name} ... FAILED");
            failed.push(name);
        }
    }
    println!("\n{passed} passed, {} failed {failed:?}", failed.len());
    ExitCode::from(u8::from(!failed.is_empty()))
}

//! The checks of exercise 10: one source for the student's crate, the reference and every mistake.

#[path = "agreeing.rs"]
mod agreeing;
#[path = "counting.rs"]
mod counting;
#[path = "sources.rs"]
mod sources;

use crate::subject::{CommandLine, Given, Parameters};
use harness_mpi::{Bounds, Check, Kind, Reason, SimpleCommunicator, Suite, Traffic, plural};
use std::ops::Range;

harness_mpi::answers! {
    fn digits(number: u64, digit: u8) -> u64;
    fn count(world: &SimpleCommunicator, numbers: Range<u64>, times: &dyn Fn(u64) -> u64) -> u64;
    fn environment(
        world: &SimpleCommunicator,
        name: &str,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Option<String>;
    fn command_line(arguments: &[String]) -> Result<CommandLine, String>;
    fn file(text: &str) -> Result<Given, String>;
    fn precedence(file: &Given, environment: &Given, command_line: &Given) -> Parameters;
    fn agree(
        world: &SimpleCommunicator,
        read: &dyn Fn() -> Result<Parameters, String>,
        say: &dyn Fn(&str),
    ) -> Result<Parameters, i32>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("count", counting::count)
        .task("environment", agreeing::environment)
        .task("command-line", sources::command_line)
        .task("file", sources::file)
        .task("precedence", sources::precedence)
        .task("refuse", agreeing::agree)
}

/// Parameters as plain values: the type, and so what it takes for equal, is the answer's own.
type Fields = (u64, u64, u8);

fn fields(parameters: &Parameters) -> Fields {
    let Parameters { from, to, digit } = parameters;
    (*from, *to, *digit)
}

/// The same of what one source gives.
type GivenFields = (Option<u64>, Option<u64>, Option<u8>);

fn given(given: &Given) -> GivenFields {
    let Given { from, to, digit } = given;
    (*from, *to, *digit)
}

/// Requires that an answer sent no messages, and moved no more than it may. Returns whether it is so
/// everywhere; all ranks must call it. One rank alone need not communicate, and may.
fn by_collectives(check: &mut Check, traffic: &Traffic, bounds: Bounds, why: &str) -> bool {
    let sent = traffic.sent_by(check.rank()).times;
    let other = Reason::OtherCall;
    let none = check.require_rule(sent == 0, Kind::WrongOperation, other, || {
        format!("sent {} to other ranks: {why}", plural(sent, "message"))
    });
    let right = none && check.moves(traffic, bounds, why);
    check.everywhere(right)
}

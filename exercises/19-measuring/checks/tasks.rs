//! The checks of exercise 19: one source for the student's crate, the reference and every mistake. No check reads
//! the machine's clock: times are recorded or drawn.
//!
//! - `stand_in`: a clock that advances with the calls of an answer;
//! - `timing`: the tasks `stopwatch`, `ping-pong` and `object`;
//! - `numbers`: the tasks `fit`, `speed-up` and `laws`;
//! - `nodes`: the tasks `topology` and `machine`;
//! - `logs`: the tasks `sweep` and `merge`;
//! - `network`: the task `predict`.

// Each file is named, so that it is found from the folder of the mistakes too.
#[path = "logs.rs"]
mod logs;
#[path = "network.rs"]
mod network;
#[path = "nodes.rs"]
mod nodes;
#[path = "numbers.rs"]
mod numbers;
#[path = "stand_in.rs"]
mod stand_in;
#[path = "timing.rs"]
mod timing;

use crate::subject::{Codec, Event, Line, Machine, Node, Point, Price, Row, Run, Scaling};
use harness_mpi::{Check, SimpleCommunicator, Suite};
use std::{io, path::Path};

harness_mpi::answers! {
    fn stopwatch(
        world: &SimpleCommunicator,
        rounds: usize,
        clock: &dyn Fn() -> f64,
        work: &dyn Fn(),
    ) -> Option<f64>;
    fn ping_pong(
        world: &SimpleCommunicator,
        sizes: &[usize],
        rounds: usize,
        clock: &dyn Fn() -> f64,
    ) -> Vec<Row>;
    fn fit(rows: &[Row]) -> Option<Line>;
    fn object(
        world: &SimpleCommunicator,
        numbers: Option<&[u64]>,
        codec: Codec<'_>,
        clock: &dyn Fn() -> f64,
    ) -> Option<[Price; 2]>;
    fn speed_up(runs: &[Run]) -> Vec<Scaling>;
    fn amdahl(table: &[Scaling]) -> Option<f64>;
    fn gustafson(table: &[Scaling]) -> Option<f64>;
    fn topology(read: &dyn Fn(&str) -> Option<String>) -> Option<Node>;
    fn machine(world: &SimpleCommunicator, node: Node) -> Machine;
    fn sweep(
        world: &SimpleCommunicator,
        log: Option<&Path>,
        machine: &str,
        points: &[Point],
        measure: &dyn Fn(Point) -> f64,
    ) -> io::Result<()>;
    fn merge(logs: &[&str]) -> String;
    fn predict(ranks: &[Vec<Event>], network: Line) -> Option<f64>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject())
        .task("stopwatch", timing::stopwatch)
        .task("ping-pong", timing::ping_pong)
        .task("fit", numbers::fit)
        .task("object", timing::object)
        .task("speed-up", numbers::speed_up)
        .task("laws", numbers::laws)
        .task("topology", nodes::topology)
        .task("machine", nodes::machine)
        .task("sweep", logs::sweep)
        .task("merge", logs::merge)
        .task("predict", network::predict)
}

/// Runs one part of a check. Returns, the same on all ranks, whether nothing was wrong on any rank and every
/// message was received: only then does the next part run.
fn part(check: &mut Check, input: &str, run: impl FnOnce(&mut Check)) -> bool {
    check.input(input);
    run(check);
    check.everywhere(check.is_clean()) && check.all_received("every message must be received")
}

/// A multiple of 2⁻²⁰ seconds, so that an `f64` holds it and all sums of such times exactly.
fn ticks(count: u32) -> f64 {
    f64::from(count) / f64::from(1 << 20)
}

/// Compares a number with the exact one, to nine digits, or to twelve digits after the point if it is nearly 0.
fn near(check: &mut Check, actual: f64, expected: f64, why: &str) -> bool {
    const NEARLY_NOTHING: f64 = 1e-12;
    let is_near = (actual - expected).abs() <= NEARLY_NOTHING;
    is_near || check.close(actual, expected, 1e-9, why)
}

/// The same for a number that may be missing.
fn near_if_any(check: &mut Check, actual: Option<f64>, expected: Option<f64>, why: &str) -> bool {
    match (actual, expected) {
        (Some(actual), Some(expected)) => near(check, actual, expected, why),
        _ => check.returned(actual, expected, why),
    }
}

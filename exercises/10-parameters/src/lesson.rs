//! The examples of the lesson, each complete. None solves a task, but many tasks have a similar example here.

use clap::Parser;
use mpi::{topology::SimpleCommunicator, traits::*};
use serde::Deserialize;
use std::thread;

/// Runs every example. All ranks must call it.
pub fn examples(world: &SimpleCommunicator) {
    one_number_of_threads(world);
    options();
    settings();
    all_or_none(world);
}

// ANCHOR: one-number-of-threads
fn one_number_of_threads(world: &SimpleCommunicator) {
    // Another machine may have another number of cores.
    let own = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let mut threads: u64 = if world.rank() == 0 { own } else { 0 };
    world.process_at_rank(0).broadcast_into(&mut threads);
    assert!(threads > 0);
}
// ANCHOR_END: one-number-of-threads

// ANCHOR: options
/// Simulates a random walk.
#[derive(Parser)]
struct Walk {
    /// How many steps to take
    #[arg(long, value_name = "NUMBER")]
    steps: Option<u32>,
    /// The probability of a step to the right, in percent
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    right: Option<u8>,
}

fn options() {
    let walk = Walk::try_parse_from(["walk", "--right=60"]).expect("the command line is valid");
    assert_eq!((walk.steps, walk.right), (None, Some(60)));

    let refused = Walk::try_parse_from(["walk", "--right", "160"])
        .err()
        .expect("160 percent are too many");
    assert!(refused.to_string().contains("--right"));
}
// ANCHOR_END: options

// ANCHOR: settings
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    steps: Option<u32>,
    title: Option<String>,
}

fn settings() {
    let read: Settings = toml::from_str("title = \"home\"").expect("the TOML is valid");
    assert_eq!((read.steps, read.title.as_deref()), (None, Some("home")));

    let refused = toml::from_str::<Settings>("stepps = 10")
        .err()
        .expect("there is no such key");
    assert!(refused.to_string().contains("stepps"));
}
// ANCHOR_END: settings

// ANCHOR: all-or-none
fn all_or_none(world: &SimpleCommunicator) {
    // Rank 0 opens a file. All ranks must know whether it exists.
    let text = (world.rank() == 0).then(|| std::fs::read_to_string("/no/such/file"));
    let mut is_there = matches!(text, Some(Ok(_)));
    world.process_at_rank(0).broadcast_into(&mut is_there);
    assert!(!is_there, "no rank waits for a text that never comes");
}
// ANCHOR_END: all-or-none

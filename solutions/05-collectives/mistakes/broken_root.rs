//! Mistakes in the task `broken-root`.

use crate::{kept::kept, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("broken-root": broken_root = as_found => CollectiveMismatch,
        "is the program as it was found: the reader and the others name different roots"),
    mistake!("broken-root": broken_root = always_rank_0 => WrongResult,
        "agrees on rank 0, which need not be the reader"),
    mistake!("broken-root": broken_root = always_the_last => WrongResult,
        "agrees on the last rank, which need not be the reader"),
    mistake!("broken-root": broken_root = largest_of_all => WrongResult,
        "takes the largest of all: the zeros of the others win over negative settings"),
    mistake!("broken-root": broken_root = as_f32 => WrongResult,
        "hands on half of the digits"),
    mistake!("broken-root": broken_root = everybody_sends_first => UnsafeSend,
        "lets every rank tell all others what it has read before it receives, which lives on buffers"),
    mistake!("broken-root": broken_root = largest_claim => WrongResult,
        "takes the rank with the largest first number for the reader"),
    mistake!("broken-root": broken_root = kept_from_before => WrongResult,
        "returns the settings of an earlier call"),
    mistake!("broken-root": broken_root = sum_of_all => WrongResult,
        "adds up what all have, so that -0.0 becomes 0.0"),
    mistake!("broken-root": broken_root = first_that_is_not_zero => WrongResult,
        "takes the rank with a first number other than zero for the reader"),
    mistake!("broken-root": broken_root = zeros_for_nothing => WrongResult,
        "takes settings that are all zero, with or without a sign, for those of a rank that has read nothing"),
    mistake!("broken-root": broken_root = as_text => WrongResult,
        "broadcasts the settings as text, in which every NaN is the same"),
    mistake!("broken-root": broken_root = nan_for_nothing => WrongResult,
        "takes settings that begin with NaN for those of a rank that has read nothing"),
    mistake!("broken-root": broken_root = whoever_comes => WrongResult,
        "takes what comes from any rank, and that may be the reader of the next call"),
];

fn from(world: &SimpleCommunicator, read: Option<[f64; 3]>, root: i32) -> [f64; 3] {
    let mut settings = read.unwrap_or_default();
    world
        .process_at_rank(root)
        .broadcast_into(&mut settings[..]);
    settings
}

fn as_found(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let root = if read.is_some() { world.rank() } else { 0 };
    from(world, read, root)
}

fn always_rank_0(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    from(world, read, 0)
}

fn always_the_last(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    from(world, read, world.size() - 1)
}

fn largest_of_all(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let (mine, mut settings) = (read.unwrap_or_default(), [0.0; 3]);
    world.all_reduce_into(&mine[..], &mut settings[..], SystemOperation::max());
    settings
}

fn as_f32(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let short = |read: [f64; 3]| read.map(|number| f64::from(number as f32));
    collectives_solution::broken_root(world, read.map(short))
}

fn everybody_sends_first(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let others = || (0..world.size()).filter(|rank| *rank != world.rank());
    let own = read.map_or_else(Vec::new, |read| read.to_vec());
    for rank in others() {
        world.process_at_rank(rank).send(&own[..]);
    }
    let mut settings = read.unwrap_or_default();
    for rank in others() {
        let (theirs, _) = world.process_at_rank(rank).receive_vec();
        settings = theirs.try_into().unwrap_or(settings);
    }
    settings
}

fn largest_claim(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let own = read.unwrap_or_default();
    let mut all = vec![0.0_f64; 3 * world.size() as usize];
    world.all_gather_into(&own[..], &mut all[..]);
    let settings = all
        .chunks(3)
        .max_by(|one, other| one[0].total_cmp(&other[0]));
    settings.unwrap().try_into().unwrap()
}

fn kept_from_before(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let settings = collectives_solution::broken_root(world, read);
    kept((world.size(), world.rank(), read.is_some()), settings)
}

fn sum_of_all(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let (mine, mut settings) = (read.unwrap_or_default(), [0.0; 3]);
    world.all_reduce_into(&mine[..], &mut settings[..], SystemOperation::sum());
    settings
}

fn first_that_is_not_zero(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let settings = read.unwrap_or_default();
    let claim = if settings[0] == 0.0 { 0 } else { world.rank() };
    let mut root = 0;
    world.all_reduce_into(&claim, &mut root, SystemOperation::max());
    from(world, read, root)
}

fn zeros_for_nothing(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let mut all = vec![0.0_f64; 3 * world.size() as usize];
    world.all_gather_into(&read.unwrap_or_default()[..], &mut all[..]);
    let all = all.as_chunks::<3>().0;
    let read = all.iter().find(|settings| **settings != [0.0; 3]);
    read.copied().unwrap_or_default()
}

fn as_text(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let settings = collectives_solution::broken_root(world, read);
    settings.map(|setting| setting.to_string().parse().unwrap_or_default())
}

fn nan_for_nothing(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let mut all = vec![0.0_f64; 3 * world.size() as usize];
    world.all_gather_into(&read.unwrap_or([f64::NAN; 3])[..], &mut all[..]);
    let mut read = all.chunks(3).filter(|settings| !settings[0].is_nan());
    let settings = read.next().and_then(|settings| settings.try_into().ok());
    settings.unwrap_or_default()
}

fn whoever_comes(world: &SimpleCommunicator, read: Option<[f64; 3]>) -> [f64; 3] {
    let mut settings = read.unwrap_or_default();
    if read.is_none() {
        world.any_process().receive_into(&mut settings[..]);
        return settings;
    }
    for rank in (0..world.size()).filter(|rank| *rank != world.rank()) {
        world.process_at_rank(rank).send(&settings[..]);
    }
    settings
}

//! Mistakes in the task `broadcast-object`.

use crate::{kept::kept, tasks::Answers};
use collectives_solution::Settings;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};
use std::sync::Mutex;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("broadcast-object": broadcast_object = room_for_64_bytes => CollectiveMismatch,
        "guesses that 64 bytes are enough"),
    mistake!("broadcast-object": broadcast_object = unwraps_them_everywhere => Panic,
        "unwraps the settings that only the root has"),
    mistake!("broadcast-object": broadcast_object = forgets_the_title => WrongResult,
        "broadcasts the numbers, and leaves the text behind"),
    mistake!("broadcast-object": broadcast_object = field_by_field => TooMuchCommunication,
        "broadcasts each field on its own"),
    mistake!("broadcast-object": broadcast_object = sends_to_each => WrongOperation,
        "sends the bytes to each rank by hand"),
    mistake!("broadcast-object": broadcast_object = a_megabyte_for_all => TooMuchCommunication,
        "broadcasts a megabyte, so that anything fits, it hopes"),
    mistake!("broadcast-object": broadcast_object = length_as_u16 => Panic,
        "tells the length in 16 bits, and some settings are longer"),
    mistake!("broadcast-object": broadcast_object = steps_as_i32 => WrongResult,
        "takes the steps for an i32, and cuts off what it does not hold"),
    mistake!("broadcast-object": broadcast_object = hundred_widths => WrongResult,
        "hands on a hundred widths at most"),
    mistake!("broadcast-object": broadcast_object = kept_from_before => WrongResult,
        "returns the settings that it was given by that root first"),
    mistake!("broadcast-object": broadcast_object = waits_afterwards => TooMuchCommunication,
        "lets all ranks wait behind the broadcasts"),
    mistake!("broadcast-object": broadcast_object = handed_on => TooMuchCommunication,
        "broadcasts the length, and hands the bytes on from rank to rank by messages"),
    mistake!("broadcast-object": broadcast_object = title_in_a_line => WrongResult,
        "writes the title as a line of text, although titles may have several lines"),
    mistake!("broadcast-object": broadcast_object = same_length_same_settings => WrongResult,
        "takes settings that are as long as those before for the same, and does not broadcast them"),
];

fn title_in_a_line(world: &SimpleCommunicator, root: i32, settings: Option<&Settings>) -> Settings {
    let text = settings.map_or_else(String::new, |settings| {
        let bits = settings
            .widths
            .iter()
            .map(|width| width.to_bits().to_string());
        let bits: Vec<String> = bits.collect();
        format!("{}\n{}\n{}", settings.title, settings.steps, bits.join(" "))
    });
    let mut length = text.len() as u64;
    world.process_at_rank(root).broadcast_into(&mut length);
    let mut bytes = text.into_bytes();
    bytes.resize(length as usize, 0);
    world.process_at_rank(root).broadcast_into(&mut bytes[..]);
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.split('\n');
    let title = lines.next().unwrap_or_default().to_owned();
    let steps = lines.next().and_then(|line| line.parse().ok());
    let widths = lines.next().unwrap_or_default().split(' ');
    Settings {
        title,
        steps: steps.unwrap_or_default(),
        widths: widths
            .filter_map(|width| width.parse().ok().map(f64::from_bits))
            .collect(),
    }
}

fn bytes_of(settings: Option<&Settings>) -> Vec<u8> {
    settings.map_or_else(Vec::new, |settings| postcard::to_stdvec(settings).unwrap())
}

fn room_for_64_bytes(
    world: &SimpleCommunicator,
    root: i32,
    settings: Option<&Settings>,
) -> Settings {
    let mut bytes = settings.map_or_else(|| vec![0; 64], |settings| bytes_of(Some(settings)));
    world.process_at_rank(root).broadcast_into(&mut bytes[..]);
    postcard::from_bytes(&bytes).unwrap()
}

fn a_megabyte_for_all(
    world: &SimpleCommunicator,
    root: i32,
    settings: Option<&Settings>,
) -> Settings {
    let mut bytes = bytes_of(settings);
    bytes.resize(1 << 20, 0);
    world.process_at_rank(root).broadcast_into(&mut bytes[..]);
    postcard::from_bytes(&bytes).unwrap()
}

fn unwraps_them_everywhere(
    world: &SimpleCommunicator,
    root: i32,
    settings: Option<&Settings>,
) -> Settings {
    let mut bytes = bytes_of(Some(settings.unwrap()));
    world.process_at_rank(root).broadcast_into(&mut bytes[..]);
    postcard::from_bytes(&bytes).unwrap()
}

fn forgets_the_title(
    world: &SimpleCommunicator,
    root: i32,
    settings: Option<&Settings>,
) -> Settings {
    let root = world.process_at_rank(root);
    let mut all = Settings::default();
    let mut length = 0;
    if let Some(settings) = settings {
        all.steps = settings.steps;
        all.widths = settings.widths.clone();
        length = all.widths.len();
    }
    root.broadcast_into(&mut all.steps);
    root.broadcast_into(&mut length);
    all.widths.resize(length, 0.0);
    root.broadcast_into(&mut all.widths[..]);
    all
}

fn field_by_field(world: &SimpleCommunicator, root: i32, settings: Option<&Settings>) -> Settings {
    let root = world.process_at_rank(root);
    let mut all = settings.cloned().unwrap_or_default();
    let mut title = all.title.into_bytes();
    let mut lengths = [title.len(), all.widths.len()];
    root.broadcast_into(&mut lengths[..]);
    title.resize(lengths[0], 0);
    all.widths.resize(lengths[1], 0.0);
    root.broadcast_into(&mut title[..]);
    root.broadcast_into(&mut all.steps);
    root.broadcast_into(&mut all.widths[..]);
    all.title = String::from_utf8(title).unwrap();
    all
}

fn sends_to_each(world: &SimpleCommunicator, root: i32, settings: Option<&Settings>) -> Settings {
    let Some(settings) = settings else {
        let (bytes, _) = world.process_at_rank(root).receive_vec::<u8>();
        return postcard::from_bytes(&bytes).unwrap();
    };
    let bytes = bytes_of(Some(settings));
    for rank in (0..world.size()).filter(|rank| *rank != root) {
        world.process_at_rank(rank).send(&bytes[..]);
    }
    settings.clone()
}

/// Broadcasts other settings than those of the root.
fn changed(
    world: &SimpleCommunicator,
    root: i32,
    settings: Option<&Settings>,
    change: impl Fn(&mut Settings),
) -> Settings {
    let mut settings = settings.cloned();
    settings.iter_mut().for_each(change);
    collectives_solution::broadcast_object(world, root, settings.as_ref())
}

fn length_as_u16(world: &SimpleCommunicator, root: i32, settings: Option<&Settings>) -> Settings {
    let root = world.process_at_rank(root);
    let mut bytes = bytes_of(settings);
    let mut length = bytes.len() as u16;
    root.broadcast_into(&mut length);
    bytes.resize(length.into(), 0);
    root.broadcast_into(&mut bytes[..]);
    postcard::from_bytes(&bytes).unwrap()
}

fn steps_as_i32(world: &SimpleCommunicator, root: i32, settings: Option<&Settings>) -> Settings {
    changed(world, root, settings, |settings| {
        settings.steps = settings.steps.min(i32::MAX as u32);
    })
}

fn hundred_widths(world: &SimpleCommunicator, root: i32, settings: Option<&Settings>) -> Settings {
    changed(world, root, settings, |settings| {
        settings.widths.truncate(100);
    })
}

fn kept_from_before(
    world: &SimpleCommunicator,
    root: i32,
    settings: Option<&Settings>,
) -> Settings {
    let all = collectives_solution::broadcast_object(world, root, settings);
    kept((world.size(), world.rank(), root, settings.is_some()), all)
}

fn waits_afterwards(
    world: &SimpleCommunicator,
    root: i32,
    settings: Option<&Settings>,
) -> Settings {
    let all = collectives_solution::broadcast_object(world, root, settings);
    world.barrier();
    all
}

fn handed_on(world: &SimpleCommunicator, root: i32, settings: Option<&Settings>) -> Settings {
    let (rank, size) = (world.rank(), world.size());
    let mut bytes = bytes_of(settings);
    let mut length = bytes.len();
    world.process_at_rank(root).broadcast_into(&mut length);
    if settings.is_none() {
        let previous = world.process_at_rank((rank + size - 1) % size);
        (bytes, _) = previous.receive_vec();
    }
    let next = (rank + 1) % size;
    if next != root {
        world.process_at_rank(next).send(&bytes[..]);
    }
    postcard::from_bytes(&bytes).unwrap()
}

fn same_length_same_settings(
    world: &SimpleCommunicator,
    root: i32,
    settings: Option<&Settings>,
) -> Settings {
    static LAST: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    let root = world.process_at_rank(root);
    let mut bytes =
        settings.map_or_else(Vec::new, |settings| postcard::to_stdvec(settings).unwrap());
    let mut length = bytes.len();
    root.broadcast_into(&mut length);
    let mut last = LAST.lock().unwrap();
    if last.len() != length {
        bytes.resize(length, 0);
        root.broadcast_into(&mut bytes[..]);
        last.clone_from(&bytes);
    }
    postcard::from_bytes(&last).unwrap()
}

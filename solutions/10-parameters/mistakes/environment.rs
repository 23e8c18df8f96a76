//! Mistakes in the task `environment`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("environment": environment = each_its_own => WrongResult,
        "reads the variable on every rank"),
    mistake!("environment": environment = reads_anyway => WrongResult,
        "broadcasts what rank 0 has read, but the others have read it too"),
    mistake!("environment": environment = its_own_where_set => WrongResult,
        "takes its own value where rank 0 has none"),
    mistake!("environment": environment = empty_for_none => WrongResult,
        "takes an empty value for none"),
    mistake!("environment": environment = none_for_empty => WrongResult,
        "takes a variable that is not set for an empty one"),
    mistake!("environment": environment = trimmed => WrongResult,
        "cuts off the blanks"),
    mistake!("environment": environment = length_of_16_bits => WrongResult,
        "tells the length in 16 bits"),
    mistake!("environment": environment = one_by_one => WrongOperation,
        "sends it to each rank by itself"),
    mistake!("environment": environment = only_where_set => Deadlock,
        "broadcasts only if rank 0 finds the variable"),
    mistake!("environment": environment = letter_by_letter => TooMuchCommunication,
        "makes a broadcast for each letter"),
    mistake!("environment": environment = room_for_some => WrongResult,
        "has room for 512 bytes, and cuts off the others"),
    mistake!("environment": environment = much_room => TooMuchCommunication,
        "broadcasts a MiB, whatever the length"),
    mistake!("environment": environment = a_word_for_none => WrongResult,
        "tells by the text `None` that the variable is not set"),
    mistake!("environment": environment = length_in_letters => CollectiveMismatch,
        "tells how many letters there are, not how many bytes"),
    mistake!("environment": environment = reads_twice => WrongResult,
        "asks whether there is a value, and then for it"),
    mistake!("environment": environment = of_the_process => WrongResult,
        "reads the environment without `read`"),
    mistake!("environment": environment = known_on_rank_0 => WrongResult,
        "reads on rank 0, and the others return none"),
    mistake!("environment": environment = and_a_barrier => WrongOperation,
        "makes a barrier before it reads"),
    mistake!("environment": environment = in_capitals => WrongResult,
        "looks up the name in capitals"),
    mistake!("environment": environment = letters_of_32_bits => TooMuchCommunication,
        "broadcasts each letter as a number of 32 bits"),
    mistake!("environment": environment = in_64_kib_pieces => TooMuchCommunication,
        "makes a broadcast for each 64 KiB of the value"),
];

type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

fn each_its_own(_: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    read(name)
}

fn reads_anyway(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    let own = read(name);
    subject::environment(world, name, &|_| own.clone())
}

fn its_own_where_set(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    subject::environment(world, name, read).or_else(|| read(name))
}

fn empty_for_none(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    subject::environment(world, name, read).filter(|value| !value.is_empty())
}

fn none_for_empty(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    subject::environment(world, name, read).or(Some(String::new()))
}

fn trimmed(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    subject::environment(world, name, read).map(|value| value.trim().to_owned())
}

/// Broadcasts a text of rank 0, of which the others know the length.
fn text(world: &SimpleCommunicator, text: &str, length: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(length, b'?');
    world.process_at_rank(0).broadcast_into(&mut bytes[..]);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn length_of_16_bits(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    let own = (world.rank() == 0).then(|| read(name)).flatten();
    let mut length = own.as_ref().map_or(0, |own| own.len() as u16 + 1);
    world.process_at_rank(0).broadcast_into(&mut length);
    let length = length.checked_sub(1)?;
    Some(text(world, &own.unwrap_or_default(), length.into()))
}

fn one_by_one(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    if world.rank() > 0 {
        let (bytes, _) = world.process_at_rank(0).receive_vec::<u8>();
        let (is_set, bytes) = bytes.split_first()?;
        return (*is_set == 1).then(|| String::from_utf8_lossy(bytes).into_owned());
    }
    let own = read(name);
    let mut bytes = vec![u8::from(own.is_some())];
    bytes.extend(own.iter().flat_map(|own| own.bytes()));
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(&bytes[..]);
    }
    own
}

fn only_where_set(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    if world.rank() > 0 {
        return subject::environment(world, name, read);
    }
    let own = read(name)?;
    subject::environment(world, name, &|_| Some(own.clone()))
}

fn letter_by_letter(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    let own = (world.rank() == 0).then(|| read(name)).flatten();
    let mut length = own.as_ref().map_or(0, |own| own.len() as u64 + 1);
    world.process_at_rank(0).broadcast_into(&mut length);
    let own = own.unwrap_or_default().into_bytes();
    let bytes = (0..length.checked_sub(1)? as usize).map(|at| {
        let mut byte = own.get(at).copied().unwrap_or_default();
        world.process_at_rank(0).broadcast_into(&mut byte);
        byte
    });
    Some(String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned())
}

/// Broadcasts what rank 0 has in room for so many bytes.
fn in_room(world: &SimpleCommunicator, own: Option<String>, room: usize) -> Option<String> {
    let mut bytes = vec![u8::from(own.is_some())];
    bytes.extend(own.unwrap_or_default().into_bytes());
    let mut length = bytes.len().min(room) as u64;
    bytes.resize(room, 0);
    let root = world.process_at_rank(0);
    root.broadcast_into(&mut length);
    root.broadcast_into(&mut bytes[..]);
    let value = String::from_utf8_lossy(&bytes[1..length as usize]);
    (bytes[0] == 1).then(|| value.into_owned())
}

fn room_for_some(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    let own = (world.rank() == 0).then(|| read(name)).flatten();
    in_room(world, own, 512)
}

fn much_room(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    let own = (world.rank() == 0).then(|| read(name)).flatten();
    in_room(world, own, 1 << 20)
}

fn a_word_for_none(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    let own = (world.rank() == 0).then(|| read(name).unwrap_or_else(|| "None".into()));
    let value = subject::environment(world, name, &|_| own.clone());
    value.filter(|value| value != "None")
}

fn length_in_letters(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    let own = (world.rank() == 0).then(|| read(name)).flatten();
    let mut length = own.as_ref().map_or(0, |own| own.chars().count() as u64 + 1);
    let root = world.process_at_rank(0);
    root.broadcast_into(&mut length);
    let letters = length.checked_sub(1)? as usize;
    let mut bytes = own.unwrap_or_default().into_bytes();
    if world.rank() > 0 {
        bytes.resize(letters, 0);
    }
    root.broadcast_into(&mut bytes[..]);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn reads_twice(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    subject::environment(world, name, &|name| {
        read(name).is_some().then(|| read(name)).flatten()
    })
}

fn of_the_process(world: &SimpleCommunicator, name: &str, _: Read<'_>) -> Option<String> {
    subject::environment(world, name, &|name| std::env::var(name).ok())
}

fn known_on_rank_0(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    (world.rank() == 0).then(|| read(name)).flatten()
}

fn and_a_barrier(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    world.barrier();
    subject::environment(world, name, read)
}

fn in_capitals(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    subject::environment(world, &name.to_uppercase(), read)
}

fn letters_of_32_bits(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    let own = (world.rank() == 0).then(|| read(name)).flatten();
    let own = own.map(|own| own.chars().map(u32::from).collect::<Vec<_>>());
    let mut length = own.as_ref().map_or(0, |own| own.len() as u64 + 1);
    let root = world.process_at_rank(0);
    root.broadcast_into(&mut length);
    let mut letters = own.unwrap_or_default();
    letters.resize(length.checked_sub(1)? as usize, 0);
    root.broadcast_into(&mut letters[..]);
    letters.into_iter().map(char::from_u32).collect()
}

fn in_64_kib_pieces(world: &SimpleCommunicator, name: &str, read: Read<'_>) -> Option<String> {
    let own = (world.rank() == 0).then(|| read(name)).flatten();
    let mut length = own.as_ref().map_or(0, |own| own.len() as u64 + 1);
    let root = world.process_at_rank(0);
    root.broadcast_into(&mut length);
    let mut bytes = own.unwrap_or_default().into_bytes();
    bytes.resize(length.checked_sub(1)? as usize, 0);
    for piece in bytes.chunks_mut(1 << 16) {
        root.broadcast_into(piece);
    }
    String::from_utf8(bytes).ok()
}

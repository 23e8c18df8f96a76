//! Mistakes in the task `object`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};
use mpi_p2p_solution::Value;
use std::collections::BTreeMap;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("object": object = room_for_a_kilobyte => Truncation,
        "takes it that 1000 bytes are enough for any map"),
    mistake!("object": object = length_first => TooMuchCommunication,
        "sends the number of bytes in a message of its own"),
    mistake!("object": object = as_text => Panic,
        "takes the bytes for text"),
    mistake!("object": object = numbers_only => WrongResult,
        "sends only what is a number"),
    mistake!("object": object = an_empty_map_is_none => WrongResult,
        "takes an empty map for none"),
    mistake!("object": object = entry_by_entry => TooMuchCommunication,
        "sends a message for each entry"),
    mistake!("object": object = lists_in_lists_are_empty => WrongResult,
        "leaves out what is in a list within a list"),
    mistake!("object": object = half_the_digits => WrongResult,
        "keeps numbers as `f32`"),
    mistake!("object": object = at_most_16_bits => WrongResult,
        "counts the bytes that have arrived in 16 bits"),
    mistake!("object": object = of_all_processes => Deadlock,
        "receives on MPI_COMM_WORLD, whose rank 0 is another process"),
    mistake!("object": object = names_in_lines => WrongResult,
        "sends all names as one text, each on a line"),
    mistake!("object": object = lists_two_deep => WrongResult,
        "sends lists in lists only two deep, and deeper ones empty"),
];

type Map = BTreeMap<String, Value>;

/// Sends bytes from rank 0 to the last rank.
fn pass(world: &SimpleCommunicator, given: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let last = world.size() - 1;
    if let Some(given) = given {
        if last > 0 {
            world.process_at_rank(last).send(&given[..]);
        }
        return None;
    }
    (world.rank() == last).then(|| world.process_at_rank(0).receive_vec().0)
}

fn bytes(map: Option<&Map>) -> Option<Vec<u8>> {
    postcard::to_stdvec(map?).ok()
}

fn room_for_a_kilobyte(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    let last = world.size() - 1;
    if map.is_some() || world.rank() != last {
        pass(world, bytes(map));
        return None;
    }
    let mut bytes = [0; 1000];
    world.process_at_rank(0).receive_into(&mut bytes);
    postcard::from_bytes(&bytes).ok()
}

fn length_first(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    let bytes = bytes(map);
    pass(
        world,
        bytes
            .as_ref()
            .map(|bytes| bytes.len().to_le_bytes().to_vec()),
    );
    postcard::from_bytes(&pass(world, bytes)?).ok()
}

fn as_text(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    let text = bytes(map).map(|bytes| String::from_utf8(bytes).unwrap());
    let received = pass(world, text.map(String::into_bytes))?;
    postcard::from_bytes(String::from_utf8(received).unwrap().as_bytes()).ok()
}

fn numbers_only(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    let numbers = map.cloned().map(|mut map| {
        map.retain(|_, value| matches!(value, Value::Number(_)));
        map
    });
    mpi_p2p_solution::object(world, numbers.as_ref())
}

fn an_empty_map_is_none(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    mpi_p2p_solution::object(world, map).filter(|map| !map.is_empty())
}

fn entry_by_entry(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    if let Some(map) = map {
        for entry in map {
            pass(world, postcard::to_stdvec(&entry).ok());
        }
        // After the last comes an empty message.
        return pass(world, Some(Vec::new())).map(|_| Map::new());
    }
    let mut received = Map::new();
    loop {
        let entry = pass(world, None)?;
        if entry.is_empty() {
            return Some(received);
        }
        received.extend(postcard::from_bytes::<(String, Value)>(&entry));
    }
}

fn half_the_digits(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    let mut received = mpi_p2p_solution::object(world, map)?;
    for value in received.values_mut() {
        if let Value::Number(number) = value {
            *number = f64::from(*number as f32);
        }
    }
    Some(received)
}

fn at_most_16_bits(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    let received = pass(world, bytes(map))?;
    postcard::from_bytes(&received[..usize::from(received.len() as u16)]).ok()
}

fn of_all_processes(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    if map.is_none() && world.rank() + 1 == world.size() {
        let root = SimpleCommunicator::world();
        return postcard::from_bytes(&root.process_at_rank(0).receive_vec::<u8>().0).ok();
    }
    mpi_p2p_solution::object(world, map)
}

fn lists_in_lists_are_empty(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    let mut map = mpi_p2p_solution::object(world, map)?;
    for value in map.values_mut() {
        let Value::List(outer) = value else { continue };
        for inner in outer {
            if let Value::List(inner) = inner {
                inner.clear();
            }
        }
    }
    Some(map)
}

fn names_in_lines(world: &SimpleCommunicator, map: Option<&Map>) -> Option<Map> {
    let lines = |map: &Map| {
        let names: Vec<&str> = map.keys().map(String::as_str).collect();
        let values: Vec<&Value> = map.values().collect();
        postcard::to_stdvec(&(names.join("\n"), values)).ok()
    };
    let received = pass(world, map.and_then(lines))?;
    let (names, values): (String, Vec<Value>) = postcard::from_bytes(&received).ok()?;
    Some(names.lines().map(str::to_owned).zip(values).collect())
}

fn lists_two_deep(
    world: &SimpleCommunicator,
    map: Option<&BTreeMap<String, Value>>,
) -> Option<BTreeMap<String, Value>> {
    fn cut(value: &Value, depth: u32) -> Value {
        match value {
            Value::List(_) if depth == 0 => Value::List(Vec::new()),
            Value::List(list) => Value::List(list.iter().map(|v| cut(v, depth - 1)).collect()),
            other => other.clone(),
        }
    }
    let last = world.size() - 1;
    if let Some(map) = map {
        if last > 0 {
            let flat: BTreeMap<&String, Value> = map.iter().map(|(k, v)| (k, cut(v, 2))).collect();
            world
                .process_at_rank(last)
                .send(&postcard::to_stdvec(&flat).ok()?);
        }
        return None;
    }
    if world.rank() != last {
        return None;
    }
    let (bytes, _) = world.process_at_rank(0).receive_vec::<u8>();
    postcard::from_bytes(&bytes).ok()
}

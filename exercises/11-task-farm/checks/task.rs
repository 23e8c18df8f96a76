//! A task of a pool, and its result. Their types are the same for all parts of the check, so that a known mistake
//! stands in for the answer in each of them; in a part they are serialized as `()` is.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    cell::Cell,
    fmt::{self, Debug, Formatter},
};

/// Its number, and a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Task(pub u64, pub String);

/// What `work` returns.
#[derive(Clone, PartialEq)]
pub struct Done(pub u16, pub Vec<String>);

impl Debug for Done {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (self.0, &self.1).fmt(f)
    }
}

/// Tasks with these names, numbered from 0.
pub fn numbered(names: Vec<String>) -> Vec<Task> {
    (0..)
        .zip(names)
        .map(|(number, name)| Task(number, name))
        .collect()
}

thread_local! {
    static OF_NO_BYTE: Cell<bool> = const { Cell::new(false) };
}

/// Runs a part of a check in which tasks and results are serialized as `()` is: whoever gets one cannot tell which
/// it is. All ranks must call it.
pub fn of_no_byte<R>(part: impl FnOnce() -> R) -> R {
    /// Ends it also when the part panics.
    struct Ended;

    impl Drop for Ended {
        fn drop(&mut self) {
            OF_NO_BYTE.set(false);
        }
    }

    OF_NO_BYTE.set(true);
    let _ended = Ended;
    part()
}

/// Serializes these parts, or no byte.
fn serialize<S: Serializer>(parts: impl Serialize, serializer: S) -> Result<S::Ok, S::Error> {
    match OF_NO_BYTE.get() {
        true => ().serialize(serializer),
        false => parts.serialize(serializer),
    }
}

/// Reads the parts that were serialized, or the ones that stand for no byte.
fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    if OF_NO_BYTE.get() {
        <()>::deserialize(deserializer)?;
        return Ok(T::default());
    }
    T::deserialize(deserializer)
}

impl Serialize for Task {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize((self.0, &self.1), serializer)
    }
}

impl<'de> Deserialize<'de> for Task {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (number, name) = deserialize(deserializer)?;
        Ok(Self(number, name))
    }
}

impl Serialize for Done {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize((self.0, &self.1), serializer)
    }
}

impl<'de> Deserialize<'de> for Done {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (number, words) = deserialize(deserializer)?;
        Ok(Self(number, words))
    }
}

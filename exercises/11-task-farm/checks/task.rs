//! A task of a pool. Its type is one for all parts of the check, so that a known mistake stands in for the answer
//! in each of them; in a part it is serialized as `()` is.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::Cell;

/// Its number, and a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Task(pub u64, pub String);

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

/// Runs a part of a check in which tasks are serialized as `()` is: whoever gets one cannot tell which it is. All
/// ranks must call it.
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

impl Serialize for Task {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match OF_NO_BYTE.get() {
            true => ().serialize(serializer),
            false => (self.0, &self.1).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Task {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if OF_NO_BYTE.get() {
            <()>::deserialize(deserializer)?;
            return Ok(Self(0, String::new()));
        }
        let (number, name) = Deserialize::deserialize(deserializer)?;
        Ok(Self(number, name))
    }
}

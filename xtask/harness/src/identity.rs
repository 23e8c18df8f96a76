//! Who this process is: a rank among others, or one plain program. Sentences begin with it.

use std::sync::OnceLock;

/// A rank and the number of ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    rank: u32,
    size: u32,
}

static IDENTITY: OnceLock<Identity> = OnceLock::new();

/// Says that the process is a rank among others; without this it is one plain program.
pub fn identify(rank: u32, size: u32) {
    // The identity of a process does not change: a second call could only repeat the first.
    let _ = IDENTITY.set(Identity { rank, size });
}

/// How a sentence about this process begins: "rank 2 of 3" or "the program".
pub fn who() -> String {
    match IDENTITY.get() {
        Some(Identity { rank, size }) => format!("rank {rank} of {size}"),
        None => String::from("the program"),
    }
}

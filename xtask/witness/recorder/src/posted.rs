//! Receives that were just posted: whether the program writes to their buffers before it waits for them.
//!
//! MPI may write there too. A short message between ranks of one machine is copied by the rank that
//! receives it, inside of a call: so whatever changes between the end of one call and the beginning of the
//! next, the program has changed. That holds for one thread in MPI at a time, and where no thread of MPI's
//! own makes progress; else, and where others may write to this rank's memory one-sided, nothing is
//! looked at.

use crate::{checksum, tables::Watched};
use recording::event::RequestId;
use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
};

/// More are not looked at.
const MOST: usize = 4;
/// Longer messages may come by other ways: MPI may copy them while another rank is in a call.
const LONGEST: u64 = 1024;

static IS_ON: AtomicBool = AtomicBool::new(false);

/// What a thread has posted.
#[derive(Debug, Default)]
pub struct Posted {
    receives: [Option<(RequestId, Watched)>; MOST],
    /// The number of the call after which they were looked at last.
    at: u64,
    written: Vec<RequestId>,
}

/// Begins to look, if all of so many ranks are on this machine, and nothing but calls makes progress.
pub fn start(size: u32) {
    let local = ["MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE"]
        .iter()
        .find_map(|name| env::var(name).ok()?.parse::<u32>().ok());
    let is_off = |value: &str| matches!(value, "" | "0" | "no" | "false" | "off");
    let is_by_itself = env::vars_os().any(|(name, value)| {
        let name = name.to_string_lossy().to_ascii_uppercase();
        name.contains("ASYNC_PROGRESS") && !is_off(&value.to_string_lossy().to_ascii_lowercase())
    });
    IS_ON.store(local == Some(size) && !is_by_itself, Ordering::Relaxed);
}

/// From now on others may write to this rank's memory.
pub fn stop() {
    IS_ON.store(false, Ordering::Relaxed);
}

impl Posted {
    /// The thread goes into the call of this number, which posts or completes something.
    #[inline(always)]
    pub fn look(&mut self, call: u64) {
        if self.receives[0].is_some() {
            self.compare(call);
        }
    }

    fn compare(&mut self, call: u64) {
        // MPI was entered meanwhile.
        if self.at + 1 != call || !IS_ON.load(Ordering::Relaxed) {
            self.receives = [None; MOST];
            return;
        }
        for (id, watched) in self.receives.iter().flatten() {
            if watched.is_changed() && self.written.len() < 64 {
                self.written.push(*id);
            }
        }
    }

    /// It comes out of one that posts something, with a receive or without.
    #[inline(always)]
    pub fn add(&mut self, call: u64, new: Option<(RequestId, Watched)>) {
        let is_short = |(_, watched): &(RequestId, Watched)| {
            watched.length <= LONGEST && checksum::is_near(watched.address, watched.length as usize)
        };
        let new = new.filter(|new| IS_ON.load(Ordering::Relaxed) && is_short(new));
        if new.is_some() || self.receives[0].is_some() {
            self.keep(call, new);
        }
    }

    fn keep(&mut self, call: u64, new: Option<(RequestId, Watched)>) {
        let free = self.receives.iter_mut().find(|place| place.is_none());
        if let (Some(place), Some(new)) = (free, new) {
            *place = Some(new);
        }
        // MPI may have written to any of them in this call.
        for (_, watched) in self.receives.iter_mut().flatten() {
            *watched = watched.begin();
        }
        self.at = call;
    }

    /// Whether the program has written to the buffer of a request that is complete.
    #[inline(always)]
    pub fn is_written(&mut self, id: RequestId) -> bool {
        if self.written.is_empty() {
            return false;
        }
        let before = self.written.len();
        self.written.retain(|written| *written != id);
        self.written.len() < before
    }
}

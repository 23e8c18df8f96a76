//! A record of everything that was done on the devices of a machine, in order.

use crate::kernel::Facts;
use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What the invocations of a workgroup do together in a run, as far as it was rehearsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Together {
    /// The most values that an invocation read from workgroup memory between two barriers.
    pub most_reads: usize,
    /// The most barriers for workgroup memory that a workgroup passed.
    pub most_barriers: u32,
    /// The most values that an invocation wrote to buffers.
    pub most_writes: usize,
}

/// A call of a program to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Opened a device.
    Opened {
        /// Its number, from 0.
        device: usize,
    },
    /// Created a buffer.
    Made {
        /// Its size in bytes.
        bytes: u64,
        /// Whether it is a staging buffer.
        staging: bool,
    },
    /// Freed a buffer.
    Freed {
        /// Its size in bytes.
        bytes: u64,
    },
    /// Copied data from the host directly to a buffer on the device.
    Uploaded {
        /// The number of bytes.
        bytes: u64,
    },
    /// Filled a staging buffer.
    Filled {
        /// The number of bytes.
        bytes: u64,
        /// The number of kernel runs that the program had started and not waited for.
        pending: usize,
    },
    /// Started a copy from a staging buffer to a buffer on the device.
    Copied {
        /// The number of bytes.
        bytes: u64,
    },
    /// Started a kernel.
    Ran {
        /// Facts about the kernel.
        facts: Arc<Facts>,
        /// The number of workgroups in each dimension.
        groups: [u32; 3],
        /// What the invocations of a workgroup did together, as far as the run was rehearsed.
        together: Together,
    },
    /// Waited for a submission.
    Waited {
        /// The number of kernel runs that were submitted later and are still pending.
        pending: usize,
    },
    /// Copied data from the device to the host, after all submissions were complete.
    Downloaded {
        /// The number of bytes.
        bytes: u64,
    },
}

/// The events of all devices of a machine. All clones are the same log.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    pub(crate) fn note(&self, event: Event) {
        self.events().push(event);
    }

    /// Returns the events since the last call, and empties the log.
    pub fn take(&self) -> Vec<Event> {
        mem::take(&mut self.events())
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

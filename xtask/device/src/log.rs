//! What has been done on the devices of a machine, in order.

use crate::kernel::Facts;
use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// One thing that a program has asked of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Opened the device of this number.
    Opened {
        /// The number, from 0.
        device: usize,
    },
    /// Made a buffer.
    Made {
        /// Its size.
        bytes: u64,
        /// Whether it is a staging buffer.
        staging: bool,
    },
    /// Let go of a buffer.
    Freed {
        /// Its size.
        bytes: u64,
    },
    /// Copied from the host to a buffer on the device at once.
    Uploaded {
        /// So much.
        bytes: u64,
    },
    /// Wrote to a staging buffer.
    Filled {
        /// So much.
        bytes: u64,
        /// How many runs of kernels the program has started, and not waited for.
        pending: usize,
    },
    /// Asked the device to copy from a staging buffer to a buffer of its own.
    Copied {
        /// So much.
        bytes: u64,
    },
    /// Started a kernel.
    Ran {
        /// What is known of the kernel.
        facts: Arc<Facts>,
        /// How many workgroups, in each dimension.
        groups: [u32; 3],
    },
    /// Waited until the device had done what it was asked for.
    Waited {
        /// How many runs of kernels it has been asked for since.
        pending: usize,
    },
    /// Copied from the device to the host, after everything that it was asked for.
    Downloaded {
        /// So much.
        bytes: u64,
    },
}

/// What has been done on the devices of a machine: all clones are the same log.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    pub(crate) fn note(&self, event: Event) {
        self.events().push(event);
    }

    /// What has been noted since the last time. The log is empty then.
    pub fn take(&self) -> Vec<Event> {
        mem::take(&mut self.events())
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Collectives between the two groups of an intercommunicator (MPI standard 4.1, sections 6.2.2 and 6.2.3).
//!
//! The data goes from one group to the other. In the group with the root, the root says that it is the
//! root, and the other processes say that they take no part; the processes of the other group name the
//! root by its rank in its own group. [`Role`] says which of these a process is.
//!
//! Two groups that were started together are connected by [`connect_groups`].
//!
//! `barrier` needs no root, and the `mpi` crate has it: it waits for all processes of both groups.

// MPI's collectives are C functions.
#![allow(unsafe_code)]

use mpi::{
    Rank,
    collective::Operation,
    datatype::BufferMut,
    ffi,
    raw::{AsRaw, FromRaw},
    topology::{InterCommunicator, SimpleCommunicator},
    traits::{Communicator, Group},
};
use std::{
    ffi::{c_int, c_void},
    ptr,
};

/// What a process is in a collective between two groups that has a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// This process is the root: `MPI_ROOT`.
    Root,
    /// The root is another process of this group, and this one takes no part: `MPI_PROC_NULL`.
    BesideRoot,
    /// The root is the process of this rank in the other group.
    Remote(Rank),
}

impl Role {
    /// The argument `root` of a collective.
    #[track_caller]
    fn argument(self, between: &InterCommunicator) -> c_int {
        match self {
            Self::Root => ffi::MPI_ROOT,
            // SAFETY: a constant, which MPI's library brings along.
            Self::BesideRoot => unsafe { ffi::RSMPI_PROC_NULL },
            Self::Remote(rank) => {
                let size = between.remote_size();
                assert!(
                    (0..size).contains(&rank),
                    "the other group has no rank {rank}: its ranks are 0 to {}",
                    size - 1
                );
                rank
            }
        }
    }
}

/// Collectives between two groups. All processes of both call them.
pub trait Between {
    /// Brings what the root has to all processes of the other group: `MPI_Bcast`, section 6.4. In the
    /// root's own group nothing changes.
    ///
    /// # Panics
    /// If there is no such rank in the other group.
    fn broadcast_between<B: BufferMut + ?Sized>(&self, role: Role, buffer: &mut B);

    /// Combines what all processes of the other group have, into the root's buffer: `MPI_Reduce`,
    /// section 6.9.1. No other buffer changes.
    ///
    /// # Panics
    /// If there is no such rank in the other group.
    fn reduce_between<B: BufferMut + ?Sized>(
        &self,
        role: Role,
        buffer: &mut B,
        operation: impl Operation,
    );
}

impl Between for InterCommunicator {
    #[track_caller]
    fn broadcast_between<B: BufferMut + ?Sized>(&self, role: Role, buffer: &mut B) {
        let root = role.argument(self);
        // SAFETY: the buffer has as many elements as its count says, of its datatype. The communicator is
        // live, and connects two groups: the root is a role that it knows, or a rank of the other group.
        unsafe {
            ffi::MPI_Bcast(
                buffer.pointer_mut(),
                buffer.count(),
                buffer.as_datatype().as_raw(),
                root,
                self.as_raw(),
            );
        }
    }

    #[track_caller]
    fn reduce_between<B: BufferMut + ?Sized>(
        &self,
        role: Role,
        buffer: &mut B,
        operation: impl Operation,
    ) {
        let root = role.argument(self);
        let nothing: *mut c_void = ptr::null_mut();
        let (given, got) = match role {
            Role::Root => (nothing, buffer.pointer_mut()),
            Role::BesideRoot => (nothing, nothing),
            Role::Remote(_) => (buffer.pointer_mut(), nothing),
        };
        // SAFETY: as above. A root gives nothing, the others of its group give and get nothing, and the
        // other group gets nothing: these pointers MPI does not look at.
        unsafe {
            ffi::MPI_Reduce(
                given,
                got,
                buffer.count(),
                buffer.as_datatype().as_raw(),
                operation.as_raw(),
                root,
                self.as_raw(),
            );
        }
    }
}

/// Makes an intercommunicator of two groups that have no process in common: `MPI_Intercomm_create`, section
/// 7.6.2. All processes of both groups call it, each with its own `group`.
///
/// Each group has a leader, its rank `leader`, and both leaders are in `world`, through which they find each
/// other: `other_leader` is the rank in `world` of the other group's leader. Only the leaders'
/// values of `world` and `other_leader` matter.
///
/// # Panics
/// If there is no such rank in `group`, or in `world` on the leader, or if the other leader is in `group` itself.
#[track_caller]
pub fn connect_groups(
    group: &SimpleCommunicator,
    leader: Rank,
    world: &SimpleCommunicator,
    other_leader: Rank,
) -> InterCommunicator {
    let has = |communicator: &SimpleCommunicator, rank| (0..communicator.size()).contains(&rank);
    assert!(
        has(group, leader),
        "the leader cannot be rank {leader}: the ranks of the group are 0 to {}",
        group.size() - 1
    );
    let is_leader = group.rank() == leader;
    assert!(
        !is_leader || has(world, other_leader),
        "the other leader cannot be rank {other_leader}: the ranks of the communicator of both groups are 0 to {}",
        world.size() - 1
    );
    assert!(
        !is_leader
            || world
                .group()
                .translate_rank(other_leader, &group.group())
                .is_none(),
        "the other leader cannot be rank {other_leader} of the communicator of both groups: this rank is in the \
         leader's own group"
    );
    // MPI keeps the leaders' messages apart from the program's.
    const TAG: c_int = 0;
    // SAFETY: a constant, which MPI's library brings along.
    let mut made = unsafe { ffi::RSMPI_COMM_NULL };
    // SAFETY: the communicators are live, and have the ranks that are named; the new handle has room.
    unsafe {
        ffi::MPI_Intercomm_create(
            group.as_raw(),
            leader,
            world.as_raw(),
            other_leader,
            TAG,
            &raw mut made,
        );
    }
    // SAFETY: a new intercommunicator, which nobody else has.
    unsafe { InterCommunicator::from_raw(made) }
}

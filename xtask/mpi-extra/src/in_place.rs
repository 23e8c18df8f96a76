//! Collectives in place, by `MPI_IN_PLACE`: what a rank would send already lies where the result goes
//! (MPI standard 4.1, section 6.2.1 and each collective's own).
//!
//! A gather's root has its own part in the receive buffer already, and a scatter's root keeps its part
//! in the send buffer: nothing is copied from one buffer to another, and there is only one buffer. The
//! ranks that are not the root call `gather_into`, `scatter_into` and `reduce_into` of the `mpi` crate,
//! as they would otherwise.

// MPI's collectives are C functions.
#![allow(unsafe_code)]

use mpi::{
    Count,
    collective::{Operation, Root},
    datatype::{BufferMut, Equivalence, Partitioned, PartitionedBuffer, PartitionedBufferMut},
    ffi::{self, MPI_Comm},
    raw::AsRaw,
    traits::{Buffer, Communicator},
};
use std::{
    ffi::{c_int, c_void},
    ptr,
};

/// `MPI_IN_PLACE`. The bindings do not have it, since it is a macro with a cast.
///
/// It goes with the kind of handles: where they are numbers, as in MPICH and all MPIs made from it, it is
/// -1; where they are pointers, as in Open MPI and in the standard's own binary interface (MPI 5.0,
/// chapter 20), it is 1.
fn in_place() -> *mut c_void {
    trait Handle {
        const IN_PLACE: usize;
    }
    impl Handle for c_int {
        const IN_PLACE: usize = usize::MAX;
    }
    impl<T> Handle for *mut T {
        const IN_PLACE: usize = 1;
    }
    fn of<H: Handle>(_handle: fn(H) -> MPI_Comm) -> usize {
        H::IN_PLACE
    }
    ptr::without_provenance_mut(of(MPI_Comm))
}

/// How many elements each rank has in a buffer for all.
#[track_caller]
fn share(count: Count, ranks: Count) -> Count {
    assert!(
        count % ranks == 0,
        "a buffer of {count} elements cannot be divided equally among {ranks} ranks: give it a multiple \
         of {ranks}, or use the function for varying counts"
    );
    count / ranks
}

/// Panics unless a partition has a part for each of so many ranks or neighbors.
#[track_caller]
pub(crate) fn check_parts<P: Partitioned + ?Sized>(partition: &P, parts: usize) {
    let (counts, displacements) = (partition.counts(), partition.displs());
    assert!(
        counts.len() == parts && displacements.len() == parts,
        "the partition has {} counts and {} displacements, but needs {parts} of each: one for each rank",
        counts.len(),
        displacements.len()
    );
    assert!(
        counts
            .iter()
            .chain(displacements)
            .all(|number| *number >= 0),
        "the partition has a negative count or displacement: counts {counts:?}, displacements {displacements:?}"
    );
}

#[track_caller]
fn ranks_of<P: Partitioned + ?Sized>(partition: &P, ranks: Count) {
    check_parts(partition, usize::try_from(ranks).unwrap_or(0));
}

/// Collectives with a root, in place at the root. Each panics on a rank that is not the root.
pub trait RootInPlace: Root {
    /// Gathers from all ranks: [`Root::gather_into_root`] whose own part lies in `buffer` already, as
    /// elements `rank * share..(rank + 1) * share`. `MPI_Gather`, section 6.5.
    ///
    /// `buffer` has `size * share` elements, where `share` is what each of the others sends.
    ///
    /// ```standalone_crate
    /// use mpi::traits::*;
    /// use mpi_extra::traits::*;
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// let root = world.process_at_rank(0);
    /// if world.rank() == 0 {
    ///     let mut squares = vec![0; world.size() as usize];
    ///     // Its own is 0 * 0, and is there.
    ///     root.gather_into_root_in_place(&mut squares[..]);
    ///     assert!(squares.iter().enumerate().all(|(rank, square)| *square == rank * rank));
    /// } else {
    ///     root.gather_into(&(world.rank() as usize).pow(2));
    /// }
    /// ```
    ///
    /// # Panics
    /// If the buffer cannot be divided equally.
    #[track_caller]
    fn gather_into_root_in_place<R: BufferMut + ?Sized>(&self, buffer: &mut R) {
        let world = self.root_only();
        let share = share(buffer.count(), world.size());
        // SAFETY: the buffer holds `share` elements for each rank, which is divided out of its count.
        // With MPI_IN_PLACE the count and the datatype that are sent are not looked at.
        unsafe {
            ffi::MPI_Gather(
                in_place(),
                0,
                u8::equivalent_datatype().as_raw(),
                buffer.pointer_mut(),
                share,
                buffer.as_datatype().as_raw(),
                self.root_rank(),
                world.as_raw(),
            );
        }
    }

    /// Gathers different counts from the ranks: [`Root::gather_varcount_into_root`] whose own part lies
    /// in `buffer` already, where the partition says. `MPI_Gatherv`, section 6.5.
    ///
    /// # Panics
    /// If the partition has not one part for each rank.
    #[track_caller]
    fn gather_varcount_into_root_in_place<R: PartitionedBufferMut + ?Sized>(&self, buffer: &mut R) {
        let world = self.root_only();
        ranks_of(buffer, world.size());
        // SAFETY: there is a count and a displacement for each rank, and a partition's parts lie inside
        // its buffer. What is sent is not looked at.
        unsafe {
            ffi::MPI_Gatherv(
                in_place(),
                0,
                u8::equivalent_datatype().as_raw(),
                buffer.pointer_mut(),
                buffer.counts().as_ptr(),
                buffer.displs().as_ptr(),
                buffer.as_datatype().as_raw(),
                self.root_rank(),
                world.as_raw(),
            );
        }
    }

    /// Scatters to all other ranks: [`Root::scatter_into_root`] whose own part stays in `buffer`, as
    /// elements `rank * share..(rank + 1) * share`. `MPI_Scatter`, section 6.6.
    ///
    /// `buffer` has `size * share` elements, where `share` is what each of the others receives.
    ///
    /// ```standalone_crate
    /// use mpi::traits::*;
    /// use mpi_extra::traits::*;
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// let root = world.process_at_rank(0);
    /// let numbers: Vec<i32> = (0..2 * world.size()).collect();
    /// let mut received = [0; 2];
    /// let mine = if world.rank() == 0 {
    ///     root.scatter_into_root_in_place(&numbers[..]);
    ///     &numbers[..2]
    /// } else {
    ///     root.scatter_into(&mut received[..]);
    ///     &received
    /// };
    /// assert_eq!(mine, [2 * world.rank(), 2 * world.rank() + 1]);
    /// ```
    ///
    /// # Panics
    /// If the buffer cannot be divided equally.
    #[track_caller]
    fn scatter_into_root_in_place<S: Buffer + ?Sized>(&self, buffer: &S) {
        let world = self.root_only();
        let share = share(buffer.count(), world.size());
        // SAFETY: the buffer holds `share` elements for each rank. What is received is not looked at.
        unsafe {
            ffi::MPI_Scatter(
                buffer.pointer(),
                share,
                buffer.as_datatype().as_raw(),
                in_place(),
                0,
                u8::equivalent_datatype().as_raw(),
                self.root_rank(),
                world.as_raw(),
            );
        }
    }

    /// Scatters different counts to the ranks: [`Root::scatter_varcount_into_root`] whose own part stays
    /// where it is. `MPI_Scatterv`, section 6.6.
    ///
    /// # Panics
    /// If the partition has not one part for each rank.
    #[track_caller]
    fn scatter_varcount_into_root_in_place<S: PartitionedBuffer + ?Sized>(&self, buffer: &S) {
        let world = self.root_only();
        ranks_of(buffer, world.size());
        // SAFETY: as in `gather_varcount_into_root_in_place`.
        unsafe {
            ffi::MPI_Scatterv(
                buffer.pointer(),
                buffer.counts().as_ptr(),
                buffer.displs().as_ptr(),
                buffer.as_datatype().as_raw(),
                in_place(),
                0,
                u8::equivalent_datatype().as_raw(),
                self.root_rank(),
                world.as_raw(),
            );
        }
    }

    /// Reduces the values of all ranks: [`Root::reduce_into_root`] that takes the root's own values from
    /// `buffer` and leaves the results there, element by element. `MPI_Reduce`, section 6.9.1.
    ///
    /// ```standalone_crate
    /// use mpi::{collective::SystemOperation, traits::*};
    /// use mpi_extra::traits::*;
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// let root = world.process_at_rank(0);
    /// let mut sum = world.rank() + 1;
    /// if world.rank() == 0 {
    ///     root.reduce_into_root_in_place(&mut sum, SystemOperation::sum());
    ///     assert_eq!(sum, world.size() * (world.size() + 1) / 2);
    /// } else {
    ///     root.reduce_into(&sum, SystemOperation::sum());
    /// }
    /// ```
    #[track_caller]
    fn reduce_into_root_in_place<B: BufferMut + ?Sized, O: Operation>(
        &self,
        buffer: &mut B,
        operation: O,
    ) {
        let world = self.root_only();
        // SAFETY: the buffer is read and written as a whole, with its own count and datatype.
        unsafe {
            ffi::MPI_Reduce(
                in_place(),
                buffer.pointer_mut(),
                buffer.count(),
                buffer.as_datatype().as_raw(),
                operation.as_raw(),
                self.root_rank(),
                world.as_raw(),
            );
        }
    }

    /// The communicator, on the root.
    #[doc(hidden)]
    #[track_caller]
    fn root_only(&self) -> &Self::Out {
        let world = self.as_communicator();
        let (rank, root) = (world.rank(), self.root_rank());
        assert!(
            rank == root,
            "rank {rank} called a function that only the root, rank {root}, may call: the other ranks call \
             the function whose name does not end in `_root_in_place`"
        );
        within_one_group(world);
        world
    }
}

impl<R: Root + ?Sized> RootInPlace for R {}

/// Collectives without a root, in place at every rank. All ranks must call the one in place.
pub trait CollectivesInPlace: Communicator {
    /// Gathers from all to all: `all_gather_into` whose own part lies in `buffer` already, as elements
    /// `rank * share..(rank + 1) * share`. `MPI_Allgather`, section 6.7.
    ///
    /// `buffer` has `size * share` elements.
    ///
    /// ```standalone_crate
    /// use mpi::traits::*;
    /// use mpi_extra::traits::*;
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// let mut ranks = vec![0; world.size() as usize];
    /// ranks[world.rank() as usize] = world.rank();
    /// world.all_gather_in_place(&mut ranks[..]);
    /// assert!(ranks.iter().copied().eq(0..world.size()));
    /// ```
    ///
    /// # Panics
    /// If the buffer cannot be divided equally.
    #[track_caller]
    fn all_gather_in_place<R: BufferMut + ?Sized>(&self, buffer: &mut R) {
        within_one_group(self);
        let share = share(buffer.count(), self.size());
        // SAFETY: the buffer holds `share` elements for each rank. What is sent is not looked at.
        unsafe {
            ffi::MPI_Allgather(
                in_place(),
                0,
                u8::equivalent_datatype().as_raw(),
                buffer.pointer_mut(),
                share,
                buffer.as_datatype().as_raw(),
                self.as_raw(),
            );
        }
    }

    /// Gathers different counts from all to all: `all_gather_varcount_into` whose own part lies in
    /// `buffer` already, where the partition says. `MPI_Allgatherv`, section 6.7.
    ///
    /// # Panics
    /// If the partition has not one part for each rank.
    #[track_caller]
    fn all_gather_varcount_in_place<R: PartitionedBufferMut + ?Sized>(&self, buffer: &mut R) {
        within_one_group(self);
        ranks_of(buffer, self.size());
        // SAFETY: there is a count and a displacement for each rank, and a partition's parts lie inside
        // its buffer. What is sent is not looked at.
        unsafe {
            ffi::MPI_Allgatherv(
                in_place(),
                0,
                u8::equivalent_datatype().as_raw(),
                buffer.pointer_mut(),
                buffer.counts().as_ptr(),
                buffer.displs().as_ptr(),
                buffer.as_datatype().as_raw(),
                self.as_raw(),
            );
        }
    }

    /// Reduces the values of all ranks, element by element: `all_reduce_into` that takes the values from
    /// `buffer` and leaves the results there. `MPI_Allreduce`, section 6.9.6.
    ///
    /// ```standalone_crate
    /// use mpi::{collective::SystemOperation, traits::*};
    /// use mpi_extra::traits::*;
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// let mut largest = [world.rank(), -world.rank()];
    /// world.all_reduce_in_place(&mut largest[..], SystemOperation::max());
    /// assert_eq!(largest, [world.size() - 1, 0]);
    /// ```
    #[track_caller]
    fn all_reduce_in_place<B: BufferMut + ?Sized, O: Operation>(
        &self,
        buffer: &mut B,
        operation: O,
    ) {
        within_one_group(self);
        // SAFETY: the buffer is read and written as a whole, with its own count and datatype.
        unsafe {
            ffi::MPI_Allreduce(
                in_place(),
                buffer.pointer_mut(),
                buffer.count(),
                buffer.as_datatype().as_raw(),
                operation.as_raw(),
                self.as_raw(),
            );
        }
    }
}

impl<C: Communicator + ?Sized> CollectivesInPlace for C {}

/// Panics if a communicator connects two groups.
#[track_caller]
fn within_one_group<C: Communicator + ?Sized>(world: &C) {
    assert!(
        !world.test_inter(),
        "an intercommunicator has no collectives in place: merge it into an intracommunicator first"
    );
}

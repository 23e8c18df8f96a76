//! Collectives among neighbors: each rank exchanges with those that its communicator's topology names,
//! in one call (MPI standard 4.1, sections 8.5.4 and 8.6).
//!
//! On a Cartesian communicator of `d` dimensions each rank has `2 d` neighbors, in this order: the one
//! below and the one above in dimension 0, the same in dimension 1, and so on. At an open end there is
//! none: what is sent there goes nowhere, and its part of the receive buffer stays as it was. On a
//! [`GraphCommunicator`] the neighbors are those that it was made with.
//!
//! All ranks of the communicator must call the same one.

// MPI's collectives are C functions.
#![allow(unsafe_code)]

use crate::{datatype::check, in_place::check_parts};
use mpi::{
    Count, Rank,
    datatype::{BufferMut, DatatypeRef, Equivalence, PartitionedBuffer, PartitionedBufferMut},
    ffi::{self, MPI_Comm, MPI_Datatype},
    raw::{AsRaw, FromRaw},
    topology::{CartesianCommunicator, SimpleCommunicator},
    traits::{Buffer, Communicator, Datatype},
};
use std::{
    ffi::{c_int, c_void},
    ops::Range,
    ptr,
};

/// A communicator whose ranks have neighbors.
///
/// # Safety
/// The handle must be that of a communicator with a topology, and both numbers must be those that MPI has
/// for the calling rank.
pub unsafe trait Neighbourhood: AsRaw<Raw = MPI_Comm> {
    /// From how many neighbors this rank receives, those that are missing at an open end included.
    fn sources(&self) -> usize;

    /// To how many neighbors this rank sends, those that are missing at an open end included.
    fn destinations(&self) -> usize;

    /// Sends the same to each neighbor, and puts what comes from them one behind the other.
    /// `MPI_Neighbor_allgather`.
    ///
    /// `received` has [`sources`](Self::sources) times as many elements as each neighbor sends.
    ///
    /// ```standalone_crate
    /// use mpi::{topology::CartesianCommunicator, traits::*};
    /// use mpi_extra::traits::*;
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// // A line with two open ends.
    /// let line = world.create_cartesian_communicator(&[world.size()], &[false], false).unwrap();
    /// let mut ranks = [-1; 2];
    /// line.neighbour_all_gather_into(&line.rank(), &mut ranks[..]);
    /// let (below, above) = line.shift(0, 1);
    /// assert_eq!(ranks, [below.unwrap_or(-1), above.unwrap_or(-1)]);
    /// ```
    ///
    /// # Panics
    /// If `received` cannot be divided equally among the neighbors.
    #[track_caller]
    fn neighbour_all_gather_into<S: Buffer + ?Sized, R: BufferMut + ?Sized>(
        &self,
        sent: &S,
        received: &mut R,
    ) {
        let share = share("receive", received.count(), self.sources());
        let (sent_share, received_share) = both_sides(
            self,
            Share(sent.count(), sent.as_datatype().as_raw()),
            Share(share, received.as_datatype().as_raw()),
        );
        // SAFETY: `sent` holds what it says, and `received` a share for each source; where there are no
        // neighbors on one side, nothing is read or written there.
        unsafe {
            ffi::MPI_Neighbor_allgather(
                start_of(sent),
                sent_share.0,
                sent_share.1,
                not_in_place(received.pointer_mut()).cast_mut(),
                received_share.0,
                received_share.1,
                self.as_raw(),
            );
        }
    }

    /// Sends the same to each neighbor, and puts what comes from them where the partition says: one part
    /// for each of the [`sources`](Self::sources). `MPI_Neighbor_allgatherv`.
    ///
    /// # Panics
    /// If the partition has not one part for each source.
    #[track_caller]
    fn neighbour_all_gather_varcount_into<S: Buffer + ?Sized, R: PartitionedBufferMut + ?Sized>(
        &self,
        sent: &S,
        received: &mut R,
    ) {
        check_parts(received, self.sources());
        // Open MPI (4.1, 5.0) looks at as many counts as the communicator has ranks, whether one is
        // negative, and whether all are 0 and nothing is to be done.
        let mut counts = received.counts().to_vec();
        let mut ranks = 0;
        // SAFETY: the result outlives the call.
        unsafe { ffi::PMPI_Comm_size(self.as_raw(), &raw mut ranks) };
        counts.resize(counts.len().max(usize::try_from(ranks).unwrap_or(0)), 1);
        // SAFETY: `sent` holds what it says. There is a count and a displacement for each source, and a
        // partition's parts lie inside its buffer. No more counts are used than there are sources.
        unsafe {
            ffi::MPI_Neighbor_allgatherv(
                start_of(sent),
                sent.count(),
                sent.as_datatype().as_raw(),
                not_in_place(received.pointer_mut()).cast_mut(),
                counts.as_ptr(),
                received.displs().as_ptr(),
                received.as_datatype().as_raw(),
                self.as_raw(),
            );
        }
    }

    /// Sends each neighbor its own share, and puts what comes from them one behind the other.
    /// `MPI_Neighbor_alltoall`.
    ///
    /// Both buffers are divided equally: `sent` among the [`destinations`](Self::destinations),
    /// `received` among the [`sources`](Self::sources).
    ///
    /// ```standalone_crate
    /// use mpi::{topology::CartesianCommunicator, traits::*};
    /// use mpi_extra::traits::*;
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// let line = world.create_cartesian_communicator(&[world.size()], &[false], false).unwrap();
    /// // A row with a ghost cell at each end.
    /// let row = [1, 2, 3].map(|cell| 10 * line.rank() + cell);
    /// let mut ghosts = [-1; 2];
    /// line.neighbour_all_to_all_into(&[row[0], row[2]], &mut ghosts[..]);
    /// let (below, above) = line.shift(0, 1);
    /// assert_eq!(ghosts[0], below.map_or(-1, |rank| 10 * rank + 3));
    /// assert_eq!(ghosts[1], above.map_or(-1, |rank| 10 * rank + 1));
    /// ```
    ///
    /// # Panics
    /// If a buffer cannot be divided equally among the neighbors.
    #[track_caller]
    fn neighbour_all_to_all_into<S: Buffer + ?Sized, R: BufferMut + ?Sized>(
        &self,
        sent: &S,
        received: &mut R,
    ) {
        let sent_share = share("send", sent.count(), self.destinations());
        let received_share = share("receive", received.count(), self.sources());
        let (sent_share, received_share) = both_sides(
            self,
            Share(sent_share, sent.as_datatype().as_raw()),
            Share(received_share, received.as_datatype().as_raw()),
        );
        // SAFETY: `sent` holds a share for each destination, and `received` one for each source; where
        // there are none, nothing is read or written.
        unsafe {
            ffi::MPI_Neighbor_alltoall(
                start_of(sent),
                sent_share.0,
                sent_share.1,
                not_in_place(received.pointer_mut()).cast_mut(),
                received_share.0,
                received_share.1,
                self.as_raw(),
            );
        }
    }

    /// Sends each neighbor its own part, and puts what comes from them where the partition says: `sent`
    /// has a part for each of the [`destinations`](Self::destinations), `received` one for each of the
    /// [`sources`](Self::sources). `MPI_Neighbor_alltoallv`.
    ///
    /// # Panics
    /// If a partition has not one part for each neighbor.
    #[track_caller]
    fn neighbour_all_to_all_varcount_into<
        S: PartitionedBuffer + ?Sized,
        R: PartitionedBufferMut + ?Sized,
    >(
        &self,
        sent: &S,
        received: &mut R,
    ) {
        check_parts(sent, self.destinations());
        check_parts(received, self.sources());
        // SAFETY: there is a count and a displacement for each neighbor, and a partition's parts lie
        // inside its buffer.
        unsafe {
            ffi::MPI_Neighbor_alltoallv(
                not_in_place(sent.pointer()),
                sent.counts().as_ptr(),
                sent.displs().as_ptr(),
                sent.as_datatype().as_raw(),
                not_in_place(received.pointer_mut()).cast_mut(),
                received.counts().as_ptr(),
                received.displs().as_ptr(),
                received.as_datatype().as_raw(),
                self.as_raw(),
            );
        }
    }

    /// Sends each neighbor one region of `field`, and receives from each into another region of it, each
    /// region with a datatype of its own: a whole halo exchange in one call, without a copy.
    /// `MPI_Neighbor_alltoallw`.
    ///
    /// `sent` has one region for each of the [`destinations`](Self::destinations), `received` one for
    /// each of the [`sources`](Self::sources). What is received must not overlap what is sent or what is
    /// received from another neighbor, as the edges of a field and its ghost cells do not; where it
    /// does, either value may end up there or be sent.
    ///
    /// ```standalone_crate
    /// use mpi::{datatype::UserDatatype, traits::*};
    /// use mpi_extra::{neighbourhood::Region, traits::*};
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// // A grid of one column of ranks, closed left and right, so that each is its own neighbor there.
    /// let grid = world
    ///     .create_cartesian_communicator(&[world.size(), 1], &[false, true], false)
    ///     .unwrap();
    /// // 3 × 4 cells, and a frame of ghost cells around them: 5 rows of 6.
    /// let (rows, columns, width) = (3, 4, 6);
    /// let mut field = [-1.0; 30];
    /// for row in 1..=rows {
    ///     for column in 1..=columns {
    ///         field[row * width + column] = (10 * row + column) as f64;
    ///     }
    /// }
    /// let double = f64::equivalent_datatype();
    /// let column = UserDatatype::vector(rows as i32, 1, width as i32, &double);
    /// let at = |row: usize, column: usize| row * width + column;
    /// let row_at = |row, column| Region::new(at(row, column), columns as i32, &double);
    /// let column_at = |row, place| Region::new(at(row, place), 1, &column);
    /// // In the order of the neighbors: up, down, left, right.
    /// let edges = [row_at(1, 1), row_at(rows, 1), column_at(1, 1), column_at(1, columns)];
    /// let ghosts = [row_at(0, 1), row_at(rows + 1, 1), column_at(1, 0), column_at(1, columns + 1)];
    /// grid.neighbour_all_to_all_within(&mut field, &edges, &ghosts);
    /// let left: Vec<f64> = (1..=rows).map(|row| field[at(row, 0)]).collect();
    /// let right: Vec<f64> = (1..=rows).map(|row| field[at(row, columns + 1)]).collect();
    /// assert_eq!((left, right), (vec![14.0, 24.0, 34.0], vec![11.0, 21.0, 31.0]));
    /// ```
    ///
    /// # Panics
    /// If there is not one region for each neighbor, and if one reaches beyond the field or describes
    /// something else than elements of `T`, as in [`view`](crate::datatype::view).
    #[track_caller]
    fn neighbour_all_to_all_within<T: Equivalence>(
        &self,
        field: &mut [T],
        sent: &[Region<'_>],
        received: &[Region<'_>],
    ) {
        let sent = Regions::of::<T>("sends to", sent, self.destinations(), field.len());
        let received = Regions::of::<T>("receives from", received, self.sources(), field.len());
        let start = field.as_mut_ptr().cast::<c_void>();
        // SAFETY: there is a count, a displacement and a datatype for each neighbor, and all that they
        // describe are elements of the field, which is borrowed for this call alone. What is sent and what
        // is received are C's to read and write; elements in both are values of `T`'s basic types
        // whichever of the two ends up there.
        unsafe {
            ffi::MPI_Neighbor_alltoallw(
                not_in_place(start),
                sent.counts.as_ptr(),
                sent.displacements.as_ptr(),
                sent.datatypes.as_ptr(),
                start,
                received.counts.as_ptr(),
                received.displacements.as_ptr(),
                received.datatypes.as_ptr(),
                self.as_raw(),
            );
        }
    }
}

/// What each neighbor sends or receives: so many of a datatype.
#[derive(Clone, Copy)]
struct Share(Count, MPI_Datatype);

/// The same shares, but where there is no neighbor on one side, the other's, which then stands for nothing.
/// Open MPI (4.1, 5.0) takes an empty share for a sign that no rank exchanges anything, and wants the two
/// of an all-to-all to be of the same size.
fn both_sides<N: Neighbourhood + ?Sized>(
    neighbours: &N,
    sent: Share,
    received: Share,
) -> (Share, Share) {
    match (neighbours.destinations(), neighbours.sources()) {
        (0, _) => (received, received),
        (_, 0) => (sent, sent),
        _ => (sent, received),
    }
}

// SAFETY: a Cartesian communicator has a neighbor on both sides in each dimension, or none with its place
// kept (section 8.6).
unsafe impl Neighbourhood for CartesianCommunicator {
    fn sources(&self) -> usize {
        2 * usize::try_from(self.num_dimensions()).unwrap_or(0)
    }

    fn destinations(&self) -> usize {
        self.sources()
    }
}

/// A part of a field, for [`Neighbourhood::neighbour_all_to_all_within`].
#[derive(Clone, Copy, Debug)]
pub struct Region<'d> {
    start: usize,
    count: Count,
    datatype: DatatypeRef<'d>,
}

impl<'d> Region<'d> {
    /// `count` of `datatype`, from the element with the index `start` on.
    pub fn new<D: Datatype>(start: usize, count: Count, datatype: &'d D) -> Self {
        // SAFETY: the handle is that of a committed datatype, which is borrowed for as long.
        let datatype = unsafe { DatatypeRef::from_raw(datatype.as_raw()) };
        Self {
            start,
            count,
            datatype,
        }
    }

    /// Nothing at all, for a neighbor with which nothing is exchanged.
    pub fn empty() -> Self {
        Self {
            start: 0,
            count: 0,
            datatype: u8::equivalent_datatype(),
        }
    }
}

/// The regions of a field, as MPI wants them.
struct Regions {
    counts: Vec<c_int>,
    /// In bytes.
    displacements: Vec<mpi::Address>,
    datatypes: Vec<MPI_Datatype>,
}

impl Regions {
    #[track_caller]
    fn of<T: Equivalence>(
        does: &str,
        regions: &[Region<'_>],
        neighbours: usize,
        length: usize,
    ) -> Self {
        assert!(
            regions.len() == neighbours,
            "there are {} regions for the {neighbours} neighbors that this rank {does}: pass one for each, \
             and `Region::empty()` for a neighbor with which nothing is exchanged",
            regions.len()
        );
        for region in regions {
            assert!(
                region.start <= length,
                "a region starts at element {}, but the slice has only {length} elements",
                region.start
            );
            check::<T>(
                length - region.start,
                region.count,
                region.datatype.as_raw(),
            );
        }
        let displacement = |region: &Region<'_>| {
            mpi::Address::try_from(region.start * size_of::<T>()).expect("a slice fits into memory")
        };
        Self {
            counts: regions.iter().map(|region| region.count).collect(),
            displacements: regions.iter().map(displacement).collect(),
            datatypes: regions
                .iter()
                .map(|region| region.datatype.as_raw())
                .collect(),
        }
    }
}

/// How many elements each neighbor has in a buffer for all.
#[track_caller]
fn share(what: &str, count: Count, neighbours: usize) -> Count {
    let neighbours = Count::try_from(neighbours).expect("MPI counts neighbors in 32 bits");
    if neighbours == 0 {
        return 0;
    }
    assert!(
        count % neighbours == 0,
        "the {what} buffer has {count} elements, which cannot be divided equally among {neighbours} \
         neighbors: its length must be a multiple of {neighbours}, which includes missing neighbors at \
         open ends"
    );
    count / neighbours
}

fn start_of<B: Buffer + ?Sized>(buffer: &B) -> *const c_void {
    not_in_place(buffer.pointer())
}

/// The start of a buffer. The address of an empty slice of bytes is 1 in Rust, and so is `MPI_IN_PLACE` in
/// some MPIs, which is not allowed here: such a buffer, which is neither read nor written, begins elsewhere.
fn not_in_place(start: *const c_void) -> *const c_void {
    static ELSEWHERE: u64 = 0;
    if start.addr() == 1 {
        return (&raw const ELSEWHERE).cast();
    }
    start
}

/// A communicator in which each rank names its neighbors itself, whoever they are.
/// `MPI_Dist_graph_create_adjacent`, section 8.5.4.
///
/// ```standalone_crate
/// use mpi::traits::*;
/// use mpi_extra::{neighbourhood::GraphCommunicator, traits::*};
///
/// let universe = mpi::initialize().unwrap();
/// let world = universe.world();
/// // All send to rank 0, and it to none.
/// let is_first = world.rank() == 0;
/// let sources: Vec<i32> = if is_first { (1..world.size()).collect() } else { vec![] };
/// let destinations: &[i32] = if is_first { &[] } else { &[0] };
/// let star = GraphCommunicator::adjacent(&world, &sources, destinations);
/// let mut ranks = vec![-1; sources.len()];
/// star.neighbour_all_gather_into(&world.rank(), &mut ranks[..]);
/// assert_eq!(ranks, sources);
/// ```
pub struct GraphCommunicator {
    world: SimpleCommunicator,
    sources: usize,
    destinations: usize,
}

impl GraphCommunicator {
    /// Makes the communicator: all ranks of `world` call it, each with the ranks from which it receives,
    /// and those to which it sends. The order is that of the parts in the buffers. The ranks keep their
    /// numbers.
    ///
    /// Whatever one rank names as a destination must name it as a source, as many times; MPI cannot check
    /// that, and exchanges would not end.
    ///
    /// # Panics
    /// If one of the ranks is none of `world`.
    #[track_caller]
    pub fn adjacent<C: Communicator + ?Sized>(
        world: &C,
        sources: &[Rank],
        destinations: &[Rank],
    ) -> Self {
        assert!(
            !world.test_inter(),
            "a graph cannot be made on an intercommunicator: merge it into an intracommunicator first"
        );
        let ranks: Range<Rank> = 0..world.size();
        for rank in sources.iter().chain(destinations) {
            assert!(
                ranks.contains(rank),
                "rank {rank} cannot be a neighbor: the communicator has ranks 0 to {}",
                ranks.end - 1
            );
        }
        let length =
            |ranks: &[Rank]| c_int::try_from(ranks.len()).expect("MPI counts neighbors in 32 bits");
        // SAFETY: both lists have the lengths that are said, and name ranks of the communicator; there are
        // no weights and nothing to tell. The new handle has room, and nobody else has it.
        let world = unsafe {
            let mut made = ffi::RSMPI_COMM_NULL;
            ffi::MPI_Dist_graph_create_adjacent(
                world.as_raw(),
                length(sources),
                sources.as_ptr(),
                ffi::RSMPI_UNWEIGHTED(),
                length(destinations),
                destinations.as_ptr(),
                ffi::RSMPI_UNWEIGHTED(),
                ffi::RSMPI_INFO_NULL,
                0,
                ptr::from_mut(&mut made),
            );
            SimpleCommunicator::from_raw(made)
        };
        Self {
            world,
            sources: sources.len(),
            destinations: destinations.len(),
        }
    }

    /// The communicator itself, for messages and for collectives of all its ranks.
    pub fn communicator(&self) -> &SimpleCommunicator {
        &self.world
    }
}

// SAFETY: the handle is that of the communicator inside, which lives as long as this.
unsafe impl AsRaw for GraphCommunicator {
    type Raw = MPI_Comm;

    fn as_raw(&self) -> MPI_Comm {
        self.world.as_raw()
    }
}

// SAFETY: the communicator was made with as many.
unsafe impl Neighbourhood for GraphCommunicator {
    fn sources(&self) -> usize {
        self.sources
    }

    fn destinations(&self) -> usize {
        self.destinations
    }
}

//! Datatypes that the `mpi` crate does not make, and views of slices that are checked, for every
//! datatype (MPI standard 4.1, sections 5.1.3, 5.1.7 and 5.1.8).
//!
//! The crate's own `View` takes any datatype on trust, which only unsafe code can. [`view`] and
//! [`view_mut`] look at the datatype instead: what it describes must lie inside the slice, and must
//! be elements of the slice's type.
//!
//! ```standalone_crate
//! use mpi::{datatype::UserDatatype, traits::*};
//! use mpi_extra::datatype::view;
//!
//! let universe = mpi::initialize().unwrap();
//! let world = universe.world();
//! // The second column of a matrix of 3 × 4, sent to this very rank, becomes a row.
//! let matrix: Vec<f64> = (0..12).map(f64::from).collect();
//! let column = UserDatatype::vector(3, 1, 4, &f64::equivalent_datatype());
//! let mut row = [0.0; 3];
//! let this = world.this_process();
//! let column = view(&matrix[1..], 1, &column);
//! mpi::point_to_point::send_receive_into(&column, &this, &mut row[..], &this);
//! assert_eq!(row, [1.0, 5.0, 9.0]);
//! ```

// Datatypes are made by C functions, and the crate's views ask for a promise.
#![allow(unsafe_code)]

use crate::contents::{Contents, extent};
use mpi::{
    Address, Count,
    datatype::{Equivalence, MutView, UncommittedDatatype, UserDatatype, View},
    ffi::{self, MPI_Datatype},
    raw::{AsRaw, FromRaw},
    traits::Datatype,
};
use std::{any::type_name, ffi::c_int};

/// A block out of an array of any number of dimensions in row-major order, the last dimension being
/// the one whose elements are neighbors: `MPI_Type_create_subarray` with `MPI_ORDER_C`.
///
/// - `shape`: the array's length in each dimension, in elements;
/// - `block`: the block's length in each dimension, in elements;
/// - `start`: the block's first element in each dimension, counted from 0;
/// - `element`: the datatype of one element.
///
/// The datatype begins where the array does and extends over the whole array: a second one in the same
/// buffer describes the next array. [`resized`] makes it shorter.
///
/// ```standalone_crate
/// use mpi::traits::*;
/// use mpi_extra::datatype::{subarray, view};
///
/// let universe = mpi::initialize().unwrap();
/// let world = universe.world();
/// // Of 4 rows and 5 columns the inner 2 × 3.
/// let field: Vec<i32> = (0..20).collect();
/// let inside = subarray(&[4, 5], &[2, 3], &[1, 1], &i32::equivalent_datatype());
/// let packed = world.pack(&view(&field, 1, &inside));
/// let mut block = [0; 6];
/// // SAFETY: six elements of the same type were packed.
/// unsafe { world.unpack_into(&packed, &mut block[..], 0) };
/// assert_eq!(block, [6, 7, 8, 11, 12, 13]);
/// ```
///
/// # Panics
/// If the three have different lengths or none, or if a block does not lie inside its array.
#[track_caller]
pub fn subarray<D: UncommittedDatatype>(
    shape: &[Count],
    block: &[Count],
    start: &[Count],
    element: &D,
) -> UserDatatype {
    assert!(
        !shape.is_empty() && shape.len() == block.len() && shape.len() == start.len(),
        "shape, block and start of a subarray need one number for each dimension, but the shape has {}, \
         the block {}, and the start {}",
        shape.len(),
        block.len(),
        start.len()
    );
    for (dimension, ((&length, &block), &start)) in shape.iter().zip(block).zip(start).enumerate() {
        let end = i64::from(start) + i64::from(block);
        assert!(
            block >= 1 && start >= 0 && end <= i64::from(length),
            "in dimension {dimension}, the block covers elements {start}..{end} of {length}: it must \
             have at least one element and be inside the array"
        );
    }
    let dimensions = c_int::try_from(shape.len()).expect("MPI counts dimensions in 32 bits");
    // SAFETY: each of the three slices has as many elements as is said, and the new handle has room.
    // `committed` gets a datatype that has just been made, and that nobody else has.
    unsafe {
        committed(|made| {
            ffi::MPI_Type_create_subarray(
                dimensions,
                shape.as_ptr(),
                block.as_ptr(),
                start.as_ptr(),
                ffi::MPI_ORDER_C as c_int,
                element.as_raw(),
                made,
            )
        })
    }
}

/// `datatype` with another lower bound and another extent, both in **bytes**:
/// `MPI_Type_create_resized`. What it describes stays the same.
///
/// The extent is the distance from one to the next, where a buffer holds several: with a column's
/// extent cut down to one element, the columns of a matrix lie next to each other, and can be
/// scattered.
///
/// ```standalone_crate
/// use mpi::{datatype::UserDatatype, traits::*};
/// use mpi_extra::datatype::{resized, view};
///
/// let universe = mpi::initialize().unwrap();
/// let world = universe.world();
/// let columns = world.size();
/// let matrix: Vec<f64> = (0..3 * columns).map(f64::from).collect();
/// let column = UserDatatype::vector(3, 1, columns, &f64::equivalent_datatype());
/// let column = resized(&column, 0, size_of::<f64>() as mpi::Address);
/// let mut mine = [0.0; 3];
/// let root = world.process_at_rank(0);
/// if world.rank() == 0 {
///     root.scatter_into_root(&view(&matrix, columns, &column), &mut mine[..]);
/// } else {
///     root.scatter_into(&mut mine[..]);
/// }
/// let (rank, columns) = (f64::from(world.rank()), f64::from(columns));
/// assert_eq!(mine, [rank, rank + columns, rank + 2.0 * columns]);
/// ```
pub fn resized<D: UncommittedDatatype>(
    datatype: &D,
    lower_bound: Address,
    extent: Address,
) -> UserDatatype {
    // SAFETY: the new handle has room, and any bounds are allowed. `committed` gets a datatype that has
    // just been made, and that nobody else has.
    unsafe {
        committed(|made| ffi::MPI_Type_create_resized(datatype.as_raw(), lower_bound, extent, made))
    }
}

/// Commits the datatype that `make` makes.
///
/// # Safety
/// `make` must leave a new datatype in its argument, which it hands to nobody else.
unsafe fn committed(make: impl FnOnce(*mut MPI_Datatype) -> c_int) -> UserDatatype {
    // SAFETY: a constant, which MPI's library brings along.
    let mut made = unsafe { ffi::RSMPI_DATATYPE_NULL };
    make(&raw mut made);
    // SAFETY: `made` is a new datatype, as the caller promises; its handle may change when it is
    // committed, and only then is it given away.
    unsafe {
        ffi::MPI_Type_commit(&raw mut made);
        UserDatatype::from_raw(made)
    }
}

/// `count` of `datatype` from the start of `buffer`, to be sent: a checked
/// [`View::with_count_and_datatype`].
///
/// To begin elsewhere, begin the slice elsewhere: `&matrix[column..]`.
///
/// # Panics
/// If that reaches beyond the slice, or describes something else than elements of `T`: bytes between
/// them, parts of them, another type. The message says where.
///
/// ```should_panic,standalone_crate
/// use mpi::{datatype::UserDatatype, traits::*};
/// use mpi_extra::datatype::view;
///
/// let _universe = mpi::initialize().unwrap();
/// // A column of 3 elements, 4 apart, spans 9: from the second row on there are only 8.
/// let column = UserDatatype::vector(3, 1, 4, &f64::equivalent_datatype());
/// view(&[0.0; 12][4..], 1, &column);
/// ```
#[track_caller]
pub fn view<'d, 'b, D: Datatype, T: Equivalence>(
    buffer: &'b [T],
    count: Count,
    datatype: &'d D,
) -> View<'d, 'b, D, [T]> {
    check::<T>(buffer.len(), count, datatype.as_raw());
    // SAFETY: `check` has found only elements of `T` inside the slice, without what lies between their
    // fields.
    unsafe { View::with_count_and_datatype(buffer, count, datatype) }
}

/// `count` of `datatype` from the start of `buffer`, to be received into: a checked
/// [`MutView::with_count_and_datatype`].
///
/// A datatype that describes an element twice is none to receive into: the element becomes one of the
/// two values.
///
/// # Panics
/// As [`view`].
#[track_caller]
pub fn view_mut<'d, 'b, D: Datatype, T: Equivalence>(
    buffer: &'b mut [T],
    count: Count,
    datatype: &'d D,
) -> MutView<'d, 'b, D, [T]> {
    check::<T>(buffer.len(), count, datatype.as_raw());
    // SAFETY: as in `view`.
    unsafe { MutView::with_count_and_datatype(buffer, count, datatype) }
}

/// Panics unless `count` of `datatype` describe elements of `T` in a slice of so many.
#[track_caller]
pub(crate) fn check<T: Equivalence>(elements: usize, count: Count, datatype: MPI_Datatype) {
    assert!(count >= 0, "the count is {count}: it must not be negative");
    let size = size_of::<T>();
    let described = Contents::of(count, datatype, size);
    let bytes = elements as i128 * size as i128;
    let name = type_name::<T>();
    if let Some(span) = described.span() {
        assert!(
            span.start >= 0,
            "with a count of {count}, the datatype begins {} bytes before the slice: start the slice earlier, \
             or look at the displacements, the lower bound, and the stride, which must not be negative",
            -span.start
        );
        assert!(
            span.end <= bytes,
            "with a count of {count}, the datatype reaches to byte {}, but the slice of {elements} elements of \
             {name} ends at byte {bytes}: look at the count, the stride (in elements, unless the constructor \
             says bytes) and the extent, which is {} bytes, or pass a longer slice",
            span.end,
            extent(datatype)
        );
    }
    let equivalent = T::equivalent_datatype();
    let allowed = Contents::of(1, equivalent.as_raw(), size);
    assert!(
        described.lie_in(&allowed),
        "the datatype does not describe whole elements of {name}: {}",
        described.difference(&allowed)
    );
}

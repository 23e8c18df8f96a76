//! Reduction operations of your own, for the reduce, scan and all-reduce methods of the `mpi` crate.
//!
//! The crate's own `UserOperation` takes any closure, and builds libffi for that, with `make`. This
//! takes functions that capture nothing, which need no more than a C function of MPI's type
//! (MPI standard 4.1, section 6.9.5), and so builds wherever a Rust compiler does.

// MPI calls an operation through a C function, and so the elements come as raw pointers.
#![allow(unsafe_code)]

use mpi::{
    collective::{Operation, UnsafeUserOperation},
    datatype::Equivalence,
    ffi::{MPI_Aint, MPI_Datatype, MPI_Op, MPI_Type_get_extent},
    raw::AsRaw,
};
use std::{
    ffi::{c_int, c_void},
    ptr::NonNull,
};

/// An operation that combines two values into one, element by element.
#[derive(Debug)]
pub struct OwnOperation(UnsafeUserOperation);

impl OwnOperation {
    /// An operation for which `(a ∘ b) ∘ c = a ∘ (b ∘ c)`. MPI keeps the order of the ranks: the first
    /// argument comes from lower ranks than the second.
    ///
    /// `combine` must capture nothing, which is checked when the program is compiled.
    ///
    /// ```no_run
    /// use mpi::traits::*;
    /// use own_operation::OwnOperation;
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// // The value of the highest rank whose value is not zero.
    /// let last = OwnOperation::associative(|earlier: i32, later: i32| if later == 0 { earlier } else { later });
    /// let mut result = 0;
    /// world.all_reduce_into(&(world.rank() % 3), &mut result, &last);
    /// ```
    pub fn associative<T, F>(combine: F) -> Self
    where
        T: Equivalence + Copy,
        F: Fn(T, T) -> T + Copy,
    {
        let function = function(combine);
        // SAFETY: `apply` is the function that `function` returns. It reads and writes as many
        // elements as MPI hands it, of the type that it has checked.
        Self(unsafe { UnsafeUserOperation::associative(function) })
    }

    /// An operation for which also `a ∘ b = b ∘ a`, so that MPI may combine in any order.
    pub fn commutative<T, F>(combine: F) -> Self
    where
        T: Equivalence + Copy,
        F: Fn(T, T) -> T + Copy,
    {
        let function = function(combine);
        // SAFETY: as in `associative`.
        Self(unsafe { UnsafeUserOperation::commutative(function) })
    }
}

type Function = unsafe extern "C" fn(*mut c_void, *mut c_void, *mut c_int, *mut MPI_Datatype);

/// The C function for `combine`, of which only the type is needed.
fn function<T, F>(_combine: F) -> Function
where
    T: Equivalence + Copy,
    F: Fn(T, T) -> T + Copy,
{
    const {
        assert!(
            size_of::<F>() == 0,
            "an operation must capture nothing: MPI has no room for it"
        );
    }
    apply::<T, F>
}

/// What MPI calls: `inout[i] = combine(input[i], inout[i])`. A panic in here ends the process, since
/// it cannot unwind through MPI.
///
/// # Safety
/// `input` and `inout` must each hold `*length` elements of `*datatype`, as MPI promises.
unsafe extern "C" fn apply<T, F>(
    input: *mut c_void,
    inout: *mut c_void,
    length: *mut c_int,
    datatype: *mut MPI_Datatype,
) where
    T: Equivalence + Copy,
    F: Fn(T, T) -> T + Copy,
{
    // SAFETY: F has no size and is Copy, and one value of it existed in `function`; a dangling
    // pointer is valid for reading nothing.
    let combine = unsafe { NonNull::<F>::dangling().read() };
    // SAFETY: MPI hands over valid pointers to the length and the datatype.
    let (length, datatype) = unsafe { (*length, *datatype) };
    assert!(
        extent(datatype) == size_of::<T>() as MPI_Aint,
        "the operation combines values of another type than the buffers hold"
    );
    let (input, inout) = (input.cast::<T>(), inout.cast::<T>());
    for index in 0..usize::try_from(length).unwrap_or(0) {
        // SAFETY: both buffers hold `length` elements of T's size. MPI's own buffers need not be
        // aligned for T. T is Copy, so that nothing is dropped or doubled.
        unsafe {
            let combined = combine(
                input.add(index).read_unaligned(),
                inout.add(index).read_unaligned(),
            );
            inout.add(index).write_unaligned(combined);
        }
    }
}

/// The distance from one element to the next, in bytes.
fn extent(datatype: MPI_Datatype) -> MPI_Aint {
    let (mut lower, mut extent) = (0, 0);
    // SAFETY: both results outlive the call, and MPI has just handed over the datatype.
    unsafe { MPI_Type_get_extent(datatype, &raw mut lower, &raw mut extent) };
    extent
}

// SAFETY: the handle is that of the operation inside, which lives as long as this.
unsafe impl AsRaw for OwnOperation {
    type Raw = MPI_Op;

    fn as_raw(&self) -> MPI_Op {
        self.0.as_raw()
    }
}

impl Operation for &OwnOperation {}

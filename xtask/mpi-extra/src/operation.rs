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
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether an operation that was promised to be commutative has shown that it is not.
static BROKEN_PROMISE: AtomicBool = AtomicBool::new(false);

/// Whether MPI, in this process and since this was last asked, has combined two values by an operation
/// that was promised to be commutative and gives something else for them when they are swapped.
///
/// MPI itself cannot notice: it swaps as it likes, and the result is another one. This is for checks.
pub fn take_broken_promise() -> bool {
    BROKEN_PROMISE.swap(false, Ordering::AcqRel)
}

/// An operation that combines two values into one, element by element.
#[derive(Debug)]
pub struct OwnOperation(UnsafeUserOperation);

impl OwnOperation {
    /// An operation for which `(a ∘ b) ∘ c = a ∘ (b ∘ c)`. MPI keeps the order of the ranks: the first
    /// argument comes from lower ranks than the second.
    ///
    /// `combine` must capture nothing, which is checked when the program is compiled.
    ///
    /// ```standalone_crate
    /// use mpi::traits::*;
    /// use mpi_extra::OwnOperation;
    ///
    /// let universe = mpi::initialize().unwrap();
    /// let world = universe.world();
    /// // Texts of digits, written one after another: 1 and 2 make 12, and 2 and 1 make 21.
    /// let append = |low: u64, high: u64| low * 10_u64.pow(high.checked_ilog10().unwrap_or(0) + 1) + high;
    /// let append = OwnOperation::associative(append);
    /// let (mine, mut result) = (world.rank() as u64 + 1, 0);
    /// world.all_reduce_into(&mine, &mut result, &append);
    /// ```
    pub fn associative<T, F>(combine: F) -> Self
    where
        T: Equivalence + Copy,
        F: Fn(T, T) -> T + Copy,
    {
        let function = function(combine, apply::<T, F>);
        // SAFETY: `apply` is the function that `function` returns. It reads and writes as many
        // elements as MPI hands it, of the type that it has checked.
        Self(unsafe { UnsafeUserOperation::associative(function) })
    }

    /// An operation for which also `a ∘ b = b ∘ a`, so that MPI may combine in any order.
    ///
    /// Each pair of values is combined in both orders, to see whether the promise is kept; see
    /// [`take_broken_promise`].
    pub fn commutative<T, F>(combine: F) -> Self
    where
        T: Equivalence + Copy + PartialEq,
        F: Fn(T, T) -> T + Copy,
    {
        let function = function(combine, apply_either_way::<T, F>);
        // SAFETY: as in `associative`, with `apply_either_way`.
        Self(unsafe { UnsafeUserOperation::commutative(function) })
    }
}

type Function = unsafe extern "C" fn(*mut c_void, *mut c_void, *mut c_int, *mut MPI_Datatype);

/// The C function for `combine`, of which only the type is needed: it must capture nothing.
fn function<F: Copy>(_combine: F, function: Function) -> Function {
    const {
        assert!(
            size_of::<F>() == 0,
            "an operation must not capture variables: MPI passes only the values to combine"
        );
    }
    function
}

/// The value of an operation's type that was given to [`function`].
///
/// # Safety
/// A value of `F` must have been given to [`function`].
unsafe fn captures_nothing<F: Copy>() -> F {
    // SAFETY: F has no size, which `function` has asserted, and is Copy, and one value of it existed
    // there; a dangling pointer is valid for reading nothing.
    unsafe { NonNull::<F>::dangling().read() }
}

/// What MPI calls: `inout[i] = combine(input[i], inout[i])`.
///
/// # Safety
/// `input` and `inout` must each hold `*length` elements of `*datatype`, as MPI promises, and a value
/// of `F` must have been given to [`function`].
unsafe extern "C" fn apply<T, F>(
    input: *mut c_void,
    inout: *mut c_void,
    length: *mut c_int,
    datatype: *mut MPI_Datatype,
) where
    T: Equivalence + Copy,
    F: Fn(T, T) -> T + Copy,
{
    // SAFETY: the caller promises both.
    unsafe { apply_with(captures_nothing::<F>(), input, inout, length, datatype) }
}

/// The same for an operation that was promised to be commutative: it looks whether that holds.
///
/// # Safety
/// As for [`apply`].
unsafe extern "C" fn apply_either_way<T, F>(
    input: *mut c_void,
    inout: *mut c_void,
    length: *mut c_int,
    datatype: *mut MPI_Datatype,
) where
    T: Equivalence + Copy + PartialEq,
    F: Fn(T, T) -> T + Copy,
{
    // SAFETY: the caller promises it.
    let combine = unsafe { captures_nothing::<F>() };
    let either_way = |one, other| {
        let (combined, swapped) = (combine(one, other), combine(other, one));
        if is_other(combined, swapped) {
            BROKEN_PROMISE.store(true, Ordering::Release);
        }
        combined
    };
    // SAFETY: the caller promises it.
    unsafe { apply_with(either_way, input, inout, length, datatype) }
}

/// Whether two values differ. One that does not equal itself, such as NaN, tells nothing.
#[allow(clippy::eq_op, reason = "NaN does not equal itself")]
fn is_other<T: Copy + PartialEq>(one: T, other: T) -> bool {
    one != other && one == one && other == other
}

/// Combines element by element. A panic in here ends the process, since it cannot unwind through MPI.
///
/// # Safety
/// `input` and `inout` must each hold `*length` elements of `*datatype`, as MPI promises.
unsafe fn apply_with<T: Equivalence + Copy>(
    combine: impl Fn(T, T) -> T,
    input: *mut c_void,
    inout: *mut c_void,
    length: *mut c_int,
    datatype: *mut MPI_Datatype,
) {
    // SAFETY: MPI hands over valid pointers to the length and the datatype.
    let (length, datatype) = unsafe { (*length, *datatype) };
    assert!(
        extent(datatype) == size_of::<T>() as MPI_Aint,
        "the operation is for another type than the elements of the buffers: make it for their type"
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

#[cfg(test)]
mod tests {
    use super::is_other;

    #[test]
    fn nan_breaks_no_promise() {
        assert!(is_other(1.0, 2.0));
        assert!(!is_other(1.0, 1.0));
        assert!(!is_other(f64::NAN, f64::NAN));
    }
}

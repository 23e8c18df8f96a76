//! What a datatype describes: where it reaches, and which basic types lie where (MPI standard 4.1,
//! sections 5.1.7, 5.1.8 and 5.1.13). For the checks of [`crate::datatype`].
//!
//! It asks MPI by the names that begin with `PMPI`: tools that watch a program's calls see nothing of
//! it, since the program has not asked.

// Datatypes are taken apart by C functions.
#![allow(unsafe_code)]

use mpi::{
    Address, Count,
    ffi::{self, MPI_Datatype},
};
use std::{ffi::c_int, ops::Range, sync::OnceLock};

/// What a datatype describes in a slice.
///
/// The distances are computed here rather than asked for: MPI computes with 64 bits, in which a stride that
/// is far too long may come round to where it looks harmless.
#[derive(Clone)]
pub(crate) struct Contents {
    /// Of the slice's elements, in bytes.
    size: i64,
    /// The bytes from the first to the last that are described, counted from the start of the slice.
    span: Option<Range<i128>>,
    /// The basic types, and at which offsets in bytes they lie, modulo `size`: so many columns of so many
    /// rows are no more than one element.
    found: Vec<(i64, MPI_Datatype)>,
    /// Whether there was something that cannot be taken apart.
    unknown: bool,
}

impl Contents {
    /// Takes `count` of `datatype` apart, for a slice with elements of `size` bytes.
    pub(crate) fn of(count: Count, datatype: MPI_Datatype, size: usize) -> Self {
        let mut contents = Self::empty(i64::try_from(size).expect("an element fits into memory"));
        let one = Self::of_one(datatype, contents.size);
        contents.add(&one.repeated(count.into(), extent(datatype).into()), 0);
        contents
    }

    /// The bytes from the first to the last; none when nothing is described.
    pub(crate) fn span(&self) -> Option<Range<i128>> {
        self.span.clone()
    }

    fn empty(size: i64) -> Self {
        Self {
            size: size.max(1),
            span: None,
            found: Vec::new(),
            unknown: false,
        }
    }

    /// Whether `allowed` has all of this.
    pub(crate) fn lie_in(&self, allowed: &Self) -> bool {
        !self.unknown && self.found.iter().all(|found| allowed.found.contains(found))
    }

    /// What is not allowed, in words.
    pub(crate) fn difference(&self, allowed: &Self) -> String {
        if self.unknown {
            return "it was made by a constructor that this crate does not know".into();
        }
        let Some((offset, basic)) = self
            .found
            .iter()
            .find(|found| !allowed.found.contains(found))
        else {
            return "nothing".into();
        };
        let size = self.size;
        match allowed.found.iter().any(|(_, known)| known == basic) {
            true => format!(
                "part of it begins {offset} bytes after the start of an element of {size} bytes. Look at \
                 strides, displacements and extents: some are in bytes, others in elements"
            ),
            false => "it contains another basic type".into(),
        }
    }

    /// Adds what `other` has, so many bytes further on.
    fn add(&mut self, other: &Self, offset: i128) {
        self.unknown |= other.unknown;
        self.cover(other, offset);
        for (at, basic) in &other.found {
            let at = (i128::from(*at) + offset).rem_euclid(self.size.into());
            let found = (at as i64, *basic);
            if !self.found.contains(&found) {
                self.found.push(found);
            }
        }
    }

    /// Makes the span reach over that of `other`, so many bytes further on.
    fn cover(&mut self, other: &Self, offset: i128) {
        let Some(added) = &other.span else { return };
        let (start, end) = (added.start + offset, added.end + offset);
        self.span = Some(match &self.span {
            Some(span) => span.start.min(start)..span.end.max(end),
            None => start..end,
        });
    }

    /// The same `count` times, each so many bytes after the one before it.
    fn repeated(&self, count: i64, stride: i128) -> Self {
        let mut all = Self::empty(self.size);
        // The offsets come round after as many steps as an element has bytes, at most.
        for step in 0..count.min(self.size) {
            let offset = i128::from(step) * stride;
            if step > 0 && offset % i128::from(self.size) == 0 {
                break;
            }
            all.add(self, offset);
        }
        if count > 0 {
            all.cover(self, i128::from(count - 1) * stride);
        }
        all
    }

    fn of_one(datatype: MPI_Datatype, size: i64) -> Self {
        let Some(made) = Made::of(datatype) else {
            return Self {
                span: Some(0..extent(datatype).into()),
                found: vec![(0, datatype)],
                ..Self::empty(size)
            };
        };
        let mut contents = Self::empty(size);
        let inner: Vec<(Self, i128)> = made
            .datatypes
            .iter()
            .map(|inner| (Self::of_one(*inner, size), extent(*inner).into()))
            .collect();
        let (integers, addresses) = (&made.integers[..], &made.addresses[..]);
        let count = integers.first().map_or(0, |count| i64::from(*count));
        let blocks = usize::try_from(count).unwrap_or(0);
        let Some((first, extent)) = inner.first() else {
            contents.unknown = true;
            return contents;
        };
        // So many of the inner datatype, one behind the other.
        let block = |length: c_int| first.repeated(length.into(), *extent);
        match made.constructor {
            Constructor::Duplicate | Constructor::Resized => contents.add(first, 0),
            Constructor::Contiguous => contents.add(&first.repeated(count, *extent), 0),
            Constructor::Vector => {
                let stride = i128::from(integers[2]) * extent;
                contents.add(&block(integers[1]).repeated(count, stride), 0);
            }
            Constructor::BytesVector => {
                contents.add(&block(integers[1]).repeated(count, addresses[0].into()), 0);
            }
            Constructor::Indexed => {
                let (lengths, displacements) = integers[1..].split_at(blocks);
                for (length, displacement) in lengths.iter().zip(displacements) {
                    contents.add(&block(*length), i128::from(*displacement) * extent);
                }
            }
            Constructor::BytesIndexed => {
                for (length, displacement) in integers[1..].iter().zip(addresses) {
                    contents.add(&block(*length), (*displacement).into());
                }
            }
            Constructor::IndexedBlock => {
                let block = block(integers[1]);
                for displacement in &integers[2..] {
                    contents.add(&block, i128::from(*displacement) * extent);
                }
            }
            Constructor::BytesIndexedBlock => {
                let block = block(integers[1]);
                for displacement in addresses {
                    contents.add(&block, (*displacement).into());
                }
            }
            Constructor::Structure => {
                let parts = integers[1..].iter().zip(addresses).zip(&inner);
                for ((length, displacement), (part, extent)) in parts {
                    let part = part.repeated((*length).into(), *extent);
                    contents.add(&part, (*displacement).into());
                }
            }
            // Lines of the last dimension, planes of lines, and so on.
            Constructor::Subarray => {
                let mut part = first.clone();
                let mut length = *extent;
                for dimension in (0..blocks).rev() {
                    let number = |list: usize| integers[1 + list * blocks + dimension];
                    let (whole, block, start) = (number(0), number(1), number(2));
                    let mut line = Self::empty(size);
                    let parts = part.repeated(block.into(), length);
                    line.add(&parts, i128::from(start) * length);
                    part = line;
                    length *= i128::from(whole);
                }
                contents.add(&part, 0);
                contents.unknown |= integers[1 + 3 * blocks] != ffi::MPI_ORDER_C as c_int;
            }
            Constructor::Unknown => contents.unknown = true,
        }
        contents
    }
}

/// The distance from one datatype to the next, in bytes.
pub(crate) fn extent(datatype: MPI_Datatype) -> i64 {
    let (mut lower, mut extent) = (0, 0);
    // SAFETY: both results outlive the call, and the handle is that of a live datatype.
    unsafe { ffi::PMPI_Type_get_extent(datatype, &raw mut lower, &raw mut extent) };
    bytes(extent)
}

/// A distance in bytes; the MPIs have different types for one, of the same size.
#[allow(clippy::unnecessary_cast, reason = "one of them has this type")]
fn bytes(distance: Address) -> i64 {
    distance as i64
}

/// How a datatype was made.
#[derive(Clone, Copy, PartialEq)]
enum Constructor {
    Duplicate,
    Contiguous,
    Vector,
    BytesVector,
    Indexed,
    BytesIndexed,
    IndexedBlock,
    BytesIndexedBlock,
    Structure,
    Subarray,
    Resized,
    Unknown,
}

/// The arguments that a datatype was made with.
struct Made {
    constructor: Constructor,
    integers: Vec<c_int>,
    addresses: Vec<i64>,
    /// Handles of this struct's own, for all that are not basic.
    datatypes: Vec<MPI_Datatype>,
}

impl Made {
    /// How a datatype was made; none for a basic one.
    fn of(datatype: MPI_Datatype) -> Option<Self> {
        let (integers, addresses, datatypes, combiner) = envelope(datatype);
        if combiner == basic() {
            return None;
        }
        let length = |count: c_int| usize::try_from(count).unwrap_or(0);
        // SAFETY: a constant, which MPI's library brings along.
        let none = unsafe { ffi::RSMPI_DATATYPE_NULL };
        let mut displacements: Vec<Address> = vec![0; length(addresses)];
        let mut made = Self {
            constructor: constructor(combiner),
            integers: vec![0; length(integers)],
            addresses: Vec::new(),
            datatypes: vec![none; length(datatypes)],
        };
        // SAFETY: the datatype is live and not basic, and the three have the lengths that are said.
        unsafe {
            ffi::PMPI_Type_get_contents(
                datatype,
                integers,
                addresses,
                datatypes,
                made.integers.as_mut_ptr(),
                displacements.as_mut_ptr(),
                made.datatypes.as_mut_ptr(),
            );
        }
        made.addresses = displacements.into_iter().map(bytes).collect();
        Some(made)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for datatype in &mut self.datatypes {
            if envelope(*datatype).3 != basic() {
                // SAFETY: MPI has handed over the handle to be freed here, as it is not that of a basic
                // datatype, and it is used no more.
                unsafe { ffi::PMPI_Type_free(datatype) };
            }
        }
    }
}

/// How many integers, addresses and datatypes a datatype was made with, and the constant that MPI has
/// for its constructor.
fn envelope(datatype: MPI_Datatype) -> (c_int, c_int, c_int, c_int) {
    let (mut integers, mut addresses, mut datatypes, mut combiner) = (0, 0, 0, 0);
    // SAFETY: the results outlive the call, and the handle is that of a live datatype.
    unsafe {
        ffi::PMPI_Type_get_envelope(
            datatype,
            &raw mut integers,
            &raw mut addresses,
            &raw mut datatypes,
            &raw mut combiner,
        )
    };
    (integers, addresses, datatypes, combiner)
}

/// The constant `MPI_COMBINER_NAMED`.
fn basic() -> c_int {
    static BASIC: OnceLock<c_int> = OnceLock::new();
    // SAFETY: a constant, which MPI's library brings along.
    *BASIC.get_or_init(|| envelope(unsafe { ffi::RSMPI_DOUBLE }).3)
}

/// The constructor that one of MPI's constants stands for.
///
/// The bindings have these constants under names that differ from one MPI to the next, and some not at
/// all. So one datatype of each kind is made and asked.
fn constructor(combiner: c_int) -> Constructor {
    static KNOWN: OnceLock<[(c_int, Constructor); 11]> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        // SAFETY: a constant, which MPI's library brings along.
        let byte = unsafe { ffi::RSMPI_UINT8_T };
        let (one, zero, start): (&c_int, &c_int, &Address) = (&1, &0, &0);
        // SAFETY: wherever one of these functions takes an array, its length is said to be 1, and what
        // is given is one constant. The handle that it is to write has room.
        unsafe {
            use Constructor as C;
            let ask = |make: &dyn Fn(*mut MPI_Datatype) -> c_int| combiner_of(make);
            [
                (ask(&|made| ffi::PMPI_Type_dup(byte, made)), C::Duplicate),
                (
                    ask(&|made| ffi::PMPI_Type_contiguous(1, byte, made)),
                    C::Contiguous,
                ),
                (
                    ask(&|made| ffi::PMPI_Type_vector(1, 1, 1, byte, made)),
                    C::Vector,
                ),
                (
                    ask(&|made| ffi::PMPI_Type_create_hvector(1, 1, 1, byte, made)),
                    C::BytesVector,
                ),
                (
                    ask(&|made| ffi::PMPI_Type_indexed(1, one, zero, byte, made)),
                    C::Indexed,
                ),
                (
                    ask(&|made| ffi::PMPI_Type_create_hindexed(1, one, start, byte, made)),
                    C::BytesIndexed,
                ),
                (
                    ask(&|made| ffi::PMPI_Type_create_indexed_block(1, 1, zero, byte, made)),
                    C::IndexedBlock,
                ),
                (
                    ask(&|made| ffi::PMPI_Type_create_hindexed_block(1, 1, start, byte, made)),
                    C::BytesIndexedBlock,
                ),
                (
                    ask(&|made| ffi::PMPI_Type_create_struct(1, one, start, &raw const byte, made)),
                    C::Structure,
                ),
                (
                    ask(&|made| {
                        let order = ffi::MPI_ORDER_C as c_int;
                        ffi::PMPI_Type_create_subarray(1, one, one, zero, order, byte, made)
                    }),
                    C::Subarray,
                ),
                (
                    ask(&|made| ffi::PMPI_Type_create_resized(byte, 0, 2, made)),
                    C::Resized,
                ),
            ]
        }
    });
    let found = known.iter().find(|(constant, _)| *constant == combiner);
    found.map_or(Constructor::Unknown, |(_, constructor)| *constructor)
}

/// The constant of the constructor that `make` uses.
///
/// # Safety
/// `make` must leave a new datatype in its argument, and hand it to nobody else.
unsafe fn combiner_of(make: &dyn Fn(*mut MPI_Datatype) -> c_int) -> c_int {
    // SAFETY: a constant, which MPI's library brings along.
    let mut made = unsafe { ffi::RSMPI_DATATYPE_NULL };
    make(&raw mut made);
    let (.., combiner) = envelope(made);
    // SAFETY: the datatype is new, as the caller promises, and used no more.
    unsafe { ffi::PMPI_Type_free(&raw mut made) };
    combiner
}

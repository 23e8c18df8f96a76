//! What a datatype consists of (MPI standard 4.1, sections 3.3.1 and 5.1.13): decoded once, and
//! turned into a number that is equal for equal sequences of basic types, however they are grouped.

use crate::{
    abi::{Combiner, Handle},
    library::abi,
    mixed::mixed,
    mpi::mpi,
};
use recording::event::Basic;
use std::ffi::{c_int, c_void};

/// A datatype, decoded.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// Its name, or the function that made it.
    pub name: String,
    /// Bytes in one element.
    pub size: u64,
    /// Bytes from one to the next.
    pub extent: i64,
    /// Where the first of its bytes lies, from the buffer on.
    pub lower: i64,
    /// Whether the bytes lie together, at the beginning.
    pub contiguous: bool,
    /// Whether they lie there in the order in which they are sent, as far as that is known.
    pub in_order: bool,
    /// What it consists of, run by run; empty if it is not known.
    pub runs: Vec<(u32, Basic)>,
    /// Where they lie; empty if it is not known.
    pub layout: Vec<Piece>,
}

/// A run in an element: how many bytes behind its address, how many, of what.
type Piece = (i64, u32, Basic);

/// More pieces than this are not kept: where they lie counts as unknown.
const MOST_PIECES: usize = 1024;

/// More runs than this are not kept: the type counts as unknown.
const MOST_RUNS: usize = 4096;
/// Types made of types, so deep at most.
const DEEPEST: usize = 32;

/// Asks MPI what a datatype is.
pub fn decode(handle: Handle) -> Decoded {
    let (mut size, mut lower, mut extent): (c_int, isize, isize) = (0, 0, 0);
    let (mut true_lower, mut true_extent): (isize, isize) = (0, 0);
    // SAFETY: the results outlive the calls. MPI refuses what is no datatype.
    unsafe {
        mpi!(PMPI_Type_size(handle => Handle, &raw mut size => *mut c_int));
        mpi!(PMPI_Type_get_extent(
            handle => Handle,
            &raw mut lower => *mut isize,
            &raw mut extent => *mut isize,
        ));
        mpi!(PMPI_Type_get_true_extent(
            handle => Handle,
            &raw mut true_lower => *mut isize,
            &raw mut true_extent => *mut isize,
        ));
    }
    let size = u64::try_from(size).unwrap_or(0);
    let together = true_extent as u64 == size && true_lower == 0 && extent as u64 == size;
    let mut runs = Vec::new();
    let mut layout = None;
    let name = match walk(handle, &mut runs, &mut layout, 0) {
        Some(name) => name,
        None => {
            layout = None;
            runs.clear();
            "datatype".to_owned()
        }
    };
    Decoded {
        name,
        size,
        extent: extent as i64,
        lower: true_lower as i64,
        contiguous: together,
        in_order: are_in_order(&runs, layout.as_deref()),
        runs,
        layout: layout.unwrap_or_default(),
    }
}

/// Whether each piece lies behind the one before. Where they lie is not known of types with many pieces: so a type
/// with as many numbers may have any order.
fn are_in_order(runs: &[(u32, Basic)], layout: Option<&[Piece]>) -> bool {
    match layout {
        Some(pieces) => pieces.is_sorted_by_key(|(at, ..)| *at),
        None => runs.iter().map(|(times, _)| *times as usize).sum::<usize>() <= MOST_PIECES,
    }
}

fn push(runs: &mut Vec<(u32, Basic)>, times: u32, basic: Basic) -> Option<()> {
    if times == 0 {
        return Some(());
    }
    if let Some((before, last)) = runs.last_mut()
        && *last == basic
        && let Some(sum) = before.checked_add(times)
    {
        *before = sum;
        return Some(());
    }
    runs.push((times, basic));
    (runs.len() <= MOST_RUNS).then_some(())
}

fn repeat(runs: &mut Vec<(u32, Basic)>, times: i64, part: &[(u32, Basic)]) -> Option<()> {
    if let [(length, basic)] = part {
        let total = times.checked_mul(i64::from(*length))?;
        return push(runs, u32::try_from(total).ok()?, *basic);
    }
    for _ in 0..if part.is_empty() { 0 } else { times } {
        for (length, basic) in part {
            push(runs, *length, *basic)?;
        }
    }
    Some(())
}

/// Of how many datatypes a datatype was made directly.
pub fn datatypes_in(handle: Handle) -> i64 {
    let (mut one, mut two, mut types, mut combiner): (c_int, c_int, c_int, c_int) = (0, 0, 0, 0);
    // SAFETY: the results outlive the call.
    let code = unsafe {
        mpi!(PMPI_Type_get_envelope(
            handle => Handle,
            &raw mut one => *mut c_int,
            &raw mut two => *mut c_int,
            &raw mut types => *mut c_int,
            &raw mut combiner => *mut c_int,
        ))
    };
    if code == 0 { types.into() } else { 0 }
}

/// Adds what one element of a type consists of; returns its name. None if it cannot be told.
fn walk(
    handle: Handle,
    runs: &mut Vec<(u32, Basic)>,
    layout: &mut Option<Vec<Piece>>,
    depth: usize,
) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    let abi = abi();
    let (mut integers, mut addresses, mut types, mut combiner): (c_int, c_int, c_int, c_int) =
        (0, 0, 0, 0);
    // SAFETY: the results outlive the call.
    let code = unsafe {
        mpi!(PMPI_Type_get_envelope(
            handle => Handle,
            &raw mut integers => *mut c_int,
            &raw mut addresses => *mut c_int,
            &raw mut types => *mut c_int,
            &raw mut combiner => *mut c_int,
        ))
    };
    let combiner = abi.combiner(combiner)?;
    if code != 0 {
        return None;
    }
    if combiner == Combiner::Named {
        let name = named(handle, runs);
        // Of those with several parts nobody says where they lie.
        *layout = match runs[..] {
            [(1, basic)] => Some(vec![(0, 1, basic)]),
            _ => None,
        };
        return name;
    }
    let mut i = vec![0 as c_int; usize::try_from(integers).ok()?];
    let mut a = vec![0isize; usize::try_from(addresses).ok()?];
    // Narrow handles fill half of it.
    let mut t = vec![0usize; usize::try_from(types).ok()?];
    // SAFETY: the arrays have the lengths that MPI has named.
    let code = unsafe {
        mpi!(PMPI_Type_get_contents(
            handle => Handle,
            integers => c_int,
            addresses => c_int,
            types => c_int,
            i.as_mut_ptr() => *mut c_int,
            a.as_mut_ptr() => *mut isize,
            t.as_mut_ptr().cast() => *mut c_void,
        ))
    };
    if code != 0 {
        return None;
    }
    // SAFETY: MPI has filled the array with as many handles.
    let inner: Vec<Handle> = (0..t.len())
        .map(|at| unsafe { abi.read(t.as_ptr().cast(), at) })
        .collect();
    let mut parts: Vec<Vec<(u32, Basic)>> = Vec::new();
    let mut laid: Option<Vec<Laid>> = Some(Vec::new());
    let mut whole = true;
    for inner in &inner {
        let (mut part, mut pieces) = (Vec::new(), None);
        whole &= walk(*inner, &mut part, &mut pieces, depth + 1).is_some();
        parts.push(part);
        match (&mut laid, pieces) {
            (Some(laid), Some(pieces)) => laid.push(Laid {
                pieces,
                extent: extent(*inner),
            }),
            _ => laid = None,
        }
        release(*inner);
    }
    if !whole {
        return None;
    }
    *layout = laid.and_then(|laid| lay(combiner, &i, &a, &laid));
    let first: &[(u32, Basic)] = parts.first().map_or(&[], Vec::as_slice);
    let int = |at: usize| i.get(at).map(|value| i64::from(*value));
    let sum = |from: usize, count: i64| -> Option<i64> {
        let count = usize::try_from(count).ok()?;
        Some(
            i.get(from..from + count)?
                .iter()
                .map(|length| i64::from(*length))
                .sum(),
        )
    };
    let name = match combiner {
        Combiner::Named => return None,
        Combiner::Dup => {
            repeat(runs, 1, first)?;
            "MPI_Type_dup"
        }
        Combiner::Resized => {
            repeat(runs, 1, first)?;
            "MPI_Type_create_resized"
        }
        Combiner::Contiguous => {
            repeat(runs, int(0)?, first)?;
            "MPI_Type_contiguous"
        }
        Combiner::Vector => {
            repeat(runs, int(0)?.checked_mul(int(1)?)?, first)?;
            "MPI_Type_vector"
        }
        Combiner::Hvector => {
            repeat(runs, int(0)?.checked_mul(int(1)?)?, first)?;
            "MPI_Type_create_hvector"
        }
        Combiner::Indexed => {
            repeat(runs, sum(1, int(0)?)?, first)?;
            "MPI_Type_indexed"
        }
        Combiner::Hindexed => {
            repeat(runs, sum(1, int(0)?)?, first)?;
            "MPI_Type_create_hindexed"
        }
        Combiner::IndexedBlock => {
            repeat(runs, int(0)?.checked_mul(int(1)?)?, first)?;
            "MPI_Type_create_indexed_block"
        }
        Combiner::HindexedBlock => {
            repeat(runs, int(0)?.checked_mul(int(1)?)?, first)?;
            "MPI_Type_create_hindexed_block"
        }
        Combiner::Struct => {
            for (at, part) in parts.iter().enumerate() {
                repeat(runs, int(1 + at)?, part)?;
            }
            "MPI_Type_create_struct"
        }
        Combiner::Subarray => {
            // The numbers of dimensions, then sizes, then the sizes of the part.
            let dimensions = usize::try_from(int(0)?).ok()?;
            let sizes = i.get(1 + dimensions..1 + 2 * dimensions)?;
            let product = sizes
                .iter()
                .try_fold(1i64, |all, size| all.checked_mul(i64::from(*size)))?;
            repeat(runs, product, first)?;
            "MPI_Type_create_subarray"
        }
        Combiner::Darray => {
            // What falls to a process follows from the size alone: it is of one type.
            let [(_, basic)] = first else { return None };
            let mut size: c_int = 0;
            let mut one: c_int = 0;
            // SAFETY: the results outlive the calls.
            unsafe {
                mpi!(PMPI_Type_size(handle => Handle, &raw mut size => *mut c_int));
                mpi!(PMPI_Type_size(*inner.first()? => Handle, &raw mut one => *mut c_int));
            }
            if one <= 0 {
                return None;
            }
            let times = i64::from(size / one);
            let _ = basic;
            repeat(runs, times, first)?;
            "MPI_Type_create_darray"
        }
        Combiner::F90Real => {
            push(runs, 1, Basic::Float(size_of_type(handle)?))?;
            "MPI_Type_create_f90_real"
        }
        Combiner::F90Complex => {
            push(runs, 1, Basic::Complex(size_of_type(handle)?))?;
            "MPI_Type_create_f90_complex"
        }
        Combiner::F90Integer => {
            push(runs, 1, Basic::Signed(size_of_type(handle)?))?;
            "MPI_Type_create_f90_integer"
        }
    };
    Some(name.to_owned())
}

/// A type that another is made of.
struct Laid {
    pieces: Vec<Piece>,
    extent: i64,
}

/// Where the parts of a derived type lie, by what it was made from. None if that is not known.
fn lay(combiner: Combiner, i: &[c_int], a: &[isize], parts: &[Laid]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let first = parts.first()?;
    let int = |at: usize| i.get(at).map(|value| i64::from(*value));
    let address = |at: usize| a.get(at).map(|value| *value as i64);
    // How many blocks; of one and the same type but for structs.
    let count = usize::try_from(int(0).unwrap_or(0)).ok()?;
    let extent = first.extent;
    match combiner {
        Combiner::Dup | Combiner::Resized => place(&mut pieces, 0, 1, first)?,
        Combiner::Contiguous => place(&mut pieces, 0, int(0)?, first)?,
        Combiner::Vector => {
            let stride = int(2)?.checked_mul(extent)?;
            for block in 0..int(0)? {
                place(&mut pieces, block.checked_mul(stride)?, int(1)?, first)?;
            }
        }
        Combiner::Hvector => {
            for block in 0..int(0)? {
                place(&mut pieces, block.checked_mul(address(0)?)?, int(1)?, first)?;
            }
        }
        Combiner::Indexed => {
            for block in 0..count {
                let at = int(1 + count + block)?.checked_mul(extent)?;
                place(&mut pieces, at, int(1 + block)?, first)?;
            }
        }
        Combiner::Hindexed => {
            for block in 0..count {
                place(&mut pieces, address(block)?, int(1 + block)?, first)?;
            }
        }
        Combiner::IndexedBlock => {
            for block in 0..count {
                let at = int(2 + block)?.checked_mul(extent)?;
                place(&mut pieces, at, int(1)?, first)?;
            }
        }
        Combiner::HindexedBlock => {
            for block in 0..count {
                place(&mut pieces, address(block)?, int(1)?, first)?;
            }
        }
        Combiner::Struct => {
            for block in 0..count {
                place(
                    &mut pieces,
                    address(block)?,
                    int(1 + block)?,
                    parts.get(block)?,
                )?;
            }
        }
        _ => return None,
    }
    Some(pieces)
}

/// Adds so many elements of a type, one after the other.
fn place(pieces: &mut Vec<Piece>, at: i64, times: i64, part: &Laid) -> Option<()> {
    if let [(offset, length, basic)] = part.pieces[..]
        && i64::try_from(basic.width()?)
            .ok()?
            .checked_mul(length.into())?
            == part.extent
    {
        let length = i64::from(length).checked_mul(times)?;
        return add_piece(
            pieces,
            (at.checked_add(offset)?, u32::try_from(length).ok()?, basic),
        );
    }
    for nth in 0..if part.pieces.is_empty() { 0 } else { times } {
        let at = nth.checked_mul(part.extent)?.checked_add(at)?;
        for (offset, length, basic) in &part.pieces {
            add_piece(pieces, (at.checked_add(*offset)?, *length, *basic))?;
        }
    }
    Some(())
}

fn add_piece(pieces: &mut Vec<Piece>, (at, times, basic): Piece) -> Option<()> {
    if times == 0 {
        return Some(());
    }
    let width = i64::try_from(basic.width()?).ok()?;
    if let Some((offset, before, last)) = pieces.last_mut()
        && *last == basic
        && *offset + i64::from(*before) * width == at
        && let Some(sum) = before.checked_add(times)
    {
        *before = sum;
        return Some(());
    }
    pieces.push((at, times, basic));
    (pieces.len() <= MOST_PIECES).then_some(())
}

/// Bytes from one element of a type to the next.
fn extent(handle: Handle) -> i64 {
    let (mut lower, mut extent): (isize, isize) = (0, 0);
    // SAFETY: the results outlive the call.
    unsafe {
        mpi!(PMPI_Type_get_extent(
            handle => Handle,
            &raw mut lower => *mut isize,
            &raw mut extent => *mut isize,
        ));
    }
    extent as i64
}

fn size_of_type(handle: Handle) -> Option<u8> {
    let mut size: c_int = 0;
    // SAFETY: the result outlives the call.
    unsafe { mpi!(PMPI_Type_size(handle => Handle, &raw mut size => *mut c_int)) };
    u8::try_from(size).ok()
}

/// Gives back a handle of `MPI_Type_get_contents`; predefined types must not be.
fn release(handle: Handle) {
    let abi = abi();
    let (mut one, mut two, mut three, mut combiner): (c_int, c_int, c_int, c_int) = (0, 0, 0, 0);
    // SAFETY: the results outlive the call.
    unsafe {
        mpi!(PMPI_Type_get_envelope(
            handle => Handle,
            &raw mut one => *mut c_int,
            &raw mut two => *mut c_int,
            &raw mut three => *mut c_int,
            &raw mut combiner => *mut c_int,
        ));
    }
    let keep = [
        Combiner::Named,
        Combiner::F90Real,
        Combiner::F90Complex,
        Combiner::F90Integer,
    ];
    if abi
        .combiner(combiner)
        .is_none_or(|combiner| keep.contains(&combiner))
    {
        return;
    }
    let mut slot = handle;
    // SAFETY: the handle is one that `MPI_Type_get_contents` has made for this call; the slot is as
    // wide as the widest handle.
    unsafe { mpi!(PMPI_Type_free((&raw mut slot).cast() => *mut c_void)) };
}

fn named(handle: Handle, runs: &mut Vec<(u32, Basic)>) -> Option<String> {
    // As long as any of the interfaces asks for.
    let mut text = [0u8; 256];
    let mut length: c_int = 0;
    // SAFETY: the buffer is as long as MPI may ask; both outlive the call.
    unsafe {
        mpi!(PMPI_Type_get_name(
            handle => Handle,
            text.as_mut_ptr() => *mut u8,
            &raw mut length => *mut c_int,
        ));
    }
    let text = text.get(..usize::try_from(length).ok()?)?;
    let name = String::from_utf8_lossy(text).into_owned();
    let bytes = size_of_type(handle)?;
    for basic in basics(&name, bytes) {
        push(runs, 1, basic)?;
    }
    Some(name)
}

/// What a predefined type consists of, by its name.
fn basics(name: &str, bytes: u8) -> Vec<Basic> {
    let plain = name.strip_prefix("MPI_").unwrap_or(name);
    let int = size_of::<c_int>() as u8;
    let basic = match plain {
        "BYTE" => Basic::Byte,
        "PACKED" => Basic::Packed,
        "CHAR" | "CHARACTER" | "WCHAR" => Basic::Character(bytes),
        "C_BOOL" | "CXX_BOOL" | "LOGICAL" | "LOGICAL1" | "LOGICAL2" | "LOGICAL4" | "LOGICAL8"
        | "LOGICAL16" => Basic::Bool(bytes),
        "SIGNED_CHAR" | "SHORT" | "INT" | "LONG" | "LONG_LONG" | "LONG_LONG_INT" | "AINT"
        | "COUNT" | "OFFSET" => Basic::Signed(bytes),
        "FLOAT" | "DOUBLE" | "LONG_DOUBLE" | "REAL" | "DOUBLE_PRECISION" => Basic::Float(bytes),
        "FLOAT_INT" => return vec![Basic::Float(4), Basic::Signed(int)],
        "DOUBLE_INT" => return vec![Basic::Float(8), Basic::Signed(int)],
        "LONG_INT" => {
            return vec![
                Basic::Signed(size_of::<std::ffi::c_long>() as u8),
                Basic::Signed(int),
            ];
        }
        "SHORT_INT" => return vec![Basic::Signed(2), Basic::Signed(int)],
        "2INT" | "2INTEGER" => return vec![Basic::Signed(bytes / 2); 2],
        "2REAL" | "2DOUBLE_PRECISION" => return vec![Basic::Float(bytes / 2); 2],
        "LONG_DOUBLE_INT" => {
            return vec![Basic::Float(bytes.saturating_sub(int)), Basic::Signed(int)];
        }
        _ if plain.starts_with("UNSIGNED") || plain.starts_with("UINT") => Basic::Unsigned(bytes),
        _ if plain.starts_with("INT") => Basic::Signed(bytes),
        _ if plain.starts_with("REAL") => Basic::Float(bytes),
        _ if plain.contains("COMPLEX") => Basic::Complex(bytes),
        _ => {
            let number = name.bytes().fold(7u32, |sum, byte| {
                sum.wrapping_mul(31).wrapping_add(u32::from(byte))
            });
            Basic::Other(number)
        }
    };
    vec![basic]
}

/// A sequence of basic types as numbers: equal sequences have equal ones, however they came about.
///
/// It is a polynomial whose coefficients are the basic types: two sequences one after the other are
/// two multiplications and a sum, and a sequence many times takes as many steps as the number has
/// digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    sum: u64,
    /// The base to the power of the length.
    power: u64,
    /// Whether raw bytes or unknown types are in it, which may stand for any other.
    pub raw: bool,
}

const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

impl Signature {
    const EMPTY: Self = Self {
        sum: 0,
        power: 1,
        raw: false,
    };

    fn then(self, next: Self) -> Self {
        Self {
            sum: self.sum.wrapping_mul(next.power).wrapping_add(next.sum),
            power: self.power.wrapping_mul(next.power),
            raw: self.raw | next.raw,
        }
    }

    /// The sequence so many times.
    pub fn times(self, mut times: u64) -> Self {
        let (mut all, mut square) = (Self::EMPTY, self);
        while times > 0 {
            if times & 1 != 0 {
                all = all.then(square);
            }
            square = square.then(square);
            times >>= 1;
        }
        all
    }

    /// The number to compare.
    pub fn number(self) -> u64 {
        self.sum
    }

    /// Of one element of a type; none if it is not known.
    pub fn of(runs: &[(u32, Basic)]) -> Option<Self> {
        if runs.is_empty() {
            return None;
        }
        let one = |basic: Basic| {
            let (kind, number, raw) = match basic {
                Basic::Signed(bytes) => (1, u64::from(bytes), false),
                Basic::Unsigned(bytes) => (2, u64::from(bytes), false),
                Basic::Float(bytes) => (3, u64::from(bytes), false),
                Basic::Complex(bytes) => (4, u64::from(bytes), false),
                Basic::Bool(bytes) => (5, u64::from(bytes), false),
                Basic::Character(bytes) => (6, u64::from(bytes), false),
                Basic::Byte => (7, 0, true),
                Basic::Packed => (9, 0, true),
                Basic::Other(number) => (8, u64::from(number), true),
            };
            Self {
                sum: mixed([kind, number]),
                power: BASE,
                raw,
            }
        };
        Some(runs.iter().fold(Self::EMPTY, |all, (times, basic)| {
            all.then(one(*basic).times(u64::from(*times)))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grouping_does_not_matter() {
        let pair = [(1, Basic::Signed(4)), (1, Basic::Float(8))];
        let twice = [pair, pair].concat();
        let one = Signature::of(&pair).unwrap();
        assert_eq!(one.times(6), Signature::of(&twice).unwrap().times(3));
        assert_ne!(one.times(6), one.times(5));
        let ints = |count| Signature::of(&[(count, Basic::Signed(4))]).unwrap();
        assert_eq!(ints(6), ints(2).times(3));
        assert_eq!(ints(1).times(0), ints(5).times(0));
        assert_ne!(ints(2), Signature::of(&[(2, Basic::Float(4))]).unwrap());
        let swapped = [(1, Basic::Float(8)), (1, Basic::Signed(4))];
        assert_ne!(one, Signature::of(&swapped).unwrap());
    }

    #[test]
    fn pieces_may_lie_in_another_order() {
        let piece = |at| (at, 1, Basic::Signed(4));
        let numbers = |many| [(many, Basic::Signed(4))];
        assert!(are_in_order(&numbers(2), Some(&[piece(0), piece(8)])));
        assert!(!are_in_order(&numbers(2), Some(&[piece(4), piece(0)])));
        assert!(are_in_order(&numbers(2), None));
        assert!(!are_in_order(&numbers(2000), None));
    }

    #[test]
    fn the_parts_of_a_derived_type_have_their_places() {
        let laid = |pieces: &[Piece], extent| Laid {
            pieces: pieces.to_vec(),
            extent,
        };
        let int = || laid(&[(0, 1, Basic::Signed(4))], 4);
        let ints = |pieces: &[(i64, u32)]| {
            let piece = |(at, times): &(i64, u32)| (*at, *times, Basic::Signed(4));
            Some(pieces.iter().map(piece).collect::<Vec<_>>())
        };
        let of = |combiner, i: &[c_int], a: &[isize]| lay(combiner, i, a, &[int()]);
        assert_eq!(of(Combiner::Contiguous, &[5], &[]), ints(&[(0, 5)]));
        assert_eq!(of(Combiner::Contiguous, &[0], &[]), ints(&[]));
        // Three blocks of two, four apart; then so that they touch, and overlap.
        let vector = |stride| of(Combiner::Vector, &[3, 2, stride], &[]);
        assert_eq!(vector(4), ints(&[(0, 2), (16, 2), (32, 2)]));
        assert_eq!(vector(2), ints(&[(0, 6)]));
        assert_eq!(vector(1), ints(&[(0, 2), (4, 2), (8, 2)]));
        assert_eq!(
            of(Combiner::Hvector, &[2, 1], &[10]),
            ints(&[(0, 1), (10, 1)])
        );
        assert_eq!(
            of(Combiner::Indexed, &[2, 3, 1, 5, 0], &[]),
            ints(&[(20, 3), (0, 1)])
        );
        assert_eq!(
            of(Combiner::IndexedBlock, &[2, 2, 5, 0], &[]),
            ints(&[(20, 2), (0, 2)])
        );
        let parts = [laid(&[(0, 1, Basic::Character(1))], 1), int()];
        assert_eq!(
            lay(Combiner::Struct, &[2, 1, 2], &[0, 4], &parts),
            Some(vec![(0, 1, Basic::Character(1)), (4, 2, Basic::Signed(4))])
        );
        // With gaps between the elements, and with too many of them.
        let gap = [laid(&[(0, 1, Basic::Signed(4))], 12)];
        assert_eq!(
            lay(Combiner::Contiguous, &[2], &[], &gap),
            ints(&[(0, 1), (12, 1)])
        );
        assert_eq!(lay(Combiner::Contiguous, &[5000], &[], &gap), None);
        assert_eq!(of(Combiner::Subarray, &[1], &[]), None);
    }

    #[test]
    fn predefined_types_are_known_by_their_names() {
        assert_eq!(basics("MPI_INT", 4), [Basic::Signed(4)]);
        assert_eq!(basics("MPI_UINT64_T", 8), [Basic::Unsigned(8)]);
        assert_eq!(basics("MPI_INTEGER8", 8), [Basic::Signed(8)]);
        assert_eq!(basics("MPI_C_DOUBLE_COMPLEX", 16), [Basic::Complex(16)]);
        assert_eq!(
            basics("MPI_DOUBLE_INT", 12),
            [Basic::Float(8), Basic::Signed(4)]
        );
        assert!(matches!(basics("MPI_SOMETHING", 4)[..], [Basic::Other(_)]));
    }
}

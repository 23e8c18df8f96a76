//! Whether what one rank gives is what another takes: type signatures (MPI standard 4.1, sections
//! 3.3.1 and 5.1), compared as far as both are known.

use crate::slab::Map;
use recording::event::{Basic, Data, Datatype, Rank, TypeId};
use std::sync::Arc;

/// Runs that are compared before two types are held for equal: only types of thousands of blocks
/// that differ in their rhythm come so far.
const MOST_RUNS: usize = 1 << 16;

/// So many elements of a type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    kind: Option<u32>,
    count: u64,
}

/// The datatypes of all ranks; equal ones are kept once.
#[derive(Default)]
pub(crate) struct Types {
    known: Vec<Datatype>,
    /// Of each whether it overlaps itself.
    overlaps: Vec<Overlap>,
    numbers: Map<(Rank, TypeId), u32>,
}

/// How the parts of a type overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Overlap {
    /// The bytes that two parts of one element share.
    within: Option<u64>,
    /// How far the next element is that shares bytes with one, and how many.
    next: Option<(u64, u64)>,
}

impl Overlap {
    fn of(datatype: &Datatype) -> Self {
        // Farther elements are not looked at.
        const FARTHEST: u64 = 64;
        let range = |(offset, times, basic): &(i64, u32, Basic)| {
            let bytes = basic.width()?.checked_mul(u64::from(*times))?;
            Some((*offset, offset.checked_add(i64::try_from(bytes).ok()?)?))
        };
        let ranges: Option<Vec<(i64, i64)>> = datatype.layout.iter().map(range).collect();
        let mut ranges = ranges.unwrap_or_default();
        ranges.sort_unstable();
        let shared = |one: &[(i64, i64)]| {
            let pair = one.windows(2).find(|pair| pair[1].0 < pair[0].1)?;
            Some((pair[0].1.min(pair[1].1) - pair[1].0) as u64)
        };
        let (Some(first), Some(end)) = (ranges.first(), ranges.iter().map(|range| range.1).max())
        else {
            return Self::default();
        };
        let span = end.saturating_sub(first.0);
        let within = shared(&ranges);
        let next = (1..=FARTHEST)
            .map_while(|far| {
                let shift = datatype.extent.checked_mul(far as i64)?;
                (shift.checked_abs()? < span).then_some((far, shift))
            })
            .find_map(|(far, shift)| {
                let moved = ranges.iter().map(|(from, to)| (from + shift, to + shift));
                let mut both: Vec<_> = ranges.iter().copied().chain(moved).collect();
                both.sort_unstable();
                Some((far, shared(&both)?))
            });
        Self { within, next }
    }
}

/// How a message fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It does, or too little is known.
    Fits,
    /// It is longer than the room.
    Longer { sent: u64, room: u64 },
    /// The types differ.
    Differs {
        element: u64,
        sent: Basic,
        room: Basic,
    },
}

impl Types {
    pub fn define(&mut self, rank: Rank, id: TypeId, datatype: Datatype) {
        // Derived types are many in few programs only: looking at the last ones finds the twins that
        // other ranks define at the same time.
        let twin = self
            .known
            .iter()
            .rev()
            .take(256)
            .position(|known| *known == datatype);
        let number = match twin {
            Some(back) => self.known.len() - 1 - back,
            None => {
                self.overlaps.push(Overlap::of(&datatype));
                self.known.push(datatype);
                self.known.len() - 1
            }
        };
        self.numbers.insert((rank, id), number as u32);
    }

    pub fn shape(&self, rank: Rank, data: &Data) -> Shape {
        Shape {
            kind: data
                .datatype
                .and_then(|id| self.numbers.get(&(rank, id)).copied()),
            count: u64::try_from(data.count).unwrap_or(0),
        }
    }

    /// How many elements of which type.
    pub fn name(&self, shape: Shape) -> Option<(u64, Arc<str>)> {
        let kind = &self.known[shape.kind? as usize];
        Some((shape.count, Arc::clone(&kind.name)))
    }

    pub fn bytes(&self, shape: Shape) -> Option<u64> {
        if shape.count == 0 {
            return Some(0);
        }
        let kind = &self.known[shape.kind? as usize];
        kind.size.checked_mul(shape.count)
    }

    /// The addresses that a buffer covers without gaps; none where it may have some, or is empty.
    pub fn range(&self, rank: Rank, data: &Data) -> Option<(u64, u64)> {
        let shape = self.shape(rank, data);
        let kind = &self.known[shape.kind? as usize];
        let dense = i64::try_from(kind.size) == Ok(kind.extent)
            && kind.signature.len() == 1
            // A derived type may begin elsewhere than at the address that is named.
            && !kind.name.starts_with("MPI_Type_");
        let bytes = kind.size.checked_mul(shape.count)?;
        (dense && data.address != 0 && bytes > 0)
            .then(|| (data.address, data.address.saturating_add(bytes)))
    }

    /// A partition of a buffer, by its number and the first of them.
    pub fn partition(&self, rank: Rank, first: &Data, number: u32) -> Option<Data> {
        let shape = self.shape(rank, first);
        let extent = self.known[shape.kind? as usize].extent;
        let behind = extent
            .checked_mul(first.count)?
            .checked_mul(number.into())?;
        Some(Data {
            address: first.address.checked_add_signed(behind)?,
            ..first.clone()
        })
    }

    /// What one element of a type consists of.
    pub fn runs(&self, rank: Rank, id: TypeId) -> Option<&[(u32, Basic)]> {
        let number = self.numbers.get(&(rank, id))?;
        Some(&self.known[*number as usize].signature)
    }

    /// The addresses that elements cover from an address on, block by block; none where that is not known,
    /// or where there are too many blocks.
    pub fn blocks(&self, rank: Rank, data: &Data, address: u64) -> Vec<(u64, u64)> {
        /// More are not looked at.
        const MOST: u64 = 4096;
        let shape = self.shape(rank, data);
        let Some(kind) = shape.kind.map(|kind| &self.known[kind as usize]) else {
            return Vec::new();
        };
        let is_dense = i64::try_from(kind.size) == Ok(kind.extent);
        let is_named = !kind.name.starts_with("MPI_Type_");
        let mut block: Vec<(u64, u64)> = Vec::new();
        for (offset, times, basic) in kind.layout.iter() {
            let Some(width) = basic.width() else {
                return Vec::new();
            };
            let from = address.wrapping_add_signed(*offset);
            let to = from.wrapping_add(width * u64::from(*times));
            match block.last_mut() {
                Some((_, end)) if *end == from => *end = to,
                _ => block.push((from, to)),
            }
        }
        if block.is_empty() && is_named {
            block.push((address, address.wrapping_add(kind.size)));
        }
        let whole = match block[..] {
            [(from, to)] if is_dense && to.wrapping_sub(from) == kind.size => {
                kind.size.checked_mul(shape.count)
            }
            _ => None,
        };
        if let (Some(bytes), [(from, _)]) = (whole, &block[..]) {
            block = vec![(*from, from.wrapping_add(bytes))];
        } else if (block.len() as u64).saturating_mul(shape.count) > MOST {
            return Vec::new();
        } else {
            let elements = 0..shape.count as i64;
            let shifts = elements.map(|nth| nth.wrapping_mul(kind.extent));
            let moved = shifts.flat_map(|shift| {
                let block = block.iter();
                block.map(move |(from, to)| {
                    (
                        from.wrapping_add_signed(shift),
                        to.wrapping_add_signed(shift),
                    )
                })
            });
            block = moved.collect();
        }
        block.retain(|(from, to)| from < to);
        block
    }

    /// How far elements reach from the address that is named: the first byte and the one behind the last;
    /// none where that is not known, or nothing is touched.
    pub fn span(&self, rank: Rank, data: &Data) -> Option<(i128, i128)> {
        let shape = self.shape(rank, data);
        let kind = &self.known[shape.kind? as usize];
        let mut one: Option<(i128, i128)> = None;
        for (offset, times, basic) in kind.layout.iter() {
            let from = i128::from(*offset);
            let to = from + i128::from(basic.width()?) * i128::from(*times);
            let (first, end) = one.unwrap_or((from, to));
            one = Some((first.min(from), end.max(to)));
        }
        let is_named = !kind.name.starts_with("MPI_Type_");
        let (first, end) = one.or(is_named.then_some((0, i128::from(kind.size))))?;
        let last = i128::from(shape.count.checked_sub(1)?) * i128::from(kind.extent);
        (first < end).then_some((first + last.min(0), end + last.max(0)))
    }

    /// The bytes that two parts of a buffer share.
    pub fn overlap(&self, shape: Shape) -> Option<u64> {
        let Overlap { within, next } = self.overlaps[shape.kind? as usize];
        let next = next.filter(|(far, _)| *far < shape.count);
        within
            .or(next.map(|(_, bytes)| bytes))
            .filter(|_| shape.count > 0)
    }

    /// The first part of a struct that lies where no such value begins unless the struct is packed.
    pub fn misaligned(&self, rank: Rank, id: TypeId) -> Option<(i64, Basic)> {
        let kind = &self.known[*self.numbers.get(&(rank, id))? as usize];
        let mut parts = kind.layout.iter();
        let part = parts.find(|(offset, _, basic)| {
            let width = match basic {
                Basic::Complex(bytes) => u64::from(bytes / 2),
                basic => basic.width().unwrap_or(1),
            };
            width.is_power_of_two() && offset.rem_euclid(width as i64) != 0
        })?;
        (&*kind.name == "MPI_Type_create_struct").then_some((part.0, part.2))
    }

    /// Whether what was sent fits into the room. A shorter message does.
    pub fn fit(&self, sent: Shape, room: Shape) -> Fit {
        if let (Some(sent), Some(room)) = (self.bytes(sent), self.bytes(room))
            && sent > room
        {
            return Fit::Longer { sent, room };
        }
        self.differ(sent, room)
    }

    /// Whether two signatures are the same to the last element.
    pub fn same(&self, gives: Shape, takes: Shape) -> Fit {
        if let (Some(sent), Some(room)) = (self.bytes(gives), self.bytes(takes))
            && sent != room
        {
            return Fit::Longer { sent, room };
        }
        self.differ(gives, takes)
    }

    /// Whether one of two names raw bytes and the other a type.
    pub fn mixes_bytes(&self, one: Shape, other: Shape) -> bool {
        let first = |shape: Shape| {
            let kind = &self.known[shape.kind? as usize];
            Some(kind.signature.first()?.1)
        };
        match (first(one), first(other)) {
            (Some(one), Some(other)) => {
                one != other
                    && (one == Basic::Byte || other == Basic::Byte)
                    && one != Basic::Packed
                    && other != Basic::Packed
            }
            _ => false,
        }
    }

    fn differ(&self, sent: Shape, room: Shape) -> Fit {
        let (Some(a), Some(b)) = (sent.kind, room.kind) else {
            return Fit::Fits;
        };
        if a == b || sent.count == 0 || room.count == 0 {
            return Fit::Fits;
        }
        let (a, b) = (&self.known[a as usize], &self.known[b as usize]);
        if a.signature.is_empty() || b.signature.is_empty() {
            return Fit::Fits;
        }
        let mut left = Runs::new(a, sent.count);
        let mut right = Runs::new(b, room.count);
        let mut element = 0;
        // Raw bytes against a type are forgiven by most: something worse may follow.
        let mut found = Fit::Fits;
        for _ in 0..MOST_RUNS {
            let (Some((x, n)), Some((y, m))) = (left.now(), right.now()) else {
                return found;
            };
            let (Some(wide), Some(other)) = (x.width(), y.width()) else {
                // What is not known is not accused.
                if x == y || matches!((x, y), (Basic::Other(_), _) | (_, Basic::Other(_))) {
                    return found;
                }
                return Fit::Differs {
                    element,
                    sent: x,
                    room: y,
                };
            };
            let is_packed = matches!(x, Basic::Packed) || matches!(y, Basic::Packed);
            if x != y && !is_packed {
                let differs = Fit::Differs {
                    element,
                    sent: x,
                    room: y,
                };
                if x != Basic::Byte && y != Basic::Byte {
                    return differs;
                }
                if found == Fit::Fits {
                    found = differs;
                }
            }
            let bytes = (n * wide - left.into).min(m * other - right.into);
            element += bytes / wide;
            left.advance(bytes, wide);
            right.advance(bytes, other);
        }
        found
    }
}

/// The runs of several elements in a row. A type that is one run is one run altogether.
struct Runs<'a> {
    signature: &'a [(u32, Basic)],
    times: u64,
    run: usize,
    into: u64,
}

impl<'a> Runs<'a> {
    fn new(kind: &'a Datatype, times: u64) -> Self {
        Self {
            signature: &kind.signature,
            times,
            run: 0,
            into: 0,
        }
    }

    fn now(&self) -> Option<(Basic, u64)> {
        if self.times == 0 {
            return None;
        }
        let (count, basic) = self.signature[self.run];
        let whole = if self.signature.len() == 1 {
            self.times
        } else {
            1
        };
        Some((basic, u64::from(count).saturating_mul(whole)))
    }

    fn advance(&mut self, bytes: u64, width: u64) {
        self.into += bytes;
        let Some((_, count)) = self.now() else { return };
        if self.into < count.saturating_mul(width) {
            return;
        }
        self.into = 0;
        self.run += 1;
        if self.run == self.signature.len() {
            self.run = 0;
            self.times = if self.signature.len() == 1 {
                0
            } else {
                self.times - 1
            };
        }
    }
}

/// Whether a difference is one that most machines forgive: integers and characters of the same size, and
/// raw bytes in the place of whatever has as many.
pub(crate) fn forgivable(a: Basic, b: Basic) -> bool {
    let whole = |basic| match basic {
        Basic::Signed(bytes) | Basic::Unsigned(bytes) | Basic::Character(bytes) => Some(bytes),
        _ => None,
    };
    let is_raw = a == Basic::Byte || b == Basic::Byte;
    is_raw || (whole(a).is_some() && whole(a) == whole(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(kinds: &[(&str, &[(u32, Basic)])]) -> Types {
        let mut types = Types::default();
        for (index, (name, signature)) in kinds.iter().enumerate() {
            let size = signature
                .iter()
                .map(|(count, basic)| u64::from(*count) * basic.width().unwrap_or(1))
                .sum();
            let datatype = Datatype {
                name: (*name).into(),
                size,
                extent: size as i64,
                signature: (*signature).into(),
                layout: [].into(),
            };
            types.define(0, TypeId(index as u32), datatype);
        }
        types
    }

    fn shape(types: &Types, id: u32, count: i64) -> Shape {
        types.shape(
            0,
            &Data {
                count,
                datatype: Some(TypeId(id)),
                ..Data::default()
            },
        )
    }

    #[test]
    fn parts_that_overlap_are_found_exactly() {
        let of = |extent, pieces: &[(i64, u32)]| {
            let pieces = pieces
                .iter()
                .map(|(at, times)| (*at, *times, Basic::Signed(4)));
            let datatype = Datatype {
                name: "MPI_Type_vector".into(),
                size: 0,
                extent,
                signature: [].into(),
                layout: pieces.collect(),
            };
            let Overlap { within, next } = Overlap::of(&datatype);
            (within, next)
        };
        assert_eq!(of(4, &[]), (None, None));
        assert_eq!(of(4, &[(0, 1)]), (None, None));
        assert_eq!(of(20, &[(0, 2), (8, 1), (16, 1)]), (None, None));
        assert_eq!(of(16, &[(8, 2), (0, 2)]), (None, None));
        assert_eq!(of(12, &[(4, 2), (0, 2)]).0, Some(4));
        // A column of a matrix of three columns, resized to one number: three of them lie side by side.
        assert_eq!(of(4, &[(0, 1), (12, 1), (24, 1)]), (None, Some((3, 4))));
        assert_eq!(of(-4, &[(0, 1), (12, 1)]), (None, Some((3, 4))));
        assert_eq!(of(0, &[(0, 2)]), (None, Some((1, 8))));
    }

    #[test]
    fn signatures_are_compared_element_by_element() {
        use Basic::{Byte, Float, Packed, Signed};
        let t = types(&[
            ("MPI_DOUBLE", &[(1, Float(8))]),
            ("MPI_INT", &[(1, Signed(4))]),
            ("MPI_Type_create_struct", &[(2, Float(8)), (1, Signed(4))]),
            ("MPI_BYTE", &[(1, Byte)]),
            ("MPI_Type_contiguous", &[(3, Float(8))]),
            ("MPI_Type_create_struct", &[(1, Signed(4)), (1, Float(8))]),
            ("unknown", &[]),
            ("MPI_Type_create_struct", &[(4, Byte), (1, Signed(4))]),
            ("MPI_Type_create_struct", &[(1, Signed(4)), (1, Float(4))]),
            ("MPI_PACKED", &[(1, Packed)]),
        ]);
        let fit = |a, n, b, m| t.fit(shape(&t, a, n), shape(&t, b, m));
        assert_eq!(fit(0, 3, 4, 1), Fit::Fits);
        assert_eq!(fit(0, 2, 4, 1), Fit::Fits);
        assert_eq!(fit(0, 2, 2, 5), Fit::Fits);
        assert_eq!(
            fit(0, 3, 2, 5),
            Fit::Differs {
                element: 2,
                sent: Float(8),
                room: Signed(4)
            }
        );
        assert_eq!(
            fit(2, 1, 5, 9),
            Fit::Differs {
                element: 0,
                sent: Float(8),
                room: Signed(4)
            }
        );
        // Raw bytes are no type's, and what was packed is every type's.
        assert_eq!(
            fit(3, 20, 2, 1),
            Fit::Differs {
                element: 0,
                sent: Byte,
                room: Float(8)
            }
        );
        assert_eq!(
            fit(7, 1, 8, 1),
            Fit::Differs {
                element: 4,
                sent: Signed(4),
                room: Float(4)
            }
        );
        assert_eq!(fit(9, 20, 2, 1), Fit::Fits);
        assert_eq!(fit(2, 1, 9, 20), Fit::Fits);
        assert_eq!(fit(3, 21, 2, 1), Fit::Longer { sent: 21, room: 20 });
        assert_eq!(fit(6, 3, 1, 1), Fit::Fits);
        assert_eq!(fit(1, 0, 0, 0), Fit::Fits);
        assert!(matches!(
            t.same(shape(&t, 0, 2), shape(&t, 0, 3)),
            Fit::Longer { sent: 16, room: 24 }
        ));
    }
}

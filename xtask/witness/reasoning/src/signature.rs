//! Whether what one rank gives is what another takes: type signatures (MPI standard 4.1, sections
//! 3.3.1 and 5.1), compared as far as both are known.

use crate::slab::Map;
use recording::event::{Basic, Data, Datatype, Rank, TypeId};

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
    numbers: Map<(Rank, TypeId), u32>,
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

    /// Whether what was sent fits into the room. A shorter message does.
    pub fn fit(&self, sent: Shape, room: Shape, strict: bool) -> Fit {
        if let (Some(sent), Some(room)) = (self.bytes(sent), self.bytes(room))
            && sent > room
        {
            return Fit::Longer { sent, room };
        }
        self.differ(sent, room, strict)
    }

    /// Whether two signatures are the same to the last element.
    pub fn same(&self, gives: Shape, takes: Shape, strict: bool) -> Fit {
        if let (Some(sent), Some(room)) = (self.bytes(gives), self.bytes(takes))
            && sent != room
        {
            return Fit::Longer { sent, room };
        }
        self.differ(gives, takes, strict)
    }

    fn differ(&self, sent: Shape, room: Shape, strict: bool) -> Fit {
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
        for _ in 0..MOST_RUNS {
            let (Some((x, n)), Some((y, m))) = (left.now(), right.now()) else {
                return Fit::Fits;
            };
            let (Some(wide), Some(other)) = (width(x), width(y)) else {
                // What is not known is not accused.
                if x == y || matches!((x, y), (Basic::Other(_), _) | (_, Basic::Other(_))) {
                    return Fit::Fits;
                }
                return Fit::Differs {
                    element,
                    sent: x,
                    room: y,
                };
            };
            let raw = matches!(x, Basic::Byte) || matches!(y, Basic::Byte);
            if x != y && (strict || !raw) {
                return Fit::Differs {
                    element,
                    sent: x,
                    room: y,
                };
            }
            let bytes = (n * wide - left.into).min(m * other - right.into);
            element += bytes / wide;
            left.advance(bytes, wide);
            right.advance(bytes, other);
        }
        Fit::Fits
    }
}

/// Bytes of one; none if that is not known.
fn width(basic: Basic) -> Option<u64> {
    match basic {
        Basic::Signed(bytes)
        | Basic::Unsigned(bytes)
        | Basic::Float(bytes)
        | Basic::Complex(bytes)
        | Basic::Bool(bytes)
        | Basic::Character(bytes) => (bytes > 0).then_some(u64::from(bytes)),
        Basic::Byte => Some(1),
        Basic::Other(_) => None,
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

/// Whether a difference is one that most machines forgive: integers and characters of the same size.
pub(crate) fn forgivable(a: Basic, b: Basic) -> bool {
    let whole = |basic| match basic {
        Basic::Signed(bytes) | Basic::Unsigned(bytes) | Basic::Character(bytes) => Some(bytes),
        _ => None,
    };
    whole(a).is_some() && whole(a) == whole(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(kinds: &[(&str, &[(u32, Basic)])]) -> Types {
        let mut types = Types::default();
        for (index, (name, signature)) in kinds.iter().enumerate() {
            let size = signature
                .iter()
                .map(|(count, basic)| u64::from(*count) * width(*basic).unwrap_or(1))
                .sum();
            let datatype = Datatype {
                name: (*name).into(),
                size,
                extent: size as i64,
                signature: (*signature).into(),
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
    fn signatures_are_compared_element_by_element() {
        use Basic::{Byte, Float, Signed};
        let t = types(&[
            ("MPI_DOUBLE", &[(1, Float(8))]),
            ("MPI_INT", &[(1, Signed(4))]),
            ("MPI_Type_create_struct", &[(2, Float(8)), (1, Signed(4))]),
            ("MPI_BYTE", &[(1, Byte)]),
            ("MPI_Type_contiguous", &[(3, Float(8))]),
            ("MPI_Type_create_struct", &[(1, Signed(4)), (1, Float(8))]),
            ("unknown", &[]),
        ]);
        let fit = |a, n, b, m| t.fit(shape(&t, a, n), shape(&t, b, m), false);
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
        assert_eq!(fit(3, 20, 2, 1), Fit::Fits);
        assert_eq!(fit(2, 1, 3, 20), Fit::Fits);
        assert_eq!(fit(3, 21, 2, 1), Fit::Longer { sent: 21, room: 20 });
        assert_eq!(fit(6, 3, 1, 1), Fit::Fits);
        assert_eq!(fit(1, 0, 0, 0), Fit::Fits);
        let strict = t.fit(shape(&t, 3, 8), shape(&t, 0, 1), true);
        assert!(matches!(strict, Fit::Differs { .. }));
        assert!(matches!(
            t.same(shape(&t, 0, 2), shape(&t, 0, 3), false),
            Fit::Longer { sent: 16, room: 24 }
        ));
    }
}

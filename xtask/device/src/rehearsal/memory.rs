//! The memory that invocations share, scalar by scalar, and their accesses to it.

use super::values::{Scalar, Value};
use wgpu::naga::{self, ArraySize, Handle, Module, ScalarKind, Type, TypeInner};

/// An access to a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) invocation: u64,
    pub(super) group: [u32; 3],
    /// The number of barriers that its workgroup had passed.
    pub(super) epoch: u32,
    pub(super) writes: bool,
    pub(super) is_atomic: bool,
}

impl Access {
    /// Whether nothing orders the two accesses, and at least one of them writes.
    fn disturbs(&self, other: &Self) -> bool {
        self.invocation != other.invocation
            && (self.writes || other.writes)
            && !(self.is_atomic && other.is_atomic)
            && (self.group != other.group || self.epoch == other.epoch)
    }
}

/// Memory that invocations share.
pub(super) struct Memory {
    leaves: Vec<Scalar>,
    /// For each scalar, the last write and the last two reads: enough to find a race, though not every one.
    seen: Vec<[Option<Access>; 3]>,
}

impl Memory {
    pub(super) fn new(leaves: Vec<Scalar>) -> Self {
        Self {
            seen: vec![[None; 3]; leaves.len()],
            leaves,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.leaves.len()
    }

    pub(super) fn leaves_mut(&mut self) -> &mut [Scalar] {
        &mut self.leaves
    }

    /// Records an access. Returns an earlier access that is not ordered with it, if there is one.
    pub(super) fn touch(&mut self, leaf: usize, access: Access) -> Option<Access> {
        let seen = self.seen.get_mut(leaf)?;
        let other = seen.iter().flatten().find(|other| access.disturbs(other));
        if other.is_some() {
            return other.copied();
        }
        let [write, first, second] = seen;
        if access.writes {
            *write = Some(access);
        } else if first.is_none_or(|first| first.invocation == access.invocation) {
            *first = Some(access);
        } else {
            *second = Some(access);
        }
        None
    }
}

/// The layout of types in scalars.
pub(super) struct Shape<'m> {
    module: &'m Module,
}

impl<'m> Shape<'m> {
    pub(super) fn new(module: &'m Module) -> Self {
        Self { module }
    }

    /// The number of scalars in a type; `None` if it depends on a buffer, or is not known.
    pub(super) fn leaves_of(&self, inner: &TypeInner) -> Option<usize> {
        match inner {
            TypeInner::Scalar(_) | TypeInner::Atomic(_) => Some(1),
            TypeInner::Vector { size, .. } => Some(*size as usize),
            TypeInner::Array {
                base,
                size: ArraySize::Constant(size),
                ..
            } => Some(size.get() as usize * self.leaves(*base)?),
            TypeInner::Struct { members, .. } => {
                members.iter().map(|member| self.leaves(member.ty)).sum()
            }
            _ => None,
        }
    }

    fn leaves(&self, ty: Handle<Type>) -> Option<usize> {
        self.leaves_of(&self.module.types[ty].inner)
    }

    /// The number of scalars in an element of an array.
    pub(super) fn element(&self, ty: Handle<Type>) -> Option<usize> {
        match self.module.types[ty].inner {
            TypeInner::Array { base, .. } => self.leaves(base),
            _ => None,
        }
    }

    /// The number of elements of an array whose variable has `whole` scalars in total.
    pub(super) fn length(&self, array: Handle<Type>, whole: usize) -> Option<usize> {
        match self.module.types[array].inner {
            TypeInner::Array {
                size: ArraySize::Constant(size),
                ..
            } => Some(size.get() as usize),
            // If it is the last member of a struct, other members come before it.
            TypeInner::Array { .. } => Some(whole / self.element(array)?),
            _ => None,
        }
    }

    /// The index of the scalar at which a part of a pointer's target begins: `Some(None)` if there is no such part, and
    /// `None` if it is not known.
    pub(super) fn part(
        &self,
        pointer: &TypeInner,
        index: usize,
        whole: usize,
    ) -> Option<Option<usize>> {
        let base = match pointer {
            TypeInner::Pointer { base, .. } => *base,
            TypeInner::ValuePointer {
                size: Some(size), ..
            } => return Some((index < *size as usize).then_some(index)),
            _ => return None,
        };
        match &self.module.types[base].inner {
            TypeInner::Vector { size, .. } => Some((index < *size as usize).then_some(index)),
            TypeInner::Array { base: element, .. } => {
                let each = self.leaves(*element)?;
                Some((index < self.length(base, whole)?).then_some(index * each))
            }
            TypeInner::Struct { members, .. } => {
                let before = members.get(..index)?.iter();
                let before: Option<usize> = before.map(|member| self.leaves(member.ty)).sum();
                before.map(Some)
            }
            _ => None,
        }
    }

    pub(super) fn zeros(&self, ty: Handle<Type>) -> Option<Vec<Scalar>> {
        self.zeros_of(&self.module.types[ty].inner)
    }

    pub(super) fn zeros_of(&self, inner: &TypeInner) -> Option<Vec<Scalar>> {
        Some(match inner {
            TypeInner::Scalar(scalar) | TypeInner::Atomic(scalar) => vec![zero(*scalar)?],
            TypeInner::Vector { size, scalar } => vec![zero(*scalar)?; *size as usize],
            TypeInner::Array {
                base,
                size: ArraySize::Constant(size),
                ..
            } => self.zeros(*base)?.repeat(size.get() as usize),
            TypeInner::Struct { members, .. } => {
                let members = members.iter().map(|member| self.zeros(member.ty));
                members.collect::<Option<Vec<_>>>()?.concat()
            }
            _ => return None,
        })
    }

    /// The value of a type that consists of these scalars.
    pub(super) fn value(&self, inner: &TypeInner, leaves: &[Scalar]) -> Option<Value> {
        Some(match inner {
            TypeInner::Scalar(_) | TypeInner::Atomic(_) => Value::Scalar(*leaves.first()?),
            TypeInner::Vector { .. } => {
                Value::Many(leaves.iter().copied().map(Value::Scalar).collect())
            }
            TypeInner::Array { base, .. } => {
                let base = &self.module.types[*base].inner;
                let parts = leaves.chunks(self.leaves_of(base)?.max(1));
                let parts = parts.map(|part| self.value(base, part));
                Value::Many(parts.collect::<Option<_>>()?)
            }
            TypeInner::Struct { members, .. } => {
                let mut rest = leaves;
                let parts = members.iter().map(|member| {
                    let (part, others) = rest.split_at_checked(self.leaves(member.ty)?)?;
                    rest = others;
                    self.value(&self.module.types[member.ty].inner, part)
                });
                Value::Many(parts.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// The scalars of a variable in a buffer with these bytes.
    pub(super) fn decode(&self, ty: Handle<Type>, bytes: &[u8]) -> Option<Vec<Scalar>> {
        let mut leaves = Vec::new();
        self.decode_into(ty, bytes, &mut leaves)?;
        Some(leaves)
    }

    fn decode_into(&self, ty: Handle<Type>, bytes: &[u8], leaves: &mut Vec<Scalar>) -> Option<()> {
        match &self.module.types[ty].inner {
            TypeInner::Scalar(of) | TypeInner::Atomic(of) => leaves.push(read(*of, bytes)?),
            TypeInner::Vector { size, scalar } => {
                for part in bytes.chunks(4).take(*size as usize) {
                    leaves.push(read(*scalar, part)?);
                }
            }
            TypeInner::Array { base, size, stride } => {
                let many = match size {
                    ArraySize::Constant(size) => size.get() as usize,
                    ArraySize::Dynamic => bytes.len() / *stride as usize,
                    ArraySize::Pending(_) => return None,
                };
                for part in bytes.chunks(*stride as usize).take(many) {
                    self.decode_into(*base, part, leaves)?;
                }
            }
            TypeInner::Struct { members, .. } => {
                for member in members {
                    let part = bytes.get(member.offset as usize..)?;
                    self.decode_into(member.ty, part, leaves)?;
                }
            }
            _ => return None,
        }
        Some(())
    }
}

fn zero(scalar: naga::Scalar) -> Option<Scalar> {
    Some(match (scalar.kind, scalar.width) {
        (ScalarKind::Bool, _) => Scalar::Bool(false),
        (ScalarKind::Uint, 4) => Scalar::U32(0),
        (ScalarKind::Sint, 4) => Scalar::I32(0),
        (ScalarKind::Float, 4) => Scalar::F32(0.0),
        _ => return None,
    })
}

fn read(scalar: naga::Scalar, bytes: &[u8]) -> Option<Scalar> {
    let bytes = *bytes.first_chunk::<4>()?;
    Some(match zero(scalar)? {
        Scalar::U32(_) => Scalar::U32(u32::from_le_bytes(bytes)),
        Scalar::I32(_) => Scalar::I32(i32::from_le_bytes(bytes)),
        Scalar::F32(_) => Scalar::F32(f32::from_le_bytes(bytes)),
        Scalar::Bool(_) => return None,
    })
}

//! Numbers, vectors, pointers, and how WGSL computes with them. What is not known here is `None`.

use super::Pointer;
use std::iter;
use wgpu::naga::{
    AtomicFunction, BinaryOperator, MathFunction, RelationalFunction, ScalarKind, UnaryOperator,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar {
    Bool(bool),
    U32(u32),
    I32(i32),
    F32(f32),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Scalar(Scalar),
    /// A vector, an array, or a struct.
    Many(Vec<Value>),
    Pointer(Pointer),
}

impl Value {
    pub(super) fn vector<const N: usize>(parts: [Scalar; N]) -> Self {
        Self::Many(parts.map(Self::Scalar).to_vec())
    }

    /// The scalars that it consists of, in order.
    pub(super) fn leaves(&self) -> Vec<Scalar> {
        match self {
            Self::Scalar(scalar) => vec![*scalar],
            Self::Many(parts) => parts.iter().flat_map(Self::leaves).collect(),
            Self::Pointer(_) => Vec::new(),
        }
    }
}

/// The same with each scalar of a value.
fn each(value: Value, with: &dyn Fn(Scalar) -> Option<Scalar>) -> Option<Value> {
    Some(match value {
        Value::Scalar(scalar) => Value::Scalar(with(scalar)?),
        Value::Many(parts) => {
            let parts = parts.into_iter().map(|part| each(part, with));
            Value::Many(parts.collect::<Option<_>>()?)
        }
        Value::Pointer(_) => return None,
    })
}

/// The same with each pair of scalars; a scalar goes with each of a vector.
fn pairs(
    left: Value,
    right: Value,
    with: &dyn Fn(Scalar, Scalar) -> Option<Scalar>,
) -> Option<Value> {
    Some(match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => Value::Scalar(with(left, right)?),
        (Value::Many(left), Value::Many(right)) => {
            let parts = iter::zip(left, right).map(|(left, right)| pairs(left, right, with));
            Value::Many(parts.collect::<Option<_>>()?)
        }
        (Value::Scalar(left), right) => each(right, &|right| with(left, right))?,
        (left, Value::Scalar(right)) => each(left, &|left| with(left, right))?,
        _ => return None,
    })
}

pub(super) fn unary(operator: UnaryOperator, value: Value) -> Option<Value> {
    each(value, &|scalar| {
        Some(match (operator, scalar) {
            (UnaryOperator::Negate, Scalar::I32(it)) => Scalar::I32(it.wrapping_neg()),
            (UnaryOperator::Negate, Scalar::F32(it)) => Scalar::F32(-it),
            (UnaryOperator::LogicalNot, Scalar::Bool(it)) => Scalar::Bool(!it),
            (UnaryOperator::BitwiseNot, Scalar::U32(it)) => Scalar::U32(!it),
            (UnaryOperator::BitwiseNot, Scalar::I32(it)) => Scalar::I32(!it),
            _ => return None,
        })
    })
}

pub(super) fn binary(operator: BinaryOperator, left: Value, right: Value) -> Option<Value> {
    pairs(left, right, &|left, right| scalars(operator, left, right))
}

fn scalars(operator: BinaryOperator, left: Scalar, right: Scalar) -> Option<Scalar> {
    use BinaryOperator as Op;
    use Scalar::{Bool, F32, I32, U32};
    Some(match (operator, left, right) {
        (Op::Equal, ..) => Bool(left == right),
        (Op::NotEqual, ..) => Bool(left != right),
        (Op::ShiftLeft, U32(a), U32(b)) => U32(a.wrapping_shl(b)),
        (Op::ShiftRight, U32(a), U32(b)) => U32(a.wrapping_shr(b)),
        (Op::ShiftLeft, I32(a), U32(b)) => I32(a.wrapping_shl(b)),
        (Op::ShiftRight, I32(a), U32(b)) => I32(a.wrapping_shr(b)),
        (_, U32(a), U32(b)) => match operator {
            Op::Add => U32(a.wrapping_add(b)),
            Op::Subtract => U32(a.wrapping_sub(b)),
            Op::Multiply => U32(a.wrapping_mul(b)),
            Op::Divide => U32(a.checked_div(b).unwrap_or(a)),
            Op::Modulo => U32(a.checked_rem(b).unwrap_or(0)),
            Op::And => U32(a & b),
            Op::ExclusiveOr => U32(a ^ b),
            Op::InclusiveOr => U32(a | b),
            _ => return compared(operator, a.partial_cmp(&b)),
        },
        (_, I32(a), I32(b)) => match operator {
            Op::Add => I32(a.wrapping_add(b)),
            Op::Subtract => I32(a.wrapping_sub(b)),
            Op::Multiply => I32(a.wrapping_mul(b)),
            Op::Divide => I32(a.checked_div(b).unwrap_or(a)),
            Op::Modulo => I32(a.checked_rem(b).unwrap_or(0)),
            Op::And => I32(a & b),
            Op::ExclusiveOr => I32(a ^ b),
            Op::InclusiveOr => I32(a | b),
            _ => return compared(operator, a.partial_cmp(&b)),
        },
        (_, F32(a), F32(b)) => match operator {
            Op::Add => F32(a + b),
            Op::Subtract => F32(a - b),
            Op::Multiply => F32(a * b),
            Op::Divide => F32(a / b),
            Op::Modulo => F32(a % b),
            _ => return compared(operator, a.partial_cmp(&b)),
        },
        (Op::And | Op::LogicalAnd, Bool(a), Bool(b)) => Bool(a & b),
        (Op::InclusiveOr | Op::LogicalOr, Bool(a), Bool(b)) => Bool(a | b),
        _ => return None,
    })
}

fn compared(operator: BinaryOperator, order: Option<std::cmp::Ordering>) -> Option<Scalar> {
    use BinaryOperator as Op;
    let is = |holds: fn(std::cmp::Ordering) -> bool| Some(Scalar::Bool(order.is_some_and(holds)));
    match operator {
        Op::Less => is(std::cmp::Ordering::is_lt),
        Op::LessEqual => is(std::cmp::Ordering::is_le),
        Op::Greater => is(std::cmp::Ordering::is_gt),
        Op::GreaterEqual => is(std::cmp::Ordering::is_ge),
        _ => None,
    }
}

pub(super) fn relational(function: RelationalFunction, value: Value) -> Option<Value> {
    let is = value.leaves();
    let mut is = is.iter().map(|leaf| *leaf == Scalar::Bool(true));
    let result = match function {
        RelationalFunction::All => is.all(|is| is),
        RelationalFunction::Any => is.any(|is| is),
        _ => return None,
    };
    Some(Value::Scalar(Scalar::Bool(result)))
}

/// Functions of one to three arguments.
pub(super) fn math(function: MathFunction, arguments: &[Value]) -> Option<Value> {
    use MathFunction as Fun;
    use Scalar::{F32, I32, U32};
    let argument = |number: usize| arguments.get(number).cloned();
    match function {
        Fun::Min | Fun::Max => pairs(argument(0)?, argument(1)?, &|a, b| extreme(function, a, b)),
        Fun::Clamp => {
            let above = pairs(argument(0)?, argument(1)?, &|a, b| extreme(Fun::Max, a, b))?;
            pairs(above, argument(2)?, &|a, b| extreme(Fun::Min, a, b))
        }
        Fun::Fma => {
            let product = binary(BinaryOperator::Multiply, argument(0)?, argument(1)?)?;
            binary(BinaryOperator::Add, product, argument(2)?)
        }
        Fun::Dot => {
            let products = binary(BinaryOperator::Multiply, argument(0)?, argument(1)?)?.leaves();
            let mut sum = *products.first()?;
            for product in &products[1..] {
                sum = scalars(BinaryOperator::Add, sum, *product)?;
            }
            Some(Value::Scalar(sum))
        }
        _ => each(argument(0)?, &|scalar| {
            Some(match (function, scalar) {
                (Fun::Abs, I32(it)) => I32(it.wrapping_abs()),
                (Fun::Abs, U32(it)) => U32(it),
                (Fun::Abs, F32(it)) => F32(it.abs()),
                (Fun::Sqrt, F32(it)) => F32(it.sqrt()),
                (Fun::Floor, F32(it)) => F32(it.floor()),
                (Fun::Ceil, F32(it)) => F32(it.ceil()),
                (Fun::Trunc, F32(it)) => F32(it.trunc()),
                (Fun::Round, F32(it)) => F32(it.round_ties_even()),
                (Fun::CountOneBits, U32(it)) => U32(it.count_ones()),
                (Fun::CountLeadingZeros, U32(it)) => U32(it.leading_zeros()),
                (Fun::CountTrailingZeros, U32(it)) => U32(it.trailing_zeros()),
                _ => return None,
            })
        }),
    }
}

fn extreme(function: MathFunction, a: Scalar, b: Scalar) -> Option<Scalar> {
    let is_less = scalars(BinaryOperator::Less, a, b)? == Scalar::Bool(true);
    Some(if is_less == (function == MathFunction::Min) {
        a
    } else {
        b
    })
}

/// A conversion, or the same bits as another type.
pub(super) fn cast(value: Value, kind: ScalarKind, converts: bool) -> Option<Value> {
    use Scalar::{Bool, F32, I32, U32};
    each(value, &|scalar| {
        if !converts {
            let bits = match scalar {
                U32(it) => it,
                I32(it) => it.cast_unsigned(),
                F32(it) => it.to_bits(),
                Bool(_) => return None,
            };
            return Some(match kind {
                ScalarKind::Uint => U32(bits),
                ScalarKind::Sint => I32(bits.cast_signed()),
                ScalarKind::Float => F32(f32::from_bits(bits)),
                _ => return None,
            });
        }
        Some(match (kind, scalar) {
            (ScalarKind::Uint, U32(_)) | (ScalarKind::Sint, I32(_)) => scalar,
            (ScalarKind::Float, F32(_)) | (ScalarKind::Bool, Bool(_)) => scalar,
            (ScalarKind::Uint, I32(it)) => U32(it.cast_unsigned()),
            (ScalarKind::Uint, F32(it)) => U32(it as u32),
            (ScalarKind::Uint, Bool(it)) => U32(it.into()),
            (ScalarKind::Sint, U32(it)) => I32(it.cast_signed()),
            (ScalarKind::Sint, F32(it)) => I32(it as i32),
            (ScalarKind::Sint, Bool(it)) => I32(it.into()),
            (ScalarKind::Float, U32(it)) => F32(it as f32),
            (ScalarKind::Float, I32(it)) => F32(it as f32),
            (ScalarKind::Float, Bool(it)) => F32(f32::from(u8::from(it))),
            (ScalarKind::Bool, U32(it)) => Bool(it != 0),
            (ScalarKind::Bool, I32(it)) => Bool(it != 0),
            (ScalarKind::Bool, F32(it)) => Bool(it != 0.0),
            _ => return None,
        })
    })
}

pub(super) fn atomic(function: AtomicFunction, there: Scalar, value: Scalar) -> Option<Scalar> {
    use AtomicFunction as Fun;
    use BinaryOperator as Op;
    match function {
        Fun::Add => scalars(Op::Add, there, value),
        Fun::Subtract => scalars(Op::Subtract, there, value),
        Fun::And => scalars(Op::And, there, value),
        Fun::ExclusiveOr => scalars(Op::ExclusiveOr, there, value),
        Fun::InclusiveOr => scalars(Op::InclusiveOr, there, value),
        Fun::Min => extreme(MathFunction::Min, there, value),
        Fun::Max => extreme(MathFunction::Max, there, value),
        Fun::Exchange { compare: None } => Some(value),
        Fun::Exchange { .. } => None,
    }
}

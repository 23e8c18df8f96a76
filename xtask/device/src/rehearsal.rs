//! Runs a kernel step by step on the host, and looks for errors that no device reports: races between invocations,
//! barriers that some invocations of a workgroup never reach, and writes outside a buffer. On a device, such a kernel
//! may work by chance.
//!
//! All invocations of a workgroup make each step together, except for those whose condition does not hold. Whether two
//! accesses are ordered depends only on the barriers between them, so the order of the steps does not matter. The
//! rehearsal ends at anything that it does not know: it never reports a fault without proof.
//!
//! - `values`: numbers, vectors and pointers, and operations on them;
//! - `memory`: the memory that invocations share, and their accesses to it.

mod memory;
#[cfg(test)]
mod tests;
mod values;

use crate::{Cause, Together};
use memory::{Access, Memory, Shape};
use std::collections::HashMap;
use values::{Scalar, Value, binary, cast, math, relational, unary};
use wgpu::naga::{
    AddressSpace, AtomicFunction, Barrier, Binding, Block, BuiltIn, Expression, Function,
    GlobalVariable, Handle, Literal, Module, Span, Statement, SwitchValue, TypeInner,
    proc::TypeResolution,
    valid::{FunctionInfo, ModuleInfo},
};

/// A fault, and its place in the WGSL.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) cause: Cause,
    pub(crate) message: String,
    pub(crate) span: Span,
}

/// The reason why a rehearsal ends early.
#[derive(Debug)]
enum Stop {
    Found(Found),
    /// It has reached something that it does not know, or has used up its steps.
    Enough,
}

type Step<T> = Result<T, Stop>;

/// The result of a rehearsal.
#[derive(Debug)]
pub(crate) struct Rehearsed {
    /// The first thing that is wrong.
    pub(crate) found: Option<Found>,
    /// What the invocations of a workgroup have done together.
    pub(crate) together: Together,
}

/// Runs a kernel with buffers that have these contents. Stops when `steps` is used up; each step is subtracted from it.
pub(crate) fn rehearse(
    module: &Module,
    info: &ModuleInfo,
    groups: [u32; 3],
    buffers: &[Vec<u8>],
    steps: &mut u64,
) -> Rehearsed {
    let mut run = Run {
        module,
        info,
        groups,
        group: [0; 3],
        lanes: module.entry_points[0]
            .workgroup_size
            .iter()
            .product::<u32>() as usize,
        shared: HashMap::new(),
        private: HashMap::new(),
        frames: Vec::new(),
        flow: Vec::new(),
        epochs: [0; 2],
        reads: Vec::new(),
        writes: Vec::new(),
        together: Together::default(),
        steps,
    };
    let found = match run.all(buffers) {
        Err(Stop::Found(found)) => Some(found),
        Err(Stop::Enough) | Ok(()) => None,
    };
    Rehearsed {
        found,
        together: run.together,
    }
}

/// Where an invocation continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
    Return,
}

/// A call of a function, for all invocations of a workgroup.
struct Frame<'m> {
    function: &'m Function,
    info: &'m FunctionInfo,
    /// By expression and invocation.
    values: Vec<Vec<Option<Value>>>,
    /// By argument and invocation.
    arguments: Vec<Vec<Value>>,
    /// By variable and invocation.
    locals: Vec<Vec<Vec<Scalar>>>,
    /// By invocation.
    returned: Vec<Option<Value>>,
}

/// The variable that a pointer points into.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Root {
    Global(Handle<GlobalVariable>),
    /// A variable of the function that is this far from the entry point.
    Local(usize, usize),
}

/// A place in memory: the index of a scalar in its variable; `None` outside the variable.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pointer {
    root: Root,
    at: Option<usize>,
}

struct Run<'m, 's> {
    module: &'m Module,
    info: &'m ModuleInfo,
    groups: [u32; 3],
    /// The workgroup that runs.
    group: [u32; 3],
    /// The number of invocations in a workgroup.
    lanes: usize,
    /// Storage buffers and workgroup memory.
    shared: HashMap<Handle<GlobalVariable>, Memory>,
    /// The private variables of each invocation.
    private: HashMap<Handle<GlobalVariable>, Vec<Vec<Scalar>>>,
    frames: Vec<Frame<'m>>,
    flow: Vec<Flow>,
    /// How many barriers for storage and for workgroup memory this workgroup has passed.
    epochs: [u32; 2],
    /// How many values each invocation has read from workgroup memory since the last barrier.
    reads: Vec<usize>,
    /// How many values each invocation of this workgroup has written to buffers.
    writes: Vec<usize>,
    /// The largest of these numbers, and of barriers, so far.
    together: Together,
    steps: &'s mut u64,
}

impl<'m> Run<'m, '_> {
    fn all(&mut self, buffers: &[Vec<u8>]) -> Step<()> {
        let shape = Shape::new(self.module);
        for (handle, variable) in self.module.global_variables.iter() {
            if let (AddressSpace::Storage { .. }, Some(binding)) =
                (variable.space, &variable.binding)
            {
                let bytes = buffers.get(binding.binding as usize).ok_or(Stop::Enough)?;
                let leaves = shape.decode(variable.ty, bytes).ok_or(Stop::Enough)?;
                self.shared.insert(handle, Memory::new(leaves));
            }
        }
        let [x, y, z] = self.groups;
        for group in (0..z).flat_map(|z| (0..y).flat_map(move |y| (0..x).map(move |x| [x, y, z]))) {
            self.group = group;
            self.one_group()?;
        }
        Ok(())
    }

    fn one_group(&mut self) -> Step<()> {
        let shape = Shape::new(self.module);
        self.epochs = [0; 2];
        self.reads = vec![0; self.lanes];
        self.writes = vec![0; self.lanes];
        self.flow = vec![Flow::On; self.lanes];
        for (handle, variable) in self.module.global_variables.iter() {
            match variable.space {
                AddressSpace::WorkGroup => {
                    let zeros = shape.zeros(variable.ty).ok_or(Stop::Enough)?;
                    self.shared.insert(handle, Memory::new(zeros));
                }
                AddressSpace::Private => {
                    let zeros = shape.zeros(variable.ty).ok_or(Stop::Enough)?;
                    if variable.init.is_some() {
                        return Err(Stop::Enough);
                    }
                    self.private.insert(handle, vec![zeros; self.lanes]);
                }
                _ => {}
            }
        }
        let entry = &self.module.entry_points[0];
        let arguments = entry.function.arguments.iter().map(|argument| {
            let Some(Binding::BuiltIn(built_in)) = &argument.binding else {
                return None;
            };
            let lanes = 0..self.lanes as u32;
            lanes.map(|lane| self.built_in(*built_in, lane)).collect()
        });
        let arguments = arguments
            .collect::<Option<Vec<Vec<Value>>>>()
            .ok_or(Stop::Enough)?;
        let lanes = (0..self.lanes).collect();
        self.call(
            &entry.function,
            self.info.get_entry_point(0),
            arguments,
            lanes,
        )?;
        Ok(())
    }

    fn built_in(&self, built_in: BuiltIn, lane: u32) -> Option<Value> {
        let size = self.module.entry_points[0].workgroup_size;
        let local = [
            lane % size[0],
            lane / size[0] % size[1],
            lane / size[0] / size[1],
        ];
        let three = |of: [u32; 3]| Value::vector(of.map(Scalar::U32));
        Some(match built_in {
            BuiltIn::GlobalInvocationId => {
                three([0, 1, 2].map(|axis| self.group[axis] * size[axis] + local[axis]))
            }
            BuiltIn::LocalInvocationId => three(local),
            BuiltIn::LocalInvocationIndex => Value::Scalar(Scalar::U32(lane)),
            BuiltIn::WorkGroupId => three(self.group),
            BuiltIn::NumWorkGroups => three(self.groups),
            _ => return None,
        })
    }

    /// Runs a function for these invocations, and returns what each of them returns.
    fn call(
        &mut self,
        function: &'m Function,
        info: &'m FunctionInfo,
        arguments: Vec<Vec<Value>>,
        lanes: Vec<usize>,
    ) -> Step<Vec<Option<Value>>> {
        let shape = Shape::new(self.module);
        let all = self.lanes;
        let zeros = function
            .local_variables
            .iter()
            .map(|(_, variable)| Some(vec![shape.zeros(variable.ty)?; all]));
        let locals = zeros.collect::<Option<_>>().ok_or(Stop::Enough)?;
        self.frames.push(Frame {
            function,
            info,
            values: vec![vec![None; all]; function.expressions.len()],
            arguments,
            locals,
            returned: vec![None; all],
        });
        let frame = self.frames.len() - 1;
        for (handle, variable) in function.local_variables.iter() {
            if let Some(init) = variable.init {
                for &lane in &lanes {
                    let value = self.value(init, lane)?;
                    self.frames[frame].locals[handle.index()][lane] = value.leaves();
                }
            }
        }
        self.block(&function.body, lanes.clone())?;
        for lane in lanes {
            self.flow[lane] = Flow::On;
        }
        let frame = self.frames.pop().ok_or(Stop::Enough)?;
        Ok(frame.returned)
    }

    /// Runs statements for these invocations. Returns the invocations that continue after them.
    fn block(&mut self, block: &'m Block, mut lanes: Vec<usize>) -> Step<Vec<usize>> {
        for (statement, span) in block.span_iter() {
            if lanes.is_empty() {
                break;
            }
            lanes = self.statement(statement, *span, lanes)?;
        }
        Ok(lanes)
    }

    fn statement(
        &mut self,
        statement: &'m Statement,
        span: Span,
        lanes: Vec<usize>,
    ) -> Step<Vec<usize>> {
        match statement {
            Statement::Emit(range) => {
                for expression in range.clone() {
                    for &lane in &lanes {
                        let value = self.evaluate(expression, lane)?;
                        self.set(expression, lane, value);
                    }
                }
            }
            Statement::Block(block) => return self.block(block, lanes),
            Statement::If {
                condition,
                accept,
                reject,
            } => {
                let (yes, no) = self.split(*condition, lanes)?;
                let mut on = self.block(accept, yes)?;
                on.extend(self.block(reject, no)?);
                on.sort_unstable();
                return Ok(on);
            }
            Statement::Switch { selector, cases } => {
                let mut selected = HashMap::new();
                for &lane in &lanes {
                    let value = self.value(*selector, lane)?;
                    let is = |case: &SwitchValue| match case {
                        SwitchValue::I32(number) => value == Value::Scalar(Scalar::I32(*number)),
                        SwitchValue::U32(number) => value == Value::Scalar(Scalar::U32(*number)),
                        SwitchValue::Default => false,
                    };
                    let found = cases.iter().position(|case| is(&case.value)).or_else(|| {
                        cases
                            .iter()
                            .position(|case| matches!(case.value, SwitchValue::Default))
                    });
                    selected.insert(lane, found);
                }
                let mut on = Vec::new();
                let mut falling = Vec::new();
                for (number, case) in cases.iter().enumerate() {
                    let mut own = falling;
                    own.extend(
                        lanes
                            .iter()
                            .copied()
                            .filter(|lane| selected[lane] == Some(number)),
                    );
                    own.sort_unstable();
                    let after = self.block(&case.body, own)?;
                    (falling, on) = if case.fall_through {
                        (after, on)
                    } else {
                        (Vec::new(), [on, after].concat())
                    };
                }
                on.extend(self.leave(&lanes, Flow::Break));
                on.sort_unstable();
                return Ok(on);
            }
            Statement::Loop {
                body,
                continuing,
                break_if,
            } => return self.repeat(body, continuing, *break_if, lanes),
            Statement::Break => return Ok(self.go(lanes, Flow::Break)),
            Statement::Continue => return Ok(self.go(lanes, Flow::Continue)),
            Statement::Return { value } => {
                if let Some(value) = value {
                    for &lane in &lanes {
                        let value = self.value(*value, lane)?;
                        self.frame().returned[lane] = Some(value);
                    }
                }
                return Ok(self.go(lanes, Flow::Return));
            }
            Statement::ControlBarrier(barrier) => self.barrier(*barrier, span, &lanes)?,
            Statement::Store { pointer, value } => {
                for &lane in &lanes {
                    let leaves = self.value(*value, lane)?.leaves();
                    self.store(*pointer, &leaves, lane, span)?;
                }
            }
            Statement::Atomic {
                pointer,
                fun,
                value,
                result,
            } => {
                for &lane in &lanes {
                    self.atomic(*pointer, *fun, *value, *result, lane, span)?;
                }
            }
            Statement::WorkGroupUniformLoad { pointer, result } => {
                self.barrier(Barrier::WORK_GROUP, span, &lanes)?;
                for &lane in &lanes {
                    let value = self.load(*pointer, *result, lane)?;
                    self.set(*result, lane, value);
                }
                self.barrier(Barrier::WORK_GROUP, span, &lanes)?;
            }
            Statement::Call {
                function,
                arguments,
                result,
            } => {
                let arguments = arguments.iter().map(|argument| {
                    let mut of_lanes = vec![Value::Scalar(Scalar::Bool(false)); self.lanes];
                    for &lane in &lanes {
                        of_lanes[lane] = self.value(*argument, lane)?;
                    }
                    Ok(of_lanes)
                });
                let arguments = arguments.collect::<Step<_>>()?;
                let (module, info) = (self.module, self.info);
                let returned = self.call(
                    &module.functions[*function],
                    &info[*function],
                    arguments,
                    lanes.clone(),
                )?;
                if let Some(result) = result {
                    for (lane, value) in returned.into_iter().enumerate() {
                        if let Some(value) = value {
                            self.set(*result, lane, value);
                        }
                    }
                }
            }
            _ => return Err(Stop::Enough),
        }
        Ok(lanes)
    }

    fn repeat(
        &mut self,
        body: &'m Block,
        continuing: &'m Block,
        break_if: Option<Handle<Expression>>,
        lanes: Vec<usize>,
    ) -> Step<Vec<usize>> {
        let mut after = Vec::new();
        let mut inside = lanes;
        while !inside.is_empty() {
            let mut on = self.block(body, inside.clone())?;
            on.extend(self.leave(&inside, Flow::Continue));
            on.sort_unstable();
            after.extend(self.leave(&inside, Flow::Break));
            on = self.block(continuing, on)?;
            if let Some(condition) = break_if {
                let (ends, goes_on) = self.split(condition, on)?;
                after.extend(ends);
                on = goes_on;
            }
            inside = on;
        }
        after.sort_unstable();
        Ok(after)
    }

    /// Splits invocations into those for which a condition holds, and the others.
    fn split(
        &self,
        condition: Handle<Expression>,
        lanes: Vec<usize>,
    ) -> Step<(Vec<usize>, Vec<usize>)> {
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        for lane in lanes {
            match self.value(condition, lane)? {
                Value::Scalar(Scalar::Bool(true)) => yes.push(lane),
                Value::Scalar(Scalar::Bool(false)) => no.push(lane),
                _ => return Err(Stop::Enough),
            }
        }
        Ok((yes, no))
    }

    /// Lets these invocations skip the statements that follow.
    fn go(&mut self, lanes: Vec<usize>, flow: Flow) -> Vec<usize> {
        for lane in lanes {
            self.flow[lane] = flow;
        }
        Vec::new()
    }

    /// Returns those of the invocations that have left in this way, and lets them continue.
    fn leave(&mut self, lanes: &[usize], how: Flow) -> Vec<usize> {
        let those: Vec<usize> = lanes
            .iter()
            .copied()
            .filter(|lane| self.flow[*lane] == how)
            .collect();
        for lane in &those {
            self.flow[*lane] = Flow::On;
        }
        those
    }

    fn barrier(&mut self, barrier: Barrier, span: Span, lanes: &[usize]) -> Step<()> {
        let missing = (0..self.lanes).find(|lane| lanes.binary_search(lane).is_err());
        if let Some(missing) = missing {
            return Err(Stop::Found(Found {
                cause: Cause::Barrier,
                message: format!(
                    "{} of the {} invocations of a workgroup reach a barrier, and the others, such as invocation {missing}, \
                     never do",
                    lanes.len(),
                    self.lanes
                ),
                span,
            }));
        }
        self.epochs[0] += u32::from(barrier.contains(Barrier::STORAGE));
        if barrier.contains(Barrier::WORK_GROUP) {
            self.epochs[1] += 1;
            let barriers = &mut self.together.most_barriers;
            *barriers = self.epochs[1].max(*barriers);
            self.reads.fill(0);
        }
        Ok(())
    }

    fn frame(&mut self) -> &mut Frame<'m> {
        self.frames.last_mut().expect("a function is running")
    }

    fn top(&self) -> &Frame<'m> {
        self.frames.last().expect("a function is running")
    }

    fn set(&mut self, expression: Handle<Expression>, lane: usize, value: Value) {
        self.frame().values[expression.index()][lane] = Some(value);
    }

    /// The value of an expression. Unless it never changes, it has already been computed.
    fn value(&self, expression: Handle<Expression>, lane: usize) -> Step<Value> {
        let frame = self.top();
        if let Some(value) = &frame.values[expression.index()][lane] {
            return Ok(value.clone());
        }
        Ok(match &frame.function.expressions[expression] {
            Expression::FunctionArgument(number) => frame.arguments[*number as usize][lane].clone(),
            Expression::GlobalVariable(handle) => Value::Pointer(Pointer {
                root: Root::Global(*handle),
                at: Some(0),
            }),
            Expression::LocalVariable(handle) => Value::Pointer(Pointer {
                root: Root::Local(self.frames.len() - 1, handle.index()),
                at: Some(0),
            }),
            Expression::Literal(_)
            | Expression::Constant(_)
            | Expression::ZeroValue(_)
            | Expression::Compose { .. }
            | Expression::Splat { .. } => self
                .fixed(&frame.function.expressions[expression], &|part| {
                    self.value(part, lane)
                })?,
            _ => return Err(Stop::Enough),
        })
    }

    /// The value of an expression that stands for the same in all invocations, if its parts do.
    fn fixed(
        &self,
        expression: &Expression,
        part: &dyn Fn(Handle<Expression>) -> Step<Value>,
    ) -> Step<Value> {
        Ok(match expression {
            Expression::Literal(literal) => Value::Scalar(match literal {
                Literal::F32(number) => Scalar::F32(*number),
                Literal::U32(number) => Scalar::U32(*number),
                Literal::I32(number) => Scalar::I32(*number),
                Literal::Bool(is) => Scalar::Bool(*is),
                _ => return Err(Stop::Enough),
            }),
            Expression::Constant(constant) => {
                return self.global(self.module.constants[*constant].init);
            }
            Expression::ZeroValue(ty) => {
                let shape = Shape::new(self.module);
                let zeros = shape.zeros(*ty).ok_or(Stop::Enough)?;
                shape
                    .value(&self.module.types[*ty].inner, &zeros)
                    .ok_or(Stop::Enough)?
            }
            Expression::Compose { ty, components } => {
                let parts = components.iter().map(|component| part(*component));
                let parts = parts.collect::<Step<Vec<Value>>>()?;
                // A vector may be composed of vectors.
                match &self.module.types[*ty].inner {
                    TypeInner::Vector { .. } => Value::Many(
                        parts
                            .iter()
                            .flat_map(Value::leaves)
                            .map(Value::Scalar)
                            .collect(),
                    ),
                    _ => Value::Many(parts),
                }
            }
            Expression::Splat { size, value } => Value::Many(vec![part(*value)?; *size as usize]),
            _ => return Err(Stop::Enough),
        })
    }

    /// The value of an expression outside of functions.
    fn global(&self, expression: Handle<Expression>) -> Step<Value> {
        self.fixed(&self.module.global_expressions[expression], &|part| {
            self.global(part)
        })
    }

    fn evaluate(&mut self, expression: Handle<Expression>, lane: usize) -> Step<Value> {
        *self.steps = self.steps.checked_sub(1).ok_or(Stop::Enough)?;
        let function = self.top().function;
        let of = |part: &Handle<Expression>| self.value(*part, lane);
        Ok(match &function.expressions[expression] {
            Expression::Access { base, index } => {
                let index = match of(index)? {
                    Value::Scalar(Scalar::U32(index)) => Some(index as usize),
                    Value::Scalar(Scalar::I32(index)) => usize::try_from(index).ok(),
                    _ => return Err(Stop::Enough),
                };
                self.access(*base, index, lane)?
            }
            Expression::AccessIndex { base, index } => {
                self.access(*base, Some(*index as usize), lane)?
            }
            Expression::Swizzle {
                size,
                vector,
                pattern,
            } => {
                let Value::Many(parts) = of(vector)? else {
                    return Err(Stop::Enough);
                };
                let pattern = &pattern[..*size as usize];
                Value::Many(
                    pattern
                        .iter()
                        .map(|part| parts[*part as usize].clone())
                        .collect(),
                )
            }
            Expression::Load { pointer } => self.load(*pointer, expression, lane)?,
            Expression::Unary { op, expr } => unary(*op, of(expr)?).ok_or(Stop::Enough)?,
            Expression::Binary { op, left, right } => {
                binary(*op, of(left)?, of(right)?).ok_or(Stop::Enough)?
            }
            Expression::Select {
                condition,
                accept,
                reject,
            } => match of(condition)? {
                Value::Scalar(Scalar::Bool(true)) => of(accept)?,
                Value::Scalar(Scalar::Bool(false)) => of(reject)?,
                _ => return Err(Stop::Enough),
            },
            Expression::Relational { fun, argument } => {
                relational(*fun, of(argument)?).ok_or(Stop::Enough)?
            }
            Expression::Math {
                fun,
                arg,
                arg1,
                arg2,
                arg3: None,
            } => {
                let mut parts = vec![of(arg)?];
                for more in [arg1, arg2].into_iter().flatten() {
                    parts.push(of(more)?);
                }
                math(*fun, &parts).ok_or(Stop::Enough)?
            }
            Expression::As {
                expr,
                kind,
                convert,
            } => cast(of(expr)?, *kind, convert.is_some()).ok_or(Stop::Enough)?,
            Expression::ArrayLength(array) => {
                let Value::Pointer(Pointer {
                    root: Root::Global(handle),
                    ..
                }) = of(array)?
                else {
                    return Err(Stop::Enough);
                };
                let TypeInner::Pointer { base, .. } = self.inner(*array) else {
                    return Err(Stop::Enough);
                };
                if *base != self.module.global_variables[handle].ty {
                    // The last member of a struct.
                    return Err(Stop::Enough);
                }
                let whole = self.shared.get(&handle).map_or(0, Memory::len);
                let length = Shape::new(self.module)
                    .length(*base, whole)
                    .ok_or(Stop::Enough)?;
                Value::Scalar(Scalar::U32(length as u32))
            }
            fixed => self.fixed(fixed, &|part| self.value(part, lane))?,
        })
    }

    /// The type of an expression in the function that runs.
    fn inner(&self, expression: Handle<Expression>) -> &'m TypeInner {
        let (module, info) = (self.module, self.top().info);
        match &info[expression].ty {
            TypeResolution::Handle(handle) => &module.types[*handle].inner,
            TypeResolution::Value(inner) => inner,
        }
    }

    /// A part of a value, or a pointer to a part of what a pointer points to.
    fn access(&self, base: Handle<Expression>, index: Option<usize>, lane: usize) -> Step<Value> {
        let shape = Shape::new(self.module);
        match self.value(base, lane)? {
            Value::Pointer(pointer) => {
                let whole = match pointer.root {
                    Root::Global(handle) => self.shared.get(&handle).map_or(0, Memory::len),
                    Root::Local(..) => 0,
                };
                let at = pointer.at.zip(index).map(|(at, index)| {
                    let part = shape
                        .part(self.inner(base), index, whole)
                        .ok_or(Stop::Enough)?;
                    Ok(part.map(|part| at + part))
                });
                let at = at.transpose()?.flatten();
                Ok(Value::Pointer(Pointer { at, ..pointer }))
            }
            Value::Many(parts) => {
                // What a device gives for an index that is too large, may be anything.
                let part = index.and_then(|index| parts.get(index)).or(parts.first());
                part.cloned().ok_or(Stop::Enough)
            }
            Value::Scalar(_) => Err(Stop::Enough),
        }
    }

    /// Whether a pointer points to what is always accessed atomically.
    fn is_atomic(&self, pointer: Handle<Expression>) -> bool {
        let TypeInner::Pointer { base, .. } = self.inner(pointer) else {
            return false;
        };
        matches!(self.module.types[*base].inner, TypeInner::Atomic(_))
    }

    fn pointer(&self, expression: Handle<Expression>, lane: usize) -> Step<Pointer> {
        match self.value(expression, lane)? {
            Value::Pointer(pointer) => Ok(pointer),
            _ => Err(Stop::Enough),
        }
    }

    fn load(
        &mut self,
        pointer: Handle<Expression>,
        result: Handle<Expression>,
        lane: usize,
    ) -> Step<Value> {
        let span = self.top().function.expressions.get_span(result);
        let shape = Shape::new(self.module);
        let inner = self.inner(result);
        let many = shape.leaves_of(inner).ok_or(Stop::Enough)?;
        let place = self.pointer(pointer, lane)?;
        let Some(at) = place.at else {
            let zeros = shape.zeros_of(inner).ok_or(Stop::Enough)?;
            return shape.value(inner, &zeros).ok_or(Stop::Enough);
        };
        if let Root::Global(handle) = place.root {
            let is_atomic = self.is_atomic(pointer);
            self.touch(handle, at, many, lane, [false, is_atomic], span)?;
        }
        let memory = self.memory(place.root, lane)?;
        let leaves = memory.get(at..at + many).ok_or(Stop::Enough)?.to_vec();
        shape.value(inner, &leaves).ok_or(Stop::Enough)
    }

    fn store(
        &mut self,
        pointer: Handle<Expression>,
        leaves: &[Scalar],
        lane: usize,
        span: Span,
    ) -> Step<()> {
        let place = self.pointer(pointer, lane)?;
        let Some(at) = place.at else {
            let name = match place.root {
                Root::Global(handle) => self.name(handle),
                Root::Local(..) => String::from("an array"),
            };
            return Err(Stop::Found(Found {
                cause: Cause::Outside,
                message: format!(
                    "{} writes to `{name}` beyond its end",
                    self.who(self.number(lane))
                ),
                span,
            }));
        };
        if let Root::Global(handle) = place.root {
            let is_atomic = self.is_atomic(pointer);
            self.touch(handle, at, leaves.len(), lane, [true, is_atomic], span)?;
        }
        let memory = self.memory(place.root, lane)?;
        let there = memory.get_mut(at..at + leaves.len()).ok_or(Stop::Enough)?;
        there.copy_from_slice(leaves);
        Ok(())
    }

    fn atomic(
        &mut self,
        pointer: Handle<Expression>,
        fun: AtomicFunction,
        value: Handle<Expression>,
        result: Option<Handle<Expression>>,
        lane: usize,
        span: Span,
    ) -> Step<()> {
        let place = self.pointer(pointer, lane)?;
        let (Value::Scalar(value), Some(at), Root::Global(handle)) =
            (self.value(value, lane)?, place.at, place.root)
        else {
            return Err(Stop::Enough);
        };
        self.touch(handle, at, 1, lane, [true, true], span)?;
        let memory = self.memory(place.root, lane)?;
        let there = memory.get_mut(at).ok_or(Stop::Enough)?;
        let before = *there;
        *there = values::atomic(fun, before, value).ok_or(Stop::Enough)?;
        if let Some(result) = result {
            self.set(result, lane, Value::Scalar(before));
        }
        Ok(())
    }

    fn memory(&mut self, root: Root, lane: usize) -> Step<&mut [Scalar]> {
        match root {
            Root::Local(frame, variable) => Ok(&mut self.frames[frame].locals[variable][lane]),
            Root::Global(handle) => match self.shared.get_mut(&handle) {
                Some(memory) => Ok(memory.leaves_mut()),
                None => {
                    let private = self.private.get_mut(&handle).ok_or(Stop::Enough)?;
                    Ok(&mut private[lane])
                }
            },
        }
    }

    /// Records an access of an invocation to shared memory: whether it writes, and whether the access is atomic.
    fn touch(
        &mut self,
        handle: Handle<GlobalVariable>,
        at: usize,
        many: usize,
        lane: usize,
        [writes, is_atomic]: [bool; 2],
        span: Span,
    ) -> Step<()> {
        let is_workgroup = self.module.global_variables[handle].space == AddressSpace::WorkGroup;
        if is_workgroup && !writes {
            self.reads[lane] += many;
            let reads = &mut self.together.most_reads;
            *reads = self.reads[lane].max(*reads);
        }
        if !is_workgroup && writes {
            self.writes[lane] += many;
            let writes = &mut self.together.most_writes;
            *writes = self.writes[lane].max(*writes);
        }
        let access = Access {
            invocation: self.number(lane),
            group: self.group,
            epoch: self.epochs[usize::from(is_workgroup)],
            writes,
            is_atomic,
        };
        let Some(memory) = self.shared.get_mut(&handle) else {
            return Ok(());
        };
        for leaf in at..at + many {
            if let Some(other) = memory.touch(leaf, access) {
                let place = self.name_of(handle, leaf);
                let does = |access: Access| if access.writes { "writes" } else { "reads" };
                return Err(Stop::Found(Found {
                    cause: Cause::Race,
                    message: format!(
                        "{} {} {place}, which {} {}, and no barrier orders them",
                        self.who(access.invocation),
                        does(access),
                        self.who(other.invocation),
                        does(other),
                    ),
                    span,
                }));
            }
        }
        Ok(())
    }

    /// The number of an invocation among those of all workgroups.
    fn number(&self, lane: usize) -> u64 {
        let [x, y, z] = self.group.map(u64::from);
        let [width, height, _] = self.groups.map(u64::from);
        ((z * height + y) * width + x) * self.lanes as u64 + lane as u64
    }

    fn who(&self, invocation: u64) -> String {
        let lanes = self.lanes as u64;
        format!(
            "invocation {} of workgroup {}",
            invocation % lanes,
            invocation / lanes
        )
    }

    fn name(&self, handle: Handle<GlobalVariable>) -> String {
        self.module.global_variables[handle]
            .name
            .clone()
            .unwrap_or_default()
    }

    /// A place as in WGSL.
    fn name_of(&self, handle: Handle<GlobalVariable>, leaf: usize) -> String {
        let name = self.name(handle);
        let variable = &self.module.global_variables[handle];
        match Shape::new(self.module).element(variable.ty) {
            Some(each) => format!("`{name}[{}]`", leaf / each),
            None => format!("`{name}`"),
        }
    }
}

//! An open device: its buffers, kernels, copies and waits.

use crate::{
    Bind, Buffer, Element, Event, Kernel, Staging, Together,
    kernel::{self, all_of},
    machine::{Downloads, Raw, Shared, ready},
    memory::{Memory, bytes_of},
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fmt::{self, Debug, Formatter},
    marker::PhantomData,
    panic::Location,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use wgpu::{BufferUsages, MapMode, PollType, SubmissionIndex};

/// The largest number of steps in the rehearsal of one run.
const STEPS: u64 = 250_000;
/// The fewest steps that a rehearsal counts as, because it copies all buffers.
const FEWEST: u64 = 20_000;

/// An open device. Clones are the same device.
///
/// A device executes its submissions one after another, in the order in which they were made. The host does not wait
/// for them: [`run`](Self::run) and [`copy`](Self::copy) return at once, and [`wait`](Self::wait) and
/// [`download`](Self::download) return when the device has finished.
///
/// A call that the device cannot carry out panics with a message that says why.
#[derive(Clone)]
pub struct Device(Rc<Opened>);

struct Opened {
    raw: Rc<Raw>,
    name: String,
    most_groups: u32,
    shared: Rc<Shared>,
    /// The number of the last submission; the first has 1.
    submitted: Cell<u64>,
    /// The last submission that was waited for.
    waited: Cell<u64>,
    /// The submissions that nobody has waited for yet.
    pending: RefCell<BTreeMap<u64, Pending>>,
}

/// A submission that the program has not waited for.
struct Pending {
    index: SubmissionIndex,
    is_run: bool,
}

/// A run or a copy that a device has been asked for. Pass it to [`Device::wait`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Submission(u64);

/// The number of workgroups in one, two or three dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups([u32; 3]);

impl From<u32> for Groups {
    fn from(x: u32) -> Self {
        Self([x, 1, 1])
    }
}

impl From<[u32; 2]> for Groups {
    fn from([x, y]: [u32; 2]) -> Self {
        Self([x, y, 1])
    }
}

impl From<[u32; 3]> for Groups {
    fn from(groups: [u32; 3]) -> Self {
        Self(groups)
    }
}

impl Debug for Device {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name())
    }
}

impl Device {
    /// Wraps a device that `wgpu` has opened.
    pub(crate) fn new(raw: Rc<Raw>, name: String, most_groups: u32, shared: &Rc<Shared>) -> Self {
        Self(Rc::new(Opened {
            raw,
            name,
            most_groups,
            shared: Rc::clone(shared),
            submitted: Cell::new(0),
            waited: Cell::new(0),
            pending: RefCell::default(),
        }))
    }

    /// The name of the device, as its driver reports it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The largest number of workgroups that [`run`](Self::run) accepts in a dimension: 65,535 on most devices.
    pub fn most_groups(&self) -> u32 {
        self.0.most_groups
    }

    /// Creates a buffer of `length` numbers, all of them 0 (`create_buffer`).
    #[track_caller]
    pub fn buffer<T: Element>(&self, length: usize) -> Buffer<T> {
        let place = Location::caller();
        let memory = self.checked(place, || {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
            self.memory(bytes_of::<T>(length), usage)
        });
        Buffer {
            memory,
            length,
            element: PhantomData,
        }
    }

    /// Creates a buffer that contains `numbers` (`create_buffer`, `write_buffer`).
    #[track_caller]
    pub fn upload<T: Element>(&self, numbers: &[T]) -> Buffer<T> {
        let buffer = self.buffer(numbers.len());
        self.write(&buffer, numbers);
        buffer
    }

    /// Copies `numbers` to the beginning of a buffer (`write_buffer`). Runs and copies that were submitted earlier still
    /// see the old contents.
    #[track_caller]
    pub fn write<T: Element>(&self, buffer: &Buffer<T>, numbers: &[T]) {
        let place = Location::caller();
        if numbers.len() > buffer.length {
            let message = format!("{} numbers do not fit into {buffer:?}", numbers.len());
            self.0.shared.refuse(place, message);
        }
        self.note(Event::Uploaded {
            bytes: size_of_val(numbers) as u64,
        });
        if !numbers.is_empty() {
            self.checked(place, || {
                let bytes = bytemuck::cast_slice(numbers);
                self.0.raw.queue.write_buffer(&buffer.memory.raw, 0, bytes);
            });
        }
    }

    /// Creates a staging buffer with room for `length` numbers.
    #[track_caller]
    pub fn staging<T: Element>(&self, length: usize) -> Staging<T> {
        let place = Location::caller();
        let memory = self.checked(place, || {
            let usage = BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC;
            self.memory(bytes_of::<T>(length), usage)
        });
        Staging {
            memory,
            length,
            read_by: Cell::new(0),
            element: PhantomData,
        }
    }

    /// Writes `numbers` to the beginning of a staging buffer (`map_async`, `unmap`).
    ///
    /// The last [`copy`](Self::copy) from this buffer must be complete: wait for it first.
    #[track_caller]
    pub fn fill<T: Element>(&self, staging: &Staging<T>, numbers: &[T]) {
        let place = Location::caller();
        let refuse = |message| self.0.shared.refuse(place, message);
        if numbers.len() > staging.length {
            refuse(format!(
                "{} numbers do not fit into a staging buffer of {}",
                numbers.len(),
                staging.length
            ));
        }
        if staging.read_by.get() > self.0.waited.get() {
            refuse(String::from(
                "a staging buffer cannot be filled while the device may still copy from it: wait for that copy, or for \
                 a kernel that was started after it, before you fill the buffer again",
            ));
        }
        self.note(Event::Filled {
            bytes: size_of_val(numbers) as u64,
            pending: self.runs_pending(),
        });
        if numbers.is_empty() {
            return;
        }
        self.checked(place, || {
            let bytes: &[u8] = bytemuck::cast_slice(numbers);
            let range = ..bytes.len() as u64;
            self.map(&staging.memory.raw, MapMode::Write);
            match staging.memory.raw.get_mapped_range_mut(range) {
                Ok(mut view) => view.copy_from_slice(bytes),
                Err(error) => refuse(all_of(&error)),
            }
            staging.memory.raw.unmap();
        });
    }

    /// Starts a copy of the first `length` numbers of a staging buffer to the beginning of a buffer
    /// (`copy_buffer_to_buffer`). The host does not wait for it.
    #[track_caller]
    pub fn copy<T: Element>(
        &self,
        staging: &Staging<T>,
        buffer: &Buffer<T>,
        length: usize,
    ) -> Submission {
        let place = Location::caller();
        if length > staging.length || length > buffer.length {
            let message = format!(
                "{length} numbers cannot be copied from a staging buffer of {} to {buffer:?}: both need room for all of \
                 them",
                staging.length
            );
            self.0.shared.refuse(place, message);
        }
        let bytes = (length * size_of::<T>()) as u64;
        self.note(Event::Copied { bytes });
        let submission = self.submit(place, false, |encoder| {
            if bytes > 0 {
                encoder.copy_buffer_to_buffer(&staging.memory.raw, 0, &buffer.memory.raw, 0, bytes);
            }
        });
        staging.read_by.set(submission.0);
        submission
    }

    /// Compiles a kernel (`create_shader_module`, `create_compute_pipeline`): WGSL with one function that begins with
    /// `@compute @workgroup_size(…)`. Its variables in `@group(0)` are buffers: `@binding(0)` is the first buffer that
    /// is passed to [`run`](Self::run), and so on. A kernel that has been compiled before is returned at once.
    ///
    /// # Panics
    /// If the WGSL is not valid.
    #[track_caller]
    pub fn kernel(&self, wgsl: &str) -> Kernel {
        let place = Location::caller();
        let known = self.0.raw.kernels.borrow().get(wgsl).cloned();
        known.unwrap_or_else(|| {
            let kernel = kernel::compile(&self.0.raw.device, &self.0.shared, place, wgsl);
            let mut kernels = self.0.raw.kernels.borrow_mut();
            kernels.insert(wgsl.to_owned(), kernel.clone());
            kernel
        })
    }

    /// Starts a kernel with `groups` workgroups and with `buffers` at its bindings (`dispatch_workgroups`). The host
    /// does not wait for it.
    ///
    /// # Panics
    /// If there are more than [`most_groups`](Self::most_groups) workgroups in a dimension, or if the buffers do not
    /// match the bindings of the kernel.
    #[track_caller]
    pub fn run(
        &self,
        kernel: &Kernel,
        groups: impl Into<Groups>,
        buffers: &[&dyn Bind],
    ) -> Submission {
        let place = Location::caller();
        let Groups(groups) = groups.into();
        self.check(place, kernel, groups, buffers);
        let together = self.rehearse(place, kernel, groups, buffers);
        self.note(Event::Ran {
            facts: kernel.facts.clone(),
            groups,
            together,
        });
        let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.raw().as_entire_binding(),
            })
            .collect();
        self.submit(place, true, |encoder| {
            let bound = self
                .0
                .raw
                .device
                .create_bind_group(&wgpu::BindGroupDescriptor {
                    label: None,
                    layout: &kernel.layout,
                    entries: &entries,
                });
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&kernel.pipeline);
            pass.set_bind_group(0, &bound, &[]);
            let [x, y, z] = groups;
            pass.dispatch_workgroups(x, y, z);
        })
    }

    /// Rehearses a kernel on the host, if a check wants to know what it does. Returns what the invocations of a
    /// workgroup do together.
    fn rehearse(
        &self,
        place: &Location<'_>,
        kernel: &Kernel,
        groups: [u32; 3],
        buffers: &[&dyn Bind],
    ) -> Together {
        let left = self.0.shared.steps.get();
        if left == 0 {
            return Together::default();
        }
        let contents: Vec<Vec<u8>> = buffers
            .iter()
            .map(|buffer| self.bytes(place, buffer.raw()))
            .collect();
        let allowed = left.min(STEPS);
        let mut rest = allowed;
        let (fault, together) = kernel.rehearse(groups, &contents, &mut rest);
        let taken = (allowed - rest).max(FEWEST);
        self.0.shared.steps.set(left.saturating_sub(taken));
        if let Some(fault) = fault {
            self.0.shared.fail(&fault);
        }
        together
    }

    /// The contents of a buffer once the device has done everything that it was asked to do. The program's own waits
    /// are not counted here.
    fn bytes(&self, place: &Location<'_>, from: &wgpu::Buffer) -> Vec<u8> {
        let raw = &self.0.raw.device;
        self.checked(place, || {
            let there = raw.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: from.size(),
                usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            let mut encoder = raw.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(from, 0, &there, 0, from.size());
            self.0.raw.queue.submit([encoder.finish()]);
            self.map(&there, MapMode::Read);
            match there.get_mapped_range(..) {
                Ok(view) => view.to_vec(),
                Err(error) => self.0.shared.refuse(place, all_of(&error)),
            }
        })
    }

    /// Refuses workgroups and buffers with which the kernel cannot run.
    fn check(
        &self,
        place: &Location<'_>,
        kernel: &Kernel,
        groups: [u32; 3],
        buffers: &[&dyn Bind],
    ) {
        let refuse = |message| self.0.shared.refuse(place, message);
        let name = &kernel.facts.name;
        let most = self.0.most_groups;
        if let Some(many) = groups.into_iter().find(|many| *many > most) {
            refuse(format!(
                "`{name}` cannot run with {many} workgroups in one dimension, because this device allows at most {most} \
                 (`most_groups`): let each invocation do more, or use a second dimension or several runs"
            ));
        }
        if buffers.len() != kernel.bindings.len() {
            let names: Vec<&str> = kernel.bindings.iter().map(|it| &it.name[..]).collect();
            refuse(format!(
                "`{name}` has {} bindings ({}), but was given {} buffers",
                names.len(),
                names.join(", "),
                buffers.len()
            ));
        }
        for (number, (binding, buffer)) in kernel.bindings.iter().zip(buffers).enumerate() {
            let holds = buffer.holds();
            if let Some(expected) = binding.holds.filter(|expected| *expected != holds) {
                refuse(format!(
                    "`{}` of `{name}`, binding {number}, consists of {expected}, but the buffer consists of {holds}",
                    binding.name
                ));
            }
        }
    }

    /// Waits until the device has completed this submission and all earlier ones (`poll`).
    #[track_caller]
    pub fn wait(&self, submission: Submission) {
        self.wait_until(Location::caller(), submission.0);
        self.note(Event::Waited {
            pending: self.runs_pending(),
        });
    }

    /// Waits until the device has completed all submissions, and copies a buffer to the host
    /// (`copy_buffer_to_buffer`, `map_async`).
    #[track_caller]
    pub fn download<T: Element>(&self, buffer: &Buffer<T>) -> Vec<T> {
        let place = Location::caller();
        let bytes = (buffer.length * size_of::<T>()) as u64;
        self.note(Event::Downloaded { bytes });
        let contents = self.bytes(place, &buffer.memory.raw);
        // Reading the contents has waited for all submissions: they are complete for the program, too.
        self.wait_until(place, self.0.submitted.get());
        // The bytes need not be aligned.
        let numbers: Vec<T> = bytemuck::pod_collect_to_vec(&contents[..bytes as usize]);
        match self.0.shared.downloads.get() {
            Downloads::AsTheyAre => numbers,
            Downloads::OneMore => numbers.into_iter().map(T::other).collect(),
            Downloads::Zeros => vec![T::zeroed(); numbers.len()],
        }
    }

    fn note(&self, event: Event) {
        self.0.shared.log.note(event);
    }

    fn memory(&self, bytes: u64, usage: BufferUsages) -> Memory {
        Memory::new(&self.0.raw.device, &self.0.shared.log, bytes, usage)
    }

    /// Maps a buffer that the device does not use at the moment.
    fn map(&self, buffer: &wgpu::Buffer, mode: MapMode) {
        let mapped = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&mapped);
        buffer.map_async(mode, .., move |_| set.store(true, Ordering::Release));
        while !mapped.load(Ordering::Acquire) {
            // An error of the mapping is reported to the error scope of the caller.
            let _ = self.0.raw.device.poll(PollType::Poll);
        }
    }

    /// The number of kernel runs that the program has not waited for.
    fn runs_pending(&self) -> usize {
        let pending = self.0.pending.borrow();
        pending.values().filter(|pending| pending.is_run).count()
    }

    /// Submits commands to the device.
    fn submit(
        &self,
        place: &Location<'_>,
        is_run: bool,
        what: impl FnOnce(&mut wgpu::CommandEncoder),
    ) -> Submission {
        let index = self.checked(place, || {
            let mut encoder = self
                .0
                .raw
                .device
                .create_command_encoder(&Default::default());
            what(&mut encoder);
            self.0.raw.queue.submit([encoder.finish()])
        });
        let number = self.0.submitted.get() + 1;
        self.0.submitted.set(number);
        let pending = Pending { index, is_run };
        self.0.pending.borrow_mut().insert(number, pending);
        Submission(number)
    }

    fn wait_until(&self, place: &Location<'_>, number: u64) {
        let index = {
            let mut pending = self.0.pending.borrow_mut();
            let later = pending.split_off(&(number + 1));
            let done = std::mem::replace(&mut *pending, later);
            done.into_values().next_back().map(|pending| pending.index)
        };
        let Some(index) = index else {
            // The program has already waited for it.
            return;
        };
        let waited = self.0.raw.device.poll(PollType::Wait {
            submission_index: Some(index),
            timeout: None,
        });
        if let Err(error) = waited {
            self.0.shared.refuse(place, all_of(&error));
        }
        self.0.waited.set(self.0.waited.get().max(number));
    }

    /// Makes calls to `wgpu`, and reports an error of `wgpu` as a fault.
    fn checked<R>(&self, place: &Location<'_>, something: impl FnOnce() -> R) -> R {
        let raw = &self.0.raw.device;
        let memory = raw.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = raw.push_error_scope(wgpu::ErrorFilter::Validation);
        let result = something();
        let errors = [ready(validation.pop()), ready(memory.pop())];
        if let Some(error) = errors.into_iter().flatten().next() {
            self.0.shared.refuse(place, all_of(&error));
        }
        result
    }
}

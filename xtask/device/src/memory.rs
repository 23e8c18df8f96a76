//! Buffers: memory of a device, and memory that host and device use in turns.

use crate::{Log, log::Event};
use std::{
    cell::Cell,
    fmt::{self, Debug, Formatter},
    marker::PhantomData,
};

mod sealed {
    pub trait Sealed {}
}

/// The types of numbers that a buffer can contain: those of WGSL.
pub trait Element: bytemuck::Pod + sealed::Sealed {
    /// Its name in WGSL.
    const NAME: &'static str;

    /// Another number, near this one.
    #[doc(hidden)]
    fn other(self) -> Self;
}

macro_rules! elements {
    ($($type:ident: $other:expr;)+) => {$(
        impl sealed::Sealed for $type {}

        impl Element for $type {
            const NAME: &'static str = stringify!($type);

            fn other(self) -> Self {
                $other(self)
            }
        }
    )+};
}

elements! {
    u32: |number: u32| number.wrapping_add(1);
    i32: |number: i32| number.wrapping_add(1);
    f32: |number: f32| number + 1.0;
}

/// Memory of some size. The log records when it is freed.
pub(crate) struct Memory {
    pub(crate) raw: wgpu::Buffer,
    log: Log,
}

impl Memory {
    pub(crate) fn new(
        device: &wgpu::Device,
        log: &Log,
        bytes: u64,
        usage: wgpu::BufferUsages,
    ) -> Self {
        let raw = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage,
            mapped_at_creation: false,
        });
        let staging = usage.contains(wgpu::BufferUsages::MAP_WRITE);
        log.note(Event::Made { bytes, staging });
        Self {
            raw,
            log: log.clone(),
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let bytes = self.raw.size();
        self.log.note(Event::Freed { bytes });
    }
}

/// The size in bytes of a buffer of `length` numbers. WGSL has no arrays without elements.
pub(crate) fn bytes_of<T: Element>(length: usize) -> u64 {
    (length.max(1) * size_of::<T>()) as u64
}

/// Numbers in the memory of a device.
///
/// In a kernel, it is an array: `var<storage, read> numbers: array<f32>`, or `read_write` if the kernel writes to it.
/// A buffer of length 0 is an array of one element there, because WGSL has no empty arrays.
pub struct Buffer<T> {
    pub(crate) memory: Memory,
    pub(crate) length: usize,
    pub(crate) element: PhantomData<T>,
}

impl<T> Buffer<T> {
    /// The number of numbers.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are no numbers.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl<T: Element> Debug for Buffer<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "a buffer of {} {}", self.length, T::NAME)
    }
}

/// A [`Buffer`] of any type, as it is passed to a kernel.
pub trait Bind: sealed::Sealed {
    #[doc(hidden)]
    fn raw(&self) -> &wgpu::Buffer;

    /// The type of its numbers, by its name in WGSL.
    fn holds(&self) -> &'static str;
}

impl<T: Element> sealed::Sealed for Buffer<T> {}

impl<T: Element> Bind for Buffer<T> {
    fn raw(&self) -> &wgpu::Buffer {
        &self.memory.raw
    }

    fn holds(&self) -> &'static str {
        T::NAME
    }
}

/// Memory that the host writes to and the device copies from, in turns.
///
/// After a copy from it was started, the device may read it at any time. Wait for that copy, or for a later submission,
/// before you fill the buffer again.
pub struct Staging<T> {
    pub(crate) memory: Memory,
    pub(crate) length: usize,
    /// The last submission in which the device copies from it, or 0 if there is none.
    pub(crate) read_by: Cell<u64>,
    pub(crate) element: PhantomData<T>,
}

impl<T> Staging<T> {
    /// The number of numbers that fit.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether no number fits.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

//! Kernels on a device, in a few calls: what exercise 20 sees of `wgpu`.
//!
//! A [`Machine`] finds the devices of this machine and opens one. A [`Device`] has memory of its own: a [`Buffer`]
//! lies there, and a [`Kernel`], written in WGSL, works on buffers. A [`Staging`] buffer is memory that both sides
//! reach, the host by turns with the device.
//!
//! ```no_run
//! # fn main() -> Result<(), device::NoDevice> {
//! let machine = device::Machine::find()?;
//! let device = machine.open(0);
//! let numbers = device.upload(&[1_u32, 2, 3]);
//! let double = device.kernel(
//!     "@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
//!
//!     @compute @workgroup_size(64)
//!     fn double(@builtin(global_invocation_id) id: vec3u) {
//!         if id.x < arrayLength(&numbers) {
//!             numbers[id.x] *= 2u;
//!         }
//!     }",
//! );
//! device.run(&double, 1, &[&numbers]);
//! assert_eq!(device.download(&numbers), [2, 4, 6]);
//! # Ok(())
//! # }
//! ```
//!
//! Everything that a device does is noted in the machine's [`Log`]: by it a check sees how a result was found.
//!
//! - `machine`: which devices there are;
//! - `opened`: a device, and what it can be asked to do;
//! - `memory`: buffers;
//! - `kernel`: WGSL, compiled, and what is to be known of it;
//! - `rehearsal`: a kernel step by step on the host, to find what is wrong by luck only;
//! - [`log`]: what has been done;
//! - `fault`: what cannot be done, and why.

mod fault;
mod kernel;
pub mod log;
mod machine;
mod memory;
mod opened;
mod rehearsal;

pub use fault::{Cause, Fault};
pub use kernel::{Facts, Kernel};
pub use log::{Event, Log};
pub use machine::{Machine, NoDevice};
pub use memory::{Bind, Buffer, Element, Staging};
pub use opened::{Device, Groups, Submission};

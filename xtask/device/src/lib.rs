//! Runs kernels on a device with a few calls: the interface to `wgpu` that exercise 20 uses.
//!
//! A [`Machine`] finds the devices of this machine and opens them. A [`Device`] has memory of its own, which contains
//! each [`Buffer`]. A [`Kernel`], written in WGSL, works on buffers. A [`Staging`] buffer is memory that host and
//! device can both access, in turns.
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
//! Every call to a device is recorded in the machine's [`Log`], which shows a check how a result was computed.
//!
//! - `machine`: finds and opens devices;
//! - `opened`: an open device: its buffers, kernels, copies and waits;
//! - `memory`: buffers;
//! - `kernel`: compiles WGSL, and collects facts about it;
//! - `rehearsal`: runs a kernel step by step on the host, to find errors that a device may hide;
//! - [`log`]: a record of all calls;
//! - `fault`: calls that cannot be carried out, and errors in kernels.

mod fault;
mod kernel;
pub mod log;
mod machine;
mod memory;
mod opened;
mod rehearsal;

pub use fault::{Cause, Fault};
pub use kernel::{Facts, Kernel};
pub use log::{Event, Log, Together};
pub use machine::{Machine, NoDevice};
pub use memory::{Bind, Buffer, Element, Staging};
pub use opened::{Device, Groups, Submission};

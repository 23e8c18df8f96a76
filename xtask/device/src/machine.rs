//! Which devices there are.

use crate::{
    Device, Kernel, Log,
    fault::{Fault, Handler},
    log::Event,
};
use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::HashMap,
    error::Error,
    fmt::{self, Display, Formatter},
    panic::Location,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    thread,
};
use wgpu::{Adapter, Backends, DeviceType, Instance, InstanceDescriptor, RequestDeviceError};

/// The devices of this machine. Clones have the same log.
#[derive(Clone)]
pub struct Machine {
    found: Rc<Vec<Found>>,
    /// The number of devices that it says it has.
    devices: usize,
    most_groups: u32,
    pub(crate) shared: Rc<Shared>,
}

/// A device that is there. It is opened once: that takes long.
struct Found {
    adapter: Adapter,
    raw: OnceCell<Rc<Raw>>,
}

/// A device that `wgpu` has opened.
pub(crate) struct Raw {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    /// Those that were compiled for it, by their WGSL.
    pub(crate) kernels: RefCell<HashMap<String, Kernel>>,
}

impl Found {
    fn new(adapter: Adapter) -> Self {
        Self {
            adapter,
            raw: OnceCell::new(),
        }
    }

    fn open(&self) -> Result<Rc<Raw>, RequestDeviceError> {
        if let Some(raw) = self.raw.get() {
            return Ok(Rc::clone(raw));
        }
        let descriptor = wgpu::DeviceDescriptor {
            required_limits: self.adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = ready(self.adapter.request_device(&descriptor))?;
        let raw = Raw {
            device,
            queue,
            kernels: RefCell::default(),
        };
        Ok(Rc::clone(self.raw.get_or_init(|| Rc::new(raw))))
    }
}

/// What all devices of a machine have together.
pub(crate) struct Shared {
    pub(crate) log: Log,
    handler: Box<Handler>,
    /// Steps that are left for rehearsals.
    pub(crate) steps: Cell<u64>,
}

impl Shared {
    /// Ends what cannot go on.
    pub(crate) fn fail(&self, fault: &Fault) -> ! {
        (self.handler)(fault);
        panic!("{} ({}:{})", fault.message, fault.file, fault.line);
    }

    /// Ends what cannot go on, because of what was called there.
    pub(crate) fn refuse(&self, place: &Location<'_>, message: String) -> ! {
        self.fail(&Fault::at(place, message));
    }
}

/// There is no device that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDevice;

impl Display for NoDevice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no device was found, by Vulkan or Metal. Install the driver of your GPU, or a device in software: `sudo \
             apt install mesa-vulkan-drivers` on Debian and Ubuntu, `sudo dnf install mesa-vulkan-drivers` on Fedora, \
             `sudo pacman -S vulkan-swrast` on Arch",
        )
    }
}

impl Error for NoDevice {}

impl Machine {
    /// Looks for devices: GPUs, and only if there is none, a device in software.
    ///
    /// # Errors
    /// When there is neither.
    pub fn find() -> Result<Self, NoDevice> {
        let backends = Backends::VULKAN | Backends::METAL;
        let instance = Instance::new(InstanceDescriptor {
            backends,
            ..InstanceDescriptor::new_without_display_handle()
        });
        let found = ready(instance.enumerate_adapters(backends));
        let (software, mut adapters): (Vec<Adapter>, Vec<Adapter>) = found
            .into_iter()
            .partition(|adapter| adapter.get_info().device_type == DeviceType::Cpu);
        if adapters.is_empty() {
            adapters = software.into_iter().take(1).collect();
        }
        let most = |adapter: &Adapter| adapter.limits().max_compute_workgroups_per_dimension;
        let most_groups = adapters.iter().map(most).min().ok_or(NoDevice)?;
        Ok(Self {
            devices: adapters.len(),
            found: Rc::new(adapters.into_iter().map(Found::new).collect()),
            most_groups,
            shared: Rc::new(Shared {
                log: Log::default(),
                handler: Box::new(|_| ()),
                steps: Cell::new(0),
            }),
        })
    }

    /// Says from now on that there are so many devices: several stand for the same one, if there are fewer.
    #[must_use]
    pub fn as_if_with(mut self, devices: usize) -> Self {
        self.devices = devices;
        self
    }

    /// Opens devices from now on that take at most so many workgroups in a dimension.
    #[must_use]
    pub fn with_most_groups(mut self, most: u32) -> Self {
        self.most_groups = self.most_groups.min(most);
        self
    }

    /// The same devices, with a log of their own. Before a kernel runs, it is rehearsed on the host, step by step,
    /// for at most so many steps in all; and `handler` is told of every fault, before the program panics.
    #[must_use]
    pub fn watched(mut self, steps: u64, handler: impl Fn(&Fault) + 'static) -> Self {
        self.shared = Rc::new(Shared {
            log: Log::default(),
            handler: Box::new(handler),
            steps: Cell::new(steps),
        });
        self
    }

    /// What is done on these devices.
    pub fn log(&self) -> &Log {
        &self.shared.log
    }

    /// How many devices there are, at least one.
    pub fn devices(&self) -> usize {
        self.devices
    }

    /// Opens a device by its number, from 0.
    ///
    /// # Panics
    /// If there is no such device, or if its driver refuses.
    #[track_caller]
    pub fn open(&self, number: usize) -> Device {
        let place = Location::caller();
        if number >= self.devices {
            let message = format!(
                "device {number} cannot be opened: this machine has {}, numbered from 0",
                self.devices
            );
            self.shared.refuse(place, message);
        }
        self.shared.log.note(Event::Opened { device: number });
        let found = &self.found[number % self.found.len()];
        let raw = found.open().unwrap_or_else(|error| {
            let message = format!("device {number} cannot be opened: {error}");
            self.shared.refuse(place, message)
        });
        let name = found.adapter.get_info().name;
        Device::new(raw, name, self.most_groups, &self.shared)
    }
}

/// What comes of a future that need not be waited for, as those of `wgpu` outside of a browser.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::yield_now(),
        }
    }
}

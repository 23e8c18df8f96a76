//! Finds and opens the devices of a machine.

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

/// The devices of this machine. All clones have the same log.
#[derive(Clone)]
pub struct Machine {
    found: Rc<Vec<Found>>,
    /// The number of devices that it reports.
    devices: usize,
    most_groups: u32,
    pub(crate) shared: Rc<Shared>,
}

/// A device that was found. It is opened only once, because that takes long.
struct Found {
    adapter: Adapter,
    raw: OnceCell<Rc<Raw>>,
}

/// A device that `wgpu` has opened.
pub(crate) struct Raw {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    /// The kernels that were compiled for it, by their WGSL.
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

/// State that all devices of a machine share.
pub(crate) struct Shared {
    pub(crate) log: Log,
    handler: Box<Handler>,
    /// The number of steps that rehearsals may still take.
    pub(crate) steps: Cell<u64>,
    pub(crate) downloads: Cell<Downloads>,
}

/// What downloads return.
#[derive(Clone, Copy, Default)]
pub(crate) enum Downloads {
    /// The numbers on the device.
    #[default]
    AsTheyAre,
    /// Each one more than on the device.
    OneMore,
    Zeros,
}

impl Shared {
    /// Reports a fault to the handler, and panics.
    pub(crate) fn fail(&self, fault: &Fault) -> ! {
        (self.handler)(fault);
        panic!("{} ({}:{})", fault.message, fault.file, fault.line);
    }

    /// Reports a call that cannot be carried out, and panics.
    pub(crate) fn refuse(&self, place: &Location<'_>, message: String) -> ! {
        self.fail(&Fault::at(place, message));
    }
}

/// The error if no usable device was found.
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
    /// Finds devices: all GPUs, or a software device if there is no GPU.
    ///
    /// # Errors
    /// If there is neither.
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
                downloads: Cell::default(),
            }),
        })
    }

    /// Reports `devices` devices from now on. If there are fewer, several numbers refer to the same device.
    #[must_use]
    pub fn as_if_with(mut self, devices: usize) -> Self {
        self.devices = devices;
        self
    }

    /// Limits the devices that are opened from now on to at most `most` workgroups in a dimension.
    #[must_use]
    pub fn with_most_groups(mut self, most: u32) -> Self {
        self.most_groups = self.most_groups.min(most);
        self
    }

    /// Returns the same devices with a log of their own. Each kernel is rehearsed on the host, step by step, before it
    /// runs, for at most `steps` steps in all. `handler` is called with every fault before the program panics.
    #[must_use]
    pub fn watched(mut self, steps: u64, handler: impl Fn(&Fault) + 'static) -> Self {
        self.shared = Rc::new(Shared {
            log: Log::default(),
            handler: Box::new(handler),
            steps: Cell::new(steps),
            downloads: Cell::default(),
        });
        self
    }

    /// Runs something while all downloads return wrong numbers, each one more than on the device. A result that stays
    /// the same does not come from the device.
    pub fn falsified<R>(&self, run: impl FnOnce() -> R) -> R {
        self.with_downloads(Downloads::OneMore, run)
    }

    /// Runs something while all downloads return zeros, as if nothing had been counted on the device.
    pub fn zeroed<R>(&self, run: impl FnOnce() -> R) -> R {
        self.with_downloads(Downloads::Zeros, run)
    }

    fn with_downloads<R>(&self, downloads: Downloads, run: impl FnOnce() -> R) -> R {
        self.shared.downloads.set(downloads);
        let result = run();
        self.shared.downloads.set(Downloads::AsTheyAre);
        result
    }

    /// The log of these devices.
    pub fn log(&self) -> &Log {
        &self.shared.log
    }

    /// The number of devices, at least one.
    pub fn devices(&self) -> usize {
        self.devices
    }

    /// Opens a device by its number, from 0.
    ///
    /// # Panics
    /// If there is no device with this number, or if its driver fails to open it.
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

/// The output of a future that completes by itself, as those of `wgpu` do outside a browser.
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

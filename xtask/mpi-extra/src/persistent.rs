//! Persistent requests: a message that is sent again and again is set up once (MPI standard 4.1,
//! section 3.9).
//!
//! A [`Persistent`] request is idle and gives access to its buffer. [`start`](Persistent::start) turns it
//! into one that is [`Started`], which does not, and [`wait`](Started::wait) turns it back. So the compiler
//! makes sure that no buffer is touched while MPI works on it, and that nothing is started twice.
//!
//! ```standalone_crate
//! use mpi::traits::*;
//! use mpi_extra::traits::*;
//!
//! let universe = mpi::initialize().unwrap();
//! let world = universe.world();
//! let (rank, size) = (world.rank(), world.size());
//! let next = world.process_at_rank((rank + 1) % size);
//! let before = world.process_at_rank((rank + size - 1) % size);
//! let (mut out, mut into) = ([rank], [-1]);
//! mpi::request::scope(|scope| {
//!     let mut send = next.send_init(scope, &mut out);
//!     let mut receive = before.receive_init(scope, &mut into);
//!     // A number goes round until it is home again.
//!     for _ in 0..size {
//!         let (sending, receiving) = (send.start(), receive.start());
//!         (receive, _) = receiving.wait();
//!         (send, _) = sending.wait();
//!         send.buffer_mut()[0] = receive.buffer()[0];
//!     }
//! });
//! assert_eq!(into, [rank]);
//! ```
//!
//! What has been started has no buffer to be touched, and cannot be started again:
//!
//! ```compile_fail,E0382
//! # use mpi::traits::*;
//! # use mpi_extra::traits::*;
//! # let universe = mpi::initialize().unwrap();
//! # let world = universe.world();
//! # let this = world.this_process();
//! # let mut out = [1];
//! mpi::request::scope(|scope| {
//!     let mut send = this.send_init(scope, &mut out);
//!     let sending = send.start();
//!     send.buffer_mut()[0] = 2; // `send` was moved into `sending`
//!     sending.wait();
//! });
//! ```
//!
//! And as long as the request is there, the buffer belongs to it:
//!
//! ```compile_fail,E0506
//! # use mpi::traits::*;
//! # use mpi_extra::traits::*;
//! # let universe = mpi::initialize().unwrap();
//! # let world = universe.world();
//! # let this = world.this_process();
//! # let mut out = [1];
//! mpi::request::scope(|scope| {
//!     let send = this.send_init(scope, &mut out);
//!     let sending = send.start();
//!     out[0] = 2; // borrowed
//!     sending.wait();
//! });
//! ```

// Requests are made and started by C functions.
#![allow(unsafe_code)]

use mpi::{
    Count, Tag,
    datatype::Equivalence,
    ffi::{self, MPI_Request, MPI_Status},
    point_to_point::{Destination, Source, Status},
    raw::AsRaw,
    request::Scope,
};
use std::{
    cell::Cell,
    ffi::{c_int, c_void},
    fmt,
    marker::PhantomData,
    mem::{self, MaybeUninit},
    ptr::NonNull,
    thread,
};

/// A message to be sent or received any number of times, which is neither at the moment.
///
/// It borrows its buffer for as long as the scope's buffers live, and hands it out by
/// [`buffer`](Self::buffer) and [`buffer_mut`](Self::buffer_mut). Dropping it gives the buffer back
/// where the scope ends.
///
/// `T` is the type of the elements, `S` the scope: that of [`mpi::request::scope`], or
/// [`StaticScope`](mpi::request::StaticScope) for buffers that live forever.
#[must_use = "nothing is sent or received before it is started"]
pub struct Persistent<'a, T, S: Scope<'a>> {
    request: MPI_Request,
    /// A pointer rather than a reference, since MPI keeps a copy of it.
    buffer: NonNull<[T]>,
    scope: S,
    borrow: PhantomData<(&'a mut [T], Cell<&'a ()>)>,
}

impl<'a, T, S: Scope<'a>> Persistent<'a, T, S> {
    /// Sets up a request over `buffer`.
    ///
    /// # Safety
    /// `init` must make a persistent request that touches, when started, nothing but so many elements of
    /// `T` from the pointer that it gets, and leaves values of `T` there.
    unsafe fn new(
        scope: S,
        buffer: &'a mut [T],
        init: impl FnOnce(*mut c_void, Count, *mut MPI_Request) -> c_int,
    ) -> Self {
        let count = Count::try_from(buffer.len()).expect("MPI counts elements in 32 bits");
        let buffer = NonNull::from(buffer);
        // SAFETY: a constant, which MPI's library brings along.
        let mut request = unsafe { ffi::RSMPI_REQUEST_NULL };
        init(buffer.as_ptr().cast(), count, &raw mut request);
        Self {
            request,
            buffer,
            scope,
            borrow: PhantomData,
        }
    }

    /// What is to be sent, or has been received.
    pub fn buffer(&self) -> &[T] {
        // SAFETY: the slice is borrowed for `'a` by this request alone, and MPI does not touch it before
        // the request is started, which takes it away from here.
        unsafe { self.buffer.as_ref() }
    }

    /// The same, to be changed.
    pub fn buffer_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `buffer`.
        unsafe { self.buffer.as_mut() }
    }

    /// Begins to send or to receive: `MPI_Start`. It comes back from [`Started::wait`].
    pub fn start(mut self) -> Started<'a, T, S> {
        self.scope.register();
        // SAFETY: the request is persistent and not active: what has been started is no `Persistent`. Its
        // buffer lives until the scope ends, which does not while the request is registered.
        unsafe { ffi::MPI_Start(&raw mut self.request) };
        Started {
            request: Some(self),
        }
    }

    /// Tells the scope that MPI works on the buffer no longer.
    ///
    /// # Safety
    /// The request must have been registered when it was started, and be complete.
    unsafe fn completed(self) -> Self {
        // SAFETY: the caller promises both.
        unsafe { self.scope.unregister() };
        self
    }
}

impl<'a, T, S: Scope<'a>> Drop for Persistent<'a, T, S> {
    fn drop(&mut self) {
        // After the end of MPI there is nothing to free.
        if !mpi::is_finalized() {
            // SAFETY: the request is not active, and this was its only owner.
            unsafe { ffi::MPI_Request_free(&raw mut self.request) };
        }
    }
}

impl<'a, T: fmt::Debug, S: Scope<'a>> fmt::Debug for Persistent<'a, T, S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Persistent")
            .field("buffer", &self.buffer())
            .finish_non_exhaustive()
    }
}

/// A request that MPI works on, until [`wait`](Self::wait) has come back or [`test`](Self::test) has
/// found it complete.
///
/// # Panics
/// Dropping it panics, as dropping a [`Request`](mpi::request::Request) does: the buffer would be given
/// back while MPI still writes to it. If it is forgotten, the end of its scope aborts the program.
#[must_use = "a request that was started must be waited for"]
pub struct Started<'a, T, S: Scope<'a>> {
    /// None once it is complete.
    request: Option<Persistent<'a, T, S>>,
}

impl<'a, T, S: Scope<'a>> Started<'a, T, S> {
    /// Waits until the message is sent or received: `MPI_Wait`. The status tells of what was received; of a
    /// send it tells nothing.
    pub fn wait(mut self) -> (Persistent<'a, T, S>, Status) {
        let mut request = self.take();
        let mut status = MaybeUninit::uninit();
        // SAFETY: the request is active, the status has room, and is written when the call returns. The
        // request was registered in `start`, and is then complete.
        unsafe {
            ffi::MPI_Wait(&raw mut request.request, status.as_mut_ptr());
            (request.completed(), Status::from_raw(status.assume_init()))
        }
    }

    /// Looks whether the message is sent or received: `MPI_Test`.
    ///
    /// # Errors
    /// The request itself, if it is not.
    pub fn test(mut self) -> Result<(Persistent<'a, T, S>, Status), Self> {
        let mut request = self.take();
        let (mut is_complete, mut status) = (0, MaybeUninit::uninit());
        // SAFETY: the request is active, and both results have room.
        unsafe {
            ffi::MPI_Test(
                &raw mut request.request,
                &raw mut is_complete,
                status.as_mut_ptr(),
            );
        }
        if is_complete == 0 {
            return Err(Self {
                request: Some(request),
            });
        }
        // SAFETY: the request was registered in `start` and is complete, and so the status is written.
        unsafe { Ok((request.completed(), Status::from_raw(status.assume_init()))) }
    }

    fn take(&mut self) -> Persistent<'a, T, S> {
        self.request
            .take()
            .expect("it is there until it is waited for")
    }
}

impl<'a, T, S: Scope<'a>> Drop for Started<'a, T, S> {
    fn drop(&mut self) {
        dropped(self.request.take());
    }
}

/// Begins all of these at once: `MPI_Startall`.
///
/// ```standalone_crate
/// use mpi::{request::scope, traits::*};
/// use mpi_extra::{persistent::start_all, traits::*};
///
/// let universe = mpi::initialize().unwrap();
/// let world = universe.world();
/// let this = world.this_process();
/// let (mut out, mut into) = ([1.5, 2.5], [0.0; 2]);
/// scope(|scope| {
///     let mut requests = vec![
///         this.receive_init(scope, &mut into),
///         this.send_init(scope, &mut out),
///     ];
///     for round in 1..=3 {
///         let statuses;
///         (requests, statuses) = start_all(requests).wait();
///         assert_eq!(statuses[0].source_rank(), this.rank());
///         assert_eq!(requests[0].buffer(), requests[1].buffer());
///         requests[1].buffer_mut()[0] = f64::from(round);
///     }
/// });
/// assert_eq!(into, [2.0, 2.5]);
/// ```
pub fn start_all<'a, T, S: Scope<'a>>(requests: Vec<Persistent<'a, T, S>>) -> AllStarted<'a, T, S> {
    let mut handles: Vec<MPI_Request> = requests.iter().map(|request| request.request).collect();
    for request in &requests {
        request.scope.register();
    }
    // SAFETY: as in `Persistent::start`, for each of them; there are as many as is said.
    unsafe { ffi::MPI_Startall(length(&handles), handles.as_mut_ptr()) };
    AllStarted { requests, handles }
}

/// Requests that MPI works on, until [`wait`](Self::wait) has come back.
///
/// # Panics
/// Dropping it panics, as dropping a [`Started`] does.
#[must_use = "requests that were started must be waited for"]
pub struct AllStarted<'a, T, S: Scope<'a>> {
    requests: Vec<Persistent<'a, T, S>>,
    handles: Vec<MPI_Request>,
}

impl<'a, T, S: Scope<'a>> AllStarted<'a, T, S> {
    /// Waits until all messages are sent or received: `MPI_Waitall`. The requests come back in their order,
    /// and with them their statuses, as from [`Started::wait`].
    pub fn wait(mut self) -> (Vec<Persistent<'a, T, S>>, Vec<Status>) {
        let requests = mem::take(&mut self.requests);
        let mut statuses: Vec<MaybeUninit<MPI_Status>> =
            vec![MaybeUninit::uninit(); requests.len()];
        // SAFETY: the requests are active, and there are as many of them, and of statuses, as is said.
        unsafe {
            ffi::MPI_Waitall(
                length(&self.handles),
                self.handles.as_mut_ptr(),
                statuses.as_mut_ptr().cast(),
            );
        }
        for request in &requests {
            // SAFETY: the request was registered in `start_all`, and is complete.
            unsafe { request.scope.unregister() };
        }
        let statuses = statuses
            .into_iter()
            // SAFETY: `MPI_Waitall` has written the status of each.
            .map(|status| Status::from_raw(unsafe { status.assume_init() }))
            .collect();
        (requests, statuses)
    }
}

impl<'a, T, S: Scope<'a>> Drop for AllStarted<'a, T, S> {
    fn drop(&mut self) {
        dropped(mem::take(&mut self.requests));
    }
}

/// Refuses to drop requests that MPI works on.
fn dropped<R>(requests: impl IntoIterator<Item = R>) {
    let mut lost = 0;
    for request in requests {
        // It stays registered, so that its buffer does not end before the program.
        mem::forget(request);
        lost += 1;
    }
    assert!(
        lost == 0 || thread::panicking(),
        "a persistent request was started and then dropped: call `wait` before it goes out of scope"
    );
}

fn length(handles: &[MPI_Request]) -> c_int {
    c_int::try_from(handles.len()).expect("MPI counts requests in 32 bits")
}

/// Where persistent requests send to.
pub trait PersistentDestination: Destination {
    /// Sets up the sending of `buffer`, with tag 0: `MPI_Send_init`.
    fn send_init<'a, T: Equivalence, S: Scope<'a>>(
        &self,
        scope: S,
        buffer: &'a mut [T],
    ) -> Persistent<'a, T, S> {
        self.send_init_with_tag(scope, buffer, Tag::default())
    }

    /// Sets up the sending of `buffer`, with a tag.
    fn send_init_with_tag<'a, T: Equivalence, S: Scope<'a>>(
        &self,
        scope: S,
        buffer: &'a mut [T],
        tag: Tag,
    ) -> Persistent<'a, T, S> {
        let datatype = T::equivalent_datatype();
        let (rank, world) = (self.destination_rank(), self.as_communicator().as_raw());
        let init = |start: *mut c_void, count, request| {
            // SAFETY: the handles are live, and MPI keeps the datatype for as long as it needs it.
            unsafe {
                ffi::MPI_Send_init(start, count, datatype.as_raw(), rank, tag, world, request)
            }
        };
        // SAFETY: it reads so many elements of the datatype that is equivalent to `T`.
        unsafe { Persistent::new(scope, buffer, init) }
    }
}

impl<D: Destination + ?Sized> PersistentDestination for D {}

/// Where persistent requests receive from.
pub trait PersistentSource: Source {
    /// Sets up the receiving into `buffer` of a message with any tag: `MPI_Recv_init`.
    ///
    /// The message may be shorter than the buffer: the status tells how long it is.
    fn receive_init<'a, T: Equivalence, S: Scope<'a>>(
        &self,
        scope: S,
        buffer: &'a mut [T],
    ) -> Persistent<'a, T, S> {
        // SAFETY: a constant, which MPI's library brings along.
        self.receive_init_with_tag(scope, buffer, unsafe { ffi::RSMPI_ANY_TAG })
    }

    /// Sets up the receiving into `buffer` of a message with that tag.
    fn receive_init_with_tag<'a, T: Equivalence, S: Scope<'a>>(
        &self,
        scope: S,
        buffer: &'a mut [T],
        tag: Tag,
    ) -> Persistent<'a, T, S> {
        let datatype = T::equivalent_datatype();
        let (rank, world) = (self.source_rank(), self.as_communicator().as_raw());
        let init = |start: *mut c_void, count, request| {
            // SAFETY: the handles are live, and MPI keeps the datatype for as long as it needs it.
            unsafe {
                ffi::MPI_Recv_init(start, count, datatype.as_raw(), rank, tag, world, request)
            }
        };
        // SAFETY: it writes at most so many elements of the datatype that is equivalent to `T`, which the
        // buffer holds already.
        unsafe { Persistent::new(scope, buffer, init) }
    }
}

impl<O: Source + ?Sized> PersistentSource for O {}

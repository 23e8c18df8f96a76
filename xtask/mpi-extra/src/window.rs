//! Windows: memory of a rank that others read and write, one-sided (MPI standard 4.1, chapter 12).
//!
//! A [`Window`] borrows its memory for as long as the function runs that uses it. In the end all ranks free
//! it together, whatever that function does: so nothing is left open to others when the memory is its
//! owner's again.
//!
//! ```standalone_crate
//! use mpi::traits::*;
//! use mpi_extra::traits::*;
//!
//! let universe = mpi::initialize().unwrap();
//! let world = universe.world();
//! let (rank, size) = (world.rank(), world.size());
//! let mut memory = [-1; 2];
//! let from_next = world.with_window(&mut memory, |window| {
//!     window.fence();
//!     window.put(vec![rank], (rank + 1) % size, 0);
//!     window.fence();
//!     let arriving = window.get((rank + 1) % size, 0..1);
//!     window.fence();
//!     arriving.value()
//! });
//! assert_eq!(from_next, rank);
//! assert_eq!(memory, [(rank + size - 1) % size, -1]);
//! ```
//!
//! **What is safe, and what is right.** Nothing here is undefined behavior, however it is called: a place
//! outside of a rank's memory is refused, buffers live as long as MPI may use them, and the window's own memory
//! is reached by [`read`](Window::read) and [`write`](Window::write) only, which have MPI copy it. In which order
//! ranks get to see what others did is up to the program: it takes epochs, as in C.
//!
//! While there is a window, its memory belongs to it:
//!
//! ```compile_fail,E0502
//! # use mpi::traits::*;
//! # use mpi_extra::traits::*;
//! # let universe = mpi::initialize().unwrap();
//! # let world = universe.world();
//! let mut memory = [0; 4];
//! world.with_window(&mut memory, |window| {
//!     window.fence();
//!     println!("{memory:?}"); // borrowed by the window
//!     window.fence();
//! });
//! ```
//!
//! And what is put must live as long as the window, or be handed over:
//!
//! ```compile_fail,E0597
//! # use mpi::traits::*;
//! # use mpi_extra::traits::*;
//! # let universe = mpi::initialize().unwrap();
//! # let world = universe.world();
//! let mut memory = [0; 4];
//! world.with_window(&mut memory, |window| {
//!     window.fence();
//!     let mine = [1, 2];
//!     window.put(&mine, 0, 0); // `mine` ends before the window: `mine.to_vec()` would do
//!     window.fence();
//! });
//! ```

// Windows are made and used by C functions.
#![allow(unsafe_code)]

use mpi::{
    Address, Count, Rank,
    collective::SystemOperation,
    datatype::Equivalence,
    ffi::{self, MPI_Win},
    raw::AsRaw,
    topology::{SimpleCommunicator, UserGroup},
    traits::{Communicator, CommunicatorCollectives, Group},
};
use std::{
    borrow::Cow,
    cell::{Cell, RefCell, UnsafeCell},
    ffi::{c_int, c_void},
    fmt,
    ops::Range,
    process, ptr,
    ptr::NonNull,
    rc::Rc,
    slice,
};

/// What windows consist of: numbers, of which any bytes are one.
///
/// # Safety
/// Every pattern of bits must be a value of the type, and its datatype must cover all its bytes.
pub unsafe trait Element: Equivalence + Copy + Default + 'static {}

/// Elements that can be compared and swapped: MPI allows integers only.
pub trait Whole: Element {}

macro_rules! elements {
    ($($type:ty),*) => {$(
        // SAFETY: it is a number without padding, and MPI has a basic datatype for it.
        unsafe impl Element for $type {}
    )*};
}
elements!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

macro_rules! whole {
    ($($type:ty),*) => {$(impl Whole for $type {})*};
}
whole!(i8, i16, i32, i64, u8, u16, u32, u64);

/// How a rank's memory is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// No other rank holds a lock on it at the same time: `MPI_LOCK_EXCLUSIVE`.
    Exclusive,
    /// Others may hold shared locks on it: `MPI_LOCK_SHARED`.
    Shared,
}

/// Windows of the ranks of a communicator.
pub trait OneSided: Communicator {
    /// Lets all ranks reach `memory` while `work` runs: `MPI_Win_create`, and `MPI_Win_free` at the end.
    ///
    /// All ranks must call it. Each gives as much memory as it likes, maybe none. The window comes without an epoch:
    /// begin one before the first operation, and end it before `work` returns.
    fn with_window<'a, T: Element, R>(
        &self,
        memory: &'a mut [T],
        work: impl FnOnce(&Window<'a, T>) -> R,
    ) -> R {
        let length = memory.len();
        let base: NonNull<T> = NonNull::from(memory).cast();
        let create = |window| {
            // SAFETY: the memory is borrowed for `'a`, which lasts longer than this function, and the window
            // is freed at its end. The handle has room.
            unsafe {
                ffi::MPI_Win_create(
                    base.as_ptr().cast(),
                    bytes::<T>(length),
                    unit::<T>(),
                    ffi::RSMPI_INFO_NULL,
                    self.as_raw(),
                    window,
                )
            };
            base
        };
        // SAFETY: the window is one of `length` elements at `base`, for all of `'a`.
        let window = unsafe { Window::new(self, length, create) };
        work(&window)
    }

    /// The same with memory that MPI allocates, `length` elements, each 0 at first: `MPI_Win_allocate`. MPI may
    /// choose memory that others reach without help from this rank.
    ///
    /// All ranks must call it.
    fn with_allocated_window<'a, T: Element, R>(
        &self,
        length: usize,
        work: impl FnOnce(&Window<'a, T>) -> R,
    ) -> R {
        let create = |window| {
            let mut base: *mut T = ptr::null_mut();
            // SAFETY: the address and the handle have room, and MPI writes both.
            unsafe {
                ffi::MPI_Win_allocate(
                    bytes::<T>(length),
                    unit::<T>(),
                    ffi::RSMPI_INFO_NULL,
                    self.as_raw(),
                    (&raw mut base).cast(),
                    window,
                )
            };
            let base = NonNull::new(base).unwrap_or(NonNull::dangling());
            // SAFETY: MPI has allocated so many elements, and nobody else can know of the window before
            // all ranks have told each other its lengths.
            unsafe { base.as_ptr().write_bytes(0, length) };
            base
        };
        // SAFETY: MPI frees the memory with the window.
        let window = unsafe { Window::new(self, length, create) };
        work(&window)
    }

    /// Makes memory that all ranks of the communicator reach as their own: `MPI_Win_allocate_shared`. This rank's
    /// part has `length` elements, each 0 at first.
    ///
    /// All ranks must call it, and all must be able to share memory: see
    /// [`split_shared`](Communicator::split_shared).
    fn share<T: Element>(&self, length: usize) -> Shared<T> {
        Shared::new(self, length)
    }
}

impl<C: Communicator> OneSided for C {}

fn bytes<T>(length: usize) -> Address {
    Address::try_from(length * size_of::<T>()).expect("no memory is larger than an address")
}

fn unit<T>() -> c_int {
    size_of::<T>() as c_int
}

fn count(length: usize) -> Count {
    Count::try_from(length).expect("MPI counts elements in 32 bits")
}

fn has_worked(code: c_int) -> bool {
    code == ffi::MPI_SUCCESS as c_int
}

/// Memory of each rank that all ranks of a communicator can reach. `T` is the type of the elements; places count
/// elements, from 0.
///
/// An operation begins only: it is complete, at both ends, when its epoch ends or is flushed.
pub struct Window<'a, T: Element> {
    handle: MPI_Win,
    /// A pointer rather than a reference, since others write there.
    base: NonNull<T>,
    /// How much memory each rank has.
    lengths: Vec<u64>,
    rank: Rank,
    group: UserGroup,
    /// What MPI may still use.
    held: RefCell<Vec<Held<'a, T>>>,
}

/// The buffers of an operation that is not complete.
struct Held<'a, T: Element> {
    target: Rank,
    /// What MPI reads.
    _given: Cow<'a, [T]>,
    /// What MPI writes.
    landing: Option<Rc<Landing<T>>>,
}

impl<'a, T: Element> Window<'a, T> {
    /// # Safety
    /// `create` must make a window of `length` elements at the address that it returns, which are there until
    /// the window is freed, and which nobody touches for `'a` but by this window.
    unsafe fn new<C: Communicator + ?Sized>(
        comm: &C,
        length: usize,
        create: impl FnOnce(*mut MPI_Win) -> NonNull<T>,
    ) -> Self {
        let (rank, group) = (comm.rank(), comm.group());
        // SAFETY: a constant, which MPI's library brings along.
        let mut handle = unsafe { ffi::RSMPI_WIN_NULL };
        let base = create(&raw mut handle);
        let own = length as u64;
        let mut lengths = vec![0_u64; comm.size() as usize];
        let number = u64::equivalent_datatype().as_raw();
        // SAFETY: one number is sent, and there is room for one of each rank. All ranks make the window, and
        // so all are here. The profiling twin, since nobody need see it.
        unsafe {
            ffi::PMPI_Allgather(
                (&raw const own).cast(),
                1,
                number,
                lengths.as_mut_ptr().cast(),
                1,
                number,
                comm.as_raw(),
            );
        }
        Self {
            handle,
            base,
            lengths,
            rank,
            group,
            held: RefCell::new(Vec::new()),
        }
    }

    /// How many elements the memory of a rank has.
    pub fn length(&self, rank: Rank) -> usize {
        let length = usize::try_from(rank)
            .ok()
            .and_then(|rank| self.lengths.get(rank));
        *length.unwrap_or_else(|| {
            panic!(
                "the window has no rank {rank}: its ranks are 0 to {}",
                self.lengths.len() - 1
            )
        }) as usize
    }

    /// Refuses places that are not there.
    fn check(&self, target: Rank, at: usize, length: usize) {
        let has = self.length(target);
        assert!(
            at.checked_add(length).is_some_and(|end| end <= has),
            "{length} elements from place {at} on do not fit: the memory of rank {target} has {has} elements, and places \
             are counted from 0"
        );
    }

    /// Keeps the buffers of an operation that has begun.
    fn hold(&self, target: Rank, given: Cow<'a, [T]>, landing: Option<Rc<Landing<T>>>) {
        self.held.borrow_mut().push(Held {
            target,
            _given: given,
            landing,
        });
    }

    /// MPI is done with the buffers of operations on a rank's memory, or on all. Only if the call has worked.
    fn release(&self, code: c_int, target: Option<Rank>) {
        if !has_worked(code) {
            return;
        }
        self.held.borrow_mut().retain(|held| {
            let over = target.is_none_or(|target| target == held.target);
            if let (true, Some(landing)) = (over, &held.landing) {
                landing.is_complete.set(true);
            }
            !over
        });
    }

    /// Begins to write `values` into the memory of `target`, from place `at` on: `MPI_Put`.
    ///
    /// `values` is a slice that lives as long as the window, or a `Vec`, which is handed over.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn put(&self, values: impl Into<Cow<'a, [T]>>, target: Rank, at: usize) {
        let values = values.into();
        self.check(target, at, values.len());
        let (datatype, amount) = (T::equivalent_datatype(), count(values.len()));
        // SAFETY: so many elements are there, and live until the operation is complete: they are held. The
        // target has so many at that place.
        unsafe {
            ffi::MPI_Put(
                values.as_ptr().cast(),
                amount,
                datatype.as_raw(),
                target,
                at as Address,
                amount,
                datatype.as_raw(),
                self.handle,
            )
        };
        self.hold(target, values, None);
    }

    /// Begins to read the places `range` of the memory of `target`: `MPI_Get`. The values are in what is returned
    /// when the operation is complete.
    ///
    /// # Panics
    /// If there are no such places.
    pub fn get(&self, target: Rank, range: Range<usize>) -> Arriving<T> {
        self.check(target, range.start, range.len());
        let landing = Landing::<T>::new(range.len());
        let (datatype, amount) = (T::equivalent_datatype(), count(range.len()));
        // SAFETY: there is room for so many elements, which is held until the operation is complete. The
        // target has so many at that place.
        unsafe {
            ffi::MPI_Get(
                landing.address().cast(),
                amount,
                datatype.as_raw(),
                target,
                range.start as Address,
                amount,
                datatype.as_raw(),
                self.handle,
            )
        };
        self.hold(target, Cow::Borrowed(&[]), Some(Rc::clone(&landing)));
        Arriving { landing }
    }

    /// Begins to combine `values` with what is in the memory of `target` from place `at` on, by `operation`, element
    /// by element: `MPI_Accumulate`. Each element is combined in one go, also where others combine the same place
    /// meanwhile by the same operation.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn accumulate(
        &self,
        values: impl Into<Cow<'a, [T]>>,
        target: Rank,
        at: usize,
        operation: SystemOperation,
    ) {
        let values = values.into();
        self.check(target, at, values.len());
        let (datatype, amount) = (T::equivalent_datatype(), count(values.len()));
        // SAFETY: as in `put`.
        unsafe {
            ffi::MPI_Accumulate(
                values.as_ptr().cast(),
                amount,
                datatype.as_raw(),
                target,
                at as Address,
                amount,
                datatype.as_raw(),
                operation.as_raw(),
                self.handle,
            )
        };
        self.hold(target, values, None);
    }

    /// Begins to combine `value` with one element, and to fetch what was there before, in one go:
    /// `MPI_Fetch_and_op`. What was there is in what is returned when the operation is complete.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn fetch_and_op(
        &self,
        value: T,
        target: Rank,
        at: usize,
        operation: SystemOperation,
    ) -> Arriving<T> {
        self.check(target, at, 1);
        let (given, landing) = (vec![value], Landing::<T>::new(1));
        // SAFETY: both buffers have one element, and are held until the operation is complete. The target has
        // one at that place.
        unsafe {
            ffi::MPI_Fetch_and_op(
                given.as_ptr().cast(),
                landing.address().cast(),
                T::equivalent_datatype().as_raw(),
                target,
                at as Address,
                operation.as_raw(),
                self.handle,
            )
        };
        self.hold(target, Cow::Owned(given), Some(Rc::clone(&landing)));
        Arriving { landing }
    }

    /// Begins to replace one element by `value` if it is `expected`, and to fetch what was there before, in one
    /// go: `MPI_Compare_and_swap`. It has been replaced if what was there, when the operation is complete, is
    /// `expected`.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn compare_and_swap(&self, expected: T, value: T, target: Rank, at: usize) -> Arriving<T>
    where
        T: Whole,
    {
        self.check(target, at, 1);
        let (given, landing) = (vec![value, expected], Landing::<T>::new(1));
        // SAFETY: as in `fetch_and_op`; the second of the two given elements is compared with.
        unsafe {
            ffi::MPI_Compare_and_swap(
                given.as_ptr().cast(),
                given[1..].as_ptr().cast(),
                landing.address().cast(),
                T::equivalent_datatype().as_raw(),
                target,
                at as Address,
                self.handle,
            )
        };
        self.hold(target, Cow::Owned(given), Some(Rc::clone(&landing)));
        Arriving { landing }
    }

    /// Copies the places `range` of this rank's own memory, as they are now (`MPI_Pack`).
    ///
    /// # Panics
    /// If there are no such places.
    pub fn read(&self, range: Range<usize>) -> Vec<T> {
        self.check(self.rank, range.start, range.len());
        // SAFETY: so many elements are there. MPI reads them, so that it does not matter to the compiler
        // whether others write to them.
        unsafe { copied(self.base.add(range.start).as_ptr(), range.len()) }
    }

    /// Copies `values` into this rank's own memory, from place `at` on (`MPI_Unpack`).
    ///
    /// # Panics
    /// If there is no such place.
    pub fn write(&self, at: usize, values: &[T]) {
        self.check(self.rank, at, values.len());
        let mut packed = Packed::new::<T>(values.len());
        // SAFETY: so many elements are there to be read, and so many at that place. MPI writes them, so that
        // it does not matter to the compiler whether others read them.
        unsafe {
            packed.pack(values.as_ptr(), ffi::PMPI_Pack);
            packed.unpack(self.base.add(at).as_ptr(), ffi::MPI_Unpack);
        }
    }

    /// Ends an epoch of all ranks and begins the next: `MPI_Win_fence`. All ranks must call it. Whatever was begun
    /// since the fence before is complete, on all ranks, when it returns.
    pub fn fence(&self) {
        // SAFETY: the window is not freed.
        let code = unsafe { ffi::MPI_Win_fence(0, self.handle) };
        self.release(code, None);
    }

    /// Begins an epoch on the memory of `target`, which need do nothing for it: `MPI_Win_lock`.
    ///
    /// The call may return before this rank has the lock. MPI then waits for the ranks that hold a lock that excludes
    /// this one before it carries out the first operation, at the latest in [`flush`](Self::flush) or
    /// [`unlock`](Self::unlock). The lock therefore keeps apart the operations of the epochs, and nothing else that the
    /// program does between the two calls: it is not a mutex.
    pub fn lock(&self, target: Rank, lock: Lock) {
        let _is_there = self.length(target);
        let lock = match lock {
            Lock::Exclusive => ffi::MPI_LOCK_EXCLUSIVE,
            Lock::Shared => ffi::MPI_LOCK_SHARED,
        };
        // SAFETY: the window is not freed, and has that rank.
        unsafe { ffi::MPI_Win_lock(lock as c_int, target, 0, self.handle) };
    }

    /// Completes all operations on the memory of `target`, and ends the epoch: `MPI_Win_unlock`.
    pub fn unlock(&self, target: Rank) {
        let _is_there = self.length(target);
        // SAFETY: as in `lock`.
        let code = unsafe { ffi::MPI_Win_unlock(target, self.handle) };
        self.release(code, Some(target));
    }

    /// Begins an epoch on the memory of all ranks, with shared locks: `MPI_Win_lock_all`.
    pub fn lock_all(&self) {
        // SAFETY: the window is not freed.
        unsafe { ffi::MPI_Win_lock_all(0, self.handle) };
    }

    /// Completes all operations, and ends the epoch that [`lock_all`](Self::lock_all) began: `MPI_Win_unlock_all`.
    pub fn unlock_all(&self) {
        // SAFETY: the window is not freed.
        let code = unsafe { ffi::MPI_Win_unlock_all(self.handle) };
        self.release(code, None);
    }

    /// Completes all operations on the memory of `target`, within an epoch of locks: `MPI_Win_flush`.
    pub fn flush(&self, target: Rank) {
        let _is_there = self.length(target);
        // SAFETY: as in `lock`.
        let code = unsafe { ffi::MPI_Win_flush(target, self.handle) };
        self.release(code, Some(target));
    }

    /// Completes all operations, within an epoch of locks: `MPI_Win_flush_all`.
    pub fn flush_all(&self) {
        // SAFETY: the window is not freed.
        let code = unsafe { ffi::MPI_Win_flush_all(self.handle) };
        self.release(code, None);
    }

    /// The group of some ranks of the window.
    fn group_of(&self, ranks: &[Rank]) -> UserGroup {
        for rank in ranks {
            let _is_there = self.length(*rank);
        }
        self.group.include(ranks)
    }

    /// Opens this rank's memory to `origins`, each of which must call [`start`](Self::start): `MPI_Win_post`. It does
    /// not wait.
    pub fn post(&self, origins: &[Rank]) {
        let group = self.group_of(origins);
        // SAFETY: the window is not freed, and the group is one of its ranks.
        unsafe { ffi::MPI_Win_post(group.as_raw(), 0, self.handle) };
    }

    /// Begins an epoch on the memory of `targets`, each of which must [`post`](Self::post) it: `MPI_Win_start`. It may
    /// wait for them.
    pub fn start(&self, targets: &[Rank]) {
        let group = self.group_of(targets);
        // SAFETY: as in `post`.
        unsafe { ffi::MPI_Win_start(group.as_raw(), 0, self.handle) };
    }

    /// Completes all operations, and ends the epoch that [`start`](Self::start) began: `MPI_Win_complete`.
    pub fn complete(&self) {
        // SAFETY: the window is not freed.
        let code = unsafe { ffi::MPI_Win_complete(self.handle) };
        self.release(code, None);
    }

    /// Waits until all to whom this rank has opened its memory have called [`complete`](Self::complete):
    /// `MPI_Win_wait`.
    pub fn wait(&self) {
        // SAFETY: the window is not freed.
        unsafe { ffi::MPI_Win_wait(self.handle) };
    }
}

impl<T: Element> Drop for Window<'_, T> {
    fn drop(&mut self) {
        if mpi::is_finalized() {
            return;
        }
        // SAFETY: the window is not freed, and this is its only owner.
        let code = unsafe { ffi::MPI_Win_free(&raw mut self.handle) };
        if !has_worked(code) {
            // Others may reach the memory forever, and it is about to be given back.
            eprintln!("a window could not be freed");
            process::abort();
        }
        self.release(code, None);
    }
}

impl<T: Element> fmt::Debug for Window<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Window")
            .field("lengths", &self.lengths)
            .finish_non_exhaustive()
    }
}

/// Room for what an operation fetches.
struct Landing<T> {
    room: Box<[UnsafeCell<T>]>,
    /// Whether MPI is done with it.
    is_complete: Cell<bool>,
}

impl<T: Element> Landing<T> {
    fn new(length: usize) -> Rc<Self> {
        let room = (0..length).map(|_| UnsafeCell::new(T::default()));
        Rc::new(Self {
            room: room.collect(),
            is_complete: Cell::new(false),
        })
    }

    fn address(&self) -> *mut T {
        UnsafeCell::raw_get(self.room.as_ptr())
    }
}

/// What an operation fetches: there when the operation is complete, that is, when its epoch has ended or was
/// flushed.
///
/// Before that, what is read here is anything. It is no undefined behavior, but it is a mistake.
pub struct Arriving<T> {
    landing: Rc<Landing<T>>,
}

impl<T: Element> Arriving<T> {
    /// All values.
    pub fn values(&self) -> Vec<T> {
        let (at, length) = (self.landing.address(), self.landing.room.len());
        if self.landing.is_complete.get() {
            // SAFETY: there are so many values, and MPI is done with them: nobody writes to them any more.
            return unsafe { slice::from_raw_parts(at, length) }.to_vec();
        }
        // SAFETY: there are so many values. MPI reads what it may be writing.
        unsafe { copied(at, length) }
    }

    /// The value, where one was asked for.
    ///
    /// # Panics
    /// If it was not one.
    pub fn value(&self) -> T {
        let length = self.landing.room.len();
        assert!(
            length == 1,
            "the operation fetches {length} values, not one: read them with `values`"
        );
        self.values()[0]
    }
}

impl<T> fmt::Debug for Arriving<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Arriving")
            .field("length", &self.landing.room.len())
            .field("is_complete", &self.landing.is_complete.get())
            .finish()
    }
}

/// Copies elements that others may write to.
///
/// # Safety
/// There must be so many at `from`.
unsafe fn copied<T: Element>(from: *const T, length: usize) -> Vec<T> {
    let mut values = vec![T::default(); length];
    let mut packed = Packed::new::<T>(length);
    // SAFETY: so many elements are at `from`, as the caller promises, and in `values`.
    unsafe {
        packed.pack(from, ffi::MPI_Pack);
        packed.unpack(values.as_mut_ptr(), ffi::PMPI_Unpack);
    }
    values
}

/// `MPI_Pack`, or its profiling twin where nobody else can touch what is read.
type Pack = unsafe extern "C" fn(
    *const c_void,
    c_int,
    ffi::MPI_Datatype,
    *mut c_void,
    c_int,
    *mut c_int,
    ffi::MPI_Comm,
) -> c_int;
/// `MPI_Unpack`, or its twin.
type Unpack = unsafe extern "C" fn(
    *const c_void,
    c_int,
    *mut c_int,
    *mut c_void,
    c_int,
    ffi::MPI_Datatype,
    ffi::MPI_Comm,
) -> c_int;

/// Elements as MPI packs them: between two copies by MPI.
struct Packed {
    bytes: Vec<u8>,
    amount: Count,
}

impl Packed {
    fn new<T: Element>(length: usize) -> Self {
        let (amount, mut size) = (count(length), 0);
        // SAFETY: the result has room.
        unsafe {
            ffi::PMPI_Pack_size(
                amount,
                T::equivalent_datatype().as_raw(),
                ffi::RSMPI_COMM_SELF,
                &raw mut size,
            )
        };
        Self {
            bytes: vec![0; size as usize],
            amount,
        }
    }

    /// # Safety
    /// `from` must have as many elements as this was made for.
    unsafe fn pack<T: Element>(&mut self, from: *const T, by: Pack) {
        let mut position = 0;
        // SAFETY: the caller's promise, and `bytes` has room.
        unsafe {
            by(
                from.cast(),
                self.amount,
                T::equivalent_datatype().as_raw(),
                self.bytes.as_mut_ptr().cast(),
                count(self.bytes.len()),
                &raw mut position,
                ffi::RSMPI_COMM_SELF,
            )
        };
    }

    /// # Safety
    /// `to` must have room for as many elements as this was made for; they must have been packed.
    unsafe fn unpack<T: Element>(&self, to: *mut T, by: Unpack) {
        let mut position = 0;
        // SAFETY: the caller's promise.
        unsafe {
            by(
                self.bytes.as_ptr().cast(),
                count(self.bytes.len()),
                &raw mut position,
                to.cast(),
                self.amount,
                T::equivalent_datatype().as_raw(),
                ffi::RSMPI_COMM_SELF,
            )
        };
    }
}

/// Memory in parts, one of each rank, that all ranks of a node read where it lies.
///
/// ```standalone_crate
/// use mpi::traits::*;
/// use mpi_extra::traits::*;
///
/// let universe = mpi::initialize().unwrap();
/// let node = universe.world().split_shared(0);
/// let mut table = node.share::<f64>(3);
/// table.write(|mine| mine.fill(f64::from(node.rank())));
/// for rank in 0..node.size() {
///     assert_eq!(table.part(rank), [f64::from(rank); 3]);
/// }
/// ```
///
/// What was read from it must be given up before anybody writes again:
///
/// ```compile_fail,E0502
/// # use mpi::traits::*;
/// # use mpi_extra::traits::*;
/// # let universe = mpi::initialize().unwrap();
/// # let node = universe.world().split_shared(0);
/// let mut table = node.share::<f64>(3);
/// let part = table.part(0);
/// table.write(|mine| mine.fill(1.0)); // `part` is still there
/// println!("{part:?}");
/// ```
pub struct Shared<T: Element> {
    handle: MPI_Win,
    parts: Vec<(NonNull<T>, usize)>,
    rank: usize,
    /// Nobody else has it, so that no other call can take the part of one that waits here.
    comm: SimpleCommunicator,
    /// Whether a panic has left `write`, and with it the others.
    is_broken: bool,
}

impl<T: Element> Shared<T> {
    fn new<C: Communicator + ?Sized>(comm: &C, length: usize) -> Self {
        // SAFETY: a constant, which MPI's library brings along.
        let mut handle = unsafe { ffi::RSMPI_WIN_NULL };
        let mut own: *mut T = ptr::null_mut();
        // SAFETY: the address and the handle have room, and MPI writes both.
        unsafe {
            ffi::MPI_Win_allocate_shared(
                bytes::<T>(length),
                unit::<T>(),
                ffi::RSMPI_INFO_NULL,
                comm.as_raw(),
                (&raw mut own).cast(),
                &raw mut handle,
            )
        };
        let parts = (0..comm.size()).map(|rank| {
            let (mut size, mut unit, mut at): (Address, c_int, *mut T) = (0, 0, ptr::null_mut());
            // SAFETY: the window is one of shared memory and has that rank, and the results have room.
            unsafe {
                ffi::MPI_Win_shared_query(
                    handle,
                    rank,
                    &raw mut size,
                    &raw mut unit,
                    (&raw mut at).cast(),
                )
            };
            let length = size as usize / size_of::<T>();
            let at = NonNull::new(at).filter(|_| length > 0);
            (at.unwrap_or(NonNull::dangling()), length)
        });
        let mut shared = Self {
            handle,
            parts: parts.collect(),
            rank: comm.rank() as usize,
            comm: comm.duplicate(),
            is_broken: false,
        };
        // SAFETY: the window is not freed. Loads and stores need an epoch as operations do.
        unsafe { ffi::MPI_Win_lock_all(0, handle) };
        shared.write(|mine| mine.fill(T::default()));
        shared
    }

    /// Lets each rank write its own part. All ranks must call it: nobody begins to write before all have come, and
    /// nobody returns before all have written.
    ///
    /// # Panics
    /// If `work` has panicked in a call before.
    pub fn write<R>(&mut self, work: impl FnOnce(&mut [T]) -> R) -> R {
        self.is_whole();
        self.is_broken = true;
        self.meet();
        let (at, length) = self.parts[self.rank];
        // SAFETY: MPI has allocated so many elements there, and each is a value of `T` whatever its bytes. All
        // ranks are here, by a reference to `self` that nobody else has: so nobody holds a part, and each
        // has its own to itself until all meet again.
        let result = work(unsafe { slice::from_raw_parts_mut(at.as_ptr(), length) });
        self.meet();
        self.is_broken = false;
        result
    }

    /// The part of a rank, where it lies.
    ///
    /// # Panics
    /// If there is no such rank.
    pub fn part(&self, rank: Rank) -> &[T] {
        self.is_whole();
        let (at, length) = self.parts[usize::try_from(rank).expect("ranks count from 0")];
        // SAFETY: MPI has allocated so many elements there, and each is a value of `T` whatever its bytes. Nobody
        // writes to it before all ranks have called `write`, for which this rank must give the slice up.
        unsafe { slice::from_raw_parts(at.as_ptr(), length) }
    }

    fn is_whole(&self) {
        assert!(
            !self.is_broken,
            "`write` was left by a panic, and the shared memory can no longer be used: the other ranks may still wait \
             in `write`"
        );
    }

    /// All ranks have written what they have written, and see what the others have.
    fn meet(&self) {
        // SAFETY: the window is not freed, and all its memory is locked.
        unsafe { ffi::MPI_Win_sync(self.handle) };
        self.comm.barrier();
        // SAFETY: as before.
        unsafe { ffi::MPI_Win_sync(self.handle) };
    }
}

impl<T: Element> Drop for Shared<T> {
    fn drop(&mut self) {
        if !mpi::is_finalized() {
            // SAFETY: the window is locked and not freed, and this is its only owner. Nobody has a part that
            // outlives it.
            unsafe {
                ffi::MPI_Win_unlock_all(self.handle);
                ffi::MPI_Win_free(&raw mut self.handle);
            }
        }
    }
}

impl<T: Element> fmt::Debug for Shared<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths: Vec<usize> = self.parts.iter().map(|(_, length)| *length).collect();
        formatter
            .debug_struct("Shared")
            .field("lengths", &lengths)
            .finish_non_exhaustive()
    }
}

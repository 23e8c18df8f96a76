//! Where a call was made: the stack of return addresses, and a memory of those seen before.
//!
//! Unwinding takes a microsecond or more. So a thread remembers, for the stack pointer of a call, in
//! which slots of the stack the return addresses lay, and looks whether the same are there again:
//! then it is the same place. A call in the same function at another line, or reached by another
//! way, has another address in one of the slots.

use crate::modules::Modules;
use recording::event::{Address, Definition, PlaceId};
use std::{
    collections::HashMap,
    ffi::c_void,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// Return addresses of one place at most.
pub const DEPTH: usize = 24;

/// The stack pointer of the function that this is inlined into.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let pointer: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        let here = 0u8;
        pointer = std::ptr::from_ref(&here) as usize;
    }
    pointer
}

#[derive(Clone, Copy, Debug)]
struct Frames {
    length: usize,
    /// Where in the stack each return address lies.
    slots: [usize; DEPTH],
    addresses: [usize; DEPTH],
}

impl Frames {
    const NONE: Self = Self {
        length: 0,
        slots: [0; DEPTH],
        addresses: [0; DEPTH],
    };
}

#[derive(Clone, Copy, Debug)]
struct Known {
    function: u16,
    stack_pointer: usize,
    place: PlaceId,
    frames: Frames,
}

/// What one thread remembers.
#[derive(Debug)]
pub struct Memory {
    /// Sets of entries: a call's set is chosen by its function and stack pointer, the entry within
    /// by what lies in the slots.
    known: Box<[[Option<Known>; WAYS]]>,
    /// Which entry of each set to replace next.
    next: Box<[u8]>,
    /// The part of the program that they belong to.
    part: u32,
    /// Where the return address of the last call lies: what is below belongs to no function of the program
    /// any more; 0 if that is not known.
    pub edge: usize,
}

const SETS: usize = 64;
const WAYS: usize = 4;

impl Default for Memory {
    fn default() -> Self {
        Self {
            known: vec![[None; WAYS]; SETS].into_boxed_slice(),
            next: vec![0; SETS].into_boxed_slice(),
            part: 0,
            edge: 0,
        }
    }
}

impl Memory {
    /// The place of a call: of `function`, whose stack pointer inside the recorder's function of
    /// that name is `stack_pointer`. New places are made known by `define`.
    #[inline(always)]
    pub fn place(
        &mut self,
        function: u16,
        stack_pointer: usize,
        define: impl FnOnce(&Definition),
    ) -> PlaceId {
        let part = PART.load(Ordering::Relaxed);
        if self.part != part {
            self.known.fill([None; WAYS]);
            self.part = part;
        }
        let key = (stack_pointer >> 4) ^ (usize::from(function) << 3);
        let set = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) % SETS;
        for known in self.known[set].iter().flatten() {
            if known.function == function
                && known.stack_pointer == stack_pointer
                && still_there(&known.frames)
            {
                self.edge = known.frames.slots[0];
                return known.place;
            }
        }
        self.unwind(function, stack_pointer, set, define)
    }

    #[cold]
    #[inline(never)]
    fn unwind(
        &mut self,
        function: u16,
        stack_pointer: usize,
        set: usize,
        define: impl FnOnce(&Definition),
    ) -> PlaceId {
        let frames = unwind(stack_pointer);
        self.edge = frames.slots[0];
        let place = number(&frames.addresses[..frames.length], define);
        let way = usize::from(self.next[set]) % WAYS;
        self.next[set] = self.next[set].wrapping_add(1);
        if frames.length > 0 {
            self.known[set][way] = Some(Known {
                function,
                stack_pointer,
                place,
                frames,
            });
        }
        place
    }
}

/// Whether each slot holds the address that it held.
#[inline(always)]
fn still_there(frames: &Frames) -> bool {
    let both = frames.slots.iter().zip(&frames.addresses);
    both.take(frames.length).all(|(slot, address)| {
        // SAFETY: the slots lie above the stack pointer, which is the same as when they were noted,
        // in the same thread: that part of the stack is in use, and stays mapped.
        unsafe { (*slot as *const usize).read_volatile() == *address }
    })
}

/// The stacks that were seen, each with its number, the same in all threads.
#[derive(Debug, Default)]
pub(crate) struct Places {
    numbers: HashMap<Box<[usize]>, PlaceId>,
    /// The keys above, by their numbers.
    keys: Vec<Box<[usize]>>,
}

static PLACES: LazyLock<Mutex<Places>> = LazyLock::new(Mutex::default);

/// The part that the program is in.
static PART: AtomicU32 = AtomicU32::new(0);

/// From here on no place is one of before.
pub(crate) fn new_part() {
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    places.numbers.clear();
    PART.fetch_add(1, Ordering::Relaxed);
}

/// A number, and whether it was given now.
pub(crate) struct Numbered {
    pub id: PlaceId,
    pub is_new: bool,
}

impl Places {
    /// The return addresses of a native place.
    pub(crate) fn addresses(&self, place: PlaceId) -> Vec<Address> {
        let key = self.keys.get(place.0 as usize);
        let addresses = key.into_iter().flatten();
        addresses.map(|address| locate(*address)).collect()
    }

    fn number(
        &mut self,
        key: &[usize],
        addresses: impl FnOnce(&Self) -> Vec<Address>,
        define: impl FnOnce(&Definition),
    ) -> Numbered {
        if let Some(place) = self.numbers.get(key) {
            let (id, is_new) = (*place, false);
            return Numbered { id, is_new };
        }
        let place = PlaceId(self.keys.len() as u32);
        self.numbers.insert(key.into(), place);
        self.keys.push(key.into());
        // Within the lock: another thread that finds the number must find it defined.
        define(&Definition::Place(place, addresses(self).into()));
        let (id, is_new) = (place, true);
        Numbered { id, is_new }
    }
}

/// The number of a stack of return addresses.
fn number(addresses: &[usize], define: impl FnOnce(&Definition)) -> PlaceId {
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    let located = |_: &Places| addresses.iter().map(|address| locate(*address)).collect();
    places.number(addresses, located, define).id
}

/// The number of a native place below which an interpreter was at these frames, each a code and where in
/// it.
pub(crate) fn place_of_frames(
    native: PlaceId,
    frames: &[(usize, usize)],
    addresses: impl FnOnce(&Places) -> Vec<Address>,
    define: impl FnOnce(&Definition),
) -> Numbered {
    // No return address is 0: no native stack has such a key.
    let mut key = vec![0, native.0 as usize];
    key.extend(frames.iter().flat_map(|(code, line)| [*code, *line]));
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    places.number(&key, addresses, define)
}

/// The file that a return address lies in, and where.
fn locate(address: usize) -> Address {
    static MODULES: Mutex<Modules> = Mutex::new(Modules::NONE);
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    match modules.find(address) {
        Some((module, offset)) => Address {
            module: Arc::clone(module),
            offset: offset as u64,
        },
        None => Address {
            module: Arc::from(""),
            offset: address as u64,
        },
    }
}

/// Walks up the stack, from the caller of the function whose stack pointer is `from`.
#[cfg(not(target_arch = "aarch64"))]
fn unwind(from: usize) -> Frames {
    use std::ffi::c_int;
    /// The unwinder's view of a frame.
    type Context = c_void;
    type Callback = extern "C" fn(*mut Context, *mut c_void) -> c_int;
    const GO_ON: c_int = 0;
    const STOP: c_int = 5;
    // The unwinder that Rust's standard library uses too.
    unsafe extern "C" {
        fn _Unwind_Backtrace(callback: Callback, argument: *mut c_void) -> c_int;
        fn _Unwind_GetIP(context: *mut Context) -> usize;
        fn _Unwind_GetCFA(context: *mut Context) -> usize;
    }
    extern "C" fn note(context: *mut Context, argument: *mut c_void) -> c_int {
        // SAFETY: the unwinder hands out a valid context.
        let (address, above) = unsafe { (_Unwind_GetIP(context), _Unwind_GetCFA(context)) };
        // SAFETY: the argument is the pair below, which nobody else uses meanwhile.
        let (from, frames) = unsafe { &mut *argument.cast::<(usize, Frames)>() };
        let slot = above.wrapping_sub(size_of::<usize>());
        if address == 0 {
            return STOP;
        }
        // Frames below are the recorder's own.
        if slot < *from {
            return GO_ON;
        }
        // SAFETY: the slot lies in the frame that the unwinder has just walked through.
        if unsafe { (slot as *const usize).read_volatile() } != address {
            // A frame that is no call, such as a signal's: not to be recognized by its slot.
            return STOP;
        }
        frames.slots[frames.length] = slot;
        frames.addresses[frames.length] = address;
        frames.length += 1;
        if frames.length == DEPTH { STOP } else { GO_ON }
    }
    let mut both = (from, Frames::NONE);
    // SAFETY: the callback returns without unwinding and keeps nothing.
    unsafe { _Unwind_Backtrace(note, (&raw mut both).cast()) };
    both.1
}

/// Walks up the chain of frame pointers (AAPCS64), which all code for this architecture keeps: each
/// points to the caller's, and beside it lies the return address.
#[cfg(target_arch = "aarch64")]
fn unwind(from: usize) -> Frames {
    /// No frame is larger; a chain that leaps further has left the stack.
    const FAR: usize = 1 << 26;
    let mut frames = Frames::NONE;
    let mut frame: usize;
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, x29", out(reg) frame, options(nomem, nostack, preserves_flags));
    }
    while frame != 0 && frame % 16 == 0 && frames.length < DEPTH {
        // SAFETY: the chain leads upwards through the stack of this thread, in steps that were
        // checked; each of its frames holds two words.
        let (above, address) = unsafe {
            let frame = frame as *const usize;
            (frame.read_volatile(), frame.add(1).read_volatile())
        };
        if frame >= from && address != 0 {
            frames.slots[frames.length] = frame + size_of::<usize>();
            frames.addresses[frames.length] = address;
            frames.length += 1;
        }
        if above <= frame || above - frame > FAR {
            break;
        }
        frame = above;
    }
    frames
}

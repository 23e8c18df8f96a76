//! Calls of the recorder itself into MPI, by the profiling names.

use crate::{
    abi::{Abi, Handle},
    checksum::is_mapped,
    library::abi,
    refusals, worlds,
};
use recording::header::Implementation;
use std::ffi::{CStr, c_int, c_void};

/// Calls a function of the library by its profiling name, with the types of the arguments.
macro_rules! mpi {
    ($name:ident($($value:expr => $type:ty),* $(,)?)) => {{
        static TWIN: $crate::library::Twin = $crate::library::Twin::new(
            // The name ends with the only zero in it.
            match ::std::ffi::CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => panic!("a name of a function"),
            },
        );
        let twin = TWIN.get();
        // The library's function of this name has these arguments (MPI standard 5.0, annex A.3),
        // with handles as wide as a register where they are passed by value. Whoever calls it says
        // why that is sound.
        let twin: unsafe extern "C" fn($($type),*) -> ::std::ffi::c_int = ::std::mem::transmute(twin);
        twin($($value),*)
    }};
}
pub(crate) use mpi;

/// Room for a handle that MPI writes, whatever its width.
#[derive(Debug, Default)]
#[repr(C, align(8))]
pub struct Slot(usize);

impl Slot {
    /// Its address.
    pub fn pointer(&mut self) -> *mut c_void {
        (&raw mut self.0).cast()
    }

    /// What was written.
    pub fn handle(&self, abi: &Abi) -> Handle {
        // SAFETY: the slot is as wide as the widest handle.
        unsafe { abi.read((&raw const self.0).cast(), 0) }
    }
}

/// The number of processes in a communicator.
pub fn size(comm: Handle) -> i32 {
    let mut size: c_int = 0;
    // SAFETY: the result outlives the call. MPI refuses what is no communicator.
    unsafe { mpi!(PMPI_Comm_size(comm => Handle, &raw mut size => *mut c_int)) };
    size
}

/// This process's rank in a communicator.
pub fn rank(comm: Handle) -> i32 {
    let mut rank: c_int = 0;
    // SAFETY: the result outlives the call. MPI refuses what is no communicator.
    unsafe { mpi!(PMPI_Comm_rank(comm => Handle, &raw mut rank => *mut c_int)) };
    rank
}

/// Has MPI return its errors, instead of ending the job.
pub fn return_errors() {
    let abi = abi();
    // SAFETY: MPI is initialized (the caller's promise), and both handles are MPI's own constants.
    unsafe {
        mpi!(PMPI_Comm_set_errhandler(
            abi.world => Handle,
            abi.errors_return => Handle,
        ));
    }
}

/// Waits until all ranks of a communicator have come here too.
pub fn barrier(comm: Handle) {
    // SAFETY: whoever calls this has a communicator, and every rank of it calls this as well.
    unsafe { mpi!(PMPI_Barrier(comm => Handle)) };
}

/// Splits a communicator by colour, for all its ranks, which call this too.
///
/// # Safety
/// `new` must point to room for a handle.
pub unsafe fn split(comm: Handle, color: c_int, key: c_int, new: *mut c_void) -> c_int {
    // SAFETY: whoever calls this has a communicator, and room by the caller's promise; every rank of the
    // communicator calls this as well.
    unsafe {
        mpi!(PMPI_Comm_split(
            comm => Handle,
            color => c_int,
            key => c_int,
            new => *mut c_void,
        ))
    }
}

/// Makes something with a communicator of the same ranks in reverse order, for all its ranks, which call this too.
///
/// # Safety
/// `comm` must be a communicator.
pub unsafe fn reversed(comm: Handle, make: impl FnOnce(Handle) -> c_int) -> c_int {
    let mut new = Slot::default();
    // SAFETY: the slot is room for a handle; every rank of the communicator calls this as well.
    let code = unsafe { split(comm, 0, -rank(comm), new.pointer()) };
    if code != 0 {
        return code;
    }
    let code = make(new.handle(abi()));
    // SAFETY: the communicator was made above, and nobody else has it.
    unsafe { mpi!(PMPI_Comm_free(new.pointer() => *mut c_void)) };
    code
}

/// Whether MPI is initialized, and not finalized. May be asked at any time.
pub fn is_initialized() -> bool {
    let mut flag: c_int = 0;
    // SAFETY: the result outlives the call.
    unsafe { mpi!(PMPI_Initialized(&raw mut flag => *mut c_int)) };
    flag != 0 && !is_finalized()
}

/// Whether MPI is finalized. May be asked at any time.
pub fn is_finalized() -> bool {
    let mut flag: c_int = 0;
    // SAFETY: the result outlives the call.
    unsafe { mpi!(PMPI_Finalized(&raw mut flag => *mut c_int)) };
    flag != 0
}

/// The bytes of a received message, or none if MPI cannot tell.
#[inline]
pub fn bytes(status: *const c_void) -> Option<u64> {
    let abi = abi();
    let mut count: c_int = 0;
    // SAFETY: the status was filled by MPI; the result outlives the call.
    let code = unsafe {
        mpi!(PMPI_Get_count(
            status => *const c_void,
            abi.byte => Handle,
            &raw mut count => *mut c_int,
        ))
    };
    if code == 0 && count >= 0 {
        return u64::try_from(count).ok();
    }
    large_bytes(status)
}

/// For messages of 2 GiB and more.
#[cold]
fn large_bytes(status: *const c_void) -> Option<u64> {
    let mut count: i64 = 0;
    // SAFETY: the status was filled by MPI; the result outlives the call. Every MPI since 3.0 has
    // the function.
    let code = unsafe {
        mpi!(PMPI_Get_elements_x(
            status => *const c_void,
            abi().byte => Handle,
            &raw mut count => *mut i64,
        ))
    };
    u64::try_from(count).ok().filter(|_| code == 0)
}

/// Whether a status is of a cancelled operation.
pub fn is_cancelled(status: *const c_void) -> bool {
    let mut flag: c_int = 0;
    // SAFETY: the status was filled by MPI; the result outlives the call.
    unsafe { mpi!(PMPI_Test_cancelled(status => *const c_void, &raw mut flag => *mut c_int)) };
    flag != 0
}

/// An error code's class and what MPI says of it. May be asked at any time, also below a call.
pub fn error(code: c_int) -> (c_int, String) {
    /// As long as any of the interfaces asks for.
    const LONGEST: usize = 512;
    let mut class: c_int = 0;
    let mut text = [0u8; LONGEST + 1];
    let mut length: c_int = 0;
    // SAFETY: the buffer is as long as MPI may ask, and all three outlive the calls.
    unsafe {
        mpi!(PMPI_Error_class(code => c_int, &raw mut class => *mut c_int));
        mpi!(PMPI_Error_string(
            code => c_int,
            text.as_mut_ptr() => *mut u8,
            &raw mut length => *mut c_int,
        ));
    }
    text[LONGEST] = 0;
    let text = CStr::from_bytes_until_nul(&text).map_or_else(|_| "".into(), CStr::to_string_lossy);
    (class, text.into_owned())
}

/// What a handle may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A communicator.
    Communicator,
    /// A communicator whose ranks form a Cartesian grid.
    Grid,
    /// A group.
    Group,
    /// A datatype.
    Datatype,
    /// A file.
    File,
    /// A reduction operation.
    Operation,
    /// A window.
    Window,
    /// A request.
    Request,
}

/// Whether a handle that nobody has seen made is one. Of windows, files and requests only whether it
/// looks like one: those MPI itself can be left to refuse.
#[cold]
pub fn is_one(sort: Sort, handle: Handle) -> bool {
    if !looks_like(sort, handle) {
        return false;
    }
    if matches!(sort, Sort::File | Sort::Window | Sort::Request) {
        return true;
    }
    let mut answer: c_int = 0;
    let answer = &raw mut answer;
    // SAFETY: the result outlives the call. MPI refuses what is none, and the handle is at least such
    // that MPI can tell.
    let code = refusals::quietly(|| unsafe {
        match sort {
            Sort::Communicator | Sort::Grid => {
                mpi!(PMPI_Comm_size(handle => Handle, answer => *mut c_int))
            }
            Sort::Group => mpi!(PMPI_Group_size(handle => Handle, answer => *mut c_int)),
            Sort::Datatype => mpi!(PMPI_Type_size(handle => Handle, answer => *mut c_int)),
            Sort::Operation => mpi!(PMPI_Op_commutative(handle => Handle, answer => *mut c_int)),
            Sort::File | Sort::Window | Sort::Request => 0,
        }
    });
    code == 0
}

/// The topology of a communicator: one of those of the [`Abi`], or `MPI_UNDEFINED`.
pub fn topology(comm: Handle) -> c_int {
    let mut topology: c_int = abi().undefined;
    // SAFETY: the communicator is one; the result outlives the call.
    unsafe { mpi!(PMPI_Topo_test(comm => Handle, &raw mut topology => *mut c_int)) };
    topology
}

/// Whether a communicator has a topology of whatever sort.
pub fn has_topology(comm: Handle) -> bool {
    topology(comm) != abi().undefined
}

/// Whether MPI can be asked about a handle, of whatever value.
fn looks_like(sort: Sort, handle: Handle) -> bool {
    /// The handles of the standard's interface that are numbers lie below.
    const NUMBERS: usize = 4096;
    let abi = abi();
    if abi.implementation == Implementation::OpenMpi {
        return is_object(sort, handle);
    }
    if sort == Sort::File || handle >> 32 != 0 {
        return handle < NUMBERS && !abi.narrow || is_mapped(handle, NUMBERS.min(64));
    }
    // MPICH's handles have two bits for where the object lies, and four for its sort.
    let number = match sort {
        Sort::Communicator | Sort::Grid => 1,
        Sort::Group => 2,
        Sort::Datatype => 3,
        Sort::File => 4,
        Sort::Operation => 6,
        Sort::Window => 8,
        Sort::Request => 11,
    };
    (handle < NUMBERS && !abi.narrow) || (handle >> 30 != 0 && handle >> 26 & 0xf == number)
}

/// Whether an address is that of an object of Open MPI of this sort: objects begin with the address of
/// their class, and that has its name and the address of the class that it is made of.
fn is_object(sort: Sort, handle: Handle) -> bool {
    const WORD: usize = size_of::<usize>();
    /// Where objects begin with this number, their class follows.
    const CHECKED: usize = 0xdeaf_beed_deaf_beed;
    const DEEPEST: usize = 16;
    let abi = abi();
    let word = |address: usize| {
        let readable = address.is_multiple_of(WORD) && is_mapped(address, WORD);
        // SAFETY: the word is mapped.
        readable.then(|| unsafe { (address as *const usize).read_volatile() })
    };
    let class = |object: Handle| match word(object) {
        Some(CHECKED) => word(object.wrapping_add(WORD)),
        class => class,
    };
    let known = match sort {
        Sort::Communicator | Sort::Grid => abi.world,
        Sort::Group => abi.group_empty,
        Sort::Datatype => abi.byte,
        Sort::File => abi.file_null,
        Sort::Operation => abi.operations[0],
        Sort::Window => abi.win_null,
        Sort::Request => abi.request_null,
    };
    let Some(wanted) = class(known) else {
        return true;
    };
    let mut found = class(handle);
    for _ in 0..DEEPEST {
        match found {
            Some(class) if class == wanted => return true,
            Some(class) if class != 0 => found = word(class.wrapping_add(WORD)),
            _ => return false,
        }
    }
    false
}

/// What MPI says of itself.
pub fn library_version() -> String {
    // The largest that any of the interfaces asks for.
    let mut text = vec![0u8; 8192 + 1];
    let mut length: c_int = 0;
    // SAFETY: the buffer is as long as MPI may ask; both outlive the call.
    unsafe {
        mpi!(PMPI_Get_library_version(
            text.as_mut_ptr() => *mut u8,
            &raw mut length => *mut c_int,
        ));
    }
    text.truncate(usize::try_from(length).unwrap_or(0));
    let text = String::from_utf8_lossy(&text);
    text.trim_end_matches('\0').trim().to_owned()
}

/// The largest tag.
pub fn tag_upper_bound() -> i32 {
    let mut value: *const c_int = std::ptr::null();
    let mut flag: c_int = 0;
    // SAFETY: MPI is initialized; both results outlive the call, and the attribute is the address
    // of an integer of MPI's own.
    unsafe {
        mpi!(PMPI_Comm_get_attr(
            abi().world => Handle,
            abi().tag_ub => c_int,
            &raw mut value => *mut *const c_int,
            &raw mut flag => *mut c_int,
        ));
        if flag == 0 || value.is_null() {
            return i32::MAX;
        }
        *value
    }
}

/// The level of threads that MPI provides: from 0 to 3.
pub fn thread_level() -> u8 {
    let mut level: c_int = 0;
    // SAFETY: MPI is initialized; the result outlives the call.
    unsafe { mpi!(PMPI_Query_thread(&raw mut level => *mut c_int)) };
    level_of(level)
}

/// A level of threads, from 0 to 3, by the number that this interface has for it.
pub fn level_of(number: c_int) -> u8 {
    let found = abi().threads.iter().position(|other| *other == number);
    found.unwrap_or(0) as u8
}

/// Whether this is the thread that has initialized MPI.
pub fn is_main_thread() -> bool {
    let mut flag: c_int = 0;
    // SAFETY: MPI is initialized; the result outlives the call.
    unsafe { mpi!(PMPI_Is_thread_main(&raw mut flag => *mut c_int)) };
    flag != 0
}

/// The processes of a group, in its order, each by its [number](worlds::number); none if one of them has
/// none.
pub fn members(group: Handle) -> Option<Vec<u32>> {
    let abi = abi();
    let mut size: c_int = 0;
    let mut world = Slot::default();
    // SAFETY: the results outlive the calls. MPI refuses what is no group.
    unsafe {
        mpi!(PMPI_Group_size(group => Handle, &raw mut size => *mut c_int));
        mpi!(PMPI_Comm_group(abi.world => Handle, world.pointer() => *mut c_void));
    }
    let ranks: Vec<c_int> = (0..size).collect();
    let translate = |into: Handle| {
        let mut found = vec![abi.undefined; ranks.len()];
        // SAFETY: both arrays have as many elements as the group has members.
        unsafe {
            mpi!(PMPI_Group_translate_ranks(
                group => Handle,
                size => c_int,
                ranks.as_ptr() => *const c_int,
                into => Handle,
                found.as_mut_ptr() => *mut c_int,
            ));
        }
        found
    };
    let own = translate(world.handle(abi));
    // SAFETY: the group was made above.
    unsafe { mpi!(PMPI_Group_free(world.pointer() => *mut c_void)) };
    let number = |rank: &c_int| u32::try_from(*rank).ok().map(worlds::number);
    let mut found: Vec<Option<u32>> = own.iter().map(number).collect();
    let there = |into: Handle| {
        let ranks = translate(into).into_iter();
        ranks.map(|rank| usize::try_from(rank).ok()).collect()
    };
    worlds::of_others(there, &mut found);
    found.into_iter().collect()
}

/// The groups of a communicator: its own, and the other one if it has one.
pub fn groups(comm: Handle) -> (Option<Vec<u32>>, Option<Option<Vec<u32>>>) {
    let abi = abi();
    let mut inter: c_int = 0;
    let mut group = Slot::default();
    // SAFETY: the results outlive the calls. MPI refuses what is no communicator.
    unsafe {
        mpi!(PMPI_Comm_test_inter(comm => Handle, &raw mut inter => *mut c_int));
        mpi!(PMPI_Comm_group(comm => Handle, group.pointer() => *mut c_void));
    }
    let local = members(group.handle(abi));
    // SAFETY: the group was made above.
    unsafe { mpi!(PMPI_Group_free(group.pointer() => *mut c_void)) };
    if inter == 0 {
        return (local, None);
    }
    // SAFETY: as above.
    unsafe { mpi!(PMPI_Comm_remote_group(comm => Handle, group.pointer() => *mut c_void)) };
    let remote = members(group.handle(abi));
    // SAFETY: as above.
    unsafe { mpi!(PMPI_Group_free(group.pointer() => *mut c_void)) };
    (local, Some(remote))
}

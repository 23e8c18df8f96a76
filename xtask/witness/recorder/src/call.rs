//! A call on its way: from the program's side into MPI and back.

use crate::{
    abi::Handle,
    checksum, counts, ending,
    heap::Held,
    library::abi,
    log::{self, Ticket},
    mixed::mixed,
    mpi::{self, Sort},
    place::{Memory, stack_pointer},
    posted::{self, Posted},
    python::{self, Raised},
    refusals::{self, Raiser},
    tables::{self, Comm, EPOCH, Type, Watched},
    threads::{self, Asked},
    worlds,
};
use recording::{
    clock,
    event::{Abort, Argument, Complaint, Data, Gone, Object, PlaceId, Refusal, RequestId, What},
    format::{Head, Outcome, Status},
    functions::number,
    header::{State, Word},
};
use std::{
    cell::Cell,
    env,
    ffi::{c_int, c_void},
    io::Read,
    mem,
    os::unix::net::UnixStream,
    path::PathBuf,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU16, Ordering},
    },
    time::Duration,
};

/// What is done with calls. Nothing (0): they are handed on.
static MODE: AtomicU8 = AtomicU8::new(UNDECIDED);
/// They are written down.
const RECORD: u8 = 1;
/// They are counted.
const COUNT: u8 = 2;
/// A folder waits for the rank's file: MPI is not initialized.
const ARMED: u8 = 4;
/// Nobody has looked yet whether there is a folder.
const UNDECIDED: u8 = 8;
/// MPI is finalized.
const ENDED: u8 = 16;

static ASIDE: AtomicBool = AtomicBool::new(false);
static STRICT: AtomicBool = AtomicBool::new(false);
/// Whether collectives are made synchronous. Those of checks are not: their rules say who must call what.
static STRICT_TOGETHER: AtomicBool = AtomicBool::new(false);
static PARK: AtomicBool = AtomicBool::new(true);
static COUNTER: AtomicBool = AtomicBool::new(false);
/// Whether times are processor time in place of the time of day.
static CPU: AtomicBool = AtomicBool::new(false);
static TAG_UB: AtomicI32 = AtomicI32::new(i32::MAX);

/// What a thread keeps.
#[derive(Debug)]
pub struct Thread {
    number: u16,
    inside: bool,
    /// The call that it is in: its function and place.
    now: (u16, PlaceId),
    /// The call that it is in, if that is one that only asks: its function, and the stack pointer there.
    asking: Option<(u16, usize)>,
    /// Errors that were returned and are written down.
    returned: Vec<(u16, PlaceId, c_int)>,
    places: Memory,
    comm: Option<(Handle, u32, Arc<Comm>)>,
    window: Option<(Handle, u32, Arc<Comm>)>,
    types: [Option<(Handle, u32, Arc<Type>)>; TYPES],
    vain: [Option<Vain>; VAIN],
    next_vain: usize,
    /// How many calls it has made.
    calls: u64,
    /// The receives that it has just posted.
    posted: Posted,
    /// What a callback below the call that this thread is in has freed.
    freed: Vec<(Head, What)>,
    /// The wait or test that it is in with a request that nobody has seen made.
    unknown: Option<(Head, Option<Ticket>)>,
    /// Room for handles and statuses.
    pub handles: Vec<Handle>,
    pub statuses: Vec<u64>,
}

const TYPES: usize = 8;
const VAIN: usize = 4;

/// A test that found nothing, and may be repeated.
#[derive(Clone, Copy, Debug)]
struct Vain {
    key: u64,
    ticket: Ticket,
    times: u64,
}

thread_local! {
    static THREAD: Cell<*mut Thread> = const { Cell::new(ptr::null_mut()) };
}

#[inline(always)]
fn thread() -> *mut Thread {
    let thread = THREAD.with(Cell::get);
    if thread.is_null() {
        new_thread()
    } else {
        thread
    }
}

#[cold]
fn new_thread() -> *mut Thread {
    static NUMBERS: AtomicU16 = AtomicU16::new(0);
    // Kept until the process ends: a record may be completed while a thread's own data is being
    // taken down.
    let thread = Box::into_raw(Box::new(Thread {
        number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        inside: false,
        now: (u16::MAX, PlaceId::NONE),
        asking: None,
        returned: Vec::new(),
        places: Memory::default(),
        comm: None,
        window: None,
        types: [const { None }; TYPES],
        vain: [None; VAIN],
        next_vain: 0,
        calls: 0,
        posted: Posted::default(),
        freed: Vec::new(),
        unknown: None,
        handles: Vec::new(),
        statuses: Vec::new(),
    }));
    THREAD.with(|cell| cell.set(thread));
    thread
}

/// A call that is looked at.
#[derive(Debug)]
pub struct Call {
    /// This thread's data. No other reference to it is alive: those that a call within a call makes
    /// end before it does.
    thread: *mut Thread,
    head: Head,
    mode: u8,
    /// Whether it is made by a callback below another call.
    nested: bool,
    ticket: Option<Ticket>,
    complaint: Option<Complaint>,
    /// The communicator that it was given, where that is one; else 0, which no interface has for one.
    on: Handle,
}

/// Looks at a call, if calls are looked at.
#[inline(always)]
pub fn enter(function: u16, stack_pointer: usize) -> Option<Call> {
    let mode = MODE.load(Ordering::Relaxed);
    if mode == 0 {
        return None;
    }
    look(function, stack_pointer, mode)
}

#[inline]
fn look(function: u16, stack_pointer: usize, mode: u8) -> Option<Call> {
    let thread = thread();
    // SAFETY: the pointer is this thread's own, and no reference made from it is alive.
    if unsafe { (*thread).inside } {
        return nested(thread, function, stack_pointer);
    }
    let mut complaint = None;
    let mut mode = mode;
    if mode & (UNDECIDED | ARMED | ENDED) != 0 {
        (mode, complaint) = unusual(function, stack_pointer)?;
    }
    if mode == 0 {
        return None;
    }
    // Before the place is found, which takes longer than many a program computes between two calls.
    let entered = ticks();
    // SAFETY: as above: the calls below MPI (of its own parts, or of the program's callbacks) do not
    // come here.
    let this = unsafe { &mut *thread };
    this.inside = true;
    this.calls += 1;
    let aside = ASIDE.load(Ordering::Relaxed);
    // The student is not shown where a check calls, and its calls come from many places.
    let place = if mode & RECORD == 0 || aside {
        PlaceId::NONE
    } else {
        let place = this.places.place(function, stack_pointer, log::define);
        python::place(place, log::define).unwrap_or(place)
    };
    this.now = (function, place);
    if mode & RECORD != 0
        && let Some(threads) = threads::enter(this.number)
        && !may_be_called_always(function)
    {
        complaint = complaint.or(Some(threads));
    }
    let mut call = Call {
        thread,
        head: Head {
            function,
            thread: this.number,
            aside,
            place,
            entered,
        },
        mode,
        nested: false,
        ticket: None,
        complaint,
        on: 0,
    };
    if matches!(
        complaint,
        Some(Complaint::BeforeInit | Complaint::AfterFinalize)
    ) {
        // MPI must not be asked what the arguments mean.
        call.begin(&What::Other, 0);
        call.end(0, Outcome::Nothing);
        return None;
    }
    Some(call)
}

/// A call below another: MPI's own, which is nobody's business, or one of a callback of the program.
/// Of those the ones that free something are looked at: attributes of a communicator may hold others,
/// which are freed with it. And the one that ends the job.
#[cold]
fn nested(thread: *mut Thread, function: u16, stack_pointer: usize) -> Option<Call> {
    let mode = MODE.load(Ordering::Relaxed) & RECORD;
    if mode == 0 || !(FREES.contains(&function) || function == number("MPI_Abort")) {
        return None;
    }
    // SAFETY: as in `look`.
    let this = unsafe { &mut *thread };
    Some(Call {
        head: Head {
            function,
            thread: this.number,
            aside: ASIDE.load(Ordering::Relaxed),
            place: this.places.place(function, stack_pointer, log::define),
            entered: ticks(),
        },
        thread,
        mode,
        nested: true,
        ticket: None,
        complaint: None,
        on: 0,
    })
}

/// The functions that free an object.
const FREES: [u16; 12] = [
    number("MPI_Comm_free"),
    number("MPI_Comm_disconnect"),
    number("MPI_Comm_free_keyval"),
    number("MPI_Errhandler_free"),
    number("MPI_File_close"),
    number("MPI_Group_free"),
    number("MPI_Info_free"),
    number("MPI_Op_free"),
    number("MPI_Type_free"),
    number("MPI_Type_free_keyval"),
    number("MPI_Win_free"),
    number("MPI_Win_free_keyval"),
];

/// The time, as records have it.
#[inline(always)]
fn ticks() -> u64 {
    if COUNTER.load(Ordering::Relaxed) {
        clock::ticks()
    } else if CPU.load(Ordering::Relaxed) {
        clock::cpu_nanos()
    } else {
        clock::nanos()
    }
}

/// A call before anybody has looked whether it is recorded, before MPI is initialized, or after it
/// is finalized.
#[cold]
fn unusual(function: u16, stack_pointer: usize) -> Option<(u8, Option<Complaint>)> {
    decide();
    let mode = MODE.load(Ordering::Relaxed);
    if mode & (ARMED | ENDED) != 0 && may_be_called_always(function) {
        return None;
    }
    if mode & ARMED != 0 && mpi::is_initialized() {
        // By a way around these functions: MPICH's module `mpi_f08` has one of its own.
        let function = number("MPI_Init");
        initialized(
            function,
            stack_pointer,
            clock::ticks(),
            0,
            false,
            Asked::Itself,
        );
        return Some((MODE.load(Ordering::Relaxed) & !ARMED, None));
    }
    if mode & ARMED != 0 {
        // MPI cannot say which rank this is; whoever started it can.
        attach_early();
        let mode = MODE.load(Ordering::Relaxed);
        return Some((mode, Some(Complaint::BeforeInit)));
    }
    if mode & ENDED != 0 && mode & RECORD != 0 {
        return Some((mode, Some(Complaint::AfterFinalize)));
    }
    Some((mode & !ENDED, None))
}

/// Whether a function may be called before `MPI_Init` and after `MPI_Finalize` (MPI standard 5.0,
/// section 11.4.1).
fn may_be_called_always(function: u16) -> bool {
    let name = recording::functions::name(function).unwrap_or("");
    name.starts_with("MPI_Info_")
        || name.ends_with("_create_errhandler")
        || name == "MPI_Errhandler_free"
}

/// MPI is used without `MPI_Init`, by a session: nothing is recorded, since a session's processes
/// need not be those of an `MPI_COMM_WORLD`.
pub fn without_init() {
    decide();
    MODE.fetch_and(!ARMED, Ordering::Relaxed);
}

/// Looks once whether there is a folder for records.
fn decide() {
    if MODE.load(Ordering::Relaxed) & UNDECIDED == 0 {
        return;
    }
    let is = |name: &str, value: &str| env::var_os(name).is_some_and(|it| it == value);
    let is_strict = is(recording::STRICT, "1");
    STRICT.fetch_or(is_strict, Ordering::Relaxed);
    STRICT_TOGETHER.store(is_strict, Ordering::Relaxed);
    PARK.store(!is("WORKBOOK_PARK", "0"), Ordering::Relaxed);
    let armed = if folder().is_some() { ARMED } else { 0 };
    MODE.fetch_or(armed, Ordering::Relaxed);
    MODE.fetch_and(!UNDECIDED, Ordering::Relaxed);
}

/// The folder for records.
pub fn folder() -> Option<PathBuf> {
    let folder = env::var_os(recording::FOLDER)?;
    (!folder.is_empty()).then(|| folder.into())
}

/// Knocks at [`recording::DOOR`], before MPI is initialized.
pub fn knock() {
    /// For whoever listens and does not answer.
    const PATIENCE: Duration = Duration::from_secs(1);
    let Some(folder) = folder().filter(|_| notes_endings()) else {
        return;
    };
    // Where nobody listens, nobody wants to know.
    if let Ok(door) = UnixStream::connect(folder.join(recording::DOOR)) {
        let mut door = recording::closed_first(door);
        let _ = door.set_read_timeout(Some(PATIENCE));
        let _ = door.read(&mut [0]);
        // The system closes it when the process ends, and only then.
        mem::forget(door);
    }
}

/// Whether this rank is to note how its process ends.
fn notes_endings() -> bool {
    env::var_os(recording::ENDINGS).is_some_and(|it| it == "1")
}

/// What a launcher says of this process: its rank, and how many there are.
fn told() -> (u32, u32) {
    let number = |names: &[&str]| {
        names.iter().find_map(|name| {
            let value = env::var(name).ok()?;
            value.parse::<u32>().ok()
        })
    };
    let rank = number(&[
        "PMI_RANK",
        "OMPI_COMM_WORLD_RANK",
        "PMIX_RANK",
        "SLURM_PROCID",
    ]);
    let size = number(&["PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_NTASKS"]);
    let rank = recording::place(rank.unwrap_or(0));
    (rank, size.unwrap_or(1).max(rank + 1))
}

fn attach_early() {
    let (rank, size) = told();
    attach(rank, size, 0, "");
}

fn attach(rank: u32, size: u32, threads: u8, library: &str) {
    let Some(folder) = folder() else { return };
    let cpu = env::var_os(recording::CPU_TIME).is_some_and(|it| it == "1");
    CPU.store(cpu, Ordering::Relaxed);
    COUNTER.store(!cpu && clock::has_counter(), Ordering::Relaxed);
    let attached = log::attach(
        &folder,
        &log::Author {
            rank,
            size,
            base: worlds::base(),
            implementation: abi().implementation,
            library,
            threads,
            strict: STRICT.load(Ordering::Relaxed),
            counter: COUNTER.load(Ordering::Relaxed),
            attached: clock::pair(),
        },
    );
    MODE.fetch_and(!ARMED, Ordering::Relaxed);
    if attached {
        MODE.fetch_or(RECORD, Ordering::Relaxed);
        if threads <= 1 {
            posted::start(size);
        }
        // SAFETY: the function is one that may run when the process ends.
        unsafe { libc::atexit(gone) };
        if notes_endings() {
            ending::watch(&folder.join(recording::reader::maps_name(rank)));
        }
        // SAFETY: as above. It runs first of the three.
        unsafe { libc::atexit(finalized_elsewhere) };
    }
}

/// Notes that MPI was finalized, if that was done by a way around these functions.
extern "C" fn finalized_elsewhere() {
    let mode = MODE.load(Ordering::Relaxed);
    if mode & ENDED != 0 || !log::is_underway(std::process::id()) || !mpi::is_finalized() {
        return;
    }
    let thread = thread();
    // SAFETY: the pointer is this thread's own, and no reference made from it is alive.
    if unsafe { (*thread).inside } {
        // Below MPI_Finalize: MPICH gives up there, and says that it is finalized.
        return;
    }
    // SAFETY: the pointer is this thread's own; the reference ends with the block. No call is on its
    // way.
    let head = unsafe {
        let this = &mut *thread;
        Head {
            function: number("MPI_Finalize"),
            thread: this.number,
            aside: ASIDE.load(Ordering::Relaxed),
            place: (this.places).place(number("MPI_Finalize"), stack_pointer(), log::define),
            entered: ticks(),
        }
    };
    if let Some(ticket) = log::begin(head, &What::Finalize, None, 0) {
        log::end(ticket, ticks(), 0, Outcome::Nothing);
    }
    finalized();
}

/// Notes that the process ends.
extern "C" fn gone() {
    log::end_of(std::process::id());
}

/// Begins, once MPI is initialized: `MPI_Init`, in which all ranks are `together`, or the first sight of
/// an MPI that was initialized elsewhere. `entered` is when that call went in, and `asked` which level of
/// threads the program has asked for.
pub fn initialized(
    function: u16,
    stack_pointer: usize,
    entered: u64,
    code: c_int,
    together: bool,
    asked: Asked,
) {
    decide();
    let mode = MODE.load(Ordering::Relaxed);
    if mode & RECORD != 0 || folder().is_none() || code != 0 {
        return;
    }
    let world = abi().world;
    if !worlds::enter(together) {
        MODE.fetch_and(!ARMED, Ordering::Relaxed);
        return;
    }
    let (rank, size) = (mpi::rank(world), mpi::size(world));
    let provided = mpi::thread_level();
    // SAFETY: the pointer is this thread's own, and no reference made from it is alive.
    let number = unsafe { (*thread()).number };
    threads::initialized(provided, asked, number);
    attach(
        worlds::number(u32::try_from(rank).unwrap_or(0)),
        u32::try_from(size).unwrap_or(1),
        provided,
        &mpi::library_version(),
    );
    if MODE.load(Ordering::Relaxed) & RECORD == 0 {
        return;
    }
    TAG_UB.store(mpi::tag_upper_bound(), Ordering::Relaxed);
    if notes_endings() {
        python::watch(raised);
    }
    refusals::install();
    tables::with(tables::Tables::add_predefined);
    if let Some(mut call) = enter(function, stack_pointer) {
        if COUNTER.load(Ordering::Relaxed) {
            call.head.entered = entered;
        }
        call.begin(&What::Init, 0);
        call.end(code, Outcome::Nothing);
    }
    if together && let Some(parent) = worlds::parent() {
        refusals::take_over(Raiser::Communicator, parent);
        tables::meet_parent(parent);
    }
}

/// Notes that MPI is finalized.
pub fn finalized() {
    if MODE.load(Ordering::Relaxed) & RECORD != 0 {
        MODE.fetch_or(ENDED, Ordering::Relaxed);
        log::calibrate();
        log::state(State::Finalized);
    }
}

/// Whether calls are written down, so that `MPI_Init` is one too many.
pub fn is_recording() -> bool {
    MODE.load(Ordering::Relaxed) & RECORD != 0
}

/// A function that only asks: it is not written down, but may not be called before `MPI_Init` nor
/// after `MPI_Finalize` either. Whether calls are written down: then [`answered`] must follow.
#[inline(always)]
pub fn asks(function: u16, stack_pointer: usize) -> bool {
    let mode = MODE.load(Ordering::Relaxed);
    if mode & (UNDECIDED | ARMED | ENDED) != 0 {
        asks_unusual(function, stack_pointer);
    }
    if mode & RECORD == 0 {
        return false;
    }
    // SAFETY: the pointer is this thread's own, and no reference made from it is alive.
    unsafe { (*thread()).asking = Some((function, stack_pointer)) };
    true
}

#[cold]
fn asks_unusual(function: u16, stack_pointer: usize) {
    if let Some(call) = enter(function, stack_pointer) {
        call.forget();
    }
}

/// A function that only asks has come back.
#[inline(always)]
pub fn answered(code: c_int) {
    if code != 0 {
        returned(code);
    }
    // SAFETY: the pointer is this thread's own, and no reference made from it is alive.
    unsafe { (*thread()).asking = None };
}

/// Looks at a handle that a function was given which only asks.
#[inline]
pub fn check(sort: Sort, handle: Handle) {
    let wrong = match sort {
        // The thread that asks which rank it is need not wait for another.
        Sort::Communicator if abi().handle(handle) == abi().world => None,
        // MPI hands callbacks what the program may have freed: the datatype of a reduction under way, an
        // object that is being freed.
        // SAFETY: the pointer is this thread's own, and no reference made from it is alive.
        _ if unsafe { (*thread()).inside } => None,
        _ => is_wrong(sort, handle),
    };
    if let Some(value) = wrong {
        complain_asking(sort, value);
    }
}

#[cold]
fn complain_asking(sort: Sort, value: i64) {
    // SAFETY: the pointer is this thread's own, and no reference made from it is alive.
    let asking = unsafe { (*thread()).asking };
    if let Some((function, stack_pointer)) = asking
        && let Some(mut call) = enter(function, stack_pointer)
    {
        call.wrong(argument(sort), value, None);
        if !call.is_let_pass() {
            call.begin(&What::Other, 0);
        }
        call.forget();
    }
}

/// How complaints say that a handle was freed.
const FREED: i64 = 1;
/// How they say that it is none.
const NOTHING: i64 = 2;

/// What is wrong with a handle, as complaints say it; none if it is right. Of those that are not seen
/// made MPI is asked.
fn is_wrong(sort: Sort, handle: Handle) -> Option<i64> {
    const NULL: i64 = 0;
    const WITHOUT_GRID: i64 = 3;
    if sort == Sort::Grid {
        let without = || (!mpi::has_topology(handle)).then_some(WITHOUT_GRID);
        return is_wrong(Sort::Communicator, handle).or_else(without);
    }
    let abi = abi();
    // Those of files are pointers in every interface.
    let handle = match sort {
        Sort::File => handle,
        _ => abi.handle(handle),
    };
    let (null, object) = null_of(sort);
    if handle == null {
        return Some(NULL);
    }
    let (known, freed) = tables::with(|tables| {
        let known = match (sort, object) {
            (Sort::Communicator, _) => tables.known_comm(handle).is_some(),
            (Sort::Datatype, _) => tables.known_datatype(handle).is_some(),
            (Sort::Operation, _) => tables.known_op(handle).is_some(),
            (_, Some(object)) => tables.knows(object, handle) || handle == abi.group_empty,
            (_, None) => tables.request(handle).is_some(),
        };
        let freed = object.is_some_and(|object| tables.is_freed(object, handle));
        (known, freed)
    });
    // MPI itself does not always see it: of a datatype that is gone MPICH tells the size all the same, and
    // reads memory that is not there when it is asked what it consists of.
    let sure = freed && sort != Sort::Communicator;
    if known {
        return None;
    }
    if !sure && mpi::is_one(sort, handle) {
        // Known from now on.
        tables::with(|tables| match sort {
            Sort::Communicator => drop(tables.comm(handle)),
            Sort::Datatype => drop(tables.datatype(handle)),
            Sort::Operation => drop(tables.op(handle)),
            _ => {}
        });
        return None;
    }
    Some(if freed { FREED } else { NOTHING })
}

/// The null handle of a sort, and its objects; none of requests, whose handles are given out again.
fn null_of(sort: Sort) -> (Handle, Option<Object>) {
    let abi = abi();
    match sort {
        Sort::Communicator | Sort::Grid => (abi.comm_null, Some(Object::Communicator)),
        Sort::Group => (abi.group_null, Some(Object::Group)),
        Sort::Datatype => (abi.datatype_null, Some(Object::Datatype)),
        Sort::File => (abi.file_null, Some(Object::File)),
        Sort::Operation => (abi.op_null, Some(Object::Operation)),
        Sort::Window => (abi.win_null, Some(Object::Window)),
        Sort::Request => (abi.request_null, None),
    }
}

fn argument(sort: Sort) -> Argument {
    match sort {
        Sort::Communicator | Sort::Grid => Argument::Communicator,
        Sort::Group => Argument::Group,
        Sort::Datatype => Argument::Datatype,
        Sort::File => Argument::File,
        Sort::Operation => Argument::Operation,
        Sort::Window => Argument::Window,
        Sort::Request => Argument::Request,
    }
}

/// The function that this thread has called and that is not written down, for whoever looks how the
/// process has ended. It may be asked in the handler of a signal.
pub fn asking() -> Option<u16> {
    let thread = THREAD.with(Cell::get);
    if thread.is_null() {
        return None;
    }
    // SAFETY: the pointer is this thread's own. Whatever holds a reference to it was interrupted, and
    // the field is only copied.
    unsafe { (*thread).asking.map(|(function, _)| function) }
}

/// Whether this thread is in a call. It may be asked in the handler of a signal.
pub fn is_inside() -> bool {
    let thread = THREAD.with(Cell::get);
    // SAFETY: as above.
    !thread.is_null() && unsafe { (*thread).inside || (*thread).asking.is_some() }
}

/// MPI has found an error in the call that this thread is in, and ends the job because of it. The
/// function's name, if it is known.
#[cold]
pub fn refused(code: c_int, fatal: bool) -> &'static str {
    if MODE.load(Ordering::Relaxed) & RECORD == 0 {
        return "MPI";
    }
    let (class, text) = mpi::error(code);
    let class = abi().error(class);
    if fatal {
        complain_of_request(class, code);
    }
    let function = write_refusal(fatal, class, text);
    if function.is_empty() { "MPI" } else { function }
}

fn write_refusal(fatal: bool, class: &str, text: String) -> &'static str {
    let (_, (function, place)) = current();
    let name = recording::functions::name(function).unwrap_or("");
    write_down(Refusal {
        place,
        function: name,
        fatal,
        class: class.into(),
        text: text.into(),
        ..new_refusal()
    });
    name
}

/// A refusal now, in this thread, of which no more is known yet.
fn new_refusal() -> Refusal {
    Refusal {
        // SAFETY: the pointer is this thread's own, and no reference made from it is alive.
        thread: unsafe { (*thread()).number },
        function: "",
        place: PlaceId::NONE,
        at: clock::nanos(),
        fatal: false,
        raised: false,
        class: Arc::default(),
        text: Arc::default(),
        abort: None,
    }
}

fn write_down(refusal: Refusal) {
    if !ASIDE.load(Ordering::Relaxed) {
        log::refuse(&refusal);
    }
}

/// MPI finds something wrong with a wait or test, and ends the job because of it. If a request is among
/// those that nobody has seen made, and MPI finds no request there either, that is what is wrong. MPI is
/// asked first: it makes requests of other sorts too.
#[cold]
fn complain_of_request(class: &str, code: c_int) {
    // MPICH calls it an internal error if there is something else in the request's place.
    const CLASSES: [&str; 2] = ["MPI_ERR_REQUEST", "MPI_ERR_INTERN"];
    // SAFETY: the pointer is this thread's own, and no reference made from it is alive.
    let unknown = unsafe { (*thread()).unknown.take() };
    let Some((head, ticket)) = unknown.filter(|_| CLASSES.contains(&class)) else {
        return;
    };
    if let Some(ticket) = ticket {
        log::end(ticket, ticks(), code, Outcome::Nothing);
    }
    let complaint = Complaint::Argument {
        argument: Argument::Request,
        value: NOTHING,
        limit: None,
    };
    log::begin(head, &What::Other, Some(complaint), 0);
    park();
}

/// The program ends by an exception that nobody has caught.
fn raised(exception: Raised) {
    if !ending::note_raised() {
        return;
    }
    log::refuse(&Refusal {
        place: exception.place(log::define),
        raised: true,
        class: exception.class.into(),
        text: exception.text.into(),
        ..new_refusal()
    });
}

/// This thread's number, and the call that it is in.
fn current() -> (u16, (u16, PlaceId)) {
    // SAFETY: the pointer is this thread's own. A call may be on its way above, but no reference made
    // from it is alive while MPI is entered.
    let this = unsafe { &mut *thread() };
    let mut place = |function, stack_pointer| {
        let place = this.places.place(function, stack_pointer, log::define);
        python::place(place, log::define).unwrap_or(place)
    };
    let now = match this.asking {
        Some((function, stack_pointer)) => (function, place(function, stack_pointer)),
        None if this.inside => this.now,
        // A function that is not looked at.
        None => (u16::MAX, place(u16::MAX, stack_pointer())),
    };
    (this.number, now)
}

/// MPI has found an error in the call that this thread is in, and returned it to the program.
#[cold]
fn returned(code: c_int) {
    /// More are not told apart.
    const MOST: usize = 64;
    let mode = MODE.load(Ordering::Relaxed);
    // What the harness of checks asks for, it gets.
    if mode & RECORD == 0 || mode & COUNT != 0 {
        return;
    }
    let (_, (function, place)) = current();
    // SAFETY: as in `current`.
    let known = unsafe { &mut (*thread()).returned };
    let key = (function, place, code);
    if known.len() < MOST && !known.contains(&key) {
        known.push(key);
        refused(code, false);
    }
}

/// Begins to count calls.
pub fn start_counting() {
    decide();
    MODE.fetch_or(COUNT, Ordering::Relaxed);
}

/// Whether calls from now on are the harness's own; returns what held before.
pub fn aside(on: bool) -> bool {
    ASIDE.swap(on, Ordering::AcqRel)
}

/// Whether calls are the harness's own.
pub fn is_aside() -> bool {
    ASIDE.load(Ordering::Acquire)
}

/// Whether standard sends from now on are made synchronous; returns what held before.
pub fn strict(on: bool) -> bool {
    let before = STRICT.swap(on, Ordering::AcqRel);
    log::set(Word::Strict, u64::from(on));
    before
}

/// Whether a standard send is made synchronous now: never one of the harness itself.
#[inline(always)]
pub fn is_strict() -> bool {
    STRICT.load(Ordering::Relaxed) && !ASIDE.load(Ordering::Relaxed)
}

/// Whether a collective is made synchronous now.
pub fn is_strict_together() -> bool {
    STRICT_TOGETHER.load(Ordering::Relaxed) && !ASIDE.load(Ordering::Relaxed)
}

/// Something is wrong with a call: it never comes back, unless it was told to.
#[cold]
fn park() {
    if PARK.load(Ordering::Relaxed) {
        log::state(State::Parked);
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

impl Call {
    #[inline(always)]
    fn thread(&mut self) -> &mut Thread {
        // SAFETY: the pointer is this thread's own, and this call is the only one of the thread
        // that uses it; the reference ends with the borrow of the call.
        unsafe { &mut *self.thread }
    }

    /// The function's number.
    #[inline(always)]
    pub fn function(&self) -> u16 {
        self.head.function
    }

    /// Whether it is written down; else it is only counted.
    #[inline(always)]
    pub fn is_recorded(&self) -> bool {
        self.mode & RECORD != 0
    }

    /// Whether it is counted: those of the harness itself are not.
    #[inline(always)]
    pub fn is_counted(&self) -> bool {
        self.mode & COUNT != 0 && !self.head.aside
    }

    /// Whether it is made by a callback below another call.
    pub fn is_nested(&self) -> bool {
        self.nested
    }

    /// The number of its record.
    #[inline(always)]
    pub fn index(&self) -> Option<u64> {
        self.ticket.map(Ticket::index)
    }

    /// Finds something wrong with it. The first finding stays.
    #[cold]
    pub fn complain(&mut self, complaint: Complaint) {
        self.complaint = self.complaint.or(Some(complaint));
    }

    /// Finds an argument wrong.
    #[cold]
    pub fn wrong(&mut self, argument: Argument, value: i64, limit: Option<i64>) {
        self.complain(Complaint::Argument {
            argument,
            value,
            limit,
        });
    }

    /// Whether something was found.
    #[inline(always)]
    pub fn is_wrong(&self) -> bool {
        self.complaint.is_some()
    }

    /// Writes it down, before it goes into MPI. It may complete so many operations. If something was
    /// found wrong with it, it never comes back from here, unless it was told to.
    // Copied into each of MPI's functions, it is half of what there is to compile: not for a student's first check.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn begin(&mut self, what: &What, results: usize) {
        if self.is_recorded() {
            if self.nested {
                return self.begin_nested(what);
            }
            if let Some(complaint) = self.complaint {
                return self.begin_wrong(what, complaint, results);
            }
            self.thread().vain = [None; VAIN];
            #[cfg(feature = "preloaded")]
            crate::panics::goes_on(what);
            self.ticket = log::begin(self.head, what, None, results);
        }
    }

    /// A thread is in one call at a time, as far as records go: this one follows when that is back.
    #[cold]
    fn begin_nested(&mut self, what: &What) {
        let head = self.head;
        match what {
            What::Free(_, Some(_)) => self.thread().freed.push((head, what.clone())),
            // Nothing follows, and the other call is still on its way.
            What::Abort { code } => {
                let (function, _) = self.thread().now;
                write_down(Refusal {
                    place: head.place,
                    function: "MPI_Abort",
                    fatal: true,
                    abort: Some(Abort {
                        code: *code,
                        within: recording::functions::name(function).unwrap_or(""),
                    }),
                    ..new_refusal()
                });
            }
            _ => {}
        }
    }

    /// Whether what was found wrong is left to MPI to refuse: the program has asked to be told.
    fn is_let_pass(&self) -> bool {
        let raiser = match self.complaint {
            Some(Complaint::Argument {
                argument: Argument::File,
                ..
            }) => Raiser::File,
            // MPI does not see it.
            Some(Complaint::Argument {
                argument: Argument::Attached,
                ..
            }) => return false,
            Some(Complaint::Argument { .. }) => Raiser::Communicator,
            _ => return false,
        };
        // The harness of checks has asked in the place of the program.
        self.mode & COUNT == 0 && {
            let on = (self.on != 0).then_some(self.on);
            refusals::are_returned(raiser, on)
        }
    }

    #[cold]
    fn begin_wrong(&mut self, what: &What, complaint: Complaint, results: usize) {
        if self.is_let_pass() {
            self.complaint = None;
            return self.begin(what, results);
        }
        self.ticket = log::begin(self.head, what, Some(complaint), results);
        park();
    }

    /// From now on, or no longer, it is in MPI with a request that nobody has seen made.
    #[cold]
    pub fn with_unknown_request(&mut self, on: bool) {
        let this = (self.head, self.ticket);
        self.thread().unknown = (on && !self.head.aside).then_some(this);
    }

    /// Writes down that it is back.
    // As above.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn end(mut self, code: c_int, outcome: Outcome<'_>) {
        if let Some(ticket) = self.ticket {
            log::end(ticket, ticks(), code, outcome);
        }
        self.leave(code);
    }

    #[inline(always)]
    fn leave(&mut self, code: c_int) {
        if self.nested {
            return;
        }
        if code != 0 {
            returned(code);
        }
        if !self.thread().freed.is_empty() {
            self.write_freed();
        }
        if self.is_recorded() {
            threads::leave();
        }
        let counted = self.is_counted();
        self.thread().inside = false;
        if counted {
            counts::returned(self.head.function, code);
        }
    }

    #[cold]
    fn write_freed(&mut self) {
        for (head, what) in std::mem::take(&mut self.thread().freed) {
            if let Some(ticket) = log::begin(head, &what, None, 0) {
                log::end(ticket, ticks(), 0, Outcome::Nothing);
            }
        }
    }

    /// Leaves it unwritten.
    pub fn forget(mut self) {
        self.leave(0);
    }

    /// Ends a test or probe that found nothing: it can be repeated.
    pub fn end_in_vain(mut self, code: c_int, key: u64) {
        if let Some(ticket) = self.ticket {
            log::end(ticket, ticks(), code, Outcome::InVain(1));
            let thread = self.thread();
            let at = thread.next_vain % VAIN;
            thread.next_vain = at + 1;
            thread.vain[at] = Some(Vain {
                key,
                ticket,
                times: 1,
            });
        }
        self.leave(code);
    }

    /// Keeps what a thread remembers of fruitless tests over the next [`Self::begin`]: that of
    /// another test.
    #[inline(always)]
    pub fn begin_test(&mut self, what: &What, results: usize) {
        let vain = self.thread().vain;
        self.begin(what, results);
        self.thread().vain = vain;
    }

    /// Forgets what is remembered of fruitless tests: this one has found something.
    pub fn found(&mut self) {
        self.thread().vain = [None; VAIN];
    }

    /// What identifies this test: function, place and what it asks for.
    pub fn key(&self, words: impl IntoIterator<Item = u64>) -> u64 {
        let head = [u64::from(self.head.function), u64::from(self.head.place.0)];
        mixed(head.into_iter().chain(words))
    }

    /// Whether the same test was made before and nothing else since.
    #[inline(always)]
    pub fn is_repeated(&mut self, key: u64) -> bool {
        let complaint = self.complaint.is_some();
        !complaint
            && self
                .thread()
                .vain
                .iter()
                .flatten()
                .any(|vain| vain.key == key)
    }

    /// Ends a repeated test that found nothing again: raises the counter. Whoever asks in a loop waits, so others
    /// may run: what is asked for may be theirs to do.
    pub fn end_repeated(mut self, code: c_int, key: u64) {
        let now = ticks();
        let thread = self.thread();
        if let Some(vain) = thread
            .vain
            .iter_mut()
            .flatten()
            .find(|vain| vain.key == key)
        {
            vain.times += 1;
            log::result(vain.ticket, now, code, Outcome::InVain(vain.times));
            log::count(Word::InVain);
        }
        self.leave(code);
        std::thread::yield_now();
    }

    /// The communicator of a handle; none, and a complaint, if it is null or none.
    #[inline(always)]
    pub fn comm(&mut self, handle: Handle) -> Option<Arc<Comm>> {
        let handle = abi().handle(handle);
        self.on = handle;
        let epoch = EPOCH.load(Ordering::Acquire);
        if let Some((known, when, comm)) = &self.thread().comm
            && *known == handle
            && *when == epoch
        {
            return Some(Arc::clone(comm));
        }
        if !self.check(Sort::Communicator, handle) {
            self.on = 0;
            return None;
        }
        let comm = tables::with(|tables| tables.comm(handle));
        let epoch = EPOCH.load(Ordering::Acquire);
        self.thread().comm = Some((handle, epoch, Arc::clone(&comm)));
        Some(comm)
    }

    /// Looks at the communicator of a window's own; none if the window was not seen made or nothing is
    /// recorded, and a complaint if the handle is null or none.
    #[inline(always)]
    pub fn with_window<R>(
        &mut self,
        handle: Handle,
        look: impl FnOnce(&Arc<Comm>) -> R,
    ) -> Option<R> {
        if !self.is_recorded() {
            return None;
        }
        let handle = abi().handle(handle);
        let epoch = EPOCH.load(Ordering::Acquire);
        if let Some((known, when, comm)) = &self.thread().window
            && *known == handle
            && *when == epoch
        {
            return Some(look(comm));
        }
        self.new_window(handle, epoch).as_ref().map(look)
    }

    #[cold]
    fn new_window(&mut self, handle: Handle, epoch: u32) -> Option<Arc<Comm>> {
        if !self.check(Sort::Window, handle) {
            return None;
        }
        let comm = tables::with(|tables| tables.shared(Object::Window, handle))?;
        self.thread().window = Some((handle, epoch, Arc::clone(&comm)));
        Some(comm)
    }

    /// Looks at a handle; false, and a complaint, if it is null or none.
    pub fn check(&mut self, sort: Sort, handle: Handle) -> bool {
        if !self.is_recorded() {
            let (null, _) = null_of(sort);
            return handle != null;
        }
        if let Some(value) = is_wrong(sort, handle) {
            self.wrong(argument(sort), value, None);
            return false;
        }
        true
    }

    /// Finds a handle wrong that is to be freed and was freed before. What MPI refuses by itself is left to it.
    pub fn check_unfreed(&mut self, sort: Sort, handle: Handle) {
        if let (true, false, (_, Some(object))) = (self.is_recorded(), self.nested, null_of(sort))
            && tables::with(|tables| tables.is_freed(object, handle))
        {
            self.wrong(argument(sort), FREED, None);
        }
    }

    /// The datatype of a handle; none, and a complaint, if it is null or none.
    #[inline(always)]
    pub fn datatype(&mut self, handle: Handle) -> Option<Arc<Type>> {
        self.with_datatype(handle, Arc::clone)
    }

    /// Looks at the datatype of a handle, which is cheaper than to keep it; none, and a complaint, if it is
    /// null or none.
    #[inline(always)]
    fn with_datatype<R>(
        &mut self,
        handle: Handle,
        look: impl FnOnce(&Arc<Type>) -> R,
    ) -> Option<R> {
        let handle = abi().handle(handle);
        let slot = (handle ^ (handle >> 8)) % TYPES;
        let epoch = EPOCH.load(Ordering::Acquire);
        if let Some((known, when, datatype)) = &self.thread().types[slot]
            && *known == handle
            && *when == epoch
        {
            return Some(look(datatype));
        }
        self.new_datatype(handle, slot).as_ref().map(look)
    }

    #[cold]
    fn new_datatype(&mut self, handle: Handle, slot: usize) -> Option<Arc<Type>> {
        if !self.check(Sort::Datatype, handle) {
            return None;
        }
        let datatype = tables::with(|tables| tables.datatype(handle));
        let epoch = EPOCH.load(Ordering::Acquire);
        self.thread().types[slot] = Some((handle, epoch, Arc::clone(&datatype)));
        Some(datatype)
    }

    /// A buffer of elements of a type, which must be committed; one that is read or written, and so must
    /// be there.
    #[inline(always)]
    pub fn buffer(&mut self, buffer: *const c_void, count: i64, datatype: Handle) -> Data {
        let data = self.data(buffer, count, datatype);
        if is_nowhere(data.address) && count > 0 {
            self.check_buffer(&data, datatype);
        }
        data
    }

    /// Looks at a buffer at an address where no program has memory: with datatypes that hold addresses
    /// it is right (`MPI_BOTTOM`).
    #[cold]
    pub fn check_buffer(&mut self, data: &Data, datatype: Handle) {
        if !is_nowhere(data.address) || data.count <= 0 {
            return;
        }
        let argument = match data.address as usize == abi().in_place {
            true => Argument::InPlace,
            false => Argument::Buffer,
        };
        if let Some(datatype) = self.datatype(datatype)
            && datatype.size > 0
            && is_nowhere(data.address.wrapping_add_signed(datatype.lower))
        {
            self.wrong(argument, data.count, None);
        }
    }

    /// A buffer of elements of a type, which must be committed.
    #[inline(always)]
    pub fn data(&mut self, buffer: *const c_void, count: i64, datatype: Handle) -> Data {
        if count < 0 {
            self.wrong(Argument::Count, count, None);
        }
        let datatype = self.with_datatype(datatype, |datatype| {
            (datatype.id, datatype.committed.load(Ordering::Relaxed))
        });
        if let Some((_, false)) = datatype {
            self.wrong(Argument::Uncommitted, 0, None);
        }
        Data {
            address: buffer as u64,
            count,
            datatype: datatype.map(|(id, _)| id),
        }
    }

    /// Checks the tag of a send.
    #[inline(always)]
    pub fn check_tag(&mut self, tag: c_int) {
        let most = TAG_UB.load(Ordering::Relaxed);
        if tag < 0 || tag > most {
            self.wrong(Argument::Tag, tag.into(), Some(i64::from(most) + 1));
        }
    }

    /// Room for so many statuses, if the program does not want them; and where they are then.
    pub fn statuses(&mut self, given: *mut c_void, count: usize) -> *mut c_void {
        if given as usize != abi().status_ignore || !self.is_recorded() {
            return given;
        }
        let words = (count * abi().status.size).div_ceil(8);
        let statuses = &mut self.thread().statuses;
        if statuses.len() < words {
            statuses.resize(words, 0);
        }
        statuses.as_mut_ptr().cast()
    }

    /// Looks whether the program has written to the buffers of receives that it has just posted; for calls
    /// that post or complete something, before they go into MPI.
    #[inline(always)]
    pub fn look_at_posted(&mut self) {
        let thread = self.thread();
        thread.posted.look(thread.calls);
    }

    /// Such a call has posted something, maybe a receive.
    #[inline(always)]
    pub fn posted(&mut self, receive: Option<(RequestId, Watched)>) {
        let thread = self.thread();
        thread.posted.add(thread.calls, receive);
    }

    /// Whether the program has written to the buffer of a receive before it waited for it.
    #[inline(always)]
    pub fn is_written(&mut self, id: RequestId) -> bool {
        self.thread().posted.is_written(id)
    }

    /// Whether a buffer lies in a frame of this thread's stack that is there no more.
    #[inline(always)]
    pub fn is_gone(&mut self, address: usize) -> bool {
        let edge = self.thread().places.edge;
        edge != 0 && address < edge && checksum::is_below(address, edge)
    }

    /// Gives memory back that MPI is done with: why it was there no more, if so. It begins there, and is held
    /// so; 0 is no memory.
    pub fn gone(&mut self, address: usize, held: Held) -> Option<Gone> {
        let is_freed = held.release();
        if address != 0 && self.is_gone(address) {
            return Some(Gone::Returned);
        }
        is_freed.then_some(Gone::Freed)
    }

    /// Takes this thread's room for handles, to be given back.
    pub fn take_handles(&mut self) -> Vec<Handle> {
        let mut handles = std::mem::take(&mut self.thread().handles);
        handles.clear();
        handles
    }

    /// Gives it back.
    pub fn give_handles(&mut self, handles: Vec<Handle>) {
        self.thread().handles = handles;
    }
}

/// Whether an address is such as no memory of a program has: on every system that MPI runs on, the first
/// page is kept free, so that null pointers are found out, and the last is the system's.
#[inline(always)]
fn is_nowhere(address: u64) -> bool {
    const PAGE: u64 = 4096;
    address.wrapping_add(1) < PAGE
}

/// Whether an address is one of a page that is the system's own, at either end of all memory.
pub fn is_nowhere_near(address: usize) -> bool {
    const PAGE: usize = 4096;
    address.wrapping_add(PAGE) < 2 * PAGE
}

/// What a status says, of a message on a communicator.
///
/// # Safety
/// `status` must point to a status that MPI has filled.
#[inline(always)]
pub unsafe fn read_status(comm: &Comm, status: *const c_void) -> Status {
    let abi = abi();
    // SAFETY: the caller's promise; the interface says where what lies.
    let (source, tag) = unsafe {
        (
            status
                .byte_add(abi.status.source)
                .cast::<c_int>()
                .read_unaligned(),
            status
                .byte_add(abi.status.tag)
                .cast::<c_int>()
                .read_unaligned(),
        )
    };
    // A message from nobody, or from beyond the job.
    let Some(source) = comm.world_rank(source) else {
        return Status::default();
    };
    Status {
        source: Some((source, tag)),
        bytes: mpi::bytes(status),
        ..Status::default()
    }
}

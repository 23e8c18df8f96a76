//! Worlds. A process that `MPI_Comm_spawn` starts is a rank of another `MPI_COMM_WORLD`, in which ranks
//! are counted from 0 again. In a recording all processes are counted through: a world has the numbers
//! from its base on, and the first one those from 0.
//!
//! - The base of a spawned world comes from a file in the recording's folder, [`FILE`], of which its rank 0
//!   takes it under a lock; the others hear it in `MPI_Init`, which all of them are in.
//! - An intercommunicator between worlds is the same on both sides, and each side names the other's ranks by
//!   their numbers: the first ranks of both groups tell each other theirs, as soon as MPI has connected them
//!   and before the program gets the communicator ([`link`]). They do so only if both sides are recorded:
//!   each has written to the same file, before it went into MPI, that it was about to be connected. So
//!   nobody waits for a program that does not know of this.
//! - MPI compares processes of different worlds by their groups only. So the other side's group is kept, with
//!   the numbers of its processes, and with that those of any communicator made of both are found.
//!
//! Nothing of this happens in a job that neither starts processes nor connects to any.

use crate::{
    abi::Handle,
    call::folder,
    library::abi,
    mixed::mixed,
    mpi::{self, Slot, mpi},
};
use recording::event::Rank;
use std::{
    ffi::{c_int, c_void},
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::{Read, Write as _},
    os::fd::AsRawFd,
    process,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub use recording::reader::WORLDS as FILE;

/// The number of this world's rank 0.
static BASE: AtomicU32 = AtomicU32::new(0);
/// Whether this world was spawned.
static SPAWNED: AtomicBool = AtomicBool::new(false);
/// The groups of other worlds that this process was connected to, with the numbers of their processes.
static KNOWN: Mutex<Vec<(Handle, Vec<Rank>)>> = Mutex::new(Vec::new());
/// How many connections this process has made.
static LINKS: AtomicU64 = AtomicU64::new(0);

/// The number of a process in the recording, by its rank in this process's `MPI_COMM_WORLD`.
pub fn number(rank: u32) -> Rank {
    if SPAWNED.load(Ordering::Relaxed) {
        BASE.load(Ordering::Relaxed) + rank
    } else {
        recording::place(rank)
    }
}

/// The number of this world's rank 0.
pub fn base() -> Rank {
    BASE.load(Ordering::Relaxed)
}

/// How a process comes to be connected to another world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It spawns that world.
    Spawn,
    /// It was spawned.
    Spawned,
    /// It waits for who connects.
    Accept,
    /// It connects.
    Connect,
    /// Both sides share a socket.
    Join,
}

impl Way {
    /// The line in the file by which it is announced.
    fn word(self) -> &'static str {
        match self {
            Self::Spawn => "spawn",
            Self::Spawned => "init",
            Self::Accept => "accept",
            Self::Connect => "connect",
            Self::Join => "join",
        }
    }

    /// That of the other side.
    fn other(self) -> Self {
        match self {
            Self::Spawn => Self::Spawned,
            Self::Spawned => Self::Spawn,
            Self::Accept => Self::Connect,
            Self::Connect => Self::Accept,
            Self::Join => Self::Join,
        }
    }
}

/// The file in which worlds and connections are announced, locked.
struct Book {
    file: File,
    text: String,
}

impl Book {
    /// None if it is not there, unless it may be made.
    fn open(make: bool) -> Option<Self> {
        let path = folder()?.join(FILE);
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .append(true)
            .create(make)
            .open(path)
            .ok()?;
        // SAFETY: the file is open. The lock goes when it is closed.
        if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX) } != 0 {
            return None;
        }
        let mut text = String::new();
        file.read_to_string(&mut text).ok()?;
        Some(Self { file, text })
    }

    /// The lines that begin with a word, each as the numbers behind it.
    fn lines(&self, word: &str) -> impl Iterator<Item = [u64; 2]> {
        let lines = self.text.lines().filter_map(move |line| {
            let mut words = line.strip_prefix(word)?.split_whitespace();
            let mut number = || words.next().and_then(|word| word.parse().ok());
            Some([number()?, number().unwrap_or(0)])
        });
        lines.collect::<Vec<_>>().into_iter()
    }

    fn add(&mut self, line: &str) {
        // Appended whole; who cannot write is not answered.
        let _ = self.file.write_all(line.as_bytes());
        self.text.push_str(line);
    }

    /// Makes sure that this world's numbers are taken.
    fn add_own_world(&mut self) {
        let base = u64::from(base());
        if !self.lines("world ").any(|[known, _]| known == base) {
            let size = mpi::size(abi().world);
            self.add(&format!("world {base} {size}\n"));
        }
    }
}

/// Announces that this process is about to be connected to another world; the answer to
/// [`is_answered`] needs what comes back.
pub fn announce(way: Way) -> usize {
    // A process that is being initialized may be one that was spawned: then its parents have made the file.
    let is_first = way != Way::Spawned;
    let Some(mut book) = Book::open(is_first) else {
        return 0;
    };
    if is_first {
        book.add_own_world();
    }
    let before = book.lines(way.other().word()).count();
    let mut line = String::new();
    let _ = writeln!(line, "{} {}", way.word(), process::id());
    book.add(&line);
    before
}

/// Whether the other side, of so many processes, has announced itself too. `before` is what came back from
/// [`announce`].
fn is_answered(way: Way, before: usize, processes: i32) -> bool {
    let Some(book) = Book::open(false) else {
        return false;
    };
    let own = u64::from(process::id());
    let mut lines = book.lines(way.other().word());
    match way {
        // All that were started have come since.
        Way::Spawn => lines.count() >= before + usize::try_from(processes).unwrap_or(usize::MAX),
        _ => lines.any(|[pid, _]| pid != own),
    }
}

/// Finds out which world this process belongs to, when MPI has just been initialized. `together` says
/// whether all processes of the world are here at once, as in `MPI_Init`. False if it belongs to a spawned
/// world whose numbers cannot be found.
pub fn enter(together: bool) -> bool {
    if parent().is_none() {
        return true;
    }
    if !together {
        return false;
    }
    const NONE: u32 = u32::MAX;
    let world = abi().world;
    let mut base = [NONE];
    if mpi::rank(world) == 0
        && let Some(mut book) = Book::open(true)
    {
        let ends = book.lines("world ").map(|[base, size]| base + size);
        if let Ok(next) = u32::try_from(ends.max().unwrap_or(0)) {
            base[0] = next;
            book.add(&format!("world {next} {}\n", mpi::size(world)));
        }
    }
    broadcast(&mut base, 0, world);
    BASE.store(base[0], Ordering::Relaxed);
    SPAWNED.store(true, Ordering::Relaxed);
    base[0] != NONE
}

/// The communicator with the processes that have started this one; none if none has.
pub fn parent() -> Option<Handle> {
    let abi = abi();
    let mut parent = Slot::default();
    // SAFETY: MPI is initialized; the result outlives the call.
    let code = unsafe { mpi!(PMPI_Comm_get_parent(parent.pointer() => *mut c_void)) };
    let parent = parent.handle(abi);
    (code == 0 && parent != abi.comm_null).then_some(parent)
}

/// This process's side of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    pub way: Way,
    /// The communicator whose processes are connected.
    pub comm: Handle,
    /// Their numbers.
    pub members: &'a [Rank],
    /// Which of them has announced it.
    pub root: i32,
    /// What came back from that, there.
    pub before: usize,
}

/// Tells the processes at the other end of a new intercommunicator who is here, and hears who they are. All
/// processes of this side call it, and all of the other. The name of the intercommunicator, which is the
/// same on both sides; none if the other side is not recorded.
pub fn link(here: Here<'_>, between: Handle) -> Option<u64> {
    let remote = remote_size(between);
    let (rank, size) = (mpi::rank(here.comm), mpi::size(here.comm));
    let mut answered = [0];
    if rank == here.root {
        let known = here.members.len() == usize::try_from(size).unwrap_or(0);
        answered[0] = u32::from(known && is_answered(here.way, here.before, remote));
    }
    if size > 1 {
        broadcast(&mut answered, here.root, here.comm);
    }
    if answered[0] == 0 {
        return None;
    }
    let mut theirs = vec![0; HEAD + usize::try_from(remote).ok()?];
    if rank == 0 {
        let serial = LINKS.fetch_add(1, Ordering::Relaxed) as u32;
        let mine: Vec<u32> = [1, process::id(), serial]
            .into_iter()
            .chain(here.members.iter().copied())
            .collect();
        exchange(&mine, &mut theirs, between);
        // Both sides come to the same name.
        let mut sides = [&mine, &theirs].map(|side| u64::from(side[1]) << 32 | u64::from(side[2]));
        sides.sort_unstable();
        let name = mixed([7].into_iter().chain(sides));
        [theirs[1], theirs[2]] = [name as u32, (name >> 32) as u32];
    }
    if size > 1 {
        broadcast(&mut theirs, 0, here.comm);
    }
    if theirs[0] == 0 {
        return None;
    }
    let mut group = Slot::default();
    // SAFETY: MPI has just made the communicator; the result outlives the call. It is kept.
    unsafe {
        mpi!(PMPI_Comm_remote_group(between => Handle, group.pointer() => *mut c_void));
    }
    let name = u64::from(theirs[1]) | u64::from(theirs[2]) << 32;
    let numbers = theirs.split_off(HEAD);
    known().push((group.handle(abi()), numbers));
    Some(name)
}

/// Words before the numbers that are exchanged: whether they are there, and a name for this connection.
const HEAD: usize = 3;

fn known() -> std::sync::MutexGuard<'static, Vec<(Handle, Vec<Rank>)>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Finds the numbers of processes of other worlds. `find` says which rank each process that is asked for has
/// in a group; none if it has none.
pub fn of_others(mut find: impl FnMut(Handle) -> Vec<Option<usize>>, found: &mut [Option<Rank>]) {
    for (group, numbers) in known().iter().rev() {
        if found.iter().all(Option::is_some) {
            return;
        }
        for (found, rank) in found.iter_mut().zip(find(*group)) {
            *found = found.or_else(|| numbers.get(rank?).copied());
        }
    }
}

/// How many processes are at the other end of an intercommunicator.
fn remote_size(comm: Handle) -> i32 {
    let mut size: c_int = 0;
    // SAFETY: the result outlives the call. MPI refuses what is no intercommunicator.
    unsafe { mpi!(PMPI_Comm_remote_size(comm => Handle, &raw mut size => *mut c_int)) };
    size
}

fn bytes(words: &[u32]) -> c_int {
    c_int::try_from(size_of_val(words)).unwrap_or(c_int::MAX)
}

/// Has all ranks of a communicator get what one of them has.
fn broadcast(words: &mut [u32], root: i32, comm: Handle) {
    // SAFETY: the words outlive the call. All ranks are in the same function of the program's, in which
    // they call this.
    unsafe {
        mpi!(PMPI_Bcast(
            words.as_mut_ptr().cast() => *mut c_void,
            bytes(words) => c_int,
            abi().byte => Handle,
            root => c_int,
            comm => Handle,
        ));
    }
}

/// Exchanges words with rank 0 at the other end, on a communicator that neither program has got yet. Where
/// nothing comes, what has been there stays.
fn exchange(mine: &[u32], theirs: &mut [u32], comm: Handle) {
    /// The other side has said that it will be here. It may have to wait for a core, and no longer.
    const PATIENCE: Duration = Duration::from_secs(20);
    let abi = abi();
    let tag = mpi::tag_upper_bound();
    let mut requests = [Slot::default(), Slot::default()];
    let [get, put] = &mut requests;
    // SAFETY: the words and the requests live until the requests are complete or cancelled.
    unsafe {
        mpi!(PMPI_Irecv(
            theirs.as_mut_ptr().cast() => *mut c_void,
            bytes(theirs) => c_int,
            abi.byte => Handle,
            0 => c_int,
            tag => c_int,
            comm => Handle,
            get.pointer() => *mut c_void,
        ));
        mpi!(PMPI_Issend(
            mine.as_ptr().cast() => *const c_void,
            bytes(mine) => c_int,
            abi.byte => Handle,
            0 => c_int,
            tag => c_int,
            comm => Handle,
            put.pointer() => *mut c_void,
        ));
    }
    let begin = Instant::now();
    for request in &mut requests {
        while !is_complete(request) {
            if begin.elapsed() > PATIENCE {
                // SAFETY: the request is one of the two above, and not complete.
                unsafe {
                    mpi!(PMPI_Cancel(request.pointer() => *mut c_void));
                    mpi!(PMPI_Wait(
                        request.pointer() => *mut c_void,
                        abi.status_ignore as *mut c_void => *mut c_void,
                    ));
                }
                break;
            }
            thread::yield_now();
        }
    }
}

fn is_complete(request: &mut Slot) -> bool {
    let mut flag: c_int = 0;
    // SAFETY: the request is one that MPI has given out; the results outlive the call.
    let code = unsafe {
        mpi!(PMPI_Test(
            request.pointer() => *mut c_void,
            &raw mut flag => *mut c_int,
            abi().status_ignore as *mut c_void => *mut c_void,
        ))
    };
    code != 0 || flag != 0
}

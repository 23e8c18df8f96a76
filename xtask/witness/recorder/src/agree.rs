//! Whether the ranks agree on a collective: what each calls is held against what the first of them
//! called, in a table that all ranks of a machine share, before MPI is entered.
//!
//! Nobody waits here. An entry that another collective has taken, or that its first arriver is
//! still filling, is passed over: then nothing is compared.

use crate::{call, mixed::mixed, signature::Signature, tables::Comm};
use recording::{
    event::{Complaint, Difference, OpId, Rank},
    functions,
};
use std::{
    fs::OpenOptions,
    hint,
    os::fd::AsRawFd,
    ptr,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// What a rank says of its part in a collective, as far as all must agree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// Whether there is a root.
    pub rooted: bool,
    /// The root.
    pub root: Option<Rank>,
    /// The operation.
    pub op: Option<OpId>,
    /// Bytes that all must name.
    pub amount: Option<u64>,
    /// Of which types.
    pub signature: Option<Signature>,
}

const ENTRIES: usize = 8192;
/// Entries that one collective may lie in.
const PROBES: usize = 4;
const WORDS: usize = 8;
const BYTES: usize = ENTRIES * WORDS * 8;

/// The words of an entry.
mod word {
    /// Which collective it is for; 0 if for none.
    pub const KEY: usize = 0;
    /// The key again, once the others are written.
    pub const FILLED: usize = 1;
    /// The first arriver, and its function.
    pub const WHO: usize = 2;
    /// Root and operation.
    pub const ROOT: usize = 3;
    /// Bytes, and one; 0 if it does not say.
    pub const AMOUNT: usize = 4;
    /// The types.
    pub const SIGNATURE: usize = 5;
    /// How many ranks have arrived.
    pub const ARRIVED: usize = 6;
}

struct Table(*const AtomicU64);

// SAFETY: the table is of atomics, and is never unmapped.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

/// The table; none if it cannot be made.
fn table() -> Option<&'static Table> {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    TABLE.get_or_init(open).as_ref()
}

fn open() -> Option<Table> {
    let path = call::folder()?.join("collectives");
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .ok()?;
    #[cfg(target_os = "linux")]
    // SAFETY: the file is open; this changes no memory of this process, nor what is in the file.
    if unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, BYTES as libc::off_t) } != 0 {
        return None;
    }
    #[cfg(not(target_os = "linux"))]
    file.set_len(BYTES as u64).ok()?;
    // SAFETY: a new mapping at an address of the system's choice: no memory in use is replaced.
    let address = unsafe {
        libc::mmap(
            ptr::null_mut(),
            BYTES,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            file.as_raw_fd(),
            0,
        )
    };
    (address != libc::MAP_FAILED).then_some(Table(address.cast()))
}

impl Table {
    fn word(&self, entry: usize, word: usize) -> &AtomicU64 {
        // SAFETY: the table has so many entries of so many words, and is never unmapped.
        unsafe { &*self.0.add(entry % ENTRIES * WORDS + word) }
    }
}

/// Which functions are the same collective, waiting or not.
fn class(function: u16) -> u64 {
    let kind = functions::kind_number(function);
    let name = functions::name(function).unwrap_or("");
    let plain = name.strip_suffix("_c").unwrap_or(name);
    let form = if plain.ends_with("_init") {
        2
    } else {
        u64::from(functions::name(kind) != Some(plain))
    };
    u64::from(kind) << 2 | form
}

/// Arrives at a collective: says in what this rank's part differs from the first arriver's.
pub fn arrive(function: u16, comm: &Comm, index: u64, part: Part) -> Option<Complaint> {
    let remote = comm.remote.as_ref().map_or(0, |remote| remote.len());
    let size = (comm.members.len() + remote) as u64;
    if comm.only_here || size < 2 {
        return None;
    }
    let table = table()?;
    let key = mixed([comm.id.0, index]) | 1;
    for probe in 0..PROBES {
        let entry = (key >> 16) as usize % ENTRIES + probe;
        let slot = table.word(entry, word::KEY);
        let found = slot.compare_exchange(0, key, Ordering::AcqRel, Ordering::Acquire);
        match found {
            Ok(_) => {
                fill(table, entry, key, function, comm, part);
                leave(table, entry, size);
                return None;
            }
            Err(other) if other == key => {
                let complaint = compare(table, entry, key, function, comm, part);
                leave(table, entry, size);
                return complaint;
            }
            Err(_) => {}
        }
    }
    None
}

fn fill(table: &Table, entry: usize, key: u64, function: u16, comm: &Comm, part: Part) {
    let me = usize::try_from(comm.rank).ok();
    let me = me.and_then(|me| comm.members.get(me)).copied();
    let set = |at, value| table.word(entry, at).store(value, Ordering::Relaxed);
    set(
        word::WHO,
        u64::from(me.unwrap_or(0)) | u64::from(function) << 32,
    );
    let root = part.root.map_or(0, |root| u64::from(root) + 1);
    let op = part.op.map_or(0, |op| u64::from(op.0));
    set(word::ROOT, root | op << 32);
    set(word::AMOUNT, part.amount.map_or(0, |amount| amount + 1));
    set(
        word::SIGNATURE,
        part.signature.map_or(0, |signature| signature.number() | 1),
    );
    table
        .word(entry, word::FILLED)
        .store(key, Ordering::Release);
}

/// Counts this rank as arrived; the last one makes the entry free.
fn leave(table: &Table, entry: usize, size: u64) {
    let arrived = table.word(entry, word::ARRIVED);
    if arrived.fetch_add(1, Ordering::AcqRel) + 1 == size {
        arrived.store(0, Ordering::Relaxed);
        table.word(entry, word::FILLED).store(0, Ordering::Relaxed);
        table.word(entry, word::KEY).store(0, Ordering::Release);
    }
}

/// How often to look again at an entry that is being filled, which takes some ten nanoseconds.
const LOOKS: usize = 200;

fn compare(
    table: &Table,
    entry: usize,
    key: u64,
    function: u16,
    comm: &Comm,
    part: Part,
) -> Option<Complaint> {
    let filled = table.word(entry, word::FILLED);
    let mut looks = 0;
    while filled.load(Ordering::Acquire) != key {
        looks += 1;
        if looks > LOOKS {
            return None;
        }
        hint::spin_loop();
    }
    let get = |at| table.word(entry, at).load(Ordering::Relaxed);
    let (who, root) = (get(word::WHO), get(word::ROOT));
    let (amount, signature) = (get(word::AMOUNT), get(word::SIGNATURE));
    let theirs = (who >> 32) as u16;
    let differs = |what, here: u64, there: u64| {
        Some(Complaint::Differs {
            first: who as u32,
            function: functions::name(theirs)?,
            what,
            here: here as i64,
            there: there as i64,
        })
    };
    if class(function) != class(theirs) {
        return differs(Difference::Function, 0, 0);
    }
    let their_root = root & 0xffff_ffff;
    // Between groups the root is named on one side only by some.
    if part.rooted
        && let Some(mine) = part.root
        && their_root != 0
        && their_root != u64::from(mine) + 1
    {
        return differs(Difference::Root, mine.into(), their_root - 1);
    }
    let their_op = root >> 32;
    if let Some(OpId(mine)) = part.op
        && their_op != 0
        && their_op != u64::from(mine)
        // Own operations are numbered by each rank for itself.
        && (their_op < FIRST_OWN || mine < FIRST_OWN as u32)
    {
        return differs(Difference::Operation, mine.into(), their_op);
    }
    if comm.remote.is_some() {
        // The two groups may move different amounts, each its own.
        return None;
    }
    if let Some(mine) = part.amount
        && amount != 0
    {
        if mine + 1 != amount {
            return differs(Difference::Amount, mine, amount - 1);
        }
        if let Some(types) = part.signature
            && signature != 0
            && types.number() | 1 != signature
        {
            return differs(Difference::Datatype, mine, mine);
        }
    }
    None
}

/// Numbers of a program's own operations begin here.
const FIRST_OWN: u64 = 64;

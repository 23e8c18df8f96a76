//! This rank's file: mapped piece by piece as it grows, written record by record.
//!
//! Room is asked for before it is written to (`posix_fallocate`), so that a full file system ends the
//! recording, not the rank. Nothing is ever unmapped: what the observer has read it takes out of the
//! file, and with that out of memory.

use recording::{
    clock,
    event::{Complaint, Definition, Rank, Refusal, What},
    format::{self, BYTES, Head, Outcome, Record, Status, WORDS, Words},
    header::{Implementation, PAGE, State, Word, magic},
    reader::file_name,
};
use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    os::fd::AsRawFd,
    path::Path,
    ptr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering},
    },
};

/// Records in one mapping.
const WINDOW: u64 = 1 << 19;
/// How many mappings there may be: 4 Gi records in all.
const WINDOWS: usize = 1 << 13;
/// Room is made for so many records at once.
const STEP: u64 = 2048;

static HEADER: AtomicPtr<u64> = AtomicPtr::new(ptr::null_mut());
static MAPPED: [AtomicPtr<u64>; WINDOWS] = [const { AtomicPtr::new(ptr::null_mut()) }; WINDOWS];
/// Room is there for records below this one.
static READY: AtomicU64 = AtomicU64::new(0);
static GROWING: Mutex<Option<Growing>> = Mutex::new(None);
static FULL: AtomicBool = AtomicBool::new(false);
/// Whether several threads may be in MPI at once.
static SHARED: AtomicBool = AtomicBool::new(false);
/// The file may occupy so many bytes that nobody has taken out of it.
static LIMIT: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
struct Growing {
    file: File,
    modules: HashMap<Arc<str>, u32>,
}

/// Who writes.
#[derive(Debug)]
pub struct Author<'a> {
    /// The rank.
    pub rank: Rank,
    /// How many there are in its world.
    pub size: u32,
    /// The number of rank 0 there.
    pub base: Rank,
    /// Which MPI.
    pub implementation: Implementation,
    /// What MPI says of itself.
    pub library: &'a str,
    /// The level of threads, from 0 to 3.
    pub threads: u8,
    /// Whether standard sends are made synchronous.
    pub strict: bool,
    /// Whether times are of the processor's counter.
    pub counter: bool,
    /// Counter and clock.
    pub attached: (u64, u64),
}

/// Makes this rank's file. False if that cannot be done: then nothing is recorded. Another process may
/// have made it already: a rank of the same number in another job that was started beside.
pub fn attach(folder: &Path, author: &Author<'_>) -> bool {
    let path = folder.join(file_name(author.rank));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path);
    let Ok(file) = file else { return false };
    if !make_room(&file, 0, PAGE) {
        return false;
    }
    let Some(page) = map(&file, 0, PAGE) else {
        return false;
    };
    HEADER.store(page, Ordering::Release);
    SHARED.store(author.threads > 1, Ordering::Relaxed);
    let limit = std::env::var("WORKBOOK_RECORDING_LIMIT").ok();
    let limit = limit.and_then(|limit| limit.parse().ok());
    LIMIT.store(limit.unwrap_or(1 << 30), Ordering::Relaxed);
    *lock() = Some(Growing {
        file,
        modules: HashMap::new(),
    });
    set(Word::Pid, u64::from(std::process::id()));
    set(
        Word::Rank,
        u64::from(author.rank) | u64::from(author.size) << 32,
    );
    set(Word::World, u64::from(author.base));
    set(Word::Implementation, author.implementation.word());
    set(Word::Threads, u64::from(author.threads));
    set(Word::Counter, u64::from(author.counter));
    set(Word::AttachTicks, author.attached.0);
    set(Word::AttachNanos, author.attached.1);
    set(Word::Strict, u64::from(author.strict));
    set(Word::State, State::Initialized.word());
    let text = author.library.as_bytes();
    let room = PAGE - Word::Text as usize * 8 - 1;
    for (at, chunk) in text[..text.len().min(room)].chunks(8).enumerate() {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        put(Word::Text as usize + at, u64::from_ne_bytes(bytes));
    }
    set(Word::Magic, magic());
    true
}

fn lock() -> std::sync::MutexGuard<'static, Option<Growing>> {
    GROWING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes sure that the bytes from `from` on are there to be written to.
fn make_room(file: &File, from: usize, bytes: usize) -> bool {
    let (from, bytes) = (from as libc::off_t, bytes as libc::off_t);
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the file is open; this changes no memory of this process.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), from, bytes) } {
            0 => return true,
            libc::EINVAL | libc::EOPNOTSUPP => {}
            _ => return false,
        }
    }
    file.set_len((from + bytes) as u64).is_ok()
}

/// Maps a part of the file; it may reach beyond the file's end, where nothing is touched until there
/// is room.
fn map(file: &File, from: u64, bytes: usize) -> Option<*mut u64> {
    // SAFETY: a new mapping at an address of the system's choice: no memory in use is replaced.
    let address = unsafe {
        libc::mmap(
            ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            file.as_raw_fd(),
            from as libc::off_t,
        )
    };
    (address != libc::MAP_FAILED).then_some(address.cast())
}

/// Sets a word of the first page, by its place.
pub fn put(at: usize, word: u64) {
    let header = HEADER.load(Ordering::Relaxed);
    if !header.is_null() {
        // SAFETY: the page is mapped and stays so; `at` lies in it, and its words are 8-aligned.
        unsafe { AtomicU64::from_ptr(header.add(at)) }.store(word, Ordering::Release);
    }
}

/// Sets a word of the first page.
pub fn set(word: Word, value: u64) {
    put(word as usize, value);
}

/// A word of the first page; 0 if there is no file.
pub fn get(word: Word) -> u64 {
    let header = HEADER.load(Ordering::Relaxed);
    if header.is_null() {
        return 0;
    }
    // SAFETY: the page is mapped and stays so; its words are 8-aligned.
    unsafe { AtomicU64::from_ptr(header.add(word as usize)) }.load(Ordering::Relaxed)
}

/// How many calls this rank has begun so far, which is the number of its next one; 0 if it does not
/// record.
pub fn begun() -> u64 {
    get(Word::Begun)
}

/// Adds one to a word of the first page that counts.
#[inline(always)]
pub fn count(word: Word) {
    add(word, 1);
}

#[inline(always)]
fn add(word: Word, by: u64) -> u64 {
    let header = HEADER.load(Ordering::Relaxed);
    if header.is_null() {
        return 0;
    }
    // SAFETY: the page is mapped and stays so; its words are 8-aligned.
    let word = unsafe { AtomicU64::from_ptr(header.add(word as usize)) };
    if SHARED.load(Ordering::Relaxed) {
        return word.fetch_add(by, Ordering::AcqRel);
    }
    // One thread at a time is in MPI: an atomic addition would only cost.
    let before = word.load(Ordering::Relaxed);
    word.store(before.wrapping_add(by), Ordering::Release);
    before
}

/// Says what the rank is at.
pub fn state(state: State) {
    set(Word::State, state.word());
}

/// Notes counter and clock once more, so that times can be told where the machine is gone.
pub fn calibrate() {
    let (ticks, nanos) = clock::pair();
    set(Word::LastTicks, ticks);
    set(Word::LastNanos, nanos);
}

/// Reserves records; none if there is no room.
#[inline(always)]
fn reserve(records: usize) -> Option<u64> {
    let records = records as u64;
    if FULL.load(Ordering::Relaxed) {
        return None;
    }
    let index = add(Word::Records, records);
    if index + records > READY.load(Ordering::Acquire) && !grow(index + records) {
        return None;
    }
    Some(index)
}

/// Makes room for the records below `to`.
#[cold]
fn grow(to: u64) -> bool {
    let mut growing = lock();
    let Some(Growing { file, .. }) = &mut *growing else {
        return false;
    };
    let mut ready = READY.load(Ordering::Acquire);
    while ready < to {
        if FULL.load(Ordering::Relaxed) {
            return false;
        }
        let room = occupied(file) < LIMIT.load(Ordering::Relaxed);
        let at = PAGE + ready as usize * BYTES;
        let bytes = STEP as usize * BYTES;
        let number = (ready / WINDOW) as usize;
        let mapped = MAPPED.get(number).is_some_and(|window| {
            if window.load(Ordering::Relaxed).is_null() {
                let from = PAGE as u64 + number as u64 * WINDOW * BYTES as u64;
                let new = map(file, from, WINDOW as usize * BYTES);
                window.store(new.unwrap_or(ptr::null_mut()), Ordering::Release);
            }
            !window.load(Ordering::Relaxed).is_null()
        });
        if !room || !mapped || !make_room(file, at, bytes) {
            FULL.store(true, Ordering::Relaxed);
            set(Word::Full, if room { 1 } else { 2 });
            return false;
        }
        populate(address(ready), bytes);
        ready += STEP;
        READY.store(ready, Ordering::Release);
    }
    true
}

/// Has the pages mapped in one go: cheaper than one by one when they are first written to.
fn populate(address: *mut u64, bytes: usize) {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the range lies in a mapping of ours and has room in the file. Older systems
        // refuse, and map page by page.
        unsafe { libc::madvise(address.cast(), bytes, libc::MADV_POPULATE_WRITE) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (address, bytes);
}

/// The bytes that the file occupies now.
fn occupied(file: &File) -> usize {
    use std::os::unix::fs::MetadataExt;
    const BLOCK: u64 = 512;
    file.metadata()
        .map_or(0, |metadata| (metadata.blocks() * BLOCK) as usize)
}

/// Where a record lies. There must be room for it.
#[inline(always)]
fn address(index: u64) -> *mut u64 {
    let window = MAPPED[(index / WINDOW) as usize % WINDOWS].load(Ordering::Relaxed);
    // SAFETY: the window is mapped, since there is room for the record, and has room for `WINDOW`.
    unsafe { window.add((index % WINDOW) as usize * WORDS) }
}

/// Writes a record, its seal last.
#[inline(always)]
fn write(index: u64, record: &Record) {
    let to = address(index);
    // SAFETY: the record lies in a mapping, and nobody else writes it: its number was reserved.
    // Readers look at the seal first, and check it against what they have read.
    unsafe {
        ptr::copy_nonoverlapping(record.as_ptr().add(1), to.add(1), WORDS - 1);
        AtomicU64::from_ptr(to).store(record[0], Ordering::Release);
    }
}

/// The record of a call that is inside MPI.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    index: u64,
    /// How many records with arguments follow, and how many for results.
    more: usize,
    results: usize,
}

impl Ticket {
    /// The number of its record.
    pub fn index(self) -> u64 {
        self.index
    }
}

/// Writes down a call that goes in; `results` is how many operations it may complete beyond its own.
#[inline(always)]
pub fn begin(
    head: Head,
    what: &What,
    complaint: Option<Complaint>,
    results: usize,
) -> Option<Ticket> {
    let mut words = Words::default();
    let mut shape = format::encode(what, &mut words);
    let mut results = if results > 1 { results } else { 0 };
    if words.len() > format::MOST_WORDS || results > format::MOST_WORDS / 4 {
        // A wait for a quarter of a million requests at once. It is noted as a call, no more.
        words = Words::default();
        shape = format::encode(&What::Other, &mut words);
        results = 0;
    }
    if let Some(complaint) = complaint {
        format::encode_complaint(complaint, &mut words);
    }
    let (more, further) = format::further(words.len(), results);
    let index = reserve(1 + more + further)?;
    for nth in 0..more {
        let number = index + 1 + nth as u64;
        write(number, &format::more(number, nth, &words));
    }
    let record = format::call(index, head, shape, &words, complaint.is_some(), results);
    write(index, &record);
    count(Word::Begun);
    Some(Ticket {
        index,
        more,
        results: further,
    })
}

/// Writes down that a call is back.
#[inline(always)]
pub fn end(ticket: Ticket, at: u64, code: i32, outcome: Outcome<'_>) {
    result(ticket, at, code, outcome);
    count(Word::Returned);
}

/// Writes the result of a call, or another in its place.
#[inline(always)]
pub fn result(ticket: Ticket, at: u64, code: i32, outcome: Outcome<'_>) {
    let mut outcome = outcome;
    if let Outcome::Several(all) = outcome {
        outcome = several(ticket, all);
    }
    let (seal, words) = format::result(ticket.index, at, code, outcome);
    let to = address(ticket.index);
    // SAFETY: as in `write`; the words of the result are this call's alone.
    unsafe {
        let seal_at = AtomicU64::from_ptr(to.add(format::RESULT_SEAL));
        ptr::copy_nonoverlapping(words.as_ptr(), to.add(format::RESULT), words.len());
        seal_at.store(seal, Ordering::Release);
    }
}

#[cold]
fn several<'a>(ticket: Ticket, all: &'a [(usize, Status)]) -> Outcome<'a> {
    if ticket.results == 0 {
        return Outcome::Nothing;
    }
    let first = ticket.index + 1 + ticket.more as u64;
    for nth in 0..ticket.results {
        let number = first + nth as u64;
        write(number, &format::results(number, nth, all));
    }
    Outcome::Several(all)
}

/// Writes a definition down.
pub fn define(definition: &Definition) {
    let mut words = Words::default();
    let mut new = Vec::new();
    let shape = {
        let mut growing = lock();
        let Some(Growing { modules, .. }) = &mut *growing else {
            return;
        };
        let module = |path: &Arc<str>| match modules.get(path) {
            Some(number) => *number,
            None => {
                let number = modules.len() as u32;
                modules.insert(Arc::clone(path), number);
                new.push((number, Arc::clone(path)));
                number
            }
        };
        format::encode_definition(definition, module, &mut words)
    };
    for (number, path) in new {
        define_words(|index| format::module(index, number, &path));
    }
    define_words(|index| (format::definition(index, shape, &words), words.clone()));
}

/// Writes down that MPI has refused a call.
pub fn refuse(refusal: &Refusal) {
    define_words(|index| format::refusal(index, refusal));
}

fn define_words(make: impl Fn(u64) -> (Record, Words)) {
    let (_, words) = make(0);
    let (more, _) = format::further(words.len(), 0);
    if words.len() > format::MOST_WORDS {
        return;
    }
    let Some(index) = reserve(1 + more) else {
        return;
    };
    let (record, _) = make(index);
    for nth in 0..more {
        let number = index + 1 + nth as u64;
        write(number, &format::more(number, nth, &words));
    }
    write(index, &record);
}

/// Whether this process, whose number is given, has a file and has not come out of `MPI_Finalize`: a
/// fork of it shares the file.
pub fn is_underway(process: u32) -> bool {
    let over = [State::Finalized.word(), State::Gone.word()];
    get(Word::Pid) == u64::from(process) && !over.contains(&get(Word::State))
}

/// Notes that the process ends, if it is the one that wrote: a fork of it shares the file.
pub fn end_of(process: u32) {
    let header = HEADER.load(Ordering::Relaxed);
    if header.is_null() {
        return;
    }
    // SAFETY: the page is mapped and stays so; its words are 8-aligned.
    let writer = unsafe { AtomicU64::from_ptr(header.add(Word::Pid as usize)) };
    if writer.load(Ordering::Relaxed) == u64::from(process) {
        calibrate();
        state(State::Gone);
    }
}

//! Follows the files of a folder while ranks write them, whatever becomes of the ranks.
//!
//! Files are read, not mapped: a file that shrinks or vanishes is an error here, never a signal.

use crate::{
    clock::{self, Scale},
    event::{Address, CommId, Definition, Event, Rank, Refusal, What},
    format::{self, BYTES, Call, Item, RESULT_SEAL, Record, WORDS},
    functions,
    header::{Header, PAGE},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io,
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// The name of a rank's file in its folder.
#[must_use]
pub fn file_name(rank: Rank) -> String {
    format!("rank-{rank}")
}

/// The name of the file in which a rank that ends early leaves what is loaded where in its memory, as
/// Linux lists it.
#[must_use]
pub fn maps_name(rank: Rank) -> String {
    format!("maps-{rank}")
}

/// The name of the file in which worlds and connections between them are announced: before the first rank
/// of a spawned world makes its own.
pub const WORLDS: &str = "worlds";

/// Something new of a rank.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all news are events: a box would only cost"
)]
pub enum News {
    /// A definition. It comes before the first event that uses it.
    Definition(Definition),
    /// A call, or what became of one that was told before: it has the same number then, and takes
    /// the place of what was told.
    Event(Event),
    /// MPI has refused a call. The call's own event, if it is written down, comes before or after it.
    Refusal(Refusal),
}

/// What a [`Reader::poll`] brings.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The news of each rank: its definitions, then its events by their numbers.
    pub news: Vec<(Rank, News)>,
    /// Whether there is more already.
    pub more: bool,
}

/// Follows the ranks of a job.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    logs: BTreeMap<Rank, Log>,
    scale: Option<(Scale, Duration)>,
    /// Whether nothing is given back.
    keeps: bool,
}

/// How many records of a rank one poll takes at most.
const AT_ONCE: u64 = 8192;

/// Memory is given back in pieces of at least so many bytes.
const PIECE: u64 = 256 * 1024;

/// What a poll re-reads of the first page; the text behind it does not change.
const LIVELY: usize = 512;

impl Reader {
    /// Follows the ranks that write, or will write, into a folder.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let mut reader = Self {
            folder: folder.to_owned(),
            logs: BTreeMap::new(),
            scale: None,
            keeps: false,
        };
        reader.discover()?;
        Ok(reader)
    }

    /// Looks which ranks have come since.
    fn discover(&mut self) -> io::Result<()> {
        let size = self.logs.values().next().map(|log| log.header.size);
        if size.is_some_and(|size| self.logs.len() >= size as usize)
            && !self.folder.join(WORLDS).exists()
        {
            return Ok(());
        }
        let entries = match fs::read_dir(&self.folder) {
            // The folder may go with the job: what is open can still be read.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.logs.is_empty() => {
                return Ok(());
            }
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let rank = name.to_str().and_then(|name| name.strip_prefix("rank-"));
            let Some(rank) = rank.and_then(|rank| rank.parse::<Rank>().ok()) else {
                continue;
            };
            if !self.logs.contains_key(&rank)
                && let Some(log) = Log::open(&entry.path())?
            {
                self.logs.insert(rank, log);
            }
        }
        Ok(())
    }

    /// From now on [`Self::release`] gives nothing back: somebody else will read it too.
    pub fn keep(&mut self) {
        self.keeps = true;
    }

    /// The headers of the ranks that have attached, as of the last [`Self::poll`] or
    /// [`Self::glance`].
    pub fn headers(&self) -> impl Iterator<Item = &Header> {
        self.logs.values().map(|log| &log.header)
    }

    /// Reads the headers alone: whether anything has moved. A job is quiet when two glances see the
    /// same [`Header::signature`] of each rank.
    ///
    /// # Errors
    /// If the folder or a file cannot be read.
    pub fn glance(&mut self) -> io::Result<impl Iterator<Item = &Header>> {
        self.discover()?;
        for log in self.logs.values_mut() {
            log.read_header()?;
        }
        Ok(self.headers())
    }

    /// The stack of a rank that has noted its early end, innermost first; empty if it is not known what
    /// was loaded where.
    #[must_use]
    pub fn last_stack(&self, rank: Rank) -> Vec<Address> {
        let Some(log) = self.logs.get(&rank) else {
            return Vec::new();
        };
        let maps = fs::read_to_string(self.folder.join(maps_name(rank))).unwrap_or_default();
        let maps: Vec<Mapped<'_>> = maps.lines().filter_map(Mapped::parse).collect();
        let addresses = log.header.stack.iter();
        addresses
            .filter_map(|address| locate(&maps, *address))
            .collect()
    }

    /// Reads what is new.
    ///
    /// # Errors
    /// If the folder or a file cannot be read.
    pub fn poll(&mut self) -> io::Result<Batch> {
        self.read(false)
    }

    /// Reads what ranks that live no more have left: records that were being written when a rank
    /// was killed are passed over, which would else be waited for. To be called until there is no
    /// more.
    ///
    /// # Errors
    /// If the folder or a file cannot be read.
    pub fn poll_dead(&mut self) -> io::Result<Batch> {
        self.read(true)
    }

    fn read(&mut self, dead: bool) -> io::Result<Batch> {
        self.discover()?;
        let mut batch = Batch::default();
        let Some(scale) = self.scale() else {
            return Ok(batch);
        };
        for (rank, log) in &mut self.logs {
            log.read_header()?;
            let scale = if log.header.away.is_some() {
                match log.away() {
                    Some(scale) => scale,
                    None => continue,
                }
            } else if log.header.counter {
                scale
            } else {
                Scale::NANOS
            };
            log.read(dead, &scale, &mut |news| batch.news.push((*rank, news)))?;
            batch.more |= log.next < log.header.records && !log.stuck;
        }
        Ok(batch)
    }

    /// One scale for all ranks: their processors' counters run together, and so times of different
    /// ranks can be compared. It is fixed once it is precise.
    fn scale(&mut self) -> Option<Scale> {
        const PRECISE: Duration = Duration::from_secs(1);
        if let Some((scale, base)) = self.scale
            && base >= PRECISE
        {
            return Some(scale);
        }
        let is_here = |log: &&Log| log.header.counter && log.header.away.is_none();
        let header = &self.logs.values().find(is_here);
        let Some(header) = header.map(|log| &log.header) else {
            return (!self.logs.is_empty()).then_some(Scale::NANOS);
        };
        let from = header.attached;
        let mut to = clock::pair();
        // A recording may have been brought from elsewhere, or the machine have been started anew.
        if !clock::has_counter() || Scale::between(from, to).is_none() {
            if header.calibrated.1 > from.1 {
                to = header.calibrated;
            } else {
                std::thread::sleep(Duration::from_millis(2));
                to = clock::pair();
            }
        }
        let scale = Scale::between(from, to)?;
        self.scale = Some((scale, Duration::from_nanos(to.1.saturating_sub(from.1))));
        Some(scale)
    }

    /// Gives back the memory of what was read: everything before the first call that is still
    /// inside MPI. Nobody can read it again then. Where the system cannot do this, nothing happens.
    pub fn release(&mut self) {
        if self.keeps {
            return;
        }
        for log in self.logs.values_mut() {
            log.release();
        }
    }
}

impl Header {
    /// Changes with each call that goes in or comes back; tests that find nothing do not count.
    #[must_use]
    pub fn signature(&self) -> u64 {
        self.begun.wrapping_add(self.returned)
    }
}

/// A call that may still change.
#[derive(Debug)]
struct Open {
    index: u64,
    records: usize,
    event: Event,
    /// The seal of the result that was last told; 0 before there is any.
    seal: u64,
    /// Whether more is known of it than was told.
    changed: bool,
}

/// One rank's file.
#[derive(Debug)]
struct Log {
    file: File,
    writable: bool,
    header: Header,
    /// The record to read next, and the number of the next call.
    next: u64,
    number: u64,
    /// Whether the next record is there, but not whole.
    stuck: bool,
    /// By their numbers.
    modules: BTreeMap<u32, Arc<str>>,
    comms: BTreeSet<CommId>,
    open: Vec<Open>,
    released: u64,
    records: Vec<Record>,
    bytes: Vec<u8>,
    /// What the times of a rank of another machine are, once that is known well.
    scale: Option<Scale>,
}

impl Log {
    /// None if the rank has not finished its first page.
    fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().read(true).write(true).open(path);
        let writable = file.is_ok();
        let file = match file {
            Ok(file) => file,
            Err(_) => File::open(path)?,
        };
        let mut page = vec![0; PAGE];
        if read_up_to(&file, &mut page, 0)? < PAGE {
            return Ok(None);
        }
        Ok(Header::read(&page).map(|header| Self {
            file,
            writable,
            header,
            next: 0,
            number: 0,
            stuck: false,
            modules: BTreeMap::new(),
            comms: BTreeSet::new(),
            open: Vec::new(),
            released: 0,
            records: Vec::new(),
            bytes: Vec::new(),
            scale: None,
        }))
    }

    fn read_header(&mut self) -> io::Result<()> {
        let mut page = [0; LIVELY];
        if read_up_to(&self.file, &mut page, 0)? < LIVELY {
            return Ok(());
        }
        if let Some(header) = Header::read(&page) {
            let library = std::mem::take(&mut self.header.library);
            self.header = Header { library, ..header };
        }
        Ok(())
    }

    /// The scale of a rank of another machine, whose counter is its own; none until enough time has passed
    /// there to tell its speed. It is fixed once it is precise.
    fn away(&mut self) -> Option<Scale> {
        const PRECISE: u64 = 1_000_000_000;
        if let Some(scale) = self.scale {
            return Some(scale);
        }
        let header = &self.header;
        let ahead = header.away?;
        let (from, to) = (header.attached, header.calibrated);
        if !header.counter {
            // Its times are nanoseconds already.
            return Scale::between((0, 0), (1 << 30, 1 << 30)).map(|scale| scale.ahead(ahead));
        }
        let scale = Scale::between(from, to)?.ahead(ahead);
        if to.1.saturating_sub(from.1) >= PRECISE {
            self.scale = Some(scale);
        }
        Some(scale)
    }

    /// Reads records from `index` on into `self.records`, up to `count` of them.
    fn fetch(&mut self, index: u64, count: usize) -> io::Result<()> {
        let length = count * BYTES;
        if self.bytes.len() < length {
            // Zeroed by the system, where growing would write every byte.
            self.bytes = vec![0; length];
        }
        let at = PAGE as u64 + index * BYTES as u64;
        let got = read_up_to(&self.file, &mut self.bytes[..length], at)?;
        let (words, _) = self.bytes[..got].as_chunks::<8>();
        let (records, _) = words.as_chunks::<WORDS>();
        self.records.clear();
        // A loop, not iterators: this is what students' builds, which are not optimized, do most.
        for words in records {
            let mut record = [0; WORDS];
            let mut at = 0;
            while at < WORDS {
                record[at] = u64::from_ne_bytes(words[at]);
                at += 1;
            }
            self.records.push(record);
        }
        Ok(())
    }

    /// Tells definitions first, then calls by their numbers.
    fn read(&mut self, dead: bool, scale: &Scale, tell: &mut dyn FnMut(News)) -> io::Result<()> {
        self.read_new(dead, scale, tell)?;
        // Afterwards: a call that is followed by another of its thread is seen to have returned.
        self.read_open(scale, tell)
    }

    fn read_new(
        &mut self,
        dead: bool,
        scale: &Scale,
        tell: &mut dyn FnMut(News),
    ) -> io::Result<()> {
        self.stuck = false;
        let available = self.header.records.saturating_sub(self.next);
        if available == 0 {
            return Ok(());
        }
        let end = self.next + available.min(AT_ONCE);
        self.fetch(self.next, usize::try_from(end - self.next).unwrap_or(0))?;
        if self.records.is_empty() {
            // The file ends before: it was cut off, or has yet to grow.
            self.stuck = true;
            if dead {
                self.next = self.header.records;
            }
            return Ok(());
        }
        let mut at = 0;
        while at < self.records.len() {
            let index = self.next;
            // A call whose further records lie behind what was fetched is fetched whole.
            let extent = format::extent(index, &self.records[at]).unwrap_or(1);
            if at + extent > self.records.len() && index + extent as u64 <= self.header.records {
                self.fetch(index, extent)?;
                at = 0;
            }
            let modules = &self.modules;
            let module = |number: u32| modules.get(&number).cloned();
            let Some((item, used)) = self
                .records
                .get(at..)
                .and_then(|records| format::read(index, records, module))
            else {
                if dead {
                    self.next += 1;
                    at += 1;
                    continue;
                }
                self.stuck = true;
                return Ok(());
            };
            if let Some(mut open) = self.take(item, index, used, scale, tell) {
                // Most have returned: then they need not be read again.
                self.result(&mut open, at..at + used, scale);
                self.open.push(open);
            }
            self.next += used as u64;
            at += used;
        }
        Ok(())
    }

    /// Takes what stands at `index`; hands out a call.
    fn take(
        &mut self,
        item: Item,
        index: u64,
        used: usize,
        scale: &Scale,
        tell: &mut dyn FnMut(News),
    ) -> Option<Open> {
        match item {
            Item::Definition(definition) => {
                if let Definition::Communicator(id, _) = &definition {
                    self.comms.insert(*id);
                }
                tell(News::Definition(definition));
            }
            Item::Refusal(refusal) => tell(News::Refusal(refusal)),
            Item::Module(number, path) => {
                self.modules.insert(number, path);
            }
            Item::Remains => {}
            Item::Call(call) => {
                let Call {
                    head,
                    what,
                    complaint,
                } = *call;
                // Only a function of the list is read as a call.
                let function = functions::name(head.function).unwrap_or("");
                let event = Event {
                    number: self.number,
                    thread: head.thread,
                    function,
                    place: head.place,
                    aside: head.aside,
                    entered: scale.nanos(head.entered),
                    left: None,
                    what,
                    complaint,
                };
                self.number += 1;
                return Some(Open {
                    index,
                    records: used,
                    event,
                    seal: 0,
                    changed: true,
                });
            }
        }
        None
    }

    /// Reads the result of a call from what was fetched last, where its records have these places;
    /// whether it is another than the one that was known.
    fn result(&self, open: &mut Open, records: Range<usize>, scale: &Scale) -> bool {
        let records = self.records.get(records).unwrap_or_default();
        let seal = records.first().map_or(0, |record| record[RESULT_SEAL]);
        if seal == open.seal {
            return false;
        }
        let Some(returned) = format::read_result(open.index, records, &open.event.what)
            .filter(|returned| self.knows(&open.event, returned.made))
        else {
            return false;
        };
        returned.apply(open.index, |ticks| scale.nanos(ticks), &mut open.event);
        open.seal = seal;
        true
    }

    /// Tells what became of calls that may still change, and forgets those that will not.
    fn read_open(&mut self, scale: &Scale, tell: &mut dyn FnMut(News)) -> io::Result<()> {
        let mut open = std::mem::take(&mut self.open);
        // A test that finds nothing has its count raised until the thread calls something else.
        let mut later: BTreeSet<u16> = BTreeSet::new();
        let mut stays = vec![false; open.len()];
        for (one, stays) in open.iter_mut().zip(&mut stays).rev() {
            if one.event.left.is_none() || is_in_vain(&one.event) {
                self.fetch(one.index, one.records)?;
                one.changed |= self.result(one, 0..one.records, scale);
            }
            let in_vain = is_in_vain(&one.event);
            let is_last = in_vain && !later.contains(&one.event.thread);
            if !in_vain && one.event.left.is_some() {
                later.insert(one.event.thread);
            }
            *stays = one.event.left.is_none() || is_last;
        }
        for (mut one, stays) in open.into_iter().zip(stays) {
            if stays {
                if one.changed {
                    tell(News::Event(one.event.clone()));
                }
                one.changed = false;
                self.open.push(one);
            } else if one.changed {
                tell(News::Event(one.event));
            }
        }
        Ok(())
    }

    /// Whether the communicator that a call made is defined already: its definition may stand
    /// behind a record of another thread that is not whole yet.
    fn knows(&self, event: &Event, made: Option<u64>) -> bool {
        match (&event.what, made) {
            (What::Collective(..), Some(made)) => self.comms.contains(&CommId(made)),
            _ => true,
        }
    }

    fn release(&mut self) {
        let first = self.open.first().map_or(self.next, |open| open.index);
        let to = (PAGE as u64 + first * BYTES as u64) / PIECE * PIECE;
        let from = self.released.max(PAGE as u64);
        if !self.writable || to < from + PIECE {
            return;
        }
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{FallocateFlags, fallocate};
            let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            // A file system that cannot keeps its memory; the rank has a limit of its own.
            self.writable = fallocate(&self.file, flags, from, to - from).is_ok();
        }
        self.released = to;
    }
}

/// A line of Linux's list: where a part of a file is mapped.
struct Mapped<'a> {
    from: u64,
    to: u64,
    path: &'a str,
}

impl<'a> Mapped<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        // 7f35c8000000-7f35c8021000 r-xp 00000000 08:01 1234 /a path, which may hold blanks
        let mut rest = line;
        let mut word = || {
            let (word, after) = rest.trim_start().split_once(' ')?;
            rest = after;
            Some(word)
        };
        let (from, to) = word()?.split_once('-')?;
        let others = (word()?, word()?, word()?, word());
        others.3?;
        let path = rest.trim_start();
        path.starts_with('/').then_some(Self {
            from: u64::from_str_radix(from, 16).ok()?,
            to: u64::from_str_radix(to, 16).ok()?,
            path,
        })
    }
}

/// The file that an address lies in, and how far from where it was loaded.
fn locate(maps: &[Mapped<'_>], address: u64) -> Option<Address> {
    let inside = maps
        .iter()
        .find(|mapped| (mapped.from..mapped.to).contains(&address))?;
    let same = maps.iter().filter(|mapped| mapped.path == inside.path);
    Some(Address {
        module: inside.path.into(),
        offset: address - same.map(|mapped| mapped.from).min()?,
    })
}

fn is_in_vain(event: &Event) -> bool {
    matches!(
        event.what,
        What::Complete { in_vain: 1.., .. } | What::Probe { in_vain: 1.., .. }
    )
}

/// Reads until the buffer is full or the file ends.
pub(crate) fn read_up_to(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match file.read_at(&mut buffer[got..], at + got as u64) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

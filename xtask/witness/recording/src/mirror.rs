//! A recording that grows on one machine and is read on another: what is new there ([`Source`]), and how
//! it comes to stand here ([`Copied`]).
//!
//! A round takes the header first and then the records that it counts, and hands out the records first
//! and the header last. So a copy never claims more than it holds, and whatever a rank has written down
//! before the round began is in it.

use crate::{
    clock,
    format::{BYTES, FIRST_RESULT_FORM, IN_VAIN, RESULT_SEAL, Record, WORDS, extent},
    header::{Header, PAGE, Word, magic},
    reader::read_up_to,
};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Records that are read at once.
const AT_ONCE: u64 = 4096;

/// Where a piece of a file belongs: the file's name in its folder, and the offset.
pub type Put<'a> = dyn FnMut(&str, u64, &[u8]) -> io::Result<()> + 'a;

/// What ranks have recorded into a folder since it was asked last.
#[derive(Debug)]
pub struct Source {
    folder: PathBuf,
    files: BTreeMap<String, Following>,
    maps: BTreeMap<String, u64>,
}

impl Source {
    /// Follows the files of a folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            files: BTreeMap::new(),
            maps: BTreeMap::new(),
        }
    }

    /// Hands out everything that is new. When the ranks are `dead`, records that were being written are
    /// passed over, which would else be waited for.
    ///
    /// # Errors
    /// If the folder or a file cannot be read, and what `put` says.
    pub fn round(&mut self, dead: bool, put: &mut Put<'_>) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !is_copied(&name) {
                continue;
            }
            if name.starts_with("rank-") {
                if let Entry::Vacant(place) = self.files.entry(name) {
                    let file = OpenOptions::new()
                        .read(true)
                        .write(true)
                        .open(entry.path())?;
                    place.insert(Following::new(file));
                }
            } else {
                // It is written once, and short.
                let text = fs::read(entry.path())?;
                let length = text.len() as u64;
                if self.maps.insert(name.clone(), length) != Some(length) {
                    put(&name, 0, &text)?;
                }
            }
        }
        for (name, file) in &mut self.files {
            file.round(dead, name, put)?;
        }
        Ok(())
    }
}

/// Whether a file of this name goes to the other machine. The others are for the ranks of one machine.
#[must_use]
pub fn is_copied(name: &str) -> bool {
    let rank = name
        .strip_prefix("rank-")
        .or_else(|| name.strip_prefix("maps-"));
    rank.is_some_and(|rank| {
        !rank.is_empty() && rank.len() < 10 && rank.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// One rank's file, as it grows.
#[derive(Debug)]
struct Following {
    file: File,
    /// The first page, as it was handed out.
    page: Vec<u8>,
    /// The record to read next.
    next: u64,
    /// Calls that may still change: where their records begin, how many they are, and the seal of the
    /// result as it was handed out.
    open: Vec<Open>,
    given_back: u64,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    index: u64,
    records: usize,
    seal: u64,
    thread: u16,
    /// Whether it has come back, and found nothing: then the same record counts further attempts.
    in_vain: bool,
}

impl Following {
    fn new(file: File) -> Self {
        Self {
            file,
            page: Vec::new(),
            next: 0,
            open: Vec::new(),
            given_back: PAGE as u64,
        }
    }

    fn round(&mut self, dead: bool, name: &str, put: &mut Put<'_>) -> io::Result<()> {
        let mut page = vec![0; PAGE];
        if read_up_to(&self.file, &mut page, 0)? < PAGE {
            return Ok(());
        }
        let Some(header) = Header::read(&page) else {
            return Ok(());
        };
        self.changed(name, put)?;
        while self.next < header.records {
            let count = (header.records - self.next).min(AT_ONCE);
            let taken = self.new_records(count, dead, name, put)?;
            if taken == 0 {
                break;
            }
        }
        if self.page != page {
            put(name, 0, &page)?;
            self.page = page;
        }
        self.give_back();
        Ok(())
    }

    /// Hands out again what has changed of calls that were handed out before.
    fn changed(&mut self, name: &str, put: &mut Put<'_>) -> io::Result<()> {
        let mut open = std::mem::take(&mut self.open);
        for one in &mut open {
            let records = fetch(&self.file, one.index, one.records)?;
            let Some(first) = records.first() else {
                continue;
            };
            if first[RESULT_SEAL] != one.seal {
                *one = Open::of(one.index, one.records, first);
                put(name, at(one.index), &bytes(&records))?;
            }
        }
        // Of those that found nothing, a thread has the last one counted up.
        let last = |of: &Open| {
            open.iter()
                .rfind(|one| one.thread == of.thread && one.seal != 0)
        };
        let stays: Vec<bool> = open
            .iter()
            .map(|one| {
                one.seal == 0
                    || one.in_vain && last(one).is_some_and(|last| last.index == one.index)
            })
            .collect();
        let mut stays = stays.into_iter();
        open.retain(|_| stays.next().unwrap_or(true));
        self.open = open;
        Ok(())
    }

    /// Hands out up to so many records that are new; how many it were. A record that is being written ends
    /// this for now.
    fn new_records(
        &mut self,
        count: u64,
        dead: bool,
        name: &str,
        put: &mut Put<'_>,
    ) -> io::Result<usize> {
        let mut records = fetch(&self.file, self.next, count as usize)?;
        let mut taken = 0;
        while let Some(first) = records.get(taken) {
            let index = self.next + taken as u64;
            let Some(length) = extent(index, first) else {
                if !dead {
                    break;
                }
                taken += 1;
                continue;
            };
            if taken + length > records.len() {
                if taken > 0 {
                    break;
                }
                records = fetch(&self.file, index, length)?;
                if records.len() < length {
                    taken = if dead { records.len() } else { 0 };
                    break;
                }
                continue;
            }
            if let Some(open) = Open::may_change(index, length, &records[taken]) {
                self.open.push(open);
            }
            taken += length;
        }
        records.truncate(taken);
        if taken > 0 {
            put(name, at(self.next), &bytes(&records))?;
        }
        self.next += taken as u64;
        Ok(taken)
    }

    /// Gives back the memory of what nobody reads here again.
    fn give_back(&mut self) {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{FallocateFlags, fallocate};
            const PIECE: u64 = 256 * 1024;
            let first = self.open.first().map_or(self.next, |open| open.index);
            let to = at(first) / PIECE * PIECE;
            if to >= self.given_back + PIECE {
                let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
                // A file system that cannot keeps its memory; the rank has a limit of its own.
                let _ = fallocate(&self.file, flags, self.given_back, to - self.given_back);
                self.given_back = to;
            }
        }
    }
}

impl Open {
    fn of(index: u64, records: usize, first: &Record) -> Self {
        Self {
            index,
            records,
            seal: first[RESULT_SEAL],
            thread: first[3] as u16,
            in_vain: first[RESULT_SEAL] != 0 && first[FIRST_RESULT_FORM] >> 32 & 0xff == IN_VAIN,
        }
    }

    /// A call that is not over; none if it is, or is no call.
    fn may_change(index: u64, records: usize, first: &Record) -> Option<Self> {
        let open = Self::of(index, records, first);
        (crate::format::is_call(first) && (open.seal == 0 || open.in_vain)).then_some(open)
    }
}

fn at(index: u64) -> u64 {
    PAGE as u64 + index * BYTES as u64
}

fn fetch(file: &File, index: u64, count: usize) -> io::Result<Vec<Record>> {
    let mut bytes = vec![0; count * BYTES];
    let got = read_up_to(file, &mut bytes, at(index))?;
    let (words, _) = bytes[..got].as_chunks::<8>();
    let (records, _) = words.as_chunks::<WORDS>();
    let record = |words: &[[u8; 8]; WORDS]| words.map(u64::from_ne_bytes);
    Ok(records.iter().map(record).collect())
}

fn bytes(records: &[Record]) -> Vec<u8> {
    let words = records.iter().flatten();
    words.flat_map(|word| word.to_ne_bytes()).collect()
}

/// What is known of the machine that a copied recording comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The number that its process has here: none that a process of this machine can have.
    pub pid: u32,
    /// Its counter and its monotonic clock at one moment, late in the run.
    pub clock: (u64, u64),
    /// What must be added to its clock to get this machine's, in nanoseconds.
    pub ahead: i64,
}

impl Origin {
    /// The words of a header that say it.
    fn words(self) -> [(Word, u64); 5] {
        [
            (Word::Pid, u64::from(self.pid)),
            (Word::LastTicks, self.clock.0),
            (Word::LastNanos, self.clock.1),
            (Word::Away, 1),
            (Word::Ahead, self.ahead.cast_unsigned()),
        ]
    }
}

/// A recording of another machine, as it comes to stand in a folder of this one.
#[derive(Debug)]
pub struct Copied {
    folder: PathBuf,
    files: BTreeMap<String, File>,
}

impl Copied {
    /// Copies into a folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            files: BTreeMap::new(),
        }
    }

    /// Says once more where the recordings come from: by a later moment of its clock, the speed of its
    /// counter is known.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn know(&mut self, origin: Origin) -> io::Result<()> {
        let files = self.files.iter();
        for (_, file) in files.filter(|(name, _)| name.starts_with("rank-")) {
            for (word, value) in origin.words() {
                file.write_all_at(&value.to_ne_bytes(), word as u64 * 8)?;
            }
        }
        Ok(())
    }

    /// Writes a piece of a file. A header says from then on where it comes from.
    ///
    /// # Errors
    /// If the name is none of a recording's, or the file cannot be written.
    pub fn put(&mut self, name: &str, at: u64, bytes: &[u8], origin: Origin) -> io::Result<()> {
        if !is_copied(name) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if !self.files.contains_key(name) {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .open(self.folder.join(name))?;
            self.files.insert(name.to_owned(), file);
        }
        let file = &self.files[name];
        if !name.starts_with("rank-") || at != 0 || bytes.len() < PAGE {
            return file.write_all_at(bytes, at);
        }
        let mut page = bytes.to_vec();
        for (word, value) in origin.words() {
            let at = word as usize * 8;
            page[at..at + 8].copy_from_slice(&value.to_ne_bytes());
        }
        // A reader takes it for a recording once this is there.
        file.write_all_at(&page[8..], 8)?;
        file.write_all_at(&magic().to_ne_bytes(), Word::Magic as u64)
    }
}

/// This machine's counter and clock at one moment.
#[must_use]
pub fn now() -> (u64, u64) {
    if clock::has_counter() {
        clock::pair()
    } else {
        let nanos = clock::nanos();
        (nanos, nanos)
    }
}

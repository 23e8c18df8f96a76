//! Counters in a file that several processes map into their memory: what the task `shared` of
//! exercise 02 is about. All of it is safe to use; the one `unsafe` block says why it is sound.

// A compiler can see what the threads of a program do, but nothing of what other programs do.
#![allow(unsafe_code)]

use memmap2::{MmapOptions, MmapRaw};
use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Bytes of one counter.
const WIDTH: usize = size_of::<u64>();

/// A row of counters, shared by all processes that have opened the same file.
///
/// ```
/// use mapped_file::Counters;
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("counters");
/// let counters = Counters::create(&file, 3)?;
/// let again = Counters::open(&file)?; // usually in another process
/// again.add(2, 5);
/// assert_eq!((counters.len(), counters.get(2)), (3, 5));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Counters {
    /// None where there is no counter: a map has at least one byte.
    map: Option<MmapRaw>,
}

impl Counters {
    /// Creates a file of `length` counters, all 0, and maps it. A file that is already there is
    /// replaced; a process that has the old one open keeps it.
    ///
    /// # Errors
    /// If the file cannot be created, resized or mapped.
    pub fn create(file: &Path, length: usize) -> io::Result<Self> {
        // Created anew, not resized: under a map that is in use a file must never shrink.
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let created = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(file)?;
        created.set_len((length * WIDTH) as u64)?;
        Self::map(&created)
    }

    /// Maps a file that [`create`](Self::create) has made, in this process or in another one.
    ///
    /// # Errors
    /// If there is no such file, or it cannot be mapped.
    pub fn open(file: &Path) -> io::Result<Self> {
        Self::map(&OpenOptions::new().read(true).write(true).open(file)?)
    }

    fn map(file: &File) -> io::Result<Self> {
        let is_empty = file.metadata()?.len() == 0;
        let map = (!is_empty).then(|| MmapOptions::new().map_raw(file));
        Ok(Self {
            map: map.transpose()?,
        })
    }

    /// The number of counters.
    pub fn len(&self) -> usize {
        self.map.as_ref().map_or(0, |map| map.len() / WIDTH)
    }

    /// Whether there is no counter.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a counter. It may be out of date as soon as you have it: others may add.
    ///
    /// # Panics
    /// If there is no such counter.
    #[track_caller]
    pub fn get(&self, index: usize) -> u64 {
        let value = self.counter(index).load(Relaxed);
        self.tell(Access::Get(index));
        value
    }

    /// Overwrites a counter, whatever others have added to it.
    ///
    /// # Panics
    /// If there is no such counter.
    #[track_caller]
    pub fn set(&self, index: usize, value: u64) {
        self.counter(index).store(value, Relaxed);
        self.tell(Access::Set(index));
    }

    /// Adds to a counter in one indivisible step: no other process can get between its reading and
    /// its writing.
    ///
    /// # Panics
    /// If there is no such counter.
    #[track_caller]
    pub fn add(&self, index: usize, amount: u64) {
        self.counter(index).fetch_add(amount, Relaxed);
    }

    #[track_caller]
    fn counter(&self, index: usize) -> &AtomicU64 {
        let (map, length) = (self.map.as_ref(), self.len());
        let Some(map) = map.filter(|_| index < length) else {
            panic!("there is no counter {index}: the file has {length}");
        };
        // SAFETY: the counter lies inside the map, since `index` is less than the number of whole
        // counters that fit, and the map lives as long as the reference, which borrows it. A map
        // begins at a page, so every counter is aligned. This is the only place that touches the
        // memory, and it does so atomically, as do all other processes that use this crate; every bit
        // pattern is a number. Should another program write to the file or cut it short, then some
        // values are odd, or the kernel ends this process (SIGBUS): no undefined value is read.
        unsafe { AtomicU64::from_ptr(map.as_mut_ptr().cast::<u64>().add(index)) }
    }

    fn tell(&self, access: Access) {
        let witness = *WITNESS.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(witness) = witness {
            witness(self, access);
        }
    }
}

/// What was just done to a counter, other than to add to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The counter with this index was read.
    Get(usize),
    /// The counter with this index was overwritten.
    Set(usize),
}

/// Is told of every access.
pub type Witness = fn(&Counters, Access);

static WITNESS: RwLock<Option<Witness>> = RwLock::new(None);

/// From now on tells a witness of every [`get`](Counters::get) and [`set`](Counters::set) in this
/// process. This is for checks, which do then what another process might do: add between a `get` and
/// what comes of it.
pub fn witnessed_by(witness: Option<Witness>) {
    *WITNESS.write().unwrap_or_else(PoisonError::into_inner) = witness;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_file_is_replaced_and_the_old_one_stays_with_whom_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("counters");
        let old = Counters::create(&file, 2).unwrap();
        old.add(1, 7);
        let new = Counters::create(&file, 1).unwrap();
        assert_eq!((new.len(), new.get(0)), (1, 0));
        assert_eq!((old.len(), old.get(1)), (2, 7));
    }

    #[test]
    fn there_may_be_no_counter_but_there_must_be_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("counters");
        assert!(Counters::open(&file).is_err());
        assert!(Counters::create(&file, 0).unwrap().is_empty());
        assert!(Counters::open(&file).unwrap().is_empty());
        let nowhere = folder.path().join("missing").join("counters");
        assert!(Counters::create(&nowhere, 1).is_err());
    }

    #[test]
    #[should_panic(expected = "there is no counter 3: the file has 3")]
    fn an_index_beyond_the_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("counters");
        Counters::create(&file, 3).unwrap().add(3, 1);
    }

    #[test]
    fn nothing_is_lost_between_maps_of_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("counters");
        let counters = Counters::create(&file, 2).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let own = Counters::open(&file).unwrap();
                    (0..10_000).for_each(|number| own.add(number % 2, 1));
                });
            }
        });
        assert_eq!((counters.get(0), counters.get(1)), (20_000, 20_000));
    }

    #[test]
    fn a_witness_can_add_between_a_get_and_what_comes_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("witnessed");
        let counters = Counters::create(&file, 7).unwrap();
        witnessed_by(Some(|counters, access| {
            // It is told of other tests of this process too.
            if let (Access::Get(0), 7) = (access, counters.len()) {
                counters.add(0, 100);
            }
        }));
        let before = counters.get(0);
        witnessed_by(None);
        assert_eq!((before, counters.get(0)), (0, 100));
    }
}

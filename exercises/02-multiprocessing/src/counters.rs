//! Counters in a file that several processes map into their memory: what the task `shared` is about.
//! This is finished; read it, and use it.

// The one place of this exercise where the compiler must trust us.
#![allow(unsafe_code)]

use memmap2::{MmapOptions, MmapRaw};
use std::{
    fs::{self, OpenOptions},
    io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// Bytes of one counter.
const WIDTH: usize = size_of::<u64>();

/// A row of counters that every process sees which has opened the same file.
///
/// ```
/// # use multiprocessing::Counters;
/// # let file = std::env::temp_dir().join(format!("counters-{}", std::process::id()));
/// let counters = Counters::create(&file, 3)?;
/// let again = Counters::open(&file)?; // usually in another process
/// again.add(2, 5);
/// assert_eq!((counters.len(), counters.get(2)), (3, 5));
/// # std::fs::remove_file(&file)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Counters {
    map: MmapRaw,
}

impl Counters {
    /// Makes a file of `length` counters, all 0, and maps it. A file that is there already makes room
    /// for the new one; whoever has opened the old one keeps it.
    ///
    /// # Errors
    /// When the file cannot be made, given its size, or mapped.
    pub fn create(file: &Path, length: usize) -> io::Result<Self> {
        // Made anew, not cut to size: under a map that is in use a file must never shrink.
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let made = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(file)?;
        // One word more than there are counters: see `writes`.
        made.set_len(((length + 1) * WIDTH) as u64)?;
        Self::map(&made)
    }

    /// Maps a file that [`create`](Self::create) has made, in this process or in another one.
    ///
    /// # Errors
    /// When there is no such file, or it cannot be mapped.
    pub fn open(file: &Path) -> io::Result<Self> {
        Self::map(&OpenOptions::new().read(true).write(true).open(file)?)
    }

    fn map(file: &fs::File) -> io::Result<Self> {
        let map = MmapOptions::new().map_raw(file)?;
        if map.len() < WIDTH {
            return Err(io::Error::other("the file is too short for counters"));
        }
        Ok(Self { map })
    }

    /// How many counters there are.
    pub fn len(&self) -> usize {
        self.map.len() / WIDTH - 1
    }

    /// Whether there is no counter.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a counter. It may be old as soon as you have it: others may add.
    ///
    /// # Panics
    /// When there is no such counter.
    pub fn get(&self, index: usize) -> u64 {
        self.counter(index).load(Relaxed)
    }

    /// Overwrites a counter, whatever others have added to it.
    ///
    /// # Panics
    /// When there is no such counter.
    pub fn set(&self, index: usize, value: u64) {
        self.word(0).fetch_add(1, Relaxed);
        self.counter(index).store(value, Relaxed);
    }

    /// Adds to a counter in one step, between whose beginning and end nobody else can come.
    ///
    /// # Panics
    /// When there is no such counter.
    pub fn add(&self, index: usize, amount: u64) {
        self.counter(index).fetch_add(amount, Relaxed);
    }

    /// How often [`set`](Self::set) was called, by all processes together. The check wants to know.
    pub fn writes(&self) -> u64 {
        self.word(0).load(Relaxed)
    }

    fn counter(&self, index: usize) -> &AtomicU64 {
        assert!(
            index < self.len(),
            "there is no counter {index}, only {}",
            self.len()
        );
        self.word(index + 1)
    }

    fn word(&self, index: usize) -> &AtomicU64 {
        assert!(index < self.map.len() / WIDTH);
        // SAFETY: the word lies inside the map, as was just asserted, and the map lives as long as
        // the reference, which borrows it. A map begins at a page, so its words are aligned. They are
        // touched only here, that is atomically, in this process and in all others; every bit
        // pattern is a number. Should a foreign program cut the file short, the kernel ends whoever
        // touches what is gone (SIGBUS); nothing undefined is read.
        unsafe { AtomicU64::from_ptr(self.map.as_mut_ptr().cast::<u64>().add(index)) }
    }
}

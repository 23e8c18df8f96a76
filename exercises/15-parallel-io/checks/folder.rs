//! A folder that belongs to the check and that all ranks know: answers write to it, and the check reads the files.

use super::{failed, part};
use harness::space;
use harness_mpi::{Check, Kind, SimpleCommunicator, plural};
use std::{
    env,
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Removed with all its files when the check is done. If the check is ended before that, the job's own folder for
/// temporary files is removed, which contains this one.
pub struct Folder {
    path: PathBuf,
    is_owner: bool,
}

impl Folder {
    /// Makes the folder. All ranks must call it.
    pub fn new(check: &Check) -> Self {
        let path = Self::unused(check);
        let is_owner = check.rank() == 0;
        if is_owner {
            ok(fs::create_dir(&path));
        }
        check.barrier();
        Self { path, is_owner }
    }

    /// The same with a name that is not UTF-8, if the system allows one.
    pub fn with_a_strange_name(check: &Check) -> Self {
        let mut strange = Self::unused(check).into_os_string();
        strange.push(OsStr::from_bytes(b"-\xff"));
        let is_owner = check.rank() == 0;
        let is_there = is_owner && fs::create_dir(&strange).is_ok();
        match check.aside().share(u64::from(is_there))[0] {
            0 => Self::new(check),
            _ => Self {
                path: strange.into(),
                is_owner,
            },
        }
    }

    /// The path of a folder that does not exist, the same on all ranks.
    fn unused(check: &Check) -> PathBuf {
        // One task runs at a time, and each removes its folder.
        let process = check.aside().share(u64::from(std::process::id()))[0];
        env::temp_dir().join(format!("check-parallel-io-{process}"))
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder itself.
    pub fn whole(&self) -> &Path {
        &self.path
    }

    /// Gives a file this content before an answer runs, or removes it. All ranks must call it.
    pub fn prepare(&self, check: &Check, name: &str, content: Option<&[u8]>) {
        if self.is_owner {
            match content {
                Some(content) => ok(fs::write(self.path(name), content)),
                None => drop(fs::remove_file(self.path(name))),
            }
        }
        check.barrier();
    }

    /// The content of a file on rank 0, when all ranks are done, and `None` on the others. All ranks must call it.
    pub fn found(&self, check: &Check, name: &str) -> Option<io::Result<Vec<u8>>> {
        check.barrier();
        let found = self.is_owner.then(|| fs::read(self.path(name)));
        check.barrier();
        found
    }

    /// Requires that a file consists of these bytes, once all ranks are done. All ranks must call it.
    pub fn has(&self, check: &mut Check, name: &str, expected: &[u8], why: &str) -> bool {
        let right = match self.found(check, name) {
            None => true,
            Some(Err(error)) => check.require(false, Kind::WrongResult, || {
                format!("found no file after the call: {error}")
            }),
            Some(Ok(bytes)) => same(check, &bytes, expected, why),
        };
        check.everywhere(right)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_owner {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Compares a file's bytes with those that it should have.
fn same(check: &mut Check, bytes: &[u8], expected: &[u8], why: &str) -> bool {
    let lengths = [bytes, expected].map(|bytes| bytes.len() as u64);
    check.require(lengths[0] == lengths[1], Kind::WrongResult, || {
        let [has, should] = lengths.map(|length| plural(length, "byte"));
        format!("found a file of {has}, which should have {should}: {why}")
    }) && check.holds("the file", numbers(bytes), numbers(expected), why)
        && check.require(bytes == expected, Kind::WrongResult, || {
            let place = bytes.iter().zip(expected).position(|(one, other)| one != other);
            format!(
                "found another byte {} in the file than in memory, although the numbers look the same: a negative zero \
                 and a NaN keep all their bits",
                place.unwrap_or_default()
            )
        })
}

/// The numbers that the bytes represent, for messages.
pub fn numbers(bytes: &[u8]) -> Vec<f64> {
    let (numbers, _) = bytes.as_chunks();
    numbers
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect()
}

/// Numbers as they are stored in a file.
pub fn bytes(numbers: &[f64]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// The result of an operation that the check itself needs.
pub fn ok<R>(result: io::Result<R>) -> R {
    result.unwrap_or_else(|error| panic!("the check cannot use its folder: {error}"))
}

/// Requires that an answer returns an error on all ranks if no file can be written: if the folder does not exist, if
/// the path is that of a folder, and if the disk is full. `answer` writes more than 100 bytes on some rank, and more
/// than each `room`.
pub fn fails_on_all(
    check: &mut Check,
    folder: &Folder,
    room: &[u64],
    answer: &dyn Fn(&SimpleCommunicator, &Path) -> io::Result<()>,
) -> bool {
    let missing = folder.path("missing").join("file");
    let right = part(check, "a file in a folder that does not exist", |check| {
        let (returned, _) = check.observe(|world| answer(world, &missing));
        failed(check, returned, "the folder of the file does not exist");
    }) && part(check, "the path of a folder", |check| {
        let (returned, _) = check.observe(|world| answer(world, folder.whole()));
        failed(check, returned, "the path is that of a folder");
    });
    right
        && room
            .iter()
            .all(|room| fails_when_full(check, folder, "a large file", *room, answer))
}

/// Requires that an answer that writes `what` returns an error on all ranks if a file can have at most `room` bytes.
pub fn fails_when_full(
    check: &mut Check,
    folder: &Folder,
    what: &str,
    room: u64,
    answer: &dyn Fn(&SimpleCommunicator, &Path) -> io::Result<()>,
) -> bool {
    let input = format!(
        "{what}, on a full disk: a file can have at most {}",
        plural(room, "byte")
    );
    part(check, &input, |check| {
        folder.prepare(check, "full", None);
        let path = folder.path("full");
        let (returned, _) = check.observe(|world| space::limited(room, || answer(world, &path)));
        let why = "there is no room for the whole file; if one rank cannot write, all ranks return an error";
        failed(check, returned, why);
    })
}

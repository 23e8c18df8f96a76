//! A folder of the check's own, which all ranks know: where answers write, and what is found there.

use super::{failed, part};
use harness::space;
use harness_mpi::{Check, Kind, SimpleCommunicator, plural};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// Removed with all that is in it when a check is done. Where it is ended in the middle, the folder for temporary
/// files is removed, which is the job's own.
pub struct Folder {
    path: PathBuf,
    is_owner: bool,
}

impl Folder {
    /// Makes the folder. All ranks must call it.
    pub fn new(check: &Check) -> Self {
        let is_owner = check.rank() == 0;
        // One task runs at a time, and each removes its own.
        let process = check.aside().share(u64::from(std::process::id()))[0];
        let path = env::temp_dir().join(format!("check-parallel-io-{process}"));
        if is_owner {
            ok(fs::create_dir(&path));
        }
        check.barrier();
        Self { path, is_owner }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder itself.
    pub fn whole(&self) -> &Path {
        &self.path
    }

    /// Sees to it that a file has this content before an answer runs, or is not there. All ranks must call it.
    pub fn prepare(&self, check: &Check, name: &str, content: Option<&[u8]>) {
        if self.is_owner {
            match content {
                Some(content) => ok(fs::write(self.path(name), content)),
                None => drop(fs::remove_file(self.path(name))),
            }
        }
        check.barrier();
    }

    /// What a file has, on rank 0, when all ranks are done; on others nothing. All ranks must call it.
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
                format!("finds no file: {error}")
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

/// Holds a file's bytes against those that it should have.
fn same(check: &mut Check, bytes: &[u8], expected: &[u8], why: &str) -> bool {
    let lengths = [bytes, expected].map(|bytes| bytes.len() as u64);
    check.require(lengths[0] == lengths[1], Kind::WrongResult, || {
        let [has, should] = lengths.map(|length| plural(length, "byte"));
        format!("finds a file of {has}, which should have {should}: {why}")
    }) && check.holds("the file", numbers(bytes), numbers(expected), why)
}

/// Bytes as the numbers that they are, for people to read.
pub fn numbers(bytes: &[u8]) -> Vec<f64> {
    let (numbers, _) = bytes.as_chunks();
    numbers
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect()
}

/// Numbers as they lie in a file.
pub fn bytes(numbers: &[f64]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// What goes on without which there can be no check.
pub fn ok<R>(result: io::Result<R>) -> R {
    result.unwrap_or_else(|error| panic!("the check cannot use its folder: {error}"))
}

/// Requires that an answer that writes a file fails on all ranks where no file can be written: where there is no folder,
/// where there is a folder of this name, and where the disk is full. `answer` writes what needs more than 100 bytes
/// on some rank, and goes beyond `room`.
pub fn fails_on_all(
    check: &mut Check,
    folder: &Folder,
    room: &[u64],
    answer: &dyn Fn(&SimpleCommunicator, &Path) -> io::Result<()>,
) -> bool {
    let missing = folder.path("missing").join("file");
    let right = part(check, "a file in a folder that is not there", |check| {
        let (returned, _) = check.observe(|world| answer(world, &missing));
        failed(
            check,
            returned,
            "no file can be made where there is no folder",
        );
    }) && part(check, "the path of a folder", |check| {
        let (returned, _) = check.observe(|world| answer(world, folder.whole()));
        failed(check, returned, "a folder cannot be written to");
    });
    right
        && room.iter().all(|room| {
            let input = format!("a disk that is full: a file can have no more than {}", plural(*room, "byte"));
            part(check, &input, |check| {
                folder.prepare(check, "full", None);
                let path = folder.path("full");
                let (returned, _) = check.observe(|world| space::limited(*room, || answer(world, &path)));
                let why = "the file has no room for all numbers; if one rank cannot write, all return an error";
                failed(check, returned, why);
            })
        })
}

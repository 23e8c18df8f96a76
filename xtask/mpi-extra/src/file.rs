//! Files that all ranks of a communicator read and write together: MPI-IO (MPI standard 4.1, chapter 14).
//!
//! [`with_file`](ParallelIo::with_file) opens a file on all ranks together, and closes it again. In between, each rank
//! reads and writes at any offsets.
//!
//! ```standalone_crate
//! use mpi::traits::*;
//! use mpi_extra::{file::Access, traits::*};
//!
//! # fn main() -> std::io::Result<()> {
//! let universe = mpi::initialize().unwrap();
//! let world = universe.world();
//! let (rank, size) = (world.rank(), world.size());
//! let path = std::env::temp_dir().join(format!("mpi-extra-example-{}", std::process::id()));
//! # let mut path = path.into_os_string().into_encoded_bytes();
//! # path.resize(200, b'_');
//! # world.process_at_rank(0).broadcast_into(&mut path[..]);
//! # let path = String::from_utf8(path).unwrap();
//! world.with_file(&path, Access::Write, |file| {
//!     file.set_size(0)?; // delete the old contents
//!     file.write_at_all(8 * rank as u64, &[f64::from(rank)][..])
//! })?;
//! let mut last = [0.0];
//! world.with_file(&path, Access::Read, |file| {
//!     file.read_at_all(8 * (size - 1) as u64, &mut last[..])
//! })?;
//! assert_eq!(last, [f64::from(size - 1)]);
//! # if rank == 0 {
//! std::fs::remove_file(&path)?;
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! **Errors.** A disk may be full, or a folder missing. For most errors, MPI ends the job; for errors of files, it
//! returns an error code, which all functions here turn into an [`io::Error`]. If a collective function fails on one
//! rank, it returns the same error on **all** ranks, with the number of that rank: it ends with an all-reduce. A
//! function that only one rank calls fails on that rank alone, and the others get the error when the file is closed.
//!
//! All this is so with MPICH, and with Open MPI where its files are those of ROMIO (`OMPI_MCA_io_ompio_priority=1`,
//! which `cargo xtask` sets). OMPIO, which Open MPI 5.0.11 takes by default, returns no error when a collective write
//! is cut short, as on a full disk; and if rank 0 cannot write a file of OMPIO's own, the ranks wait in
//! `MPI_File_open` forever.
//!
//! **Bytes.** Numbers are written as they are in memory: an `f64` has 8 bytes, on nearly all of today's machines with
//! the lowest byte first (little-endian). This is MPI's data representation `native`.
//!
//! **Safety.** No call can cause undefined behavior: buffers are borrowed for the duration of a call, only types for
//! which all bytes are valid are read, and the datatype of a view is checked. If two ranks write to the same place, the
//! file contains the data of one of them, or a mixture.

// Files are used by C functions.
#![allow(unsafe_code)]

use crate::{
    contents::{Contents, extent},
    window::Element,
};
use mpi::{
    Count,
    collective::SystemOperation,
    ffi::{self, MPI_File},
    raw::AsRaw,
    traits::{Buffer, Communicator, CommunicatorCollectives, Datatype, Root},
};
use std::{
    cell::Cell,
    ffi::{CString, c_int},
    fmt, fs, io,
    mem::MaybeUninit,
    path::{Path, PathBuf},
    thread,
};

/// The purpose for which a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read an existing file: `MPI_MODE_RDONLY`.
    Read,
    /// To write. A file that does not exist is created. An existing file keeps its contents until they are overwritten,
    /// or truncated by [`set_size`](File::set_size): `MPI_MODE_WRONLY | MPI_MODE_CREATE`.
    Write,
    /// To read and write, and otherwise like `Write`: `MPI_MODE_RDWR | MPI_MODE_CREATE`.
    ReadWrite,
    /// To append to the contents with [`write_ordered`](File::write_ordered):
    /// `MPI_MODE_WRONLY | MPI_MODE_CREATE | MPI_MODE_APPEND`.
    Append,
    /// To write a file that must not exist yet: `MPI_MODE_WRONLY | MPI_MODE_CREATE | MPI_MODE_EXCL`.
    New,
}

impl Access {
    fn mode(self) -> c_int {
        let mode = match self {
            Self::Read => ffi::MPI_MODE_RDONLY,
            Self::Write => ffi::MPI_MODE_WRONLY | ffi::MPI_MODE_CREATE,
            Self::ReadWrite => ffi::MPI_MODE_RDWR | ffi::MPI_MODE_CREATE,
            Self::Append => ffi::MPI_MODE_WRONLY | ffi::MPI_MODE_CREATE | ffi::MPI_MODE_APPEND,
            Self::New => ffi::MPI_MODE_WRONLY | ffi::MPI_MODE_CREATE | ffi::MPI_MODE_EXCL,
        };
        mode as c_int
    }
}

/// Opens files on all ranks of a communicator.
pub trait ParallelIo: Communicator {
    /// Opens a file on all ranks, calls `work` with it, and closes it: `MPI_File_open`, `MPI_File_close`.
    ///
    /// All ranks must call it, with the same path and access. A rank whose `work` returns early, with an error, waits
    /// until the others close the file. They must therefore not wait for this rank in a collective call: see
    /// [`agree`](Self::agree).
    ///
    /// # Errors
    /// On all ranks, if the file cannot be opened or closed, or if `work` returns an error on any rank.
    fn with_file<R>(
        &self,
        path: impl AsRef<Path>,
        access: Access,
        work: impl FnOnce(&File<'_>) -> io::Result<R>,
    ) -> io::Result<R>
    where
        Self: Sized,
    {
        let file = self.agree(File::open(self, path.as_ref(), access))?;
        let result = work(&file);
        let closed = file.close();
        self.agree(result.and_then(|result| closed.map(|()| result)))
    }

    /// Makes all ranks fail if one fails: returns `result` if no rank has an error, and otherwise, on all ranks, the
    /// error of the lowest rank that has one. This takes an all-reduce, and a broadcast if there is an error.
    ///
    /// All ranks must call it.
    ///
    /// # Errors
    /// If any rank has an error.
    fn agree<R>(&self, result: io::Result<R>) -> io::Result<R> {
        let (rank, size) = (self.rank(), self.size());
        let own = if result.is_ok() { size } else { rank };
        let mut first = size;
        self.all_reduce_into(&own, &mut first, SystemOperation::min());
        if first == size {
            return result;
        }
        let mut told = Told::default();
        if let (true, Err(error)) = (first == rank, result) {
            told = Told::of(&error);
        }
        self.process_at_rank(first).broadcast_into(&mut told.0[..]);
        Err(told.error(first))
    }
}

impl<C: Communicator + ?Sized> ParallelIo for C {}

/// An error as it is sent to the other ranks: a byte for its kind, and its text.
struct Told([u8; 512]);

impl Default for Told {
    fn default() -> Self {
        Self([0; 512])
    }
}

/// The kinds of file errors that programs distinguish.
const KINDS: [io::ErrorKind; 14] = [
    io::ErrorKind::Other,
    io::ErrorKind::NotFound,
    io::ErrorKind::PermissionDenied,
    io::ErrorKind::AlreadyExists,
    io::ErrorKind::StorageFull,
    io::ErrorKind::QuotaExceeded,
    io::ErrorKind::FileTooLarge,
    io::ErrorKind::ReadOnlyFilesystem,
    io::ErrorKind::UnexpectedEof,
    io::ErrorKind::InvalidInput,
    io::ErrorKind::InvalidData,
    io::ErrorKind::Unsupported,
    io::ErrorKind::NotADirectory,
    io::ErrorKind::IsADirectory,
];

impl Told {
    fn of(error: &io::Error) -> Self {
        let mut told = Self::default();
        let kind = KINDS.iter().position(|kind| *kind == error.kind());
        told.0[0] = kind.unwrap_or(0) as u8;
        let text = error.to_string();
        let room = &mut told.0[1..];
        let length = text.floor_char_boundary(room.len());
        room[..length].copy_from_slice(&text.as_bytes()[..length]);
        told
    }

    fn error(&self, rank: mpi::Rank) -> io::Error {
        let [kind, text @ ..] = &self.0;
        let end = text.iter().position(|byte| *byte == 0);
        let text = String::from_utf8_lossy(&text[..end.unwrap_or(text.len())]);
        // An error that is passed on twice names its rank only once.
        let text = match text.strip_prefix("rank ") {
            Some(_) => text.into_owned(),
            None => format!("rank {rank}: {text}"),
        };
        io::Error::new(KINDS[usize::from(*kind)], text)
    }
}

/// A file that all ranks of a communicator have open.
///
/// Offsets count bytes from the start of the file, unless [`set_view`](Self::set_view) changes this.
pub struct File<'c> {
    handle: MPI_File,
    path: PathBuf,
    comm: &'c dyn Communicator,
    view: Cell<View>,
    has_room_beside: Cell<bool>,
}

/// The unit of offsets.
#[derive(Clone, Copy)]
struct View {
    /// The number of bytes before the view.
    displacement: u64,
    /// The size of an element in bytes.
    unit: u64,
    /// The number of bytes of all elements of a tile, and the distance to the next tile.
    tile: (u64, u64),
}

/// Offsets in bytes, from the start of the file.
const PLAIN: View = View {
    displacement: 0,
    unit: 1,
    tile: (1, 1),
};

impl<'c> File<'c> {
    fn open(comm: &'c dyn Communicator, path: &Path, access: Access) -> io::Result<Self> {
        let name = CString::new(path.as_os_str().as_encoded_bytes());
        // MPI refuses an empty name, so that all ranks take part in the call.
        let name = name.unwrap_or_default();
        // SAFETY: a constant of the MPI library.
        let mut handle = unsafe { ffi::RSMPI_FILE_NULL };
        // SAFETY: the communicator is live, the name ends with a zero, and the handle has room. The handler is set for
        // files that are still to be opened.
        let code = unsafe {
            ffi::MPI_File_set_errhandler(ffi::RSMPI_FILE_NULL, ffi::RSMPI_ERRORS_RETURN);
            ffi::MPI_File_open(
                comm.as_raw(),
                name.as_ptr(),
                access.mode(),
                ffi::RSMPI_INFO_NULL,
                &raw mut handle,
            )
        };
        checked(code, "open", path)?;
        Ok(Self {
            handle,
            path: path.to_owned(),
            comm,
            view: Cell::new(PLAIN),
            has_room_beside: Cell::new(false),
        })
    }

    fn close(mut self) -> io::Result<()> {
        self.close_now()
    }

    fn close_now(&mut self) -> io::Result<()> {
        // SAFETY: a constant of the MPI library.
        if self.handle == unsafe { ffi::RSMPI_FILE_NULL } {
            return Ok(());
        }
        // SAFETY: the file is open, and this is its only owner.
        let code = unsafe { ffi::MPI_File_close(&raw mut self.handle) };
        // SAFETY: as above. The file is not closed again, even after an error.
        self.handle = unsafe { ffi::RSMPI_FILE_NULL };
        checked(code, "close", &self.path)
    }

    /// Ends a collective call: returns an error on all ranks if it failed on one.
    fn all<R>(&self, result: io::Result<R>) -> io::Result<R> {
        self.comm.agree(result)
    }

    /// The size of the file in bytes: `MPI_File_get_size`.
    ///
    /// It may change at any time if other ranks write to the file.
    ///
    /// # Errors
    /// If MPI cannot determine the size.
    pub fn size(&self) -> io::Result<u64> {
        let mut size = 0;
        // SAFETY: the file is open, and the result has room.
        let code = unsafe { ffi::MPI_File_get_size(self.handle, &raw mut size) };
        checked(code, "ask for the size of", &self.path)?;
        Ok(size as u64)
    }

    /// Sets the size of the file in bytes: a longer file is truncated, and a shorter one is extended, usually with
    /// zeros. Collective: `MPI_File_set_size`.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot set the size.
    ///
    /// # Panics
    /// If no file can be so large.
    pub fn set_size(&self, bytes: u64) -> io::Result<()> {
        let bytes = i64::try_from(bytes).expect("MPI counts bytes in 63 bits");
        // SAFETY: the file is open.
        let code = unsafe { ffi::MPI_File_set_size(self.handle, bytes) };
        self.all(checked(code, "set the size of", &self.path))
    }

    /// Sets the view of this rank, a mask over the file. Collective: `MPI_File_set_view`.
    ///
    /// The view begins `displacement` bytes after the start of the file, and consists of repetitions of `filetype`. This
    /// rank sees only the elements that `filetype` describes, as if there were nothing between them, and offsets count
    /// these elements. Each rank may have a different view: with [`subarray`](crate::datatype::subarray), each rank sees
    /// its block of a matrix.
    ///
    /// `T` is the type of the elements. With `T::equivalent_datatype()` as the filetype, the view has no holes.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot set the view.
    ///
    /// # Panics
    /// If `filetype` is empty, if it describes anything except whole elements of `T` after the start of the view, or if
    /// it overlaps its own repetition.
    #[track_caller]
    pub fn set_view<T: Element>(
        &self,
        displacement: u64,
        filetype: &impl Datatype,
    ) -> io::Result<()> {
        let (filetype, element) = (filetype.as_raw(), T::equivalent_datatype());
        let unit = size_of::<T>();
        let tile = tile::<T>(filetype);
        let at = i64::try_from(displacement).expect("MPI counts bytes in 63 bits");
        // SAFETY: the file is open; the datatypes are committed, and the filetype consists of elements. The
        // representation's name ends with a zero.
        let code = unsafe {
            ffi::MPI_File_set_view(
                self.handle,
                at,
                element.as_raw(),
                filetype,
                c"native".as_ptr(),
                ffi::RSMPI_INFO_NULL,
            )
        };
        self.all(checked(code, "set the view of", &self.path))?;
        self.view.set(View {
            displacement,
            unit: unit as u64,
            tile,
        });
        Ok(())
    }

    /// Refuses offsets that no file has: MPI's own computations with them would overflow.
    #[track_caller]
    fn place(&self, at: u64, bytes: usize) -> ffi::MPI_Offset {
        let View {
            displacement,
            unit,
            tile: (full, next),
        } = self.view.get();
        let end = u128::from(at) * u128::from(unit) + bytes as u128;
        let end = u128::from(displacement) + (end / u128::from(full) + 1) * u128::from(next);
        assert!(
            end <= i64::MAX as u128,
            "offset {at} is too large: MPI counts bytes in 63 bits. Did a subtraction give a negative number?"
        );
        at as ffi::MPI_Offset
    }

    /// Writes `values` at the offset `at`, on this rank alone: `MPI_File_write_at`.
    ///
    /// `values` is a slice of numbers, or anything else that can be sent. An array needs `[..]`.
    ///
    /// # Errors
    /// If MPI cannot write. The other ranks get the error only when the file is closed.
    #[track_caller]
    pub fn write_at(&self, at: u64, values: &(impl Buffer + ?Sized)) -> io::Result<()> {
        let code = self.write(ffi::MPI_File_write_at, at, values);
        checked(code, "write to", &self.path)
    }

    /// Does the same as [`write_at`](Self::write_at), collectively: `MPI_File_write_at_all`. All ranks must call it,
    /// including those that write nothing. MPI may combine adjacent data of several ranks into one request.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot write on one.
    #[track_caller]
    pub fn write_at_all(&self, at: u64, values: &(impl Buffer + ?Sized)) -> io::Result<()> {
        let code = self.write(ffi::MPI_File_write_at_all, at, values);
        self.all(checked(code, "write to", &self.path))
    }

    #[track_caller]
    fn write(&self, function: Write, at: u64, values: &(impl Buffer + ?Sized)) -> c_int {
        let datatype = values.as_datatype();
        let at = self.place(at, bytes(values.count(), datatype.as_raw()));
        let mut status = MaybeUninit::uninit();
        // SAFETY: the file is open; the buffer has as many elements as it says, for the duration of the call. The status
        // has room.
        unsafe {
            function(
                self.handle,
                at,
                values.pointer(),
                values.count(),
                datatype.as_raw(),
                status.as_mut_ptr(),
            )
        }
    }

    /// Fills `values` with elements from the offset `at` on, on this rank alone: `MPI_File_read_at`.
    ///
    /// # Errors
    /// If MPI cannot read, or if the file ends too early: [`UnexpectedEof`](io::ErrorKind::UnexpectedEof). The other
    /// ranks get the error only when the file is closed.
    #[track_caller]
    pub fn read_at<T: Element>(&self, at: u64, values: &mut [T]) -> io::Result<()> {
        self.is_there(at, values)?;
        let code = self.read(ffi::MPI_File_read_at, at, values);
        checked(code, "read", &self.path)
    }

    /// Does the same as [`read_at`](Self::read_at), collectively: `MPI_File_read_at_all`. All ranks must call it,
    /// including those that read nothing.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot read on one, or if the file ends too early.
    #[track_caller]
    pub fn read_at_all<T: Element>(&self, at: u64, values: &mut [T]) -> io::Result<()> {
        let is_there = self.is_there(at, values);
        // The other ranks wait for this rank in any case.
        let length = if is_there.is_ok() { values.len() } else { 0 };
        let code = self.read(ffi::MPI_File_read_at_all, at, &mut values[..length]);
        self.all(is_there.and(checked(code, "read", &self.path)))
    }

    #[track_caller]
    fn read<T: Element>(&self, function: Read, at: u64, values: &mut [T]) -> c_int {
        let at = self.place(at, size_of_val(values));
        let mut status = MaybeUninit::uninit();
        // SAFETY: the file is open; the slice has that many elements, for the duration of the call, and all bytes that
        // MPI writes are valid elements. The status has room.
        unsafe {
            function(
                self.handle,
                at,
                values.as_mut_ptr().cast(),
                count(values.len()),
                T::equivalent_datatype().as_raw(),
                status.as_mut_ptr(),
            )
        }
    }

    /// Requires that the file is long enough: MPI would leave the rest of the buffer unchanged, and collective calls do
    /// not report that.
    #[track_caller]
    fn is_there<T: Element>(&self, at: u64, values: &[T]) -> io::Result<()> {
        let View { unit, .. } = self.view.get();
        let length = (size_of_val(values) as u64).div_ceil(unit);
        if length == 0 {
            return Ok(());
        }
        let last = self.place(at, size_of_val(values)) + length as i64 - 1;
        let (mut size, mut begin) = (0, 0);
        // SAFETY: the file is open, the offset is valid, and the results have room.
        let code = unsafe {
            match ffi::PMPI_File_get_size(self.handle, &raw mut size) {
                0 => ffi::PMPI_File_get_byte_offset(self.handle, last, &raw mut begin),
                code => code,
            }
        };
        checked(code, "read", &self.path)?;
        let end = begin as u64 + unit;
        if end <= size as u64 {
            return Ok(());
        }
        let path = self.path.display();
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("cannot read {path} up to byte {end}: it has {size}"),
        ))
    }

    /// Writes the values of rank 0, then those of rank 1, and so on; each rank may have any number of them. Collective:
    /// `MPI_File_write_ordered`.
    ///
    /// The first call begins at the start of the file, or at its end with [`Access::Append`]; each later call begins
    /// where the previous one ended. MPI may keep this offset in another file in the same folder until the file is
    /// closed.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot write on one.
    pub fn write_ordered(&self, values: &(impl Buffer + ?Sized)) -> io::Result<()> {
        if !self.has_room_beside.get() {
            let room = match self.comm.rank() {
                0 => self.room_beside(),
                _ => Ok(()),
            };
            self.all(room)?;
            self.has_room_beside.set(true);
        }
        let mut status = MaybeUninit::uninit();
        // SAFETY: the file is open; the buffer has as many elements as it says, for the duration of the call. The status
        // has room.
        let code = unsafe {
            ffi::MPI_File_write_ordered(
                self.handle,
                values.pointer(),
                values.count(),
                values.as_datatype().as_raw(),
                status.as_mut_ptr(),
            )
        };
        self.all(checked(code, "write to", &self.path))
    }

    /// Requires room for one more number in the folder. MPICH keeps the shared file pointer in a separate file in the
    /// same folder. If it cannot write that file, it ends the program, whatever the error handler.
    fn room_beside(&self) -> io::Result<()> {
        let name = self.path.file_name().unwrap_or_default().display();
        let beside = format!(".{name}.room-{}", std::process::id());
        let beside = self.path.with_file_name(beside);
        let written = fs::write(&beside, [0; 8]);
        let removed = fs::remove_file(&beside);
        let path = self.path.display();
        written.and(removed).map_err(|error| {
            io::Error::new(error.kind(), format!("no room beside {path}: {error}"))
        })
    }

    /// Waits until everything that ranks have written so far is on the disk, so that it survives a crash of the machine.
    /// Collective: `MPI_File_sync`.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot do this on one.
    pub fn sync(&self) -> io::Result<()> {
        // SAFETY: the file is open.
        let code = unsafe { ffi::MPI_File_sync(self.handle) };
        self.all(checked(code, "sync", &self.path))
    }
}

impl Drop for File<'_> {
    fn drop(&mut self) {
        // After a panic, the other ranks may never close the file: it stays open.
        if !thread::panicking() && !mpi::is_finalized() {
            let _ = self.close_now();
        }
    }
}

impl fmt::Debug for File<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("File")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

type Write = unsafe extern "C" fn(
    MPI_File,
    ffi::MPI_Offset,
    *const std::ffi::c_void,
    c_int,
    ffi::MPI_Datatype,
    *mut ffi::MPI_Status,
) -> c_int;
type Read = unsafe extern "C" fn(
    MPI_File,
    ffi::MPI_Offset,
    *mut std::ffi::c_void,
    c_int,
    ffi::MPI_Datatype,
    *mut ffi::MPI_Status,
) -> c_int;

fn count(length: usize) -> Count {
    Count::try_from(length).expect("MPI counts elements in 32 bits")
}

/// The number of bytes in `count` elements of a datatype.
fn bytes(count: Count, datatype: ffi::MPI_Datatype) -> usize {
    let mut size = 0;
    // SAFETY: the datatype is live, and the result has room.
    unsafe { ffi::PMPI_Type_size(datatype, &raw mut size) };
    count as usize * size as usize
}

/// The number of bytes that a filetype describes, and the distance to its repetition.
#[track_caller]
fn tile<T: Element>(filetype: ffi::MPI_Datatype) -> (u64, u64) {
    let unit = size_of::<T>();
    let described = Contents::of(1, filetype, unit);
    let allowed = Contents::of(1, T::equivalent_datatype().as_raw(), unit);
    assert!(
        described.lie_in(&allowed),
        "the datatype does not describe whole elements of {}: {}",
        std::any::type_name::<T>(),
        described.difference(&allowed)
    );
    let span = described
        .span()
        .expect("the datatype of a view must describe at least one element");
    let next = extent(filetype);
    assert!(
        span.start >= 0 && i128::from(next) >= span.end - span.start,
        "the datatype of a view overlaps its own repetition, or begins before byte 0: it describes bytes {} to {}, and \
         is repeated every {next} bytes. Look at its lower bound and its extent",
        span.start,
        span.end
    );
    (bytes(1, filetype) as u64, next as u64)
}

/// Turns an error code of MPI into an error.
fn checked(code: c_int, doing: &str, path: &Path) -> io::Result<()> {
    if code == ffi::MPI_SUCCESS as c_int {
        return Ok(());
    }
    let mut class = code;
    // SAFETY: the result has room.
    unsafe { ffi::MPI_Error_class(code, &raw mut class) };
    let said = message(code);
    let kind = kind(class as u32, &said);
    // If there are several lines, the last one is the most specific.
    let why = said.lines().last().unwrap_or("").trim();
    let path = path.display();
    Err(io::Error::new(
        kind,
        format!("cannot {doing} {path}: {why}"),
    ))
}

/// MPI's message for an error.
fn message(code: c_int) -> String {
    let mut text = vec![0_u8; ffi::MPI_MAX_ERROR_STRING as usize + 1];
    let mut length = 0;
    // SAFETY: the text has room for the longest message.
    unsafe { ffi::MPI_Error_string(code, text.as_mut_ptr().cast(), &raw mut length) };
    text.truncate(usize::try_from(length).unwrap_or(0));
    String::from_utf8_lossy(&text).into_owned()
}

fn kind(class: u32, said: &str) -> io::ErrorKind {
    // MPI has no error classes for these.
    let found = [
        ("File too large", io::ErrorKind::FileTooLarge),
        ("No space left", io::ErrorKind::StorageFull),
        ("Is a directory", io::ErrorKind::IsADirectory),
        ("Not a directory", io::ErrorKind::NotADirectory),
    ]
    .into_iter()
    .find(|(words, _)| said.contains(words));
    if let Some((_, kind)) = found {
        return kind;
    }
    match class {
        ffi::MPI_ERR_NO_SUCH_FILE => io::ErrorKind::NotFound,
        ffi::MPI_ERR_ACCESS => io::ErrorKind::PermissionDenied,
        ffi::MPI_ERR_FILE_EXISTS => io::ErrorKind::AlreadyExists,
        ffi::MPI_ERR_NO_SPACE => io::ErrorKind::StorageFull,
        ffi::MPI_ERR_QUOTA => io::ErrorKind::QuotaExceeded,
        ffi::MPI_ERR_READ_ONLY => io::ErrorKind::ReadOnlyFilesystem,
        ffi::MPI_ERR_BAD_FILE => io::ErrorKind::InvalidInput,
        ffi::MPI_ERR_AMODE | ffi::MPI_ERR_UNSUPPORTED_OPERATION => io::ErrorKind::Unsupported,
        _ => io::ErrorKind::Other,
    }
}

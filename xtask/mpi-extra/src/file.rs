//! Files that all ranks of a communicator read and write together: MPI-IO (MPI standard 4.1, chapter 14).
//!
//! All ranks open the same file and close it together, [`with_file`](ParallelIo::with_file); between the two each
//! reads and writes where it likes.
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
//!     file.set_size(0)?; // empty, whatever was there
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
//! **Errors.** Disks are full, folders are missing: MPI returns an error for files, where it otherwise ends the job.
//! All functions here hand it on as an [`io::Error`]. A collective function returns an error on **all** ranks if it
//! fails on one, the same on all, which names that rank: it ends with an all-reduce. What only one rank calls fails
//! for that rank alone, and the others hear of it when the file is closed.
//!
//! **Bytes.** Numbers are written as they lie in memory: `f64` as 8 bytes, on nearly all machines of today with
//! the lowest byte first (little-endian). That is MPI's data representation `native`.
//!
//! **What is safe.** Nothing here is undefined behavior, however it is called: buffers are borrowed for as long as
//! a call takes, only numbers are read, of which any bytes are one, and the datatype of a view is looked at. Where
//! two ranks write to the same place, one of them wins, or neither.

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

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read a file that is there: `MPI_MODE_RDONLY`.
    Read,
    /// To write. A file that is not there is made; one that is there keeps what it has, until it is overwritten or
    /// cut off by [`set_size`](File::set_size): `MPI_MODE_WRONLY | MPI_MODE_CREATE`.
    Write,
    /// To read and write; the rest is as for `Write`: `MPI_MODE_RDWR | MPI_MODE_CREATE`.
    ReadWrite,
    /// To write after what is there, by [`write_ordered`](File::write_ordered):
    /// `MPI_MODE_WRONLY | MPI_MODE_CREATE | MPI_MODE_APPEND`.
    Append,
    /// To write a file that must not be there yet: `MPI_MODE_WRONLY | MPI_MODE_CREATE | MPI_MODE_EXCL`.
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

/// Files of the ranks of a communicator.
pub trait ParallelIo: Communicator {
    /// Opens a file on all ranks, calls `work` with it, and closes it: `MPI_File_open`, `MPI_File_close`.
    ///
    /// All ranks must call it, with the same path and access. A rank that leaves `work` early waits for the others
    /// to close the file: they must not wait for it in a collective call.
    ///
    /// # Errors
    /// If the file cannot be opened or closed, or if `work` returns an error on any rank: then on all ranks.
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

    /// Lets all ranks fail if one does: returns what is given if it is no error on any rank, and otherwise, on all
    /// ranks, the error of the lowest rank that has one. An all-reduce, and a broadcast if there is an error.
    ///
    /// All ranks must call it.
    ///
    /// # Errors
    /// If any rank has one.
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

/// An error on its way to the other ranks: a byte for the kind, and the text.
struct Told([u8; 512]);

impl Default for Told {
    fn default() -> Self {
        Self([0; 512])
    }
}

/// The kinds that errors of files have, as far as programs tell them apart.
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
        // Told twice, it names the rank once.
        let text = match text.strip_prefix("rank ") {
            Some(_) => text.into_owned(),
            None => format!("rank {rank}: {text}"),
        };
        io::Error::new(KINDS[usize::from(*kind)], text)
    }
}

/// A file that all ranks of a communicator have open.
///
/// Places are counted from the start of the file, in bytes, until [`set_view`](Self::set_view) says otherwise.
pub struct File<'c> {
    handle: MPI_File,
    path: PathBuf,
    comm: &'c dyn Communicator,
    view: Cell<View>,
    has_room_beside: Cell<bool>,
}

/// What places count.
#[derive(Clone, Copy)]
struct View {
    /// Bytes before it.
    displacement: u64,
    /// Bytes of an element.
    unit: u64,
    /// Bytes of elements in a tile, and how far the next tile is away.
    tile: (u64, u64),
}

/// Bytes, from the start of the file.
const PLAIN: View = View {
    displacement: 0,
    unit: 1,
    tile: (1, 1),
};

impl<'c> File<'c> {
    fn open(comm: &'c dyn Communicator, path: &Path, access: Access) -> io::Result<Self> {
        let name = CString::new(path.as_os_str().as_encoded_bytes());
        // A name that cannot be one is refused by MPI, so that all ranks are there.
        let name = name.unwrap_or_default();
        // SAFETY: a constant, which MPI's library brings along.
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
        // SAFETY: a constant, which MPI's library brings along.
        if self.handle == unsafe { ffi::RSMPI_FILE_NULL } {
            return Ok(());
        }
        // SAFETY: the file is open, and this is its only owner.
        let code = unsafe { ffi::MPI_File_close(&raw mut self.handle) };
        // SAFETY: as above. Whatever happened, it is not tried again.
        self.handle = unsafe { ffi::RSMPI_FILE_NULL };
        checked(code, "close", &self.path)
    }

    /// A collective call has ended: whether it has on all ranks.
    fn all<R>(&self, result: io::Result<R>) -> io::Result<R> {
        self.comm.agree(result)
    }

    /// The bytes of the file: `MPI_File_get_size`.
    ///
    /// Meanwhile others may write, unless something keeps them from it.
    ///
    /// # Errors
    /// If MPI cannot tell.
    pub fn size(&self) -> io::Result<u64> {
        let mut size = 0;
        // SAFETY: the file is open, and the result has room.
        let code = unsafe { ffi::MPI_File_get_size(self.handle, &raw mut size) };
        checked(code, "ask for the size of", &self.path)?;
        Ok(size as u64)
    }

    /// Gives the file this many bytes: what is beyond is gone, and what is new is 0. Collective:
    /// `MPI_File_set_size`.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot.
    ///
    /// # Panics
    /// If no file can be so large.
    pub fn set_size(&self, bytes: u64) -> io::Result<()> {
        let bytes = i64::try_from(bytes).expect("MPI counts bytes in 63 bits");
        // SAFETY: the file is open.
        let code = unsafe { ffi::MPI_File_set_size(self.handle, bytes) };
        self.all(checked(code, "set the size of", &self.path))
    }

    /// From now on the file is seen through a mask. Collective: `MPI_File_set_view`.
    ///
    /// The view begins `displacement` bytes after the start of the file. From there on, `filetype` is repeated again and
    /// again, and this rank sees the elements that it describes, as if there was nothing between them; places
    /// count these elements. Each rank may have another view: with a block of
    /// [`subarray`](crate::datatype::subarray), each sees its part of a matrix.
    ///
    /// `T` is the type of the elements. `T::equivalent_datatype()` as the filetype leaves no holes.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot.
    ///
    /// # Panics
    /// If `filetype` describes nothing, or anything else than elements of `T` behind the view's start, or reaches
    /// into its own repetition.
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
        // SAFETY: the file is open; the datatypes are committed, and the one consists of the other. The
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

    /// Refuses places that no file has, with which MPI would compute anything.
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

    /// Writes from place `at` on: `MPI_File_write_at`. This rank alone.
    ///
    /// `values` is a slice of numbers or anything else that can be sent. An array needs `[..]`.
    ///
    /// # Errors
    /// If MPI cannot; the other ranks do not hear of it before the file is closed.
    #[track_caller]
    pub fn write_at(&self, at: u64, values: &(impl Buffer + ?Sized)) -> io::Result<()> {
        let code = self.write(ffi::MPI_File_write_at, at, values);
        checked(code, "write to", &self.path)
    }

    /// The same, collective: all ranks must call it, also those that write nothing: `MPI_File_write_at_all`. MPI
    /// may put together what several ranks write to one place after the other.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot on one.
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
        // SAFETY: the file is open; the buffer has what it says, for as long as the call takes. The status has
        // room.
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

    /// Reads from place `at` on as much as `values` has room for: `MPI_File_read_at`. This rank alone.
    ///
    /// # Errors
    /// If MPI cannot, or if the file ends before: [`UnexpectedEof`](io::ErrorKind::UnexpectedEof). The other ranks do
    /// not hear of it before the file is closed.
    #[track_caller]
    pub fn read_at<T: Element>(&self, at: u64, values: &mut [T]) -> io::Result<()> {
        self.is_there(at, values)?;
        let code = self.read(ffi::MPI_File_read_at, at, values);
        checked(code, "read", &self.path)
    }

    /// The same, collective: all ranks must call it, also those that read nothing: `MPI_File_read_at_all`.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot on one, or if the file ends before.
    #[track_caller]
    pub fn read_at_all<T: Element>(&self, at: u64, values: &mut [T]) -> io::Result<()> {
        let is_there = self.is_there(at, values);
        // Others wait for this rank all the same.
        let length = if is_there.is_ok() { values.len() } else { 0 };
        let code = self.read(ffi::MPI_File_read_at_all, at, &mut values[..length]);
        self.all(is_there.and(checked(code, "read", &self.path)))
    }

    #[track_caller]
    fn read<T: Element>(&self, function: Read, at: u64, values: &mut [T]) -> c_int {
        let at = self.place(at, size_of_val(values));
        let mut status = MaybeUninit::uninit();
        // SAFETY: the file is open; so many elements are there, for as long as the call takes, and whatever MPI
        // writes is one. The status has room.
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

    /// Whether the file is long enough: MPI would leave the rest as it is, and collective calls do not say so.
    #[track_caller]
    fn is_there<T: Element>(&self, at: u64, values: &[T]) -> io::Result<()> {
        let View { unit, .. } = self.view.get();
        let length = (size_of_val(values) as u64).div_ceil(unit);
        if length == 0 {
            return Ok(());
        }
        let last = self.place(at, size_of_val(values)) + length as i64 - 1;
        let (mut size, mut begin) = (0, 0);
        // SAFETY: the file is open, there is such a place, and the results have room.
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

    /// Writes what rank 0 has, then what rank 1 has, and so on, in that order, each as much as it likes. Collective:
    /// `MPI_File_write_ordered`.
    ///
    /// It begins where the call before has ended: at the start of the file, or, with [`Access::Append`], at its end. MPI
    /// may keep that place in another file in the same folder, until this one is closed.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot on one.
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
        // SAFETY: the file is open; the buffer has what it says, for as long as the call takes. The status has
        // room.
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

    /// Whether there is room in the folder for one number more. MPICH keeps the pointer that ranks share in a file of its
    /// own beside this one, and ends the program, whatever the error handler, if it cannot.
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

    /// Waits until all that ranks have written so far is on the disk, where it outlives the machine. Collective:
    /// `MPI_File_sync`.
    ///
    /// # Errors
    /// On all ranks, if MPI cannot on one.
    pub fn sync(&self) -> io::Result<()> {
        // SAFETY: the file is open.
        let code = unsafe { ffi::MPI_File_sync(self.handle) };
        self.all(checked(code, "sync", &self.path))
    }
}

impl Drop for File<'_> {
    fn drop(&mut self) {
        // Where a panic leaves, others may never come to close it: it stays open.
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

/// The bytes of so many of a datatype.
fn bytes(count: Count, datatype: ffi::MPI_Datatype) -> usize {
    let mut size = 0;
    // SAFETY: the datatype is live, and the result has room.
    unsafe { ffi::PMPI_Type_size(datatype, &raw mut size) };
    count as usize * size as usize
}

/// How many bytes a filetype describes, and how far its repetition is away.
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

/// An error, if a code of MPI says so.
fn checked(code: c_int, doing: &str, path: &Path) -> io::Result<()> {
    if code == ffi::MPI_SUCCESS as c_int {
        return Ok(());
    }
    let mut class = code;
    // SAFETY: the result has room.
    unsafe { ffi::MPI_Error_class(code, &raw mut class) };
    let said = message(code);
    let kind = kind(class as u32, &said);
    // The last line of several says most.
    let why = said.lines().last().unwrap_or("").trim();
    let path = path.display();
    Err(io::Error::new(
        kind,
        format!("cannot {doing} {path}: {why}"),
    ))
}

/// MPI's words for an error.
fn message(code: c_int) -> String {
    let mut text = vec![0_u8; ffi::MPI_MAX_ERROR_STRING as usize + 1];
    let mut length = 0;
    // SAFETY: the text has room for the longest message.
    unsafe { ffi::MPI_Error_string(code, text.as_mut_ptr().cast(), &raw mut length) };
    text.truncate(usize::try_from(length).unwrap_or(0));
    String::from_utf8_lossy(&text).into_owned()
}

fn kind(class: u32, said: &str) -> io::ErrorKind {
    // MPI has no class of its own for these.
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

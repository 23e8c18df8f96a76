//! Exercise 15: parallel I/O. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 15`.
//!
//! Every rank of `world` calls each function. Numbers (`f64`) are in a file as they are in memory: 8 bytes
//! each, the lowest byte first, one number after another, with nothing between them.
//!
//! **Each rank writes and reads its own part, with MPI-IO.** Numbers and texts are not sent from rank to rank.
//! Ranks may exchange only the little that they need to find offsets in the file, such as lengths. "With one
//! call" means one call that writes or reads; opening the file, and setting its size or view, do not count.

#![allow(
    unused_imports,
    unused_variables,
    reason = "a function that is still `todo!()` uses none"
)]

use mpi::{Count, collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::{datatype::subarray, file::Access, traits::*};
use std::{fs, io, path::Path};

/// Writes the numbers of all ranks into one file: those of rank 0, then those of rank 1, and so on.
///
/// `mine` contains the numbers of this rank; it has any length, and may be empty. The file keeps nothing of
/// its previous contents. Each rank writes its own numbers, with one call.
///
/// # Errors
/// On all ranks, if the file cannot be written on one.
pub fn blocks(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    todo!()
}

/// Reads this rank's share of the numbers in a file, which may have been written by any number of ranks.
///
/// Of n numbers, rank r of p gets those from n·r/p up to, but not including, n·(r+1)/p, both rounded down.
/// Each rank reads no more than its share, with one call.
///
/// # Errors
/// On all ranks, if the file cannot be read, or if its length is not a multiple of 8 bytes. In the second case,
/// the kind of the error is [`InvalidData`](io::ErrorKind::InvalidData).
pub fn read_back(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    todo!()
}

/// Does the same as [`blocks`], with one collective write. All ranks take part, including those without
/// numbers, and the file is open on all of them together.
///
/// # Errors
/// On all ranks, if the file cannot be written on one.
pub fn collective(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    todo!()
}

/// Writes a matrix, of which each rank has a block, into one file, row by row.
///
/// `shape` is the number of rows and of columns of the matrix, at least one of each. The block of this rank
/// begins at the row and column `start`; `size` is its number of rows and of columns, either of which may be
/// 0. `mine` contains its numbers, row by row. The blocks of all ranks make up the matrix, without overlaps. No
/// block, not even an empty one, extends beyond the matrix. The file keeps nothing of its previous contents.
///
/// Each rank sees its block through a view, and writes it with one collective call.
///
/// # Errors
/// On all ranks, if the file cannot be written on one.
pub fn view(
    world: &SimpleCommunicator,
    path: &Path,
    shape: [Count; 2],
    start: [Count; 2],
    size: [Count; 2],
    mine: &[f64],
) -> io::Result<()> {
    todo!()
}

/// Writes a matrix that NumPy can load: a file in the format `.npy`, version 1.0.
///
/// The matrix has `columns` columns, at least 1. `mine` contains the rows of this rank, one after another;
/// there may be any number of them, or none. The matrix consists of the rows of rank 0, then those of rank 1,
/// and so on. The file keeps nothing of its previous contents.
///
/// The file begins with a header, which one rank writes. The lesson describes the header and the numbers.
/// Each rank writes its own numbers, with one call.
///
/// # Errors
/// On all ranks, if the file cannot be written on one.
pub fn npy(
    world: &SimpleCommunicator,
    path: &Path,
    columns: usize,
    mine: &[f64],
) -> io::Result<()> {
    todo!()
}

/// Appends the text of all ranks to a file: that of rank 0, then that of rank 1, and so on.
///
/// `text` is the text of this rank: some lines, or none; the last one may lack its newline. The previous
/// contents of the file stay, and come first; a file that does not exist is created. Each rank writes its own
/// text, unchanged, with one call.
///
/// # Errors
/// On all ranks, if the file cannot be written on one.
pub fn log(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    todo!()
}

/// Saves the state of a computation so that a crash at any time, even during this function, leaves a complete
/// checkpoint: the old one or the new one.
///
/// The file contains 8 bytes for `step`, the lowest byte first, and then the numbers of rank 0, those of rank
/// 1, and so on. There may be an old checkpoint, longer or shorter than the new one; it is not touched before
/// the new one is complete. The new one is written to another file in the same folder, brought to the disk by
/// `sync` (`MPI_File_sync`), and then renamed. If it succeeds, it leaves no other new file in the folder. Each
/// rank writes its own numbers, with one call; one rank may use another one for the step.
///
/// # Errors
/// On all ranks, if the checkpoint cannot be saved. The old checkpoint then still exists.
pub fn checkpoint(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    todo!()
}

//! Exercise 15: parallel I/O. The lesson is in README.md, one folder up.
//!
//! Each function belongs to one task. Replace its `todo!()`, then type `cargo xtask check 15`.
//!
//! All functions are called by every rank of `world`, and all use files of numbers (`f64`) as they lie in memory: 8 bytes each,
//! the lowest byte first, one number after the other, and nothing between them.
//!
//! **Each rank writes and reads its own part.** Numbers do not travel from rank to rank; only what little is needed to
//! find places in the file may be told, such as a length.

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
/// `mine` are the numbers of this rank, any number of them, also none. Whatever was in the file before is gone. Each rank
/// writes its own numbers, by one call.
///
/// # Errors
/// On all ranks, if the file cannot be written on one.
pub fn blocks(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    todo!()
}

/// Reads this rank's share of the numbers in a file, which may have been written by any number of ranks.
///
/// Of n numbers, rank r of p gets those from n·r/p up to n·(r+1)/p, both rounded down; the upper one is not among
/// them. Each rank reads no more than its share, by one call.
///
/// # Errors
/// On all ranks, if the file cannot be read, or if its length is no multiple of 8 bytes.
pub fn read_back(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    todo!()
}

/// Does the same as [`blocks`], by one collective call to write, in which all ranks take part, also those without
/// numbers.
///
/// # Errors
/// On all ranks, if the file cannot be written on one.
pub fn collective(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    todo!()
}

/// Writes a matrix, of which each rank has a block, row by row into one file.
///
/// `shape` is how many rows and columns the matrix has, at least one of each. The block of this rank begins at the row
/// and column `start`, and has `size` rows and columns, maybe none. `mine` are its numbers, row by row. The blocks of
/// all ranks make up the matrix. Whatever was in the file before is gone.
///
/// Each rank sees its block by a view, and writes it by one collective call.
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
/// The matrix has `columns` columns, at least 1. `mine` are the rows of this rank, one after the other: any number of
/// them, also none. The matrix consists of the rows of rank 0, then those of rank 1, and so on. Whatever was in the file
/// before is gone.
///
/// The file begins with a header, which one rank writes; header and numbers are described in the lesson. Each rank
/// writes its own numbers, by one call.
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

/// Appends text of all ranks to a file: that of rank 0, then that of rank 1, and so on.
///
/// `text` is what this rank has to say: some lines, maybe none. What is in the file already stays, and comes first; if there is no
/// file, it is made. Each rank writes its own text, by one call.
///
/// # Errors
/// On all ranks, if the file cannot be written on one.
pub fn log(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    todo!()
}

/// Saves how far a computation has come, so that at any time, also in the middle of this function, a crash leaves a whole
/// checkpoint: the old one or the new one.
///
/// The file has 8 bytes for `step`, the lowest byte first, and then the numbers of rank 0, those of rank 1, and so on. A
/// checkpoint may be there already, longer or shorter than the new one; it is not touched before the new one is
/// complete. The new one is written to another file in the same folder, brought to the disk by `sync`, and then renamed.
/// In the end there is no other file in the folder than there was before. Each rank writes its own numbers.
///
/// # Errors
/// On all ranks, if the checkpoint cannot be saved. Then the old one is still there.
pub fn checkpoint(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    todo!()
}

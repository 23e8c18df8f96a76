//! Exercise 15: the reference.

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
    let place = 8 * numbers_before(world, mine.len());
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        file.write_at(place, mine)
    })
}

/// The number of values on all lower ranks together.
fn numbers_before(world: &SimpleCommunicator, mine: usize) -> u64 {
    let mine = mine as u64;
    let mut with_mine = 0;
    world.scan_into(&mine, &mut with_mine, SystemOperation::sum());
    with_mine - mine
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
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    world.with_file(path, Access::Read, |file| {
        // All ranks see the same length: either all leave here, or none.
        let bytes = file.size()?;
        if bytes % 8 != 0 {
            let what = format!("the length, {bytes} bytes, is not a multiple of 8 bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        let start_of = |rank| bytes / 8 * rank / size;
        let (start, end) = (start_of(rank), start_of(rank + 1));
        let mut mine = vec![0.0; (end - start) as usize];
        file.read_at(8 * start, &mut mine)?;
        Ok(mine)
    })
}

/// Does the same as [`blocks`], with one collective write. All ranks take part, including those without
/// numbers, and the file is open on all of them together.
///
/// # Errors
/// On all ranks, if the file cannot be written on one.
pub fn collective(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * numbers_before(world, mine.len());
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        file.write_at_all(place, mine)
    })
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
    let element = f64::equivalent_datatype();
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        if mine.is_empty() {
            // There is no subarray without elements, and all ranks must set a view.
            file.set_view::<f64>(0, &element)?;
        } else {
            file.set_view::<f64>(0, &subarray(&shape, &size, &start, &element))?;
        }
        file.write_at_all(0, mine)
    })
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
    let before = numbers_before(world, mine.len());
    let mut all = 0;
    world.all_reduce_into(&(mine.len() as u64), &mut all, SystemOperation::sum());
    let header = npy_header(all / columns as u64, columns);
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        let written = match world.rank() {
            0 => file.write_at(0, &header),
            _ => Ok(()),
        };
        // If one rank fails, the others must not wait for it.
        world.agree(written)?;
        file.write_at_all(header.len() as u64 + 8 * before, mine)
    })
}

/// The header of an `.npy` file: a magic string, the version, the length of the rest, and the array's type
/// and shape as a Python dictionary, padded so that the numbers begin at a multiple of 64 bytes (NumPy
/// Enhancement Proposal 1).
fn npy_header(rows: u64, columns: usize) -> Vec<u8> {
    const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
    const BEFORE: usize = MAGIC.len() + 2;
    let dictionary =
        format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let length = (BEFORE + dictionary.len() + 1).next_multiple_of(64) - BEFORE;
    let filled = format!("{dictionary:width$}\n", width = length - 1);
    let length = (length as u16).to_le_bytes();
    [MAGIC, &length, filled.as_bytes()].concat()
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
    world.with_file(path, Access::Append, |file| {
        file.write_ordered(text.as_bytes())
    })
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
    let before = numbers_before(world, mine.len());
    let is_first = world.rank() == 0;
    let beside = path.with_added_extension("new");
    world.with_file(&beside, Access::Write, |file| {
        file.set_size(0)?;
        let written = match is_first {
            true => file.write_at(0, &step.to_le_bytes()[..]),
            false => Ok(()),
        };
        world.agree(written)?;
        file.write_at_all(8 + 8 * before, mine)?;
        file.sync()
    })?;
    // The file is closed: all ranks have written.
    world.agree(match is_first {
        true => fs::rename(&beside, path),
        false => Ok(()),
    })
}

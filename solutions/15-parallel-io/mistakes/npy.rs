//! Mistakes in `npy`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::{file::Access, traits::*};
use std::{fmt::Write, io, path::Path};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("npy": npy = own_rows_only => WrongResult,
        "puts its own number of rows into the shape"),
    mistake!("npy": npy = big_endian => WrongResult,
        "says that the highest byte comes first"),
    mistake!("npy": npy = column_by_column => WrongResult,
        "says that the columns come one after the other"),
    mistake!("npy": npy = columns_first => WrongResult,
        "names the columns before the rows"),
    mistake!("npy": npy = a_vector => WrongResult,
        "says that it is a vector"),
    mistake!("npy": npy = rows_in_16_bits => WrongResult,
        "counts the rows in 16 bits"),
    mistake!("npy": npy = not_filled_up => WrongResult,
        "does not pad the header"),
    mistake!("npy": npy = length_of_all => WrongResult,
        "includes the magic string and the length in the length"),
    mistake!("npy": npy = length_backwards => WrongResult,
        "writes the highest byte of the length first"),
    mistake!("npy": npy = without_a_newline => WrongResult,
        "pads the header with spaces, without a newline"),
    mistake!("npy": npy = over_the_header => WrongResult,
        "lets the numbers begin at the start of the file"),
    mistake!("npy": npy = header_on_each_rank => TooMuchCommunication,
        "lets each rank write the header"),
    mistake!("npy": npy = without_the_others => CollectiveMismatch,
        "leaves the others alone in the collective call when rank 0 cannot write the header"),
    mistake!("npy": npy = ignores_header_errors => WrongResult,
        "ignores the error when the header cannot be written"),
    mistake!("npy": npy = keeps_the_old_end => WrongResult,
        "leaves the old bytes after the matrix"),
    mistake!("npy": npy = into_its_like => WrongResult,
        "does not truncate a longer file if it is an `.npy` file, too"),
];

/// What of the file differs from mistake to mistake.
struct Way {
    dictionary: fn(u64, usize) -> String,
    /// Makes the whole header of the dictionary.
    header: fn(&str) -> Vec<u8>,
    /// Where numbers begin, by the length of the header.
    begin: fn(u64) -> u64,
    empties: bool,
}

const RIGHT: Way = Way {
    dictionary: |rows, columns| {
        format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}")
    },
    header: |dictionary| with_length(&filled(dictionary), u16::to_le_bytes),
    begin: |header| header,
    empties: true,
};

/// The dictionary with spaces and a newline, to a multiple of 64 with the ten bytes before it.
fn filled(dictionary: &str) -> String {
    let length = (11 + dictionary.len()).next_multiple_of(64) - 11;
    format!("{dictionary:length$}\n")
}

fn with_length(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let length = bytes(text.len() as u16);
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes()].concat()
}

fn places(world: &SimpleCommunicator, mine: usize) -> (u64, u64) {
    let (mut end, mut all) = (0, 0);
    world.scan_into(&(mine as u64), &mut end, SystemOperation::sum());
    world.all_reduce_into(&(mine as u64), &mut all, SystemOperation::sum());
    (end - mine as u64, all)
}

fn by(
    way: &Way,
    world: &SimpleCommunicator,
    path: &Path,
    columns: usize,
    mine: &[f64],
) -> io::Result<()> {
    let (before, all) = places(world, mine.len());
    let header = (way.header)(&(way.dictionary)(all / columns as u64, columns));
    let begin = (way.begin)(header.len() as u64);
    world.with_file(path, Access::Write, |file| {
        if way.empties {
            file.set_size(0)?;
        }
        let written = match world.rank() {
            0 => file.write_at(0, &header),
            _ => Ok(()),
        };
        world.agree(written)?;
        file.write_at_all(begin + 8 * before, mine)
    })
}

/// An answer that differs from the reference in one place.
macro_rules! ways {
    ($($name:ident: $field:ident = $value:expr;)*) => {$(
        fn $name(
            world: &SimpleCommunicator,
            path: &Path,
            columns: usize,
            mine: &[f64],
        ) -> io::Result<()> {
            by(&Way { $field: $value, ..RIGHT }, world, path, columns, mine)
        }
    )*};
}

ways! {
    big_endian: dictionary = |rows, columns| {
        (RIGHT.dictionary)(rows, columns).replace('<', ">")
    };
    column_by_column: dictionary = |rows, columns| {
        (RIGHT.dictionary)(rows, columns).replace("False", "True")
    };
    rows_in_16_bits: dictionary = |rows, columns| {
        (RIGHT.dictionary)(u64::from(rows as u16), columns)
    };
    columns_first: dictionary = |rows, columns| {
        (RIGHT.dictionary)(columns as u64, rows as usize)
    };
    a_vector: dictionary = |rows, columns| {
        let mut text = String::from("{'descr': '<f8', 'fortran_order': False, ");
        let _ = write!(text, "'shape': ({},), }}", rows * columns as u64);
        text
    };
    not_filled_up: header = |dictionary| with_length(&format!("{dictionary}\n"), u16::to_le_bytes);
    length_of_all: header = |dictionary| {
        let mut header = (RIGHT.header)(dictionary);
        let all = (header.len() as u16).to_le_bytes();
        header[8..10].copy_from_slice(&all);
        header
    };
    length_backwards: header = |dictionary| with_length(&filled(dictionary), u16::to_be_bytes);
    without_a_newline: header = |dictionary| {
        with_length(&filled(dictionary).replace('\n', " "), u16::to_le_bytes)
    };
    over_the_header: begin = |_| 0;
    keeps_the_old_end: empties = false;
}

fn own_rows_only(
    world: &SimpleCommunicator,
    path: &Path,
    columns: usize,
    mine: &[f64],
) -> io::Result<()> {
    let (before, _) = places(world, mine.len());
    let header = (RIGHT.header)(&(RIGHT.dictionary)((mine.len() / columns) as u64, columns));
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        let written = match world.rank() {
            0 => file.write_at(0, &header),
            _ => Ok(()),
        };
        world.agree(written)?;
        file.write_at_all(header.len() as u64 + 8 * before, mine)
    })
}

fn header_on_each_rank(
    world: &SimpleCommunicator,
    path: &Path,
    columns: usize,
    mine: &[f64],
) -> io::Result<()> {
    let (before, all) = places(world, mine.len());
    let header = (RIGHT.header)(&(RIGHT.dictionary)(all / columns as u64, columns));
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        world.agree(file.write_at(0, &header))?;
        file.write_at_all(header.len() as u64 + 8 * before, mine)
    })
}

fn ignores_header_errors(
    world: &SimpleCommunicator,
    path: &Path,
    columns: usize,
    mine: &[f64],
) -> io::Result<()> {
    let (before, all) = places(world, mine.len());
    let header = (RIGHT.header)(&(RIGHT.dictionary)(all / columns as u64, columns));
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        if world.rank() == 0 {
            let _written = file.write_at(0, &header);
        }
        file.write_at_all(header.len() as u64 + 8 * before, mine)
    })
}

fn without_the_others(
    world: &SimpleCommunicator,
    path: &Path,
    columns: usize,
    mine: &[f64],
) -> io::Result<()> {
    let (before, all) = places(world, mine.len());
    let header = (RIGHT.header)(&(RIGHT.dictionary)(all / columns as u64, columns));
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        if world.rank() == 0 {
            file.write_at(0, &header)?;
        }
        file.write_at_all(header.len() as u64 + 8 * before, mine)
    })
}

fn into_its_like(
    world: &SimpleCommunicator,
    path: &Path,
    columns: usize,
    mine: &[f64],
) -> io::Result<()> {
    let (_, all) = places(world, mine.len());
    let is_like = world.with_file(path, Access::ReadWrite, |file| {
        let mut magic = [0; 6];
        if file.size()? > 8 * all + 64 {
            file.read_at(0, &mut magic[..])?;
        }
        Ok(&magic == b"\x93NUMPY")
    })?;
    let way = Way {
        empties: !is_like,
        ..RIGHT
    };
    by(&way, world, path, columns, mine)
}

//! Mistakes in `blocks`, `read_back`, `collective` and `view`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    Count,
    collective::SystemOperation,
    datatype::PartitionMut,
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use mpi_extra::{datatype::subarray, file::Access, traits::*};
use std::{
    cell::OnceCell,
    fs::OpenOptions,
    io::{self, Seek, SeekFrom, Write},
    path::Path,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("blocks": blocks = keeps_the_old_end => WrongResult,
        "leaves the old bytes after its numbers"),
    mistake!("blocks": blocks = places_in_numbers => WrongResult,
        "counts offsets in numbers, not in bytes"),
    mistake!("blocks": blocks = same_length_everywhere => WrongResult,
        "assumes that all parts are as long as its own"),
    mistake!("blocks": blocks = after_its_own => WrongResult,
        "adds its own length to its offset"),
    mistake!("blocks": blocks = big_endian => WrongResult,
        "writes the highest byte first"),
    mistake!("blocks": blocks = as_text => WrongResult,
        "writes numbers as text"),
    mistake!("blocks": blocks = gathered => WrongOperation,
        "gathers all numbers on rank 0, which writes them"),
    mistake!("blocks": blocks = number_by_number => TooMuchCommunication,
        "writes each number by itself"),
    mistake!("blocks": blocks = by_the_standard_library => WrongOperation,
        "opens the file on each rank separately, without MPI"),
    mistake!("blocks": blocks = ignores_errors => WrongResult,
        "ignores the error of its write"),
    mistake!("blocks": blocks = emptied_by_rank_0 => CollectiveMismatch,
        "truncates the file on rank 0 only"),
    mistake!("blocks": blocks = emptied_last => WrongResult,
        "truncates the file after it has written"),
    mistake!("blocks": blocks = keeps_its_error => WrongResult,
        "returns its own error, and the other ranks do not learn of it"),
    mistake!("blocks": blocks = loses_the_sign_of_zero => WrongResult,
        "adds 0 to each number, which makes a negative zero positive"),
    mistake!("blocks": blocks = places_in_16_bits => WrongResult,
        "adds up the lengths before its own in 16 bits"),
    mistake!("read-back": read_back = length_in_16_bits => WrongResult,
        "counts the numbers of the file in 16 bits"),
    mistake!("read-back": read_back = another_kind => WrongResult,
        "returns an error of another kind if the length is not a multiple of 8 bytes"),
    mistake!("read-back": read_back = equal_shares => WrongResult,
        "loses the remainder of the division"),
    mistake!("read-back": read_back = rest_to_the_last => WrongResult,
        "gives the remainder to the last rank"),
    mistake!("read-back": read_back = reads_all => TooMuchCommunication,
        "reads the whole file, and takes its share"),
    mistake!("read-back": read_back = without_mpi => WrongOperation,
        "reads the file with the standard library, and takes its share"),
    mistake!("read-back": read_back = scattered => WrongOperation,
        "lets rank 0 read everything, and broadcasts it"),
    mistake!("read-back": read_back = places_of_numbers => WrongResult,
        "counts offsets in numbers, not in bytes"),
    mistake!("read-back": read_back = takes_what_fits => WrongResult,
        "ignores bytes that are not a whole number"),
    mistake!("read-back": read_back = rounded_up => WrongResult,
        "rounds the shares up, until nothing is left"),
    mistake!("read-back": read_back = makes_the_file => WrongResult,
        "opens the file to read and write, which creates it if it does not exist"),
    mistake!("read-back": read_back = panics_without_a_file => Panic,
        "unwraps what MPI returns"),
    mistake!("read-back": read_back = one_by_one => TooMuchCommunication,
        "reads each number by itself"),
    mistake!("read-back": read_back = nothing_below_8 => WrongResult,
        "takes a file of fewer than 8 bytes for an empty one"),
    mistake!("collective": collective = who_has_something => CollectiveMismatch,
        "calls the collective only on ranks that have numbers"),
    mistake!("collective": collective = each_for_itself => WrongOperation,
        "writes with calls that are not collective"),
    mistake!("collective": collective = opens_it_alone => WrongOperation,
        "opens the file on each rank separately, and makes the collective call there"),
    mistake!("collective": collective = one_by_one_together => TooMuchCommunication,
        "makes a collective call for each number"),
    mistake!("collective": collective = gathered_together => WrongOperation,
        "gathers all numbers on rank 0, and lets it write them in the collective call"),
    mistake!("collective": collective = keeps_the_old_end_together => WrongResult,
        "leaves the old bytes after its numbers"),
    mistake!("collective": collective = in_order => WrongResult,
        "writes after the old content"),
    mistake!("view": view = row_by_row => WrongOperation,
        "computes the offset of each row, and writes each row alone"),
    mistake!("view": view = at_the_corner => WrongResult,
        "lets every block begin at the first row and column"),
    mistake!("view": view = without_the_empty => CollectiveMismatch,
        "leaves out ranks without a block"),
    mistake!("view": view = subarray_of_nothing => Panic,
        "makes a subarray without elements"),
    mistake!("view": view = rows_through_the_view => TooMuchCommunication,
        "sets the view, and writes each row alone"),
    mistake!("view": view = alone_through_the_view => WrongOperation,
        "sets the view, and writes with an independent call"),
    mistake!("view": view = one_after_the_other => WrongOperation,
        "sets no view, and writes its block in one piece"),
    mistake!("view": view = remembered => WrongResult,
        "remembers where its block was in a matrix of the same shape"),
    mistake!("view": view = from_its_start => WrongResult,
        "sets the view, and begins at the offset of its block in the whole file"),
    mistake!("view": view = keeps_the_old_matrix => WrongResult,
        "leaves the old bytes after the matrix"),
    mistake!("view": view = of_one_element => Panic,
        "extends an empty block to one row and column, which may lie beyond the matrix"),
    mistake!("view": view = squares_turned => WrongResult,
        "swaps the row and the column where a square begins"),
];

fn before(world: &SimpleCommunicator, mine: usize) -> u64 {
    let mut end = 0;
    world.scan_into(&(mine as u64), &mut end, SystemOperation::sum());
    end - mine as u64
}

fn keeps_the_old_end(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    world.with_file(path, Access::Write, |file| file.write_at(place, mine))
}

/// Writes at a place.
fn write_at(world: &SimpleCommunicator, path: &Path, place: u64, mine: &[f64]) -> io::Result<()> {
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        file.write_at(place, mine)
    })
}

fn places_in_numbers(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    write_at(world, path, before(world, mine.len()), mine)
}

fn places_in_16_bits(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let before = before(world, mine.len()) as u16;
    write_at(world, path, 8 * u64::from(before), mine)
}

fn same_length_everywhere(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    write_at(
        world,
        path,
        8 * world.rank() as u64 * mine.len() as u64,
        mine,
    )
}

fn after_its_own(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let mut end = 0;
    world.scan_into(&(mine.len() as u64), &mut end, SystemOperation::sum());
    write_at(world, path, 8 * end, mine)
}

fn big_endian(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let swapped: Vec<f64> = mine
        .iter()
        .map(|number| f64::from_le_bytes(number.to_be_bytes()))
        .collect();
    subject::blocks(world, path, &swapped)
}

fn loses_the_sign_of_zero(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let copy: Vec<f64> = mine.iter().map(|number| number + 0.0).collect();
    subject::blocks(world, path, &copy)
}

fn as_text(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let text: String = mine.iter().map(|number| format!("{number}\n")).collect();
    let place = before(world, text.len());
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        file.write_at(place, text.as_bytes())
    })
}

/// The numbers of all ranks on rank 0.
fn collected(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&(mine.len() as Count), &mut counts[..]);
    let starts: Vec<Count> = (0..counts.len())
        .map(|rank| counts[..rank].iter().sum())
        .collect();
    let root = world.process_at_rank(0);
    if world.rank() > 0 {
        root.gather_varcount_into(mine);
        return Vec::new();
    }
    let mut all = vec![0.0; counts.iter().sum::<Count>() as usize];
    let mut parts = PartitionMut::new(&mut all[..], &counts[..], &starts[..]);
    root.gather_varcount_into_root(mine, &mut parts);
    all
}

fn gathered(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let all = collected(world, mine);
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        match world.rank() {
            0 => file.write_at(0, &all),
            _ => Ok(()),
        }
    })
}

fn number_by_number(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        (place..)
            .step_by(8)
            .zip(mine)
            .try_for_each(|(place, number)| file.write_at(place, number))
    })
}

fn by_the_standard_library(
    world: &SimpleCommunicator,
    path: &Path,
    mine: &[f64],
) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    if world.rank() == 0 {
        std::fs::write(path, [])?;
    }
    world.barrier();
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(place))?;
    let bytes: Vec<u8> = mine
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    file.write_all(&bytes)
}

fn ignores_errors(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        let _ = file.write_at(place, mine);
        Ok(())
    })
}

fn emptied_by_rank_0(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    world.with_file(path, Access::Write, |file| {
        if world.rank() == 0 {
            file.set_size(0)?;
        }
        file.write_at(place, mine)
    })
}

fn emptied_last(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    world.with_file(path, Access::Write, |file| {
        world.agree(file.write_at(place, mine))?;
        file.set_size(0)
    })
}

fn keeps_its_error(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    let mut own = Ok(());
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        own = file.write_at(place, mine);
        Ok(())
    })?;
    own
}

/// Reads the numbers of a range.
fn share(
    world: &SimpleCommunicator,
    path: &Path,
    range: impl Fn(u64, u64, u64) -> (u64, u64),
) -> io::Result<Vec<f64>> {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    world.with_file(path, Access::Read, |file| {
        let bytes = file.size()?;
        if bytes % 8 != 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let (start, length) = range(bytes / 8, rank, size);
        let mut mine = vec![0.0; length as usize];
        file.read_at(8 * start, &mut mine)?;
        Ok(mine)
    })
}

fn another_kind(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    subject::read_back(world, path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => io::Error::other(error),
        _ => error,
    })
}

fn equal_shares(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    share(world, path, |numbers, rank, size| {
        (rank * (numbers / size), numbers / size)
    })
}

fn rest_to_the_last(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    share(world, path, |numbers, rank, size| {
        let length = numbers / size;
        match rank + 1 == size {
            true => (rank * length, length + numbers % size),
            false => (rank * length, length),
        }
    })
}

fn length_in_16_bits(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    share(world, path, |numbers, rank, size| {
        right(u64::from(numbers as u16), rank, size)
    })
}

/// The share of this rank.
fn right(numbers: u64, rank: u64, size: u64) -> (u64, u64) {
    let start = numbers * rank / size;
    (start, numbers * (rank + 1) / size - start)
}

fn reads_all(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let all = share(world, path, |numbers, _, _| (0, numbers))?;
    let (start, length) = right(all.len() as u64, rank, size);
    Ok(all[start as usize..][..length as usize].to_vec())
}

fn without_mpi(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    let bytes = std::fs::read(path)?;
    let (numbers, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let (start, length) = right(
        numbers.len() as u64,
        world.rank() as u64,
        world.size() as u64,
    );
    let share = &numbers[start as usize..][..length as usize];
    Ok(share
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect())
}

fn scattered(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let read = || std::fs::read(path);
    let bytes = world.agree(match rank {
        0 => read(),
        _ => Ok(Vec::new()),
    })?;
    let mut length = bytes.len() as u64;
    world.process_at_rank(0).broadcast_into(&mut length);
    if !length.is_multiple_of(8) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let (numbers, _) = bytes.as_chunks();
    let mut all: Vec<f64> = numbers
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect();
    all.resize(length as usize / 8, 0.0);
    world.process_at_rank(0).broadcast_into(&mut all[..]);
    let (start, length) = right(all.len() as u64, rank, size);
    Ok(all[start as usize..][..length as usize].to_vec())
}

fn rounded_up(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    share(world, path, |numbers, rank, size| {
        let length = numbers.div_ceil(size);
        let start = (rank * length).min(numbers);
        (start, length.min(numbers - start))
    })
}

fn makes_the_file(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    world.with_file(path, Access::ReadWrite, |_| Ok(()))?;
    subject::read_back(world, path)
}

fn places_of_numbers(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    world.with_file(path, Access::Read, |file| {
        let numbers = file.size()? / 8;
        let (start, length) = right(numbers, rank, size);
        let mut mine = vec![0.0; length as usize];
        file.read_at(start, &mut mine)?;
        Ok(mine)
    })
}

fn takes_what_fits(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    world.with_file(path, Access::Read, |file| {
        let (start, length) = right(file.size()? / 8, rank, size);
        let mut mine = vec![0.0; length as usize];
        file.read_at(8 * start, &mut mine)?;
        Ok(mine)
    })
}

fn panics_without_a_file(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    Ok(subject::read_back(world, path).unwrap())
}

fn one_by_one(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    world.with_file(path, Access::Read, |file| {
        let (start, length) = right(file.size()? / 8, rank, size);
        let mut mine = vec![0.0; length as usize];
        for (place, number) in (start..).zip(mine.chunks_mut(1)) {
            file.read_at(8 * place, number)?;
        }
        Ok(mine)
    })
}

fn who_has_something(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        if mine.is_empty() {
            return Ok(());
        }
        file.write_at_all(place, mine)
    })
}

fn each_for_itself(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    subject::blocks(world, path, mine)
}

fn one_by_one_together(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        (place..)
            .step_by(8)
            .zip(mine)
            .try_for_each(|(place, number)| file.write_at_all(place, number))
    })
}

fn gathered_together(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let all = collected(world, mine);
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        file.write_at_all(0, &all)
    })
}

fn keeps_the_old_end_together(
    world: &SimpleCommunicator,
    path: &Path,
    mine: &[f64],
) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    world.with_file(path, Access::Write, |file| file.write_at_all(place, mine))
}

fn in_order(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    world.with_file(path, Access::Append, |file| file.write_ordered(mine))
}

type Pair = [Count; 2];

fn row_by_row(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    start: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        for (row, numbers) in (start[0]..).zip(mine.chunks(size[1].max(1) as usize)) {
            let place = i64::from(row) * i64::from(shape[1]) + i64::from(start[1]);
            file.write_at(8 * place as u64, numbers)?;
        }
        Ok(())
    })
}

/// Writes in some way through a view of the right block, or through one without holes.
fn through_a_view(
    world: &SimpleCommunicator,
    path: &Path,
    [shape, start, size]: [Pair; 3],
    write: impl FnOnce(&mpi_extra::file::File<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let element = f64::equivalent_datatype();
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        match size[0] * size[1] {
            0 => file.set_view::<f64>(0, &element)?,
            _ => file.set_view::<f64>(0, &subarray(&shape, &size, &start, &element))?,
        }
        write(file)
    })
}

fn at_the_corner(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    _: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    through_a_view(world, path, [shape, [0, 0], size], |file| {
        file.write_at_all(0, mine)
    })
}

fn without_the_empty(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    start: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    let element = f64::equivalent_datatype();
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        if mine.is_empty() {
            return Ok(());
        }
        file.set_view::<f64>(0, &subarray(&shape, &size, &start, &element))?;
        file.write_at_all(0, mine)
    })
}

fn subarray_of_nothing(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    start: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    let element = f64::equivalent_datatype();
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        file.set_view::<f64>(0, &subarray(&shape, &size, &start, &element))?;
        file.write_at_all(0, mine)
    })
}

fn rows_through_the_view(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    start: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    through_a_view(world, path, [shape, start, size], |file| {
        let columns = size[1].max(1) as usize;
        (0..)
            .step_by(columns)
            .zip(mine.chunks(columns))
            .try_for_each(|(place, row)| file.write_at_all(place, row))
    })
}

fn alone_through_the_view(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    start: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    through_a_view(world, path, [shape, start, size], |file| {
        file.write_at(0, mine)
    })
}

fn one_after_the_other(
    world: &SimpleCommunicator,
    path: &Path,
    _: Pair,
    _: Pair,
    _: Pair,
    mine: &[f64],
) -> io::Result<()> {
    subject::collective(world, path, mine)
}

fn from_its_start(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    start: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    let place = (start[0] * shape[1] + start[1]) as u64;
    through_a_view(world, path, [shape, start, size], |file| {
        file.write_at_all(place, mine)
    })
}

fn keeps_the_old_matrix(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    start: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    let element = f64::equivalent_datatype();
    world.with_file(path, Access::Write, |file| {
        match mine.is_empty() {
            true => file.set_view::<f64>(0, &element)?,
            false => file.set_view::<f64>(0, &subarray(&shape, &size, &start, &element))?,
        }
        file.write_at_all(0, mine)
    })
}

fn opens_it_alone(world: &SimpleCommunicator, path: &Path, mine: &[f64]) -> io::Result<()> {
    let place = 8 * before(world, mine.len());
    world.with_file(path, Access::Write, |file| file.set_size(0))?;
    let alone = world.split_by_color(Color::with_value(world.rank()));
    let alone = alone.expect("each rank has a color");
    world.agree(alone.with_file(path, Access::Write, |file| file.write_at_all(place, mine)))
}

fn remembered(
    world: &SimpleCommunicator,
    path: &Path,
    shape: [Count; 2],
    start: [Count; 2],
    size: [Count; 2],
    mine: &[f64],
) -> io::Result<()> {
    thread_local!(static FIRST: OnceCell<[[Count; 2]; 3]> = const { OnceCell::new() });
    let first = FIRST.with(|first| *first.get_or_init(|| [shape, start, size]));
    let is_known = (first[0], first[2]) == (shape, size);
    let start = if is_known { first[1] } else { start };
    subject::view(world, path, shape, start, size, mine)
}

fn nothing_below_8(world: &SimpleCommunicator, path: &Path) -> io::Result<Vec<f64>> {
    match world.with_file(path, Access::Read, |file| file.size())? {
        0..8 => Ok(Vec::new()),
        _ => subject::read_back(world, path),
    }
}

fn of_one_element(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    start: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    let seen = size.map(|count| count.max(1));
    through_a_view(world, path, [shape, start, seen], |file| {
        file.write_at_all(0, mine)
    })
}

fn squares_turned(
    world: &SimpleCommunicator,
    path: &Path,
    shape: Pair,
    [row, column]: Pair,
    size: Pair,
    mine: &[f64],
) -> io::Result<()> {
    let fits = column + size[0] <= shape[0] && row + size[1] <= shape[1];
    let start = match size[0] == size[1] && fits {
        true => [column, row],
        false => [row, column],
    };
    subject::view(world, path, shape, start, size, mine)
}

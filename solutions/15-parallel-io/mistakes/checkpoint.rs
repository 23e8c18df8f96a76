//! Mistakes in `checkpoint`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    Count, collective::SystemOperation, datatype::PartitionMut, topology::SimpleCommunicator,
    traits::*,
};
use mpi_extra::{
    file::{Access, File},
    traits::*,
};
use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("checkpoint": checkpoint = overwrites => WrongResult,
        "writes over the old checkpoint"),
    mistake!("checkpoint": checkpoint = removes_the_old => WrongResult,
        "removes the old checkpoint before it renames the new one"),
    mistake!("checkpoint": checkpoint = copies => WrongResult,
        "copies the new checkpoint over the old one"),
    mistake!("checkpoint": checkpoint = moves_the_old_away => WrongResult,
        "renames the old checkpoint first"),
    mistake!("checkpoint": checkpoint = renames_too_early => WrongResult,
        "renames when rank 0 has written, but others have not"),
    mistake!("checkpoint": checkpoint = renames_first => WrongResult,
        "renames the new file, and then writes to it"),
    mistake!("checkpoint": checkpoint = never_synced => WrongOperation,
        "does not wait for the disk"),
    mistake!("checkpoint": checkpoint = synced_first => WrongOperation,
        "waits for the disk before it writes"),
    mistake!("checkpoint": checkpoint = synced_after_the_rename => WrongOperation,
        "waits for the disk when the file already has its new name"),
    mistake!("checkpoint": checkpoint = replaces_the_extension => WrongResult,
        "replaces the extension of the name, which may already be that of the new file"),
    mistake!("checkpoint": checkpoint = step_as_a_float => WrongResult,
        "rounds the step to 53 bits"),
    mistake!("checkpoint": checkpoint = all_rename => WrongResult,
        "renames on every rank"),
    mistake!("checkpoint": checkpoint = in_another_folder => WrongResult,
        "writes the new checkpoint to another folder"),
    mistake!("checkpoint": checkpoint = leaves_the_old => WrongResult,
        "leaves a copy of the old checkpoint behind"),
    mistake!("checkpoint": checkpoint = keeps_its_error => WrongResult,
        "does not tell the others that it cannot rename"),
    mistake!("checkpoint": checkpoint = without_the_others => CollectiveMismatch,
        "leaves the others alone in the collective call when rank 0 cannot write the step"),
    mistake!("checkpoint": checkpoint = keeps_what_a_crash_left => WrongResult,
        "keeps the end of a longer file that a crash has left"),
    mistake!("checkpoint": checkpoint = gathered => WrongOperation,
        "gathers all numbers on rank 0, which saves them"),
    mistake!("checkpoint": checkpoint = step_backwards => WrongResult,
        "writes the highest byte of the step first"),
    mistake!("checkpoint": checkpoint = numbers_over_the_step => WrongResult,
        "writes the numbers where the step belongs"),
    mistake!("checkpoint": checkpoint = same_step => WrongResult,
        "saves nothing if the old checkpoint has the same step"),
    mistake!("checkpoint": checkpoint = step_of_each_rank => TooMuchCommunication,
        "lets each rank write the step"),
    mistake!("checkpoint": checkpoint = name_as_text => WrongResult,
        "displays the path to extend it, which changes names that are not UTF-8"),
];

/// The file beside the checkpoint.
fn beside(path: &Path) -> PathBuf {
    path.with_added_extension("new")
}

fn before(world: &SimpleCommunicator, mine: usize) -> u64 {
    let mut end = 0;
    world.scan_into(&(mine as u64), &mut end, SystemOperation::sum());
    end - mine as u64
}

/// Writes step and numbers, from place `begin` on, into a file that is open.
fn fill(
    world: &SimpleCommunicator,
    file: &File<'_>,
    step: [u8; 8],
    (before, mine): (u64, &[f64]),
    begin: u64,
) -> io::Result<()> {
    let written = match world.rank() {
        0 => file.write_at(0, &step[..]),
        _ => Ok(()),
    };
    world.agree(written)?;
    file.write_at_all(begin + 8 * before, mine)
}

/// Writes a whole file, as it should be.
fn write(world: &SimpleCommunicator, path: &Path, step: u64, mine: &[f64]) -> io::Result<()> {
    let before = before(world, mine.len());
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        fill(world, file, step.to_le_bytes(), (before, mine), 8)?;
        file.sync()
    })
}

/// Does something on rank 0, and all hear whether it has worked.
fn first(world: &SimpleCommunicator, work: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    world.agree(if world.rank() == 0 { work() } else { Ok(()) })
}

fn overwrites(world: &SimpleCommunicator, path: &Path, step: u64, mine: &[f64]) -> io::Result<()> {
    write(world, path, step, mine)
}

fn removes_the_old(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    write(world, &beside(path), step, mine)?;
    first(world, || {
        if path.exists() {
            fs::remove_file(path)?;
        }
        fs::rename(beside(path), path)
    })
}

fn copies(world: &SimpleCommunicator, path: &Path, step: u64, mine: &[f64]) -> io::Result<()> {
    write(world, &beside(path), step, mine)?;
    first(world, || {
        fs::copy(beside(path), path)?;
        fs::remove_file(beside(path))
    })
}

fn moves_the_old_away(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let old = path.with_added_extension("old");
    write(world, &beside(path), step, mine)?;
    first(world, || {
        let was_there = path.exists();
        if was_there {
            fs::rename(path, &old)?;
        }
        fs::rename(beside(path), path)?;
        if was_there {
            fs::remove_file(&old)
        } else {
            Ok(())
        }
    })
}

fn renames_too_early(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let before = before(world, mine.len());
    world.with_file(beside(path), Access::Write, |file| {
        file.set_size(0)?;
        let is_first = world.rank() == 0;
        if is_first {
            file.write_at(0, &step)?;
            file.write_at(8, mine)?;
        }
        file.sync()?;
        match is_first {
            true => fs::rename(beside(path), path)?,
            false => file.write_at(8 + 8 * before, mine)?,
        }
        file.sync()
    })
}

fn renames_first(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let before = before(world, mine.len());
    world.with_file(beside(path), Access::Write, |file| {
        file.set_size(0)?;
        first(world, || fs::rename(beside(path), path))?;
        fill(world, file, step.to_le_bytes(), (before, mine), 8)?;
        file.sync()
    })
}

/// Writes beside and renames, with what differs from mistake to mistake.
fn renamed(
    world: &SimpleCommunicator,
    path: &Path,
    fill: impl FnOnce(&File<'_>) -> io::Result<()>,
) -> io::Result<()> {
    world.with_file(beside(path), Access::Write, fill)?;
    first(world, || fs::rename(beside(path), path))
}

fn never_synced(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let before = before(world, mine.len());
    renamed(world, path, |file| {
        file.set_size(0)?;
        fill(world, file, step.to_le_bytes(), (before, mine), 8)
    })
}

fn synced_first(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let before = before(world, mine.len());
    renamed(world, path, |file| {
        file.set_size(0)?;
        file.sync()?;
        fill(world, file, step.to_le_bytes(), (before, mine), 8)
    })
}

fn synced_after_the_rename(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    never_synced(world, path, step, mine)?;
    world.with_file(path, Access::Write, |file| file.sync())
}

fn replaces_the_extension(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let beside = path.with_extension("new");
    write(world, &beside, step, mine)?;
    first(world, || fs::rename(&beside, path))
}

fn step_as_a_float(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    write(world, &beside(path), step as f64 as u64, mine)?;
    first(world, || fs::rename(beside(path), path))
}

fn all_rename(world: &SimpleCommunicator, path: &Path, step: u64, mine: &[f64]) -> io::Result<()> {
    write(world, &beside(path), step, mine)?;
    world.agree(fs::rename(beside(path), path))
}

fn in_another_folder(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let elsewhere = env::temp_dir().join("another-folder");
    write(world, &elsewhere, step, mine)?;
    first(world, || fs::rename(&elsewhere, path))
}

fn leaves_the_old(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    write(world, &beside(path), step, mine)?;
    first(world, || {
        if path.exists() {
            fs::copy(path, path.with_added_extension("old"))?;
        }
        fs::rename(beside(path), path)
    })
}

fn keeps_its_error(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    write(world, &beside(path), step, mine)?;
    if world.rank() == 0 {
        fs::rename(beside(path), path)?;
    }
    Ok(())
}

fn without_the_others(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let before = before(world, mine.len());
    renamed(world, path, |file| {
        file.set_size(0)?;
        if world.rank() == 0 {
            file.write_at(0, &step)?;
        }
        file.write_at_all(8 + 8 * before, mine)?;
        file.sync()
    })
}

fn keeps_what_a_crash_left(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let before = before(world, mine.len());
    renamed(world, path, |file| {
        fill(world, file, step.to_le_bytes(), (before, mine), 8)?;
        file.sync()
    })
}

fn gathered(world: &SimpleCommunicator, path: &Path, step: u64, mine: &[f64]) -> io::Result<()> {
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&(mine.len() as Count), &mut counts[..]);
    let starts: Vec<Count> = (0..counts.len())
        .map(|rank| counts[..rank].iter().sum())
        .collect();
    let mut all = vec![0.0; counts.iter().sum::<Count>() as usize];
    let mut parts = PartitionMut::new(&mut all[..], &counts[..], &starts[..]);
    world.all_gather_varcount_into(mine, &mut parts);
    first(world, || {
        let numbers = all.iter().flat_map(|number: &f64| number.to_le_bytes());
        let bytes: Vec<u8> = step.to_le_bytes().into_iter().chain(numbers).collect();
        let mut file = fs::File::create(beside(path))?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(beside(path), path)
    })
}

fn step_backwards(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let before = before(world, mine.len());
    renamed(world, path, |file| {
        file.set_size(0)?;
        fill(world, file, step.to_be_bytes(), (before, mine), 8)?;
        file.sync()
    })
}

fn numbers_over_the_step(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let before = before(world, mine.len());
    renamed(world, path, |file| {
        file.set_size(0)?;
        fill(world, file, step.to_le_bytes(), (before, mine), 0)?;
        file.sync()
    })
}

fn same_step(world: &SimpleCommunicator, path: &Path, step: u64, mine: &[f64]) -> io::Result<()> {
    let old = fs::read(path).unwrap_or_default();
    match old.starts_with(&step.to_le_bytes()) {
        true => Ok(()),
        false => subject::checkpoint(world, path, step, mine),
    }
}

fn step_of_each_rank(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let before = before(world, mine.len());
    renamed(world, path, |file| {
        file.set_size(0)?;
        world.agree(file.write_at(0, &step.to_le_bytes()[..]))?;
        file.write_at_all(8 + 8 * before, mine)?;
        file.sync()
    })
}

fn name_as_text(
    world: &SimpleCommunicator,
    path: &Path,
    step: u64,
    mine: &[f64],
) -> io::Result<()> {
    let beside = format!("{}.new", path.display());
    write(world, beside.as_ref(), step, mine)?;
    first(world, || fs::rename(&beside, path))
}

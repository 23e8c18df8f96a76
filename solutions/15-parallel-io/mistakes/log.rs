//! Mistakes in `log`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    Count, collective::SystemOperation, datatype::PartitionMut, topology::SimpleCommunicator,
    traits::*,
};
use mpi_extra::{file::Access, traits::*};
use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("log": log = from_the_start => WrongResult,
        "opens the file to write, and begins at its start"),
    mistake!("log": log = emptied => WrongResult,
        "empties the file first"),
    mistake!("log": log = at_the_end_that_it_sees => WrongResult,
        "asks for the length of the file while others may write"),
    mistake!("log": log = at_the_end => WrongResult,
        "writes all texts to the same place, the end of the file"),
    mistake!("log": log = who_has_lines => Deadlock,
        "calls the collective only on ranks that have lines"),
    mistake!("log": log = trimmed => WrongResult,
        "loses newlines"),
    mistake!("log": log = counts_characters => WrongResult,
        "counts characters, not bytes"),
    mistake!("log": log = line_by_line => WrongResult,
        "ends each line with a newline alone"),
    mistake!("log": log = gathered => WrongOperation,
        "gathers all texts on rank 0, which writes them"),
    mistake!("log": log = in_turn => WrongOperation,
        "lets one rank after another open the file separately"),
    mistake!("log": log = newline_added => WrongResult,
        "adds the newline that the last line lacks"),
    mistake!("log": log = in_32_bits => WrongResult,
        "counts bytes in 32 bits"),
    mistake!("log": log = backwards => WrongResult,
        "puts the text of the last rank first"),
    mistake!("log": log = ignores_errors => WrongResult,
        "ignores the error of its write"),
    mistake!("log": log = up_to_zero => WrongResult,
        "takes a zero for the end of the text"),
    mistake!("log": log = without_empty_lines => WrongResult,
        "leaves out empty lines at the end of a text"),
];

fn from_the_start(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    world.with_file(path, Access::Write, |file| {
        file.write_ordered(text.as_bytes())
    })
}

fn newline_added(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    let lines: String = text.lines().map(|line| format!("{line}\n")).collect();
    match text.ends_with('\n') {
        true => subject::log(world, path, text),
        false => subject::log(world, path, &lines),
    }
}

fn emptied(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        file.write_ordered(text.as_bytes())
    })
}

/// How many bytes the ranks before this one have.
fn before(world: &SimpleCommunicator, text: &str) -> u64 {
    let mine = text.len() as u64;
    let mut end = 0;
    world.scan_into(&mine, &mut end, SystemOperation::sum());
    end - mine
}

fn at_the_end_that_it_sees(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    let before = before(world, text);
    world.with_file(path, Access::Write, |file| {
        let end = file.size()?;
        file.write_at(end + before, text.as_bytes())
    })
}

fn at_the_end(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    world.with_file(path, Access::Write, |file| {
        let end = file.size()?;
        world.barrier();
        file.write_at(end, text.as_bytes())
    })
}

fn who_has_lines(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    world.with_file(path, Access::Append, |file| match text {
        "" => Ok(()),
        text => file.write_ordered(text.as_bytes()),
    })
}

fn trimmed(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    subject::log(world, path, text.trim_end())
}

fn counts_characters(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    let own = text.chars().count() as u64;
    let mut place = 0;
    world.scan_into(&own, &mut place, SystemOperation::sum());
    world.with_file(path, Access::Write, |file| {
        let end = world.agree(file.size())?;
        file.write_at_all(end + place - own, text.as_bytes())
    })
}

fn line_by_line(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    let lines: String = text.lines().map(|line| format!("{line}\n")).collect();
    subject::log(world, path, &lines)
}

fn gathered(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    let mut counts = vec![0; world.size() as usize];
    world.all_gather_into(&(text.len() as Count), &mut counts[..]);
    let starts: Vec<Count> = (0..counts.len())
        .map(|rank| counts[..rank].iter().sum())
        .collect();
    let mut all = vec![0_u8; counts.iter().sum::<Count>() as usize];
    let mut parts = PartitionMut::new(&mut all[..], &counts[..], &starts[..]);
    world.all_gather_varcount_into(text.as_bytes(), &mut parts);
    let none = &[][..];
    let all = if world.rank() == 0 { &all[..] } else { none };
    world.with_file(path, Access::Append, |file| file.write_ordered(all))
}

fn in_turn(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    (0..world.size()).try_for_each(|turn| {
        let own = world.rank() == turn;
        world.agree(match own {
            true => OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)
                .and_then(|mut file| file.write_all(text.as_bytes())),
            false => Ok(()),
        })
    })
}

fn in_32_bits(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    let before = before(world, text) as u32;
    world.with_file(path, Access::Write, |file| {
        let end = file.size()? as u32;
        world.barrier();
        file.write_at_all(u64::from(end + before), text.as_bytes())
    })
}

fn backwards(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    let before = before(world, text);
    let mut all = 0;
    world.all_reduce_into(&(text.len() as u64), &mut all, SystemOperation::sum());
    world.with_file(path, Access::Write, |file| {
        let end = file.size()?;
        world.barrier();
        let place = end + all - before - text.len() as u64;
        file.write_at_all(place, text.as_bytes())
    })
}

fn ignores_errors(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    world.with_file(path, Access::Append, |file| {
        let _ = file.write_ordered(text.as_bytes());
        Ok(())
    })
}

fn up_to_zero(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    let own = text.split('\0').next().unwrap_or_default();
    subject::log(world, path, own)
}

fn without_empty_lines(world: &SimpleCommunicator, path: &Path, text: &str) -> io::Result<()> {
    let mut own = text;
    while own.ends_with("\n\n") {
        own = &own[..own.len() - 1];
    }
    subject::log(world, path, own)
}

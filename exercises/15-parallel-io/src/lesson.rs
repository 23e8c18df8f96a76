//! The examples of the lesson, each complete. None solves a task, but each task has a similar example here.

use mpi::{topology::SimpleCommunicator, traits::*};
use mpi_extra::{datatype::subarray, file::Access, traits::*};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Runs every example, with files in a folder. All ranks must call it.
pub fn examples(world: &SimpleCommunicator, folder: &Path) {
    let path = &folder.join("example");
    let run = || -> io::Result<()> {
        letters(world, path)?;
        last_letter(world, path)?;
        nothing_there(world, &folder.join("missing"));
        pairs(world, path)?;
        dealt(world, path)?;
        grey(world, path)?;
        greetings(world, path)?;
        if world.rank() == 0 {
            settings(&folder.join("settings"))?;
            fs::remove_file(folder.join("settings"))?;
            fs::remove_file(path)?;
        }
        Ok(())
    };
    run().expect("the folder can be written to");
    world.barrier();
}

/// Prints what is in a file.
fn print(world: &SimpleCommunicator, path: &Path) -> io::Result<()> {
    if world.rank() == 0 {
        println!("{}", fs::read(path)?.escape_ascii());
    }
    world.barrier();
    Ok(())
}

fn letters(world: &SimpleCommunicator, path: &Path) -> io::Result<()> {
    let rank = world.rank() as u8;
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        let mine = [b'a' + rank, b'A' + rank];
        file.write_at(2 * u64::from(rank), &mine[..])
    })?;
    print(world, path)
}

fn last_letter(world: &SimpleCommunicator, path: &Path) -> io::Result<()> {
    let mut letter = [0_u8];
    world.with_file(path, Access::Read, |file| {
        let last = file.size()? - 1;
        file.read_at(last, &mut letter)
    })?;
    assert_eq!(letter, [b'A' + world.size() as u8 - 1]);
    Ok(())
}

fn nothing_there(world: &SimpleCommunicator, path: &Path) {
    let opened = world.with_file(path, Access::Read, |file| file.size());
    match opened {
        Ok(bytes) => println!("it has {bytes} bytes"),
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::NotFound),
    }
}

fn pairs(world: &SimpleCommunicator, path: &Path) -> io::Result<()> {
    let rank = world.rank();
    let mine = if rank % 2 == 0 { &b"even"[..] } else { &[] };
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        // Rank 2 writes after rank 0, rank 4 after rank 2; odd ranks write nothing.
        file.write_at_all(4 * (rank as u64 / 2), mine)
    })?;
    print(world, path)
}

fn dealt(world: &SimpleCommunicator, path: &Path) -> io::Result<()> {
    let (rank, size) = (world.rank(), world.size());
    let byte = u8::equivalent_datatype();
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        // ANCHOR: dealt
        // Of every `size` bytes, this rank sees one.
        let one_of_all = subarray(&[size], &[1], &[rank], &byte);
        file.set_view::<u8>(0, &one_of_all)?;
        file.write_at_all(0, &[b'a' + rank as u8; 3][..])
        // ANCHOR_END: dealt
    })?;
    print(world, path)
}

fn grey(world: &SimpleCommunicator, path: &Path) -> io::Result<()> {
    let (rank, size) = (world.rank() as usize, world.size());
    let header = format!("P5 4 {size} 255\n");
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        let written = match rank {
            0 => file.write_at(0, header.as_bytes()),
            _ => Ok(()),
        };
        // All go on, or none does.
        world.agree(written)?;
        let row = [(255 * (rank + 1) / size as usize) as u8; 4];
        file.write_at_all((header.len() + 4 * rank) as u64, &row[..])
    })
}

fn greetings(world: &SimpleCommunicator, path: &Path) -> io::Result<()> {
    let text = match world.rank() {
        0 => String::from("Hello from rank 0, which has most to say. "),
        rank => format!("And {rank}. "),
    };
    world.with_file(path, Access::Write, |file| {
        file.set_size(0)?;
        file.write_ordered(text.as_bytes())
    })?;
    print(world, path)
}

fn settings(path: &Path) -> io::Result<()> {
    let beside = path.with_added_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(b"color = blue\n")?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

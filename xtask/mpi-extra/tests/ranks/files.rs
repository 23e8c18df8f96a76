//! Files: each way to write and to read, views, and errors that all ranks hear of.

use crate::{Part, World, refusal};
use mpi::{datatype::UserDatatype, traits::*};
use mpi_extra::{
    datatype::{resized, subarray, view},
    file::Access,
    traits::*,
};
use std::{
    env, fs,
    io::{self, ErrorKind},
    path::PathBuf,
};

pub const PARTS: &[Part] = &[
    ("file-places", |world| places(&world())),
    ("file-views", |world| views(&world())),
    ("file-ordered", |world| ordered(&world())),
    ("file-errors", |world| errors(&world())),
    ("file-full-disk", |world| full_disk(&world())),
    ("file-refusals", |world| refusals(&world())),
];

/// A file of this test, which is not there.
fn path(world: &World, name: &str) -> PathBuf {
    let mut process = std::process::id();
    world.process_at_rank(0).broadcast_into(&mut process);
    env::temp_dir().join(format!("mpi-extra-{process}-{name}"))
}

/// What a file has, once all ranks have written; it is removed.
fn taken(world: &World, path: &PathBuf) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    world.barrier();
    if world.rank() == 0 {
        fs::remove_file(path).unwrap();
    }
    world.barrier();
    bytes
}

fn numbers(bytes: &[u8]) -> Vec<f64> {
    let (numbers, rest) = bytes.as_chunks();
    assert!(rest.is_empty());
    numbers
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect()
}

fn places(world: &World) {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    let path = path(world, "places");
    for collective in [false, true] {
        // Rank 0 has none.
        let mine = vec![rank as f64; rank as usize];
        let before = rank.saturating_sub(1) * rank / 2;
        world
            .with_file(&path, Access::Write, |file| {
                file.set_size(1000)?;
                file.set_size(0)?;
                match collective {
                    true => file.write_at_all(8 * before, &mine[..]),
                    false => file.write_at(8 * before, &mine[..]),
                }
            })
            .unwrap();
        let total = size * (size - 1) / 2;
        let seen = world.with_file(&path, Access::Read, |file| {
            assert_eq!(file.size()?, 8 * total);
            let mut last = vec![-1.0; usize::from(total > 0)];
            let at = 8 * total.saturating_sub(1);
            match collective {
                true => file.read_at_all(at, &mut last)?,
                false => file.read_at(at, &mut last)?,
            }
            Ok(last)
        });
        assert_eq!(
            seen.unwrap(),
            vec![size as f64 - 1.0; usize::from(total > 0)]
        );
        let expected: Vec<f64> = (0..size)
            .flat_map(|rank| vec![rank as f64; rank as usize])
            .collect();
        assert_eq!(numbers(&taken(world, &path)), expected);
    }
    // Holes cost nothing, and places are counted in more than 32 bits.
    let far = 5_u64 << 30;
    let there = world.with_file(&path, Access::ReadWrite, |file| {
        file.write_at_all(far + rank, &[rank as u8][..])?;
        file.sync()?;
        let mut bytes = vec![9; size as usize + 1];
        file.read_at_all(far - 1, &mut bytes)?;
        Ok(bytes)
    });
    let mut expected = vec![0];
    expected.extend(0..size as u8);
    assert_eq!(there.unwrap(), expected);
    world.barrier();
    if rank == 0 {
        fs::remove_file(&path).unwrap();
    }
}

fn views(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    let path = path(world, "views");
    // Columns, two of each rank, behind a head of 5 bytes; from the inner part of a larger block.
    let (rows, columns) = (3, 2 * size);
    let value = |row: i32, column: i32| f64::from(100 * row + column);
    let element = f64::equivalent_datatype();
    let mut mine = vec![-1.0; 4 * rows as usize];
    for row in 0..rows {
        for column in 0..2 {
            mine[(4 * row + 1 + column) as usize] = value(row, 2 * rank + column);
        }
    }
    let inner = subarray(&[rows, 4], &[rows, 2], &[0, 1], &element);
    let block = subarray(&[rows, columns], &[rows, 2], &[0, 2 * rank], &element);
    world
        .with_file(&path, Access::ReadWrite, |file| {
            file.set_size(0)?;
            if rank == 0 {
                file.write_at(0, &b"head\n"[..])?;
            }
            file.set_view::<f64>(5, &block)?;
            file.write_at_all(0, &view(&mine, 1, &inner))?;
            // Its own elements, and the second row alone.
            let mut back = [0.0; 2];
            file.read_at_all(2, &mut back)?;
            assert_eq!(back, [value(1, 2 * rank), value(1, 2 * rank + 1)]);
            let end = file.read_at_all(5, &mut back).unwrap_err();
            assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
            file.set_view::<u8>(0, &u8::equivalent_datatype())?;
            let mut head = [0_u8; 5];
            file.read_at(0, &mut head)?;
            assert_eq!(&head, b"head\n");
            Ok(())
        })
        .unwrap();
    let bytes = taken(world, &path);
    let all: Vec<f64> = (0..rows)
        .flat_map(|row| (0..columns).map(move |column| value(row, column)))
        .collect();
    assert_eq!(numbers(&bytes[5..]), all);
}

fn ordered(world: &World) {
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let path = path(world, "ordered");
    let line = |round: usize, rank: usize| format!("{round} {}\n", "x".repeat(rank));
    let mut expected = String::new();
    for access in [Access::New, Access::Append] {
        world
            .with_file(&path, access, |file| {
                file.write_ordered(line(0, rank).as_bytes())?;
                let none = rank % 2 == 1;
                let text = if none { String::new() } else { line(1, rank) };
                file.write_ordered(text.as_bytes())
            })
            .unwrap();
        expected.extend((0..size).map(|rank| line(0, rank)));
        expected.extend((0..size).step_by(2).map(|rank| line(1, rank)));
    }
    assert_eq!(String::from_utf8(taken(world, &path)).unwrap(), expected);
    // Nothing is left beside it.
    let beside = fs::read_dir(env::temp_dir()).unwrap().flatten();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let left: Vec<_> = beside
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|entry| entry.contains(&name))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

fn errors(world: &World) {
    let rank = world.rank();
    let missing = path(world, "missing");
    let nothing = |access| world.with_file(&missing, access, |_| Ok(())).unwrap_err();
    let error = nothing(Access::Read);
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let below = world.with_file(missing.join("below"), Access::Write, |_| Ok(()));
    let error = below.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = world
        .with_file("/proc/self/stat/below", Access::Write, |_| Ok(()))
        .unwrap_err();
    assert!(
        error.to_string().contains("/proc/self/stat/below"),
        "{error}"
    );
    assert!(
        world
            .with_file(env::temp_dir(), Access::Write, |_| Ok(()))
            .is_err()
    );
    assert!(world.with_file("a\0b", Access::Write, |_| Ok(())).is_err());

    // What one rank finds wrong is wrong for all, with its rank.
    let last = world.size() - 1;
    let path = path(world, "errors");
    let error = world
        .with_file(&path, Access::New, |_| match rank == last {
            true => Err(io::Error::new(ErrorKind::InvalidData, "not my file")),
            false => Ok(()),
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert_eq!(error.to_string(), format!("rank {last}: not my file"));
    let error = world.with_file(&path, Access::New, |_| Ok(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    // It is empty, and written for writing only.
    let error = world
        .with_file(&path, Access::Read, |file| {
            file.read_at(0, &mut [0_u8; 3][..])
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{error}");
    let error = world
        .with_file(&path, Access::Read, |file| file.write_at(0, &[1_u8][..]))
        .unwrap_err();
    assert!(error.to_string().contains("cannot write to"), "{error}");
    taken(world, &path);
}

fn is_full(error: &io::Error) -> bool {
    [ErrorKind::FileTooLarge, ErrorKind::StorageFull].contains(&error.kind())
}

/// Files may have no more bytes than this, and MPI hears of it as of a full disk.
fn full_disk(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    let path = path(world, "full");
    let limit = 1 << 16;
    harness::space::limited(limit, || {
        let bytes = vec![rank as u8; (limit as usize + 100) / size as usize + 1];
        let at = rank as u64 * bytes.len() as u64;
        for collective in [false, true] {
            let error = world
                .with_file(&path, Access::Write, |file| match collective {
                    true => file.write_at_all(at, &bytes[..]),
                    false => file.write_at(at, &bytes[..]),
                })
                .unwrap_err();
            let text = error.to_string();
            assert!(is_full(&error), "{text}");
            if !collective {
                assert!(text.starts_with(&format!("rank {}: ", size - 1)), "{text}");
            }
        }
        let error = world
            .with_file(&path, Access::Write, |file| file.set_size(limit + 1))
            .unwrap_err();
        assert!(is_full(&error), "{error}");
    });
    taken(world, &path);
    // No room for MPI's own notes either.
    let error = harness::space::limited(3, || {
        world.with_file(&path, Access::New, |file| file.write_ordered(&b"text"[..]))
    });
    assert!(error.is_err());
    taken(world, &path);
}

fn refusals(world: &World) {
    let path = path(world, "refusals");
    let element = f64::equivalent_datatype();
    world
        .with_file(&path, Access::ReadWrite, |file| {
            let said = refusal(|| drop(file.write_at(u64::MAX - 3, &[1_u8][..])));
            assert!(said.contains("is too large"), "{said}");
            let said = refusal(|| drop(file.read_at(u64::MAX, &mut [1_u8][..])));
            assert!(said.contains("is too large"), "{said}");
            let other = f32::equivalent_datatype();
            let said = refusal(|| drop(file.set_view::<f64>(0, &other)));
            assert!(said.contains("whole elements of f64"), "{said}");
            let column = UserDatatype::vector(3, 1, 4, &element);
            let said = refusal(|| drop(file.set_view::<f64>(0, &resized(&column, 0, 8))));
            assert!(said.contains("overlaps its own repetition"), "{said}");
            let nothing = UserDatatype::contiguous(0, &element);
            let said = refusal(|| drop(file.set_view::<f64>(0, &nothing)));
            assert!(said.contains("at least one element"), "{said}");
            Ok(())
        })
        .unwrap();
    taken(world, &path);
}

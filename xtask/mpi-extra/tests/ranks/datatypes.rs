//! Subarrays, resized datatypes, and what a view refuses.

use crate::{Part, World, refusal};
use mpi::{datatype::UserDatatype, point_to_point::send_receive_into, traits::*};
use mpi_extra::datatype::{resized, subarray, view, view_mut};

pub const PARTS: &[Part] = &[
    ("subarrays", |world| subarrays(&world())),
    ("columns", |world| columns(&world())),
    ("views", |world| views(&world())),
];

/// Making it was all.
fn made<V>(_view: V) {}

/// Sends to the next rank and receives from the one before.
fn around<B: Buffer, R: BufferMut + ?Sized>(world: &World, sent: &B, received: &mut R) {
    let (rank, size) = (world.rank(), world.size());
    let next = world.process_at_rank((rank + 1) % size);
    let before = world.process_at_rank((rank + size - 1) % size);
    send_receive_into(sent, &next, received, &before);
}

fn subarrays(world: &World) {
    let size = world.size() as usize;
    let before = (world.rank() as usize + size - 1) % size;
    // Three dimensions, against a serial loop over the same indices.
    let (shape, block, start) = ([3, 4, 5], [2, 2, 3], [1, 0, 2]);
    let element = |rank: usize, at: usize| (1000 * rank + at) as i64;
    let field: Vec<i64> = (0..60)
        .map(|at| element(world.rank() as usize, at))
        .collect();
    let datatype = subarray(&shape, &block, &start, &i64::equivalent_datatype());
    let mut packed = [0; 12];
    around(world, &view(&field, 1, &datatype), &mut packed[..]);
    let mut expected = Vec::new();
    for plane in 1..3 {
        for row in 0..2 {
            for column in 2..5 {
                expected.push(element(before, (plane * 4 + row) * 5 + column));
            }
        }
    }
    assert_eq!(packed[..], expected);

    // Received into another corner of another array; all the rest stays.
    let mut other = [-1; 42];
    let corner = subarray(&[6, 7], &[4, 3], &[2, 4], &i64::equivalent_datatype());
    around(
        world,
        &view(&field, 1, &datatype),
        &mut view_mut(&mut other, 1, &corner),
    );
    let mut rest = expected.iter();
    for (at, found) in other.iter().enumerate() {
        let inside = at / 7 >= 2 && at % 7 >= 4;
        let wanted = if inside { *rest.next().unwrap() } else { -1 };
        assert_eq!(*found, wanted, "at {at}");
    }

    // Two arrays one behind the other: the extent is that of the whole array.
    let pair: Vec<i32> = (0..12).collect();
    let second = subarray(&[2, 3], &[2, 1], &[0, 1], &i32::equivalent_datatype());
    let mut four = [0; 4];
    around(world, &view(&pair, 2, &second), &mut four[..]);
    assert_eq!(four, [1, 4, 7, 10]);

    let refused = |shape: &[i32], block: &[i32], start: &[i32]| {
        let (shape, block, start) = (shape.to_vec(), block.to_vec(), start.to_vec());
        refusal(move || {
            drop(subarray(
                &shape,
                &block,
                &start,
                &f64::equivalent_datatype(),
            ))
        })
    };
    assert!(refused(&[4], &[2, 2], &[0]).contains("the shape has 1, the block 2"));
    assert!(refused(&[], &[], &[]).contains("the shape has 0"));
    assert!(
        refused(&[4, 4], &[2, 2], &[0, 3])
            .contains("in dimension 1, the block covers elements 3..5 of 4")
    );
    assert!(refused(&[4], &[0], &[0]).contains("at least one element"));
    assert!(refused(&[4], &[2], &[-1]).contains("-1..1 of 4"));
    assert!(refused(&[4], &[i32::MAX], &[i32::MAX]).contains("of 4"));
}

/// The columns of a matrix, scattered and gathered again.
fn columns(world: &World) {
    let (size, rank, root) = (world.size(), world.rank(), world.process_at_rank(0));
    for (rows, width) in [(1, 1), (3, 1), (5, 2)] {
        let columns = size * width;
        let matrix: Vec<f64> = (0..rows * columns).map(f64::from).collect();
        // The columns of one rank lie side by side, and the next rank's begin right behind them.
        let block = UserDatatype::vector(rows, width, columns, &f64::equivalent_datatype());
        let block = resized(
            &block,
            0,
            (width as usize * size_of::<f64>()) as mpi::Address,
        );
        let mut mine = vec![0.0; (rows * width) as usize];
        match rank {
            0 => root.scatter_into_root(&view(&matrix, size, &block), &mut mine[..]),
            _ => root.scatter_into(&mut mine[..]),
        }
        for row in 0..rows {
            for column in 0..width {
                let expected = f64::from(row * columns + rank * width + column);
                assert_eq!(mine[(row * width + column) as usize], expected);
            }
        }
        let mut again = vec![-1.0; matrix.len()];
        match rank {
            0 => root.gather_into_root(&mine[..], &mut view_mut(&mut again, size, &block)),
            _ => root.gather_into(&mine[..]),
        }
        assert!(rank != 0 || again == matrix);
    }
    // A resized datatype that begins before its first element, and one that goes backwards.
    let numbers: Vec<u8> = (0..9).collect();
    let late = UserDatatype::indexed(&[1], &[2], &u8::equivalent_datatype());
    let mut got = [0_u8; 3];
    around(
        world,
        &view(&numbers, 3, &resized(&late, -4, 3)),
        &mut got[..],
    );
    assert_eq!(got, [2, 5, 8]);
    let back = resized(&u8::equivalent_datatype(), 0, -1);
    assert!(
        refusal(|| made(view(&[0_u8; 3], 3, &back))).contains("begins 2 bytes before the slice")
    );
    let back = resized(
        &UserDatatype::indexed(&[1], &[2], &u8::equivalent_datatype()),
        0,
        -1,
    );
    around(world, &view(&numbers[..3], 3, &back), &mut got[..]);
    assert_eq!(got, [2, 1, 0]);
}

#[derive(Clone, Copy, Debug, Default, Equivalence, PartialEq)]
struct Record {
    mark: bool,
    at: f64,
    name: [u8; 3],
}

fn views(world: &World) {
    let double = f64::equivalent_datatype();
    let ten = [0.0; 10];
    let whole = |count, datatype: &UserDatatype| {
        made(view(&ten, count, datatype));
        refusal(|| made(view(&ten[..9], count, datatype)))
    };
    // Each fits ten elements, and not nine.
    let said = whole(1, &UserDatatype::vector(4, 1, 3, &double));
    assert!(
        said.contains("reaches to byte 80") && said.contains("9 elements of f64"),
        "{said}"
    );
    whole(2, &UserDatatype::contiguous(5, &double));
    whole(1, &UserDatatype::indexed(&[1, 2, 0], &[3, 8, 40], &double));
    whole(1, &UserDatatype::indexed_block(2, &[8, 0], &double));
    whole(1, &UserDatatype::heterogeneous_vector(2, 1, 72, &double));
    whole(
        1,
        &UserDatatype::heterogeneous_indexed(&[1, 1], &[72, 8], &double),
    );
    whole(
        1,
        &UserDatatype::heterogeneous_indexed_block(1, &[72], &double),
    );
    whole(
        1,
        &UserDatatype::structured(&[1, 1], &[0, 72], &[double, double]),
    );
    whole(1, &subarray(&[2, 5], &[2, 1], &[0, 4], &double));
    whole(1, &subarray(&[1, 2, 6], &[1, 2, 1], &[0, 0, 3], &double));
    whole(10, &resized(&double, 0, 8));
    whole(4, &resized(&double, -16, 24));
    whole(
        2,
        &UserDatatype::vector(3, 1, 2, &UserDatatype::contiguous(1, &double)).clone(),
    );
    whole(
        1,
        &UserDatatype::vector(2, 1, 1, &UserDatatype::vector(2, 2, 3, &double)),
    );

    // Not at all before the slice.
    let negative = UserDatatype::vector(2, 1, -1, &double);
    assert!(refusal(|| made(view(&[0.0; 9], 1, &negative))).contains("begins 8 bytes before"));
    assert!(refusal(|| made(view(&[0.0; 9], -1, &f64::equivalent_datatype()))).contains("-1"));
    // Nor so far behind it that 64 bits come round to the slice.
    for stride in [i64::MAX - 3, i64::MIN, -16, 1 << 61] {
        let far = UserDatatype::heterogeneous_vector(2, 1, stride as mpi::Address, &double);
        let said = refusal(|| made(view(&[0.0; 9], 1, &far)));
        assert!(
            said.contains("begins ") || said.contains("reaches to byte"),
            "{said}"
        );
        let far = resized(&double, 0, stride as mpi::Address);
        let said = refusal(|| made(view(&[0.0; 9], 9, &far)));
        assert!(
            said.contains("begins ") || said.contains("reaches to byte"),
            "{said}"
        );
    }
    // Nothing is always there, and so is an empty datatype.
    made(view(&[0.0; 0], 0, &UserDatatype::vector(4, 1, 3, &double)));
    made(view(&[0.0; 1], 3, &UserDatatype::contiguous(0, &double)));

    // Nothing but whole elements, of the right type.
    let shifted = UserDatatype::heterogeneous_indexed(&[1, 1], &[0, 12], &double);
    let said = refusal(|| made(view(&[0.0; 9], 1, &shifted)));
    assert!(
        said.contains("4 bytes after the start of an element of 8 bytes"),
        "{said}"
    );
    let shifted = resized(&double, 0, 12);
    assert!(refusal(|| made(view(&[0.0; 9], 2, &shifted))).contains("4 bytes after"));
    made(view(&ten, 1, &shifted));
    let single = UserDatatype::contiguous(2, &f32::equivalent_datatype());
    assert!(refusal(|| made(view(&[0.0_f64; 9], 1, &single))).contains("another basic type"));
    assert!(
        refusal(|| made(view_mut(&mut [true; 8], 1, &u8::equivalent_datatype())))
            .contains("another basic type")
    );

    // Fields of records, but not what lies between them.
    let records = [Record {
        mark: true,
        at: 2.5,
        name: *b"abc",
    }; 4];
    let record = Record::equivalent_datatype();
    made(view(&records, 4, &record));
    assert!(
        refusal(|| made(view(&records, 5, &Record::equivalent_datatype())))
            .contains("4 elements of")
    );
    let bytes = UserDatatype::contiguous(size_of::<Record>() as i32, &u8::equivalent_datatype());
    let said = refusal(move || made(view(&records, 1, &bytes)));
    assert!(
        said.contains("bytes after the start") || said.contains("another basic type"),
        "{said}"
    );
    let every_other = resized(&record, 0, 2 * size_of::<Record>() as mpi::Address);
    let mut got = [Record::default(); 3];
    let sent = view(&records[..3], 2, &every_other);
    around(world, &sent, &mut view_mut(&mut got, 2, &every_other));
    assert_eq!(got, [records[0], Record::default(), records[2]]);
}

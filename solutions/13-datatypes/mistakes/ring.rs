//! Mistakes in the tasks `column`, `block`, `indexed` and `transpose`.

use crate::{
    subject::{self, Place},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{
    Address, Count,
    datatype::{Equivalence, UserDatatype},
    point_to_point::send_receive_into,
    topology::{Process, SimpleCommunicator},
    traits::*,
};
use mpi_extra::datatype::{resized, subarray, view, view_mut};
use std::{collections::BTreeMap, sync::Mutex};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("column": column = copied => WrongOperation,
        "copies the column into a vector, and sends that"),
    mistake!("column": column = on_the_stack => WrongOperation,
        "makes a datatype for show, and sends a copy that lies on the stack"),
    mistake!("column": column = packed => WrongOperation,
        "packs the column, which is a copy by MPI"),
    mistake!("column": column = one_by_one => TooMuchCommunication,
        "sends each element as a message of its own"),
    mistake!("column": column = whole_matrix => TooMuchCommunication,
        "sends the matrix, and takes the column out of it at the receiver"),
    mistake!("column": column = first_column => WrongResult,
        "begins at the start of the matrix, whichever column is asked for"),
    mistake!("column": column = for_a_square => WrongResult,
        "takes as many columns as there are rows"),
    mistake!("column": column = one_column_less => WrongResult,
        "counts the elements between two of a column, and not how far apart they are"),
    mistake!("column": column = from_row_zero => WrongResult,
        "sends a row, which is contiguous"),
    mistake!("column": column = whole_view => WrongResult,
        "begins the view at the row of the column's number"),
    mistake!("column": column = stride_in_bytes => Panic,
        "gives the stride in bytes"),
    mistake!("column": column = the_other_way_round => WrongResult,
        "sends to the rank before, and receives from the next"),
    mistake!("column": column = both_send_first => UnsafeSend,
        "sends, and only then receives"),
    mistake!("column": column = read_column_of_its_own => WrongResult,
        "takes its own column"),
    mistake!("column": column = kept_for_its_width => WrongResult,
        "keeps the datatype for the next matrix that is as wide, even if it has more rows"),
    mistake!("column": column = in_16_bits => WrongResult,
        "has 16 bits for the number of the column"),
    mistake!("block": block = full_width_from_row_zero => WrongResult,
        "sends a block of full width as it lies there, but from row 0 on"),
    mistake!("block": block = at_the_origin => WrongResult,
        "leaves the corners out: the block lies at row 0 and column 0"),
    mistake!("block": block = in_the_same_place => WrongResult,
        "receives where it has sent from"),
    mistake!("block": block = corner_swapped => WrongResult,
        "takes the corner's column for its row"),
    mistake!("block": block = block_swapped => WrongResult,
        "swaps the block's height and width, also at the receiver"),
    mistake!("block": block = from_the_top => WrongResult,
        "counts the rows of the corner from the other end"),
    mistake!("block": block = one_further => WrongResult,
        "counts the corner from 1"),
    mistake!("block": block = rows_of_the_block => TooMuchCommunication,
        "sends each row of the block as a message of its own"),
    mistake!("block": block = full_rows => TooMuchCommunication,
        "sends whole rows, and takes the block out of them"),
    mistake!("block": block = through_a_vector => WrongOperation,
        "receives into a vector, and copies the block from there"),
    mistake!("block": block = sent_from_a_vector => WrongOperation,
        "copies the block together before it sends it"),
    mistake!("block": block = with_the_next_column => WrongResult,
        "adds the next column to a block of a single column, if there is one"),
    mistake!("indexed": indexed = collected => WrongOperation,
        "collects the points in a vector"),
    mistake!("indexed": indexed = sorted => WrongResult,
        "sorts the list"),
    mistake!("indexed": indexed = each_once => WrongResult,
        "sends a point once that is on the list twice"),
    mistake!("indexed": indexed = numbers_not_points => WrongResult,
        "takes a position for the index of a number"),
    mistake!("indexed": indexed = first_number_only => WrongResult,
        "sends the first number of each point"),
    mistake!("indexed": indexed = all_points => TooMuchCommunication,
        "sends all points, and picks at the receiver"),
    mistake!("indexed": indexed = a_message_each => TooMuchCommunication,
        "sends each point as a message of its own"),
    mistake!("indexed": indexed = never_empty => Panic,
        "looks at the first position of a list that may be empty"),
    mistake!("indexed": indexed = as_a_range => WrongResult,
        "takes the points from the first position on, one after the other"),
    mistake!("indexed": indexed = kept_for_its_length => WrongResult,
        "keeps the datatype for the next list that is as long"),
    mistake!("indexed": indexed = positions_in_16_bits => WrongResult,
        "has 16 bits for a position"),
    mistake!("indexed": indexed = even_positions_halved => WrongResult,
        "takes positions of points of two numbers for places of numbers, if all are even"),
    mistake!("indexed": indexed = at_most_a_thousand => TooMuchCommunication,
        "sends a message for each thousand positions"),
    mistake!("transpose": transpose = transposed_copy => WrongOperation,
        "transposes into a vector, and sends that"),
    mistake!("transpose": transpose = turned_afterwards => WrongOperation,
        "receives rows, copies them, and turns them"),
    mistake!("transpose": transpose = turned_by_swaps => WrongOperation,
        "receives rows, and turns them where they are, element by element"),
    mistake!("transpose": transpose = turned_behind_a_datatype => WrongOperation,
        "makes a datatype for show, and turns the rows where they are"),
    mistake!("transpose": transpose = not_turned => WrongResult,
        "sends rows and receives rows"),
    mistake!("transpose": transpose = stride_of_a_row => WrongResult,
        "takes the sender's row length for the receiver's stride, which is right for a square"),
    mistake!("transpose": transpose = not_resized => Panic,
        "lets the next column begin where the last one ends"),
    mistake!("transpose": transpose = resized_to_elements => Panic,
        "gives the extent in elements"),
    mistake!("transpose": transpose = kept_for_its_size => WrongResult,
        "keeps the number of columns for the next matrix with as many elements"),
    mistake!("transpose": transpose = row_by_row => TooMuchCommunication,
        "sends each row as a message of its own"),
    mistake!("indexed": indexed = a_range_by_its_ends => WrongResult,
        "takes a list for a range if its first and last position are as far apart"),
    mistake!("block": block = from_corner_to_corner => WrongResult,
        "sends everything from the first element of a block to its last, if both matrices are as wide"),
    mistake!("block": block = from_corner_to_corner_in_place => WrongResult,
        "sends everything from the first element of a block to its last, if it is in the same place on both sides"),
    mistake!("block": block = of_the_same_size => WrongResult,
        "takes matrices with as many elements for matrices of the same shape"),
    mistake!("indexed": indexed = an_ascending_range_by_its_ends => WrongResult,
        "takes an ascending list for a range if its first and last position are as far apart"),
];

fn count(length: usize) -> Count {
    length as Count
}

fn number() -> <f64 as Equivalence>::Out {
    f64::equivalent_datatype()
}

const NUMBER: Address = size_of::<f64>() as Address;

fn next_and_previous(world: &SimpleCommunicator) -> (Process<'_>, Process<'_>) {
    let (rank, size) = (world.rank(), world.size());
    let next = world.process_at_rank((rank + 1) % size);
    (next, world.process_at_rank((rank + size - 1) % size))
}

/// Sends and receives in a ring.
fn pass<S: Buffer + ?Sized, R: BufferMut + ?Sized>(
    world: &SimpleCommunicator,
    sent: &S,
    received: &mut R,
) {
    let (next, previous) = next_and_previous(world);
    send_receive_into(sent, &next, received, &previous);
}

fn copied(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let copy: Vec<f64> = matrix
        .iter()
        .skip(column)
        .step_by(columns)
        .copied()
        .collect();
    pass(world, &copy[..], received);
}

fn on_the_stack(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let _shown = UserDatatype::vector(count(received.len()), 1, count(columns), &number());
    let mut copy = [0.0; 100_000];
    let copy = &mut copy[..received.len()];
    for (row, number) in copy.iter_mut().enumerate() {
        *number = matrix[row * columns + column];
    }
    pass(world, &*copy, received);
}

fn packed(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let as_column = UserDatatype::vector(count(received.len()), 1, count(columns), &number());
    let bytes = world.pack(&view(&matrix[column..], 1, &as_column));
    let (numbers, _) = bytes.as_chunks::<8>();
    let copy: Vec<f64> = numbers
        .iter()
        .map(|bytes| f64::from_ne_bytes(*bytes))
        .collect();
    pass(world, &copy[..], received);
}

fn one_by_one(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    for (row, number) in received.iter_mut().enumerate() {
        pass(world, &matrix[row * columns + column], number);
    }
}

fn whole_matrix(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let mut theirs = vec![0.0; matrix.len()];
    pass(world, matrix, &mut theirs[..]);
    for (row, number) in received.iter_mut().enumerate() {
        *number = theirs[row * columns + column];
    }
}

fn first_column(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    _: usize,
    received: &mut [f64],
) {
    let as_column = UserDatatype::vector(count(received.len()), 1, count(columns), &number());
    pass(world, &view(matrix, 1, &as_column), received);
}

fn for_a_square(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let rows = received.len().min(columns);
    let as_column = UserDatatype::vector(count(rows), 1, count(columns), &number());
    pass(world, &view(&matrix[column..], 1, &as_column), received);
}

fn one_column_less(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let as_column = UserDatatype::vector(count(received.len()), 1, count(columns) - 1, &number());
    pass(world, &view(&matrix[column..], 1, &as_column), received);
}

fn from_row_zero(
    world: &SimpleCommunicator,
    matrix: &[f64],
    _: usize,
    _: usize,
    received: &mut [f64],
) {
    let row = UserDatatype::contiguous(count(received.len()), &number());
    pass(world, &view(matrix, 1, &row), received);
}

fn whole_view(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let last = column.min(received.len() - 1) * columns;
    let rows = received.len() - last / columns;
    let as_column = UserDatatype::vector(count(rows), 1, count(columns), &number());
    pass(world, &view(&matrix[last..], 1, &as_column), received);
}

fn stride_in_bytes(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let stride = count(columns * size_of::<f64>());
    let as_column = UserDatatype::vector(count(received.len()), 1, stride, &number());
    pass(world, &view(&matrix[column..], 1, &as_column), received);
}

fn the_other_way_round(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let (next, previous) = next_and_previous(world);
    let as_column = UserDatatype::vector(count(received.len()), 1, count(columns), &number());
    let sent = view(&matrix[column..], 1, &as_column);
    send_receive_into(&sent, &previous, received, &next);
}

fn both_send_first(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let (next, previous) = next_and_previous(world);
    let as_column = UserDatatype::vector(count(received.len()), 1, count(columns), &number());
    next.send(&view(&matrix[column..], 1, &as_column));
    previous.receive_into(received);
}

fn read_column_of_its_own(
    _: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    for (row, number) in received.iter_mut().enumerate() {
        *number = matrix[row * columns + column];
    }
}

fn kept_for_its_width(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    static KEPT: Mutex<BTreeMap<usize, UserDatatype>> = Mutex::new(BTreeMap::new());
    let mut kept = KEPT.lock().expect("no other thread");
    let as_column = kept.entry(columns).or_insert_with(|| {
        UserDatatype::vector(count(received.len()), 1, count(columns), &number())
    });
    pass(world, &view(&matrix[column..], 1, as_column), received);
}

fn in_16_bits(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    column: usize,
    received: &mut [f64],
) {
    let column = usize::from(column as u16);
    subject::column(world, matrix, columns, column, received);
}

fn as_block(block: [usize; 2], shape: [usize; 2], corner: [usize; 2]) -> UserDatatype {
    let [shape, block, corner] = [shape, block, corner].map(|pair| pair.map(count));
    subarray(&shape, &block, &corner, &number())
}

/// The block between two datatypes.
fn pass_block(
    world: &SimpleCommunicator,
    (field, here): (&[f64], UserDatatype),
    (copy, there): (&mut [f64], UserDatatype),
) {
    pass(
        world,
        &view(field, 1, &here),
        &mut view_mut(copy, 1, &there),
    );
}

fn full_width_from_row_zero(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    mut from: Place,
    copy: &mut [f64],
    to: Place,
) {
    if block[1] == from.shape[1] {
        from.corner[0] = 0;
    }
    subject::block(world, block, field, from, copy, to);
}

fn at_the_origin(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let at = |place: Place| as_block(block, place.shape, [0, 0]);
    pass_block(world, (field, at(from)), (copy, at(to)));
}

fn in_the_same_place(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let fits = |side| from.corner[side] + block[side] <= to.shape[side];
    let corner = if fits(0) && fits(1) {
        from.corner
    } else {
        [0, 0]
    };
    let there = as_block(block, to.shape, corner);
    pass_block(
        world,
        (field, as_block(block, from.shape, from.corner)),
        (copy, there),
    );
}

fn corner_swapped(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let at = |place: Place| {
        let [row, column] = place.corner;
        let most = [0, 1].map(|side| place.shape[side] - block[side]);
        as_block(block, place.shape, [column.min(most[0]), row.min(most[1])])
    };
    pass_block(world, (field, at(from)), (copy, at(to)));
}

fn with_the_next_column(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let is_last = |place: Place| place.corner[1] + 1 == place.shape[1];
    let block = match block {
        [rows, 1] if !is_last(from) && !is_last(to) => [rows, 2],
        block => block,
    };
    subject::block(world, block, field, from, copy, to);
}

fn block_swapped(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let [rows, columns] = block;
    let fits = |place: Place| {
        place.corner[0] + columns <= place.shape[0] && place.corner[1] + rows <= place.shape[1]
    };
    let block = if fits(from) && fits(to) {
        [columns, rows]
    } else {
        block
    };
    let at = |place: Place| as_block(block, place.shape, place.corner);
    pass_block(world, (field, at(from)), (copy, at(to)));
}

fn from_the_top(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let at = |place: Place| {
        let row = place.shape[0] - block[0] - place.corner[0];
        as_block(block, place.shape, [row, place.corner[1]])
    };
    pass_block(world, (field, at(from)), (copy, at(to)));
}

fn one_further(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let at = |place: Place| as_block(block, place.shape, place.corner.map(|side| side + 1));
    pass_block(world, (field, at(from)), (copy, at(to)));
}

fn start(place: Place, row: usize) -> usize {
    (place.corner[0] + row) * place.shape[1] + place.corner[1]
}

fn rows_of_the_block(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    for row in 0..block[0] {
        let sent = &field[start(from, row)..][..block[1]];
        pass(world, sent, &mut copy[start(to, row)..][..block[1]]);
    }
}

fn full_rows(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let columns = from.shape[1];
    let rows = &field[from.corner[0] * columns..][..block[0] * columns];
    let mut theirs = vec![0.0; rows.len()];
    pass(world, rows, &mut theirs[..]);
    for (row, theirs) in theirs.chunks(columns).enumerate() {
        copy[start(to, row)..][..block[1]].copy_from_slice(&theirs[from.corner[1]..][..block[1]]);
    }
}

fn through_a_vector(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let mut theirs = vec![0.0; block[0] * block[1]];
    let here = as_block(block, from.shape, from.corner);
    pass(world, &view(field, 1, &here), &mut theirs[..]);
    for (row, theirs) in theirs.chunks(block[1]).enumerate() {
        copy[start(to, row)..][..block[1]].copy_from_slice(theirs);
    }
}

fn sent_from_a_vector(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let mut own = Vec::new();
    for row in 0..block[0] {
        own.extend_from_slice(&field[start(from, row)..][..block[1]]);
    }
    let there = as_block(block, to.shape, to.corner);
    pass(world, &own[..], &mut view_mut(copy, 1, &there));
}

fn pass_points(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let point = UserDatatype::contiguous(count(width), &number());
    let positions: Vec<Count> = positions.iter().copied().map(count).collect();
    let listed = UserDatatype::indexed_block(1, &positions, &point);
    pass(world, &view(points, 1, &listed), received);
}

fn kept_for_its_length(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    static KEPT: Mutex<BTreeMap<[usize; 2], Vec<usize>>> = Mutex::new(BTreeMap::new());
    let mut kept = KEPT.lock().expect("no other thread");
    let key = [width, positions.len()];
    let positions = kept.entry(key).or_insert_with(|| positions.to_vec());
    subject::indexed(world, points, width, positions, received);
}

fn positions_in_16_bits(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let narrow = positions
        .iter()
        .map(|position| usize::from(*position as u16));
    let positions: Vec<usize> = narrow.collect();
    subject::indexed(world, points, width, &positions, received);
}

fn collected(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let mut copy = Vec::new();
    for position in positions {
        copy.extend_from_slice(&points[position * width..][..width]);
    }
    pass(world, &copy[..], received);
}

fn sorted(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let mut positions = positions.to_vec();
    positions.sort_unstable();
    pass_points(world, points, width, &positions, received);
}

fn each_once(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let mut once = Vec::new();
    for position in positions {
        if !once.contains(position) {
            once.push(*position);
        }
    }
    pass_points(world, points, width, &once, received);
}

fn even_positions_halved(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let is_even = width == 2 && positions.iter().all(|at| at.is_multiple_of(2));
    let share = if is_even { 2 } else { 1 };
    let positions: Vec<usize> = positions.iter().map(|at| at / share).collect();
    subject::indexed(world, points, width, &positions, received);
}

fn at_most_a_thousand(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    const MOST: usize = 1000;
    let parts = received.chunks_mut(MOST * width);
    for (positions, received) in positions.chunks(MOST).zip(parts) {
        subject::indexed(world, points, width, positions, received);
    }
}

fn numbers_not_points(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let positions: Vec<Count> = positions.iter().copied().map(count).collect();
    let end = points.len() - width;
    let positions: Vec<Count> = positions.into_iter().map(|at| at.min(count(end))).collect();
    let listed = UserDatatype::indexed_block(count(width), &positions, &number());
    pass(world, &view(points, 1, &listed), received);
}

fn first_number_only(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let starts: Vec<Count> = positions.iter().map(|at| count(at * width)).collect();
    let listed = UserDatatype::indexed_block(1, &starts, &number());
    pass(world, &view(points, 1, &listed), received);
}

fn all_points(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let mut theirs = vec![0.0; points.len()];
    pass(world, points, &mut theirs[..]);
    for (to, position) in received.chunks_mut(width).zip(positions) {
        to.copy_from_slice(&theirs[position * width..][..width]);
    }
}

fn a_message_each(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    for (to, position) in received.chunks_mut(width).zip(positions) {
        pass(world, &points[position * width..][..width], to);
    }
}

fn never_empty(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    // All displacements are counted from the first one.
    let first = *positions.iter().min().expect("a position");
    let positions: Vec<usize> = positions.iter().map(|position| position - first).collect();
    pass_points(world, &points[first * width..], width, &positions, received);
}

fn as_a_range(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let first = positions.iter().min().map_or(0, |first| first * width);
    let end = (first + received.len()).min(points.len());
    pass(world, &points[first..end], received);
}

fn kept_for_its_size(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    received: &mut [f64],
) {
    static KEPT: Mutex<BTreeMap<usize, usize>> = Mutex::new(BTreeMap::new());
    let mut kept = KEPT.lock().expect("no other thread");
    let columns = *kept.entry(matrix.len()).or_insert(columns);
    subject::transpose(world, matrix, columns, received);
}

fn transposed_copy(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    received: &mut [f64],
) {
    let column = |column| matrix.iter().skip(column).step_by(columns);
    let copy: Vec<f64> = (0..columns).flat_map(column).copied().collect();
    pass(world, &copy[..], received);
}

fn turned_afterwards(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    received: &mut [f64],
) {
    pass(world, matrix, received);
    let rows = matrix.len() / columns;
    let copy = received.to_vec();
    for (index, number) in copy.iter().enumerate() {
        received[index % columns * rows + index / columns] = *number;
    }
}

fn turned_by_swaps(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    received: &mut [f64],
) {
    pass(world, matrix, received);
    let rows = matrix.len() / columns;
    let source = |index: usize| index % rows * columns + index / rows;
    for index in 0..received.len() {
        let mut from = source(index);
        // What was there has been swapped away, maybe several times.
        while from < index {
            from = source(from);
        }
        received.swap(index, from);
    }
}

fn turned_behind_a_datatype(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    received: &mut [f64],
) {
    let _shown = UserDatatype::vector(count(columns), 1, count(columns), &number());
    turned_by_swaps(world, matrix, columns, received);
}

fn not_turned(world: &SimpleCommunicator, matrix: &[f64], columns: usize, received: &mut [f64]) {
    let row = UserDatatype::contiguous(count(columns), &number());
    let rows = count(matrix.len() / columns);
    pass(world, matrix, &mut view_mut(received, rows, &row));
}

fn pass_columns(
    world: &SimpleCommunicator,
    matrix: &[f64],
    [rows, columns]: [usize; 2],
    extent: Option<Address>,
    received: &mut [f64],
) {
    let as_column = UserDatatype::vector(count(columns), 1, count(rows), &number());
    let as_column = match extent {
        Some(extent) => resized(&as_column, 0, extent),
        None => as_column,
    };
    pass(
        world,
        matrix,
        &mut view_mut(received, count(rows), &as_column),
    );
}

fn stride_of_a_row(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    received: &mut [f64],
) {
    // Columns of the matrix that is sent, not of the one that is received.
    let rows = count(matrix.len() / columns);
    let as_column = UserDatatype::vector(rows, 1, count(columns), &number());
    let as_column = resized(&as_column, 0, NUMBER);
    let mut turned = view_mut(received, count(columns), &as_column);
    pass(world, matrix, &mut turned);
}

fn not_resized(world: &SimpleCommunicator, matrix: &[f64], columns: usize, received: &mut [f64]) {
    let rows = matrix.len() / columns;
    pass_columns(world, matrix, [rows, columns], None, received);
}

fn resized_to_elements(
    world: &SimpleCommunicator,
    matrix: &[f64],
    columns: usize,
    received: &mut [f64],
) {
    let rows = matrix.len() / columns;
    pass_columns(world, matrix, [rows, columns], Some(1), received);
}

fn row_by_row(world: &SimpleCommunicator, matrix: &[f64], columns: usize, received: &mut [f64]) {
    let rows = matrix.len() / columns;
    let as_column = UserDatatype::vector(count(columns), 1, count(rows), &number());
    for (row, sent) in matrix.chunks(columns).enumerate() {
        pass(
            world,
            sent,
            &mut view_mut(&mut received[row..], 1, &as_column),
        );
    }
}

fn a_range_by_its_ends(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    let ends = positions.first().zip(positions.last());
    let range = ends.map(|(first, last)| (*first..last + 1).collect::<Vec<_>>());
    match range.filter(|range| range.len() == positions.len()) {
        Some(range) => pass_points(world, points, width, &range, received),
        None => pass_points(world, points, width, positions, received),
    }
}

/// A block with everything between its rows, if these are as far apart on both sides.
fn span(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let length = (block[0] - 1) * from.shape[1] + block[1];
    let start = |place: Place| place.corner[0] * place.shape[1] + place.corner[1];
    let sent = &field[start(from)..][..length];
    pass(world, sent, &mut copy[start(to)..][..length]);
}

fn from_corner_to_corner(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    match from.shape[1] == to.shape[1] {
        true => span(world, block, field, from, copy, to),
        false => subject::block(world, block, field, from, copy, to),
    }
}

fn from_corner_to_corner_in_place(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    match from == to {
        true => span(world, block, field, from, copy, to),
        false => subject::block(world, block, field, from, copy, to),
    }
}

fn of_the_same_size(
    world: &SimpleCommunicator,
    block: [usize; 2],
    field: &[f64],
    from: Place,
    copy: &mut [f64],
    to: Place,
) {
    let fits = (0..2).all(|side| to.corner[side] + block[side] <= from.shape[side]);
    let to = match field.len() == copy.len() && fits {
        true => Place {
            shape: from.shape,
            ..to
        },
        false => to,
    };
    subject::block(world, block, field, from, copy, to);
}

fn an_ascending_range_by_its_ends(
    world: &SimpleCommunicator,
    points: &[f64],
    width: usize,
    positions: &[usize],
    received: &mut [f64],
) {
    match positions.is_sorted() {
        true => a_range_by_its_ends(world, points, width, positions, received),
        false => pass_points(world, points, width, positions, received),
    }
}

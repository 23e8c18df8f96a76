//! Mistakes in the tasks `blocks` and `picture`.

use crate::{
    habits::{own, update_rows},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use heat_solution::{Grid, Update, share};
use mpi::{
    Address, Rank,
    datatype::{PartitionMut, UserDatatype},
    topology::SimpleCommunicator,
    traits::*,
};
use mpi_extra::{
    Neighbour,
    datatype::{resized, view},
    neighbourhood::Region,
    send_receive_into,
    traits::*,
};
use std::{
    fs::{File, rename},
    mem::swap,
    path::Path,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("blocks": blocks = packs_columns => WrongOperation,
        "copies each column into a buffer and sends that"),
    mistake!("blocks": blocks = cell_by_cell => TooMuchCommunication,
        "sends each cell of a column by itself"),
    mistake!("blocks": blocks = rows_only => WrongResult,
        "exchanges rows only"),
    mistake!("blocks": blocks = crosswise => WrongResult,
        "puts the column from the left neighbor on the right"),
    mistake!("blocks": blocks = closed => WrongResult,
        "lets the grid of ranks be periodic"),
    mistake!("blocks": blocks = wrong_stride => WrongResult,
        "counts the frame out of the distance from row to row"),
    mistake!("blocks": blocks = columns_once => WrongResult,
        "exchanges columns before the first step only"),
    mistake!("blocks": blocks = ghost_columns => WrongResult,
        "sends the outermost columns, which are ghost cells"),
    mistake!("blocks": blocks = two_deep => TooMuchCommunication,
        "sends two rows and columns to each neighbor"),
    mistake!("blocks": blocks = a_grid_for_each_step => TooMuchCommunication,
        "makes the grid of ranks anew in each step"),
    mistake!("blocks": blocks = everything_everywhere => TooMuchCommunication,
        "has the whole grid on every rank before each step"),
    mistake!("blocks": blocks = cells_far_apart => WrongOperation,
        "sends a column as many elements of one cell, each a row apart"),
    mistake!("blocks": blocks = to_blocks_without_cells => TooMuchCommunication,
        "also exchanges with blocks that have no cells"),
    mistake!("blocks": blocks = boundary_put_back => TooMuchCommunication,
        "lets the grid of ranks be periodic, and repairs the boundary"),
    mistake!("blocks": blocks = narrow_in_turn => WrongResult,
        "exchanges columns in every second step if blocks have a single one"),
    mistake!("blocks": blocks = to_blocks_without_columns => TooMuchCommunication,
        "sends columns to a block that has rows, but no columns"),
    mistake!("blocks": blocks = columns_in_a_chain => WrongOperation,
        "sends a column to the right before it receives one from the left, so that each rank waits for the next"),
    mistake!("picture": picture = one_behind_the_other => WrongResult,
        "leaves the blocks in the order in which they come"),
    mistake!("picture": picture = on_its_side => WrongResult,
        "takes the number of rows for the width"),
    mistake!("picture": picture = upside_down => WrongResult,
        "begins with the last row"),
    mistake!("picture": picture = own_block => WrongResult,
        "draws the block of rank 0"),
    mistake!("picture": picture = all_write => WrongOperation,
        "has every rank write a file"),
    mistake!("picture": picture = all_have_it => TooMuchCommunication,
        "gathers the picture on every rank"),
    mistake!("picture": picture = only_rank_0_knows => WrongResult,
        "tells nobody that the file could not be written"),
    mistake!("picture": picture = panics => Panic,
        "panics if the file cannot be written"),
    mistake!("picture": picture = leaves_early => Deadlock,
        "returns on rank 0 while the others wait for its word"),
    mistake!("picture": picture = says_ok => WrongResult,
        "ignores that the file could not be written"),
    mistake!("picture": picture = into_the_old_file => WrongResult,
        "leaves what follows the picture in a longer file that was there before"),
    mistake!("picture": picture = only_opens => WrongResult,
        "looks at whether the file can be made, and not at whether it can be written"),
    mistake!("picture": picture = no_reason => WrongResult,
        "does not say why the file could not be written"),
    mistake!("picture": picture = filled_up => TooMuchCommunication,
        "fills up all blocks to the size of the largest"),
    mistake!("picture": picture = path_as_text => WrongResult,
        "makes a text of the path, without the bytes that are no UTF-8 and the blanks at its ends"),
    mistake!("picture": picture = by_another_file => WrongOperation,
        "writes to a file beside the picture, whatever was in it, and renames it"),
    mistake!("picture": picture = chunks_of_a_row => Panic,
        "cuts each block into pieces of a row, whose length may be 0"),
    mistake!("picture": picture = named_by_itself => WrongResult,
        "adds an ending to a path that has none"),
    mistake!("picture": picture = four_bytes_each => TooMuchCommunication,
        "lets each color travel with a fourth byte, for opacity"),
];

/// What an answer does otherwise than it should.
#[derive(Clone, Copy, Default)]
struct Habits {
    packs: bool,
    narrow_in_turn: bool,
    singly: bool,
    chain: bool,
    no_columns: bool,
    columns_once: bool,
    crosswise: bool,
    closed: bool,
    wrong_stride: bool,
    ghosts: bool,
}

/// The neighbors above, below, left and right.
fn neighbours<'a>(
    world: &'a SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    closed: bool,
) -> [Neighbour<'a>; 4] {
    let active = [0, 1].map(|dimension| shape[dimension].min(ranks[dimension]) as Rank);
    let beside = ranks[1] as Rank;
    let (row, column) = (world.rank() / beside, world.rank() % beside);
    let is_inside =
        |row: Rank, column: Rank| (0..active[0]).contains(&row) && (0..active[1]).contains(&column);
    [
        (row - 1, column),
        (row + 1, column),
        (row, column - 1),
        (row, column + 1),
    ]
    .map(|(there_row, there_column)| {
        let (there_row, there_column) = match closed && is_inside(row, column) {
            true => (
                there_row.rem_euclid(active[0]),
                there_column.rem_euclid(active[1]),
            ),
            false => (there_row, there_column),
        };
        let exists = is_inside(row, column) && is_inside(there_row, there_column);
        Neighbour::at(
            world,
            if exists {
                there_row * beside + there_column
            } else {
                -1
            },
        )
    })
}

fn column_of(block: &Grid, column: usize) -> Vec<f64> {
    own(block).map(|row| block.row(row)[column]).collect()
}

fn by_messages(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    (steps, update): (usize, Update<'_>),
    habits: Habits,
) {
    let [above, below, left, right] = neighbours(world, shape, ranks, habits.closed);
    let (rows, columns) = (block.height() - 2, block.width - 2);
    let mut next = block.clone();
    let is_narrow = shape[1] / ranks[1] <= 1;
    for step in 0..steps {
        let skips = habits.narrow_in_turn && is_narrow && step % 2 == 1;
        if rows > 0 && columns > 0 {
            let (up, down) = (block.row(1).to_vec(), block.row(rows).to_vec());
            send_receive_into(&down[..], &below, block.row_mut(0), &above);
            send_receive_into(&up[..], &above, block.row_mut(rows + 1), &below);
            if !habits.no_columns && !skips && (step == 0 || !habits.columns_once) {
                swap_columns(block, [left, right], habits);
            }
        }
        update_rows(block, &mut next, own(block), update);
        if habits.columns_once || skips {
            for row in own(block) {
                for column in [0, columns + 1] {
                    next.row_mut(row)[column] = block.row(row)[column];
                }
            }
        }
        swap(block, &mut next);
    }
}

fn swap_columns(block: &mut Grid, [left, right]: [Neighbour<'_>; 2], habits: Habits) {
    let (rows, columns, width) = (block.height() - 2, block.width - 2, block.width);
    let stride = if habits.wrong_stride && rows > 1 {
        columns
    } else {
        width
    };
    let datatype = UserDatatype::vector(rows as i32, 1, stride as i32, &f64::equivalent_datatype());
    let (first, last) = if habits.ghosts {
        (0, columns + 1)
    } else {
        (1, columns)
    };
    let ghosts = if habits.crosswise {
        [columns + 1, 0]
    } else {
        [0, columns + 1]
    };
    for (to, edge, from, ghost) in [
        (right, last, left, ghosts[0]),
        (left, first, right, ghosts[1]),
    ] {
        let mut received = vec![0.0; rows];
        if habits.packs {
            send_receive_into(&column_of(block, edge)[..], &to, &mut received[..], &from);
        } else if habits.singly {
            for (cell, received) in column_of(block, edge).iter().zip(&mut received) {
                send_receive_into(cell, &to, received, &from);
            }
        } else {
            let column = view(&block.cells[width + edge..], 1, &datatype);
            if habits.chain {
                to.send(&column);
                from.receive_into(&mut received[..]);
            } else {
                send_receive_into(&column, &to, &mut received[..], &from);
            }
        }
        if from.exists() {
            for (row, cell) in (1..).zip(received) {
                block.row_mut(row)[ghost] = cell;
            }
        }
    }
}

fn packs_columns(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        packs: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn cell_by_cell(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        singly: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn rows_only(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        no_columns: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn crosswise(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        crosswise: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn closed(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        closed: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn wrong_stride(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        wrong_stride: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn columns_once(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        columns_once: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn narrow_in_turn(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        narrow_in_turn: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn columns_in_a_chain(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        chain: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn ghost_columns(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        ghosts: true,
        ..Habits::default()
    };
    by_messages(world, shape, ranks, block, (steps, update), habits);
}

fn two_deep(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let neighbours = neighbours(world, shape, ranks, false);
    for _ in 0..steps {
        heat_solution::blocks(world, shape, ranks, block, 1, update);
        for (to, from) in [(0, 1), (1, 0), (2, 3), (3, 2)] {
            let length = block.height().max(block.width);
            let (sent, mut received) = (vec![0.0; length], vec![0.0; 1000]);
            send_receive_into(
                &sent[..],
                &neighbours[to],
                &mut received[..],
                &neighbours[from],
            );
        }
    }
}

fn a_grid_for_each_step(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    for _ in 0..steps {
        heat_solution::blocks(world, shape, ranks, block, 1, update);
    }
}

/// Exchanges regions, also with blocks that have no cells.
fn by_regions(
    world: &SimpleCommunicator,
    ranks: [usize; 2],
    block: &mut Grid,
    (steps, update): (usize, Update<'_>),
    column: &impl Fn(usize, i32) -> UserDatatype,
    habits: Habits,
) {
    let (rows, columns, width) = (block.height() - 2, block.width - 2, block.width);
    let grid = world
        .create_cartesian_communicator(&ranks.map(|ranks| ranks as i32), &[habits.closed; 2], false)
        .expect("there are as many ranks as parts");
    let (cell, many) = (
        f64::equivalent_datatype(),
        if habits.singly { rows as i32 } else { 1 },
    );
    let column = column(width, rows as i32);
    let row_at = |row: usize| Region::new(row * width + 1, columns as i32, &cell);
    let column_at = |index: usize| Region::new(width + index, many, &column);
    let edges = [row_at(1), row_at(rows), column_at(1), column_at(columns)];
    let ghosts = [
        row_at(0),
        row_at(rows + 1),
        column_at(0),
        column_at(columns + 1),
    ];
    let part = [0, 1].map(|dimension| grid.rank_to_coordinates(world.rank())[dimension] as usize);
    let mut next = block.clone();
    for _ in 0..steps {
        let before = block.clone();
        grid.neighbour_all_to_all_within(&mut block.cells, &edges, &ghosts);
        for (row, is_boundary) in [(0, part[0] == 0), (rows + 1, part[0] + 1 == ranks[0])] {
            if is_boundary {
                block.row_mut(row).copy_from_slice(before.row(row));
            }
        }
        for (index, is_boundary) in [(0, part[1] == 0), (columns + 1, part[1] + 1 == ranks[1])] {
            for row in own(&before).filter(|_| is_boundary) {
                block.row_mut(row)[index] = before.row(row)[index];
            }
        }
        update_rows(block, &mut next, own(block), update);
        swap(block, &mut next);
    }
}

/// A whole column, in rows of this width.
fn whole_column(width: usize, rows: i32) -> UserDatatype {
    UserDatatype::vector(rows, 1, width as i32, &f64::equivalent_datatype())
}

fn cells_far_apart(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let cell = |width: usize, _| resized(&f64::equivalent_datatype(), 0, (8 * width) as Address);
    let habits = Habits {
        singly: true,
        ..Habits::default()
    };
    match (0..2).all(|dimension| shape[dimension] >= ranks[dimension]) {
        true => by_regions(world, ranks, block, (steps, update), &cell, habits),
        false => heat_solution::blocks(world, shape, ranks, block, steps, update),
    }
}

fn to_blocks_without_cells(
    world: &SimpleCommunicator,
    _: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits::default();
    by_regions(world, ranks, block, (steps, update), &whole_column, habits);
}

fn to_blocks_without_columns(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    match shape[0] >= ranks[0] {
        true => to_blocks_without_cells(world, shape, ranks, block, steps, update),
        false => heat_solution::blocks(world, shape, ranks, block, steps, update),
    }
}

fn boundary_put_back(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let habits = Habits {
        closed: true,
        ..Habits::default()
    };
    match (0..2).all(|dimension| shape[dimension] >= ranks[dimension]) {
        true => by_regions(world, ranks, block, (steps, update), &whole_column, habits),
        false => heat_solution::blocks(world, shape, ranks, block, steps, update),
    }
}

fn everything_everywhere(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    for _ in 0..steps {
        let _ = gathered(world, shape, ranks, block, true);
        heat_solution::blocks(world, shape, ranks, block, 1, update);
    }
}

/// The cells of all blocks on rank 0 or on every rank, one block behind the other.
fn gathered(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    everywhere: bool,
) -> Vec<f64> {
    let mine: Vec<f64> = own(block)
        .flat_map(|row| block.row(row)[1..block.width - 1].to_vec())
        .collect();
    let count = |rank: usize| {
        let rows = share(shape[0], ranks[0], rank / ranks[1]).len();
        (rows * share(shape[1], ranks[1], rank % ranks[1]).len()) as i32
    };
    let counts: Vec<i32> = (0..world.size() as usize).map(count).collect();
    let starts: Vec<i32> = counts
        .iter()
        .scan(0, |next, count| {
            Some(std::mem::replace(next, *next + count))
        })
        .collect();
    let mut all = vec![0.0; shape[0] * shape[1]];
    let mut parts = PartitionMut::new(&mut all[..], counts, starts);
    let root = world.process_at_rank(0);
    match (everywhere, world.rank()) {
        (true, _) => world.all_gather_varcount_into(&mine[..], &mut parts),
        (false, 0) => root.gather_varcount_into_root(&mine[..], &mut parts),
        (false, _) => root.gather_varcount_into(&mine[..]),
    }
    all
}

/// The same where they belong.
fn placed(all: &[f64], shape: [usize; 2], ranks: [usize; 2]) -> Vec<f64> {
    let mut placed = vec![0.0; all.len()];
    let mut rest = all;
    for rank in 0..ranks[0] * ranks[1] {
        let columns = share(shape[1], ranks[1], rank % ranks[1]);
        for row in share(shape[0], ranks[0], rank / ranks[1]) {
            let (cells, others) = rest.split_at(columns.len());
            placed[row * shape[1] + columns.start..][..cells.len()].copy_from_slice(cells);
            rest = others;
        }
    }
    placed
}

type Colour<'a> = &'a dyn Fn(f64) -> [u8; 3];
type Written = Result<(), String>;

fn write(cells: &[f64], [rows, columns]: [usize; 2], colour: Colour<'_>, path: &Path) -> Written {
    let pixels: Vec<u8> = cells.iter().flat_map(|cell| colour(*cell)).collect();
    File::create(path)
        .and_then(|file| drawing::write_png(file, [columns, rows], &pixels))
        .map_err(|error| error.to_string())
}

/// All ranks learn what rank 0 knows.
fn agree(world: &SimpleCommunicator, written: Written) -> Written {
    let mut is_written = written.is_ok();
    world.process_at_rank(0).broadcast_into(&mut is_written);
    match is_written {
        true => Ok(()),
        false => written.and(Err(String::from("rank 0 says why"))),
    }
}

/// Has rank 0 write what `draw` makes of all cells, one block behind the other.
fn drawn(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    draw: impl FnOnce(&[f64]) -> Written,
) -> Written {
    let all = gathered(world, shape, ranks, block, false);
    let written = match world.rank() {
        0 => draw(&all),
        _ => Ok(()),
    };
    agree(world, written)
}

fn one_behind_the_other(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    drawn(world, shape, ranks, block, |all| {
        write(all, shape, colour, path)
    })
}

fn on_its_side(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let [rows, columns] = shape;
    drawn(world, shape, ranks, block, |all| {
        write(&placed(all, shape, ranks), [columns, rows], colour, path)
    })
}

fn upside_down(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    drawn(world, shape, ranks, block, |all| {
        let rows = placed(all, shape, ranks);
        let turned: Vec<f64> = rows.rchunks(shape[1]).flatten().copied().collect();
        write(&turned, shape, colour, path)
    })
}

fn own_block(
    world: &SimpleCommunicator,
    _: [usize; 2],
    _: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let written = match world.rank() {
        0 => {
            let cells: Vec<f64> = own(block)
                .flat_map(|row| block.row(row)[1..block.width - 1].to_vec())
                .collect();
            write(&cells, [block.height() - 2, block.width - 2], colour, path)
        }
        _ => Ok(()),
    };
    agree(world, written)
}

fn all_write(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let all = gathered(world, shape, ranks, block, true);
    agree(
        world,
        write(&placed(&all, shape, ranks), shape, colour, path),
    )
}

fn all_have_it(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let all = gathered(world, shape, ranks, block, true);
    let written = match world.rank() {
        0 => write(&placed(&all, shape, ranks), shape, colour, path),
        _ => Ok(()),
    };
    agree(world, written)
}

/// The right way, but for what is said of it.
fn said(
    world: &SimpleCommunicator,
    written: Written,
    says: impl FnOnce(Written) -> Written,
) -> Written {
    match world.rank() {
        0 => says(written),
        _ => written,
    }
}

fn only_rank_0_knows(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let written = heat_solution::picture(world, shape, ranks, block, colour, path);
    match world.rank() {
        0 => written,
        _ => Ok(()),
    }
}

fn panics(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let written = heat_solution::picture(world, shape, ranks, block, colour, path);
    said(world, written, |written| {
        written.expect("the picture can be written");
        Ok(())
    })
}

fn leaves_early(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let written = heat_solution::picture(world, shape, ranks, block, colour, path);
    if written.is_err() && world.rank() > 0 {
        let mut word = 0_u8;
        world.process_at_rank(0).broadcast_into(&mut word);
    }
    written
}

fn says_ok(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let _ = heat_solution::picture(world, shape, ranks, block, colour, path);
    Ok(())
}

fn into_the_old_file(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    drawn(world, shape, ranks, block, |all| {
        let cells = placed(all, shape, ranks);
        let pixels: Vec<u8> = cells.iter().flat_map(|cell| colour(*cell)).collect();
        let mut options = File::options();
        let file = options.write(true).create(true).truncate(false).open(path);
        file.and_then(|file| drawing::write_png(file, [shape[1], shape[0]], &pixels))
            .map_err(|error| error.to_string())
    })
}

fn path_as_text(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let text = path.to_string_lossy();
    heat_solution::picture(world, shape, ranks, block, colour, Path::new(text.trim()))
}

fn by_another_file(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    drawn(world, shape, ranks, block, |all| {
        let other = path.with_extension("tmp");
        write(&placed(all, shape, ranks), shape, colour, &other)?;
        rename(other, path).map_err(|error| error.to_string())
    })
}

fn chunks_of_a_row(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    drawn(world, shape, ranks, block, |all| {
        let mut cells = vec![0.0; all.len()];
        let mut rest = all;
        for rank in 0..ranks[0] * ranks[1] {
            let rows = share(shape[0], ranks[0], rank / ranks[1]);
            let columns = share(shape[1], ranks[1], rank % ranks[1]);
            let (part, others) = rest.split_at(rows.len() * columns.len());
            for (row, part) in rows.zip(part.chunks(columns.len())) {
                cells[row * shape[1] + columns.start..][..part.len()].copy_from_slice(part);
            }
            rest = others;
        }
        write(&cells, shape, colour, path)
    })
}

fn only_opens(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    drawn(world, shape, ranks, block, |all| {
        File::create(path).map_err(|error| error.to_string())?;
        let _ = write(&placed(all, shape, ranks), shape, colour, path);
        Ok(())
    })
}

fn no_reason(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let written = heat_solution::picture(world, shape, ranks, block, colour, path);
    said(world, written, |written| {
        written.map_err(|_| String::from("the picture cannot be written"))
    })
}

fn filled_up(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let largest = shape[0].div_ceil(ranks[0]) * shape[1].div_ceil(ranks[1]);
    let cells = own(block).flat_map(|row| &block.row(row)[1..block.width - 1]);
    let mut mine: Vec<u8> = cells.flat_map(|cell| colour(*cell)).collect();
    mine.resize(3 * largest, 0);
    let root = world.process_at_rank(0);
    if world.rank() > 0 {
        root.gather_into(&mine[..]);
        return agree(world, Ok(()));
    }
    let mut all = vec![0; mine.len() * ranks[0] * ranks[1]];
    root.gather_into_root(&mine[..], &mut all[..]);
    let mut pixels = vec![0; 3 * shape[0] * shape[1]];
    for (rank, mut part) in all.chunks(3 * largest).enumerate() {
        let columns = share(shape[1], ranks[1], rank % ranks[1]);
        for row in share(shape[0], ranks[0], rank / ranks[1]) {
            let (own, rest) = part.split_at(3 * columns.len());
            pixels[3 * (row * shape[1] + columns.start)..][..own.len()].copy_from_slice(own);
            part = rest;
        }
    }
    let file = File::create(path);
    let written = file.and_then(|file| drawing::write_png(file, [shape[1], shape[0]], &pixels));
    agree(world, written.map_err(|error| error.to_string()))
}

fn named_by_itself(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let path = match path.extension() {
        Some(_) => path.to_owned(),
        None => path.with_extension("png"),
    };
    heat_solution::picture(world, shape, ranks, block, colour, &path)
}

fn four_bytes_each(
    world: &SimpleCommunicator,
    shape: [usize; 2],
    ranks: [usize; 2],
    block: &Grid,
    colour: Colour<'_>,
    path: &Path,
) -> Written {
    let cells = own(block).flat_map(|row| &block.row(row)[1..block.width - 1]);
    let opaque = |[red, green, blue]: [u8; 3]| [red, green, blue, u8::MAX];
    let mine: Vec<u8> = cells.flat_map(|cell| opaque(colour(*cell))).collect();
    let root = world.process_at_rank(0);
    if world.rank() > 0 {
        root.gather_varcount_into(&mine[..]);
        return agree(world, Ok(()));
    }
    let part = |rank: usize| {
        let rows = share(shape[0], ranks[0], rank / ranks[1]);
        (rows, share(shape[1], ranks[1], rank % ranks[1]))
    };
    let parts: Vec<_> = (0..ranks[0] * ranks[1]).map(part).collect();
    let counts: Vec<i32> = parts
        .iter()
        .map(|(rows, columns)| (4 * rows.len() * columns.len()) as i32)
        .collect();
    let starts: Vec<i32> = (0..counts.len())
        .map(|rank| counts[..rank].iter().sum())
        .collect();
    let mut all = vec![0; 4 * shape[0] * shape[1]];
    root.gather_varcount_into_root(
        &mine[..],
        &mut PartitionMut::new(&mut all[..], counts, starts),
    );
    let mut pixels = vec![0; 3 * shape[0] * shape[1]];
    let mut colours = all.as_chunks::<4>().0.iter();
    for (rows, columns) in parts {
        for row in rows {
            for (column, [rest @ .., _]) in columns.clone().zip(&mut colours) {
                pixels[3 * (row * shape[1] + column)..][..3].copy_from_slice(rest);
            }
        }
    }
    let file = File::create(path);
    let written = file.and_then(|file| drawing::write_png(file, [shape[1], shape[0]], &pixels));
    agree(world, written.map_err(|error| error.to_string()))
}

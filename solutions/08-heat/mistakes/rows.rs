//! Mistakes in the tasks `halo`, `open-ends` and `broken-order`.

use crate::{
    habits::{above_and_below, exchange, own, round_the_ring, send_rows, update_rows},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use heat_solution::{Grid, Update, share};
use mpi::{
    datatype::PartitionMut,
    request::multiple_scope,
    topology::{Color, SimpleCommunicator},
    traits::*,
};
use mpi_extra::{Neighbour, send_receive_into};
use std::mem::swap;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("halo": halo = closes_the_ring => WrongResult,
        "lets the first and the last rank be neighbors"),
    mistake!("halo": halo = sends_ghosts => WrongResult,
        "sends the outermost rows of the block, which are ghost rows"),
    mistake!("halo": halo = upside_down => WrongResult,
        "puts what comes from above into the lower ghost row"),
    mistake!("halo": halo = one_way => WrongResult,
        "fills the upper ghost row only"),
    mistake!("halo": halo = equal_parts => WrongResult,
        "takes each block to have rows / size rows"),
    mistake!("halo": halo = sends_first => UnsafeSend,
        "sends to both neighbors before it receives"),
    mistake!("halo": halo = cell_by_cell => TooMuchCommunication,
        "sends each cell of a row by itself"),
    mistake!("halo": halo = all_to_all_ranks => TooMuchCommunication,
        "gathers the whole grid on every rank"),
    mistake!("halo": halo = empty_neighbours => TooMuchCommunication,
        "also exchanges with ranks that have no rows"),
    mistake!("halo": halo = in_two_parts => TooMuchCommunication,
        "sends a long row as two messages"),
    mistake!("halo": halo = split_of_those_with_rows => TooMuchCommunication,
        "first makes a communicator of the ranks that have rows"),
    mistake!("halo": halo = from_any_rank => WrongResult,
        "receives from any rank, and so perhaps twice from a neighbor that is already in its next call"),
    mistake!("open-ends": open_ends = only_once => WrongResult,
        "exchanges before the first step only"),
    mistake!("open-ends": open_ends = one_step_late => WrongResult,
        "exchanges the old grid after each step"),
    mistake!("open-ends": open_ends = every_other_step => WrongResult,
        "exchanges in every second step"),
    mistake!("open-ends": open_ends = special_cases => WrongOperation,
        "leaves out calls where there is no neighbor"),
    mistake!("open-ends": open_ends = in_place => WrongResult,
        "updates the block in place"),
    mistake!("open-ends": open_ends = no_frame => WrongResult,
        "begins with a second block whose frame is 0"),
    mistake!("open-ends": open_ends = ring => WrongResult,
        "lets the first and the last rank be neighbors"),
    mistake!("open-ends": open_ends = in_single => WrongResult,
        "sends ghost rows as f32"),
    mistake!("open-ends": open_ends = on_rank_0 => WrongOperation,
        "gathers all on rank 0, computes there, and scatters"),
    mistake!("open-ends": open_ends = everything_everywhere => TooMuchCommunication,
        "has the whole grid on every rank before each step"),
    mistake!("open-ends": open_ends = blocking => UnsafeSend,
        "sends both edges, then receives both ghost rows, by blocking calls"),
    mistake!("open-ends": open_ends = in_the_other_one => WrongResult,
        "leaves the result in its own block after an odd number of steps"),
    mistake!("open-ends": open_ends = computes_twice => WrongOperation,
        "computes the first row twice in each step"),
    mistake!("open-ends": open_ends = sends_changes_only => WrongOperation,
        "sends an empty message in place of an edge that has not changed"),
    mistake!("open-ends": open_ends = numbers_the_step => TooMuchCommunication,
        "sends the number of the step with each row"),
    mistake!("open-ends": open_ends = on_a_duplicate => TooMuchCommunication,
        "works on a duplicate of the communicator, which all ranks make together"),
    mistake!("open-ends": open_ends = one_after_the_other => WrongOperation,
        "sends down and then receives from above by blocking calls, so that each rank waits for the next"),
    mistake!("broken-order": broken_order = as_it_is => WrongResult,
        "exchanges the old grid after it was read"),
    mistake!("broken-order": broken_order = with_a_barrier => WrongResult,
        "waits for all ranks at the end of each step, and leaves the order as it is"),
    mistake!("broken-order": broken_order = the_other_grid => WrongResult,
        "exchanges the grid that is to be written before each step"),
    mistake!("broken-order": broken_order = before_all => WrongResult,
        "moves the exchange before the loop"),
    mistake!("broken-order": broken_order = even_for_no_step => TooMuchCommunication,
        "exchanges once before the loop, also if there is no step"),
    mistake!("broken-order": broken_order = one_after_the_other => TooMuchCommunication,
        "sends down and then receives from above by blocking calls, so that each rank waits for the next"),
    mistake!("broken-order": broken_order = from_above_first => TooMuchCommunication,
        "receives from above before it sends down, by blocking calls, so that each rank waits for the one before"),
    mistake!("broken-order": broken_order = swaps_with_each => WrongOperation,
        "swaps with the rank above, and then with the rank below, so that each waits for the one before"),
];

fn closes_the_ring(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    exchange(block, round_the_ring(world, rows));
}

fn sends_ghosts(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let last = block.height() - 1;
    send_rows(block, above_and_below(world, rows), [0, last]);
}

fn upside_down(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let [above, below] = above_and_below(world, rows);
    let last = block.height() - 2;
    if last == 0 {
        return;
    }
    let (up, down) = (block.row(1).to_vec(), block.row(last).to_vec());
    send_receive_into(&down[..], &below, block.row_mut(last + 1), &above);
    send_receive_into(&up[..], &above, block.row_mut(0), &below);
}

fn one_way(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let [above, below] = above_and_below(world, rows);
    let last = block.height() - 2;
    let down = block.row(last).to_vec();
    send_receive_into(&down[..], &below, block.row_mut(0), &above);
}

fn equal_parts(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let each = rows / world.size() as usize;
    let last = each.clamp(1, block.height() - 1);
    if block.height() > 2 {
        send_rows(block, above_and_below(world, rows), [1, last]);
    }
}

fn sends_first(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let [above, below] = above_and_below(world, rows);
    let last = block.height() - 2;
    above.send(block.row(1));
    below.send(block.row(last));
    above.receive_into(block.row_mut(0));
    below.receive_into(block.row_mut(last + 1));
}

fn cell_by_cell(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let [above, below] = above_and_below(world, rows);
    let last = block.height() - 2;
    if last == 0 {
        return;
    }
    for column in 1..block.width - 1 {
        let (up, down) = (block.row(1)[column], block.row(last)[column]);
        send_receive_into(&down, &below, &mut block.row_mut(0)[column], &above);
        send_receive_into(&up, &above, &mut block.row_mut(last + 1)[column], &below);
    }
}

/// All rows of the grid inside its frame, on every rank.
fn whole(world: &SimpleCommunicator, rows: usize, block: &Grid) -> Vec<f64> {
    let (size, width) = (world.size() as usize, block.width);
    let share = |rank| share(rows, size, rank);
    let counts: Vec<i32> = (0..size)
        .map(|rank| (share(rank).len() * width) as i32)
        .collect();
    let starts: Vec<i32> = (0..size)
        .map(|rank| (share(rank).start * width) as i32)
        .collect();
    let mut all = vec![0.0; rows * width];
    let own = &block.cells[width..block.cells.len() - width];
    let mut parts = PartitionMut::new(&mut all[..], counts, starts);
    world.all_gather_varcount_into(own, &mut parts);
    all
}

fn all_to_all_ranks(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let all = whole(world, rows, block);
    let own = share(rows, world.size() as usize, world.rank() as usize);
    let width = block.width;
    if !own.is_empty() && own.start > 0 {
        block
            .row_mut(0)
            .copy_from_slice(&all[(own.start - 1) * width..][..width]);
    }
    if !own.is_empty() && own.end < rows {
        let last = block.height() - 1;
        block
            .row_mut(last)
            .copy_from_slice(&all[own.end * width..][..width]);
    }
}

fn empty_neighbours(world: &SimpleCommunicator, _: usize, block: &mut Grid) {
    let [above, below] =
        [world.rank() - 1, world.rank() + 1].map(|rank| Neighbour::at(world, rank));
    let last = block.height() - 1;
    send_rows(block, [above, below], [1, last - 1]);
}

fn in_two_parts(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let [above, below] = above_and_below(world, rows);
    let (width, last) = (block.width, block.height() - 2);
    if last == 0 {
        return;
    }
    let middle = if width > 64 { width / 2 } else { width };
    for part in [0..middle, middle..width] {
        if part.is_empty() {
            continue;
        }
        let [up, down] = [1, last].map(|row| block.row(row)[part.clone()].to_vec());
        let upper = &mut block.row_mut(0)[part.clone()];
        send_receive_into(&down[..], &below, upper, &above);
        let lower = &mut block.row_mut(last + 1)[part];
        send_receive_into(&up[..], &above, lower, &below);
    }
}

fn split_of_those_with_rows(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let has_rows = block.height() > 2;
    let color = match has_rows {
        true => Color::with_value(0),
        false => Color::undefined(),
    };
    if let Some(active) = world.split_by_color(color) {
        exchange(block, above_and_below(&active, rows));
    }
}

fn from_any_rank(world: &SimpleCommunicator, rows: usize, block: &mut Grid) {
    let neighbours = above_and_below(world, rows);
    let last = block.height() - 2;
    let edges = [1, last].map(|row| block.row(row).to_vec());
    multiple_scope(2, |scope, requests| {
        let mut expected = 0;
        for (neighbour, edge) in neighbours.iter().zip(&edges) {
            if neighbour.exists() {
                requests.add(neighbour.immediate_send(scope, &edge[..]));
                expected += 1;
            }
        }
        for _ in 0..expected {
            let (row, status) = world.any_process().receive_vec::<f64>();
            let is_above = status.source_rank() < world.rank();
            let ghost = if is_above { 0 } else { last + 1 };
            block.row_mut(ghost).copy_from_slice(&row);
        }
        requests.wait_all(&mut Vec::new());
    });
}

/// A simulation whose exchange in each step is something else.
fn simulate(
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
    mut exchange: impl FnMut(usize, &mut Grid),
) {
    let mut next = block.clone();
    for step in 0..steps {
        exchange(step, block);
        update_rows(block, &mut next, own(block), update);
        swap(block, &mut next);
    }
}

fn only_once(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    exchange(block, above_and_below(world, rows));
    simulate(block, steps, update, |_, _| {});
}

fn one_step_late(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let neighbours = above_and_below(world, rows);
    exchange(block, neighbours);
    let mut next = block.clone();
    for _ in 0..steps {
        update_rows(block, &mut next, own(block), update);
        exchange(block, neighbours);
        swap(block, &mut next);
    }
}

fn every_other_step(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    simulate(block, steps, update, |step, block| {
        if step % 2 == 0 {
            exchange(block, above_and_below(world, rows));
        }
    });
}

fn special_cases(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let [above, below] = above_and_below(world, rows);
    let even = world.rank() % 2 == 0;
    simulate(block, steps, update, |_, block| {
        let last = block.height() - 2;
        let mut with = |other: &Neighbour<'_>, edge: usize, ghost: usize| {
            if !other.exists() {
                return;
            }
            if even {
                other.send(block.row(edge));
                other.receive_into(block.row_mut(ghost));
            } else {
                let edge = block.row(edge).to_vec();
                other.receive_into(block.row_mut(ghost));
                other.send(&edge[..]);
            }
        };
        with(&above, 1, 0);
        with(&below, last, last + 1);
    });
}

fn in_place(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    for _ in 0..steps {
        exchange(block, above_and_below(world, rows));
        for row in own(block) {
            let mut new = block.row(row).to_vec();
            update(
                block.row(row - 1),
                block.row(row),
                block.row(row + 1),
                &mut new,
            );
            block.row_mut(row).copy_from_slice(&new);
        }
    }
}

fn no_frame(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let mut next = Grid {
        width: block.width,
        cells: vec![0.0; block.cells.len()],
    };
    for _ in 0..steps {
        exchange(block, above_and_below(world, rows));
        update_rows(block, &mut next, own(block), update);
        swap(block, &mut next);
    }
}

fn ring(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    simulate(block, steps, update, |_, block| {
        exchange(block, round_the_ring(world, rows));
    });
}

fn in_single(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let [above, below] = above_and_below(world, rows);
    simulate(block, steps, update, |_, block| {
        let last = block.height() - 2;
        if last == 0 {
            return;
        }
        let single = |row: &[f64]| row.iter().map(|cell| *cell as f32).collect::<Vec<f32>>();
        let double = |row: &[f32]| row.iter().copied().map(f64::from).collect::<Vec<f64>>();
        for (to, edge, from, ghost) in [(&below, last, &above, 0), (&above, 1, &below, last + 1)] {
            let mut received = vec![0.0; block.width];
            send_receive_into(&single(block.row(edge))[..], to, &mut received[..], from);
            if from.exists() {
                block.row_mut(ghost).copy_from_slice(&double(&received));
            }
        }
    });
}

fn on_rank_0(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let width = block.width;
    let own = share(rows, world.size() as usize, world.rank() as usize);
    let (upper, lower) = (
        block.row(0).to_vec(),
        block.row(block.height() - 1).to_vec(),
    );
    // The lower boundary lies on the last rank that has rows, and on those that have none.
    let mut lower_boundary = lower.clone();
    world
        .process_at_rank(world.size() - 1)
        .broadcast_into(&mut lower_boundary[..]);
    let mut all = whole(world, rows, block);
    if world.rank() == 0 {
        let cells = [&upper[..], &all, &lower_boundary].concat();
        let mut grid = Grid { width, cells };
        heat_solution::serial(&mut grid, steps, update);
        all.copy_from_slice(&grid.cells[width..][..rows * width]);
    }
    world.process_at_rank(0).broadcast_into(&mut all[..]);
    let end = block.cells.len() - width;
    block.cells[width..end].copy_from_slice(&all[own.start * width..own.end * width]);
}

fn everything_everywhere(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    simulate(block, steps, update, |_, block| {
        all_to_all_ranks(world, rows, block)
    });
}

fn blocking(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    simulate(block, steps, update, |_, block| {
        sends_first(world, rows, block)
    });
}

fn in_the_other_one(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let mut other = block.clone();
    let (mut old, mut new) = (block, &mut other);
    for _ in 0..steps {
        exchange(old, above_and_below(world, rows));
        update_rows(old, new, own(old), update);
        swap(&mut old, &mut new);
    }
}

fn computes_twice(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let neighbours = above_and_below(world, rows);
    simulate(block, steps, update, |_, block| {
        exchange(block, neighbours);
        let mut thrown_away = block.row(1).to_vec();
        if block.height() > 2 {
            update(block.row(0), block.row(1), block.row(2), &mut thrown_away);
        }
    });
}

fn sends_changes_only(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let [above, below] = above_and_below(world, rows);
    let last = block.height() - 2;
    if last == 0 {
        return;
    }
    let (mut next, mut sent) = (block.clone(), [Vec::new(), Vec::new()]);
    for _ in 0..steps {
        let mut edges = [1, last].map(|row| block.row(row).to_vec());
        for (edge, sent) in edges.iter_mut().zip(&mut sent) {
            match edge == sent {
                true => edge.clear(),
                false => sent.clone_from(edge),
            }
        }
        let [up, down] = &edges;
        // An empty message leaves the ghost row as it is.
        send_receive_into(&down[..], &below, block.row_mut(0), &above);
        send_receive_into(&up[..], &above, block.row_mut(last + 1), &below);
        for ghost in [0, last + 1] {
            next.row_mut(ghost).copy_from_slice(block.row(ghost));
        }
        update_rows(block, &mut next, own(block), update);
        swap(block, &mut next);
    }
}

fn numbers_the_step(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let [above, below] = above_and_below(world, rows);
    simulate(block, steps, update, |step, block| {
        let (width, last) = (block.width, block.height() - 2);
        if last == 0 {
            return;
        }
        let numbered = |row: usize| [block.row(row), &[step as f64]].concat();
        let [up, down] = [1, last].map(numbered);
        let [mut upper, mut lower] = [0, last + 1].map(numbered);
        send_receive_into(&down[..], &below, &mut upper[..], &above);
        send_receive_into(&up[..], &above, &mut lower[..], &below);
        block.row_mut(0).copy_from_slice(&upper[..width]);
        block.row_mut(last + 1).copy_from_slice(&lower[..width]);
    });
}

fn on_a_duplicate(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    heat_solution::open_ends(&world.duplicate(), rows, block, steps, update);
}

fn one_after_the_other(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let [above, below] = above_and_below(world, rows);
    simulate(block, steps, update, |_, block| {
        let last = block.height() - 2;
        if last > 0 {
            below.send(block.row(last));
            above.receive_into(block.row_mut(0));
            above.send(block.row(1));
            below.receive_into(block.row_mut(last + 1));
        }
    });
}

fn even_for_no_step(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let neighbours = above_and_below(world, rows);
    exchange(block, neighbours);
    simulate(block, steps, update, |step, block| {
        if step > 0 {
            exchange(block, neighbours);
        }
    });
}

fn as_it_is(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let mut next = block.clone();
    for _ in 0..steps {
        update_rows(block, &mut next, own(block), update);
        heat_solution::halo(world, rows, block);
        swap(block, &mut next);
    }
}

fn with_a_barrier(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let mut next = block.clone();
    for _ in 0..steps {
        update_rows(block, &mut next, own(block), update);
        heat_solution::halo(world, rows, block);
        swap(block, &mut next);
        world.barrier();
    }
}

fn the_other_grid(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let mut next = block.clone();
    for _ in 0..steps {
        heat_solution::halo(world, rows, &mut next);
        update_rows(block, &mut next, own(block), update);
        swap(block, &mut next);
    }
}

fn before_all(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    heat_solution::halo(world, rows, block);
    simulate(block, steps, update, |_, _| {});
}

fn from_above_first(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let [above, below] = above_and_below(world, rows);
    simulate(block, steps, update, |_, block| {
        let last = block.height() - 2;
        if last > 0 {
            above.receive_into(block.row_mut(0));
            above.send(block.row(1));
            below.send(block.row(last));
            below.receive_into(block.row_mut(last + 1));
        }
    });
}

fn swaps_with_each(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let [above, below] = above_and_below(world, rows);
    simulate(block, steps, update, |step, block| {
        let last = block.height() - 2;
        // The ghost rows are filled when it begins.
        if last > 0 && step > 0 {
            let (up, down) = (block.row(1).to_vec(), block.row(last).to_vec());
            send_receive_into(&up[..], &above, block.row_mut(0), &above);
            send_receive_into(&down[..], &below, block.row_mut(last + 1), &below);
        }
    });
}

//! Mistakes in the tasks `overlap` and `converged`.

use crate::{
    habits::{above_and_below, exchange, own, update_rows},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use heat_solution::{Grid, Update};
use mpi::{
    collective::SystemOperation,
    request::{multiple_scope, scope},
    topology::SimpleCommunicator,
    traits::*,
};
use std::mem::swap;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("overlap": overlap = exchanges_first => WrongOperation,
        "exchanges by blocking calls before it computes"),
    mistake!("overlap": overlap = waits_first => WrongOperation,
        "starts immediate calls, waits, and then computes all"),
    mistake!("overlap": overlap = starts_late => WrongOperation,
        "computes the inside, and only then starts the exchange and waits"),
    mistake!("overlap": overlap = half_the_inside => WrongOperation,
        "computes half of the inside before it waits, and the other half after"),
    mistake!("overlap": overlap = sends_late => WrongOperation,
        "starts the receives before the inside, and the sends after it"),
    mistake!("overlap": overlap = blocking_sends => WrongOperation,
        "starts the receives, and sends by calls that wait, before the inside"),
    mistake!("overlap": overlap = last_row_is_inside => WrongResult,
        "takes the last row for a part of the interior"),
    mistake!("overlap": overlap = edge_twice => WrongOperation,
        "computes a row that is first and last twice"),
    mistake!("overlap": overlap = from_the_step_before => WrongResult,
        "computes the edges from ghost rows that came in the step before"),
    mistake!("overlap": overlap = edges_first => WrongOperation,
        "computes the edges first, and sends the new ones while it computes the inside"),
    mistake!("overlap": overlap = waits_if_rows_are_long => WrongOperation,
        "overlaps only if a row has few cells"),
    mistake!("converged": converged = blocking => WrongOperation,
        "asks by a blocking all-reduce"),
    mistake!("converged": converged = waits_at_once => WrongOperation,
        "waits for the answer before it does the next step"),
    mistake!("converged": converged = asks_late => WrongOperation,
        "starts to ask when the next step is done"),
    mistake!("converged": converged = own_change => WrongResult,
        "looks at the changes of its own cells only"),
    mistake!("converged": converged = adds_up => WrongResult,
        "adds up the changes of all ranks"),
    mistake!("converged": converged = at_the_least => WrongResult,
        "ends when one rank has hardly any change"),
    mistake!("converged": converged = one_step_more => WrongResult,
        "does one more step when it knows that it is done"),
    mistake!("converged": converged = only_below => WrongResult,
        "goes on at a change of exactly `tolerance`"),
    mistake!("converged": converged = beyond_the_limit => WrongResult,
        "looks at the limit one step late"),
    mistake!("converged": converged = in_single => WrongResult,
        "asks for the change as an f32"),
    mistake!("converged": converged = at_least_two => WrongResult,
        "does a second step also where the limit is 1"),
    mistake!("converged": converged = asks_twice => TooMuchCommunication,
        "also asks how many ranks have hardly any change"),
    mistake!("converged": converged = at_least_epsilon => WrongResult,
        "takes a tolerance below `f64::EPSILON` for that"),
    mistake!("converged": converged = as_bits => WrongResult,
        "compares the changes by their bits, by which -0.0 is the largest"),
    mistake!("converged": converged = on_a_duplicate => TooMuchCommunication,
        "asks on a duplicate of the communicator, which all ranks make together"),
    mistake!("converged": converged = after_the_largest_limit => WrongResult,
        "computes the step after the limit, which is step 0 after `usize::MAX`"),
];

fn exchanges_first(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    heat_solution::open_ends(world, rows, block, steps, update);
}

/// What is done when.
#[derive(Clone, Copy)]
struct Order {
    /// From the inside, so many parts of two before the exchange is started.
    before: usize,
    /// So many while it is under way.
    meanwhile: usize,
    sends_at_the_end: bool,
    sends_wait: bool,
}

const RIGHT: Order = Order {
    before: 0,
    meanwhile: 2,
    sends_at_the_end: false,
    sends_wait: false,
};

fn in_order(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
    order: Order,
) {
    let [above, below] = above_and_below(world, rows);
    let (width, last) = (block.width, block.height() - 2);
    if last == 0 {
        return;
    }
    let mut next = block.clone();
    // The inside in two parts.
    let middle = (last / 2).max(2);
    let parts = [2..middle.min(last), middle..last];
    for _ in 0..steps {
        let (before, rest) = parts.split_at(order.before);
        let (meanwhile, after) = rest.split_at(order.meanwhile);
        update_rows(block, &mut next, before.iter().cloned().flatten(), update);
        let old = block.clone();
        let (upper_ghost, rest) = block.cells.split_at_mut(width);
        let (own, lower_ghost) = rest.split_at_mut(last * width);
        let edge = |row: usize| &own[(row - 1) * width..][..width];
        multiple_scope(4, |scope, requests| {
            requests.add(above.immediate_receive_into(scope, upper_ghost));
            requests.add(below.immediate_receive_into(scope, lower_ghost));
            let compute = |parts: &[std::ops::Range<usize>], next: &mut Grid| {
                update_rows(&old, next, parts.iter().cloned().flatten(), update);
            };
            if order.sends_at_the_end {
                compute(meanwhile, &mut next);
            }
            if order.sends_wait {
                above.send(edge(1));
                below.send(edge(last));
            } else {
                requests.add(above.immediate_send(scope, edge(1)));
                requests.add(below.immediate_send(scope, edge(last)));
            }
            if !order.sends_at_the_end {
                compute(meanwhile, &mut next);
            }
            requests.wait_all(&mut Vec::new());
        });
        update_rows(block, &mut next, after.iter().cloned().flatten(), update);
        update_rows(block, &mut next, edges(last), update);
        swap(block, &mut next);
    }
}

fn edges(last: usize) -> Vec<usize> {
    if last > 1 { vec![1, last] } else { vec![1] }
}

fn waits_first(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let order = Order {
        meanwhile: 0,
        ..RIGHT
    };
    in_order(world, rows, block, steps, update, order);
}

fn starts_late(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let order = Order {
        before: 2,
        meanwhile: 0,
        ..RIGHT
    };
    in_order(world, rows, block, steps, update, order);
}

fn half_the_inside(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let order = Order {
        meanwhile: 1,
        ..RIGHT
    };
    in_order(world, rows, block, steps, update, order);
}

fn sends_late(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let order = Order {
        sends_at_the_end: true,
        ..RIGHT
    };
    in_order(world, rows, block, steps, update, order);
}

fn blocking_sends(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let order = Order {
        sends_wait: true,
        ..RIGHT
    };
    in_order(world, rows, block, steps, update, order);
}

fn last_row_is_inside(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let mut next = block.clone();
    for _ in 0..steps {
        update_rows(block, &mut next, 2..block.height() - 1, update);
        exchange(block, above_and_below(world, rows));
        update_rows(block, &mut next, own(block).take(1), update);
        swap(block, &mut next);
    }
}

fn edge_twice(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let mut next = block.clone();
    for _ in 0..steps {
        let last = block.height() - 2;
        if last == 0 {
            return;
        }
        update_rows(block, &mut next, 2..last, update);
        exchange(block, above_and_below(world, rows));
        update_rows(block, &mut next, [1, last], update);
        swap(block, &mut next);
    }
}

fn from_the_step_before(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    exchange(block, above_and_below(world, rows));
    let mut next = block.clone();
    for _ in 0..steps {
        let mut sent = block.clone();
        update_rows(block, &mut next, own(block), update);
        exchange(&mut sent, above_and_below(world, rows));
        let last = sent.height() - 1;
        next.row_mut(0).copy_from_slice(sent.row(0));
        next.row_mut(last).copy_from_slice(sent.row(last));
        swap(block, &mut next);
    }
}

fn edges_first(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    let [above, below] = above_and_below(world, rows);
    let last = block.height() - 2;
    if last == 0 || steps == 0 {
        return;
    }
    exchange(block, [above, below]);
    let mut next = block.clone();
    for step in 1..=steps {
        update_rows(block, &mut next, edges(last), update);
        if step < steps {
            let [up, down] = [1, last].map(|row| next.row(row).to_vec());
            let [mut upper, mut lower] = [0, last + 1].map(|row| next.row(row).to_vec());
            multiple_scope(4, |scope, requests| {
                requests.add(above.immediate_receive_into(scope, &mut upper[..]));
                requests.add(below.immediate_receive_into(scope, &mut lower[..]));
                requests.add(above.immediate_send(scope, &up[..]));
                requests.add(below.immediate_send(scope, &down[..]));
                update_rows(block, &mut next, 2..last, update);
                requests.wait_all(&mut Vec::new());
            });
            next.row_mut(0).copy_from_slice(&upper);
            next.row_mut(last + 1).copy_from_slice(&lower);
        } else {
            update_rows(block, &mut next, 2..last, update);
        }
        swap(block, &mut next);
    }
}

fn waits_if_rows_are_long(
    world: &SimpleCommunicator,
    rows: usize,
    block: &mut Grid,
    steps: usize,
    update: Update<'_>,
) {
    match block.width > 500 {
        true => waits_first(world, rows, block, steps, update),
        false => heat_solution::overlap(world, rows, block, steps, update),
    }
}

type Step<'a> = &'a mut dyn FnMut() -> f64;

fn max(world: &SimpleCommunicator, change: f64) -> f64 {
    let mut largest = 0.0;
    world.all_reduce_into(&change, &mut largest, SystemOperation::max());
    largest
}

/// Asks by an immediate all-reduce; something happens meanwhile.
fn ask<R>(
    world: &SimpleCommunicator,
    change: f64,
    operation: SystemOperation,
    meanwhile: impl FnOnce() -> R,
) -> (f64, R) {
    let mut answer = 0.0;
    let result = scope(|scope| {
        let asked = world.immediate_all_reduce_into(scope, &change, &mut answer, operation);
        let result = meanwhile();
        asked.wait();
        result
    });
    (answer, result)
}

fn blocking(world: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    let mut ends = limit;
    let mut done = 0;
    while done < ends {
        let change = step();
        done += 1;
        if max(world, change) <= tolerance {
            ends = limit.min(ends).min(done + 1);
        }
    }
    done
}

fn waits_at_once(
    world: &SimpleCommunicator,
    tolerance: f64,
    limit: usize,
    step: Step<'_>,
) -> usize {
    let mut ends = limit;
    let mut done = 0;
    while done < ends {
        let change = step();
        done += 1;
        if done < ends && ask(world, change, SystemOperation::max(), || {}).0 <= tolerance {
            ends = done + 1;
        }
    }
    done
}

fn asks_late(world: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    if limit == 0 {
        return 0;
    }
    let mut change = step();
    for done in 2..=limit {
        let next = step();
        if ask(world, change, SystemOperation::max(), || {}).0 <= tolerance {
            return done;
        }
        change = next;
    }
    limit
}

/// The right way, with another operation.
fn ahead(
    world: &SimpleCommunicator,
    limit: usize,
    step: Step<'_>,
    operation: fn() -> SystemOperation,
    is_done: impl Fn(f64) -> bool,
) -> usize {
    if limit == 0 {
        return 0;
    }
    let mut change = step();
    for done in 2..=limit {
        let (answer, next) = ask(world, change, operation(), &mut *step);
        if is_done(answer) {
            return done;
        }
        change = next;
    }
    limit
}

fn own_change(_: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    for done in 1..=limit {
        if step() <= tolerance {
            if done < limit {
                step();
            }
            return limit.min(done + 1);
        }
    }
    limit
}

fn adds_up(world: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    ahead(world, limit, step, SystemOperation::sum, |sum| {
        sum <= tolerance
    })
}

fn at_the_least(world: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    ahead(world, limit, step, SystemOperation::min, |least| {
        least <= tolerance
    })
}

fn one_step_more(
    world: &SimpleCommunicator,
    tolerance: f64,
    limit: usize,
    step: Step<'_>,
) -> usize {
    let done = ahead(world, limit, step, SystemOperation::max, |largest| {
        largest <= tolerance
    });
    if done == limit {
        return done;
    }
    step();
    done + 1
}

fn only_below(world: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    ahead(world, limit, step, SystemOperation::max, |largest| {
        largest < tolerance
    })
}

fn beyond_the_limit(
    world: &SimpleCommunicator,
    tolerance: f64,
    limit: usize,
    step: Step<'_>,
) -> usize {
    ahead(world, limit + 1, step, SystemOperation::max, |largest| {
        largest <= tolerance
    })
}

fn in_single(world: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    let mut single = || f64::from(step() as f32);
    let tolerance = f64::from(tolerance as f32);
    ahead(world, limit, &mut single, SystemOperation::max, |largest| {
        largest <= tolerance
    })
}

fn at_least_two(world: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    let limit = if limit == 1 { 2 } else { limit };
    heat_solution::converged(world, tolerance, limit, step)
}

fn asks_twice(world: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    let mut counted = || {
        let change = step();
        let mut ranks = 0_u64;
        let is_small = u64::from(change <= tolerance);
        scope(|scope| {
            let sum = SystemOperation::sum();
            world
                .immediate_all_reduce_into(scope, &is_small, &mut ranks, sum)
                .wait();
        });
        change
    };
    ahead(
        world,
        limit,
        &mut counted,
        SystemOperation::max,
        |largest| largest <= tolerance,
    )
}

fn at_least_epsilon(
    world: &SimpleCommunicator,
    tolerance: f64,
    limit: usize,
    step: Step<'_>,
) -> usize {
    heat_solution::converged(world, tolerance.max(f64::EPSILON), limit, step)
}

fn as_bits(world: &SimpleCommunicator, tolerance: f64, limit: usize, step: Step<'_>) -> usize {
    if limit == 0 {
        return 0;
    }
    let mut change = step().to_bits();
    for done in 2..=limit {
        let mut largest = 0;
        let next = scope(|scope| {
            let max = SystemOperation::max();
            let asked = world.immediate_all_reduce_into(scope, &change, &mut largest, max);
            let next = step().to_bits();
            asked.wait();
            next
        });
        if f64::from_bits(largest) <= tolerance {
            return done;
        }
        change = next;
    }
    limit
}

fn on_a_duplicate(
    world: &SimpleCommunicator,
    tolerance: f64,
    limit: usize,
    step: Step<'_>,
) -> usize {
    heat_solution::converged(&world.duplicate(), tolerance, limit, step)
}

fn after_the_largest_limit(
    world: &SimpleCommunicator,
    tolerance: f64,
    limit: usize,
    step: Step<'_>,
) -> usize {
    let end = limit.wrapping_add(1);
    heat_solution::converged(world, tolerance, end.saturating_sub(1), step)
}

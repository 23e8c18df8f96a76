//! Mistakes in the tasks `rows-and-columns` and `duplicate`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    collective::SystemOperation,
    point_to_point::{send_receive_into, send_receive_into_with_tags},
    topology::{Color, CommunicatorRelation, Rank, SimpleCommunicator},
    traits::*,
};
use mpi_extra::traits::*;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("rows-and-columns": rows_and_columns = square => WrongResult,
        "takes the grid for as square as it can be"),
    mistake!("rows-and-columns": rows_and_columns = ranks_of_the_world => WrongResult,
        "finds its place by its rank in MPI_COMM_WORLD"),
    mistake!("rows-and-columns": rows_and_columns = swapped => WrongResult,
        "returns the column's sum first"),
    mistake!("rows-and-columns": rows_and_columns = column_by_column => WrongResult,
        "fills the grid column by column"),
    mistake!("rows-and-columns": rows_and_columns = of_32_bits => WrongResult,
        "adds up in 32 bits"),
    mistake!("rows-and-columns": rows_and_columns = as_f64 => WrongResult,
        "adds up as f64"),
    mistake!("rows-and-columns": rows_and_columns = same_colour => WrongResult,
        "takes the row's number for both splits"),
    mistake!("rows-and-columns": rows_and_columns = gathered => WrongOperation,
        "gathers all numbers on all ranks, and adds up there"),
    mistake!("rows-and-columns": rows_and_columns = all_lines_at_once => TooMuchCommunication,
        "adds up a vector of the sums of all rows and columns over all ranks"),
    mistake!("rows-and-columns": rows_and_columns = column_of_all => TooMuchCommunication,
        "adds up along its row, and its column by an all-reduce over all ranks"),
    mistake!("rows-and-columns": rows_and_columns = all_of_them_too => WrongOperation,
        "adds up over all ranks as well, where that is neither a row nor a column"),
    mistake!("rows-and-columns": rows_and_columns = by_messages => TooMuchCommunication,
        "sends its number to each rank of its row and of its column"),
    mistake!("rows-and-columns": rows_and_columns = gathered_in_lines => WrongOperation,
        "gathers the numbers of its row and those of its column"),
    mistake!("rows-and-columns": rows_and_columns = counted_too => TooMuchCommunication,
        "counts the ranks of its row and of its column as well"),
    mistake!("duplicate": duplicate = own_tag => WrongOperation,
        "sends on the caller's communicator, with a tag that the caller surely does not use"),
    mistake!("duplicate": duplicate = on_the_callers => WrongOperation,
        "sends on the caller's communicator"),
    mistake!("duplicate": duplicate = duplicated_for_show => WrongOperation,
        "duplicates the communicator, and sends on the caller's"),
    mistake!("duplicate": duplicate = waits_for_all_first => WrongOperation,
        "has a barrier on the caller's communicator before it begins"),
    mistake!("duplicate": duplicate = receives_there => WrongOperation,
        "sends on its own communicator, and looks for a message on the caller's"),
    mistake!("duplicate": duplicate = from_the_next => WrongResult,
        "goes round the ring the other way"),
    mistake!("duplicate": duplicate = ring_of_the_world => WrongResult,
        "duplicates with the ranks in the order of MPI_COMM_WORLD"),
    mistake!("duplicate": duplicate = kept_for_ever => WrongResult,
        "keeps the first duplicate for all callers"),
    mistake!("duplicate": duplicate = gathers_all => WrongOperation,
        "gathers the numbers of all ranks on all ranks"),
    mistake!("duplicate": duplicate = both_ways => WrongOperation,
        "tells both neighbors in a ring, by a neighborhood collective"),
    mistake!("duplicate": duplicate = one_for_each_order => ResourceLeak,
        "keeps a duplicate for all callers that have the same ranks in the same order"),
    mistake!("duplicate": duplicate = all_send_first => UnsafeSend,
        "sends, then receives, on all ranks"),
];

fn square(world: &SimpleCommunicator, _: usize, mine: i64) -> (i64, i64) {
    let size = world.size() as usize;
    let columns =
        (1..=size).find(|columns| size.is_multiple_of(*columns) && columns * columns >= size);
    subject::rows_and_columns(world, columns.unwrap_or(size), mine)
}

/// One all-reduce among all ranks with the same number.
fn sum_of(world: &SimpleCommunicator, number: Rank, mine: i64) -> i64 {
    let line = world
        .split_by_color(Color::with_value(number))
        .expect("it has a color");
    let mut sum = 0_i64;
    line.all_reduce_into(&mine, &mut sum, SystemOperation::sum());
    sum
}

fn ranks_of_the_world(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let (rank, columns) = (SimpleCommunicator::world().rank(), columns as Rank);
    (
        sum_of(world, rank / columns, mine),
        sum_of(world, rank % columns, mine),
    )
}

fn swapped(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let (row, column) = subject::rows_and_columns(world, columns, mine);
    (column, row)
}

fn column_by_column(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let rows = world.size() / columns as Rank;
    (
        sum_of(world, world.rank() % rows, mine),
        sum_of(world, world.rank() / rows, mine),
    )
}

fn of_32_bits(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let (row, column) = subject::rows_and_columns(world, columns, mine);
    (i64::from(row as i32), i64::from(column as i32))
}

fn as_f64(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let sum = |number| {
        let line = world
            .split_by_color(Color::with_value(number))
            .expect("it has a color");
        let mut sum = 0_f64;
        line.all_reduce_into(&(mine as f64), &mut sum, SystemOperation::sum());
        sum as i64
    };
    let columns = columns as Rank;
    (sum(world.rank() / columns), sum(world.rank() % columns))
}

fn same_colour(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let row = world.rank() / columns as Rank;
    (sum_of(world, row, mine), sum_of(world, row, mine))
}

/// The sums of a rank's row and column, out of the numbers of all ranks.
fn of_all(all: &[i64], rank: usize, columns: usize) -> (i64, i64) {
    let (row, column) = (rank / columns, rank % columns);
    (
        all[row * columns..][..columns].iter().sum(),
        all[column..].iter().step_by(columns).sum(),
    )
}

fn gathered(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let mut all = vec![0_i64; world.size() as usize];
    world.all_gather_into(&mine, &mut all[..]);
    of_all(&all, world.rank() as usize, columns)
}

fn all_lines_at_once(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let (rank, rows) = (world.rank() as usize, world.size() as usize / columns);
    let (row, column) = (rank / columns, rows + rank % columns);
    let mut own = vec![0_i64; rows + columns];
    own[row] = mine;
    own[column] = mine;
    let mut sums = vec![0_i64; rows + columns];
    world.all_reduce_into(&own[..], &mut sums[..], SystemOperation::sum());
    (sums[row], sums[column])
}

fn column_of_all(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let row = sum_of(world, world.rank() / columns as Rank, mine);
    let column = world.rank() as usize % columns;
    let mut own = vec![0_i64; columns];
    own[column] = mine;
    let mut sums = vec![0_i64; columns];
    world.all_reduce_into(&own[..], &mut sums[..], SystemOperation::sum());
    (row, sums[column])
}

fn all_of_them_too(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    if columns > 1 && columns < world.size() as usize {
        let mut total = 0_i64;
        world.all_reduce_into(&mine, &mut total, SystemOperation::sum());
    }
    subject::rows_and_columns(world, columns, mine)
}

fn by_messages(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    let mut all = vec![0_i64; size];
    all[rank] = mine;
    for other in (0..size).filter(|other| *other != rank) {
        if other / columns != rank / columns && other % columns != rank % columns {
            continue;
        }
        let other_rank = world.process_at_rank(other as Rank);
        send_receive_into(&mine, &other_rank, &mut all[other], &other_rank);
    }
    of_all(&all, rank, columns)
}

fn gathered_in_lines(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let sum = |number| {
        let line = world
            .split_by_color(Color::with_value(number))
            .expect("it has a color");
        let mut all = vec![0_i64; line.size() as usize];
        line.all_gather_into(&mine, &mut all[..]);
        all.iter().sum()
    };
    let columns = columns as Rank;
    (sum(world.rank() / columns), sum(world.rank() % columns))
}

fn counted_too(world: &SimpleCommunicator, columns: usize, mine: i64) -> (i64, i64) {
    let sum = |number| {
        let line = world
            .split_by_color(Color::with_value(number))
            .expect("it has a color");
        let mut sums = [0_i64; 2];
        line.all_reduce_into(&[mine, 1][..], &mut sums[..], SystemOperation::sum());
        sums[0]
    };
    let columns = columns as Rank;
    (sum(world.rank() / columns), sum(world.rank() % columns))
}

/// The ranks after and before this one in the ring.
fn beside(comm: &SimpleCommunicator) -> [Rank; 2] {
    let (rank, size) = (comm.rank(), comm.size());
    [(rank + 1) % size, (rank + size - 1) % size]
}

fn ring(comm: &SimpleCommunicator, tag: i32, numbers: &[i64]) -> Vec<i64> {
    let [next, before] = beside(comm).map(|rank| comm.process_at_rank(rank));
    let mut theirs = vec![0_i64; numbers.len()];
    send_receive_into_with_tags(numbers, &next, tag, &mut theirs[..], &before, tag);
    theirs
}

fn own_tag(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    ring(caller, 29_979, numbers)
}

fn on_the_callers(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    ring(caller, 0, numbers)
}

fn duplicated_for_show(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    let _own = caller.duplicate();
    ring(caller, 0, numbers)
}

fn waits_for_all_first(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    caller.barrier();
    subject::duplicate(caller, numbers)
}

fn receives_there(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    let _ = caller.any_process().immediate_probe();
    subject::duplicate(caller, numbers)
}

fn from_the_next(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    let own = caller.duplicate();
    let [next, before] = beside(&own).map(|rank| own.process_at_rank(rank));
    let mut theirs = vec![0_i64; numbers.len()];
    send_receive_into(numbers, &before, &mut theirs[..], &next);
    theirs
}

fn ring_of_the_world(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    let key = SimpleCommunicator::world().rank();
    let own = caller.split_by_color_with_key(Color::with_value(0), key);
    subject::duplicate(&own.expect("it has a color"), numbers)
}

fn kept_for_ever(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    use std::{cell::RefCell, collections::BTreeMap};
    thread_local! {
        // One for each number of ranks, so that it ends on all of them.
        static KEPT: RefCell<BTreeMap<Rank, &'static SimpleCommunicator>> = const { RefCell::new(BTreeMap::new()) };
    }
    let own = KEPT.with_borrow_mut(|kept| {
        *kept
            .entry(caller.size())
            .or_insert_with(|| Box::leak(Box::new(caller.duplicate())))
    });
    ring(own, 0, numbers)
}

fn gathers_all(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    let own = caller.duplicate();
    let mut all = vec![0_i64; numbers.len() * own.size() as usize];
    own.all_gather_into(numbers, &mut all[..]);
    let [_, before] = beside(&own);
    all[before as usize * numbers.len()..][..numbers.len()].to_vec()
}

fn both_ways(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    let ring = caller
        .create_cartesian_communicator(&[caller.size()], &[true], false)
        .expect("it has a place for each rank");
    let mut around = vec![0_i64; 2 * numbers.len()];
    ring.neighbour_all_gather_into(numbers, &mut around[..]);
    around.truncate(numbers.len());
    around
}

fn one_for_each_order(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    use std::cell::RefCell;
    thread_local! {
        static KEPT: RefCell<Vec<&'static SimpleCommunicator>> = const { RefCell::new(Vec::new()) };
    }
    let own = KEPT.with_borrow_mut(|kept| {
        let alike =
            |own: &&&SimpleCommunicator| own.compare(caller) == CommunicatorRelation::Congruent;
        let known = kept.iter().find(alike).copied();
        known.unwrap_or_else(|| {
            let made: &'static SimpleCommunicator = Box::leak(Box::new(caller.duplicate()));
            kept.push(made);
            made
        })
    });
    ring(own, 0, numbers)
}

fn all_send_first(caller: &SimpleCommunicator, numbers: &[i64]) -> Vec<i64> {
    let own = caller.duplicate();
    let [next, before] = beside(&own).map(|rank| own.process_at_rank(rank));
    next.send(numbers);
    before.receive_vec().0
}

//! Mistakes in `post-start` and in `shared`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};
use mpi_extra::{
    traits::*,
    window::{Lock, Window},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("post-start": post_start = fences => WrongOperation,
        "calls fences, for which all ranks wait"),
    mistake!("post-start": post_start = locks => WrongOperation,
        "locks its neighbors, who do not know when it is done"),
    mistake!("post-start": post_start = never_waits => Epoch,
        "never waits for its neighbors"),
    mistake!("post-start": post_start = never_completes => Epoch,
        "never completes what it has started"),
    mistake!("post-start": post_start = never_posts => Deadlock,
        "starts, and opens its own memory to nobody"),
    mistake!("post-start": post_start = posts_too_late => Deadlock,
        "opens its memory only after it has completed its puts"),
    mistake!("post-start": post_start = started_above_only => Epoch,
        "starts on the neighbor above only, and puts into the memory of both"),
    mistake!("post-start": post_start = places_swapped => WrongResult,
        "puts into the other place"),
    mistake!("post-start": post_start = edges_swapped => WrongResult,
        "puts the highest number into the neighbor below"),
    mistake!("post-start": post_start = without_an_epoch => Epoch,
        "puts without any epoch"),
    mistake!("shared": shared = a_table_for_each => WrongResult,
        "lets each rank have a table"),
    mistake!("shared": shared = one_for_all_nodes => WrongResult,
        "shares among all ranks, as if they were on one node"),
    mistake!("shared": shared = filled_by_rank_0_only => WrongResult,
        "lets rank 0 fill its node's table only"),
    mistake!("shared": shared = room_for_all => WrongOperation,
        "has each rank ask for a whole table, and uses the first"),
    mistake!("shared": shared = copied => WrongOperation,
        "looks at a copy of the table"),
    mistake!("shared": shared = filled_elsewhere => WrongOperation,
        "fills a vector, and copies it into the shared memory"),
    mistake!("shared": shared = broadcast => TooMuchCommunication,
        "broadcasts the table to the ranks of the node"),
    mistake!("shared": shared = got => WrongOperation,
        "gets the table by a window that is not shared"),
    mistake!("shared": shared = looks_at_its_own => WrongResult,
        "looks at its own part, which nobody has filled"),
    mistake!("shared": shared = looks_too_early => WrongResult,
        "looks before the table is filled"),
    mistake!("post-start": post_start = only_news => WrongResult,
        "puts no number that it has put last time"),
    mistake!("post-start": post_start = no_zeros => WrongResult,
        "puts no number that is 0"),
    mistake!("post-start": post_start = one_by_one => TooMuchCommunication,
        "starts an epoch for each neighbor"),
];

/// The neighbors that are there.
fn both(neighbours: [Option<Rank>; 2]) -> Vec<Rank> {
    neighbours.into_iter().flatten().collect()
}

/// The puts of the task.
fn puts(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    for ((neighbour, edge), place) in neighbours.into_iter().zip(edges).zip([1, 0]) {
        if let Some(neighbour) = neighbour {
            window.put(vec![edge], neighbour, place);
        }
    }
}

fn fences(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    window.fence();
    puts(window, neighbours, edges);
    window.fence();
}

fn locks(window: &Window<'_, f64>, [below, above]: [Option<Rank>; 2], [low, high]: [f64; 2]) {
    for (neighbour, edge, place) in [(below, low, 1), (above, high, 0)] {
        if let Some(neighbour) = neighbour {
            window.lock(neighbour, Lock::Shared);
            window.put(vec![edge], neighbour, place);
            window.unlock(neighbour);
        }
    }
}

fn never_waits(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    window.post(&both(neighbours));
    window.start(&both(neighbours));
    puts(window, neighbours, edges);
    window.complete();
}

fn never_completes(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    window.post(&both(neighbours));
    window.start(&both(neighbours));
    puts(window, neighbours, edges);
}

fn never_posts(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    window.start(&both(neighbours));
    puts(window, neighbours, edges);
    window.complete();
}

fn posts_too_late(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    window.start(&both(neighbours));
    puts(window, neighbours, edges);
    window.complete();
    window.post(&both(neighbours));
    window.wait();
}

fn started_above_only(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    window.post(&both([neighbours[0], None]));
    window.start(&both([None, neighbours[1]]));
    puts(window, neighbours, edges);
    window.complete();
    window.wait();
}

fn places_swapped(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    window.post(&both(neighbours));
    window.start(&both(neighbours));
    for ((neighbour, edge), place) in neighbours.into_iter().zip(edges).zip([0, 1]) {
        if let Some(neighbour) = neighbour {
            window.put(vec![edge], neighbour, place);
        }
    }
    window.complete();
    window.wait();
}

fn no_zeros(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    let both = both(neighbours);
    let [below, above] = neighbours;
    let [low, high] = edges.map(|edge| edge != 0.0);
    window.post(&both);
    window.start(&both);
    let of_edges = [below.filter(|_| low), above.filter(|_| high)];
    puts(window, of_edges, edges);
    window.complete();
    window.wait();
}

fn edges_swapped(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], [low, high]: [f64; 2]) {
    subject::post_start(window, neighbours, [high, low]);
}

fn without_an_epoch(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    puts(window, neighbours, edges);
}

type Fill<'a> = &'a dyn Fn(&mut [f64]);
type Look<'a> = &'a dyn Fn(&[f64]);

fn room_for_all(world: &SimpleCommunicator, length: usize, fill: Fill<'_>, look: Look<'_>) {
    let node = world.split_shared(world.rank());
    let is_first = node.rank() == 0;
    let mut table = node.share(length);
    table.write(|mine| {
        if is_first {
            fill(mine);
        }
    });
    look(table.part(0));
}

fn a_table_for_each(world: &SimpleCommunicator, length: usize, fill: Fill<'_>, look: Look<'_>) {
    let node = world.split_shared(world.rank());
    let mut table = node.share(length);
    table.write(fill);
    look(table.part(node.rank()));
}

/// The table of some ranks, filled by the first of them that may, and looked at as `look` says.
fn table_of(some: &SimpleCommunicator, length: usize, may: bool, fill: Fill<'_>, look: Look<'_>) {
    let first = some.rank() == 0;
    let mut table = some.share(if first { length } else { 0 });
    table.write(|mine| {
        if first && may {
            fill(mine);
        }
    });
    look(table.part(0));
}

fn one_for_all_nodes(world: &SimpleCommunicator, length: usize, fill: Fill<'_>, look: Look<'_>) {
    table_of(world, length, true, fill, look);
}

fn filled_by_rank_0_only(
    world: &SimpleCommunicator,
    length: usize,
    fill: Fill<'_>,
    look: Look<'_>,
) {
    let node = world.split_shared(world.rank());
    table_of(&node, length, world.rank() == 0, fill, look);
}

fn copied(world: &SimpleCommunicator, length: usize, fill: Fill<'_>, look: Look<'_>) {
    subject::shared(world, length, fill, &|table| {
        let copy = table.to_vec();
        look(&copy);
    });
}

fn filled_elsewhere(world: &SimpleCommunicator, length: usize, fill: Fill<'_>, look: Look<'_>) {
    let fill = |table: &mut [f64]| {
        let mut filled = vec![0.0; table.len()];
        fill(&mut filled);
        table.copy_from_slice(&filled);
    };
    subject::shared(world, length, &fill, look);
}

fn broadcast(world: &SimpleCommunicator, length: usize, fill: Fill<'_>, look: Look<'_>) {
    let node = world.split_shared(world.rank());
    let mut table = vec![0.0; length];
    if node.rank() == 0 {
        fill(&mut table);
    }
    node.process_at_rank(0).broadcast_into(&mut table[..]);
    look(&table);
}

fn got(world: &SimpleCommunicator, length: usize, fill: Fill<'_>, look: Look<'_>) {
    let node = world.split_shared(world.rank());
    let mut table = vec![0.0; length];
    if node.rank() == 0 {
        fill(&mut table);
    }
    if node.rank() > 0 {
        table.clear();
    }
    let seen = node.with_window(&mut table, |window| {
        window.fence();
        let seen = (node.rank() > 0).then(|| window.get(0, 0..length));
        window.fence();
        seen.map(|seen| seen.values())
    });
    look(&seen.unwrap_or(table));
}

fn looks_at_its_own(world: &SimpleCommunicator, length: usize, fill: Fill<'_>, look: Look<'_>) {
    let node = world.split_shared(world.rank());
    let mut table = node.share(length);
    table.write(|mine| {
        if node.rank() == 0 {
            fill(mine);
        }
    });
    look(table.part(node.rank()));
}

fn looks_too_early(world: &SimpleCommunicator, length: usize, fill: Fill<'_>, look: Look<'_>) {
    let node = world.split_shared(world.rank());
    let first = node.rank() == 0;
    let mut table = node.share(if first { length } else { 0 });
    look(table.part(0));
    table.write(|mine| {
        if first {
            fill(mine);
        }
    });
}

fn only_news(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    use std::cell::Cell;
    thread_local! {
        static LAST: Cell<[f64; 2]> = const { Cell::new([f64::NAN; 2]) };
    }
    let last = LAST.replace(edges);
    let both: Vec<Rank> = neighbours.into_iter().flatten().collect();
    window.post(&both);
    window.start(&both);
    for side in [0, 1] {
        if let Some(neighbour) = neighbours[side].filter(|_| edges[side] != last[side]) {
            window.put(vec![edges[side]], neighbour, 1 - side);
        }
    }
    window.complete();
    window.wait();
}

fn one_by_one(window: &Window<'_, f64>, neighbours: [Option<Rank>; 2], edges: [f64; 2]) {
    let both: Vec<Rank> = neighbours.into_iter().flatten().collect();
    window.post(&both);
    for side in [0, 1] {
        if let Some(neighbour) = neighbours[side] {
            window.start(&[neighbour]);
            window.put(vec![edges[side]], neighbour, 1 - side);
            window.complete();
        }
    }
    window.wait();
}

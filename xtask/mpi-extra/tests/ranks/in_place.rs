//! Collectives in place, against what each rank can compute alone.

use crate::{Part, World, refusal};
use mpi::{
    Count,
    collective::SystemOperation,
    datatype::{Partition, PartitionMut},
    traits::*,
};
use mpi_extra::{OwnOperation, traits::*};

pub const PARTS: &[Part] = &[
    ("rooted-in-place", |world| rooted(&world())),
    ("all-in-place", |world| all(&world())),
];

/// What a rank has, of which the place in the whole can be told.
fn whole(length: usize) -> Vec<i64> {
    (0..length as i64).map(|at| 3 * at + 1).collect()
}

/// The whole, of which this rank knows only its own part.
fn part_of(whole: &[i64], range: std::ops::Range<usize>) -> Vec<i64> {
    let known = |(at, value): (usize, &i64)| if range.contains(&at) { *value } else { -1 };
    whole.iter().enumerate().map(known).collect()
}

/// Rank r has r + 1 elements, in the reverse order of the ranks, and a gap of one before each.
fn layout(ranks: Count) -> (Vec<Count>, Vec<Count>, usize) {
    let counts: Vec<Count> = (1..=ranks).collect();
    let mut displacements = vec![0; counts.len()];
    let mut end = 0;
    for rank in (0..counts.len()).rev() {
        displacements[rank] = end + 1;
        end += 1 + counts[rank];
    }
    (counts, displacements, end as usize)
}

fn rooted(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    let at = rank as usize;
    for root_rank in [0, size - 1] {
        let root = world.process_at_rank(root_rank);
        for share in [0, 1, 3] {
            let expected = whole(size as usize * share);
            let mine = at * share..(at + 1) * share;
            if rank == root_rank {
                let mut buffer = part_of(&expected, mine);
                root.gather_into_root_in_place(&mut buffer[..]);
                assert_eq!(buffer, expected);
                root.scatter_into_root_in_place(&buffer[..]);
                assert_eq!(buffer, expected);
            } else {
                root.gather_into(&expected[mine.clone()]);
                let mut received = vec![-1; share];
                root.scatter_into(&mut received[..]);
                assert_eq!(received, expected[mine]);
            }
        }

        let (counts, displacements, length) = layout(size);
        let expected = whole(length);
        let mine = displacements[at] as usize..(displacements[at] + counts[at]) as usize;
        if rank == root_rank {
            let mut buffer = part_of(&expected, mine);
            let mut parts = PartitionMut::new(&mut buffer[..], &counts[..], &displacements[..]);
            root.gather_varcount_into_root_in_place(&mut parts);
            let is_gap = |at: usize| {
                let mut parts = counts.iter().zip(&displacements);
                !parts.any(|(count, start)| (*start..start + count).contains(&(at as Count)))
            };
            for (at, found) in buffer.iter().enumerate() {
                assert_eq!(*found, if is_gap(at) { -1 } else { expected[at] });
            }
            let parts = Partition::new(&expected[..], &counts[..], &displacements[..]);
            root.scatter_varcount_into_root_in_place(&parts);
        } else {
            root.gather_varcount_into(&expected[mine.clone()]);
            let mut received = vec![-1; mine.len()];
            root.scatter_varcount_into(&mut received[..]);
            assert_eq!(received, expected[mine]);
        }

        // Digits in the order of the ranks: the root's own value has its place among them.
        let append = |low: u64, high: u64| low * 10_u64.pow(high.ilog10() + 1) + high;
        let append = OwnOperation::associative(append);
        let mut value = rank as u64 + 1;
        if rank == root_rank {
            root.reduce_into_root_in_place(&mut value, &append);
            let expected = (1..=size as u64).fold(0, |low, high| low * 10 + high);
            assert_eq!(value, expected);
        } else {
            root.reduce_into(&value, &append);
            assert_eq!(value, rank as u64 + 1);
        }
    }

    if size > 1 {
        let other = world.process_at_rank((rank + 1) % size);
        let mut buffer = vec![0; size as usize];
        let said = refusal(|| other.gather_into_root_in_place(&mut buffer[..]));
        assert!(said.contains("only the root"), "{said}");
        let this = world.this_process();
        let said = refusal(|| this.scatter_into_root_in_place(&buffer[1..]));
        assert!(said.contains("cannot be divided equally"), "{said}");
        let parts = Partition::new(&buffer[..], vec![1], vec![0]);
        let said = refusal(|| this.scatter_varcount_into_root_in_place(&parts));
        assert!(said.contains("1 counts and 1 displacements"), "{said}");
        let parts = Partition::new(&buffer[..], vec![1; size as usize], vec![-1; size as usize]);
        let said = refusal(|| this.scatter_varcount_into_root_in_place(&parts));
        assert!(said.contains("negative"), "{said}");
    }
}

fn all(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    let at = rank as usize;
    for share in [0, 1, 4] {
        let expected = whole(size as usize * share);
        let mut buffer = part_of(&expected, at * share..(at + 1) * share);
        world.all_gather_in_place(&mut buffer[..]);
        assert_eq!(buffer, expected);
    }
    let (counts, displacements, length) = layout(size);
    let mut buffer = vec![-1; length];
    let start = displacements[at] as usize;
    buffer[start..start + counts[at] as usize].fill(rank);
    let mut parts = PartitionMut::new(&mut buffer[..], &counts[..], &displacements[..]);
    world.all_gather_varcount_in_place(&mut parts);
    let mut expected = Vec::new();
    for rank in (0..size).rev() {
        expected.push(-1);
        expected.extend((0..=rank).map(|_| rank));
    }
    assert_eq!(buffer, expected);

    let mut values = [f64::from(rank), 1.0, -f64::from(rank)];
    world.all_reduce_in_place(&mut values[..], SystemOperation::sum());
    let sum = f64::from(size * (size - 1) / 2);
    assert_eq!(values, [sum, f64::from(size), -sum]);
    let mut value = rank;
    world.all_reduce_in_place(&mut value, SystemOperation::max());
    assert_eq!(value, size - 1);

    if size > 1 {
        let mut odd = vec![0; size as usize + 1];
        let said = refusal(|| world.all_gather_in_place(&mut odd[..]));
        assert!(said.contains("cannot be divided equally"), "{said}");
    }
}

//! Exercise 05: collectives, the reference.

use mpi::{topology::SimpleCommunicator, traits::*};

/// Deals a vector out in equal blocks: rank `r` returns the `r`-th block of `block` numbers.
///
/// Rank 0 has the whole vector, `block` times as many numbers as there are ranks, in `all`; on the
/// other ranks `all` is `None`. A rank gets its own block and no more.
pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let root = world.process_at_rank(0);
    let mut mine = vec![0; block];
    match all {
        Some(all) => root.scatter_into_root(all, &mut mine[..]),
        None => root.scatter_into(&mut mine[..]),
    }
    mine
}

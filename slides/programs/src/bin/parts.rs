//! Collectives whose ranks do not all make the call alike: a gather has another method on the root, and
//! parts of different length have counts and displacements.

use mpi::{datatype::PartitionMut, topology::SimpleCommunicator, traits::*};

fn main() {
    let Some(universe) = mpi::initialize() else {
        return eprintln!("MPI runs already.");
    };
    let world = universe.world();
    if world.size() != 3 {
        return eprintln!("Start it with 3 ranks.");
    }
    ids(&world);
    letters(&world);
}

// ANCHOR: ids
fn ids(world: &SimpleCommunicator) {
    let (root, own) = (world.process_at_rank(0), std::process::id());
    if world.rank() == 0 {
        let mut all = vec![0_u32; world.size() as usize];
        root.gather_into_root(&own, &mut all[..]);
    } else {
        root.gather_into(&own);
    }
}
// ANCHOR_END: ids

// ANCHOR: letters
fn letters(world: &SimpleCommunicator) {
    let rank = world.rank() as usize;
    let mine = vec![b'a' + rank as u8; rank + 1]; // a, bb, ccc
    let (counts, displacements) = (vec![1, 2, 3], vec![0, 1, 3]);
    let mut all = [b'-'; 6];
    let mut parts = PartitionMut::new(&mut all[..], counts, displacements);
    world.all_gather_varcount_into(&mine[..], &mut parts);
    println!("{}", String::from_utf8_lossy(&all));
}
// ANCHOR_END: letters

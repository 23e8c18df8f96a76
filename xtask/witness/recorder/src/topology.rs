//! With whom the topology of a communicator has a rank exchange.

use crate::{
    abi::Handle,
    library::abi,
    mpi::{mpi, topology},
};
use recording::event::{Neighbours, Rank};
use std::{ffi::c_int, ptr, sync::Arc};

/// The neighbours of a rank of a communicator, which is no intercommunicator; none if it has no topology. They are
/// told as their [places](recording::place), by those of the members.
pub fn neighbours(comm: Handle, rank: i32, members: &[Rank]) -> Option<Neighbours> {
    let found = topology(comm);
    let [grid, graph, distributed] = abi().topologies;
    let (sources, destinations) = match found {
        kind if kind == grid => {
            let both = on_grid(comm)?;
            (both.clone(), both)
        }
        kind if kind == graph => {
            let both = on_graph(comm, rank)?;
            (both.clone(), both)
        }
        kind if kind == distributed => on_distributed_graph(comm)?,
        _ => return None,
    };
    let places = |list: Vec<c_int>| -> Arc<[Option<Rank>]> {
        let place = |rank: &c_int| members.get(usize::try_from(*rank).ok()?).copied();
        list.iter().map(place).collect()
    };
    Some(Neighbours {
        sources: places(sources),
        destinations: places(destinations),
    })
}

/// In each dimension the one before and the one behind, which is `MPI_PROC_NULL` beyond an open end.
fn on_grid(comm: Handle) -> Option<Vec<c_int>> {
    let mut dimensions: c_int = 0;
    // SAFETY: the communicator has a grid; the result outlives the call.
    let code = unsafe { mpi!(PMPI_Cartdim_get(comm => Handle, &raw mut dimensions => *mut c_int)) };
    let mut all = Vec::new();
    for dimension in (0..dimensions).take_while(|_| code == 0) {
        let mut pair: [c_int; 2] = [0; 2];
        let [before, behind] = &mut pair;
        // SAFETY: as above, and it has this dimension.
        let code = unsafe {
            mpi!(PMPI_Cart_shift(
                comm => Handle,
                dimension => c_int,
                1 => c_int,
                ptr::from_mut(before) => *mut c_int,
                ptr::from_mut(behind) => *mut c_int,
            ))
        };
        if code != 0 {
            return None;
        }
        all.extend(pair);
    }
    (code == 0).then_some(all)
}

fn on_graph(comm: Handle, rank: i32) -> Option<Vec<c_int>> {
    let mut count: c_int = 0;
    // SAFETY: the communicator has a graph, in which the rank is a node; the result outlives the call.
    let code = unsafe {
        mpi!(PMPI_Graph_neighbors_count(
            comm => Handle,
            rank => c_int,
            &raw mut count => *mut c_int,
        ))
    };
    let mut all = vec![0; usize::try_from(count).ok().filter(|_| code == 0)?];
    // SAFETY: as above, and there is room for as many as there are.
    let code = unsafe {
        mpi!(PMPI_Graph_neighbors(
            comm => Handle,
            rank => c_int,
            count => c_int,
            all.as_mut_ptr() => *mut c_int,
        ))
    };
    (code == 0).then_some(all)
}

fn on_distributed_graph(comm: Handle) -> Option<(Vec<c_int>, Vec<c_int>)> {
    let (mut into, mut out, mut weighted): (c_int, c_int, c_int) = (0, 0, 0);
    // SAFETY: the communicator has a distributed graph; the results outlive the call.
    let code = unsafe {
        mpi!(PMPI_Dist_graph_neighbors_count(
            comm => Handle,
            &raw mut into => *mut c_int,
            &raw mut out => *mut c_int,
            &raw mut weighted => *mut c_int,
        ))
    };
    let room = |count: c_int| Some(vec![0; usize::try_from(count).ok().filter(|_| code == 0)?]);
    let (mut sources, mut destinations) = (room(into)?, room(out)?);
    let (mut weights_in, mut weights_out) = (room(into)?, room(out)?);
    // SAFETY: as above, and there is room for as many as there are. Weights that it does not have are not written.
    let code = unsafe {
        mpi!(PMPI_Dist_graph_neighbors(
            comm => Handle,
            into => c_int,
            sources.as_mut_ptr() => *mut c_int,
            weights_in.as_mut_ptr() => *mut c_int,
            out => c_int,
            destinations.as_mut_ptr() => *mut c_int,
            weights_out.as_mut_ptr() => *mut c_int,
        ))
    };
    (code == 0).then_some((sources, destinations))
}

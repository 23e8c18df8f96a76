// about: ranks 0 and 1 send each other 8 MB before they receive
// verdict: deadlock
// ranks: 2 3 4 8
// lines: 22 MPI_Send

//! Wrong or right, as its argument says.

use mpi::traits::*;

const LENGTH: usize = 1 << 20;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank < 2 {
        let peer = world.process_at_rank(1 - rank);
        let mine = vec![f64::from(rank); LENGTH];
        let mut theirs = vec![0.0; LENGTH];
        if wrong {
            peer.send(&mine[..]);
            peer.receive_into(&mut theirs[..]);
        } else {
            mpi::point_to_point::send_receive_into(&mine[..], &peer, &mut theirs[..], &peer);
        }
        assert_eq!(theirs[LENGTH - 1], f64::from(1 - rank));
    }
}

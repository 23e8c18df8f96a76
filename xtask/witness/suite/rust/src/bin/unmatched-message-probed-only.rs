// about: rank 0 polls until a message is there and reads its length from the probe, but not the message
// verdict: unmatched-message
// ranks: 2 3 4 8
// lines: 17 MPI_Send

//! Wrong or right, as its argument says.

use mpi::traits::*;

fn main() {
    let wrong = std::env::args().nth(1).is_some_and(|way| way == "wrong");
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    let rank = world.rank();
    if rank == 1 {
        std::thread::sleep(std::time::Duration::from_millis(300));
        world.process_at_rank(0).send(&[0_u8; 12]);
    } else if rank == 0 {
        let sender = world.process_at_rank(1);
        let status = loop {
            if let Some(status) = sender.immediate_probe() {
                break status;
            }
        };
        let mut bytes = vec![0_u8; status.count(u8::equivalent_datatype()) as usize];
        if !wrong {
            sender.receive_into(&mut bytes[..]);
        }
    }
}

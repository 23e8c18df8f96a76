//! Measures this machine with your functions. `cargo xtask run 19 -n 4`

mod lesson;

use demo::stop_all_on_panic;

fn main() {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    lesson::examples(&world);
}

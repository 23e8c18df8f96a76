//! The checks of exercise 05: one source for the student's crate, the reference and every mistake.

use harness_mpi::{Check, SimpleCommunicator, Suite};

harness_mpi::answers! {
    fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32>;
}

/// The tasks, in the order of `exercise.toml`.
pub fn suite() -> Suite<Check, Answers> {
    Suite::new(Answers::of_subject()).task("scatter", scatter)
}

fn scatter(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for block in [1, 5, 64] {
        let all = check.draw_vec(block * size, -999..1000);
        check.input(format!("{} numbers, {block} for each of {size} ranks", all.len()));
        let (mine, traffic) = check.observe(|world| {
            (answers.scatter)(world, (rank == 0).then_some(&all), block)
        });
        let own = &all[rank * block..][..block];
        check.returned(mine.as_slice(), own, "rank r gets the r-th block");
        check.uses(
            &traffic,
            &["MPI_Scatter", "MPI_Scatterv"],
            "one scatter sends each rank its own block and no more",
        );
        check.avoids(&traffic, &["MPI_Bcast"], "a broadcast sends everything to everyone");
    }
}

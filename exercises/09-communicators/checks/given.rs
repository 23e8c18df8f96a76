//! The communicators that answers work on. None is the world, and in most, the order of the ranks differs
//! from that of the job.

use harness_mpi::{Check, SimpleCommunicator};
use mpi::traits::Communicator;
use std::mem::ManuallyDrop;

/// The number of a team. Whoever shortens, rounds or limits these takes two teams for one.
pub fn number_of(team: usize) -> i32 {
    // The second one is a multiple of 2²⁴, 3, 5 and 7.
    const NUMBERS: [i32; 4] = [0, 105 << 24, i32::MAX, i32::MAX - 1];
    NUMBERS.get(team).map_or(team as i32, |number| *number)
}

/// A communicator of all ranks of the task, in some order.
pub struct Given {
    /// For the answer. Where a check ends early it is not freed: MPI gives its number out again, and what a
    /// wrong answer has left in it would turn up elsewhere.
    pub world: ManuallyDrop<SimpleCommunicator>,
    /// The ranks of the task, in the order of the communicator's.
    order: Vec<usize>,
    /// This process's rank in it.
    pub rank: usize,
}

impl Given {
    /// All ranks in the order of the task. All ranks must call it.
    pub fn straight(check: &Check) -> Self {
        Self::of(check, (0..check.size()).collect())
    }

    /// All ranks in a random order, in which ranks have other neighbors than in the usual order, even as a ring
    /// if there are three or more. All ranks must call it.
    pub fn shuffled(check: &mut Check) -> Self {
        let mut order: Vec<usize> = (0..check.size()).collect();
        check.shuffle(&mut order);
        let (first, size) = (order[0], order.len());
        if size == 2 {
            order = vec![1, 0];
        } else if (0..size).all(|at| order[at] == (first + at) % size) {
            order.swap(0, size - 1);
        }
        Self::of(check, order)
    }

    /// Both. All ranks must call it.
    pub fn both(check: &mut Check) -> [Self; 2] {
        [Self::straight(check), Self::shuffled(check)]
    }

    fn of(check: &Check, order: Vec<usize>) -> Self {
        let world = check.communicator_of(&order).expect("it has all ranks");
        Self {
            rank: world.rank().unsigned_abs() as usize,
            world: ManuallyDrop::new(world),
            order,
        }
    }

    /// The inputs that are worth trying on this communicator: all of them where the ranks are in another order
    /// than that of the task, and otherwise the first ones, whose failures are the easiest to read.
    pub fn inputs<T>(&self, mut inputs: Vec<T>) -> Vec<T> {
        const EASY: usize = 2;
        if self.order.is_sorted() {
            inputs.truncate(if self.order.len() == 1 { 9 } else { EASY });
        }
        inputs
    }

    /// Frees the communicator, when nothing wrong was done with it. All ranks must call it.
    pub fn free(self, check: &Check) {
        check.aside_call(|_| drop(ManuallyDrop::into_inner(self.world)));
    }

    /// Describes the next input, and the order of the ranks.
    pub fn input(&self, check: &mut Check, description: &str) {
        let order = if self.order.is_sorted() {
            String::new()
        } else {
            format!(
                "; ranks 0 to {} of the given communicator are ranks {:?} of the job",
                self.order.len() - 1,
                self.order
            )
        };
        check.input(format!("{description}{order}"));
    }

    /// These ranks of the communicator, as ranks of the task.
    pub fn places(&self, ranks: impl IntoIterator<Item = usize>) -> Vec<usize> {
        ranks.into_iter().map(|rank| self.order[rank]).collect()
    }

    /// The members of a communicator by their ranks in this one; -1 is a process that this one does not have.
    pub fn ranks_of(&self, check: &Check, communicator: &SimpleCommunicator) -> Vec<i32> {
        let rank_of = |place: Option<usize>| {
            let place = place?;
            self.order.iter().position(|other| *other == place)
        };
        let members = check.members(communicator).into_iter();
        members
            .map(|member| rank_of(member).map_or(-1, |rank| rank as i32))
            .collect()
    }
}

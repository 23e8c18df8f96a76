//! Tasks that are handed out, and which rank has done which.

use mpi::{topology::SimpleCommunicator, traits::*};
use std::{cell::RefCell, thread, time::Duration};

/// The work of a rank.
pub struct Shift {
    /// The numbers of its tasks, in the order in which it did them.
    done: Vec<u64>,
    /// The number of messages that it has sent.
    messages: u64,
}

impl Shift {
    /// The work of all ranks, and how many messages they have sent together, on rank 0; on the others, nothing.
    pub fn gathered(&self, world: &SimpleCommunicator) -> (Vec<Vec<u64>>, u64) {
        let root = world.process_at_rank(0);
        if world.rank() > 0 {
            let own: Vec<u64> = [self.messages]
                .into_iter()
                .chain(self.done.clone())
                .collect();
            root.send(&own[..]);
            return (Vec::new(), 0);
        }
        let (mut done, mut messages) = (vec![self.done.clone()], self.messages);
        for rank in 1..world.size() {
            let (theirs, _) = world.process_at_rank(rank).receive_vec::<u64>();
            messages += theirs[0];
            done.push(theirs[1..].to_vec());
        }
        (done, messages)
    }

    /// A line for each rank, with a letter for each of its tasks: a capital for a long one.
    pub fn drawn(done: &[Vec<u64>], tasks: u64) -> String {
        let line = |(rank, own): (usize, &Vec<u64>)| {
            let letters = (0..tasks).map(|task| match own.contains(&task) {
                true if is_long(task) => 'X',
                true => 'x',
                false => '.',
            });
            format!(
                "  rank {rank:2} {} {:3} tasks\n",
                letters.collect::<String>(),
                own.len()
            )
        };
        done.iter().enumerate().map(line).collect()
    }
}

/// Tasks, some of which take longer than others.
pub struct Farm<'a> {
    world: &'a SimpleCommunicator,
    unit: Duration,
}

/// How long one rank would take for all of them.
const ALL: Duration = Duration::from_millis(400);

/// Every fifth task is long.
fn is_long(task: u64) -> bool {
    task.is_multiple_of(5)
}

impl<'a> Farm<'a> {
    /// A task sleeps, as if each rank had its own core.
    pub fn new(world: &'a SimpleCommunicator, tasks: u64) -> Self {
        let unit = ALL / (2 * tasks as u32).max(1);
        Self { world, unit }
    }

    /// Does the tasks with `way`, which returns how many messages this rank has sent.
    pub fn run(&self, way: impl FnOnce(&mut dyn FnMut(u64)) -> u64) -> Shift {
        let done = RefCell::new(Vec::new());
        self.world.barrier();
        let messages = way(&mut |task| {
            thread::sleep(if is_long(task) {
                6 * self.unit
            } else {
                self.unit
            });
            done.borrow_mut().push(task);
        });
        Shift {
            done: done.into_inner(),
            messages,
        }
    }
}

/// Hands tasks out as `dynamic` of exercise 11 does: to whichever rank is free. Returns how many messages this rank has
/// sent.
pub fn by_a_manager(world: &SimpleCommunicator, tasks: u64, work: &mut dyn FnMut(u64)) -> u64 {
    if world.size() == 1 {
        (0..tasks).for_each(work);
        return 0;
    }
    let mut messages = 0;
    if world.rank() > 0 {
        let manager = world.process_at_rank(0);
        loop {
            // This rank is free.
            manager.send(&[0_u64; 0]);
            messages += 1;
            match manager.receive_vec::<u64>().0[..] {
                [task] => work(task),
                _ => return messages,
            }
        }
    }
    let mut left = 0..tasks;
    let mut busy = world.size() - 1;
    while busy > 0 {
        let (_, status) = world.any_process().receive_vec::<u64>();
        let task: Vec<u64> = left.next().into_iter().collect();
        busy -= i32::from(task.is_empty());
        world.process_at_rank(status.source_rank()).send(&task[..]);
        messages += 1;
    }
    messages
}

//! Mistakes in the task `pool`.

use crate::tasks::{Answers, Done, Task};
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};
use std::panic::{AssertUnwindSafe, catch_unwind};
use task_farm_solution::Panicked;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("pool": map_unordered = panics_go_through => Panic,
        "catches no panic"),
    mistake!("pool": map_unordered = all_at_the_end => WrongOperation,
        "calls `each` when all results are there"),
    mistake!("pool": map_unordered = in_order => WrongOperation,
        "keeps results back until it is their turn"),
    mistake!("pool": map_unordered = takes_all_tasks => WrongOperation,
        "takes all tasks from the iterator first"),
    mistake!("pool": map_unordered = a_worker_less => Deadlock,
        "does not feed a worker again whose task has panicked"),
    mistake!("pool": map_unordered = numbers_from_one => WrongResult,
        "counts the tasks from 1"),
    mistake!("pool": map_unordered = text_of_literals_only => WrongResult,
        "looks for a `&str` in a panic only, and so loses texts that were made when it ran"),
    mistake!("pool": map_unordered = number_of_arrival => WrongResult,
        "numbers the results as they come"),
    mistake!("pool": map_unordered = manager_does_them => WrongOperation,
        "does all tasks on rank 0"),
    mistake!("pool": map_unordered = panics_left_out => WrongResult,
        "does not call `each` for a task that has panicked"),
    mistake!("pool": map_unordered = no_byte_stops => Deadlock,
        "takes a message without bytes for the sign to stop, also if a task has none"),
    mistake!("pool": map_unordered = first_line_of_the_text => WrongResult,
        "keeps the first line of a panic's text"),
    mistake!("pool": map_unordered = tried_twice => WrongOperation,
        "tries a task again that has panicked"),
    mistake!("pool": map = as_they_come => WrongResult,
        "returns the results as they come"),
    mistake!("pool": map = on_every_rank => WrongResult,
        "returns an empty list on the workers"),
    mistake!("pool": map = without_panics => WrongResult,
        "leaves out the tasks that have panicked"),
    mistake!("pool": map = until_the_first_panic => WrongResult,
        "returns what came before the first panic"),
    mistake!("pool": map_unordered = in_4096_bytes => Truncation,
        "receives each result into a buffer of fixed size"),
    mistake!("pool": map = collects_the_tasks => WrongOperation,
        "takes all tasks from the iterator before the first one is done"),
    mistake!("pool": map_unordered = out_after_a_panic => WrongOperation,
        "stops a worker whose task has panicked, as long as another one is left"),
    mistake!("pool": map_unordered = as_many_as_are_sure => WrongOperation,
        "takes only as many tasks as the iterator's size hint says there are at least, unless that is 0"),
    mistake!("pool": map_unordered = no_byte_is_a_panic => Deadlock,
        "takes a message without bytes for a panic, whose text comes with the next message"),
    mistake!("pool": map_unordered = no_text_is_no_panic => WrongResult,
        "takes a panic whose text is empty for none"),
    mistake!("pool": map_unordered = text_of_1000_letters => WrongResult,
        "keeps the first 1000 letters of a panic's text"),
];

type Tasks = Option<Box<dyn Iterator<Item = Task>>>;
type Work<'a> = &'a dyn Fn(Task) -> Done;
type Each<'a> = &'a mut dyn FnMut(usize, Result<Done, Panicked>);
type Results = Option<Vec<Result<Done, Panicked>>>;

fn pack(value: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("tasks and results can be serialized")
}

fn unpack<T: serde::de::DeserializeOwned>(message: &[u8]) -> T {
    postcard::from_bytes(message).expect("whatever comes was packed by another rank")
}

/// What a worker gets after a result.
#[derive(PartialEq)]
enum Next {
    Task,
    Nothing,
    /// The sign to stop.
    Stop,
}

/// The pool as it should be, but for how a task is done, and for what its worker gets next.
fn farm(
    world: &SimpleCommunicator,
    tasks: Tasks,
    tried: &dyn Fn(Task) -> Result<Done, String>,
    mut each: impl FnMut(usize, Result<Done, Panicked>) -> Next,
) {
    let with_text = |result: Result<Done, String>| result.map_err(|message| Panicked { message });
    let mut tasks = tasks.into_iter().flatten().enumerate();
    if world.size() == 1 {
        for (number, task) in tasks {
            each(number, with_text(tried(task)));
        }
        return;
    }
    if world.rank() > 0 {
        let manager = world.process_at_rank(0);
        while let Some(task) = unpack::<Option<Task>>(&manager.receive_vec::<u8>().0) {
            manager.send(&pack(&tried(task))[..]);
        }
        return;
    }
    let mut has: Vec<Option<usize>> = vec![None; world.size() as usize];
    let mut feed = |worker: Rank, next: Next, has: &mut [Option<usize>]| {
        if next == Next::Nothing {
            return;
        }
        let task = (next == Next::Task).then(|| tasks.next()).flatten();
        let (number, task) = task.unzip();
        has[worker as usize] = number;
        world.process_at_rank(worker).send(&pack(&task)[..]);
    };
    (1..world.size()).for_each(|worker| feed(worker, Next::Task, &mut has));
    while has.iter().any(Option::is_some) {
        let (message, status) = world.any_process().receive_vec::<u8>();
        let worker = status.source_rank();
        let number = has[worker as usize].take().unwrap_or_default();
        let next = each(number, with_text(unpack(&message)));
        feed(worker, next, &mut has);
    }
}

fn caught(work: Work<'_>, task: Task) -> Result<Done, String> {
    catch_unwind(AssertUnwindSafe(|| work(task))).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        text.or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a text".to_owned())
    })
}

fn panics_go_through(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    farm(world, tasks, &|task| Ok(work(task)), |number, result| {
        each(number, result);
        Next::Task
    });
}

fn all_at_the_end(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let results = task_farm_solution::map(world, tasks, work);
    for (number, result) in results.into_iter().flatten().enumerate() {
        each(number, result);
    }
}

fn in_order(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let mut waiting = std::collections::BTreeMap::new();
    let mut next = 0;
    task_farm_solution::map_unordered(world, tasks, work, &mut |number, result| {
        waiting.insert(number, result);
        while let Some(result) = waiting.remove(&next) {
            each(next, result);
            next += 1;
        }
    });
}

fn takes_all_tasks(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let tasks = tasks.map(|tasks| tasks.collect::<Vec<_>>());
    task_farm_solution::map_unordered(world, tasks, work, each);
}

fn a_worker_less(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let tried = |task| caught(work, task);
    farm(world, tasks, &tried, |number, result| {
        let fine = result.is_ok();
        each(number, result);
        match fine {
            true => Next::Task,
            false => Next::Nothing,
        }
    });
}

fn out_after_a_panic(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let tried = |task| caught(work, task);
    let mut workers = world.size() - 1;
    farm(world, tasks, &tried, |number, result| {
        let is_out = result.is_err() && workers > 1;
        each(number, result);
        if !is_out {
            return Next::Task;
        }
        workers -= 1;
        Next::Stop
    });
}

fn as_many_as_are_sure(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let tasks = tasks.map(|tasks| {
        let sure = tasks.size_hint().0;
        tasks.take(if sure > 0 { sure } else { usize::MAX })
    });
    task_farm_solution::map_unordered(world, tasks, work, each);
}

fn numbers_from_one(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let each = &mut |number: usize, result| each(number + 1, result);
    task_farm_solution::map_unordered(world, tasks, work, each);
}

fn text_of_literals_only(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let tried = |task| {
        catch_unwind(AssertUnwindSafe(|| work(task))).map_err(|payload| {
            let text = payload.downcast_ref::<&str>().copied();
            text.unwrap_or("unknown panic").to_owned()
        })
    };
    farm(world, tasks, &tried, |number, result| {
        each(number, result);
        Next::Task
    });
}

fn number_of_arrival(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let mut come = 0..;
    let each = &mut |_, result| each(come.next().unwrap_or_default(), result);
    task_farm_solution::map_unordered(world, tasks, work, each);
}

fn manager_does_them(_: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    for (number, task) in tasks.into_iter().flatten().enumerate() {
        let result = caught(work, task).map_err(|message| Panicked { message });
        each(number, result);
    }
}

fn panics_left_out(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let each = &mut |number, result: Result<_, _>| {
        if result.is_ok() {
            each(number, result);
        }
    };
    task_farm_solution::map_unordered(world, tasks, work, each);
}

fn no_byte_stops(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    if world.size() == 1 {
        return task_farm_solution::map_unordered(world, tasks, work, each);
    }
    if world.rank() > 0 {
        let manager = world.process_at_rank(0);
        loop {
            let message = manager.receive_vec::<u8>().0;
            if message.is_empty() {
                return;
            }
            manager.send(&pack(&caught(work, unpack(&message)))[..]);
        }
    }
    let mut tasks = tasks.into_iter().flatten().enumerate();
    let mut has: Vec<Option<usize>> = vec![None; world.size() as usize];
    let mut feed = |worker: Rank, has: &mut [Option<usize>]| {
        let (number, task) = tasks.next().unzip();
        has[worker as usize] = number;
        let message = task.map(|task| pack(&task)).unwrap_or_default();
        world.process_at_rank(worker).send(&message[..]);
    };
    (1..world.size()).for_each(|worker| feed(worker, &mut has));
    while has.iter().any(Option::is_some) {
        let (message, status) = world.any_process().receive_vec::<u8>();
        let worker = status.source_rank();
        let number = has[worker as usize].take().unwrap_or_default();
        let result = unpack::<Result<Done, String>>(&message);
        each(number, result.map_err(|message| Panicked { message }));
        feed(worker, &mut has);
    }
}

fn first_line_of_the_text(
    world: &SimpleCommunicator,
    tasks: Tasks,
    work: Work<'_>,
    each: Each<'_>,
) {
    let tried = |task| {
        caught(work, task).map_err(|text| text.lines().next().unwrap_or_default().to_owned())
    };
    farm(world, tasks, &tried, |number, result| {
        each(number, result);
        Next::Task
    });
}

fn tried_twice(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let tried = |task: Task| caught(work, task.clone()).or_else(|_| caught(work, task));
    farm(world, tasks, &tried, |number, result| {
        each(number, result);
        Next::Task
    });
}

fn as_they_come(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>) -> Results {
    let mut results = Vec::new();
    task_farm_solution::map_unordered(world, tasks, work, &mut |_, result| results.push(result));
    (world.rank() == 0).then_some(results)
}

fn on_every_rank(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>) -> Results {
    Some(task_farm_solution::map(world, tasks, work).unwrap_or_default())
}

fn without_panics(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>) -> Results {
    let mut results = task_farm_solution::map(world, tasks, work)?;
    results.retain(Result::is_ok);
    Some(results)
}

fn until_the_first_panic(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>) -> Results {
    let results = task_farm_solution::map(world, tasks, work)?;
    let first = results.iter().position(Result::is_err);
    let many = first.map_or(results.len(), |first| first + 1);
    Some(results.into_iter().take(many).collect())
}

fn in_4096_bytes(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    if world.size() == 1 {
        return task_farm_solution::map_unordered(world, tasks, work, each);
    }
    if world.rank() > 0 {
        let manager = world.process_at_rank(0);
        while let Some(task) = unpack::<Option<Task>>(&manager.receive_vec::<u8>().0) {
            manager.send(&pack(&caught(work, task))[..]);
        }
        return;
    }
    let mut tasks = tasks.into_iter().flatten().enumerate();
    let mut has: Vec<Option<usize>> = vec![None; world.size() as usize];
    let mut feed = |worker: Rank, has: &mut [Option<usize>]| {
        let (number, task) = tasks.next().unzip();
        has[worker as usize] = number;
        world.process_at_rank(worker).send(&pack(&task)[..]);
    };
    (1..world.size()).for_each(|worker| feed(worker, &mut has));
    while has.iter().any(Option::is_some) {
        let mut message = [0_u8; 4096];
        let status = world.any_process().receive_into(&mut message[..]);
        let worker = status.source_rank();
        let number = has[worker as usize].take().unwrap_or_default();
        // What follows a result is ignored.
        let result = unpack::<Result<Done, String>>(&message);
        each(number, result.map_err(|message| Panicked { message }));
        feed(worker, &mut has);
    }
}

fn collects_the_tasks(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>) -> Results {
    let tasks = tasks.map(|tasks| tasks.collect::<Vec<Task>>());
    task_farm_solution::map(world, tasks, work)
}

fn no_byte_is_a_panic(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    if world.size() == 1 {
        return task_farm_solution::map_unordered(world, tasks, work, each);
    }
    if world.rank() > 0 {
        let manager = world.process_at_rank(0);
        while let Some(task) = unpack::<Option<Task>>(&manager.receive_vec::<u8>().0) {
            match caught(work, task) {
                Ok(done) => manager.send(&pack(&done)[..]),
                Err(text) => {
                    manager.send(&[0_u8; 0][..]);
                    manager.send(text.as_bytes());
                }
            }
        }
        return;
    }
    let mut tasks = tasks.into_iter().flatten().enumerate();
    let mut has: Vec<Option<usize>> = vec![None; world.size() as usize];
    let mut feed = |worker: Rank, has: &mut [Option<usize>]| {
        let (number, task) = tasks.next().unzip();
        has[worker as usize] = number;
        world.process_at_rank(worker).send(&pack(&task)[..]);
    };
    (1..world.size()).for_each(|worker| feed(worker, &mut has));
    while has.iter().any(Option::is_some) {
        let (message, status) = world.any_process().receive_vec::<u8>();
        let worker = status.source_rank();
        let number = has[worker as usize].take().unwrap_or_default();
        let result = match message.is_empty() {
            true => {
                let (text, _) = world.process_at_rank(worker).receive_vec::<u8>();
                Err(String::from_utf8_lossy(&text).into_owned())
            }
            false => Ok(unpack::<Done>(&message)),
        };
        each(number, result.map_err(|message| Panicked { message }));
        feed(worker, &mut has);
    }
}

fn no_text_is_no_panic(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let tried = |task| {
        caught(work, task).or_else(|text| match text.is_empty() {
            true => Ok(Done(0, Vec::new())),
            false => Err(text),
        })
    };
    farm(world, tasks, &tried, |number, result| {
        each(number, result);
        Next::Task
    });
}

fn text_of_1000_letters(world: &SimpleCommunicator, tasks: Tasks, work: Work<'_>, each: Each<'_>) {
    let tried = |task| caught(work, task).map_err(|text| text.chars().take(1000).collect());
    farm(world, tasks, &tried, |number, result| {
        each(number, result);
        Next::Task
    });
}

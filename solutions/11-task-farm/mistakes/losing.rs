//! Mistakes in the task `worker-lost`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};
use task_farm_solution::{Lost, Rescued};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("worker-lost": worker_lost = panics_go_through => Panic,
        "catches no panic"),
    mistake!("worker-lost": worker_lost = dies_silently => Deadlock,
        "leaves the worker's loop without a word"),
    mistake!("worker-lost": worker_lost = works_on => WrongOperation,
        "has a lost worker go on with the next row"),
    mistake!("worker-lost": worker_lost = tries_again => WrongOperation,
        "hands a row that panicked to another worker, which is lost as well"),
    mistake!("worker-lost": worker_lost = all_give_up => WrongOperation,
        "hands out no more rows after the first panic"),
    mistake!("worker-lost": worker_lost = waits_for_all_rows => Deadlock,
        "waits for an answer about each row, also when all workers are lost"),
    mistake!("worker-lost": worker_lost = in_order_of_loss => WrongResult,
        "lists lost rows from the last to the first"),
    mistake!("worker-lost": worker_lost = as_the_news_came => WrongResult,
        "lists lost rows in the order in which it hears of them"),
    mistake!("worker-lost": worker_lost = stops_the_idle => WrongOperation,
        "stops a worker that has nothing to do, although another may be lost with a row in advance"),
    mistake!("worker-lost": worker_lost = forgets_the_untried => WrongResult,
        "does not name the rows that nobody has tried"),
    mistake!("worker-lost": worker_lost = loses_the_text => WrongResult,
        "reports each panic by a text of its own"),
    mistake!("worker-lost": worker_lost = lost_is_untried => WrongResult,
        "counts the rows that panicked among those that nobody has tried"),
    mistake!("worker-lost": worker_lost = one_at_a_time => WrongOperation,
        "waits for each row before it hands out the next, to know who is alive"),
    mistake!("worker-lost": worker_lost = in_ascii => WrongResult,
        "replaces what is not ASCII in the text of a panic"),
    mistake!("worker-lost": worker_lost = no_text_is_no_panic => WrongResult,
        "takes a panic whose text is empty for none"),
    mistake!("worker-lost": worker_lost = text_of_1000_letters => WrongResult,
        "keeps the first 1000 letters of a panic's text"),
    mistake!("worker-lost": worker_lost = black_is_lost => WrongOperation,
        "takes a row of zeros for one that panicked"),
];

type Row<'a> = &'a dyn Fn(usize) -> Vec<u16>;

fn pack(value: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("rows can be serialized")
}

fn unpack<T: serde::de::DeserializeOwned>(message: &[u8]) -> T {
    postcard::from_bytes(message).expect("whatever comes was packed by another rank")
}

fn caught(row: Row<'_>, number: usize) -> Result<Vec<u16>, String> {
    catch_unwind(AssertUnwindSafe(|| row(number))).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        text.or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default()
    })
}

/// What an answer does otherwise than it should.
#[derive(Clone, Copy, Default)]
struct Habits {
    catches_nothing: bool,
    is_silent: bool,
    works_on: bool,
    tries_again: bool,
    gives_up: bool,
    waits_for_all: bool,
    sorts_nothing: bool,
}

fn farm(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
    habits: Habits,
) -> Option<Rescued> {
    let tried = |number| match habits.catches_nothing {
        true => Ok(row(number)),
        false => caught(row, number),
    };
    let manager = world.process_at_rank(0);
    if world.rank() > 0 {
        while let Some(number) = unpack::<Option<usize>>(&manager.receive_vec::<u8>().0) {
            let result = tried(number);
            let fine = result.is_ok();
            if fine || !habits.is_silent {
                manager.send(&pack(&result)[..]);
            }
            if !fine && !habits.works_on {
                break;
            }
        }
        return None;
    }
    let mut rescued = Rescued {
        picture: vec![0; width * height],
        lost: Vec::new(),
        untried: Vec::new(),
    };
    let mut left: Vec<usize> = (0..height).rev().collect();
    let mut answered = 0;
    let take = |rescued: &mut Rescued, number: usize, rank: Rank, result| match result {
        Ok(pixels) => {
            let pixels: Vec<u16> = pixels;
            rescued.picture[number * width..][..width].copy_from_slice(&pixels);
            true
        }
        Err(message) => {
            rescued.lost.push(Lost {
                row: number,
                rank,
                message,
            });
            habits.works_on
        }
    };
    if world.size() == 1 {
        while let Some(number) = left.pop() {
            if !take(&mut rescued, number, 0, tried(number)) {
                break;
            }
        }
    } else {
        let mut has: Vec<Option<usize>> = vec![None; world.size() as usize];
        let feed = |worker: Rank, left: &mut Vec<usize>| {
            let next = left.pop();
            world.process_at_rank(worker).send(&pack(&next)[..]);
            next
        };
        for worker in 1..world.size() {
            has[worker as usize] = feed(worker, &mut left);
        }
        while has.iter().any(Option::is_some) || habits.waits_for_all && answered < height {
            let (message, status) = world.any_process().receive_vec::<u8>();
            answered += 1;
            let worker = status.source_rank();
            let number = has[worker as usize].take().unwrap_or_default();
            if take(&mut rescued, number, worker, unpack(&message)) {
                let none = &mut Vec::new();
                let gives_up = habits.gives_up && !rescued.lost.is_empty();
                let left = if gives_up { none } else { &mut left };
                has[worker as usize] = feed(worker, left);
            } else if habits.tries_again {
                left.push(number);
            }
        }
    }
    left.sort_unstable();
    left.retain(|row| rescued.lost.iter().all(|lost| lost.row != *row));
    rescued.untried = left;
    if !habits.sorts_nothing {
        rescued.lost.sort_by_key(|lost| lost.row);
    }
    Some(rescued)
}

fn panics_go_through(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let habits = Habits {
        catches_nothing: true,
        ..Habits::default()
    };
    farm(world, width, height, row, habits)
}

fn dies_silently(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let habits = Habits {
        is_silent: true,
        ..Habits::default()
    };
    farm(world, width, height, row, habits)
}

fn works_on(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let habits = Habits {
        works_on: true,
        ..Habits::default()
    };
    farm(world, width, height, row, habits)
}

fn tries_again(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let habits = Habits {
        tries_again: true,
        ..Habits::default()
    };
    farm(world, width, height, row, habits)
}

fn all_give_up(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let habits = Habits {
        gives_up: true,
        ..Habits::default()
    };
    farm(world, width, height, row, habits)
}

fn waits_for_all_rows(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let habits = Habits {
        waits_for_all: true,
        ..Habits::default()
    };
    farm(world, width, height, row, habits)
}

fn as_the_news_came(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let habits = Habits {
        sorts_nothing: true,
        ..Habits::default()
    };
    farm(world, width, height, row, habits)
}

fn stops_the_idle(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    if world.size() == 1 {
        return task_farm_solution::worker_lost(world, width, height, row);
    }
    let size = world.size() as usize;
    if world.rank() > 0 {
        let manager = world.process_at_rank(0);
        while let [number] = manager.receive_vec::<u64>().0[..] {
            let result = caught(row, number as usize);
            manager.send(&pack(&result)[..]);
            if result.is_err() {
                // Rows that it had in advance, which others get, and the stop message.
                while !manager.receive_vec::<u64>().0.is_empty() {}
                break;
            }
        }
        return None;
    }
    let mut picture = vec![0_u16; width * height];
    let mut lost: Vec<Lost> = Vec::new();
    let mut left: VecDeque<usize> = (0..height).collect();
    let numbers: Vec<u64> = (0..height as u64).collect();
    let nothing: [u64; 0] = [];
    mpi::request::scope(|scope| {
        let mut sends = Vec::new();
        let mut has = vec![VecDeque::new(); size];
        let mut alive = vec![true; size];
        let mut stopped = vec![false; size];
        for worker in (0..2).flat_map(|_| 1..size) {
            if let Some(number) = left.pop_front() {
                has[worker].push_back(number);
                let process = world.process_at_rank(worker as Rank);
                sends.push(process.immediate_send(scope, &numbers[number..=number]));
            }
        }
        while has.iter().any(|has| !has.is_empty()) {
            let (bytes, status) = world.any_process().receive_vec::<u8>();
            let worker = status.source_rank() as usize;
            let Some(number) = has[worker].pop_front() else {
                continue;
            };
            match unpack::<Result<Vec<u16>, String>>(&bytes) {
                Ok(pixels) => picture[width * number..][..width].copy_from_slice(&pixels),
                Err(message) => {
                    lost.push(Lost {
                        row: number,
                        rank: worker as Rank,
                        message,
                    });
                    alive[worker] = false;
                    for number in has[worker].drain(..).rev() {
                        left.push_front(number);
                    }
                }
            }
            for worker in 1..size {
                let process = world.process_at_rank(worker as Rank);
                while alive[worker] && !stopped[worker] && has[worker].len() < 2 {
                    let Some(number) = left.pop_front() else {
                        stopped[worker] = true;
                        sends.push(process.immediate_send(scope, &nothing[..]));
                        break;
                    };
                    has[worker].push_back(number);
                    sends.push(process.immediate_send(scope, &numbers[number..=number]));
                }
            }
        }
        for worker in (1..size).filter(|worker| !stopped[*worker]) {
            let process = world.process_at_rank(worker as Rank);
            sends.push(process.immediate_send(scope, &nothing[..]));
        }
        for send in sends {
            send.wait();
        }
    });
    lost.sort_by_key(|lost| lost.row);
    left.make_contiguous().sort();
    Some(Rescued {
        picture,
        lost,
        untried: left.into(),
    })
}

fn in_order_of_loss(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let mut rescued = task_farm_solution::worker_lost(world, width, height, row)?;
    rescued.lost.reverse();
    Some(rescued)
}

fn forgets_the_untried(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let mut rescued = task_farm_solution::worker_lost(world, width, height, row)?;
    rescued.untried.clear();
    Some(rescued)
}

fn loses_the_text(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let mut rescued = task_farm_solution::worker_lost(world, width, height, row)?;
    for lost in &mut rescued.lost {
        lost.message = format!("worker {} is lost", lost.rank);
    }
    Some(rescued)
}

fn lost_is_untried(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let mut rescued = task_farm_solution::worker_lost(world, width, height, row)?;
    rescued
        .untried
        .extend(rescued.lost.iter().map(|lost| lost.row));
    rescued.untried.sort_unstable();
    Some(rescued)
}

fn one_at_a_time(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    if world.size() == 1 {
        return task_farm_solution::worker_lost(world, width, height, row);
    }
    let manager = world.process_at_rank(0);
    if world.rank() > 0 {
        while let Some(number) = unpack::<Option<usize>>(&manager.receive_vec::<u8>().0) {
            let result = caught(row, number);
            manager.send(&pack(&result)[..]);
            if result.is_err() {
                break;
            }
        }
        return None;
    }
    let mut rescued = Rescued {
        picture: vec![0; width * height],
        lost: Vec::new(),
        untried: Vec::new(),
    };
    let mut alive: Vec<Rank> = (1..world.size()).collect();
    for number in 0..height {
        if alive.is_empty() {
            rescued.untried.push(number);
            continue;
        }
        let rank = alive[number % alive.len()];
        let worker = world.process_at_rank(rank);
        worker.send(&pack(&Some(number))[..]);
        match unpack::<Result<Vec<u16>, String>>(&worker.receive_vec::<u8>().0) {
            Ok(pixels) => rescued.picture[number * width..][..width].copy_from_slice(&pixels),
            Err(message) => {
                rescued.lost.push(Lost {
                    row: number,
                    rank,
                    message,
                });
                alive.retain(|other| *other != rank);
            }
        }
    }
    for worker in alive {
        let none = pack(&None::<usize>);
        world.process_at_rank(worker).send(&none[..]);
    }
    Some(rescued)
}

fn in_ascii(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let mut rescued = task_farm_solution::worker_lost(world, width, height, row)?;
    for lost in &mut rescued.lost {
        lost.message = lost.message.replace(|c: char| !c.is_ascii(), "?");
    }
    Some(rescued)
}

fn no_text_is_no_panic(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let mut rescued = task_farm_solution::worker_lost(world, width, height, row)?;
    rescued.lost.retain(|lost| !lost.message.is_empty());
    Some(rescued)
}

fn text_of_1000_letters(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let mut rescued = task_farm_solution::worker_lost(world, width, height, row)?;
    for lost in &mut rescued.lost {
        lost.message = lost.message.chars().take(1000).collect();
    }
    Some(rescued)
}

fn black_is_lost(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Option<Rescued> {
    let row = |number| {
        let pixels = row(number);
        if pixels.iter().all(|pixel| *pixel == 0) {
            resume_unwind(Box::new("a black row"));
        }
        pixels
    };
    task_farm_solution::worker_lost(world, width, height, &row)
}

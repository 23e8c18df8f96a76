//! Shows what windows do: first the examples of the lesson, then what you have written.
//! `cargo xtask run 14 -n 4`
//!
//! `cargo xtask run 14 -n 4 -- 60` hands out 60 tasks, with a manager and with a counter.

mod farm;
mod lesson;

use demo::{agree, stop_all_on_panic};
use farm::{Farm, Shift};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};
use mpi_extra::traits::*;
use one_sided::*;
use std::{env, process::ExitCode};

/// More tasks would not fit into a line of the terminal.
const MOST: u64 = 64;

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let tasks = match agree(&world, tasks) {
        Ok([tasks]) => tasks,
        Err(status) => return status,
    };
    lesson::examples(&world);
    let demo = Demo { world: &world };
    demo.tables();
    demo.histogram();
    demo.farms(tasks);
    demo.log();
    demo.seats();
    demo.line();
    demo.one_table();
    demo.mended();
    ExitCode::SUCCESS
}

/// The number of tasks on the command line.
fn tasks() -> Result<[u64; 1], String> {
    match &env::args().skip(1).collect::<Vec<_>>()[..] {
        [] => Ok([32]),
        [text] => match text.parse() {
            Ok(tasks @ 1..=MOST) => Ok([tasks]),
            _ => Err(format!(
                "`{text}` is not a number of tasks from 1 to {MOST}."
            )),
        },
        _ => Err(String::from(
            "Give one number of tasks, for example: cargo xtask run 14 -- 60",
        )),
    }
}

struct Demo<'a> {
    world: &'a SimpleCommunicator,
}

impl Demo<'_> {
    fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    fn size(&self) -> usize {
        self.world.size() as usize
    }

    /// Prints something once.
    fn tell(&self, text: &str) {
        if self.rank() == 0 {
            println!("{text}");
        }
    }

    /// Prints a text of each rank, in the order of the ranks.
    fn tell_all(&self, text: &str) {
        if self.rank() > 0 {
            return self.world.process_at_rank(0).send(text.as_bytes());
        }
        println!("rank 0: {text}");
        for rank in 1..self.world.size() {
            let (text, _) = self.world.process_at_rank(rank).receive_vec::<u8>();
            println!("rank {rank}: {}", String::from_utf8_lossy(&text));
        }
    }

    fn tables(&self) {
        self.tell("\nexpose: each rank puts its rank into the memory of the next rank");
        let mut memory = [-1.0; 2];
        let next = (self.world.rank() + 1) % self.world.size();
        expose(self.world, &mut memory, &|window| {
            window.put(vec![self.rank() as f64], next, 1);
        });
        self.tell_all(&format!("{memory:?}"));

        self.tell("\nput: each rank has put its row into all tables, and has the whole table");
        let mine = [10 * self.rank() as i64, 10 * self.rank() as i64 + 1];
        let mut table = vec![-1; 2 * self.size()];
        put(self.world, &mine, &mut table);
        self.tell_all(&format!("{table:?}"));

        self.tell(
            "\nget: each rank looks up three numbers in a vector of squares: the first, one at its rank, and the last",
        );
        let share = 3;
        let square = |at: usize| (at * at) as f64;
        let mut block: Vec<f64> = (self.rank() * share..).take(share).map(square).collect();
        let wanted = [0, self.rank(), share * self.size() - 1];
        let found = get(self.world, &mut block, &wanted);
        self.tell_all(&format!("{wanted:?} -> {found:?}"));
    }

    fn histogram(&self) {
        self.tell("\naccumulate: each rank throws three dice 500 times; the bins for the sums are distributed over the ranks");
        // Sums are 3 to 18.
        let share = 16_usize.div_ceil(self.size());
        let mut state = 1 + self.rank() as u32;
        let mut die = || {
            // Xorshift (Marsaglia 2003).
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as usize % 6
        };
        let values: Vec<usize> = (0..500).map(|_| die() + die() + die()).collect();
        let bins = accumulate(self.world, &values, share);
        let lines = (self.rank() * share..)
            .zip(bins)
            .filter(|(bin, _)| *bin < 16);
        let lines: String = lines
            .map(|(bin, count)| {
                format!(
                    "\n  {:3} {count:5} {}",
                    bin + 3,
                    "#".repeat((count / (4 * self.size() as u64)) as usize)
                )
            })
            .collect();
        self.tell_all(&lines);
    }

    /// The same tasks with a manager, as in exercise 11, and with a counter.
    fn farms(&self, tasks: u64) {
        let farm = Farm::new(self.world, tasks);
        let managed = farm.run(|work| farm::by_a_manager(self.world, tasks, work));
        let counted = farm.run(|work| {
            counter(self.world, tasks, work);
            // Each of these asks for a number: the operation and its flush.
            0
        });
        let lines = [("a manager", managed), ("a counter", counted)].map(|(name, shift)| {
            let (done, messages) = shift.gathered(self.world);
            (name, done, messages)
        });
        if self.rank() > 0 {
            return;
        }
        println!(
            "\ncounter: {tasks} tasks, some long (X) and most short (x); each is shown in the line of the rank that did it"
        );
        for (name, done, messages) in lines {
            println!("{name}: {messages} messages");
            print!("{}", Shift::drawn(&done, tasks));
        }
        println!(
            "With a manager, rank 0 does no tasks; with a counter, it does tasks too, and no rank sends messages."
        );
    }

    fn log(&self) {
        self.tell("\nlock: the log of rank 0, to which all ranks have appended their entries");
        let entries: Vec<i64> = vec![self.rank() as i64; 1 + self.rank() % 3];
        let mut log = vec![
            0;
            if self.rank() == 0 {
                1 + 3 * self.size()
            } else {
                0
            }
        ];
        lock(self.world, &entries, &mut log);
        if self.rank() == 0 {
            println!("{} entries: {:?}", log[0], &log[1..=log[0] as usize]);
        }
    }

    fn seats(&self) {
        self.tell("\nticket: one seat fewer than ranks, and all ranks have the same wishes");
        let seats = self.size() - 1;
        let wishes: Vec<usize> = (0..seats).collect();
        let seat = ticket(self.world, seats, &wishes);
        let text = seat.map_or(String::from("has no seat"), |seat| {
            format!("has seat {seat}")
        });
        self.tell_all(&text);
    }

    fn line(&self) {
        self.tell(
            "\npost-start: the numbers from below and from above; the last rank takes no part",
        );
        let members = (self.world.size() - 1).max(1);
        let rank = self.world.rank();
        let is_there = |other: &Rank| (0..members).contains(other);
        let neighbours = [rank - 1, rank + 1].map(|other| Some(other).filter(is_there));
        let mut ghosts = [-1.0; 2];
        self.world.with_window(&mut ghosts, |window| {
            if rank < members && neighbours != [None, None] {
                let own = f64::from(rank);
                post_start(window, neighbours, [own, own + 0.5]);
            }
        });
        self.tell_all(&format!("{ghosts:?}"));
    }

    fn one_table(&self) {
        self.tell("\nshared: one table on this node, which all its ranks read");
        let found = std::cell::RefCell::new(String::new());
        let fill = |table: &mut [f64]| {
            println!("rank {} fills the table", self.rank());
            (0..)
                .zip(table)
                .for_each(|(at, place)| *place = f64::from(at * at));
        };
        shared(self.world, 1000, &fill, &|table| {
            *found.borrow_mut() = format!(
                "reads the last of {} numbers, {}",
                table.len(),
                table[table.len() - 1]
            );
        });
        self.tell_all(&found.into_inner());
    }

    fn mended(&self) {
        let mine = (self.world.rank() as i64 + 1).pow(2);
        self.tell("\nthe broken programs: own number, previous rank's number, sum, difference");
        let before = missing_fence(self.world, mine);
        let sum = two_puts(self.world, mine);
        let difference = early_read(self.world, mine);
        self.tell_all(&format!("{mine} {before} {sum} {difference}"));
    }
}

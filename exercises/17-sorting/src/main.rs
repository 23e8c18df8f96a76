//! Sorts, and shows how keys move and how many each rank ends with: first the examples of the lesson, then what you
//! have written. `cargo xtask run 17 -n 4`
//!
//! `cargo xtask run 17 -n 4 -- 5000` gives each rank 5000 keys.

mod lesson;
mod request;
mod show;

use demo::{agree, stop_all_on_panic};
use mpi::{topology::SimpleCommunicator, traits::*};
use show::{COLUMNS, bars, line};
use sorting::*;
use std::process::ExitCode;

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let keys = match agree(&world, request::keys_of_each_rank) {
        Ok([keys]) => keys as usize,
        Err(status) => return status,
    };
    lesson::examples(&world);
    let demo = Demo {
        world: &world,
        keys,
    };
    demo.rank();
    demo.merge();
    demo.odd_even();
    demo.splitters();
    demo.sample_sort();
    demo.balance();
    demo.records();
    ExitCode::SUCCESS
}

struct Demo<'a> {
    world: &'a SimpleCommunicator,
    /// The number of keys of each rank.
    keys: usize,
}

impl Demo<'_> {
    fn place(&self) -> usize {
        self.world.rank() as usize
    }

    fn size(&self) -> usize {
        self.world.size() as usize
    }

    /// Prints something once.
    fn tell(&self, text: &str) {
        if self.place() == 0 {
            println!("{text}");
        }
    }

    /// Prints a text of each rank, in the order of the ranks.
    fn tell_all(&self, text: &str) {
        if self.place() > 0 {
            return self.world.process_at_rank(0).send(text.as_bytes());
        }
        println!("  rank 0: {text}");
        for rank in 1..self.world.size() {
            let (text, _) = self.world.process_at_rank(rank).receive_vec::<u8>();
            println!("  rank {rank}: {}", String::from_utf8_lossy(&text));
        }
    }

    /// Prints how many keys each rank has.
    fn tell_shares(&self, own: usize) {
        let mut shares = vec![0; self.size()];
        self.world.all_gather_into(&(own as u64), &mut shares[..]);
        self.tell(bars(&shares).trim_end());
    }

    /// Keys that look drawn, from 0 to 2⁶⁴ - 1, all different and the same in every run.
    fn drawn(&self) -> Vec<u64> {
        let first = (self.place() * self.keys) as u64;
        (first..).map(scattered).take(self.keys).collect()
    }

    fn rank(&self) {
        const MANY: [f64; 4] = [-0.0, 7.0, f64::NAN, 0.0];
        let mine = &MANY[..1 + self.place() % MANY.len()];
        self.tell("\nrank: the position of each key");
        let positions = rank(self.world, mine);
        self.tell_all(&format!("{mine:?} have the positions {positions:?}"));
    }

    fn merge(&self) {
        let (place, size) = (self.place() as i64, self.size() as i64);
        let mine: Vec<i64> = (0..3).map(|number| number * size + place).collect();
        self.tell("\nmerge: the sorted lists of all ranks become one");
        let merged = merge(self.world, &mine);
        self.tell_all(&match merged {
            Some(all) if all.len() <= 24 => format!("{mine:?} and then {all:?}"),
            Some(all) => format!("{mine:?} and then {} keys", all.len()),
            None => format!("{mine:?}"),
        });
    }

    fn odd_even(&self) {
        let size = self.size();
        let length = (COLUMNS / size).max(1);
        let total = (length * size) as i64;
        // In descending order from rank to rank, which takes all rounds.
        let all: Vec<i64> = (0..total)
            .map(|index| {
                (total - 1 - index) / length as i64 * length as i64 + index * 7 % length as i64
            })
            .collect();
        let mut blocks: Vec<Vec<i64>> = all.chunks(length).map(<[i64]>::to_vec).collect();
        self.tell("\nodd-even: the keys of all ranks as bars, round by round");
        self.tell(&format!("  before   {}", line(&all, size, total - 1)));
        for round in 0..size {
            for pair in blocks[round % 2..].chunks_exact_mut(2) {
                let mut both = pair.concat();
                both.sort_unstable();
                let (smaller, larger) = both.split_at(length);
                pair[0].copy_from_slice(smaller);
                pair[1].copy_from_slice(larger);
            }
            let now = line(&blocks.concat(), size, total - 1);
            self.tell(&format!("  round {round:<2} {now}"));
        }
        let mut mine = all[self.place() * length..][..length].to_vec();
        odd_even(self.world, &mut mine);
        let mut sorted = vec![0; all.len()];
        self.world.all_gather_into(&mine[..], &mut sorted[..]);
        self.tell(&format!("  yours    {}", line(&sorted, size, total - 1)));
    }

    fn splitters(&self) {
        self.tell(&format!(
            "\nsplitters: {} keys on each rank; the mark is at twice the share of a rank",
            self.keys
        ));
        let mut mine = self.drawn();
        mine.sort_unstable();
        let limits = splitters(self.world, &mine);
        self.tell("random keys, all different: the buckets between the splitters");
        self.tell_buckets(&mine, &limits);
        let mut equal: Vec<u64> = mine.iter().map(|key| key % 2 * key).collect();
        equal.sort_unstable();
        let limits = splitters(self.world, &equal);
        self.tell("half of the keys are 0: no splitter can divide equal keys");
        self.tell_buckets(&equal, &limits);
    }

    /// Prints how many keys of all ranks each bucket has.
    fn tell_buckets(&self, mine: &[u64], limits: &[u64]) {
        let mut own = vec![0_u64; self.size()];
        for key in mine {
            own[limits.partition_point(|limit| limit <= key)] += 1;
        }
        let mut incoming = vec![0; own.len()];
        self.world.all_to_all_into(&own[..], &mut incoming[..]);
        self.tell_shares(incoming.iter().sum::<u64>() as usize);
    }

    fn sample_sort(&self) {
        let size = self.size();
        let mine: Vec<f64> = self
            .drawn()
            .iter()
            .map(|key| *key as f64 / 2_f64.powi(64) - 0.5)
            .collect();
        let limits: Vec<f64> = (1..size)
            .map(|limit| limit as f64 / size as f64 - 0.5)
            .collect();
        let bucket = sample_sort(self.world, &mine, &limits);
        self.tell("\nsample-sort: the first and the last key of each bucket");
        self.tell_all(&match &bucket[..] {
            [] => String::from("no keys"),
            [first, .., last] => format!("{first:8.4} … {last:8.4}"),
            [only] => format!("{only:8.4}"),
        });
    }

    fn balance(&self) {
        let half: Vec<u64> = self.drawn().iter().map(|key| key % 2 * key).collect();
        let parts = balance(self.world, &half);
        self.tell("\nbalance: the same keys, half of them 0");
        self.tell_shares(parts.len());
        let parts = balance(self.world, &vec![7; self.keys]);
        self.tell("all keys are 7");
        self.tell_shares(parts.len());
    }

    fn records(&self) {
        let record = |id: u64| Record {
            key: (id * 5 % 3) as f64,
            id,
        };
        let first = 4 * self.place() as u64;
        let mine: Vec<Record> = (first..first + 4).map(record).collect();
        let show = |records: &[Record]| -> String {
            let texts = records
                .iter()
                .map(|record| format!("{}:{}", record.key, record.id));
            texts.collect::<Vec<_>>().join(" ")
        };
        self.tell("\nrecords: key and id; equal keys stay in the order of their ids");
        let part = records(self.world, &mine);
        self.tell_all(&format!("{:24} then {}", show(&mine), show(&part)));
    }
}

/// A number that looks drawn: no two of different inputs are equal. Steele and others, Fast Splittable Pseudorandom
/// Number Generators (OOPSLA 2014): the finalizer.
fn scattered(number: u64) -> u64 {
    let mixed = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

//! Mistakes in the task `serial`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use pi_solution::{Stream, hits};
use rand::RngExt;
use std::sync::Mutex;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("serial": hits = on_the_diagonal => WrongResult,
        "draws one number, and takes it for x and for y"),
    mistake!("serial": hits = below_the_line => WrongResult,
        "forgets the squares"),
    mistake!("serial": hits = one_too_few => WrongResult,
        "counts from 1 to below the number of points"),
    mistake!("serial": hits = on_a_copy => WrongResult,
        "draws from a copy, so that the next call draws the same points"),
    mistake!("serial": blocks = loses_the_last => WrongResult,
        "counts full blocks only"),
    mistake!("serial": blocks = the_last_is_full => WrongResult,
        "counts a full block also where less is left"),
    mistake!("serial": blocks = the_same_in_each => WrongResult,
        "begins each block at the start of the stream"),
    mistake!("serial": blocks = running_total => WrongResult,
        "adds each block to those before it"),
    mistake!("serial": hits = the_circle_too => WrongResult,
        "counts a point on the circle itself"),
    mistake!("serial": hits = in_single_precision => WrongResult,
        "takes the coordinates for numbers of 32 bits"),
    mistake!("serial": hits = in_16_bits => WrongResult,
        "counts in 16 bits"),
    mistake!("serial": blocks = blocks_of_32_bits => WrongResult,
        "takes the length of a block for a number of 32 bits"),
    mistake!("serial": blocks = rounds_up_with_a_sum => WrongResult,
        "adds the length of a block to the number of points, which goes beyond 64 bits"),
    mistake!("serial": hits = without_y => WrongResult,
        "draws no y where x is 0, because every such point is a hit"),
    mistake!("serial": hits = fused => WrongResult,
        "multiplies and adds in one step, without rounding the product"),
    mistake!("serial": hits = with_52_bits => WrongResult,
        "draws from a range, which leaves out the last bit of a coordinate"),
    mistake!("serial": hits = counted_in_single_precision => WrongResult,
        "counts hits in an `f32`, which stays at 2^24"),
    mistake!("serial": hits = known_already => WrongResult,
        "keeps the hits of each stream, and leaves it where it is when it comes again"),
];

fn without_y(stream: &mut Stream, samples: u64) -> u64 {
    let mut hit = || {
        let x: f64 = stream.random();
        x == 0.0 || x * x + stream.random::<f64>().powi(2) < 1.0
    };
    (0..samples).map(|_| u64::from(hit())).sum()
}

fn known_already(stream: &mut Stream, samples: u64) -> u64 {
    static KNOWN: Mutex<Vec<(Stream, u64, u64)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap();
    let same = |(of, points, _): &&(Stream, u64, u64)| of == stream && *points == samples;
    if let Some((_, _, hits)) = known.iter().find(same) {
        return *hits;
    }
    let before = stream.clone();
    let hits = hits(stream, samples);
    known.push((before, samples, hits));
    hits
}

fn in_single_precision(stream: &mut Stream, samples: u64) -> u64 {
    let mut hit = || {
        let [x, y] = [(); 2].map(|()| stream.random::<f64>() as f32);
        x * x + y * y < 1.0
    };
    (0..samples).map(|_| u64::from(hit())).sum()
}

fn on_the_diagonal(stream: &mut Stream, samples: u64) -> u64 {
    let mut hit = || {
        let x: f64 = stream.random();
        x * x + x * x < 1.0
    };
    (0..samples).map(|_| u64::from(hit())).sum()
}

fn below_the_line(stream: &mut Stream, samples: u64) -> u64 {
    let mut hit = || {
        let (x, y): (f64, f64) = stream.random();
        x + y < 1.0
    };
    (0..samples).map(|_| u64::from(hit())).sum()
}

fn the_circle_too(stream: &mut Stream, samples: u64) -> u64 {
    let mut hit = || {
        let (x, y): (f64, f64) = stream.random();
        x * x + y * y <= 1.0
    };
    (0..samples).map(|_| u64::from(hit())).sum()
}

fn one_too_few(stream: &mut Stream, samples: u64) -> u64 {
    let mut count = 0;
    for _ in 1..samples {
        count += hits(stream, 1);
    }
    count
}

fn on_a_copy(stream: &mut Stream, samples: u64) -> u64 {
    hits(&mut stream.clone(), samples)
}

fn loses_the_last(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64> {
    (0..samples / block).map(|_| hits(stream, block)).collect()
}

fn the_last_is_full(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64> {
    let blocks = samples.div_ceil(block);
    (0..blocks).map(|_| hits(stream, block)).collect()
}

fn the_same_in_each(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64> {
    let start = stream.clone();
    let mut blocks = Vec::new();
    let mut left = samples;
    while left > 0 {
        *stream = start.clone();
        let now = block.min(left);
        blocks.push(hits(stream, now));
        left -= now;
    }
    blocks
}

fn running_total(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64> {
    let mut total = 0;
    let mut add = |hits| {
        total += hits;
        total
    };
    let blocks = pi_solution::blocks(stream, samples, block);
    blocks.into_iter().map(&mut add).collect()
}

fn in_16_bits(stream: &mut Stream, samples: u64) -> u64 {
    u64::from(hits(stream, samples) as u16)
}

fn blocks_of_32_bits(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64> {
    let block = block as u32;
    pi_solution::blocks(stream, samples, u64::from(block.max(1)))
}

fn rounds_up_with_a_sum(stream: &mut Stream, samples: u64, block: u64) -> Vec<u64> {
    let blocks = samples.wrapping_add(block).wrapping_sub(1) / block;
    (0..blocks)
        .map(|number| hits(stream, block.min(samples - number * block)))
        .collect()
}

fn fused(stream: &mut Stream, samples: u64) -> u64 {
    let hit = |_| {
        let (x, y) = (stream.random::<f64>(), stream.random::<f64>());
        x.mul_add(x, y * y) < 1.0
    };
    (0..samples).map(hit).map(u64::from).sum()
}

fn with_52_bits(stream: &mut Stream, samples: u64) -> u64 {
    let hit = |_| {
        let (x, y) = (
            stream.random_range(0.0_f64..1.0),
            stream.random_range(0.0_f64..1.0),
        );
        x * x + y * y < 1.0
    };
    (0..samples).map(hit).map(u64::from).sum()
}

fn counted_in_single_precision(stream: &mut Stream, samples: u64) -> u64 {
    let mut hits = 0.0_f32;
    for _ in 0..samples {
        let (x, y) = (stream.random::<f64>(), stream.random::<f64>());
        if x * x + y * y < 1.0 {
            hits += 1.0;
        }
    }
    hits as u64
}

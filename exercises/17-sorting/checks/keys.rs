//! Lists of keys for all ranks, and how they are told apart.

use harness_mpi::Check;
use std::{fmt, ops::Range};

/// The number of keys that are shown in the description of an input.
const FEW: usize = 16;

/// Keys of all ranks, one list after the other; and how many each rank has.
pub struct Keys<T> {
    pub all: Vec<T>,
    pub lengths: Vec<usize>,
}

impl<T: Clone> Keys<T> {
    /// Cuts a list into those of the ranks.
    pub fn new(all: Vec<T>, lengths: Vec<usize>) -> Self {
        assert_eq!(all.len(), lengths.iter().sum::<usize>());
        Self { all, lengths }
    }

    /// The place of the list of a rank.
    pub fn range(&self, rank: usize) -> Range<usize> {
        let start = self.lengths[..rank].iter().sum();
        start..start + self.lengths[rank]
    }

    /// The list of a rank.
    pub fn of(&self, rank: usize) -> &[T] {
        &self.all[self.range(rank)]
    }

    /// Sorts the list of each rank.
    pub fn sorted_on_each_rank(mut self) -> Self
    where
        T: Ord,
    {
        for rank in 0..self.lengths.len() {
            let range = self.range(rank);
            self.all[range].sort_unstable();
        }
        self
    }

    /// How an input is described: `what`, and the lists of the ranks, or how long they are.
    pub fn describe(&self, what: &str) -> String
    where
        T: fmt::Debug,
    {
        if self.all.len() > FEW {
            return format!("{what}; the ranks have {:?} of them", self.lengths);
        }
        let lists: Vec<&[T]> = (0..self.lengths.len()).map(|rank| self.of(rank)).collect();
        format!("{what}; the ranks have {lists:?}")
    }
}

/// Numbers of keys for the ranks: drawn ones, every other rank without any, all on one rank, a single one, one on each
/// rank but one, and none at all.
pub fn spreads(check: &mut Check) -> Vec<Vec<usize>> {
    let size = check.size();
    let [one, alone, without] = [0; 3].map(|_| check.draw(0..size));
    let few = check.draw(5..30);
    let only = |rank, count| -> Vec<usize> {
        (0..size)
            .map(|other| if other == rank { count } else { 0 })
            .collect()
    };
    vec![
        check.draw_vec(size, 0..12),
        vec![check.draw(3..9); size],
        (0..size).map(|rank| rank % 2 * few).collect(),
        only(one, few),
        only(alone, 1),
        (0..size).map(|rank| usize::from(rank != without)).collect(),
        vec![0; size],
    ]
}

/// The first and the last key in the order of `total_cmp`: NaNs, and keys like any other, which cannot stand for none.
pub const ENDS: [f64; 2] = [f64::from_bits(u64::MAX), f64::from_bits(u64::MAX >> 1)];

/// So many keys, by turns the last and the first there are.
pub fn ends(length: usize) -> Vec<f64> {
    (0..length).map(|index| ENDS[(index + 1) % 2]).collect()
}

/// Keys of all sizes, beyond 2³² and 2⁵³, some of them twice.
pub fn floats(check: &mut Check, length: usize) -> Vec<f64> {
    const SPECIAL: [f64; 19] = [
        ENDS[0],
        ENDS[1],
        0.0,
        -0.0,
        -0.0,
        0.0,
        f64::NAN,
        -f64::NAN,
        // Other bits, which `total_cmp` puts farther from zero than the usual ones.
        f64::from_bits(0x7FF8_0000_0000_0001),
        f64::from_bits(0xFFF8_0000_0000_0001),
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        // The smallest there is.
        f64::from_bits(1),
        9_007_199_254_740_992.0,
        // Rounded to an `f32`, it is the one before.
        9_007_199_254_740_994.0,
        4_294_967_297.0,
    ];
    let drawn = check.floats(length);
    drawn
        .into_iter()
        .map(|number| match check.draw(0..3) {
            0 => check.pick(&SPECIAL),
            _ => number,
        })
        .collect()
}

/// Keys that all differ: `length` of them in ascending order, from 0 to nearly 2⁶⁴.
pub fn distinct(check: &mut Check, length: usize) -> Vec<u64> {
    let step = u64::MAX / length.max(1) as u64;
    let within = check.draw(0..step.max(1));
    (0..length as u64)
        .map(|index| index * step + within)
        .collect()
}

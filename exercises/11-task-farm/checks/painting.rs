//! Pictures that only the check knows. Each row, except for some of a single pixel, also shows which rank has computed
//! it: the picture reveals a row that was computed by another rank than the check has seen, or that was never sent.

use harness_mpi::{Aside, Check, Kind, plural};
use std::cell::RefCell;

/// Adds to each number of a row, so that it tells its rank.
const MARK: u16 = 257;

/// A picture, and what this rank has done for it.
pub struct Painter {
    pub width: usize,
    pub height: usize,
    salt: u64,
    rank: usize,
    /// The rows that this rank was asked for, in that order.
    asked: RefCell<Vec<u64>>,
}

impl Painter {
    /// A picture of this size; the same on all ranks.
    pub fn new(check: &mut Check, width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            salt: check.draw(1..u64::MAX) | 1,
            rank: check.rank(),
            asked: RefCell::default(),
        }
    }

    /// Computes a row on this rank.
    pub fn row(&self, number: usize) -> Vec<u16> {
        self.asked.borrow_mut().push(number as u64);
        self.row_of(number, self.rank)
    }

    fn row_of(&self, number: usize, rank: usize) -> Vec<u16> {
        // Some single pixels have the numbers that may be taken for a sign that there is none.
        match (self.width, number % 4) {
            (1, 1) => return vec![0],
            (1, 2) => return vec![u16::MAX],
            _ => {}
        }
        let mark = (rank as u16).wrapping_mul(MARK);
        let mut state = self.salt.wrapping_mul(number as u64 + 1);
        let next = |_| {
            state = state
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(self.salt);
            ((state >> 40) as u16).wrapping_add(mark)
        };
        (0..self.width).map(next).collect()
    }

    /// The picture whose rows were computed by these ranks; a row that no rank has computed is empty.
    pub fn by(&self, owner: impl Fn(usize) -> Option<usize>) -> Vec<u16> {
        let row = |number| match owner(number) {
            Some(rank) => self.row_of(number, rank),
            None => vec![0; self.width],
        };
        (0..self.height).flat_map(row).collect()
    }

    /// The calls on all ranks. All ranks must call it.
    pub fn all_asked(&self, aside: &Aside) -> Vec<Vec<usize>> {
        let all = aside.share_all(&self.asked.borrow());
        let rows = |rows: Vec<u64>| rows.into_iter().map(|row| row as usize).collect();
        all.into_iter().map(rows).collect()
    }

    /// Requires that the rows that were computed are rows of the picture, each at most once, and none by
    /// the manager unless it is alone. Returns for each row who has computed it; none if something is wrong
    /// on some rank. All ranks must call it.
    pub fn owners(&self, check: &mut Check, all: &[Vec<usize>]) -> Option<Vec<Option<usize>>> {
        let (rank, height) = (check.rank(), self.height);
        let beyond = all[rank].iter().find(|number| **number >= height);
        check.require(beyond.is_none(), Kind::WrongOperation, || {
            let rows = plural(height as u64, "row");
            let number = beyond.copied().unwrap_or_default();
            format!("computed row {number}, but the picture has {rows}, counted from 0")
        });
        if check.size() > 1 && rank == 0 {
            let own = all[0].len();
            check.require(own == 0, Kind::WrongOperation, || {
                let rows = plural(own as u64, "row");
                format!("computed {rows}: the manager only hands them out")
            });
        }
        let mut owners = vec![None; height];
        for (rank, asked) in all.iter().enumerate() {
            for number in asked.iter().filter(|number| **number < height) {
                let before = owners[*number].replace(rank);
                if let Some(before) = before
                    && check.rank() == rank
                {
                    let by = match before {
                        before if before == rank => String::from("twice"),
                        before => format!("after rank {before} had computed it"),
                    };
                    check.require(false, Kind::WrongOperation, || {
                        format!("computed row {number} {by}: `row` is called once for each row")
                    });
                }
            }
        }
        check.everywhere(check.is_clean()).then_some(owners)
    }

    /// Requires that every row was computed. Returns for each who has done it; none if something is wrong.
    /// All ranks must call it.
    pub fn all_owners(&self, check: &mut Check, all: &[Vec<usize>]) -> Option<Vec<Option<usize>>> {
        let owners = self.owners(check, all)?;
        let missing = owners.iter().position(Option::is_none);
        if check.rank() == 0 {
            check.require(missing.is_none(), Kind::WrongOperation, || {
                let number = missing.unwrap_or_default();
                format!("had row {number} computed by no rank: `row` is called once for each row")
            });
        }
        missing.is_none().then_some(owners)
    }

    /// How many bytes this many rows may take on their way, with what tells which rows they are.
    pub fn bytes(&self, rows: usize) -> u64 {
        (rows * (3 * self.width + 48) + 256) as u64
    }
}

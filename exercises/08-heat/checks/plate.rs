//! A grid that only the check knows, after each step. What an answer gives to `update` is looked up there: so
//! it is seen in which step it computes which row, and from what.

use crate::subject::Grid;
use harness_mpi::{Check, Kind, plural};
use std::{
    cell::{Cell, RefCell},
    ops::Range,
};

/// The whole grid, after each of some steps.
pub struct Plate {
    /// Rows and columns inside the frame.
    pub shape: [usize; 2],
    states: Vec<Vec<f64>>,
    /// How much of a cell and of its neighbors above, left, right and below goes into the new one: another
    /// share from each, so that a neighbor in another's place shows.
    weights: [f64; 5],
}

/// The cells of a rank: rows and columns, counted from 0 inside the grid's frame.
#[derive(Clone, Debug)]
pub struct Part {
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

impl Part {
    /// Of a grid of this shape that is split into so many parts of its rows and of its columns.
    pub fn of(rank: usize, [rows, columns]: [usize; 2], [above, beside]: [usize; 2]) -> Self {
        Self {
            rows: share(rows, above, rank / beside),
            columns: share(columns, beside, rank % beside),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() || self.columns.is_empty()
    }

    fn width(&self) -> usize {
        self.columns.len() + 2
    }
}

/// Which rows or columns belong to one of `parts`. The student's file may have another one.
pub fn share(length: usize, parts: usize, index: usize) -> Range<usize> {
    let start = |index: usize| index * (length / parts) + index.min(length % parts);
    start(index)..start(index + 1)
}

impl Plate {
    /// A grid and a number of steps, the same on all ranks.
    pub fn new(check: &mut Check, shape: [usize; 2], steps: usize) -> Self {
        let cells = (shape[0] + 2) * (shape[1] + 2);
        let first = check.draw_vec(cells, 1.0..100.0);
        // Any weights: together they are not 1.
        let weights = [0; 5].map(|_| check.draw(0.05..0.3));
        Self::with(shape, steps, first, weights)
    }

    /// The same of a grid of equal cells, which no step changes.
    pub fn steady(check: &mut Check, shape: [usize; 2], steps: usize) -> Self {
        let cells = (shape[0] + 2) * (shape[1] + 2);
        let first = vec![check.draw(1.0..100.0); cells];
        Self::with(shape, steps, first, [1.0, 0.0, 0.0, 0.0, 0.0])
    }

    fn with(shape: [usize; 2], steps: usize, first: Vec<f64>, weights: [f64; 5]) -> Self {
        let mut plate = Self {
            shape,
            states: vec![first],
            weights,
        };
        for step in 0..steps {
            let old = &plate.states[step];
            let mut new = old.clone();
            let width = plate.width();
            for row in 1..=shape[0] {
                let rows = [row - 1, row, row + 1].map(|row| &old[row * width..][..width]);
                plate.compute(rows, &mut new[row * width..][..width]);
            }
            plate.states.push(new);
        }
        plate
    }

    fn width(&self) -> usize {
        self.shape[1] + 2
    }

    /// The new cells of a row, or of a part of one.
    fn compute(&self, [above, row, below]: [&[f64]; 3], new: &mut [f64]) {
        let [own, up, left, right, down] = self.weights;
        for column in 1..row.len() - 1 {
            new[column] = own * row[column]
                + up * above[column]
                + left * row[column - 1]
                + right * row[column + 1]
                + down * below[column];
        }
    }

    /// All cells inside the frame and on it, after a number of steps.
    pub fn whole(&self) -> Part {
        Part {
            rows: 0..self.shape[0],
            columns: 0..self.shape[1],
        }
    }

    /// A cell inside the frame, after a number of steps.
    pub fn inside(&self, step: usize, row: usize, column: usize) -> f64 {
        self.states[step][(row + 1) * self.width() + column + 1]
    }

    /// The block of a rank after a number of steps, with or without its ghost cells.
    pub fn block(&self, step: usize, part: &Part, has_ghosts: bool) -> Grid {
        let mut cells = Vec::new();
        for row in 0..part.rows.len() + 2 {
            for column in 0..part.width() {
                cells.push(match has_ghosts || !self.is_ghost(part, row, column) {
                    true => self.at(step, part, row, column),
                    false => f64::NAN,
                });
            }
        }
        Grid {
            width: part.width(),
            cells,
        }
    }

    /// A cell of a block, frame included, as it is in the whole grid.
    fn at(&self, step: usize, part: &Part, row: usize, column: usize) -> f64 {
        self.states[step][(part.rows.start + row) * self.width() + part.columns.start + column]
    }

    /// Whether a cell of a block is a copy of another rank's.
    fn is_ghost(&self, part: &Part, row: usize, column: usize) -> bool {
        let own = (1..=part.rows.len()).contains(&row) && (1..part.width() - 1).contains(&column);
        let (row, column) = (part.rows.start + row, part.columns.start + column);
        let inside = (1..=self.shape[0]).contains(&row) && (1..=self.shape[1]).contains(&column);
        inside && !own
    }

    /// Requires that a block holds the right cells after a number of steps. Ghost cells may hold anything,
    /// unless they count.
    pub fn holds(
        &self,
        check: &mut Check,
        block: &Grid,
        part: &Part,
        step: usize,
        with_ghosts: bool,
    ) -> bool {
        let (width, height) = (part.width(), part.rows.len() + 2);
        let has = (block.width, block.cells.len());
        if !check.require(has == (width, width * height), Kind::WrongResult, || {
            format!(
                "left a block of {} in rows of {}, but began with {} in rows of {width}: the size of a block \
                 never changes",
                plural(has.1 as u64, "cell"),
                has.0,
                width * height
            )
        }) {
            return false;
        }
        // No cell has the corners of the frame as neighbors.
        let is_corner = |row: usize, column: usize| {
            (row == 0 || row + 1 == height) && (column == 0 || column + 1 == width)
        };
        for row in 0..height {
            let counted: Vec<usize> = (0..width)
                .filter(|column| {
                    !self.is_ghost(part, row, *column) || with_ghosts && !is_corner(row, *column)
                })
                .collect();
            let seen = |column: &usize| block.cells[row * width + column];
            let should = |column: &usize| self.at(step, part, row, *column);
            if counted
                .iter()
                .all(|column| seen(column).to_bits() == should(column).to_bits())
            {
                continue;
            }
            let is_frame = row == 0 || row + 1 == height;
            let wrong = |column: &&usize| seen(column).to_bits() != should(column).to_bits();
            // Wrong ghost cells say more than the adjacent boundary, which was sent with them.
            let is_wrong_ghost =
                |column: &&usize| wrong(column) && self.is_ghost(part, row, **column);
            let first = counted.iter().find(is_wrong_ghost);
            let first = first.or(counted.iter().find(wrong)).copied();
            let first = first.unwrap_or_default();
            let why = match self.is_ghost(part, row, first) {
                true if seen(&first).is_nan() => {
                    "a ghost row is a copy of the neighbor's edge: these cells were never filled (NaN). Perhaps a \
                     ghost row was sent instead of a row of the block"
                }
                true => "a ghost row is a copy of the neighbor's edge",
                false if is_frame || first == 0 || first + 1 == width => {
                    "the boundary of the grid never changes"
                }
                false if step == 0 => "the cells of the grid stay unchanged",
                false => {
                    "each cell is the same as in one program for the whole grid, to the last bit"
                }
            };
            return check.holds(
                &format!("row {row} of the block, with its frame"),
                counted.iter().map(seen).collect::<Vec<_>>(),
                counted.iter().map(should).collect::<Vec<_>>(),
                why,
            );
        }
        true
    }
}

/// A call of `update`: the step that it belongs to, counted from 1, and the row of the block, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Called {
    pub step: usize,
    pub row: usize,
}

/// A record of what an answer does with a part of a grid.
pub struct Watch<'a> {
    plate: &'a Plate,
    part: &'a Part,
    calls: RefCell<Vec<Called>>,
    /// The first mistake.
    fault: RefCell<Option<(Kind, String)>>,
    /// In the serial task: whether the two grids change places.
    swaps: bool,
    /// Where the last row was written to.
    written: Cell<Option<*const f64>>,
}

impl<'a> Watch<'a> {
    pub fn new(plate: &'a Plate, part: &'a Part) -> Self {
        Self {
            plate,
            part,
            calls: RefCell::default(),
            fault: RefCell::default(),
            swaps: false,
            written: Cell::default(),
        }
    }

    /// Also looks at the old contents of the cells that are written.
    pub fn of_swapping(plate: &'a Plate, part: &'a Part) -> Self {
        Self {
            swaps: true,
            ..Self::new(plate, part)
        }
    }

    /// Computes a row for the answer. Tells which it was, if it was one of this rank's.
    pub fn update(
        &self,
        above: &[f64],
        row: &[f64],
        below: &[f64],
        new: &mut [f64],
    ) -> Option<Called> {
        let lengths = [above.len(), row.len(), below.len(), new.len()];
        let width = self.part.width();
        if lengths != [width; 4] {
            self.note(Kind::WrongOperation, || {
                format!(
                    "called `update` with {}, {}, {} and {} cells, but a row of its block has {width}",
                    lengths[0], lengths[1], lengths[2], lengths[3]
                )
            });
            return None;
        }
        if width == 2 {
            return None;
        }
        let called = self.find(row);
        match called {
            None => {
                let (kind, fault) = self.unknown(row);
                self.note(kind, || fault);
            }
            Some(called) => {
                self.look(called, [above, row, below], new);
                self.written.set(Some(new.as_ptr()));
                self.calls.borrow_mut().push(called);
            }
        }
        self.plate.compute([above, row, below], new);
        called
    }

    fn note(&self, kind: Kind, fault: impl FnOnce() -> String) {
        self.fault
            .borrow_mut()
            .get_or_insert_with(|| (kind, fault()));
    }

    /// Which of the rank's rows that is, and after how many steps: where no step changes it, one that was not
    /// computed yet.
    fn find(&self, row: &[f64]) -> Option<Called> {
        let states = 0..self.plate.states.len();
        let rows = 1..=self.part.rows.len();
        let mut found = states
            .flat_map(|step| rows.clone().map(move |row| (step, row)))
            .filter(|(step, own)| self.same(row, *step, *own))
            .map(|(step, row)| Called {
                step: step + 1,
                row,
            });
        let first = found.next()?;
        let calls = self.calls.borrow();
        match calls.contains(&first) {
            false => Some(first),
            true => found.find(|other| !calls.contains(other)).or(Some(first)),
        }
    }

    /// Whether these are the cells of a row of the block, with frame rows counted, after a number of steps,
    /// except for the first and the last cell.
    fn same(&self, cells: &[f64], step: usize, row: usize) -> bool {
        (1..cells.len() - 1).all(|column| {
            let should = self.plate.at(step, self.part, row, column);
            cells[column].to_bits() == should.to_bits()
        })
    }

    /// The row of the grid, as it is called in messages.
    fn name(&self, row: usize) -> String {
        match self.part.rows.start + row {
            0 => String::from("the boundary above row 0"),
            after if after == self.plate.shape[0] + 1 => {
                format!("the boundary below row {}", after - 2)
            }
            row => format!("row {} of the grid", row - 1),
        }
    }

    fn unknown(&self, row: &[f64]) -> (Kind, String) {
        let cells = &row[1..row.len() - 1];
        let first = cells.first().copied().unwrap_or_default();
        if cells.iter().any(|cell| cell.is_nan()) {
            let fault = "called `update` for a row with cells that were never filled (NaN)";
            return (Kind::WrongResult, String::from(fault));
        }
        // It may belong to another rank.
        let reach = self.plate.shape[0];
        let states = 0..self.plate.states.len();
        let width = self.plate.width();
        let other = states
            .flat_map(|step| (1..=reach).map(move |row| (step, row)))
            .find(|(step, row)| {
                let start = row * width + self.part.columns.start + 1;
                let should = &self.plate.states[*step][start..][..cells.len()];
                should == cells
            });
        match other {
            Some((_, row)) => (
                Kind::WrongOperation,
                format!(
                    "called `update` for row {} of the grid, which belongs to another rank",
                    row - 1
                ),
            ),
            None => (
                Kind::WrongResult,
                format!(
                    "called `update` for a row that the grid does not have after any step; it begins with \
                     {first:?}. Was it computed by something other than `update`, or rounded?"
                ),
            ),
        }
    }

    /// Looks whether a row comes with its neighbors, all from before the step.
    fn look(&self, called: Called, [above, row, below]: [&[f64]; 3], new: &[f64]) {
        let (step, own, width) = (called.step - 1, called.row, row.len());
        for (cells, of, place) in [(above, own - 1, "above"), (below, own + 1, "below")] {
            if !self.same(cells, step, of) {
                self.note(Kind::WrongResult, || {
                    self.misplaced(called, cells, of, place)
                });
            }
        }
        for (column, place) in [(0, "left"), (width - 1, "right")] {
            let should = self.plate.at(step, self.part, own, column);
            if row[column].to_bits() != should.to_bits() {
                self.note(Kind::WrongResult, || {
                    self.beside(called, row[column], column, place)
                });
            }
        }
        if self.swaps && step > 0 {
            // The values of two steps ago, if two grids are swapped.
            let is_two_old = self.same(new, step - 1, own);
            if !is_two_old {
                let copied = self.same(new, step, own);
                self.note(Kind::WrongOperation, || {
                    let what = match copied {
                        true => "holds a copy of the current row",
                        false => "does not hold the row as it was before the last step",
                    };
                    format!(
                        "called `update` in step {} with a row to write to that {what}: swap the two grids after \
                         each step, and copy or create none",
                        called.step
                    )
                });
            }
        }
    }

    fn misplaced(&self, called: Called, cells: &[f64], of: usize, place: &str) -> String {
        let Called { step, row } = called;
        let begins = format!(
            "computed {} in step {step} with a row {place} it that",
            self.name(row)
        );
        let rows = self.part.rows.len() + 2;
        let states = self.plate.states.len();
        let all = (0..states).flat_map(|state| (0..rows).map(move |row| (state, row)));
        let found: Vec<(usize, usize)> = all
            .filter(|(state, row)| self.same(cells, *state, *row))
            .collect();
        let is_ghost = self.plate.is_ghost(self.part, of, 1);
        if cells[1..cells.len() - 1].iter().any(|cell| cell.is_nan()) {
            return format!(
                "{begins} was never filled (NaN): fill the ghost cells before the first step"
            );
        }
        match found.iter().find(|(_, row)| *row == of).or(found.first()) {
            Some((state, row)) if *row == of && *state >= step => format!(
                "{begins} was already computed in this step: all cells that `update` reads must be from before \
                 the step, so never update a grid in place"
            ),
            Some((state, row)) if *row == of && is_ghost => format!(
                "{begins} is {} old: fill the ghost cells before each step, in the grid that the step reads",
                plural((step - 1 - state) as u64, "step")
            ),
            Some((_, row)) if *row == of => format!("{begins} is from an earlier step"),
            Some((_, other)) => format!("{begins} is {}", self.name(*other)),
            None => {
                let should = |column: usize| self.plate.at(step - 1, self.part, of, column);
                let differs =
                    |column: &usize| cells[*column].to_bits() != should(*column).to_bits();
                let column = (1..cells.len() - 1).find(differs).unwrap_or(1);
                format!(
                    "{begins} has {:?} in column {column}, with the frame, but it should be {}, which has {:?} \
                     there",
                    cells[column],
                    self.name(of),
                    should(column)
                )
            }
        }
    }

    fn beside(&self, called: Called, cell: f64, column: usize, place: &str) -> String {
        let Called { step, row } = called;
        let begins = format!(
            "computed {} in step {step} with a cell {place} of it that",
            self.name(row)
        );
        let is_ghost = self.plate.is_ghost(self.part, row, column);
        let should = self.plate.at(step - 1, self.part, row, column);
        let is_at =
            |state: usize| self.plate.at(state, self.part, row, column).to_bits() == cell.to_bits();
        match (0..self.plate.states.len()).find(|state| is_at(*state)) {
            _ if cell.is_nan() => format!(
                "{begins} was never filled (NaN): fill the ghost cells before the first step"
            ),
            Some(state) if is_ghost && state + 1 < step => format!(
                "{begins} is {} old: fill the ghost cells before each step, in the grid that the step reads",
                plural((step - 1 - state) as u64, "step")
            ),
            Some(_) => format!("{begins} is from another step"),
            None if is_ghost => {
                format!("{begins} is {cell:?}, but its neighbor there has {should:?}")
            }
            None => format!(
                "{begins} is {cell:?}, but the boundary there is {should:?}, which never changes"
            ),
        }
    }

    /// Requires that a grid is the one that the last step wrote, and no copy of it.
    pub fn is_left_in(&self, check: &mut Check, grid: &Grid) -> bool {
        let mut rows = grid.cells.chunks(grid.width);
        let written = self.written.get();
        let is_same = written.is_none_or(|written| rows.any(|row| row.as_ptr() == written));
        check.require(is_same, Kind::WrongOperation, || {
            String::from(
                "left the result in a copy of the grid that the last step wrote: swap the two grids after each \
                 step, and copy only once, before the first step",
            )
        })
    }

    /// Requires that in each step no row that needs a ghost row was computed before one that needs none.
    pub fn computes_inside_first(&self, check: &mut Check) -> bool {
        let calls = self.calls.borrow();
        let ghost = |row: usize| self.plate.is_ghost(self.part, row, 1);
        let is_inside = |called: &Called| (2..self.part.rows.len()).contains(&called.row);
        let early = calls.iter().enumerate().find_map(|(at, called)| {
            let needs = ghost(called.row - 1) || ghost(called.row + 1);
            let later = |later: &&Called| later.step == called.step && is_inside(later);
            let later = calls[at..].iter().find(later).filter(|_| needs)?;
            Some((*called, *later))
        });
        check.require(early.is_none(), Kind::WrongOperation, || {
            let Some((called, later)) = early else {
                return String::new();
            };
            format!(
                "computed {} in step {}, which needs a ghost row, before {}, which needs none: compute the \
                 interior while the ghost rows are in transit, and only then the rows that need them",
                self.name(called.row),
                called.step,
                self.name(later.row)
            )
        })
    }

    /// Requires that nothing was wrong so far, and that in each step each of the rank's rows was computed once.
    pub fn judge(&self, check: &mut Check, steps: usize) -> bool {
        if let Some((kind, fault)) = self.fault.borrow_mut().take() {
            return check.require(false, kind, || fault);
        }
        if self.part.is_empty() {
            return true;
        }
        let mut calls = self.calls.borrow().clone();
        calls.sort_unstable();
        let count = |called| calls.iter().filter(|other| **other == called).count();
        let wrong = (1..=steps + 1)
            .flat_map(|step| (1..=self.part.rows.len()).map(move |row| Called { step, row }))
            .map(|called| (called, count(called)))
            .find(|(called, count)| *count != usize::from(called.step <= steps));
        check.require(wrong.is_none(), Kind::WrongOperation, || {
            let Some((Called { step, row }, count)) = wrong else {
                return String::new();
            };
            let row = self.name(row);
            match count {
                0 => format!("never called `update` for {row} in step {step} of {steps}"),
                _ if step > steps => {
                    format!("called `update` for {row} in step {step}, but there are only {steps}")
                }
                _ => format!(
                    "called `update` {count} times for {row} in step {step}: call it once for each row"
                ),
            }
        })
    }
}

//! The checks of `overlap` and `converged`, and of what other tasks say about waiting: what is in progress while ranks
//! compute.
//!
//! Neither a clock nor the calls made show which rank waits for which. Instead, one rank is stopped in its
//! computation until another one has done what it can do without the first. If it cannot, the answer comes
//! to a standstill; then the first rank continues, so that the check can report what was wrong.

use super::{
    Answers, Update, part,
    plate::{Called, Part, Plate, Watch},
    rows::{FEW, describe, own, simulate},
};
use crate::subject::Grid;
use harness::patience::{BRIEF, PATIENT, patiently};
use harness_mpi::{Aside, Bounds, Check, Kind, SimpleCommunicator, plural};
use std::cell::Cell;

/// The number of rounds without a message that counts as a standstill.
const STANDSTILL: usize = 4 * PATIENT;

/// One rank is held until another lets it go.
struct Hold<'a> {
    aside: &'a Aside,
    rank: usize,
    held: usize,
    other: usize,
    /// On the one: whether it was held. On the other: whether it has let go.
    done: Cell<bool>,
    /// Whether it has heard that it may go.
    heard: Cell<bool>,
    /// Whether no rank released it.
    in_vain: Cell<bool>,
}

impl<'a> Hold<'a> {
    fn new(check: &Check, aside: &'a Aside, held: usize, other: usize) -> Self {
        Self {
            aside,
            rank: check.rank(),
            held,
            other,
            done: Cell::new(false),
            heard: Cell::new(false),
            in_vain: Cell::new(false),
        }
    }

    /// Happens on the one where it is held; only the first time counts.
    fn hold(&self) {
        if self.rank != self.held || self.done.replace(true) {
            return;
        }
        let told = || usize::from(self.aside.is_told());
        match patiently(STANDSTILL, 1, told) {
            0 => self.in_vain.set(true),
            _ => {
                self.aside.hear();
                self.heard.set(true);
            }
        }
    }

    /// Happens on the other.
    fn let_go(&self) {
        if self.rank == self.other && !self.done.replace(true) {
            self.aside.tell(self.held, 0);
        }
    }

    /// Happens on all when the answer has returned here: what was told must be heard.
    fn end(&self) {
        self.let_go();
        if self.rank == self.held && !self.heard.replace(true) {
            self.aside.hear();
        }
    }
}

/// Requires that neither end of the grid waits for the other in the first step that needs an exchange: if the ghost
/// rows are filled before, that is the second one. The ranks are in one row or in one column, and each has one column
/// or one row.
pub fn ends_are_apart(
    check: &mut Check,
    answer: impl Fn(&SimpleCommunicator, [usize; 2], &mut Grid, usize, Update<'_>),
    ranks: [usize; 2],
    has_ghosts: bool,
) {
    let (steps, when) = match has_ghosts {
        false => (1, "before it begins"),
        true => (2, "when it has computed a row for the first time"),
    };
    let (last, aside) = (check.size() - 1, check.aside());
    for (held, other) in [(last, 0), (0, last)] {
        let shape = ranks.map(|ranks| if ranks > 1 { ranks } else { check.draw(1..6) });
        let plate = Plate::new(check, shape, steps + 1);
        let own = Part::of(check.rank(), shape, ranks);
        let input = format!(
            "{}; rank {held} is stopped {when} until rank {other} has computed a row in step {steps}",
            describe(shape, steps)
        );
        let right = part(check, &input, |check| {
            let mut block = plate.block(0, &own, has_ghosts);
            let watch = Watch::new(&plate, &own);
            let hold = Hold::new(check, &aside, held, other);
            let update: Update<'_> = &|above, row, below, new| {
                let called = watch.update(above, row, below, new);
                if called.is_none_or(|called| called.step == steps) {
                    hold.let_go();
                } else {
                    hold.hold();
                }
            };
            let ((), _) = check.observe(|world| {
                if !has_ghosts {
                    hold.hold();
                }
                answer(world, shape, &mut block, steps, update);
                hold.end();
            });
            check.require(!hold.in_vain.get(), Kind::WrongOperation, || {
                format!(
                    "was stopped {when}, to see whether rank {other}, at the other end, computes a row in step \
                     {steps} in the meantime. It did not: it waits for a rank that waits for the next one, and so on \
                     as far as this rank. Send and receive at the same time, by `MPI_Sendrecv` or non-blocking calls"
                )
            });
            if check.everywhere(check.is_clean()) && watch.judge(check, steps) {
                plate.holds(check, &block, &own, steps, false);
            }
        });
        if !right {
            return;
        }
    }
}

/// Requires of a `halo` that receives from any rank that it does not take the next call's row from one neighbor for
/// this call's row from the other.
pub fn tells_calls_apart(check: &mut Check, answers: &Answers) {
    const HASTY: usize = 0;
    const LATE: usize = 2;
    let (rank, aside) = (check.rank(), check.aside());
    let shape = [2 * check.size(), check.draw(1..6)];
    let plates = [0; 2].map(|_| Plate::new(check, shape, 0));
    let own = own(check, shape);
    let input = format!(
        "{} x {} cells inside the frame, twice in a row; rank {LATE} begins when rank {HASTY} may have sent its second \
         row, which rank 1 must not take for the row from rank {LATE}",
        shape[0], shape[1]
    );
    part(check, &input, |check| {
        let mut blocks = plates.each_ref().map(|plate| plate.block(0, &own, false));
        let hold = Hold::new(check, &aside, LATE, HASTY);
        let ((), _) = check.observe(|world| {
            hold.hold();
            if rank == LATE {
                // It has only begun the call.
                patiently(BRIEF, 1, || 0);
            }
            for block in &mut blocks {
                (answers.halo)(world, shape[0], block);
                hold.let_go();
            }
            hold.end();
        });
        for (plate, block) in plates.iter().zip(&blocks) {
            if !plate.holds(check, block, &own, 0, true) {
                return;
            }
        }
    });
}

pub fn overlap(check: &mut Check, answers: &Answers) {
    let size = check.size();
    if !simulate(check, answers.overlap, false, |_, _, _, _| {}) || size == 1 {
        return;
    }
    let aside = check.aside();
    let pairs = match size {
        2 => [(0, 1), (1, 0)],
        _ => [(0, 1), (2, 1)],
    };
    // Rows of a few cells, and long ones.
    let columns = [check.draw(1..6), check.draw(1000..2000)];
    for ((neighbour, rank), columns) in pairs.into_iter().zip(columns) {
        if !hides(check, answers, &aside, [neighbour, rank], columns) {
            return;
        }
    }
}

/// In which steps ranks are held.
const INSIDE: usize = 2;
const EDGES: usize = 3;

/// Requires that a rank neither delays its neighbor nor waits for it without need.
///
/// - The neighbor is held when it has done all but the last row of a step: the rank must be able to compute
///   the interior of the next step nevertheless.
/// - One step later, the rank is held when it begins to compute: by then its edge must be on its way, so that
///   the neighbor can do the whole step.
///
/// All ranks must call it, and all agree on the answer.
fn hides(
    check: &mut Check,
    answers: &Answers,
    aside: &Aside,
    [neighbour, rank]: [usize; 2],
    columns: usize,
) -> bool {
    // At least four rows for each: two of them inside.
    let size = check.size();
    let shape = [4 * size + check.draw(0..size), columns];
    let plate = Plate::new(check, shape, EDGES + 1);
    let own = own(check, shape);
    let rows = own.rows.len();
    let input = format!(
        "{}; rank {neighbour} is stopped at the end of step {} until rank {rank} has computed its interior in step \
         {INSIDE}, and rank {rank} at the beginning of step {EDGES} until rank {neighbour} has computed its edge",
        describe(shape, EDGES),
        INSIDE - 1
    );
    part(check, &input, |check| {
        let mut block = plate.block(0, &own, false);
        let watch = Watch::new(&plate, &own);
        let inside = Hold::new(check, aside, neighbour, rank);
        let edges = Hold::new(check, aside, rank, neighbour);
        // How many rows were computed in each step, and how many of them inside.
        let counts = Cell::new([(0, 0); EDGES + 2]);
        let here = check.rank();
        let update: Update<'_> = &|above, row, below, new| {
            let Some(Called { step, row }) = watch.update(above, row, below, new) else {
                return;
            };
            let mut so_far = counts.get();
            so_far[step].0 += 1;
            so_far[step].1 += usize::from(row > 1 && row < rows);
            counts.set(so_far);
            let (all, inner) = so_far[step];
            let edge = if rank < neighbour { 1 } else { rows };
            if here == neighbour && step + 1 == INSIDE && all == rows {
                inside.hold();
            } else if here == rank && step == INSIDE && inner == rows - 2 {
                inside.let_go();
            } else if here == rank && step == EDGES {
                edges.hold();
            } else if here == neighbour && step == EDGES && row == edge {
                edges.let_go();
            }
        };
        let ((), _) = check.observe(|world| {
            (answers.overlap)(world, shape[0], &mut block, EDGES, update);
            inside.end();
            edges.end();
        });
        check.require(!inside.in_vain.get(), Kind::WrongOperation, || {
            format!(
                "was stopped at the end of step {}, to see whether rank {rank} computes the interior of step \
                 {INSIDE} in the meantime. It did not: it waits for its ghost rows before it has computed all of \
                 its interior, which does not need them. Start the exchange, compute the interior, and only then \
                 wait",
                INSIDE - 1
            )
        });
        check.require(!edges.in_vain.get(), Kind::WrongOperation, || {
            format!(
                "was stopped at its first row of step {EDGES}, to see whether rank {neighbour} computes the \
                 adjacent row in the meantime. It did not, because this rank had not started both to send its edge \
                 and to receive its ghost row. Start the whole exchange before you compute the interior"
            )
        });
        if check.everywhere(check.is_clean())
            && watch.judge(check, EDGES)
            && watch.computes_inside_first(check)
        {
            plate.holds(check, &block, &own, EDGES, false);
        }
    })
}

/// The largest changes of a simulation: for each rank those of its steps.
struct Changes {
    tolerance: f64,
    /// In what the changes are shown.
    unit: f64,
    limit: usize,
    ranks: Vec<Vec<f64>>,
}

impl Changes {
    fn largest(&self, step: usize) -> f64 {
        let of_step = self.ranks.iter().map(|changes| changes[step - 1]);
        of_step.fold(0.0, f64::max)
    }

    /// How many steps are to be done.
    fn steps(&self) -> usize {
        let first = (1..=self.limit).find(|step| self.largest(*step) <= self.tolerance);
        first.map_or(self.limit, |step| (step + 1).min(self.limit))
    }
}

/// In which step a rank is held.
const STEP: usize = 2;
/// The number of changes that are drawn for each rank.
const LONGEST: usize = 12;

/// Changes that are small on all ranks in some steps, and large on one rank in the others. `tops` are these, in
/// tolerances.
fn changes(check: &mut Check, limit: usize, tops: &[f64]) -> Changes {
    let tolerance = check.draw(1e-6..1e-3);
    let small = |check: &mut Check| check.draw(0.7..0.99);
    changes_of(check, limit, tops, [tolerance, tolerance], small)
}

/// The same for a tolerance of 0. Where a rank has not the largest change, it has none, which may be -0.0.
fn changes_to_none(check: &mut Check, limit: usize, tops: &[f64]) -> Changes {
    // Less than any error of rounding.
    let unit = check.draw(1e-250..1e-200);
    changes_of(check, limit, tops, [0.0, unit], |_| -0.0)
}

fn changes_of(
    check: &mut Check,
    limit: usize,
    tops: &[f64],
    [tolerance, unit]: [f64; 2],
    small: impl Fn(&mut Check) -> f64,
) -> Changes {
    let size = check.size();
    let slow = check.draw(0..size);
    let mut ranks = Vec::new();
    for rank in 0..size {
        let mut own = Vec::new();
        for step in 0..LONGEST {
            let small = small(check);
            let top = tops.get(step).copied().unwrap_or(1e3);
            // In another step another rank.
            own.push(match (slow + step) % size == rank {
                true => top * unit,
                false => small.min(top) * unit,
            });
        }
        ranks.push(own);
    }
    Changes {
        tolerance,
        unit,
        limit,
        ranks,
    }
}

pub fn converged(check: &mut Check, answers: &Answers) {
    // Beyond what an f32 tells apart.
    const HARDLY_MORE: f64 = 1.0 + 1e-12;
    let drawn = check.draw(2..7);
    let mut falling: Vec<f64> = (0..LONGEST)
        .map(|step| 50.0 / (step * step + 1) as f64)
        .collect();
    falling[drawn] = 0.5;
    let cases = [
        (LONGEST, &falling[..]),
        // Once is enough, whatever comes next.
        (LONGEST, &[7.0, 2.0, 0.5, 9.0, 9.0, 0.1]),
        (LONGEST, &[HARDLY_MORE, HARDLY_MORE, 1.0, 5.0]),
        // Never.
        (9, &[]),
        // As good as none.
        (usize::MAX, &[8.0, 0.5]),
        (1, &[0.5]),
        (0, &[0.5]),
        (2, &[0.5]),
        (4, &[8.0, 8.0, 0.5]),
    ];
    // The number of ranks only decides who has the largest change.
    let many = if check.size() <= FEW { cases.len() } else { 3 };
    for (limit, tops) in cases.into_iter().take(many) {
        let changes = changes(check, limit, tops);
        if !asks(check, answers, &changes, None) {
            return;
        }
    }
    let to_none = changes_to_none(check, LONGEST, &[3.0, 1.0, 2.0, 0.0, 5.0]);
    if !asks(check, answers, &to_none, None) {
        return;
    }
    let (last, aside) = (check.size() - 1, check.aside());
    for (held, other) in [(0, last), (last, 0)] {
        let changes = changes(check, LONGEST, &[9.0, 9.0, 9.0, 0.5]);
        if last > 0 && !asks(check, answers, &changes, Some((&aside, held, other))) {
            return;
        }
    }
}

/// Runs the answer with these changes; one rank may be held in a step. Returns whether all was right.
fn asks(
    check: &mut Check,
    answers: &Answers,
    changes: &Changes,
    held: Option<(&Aside, usize, usize)>,
) -> bool {
    const ASKS: &[&str] = &["MPI_Iallreduce"];
    let (rank, steps) = (check.rank(), changes.steps());
    let own = &changes.ranks[rank];
    let shown: Vec<String> = (1..=changes.limit.min(steps + 1))
        .map(|step| format!("{:.3}", changes.largest(step) / changes.unit))
        .collect();
    let mut input = format!("at most {}", plural(changes.limit as u64, "step"));
    if !shown.is_empty() {
        input += &match changes.tolerance {
            0.0 => format!(
                "; the tolerance is 0; the largest change in each, in units of {:e}: ",
                changes.unit
            ),
            _ => String::from("; the largest change in each, in tolerances: "),
        };
        input += &shown.join(", ");
    }
    if let Some((_, held, other)) = held {
        input += &format!(
            "; rank {held} is stopped in step {STEP} until rank {other} has begun the next"
        );
    }
    part(check, &input, |check| {
        let hold = held.map(|(aside, held, other)| Hold::new(check, aside, held, other));
        let done = Cell::new(0);
        // The first step that began before the change of the last one was asked for.
        let unasked = Cell::new(None);
        let (returned, traffic) = check.observe(|world| {
            let mut step = || {
                done.set(done.get() + 1);
                let number = done.get();
                // Whatever the answer does, it ends with the last step that is allowed.
                let matters = number < changes.limit && unasked.get().is_none();
                if matters && check.calls_so_far(ASKS) + 1 < number as u64 {
                    unasked.set(Some(number));
                }
                if let Some(hold) = &hold {
                    if number == STEP {
                        hold.hold();
                    } else if number == STEP + 1 {
                        hold.let_go();
                    }
                }
                // One that never ends, ends here.
                own.get(number - 1).copied().unwrap_or(0.0)
            };
            let result = (answers.converged)(world, changes.tolerance, changes.limit, &mut step);
            hold.as_ref().inspect(|hold| hold.end());
            result
        });
        let in_vain = hold.as_ref().is_some_and(|hold| hold.in_vain.get());
        if !check.require(!in_vain, Kind::WrongOperation, || {
            let other = held.map_or(0, |(_, _, other)| other);
            format!(
                "was stopped in step {STEP}, to see whether rank {other} begins the next one in the meantime. It \
                 did not: it waits for all ranks first, for the largest change of step {STEP} or in another call. \
                 Start the all-reduce, do the next step, and only then wait for the result"
            )
        }) {
            return;
        }
        let why = match changes.limit {
            0 => "`limit` is 0",
            _ if steps == changes.limit => "it ends after `limit` steps at the latest",
            _ => {
                "it ends one step after the first one whose largest change on all ranks is `tolerance` or less"
            }
        };
        let right = check.require(done.get() == steps, Kind::WrongResult, || {
            format!(
                "called `step` {}, should have called it {}: {why}",
                plural(done.get() as u64, "time"),
                plural(steps as u64, "time")
            )
        }) && check.returned(returned, steps, "it returns the number of steps done");
        if check.size() == 1 || !right {
            return;
        }
        let made = traffic.communicators_made(rank);
        let why = "all ranks make one together, and so wait for each other: reduce on `world`";
        if !check.at_most("calls that make a communicator", made, 0, why) {
            return;
        }
        if steps > 1 && changes.limit > 2 {
            let why = "find the largest change with a non-blocking all-reduce";
            let unasked = unasked.get();
            let _ = check.uses(&traffic, ASKS, why)
                && check.require(unasked.is_none(), Kind::WrongOperation, || {
                    let step = unasked.unwrap_or_default();
                    format!(
                        "began step {step} before it had started the all-reduce for the largest change of step {}: \
                         start it as soon as the change is known",
                        step - 1
                    )
                });
        }
        let rounds = steps as u64;
        let bounds = Bounds {
            given: 8 * rounds,
            got: 8 * rounds,
            calls: rounds,
        };
        let why = "one all-reduce of one number finds the largest change of a step";
        check.moves(&traffic, bounds, why);
    })
}

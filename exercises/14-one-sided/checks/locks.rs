//! The checks of the tasks with locks: `counter`, `lock` and `ticket`.

use super::{Answers, one_sided_only, part};
use harness::{
    compare, death, identity,
    patience::{PATIENT, patiently},
    stack,
};
use harness_mpi::{Aside, Check, Kind, plural};
use std::cell::Cell;

const FETCH: &str = "MPI_Fetch_and_op";
const FENCE: &str = "MPI_Win_fence";

pub fn counter(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let aside = check.aside();
    let many = 3 * size as u64 + 1;
    // The last are more than 8 bits count.
    let crowd = 256 + check.draw(10..40);
    for tasks in [many, 0, 1, size as u64 - 1, check.draw(10..40), crowd] {
        let rest = (tasks == many && size > 1).then(|| tasks - 1);
        let input = match rest {
            Some(_) => format!(
                "{}; the check keeps one rank busy with task 0 until the others have done the rest",
                plural(tasks, "task")
            ),
            None => plural(tasks, "task"),
        };
        let right = part(check, &input, |check| {
            let (mut done, mut fetched, mut early) = (Vec::new(), Vec::new(), 0);
            let hold = Hold::new(check, &aside, rest);
            let ((), traffic) = check.observe(|world| {
                (answers.counter)(world, tasks, &mut |task| {
                    if done.is_empty() {
                        early = check.calls_so_far(&[FENCE]);
                    }
                    if done.contains(&task) {
                        once_more(task);
                    }
                    hold.work(task);
                    done.push(task);
                    fetched.push(check.calls_so_far(&[FETCH]));
                });
            });
            hold.hear_the_rest();
            if !check.everywhere(hold.judge(check)) {
                return;
            }
            let all = aside.share_all(&done);
            let mut sorted = all.concat();
            sorted.sort_unstable();
            // One rank says what is wrong with all.
            let why = format!(
                "each task is done once, by some rank; the ranks have done the tasks {all:?}"
            );
            let expected: Vec<u64> = (0..tasks).collect();
            let right =
                rank != 0 || check.holds("the list of tasks of all ranks", sorted, expected, &why);
            if !check.everywhere(right) || size == 1 {
                return;
            }
            let ahead = (1..).zip(&fetched).find(|(nth, calls)| *calls < nth);
            let why =
                "a rank fetches the number of its next task, and adds 1 in the same operation";
            let asked = check.uses(&traffic, &[FETCH], why)
                && check.require(ahead.is_none(), Kind::WrongOperation, || {
                    let (nth, calls) = ahead.map_or((0, 0), |(nth, calls)| (nth, *calls));
                    format!(
                        "began {} after {} of {FETCH}: fetch one number for each task, so that a rank never has \
                         tasks in advance",
                        plural(nth, "task"),
                        plural(calls, "call")
                    )
                });
            let calls = traffic.calls(rank, FETCH);
            let least = done.len() as u64 + 1;
            let why_few = "each rank fetches once for each of its tasks, and once more to see that none is left";
            let fences = traffic.calls(rank, FENCE);
            // One of them may set the counter to 0.
            let others =
                ["MPI_Put", "MPI_Accumulate"].map(|function| traffic.calls(rank, function));
            let others: u64 = others.iter().sum();
            let why_fence = "a fence waits for all ranks, and with locks none is needed";
            let _ = asked
                && check.at_most("calls of MPI_Fetch_and_op", calls, least, why_few)
                && check.require(others <= 1, Kind::WrongOperation, || {
                    format!(
                        "changed the number {} by MPI_Put or MPI_Accumulate: {why}",
                        plural(others, "time")
                    )
                })
                && check.at_most(
                    "calls of MPI_Win_fence before the first task",
                    early,
                    1,
                    why_fence,
                )
                && check.at_most("calls of MPI_Win_fence", fences, 2, why_fence)
                && one_sided_only(check, &traffic);
        });
        if !right {
            return;
        }
    }
}

/// Ends a rank that does a task again: it may do so forever.
fn once_more(task: u64) -> ! {
    let message = format!(
        "{} had `work` called again for task {task}: each task is done once. The number that a fetch-and-op brings \
         is there only after a flush, or at the end of the epoch",
        identity::who()
    );
    let mut failure = death::failure(Kind::WrongResult, message);
    failure.stack = stack::here();
    death::last_words(failure)
}

/// Keeps the rank that has task 0 busy until the others have done all other tasks: a rank that works must not
/// keep others from the next task, and has no tasks in advance.
struct Hold<'a> {
    aside: &'a Aside,
    others: Vec<usize>,
    /// The number of tasks other than task 0; none if no rank is to be kept.
    rest: Option<u64>,
    /// How often this rank has told the others that it has a task.
    told: Cell<u64>,
    /// The number of tasks that this rank has heard of.
    heard: Cell<u64>,
    /// The number that it had heard of when it went on from task 0.
    meanwhile: Cell<Option<u64>>,
}

impl<'a> Hold<'a> {
    /// The number of rounds without a new task on another rank that counts as a standstill.
    const STANDSTILL: usize = 4 * PATIENT;

    fn new(check: &Check, aside: &'a Aside, rest: Option<u64>) -> Self {
        let rank = check.rank();
        Self {
            aside,
            others: (0..check.size()).filter(|other| *other != rank).collect(),
            rest,
            told: Cell::new(0),
            heard: Cell::new(0),
            meanwhile: Cell::new(None),
        }
    }

    /// Must happen whenever this rank works on a task.
    fn work(&self, task: u64) {
        let Some(rest) = self.rest else { return };
        if task > 0 {
            self.others
                .iter()
                .for_each(|other| self.aside.tell(*other, task));
            return self.told.set(self.told.get() + 1);
        }
        let told = || usize::from(self.aside.is_told());
        while self.heard.get() < rest && patiently(Self::STANDSTILL, 1, told) > 0 {
            self.hear();
        }
        self.meanwhile.set(Some(self.heard.get()));
    }

    fn hear(&self) {
        self.aside.hear();
        self.heard.set(self.heard.get() + 1);
    }

    /// Must happen when the answer has returned on all ranks: what was told must be heard.
    fn hear_the_rest(&self) {
        let told = self.aside.share(self.told.get());
        let all: u64 = self.others.iter().map(|other| told[*other]).sum();
        while self.heard.get() < all {
            self.hear();
        }
    }

    fn judge(&self, check: &Check) -> bool {
        let (Some(rest), Some(meanwhile)) = (self.rest, self.meanwhile.get()) else {
            return true;
        };
        check.require(meanwhile >= rest, Kind::WrongOperation, || {
            format!(
                "was kept busy with task 0, and the others did only {meanwhile} of the other {rest} tasks meanwhile: \
                 a rank that works on a task must not keep the others from the next one, by a lock that it holds or \
                 by tasks that it has in advance"
            )
        })
    }
}

pub fn lock(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for (before, most) in [(0, 2), (3, 4), (check.draw(0..5), 9), (2, 300)] {
        let mut lengths: Vec<usize> = check.draw_vec(size, usize::from(most < 9)..most + 1);
        // One rank has more than 8 bits count, and the others have nothing to append.
        if most == 300 {
            lengths.fill(0);
            lengths[check.draw(0..size)] = most;
        }
        let input = format!("the log has {before} entries, and the ranks append {lengths:?}");
        let right = part(check, &input, |check| {
            // All differ, and need more than 32 bits.
            let wide = |number: i32| (i64::from(number) << 20) - (1 << 39);
            let mut all: Vec<i64> = check
                .ramp(lengths.iter().sum())
                .into_iter()
                .map(wide)
                .collect();
            check.shuffle(&mut all);
            let mut rest = &all[..];
            let parts: Vec<&[i64]> = lengths
                .iter()
                .map(|length| {
                    let (part, after) = rest.split_at(*length);
                    rest = after;
                    part
                })
                .collect();
            // Two places more than are needed.
            let mut log: Vec<i64> = Vec::new();
            if rank == 0 {
                log.push(before as i64);
                log.extend((0..before + all.len() + 2).map(|at| -7 - at as i64));
            }
            let old = log.clone();
            let ((), traffic) = check.observe(|world| (answers.lock)(world, parts[rank], &mut log));
            let mut right = true;
            if rank == 0 {
                let (begin, end) = (1 + before, 1 + before + all.len());
                let missing = missing_part(&log[begin..end], &parts);
                right = check.holds(
                    "log[0]",
                    log[0],
                    (before + all.len()) as i64,
                    "it counts all entries",
                ) && check.holds(
                    "the list of entries that were there before",
                    log[1..begin].to_vec(),
                    old[1..begin].to_vec(),
                    "they stay unchanged",
                ) && check.require(missing.is_none(), Kind::WrongResult, || {
                    let of = missing.unwrap_or_default();
                    format!(
                        "has in `log` the new entries {}, but the entries of rank {of}, {}, are not among them in \
                         their order and without a gap",
                        compare::short(&format!("{:?}", &log[begin..end])),
                        compare::short(&format!("{:?}", parts[of]))
                    )
                }) && check.holds(
                    "the rest of `log` after the last entry",
                    log[end..].to_vec(),
                    old[end..].to_vec(),
                    "it stays unchanged",
                );
            }
            if check.everywhere(right) && size > 1 && !parts[rank].is_empty() {
                let locks = ["MPI_Win_lock", "MPI_Win_lock_all"];
                let locked: u64 = locks.iter().map(|lock| traffic.calls(rank, lock)).sum();
                let _ = check.uses(&traffic, &locks, "a rank locks the log while it appends")
                    && check.require(locked == 1, Kind::WrongOperation, || {
                        format!(
                            "locked the log {}: between two locks, others can append, so what was read under the first \
                             lock may have changed",
                            plural(locked, "time")
                        )
                    })
                    && check.avoids(&traffic, &["MPI_Win_fence"], "a fence makes all ranks wait, and here no rank needs to")
                    && one_sided_only(check, &traffic);
            }
        });
        if !right {
            return;
        }
    }
}

/// The first of the parts that is missing where all of them should follow one another, in any order.
fn missing_part(found: &[i64], parts: &[&[i64]]) -> Option<usize> {
    let mut left: Vec<usize> = (0..parts.len())
        .filter(|of| !parts[*of].is_empty())
        .collect();
    let mut rest = found;
    while !left.is_empty() {
        let next = left.iter().position(|of| rest.starts_with(parts[*of]));
        let Some(next) = next else {
            return left.first().copied();
        };
        rest = &rest[parts[left.remove(next)].len()..];
    }
    None
}

pub fn ticket(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let aside = check.aside();
    let drawn = check.draw(1..4);
    for (seats, most) in [
        (size, size),
        (1, 1),
        (size + 2, 3),
        (drawn, 3),
        (2 * size, 0),
    ] {
        let most = most.min(seats);
        let is_uneven = seats == size + 2 && size > 1;
        let mut wishes: Vec<usize> = Vec::new();
        for place in 0..size {
            let mut all: Vec<usize> = (0..seats).collect();
            // All begin with the same one in the first part, and with another one later.
            if seats != size {
                check.shuffle(&mut all);
            }
            if place == rank {
                let many = most * usize::from(!is_uneven || place + 1 < size);
                wishes = all[..many].to_vec();
            }
        }
        let input = format!(
            "{}, and each rank has {most} of them on its list{}",
            plural(seats as u64, "seat"),
            if is_uneven {
                ", the last rank none"
            } else {
                ""
            }
        );
        let right = part(check, &input, |check| {
            let (seat, traffic) = check.observe(|world| (answers.ticket)(world, seats, &wishes));
            if !is_fair(check, &aside, &wishes, seat) || size == 1 || wishes.is_empty() {
                return;
            }
            let asked = seat.and_then(|seat| wishes.iter().position(|wish| *wish == seat));
            let most = asked.map_or(wishes.len(), |at| at + 1) as u64;
            let swap = "MPI_Compare_and_swap";
            let calls = traffic.calls(rank, swap);
            let why = "one for each seat that was already taken, and one for the rank's own";
            let why_look = "a compare-and-swap looks whether a seat is free and takes it in one operation, so that no \
                            other rank comes in between";
            let _ = check.avoids(&traffic, &["MPI_Get", FETCH], why_look) && check.uses(
                &traffic,
                &[swap],
                "it compares and writes in one operation, so that no other rank comes in between",
            ) && check.at_most("calls of MPI_Compare_and_swap", calls, most, why)
                && one_sided_only(check, &traffic);
        });
        if !right {
            return;
        }
    }
}

/// Requires that no seat is taken twice, and that a rank without its first choice could not have it.
fn is_fair(check: &mut Check, aside: &Aside, wishes: &[usize], seat: Option<usize>) -> bool {
    let rank = check.rank();
    let all = aside.share(seat.map_or(u64::MAX, |seat| seat as u64));
    let owners = |seat: usize| {
        all.iter()
            .filter(move |taken| **taken == seat as u64)
            .count()
    };
    let at = seat.map(|seat| wishes.iter().position(|wish| *wish == seat));
    let mut right = check.require(at != Some(None), Kind::WrongResult, || {
        format!("returned {seat:?}, which is not one of its wishes {wishes:?}")
    });
    if let Some(seat) = seat.filter(|_| right) {
        right = check.require(owners(seat) == 1, Kind::WrongResult, || {
            let others: Vec<usize> = (0..all.len())
                .filter(|other| *other != rank && all[*other] == seat as u64)
                .collect();
            format!(
                "returned seat {seat}, which ranks {others:?} have, too: only one rank can have a seat"
            )
        });
    }
    let before = &wishes[..at.flatten().unwrap_or(wishes.len())];
    let free = before.iter().find(|wish| owners(**wish) == 0);
    let unfair = right && free.is_some();
    right &= check.require(!unfair, Kind::WrongResult, || {
        format!(
            "returned {seat:?} with the wishes {wishes:?}, although no rank has seat {}",
            free.copied().unwrap_or_default()
        )
    });
    check.everywhere(right)
}

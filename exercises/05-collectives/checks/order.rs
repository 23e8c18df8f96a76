//! The checks of the tasks about the order of calls, and about the number of messages.

use super::{Answers, LOOKS, WAITS, floats, makes_no_communicator};
use harness_mpi::{Bounds, Check, Kind, Traffic, plural};
use std::{cell::RefCell, thread, time::Duration};

/// What each rank sees proves the order of all: no rank leaves a barrier before all are in it, so
/// everything that any rank did before it precedes everything that any rank does after it.
pub fn barrier(check: &mut Check, answers: &Answers) {
    const BARRIER: &[&str] = &["MPI_Barrier", "MPI_Ibarrier"];
    let (rank, last) = (check.rank(), check.size() - 1);
    let drawn = check.draw(0..last + 1);
    for late in [None, Some(0), Some(last), Some(drawn)] {
        check.input(late.map_or("no rank is late".into(), |late| {
            format!("rank {late} is late")
        }));
        let order = Order::new(check);
        let enter = || {
            // No verdict depends on this delay: it lets the others run ahead, if nothing stops them.
            if late == Some(rank) {
                thread::sleep(Duration::from_millis(5));
            }
            order.note("enter");
        };
        let ((), traffic) =
            check.observe(|world| (answers.barrier)(world, &enter, &|| order.note("leave")));
        let order = order.end(&traffic, rank);
        let why = "this task asks for one barrier of all ranks, which moves no data";
        let one = Bounds {
            given: 0,
            got: 0,
            calls: 1,
        };
        // A single rank does not wait, whatever it calls.
        let by_it_alone = last == 0
            || check.uses(&traffic, BARRIER, why)
                && check.moves(&traffic, one, why)
                && makes_no_communicator(check, &traffic);
        let mut expected = vec!["enter", "barrier", "leave"];
        if last == 0 && !order.contains(&"barrier") {
            expected.remove(1);
        }
        let why = "first call `enter`, then complete a barrier, then call `leave`";
        let right = by_it_alone && check.holds("order", order, expected, why);
        if !check.everywhere(right) {
            return;
        }
    }
}

/// In which order this rank enters, passes a barrier, and leaves.
struct Order<'a> {
    check: &'a Check,
    /// For each event, the number of barriers that had begun, and of calls that may complete one.
    seen: RefCell<Vec<(&'static str, u64, u64)>>,
}

impl<'a> Order<'a> {
    fn new(check: &'a Check) -> Self {
        Self {
            check,
            seen: RefCell::default(),
        }
    }

    fn note(&self, what: &'static str) {
        let begun = self.check.calls_so_far(&["MPI_Barrier", "MPI_Ibarrier"]);
        let ended = self.check.calls_so_far(WAITS) + self.check.calls_so_far(LOOKS);
        self.seen.borrow_mut().push((what, begun, ended));
    }

    /// The order of events. The barrier stands where it began if that was too early, and otherwise where it
    /// ended. A non-blocking barrier ends with the last call that may complete it: an answer that tests again
    /// after `leave` knows that it had not ended before.
    fn end(self, traffic: &Traffic, rank: usize) -> Vec<&'static str> {
        let immediate = traffic.calls(rank, "MPI_Ibarrier") > 0;
        let ends = WAITS.iter().chain(LOOKS);
        let ends: u64 = ends.map(|end| traffic.calls(rank, end)).sum();
        let mut order = Vec::new();
        let mut passed = false;
        for (what, begun, ended) in self.seen.into_inner() {
            let is_over = begun > 0 && (what == "enter" || !immediate || ended == ends);
            if is_over && !passed {
                order.push("barrier");
                passed = true;
            }
            order.push(what);
        }
        if !passed && traffic.calls(rank, "MPI_Barrier") + traffic.calls(rank, "MPI_Ibarrier") > 0 {
            order.push("barrier");
        }
        order
    }
}

pub fn by_hand(check: &mut Check, answers: &Answers) {
    let rank = check.rank();
    for length in [1, 5, 5, 0, 20_000] {
        let (all, mut numbers) = (floats(check, length), floats(check, length));
        if rank == 0 {
            numbers.clone_from(&all);
        }
        check.input(format!("{} on rank 0", plural(length, "number")));
        let (messages, traffic, steps) =
            check.observe_steps(|world| (answers.by_hand)(world, &mut numbers));
        let right = check.holds(
            "numbers",
            &numbers,
            &all,
            "every rank gets rank 0's numbers",
        );
        if !check.everywhere(right) || !only_a_tree(check, &traffic, steps, length) {
            return;
        }
        let sent = traffic.sent_by(rank);
        let counted = check.returned(
            messages as u64,
            sent.times,
            "the result is the number of messages that this rank sent",
        );
        let whole = 8 * length as u64 * sent.times;
        let why = "each message holds the numbers, and nothing else";
        let only_they = counted
            && check.at_most("bytes sent", sent.bytes, whole, why)
            && check.require(sent.bytes >= whole, Kind::WrongOperation, || {
                format!(
                    "sent only {} of {whole}: each message must hold all numbers",
                    plural(sent.bytes, "byte")
                )
            });
        if !check.everywhere(only_they) {
            return;
        }
    }
}

/// Requires that nothing but a tree of messages was used, and that it is done in ⌈log2 n⌉ rounds: by the
/// calls in the order in which they wait, or, if some do not wait, in the best order. All ranks agree on
/// the answer. If there are no numbers, which all ranks know, no message is needed.
fn only_a_tree(check: &mut Check, traffic: &Traffic, steps: Option<u64>, length: usize) -> bool {
    let (size, sent) = (check.size(), traffic.sent().times);
    let fewest = u64::from(size.next_power_of_two().ilog2());
    let most = (0..size).fold(0, |most, rank| most.max(traffic.sent_by(rank).times));
    let library = traffic.collectives().join(", ");
    makes_no_communicator(check, traffic);
    // The counts are totals over all ranks, so one rank reports them.
    if check.rank() == 0 && check.is_clean() {
        let alone = check.require(library.is_empty(), Kind::WrongOperation, || {
            format!("or another rank called {library}: in this task, use only sends and receives")
        });
        let (needed, best) = (size as u64 - 1, rounds(traffic, 0, size, size));
        let rounds = steps.map_or(best, |steps| best.max(steps));
        for (what, count, limit, why) in [
            ("messages in all", sent, needed, "one for each other rank"),
            (
                "messages from one rank",
                most,
                fewest,
                "every rank that has the numbers can help to send them",
            ),
        ] {
            if alone && !check.at_most(what, count, limit, why) {
                break;
            }
        }
        if check.is_clean() && (length > 0 || sent > 0) {
            check.require(sent == needed, Kind::WrongOperation, || {
                format!(
                    "sees {} in all, but {needed} are needed: one for each other rank",
                    plural(sent, "message")
                )
            });
        }
        if check.is_clean() {
            let why = "each round can double the number of ranks that have the numbers";
            check.few_rounds("rounds", rounds, fewest, why);
        }
    }
    check.everywhere(check.is_clean())
}

/// The fewest rounds after which all ranks have the data that `rank` sends to, directly or through others. A
/// rank sends one message in each round. The real order of its sends does not count; the best is taken. No
/// tree is deeper than `depth`, so this ends whatever was sent.
fn rounds(traffic: &Traffic, rank: usize, size: usize, depth: usize) -> u64 {
    let mut after: Vec<u64> = (0..size)
        .filter(|child| depth > 0 && traffic.between(rank, *child).times > 0)
        .map(|child| rounds(traffic, child, size, depth - 1))
        .collect();
    after.sort_unstable_by(|one, other| other.cmp(one));
    let ends = after.iter().zip(1..).map(|(after, round)| round + after);
    ends.max().unwrap_or(0)
}

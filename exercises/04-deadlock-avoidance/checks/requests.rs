//! The checks of the tasks in which several transfers are under way at the same time.

use super::{
    Answers, MANY, Numbers, Standard, Synchronous, amount, by_one_of, calls, exact, neighbours,
    no_collectives, only_its_own, part, sends,
};
use harness::patience::{PATIENT, patiently};
use harness_mpi::{Aside, COMMUNICATOR_MAKERS, Check, Kind, Traffic, plural};
use mpi::{Rank, traits::*};
use std::cell::{Cell, RefCell};

const SENDS: &[&str] = &[
    "MPI_Isend",
    "MPI_Issend",
    "MPI_Ibsend",
    "MPI_Isendrecv",
    "MPI_Isendrecv_replace",
    "MPI_Start",
    "MPI_Startall",
];
const RECEIVES: &[&str] = &[
    "MPI_Irecv",
    "MPI_Imrecv",
    "MPI_Isendrecv",
    "MPI_Isendrecv_replace",
    "MPI_Start",
    "MPI_Startall",
];
/// Calls that test whether something has arrived or is complete.
const LOOKS: &[&str] = &[
    "MPI_Test",
    "MPI_Testall",
    "MPI_Testany",
    "MPI_Testsome",
    "MPI_Request_get_status",
    "MPI_Probe",
    "MPI_Iprobe",
    "MPI_Mprobe",
    "MPI_Improbe",
];
const WAITS: &[&str] = &["MPI_Wait", "MPI_Waitall", "MPI_Waitany", "MPI_Waitsome"];
/// Calls that return only when the transfer is complete.
const BLOCKING: &[&str] = &[
    "MPI_Send",
    "MPI_Ssend",
    "MPI_Bsend",
    "MPI_Recv",
    "MPI_Mrecv",
    "MPI_Sendrecv",
    "MPI_Sendrecv_replace",
];

/// What had been called before `work`.
struct Seen {
    sends: u64,
    receives: u64,
    waits: u64,
    looks: u64,
}

pub fn nonblocking(check: &mut Check, answers: &Answers) {
    let (rank, (previous, next)) = (check.rank(), neighbours(check));
    for (length, mode) in [
        (5, Standard),
        (1, Standard),
        (0, Standard),
        (3, Synchronous),
        (MANY, Standard),
        // The same shape again, with other numbers.
        (5, Standard),
        (3, Synchronous),
    ] {
        let numbers = Numbers::draw(check, length);
        let (mine, theirs) = (numbers.of(rank), numbers.of(previous));
        let run = |check: &mut Check| {
            let seen: RefCell<Vec<Seen>> = RefCell::default();
            let so_far = |functions| check.calls_so_far(functions);
            let work = || {
                seen.borrow_mut().push(Seen {
                    sends: so_far(SENDS),
                    receives: so_far(RECEIVES),
                    waits: so_far(WAITS),
                    looks: so_far(LOOKS),
                });
            };
            let (returned, traffic) =
                check.observe(|world| (answers.nonblocking)(world, &mine, &work));
            let why = "a rank receives the numbers of the previous rank, and rank 0 those of the last \
                       rank";
            check.returned(exact(returned), exact(theirs), why)
                && worked_meanwhile(check, &traffic, &seen.take())
                && only_its_own(check, &traffic, length, 1)
                && sends(check, &traffic, next, length, 1)
        };
        if !part(check, mode, &amount(length), run) {
            return;
        }
    }
}

/// Requires that the work was done between the starts and the waits. A rank that is alone may do
/// without messages.
fn worked_meanwhile(check: &mut Check, traffic: &Traffic, seen: &[Seen]) -> bool {
    let why = "call `work` once";
    if !check.holds("the number of calls of `work`", seen.len(), 1, why) || check.size() == 1 {
        return check.is_clean();
    }
    let Seen {
        sends,
        receives,
        waits,
        looks,
    } = seen[0];
    for (holds, what) in [
        (receives > 0, "had started no receive when it called `work`"),
        (sends > 0, "had started no send when it called `work`"),
        (waits == 0, "had already waited when it called `work`"),
        (
            looks == 0,
            "had already called a test or a probe when it called `work`",
        ),
    ] {
        if !check.require(holds, Kind::WrongOperation, || {
            format!(
                "{what}: start the receive and the send, then call `work`, then wait, so that all three \
                 overlap"
            )
        }) {
            return false;
        }
    }
    let sent = traffic.sent_by(check.rank()).times;
    let why = "immediate calls start the transfers, so no blocking call is needed";
    check.avoids(traffic, BLOCKING, why)
        && no_collectives(check, traffic)
        && check.at_most("messages sent", sent, 1, "one message holds all numbers")
}

pub fn wait_all(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    for (block, mode) in [
        (3, Standard),
        (1, Standard),
        (2, Synchronous),
        (20_000, Standard),
        (3, Standard),
    ] {
        let numbers = Numbers::draw(check, block * size);
        let mine = numbers.of(rank);
        let of_rank = |source| numbers.of(source)[rank * block..][..block].to_vec();
        let expected: Vec<f64> = (0..size).flat_map(of_rank).collect();
        let run = |check: &mut Check| {
            let (incoming, traffic) = check.observe(|world| (answers.wait_all)(world, &mine));
            let why = "the result holds each rank's block for this rank, in the order of the ranks";
            check.returned(exact(incoming), exact(expected), why)
                && all_at_once(check, &traffic)
                && only_its_own(check, &traffic, block * size, size as u64)
                && (0..size).all(|to| sends(check, &traffic, to, block, 1))
        };
        if !part(
            check,
            mode,
            &format!("{} for each rank", plural(block as i64, "number")),
            run,
        ) {
            return;
        }
    }
    if size > 2 {
        one_is_ahead(check, answers);
    }
}

/// Two calls in a row on rank 0, while the check plays the others: the last rank sends the blocks of both calls
/// before the other ranks send any.
fn one_is_ahead(check: &mut Check, answers: &Answers) {
    let (rank, size, aside) = (check.rank(), check.size(), check.aside());
    let last = size - 1;
    let numbers = [(); 2].map(|()| Numbers::draw(check, size));
    let run = |check: &mut Check| {
        if rank == 0 {
            let of_rank = |numbers: &Numbers, rank| numbers.of(rank)[0];
            let expected = [0, 1].map(|call: usize| -> Vec<f64> {
                (0..size)
                    .map(|rank| of_rank(&numbers[call], rank))
                    .collect()
            });
            let incoming =
                [0, 1].map(|call: usize| (answers.wait_all)(check.world(), &numbers[call].of(0)));
            let why = "a block of the next call does not belong to this one";
            return check.returned(incoming, expected, why);
        }
        let rank_0 = check.world().process_at_rank(0);
        // All sends are started before the wait. The tag is the answer's.
        let (_, status) = rank_0.receive_vec::<f64>();
        let send = |call: usize| rank_0.send_with_tag(&numbers[call].of(rank)[..1], status.tag());
        if rank == last {
            (0..2).for_each(send);
            (1..last).for_each(|rank| aside.tell(rank, 0));
        } else {
            aside.hear();
            (0..2).for_each(send);
        }
        rank_0.receive_vec::<f64>();
        true
    };
    let input = format!(
        "two calls in a row, 1 number for each rank; the check plays all ranks but 0: rank {last} sends its \
         blocks of both calls before the other ranks send theirs"
    );
    part(check, Standard, &input, run);
}

/// Requires that there was one wait, and nothing before it that waits: then all transfers had been
/// started.
fn all_at_once(check: &mut Check, traffic: &Traffic) -> bool {
    const SINGLY: &[&str] = &["MPI_Wait", "MPI_Waitany", "MPI_Waitsome", "MPI_Test"];
    let why = "a call that waits for one transfer alone holds up the others";
    let waits = calls(check, traffic, &["MPI_Waitall"]);
    let sent = traffic.sent_by(check.rank()).times;
    check.avoids(
        traffic,
        &traffic.collectives(),
        "in this task, the exchange is done by hand with immediate sends and receives",
    ) && check.avoids(traffic, BLOCKING, why)
        && check.avoids(traffic, SINGLY, why)
        && by_one_of(
            check,
            traffic,
            SENDS,
            "immediate sends return at once, so that all transfers can be started before the wait",
        )
        && by_one_of(
            check,
            traffic,
            RECEIVES,
            "immediate receives return at once, so that all transfers can be started before the wait",
        )
        && by_one_of(
            check,
            traffic,
            &["MPI_Waitall"],
            "one call waits for all transfers",
        )
        && check.at_most(
            "calls of MPI_Waitall",
            waits,
            1,
            "start everything first, then wait once",
        )
        && check.at_most(
            "messages sent",
            sent,
            check.size() as u64,
            "one for each rank",
        )
}

pub fn wait_any(check: &mut Check, answers: &Answers) {
    let (aside, size) = (check.aside(), check.size());
    let alike = [
        (5, Standard),
        (1, Standard),
        (2, Synchronous),
        (50_000, Standard),
    ];
    // Of many ranks, it is enough that all but one queue.
    let single = (1..size).filter(|_| size <= 4);
    let mut queues: Vec<Vec<usize>> = single.map(|late| vec![late]).collect();
    queues.push((2..size).rev().collect());
    // Somebody must begin.
    queues.retain(|queue| queue.len() + 1 < size);
    let queued = queues.into_iter().map(|queue| (queue, 4, Standard));
    let parts = alike.map(|(length, mode)| (Vec::new(), length, mode));
    for (queue, length, mode) in parts.into_iter().chain(queued) {
        let mut input = amount(length);
        match queue[..] {
            [] => {}
            [late] => {
                input +=
                    &format!("; rank {late} sends only when rank 0 has handled all other ranks");
            }
            _ => {
                input += &format!(
                    "; the ranks {queue:?} send in this order, each when rank 0 has handled all before it"
                );
            }
        }
        let shift = Shift::new(&aside, check, queue);
        let numbers = Numbers::draw(check, length);
        if !part(check, mode, &input, |check| {
            handled(check, answers, &shift, &numbers)
        }) {
            return;
        }
    }
    if size > 2 {
        twice(check, answers);
    }
}

/// Two calls in a row, of which the last rank has made both before rank 1 begins.
fn twice(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let numbers = [(); 2].map(|()| Numbers::draw(check, 1));
    let run = |check: &mut Check| {
        let seen = check.a_call_ahead(size - 1, 1, |world| {
            [0, 1].map(|call: usize| {
                let mut seen: Vec<(Rank, Vec<f64>)> = Vec::new();
                (answers.wait_any)(world, &numbers[call].of(rank), &mut |source, numbers| {
                    seen.push((source, numbers.to_vec()));
                });
                seen.sort_by_key(|(source, _)| *source);
                seen
            })
        });
        let expected = [0, 1].map(|call: usize| -> Vec<(Rank, Vec<f64>)> {
            let sources = (1..size).filter(|_| rank == 0);
            sources
                .map(|source| (source as Rank, numbers[call].of(source)))
                .collect()
        });
        let why = "in each call, rank 0 handles every other rank's numbers once (shown sorted by rank); a \
                   message of the next call does not belong to this one";
        check.holds("handled", seen, expected, why)
    };
    let input = format!(
        "two calls in a row, 1 number on each rank; rank 1 begins when rank {} is done",
        size - 1
    );
    part(check, Standard, &input, run);
}

/// Some ranks queue up: each does not begin before rank 0 has handled those that do not queue, and those
/// before it in the queue, unless rank 0 waits for it.
struct Shift<'a> {
    aside: &'a Aside,
    queue: Vec<usize>,
    /// How many ranks do not queue, without rank 0.
    free: usize,
    /// How many in the queue were told to begin.
    told: Cell<usize>,
    /// Whether this rank has begun although rank 0 had not handled all before it.
    gave_up: Cell<bool>,
}

impl<'a> Shift<'a> {
    fn new(aside: &'a Aside, check: &Check, queue: Vec<usize>) -> Self {
        Self {
            aside,
            free: check.size() - 1 - queue.len(),
            queue,
            told: Cell::new(0),
            gave_up: Cell::new(false),
        }
    }

    /// Happens on every rank before its answer begins.
    fn begin(&self, rank: usize) {
        if self.queue.contains(&rank) {
            let is_told = || usize::from(self.aside.is_told());
            self.gave_up.set(patiently(4 * PATIENT, 1, is_told) == 0);
        }
    }

    /// Happens on every rank when its answer has returned.
    fn end(&self, rank: usize) {
        if rank == 0 {
            self.tell(self.queue.len());
        }
        if self.queue.contains(&rank) {
            self.aside.hear();
        }
    }

    /// Requires that rank 0 did not wait for this rank.
    fn judge(&self, check: &mut Check, traffic: &Traffic) -> bool {
        let mut makers = COMMUNICATOR_MAKERS.iter();
        let joint = makers.find(|call| traffic.calls(0, call) > 0);
        check.require(!self.gave_up.get(), Kind::WrongOperation, || {
            let why = match joint {
                Some(call) => format!("{call} returns only when all ranks have called it"),
                None => String::from("handle each rank's numbers as soon as its receive is complete"),
            };
            format!(
                "kept rank 0 waiting, which did not handle all numbers that had arrived before this rank \
                 had sent its own: {why}"
            )
        })
    }

    /// Called on rank 0 when it has handled this many ranks.
    fn handled(&self, ranks: usize) {
        if ranks >= self.free {
            self.tell(ranks - self.free + 1);
        }
    }

    /// Lets so many in the queue begin, each once.
    fn tell(&self, many: usize) {
        for rank in self.queue.iter().take(many).skip(self.told.get()) {
            self.aside.tell(*rank, 0);
        }
        self.told.set(self.told.get().max(many));
    }
}

/// Runs the answer, and returns whether it was right on this rank.
fn handled(check: &mut Check, answers: &Answers, shift: &Shift<'_>, numbers: &Numbers) -> bool {
    let (rank, size) = (check.rank(), check.size());
    let mine = numbers.of(rank);
    let mut seen = Vec::new();
    let ((), traffic) = check.observe(|world| {
        shift.begin(rank);
        (answers.wait_any)(world, &mine, &mut |source, numbers| {
            seen.push((source, exact(numbers)));
            shift.handled(seen.len());
        });
        shift.end(rank);
    });
    seen.sort_by_key(|(source, _)| *source);
    let sources = (1..size).filter(|_| rank == 0);
    let expected: Vec<_> = sources
        .map(|source| (source as Rank, exact(numbers.of(source))))
        .collect();
    let why = why_handled(&traffic);
    let others = if rank == 0 { size - 1 } else { 1 };
    check.holds("handled", seen, expected, &why)
        && shift.judge(check, &traffic)
        && no_collectives(check, &traffic)
        && only_its_own(check, &traffic, others * mine.len(), 1)
        && (rank > 0 || whichever_comes(check, &traffic))
        && sends(check, &traffic, 0, mine.len(), 1)
}

/// What rank 0 must handle; and whose mistake it is if it takes a source from the wrong call.
fn why_handled(traffic: &Traffic) -> String {
    const SOME: [&str; 2] = ["MPI_Waitsome", "MPI_Testsome"];
    let why = "rank 0 handles every other rank's numbers once (shown sorted by rank)";
    if SOME.iter().all(|call| traffic.calls(0, call) == 0) {
        return why.to_owned();
    }
    format!(
        "{why}. The statuses that `wait_some` and `test_some` of the crate `mpi` 0.8.2 return are wrong, \
         which is a bug in the crate: call `wait_any`, or take the rank from the index"
    )
}

/// Requires that rank 0 started all receives and took them as they were completed.
fn whichever_comes(check: &mut Check, traffic: &Traffic) -> bool {
    const WAITS: &[&str] = &[
        "MPI_Waitany",
        "MPI_Waitsome",
        "MPI_Testany",
        "MPI_Testsome",
        "MPI_Test",
    ];
    let others = check.size() as u64 - 1;
    let started = calls(check, traffic, RECEIVES);
    check.require(started >= others, Kind::WrongOperation, || {
        format!(
            "started {} for {}: start a receive for each of them, then handle whichever completes first",
            plural(started as i64, "immediate receive"),
            plural(others as i64, "other rank")
        )
    }) && by_one_of(
        check,
        traffic,
        WAITS,
        "handle whichever receive completes first",
    )
}

//! One-sided communication: what conflicts is found, and what something may order is not.

use reasoning::{Clash, EpochFault, Finding, Life, Near, Observation, Rule};
use recording::event::{
    Basic, Collective, CommId, Communicator, Completed, Data, Datatype, Definition, Event, Gone,
    Left, Mode, OneSided, OpId, PlaceId, Rank, Receive, RequestId, Send, Source, Step, Tag, TypeId,
    What, Window,
};
use std::sync::Arc;

const WINDOW: CommId = CommId(7);
const INT: TypeId = TypeId(0);
const DOUBLE: TypeId = TypeId(1);
const SUM: Option<OpId> = Some(OpId(3));
const REPLACE: Option<OpId> = Some(OpId(13));

/// A job of three ranks with a window; what each has done, in its order.
struct Job {
    ranks: [Vec<Event>; 3],
    fences: [u64; 3],
    barriers: [u64; 3],
}

fn int(address: u64, count: i64) -> Data {
    Data {
        address,
        count,
        datatype: Some(INT),
    }
}

fn collective(comm: CommId, index: u64, kind: &'static str) -> What {
    What::Collective(
        Collective {
            comm,
            index,
            kind,
            root: None,
            op: None,
            gives: None,
            takes: None,
            each: (Vec::new(), Vec::new()),
            makes: None,
            made_synchronous: false,
            assertion: 0,
            meets: None,
        },
        None,
    )
}

impl Job {
    fn new() -> Self {
        let mut job = Self {
            ranks: [const { Vec::new() }; 3],
            fences: [0; 3],
            barriers: [0; 3],
        };
        for rank in 0..3 {
            job.call(rank, "MPI_Init", What::Init);
        }
        job
    }

    fn call(&mut self, rank: usize, function: &'static str, what: What) {
        let completed = match &what {
            What::Receive(receive, None) => vec![Completed {
                request: None,
                source: match receive.source {
                    Source::Rank(rank) => Some(rank),
                    _ => None,
                },
                tag: 0,
                bytes: Some(4),
                cancelled: false,
                changed: false,
                gone: None,
                part: Default::default(),
            }],
            _ => Vec::new(),
        };
        let number = self.ranks[rank].len() as u64;
        self.ranks[rank].push(Event {
            number,
            thread: 0,
            function,
            // A place of its own for every call.
            place: PlaceId(number as u32),
            aside: false,
            entered: number,
            left: Some(Left {
                at: number,
                code: 0,
                completed,
            }),
            what,
            complaint: None,
        });
    }

    fn fence(&mut self) {
        for rank in 0..3 {
            let index = self.fences[rank];
            self.fences[rank] += 1;
            self.call(
                rank,
                "MPI_Win_fence",
                collective(WINDOW, index, "MPI_Win_fence"),
            );
        }
    }

    fn barrier(&mut self) {
        for rank in 0..3 {
            let index = self.barriers[rank];
            self.barriers[rank] += 1;
            self.call(
                rank,
                "MPI_Barrier",
                collective(CommId::WORLD, index, "MPI_Barrier"),
            );
        }
    }

    fn step(&mut self, rank: usize, function: &'static str, step: Step) {
        let window = WINDOW;
        self.call(rank, function, What::Epoch { window, step });
    }

    fn touch(
        &mut self,
        rank: usize,
        function: &'static str,
        at: u64,
        datatype: TypeId,
        op: Option<OpId>,
    ) {
        let number = self.ranks[rank].len() as u64;
        // Each has a buffer of its own.
        let own = Data {
            address: 0x9000_0000 + number * 64,
            count: 1,
            datatype: Some(datatype),
        };
        let result = matches!(function, "MPI_Fetch_and_op" | "MPI_Compare_and_swap");
        let one = OneSided {
            window: WINDOW,
            target: Some(0),
            origin: own.clone(),
            there: Data {
                address: at,
                ..own.clone()
            },
            result: result.then(|| Data {
                address: own.address + 32,
                ..own
            }),
            op,
            id: RequestId(number),
            has_request: false,
        };
        self.call(rank, function, What::OneSided(one));
    }

    fn put(&mut self, rank: usize, at: u64) {
        self.touch(rank, "MPI_Put", at, INT, None);
    }

    fn lock(&mut self, rank: usize, exclusive: bool) {
        let target = Some(0);
        self.step(rank, "MPI_Win_lock", Step::Lock { target, exclusive });
    }

    fn unlock(&mut self, rank: usize) {
        self.step(rank, "MPI_Win_unlock", Step::Unlock(Some(0)));
    }

    fn message(&mut self, from: usize, to: usize) {
        let send = Send {
            comm: CommId::WORLD,
            to: Some(to as Rank),
            tag: 0,
            mode: Mode::Standard,
            made_synchronous: false,
            data: int(0x100, 1),
        };
        self.call(from, "MPI_Send", What::Send(send, None));
        let receive = Receive {
            comm: CommId::WORLD,
            source: Source::Rank(from as Rank),
            tag: Tag::Is(0),
            data: int(0x200, 1),
        };
        self.call(to, "MPI_Recv", What::Receive(receive, None));
    }

    /// What is found in the end, whichever rank's records are read first.
    fn found(self) -> Vec<Rule> {
        let orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2]];
        let found = orders.map(|order| rules(self.read(order)));
        assert_eq!(found[0], found[1]);
        assert_eq!(found[0], found[2]);
        let [found, ..] = found;
        found
    }

    fn read(&self, order: [usize; 3]) -> Vec<Finding> {
        self.observe(order).finish(&[Life::Running; 3])
    }

    fn observe(&self, order: [usize; 3]) -> Observation {
        let mut observation = Observation::new(3);
        for rank in order {
            let rank_of = rank as Rank;
            for (id, parent) in [(CommId::WORLD, None), (WINDOW, Some(CommId::WORLD))] {
                let communicator = Communicator {
                    parent,
                    made_by: "",
                    members: [0, 1, 2].into(),
                    remote: None,
                    only_here: false,
                };
                observation.define(rank_of, Definition::Communicator(id, communicator));
            }
            for (id, basic, name) in [
                (INT, Basic::Signed(4), "MPI_INT"),
                (DOUBLE, Basic::Float(8), "MPI_DOUBLE"),
            ] {
                let size = basic.width().unwrap();
                let datatype = Datatype {
                    name: name.into(),
                    size,
                    extent: size as i64,
                    signature: [(1, basic)].into(),
                    layout: [(0, 1, basic)].into(),
                };
                observation.define(rank_of, Definition::Datatype(id, datatype));
            }
            let memory = Window {
                base: 0x1_0000 + 0x1000 * rank as u64,
                size: 64,
                unit: 4,
                shared: false,
            };
            observation.define(rank_of, Definition::Window(WINDOW, memory));
            for event in &self.ranks[rank] {
                observation.begun(rank_of, event.clone());
            }
        }
        observation
    }
}

/// Those about windows, without the places.
fn rules(found: Vec<Finding>) -> Vec<Rule> {
    let rules = found.into_iter().map(|finding| finding.rule);
    rules
        .filter(|rule| {
            matches!(
                rule,
                Rule::Epoch { .. }
                    | Rule::WindowRace { .. }
                    | Rule::OriginRace { .. }
                    | Rule::BeyondWindow { .. }
                    | Rule::OriginChanged
                    | Rule::OriginGone(_)
            )
        })
        .collect()
}

fn race(clash: Clash, bytes: u64) -> Rule {
    Rule::WindowRace {
        window: WINDOW,
        target: 0,
        bytes,
        clash,
        ranks: vec![1, 2],
    }
}

fn fault(fault: EpochFault) -> Vec<Rule> {
    let window = WINDOW;
    vec![Rule::Epoch { window, fault }]
}

#[test]
fn between_two_fences_nothing_orders_puts() {
    for (apart, fence) in [(false, false), (true, false), (false, true)] {
        let mut job = Job::new();
        job.fence();
        job.put(1, 0);
        if fence {
            job.fence();
        }
        // Also not a message.
        job.message(1, 2);
        job.put(2, u64::from(apart));
        job.fence();
        let expected = match apart || fence {
            true => vec![],
            false => vec![race(Clash::Overlap, 4)],
        };
        assert_eq!(job.found(), expected);
    }
}

#[test]
fn accumulates_go_together_if_they_are_alike() {
    let two = |one: (TypeId, Option<OpId>), other: (TypeId, Option<OpId>)| {
        let mut job = Job::new();
        job.fence();
        job.touch(1, "MPI_Accumulate", 0, one.0, one.1);
        job.touch(2, "MPI_Accumulate", 0, other.0, other.1);
        job.fence();
        job.found()
    };
    assert_eq!(two((INT, SUM), (INT, SUM)), []);
    assert_eq!(two((INT, SUM), (INT, Some(OpId::NO_OP))), []);
    assert_eq!(
        two((INT, SUM), (INT, REPLACE)),
        [race(Clash::Operations, 4)]
    );
    let found = two((INT, SUM), (DOUBLE, SUM));
    assert!(
        matches!(
            found[..],
            [Rule::WindowRace {
                clash: Clash::Types(..),
                bytes: 4,
                ..
            }]
        ),
        "{found:?}"
    );
}

#[test]
fn under_shared_locks_only_what_nothing_can_order_conflicts() {
    let run = |exclusive: bool, between: &dyn Fn(&mut Job)| {
        let mut job = Job::new();
        job.barrier();
        job.lock(1, exclusive);
        job.put(1, 0);
        job.unlock(1);
        between(&mut job);
        job.lock(2, exclusive);
        job.put(2, 0);
        job.unlock(2);
        job.barrier();
        job.found()
    };
    assert_eq!(run(false, &|_| {}), [race(Clash::Overlap, 4)]);
    assert_eq!(run(true, &|_| {}), []);
    assert_eq!(run(false, &Job::barrier), []);
    assert_eq!(run(false, &|job| job.message(1, 2)), []);
    // The other way round it orders nothing: yet it may have come before.
    assert_eq!(run(false, &|job| job.message(0, 2)), []);
    let swap = |job: &mut Job| {
        job.lock(2, false);
        job.touch(2, "MPI_Compare_and_swap", 8, INT, None);
        job.unlock(2);
    };
    assert_eq!(run(false, &swap), []);
}

#[test]
fn what_is_not_flushed_goes_on_behind_a_barrier() {
    for flushed in [false, true] {
        let mut job = Job::new();
        job.barrier();
        for rank in [1, 2] {
            job.step(rank, "MPI_Win_lock_all", Step::LockAll);
        }
        job.put(1, 0);
        let flush = Step::Flush {
            target: Some(0),
            local: !flushed,
        };
        job.step(1, "MPI_Win_flush", flush);
        job.barrier();
        job.touch(2, "MPI_Get", 0, INT, None);
        for rank in [1, 2] {
            job.step(rank, "MPI_Win_unlock_all", Step::UnlockAll);
        }
        let expected = match flushed {
            true => vec![],
            false => vec![race(Clash::Overlap, 4)],
        };
        assert_eq!(job.found(), expected);
    }
}

#[test]
fn an_exposure_meets_the_starts_that_name_its_rank() {
    for again in [false, true] {
        let mut job = Job::new();
        let group = |ranks: &[Rank]| Some(Arc::from(ranks));
        let start = |job: &mut Job, rank| {
            job.step(rank, "MPI_Win_start", Step::Start(group(&[0])));
            job.put(rank, 0);
            job.step(rank, "MPI_Win_complete", Step::Complete);
        };
        let posts: &[&[Rank]] = match again {
            true => &[&[1], &[2]],
            false => &[&[1, 2]],
        };
        for ranks in posts {
            job.step(0, "MPI_Win_post", Step::Post(group(ranks)));
            job.step(0, "MPI_Win_wait", Step::Wait);
        }
        start(&mut job, 1);
        start(&mut job, 2);
        let expected = match again {
            true => vec![],
            false => vec![race(Clash::Overlap, 4)],
        };
        assert_eq!(job.found(), expected);
    }
}

#[test]
fn a_buffer_that_changed_is_told_of_the_call_that_completes_its_operation() {
    let run = |breaks: &dyn Fn(Completed) -> Completed| {
        let mut job = Job::new();
        job.step(1, "MPI_Win_lock_all", Step::LockAll);
        let id = RequestId(job.ranks[1].len() as u64);
        job.put(1, 0);
        let flush = Step::Flush {
            target: Some(0),
            local: true,
        };
        job.step(1, "MPI_Win_flush_local", flush);
        let completed = breaks(Completed {
            request: Some(id),
            source: None,
            tag: 0,
            bytes: None,
            cancelled: false,
            changed: false,
            gone: None,
            part: Default::default(),
        });
        let last = job.ranks[1].last_mut().and_then(|last| last.left.as_mut());
        last.unwrap().completed.push(completed);
        job.step(1, "MPI_Win_unlock_all", Step::UnlockAll);
        job.found()
    };
    let changed = |completed| Completed {
        changed: true,
        ..completed
    };
    assert_eq!(run(&changed), [Rule::OriginChanged]);
    let gone = |completed| Completed {
        gone: Some(Gone::Freed),
        ..changed(completed)
    };
    assert_eq!(run(&gone), [Rule::OriginGone(Gone::Freed)]);
    // Of an operation that is complete already nothing is said.
    let other = |completed| Completed {
        request: Some(RequestId(99)),
        ..changed(completed)
    };
    assert_eq!(run(&other), []);
}

#[test]
fn epochs_are_begun_once_and_ended_once() {
    let run = |work: &dyn Fn(&mut Job)| {
        let mut job = Job::new();
        work(&mut job);
        job.found()
    };
    assert_eq!(run(&|job| job.put(1, 0)), fault(EpochFault::Outside));
    assert_eq!(
        run(&|job| {
            job.lock(1, false);
            job.lock(1, false);
            // What follows is a consequence.
            job.unlock(1);
            job.unlock(1);
        }),
        fault(EpochFault::AlreadyOpen)
    );
    assert_eq!(run(&|job| job.unlock(1)), fault(EpochFault::NothingOpen));
    assert_eq!(
        run(&|job| {
            job.step(1, "MPI_Win_start", Step::Start(Some([2].into())));
            job.put(1, 0);
        }),
        fault(EpochFault::NotStarted(0))
    );
    assert_eq!(
        run(&|job| {
            job.lock(1, true);
            job.call(1, "MPI_Finalize", What::Finalize);
        }),
        fault(EpochFault::NeverClosed)
    );
    assert_eq!(
        run(&|job| {
            job.fence();
            job.put(1, 0);
            job.call(1, "MPI_Finalize", What::Finalize);
        }),
        fault(EpochFault::NeverFenced)
    );
    // After a fence without operations a lock may follow.
    assert_eq!(
        run(&|job| {
            job.fence();
            job.lock(1, true);
            job.put(1, 0);
            job.unlock(1);
        }),
        []
    );
}

#[test]
fn the_buffers_of_operations_belong_to_mpi() {
    for fence in [false, true] {
        let mut job = Job::new();
        job.fence();
        job.touch(1, "MPI_Get", 0, INT, None);
        if fence {
            job.fence();
        }
        let What::OneSided(get) = &job.ranks[1][2].what else {
            panic!("the get comes after two calls")
        };
        let send = Send {
            comm: CommId::WORLD,
            to: Some(2),
            tag: 0,
            mode: Mode::Standard,
            made_synchronous: false,
            data: get.origin.clone(),
        };
        job.call(1, "MPI_Send", What::Send(send, None));
        job.fence();
        let expected = match fence {
            true => vec![],
            false => vec![Rule::OriginRace { bytes: 4 }],
        };
        assert_eq!(job.found(), expected);
    }
}

#[test]
fn operations_must_not_reach_beyond_the_window() {
    // 64 bytes in units of 4.
    let touch = |at: i64, datatype| {
        let mut job = Job::new();
        job.fence();
        job.touch(1, "MPI_Put", at as u64, datatype, None);
        job.fence();
        job.found()
    };
    let beyond = |from, bytes, displacement| {
        vec![Rule::BeyondWindow {
            window: WINDOW,
            target: 0,
            from,
            bytes,
            size: 64,
            unit: 4,
            displacement,
        }]
    };
    assert_eq!(touch(15, INT), []);
    assert_eq!(touch(14, DOUBLE), []);
    assert_eq!(touch(15, DOUBLE), beyond(60, 8, 15));
    assert_eq!(touch(16, INT), beyond(64, 4, 16));
    assert_eq!(touch(-1, INT), beyond(-4, 4, -1));
}

#[test]
fn who_starts_on_memory_that_is_exposed_to_others_is_told_so() {
    for named in [false, true] {
        let mut job = Job::new();
        let group = |ranks: &[Rank]| Some(Arc::from(ranks));
        let origins: &[Rank] = if named { &[1, 2] } else { &[2] };
        job.step(0, "MPI_Win_post", Step::Post(group(origins)));
        job.step(1, "MPI_Win_start", Step::Start(group(&[0])));
        job.ranks[1].last_mut().unwrap().left = None;
        job.step(0, "MPI_Win_wait", Step::Wait);
        job.ranks[0].last_mut().unwrap().left = None;
        job.call(2, "MPI_Finalize", What::Finalize);
        job.ranks[2].last_mut().unwrap().left = None;
        let observation = job.observe([0, 1, 2]);
        let deadlock = observation.deadlock(&[Life::Running; 3]);
        let stuck = deadlock.into_iter().flat_map(|deadlock| deadlock.stuck);
        let near: Vec<Near> = stuck
            .filter(|stuck| stuck.rank == 1)
            .flat_map(|stuck| stuck.near)
            .collect();
        let posts = near.iter().filter_map(|near| match near {
            Near::PostedForOthers(post) => Some((post.rank, post.function)),
            _ => None,
        });
        let expected = if named {
            vec![]
        } else {
            vec![(0, "MPI_Win_post")]
        };
        assert_eq!(posts.collect::<Vec<_>>(), expected);
    }
}

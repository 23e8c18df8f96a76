//! Small recordings, and the traces that they become.

use super::*;
use recording::event::{
    Communicator, Completed, Datatype, How, Left, Mode, OneSided, OpId, PlaceId,
};

const BYTES: TypeId = TypeId(1);
const PART: CommId = CommId(7);

/// A rank's calls, each 100 ns inside MPI, with so much computed before it.
struct Told {
    script: Script,
    rank: Rank,
    number: u64,
    now: u64,
}

impl Told {
    fn event(&mut self, computed: u64, what: What, completed: Vec<Completed>) -> u64 {
        let entered = self.now + computed;
        self.now = entered + 100;
        let event = Event {
            number: self.number,
            thread: 0,
            function: "MPI_Call",
            place: PlaceId(3),
            aside: false,
            entered,
            left: Some(Left {
                at: self.now,
                code: 0,
                completed,
            }),
            what,
            complaint: None,
        };
        self.script.call(self.rank, &event);
        self.number += 1;
        event.number
    }

    fn begin(script: Script, rank: Rank) -> Self {
        let mut told = Self {
            script,
            rank,
            number: 0,
            now: 1000,
        };
        told.event(0, What::Init, Vec::new());
        told
    }

    fn end(mut self, computed: u64) -> Script {
        self.event(computed, What::Finalize, Vec::new());
        self.script
    }
}

fn data(count: i64) -> Data {
    Data {
        address: 0,
        count,
        datatype: Some(BYTES),
    }
}

fn send(to: Rank, request: Option<u64>) -> What {
    let send = Send {
        comm: CommId::WORLD,
        to: Some(to),
        tag: 5,
        mode: Mode::Standard,
        made_synchronous: false,
        data: data(64),
    };
    What::Send(send, request.map(RequestId))
}

fn receive(source: Source, request: Option<u64>) -> What {
    let receive = Receive {
        comm: CommId::WORLD,
        source,
        tag: Tag::Any,
        data: data(64),
    };
    What::Receive(receive, request.map(RequestId))
}

fn wait(requests: &[u64]) -> (What, Vec<Completed>) {
    let requests: Vec<RequestId> = requests.iter().copied().map(RequestId).collect();
    let done = |id: &RequestId| Completed {
        request: Some(*id),
        source: None,
        tag: 0,
        bytes: None,
        cancelled: false,
        changed: false,
        gone: None,
        part: Default::default(),
    };
    let completed = requests.iter().map(done).collect();
    let what = What::Complete {
        how: How::All,
        waits: true,
        requests,
        in_vain: 0,
    };
    (what, completed)
}

fn together(comm: CommId, kind: &'static str, bytes: i64, request: Option<u64>) -> What {
    let collective = Collective {
        comm,
        index: 0,
        made_synchronous: false,
        kind,
        root: (kind == "MPI_Bcast").then_some(1),
        op: Some(OpId(1)),
        gives: (bytes > 0).then(|| data(bytes)),
        takes: None,
        each: Default::default(),
        makes: None,
        assertion: 0,
        meets: None,
    };
    What::Collective(collective, request.map(RequestId))
}

fn script(ranks: Rank) -> Script {
    let mut script = Script::default();
    let communicator = |members: Vec<Rank>| Communicator {
        parent: None,
        made_by: "",
        members: members.into(),
        remote: None,
        only_here: false,
    };
    for rank in 0..ranks {
        let byte = Datatype {
            name: "MPI_BYTE".into(),
            size: 1,
            extent: 1,
            signature: Arc::new([]),
            layout: Arc::new([]),
        };
        script.define(rank, &Definition::Datatype(BYTES, byte));
    }
    let world = Definition::Communicator(CommId::WORLD, communicator((0..ranks).collect()));
    script.define(0, &world);
    let part = Definition::Communicator(PART, communicator(vec![2, 0]));
    script.define(0, &part);
    script
}

fn traces(script: Script) -> String {
    let plan = script.plan().unwrap();
    let traces = (0..plan.ranks()).map(|rank| plan.trace(rank));
    let traces: Vec<String> = traces.collect();
    traces.join("\n") + "\n" + &plan.unmodelled.join("\n")
}

#[test]
fn messages_are_received_where_the_recorded_ones_were() {
    let mut zero = Told::begin(script(2), 0);
    let first = zero.event(500, send(1, Some(10)), Vec::new());
    let (what, completed) = wait(&[10]);
    zero.event(0, what, completed);
    let second = zero.event(20, send(1, None), Vec::new());
    zero.event(
        0,
        together(CommId::WORLD, "MPI_Bcast", 640, None),
        Vec::new(),
    );
    let mut one = Told::begin(zero.end(70), 1);
    // The two receives take the messages in the other order: the first has a wildcard.
    let wild = one.event(30, receive(Source::Any, Some(4)), Vec::new());
    let exact = one.event(0, receive(Source::Rank(0), None), Vec::new());
    let (what, completed) = wait(&[4]);
    one.event(0, what, completed);
    one.event(0, together(CommId::WORLD, "MPI_Bcast", 0, None), Vec::new());
    let mut script = one.end(0);
    script.message((0, first), (1, exact), 5, 64);
    script.message((0, second), (1, wild), 5, 48);
    insta::assert_snapshot!(traces(script), @"
    0 init
    0 compute 500
    0 isend 1 0 64 6
    0 wait 0 1 0
    0 compute 20
    0 send 1 1 48 6
    0 bcast 640 1 6
    0 compute 70
    0 finalize

    1 init
    1 compute 30
    1 irecv 0 1 48 6
    1 recv 0 0 64 6
    1 wait 0 1 1
    1 bcast 640 1 6
    1 finalize
    ");
}

#[test]
fn collectives_of_a_part_of_the_ranks_or_without_blocking_become_messages() {
    let mut told = script(3);
    for rank in 0..3 {
        let mut it = Told::begin(told, rank);
        if rank != 1 {
            it.event(0, together(PART, "MPI_Allreduce", 8, None), Vec::new());
        }
        it.event(
            0,
            together(CommId::WORLD, "MPI_Bcast", 16, Some(1)),
            Vec::new(),
        );
        let (what, completed) = wait(&[1]);
        it.event(9, what, completed);
        told = it.end(0);
    }
    insta::assert_snapshot!(traces(told), @"
    0 init
    0 irecv 2 1073741824 8 6
    0 send 2 1073741824 8 6
    0 wait 2 0 1073741824
    0 irecv 1 1073741856 16 6
    0 compute 9
    0 wait 1 0 1073741856
    0 finalize

    1 init
    1 isend 2 1073741856 16 6
    1 isend 0 1073741856 16 6
    1 compute 9
    1 wait 1 2 1073741856
    1 wait 1 0 1073741856
    1 finalize

    2 init
    2 irecv 0 1073741824 8 6
    2 send 0 1073741824 8 6
    2 wait 0 2 1073741824
    2 irecv 1 1073741856 16 6
    2 compute 9
    2 wait 1 2 1073741856
    2 finalize

    collectives of a part of the ranks: they are replayed as the messages of a textbook's algorithm (2 of its calls)
    non-blocking and persistent collectives: each rank exchanges messages with each other that it depends on (3 of its calls)
    ");
}

/// Three ranks in a line, the ends of which are open or joined, and in the other direction alone.
fn grid(mut script: Script, closed: bool) -> Script {
    for rank in 0..3u32 {
        let at = |by: u32| {
            let place = (rank + 3 + by) % 3;
            (closed || place.abs_diff(rank) == 1).then_some(place)
        };
        let both: Arc<[Option<Rank>]> = [at(2), at(1), Some(rank), Some(rank)].into();
        let neighbours = Neighbours {
            sources: Arc::clone(&both),
            destinations: both,
        };
        script.define(rank, &Definition::Neighbours(CommId::WORLD, neighbours));
    }
    script
}

#[test]
fn a_neighbourhood_with_open_ends_sends_nothing_beyond_them() {
    let mut told = grid(script(3), false);
    for rank in 0..3 {
        let mut it = Told::begin(told, rank);
        let what = together(CommId::WORLD, "MPI_Neighbor_alltoall", 24, None);
        it.event(0, what, Vec::new());
        told = it.end(0);
    }
    insta::assert_snapshot!(traces(told), @"
    0 init
    0 irecv 1 1073741824 24 6
    0 isend 1 1073741824 24 6
    0 wait 1 0 1073741824
    0 wait 0 1 1073741824
    0 finalize

    1 init
    1 irecv 0 1073741824 24 6
    1 irecv 2 1073741824 24 6
    1 isend 0 1073741824 24 6
    1 isend 2 1073741824 24 6
    1 wait 0 1 1073741824
    1 wait 2 1 1073741824
    1 wait 1 0 1073741824
    1 wait 1 2 1073741824
    1 finalize

    2 init
    2 irecv 1 1073741824 24 6
    2 isend 1 1073741824 24 6
    2 wait 1 2 1073741824
    2 wait 2 1 1073741824
    2 finalize
    ");
}

#[test]
fn a_ring_that_does_not_block_is_waited_for_and_has_an_amount_for_each_neighbour() {
    let mut told = grid(script(3), true);
    for rank in 0..3 {
        let mut it = Told::begin(told, rank);
        let mut what = together(CommId::WORLD, "MPI_Neighbor_alltoallv", 0, Some(1));
        if let What::Collective(collective, _) = &mut what {
            let before = i64::from(rank);
            collective.each.0 = [before, 10 + before, 0, 0].map(data).to_vec();
        }
        it.event(0, what, Vec::new());
        let (what, completed) = wait(&[1]);
        it.event(9, what, completed);
        told = it.end(0);
    }
    insta::assert_snapshot!(traces(told), @"
    0 init
    0 irecv 2 1073741824 12 6
    0 irecv 1 1073741824 1 6
    0 isend 2 1073741824 0 6
    0 isend 1 1073741824 10 6
    0 compute 9
    0 wait 2 0 1073741824
    0 wait 1 0 1073741824
    0 wait 0 2 1073741824
    0 wait 0 1 1073741824
    0 finalize

    1 init
    1 irecv 0 1073741824 10 6
    1 irecv 2 1073741824 2 6
    1 isend 0 1073741824 1 6
    1 isend 2 1073741824 11 6
    1 compute 9
    1 wait 0 1 1073741824
    1 wait 2 1 1073741824
    1 wait 1 0 1073741824
    1 wait 1 2 1073741824
    1 finalize

    2 init
    2 irecv 1 1073741824 11 6
    2 irecv 0 1073741824 0 6
    2 isend 1 1073741824 2 6
    2 isend 0 1073741824 12 6
    2 compute 9
    2 wait 1 2 1073741824
    2 wait 0 2 1073741824
    2 wait 2 1 1073741824
    2 wait 2 0 1073741824
    2 finalize
    ");
}

#[test]
fn a_ring_of_two_has_two_messages_each_way_at_every_start() {
    let mut told = script(2);
    for rank in 0..2u32 {
        let other: Arc<[Option<Rank>]> = [Some(1 - rank); 2].into();
        let neighbours = Neighbours {
            sources: Arc::clone(&other),
            destinations: other,
        };
        told.define(rank, &Definition::Neighbours(CommId::WORLD, neighbours));
        let mut it = Told::begin(told, rank);
        let What::Collective(collective, _) =
            together(CommId::WORLD, "MPI_Neighbor_allgather", 24, None)
        else {
            unreachable!()
        };
        let persistent = Box::new(Persistent::Collective(collective));
        it.event(0, What::Prepare(RequestId(1), persistent), Vec::new());
        for _ in 0..2 {
            it.event(0, What::Start(vec![RequestId(1)]), Vec::new());
            let (what, completed) = wait(&[1]);
            it.event(7, what, completed);
        }
        told = it.end(0);
    }
    insta::assert_snapshot!(traces(told), @"
    0 init
    0 irecv 1 1073741824 24 6
    0 irecv 1 1073741825 24 6
    0 isend 1 1073741824 24 6
    0 isend 1 1073741825 24 6
    0 compute 7
    0 wait 1 0 1073741824
    0 wait 1 0 1073741825
    0 wait 0 1 1073741824
    0 wait 0 1 1073741825
    0 irecv 1 1073741824 24 6
    0 irecv 1 1073741825 24 6
    0 isend 1 1073741824 24 6
    0 isend 1 1073741825 24 6
    0 compute 7
    0 wait 1 0 1073741824
    0 wait 1 0 1073741825
    0 wait 0 1 1073741824
    0 wait 0 1 1073741825
    0 finalize

    1 init
    1 irecv 0 1073741824 24 6
    1 irecv 0 1073741825 24 6
    1 isend 0 1073741824 24 6
    1 isend 0 1073741825 24 6
    1 compute 7
    1 wait 0 1 1073741824
    1 wait 0 1 1073741825
    1 wait 1 0 1073741824
    1 wait 1 0 1073741825
    1 irecv 0 1073741824 24 6
    1 irecv 0 1073741825 24 6
    1 isend 0 1073741824 24 6
    1 isend 0 1073741825 24 6
    1 compute 7
    1 wait 0 1 1073741824
    1 wait 0 1 1073741825
    1 wait 1 0 1073741824
    1 wait 1 0 1073741825
    1 finalize
    ");
}

#[test]
fn a_neighbourhood_that_is_not_known_is_told() {
    let mut it = Told::begin(script(1), 0);
    let what = together(CommId::WORLD, "MPI_Neighbor_alltoall", 24, None);
    it.event(0, what, Vec::new());
    insta::assert_snapshot!(traces(it.end(0)), @"
    0 init
    0 finalize

    neighbourhood collectives whose neighbours are not known: they cost nothing (1 of its calls)
    ");
}

#[test]
fn persistent_requests_move_a_message_at_every_start() {
    let mut zero = Told::begin(script(2), 0);
    let What::Send(to, _) = send(1, None) else {
        unreachable!()
    };
    let prepared = What::Prepare(RequestId(1), Box::new(Persistent::Send(to)));
    zero.event(0, prepared, Vec::new());
    let mut sent = Vec::new();
    for _ in 0..2 {
        sent.push(zero.event(0, What::Start(vec![RequestId(1)]), Vec::new()));
        let (what, completed) = wait(&[1]);
        zero.event(0, what, completed);
    }
    let mut one = Told::begin(zero.end(0), 1);
    let What::Receive(from, _) = receive(Source::Rank(0), None) else {
        unreachable!()
    };
    let prepared = What::Prepare(RequestId(1), Box::new(Persistent::Receive(from)));
    one.event(0, prepared, Vec::new());
    let mut received = Vec::new();
    for _ in 0..2 {
        received.push(one.event(0, What::Start(vec![RequestId(1)]), Vec::new()));
        let (what, completed) = wait(&[1]);
        one.event(0, what, completed);
    }
    let mut script = one.end(0);
    for (sent, received) in sent.into_iter().zip(received) {
        script.message((0, sent), (1, received), 5, 64);
    }
    insta::assert_snapshot!(traces(script), @"
    0 init
    0 isend 1 0 64 6
    0 wait 0 1 0
    0 isend 1 1 64 6
    0 wait 0 1 1
    0 finalize

    1 init
    1 irecv 0 0 64 6
    1 wait 0 1 0
    1 irecv 0 1 64 6
    1 wait 0 1 1
    1 finalize
    ");
}

/// SimGrid takes the arguments of some collectives of one rank for others.
#[test]
fn a_collective_of_one_rank_is_left_out() {
    let mut told = Told::begin(script(1), 0);
    let all_gather = together(CommId::WORLD, "MPI_Allgatherv", 5, None);
    told.event(50, all_gather, Vec::new());
    insta::assert_snapshot!(traces(told.end(70)), @r"
    0 init
    0 compute 50
    0 compute 70
    0 finalize
    ");
}

#[test]
fn what_has_no_one_order_is_refused() {
    let mut told = Told::begin(script(1), 0);
    told.event(
        0,
        together(CommId::WORLD, "MPI_Barrier", 0, None),
        Vec::new(),
    );
    told.now -= 50;
    let refused = told.end(0).plan().unwrap_err();
    insta::assert_snapshot!(refused, @"rank 0 had two threads in MPI at once, whose calls have no one order to be replayed in");
}

/// What rank 0 of 4 and the others send and receive, as `from-to` in the order of each rank.
#[test]
fn every_message_of_a_collective_is_sent_and_received_once() {
    let kinds = [
        "MPI_Bcast",
        "MPI_Reduce",
        "MPI_Allreduce",
        "MPI_Barrier",
        "MPI_Gather",
        "MPI_Scatter",
        "MPI_Allgather",
        "MPI_Alltoall",
        "MPI_Scan",
        "MPI_Reduce_scatter_block",
        "MPI_Comm_split",
    ];
    for kind in kinds {
        for size in (2..=9).chain([33, 64]) {
            let members: Vec<Rank> = (0..size).map(|place| 3 * place + 1).collect();
            let meeting = Meeting {
                kind,
                root: members.last().copied(),
                bytes: 8,
                ..Meeting::default()
            };
            let (mut sent, mut received) = (Vec::new(), Vec::new());
            for at in 0..members.len() {
                let (mut begun, _) = meeting.at_once(&members, at);
                begun.extend(meeting.messages(&members, at).into_iter().map(|mut it| {
                    // Apart from those of the other way.
                    if let Action::Send(it)
                    | Action::Isend(it)
                    | Action::Receive(it)
                    | Action::Ireceive(it) = &mut it
                    {
                        it.tag += 1000;
                    }
                    it
                }));
                for action in begun {
                    match action {
                        Action::Send(it) | Action::Isend(it) => sent.push(it),
                        Action::Receive(it) | Action::Ireceive(it) => received.push(it),
                        _ => {}
                    }
                }
            }
            let by_all = |it: &Envelope| (it.from, it.to, it.tag, it.bytes);
            sent.sort_by_key(by_all);
            received.sort_by_key(by_all);
            assert_eq!(sent, received, "{kind} on {size}");
            assert!(!sent.is_empty());
        }
    }
}

fn fence(index: u64) -> What {
    let What::Collective(collective, request) = together(CommId::WORLD, FENCE, 0, None) else {
        unreachable!()
    };
    What::Collective(
        Collective {
            index,
            op: None,
            ..collective
        },
        request,
    )
}

fn one_sided(target: Option<Rank>, bytes: i64, fetches: bool) -> What {
    What::OneSided(OneSided {
        window: CommId::WORLD,
        target,
        origin: data(bytes),
        there: data(bytes),
        result: fetches.then(|| data(bytes)),
        op: None,
        id: RequestId(1),
        has_request: false,
    })
}

impl Told {
    fn call(&mut self, function: &'static str, what: What) {
        let number = self.event(10, what, Vec::new());
        let events = &mut self.script.ranks[self.rank as usize];
        events.get_mut(&number).unwrap().function = function;
    }
}

/// Between the first and the second of three fences, rank 0 writes to rank 1's memory, rank 1 reads and changes
/// rank 2's, and rank 2 does nothing. After the last fence nothing can be transferred.
fn between_fences() -> Script {
    let mut told = script(3);
    for rank in 0..3 {
        let mut it = Told::begin(told, rank);
        it.call(FENCE, fence(0));
        match rank {
            0 => {
                it.call("MPI_Put", one_sided(Some(1), 64, false));
                // No message: to itself, and to nobody.
                it.call("MPI_Put", one_sided(Some(0), 64, false));
                it.call("MPI_Put", one_sided(None, 64, false));
            }
            1 => {
                it.call("MPI_Get", one_sided(Some(2), 32, false));
                it.call("MPI_Get_accumulate", one_sided(Some(2), 8, true));
            }
            _ => {}
        }
        it.call(FENCE, fence(1));
        it.call(FENCE, fence(2));
        told = it.end(0);
    }
    told
}

#[test]
fn a_transfer_between_fences_becomes_messages_that_its_target_knows_of() {
    insta::assert_snapshot!(traces(between_fences()), @"
    0 init
    0 compute 10
    0 barrier
    0 compute 10
    0 isend 1 0 64 6
    0 compute 10
    0 compute 10
    0 compute 10
    0 wait 0 1 0
    0 barrier
    0 compute 10
    0 barrier
    0 finalize

    1 init
    1 compute 10
    1 barrier
    1 irecv 0 0 64 6
    1 compute 10
    1 irecv 2 2 32 6
    1 isend 2 1 0 6
    1 compute 10
    1 irecv 2 4 8 6
    1 isend 2 3 8 6
    1 compute 10
    1 wait 0 1 0
    1 wait 1 2 1
    1 wait 2 1 2
    1 wait 1 2 3
    1 wait 2 1 4
    1 barrier
    1 compute 10
    1 barrier
    1 finalize

    2 init
    2 compute 10
    2 barrier
    2 irecv 1 1 0 6
    2 irecv 1 3 8 6
    2 compute 10
    2 wait 1 2 1
    2 wait 1 2 3
    2 isend 1 2 32 6
    2 isend 1 4 8 6
    2 wait 2 1 2
    2 wait 2 1 4
    2 barrier
    2 compute 10
    2 barrier
    2 finalize

    one-sided transfers between fences: they are replayed as messages, and a get is answered once its target has entered the next fence (3 of its calls)
    ");
}

#[test]
fn a_transfer_that_its_target_need_not_notice_is_told_and_costs_nothing() {
    let lock = |step| What::Epoch {
        window: CommId::WORLD,
        step,
    };
    let mut told = script(2);
    for rank in 0..2 {
        let mut it = Told::begin(told, rank);
        it.call(FENCE, fence(0));
        if rank == 0 {
            it.call(
                "MPI_Win_lock",
                lock(recording::event::Step::Lock {
                    target: Some(1),
                    exclusive: true,
                }),
            );
            it.call("MPI_Fetch_and_op", one_sided(Some(1), 8, true));
            it.call(
                "MPI_Win_unlock",
                lock(recording::event::Step::Unlock(Some(1))),
            );
        }
        it.call(FENCE, fence(1));
        if rank == 0 {
            // No fence follows.
            it.call("MPI_Put", one_sided(Some(1), 64, false));
        }
        told = it.end(0);
    }
    insta::assert_snapshot!(traces(told), @"
    0 init
    0 compute 10
    0 barrier
    0 compute 10
    0 compute 10
    0 compute 10
    0 compute 10
    0 barrier
    0 compute 10
    0 finalize

    1 init
    1 compute 10
    1 barrier
    1 compute 10
    1 barrier
    1 finalize

    not modeled: one-sided transfers under a lock, or between some of the ranks: they cost nothing, because their target makes no call in which it could receive or answer a message (2 of its calls)
    not modeled: locks, flushes and epochs between some of the ranks: they cost nothing (2 of its calls)
    ");
}

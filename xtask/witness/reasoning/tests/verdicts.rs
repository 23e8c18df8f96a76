//! For each verdict a small wrong program and its right twin, written as the records that the ranks
//! would leave.

use reasoning::{
    Call, Confidence, Core, Deadlock, Difference, Finding, Life, Near, Observation, Rule, Severity,
    Why,
    deadlock::Synchronous,
    finding::{Match, Operation as Of, Peer},
    reduction::Need,
};
use recording::event::*;
use verdict::Kind;

const INT: u32 = 0;
const DOUBLE: u32 = 1;
const BYTE: u32 = 2;
const SUM: u32 = 0;
const MAX: u32 = 1;
const SUB: u64 = 7;

/// Several ranks, whose records are written one call after the other.
struct Job {
    observation: Observation,
    numbers: Vec<u64>,
    requests: Vec<u64>,
    collectives: std::collections::HashMap<(Rank, u64), u64>,
    thread: u16,
    aside: bool,
    place: Option<u32>,
    /// One more at each begin and end of a call.
    clock: u64,
}

fn job(size: usize) -> Job {
    let mut observation = Observation::new(size);
    for rank in 0..size as Rank {
        let all: Vec<Rank> = (0..size as Rank).collect();
        for (id, members) in [(0, all), (SUB, vec![0, 1])] {
            let communicator = Communicator {
                parent: None,
                made_by: "",
                members: members.into(),
                remote: None,
                only_here: false,
            };
            observation.define(rank, Definition::Communicator(CommId(id), communicator));
        }
        for (id, name, size, basic) in [
            (INT, "MPI_INT", 4, Basic::Signed(4)),
            (DOUBLE, "MPI_DOUBLE", 8, Basic::Float(8)),
            (BYTE, "MPI_BYTE", 1, Basic::Byte),
        ] {
            let datatype = Datatype {
                name: name.into(),
                size,
                extent: size as i64,
                signature: [(1, basic)].into(),
                layout: [].into(),
            };
            observation.define(rank, Definition::Datatype(TypeId(id), datatype));
        }
        for (id, name) in [(SUM, "MPI_SUM"), (MAX, "MPI_MAX")] {
            let operation = Operation {
                name: name.into(),
                predefined: true,
            };
            observation.define(rank, Definition::Operation(OpId(id), operation));
        }
    }
    let mut job = Job {
        observation,
        numbers: vec![0; size],
        requests: vec![0; size],
        collectives: Default::default(),
        thread: 0,
        aside: false,
        place: None,
        clock: 0,
    };
    for rank in 0..size as Rank {
        job.call(rank, "MPI_Init", What::Init);
    }
    job
}

fn data(count: i64, kind: u32) -> Data {
    Data {
        count,
        datatype: Some(TypeId(kind)),
        ..Data::default()
    }
}

fn at(address: u64, count: i64, kind: u32) -> Data {
    Data {
        address,
        ..data(count, kind)
    }
}

fn send(to: Rank, tag: i32) -> Send {
    Send {
        comm: CommId::WORLD,
        to: Some(to),
        tag,
        mode: Mode::Standard,
        made_synchronous: false,
        data: data(1, INT),
    }
}

fn receive(source: Source, tag: Tag) -> Receive {
    Receive {
        comm: CommId::WORLD,
        source,
        tag,
        data: data(1, INT),
    }
}

fn from(rank: Rank, tag: i32) -> Receive {
    receive(Source::Rank(rank), Tag::Is(tag))
}

fn got(source: Rank, tag: i32) -> Completed {
    Completed {
        request: None,
        source: Some(source),
        tag,
        bytes: None,
        cancelled: false,
        changed: false,
        gone: None,
        part: Default::default(),
    }
}

fn done(request: RequestId) -> Completed {
    Completed {
        request: Some(request),
        source: None,
        tag: 0,
        bytes: None,
        cancelled: false,
        changed: false,
        gone: None,
        part: Default::default(),
    }
}

fn done_from(request: RequestId, source: Rank, tag: i32) -> Completed {
    Completed {
        request: Some(request),
        ..got(source, tag)
    }
}

fn collective(kind: &'static str, root: Option<Rank>) -> Collective {
    Collective {
        comm: CommId::WORLD,
        index: 0,
        made_synchronous: false,
        kind,
        root,
        op: None,
        gives: None,
        takes: None,
        each: (Vec::new(), Vec::new()),
        makes: None,
        assertion: 0,
        meets: None,
    }
}

impl Job {
    /// A call goes in.
    fn begin(&mut self, rank: Rank, function: &'static str, what: What) -> u64 {
        let number = self.numbers[rank as usize];
        self.numbers[rank as usize] += 1;
        self.clock += 1;
        let event = Event {
            number,
            thread: self.thread,
            function,
            place: PlaceId(self.place.unwrap_or(number as u32)),
            aside: self.aside,
            entered: self.clock,
            left: None,
            what,
            complaint: None,
        };
        self.observation.begun(rank, event);
        number
    }

    fn back(&mut self, rank: Rank, number: u64, completed: Vec<Completed>) {
        self.clock += 1;
        let left = Left {
            at: self.clock,
            completed,
            ..Left::default()
        };
        self.observation.returned(rank, number, &left, None);
    }

    /// A call goes in and comes out.
    fn call(&mut self, rank: Rank, function: &'static str, what: What) {
        let number = self.begin(rank, function, what);
        self.back(rank, number, Vec::new());
    }

    fn in_send(&mut self, rank: Rank, to: Rank, tag: i32) -> u64 {
        self.begin(rank, "MPI_Send", What::Send(send(to, tag), None))
    }

    fn send(&mut self, rank: Rank, to: Rank, tag: i32) {
        let number = self.in_send(rank, to, tag);
        self.back(rank, number, Vec::new());
    }

    fn in_receive(&mut self, rank: Rank, source: Rank, tag: i32) -> u64 {
        self.begin(rank, "MPI_Recv", What::Receive(from(source, tag), None))
    }

    fn receive(&mut self, rank: Rank, source: Rank, tag: i32) {
        let number = self.in_receive(rank, source, tag);
        self.back(rank, number, vec![got(source, tag)]);
    }

    fn new_request(&mut self, rank: Rank) -> RequestId {
        self.requests[rank as usize] += 1;
        RequestId(self.requests[rank as usize])
    }

    fn isend(&mut self, rank: Rank, send: Send) -> RequestId {
        let id = self.new_request(rank);
        self.call(rank, "MPI_Isend", What::Send(send, Some(id)));
        id
    }

    fn irecv(&mut self, rank: Rank, receive: Receive) -> RequestId {
        let id = self.new_request(rank);
        self.call(rank, "MPI_Irecv", What::Receive(receive, Some(id)));
        id
    }

    fn in_wait(&mut self, rank: Rank, how: How, requests: &[RequestId]) -> u64 {
        let what = What::Complete {
            how,
            waits: true,
            requests: requests.to_vec(),
            in_vain: 0,
        };
        self.begin(rank, "MPI_Wait", what)
    }

    fn wait(&mut self, rank: Rank, completed: Vec<Completed>) {
        let requests: Vec<RequestId> = completed.iter().filter_map(|c| c.request).collect();
        let number = self.in_wait(rank, How::All, &requests);
        self.back(rank, number, completed);
    }

    fn in_collective(&mut self, rank: Rank, mut what: Collective) -> u64 {
        let index = self.collectives.entry((rank, what.comm.0)).or_default();
        what.index = *index;
        *index += 1;
        self.begin(rank, what.kind, What::Collective(what, None))
    }

    fn collective(&mut self, rank: Rank, what: Collective) {
        let number = self.in_collective(rank, what);
        self.back(rank, number, Vec::new());
    }

    fn stuck(&self) -> Vec<Rank> {
        let ranks = |deadlock: Deadlock| deadlock.stuck.iter().map(|s| s.rank).collect();
        self.observation
            .deadlock(&[])
            .map(ranks)
            .unwrap_or_default()
    }

    fn deadlock(&self) -> Deadlock {
        self.observation.deadlock(&[]).expect("a deadlock")
    }

    /// All ranks finalize; what is found.
    fn finish(&mut self) -> Vec<Finding> {
        let size = self.numbers.len();
        for rank in 0..size as Rank {
            self.call(rank, "MPI_Finalize", What::Finalize);
        }
        self.observation.finish(&vec![Life::Exited(0); size])
    }

    fn rules(&mut self) -> Vec<Rule> {
        self.finish()
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }
}

fn cycle(deadlock: &Deadlock) -> Vec<Rank> {
    match &deadlock.core {
        Core::Cycle(edges) => edges.iter().map(|(rank, _)| *rank).collect(),
        other => panic!("no cycle: {other:?}"),
    }
}

#[test]
fn two_that_receive_first() {
    let mut j = job(3);
    j.in_receive(0, 1, 5);
    j.in_receive(1, 0, 5);
    let deadlock = j.deadlock();
    assert_eq!(cycle(&deadlock), [0, 1]);
    assert_eq!(j.stuck(), [0, 1]);
    let first = &deadlock.stuck[0];
    assert_eq!((first.call.function, first.call.number), ("MPI_Recv", 1));
    assert_eq!(first.call.peer, Some(Peer::Rank(1)));
    assert_eq!(first.call.tag, Some(Match::Is(5)));
    let Need::Edge(edge) = &first.needs else {
        panic!("{first:?}")
    };
    assert_eq!((edge.on, edge.why), (1, Why::Receive));
    assert!(
        first
            .near
            .iter()
            .any(|near| matches!(near, Near::Sits(1, call) if call.function == "MPI_Recv"))
    );
    // Its twin: one of them sends first.
    let mut j = job(3);
    j.in_receive(0, 1, 5);
    j.send(1, 0, 5);
    j.in_receive(1, 0, 5);
    assert_eq!(j.stuck(), []);
}

#[test]
fn a_ring_of_sends_waits_only_while_nobody_receives() {
    let mut j = job(4);
    for rank in 0..4 {
        j.in_send(rank, (rank + 1) % 4, 0);
    }
    assert_eq!(cycle(&j.deadlock()), [0, 1, 2, 3]);
    let mut j = job(4);
    let posted = j.irecv(0, from(3, 0));
    for rank in 0..4 {
        j.in_send(rank, (rank + 1) % 4, 0);
    }
    assert_eq!(j.stuck(), []);
    let mut j = job(4);
    for rank in 0..4 {
        let mut buffered = send((rank + 1) % 4, 0);
        buffered.mode = Mode::Buffered;
        j.begin(rank, "MPI_Bsend", What::Send(buffered, None));
    }
    assert_eq!(j.stuck(), []);
    assert_eq!(posted, RequestId(1));
}

#[test]
fn the_message_has_another_tag_or_communicator() {
    let mut j = job(2);
    j.send(1, 0, 7);
    j.in_receive(0, 1, 8);
    j.in_receive(1, 0, 0);
    let near = &j.deadlock().stuck[0].near;
    assert!(near.iter().any(
        |near| matches!(near, Near::MessageWithOtherTag(call) if call.tag == Some(Match::Is(7)))
    ));
    let mut j = job(2);
    let mut other = send(0, 8);
    other.comm = CommId(SUB);
    j.begin(1, "MPI_Ssend", What::Send(other, None));
    j.in_receive(0, 1, 8);
    let deadlock = j.deadlock();
    let has = |at: usize, test: &dyn Fn(&Near) -> bool| deadlock.stuck[at].near.iter().any(test);
    assert!(has(0, &|near| matches!(
        near,
        Near::MessageInOtherCommunicator(_)
    )));
    assert!(has(1, &|near| matches!(
        near,
        Near::ReceiveInOtherCommunicator(_)
    )));
}

#[test]
fn what_a_check_sends_and_receives_aside_is_no_near_miss() {
    fn told(deadlock: &Deadlock) -> impl Iterator<Item = &Near> {
        // Whoever waits in the check itself is not told of.
        let stuck = deadlock.stuck.iter().filter(|stuck| !stuck.call.aside);
        stuck.flat_map(|stuck| &stuck.near)
    }
    let other = |near: &Near| {
        matches!(
            near,
            Near::MessageInOtherCommunicator(_) | Near::ReceiveInOtherCommunicator(_)
        )
    };
    let mut j = job(2);
    let mut message = send(0, 8);
    message.comm = CommId(SUB);
    j.aside = true;
    j.begin(1, "MPI_Ssend", What::Send(message, None));
    j.aside = false;
    j.in_receive(0, 1, 8);
    assert!(!told(&j.deadlock()).any(other));
    let mut j = job(2);
    let mut wish = receive(Source::Any, Tag::Any);
    wish.comm = CommId(SUB);
    j.aside = true;
    j.begin(1, "MPI_Recv", What::Receive(wish, None));
    j.aside = false;
    j.begin(0, "MPI_Ssend", What::Send(send(1, 8), None));
    assert!(!told(&j.deadlock()).any(other));
}

#[test]
fn all_messages_with_the_tag_were_received_before() {
    let mut j = job(2);
    for _ in 0..3 {
        j.send(1, 0, 7);
        j.receive(0, 1, 7);
    }
    j.in_receive(0, 1, 7);
    j.in_receive(1, 0, 1);
    let counted = Near::Messages {
        from: 1,
        to: 0,
        comm: CommId::WORLD,
        tag: Some(7),
        sent: 3,
        received: 3,
    };
    assert!(j.deadlock().stuck[0].near.contains(&counted));
}

#[test]
fn a_wildcard_took_the_message_that_is_awaited() {
    let mut j = job(3);
    j.send(1, 0, 0);
    let any = j.begin(
        0,
        "MPI_Recv",
        What::Receive(receive(Source::Any, Tag::Any), None),
    );
    j.back(0, any, vec![got(1, 0)]);
    j.in_receive(0, 1, 0);
    j.begin(1, "MPI_Finalize", What::Finalize);
    let took = |j: &Job| {
        j.deadlock().stuck[0]
            .near
            .iter()
            .find_map(|near| match near {
                Near::TakenByWildcard {
                    receive, instead, ..
                } => Some((receive.number, instead.map(|send| send.rank))),
                _ => None,
            })
    };
    assert_eq!(took(&j), Some((any, None)));
    j.in_send(2, 0, 5);
    assert_eq!(took(&j), Some((any, Some(2))));
}

#[test]
fn a_wildcard_waits_for_any_other() {
    let mut j = job(3);
    for rank in 0..3 {
        let any = receive(Source::Any, Tag::Any);
        j.begin(rank, "MPI_Recv", What::Receive(any, None));
        let expected = if rank == 2 { vec![0, 1, 2] } else { Vec::new() };
        assert_eq!(j.stuck(), expected);
    }
    assert_eq!(j.deadlock().core, Core::Knot(vec![0, 1, 2]));
}

#[test]
fn a_receive_behind_a_wildcard_does_not_get_its_message() {
    // The only message goes to the request that was posted first.
    let mut j = job(2);
    j.irecv(0, receive(Source::Any, Tag::Is(3)));
    j.send(1, 0, 3);
    j.in_receive(0, 1, 3);
    j.in_receive(1, 0, 9);
    assert_eq!(j.stuck(), [0, 1]);
    assert!(
        j.deadlock().stuck[0]
            .near
            .iter()
            .any(|near| matches!(near, Near::TakenBefore(..)))
    );
    // With a second one there is one for it.
    let mut j = job(2);
    j.irecv(0, receive(Source::Any, Tag::Is(3)));
    j.send(1, 0, 3);
    j.send(1, 0, 3);
    j.in_receive(0, 1, 3);
    j.in_receive(1, 0, 9);
    assert_eq!(j.stuck(), []);
    // With a third rank running, its message may go to the wildcard before.
    let mut j = job(3);
    j.irecv(0, receive(Source::Any, Tag::Is(3)));
    j.send(1, 0, 3);
    j.in_receive(0, 1, 3);
    j.in_receive(1, 0, 9);
    assert_eq!(j.stuck(), []);
}

#[test]
fn a_wildcard_takes_the_earlier_of_two_messages() {
    let second = |receives: usize| {
        let mut j = job(2);
        for _ in 0..receives {
            j.irecv(0, receive(Source::Any, Tag::Any));
        }
        j.isend(1, send(0, 1));
        let mut message = send(0, 1);
        message.mode = Mode::Synchronous;
        j.begin(1, "MPI_Ssend", What::Send(message, None));
        j.in_receive(0, 1, 2);
        j.stuck()
    };
    assert_eq!(second(1), [0, 1]);
    assert_eq!(second(2), []);
}

#[test]
fn waiting_for_all_or_for_any() {
    let waiting = |how| {
        let mut j = job(3);
        let a = j.irecv(0, from(1, 0));
        let b = j.irecv(0, from(2, 0));
        j.in_wait(0, how, &[a, b]);
        j.in_receive(1, 0, 0);
        j.stuck()
    };
    assert_eq!(waiting(How::All), [0, 1]);
    assert_eq!(waiting(How::Any), []);
    assert_eq!(waiting(How::Some), []);
}

#[test]
fn a_standard_send_among_other_requests_may_be_complete() {
    // Rank 0 waits for a message from rank 2, which computes; that nobody receives what it sent does
    // not hold it: MPI may have buffered that.
    let exchange = |mode| {
        let mut j = job(3);
        let mut message = send(1, 0);
        message.mode = mode;
        let a = j.isend(0, message);
        let b = j.irecv(0, from(2, 0));
        j.in_wait(0, How::All, &[a, b]);
        j.in_receive(1, 0, 9);
        j
    };
    assert_eq!(exchange(Mode::Standard).stuck(), []);
    assert_eq!(exchange(Mode::Synchronous).stuck(), [0, 1]);
    let mut j = exchange(Mode::Standard);
    j.send(2, 0, 0);
    assert_eq!(j.stuck(), [0, 1]);
}

#[test]
fn a_rank_that_does_not_come_to_the_barrier() {
    let mut j = job(4);
    for rank in 0..3 {
        j.in_collective(rank, collective("MPI_Barrier", None));
    }
    assert_eq!(j.stuck(), []);
    j.in_receive(3, 0, 0);
    let deadlock = j.deadlock();
    assert_eq!(cycle(&deadlock), [0, 3]);
    assert!(deadlock.stuck[0].near.iter().any(|near| matches!(
        near,
        Near::Entered { missing, arrived, .. } if *missing == [3] && arrived.len() == 3
    )));
}

#[test]
fn two_communicators_in_different_orders() {
    let mut j = job(2);
    let mut sub = collective("MPI_Barrier", None);
    sub.comm = CommId(SUB);
    j.in_collective(0, collective("MPI_Barrier", None));
    j.in_collective(1, sub);
    assert_eq!(cycle(&j.deadlock()), [0, 1]);
}

#[test]
fn a_rooted_collective_waits_for_its_root_or_for_somebody() {
    let mut j = job(3);
    j.in_collective(2, collective("MPI_Bcast", Some(0)));
    j.in_receive(0, 2, 0);
    assert_eq!(j.stuck(), [0, 2]);
    // The root itself may come out before the others come in.
    let mut j = job(3);
    j.in_collective(0, collective("MPI_Bcast", Some(0)));
    j.in_receive(2, 0, 0);
    assert_eq!(j.stuck(), []);
}

#[test]
fn a_strict_run_makes_a_collective_wait_for_all() {
    let synchronous = |root| Collective {
        made_synchronous: true,
        ..collective("MPI_Bcast", Some(root))
    };
    let whys = |j: &Job| {
        let deadlock = j.deadlock();
        let edges = deadlock.stuck[0].needs.edges().into_iter();
        edges.map(|edge| (edge.on, edge.why)).collect::<Vec<_>>()
    };
    // The root, for those who would come later.
    let mut j = job(3);
    j.in_collective(0, synchronous(0));
    j.in_receive(1, 0, 0);
    j.in_receive(2, 0, 0);
    let made = Why::Collective(Synchronous::Made);
    assert_eq!(whys(&j), [(1, made), (2, made)]);
    // Another rank waits for the root in any run, and for who never comes.
    let mut j = job(3);
    j.in_collective(0, synchronous(1));
    j.in_receive(1, 0, 0);
    j.begin(2, "MPI_Finalize", What::Finalize);
    let written = Why::Collective(Synchronous::AsWritten);
    assert_eq!(whys(&j), [(1, Why::Root), (2, written)]);
    // Without that, what the root waits for is not known.
    let mut j = job(3);
    j.in_collective(0, collective("MPI_Bcast", Some(0)));
    j.in_receive(1, 0, 0);
    assert_eq!(j.stuck(), []);
}

/// Ranks 0 and 1 are a group, and 2 and 3 another; in each the first leads.
fn two_groups() -> Job {
    let mut j = job(4);
    for rank in 0..4 {
        let first = rank / 2 * 2;
        let communicator = Communicator {
            parent: None,
            members: [first, first + 1].into(),
            remote: None,
            made_by: "MPI_Comm_split",
            only_here: false,
        };
        let id = CommId(u64::from(20 + first));
        let definition = Definition::Communicator(id, communicator);
        j.observation.define(rank, definition);
    }
    j
}

/// A rank's part in connecting the two groups; a leader names another.
fn connects(rank: Rank, names: Option<(Rank, i32)>) -> Collective {
    let leader = rank / 2 * 2;
    Collective {
        comm: CommId(u64::from(20 + leader)),
        meets: names.map(|(rank, tag)| Leader {
            comm: CommId::WORLD,
            rank,
            tag,
        }),
        ..collective("MPI_Intercomm_create", Some(leader))
    }
}

#[test]
fn two_groups_are_connected_if_their_leaders_name_each_other() {
    let all = |names: [(Rank, i32); 2]| {
        let mut j = two_groups();
        for rank in 0..4 {
            let leads = (rank % 2 == 0).then(|| names[rank as usize / 2]);
            j.in_collective(rank, connects(rank, leads));
        }
        j
    };
    assert_eq!(all([(2, 7), (0, 7)]).stuck(), []);
    // With another tag.
    let j = all([(2, 7), (0, 8)]);
    assert_eq!(j.stuck(), [0, 1, 2, 3]);
    let deadlock = j.deadlock();
    assert!(matches!(&deadlock.core, Core::Cycle(cycle) if cycle.len() == 2));
    // A rank that does not lead.
    let j = all([(3, 7), (0, 7)]);
    assert_eq!(j.stuck(), [0, 1, 2, 3]);
    let whys = |rank: usize| {
        let deadlock = j.deadlock();
        let edges = deadlock.stuck[rank].needs.edges().into_iter();
        edges.map(|edge| (edge.on, edge.why)).collect::<Vec<_>>()
    };
    assert_eq!(whys(0), [(3, Why::OtherLeader(7))]);
    assert_eq!(whys(3), [(2, Why::OwnLeader)]);
}

#[test]
fn a_leader_that_has_met_the_other_keeps_nobody() {
    // Rank 0 is out already, and waits for a message from 1, which is about to come out.
    let mut j = two_groups();
    for rank in [1, 2, 3] {
        j.in_collective(rank, connects(rank, (rank == 2).then_some((0, 7))));
    }
    let number = j.in_collective(0, connects(0, Some((2, 7))));
    j.back(0, number, Vec::new());
    j.in_receive(0, 1, 0);
    assert_eq!(j.stuck(), []);
    // Only one of the two comes again.
    let mut j = two_groups();
    for (rank, other) in [(0, 2), (2, 0)] {
        let number = j.in_collective(rank, connects(rank, Some((other, 7))));
        j.back(rank, number, Vec::new());
    }
    j.in_collective(0, connects(0, Some((2, 7))));
    j.in_receive(2, 0, 0);
    assert_eq!(j.stuck(), [0, 2]);
}

#[test]
fn the_awaited_rank_has_finalized_ended_or_panicked() {
    let mut j = job(3);
    j.in_receive(0, 1, 0);
    j.begin(1, "MPI_Finalize", What::Finalize);
    let deadlock = j.deadlock();
    assert_eq!(
        deadlock.stuck.iter().map(|s| s.rank).collect::<Vec<_>>(),
        [0, 1]
    );
    assert!(matches!(&deadlock.core, Core::End(0, edge) if edge.on == 1));
    let life = [Life::Running, Life::Panicked, Life::Running];
    let deadlock = j.observation.deadlock(&life).expect("a deadlock");
    assert!(deadlock.stuck[0].near.contains(&Near::Panicked(1)));
    let mut j = job(2);
    j.in_receive(0, 1, 0);
    assert_eq!(j.stuck(), []);
    let life = [Life::Running, Life::Killed(9)];
    let deadlock = j.observation.deadlock(&life).expect("a deadlock");
    assert!(
        deadlock.stuck[0]
            .near
            .contains(&Near::Ended(1, Life::Killed(9)))
    );
}

#[test]
fn a_rank_that_has_returned_from_the_task() {
    let mut j = job(2);
    j.in_receive(0, 1, 0);
    j.aside = true;
    j.in_collective(1, collective("MPI_Barrier", None));
    let deadlock = j.deadlock();
    assert!(
        deadlock.stuck[0]
            .near
            .iter()
            .any(|near| matches!(near, Near::ReturnedFromTask(1, _)))
    );
}

#[test]
fn a_thread_that_runs_frees_its_rank() {
    let mut j = job(2);
    j.thread = 1;
    j.call(0, "MPI_Comm_rank", What::Other);
    j.thread = 0;
    j.in_receive(0, 1, 0);
    j.in_receive(1, 0, 0);
    assert_eq!(j.stuck(), []);
    j.thread = 1;
    j.in_receive(0, 1, 4);
    // Thread 0 called MPI_Init and waits; thread 1 waits too.
    let deadlock = j.deadlock();
    let threads: Vec<_> = deadlock.stuck.iter().map(|s| (s.rank, s.thread)).collect();
    assert_eq!(threads, [(0, 0), (0, 1), (1, 0)]);
}

#[test]
fn a_thread_waits_forever_for_who_is_done_whatever_others_of_its_rank_do() {
    let mut j = job(2);
    j.thread = 1;
    j.in_receive(0, 1, 0);
    assert_eq!(j.stuck(), []);
    j.thread = 0;
    j.begin(1, "MPI_Finalize", What::Finalize);
    // Thread 0 runs.
    let deadlock = j.deadlock();
    assert!(matches!(&deadlock.core, Core::End(0, edge) if edge.on == 1));
    let threads: Vec<_> = deadlock.stuck.iter().map(|s| (s.rank, s.thread)).collect();
    assert_eq!(threads, [(0, 1)]);
    // Its message is there.
    let mut j = job(2);
    j.send(1, 0, 0);
    j.begin(1, "MPI_Finalize", What::Finalize);
    j.thread = 1;
    j.in_receive(0, 1, 0);
    assert_eq!(j.stuck(), []);
}

/// What is found of two threads of rank 0 that call a barrier each, the second on this communicator;
/// at the same time, or one after the other.
fn two_threads(comm: u64, at_once: bool) -> Vec<Finding> {
    let mut j = job(1);
    let barrier = |comm| Collective {
        comm: CommId(comm),
        ..collective("MPI_Barrier", None)
    };
    let first = j.in_collective(0, barrier(0));
    if !at_once {
        j.back(0, first, vec![]);
    }
    j.thread = 1;
    let second = j.in_collective(0, barrier(comm));
    if at_once {
        assert_eq!(j.observation.crowded().is_some(), comm == 0);
        j.back(0, first, vec![]);
    }
    j.back(0, second, vec![]);
    j.thread = 0;
    j.observation.so_far()
}

#[test]
fn two_threads_in_collectives_of_one_communicator() {
    let found = two_threads(0, true);
    let [finding] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(finding.kind, Kind::ThreadLevel);
    let calls: Vec<_> = finding.calls.iter().map(|call| call.thread).collect();
    assert_eq!(calls, [0, 1]);
    assert_eq!(two_threads(0, false), []);
    assert_eq!(two_threads(SUB, true), []);
}

#[test]
fn what_is_not_known_is_not_accused() {
    let mut j = job(2);
    j.in_receive(0, 1, 0);
    j.begin(1, "MPI_Win_lock", What::Other);
    assert_eq!(j.stuck(), []);
    let mut j = job(2);
    j.in_receive(0, 1, 0);
    j.in_wait(1, How::All, &[RequestId(99)]);
    assert_eq!(j.stuck(), []);
    let mut j = job(2);
    j.begin(
        0,
        "MPI_Recv",
        What::Receive(receive(Source::Nobody, Tag::Any), None),
    );
    j.in_receive(1, 0, 0);
    assert_eq!(j.stuck(), []);
}

#[test]
fn a_communicator_that_only_one_rank_knows_tells_nothing() {
    let mut j = job(2);
    let made_up = Communicator {
        parent: None,
        made_by: "",
        members: vec![0, 1].into(),
        remote: None,
        only_here: true,
    };
    j.observation
        .define(0, Definition::Communicator(CommId(99), made_up));
    let mut wanted = from(1, 0);
    wanted.comm = CommId(99);
    j.begin(0, "MPI_Recv", What::Receive(wanted, None));
    j.in_receive(1, 0, 0);
    assert_eq!(j.stuck(), []);
    assert_eq!(j.observation.waits(&[]).len(), 2);
}

#[test]
fn a_call_that_was_refused_posts_nothing() {
    let mut j = job(2);
    j.in_receive(1, 0, 0);
    let mut event = Event {
        number: 1,
        thread: 0,
        function: "MPI_Send",
        place: PlaceId(0),
        aside: false,
        entered: 0,
        left: None,
        what: What::Send(send(7, 0), None),
        complaint: Some(Complaint::Argument {
            argument: Argument::Destination,
            value: 7,
            limit: Some(2),
        }),
    };
    j.observation.begun(0, event.clone());
    assert_eq!((j.stuck(), j.observation.kept()), (vec![], 1));
    // Nor does it free anybody, once it was let go on and another call follows.
    event.number = 2;
    j.observation.returned(0, 1, &Left::default(), None);
    event.complaint = None;
    event.what = What::Receive(from(1, 0), None);
    j.observation.begun(0, event);
    assert_eq!(j.stuck(), [0, 1]);
}

#[test]
fn probes_see_messages_and_do_not_take_them() {
    let probe = |comm, rank| What::Probe {
        comm,
        source: Source::Rank(rank),
        tag: Tag::Is(1),
        waits: true,
        takes: None,
        in_vain: 0,
    };
    let mut j = job(2);
    j.send(1, 0, 1);
    let number = j.begin(0, "MPI_Probe", probe(CommId::WORLD, 1));
    assert_eq!(j.stuck(), []);
    j.back(0, number, vec![got(1, 1)]);
    j.in_receive(0, 1, 1);
    j.in_receive(1, 0, 1);
    assert_eq!(j.stuck(), []);
    let mut j = job(2);
    j.begin(0, "MPI_Probe", probe(CommId::WORLD, 1));
    j.in_receive(1, 0, 1);
    assert_eq!(j.stuck(), [0, 1]);
}

#[test]
fn what_a_matched_probe_took_nobody_else_gets() {
    let mut j = job(2);
    j.send(1, 0, 1);
    let what = |takes| What::Probe {
        comm: CommId::WORLD,
        source: Source::Any,
        tag: Tag::Any,
        waits: true,
        takes: Some(takes),
        in_vain: 0,
    };
    let number = j.begin(0, "MPI_Mprobe", what(None));
    let left = Left {
        completed: vec![got(1, 1)],
        ..Left::default()
    };
    j.observation
        .returned(0, number, &left, Some(what(Some(MessageId(0)))));
    j.in_receive(0, 1, 1);
    j.in_receive(1, 0, 1);
    assert_eq!(j.stuck(), [0, 1]);
}

#[test]
fn polling_is_a_warning_and_only_when_nothing_else_moves() {
    let mut j = job(2);
    let request = j.irecv(0, from(1, 0));
    let test = |in_vain| What::Complete {
        how: How::All,
        waits: false,
        requests: vec![request],
        in_vain,
    };
    j.call(0, "MPI_Test", test(5000));
    assert!(j.observation.polling(1000, &[]).is_empty());
    j.in_receive(1, 0, 0);
    assert_eq!(j.stuck(), []);
    let polling = j.observation.polling(1000, &[]);
    assert_eq!(polling.len(), 1);
    assert_eq!((polling[0].rank, polling[0].call.function), (0, "MPI_Test"));
    let on: Vec<Rank> = polling[0]
        .needs
        .edges()
        .iter()
        .map(|edge| edge.on)
        .collect();
    assert_eq!(on, [1]);
    assert!(j.observation.polling(6000, &[]).is_empty());
    j.send(0, 1, 0);
    assert!(j.observation.polling(1000, &[]).is_empty());
}

#[test]
fn messages_that_nobody_receives() {
    let mut j = job(2);
    j.send(0, 1, 3);
    j.send(0, 1, 4);
    j.receive(1, 0, 4);
    let findings = j.finish();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].kind, Kind::UnmatchedMessage);
    assert_eq!(findings[0].calls[0].tag, Some(Match::Is(3)));
    // Received, even if the receive was not completed for certain: a wildcard may have taken it.
    let mut j = job(2);
    j.send(0, 1, 3);
    let request = j.irecv(1, receive(Source::Any, Tag::Any));
    j.call(1, "MPI_Request_free", What::FreeRequest(request));
    assert_eq!(j.rules(), [Rule::FreedUnderWay { of: Of::Receive }]);
}

#[test]
fn a_message_to_who_is_ended_in_finalize() {
    // MPICH ends rank 1 there, and its launcher all others, wherever they are.
    let life = [Life::Killed(9); 3];
    let mut j = job(3);
    j.send(0, 1, 3);
    j.begin(1, "MPI_Finalize", What::Finalize);
    let findings = j.observation.finish(&life);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].kind, Kind::UnmatchedMessage);
    assert_eq!(findings[0].calls[0].rank, 0);
    // Who is ended before it might have received it.
    let mut j = job(3);
    j.send(0, 1, 3);
    assert_eq!(j.observation.finish(&life), []);
    // Who lives may have come out of it.
    let mut j = job(3);
    j.send(0, 1, 3);
    j.begin(1, "MPI_Finalize", What::Finalize);
    assert_eq!(j.observation.finish(&[Life::Running; 3]), []);
}

#[test]
fn requests_that_nobody_waits_for() {
    let mut j = job(2);
    j.isend(0, send(1, 0));
    j.receive(1, 0, 0);
    j.irecv(1, from(0, 9));
    let findings = j.finish();
    let rules: Vec<&Rule> = findings.iter().map(|finding| &finding.rule).collect();
    let of = Of::Send;
    assert_eq!(
        rules,
        [
            &Rule::RequestNeverCompleted { of, matched: true },
            &Rule::ReceiveNeverMatched
        ]
    );
    assert!(
        findings
            .iter()
            .all(|finding| finding.kind == Kind::RequestLeak)
    );
    let mut j = job(2);
    let out = j.isend(0, send(1, 0));
    let into = j.irecv(1, from(0, 0));
    j.wait(0, vec![done(out)]);
    j.wait(1, vec![done_from(into, 0, 0)]);
    let spare = j.irecv(1, from(0, 9));
    j.call(1, "MPI_Cancel", What::Cancel(spare));
    let cancelled = Completed {
        cancelled: true,
        ..done(spare)
    };
    j.wait(1, vec![cancelled]);
    assert_eq!(j.rules(), []);
}

#[test]
fn a_receive_that_is_freed_under_way() {
    let freed = |cancel: bool| {
        let mut j = job(2);
        let id = j.irecv(0, from(1, 0));
        if cancel {
            j.call(0, "MPI_Cancel", What::Cancel(id));
        }
        j.call(0, "MPI_Request_free", What::FreeRequest(id));
        let id = j.isend(1, send(0, 0));
        j.call(1, "MPI_Request_free", What::FreeRequest(id));
        j.finish()
    };
    let [finding] = &freed(false)[..] else {
        panic!("{:?}", freed(false))
    };
    assert_eq!(finding.rule, Rule::FreedUnderWay { of: Of::Receive });
    assert_eq!(finding.severity, Severity::Warning);
    let functions: Vec<_> = finding.calls.iter().map(|call| call.function).collect();
    assert_eq!(functions, ["MPI_Request_free", "MPI_Irecv"]);
    assert_eq!(freed(true), []);
}

#[test]
fn a_persistent_request_is_active_from_start_to_wait() {
    let mut j = job(2);
    let id = j.new_request(0);
    j.call(
        0,
        "MPI_Send_init",
        What::Prepare(id, Box::new(Persistent::Send(send(1, 0)))),
    );
    for _ in 0..3 {
        j.call(0, "MPI_Start", What::Start(vec![id]));
        j.receive(1, 0, 0);
        j.wait(0, vec![done(id)]);
    }
    j.call(0, "MPI_Start", What::Start(vec![id]));
    j.in_wait(0, How::All, &[id]);
    j.in_receive(1, 0, 5);
    assert_eq!(j.stuck(), [0, 1]);
    let mut j = job(2);
    let id = j.new_request(0);
    j.call(
        0,
        "MPI_Send_init",
        What::Prepare(id, Box::new(Persistent::Send(send(1, 0)))),
    );
    assert_eq!(j.rules(), [Rule::PersistentNeverFreed]);
    let mut j = job(2);
    let id = j.new_request(0);
    j.call(
        0,
        "MPI_Send_init",
        What::Prepare(id, Box::new(Persistent::Send(send(1, 0)))),
    );
    j.call(0, "MPI_Request_free", What::FreeRequest(id));
    assert_eq!(j.rules(), []);
}

#[test]
fn objects_that_are_not_freed() {
    let mut j = job(1);
    for number in 10..13 {
        j.place = Some(4);
        j.call(
            0,
            "MPI_Type_commit",
            What::Make(Object::Datatype, Some(number)),
        );
    }
    j.place = None;
    let mut dup = collective("MPI_Comm_dup", None);
    dup.makes = Some(CommId(33));
    j.collective(0, dup.clone());
    let findings = j.finish();
    let found: Vec<_> = findings.iter().map(|f| (f.severity, &f.rule)).collect();
    let communicator = Rule::NeverFreed {
        object: Object::Communicator,
        number: 33,
        count: 1,
    };
    let datatype = Rule::NeverFreed {
        object: Object::Datatype,
        number: 10,
        count: 3,
    };
    assert_eq!(
        found,
        [
            (Severity::Error, &communicator),
            (Severity::Warning, &datatype)
        ]
    );
    let mut j = job(1);
    j.call(0, "MPI_Type_commit", What::Make(Object::Datatype, Some(10)));
    j.call(0, "MPI_Type_free", What::Free(Object::Datatype, Some(10)));
    j.collective(0, dup.clone());
    j.call(
        0,
        "MPI_Comm_free",
        What::Free(Object::Communicator, Some(33)),
    );
    j.aside = true;
    j.collective(0, dup);
    j.aside = false;
    assert_eq!(j.rules(), []);
}

#[test]
fn the_same_leak_on_another_rank_is_alike() {
    let leak = |object, number, count| Rule::NeverFreed {
        object,
        number,
        count,
    };
    let one = leak(Object::Communicator, 3, 1);
    assert!(one.is_alike(&leak(Object::Communicator, 9, 1)));
    assert!(!one.is_alike(&leak(Object::Communicator, 3, 2)));
    assert!(!one.is_alike(&leak(Object::Group, 3, 1)));
    // Two messages are two.
    let lost = Rule::NeverReceived { bytes: Some(4) };
    assert!(!lost.is_alike(&lost));
}

fn exchange(out: Data, room: Data) -> Vec<Finding> {
    let mut j = job(2);
    let mut message = send(1, 0);
    message.data = out;
    let mut wanted = from(0, 0);
    wanted.data = room;
    j.call(0, "MPI_Send", What::Send(message, None));
    let number = j.begin(1, "MPI_Recv", What::Receive(wanted, None));
    j.back(1, number, vec![got(0, 0)]);
    j.finish()
}

#[test]
fn types_and_lengths_of_a_pair() {
    let long = exchange(data(3, INT), data(2, INT));
    assert_eq!(
        long[0].rule,
        Rule::Truncated {
            sent: 12,
            room: 8,
            has_bytes: false
        }
    );
    assert_eq!(long[0].kind, Kind::Truncation);
    assert_eq!((long[0].calls[0].rank, long[0].calls[1].rank), (1, 0));
    let other = exchange(data(2, DOUBLE), data(4, INT));
    assert_eq!(other[0].kind, Kind::TypeMismatch);
    assert_eq!(exchange(data(1, INT), data(4, INT)), []);
    for bytes in [
        exchange(data(16, BYTE), data(2, DOUBLE)),
        exchange(data(2, DOUBLE), data(16, BYTE)),
    ] {
        let [finding] = &bytes[..] else {
            panic!("{bytes:?}")
        };
        assert_eq!(
            (finding.kind, finding.severity),
            (Kind::TypeMismatch, Severity::Warning)
        );
    }
}

fn meet(parts: Vec<Collective>) -> Vec<Rule> {
    let mut j = job(parts.len());
    let calls: Vec<(Rank, u64)> = parts
        .into_iter()
        .enumerate()
        .map(|(rank, part)| (rank as Rank, j.in_collective(rank as Rank, part)))
        .collect();
    for (rank, number) in calls {
        j.back(rank, number, Vec::new());
    }
    j.rules()
}

fn differ(parts: Vec<Collective>) -> Option<Difference> {
    match meet(parts).as_slice() {
        [] => None,
        [Rule::CollectivesDiffer { by, .. }] => Some(by.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn collectives_must_agree() {
    let bcast = |root, count| {
        let mut part = collective("MPI_Bcast", Some(root));
        part.gives = Some(data(count, INT));
        part
    };
    assert_eq!(differ(vec![bcast(0, 1), bcast(0, 1), bcast(0, 1)]), None);
    assert_eq!(
        differ(vec![bcast(0, 1), bcast(1, 1)]),
        Some(Difference::Root)
    );
    let barrier = collective("MPI_Barrier", None);
    assert_eq!(
        differ(vec![bcast(0, 1), barrier]),
        Some(Difference::Function)
    );
    assert_eq!(
        differ(vec![bcast(0, 2), bcast(0, 1)]),
        Some(Difference::Count { gives: 8, takes: 4 })
    );
    let reduce = |op, kind| {
        let mut part = collective("MPI_Allreduce", None);
        part.op = Some(OpId(op));
        part.gives = Some(data(2, kind));
        part
    };
    assert_eq!(differ(vec![reduce(SUM, INT), reduce(SUM, INT)]), None);
    assert_eq!(
        differ(vec![reduce(SUM, INT), reduce(MAX, INT)]),
        Some(Difference::Operation {
            one: "MPI_SUM".into(),
            other: "MPI_MAX".into(),
        })
    );
    let mut more = reduce(SUM, INT);
    more.gives = Some(data(4, INT));
    assert!(matches!(
        differ(vec![reduce(SUM, DOUBLE), more]),
        Some(Difference::Types { .. })
    ));
    // MPI_Gatherv: the root says how much each gives.
    let gatherv = |rank: i64, third| {
        let mut part = collective("MPI_Gatherv", Some(0));
        part.gives = Some(data(rank, INT));
        if rank == 0 {
            part.each.1 = vec![data(0, INT), data(1, INT), data(third, INT)];
        }
        part
    };
    let all = |third| (0..3).map(|rank| gatherv(rank, third)).collect();
    assert_eq!(differ(all(2)), None);
    assert_eq!(
        differ(all(3)),
        Some(Difference::Count {
            gives: 8,
            takes: 12
        })
    );
}

#[test]
fn the_two_that_differ_are_named_first() {
    let bcast = |root| collective("MPI_Bcast", Some(root));
    let mut j = job(3);
    for (rank, root) in [(0, 0), (1, 0), (2, 2)] {
        j.collective(rank, bcast(root));
    }
    let found = j.finish();
    let ranks: Vec<Rank> = found[0].calls.iter().map(|call| call.rank).collect();
    assert_eq!(ranks, [0, 2, 1]);
}

#[test]
fn a_collective_that_some_never_call() {
    let not_by_all = |comm, missing: &[Rank]| Rule::NotByAll {
        comm: CommId(comm),
        missing: missing.to_vec(),
    };
    let bcast = || collective("MPI_Bcast", Some(0));
    let mut j = job(3);
    for rank in 0..3 {
        j.collective(rank, bcast());
    }
    j.collective(0, bcast());
    j.collective(0, bcast());
    j.collective(2, bcast());
    let found = j.finish();
    assert_eq!(found[0].rule, not_by_all(0, &[1]));
    assert_eq!(
        (found[0].kind, found[0].times),
        (Kind::CollectiveMismatch, 2)
    );
    assert_eq!(found[0].calls.len(), 2);
    // Ranks outside of the communicator need not call it.
    let mut j = job(3);
    let mut part = bcast();
    part.comm = CommId(SUB);
    j.collective(0, part.clone());
    j.collective(1, part.clone());
    assert_eq!(j.rules(), []);
    let mut j = job(3);
    j.collective(1, part);
    assert_eq!(j.rules(), [not_by_all(SUB, &[0])]);
    // Not where a rank could not come to it.
    for life in [Life::Panicked, Life::Killed(11), Life::Quit(1)] {
        let mut j = job(2);
        j.collective(0, bcast());
        j.call(0, "MPI_Finalize", What::Finalize);
        assert_eq!(j.observation.finish(&[Life::Exited(0), life]), []);
    }
    // Nor where it has not finalized: then that is to be said.
    let mut j = job(2);
    j.collective(0, bcast());
    j.call(0, "MPI_Finalize", What::Finalize);
    let found = j.observation.finish(&[Life::Exited(0); 2]);
    assert_eq!(found[0].rule, Rule::NotFinalized);
    assert_eq!(found.len(), 1);
}

#[test]
fn windows_and_files_have_collectives_of_their_own() {
    let on = |comm, kind| {
        let mut part = collective(kind, None);
        part.comm = CommId(comm);
        part
    };
    let mut j = job(2);
    for rank in 0..2 {
        let mut made = on(0, "MPI_Win_create");
        made.makes = Some(CommId(SUB));
        j.collective(rank, made);
    }
    j.in_collective(0, on(SUB, "MPI_Win_fence"));
    assert_eq!(j.stuck(), []);
    j.in_collective(1, on(0, "MPI_Barrier"));
    assert_eq!(cycle(&j.deadlock()), [0, 1]);
    // What was freed is not missed.
    let story = |frees: u32| {
        let mut j = job(2);
        for rank in 0..2 {
            let mut made = on(0, "MPI_File_open");
            made.makes = Some(CommId(SUB));
            j.collective(rank, made);
            j.collective(rank, on(SUB, "MPI_File_write_all"));
            if rank < frees {
                j.collective(rank, on(SUB, "MPI_File_close"));
            }
        }
        j.rules()
    };
    assert_eq!(story(2), []);
    assert!(matches!(
        story(1)[..],
        [
            Rule::NotByAll { .. },
            Rule::NeverFreed {
                object: Object::File,
                ..
            }
        ]
    ));
}

#[test]
fn blocks_that_a_collective_receives_do_not_overlap() {
    let gatherv = |starts: [u64; 3], counts: [i64; 3]| {
        let mut j = job(3);
        for rank in 0..3 {
            let mut part = collective("MPI_Gatherv", Some(0));
            part.gives = Some(data(counts[rank as usize], INT));
            if rank == 0 {
                let blocks = starts.into_iter().zip(counts);
                part.each.1 = blocks
                    .map(|(start, count)| at(1000 + 4 * start, count, INT))
                    .collect();
            }
            j.collective(rank, part);
        }
        j.rules()
    };
    assert_eq!(gatherv([0, 2, 4], [2, 2, 2]), []);
    assert_eq!(gatherv([4, 0, 2], [2, 2, 2]), []);
    assert_eq!(gatherv([0, 1, 2], [2, 0, 2]), []);
    let overlap = |from, bytes| {
        let comm = CommId::WORLD;
        [Rule::BlocksOverlap { comm, from, bytes }]
    };
    assert_eq!(gatherv([0, 1, 3], [2, 2, 2]), overlap((0, 1), 4));
    assert_eq!(gatherv([3, 0, 1], [9, 1, 3]), overlap((0, 2), 4));
}

#[test]
fn a_disagreement_is_said_while_somebody_sits_in_it() {
    let mut j = job(2);
    let mut root = collective("MPI_Scatterv", Some(0));
    root.each.0 = vec![data(1, INT), data(5, INT)];
    root.takes = Some(data(1, INT));
    let number = j.in_collective(0, root);
    let mut other = collective("MPI_Scatterv", Some(0));
    other.takes = Some(data(0, INT));
    j.collective(1, other);
    j.in_collective(1, collective("MPI_Barrier", None));
    assert_eq!(j.stuck(), []);
    let finding = j.observation.disagreeing().map(|finding| finding.rule);
    assert!(matches!(
        finding,
        Some(Rule::CollectivesDiffer {
            by: Difference::Count {
                gives: 20,
                takes: 0
            },
            ..
        })
    ));
    j.back(0, number, Vec::new());
    assert_eq!(j.observation.disagreeing(), None);
}

#[test]
fn a_blocking_collective_does_not_meet_an_immediate_one() {
    let mut j = job(2);
    j.in_collective(0, collective("MPI_Barrier", None));
    let id = j.new_request(1);
    j.call(
        1,
        "MPI_Ibarrier",
        What::Collective(collective("MPI_Barrier", None), Some(id)),
    );
    let found = j.observation.so_far();
    assert!(matches!(
        found[0].rule,
        Rule::CollectivesDiffer {
            by: Difference::Blocking,
            ..
        }
    ));
}

#[test]
fn two_groups_must_reduce_the_same_number_of_elements() {
    let found = |function: &'static str, counts: [i64; 3]| {
        let mut j = job(3);
        let comm = CommId(77);
        for rank in 0..3 {
            let (one, other): (&[Rank], &[Rank]) = (&[0], &[1, 2]);
            let (local, remote) = if rank == 0 {
                (one, other)
            } else {
                (other, one)
            };
            let between = Communicator {
                parent: None,
                made_by: "MPI_Intercomm_create",
                members: local.into(),
                remote: Some(remote.into()),
                only_here: false,
            };
            let definition = Definition::Communicator(comm, between);
            j.observation.define(rank, definition);
        }
        for (rank, count) in (0..).zip(counts) {
            let mut part = collective(function, None);
            part.comm = comm;
            part.gives = Some(data(count, INT));
            j.in_collective(rank, part);
        }
        let mut found = j.observation.so_far().into_iter();
        found.next().map(|found| found.rule)
    };
    let differ = |rule| match rule {
        Some(Rule::CollectivesDiffer {
            by: Difference::Groups { gives, takes },
            ..
        }) => Some((gives, takes)),
        _ => None,
    };
    let block = "MPI_Reduce_scatter_block";
    assert_eq!(differ(found(block, [4, 8, 8])), Some((16, 32)));
    assert_eq!(differ(found("MPI_Allreduce", [4, 8, 8])), Some((16, 32)));
    assert_eq!(found(block, [8, 8, 8]), None);
    // What goes from one group to the other may be another amount each way.
    assert_eq!(found("MPI_Allgather", [4, 8, 8]), None);
}

#[test]
fn an_immediate_barrier_waits_for_those_who_have_not_called_it() {
    let mut j = job(2);
    let id = j.new_request(0);
    j.call(
        0,
        "MPI_Ibarrier",
        What::Collective(collective("MPI_Barrier", None), Some(id)),
    );
    j.in_wait(0, How::All, &[id]);
    assert_eq!(j.stuck(), []);
    j.in_receive(1, 0, 0);
    assert_eq!(cycle(&j.deadlock()), [0, 1]);
}

/// Two ranks send to rank 0, which receives twice.
fn race(second: Receive, ordered: bool) -> Vec<Finding> {
    let mut j = job(3);
    j.send(1, 0, 0);
    let number = j.begin(
        0,
        "MPI_Recv",
        What::Receive(receive(Source::Any, Tag::Is(0)), None),
    );
    j.back(0, number, vec![got(1, 0)]);
    if ordered {
        j.send(0, 2, 9);
        j.receive(2, 0, 9);
    }
    j.send(2, 0, 0);
    let number = j.begin(0, "MPI_Recv", What::Receive(second, None));
    j.back(0, number, vec![got(2, 0)]);
    j.finish()
}

#[test]
fn a_wildcard_that_another_message_could_have_met() {
    let found = race(from(2, 0), false);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, Kind::MessageRace);
    assert_eq!(
        found[0].rule,
        Rule::Race {
            confidence: Confidence::High
        }
    );
    let senders: Vec<Rank> = found[0].calls.iter().map(|call: &Call| call.rank).collect();
    assert_eq!(senders, [0, 1, 2, 0]);
    // Both receives could have had either message.
    let low = race(receive(Source::Any, Tag::Any), false);
    assert_eq!(
        low[0].rule,
        Rule::Race {
            confidence: Confidence::Low
        }
    );
    // Sent only after the first one had been received: no race.
    assert_eq!(race(from(2, 0), true), []);
    assert_eq!(race(receive(Source::Any, Tag::Any), true), []);
}

#[test]
fn wildcards_whose_messages_would_not_be_right_in_each_others_room() {
    // Both messages fill their rooms.
    let run = |first: Data, second: Data, probed: bool, mode: Mode| {
        let mut j = job(3);
        let sent = Send {
            mode,
            data: first.clone(),
            ..send(0, 0)
        };
        j.call(1, "MPI_Send", What::Send(sent, None));
        let any = Receive {
            data: first,
            ..receive(Source::Any, Tag::Any)
        };
        let number = j.begin(0, "MPI_Recv", What::Receive(any.clone(), None));
        j.back(0, number, vec![got(1, 0)]);
        let sent = Send {
            data: second.clone(),
            ..send(0, 0)
        };
        j.call(2, "MPI_Send", What::Send(sent, None));
        if probed {
            let probe = What::Probe {
                comm: CommId(0),
                source: Source::Any,
                tag: Tag::Any,
                takes: None,
                waits: true,
                in_vain: 0,
            };
            let number = j.begin(0, "MPI_Probe", probe);
            j.back(0, number, vec![got(2, 0)]);
        }
        let any = Receive {
            data: second,
            ..any
        };
        let number = j.begin(0, "MPI_Recv", What::Receive(any, None));
        j.back(0, number, vec![got(2, 0)]);
        let found = j.finish();
        let races = found.iter().filter_map(|finding| match finding.rule {
            Rule::Race { confidence } => Some(confidence),
            _ => None,
        });
        races.collect::<Vec<_>>()
    };
    let plain = |one, other| run(one, other, false, Mode::Standard);
    assert_eq!(plain(data(2, INT), data(2, INT)), [Confidence::Low]);
    assert_eq!(plain(data(2, INT), data(1, DOUBLE)), [Confidence::High]);
    assert_eq!(plain(data(1, INT), data(4, INT)), [Confidence::High]);
    assert_eq!(plain(data(4, INT), data(1, INT)), [Confidence::High]);
    // The room was chosen by what a probe had told, or the first sender may have told of its message.
    let probed = run(data(4, INT), data(1, INT), true, Mode::Standard);
    assert!(!probed.contains(&Confidence::High), "{probed:?}");
    let told = run(data(4, INT), data(1, INT), false, Mode::Synchronous);
    assert_eq!(told, [Confidence::Low]);
}

#[test]
fn a_message_that_a_wildcard_could_have_met_and_nobody_received() {
    for (ordered, tag, missed) in [(false, 0, 1), (true, 0, 0), (false, 1, 0)] {
        let mut j = job(3);
        j.send(1, 0, 0);
        let any = receive(Source::Any, Tag::Is(0));
        let number = j.begin(0, "MPI_Recv", What::Receive(any, None));
        j.back(0, number, vec![got(1, 0)]);
        if ordered {
            j.send(0, 2, 9);
            j.receive(2, 0, 9);
        }
        j.send(2, 0, tag);
        let found = j.observation.missed_races(0);
        let senders = found.iter().map(|finding| finding.calls[2].rank);
        assert_eq!(senders.collect::<Vec<_>>(), vec![2; missed]);
    }
}

#[test]
fn wildcards_that_could_not_swap_their_messages() {
    let mut j = job(3);
    j.send(1, 0, 0);
    let number = j.begin(
        0,
        "MPI_Recv",
        What::Receive(receive(Source::Any, Tag::Any), None),
    );
    j.back(0, number, vec![got(1, 0)]);
    // Had this one come first, nothing would be left for the second receive.
    j.send(2, 0, 1);
    let number = j.begin(
        0,
        "MPI_Recv",
        What::Receive(receive(Source::Any, Tag::Is(1)), None),
    );
    j.back(0, number, vec![got(2, 1)]);
    let found = j.finish();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].severity, Severity::Error);
}

#[test]
fn buffers_that_mpi_still_owns() {
    let overlap = |second: Data| {
        let mut j = job(2);
        let mut first = from(0, 0);
        first.data = at(1000, 10, INT);
        let a = j.irecv(1, first);
        let mut other = from(0, 1);
        other.data = second;
        let b = j.irecv(1, other);
        j.send(0, 1, 0);
        j.send(0, 1, 1);
        j.wait(1, vec![done_from(a, 0, 0), done_from(b, 0, 1)]);
        j.rules()
    };
    assert_eq!(
        overlap(at(1036, 3, INT)),
        [Rule::BuffersOverlap {
            from: 1036,
            bytes: 4
        }]
    );
    assert_eq!(overlap(at(1040, 3, INT)), []);
    // One after the other is fine.
    let mut j = job(2);
    for tag in 0..2 {
        j.send(0, 1, tag);
        let mut room = from(0, tag);
        room.data = at(1000, 10, INT);
        let id = j.irecv(1, room);
        j.wait(1, vec![done_from(id, 0, tag)]);
    }
    assert_eq!(j.rules(), []);
    // Two sends from the same buffer are fine too; one that changes is not.
    let found = |changed| {
        let mut j = job(2);
        let mut message = send(1, 0);
        message.data = at(500, 4, INT);
        let id = j.isend(0, message.clone());
        j.call(0, "MPI_Send", What::Send(message, None));
        j.wait(
            0,
            vec![Completed {
                changed,
                gone: None,
                ..done(id)
            }],
        );
        j.receive(1, 0, 0);
        j.receive(1, 0, 0);
        let found: Vec<_> = j
            .rules()
            .into_iter()
            .filter(|r| *r == Rule::SendBufferChanged)
            .collect();
        found.len()
    };
    assert_eq!((found(false), found(true)), (0, 1));
}

#[test]
fn calls_outside_and_a_missing_finalize() {
    let mut observation = Observation::new(1);
    let mut event = Event {
        number: 0,
        thread: 0,
        function: "MPI_Comm_size",
        place: PlaceId(0),
        aside: false,
        entered: 0,
        left: Some(Left::default()),
        what: What::Other,
        complaint: None,
    };
    observation.begun(0, event.clone());
    event.number = 1;
    event.function = "MPI_Initialized";
    observation.begun(0, event);
    assert_eq!(observation.so_far().len(), 1);
    assert_eq!(observation.so_far()[0].rule, Rule::BeforeInit);
    let mut j = job(2);
    j.call(0, "MPI_Finalize", What::Finalize);
    j.call(0, "MPI_Finalized", What::Other);
    assert_eq!(j.observation.so_far(), []);
    j.call(0, "MPI_Comm_size", What::Other);
    let life = [Life::Exited(0), Life::Exited(0)];
    let found = j.observation.finish(&life);
    let rules: Vec<&Rule> = found.iter().map(|finding| &finding.rule).collect();
    assert!(rules.contains(&&Rule::AfterFinalize) && rules.contains(&&Rule::NotFinalized));
    // Who was ended because another one failed is not to blame.
    let found = j.observation.finish(&[Life::Panicked, Life::Exited(1)]);
    assert!(
        found
            .iter()
            .all(|finding| finding.rule != Rule::NotFinalized)
    );
}

#[test]
fn a_chain_of_messages_is_as_long_as_the_way() {
    let chain = |hops: &[(Rank, Rank)]| {
        let mut j = job(4);
        let window = j.observation.count(vec![1..100; 4]);
        for &(a, b) in hops {
            j.send(a, b, 0);
            j.receive(b, a, 0);
        }
        j.observation.counting(window).unwrap()
    };
    // One after the other down the line; from the root to each; a tree.
    let line = chain(&[(0, 1), (1, 2), (2, 3)]);
    assert_eq!(
        (line.depth, line.total().messages, line.total().bytes),
        (3, 3, 12)
    );
    assert_eq!(chain(&[(0, 1), (0, 2), (0, 3)]).depth, 1);
    assert_eq!(chain(&[(0, 2), (0, 1), (2, 3)]).depth, 2);
    assert_eq!(line.pairs[&(0, 1)].messages, 1);
    assert_eq!(line.calls["MPI_Send"][&0], 1);
}

#[test]
fn completed_operations_are_forgotten() {
    let mut j = job(2);
    for _ in 0..1000 {
        j.send(0, 1, 0);
        j.receive(1, 0, 0);
        let a = j.isend(1, send(0, 1));
        let b = j.irecv(0, receive(Source::Any, Tag::Any));
        j.wait(1, vec![done(a)]);
        j.wait(0, vec![done_from(b, 1, 1)]);
        for rank in 0..2 {
            j.in_collective(rank, collective("MPI_Barrier", None));
        }
        for rank in 0..2 {
            let number = j.numbers[rank as usize] - 1;
            j.back(rank, number, Vec::new());
        }
    }
    assert_eq!(j.observation.kept(), 0);
}

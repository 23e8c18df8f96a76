//! Small runs, call by call, and what is drawn of them. The pairs are the reasoning's own.

use super::*;
use observer::{Heard, Life};
use reasoning::Observation;
use recording::event::{
    Collective, CommId, Communicator, Completed, Data, Datatype, Definition, Event, How, Left,
    Mode, Receive, RequestId, Send, Source, Tag as Wanted, TypeId, What,
};
use trace::Class;

const INT: TypeId = TypeId(7);

/// A run that is told to both who reason and who draw, as the observer does it.
struct Run {
    book: Book,
    observation: Observation,
    ranks: u32,
    next: Vec<u64>,
    events: HashMap<(Rank, u64), Event>,
}

impl Run {
    fn new(ranks: u32) -> Self {
        Self::with(ranks, Book::new())
    }

    fn with(ranks: u32, book: Book) -> Self {
        let mut observation = Observation::new(ranks as usize);
        observation.keep_pairs();
        let mut run = Self {
            book,
            observation,
            ranks,
            next: vec![0; ranks as usize],
            events: HashMap::new(),
        };
        for rank in 0..ranks {
            run.define(
                rank,
                Definition::Communicator(
                    CommId::WORLD,
                    Communicator {
                        parent: None,
                        made_by: "",
                        members: (0..ranks).collect(),
                        remote: None,
                        only_here: false,
                    },
                ),
            );
            run.define(
                rank,
                Definition::Datatype(
                    INT,
                    Datatype {
                        name: "MPI_INT".into(),
                        size: 4,
                        extent: 4,
                        signature: [(1, recording::event::Basic::Signed(4))].into(),
                        layout: [].into(),
                    },
                ),
            );
            run.call(rank, "MPI_Init", What::Init, 0, Some(1));
        }
        run
    }

    fn define(&mut self, rank: Rank, definition: Definition) {
        self.book.hear(Heard::Definition(rank, &definition));
        self.observation.define(rank, definition);
    }

    /// A call that goes in at `from`, and comes back at `to` if it does; its number.
    fn call(
        &mut self,
        rank: Rank,
        function: &'static str,
        what: What,
        from: u64,
        to: Option<u64>,
    ) -> u64 {
        let number = self.next[rank as usize];
        self.next[rank as usize] += 1;
        let event = Event {
            number,
            thread: 0,
            function,
            place: PlaceId(from as u32),
            aside: false,
            entered: from,
            left: None,
            what,
            complaint: None,
        };
        self.book.hear(Heard::Call(rank, &event));
        self.observation.begun(rank, event.clone());
        self.events.insert((rank, number), event);
        self.pairs();
        if let Some(to) = to {
            self.back(rank, number, to, Vec::new());
        }
        number
    }

    fn back(&mut self, rank: Rank, number: u64, at: u64, completed: Vec<Completed>) {
        let event = self.events.get_mut(&(rank, number)).unwrap();
        let left = Left {
            at,
            code: 0,
            completed,
        };
        event.left = Some(left.clone());
        self.book.hear(Heard::Call(rank, event));
        self.observation
            .returned(rank, number, &left, Some(event.what.clone()));
        self.pairs();
    }

    fn pairs(&mut self) {
        for pair in self.observation.take_pairs() {
            self.book.hear(Heard::Pair(&pair));
        }
    }

    fn timeline(&self, facts: Facts<'_>) -> Timeline {
        let facts = Facts {
            ranks: self.ranks,
            ..facts
        };
        timeline(&self.book, facts, &mut |_, place| {
            Some((String::from("run.c"), place.0))
        })
    }
}

fn data(count: i64) -> Data {
    Data {
        address: 0,
        count,
        datatype: Some(INT),
    }
}

fn send(to: Rank, tag: i32, request: Option<RequestId>) -> What {
    What::Send(
        Send {
            comm: CommId::WORLD,
            to: Some(to),
            tag,
            mode: Mode::Standard,
            made_synchronous: false,
            data: data(3),
        },
        request,
    )
}

fn receive(source: Source, tag: i32, request: Option<RequestId>) -> What {
    What::Receive(
        Receive {
            comm: CommId::WORLD,
            source,
            tag: Wanted::Is(tag),
            data: data(5),
        },
        request,
    )
}

fn got(request: Option<RequestId>, source: Rank, tag: i32) -> Completed {
    Completed {
        request,
        source: Some(source),
        tag,
        bytes: Some(12),
        cancelled: false,
        changed: false,
        gone: None,
        part: Default::default(),
    }
}

fn barrier(index: u64) -> What {
    What::Collective(
        Collective {
            comm: CommId::WORLD,
            index,
            made_synchronous: false,
            kind: "MPI_Barrier",
            root: None,
            op: None,
            gives: None,
            takes: None,
            each: (Vec::new(), Vec::new()),
            makes: None,
            assertion: 0,
            meets: None,
        },
        None,
    )
}

fn find(timeline: &Timeline, rank: u32, from: u64) -> (u32, &Call) {
    (0..)
        .zip(&timeline.calls)
        .find(|(_, call)| call.rank == rank && call.from_ns == from)
        .unwrap()
}

#[test]
fn a_ping_pong_has_two_messages_and_waits_for_each() {
    let mut run = Run::new(2);
    let there = run.call(1, "MPI_Recv", receive(Source::Any, 4, None), 10, None);
    run.call(0, "MPI_Send", send(1, 4, None), 30, Some(35));
    run.back(1, there, 40, vec![got(None, 0, 4)]);
    run.call(1, "MPI_Send", send(0, 5, None), 50, Some(52));
    let back = run.call(0, "MPI_Recv", receive(Source::Rank(1), 5, None), 60, None);
    run.back(0, back, 62, vec![got(None, 1, 5)]);
    let timeline = run.timeline(Facts::default());

    let (ping, first) = find(&timeline, 0, 30);
    let (got, waiting) = find(&timeline, 1, 10);
    assert_eq!((first.class, first.waiting), (Class::Send, None));
    assert_eq!(
        (first.peer, first.tag, first.bytes),
        (Some(trace::Peer::Rank(1)), Some(Tag::Is(4)), Some(12))
    );
    assert_eq!(first.place.as_ref().map(|place| place.line), Some(30));
    assert_eq!(waiting.waiting, Some((10, 30)));
    assert_eq!(
        (waiting.peer, waiting.bytes),
        (Some(trace::Peer::Any), Some(12))
    );
    // The second receive found its message there.
    assert_eq!(find(&timeline, 0, 60).1.waiting, None);
    assert_eq!(timeline.messages.len(), 2);
    assert_eq!(
        timeline.messages[0],
        Message {
            from: End {
                rank: 0,
                call: Some(ping)
            },
            to: End {
                rank: 1,
                call: Some(got)
            },
            sent_ns: 30,
            received_ns: Some(40),
            bytes: 12,
            tag: 4,
        }
    );
    assert_eq!(timeline.left_out, None);
    assert!(timeline.stuck.is_empty());
}

#[test]
fn a_send_that_came_back_after_its_receive_began_has_waited_for_it() {
    let mut run = Run::new(2);
    let put = run.call(0, "MPI_Ssend", send(1, 0, None), 10, None);
    let get = run.call(1, "MPI_Recv", receive(Source::Rank(0), 0, None), 70, None);
    run.back(1, get, 80, vec![got(None, 0, 0)]);
    run.back(0, put, 81, vec![]);
    let timeline = run.timeline(Facts::default());
    assert_eq!(find(&timeline, 0, 10).1.waiting, Some((10, 70)));
}

#[test]
fn an_immediate_receive_has_its_message_where_it_is_waited_for() {
    let mut run = Run::new(2);
    let ids = [RequestId(1), RequestId(2)];
    // Two at once, completed one after the other, in the other order; and read before the sends.
    run.call(
        1,
        "MPI_Irecv",
        receive(Source::Rank(0), 1, Some(ids[0])),
        10,
        Some(11),
    );
    run.call(
        1,
        "MPI_Irecv",
        receive(Source::Rank(0), 2, Some(ids[1])),
        12,
        Some(13),
    );
    let wait = |id| What::Complete {
        how: How::All,
        waits: true,
        requests: vec![id],
        in_vain: 0,
    };
    let second = run.call(1, "MPI_Wait", wait(ids[1]), 20, None);
    run.back(1, second, 60, vec![got(Some(ids[1]), 0, 2)]);
    let first = run.call(1, "MPI_Wait", wait(ids[0]), 61, None);
    run.back(1, first, 62, vec![got(Some(ids[0]), 0, 1)]);
    run.call(0, "MPI_Send", send(1, 1, None), 40, Some(41));
    run.call(0, "MPI_Send", send(1, 2, None), 50, Some(51));
    let timeline = run.timeline(Facts::default());
    let ends: BTreeMap<i32, (Option<u32>, Option<u64>)> = timeline
        .messages
        .iter()
        .map(|message| (message.tag, (message.to.call, message.received_ns)))
        .collect();
    assert_eq!(ends[&1], (Some(find(&timeline, 1, 61).0), Some(62)));
    assert_eq!(ends[&2], (Some(find(&timeline, 1, 20).0), Some(60)));
    assert_eq!(find(&timeline, 1, 20).1.waiting, Some((20, 50)));
    assert_eq!(find(&timeline, 1, 61).1.waiting, None);
    assert_eq!(find(&timeline, 1, 20).1.class, Class::Wait);
}

#[test]
fn a_collective_waits_for_the_last_rank() {
    let mut run = Run::new(3);
    for (rank, from) in [(2, 10), (0, 20), (1, 50)] {
        run.call(rank, "MPI_Barrier", barrier(0), from, None);
    }
    for rank in 0..3 {
        run.back(rank, 1, 60, vec![]);
    }
    let timeline = run.timeline(Facts::default());
    let [meeting] = &timeline.collectives[..] else {
        panic!("{:?}", timeline.collectives);
    };
    assert_eq!((meeting.calls.len(), meeting.missing.len()), (3, 0));
    assert_eq!(find(&timeline, 2, 10).1.waiting, Some((10, 50)));
    assert_eq!(find(&timeline, 0, 20).1.waiting, Some((20, 50)));
    assert_eq!(find(&timeline, 1, 50).1.waiting, None);
}

#[test]
fn a_rank_that_never_comes_back_waits_to_the_end_and_who_is_missing_is_named() {
    let mut run = Run::new(3);
    run.call(0, "MPI_Barrier", barrier(0), 10, None);
    run.call(1, "MPI_Barrier", barrier(0), 12, None);
    let timeline = run.timeline(Facts {
        ended: Some(500),
        ..Facts::default()
    });
    let call = find(&timeline, 0, 10).1;
    assert_eq!((call.to_ns, call.waiting), (None, Some((10, 500))));
    let [meeting] = &timeline.collectives[..] else {
        panic!("{:?}", timeline.collectives);
    };
    assert_eq!((meeting.calls.len(), &meeting.missing[..]), (2, &[2][..]));
}

#[test]
fn a_deadlock_is_drawn_and_so_are_its_messages() {
    let mut run = Run::new(3);
    run.call(0, "MPI_Recv", receive(Source::Rank(1), 0, None), 10, None);
    run.call(1, "MPI_Recv", receive(Source::Rank(0), 0, None), 12, None);
    // Nobody looks for this one.
    run.call(2, "MPI_Send", send(0, 9, None), 14, Some(15));
    run.call(2, "MPI_Finalize", What::Finalize, 16, None);
    let deadlock = run.observation.deadlock(&[Life::Running; 3]).unwrap();
    let timeline = run.timeline(Facts {
        ended: Some(300),
        deadlock: Some(&deadlock),
        unreceived: run.observation.unreceived(),
        ..Facts::default()
    });
    let edges: Vec<Edge> = timeline.stuck.clone();
    assert_eq!(edges.len(), 2);
    for edge in edges {
        assert_eq!(edge.to, 1 - edge.from);
        let at = if edge.from == 0 { 10 } else { 12 };
        assert_eq!(edge.call, Some(find(&timeline, edge.from, at).0));
    }
    let [lost] = &timeline.messages[..] else {
        panic!("{:?}", timeline.messages);
    };
    assert_eq!(
        (lost.from.rank, lost.to.rank, lost.received_ns, lost.tag),
        (2, 0, None, 9)
    );
}

#[test]
fn of_a_long_run_what_matters_stays_and_the_rest_is_said_to_be_gone() {
    const ROUNDS: u64 = 20_000;
    const SLOW: u64 = 777;
    let mut run = Run::with(2, Book::with_budget(2_000));
    // Nobody ever receives this one.
    let lost = run.call(0, "MPI_Send", send(1, 5, None), 5, Some(6));
    for round in 0..ROUNDS {
        let at = 100 * round + 10;
        let get = run.call(1, "MPI_Recv", receive(Source::Rank(0), 0, None), at, None);
        let late = if round == SLOW { 60 } else { 1 };
        run.call(
            0,
            "MPI_Send",
            send(1, 0, None),
            at + late,
            Some(at + late + 1),
        );
        run.back(1, get, at + late + 2, vec![got(None, 0, 0)]);
    }
    let open = run.call(
        0,
        "MPI_Recv",
        receive(Source::Rank(1), 0, None),
        100 * ROUNDS,
        None,
    );
    run.book.finish();
    let timeline = run.timeline(Facts::default());
    assert!(timeline.calls.len() <= 2_000, "{}", timeline.calls.len());
    assert!(timeline.calls.len() >= 500, "{}", timeline.calls.len());
    assert!(run.book.find(0, open).is_some() && run.book.find(0, lost).is_some());
    // The one long wait, with the send that ended it.
    let (slow, call) = find(&timeline, 1, 100 * SLOW + 10);
    assert_eq!(call.waiting, Some((100 * SLOW + 10, 100 * SLOW + 70)));
    assert!(
        timeline
            .messages
            .iter()
            .any(|message| message.to.call == Some(slow) && message.from.call.is_some())
    );
    // Every message that is left has both its ends.
    assert!(timeline.messages.len() > 100);
    for message in &timeline.messages {
        let ends = [message.from, message.to];
        for end in ends {
            let call = &timeline.calls[end.call.unwrap() as usize];
            assert_eq!(call.rank, end.rank);
        }
    }
    // All of the run is seen, not its end alone.
    let early = timeline.calls.iter();
    let early = early.filter(|call| call.from_ns < 100 * ROUNDS / 4).count();
    assert!(early > timeline.calls.len() / 10, "{early}");
    let said = timeline.left_out.unwrap();
    assert!(
        said.contains(&format!("of {} calls", 2 * ROUNDS + 4)),
        "{said}"
    );
}

#[test]
fn what_a_finding_is_about_is_marked_and_a_short_recording_said() {
    let mut run = Run::new(1);
    let number = run.call(0, "MPI_Barrier", barrier(0), 10, Some(11));
    let timeline = run.timeline(Facts {
        wrong: HashSet::from([(0, number)]),
        is_cut: true,
        ..Facts::default()
    });
    assert!(find(&timeline, 0, 10).1.error && !find(&timeline, 0, 0).1.error);
    assert!(timeline.left_out.unwrap().contains("stopped recording"));
}

#[test]
fn files_have_the_name_that_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("new/run.1");
    let files = Files::of(&below).unwrap();
    assert_eq!(files.svg, folder.path().join("new/run.1.svg"));
    let files = Files::of(&folder.path().join("new/run.html")).unwrap();
    assert_eq!(files.perfetto, folder.path().join("new/run.json"));
    files.write(&Timeline::default()).unwrap();
    assert!(files.svg.is_file() && files.html.is_file() && files.perfetto.is_file());
    assert!(Files::of(Path::new("..")).is_err());
}

#[test]
fn titles_are_short() {
    let words = ["/opt/mpi/bin/mpiexec", "-n", "2", "./run"].map(OsString::from);
    assert_eq!(title(&words), "mpiexec -n 2 ./run");
    let long = [OsString::from("x".repeat(300))];
    assert_eq!(title(&long).chars().count(), 100);
}

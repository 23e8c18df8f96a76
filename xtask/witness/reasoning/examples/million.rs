//! How long a million calls take, read rank by rank in pieces, as the grader does.
//!
//! `cargo run --release -p reasoning --example million`

use reasoning::{Life, Observation};
use recording::event::*;
use std::time::Instant;

fn main() {
    for (size, wildcards) in [(2, false), (8, false), (8, true), (64, false), (64, true)] {
        run(size, wildcards);
    }
}

fn run(size: usize, wildcards: bool) {
    let mut observation = Observation::new(size);
    for rank in 0..size as Rank {
        let communicator = Communicator {
            parent: None,
            made_by: "",
            members: (0..size as Rank).collect::<Vec<_>>().into(),
            remote: None,
            only_here: false,
        };
        observation.define(rank, Definition::Communicator(CommId::WORLD, communicator));
        let double = Datatype {
            name: "MPI_DOUBLE".into(),
            size: 8,
            extent: 8,
            signature: [(1, Basic::Float(8))].into(),
            layout: [].into(),
        };
        observation.define(rank, Definition::Datatype(TypeId(0), double));
    }
    let mut numbers = vec![0; size];
    let mut streams: Vec<Vec<Event>> = vec![Vec::new(); size];
    let mut call = |rank: usize, function, what, completed: Vec<Completed>| {
        let number = numbers[rank];
        numbers[rank] += 1;
        streams[rank].push(Event {
            number,
            thread: 0,
            function,
            place: PlaceId(number as u32 % 7),
            aside: false,
            entered: 0,
            left: Some(Left {
                completed,
                ..Left::default()
            }),
            what,
            complaint: None,
        });
    };
    for rank in 0..size {
        call(rank, "MPI_Init", What::Init, Vec::new());
    }
    let steps = 1_000_000 / (4 * size);
    for step in 0..steps {
        for rank in 0..size {
            let (right, left) = ((rank + 1) % size, (rank + size - 1) % size);
            let data = Data {
                address: 4096,
                count: 100,
                datatype: Some(TypeId(0)),
            };
            let source = if wildcards {
                Source::Any
            } else {
                Source::Rank(left as Rank)
            };
            let receive = Receive {
                comm: CommId::WORLD,
                source,
                tag: Tag::Is(1),
                data: data.clone(),
            };
            let send = Send {
                comm: CommId::WORLD,
                to: Some(right as Rank),
                tag: 1,
                mode: Mode::Standard,
                made_synchronous: false,
                data: Data {
                    address: 1 << 20,
                    ..data
                },
            };
            let id = RequestId(step as u64);
            let got = Completed {
                request: Some(id),
                source: Some(left as Rank),
                tag: 1,
                bytes: Some(800),
                cancelled: false,
                changed: false,
                gone: None,
                part: Default::default(),
            };
            call(
                rank,
                "MPI_Irecv",
                What::Receive(receive, Some(id)),
                Vec::new(),
            );
            call(rank, "MPI_Send", What::Send(send, None), Vec::new());
            let wait = What::Complete {
                how: How::All,
                waits: true,
                requests: vec![id],
                in_vain: 0,
            };
            call(rank, "MPI_Wait", wait, vec![got]);
            let sum = Collective {
                comm: CommId::WORLD,
                index: step as u64,
                made_synchronous: false,
                kind: "MPI_Allreduce",
                root: None,
                op: None,
                gives: None,
                takes: None,
                each: (Vec::new(), Vec::new()),
                makes: None,
                assertion: 0,
                meets: None,
            };
            call(
                rank,
                "MPI_Allreduce",
                What::Collective(sum, None),
                Vec::new(),
            );
        }
    }
    let events: usize = streams.iter().map(Vec::len).sum();
    let mut streams: Vec<_> = streams.into_iter().map(Vec::into_iter).collect();
    let begin = Instant::now();
    let mut most = 0;
    loop {
        let mut read = 0;
        for (rank, stream) in streams.iter_mut().enumerate() {
            for event in stream.take(500) {
                observation.begun(rank as Rank, event);
                read += 1;
            }
            most = most.max(observation.kept());
        }
        if read == 0 {
            break;
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let deadlock = observation.deadlock(&vec![Life::Running; size]);
    println!(
        "{size} ranks, wildcards {wildcards}: {events} calls in {seconds:.2} s; kept at most {most}, \
         at the end {}; deadlock {} in {:?}",
        observation.kept(),
        deadlock.is_some(),
        begin.elapsed(),
    );
}

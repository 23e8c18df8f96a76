//! Runs to draw: small ones as they are taught, and large ones.

use trace::{Call, Class, Edge, End, Meeting, Message, Names, Peer, Place, Tag, Timeline};

/// A run that is made up call by call; each rank has a clock.
pub struct Run {
    pub timeline: Timeline,
    clocks: Vec<u64>,
    names: Names,
}

impl Run {
    pub fn new(title: &str, ranks: u32) -> Self {
        Self {
            timeline: Timeline {
                title: title.to_owned(),
                ranks,
                ..Timeline::default()
            },
            // Nothing begins at 0: clocks count from the machine's start.
            clocks: (0..ranks)
                .map(|rank| 5_000_000 + 170 * u64::from(rank))
                .collect(),
            names: Names::default(),
        }
    }

    pub fn compute(&mut self, rank: u32, ns: u64) {
        self.clocks[rank as usize] += ns;
    }

    fn push(&mut self, call: Call, line: u32) -> u32 {
        let call = Call {
            place: Some(Place {
                file: self.names.get("exercises/04-messages/src/lib.rs"),
                line,
            }),
            ..call
        };
        self.timeline.calls.push(call);
        self.timeline.calls.len() as u32 - 1
    }

    fn call(&mut self, rank: u32, name: &str, class: Class, from: u64, to: Option<u64>) -> Call {
        Call::new(rank, self.names.get(name), class, from, to)
    }

    /// A standard send that is buffered, and its receive.
    pub fn message(&mut self, from: u32, to: u32, tag: i32, bytes: u64) {
        let number = self.send(from, to, tag, bytes);
        self.receive(to, number);
    }

    /// A send that has no receive yet; the message's number.
    pub fn send(&mut self, from: u32, to: u32, tag: i32, bytes: u64) -> usize {
        let sent = self.clocks[from as usize] + 300;
        let back = sent + 900 + bytes / 10;
        let send = self.call(from, "MPI_Send", Class::Send, sent, Some(back));
        let send = self.push(
            Call {
                peer: Some(Peer::Rank(to)),
                tag: Some(Tag::Is(tag)),
                bytes: Some(bytes),
                ..send
            },
            41,
        );
        self.clocks[from as usize] = back;
        self.timeline.messages.push(Message {
            from: End {
                rank: from,
                call: Some(send),
            },
            to: End {
                rank: to,
                call: None,
            },
            sent_ns: sent,
            received_ns: None,
            bytes,
            tag,
        });
        self.timeline.messages.len() - 1
    }

    /// The receive of a message.
    pub fn receive(&mut self, to: u32, number: usize) {
        let Message {
            sent_ns: sent,
            bytes,
            tag,
            from,
            ..
        } = self.timeline.messages[number];
        let begin = self.clocks[to as usize] + 300;
        let arrives = sent + 1_200 + bytes / 10;
        let end = begin.max(arrives) + 200;
        let receive = self.call(to, "MPI_Recv", Class::Receive, begin, Some(end));
        let receive = self.push(
            Call {
                peer: Some(Peer::Rank(from.rank)),
                tag: Some(Tag::Is(tag)),
                bytes: Some(bytes),
                waiting: (begin < sent).then_some((begin, sent)),
                ..receive
            },
            47,
        );
        self.clocks[to as usize] = end;
        let message = &mut self.timeline.messages[number];
        message.received_ns = Some(end);
        message.to.call = Some(receive);
    }

    /// A collective of all ranks that ends for all together.
    pub fn collective(&mut self, name: &str, bytes: Option<u64>) {
        let begins: Vec<u64> = self.clocks.iter().map(|clock| clock + 250).collect();
        let last = begins.iter().copied().max().unwrap_or(0);
        let mut calls = Vec::new();
        for (rank, begin) in (0..).zip(begins) {
            let end = last + 2_000 + 40 * u64::from(rank);
            let call = self.call(rank, name, Class::Collective, begin, Some(end));
            let call = Call {
                bytes,
                waiting: (begin < last).then_some((begin, last)),
                ..call
            };
            calls.push(self.push(call, 63));
            self.clocks[rank as usize] = end;
        }
        self.timeline.collectives.push(Meeting {
            calls,
            missing: Vec::new(),
        });
    }

    /// A receive to which no message comes.
    pub fn stuck(&mut self, rank: u32, from: u32, line: u32) {
        let begin = self.clocks[rank as usize] + 300;
        let call = self.call(rank, "MPI_Recv", Class::Receive, begin, None);
        let call = self.push(
            Call {
                peer: Some(Peer::Rank(from)),
                tag: Some(Tag::Is(0)),
                waiting: Some((begin, begin)),
                ..call
            },
            line,
        );
        self.timeline.stuck.push(Edge {
            from: rank,
            to: from,
            call: Some(call),
        });
        self.timeline.ended_ns = Some(begin + 20_000);
    }
}

pub fn empty() -> Timeline {
    Timeline {
        title: "A run without a call".to_owned(),
        ranks: 2,
        ..Timeline::default()
    }
}

pub fn ping_pong() -> Timeline {
    let mut run = Run::new("Ping-pong between two ranks", 2);
    for round in 0..3 {
        run.compute(0, 1_500);
        run.message(0, 1, round, 8);
        run.message(1, 0, round, 8);
    }
    run.timeline
}

pub fn deadlock_of_two() -> Timeline {
    let mut run = Run::new("Both receive first", 2);
    run.collective("MPI_Barrier", None);
    run.stuck(0, 1, 41);
    run.stuck(1, 0, 47);
    run.timeline
}

pub fn deadlock_of_three() -> Timeline {
    let mut run = Run::new("A ring of receives, and one who only watches", 4);
    run.message(3, 0, 1, 64);
    run.message(0, 1, 7, 64);
    run.stuck(0, 1, 41);
    run.stuck(1, 2, 41);
    run.stuck(2, 0, 41);
    let lost = run.send(3, 2, 9, 16);
    assert_eq!(run.timeline.messages[lost].received_ns, None);
    run.timeline
}

pub fn broadcast() -> Timeline {
    let mut run = Run::new("A broadcast by hand, as a tree, then a barrier", 8);
    run.compute(0, 4_000);
    for step in [4, 2, 1] {
        for from in (0..8).step_by(2 * step) {
            run.message(from as u32, (from + step) as u32, 0, 4_096);
        }
    }
    run.compute(5, 9_000);
    run.collective("MPI_Barrier", None);
    run.timeline
}

pub fn manager_worker() -> Timeline {
    let mut run = Run::new("A manager and three workers", 4);
    let mut done = [0_u64; 4];
    for worker in 1..4 {
        run.message(0, worker, 1, 32);
    }
    for round in 0..6_u32 {
        let worker = 1 + round % 3;
        run.compute(worker, 6_000 + 5_000 * u64::from(worker));
        run.message(worker, 0, 2, 800);
        done[worker as usize] += 1;
        run.message(0, worker, 1, 32);
    }
    run.collective("MPI_Reduce", Some(8));
    run.timeline
}

pub fn one_rank() -> Timeline {
    let mut run = Run::new("One rank alone", 1);
    run.collective("MPI_Barrier", None);
    run.compute(0, 3_000);
    run.collective("MPI_Allreduce", Some(8));
    run.timeline
}

pub fn ring_of(ranks: u32) -> Timeline {
    let mut run = Run::new(&format!("A shift around {ranks} ranks"), ranks);
    run.collective("MPI_Barrier", None);
    for _ in 0..2 {
        let sent: Vec<usize> = (0..ranks)
            .map(|rank| run.send(rank, (rank + 1) % ranks, 3, 512))
            .collect();
        for (rank, message) in (0..ranks).zip(sent) {
            run.compute(rank, 350 * u64::from(rank * 7 % 13));
            run.receive((rank + 1) % ranks, message);
        }
    }
    run.collective("MPI_Allreduce", Some(8));
    run.timeline
}

pub fn threads() -> Timeline {
    let mut run = Run::new("Two threads in each rank, and a call inside a call", 2);
    run.collective("MPI_Barrier", None);
    run.message(0, 1, 1, 8);
    let names = &mut Names::default();
    for rank in 0..2 {
        let outer = Call {
            thread: 1,
            ..Call::new(
                rank,
                names.get("MPI_Allreduce"),
                Class::Collective,
                5_001_000,
                Some(5_006_500),
            )
        };
        let inner = Call {
            thread: 1,
            ..Call::new(
                rank,
                names.get("MPI_Type_size"),
                Class::Other,
                5_003_000,
                Some(5_004_000),
            )
        };
        run.timeline.calls.extend([outer, inner]);
    }
    run.timeline
}

/// Two seconds of nothing between two dense parts.
pub fn long_gap() -> Timeline {
    let mut run = Run::new("Two seconds of computing between two exchanges", 3);
    run.message(0, 1, 0, 8);
    run.message(1, 2, 0, 8);
    run.compute(1, 2_000_000_000);
    run.message(1, 0, 0, 8);
    run.message(0, 2, 0, 8);
    run.collective("MPI_Barrier", None);
    run.timeline
}

/// A large run: as many calls as asked for, with messages between neighbours.
pub fn large(ranks: u32, calls: usize) -> Timeline {
    let mut run = Run::new("A large run", ranks);
    let mut round = 0_u64;
    while run.timeline.calls.len() < calls {
        for rank in 0..ranks {
            // Waits of all lengths, few of them long.
            let odd = round * 2_654_435_761 + u64::from(rank) * 40_503;
            run.compute(rank, 200 + odd % 1_000 * (odd % 17 / 16 * 20 + 1));
            run.message(
                rank,
                (rank + 1) % ranks,
                (round % 5) as i32,
                8 + odd % 4_000,
            );
        }
        round += 1;
        if round.is_multiple_of(100) {
            run.collective("MPI_Allreduce", Some(8));
        }
    }
    run.timeline
}

/// What is held by snapshots, by name.
pub fn small() -> Vec<(&'static str, Timeline)> {
    vec![
        ("empty", empty()),
        ("ping-pong", ping_pong()),
        ("deadlock-of-two", deadlock_of_two()),
        ("deadlock-of-three", deadlock_of_three()),
        ("broadcast", broadcast()),
        ("manager-worker", manager_worker()),
        ("one-rank", one_rank()),
        ("ranks-64", ring_of(64)),
        ("threads", threads()),
        ("long-gap", long_gap()),
    ]
}

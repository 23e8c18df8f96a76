//! Real ranks, under the MPIs that the workbook knows, with the recorder loaded into them: what they
//! write is what they did.

mod job;

use job::{Job, MPIS, Mpi, Ran};
use recording::{
    event::{
        Argument, CommId, Complaint, Data, Definition, Difference, Event, How, Persistent, Source,
        Tag, What,
    },
    header::State,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    thread,
    time::Duration,
};

fn functions(ran: &Ran, rank: u32) -> Vec<&'static str> {
    ran.events(rank)
        .iter()
        .map(|event| event.function)
        .collect()
}

fn only<'a>(ran: &'a Ran, rank: u32, function: &str) -> &'a Event {
    let mut found = ran
        .events(rank)
        .iter()
        .filter(|event| event.function == function);
    let first = found
        .next()
        .unwrap_or_else(|| panic!("rank {rank} called {function}"));
    assert!(found.next().is_none(), "rank {rank} called {function} once");
    first
}

#[test]
fn what_ranks_do_is_written_down() {
    for mpi in MPIS {
        let ran = Job::start(mpi, 2, "everything").finish();
        let zero = functions(&ran, 0);
        assert_eq!(zero.first(), Some(&"MPI_Init"), "{mpi:?}");
        assert_eq!(zero.last(), Some(&"MPI_Finalize"), "{mpi:?}");
        for rank in [0, 1] {
            let header = &ran.headers[rank as usize];
            assert_eq!(
                (header.rank, header.size, header.state),
                (rank, 2, State::Gone)
            );
            assert_eq!(header.begun, header.returned);
            for event in ran.events(rank) {
                let left = event.left.as_ref().expect("all calls are back");
                assert_eq!(left.code, 0);
                assert!(left.at >= event.entered, "{event:?}");
                assert_eq!(event.complaint, None);
                let place = &ran.places[&(rank, event.place)];
                assert!(place[0].module.contains("programs"), "{place:?}");
            }
            let entered: Vec<u64> = ran.events(rank).iter().map(|event| event.entered).collect();
            assert!(entered.is_sorted());
        }
        messages(&ran);
        waits(&ran);
        collectives(&ran);
    }
}

fn messages(ran: &Ran) {
    let dup = only(ran, 0, "MPI_Comm_dup");
    let What::Collective(made, None) = &dup.what else {
        panic!("{dup:?}")
    };
    let same = made.makes.expect("it has made one");
    let What::Send(send, None) = &ran.events(0)[3].what else {
        panic!("{:?}", ran.events(0)[3])
    };
    assert_eq!(
        (send.comm, send.to, send.tag, send.data.count),
        (same, Some(1), 7, 1)
    );
    let receive = only(ran, 1, "MPI_Recv");
    let What::Receive(room, None) = &receive.what else {
        panic!("{receive:?}")
    };
    assert_eq!(
        (room.comm, room.source, room.tag),
        (same, Source::Any, Tag::Any)
    );
    let completed = &receive.left.as_ref().unwrap().completed[..];
    let [completed] = completed else {
        panic!("{completed:?}")
    };
    assert_eq!(
        (completed.source, completed.tag, completed.bytes),
        (Some(0), 7, Some(4)),
        "although the program has ignored the status"
    );
    let sendrecv = only(ran, 0, "MPI_Sendrecv").left.as_ref().unwrap();
    assert_eq!(sendrecv.completed[0].bytes, Some(48));
    let (name, signature) = &ran.datatypes[&(0, "MPI_Type_vector".to_owned())];
    assert_eq!(
        (name.as_str(), signature.as_str()),
        ("MPI_Type_vector", "[(6, Float(8))]")
    );

    // Many fruitless probes are one event; the one that found something is another.
    let probes: Vec<&Event> = ran
        .events(0)
        .iter()
        .filter(|event| event.function == "MPI_Iprobe")
        .collect();
    let [vain, found] = probes[..] else {
        panic!("{} probes", probes.len())
    };
    assert!(
        matches!(
            vain.what,
            What::Probe {
                in_vain: 2..,
                waits: false,
                ..
            }
        ),
        "{vain:?}"
    );
    assert!(
        matches!(found.what, What::Probe { in_vain: 0, .. }),
        "{found:?}"
    );
    assert_eq!(found.left.as_ref().unwrap().completed[0].source, Some(1));
    let What::Probe {
        takes: Some(Some(taken)),
        ..
    } = only(ran, 0, "MPI_Mprobe").what
    else {
        panic!("{:?}", only(ran, 0, "MPI_Mprobe"))
    };
    let What::MatchedReceive { message, .. } = only(ran, 0, "MPI_Mrecv").what else {
        panic!("{:?}", only(ran, 0, "MPI_Mrecv"))
    };
    assert_eq!(message, Some(taken));
}

fn waits(ran: &Ran) {
    let wait = only(ran, 0, "MPI_Waitall");
    let What::Complete {
        how: How::All,
        waits: true,
        requests,
        in_vain: 0,
    } = &wait.what
    else {
        panic!("{wait:?}")
    };
    assert_eq!(requests.len(), 4, "null requests are left out");
    let completed = &wait.left.as_ref().unwrap().completed;
    let ids: Vec<_> = completed.iter().map(|one| one.request.unwrap()).collect();
    assert_eq!(ids, *requests);
    assert_eq!(
        (completed[1].source, completed[1].tag, completed[1].bytes),
        (Some(1), 1, Some(4))
    );
    assert_eq!(completed[2].source, None);
    let posted = ran.events(0).iter().filter_map(|event| match &event.what {
        What::Receive(_, Some(id)) | What::Send(_, Some(id)) => Some(*id),
        _ => None,
    });
    assert_eq!(posted.collect::<Vec<_>>(), *requests);

    let What::Prepare(persistent, what) = &only(ran, 0, "MPI_Send_init").what else {
        panic!("{:?}", only(ran, 0, "MPI_Send_init"))
    };
    assert!(matches!(**what, Persistent::Send(_)));
    let starts: Vec<&What> = ran
        .events(0)
        .iter()
        .map(|event| &event.what)
        .filter(|what| matches!(what, What::Start(_)))
        .collect();
    assert_eq!(starts, [&What::Start(vec![*persistent]); 2]);
    assert_eq!(
        only(ran, 0, "MPI_Request_free").what,
        What::FreeRequest(*persistent)
    );
}

fn collectives(ran: &Ran) {
    let on_world = |rank| -> Vec<(u64, &str)> {
        let events = ran.events(rank).iter();
        events
            .filter_map(|event| match &event.what {
                What::Collective(it, _) if it.comm == CommId::WORLD => Some((it.index, it.kind)),
                _ => None,
            })
            .collect()
    };
    let expected = [
        (0, "MPI_Comm_dup"),
        (1, "MPI_Bcast"),
        (2, "MPI_Allgatherv"),
        (3, "MPI_Barrier"),
    ];
    assert_eq!(on_world(0), expected);
    assert_eq!(on_world(1), expected);
    let What::Collective(bcast, None) = &only(ran, 1, "MPI_Bcast").what else {
        panic!("{:?}", only(ran, 1, "MPI_Bcast"))
    };
    assert_eq!(
        (bcast.root, bcast.gives.is_none(), bcast.takes.is_some()),
        (Some(0), true, true)
    );
    let What::Collective(gather, None) = &only(ran, 1, "MPI_Allgatherv").what else {
        panic!("{:?}", only(ran, 1, "MPI_Allgatherv"))
    };
    assert_eq!(gather.each.1.len(), 2);
    assert_eq!(gather.each.1[1].address - gather.each.1[0].address, 4);
}

#[test]
fn a_communicator_has_one_name_on_all_its_ranks() {
    for mpi in MPIS {
        let ran = Job::start(mpi, 4, "communicators").finish();
        for (rank, comm, definition) in &ran.comms {
            assert!(!definition.only_here, "{mpi:?}: {definition:?}");
            // Whoever is in it knows it, with the same members.
            let remote = definition.remote.iter().flat_map(|remote| remote.iter());
            for other in definition.members.iter().chain(remote) {
                let same = ran
                    .comms
                    .iter()
                    .find(|(rank, id, _)| rank == other && id == comm);
                let (_, _, theirs) = same.unwrap_or_else(|| {
                    panic!("{mpi:?}: rank {other} knows {definition:?} of rank {rank}")
                });
                if definition.remote.is_none() {
                    assert_eq!(theirs.members, definition.members);
                } else {
                    let mut sides = [&theirs.members, theirs.remote.as_ref().unwrap()];
                    sides.sort();
                    assert!(sides.contains(&&definition.members));
                }
            }
        }
        for rank in 0..4 {
            let mut ids: Vec<CommId> = ran
                .comms
                .iter()
                .filter(|(of, ..)| *of == rank)
                .map(|(_, id, _)| *id)
                .collect();
            let all = ids.len();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), all, "{mpi:?}: each has a name of its own");
            // World, self, and what it made: two fewer outside of the first two ranks.
            assert_eq!(all, if rank < 2 { 12 } else { 10 }, "{mpi:?}");
        }
    }
}

#[test]
fn neighbours_are_those_of_the_topology() {
    for mpi in MPIS {
        let ran = Job::start(mpi, 3, "neighbours").finish();
        for rank in 0..3u32 {
            let made_by = |function: &str| {
                let found = ran.comms.iter();
                let mut found =
                    found.filter(|(of, _, comm)| *of == rank && comm.made_by == function);
                let (_, id, _) = found.next().unwrap();
                ran.neighbours.get(&(rank, *id)).map(|neighbours| {
                    let lists = [&neighbours.sources, &neighbours.destinations];
                    lists.map(|list| list.to_vec())
                })
            };
            let below = rank.checked_sub(1);
            let above = Some(rank + 1).filter(|above| *above < 3);
            // The second dimension is a ring of one.
            let grid = vec![below, above, Some(rank), Some(rank)];
            let grid = Some([grid.clone(), grid]);
            assert_eq!(made_by("MPI_Cart_create"), grid, "{mpi:?}");
            assert_eq!(made_by("MPI_Comm_idup"), grid, "{mpi:?}");
            let line: Vec<Option<u32>> =
                [below, above].into_iter().filter(Option::is_some).collect();
            let graph = Some([line.clone(), line]);
            assert_eq!(made_by("MPI_Graph_create"), graph, "{mpi:?}");
            let ring = [vec![Some((rank + 2) % 3)], vec![Some((rank + 1) % 3)]];
            assert_eq!(
                made_by("MPI_Dist_graph_create_adjacent"),
                Some(ring),
                "{mpi:?}"
            );
            assert_eq!(made_by(""), None, "the world has no topology");
            let What::Collective(it, None) = &only(&ran, rank, "MPI_Neighbor_alltoallv").what
            else {
                panic!("{:?}", only(&ran, rank, "MPI_Neighbor_alltoallv"))
            };
            let counts = |list: &[Data]| list.iter().map(|data| data.count).collect::<Vec<_>>();
            assert_eq!((counts(&it.each.0), counts(&it.each.1)), (vec![3], vec![3]));
        }
    }
}

#[test]
fn requests_with_the_same_handle_are_told_apart() {
    for mpi in MPIS {
        let ran = Job::start(mpi, 2, "eager").finish();
        let ids: Vec<_> = ran
            .events(0)
            .iter()
            .filter_map(|event| match &event.what {
                What::Send(_, Some(id)) => Some(*id),
                _ => None,
            })
            .collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 4);
        let What::Complete { requests, .. } = &only(&ran, 0, "MPI_Wait").what else {
            panic!()
        };
        assert_eq!(requests[..], ids[..1]);
        let What::Complete { requests, .. } = &only(&ran, 0, "MPI_Waitall").what else {
            panic!()
        };
        assert_eq!(requests[..], ids[1..]);
        // The second buffer was written to before its send was complete.
        let completed = ran.events(0).iter().filter_map(|event| event.left.as_ref());
        let changed: BTreeMap<_, _> = completed
            .flat_map(|left| &left.completed)
            .filter_map(|completed| Some((completed.request?, completed.changed)))
            .collect();
        let changed: Vec<bool> = ids.iter().map(|id| changed[id]).collect();
        assert_eq!(changed, [false, true, false, false], "{mpi:?}");
    }
}

#[test]
fn the_same_line_reached_by_two_ways_is_two_places() {
    let ran = Job::start(Mpi::Mpich, 1, "places").finish();
    let sends: Vec<_> = ran
        .events(0)
        .iter()
        .filter(|event| event.function == "MPI_Send")
        .map(|event| event.place)
        .collect();
    assert_eq!(sends.len(), 6);
    assert_ne!(sends[0], sends[1]);
    assert_eq!(sends, [sends[0], sends[1]].repeat(3));
    let places = [&ran.places[&(0, sends[0])], &ran.places[&(0, sends[1])]];
    assert_eq!(
        places[0][0], places[1][0],
        "the same line in the inner function"
    );
    assert_ne!(places[0][1], places[1][1], "another in the outer one");
    assert_eq!(places[0][2..], places[1][2..]);
}

#[test]
fn threads_write_side_by_side() {
    for mpi in MPIS {
        let ran = Job::start(mpi, 2, "threads").finish();
        for rank in [0, 1] {
            let events = ran.events(rank);
            assert_eq!(events.len(), 2 + 4 * 600, "{mpi:?}");
            let threads: BTreeSet<u16> = events.iter().map(|event| event.thread).collect();
            assert_eq!(threads.len(), 5, "{mpi:?}");
            assert!(
                events
                    .iter()
                    .all(|event| event.left.is_some() && event.complaint.is_none())
            );
            assert_eq!(ran.headers[rank as usize].threads, 3);
        }
    }
}

#[test]
fn what_is_wrong_in_a_call_is_said_before_mpi_is_entered() {
    let argument = |argument, value, limit| Complaint::Argument {
        argument,
        value,
        limit,
    };
    let cases = [
        ("destination", argument(Argument::Destination, 2, Some(2))),
        ("source", argument(Argument::Source, -77, Some(2))),
        ("count", argument(Argument::Count, -3, None)),
        ("root", argument(Argument::Root, 3, Some(2))),
        ("communicator", argument(Argument::Communicator, 0, None)),
        ("datatype", argument(Argument::Datatype, 0, None)),
        ("uncommitted", argument(Argument::Uncommitted, 0, None)),
        ("operation", argument(Argument::Operation, 0, None)),
        ("request", argument(Argument::Request, 0, None)),
        ("before", Complaint::BeforeInit),
        ("ask-before", Complaint::BeforeInit),
        ("after", Complaint::AfterFinalize),
        ("ask-after", Complaint::AfterFinalize),
        ("twice", Complaint::InitTwice),
    ];
    for mpi in MPIS {
        for (program, expected) in cases {
            let found = Job::start(mpi, 2, program).until_parked();
            assert_eq!(found.complaint, Some(expected), "{mpi:?} {program}");
            assert_eq!(found.left, None, "{mpi:?} {program}");
        }
        let found = Job::start(mpi, 2, "tag").until_parked();
        let Some(Complaint::Argument {
            argument: Argument::Tag,
            value: -5,
            limit: Some(32768..),
        }) = found.complaint
        else {
            panic!("{mpi:?}: {found:?}")
        };
    }
}

#[test]
fn ranks_that_do_not_agree_on_a_collective_are_told() {
    let cases = [
        ("differ-function", Difference::Function, 0, 0),
        ("differ-form", Difference::Function, 0, 0),
        ("differ-root", Difference::Root, 1, 0),
        ("differ-operation", Difference::Operation, 1, 3),
        ("differ-amount", Difference::Amount, 8, 4),
        ("differ-datatype", Difference::Datatype, 4, 4),
    ];
    for mpi in MPIS {
        for (program, expected, mine, its) in cases {
            let found = Job::start(mpi, 2, program).until_parked();
            let Some(Complaint::Differs {
                first,
                what,
                mut here,
                mut there,
                ..
            }) = found.complaint
            else {
                panic!("{mpi:?} {program}: {found:?}")
            };
            // The second is late, but nothing says that it is last.
            if first == 1 {
                (here, there) = (there, here);
            }
            assert_eq!(
                (what, here, there),
                (expected, mine, its),
                "{mpi:?} {program}"
            );
            assert_eq!(found.left, None);
        }
    }
}

#[test]
fn ranks_that_agree_in_other_words_are_left_alone() {
    for mpi in MPIS {
        let ran = Job::start(mpi, 3, "agree").finish();
        for rank in 0..3 {
            assert!(
                ran.events(rank)
                    .iter()
                    .all(|event| event.complaint.is_none()),
                "{mpi:?}"
            );
        }
    }
}

#[test]
fn a_strict_run_makes_standard_sends_synchronous() {
    let ran = Job::with(Mpi::Mpich, 2, "everything", &[("WORKBOOK_STRICT", "1")]).finish();
    assert!(ran.headers[0].strict);
    let strict = ran.events(0).iter().filter_map(|event| match &event.what {
        What::Send(send, _) => Some(send.made_synchronous),
        _ => None,
    });
    let strict: Vec<bool> = strict.collect();
    assert!(strict.len() > 2 && strict.iter().all(|made| *made));
    let What::SendReceive(send, ..) = &only(&ran, 0, "MPI_Sendrecv").what else {
        panic!()
    };
    assert!(!send.made_synchronous, "it cannot wait for itself");
}

#[test]
fn a_rank_goes_on_when_told_to() {
    let job = Job::with(Mpi::Mpich, 1, "ask-after", &[("WORKBOOK_PARK", "0")]);
    let ran = job.finish_anyhow();
    let last = ran.events(0).last().unwrap();
    assert_eq!(
        (last.function, last.complaint),
        ("MPI_Comm_size", Some(Complaint::AfterFinalize))
    );
    assert!(last.left.is_some());
}

#[test]
fn without_room_the_rank_goes_on() {
    let ran = Job::with(
        Mpi::Mpich,
        1,
        "nulls",
        &[("WORKBOOK_RECORDING_LIMIT", "1000000")],
    )
    .finish();
    assert!(ran.headers[0].full);
    assert!(ran.events(0).len() > 1000);
    assert!(ran.events(0).len() < 20000);
}

#[test]
fn without_a_folder_nothing_happens() {
    let job = Job::with(Mpi::Mpich, 2, "everything", &[("WORKBOOK_RECORDING", "")]);
    assert!(job.finish().headers.is_empty());
}

#[test]
fn ranks_that_are_killed_leave_what_they_had_written() {
    for wait in [0, 7, 23, 61, 150] {
        let mut job = Job::start(Mpi::Mpich, 2, "forever");
        job.wait_for_ranks();
        thread::sleep(Duration::from_millis(wait));
        let ran = job.kill();
        for rank in [0, 1] {
            let events = ran.events(rank);
            // Killed right after it was seen, it may not have got further.
            assert!(
                events
                    .first()
                    .is_none_or(|event| event.function == "MPI_Init")
            );
            let open = events.iter().filter(|event| event.left.is_none()).count();
            assert!(open <= 1, "one call at most was under way");
            // Each is what the program does there.
            for (at, event) in events.iter().enumerate().skip(1) {
                let expected =
                    ["MPI_Isend", "MPI_Irecv", "MPI_Waitall", "MPI_Allreduce"][(at - 1) % 4];
                assert_eq!(event.function, expected);
                assert_eq!(event.number, at as u64);
            }
        }
    }
}

#[test]
fn what_was_read_is_given_back() {
    let mut job = Job::start(Mpi::Mpich, 2, "forever");
    job.wait_for_ranks();
    let mut seen = 0;
    while seen < 100_000 {
        let batch = job.reader().poll().unwrap();
        seen += batch.news.len();
        job.reader().release();
        if !batch.more {
            thread::sleep(Duration::from_millis(1));
        }
    }
    // On a busy machine the ranks may be far ahead: what they have written meanwhile is read too.
    let ranks: Vec<String> = job
        .reader()
        .headers()
        .map(|header| header.pid.to_string())
        .collect();
    let stopped = Command::new("kill")
        .arg("-STOP")
        .args(&ranks)
        .status()
        .unwrap();
    assert!(stopped.success());
    loop {
        let news = job.reader().poll().unwrap().news.len();
        job.reader().release();
        seen += news;
        if news == 0 {
            break;
        }
    }
    // Each record is 128 bytes: all of it would be 6 MB and more in each file. The room for those to come
    // is there already.
    let occupied = job.occupied(0);
    assert!(occupied < 2_000_000, "{occupied} bytes of {seen} records");
    let _ = job.kill();
}

/// Definitions come before the events that use them, also while ranks run.
#[test]
fn a_running_job_is_read_in_order() {
    let mut job = Job::start(Mpi::Mpich, 2, "everything");
    let mut known = BTreeSet::new();
    let mut numbers = [0u64; 2];
    while !job.is_over() {
        for (rank, news) in job.reader().poll().unwrap().news {
            match news {
                recording::News::Definition(Definition::Place(place, _)) => {
                    known.insert((rank, place));
                }
                recording::News::Definition(_) | recording::News::Refusal(_) => {}
                recording::News::Event(event) => {
                    assert!(known.contains(&(rank, event.place)));
                    let next = &mut numbers[rank as usize];
                    assert!(event.number <= *next, "no event is left out");
                    *next = (*next).max(event.number + 1);
                }
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
}

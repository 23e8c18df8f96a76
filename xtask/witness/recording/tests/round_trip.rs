//! What is written is read back, and nothing else: neither from a part of the file nor from a torn one.

use proptest::{collection::vec, option, prelude::*};
use recording::{
    News, Reader,
    event::*,
    format::{self, BYTES, Head, Outcome, RESULT, RESULT_SEAL, Record, Words},
    functions,
    header::{Implementation, PAGE, State, Word, magic},
    mirror::{self, Copied, Origin},
};
use std::{fs, path::Path, sync::Arc};
use tempfile::TempDir;

fn data() -> impl Strategy<Value = Data> {
    (any::<u64>(), any::<i64>(), option::of(any::<u32>())).prop_map(|(address, count, datatype)| {
        Data {
            address,
            count,
            datatype: datatype.map(TypeId),
        }
    })
}

fn comm() -> impl Strategy<Value = CommId> {
    any::<u64>().prop_map(CommId)
}

fn send() -> impl Strategy<Value = Send> {
    let mode = prop_oneof![
        Just(Mode::Standard),
        Just(Mode::Synchronous),
        Just(Mode::Buffered),
        Just(Mode::Ready)
    ];
    (
        comm(),
        option::of(any::<u32>()),
        any::<i32>(),
        mode,
        any::<bool>(),
        data(),
    )
        .prop_map(|(comm, to, tag, mode, made_synchronous, data)| Send {
            comm,
            to,
            tag,
            mode,
            made_synchronous,
            data,
        })
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        any::<u32>().prop_map(Source::Rank),
        Just(Source::Any),
        Just(Source::Nobody)
    ]
}

fn tag() -> impl Strategy<Value = Tag> {
    prop_oneof![any::<i32>().prop_map(Tag::Is), Just(Tag::Any)]
}

fn receive() -> impl Strategy<Value = Receive> {
    (comm(), source(), tag(), data()).prop_map(|(comm, source, tag, data)| Receive {
        comm,
        source,
        tag,
        data,
    })
}

fn request() -> impl Strategy<Value = Option<RequestId>> {
    option::of(any::<u64>().prop_map(RequestId))
}

fn collective() -> impl Strategy<Value = Collective> {
    let each = || vec(data(), 0..40);
    (
        (
            comm(),
            (0..1u64 << 62, any::<bool>()),
            option::of(any::<u32>()),
            option::of(any::<u32>()),
            any::<u32>(),
        ),
        (option::of(data()), option::of(data()), each(), each()),
        option::of((comm(), any::<u32>(), any::<i32>())),
    )
        .prop_map(
            |(
                (comm, (index, made_synchronous), root, op, assertion),
                (gives, takes, given, taken),
                meets,
            )| {
                Collective {
                    comm,
                    index,
                    made_synchronous,
                    kind: "MPI_Alltoallw",
                    root,
                    op: op.map(OpId),
                    gives,
                    takes,
                    each: (given, taken),
                    makes: None,
                    assertion: if root.is_some() { 0 } else { assertion },
                    meets: meets.map(|(comm, rank, tag)| Leader { comm, rank, tag }),
                }
            },
        )
}

fn partitioned() -> impl Strategy<Value = Partitioned> {
    (
        comm(),
        option::of(any::<u32>()),
        any::<i32>(),
        any::<bool>(),
        any::<u32>(),
        data(),
    )
        .prop_map(|(comm, peer, tag, sends, partitions, data)| Partitioned {
            comm,
            peer,
            tag,
            sends,
            partitions,
            data,
        })
}

fn requests() -> impl Strategy<Value = Vec<RequestId>> {
    prop_oneof![vec(any::<u64>(), 0..4), vec(any::<u64>(), 0..60)].prop_map(|mut all| {
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(RequestId).collect()
    })
}

fn object() -> impl Strategy<Value = Object> {
    prop_oneof![
        Just(Object::Communicator),
        Just(Object::Datatype),
        Just(Object::Keyval),
        Just(Object::Window)
    ]
}

fn one_sided() -> impl Strategy<Value = What> {
    (
        comm(),
        option::of(any::<u32>()),
        (data(), 0i64..9),
        (data(), any::<bool>()),
        option::of(data()),
        option::of(0u32..1000),
        (any::<u64>(), any::<bool>()),
    )
        .prop_map(
            |(window, target, (mut origin, few), (mut there, small), result, op, (id, own))| {
                if small {
                    (origin.count, there.count) = (few, i64::from(u32::MAX));
                }
                What::OneSided(OneSided {
                    window,
                    target,
                    origin,
                    there,
                    result,
                    op: op.map(OpId),
                    id: RequestId(id),
                    has_request: own,
                })
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    let target = || option::of(any::<u32>());
    let group = || option::of(vec(any::<u32>(), 0..40).prop_map(Arc::from));
    prop_oneof![
        (target(), any::<bool>()).prop_map(|(target, exclusive)| Step::Lock { target, exclusive }),
        target().prop_map(Step::Unlock),
        Just(Step::LockAll),
        Just(Step::UnlockAll),
        (target(), any::<bool>()).prop_map(|(target, local)| Step::Flush { target, local }),
        group().prop_map(Step::Start),
        Just(Step::Complete),
        group().prop_map(Step::Post),
        Just(Step::Wait),
        Just(Step::Test),
        Just(Step::Sync),
        (any::<u64>(), any::<u64>()).prop_map(|(address, size)| Step::Attach { address, size }),
        any::<u64>().prop_map(Step::Detach),
    ]
}

fn what() -> impl Strategy<Value = What> {
    let how = prop_oneof![Just(How::All), Just(How::Any), Just(How::Some)];
    prop_oneof![
        (send(), request()).prop_map(|(send, request)| What::Send(send, request)),
        (receive(), request()).prop_map(|(receive, request)| What::Receive(receive, request)),
        (send(), receive(), request())
            .prop_map(|(send, receive, request)| What::SendReceive(send, receive, request)),
        (comm(), source(), tag(), any::<bool>(), any::<bool>()).prop_map(
            |(comm, source, tag, waits, matched)| What::Probe {
                comm,
                source,
                tag,
                waits,
                takes: matched.then_some(None),
                in_vain: 0,
            }
        ),
        (option::of(any::<u64>()), data(), request()).prop_map(|(message, data, request)| {
            What::MatchedReceive {
                message: message.map(MessageId),
                data,
                request,
            }
        }),
        (
            any::<u64>(),
            prop_oneof![
                send().prop_map(Persistent::Send),
                receive().prop_map(Persistent::Receive),
                collective().prop_map(Persistent::Collective),
                partitioned().prop_map(Persistent::Partitioned)
            ]
        )
            .prop_map(|(request, what)| What::Prepare(RequestId(request), Box::new(what))),
        requests().prop_map(What::Start),
        (any::<u64>(), vec(any::<u32>(), 0..40))
            .prop_map(|(request, partitions)| What::Ready(RequestId(request), partitions)),
        (how, any::<bool>(), requests()).prop_map(|(how, waits, requests)| What::Complete {
            how,
            waits,
            requests,
            in_vain: 0
        }),
        any::<u64>().prop_map(|request| What::Cancel(RequestId(request))),
        any::<u64>().prop_map(|request| What::FreeRequest(RequestId(request))),
        (collective(), request())
            .prop_map(|(collective, request)| What::Collective(collective, request)),
        object().prop_map(|object| What::Make(object, None)),
        (object(), option::of(any::<u64>()))
            .prop_map(|(object, number)| What::Free(object, number)),
        Just(What::Init),
        Just(What::Finalize),
        any::<i32>().prop_map(|code| What::Abort { code }),
        one_sided(),
        (comm(), step()).prop_map(|(window, step)| What::Epoch { window, step }),
        (data(), any::<bool>()).prop_map(|(data, written)| What::Local { data, written }),
        Just(What::Other),
    ]
}

fn complaint() -> impl Strategy<Value = Complaint> {
    prop_oneof![
        (any::<i64>(), option::of(any::<i64>())).prop_map(|(value, limit)| Complaint::Argument {
            argument: Argument::Destination,
            value,
            limit
        }),
        Just(Complaint::BeforeInit),
        Just(Complaint::AfterFinalize),
        Just(Complaint::InitTwice),
        (any::<u8>(), any::<u16>()).prop_map(|(level, other)| Complaint::Threads { level, other }),
        (any::<u32>(), any::<i64>(), any::<i64>()).prop_map(|(first, here, there)| {
            Complaint::Differs {
                first,
                function: "MPI_Reduce",
                what: Difference::Amount,
                here,
                there,
            }
        }),
    ]
}

/// What comes back: how many of a wait's requests are complete, the numbers of a message, the code.
type Back = (u64, i32, u32, i32, Option<u64>, bool, u64);

fn event() -> impl Strategy<Value = Event> {
    let back = option::of((
        any::<u64>(),
        any::<i32>(),
        any::<u32>(),
        any::<i32>(),
        option::of(any::<u64>()),
        any::<bool>(),
        1u64..1000,
    ));
    (
        what(),
        option::weighted(0.1, complaint()),
        any::<u16>(),
        any::<bool>(),
        any::<u32>(),
        any::<u64>(),
        back,
    )
        .prop_map(|(what, complaint, thread, aside, place, entered, back)| {
            let function = match &what {
                What::Collective(..) => "MPI_Alltoallw",
                What::Prepare(..) => "MPI_Alltoallw_init_c",
                _ => "MPI_Waitall",
            };
            let mut event = Event {
                number: 0,
                thread,
                function,
                place: PlaceId(place),
                aside,
                entered,
                left: None,
                what,
                complaint,
            };
            if let Some(back) = back {
                come_back(&mut event, back);
            }
            event
        })
}

fn come_back(event: &mut Event, (at, code, source, tag, bytes, found, times): Back) {
    let one = |request: Option<RequestId>| {
        // Sends and collectives have no source.
        let is_received = request.is_none() || tag % 5 != 0;
        let part = match is_received || tag % 2 != 0 {
            true => Part::Buffer,
            false if tag % 3 == 0 => Part::Partition(source),
            false => Part::Counts,
        };
        Completed {
            request,
            source: is_received.then_some(source),
            tag: if is_received { tag } else { 0 },
            bytes,
            cancelled: false,
            changed: tag % 2 != 0,
            gone: [None, Some(Gone::Returned), Some(Gone::Freed)][tag.rem_euclid(3) as usize],
            part,
        }
    };
    let mut completed = Vec::new();
    match &mut event.what {
        What::Complete {
            requests, in_vain, ..
        } => {
            if found {
                let every = (times % 3 + 1) as usize;
                completed.extend(requests.iter().step_by(every).map(|id| one(Some(*id))));
            } else {
                *in_vain = times;
            }
        }
        What::Epoch { .. } if found => {
            let ids = (0..times % 9).map(|nth| RequestId(times << 40 | nth));
            completed.extend(ids.map(|id| one(Some(id))));
        }
        What::Probe { in_vain, .. } if !found => *in_vain = times,
        What::Make(_, made) => *made = Some(times),
        What::Receive(_, None) | What::SendReceive(_, _, None) | What::Probe { .. } => {
            completed.push(one(None));
        }
        _ => {}
    }
    event.left = Some(Left {
        at,
        code,
        completed,
    });
}

/// Writes an event as a rank would.
fn write(event: &mut Event, to: &mut Vec<Record>) {
    let index = to.len() as u64;
    let taken = event
        .left
        .as_ref()
        .is_some_and(|left| !left.completed.is_empty());
    if let What::Probe {
        takes: takes @ Some(_),
        ..
    } = &mut event.what
        && taken
    {
        *takes = Some(Some(MessageId(index)));
    }
    let mut words = Words::default();
    let shape = format::encode(&event.what, &mut words);
    if let Some(complaint) = event.complaint {
        format::encode_complaint(complaint, &mut words);
    }
    let results = match &event.what {
        What::Complete { requests, .. } if requests.len() > 1 => requests.len(),
        What::Epoch { .. } => (event.left.as_ref()).map_or(0, |left| left.completed.len()),
        _ => 0,
    };
    let (more, further) = format::further(words.len(), results);
    let head = Head {
        function: functions::find(event.function).unwrap(),
        thread: event.thread,
        aside: event.aside,
        place: event.place,
        entered: event.entered,
    };
    let mut first = format::call(
        index,
        head,
        shape,
        &words,
        event.complaint.is_some(),
        results,
    );
    let mut several = Vec::new();
    let outcome = format::outcome(event, &mut several);
    if let Some(left) = &event.left {
        let (seal, words) = format::result(index, left.at, left.code, outcome);
        first[RESULT..].copy_from_slice(&words);
        first[RESULT_SEAL] = seal;
    }
    to.push(first);
    to.extend((0..more).map(|nth| format::more(index + 1 + nth as u64, nth, &words)));
    let base = index + 1 + more as u64;
    to.extend((0..further).map(|nth| match outcome {
        Outcome::Several(all) => format::results(base + nth as u64, nth, all),
        _ => [0; format::WORDS],
    }));
}

fn page(records: usize) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    let mut set = |word: Word, value: u64| {
        let at = word as usize * 8;
        page[at..at + 8].copy_from_slice(&value.to_ne_bytes());
    };
    set(Word::Pid, 1);
    set(Word::Rank, 1 << 32);
    set(Word::Implementation, Implementation::Mpich.word());
    set(Word::State, State::Initialized.word());
    set(Word::Records, records as u64);
    set(Word::Magic, magic());
    page
}

fn bytes_of(records: &[Record]) -> Vec<u8> {
    records
        .iter()
        .flatten()
        .flat_map(|word| word.to_ne_bytes())
        .collect()
}

fn store(folder: &Path, records: usize, bytes: &[u8]) {
    fs::write(folder.join("rank-0"), [&page(records)[..], bytes].concat()).unwrap();
}

/// All events that there are now, as they are now.
fn events(reader: &mut Reader, dead: bool) -> Vec<Event> {
    let mut all: Vec<Event> = Vec::new();
    loop {
        let batch = if dead {
            reader.poll_dead()
        } else {
            reader.poll()
        }
        .unwrap();
        for (rank, news) in batch.news {
            assert_eq!(rank, 0);
            if let News::Event(event) = news {
                let number = event.number as usize;
                if number < all.len() {
                    all[number] = event;
                } else {
                    assert_eq!(number, all.len(), "numbers without gaps, in order");
                    all.push(event);
                }
            }
        }
        if !batch.more {
            return all;
        }
    }
}

fn numbered(mut written: Vec<Event>) -> (Vec<Event>, Vec<Record>) {
    let mut records = Vec::new();
    for (number, event) in written.iter_mut().enumerate() {
        event.number = number as u64;
        write(event, &mut records);
    }
    (written, records)
}

/// Whether an event that was read is one of those written: as it was in the end, or before it came
/// back. The number may be lower, where events before it are lost.
fn is_of(read: &Event, written: &[Event]) -> bool {
    written.iter().any(|event| {
        let mut event = event.clone();
        event.number = read.number;
        if *read == event {
            return true;
        }
        event.left = None;
        match &mut event.what {
            What::Complete { in_vain, .. } => *in_vain = 0,
            What::Probe { in_vain, takes, .. } => {
                *in_vain = 0;
                *takes = takes.map(|_| None);
            }
            What::Make(_, made) => *made = None,
            _ => {}
        }
        *read == event
    })
}

proptest! {
    #[test]
    fn any_event_is_read_as_it_was_written(written in vec(event(), 1..30)) {
        let (written, records) = numbered(written);
        let folder = TempDir::new().unwrap();
        store(folder.path(), records.len(), &bytes_of(&records));
        let mut reader = Reader::open(folder.path()).unwrap();
        prop_assert_eq!(events(&mut reader, false), written);
    }

    #[test]
    fn of_any_part_of_the_file_only_whole_events_are_read(
        written in vec(event(), 1..10),
        part in any::<prop::sample::Index>(),
        dead in any::<bool>(),
    ) {
        let (written, records) = numbered(written);
        let bytes = bytes_of(&records);
        let folder = TempDir::new().unwrap();
        store(folder.path(), records.len(), &bytes[..part.index(bytes.len() + 1)]);
        let mut reader = Reader::open(folder.path()).unwrap();
        for event in events(&mut reader, dead) {
            prop_assert!(is_of(&event, &written), "{event:?}");
        }
        // And once the rest is there, all of it.
        store(folder.path(), records.len(), &bytes);
        if !dead {
            let mut reader = Reader::open(folder.path()).unwrap();
            prop_assert_eq!(events(&mut reader, false), written);
        }
    }

    #[test]
    fn a_copy_that_is_brought_in_rounds_is_read_as_the_recording(
        written in vec(event(), 1..20),
        rounds in vec((any::<prop::sample::Index>(), any::<u64>()), 0..5),
        dead in any::<bool>(),
    ) {
        let (written, records) = numbered(written);
        let [here, there] = [(); 2].map(|()| TempDir::new().unwrap());
        let (mut source, mut copied) = (mirror::Source::new(there.path()), Copied::new(here.path()));
        let mut bring = |dead| {
            source.round(dead, &mut |name, at, bytes| {
                copied.put(name, at, bytes, Origin::default())
            })
        };
        // A rank writes call after call; some of its threads' calls have not come back yet.
        let mut ends: Vec<_> = rounds.iter().map(|(end, inside)| (end.index(records.len()), inside)).collect();
        ends.sort_unstable();
        for (end, inside) in ends {
            let mut part = records[..end].to_vec();
            let mut at = 0;
            while let Some(first) = part.get_mut(at) {
                let extent = format::extent(at as u64, first).unwrap_or(1);
                if inside >> (at % 64) & 1 == 1 {
                    first[RESULT_SEAL] = 0;
                    first[RESULT..].fill(0);
                }
                at += extent;
            }
            store(there.path(), part.len(), &bytes_of(&part));
            bring(false).unwrap();
        }
        store(there.path(), records.len(), &bytes_of(&records));
        bring(dead).unwrap();
        let mut reader = Reader::open(here.path()).unwrap();
        prop_assert_eq!(events(&mut reader, false), written);
        prop_assert!(reader.headers().all(|header| header.away == Some(0)));
    }

    #[test]
    fn torn_records_are_never_read_as_events(
        written in vec(event(), 1..10),
        torn in vec((any::<prop::sample::Index>(), any::<u64>()), 1..20),
        zero in any::<bool>(),
        dead in any::<bool>(),
    ) {
        let (written, records) = numbered(written);
        let mut words: Vec<u64> = records.iter().flatten().copied().collect();
        for (at, word) in torn {
            let at = at.index(words.len());
            words[at] = if zero { 0 } else { word };
        }
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let folder = TempDir::new().unwrap();
        store(folder.path(), records.len(), &bytes);
        let mut reader = Reader::open(folder.path()).unwrap();
        for event in events(&mut reader, dead) {
            prop_assert!(is_of(&event, &written), "{event:?}");
        }
    }

    #[test]
    fn noise_is_no_event(noise in vec(any::<u8>(), 0..4 * BYTES), records in 0usize..100) {
        let folder = TempDir::new().unwrap();
        store(folder.path(), records, &noise);
        let mut reader = Reader::open(folder.path()).unwrap();
        prop_assert_eq!(events(&mut reader, true), []);
    }

    #[test]
    fn definitions_are_read_as_they_were_written(
        members in vec(any::<u32>(), 0..100),
        remote in option::of(vec(any::<u32>(), 0..100)),
        name in "\\PC{0,40}",
        runs in vec((any::<u32>(), 0u8..=255), 0..50),
        offsets in vec((0usize..3, any::<u64>()), 0..30),
        neighbours in vec(option::of(0u32..1000), 0..20),
        flag in any::<bool>(),
        number in any::<u64>(),
    ) {
        let paths: Vec<Arc<str>> = ["/bin/a", "", "/lib/so/a library with a long name.so.1"].map(Arc::from).into();
        let basic = |bytes: u8| match bytes % 9 {
            0 => Basic::Signed(bytes),
            1 => Basic::Unsigned(bytes),
            2 => Basic::Float(bytes),
            3 => Basic::Complex(bytes),
            4 => Basic::Bool(bytes),
            5 => Basic::Character(bytes),
            6 => Basic::Byte,
            7 => Basic::Packed,
            _ => Basic::Other(u32::from(bytes) * 77),
        };
        let definitions = [
            Definition::Communicator(CommId(number), Communicator {
                parent: flag.then_some(CommId(5)),
                made_by: if flag { "MPI_Comm_split" } else { "" },
                members: members.into(),
                remote: remote.map(Arc::from),
                only_here: flag,
            }),
            Definition::Datatype(TypeId(7), Datatype {
                name: name.as_str().into(),
                size: number,
                extent: -(number as i64 >> 1),
                signature: runs.iter().map(|(times, bytes)| (*times, basic(*bytes))).collect(),
                layout: runs
                    .into_iter()
                    .map(|(times, bytes)| (number as i64, times, basic(bytes)))
                    .collect(),
            }),
            Definition::Operation(OpId(3), Operation { name: name.as_str().into(), predefined: flag }),
            Definition::Place(PlaceId(9), offsets.iter().map(|(module, offset)| Address {
                module: Arc::clone(&paths[*module]),
                offset: *offset,
            }).collect()),
            Definition::Window(CommId(number), Window {
                base: number,
                size: !number,
                unit: 8,
                shared: flag,
            }),
            Definition::Neighbours(CommId(number), Neighbours {
                sources: neighbours.iter().copied().collect(),
                destinations: neighbours.iter().skip(1).copied().collect(),
            }),
        ];
        let mut records = Vec::new();
        let mut push = |first: &dyn Fn(u64) -> Record, words: &Words| {
            let index = records.len() as u64;
            let (more, _) = format::further(words.len(), 0);
            records.push(first(index));
            records.extend((0..more).map(|nth| format::more(index + 1 + nth as u64, nth, words)));
        };
        for (number, path) in (0..).zip(&paths) {
            let (_, words) = format::module(0, number, path);
            push(&|index| format::module(index, number, path).0, &words);
        }
        for definition in &definitions {
            let mut words = Words::default();
            let module = |path: &Arc<str>| paths.iter().position(|other| other == path).unwrap() as u32;
            let shape = format::encode_definition(definition, module, &mut words);
            push(&|index| format::definition(index, shape, &words), &words);
        }
        let refusal = Refusal {
            thread: 3,
            function: if flag { "MPI_Cart_get" } else { "" },
            place: PlaceId(9),
            at: number,
            fatal: flag,
            raised: true,
            class: "MPI_ERR_TOPOLOGY".into(),
            text: name.as_str().into(),
            abort: flag.then_some(Abort {
                code: number as i32,
                within: "MPI_Barrier",
            }),
        };
        let (_, words) = format::refusal(0, &refusal);
        push(&|index| format::refusal(index, &refusal).0, &words);
        let folder = TempDir::new().unwrap();
        store(folder.path(), records.len(), &bytes_of(&records));
        let mut reader = Reader::open(folder.path()).unwrap();
        let read: Vec<News> = reader.poll().unwrap().news.into_iter().map(|(_, news)| news).collect();
        let mut written: Vec<News> = definitions.into_iter().map(News::Definition).collect();
        written.push(News::Refusal(refusal));
        prop_assert_eq!(read, written);
    }
}

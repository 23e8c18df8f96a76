//! What a student reads after a check, word for word: every kind of failure, every way to go on, with
//! and without colour, at 80 and at 60 columns; and that no line is ever longer.

use explain::{Context, Look, Next, Sources, Style, TaskFunction, human, in_one_line, look};
use insta::assert_snapshot;
use proptest::prelude::*;
use textwrap::core::display_width;
use verdict::{
    Failure, Kind, Mpi, Prints, Reason, Report, Status, Subject, TaskReport, Where, report::SCHEMA,
};

const FILE: &str = "exercises/05-collectives/src/lib.rs";
const SOURCE: &str = "\
use mpi::{topology::SimpleCommunicator, traits::*};

/// Splits a vector into equal blocks.
pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32> {
    let root = world.process_at_rank(0);
    let mut mine = vec![0; block];
    match all {
        Some(all) => root.scatter_into_root(all, &mut mine[..]),
        None => root.scatter_into(&mut mine[..]),
    }
    mine
}

pub fn exchange(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
    let other = world.process_at_rank(1 - world.rank());
    let theirs = other.receive_vec::<f64>().0;
    other.send(mine);
    theirs
}

pub fn gather(world: &SimpleCommunicator, mine: i32) -> Option<Vec<i32>> {
    todo!()
}
";

fn load(path: &str) -> Option<String> {
    (path == FILE).then(|| SOURCE.to_owned())
}

/// Whoever reads stands in the workbook's folder.
const SOURCES: Sources<'static> = Sources {
    load: &load,
    as_typed: &str::to_owned,
};

fn functions() -> Vec<TaskFunction> {
    [("scatter", 4), ("exchange", 14), ("gather", 21)]
        .map(|(name, line)| TaskFunction {
            task: name.into(),
            function: name.into(),
            file: FILE.into(),
            line: Some(line),
            open: name == "gather",
        })
        .into()
}

fn context(functions: &[TaskFunction]) -> Context<'_> {
    Context {
        number: 5,
        title: "Collectives",
        width: 80,
        one_task: false,
        next: Some(Next {
            number: 6,
            title: "Pi",
            task: "serial",
            lesson: "exercises/06-pi/README.md",
            section: Some(("What is random", 15)),
        }),
        functions,
        diagnostics: "",
        sources: SOURCES,
    }
}

fn shown(report: &Report, width: usize, style: Style) -> String {
    let functions = functions();
    let text = human(
        report,
        &Context {
            width,
            ..context(&functions)
        },
        style,
    );
    // An escape sequence in a snapshot is written so that it can be read.
    text.replace('\u{1b}', "^")
}

fn plain(report: &Report) -> String {
    shown(report, 80, Style::Plain)
}

fn report(tasks: Vec<TaskReport>) -> Report {
    Report {
        schema: SCHEMA,
        exercise: "05-collectives".into(),
        subject: Subject::Exercise,
        seed: 123,
        mpi: Some(Mpi {
            name: "MPICH".into(),
            version: "5.0.2".into(),
        }),
        seconds: 0.42,
        tasks,
        diagnosis: vec![],
    }
}

fn task(name: &str, status: Status, ranks: &[u32], failures: Vec<Failure>) -> TaskReport {
    TaskReport {
        name: name.into(),
        status,
        ranks: ranks.into(),
        failures,
        todo: None,
    }
}

fn failure(
    kind: Kind,
    ranks: u32,
    rank: Option<u32>,
    message: &str,
    places: Vec<Where>,
) -> Failure {
    Failure {
        kind,
        ranks: Some(ranks),
        rank,
        message: message.into(),
        input: None,
        expected: None,
        actual: None,
        places,
        printed: None,
        prints: Vec::new(),
        reason: None,
    }
}

/// The same text of several ranks.
fn printed(ranks: &[u32], text: &str) -> Vec<Prints> {
    let prints = |rank: &u32| Prints {
        rank: Some(*rank),
        text: text.into(),
    };
    ranks.iter().map(prints).collect()
}

fn at(rank: u32, call: &str, line: u32) -> Where {
    Where {
        rank: Some(rank),
        call: (!call.is_empty()).then(|| call.into()),
        file: Some(FILE.into()),
        line: Some(line),
        ..Where::default()
    }
}

fn with(peer: i32, tag: i32, place: Where) -> Where {
    Where {
        peer: Some(peer),
        tag: Some(tag),
        ..place
    }
}

/// A failure of this kind as the grader reports it.
fn example(kind: Kind) -> Failure {
    match kind {
        Kind::Build => Failure {
            ranks: None,
            ..failure(kind, 1, None, "mismatched types", vec![at(0, "", 9)])
        },
        Kind::WrongResult => Failure {
            input: Some("7 numbers for 3 ranks".into()),
            expected: Some("[4, 5, 6]".into()),
            actual: Some("[4, 5]".into()),
            prints: printed(&[2], "block 2\nI have \u{1b}[32m[4, 5]\u{1b}[0m\n"),
            ..failure(
                kind,
                3,
                Some(2),
                "rank 2 of 3 returned [4, 5], should return [4, 5, 6]: the last block is shorter when 3 \
                 ranks share 7 numbers",
                vec![],
            )
        },
        Kind::Panic => failure(
            kind,
            2,
            Some(1),
            "rank 1 of 2 panicked: called `Option::unwrap()` on a `None` value",
            vec![at(1, "", 8)],
        ),
        Kind::Crash => failure(
            kind,
            4,
            Some(3),
            "rank 3 of 4 called `exit` before the task had returned",
            vec![at(3, "", 11)],
        ),
        Kind::Deadlock => failure(
            kind,
            2,
            None,
            "ranks 0 and 1 wait for each other",
            vec![
                with(1, 0, at(0, "MPI_Mprobe", 16)),
                with(0, 0, at(1, "MPI_Mprobe", 16)),
            ],
        ),
        Kind::UnsafeSend => failure(
            kind,
            2,
            None,
            "both ranks send first and receive then: this works only as long as MPI keeps the messages",
            vec![
                with(1, 0, at(0, "MPI_Send", 17)),
                with(0, 0, at(1, "MPI_Send", 17)),
            ],
        ),
        Kind::CollectiveMismatch => failure(
            kind,
            4,
            Some(0),
            "rank 0 calls MPI_Scatter with root 0 where rank 1 calls MPI_Barrier",
            vec![
                at(0, "MPI_Scatter", 8),
                at(1, "MPI_Barrier", 9),
                at(2, "MPI_Barrier", 9),
                at(3, "MPI_Barrier", 9),
            ],
        ),
        Kind::TypeMismatch => failure(
            kind,
            2,
            Some(0),
            "rank 0 reads 8-byte floating-point numbers from a message of 4-byte integers",
            vec![at(0, "MPI_Mrecv", 16), at(1, "MPI_Send", 17)],
        ),
        Kind::Truncation => failure(
            kind,
            3,
            Some(1),
            "rank 1 of 3 got an error from MPI_Scatter: the message is longer than the buffer that \
             receives it (Message truncated)",
            vec![at(1, "MPI_Scatter", 9)],
        ),
        Kind::ThreadLevel => failure(
            kind,
            2,
            Some(0),
            "rank 0 called MPI_Send in thread 1: at MPI_THREAD_FUNNELED only the thread that has \
             initialized MPI may call it",
            vec![with(1, 0, at(0, "MPI_Send", 17))],
        ),
        Kind::InvalidArgument => failure(
            kind,
            1,
            Some(0),
            "rank 0 of 1 got an error from MPI_Send: there is no such rank in the communicator",
            vec![with(1, 0, at(0, "MPI_Send", 17))],
        ),
        Kind::UnmatchedMessage => failure(
            kind,
            2,
            Some(0),
            "rank 1 never receives a message of 8 numbers from rank 0",
            vec![with(1, 7, at(0, "MPI_Send", 17))],
        ),
        Kind::MessageRace => failure(
            kind,
            3,
            Some(0),
            "rank 0 of 3 takes the messages in whichever order they come",
            vec![at(0, "MPI_Recv", 16)],
        ),
        Kind::RequestLeak => failure(
            kind,
            2,
            Some(1),
            "rank 1 of 2 left 1 request that it never waited for",
            vec![at(1, "MPI_Isend", 17)],
        ),
        Kind::ResourceLeak => failure(
            kind,
            2,
            Some(1),
            "rank 1 of 2 left 1 communicator",
            vec![at(1, "MPI_Comm_dup", 15)],
        ),
        Kind::BufferReuse => failure(
            kind,
            2,
            Some(1),
            "rank 1 of 2 changed a buffer that it was still sending",
            vec![at(1, "MPI_Isend", 17)],
        ),
        Kind::Epoch => failure(
            kind,
            2,
            Some(1),
            "rank 1 of 2 calls MPI_Put outside of an epoch",
            vec![at(1, "MPI_Put", 17)],
        ),
        Kind::MemoryRace => failure(
            kind,
            3,
            Some(1),
            "ranks 1 and 2 touch the same 4 bytes in the memory of rank 0 by MPI_Put, and nothing \
             orders the two",
            vec![at(1, "MPI_Put", 17), at(2, "MPI_Put", 17)],
        ),
        Kind::MissingFinalize => failure(
            kind,
            2,
            Some(1),
            "rank 1 of 2 ended without finalizing MPI",
            vec![],
        ),
        Kind::TooMuchCommunication => failure(
            kind,
            7,
            Some(0),
            "rank 0 of 7: 42 messages, but 6 are enough: one for each other rank",
            vec![],
        ),
        Kind::WrongOperation => failure(
            kind,
            4,
            Some(1),
            "rank 1 of 4 called MPI_Bcast: a broadcast sends everything to everyone",
            vec![],
        ),
        Kind::Leftover => failure(
            kind,
            2,
            Some(1),
            "rank 1 of 2 returned and left a process running: `sleep 303`. Your function must end each \
             process that it starts, and wait for it, before it returns",
            vec![],
        ),
        Kind::Timeout => failure(
            kind,
            4,
            None,
            "the task had not ended after 10 s",
            vec![
                with(1, 0, at(0, "MPI_Mprobe", 16)),
                with(3, 0, at(2, "MPI_Mprobe", 16)),
                at(1, "", 15),
                Where {
                    rank: Some(3),
                    ..Where::default()
                },
            ],
        ),
        Kind::OutputLimit => Failure {
            prints: printed(
                &[1],
                &(0..40)
                    .map(|line| format!("still waiting {line}\n"))
                    .collect::<String>(),
            ),
            ..failure(
                kind,
                2,
                Some(1),
                "rank 1 of 2 printed more than 1 MB",
                vec![],
            )
        },
        Kind::MemoryLimit => failure(
            kind,
            2,
            None,
            "the ranks together used more than 2 GB",
            vec![],
        ),
        Kind::NoDevice => failure(kind, 1, Some(0), "no device was found", vec![]),
        _ => panic!("no example of {kind}"),
    }
}

/// A report in which one task fails in this way.
fn failing(kind: Kind) -> Report {
    let failure = example(kind);
    let tried: Vec<u32> = [1, 2, 3, 4, 7]
        .into_iter()
        .filter(|count| Some(*count) <= failure.ranks)
        .collect();
    report(vec![task("scatter", Status::Failed, &tried, vec![failure])])
}

#[test]
fn wrong_result() {
    assert_snapshot!(plain(&failing(Kind::WrongResult)), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2 and 3 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 3 ranks, passes on 1 and 2

    FAIL scatter on 3 ranks: wrong-result

      rank 2 of 3 returned [4, 5], should return [4, 5, 6]: the last block is
      shorter when 3 ranks share 7 numbers

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        |        ^^^^^^^ `scatter` begins here

      input:    7 numbers for 3 ranks
      expected: [4, 5, 6]
      actual:   [4, 5]
                     ^

      rank 2 printed:
        | block 2
        | I have [4, 5]

      rule: One right result is not enough: the result must be right for every input
            and any number of ranks or threads.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 3 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn panic() {
    assert_snapshot!(plain(&failing(Kind::Panic)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: panic

      rank 1 of 2 panicked: called `Option::unwrap()` on a `None` value

       --> exercises/05-collectives/src/lib.rs:8:9
        |
      8 |         Some(all) => root.scatter_into_root(all, &mut mine[..]),
        |         ^^^^ rank 1 panics here

      rule: A panic on one rank ends the whole job, because other ranks may be
            waiting for that rank.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn crash() {
    assert_snapshot!(plain(&failing(Kind::Crash)), @r"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3 and 4 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 4 ranks, passes on 1, 2 and 3

    FAIL scatter on 4 ranks: crash

      rank 3 of 4 called `exit` before the task had returned

        --> exercises/05-collectives/src/lib.rs:11:5
         |
      11 |     mine
         |     ^^^^ rank 3 ends here

      rule: A task must return on every rank: no `exit`, no signal, no other way
            out.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 4 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn deadlock() {
    assert_snapshot!(plain(&failing(Kind::Deadlock)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: deadlock

      ranks 0 and 1 wait for each other

        --> exercises/05-collectives/src/lib.rs:16:24
         |
      16 |     let theirs = other.receive_vec::<f64>().0;
         |                        ^^^^^^^^^^^ both ranks wait in MPI_Mprobe

      rule: Ranks or threads that wait for each other wait forever: one of them has
            to go first.
      read: Deadlock (exercises/04-deadlock-avoidance/README.md)

    Next
      cargo xtask hint 05.scatter                    one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123     what each rank returned
      cargo xtask trace 05.scatter -n 2 --seed 123   a picture of its calls
      cargo xtask check 05 --seed 123                the same inputs again
    ");
}

#[test]
fn unsafe_send() {
    assert_snapshot!(plain(&failing(Kind::UnsafeSend)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: unsafe-send

      both ranks send first and receive then: this works only as long as MPI keeps
      the messages

        --> exercises/05-collectives/src/lib.rs:17:11
         |
      17 |     other.send(mine);
         |           ^^^^ both ranks may wait in MPI_Send

      rule: A send may wait until its message is received; MPI does not promise that
            short messages are buffered.
      read: Eager and rendezvous (exercises/04-deadlock-avoidance/README.md)

    Next
      cargo xtask hint 05.scatter                    one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123     what each rank returned
      cargo xtask trace 05.scatter -n 2 --seed 123   a picture of its calls
      cargo xtask check 05 --seed 123                the same inputs again
    ");
}

#[test]
fn collective_mismatch() {
    assert_snapshot!(plain(&failing(Kind::CollectiveMismatch)), @r"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3 and 4 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 4 ranks, passes on 1, 2 and 3

    FAIL scatter on 4 ranks: collective-mismatch

      rank 0 calls MPI_Scatter with root 0 where rank 1 calls MPI_Barrier

       --> exercises/05-collectives/src/lib.rs:8:27
        |
      8 |         Some(all) => root.scatter_into_root(all, &mut mine[..]),
        |                           ^^^^^^^^^^^^^^^^^ rank 0 calls MPI_Scatter here
      9 |         None => root.scatter_into(&mut mine[..]),
        |         ---- ranks 1 to 3 call MPI_Barrier here

      rule: All ranks of a communicator must call the same collectives in the same
            order, with the same root and matching counts.
      read: Rules for collective calls (exercises/05-collectives/README.md)

    Next
      cargo xtask hint 05.scatter                    one hint at a time
      cargo xtask run 05.scatter -n 4 --seed 123     what each rank returned
      cargo xtask trace 05.scatter -n 4 --seed 123   a picture of its calls
      cargo xtask check 05 --seed 123                the same inputs again
    ");
}

#[test]
fn type_mismatch() {
    assert_snapshot!(plain(&failing(Kind::TypeMismatch)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: type-mismatch

      rank 0 reads 8-byte floating-point numbers from a message of 4-byte integers

        --> exercises/05-collectives/src/lib.rs:16:24
         |
      16 |     let theirs = other.receive_vec::<f64>().0;
         |                        ^^^^^^^^^^^ rank 0 calls MPI_Mrecv here
      17 |     other.send(mine);
         |           ---- rank 1 calls MPI_Send here

      rule: The receiver must use the same type as the sender: MPI neither converts
            nor warns.
      read: MPI datatypes and serialization (exercises/03-mpi-p2p/README.md)

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn truncation() {
    assert_snapshot!(plain(&failing(Kind::Truncation)), @r"
    05 Collectives
    MPICH 5.0.2 on 1, 2 and 3 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 3 ranks, passes on 1 and 2

    FAIL scatter on 3 ranks: truncation

      rank 1 of 3 got an error from MPI_Scatter: the message is longer than the
      buffer that receives it (Message truncated)

       --> exercises/05-collectives/src/lib.rs:9:22
        |
      9 |         None => root.scatter_into(&mut mine[..]),
        |                      ^^^^^^^^^^^^ rank 1 calls MPI_Scatter here

      rule: A buffer must have room for the whole message; it may be longer, but not
            shorter.
      read: Message length and probe (exercises/03-mpi-p2p/README.md)

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 3 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn thread_level() {
    assert_snapshot!(plain(&failing(Kind::ThreadLevel)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: thread-level

      rank 0 called MPI_Send in thread 1: at MPI_THREAD_FUNNELED only the thread
      that has initialized MPI may call it

        --> exercises/05-collectives/src/lib.rs:17:11
         |
      17 |     other.send(mine);
         |           ^^^^ rank 0 calls MPI_Send here to rank 1

      rule: Only the threads that MPI_Init_thread allows may call MPI, and a
            communicator runs one collective at a time.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn invalid_argument() {
    assert_snapshot!(plain(&failing(Kind::InvalidArgument)), @r"
    05 Collectives
    MPICH 5.0.2 on 1 rank, seed 123, 0.4 s

      FAIL  scatter  fails on 1 rank

    FAIL scatter on 1 rank: invalid-argument

      rank 0 of 1 got an error from MPI_Send: there is no such rank in the
      communicator

        --> exercises/05-collectives/src/lib.rs:17:11
         |
      17 |     other.send(mine);
         |           ^^^^ rank 0 calls MPI_Send here to rank 1

      rule: Ranks and roots go from 0 to one less than the size of the communicator;
            tags and counts are not negative; handles and buffers exist.
      read: Send and receive (exercises/03-mpi-p2p/README.md)

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 1 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn unmatched_message() {
    assert_snapshot!(plain(&failing(Kind::UnmatchedMessage)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: unmatched-message

      rank 1 never receives a message of 8 numbers from rank 0

        --> exercises/05-collectives/src/lib.rs:17:11
         |
      17 |     other.send(mine);
         |           ^^^^ rank 0 calls MPI_Send here to rank 1, tag 7

      rule: Every message must be received by the rank it was sent to, with the same
            tag and on the same communicator.
      read: Unmatched messages (exercises/04-deadlock-avoidance/README.md)

    Next
      cargo xtask hint 05.scatter                    one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123     what each rank returned
      cargo xtask trace 05.scatter -n 2 --seed 123   a picture of its calls
      cargo xtask check 05 --seed 123                the same inputs again
    ");
}

#[test]
fn message_race() {
    assert_snapshot!(plain(&failing(Kind::MessageRace)), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2 and 3 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 3 ranks, passes on 1 and 2

    FAIL scatter on 3 ranks: message-race

      rank 0 of 3 takes the messages in whichever order they come

        --> exercises/05-collectives/src/lib.rs:16:24
         |
      16 |     let theirs = other.receive_vec::<f64>().0;
         |                        ^^^^^^^^^^^ rank 0 calls MPI_Recv here

      rule: Messages from several senders arrive in any order, so the result must
            not depend on the order.
      read: Tags and wildcard receives (exercises/03-mpi-p2p/README.md)

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 3 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn request_leak() {
    assert_snapshot!(plain(&failing(Kind::RequestLeak)), @r"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: request-leak

      rank 1 of 2 left 1 request that it never waited for

        --> exercises/05-collectives/src/lib.rs:17:11
         |
      17 |     other.send(mine);
         |           ^^^^ rank 1 calls MPI_Isend here

      rule: Every immediate send or receive must be completed, by a wait or by a
            test that succeeds.
      read: Non-blocking communication (exercises/04-deadlock-avoidance/README.md)

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn resource_leak() {
    assert_snapshot!(plain(&failing(Kind::ResourceLeak)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: resource-leak

      rank 1 of 2 left 1 communicator

        --> exercises/05-collectives/src/lib.rs:15:5
         |
      15 |     let other = world.process_at_rank(1 - world.rank());
         |     ^^^ rank 1 calls MPI_Comm_dup here

      rule: Free what you create: communicators, datatypes, groups and windows; wait
            for every process you start.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn buffer_reuse() {
    assert_snapshot!(plain(&failing(Kind::BufferReuse)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: buffer-reuse

      rank 1 of 2 changed a buffer that it was still sending

        --> exercises/05-collectives/src/lib.rs:17:11
         |
      17 |     other.send(mine);
         |           ^^^^ rank 1 calls MPI_Isend here

      rule: Between an immediate call and its wait the buffer belongs to MPI: do not
            write to it, and do not read a receive buffer.
      read: Non-blocking communication (exercises/04-deadlock-avoidance/README.md)

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn epoch() {
    assert_snapshot!(plain(&failing(Kind::Epoch)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: epoch

      rank 1 of 2 calls MPI_Put outside of an epoch

        --> exercises/05-collectives/src/lib.rs:17:5
         |
      17 |     other.send(mine);
         |     ^^^^^^^^^^^^^^^^^ rank 1 calls MPI_Put here

      rule: One-sided calls belong inside an epoch: between two fences, between
            start and complete, or between lock and unlock.
      read: Windows and epochs (exercises/14-one-sided/README.md)

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn memory_race() {
    assert_snapshot!(plain(&failing(Kind::MemoryRace)), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2 and 3 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 3 ranks, passes on 1 and 2

    FAIL scatter on 3 ranks: memory-race

      ranks 1 and 2 touch the same 4 bytes in the memory of rank 0 by MPI_Put, and
      nothing orders the two

        --> exercises/05-collectives/src/lib.rs:17:5
         |
      17 |     other.send(mine);
         |     ^^^^^^^^^^^^^^^^^ ranks 1 and 2 call MPI_Put here

      rule: If two accesses touch the same memory and one of them writes, a fence, a
            flush or a lock must order them.
      read: Memory races (exercises/14-one-sided/README.md)

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 3 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn missing_finalize() {
    assert_snapshot!(plain(&failing(Kind::MissingFinalize)), @r"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: missing-finalize

      rank 1 of 2 ended without finalizing MPI

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        |        ^^^^^^^ `scatter` begins here

      rule: Every rank must finalize MPI before it ends, so the universe must live
            until the end of `main`.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn too_much_communication() {
    assert_snapshot!(plain(&failing(Kind::TooMuchCommunication)), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3, 4 and 7 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 7 ranks, passes on 1, 2, 3 and 4

    FAIL scatter on 7 ranks: too-much-communication

      rank 0 of 7: 42 messages, but 6 are enough: one for each other rank

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        |        ^^^^^^^ `scatter` begins here

      rule: Communication costs more than computation: send only what a rank needs,
            to the ranks that need it, once.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 7 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn wrong_operation() {
    assert_snapshot!(plain(&failing(Kind::WrongOperation)), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3 and 4 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 4 ranks, passes on 1, 2 and 3

    FAIL scatter on 4 ranks: wrong-operation

      rank 1 of 4 called MPI_Bcast: a broadcast sends everything to everyone

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        |        ^^^^^^^ `scatter` begins here

      rule: The task also asks for a method: the right result by another method does
            not count.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 4 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn leftover() {
    assert_snapshot!(plain(&failing(Kind::Leftover)), @r"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: leftover

      rank 1 of 2 returned and left a process running: `sleep 303`. Your function
      must end each process that it starts, and wait for it, before it returns

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        |        ^^^^^^^ `scatter` begins here

      rule: When a function returns, every process that it started has ended, and no
            thread that it started is still computing.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn timeout() {
    assert_snapshot!(plain(&failing(Kind::Timeout)), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3 and 4 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 4 ranks, passes on 1, 2 and 3

    FAIL scatter on 4 ranks: timeout

      the task had not ended after 10 s

        --> exercises/05-collectives/src/lib.rs:16:24
         |
      15 |     let other = world.process_at_rank(1 - world.rank());
         |     --- rank 1 computes here
      16 |     let theirs = other.receive_vec::<f64>().0;
         |                        ^^^^^^^^^^^ ranks 0 and 2 wait in MPI_Mprobe

      - rank 3 computes, outside MPI

      rule: A task takes well under a second; one that does not end waits for
            something that never happens, or loops forever.

    Next
      cargo xtask hint 05.scatter                    one hint at a time
      cargo xtask run 05.scatter -n 4 --seed 123     what each rank returned
      cargo xtask trace 05.scatter -n 4 --seed 123   a picture of its calls
      cargo xtask check 05 --seed 123                the same inputs again
    ");
}

#[test]
fn output_limit() {
    assert_snapshot!(plain(&failing(Kind::OutputLimit)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: output-limit

      rank 1 of 2 printed more than 1 MB

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        |        ^^^^^^^ `scatter` begins here

      rank 1 printed:
        … 32 lines before
        | still waiting 32
        | still waiting 33
        | still waiting 34
        | still waiting 35
        | still waiting 36
        | still waiting 37
        | still waiting 38
        | still waiting 39

      rule: The output of a task is limited; the usual reason for so much output is
            a loop that never ends.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn memory_limit() {
    assert_snapshot!(plain(&failing(Kind::MemoryLimit)), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: memory-limit

      the ranks together used more than 2 GB

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        |        ^^^^^^^ `scatter` begins here

      rule: The memory of a task is limited; the usual reason for using so much is a
            vector that keeps growing.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn wrong_result_at_60_columns() {
    assert_snapshot!(shown(&failing(Kind::WrongResult), 60, Style::Plain), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2 and 3 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 3 ranks, passes on 1 and 2

    FAIL scatter on 3 ranks: wrong-result

      rank 2 of 3 returned [4, 5], should return [4, 5, 6]: the
      last block is shorter when 3 ranks share 7 numbers

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Optio…
        |        ^^^^^^^ `scatter` begins here

      input:    7 numbers for 3 ranks
      expected: [4, 5, 6]
      actual:   [4, 5]
                     ^

      rank 2 printed:
        | block 2
        | I have [4, 5]

      rule: One right result is not enough: the result must be
            right for every input and any number of ranks or
            threads.

    Next
      cargo xtask hint 05.scatter
          one hint at a time
      cargo xtask run 05.scatter -n 3 --seed 123
          what each rank returned
      cargo xtask check 05 --seed 123
          the same inputs again
    ");
}

#[test]
fn truncation_at_60_columns() {
    assert_snapshot!(shown(&failing(Kind::Truncation), 60, Style::Plain), @r"
    05 Collectives
    MPICH 5.0.2 on 1, 2 and 3 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 3 ranks, passes on 1 and 2

    FAIL scatter on 3 ranks: truncation

      rank 1 of 3 got an error from MPI_Scatter: the message is
      longer than the buffer that receives it (Message
      truncated)

       --> exercises/05-collectives/src/lib.rs:9:9
        |
      9 |         None => root.scatter_into(&mut mine[..]),
        |         ^^^^ rank 1 calls MPI_Scatter here

      rule: A buffer must have room for the whole message; it
            may be longer, but not shorter.
      read: Message length and probe
            (exercises/03-mpi-p2p/README.md)

    Next
      cargo xtask hint 05.scatter
          one hint at a time
      cargo xtask run 05.scatter -n 3 --seed 123
          what each rank returned
      cargo xtask check 05 --seed 123
          the same inputs again
    ");
}

#[test]
fn timeout_at_60_columns() {
    assert_snapshot!(shown(&failing(Kind::Timeout), 60, Style::Plain), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3 and 4 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 4 ranks, passes on 1, 2 and 3

    FAIL scatter on 4 ranks: timeout

      the task had not ended after 10 s

        --> exercises/05-collectives/src/lib.rs:16:5
         |
      15 |     let other = world.process_at_rank(1 - world.rank…
         |     --- rank 1 computes here
      16 |     let theirs = other.receive_vec::<f64>().0;
         |     ^^^ ranks 0 and 2 wait in MPI_Mprobe

      - rank 3 computes, outside MPI

      rule: A task takes well under a second; one that does not
            end waits for something that never happens, or loops
            forever.

    Next
      cargo xtask hint 05.scatter
          one hint at a time
      cargo xtask run 05.scatter -n 4 --seed 123
          what each rank returned
      cargo xtask trace 05.scatter -n 4 --seed 123
          a picture of its calls
      cargo xtask check 05 --seed 123
          the same inputs again
    ");
}

#[test]
fn deadlock_at_60_columns() {
    assert_snapshot!(shown(&failing(Kind::Deadlock), 60, Style::Plain), @"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: deadlock

      ranks 0 and 1 wait for each other

        --> exercises/05-collectives/src/lib.rs:16:5
         |
      16 |     let theirs = other.receive_vec::<f64>().0;
         |     ^^^ both ranks wait in MPI_Mprobe

      rule: Ranks or threads that wait for each other wait
            forever: one of them has to go first.
      read: Deadlock (exercises/04-deadlock-avoidance/README.md)

    Next
      cargo xtask hint 05.scatter
          one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123
          what each rank returned
      cargo xtask trace 05.scatter -n 2 --seed 123
          a picture of its calls
      cargo xtask check 05 --seed 123
          the same inputs again
    ");
}

#[test]
fn wrong_result_in_colour() {
    assert_snapshot!(shown(&failing(Kind::WrongResult), 80, Style::Ansi), @"
    ^[1m05 Collectives^[0m
    ^[2mMPICH 5.0.2 on 1, 2 and 3 ranks, seed 123, 0.4 s^[0m

      ^[1m^[31mFAIL^[0m  scatter  ^[2mfails on 3 ranks, passes on 1 and 2^[0m

    ^[1m^[31mFAIL ^[0m^[1mscatter on 3 ranks: wrong-result^[0m

      rank 2 of 3 returned [4, 5], should return [4, 5, 6]: the last block is
      shorter when 3 ranks share 7 numbers

       ^[1m^[94m--> ^[0mexercises/05-collectives/src/lib.rs:4:8
        ^[1m^[94m|^[0m
      ^[1m^[94m4^[0m ^[1m^[94m|^[0m pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        ^[1m^[94m|^[0m        ^[1m^[91m^^^^^^^^[0m ^[1m^[91m`scatter` begins here^[0m

      ^[1m^[36minput:    ^[0m7 numbers for 3 ranks
      ^[1m^[36mexpected: ^[0m^[32m[4, 5, 6]^[0m
      ^[1m^[36mactual:   ^[0m^[1m^[31m[4, 5]^[0m
                     ^[1m^[31m^^[0m

      ^[1m^[36mrank 2 printed:^[0m
        ^[2m| ^[0mblock 2
        ^[2m| ^[0mI have [4, 5]

      ^[1m^[36mrule: ^[0mOne right result is not enough: the result must be right for every input
            and any number of ranks or threads.

    ^[1mNext^[0m
      ^[36mcargo xtask hint 05.scatter^[0m                  one hint at a time
      ^[36mcargo xtask run 05.scatter -n 3 --seed 123^[0m   what each rank returned
      ^[36mcargo xtask check 05 --seed 123^[0m              the same inputs again
    ");
}

#[test]
fn collective_mismatch_in_colour() {
    assert_snapshot!(shown(&failing(Kind::CollectiveMismatch), 80, Style::Ansi), @r"
    ^[1m05 Collectives^[0m
    ^[2mMPICH 5.0.2 on 1, 2, 3 and 4 ranks, seed 123, 0.4 s^[0m

      ^[1m^[31mFAIL^[0m  scatter  ^[2mfails on 4 ranks, passes on 1, 2 and 3^[0m

    ^[1m^[31mFAIL ^[0m^[1mscatter on 4 ranks: collective-mismatch^[0m

      rank 0 calls MPI_Scatter with root 0 where rank 1 calls MPI_Barrier

       ^[1m^[94m--> ^[0mexercises/05-collectives/src/lib.rs:8:27
        ^[1m^[94m|^[0m
      ^[1m^[94m8^[0m ^[1m^[94m|^[0m         Some(all) => root.scatter_into_root(all, &mut mine[..]),
        ^[1m^[94m|^[0m                           ^[1m^[91m^^^^^^^^^^^^^^^^^^[0m ^[1m^[91mrank 0 calls MPI_Scatter here^[0m
      ^[1m^[94m9^[0m ^[1m^[94m|^[0m         None => root.scatter_into(&mut mine[..]),
        ^[1m^[94m|^[0m         ^[1m^[94m----^[0m ^[1m^[94mranks 1 to 3 call MPI_Barrier here^[0m

      ^[1m^[36mrule: ^[0mAll ranks of a communicator must call the same collectives in the same
            order, with the same root and matching counts.
      ^[1m^[36mread: ^[0mRules for collective calls (exercises/05-collectives/README.md)

    ^[1mNext^[0m
      ^[36mcargo xtask hint 05.scatter^[0m                    one hint at a time
      ^[36mcargo xtask run 05.scatter -n 4 --seed 123^[0m     what each rank returned
      ^[36mcargo xtask trace 05.scatter -n 4 --seed 123^[0m   a picture of its calls
      ^[36mcargo xtask check 05 --seed 123^[0m                the same inputs again
    ");
}

const RUSTC: &str = "\
error[E0308]: mismatched types
 --> exercises/05-collectives/src/lib.rs:9:5
  |
9 |     0
  |     ^ expected `Vec<i32>`, found integer

";

#[test]
fn a_build_error_is_what_the_compiler_printed() {
    let functions = functions();
    let context = Context {
        diagnostics: RUSTC,
        ..context(&functions)
    };
    let report = failing(Kind::Build);
    let text = human(&report, &context, Style::Plain);
    assert!(text.starts_with(RUSTC.trim_end()));
    assert_snapshot!(text, @r"
    error[E0308]: mismatched types
     --> exercises/05-collectives/src/lib.rs:9:5
      |
    9 |     0
      |     ^ expected `Vec<i32>`, found integer
    ");
}

#[test]
fn a_build_error_without_a_word_from_the_compiler() {
    let mut report = failing(Kind::Build);
    report.tasks[0].failures[0].message =
        "cargo could not be started: no such file or directory".into();
    assert_snapshot!(plain(&report), @r"
    error: cargo could not be started: no such file or directory

       --> exercises/05-collectives/src/lib.rs:9:9
        |
      9 |         None => root.scatter_into(&mut mine[..]),
        |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ rank 0, here
    ");
}

/// An exercise in which a bit of everything happens.
fn mixed() -> Report {
    let all = [1, 2, 3, 4, 7];
    let panics = [1, 2, 3].map(|rank| Failure {
        rank: Some(rank),
        message: format!("rank {rank} of 4 panicked: called `Option::unwrap()` on a `None` value"),
        places: vec![at(rank, "", 8)],
        ..failure(Kind::Panic, 4, None, "", vec![])
    });
    let mut scatter = panics.to_vec();
    scatter.push(Failure {
        ranks: Some(7),
        ..example(Kind::WrongOperation)
    });
    let mut report = report(vec![
        task("barrier", Status::Passed, &all, vec![]),
        task("broadcast-object", Status::Passed, &all, vec![]),
        task("scatter", Status::Failed, &all, scatter),
        task("gather", Status::NotStarted, &all, vec![]),
        task(
            "all-gather",
            Status::Failed,
            &[1, 2],
            vec![example(Kind::Deadlock)],
        ),
        task(
            "reduce",
            Status::Failed,
            &all,
            vec![example(Kind::WrongResult)],
        ),
        task(
            "scan",
            Status::NotRun,
            &[],
            vec![failure(
                Kind::Crash,
                2,
                None,
                "the job ended before it",
                vec![],
            )],
        ),
        task("transpose", Status::NotRun, &[], vec![]),
    ]);
    report.diagnosis = vec![
        "It fails at every rank count above 1, and with one rank there is nobody to send to: look at what the ranks other than 0 do.".into(),
    ];
    report
}

#[test]
fn a_bit_of_everything() {
    assert_snapshot!(plain(&mixed()), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3, 4 and 7 ranks, seed 123, 0.4 s

      ok    barrier           1, 2, 3, 4 and 7 ranks
      ok    broadcast-object  1, 2, 3, 4 and 7 ranks
      FAIL  scatter           fails on 4 and 7 ranks, passes on 1, 2 and 3
      todo  gather            not started
      FAIL  all-gather        fails on 2 ranks, passes on 1
      FAIL  reduce            fails on 3 ranks, passes on 1, 2, 4 and 7
      skip  scan              not run: the job ended before it
      skip  transpose         not run

    2 of 8 tasks pass, 3 fail, 1 is not started, 2 were not run.

    FAIL scatter on 4 ranks: panic

      rank 1 of 4 panicked: called `Option::unwrap()` on a `None` value

       --> exercises/05-collectives/src/lib.rs:8:9
        |
      8 |         Some(all) => root.scatter_into_root(all, &mut mine[..]),
        |         ^^^^ ranks 1 to 3 panic here

      also: the same on ranks 2 and 3
      also: wrong-operation: rank 1 of 4 called MPI_Bcast: a broadcast sends
            everything to everyone
      rule: A panic on one rank ends the whole job, because other ranks may be
            waiting for that rank.

    Also failing
      all-gather  deadlock: ranks 0 and 1 wait for each other
      reduce      wrong-result: rank 2 of 3 returned [4, 5], should return [4, 5, 6…

    note: It fails at every rank count above 1, and with one rank there is nobody to
          send to: look at what the ranks other than 0 do.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 4 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    ");
}

#[test]
fn a_bit_of_everything_at_60_columns() {
    assert_snapshot!(shown(&mixed(), 60, Style::Plain), @"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3, 4 and 7 ranks, seed 123, 0.4 s

      ok    barrier           1, 2, 3, 4 and 7 ranks
      ok    broadcast-object  1, 2, 3, 4 and 7 ranks
      FAIL  scatter           fails on 4 and 7 ranks, passes on…
      todo  gather            not started
      FAIL  all-gather        fails on 2 ranks, passes on 1
      FAIL  reduce            fails on 3 ranks, passes on 1, 2,…
      skip  scan              not run: the job ended before it
      skip  transpose         not run

    2 of 8 tasks pass, 3 fail, 1 is not started, 2 were not run.

    FAIL scatter on 4 ranks: panic

      rank 1 of 4 panicked: called `Option::unwrap()` on a
      `None` value

       --> exercises/05-collectives/src/lib.rs:8:9
        |
      8 |         Some(all) => root.scatter_into_root(all, &mut…
        |         ^^^^ ranks 1 to 3 panic here

      also: the same on ranks 2 and 3
      also: wrong-operation: rank 1 of 4 called MPI_Bcast: a
            broadcast sends everything to everyone
      rule: A panic on one rank ends the whole job, because
            other ranks may be waiting for that rank.

    Also failing
      all-gather  deadlock: ranks 0 and 1 wait for each other
      reduce      wrong-result: rank 2 of 3 returned [4, 5], sh…

    note: It fails at every rank count above 1, and with one
          rank there is nobody to send to: look at what the
          ranks other than 0 do.

    Next
      cargo xtask hint 05.scatter
          one hint at a time
      cargo xtask run 05.scatter -n 4 --seed 123
          what each rank returned
      cargo xtask check 05 --seed 123
          the same inputs again
    ");
}

#[test]
fn a_bit_of_everything_in_colour() {
    assert_snapshot!(shown(&mixed(), 80, Style::Ansi), @"
    ^[1m05 Collectives^[0m
    ^[2mMPICH 5.0.2 on 1, 2, 3, 4 and 7 ranks, seed 123, 0.4 s^[0m

      ^[32mok^[0m    barrier           ^[2m1, 2, 3, 4 and 7 ranks^[0m
      ^[32mok^[0m    broadcast-object  ^[2m1, 2, 3, 4 and 7 ranks^[0m
      ^[1m^[31mFAIL^[0m  scatter           ^[2mfails on 4 and 7 ranks, passes on 1, 2 and 3^[0m
      ^[33mtodo^[0m  gather            ^[2mnot started^[0m
      ^[1m^[31mFAIL^[0m  all-gather        ^[2mfails on 2 ranks, passes on 1^[0m
      ^[1m^[31mFAIL^[0m  reduce            ^[2mfails on 3 ranks, passes on 1, 2, 4 and 7^[0m
      ^[33mskip^[0m  scan              ^[2mnot run: the job ended before it^[0m
      ^[33mskip^[0m  transpose         ^[2mnot run^[0m

    2 of 8 tasks pass, 3 fail, 1 is not started, 2 were not run.

    ^[1m^[31mFAIL ^[0m^[1mscatter on 4 ranks: panic^[0m

      rank 1 of 4 panicked: called `Option::unwrap()` on a `None` value

       ^[1m^[94m--> ^[0mexercises/05-collectives/src/lib.rs:8:9
        ^[1m^[94m|^[0m
      ^[1m^[94m8^[0m ^[1m^[94m|^[0m         Some(all) => root.scatter_into_root(all, &mut mine[..]),
        ^[1m^[94m|^[0m         ^[1m^[91m^^^^^[0m ^[1m^[91mranks 1 to 3 panic here^[0m

      ^[1m^[36malso: ^[0mthe same on ranks 2 and 3
      ^[1m^[36malso: ^[0mwrong-operation: rank 1 of 4 called MPI_Bcast: a broadcast sends
            everything to everyone
      ^[1m^[36mrule: ^[0mA panic on one rank ends the whole job, because other ranks may be
            waiting for that rank.

    ^[1mAlso failing^[0m
      all-gather  ^[1m^[31mdeadlock^[0m: ranks 0 and 1 wait for each other
      reduce      ^[1m^[31mwrong-result^[0m: rank 2 of 3 returned [4, 5], should return [4, 5, 6…

    ^[1m^[36mnote: ^[0mIt fails at every rank count above 1, and with one rank there is nobody to
          send to: look at what the ranks other than 0 do.

    ^[1mNext^[0m
      ^[36mcargo xtask hint 05.scatter^[0m                  one hint at a time
      ^[36mcargo xtask run 05.scatter -n 4 --seed 123^[0m   what each rank returned
      ^[36mcargo xtask check 05 --seed 123^[0m              the same inputs again
    ");
}

#[test]
fn the_next_task_is_not_started() {
    let mut report = mixed();
    report
        .tasks
        .retain(|task| matches!(task.status, Status::Passed | Status::NotStarted));
    report.diagnosis.clear();
    assert_snapshot!(plain(&report), @r"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3, 4 and 7 ranks, 0.4 s

      ok    barrier           1, 2, 3, 4 and 7 ranks
      ok    broadcast-object  1, 2, 3, 4 and 7 ranks
      todo  gather            not started

    2 of 3 tasks pass, 1 is not started.

    Next
      Write `gather` in exercises/05-collectives/src/lib.rs:21, in place of its
      `todo!()`.
      cargo xtask hint 05.gather    one hint at a time
      cargo xtask check 05.gather   checks this task alone
    ");
    assert_snapshot!(shown(&report, 60, Style::Ansi), @r"
    ^[1m05 Collectives^[0m
    ^[2mMPICH 5.0.2 on 1, 2, 3, 4 and 7 ranks, 0.4 s^[0m

      ^[32mok^[0m    barrier           ^[2m1, 2, 3, 4 and 7 ranks^[0m
      ^[32mok^[0m    broadcast-object  ^[2m1, 2, 3, 4 and 7 ranks^[0m
      ^[33mtodo^[0m  gather            ^[2mnot started^[0m

    2 of 3 tasks pass, 1 is not started.

    ^[1mNext^[0m
      Write `gather` in exercises/05-collectives/src/lib.rs:21,
      in place of its `todo!()`.
      ^[36mcargo xtask hint 05.gather^[0m    one hint at a time
      ^[36mcargo xtask check 05.gather^[0m   checks this task alone
    ");
}

#[test]
fn everything_passes() {
    let mut report = mixed();
    report.tasks.truncate(2);
    report.diagnosis.clear();
    assert_snapshot!(plain(&report), @r#"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3, 4 and 7 ranks, 0.4 s

      ok    barrier           1, 2, 3, 4 and 7 ranks
      ok    broadcast-object  1, 2, 3, 4 and 7 ranks

    Well done: all of exercise 05 passes (2 tasks).

    Next
      The next task is `serial` of exercise 06 Pi. Read "What is random" to "serial"
      in exercises/06-pi/README.md:15.
      cargo xtask check 06.serial   the next task
      cargo xtask check 06          06 Pi
    "#);
    assert_snapshot!(shown(&report, 60, Style::Ansi), @r#"
    ^[1m05 Collectives^[0m
    ^[2mMPICH 5.0.2 on 1, 2, 3, 4 and 7 ranks, 0.4 s^[0m

      ^[32mok^[0m    barrier           ^[2m1, 2, 3, 4 and 7 ranks^[0m
      ^[32mok^[0m    broadcast-object  ^[2m1, 2, 3, 4 and 7 ranks^[0m

    ^[32mWell done: all of exercise 05 passes (2 tasks).^[0m

    ^[1mNext^[0m
      The next task is `serial` of exercise 06 Pi. Read "What is
      random" to "serial" in exercises/06-pi/README.md:15.
      ^[36mcargo xtask check 06.serial^[0m   the next task
      ^[36mcargo xtask check 06^[0m          06 Pi
    "#);
    let functions = functions();
    let last = Context {
        next: None,
        ..context(&functions)
    };
    let text = human(&report, &last, Style::Plain);
    assert_snapshot!(text.lines().skip(6).collect::<Vec<_>>().join("\n"), @r"
    Well done: all of exercise 05 passes (2 tasks).
    That was the last open task: the whole course passes.
    ");
}

#[test]
fn the_one_task_that_was_asked_for_passes() {
    let mut report = mixed();
    report.tasks.truncate(1);
    report.diagnosis.clear();
    let functions = functions();
    let context = Context {
        one_task: true,
        next: Some(Next {
            number: 5,
            title: "Collectives",
            task: "scatter",
            lesson: "exercises/05-collectives/README.md",
            section: Some(("scatter", 123)),
        }),
        ..context(&functions)
    };
    assert_snapshot!(human(&report, &context, Style::Plain), @r#"
    05 Collectives
    MPICH 5.0.2 on 1, 2, 3, 4 and 7 ranks, 0.4 s

      ok    barrier  1, 2, 3, 4 and 7 ranks

    Well done: `barrier` passes.

    Next
      The next task is `scatter`. Read "scatter" in
      exercises/05-collectives/README.md:123.
      cargo xtask check 05.scatter   the next task
      cargo xtask check 05           the other tasks
    "#);
    // Once it was the last open one of its exercise, the others need no check.
    let context = Context {
        one_task: true,
        ..self::context(&functions)
    };
    let text = human(&report, &context, Style::Plain);
    assert_snapshot!(text.lines().skip(5).collect::<Vec<_>>().join("\n"), @r#"
    Well done: `barrier` passes.

    Next
      The next task is `serial` of exercise 06 Pi. Read "What is random" to "serial"
      in exercises/06-pi/README.md:15.
      cargo xtask check 06.serial   the next task
      cargo xtask check 06          06 Pi
    "#);
}

/// Whoever stands in the exercise's folder, or below it, can type the paths.
#[test]
fn paths_are_those_of_where_the_reader_stands() {
    let as_typed = |file: &str| file.replace("exercises/05-collectives", "..");
    let sources = Sources {
        as_typed: &as_typed,
        ..SOURCES
    };
    let functions = functions();
    let context = Context {
        sources,
        ..context(&functions)
    };
    let shown = |report: &Report, context: &Context<'_>| human(report, context, Style::Plain);
    let failing = shown(&failing(Kind::Deadlock), &context);
    assert!(failing.contains("--> ../src/lib.rs:"), "{failing}");
    let todo = task("gather", Status::NotStarted, &[], vec![]);
    let todo = shown(&report(vec![todo]), &context);
    assert!(
        todo.contains("Write `gather` in ../src/lib.rs:21"),
        "{todo}"
    );
    let broken = Context {
        diagnostics: "error: no\n --> exercises/05-collectives/src/lib.rs:5:1\n",
        ..context
    };
    let build = failure(Kind::Build, 1, None, "no", vec![]);
    let build = task("gather", Status::Failed, &[], vec![build]);
    let build = shown(&report(vec![build]), &broken);
    assert_eq!(build, "error: no\n --> ../src/lib.rs:5:1\n");
    let passed = Context {
        next: context.next.map(|next| Next {
            lesson: "exercises/05-collectives/README.md",
            ..next
        }),
        diagnostics: "",
        ..context
    };
    let passes = task("gather", Status::Passed, &[2], vec![]);
    let passes = shown(&report(vec![passes]), &passed);
    assert!(passes.contains("in ../README.md:15."), "{passes}");
}

#[test]
fn the_outcome_fits_into_one_line() {
    let line = |report: &Report| in_one_line(report, 5, 60, Style::Plain);
    let failing = line(&failing(Kind::Deadlock));
    assert!(
        failing.starts_with("FAIL 05.scatter: deadlock: "),
        "{failing}"
    );
    assert!(failing.lines().count() == 1 && display_width(failing.trim_end()) <= 60);
    let passes = task("gather", Status::Passed, &[2], vec![]);
    assert_eq!(line(&report(vec![passes.clone()])), "ok 05\n");
    let todo = task("gather", Status::NotStarted, &[], vec![]);
    assert_eq!(line(&report(vec![passes, todo])), "todo 05\n");
}

#[test]
fn the_one_task_that_was_asked_for_fails() {
    let functions = functions();
    let context = Context {
        one_task: true,
        ..context(&functions)
    };
    let text = human(&failing(Kind::MissingFinalize), &context, Style::Plain);
    assert!(
        text.contains("  cargo xtask check 05.scatter --seed 123 "),
        "{text}"
    );
}

/// A task of two functions, of which the check does not say which one it has found wrong.
fn two_functions() -> Vec<TaskFunction> {
    let function = |(name, line, open): (&str, u32, bool)| TaskFunction {
        task: "scatter".into(),
        function: name.into(),
        file: FILE.into(),
        line: Some(line),
        open,
    };
    [("scatter", 4, false), ("exchange", 14, true)]
        .map(function)
        .into()
}

#[test]
fn a_failure_may_be_in_one_of_several_functions() {
    let places = vec![at(2, "", 4), at(2, "", 14)];
    let message = "rank 2 of 3 has left a message";
    let found = failure(Kind::UnmatchedMessage, 3, Some(2), message, places);
    let report = report(vec![task("scatter", Status::Failed, &[3], vec![found])]);
    let functions = two_functions();
    let text = human(&report, &context(&functions), Style::Plain);
    assert_snapshot!(text, @"
    05 Collectives
    MPICH 5.0.2 on 3 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 3 ranks

    FAIL scatter on 3 ranks: unmatched-message

      rank 2 of 3 has left a message

        --> exercises/05-collectives/src/lib.rs:4:8
         |
       4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: u…
         |        ^^^^^^^ `scatter` begins here
      ...
      14 | pub fn exchange(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
         |        -------- `exchange` begins here

      - it is in one of `scatter`, `exchange`

      also: `exchange` is not written yet; this is about the rest
      rule: Every message must be received by the rank it was sent to, with the same
            tag and on the same communicator.
      read: Unmatched messages (exercises/04-deadlock-avoidance/README.md)

    Next
      cargo xtask hint 05.scatter                    one hint at a time
      cargo xtask run 05.scatter -n 3 --seed 123     what each rank returned
      cargo xtask trace 05.scatter -n 3 --seed 123   a picture of its calls
      cargo xtask check 05 --seed 123                the same inputs again
    ");
}

#[test]
fn of_several_functions_the_open_one_is_to_be_written() {
    let report = report(vec![task("scatter", Status::NotStarted, &[3], vec![])]);
    let functions = two_functions();
    let text = human(&report, &context(&functions), Style::Plain);
    assert!(text.contains("Write `exchange` in"), "{text}");
}

#[test]
fn nothing_could_be_tried() {
    let cause = failure(
        Kind::Crash,
        2,
        None,
        "mpiexec ended with status 1 before the first task: no slots are left on this machine",
        vec![],
    );
    let tasks =
        ["scatter", "gather"].map(|name| task(name, Status::NotRun, &[], vec![cause.clone()]));
    assert_snapshot!(plain(&report(tasks.into())), @r"
    05 Collectives
    MPICH 5.0.2, seed 123, 0.4 s

      skip  scatter  not run: mpiexec ended with status 1 before the first task: no…
      skip  gather   not run: mpiexec ended with status 1 before the first task: no…

    0 of 2 tasks pass, 2 were not run.

    skip scatter could not be tried

      mpiexec ended with status 1 before the first task: no slots are left on this
      machine

    Next
      cargo xtask doctor     looks for what is wrong on this machine
      cargo xtask check 05   tries again
    ");
}

#[test]
fn the_solution_fails() {
    let report = Report {
        subject: Subject::Solution,
        ..failing(Kind::MissingFinalize)
    };
    assert_snapshot!(plain(&report), @r"
    05 Collectives, the solution
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: missing-finalize

      rank 1 of 2 ended without finalizing MPI

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        |        ^^^^^^^ `scatter` begins here

      rule: Every rank must finalize MPI before it ends, so the universe must live
            until the end of `main`.

    Next
      cargo xtask check 05 --solution --seed 123   the same inputs again
    ");
}

#[test]
fn the_solution_passes() {
    let mut report = mixed();
    report.tasks.truncate(2);
    report.diagnosis.clear();
    report.subject = Subject::Solution;
    let text = plain(&report);
    assert!(text.starts_with("05 Collectives, the solution\n"), "{text}");
    assert!(text.ends_with("\n\nThe solution passes.\n"), "{text}");
}

#[test]
fn what_ranks_printed_is_told_rank_by_rank() {
    let many: String = (0..20).map(|line| format!("step {line}\n")).collect();
    let mut prints = printed(&[0], &many);
    prints.extend(printed(&[1, 2], "waiting\n"));
    prints.push(Prints {
        rank: None,
        text: "Fatal error in internal_Recv".into(),
    });
    let fails = Failure {
        prints,
        ..example(Kind::Deadlock)
    };
    let text = plain(&report(vec![task(
        "scatter",
        Status::Failed,
        &[4],
        vec![fails],
    )]));
    let (_, text) = text.split_once("rank 0 printed:").unwrap();
    let (text, _) = text.split_once("rule:").unwrap();
    assert_snapshot!(text, @r"
      … 12 lines before
      | step 12
      | step 13
      | step 14
      | step 15
      | step 16
      | step 17
      | step 18
      | step 19

    both ranks printed:
      | waiting

    MPI printed:
      | Fatal error in internal_Recv
    ");
}

#[test]
fn what_one_rank_does_not_call_is_told_to_its_end() {
    let wrong = Failure {
        message: "rank 0 of 3 returned [1, 2, 3], should return [1, 2, 4]: rank 0 has them".into(),
        ..example(Kind::WrongResult)
    };
    let message = "rank 2 of 3 never called MPI_Bcast, but rank 0 did: every rank must make the call, even \
                   those that only receive something";
    let absent = Failure {
        reason: Some(Reason::NotOnAllRanks),
        ..failure(Kind::WrongOperation, 3, Some(2), message, vec![])
    };
    for (first, second) in [(&wrong, &absent), (&absent, &wrong)] {
        let failures = vec![first.clone(), second.clone()];
        let text = plain(&report(vec![task(
            "scatter",
            Status::Failed,
            &[3],
            failures,
        )]));
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(message), "{text}");
    }
}

#[test]
fn the_rule_and_the_section_are_those_of_the_reason() {
    let mut said = String::new();
    for &reason in Reason::ALL {
        let fails = Failure {
            reason: Some(reason),
            ..failure(Kind::Deadlock, 2, None, "ranks wait", vec![])
        };
        let text = plain(&report(vec![task(
            "scatter",
            Status::Failed,
            &[2],
            vec![fails],
        )]));
        let from = text.find("  rule:").unwrap();
        let to = text.find("\nNext").unwrap();
        said += &format!("{reason:?}\n{}\n", text[from..to].trim_end());
    }
    assert_snapshot!(said, @"
    Returned
      rule: Every receive needs a matching send and every send a receive: a rank
            that has returned from the function makes neither.
      read: Send and receive (exercises/03-mpi-p2p/README.md)
    Itself
      rule: A rank cannot send a message while it is blocked waiting for it: make
            the send or the receive immediate, or leave the message out.
      read: Non-blocking communication (exercises/04-deadlock-avoidance/README.md)
    OtherTag
      rule: A receive accepts only messages with its own tag: sender and receiver
            must use the same tag.
      read: Tags and wildcard receives (exercises/03-mpi-p2p/README.md)
    OtherCommunicator
      rule: A message can only be received on the communicator on which it was sent.
      read: Tags and wildcard receives (exercises/03-mpi-p2p/README.md)
    Rendezvous
      rule: A send may wait until its message is received (rendezvous), so two ranks
            must not both send first.
      read: Eager and rendezvous (exercises/04-deadlock-avoidance/README.md)
    NotOnAllRanks
      rule: Every rank of the communicator must call a collective, including ranks
            that only give or only receive data.
      read: Rules for collective calls (exercises/05-collectives/README.md)
    RootsMethod
      rule: In a collective with a root, the root calls the method whose name ends
            with `_root`, and every other rank the one without.
      read: Rules for collective calls (exercises/05-collectives/README.md)
    RequestDropped
      rule: Whatever starts an immediate send or receive must also wait for its
            request.
      read: Non-blocking communication (exercises/04-deadlock-avoidance/README.md)
    OtherCall
      rule: Each task practices one way to communicate: the right result by another
            way does not count.
      read: Deadlock (exercises/04-deadlock-avoidance/README.md)
    Rounds
      rule: Messages that wait for one another add up their times: let pairs of
            ranks work at the same time.
      read: Odd-even ordering (exercises/04-deadlock-avoidance/README.md)
    NotCommutative
      rule: MPI may swap the operands of an operation that is declared commutative:
            declare it only if the order does not matter.
      read: Reductions: reduce, all-reduce, and scan
            (exercises/05-collectives/README.md)
    Overlap
      rule: The parts that a call receives must not overlap in memory: the standard
            does not say which of them survives.
      read: Scatterv and gatherv (exercises/05-collectives/README.md)
    Aliased
      rule: The send buffer and the receive buffer of a call must not overlap in
            memory: pass MPI_IN_PLACE where one buffer is to serve as both.
      read: Reductions: reduce, all-reduce, and scan
            (exercises/05-collectives/README.md)
    BeyondWindow
      rule: A one-sided call must stay within the memory that the target gave to the
            window; displacements count in the target's units.
      read: Windows and epochs (exercises/14-one-sided/README.md)
    Partition
      rule: Start a partitioned message first, and then mark each of its partitions
            as ready once; they are numbered from 0.
      read: Deadlock (exercises/04-deadlock-avoidance/README.md)
    AttachedBuffer
      rule: An attached buffer belongs to MPI until it is detached; every message in
            it needs room for its data and MPI_BSEND_OVERHEAD bytes.
      read: Deadlock (exercises/04-deadlock-avoidance/README.md)
    TwoBuffers
      rule: Write down the type of every buffer: two buffers of a call can differ in
            type, and MPI is told only one of them.
      read: Buffer types (exercises/05-collectives/README.md)
    Handle
      rule: A handle is valid from the call that creates it to the call that frees
            it; a null handle is never valid.
      read: Deadlock (exercises/04-deadlock-avoidance/README.md)
    MayWait
      rule: A collective may wait until every rank has called it, so first do
            whatever the other ranks need in order to call it.
      read: Rules for collective calls (exercises/05-collectives/README.md)
    Copied
      rule: A datatype describes where the data is, so MPI can read and write it in
            place: a copy costs memory and time.
      read: Views and the vector datatype (exercises/13-datatypes/README.md)
    Kernel
      rule: A kernel is compiled when the program runs, for the device that it
            finds: for the Rust compiler, it is only text.
      read: The first kernel (exercises/20-gpu/README.md)
    Device
      rule: Starting a kernel and copying between host and device cost time: use few
            runs and copy few bytes, even for many numbers.
      read: The first kernel (exercises/20-gpu/README.md)
    FewInvocations
      rule: A device is fast because thousands of invocations run at the same time:
            give each only a little work.
      read: The first kernel (exercises/20-gpu/README.md)
    Invocations
      rule: Invocations run in any order, and at the same time: only a barrier, or
            the end of the run, orders what they write and read.
      read: Workgroup memory and barriers (exercises/20-gpu/README.md)
    Barrier
      rule: A barrier waits until all invocations of its workgroup have reached it:
            no condition and no return may keep any of them away.
      read: Workgroup memory and barriers (exercises/20-gpu/README.md)
    ");
}

#[test]
fn of_several_functions_the_one_that_is_missing_is_named() {
    let functions = two_functions();
    let shown = |task: TaskReport| human(&report(vec![task]), &context(&functions), Style::Plain);
    let text = shown(task("scatter", Status::NotStarted, &[3], vec![]));
    assert!(text.contains("`exchange` is not written yet"), "{text}");
    let text = shown(task(
        "scatter",
        Status::Failed,
        &[3],
        vec![example(Kind::WrongResult)],
    ));
    assert!(
        text.contains("also: `exchange` is not written yet"),
        "{text}"
    );
}

#[test]
fn a_todo_in_a_branch_is_shown_where_it_is() {
    let mut open = task("scatter", Status::NotStarted, &[3], vec![]);
    open.todo = Some(at(2, "", 9));
    assert_snapshot!(plain(&report(vec![open])), @r"
    05 Collectives
    MPICH 5.0.2 on 3 ranks, 0.4 s

      todo  scatter  not finished: `todo!()` in line 9

    Next
      Rank 2 reaches the `todo!()` at exercises/05-collectives/src/lib.rs:9: write
      what is missing there.
      cargo xtask hint 05.scatter    one hint at a time
      cargo xtask check 05.scatter   checks this task alone
    ");
}

#[test]
fn functions_that_the_check_cannot_call_are_shown_in_the_file() {
    let mut report = failing(Kind::Build);
    let of = |message: &str, line| Failure {
        places: vec![Where {
            rank: None,
            ..at(0, "", line)
        }],
        ..failure(Kind::Build, 1, None, message, vec![])
    };
    report.tasks[0].failures = vec![
        of(
            "`scatter` must keep its signature, because the check calls it: `pub fn scatter(world: \
             &SimpleCommunicator, all: Option<&[i32]>, block: usize) -> Vec<i32>`",
            4,
        ),
        of(
            "`exchange` must be `pub`, because the check calls it: `pub fn exchange()`",
            14,
        ),
    ];
    assert_snapshot!(plain(&report), @r"
    error: `scatter` must keep its signature, because the check calls it: `pub fn
           scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: usize) ->
           Vec<i32>`

       --> exercises/05-collectives/src/lib.rs:4:1
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        | ^^^ here

    error: `exchange` must be `pub`, because the check calls it: `pub fn exchange()`

        --> exercises/05-collectives/src/lib.rs:14:1
         |
      14 | pub fn exchange(world: &SimpleCommunicator, mine: &[f64]) -> Vec<f64> {
         | ^^^ here
    ");
}

#[test]
fn an_exercise_without_mpi() {
    let mut fails = Failure {
        prints: vec![Prints {
            rank: None,
            text: "one\ntwo".into(),
        }],
        ranks: None,
        rank: None,
        ..example(Kind::WrongResult)
    };
    fails.message = "returned 41, should return 42: one number was lost between two threads".into();
    (fails.input, fails.expected, fails.actual) = (
        Some("3 threads".into()),
        Some("42".into()),
        Some("41".into()),
    );
    let report = Report {
        mpi: None,
        tasks: vec![
            task("spawn", Status::Passed, &[], vec![]),
            task("scatter", Status::Failed, &[], vec![fails]),
        ],
        ..mixed()
    };
    assert_snapshot!(plain(&report), @"
    05 Collectives
    seed 123, 0.4 s

      ok    spawn
      FAIL  scatter  wrong-result

    1 of 2 tasks pass, 1 fails.

    FAIL scatter: wrong-result

      returned 41, should return 42: one number was lost between two threads

       --> exercises/05-collectives/src/lib.rs:4:8
        |
      4 | pub fn scatter(world: &SimpleCommunicator, all: Option<&[i32]>, block: us…
        |        ^^^^^^^ `scatter` begins here

      input:    3 threads
      expected: 42
      actual:   41
                 ^

      printed:
        | one
        | two

      rule: One right result is not enough: the result must be right for every input
            and any number of threads or processes.

    note: It fails at every rank count above 1, and with one rank there is nobody to
          send to: look at what the ranks other than 0 do.

    Next
      cargo xtask hint 05.scatter             one hint at a time
      cargo xtask run 05.scatter --seed 123   what your function returned
      cargo xtask check 05 --seed 123         the same inputs again
    ");
}

#[test]
fn a_panic_with_many_lines_and_long_values() {
    let long: Vec<i32> = (100_000..100_100).collect();
    let mut report = failing(Kind::Panic);
    let failure = &mut report.tasks[0].failures[0];
    failure.message = format!(
        "rank 1 of 2 panicked: assertion `left == right` failed\n  left: {long:?}\n right: []"
    );
    (failure.expected, failure.actual) = (Some("a".repeat(100)), Some("\"漢字\"".into()));
    assert_snapshot!(plain(&report), @r#"
    05 Collectives
    MPICH 5.0.2 on 1 and 2 ranks, seed 123, 0.4 s

      FAIL  scatter  fails on 2 ranks, passes on 1

    FAIL scatter on 2 ranks: panic

      rank 1 of 2 panicked: assertion `left == right` failed
        left: [100000, 100001, 100002, 100003, 100004, 100005, 100006, 100007,
      100008, 100009, 100010, 100011, 100012, 100013, 100014, 100015, 100016,
      100017, 100018, 100019, 100020, 100021, 100022, 100023, 100024, 100025,
      100026, 100027, 100028, 100029, 100030, 100031, 100032, 100033, 100034, …
       right: []

       --> exercises/05-collectives/src/lib.rs:8:9
        |
      8 |         Some(all) => root.scatter_into_root(all, &mut mine[..]),
        |         ^^^^ rank 1 panics here

      expected: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
                aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      actual:   "漢字"

      rule: A panic on one rank ends the whole job, because other ranks may be
            waiting for that rank.

    Next
      cargo xtask hint 05.scatter                  one hint at a time
      cargo xtask run 05.scatter -n 2 --seed 123   what each rank returned
      cargo xtask check 05 --seed 123              the same inputs again
    "#);
}

#[test]
fn a_source_that_is_gone() {
    let functions = functions();
    let context = Context {
        sources: Sources {
            load: &|_| None,
            ..SOURCES
        },
        ..context(&functions)
    };
    let text = human(&failing(Kind::Deadlock), &context, Style::Plain);
    assert!(
        text.contains(
            "  - both ranks wait in MPI_Mprobe (exercises/05-collectives/src/lib.rs:16)\n"
        ),
        "{text}"
    );
}

#[test]
fn a_failure_without_a_reason_is_still_one() {
    let text = plain(&report(vec![task("scatter", Status::Failed, &[1], vec![])]));
    assert!(
        text.contains("FAIL scatter: no reason was reported\n"),
        "{text}"
    );
}

/// Any text: of words, and of whatever else Unicode has.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "([a-z`]{1,12} ){0,30}",
        any::<String>(),
        "[\u{0}-\u{20}\u{1b}m\\[;0-9漢é\u{301}👍]{0,60}",
        "[a-z]{0,300}"
    ]
}

prop_compose! {
    fn any_failure()(
        kind in 1..Kind::ALL.len(),
        ranks in proptest::option::of(1_u32..200),
        rank in proptest::option::of(0_u32..200),
        message in text(),
        values in proptest::array::uniform4(proptest::option::of(text())),
        places in proptest::collection::vec((0_u32..200, 0_usize..5, -2_i32..9, 0_u32..30), 0..5),
    ) -> Failure {
        let [input, expected, actual, text] = values;
        let calls = ["", "MPI_Send", "MPI_Mprobe", "MPI_Allreduce", "MPI_Waitall"];
        Failure {
            input,
            expected,
            actual,
            prints: text.map_or(vec![], |text| printed(&[1, 0], &text)),
            ranks,
            ..failure(
                Kind::ALL[kind],
                1,
                rank,
                &message,
                places
                    .into_iter()
                    .map(|(rank, call, peer, line)| with(peer, peer, at(rank, calls[call], line)))
                    .collect(),
            )
        }
    }
}

prop_compose! {
    fn any_task()(
        name in "[a-z][a-z-]{0,30}",
        status in 0_usize..4,
        ranks in proptest::collection::vec(1_u32..200, 0..8),
        failures in proptest::collection::vec(any_failure(), 0..4),
    ) -> TaskReport {
        let status = [Status::Passed, Status::Failed, Status::NotStarted, Status::NotRun][status];
        task(&name, status, &ranks, failures)
    }
}

proptest! {
    // A file of failures beside the tests would have to be kept in step by hand.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_longer_and_colour_changes_nothing_else(
        tasks in proptest::collection::vec(any_task(), 0..5),
        diagnosis in proptest::collection::vec(text(), 0..3),
        title in text(),
        width in 40_usize..130,
        solution in any::<bool>(),
        one_task in any::<bool>(),
    ) {
        let subject = if solution { Subject::Solution } else { Subject::Exercise };
        let report = Report { diagnosis, subject, ..report(tasks) };
        let functions = functions();
        let context = Context { width, one_task, title: &title, ..context(&functions) };
        let plain = human(&report, &context, Style::Plain);
        for line in plain.lines() {
            prop_assert!(display_width(line) <= width, "{line:?}");
            prop_assert!(!line.ends_with(' '), "{line:?}");
        }
        prop_assert_eq!(plain.find('\u{1b}'), None);
        let ansi = human(&report, &context, Style::Ansi);
        prop_assert_eq!(anstream::adapter::strip_str(&ansi).to_string(), plain);
    }
}

#[test]
fn every_kind_has_an_example_that_fits_at_every_width() {
    for &kind in Kind::ALL {
        for width in 40..120 {
            for line in shown(&failing(kind), width, Style::Plain).lines() {
                assert!(display_width(line) <= width, "{kind}: {line}");
            }
        }
    }
}

fn prints(list: &[(u32, &str)]) -> Vec<Prints> {
    let of_rank = |&(rank, text): &(u32, &str)| Prints {
        rank: Some(rank),
        text: text.into(),
    };
    list.iter().map(of_rank).collect()
}

#[test]
fn a_run_that_fails_is_shown_with_its_input_and_values() {
    let message = "rank 1 of 3 returned Some(0), should return Some(5): rank 1 receives it";
    let mut found = failure(Kind::WrongResult, 3, Some(1), message, vec![]);
    found.input = Some("the number 5 on rank 0".into());
    found.expected = Some("Some(5)".into());
    found.actual = Some("Some(0)".into());
    let text = look(
        &Look {
            name: "05.scatter",
            seed: 123,
            ranks: Some(3),
            input: found.input.clone().as_deref(),
            values: &prints(&[
                (0, " returned None"),
                (1, " returned Some(0)\n: `left` is []"),
                (2, " returned None"),
            ]),
            prints: &prints(&[(1, "waiting")]),
            report: &task("scatter", Status::Failed, &[1, 2, 3], vec![found]),
            width: 80,
        },
        Style::Plain,
    );
    assert_snapshot!(text, @r"
    05.scatter on 3 ranks, seed 123

      input: the number 5 on rank 0

      ranks 0 and 2 returned None
      rank 1 returned Some(0)
      rank 1: `left` is []

      rank 1 printed:
        | waiting

    FAIL wrong-result

      rank 1 of 3 returned Some(0), should return Some(5): rank 1 receives it

      expected: Some(5)
      actual:   Some(0)
                     ^

    Next
      cargo xtask trace 05.scatter -n 3 --seed 123
          a picture of its calls
      cargo xtask check 05.scatter --seed 123
          where it fails, and the rule behind it
    ");
}

#[test]
fn a_run_that_passes_says_why_it_is_this_one() {
    let passed = task("baseline", Status::Passed, &[], vec![]);
    let value = Prints {
        rank: None,
        text: " returned 7".into(),
    };
    let own = Look {
        name: "01.baseline",
        seed: 9,
        ranks: None,
        input: Some("2 items"),
        values: &[value],
        prints: &[],
        report: &passed,
        width: 60,
    };
    let text = look(&own, Style::Plain);
    assert_snapshot!(text, @r"
    01.baseline, seed 9

      input: 2 items

      your function returned 7

    ok passes; this is the smallest of its inputs that says
       something
    ");
    // A check may look at no value.
    let text = look(
        &Look {
            input: None,
            values: &[],
            width: 100,
            ..own
        },
        Style::Plain,
    );
    assert!(text.contains("at no value that it returns"), "{text}");
    assert!(text.contains("ok passes\n"), "{text}");
}

//! The check of the task in which servers and clients meet at a port: two parts of the ranks, each with a
//! communicator of its own.

use super::Answers;
use harness_mpi::{Among, Check, Kind, Moved, Peer, SimpleCommunicator, Traffic, plural};
use mpi::{environment::library_version, traits::*};
use mpi_extra::port::{Meet, Port, disconnect};

/// What one of the two sides has found, by the answer's function or by the check's.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Served(Result<i32, String>),
    Asked(Result<u64, String>),
    Given(Vec<Message>),
    Got(Message),
}

/// A number and the tag with which it came.
type Message = (u64, i32);

/// The side that the check takes itself, so that it shows what the answer expects of another program.
#[derive(Clone, Copy)]
enum Side {
    Servers,
    Clients,
}

/// Who meets at the port one after the other: what the first leave behind must not matter to the others.
const ROUNDS: [Option<Side>; 3] = [None, Some(Side::Servers), Some(Side::Clients)];

pub fn at_a_port(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let mut ranks: Vec<usize> = (0..size).collect();
    check.shuffle(&mut ranks);
    // At least two clients if there are three ranks, and also two servers if there are four.
    let count = check.draw(size.min(4) / 2..size / 2 + 1);
    let (servers, clients) = ranks.split_at(count);
    let own = [servers, clients].map(|side| check.communicator_of(side));
    let counts = [servers.len(), clients.len()];
    if !is_refused(check, answers, own.each_ref().map(Option::as_ref), counts) {
        return;
    }
    // The servers' first rank has the port, and the clients' first one is told its name.
    let (first, other) = (servers[0], clients[0]);
    let port = (check.rank() == first).then(|| check.aside_call(|_| Port::open()));
    let port = port.and_then(Result::ok);
    let name = check.aside_call(|own| {
        let given = port.as_ref().map(Port::name).unwrap_or_default();
        let mut length = given.len();
        own.process_at_rank(first as i32)
            .broadcast_into(&mut length);
        let mut name = given.as_bytes().to_vec();
        name.resize(length, 0);
        own.process_at_rank(first as i32)
            .broadcast_into(&mut name[..]);
        String::from_utf8(name).unwrap_or_default()
    });
    let knows = check.rank() == first || check.rank() == other;
    let name = if knows { name.as_str() } else { "" };
    for by_check in ROUNDS {
        // Their sum fits in a `u64`, but in no `i64` and no `f64`.
        let most = u64::MAX / clients.len() as u64;
        let mut numbers: Vec<u64> = check.draw_vec(clients.len(), most - (most >> 8)..most);
        if matches!(by_check, Some(Side::Clients)) {
            // Each counts, however many have the same.
            let same = numbers[0];
            numbers.fill(same);
            // Who has nothing to add asks for the sum all the same.
            if let Some(third) = numbers.get_mut(2) {
                *third = 0;
            }
        }
        check.input(format!(
            "{}, and {} with the numbers {numbers:?}{}",
            plural(servers.len(), "server"),
            plural(clients.len(), "client"),
            match by_check {
                None => "",
                Some(Side::Servers) => "; the servers are the check's own",
                Some(Side::Clients) => "; the clients are the check's own",
            }
        ));
        let (found, traffic, among) = check.observe_among(|_| match (&own, by_check) {
            ([Some(world), _], Some(Side::Servers)) => Found::Given(serve(world, name)),
            ([Some(world), _], _) => {
                Found::Served((answers.serve)(world, name).map_err(|error| error.to_string()))
            }
            ([_, Some(world)], Some(Side::Clients)) => {
                Found::Got(ask(world, name, numbers[world.rank() as usize]))
            }
            ([_, Some(world)], _) => {
                let number = numbers[world.rank() as usize];
                Found::Asked((answers.ask)(world, name, number).map_err(|error| error.to_string()))
            }
            _ => unreachable!("each rank is a server or a client"),
        });
        let right = is_right(check, found, &numbers, check.rank() == first)
            && disconnects(check, &traffic)
            && by_messages(check, &among)
            && each_once(check, &traffic, &among, servers, clients);
        if !check.everywhere(right) || !can_meet_again() {
            break;
        }
    }
    // Closing it is not the answer's doing.
    check.aside_call(|own| own.barrier());
    check.aside_call(|_| drop(port));
}

/// Serves in place of the answer: returns on rank 0 what each client has sent.
fn serve(world: &SimpleCommunicator, port: &str) -> Vec<Message> {
    let clients = world.process_at_rank(0).accept(port);
    let clients = clients.expect("the port is open");
    let mut given = Vec::new();
    if world.rank() == 0 {
        let clients = || (0..clients.remote_size()).map(|client| clients.process_at_rank(client));
        given.extend(clients().map(|client| received(&client)));
        // What an answer sends may be too large for a sum.
        let sum = given
            .iter()
            .fold(0_u64, |sum, (number, _)| sum.wrapping_add(*number));
        clients().for_each(|client| client.send(&sum));
    }
    disconnect(clients);
    given
}

/// Asks in place of the answer.
fn ask(world: &SimpleCommunicator, port: &str, own: u64) -> Message {
    let servers = world.process_at_rank(0).connect(port);
    let servers = servers.expect("the servers are there");
    let server = servers.process_at_rank(0);
    server.send(&own);
    let got = received(&server);
    disconnect(servers);
    got
}

fn received(from: &impl Source) -> Message {
    let (number, status) = from.receive::<u64>();
    (number, status.tag())
}

/// Requires of a rank that its result is right, or that of the other side if its own is the check's.
fn is_right(check: &mut Check, found: Found, numbers: &[u64], is_first_server: bool) -> bool {
    let sum = || numbers.iter().sum();
    match found {
        Found::Served(_) => {
            let expected = Found::Served(Ok(numbers.len() as i32));
            check.returned(found, expected, "it is the number of clients")
        }
        Found::Asked(_) => {
            let expected = Found::Asked(Ok(sum()));
            check.returned(found, expected, "it is the sum of the clients' numbers")
        }
        Found::Given(given) => {
            let expected = numbers.iter().map(|number| (*number, 0));
            let expected = expected.filter(|_| is_first_server).collect();
            let why = "each client sends its own number, with the tag 0";
            check.holds(
                "what the clients sent, each with its tag,",
                given,
                expected,
                why,
            )
        }
        Found::Got(got) => {
            let why = "it is the sum of the clients' numbers, with the tag 0";
            check.holds("what the servers sent, with its tag,", got, (sum(), 0), why)
        }
    }
}

/// Requires that this rank has ended its connection.
fn disconnects(check: &Check, traffic: &Traffic) -> bool {
    let ended = traffic.calls(check.rank(), "MPI_Comm_disconnect") > 0;
    check.require(ended, Kind::WrongOperation, || {
        String::from(
            "never called MPI_Comm_disconnect: servers and clients disconnect when all is said. Drop the \
             intercommunicator, or call `disconnect`",
        )
    })
}

/// Requires that servers and clients speak by messages only, and that nobody waits for any of the others.
fn by_messages(check: &Check, among: &[Among]) -> bool {
    let kind = Kind::WrongOperation;
    let connected = || among.iter().filter(|call| call.remote.is_some());
    let from_any = connected().any(|call| call.peer == Peer::Any);
    let together = connected().find(|call| !call.is_message());
    check.require(!from_any, kind, || {
        String::from(
            "received from any source: servers and clients receive from each other by rank, because with MPICH 5.0 \
             a receive from any source can wait forever on a connection between two programs",
        )
    }) && check.require(together.is_none(), kind, || {
        format!(
            "called {} between servers and clients: each client sends its number as a message, and gets the sum \
             as one",
            together.map_or("", |call| call.function)
        )
    })
}

/// Requires one message from each client to rank 0 of the servers and one back, of a number each, on one
/// connection; and that rank 0 sends none before it has received all.
fn each_once(
    check: &Check,
    traffic: &Traffic,
    among: &[Among],
    servers: &[usize],
    clients: &[usize],
) -> bool {
    const ONE: Moved = Moved { times: 1, bytes: 8 };
    const WHY: &str = "each client sends one message and gets one, of one `u64` each";
    let (first, rank, kind) = (servers[0], check.rank(), Kind::WrongOperation);
    let said = |moved: Moved| {
        let (times, bytes) = (plural(moved.times, "message"), plural(moved.bytes, "byte"));
        format!("{times} of {bytes}")
    };
    let meets = ["MPI_Comm_accept", "MPI_Comm_connect"];
    let met: u64 = meets.iter().map(|meet| traffic.calls(rank, meet)).sum();
    let once = check.require(met == 1, kind, || {
        format!(
            "made {}: all messages travel over one",
            plural(met, "connection")
        )
    });
    let are_its_own = |client: &&usize| rank == first || rank == **client;
    let each = once
        && clients.iter().filter(are_its_own).all(|client| {
            let there = traffic.between(*client, first);
            let back = traffic.between(first, *client);
            check.require((there, back) == (ONE, ONE), kind, || match rank == first {
                true => format!(
                    "was sent {} by one client, and sent it {}: {WHY}",
                    said(there),
                    said(back)
                ),
                false => format!(
                    "sent rank 0 of the servers {}, and was sent {}: {WHY}",
                    said(there),
                    said(back)
                ),
            })
        });
    let of = |stem: &'static str| {
        let calls = among.iter().filter(|call| call.remote.is_some());
        calls.filter(move |call| call.function.to_ascii_lowercase().contains(stem))
    };
    let (sent, received) = (
        of("send").map(|call| call.first).min(),
        of("recv").map(|call| call.last).max(),
    );
    each && check.require(rank != first || sent > received, kind, || {
        String::from(
            "sent a client its answer before it had received the numbers of all: the answer is their sum",
        )
    })
}

/// The name of a port that does not exist: for the clients, and then for the servers. Returns whether all ranks
/// continue.
fn is_refused(
    check: &mut Check,
    answers: &Answers,
    [servers, clients]: [Option<&SimpleCommunicator>; 2],
    counts: [usize; 2],
) -> bool {
    // Open MPI waits for minutes.
    if is_mpi("Open MPI") {
        return true;
    }
    fn name(world: &SimpleCommunicator) -> &'static str {
        if world.rank() == 0 { "nowhere" } else { "" }
    }
    let ask = || {
        let found = clients.map(|world| (answers.ask)(world, name(world), 1));
        found.and_then(Result::ok)
    };
    let serve = || {
        let found = servers.map(|world| (answers.serve)(world, name(world)));
        found.and_then(Result::ok).map(|count| count as u64)
    };
    type Answer<'a> = &'a dyn Fn() -> Option<u64>;
    let sides = [
        ("client", counts[1], "connect", &ask as Answer<'_>),
        ("server", counts[0], "accept", &serve),
    ];
    sides.iter().all(|(who, count, call, answer)| {
        check.input(format!(
            "{} and the name \"nowhere\", at which there is no port",
            plural(*count as u64, who)
        ));
        let (found, _) = check.observe(|_| answer());
        let right = check.require(found.is_none(), Kind::WrongResult, || {
            format!(
                "returned Ok({}), although there is no such port: return the error of `{call}`",
                found.unwrap_or_default()
            )
        });
        check.everywhere(right)
    })
}

/// Whether the same two groups may meet more than once: in Open MPI 5, the second time does not end.
fn can_meet_again() -> bool {
    !is_mpi("Open MPI") || is_mpi("Open MPI v4")
}

fn is_mpi(name: &str) -> bool {
    library_version().is_ok_and(|version| version.contains(name))
}

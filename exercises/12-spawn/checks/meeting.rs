//! The check of the task in which servers and clients meet at a port: two parts of the ranks, each with a
//! communicator of its own.

use super::Answers;
use harness_mpi::{Check, Kind, SimpleCommunicator, Turn, plural};
use mpi::{environment::library_version, traits::*};
use mpi_extra::port::Port;

/// The result of one of the two functions.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Served(Result<i32, String>),
    Asked(Result<u64, String>),
}

pub fn at_a_port(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let mut ranks: Vec<usize> = (0..size).collect();
    check.shuffle(&mut ranks);
    // At least two clients if there are three ranks, and also two servers if there are four.
    let count = check.draw(size.min(4) / 2..size / 2 + 1);
    let (servers, clients) = ranks.split_at(count);
    // Their sum fits in a `u64`, but in no `i64` and no `f64`.
    let most = u64::MAX / clients.len() as u64;
    let numbers: Vec<u64> = check.draw_vec(clients.len(), most - (most >> 8)..most);
    let own = [servers, clients].map(|side| check.communicator_of(side));
    if !is_refused(check, answers, own[1].as_ref(), clients.len()) {
        return;
    }
    check.input(format!(
        "{}, and {} with the numbers {numbers:?}",
        plural(servers.len(), "server"),
        plural(clients.len(), "client")
    ));
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
    let (found, turns) = check.observe_turns(|_| match &own {
        [Some(world), _] => {
            Found::Served((answers.serve)(world, name).map_err(|error| error.to_string()))
        }
        [_, Some(world)] => {
            let number = numbers[world.rank() as usize];
            Found::Asked((answers.ask)(world, name, number).map_err(|error| error.to_string()))
        }
        _ => unreachable!("each rank is a server or a client"),
    });
    let (expected, why) = if own[0].is_some() {
        let count = numbers.len() as i32;
        (Found::Served(Ok(count)), "it is the number of clients")
    } else {
        let sum = numbers.iter().sum();
        (
            Found::Asked(Ok(sum)),
            "it is the sum of the clients' numbers",
        )
    };
    check.returned(found, expected, why);
    let from_any = own[0].is_some() && turns.contains(&Turn::Receive(None));
    check.require(!from_any, Kind::WrongOperation, || {
        String::from(
            "received from any source: the servers receive from each client by its rank, because with MPICH 5.0 \
             a receive from any source can wait forever on a connection between two programs",
        )
    });
    // Closing it is not the answer's doing.
    check.aside_call(|own| own.barrier());
    check.aside_call(|_| drop(port));
}

/// Clients that get the name of a port that does not exist. Returns whether all ranks continue.
fn is_refused(
    check: &mut Check,
    answers: &Answers,
    clients: Option<&SimpleCommunicator>,
    count: usize,
) -> bool {
    // Open MPI waits for minutes.
    if library_version().is_ok_and(|version| version.contains("Open MPI")) {
        return true;
    }
    check.input(format!(
        "{} and the name \"nowhere\", at which there is no port",
        plural(count, "client")
    ));
    let (found, _) = check.observe(|_| {
        clients.map(|world| {
            let name = if world.rank() == 0 { "nowhere" } else { "" };
            (answers.ask)(world, name, 1)
        })
    });
    let right = match found {
        Some(Ok(sum)) => check.require(false, Kind::WrongResult, || {
            format!(
                "returned Ok({sum}), although there is no such port: return the error of `connect`"
            )
        }),
        _ => true,
    };
    check.everywhere(right)
}

//! Mistakes in the task `port`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{Tag, collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use mpi_extra::{
    between::{Between, Role},
    port::{ConnectionError, Meet, disconnect},
};
use std::{
    collections::BTreeSet,
    mem::forget,
    sync::atomic::{AtomicU64, Ordering},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("port": serve = own_size => WrongResult,
        "returns the number of the servers"),
    mistake!("port": serve = one_client => UnsafeSend,
        "serves the first client only"),
    mistake!("port": serve = each_its_own => WrongResult,
        "sends each client its own number back"),
    mistake!("port": serve = from_any_client => WrongOperation,
        "receives from whichever client sends first"),
    mistake!("port": serve = no_clients => WrongResult,
        "says that there were no clients if no connection can be accepted"),
    mistake!("port": serve = adds_up_together, ask = is_added_up => WrongOperation,
        "adds the numbers up by a reduction between servers and clients"),
    mistake!("port": serve = sums_so_far, ask = largest => WrongOperation,
        "answers each client at once with the sum so far, the largest of which the clients return"),
    mistake!("port": serve = accepts_twice, ask = connects_twice => WrongOperation,
        "connects once to see whether it works, and then again"),
    mistake!("port": ask = expects => Panic,
        "panics when there is no such port"),
    mistake!("port": ask = hides => WrongResult,
        "returns 0 when there is no such port"),
    mistake!("port": ask = sum_as_float => WrongResult,
        "lets the sum travel as an f64"),
    mistake!("port": ask = own_number => WrongResult,
        "returns its own number and not the sum"),
    mistake!("port": serve = stays_connected, ask = stays_connected_too => WrongOperation,
        "never disconnects, on both sides"),
    mistake!("port": ask = from_any_server => WrongOperation,
        "receives the sum from whichever server sends it"),
    mistake!("port": ask = first_brings_all => WrongResult,
        "lets the first client send the sum, and the others 0"),
    mistake!("port": serve = sums_of_all_calls => WrongResult,
        "adds the numbers of earlier clients too"),
    mistake!("port": serve = equal_ones_once => WrongResult,
        "counts a number once, however many clients have it"),
    mistake!("port": serve = inverts, ask = inverts_back => WrongResult,
        "sends the sum with all bits turned over, and the clients turn them back"),
    mistake!("port": serve = reads_a_tag, ask = sends_a_tag => WrongResult,
        "sends the numbers with a tag that other programs do not know"),
    mistake!("port": serve = zeros_unanswered => Deadlock,
        "sends no sum to a client whose number is 0"),
];

type Counted = Result<i32, ConnectionError>;
type Summed = Result<u64, ConnectionError>;

fn own_size(world: &SimpleCommunicator, port: &str) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        let number = |client| clients.process_at_rank(client).receive::<u64>().0;
        let sum: u64 = (0..count).map(number).sum();
        (0..count).for_each(|client| clients.process_at_rank(client).send(&sum));
    }
    disconnect(clients);
    Ok(world.size())
}

fn one_client(world: &SimpleCommunicator, port: &str) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        let client = clients.process_at_rank(0);
        let (number, _) = client.receive::<u64>();
        client.send(&number);
    }
    disconnect(clients);
    Ok(count)
}

fn from_any_client(world: &SimpleCommunicator, port: &str) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        // Once a message is there, MPICH's wildcard does not wait.
        let _ = clients.process_at_rank(0).probe();
        let (first, status) = clients.any_process().receive::<u64>();
        let number = |client| clients.process_at_rank(client).receive::<u64>().0;
        let others = (0..count).filter(|client| *client != status.source_rank());
        let sum = first + others.map(number).sum::<u64>();
        (0..count).for_each(|client| clients.process_at_rank(client).send(&sum));
    }
    disconnect(clients);
    Ok(count)
}

fn each_its_own(world: &SimpleCommunicator, port: &str) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        for client in 0..count {
            let client = clients.process_at_rank(client);
            let (number, _) = client.receive::<u64>();
            client.send(&number);
        }
    }
    disconnect(clients);
    Ok(count)
}

fn expects(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    let servers = world.process_at_rank(0).connect(port);
    let servers = servers.expect("the server is there");
    let server = servers.process_at_rank(0);
    server.send(&own);
    let (sum, _) = server.receive::<u64>();
    disconnect(servers);
    Ok(sum)
}

fn hides(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    let Ok(servers) = world.process_at_rank(0).connect(port) else {
        return Ok(0);
    };
    let server = servers.process_at_rank(0);
    server.send(&own);
    let (sum, _) = server.receive::<u64>();
    disconnect(servers);
    Ok(sum)
}

fn own_number(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    let servers = world.process_at_rank(0).connect(port)?;
    let server = servers.process_at_rank(0);
    server.send(&own);
    let _ = server.receive::<u64>();
    disconnect(servers);
    Ok(own)
}

fn sum_as_float(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    subject::ask(world, port, own).map(|sum| sum as f64 as u64)
}

fn no_clients(world: &SimpleCommunicator, port: &str) -> Counted {
    Ok(subject::serve(world, port).unwrap_or(0))
}

fn adds_up_together(world: &SimpleCommunicator, port: &str) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let role = match world.rank() {
        0 => Role::Root,
        _ => Role::BesideRoot,
    };
    let mut sum = 0_u64;
    clients.reduce_between(role, &mut sum, SystemOperation::sum());
    clients.broadcast_between(role, &mut sum);
    Ok(clients.remote_size())
}

fn is_added_up(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    let servers = world.process_at_rank(0).connect(port)?;
    let mut sum = own;
    servers.reduce_between(Role::Remote(0), &mut sum, SystemOperation::sum());
    servers.broadcast_between(Role::Remote(0), &mut sum);
    Ok(sum)
}

fn sums_so_far(world: &SimpleCommunicator, port: &str) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        let mut sum = 0;
        for client in 0..count {
            let client = clients.process_at_rank(client);
            sum += client.receive::<u64>().0;
            client.send(&sum);
        }
    }
    Ok(count)
}

fn largest(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    let so_far = subject::ask(world, port, own)?;
    let mut sum = 0;
    world.all_reduce_into(&so_far, &mut sum, SystemOperation::max());
    Ok(sum)
}

fn accepts_twice(world: &SimpleCommunicator, port: &str) -> Counted {
    disconnect(world.process_at_rank(0).accept(port)?);
    subject::serve(world, port)
}

fn connects_twice(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    disconnect(world.process_at_rank(0).connect(port)?);
    subject::ask(world, port, own)
}

fn stays_connected(world: &SimpleCommunicator, port: &str) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        let number = |client| clients.process_at_rank(client).receive::<u64>().0;
        let sum: u64 = (0..count).map(number).sum();
        (0..count).for_each(|client| clients.process_at_rank(client).send(&sum));
    }
    forget(clients);
    Ok(count)
}

fn stays_connected_too(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    let servers = world.process_at_rank(0).connect(port)?;
    let server = servers.process_at_rank(0);
    server.send(&own);
    let (sum, _) = server.receive::<u64>();
    forget(servers);
    Ok(sum)
}

fn from_any_server(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    let servers = world.process_at_rank(0).connect(port)?;
    servers.process_at_rank(0).send(&own);
    // Once a message is there, MPICH's wildcard does not wait.
    let _ = servers.process_at_rank(0).probe();
    let (sum, _) = servers.any_process().receive::<u64>();
    disconnect(servers);
    Ok(sum)
}

fn first_brings_all(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    let mut all = 0;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    let given = if world.rank() == 0 { all } else { 0 };
    subject::ask(world, port, given)
}

/// Serves with a sum that is made of the numbers in some way.
fn serving(world: &SimpleCommunicator, port: &str, sum: impl FnOnce(Vec<u64>) -> u64) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        let number = |client| clients.process_at_rank(client).receive::<u64>().0;
        let sum = sum((0..count).map(number).collect());
        (0..count).for_each(|client| clients.process_at_rank(client).send(&sum));
    }
    disconnect(clients);
    Ok(count)
}

fn sums_of_all_calls(world: &SimpleCommunicator, port: &str) -> Counted {
    static SUM: AtomicU64 = AtomicU64::new(0);
    serving(world, port, |numbers| {
        let sum: u64 = numbers.iter().sum();
        sum.wrapping_add(SUM.fetch_add(sum, Ordering::Relaxed))
    })
}

fn equal_ones_once(world: &SimpleCommunicator, port: &str) -> Counted {
    serving(world, port, |numbers| {
        BTreeSet::from_iter(numbers).iter().sum()
    })
}

fn inverts(world: &SimpleCommunicator, port: &str) -> Counted {
    serving(world, port, |numbers| !numbers.iter().sum::<u64>())
}

fn inverts_back(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    subject::ask(world, port, own).map(|sum| !sum)
}

const TAG: Tag = 12;

fn reads_a_tag(world: &SimpleCommunicator, port: &str) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        let client = |client| clients.process_at_rank(client);
        let number = |of| client(of).receive_with_tag::<u64>(TAG).0;
        let sum: u64 = (0..count).map(number).sum();
        (0..count).for_each(|to| client(to).send(&sum));
    }
    disconnect(clients);
    Ok(count)
}

fn sends_a_tag(world: &SimpleCommunicator, port: &str, own: u64) -> Summed {
    let servers = world.process_at_rank(0).connect(port)?;
    let server = servers.process_at_rank(0);
    server.send_with_tag(&own, TAG);
    let (sum, _) = server.receive::<u64>();
    disconnect(servers);
    Ok(sum)
}

fn zeros_unanswered(world: &SimpleCommunicator, port: &str) -> Counted {
    let clients = world.process_at_rank(0).accept(port)?;
    let count = clients.remote_size();
    if world.rank() == 0 {
        let number = |client| clients.process_at_rank(client).receive::<u64>().0;
        let numbers: Vec<u64> = (0..count).map(number).collect();
        let sum: u64 = numbers.iter().sum();
        for (client, number) in (0..).zip(numbers) {
            if number > 0 {
                clients.process_at_rank(client).send(&sum);
            }
        }
    }
    disconnect(clients);
    Ok(count)
}

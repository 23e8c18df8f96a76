//! Two halves of a world that meet at a port, as two programs would.

use crate::{Part, World};
use mpi::{collective::SystemOperation, environment::library_version, topology::Color, traits::*};
use mpi_extra::{
    between::{Between, Role},
    port::{Meet, Port, disconnect, look_up},
};
use std::{thread, time::Duration};

pub const PARTS: &[Part] = &[
    ("meeting", |world| meeting(&world())),
    ("no-port", |world| no_port(&world())),
    ("service", |world| service(&world())),
    ("no-service", |_| no_service()),
];

/// Two programs that are started apart, and meet by the name of a service.
pub const APART: [Part; 2] = [
    ("serving", |world| serving(&world())),
    ("asking", |world| asking(&world())),
];
/// A part that is alone with a name.
pub const PUBLISHING: Part = ("publishing", |_| {
    let port = Port::open().unwrap();
    let _published = port.publish("alone").unwrap();
});

fn meeting(world: &World) {
    let (rank, size) = (world.rank(), world.size());
    if size == 1 {
        // Nobody to meet; but a name that can be told.
        let port = Port::open().unwrap();
        assert!(!port.name().is_empty());
        return;
    }
    let servers = (size + 1) / 2;
    let serves = rank < servers;
    let side = world
        .split_by_color(Color::with_value(i32::from(serves)))
        .unwrap();
    let root = side.process_at_rank(side.size() - 1);
    let is_root = side.rank() == side.size() - 1;
    let other = if serves {
        let port = is_root.then(|| Port::open().unwrap());
        if let Some(port) = &port {
            world.process_at_rank(size - 1).send(port.name().as_bytes());
        }
        root.accept(port.as_ref().map_or("", Port::name)).unwrap()
    } else {
        let name = if is_root {
            let (name, _) = world.any_process().receive_vec::<u8>();
            String::from_utf8(name).unwrap()
        } else {
            "only the root's counts".into()
        };
        root.connect(&name).unwrap()
    };
    let others = if serves { size - servers } else { servers };
    assert_eq!((other.size(), other.remote_size()), (side.size(), others));
    // Each tells each of the other side who it is.
    mpi::request::scope(|scope| {
        let sent: Vec<_> = (0..others)
            .map(|to| other.process_at_rank(to).immediate_send(scope, &rank))
            .collect();
        for from in 0..others {
            let (told, _) = other.process_at_rank(from).receive::<i32>();
            assert_eq!(told, if serves { servers + from } else { from });
        }
        for request in sent {
            request.wait();
        }
    });
    // The servers' last rank tells the clients a number, and adds up what they make of it.
    let role = match (serves, is_root) {
        (false, _) => Role::Remote(servers - 1),
        (true, true) => Role::Root,
        (true, false) => Role::BesideRoot,
    };
    let mut number = if role == Role::Root { 7 } else { 0 };
    other.broadcast_between(role, &mut number);
    let is_told = role != Role::BesideRoot;
    assert_eq!(number, if is_told { 7 } else { 0 });
    number *= 2;
    other.reduce_between(role, &mut number, SystemOperation::sum());
    assert_eq!(
        number,
        match role {
            Role::Root => 14 * others,
            Role::BesideRoot => 0,
            Role::Remote(_) => 14,
        }
    );
    disconnect(other);
}

fn no_port(world: &World) {
    // Open MPI waits for minutes.
    if library_version().unwrap().contains("Open MPI") {
        return;
    }
    let root = world.process_at_rank(world.size() - 1);
    let is_root = world.rank() == root.rank();
    let name = |of_root| if is_root { of_root } else { "" };
    let said = root.connect(name("nowhere")).err().unwrap().to_string();
    let port = name("nowhere");
    assert!(
        said.starts_with(&format!("cannot connect to the port {port:?}: ")) && !said.contains('\n'),
        "{said}"
    );
    for met in [
        root.connect(name("no\0where")),
        root.accept(name("no\0where")),
    ] {
        let said = met.err().unwrap().to_string();
        assert_eq!(said.contains("zero byte"), is_root, "{said}");
    }
}

fn service(world: &World) {
    const NAME: &str = "mpi-extra/service:1";
    let (rank, size) = (world.rank(), world.size());
    let unknown = || {
        let said = look_up(NAME).unwrap_err().to_string();
        let start = format!("cannot look up the service {NAME:?}: ");
        assert!(said.starts_with(&start) && !said.contains('\n'), "{said}");
    };
    unknown();
    world.barrier();
    // Twice: what was taken back can be published again.
    for _ in 0..2 {
        let port = (rank == size - 1).then(|| Port::open().unwrap());
        let published = port.as_ref().map(|port| port.publish(NAME).unwrap());
        let mut name = port.as_ref().map_or("", Port::name).as_bytes().to_vec();
        name.resize(1024, 0);
        world
            .process_at_rank(size - 1)
            .broadcast_into(&mut name[..]);
        let found = look_up(NAME).unwrap();
        assert_eq!(found.as_bytes(), &name[..found.len()]);
        assert!(!found.is_empty() && name[found.len()..].iter().all(|byte| *byte == 0));
        // Open MPI takes the second for the first.
        if let Some(port) = &port
            && !library_version().unwrap().contains("Open MPI")
        {
            let said = port.publish(NAME).err().unwrap().to_string();
            let start = format!("cannot publish the service {NAME:?}: ");
            assert!(said.starts_with(&start), "{said}");
            assert_eq!(look_up(NAME).unwrap(), found);
        }
        world.barrier();
        drop(published);
        world.barrier();
        unknown();
        world.barrier();
    }
}

fn no_service() {
    let port = Port::open().unwrap();
    for (name, why) in [
        ("", "the name is empty"),
        (" ", "white space"),
        ("two words", "white space"),
        ("two\nlines", "white space"),
        ("no\0thing", "control character"),
    ] {
        for said in [port.publish(name).err(), look_up(name).err()] {
            let said = said.unwrap().to_string();
            assert!(said.contains(why), "{said}");
        }
    }
}

fn serving(world: &World) {
    let port = (world.rank() == 0).then(|| Port::open().unwrap());
    let published = port.as_ref().map(|port| port.publish("apart").unwrap());
    let root = world.process_at_rank(0);
    let clients = root.accept(port.as_ref().map_or("", Port::name)).unwrap();
    drop(published);
    assert_eq!(clients.remote_size(), world.size());
    clients.process_at_rank(world.rank()).send(&world.rank());
    clients.barrier();
    disconnect(clients);
}

fn asking(world: &World) {
    let name = match world.rank() {
        // The other program may not be as far.
        0 => loop {
            match look_up("apart") {
                Ok(name) => break name,
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        },
        _ => String::new(),
    };
    let servers = world.process_at_rank(0).connect(&name).unwrap();
    let (told, _) = servers.process_at_rank(world.rank()).receive::<i32>();
    assert_eq!(told, world.rank());
    servers.barrier();
    disconnect(servers);
}

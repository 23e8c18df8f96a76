//! Two halves of a world that meet at a port, as two programs would.

use crate::{Part, World};
use mpi::{collective::SystemOperation, environment::library_version, topology::Color, traits::*};
use mpi_extra::{
    between::{Between, Role},
    port::{Meet, Port, disconnect},
};

pub const PARTS: &[Part] = &[
    ("meeting", |world| meeting(&world())),
    ("no-port", |world| no_port(&world())),
];

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

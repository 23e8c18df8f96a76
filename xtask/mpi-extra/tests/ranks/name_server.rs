//! Two programs, each started by an `mpiexec` of its own, that meet by the name of a service. MPICH has a server for
//! such names, which this starts; without it, there is an error and no wait.

use crate::{
    COUNTS,
    job::{Mpi, end, root, well},
    port,
};
use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Stdio},
    thread,
    time::Duration,
};

type Test = (&'static str, fn(&Mpi) -> Result<(), String>);

const TESTS: [Test; 2] = [
    ("name-server", with_server),
    ("no-name-server", without_server),
];

/// Runs those that are wanted, under MPICH if that is the MPI.
pub fn tests(wanted: &[&String]) -> Vec<(&'static str, Result<(), String>)> {
    let is_wanted =
        |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str()));
    let tests: Vec<_> = TESTS
        .into_iter()
        .filter(|(name, _)| is_wanted(name))
        .collect();
    if tests.is_empty() {
        return Vec::new();
    }
    let mpi = Mpi::chosen(root());
    if mpi.name != "MPICH" {
        println!(
            "left out: tests of MPICH's name server: the MPI is {}",
            mpi.name
        );
        return Vec::new();
    }
    let tests = tests.into_iter();
    tests.map(|(name, test)| (name, test(&mpi))).collect()
}

/// MPICH's name server, until it is dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(mpi: &Mpi) -> Self {
        loop {
            let port = free_port();
            let child = mpi
                .beside("hydra_nameserver")
                .args(["-port", &port.to_string()])
                .stderr(Stdio::null())
                .spawn();
            let child = child.expect("MPICH has a name server");
            let mut server = Self { child, port };
            // It ends at once if another program has taken the port meanwhile.
            while server.child.try_wait().unwrap().is_none() {
                if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                    return server;
                }
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has no other end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port at which nobody listens, for now.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn at(port: u16) -> [String; 2] {
    ["-nameserver".into(), format!("localhost:{port}")]
}

fn with_server(mpi: &Mpi) -> Result<(), String> {
    let server = Server::start(mpi);
    for ranks in COUNTS {
        let [serving, asking] =
            port::APART.map(|(name, _)| mpi.start(&at(server.port), ranks, name));
        well(ranks, asking)?;
        well(ranks, serving)?;
    }
    Ok(())
}

/// A server that is not there: the launcher says so and ends the job.
fn without_server(mpi: &Mpi) -> Result<(), String> {
    let (name, _) = port::PUBLISHING;
    for ranks in COUNTS {
        let (outcome, printed) = end(mpi.start(&at(free_port()), ranks, name));
        if outcome != "exit status: 255" || !printed.contains("error connecting to the nameserver")
        {
            return Err(format!("on {ranks} ranks: {outcome}\n{printed}"));
        }
    }
    Ok(())
}

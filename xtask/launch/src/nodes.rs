//! Ranks on other nodes.
//!
//! The harness and the recorder speak to a socket and write to a folder of their own node. What crosses
//! nodes is one thing, the relay: the launcher starts this program as `__relay program …` in place of the
//! program. It makes a socket and folders like the grader's, starts the rank below a supervisor of its own,
//! and carries everything over one TCP connection to the grader (`wire`): the rank's connections, the
//! grader's orders, and what is new in the rank's recording, which the grader's side writes into the job's
//! own folder (`hub`). So it is on the grader's own node, too: there Slurm's daemon is the parent of ranks,
//! and they would not end with the grader.
//!
//! - Such a rank is no process of the job's here. Its number here is none that a process can have, so that
//!   no signal can reach a stranger.
//! - Quiet is agreed on in rounds: before the observer reads how far each rank is, every relay is asked to
//!   send what is new, and has answered. Two readings that agree then have a moment in common, between the
//!   end of one round and the beginning of the next. A reading without all answers is no reading.
//! - The connection itself gets over a network that is away for some seconds. After 15 s both ends give
//!   it up: the relay ends its rank and all that this has started, and the grader says which node it was.
//!   The same happens when the grader ends, however it does.
//! - What goes over the connection is not encrypted: what ranks report and print, their recordings, the
//!   grader's orders, and the variables of the job. The grader listens at one address, in the network of
//!   the job's nodes ([`far()`]), and to nobody without the job's token, which travels in the environment of
//!   the launcher and is taken out of the rank's. It needs no shared folder but for the programs.
//! - Collectives are compared when they are read, which may be after MPI has given up, not before MPI is
//!   entered: that takes a table which ranks share. Processes that ranks spawn have no relay, and are not
//!   watched.
//! - Clocks of nodes differ. The difference is taken from the round that was answered fastest, and only
//!   places calls of different nodes beside each other in a picture: who waits for whom comes from matching.

mod far;
mod hub;
mod relay;
pub(crate) mod wire;

pub use far::{Far, far, names_hosts};
pub use hub::Nodes;
pub(crate) use relay::relay_if_asked;

use anyhow::Result;
use rustix::net::sockopt;
use std::{net::TcpStream, os::fd::AsFd, time::Duration};

/// The hidden first argument that makes a program the relay of a rank.
pub(crate) const ARGUMENT: &str = "__relay";
/// The variable with the grader's address and the token.
pub(crate) const GRADER: &str = "WORKBOOK_GRADER";

/// After so long without an answer of the other end's system, it is lost.
pub(crate) const LOST: Duration = Duration::from_secs(15);

/// Has the system give the connection up after [`LOST`], also where nothing is to be sent.
fn watch_connection(stream: &TcpStream) -> Result<()> {
    let stream = stream.as_fd();
    sockopt::set_tcp_nodelay(stream, true)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, Duration::from_secs(3))?;
    sockopt::set_tcp_keepintvl(stream, Duration::from_secs(2))?;
    sockopt::set_tcp_keepcnt(stream, 6)?;
    #[cfg(target_os = "linux")]
    sockopt::set_tcp_user_timeout(stream, LOST.as_millis() as u32)?;
    Ok(())
}

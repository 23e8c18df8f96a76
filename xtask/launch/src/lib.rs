//! Starts the ranks of one job within limits, hears what they say, and ends them all.
//!
//! It carries lines and bytes and knows nothing of verdicts. Three processes take part:
//!
//! ```text
//! grader ── control ──▶ supervisor ── child ──▶ launcher (mpiexec) ──▶ ranks
//!    ▲                                                                   │
//!    └──────────── Unix socket: records, and what the ranks print ───────┘
//! ```
//!
//! The supervisor is this very program, started once more for each job. It does nothing but wait,
//! so it is still there when the grader is killed; and all processes that the job leaves behind
//! become its children, so it finds them however they hide. The grader's private folders are
//! removed by a fourth process when it is killed, the keeper: one for all jobs.
//!
//! Where ranks may be on other nodes there is a fifth, the relay, beside each rank there: see [`nodes`].
//!
//! - [`Job`]: a job that is graded: a single-threaded loop over everything that can happen;
//! - [`foreground()`]: a job that has the terminal, as in `cargo xtask run`;
//! - [`Door`]: where the processes of such a job knock, so that their ends are seen;
//! - [`captured()`]: another program whose output is wanted, ended as a job is;
//! - [`end_with_input`]: ends this program with the one that has started it;
//! - [`supervise_if_asked`]: the supervisor's and the keeper's side; `main` calls it first;
//! - [`interrupted`]: whether the person at the keyboard wants to stop.
//!
//! A process survives only if the supervisor itself is killed with SIGKILL *and* that process has
//! left the job's process tree *and* has replaced its environment, where the job's mark stands.

mod captured;
mod door;
mod end;
mod foreground;
mod interrupt;
mod job;
mod keeper;
mod leftovers;
mod link;
mod load;
mod memory;
pub mod nodes;
mod os;
mod request;
mod scratch;
mod socket;
mod supervise;
mod supervisor;

pub use captured::{Captured, captured, captured_while, captured_within};
pub use door::Door;
pub use foreground::{Company, LOOK, Outcome, foreground};
pub use interrupt::{Catching, end_with_input, interrupted};
pub use job::{Departure, Event, Job};
pub use load::Limit;
pub use memory::Usage;
pub use nodes::Nodes;
pub use scratch::Scratch;
pub use supervise::supervise_if_asked;

use std::ffi::OsString;
use std::path::PathBuf;

/// The command that starts all ranks, and what the job may use.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// The launcher, such as `mpiexec`; a plain program is a job of one rank.
    pub program: OsString,
    /// The launcher's arguments, such as `-n 4 ./check`.
    pub args: Vec<OsString>,
    /// Variables to set beside those that this process has.
    pub env: Vec<(OsString, OsString)>,
    /// The folder to start in; none for this process's own.
    pub cwd: Option<PathBuf>,
    /// What the job may use.
    pub limits: Limits,
    /// Where ranks may be on other nodes: what hears them, and at which of the arguments the program stands
    /// that each rank is.
    pub nodes: Option<(Nodes, usize)>,
}

/// What a job may use, all its ranks together. None means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Resident memory, in bytes, as [`Usage`] counts it. Not watched in a job's first 50 ms.
    pub memory: Option<u64>,
    /// Printed bytes, those of the launcher included.
    pub output: Option<u64>,
}

impl Spec {
    /// What of this goes to the supervisor.
    fn request(&self) -> request::Request {
        request::Request {
            cwd: self.cwd.clone(),
            command: [&self.program]
                .into_iter()
                .chain(&self.args)
                .cloned()
                .collect(),
            env: self.env.clone(),
            ..Default::default()
        }
    }

    /// The same where relays stand before the program. The launcher gets what it needs to start them; the
    /// ranks get all variables.
    fn request_with(
        &self,
        mark: &str,
        channel: Option<&std::path::Path>,
        more: Vec<(OsString, OsString)>,
    ) -> anyhow::Result<request::Request> {
        let mut request = self.request();
        request.mark = mark.to_owned();
        request.env.extend(more);
        if let Some((nodes, at)) = &self.nodes {
            let (args, grader) = nodes.put_before(self, *at, mark, channel, &request.env)?;
            request.command.truncate(1);
            request.command.extend(args);
            // On other nodes there are no such files and folders, and a launcher would make them.
            request.env = self.env.clone();
            request.env.retain(|(name, _)| name != "LD_PRELOAD");
            request.env.push(grader);
        }
        Ok(request)
    }

    fn cannot_start(&self) -> String {
        let program = self.program.display();
        format!("cannot start {program}: is it installed, and built?")
    }
}

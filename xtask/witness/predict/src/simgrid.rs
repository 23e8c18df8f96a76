//! Has a plan replayed: by SimGrid's `smpirun`, a program of its own.

use crate::{Action, Network, Plan, paje};
use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Output},
};

/// How SimGrid is installed.
pub const INSTALL: &str = "SimGrid replays the run, and its `smpirun` is not on PATH. On Debian and Ubuntu:\n  \
                           sudo apt-get install --no-install-recommends libsimgrid-dev\n\
                           On Fedora it is in the package simgrid-devel; elsewhere, see https://simgrid.org.";

/// The SimGrid of this machine.
#[derive(Clone, Debug)]
pub struct Simgrid {
    smpirun: PathBuf,
}

/// From when to when a call lasts, in simulated nanoseconds.
pub type Times = (u64, u64);

/// Runs a program, and returns what it says; none if Ctrl-C has come. Its errors are passed on: that it has run for
/// too long is one.
pub type Run<'a> = &'a dyn Fn(&Command) -> Result<Option<Output>>;

impl Simgrid {
    /// Finds it on PATH.
    ///
    /// # Errors
    /// If it is not there: the message says how to install it.
    pub fn find() -> Result<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let found = env::split_paths(&path)
            .map(|folder| folder.join("smpirun"))
            .find(|file| file.is_file());
        match found {
            Some(smpirun) => Ok(Self { smpirun }),
            None => bail!(INSTALL),
        }
    }

    /// When each step of each rank was, other than what it computes, in the order of the steps; and as the last
    /// one the end of the rank. `run` runs a program and returns what it says; none if Ctrl-C has come, and then
    /// there are none here. The folder is for the replay alone: an empty one, whose path has no spaces. All that is
    /// written is written there, and stays.
    ///
    /// # Errors
    /// If files cannot be written, or SimGrid cannot replay the plan; and those of `run`.
    pub fn replay(
        &self,
        plan: &Plan,
        network: &Network,
        folder: &Path,
        run: Run<'_>,
    ) -> Result<Option<Vec<Vec<Times>>>> {
        let at = |name: &str| folder.join(name);
        let write = |name: &str, text: &str| {
            fs::write(at(name), text).with_context(|| format!("writing {}", at(name).display()))
        };
        let mut index = String::new();
        for rank in 0..plan.ranks() {
            let name = format!("rank-{rank}");
            write(&name, &plan.trace(rank))?;
            index += &format!("{}\n", at(&name).display());
        }
        write("index", &index)?;
        write("platform.xml", &network.platform())?;
        write("hosts", &network.hosts(plan.ranks()))?;
        let mut command = Command::new(&self.smpirun);
        command
            .current_dir(folder)
            .env("TMPDIR", folder)
            .args(["-replay", "index", "-platform", "platform.xml"])
            .args(["-hostfile", "hosts", "-np", &plan.ranks().to_string()])
            .args(["-trace", "-trace-file", "times"])
            .args(options(plan, network));
        let Some(output) = run(&command)? else {
            return Ok(None);
        };
        if is_killed(output.status) {
            bail!(
                "SimGrid was killed while it replayed the run on {}, as the kernel does where memory runs out; fewer \
                 ranks or a shorter run need less",
                verdict::plural(plan.ranks() as u64, "rank")
            );
        }
        if !output.status.success() {
            bail!("SimGrid could not replay the run:\n\n{}", said(&output));
        }
        let lasting = read(&at("times"), plan)
            .with_context(|| format!("reading what SimGrid has replayed:\n\n{}", said(&output)))?;
        Ok(Some(lasting))
    }
}

impl Simgrid {
    /// The command by which SimGrid runs a program that was compiled for it, with the ranks, the machine and the
    /// options of the plan's replay, in a folder of its own: to compare the two. What the program computes takes
    /// no time.
    ///
    /// # Errors
    /// If the machine cannot be written to the folder.
    pub fn online(
        &self,
        plan: &Plan,
        network: &Network,
        folder: &Path,
        program: &Path,
    ) -> Result<Command> {
        fs::write(folder.join("platform.xml"), network.platform())?;
        fs::write(folder.join("hosts"), network.hosts(plan.ranks()))?;
        let mut command = Command::new(&self.smpirun);
        command
            .current_dir(folder)
            .env("TMPDIR", folder)
            .args(["-platform", "platform.xml", "-hostfile", "hosts"])
            .args(["-np", &plan.ranks().to_string()])
            .args(options(plan, network))
            .arg("--cfg=smpi/simulate-computation:no")
            .arg(program);
        Ok(command)
    }
}

/// A message takes what the network says, whatever its length: by default SimGrid has factors for TCP on its
/// authors' cluster. Times have nanoseconds. Collectives are done as MPICH would, where SimGrid 3.32 can do
/// that: its all-to-all of long messages crashes, and so do those that tell nodes apart.
const OPTIONS: [&str; 12] = [
    "--cfg=smpi/lat-factor:0:1",
    "--cfg=smpi/bw-factor:0:1",
    "--cfg=smpi/allgather:mpich",
    "--cfg=smpi/allgatherv:mpich",
    "--cfg=smpi/barrier:mpich",
    "--cfg=smpi/gather:mpich",
    "--cfg=smpi/scatter:mpich",
    "--cfg=smpi/reduce_scatter:mpich",
    "--cfg=smpi/reduce:binomial",
    "--cfg=smpi/host-speed:1Gf",
    "--cfg=tracing/precision:9",
    "--log=root.thresh:warning",
];

/// The algorithms that MPICH chooses by the length of a message: below and from a number of bytes on (R. Thakur,
/// R. Rabenseifner, W. Gropp: Optimization of collective communication operations in MPICH, 2005). SimGrid takes
/// one for a whole run: that for the calls with most of the bytes.
const BY_LENGTH: [(&str, u64, [&str; 2]); 2] = [
    ("bcast", 12288, ["binomial_tree", "scatter_LR_allgather"]),
    ("allreduce", 2048, ["rdb", "rab_rdb"]),
];

fn options(plan: &Plan, network: &Network) -> Vec<String> {
    let mut options: Vec<String> = OPTIONS.map(String::from).into();
    options.extend(algorithms(plan));
    options.push(format!(
        "--cfg=smpi/send-is-detached-thresh:{}",
        network.eager_bytes
    ));
    options
}

fn algorithms(plan: &Plan) -> Vec<String> {
    let options = BY_LENGTH.iter().map(|(name, from, [short, long])| {
        let sizes = plan.steps.iter().flatten().filter_map(|step| {
            let Action::Together(line) = &step.action else {
                return None;
            };
            let mut words = line.split(' ');
            let is_it = words.next() == Some(name);
            words.next().filter(|_| is_it)?.parse::<u64>().ok()
        });
        let (longer, shorter): (Vec<u64>, Vec<u64>) = sizes.partition(|size| size >= from);
        let is_long = longer.iter().sum::<u64>() > shorter.iter().sum();
        let chosen = if is_long { long } else { short };
        format!("--cfg=smpi/{name}:{chosen}")
    });
    options.collect()
}

/// Whether somebody else has ended smpirun, or the simulator that this shell script waits for. Where the simulator
/// ends itself by a signal, it has said why.
fn is_killed(status: ExitStatus) -> bool {
    /// It cannot be caught.
    const KILL: i32 = 9;
    // As a shell has the signal of its child.
    status.signal() == Some(KILL) || status.code() == Some(128 + KILL)
}

/// The last lines of what it has said.
fn said(output: &Output) -> String {
    const LINES: usize = 12;
    let text = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

fn read(path: &Path, plan: &Plan) -> Result<Vec<Vec<Times>>> {
    let text = fs::read_to_string(path)?;
    let times = paje::read(&text, plan.ranks())?;
    for (rank, (times, steps)) in times.iter().zip(&plan.steps).enumerate() {
        let steps = steps.iter().filter(|step| step.call.is_some()).count() + 1;
        if times.len() != steps {
            bail!(
                "of rank {rank} {steps} steps were written, and {} replayed",
                times.len()
            );
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests;

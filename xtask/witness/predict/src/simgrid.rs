//! Has a plan replayed: by SimGrid's `smpirun`, a program of its own.

use crate::{Network, Plan, paje};
use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
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
    /// one the end of the rank. None if Ctrl-C has come.
    ///
    /// # Errors
    /// If files cannot be written, or SimGrid cannot replay the plan.
    pub fn replay(&self, plan: &Plan, network: &Network) -> Result<Option<Vec<Vec<Times>>>> {
        let folder = tempfile::tempdir().context("making a folder for the trace")?;
        let at = |name: &str| folder.path().join(name);
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
            .current_dir(folder.path())
            .env("TMPDIR", folder.path())
            .args(["-replay", "index", "-platform", "platform.xml"])
            .args(["-hostfile", "hosts", "-np", &plan.ranks().to_string()])
            .args(["-trace", "-trace-file", "times"])
            .args(OPTIONS)
            .arg(format!(
                "--cfg=smpi/send-is-detached-thresh:{}",
                network.eager_bytes
            ));
        let Some(output) = launch::captured(&command).context("starting SimGrid's smpirun")? else {
            return Ok(None);
        };
        if !output.status.success() {
            bail!("SimGrid could not replay the run:\n\n{}", said(&output));
        }
        let lasting = read(&at("times"), plan)
            .with_context(|| format!("reading what SimGrid has replayed:\n\n{}", said(&output)))?;
        Ok(Some(lasting))
    }
}

/// A message takes what the network says, whatever its length: by default SimGrid has factors for TCP on its
/// authors' cluster. Collectives are done as Open MPI would, because those that SimGrid does as MPICH would
/// crash where a node has several ranks (3.32). Times have nanoseconds.
const OPTIONS: [&str; 6] = [
    "--cfg=network/latency-factor:1",
    "--cfg=network/bandwidth-factor:1",
    "--cfg=smpi/coll-selector:ompi",
    "--cfg=smpi/host-speed:1Gf",
    "--cfg=tracing/precision:9",
    "--log=root.thresh:warning",
];

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

//! What `doctor` says about the machine: cores, memory, slots, tools. Facts only, no judgement.

use crate::{
    os,
    process::run,
    python,
    surroundings::{Surroundings, is_executable},
};
use serde::Serialize;
use std::{path::PathBuf, thread::available_parallelism, time::Duration};

/// The machine as this process may use it. What cannot be found out is none.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Cores (hardware threads) that this process may use: its affinity and its control group count.
    pub cores: u32,
    /// What the machine is made of.
    #[serde(flatten)]
    pub hardware: Hardware,
    /// Slurm's allocation, when there is one.
    pub slurm: Option<Slurm>,
    /// Bytes free in /dev/shm, through which ranks of one machine exchange messages.
    pub shared_memory_bytes: Option<u64>,
    /// The Python that would install what is missing: its path and version.
    pub python: Option<(PathBuf, String)>,
    /// The C compiler: its path and the first line of `--version`.
    pub c_compiler: Option<(PathBuf, String)>,
    /// The first line of `cargo --version`.
    pub cargo: Option<String>,
    /// The first line of `rustc --version`.
    pub rustc: Option<String>,
}

/// What a machine is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hardware {
    /// Processors in sockets.
    pub sockets: Option<u32>,
    /// Physical cores, over all sockets.
    pub physical_cores: Option<u32>,
    /// Hardware threads, over all cores.
    pub hardware_threads: Option<u32>,
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Memory that is free or can be freed, in bytes.
    pub memory_available_bytes: Option<u64>,
    /// The limit that a container or a batch system sets, in bytes.
    pub memory_limit_bytes: Option<u64>,
}

/// A job of Slurm in which this process runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slurm {
    /// The job's number.
    pub job: String,
    /// Nodes in the job.
    pub nodes: Option<u32>,
    /// Tasks that the job asked for, over all nodes.
    pub tasks: Option<u32>,
    /// Cores of the job on this node, or on its first node when this one is none of them.
    pub cores_on_node: Option<u32>,
    /// The node of the job that this process runs on; none in a shell that waits on another machine,
    /// such as that of `salloc`.
    pub node: Option<String>,
}

impl Machine {
    /// Ranks that fit without sharing a core: the cores that this process may use, of those that
    /// Slurm gives to its job if there is one. How many tasks the job asked for does not matter: each
    /// may have several cores. The workbook starts more ranks when an exercise asks for more.
    pub fn slots(&self) -> u32 {
        let Some(job) = &self.slurm else {
            return self.cores;
        };
        match job.cores_on_node {
            // What this process may use says nothing of another machine.
            Some(cores) if job.node.is_none() => cores,
            Some(cores) => cores.min(self.cores),
            None => self.cores,
        }
    }

    /// The memory that this process may use, in bytes.
    pub fn usable_memory_bytes(&self) -> Option<u64> {
        let hardware = &self.hardware;
        let limits = [hardware.memory_bytes, hardware.memory_limit_bytes];
        limits.into_iter().flatten().min()
    }
}

/// Looks at the machine. Takes some tens of milliseconds: it asks the tools for their versions.
pub fn probe_machine() -> Machine {
    let surroundings = Surroundings::of_this_process();
    let version = |program: PathBuf| -> Option<String> {
        let mut command = surroundings.command(program);
        let said = run(command.arg("--version"), Duration::from_secs(20)).ok()?;
        let line = said.output.lines().next()?.trim().to_owned();
        (said.success() && !line.is_empty()).then_some(line)
    };
    // Inside `cargo xtask`, cargo names itself; rustc is the one beside it on PATH.
    let cargo = surroundings.get("CARGO").map(PathBuf::from);
    let cargo = cargo.filter(|path| is_executable(path));
    Machine {
        cores: cores(),
        hardware: os::hardware(&surroundings),
        slurm: slurm(&surroundings),
        shared_memory_bytes: rustix::fs::statvfs("/dev/shm")
            .ok()
            .map(|space| space.f_bavail.saturating_mul(space.f_frsize)),
        python: python::find(&surroundings)
            .ok()
            .map(|python| (python.program, python.version)),
        c_compiler: surroundings
            .which("cc")
            .and_then(|path| Some((path.clone(), version(path)?))),
        cargo: cargo
            .or_else(|| surroundings.which("cargo"))
            .and_then(version),
        rustc: surroundings.which("rustc").and_then(version),
    }
}

/// Cores that this process may use; at least 1.
fn cores() -> u32 {
    available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

fn slurm(surroundings: &Surroundings) -> Option<Slurm> {
    let text = |name: &str| surroundings.get(name)?.to_str();
    let number = |name: &str| text(name)?.parse().ok();
    Some(Slurm {
        job: text("SLURM_JOB_ID")?.to_owned(),
        nodes: number("SLURM_JOB_NUM_NODES"),
        tasks: number("SLURM_NTASKS"),
        // `salloc` knows it by node only, as in `4(x2),8`: two nodes with 4, one with 8.
        cores_on_node: number("SLURM_CPUS_ON_NODE").or_else(|| {
            let of_nodes = text("SLURM_JOB_CPUS_PER_NODE")?;
            let first = of_nodes.split(|sign: char| !sign.is_ascii_digit()).next()?;
            first.parse().ok()
        }),
        node: text("SLURMD_NODENAME").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_cores_and_memory() {
        let machine = probe_machine();
        assert!(machine.cores >= 1);
        assert!(machine.hardware.memory_bytes.is_some_and(|it| it > 1 << 28));
        assert!(machine.usable_memory_bytes() <= machine.hardware.memory_bytes);
        assert!(machine.cargo.is_some_and(|it| it.starts_with("cargo ")));
    }

    /// What Slurm tells, and the slots that follow from it on a machine of 4 cores.
    fn slots(variables: &[(&str, &str)]) -> u32 {
        let mut surroundings = Surroundings::none();
        for (name, value) in variables {
            surroundings = surroundings.with(name, *value);
        }
        let mut machine = probe_machine();
        machine.cores = 4;
        machine.slurm = slurm(&surroundings);
        machine.slots()
    }

    #[test]
    fn slots_are_the_cores_of_the_job() {
        let job = [("SLURM_JOB_ID", "7"), ("SLURMD_NODENAME", "n1")];
        let with = |more: &[(&str, &str)]| slots(&[&job, more].concat());
        // One task of three cores, and three tasks on two nodes.
        let one = [("SLURM_NTASKS", "1"), ("SLURM_CPUS_ON_NODE", "3")];
        let three = [("SLURM_NTASKS", "3"), ("SLURM_CPUS_ON_NODE", "2")];
        assert_eq!((with(&one), with(&three)), (3, 2));
        // A step that was given less than the job.
        assert_eq!(with(&[("SLURM_CPUS_ON_NODE", "64")]), 4);
        assert_eq!(with(&[("SLURM_NTASKS", "64")]), 4);
        assert_eq!(slots(&[]), 4);
    }

    #[test]
    fn a_shell_beside_the_job_counts_the_cores_of_the_jobs_first_node() {
        let beside = [
            ("SLURM_JOB_ID", "7"),
            ("SLURM_NTASKS", "2"),
            ("SLURM_JOB_CPUS_PER_NODE", "64(x2),8"),
        ];
        assert_eq!(slots(&beside), 64);
        let job = beside
            .iter()
            .fold(Surroundings::none(), |all, (name, value)| {
                all.with(name, *value)
            });
        let job = slurm(&job).unwrap();
        assert_eq!((job.tasks, job.nodes, job.node), (Some(2), None, None));
        assert_eq!(slurm(&Surroundings::none()), None);
    }
}

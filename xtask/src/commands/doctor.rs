//! `cargo xtask doctor`: what was found on this machine, whether it works, and what to do if not.

use crate::{Answer, show, workbook::Workbook};
use anyhow::Result;
use setup::{Environment, Machine};

/// Less free memory than this is too little for some exercises, in bytes.
const MEMORY: u64 = 1 << 30;
/// Ranks exchange messages through /dev/shm; with less than this free, large ones fail, in bytes.
const SHARED_MEMORY: u64 = 64 << 20;
/// Hands-on work is possible with fewer, but then no speed-up can be seen.
const CORES: u32 = 2;

pub(crate) fn run() -> Result<Answer> {
    let workbook = Workbook::open()?;
    let machine = setup::probe_machine();
    for (name, value) in facts(&machine) {
        line(name, &value);
    }
    let trouble = look(&workbook).err();
    for warning in warnings(&machine) {
        anstream::println!("\n{}", show::filled(&format!("warning: {warning}")));
    }
    match trouble {
        // What to type must not be wrapped.
        Some(trouble) => Err(trouble),
        None => {
            anstream::println!("\nEverything that the course needs is here.");
            Ok(Answer::Passes)
        }
    }
}

/// Finds or installs an MPI, and tries it.
fn look(workbook: &Workbook) -> Result<()> {
    let environment = workbook.mpi()?;
    for (name, value) in found(&environment) {
        line(name, &value);
    }
    setup::hello(&environment)?;
    line("Two ranks", "started, met, and ended");
    Ok(())
}

fn line(name: &str, value: &str) {
    anstream::println!("{name:<18}{value}");
}

fn facts(machine: &Machine) -> Vec<(&'static str, String)> {
    let hardware = &machine.hardware;
    let count = |count: Option<u32>| {
        count.map_or_else(|| String::from("unknown"), |count| count.to_string())
    };
    let size = |bytes: Option<u64>| bytes.map_or_else(|| String::from("unknown"), gib);
    let tool = |tool: &Option<(std::path::PathBuf, String)>| {
        tool.as_ref().map_or_else(
            || String::from("none"),
            |(path, version)| format!("{version}, {}", path.display()),
        )
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| String::from("none"));
    let mut facts = vec![
        ("Cores", format!("{} for this process", machine.cores)),
        (
            "Hardware",
            format!(
                "sockets: {}, cores: {}, hardware threads: {}",
                count(hardware.sockets),
                count(hardware.physical_cores),
                count(hardware.hardware_threads)
            ),
        ),
        (
            "Memory",
            format!(
                "{}, {} free",
                size(machine.usable_memory_bytes()),
                size(hardware.memory_available_bytes)
            ),
        ),
        (
            "Slots",
            format!(
                "{} without sharing a core; more are allowed",
                many(machine.slots(), "rank")
            ),
        ),
    ];
    if let Some(slurm) = &machine.slurm {
        let known = |count: Option<u32>, noun: &str| {
            count.map_or_else(|| format!("unknown {noun}s"), |count| many(count, noun))
        };
        facts.push((
            "Slurm",
            format!(
                "job {}, {}, {}, {} on this one",
                slurm.job,
                known(slurm.nodes, "node"),
                known(slurm.tasks, "task"),
                known(slurm.cores_on_node, "core"),
            ),
        ));
    }
    facts.extend([
        ("Rust", text(&machine.rustc)),
        ("Cargo", text(&machine.cargo)),
        ("C compiler", tool(&machine.c_compiler)),
        ("Python", tool(&machine.python)),
    ]);
    facts
}

fn found(environment: &Environment) -> Vec<(&'static str, String)> {
    let mpi = &environment.mpi;
    let origin = if mpi.private {
        "the workbook's own"
    } else {
        "the machine's"
    };
    vec![
        ("MPI", format!("{mpi}, {origin}, {}", mpi.mpicc.display())),
        (
            "Launcher",
            mpi.launcher(2)
                .iter()
                .map(|part| part.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" "),
        ),
        ("libclang", environment.libclang.path.display().to_string()),
    ]
}

/// What may go wrong later, though nothing is missing.
fn warnings(machine: &Machine) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(free) = machine
        .hardware
        .memory_available_bytes
        .filter(|free| *free < MEMORY)
    {
        warnings.push(format!(
            "only {} of memory are free; close other programs, or ask for more",
            gib(free)
        ));
    }
    if let Some(free) = machine
        .shared_memory_bytes
        .filter(|free| *free < SHARED_MEMORY)
    {
        warnings.push(format!(
            "only {} MiB are free in /dev/shm, through which ranks exchange messages; in a container, \
             start it with `--shm-size=1g`",
            free >> 20
        ));
    }
    let has_slurm_start = std::env::var_os("WORKBOOK_LAUNCHER").is_some_and(|it| it == "srun");
    if !has_slurm_start && machine.slurm.as_ref().is_some_and(|job| job.node.is_none()) {
        warnings.push(String::from(
            "this shell is in a Slurm job, and not on one of its nodes: mpiexec starts ranks on this \
             machine; to start them on the job's nodes, `export WORKBOOK_LAUNCHER=srun`",
        ));
    }
    if machine.cores < CORES {
        warnings.push(String::from(
            "this process may use only one core: everything works, but nothing gets faster with more ranks; \
             on a cluster, ask for more with `salloc -c 4`",
        ));
    }
    warnings
}

/// `1 rank`, `2 ranks`.
fn many(count: u32, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

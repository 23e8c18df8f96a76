//! Compares collectives that are replayed with the same ones in a C program that SimGrid runs online, on the same
//! machine with the same options: `cargo run -p predict --example collectives`. What it prints is the table in
//! the documentation of this crate.

use anyhow::{Context, Result, bail};
use predict::{Action, Call, Network, Plan, Simgrid, Step};
use std::{fs, path::Path, process::Command};

/// A collective: its name, its call in C, and its line in a trace, with SIZE, RANKS and SHARES to be filled in.
const COLLECTIVES: [(&str, &str, &str); 7] = [
    (
        "broadcast",
        "MPI_Bcast(a, n, MPI_BYTE, 0, MPI_COMM_WORLD)",
        "bcast SIZE 0 6",
    ),
    (
        "reduce",
        "MPI_Reduce(a, b, n, MPI_BYTE, MPI_BOR, 0, MPI_COMM_WORLD)",
        "reduce SIZE 0 0 6",
    ),
    (
        "all-reduce",
        "MPI_Allreduce(a, b, n, MPI_BYTE, MPI_BOR, MPI_COMM_WORLD)",
        "allreduce SIZE 0 6",
    ),
    (
        "gather",
        "MPI_Gather(a, n, MPI_BYTE, b, n, MPI_BYTE, 0, MPI_COMM_WORLD)",
        "gather SIZE SIZE 0 6 6",
    ),
    (
        "scatter",
        "MPI_Scatter(a, n, MPI_BYTE, b, n, MPI_BYTE, 0, MPI_COMM_WORLD)",
        "scatter SIZE SIZE 0 6 6",
    ),
    (
        "all-gather",
        "MPI_Allgather(a, n, MPI_BYTE, b, n, MPI_BYTE, MPI_COMM_WORLD)",
        "allgather SIZE SIZE 6 6",
    ),
    (
        "all-to-all",
        "MPI_Alltoall(a, n, MPI_BYTE, b, n, MPI_BYTE, MPI_COMM_WORLD)",
        "alltoall SIZE SIZE 6 6",
    ),
];

const RANKS: [usize; 2] = [16, 48];
const SIZES: [u64; 2] = [8, 65536];

fn main() -> Result<()> {
    let simgrid = Simgrid::find()?;
    let network = Network::find("gigabit")?;
    println!("| collective | ranks | bytes | online, µs | replayed, µs | error |\n|-|-|-|-|-|-|");
    for (name, call, line) in COLLECTIVES {
        for ranks in RANKS {
            for size in SIZES {
                let line = line.replace("SIZE", &size.to_string());
                let plan = plan(ranks, &line);
                let online = online(&simgrid, &network, &plan, call, size)?;
                let folder = tempfile::tempdir()?;
                let times = simgrid
                    .replay(&plan, &network, folder.path(), &|command| {
                        Ok(Some(again(command).output()?))
                    })?
                    .context("it was stopped")?;
                let ends = times.iter().filter_map(|times| Some(times.first()?.1));
                let replayed = ends.max().unwrap_or(0) as f64 / 1e3;
                println!(
                    "| {name} | {ranks} | {size} | {online:.1} | {replayed:.1} | {:.1} % |",
                    100.0 * (replayed / online - 1.0)
                );
            }
        }
    }
    Ok(())
}

/// One collective of all ranks.
fn plan(ranks: usize, line: &str) -> Plan {
    let call = Call {
        function: "MPI_Collective",
        class: trace::Class::Collective,
        place: recording::event::PlaceId::NONE,
        peer: None,
        bytes: None,
    };
    let step = Step {
        action: Action::Together(line.to_owned()),
        call: Some(0),
    };
    Plan {
        calls: vec![vec![call]; ranks],
        steps: vec![vec![step]; ranks],
        unmodelled: Vec::new(),
    }
}

/// When the last rank has left the collective, in microseconds, where SimGrid runs a program that calls it.
fn online(simgrid: &Simgrid, network: &Network, plan: &Plan, call: &str, size: u64) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let source = format!(
        "#include <mpi.h>\n#include <stdio.h>\n#include <stdlib.h>\n\
         int main(int c, char **v) {{\n\
         MPI_Init(&c, &v);\n\
         int rank, ranks, n = {size};\n\
         MPI_Comm_rank(MPI_COMM_WORLD, &rank);\n\
         MPI_Comm_size(MPI_COMM_WORLD, &ranks);\n\
         char *a = calloc(ranks, n), *b = calloc(ranks, n);\n\
         double begin = MPI_Wtime();\n\
         {call};\n\
         printf(\"took %.9f\\n\", MPI_Wtime() - begin);\n\
         MPI_Finalize();\nreturn 0;\n}}\n"
    );
    fs::write(folder.path().join("it.c"), source)?;
    let mut compile = Command::new("smpicc");
    compile
        .current_dir(folder.path())
        .args(["-O2", "it.c", "-o", "it"]);
    said(&mut compile)?;
    let mut run = simgrid.online(plan, network, folder.path(), Path::new("./it"))?;
    let text = said(&mut run)?;
    let times = text.lines().filter_map(|line| line.strip_prefix("took "));
    let times: Vec<f64> = times.filter_map(|time| time.parse().ok()).collect();
    if times.len() != plan.ranks() {
        bail!(
            "{} of {} ranks have said how long it took",
            times.len(),
            plan.ranks()
        );
    }
    Ok(1e6 * times.into_iter().fold(0.0, f64::max))
}

fn said(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The same command once more: one cannot be run by a shared reference.
fn again(command: &Command) -> Command {
    let mut again = Command::new(command.get_program());
    again.args(command.get_args());
    for (name, value) in command.get_envs() {
        again.env(name, value.unwrap_or_default());
    }
    if let Some(folder) = command.get_current_dir() {
        again.current_dir(folder);
    }
    again
}

//! The two-rank program with which `doctor` tries an MPI: build, start, and what to do if it fails.

use crate::{
    choose::Environment,
    files, os,
    process::{Ended, run},
    record::workbook,
    surroundings::Surroundings,
};
use anyhow::{Context as _, Result, bail};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(30);

/// Each rank adds its number plus one, so the sum is right only if both are in one job.
const PROGRAM: &str = r#"#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv) {
    int rank, size, sum = 0;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int mine = rank + 1;
    MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    if (rank == 0) printf("workbook hello %d %d\n", size, sum);
    return MPI_Finalize();
}
"#;

/// Builds a small C program with the MPI and starts it with two ranks. Takes less than a second
/// where all is well, and gives up after half a minute.
///
/// # Errors
/// What failed, what was said, and what to try.
pub fn hello(environment: &Environment) -> Result<()> {
    let folder = workbook(&environment.root)
        .join("tmp")
        .join(files::unique("hello-"));
    fs::create_dir_all(&folder)
        .with_context(|| format!("making the folder {}", folder.display()))?;
    let tried = try_in(&folder, environment, &Surroundings::of_this_process());
    // What is left is small, and in nobody's way.
    let _ = fs::remove_dir_all(&folder);
    tried
}

fn try_in(folder: &Path, environment: &Environment, surroundings: &Surroundings) -> Result<()> {
    let source = folder.join("hello.c");
    let program = folder.join("hello");
    files::write(&source, PROGRAM, 0o644)?;
    let mpi = &environment.mpi;
    let mut command = surroundings.command(&mpi.mpicc);
    command.arg("-o").args([&program, &source]);
    let built = run(&mut command, Duration::from_secs(60))?;
    if !built.success() {
        bail!(
            "{} cannot build a program of ten lines. It said:\n{}\nTry: cargo xtask setup --private",
            mpi.mpicc.display(),
            built.last_words(8)
        );
    }
    let launcher = mpi.launcher_in(2, surroundings);
    let mut command = surroundings.command(&launcher[0]);
    command
        .args(&launcher[1..])
        .arg(&program)
        .envs(mpi.run_env_in(surroundings))
        .current_dir(folder);
    let ended = run(&mut command, LIMIT)?;
    if ended.success() && ended.output.contains("workbook hello 2 3") {
        return Ok(());
    }
    let hints = hints(&ended, surroundings);
    let mut words = command.get_args().map(|word| word.to_string_lossy());
    let command = format!(
        "{} {}",
        launcher[0].to_string_lossy(),
        words.by_ref().collect::<Vec<_>>().join(" ")
    );
    bail!("{}", failure(&mpi.to_string(), &command, &ended, &hints))
}

fn failure(mpi: &str, command: &str, ended: &Ended, hints: &[String]) -> String {
    let how = match ended.status {
        None => format!("did not end within {} s", LIMIT.as_secs()),
        Some(status) if status.success() => {
            "ended well, but its two ranks were not in one job".to_owned()
        }
        Some(status) => format!("ended with {status}"),
    };
    let mut text = format!("{mpi} cannot run a program of two ranks. This {how}:\n    {command}\n");
    let said = ended.last_words(12);
    if !said.is_empty() {
        text.push_str("It said:\n");
        for line in said.lines() {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text.push_str("What to try:\n");
    for hint in hints {
        text.push_str(&format!("- {hint}\n"));
    }
    text.push_str("- take the other MPI: cargo xtask setup --private, or --system");
    text
}

/// What looks wrong on this machine, by its state and by what the launcher said.
fn hints(ended: &Ended, surroundings: &Surroundings) -> Vec<String> {
    let mut hints = os::launch_hints(surroundings);
    let temporary = surroundings.get("TMPDIR").unwrap_or("/tmp".as_ref());
    let trial = Path::new(temporary).join(files::unique("workbook-"));
    match fs::write(&trial, [0; 4096]) {
        // Best effort: it is a trial in the folder for such things.
        Ok(()) => drop(fs::remove_file(&trial)),
        Err(error) => hints.push(format!(
            "nothing can be written to {} ({error}): export TMPDIR=<a folder of yours>",
            Path::new(temporary).display()
        )),
    }
    if !can_connect_to_itself() {
        hints.push(
            "programs here cannot connect to each other over 127.0.0.1: allow it in the \
             firewall, or switch the interface on: ip link set lo up"
                .into(),
        );
    }
    let said = format!("{}\n{}", ended.output, ended.errors).to_lowercase();
    let has = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
    if has(&[
        "resolve",
        "gethostby",
        "getaddrinfo",
        "unknown host",
        "hostname",
    ]) {
        hints.push(
            "the machine does not know its own name: \
             echo \"127.0.0.1 $(hostname)\" | sudo tee -a /etc/hosts"
                .into(),
        );
    }
    if has(&["shared librar", "library not loaded"]) {
        hints.push("a library is missing: load the MPI's module again, or set it up anew: cargo xtask setup".into());
    }
    if has(&["permission denied", "operation not permitted"]) {
        hints.push(
            "something is forbidden here: is the course on a disk mounted with noexec?".into(),
        );
    }
    if ended.status.is_none() {
        hints.push(
            "the ranks wait for a connection: a firewall or a VPN may hold it back; switch it off \
             for a trial"
                .into(),
        );
    }
    hints
}

fn can_connect_to_itself() -> bool {
    let connect = || {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        TcpStream::connect_timeout(&listener.local_addr()?, Duration::from_secs(2))
    };
    connect().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::process::ExitStatusExt as _, process::ExitStatus};

    fn ended(status: Option<i32>, errors: &str) -> Ended {
        Ended {
            status: status.map(|code| ExitStatus::from_raw(code << 8)),
            output: String::new(),
            errors: errors.into(),
        }
    }

    #[test]
    fn a_failure_says_what_to_try() {
        let ended = ended(Some(1), "mpiexec: unable to resolve host\n");
        let hints = hints(&ended, &Surroundings::none());
        let hints: Vec<_> = hints.into_iter().filter(|it| it.contains("name")).collect();
        let text = failure("MPICH 5.0.2", "mpiexec -n 2 ./hello", &ended, &hints);
        insta::assert_snapshot!(text, @r#"
        MPICH 5.0.2 cannot run a program of two ranks. This ended with exit status: 1:
            mpiexec -n 2 ./hello
        It said:
            mpiexec: unable to resolve host
        What to try:
        - the machine does not know its own name: echo "127.0.0.1 $(hostname)" | sudo tee -a /etc/hosts
        - take the other MPI: cargo xtask setup --private, or --system
        "#);
    }

    #[test]
    fn silence_points_to_the_firewall() {
        let ended = ended(None, "");
        let hints = hints(&ended, &Surroundings::none());
        assert!(
            hints.iter().any(|hint| hint.contains("firewall")),
            "{hints:?}"
        );
        let text = failure("MPICH 5.0.2", "mpiexec", &ended, &[]);
        assert!(text.contains("did not end within 30 s"), "{text}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named() {
        let surroundings = Surroundings::none().with("TMPDIR", "/nowhere/at/all");
        let hints = hints(&ended(Some(1), ""), &surroundings);
        assert!(
            hints.iter().any(|hint| hint.contains("/nowhere/at/all")),
            "{hints:?}"
        );
    }
}

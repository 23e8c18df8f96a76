//! Where in a launcher's command the program stands, and whether its ranks may be on other nodes.

use anyhow::{Result, bail};
use rustix::fs::{Access, access};
use std::{
    ffi::{OsStr, OsString},
    net::IpAddr,
    path::Path,
};

/// The launchers whose commands are understood.
const LAUNCHERS: [&str; 6] = [
    "srun",
    "mpiexec",
    "mpirun",
    "mpiexec.hydra",
    "mpiexec.mpich",
    "mpiexec.openmpi",
];
/// Options of theirs whose values may be names of programs, or of files that can be executed.
const WITH_VALUES: &[&str] = &[
    "-A",
    "-D",
    "-J",
    "-M",
    "-N",
    "-bootstrap",
    "-bootstrap-exec",
    "-c",
    "-d",
    "-e",
    "-f",
    "-genvlist",
    "-host",
    "--host",
    "-hostfile",
    "--hostfile",
    "-hosts",
    "-i",
    "-iface",
    "-launcher",
    "-launcher-exec",
    "-machinefile",
    "--machinefile",
    "-n",
    "-np",
    "-o",
    "-p",
    "-q",
    "-rmk",
    "-t",
    "-w",
    "-wdir",
    "--wdir",
    "--chdir",
    "-x",
];
/// Options with two values.
const WITH_TWO: &[&str] = &[
    "-env",
    "-genv",
    "-mca",
    "--mca",
    "-gmca",
    "--gmca",
    "-prtemca",
    "--prtemca",
    "-pmixmca",
    "--pmixmca",
];

/// The address at which ranks on other nodes reach this one, and the place of the program among the
/// launcher's arguments; none where all ranks are here.
///
/// # Errors
/// If ranks may be elsewhere and the command is not understood.
pub(crate) fn far(command: &[OsString]) -> Result<Option<(IpAddr, usize)>> {
    let launcher = command.first().and_then(|word| Path::new(word).file_name());
    if !LAUNCHERS
        .iter()
        .any(|known| launcher == Some(OsStr::new(known)))
    {
        return Ok(None);
    }
    let at = place(command, is_program);
    let Some(far) = launch::nodes::far(&command[..at.unwrap_or(command.len())])? else {
        return Ok(None);
    };
    let Some(at) = at else {
        bail!(
            "which word of the command is the program? Name it by its path, such as ./program; it must be \
             there to be executed"
        );
    };
    if command[at..].iter().any(|word| word == ":") {
        bail!("several programs in one command can be watched on one node only");
    }
    // Without the launcher itself.
    Ok(Some((far.address, at - 1)))
}

/// The place of the first word that is neither an option nor an option's value.
fn place(command: &[OsString], is_program: impl Fn(&OsStr) -> bool) -> Option<usize> {
    let mut at = 1;
    while let Some(word) = command.get(at) {
        let is_one_of = |options: &[&str]| options.iter().any(|option| word == option);
        if is_one_of(WITH_TWO) {
            at += 3;
        } else if is_one_of(WITH_VALUES) {
            at += 2;
        } else if word.to_string_lossy().starts_with('-') || !is_program(word) {
            at += 1;
        } else {
            return Some(at);
        }
    }
    None
}

fn is_program(word: &OsStr) -> bool {
    let is_one = |path: &Path| path.is_file() && access(path, Access::EXEC_OK).is_ok();
    if Path::new(word).components().count() > 1 || word.to_string_lossy().contains('/') {
        return is_one(Path::new(word));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| is_one(&folder.join(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_the_first_word_that_can_be_executed_and_is_no_value() {
        let at = |text: &str| {
            let words: Vec<OsString> = text.split(' ').map(OsString::from).collect();
            let is_program = |word: &OsStr| word != "4" && word != "debug";
            place(&words, is_program).map(|at| words[at].clone())
        };
        assert_eq!(at("srun -n 4 ./program x"), Some("./program".into()));
        assert_eq!(
            at("srun -n 4 -p debug -w n1 python3 a.py"),
            Some("python3".into())
        );
        assert_eq!(
            at("mpiexec -f hosts -n 4 ./program"),
            Some("./program".into())
        );
        let with_ssh = "mpiexec -launcher ssh --mca plm ssh -f hosts -n 4 ./program";
        assert_eq!(at(with_ssh), Some("./program".into()));
        assert_eq!(at("mpiexec -n 4"), None);
    }
}

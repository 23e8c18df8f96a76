//! Whether a job may have ranks on other nodes, and at which address of this node they reach it.

use anyhow::{Context, Result, bail};
use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    net::{IpAddr, ToSocketAddrs, UdpSocket},
    path::Path,
    process::Command,
};

/// The variable with which the user names the address to listen at.
const ADDRESS: &str = "WORKBOOK_ADDRESS";
/// The variables in which launchers are told of a file with hosts.
const HOST_FILES: [&str; 4] = [
    "HYDRA_HOST_FILE",
    "OMPI_MCA_orte_default_hostfile",
    "PRTE_MCA_prte_default_hostfile",
    "I_MPI_HYDRA_HOST_FILE",
];
/// The options that are followed by a file with hosts, and those followed by hosts.
const FILES: [&str; 7] = [
    "-f",
    "-hostfile",
    "--hostfile",
    "-machinefile",
    "--machinefile",
    "-machine",
    "--machine",
];
const HOSTS: [&str; 4] = ["-hosts", "--hosts", "-host", "--host"];

/// What ranks on other nodes need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Far {
    /// An address of this node in a network that it shares with them.
    pub address: IpAddr,
}

/// Whether the ranks that a command starts may be on other nodes: none if all are on this one. The command
/// is the launcher and its options.
///
/// # Errors
/// If they may be, and no address is found at which they reach this node.
pub fn far(command: &[OsString]) -> Result<Option<Far>> {
    if let Some(address) = env::var_os(ADDRESS).filter(|address| !address.is_empty()) {
        let text = address.to_string_lossy();
        let address = text.parse().with_context(|| {
            format!("{ADDRESS}={text} is no address: name one of this node, such as 10.0.0.1")
        })?;
        return Ok(Some(Far { address }));
    }
    let Some(launcher) = command.first().and_then(|word| Path::new(word).file_name()) else {
        return Ok(None);
    };
    let hosts = hosts_of(command)?;
    if !hosts.is_empty() {
        return by_peers(&hosts, "the host file");
    }
    if launcher == "srun" {
        return in_slurm();
    }
    Ok(None)
}

/// Whether a launcher hands on only the variables that it is told of, as Open MPI's does.
pub(crate) fn keeps_variables(launcher: &OsStr) -> bool {
    if Path::new(launcher).file_name() == Some(OsStr::new("srun")) {
        return false;
    }
    let said = Command::new(launcher).arg("--version").output();
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let names = ["Open MPI", "OpenRTE", "Open RTE", "PRTE", "prterun"];
    said.is_ok_and(|said| names.iter().any(|name| said.contains(name)))
}

/// Whether a launcher's command, or a variable, names the hosts on which ranks are to run.
///
/// # Errors
/// If a file with hosts cannot be read.
pub fn names_hosts(command: &[OsString]) -> Result<bool> {
    Ok(!hosts_of(command)?.is_empty())
}

/// An allocation that has other nodes than this one.
fn in_slurm() -> Result<Option<Far>> {
    let Ok(list) = env::var("SLURM_JOB_NODELIST") else {
        return Ok(None);
    };
    let is_inside = env::var_os("SLURMD_NODENAME").is_some();
    if is_inside && env::var("SLURM_JOB_NUM_NODES").is_ok_and(|nodes| nodes == "1") {
        return Ok(None);
    }
    let mut command = Command::new("scontrol");
    command.args(["--oneliner", "show", "node", &list]);
    let said = command
        .output()
        .context("running scontrol; is Slurm on PATH?")?;
    let text = String::from_utf8_lossy(&said.stdout);
    let words = text.split_whitespace();
    let hosts: Vec<String> = words
        .filter_map(|word| word.strip_prefix("NodeAddr="))
        .map(Into::into)
        .collect();
    by_peers(&hosts, &format!("Slurm, whose nodes are {list}"))
}

/// The hosts that a launcher is told of, by its options or its variables.
fn hosts_of(command: &[OsString]) -> Result<Vec<String>> {
    let mut hosts = Vec::new();
    let mut read = |path: &Path| -> Result<()> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("reading the host file {}", path.display()))?;
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        hosts.extend(lines.filter_map(name));
        Ok(())
    };
    let is_slurm = |word: &OsString| Path::new(word).file_name().is_some_and(|it| it == "srun");
    if command.first().is_none_or(is_slurm) {
        return Ok(hosts);
    }
    for (option, value) in command.iter().zip(command.iter().skip(1)) {
        if FILES.iter().any(|known| option == known) {
            read(Path::new(value))?;
        }
    }
    for variable in HOST_FILES {
        if let Some(path) = env::var_os(variable) {
            read(Path::new(&path))?;
        }
    }
    for (option, value) in command.iter().zip(command.iter().skip(1)) {
        if HOSTS.iter().any(|known| option == known) {
            hosts.extend(value.to_string_lossy().split(',').filter_map(name));
        }
    }
    Ok(hosts)
}

/// The name in an entry such as `node1:4` or `node1 slots=4`.
fn name(entry: &str) -> Option<String> {
    let name = entry.split([':', ' ', '\t']).next()?;
    (!name.is_empty()).then(|| name.into())
}

/// By the nodes of a job: none if this is the only one.
fn by_peers(hosts: &[String], who: &str) -> Result<Option<Far>> {
    let mut last = None;
    for host in hosts {
        match towards(host) {
            Ok(address) => {
                if let Some(address) = address {
                    return Ok(Some(Far { address }));
                }
            }
            Err(error) => last = Some(format!("{host}: {error}")),
        }
    }
    match last {
        None if !hosts.is_empty() => Ok(None),
        last => bail!(
            "no address of this node is known to which ranks on other nodes could connect ({who}; {}); name \
             it: export {ADDRESS}=<an address of this node>",
            last.unwrap_or_else(|| "no node is named".into())
        ),
    }
}

/// This node's address in the network in which another is; none if that is this node itself. Nothing is
/// sent.
fn towards(host: &str) -> std::io::Result<Option<IpAddr>> {
    let mut last = None;
    for peer in (host, 9).to_socket_addrs()? {
        let any: IpAddr = match peer {
            std::net::SocketAddr::V4(_) => [0, 0, 0, 0].into(),
            std::net::SocketAddr::V6(_) => [0u16; 8].into(),
        };
        let socket = UdpSocket::bind((any, 0))?;
        match socket.connect(peer).and_then(|()| socket.local_addr()) {
            Ok(own) if own.ip() == peer.ip() || own.ip().is_loopback() => return Ok(None),
            Ok(own) => return Ok(Some(own.ip())),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::ErrorKind::NotFound.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_in_the_syntax_of_either_launcher() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hosts");
        fs::write(&file, "# machines\n\nnode1:4\nnode2 slots=2\n").unwrap();
        let of = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            hosts_of(&words).unwrap()
        };
        let file = file.to_str().unwrap();
        assert_eq!(of(&["mpiexec", "-n", "4", "-f", file]), ["node1", "node2"]);
        assert_eq!(of(&["mpiexec", "--hostfile", file]), ["node1", "node2"]);
        assert_eq!(of(&["mpirun", "-host", "a:2,b"]), ["a", "b"]);
        assert_eq!(of(&["mpiexec", "-n", "4"]), [""; 0]);
        let missing = [OsString::from("mpiexec"), "-f".into(), "/no/hosts".into()];
        assert!(hosts_of(&missing).is_err());
    }

    #[test]
    fn this_node_is_no_other() {
        assert_eq!(towards("127.0.0.1").unwrap(), None);
    }
}

//! A cluster on one machine: network namespaces with addresses of their own, joined by a bridge, and a
//! Slurm whose nodes they are. What crosses nodes goes over that network. Files and process numbers are one
//! machine's, so that whatever is left on any node is seen; only `/dev/shm` is each node's own.
//!
//! It takes root, and Debian's slurm-wlm, munge, iproute2 and openssh-server. Where these are missing the tests say
//! so and pass; in CI (`CI` is set) they fail, unless `WORKBOOK_NO_CLUSTER=1` leaves them out.

use crate::command::{BOUND, Command, wait_for};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{self, Child, Stdio},
};
use tempfile::TempDir;

/// The programs that it takes.
const PROGRAMS: [&str; 13] = [
    "ssh",
    "sshd",
    "ssh-keygen",
    "ip",
    "mount",
    "nsenter",
    "unshare",
    "munged",
    "slurmctld",
    "slurmd",
    "salloc",
    "scancel",
    "sinfo",
];
/// The node with the controller, as the login node of a cluster, and two that compute.
pub const LOGIN: usize = 0;
const NAMES: [&str; 3] = ["login", "n1", "n2"];

/// A cluster of a login node and two others, with an allocation of these two.
pub struct Cluster {
    folder: TempDir,
    daemons: Vec<Child>,
    job: String,
}

/// Whether the tests that take a cluster are left out, and says why.
pub fn is_left_out() -> bool {
    let why = if cfg!(not(target_os = "linux")) {
        "this system has no network namespaces".to_owned()
    } else if std::env::var_os("WORKBOOK_NO_CLUSTER").is_some_and(|it| it == "1") {
        "WORKBOOK_NO_CLUSTER asks for it".to_owned()
    } else {
        let missing = missing();
        if missing.is_empty() {
            return false;
        }
        let why = format!(
            "that takes a Slurm of two nodes on this machine, hence root, and the packages slurm-wlm, munge, iproute2, \
             openssh-server and util-linux; missing: {}",
            missing.join(", ")
        );
        assert!(
            std::env::var_os("CI").is_none(),
            "Checks across nodes cannot be tested: {why}. To leave these tests out: export WORKBOOK_NO_CLUSTER=1"
        );
        why
    };
    println!("left out: checks across nodes: {why}");
    true
}

/// What this machine lacks for a cluster.
fn missing() -> Vec<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .collect();
    let is_there = |name: &str| folders.iter().any(|folder| folder.join(name).is_file());
    let programs = PROGRAMS.into_iter().filter(|name| !is_there(name));
    let root = (!rustix::process::getuid().is_root()).then_some("root");
    programs.chain(root).collect()
}

impl Cluster {
    pub fn start() -> Self {
        let mut cluster = Self {
            folder: tempfile::tempdir().unwrap(),
            daemons: Vec::new(),
            job: String::new(),
        };
        cluster.connect();
        cluster.begin();
        cluster
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// The namespace of a node.
    fn namespace(node: usize) -> String {
        format!("wb{}-{node}", process::id())
    }

    /// The address of a node.
    fn address(node: usize) -> String {
        format!("10.123.7.{}", node + 1)
    }

    fn connect(&self) {
        let login = Self::namespace(LOGIN);
        for node in 0..NAMES.len() {
            run(&format!("ip netns add {}", Self::namespace(node)));
            run(&format!("ip -n {} link set lo up", Self::namespace(node)));
        }
        run(&format!("ip -n {login} link add bridge type bridge"));
        run(&format!(
            "ip -n {login} addr add {}/24 dev bridge",
            Self::address(LOGIN)
        ));
        run(&format!("ip -n {login} link set bridge up"));
        for node in 1..NAMES.len() {
            let there = Self::namespace(node);
            run(&format!(
                "ip -n {login} link add port{node} type veth peer name eth0 netns {there}"
            ));
            run(&format!(
                "ip -n {login} link set port{node} master bridge up"
            ));
            run(&format!(
                "ip -n {there} addr add {}/24 dev eth0",
                Self::address(node)
            ));
            run(&format!("ip -n {there} link set eth0 up"));
        }
    }

    /// The words before a command that is to run on a node.
    fn on(node: usize) -> Vec<String> {
        let (namespace, name) = (Self::namespace(node), NAMES[node]);
        // Memory is no more shared than between machines: where nobody carries it over, a recording stays.
        let script = format!("hostname {name} && mount -t tmpfs tmpfs /dev/shm && exec \"$@\"");
        [
            "nsenter",
            &format!("--net=/run/netns/{namespace}"),
            "unshare",
            "--uts",
            "--mount",
            "sh",
            "-c",
        ]
        .map(str::to_owned)
        .into_iter()
        .chain([script, "sh".to_owned()])
        .collect()
    }

    fn daemon(&mut self, node: usize, command: &str) {
        let words = Self::on(node);
        let log = fs::File::create(self.path(&format!("log-{}", self.daemons.len()))).unwrap();
        let child = process::Command::new(&words[0])
            .args(&words[1..])
            .args(command.split(' '))
            .env("SLURM_CONF", self.path("slurm.conf"))
            .env("PATH", sbin())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.daemons.push(child);
    }

    fn begin(&mut self) {
        let folder = self.folder.path().to_str().unwrap().to_owned();
        let key: Vec<u8> = (0..128)
            .map(|at| (process::id() >> (at % 24)) as u8 ^ at)
            .collect();
        fs::write(self.path("key"), key).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o400);
        fs::set_permissions(self.path("key"), mode).unwrap();
        fs::write(self.path("slurm.conf"), configuration(&folder)).unwrap();
        fs::create_dir(self.path("state")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(self.folder.path(), mode).unwrap();
        let munge = format!(
            "munged --foreground --force --key-file={folder}/key --socket={folder}/munge \
             --pid-file={folder}/munge.pid --log-file={folder}/munge.log --seed-file={folder}/seed"
        );
        self.daemon(LOGIN, &munge);
        wait_for("munge", BOUND, || {
            Path::new(&self.path("munge")).exists().then_some(())
        });
        self.daemon(LOGIN, "slurmctld -D -i");
        for (node, name) in NAMES.iter().enumerate().skip(1) {
            fs::create_dir(self.path(&format!("spool-{name}"))).unwrap();
            self.daemon(node, &format!("slurmd -D -N {name}"));
        }
        wait_for("the nodes of Slurm", BOUND, || {
            (self.say("sinfo -h -o %t%D") == "idle2").then_some(())
        });
        let said = self.say("salloc --no-shell -N2 -n16 -O");
        let job = said.split_whitespace().last().unwrap_or_default();
        assert!(job.parse::<u32>().is_ok(), "{said}");
        self.job = job.to_owned();
    }

    /// What a command of Slurm says on the login node.
    fn say(&self, command: &str) -> String {
        let words = Self::on(LOGIN);
        let output = process::Command::new(&words[0])
            .args(&words[1..])
            .args(command.split(' '))
            .env("SLURM_CONF", self.path("slurm.conf"))
            .env("PATH", sbin())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(output.stdout) + &text(output.stderr))
            .trim()
            .to_owned()
    }

    /// A command of the workbook on a node, within the allocation, whose ranks Slurm starts.
    pub fn command(&self, node: usize, command: Command) -> Command {
        let command = command
            .env("SLURM_CONF", self.path("slurm.conf"))
            .env("SLURM_JOB_ID", &self.job)
            .env("SLURM_JOB_NODELIST", "n[1-2]")
            .env("SLURM_JOB_NUM_NODES", "2")
            .env("WORKBOOK_LAUNCHER", "srun");
        let command = match node {
            LOGIN => command,
            node => command.env("SLURMD_NODENAME", NAMES[node]),
        };
        command.through(&Self::on(node))
    }

    /// Has the nodes accept `ssh` without a password. Returns what stands in for `ssh`, and a host file for
    /// MPICH with two ranks on each.
    pub fn accept_ssh(&mut self) -> (String, String) {
        for key in ["host-key", "user-key"] {
            let status = process::Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f", &self.path(key)])
                .status();
            assert!(status.unwrap().success());
        }
        let folder = self.path("");
        // A service of the system would have made it.
        fs::create_dir_all("/run/sshd").unwrap();
        for node in 1..NAMES.len() {
            let server = format!(
                "/usr/sbin/sshd -D -e -f /dev/null -h {folder}host-key -o AuthorizedKeysFile={folder}user-key.pub \
                 -o StrictModes=no -o UsePAM=no -o PidFile=none -o PermitRootLogin=yes"
            );
            self.daemon(node, &server);
        }
        let client = format!(
            "#!/bin/sh\nexec ssh -F /dev/null -i {folder}user-key -o StrictHostKeyChecking=no \
             -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectionAttempts=20 \"$@\"\n"
        );
        let hosts = [1, 2].map(|node| format!("{}:2\n", Self::address(node)));
        fs::write(self.path("hosts"), hosts.concat()).unwrap();
        fs::write(self.path("ssh"), client).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(self.path("ssh"), mode).unwrap();
        (self.path("ssh"), self.path("hosts"))
    }

    /// A command of the workbook on a node that knows nothing of Slurm.
    pub fn plain(&self, node: usize, command: Command) -> Command {
        command.through(&Self::on(node))
    }

    /// Cuts a node off the network, or connects it again.
    pub fn set_network(&self, node: usize, state: &str) {
        run(&format!(
            "ip -n {} link set eth0 {state}",
            Self::namespace(node)
        ));
    }

    /// What the jobs have left: steps of Slurm that run, and files in the memory of a node.
    pub fn left(&self) -> Vec<String> {
        let steps = self.say(&format!("squeue -h -s -j {}", self.job));
        let mut left: Vec<String> = steps
            .lines()
            .filter(|line| !line.contains("extern"))
            .map(str::to_owned)
            .collect();
        for daemon in &self.daemons {
            let memory = format!("/proc/{}/root/dev/shm", daemon.id());
            let files = fs::read_dir(memory).unwrap().flatten();
            left.extend(files.map(|file| file.path().display().to_string()));
        }
        left
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for at in 0..self.daemons.len() {
                let log = fs::read_to_string(self.path(&format!("log-{at}"))).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(12).collect();
                println!("log {at}, the last line first: {last:#?}");
            }
        }
        for node in 0..NAMES.len() {
            let output = process::Command::new("ip")
                .args(["netns", "pids", &Self::namespace(node)])
                .output();
            let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
            // All that is in these namespaces was started here.
            for pid in text.unwrap_or_default().split_whitespace() {
                if let Some(pid) = pid.parse().ok().and_then(rustix::process::Pid::from_raw) {
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                }
            }
            let _ = process::Command::new("ip")
                .args(["netns", "del", &Self::namespace(node)])
                .status();
        }
        for daemon in &mut self.daemons {
            let _ = daemon.wait();
        }
    }
}

fn run(command: &str) {
    let mut words = command.split(' ');
    let status = process::Command::new(words.next().unwrap())
        .args(words)
        .env("PATH", sbin())
        .status()
        .unwrap();
    assert!(status.success(), "{command}");
}

/// The search path with the programs of the system.
fn sbin() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap())
}

fn configuration(folder: &str) -> String {
    let addresses: Vec<String> = (0..NAMES.len()).map(Cluster::address).collect();
    format!(
        "ClusterName=test
SlurmctldHost=login({login})
AuthType=auth/munge
AuthInfo=socket={folder}/munge
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPort=17817
SlurmdPort=17818
SlurmdParameters=config_overrides
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
KillWait=5
NodeName=n1 NodeHostname=n1 NodeAddr={one} CPUs=16
NodeName=n2 NodeHostname=n2 NodeAddr={two} CPUs=16
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
",
        login = addresses[0],
        one = addresses[1],
        two = addresses[2],
    )
}

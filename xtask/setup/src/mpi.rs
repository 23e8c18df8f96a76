//! What is known of an MPI, and how its ranks are started: the launcher's arguments and variables.
//! It starts nothing itself.

use crate::{os, surroundings::Surroundings};
use serde::{Deserialize, Serialize};
use std::{
    ffi::{OsStr, OsString},
    fmt, fs,
    path::{Path, PathBuf},
};

/// The implementations that the workbook knows, as far as they are started differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flavour {
    /// MPICH, 4.1 or later.
    Mpich,
    /// Intel MPI.
    Intel,
    /// MVAPICH.
    Mvapich,
    /// MPICH by HPE Cray.
    Cray,
    /// Open MPI 4, and what is derived from it.
    OpenMpi4,
    /// Open MPI 5 or later.
    OpenMpi5,
}

impl Flavour {
    /// The name that people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mpich => "MPICH",
            Self::Intel => "Intel MPI",
            Self::Mvapich => "MVAPICH",
            Self::Cray => "Cray MPICH",
            Self::OpenMpi4 | Self::OpenMpi5 => "Open MPI",
        }
    }

    /// Whether it is Open MPI, of whatever version; all others descend from MPICH.
    pub const fn is_open_mpi(self) -> bool {
        matches!(self, Self::OpenMpi4 | Self::OpenMpi5)
    }

    const fn short(self) -> &'static str {
        match self {
            Self::Mpich => "mpich",
            Self::Intel => "intel-mpi",
            Self::Mvapich => "mvapich",
            Self::Cray => "cray-mpich",
            Self::OpenMpi4 | Self::OpenMpi5 => "open-mpi",
        }
    }
}

/// One installed MPI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mpi {
    /// Which implementation.
    pub flavour: Flavour,
    /// Its own version, such as `5.0.2`.
    pub version: String,
    /// The compiler wrapper.
    pub mpicc: PathBuf,
    /// The launcher that belongs to it. Where there is only Slurm's, that one.
    pub mpiexec: PathBuf,
    /// The folder that holds `mpi.h`.
    pub include: PathBuf,
    /// The folder that holds the MPI library.
    pub library_dir: PathBuf,
    /// Whether the workbook installed it.
    pub private: bool,
}

impl fmt::Display for Mpi {
    /// Name and version, such as `MPICH 5.0.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.flavour.name(), self.version)
    }
}

/// The variables that name a file with hosts for a launcher.
const HOST_FILES: [&str; 4] = [
    "HYDRA_HOST_FILE",
    "I_MPI_HYDRA_HOST_FILE",
    "OMPI_MCA_orte_default_hostfile",
    "PRTE_MCA_prte_default_hostfile",
];

/// The variables by which [`Mpi::run_env`] keeps ranks on one machine.
pub const CONFINING: [&str; 12] = [
    "HYDRA_LAUNCHER",
    "HYDRA_RMK",
    "OMPI_MCA_btl",
    "OMPI_MCA_btl_tcp_if_include",
    "OMPI_MCA_plm",
    "OMPI_MCA_pml",
    "OMPI_MCA_ras",
    "PRTE_MCA_plm",
    "PRTE_MCA_ras",
    "UCX_MEM_EVENTS",
    "UCX_MM_RX_BUFS_GROW",
    "UCX_TLS",
];

impl Mpi {
    /// The implementation's name, such as `MPICH` or `Open MPI`.
    pub const fn name(&self) -> &'static str {
        self.flavour.name()
    }

    /// A short name for this very installation, such as `mpich-5.0.2-1a2b3c4d`: the same as long as
    /// the path of `mpicc` and the version are, and fit for a folder's name.
    pub fn id(&self) -> String {
        // FNV-1a, 64 bits: stable over Rust's versions, which the standard hasher is not.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let path = self.mpicc.as_os_str().as_encoded_bytes();
        for byte in path.iter().chain(b"\0").chain(self.version.as_bytes()) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let version = |c: char| if c.is_ascii_alphanumeric() { c } else { '.' };
        format!(
            "{}-{}-{:08x}",
            self.flavour.short(),
            self.version.chars().map(version).collect::<String>(),
            (hash >> 32) ^ (hash & 0xffff_ffff)
        )
    }

    /// Whether programs find another MPI library, or none, unless they are told this one's folder.
    /// The `mpi` crate writes no run path into them.
    pub fn needs_library_path(&self) -> bool {
        let Ok(entries) = fs::read_dir(&self.library_dir) else {
            return false;
        };
        let ours = entries.flatten().map(|entry| entry.file_name());
        let ours = ours.filter(|name| os::is_mpi_library(&name.to_string_lossy()));
        // Found means: the loader's own folders hold the very same file under the same name.
        !ours.into_iter().any(|name| {
            let real = |folder: &Path| folder.join(&name).canonicalize().ok();
            let this = real(&self.library_dir);
            this.is_some()
                && os::loader_folders()
                    .iter()
                    .any(|folder| real(folder) == this)
        })
    }

    /// The variables to start programs with, on one machine: launcher and ranks get them.
    /// What the user has set for a purpose of their own is left as it is.
    pub fn run_env(&self) -> Vec<(OsString, OsString)> {
        self.run_env_in(&Surroundings::of_this_process())
    }

    pub(crate) fn run_env_in(&self, surroundings: &Surroundings) -> Vec<(OsString, OsString)> {
        let mut variables: Vec<(OsString, OsString)> = Vec::new();
        if self.needs_library_path() {
            let value = prepended(&self.library_dir, surroundings.get(os::LIBRARY_PATH));
            variables.push((os::LIBRARY_PATH.into(), value));
        }
        let slurm = starts_with_slurm(surroundings);
        let mut set = |name: &str, value: &str| {
            if surroundings.get(name).is_none() {
                variables.push((name.into(), value.into()));
            }
        };
        match self.flavour {
            Flavour::Mpich | Flavour::Mvapich => {
                // With more ranks than cores, collectives through shared memory spin for the whole
                // time slice: 1,000 barriers on 4 ranks and 2 cores take 7.9 s, without it 0.02 s.
                set("MPIR_CVAR_DEVICE_COLLECTIVES", "none");
                set("MV2_ENABLE_AFFINITY", "0");
                set("MVP_ENABLE_AFFINITY", "0");
            }
            Flavour::Intel => {
                set("I_MPI_PIN", "0");
                set("I_MPI_THREAD_YIELD", "3");
                if !slurm {
                    set("I_MPI_HYDRA_BOOTSTRAP", "fork");
                    set("I_MPI_FABRICS", "shm");
                }
            }
            Flavour::Cray => {}
            Flavour::OpenMpi4 | Flavour::OpenMpi5 => {
                // Says on every start that UCX found no network.
                set("OMPI_MCA_osc", "^ucx");
                // Open MPI's own library for files, OMPIO, reports no error when a write is cut short, as on a full
                // disk, and waits forever in `MPI_File_open` when rank 0 cannot write a file of its own there
                // (5.0.11). ROMIO, which comes with it, does neither. Where it was left out, OMPIO remains.
                set("OMPI_MCA_io_ompio_priority", "1");
                // A large message that is read straight from the sender's memory is read whole,
                // past the end of a receive buffer that is too short (4.1.4, 5.0.11): the rank
                // crashes, or computes with wrong numbers, where an error is to be told. And
                // containers forbid such reading: each large message would print an error.
                if self.flavour == Flavour::OpenMpi4 {
                    set("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
                } else {
                    set("OMPI_MCA_smsc", "^cma,knem,xpmem");
                }
                if surroundings.superuser {
                    for name in [
                        "OMPI_ALLOW_RUN_AS_ROOT",
                        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                        "PRTE_ALLOW_RUN_AS_ROOT",
                        "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM",
                    ] {
                        set(name, "1");
                    }
                }
            }
        }
        if slurm || has_hosts(surroundings) {
            return variables;
        }
        // mpiexec starts ranks on this machine only: inside a job of Slurm it would ask for the
        // job's other nodes, and looking for networks takes Open MPI a second at every start.
        let mut set = |name: &str, value: &str| {
            if surroundings.get(name).is_none() {
                variables.push((name.into(), value.into()));
            }
        };
        match self.flavour {
            Flavour::Mpich | Flavour::Mvapich => {
                set("HYDRA_LAUNCHER", "fork");
                set("HYDRA_RMK", "user");
                // Ranks of one machine need no network, and looking for one takes UCX more than
                // half of the time of a start.
                set("UCX_TLS", "self,sm");
                // Half of UCX's part of /dev/shm: in the 64 MB that containers have unless they are told
                // otherwise, 11 ranks crash in UCX as they start (MPICH 5.0.2), and a check may draw 12.
                set("UCX_MM_RX_BUFS_GROW", "64");
                set("UCX_MEM_EVENTS", "n");
            }
            Flavour::OpenMpi4 => {
                set("OMPI_MCA_pml", "ob1");
                set("OMPI_MCA_btl", "self,vader");
                set("OMPI_MCA_plm", "^slurm");
                set("OMPI_MCA_ras", "^slurm");
            }
            Flavour::OpenMpi5 => {
                set("OMPI_MCA_pml", "ob1");
                set("OMPI_MCA_btl", "self,sm");
                set("PRTE_MCA_plm", "^slurm");
                set("PRTE_MCA_ras", "^slurm");
            }
            Flavour::Intel | Flavour::Cray => {}
        }
        variables
    }

    /// The same variables for programs that start others, or connect to others, while they run. Only what
    /// [`run_env`](Self::run_env) itself has set is changed.
    ///
    /// MPICH: the address of a process must fit into the name of a port, which in a container it does
    /// with these two transports alone. Open MPI: through shared memory only the processes of one start
    /// reach each other.
    pub(crate) fn connecting(
        mut variables: Vec<(OsString, OsString)>,
    ) -> Vec<(OsString, OsString)> {
        let mut by_tcp = false;
        for (name, value) in &mut variables {
            if name == "UCX_TLS" && value == "self,sm" {
                *value = "self,posix".into();
            } else if name == "OMPI_MCA_btl" {
                value.push(",tcp");
                by_tcp = true;
            }
        }
        if by_tcp {
            variables.push(("OMPI_MCA_btl_tcp_if_include".into(), "lo".into()));
        }
        variables
    }

    /// The same command for programs that start others: `mpiexec` of MPICH 5.0.2 ends the job at the first
    /// spawn if it was told where to bind ranks ("duplicate setting: binding"). Untold it binds none.
    pub(crate) fn spawning(mut command: Vec<OsString>) -> Vec<OsString> {
        if let Some(at) = command.iter().position(|word| word == "-bind-to") {
            command.drain(at..at + 2);
        }
        command
    }

    /// The command that starts `ranks` ranks, up to the program: more ranks than cores are allowed,
    /// and no rank is bound to a core, so that its threads may use all of them.
    ///
    /// `WORKBOOK_LAUNCHER=srun` makes it Slurm's `srun`.
    pub fn launcher(&self, ranks: u32) -> Vec<OsString> {
        self.launcher_in(ranks, &Surroundings::of_this_process())
    }

    pub(crate) fn launcher_in(&self, ranks: u32, surroundings: &Surroundings) -> Vec<OsString> {
        let mut command: Vec<OsString> = Vec::new();
        if starts_with_slurm(surroundings) {
            command.push("srun".into());
            command.extend(
                match self.flavour {
                    Flavour::Cray => None, // the site's default knows the machine's own network
                    Flavour::OpenMpi4 | Flavour::OpenMpi5 => Some("--mpi=pmix"),
                    Flavour::Mpich | Flavour::Mvapich | Flavour::Intel => Some("--mpi=pmi2"),
                }
                .map(OsString::from),
            );
            // A check runs inside the student's own step of the job, which `srun` would otherwise
            // wait for; and a failed rank must not leave the others waiting.
            for argument in [
                "--overlap",
                "--overcommit",
                "--cpu-bind=none",
                "--kill-on-bad-exit=1",
                "-n",
            ] {
                command.push(argument.into());
            }
        } else {
            command.push(self.mpiexec.clone().into_os_string());
            let arguments: &[&str] = match self.flavour {
                Flavour::Mpich => &["-bind-to", "none", "-n"],
                Flavour::Mvapich | Flavour::Intel => &["-n"],
                Flavour::Cray => &["--cpu-bind", "none", "-n"],
                Flavour::OpenMpi4 | Flavour::OpenMpi5 => {
                    &["--oversubscribe", "--bind-to", "none", "-n"]
                }
            };
            command.extend(arguments.iter().map(OsString::from));
        }
        command.push(ranks.to_string().into());
        command
    }
}

/// Whether the launcher is told of other machines, by a file with their names.
fn has_hosts(surroundings: &Surroundings) -> bool {
    let mut variables = HOST_FILES.iter();
    variables.any(|name| surroundings.get(name).is_some())
}

/// Whether the user wants `srun` in place of `mpiexec`.
pub(crate) fn starts_with_slurm(surroundings: &Surroundings) -> bool {
    surroundings
        .get("WORKBOOK_LAUNCHER")
        .is_some_and(|launcher| launcher == "srun")
}

/// A search path with `folder` in front, once.
pub(crate) fn prepended(folder: &Path, path: Option<&OsStr>) -> OsString {
    let mut value = folder.as_os_str().to_owned();
    if let Some(path) = path {
        let rest = std::env::split_paths(path).filter(|other| other != folder);
        for other in rest {
            value.push(":");
            value.push(other);
        }
    }
    value
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn mpi(flavour: Flavour, version: &str) -> Mpi {
        Mpi {
            flavour,
            version: version.into(),
            mpicc: "/opt/mpi/bin/mpicc".into(),
            mpiexec: "/opt/mpi/bin/mpiexec".into(),
            include: "/opt/mpi/include".into(),
            library_dir: "/opt/mpi/lib".into(),
            private: false,
        }
    }

    #[test]
    fn the_id_is_stable_and_tells_installations_apart() {
        let one = mpi(Flavour::Mpich, "5.0.2");
        // The folder names of yesterday's builds depend on it.
        insta::assert_snapshot!(one.id(), @"mpich-5.0.2-b176a452");
        let mut moved = one.clone();
        moved.mpicc = "/opt/mpi2/bin/mpicc".into();
        assert_ne!(one.id(), moved.id());
        assert_ne!(one.id(), mpi(Flavour::Mpich, "5.0.3").id());
        insta::assert_snapshot!(mpi(Flavour::OpenMpi5, "5.1.0rc1 (x)").id(), @"open-mpi-5.1.0rc1..x.-3efb655c");
    }

    fn shown(flavour: Flavour, surroundings: &Surroundings) -> String {
        let mpi = mpi(flavour, "1");
        let variables = mpi.run_env_in(surroundings).into_iter();
        let variables = variables.map(|(name, value)| {
            let mut text = name;
            text.push("=");
            text.push(value);
            text
        });
        let words = variables.chain(mpi.launcher_in(5, surroundings));
        let words: Vec<_> = words.map(|word| word.into_string().unwrap()).collect();
        words.join("\n")
    }

    #[test]
    fn programs_that_connect_have_other_transports_unless_somebody_has_chosen() {
        let chosen = |flavour, surroundings: &Surroundings| {
            let variables = mpi(flavour, "1").run_env_in(surroundings);
            let connecting = Mpi::connecting(variables.clone());
            let changed = connecting
                .into_iter()
                .filter(|variable| !variables.contains(variable));
            let text = |(name, value): (OsString, OsString)| {
                format!("{}={}", name.display(), value.display())
            };
            changed.map(text).collect::<Vec<_>>()
        };
        let nothing = Surroundings::none();
        assert_eq!(chosen(Flavour::Mpich, &nothing), ["UCX_TLS=self,posix"]);
        assert_eq!(
            chosen(Flavour::OpenMpi5, &nothing),
            ["OMPI_MCA_btl=self,sm,tcp", "OMPI_MCA_btl_tcp_if_include=lo"]
        );
        let own = Surroundings::none().with("UCX_TLS", "tcp");
        assert!(chosen(Flavour::Mpich, &own).is_empty());
    }

    #[test]
    fn mpich_is_started_unbound_and_on_this_machine() {
        insta::assert_snapshot!(shown(Flavour::Mpich, &Surroundings::none()), @"
        MPIR_CVAR_DEVICE_COLLECTIVES=none
        MV2_ENABLE_AFFINITY=0
        MVP_ENABLE_AFFINITY=0
        HYDRA_LAUNCHER=fork
        HYDRA_RMK=user
        UCX_TLS=self,sm
        UCX_MM_RX_BUFS_GROW=64
        UCX_MEM_EVENTS=n
        /opt/mpi/bin/mpiexec
        -bind-to
        none
        -n
        5
        ");
    }

    #[test]
    fn open_mpi_5_as_root() {
        let mut surroundings = Surroundings::none();
        surroundings.superuser = true;
        insta::assert_snapshot!(shown(Flavour::OpenMpi5, &surroundings), @"
        OMPI_MCA_osc=^ucx
        OMPI_MCA_io_ompio_priority=1
        OMPI_MCA_smsc=^cma,knem,xpmem
        OMPI_ALLOW_RUN_AS_ROOT=1
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
        PRTE_ALLOW_RUN_AS_ROOT=1
        PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
        OMPI_MCA_pml=ob1
        OMPI_MCA_btl=self,sm
        PRTE_MCA_plm=^slurm
        PRTE_MCA_ras=^slurm
        /opt/mpi/bin/mpiexec
        --oversubscribe
        --bind-to
        none
        -n
        5
        ");
    }

    #[test]
    fn open_mpi_4_with_a_setting_of_the_user() {
        let surroundings = Surroundings::none().with("OMPI_MCA_btl", "self,tcp");
        insta::assert_snapshot!(shown(Flavour::OpenMpi4, &surroundings), @"
        OMPI_MCA_osc=^ucx
        OMPI_MCA_io_ompio_priority=1
        OMPI_MCA_btl_vader_single_copy_mechanism=none
        OMPI_MCA_pml=ob1
        OMPI_MCA_plm=^slurm
        OMPI_MCA_ras=^slurm
        /opt/mpi/bin/mpiexec
        --oversubscribe
        --bind-to
        none
        -n
        5
        ");
    }

    #[test]
    fn slurm_starts_the_ranks_when_asked_to() {
        let surroundings = Surroundings::none().with("WORKBOOK_LAUNCHER", "srun");
        insta::assert_snapshot!(shown(Flavour::Mpich, &surroundings), @"
        MPIR_CVAR_DEVICE_COLLECTIVES=none
        MV2_ENABLE_AFFINITY=0
        MVP_ENABLE_AFFINITY=0
        srun
        --mpi=pmi2
        --overlap
        --overcommit
        --cpu-bind=none
        --kill-on-bad-exit=1
        -n
        5
        ");
        insta::assert_snapshot!(shown(Flavour::OpenMpi5, &surroundings), @"
        OMPI_MCA_osc=^ucx
        OMPI_MCA_io_ompio_priority=1
        OMPI_MCA_smsc=^cma,knem,xpmem
        srun
        --mpi=pmix
        --overlap
        --overcommit
        --cpu-bind=none
        --kill-on-bad-exit=1
        -n
        5
        ");
    }

    #[test]
    fn a_search_path_gets_a_folder_in_front_once() {
        let path = prepended(Path::new("/mpi"), Some(OsStr::new("/mpi:/a:/mpi:/b")));
        assert_eq!(path, "/mpi:/a:/b");
        assert_eq!(prepended(Path::new("/mpi"), None), "/mpi");
    }
}

//! A private folder in memory for what the ranks of a job write down while they run.

use crate::socket;
use anyhow::{Context, Result};
use std::{
    ffi::OsString,
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// A file system in memory: what is written there costs no disk, and few write it slower.
const MEMORY: &str = "/dev/shm";

/// Where Open MPI is told to put the memory that its ranks share, and what its launcher keeps of a
/// job: versions 4 and 5. Ranks that are killed leave it behind, 4 MB in memory for each of them.
const KEPT_BY_MPI: [&str; 6] = [
    "OMPI_MCA_btl_vader_backing_directory",
    "OMPI_MCA_btl_sm_backing_directory",
    "OMPI_MCA_osc_sm_backing_directory",
    "OMPI_MCA_osc_rdma_backing_directory",
    "OMPI_MCA_orte_tmpdir_base",
    "PRTE_MCA_prte_tmpdir_base",
];

/// Set where a batch system has given several machines, perhaps, and launchers use all of them.
const BATCH: [&str; 5] = [
    "SLURM_JOB_ID",
    "PBS_JOBID",
    "LSB_JOBID",
    "PE_HOSTFILE",
    "FLUX_URI",
];

/// A launcher's arguments that name other machines, perhaps.
const HOSTS: [&str; 10] = [
    "-H",
    "-host",
    "--host",
    "-hosts",
    "-f",
    "-hostfile",
    "--hostfile",
    "-machinefile",
    "--machinefile",
    "--default-hostfile",
];

/// A folder that nobody else can read; gone when dropped. Name it in [`crate::Spec::scratch`], and
/// the supervisor removes it also when this process is killed.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes a fresh folder in memory, or below `$TMPDIR` where there is no such file system.
    ///
    /// # Errors
    /// If it can be made in neither place.
    pub fn create() -> Result<Self> {
        let name = format!("workbook-{}", socket::random(8)?);
        let in_memory = Path::new(MEMORY).join(&name);
        let make = |path: &Path| DirBuilder::new().mode(0o700).create(path);
        if make(&in_memory).is_ok() {
            return Ok(Self { path: in_memory });
        }
        let path = std::env::temp_dir().join(&name);
        make(&path).with_context(|| {
            format!(
                "cannot make the folder {}; is it full, or not writable?",
                path.display()
            )
        })?;
        Ok(Self { path })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The variables with which MPI keeps in here what it would leave behind when its ranks are
    /// killed. `command` starts the ranks: there are none if it may start some on other machines,
    /// which have no such folder. What the user has set stays.
    pub fn for_mpi(&self, command: &[OsString]) -> Vec<(OsString, OsString)> {
        variables(&self.path, command, |name| std::env::var_os(name).is_some())
    }
}

fn variables(
    folder: &Path,
    command: &[OsString],
    is_set: impl Fn(&str) -> bool,
) -> Vec<(OsString, OsString)> {
    let names_hosts = command
        .iter()
        .any(|word| HOSTS.iter().any(|option| word == option));
    if names_hosts || BATCH.into_iter().any(&is_set) {
        return Vec::new();
    }
    KEPT_BY_MPI
        .into_iter()
        .filter(|name| !is_set(name))
        .map(|name| (name.into(), folder.into()))
        .collect()
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes a folder with what is in it. Whoever comes second finds nothing, which is well.
pub(crate) fn remove(path: &Path) {
    let _ = std::fs::remove_dir_all(path);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_folder_is_private_and_goes_with_its_files() {
        let scratch = Scratch::create().unwrap();
        let path = scratch.path().to_owned();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        std::fs::write(path.join("rank-0"), "x").unwrap();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn mpi_keeps_its_files_in_the_folder_if_all_ranks_are_here() {
        let folder = Path::new("/dev/shm/workbook-1");
        let given = |command: &str, set: &[&str]| {
            let words: Vec<OsString> = command.split(' ').map(OsString::from).collect();
            variables(folder, &words, |name| set.contains(&name))
        };
        let all = given("mpiexec --oversubscribe -n 2 ./a", &[]);
        assert_eq!(all.len(), KEPT_BY_MPI.len());
        assert!(all.iter().all(|(_, value)| value == folder.as_os_str()));

        let own = "OMPI_MCA_btl_vader_backing_directory";
        let rest = given("mpiexec -n 2 ./a", &[own]);
        assert_eq!(rest.len(), KEPT_BY_MPI.len() - 1);
        assert!(rest.iter().all(|(name, _)| name != own));

        assert_eq!(given("mpiexec --hostfile two -n 2 ./a", &[]), []);
        assert_eq!(given("srun -n 2 ./a", &["SLURM_JOB_ID"]), []);
    }
}

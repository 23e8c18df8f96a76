//! What an MPI leaves behind when its ranks or its launcher are killed: segments of shared memory, and
//! files below the folder for temporary ones. After some hundred hangs they would fill the memory of a
//! machine that many work at.
//!
//! A file is taken for a leftover only if its name is one that MPIs use, it is this user's, it was made
//! since the job began, and no process that lives can need it.

use crate::os;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where segments of shared memory have names.
const SEGMENTS: &str = "/dev/shm";
/// What the names of segments begin with: MPICH's; Open MPI's from 5 on and before, those of windows, and
/// UCX's; Intel MPI's.
const SEGMENT: [&str; 8] = [
    "mpich_",
    "sm_segment.",
    "vader_segment.",
    "osc_sm.",
    "osc_rdma.",
    "ucx_shm_posix_",
    "Intel_MPI_",
    "shm-col-space-",
];
/// The folder of one launcher of Open MPI, by its process id: as it stands in the folder for temporary
/// files from 5 on, and one folder further down before.
const LAUNCHER: [&str; 2] = ["ompi.", "pid."];
/// The file system's clock may lag behind this one by a tick of the kernel.
const TICK: Duration = Duration::from_millis(100);

/// Variables with which MPIs and drivers leave less behind.
const FEWER: [(&str, &str); 3] = [
    // MPICH's launcher writes no topology of the machine for its ranks to read. It would write it into `/tmp`,
    // whatever `TMPDIR` says, and leave it there when it is killed. An empty name means that each rank looks
    // at the machine itself, which takes a millisecond or two.
    ("HWLOC_XMLFILE", ""),
    // Mesa's drivers keep no compiled kernels in the user's home, and look for no display, of which they complain
    // where there is none.
    ("MESA_SHADER_CACHE_DISABLE", "true"),
    ("NODEVICE_SELECT", "1"),
];

/// The variables for a job with which less is left behind, as far as the user has not set them.
pub(crate) fn fewer() -> impl Iterator<Item = (&'static str, &'static str)> {
    let unset = |(name, _): &(&str, &str)| std::env::var_os(name).is_none();
    FEWER.into_iter().filter(unset)
}

/// What was made since a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leftovers {
    since: Duration,
    user: u32,
}

impl Leftovers {
    /// From now on.
    pub(crate) fn from_now() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            since: now.unwrap_or_default().saturating_sub(TICK),
            user: rustix::process::getuid().as_raw(),
        }
    }

    /// Removes what nobody needs any more. What cannot be removed stays: it does no harm today.
    ///
    /// A job that has ended well may have left something too: MPICH's launcher calls it well if a rank has called
    /// `_exit(0)`, and the segment stays that this rank should have removed in `MPI_Finalize`.
    pub(crate) fn remove(self) {
        self.segments(Path::new(SEGMENTS));
        self.files(&std::env::temp_dir());
    }

    fn segments(self, folder: &Path) {
        let is_one = |name: &str| SEGMENT.iter().any(|start| name.starts_with(start));
        let found = self.below(folder, is_one);
        if found.is_empty() {
            return;
        }
        let Ok(used) = os::used_below(folder) else {
            return;
        };
        for path in found.iter().filter(|path| !used.contains(*path)) {
            let _ = std::fs::remove_file(path);
        }
    }

    fn files(self, folder: &Path) {
        let [folder_of_one, further_down] = LAUNCHER;
        for path in self.below(folder, |name| name.starts_with(folder_of_one)) {
            if is_of_the_dead(&path, folder_of_one) {
                let _ = std::fs::remove_dir_all(path);
                continue;
            }
            let mut dead = self.below(&path, |name| name.starts_with(further_down));
            dead.retain(|folder| is_of_the_dead(folder, further_down));
            for folder in &dead {
                let _ = std::fs::remove_dir_all(folder);
            }
            // A launcher that begins has made it a moment before its own folder in it.
            if !dead.is_empty() {
                // Only if it is empty now.
                let _ = std::fs::remove_dir(path);
            }
        }
    }

    /// The entries of a folder whose names are wanted, which are this user's and young enough.
    fn below(self, folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        entries
            .flatten()
            .filter(|entry| entry.file_name().to_str().is_some_and(&is_wanted))
            .filter(|entry| entry.metadata().is_ok_and(|found| self.is_ours(&found)))
            .map(|entry| entry.path())
            .collect()
    }

    fn is_ours(self, found: &Metadata) -> bool {
        let seconds = u64::try_from(found.ctime()).unwrap_or_default();
        let nanoseconds = u32::try_from(found.ctime_nsec()).unwrap_or_default();
        found.uid() == self.user && Duration::new(seconds, nanoseconds) >= self.since
    }
}

/// Whether a name ends, after its start, with the id of a process that does not run.
fn is_of_the_dead(path: &Path, start: &str) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    name.and_then(|name| name.strip_prefix(start)?.parse().ok())
        .is_some_and(|pid| !os::alive(pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_or_has_another_name_or_a_living_owner_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("ompi.host.1/pid.1")).unwrap();
        // Later than the clock's lag that is allowed for.
        std::thread::sleep(2 * TICK);
        let leftovers = Leftovers::from_now();
        let ended = std::process::Command::new("true").spawn().unwrap();
        let dead = ended.id();
        assert!({ ended }.wait().unwrap().success());
        let living = std::process::id();
        for name in [
            format!("ompi.{dead}"),
            format!("ompi.{living}"),
            format!("ompi.host.0/pid.{dead}"),
            format!("ompi.host.0/pid.{living}"),
            format!("mine.{dead}"),
        ] {
            std::fs::create_dir_all(at(&name).join("1")).unwrap();
        }
        std::fs::write(at("notes"), "").unwrap();
        leftovers.files(folder.path());
        assert!(!at(&format!("ompi.{dead}")).exists());
        assert!(!at(&format!("ompi.host.0/pid.{dead}")).exists());
        for name in [
            format!("ompi.{living}"),
            format!("ompi.host.0/pid.{living}"),
            format!("mine.{dead}"),
            "notes".into(),
            "ompi.host.1/pid.1".into(),
        ] {
            assert!(at(&name).exists(), "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_segment_stays_while_somebody_has_it_open_or_mapped() {
        let folder = tempfile::tempdir().unwrap();
        let (used, unused) = (
            folder.path().join("mpich_shm_1_0"),
            folder.path().join("mpich_shm_2_0"),
        );
        let leftovers = Leftovers::from_now();
        // A program is mapped while it runs.
        std::fs::copy("/bin/sleep", &used).unwrap();
        std::fs::write(&unused, "x").unwrap();
        let mut user = std::process::Command::new(&used)
            .arg("600")
            .spawn()
            .unwrap();
        let open = folder.path().join("mpich_shm_3_0");
        let file = std::fs::File::create(&open).unwrap();
        leftovers.segments(folder.path());
        assert!(used.exists() && open.exists() && !unused.exists());
        drop(file);
        user.kill().unwrap();
        user.wait().unwrap();
        leftovers.segments(folder.path());
        assert!(!used.exists() && !open.exists());
    }
}

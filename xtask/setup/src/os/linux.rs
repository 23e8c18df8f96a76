//! What is particular to Linux: names and folders of libraries, and where the hardware is described.

use crate::{machine::Hardware, surroundings::Surroundings};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The variable with the folders in which the loader looks first.
pub(crate) const LIBRARY_PATH: &str = "LD_LIBRARY_PATH";

/// Whether a file's name is that of an MPI library that programs load.
pub(crate) fn is_mpi_library(name: &str) -> bool {
    name.starts_with("libmpi.so") || name.starts_with("libmpich.so")
}

/// Whether a file's name is that of a libclang that bindgen loads.
pub(crate) fn is_libclang(name: &str) -> bool {
    name == "libclang.so"
        || name.starts_with("libclang.so.")
        || name
            .strip_prefix("libclang-")
            .is_some_and(|rest| rest.contains(".so") && !rest.starts_with("cpp"))
}

/// The library's version as far as its name tells it: `libclang-14.so.14.0.6`, `libclang.so.13`.
pub(crate) fn libclang_version(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?;
    let leading = |text: &str| {
        let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    };
    // A suffix `.1` is Debian's way to say nothing: there the name carries the version.
    name.strip_prefix("libclang-")
        .or_else(|| name.strip_prefix("libclang.so."))
        .and_then(leading)
        .filter(|version| *version > 1)
}

/// Whether a library is for this processor.
pub(crate) fn is_native_library(path: &Path) -> bool {
    use std::io::Read as _;
    let mut header = [0; 20];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    // ELF: the class stands in byte 4, the machine in bytes 18 and 19.
    let machine: &[u8] = match std::env::consts::ARCH {
        "x86_64" => &[62, 0],
        "aarch64" => &[183, 0],
        _ => &header[18..20],
    };
    read.is_ok() && header.starts_with(b"\x7fELF\x02") && &header[18..20] == machine
}

/// Where libclang usually lies; `*` stands for any part of a name.
pub(crate) const LIBCLANG_FOLDERS: &[&str] = &[
    "/usr/lib/llvm-*/lib",
    "/usr/lib/llvm*/lib",
    "/usr/lib64/llvm*/lib*",
    "/usr/lib/llvm/*/lib*",
    "/usr/lib64",
    "/usr/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/local/lib",
    "/usr/local/llvm*/lib",
    "/opt/llvm*/lib",
    "/home/linuxbrew/.linuxbrew/opt/llvm*/lib",
];

/// Where an MPI usually lies that is not on PATH.
pub(crate) const MPI_FOLDERS: &[&str] = &[
    "/usr/lib64/openmpi/bin",
    "/usr/lib64/mpich/bin",
    "/usr/lib64/mpi/gcc/openmpi*/bin",
    "/usr/lib64/mpi/gcc/mpich/bin",
    "/usr/local/bin",
    "/opt/openmpi*/bin",
    "/opt/mpich*/bin",
    "/opt/intel/oneapi/mpi/latest/bin",
    "/home/linuxbrew/.linuxbrew/bin",
];

/// The folders in which the loader looks when nobody names any.
pub(crate) fn loader_folders() -> &'static [&'static Path] {
    use std::sync::LazyLock;
    static FOLDERS: LazyLock<Vec<&Path>> = LazyLock::new(|| {
        let folders = [
            "/lib64",
            "/usr/lib64",
            "/lib",
            "/usr/lib",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
        ];
        folders.into_iter().map(Path::new).collect()
    });
    &FOLDERS
}

/// More arguments with which libclang finds the system's headers: none are needed.
pub(crate) fn system_header_arguments(_: &Surroundings) -> Vec<String> {
    Vec::new()
}

/// What the machine is made of.
pub(crate) fn hardware(_: &Surroundings) -> Hardware {
    let topology = topology(Path::new("/sys/devices/system/cpu"));
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    Hardware {
        sockets: topology.as_ref().map(|topology| topology.sockets),
        physical_cores: topology.as_ref().map(|topology| topology.cores),
        hardware_threads: topology.as_ref().map(|topology| topology.threads),
        memory_bytes: field(&memory, "MemTotal:"),
        memory_available_bytes: field(&memory, "MemAvailable:"),
        memory_limit_bytes: memory_limit(
            Path::new("/sys/fs/cgroup"),
            &fs::read_to_string("/proc/self/cgroup").unwrap_or_default(),
        ),
    }
}

struct Topology {
    sockets: u32,
    cores: u32,
    threads: u32,
}

/// Counts what is switched on. Where the system does not say which thread belongs to which core
/// (some Arm machines), none.
fn topology(folder: &Path) -> Option<Topology> {
    let mut sockets = BTreeSet::new();
    let mut cores = BTreeSet::new();
    let mut threads = 0;
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("cpu"));
        if number.is_none_or(|number| number.parse::<u32>().is_err()) {
            continue;
        }
        let read = |file: &str| -> Option<i64> {
            let text = fs::read_to_string(entry.path().join("topology").join(file)).ok()?;
            text.trim().parse().ok()
        };
        // Threads that are switched off have no topology.
        let (Some(socket), Some(core)) = (read("physical_package_id"), read("core_id")) else {
            continue;
        };
        sockets.insert(socket);
        cores.insert((socket, core));
        threads += 1;
    }
    (threads > 0).then(|| Topology {
        sockets: count(sockets.len()),
        cores: count(cores.len()),
        threads,
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A field of /proc/meminfo, in bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The lowest limit of the control groups that this process is in, version 2 or 1, in bytes.
fn memory_limit(mount: &Path, groups: &str) -> Option<u64> {
    let mut limits = Vec::new();
    for group in groups.lines() {
        let mut parts = group.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (base, file) = if controllers.is_empty() {
            (mount.to_owned(), "memory.max")
        } else if controllers.split(',').any(|name| name == "memory") {
            (mount.join("memory"), "memory.limit_in_bytes")
        } else {
            continue;
        };
        // Inside a container the path is often that of the host, and the limit stands at the root.
        let inner: PathBuf = base.join(path.trim_start_matches('/'));
        for folder in inner.ancestors().take_while(|it| it.starts_with(&base)) {
            let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
            limits.extend(text.trim().parse::<u64>().ok());
        }
    }
    // Version 1 writes a number near 2^63 for "no limit".
    limits.into_iter().filter(|limit| *limit < 1 << 60).min()
}

/// What to try when two ranks did not start, by what this system shows.
pub(crate) fn launch_hints(_: &Surroundings) -> Vec<String> {
    let mut hints = Vec::new();
    match rustix::fs::statvfs("/dev/shm") {
        Ok(space) if space.f_bavail.saturating_mul(space.f_frsize) < 64 << 20 => hints.push(
            "/dev/shm has less than 64 MB left, and ranks exchange messages through it: \
             ls -l /dev/shm, delete what is yours there (in Docker: --shm-size=1g)"
                .into(),
        ),
        Ok(_) => {}
        Err(_) => hints.push("there is no /dev/shm: mount -t tmpfs tmpfs /dev/shm".into()),
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_libclang_tell_the_version() {
        for (name, version) in [
            ("libclang-14.so.1", Some(14)),
            ("libclang-14.so.14.0.6", Some(14)),
            ("libclang.so.13", Some(13)),
            ("libclang.so.18.1.8", Some(18)),
            ("libclang.so.1", None),
            ("libclang.so", None),
            ("libclang-3.9.so.1", Some(3)),
        ] {
            assert!(is_libclang(name), "{name}");
            assert_eq!(libclang_version(Path::new(name)), version, "{name}");
        }
        assert!(!is_libclang("libclang-cpp.so.14"));
        assert!(!is_libclang("libclang_rt.so"));
        assert!(!is_libclang("libclang-14.a"));
    }

    #[test]
    fn the_lowest_limit_of_nested_groups_counts() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("slurm/job_7/step_0");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("memory.max"), "max\n").unwrap();
        fs::write(folder.path().join("slurm/job_7/memory.max"), "4096\n").unwrap();
        fs::write(folder.path().join("slurm/memory.max"), "8192\n").unwrap();
        let limit = memory_limit(folder.path(), "0::/slurm/job_7/step_0\n");
        assert_eq!(limit, Some(4096));
        assert_eq!(memory_limit(folder.path(), "0::/elsewhere\n"), None);
    }

    #[test]
    fn version_1_says_no_limit_with_a_huge_number() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("memory/docker")).unwrap();
        let file = folder.path().join("memory/docker/memory.limit_in_bytes");
        fs::write(&file, "9223372036854771712\n").unwrap();
        let groups = "5:cpu,cpuacct:/docker\n4:memory:/docker\n";
        assert_eq!(memory_limit(folder.path(), groups), None);
        fs::write(&file, "1048576\n").unwrap();
        assert_eq!(memory_limit(folder.path(), groups), Some(1 << 20));
    }

    #[test]
    fn threads_of_one_core_and_cores_of_one_socket_are_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        for (cpu, socket, core) in [(0, 0, 0), (1, 0, 0), (2, 0, 1), (3, 1, 0)] {
            let topology = folder.path().join(format!("cpu{cpu}/topology"));
            fs::create_dir_all(&topology).unwrap();
            fs::write(topology.join("physical_package_id"), socket.to_string()).unwrap();
            fs::write(topology.join("core_id"), core.to_string()).unwrap();
        }
        fs::create_dir(folder.path().join("cpu4")).unwrap(); // switched off
        fs::create_dir(folder.path().join("cpufreq")).unwrap();
        let topology = topology(folder.path()).unwrap();
        assert_eq!(
            (topology.sockets, topology.cores, topology.threads),
            (2, 3, 4)
        );
    }
}

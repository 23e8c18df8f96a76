//! The sandbox from inside. `unshare` has made the namespaces: users, mounts, processes, network, and System V's
//! memory. [`enter`] puts a root of its own there, with the system and the compiler to read, and the working
//! copy under a layer that takes what is written. After the build, [`close`] makes that readable only, and
//! gives up every privilege and every call by which one process changes another's memory.
//!
//! What this is for: an answer is safe Rust, but can open files and start programs. `/proc` is mounted so that
//! nobody can write to it, because `/proc/<pid>/mem` is memory: that of the check in the answer's own process,
//! and of the grader. The grader's files cannot be opened by way of `/proc/<pid>/fd`, because it is not
//! dumpable: see `ptrace(2)`, "Ptrace access mode checking". The program that was built cannot be replaced between
//! two jobs.

#![allow(unsafe_code, reason = "nothing else brings up the loopback device")]

use crate::task::View;
use anyhow::{Context, Result, bail};
use rustix::{
    mount::{
        MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
        mount_remount, unmount,
    },
    process::{DumpableBehavior, Resource, Rlimit, pivot_root, set_dumpable_behavior, setrlimit},
    thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs},
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use std::{
    ffi::CString,
    fs::{self, File},
    os::{fd::AsRawFd, unix::fs::symlink},
    path::{Path, PathBuf},
};

/// Of the machine's files: programs and libraries. Not what people keep: their homes, or what runs.
const SYSTEM: [&str; 10] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix/store",
    "/gnu/store",
];
/// Of `/etc`, what programs need to start and to find each other.
const SETTINGS: [&str; 9] = [
    "alternatives",
    "group",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "nsswitch.conf",
    "passwd",
    "vulkan",
];
/// Devices that everybody may use; the last ones are for exercise 20.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "dri"];

/// Processes and threads of a submission. The kernel counts them for each user namespace, from Linux 5.14 on, and does not
/// limit those of root.
const PROCESSES: u64 = 4096;

/// Makes the new root, and changes to it. Before any thread is started.
pub(crate) fn enter(view: &View, copy: &Path) -> Result<()> {
    let new = &view.new_root;
    mount_change(
        "/",
        MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
    )
    .context("keeping mounts to the sandbox")?;
    let in_memory = |at: &Path, bytes: u64| {
        fs::create_dir_all(at)?;
        let data = CString::new(format!("mode=0755,size={bytes}"))?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        anyhow::Ok(mount("tmpfs", at, "tmpfs", flags, &*data)?)
    };
    in_memory(new, 16 << 20).context("mounting a file system in memory")?;
    for name in SETTINGS {
        show(new, &Path::new("/etc").join(name))?;
    }
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy();
    fs::write(
        new.join("etc/hosts"),
        format!("127.0.0.1 localhost {host}\n"),
    )?;
    for name in DEVICES {
        show(new, &Path::new("/dev").join(name))?;
    }
    symlink("/proc/self/fd", new.join("dev/fd"))?;
    for folder in ["tmp", "dev/shm", "run"] {
        in_memory(&new.join(folder), view.memory)
            .with_context(|| format!("mounting /{folder} in memory"))?;
    }
    // After those, as a clone may be below `/tmp`.
    let shown = SYSTEM.iter().map(Path::new);
    let shown = shown.chain(view.visible.iter().map(PathBuf::as_path));
    for (path, act) in order(shown, view.covered.iter().map(PathBuf::as_path)) {
        let at = inner(new, path);
        match act {
            Act::Show => show(new, path)?,
            Act::Cover if at.is_dir() => in_memory(&at, 1 << 20)
                .with_context(|| format!("covering {} in the sandbox", path.display()))?,
            // It is not to be seen anyway.
            Act::Cover => {}
        }
    }
    cover(&inner(new, copy), copy, &view.written)?;
    let proc = new.join("proc");
    fs::create_dir_all(&proc)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("proc", &proc, "proc", flags | MountFlags::RDONLY, None)
        .context("mounting /proc; some containers do not allow it")?;
    raise_loopback().context("bringing up the network of this machine with itself")?;

    let old = new.join("old");
    fs::create_dir(&old)?;
    pivot_root(new, &old).context("changing to the new root")?;
    std::env::set_current_dir("/")?;
    unmount("/old", UnmountFlags::DETACH).context("leaving the old root")?;
    fs::remove_dir("/old")?;
    let ours = [
        copy,
        Path::new("/tmp"),
        Path::new("/dev/shm"),
        Path::new("/run"),
        Path::new("/proc"),
    ];
    for (at, _) in mounts()? {
        // What is below a cover cannot be reached, and need not be.
        let is_there = fs::symlink_metadata(&at).is_ok();
        if is_there && !ours.contains(&&*at) && at != Path::new("/") {
            make_read_only(&at)?;
        }
    }
    let longest = Rlimit {
        current: Some(view.memory),
        maximum: Some(view.memory),
    };
    setrlimit(Resource::Fsize, longest).context("limiting the length of a file")?;
    set_no_new_privs(true).context("giving up new privileges")
}

/// From here on nothing but `/tmp` and shared memory can be written to, by nobody.
pub(crate) fn close(copy: &Path) -> Result<()> {
    for at in [Path::new("/run"), Path::new("/"), copy] {
        make_read_only(at)?;
    }
    for number in 0..=63 {
        // Those that this kernel does not know are in no set.
        if let Some(one) = CapabilitySet::from_bits(1 << number) {
            let _ = rustix::thread::remove_capability_from_bounding_set(one);
        }
    }
    let none = CapabilitySet::empty();
    let none = CapabilitySets {
        effective: none,
        permitted: none,
        inheritable: none,
    };
    set_capabilities(None, none).context("giving up all privileges")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).context("hiding the grader's memory")?;
    let most = Rlimit {
        current: Some(PROCESSES),
        maximum: Some(PROCESSES),
    };
    setrlimit(Resource::Nproc, most).context("limiting the number of processes")?;
    let filter = filter().context("writing down what may be asked of the kernel")?;
    seccompiler::apply_filter(&filter).context("limiting what may be asked of the kernel")
}

/// Calls that change the memory of other processes, or make namespaces in which everything could be mounted.
fn filter() -> Result<BpfProgram> {
    let calls = [
        libc::SYS_ptrace,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_getfd,
        libc::SYS_process_madvise,
        libc::SYS_mount,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_io_uring_setup,
        libc::SYS_keyctl,
    ];
    let filter = SeccompFilter::new(
        calls.into_iter().map(|call| (call, Vec::new())).collect(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        std::env::consts::ARCH.try_into()?,
    )?;
    Ok(filter.try_into()?)
}

/// What is done about a path: it is shown, or covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Show,
    Cover,
}

/// In which order: what is said of a folder holds for what is in it, unless more is said of that.
fn order<'a>(
    shown: impl IntoIterator<Item = &'a Path>,
    covered: impl IntoIterator<Item = &'a Path>,
) -> Vec<(&'a Path, Act)> {
    let shown = shown.into_iter().map(|path| (path, Act::Show));
    let covered = covered.into_iter().map(|path| (path, Act::Cover));
    let mut all: Vec<_> = shown.chain(covered).collect();
    all.sort_by_key(|(path, act)| (path.components().count(), *act));
    all
}

/// Where a path is in the new root.
fn inner(new: &Path, path: &Path) -> PathBuf {
    new.join(path.strip_prefix("/").unwrap_or(path))
}

/// Makes a file or folder of the machine visible, where there is one. What it links to must be visible too.
fn show(new: &Path, path: &Path) -> Result<()> {
    let Ok(data) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let at = inner(new, path);
    // It may be below one that is visible already.
    if fs::symlink_metadata(&at).is_ok() {
        return Ok(());
    }
    let parent = at.parent().unwrap_or(new);
    let shown = || format!("showing {} in the sandbox", path.display());
    fs::create_dir_all(parent).with_context(shown)?;
    if data.is_symlink() {
        let target = fs::read_link(path).with_context(shown)?;
        return symlink(target, &at).with_context(shown);
    }
    if data.is_dir() {
        fs::create_dir(&at).with_context(shown)?;
    } else {
        File::create(&at).with_context(shown)?;
    }
    mount_bind_recursive(path, &at).with_context(shown)
}

/// The working copy, and a layer above it for what is written. The layer is on disk, or in memory where the disk's
/// file system cannot be one.
fn cover(at: &Path, copy: &Path, written: &Path) -> Result<()> {
    fs::create_dir_all(at)?;
    let layer = |folder: &Path| {
        let (upper, work) = (folder.join("upper"), folder.join("work"));
        fs::create_dir_all(&upper)?;
        fs::create_dir_all(&work)?;
        let data = format!(
            "lowerdir={},upperdir={},workdir={},userxattr",
            copy.display(),
            upper.display(),
            work.display()
        );
        let data = CString::new(data)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        anyhow::Ok(mount("overlay", at, "overlay", flags, &*data)?)
    };
    if layer(written).is_ok() {
        return Ok(());
    }
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", written, "tmpfs", flags, None)?;
    layer(written).context(
        "putting a layer over the working copy (overlayfs in a user namespace, which Linux has from 5.11 on)",
    )
}

/// All mounts, with their options of the kind that a mount cannot be rid of.
fn mounts() -> Result<Vec<(PathBuf, MountFlags)>> {
    let text = fs::read_to_string("/proc/self/mountinfo").context("listing what is mounted")?;
    let mount = |line: &str| {
        let mut fields = line.split(' ').skip(4);
        let at = fields.next()?.replace("\\040", " ");
        let mut flags = MountFlags::empty();
        for option in fields.next()?.split(',') {
            flags |= match option {
                "nosuid" => MountFlags::NOSUID,
                "nodev" => MountFlags::NODEV,
                "noexec" => MountFlags::NOEXEC,
                "noatime" => MountFlags::NOATIME,
                "nodiratime" => MountFlags::NODIRATIME,
                "relatime" => MountFlags::RELATIME,
                _ => continue,
            };
        }
        Some((PathBuf::from(at), flags))
    };
    Ok(text.lines().filter_map(mount).collect())
}

fn make_read_only(at: &Path) -> Result<()> {
    // Of several at one place, the last is on top.
    let Some((_, flags)) = mounts()?.into_iter().rfind(|(path, _)| path == at) else {
        bail!("{} should be a mount, and is not", at.display());
    };
    mount_remount(at, flags | MountFlags::RDONLY | MountFlags::BIND, "")
        .with_context(|| format!("making {} read-only", at.display()))
}

/// Without it, launchers and ranks do not reach each other. Elsewhere it leads nowhere: the namespace has no other
/// device.
fn raise_loopback() -> Result<()> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").context("opening a socket")?;
    // SAFETY: all zeros are an `ifreq`, a C struct of numbers and a union of such.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[0] = b'l' as libc::c_char;
    request.ifr_name[1] = b'o' as libc::c_char;
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: the descriptor is open, and SIOCSIFFLAGS reads an `ifreq` (netdevice(7)), which outlives the call.
    let done = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &request) };
    if done != 0 {
        return Err(std::io::Error::last_os_error()).context("setting the device's flags");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_folder_holds_until_more_is_said_of_what_is_in_it() {
        let shown = [
            "/usr",
            "/opt",
            "/opt/class/clone/.workbook/mpi",
            "/opt/tools/bin",
        ];
        let covered = [
            "/opt/class/submissions",
            "/opt/class/clone",
            "/opt/tools/bin",
        ];
        let order = order(shown.map(Path::new), covered.map(Path::new));
        let at = |path: &str, act| {
            let mut all = order.iter();
            all.position(|it| *it == (Path::new(path), act)).unwrap()
        };
        let opt = at("/opt", Act::Show);
        let clone = at("/opt/class/clone", Act::Cover);
        assert!(opt < clone && opt < at("/opt/class/submissions", Act::Cover));
        assert!(clone < at("/opt/class/clone/.workbook/mpi", Act::Show));
        assert!(at("/opt/tools/bin", Act::Show) < at("/opt/tools/bin", Act::Cover));
    }
}

//! What is particular to macOS: names and folders of libraries, and where the hardware is described.

use crate::{machine::Hardware, process::run, surroundings::Surroundings};
use std::{net::ToSocketAddrs as _, path::Path, time::Duration};

/// The variable with the folders in which the loader looks first.
pub(crate) const LIBRARY_PATH: &str = "DYLD_LIBRARY_PATH";

/// Whether a file's name is that of an MPI library that programs load.
pub(crate) fn is_mpi_library(name: &str) -> bool {
    name.starts_with("libmpi.") && name.ends_with(".dylib")
}

/// Whether a file's name is that of a libclang that bindgen loads.
pub(crate) fn is_libclang(name: &str) -> bool {
    name == "libclang.dylib"
}

/// The library's version. Names do not tell it here; every Xcode that runs Rust 1.95 has a newer
/// one than bindgen needs, and so has Homebrew.
pub(crate) fn libclang_version(path: &Path) -> Option<u32> {
    is_libclang(&path.file_name()?.to_string_lossy()).then_some(11)
}

/// Whether a library is for this processor: on macOS libraries are for all of them.
pub(crate) fn is_native_library(_: &Path) -> bool {
    true
}

/// Where libclang usually lies; `*` stands for any part of a name.
pub(crate) const LIBCLANG_FOLDERS: &[&str] = &[
    "/Library/Developer/CommandLineTools/usr/lib",
    "/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib",
    "/opt/homebrew/opt/llvm*/lib",
    "/usr/local/opt/llvm*/lib",
];

/// Where an MPI usually lies that is not on PATH.
pub(crate) const MPI_FOLDERS: &[&str] = &["/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin"];

/// The folders in which the loader looks when nobody names any. Libraries from elsewhere carry
/// their own path in their name, and Homebrew's need no variable.
pub(crate) fn loader_folders() -> &'static [&'static Path] {
    use std::sync::LazyLock;
    static FOLDERS: LazyLock<Vec<&Path>> = LazyLock::new(|| {
        let folders = ["/opt/homebrew/lib", "/usr/local/lib", "/usr/lib"];
        folders.into_iter().map(Path::new).collect()
    });
    &FOLDERS
}

/// More arguments with which libclang finds the system's headers.
pub(crate) fn system_header_arguments(surroundings: &Surroundings) -> Vec<String> {
    let mut command = surroundings.command("/usr/bin/xcrun");
    let sdk = run(command.arg("--show-sdk-path"), Duration::from_secs(20));
    match sdk {
        Ok(sdk) if sdk.success() => vec!["-isysroot".into(), sdk.output.trim().into()],
        _ => Vec::new(),
    }
}

/// What the machine is made of.
pub(crate) fn hardware(surroundings: &Surroundings) -> Hardware {
    let number = |name: &str| -> Option<u64> {
        let mut command = surroundings.command("/usr/sbin/sysctl");
        let said = run(command.args(["-n", name]), Duration::from_secs(5)).ok()?;
        said.output.trim().parse().ok()
    };
    let count = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
    Hardware {
        sockets: count("hw.packages"),
        physical_cores: count("hw.physicalcpu"),
        hardware_threads: count("hw.logicalcpu"),
        memory_bytes: number("hw.memsize"),
        memory_available_bytes: None,
        memory_limit_bytes: None,
    }
}

/// What to try when two ranks did not start, by what this system shows.
pub(crate) fn launch_hints(surroundings: &Surroundings) -> Vec<String> {
    let mut command = surroundings.command("/bin/hostname");
    let Ok(said) = run(&mut command, Duration::from_secs(5)) else {
        return Vec::new();
    };
    let name = said.output.trim();
    if (name, 0).to_socket_addrs().is_ok() {
        return Vec::new();
    }
    vec![format!(
        "macOS cannot resolve its own name: sudo sh -c 'echo 127.0.0.1 {name} >> /etc/hosts'"
    )]
}

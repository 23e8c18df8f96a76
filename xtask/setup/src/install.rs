//! Private copies of an MPI and of libclang: fetched with pip, checked by their hashes, unpacked
//! into a folder of their own. A folder that has its final name is complete.

use crate::{
    files,
    notice::{Notice, Step},
    process::{self, run_attended},
    python::{self, Pip, Python},
    record::workbook,
    surroundings::Surroundings,
    trouble::{Lack, Trouble},
};
use anyhow::{Context as _, Result, ensure};
use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::Duration,
};

/// Every version, and the hashes of every file.
const REQUIREMENTS: &str = include_str!("../requirements.txt");
const UNPACK: &str = include_str!("unpack.py");
const MPICC: &str = include_str!("mpicc.sh");
/// The list of a package's files and their sizes, inside its folder.
const MANIFEST: &str = "manifest.json";
/// How the names of folders begin that are not complete.
const PARTIAL: &str = ".partial-";
/// A network that is slower than this has other troubles.
const PATIENCE: Duration = Duration::from_secs(1800);

/// What the workbook can install for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// The MPI of choice.
    Mpich,
    /// Another MPI, for the course's own tests.
    OpenMpi,
    /// libclang, for the build of the `mpi` crate.
    Libclang,
}

impl Package {
    const fn name(self) -> &'static str {
        match self {
            Self::Mpich => "mpich",
            Self::OpenMpi => "openmpi",
            Self::Libclang => "libclang",
        }
    }

    /// Megabytes to fetch and on the disk: the largest of all systems.
    const fn megabytes(self) -> (u32, u32) {
        match self {
            Self::Mpich => (14, 38),
            Self::OpenMpi => (7, 18),
            Self::Libclang => (27, 76),
        }
    }

    /// The version that the workbook names, such as `5.0.2`.
    pub fn version(self) -> &'static str {
        version_of(self.name())
    }

    /// Where the package lies, or would lie.
    pub fn folder(self, root: &Path) -> PathBuf {
        workbook(root)
            .join("mpi")
            .join(format!("{}-{}", self.name(), self.version()))
    }

    /// What people call it.
    fn title(self) -> String {
        let name = match self {
            Self::Mpich => "MPICH",
            Self::OpenMpi => "Open MPI",
            Self::Libclang => "libclang",
        };
        format!("{name} {}", self.version())
    }

    /// Whether it is there, whole: every file with its size.
    pub(crate) fn is_complete(self, root: &Path) -> bool {
        let folder = self.folder(root);
        let manifest = fs::read(folder.join(MANIFEST)).ok();
        let sizes = manifest.and_then(|text| serde_json::from_slice(&text).ok());
        let sizes: BTreeMap<PathBuf, u64> = sizes.unwrap_or_default();
        !sizes.is_empty()
            && sizes.iter().all(|(path, size)| {
                let data = folder.join(path).metadata();
                data.is_ok_and(|data| data.len() == *size)
            })
    }
}

/// The lines of one package in the requirements: its version and its hashes.
fn requirement_of(name: &str) -> String {
    let mut lines = REQUIREMENTS
        .lines()
        .skip_while(|line| line.split_once("==").is_none_or(|it| it.0 != name));
    let mut text = String::new();
    for line in &mut lines {
        text.push_str(line);
        text.push('\n');
        if !line.ends_with('\\') {
            break;
        }
    }
    text
}

fn version_of(name: &str) -> &'static str {
    let versions = REQUIREMENTS
        .lines()
        .filter_map(|line| line.split_once("=="));
    let version = versions
        .filter(|it| it.0 == name)
        .find_map(|it| it.1.split_whitespace().next());
    version.unwrap_or_default()
}

/// All versions in one line: when it changes, there is something new to install.
pub(crate) fn pinned() -> String {
    let packages = [Package::Mpich, Package::Libclang];
    packages.map(Package::title).join(", ")
}

/// How often to look whether another set-up has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Keeps other processes from changing the `.workbook` folder at the same time.
#[derive(Debug)]
pub(crate) struct Lock {
    /// None on file systems that know no locks. Names of our own and renaming keep that safe, too;
    /// only work is done twice.
    file: Option<File>,
}

impl Lock {
    /// Waits until no other process has the lock.
    pub(crate) fn take(root: &Path, notices: &mut dyn FnMut(Notice<'_>)) -> Result<Self> {
        let path = workbook(root).join("setup.lock");
        let context = || format!("opening {} (may you write in that folder?)", path.display());
        fs::create_dir_all(workbook(root)).with_context(context)?;
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(context)?;
        let locked = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => {
                notices(Notice::Line(
                    "Another set-up of this folder is running: waiting for it.",
                ));
                loop {
                    thread::sleep(LOOK);
                    ensure!(!process::stopped(), "stopped while waiting");
                    match file.try_lock() {
                        Ok(()) => break true,
                        Err(TryLockError::WouldBlock) => {}
                        Err(TryLockError::Error(_)) => break false,
                    }
                }
            }
            Err(TryLockError::Error(_)) => false,
        };
        Ok(Self {
            file: locked.then_some(file),
        })
    }

    /// Standard input for a child that works on the folder. It holds the lock as long as the child
    /// lives: so if this process is killed, the next one waits until the child, too, is gone.
    fn for_child(&self) -> Stdio {
        let file = self.file.as_ref().and_then(|file| file.try_clone().ok());
        file.map_or_else(Stdio::null, Stdio::from)
    }
}

impl Drop for Lock {
    /// Unlocks the file, and does not only close it: a child of another thread that has just been forked
    /// holds the lock too, until it runs its own program.
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // If this fails, it is unlocked when it is closed.
            let _ = file.unlock();
        }
    }
}

/// Installs packages into the `.workbook` folder of `root` unless they are there, whole.
/// What a person should know meanwhile goes to `notices`.
///
/// # Errors
/// A [`Trouble`] when the machine lacks what is needed; otherwise the folder cannot be written to.
pub fn install(
    root: &Path,
    packages: &[Package],
    notices: &mut dyn FnMut(Notice<'_>),
) -> Result<()> {
    let lock = Lock::take(root, notices)?;
    install_locked(
        root,
        packages,
        &lock,
        &Surroundings::of_this_process(),
        notices,
    )
}

pub(crate) fn install_locked(
    root: &Path,
    packages: &[Package],
    lock: &Lock,
    surroundings: &Surroundings,
    notices: &mut dyn FnMut(Notice<'_>),
) -> Result<()> {
    let folder = workbook(root).join("mpi");
    if lock.file.is_some() {
        remove_partial(&folder);
    }
    let wanted = packages.iter().copied();
    let missing: Vec<Package> = wanted.filter(|it| !it.is_complete(root)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    check_platform(
        std::env::consts::OS,
        std::env::consts::ARCH,
        None,
        surroundings,
    )?;
    let python = python::find(surroundings)?;
    let libc = python.libc.as_deref();
    check_platform(
        std::env::consts::OS,
        std::env::consts::ARCH,
        libc,
        surroundings,
    )?;

    let titles: Vec<String> = missing.iter().map(|package| package.title()).collect();
    let (fetched, kept) = missing.iter().fold((0, 0), |sum, package| {
        let (fetched, kept) = package.megabytes();
        (sum.0 + fetched, sum.1 + kept)
    });
    notices(Notice::Line(&format!(
        "Installing {} for this course alone: {fetched} MB to fetch, {kept} MB on the disk, in {}.",
        titles.join(" and "),
        folder.display()
    )));
    notices(Notice::Line(&format!(
        "It takes pip of {}; nothing outside that folder changes, and deleting it undoes all.",
        python.program.display()
    )));

    let temporary = folder.join(files::unique(PARTIAL));
    let installed = Installation {
        root,
        temporary: &temporary,
        lock,
        surroundings,
    }
    .run(&python, &missing, notices);
    // Best effort: the next call removes what is left.
    let _ = fs::remove_dir_all(&temporary);
    installed
}

fn remove_partial(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Refuses systems for which the packages hold no files.
fn check_platform(
    system: &str,
    processor: &str,
    libc: Option<&str>,
    surroundings: &Surroundings,
) -> Result<()> {
    let known = matches!(
        (system, processor),
        ("linux" | "macos", "x86_64" | "aarch64")
    );
    // What the packages are built for. Python names glibc, and no other C library.
    let old = libc.is_some_and(|libc| {
        let version = libc
            .strip_prefix("glibc ")
            .and_then(|it| it.split_once('.'));
        let numbers = version.map(|it| (it.0.parse::<u32>(), it.1.parse::<u32>()));
        !matches!(numbers, Some((Ok(major), Ok(minor))) if (major, minor) >= (2, 28))
    });
    if known && !old {
        return Ok(());
    }
    let name = match system {
        "linux" => "Linux",
        "macos" => "macOS",
        other => other,
    };
    let system = libc.filter(|_| old).map_or_else(
        || format!("{name} on {processor}"),
        |libc| format!("{name} on {processor} with {libc} (2.28 is needed)"),
    );
    Err(Trouble::new(Lack::Platform { system }, surroundings).into())
}

struct Installation<'a> {
    root: &'a Path,
    /// A folder beside the final ones, on the same file system.
    temporary: &'a Path,
    lock: &'a Lock,
    surroundings: &'a Surroundings,
}

impl Installation<'_> {
    fn run(
        &self,
        python: &Python,
        packages: &[Package],
        notices: &mut dyn FnMut(Notice<'_>),
    ) -> Result<()> {
        let scratch = self.temporary.join("tmp");
        fs::create_dir_all(&scratch)
            .with_context(|| format!("making the folder {}", scratch.display()))?;
        // Each package is fetched and unpacked.
        let before = u32::from(python.pip == Pip::Makes);
        let mut steps = Steps {
            number: 0,
            of: before + 2 * packages.len() as u32,
            notices,
        };
        let pip = self.pip(python, &mut steps)?;
        for package in packages {
            self.install(&pip, *package, &mut steps)?;
        }
        Ok(())
    }

    /// The start of a command that is a pip new enough for the packages.
    fn pip(&self, python: &Python, steps: &mut Steps<'_>) -> Result<Vec<PathBuf>> {
        let mut program = python.program.clone();
        let mut pip = python.pip;
        if pip == Pip::Makes {
            let environment = self.temporary.join("python");
            let make = [program, "-m".into(), "venv".into(), environment.clone()];
            let mut step = steps.begin("making an environment for pip".into(), vec![], 0);
            self.attend(&make, python, &mut || step.look())?;
            program = environment.join("bin/python");
            pip = python::pip_of(self.surroundings, &program).unwrap_or(Pip::Makes);
        }
        let module = vec![program.clone(), "-m".into(), "pip".into()];
        if !matches!(pip, Pip::Present { new: false, .. }) {
            return Ok(module);
        }
        // An archive with a package in it is a program, too: nothing is installed for this.
        let wheel = self.fetch(&module, "pip", &mut || ())?;
        let archive = fs::read_dir(&wheel)?.flatten().next();
        let archive = archive.context("finding the newer pip that was just fetched")?;
        Ok(vec![program, archive.path().join("pip")])
    }

    /// Fetches one package with all its hashes checked; gives the folder with its archive.
    fn fetch(&self, pip: &[PathBuf], name: &str, look: &mut dyn FnMut()) -> Result<PathBuf> {
        let wheels = self.wheels(name);
        let requirement = self.temporary.join(format!("{name}.txt"));
        files::write(&requirement, &requirement_of(name), 0o644)?;
        let mut command = pip.to_vec();
        let mut arguments = vec![
            "download",
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
            "--no-cache-dir",
            "--disable-pip-version-check",
            "--progress-bar=off",
        ];
        if self.surroundings.get("PIP_DEFAULT_TIMEOUT").is_none() {
            arguments.extend(["--timeout=30", "--retries=2"]);
        }
        command.extend(arguments.into_iter().map(PathBuf::from));
        command.extend(["-r".into(), requirement, "-d".into(), wheels.clone()]);
        self.attend_pip(&command, look)?;
        Ok(wheels)
    }

    /// Where the archive of a package comes to lie.
    fn wheels(&self, name: &str) -> PathBuf {
        self.temporary.join(format!("wheels-{name}"))
    }

    fn install(&self, pip: &[PathBuf], package: Package, steps: &mut Steps<'_>) -> Result<()> {
        let (title, (fetched, kept)) = (package.title(), package.megabytes());
        // pip fetches into the one folder, and then puts it into the other.
        let folders = vec![self.temporary.join("tmp"), self.wheels(package.name())];
        let mut step = steps.begin(format!("fetching {title}"), folders, fetched);
        let wheels = self.fetch(pip, package.name(), &mut || step.look())?;
        let unpacked = self.temporary.join(package.name());
        let mut step = steps.begin(format!("unpacking {title}"), vec![unpacked.clone()], kept);
        let script = self.temporary.join("unpack.py");
        files::write(&script, UNPACK, 0o644)?;
        let program = pip[0].clone();
        self.attend_pip(&[program, script, wheels, unpacked.clone()], &mut || {
            step.look()
        })?;
        if package != Package::Libclang {
            files::write(&unpacked.join("bin/mpicc"), MPICC, 0o755)?;
        }
        let mut sizes = BTreeMap::new();
        list(&unpacked, Path::new(""), &mut sizes)?;
        ensure!(
            !sizes.is_empty(),
            "the package {} holds no files that the workbook knows",
            package.name()
        );
        let manifest = serde_json::to_string_pretty(&sizes)?;
        files::write(&unpacked.join(MANIFEST), &manifest, 0o644)?;

        let folder = package.folder(self.root);
        if folder.exists() {
            // Something was deleted in it, or lost.
            let damaged = self.temporary.join(format!("{}-damaged", package.name()));
            fs::rename(&folder, damaged)
                .with_context(|| format!("replacing {}", folder.display()))?;
        }
        fs::rename(&unpacked, &folder)
            .or_else(|error| {
                // Without locks, another process may have been quicker.
                package.is_complete(self.root).then_some(()).ok_or(error)
            })
            .with_context(|| format!("moving {} to its place", folder.display()))?;
        if let Some(parent) = folder.parent() {
            // So that the new name survives a loss of power; not every file system can.
            let _ = File::open(parent).and_then(|parent| parent.sync_all());
        }
        Ok(())
    }

    /// Runs a step that needs pip; a failure names what the machine lacks.
    fn attend_pip(&self, words: &[PathBuf], look: &mut dyn FnMut()) -> Result<()> {
        let said = self.attended(words, look)?;
        let Some(said) = said else {
            return Ok(());
        };
        let lack = diagnose(&said, &workbook(self.root));
        Err(Trouble::new(lack, self.surroundings).into())
    }

    /// Makes a virtual environment; where that fails, Python lacks what it says it has.
    fn attend(&self, words: &[PathBuf], python: &Python, look: &mut dyn FnMut()) -> Result<()> {
        let said = self.attended(words, look)?;
        let Some(said) = said else {
            return Ok(());
        };
        let lack = match diagnose(&said, &workbook(self.root)) {
            Lack::Install { .. } => Lack::Pip {
                python: python.program.clone(),
            },
            other => other,
        };
        Err(Trouble::new(lack, self.surroundings).into())
    }

    /// Runs a step; gives what it said if it failed.
    fn attended(&self, words: &[PathBuf], look: &mut dyn FnMut()) -> Result<Option<String>> {
        let mut command = self.surroundings.command(&words[0]);
        command
            .args(&words[1..])
            .stdin(self.lock.for_child())
            // Nothing outside the workbook's folder changes: no caches, no logs, no byte code.
            .env("TMPDIR", self.temporary.join("tmp"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PIP_NO_INPUT", "1")
            .env("PIP_REQUIRE_VIRTUALENV", "0");
        for name in [
            "PIP_LOG",
            "PIP_CONSTRAINT",
            "PIP_REQUIREMENT",
            "PIP_NO_BINARY",
            "PIP_PLATFORM",
            "PIP_PYTHON_VERSION",
            "PIP_ABI",
            "PIP_IMPLEMENTATION",
            "PIP_DEST",
            "VIRTUAL_ENV",
            "__PYVENV_LAUNCHER__",
        ] {
            command.env_remove(name);
        }
        let ended = run_attended(&mut command, PATIENCE, look)?;
        if ended.success() {
            return Ok(None);
        }
        Ok(Some(format!("{}\n{}", ended.output, ended.errors)))
    }
}

/// The steps of an installation, which are told as they begin and while they last.
struct Steps<'a> {
    number: u32,
    of: u32,
    notices: &'a mut dyn FnMut(Notice<'_>),
}

impl Steps<'_> {
    /// Begins a step that fills these folders, with so many megabytes at most.
    fn begin(&mut self, what: String, folders: Vec<PathBuf>, megabytes: u32) -> Watched<'_> {
        self.number += 1;
        let mut watched = Watched {
            what,
            folders,
            bytes: 0,
            step: (self.number, self.of),
            megabytes,
            notices: &mut *self.notices,
        };
        watched.tell();
        watched
    }
}

/// A step while it lasts.
struct Watched<'a> {
    what: String,
    folders: Vec<PathBuf>,
    bytes: u64,
    step: (u32, u32),
    megabytes: u32,
    notices: &'a mut dyn FnMut(Notice<'_>),
}

impl Watched<'_> {
    /// Tells how much there is, when it is more than before. What is moved from one folder to the other
    /// may be in both for a moment.
    fn look(&mut self) {
        let bytes = self.folders.iter().map(|folder| size_of_all(folder)).sum();
        let bytes = u64::min(bytes, 1_000_000 * u64::from(self.megabytes));
        if bytes > self.bytes {
            self.bytes = bytes;
            self.tell();
        }
    }

    fn tell(&mut self) {
        let (number, of) = self.step;
        (self.notices)(Notice::Step(Step {
            what: &self.what,
            number,
            of,
            bytes: self.bytes,
            megabytes: self.megabytes,
        }));
    }
}

/// The bytes of all files below a folder, as far as they can be read while somebody writes there.
fn size_of_all(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let data = entry.metadata().ok()?;
        Some(if data.is_dir() {
            size_of_all(&entry.path())
        } else {
            data.len()
        })
    });
    sizes.sum()
}

/// The files below `folder` and their sizes, by their paths from it.
fn list(folder: &Path, below: &Path, sizes: &mut BTreeMap<PathBuf, u64>) -> Result<()> {
    let entries = fs::read_dir(folder.join(below));
    for entry in entries.with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        let data = entry.metadata()?;
        if data.is_dir() {
            list(folder, &path, sizes)?;
        } else {
            sizes.insert(path, data.len());
        }
    }
    Ok(())
}

/// What the machine lacks, by what pip said.
fn diagnose(said: &str, folder: &Path) -> Lack {
    let has = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
    if has(&["DO NOT MATCH THE HASHES"]) {
        let telling = |line: &&str| line.contains("sha256 ") || line.contains("Got ");
        let lines = said.lines().map(str::trim).filter(telling);
        let said = lines.collect::<Vec<_>>().join("\n");
        return Lack::Hash { said };
    }
    if has(&[
        "No space left on device",
        "Disk quota exceeded",
        "Errno 28",
        "Errno 122",
    ]) {
        let folder = folder.to_owned();
        return Lack::Space { folder };
    }
    if has(&[
        "connection broken",
        "ConnectionError",
        "ProxyError",
        "SSLError",
        "TimeoutError",
        "Read timed out",
        "HTTP error",
        "HTTPError",
        "(from versions: none)",
        "(from versions: )",
    ]) {
        let said = cause(said);
        return Lack::Network { said };
    }
    if has(&["No matching distribution"]) {
        let system = format!(
            "this system ({} on {}), says pip",
            std::env::consts::OS,
            std::env::consts::ARCH
        );
        return Lack::Platform { system };
    }
    let lines: Vec<&str> = said.lines().filter(|it| !it.trim().is_empty()).collect();
    let said = lines[lines.len().saturating_sub(5)..].join("\n");
    Lack::Install { said }
}

/// The part of pip's words that says why it has no connection.
fn cause(said: &str) -> String {
    let broken = said.lines().rev().find(|line| line.contains("broken by"));
    let line = broken.or_else(|| said.lines().rev().find(|line| !line.trim().is_empty()));
    let line = line.unwrap_or_default();
    // …connection broken by 'NewConnectionError('<object at 0x…>: the cause')': /simple/…
    let inner = line.split_once(">: ").map_or(line, |it| it.1);
    let inner = inner.split("')").next().unwrap_or(inner);
    inner.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_has_a_version_and_a_hash_for_each_system() {
        for package in [Package::Mpich, Package::OpenMpi, Package::Libclang] {
            let text = requirement_of(package.name());
            assert!(text.starts_with(&format!("{}=={}", package.name(), package.version())));
            assert_eq!(text.matches("--hash=sha256:").count(), 4, "{text}");
        }
        assert_eq!(requirement_of("pip").matches("--hash=").count(), 1);
        assert_eq!(requirement_of("other"), "");
        insta::assert_snapshot!(pinned(), @"MPICH 5.0.2, libclang 18.1.1");
    }

    #[test]
    fn pips_words_become_a_lack() {
        let folder = Path::new("/course/.workbook");
        let unreachable = "WARNING: Retrying (Retry(total=0)) after connection broken by \
            'NewConnectionError('<pip.HTTPSConnection object at 0x7eff>: Failed to establish a new \
            connection: [Errno -3] Temporary failure in name resolution')': /simple/mpich/\n\
            ERROR: Could not find a version that satisfies mpich==5.0.2 (from versions: none)\n\
            ERROR: No matching distribution found for mpich==5.0.2\n";
        insta::assert_debug_snapshot!(diagnose(unreachable, folder), @r#"
        Network {
            said: "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution",
        }
        "#);
        let platform = "ERROR: Could not find a version that satisfies the requirement \
            mpich==5.0.2 (from versions: 0.0.0)\nERROR: No matching distribution found\n";
        assert!(matches!(diagnose(platform, folder), Lack::Platform { .. }));
        let hashes = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n  \
            mpich==5.0.2 from …:\n    Expected sha256 9fed\n         Got        8fed\n";
        insta::assert_debug_snapshot!(diagnose(hashes, folder), @r#"
        Hash {
            said: "Expected sha256 9fed\nGot        8fed",
        }
        "#);
        let full = "OSError: [Errno 28] No space left on device\n";
        assert!(matches!(diagnose(full, folder), Lack::Space { .. }));
        assert!(matches!(diagnose("a bug", folder), Lack::Install { .. }));
    }

    #[test]
    fn systems_without_packages_are_refused() {
        let check = |system, processor, libc| {
            check_platform(system, processor, libc, &Surroundings::none())
                .map_err(|error| error.downcast::<Trouble>().unwrap().lack)
        };
        assert!(check("linux", "x86_64", Some("glibc 2.28")).is_ok());
        assert!(check("macos", "aarch64", None).is_ok());
        let refused = |it| {
            Err(Lack::Platform {
                system: String::from(it),
            })
        };
        assert_eq!(check("linux", "riscv64", None), refused("Linux on riscv64"));
        assert_eq!(
            check("linux", "x86_64", Some("glibc 2.17")),
            refused("Linux on x86_64 with glibc 2.17 (2.28 is needed)")
        );
    }
}

//! Examining an MPI by its compiler wrapper: which it is, whether the workbook can use it, and which
//! launcher belongs to it. Takes a few runs of the compiler; the record spares them next time.

use crate::{
    files,
    mpi::{Flavour, Mpi, starts_with_slurm},
    os,
    process::{Ended, run},
    record::workbook,
    surroundings::{Surroundings, is_executable},
    words,
};
use anyhow::{Context as _, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(60);

/// What the header says, each on a line of its own after the preprocessor.
const HEADER: &str = "\
#include <mpi.h>
workbook standard MPI_VERSION.MPI_SUBVERSION
#ifdef MPICH_VERSION
workbook mpich MPICH_VERSION
#endif
#ifdef I_MPI_VERSION
workbook intel I_MPI_VERSION
#endif
#ifdef MVAPICH2_VERSION
workbook mvapich MVAPICH2_VERSION
#endif
#ifdef MVAPICH_VERSION
workbook mvapich MVAPICH_VERSION
#endif
#ifdef CRAY_MPICH_VERSION
workbook cray CRAY_MPICH_VERSION
#endif
#ifdef OMPI_MAJOR_VERSION
workbook open OMPI_MAJOR_VERSION.OMPI_MINOR_VERSION.OMPI_RELEASE_VERSION
#endif
";

/// The smallest program that needs the library.
const PROGRAM: &str = "\
#include <mpi.h>
int main(int argc, char **argv) { MPI_Init(&argc, &argv); return MPI_Finalize(); }
";

/// The MPI of a compiler wrapper, or in words why the workbook cannot use it.
///
/// # Errors
/// The `.workbook` folder cannot be written to.
pub(crate) fn examine(
    root: &Path,
    mpicc: &Path,
    surroundings: &Surroundings,
) -> Result<Result<Mpi, String>> {
    let folder = workbook(root).join("tmp").join(files::unique("mpi-"));
    fs::create_dir_all(&folder)
        .with_context(|| format!("making the folder {}", folder.display()))?;
    let examination = Examination {
        root,
        mpicc,
        folder: &folder,
        surroundings,
    };
    let found = examination.run();
    // What is left is small, and in nobody's way.
    let _ = fs::remove_dir_all(&folder);
    found
}

struct Examination<'a> {
    root: &'a Path,
    mpicc: &'a Path,
    folder: &'a Path,
    surroundings: &'a Surroundings,
}

impl Examination<'_> {
    fn run(&self) -> Result<Result<Mpi, String>> {
        if !is_executable(self.mpicc) {
            return Ok(Err("there is no such program".into()));
        }
        let header = self.folder.join("header.c");
        files::write(&header, HEADER, 0o644)?;
        let program = self.folder.join("program.c");
        files::write(&program, PROGRAM, 0o644)?;
        Ok(self.examine(&header, &program))
    }

    fn examine(&self, header: &Path, program: &Path) -> Result<Mpi, String> {
        let shown = self.mpicc(&["-show".as_ref()], "`mpicc -show` fails")?;
        let read = self.mpicc(&["-E".as_ref(), header], "it finds no working mpi.h")?;
        let (flavour, version) = judge(&read.output)?;
        let executable = self.folder.join("program");
        let link = [program, "-o".as_ref(), &executable];
        self.mpicc(&link, "it cannot build a program")?;
        let include = header_folder(&read.output).ok_or("it does not say where its mpi.h is")?;
        let library_dir = self
            .library_folder(&shown.output)
            .ok_or("it does not say where its library is")?;
        Ok(Mpi {
            flavour,
            version,
            mpicc: self.mpicc.to_owned(),
            mpiexec: self.mpiexec(flavour)?,
            include,
            library_dir,
            private: self.mpicc.starts_with(workbook(self.root)),
        })
    }

    /// Runs the compiler wrapper; a failure is told in `what` and its own words.
    fn mpicc(&self, arguments: &[&Path], what: &str) -> Result<Ended, String> {
        let mut command = self.surroundings.command(self.mpicc);
        command.args(arguments).env("TMPDIR", self.folder);
        let ended = run(&mut command, LIMIT).map_err(|error| format!("{what}: {error:#}"))?;
        match ended.status {
            Some(status) if status.success() => Ok(ended),
            Some(_) => Err(format!("{what}: {}", ended.last_words(3))),
            None => Err(format!("{what}: no answer in {} s", LIMIT.as_secs())),
        }
    }

    /// The folder with the library: the first that the wrapper names and that holds one, else
    /// where the compiler itself finds it.
    fn library_folder(&self, shown: &str) -> Option<PathBuf> {
        let holds_library = |folder: &Path| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let mut names = entries.map(|entry| entry.file_name());
            names.any(|name| os::is_mpi_library(&name.to_string_lossy()))
        };
        let words = words::split(shown);
        let named = words.iter().filter_map(|word| word.strip_prefix("-L"));
        let named = named
            .map(PathBuf::from)
            .find(|folder| holds_library(folder));
        named.or_else(|| {
            let name = format!("-print-file-name=libmpi{}", std::env::consts::DLL_SUFFIX);
            let said = self.mpicc(&[name.as_ref()], "").ok()?;
            let folder = Path::new(said.output.trim()).parent()?.to_owned();
            (folder.is_absolute() && holds_library(&folder)).then_some(folder)
        })
    }

    /// The launcher: beside the wrapper or on PATH, and of the same family.
    fn mpiexec(&self, flavour: Flavour) -> Result<PathBuf, String> {
        // Debian chooses `mpicc` and `mpiexec` apart: there the suffix tells the right one.
        let names = match flavour.is_open_mpi() {
            true => ["mpiexec", "mpirun", "mpiexec.openmpi", "mpirun.openmpi"],
            false => ["mpiexec", "mpirun", "mpiexec.mpich", "mpiexec.hydra"],
        };
        let real = self.mpicc.canonicalize().ok();
        let mut candidates = Vec::new();
        for mpicc in [Some(self.mpicc), real.as_deref()].into_iter().flatten() {
            candidates.extend(names.map(|name| mpicc.with_file_name(name)));
        }
        candidates.extend(self.surroundings.all("mpiexec"));
        let belongs = |path: &&PathBuf| is_executable(path) && self.is_of(path, flavour);
        if let Some(path) = candidates.iter().find(belongs) {
            return Ok(path.clone());
        }
        let srun = self.surroundings.which("srun");
        match srun {
            Some(srun) if starts_with_slurm(self.surroundings) => Ok(srun),
            Some(_) => Err(format!(
                "no mpiexec of {} is beside it or on PATH; to start ranks with Slurm: \
                 export WORKBOOK_LAUNCHER=srun",
                flavour.name()
            )),
            None => Err(format!(
                "no mpiexec of {} is beside it or on PATH",
                flavour.name()
            )),
        }
    }

    /// Whether a launcher is of the same family, by what it says of its version.
    fn is_of(&self, mpiexec: &Path, flavour: Flavour) -> bool {
        let mut command = self.surroundings.command(mpiexec);
        let Ok(said) = run(command.arg("--version"), Duration::from_secs(20)) else {
            return false;
        };
        let said = said.output + &said.errors;
        let has = |names: &[&str]| names.iter().any(|name| said.contains(name));
        let open_mpi = has(&["Open MPI", "OpenRTE", "Open RTE", "PRRTE", "prterun"]);
        let hydra = has(&["HYDRA", "Hydra", "Intel(R) MPI", "MPICH", "mpich"]);
        if flavour.is_open_mpi() {
            open_mpi
        } else {
            // Cray's launcher names neither.
            hydra || (flavour == Flavour::Cray && !open_mpi)
        }
    }
}

/// The flavour and version by what the preprocessor made of [`HEADER`]; in words, why it is refused.
fn judge(preprocessed: &str) -> Result<(Flavour, String), String> {
    let said = |name: &str| -> Option<String> {
        let mut lines = preprocessed.lines().map(str::trim);
        let line = lines.find_map(|line| line.strip_prefix("workbook ")?.strip_prefix(name))?;
        Some(
            line.chars()
                .filter(|c| !c.is_whitespace() && *c != '"')
                .collect(),
        )
    };
    let at_least = |version: &str, least: (u32, u32)| number(version) >= least;
    if let Some(version) = said("open") {
        if !at_least(&version, (4, 1)) {
            return Err(format!("Open MPI {version} is too old (4.1 is needed)"));
        }
        let flavour = if at_least(&version, (5, 0)) {
            Flavour::OpenMpi5
        } else {
            Flavour::OpenMpi4
        };
        return Ok((flavour, version));
    }
    let derived = [
        ("intel", Flavour::Intel),
        ("mvapich", Flavour::Mvapich),
        ("cray", Flavour::Cray),
    ];
    for (name, flavour) in derived {
        if let Some(version) = said(name) {
            let standard = said("standard").unwrap_or_default();
            if !at_least(&standard, (3, 1)) {
                let name = flavour.name();
                return Err(format!("{name} {version} is too old (MPI 3.1 is needed)"));
            }
            return Ok((flavour, version));
        }
    }
    match said("mpich") {
        Some(version) if at_least(&version, (4, 1)) => Ok((Flavour::Mpich, version)),
        Some(version) => Err(format!(
            "MPICH {version} is too old (4.1 is needed): before, a barrier among more ranks than \
             cores took milliseconds, and one-sided windows gave wrong answers"
        )),
        None => Err("it is neither MPICH nor Open MPI, nor derived from one of them".into()),
    }
}

/// The first two numbers of a version.
fn number(version: &str) -> (u32, u32) {
    let mut numbers = version.split('.').map(|part| {
        let digits = part.split(|c: char| !c.is_ascii_digit()).next();
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    });
    (
        numbers.next().unwrap_or_default(),
        numbers.next().unwrap_or_default(),
    )
}

/// The folder of `mpi.h`, from the preprocessor's line marks: `# 1 "/usr/include/mpi.h" 1`.
fn header_folder(preprocessed: &str) -> Option<PathBuf> {
    preprocessed.lines().find_map(|line| {
        let path = line.strip_prefix("# ")?.split_once('"')?.1;
        let path = Path::new(path.split('"').next()?);
        (path.file_name()? == "mpi.h").then(|| path.parent().map(Path::to_owned))?
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn script(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Writes an MPI that can do no more than be examined; `macros` is what its header says.
    pub(crate) fn pretend(prefix: &Path, macros: &str, launcher: &str) -> PathBuf {
        let library = prefix.join("lib").join(if cfg!(target_os = "macos") {
            "libmpi.40.dylib"
        } else {
            "libmpi.so.40"
        });
        fs::create_dir_all(prefix.join("lib")).unwrap();
        fs::create_dir_all(prefix.join("include")).unwrap();
        fs::write(library, "").unwrap();
        fs::write(prefix.join("include/mpi.h"), macros).unwrap();
        let mpicc = prefix.join("bin/mpicc");
        let shown = prefix.display();
        script(
            &mpicc,
            &format!(
                "case $1 in\n\
                 -show) echo \"cc -I'{shown}/include' -L'{shown}/lib' -lmpi\" ;;\n\
                 -E) exec cc -I'{shown}/include' \"$@\" ;;\n\
                 *) : > \"$3\" ;;\n\
                 esac"
            ),
        );
        script(&prefix.join("bin/mpiexec"), &format!("echo '{launcher}'"));
        mpicc
    }

    pub(crate) const OPEN_MPI: &str = "#define MPI_VERSION 3\n#define MPI_SUBVERSION 1\n\
        #define OMPI_MAJOR_VERSION 4\n#define OMPI_MINOR_VERSION 1\n\
        #define OMPI_RELEASE_VERSION 6\n";

    fn on(path: &str) -> Surroundings {
        Surroundings::none().with("PATH", path)
    }

    #[test]
    fn an_mpi_tells_what_it_is() {
        let root = tempfile::tempdir().unwrap();
        let prefix = root.path().join("open mpi");
        let mpicc = pretend(&prefix, OPEN_MPI, "mpiexec (OpenRTE) 4.1.6");
        let found = examine(root.path(), &mpicc, &on("/usr/bin:/bin"))
            .unwrap()
            .unwrap();
        assert_eq!(found.to_string(), "Open MPI 4.1.6");
        assert_eq!(found.flavour, Flavour::OpenMpi4);
        assert_eq!(found.library_dir, prefix.join("lib"));
        assert_eq!(found.include, prefix.join("include"));
        assert_eq!(found.mpiexec, prefix.join("bin/mpiexec"));
        assert!(!found.private);
        assert!(found.needs_library_path());
        let left = fs::read_dir(root.path().join(".workbook/tmp")).unwrap();
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn a_launcher_of_another_family_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let mpicc = pretend(&root.path().join("a"), OPEN_MPI, "HYDRA build details:");
        // No launcher that the machine has on PATH may take part, and the compiler must.
        let tools = root.path().join("tools");
        let cc = on("/usr/bin:/bin:/usr/local/bin").which("cc").unwrap();
        fs::create_dir_all(&tools).unwrap();
        std::os::unix::fs::symlink(cc, tools.join("cc")).unwrap();
        let alone = on(&tools.display().to_string());
        let refused = examine(root.path(), &mpicc, &alone).unwrap();
        let why = refused.unwrap_err();
        assert_eq!(why, "no mpiexec of Open MPI is beside it or on PATH");
        let right = mpicc.with_file_name("mpiexec.openmpi");
        script(&right, "echo 'mpirun (Open MPI) 4.1.6'");
        let found = examine(root.path(), &mpicc, &alone).unwrap();
        assert_eq!(found.unwrap().mpiexec, right);
    }

    #[test]
    fn a_broken_wrapper_is_refused_in_its_own_words() {
        let root = tempfile::tempdir().unwrap();
        let mpicc = root.path().join("mpicc");
        script(&mpicc, "echo 'no compiler licence' >&2; exit 1");
        let why = examine(root.path(), &mpicc, &on("/bin"))
            .unwrap()
            .unwrap_err();
        assert_eq!(why, "`mpicc -show` fails: no compiler licence");
        let nothing = root.path().join("nothing");
        let why = examine(root.path(), &nothing, &on("/bin")).unwrap();
        assert_eq!(why.unwrap_err(), "there is no such program");
    }

    #[test]
    fn headers_are_judged() {
        let judged = |text: &str| match judge(text) {
            Ok((flavour, version)) => format!("{flavour:?} {version}"),
            Err(why) => why,
        };
        for (text, expected) in [
            (
                "workbook standard 4.1\nworkbook mpich \"5.0.2\"\n",
                "Mpich 5.0.2",
            ),
            ("workbook mpich \"4.1\"\n", "Mpich 4.1"),
            ("workbook open 5 . 0 .11\n", "OpenMpi5 5.0.11"),
            ("workbook open 4.1.4\n", "OpenMpi4 4.1.4"),
            (
                "workbook open 4.0.3\n",
                "Open MPI 4.0.3 is too old (4.1 is needed)",
            ),
            (
                "workbook standard 3.1\nworkbook mpich \"3.4a2\"\nworkbook intel \"2021.8.0\"\n",
                "Intel 2021.8.0",
            ),
            (
                "workbook standard 3.0\nworkbook mpich \"3.1\"\nworkbook mvapich \"2.0\"\n",
                "MVAPICH 2.0 is too old (MPI 3.1 is needed)",
            ),
            (
                "workbook standard 3.1\nworkbook mpich \"3.4a2\"\nworkbook cray 8.1.25\n",
                "Cray 8.1.25",
            ),
            (
                "workbook standard 3.1\n",
                "it is neither MPICH nor Open MPI, nor derived from one of them",
            ),
        ] {
            assert_eq!(judged(text), expected);
        }
        assert!(judged("workbook mpich \"4.0.2\"\n").starts_with("MPICH 4.0.2 is too old"));
    }

    #[test]
    fn line_marks_tell_the_folder_of_the_header() {
        let text = "# 0 \"header.c\"\n# 1 \"/opt/my mpi/include/mpi.h\" 1 3 4\nint x;\n";
        assert_eq!(header_folder(text), Some("/opt/my mpi/include".into()));
        assert_eq!(header_folder("# 1 \"other.h\"\n"), None);
    }
}

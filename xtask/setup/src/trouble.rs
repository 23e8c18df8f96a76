//! What a machine can lack, and what to type there. Only texts and the table of commands: who finds
//! the lack is elsewhere.

use crate::surroundings::Surroundings;
use std::{fmt, fs, path::PathBuf};

/// Something that a person has to mend before the set-up can go on. A command that meets it ends
/// with status 2. Its text names what to type, for this machine first.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What is missing or in the way.
    pub lack: Lack,
    host: Host,
}

/// What is missing or in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lack {
    /// No C compiler is on PATH.
    CCompiler,
    /// The C compiler does not find its own headers.
    CHeaders {
        /// The compiler.
        compiler: PathBuf,
        /// What it said.
        said: String,
    },
    /// No Python 3.6 or later is on PATH.
    Python,
    /// Python has neither pip nor what makes one.
    Pip {
        /// The interpreter.
        python: PathBuf,
    },
    /// The package index cannot be reached.
    Network {
        /// What pip said.
        said: String,
    },
    /// There is no private MPI or libclang for this system.
    Platform {
        /// The system, in words.
        system: String,
    },
    /// A downloaded file is not the one that the workbook names.
    Hash {
        /// What pip said.
        said: String,
    },
    /// The disk, or the user's share of it, is full.
    Space {
        /// The folder to write in.
        folder: PathBuf,
    },
    /// pip failed for another reason.
    Install {
        /// What it said.
        said: String,
    },
    /// An MPI of the machine was asked for, and there is none.
    Mpi,
    /// The MPI that was asked for cannot be used.
    UnfitMpi {
        /// Its compiler wrapper.
        mpicc: PathBuf,
        /// Why not, as a sentence without its full stop.
        why: String,
    },
    /// The private MPI is there, but does not work.
    UnfitPrivate {
        /// Its compiler wrapper.
        mpicc: PathBuf,
        /// Why not, as a sentence without its full stop.
        why: String,
    },
    /// `MPI_PKG_CONFIG` would make the `mpi` crate take another MPI than the chosen one.
    MpiPkgConfig,
}

/// Which tools of the machine install software.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manager {
    Apt,
    Dnf,
    Zypper,
    Pacman,
    Brew,
    Module,
}

impl Manager {
    const ALL: [Self; 6] = [
        Self::Apt,
        Self::Dnf,
        Self::Zypper,
        Self::Pacman,
        Self::Brew,
        Self::Module,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
            Self::Zypper => "zypper",
            Self::Pacman => "pacman",
            Self::Brew => "brew",
            Self::Module => "module",
        }
    }
}

/// What the messages need to know of the machine.
#[derive(Clone, Debug)]
struct Host {
    /// The machine's own first.
    managers: Vec<Manager>,
    superuser: bool,
}

impl Host {
    fn of(surroundings: &Surroundings) -> Self {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let families: Vec<&str> = release
            .lines()
            .filter_map(|line| {
                line.strip_prefix("ID=")
                    .or_else(|| line.strip_prefix("ID_LIKE="))
            })
            .flat_map(|ids| ids.trim_matches('"').split(' '))
            .collect();
        let is = |names: &[&str]| families.iter().any(|family| names.contains(family));
        let has = |program| surroundings.which(program).is_some();
        let managers = Manager::ALL.into_iter().filter(|manager| match manager {
            // Not by the program alone: Fedora has an `apt` too.
            Manager::Apt => has("apt-get") && is(&["debian", "ubuntu"]),
            Manager::Dnf => has("dnf") || has("yum"),
            Manager::Zypper => has("zypper"),
            Manager::Pacman => has("pacman") && is(&["arch"]),
            Manager::Brew => has("brew") || cfg!(target_os = "macos"),
            Manager::Module => false,
        });
        let mut managers: Vec<_> = managers.collect();
        // On a cluster nobody may install packages: modules are its way.
        if ["MODULESHOME", "LMOD_CMD", "MODULEPATH"]
            .iter()
            .any(|name| surroundings.get(name).is_some())
        {
            managers.insert(0, Manager::Module);
        }
        Self {
            managers,
            superuser: surroundings.superuser,
        }
    }
}

impl Trouble {
    pub(crate) fn new(lack: Lack, surroundings: &Surroundings) -> Self {
        Self {
            lack,
            host: Host::of(surroundings),
        }
    }

    /// What to type for the lack, on a machine with that manager.
    fn command(&self, manager: Manager) -> Option<String> {
        use Lack as L;
        use Manager as M;
        let root = if self.host.superuser { "" } else { "sudo " };
        let packages = match (&self.lack, manager) {
            (L::CCompiler | L::CHeaders { .. }, manager) => match manager {
                M::Apt => "build-essential",
                M::Dnf | M::Zypper => "gcc glibc-devel",
                M::Pacman => "base-devel",
                M::Brew => return Some("xcode-select --install".into()),
                M::Module => return Some("module load gcc (names differ: module avail)".into()),
            },
            (L::Python | L::Pip { .. }, manager) => match manager {
                M::Apt => "python3 python3-venv",
                M::Dnf | M::Zypper => "python3 python3-pip",
                M::Pacman => "python python-pip",
                M::Brew => "python",
                M::Module => return Some("module load python (names differ: module avail)".into()),
            },
            (
                L::Mpi
                | L::UnfitMpi { .. }
                | L::UnfitPrivate { .. }
                | L::Platform { .. }
                | L::Network { .. }
                | L::Hash { .. }
                | L::Install { .. },
                manager,
            ) => match manager {
                M::Apt => "libopenmpi-dev openmpi-bin libclang-dev",
                M::Dnf => "openmpi-devel clang-devel",
                M::Zypper => "openmpi4-devel clang-devel",
                M::Pacman => "openmpi clang",
                M::Brew => "open-mpi llvm",
                M::Module => {
                    return Some("module load openmpi llvm (names differ: module avail)".into());
                }
            },
            (L::Space { .. } | L::MpiPkgConfig, _) => return None,
        };
        // Where packages keep several MPIs apart, none of them is on PATH at once.
        let mpi = packages.contains("openmpi");
        let to_path = |folder| match mpi {
            true => format!(" && export PATH=$PATH:{folder}"),
            false => String::new(),
        };
        Some(match manager {
            M::Apt => format!("{root}apt install {packages}"),
            M::Dnf => {
                let to_path = to_path("/usr/lib64/openmpi/bin");
                format!("{root}dnf install {packages}{to_path}")
            }
            M::Zypper => {
                let to_path = to_path("/usr/lib64/mpi/gcc/openmpi4/bin");
                format!("{root}zypper install {packages}{to_path}")
            }
            M::Pacman => format!("{root}pacman -S {packages}"),
            M::Brew => format!("brew install {packages}"),
            M::Module => return None,
        })
    }

    /// What is wrong, in a sentence or two; then what the commands below it are for.
    fn sentences(&self) -> (String, &'static str) {
        const INSTALL: &str = "Install it with";
        const OWN_MPI: &str = "Or install an MPI and libclang from the system's packages:";
        match &self.lack {
            Lack::CCompiler => ("There is no C compiler (`cc`) on PATH.".into(), INSTALL),
            Lack::CHeaders { compiler, said } => (
                format!(
                    "The C compiler {} does not work, or lacks its headers:\n{}",
                    compiler.display(),
                    indented(said)
                ),
                "Install the compiler whole with",
            ),
            Lack::Python => (
                "The workbook installs what is missing here with Python 3.6 or later, \
                 and there is none on PATH."
                    .into(),
                INSTALL,
            ),
            Lack::Pip { python } => (
                format!(
                    "The workbook installs what is missing here with pip, and {} has neither \
                     pip nor the means to make one (venv with ensurepip).",
                    python.display()
                ),
                INSTALL,
            ),
            Lack::Network { said } => (
                format!(
                    "The package index cannot be reached from here. pip said:\n{}\n\
                     With a network behind a proxy, name it: \
                     export https_proxy=http://<host>:<port>\n\
                     On a cluster, set up on a node that has a network: cargo xtask setup",
                    indented(said)
                ),
                OWN_MPI,
            ),
            Lack::Platform { system } => (
                format!("There is no ready-made private MPI for {system}."),
                "Install an MPI and libclang from the system's packages:",
            ),
            Lack::Hash { said } => (
                format!(
                    "A downloaded file is not the one that this workbook names, so it was \
                     thrown away. A mirror or a proxy may have changed it. pip said:\n{}\n\
                     Try another network, or without the mirror: \
                     env -u PIP_INDEX_URL cargo xtask setup",
                    indented(said)
                ),
                OWN_MPI,
            ),
            Lack::Space { folder } => (
                format!(
                    "There is no space left for {} (up to 150 MB are needed).\n\
                     See how much is used: df -h {0}; quota -s",
                    folder.display()
                ),
                "",
            ),
            Lack::Install { said } => (
                format!(
                    "Installing with pip failed. It said:\n{}\nTry again: cargo xtask setup",
                    indented(said)
                ),
                OWN_MPI,
            ),
            Lack::Mpi => (
                "An MPI of this machine was asked for, and there is no `mpicc` on PATH, in \
                 MPICC, or in the usual folders."
                    .into(),
                "Let the workbook bring its own: cargo xtask setup --private\nOr install one:",
            ),
            Lack::UnfitMpi { mpicc, why } => (
                format!("The MPI of {} cannot be used: {why}.", mpicc.display()),
                "Let the workbook bring its own: unset MPICC; cargo xtask setup --private\n\
                 Or install another:",
            ),
            Lack::UnfitPrivate { mpicc, why } => (
                format!(
                    "The workbook's own MPI, {}, does not work here: {why}.",
                    mpicc.display()
                ),
                "Take one of the system's packages instead:",
            ),
            Lack::MpiPkgConfig => (
                "MPI_PKG_CONFIG is set: the `mpi` crate would take the MPI that it names, \
                 whatever the workbook chooses.\n\
                 Type `unset MPI_PKG_CONFIG`, and name your MPI by its compiler wrapper instead: \
                 export MPICC=<path of mpicc>"
                    .into(),
                "",
            ),
        }
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

/// A sentence in lines of at most 80 columns; what is quoted from elsewhere, indented, stays whole.
fn wrapped(sentence: &str) -> String {
    if sentence.starts_with(' ') {
        return sentence.to_owned();
    }
    let mut text = String::new();
    let mut columns = 0;
    for word in sentence.split(' ') {
        let width = word.chars().count();
        if columns > 0 {
            let fits = columns + 1 + width <= 80;
            text.push(if fits { ' ' } else { '\n' });
            columns = if fits { columns + 1 } else { 0 };
        }
        text.push_str(word);
        columns += width;
    }
    text
}

impl std::error::Error for Trouble {}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, then) = self.sentences();
        let lines: Vec<String> = what.lines().map(wrapped).collect();
        f.write_str(&lines.join("\n"))?;
        if then.is_empty() {
            return Ok(());
        }
        let own = &self.host.managers;
        let commands = |managers: &mut dyn Iterator<Item = Manager>| -> Vec<(Manager, String)> {
            managers
                .filter_map(|manager| Some((manager, self.command(manager)?)))
                .collect()
        };
        write!(f, "\n{then}\n")?;
        let first = commands(&mut own.iter().copied());
        for (_, command) in &first {
            write!(f, "\n    {command}")?;
        }
        if !first.is_empty() {
            write!(f, "\n\nand run the same command again. Elsewhere:\n")?;
        }
        for (manager, command) in commands(&mut Manager::ALL.into_iter()) {
            if !own.contains(&manager) {
                write!(f, "\n    {:<8}{command}", manager.name())?;
            }
        }
        if first.is_empty() {
            write!(f, "\n\nand run the same command again.")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lack: Lack, managers: &[Manager], superuser: bool) -> String {
        let host = Host {
            managers: managers.to_vec(),
            superuser,
        };
        Trouble { lack, host }.to_string()
    }

    const SAID: &str = "ERROR: something went wrong";

    #[test]
    fn no_c_compiler() {
        insta::assert_snapshot!(text(Lack::CCompiler, &[Manager::Apt], false), @"
        There is no C compiler (`cc`) on PATH.
        Install it with

            sudo apt install build-essential

        and run the same command again. Elsewhere:

            dnf     sudo dnf install gcc glibc-devel
            zypper  sudo zypper install gcc glibc-devel
            pacman  sudo pacman -S base-devel
            brew    xcode-select --install
            module  module load gcc (names differ: module avail)
        ");
    }

    #[test]
    fn no_c_headers() {
        let lack = Lack::CHeaders {
            compiler: "/usr/bin/cc".into(),
            said: SAID.into(),
        };
        insta::assert_snapshot!(text(lack, &[Manager::Brew], false), @"
        The C compiler /usr/bin/cc does not work, or lacks its headers:
            ERROR: something went wrong
        Install the compiler whole with

            xcode-select --install

        and run the same command again. Elsewhere:

            apt     sudo apt install build-essential
            dnf     sudo dnf install gcc glibc-devel
            zypper  sudo zypper install gcc glibc-devel
            pacman  sudo pacman -S base-devel
            module  module load gcc (names differ: module avail)
        ");
    }

    #[test]
    fn no_python() {
        insta::assert_snapshot!(text(Lack::Python, &[Manager::Dnf], true), @"
        The workbook installs what is missing here with Python 3.6 or later, and there
        is none on PATH.
        Install it with

            dnf install python3 python3-pip

        and run the same command again. Elsewhere:

            apt     apt install python3 python3-venv
            zypper  zypper install python3 python3-pip
            pacman  pacman -S python python-pip
            brew    brew install python
            module  module load python (names differ: module avail)
        ");
    }

    #[test]
    fn no_pip_on_a_cluster() {
        let lack = Lack::Pip {
            python: "/usr/bin/python3".into(),
        };
        insta::assert_snapshot!(text(lack, &[Manager::Module, Manager::Dnf], false), @"
        The workbook installs what is missing here with pip, and /usr/bin/python3 has
        neither pip nor the means to make one (venv with ensurepip).
        Install it with

            module load python (names differ: module avail)
            sudo dnf install python3 python3-pip

        and run the same command again. Elsewhere:

            apt     sudo apt install python3 python3-venv
            zypper  sudo zypper install python3 python3-pip
            pacman  sudo pacman -S python python-pip
            brew    brew install python
        ");
    }

    #[test]
    fn no_network() {
        let lack = Lack::Network { said: SAID.into() };
        insta::assert_snapshot!(text(lack, &[Manager::Apt], false), @"
        The package index cannot be reached from here. pip said:
            ERROR: something went wrong
        With a network behind a proxy, name it: export https_proxy=http://<host>:<port>
        On a cluster, set up on a node that has a network: cargo xtask setup
        Or install an MPI and libclang from the system's packages:

            sudo apt install libopenmpi-dev openmpi-bin libclang-dev

        and run the same command again. Elsewhere:

            dnf     sudo dnf install openmpi-devel clang-devel && export PATH=$PATH:/usr/lib64/openmpi/bin
            zypper  sudo zypper install openmpi4-devel clang-devel && export PATH=$PATH:/usr/lib64/mpi/gcc/openmpi4/bin
            pacman  sudo pacman -S openmpi clang
            brew    brew install open-mpi llvm
            module  module load openmpi llvm (names differ: module avail)
        ");
    }

    #[test]
    fn no_such_platform() {
        let lack = Lack::Platform {
            system: "Linux on riscv64".into(),
        };
        insta::assert_snapshot!(text(lack, &[], false), @"
        There is no ready-made private MPI for Linux on riscv64.
        Install an MPI and libclang from the system's packages:

            apt     sudo apt install libopenmpi-dev openmpi-bin libclang-dev
            dnf     sudo dnf install openmpi-devel clang-devel && export PATH=$PATH:/usr/lib64/openmpi/bin
            zypper  sudo zypper install openmpi4-devel clang-devel && export PATH=$PATH:/usr/lib64/mpi/gcc/openmpi4/bin
            pacman  sudo pacman -S openmpi clang
            brew    brew install open-mpi llvm
            module  module load openmpi llvm (names differ: module avail)

        and run the same command again.
        ");
    }

    #[test]
    fn another_hash() {
        let lack = Lack::Hash { said: SAID.into() };
        insta::assert_snapshot!(text(lack, &[Manager::Zypper], false), @"
        A downloaded file is not the one that this workbook names, so it was thrown
        away. A mirror or a proxy may have changed it. pip said:
            ERROR: something went wrong
        Try another network, or without the mirror: env -u PIP_INDEX_URL cargo xtask
        setup
        Or install an MPI and libclang from the system's packages:

            sudo zypper install openmpi4-devel clang-devel && export PATH=$PATH:/usr/lib64/mpi/gcc/openmpi4/bin

        and run the same command again. Elsewhere:

            apt     sudo apt install libopenmpi-dev openmpi-bin libclang-dev
            dnf     sudo dnf install openmpi-devel clang-devel && export PATH=$PATH:/usr/lib64/openmpi/bin
            pacman  sudo pacman -S openmpi clang
            brew    brew install open-mpi llvm
            module  module load openmpi llvm (names differ: module avail)
        ");
    }

    #[test]
    fn no_space() {
        let lack = Lack::Space {
            folder: "/home/me/course/.workbook".into(),
        };
        insta::assert_snapshot!(text(lack, &[Manager::Pacman], false), @"
        There is no space left for /home/me/course/.workbook (up to 150 MB are needed).
        See how much is used: df -h /home/me/course/.workbook; quota -s
        ");
    }

    #[test]
    fn pip_failed() {
        let lack = Lack::Install { said: SAID.into() };
        insta::assert_snapshot!(text(lack, &[Manager::Pacman], false), @"
        Installing with pip failed. It said:
            ERROR: something went wrong
        Try again: cargo xtask setup
        Or install an MPI and libclang from the system's packages:

            sudo pacman -S openmpi clang

        and run the same command again. Elsewhere:

            apt     sudo apt install libopenmpi-dev openmpi-bin libclang-dev
            dnf     sudo dnf install openmpi-devel clang-devel && export PATH=$PATH:/usr/lib64/openmpi/bin
            zypper  sudo zypper install openmpi4-devel clang-devel && export PATH=$PATH:/usr/lib64/mpi/gcc/openmpi4/bin
            brew    brew install open-mpi llvm
            module  module load openmpi llvm (names differ: module avail)
        ");
    }

    #[test]
    fn no_mpi_of_the_machine() {
        insta::assert_snapshot!(text(Lack::Mpi, &[Manager::Dnf], false), @"
        An MPI of this machine was asked for, and there is no `mpicc` on PATH, in MPICC,
        or in the usual folders.
        Let the workbook bring its own: cargo xtask setup --private
        Or install one:

            sudo dnf install openmpi-devel clang-devel && export PATH=$PATH:/usr/lib64/openmpi/bin

        and run the same command again. Elsewhere:

            apt     sudo apt install libopenmpi-dev openmpi-bin libclang-dev
            zypper  sudo zypper install openmpi4-devel clang-devel && export PATH=$PATH:/usr/lib64/mpi/gcc/openmpi4/bin
            pacman  sudo pacman -S openmpi clang
            brew    brew install open-mpi llvm
            module  module load openmpi llvm (names differ: module avail)
        ");
    }

    #[test]
    fn an_unfit_mpi() {
        let lack = Lack::UnfitMpi {
            mpicc: "/usr/bin/mpicc".into(),
            why: "MPICH 4.0.2 is too old".into(),
        };
        insta::assert_snapshot!(text(lack, &[Manager::Apt], true), @"
        The MPI of /usr/bin/mpicc cannot be used: MPICH 4.0.2 is too old.
        Let the workbook bring its own: unset MPICC; cargo xtask setup --private
        Or install another:

            apt install libopenmpi-dev openmpi-bin libclang-dev

        and run the same command again. Elsewhere:

            dnf     dnf install openmpi-devel clang-devel && export PATH=$PATH:/usr/lib64/openmpi/bin
            zypper  zypper install openmpi4-devel clang-devel && export PATH=$PATH:/usr/lib64/mpi/gcc/openmpi4/bin
            pacman  pacman -S openmpi clang
            brew    brew install open-mpi llvm
            module  module load openmpi llvm (names differ: module avail)
        ");
    }

    #[test]
    fn an_unfit_private_mpi() {
        let lack = Lack::UnfitPrivate {
            mpicc: "/course/.workbook/mpi/mpich-5.0.2/bin/mpicc".into(),
            why: "it cannot build a program: no space left".into(),
        };
        insta::assert_snapshot!(text(lack, &[Manager::Module, Manager::Dnf], false), @"
        The workbook's own MPI, /course/.workbook/mpi/mpich-5.0.2/bin/mpicc, does not
        work here: it cannot build a program: no space left.
        Take one of the system's packages instead:

            module load openmpi llvm (names differ: module avail)
            sudo dnf install openmpi-devel clang-devel && export PATH=$PATH:/usr/lib64/openmpi/bin

        and run the same command again. Elsewhere:

            apt     sudo apt install libopenmpi-dev openmpi-bin libclang-dev
            zypper  sudo zypper install openmpi4-devel clang-devel && export PATH=$PATH:/usr/lib64/mpi/gcc/openmpi4/bin
            pacman  sudo pacman -S openmpi clang
            brew    brew install open-mpi llvm
        ");
    }

    #[test]
    fn pkg_config_in_the_way() {
        insta::assert_snapshot!(text(Lack::MpiPkgConfig, &[], false), @"
        MPI_PKG_CONFIG is set: the `mpi` crate would take the MPI that it names,
        whatever the workbook chooses.
        Type `unset MPI_PKG_CONFIG`, and name your MPI by its compiler wrapper instead:
        export MPICC=<path of mpicc>
        ");
    }
}

//! One check in namespaces of its own, from outside: what is made for it, how it is started within limits, and
//! what came of it.

use crate::{
    copy::Copy,
    shown::{self, home},
    task::{self, Task, View, What},
};
use anyhow::{Context, Result, bail};
use course::Exercise;
use launch::{Company, LOOK, Spec, foreground};
use setup::Choice;
use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    ops::ControlFlow,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use verdict::Report;

/// What one exercise of one submission may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) seconds: u32,
    /// In bytes.
    pub(crate) memory: u64,
}

/// How submissions are kept from everything else.
pub(crate) struct Sandbox<'a> {
    copy: &'a Copy,
    limits: Limits,
    is_on: bool,
    /// Folders that no submission may see.
    covered: Vec<PathBuf>,
}

/// What came of a check.
#[derive(Debug)]
pub(crate) enum Outcome {
    Report(Box<Report>),
    /// None, for this reason.
    None(String),
}

/// What a process ended with.
enum End {
    /// It wrote this.
    Wrote(String),
    /// It said this, on standard error, and wrote nothing.
    Said(String),
    OverTime,
    OverMemory,
}

/// Variables of the environment that are handed on, and the beginnings of the names of others: those that say where
/// compilers and MPI are. Tokens and keys are not.
const KEPT: [&str; 17] = [
    "PATH",
    "LANG",
    "LC_ALL",
    "CARGO",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "CPATH",
    "CC",
    "MPICC",
    "LIBCLANG_PATH",
    "BINDGEN_EXTRA_CLANG_ARGS",
    "WORKBOOK_MARK",
    "WORKBOOK_JOB",
    "WORKBOOK_TEST",
    "WORKBOOK_LAUNCHER",
];
const KEPT_BEGINNINGS: [&str; 9] = [
    "CRAY",
    "FI_",
    "MPICH_",
    "OMPI_",
    "OPAL_",
    "PMIX_",
    "PRTE_",
    "UCX_",
    "WORKBOOK_",
];

const NEEDED: &str = "\
It needs Linux 5.11 or later, `unshare` (package util-linux), and user namespaces:
  - on Ubuntu 24.04 and later, an administrator allows them with
      sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0
  - in a container, they need `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`
Without any sandbox, in a container or virtual machine that you throw away afterwards:
  cargo xtask grade … --unsandboxed";

impl<'a> Sandbox<'a> {
    /// None: submissions run with all permissions of this process.
    pub(crate) fn none(copy: &'a Copy, limits: Limits) -> Self {
        Self {
            copy,
            limits,
            is_on: false,
            covered: Vec::new(),
        }
    }

    /// One that was tried, in which these folders are covered.
    ///
    /// # Errors
    /// If this machine does not allow it: what it would need.
    pub(crate) fn try_out(copy: &'a Copy, limits: Limits, covered: Vec<PathBuf>) -> Result<Self> {
        let sandbox = Self {
            copy,
            limits,
            is_on: true,
            covered,
        };
        let why = match sandbox.perform(What::Nothing, Vec::new())? {
            End::Wrote(_) => return Ok(sandbox),
            End::Said(why) => why,
            End::OverTime | End::OverMemory => "it took too long, or too much".into(),
        };
        bail!(
            "submissions cannot be run in a sandbox on this machine, so none was graded: {why}\n{NEEDED}"
        )
    }

    /// Builds all of an exercise but the answers, in the working copy itself. The stub must be there.
    pub(crate) fn make_ready(&self, exercise: &Exercise) -> Result<()> {
        // The first build is of all packages.
        let limits = Limits {
            seconds: u32::MAX,
            memory: u64::MAX,
        };
        let outside = Sandbox::none(self.copy, limits);
        match outside.perform(What::Build(exercise.folder.clone()), Vec::new())? {
            End::Wrote(_) => Ok(()),
            End::Said(why) => bail!("the checks of {} cannot be built: {why}", exercise.folder),
            End::OverTime | End::OverMemory => bail!("the build took more than there is"),
        }
    }

    /// Checks the answers that are in the working copy.
    pub(crate) fn check(&self, exercise: &Exercise) -> Result<Outcome> {
        let mut visible = Vec::new();
        if exercise.needs_mpi() {
            let found = setup::ensure(&self.copy.root, Choice::Automatic, &mut |_| ())?;
            visible.extend(shown::mpi(&found, self.copy));
        }
        let end = self.perform(What::Check(exercise.folder.clone()), visible)?;
        Ok(match end {
            End::Wrote(text) => match report(&text, exercise) {
                Some(report) => Outcome::Report(Box::new(report)),
                None => Outcome::None("the check ended without a whole report".into()),
            },
            End::Said(why) => Outcome::None(format!("the check ended without a report: {why}")),
            End::OverTime => Outcome::None(format!(
                "it took more than {} seconds (--time-limit)",
                self.limits.seconds
            )),
            End::OverMemory => Outcome::None(format!(
                "it took more than {} MiB of memory (--memory-limit)",
                self.limits.memory >> 20
            )),
        })
    }

    fn perform(&self, what: What, mut visible: Vec<PathBuf>) -> Result<End> {
        let scratch = Scratch::make(&self.copy.beside)?;
        let at = |name: &str| scratch.0.join(name);
        let view = match self.is_on {
            true => {
                visible.extend(shown::compiler(self.copy)?);
                Some(View {
                    new_root: at("root"),
                    written: at("written"),
                    visible: shown::whole(visible, self.copy),
                    covered: self.covered.clone(),
                    memory: self.limits.memory / 4,
                })
            }
            false => None,
        };
        for folder in ["root", "written"] {
            fs::create_dir(at(folder)).context("making folders for the sandbox")?;
        }
        let task = Task {
            root: self.copy.root.clone(),
            what,
            report: at("report.json"),
            view,
        };
        let text = serde_json::to_vec(&task).context("writing down the task")?;
        fs::write(at("task.json"), text).context("writing down the task")?;
        let errors = File::create(at("errors")).context("making a file for errors")?;
        let mut args = environment(self.is_on)?;
        if self.is_on {
            let words =
                "unshare --user --map-root-user --mount --net --ipc --pid --fork --kill-child";
            args.extend(words.split(' ').map(OsString::from));
        }
        args.push(env::current_exe().context("finding this program")?.into());
        args.push(task::ARGUMENT.into());
        args.push(at("task.json").into());
        let spec = Spec {
            program: "env".into(),
            args,
            limits: launch::Limits {
                memory: Some(self.limits.memory),
                output: None,
            },
            ..Spec::default()
        };
        let deadline = Duration::from_secs(self.limits.seconds.into());
        let start = Instant::now();
        let mut look = || {
            Ok(if start.elapsed() + LOOK > deadline {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        };
        let company = Company {
            errors: Some(errors.into()),
            look: Some(&mut look),
            bell: None,
        };
        let outcome = foreground(&spec, company)?;
        let read = |name: &str| {
            let bytes = fs::read(at(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).trim().to_owned()
        };
        Ok(match outcome {
            launch::Outcome::Ended(status) if status.success() => End::Wrote(read("report.json")),
            launch::Outcome::Ended(status) => {
                let said = read("errors");
                let said = said.strip_prefix("error: ").unwrap_or(&said);
                End::Said(match said {
                    "" => format!("the process ended with {status}"),
                    said => said.to_owned(),
                })
            }
            launch::Outcome::Interrupted => bail!(grade::Interrupted),
            launch::Outcome::MemoryLimit(_) => End::OverMemory,
            launch::Outcome::Enough => End::OverTime,
        })
    }
}

/// The report, if it is one about all tasks of this exercise.
fn report(text: &str, exercise: &Exercise) -> Option<Report> {
    let report: Report = serde_json::from_str(text).ok()?;
    let names = report.tasks.iter().map(|task| &task.name);
    let wanted = exercise.tasks.iter().map(|task| &task.name);
    (report.exercise == exercise.folder && names.eq(wanted)).then_some(report)
}

/// The arguments of `env` for a process that gets nothing that it does not need.
fn environment(is_on: bool) -> Result<Vec<OsString>> {
    let mut args = Vec::new();
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let is_kept = KEPT.contains(&&*text)
            || KEPT_BEGINNINGS
                .iter()
                .any(|beginning| text.starts_with(beginning));
        if !is_kept {
            args.extend(["-u".into(), name]);
        }
    }
    let mut set = |name: &str, value: &Path| {
        let mut word = OsString::from(format!("{name}="));
        word.push(value);
        args.push(word);
    };
    set("CARGO_HOME", &home("CARGO_HOME", ".cargo"));
    set("RUSTUP_HOME", &home("RUSTUP_HOME", ".rustup"));
    if is_on {
        set("HOME", Path::new("/tmp"));
        set("CARGO_NET_OFFLINE", Path::new("true"));
    } else if let Some(home) = env::var_os("HOME") {
        set("HOME", Path::new(&home));
    }
    Ok(args)
}

/// A folder that goes with all that is in it.
struct Scratch(PathBuf);

impl Scratch {
    fn make(beside: &Path) -> Result<Self> {
        let path = beside.join("run");
        // What a killed grading has left.
        clear(&path);
        fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        clear(&self.0);
    }
}

/// Removes a folder. The kernel makes one of its own for a layer, which nobody but root may look into: see
/// `workdir` in the kernel's documentation of overlayfs.
fn clear(folder: &Path) {
    let kernels = folder.join("written/work/work");
    let _ = fs::set_permissions(kernels, fs::Permissions::from_mode(0o700));
    // What is left is removed the next time.
    let _ = fs::remove_dir_all(folder);
}

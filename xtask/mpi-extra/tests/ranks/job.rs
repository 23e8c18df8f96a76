//! A job whose ranks are this program, under one of the MPIs.

use crate::{DONE, port};
use launch::{Event, Job, Spec};
use serde_json::Value;
use setup::{Choice, Package};
use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// No job here takes a tenth of this, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// The workbook's folder.
pub fn root() -> &'static Path {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.into_iter().nth(2).unwrap()
}

/// An MPI, and this program as it is built for it.
pub struct Mpi {
    pub name: &'static str,
    /// `mpiexec` and its arguments, up to the number of ranks.
    launcher: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    program: PathBuf,
}

impl Mpi {
    pub fn all() -> Vec<Self> {
        let root = root();
        let mut all = vec![Self::chosen(root)];
        if env::var_os("WORKBOOK_ALL").is_some() {
            all.push(Self::open_mpi(root));
        }
        all
    }

    /// The one that plain cargo builds for.
    pub fn chosen(root: &Path) -> Self {
        let environment = setup::ensure(root, Choice::Automatic, &mut |_| ()).unwrap();
        let mut launcher = environment.launcher(1);
        launcher.pop();
        Self {
            name: environment.mpi.name(),
            launcher,
            env: environment.run_env(),
            program: env::current_exe().unwrap(),
        }
    }

    fn open_mpi(root: &Path) -> Self {
        setup::install(root, &[Package::OpenMpi], &mut |_| ()).unwrap();
        let folder = Package::OpenMpi.folder(root);
        let mut launcher = vec![OsString::from(folder.join("bin/mpiexec"))];
        let arguments = ["--oversubscribe", "--bind-to", "none", "-n"];
        launcher.extend(arguments.map(OsString::from));
        let mut env: Vec<(OsString, OsString)> = vec![
            ("LD_LIBRARY_PATH".into(), folder.join("lib").into()),
            ("OMPI_MCA_pml".into(), "ob1".into()),
            ("OMPI_MCA_btl".into(), "self,sm".into()),
            ("OMPI_MCA_osc".into(), "^ucx".into()),
            ("OMPI_MCA_smsc".into(), "^cma,knem,xpmem".into()),
        ];
        for name in ["OMPI", "PRTE"] {
            env.push((format!("{name}_ALLOW_RUN_AS_ROOT").into(), "1".into()));
            env.push((
                format!("{name}_ALLOW_RUN_AS_ROOT_CONFIRM").into(),
                "1".into(),
            ));
        }
        Self {
            name: "Open MPI",
            launcher,
            env,
            program: build(root, &folder.join("bin/mpicc")),
        }
    }

    /// The variables of a part's job. Those that meet at ports need a transport for that.
    fn env(&self, part: &str) -> Vec<(OsString, OsString)> {
        let mut env = self.env.clone();
        let mut meeting = port::PARTS
            .iter()
            .chain(&port::APART)
            .chain([&port::PUBLISHING]);
        if meeting.any(|(name, _)| *name == part) {
            for (name, value) in [
                ("UCX_TLS", "self,posix"),
                ("OMPI_MCA_btl", "self,sm,tcp"),
                ("OMPI_MCA_btl_tcp_if_include", "lo"),
            ] {
                env.push((name.into(), value.into()));
            }
        }
        env
    }

    /// Runs a part; what is wrong, if it does not end well on all ranks.
    pub fn run(&self, ranks: u32, part: &str) -> Result<(), String> {
        well(ranks, self.start(&[], ranks, part))
    }

    /// Starts a part, with options of the launcher.
    pub fn start(&self, options: &[String], ranks: u32, part: &str) -> Job {
        let (program, arguments) = self.launcher.split_first().unwrap();
        let mut args: Vec<OsString> = options.iter().map(OsString::from).collect();
        args.extend_from_slice(arguments);
        args.extend([ranks.to_string().into(), self.program.clone().into()]);
        args.extend(["as-rank", part].map(OsString::from));
        Job::start(&Spec {
            program: program.clone(),
            args,
            env: self.env(part),
            ..Spec::default()
        })
        .unwrap()
    }

    /// A program that stands beside the launcher.
    pub fn beside(&self, name: &str) -> Command {
        let mut command = Command::new(Path::new(&self.launcher[0]).with_file_name(name));
        command.envs(self.env.iter().cloned());
        command
    }
}

/// Waits for the end of a job; what is wrong, if it does not end well on all ranks.
pub fn well(ranks: u32, job: Job) -> Result<(), String> {
    let (outcome, printed) = end(job);
    let done = |rank: u32| printed.lines().any(|line| line == format!("{DONE} {rank}"));
    if outcome == "exit status: 0" && (0..ranks).all(done) {
        return Ok(());
    }
    Err(format!("on {ranks} ranks: {outcome}\n{printed}"))
}

/// Waits for the end of a job: how its launcher ended, and what was printed.
pub fn end(mut job: Job) -> (String, String) {
    let deadline = Instant::now() + PATIENCE;
    let mut printed = Vec::new();
    let outcome = loop {
        match job.next(Some(deadline)) {
            Event::Printed { bytes, .. } => printed.extend(bytes),
            Event::LauncherEnded { status } => break status.to_string(),
            Event::Deadline => break "no end".into(),
            Event::Interrupted => break "interrupted".into(),
            Event::Broken { reason } => break reason,
            _ => {}
        }
    };
    job.end().unwrap();
    (outcome, String::from_utf8_lossy(&printed).into_owned())
}

/// This program, built for another MPI, in a folder of that MPI's own.
fn build(root: &Path, mpicc: &Path) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--no-run", "--package", "mpi-extra"])
        .args(["--test", "ranks", "--message-format", "json"])
        .arg("--target-dir")
        .arg(root.join("target/open-mpi"))
        .env("MPICC", mpicc)
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "cannot build for Open MPI");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .expect("cargo names the program that it has built")
}

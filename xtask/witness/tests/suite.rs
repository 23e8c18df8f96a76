//! The suite's programs under the witness: in each wrong one it finds what the program's head says, and
//! in the right twin nothing.
//!
//! The MPI is that of the variable `MPICC`, else the one that `cargo xtask setup` has chosen. Each pair
//! runs with one of its rank counts, so that all counts have their turn over the suite; with all of
//! them, and each right one strictly too, if `WORKBOOK_ALL` is set. `WORKBOOK_ONLY` names a part of the
//! names of pairs.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use tempfile::TempDir;

/// Pairs of which the wrong program is not found yet, or not as its head says, and why. One that is
/// found fails the test, so that it is taken out here.
const NOT_YET: &[(&str, &str)] = &[];

/// Pairs that run at once.
const AT_ONCE: usize = 2;

/// No program runs for a tenth of this, in seconds.
const LIMIT: &str = "60";

/// Which MPI the programs are built for and run with.
struct Mpi {
    mpicc: PathBuf,
    mpiexec: PathBuf,
    is_open_mpi: bool,
    /// Open MPI's transport through shared memory: version 5 has given it another name.
    transport: &'static str,
    /// The version of the standard that it follows.
    standard: u32,
    /// Whether it is the one that Rust programs are built for.
    is_chosen: bool,
}

impl Mpi {
    fn find(root: &Path) -> Self {
        // Cargo sets the variable too, to what stands for the chosen compiler.
        let given = env::var_os("MPICC").map(PathBuf::from);
        let given = given.filter(|mpicc| !mpicc.ends_with(".workbook/bin/mpicc"));
        let (mpicc, mpiexec, is_chosen) = match given {
            Some(mpicc) => {
                let mpiexec = mpicc.with_file_name("mpiexec");
                (mpicc, mpiexec, false)
            }
            None => {
                let record = root.join(".workbook/setup.json");
                let text = fs::read_to_string(&record).unwrap_or_else(|error| {
                    let path = record.display();
                    panic!("{path}: {error}: run `cargo xtask setup`, or set MPICC")
                });
                let record: Value = serde_json::from_str(&text).unwrap();
                let path = |name: &str| PathBuf::from(record["mpi"][name].as_str().unwrap());
                (path("mpicc"), path("mpiexec"), true)
            }
        };
        let version = Command::new(&mpiexec).arg("--version").output().unwrap();
        let version = String::from_utf8_lossy(&version.stdout);
        let is_open_mpi_4 = version.contains("OpenRTE");
        Self {
            is_open_mpi: version.contains("Open MPI") || is_open_mpi_4,
            transport: if is_open_mpi_4 {
                "self,vader"
            } else {
                "self,sm"
            },
            // Open MPI 4.1 follows MPI 3.1.
            standard: if is_open_mpi_4 { 3 } else { 4 },
            mpicc,
            mpiexec,
            is_chosen,
        }
    }

    fn libraries(&self) -> PathBuf {
        self.mpicc.parent().unwrap().with_file_name("lib")
    }

    /// Compiles a program of the suite.
    fn compile(&self, source: &Path, program: &Path) {
        let output = Command::new(&self.mpicc)
            .args(["-g", "-O1", "-pthread", "-o"])
            .arg(program)
            .arg(source)
            .arg(format!("-Wl,-rpath,{}", self.libraries().display()))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", source.display());
    }

    /// Adds the command of a job to the witness's own arguments.
    fn job(
        &self,
        witness: &mut Command,
        scratch: &Path,
        ranks: usize,
        program: &Path,
        way: &str,
        spawns: bool,
    ) {
        witness.arg("--").arg(&self.mpiexec);
        if self.is_open_mpi {
            witness.args(["--oversubscribe", "--bind-to", "none"]);
            for name in ["OMPI", "PRTE"] {
                witness.env(format!("{name}_ALLOW_RUN_AS_ROOT"), "1");
                witness.env(format!("{name}_ALLOW_RUN_AS_ROOT_CONFIRM"), "1");
            }
            let mut transport = self.transport.to_owned();
            if spawns {
                // Through shared memory only the processes of one world reach each other.
                transport += ",tcp";
                witness.env("OMPI_MCA_btl_tcp_if_include", "lo");
            }
            witness.envs([("OMPI_MCA_btl", &*transport), ("OMPI_MCA_osc", "^ucx")]);
            // The launchers of version 4 share a folder otherwise, and one that ends may remove it while another
            // one begins: that one fails.
            witness.env("TMPDIR", scratch);
        } else {
            // More ranks than cores, on one machine.
            witness.envs([
                ("MPIR_CVAR_DEVICE_COLLECTIVES", "none"),
                ("UCX_TLS", "self,sm"),
                ("UCX_MEM_EVENTS", "n"),
                ("HYDRA_LAUNCHER", "fork"),
            ]);
            if spawns {
                // So that the address of a process fits into the name of a port.
                witness.env("UCX_TLS", "self,posix");
            }
            // A Rust program knows no run path.
            witness.env("LD_LIBRARY_PATH", self.libraries());
        }
        witness.arg("-n").arg(ranks.to_string()).arg(program);
        witness.arg(way);
    }
}

/// A program, and what stands in its head.
struct Pair {
    name: String,
    source: PathBuf,
    /// The built program, of a Rust one.
    program: Option<PathBuf>,
    verdict: String,
    ranks: Vec<usize>,
    lines: Vec<(u64, String)>,
    is_strict: bool,
    /// How many findings there must be, where that matters.
    findings: Option<usize>,
    /// Whether the finding must be about the last rank.
    is_about_last: bool,
    is_note: bool,
    /// The exit status of the right program.
    status: i32,
    spawns: bool,
    /// The time limit of the wrong program, in seconds, if it runs into that.
    limit: Option<String>,
    mpi: Option<String>,
    /// The version of the standard that it needs.
    standard: u32,
}

impl Pair {
    fn read(source: &Path, name: String, program: Option<PathBuf>) -> Self {
        let text = fs::read_to_string(source).unwrap();
        let head: BTreeMap<&str, &str> = text
            .lines()
            .map_while(|line| line.strip_prefix("// ")?.split_once(": "))
            .collect();
        let counts = head["ranks"].split(' ');
        let lines = head["lines"].split(", ").filter(|line| *line != "none");
        let line = |line: &str| {
            let (line, function) = line.split_once(' ').unwrap();
            (line.parse().unwrap(), function.into())
        };
        Self {
            verdict: head["verdict"].into(),
            ranks: counts.map(|count| count.parse().unwrap()).collect(),
            lines: lines.map(line).collect(),
            is_strict: head.get("strict") == Some(&"yes"),
            findings: head
                .get("findings")
                .map(|findings| findings.parse().unwrap()),
            is_about_last: head.get("rank") == Some(&"last"),
            is_note: head.get("notes") == Some(&"yes"),
            status: head
                .get("status")
                .map_or(0, |status| status.parse().unwrap()),
            spawns: head.get("spawns") == Some(&"yes"),
            limit: head.get("limit").map(|limit| (*limit).into()),
            mpi: head.get("mpi").map(|mpi| (*mpi).into()),
            standard: head
                .get("standard")
                .map_or(3, |version| version.parse().unwrap()),
            name,
            source: source.into(),
            program,
        }
    }

    /// Runs one of the two programs; what should not be so, if anything.
    fn run(
        &self,
        mpi: &Mpi,
        program: &Path,
        ranks: usize,
        way: &str,
        strict: bool,
    ) -> Result<(), String> {
        let scratch = TempDir::new().unwrap();
        let mut witness = Command::new(env!("CARGO_BIN_EXE_witness"));
        let limit = self.limit.as_deref().filter(|_| way == "wrong");
        let limit = limit.unwrap_or(LIMIT);
        witness
            .args(["--format", "json", "--time-limit", limit])
            .current_dir(&scratch)
            .stdin(Stdio::null());
        if strict {
            witness.arg("--strict");
        }
        if self.is_note {
            witness.arg("--notes");
        }
        mpi.job(
            &mut witness,
            scratch.path(),
            ranks,
            program,
            way,
            self.spawns,
        );
        let output = witness.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            let text = String::from_utf8_lossy(&output.stderr);
            let end: Vec<&str> = text.lines().rev().take(3).collect();
            format!("no report ({error}): {}", end.join(" | "))
        })?;
        let findings = report["findings"].as_array().unwrap();
        let Some(first) = findings.first() else {
            return match way {
                "wrong" => Err(format!("nothing found, ended with {}", report["status"])),
                _ if output.status.success()
                    && report["status"] == format!("exit status: {}", self.status) =>
                {
                    Ok(())
                }
                _ => Err(format!("nothing found, ended with {}", report["status"])),
            };
        };
        let text = |name: &str| first[name].as_str().unwrap_or("");
        let said = format!("{}: {}", text("kind"), text("message"));
        if way != "wrong" || text("kind") != self.verdict {
            return Err(said);
        }
        if self.is_about_last && first["rank"] != ranks - 1 {
            return Err(format!("it is about rank {}: {said}", first["rank"]));
        }
        if let Some(count) = self.findings
            && findings.len() != count
        {
            return Err(format!("{} findings: {said}", findings.len()));
        }
        let is_named = |(line, function): &&(u64, String)| {
            findings
                .iter()
                .filter_map(|finding| finding["where"].as_array())
                .flatten()
                .any(|place| place["line"] == *line && place["call"] == function.as_str())
        };
        match self.lines.iter().find(|line| !is_named(line)) {
            Some((line, function)) => Err(format!("line {line}, {function}, is not named: {said}")),
            None => Ok(()),
        }
    }

    /// Runs both, with one of the rank counts or with all.
    fn check(&self, mpi: &Mpi, nth: usize, all: bool, folder: &Path) -> Vec<String> {
        let compiled = folder.join(format!("program-{nth}"));
        let program = self.program.as_deref().unwrap_or_else(|| {
            mpi.compile(&self.source, &compiled);
            &compiled
        });
        let counts = match self.ranks[..] {
            ref counts if all => counts.to_vec(),
            ref counts => vec![counts[nth % counts.len()]],
        };
        // Of the right ones every other four run strictly, where not all do both.
        let strictly: Vec<bool> = [false, true]
            .into_iter()
            .filter(|strict| all || *strict == (nth / 4).is_multiple_of(2))
            .collect();
        let mut failures = Vec::new();
        for ranks in counts {
            let mut add = |what: &str, result: Result<(), String>| {
                if let Err(why) = result {
                    failures.push(format!("{} {what} on {ranks}: {why}", self.name));
                }
            };
            let wrong = self.run(mpi, program, ranks, "wrong", self.is_strict);
            add("wrong", wrong);
            for strict in &strictly {
                let what = if *strict { "right, strictly" } else { "right" };
                add(what, self.run(mpi, program, ranks, "right", *strict));
            }
        }
        // All of them at once may be too much for a folder of temporary files.
        let _ = fs::remove_file(compiled);
        failures
    }
}

/// What lies in a folder, in order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The pairs in C, and those in Rust where they are built for this MPI.
fn pairs(root: &Path, mpi: &Mpi) -> Vec<Pair> {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite");
    let mut pairs = Vec::new();
    for folder in entries(&suite).iter().filter(|path| path.is_dir()) {
        let is_c = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "c");
        for source in entries(folder).iter().filter(is_c) {
            let name = format!("{}/{}", stem(folder), stem(source));
            pairs.push(Pair::read(source, name, None));
        }
    }
    if mpi.is_chosen {
        let built = build_rust(root);
        for source in entries(&suite.join("rust/src/bin")) {
            let program = built.join(stem(&source));
            let name = format!("rust/{}", stem(&source));
            pairs.push(Pair::read(&source, name, Some(program)));
        }
    }
    let flavour = if mpi.is_open_mpi { "openmpi" } else { "mpich" };
    pairs.retain(|pair| {
        pair.mpi.as_deref().is_none_or(|only| only == flavour) && pair.standard <= mpi.standard
    });
    pairs
}

/// Builds the pairs in Rust; the folder of the programs.
fn build_rust(root: &Path) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "witness-suite", "--bins"])
        .args(["--message-format", "json"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "cannot build witness-suite");
    let text = String::from_utf8(output.stdout).unwrap();
    let program = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .expect("cargo names the programs that it has built");
    program.parent().unwrap().into()
}

#[test]
fn wrong_programs_are_found_and_right_ones_are_not() {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = folders.into_iter().nth(2).unwrap();
    let mpi = Mpi::find(root);
    let is_set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let all = is_set("WORKBOOK_ALL").is_some();
    let mut pairs = pairs(root, &mpi);
    assert!(pairs.len() >= 120, "{} pairs", pairs.len());
    if let Some(only) = is_set("WORKBOOK_ONLY") {
        pairs.retain(|pair| pair.name.contains(&only));
    }
    let folder = TempDir::new().unwrap();
    let next = AtomicUsize::new(0);
    let failures: Mutex<BTreeMap<usize, Vec<String>>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    let Some(pair) = pairs.get(nth) else { break };
                    let failed = pair.check(&mpi, nth, all, folder.path());
                    failures.lock().unwrap().insert(nth, failed);
                }
            });
        }
    });
    let mut list = Vec::new();
    for (nth, failed) in failures.into_inner().unwrap() {
        let name = &pairs[nth].name;
        if !NOT_YET.iter().any(|(known, _)| known == name) {
            list.extend(failed);
            continue;
        }
        // The right twin must be right all the same.
        let wrong = format!("{name} wrong");
        if !failed.iter().any(|line| line.starts_with(&wrong)) {
            list.push(format!("{name} is found: take it out of NOT_YET"));
        }
        list.extend(failed.into_iter().filter(|line| !line.starts_with(&wrong)));
    }
    assert!(
        list.is_empty(),
        "of {} pairs:\n{}",
        pairs.len(),
        list.join("\n")
    );
}

//! A job of the test programs, and what its ranks have written.

use recording::{
    News, Reader,
    event::{Address, CommId, Communicator, Definition, Event, Neighbours, PlaceId, Rank},
    header::{Header, State},
};
use setup::Package;
use std::{
    collections::{BTreeMap, HashMap},
    env, fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, OnceLock},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The MPIs, by their binary interfaces.
#[expect(clippy::enum_variant_names, reason = "that is its name")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mpi {
    Mpich,
    Standard,
    OpenMpi,
}

pub const MPIS: [Mpi; 3] = [Mpi::Mpich, Mpi::Standard, Mpi::OpenMpi];

impl Mpi {
    fn package(self) -> Package {
        match self {
            Self::Mpich | Self::Standard => Package::Mpich,
            Self::OpenMpi => Package::OpenMpi,
        }
    }

    /// Where it lies; installed first if it is not there.
    fn folder(self) -> PathBuf {
        static INSTALLED: OnceLock<()> = OnceLock::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(3)
            .unwrap();
        INSTALLED.get_or_init(|| {
            let packages = [Package::Mpich, Package::OpenMpi];
            setup::install(root, &packages, &mut |line| eprintln!("{line}")).unwrap();
        });
        self.package().folder(root)
    }

    /// The test programs, built for it.
    fn programs(self) -> PathBuf {
        static BUILT: OnceLock<(TempDir, HashMap<Mpi, PathBuf>)> = OnceLock::new();
        let (_, built) = BUILT.get_or_init(|| {
            let folder = TempDir::new().unwrap();
            let build = |mpi: Mpi| {
                let program = folder.path().join(format!("programs-{mpi:?}"));
                let compiler = if mpi == Self::Standard {
                    "mpicc_abi"
                } else {
                    "mpicc"
                };
                let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ranks/programs.c");
                let status = Command::new(mpi.folder().join("bin").join(compiler))
                    .args([
                        "-g",
                        "-O1",
                        "-fno-optimize-sibling-calls",
                        "-pthread",
                        "-w",
                        "-o",
                    ])
                    .arg(&program)
                    .arg(source)
                    .arg(format!("-Wl,-rpath,{}", mpi.folder().join("lib").display()))
                    .env_remove("LD_LIBRARY_PATH")
                    .status();
                assert!(status.unwrap().success());
                (mpi, program)
            };
            let built = MPIS.map(build).into();
            (folder, built)
        });
        built[&self].clone()
    }
}

/// The recorder, as it is loaded into any program: cargo builds it beside the tests.
fn recorder() -> PathBuf {
    let tests = env::current_exe().unwrap();
    let built = tests.parent().unwrap();
    let name = format!(
        "{}recorder{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    );
    [built, built.parent().unwrap()]
        .map(|folder| folder.join(&name))
        .into_iter()
        .find(|path| path.exists())
        .expect("the recorder is built")
}

/// A job that runs.
pub struct Job {
    folder: TempDir,
    launcher: Child,
    reader: Option<Reader>,
    program: String,
}

/// Where segments of shared memory have names, and where recordings are written.
const MEMORY: &str = "/dev/shm";

/// No job here takes a tenth of this, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);

impl Job {
    pub fn start(mpi: Mpi, ranks: u32, program: &str) -> Self {
        Self::with(mpi, ranks, program, &[])
    }

    pub fn with(mpi: Mpi, ranks: u32, program: &str, variables: &[(&str, &str)]) -> Self {
        let memory = Path::new(MEMORY);
        let folder = if memory.is_dir() {
            TempDir::new_in(memory)
        } else {
            TempDir::new()
        }
        .unwrap();
        let mut command = Command::new(mpi.folder().join("bin/mpiexec"));
        if mpi == Mpi::OpenMpi {
            command.args(["--oversubscribe", "--bind-to", "none"]);
            for name in ["OMPI", "PRTE"] {
                command.env(format!("{name}_ALLOW_RUN_AS_ROOT"), "1");
                command.env(format!("{name}_ALLOW_RUN_AS_ROOT_CONFIRM"), "1");
            }
            command.envs([("OMPI_MCA_btl", "self,sm"), ("OMPI_MCA_osc", "^ucx")]);
        }
        command
            .args(["-n", &ranks.to_string()])
            .arg(mpi.programs())
            .arg(program)
            .env_remove("LD_LIBRARY_PATH")
            .env("MPIR_CVAR_DEVICE_COLLECTIVES", "none")
            .env("LD_PRELOAD", recorder())
            .env("WORKBOOK_RECORDING", folder.path())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .process_group(0);
        let launcher = command.spawn().unwrap();
        Self {
            folder,
            launcher,
            reader: None,
            program: format!("{mpi:?} {program}"),
        }
    }

    pub fn reader(&mut self) -> &mut Reader {
        let folder = self.folder.path();
        self.reader
            .get_or_insert_with(|| Reader::open(folder).unwrap())
    }

    pub fn is_over(&mut self) -> bool {
        self.launcher.try_wait().unwrap().is_some()
    }

    fn wait(&mut self, what: &str, mut until: impl FnMut(&mut Self) -> bool) {
        let start = Instant::now();
        while !until(self) {
            if start.elapsed() > PATIENCE {
                self.end();
                panic!("{} did not get to be {what}", self.program);
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn wait_for_ranks(&mut self) {
        self.wait("there", |job| {
            let there = job.reader().glance().unwrap().count();
            there == 2
        });
    }

    /// Waits for the end, which must be a success.
    pub fn finish(mut self) -> Ran {
        self.wait("over", Self::is_over);
        let status = self.launcher.wait().unwrap();
        assert!(status.success(), "{}: {status}", self.program);
        self.read()
    }

    /// Waits for the end, whatever it is.
    pub fn finish_anyhow(mut self) -> Ran {
        self.wait("over", Self::is_over);
        self.read()
    }

    /// Waits until a rank is parked; hands out its last call.
    pub fn until_parked(mut self) -> Event {
        self.wait("parked", |job| {
            let mut headers = job.reader().glance().unwrap();
            headers.any(|header| header.state == State::Parked)
        });
        let parked = self
            .reader()
            .headers()
            .find(|header| header.state == State::Parked);
        let rank = parked.unwrap().rank;
        let ran = self.kill();
        ran.events(rank).last().unwrap().clone()
    }

    /// Kills the ranks first, and then the launcher. Ranks that are killed leave their segments of shared
    /// memory, which are removed here: a job may hold no more than what its test is about.
    pub fn kill(mut self) -> Ran {
        let ranks: Vec<u32> = self.reader().headers().map(|header| header.pid).collect();
        let segments: Vec<_> = ranks.iter().flat_map(|rank| segments_of(*rank)).collect();
        for rank in ranks {
            signal(rank as i32, libc::SIGKILL);
        }
        self.end();
        for segment in segments {
            let _ = fs::remove_file(segment);
        }
        self.read()
    }

    fn end(&mut self) {
        signal(-(self.launcher.id() as i32), libc::SIGTERM);
        let start = Instant::now();
        while !self.is_over() && start.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(5));
        }
        signal(-(self.launcher.id() as i32), libc::SIGKILL);
        self.launcher.wait().unwrap();
    }

    /// The bytes that a rank's file occupies.
    pub fn occupied(&self, rank: Rank) -> u64 {
        let path = self.folder.path().join(recording::reader::file_name(rank));
        fs::metadata(path).unwrap().blocks() * 512
    }

    fn read(&mut self) -> Ran {
        let mut reader = Reader::open(self.folder.path()).unwrap();
        let mut ran = Ran::default();
        loop {
            let batch = reader.poll_dead().unwrap();
            for (rank, news) in batch.news {
                ran.add(rank, news);
            }
            if !batch.more {
                break;
            }
        }
        ran.headers = reader.headers().cloned().collect();
        ran
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if !self.is_over() {
            self.end();
        }
    }
}

/// The segments of shared memory that have a name and that a process has mapped, but for what it records.
fn segments_of(process: u32) -> Vec<PathBuf> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
    maps.lines()
        .filter_map(|line| line.split_whitespace().nth(5))
        .map(PathBuf::from)
        .filter(|path| path.parent() == Some(Path::new(MEMORY)))
        .collect()
}

fn signal(process: i32, signal: i32) {
    // SAFETY: sends a signal to a process, or group, that this test has started and not waited for.
    #[allow(unsafe_code)]
    unsafe {
        libc::kill(process, signal)
    };
}

/// What the ranks of a job have written.
#[derive(Default)]
pub struct Ran {
    events: BTreeMap<Rank, Vec<Event>>,
    pub headers: Vec<Header>,
    pub comms: Vec<(Rank, CommId, Communicator)>,
    pub neighbours: HashMap<(Rank, CommId), Neighbours>,
    pub places: HashMap<(Rank, PlaceId), Arc<[Address]>>,
    /// Name and signature of datatypes, by rank and name.
    pub datatypes: HashMap<(Rank, String), (String, String)>,
}

impl Ran {
    pub fn events(&self, rank: Rank) -> &[Event] {
        self.events.get(&rank).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, rank: Rank, news: News) {
        match news {
            News::Event(event) => {
                let events = self.events.entry(rank).or_default();
                let at = event.number as usize;
                if at < events.len() {
                    events[at] = event;
                } else {
                    assert_eq!(at, events.len());
                    events.push(event);
                }
            }
            News::Definition(Definition::Communicator(id, comm)) => {
                self.comms.push((rank, id, comm));
            }
            News::Definition(Definition::Neighbours(id, neighbours)) => {
                self.neighbours.insert((rank, id), neighbours);
            }
            News::Definition(Definition::Place(id, addresses)) => {
                self.places.insert((rank, id), addresses);
            }
            News::Definition(Definition::Datatype(_, datatype)) => {
                let name = datatype.name.to_string();
                let signature = format!("{:?}", datatype.signature);
                self.datatypes
                    .insert((rank, name.clone()), (name, signature));
            }
            News::Definition(Definition::Operation(..) | Definition::Window(..))
            | News::Refusal(_) => {}
        }
    }
}

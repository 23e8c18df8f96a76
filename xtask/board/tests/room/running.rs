//! A board that runs, and what participants need to take part.

use room::message::{self, Joined, Joining};
use room::post::post;
use room::{Code, Name, Seat, Token};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::fs::symlink,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use verdict::{Failure, Kind, Report, Status, Subject, TaskReport, Where};

/// The longest that a test waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A board, in a workbook of its own. It ends when this is dropped.
pub struct Board {
    pub folder: TempDir,
    pub arguments: Vec<String>,
    pub address: SocketAddr,
    pub code: String,
    pub key: String,
    /// That of the projector's page.
    pub projector: String,
    /// What it has printed.
    pub said: String,
    child: Child,
}

impl Board {
    pub fn start(arguments: &[&str]) -> Self {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folder = tempfile::tempdir().unwrap();
        for name in ["exercises", "slides"] {
            let there = repository.join(name).canonicalize().unwrap();
            symlink(there, folder.path().join(name)).unwrap();
        }
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let (child, started) = launch(folder.path(), &arguments);
        Self {
            folder,
            arguments,
            address: started.address,
            code: started.code,
            key: started.key,
            projector: started.projector,
            said: started.said,
            child,
        }
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// At the same address, after it was killed.
    pub fn start_again(&mut self) {
        let place = self.arguments.iter().position(|it| it == "--listen");
        self.arguments[place.unwrap() + 1] = self.address.to_string();
        let (child, started) = launch(self.folder.path(), &self.arguments);
        self.child = child;
        self.code = started.code;
        self.key = started.key;
        self.projector = started.projector;
        self.said = started.said;
    }

    /// What another board says that cannot start in the same workbook.
    pub fn another(&self, arguments: &[&str]) -> String {
        refused(self.folder.path(), arguments)
    }

    pub fn join(&self, root: &Path, name: Option<&str>) -> (Seat, String) {
        let code = Code::new(&self.code).unwrap();
        let name = name.map(|name| Name::new(name).unwrap());
        Seat::join(root, &self.address.to_string(), code, name).unwrap()
    }

    /// A token, without a workbook.
    pub fn token(&self) -> Token {
        let joining = Joining {
            schema: message::SCHEMA,
            code: Code::new(&self.code).unwrap(),
            name: None,
            before: None,
        };
        let body = serde_json::to_vec(&joining).unwrap();
        let answer = self.post(message::JOIN, None, &body);
        assert_eq!(answer.0, 200, "{}", answer.1);
        serde_json::from_str::<Joined>(&answer.1).unwrap().token
    }

    pub fn post(&self, path: &str, token: Option<&str>, body: &[u8]) -> (u16, String) {
        let deadline = Instant::now() + PATIENCE;
        let host = self.address.ip().to_string();
        let answer = post((&host, self.address.port()), path, token, body, deadline).unwrap();
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    /// What the board answers to a request that asks it to end the connection, or that it refuses.
    pub fn raw(&self, request: &[u8]) -> Vec<u8> {
        self.answer_to(request, false)
    }

    /// What the board answers to bytes behind which nothing comes.
    pub fn raw_and_no_more(&self, bytes: &[u8]) -> Vec<u8> {
        self.answer_to(bytes, true)
    }

    fn answer_to(&self, request: &[u8], no_more: bool) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // It may have ended the connection before all of it was sent.
        let _ = stream.write_all(request);
        if no_more {
            let _ = stream.shutdown(std::net::Shutdown::Write);
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    pub fn get(&self, path: &str) -> String {
        self.get_with(path, "")
    }

    pub fn get_with(&self, path: &str, headers: &str) -> String {
        let host = self.address;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
        String::from_utf8(self.raw(request.as_bytes())).unwrap()
    }

    /// The file with all that it was told.
    pub fn events(&self) -> String {
        fs::read_to_string(self.folder.path().join(".workbook/board/events.jsonl")).unwrap()
    }

    /// The events of participants, as they are written down.
    pub fn told(&self) -> Vec<Value> {
        let records = self.events();
        let records = records.lines().map(|line| {
            let mut record: Value = serde_json::from_str(line).unwrap();
            record["event"].take()
        });
        records.filter(|event| !event.is_null()).collect()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // A test may have ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Started {
    address: SocketAddr,
    code: String,
    key: String,
    projector: String,
    said: String,
}

fn command(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_board"));
    command.arg("--root").arg(root).stdin(Stdio::null());
    command
}

/// What a board says that cannot start in this workbook.
pub fn refused(root: &Path, arguments: &[&str]) -> String {
    let output = command(root).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn launch(root: &Path, arguments: &Vec<String>) -> (Child, Started) {
    let mut child = command(root)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = String::new();
    for line in lines.by_ref() {
        let line = line.unwrap();
        said += &format!("{line}\n");
        if line.starts_with("Ctrl-C ends it") {
            break;
        }
    }
    let after = |start: &str| {
        let found = said
            .lines()
            .find_map(|line| line.trim().strip_prefix(start));
        found
            .unwrap_or_else(|| panic!("no {start} in {said}"))
            .to_owned()
    };
    let pages = said
        .lines()
        .filter_map(|line| line.trim().strip_prefix("http://"));
    let pages: Vec<_> = pages.map(|page| page.split_once('/').unwrap()).collect();
    let [(address, key), (_, projector)] = pages[..] else {
        panic!("not two pages in {said}");
    };
    let join = after("cargo xtask join ");
    let started = Started {
        address: address.parse().unwrap(),
        key: key.trim_end_matches('/').to_owned(),
        projector: projector.trim_end_matches('/').to_owned(),
        code: join.rsplit(' ').next().unwrap().to_owned(),
        said,
    };
    (child, started)
}

/// A participant's workbook, as far as a room needs it.
pub fn workbook() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Notes what a check found, however slow this machine is.
pub fn check(seat: &Seat, report: &Report) -> anyhow::Result<()> {
    seat.check(report, |_| false, PATIENCE)
}

fn report(task: &str, status: Status, failures: Vec<Failure>) -> Report {
    Report {
        schema: verdict::report::SCHEMA,
        exercise: "01-threading".to_owned(),
        subject: Subject::Exercise,
        seed: 7,
        mpi: None,
        seconds: 0.1,
        tasks: vec![TaskReport {
            name: task.to_owned(),
            status,
            ranks: Vec::new(),
            failures,
            todo: None,
        }],
        diagnosis: vec!["secret".to_owned()],
    }
}

/// A report of a task that fails, full of what is nobody's business.
pub fn failed(task: &str) -> Report {
    let secret = || Some("secret".to_owned());
    let mut failure = Failure::new(Kind::WrongResult, "secret");
    failure.input = secret();
    failure.expected = secret();
    failure.actual = secret();
    failure.printed = secret();
    let place = serde_json::json!({"rank": null, "call": "secret", "peer": null, "tag": null,
        "file": "secret", "line": 3});
    failure.places = vec![serde_json::from_value::<Where>(place).unwrap()];
    let print = serde_json::json!({"rank": 0, "text": "secret"});
    failure.prints.extend(serde_json::from_value(print).ok());
    report(task, Status::Failed, vec![failure])
}

pub fn passed(task: &str) -> Report {
    report(task, Status::Passed, Vec::new())
}

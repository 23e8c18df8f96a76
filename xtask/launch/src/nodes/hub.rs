//! The grader's side: hears the relays of one job, and stands in for their ranks on this node.

use super::{ARGUMENT, GRADER, far, watch_connection, wire};
use crate::{Spec, os, socket};
use anyhow::{Context, Result, bail};
use recording::{
    clock,
    mirror::{Copied, Origin},
};
use std::{
    ffi::OsString,
    fmt, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::{ffi::OsStrExt, net::UnixStream, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::ExitStatus,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};
use verdict::wire::Hello;
use wire::{Frame, LONGEST_FRAME, LONGEST_HELLO, Setup};

/// The numbers of processes here end below: no system has so many.
const NOBODY: u32 = 1 << 30;
/// How long the relays may take for a round: after that the reading counts for nothing.
const ROUND: Duration = Duration::from_millis(500);
/// How long a relay may take to end its rank, which gives up on a process after ten seconds.
const END: Duration = Duration::from_secs(20);
/// How long whoever calls may take to say who it is.
const GREETING: Duration = Duration::from_secs(5);

/// The ranks of a job on other nodes. It can be copied: all copies are of one.
#[derive(Clone)]
pub struct Nodes(Arc<Shared>);

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nodes")
            .field("address", &self.0.address)
            .finish()
    }
}

struct Shared {
    address: SocketAddr,
    token: String,
    /// Where the recordings go.
    folder: Option<PathBuf>,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    /// What every relay is told; none until the job starts, and after its end.
    setup: Option<Setup>,
    /// Where the job listens for its ranks.
    channel: Option<PathBuf>,
    relays: Vec<Relay>,
    round: u32,
    asked: u64,
    /// Whether a part of a recording could not be written here.
    is_blind: bool,
}

struct Relay {
    node: String,
    stream: TcpStream,
    answered: u32,
    /// Its counter and clock when it answered last.
    clock: (u64, u64),
    /// What must be added to its clock, and how long the answer took from which that is known.
    ahead: Option<(i64, u64)>,
    status: Option<ExitStatus>,
    /// What its rank has in memory, in bytes.
    memory: u64,
    gone: bool,
}

impl Relay {
    /// Where its recording comes from; it is the one at this place.
    fn origin(&self, at: usize) -> Origin {
        Origin {
            pid: NOBODY + at as u32,
            clock: self.clock,
            ahead: self.ahead.map_or(0, |(ahead, _)| ahead),
        }
    }
}

impl Nodes {
    /// Listens for relays at an address of this node. What ranks record goes to a folder.
    ///
    /// # Errors
    /// If nobody can listen there.
    pub fn open(address: IpAddr, folder: Option<&Path>) -> Result<Self> {
        let listener = TcpListener::bind((address, 0)).with_context(|| {
            format!(
                "cannot listen at {address} for ranks on other nodes; if this is no address of this \
                 node, name one that all nodes reach: WORKBOOK_ADDRESS=<address>"
            )
        })?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            token: socket::random(16)?,
            folder: folder.map(Into::into),
            state: Mutex::default(),
            news: Condvar::new(),
        });
        let weak = Arc::downgrade(&shared);
        thread::Builder::new().name("nodes".into()).spawn(move || {
            for stream in listener.incoming() {
                let Some(shared) = weak.upgrade() else { return };
                if let Ok(stream) = stream {
                    // A connection without a thread is closed, and its rank ends.
                    let _ = thread::Builder::new().spawn(move || {
                        let _ = shared.attend(stream);
                    });
                }
            }
        })?;
        Ok(Self(shared))
    }

    /// Changes a job so that relays stand before its program, which is the argument at this place. Their
    /// ranks get the variables of the job.
    pub(crate) fn put_before(
        &self,
        spec: &Spec,
        at: usize,
        mark: &str,
        channel: Option<&Path>,
        env: &[(OsString, OsString)],
    ) -> Result<(Vec<OsString>, (OsString, OsString))> {
        let mut files = Vec::new();
        let folder = self.0.folder.clone().unwrap_or_default();
        let library = folder.join("recorder.so");
        if library.exists() {
            files.push((b"recorder.so".to_vec(), fs::read(&library)?));
        }
        let bytes = |text: &OsString| text.as_bytes().to_vec();
        let setup = Setup {
            mark: mark.to_owned(),
            env: env
                .iter()
                .map(|(name, value)| (bytes(name), bytes(value)))
                .collect(),
            folder: folder.as_os_str().as_bytes().to_vec(),
            files,
            door: folder.join(recording::DOOR).exists(),
            channel: channel.is_some(),
        };
        let mut state = self.0.lock();
        state.setup = Some(setup);
        state.channel = channel.map(Into::into);
        let program = os::own_program()?
            .canonicalize()
            .context("cannot find the file of this program: was it built anew meanwhile?")?;
        let mut args = spec.args.clone();
        args.splice(at..at, [program.into(), ARGUMENT.into()]);
        if far::keeps_variables(&spec.program) {
            args.splice(at..at, ["-x".into(), GRADER.into()]);
        }
        let grader = format!("{} {}", self.0.address, self.0.token);
        Ok((args, (GRADER.into(), grader.into())))
    }

    /// Has all relays tell what is new, and waits until they have. False if one has not: then what is
    /// known of its rank may be old.
    pub fn refresh(&self) -> bool {
        let mut state = self.0.lock();
        if state.relays.iter().all(|relay| relay.gone) {
            return true;
        }
        state.round += 1;
        state.asked = clock::nanos();
        let round = state.round;
        for relay in state.relays.iter_mut().filter(|relay| !relay.gone) {
            // One that is gone is heard of by who reads.
            let _ = Frame::Round(round).write(&mut relay.stream);
        }
        let waits = |state: &mut State| {
            let mut open = state.relays.iter().filter(|relay| !relay.gone);
            open.any(|relay| relay.answered < round)
        };
        let waited = self.0.news.wait_timeout_while(state, ROUND, waits);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        !waited.timed_out() && !state.is_blind
    }

    /// Whether a process that goes by this number here is one of another node.
    #[must_use]
    pub fn is_far(pid: u32) -> bool {
        pid >= NOBODY
    }

    /// Whether the rank with this number here lives, as far as is known.
    #[must_use]
    pub fn lives(&self, pid: u32) -> bool {
        self.0.of(pid, |relay| !relay.gone).unwrap_or(false)
    }

    /// How the rank with this number here has ended.
    #[must_use]
    pub fn status(&self, pid: u32) -> Option<ExitStatus> {
        self.0.of(pid, |relay| relay.status)?
    }

    /// The node of the rank with this number here, if the connection to it was lost.
    #[must_use]
    pub fn lost(&self, pid: u32) -> Option<String> {
        let lost = |relay: &Relay| {
            let is_lost = relay.gone && relay.status.is_none();
            is_lost.then(|| relay.node.clone())
        };
        self.0.of(pid, lost)?
    }

    /// What each rank has in memory, in bytes, by its number here.
    #[must_use]
    pub fn memory(&self) -> Vec<(u32, u64)> {
        let state = self.0.lock();
        let relays = state.relays.iter().enumerate();
        relays
            .filter(|(_, relay)| !relay.gone)
            .map(|(at, relay)| (NOBODY + at as u32, relay.memory))
            .collect()
    }

    /// The ranks that have ended, by their numbers here.
    #[must_use]
    pub fn ended(&self) -> Vec<u32> {
        let state = self.0.lock();
        let relays = state.relays.iter().enumerate();
        relays
            .filter(|(_, relay)| relay.gone)
            .map(|(at, _)| NOBODY + at as u32)
            .collect()
    }

    /// Has all relays end their ranks, and waits until they have. No further one is let in.
    pub(crate) fn end(&self) -> Result<()> {
        let mut state = self.0.lock();
        state.setup = None;
        for relay in state.relays.iter_mut().filter(|relay| !relay.gone) {
            let _ = Frame::End.write(&mut relay.stream);
        }
        let waits = |state: &mut State| state.relays.iter().any(|relay| !relay.gone);
        let waited = self.0.news.wait_timeout_while(state, END, waits);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            let open = state.relays.iter().filter(|relay| !relay.gone);
            let mut nodes: Vec<&str> = open.map(|relay| relay.node.as_str()).collect();
            nodes.sort_unstable();
            nodes.dedup();
            bail!(
                "these nodes have not said that the job's processes there have ended: {}",
                nodes.join(", ")
            );
        }
        Ok(())
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Whoever listens sees now that there is nothing to listen for.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(100));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of<T>(&self, pid: u32, ask: impl Fn(&Relay) -> T) -> Option<T> {
        let at = pid.checked_sub(NOBODY)? as usize;
        self.lock().relays.get(at).map(ask)
    }

    /// Listens to a relay until it ends or is lost.
    fn attend(self: Arc<Self>, mut stream: TcpStream) -> Result<()> {
        stream.set_read_timeout(Some(GREETING))?;
        let Some(Frame::Hello(token, node)) = Frame::read(&mut stream, LONGEST_HELLO)? else {
            bail!("no greeting");
        };
        if !is_same(&token, &self.token) {
            bail!("the token is not this job's");
        }
        stream.set_read_timeout(None)?;
        watch_connection(&stream)?;
        let (at, channel) = {
            let mut state = self.lock();
            let setup = state.setup.clone().context("the job has ended")?;
            let mut writing = stream.try_clone()?;
            Frame::Setup(setup).write(&mut writing)?;
            let round = state.round;
            state.relays.push(Relay {
                node,
                stream: writing,
                answered: round,
                clock: (0, 0),
                ahead: None,
                status: None,
                memory: 0,
                gone: false,
            });
            (state.relays.len() - 1, state.channel.clone())
        };
        let heard = self.hear(at, stream, channel.as_deref());
        let mut state = self.lock();
        state.relays[at].gone = true;
        let _ = state.relays[at].stream.shutdown(Shutdown::Both);
        self.news.notify_all();
        heard
    }

    fn hear(self: &Arc<Self>, at: usize, stream: TcpStream, channel: Option<&Path>) -> Result<()> {
        let mut copied = self.folder.as_deref().map(Copied::new);
        let mut stream = BufReader::new(stream);
        let mut stands: Vec<(u32, StandIn)> = Vec::new();
        while let Some(frame) = Frame::read(&mut stream, LONGEST_FRAME)? {
            match frame {
                Frame::Opened(id) => {
                    if let Some(channel) = channel {
                        let to = UnixStream::connect(channel)?;
                        stands.push((id, StandIn::new(Arc::clone(self), at, id, to)?));
                    }
                }
                Frame::Data(id, bytes) => {
                    if let Some((_, stand)) = stands.iter().find(|(known, _)| *known == id) {
                        stand.hand(bytes);
                    }
                }
                Frame::Closed(id) => stands.retain(|(known, _)| *known != id),
                Frame::Piece(name, offset, bytes) => {
                    let origin = self.lock().relays[at].origin(at);
                    let put = copied
                        .as_mut()
                        .map_or(Ok(()), |copied| copied.put(&name, offset, &bytes, origin));
                    if put.is_err() {
                        // No room: the job goes on, and of what is not known nobody is accused.
                        copied = None;
                        self.lock().is_blind = true;
                    }
                }
                Frame::Answer(round, clock) => {
                    let mut state = self.lock();
                    let (now, asked) = (clock::nanos(), state.asked);
                    let is_last = round == state.round;
                    let relay = &mut state.relays[at];
                    relay.clock = clock;
                    let took = now.saturating_sub(asked);
                    if is_last && relay.ahead.is_none_or(|(_, best)| took < best) {
                        let middle = asked + took / 2;
                        relay.ahead = Some((middle.wrapping_sub(clock.1).cast_signed(), took));
                    }
                    if let Some(copied) = &mut copied {
                        copied.know(relay.origin(at))?;
                    }
                    relay.answered = round;
                    self.news.notify_all();
                }
                Frame::Ended(status) => {
                    self.lock().relays[at].status = Some(ExitStatus::from_raw(status));
                }
                Frame::Memory(bytes) => self.lock().relays[at].memory = bytes,
                _ => {}
            }
        }
        Ok(())
    }

    fn say(&self, at: usize, frame: &Frame) {
        let mut state = self.lock();
        // One that is gone is heard of by who reads.
        let _ = frame.write(&mut state.relays[at].stream);
    }
}

/// A connection of a rank of another node, as the job sees it.
struct StandIn {
    hands: Option<mpsc::Sender<Vec<u8>>>,
    /// Closed when all was handed on.
    done: mpsc::Receiver<()>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        /// A job that has ended may read nothing.
        const PATIENCE: Duration = Duration::from_millis(200);
        self.hands = None;
        let _ = self.done.recv_timeout(PATIENCE);
    }
}

impl StandIn {
    fn new(shared: Arc<Shared>, at: usize, id: u32, stream: UnixStream) -> Result<Self> {
        let (hands, taken) = mpsc::channel::<Vec<u8>>();
        let mut back = stream.try_clone()?;
        thread::Builder::new().spawn(move || {
            let mut buffer = vec![0; 4096];
            while let Ok(bytes @ 1..) = back.read(&mut buffer) {
                shared.say(at, &Frame::Data(id, buffer[..bytes].to_vec()));
            }
            shared.say(at, &Frame::Closed(id));
        })?;
        // By a thread, so that a job that does not read keeps nobody from hearing the relay.
        let (doing, done) = mpsc::channel();
        thread::Builder::new().spawn(move || {
            let _ = carry(&taken, at, &stream);
            let _ = stream.shutdown(Shutdown::Both);
            drop(doing);
        })?;
        let hands = Some(hands);
        Ok(Self { hands, done })
    }

    fn hand(&self, bytes: Vec<u8>) {
        // A job that listens no more needs nothing.
        let _ = self.hands.as_ref().map(|hands| hands.send(bytes));
    }
}

/// Hands on what a rank says. Its first line names its process, which has another number here.
fn carry(taken: &mpsc::Receiver<Vec<u8>>, at: usize, mut to: &UnixStream) -> std::io::Result<()> {
    let mut first = Vec::new();
    while !first.contains(&b'\n') {
        match taken.recv() {
            Ok(mut bytes) => first.append(&mut bytes),
            Err(_) => return Ok(()),
        }
    }
    let mut rest = &first[..];
    let mut line = Vec::new();
    rest.read_until(b'\n', &mut line)?;
    if let Ok(hello) = serde_json::from_slice::<Hello>(&line) {
        let pid = NOBODY + at as u32;
        line = serde_json::to_vec(&Hello { pid, ..hello })?;
        line.push(b'\n');
    }
    to.write_all(&line)?;
    to.write_all(rest)?;
    for bytes in taken {
        to.write_all(&bytes)?;
    }
    Ok(())
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn is_same(one: &str, other: &str) -> bool {
    let pairs = one.bytes().zip(other.bytes());
    one.len() == other.len() && pairs.fold(0, |sum, (one, other)| sum | (one ^ other)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_know_the_token_hears_nothing() {
        let nodes = Nodes::open([127, 0, 0, 1].into(), None).unwrap();
        let spec = Spec::default();
        nodes.put_before(&spec, 0, "mark", None, &[]).unwrap();
        let answer = |token: &str| {
            let mut stream = TcpStream::connect(nodes.0.address).unwrap();
            let hello = Frame::Hello(token.to_owned(), "n1".to_owned());
            hello.write(&mut stream).unwrap();
            Frame::read(&mut stream, LONGEST_FRAME).ok().flatten()
        };
        assert_eq!(answer("another"), None);
        assert!(matches!(answer(&nodes.0.token), Some(Frame::Setup(_))));
        nodes.end().unwrap();
        assert_eq!(answer(&nodes.0.token), None, "the job has ended");
    }

    #[test]
    fn only_the_whole_token_is_the_same() {
        assert!(is_same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd", "xbc"] {
            assert!(!is_same("abc", other), "{other}");
        }
    }
}

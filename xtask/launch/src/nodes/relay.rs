//! The rank's side: the process that a launcher starts on a node in place of a rank, and whose child the
//! rank is.

use super::{ARGUMENT, GRADER, watch_connection, wire};
use crate::{
    Door, Scratch,
    link::{Fill, Link},
    memory, os,
    request::Request,
    socket::Socket,
    supervisor::{Outputs, Supervisor, would_block},
};
use anyhow::{Context, Result, bail};
use recording::mirror::{self, Source};
use rustix::{
    event::{PollFd, PollFlags, Timespec},
    io::Errno,
    net::RecvFlags,
};
use std::{
    collections::HashMap,
    env,
    ffi::{OsStr, OsString},
    fs,
    io::ErrorKind,
    net::{Shutdown, SocketAddr, TcpStream},
    os::{
        fd::AsFd,
        unix::{
            ffi::{OsStrExt, OsStringExt},
            process::ExitStatusExt,
        },
    },
    process::ExitStatus,
    time::{Duration, Instant},
};
use verdict::wire::{CHANNEL, HOST};
use wire::{Frame, LONGEST_FRAME, Setup};

/// How long to wait for the grader to answer a call.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the grader may take to hear that the rank has ended, before the launcher hears it.
const FAREWELL: Duration = Duration::from_secs(2);
const CHUNK: usize = 16 << 10;

/// Becomes the relay of a rank and never returns, if this program was started as one.
pub(crate) fn relay_if_asked() {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().as_deref() != Some(OsStr::new(ARGUMENT)) {
        return;
    }
    let command: Vec<OsString> = arguments.collect();
    let status = match relay(command) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("{}: {error:#}", os::host().unwrap_or_default());
            std::process::exit(2);
        }
    };
    if let Some(signal) = status
        .signal()
        .and_then(rustix::process::Signal::from_named_raw)
    {
        // The launcher shall see what the rank has died of, and nobody a second core file.
        let none = rustix::process::Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
        // The first may only take away the handler that Rust has for stacks that overflow.
        for _ in 0..2 {
            let _ = rustix::process::kill_process(rustix::process::getpid(), signal);
        }
    }
    std::process::exit(status.code().unwrap_or(1));
}

fn relay(command: Vec<OsString>) -> Result<ExitStatus> {
    if command.is_empty() {
        bail!("there is no program to start; this command is not for use by hand");
    }
    let grader = env::var(GRADER)
        .with_context(|| format!("{GRADER} is not set: the launcher does not hand variables on"))?;
    // Whoever ends the launcher's own process here wants the rank to end. The supervisor sees to the rest.
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let mut words = grader.split(' ');
    let mut word = || words.next().context("the grader's address is cut");
    let (address, token) = (word()?, word()?);
    let address: SocketAddr = address.parse()?;
    let mut stream = TcpStream::connect_timeout(&address, CONNECT).with_context(|| {
        format!(
            "cannot reach the check, which listens at {address}: is this address in a network that all \
             nodes share? Name another with WORKBOOK_ADDRESS=<the address of the node where you typed the \
             command>"
        )
    })?;
    watch_connection(&stream)?;
    let name = os::host().unwrap_or_default();
    Frame::Hello(token.to_owned(), name).write(&mut stream)?;
    let Some(Frame::Setup(setup)) = Frame::read(&mut stream, LONGEST_FRAME)? else {
        bail!("the check has ended already");
    };
    Relay::start(stream, setup, command)?.run()
}

struct Relay {
    // First, so that it is dropped first: no process may see its folders vanish.
    supervisor: Supervisor,
    stream: TcpStream,
    /// What has come of the grader's next frame.
    heard: Vec<u8>,
    socket: Socket,
    links: Vec<(u32, Link)>,
    opened: u32,
    source: Source,
    mark: String,
    /// Whether somebody counts what the rank has in memory.
    is_limited: bool,
    door: Option<Door>,
    /// Whether the grader is there.
    connected: bool,
    status: Option<ExitStatus>,
    _scratch: Scratch,
}

impl Relay {
    fn start(stream: TcpStream, setup: Setup, command: Vec<OsString>) -> Result<Self> {
        let (socket, scratch) = (Socket::open()?, Scratch::create()?);
        for (name, bytes) in &setup.files {
            let name = OsStr::from_bytes(name);
            let path = scratch.path().join(name);
            fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let mut request = Request {
            mark: setup.mark.clone(),
            command,
            ..Request::default()
        };
        for (name, value) in &setup.env {
            let value = replaced(value, &setup.folder, scratch.path().as_os_str().as_bytes());
            let pair = (OsString::from_vec(name.clone()), OsString::from_vec(value));
            request.env.push(pair);
        }
        let mut set = |name: &str, value: OsString| request.env.push((name.into(), value));
        if setup.channel {
            set(CHANNEL, socket.path.clone().into());
            set("TMPDIR", socket.temporary().into());
            set(HOST, os::host().unwrap_or_default().into());
        }
        let door = setup
            .door
            .then(|| Door::open(&scratch.path().join(recording::DOOR)))
            .transpose()?;
        let outputs = Outputs {
            without: vec![GRADER.into()],
            ..Outputs::default()
        };
        let program = request.command[0].clone();
        let supervisor = Supervisor::start(&request, outputs)
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self {
            supervisor,
            stream,
            heard: Vec::new(),
            socket,
            links: Vec::new(),
            opened: 0,
            source: Source::new(scratch.path()),
            mark: setup.mark,
            is_limited: setup.channel,
            door,
            connected: true,
            status: None,
            _scratch: scratch,
        })
    }

    /// Carries on until the rank has ended, or the grader wants it to or is gone.
    fn run(mut self) -> Result<ExitStatus> {
        let mut buffer = vec![0; CHUNK];
        let mut due = Instant::now() + memory::INTERVAL;
        while self.connected && self.status.is_none() && !self.supervisor.is_lost() {
            self.wait(due)?;
            let start = Instant::now();
            if self.is_limited && start >= due {
                let usage = memory::below(self.supervisor.pid(), &self.mark, &HashMap::new());
                // What ranks share would be counted for each of them.
                self.say(&Frame::Memory(usage.ranks.values().sum()));
                due = Instant::now() + memory::INTERVAL.max(start.elapsed() * memory::SHARE);
            }
            self.accept()?;
            self.read_links(&mut buffer);
            if let Some(door) = &mut self.door {
                door.look()?;
            }
            if !self.hear(&mut buffer) {
                break;
            }
            self.supervisor.listen();
            self.status = self.supervisor.take_ended();
        }
        let ended = self.supervisor.end();
        self.supervisor.listen();
        let status = self.status.or_else(|| self.supervisor.take_ended());
        let status = status.unwrap_or_else(|| ExitStatus::from_raw(9));
        self.accept()?;
        self.read_links(&mut buffer);
        self.tell_new(true);
        self.say(&Frame::Ended(status.into_raw()));
        if self.connected {
            let _ = self.stream.shutdown(Shutdown::Write);
            let _ = self.stream.set_read_timeout(Some(FAREWELL));
            while std::io::Read::read(&mut self.stream, &mut buffer).is_ok_and(|bytes| bytes > 0) {}
        }
        ended?;
        Ok(status)
    }

    fn wait(&self, until: Instant) -> Result<()> {
        let mut descriptors = vec![
            PollFd::new(&self.stream, PollFlags::IN),
            PollFd::new(&self.socket.listener, PollFlags::IN),
        ];
        let bell = self.door.as_ref().map(Door::bell).transpose()?;
        let bells = bell.iter().map(AsFd::as_fd).chain(self.supervisor.bell());
        descriptors.extend(bells.map(|bell| PollFd::from_borrowed_fd(bell, PollFlags::IN)));
        for (_, link) in &self.links {
            let flags = match link.has_unsent() {
                true => PollFlags::IN | PollFlags::OUT,
                false => PollFlags::IN,
            };
            descriptors.push(PollFd::from_borrowed_fd(link.bell(), flags));
        }
        let left = Timespec::try_from(until.saturating_duration_since(Instant::now()))?;
        let left = self.is_limited.then_some(left);
        match rustix::event::poll(&mut descriptors, left.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error).context("cannot wait for the rank"),
        }
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            match self.socket.listener.accept() {
                Ok((stream, _)) => {
                    self.opened += 1;
                    self.links.push((self.opened, Link::new(stream)?));
                    self.say(&Frame::Opened(self.opened));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if would_block(&error) => return Ok(()),
                Err(error) => return Err(error).context("cannot accept a rank's connection"),
            }
        }
    }

    fn read_links(&mut self, buffer: &mut [u8]) {
        let mut links = std::mem::take(&mut self.links);
        for (id, link) in &mut links {
            link.flush();
            let mut fill = link.fill(buffer);
            loop {
                let bytes = link.bytes();
                if !bytes.is_empty() {
                    // What the rank has recorded before it said this must not come later.
                    self.tell_new(false);
                    self.say(&Frame::Data(*id, bytes));
                }
                if fill != Fill::Some || self.status.is_none() {
                    break;
                }
                fill = link.fill(buffer);
            }
            if fill == Fill::End {
                link.closed = true;
                self.tell_new(false);
                self.say(&Frame::Closed(*id));
            }
        }
        links.retain(|(_, link)| !link.closed);
        self.links = links;
    }

    /// Takes what the grader has said. False if it is to end.
    fn hear(&mut self, buffer: &mut [u8]) -> bool {
        loop {
            match rustix::net::recv(&self.stream, &mut *buffer, RecvFlags::DONTWAIT) {
                Ok((0, _)) => return false,
                Ok((bytes, _)) => self.heard.extend_from_slice(&buffer[..bytes]),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => {
                    self.connected = false;
                    return false;
                }
            }
        }
        let mut goes_on = true;
        while goes_on {
            let mut rest = &self.heard[..];
            let Ok(Some(frame)) = Frame::read(&mut rest, LONGEST_FRAME) else {
                break;
            };
            let taken = self.heard.len() - rest.len();
            self.heard.drain(..taken);
            match frame {
                Frame::Data(id, bytes) => {
                    let link = self.links.iter_mut().find(|(known, _)| *known == id);
                    if let Some((_, link)) = link {
                        link.push(&bytes);
                    }
                }
                Frame::Closed(id) => self.links.retain(|(known, _)| *known != id),
                Frame::Round(round) => {
                    self.tell_new(false);
                    self.say(&Frame::Answer(round, mirror::now()));
                }
                Frame::End => goes_on = false,
                _ => {}
            }
        }
        goes_on
    }

    /// Sends what is new in the recording.
    fn tell_new(&mut self, dead: bool) {
        let stream = &mut self.stream;
        let told = self.source.round(dead, &mut |name, at, bytes| {
            Frame::Piece(name.to_owned(), at, bytes.to_vec()).write(stream)
        });
        self.connected &= told.is_ok();
    }

    fn say(&mut self, frame: &Frame) {
        self.connected &= frame.write(&mut self.stream).is_ok();
    }
}

/// Bytes with one sequence put in place of another.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut done = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if !from.is_empty() && rest.starts_with(from) {
            done.extend_from_slice(to);
            rest = &rest[from.len()..];
        } else {
            done.push(*first);
            rest = after;
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_graders_folder_are_replaced() {
        assert_eq!(replaced(b"/a/x.so:/a", b"/a", b"/bb"), b"/bb/x.so:/bb");
        assert_eq!(replaced(b"x", b"", b"y"), b"x");
    }
}

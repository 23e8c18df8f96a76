//! One connection of a rank: bytes come in as lines, and lines go out. Neither side can make the
//! other wait or fill its memory.

use crate::supervisor::would_block;
use anyhow::{Result, ensure};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use verdict::wire::Hello;

/// No line that a rank sends is longer than this.
pub(crate) const LONGEST_LINE: usize = 1 << 20;
/// No first line is longer than this.
const LONGEST_HELLO: usize = 4096;
/// A rank that has left this much unread reads nothing any more.
const UNSENT: usize = 1 << 20;
/// More ranks than this are a mistake in the first line.
const MOST_RANKS: u32 = 1 << 16;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Nothing was said yet.
    Unknown,
    /// Lines from and to this rank.
    Records(u32),
    /// What this rank prints.
    Output(u32),
}

/// What one read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    Some,
    Nothing,
    /// The other end is closed.
    End,
}

#[derive(Debug)]
pub(crate) struct Link {
    stream: UnixStream,
    pub(crate) purpose: Purpose,
    /// Whether it is to be dropped.
    pub(crate) closed: bool,
    received: Vec<u8>,
    /// How far `received` was searched for the end of a line.
    searched: usize,
    unsent: Vec<u8>,
}

impl Link {
    pub(crate) fn new(stream: UnixStream) -> std::io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            purpose: Purpose::Unknown,
            closed: false,
            received: Vec::new(),
            searched: 0,
            unsent: Vec::new(),
        })
    }

    pub(crate) fn stream(&self) -> &UnixStream {
        &self.stream
    }

    pub(crate) fn bell(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Whether something waits for the rank to read.
    pub(crate) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Reads once.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Fill {
        loop {
            return match self.stream.read(buffer) {
                Ok(0) => Fill::End,
                Ok(bytes) => {
                    self.received.extend_from_slice(&buffer[..bytes]);
                    Fill::Some
                }
                Err(error) if would_block(&error) => Fill::Nothing,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // A rank that dies with orders unread resets the connection; what it had sent
                // was read before this.
                Err(_) => Fill::End,
            };
        }
    }

    /// The next whole line, without its end.
    pub(crate) fn line(&mut self) -> Option<String> {
        let found = self.received[self.searched..]
            .iter()
            .position(|byte| *byte == b'\n');
        let Some(end) = found.map(|position| self.searched + position) else {
            self.searched = self.received.len();
            return None;
        };
        let line = String::from_utf8_lossy(&self.received[..end]).into_owned();
        self.received.drain(..=end);
        self.searched = 0;
        Some(line)
    }

    /// Whether the line that has begun is already longer than any may be.
    pub(crate) fn is_overlong(&self) -> bool {
        let longest = match self.purpose {
            Purpose::Unknown => LONGEST_HELLO,
            _ => LONGEST_LINE,
        };
        self.received.len() > longest
    }

    /// All bytes that are there.
    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        self.searched = 0;
        std::mem::take(&mut self.received)
    }

    /// Sends a line, or keeps what the rank does not take now. False if it has left too much
    /// unread.
    pub(crate) fn send(&mut self, line: &str) -> bool {
        self.unsent.extend_from_slice(line.as_bytes());
        self.unsent.push(b'\n');
        self.flush();
        self.unsent.len() <= UNSENT
    }

    /// Sends bytes as they are, as far as the rank takes them, and keeps the others.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
        self.flush();
    }

    /// Sends what was kept, as far as the rank takes it.
    pub(crate) fn flush(&mut self) {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(bytes) => drop(self.unsent.drain(..bytes)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if would_block(&error) => return,
                // The rank is gone. Reading tells so too, after its last words.
                Err(_) => self.unsent.clear(),
            }
        }
    }
}

/// Reads a first line.
pub(crate) fn hello(line: &str, token: &str) -> Result<Hello> {
    let hello: Hello = serde_json::from_str(line)?;
    ensure!(hello.token == token, "the token is not this job's");
    ensure!(
        hello.rank < hello.size && hello.size <= MOST_RANKS,
        "there is no such rank"
    );
    ensure!(
        hello.pid > 0 && i32::try_from(hello.pid).is_ok(),
        "there is no such process"
    );
    Ok(hello)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Link, UnixStream) {
        let (here, there) = UnixStream::pair().unwrap();
        (Link::new(here).unwrap(), there)
    }

    #[test]
    fn a_line_may_come_in_pieces() {
        let (mut link, mut rank) = pair();
        let mut buffer = [0; 4];
        rank.write_all("eins\nzw".as_bytes()).unwrap();
        while link.fill(&mut buffer) == Fill::Some {}
        assert_eq!(link.line().as_deref(), Some("eins"));
        assert_eq!(link.line(), None);
        rank.write_all("ölf\n\n".as_bytes()).unwrap();
        drop(rank);
        while link.fill(&mut buffer) == Fill::Some {}
        assert_eq!(link.line().as_deref(), Some("zwölf"));
        assert_eq!(link.line().as_deref(), Some(""));
        assert_eq!(link.line(), None);
        assert_eq!(link.fill(&mut buffer), Fill::End);
    }

    #[test]
    fn what_a_rank_does_not_read_is_kept_up_to_a_limit() {
        let (mut link, mut rank) = pair();
        let line = "x".repeat(100_000);
        let mut sent = 0;
        while link.send(&line) {
            sent += 1;
            assert!(sent < 100, "the limit is never reached");
        }
        assert!(sent >= 10 && link.has_unsent());
        // Once the rank reads, all of it arrives.
        rank.set_nonblocking(true).unwrap();
        let (mut arrived, mut buffer) = (0, vec![0; 65536]);
        while let Ok(bytes) = rank.read(&mut buffer) {
            arrived += bytes;
            link.flush();
        }
        assert_eq!(arrived, (sent + 1) * (line.len() + 1));
    }

    #[test]
    fn sending_to_a_dead_rank_is_no_error() {
        let (mut link, rank) = pair();
        drop(rank);
        assert!(link.send("hello") && !link.has_unsent());
    }

    #[test]
    fn only_the_right_token_is_let_in() {
        let line = r#"{"token":"t","rank":1,"size":2,"pid":7,"output":false}"#;
        assert_eq!(hello(line, "t").unwrap().rank, 1);
        assert!(hello(line, "u").is_err());
        assert!(hello("", "t").is_err());
        assert!(hello(&line.replace("\"size\":2", "\"size\":1"), "t").is_err());
        assert!(hello(&line.replace("\"pid\":7", "\"pid\":0"), "t").is_err());
    }
}

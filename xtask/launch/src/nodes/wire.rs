//! What a relay and the grader say to each other over TCP: frames of a kind, a number, and bytes.
//!
//! All of a job's traffic between nodes goes over these connections, one for each rank: what the rank
//! reports and prints, what it records of its MPI calls, and the grader's orders. It is not encrypted. Who
//! does not begin with the job's token is not listened to.

use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};

/// No frame has more bytes than this.
const LONGEST: usize = 256 << 20;

/// One thing that is said. The number is that of a connection of the rank, or of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The relay's first: the token, and the node's name.
    Hello(String, String),
    /// The grader's answer: variables for the rank, and files for its folder.
    Setup(Setup),
    /// The rank has opened a connection.
    Opened(u32),
    /// Bytes on a connection, in either direction.
    Data(u32, Vec<u8>),
    /// A connection was closed.
    Closed(u32),
    /// The grader wants to know all that is new.
    Round(u32),
    /// All that was new is told; and the node's counter and clock.
    Answer(u32, (u64, u64)),
    /// A piece of a recording: name, offset, bytes.
    Piece(String, u64, Vec<u8>),
    /// The rank is there: it has knocked at the door.
    Knocked,
    /// The rank and all that it has started are gone; its status as wait(2) gives it.
    Ended(i32),
    /// The grader wants the rank to end.
    End,
    /// So many bytes the rank and all that it has started have in memory.
    Memory(u64),
}

/// What a relay needs to start its rank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Setup {
    /// The job's mark.
    pub(crate) mark: String,
    /// Variables, with the values that they have on the grader's node.
    pub(crate) env: Vec<(Vec<u8>, Vec<u8>)>,
    /// The folder for recordings on the grader's node: its name in a variable is to be replaced.
    pub(crate) folder: Vec<u8>,
    /// Files in that folder that ranks need.
    pub(crate) files: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether there is a door, at which ranks knock.
    pub(crate) door: bool,
    /// Whether ranks have a channel.
    pub(crate) channel: bool,
}

impl Frame {
    /// Writes the frame whole.
    pub(crate) fn write(&self, to: &mut impl Write) -> std::io::Result<()> {
        let mut body = Bytes::default();
        let (kind, number) = match self {
            Self::Hello(token, node) => {
                body.put(token.as_bytes());
                body.put(node.as_bytes());
                (1, 0)
            }
            Self::Setup(setup) => {
                body.put(setup.mark.as_bytes());
                body.put(&setup.folder);
                body.put(&[u8::from(setup.door), u8::from(setup.channel)]);
                body.put(&(setup.env.len() as u64).to_le_bytes());
                for (name, value) in setup.env.iter().chain(&setup.files) {
                    body.put(name);
                    body.put(value);
                }
                (2, 0)
            }
            Self::Opened(id) => (3, *id),
            Self::Data(id, bytes) => {
                body.0.extend_from_slice(bytes);
                (4, *id)
            }
            Self::Closed(id) => (5, *id),
            Self::Round(round) => (6, *round),
            Self::Answer(round, clock) => {
                body.put(&clock.0.to_le_bytes());
                body.put(&clock.1.to_le_bytes());
                (7, *round)
            }
            Self::Piece(name, at, bytes) => {
                body.put(name.as_bytes());
                body.put(&at.to_le_bytes());
                body.put(bytes);
                (8, 0)
            }
            Self::Knocked => (9, 0),
            Self::Ended(status) => (10, status.cast_unsigned()),
            Self::End => (11, 0),
            Self::Memory(bytes) => {
                body.put(&bytes.to_le_bytes());
                (12, 0)
            }
        };
        let mut frame: Vec<u8> = vec![kind];
        frame.extend_from_slice(&number.to_le_bytes());
        frame.extend_from_slice(&(body.0.len() as u32).to_le_bytes());
        frame.append(&mut body.0);
        to.write_all(&frame)
    }

    /// Reads a frame; none at the connection's end.
    pub(crate) fn read(from: &mut impl Read, longest: usize) -> Result<Option<Self>> {
        let mut head = [0; 9];
        if let Err(error) = from.read_exact(&mut head) {
            return match error.kind() {
                std::io::ErrorKind::UnexpectedEof => Ok(None),
                _ => Err(error.into()),
            };
        }
        let [kind, number @ .., _, _, _, _] = head;
        let number = u32::from_le_bytes(number);
        let length = u32::from_le_bytes([head[5], head[6], head[7], head[8]]) as usize;
        ensure!(length <= longest.min(LONGEST), "a frame is too long");
        let mut bytes = vec![0; length];
        from.read_exact(&mut bytes)?;
        let mut body = &bytes[..];
        let mut field = || take(&mut body).context("a frame is cut");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Some(match kind {
            1 => Self::Hello(text(field()?), text(field()?)),
            2 => {
                let (mark, folder) = (text(field()?), field()?.to_vec());
                let flags = field()?;
                let flag = |at: usize| flags.get(at) == Some(&1);
                let (door, channel) = (flag(0), flag(1));
                let many = number_of(field()?)?;
                let mut env = Vec::new();
                for _ in 0..many {
                    env.push((field()?.to_vec(), field()?.to_vec()));
                }
                let mut files = Vec::new();
                while let Ok(name) = field() {
                    files.push((name.to_vec(), field()?.to_vec()));
                }
                Self::Setup(Setup {
                    mark,
                    env,
                    folder,
                    files,
                    door,
                    channel,
                })
            }
            3 => Self::Opened(number),
            4 => Self::Data(number, bytes),
            5 => Self::Closed(number),
            6 => Self::Round(number),
            7 => Self::Answer(number, (number_of(field()?)?, number_of(field()?)?)),
            8 => Self::Piece(text(field()?), number_of(field()?)?, field()?.to_vec()),
            9 => Self::Knocked,
            10 => Self::Ended(number.cast_signed()),
            11 => Self::End,
            12 => Self::Memory(number_of(field()?)?),
            _ => anyhow::bail!("a frame is of no known kind"),
        }))
    }
}

/// No first frame is longer than this.
pub(crate) const LONGEST_HELLO: usize = 4096;
/// For whoever has shown the token.
pub(crate) const LONGEST_FRAME: usize = LONGEST;

/// Fields, each with its length before it.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn put(&mut self, field: &[u8]) {
        self.0
            .extend_from_slice(&(field.len() as u32).to_le_bytes());
        self.0.extend_from_slice(field);
    }
}

fn take<'a>(body: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = body.split_first_chunk::<4>()?;
    let (field, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *body = rest;
    Some(field)
}

fn number_of(field: &[u8]) -> Result<u64> {
    Ok(u64::from_le_bytes(field.try_into()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_arrive_as_they_were_sent() {
        let setup = Setup {
            mark: "m".into(),
            env: vec![(b"A".to_vec(), vec![255]), (b"B".to_vec(), Vec::new())],
            folder: b"/f".to_vec(),
            files: vec![(b"recorder.so".to_vec(), vec![1, 2, 3])],
            door: true,
            channel: false,
        };
        let frames = [
            Frame::Hello("t".into(), "n1".into()),
            Frame::Setup(setup),
            Frame::Opened(1),
            Frame::Data(2, b"x\0y".to_vec()),
            Frame::Closed(2),
            Frame::Round(7),
            Frame::Answer(7, (1, u64::MAX)),
            Frame::Piece("rank-0".into(), 1 << 40, vec![9]),
            Frame::Knocked,
            Frame::Ended(-1),
            Frame::End,
            Frame::Memory(1 << 40),
        ];
        let mut sent = Vec::new();
        for frame in &frames {
            frame.write(&mut sent).unwrap();
        }
        let mut rest = &sent[..];
        for frame in frames {
            assert_eq!(Frame::read(&mut rest, LONGEST_FRAME).unwrap(), Some(frame));
        }
        assert_eq!(Frame::read(&mut rest, LONGEST_FRAME).unwrap(), None);
        assert!(Frame::read(&mut &sent[..12], LONGEST_FRAME).is_err());
        assert!(Frame::read(&mut &sent[..], 3).is_err(), "too long");
    }
}

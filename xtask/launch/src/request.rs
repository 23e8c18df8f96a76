//! What the grader hands to the supervisor: the command to start and what belongs to it. It goes
//! over a socket rather than the command line, where every user of the machine could read it.

use anyhow::{Context, Result, bail, ensure};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};
use std::ffi::{OsStr, OsString};
use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// One job for one supervisor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// The job's mark, for the environment of all its processes.
    pub(crate) mark: String,
    /// The process group that has the terminal, if the job shall have it.
    pub(crate) group: Option<i32>,
    pub(crate) cwd: Option<PathBuf>,
    pub(crate) command: Vec<OsString>,
    pub(crate) env: Vec<(OsString, OsString)>,
}

impl Request {
    /// Sends the request, and with it the standard input for the job if it shall have one.
    pub(crate) fn send(&self, control: &mut UnixStream, stdin: Option<BorrowedFd>) -> Result<()> {
        let bytes = self.encode()?;
        let length = u32::try_from(bytes.len())
            .context("the command and its environment are too long")?
            .to_le_bytes();
        let descriptors: Vec<BorrowedFd> = stdin.into_iter().collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
        }
        let slices = [IoSlice::new(&length)];
        rustix::net::sendmsg(control.as_fd(), &slices, &mut ancillary, SendFlags::empty())?;
        Ok(control.write_all(&bytes)?)
    }

    /// Receives what [`Request::send`] has sent.
    pub(crate) fn receive(control: &mut UnixStream) -> Result<(Self, Option<OwnedFd>)> {
        let mut length = [0; 4];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut slices = [IoSliceMut::new(&mut length)];
        let got = rustix::net::recvmsg(
            control.as_fd(),
            &mut slices,
            &mut ancillary,
            RecvFlags::empty(),
        )?
        .bytes;
        let mut stdin = None;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                stdin = descriptors.last();
            }
        }
        if let Some(stdin) = &stdin {
            rustix::io::fcntl_setfd(stdin, rustix::io::FdFlags::CLOEXEC)?;
        }
        control.read_exact(&mut length[got..])?;
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        control.read_exact(&mut bytes)?;
        Ok((Self::decode(&bytes)?, stdin))
    }

    /// Fields that each end with a zero byte, which none of them can contain.
    fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut field = |field: &OsStr| -> Result<()> {
            ensure!(
                !field.as_bytes().contains(&0),
                "the command or its environment contains a zero byte: {field:?}"
            );
            bytes.extend_from_slice(field.as_bytes());
            bytes.push(0);
            Ok(())
        };
        field(self.mark.as_ref())?;
        field(
            self.group
                .map(|group| group.to_string())
                .unwrap_or_default()
                .as_ref(),
        )?;
        field(self.cwd.clone().unwrap_or_default().as_ref())?;
        field(self.command.len().to_string().as_ref())?;
        for word in &self.command {
            field(word)?;
        }
        for (name, value) in &self.env {
            field(name)?;
            field(value)?;
        }
        Ok(bytes)
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let Some((0, bytes)) = bytes.split_last() else {
            bail!("the request is cut");
        };
        let mut fields = bytes
            .split(|byte| *byte == 0)
            .map(|field| OsString::from_vec(field.to_vec()));
        let mut field = || fields.next().context("the request is cut");
        let some = |path: OsString| (!path.is_empty()).then(|| PathBuf::from(path));
        let mark = field()?.to_string_lossy().into_owned();
        let group = field()?.to_string_lossy().parse().ok();
        let cwd = some(field()?);
        let words: usize = field()?.to_string_lossy().parse()?;
        let command = (0..words).map(|_| field()).collect::<Result<_>>()?;
        let mut env = Vec::new();
        while let Ok(name) = field() {
            env.push((name, field()?));
        }
        Ok(Self {
            mark,
            group,
            cwd,
            command,
            env,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            mark: "12ab".into(),
            group: Some(77),
            cwd: Some("/a b".into()),
            command: vec!["mpiexec".into(), "".into(), OsString::from_vec(vec![255])],
            env: vec![("EMPTY".into(), "".into()), ("NAME".into(), "x=y".into())],
        }
    }

    #[test]
    fn arrives_as_it_was_sent_with_the_standard_input() {
        let (mut here, mut there) = UnixStream::pair().unwrap();
        let (file, mut other) = UnixStream::pair().unwrap();
        request().send(&mut here, Some(file.as_fd())).unwrap();
        let (received, stdin) = Request::receive(&mut there).unwrap();
        assert_eq!(received, request());
        UnixStream::from(stdin.unwrap()).write_all(b"!").unwrap();
        other.read_exact(&mut [0]).unwrap();
        Request::default().send(&mut here, None).unwrap();
        let (received, stdin) = Request::receive(&mut there).unwrap();
        assert_eq!(received, Request::default());
        assert!(stdin.is_none());
    }

    #[test]
    fn a_zero_byte_is_refused_and_a_cut_request_too() {
        let command = vec![OsString::from_vec(vec![b'a', 0, b'b'])];
        assert!(
            Request {
                command,
                ..request()
            }
            .encode()
            .is_err()
        );
        let whole = request().encode().unwrap();
        assert!(Request::decode(&whole[..8]).is_err());
        assert!(Request::decode(&[]).is_err());
    }
}

//! One request to a board, within a deadline: HTTP/1.1 as a board speaks it, and no more. A client of the
//! network's size would take longer to build than all of the command's own code.

use crate::message::PORT;
use std::{
    io::{self, ErrorKind, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs},
    time::{Duration, Instant},
};

/// No answer of a board is larger.
const ANSWER: u64 = 64 << 10;

/// What a board has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, such as 200.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// The host and the port of an address as people type it: `10.0.0.5`, `10.0.0.5:8100`, `[::1]:8100`,
/// `http://laptop.local:8100/`.
///
/// # Errors
/// When it is none.
pub fn address(typed: &str) -> Result<(String, u16), String> {
    let wrong =
        || format!("`{typed:.80}` is not the address of a board, such as 192.168.1.20:{PORT}");
    let plain = typed.trim();
    let plain = plain.strip_prefix("http://").unwrap_or(plain);
    let plain = plain.strip_suffix('/').unwrap_or(plain);
    if let Ok(ip) = plain.parse::<IpAddr>() {
        return Ok((ip.to_string(), PORT));
    }
    if let Ok(socket) = plain.parse::<SocketAddr>() {
        return Ok((socket.ip().to_string(), socket.port()));
    }
    let (host, port) = match plain.split_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
        None => (plain, PORT),
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    if host.is_empty() || host.len() > 253 || !host.bytes().all(allowed) {
        return Err(wrong());
    }
    Ok((host.to_owned(), port))
}

/// Posts JSON, and waits for the answer until the deadline. Only looking up a name can take longer.
///
/// # Errors
/// When the board cannot be reached, when it does not answer in time, and when what answers is no board.
pub fn post(
    (host, port): (&str, u16),
    path: &str,
    token: Option<&str>,
    body: &[u8],
    deadline: Instant,
) -> io::Result<Answer> {
    let mut stream = connect(host, port, deadline)?;
    // By its number, so that the board need not know its own names.
    let there = stream.peer_addr()?;
    let bearer = token.map_or_else(String::new, |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {there}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{bearer}Connection: close\r\n\r\n",
        body.len()
    );
    stream.set_write_timeout(Some(left(deadline)?))?;
    let request = [head.as_bytes(), body].concat();
    // A board that refuses a request may answer before it has read it all.
    let written = stream.write_all(&request);
    let mut answer = Vec::new();
    let read = read_until(&mut stream, deadline, &mut answer);
    match parse(&answer) {
        Some(answer) => Ok(answer),
        None => {
            written?;
            read?;
            Err(io::Error::new(
                ErrorKind::InvalidData,
                "what answers there is not a board",
            ))
        }
    }
}

fn connect(host: &str, port: u16, deadline: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for there in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&there, left(deadline)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    Ok(left)
}

fn read_until(stream: &mut TcpStream, deadline: Instant, answer: &mut Vec<u8>) -> io::Result<()> {
    let mut part = [0; 4096];
    while (answer.len() as u64) < ANSWER {
        stream.set_read_timeout(Some(left(deadline)?))?;
        match stream.read(&mut part) {
            Ok(0) => return Ok(()),
            Ok(many) => answer.extend_from_slice(&part[..many]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // What a read that has run out of time says, by system.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return Err(ErrorKind::TimedOut.into());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The status, and the body when it is whole.
fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    })?;
    let body = answer.get(end + 4..)?.get(..length)?;
    Some(Answer {
        status: status.parse().ok()?,
        body: body.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_understood_as_people_type_it() {
        for (typed, host, port) in [
            ("10.0.0.5", "10.0.0.5", PORT),
            ("10.0.0.5:99", "10.0.0.5", 99),
            ("http://laptop.local:81/", "laptop.local", 81),
            ("[::1]:99", "::1", 99),
            ("::1", "::1", PORT),
            (" laptop ", "laptop", PORT),
        ] {
            assert_eq!(address(typed), Ok((host.to_owned(), port)), "{typed}");
        }
        for typed in ["", ":80", "a:b", "a b", "https://a", "a/b", "a:99999"] {
            assert!(address(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn an_answer_counts_only_when_it_is_whole() {
        let whole = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno";
        let answer = Answer {
            status: 403,
            body: b"no".to_vec(),
        };
        assert_eq!(parse(whole), Some(answer));
        assert!((0..whole.len()).all(|end| parse(&whole[..end]).is_none()));
    }

    proptest! {
        #[test]
        fn whatever_answers_is_read(bytes: Vec<u8>, typed: String) {
            let _ = parse(&bytes);
            let _ = parse(&[b"HTTP/1.1 200 OK\r\ncontent-length:", &bytes[..]].concat());
            let _ = address(&typed);
        }
    }
}

//! A room without a network: a folder that all participants can reach, as on a cluster.
//!
//! The board's owner makes the folder so that others can put files into it and cannot list it ([`MODE`]).
//! A participant has one file there, whose name nobody can guess, and which only she can write: first a
//! line with [`Joining`], then one for each [`Event`]. The board answers with a file beside it: an empty one, or one
//! with the reason why she is not let in, or not any more.

use crate::message::{BODY, Code, Event, Joining, SCHEMA, Token};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The folder's permissions: others put files in and open those that they know the names of; they cannot
/// list it, and the sticky bit keeps them from removing what is not theirs.
pub const MODE: u32 = 0o1733;
/// The file by which a participant sees that the folder is a room.
pub const SIGN: &str = "room.json";
/// How the names of participants' files end.
pub const SAID: &str = "jsonl";
/// How the name of the board's answer ends: she is in.
pub const WELCOME: &str = "welcome";
/// The same: she is not, for the reason that is in the file.
pub const REFUSED: &str = "refused";

/// What [`SIGN`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// [`SCHEMA`].
    pub schema: u32,
}

/// A participant's file, or the answer to it.
pub fn path(folder: &Path, token: &Token, ending: &str) -> PathBuf {
    folder.join(token.as_str()).with_extension(ending)
}

/// Whether a board has made this folder a room.
///
/// # Errors
/// Says what is wrong with it.
pub fn look(folder: &Path) -> io::Result<Sign> {
    let sign: Sign = serde_json::from_slice(&fs::read(folder.join(SIGN))?)?;
    if sign.schema == SCHEMA {
        Ok(sign)
    } else {
        let message = "its board is of another version of the workbook";
        Err(io::Error::new(ErrorKind::Unsupported, message))
    }
}

/// Puts a new participant's file into the folder. The board finds it whole.
///
/// # Errors
/// When it cannot be written.
pub fn join(folder: &Path, token: &Token, joining: &Joining) -> io::Result<()> {
    let path = path(folder, token, SAID);
    // The board looks for other endings.
    let new = path.with_extension("new");
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    let written = write_first(file, joining).and_then(|()| fs::rename(&new, &path));
    if written.is_err() {
        // What failed is worth saying, not that its remains could not be removed.
        let _ = fs::remove_file(&new);
    }
    written
}

fn write_first(mut file: File, joining: &Joining) -> io::Result<()> {
    // The board is another user, whatever the mask is.
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.write_all(&line(joining)?)?;
    file.sync_all()
}

/// The longest reason, in bytes.
const REASON: u64 = 1024;

/// Why a board does not take what is in a participant's file; none as long as it does.
///
/// # Errors
/// When its answer is there and cannot be read.
pub fn refusal(folder: &Path, token: &Token) -> io::Result<Option<String>> {
    let mut text = Vec::new();
    match File::open(path(folder, token, REFUSED)) {
        Ok(file) => file.take(REASON).read_to_end(&mut text)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

/// Whether a participant has joined the room of this code, and the board has not refused her.
pub fn is_in(folder: &Path, token: &Token, code: &Code) -> bool {
    let mut first = String::new();
    let read = File::open(path(folder, token, SAID))
        .and_then(|file| BufReader::new(file.take(BODY as u64)).read_line(&mut first));
    let joining = serde_json::from_str::<Joining>(&first);
    let is_same = read.is_ok() && joining.is_ok_and(|joining| joining.code == *code);
    is_same && refusal(folder, token).is_ok_and(|refusal| refusal.is_none())
}

/// Appends events to a participant's file.
///
/// # Errors
/// When it is gone, or cannot be written.
pub fn append(folder: &Path, token: &Token, events: &[Event]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .open(path(folder, token, SAID))?;
    let mut bytes = Vec::new();
    // A line that was torn off is no part of the next one.
    if file.seek(SeekFrom::End(-1)).is_ok() {
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            bytes.push(b'\n');
        }
    }
    for event in events {
        bytes.extend(line(event)?);
    }
    file.write_all(&bytes)?;
    file.sync_data()
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

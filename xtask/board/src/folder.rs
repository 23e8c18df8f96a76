//! The same participants by files in a shared folder: see [`room::folder`]. Whatever lies there was put there
//! by others: only plain files with the names of participants' are opened, and only so much of them is read.

use crate::{
    class::Known,
    door::{Door, From, Refusal},
};
use anyhow::{Context, Result, bail};
use room::Token;
use room::folder::{MODE, REFUSED, SAID, SIGN, Sign, WELCOME, path};
use room::message::{BODY, EVENTS, Events, Joining, SCHEMA};
use rustix::fs::{Mode, OFlags, open};
use serde_json::Value;
use std::{
    collections::HashMap,
    fs::{self, File, Permissions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

/// So often is looked.
const LOOK: Duration = Duration::from_secs(1);
/// The files that are looked at, of all that others may put there.
const FILES: usize = 4096;

/// A room in a folder.
#[derive(Debug)]
pub struct Shared {
    folder: PathBuf,
    door: Arc<Door>,
    /// How far each participant's file was read.
    read: HashMap<Token, u64>,
}

impl Shared {
    /// Makes the folder a room: one that is not there, that is empty, or that is a room already.
    ///
    /// # Errors
    /// When it cannot be that, or holds something else.
    pub fn open(folder: &Path, door: Arc<Door>) -> Result<Self> {
        let folder = std::path::absolute(folder).context("asking for the current folder")?;
        let shown = folder.display();
        fs::create_dir_all(&folder).with_context(|| format!("making the folder {shown}"))?;
        let sign = folder.join(SIGN);
        let mut entries = fs::read_dir(&folder).with_context(|| format!("reading {shown}"))?;
        if !sign.exists() && entries.next().is_some() {
            bail!("{shown} holds other files; name a folder that is new or empty");
        }
        fs::set_permissions(&folder, Permissions::from_mode(MODE)).with_context(|| {
            format!("letting participants put files into {shown}, which must be a folder of yours")
        })?;
        let text = serde_json::to_vec(&Sign { schema: SCHEMA })?;
        fs::write(&sign, text)
            .and_then(|()| fs::set_permissions(&sign, Permissions::from_mode(0o644)))
            .with_context(|| format!("writing {}", sign.display()))?;
        Ok(Self {
            folder,
            door,
            read: HashMap::new(),
        })
    }

    /// Looks again and again, until the process ends.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn follow(mut self) -> io::Result<()> {
        let follow = move || {
            let mut well = true;
            loop {
                let looked = self.look();
                if let (true, Err(error)) = (well, &looked) {
                    eprintln!("reading {}: {error}", self.folder.display());
                }
                // Said once: a network's folder comes back.
                well = looked.is_ok();
                thread::sleep(LOOK);
            }
        };
        let thread = thread::Builder::new().name("folder".to_owned());
        thread.spawn(follow).map(drop)
    }

    /// Reads what is new.
    ///
    /// # Errors
    /// When the folder cannot be read. A file that cannot be is passed over until the next time.
    pub fn look(&mut self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)?.take(FILES) {
            let name = entry?.file_name();
            let Some((token, ending)) = name.to_str().and_then(|name| name.split_once('.')) else {
                continue;
            };
            let Ok(token) = Token::new(token) else {
                continue;
            };
            if ending == SAID {
                // The others go on.
                let _ = self.file(&token);
            } else if ending == REFUSED && !path(&self.folder, &token, SAID).exists() {
                // She has read it.
                let _ = fs::remove_file(path(&self.folder, &token, REFUSED));
            }
        }
        Ok(())
    }

    fn file(&mut self, token: &Token) -> io::Result<()> {
        let known = self.door.known(token);
        if known == Known::Left || path(&self.folder, token, REFUSED).exists() {
            return Ok(());
        }
        let mut file = open_plain(&path(&self.folder, token, SAID))?;
        let from = self.read.get(token).copied().unwrap_or(0);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut file)
            .take(BODY as u64)
            .read_to_end(&mut bytes)?;
        let full = bytes.len() == BODY;
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let Some(end) = end.map(|end| end + 1) else {
            if full {
                // No line is that long: nothing that the command has written.
                self.read.insert(token.clone(), from + bytes.len() as u64);
            }
            return Ok(());
        };
        let mut lines = bytes[..end].split_inclusive(|byte| *byte == b'\n');
        let mut read = 0;
        if from == 0 {
            let first = lines.next().unwrap_or_default();
            read += first.len();
            if known == Known::No && !self.join(token, first, file.metadata()?.uid())? {
                return Ok(());
            }
        }
        let mut events = Vec::new();
        for line in lines.take(EVENTS) {
            read += line.len();
            // A torn line; what it was to say was said again behind it.
            events.extend(serde_json::from_slice::<Value>(line));
        }
        let told = Events {
            schema: SCHEMA,
            events,
        };
        if let Err(Refusal::TooMuch) = self.door.tell(token, told, read) {
            return Ok(());
        }
        self.read.insert(token.clone(), from + read as u64);
        Ok(())
    }

    /// Lets the owner of a file in, and puts the answer beside it: why not, if she is not let in.
    fn join(&self, token: &Token, line: &[u8], owner: u32) -> io::Result<bool> {
        let joined = match serde_json::from_slice::<Joining>(line) {
            Ok(joining) => self
                .door
                .join(From::User(owner), &joining, Some(token.clone())),
            Err(error) => {
                let why = format!("the request makes no sense: {error}");
                return self.answer(token, REFUSED, &why).map(|()| false);
            }
        };
        match joined {
            Ok((_, written)) => {
                written.blocking_recv().map_err(io::Error::other)?;
                self.answer(token, WELCOME, "").map(|()| true)
            }
            // Later, then.
            Err(Refusal::Guessing | Refusal::NotWritten | Refusal::TooMuch) => Ok(false),
            // The code was right when she was let in.
            Err(Refusal::WrongCode) if path(&self.folder, token, WELCOME).exists() => self
                .answer(token, REFUSED, Refusal::Stranger.message())
                .map(|()| false),
            Err(refusal) => self
                .answer(token, REFUSED, refusal.message())
                .map(|()| false),
        }
    }

    /// Puts an answer beside a participant's file. She sees it whole.
    fn answer(&self, token: &Token, ending: &str, text: &str) -> io::Result<()> {
        let path = path(&self.folder, token, ending);
        let new = path.with_extension("answer");
        let mut file = File::create(&new)?;
        // She is another user, whatever the mask is.
        file.set_permissions(Permissions::from_mode(0o644))?;
        file.write_all(text.as_bytes())?;
        fs::rename(&new, &path)
    }
}

/// Opens a plain file: no link to one elsewhere, and no pipe, which would wait for a writer.
fn open_plain(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(open(path, flags, Mode::empty())?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}

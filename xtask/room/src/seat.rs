//! The participant's side: the room that a workbook has joined, in `.workbook/room/`. Each check is written
//! down there first and sent then; what could not be sent stays, and is sent by a later command.

use crate::{
    folder,
    message::{
        Acknowledged, BODY, Check, Code, EVENTS, Event, Events, JOIN, Joined, Joining, Name,
        Outcome, SAY, SCHEMA, Token, What,
    },
    post::{Answer, address, post},
};
use anyhow::{Context, Result, anyhow, bail};
use course::durable;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use verdict::{Report, Status};

/// The folder, from the workbook's.
const FOLDER: &str = ".workbook/room";
const SEAT: &str = "seat.json";
const QUEUE: &str = "queue.jsonl";
const LOCK: &str = "lock";

/// So long may a command that is not about the room take for it: a third to note something, the rest to send it.
pub const BACKGROUND: Duration = Duration::from_millis(300);
/// The third.
pub const NOTING: Duration = Duration::from_millis(100);
/// So often is looked whether another command has done with the room's files.
const LOOK: Duration = Duration::from_millis(2);
/// So long may a command that is about it.
const FOREGROUND: Duration = Duration::from_secs(5);
/// A board that has not answered in time is left alone so long: else each check would wait for it.
const PAUSE: u64 = 30;
/// The bytes that wait at most; when there are more, the oldest are given up.
const WAITING: usize = 1 << 20;

/// What is kept of a room.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    schema: u32,
    way: Way,
    token: Token,
    #[serde(default)]
    name: Option<Name>,
    /// The number of the next event.
    next: u64,
    /// What each task came to last, by exercise and name, and how often in a row.
    #[serde(default)]
    last: BTreeMap<String, (Outcome, u32)>,
    /// Until then no command in the background asks a board that did not answer; in seconds since 1970.
    #[serde(default)]
    pause: u64,
    /// The board does not know the participant any more.
    #[serde(default)]
    stranger: bool,
}

/// How a room is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Way {
    /// By a board's address.
    Board(String),
    /// By a shared folder.
    Folder(PathBuf),
}

/// An event as it waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    /// By this machine's clock, which is only compared with itself.
    at: u64,
    event: Event,
}

/// The room that a workbook has joined.
#[derive(Clone, Debug)]
pub struct Seat {
    folder: PathBuf,
}

/// What came of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Nothing waits any more.
    All,
    /// Some of it waits for the next command, for this reason.
    Later(String),
    /// The board does not take what this participant says, for this reason: it is another room now.
    Stranger(String),
}

impl Seat {
    /// The room that the workbook in `root` has joined, if it has.
    pub fn of(root: &Path) -> Option<Self> {
        let folder = root.join(FOLDER);
        folder.join(SEAT).exists().then_some(Self { folder })
    }

    /// Joins the room of a board, and leaves any other.
    ///
    /// # Errors
    /// When the board cannot be reached or does not let her in; the workbook is in the room then in which
    /// it was before.
    pub fn join(
        root: &Path,
        typed: &str,
        code: Code,
        name: Option<Name>,
    ) -> Result<(Self, String)> {
        let (host, port) = address(typed).map_err(|error| anyhow!(error))?;
        let shown = show(&host, port);
        let way = Way::Board(shown.clone());
        let joining = Joining {
            schema: SCHEMA,
            code,
            name: name.clone(),
            before: Self::token_of(root, &way),
        };
        let body = serde_json::to_vec(&joining)?;
        let deadline = Instant::now() + FOREGROUND;
        let answer = within(deadline, {
            let host = host.clone();
            move || post((&host, port), JOIN, None, &body, deadline)
        })
        .map_err(|error| unreachable(&shown, &error))?;
        let joined: Joined = match answer.status {
            200 => read(&answer).with_context(|| no_board(&shown))?,
            status => bail!("{}", refusal(&shown, status, &answer)),
        };
        let seat = Self::take(root, way, joined.token, name)?;
        Ok((seat, one_line(&joined.shown)))
    }

    /// Joins the room in a shared folder, and leaves any other. Returns whether the board has answered.
    ///
    /// # Errors
    /// When the folder is no room, or the board does not let her in.
    pub fn join_folder(
        root: &Path,
        shared: &Path,
        code: Code,
        name: Option<Name>,
    ) -> Result<(Self, bool)> {
        let shared = std::path::absolute(shared).context("asking for the current folder")?;
        folder::look(&shared).with_context(|| {
            format!(
                "{} is not a room; is the path right, and has the instructor started `cargo xtask board \
                 --folder` with it?",
                shared.display()
            )
        })?;
        let way = Way::Folder(shared.clone());
        let before = Self::token_of(root, &way);
        if let Some(token) = before.filter(|token| folder::is_in(&shared, token, &code)) {
            // She is in this room already, and may want another name.
            let seat = Self::take(root, way, token, name.clone())?;
            if let Some(name) = name {
                seat.note(What::Rename { name }, FOREGROUND)?;
            }
            let answered = seat.send_now() == Sent::All;
            return Ok((seat, answered));
        }
        let token = Token::draw().context("drawing a random number")?;
        let joining = Joining {
            schema: SCHEMA,
            code,
            name: name.clone(),
            before: None,
        };
        folder::join(&shared, &token, &joining)
            .with_context(|| format!("writing a file in {}", shared.display()))?;
        let deadline = Instant::now() + FOREGROUND;
        let mut answered = false;
        while !answered && Instant::now() < deadline {
            if let Some(why) = folder::refusal(&shared, &token)? {
                // It is ours, and of no use any more; the board clears away what stays.
                let _ = fs::remove_file(folder::path(&shared, &token, folder::SAID));
                bail!("{}", one_line(&why));
            }
            answered = folder::path(&shared, &token, folder::WELCOME).exists();
            thread::sleep(Duration::from_millis(50));
        }
        let seat = Self::take(root, way, token, name)?;
        Ok((seat, answered))
    }

    /// The token by which the same room knows her. No other board gets to see it.
    fn token_of(root: &Path, way: &Way) -> Option<Token> {
        let kept = Self::of(root)?.read().ok()?;
        (kept.way == *way).then_some(kept.token)
    }

    fn take(root: &Path, way: Way, token: Token, name: Option<Name>) -> Result<Self> {
        let before = Self::of(root);
        let kept = before.as_ref().and_then(|seat| seat.read().ok());
        let kept = kept.filter(|kept| kept.way == way);
        if let Some(before) = before.filter(|_| kept.is_none()) {
            // Only so that its board does not wait for her: she has joined another one.
            let _ = before.leave();
        }
        let folder = root.join(FOLDER);
        // What is in it lets others speak in her name.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("making the folder {}", folder.display()))?;
        let seat = Self { folder };
        let _lock = seat.lock(Instant::now() + FOREGROUND)?;
        if let Some(mut kept) = kept.filter(|kept| kept.token == token) {
            // She is who she was. Read again: now nothing changes it.
            kept = seat.read().unwrap_or(kept);
            kept.name = name.or(kept.name);
            kept.pause = 0;
            kept.stranger = false;
            seat.write(&kept)?;
            return Ok(seat);
        }
        // What waited was said by the one who she was before.
        seat.write_queue(&[]).context("clearing what waits")?;
        seat.write(&Kept {
            schema: SCHEMA,
            way,
            token,
            name,
            next: 1,
            last: BTreeMap::new(),
            pause: 0,
            stranger: false,
        })?;
        Ok(seat)
    }

    /// Tells the board that she leaves, and forgets the room. Returns whether the board knows.
    ///
    /// # Errors
    /// When the room's files cannot be removed.
    pub fn leave(&self) -> Result<bool> {
        let told = self.note(What::Leave, FOREGROUND).is_ok() && self.send(FOREGROUND) == Sent::All;
        fs::remove_dir_all(&self.folder)
            .with_context(|| format!("removing {}", self.folder.display()))?;
        Ok(told)
    }

    /// Notes what a check found, to be sent; `passed` tells which tasks passed before.
    ///
    /// # Errors
    /// When it cannot be written, or not in this time: no check waits for another command, or for a slow disk.
    pub fn check(
        &self,
        report: &Report,
        passed: impl Fn(&str) -> bool,
        time: Duration,
    ) -> Result<()> {
        let deadline = Instant::now() + time;
        let (seat, report) = (self.clone(), report.clone());
        let passed: Vec<String> = (report.tasks.iter())
            .map(|task| task.name.clone())
            .filter(|task| passed(task))
            .collect();
        within(deadline, move || {
            seat.note_check(&report, &passed, deadline)
                .map_err(|error| io::Error::other(format!("{error:#}")))
        })
        .context("writing it down for the board")
    }

    fn note_check(&self, report: &Report, passed: &[String], deadline: Instant) -> Result<()> {
        let _lock = self.lock(deadline)?;
        let mut kept = self.read()?;
        let times = |task: &str, outcome: Outcome| {
            let again = passed.iter().any(|it| it == task) && outcome.status == Status::Passed;
            let key = format!("{}.{task}", report.exercise);
            let times = match kept.last.get(&key) {
                Some((last, times)) if *last == outcome => times.saturating_add(1),
                // What passed before the room was joined does not pass for the first time.
                None if again => 2,
                _ => 1,
            };
            kept.last.insert(key, (outcome, times));
            times
        };
        let Some(check) = Check::of(report, times) else {
            return Ok(());
        };
        self.append(kept, What::Check(check))
    }

    /// Notes a hand, to be sent.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn hand(&self, up: bool) -> Result<()> {
        self.note(What::Hand { up }, FOREGROUND)
    }

    fn note(&self, what: What, time: Duration) -> Result<()> {
        let _lock = self.lock(Instant::now() + time)?;
        self.append(self.read()?, what)
    }

    /// The room, as a person would name it.
    ///
    /// # Errors
    /// When what is kept of it cannot be read.
    pub fn place(&self) -> Result<String> {
        Ok(match self.read()?.way {
            Way::Board(address) => address,
            Way::Folder(path) => path.display().to_string(),
        })
    }

    /// How many events wait to be sent.
    pub fn waiting(&self) -> usize {
        self.queue().map_or(0, |queue| queue.len())
    }

    /// Sends what waits, unless the board has just proved not to answer.
    pub fn send_in_background(&self) -> Sent {
        match self.read() {
            // Not when a clock was set back since.
            Ok(kept) if kept.pause > now() && kept.pause <= now() + PAUSE => {
                Sent::Later("the board did not answer a moment ago".to_owned())
            }
            // She was told once.
            Ok(kept) if kept.stranger => {
                Sent::Later("the board does not take what you say".to_owned())
            }
            _ => self.send(BACKGROUND - NOTING),
        }
    }

    /// Sends what waits, as a command that the user waits for.
    pub fn send_now(&self) -> Sent {
        self.send(FOREGROUND)
    }

    /// Sends what waits, within this time.
    fn send(&self, time: Duration) -> Sent {
        let deadline = Instant::now() + time;
        loop {
            let sent = self.send_some(deadline);
            match sent {
                Ok(true) => {}
                Ok(false) => return Sent::All,
                Err(Trouble::Stranger(why)) => {
                    self.change(deadline, |kept| kept.stranger = true);
                    return Sent::Stranger(one_line(&why));
                }
                Err(Trouble::Other(error)) => {
                    if error.kind() == ErrorKind::TimedOut {
                        self.change(deadline, |kept| kept.pause = now() + PAUSE);
                    }
                    return Sent::Later(reason(&error));
                }
            }
        }
    }

    /// Sends as much as fits into one request; false when nothing waits.
    fn send_some(&self, deadline: Instant) -> Result<bool, Trouble> {
        let (kept, queue) = {
            let _lock = self.lock(deadline)?;
            (self.read().map_err(io::Error::other)?, self.queue()?)
        };
        let mut events = Vec::new();
        let mut bytes = 0;
        for mut waiting in queue {
            // A clock that was set since must not say nonsense.
            waiting.event.ago = now().saturating_sub(waiting.at);
            bytes += serde_json::to_vec(&waiting.event)
                .map_err(io::Error::other)?
                .len()
                + 1;
            if events.len() == EVENTS || (bytes > BODY / 2 && !events.is_empty()) {
                break;
            }
            events.push(waiting.event);
        }
        let Some(last) = events.last().map(|event| event.number) else {
            return Ok(false);
        };
        let number = match kept.way {
            Way::Board(shown) => {
                let (host, port) = address(&shown).map_err(io::Error::other)?;
                let schema = SCHEMA;
                let body =
                    serde_json::to_vec(&Events { schema, events }).map_err(io::Error::other)?;
                let answer = within(deadline, move || {
                    let token = Some(kept.token.as_str());
                    post((&host, port), SAY, token, &body, deadline)
                })?;
                match answer.status {
                    200 => read::<Acknowledged>(&answer)?.number,
                    401 => return Err(Trouble::Stranger(said(&answer))),
                    status => {
                        let text = format!("the board answered with the status {status}");
                        return Err(io::Error::other(text).into());
                    }
                }
            }
            Way::Folder(shared) => {
                let refused = within(deadline, move || {
                    let refused = folder::refusal(&shared, &kept.token)?;
                    if refused.is_none() {
                        folder::append(&shared, &kept.token, &events)?;
                    }
                    Ok(refused)
                })?;
                match refused {
                    Some(why) => return Err(Trouble::Stranger(why)),
                    None => last,
                }
            }
        };
        let _lock = self.lock(deadline)?;
        let rest = self.queue()?;
        let rest = rest
            .into_iter()
            .filter(|waiting| waiting.event.number > number);
        self.write_queue(&rest.collect::<Vec<_>>())?;
        // An answer that acknowledges nothing would be asked for again and again.
        if number < last {
            return Err(io::Error::other("the board did not take all of it").into());
        }
        Ok(true)
    }

    /// Waits until no other command is at the room's files.
    fn lock(&self, deadline: Instant) -> io::Result<File> {
        let path = self.folder.join(LOCK);
        let file = File::create(&path)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => {
                    let message = format!("another command has locked {}", path.display());
                    return Err(io::Error::new(ErrorKind::WouldBlock, message));
                }
            }
        }
    }

    fn read(&self) -> Result<Kept> {
        let path = self.folder.join(SEAT);
        let kept: Kept = fs::read(&path)
            .map_err(anyhow::Error::from)
            .and_then(|text| Ok(serde_json::from_slice(&text)?))
            .with_context(|| {
                format!(
                    "reading {}; `cargo xtask join` with an address makes it anew",
                    path.display()
                )
            })?;
        Ok(kept)
    }

    fn write(&self, kept: &Kept) -> Result<()> {
        let path = self.folder.join(SEAT);
        durable::write(&path, &serde_json::to_vec_pretty(kept)?)
            .with_context(|| format!("writing {}", path.display()))
    }

    /// Changes what is kept, where that is possible: nothing depends on it.
    fn change(&self, deadline: Instant, change: impl FnOnce(&mut Kept)) {
        let changed = || -> Result<()> {
            let _lock = self.lock(deadline)?;
            let mut kept = self.read()?;
            change(&mut kept);
            self.write(&kept)
        };
        let _ = changed();
    }

    fn append(&self, mut kept: Kept, what: What) -> Result<()> {
        let event = Event {
            number: kept.next,
            ago: 0,
            what,
        };
        kept.next += 1;
        // First: no number is given twice, whatever happens.
        self.write(&kept)?;
        let path = self.folder.join(QUEUE);
        let mut line = serde_json::to_vec(&Waiting { at: now(), event })?;
        line.push(b'\n');
        let mut written = || -> io::Result<()> {
            let mut bytes = fs::read(&path).or_else(|error| match error.kind() {
                ErrorKind::NotFound => Ok(Vec::new()),
                _ => Err(error),
            })?;
            if bytes.last().is_some_and(|last| *last != b'\n') {
                line.insert(0, b'\n');
            }
            if bytes.len() + line.len() > WAITING {
                bytes.extend(&line);
                let from = bytes.len() - WAITING / 2;
                let cut = bytes[from..].iter().position(|byte| *byte == b'\n');
                return durable::write(&path, &bytes[from + cut.map_or(0, |at| at + 1)..]);
            }
            let mut file = OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(&path)?;
            file.write_all(&line)
        };
        written().with_context(|| format!("writing {}", path.display()))
    }

    /// What waits. A line that makes no sense was torn off, and was never acknowledged.
    fn queue(&self) -> io::Result<Vec<Waiting>> {
        match fs::read(self.folder.join(QUEUE)) {
            Ok(text) => Ok(text
                .split(|byte| *byte == b'\n')
                .filter_map(|line| serde_json::from_slice(line).ok())
                .collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn write_queue(&self, queue: &[Waiting]) -> io::Result<()> {
        if queue.is_empty() {
            return fs::remove_file(self.folder.join(QUEUE)).or_else(|error| match error.kind() {
                ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            });
        }
        let mut bytes = Vec::new();
        for waiting in queue {
            serde_json::to_writer(&mut bytes, waiting)?;
            bytes.push(b'\n');
        }
        durable::write(&self.folder.join(QUEUE), &bytes)
    }
}

/// Why something is not sent.
enum Trouble {
    Stranger(String),
    Other(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Other(error)
    }
}

/// Does it on a thread that is left alone when it takes too long, as a look-up of a name or a folder of a
/// network can. It ends with the process.
fn within<T: Send + 'static>(
    deadline: Instant,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (done, result) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        // Nobody waits for it any more, then.
        let _ = done.send(work());
    })?;
    let left = deadline.saturating_duration_since(Instant::now());
    result
        .recv_timeout(left)
        .unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> io::Result<T> {
    Ok(serde_json::from_slice(&answer.body)?)
}

fn show(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::TimedOut => "the board does not answer".to_owned(),
        ErrorKind::ConnectionRefused => "no board is running there".to_owned(),
        _ => error.to_string(),
    }
}

fn unreachable(shown: &str, error: &io::Error) -> anyhow::Error {
    anyhow!(
        "no board can be reached at {shown}: {}. Compare the address with the one that the board shows. If it \
         is right, the board may listen on its own machine only (the instructor starts it with `--listen`), or \
         the two machines may be in different networks",
        reason(error)
    )
}

fn no_board(shown: &str) -> String {
    format!("what answers at {shown} is not a board of this version of the workbook")
}

fn refusal(shown: &str, status: u16, answer: &Answer) -> String {
    match status {
        // The board says it best.
        400 | 403 | 429 | 503 => said(answer),
        _ => no_board(shown),
    }
}

/// What a board has said, as a terminal can show it.
fn said(answer: &Answer) -> String {
    one_line(&String::from_utf8_lossy(&answer.body))
}

/// Whoever answers may not be a board: no text of it moves the cursor, or floods the screen.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

//! What is kept of a room: one file, to which lines are appended. A line counts once it is on the disk; the
//! next start reads all of them again, and cuts off a last one that a crash has torn.

use anyhow::{Context, Result, bail};
use room::{Code, Event, Name, Token};
use serde::{Deserialize, Serialize};
use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError, rename},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};
use tokio::sync::oneshot;

/// The folder, from the workbook's.
pub const FOLDER: &str = ".workbook/board";
const FILE: &str = "events.jsonl";
const LOCK: &str = "lock";

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When, in milliseconds of the board's clock since 1970.
    pub at: u64,
    /// What.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Entry {
    /// The room was opened.
    Opened {
        /// Its code.
        code: Code,
        /// What the address of the instructor's page holds.
        key: Token,
        /// What that of the projector's holds, which never shows names.
        #[serde(default)]
        projector: Option<Token>,
    },
    /// Somebody has joined, for the first time or again.
    Joined {
        /// Her place among those who have joined.
        #[serde(default)]
        who: Option<usize>,
        /// Her token.
        token: Token,
        /// Her name.
        name: Option<Name>,
    },
    /// Somebody tells something.
    Told {
        /// The participant's place among those who have joined.
        who: usize,
        /// What she tells.
        event: Event,
    },
}

/// The records of a file, and how many of its lines made no sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// In order.
    pub records: Vec<Record>,
    /// So many bytes are whole lines.
    pub whole: usize,
    /// Lines that are whole and make no sense: a disk's fault.
    pub strange: usize,
}

/// Reads what a file holds, whatever it is.
pub fn replay(bytes: &[u8]) -> Replayed {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    let whole = end.map_or(0, |end| end + 1);
    let mut replayed = Replayed {
        whole,
        ..Replayed::default()
    };
    for line in bytes[..whole].split_inclusive(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(record) => replayed.records.push(record),
            Err(_) => replayed.strange += 1,
        }
    }
    replayed
}

/// The room's file, held by this process alone.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    file: File,
    _lock: File,
}

impl Book {
    /// Opens the file, and reads what is in it. `anew` puts an earlier one aside first, under a name with the
    /// next free number.
    ///
    /// # Errors
    /// When another board has it open, or it cannot be read or written.
    pub fn open(folder: &Path, anew: bool) -> Result<(Self, Replayed)> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("making the folder {}", folder.display()))?;
        let lock = File::create(folder.join(LOCK))
            .with_context(|| format!("making a file in {}", folder.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "a board of this workbook is running already; end it with Ctrl-C in its terminal, or open its \
                 page"
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {}", folder.display()));
            }
        }
        let path = folder.join(FILE);
        if anew && path.exists() {
            let names = (1..).map(|number| folder.join(format!("events-{number}.jsonl")));
            let aside = names.into_iter().find(|name| !name.exists());
            let aside = aside.context("finding a name for the last room's events")?;
            rename(&path, &aside)
                .with_context(|| format!("renaming {} to {}", path.display(), aside.display()))?;
        }
        let reading = || format!("reading {}", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(reading)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(reading)?;
        let replayed = replay(&bytes);
        file.set_len(replayed.whole as u64)
            .and_then(|()| file.seek(SeekFrom::End(0)))
            .and_then(|_| file.sync_all())
            // The name reaches the disk with the folder.
            .and_then(|()| File::open(folder)?.sync_all())
            .with_context(|| format!("preparing {} for what is to come", path.display()))?;
        let book = Self {
            path,
            file,
            _lock: lock,
        };
        Ok((book, replayed))
    }

    /// Writes lines, and returns when they are on the disk.
    ///
    /// # Errors
    /// When they are not: some of them may be.
    pub fn write(&mut self, records: &[Record]) -> Result<()> {
        let mut bytes = Vec::new();
        for record in records {
            serde_json::to_writer(&mut bytes, record).context("putting an event into JSON")?;
            bytes.push(b'\n');
        }
        self.file
            .write_all(&bytes)
            .and_then(|()| self.file.sync_data())
            .with_context(|| {
                format!(
                    "writing {}: is the disk full? Nothing that was acknowledged is lost. Start the board again \
                     when there is room; participants send later what they could not send",
                    self.path.display()
                )
            })
    }

    /// Writes on a thread of its own: what has come since the last time goes to the disk at once. `failed`
    /// is called when that is not possible; nothing is acknowledged from then on.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn write_in_background(
        mut self,
        failed: impl FnOnce(anyhow::Error) + Send + 'static,
    ) -> Result<Writer> {
        let (sender, receiver) = channel::<Order>();
        let write = move || {
            while let Some(orders) = next(&receiver) {
                let (records, done): (Vec<_>, Vec<_>) = orders
                    .into_iter()
                    .map(|order| (order.records, order.done))
                    .unzip();
                if let Err(error) = self.write(&records.concat()) {
                    failed(error);
                    return;
                }
                for done in done {
                    // Whoever asked may be gone.
                    let _ = done.send(());
                }
            }
        };
        thread::Builder::new()
            .name("book".to_owned())
            .spawn(write)
            .context("starting a thread")?;
        Ok(Writer(sender))
    }
}

/// All that waits, at least one.
fn next(receiver: &Receiver<Order>) -> Option<Vec<Order>> {
    let first = receiver.recv().ok()?;
    Some(std::iter::once(first).chain(receiver.try_iter()).collect())
}

struct Order {
    records: Vec<Record>,
    done: oneshot::Sender<()>,
}

/// Hands lines to the thread that writes them.
#[derive(Clone, Debug)]
pub struct Writer(Sender<Order>);

impl Writer {
    /// The answer comes when they are on the disk; never, when they cannot be written.
    pub fn write(&self, records: Vec<Record>) -> oneshot::Receiver<()> {
        let (done, written) = oneshot::channel();
        // The writer has ended only if it could not write; then the answer never comes.
        let _ = self.0.send(Order { records, done });
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        class::tests::{events, small},
        door::Door,
    };
    use proptest::prelude::*;

    fn records() -> impl Strategy<Value = Record> {
        let entry = prop_oneof![
            Just(()).prop_map(|()| Entry::Opened {
                code: Code::draw().unwrap(),
                key: Token::draw().unwrap(),
                projector: Token::draw().ok(),
            }),
            (
                prop::option::of(any::<usize>()),
                prop::option::of("[a-z]{1,9}")
            )
                .prop_map(|(who, name)| Entry::Joined {
                    who: who.map(|who| who % 6),
                    token: Token::draw().unwrap(),
                    name: name.map(|name| Name::new(&name).unwrap()),
                }),
            (0..4_usize, events()).prop_map(|(who, event)| Entry::Told { who, event }),
        ];
        (any::<u64>(), entry).prop_map(|(at, entry)| Record { at, entry })
    }

    fn lines(records: &[Record]) -> Vec<u8> {
        let line = |record| serde_json::to_string(record).unwrap() + "\n";
        records.iter().map(line).collect::<String>().into_bytes()
    }

    proptest! {
        #[test]
        fn a_file_that_is_cut_off_gives_the_lines_that_are_whole(
            records in prop::collection::vec(records(), 0..12),
            cut: prop::sample::Index,
        ) {
            let bytes = lines(&records);
            let all = Replayed { whole: bytes.len(), records: records.clone(), strange: 0 };
            prop_assert_eq!(replay(&bytes), all);
            let bytes = &bytes[..cut.index(bytes.len() + 1)];
            let part = replay(bytes);
            prop_assert_eq!(part.strange, 0);
            prop_assert_eq!(&part.records[..], &records[..part.records.len()]);
            prop_assert_eq!(lines(&part.records), &bytes[..part.whole]);
            prop_assert!(!bytes[part.whole..].contains(&b'\n'));
        }

        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, records in prop::collection::vec(records(), 1..4), at: prop::sample::Index, byte: u8) {
            prop_assert!(replay(&bytes).whole <= bytes.len());
            let mut bytes = lines(&records);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let replayed = replay(&bytes);
            prop_assert!(replayed.records.len() + replayed.strange >= records.len() - 1);
        }

        #[test]
        fn any_records_make_a_room(records in prop::collection::vec(records(), 0..30)) {
            let folder = tempfile::tempdir().unwrap();
            let (book, _) = Book::open(folder.path(), false).unwrap();
            let writer = book.write_in_background(|error| panic!("{error:#}")).unwrap();
            let door = Door::open(small(), records, writer).unwrap();
            door.view();
        }
    }

    #[test]
    fn a_damaged_line_gives_no_work_to_another() {
        let token = || Token::draw().unwrap();
        let (ada, bob) = (token(), token());
        let joined = |who: usize, token: &Token, name: &str| Entry::Joined {
            who: Some(who),
            token: token.clone(),
            name: Name::new(name).ok(),
        };
        let told = |who: usize, task: &str| Entry::Told {
            who,
            event: crate::class::tests::check(1, &[(task, Ok(()), 1)]),
        };
        let entries = [
            joined(0, &ada, "Ada"),
            joined(1, &bob, "Bob"),
            told(0, "a"),
            told(1, "b"),
        ];
        let bytes = lines(&entries.map(|entry| Record { at: 0, entry }));
        let first = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        let replayed = replay(&[&b"x\n"[..], &bytes[first + 1..]].concat());
        assert_eq!((replayed.strange, replayed.records.len()), (1, 3));
        let folder = tempfile::tempdir().unwrap();
        let (book, _) = Book::open(folder.path(), false).unwrap();
        let writer = book
            .write_in_background(|error| panic!("{error:#}"))
            .unwrap();
        let door = Door::open(small(), replayed.records, writer).unwrap();
        let view = door.view();
        let done: Vec<_> = (view.exercises[0].tasks.iter())
            .map(|task| task.done)
            .collect();
        assert_eq!((view.present, &done[..]), (1, &[0, 1, 0][..]));
        assert_eq!(door.known(&ada), crate::class::Known::No);
        assert_eq!(door.known(&bob), crate::class::Known::Here);
    }

    #[test]
    fn a_torn_line_is_cut_off_and_the_next_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let record = Record {
            at: 5,
            entry: Entry::Joined {
                who: Some(0),
                token: Token::draw().unwrap(),
                name: None,
            },
        };
        let whole = lines(std::slice::from_ref(&record));
        std::fs::write(&path, [&whole[..], &whole[..20]].concat()).unwrap();
        let (mut book, replayed) = Book::open(folder.path(), false).unwrap();
        assert_eq!(replayed.records.len(), 1);
        book.write(std::slice::from_ref(&record)).unwrap();
        assert_eq!(
            std::fs::read(&path).unwrap(),
            [&whole[..], &whole[..]].concat()
        );
    }
}

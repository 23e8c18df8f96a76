//! The room itself: who is let in, at which rate they may speak, and that nothing is acknowledged before it
//! is written down.

use crate::{
    class::{Class, Exercise, Known, MINUTE, PARTICIPANTS, View},
    record::{Entry, Record, Writer},
};
use anyhow::{Context, Result};
use room::message::{Acknowledged, EVENTS, Events, Joined, Joining, SCHEMA};
use room::{Code, Event, Name, Token};
use serde_json::Value;
use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, UNIX_EPOCH},
};
use tokio::sync::oneshot;

/// Wrong codes from one address at once, as a room behind one router types them.
const GUESSES: f64 = 20.0;
/// And then so many in a second.
const GUESSES_PER_SECOND: f64 = 1.0 / 3.0;
/// The bytes that one participant may send at once: what waited for the network.
const BYTES: f64 = 256.0 * 1024.0;
/// And then so many in a second: more than a check each second takes.
const BYTES_PER_SECOND: f64 = 8.0 * 1024.0;
/// As many bytes count as joining again.
const JOINING: f64 = 1024.0;
/// The addresses that are watched at once.
const ADDRESSES: usize = 10_000;

/// Where somebody comes from who wants to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum From {
    /// An address; of version 6 the network, since whoever has one of its addresses has them all.
    Network(IpAddr),
    /// The owner of a file in a shared folder.
    User(u32),
}

impl From {
    /// The network that an address is counted in.
    pub fn address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(six) => {
                let network = six.to_bits() & !u128::from(u64::MAX);
                Self::Network(IpAddr::V6(network.into()))
            }
            four => Self::Network(four),
        }
    }
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The code is that of another room.
    WrongCode,
    /// Too many wrong codes from there.
    Guessing,
    /// No place is left.
    Full,
    /// No participant has this token.
    Stranger,
    /// More than anybody needs to say.
    TooMuch,
    /// Another version of the messages.
    Version,
    /// It could not be written down.
    NotWritten,
}

impl Refusal {
    /// What the participant reads.
    pub fn message(self) -> &'static str {
        match self {
            Self::WrongCode => {
                "the code is not that of this room; compare it with the one that the board shows"
            }
            Self::Guessing => {
                "there were too many wrong codes from your address; compare yours with the one that the board \
                 shows, and try again in a minute"
            }
            Self::Full => {
                "the room is full; the instructor can open a new one with `cargo xtask board --new`"
            }
            Self::Stranger => {
                "the board does not know you: it is another room now, or you have left"
            }
            Self::TooMuch => "too much at once; it is taken a little later",
            Self::Version => {
                "the board is of another version of the workbook; update yours, or ask the instructor"
            }
            Self::NotWritten => {
                "the board cannot write down what it is told; the instructor sees why in its terminal"
            }
        }
    }
}

/// Lets so much through at once, and then so much in a second.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    level: f64,
    at: f64,
}

impl Bucket {
    fn level(&self, size: f64, rate: f64, now: f64) -> f64 {
        (self.level + (now - self.at) * rate).min(size)
    }
}

#[derive(Debug)]
struct Buckets<K> {
    size: f64,
    rate: f64,
    of: HashMap<K, Bucket>,
}

impl<K: Hash + Eq> Buckets<K> {
    fn new(size: f64, rate: f64) -> Self {
        let of = HashMap::new();
        Self { size, rate, of }
    }

    fn level(&self, key: &K, now: f64) -> f64 {
        let found = self.of.get(key);
        found.map_or(self.size, |bucket| bucket.level(self.size, self.rate, now))
    }

    fn take(&mut self, key: K, amount: f64, now: f64) {
        let level = self.level(&key, now) - amount;
        if self.of.len() >= ADDRESSES {
            let (size, rate) = (self.size, self.rate);
            self.of
                .retain(|_, bucket| bucket.level(size, rate, now) < size);
        }
        self.of.insert(key, Bucket { level, at: now });
    }
}

/// The room, open.
#[derive(Debug)]
pub struct Door {
    code: Code,
    key: Token,
    projector: Token,
    writer: Writer,
    start: Instant,
    /// What the clock showed at the start, in milliseconds since 1970; never before the last record.
    base: u64,
    inside: Mutex<Inside>,
}

#[derive(Debug)]
struct Inside {
    class: Class,
    guesses: Buckets<From>,
    bytes: Buckets<usize>,
    changes: u64,
}

/// What an answer waits for: that it is on the disk.
pub type Written = oneshot::Receiver<()>;

impl Door {
    /// Opens the room of these records, or a new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn open(exercises: Vec<Exercise>, records: Vec<Record>, writer: Writer) -> Result<Self> {
        let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
        let last = records.iter().map(|record| record.at).max().unwrap_or(0);
        // A clock that is years ahead in the file would stop time; an hour is a wrong zone.
        let now = u64::try_from(now).unwrap_or(0);
        let base = now.max(last.min(now.saturating_add(24 * 60 * MINUTE)));
        let mut class = Class::new(exercises);
        let mut opened: Option<(Code, Token, Option<Token>)> = None;
        for record in records {
            match record.entry {
                Entry::Opened {
                    code,
                    key,
                    projector,
                } => match &mut opened {
                    None => opened = Some((code, key, projector)),
                    Some((_, _, known)) => *known = known.take().or(projector),
                },
                Entry::Joined { who, token, name } => {
                    let who = who.unwrap_or(class.len());
                    class.join_as(who, token, name.as_ref(), record.at);
                }
                Entry::Told { who, event } => {
                    class.tell(who, &event, record.at);
                }
            }
        }
        let draw = || Token::draw().context("drawing a key");
        let (code, key, projector) = match opened {
            Some((code, key, projector)) => (code, key, projector),
            None => (Code::draw().context("drawing a code")?, draw()?, None),
        };
        // The room of an earlier version has no address for a projector yet: it is opened again with one.
        let is_new = projector.is_none();
        let projector = projector.map_or_else(draw, Ok)?;
        let door = Self {
            code,
            key,
            projector,
            writer,
            start: Instant::now(),
            base,
            inside: Mutex::new(Inside {
                class,
                guesses: Buckets::new(GUESSES, GUESSES_PER_SECOND),
                bytes: Buckets::new(BYTES, BYTES_PER_SECOND),
                changes: 0,
            }),
        };
        if is_new {
            let entry = Entry::Opened {
                code: door.code.clone(),
                key: door.key.clone(),
                projector: Some(door.projector.clone()),
            };
            let at = door.now();
            door.writer
                .write(vec![Record { at, entry }])
                .blocking_recv()
                .context("writing down that the room is open")?;
        }
        Ok(door)
    }

    /// The room's code.
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// What the address of the instructor's page holds.
    pub fn key(&self) -> &Token {
        &self.key
    }

    /// What the address of the projector's page holds: nobody is named there.
    pub fn projector(&self) -> &Token {
        &self.projector
    }

    /// The time, in milliseconds since 1970. It goes on evenly, also when somebody sets the clock.
    fn now(&self) -> u64 {
        let since = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.base.saturating_add(since)
    }

    fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets somebody in who has the code. A participant of a shared folder brings a token along.
    ///
    /// # Errors
    /// When she is not let in.
    pub fn join(
        &self,
        from: From,
        joining: &Joining,
        token: Option<Token>,
    ) -> Result<(Joined, Written), Refusal> {
        if joining.schema != SCHEMA {
            return Err(Refusal::Version);
        }
        let seconds = self.seconds();
        let mut inside = self.inside();
        if inside.guesses.level(&from, seconds) < 1.0 {
            return Err(Refusal::Guessing);
        }
        if joining.code != self.code {
            inside.guesses.take(from, 1.0, seconds);
            return Err(Refusal::WrongCode);
        }
        let before = joining.before.as_ref();
        let before = before.and_then(|token| Some((token, inside.class.find(token)?)));
        if let Some((token, who)) = before {
            return self.join_again(inside, token.clone(), who, joining.name.as_ref());
        }
        if inside.class.len() >= PARTICIPANTS {
            return Err(Refusal::Full);
        }
        let token = match token {
            Some(token) => token,
            None => Token::draw().map_err(|_| Refusal::NotWritten)?,
        };
        let at = self.now();
        let name = joining.name.clone();
        let who = inside.class.join(token.clone(), name.as_ref(), at);
        inside.changes += 1;
        let shown = inside.class.shown(who).to_owned();
        let entry = Entry::Joined {
            who: Some(who),
            token: token.clone(),
            name,
        };
        // In the order in which they came: the lock is still held.
        let written = self.writer.write(vec![Record { at, entry }]);
        Ok((Joined { token, shown }, written))
    }

    /// She is in already: all that is known of her stays, and she may want another name.
    fn join_again(
        &self,
        mut inside: MutexGuard<'_, Inside>,
        token: Token,
        who: usize,
        name: Option<&Name>,
    ) -> Result<(Joined, Written), Refusal> {
        let seconds = self.seconds();
        if inside.bytes.level(&who, seconds) < JOINING {
            return Err(Refusal::TooMuch);
        }
        inside.bytes.take(who, JOINING, seconds);
        if let Some(name) = name {
            inside.class.rename(who, name);
        }
        inside.changes += 1;
        let shown = inside.class.shown(who).to_owned();
        let entry = Entry::Joined {
            who: Some(who),
            token: token.clone(),
            name: name.cloned(),
        };
        let at = self.now();
        let written = self.writer.write(vec![Record { at, entry }]);
        Ok((Joined { token, shown }, written))
    }

    /// What is known of a token.
    pub fn known(&self, token: &Token) -> Known {
        self.inside().class.known(token)
    }

    /// Takes what a participant tells. Events that make no sense are passed over, as those that are known
    /// already: sending them again would not help.
    ///
    /// # Errors
    /// When nothing of it is taken.
    pub fn tell(
        &self,
        token: &Token,
        told: Events<Value>,
        bytes: usize,
    ) -> Result<(Acknowledged, Written), Refusal> {
        if told.schema != SCHEMA {
            return Err(Refusal::Version);
        }
        if told.events.len() > EVENTS {
            return Err(Refusal::TooMuch);
        }
        let seconds = self.seconds();
        let mut inside = self.inside();
        let who = inside.class.find(token).ok_or(Refusal::Stranger)?;
        let bytes = bytes as f64;
        if inside.bytes.level(&who, seconds) < bytes {
            return Err(Refusal::TooMuch);
        }
        inside.bytes.take(who, bytes, seconds);
        let at = self.now();
        let mut records = Vec::new();
        let mut number = 0;
        for event in told.events {
            number = number.max(event["number"].as_u64().unwrap_or(0));
            let Ok(event) = serde_json::from_value::<Event>(event) else {
                continue;
            };
            if inside.class.tell(who, &event, at) {
                records.push(Record {
                    at,
                    entry: Entry::Told { who, event },
                });
            }
        }
        inside.changes += u64::from(!records.is_empty());
        // Also when there is nothing new: what is known already may still be on its way to the disk.
        Ok((Acknowledged { number }, self.writer.write(records)))
    }

    /// What is to be seen now.
    pub fn view(&self) -> View {
        self.inside().class.view(self.now())
    }

    /// Grows with every change.
    pub fn changes(&self) -> u64 {
        self.inside().changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_lets_through_what_fits_and_fills_again() {
        let mut buckets = Buckets::new(2.0, 0.5);
        for _ in 0..2 {
            assert!(buckets.level(&'a', 0.0) >= 1.0);
            buckets.take('a', 1.0, 0.0);
        }
        assert!(buckets.level(&'a', 1.0) < 1.0);
        assert!(buckets.level(&'b', 1.0) >= 1.0, "another one is not slowed");
        assert!(buckets.level(&'a', 2.0) >= 1.0);
        assert!(buckets.level(&'a', 1e9) <= 2.0);
    }

    #[test]
    fn a_network_of_version_6_counts_as_one_and_mapped_addresses_as_themselves() {
        let from = |text: &str| From::address(text.parse().unwrap());
        assert_eq!(from("2001:db8::1"), from("2001:db8::ffff:1"));
        assert_ne!(from("2001:db8::1"), from("2001:db8:0:1::1"));
        assert_eq!(from("::ffff:10.0.0.1"), from("10.0.0.1"));
        assert_ne!(from("10.0.0.1"), from("10.0.0.2"));
    }
}

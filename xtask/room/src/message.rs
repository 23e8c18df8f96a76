//! What a participant and the board say to each other, as JSON, and the limits of it. A value of these
//! types is one that the board accepts: reading checks it.

use serde::{Deserialize, Serialize};
use std::fmt;
use verdict::{Kind, Reason, Report, Status};

/// The version of these messages.
pub const SCHEMA: u32 = 1;
/// The port of a board, unless it is told another one.
pub const PORT: u16 = 8100;
/// The bytes of a request's body, and of a line in a shared folder.
pub const BODY: usize = 64 << 10;
/// The events in one request.
pub const EVENTS: usize = 64;
/// The tasks in the summary of one check.
pub const TASKS: usize = 64;
/// The characters of a participant's name.
pub const NAME: usize = 40;
/// The characters of the name of an exercise or a task.
const WORD: usize = 64;
/// The letters and digits of a room's code: none that looks like another.
pub const ALPHABET: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many of them a code has: guessed once in a second, it lasts for twenty years.
pub const CODE: usize = 6;

/// Where participants join, by [`Joining`].
pub const JOIN: &str = "/join";
/// Where they send [`Events`].
pub const SAY: &str = "/events";

/// Asks to be let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The room's code.
    pub code: Code,
    /// How the board shows the participant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Who she was so far in this room: joining again is not a second participant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Token>,
}

/// The answer to [`Joining`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// By this the board knows the participant again.
    pub token: Token,
    /// How the board shows her.
    pub shown: String,
}

/// What has happened since the last request, in the order of their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events<E = Event> {
    /// [`SCHEMA`].
    pub schema: u32,
    /// At most [`EVENTS`].
    pub events: Vec<E>,
}

/// The answer to [`Events`]: they are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The last number: none up to this one need be sent again.
    pub number: u64,
}

/// One thing that a participant tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Grows from event to event: the board passes over what it has already.
    pub number: u64,
    /// How many seconds ago it happened when it was sent. No clock has to agree with another.
    #[serde(default)]
    pub ago: u64,
    /// What has happened.
    #[serde(flatten)]
    pub what: What,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// A check has ended.
    Check(Check),
    /// A hand goes up, or down.
    Hand {
        /// Up.
        up: bool,
    },
    /// The participant wants another name.
    Rename {
        /// How the board shows her from now on.
        name: Name,
    },
    /// The participant leaves the room.
    Leave,
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The exercise's folder, such as `05-collectives`.
    pub exercise: Word,
    /// The seed of the inputs.
    pub seed: u64,
    /// The tasks that were checked; at most [`TASKS`].
    #[serde(deserialize_with = "few")]
    pub tasks: Vec<Task>,
}

/// What a check says of one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its name, such as `scatter`.
    pub name: Word,
    /// The verdict.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// On how many ranks the first failure was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranks: Option<u32>,
    /// For the how-manieth time in a row the task came to this outcome, from 1.
    pub times: u32,
}

/// The verdict about a task, and the first failure's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The verdict.
    pub status: Status,
    /// The kind of failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The rule behind it, where the kind does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

impl Check {
    /// What a report says, and no more; `times` tells for the how-manieth time in a row a task comes to
    /// its outcome. None for an exercise whose name no board would take.
    pub fn of(report: &Report, mut times: impl FnMut(&str, Outcome) -> u32) -> Option<Self> {
        let tasks = report.tasks.iter().take(TASKS).filter_map(|task| {
            let first = task.failures.first();
            let outcome = Outcome {
                status: task.status,
                kind: first.map(|failure| failure.kind),
                reason: first.and_then(|failure| failure.reason),
            };
            Some(Task {
                name: Word::new(&task.name).ok()?,
                outcome,
                ranks: first.and_then(|failure| failure.ranks),
                times: times(&task.name, outcome),
            })
        });
        Some(Self {
            exercise: Word::new(&report.exercise).ok()?,
            seed: report.seed,
            tasks: tasks.collect(),
        })
    }
}

fn few<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Task>, D::Error> {
    let tasks = Vec::deserialize(deserializer)?;
    match tasks.len() {
        0..=TASKS => Ok(tasks),
        many => Err(serde::de::Error::custom(format!("{many} tasks"))),
    }
}

/// Makes a type that is a text with a rule.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

text! {
    /// The name of an exercise or a task: lower-case letters, digits, and hyphens.
    Word
}
text! {
    /// How a participant wants to be called: any letters, on one line.
    Name
}
text! {
    /// The code of a room, such as `K7Q-M2F`: typed in any case, with or without the hyphen.
    Code
}
text! {
    /// What nobody else can guess: 32 hexadecimal digits.
    Token
}

impl Word {
    /// Refuses what no exercise or task is called.
    ///
    /// # Errors
    /// Says why.
    pub fn new(text: &str) -> Result<Self, String> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match text.len() {
            1..=WORD if text.bytes().all(allowed) => Ok(Self(text.to_owned())),
            _ => Err("not the name of an exercise or a task".to_owned()),
        }
    }
}

impl Name {
    /// Takes the blanks around it away.
    ///
    /// # Errors
    /// For a name that is empty, too long, or that has characters which cannot be seen or which turn
    /// others around.
    pub fn new(text: &str) -> Result<Self, String> {
        // Not counted in characters if it cannot be short: it may have any length.
        if text.len() > 16 * NAME || text.trim().chars().count() > NAME {
            return Err(format!("the name is too long: {NAME} characters at most"));
        }
        let text = text.trim();
        let hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                    | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                    | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        };
        // Between letters, joiners change how these are written.
        let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
        let is_outside = text.starts_with(joins) || text.ends_with(joins);
        let mut pairs = text.chars().zip(text.chars().skip(1));
        if text.chars().any(hidden)
            || is_outside
            || pairs.any(|(one, next)| joins(one) && joins(next))
        {
            return Err(
                "the name has a character that cannot be seen, such as a line break".to_owned(),
            );
        }
        match text {
            "" => Err("the name is empty".to_owned()),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl Code {
    /// Understands a code as people type it.
    ///
    /// # Errors
    /// When no room has such a code.
    pub fn new(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "a room's code has {CODE} letters and digits, such as K7Q-M2F; the board shows it"
            )
        };
        if text.len() > 4 * CODE {
            return Err(wrong());
        }
        let mut plain = Vec::new();
        for byte in text.bytes().filter(|byte| !b"- ".contains(byte)) {
            let byte = byte.to_ascii_uppercase();
            if !ALPHABET.contains(&byte) {
                return Err(wrong());
            }
            plain.push(byte as char);
        }
        if plain.len() != CODE {
            return Err(wrong());
        }
        plain.insert(CODE / 2, '-');
        Ok(Self(plain.into_iter().collect()))
    }

    /// A new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut text = String::new();
        while text.len() < CODE {
            let byte = usize::from(random::<1>()?[0]);
            // Each letter as likely as any other.
            if byte < 256 / ALPHABET.len() * ALPHABET.len() {
                text.push(ALPHABET[byte % ALPHABET.len()] as char);
            }
        }
        text.insert(CODE / 2, '-');
        Ok(Self(text))
    }
}

impl Token {
    /// Refuses what is none.
    ///
    /// # Errors
    /// Says why.
    pub fn new(text: &str) -> Result<Self, String> {
        let allowed = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 32 && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err("not a token".to_owned())
        }
    }

    /// A new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let bytes = random::<16>()?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }
}

fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_form_of_what_is_sent() {
        let event = Event {
            number: 3,
            ago: 2,
            what: What::Check(Check {
                exercise: Word::new("05-collectives").unwrap(),
                seed: 9,
                tasks: vec![Task {
                    name: Word::new("scatter").unwrap(),
                    outcome: Outcome {
                        status: Status::Failed,
                        kind: Some(Kind::Deadlock),
                        reason: Some(Reason::Returned),
                    },
                    ranks: Some(2),
                    times: 4,
                }],
            }),
        };
        let events = Events {
            schema: SCHEMA,
            events: vec![
                event,
                Event {
                    number: 4,
                    ago: 0,
                    what: What::Hand { up: true },
                },
            ],
        };
        let json = serde_json::to_string(&events).unwrap();
        insta::assert_snapshot!(json);
        assert_eq!(serde_json::from_str::<Events>(&json).unwrap(), events);
    }

    #[test]
    fn a_code_is_understood_as_people_type_it() {
        for typed in ["K7Q-M2F", "k7qm2f", " k7q m2f", "K7-QM-2F"] {
            assert_eq!(Code::new(typed).unwrap().as_str(), "K7Q-M2F", "{typed}");
        }
        // 0 and O, 1 and I look alike: no code has them.
        for typed in [
            "",
            "K7Q-M2",
            "K7Q-M2FF",
            "K7Q-M20",
            "K7Q-M2I",
            "ключик",
            "{CODE}",
        ] {
            assert!(Code::new(typed).is_err(), "{typed}");
        }
        let drawn = Code::draw().unwrap();
        assert_eq!(Code::new(drawn.as_str()), Ok(drawn));
    }

    #[test]
    fn names_are_any_letters_on_one_line() {
        for name in [
            "Ada",
            " Ada ",
            "أدا",
            "李雷",
            "<b>",
            "O'Neil & Co.",
            "👩🏽 x",
            // Written with joiners.
            "👩\u{200d}💻",
            "علی\u{200c}رضا",
        ] {
            assert_eq!(Name::new(name).unwrap().as_str(), name.trim());
        }
    }

    #[test]
    fn a_name_that_looks_blank_or_like_another_is_none() {
        for blank in [
            '\u{3164}',
            '\u{2800}',
            '\u{115f}',
            '\u{1160}',
            '\u{ffa0}',
            '\u{180e}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{e0100}',
            '\u{200b}',
            '\u{202e}',
        ] {
            for name in [
                String::from(blank),
                format!("Ada{blank}"),
                format!("A{blank}da"),
            ] {
                assert!(Name::new(&name).is_err(), "{name:?}");
            }
        }
        for joiner in ['\u{200c}', '\u{200d}'] {
            for name in [
                String::from(joiner),
                format!("{joiner}Ada"),
                format!("Ada{joiner}"),
                format!("A{joiner}{joiner}da"),
            ] {
                assert!(Name::new(&name).is_err(), "{name:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_keeps_to_the_limits(text: String, json in r#"[\[\]{}",:a-z0-9 -]{0,60}"#) {
            if let Ok(name) = Name::new(&text) {
                prop_assert!((1..=NAME).contains(&name.as_str().chars().count()));
                prop_assert!(!name.as_str().chars().any(char::is_control));
            }
            let _ = (Code::new(&text), Token::new(&text), Word::new(&text));
            let _ = serde_json::from_str::<Events>(&json);
        }

        #[test]
        fn tokens_and_codes_are_all_different(_: u8) {
            prop_assert_ne!(Token::draw().unwrap(), Token::draw().unwrap());
        }
    }
}

//! What was recorded of a real run, as far as it is the same in every run: who called what, which
//! message met which receive, who waits for whom. From it the figures with time in them are drawn.
//!
//! The files in `slides/figures/recorded/` are committed; a test runs the programs of
//! `slides/programs/` under the recorder and compares. No moment of a clock is in them: where a run's
//! order is not determined, they do not say it ([`Order`]), and where figures place something in time,
//! a logical clock does (`clock`).

pub use trace::Peer;

use serde::{Deserialize, Serialize};

/// Where the files lie, from the workbook's folder.
pub const FOLDER: &str = "slides/figures/recorded";

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The program of `slides/programs/`, with its arguments.
    pub program: String,
    /// What each rank did, in its order.
    pub ranks: Vec<Vec<Step>>,
    /// The messages that were received, by receiver and the place of the receive.
    pub messages: Vec<Message>,
    /// Who waits for whom forever, if ranks do.
    pub waits: Vec<Wait>,
}

/// A piece of a rank's time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A call that communicates.
    Call(Call),
    /// What the rank does between calls, as it has printed.
    Between(String),
}

/// A call that sends, receives, or waits for one of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The function, such as `MPI_Send`.
    pub function: String,
    /// To whom it sends, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Peer>,
    /// From whom it receives, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Peer>,
    /// How much it sends, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Whether it came back.
    pub returned: bool,
}

/// A step, by its rank and its place among the rank's steps.
pub type At = (u32, usize);

/// A message that was received.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Message {
    /// The call that has posted its receive.
    pub posted: At,
    /// The call that has returned with it: the same, or a later wait.
    pub received: At,
    /// The call that has sent it.
    pub sent: At,
    /// Its tag.
    pub tag: i32,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// What is known of the order of its two calls.
    pub order: Order,
}

/// What is known of the order of a send and its receive, beside that no receive ends before its send
/// begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The send was synchronous: it has not ended before the receive began.
    Synchronous,
    /// The send had returned when the receive began: MPI has buffered the message.
    Buffered,
    /// The receive began late, and the send has waited for it, although it was a standard send.
    Waited,
}

/// One rank waits for another, forever, in its last call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Wait {
    /// Who waits.
    pub from: u32,
    /// For whom.
    pub on: u32,
}

impl Run {
    /// Reads what [`text`](Self::text) has written.
    ///
    /// # Errors
    /// If it is no such text.
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The run as the text of a file: JSON, a line for each step, so that a difference can be read.
    pub fn text(&self) -> String {
        // Nothing in a run is what JSON cannot hold: maps with keys that are no text, or failing writers.
        let line = |value: serde_json::Result<String>| value.unwrap_or_default();
        let list = |lines: Vec<String>, indent: &str| {
            let between = format!(",\n{indent}");
            match lines.is_empty() {
                true => String::from("[]"),
                false => format!("[\n{indent}{}\n{}]", lines.join(&between), &indent[2..]),
            }
        };
        let ranks = self.ranks.iter().map(|steps| {
            let steps = steps.iter().map(|step| line(serde_json::to_string(step)));
            list(steps.collect(), "      ")
        });
        let messages = self.messages.iter();
        let waits = self.waits.iter();
        format!(
            "{{\n  \"program\": {},\n  \"ranks\": {},\n  \"messages\": {},\n  \"waits\": {}\n}}\n",
            line(serde_json::to_string(&self.program)),
            list(ranks.collect(), "    "),
            list(
                messages
                    .map(|message| line(serde_json::to_string(message)))
                    .collect(),
                "    "
            ),
            list(
                waits
                    .map(|wait| line(serde_json::to_string(wait)))
                    .collect(),
                "    "
            ),
        )
    }
}

macro_rules! runs {
    ($($name:ident = $file:literal),* $(,)?) => {
        /// Every recorded run: the name of its file, and what the file holds.
        pub const ALL: &[(&str, &str)] = &[$((
            $file,
            include_str!(concat!("../../../../slides/figures/recorded/", $file, ".json")),
        )),*];

        $(
            /// The run of this name. An empty one where its file cannot be read, which a test finds.
            pub(crate) fn $name() -> Run {
                let text = include_str!(concat!("../../../../slides/figures/recorded/", $file, ".json"));
                Run::parse(text).unwrap_or_default()
            }
        )*
    };
}

runs! {
    send_receive = "send-receive",
    eager = "eager",
    rendezvous = "rendezvous",
    both_receive = "both-receive",
    both_send = "both-send",
    odd_even = "odd-even",
    ring = "ring",
    chain = "sendrecv-chain",
    parallel_sum = "parallel-sum",
    receive_first = "overlap-not",
    overlap = "overlap",
    tree = "broadcast-tree",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_written_alike() {
        for (name, text) in ALL {
            let run = Run::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(run.text(), *text, "{name}");
            assert!(!run.ranks.is_empty(), "{name}");
        }
    }

    fn call(run: &Run, (rank, step): At) -> &Call {
        match &run.ranks[rank as usize][step] {
            Step::Call(call) => call,
            Step::Between(text) => panic!("{text} is no call"),
        }
    }

    #[test]
    fn messages_lead_from_sends_to_receives() {
        for (name, text) in ALL {
            let run = Run::parse(text).unwrap();
            for message in &run.messages {
                let [sent, posted, received] =
                    [message.sent, message.posted, message.received].map(|at| call(&run, at));
                assert_eq!(sent.to, Some(Peer::Rank(message.posted.0)), "{name}");
                assert_eq!(posted.from, Some(Peer::Rank(message.sent.0)), "{name}");
                assert!(received.returned, "{name}");
            }
        }
    }
}

//! The kinds of failure. Their names in kebab case are a contract with every reader of the JSON.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Why a task failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Kind { $($(#[$doc])* $variant,)* }

        impl Kind {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in reports, such as `wrong-result`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// The crate does not compile.
    Build = "build",
    /// A value differs from the expected one.
    WrongResult = "wrong-result",
    /// A rank panicked.
    Panic = "panic",
    /// A rank ended by a signal, by `exit`, or without a word.
    Crash = "crash",
    /// Ranks wait for each other.
    Deadlock = "deadlock",
    /// It works only because MPI buffers small messages.
    UnsafeSend = "unsafe-send",
    /// Ranks of one communicator call different collectives.
    CollectiveMismatch = "collective-mismatch",
    /// The receiver reads other types than the sender wrote.
    TypeMismatch = "type-mismatch",
    /// A message is longer than the buffer that receives it.
    Truncation = "truncation",
    /// A thread calls MPI that may not, or two are in one collective's communicator at once.
    ThreadLevel = "thread-level",
    /// MPI refuses an argument: a rank, tag, count, root or handle.
    InvalidArgument = "invalid-argument",
    /// A message was sent and never received.
    UnmatchedMessage = "unmatched-message",
    /// The result depends on which message arrives first.
    MessageRace = "message-race",
    /// A request was never completed.
    RequestLeak = "request-leak",
    /// A communicator, datatype, group, operation or window was never freed, or a process never
    /// waited for.
    ResourceLeak = "resource-leak",
    /// A buffer was used while MPI still owned it.
    BufferReuse = "buffer-reuse",
    /// One-sided communication outside of an epoch, or an epoch that is doubled or never closed.
    Epoch = "epoch",
    /// Two accesses to one place in memory, and nothing orders them.
    MemoryRace = "memory-race",
    /// A rank ended without finalizing MPI.
    MissingFinalize = "missing-finalize",
    /// More messages or bytes than the idea of the task needs.
    TooMuchCommunication = "too-much-communication",
    /// Another operation than the one that the task is about.
    WrongOperation = "wrong-operation",
    /// A thread, process or file outlives the answer.
    Leftover = "leftover",
    /// No answer within the time limit.
    Timeout = "timeout",
    /// More printed than the limit allows.
    OutputLimit = "output-limit",
    /// More memory than the limit allows.
    MemoryLimit = "memory-limit",
    /// Nothing is wrong with the answer: the machine lacks a device that the task needs, and so it was not run.
    NoDevice = "no-device",
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("no kind of failure is named `{name}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_name_is_the_displayed_name() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(kind.name().parse(), Ok(*kind));
        }
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!("wrong".parse::<Kind>().is_err());
    }
}

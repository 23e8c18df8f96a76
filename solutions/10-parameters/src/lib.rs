//! Exercise 10: parameters, the reference.

use clap::Parser;
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{ops::Range, path::PathBuf};

/// The parameters of the program, which counts how often a digit occurs when numbers are written in decimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// The first number.
    pub from: u64,
    /// The number after the last one. If it is not larger than `from`, there are no numbers.
    pub to: u64,
    /// The digit, from 0 to 9.
    pub digit: u8,
}

impl Default for Parameters {
    /// How many eights are there from 0 to 999?
    fn default() -> Self {
        Self {
            from: 0,
            to: 1000,
            digit: 8,
        }
    }
}

/// The parameters that one source gives: the command line, the environment or a file. A parameter is `None`
/// if the source does not mention it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// A value for [`Parameters::from`].
    pub from: Option<u64>,
    /// A value for [`Parameters::to`].
    pub to: Option<u64>,
    /// A value for [`Parameters::digit`].
    pub digit: Option<u8>,
}

/// The content of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The parameters that it gives.
    pub given: Given,
    /// A file with more parameters.
    pub file: Option<PathBuf>,
}

/// The exit status of a program that was started with bad parameters.
pub const BAD_PARAMETERS: i32 = 2;

/// Counts how often `digit` (0 to 9) occurs when `number` is written in decimal. The number 0 is written
/// `0`; no other number begins with a zero.
pub fn digits(number: u64, digit: u8) -> u64 {
    let mut rest = number;
    let mut found = 0;
    loop {
        found += u64::from(rest % 10 == u64::from(digit));
        rest /= 10;
        if rest == 0 {
            return found;
        }
    }
}

/// Adds up `times(number)` over all `numbers`, and returns the sum on every rank.
///
/// The ranks share the work: each number is passed to `times` exactly once, on one rank, and the numbers of
/// calls on any two ranks differ by at most one. Which rank takes which numbers is up to you.
///
/// `numbers` is the same on all ranks. It may be empty, even because its end is smaller than its start, and
/// it may lie far beyond 2^32, but a `u64` has room for the sum of a number and the number of ranks. The sum fits in
/// a `u64`, and may need all of its bits. Use collectives to add up, at most eight on each rank; ranks send each
/// other no messages.
pub fn count(world: &SimpleCommunicator, numbers: Range<u64>, times: &dyn Fn(u64) -> u64) -> u64 {
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    // By turns: the numbers at the end have more digits, and every rank gets some of them.
    let own: u64 = numbers
        .skip(rank as usize)
        .step_by(size as usize)
        .map(times)
        .sum();
    let mut all = 0_u64;
    world.all_reduce_into(&own, &mut all, SystemOperation::sum());
    all
}

/// Returns on every rank the value that rank 0 has.
fn tell<T: Serialize + DeserializeOwned>(world: &SimpleCommunicator, own: Option<T>) -> Option<T> {
    let root = world.process_at_rank(0);
    let mut bytes = match world.rank() {
        0 => postcard::to_stdvec(&own).expect("plain data can be written"),
        _ => Vec::new(),
    };
    let mut length = bytes.len() as u64;
    root.broadcast_into(&mut length);
    bytes.resize(length as usize, 0);
    root.broadcast_into(&mut bytes[..]);
    postcard::from_bytes(&bytes).expect("rank 0 has written it")
}

/// Returns, on every rank, the value that a variable has in the environment of rank 0, or `None` if it is
/// not set there. A value may be empty, and it may have any length.
///
/// `read` looks up a variable, as `|name| std::env::var(name).ok()` does. Rank 0 calls it once, with `name`;
/// the other ranks never call it. Use broadcasts, at most four, and nothing else; they may be non-blocking. They
/// bring the value and a few numbers: no buffer is longer than the value needs, except for some bytes to serialize
/// it.
pub fn environment(
    world: &SimpleCommunicator,
    name: &str,
    read: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let own = (world.rank() == 0).then(|| read(name)).flatten();
    tell(world, own)
}

/// Reads the parameters from the variables `COUNT_FROM`, `COUNT_TO` and `COUNT_DIGIT`; `read` looks
/// each of them up.
///
/// # Errors
/// A message that names the variable whose value is not valid for its parameter.
pub fn variables(read: &dyn Fn(&str) -> Option<String>) -> Result<Given, String> {
    let number = |name: &str, largest: u64| match read(name) {
        None => Ok(None),
        Some(text) => match text.trim().parse::<u64>() {
            Ok(number) if number <= largest => Ok(Some(number)),
            _ => Err(format!(
                "the variable {name} is `{text}`, and not a number from 0 to {largest}"
            )),
        },
    };
    Ok(Given {
        from: number("COUNT_FROM", u64::MAX)?,
        to: number("COUNT_TO", u64::MAX)?,
        digit: number("COUNT_DIGIT", 9)?.map(|digit| digit as u8),
    })
}

/// Counts how often a digit occurs when numbers are written down.
#[derive(Parser)]
#[command(name = "count")]
struct Arguments {
    /// The first number
    #[arg(long, value_name = "NUMBER")]
    from: Option<u64>,
    /// The number after the last one
    #[arg(long, value_name = "NUMBER")]
    to: Option<u64>,
    /// The digit
    #[arg(long, value_name = "DIGIT", value_parser = clap::value_parser!(u8).range(0..=9))]
    digit: Option<u8>,
    /// A file with parameters, in TOML
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
}

/// Parses a command line: `arguments[0]` is the name of the program, the others are its options.
///
/// The options `--from NUMBER`, `--to NUMBER`, `--digit DIGIT`, and `--file PATH` may come in any order, each
/// at most once; `--to=NUMBER` means the same as `--to NUMBER`. A number is any `u64`, in decimal digits alone; a digit
/// is from 0 to 9.
/// Short forms, such as `-d`, are up to you, and so is whether you accept a bare `--`, an empty path, and numbers
/// such as `+7` or `07`.
///
/// # Errors
/// Anything else, also `--version`, is refused with a message that contains the offending option or argument: for the
/// digit 12, that is `--digit` or `12`. `--help`, also after other options, is an `Err` too, with a text that contains
/// all four options.
pub fn command_line(arguments: &[String]) -> Result<CommandLine, String> {
    let read = Arguments::try_parse_from(arguments).map_err(|error| error.to_string())?;
    Ok(CommandLine {
        given: Given {
            from: read.from,
            to: read.to,
            digit: read.digit,
        },
        file: read.file,
    })
}

/// The keys that a file may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    from: Option<u64>,
    to: Option<u64>,
    digit: Option<u8>,
}

/// Reads parameters from the text of a TOML file with the keys `from`, `to` and `digit`, any of which may be
/// missing. Their values are integers: none is negative, and a digit is from 0 to 9. In TOML, an integer is less than
/// 2^63; whether you accept larger ones is up to you.
///
/// # Errors
/// A text that is not TOML, such as one with a key twice, is refused with any message. So is a key with any other
/// value, and a key that this program does not have, because a typo must not go unnoticed: these two with a message
/// that contains the key.
pub fn file(text: &str) -> Result<Given, String> {
    let read: Keys = toml::from_str(text).map_err(|error| error.to_string())?;
    if let Some(digit) = read.digit.filter(|digit| *digit > 9) {
        return Err(format!("`digit` is {digit}, and a digit is from 0 to 9"));
    }
    Ok(Given {
        from: read.from,
        to: read.to,
        digit: read.digit,
    })
}

/// Combines the sources. The command line has precedence over the environment, the environment over the file,
/// and the file over [`Parameters::default`], for each parameter separately.
pub fn precedence(file: &Given, environment: &Given, command_line: &Given) -> Parameters {
    let sources = [command_line, environment, file];
    let default = Parameters::default();
    Parameters {
        from: sources
            .iter()
            .find_map(|given| given.from)
            .unwrap_or(default.from),
        to: sources
            .iter()
            .find_map(|given| given.to)
            .unwrap_or(default.to),
        digit: sources
            .iter()
            .find_map(|given| given.digit)
            .unwrap_or(default.digit),
    }
}

/// Reads the parameters on rank 0, and gives them to all ranks, or tells all ranks that they are bad.
///
/// Rank 0 calls `read` once; the other ranks never call it. If it returns parameters, every rank returns
/// them. If it returns a message, rank 0 passes the message to `say`, once and unchanged; no other rank calls
/// `say`; and every rank returns `Err(BAD_PARAMETERS)`. The message need not reach the other ranks. All ranks can
/// then leave with the same exit status, and none waits for a rank that has left.
///
/// Use collectives, at most four on each rank; ranks send each other no messages. Any parameters are good that `read`
/// returns, even if there are no numbers.
pub fn agree(
    world: &SimpleCommunicator,
    read: &dyn Fn() -> Result<Parameters, String>,
    say: &dyn Fn(&str),
) -> Result<Parameters, i32> {
    let found = (world.rank() == 0).then(read);
    if let Some(Err(message)) = &found {
        say(message);
    }
    tell(world, found.and_then(Result::ok)).ok_or(BAD_PARAMETERS)
}

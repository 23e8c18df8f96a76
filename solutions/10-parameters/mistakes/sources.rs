//! Mistakes in the tasks that read one source, and in the one that puts them together.

use crate::{
    subject::{self, CommandLine, Given, Parameters},
    tasks::Answers,
};
use clap::Parser;
use harness_mpi::{Mistake, mistake};
use std::path::PathBuf;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("command-line": command_line = any_digit => WrongResult,
        "takes any number below 256 for a digit"),
    mistake!("command-line": command_line = only_apart => WrongResult,
        "does not know `--to=NUMBER`"),
    mistake!("command-line": command_line = in_order => WrongResult,
        "expects the options in one order"),
    mistake!("command-line": command_line = unknown_passed_over => WrongResult,
        "passes over what it does not know"),
    mistake!("command-line": command_line = zero_for_errors => WrongResult,
        "takes 0 for a number that cannot be read"),
    mistake!("command-line": command_line = bad_is_bad => WrongResult,
        "says that the command line is bad, and not what of it"),
    mistake!("command-line": command_line = the_last_counts => WrongResult,
        "takes the last of two equal options"),
    mistake!("command-line": command_line = of_32_bits => WrongResult,
        "takes numbers of 32 bits only"),
    mistake!("command-line": command_line = of_the_process => WrongResult,
        "reads the arguments of the process itself by `parse`"),
    mistake!("command-line": command_line = leaves_when_bad => Crash,
        "ends the process by `parse_from` when the command line is bad"),
    mistake!("command-line": command_line = defaults_for_none => WrongResult,
        "returns the default for an option that is missing"),
    mistake!("command-line": command_line = no_help => WrongResult,
        "refuses `--help` as an unknown option"),
    mistake!("command-line": command_line = at_every_sign => WrongResult,
        "cuts an argument at each `=`, also in the name of a file"),
    mistake!("command-line": command_line = the_name_too => WrongResult,
        "passes over the name of the program only if it does not look like an option"),
    mistake!("command-line": command_line = at_every_blank => WrongResult,
        "joins the arguments, and cuts them at each blank"),
    mistake!("command-line": command_line = abbreviations => WrongResult,
        "takes `--fro` for `--from`"),
    mistake!("command-line": command_line = the_first_arguments_too => WrongResult,
        "takes the name of the program for an argument"),
    mistake!("command-line": command_line = underscores => WrongResult,
        "takes numbers such as 1_000"),
    mistake!("command-line": command_line = hexadecimal => WrongResult,
        "takes numbers such as 0x10"),
    mistake!("command-line": command_line = blanks_around => WrongResult,
        "takes numbers with blanks around them"),
    mistake!("command-line": command_line = capitals => WrongResult,
        "takes `--FROM` for `--from`"),
    mistake!("command-line": command_line = one_dash => WrongResult,
        "takes `-digit` for `--digit`"),
    mistake!("command-line": command_line = no_dash => WrongResult,
        "takes `digit` for `--digit`"),
    mistake!("command-line": command_line = up_to_two_dashes => WrongResult,
        "passes over what comes after `--`"),
    mistake!("command-line": command_line = help_alone => WrongResult,
        "knows `--help` only if it is alone"),
    mistake!("command-line": command_line = version => WrongResult,
        "answers `--version`, which the program does not have"),
    mistake!("command-line": command_line = empty_passed_over => WrongResult,
        "passes over empty arguments"),
    mistake!("command-line": command_line = empty_for_none => WrongResult,
        "takes an empty value for an option that is missing"),
    mistake!("command-line": command_line = whole_floats => WrongResult,
        "takes numbers such as 1e3"),
    mistake!("command-line": command_line = no_options => WrongResult,
        "passes over options that begin with `--no-`"),
    mistake!("command-line": command_line = trimmed_path => WrongResult,
        "cuts off blanks around the name of a file"),
    mistake!("file": file = empty_text_for_none => WrongResult,
        "takes an empty text for a key that is missing"),
    mistake!("file": file = empty_table_for_none => WrongResult,
        "takes an empty table for a key that is missing"),
    mistake!("file": file = line_by_line => WrongResult,
        "cuts each line at its `=`, and knows no comments"),
    mistake!("file": file = unknown_keys => WrongResult,
        "passes over keys that it does not know"),
    mistake!("file": file = any_number => WrongResult,
        "takes any number below 256 for a digit"),
    mistake!("file": file = cut_to_a_byte => WrongResult,
        "cuts a number to the lowest 8 bits, and takes that for the digit"),
    mistake!("file": file = errors_for_none => WrongResult,
        "takes a file with errors for an empty one"),
    mistake!("file": file = all_or_nothing => WrongResult,
        "refuses a file that lacks a key"),
    mistake!("file": file = bad_is_bad_file => WrongResult,
        "says that the file is bad, and not which key"),
    mistake!("file": file = numbers_in_quotes => WrongResult,
        "takes a text for a number if it looks like one"),
    mistake!("file": file = zero_for_missing => WrongResult,
        "returns 0 for a key that is missing"),
    mistake!("file": file = panics_when_bad => Panic,
        "unwraps what the parser returns"),
    mistake!("precedence": precedence = file_over_environment => WrongResult,
        "lets the file go before the environment"),
    mistake!("precedence": precedence = environment_first => WrongResult,
        "lets the environment go before the command line"),
    mistake!("precedence": precedence = whole_sources => WrongResult,
        "takes all parameters from the first source that has any"),
    mistake!("precedence": precedence = zero_is_none => WrongResult,
        "takes a 0 for a parameter that is not given"),
    mistake!("precedence": precedence = default_is_none => WrongResult,
        "takes a value that equals the default for one that is not given"),
    mistake!("precedence": precedence = largest_is_none => WrongResult,
        "takes the largest number for one that is not given"),
    mistake!("precedence": precedence = line_needs_both_ends => WrongResult,
        "takes the ends of the range from one source"),
    mistake!("precedence": precedence = no_defaults => WrongResult,
        "takes 0 where no source says anything"),
    mistake!("command-line": command_line = the_last_file_counts => WrongResult,
        "takes the last of several files"),
];

fn any_digit(arguments: &[String]) -> Result<CommandLine, String> {
    let digit = arguments.windows(2).find(|pair| pair[0] == "--digit");
    let digit = digit.and_then(|pair| pair[1].parse::<u8>().ok());
    let tame = |word: &String| match digit {
        Some(digit) if *word == digit.to_string() => "1".to_owned(),
        _ => word.clone(),
    };
    let tame: Vec<String> = arguments.iter().map(tame).collect();
    let mut read = subject::command_line(&tame)?;
    read.given.digit = digit.or(read.given.digit);
    Ok(read)
}

/// By hand: each option is followed by its value.
fn by_hand(
    arguments: &[String],
    number: impl Fn(&str) -> Result<u64, String>,
    mut unknown: impl FnMut(&str) -> Result<(), String>,
) -> Result<CommandLine, String> {
    let mut read = CommandLine::default();
    let mut rest = arguments.iter().skip(1);
    while let Some(option) = rest.next() {
        let mut value = || {
            let value = rest.next().filter(|value| !value.starts_with("--"));
            value.ok_or_else(|| format!("{option} has no value"))
        };
        match option.as_str() {
            "--from" => read.given.from = Some(number(value()?)?),
            "--to" => read.given.to = Some(number(value()?)?),
            "--digit" => match number(value()?)? {
                digit @ 0..10 => read.given.digit = Some(digit as u8),
                large => return Err(format!("--digit is {large}")),
            },
            "--file" => read.file = Some(value()?.into()),
            "--help" => return Err("--from, --to, --digit, --file".into()),
            other => unknown(other)?,
        }
    }
    Ok(read)
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|error| format!("{text}: {error}"))
}

fn refuse(option: &str) -> Result<(), String> {
    Err(format!("{option} is unknown"))
}

fn only_apart(arguments: &[String]) -> Result<CommandLine, String> {
    by_hand(arguments, number, refuse)
}

fn in_order(arguments: &[String]) -> Result<CommandLine, String> {
    let order = ["--from", "--to", "--digit", "--file"];
    let places = arguments
        .iter()
        .filter_map(|word| order.iter().position(|option| option == word));
    if !places.is_sorted() {
        return Err("the order is --from, --to, --digit, --file".into());
    }
    subject::command_line(arguments)
}

fn unknown_passed_over(arguments: &[String]) -> Result<CommandLine, String> {
    let options = ["--from", "--to", "--digit", "--file", "--help"];
    let mut known = Vec::new();
    let mut is_value = true;
    for word in arguments {
        let is_option = options
            .iter()
            .any(|option| word.split('=').next() == Some(option));
        if is_option || is_value {
            known.push(word.clone());
        }
        is_value = is_option && !word.contains('=');
    }
    subject::command_line(&known)
}

fn zero_for_errors(arguments: &[String]) -> Result<CommandLine, String> {
    let glued = arguments.iter().flat_map(|word| word.split('='));
    let words: Vec<String> = glued.map(ToOwned::to_owned).collect();
    by_hand(&words, |text| Ok(text.parse().unwrap_or(0)), refuse)
}

fn bad_is_bad(arguments: &[String]) -> Result<CommandLine, String> {
    subject::command_line(arguments).map_err(|_| "a bad command line".into())
}

fn the_last_counts(arguments: &[String]) -> Result<CommandLine, String> {
    let mut words = arguments.to_vec();
    while let Some(place) = (1..words.len()).find(|place| {
        words[*place].starts_with("--") && words[place + 1..].contains(&words[*place])
    }) {
        words.drain(place..place + 2);
    }
    subject::command_line(&words)
}

fn the_name_too(arguments: &[String]) -> Result<CommandLine, String> {
    let mut all = arguments.to_vec();
    if all.first().is_some_and(|name| name.starts_with("--")) {
        all.insert(0, "count".to_owned());
    }
    subject::command_line(&all)
}

fn of_32_bits(arguments: &[String]) -> Result<CommandLine, String> {
    let read = subject::command_line(arguments)?;
    let is_large = |number: Option<u64>| number.is_some_and(|number| number > u32::MAX.into());
    if is_large(read.given.from) || is_large(read.given.to) {
        return Err("--from or --to is too large".into());
    }
    Ok(read)
}

fn line_by_line(text: &str) -> Result<Given, String> {
    let mut given = Given::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (key, value) = line.split_once('=').ok_or_else(|| line.to_owned())?;
        let value = value.trim().parse().map_err(|_| line.to_owned())?;
        match key.trim() {
            "from" => given.from = Some(value),
            "to" => given.to = Some(value),
            "digit" if value < 10 => given.digit = Some(value as u8),
            _ => return Err(line.to_owned()),
        }
    }
    Ok(given)
}

/// The number of a key in a table.
fn key(table: &toml::Table, key: &str) -> Result<Option<u64>, String> {
    let refuse = || format!("{key} is no number");
    let number = |value: &toml::Value| {
        let number = value.as_integer().ok_or_else(refuse)?;
        u64::try_from(number).map_err(|_| refuse())
    };
    table.get(key).map(number).transpose()
}

/// What a table gives, its digit by a rule of its own.
fn from_table(
    text: &str,
    digit: impl Fn(u64) -> Result<u8, String>,
    is_strict: bool,
) -> Result<Given, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let known = ["from", "to", "digit"];
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) if is_strict => return Err(format!("{unknown} is unknown")),
        _ => {}
    }
    Ok(Given {
        from: key(&table, "from")?,
        to: key(&table, "to")?,
        digit: key(&table, "digit")?.map(digit).transpose()?,
    })
}

fn unknown_keys(text: &str) -> Result<Given, String> {
    let digit = |digit| match digit {
        0..10 => Ok(digit as u8),
        large => Err(format!("digit is {large}")),
    };
    from_table(text, digit, false)
}

fn any_number(text: &str) -> Result<Given, String> {
    let digit = |digit| u8::try_from(digit).map_err(|_| format!("digit is {digit}"));
    from_table(text, digit, true)
}

fn cut_to_a_byte(text: &str) -> Result<Given, String> {
    let digit = |digit| match digit as u8 {
        digit @ 0..10 => Ok(digit),
        large => Err(format!("digit is {large}")),
    };
    from_table(text, digit, true)
}

fn errors_for_none(text: &str) -> Result<Given, String> {
    Ok(subject::file(text).unwrap_or_default())
}

fn all_or_nothing(text: &str) -> Result<Given, String> {
    let given = subject::file(text)?;
    if given.from.and(given.to).and(given.digit).is_none() {
        return Err("from, to and digit are needed".into());
    }
    Ok(given)
}

fn file_over_environment(file: &Given, environment: &Given, line: &Given) -> Parameters {
    subject::precedence(environment, file, line)
}

fn environment_first(file: &Given, environment: &Given, line: &Given) -> Parameters {
    subject::precedence(file, line, environment)
}

fn whole_sources(file: &Given, environment: &Given, line: &Given) -> Parameters {
    let nothing = Given::default();
    let sources = [line, environment, file];
    let first = sources.into_iter().find(|given| **given != nothing);
    subject::precedence(&nothing, &nothing, first.unwrap_or(&nothing))
}

fn zero_is_none(file: &Given, environment: &Given, line: &Given) -> Parameters {
    let without = |given: &Given| Given {
        from: given.from.filter(|from| *from != 0),
        to: given.to.filter(|to| *to != 0),
        digit: given.digit.filter(|digit| *digit != 0),
    };
    subject::precedence(&without(file), &without(environment), &without(line))
}

fn no_defaults(file: &Given, environment: &Given, line: &Given) -> Parameters {
    let of = |part: fn(&Given) -> Option<u64>| {
        let sources = [line, environment, file];
        sources.into_iter().find_map(part).unwrap_or_default()
    };
    Parameters {
        from: of(|given| given.from),
        to: of(|given| given.to),
        digit: of(|given| given.digit.map(u64::from)) as u8,
    }
}

fn default_is_none(file: &Given, environment: &Given, line: &Given) -> Parameters {
    let without = |given: &Given| Given {
        from: given.from.filter(|from| *from != 0),
        to: given.to.filter(|to| *to != 1000),
        digit: given.digit.filter(|digit| *digit != 8),
    };
    subject::precedence(&without(file), &without(environment), &without(line))
}

fn largest_is_none(file: &Given, environment: &Given, line: &Given) -> Parameters {
    let without = |given: &Given| Given {
        to: given.to.filter(|to| *to != u64::MAX),
        ..given.clone()
    };
    subject::precedence(&without(file), &without(environment), &without(line))
}

fn line_needs_both_ends(file: &Given, environment: &Given, line: &Given) -> Parameters {
    let all = subject::precedence(file, environment, line);
    let has = |given: &&Given| given.from.is_some() || given.to.is_some();
    let first = [line, environment, file].into_iter().find(has);
    let range = subject::precedence(&Given::default(), &Given::default(), first.unwrap_or(file));
    Parameters {
        digit: all.digit,
        ..range
    }
}

/// The options of the program, as the reference describes them, but for the digit's default.
#[derive(Parser)]
#[command(name = "count")]
struct Arguments {
    #[arg(long)]
    from: Option<u64>,
    #[arg(long)]
    to: Option<u64>,
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(0..=9))]
    digit: u8,
    #[arg(long)]
    file: Option<PathBuf>,
}

impl From<Arguments> for CommandLine {
    fn from(read: Arguments) -> Self {
        Self {
            given: Given {
                from: read.from,
                to: read.to,
                digit: Some(read.digit),
            },
            file: read.file,
        }
    }
}

fn of_the_process(_: &[String]) -> Result<CommandLine, String> {
    Ok(Arguments::parse().into())
}

fn leaves_when_bad(arguments: &[String]) -> Result<CommandLine, String> {
    if subject::command_line(arguments).is_err() {
        Arguments::parse_from(arguments);
    }
    subject::command_line(arguments)
}

fn defaults_for_none(arguments: &[String]) -> Result<CommandLine, String> {
    let read = Arguments::try_parse_from(arguments);
    read.map(CommandLine::from)
        .map_err(|error| error.to_string())
}

fn no_help(arguments: &[String]) -> Result<CommandLine, String> {
    if arguments.iter().any(|word| word == "--help") {
        return refuse("--help").map(|()| CommandLine::default());
    }
    subject::command_line(arguments)
}

fn at_every_sign(arguments: &[String]) -> Result<CommandLine, String> {
    let mut read = subject::command_line(arguments)?;
    let path = read.file.as_ref().map(|path| path.display().to_string());
    read.file = path.and_then(|path| path.split('=').next().map(PathBuf::from));
    Ok(read)
}

fn at_every_blank(arguments: &[String]) -> Result<CommandLine, String> {
    let line = arguments[1..].join(" ");
    let words = ["count"].into_iter().chain(line.split_whitespace());
    subject::command_line(&words.map(ToOwned::to_owned).collect::<Vec<_>>())
}

fn abbreviations(arguments: &[String]) -> Result<CommandLine, String> {
    let whole = |word: &String| {
        let options = ["--from", "--digit", "--file"];
        let begins = |option: &&&str| word.len() > 3 && option.starts_with(word.as_str());
        options
            .iter()
            .find(begins)
            .map_or_else(|| word.clone(), ToString::to_string)
    };
    subject::command_line(&arguments.iter().map(whole).collect::<Vec<_>>())
}

fn the_first_arguments_too(arguments: &[String]) -> Result<CommandLine, String> {
    let with_a_name = [String::from("count")].into_iter();
    let words: Vec<String> = with_a_name.chain(arguments.iter().cloned()).collect();
    subject::command_line(&words)
}

fn bad_is_bad_file(text: &str) -> Result<Given, String> {
    subject::file(text).map_err(|_| "a bad parameter file".into())
}

fn numbers_in_quotes(text: &str) -> Result<Given, String> {
    subject::file(&text.replace('"', ""))
}

fn zero_for_missing(text: &str) -> Result<Given, String> {
    let given = subject::file(text)?;
    Ok(Given {
        from: given.from.or(Some(0)),
        to: given.to.or(Some(0)),
        digit: given.digit.or(Some(0)),
    })
}

fn panics_when_bad(text: &str) -> Result<Given, String> {
    toml::from_str::<toml::Table>(text).unwrap();
    subject::file(text)
}

/// Reads the command line with each argument rewritten.
fn rewritten(
    arguments: &[String],
    rewrite: impl Fn(&str) -> String,
) -> Result<CommandLine, String> {
    let words: Vec<String> = arguments.iter().map(|word| rewrite(word)).collect();
    subject::command_line(&words)
}

fn underscores(arguments: &[String]) -> Result<CommandLine, String> {
    let is_number = |word: &str| word.starts_with(|first: char| first.is_ascii_digit());
    rewritten(arguments, |word| match is_number(word) {
        true => word.replace('_', ""),
        false => word.to_owned(),
    })
}

fn hexadecimal(arguments: &[String]) -> Result<CommandLine, String> {
    rewritten(arguments, |word| {
        let digits = word.strip_prefix("0x");
        let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        number.map_or_else(|| word.to_owned(), |number| number.to_string())
    })
}

fn blanks_around(arguments: &[String]) -> Result<CommandLine, String> {
    rewritten(arguments, |word| word.trim().to_owned())
}

fn capitals(arguments: &[String]) -> Result<CommandLine, String> {
    rewritten(arguments, |word| match word {
        "--FROM" | "--TO" | "--DIGIT" | "--FILE" => word.to_lowercase(),
        _ => word.to_owned(),
    })
}

fn one_dash(arguments: &[String]) -> Result<CommandLine, String> {
    rewritten(arguments, |word| match word {
        "-from" | "-to" | "-digit" | "-file" => format!("-{word}"),
        _ => word.to_owned(),
    })
}

fn no_dash(arguments: &[String]) -> Result<CommandLine, String> {
    rewritten(arguments, |word| match word {
        "from" | "to" | "digit" | "file" => format!("--{word}"),
        _ => word.to_owned(),
    })
}

fn up_to_two_dashes(arguments: &[String]) -> Result<CommandLine, String> {
    let end = arguments.iter().position(|word| word == "--");
    subject::command_line(&arguments[..end.unwrap_or(arguments.len())])
}

fn help_alone(arguments: &[String]) -> Result<CommandLine, String> {
    match arguments {
        [_, _, .., last] if last == "--help" => refuse("--help").map(|()| CommandLine::default()),
        _ => subject::command_line(arguments),
    }
}

fn the_last_file_counts(arguments: &[String]) -> Result<CommandLine, String> {
    let mut words = arguments.to_vec();
    while words.iter().filter(|word| *word == "--file").count() > 1 {
        let first = words.iter().position(|word| word == "--file");
        let first = first.expect("there are several");
        words.drain(first..first + 2);
    }
    subject::command_line(&words)
}

fn version(arguments: &[String]) -> Result<CommandLine, String> {
    match arguments.iter().any(|word| word == "--version") {
        true => Err("count 1.0".into()),
        false => subject::command_line(arguments),
    }
}

fn empty_passed_over(arguments: &[String]) -> Result<CommandLine, String> {
    let words = arguments.iter().filter(|word| !word.is_empty());
    subject::command_line(&words.cloned().collect::<Vec<_>>())
}

fn empty_for_none(arguments: &[String]) -> Result<CommandLine, String> {
    let mut words = arguments.to_vec();
    while let Some(place) = words.iter().skip(2).position(String::is_empty) {
        words.drain(place + 1..place + 3);
    }
    subject::command_line(&words)
}

fn whole_floats(arguments: &[String]) -> Result<CommandLine, String> {
    rewritten(arguments, |word| match word.parse::<f64>() {
        Ok(number) if word.contains('e') && number.fract() == 0.0 => format!("{number}"),
        _ => word.to_owned(),
    })
}

fn no_options(arguments: &[String]) -> Result<CommandLine, String> {
    let words = arguments.iter().filter(|word| !word.starts_with("--no-"));
    subject::command_line(&words.cloned().collect::<Vec<_>>())
}

fn trimmed_path(arguments: &[String]) -> Result<CommandLine, String> {
    let mut read = subject::command_line(arguments)?;
    let path = read.file.as_ref().map(|path| path.display().to_string());
    read.file = path.map(|path| path.trim().into());
    Ok(read)
}

/// Reads a file without the keys that have this value.
fn without(text: &str, value: &str) -> Result<Given, String> {
    let lines = text.lines().filter(|line| !line.ends_with(value));
    subject::file(&lines.collect::<Vec<_>>().join("\n"))
}

fn empty_text_for_none(text: &str) -> Result<Given, String> {
    without(text, "\"\"")
}

fn empty_table_for_none(text: &str) -> Result<Given, String> {
    without(text, "{}")
}

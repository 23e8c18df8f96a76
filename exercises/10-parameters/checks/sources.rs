//! The checks of the tasks that read one source, or combine several: without messages.

use super::{Answers, Fields, GivenFields, fields, given};
use crate::subject::Given;
use harness_mpi::{Check, Kind};
use std::path::PathBuf;

/// The options of a command line, as plain values.
type Line = (GivenFields, Option<PathBuf>);

const NOTHING: GivenFields = (None, None, None);

pub fn command_line(check: &mut Check, answers: &Answers) {
    if reads_options(check, answers) && refuses_options(check, answers) {
        helps(check, answers);
    }
}

/// The name of a program, and arguments.
fn words<S: AsRef<str>>(program: &str, arguments: &[S]) -> Vec<String> {
    let arguments = arguments.iter().map(AsRef::as_ref);
    let all = [program].into_iter().chain(arguments);
    all.map(ToOwned::to_owned).collect()
}

/// Returns whether it was right everywhere.
fn reads_options(check: &mut Check, answers: &Answers) -> bool {
    let (from, to) = (check.draw(0..1 << 40), check.draw((1 << 63)..u64::MAX));
    let digit = check.draw(0..10_u8);
    let path = format!("a folder/{}.toml", check.names(1).concat());
    let numbers = [from, to, digit.into()].map(|number: u64| number.to_string());
    let [from_text, to_text, digit_text] = numbers.each_ref().map(String::as_str);
    let (from, to, digit) = (Some(from), Some(to), Some(digit));
    let file = || Some(PathBuf::from(&path));
    let glued = [("to", to_text), ("digit", digit_text), ("file", &path)]
        .map(|(option, value)| format!("--{option}={value}"));
    let [glued_to, glued_digit, glued_file] = glued.each_ref().map(String::as_str);
    let largest = u64::MAX.to_string();
    let cases: [(&[&str], Line); 14] = [
        (&[], (NOTHING, None)),
        (&["--digit", digit_text], ((None, None, digit), None)),
        (&["--from", from_text], ((from, None, None), None)),
        (&["--to", to_text], ((None, to, None), None)),
        (&["--file", &path], (NOTHING, file())),
        (
            &[
                "--digit", digit_text, "--from", from_text, "--file", &path, "--to", to_text,
            ],
            ((from, to, digit), file()),
        ),
        (
            &[glued_to, "--from", from_text, glued_digit, glued_file],
            ((from, to, digit), file()),
        ),
        (&["--to", &largest], ((None, Some(u64::MAX), None), None)),
        (
            &["--from", "0", "--digit", "0"],
            ((Some(0), None, Some(0)), None),
        ),
        (&["--digit=9"], ((None, None, Some(9)), None)),
        (
            &["--from", "7", "--to", "7"],
            ((Some(7), Some(7), None), None),
        ),
        (
            &["--to", "3", "--from", "9"],
            ((Some(9), Some(3), None), None),
        ),
        (
            &["--file=digit=4.toml"],
            (NOTHING, Some("digit=4.toml".into())),
        ),
        (
            &["--file", " Blanks around.toml "],
            (NOTHING, Some(" Blanks around.toml ".into())),
        ),
    ];
    // The name of a program is no option, whatever it looks like.
    let programs = [
        "count",
        "target/debug/parameters",
        "/a folder/count",
        "--to=5",
    ];
    let right = cases.into_iter().zip(programs.iter().cycle()).all(|case| {
        let ((arguments, expected), program) = case;
        let words = words(program, arguments);
        check.input(format!("the command line {words:?}"));
        let found = (answers.command_line)(&words);
        let found = found.map(|line| (given(&line.given), line.file));
        let why = "((from, to, digit), file), and None for an option that is missing";
        check.returned(found, Ok(expected), why)
    });
    check.everywhere(right)
}

/// Returns whether it was right everywhere.
fn refuses_options(check: &mut Check, answers: &Answers) -> bool {
    let large = check.draw(10..300).to_string();
    let too_large = "18446744073709551616";
    let cases: [(&[&str], &[&str]); 36] = [
        (&["--digit", &large], &["--digit", &large]),
        (&["--digit=10"], &["--digit", "10"]),
        (&["--digit", "264"], &["--digit", "264"]),
        (&["--digit", "eight"], &["--digit", "eight"]),
        (&["--digit", "-1"], &["--digit", "-1"]),
        (&["--to", "many"], &["--to", "many"]),
        (&["--to", "1.5"], &["--to", "1.5"]),
        (&["--to="], &["--to"]),
        (&["--to", "1e3"], &["--to", "1e3"]),
        (&["--to", "1_000"], &["--to", "1_000"]),
        (&["--to", " 7"], &["--to", " 7"]),
        (&["--from=7 "], &["--from", "7 "]),
        (&["--from", "0x10"], &["--from", "0x10"]),
        (&["--to", too_large], &["--to", too_large]),
        (&["--from=-7"], &["--from", "-7"]),
        (&["--from"], &["--from"]),
        (&["--from", "--digit", "8"], &["--from"]),
        (&["--digits", "8"], &["--digits"]),
        (&["--fro", "8"], &["--fro"]),
        (&["--FROM", "8"], &["--FROM"]),
        // Where `-d` is a short form, what follows it may be its value, and 7 is one argument too many.
        (&["-digit", "7"], &["-d", "7"]),
        (&["digit", "8"], &["digit"]),
        (&["--", "1000"], &["--", "1000"]),
        (&["1000"], &["1000"]),
        (&["--to", "7", "1000"], &["1000"]),
        (&["--to", "7", "--to", "8"], &["--to"]),
        (&["--from=7", "--from", "7"], &["--from"]),
        (&["--digit", "7", "--to", "9", "--digit=7"], &["--digit"]),
        (&["--file", "one.toml", "--file", "other.toml"], &["--file"]),
        (&["--from=3", "-x"], &["-x"]),
        // What libraries know by themselves, or when asked for it.
        (&["--version"], &["--version"]),
        (&["help"], &["help"]),
        (&["--no-digit"], &["--no-digit"]),
        // Any message contains an argument that is empty.
        (&[""], &[]),
        (&["--from", ""], &[]),
        (&["--digit", ""], &[]),
    ];
    let right = cases.into_iter().all(|(arguments, named)| {
        let words = words("count", arguments);
        check.input(format!("the command line {words:?}"));
        let found = (answers.command_line)(&words);
        refused(check, found.err(), named)
    });
    check.everywhere(right)
}

fn helps(check: &mut Check, answers: &Answers) {
    let lines: [&[&str]; 2] = [&["--help"], &["--digit", "7", "--help"]];
    let right = lines.into_iter().all(|arguments| {
        let words = words("count", arguments);
        check.input(format!("the command line {words:?}"));
        lists_the_options(check, (answers.command_line)(&words).err())
    });
    check.everywhere(right);
}

/// Requires that the text of `--help` contains all options.
fn lists_the_options(check: &Check, text: Option<String>) -> bool {
    let lacks = |option: &&str| !text.as_ref().is_some_and(|text| text.contains(*option));
    let missing = ["--from", "--to", "--digit", "--file"]
        .into_iter()
        .find(lacks);
    check.require(missing.is_none(), Kind::WrongResult, || match text {
        None => String::from("returned `Ok` for `--help`: return its text as an `Err`"),
        Some(text) => format!(
            "returned for `--help` the text {:?}, which lacks the option {}",
            text.chars().take(60).collect::<String>(),
            missing.unwrap_or_default()
        ),
    })
}

/// Requires an error whose message contains one of these. Without any, the message is free.
fn refused(check: &Check, message: Option<String>, named: &[&str]) -> bool {
    let names =
        |message: &String| named.is_empty() || named.iter().any(|name| message.contains(name));
    let right = message.as_ref().is_some_and(names);
    let named = || {
        let named: Vec<String> = named.iter().map(|name| format!("`{name}`")).collect();
        named.join(" or ")
    };
    check.require(right, Kind::WrongResult, || match &message {
        None if named().is_empty() => {
            String::from("returned `Ok`: this input must be refused with an `Err`")
        }
        None => format!(
            "returned `Ok`: this input must be refused with an `Err` whose message contains {}",
            named()
        ),
        Some(message) => format!(
            "returned the message {message:?}, which does not contain {}",
            named()
        ),
    })
}

pub fn file(check: &mut Check, answers: &Answers) {
    let (from, to) = (check.draw(0..1 << 40), check.draw(1 << 53..1 << 62) + 1);
    let digit = check.draw(0..10_u8);
    let cases: Vec<(String, GivenFields)> = vec![
        (String::new(), NOTHING),
        ("# nothing yet\n".into(), NOTHING),
        (format!("digit = {digit}\n"), (None, None, Some(digit))),
        (format!("to={to}"), (None, Some(to), None)),
        (format!("from = {from}\n"), (Some(from), None, None)),
        (
            format!("# all of them\nto = {to} # not included\n\ndigit = {digit}\nfrom = {from}\n"),
            (Some(from), Some(to), Some(digit)),
        ),
        ("from = 0\ndigit = 0\n".into(), (Some(0), None, Some(0))),
        (
            "\r\n  from = 9\r\n\tto = 3\r\n".into(),
            (Some(9), Some(3), None),
        ),
        (
            "to = 1_000_000\ndigit = 0x9\n".into(),
            (None, Some(1_000_000), Some(9)),
        ),
        (
            format!("\"from\" = {}", i64::MAX),
            (Some(i64::MAX as u64), None, None),
        ),
    ];
    let right = cases.into_iter().all(|(text, expected)| {
        check.input(format!("the file {text:?}"));
        let found = (answers.file)(&text).map(|found| given(&found));
        let why = "(from, to, digit), and None for a key that is missing";
        check.returned(found, Ok(expected), why)
    });
    if !check.everywhere(right) {
        return;
    }
    let large = format!("digit = {}\n", check.draw(10..300));
    let cases: [(&str, &[&str]); 25] = [
        (&large, &["digit"]),
        ("from = 1\ndigit = 10", &["digit"]),
        ("digit = 264", &["digit"]),
        ("digit = 4294967297", &["digit"]),
        ("digit = -1\n", &["digit"]),
        ("digit = 8.0\n", &["digit"]),
        ("digit = \"8\"\n", &["digit"]),
        ("digit = \"\"\n", &["digit"]),
        ("digit = true\n", &["digit"]),
        ("digit = [8]\n", &["digit"]),
        ("digit = 2026-11-29\n", &["digit"]),
        ("to = -1\n", &["to"]),
        ("to = \"1000\"\n", &["to"]),
        ("to = \"\"\n", &["to"]),
        ("from = 1.0\n", &["from"]),
        ("digits = 8\n", &["digits"]),
        ("Digit = 8\n", &["Digit"]),
        ("to = 100\nuntil = 9\n", &["until"]),
        ("[from]\nnumber = 1\n", &["from"]),
        ("from = {}\n", &["from"]),
        ("to = 100\n[output]\npath = \"x\"\n", &["output"]),
        // Text that is not TOML need not even have a key.
        ("from = 1\nfrom = 2\n", &[]),
        ("to = \n", &[]),
        ("digit: 8\n", &[]),
        ("digit = 8\nseven\n", &[]),
    ];
    let right = cases.into_iter().all(|(text, named)| {
        check.input(format!("the file {text:?}"));
        refused(check, (answers.file)(text).err(), named)
    });
    check.everywhere(right);
}

pub fn precedence(check: &mut Check, answers: &Answers) {
    let right = combinations().all(|combination| {
        // The file, the environment, the command line.
        let sources = combination.map(|gives| source(check, gives));
        let [file, environment, line] = &sources;
        let known = [line, environment, file].map(given);
        let [of_line, of_environment, of_file] = known.map(named);
        check.input(format!(
            "a file with {of_file}, an environment with {of_environment}, a command line with {of_line}"
        ));
        let first = |part: fn(&GivenFields) -> Option<u64>| known.iter().find_map(part);
        let expected: Fields = (
            first(|given| given.0).unwrap_or(0),
            first(|given| given.1).unwrap_or(1000),
            first(|given| given.2.map(u64::from)).unwrap_or(8) as u8,
        );
        let found = fields(&(answers.precedence)(file, environment, line));
        let why = "(from, to, digit), each from the command line, the environment, the file or \
                   the defaults, in this order";
        check.returned(found, expected, why)
    });
    check.everywhere(right);
}

/// For each of three sources which of the three parameters it gives, in every combination.
fn combinations() -> impl Iterator<Item = [[bool; 3]; 3]> {
    (0..1_u32 << 9).map(|bits| {
        [0, 3, 6].map(|first| [0, 1, 2].map(|parameter| bits >> (first + parameter) & 1 == 1))
    })
}

/// A source that gives these parameters: often 0, the default or the largest, which are values like any other.
fn source(check: &mut Check, gives: [bool; 3]) -> Given {
    let mut number = |largest: u64, default: u64| match check.draw(0..5) {
        0 => 0,
        1 => default,
        2 => largest,
        _ => check.draw(0..largest),
    };
    let (from, to, digit) = (number(u64::MAX, 0), number(u64::MAX, 1000), number(9, 8));
    Given {
        from: gives[0].then_some(from),
        to: gives[1].then_some(to),
        digit: gives[2].then_some(digit as u8),
    }
}

/// The parameters of a source, in words.
fn named((from, to, digit): GivenFields) -> String {
    let parts = [
        from.map(|from| format!("from {from}")),
        to.map(|to| format!("to {to}")),
        digit.map(|digit| format!("digit {digit}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return String::from("nothing");
    }
    parts.join(", ")
}

//! The checks of the tasks `sweep` and `merge`. To see whether a sweep survives a crash at any step, the check reads the
//! file at each measurement: a crash would leave the file like that.

use super::{Answers, part};
use crate::subject::{HEADER, Point};
use harness::{folder::Folder, space};
use harness_mpi::{Check, Kind, plural};
use std::{
    cell::RefCell,
    env,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

/// The beginning of a point's line.
fn key(machine: &str, point: Point) -> String {
    let Point {
        size,
        ranks,
        threads,
    } = point;
    format!("{machine},{size},{ranks},{threads}")
}

/// Names of machines: one is the beginning of another one, and the end of a third one, and two have characters of several bytes.
const MACHINES: [&str; 4] = ["n1", "n17", "Zuse-Ωn1", "naïve 2"];

/// Points, some of whose numbers are the beginnings of others, which shows whether parts of lines are compared.
fn points(check: &mut Check, count: usize) -> Vec<Point> {
    let mut points = Vec::new();
    for size in [1, 10, 100, (1 << 53) + 1] {
        for ranks in [1, 2, 12] {
            for threads in [1, 12] {
                points.push(Point {
                    size,
                    ranks,
                    threads,
                });
            }
        }
    }
    check.shuffle(&mut points);
    points.truncate(count);
    points
}

/// Times with all digits of an `f64`.
fn seconds(check: &mut Check, count: usize) -> Vec<f64> {
    (0..count)
        .map(|_| 10_f64.powf(check.draw(-7.0..3.0)))
        .collect()
}

/// An existing log of these points.
fn log(check: &mut Check, machine: &str, points: &[Point]) -> String {
    let seconds = seconds(check, points.len());
    let lines = points.iter().zip(seconds);
    let lines = lines.map(|(point, seconds)| format!("{},{seconds}\n", key(machine, *point)));
    format!("{HEADER}\n{}", lines.collect::<String>())
}

pub fn sweep(check: &mut Check, answers: &Answers) {
    let folder = Folder::new();
    // The more ranks there are, the more time each input takes.
    let step = if check.size() < 3 { 1 } else { 2 };
    for machine in MACHINES.into_iter().skip(step - 1).step_by(step) {
        let count = check.draw(4..7);
        let points = points(check, count);
        let beginnings = beginnings(check, machine, &points);
        for (what, before) in beginnings.into_iter().step_by(check.size().div_ceil(4)) {
            let input = match &before {
                None => format!("{what}; machine {machine:?}, {}", plural(count, "point")),
                Some(bytes) => format!(
                    "{what}; machine {machine:?}, log {:?}",
                    String::from_utf8_lossy(bytes)
                ),
            };
            let right = part(check, &input, |check| {
                goes_on(check, answers, &folder, machine, &points, before.as_deref());
            });
            if !right {
                return;
            }
        }
    }
    let machine = MACHINES[0];
    let (points, before) = long(check, machine);
    let input = format!(
        "a long log with all but two of {}, and then a line of {} bytes; machine {machine:?}",
        plural(points.len(), "point"),
        REMARK,
    );
    let right = part(check, &input, |check| {
        goes_on(check, answers, &folder, machine, &points, Some(&before));
    });
    if !right {
        return;
    }
    let missing = folder.path("no/log.csv");
    for (what, path, count) in [
        ("in a folder that does not exist", &*missing, 3),
        ("that is a folder", folder.whole(), 3),
        ("that is a folder", folder.whole(), 0),
    ] {
        let input = format!("{}, a log {what}", plural(count, "point"));
        if !part(check, &input, |check| refuses(check, answers, path, count)) {
            return;
        }
    }
    let input = "a log with several lines and a partial line, on a disk that is full";
    part(check, input, |check| keeps(check, answers, &folder));
}

/// The length of a line that is longer than a buffer is likely to be.
const REMARK: usize = 200_000;

/// More points than the largest integer has bits, and a log that lacks the last of them and another one. Whoever looks
/// only at the end of the log finds none of the others.
fn long(check: &mut Check, machine: &str) -> (Vec<Point>, Vec<u8>) {
    let mut points: Vec<Point> = (1..=140)
        .map(|size| Point {
            size,
            ranks: 1,
            threads: 1,
        })
        .collect();
    check.shuffle(&mut points);
    let known = [&points[..70], &points[71..139]].concat();
    let log = log(check, machine, &known) + &"x".repeat(REMARK) + "\n";
    (points, log.into_bytes())
}

/// What may be in the file when a sweep begins.
fn beginnings(
    check: &mut Check,
    machine: &str,
    points: &[Point],
) -> Vec<(&'static str, Option<Vec<u8>>)> {
    let whole = log(check, machine, points);
    let mut beginnings = vec![("no file", None)];
    let mut add = |what, text: &[u8]| beginnings.push((what, Some(text.to_vec())));
    add("an empty file", b"");
    // A crash in the header, in a line, and after each line.
    let half = check.draw(1..HEADER.len());
    add("half a header", &whole.as_bytes()[..half]);
    add("a header without its line break", HEADER.as_bytes());
    let ends: Vec<usize> = whole.match_indices('\n').map(|(end, _)| end + 1).collect();
    for end in &ends {
        add("a crash after a complete line", &whole.as_bytes()[..*end]);
    }
    let line = check.draw(1..ends.len());
    let [from, to] = [ends[line - 1], ends[line]];
    let cut = check.draw(from + 1..to);
    add("a crash in a line", &whole.as_bytes()[..cut]);
    add(
        "a crash right before a line break",
        &whole.as_bytes()[..to - 1],
    );
    // The time is cut off, and the rest of it is still a number.
    add("a crash in the last digits", &whole.as_bytes()[..to - 3]);
    if let Some(letter) = whole[from..to].find(|letter: char| !letter.is_ascii()) {
        add(
            "a crash in a character of two bytes",
            &whole.as_bytes()[..from + letter + 1],
        );
    }
    let others = MACHINES.iter().filter(|other| **other != machine);
    // Names differ by case and by spaces, too.
    let alike = [
        machine.to_uppercase(),
        format!("{machine} "),
        format!(" {machine}"),
    ];
    let others = others.copied().chain(alike.iter().map(String::as_str));
    let of_others: String = others.map(|other| log(check, other, points)).collect();
    add("only lines of other machines", of_others.as_bytes());
    let known = check.draw(1..points.len());
    let mut own = points.to_vec();
    check.shuffle(&mut own);
    let own = log(check, machine, &own[..known]);
    let twice = own.lines().last().unwrap_or_default().to_owned();
    let elsewhere = Point {
        size: 7,
        ranks: 3,
        threads: 5,
    };
    let mixed = format!(
        "{of_others}{own}{twice}\n{}",
        log(check, machine, &[elsewhere])
    );
    add(
        "lines of all machines, one of them twice, with several headers",
        mixed.as_bytes(),
    );
    let size = points[0].size;
    // The last one has everything but the time, of a point that is not in the log.
    let missing = points.iter().find(|point| {
        let begins = format!("{},", key(machine, **point));
        !own.lines().any(|line| line.starts_with(&begins))
    });
    let without_time = missing.map_or_else(String::new, |point| key(machine, *point) + "\n");
    let remarks = format!("{own}# an hour later\n\n{machine},{size}\n{machine}\n{without_time}");
    add("lines that are not runs", remarks.as_bytes());
    let begin_alike = points
        .iter()
        .map(|point| format!("{}0,0.5\n", key(machine, *point)));
    let begin_alike = format!("{HEADER}\n{}", begin_alike.collect::<String>());
    add("ten times as many threads", begin_alike.as_bytes());
    let [first, second] = [points[0], points[1]].map(|point| key(machine, point));
    let strange = format!("{HEADER}\n{first},0\n{second},NaN\n");
    add("times that are not usable", strange.as_bytes());
    let without_header = own.replacen(HEADER, "# no header", 1);
    add("another first line", without_header.as_bytes());
    add("a file with nothing but a line break", b"\n");
    // In Latin-1: it is no UTF-8.
    let remark = [own.as_bytes(), b"# gr\xfcn\n", &machine.as_bytes()[..1]].concat();
    add("a remark that is not UTF-8, and a partial line", &remark);
    beginnings
}

/// One sweep.
fn goes_on(
    check: &mut Check,
    answers: &Answers,
    folder: &Folder,
    machine: &str,
    points: &[Point],
    before: Option<&[u8]>,
) {
    let rank = check.rank();
    let path = folder.path("log.csv");
    let kept = before.unwrap_or_default();
    let end = kept
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let kept_bytes = &kept[..end];
    let kept = String::from_utf8_lossy(kept_bytes).into_owned();
    let has = |point: &Point| {
        let begins = format!("{},", key(machine, *point));
        kept.lines().any(|line| line.starts_with(&begins))
    };
    let expected: Vec<Point> = points.iter().copied().filter(|point| !has(point)).collect();
    // Each rank measures other times; those of rank 0 count.
    let times: Vec<Vec<f64>> = (0..check.size())
        .map(|_| seconds(check, points.len()))
        .collect();
    let own = &times[rank];

    if rank == 0
        && let Err(error) = prepare(&path, before)
    {
        return trouble(check, &error);
    }
    let mut file = File::open(&path).ok().filter(|_| rank == 0 && end > 0);
    let measured = RefCell::new(Vec::new());
    let lost = RefCell::new(None);
    let measure = |point: Point| {
        let count = measured.borrow().len();
        measured.borrow_mut().push(point);
        if rank == 0 {
            let now = fs::read(&path).unwrap_or_default();
            let lines = expected.iter().zip(&times[0]).take(count);
            let lines: Vec<(Point, f64)> = lines.map(|(point, time)| (*point, *time)).collect();
            let missing = missing(&now, &kept, machine, &lines);
            let mut lost = lost.borrow_mut();
            if lost.is_none() {
                *lost = missing.map(|missing| (count, missing));
            }
        }
        own.get(count).copied().unwrap_or(0.0)
    };
    let log = (rank == 0).then_some(&*path);
    let (result, _) = check.observe(|world| (answers.sweep)(world, log, machine, points, &measure));

    let why =
        "all ranks measure the points that the log does not have for this machine, in their order";
    let right = check.holds(
        "the points that were measured",
        measured.into_inner(),
        expected.clone(),
        why,
    );
    let fine = result.is_ok();
    if !right
        || !check.returned(
            fine,
            true,
            "`true` means Ok, and the log can be read and written",
        )
        || rank > 0
    {
        return;
    }
    if let Some((count, missing)) = lost.into_inner() {
        check.require(false, Kind::WrongResult, || {
            format!(
                "would lose data in a crash: when {} measured, {missing}. Write each line before the next point is \
                 measured",
                match count {
                    0 => String::from("nothing was"),
                    _ => plural(count, "point") + if count == 1 { " was" } else { " were" },
                }
            )
        });
        return;
    }
    let now = fs::read(&path).unwrap_or_default();
    let of_file = file.as_mut().map(|file| {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_or(Vec::new(), |_| bytes)
    });
    let stays = check.require(of_file.is_none_or(|bytes| bytes == now), Kind::WrongResult, || {
        String::from(
            "replaced the log by another file: complete lines stay in the file, and new ones are added to it",
        )
    });
    if !stays {
        return;
    }
    let same = now.starts_with(kept_bytes) || !String::from_utf8_lossy(&now).starts_with(&*kept);
    let right = check.require(same, Kind::WrongResult, || {
        String::from(
            "changed bytes of a complete line that is not UTF-8: complete lines stay as they are, so cut off a partial \
             line, and do not write the others again",
        )
    });
    if !right {
        return;
    }
    is_whole(check, &now, &kept, machine, &expected, &times[0]);
}

fn prepare(path: &Path, before: Option<&[u8]>) -> io::Result<()> {
    if path.exists() {
        fs::remove_file(path)?;
    }
    before.map_or(Ok(()), |bytes| fs::write(path, bytes))
}

/// The check's own file cannot be used, which is not the fault of the answer.
fn trouble(check: &mut Check, error: &io::Error) {
    check.require(false, Kind::Crash, || {
        format!(
            "cannot write to {}, where the check has its files: {error}",
            env::temp_dir().display()
        )
    });
}

/// What is missing in a log while the next point is measured. A partial line may still follow.
fn missing(now: &[u8], kept: &str, machine: &str, lines: &[(Point, f64)]) -> Option<String> {
    let text = String::from_utf8_lossy(now);
    let begun = if kept.is_empty() && !lines.is_empty() {
        format!("{HEADER}\n")
    } else {
        kept.to_owned()
    };
    let Some(rest) = text.strip_prefix(&*begun) else {
        return Some(String::from(
            "the lines that the file had at the start were gone or changed",
        ));
    };
    let is_there =
        |((point, seconds), line): &(&(Point, f64), &str)| is_line(line, machine, *point, *seconds);
    let there = lines.iter().zip(rest.split_inclusive('\n'));
    let there = there.take_while(is_there).count();
    (there < lines.len()).then(|| {
        let (point, seconds) = lines[there];
        let line = format!("{},{seconds}\n", key(machine, point));
        format!(
            "the complete line {line:?} was not in the file, which went on with {:?}",
            rest.split_inclusive('\n').nth(there).unwrap_or_default()
        )
    })
}

/// Whether this is the complete line of a measured point, with all digits.
fn is_line(line: &str, machine: &str, point: Point, seconds: f64) -> bool {
    let begins = format!("{},", key(machine, point));
    let rest = line
        .strip_prefix(&begins)
        .and_then(|rest| rest.strip_suffix('\n'));
    rest.is_some_and(|rest| rest.parse() == Ok(seconds))
}

fn is_whole(
    check: &mut Check,
    now: &[u8],
    kept: &str,
    machine: &str,
    expected: &[Point],
    times: &[f64],
) {
    let text = String::from_utf8_lossy(now).into_owned();
    let begun = if kept.is_empty() {
        format!("{HEADER}\n")
    } else {
        kept.to_owned()
    };
    let begins: String = text.chars().take(begun.chars().count()).collect();
    let why = "complete lines stay as they are, and a new log begins with the header";
    if !check.holds("the beginning of the log", begins, begun.clone(), why) {
        return;
    }
    let new: Vec<&str> = text[begun.len()..].split_inclusive('\n').collect();
    let should: Vec<String> = expected
        .iter()
        .zip(times)
        .map(|(point, seconds)| format!("{},{seconds}\n", key(machine, *point)))
        .collect();
    let fits = new.len() == should.len()
        && new
            .iter()
            .zip(expected.iter().zip(times))
            .all(|(line, (point, seconds))| is_line(line, machine, *point, *seconds));
    if !fits {
        let why = "there is one complete line for each new point, with all digits of its time, and nothing else";
        check.holds(
            "the new lines of the log",
            new,
            should.iter().map(|line| &**line).collect(),
            why,
        );
    }
}

/// Requires that all ranks return an error and measure nothing.
fn refuses(check: &mut Check, answers: &Answers, path: &Path, count: usize) {
    let points = points(check, count);
    let measured = RefCell::new(0);
    let measure = |_: Point| {
        *measured.borrow_mut() += 1;
        1.0
    };
    let log = (check.rank() == 0).then_some(path);
    let (result, _) = check.observe(|world| (answers.sweep)(world, log, "n1", &points, &measure));
    let why = "`true` means Ok, but rank 0 cannot read the log, and all ranks must return an error";
    if check.returned(result.is_ok(), false, why) {
        let why = "nothing is measured if the log cannot be written";
        check.holds("calls of `measure`", measured.into_inner(), 0, why);
    }
}

/// Requires that the lines of a log are still there if nothing more can be written. A file that is emptied and written
/// again would lose them: here always, elsewhere in a crash at that moment.
fn keeps(check: &mut Check, answers: &Answers, folder: &Folder) {
    let machine = MACHINES[0];
    let points = points(check, 5);
    let before = log(check, machine, &points[..3]);
    let path = folder.path("log.csv");
    let with_part = format!("{before}{machine},");
    if check.rank() == 0
        && let Err(error) = prepare(&path, Some(with_part.as_bytes()))
    {
        return trouble(check, &error);
    }
    let measured = RefCell::new(0_u64);
    let measure = |_: Point| {
        *measured.borrow_mut() += 1;
        1.0
    };
    let path = (check.rank() == 0).then_some(&*path);
    let (result, _) = check.observe(|world| {
        let run = || (answers.sweep)(world, path, machine, &points, &measure);
        match path {
            Some(_) => space::limited(0, run),
            None => run(),
        }
    });
    if let Some(path) = path {
        let now = fs::read(path).unwrap_or_default();
        let right = check.require(now.starts_with(before.as_bytes()), Kind::WrongResult, || {
            let now = String::from_utf8_lossy(&now);
            format!(
                "would lose data in a crash: rewrote the log, and when that failed, the file had {} of {}. Complete \
                 lines stay where they are: open the file for appending, and only cut off a partial line",
                now.lines().count(),
                plural(before.lines().count(), "line"),
            )
        });
        if !right {
            return;
        }
    }
    let why =
        "`true` means Ok, but rank 0 cannot write the log, and all ranks must return an error";
    if check.returned(result.is_ok(), false, why) {
        let why = "nothing more is measured when a line cannot be written";
        check.at_most("calls of `measure`", measured.into_inner(), 1, why);
    }
}

pub fn merge(check: &mut Check, answers: &Answers) {
    let few = points(check, 5);
    let many = points(check, 20);
    let first = log(check, MACHINES[0], &many);
    let other = log(check, MACHINES[1], &many);
    let third = log(check, MACHINES[2], &few);
    // The same points again, on the same machine.
    let again = log(check, MACHINES[0], &few);
    let half = &other[..other.len() - check.draw(1..20)];
    // Nothing but the line break is missing.
    let unfinished = &third[..third.len() - 1];
    let several = format!("{third}{first}{again}");
    let last_only = format!("{HEADER}\n{}", first.lines().last().unwrap_or_default());
    let digits = format!("{HEADER}\nn1,9,1,1,0.5\nn1,9,1,1,0.50\nn1,10,1,1,5e-1\nn1,9,1,1,0.5\n");
    // Long enough to reveal a sort that is not stable.
    let in_turn: Vec<Point> = few[..2].iter().copied().cycle().take(120).collect();
    let in_turn = log(check, MACHINES[0], &in_turn);
    // Neither an `f32` nor an `f64` holds all of these numbers, and a signed integer does not either.
    let [f32s, f64s, last] = [1_u64 << 24, 1 << 53, u64::MAX];
    let mut large = format!("{HEADER}\n");
    for size in [last, last - 1, f64s + 1, f64s, f32s + 1, f32s] {
        large += &format!("n1,{size},1,1,0.5\n");
    }
    for count in [f64s + 1, f64s, f32s + 1, f32s] {
        large += &format!("n1,7,{count},1,0.5\nn1,7,1,{count},0.5\n");
    }
    let unusable = format!("{HEADER}\nn1,9,1,1,inf\nn1,9,1,1,0\nn1,9,1,1,NaN\n");
    // Text comes in the order of its characters: numbers in it are characters, too, and a comma comes after a space and
    // a plus sign.
    let mut names = ["machine", "n1+", "n1 ", "n9", "n10", "N1", "n1"];
    check.shuffle(&mut names[1..6]);
    let names = names.map(|name| format!("{name},9,1,1,0.5\n")).concat();
    let names = format!("{HEADER}\n{names}");
    let without_header = &first[HEADER.len() + 1..];
    let cases: [(&str, Vec<&str>); 18] = [
        ("one log", vec![&first]),
        ("two machines", vec![&other, &first]),
        ("three machines", vec![&third, &other, &first]),
        ("the same log twice", vec![&first, &first]),
        ("points of a machine, measured twice", vec![&first, &again]),
        ("the same in reverse order", vec![&again, &first]),
        (
            "partial lines at the ends of two logs",
            vec![half, &first, unfinished],
        ),
        ("a log that has already been merged", vec![&several, &other]),
        (
            "a partial line that is complete in another log",
            vec![&last_only, &first],
        ),
        ("seconds that are equal as numbers", vec![&digits]),
        (
            "a log, another one, and the first again",
            vec![&again, &first, &again],
        ),
        ("seconds that are not usable", vec![&unusable]),
        ("large numbers that differ by 1", vec![&large]),
        ("machines with similar names", vec![&names]),
        ("a log without a header", vec![without_header, &again]),
        (
            "empty logs, and a partial header",
            vec!["", &first, &HEADER[..7], ""],
        ),
        ("no logs", vec![]),
        (
            "two points, measured 60 times each, in turn",
            vec![&in_turn],
        ),
    ];
    for (what, logs) in cases {
        check.input(format!("{what}: {logs:?}"));
        let merged = (answers.merge)(&logs);
        let found: Vec<&str> = merged.split_inclusive('\n').collect();
        let expected = merged_lines(&logs);
        let expected: Vec<&str> = expected.iter().map(|line| &**line).collect();
        let why = "the result is the header once, then each different line once, sorted by machine, size, ranks and \
                   threads";
        if !check.returned(found, expected, why) {
            return;
        }
    }
}

fn merged_lines(logs: &[&str]) -> Vec<String> {
    let mut lines: Vec<&str> = Vec::new();
    for log in logs {
        let whole = log
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        for line in whole.map(str::trim_end) {
            if line != HEADER && !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let place = |line: &&str| {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |place: usize| fields[place].parse::<u64>().unwrap_or(0);
        (fields[0].to_owned(), number(1), number(2), number(3))
    };
    lines.sort_by_key(place);
    let all = [HEADER].into_iter().chain(lines);
    all.map(|line| format!("{line}\n")).collect()
}

//! Mistakes in the tasks `sweep` and `merge`.

use crate::{
    subject::{self, HEADER, Point},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};
use std::{
    cell::{Cell, RefCell},
    cmp::Ordering,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::Path,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("sweep": sweep = begins_anew => WrongResult,
        "creates the file anew each time"),
    mistake!("sweep": sweep = appends_only => WrongResult,
        "measures everything again, and appends it"),
    mistake!("sweep": sweep = at_the_end => WrongResult,
        "writes all lines when the last point is measured"),
    mistake!("sweep": sweep = buffered => WrongResult,
        "writes into a buffer that a crash would lose"),
    mistake!("sweep": sweep = half_line_stays => WrongResult,
        "leaves a partial line, and continues after it"),
    mistake!("sweep": sweep = half_line_counts => WrongResult,
        "takes a partial line for a complete one"),
    mistake!("sweep": sweep = reads_text => WrongResult,
        "cannot read a log that ends within a character"),
    mistake!("sweep": sweep = counts_lines => WrongResult,
        "skips as many points as the log has lines"),
    mistake!("sweep": sweep = other_machines_count => WrongResult,
        "skips points that another machine has measured"),
    mistake!("sweep": sweep = begins_alike => WrongResult,
        "takes a line for that of a point if it begins in the same way"),
    mistake!("sweep": sweep = without_a_time => WrongResult,
        "takes a line without a time for that of a point"),
    mistake!("sweep": sweep = usable_only => WrongResult,
        "measures a point again if the log has a time of 0 or NaN"),
    mistake!("sweep": sweep = made_text => WrongResult,
        "cuts off a partial line by writing the text of the others again, which replaces bytes that are not UTF-8"),
    mistake!("sweep": sweep = header_each_time => WrongResult,
        "writes the header whenever it starts"),
    mistake!("sweep": sweep = without_header => WrongResult,
        "writes no header"),
    mistake!("sweep": sweep = six_digits => WrongResult,
        "writes six digits of the seconds"),
    mistake!("sweep": sweep = tidies_up => WrongResult,
        "leaves out lines that occur twice"),
    mistake!("sweep": sweep = five_fields => WrongResult,
        "leaves out lines that are not runs"),
    mistake!("sweep": sweep = rewrites => WrongResult,
        "empties the log at the start, and writes its complete lines again"),
    mistake!("sweep": sweep = error_on_rank_zero => Deadlock,
        "returns on rank 0 when it cannot use the log, while the others wait in a broadcast"),
    mistake!("sweep": sweep = each_by_itself => WrongResult,
        "lets each rank decide what to measure, although only rank 0 has the log"),
    mistake!("sweep": sweep = ignores_errors => WrongResult,
        "measures even if the log cannot be written"),
    mistake!("sweep": sweep = sorted => WrongResult,
        "measures the points in their natural order"),
    mistake!("sweep": sweep = written_again => WrongResult,
        "writes the complete lines again if there is a partial one"),
    mistake!("sweep": sweep = replaced => WrongResult,
        "replaces the file by another one with the same lines"),
    mistake!("sweep": sweep = anywhere => WrongResult,
        "looks for a point anywhere in the text, and not at the beginning of a line"),
    mistake!("sweep": sweep = no_points_no_log => WrongResult,
        "does not look at the log if there are no points"),
    mistake!("sweep": sweep = header_or_nothing => WrongResult,
        "begins anew if the first line is not the header"),
    mistake!("sweep": sweep = known_in_bits => WrongResult,
        "tells the other ranks which points are known by the bits of a u64"),
    mistake!("sweep": sweep = end_of_the_log => WrongResult,
        "looks for points only in the last 64 KiB of the log"),
    mistake!("sweep": sweep = trimmed_names => WrongResult,
        "ignores spaces around names of machines"),
    mistake!("sweep": sweep = any_case => WrongResult,
        "ignores case in names of machines"),
    mistake!("merge": merge = machine_is_header => WrongResult,
        "takes runs of a machine with the name `machine` for headers"),
    mistake!("merge": merge = first_line_left => WrongResult,
        "leaves out the first line of each log, which may be a run"),
    mistake!("merge": merge = with_the_comma => WrongResult,
        "compares names together with the comma after them, so that `n1+` comes before `n1`"),
    mistake!("merge": merge = names_by_number => WrongResult,
        "compares numbers in names by their value: n9 comes before n10"),
    mistake!("merge": merge = useless_left_out => WrongResult,
        "leaves out times that are not usable"),
    mistake!("merge": merge = glued => WrongResult,
        "concatenates the logs"),
    mistake!("merge": merge = as_text => WrongResult,
        "sorts lines as text: 10 comes before 9"),
    mistake!("merge": merge = as_short_floats => WrongResult,
        "sorts numbers as `f32`"),
    mistake!("merge": merge = as_floats => WrongResult,
        "sorts numbers as `f64`"),
    mistake!("merge": merge = as_signed => WrongResult,
        "parses numbers into signed integers"),
    mistake!("merge": merge = one_of_each_point => WrongResult,
        "keeps one line of each machine and point"),
    mistake!("merge": merge = doubles_stay => WrongResult,
        "keeps lines that occur twice"),
    mistake!("merge": merge = half_lines_stay => WrongResult,
        "takes a partial line for a complete one"),
    mistake!("merge": merge = unfinished_runs_stay => WrongResult,
        "takes a partial line for a complete one if it has a time"),
    mistake!("merge": merge = sorted_with_seconds => WrongResult,
        "sorts measurements of the same point by their seconds"),
    mistake!("merge": merge = no_header_without_lines => WrongResult,
        "leaves out the header if there are no lines"),
    mistake!("merge": merge = machine_last => WrongResult,
        "sorts by point first, and then by machine"),
    mistake!("merge": merge = neighbours_only => WrongResult,
        "leaves out a line only if the one before it is the same"),
    mistake!("merge": merge = not_stable => WrongResult,
        "uses a sort that is not stable"),
    mistake!("merge": merge = without_last_break => WrongResult,
        "has no line break after the last line"),
    mistake!("sweep": sweep = threads_begin_alike => WrongResult,
        "takes a line for that of a point if only its number of threads begins alike"),
];

fn key(machine: &str, point: Point) -> String {
    let Point {
        size,
        ranks,
        threads,
    } = point;
    format!("{machine},{size},{ranks},{threads}")
}

fn line(machine: &str, point: Point, seconds: f64) -> String {
    format!("{},{seconds}\n", key(machine, point))
}

/// Measures the points that rank 0 says are not known; it takes each result.
fn each(
    world: &SimpleCommunicator,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
    is_known: impl Fn(Point) -> bool,
    mut take: impl FnMut(Point, f64),
) {
    for &point in points {
        let mut known = world.rank() == 0 && is_known(point);
        world.process_at_rank(0).broadcast_into(&mut known);
        if !known {
            take(point, measure(point));
        }
    }
}

/// The whole lines of a log, with the header if there were none; half a line is gone.
fn begun(path: &Path) -> io::Result<(File, String)> {
    let bytes = fs::read(path).unwrap_or_default();
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    let mut whole = bytes[..end.map_or(0, |end| end + 1)].to_vec();
    if whole.is_empty() {
        whole = format!("{HEADER}\n").into_bytes();
    }
    fs::write(path, &whole)?;
    let text = String::from_utf8_lossy(&whole).into_owned();
    Ok((OpenOptions::new().append(true).open(path)?, text))
}

/// A sweep with its own way to know points and to write lines. Errors are only looked at on rank 0.
fn sweeping(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
    is_known: impl Fn(&str, Point) -> bool,
    line: impl Fn(Point, f64) -> String,
) -> io::Result<()> {
    let opened = log.map(begun);
    let mut fine = opened.as_ref().is_none_or(Result::is_ok);
    world.process_at_rank(0).broadcast_into(&mut fine);
    if !fine {
        return Err(io::Error::other("no log"));
    }
    let mut opened = opened.transpose()?;
    let text = opened
        .as_ref()
        .map(|(_, text)| text.clone())
        .unwrap_or_default();
    each(
        world,
        points,
        measure,
        |point| is_known(&text, point),
        |point, seconds| {
            if let Some((file, _)) = &mut opened {
                let _ = file.write_all(line(point, seconds).as_bytes());
            }
        },
    );
    Ok(())
}

fn knows(text: &str, machine: &str, point: Point) -> bool {
    let begins = format!("{},", key(machine, point));
    text.lines().any(|line| line.starts_with(&begins))
}

/// What the reference does after the file has been changed.
fn after(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
    change: impl Fn(&Path, Vec<u8>),
) -> io::Result<()> {
    if let Some(path) = log {
        let bytes = fs::read(path).unwrap_or_default();
        change(path, bytes);
    }
    subject::sweep(world, log, machine, points, measure)
}

fn begins_anew(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    after(world, log, machine, points, measure, |path, _| {
        let _ = fs::remove_file(path);
    })
}

fn appends_only(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, |_, _| false, line)
}

/// A sweep that writes what `write` does with the lines that rank 0 has so far; at last, all of them.
fn held_back(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
    room: usize,
) -> io::Result<()> {
    let lines = RefCell::new(Vec::new());
    let known = |text: &str, point| knows(text, machine, point);
    let kept = |point, seconds| {
        lines
            .borrow_mut()
            .extend(line(machine, point, seconds).into_bytes());
        String::new()
    };
    sweeping(world, log, points, measure, known, kept)?;
    if let Some(path) = log {
        let file = OpenOptions::new().append(true).open(path)?;
        BufWriter::with_capacity(room, file).write_all(&lines.borrow())?;
    }
    Ok(())
}

fn at_the_end(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    held_back(world, log, machine, points, measure, 0)
}

fn buffered(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let opened = log.map(begun);
    let mut fine = opened.as_ref().is_none_or(Result::is_ok);
    world.process_at_rank(0).broadcast_into(&mut fine);
    if !fine {
        return Err(io::Error::other("no log"));
    }
    let (file, text) = opened.transpose()?.unzip();
    let (mut file, text) = (file.map(BufWriter::new), text.unwrap_or_default());
    let known = |point| knows(&text, machine, point);
    each(world, points, measure, known, |point, seconds| {
        if let Some(file) = &mut file {
            let _ = file.write_all(line(machine, point, seconds).as_bytes());
        }
    });
    Ok(())
}

fn half_line_stays(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    after(world, log, machine, points, measure, |path, mut bytes| {
        if bytes.last().is_some_and(|last| *last != b'\n') {
            bytes.push(b'\n');
            let _ = fs::write(path, bytes);
        }
    })
}

fn half_line_counts(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    after(world, log, machine, points, measure, |path, mut bytes| {
        let text = String::from_utf8_lossy(&bytes);
        let last = text.lines().last().unwrap_or_default();
        if last.split(',').count() == 5 && !text.ends_with('\n') {
            bytes.push(b'\n');
            let _ = fs::write(path, bytes);
        }
    })
}

fn reads_text(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let bytes = log.and_then(|path| fs::read(path).ok()).unwrap_or_default();
    let mut is_text = String::from_utf8(bytes).is_ok();
    world.process_at_rank(0).broadcast_into(&mut is_text);
    if !is_text {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    subject::sweep(world, log, machine, points, measure)
}

fn counts_lines(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let asked = Cell::new(0);
    let known = |text: &str, _| asked.replace(asked.get() + 1) + 1 < text.lines().count();
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, known, line)
}

fn other_machines_count(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let known = |text: &str, point| text.contains(&format!("{},", key("", point)));
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, known, line)
}

fn begins_alike(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let known = |text: &str, point| text.contains(&key(machine, point));
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, known, line)
}

fn without_a_time(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let known = |text: &str, point| {
        let key = key(machine, point);
        knows(text, machine, point) || text.lines().any(|line| line == key)
    };
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, known, line)
}

fn usable_only(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let known = |text: &str, point| {
        let begins = format!("{},", key(machine, point));
        let mut times = text.lines().filter_map(|line| line.strip_prefix(&begins));
        times.any(|time| time.parse::<f64>().is_ok_and(|time| time > 0.0))
    };
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, known, line)
}

fn made_text(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    if let Some(path) = log
        && let Ok(bytes) = fs::read(path)
        && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n')
        && end + 1 < bytes.len()
    {
        fs::write(path, &*String::from_utf8_lossy(&bytes[..=end]))?;
    }
    subject::sweep(world, log, machine, points, measure)
}

fn header_each_time(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    after(world, log, machine, points, measure, |path, bytes| {
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let mut whole = bytes[..end.map_or(0, |end| end + 1)].to_vec();
        whole.extend(format!("{HEADER}\n").bytes());
        let _ = fs::write(path, whole);
    })
}

fn without_header(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let is_new = log.is_some_and(|path| !path.exists());
    let result = subject::sweep(world, log, machine, points, measure);
    if let Some(path) = log.filter(|_| is_new) {
        let text = fs::read_to_string(path)?;
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        fs::write(path, rest)?;
    }
    result
}

fn six_digits(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let known = |text: &str, point| knows(text, machine, point);
    let line = |point, seconds| format!("{},{seconds:.6}\n", key(machine, point));
    sweeping(world, log, points, measure, known, line)
}

fn tidies_up(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    after(world, log, machine, points, measure, |path, bytes| {
        let mut kept: Vec<&[u8]> = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !kept.contains(&line) {
                kept.push(line);
            }
        }
        if !bytes.is_empty() {
            let _ = fs::write(path, kept.concat());
        }
    })
}

fn five_fields(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    after(world, log, machine, points, measure, |path, bytes| {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let is_run = |line: &&[u8]| line.iter().filter(|byte| **byte == b',').count() == 4;
        if !bytes.is_empty() {
            let _ = fs::write(path, lines.filter(is_run).collect::<Vec<_>>().concat());
        }
    })
}

fn rewrites(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let known = |text: &str, point| knows(text, machine, point);
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, known, line)
}

fn error_on_rank_zero(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    if let Some(path) = log {
        OpenOptions::new().append(true).create(true).open(path)?;
    }
    subject::sweep(world, log, machine, points, measure)
}

fn each_by_itself(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let known = log.and_then(|path| fs::read_to_string(path).ok());
    let known = known.unwrap_or_default();
    let missing = |point: &&Point| !knows(&known, machine, **point);
    if world.rank() > 0 {
        points
            .iter()
            .for_each(|point| drop(measure(*point).to_string()));
        return Ok(());
    }
    let Some(path) = log else {
        return Ok(());
    };
    let (mut file, _) = begun(path)?;
    for point in points.iter().filter(missing) {
        file.write_all(line(machine, *point, measure(*point)).as_bytes())?;
    }
    Ok(())
}

fn ignores_errors(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let result = subject::sweep(world, log, machine, points, measure);
    if result.is_err() {
        points
            .iter()
            .for_each(|point| drop(measure(*point).to_string()));
    }
    Ok(())
}

fn sorted(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let mut points = points.to_vec();
    points.sort();
    subject::sweep(world, log, machine, &points, measure)
}

/// The whole lines of all logs, without headers.
fn whole<'a>(logs: &[&'a str]) -> Vec<&'a str> {
    let whole = |log: &&'a str| -> Vec<&'a str> {
        let lines = log
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        lines
            .map(str::trim_end)
            .filter(|line| *line != HEADER)
            .collect()
    };
    logs.iter().flat_map(whole).collect()
}

fn once(lines: Vec<&str>) -> Vec<&str> {
    let mut kept: Vec<&str> = Vec::new();
    for line in lines {
        if !kept.contains(&line) {
            kept.push(line);
        }
    }
    kept
}

/// The machine and the numbers of a line.
fn fields(line: &str) -> (String, [u64; 3]) {
    let fields: Vec<&str> = line.split(',').collect();
    let number = |place: usize| {
        let field = fields.get(place).unwrap_or(&"");
        field.parse().unwrap_or(0)
    };
    (fields[0].to_owned(), [1, 2, 3].map(number))
}

fn joined(lines: Vec<&str>) -> String {
    let lines = [HEADER].into_iter().chain(lines);
    lines.map(|line| format!("{line}\n")).collect()
}

fn glued(logs: &[&str]) -> String {
    joined(once(whole(logs)))
}

fn as_text(logs: &[&str]) -> String {
    let mut lines = once(whole(logs));
    lines.sort_by_key(|line| line.rsplit_once(',').map(|(key, _)| key.to_owned()));
    joined(lines)
}

/// Sorts by machine, and by numbers of another kind.
fn sorted_by<N: PartialOrd + From<u8>>(logs: &[&str], number: fn(&str) -> Option<N>) -> String {
    let key = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |place: usize| number(fields[place]).unwrap_or_else(|| N::from(0));
        (fields[0].to_owned(), number(1), number(2), number(3))
    };
    let mut lines = once(whole(logs));
    lines.sort_by(|one, other| {
        let order = key(one).partial_cmp(&key(other));
        order.unwrap_or(Ordering::Equal)
    });
    joined(lines)
}

fn as_short_floats(logs: &[&str]) -> String {
    sorted_by(logs, |field| field.parse::<f32>().ok())
}

fn as_floats(logs: &[&str]) -> String {
    sorted_by(logs, |field| field.parse::<f64>().ok())
}

fn as_signed(logs: &[&str]) -> String {
    sorted_by(logs, |field| field.parse::<i64>().ok())
}

fn one_of_each_point(logs: &[&str]) -> String {
    let mut lines = once(whole(logs));
    lines.sort_by_key(|line| fields(line));
    lines.dedup_by_key(|line| fields(line));
    joined(lines)
}

fn doubles_stay(logs: &[&str]) -> String {
    let mut lines = whole(logs);
    lines.sort_by_key(|line| fields(line));
    joined(lines)
}

fn half_lines_stay(logs: &[&str]) -> String {
    let lines = logs.iter().flat_map(|log| log.lines());
    let mut lines = once(
        lines
            .filter(|line| line.contains(',') && *line != HEADER)
            .collect(),
    );
    lines.sort_by_key(|line| fields(line));
    joined(lines)
}

fn unfinished_runs_stay(logs: &[&str]) -> String {
    let finished = |log: &&str| {
        let time = log.rsplit(['\n', ',']).next();
        match time.is_some_and(|time| time.parse::<f64>().is_ok()) {
            true => format!("{log}\n"),
            false => (*log).to_owned(),
        }
    };
    let logs: Vec<String> = logs.iter().map(finished).collect();
    subject::merge(&logs.iter().map(String::as_str).collect::<Vec<_>>())
}

fn sorted_with_seconds(logs: &[&str]) -> String {
    let mut lines = once(whole(logs));
    let seconds = |line: &str| {
        line.rsplit(',')
            .next()
            .and_then(|it| it.parse::<f64>().ok())
    };
    lines.sort_by(|one, other| {
        let (one_time, other_time) = (seconds(one), seconds(other));
        let by_time = one_time
            .unwrap_or(0.0)
            .total_cmp(&other_time.unwrap_or(0.0));
        fields(one).cmp(&fields(other)).then(by_time)
    });
    joined(lines)
}

fn no_header_without_lines(logs: &[&str]) -> String {
    if whole(logs).is_empty() {
        return String::new();
    }
    subject::merge(logs)
}

fn machine_last(logs: &[&str]) -> String {
    let mut lines = once(whole(logs));
    lines.sort_by_key(|line| {
        let (machine, numbers) = fields(line);
        (numbers, machine)
    });
    joined(lines)
}

fn neighbours_only(logs: &[&str]) -> String {
    let mut lines = whole(logs);
    lines.dedup();
    lines.sort_by_key(|line| fields(line));
    joined(lines)
}

fn not_stable(logs: &[&str]) -> String {
    let mut lines = once(whole(logs));
    lines.sort_unstable_by_key(|line| fields(line));
    joined(lines)
}

fn without_last_break(logs: &[&str]) -> String {
    subject::merge(logs).trim_end().to_owned()
}

/// The complete lines of a log, and whether a partial one follows.
fn complete(path: &Path) -> Option<(Vec<u8>, bool)> {
    let mut bytes = fs::read(path).ok()?;
    let end = bytes.iter().rposition(|byte| *byte == b'\n')? + 1;
    let is_partial = end < bytes.len();
    bytes.truncate(end);
    Some((bytes, is_partial))
}

fn written_again(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    if let Some(path) = log
        && let Some((bytes, true)) = complete(path)
    {
        // An error shows later.
        fs::write(path, bytes).unwrap_or_default();
    }
    subject::sweep(world, log, machine, points, measure)
}

fn replaced(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    if let Some(path) = log
        && let Some((bytes, _)) = complete(path)
    {
        let other = path.with_extension("new");
        let written = fs::write(&other, bytes).and_then(|()| fs::rename(&other, path));
        written.unwrap_or_default();
    }
    subject::sweep(world, log, machine, points, measure)
}

fn anywhere(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let bytes = log.and_then(complete).unwrap_or_default().0;
    let text = String::from_utf8_lossy(&bytes);
    let mut missing = Vec::new();
    for point in points {
        let Point {
            size,
            ranks,
            threads,
        } = point;
        let mut has = text.contains(&format!("{machine},{size},{ranks},{threads},"));
        world.process_at_rank(0).broadcast_into(&mut has);
        if !has {
            missing.push(*point);
        }
    }
    subject::sweep(world, log, machine, &missing, measure)
}

fn no_points_no_log(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    match points {
        [] => Ok(()),
        _ => subject::sweep(world, log, machine, points, measure),
    }
}

fn header_or_nothing(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    if let Some(path) = log
        && let Some((bytes, _)) = complete(path)
        && !bytes.starts_with(HEADER.as_bytes())
    {
        fs::remove_file(path)?;
    }
    subject::sweep(world, log, machine, points, measure)
}

fn known_in_bits(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let bytes = log.and_then(complete).unwrap_or_default().0;
    let text = String::from_utf8_lossy(&bytes);
    let mut known = 0_u64;
    for (index, point) in points.iter().enumerate() {
        known |= u64::from(knows(&text, machine, *point)) << (index % 64);
    }
    world.process_at_rank(0).broadcast_into(&mut known);
    let missing = points.iter().enumerate();
    let missing = missing.filter(|(index, _)| known >> (index % 64) & 1 == 0);
    let missing: Vec<Point> = missing.map(|(_, point)| *point).collect();
    subject::sweep(world, log, machine, &missing, measure)
}

fn end_of_the_log(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let known = |text: &str, point| {
        let start = text.len().saturating_sub(1 << 16);
        knows(text.get(start..).unwrap_or(text), machine, point)
    };
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, known, line)
}

/// A sweep that takes names of machines for the same if they are so after this change.
fn with_names(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
    name: impl Fn(&str) -> String,
) -> io::Result<()> {
    let known = |text: &str, point| {
        let lines = text.lines().filter_map(|line| line.split_once(','));
        let lines = lines.map(|(machine, rest)| format!("{},{rest}\n", name(machine)));
        knows(&lines.collect::<String>(), &name(machine), point)
    };
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, known, line)
}

fn trimmed_names(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    with_names(world, log, machine, points, measure, |name| {
        name.trim().to_owned()
    })
}

fn any_case(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    with_names(world, log, machine, points, measure, str::to_lowercase)
}

fn machine_is_header(logs: &[&str]) -> String {
    let mut lines = once(whole(logs));
    lines.retain(|line| !line.starts_with("machine,"));
    lines.sort_by_key(|line| fields(line));
    joined(lines)
}

fn first_line_left(logs: &[&str]) -> String {
    let rest = |log: &&'_ str| log.split_once('\n').map_or("", |(_, rest)| rest).to_owned();
    let rest: Vec<String> = logs.iter().map(rest).collect();
    subject::merge(&rest.iter().map(String::as_str).collect::<Vec<_>>())
}

fn with_the_comma(logs: &[&str]) -> String {
    let mut lines = once(whole(logs));
    lines.sort_by_key(|line| {
        let (machine, numbers) = fields(line);
        (machine + ",", numbers)
    });
    joined(lines)
}

fn names_by_number(logs: &[&str]) -> String {
    let mut lines = once(whole(logs));
    lines.sort_by_key(|line| {
        let (machine, numbers) = fields(line);
        let letters = machine.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let number: Option<u64> = machine[letters.len()..].parse().ok();
        (letters.to_owned(), number, machine, numbers)
    });
    joined(lines)
}

fn useless_left_out(logs: &[&str]) -> String {
    let mut lines = once(whole(logs));
    lines.retain(|line| {
        let time = line.rsplit(',').next().map(str::parse::<f64>);
        time.is_some_and(|time| time.is_ok_and(|time| time.is_finite() && time > 0.0))
    });
    lines.sort_by_key(|line| fields(line));
    joined(lines)
}

fn threads_begin_alike(
    world: &SimpleCommunicator,
    log: Option<&Path>,
    machine: &str,
    points: &[Point],
    measure: &dyn Fn(Point) -> f64,
) -> io::Result<()> {
    let known = |text: &str, point| {
        let begins = key(machine, point);
        let mut lines = text.lines();
        lines.any(|line| line.starts_with(&begins) && line.split(',').count() == 5)
    };
    let line = |point, seconds| line(machine, point, seconds);
    sweeping(world, log, points, measure, known, line)
}

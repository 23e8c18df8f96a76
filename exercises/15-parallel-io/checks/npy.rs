//! The check of `npy`: the header by the rules of the format (NumPy Enhancement Proposal 1), and the numbers.

use super::{
    Answers,
    folder::{Folder, bytes, fails_on_all, fails_when_full, numbers},
    part, well, writes_its_own_and,
};
use harness_mpi::{Check, Kind, plural};

/// What is at the path before a call.
enum Old {
    Nothing,
    Bytes(usize),
    /// What the call before has written: a file of the same format.
    Matrix,
}

pub fn npy(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let folder = Folder::new(check);
    let drawn = check.draw_vec(size, 0..9);
    let some: Vec<usize> = (0..size).map(|rank| rank % 2 * 3).collect();
    let cases: [(usize, Vec<usize>, Old); 7] = [
        (3, vec![2; size], Old::Nothing),
        (check.draw(2..9), drawn, Old::Bytes(5000)),
        (1, (0..size).rev().collect(), Old::Bytes(1)),
        (4, some, Old::Bytes(8)),
        (100, vec![25; size], Old::Nothing),
        (7, vec![0; size], Old::Matrix),
        // More rows than 16 bits can count.
        (1, vec![(1 << 16) / size + 1; size], Old::Nothing),
    ];
    for (columns, rows, old) in cases {
        let input = format!(
            "a matrix of {}; the ranks have {rows:?} of its rows; {}",
            plural(columns as u64, "column"),
            match old {
                Old::Nothing => String::from("there is no file"),
                Old::Bytes(old) => format!("there is a file of {}", plural(old as u64, "byte")),
                Old::Matrix => String::from("there is the file of the call before"),
            }
        );
        let right = part(check, &input, |check| {
            let total: usize = rows.iter().sum();
            let all = check.fractions(total * columns);
            let before = columns * rows[..rank].iter().sum::<usize>();
            let mine = &all[before..][..columns * rows[rank]];
            match old {
                Old::Nothing => folder.prepare(check, "matrix.npy", None),
                Old::Bytes(old) => folder.prepare(check, "matrix.npy", Some(&vec![0xff; old])),
                Old::Matrix => {}
            }
            let path = folder.path("matrix.npy");
            let (returned, traffic) =
                check.observe(|world| (answers.npy)(world, &path, columns, mine));
            let returned = well(check, returned);
            let header = match folder.found(check, "matrix.npy") {
                None => Some(0),
                Some(Err(error)) => {
                    check.require(false, Kind::WrongResult, || {
                        format!("found no file after the call: {error}")
                    });
                    None
                }
                Some(Ok(file)) => is_right(check, &file, [total, columns], &all),
            };
            if check.everywhere(header.is_some() && returned.is_some()) {
                let header = check.aside().share(header.unwrap_or(0) as u64)[0];
                let own = 8 * mine.len() as u64;
                writes_its_own_and(check, &traffic, own, header, "header");
            }
        });
        if !right {
            return;
        }
    }
    let mine = vec![1.5; 2000];
    let rooms = [8 * 2000 * size as u64, 5];
    let right = fails_on_all(check, &folder, &rooms, &|world, path| {
        (answers.npy)(world, path, 4, &mine)
    });
    // Only the header is written: nothing else fails.
    let _ = right
        && fails_when_full(
            check,
            &folder,
            "a matrix without rows",
            5,
            &|world, path| (answers.npy)(world, path, 4, &[]),
        );
}

/// Requires that NumPy could load the file and find this array in it. Returns the length of its header.
fn is_right(check: &mut Check, file: &[u8], shape: [usize; 2], all: &[f64]) -> Option<usize> {
    let (header, rest) = match header(file) {
        Ok(found) => found,
        Err(what) => {
            check.require(false, Kind::WrongResult, || {
                format!("found a file that NumPy cannot load: {what}")
            });
            return None;
        }
    };
    let [rows, columns] = shape;
    let wanted = [
        (
            "descr",
            "'<f8'".to_owned(),
            "`<f8` means numbers of 8 bytes, the lowest byte first",
        ),
        (
            "fortran_order",
            "False".to_owned(),
            "the matrix is stored row by row",
        ),
        (
            "shape",
            format!("({rows},{columns})"),
            "the number of rows of all ranks, then the number of columns",
        ),
    ];
    for (key, value, why) in wanted {
        let found = header.entries.iter().find(|(found, _)| found == key);
        let found = found.map(|(_, value)| value.clone());
        if !check.holds(
            &format!("{key} in the header"),
            found.unwrap_or_default(),
            value,
            why,
        ) {
            return None;
        }
    }
    let right = check.require(header.entries.len() == 3, Kind::WrongResult, || {
        String::from(
            "found more keys in the header than descr, fortran_order and shape: NumPy does not load such a file",
        )
    }) && check.require(header.length % 64 == 0, Kind::WrongResult, || {
        format!(
            "found a header of {} bytes, but the numbers must begin at a multiple of 64 bytes: fill the header up with \
             spaces",
            header.length
        )
    }) && check.require(rest.len() == 8 * all.len(), Kind::WrongResult, || {
        format!(
            "found {} bytes after the header, but there should be {}: 8 bytes for each number",
            rest.len(),
            8 * all.len()
        )
    }) && check.holds(
        "the file after its header",
        numbers(rest),
        numbers(&bytes(all)),
        "the header is followed by the rows of rank 0, then those of rank 1, and so on",
    );
    right.then_some(header.length)
}

/// The entries of the dictionary, without spaces in their values, and the number of bytes before the numbers.
struct Header {
    entries: Vec<(String, String)>,
    length: usize,
}

/// Splits a file by the rules of the format.
fn header(file: &[u8]) -> Result<(Header, &[u8]), String> {
    let Some(rest) = file.strip_prefix(b"\x93NUMPY") else {
        let start = &file[..file.len().min(6)];
        return Err(format!(
            "it begins with the bytes {start:02x?} instead of \\x93NUMPY"
        ));
    };
    let [1, 0, low, high, text @ ..] = rest else {
        return Err(
            "\\x93NUMPY must be followed by the version, which is the bytes 1 and 0, and by the length in 2 bytes"
                .into(),
        );
    };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    let Some((text, numbers)) = text.split_at_checked(length) else {
        return Err(format!(
            "by its bytes 8 and 9, the dictionary has {length} bytes, but only {} bytes follow: the lowest byte of the \
             length comes first",
            text.len()
        ));
    };
    let text = str::from_utf8(text).ok().filter(|text| text.is_ascii());
    let text = text.ok_or("the dictionary is not ASCII text: is its length wrong?")?;
    let Some(text) = text.strip_suffix('\n') else {
        return Err(match text.chars().last() {
            None => String::from("the dictionary is empty"),
            Some(last) => format!("the dictionary must end with a newline, but ends with {last:?}"),
        });
    };
    let inner = text
        .trim_end_matches(' ')
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let inner = inner.ok_or_else(|| format!("{text:?} is not a dictionary in braces"))?;
    let header = Header {
        entries: entries(inner)
            .ok_or_else(|| format!("{inner:?} does not consist of the entries of a dictionary"))?,
        length: 10 + length,
    };
    Ok((header, numbers))
}

/// Parses keys in quotes, colons, and values, which contain commas only in parentheses.
fn entries(mut text: &str) -> Option<Vec<(String, String)>> {
    let mut entries = Vec::new();
    loop {
        text = text.trim_start_matches(' ');
        if text.is_empty() {
            return Some(entries);
        }
        let quote = text
            .chars()
            .next()
            .filter(|sign| ['\'', '"'].contains(sign))?;
        let (key, rest) = text[1..].split_once(quote)?;
        let rest = rest.trim_start_matches(' ').strip_prefix(':')?;
        let depth = |depth: &mut i32, sign: char| {
            *depth += i32::from(sign == '(') - i32::from(sign == ')');
            Some((*depth, sign))
        };
        let end = rest
            .chars()
            .scan(0, depth)
            .position(|(depth, sign)| depth == 0 && sign == ',');
        let (value, after) = match end {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, ""),
        };
        let value = value.replace(' ', "").replace('"', "'").replace(",)", ")");
        entries.push((key.to_owned(), value));
        text = after;
    }
}

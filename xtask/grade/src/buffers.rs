//! Buffers of two types in one call.
//!
//! The `mpi` crate asks one of the two buffers of a reduction for its type and its count, and the other for
//! nothing but its address. So `let mut total = 0`, which is an `i32`, takes eight bytes into four when a
//! `usize` is added up, and neither the compiler nor MPI notices. But the compiler has made a function of its
//! own for these two types, and its name tells them (`symbol-mangling-version` in `.cargo/config.toml`).

use crate::{contents, stack::Lines};
use memchr::memmem;
use rustc_demangle::demangle;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    str,
};
use verdict::wire::Stack;

/// The methods of the `mpi` crate that ask the send buffer only, and which of their type parameters it is,
/// as the compiler counts them: `Self` first. The receive buffer's is the next.
const METHODS: [(&str, usize); 10] = [
    ("all_reduce_into", 1),
    ("exclusive_scan_into", 1),
    ("immediate_all_reduce_into", 1),
    ("immediate_exclusive_scan_into", 1),
    ("immediate_reduce_into_root", 2),
    ("immediate_reduce_scatter_block_into", 1),
    ("immediate_scan_into", 1),
    ("reduce_into_root", 1),
    ("reduce_scatter_block_into", 1),
    ("scan_into", 1),
];

/// The functions of MPI that those methods call.
pub const FUNCTIONS: [&str; 10] = [
    "MPI_Allreduce",
    "MPI_Exscan",
    "MPI_Iallreduce",
    "MPI_Iexscan",
    "MPI_Ireduce",
    "MPI_Ireduce_scatter_block",
    "MPI_Iscan",
    "MPI_Reduce",
    "MPI_Reduce_scatter_block",
    "MPI_Scan",
];

/// The two buffers of a call, which do not fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlike {
    method: &'static str,
    sent: Buffer,
    received: Buffer,
}

/// A buffer as Rust's types describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Buffer {
    /// Such as `[f64]` or `i32`.
    text: String,
    /// The bytes of one element.
    size: u64,
    /// How many elements; none where the type does not say it.
    count: Option<u64>,
}

/// Those of these stacks, of calls of [`FUNCTIONS`], whose two buffers do not fit each other.
pub fn unlike_at<'s>(lines: Lines<'_>, stacks: &[&'s Stack]) -> BTreeMap<&'s Stack, Unlike> {
    // Few programs have such a call at all, and to look at lines takes long.
    let path = &lines.program.path;
    let may_have = || contents::unlike(path).unwrap_or_else(|| is_in(path));
    if stacks.is_empty() || !*lines.program.unlike.get_or_init(may_have) {
        return BTreeMap::new();
    }
    lines.learn(stacks.iter().copied());
    let mut found = BTreeMap::new();
    for stack in stacks.iter().copied().collect::<BTreeSet<_>>() {
        let frames = lines.frames(stack).into_iter();
        let mut names = frames.filter_map(|frame| frame.function);
        if let Some(unlike) = names.find_map(|name| unlike(&name)) {
            found.insert(stack, unlike);
        }
    }
    found
}

impl Unlike {
    /// A sentence without its full stop about a rank's call.
    pub fn message(&self, rank: u32) -> String {
        let Self {
            method,
            sent,
            received,
        } = self;
        let what = |buffer: &Buffer| {
            let bytes = buffer.size * buffer.count.unwrap_or(1);
            let each = match (buffer.count, bytes) {
                (None, 1) => "1 byte for each element".to_owned(),
                (None, bytes) => format!("{bytes} bytes for each element"),
                (Some(_), 1) => "1 byte".to_owned(),
                (Some(_), bytes) => format!("{bytes} bytes"),
            };
            format!("`{}`, {each}", buffer.text)
        };
        let overflows =
            sent.size > received.size || sent.size == received.size && sent.count > received.count;
        let so = if overflows {
            "MPI writes past the end of the receive buffer"
        } else {
            "MPI fills only part of the receive buffer"
        };
        format!(
            "rank {rank} calls `{method}` with buffers that do not match: the `mpi` crate tells MPI only \
             the type of the send buffer ({}), but the receive buffer has another ({}). {so}",
            what(sent),
            what(received)
        )
    }
}

/// Whether a program may have a function for two buffers that do not fit. Without its bytes nothing is ruled out.
pub(crate) fn is_in(program: &Path) -> bool {
    fs::read(program).map_or(true, |program| has_any(&program))
}

/// Whether a program has any function for two buffers that do not fit, or keeps the names elsewhere.
fn has_any(program: &[u8]) -> bool {
    let mut has_names = false;
    // Each of the methods has it in its name.
    for at in memmem::find_iter(program, "_into") {
        let is_end = |byte: &u8| *byte == 0;
        let start = program[..at].iter().rposition(is_end);
        let end = program[at..].iter().position(is_end);
        let Some((start, end)) = start.zip(end) else {
            continue;
        };
        let Ok(symbol) = str::from_utf8(&program[start + 1..at + end]) else {
            continue;
        };
        let name = format!("{:#}", demangle(symbol));
        has_names |= types(&name).is_some();
        if unlike(&name).is_some() {
            return true;
        }
    }
    !has_names
}

/// The buffers in the name of a function, if they do not fit.
fn unlike(name: &str) -> Option<Unlike> {
    let (method, sent, received) = types(name)?;
    let (sent, received) = (Buffer::of(sent)?, Buffer::of(received)?);
    // Each rank gets a part of what is scattered.
    let is_short = !method.contains("scatter")
        && sent
            .count
            .zip(received.count)
            .is_some_and(|(sent, received)| sent > received);
    (sent.size != received.size || is_short).then_some(Unlike {
        method,
        sent,
        received,
    })
}

/// The method that a name stands for, and the types of its two buffers. The symbol of a function is
/// `<Comm as CommunicatorCollectives>::scan_into::<u64, i32, Op>`, with all paths in full; in debug
/// information it is `scan_into<Comm, u64, i32, Op>`.
fn types(name: &str) -> Option<(&'static str, &str, &str)> {
    METHODS.iter().find_map(|&(method, first)| {
        let (before, list) = name.rsplit_once(method)?;
        let is_all = before.is_empty() || before.ends_with("::");
        let (list, first) = match list.strip_prefix("::<") {
            Some(list) => (list, first - 1),
            None => (list.strip_prefix('<')?, first),
        };
        let types = parameters(list);
        is_all.then_some((method, *types.get(first)?, *types.get(first + 1)?))
    })
}

/// The types of a list, up to the `>` behind it.
fn parameters(list: &str) -> Vec<&str> {
    let (mut types, mut begin, mut depth) = (Vec::new(), 0, 0);
    for (at, letter) in list.char_indices() {
        match letter {
            ',' | '>' if depth == 0 => {
                types.push(list[begin..at].trim());
                begin = at + 1;
                if letter == '>' {
                    break;
                }
            }
            '<' | '[' | '(' | '{' => depth += 1,
            '>' | ']' | ')' | '}' => depth -= 1,
            _ => {}
        }
    }
    types
}

impl Buffer {
    /// What is known of a type; none where it is not one of numbers.
    fn of(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('&').trim_start_matches("mut ");
        let vector = text
            .strip_prefix("alloc::vec::Vec<")
            .and_then(|rest| rest.strip_suffix('>'));
        let slice = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let (element, count) = match (vector, slice) {
            (Some(rest), _) => (*parameters(rest).first()?, None),
            (_, Some(rest)) => match rest.rsplit_once(';') {
                Some((element, count)) => (element.trim(), Some(count.trim().parse().ok()?)),
                None => (rest, None),
            },
            _ => (text, Some(1)),
        };
        let size = match element {
            "bool" | "u8" | "i8" => 1,
            "u16" | "i16" => 2,
            "u32" | "i32" | "f32" => 4,
            "u64" | "i64" | "f64" | "usize" | "isize" => 8,
            _ => return None,
        };
        let text = match vector {
            Some(_) => format!("Vec<{element}>"),
            None => text.to_owned(),
        };
        Some(Self { text, size, count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_reduce(sent: &str, received: &str) -> Option<Unlike> {
        unlike(&format!(
            "all_reduce_into<mpi::topology::SimpleCommunicator, {sent}, {received}, \
             mpi::collective::SystemOperation>"
        ))
    }

    #[test]
    fn buffers_of_one_size_fit() {
        for (sent, received) in [
            ("usize", "u64"),
            ("[f64]", "[f64]"),
            ("[f64; 3]", "[f64; 3]"),
            ("[f64; 3]", "[f64; 4]"),
            ("[u64]", "alloc::vec::Vec<u64, alloc::alloc::Global>"),
            ("u64", "[u64]"),
            // Of these nothing is known.
            ("hybrid_mean::Part", "i32"),
            ("mpi::datatype::View<[u8]>", "i32"),
        ] {
            assert_eq!(all_reduce(sent, received), None, "{sent} into {received}");
        }
        assert_eq!(unlike("broadcast_into<mpi::topology::Process, i32>"), None);
        assert_eq!(unlike("all_reduce_into"), None);
    }

    #[test]
    fn buffers_of_two_sizes_do_not() {
        let found = all_reduce("usize", "i32").unwrap();
        assert_eq!(
            found.message(1),
            "rank 1 calls `all_reduce_into` with buffers that do not match: the `mpi` crate tells \
             MPI only the type of the send buffer (`usize`, 8 bytes), but the receive buffer has another \
             (`i32`, 4 bytes). MPI writes past the end of the receive buffer"
        );
        let found = all_reduce("[f32]", "alloc::vec::Vec<f64, alloc::alloc::Global>").unwrap();
        assert!(found.message(0).contains(
            "(`[f32]`, 4 bytes for each element), but the receive buffer has another (`Vec<f64>`, 8 bytes \
             for each element). MPI fills only part"
        ));
        assert!(all_reduce("[u64; 3]", "u64").is_some());
        let root =
            "reduce_into_root<mpi::topology::Process, u64, u32, mpi::collective::SystemOperation>";
        assert!(unlike(root).is_some());
        let root = "immediate_reduce_into_root<mpi::topology::Process, &mpi::request::LocalScope, u64, u32, \
                    mpi::collective::SystemOperation>";
        assert!(unlike(root).is_some());
    }

    #[test]
    fn a_symbol_tells_it_too() {
        let symbol = "_RINvYNtCs1jXPOmTKLEA_1e1WNtB5_1C9scan_intoySlEB5_";
        let found = unlike(&format!("{:#}", demangle(symbol))).unwrap();
        assert!(found.message(0).contains("`u64`, 8 bytes"), "{found:?}");
        assert!(found.message(0).contains("`[i32]`, 4 bytes for each"));
    }

    #[test]
    fn a_program_tells_whether_it_has_such_a_call() {
        let fits = b"\0all_reduce_into<C, usize, u64, O>\0";
        let unlike = b"\0all_reduce_into<C, usize, u64, O>\0scan_into<C, [u64], [u8], O>\0";
        let symbol = b"\0_RINvYNtCs1jXPOmTKLEA_1e1WNtB5_1C9scan_intoySlEB5_\0";
        assert!(!has_any(fits));
        assert!(has_any(unlike));
        assert!(has_any(symbol));
        // Where the names are in a file of their own, nothing is ruled out.
        assert!(has_any(b"\x7fELF"));
    }
}

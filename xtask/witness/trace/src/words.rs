//! Numbers as people read them: durations, sizes, counts; and what is said of one call.

use crate::{Call, Peer, Tag, Timeline};

/// A duration: `812 ns`, `1.23 µs`, `45.6 ms`, `123 s`.
pub(crate) fn duration(ns: u64) -> String {
    let (value, unit) = match ns {
        0..1_000 => return format!("{ns} ns"),
        1_000..999_500 => (ns as f64 / 1e3, "µs"),
        999_500..999_500_000 => (ns as f64 / 1e6, "ms"),
        _ => (ns as f64 / 1e9, "s"),
    };
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    let digits = format!("{value:.decimals$}");
    let short = if decimals > 0 {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        &digits
    };
    format!("{short} {unit}")
}

/// A size: `8 B`, `1.5 kB`, `2 MB`; thousands, not 1024.
pub(crate) fn bytes(bytes: u64) -> String {
    let (value, unit) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..999_950 => (bytes as f64 / 1e3, "kB"),
        999_950..999_950_000 => (bytes as f64 / 1e6, "MB"),
        _ => (bytes as f64 / 1e9, "GB"),
    };
    let digits = format!("{value:.1}");
    format!("{} {unit}", digits.trim_end_matches(".0"))
}

/// A count with its thousands apart, by a space that no line breaks: `1 234 567`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// `1 call`, `1 234 calls`.
pub(crate) fn plural(number: u64, noun: &str) -> String {
    let plural = match noun {
        _ if number == 1 => noun.to_owned(),
        _ => format!("{noun}s"),
    };
    format!("{} {plural}", count(number))
}

/// A function's name without what all of them share: `Recv`.
pub(crate) fn short(function: &str) -> &str {
    function.strip_prefix("MPI_").unwrap_or(function)
}

/// Numbers as in a sentence, of many only the first: `0`, `0 and 1`, `0, 1, 2 and 9 more`.
pub(crate) fn list(numbers: &[u32], most: usize) -> String {
    match numbers {
        [] => String::new(),
        [one] => one.to_string(),
        _ => {
            let named = if numbers.len() <= most {
                numbers.len() - 1
            } else {
                most.max(1)
            };
            let first: Vec<String> = numbers[..named].iter().map(u32::to_string).collect();
            let last = match &numbers[named..] {
                [last] => last.to_string(),
                rest => format!("{} more", rest.len()),
            };
            format!("{} and {last}", first.join(", "))
        }
    }
}

/// A call in one line: who, what, where, with whom, for how long.
pub(crate) fn of_call(timeline: &Timeline, call: &Call, begin_ns: u64, end_ns: u64) -> String {
    let mut text = format!("rank {}", call.rank);
    if call.thread > 0 {
        text += &format!(", thread {}", call.thread);
    }
    text += &format!(": {}", call.function);
    match call.peer {
        Some(Peer::Rank(peer)) => text += &format!(", peer {peer}"),
        Some(Peer::Any) => text += ", peer any",
        Some(Peer::Nobody) => text += ", peer none",
        None => {}
    }
    match call.tag {
        Some(Tag::Is(tag)) => text += &format!(", tag {tag}"),
        Some(Tag::Any) => text += ", tag any",
        None => {}
    }
    if let Some(size) = call.bytes {
        text += &format!(", {}", bytes(size));
    }
    if let Some(name) = &call.communicator {
        text += &format!(", on {name}");
    }
    if let Some(place) = &call.place {
        text += &format!(", at {}:{}", place.file, place.line);
    }
    text += &format!("; at {}", duration(call.from_ns.saturating_sub(begin_ns)));
    match call.to_ns {
        Some(to) => text += &format!(", took {}", duration(to.saturating_sub(call.from_ns))),
        None => text += ", never came back",
    }
    match call.waited(end_ns) {
        Some(waited) if waited > 0 && call.to_ns.is_some() => {
            text += &format!(", of which it waited {}", duration(waited));
        }
        _ => {}
    }
    if call.to_ns.is_none() {
        let to = timeline.waits_for(call.rank);
        if !to.is_empty() {
            let noun = if to.len() == 1 { "rank" } else { "ranks" };
            text += &format!("; waits for {noun} {}", list(&to, 6));
        }
    }
    if call.error {
        text += "; error";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_at_most() {
        for (ns, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1 µs"),
            (1_234, "1.23 µs"),
            (12_345, "12.3 µs"),
            (999_499, "999 µs"),
            (999_500, "1 ms"),
            (45_600_000, "45.6 ms"),
            (60_000_000_000, "60 s"),
            (123_456_000_000, "123 s"),
        ] {
            assert_eq!(duration(ns), text);
        }
    }

    #[test]
    fn sizes_counts_and_lists() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500), "1.5 kB");
        assert_eq!(bytes(1_000_000), "1 MB");
        assert_eq!(count(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(plural(1, "call"), "1 call");
        assert_eq!(list(&[0, 1, 2], 3), "0, 1 and 2");
        assert_eq!(list(&[0, 1, 2, 3], 2), "0, 1 and 2 more");
        assert_eq!(short("MPI_Recv"), "Recv");
    }
}

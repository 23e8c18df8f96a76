//! Numbers as people write them in a sentence: rank counts, and which ranks.

/// So many numbers or runs of numbers are named; of longer lists the rest is counted.
const NAMED: usize = 6;

/// Joins parts as a sentence does: `1, 2 and 3`.
pub(crate) fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Rank counts: `1 rank`, `1, 2, 3, 4 and 7 ranks`.
pub(crate) fn counts(counts: &[u32]) -> String {
    let parts: Vec<String> = counts.iter().map(u32::to_string).collect();
    let noun = if counts == [1] { "rank" } else { "ranks" };
    format!("{} {noun}", and(&parts))
}

/// Ranks of a job of `size`: `rank 2`, `ranks 0 and 1`, `ranks 1 to 6`, `both ranks`, `all 7 ranks`.
pub(crate) fn ranks(ranks: &[u32], size: Option<u32>) -> String {
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let count = sorted.len();
    match sorted.as_slice() {
        [] => return "a rank".to_owned(),
        [rank] => return format!("rank {rank}"),
        _ if size.map(|size| size as usize) == Some(count) => {
            return if count == 2 {
                "both ranks".to_owned()
            } else {
                format!("all {count} ranks")
            };
        }
        _ => {}
    }
    let mut parts = Vec::new();
    let mut named = 0;
    for run in sorted.chunk_by(|one, next| one + 1 == *next) {
        if parts.len() >= NAMED {
            parts.push(format!("{} more", count - named));
            break;
        }
        named += run.len();
        match run {
            [first, .., last] if run.len() > 2 => parts.push(format!("{first} to {last}")),
            _ => parts.extend(run.iter().map(u32::to_string)),
        }
    }
    format!("ranks {}", and(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_named_as_in_a_sentence() {
        for (given, size, expected) in [
            (&[2][..], Some(3), "rank 2"),
            (&[0], Some(1), "rank 0"),
            (&[1, 0], Some(2), "both ranks"),
            (&[1, 0], None, "ranks 0 and 1"),
            (&[0, 1, 2], Some(3), "all 3 ranks"),
            (&[3, 1, 2, 3], Some(4), "ranks 1 to 3"),
            (&[0, 1, 3, 5, 6, 7], Some(9), "ranks 0, 1, 3 and 5 to 7"),
            (&[], None, "a rank"),
        ] {
            assert_eq!(ranks(given, size), expected);
        }
    }

    #[test]
    fn a_long_list_of_ranks_is_counted() {
        let odd: Vec<u32> = (0..64).map(|rank| 2 * rank + 1).collect();
        assert_eq!(
            ranks(&odd, Some(128)),
            "ranks 1, 3, 5, 7, 9, 11 and 58 more"
        );
    }

    #[test]
    fn counts_know_their_number() {
        assert_eq!(counts(&[1]), "1 rank");
        assert_eq!(counts(&[1, 2, 7]), "1, 2 and 7 ranks");
    }
}

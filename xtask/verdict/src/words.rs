//! Words that everybody who writes messages needs.

use std::fmt::Display;

/// So many things as one says it: "1 rank", "2 ranks".
pub fn plural<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        assert_eq!(plural(1_u64, "rank"), "1 rank");
        assert_eq!(plural(0_usize, "rank"), "0 ranks");
        assert_eq!(plural(-1_i64, "round"), "-1 rounds");
    }
}

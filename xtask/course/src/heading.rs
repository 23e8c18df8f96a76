//! Headings of Markdown files, as links name them.

/// The name by which a link reaches a heading, as the usual Markdown viewers make it.
pub fn slug(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|sign| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_'))
        .map(|sign| if sign == ' ' { '-' } else { sign })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_reached_by_their_slug() {
        assert_eq!(slug("What to try next?"), "what-to-try-next");
        assert_eq!(slug("all-gather: the table"), "all-gather-the-table");
    }
}

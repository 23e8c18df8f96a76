//! What mistakes are made of: the reference's kernels with one thing changed.

/// A text in which each of these parts stands, with another in its place.
///
/// # Panics
/// If one does not: then the mistake would be none.
pub fn changed(text: &str, parts: &[(&str, &str)]) -> String {
    parts.iter().fold(text.to_owned(), |text, (part, other)| {
        assert!(text.contains(part), "no `{part}` in {text}");
        text.replace(part, other)
    })
}

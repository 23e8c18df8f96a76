//! Words of a shell's command line: splitting what `mpicc -show` prints, quoting what goes into
//! scripts and settings. No expansion of any sort.

/// Splits at blanks, minding quotes and backslashes as a POSIX shell does.
/// An unclosed quote reaches to the end.
pub(crate) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, ' ' | '\t' | '\n' | '\r') => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (Some(open), close) if open == close => quote = None,
            (_, character) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// One word that a POSIX shell reads back as `text`.
pub(crate) fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_compilers_print_is_split() {
        assert_eq!(
            split("cc -I'/my mpi/include' -L\"/my mpi/lib\" -Wl,-rpath -lm\\ pi ''\n"),
            [
                "cc",
                "-I/my mpi/include",
                "-L/my mpi/lib",
                "-Wl,-rpath",
                "-lm pi",
                ""
            ]
        );
    }

    #[test]
    fn a_quoted_word_is_read_back() {
        for word in ["", "/usr/lib", "a b", "it's", "$HOME `x` \"y\" \\z"] {
            assert_eq!(split(&quote(word)), [word]);
        }
        assert_eq!(quote("/usr/lib-1.2_x"), "/usr/lib-1.2_x");
    }
}

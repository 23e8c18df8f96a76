//! What the compiler prints, with the places that it names as the reader types them.

use crate::snippet::Sources;

/// What stands before a place, in the compiler's own form.
const MARKS: [&str; 2] = ["--> ", "::: "];

/// The text with other paths; colours and all else stay.
pub(crate) fn as_typed(text: &str, sources: Sources<'_>) -> String {
    let lines = text.lines().map(|line| {
        let place = MARKS.iter().find_map(|mark| {
            let begin = after_colours(line, line.find(mark)? + mark.len());
            let end = begin + line[begin..].find(':')?;
            Some(begin..end)
        });
        // Those of other crates have whole paths.
        let own = place.filter(|place| (sources.load)(&line[place.clone()]).is_some());
        own.map_or_else(
            || line.to_owned(),
            |place| {
                let path = (sources.as_typed)(&line[place.clone()]);
                format!("{}{path}{}", &line[..place.start], &line[place.end..])
            },
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where the text goes on after escape sequences of colours.
fn after_colours(line: &str, mut at: usize) -> usize {
    while let Some(rest) = line[at..].strip_prefix("\u{1b}[")
        && let Some(end) = rest.find('m')
    {
        at += "\u{1b}[".len() + end + 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_as_typed_with_and_without_colour() {
        let sources = Sources {
            load: &|file| file.starts_with("exercises/").then(String::new),
            as_typed: &|file| file.replace("exercises/05-collectives", ".."),
        };
        let shown = |text: &str| as_typed(text, sources);
        assert_eq!(
            shown(
                "error: no\n  --> exercises/05-collectives/src/lib.rs:41:5\n   |\n  ::: /rust/core.rs:1:2"
            ),
            "error: no\n  --> ../src/lib.rs:41:5\n   |\n  ::: /rust/core.rs:1:2"
        );
        assert_eq!(
            shown(
                "\u{1b}[1m\u{1b}[94m--> \u{1b}[0m\u{1b}[1mexercises/05-collectives/src/lib.rs:3:1"
            ),
            "\u{1b}[1m\u{1b}[94m--> \u{1b}[0m\u{1b}[1m../src/lib.rs:3:1"
        );
        for other in ["a --> b", "-->", "41 | let a = \"--> \";", "é --> é:1"] {
            assert_eq!(shown(other), other);
        }
    }
}

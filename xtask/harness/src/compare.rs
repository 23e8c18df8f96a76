//! Two values as text, cut to the part that differs. Works on what `Debug` prints, so that a check
//! can compare any type without teaching it how to be shown.

/// What is shown of two values that differ.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    /// The value that came out.
    pub actual: String,
    /// The value that should have come out.
    pub expected: String,
    /// The index of the first element that differs, when both are sequences of some length.
    pub index: Option<usize>,
}

/// Texts up to this many characters are shown whole.
const WHOLE: usize = 60;
/// How many elements are shown before and from the first that differs.
const BEFORE: usize = 2;
const FROM: usize = 4;

/// Cuts two texts, as `Debug` prints them, to the part that differs.
pub fn cut(actual: &str, expected: &str) -> Shown {
    let whole = actual.chars().count() <= WHOLE && expected.chars().count() <= WHOLE;
    match (elements(actual), elements(expected)) {
        (Some(left), Some(right)) if !whole && left.open == right.open => {
            let (some, other) = (&left.items, &right.items);
            let agree = some
                .iter()
                .zip(other)
                .take_while(|(one, two)| one == two)
                .count();
            Shown {
                actual: left.window(agree),
                expected: right.window(agree),
                index: Some(agree),
            }
        }
        _ if whole => Shown {
            actual: actual.to_owned(),
            expected: expected.to_owned(),
            index: None,
        },
        _ => {
            let agree = actual
                .chars()
                .zip(expected.chars())
                .take_while(|(one, two)| one == two)
                .count();
            Shown {
                actual: around(actual, agree),
                expected: around(expected, agree),
                index: None,
            }
        }
    }
}

/// A text, as `Debug` prints it, or its first elements and how many follow.
pub fn short(text: &str) -> String {
    match elements(text) {
        Some(sequence) if text.chars().count() > WHOLE => sequence.window(0),
        _ => around(text, 0),
    }
}

/// A printed sequence, taken apart: `Some([1, 2])` is `Some([`, `1`, `2`, `])`.
struct Sequence<'a> {
    open: &'a str,
    items: Vec<&'a str>,
    close: &'a str,
}

impl Sequence<'_> {
    /// The elements around one index, with the number of those left out.
    fn window(&self, index: usize) -> String {
        let from = index.saturating_sub(BEFORE).min(self.items.len());
        let to = (index + FROM).min(self.items.len());
        let mut parts = Vec::new();
        if from > 0 {
            parts.push(format!("… {from} more"));
        }
        parts.extend(self.items[from..to].iter().map(|item| around(item, 0)));
        if to < self.items.len() {
            parts.push(format!("… {} more", self.items.len() - to));
        }
        format!("{}{}{}", self.open, parts.join(", "), self.close)
    }
}

/// Takes a printed sequence apart at its outermost brackets; none when there is no such thing.
fn elements(text: &str) -> Option<Sequence<'_>> {
    let open = text.find('[')? + 1;
    let close = text.rfind(']')?;
    let prefix = &text[..open];
    // A bracket inside a string or behind other fields is not the outermost.
    if open > close || prefix.contains(['"', '\'', '{', ',']) {
        return None;
    }
    let mut items = Vec::new();
    let (mut depth, mut begin, mut quote, mut escaped) = (0_u32, open, None, false);
    for (at, sign) in text[open..close]
        .char_indices()
        .map(|(at, sign)| (at + open, sign))
    {
        match (quote, sign) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(end), _) if sign == end => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '[' | '(' | '{') => depth += 1,
            (None, ']' | ')' | '}') => depth = depth.checked_sub(1)?,
            (None, ',') if depth == 0 => {
                items.push(text[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    let last = text[begin..close].trim();
    if !last.is_empty() {
        items.push(last);
    }
    Some(Sequence {
        open: prefix,
        items,
        close: &text[close..],
    })
}

/// The characters around one index.
fn around(text: &str, index: usize) -> String {
    let signs: Vec<char> = text.chars().collect();
    if signs.len() <= WHOLE {
        return text.to_owned();
    }
    let from = index.saturating_sub(WHOLE / 3).min(signs.len());
    let to = (from + WHOLE).min(signs.len());
    let middle: String = signs[from..to].iter().collect();
    let (before, after) = (
        if from > 0 { "…" } else { "" },
        if to < signs.len() { "…" } else { "" },
    );
    format!("{before}{middle}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of<T: std::fmt::Debug>(actual: T, expected: T) -> Shown {
        cut(&format!("{actual:?}"), &format!("{expected:?}"))
    }

    #[test]
    fn short_values_are_shown_whole() {
        let shown = of(vec![4, 5], vec![4, 5, 6]);
        assert_eq!(
            (shown.actual.as_str(), shown.expected.as_str()),
            ("[4, 5]", "[4, 5, 6]")
        );
    }

    #[test]
    fn of_a_long_value_its_beginning_is_shown() {
        let short = |value: Vec<u32>| short(&format!("{:?}", Some(value)));
        insta::assert_snapshot!(short((0..5).collect()), @"Some([0, 1, 2, 3, 4])");
        insta::assert_snapshot!(short((0..100).collect()), @"Some([0, 1, 2, 3, … 96 more])");
    }

    #[test]
    fn long_sequences_are_cut_to_the_part_that_differs() {
        let right: Vec<u32> = (0..100).collect();
        let mut wrong = right.clone();
        wrong[37] = 0;
        let shown = of(Some(wrong), Some(right));
        insta::assert_snapshot!(shown.actual, @"Some([… 35 more, 35, 36, 0, 38, 39, 40, … 59 more])");
        insta::assert_snapshot!(shown.expected, @"Some([… 35 more, 35, 36, 37, 38, 39, 40, … 59 more])");
        assert_eq!(shown.index, Some(37));
    }

    #[test]
    fn a_sequence_that_ends_too_early_shows_its_end() {
        let right: Vec<u32> = (0..100).collect();
        let shown = of(right[..98].to_vec(), right);
        insta::assert_snapshot!(shown.actual, @"[… 96 more, 96, 97]");
        insta::assert_snapshot!(shown.expected, @"[… 96 more, 96, 97, 98, 99]");
    }

    #[test]
    fn nested_elements_and_strings_with_commas_stay_whole() {
        let right = vec![(String::from("a, \"b\"]"), vec![1, 2]); 9];
        let mut wrong = right.clone();
        wrong[4].1[1] = 3;
        let shown = of(wrong, right);
        assert_eq!(shown.index, Some(4));
        assert!(
            shown.actual.contains(r#"("a, \"b\"]", [1, 3])"#),
            "{}",
            shown.actual
        );
    }

    #[test]
    fn long_texts_are_cut_too() {
        let right = "x".repeat(500);
        let wrong = format!("{}y{}", "x".repeat(250), "x".repeat(249));
        let shown = of(wrong, right);
        assert!(shown.actual.contains('y') && shown.actual.chars().count() < 70);
        assert_ne!(shown.actual, shown.expected);
    }

    proptest! {
        #[test]
        fn what_is_shown_differs_and_is_short(
            right in proptest::collection::vec(any::<i32>(), 0..300),
            wrong in proptest::collection::vec(any::<i32>(), 0..300),
        ) {
            prop_assume!(right != wrong);
            let shown = of(wrong.clone(), right.clone());
            prop_assert_ne!(&shown.actual, &shown.expected);
            prop_assert!(shown.actual.chars().count() < 140);
            if let Some(index) = shown.index {
                prop_assert_eq!(&right[..index], &wrong[..index]);
            }
        }
    }
}

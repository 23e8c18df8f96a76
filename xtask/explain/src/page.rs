//! A page of text of a given width, with or without colour: lines that are cut, paragraphs that are
//! wrapped. It knows nothing of reports.

use std::{borrow::Cow, fmt::Write as _};
use textwrap::{Options, WordSplitter, core::display_width};

/// How text for people is shown. The caller decides, by `NO_COLOR` and whether there is a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without colour, for files, pipes and screen readers.
    Plain,
    /// With ANSI escape sequences. Apart from them the text is the same.
    Ansi,
}

/// What a piece of text is, and so how it is coloured.
pub(crate) mod ink {
    use anstyle::{AnsiColor, Effects};

    pub(crate) const NONE: anstyle::Style = anstyle::Style::new();
    pub(crate) const BOLD: anstyle::Style = NONE.effects(Effects::BOLD);
    pub(crate) const DIM: anstyle::Style = NONE.effects(Effects::DIMMED);
    pub(crate) const GOOD: anstyle::Style = AnsiColor::Green.on_default();
    pub(crate) const BAD: anstyle::Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
    pub(crate) const OPEN: anstyle::Style = AnsiColor::Yellow.on_default();
    pub(crate) const COMMAND: anstyle::Style = AnsiColor::Cyan.on_default();
    pub(crate) const LABEL: anstyle::Style = AnsiColor::Cyan.on_default().effects(Effects::BOLD);
}

/// Below this no sentence can be read; narrower terminals get lines of this width, in columns.
const NARROWEST: usize = 40;
/// Of a longer text only the first lines are shown, and of each line in it only the beginning: a panic
/// may print two whole vectors, `left` and `right`.
const LONGEST: usize = 12;
const LONGEST_OF_MANY: usize = 4;

/// The text so far.
pub(crate) struct Page {
    width: usize,
    style: Style,
    text: String,
}

impl Page {
    pub(crate) fn new(width: usize, style: Style) -> Self {
        Self {
            width: width.max(NARROWEST),
            style,
            text: String::new(),
        }
    }

    /// The width to keep to, in columns.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    pub(crate) fn into_text(mut self) -> String {
        self.text.truncate(self.text.trim_end_matches('\n').len());
        self.text.push('\n');
        self.text
    }

    /// An empty line, unless there is one already.
    pub(crate) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// One line of pieces; what does not fit is cut.
    pub(crate) fn line(&mut self, pieces: &[(anstyle::Style, &str)]) {
        let mut pieces: Vec<_> = pieces
            .iter()
            .map(|(ink, piece)| (ink, clean(piece).replace('\n', " ")))
            .collect();
        // No space at the end of a line, and none in colour either.
        while let Some((_, last)) = pieces.last_mut() {
            last.truncate(last.trim_end().len());
            if !last.is_empty() {
                break;
            }
            pieces.pop();
        }
        let mut left = self.width;
        for (at, (ink, piece)) in pieces.iter().enumerate() {
            // A piece that ends exactly at the edge leaves no room for the mark of the cut.
            let is_last = at + 1 == pieces.len();
            let shown = cut(
                piece,
                if is_last {
                    left
                } else {
                    left.saturating_sub(1)
                },
            );
            left -= display_width(&shown).min(left);
            self.paint(**ink, &shown);
            if shown != *piece {
                break;
            }
        }
        self.text.push('\n');
    }

    /// A wrapped text after `indent` spaces and a label; further lines begin below the text, or below
    /// the label if that is longer than a third of the line.
    pub(crate) fn paragraph(
        &mut self,
        indent: usize,
        label: (anstyle::Style, &str),
        text: (anstyle::Style, &str),
    ) {
        if label.1.is_empty() && text.1.is_empty() {
            return;
        }
        let lead = display_width(label.1);
        let hang = indent + if lead > self.width / 3 { 2 } else { lead };
        // The label takes part in the wrapping as spaces, which are then replaced by it.
        let lines = wrap(&clean(text.1), self.width, indent + lead, hang);
        for (at, line) in lines.iter().enumerate() {
            let begin = if at == 0 { indent + lead } else { hang };
            let content = line.get(begin..).unwrap_or_default();
            if at == 0 {
                let label_text = if content.is_empty() {
                    label.1.trim_end()
                } else {
                    label.1
                };
                if !content.is_empty() || !label_text.is_empty() {
                    self.text.push_str(&" ".repeat(indent));
                }
                self.paint(label.0, label_text);
            } else if !content.is_empty() {
                self.text.push_str(&" ".repeat(begin));
            }
            self.paint(text.0, content);
            self.text.push('\n');
        }
    }

    /// Text that is laid out already, after `indent` spaces on each line.
    pub(crate) fn block(&mut self, indent: usize, text: &str) {
        for line in text.lines() {
            let line = line.trim_end();
            if !line.is_empty() {
                self.text.push_str(&" ".repeat(indent));
            }
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// A heading.
    pub(crate) fn heading(&mut self, text: &str) {
        self.blank();
        self.paragraph(0, (ink::NONE, ""), (ink::BOLD, text));
    }

    /// Commands to type, each with what it does.
    pub(crate) fn commands(&mut self, commands: &[(String, String)]) {
        let widest = commands
            .iter()
            .map(|(command, _)| display_width(command))
            .max()
            .unwrap_or(0);
        let beside = commands
            .iter()
            .all(|(_, what)| 2 + widest + 3 + display_width(what) <= self.width);
        for (command, what) in commands {
            if beside {
                let gap = " ".repeat(widest - display_width(command) + 3);
                let what = format!("{gap}{what}");
                self.line(&[
                    (ink::NONE, "  "),
                    (ink::COMMAND, command),
                    (ink::NONE, &what),
                ]);
            } else {
                self.paragraph(2, (ink::NONE, ""), (ink::COMMAND, command));
                self.paragraph(6, (ink::NONE, ""), (ink::NONE, what));
            }
        }
    }

    fn paint(&mut self, ink: anstyle::Style, text: &str) {
        if self.style == Style::Plain || ink.is_plain() || text.is_empty() {
            self.text.push_str(text);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{}{text}{}", ink.render(), ink.render_reset());
        }
    }
}

/// Wraps a text to lines of `width` columns; the first begins after `first` spaces, the others after
/// `hang`.
fn wrap(text: &str, width: usize, first: usize, hang: usize) -> Vec<String> {
    let (first, hang) = (" ".repeat(first), " ".repeat(hang));
    let options = Options::new(width)
        .initial_indent(&first)
        .subsequent_indent(&hang)
        // A hyphen in a name or in `--seed` is no place to break.
        .word_splitter(WordSplitter::NoHyphenation);
    let text = tie_code(text.trim_end(), width / 2);
    let most = if text.contains('\n') {
        LONGEST_OF_MANY
    } else {
        LONGEST
    };
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let options = if lines.is_empty() {
            options.clone()
        } else {
            options.clone().initial_indent(&hang)
        };
        let wrapped = textwrap::wrap(line, options);
        let untied = |line: &Cow<'_, str>| line.replace('\u{a0}', " ").trim_end().to_owned();
        lines.extend(wrapped.iter().take(most).map(untied));
        if wrapped.len() > most
            && let Some(last) = lines.last_mut()
        {
            *last = cut(&format!("{last} …"), width);
        }
    }
    if lines.len() > LONGEST {
        let left_out = lines.len() - (LONGEST - 1);
        lines.truncate(LONGEST - 1);
        lines.push(format!("{hang}… {left_out} more lines"));
    }
    lines
}

/// Puts spaces that do not break into code between backquotes, unless it is longer than `longest`.
fn tie_code(text: &str, longest: usize) -> String {
    let mut tied = String::with_capacity(text.len());
    let parts: Vec<&str> = text.split('`').collect();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            tied.push('`');
        }
        let is_code = at % 2 == 1 && at + 1 < parts.len();
        if is_code && display_width(part) <= longest && !part.contains('\n') {
            tied.push_str(&part.replace(' ', "\u{a0}"));
        } else {
            tied.push_str(part);
        }
    }
    tied
}

/// Makes foreign text safe to show: without escape sequences, with tabs as spaces, and with a mark in
/// place of every character that moves the cursor or turns the direction of writing.
pub(crate) fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for sign in anstream::adapter::strip_str(text).to_string().chars() {
        match sign {
            '\n' => shown.push('\n'),
            '\t' => shown.push_str("    "),
            '\r' => {}
            '\u{200d}' => {}
            '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2066}'..='\u{2069}' => shown.push('\u{fffd}'),
            sign if sign.is_control() => shown.push('\u{fffd}'),
            sign => shown.push(sign),
        }
    }
    shown
}

/// The beginning of a line, at most `width` columns of it, with `…` in place of the rest.
pub(crate) fn cut(line: &str, width: usize) -> String {
    if display_width(line) <= width {
        return line.to_owned();
    }
    let mut shown = String::new();
    let mut used = 0;
    for sign in line.chars() {
        used += display_width(sign.encode_utf8(&mut [0; 4]));
        if used + 1 > width {
            break;
        }
        shown.push(sign);
    }
    if width > 0 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(
            clean("\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7} \u{202e}abc\tx\r\n"),
            "red \u{fffd}abc    x\n"
        );
    }

    #[test]
    fn code_in_a_sentence_is_not_torn() {
        let text = "so then type the command `cargo xtask check 05` and see";
        assert_eq!(
            wrap(text, 40, 0, 2),
            [
                "so then type the command",
                "  `cargo xtask check 05` and see"
            ]
        );
    }

    #[test]
    fn a_backquote_without_a_partner_ties_nothing() {
        assert_eq!(tie_code("it`s a b", 40), "it`s a b");
    }

    #[test]
    fn long_texts_end_with_what_was_left_out() {
        let text = (0..30)
            .map(|line| line.to_string())
            .collect::<Vec<_>>()
            .join("\n");
        let lines = wrap(&text, 40, 0, 2);
        assert_eq!((lines.len(), lines[11].as_str()), (12, "  … 19 more lines"));
    }

    #[test]
    fn a_wide_character_is_not_cut_in_half() {
        assert_eq!(cut("漢字漢字", 6), "漢字…");
        assert_eq!(cut("漢字漢字", 8), "漢字漢字");
    }

    proptest! {
        #[test]
        fn no_line_is_longer_than_the_page(
            texts in proptest::collection::vec(any::<String>(), 1..5),
            label in "[a-z ]{0,30}",
            indent in 0_usize..8,
            width in 40_usize..120,
        ) {
            let pages = [Style::Plain, Style::Ansi].map(|style| {
                let mut page = Page::new(width, style);
                let pieces: Vec<_> = texts.iter().map(|text| (ink::BAD, text.as_str())).collect();
                page.line(&pieces);
                for text in &texts {
                    page.paragraph(indent, (ink::LABEL, &label), (ink::BOLD, text));
                }
                page.into_text()
            });
            for line in pages[0].lines() {
                prop_assert!(display_width(line) <= width, "{line:?}");
            }
            // Not `clean`, which would hide a difference.
            prop_assert_eq!(anstream::adapter::strip_str(&pages[1]).to_string(), pages[0].as_str());
        }
    }
}

//! The pages, each one file that loads nothing: a deck for the projector, its handouts for reading, print
//! and screen readers, and the index. What stands on the slides is the renderer's.

use crate::{
    check::Problem,
    code::escape,
    render::{Plain, Slide},
    source::Deck,
};
use course::Track;

const REVEAL: &str = include_str!("../../../slides/vendor/reveal.js/reveal.js");
const REVEAL_CSS: &str = include_str!("../../../slides/vendor/reveal.js/reveal.css");
const NOTES: &str = include_str!("../../../slides/vendor/reveal.js/notes.js");

/// The theme's style sheets.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Colours, light and dark; code, tables, questions.
    pub common: String,
    /// What is on the projector.
    pub deck: String,
    /// What is read.
    pub handout: String,
    /// Lessons, with code beside them.
    pub lesson: String,
}

impl Theme {
    /// A page to read that is only served, not written.
    pub(crate) fn reading(&self, title: &str, body: &str) -> String {
        let style = format!("{}\n{}\n{}", self.common, self.handout, self.lesson);
        whole(title, &style, body)
    }
}

/// Slides are laid out at this size and then scaled, so that what fits once fits everywhere.
pub const WIDTH: u32 = 1280;
/// See [`WIDTH`].
pub const HEIGHT: u32 = 720;

/// The layout on a projector of 4:3: the slide is higher, and its text larger to the eye, since fewer
/// points are as wide as the window.
pub const SQUARE: (u32, u32) = (1232, 924);

/// Makes the code, and then the text, of the slide that is shown as large as fits, up to a limit: a
/// slide with few words is read from further away. No row of a table is broken for that. One with a
/// figure leaves the room to the figure.
const GROW: &str = "\
const grow = () => {
  const slide = Reveal.getCurrentSlide();
  if (!slide || slide.matches('.title') || slide.querySelector('figure')) return;
  const lines = element => {
    const style = getComputedStyle(element);
    const inside = element.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    return Math.round(inside / parseFloat(style.lineHeight));
  };
  slide.style.setProperty('--text', 1);
  slide.style.setProperty('--code', 1);
  const cells = [...slide.querySelectorAll('td, th')].filter(cell => !cell.closest('.notes'));
  const whole = cells.map(cell => [cell, lines(cell)]);
  const fits = () => {
    const room = slide.getBoundingClientRect(), scale = Reveal.getScale(), slack = 1;
    if (whole.some(([element, before]) => lines(element) > before)) return false;
    return [...slide.querySelectorAll('*:not(.notes, .notes *, math *)')].every(element => {
      const box = element.getBoundingClientRect();
      return box.right <= room.right - 8 * scale + slack && box.bottom <= room.bottom - 56 * scale + slack &&
        (!element.matches('pre') || element.scrollWidth <= element.clientWidth);
    });
  };
  const settle = (name, sizes) => {
    for (const size of [...sizes, 1]) {
      slide.style.setProperty(name, size);
      if (size === 1 || fits()) return;
    }
  };
  settle('--code', [1.5, 1.4, 1.3, 1.2, 1.1]);
  settle('--text', [1.3, 1.2, 1.1]);
};
";

/// The deck, with links to the list of all and to the next one.
pub fn deck(deck: &Deck, next: Option<&Deck>, slides: &[Slide], theme: &Theme) -> String {
    let title = escape(&deck.title);
    let mut links = String::from("<a href=\"index.html\">All decks</a>");
    if let Some(next) = next {
        links.push_str(&format!(
            " · <a href=\"{}.html\">Next: {}</a>",
            next.name(),
            escape(&next.title)
        ));
    }
    let mut sections = format!(
        "<section class=\"title\"><h2>{title}</h2>\n<p>Parallel programming in Rust, a workbook</p>\n\
         <p class=\"links\">{links}</p>\n<aside class=\"notes\"><p>{} minutes in all. <kbd>S</kbd> opens this view, <kbd>F</kbd> fills the \
         screen, <kbd>O</kbd> shows all slides.</p></aside></section>\n",
        deck.minutes
    );
    for (index, slide) in slides.iter().enumerate() {
        // Where to go from here, without the way back to the title.
        let links = if index + 1 == slides.len() {
            format!("<p class=\"links\">{links}</p>\n")
        } else {
            String::new()
        };
        sections.push_str(&format!(
            "<section data-timing=\"{}\"><h2>{}</h2>\n{}{links}<aside class=\"notes\">{}</aside></section>\n",
            (slide.minutes * 60.0).round(),
            slide.title,
            slide.body(|html| format!("<div class=\"answer fragment\">{html}</div>\n")),
            slide.notes
        ));
    }
    let (square_width, square_height) = SQUARE;
    let style = format!("{REVEAL_CSS}\n{}\n{}", theme.common, theme.deck);
    let body = format!(
        "<header><h1>{title}</h1></header>\n<main><div class=\"reveal\"><div class=\"slides\">\n{sections}</div></div></main>\n\
         <script>{REVEAL}</script>\n<script>{NOTES}</script>\n<script>\n\
         // Nearer to 4:3 than to 16:9 the slide is laid out for 4:3.\n\
         const layout = () => innerWidth / innerHeight < 1.54 ?\n  \
         {{width: {square_width}, height: {square_height}}} : {{width: {WIDTH}, height: {HEIGHT}}};\n\
         {GROW}\
         addEventListener('resize', () => {{ Reveal.configure(layout()); grow(); }});\n\
         Reveal.initialize({{\n  ...layout(), margin: 0.03, center: false, display: 'flex',\n  \
         hash: true, slideNumber: 'c/t', controlsTutorial: false, transition: 'none',\n  \
         backgroundTransition: 'none', autoAnimate: false, plugins: [RevealNotes],\n  \
         // Without it, the speaker's view ignores the minutes of the slides. The title slide has none.\n  \
         defaultTiming: 0,\n}});\n\
         for (const event of ['ready', 'slidechanged']) Reveal.on(event, grow);\n</script>\n"
    );
    whole(&deck.title, &style, &body)
}

/// The handout: all slides below each other, with the notes.
pub fn handout(deck: &Deck, slides: &[Slide], theme: &Theme) -> String {
    let mut body = format!(
        "<header><p><a href=\"index.html\">All decks</a> · <a href=\"{}.html\">as slides</a></p></header>\n\
         <main><h1>{}</h1>\n<p>{} minutes, with what the speaker says.</p>\n",
        deck.name(),
        escape(&deck.title),
        deck.minutes
    );
    for slide in slides {
        body.push_str(&format!(
            "<section><h2>{}</h2>\n{}<aside class=\"notes\" aria-label=\"Notes: {}\">{}</aside></section>\n",
            slide.title,
            slide.body(|html| format!("<div class=\"answer\">{html}</div>\n")),
            without_tags(&slide.title),
            slide.notes
        ));
    }
    body.push_str("</main>\n");
    let style = format!("{}\n{}", theme.common, theme.handout);
    whole(&deck.title, &style, &body)
}

/// The handout for participants: all slides below each other, without notes, and with answers that are
/// opened one by one. On paper they stay folded.
pub fn participants(deck: &Deck, slides: &[Slide], theme: &Theme) -> String {
    let mut body = format!(
        "<header><p><a href=\"index.html\">All decks</a></p></header>\n<main><h1>{}</h1>\n",
        escape(&deck.title)
    );
    for slide in slides {
        let folded = |html: &str| {
            format!("<details class=\"answer\"><summary>Answer</summary>\n{html}</details>\n")
        };
        body.push_str(&format!(
            "<section><h2>{}</h2>\n{}</section>\n",
            slide.title,
            slide.body(folded)
        ));
    }
    body.push_str("</main>\n");
    let style = format!("{}\n{}", theme.common, theme.handout);
    whole(&deck.title, &style, &body)
}

/// In place of a page whose source is wrong, so that nobody shows one that is older than its source.
pub fn wrong(title: &str, problems: &[&Problem], theme: &Theme) -> String {
    let mut body = format!(
        "<header><p><a href=\"index.html\">All decks</a></p></header>\n<main><h1>{}</h1>\n\
         <p>This page was not built:</p>\n<ul>\n",
        escape(title)
    );
    for problem in problems {
        body.push_str(&format!("<li>{}</li>\n", escape(&problem.to_string())));
    }
    body.push_str("</ul></main>\n");
    let style = format!("{}\n{}", theme.common, theme.handout);
    whole(title, &style, &body)
}

/// A page that is no deck, with a table of its contents. Style sheets know it by its name.
pub fn plain(name: &str, title: &str, plain: &Plain, theme: &Theme) -> String {
    let style = format!("{}\n{}", theme.common, theme.handout);
    let mut contents = String::new();
    for (level, name, words) in &plain.headings {
        contents.push_str(&format!(
            "<li class=\"level-{level}\"><a href=\"#{name}\">{}</a></li>\n",
            escape(words)
        ));
    }
    let (first, rest) = plain.html.split_once("</h1>").unwrap_or(("", &plain.html));
    let first = if first.is_empty() {
        String::new()
    } else {
        format!("{first}</h1>")
    };
    let body = format!(
        "<header><p><a href=\"index.html\">All decks</a></p></header>\n<main class=\"{name}\">{first}\n\
         <nav aria-label=\"Contents\"><ul>\n{contents}</ul></nav>\n{rest}</main>\n"
    );
    whole(title, &style, &body)
}

/// The list of the decks.
pub fn index(decks: &[Deck], theme: &Theme) -> String {
    let mut body = String::from(
        "<main><h1>Slides</h1>\n<p>In a deck, <kbd>S</kbd> opens the speaker view, with notes, clock and \
         next slide. Handouts have the notes, too, and are what to print. Those for participants have no \
         notes, and answers are folded.</p>\n<table><thead><tr>\
         <th scope=\"col\">Deck</th><th scope=\"col\">Minutes</th><th scope=\"col\">To read</th>\
         <th scope=\"col\">For participants</th></tr></thead><tbody>\n",
    );
    let mut track = None;
    for deck in decks {
        let (name, title) = (deck.name(), escape(&deck.title));
        let number = deck.number().unwrap_or_default();
        let own = Track::of_deck(number);
        if track.replace(own) != Some(own) {
            body.push_str(&format!(
                "<tr><th colspan=\"4\" scope=\"colgroup\">{}</th></tr>\n",
                own.title()
            ));
        }
        body.push_str(&format!(
            "<tr><td><a href=\"{name}.html\">{number} · {title}</a></td><td>{}</td>\
             <td><a href=\"{name}-handout.html\">handout {number}</a></td>\
             <td><a href=\"{name}-participants.html\">slides {number}</a></td></tr>\n",
            deck.minutes
        ));
    }
    body.push_str(
        "</tbody></table>\n<p><a href=\"instructors.html\">For instructors</a>: timetables, questions, \
         where rooms get stuck, what to do the day before, how to change things.</p>\n\
         <p><a href=\"cheat-sheet.html\">Cheat sheet</a>: each call of MPI beside its method, to print for \
         everybody.</p></main>\n",
    );
    let style = format!("{}\n{}", theme.common, theme.handout);
    whole("Slides", &style, &body)
}

fn whole(title: &str, style: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>\n{style}\n</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn without_tags(html: &str) -> String {
    let (mut text, mut inside) = (String::new(), false);
    for sign in html.chars() {
        match sign {
            '<' => inside = true,
            '>' => inside = false,
            '"' => {}
            _ if !inside => text.push(sign),
            _ => {}
        }
    }
    text
}

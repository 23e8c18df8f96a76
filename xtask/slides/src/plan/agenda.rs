//! What participants see of a timetable: when which topic comes. Breaks are the gaps between the rows.

use super::{Plan, Row, Timetable, hours};

/// Keeps a line from breaking after a dash.
const WORD_JOINER: char = '\u{2060}';

/// Keeps a line from breaking between two words.
const NO_BREAK: char = '\u{a0}';

/// The break that parts a day into morning and afternoon takes at least these minutes.
const LUNCH: u32 = 45;

impl Plan {
    /// The chosen timetables, or the first one, as a table in Markdown: a row for the time between two breaks. Several
    /// days have a row for each morning and afternoon, lectures one for all, so that the table fits a slide.
    pub(super) fn agenda(&self) -> String {
        let Some(heading) = self.current() else {
            return String::new();
        };
        let tables: Vec<&Timetable> = self.below(heading).collect();
        let mut text = String::from("| when | what |\n|-|-|\n");
        for (table, day) in tables.iter().zip(1..) {
            let lectures: Vec<String> = lectures(table)
                .zip(1..)
                .map(|(words, number)| format!("{number}{NO_BREAK}{words}"))
                .collect();
            let spans = if lectures.is_empty() {
                self.spans(table, if tables.len() > 1 { LUNCH } else { 0 })
            } else {
                let count = lectures.len();
                vec![(format!("{count} lectures"), lectures)]
            };
            for (when, topics) in spans {
                let day = if tables.len() > 1 {
                    format!("Day{NO_BREAK}{day},{NO_BREAK}")
                } else {
                    String::new()
                };
                text.push_str(&format!("| {day}{when} | {} |\n", topics.join(" · ")));
            }
        }
        text
    }

    /// The time between breaks of at least `least` minutes, with the decks and exercises in it.
    fn spans(&self, table: &Timetable, least: u32) -> Vec<(String, Vec<String>)> {
        let mut spans = Vec::new();
        let (mut begin, mut now, mut topics) = (table.start, table.start, Vec::new());
        for row in &table.rows {
            let minutes = self.minutes(row);
            match row {
                Row::Break(..) if minutes >= least => {
                    spans.push((begin, now, std::mem::take(&mut topics)));
                    begin = now + minutes;
                }
                Row::Deck(index) => topics.push(self.decks[*index].title.clone()),
                Row::Exercise(index, _) => {
                    let number = self.exercises[*index].number;
                    topics.push(format!("exercise{NO_BREAK}{number:02}"));
                }
                Row::Break(..) | Row::Talk(..) | Row::Lecture(_) => {}
            }
            now += minutes;
        }
        spans.push((begin, now, topics));
        // What is only talk is no topic.
        spans.retain(|(_, _, topics)| !topics.is_empty());
        let worded = spans.into_iter().map(|(begin, end, mut topics)| {
            // An exercise goes on after a break.
            topics.dedup();
            let when = format!("{}–{WORD_JOINER}{}", hours(begin), hours(end));
            (when, topics)
        });
        worded.collect()
    }
}

/// The titles of a series of lectures.
fn lectures(table: &Timetable) -> impl Iterator<Item = &str> {
    table.rows.iter().filter_map(|row| match row {
        Row::Lecture(words) => Some(words.as_str()),
        _ => None,
    })
}

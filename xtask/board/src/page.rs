//! The page, from what is known. Everything that a participant has chosen is text: maud escapes it.

use crate::{
    class::{Done, Idle, MINUTE, Progress, Raised, Stuck, View},
    guide::{Guide, rule},
};
use maud::{DOCTYPE, Markup, html};

/// So many kinds of trouble are shown.
const TROUBLES: usize = 3;

/// What stays on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The command that participants type.
    pub join: String,
    /// Whether names are shown.
    pub names: bool,
}

/// The whole page.
pub fn page(frame: &Frame, view: &View, guide: &Guide) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { "Board" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/board.css";
                script src="/board.js" defer {}
                noscript { meta http-equiv="refresh" content="10"; }
            }
            body {
                a.skip href="#stuck" { "Skip to who is stuck" }
                header {
                    h1 { "Board" }
                    p.join { "To join: " code { (frame.join) } }
                }
                p #connection role="alert" hidden { "⚠ No connection to the board. Trying again." }
                main { (content(frame.names, view, guide)) }
            }
        }
    }
}

/// What changes: the sections of the page.
pub fn content(names: bool, view: &View, guide: &Guide) -> Markup {
    html! {
        p #now role="status" aria-live="polite" { (summary(view)) }
        (hands(names, &view.hands))
        // The room looks at what is to be talked about, and the instructor at whom to help.
        @if names {
            (stuck(names, &view.stuck))
            (troubles(view, guide))
        } @else {
            (troubles(view, guide))
            (stuck(names, &view.stuck))
        }
        (idle(names, &view.idle))
        (tasks(view))
    }
}

/// The one sentence that a screen reader says when it changes.
fn summary(view: &View) -> String {
    let people = match view.present {
        0 => return "Nobody has joined yet.".to_owned(),
        1 => "1 participant".to_owned(),
        many => format!("{many} participants"),
    };
    let hands = match view.hands.len() {
        0 => "no hand up".to_owned(),
        1 => "1 hand up".to_owned(),
        many => format!("{many} hands up"),
    };
    format!("{people}, {hands}, {} stuck.", view.stuck.len())
}

fn hands(names: bool, hands: &[Raised]) -> Markup {
    html! {
        section #hands aria-labelledby="hands-title" {
            h2 #hands-title { span.sign aria-hidden="true" { "▲" } " Hands up: " (hands.len()) }
            @if hands.is_empty() {
                p.none { "None. Participants type " code { "cargo xtask hand" } "." }
            } @else {
                ul {
                    @for hand in hands {
                        li {
                            @if names { b { bdi { (hand.name) } } ", " }
                            @if let Some(task) = &hand.task { code { (task) } ", " }
                            (minutes(hand.long))
                        }
                    }
                }
            }
        }
    }
}

fn stuck(names: bool, stuck: &[Stuck]) -> Markup {
    html! {
        section #stuck tabindex="-1" aria-labelledby="stuck-title" {
            h2 #stuck-title { span.sign aria-hidden="true" { "■" } " Stuck: " (stuck.len()) }
            @if stuck.is_empty() {
                p.none { "Nobody has the same failure for the fourth time, or no progress for eight minutes." }
            } @else {
                table {
                    thead { tr {
                        @if names { th scope="col" { "Who" } }
                        th scope="col" { "Task" } th scope="col" { "For" } th scope="col" { "Failure" }
                    } }
                    tbody {
                        @for person in stuck {
                            tr {
                                @if names { th.who scope="row" { bdi { (person.name) } } }
                                td { code { (person.task) } }
                                td.count { (minutes(person.long)) }
                                td {
                                    @match person.kind {
                                        Some(kind) => { (kind) @if person.times > 1 { ", " (person.times) " times" } },
                                        None => "not started",
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Who may need help with the very first step.
fn idle(names: bool, idle: &[Idle]) -> Markup {
    html! {
        section #idle aria-labelledby="idle-title" {
            h2 #idle-title { span.sign aria-hidden="true" { "○" } " No check yet: " (idle.len()) }
            @if names && !idle.is_empty() {
                ul {
                    @for person in idle {
                        li { b { bdi { (person.name) } } ", " (minutes(person.long)) }
                    }
                }
            }
        }
    }
}

fn troubles(view: &View, guide: &Guide) -> Markup {
    html! {
        section #troubles aria-labelledby="troubles-title" {
            h2 #troubles-title { span.sign aria-hidden="true" { "✗" } " Most common trouble" }
            @if view.troubles.is_empty() {
                p.none { "No check of the last quarter of an hour fails." }
            }
            @for trouble in view.troubles.iter().take(TROUBLES) {
                article {
                    h3 { (trouble.kind) ": " (trouble.people) " of " (view.present) }
                    p { (rule(trouble)) }
                    @if let Some(question) = guide.question(trouble.kind) {
                        p.ask { b { "Ask: " } (question) }
                    }
                }
            }
        }
    }
}

fn tasks(view: &View) -> Markup {
    html! {
        section #tasks aria-labelledby="tasks-title" {
            h2 #tasks-title { span.sign aria-hidden="true" { "✓" } " Tasks" }
            @if view.exercises.is_empty() { p.none { "No check yet." } }
            @for (index, progress) in view.exercises.iter().enumerate() {
                details id={ "exercise-" (progress.folder) } open[index == 0] {
                    summary { (progress.title) }
                    (exercise(progress, view.present))
                }
            }
        }
    }
}

fn exercise(progress: &Progress, present: usize) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { "Task" } th scope="col" colspan="2" { "Done" } th scope="col" { "Failing" }
            } }
            tbody { @for task in &progress.tasks { (row(task, present)) } }
        }
    }
}

fn row(task: &Done, present: usize) -> Markup {
    let all = present > 0 && task.done == present;
    html! {
        tr {
            th scope="row" { (task.name) }
            td { progress max=(present.max(1)) value=(task.done) aria-hidden="true" {} }
            td.count { @if all { "✓ " } (task.done) " of " (present) }
            td.count.failing { @if task.failing > 0 { "✗ " (task.failing) } }
        }
    }
}

/// A span of time, to the minute.
fn minutes(long: u64) -> String {
    match long / MINUTE {
        0 => "< 1 min".to_owned(),
        minutes @ 1..120 => format!("{minutes} min"),
        minutes => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::{
        Class,
        tests::{check, small},
    };
    use room::{Event, Name, Token, What};
    use verdict::Kind;

    fn class() -> Class {
        let mut class = Class::new(small());
        for (who, name) in [Some("<script>alert(1)</script>"), Some("أدا"), None]
            .into_iter()
            .enumerate()
        {
            let name = name.map(|name| Name::new(name).unwrap());
            class.join(Token::draw().unwrap(), name.as_ref(), 0);
            class.tell(
                who,
                &check(
                    1,
                    &[
                        ("a", Ok(()), 1),
                        ("b", Err(Some(Kind::Deadlock)), 4 - who as u32),
                    ],
                ),
                0,
            );
        }
        let what = What::Hand { up: true };
        let bob = Name::new("Bob").unwrap();
        class.join(Token::draw().unwrap(), Some(&bob), 0);
        class.tell(
            1,
            &Event {
                number: 2,
                ago: 0,
                what,
            },
            0,
        );
        class
    }

    /// A line for each element.
    fn lines(markup: Markup) -> String {
        markup.into_string().replace("><", ">\n<")
    }

    #[test]
    fn the_page_with_names() {
        let frame = Frame {
            join: "cargo xtask join 192.168.1.20:8100 K7Q-M2F".to_owned(),
            names: true,
        };
        let page = page(&frame, &class().view(2 * MINUTE), &Guide::default());
        insta::assert_snapshot!(lines(page));
    }

    #[test]
    fn without_names_nobody_is_named() {
        let content = lines(content(false, &class().view(2 * MINUTE), &Guide::default()));
        for name in ["script", "أدا", "Guest", "Bob"] {
            assert!(!content.contains(name), "{content}");
        }
        assert!(
            ["Stuck: 1", "Hands up: 1", "No check yet: 1"]
                .iter()
                .all(|words| content.contains(words)),
            "{content}"
        );
    }

    #[test]
    fn time_is_said_to_the_minute() {
        let said = [0, 59_999, MINUTE, 119 * MINUTE, 120 * MINUTE].map(minutes);
        let wanted = ["< 1 min", "< 1 min", "1 min", "119 min", "2 h 0 min"];
        assert_eq!(said, wanted);
    }
}

//! Headings of Markdown files, as links name them.

use crate::Task;

/// The name by which a link reaches a heading, as the usual Markdown viewers make it.
pub fn slug(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|sign| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_'))
        .map(|sign| if sign == ' ' { '-' } else { sign })
        .collect()
}

/// A place in a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// Its line, counted from 1.
    pub line: usize,
}

/// Where to read on in a lesson before a task: at the first section behind those of the tasks before it,
/// which may be the task's own. None where the lesson has no section for the task.
pub fn section_before(lesson: &str, tasks: &[Task], task: &Task) -> Option<Section> {
    let mut first = None;
    let mut is_code = false;
    for (line, text) in (1..).zip(lesson.lines()) {
        is_code ^= text.trim_start().starts_with("```");
        let Some(heading) = text.strip_prefix("## ").filter(|_| !is_code) else {
            continue;
        };
        let section = first.get_or_insert_with(|| Section {
            heading: heading.trim().to_owned(),
            line,
        });
        if heading.trim() == task.name {
            return Some(section.clone());
        }
        if tasks.iter().any(|other| heading.trim() == other.name) {
            first = None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miniature::Miniature;

    #[test]
    fn a_task_is_read_about_from_where_the_task_before_ends() {
        let course = Miniature::new().course();
        let tasks = &course.select("05").unwrap().exercise.tasks;
        let (one, other) = (&tasks[0], &tasks[1]);
        let lesson = format!(
            "# Title\n\n## Ideas\n\n```text\n## no heading\n```\n## {}\n## More\n## And more\n## {}\n",
            one.name, other.name
        );
        let section = |heading: &str, line| {
            Some(Section {
                heading: heading.into(),
                line,
            })
        };
        assert_eq!(section_before(&lesson, tasks, one), section("Ideas", 3));
        assert_eq!(section_before(&lesson, tasks, other), section("More", 9));
        let bare = format!("## {}\n## {}\n", one.name, other.name);
        assert_eq!(section_before(&bare, tasks, other), section(&other.name, 2));
        assert_eq!(section_before("## Ideas\n", tasks, one), None);
    }

    #[test]
    fn headings_are_reached_by_their_slug() {
        assert_eq!(slug("What to try next?"), "what-to-try-next");
        assert_eq!(slug("all-gather: the table"), "all-gather-the-table");
    }
}

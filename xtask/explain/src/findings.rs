//! What the witness found in a run, as a person reads it: for programs that are no exercise.

use crate::{
    page::{Page, Style, ink},
    places,
    rule::{Failed, rule},
    snippet::{Label, Sources, snippet},
};
use verdict::Failure;

/// Findings as text of the given width, each in full, in their order.
///
/// `load_source` gives the text of a file by its path as it stands in the finding; none if it cannot
/// be read.
pub fn findings(
    list: &[Failure],
    width: usize,
    style: Style,
    load_source: &dyn Fn(&str) -> Option<String>,
) -> String {
    let mut page = Page::new(width, style);
    for finding in list {
        page.paragraph(
            0,
            (ink::BAD, &format!("{}: ", finding.kind)),
            (ink::BOLD, &finding.message),
        );
        let alone = std::slice::from_ref(finding);
        // A finding names files from where the reader stands.
        let sources = Sources {
            load: load_source,
            as_typed: &str::to_owned,
        };
        show_places(alone, Vec::new(), None, sources, &mut page);
        page.blank();
        page.paragraph(
            2,
            (ink::LABEL, "rule: "),
            (ink::NONE, rule(finding, Failed::Program)),
        );
        page.blank();
    }
    page.into_text()
}

/// The source behind the first of these failures, with who did what where; ranks that did the same
/// at one place share a label. If there are labels to be shown `instead`, the failures' own are not,
/// nor what they say without a place; `remark` stands below.
pub(crate) fn show_places(
    failures: &[Failure],
    instead: Vec<Label<'_>>,
    remark: Option<String>,
    sources: Sources<'_>,
    page: &mut Page,
) {
    let Some(first) = failures.first() else {
        return;
    };
    let groups = places::groups(failures);
    let tags = groups.iter().any(places::Group::has_tag);
    let mut labels: Vec<Label<'_>> = Vec::new();
    let mut rest: Vec<String> = Vec::new();
    let is_replaced = !instead.is_empty();
    for group in groups.iter().filter(|_| !is_replaced) {
        let text = group.label(first.kind, first.ranks, tags);
        match (&group.file, group.line) {
            (Some(file), Some(line)) => labels.push(Label {
                file,
                line,
                text,
                names: group.methods(),
            }),
            (Some(file), None) => rest.push(format!("{text} ({})", (sources.as_typed)(file))),
            (None, _) if text == "here" => {}
            (None, _) => rest.push(text),
        }
    }
    labels.extend(instead);
    let shown = snippet(&labels, sources, page.width() - 2, page.style());
    if !shown.text.is_empty() {
        page.blank();
        page.block(2, &shown.text);
    }
    rest.extend(remark);
    rest.extend(shown.rest);
    if !rest.is_empty() {
        page.blank();
    }
    for line in rest {
        page.paragraph(2, (ink::NONE, "- "), (ink::NONE, &line));
    }
}

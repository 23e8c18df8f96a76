//! What to say about a kind of failure: the rule that students see below it, and the question that the
//! instructors' guide has for it.

use crate::class::Trouble;
use anyhow::{Context, Result};
use explain::Failed;
use std::{collections::HashMap, fs, path::Path};
use verdict::{Failure, Kind};

/// The guide, from the workbook's folder.
pub const GUIDE: &str = "slides/instructors.md";
/// The heading above its table.
const HEADING: &str = "### A question for each kind of failure";

/// The guide's questions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guide(HashMap<Kind, String>);

impl Guide {
    /// Reads the guide of the workbook in `root`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join(GUIDE);
        let text =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        Ok(Self::parse(&text))
    }

    /// The rows of the table below its heading: a kind, and the question for it. Other rows are passed over.
    fn parse(text: &str) -> Self {
        let below = text.lines().skip_while(|line| *line != HEADING).skip(1);
        let section = below.take_while(|line| !line.starts_with('#'));
        let row = |line: &str| {
            let (kind, question) = line.strip_prefix("| `")?.split_once("` | ")?;
            let question = question.strip_suffix(" |")?.trim();
            Some((kind.parse().ok()?, question.replace('`', "")))
        };
        Self(section.filter_map(row).collect())
    }

    /// The question for a kind of failure.
    pub fn question(&self, kind: Kind) -> Option<&str> {
        self.0.get(&kind).map(String::as_str)
    }
}

/// The sentence that students see below such a failure.
pub fn rule(trouble: &Trouble) -> &'static str {
    let mut failure = Failure::new(trouble.kind, "");
    failure.reason = trouble.reason;
    let failed = match trouble.has_ranks {
        true => Failed::Task,
        false => Failed::TaskWithoutMpi,
    };
    explain::rule(&failure, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_has_a_question_for_each_kind_of_failure() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let guide = Guide::read(&root).unwrap();
        for kind in Kind::ALL {
            let question = guide.question(*kind).unwrap_or_default();
            assert!(question.ends_with('?'), "{kind}: {question:?}");
        }
        assert_eq!(guide.0.len(), Kind::ALL.len());
    }

    #[test]
    fn a_table_elsewhere_is_not_taken() {
        let text = format!(
            "| `panic` | Before? |\n\n{HEADING}\n\n| `deadlock` | Who goes first? |\n| x |\n\n## B\n\n\
             | `crash` | After? |\n"
        );
        let guide = Guide::parse(&text);
        assert_eq!(guide.question(Kind::Deadlock), Some("Who goes first?"));
        assert_eq!(guide.0.len(), 1);
    }
}

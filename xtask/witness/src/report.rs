//! What one run came to, for people and for programs.

use crate::{
    symbols::shortest,
    timeline::{Files, too_large},
};
use anyhow::{Context, Result};
use observer::Severity;
use serde::Serialize;
use std::ops::Range;
use verdict::{Failure, Where};

/// What one run came to.
pub(crate) struct Report {
    /// What was run.
    pub(crate) command: Vec<String>,
    /// What MPI says of itself.
    pub(crate) mpi: String,
    /// How many ranks there were.
    pub(crate) ranks: u32,
    /// Which of them belong to each world, the one that was started first before those that were spawned.
    pub(crate) worlds: Vec<Range<u32>>,
    /// Whether ranks were connected to processes that could not be watched.
    pub(crate) unwatched: bool,
    /// Whether standard sends and collectives were made synchronous.
    pub(crate) strict: bool,
    /// Wall time, in seconds.
    pub(crate) seconds: f64,
    /// How the launcher ended, if it ended by itself.
    pub(crate) status: Option<String>,
    /// Whether the user stopped it.
    pub(crate) interrupted: bool,
    /// The limit, in seconds, that it ran into.
    pub(crate) time_limit: Option<u32>,
    /// Whether it may have worked only because MPI buffered messages.
    pub(crate) may_buffer: bool,
    /// What each rank was doing when the time was over, or the user stopped it.
    pub(crate) doing: Vec<(String, Option<Where>)>,
    /// What was found, the worst first.
    pub(crate) findings: Vec<Finding>,
    /// The picture of the run, if one was asked for; or why it could not be drawn.
    pub(crate) trace: Option<Trace>,
    /// What is replayed, if that was asked for.
    pub(crate) heard: Option<crate::predict::Heard>,
}

/// A run that was drawn, unless that failed.
pub(crate) type Trace = Result<Drawn>;

/// A run that was drawn.
pub(crate) struct Drawn {
    /// Into these files.
    pub(crate) files: Files,
    /// This is what was drawn.
    pub(crate) timeline: trace::Timeline,
}

/// Something that was found.
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) failure: Failure,
}

impl Report {
    /// Whether something so bad was found, or worse.
    pub(crate) fn has(&self, severity: Severity) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|finding| finding.severity >= severity)
    }

    /// Adds what another run of the program has shown and this one has not.
    pub(crate) fn add_missing(&mut self, others: Vec<Finding>) {
        for other in others {
            let failure = &other.failure;
            let mut own = self.findings.iter().map(|finding| &finding.failure);
            if !own.any(|own| own.kind == failure.kind && own.message == failure.message) {
                self.findings.push(other);
            }
        }
    }
}

/// The version of the JSON's shape.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Json<'a> {
    schema: u32,
    command: &'a [String],
    mpi: &'a str,
    ranks: u32,
    worlds: Vec<World>,
    unwatched: bool,
    strict: bool,
    seconds: f64,
    status: Option<&'a str>,
    time_limit: Option<u32>,
    doing: Vec<Doing<'a>>,
    findings: Vec<JsonFinding<'a>>,
    trace: Option<JsonTrace<'a>>,
}

/// A world: the number of its rank 0 here, and how many ranks it has.
#[derive(Serialize)]
struct World {
    first: u32,
    ranks: u32,
}

/// Where the pictures are, and what they show.
#[derive(Default, Serialize)]
struct JsonTrace<'a> {
    svg: Option<String>,
    html: Option<String>,
    perfetto: Option<String>,
    calls: usize,
    messages: usize,
    left_out: Option<&'a str>,
    error: Option<String>,
}

impl<'a> JsonTrace<'a> {
    fn of(trace: &'a Trace) -> Self {
        match trace {
            Ok(drawn) => Self {
                svg: Some(drawn.files.svg.display().to_string()),
                html: Some(drawn.files.html.display().to_string()),
                perfetto: Some(drawn.files.perfetto.display().to_string()),
                calls: drawn.timeline.calls.len(),
                messages: drawn.timeline.messages.len(),
                left_out: drawn.timeline.left_out.as_deref(),
                error: None,
            },
            Err(error) => Self {
                error: Some(format!("{error:#}")),
                ..Self::default()
            },
        }
    }
}

#[derive(Serialize)]
struct Doing<'a> {
    message: &'a str,
    #[serde(rename = "where")]
    place: Option<&'a Where>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    severity: &'static str,
    #[serde(flatten)]
    failure: &'a Failure,
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// One JSON object.
pub(crate) fn json(report: &Report) -> Result<String> {
    let json = Json {
        schema: SCHEMA,
        command: &report.command,
        mpi: &report.mpi,
        ranks: report.ranks,
        worlds: (report.worlds.iter())
            .map(|world| World {
                first: world.start,
                ranks: world.end - world.start,
            })
            .collect(),
        unwatched: report.unwatched,
        strict: report.strict,
        seconds: report.seconds,
        status: report.status.as_deref(),
        time_limit: report.time_limit,
        doing: report
            .doing
            .iter()
            .map(|(message, place)| Doing {
                message,
                place: place.as_ref(),
            })
            .collect(),
        findings: report
            .findings
            .iter()
            .map(|finding| JsonFinding {
                severity: name(finding.severity),
                failure: &finding.failure,
            })
            .collect(),
        trace: report.trace.as_ref().map(JsonTrace::of),
    };
    let text = serde_json::to_string(&json).context("writing the report as JSON")?;
    Ok(text + "\n")
}

/// Lines for people, as wide as the terminal.
pub(crate) fn human(report: &Report) -> String {
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let style = if colour {
        explain::Style::Ansi
    } else {
        explain::Style::Plain
    };
    text(report, width(&console::Term::stderr()), style, &|file| {
        std::fs::read_to_string(file).ok()
    })
}

fn width(terminal: &console::Term) -> usize {
    const WIDTH: usize = 80;
    const WIDEST: usize = 100;
    terminal
        .size_checked()
        .map_or(WIDTH, |(_, columns)| usize::from(columns).min(WIDEST))
}

/// A drawing alone, for standard output: in text, as far as it is small, and where the files are.
pub(crate) fn drawing(drawn: &Drawn) -> String {
    let colour = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    let width = width(&console::Term::stdout());
    in_text(&drawn.timeline, width, colour)
        + "\n"
        + &written(&drawn.files, drawn.timeline.left_out.as_deref())
}

/// The drawing in text, or why there is none.
fn in_text(timeline: &trace::Timeline, width: usize, colour: bool) -> String {
    match too_large(timeline) {
        None => trace::terminal(timeline, width, colour),
        Some(why) => trace::heading(timeline, width, colour, &why),
    }
}

/// Which files were written, and what of the run is not in them.
pub(crate) fn written(files: &Files, left_out: Option<&str>) -> String {
    let mut text = String::new();
    for (path, what) in [
        (&files.html, "a page to look around in"),
        (&files.svg, "a picture"),
        (&files.perfetto, "for https://ui.perfetto.dev"),
    ] {
        let path = shortest(&path.to_string_lossy());
        text += &format!("witness: wrote {path} ({what})\n");
    }
    if let Some(left_out) = left_out {
        text += &format!("witness: {left_out}\n");
    }
    text
}

fn text(
    report: &Report,
    width: usize,
    style: explain::Style,
    load: &dyn Fn(&str) -> Option<String>,
) -> String {
    let mut text = String::from("\n");
    let colour = matches!(style, explain::Style::Ansi);
    if let Some(Ok(drawn)) = &report.trace {
        text += &in_text(&drawn.timeline, width, colour);
        text += "\n";
    }
    let failures: Vec<Failure> = report
        .findings
        .iter()
        .map(|finding| finding.failure.clone())
        .collect();
    text += &explain::findings(&failures, width, style, load);
    let stopped = match report.time_limit {
        Some(limit) => Some(format!("ended at the time limit of {limit} s")),
        None => report.interrupted.then(|| String::from("stopped")),
    };
    if let Some(stopped) = &stopped {
        text += &format!("witness: {stopped}, while\n");
        for (message, place) in &report.doing {
            let at = place
                .as_ref()
                .and_then(|place| Some(format!(" ({}:{})", place.file.as_ref()?, place.line?)));
            text += &format!("  {message}{}\n", at.unwrap_or_default());
        }
    }
    match &report.trace {
        Some(Ok(drawn)) => {
            text += &written(&drawn.files, drawn.timeline.left_out.as_deref());
        }
        Some(Err(error)) => text += &format!("witness: no trace: {error:#}\n"),
        None => {}
    }
    let (first, spawned) = match report.worlds.split_first() {
        Some((first, others)) if !others.is_empty() => (first.end - first.start, others),
        _ => (report.ranks, &[][..]),
    };
    let ranks = match first {
        1 => String::from("1 rank"),
        many => format!("{many} ranks"),
    };
    let ranks = match spawned.iter().map(Range::len).sum() {
        0 => ranks,
        spawned => format!("{ranks} and {spawned} that were spawned"),
    };
    let found = match report.findings.len() {
        0 if stopped.is_some() => String::from("nothing was found up to there"),
        0 => String::from("nothing was found"),
        1 => String::from("1 finding"),
        many => format!("{many} findings"),
    };
    let mode = if report.strict {
        ", with sends and collectives made synchronous"
    } else {
        ""
    };
    text += &format!(
        "witness: {found} on {ranks}{mode}, {:.1} s\n",
        report.seconds
    );
    if report.unwatched {
        text += "witness: some processes that were started or connected to were not watched\n";
    }
    if report.may_buffer && !report.has(Severity::Error) {
        text += "witness: MPI may have buffered messages; --strict runs it again without that\n";
    }
    if let Some(status) = report
        .status
        .as_deref()
        .filter(|status| *status != "exit status: 0")
    {
        text += &format!("witness: the launcher ended with {status}\n");
    }
    text
}

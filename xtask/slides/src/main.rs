//! `cargo xtask slides`: builds, checks, watches or prints the decks of the workbook that it is
//! started in. Exit status: 0 all is well, 1 a deck or a figure is not, 2 it could not tell.

use anyhow::{Context, Result, bail};
use clap::Parser;
use slides::{build, figures, watch};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

/// Build the decks into pages that need nothing but a browser.
#[derive(Debug, Parser)]
#[command(name = "slides")]
struct Arguments {
    /// Build at every save, and serve the pages with live reload
    #[arg(long)]
    watch: bool,
    /// Only say what is wrong with the sources
    #[arg(long)]
    check: bool,
    /// Also print the handouts, the cheat sheet and the instructors' guide; this needs a Chromium
    #[arg(long)]
    pdf: bool,
    /// Draw the figures anew from their functions
    #[arg(long)]
    figures: bool,
    /// Put the tasks of this timetable of the guide on the slides, such as two-days
    #[arg(long)]
    timetable: Option<String>,
    /// Serve lessons, slides and traces to read; the name is then a lesson's
    #[arg(long)]
    read: bool,
    /// Where `--watch` and `--read` serve; 8000 or any other that is free, if there is none
    #[arg(long)]
    port: Option<u16>,
    /// The workbook's folder
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Only this deck, such as 5 or collectives; or this lesson
    deck: Option<String>,
}

/// How the pages of handouts end, with notes and without.
const HANDOUT: &str = "-handout.html";
const PARTICIPANTS: &str = "-participants.html";

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool> {
    let root = &std::path::absolute(&arguments.root).context("asking for the current folder")?;
    if arguments.figures {
        let written = figures::write(root)?;
        println!("{} figures, {written} of them changed", figures::ALL.len());
    }
    if arguments.watch || arguments.read {
        let purpose = if arguments.read {
            watch::Purpose::Lessons(arguments.deck.clone())
        } else {
            watch::Purpose::Slides(arguments.timetable.clone())
        };
        watch::watch(root, arguments.port, &purpose)?;
        return Ok(true);
    }
    let start = Instant::now();
    let site = build::build_for(root, arguments.timetable.as_deref())?;
    let stale = figures::stale(root);
    for problem in site.problems.iter().chain(&stale) {
        eprintln!("{problem}");
    }
    let many = site.problems.len() + stale.len();
    if many > 0 {
        eprintln!("\n{many} {}", if many == 1 { "error" } else { "errors" });
    }
    if arguments.check {
        if many == 0 {
            println!("{} decks, and nothing is wrong with them", site.decks.len());
        }
        return Ok(many == 0);
    }
    let only = arguments.deck.as_deref().map(|name| site.deck(name));
    let only = only.transpose()?.map(|deck| deck.name());
    let wanted = |page: &str| {
        only.as_ref().is_none_or(|name| {
            let rest = page.strip_prefix(name.as_str());
            rest.is_some_and(|rest| [".html", HANDOUT, PARTICIPANTS].contains(&rest))
        })
    };
    let folder = site.write(root, wanted)?;
    let printable = |page: &&str| wanted(page) && !site.wrong.iter().any(|wrong| wrong == page);
    let took = start.elapsed();
    let handouts = site.pages.iter().map(|(name, _)| name.as_str());
    let handouts: Vec<&str> = handouts
        .filter(|name| name.ends_with(HANDOUT) || name.ends_with(PARTICIPANTS))
        .filter(printable)
        .collect();
    if arguments.pdf {
        let plain = site.pages.iter().map(|(name, _)| name.as_str());
        let plain = plain.filter(|page| {
            let name = page.trim_end_matches(".html");
            build::PLAIN.iter().any(|(plain, _)| *plain == name) && printable(page)
        });
        let pages: Vec<&str> = handouts.iter().copied().chain(plain).collect();
        print(&folder, &pages)?;
    }
    let first = only.map_or("index.html".to_owned(), |name| format!("{name}.html"));
    println!(
        "{} of {} decks in {took:.0?}: {}",
        handouts
            .iter()
            .filter(|name| name.ends_with(HANDOUT))
            .count(),
        site.decks.len(),
        folder.join(first).display()
    );
    Ok(many == 0)
}

fn print(folder: &Path, pages: &[&str]) -> Result<()> {
    let Some(program) = browser::find() else {
        bail!(
            "there is no Chromium to print with; install one (on Debian: `apt-get install chromium`), name \
             one with CHROME, or print {} from your browser",
            folder.join("…-handout.html").display()
        );
    };
    let profile = folder.join("browser");
    for name in pages {
        let page = folder.join(name);
        browser::print(&program, &page, &page.with_extension("pdf"), &profile)?;
    }
    // Only what the browser has kept for itself; what is left of it harms nobody.
    let _ = std::fs::remove_dir_all(&profile);
    Ok(())
}

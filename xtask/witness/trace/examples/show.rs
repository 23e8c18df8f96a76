//! Writes the pictures of the tests' runs into a folder, to be looked at:
//! `cargo run -p trace --example show -- FOLDER [NAME …]`.

use std::fs;
use std::path::PathBuf;

use trace::{Options, Theme};

#[path = "../tests/samples/mod.rs"]
mod samples;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "pictures".to_owned()),
    );
    fs::create_dir_all(&folder)?;
    let mut runs = samples::small();
    runs.push(("ranks-16", samples::ring_of(16)));
    runs.push(("large", samples::large(8, 100_000)));
    runs.push(("huge", samples::large(8, 1_000_000)));
    let wanted: Vec<String> = std::env::args().skip(2).collect();
    for (name, run) in runs {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
            continue;
        }
        for (theme, suffix) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            let options = Options {
                theme,
                ..Options::default()
            };
            fs::write(
                folder.join(format!("{name}-{suffix}.svg")),
                trace::svg(&run, &options),
            )?;
        }
        fs::write(
            folder.join(format!("{name}.html")),
            trace::html(&run, &Options::default()),
        )?;
        trace::perfetto(&run, fs::File::create(folder.join(format!("{name}.json")))?)?;
        println!("{}", trace::terminal(&run, 80, true));
    }
    Ok(())
}

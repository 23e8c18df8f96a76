//! Sets up one folder and says what came of it; the tests kill it half way.
//!
//! `ensure <folder> [automatic|private|system|anew] [--hello | --run <ranks> <program>]`

use anyhow::{Context as _, ensure as must};
use setup::{Choice, ensure, hello};
use std::{
    env,
    path::PathBuf,
    process::{Command, ExitCode},
    time::Instant,
};

fn main() -> ExitCode {
    let mut words = env::args().skip(1);
    let Some(root) = words.next().map(PathBuf::from) else {
        eprintln!("usage: see the first lines of this file");
        return ExitCode::from(2);
    };
    let words: Vec<String> = words.collect();
    let choice = match words.first().map(String::as_str) {
        Some("private") => Choice::Private,
        Some("system") => Choice::System,
        Some("anew") => Choice::Anew,
        _ => Choice::Automatic,
    };
    let begin = Instant::now();
    let environment = ensure(&root, choice, &mut |line| eprintln!("{line}"));
    let milliseconds = begin.elapsed().as_secs_f64() * 1e3;
    let tried = environment.and_then(|environment| {
        println!("{} {milliseconds:.2} ms", environment.mpi.id());
        println!("{environment:#?}");
        match words.get(1..).unwrap_or_default() {
            [word] if word == "--hello" => {
                hello(&environment)?;
                println!("two ranks said hello");
            }
            [word, ranks, program] if word == "--run" => {
                let launcher = environment.launcher(ranks.parse().context("reading the ranks")?);
                let status = Command::new(&launcher[0])
                    .args(&launcher[1..])
                    .arg(program)
                    .envs(environment.run_env())
                    .status()
                    .with_context(|| format!("starting {}", launcher[0].display()))?;
                must!(status.success(), "{program} ended with {status}");
            }
            _ => {}
        }
        Ok(())
    });
    if let Err(error) = tried {
        eprintln!("{error:#}");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

//! Sets up one folder and says what came of it; the tests kill it half way.
//!
//! `ensure <folder> [automatic|private|system|anew] [--hello]`

use setup::{Choice, ensure, hello};
use std::{env, path::PathBuf, process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let mut words = env::args().skip(1);
    let Some(root) = words.next().map(PathBuf::from) else {
        eprintln!("usage: ensure <folder> [automatic|private|system|anew] [--hello]");
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
        if words.iter().any(|word| word == "--hello") {
            hello(&environment)?;
            println!("two ranks said hello");
        }
        Ok(())
    });
    if let Err(error) = tried {
        eprintln!("{error:#}");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

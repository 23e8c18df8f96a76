//! `cargo xtask docs`: the documentation of the crates that answers are written with, built here, so that
//! it is there without a network too.

use crate::{Answer, show, workbook::Workbook};
use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};

/// The crates, the one to begin with first.
const CRATES: [&str; 4] = ["mpi", "rayon", "ndarray", "rand"];

pub(crate) fn run() -> Result<Answer> {
    let workbook = Workbook::open()?;
    let environment = workbook.mpi()?;
    let target = environment.target_dir();
    let spinner = show::Spinner::start();
    spinner.building("the documentation");
    let mut cargo = grade::build::cargo(workbook.root());
    cargo
        .args(["doc", "--no-deps"])
        .args(CRATES.iter().flat_map(|name| ["--package", name]))
        .env("CARGO_TARGET_DIR", &target)
        .envs(environment.build_env());
    let said = grade::watched(&mut cargo, &mut |progress| spinner.built(progress))
        .context("running cargo; is it still installed?")?;
    spinner.stop();
    let Some(output) = said else {
        bail!(grade::Interrupted);
    };
    if !output.status.success() {
        bail!(
            "cargo could not build the documentation:\n\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    for name in CRATES {
        let page = target.join("doc").join(name).join("index.html");
        let page = workbook.as_typed(&page);
        anstream::println!("{name:8} {}", page.display());
    }
    let first = target.join("doc").join(CRATES[0]).join("index.html");
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    // Where nothing can open it, as over ssh, the paths above are what there is.
    let _ = Command::new(opener)
        .arg(first)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    Ok(Answer::Passes)
}

//! Formatting, lints and documentation, by cargo's own tools; and the slides, by their builder.

use super::Problem;
use anyhow::{Context, Result, bail};
use grade::build::{cargo, target_dir};
use setup::Environment;
use std::path::Path;

/// What to look at.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    /// Every crate of the workspace.
    Workspace,
    /// These packages.
    Packages(Vec<String>),
}

impl Scope {
    fn arguments(&self) -> Vec<String> {
        match self {
            Self::Workspace => vec!["--workspace".into()],
            Self::Packages(names) => names
                .iter()
                .flat_map(|name| ["--package".into(), name.clone()])
                .collect(),
        }
    }
}

/// Runs one of cargo's tools; what it says is one problem.
fn tool(
    root: &Path,
    environment: Option<&Environment>,
    arguments: &[String],
    env: &[(&str, &str)],
    mend: &str,
) -> Result<Option<Problem>> {
    let mut cargo = cargo(root);
    cargo
        .args(arguments)
        .env("CARGO_TARGET_DIR", target_dir(root, environment))
        .env("CARGO_TERM_COLOR", "never")
        .envs(env.iter().copied());
    if let Some(environment) = environment {
        cargo.envs(environment.build_env());
    }
    let name = format!("cargo {}", arguments[0]);
    let output =
        launch::captured(&cargo).with_context(|| format!("running {name}; is it installed?"))?;
    let Some(output) = output else {
        bail!(grade::Interrupted);
    };
    Ok((!output.status.success()).then(|| {
        let said = [output.stderr, output.stdout].concat();
        Problem::new(
            name,
            format!("{mend}\n{}", String::from_utf8_lossy(&said).trim_end()),
        )
    }))
}

/// Everything is formatted.
pub(crate) fn format(root: &Path) -> Result<Option<Problem>> {
    let arguments = ["fmt", "--all", "--check"].map(String::from);
    tool(
        root,
        None,
        &arguments,
        &[],
        "`cargo fmt --all` would change something",
    )
}

/// Clippy and the compiler have nothing to say.
pub(crate) fn lint(
    root: &Path,
    environment: Option<&Environment>,
    scope: &Scope,
) -> Result<Option<Problem>> {
    let mut arguments = vec!["clippy".into(), "--quiet".into(), "--all-targets".into()];
    arguments.extend(scope.arguments());
    arguments.extend(["--", "-D", "warnings"].map(String::from));
    tool(root, environment, &arguments, &[], "there are warnings")
}

/// A package builds, with the workbook's MPI.
pub(crate) fn build(
    root: &Path,
    environment: &Environment,
    package: &str,
) -> Result<Option<Problem>> {
    let arguments = ["build", "--quiet", "--package", package].map(String::from);
    tool(root, Some(environment), &arguments, &[], "does not compile")
}

/// The decks and the figures, by the program that builds them: it is no part of this one.
pub(crate) fn slides(root: &Path, environment: Option<&Environment>) -> Result<Option<Problem>> {
    let arguments = ["run", "--quiet", "--package", "slides", "--", "--check"].map(String::from);
    tool(root, environment, &arguments, &[], "slides have errors")
}

/// The documentation has no dead link.
pub(crate) fn document(
    root: &Path,
    environment: Option<&Environment>,
    scope: &Scope,
) -> Result<Option<Problem>> {
    let mut arguments = vec![
        "doc".into(),
        "--quiet".into(),
        "--no-deps".into(),
        "--document-private-items".into(),
    ];
    arguments.extend(scope.arguments());
    tool(
        root,
        environment,
        &arguments,
        &[("RUSTDOCFLAGS", "-D warnings")],
        "there are warnings",
    )
}

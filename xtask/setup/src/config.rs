//! The settings that plain cargo and the editor get: `.workbook/cargo.toml`, which
//! `.cargo/config.toml` includes, and the compiler wrapper that it names.

use crate::{
    files, os,
    record::{Record, nowhere, workbook, wrapper},
    words,
};
use anyhow::{Result, ensure};
use std::{fs, path::Path};

/// The settings as files: their paths and their texts.
struct Settings {
    cargo: String,
    wrapper: String,
}

/// Whether the settings stand there as the record wants them.
pub(crate) fn holds(root: &Path, record: &Record) -> bool {
    let same = |path: &Path, text: &str| fs::read(path).is_ok_and(|old| old == text.as_bytes());
    render(root, record).is_ok_and(|settings| {
        same(&workbook(root).join("cargo.toml"), &settings.cargo)
            && same(&wrapper(root), &settings.wrapper)
    })
}

/// Writes the settings.
///
/// # Errors
/// The folder cannot be written to, or its name cannot be told to cargo.
pub(crate) fn write(root: &Path, record: &Record) -> Result<()> {
    let settings = render(root, record)?;
    files::write(&wrapper(root), &settings.wrapper, 0o755)?;
    files::write(&workbook(root).join("cargo.toml"), &settings.cargo, 0o644)
}

fn render(root: &Path, record: &Record) -> Result<Settings> {
    let mpi = &record.mpi;
    let mut cargo = format!(
        "# Written by `cargo xtask setup`, for plain cargo and the editor: {mpi}.\n\
         # Changes made by hand are lost.\n\n\
         [env]\n\
         MPICC = {}\n\
         LIBCLANG_PATH = {}\n\
         BINDGEN_EXTRA_CLANG_ARGS = {}\n",
        string(path(&wrapper(root))?),
        string(path(&record.libclang.path)?),
        string(&record.compiler.bindgen_arguments()),
    );
    if cray_must_yield(record) {
        cargo.push_str("# The `mpi` crate would take Cray's MPI before the chosen one.\n");
        let nowhere = nowhere(root);
        let nowhere = string(path(&nowhere)?);
        cargo.push_str(&format!(
            "CRAY_MPICH_DIR = {{ value = {nowhere}, force = true }}\n"
        ));
    }
    if mpi.needs_library_path() {
        // In the settings themselves, not in a script: were the script lost, `cargo xtask` could
        // not even start to mend it. And not in [env]: cargo sets this variable itself.
        let script = format!(
            "{0}={1}\"${{{0}:+:${0}}}\" exec \"$@\"",
            os::LIBRARY_PATH,
            words::quote(path(&mpi.library_dir)?)
        );
        cargo.push_str(&format!(
            "\n# The `mpi` crate leaves programs without the path of the MPI library.\n\
             [target.{}]\n\
             runner = [\"sh\", \"-c\", {}, \"sh\"]\n",
            host(),
            string(&script)
        ));
    }
    let wrapper = format!(
        "#!/bin/sh\n\
         # Written by `cargo xtask setup`: the compiler wrapper of {mpi}.\n\
         exec {} \"$@\"\n",
        words::quote(path(&mpi.mpicc)?)
    );
    Ok(Settings { cargo, wrapper })
}

/// Whether `CRAY_MPICH_DIR` names another MPI than the chosen one.
pub(crate) fn cray_must_yield(record: &Record) -> bool {
    let cray = record.seen.cray.as_ref();
    cray.is_some_and(|cray| !record.mpi.mpicc.starts_with(cray))
}

fn path(path: &Path) -> Result<&str> {
    let text = path
        .to_str()
        .filter(|text| !text.contains(char::is_control));
    ensure!(
        text.is_some(),
        "the path {} cannot be told to cargo: move the course to a folder with a plainer name",
        path.display()
    );
    Ok(text.unwrap_or_default())
}

/// A string in TOML's basic form, which for text without control characters is JSON's.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The key of this system's table under `target`.
fn host() -> String {
    let processor = std::env::consts::ARCH;
    if !matches!(processor, "x86_64" | "aarch64") {
        // Names of systems do not follow from names of processors there.
        "'cfg(unix)'".into()
    } else if cfg!(target_os = "macos") {
        format!("{processor}-apple-darwin")
    } else if cfg!(target_env = "musl") {
        format!("{processor}-unknown-linux-musl")
    } else {
        format!("{processor}-unknown-linux-gnu")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        compiler::Compiler,
        libclang::Libclang,
        mpi::{Flavour, tests::mpi},
        record::{Decision, Seen},
        surroundings::Surroundings,
    };

    fn record(library_dir: &Path) -> Record {
        let mut mpi = mpi(Flavour::Mpich, "5.0.2");
        mpi.library_dir = library_dir.to_owned();
        mpi.mpicc = "/opt/it's an mpi/mpicc".into();
        Record {
            kept: None,
            decision: Decision::Automatic,
            seen: Seen::now(Path::new("/course"), None, &Surroundings::none()),
            mpi,
            libclang: Libclang {
                path: "/usr/lib/\"llvm\"/libclang.so".into(),
                private: false,
            },
            compiler: Compiler {
                path: "/usr/bin/cc".into(),
                include: "/usr/lib/gcc/include".into(),
                arguments: vec!["-isystem".into(), "/usr/lib/gcc/include".into()],
            },
            files: vec![],
        }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn cargo_is_told_all_it_needs() {
        // A library of that name must be there for the loader to be in doubt.
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("libmpi.so.12"), "").unwrap();
        let mut record = record(folder.path());
        record.seen.cray = Some("/opt/cray/mpich".into());
        let settings = render(Path::new("/course"), &record).unwrap();
        let name = folder.path().display().to_string();
        insta::assert_snapshot!(settings.cargo.replace(&name, "/opt/mpi/lib"), @r#"
        # Written by `cargo xtask setup`, for plain cargo and the editor: MPICH 5.0.2.
        # Changes made by hand are lost.

        [env]
        MPICC = "/course/.workbook/bin/mpicc"
        LIBCLANG_PATH = "/usr/lib/\"llvm\"/libclang.so"
        BINDGEN_EXTRA_CLANG_ARGS = "-isystem /usr/lib/gcc/include"
        # The `mpi` crate would take Cray's MPI before the chosen one.
        CRAY_MPICH_DIR = { value = "/course/.workbook/no-cray-mpich", force = true }

        # The `mpi` crate leaves programs without the path of the MPI library.
        [target.x86_64-unknown-linux-gnu]
        runner = ["sh", "-c", "LD_LIBRARY_PATH=/opt/mpi/lib\"${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\" exec \"$@\"", "sh"]
        "#);
        insta::assert_snapshot!(settings.wrapper, @r#"
        #!/bin/sh
        # Written by `cargo xtask setup`: the compiler wrapper of MPICH 5.0.2.
        exec '/opt/it'\''s an mpi/mpicc' "$@"
        "#);
    }

    #[test]
    fn an_mpi_that_the_loader_finds_needs_no_runner() {
        let settings = render(Path::new("/course"), &record(Path::new("/nowhere"))).unwrap();
        assert!(!settings.cargo.contains("runner"), "{}", settings.cargo);
        assert!(!settings.cargo.contains("CRAY"), "{}", settings.cargo);
    }

    #[test]
    fn settings_that_were_changed_by_hand_do_not_hold() {
        let root = tempfile::tempdir().unwrap();
        let record = record(Path::new("/nowhere"));
        assert!(!holds(root.path(), &record));
        write(root.path(), &record).unwrap();
        assert!(holds(root.path(), &record));
        fs::write(root.path().join(".workbook/cargo.toml"), "").unwrap();
        assert!(!holds(root.path(), &record));
    }
}

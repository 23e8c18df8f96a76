//! The C compiler and its own headers, which libclang needs for `stddef.h` and its like.

use crate::{
    os,
    process::{Ended, run},
    surroundings::Surroundings,
    trouble::{Lack, Trouble},
    words,
};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The C compiler of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Compiler {
    pub(crate) path: PathBuf,
    /// The folder with the headers that belong to the compiler and not to the C library.
    pub(crate) include: PathBuf,
    /// What libclang is to be told, in words.
    pub(crate) arguments: Vec<String>,
}

impl Compiler {
    /// The value of `BINDGEN_EXTRA_CLANG_ARGS`.
    pub(crate) fn bindgen_arguments(&self) -> String {
        let words = self.arguments.iter().map(|word| words::quote(word));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Finds `cc` and its headers.
///
/// # Errors
/// [`Lack::CCompiler`] and [`Lack::CHeaders`].
pub(crate) fn find(surroundings: &Surroundings) -> Result<Compiler> {
    let lack = |lack| Trouble::new(lack, surroundings);
    let path = surroundings
        .which("cc")
        .ok_or_else(|| lack(Lack::CCompiler))?;
    let ask = |arguments: &[&str]| -> Result<Ended> {
        let mut command = surroundings.command(&path);
        run(command.args(arguments), Duration::from_secs(30))
    };
    // GCC knows the first question. Clang gives the name back; it knows the second.
    let gcc = ask(&["-print-file-name=include"])?;
    let clang = ask(&["-print-resource-dir"])?;
    let include = [
        PathBuf::from(gcc.output.trim()),
        Path::new(clang.output.trim()).join("include"),
    ]
    .into_iter()
    .find(|folder| folder.is_absolute() && folder.join("stddef.h").is_file());
    let Some(include) = include else {
        let said = gcc.last_words(3);
        let compiler = path;
        return Err(lack(Lack::CHeaders { compiler, said }).into());
    };
    let mut arguments = os::system_header_arguments(surroundings);
    arguments.push("-isystem".into());
    arguments.push(include.to_string_lossy().into_owned());
    Ok(Compiler {
        path,
        include,
        arguments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt as _};

    fn with_compiler(folder: &Path, script: &str) -> Surroundings {
        let path = folder.join("cc");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Surroundings::none().with("PATH", folder)
    }

    #[test]
    fn clang_is_asked_in_its_own_way() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("include")).unwrap();
        fs::write(folder.path().join("include/stddef.h"), "").unwrap();
        let script = format!(
            "#!/bin/sh\ncase $1 in\n-print-resource-dir) echo {} ;;\n*) echo include ;;\nesac\n",
            folder.path().display()
        );
        let found = find(&with_compiler(folder.path(), &script)).unwrap();
        assert_eq!(found.include, folder.path().join("include"));
    }

    #[test]
    fn a_machine_without_compiler_or_headers_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let lack = |surroundings: &Surroundings| {
            let error = find(surroundings).unwrap_err();
            error.downcast::<Trouble>().unwrap().lack
        };
        let nothing = Surroundings::none().with("PATH", folder.path());
        assert_eq!(lack(&nothing), Lack::CCompiler);
        let broken = with_compiler(folder.path(), "#!/bin/sh\necho no headers >&2\nexit 1\n");
        assert!(matches!(lack(&broken), Lack::CHeaders { said, .. } if said == "no headers"));
    }

    #[test]
    fn bindgen_gets_one_line() {
        let compiler = Compiler {
            path: "/usr/bin/cc".into(),
            include: "/my gcc/include".into(),
            arguments: vec!["-isystem".into(), "/my gcc/include".into()],
        };
        assert_eq!(compiler.bindgen_arguments(), "-isystem '/my gcc/include'");
    }
}

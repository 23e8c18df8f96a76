//! The one entry: chooses an MPI and a libclang, installs what is missing, and tells cargo.

use crate::{
    compiler, config,
    inspect::examine,
    install::{Lock, Package, install_locked},
    libclang::{self, Libclang},
    mpi::Mpi,
    notice::Notice,
    os,
    process::run,
    record::{Decision, Record, Seen, nowhere, workbook, wrapper},
    surroundings::Surroundings,
    trouble::{Lack, Trouble},
};
use anyhow::{Context as _, Result};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Which MPI is wanted. What is decided by hand stays decided until it is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// As it was decided before; at first, the workbook decides: the MPI that `MPICC` names, else
    /// the one on PATH if it is fit, else a private one. From then on it stays with that one as long as
    /// it works; only `MPICC` has precedence, as long as it is set.
    Automatic,
    /// From now on, the private one.
    Private,
    /// From now on, the machine's: named by `MPICC`, on PATH, or in the usual folders.
    System,
    /// From now on, the workbook decides again.
    Anew,
}

/// All that building and starting MPI programs needs.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The workbook's folder.
    pub root: PathBuf,
    /// The MPI.
    pub mpi: Mpi,
    /// The libclang with which its header is read.
    pub libclang: Libclang,
    /// Who decided for this MPI.
    pub decision: Decision,
    connects: bool,
    bindgen_arguments: Option<String>,
    cray_must_yield: bool,
}

impl Environment {
    /// The variables for `cargo build` of anything that uses the `mpi` crate.
    pub fn build_env(&self) -> Vec<(OsString, OsString)> {
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("MPICC".into(), wrapper(&self.root).into()),
            ("LIBCLANG_PATH".into(), self.libclang.path.clone().into()),
        ];
        if let Some(arguments) = &self.bindgen_arguments {
            variables.push(("BINDGEN_EXTRA_CLANG_ARGS".into(), arguments.into()));
        }
        if self.cray_must_yield {
            variables.push(("CRAY_MPICH_DIR".into(), nowhere(&self.root).into()));
        }
        variables
    }

    /// The variables for starting programs: see [`Mpi::run_env`].
    pub fn run_env(&self) -> Vec<(OsString, OsString)> {
        let variables = self.mpi.run_env();
        if self.connects {
            return Mpi::connecting(variables);
        }
        variables
    }

    /// The same for programs that may start others, or connect to others, while they run.
    pub fn connecting(self, connects: bool) -> Self {
        Self { connects, ..self }
    }

    /// The command that starts `ranks` ranks, up to the program: see [`Mpi::launcher`].
    pub fn launcher(&self, ranks: u32) -> Vec<OsString> {
        let command = self.mpi.launcher(ranks);
        if self.connects {
            return Mpi::spawning(command);
        }
        command
    }

    /// The folder for builds with this MPI. Cargo does not build the bindings anew for another MPI,
    /// so each has a folder of its own.
    pub fn target_dir(&self) -> PathBuf {
        self.root.join("target").join(self.mpi.id())
    }
}

/// Finds the MPI and libclang to use, installs what is missing, and writes cargo's settings.
/// Takes well under a millisecond when nothing has changed, and starts no process then.
///
/// `root` is the workbook's folder. What a person should know meanwhile goes to `notices`.
///
/// # Errors
/// A [`Trouble`] (to be had with `downcast_ref`) when the machine lacks something, or when the MPI
/// that was asked for cannot be used; otherwise the workbook's folder cannot be written to. A command
/// ends with status 2 in either case.
pub fn ensure(
    root: &Path,
    choice: Choice,
    notices: &mut dyn FnMut(Notice<'_>),
) -> Result<Environment> {
    let root = std::path::absolute(root)
        .with_context(|| format!("finding the folder {}", root.display()))?;
    ensure_in(&root, choice, &Surroundings::of_this_process(), notices)
}

fn ensure_in(
    root: &Path,
    choice: Choice,
    surroundings: &Surroundings,
    notices: &mut dyn FnMut(Notice<'_>),
) -> Result<Environment> {
    if surroundings.get("MPI_PKG_CONFIG").is_some() {
        return Err(Trouble::new(Lack::MpiPkgConfig, surroundings).into());
    }
    // A choice by hand looks at everything again: that is what people type when something broke.
    let unchanged = |last: Option<Record>| {
        let last = last.filter(|_| choice == Choice::Automatic)?;
        let seen = Seen::now(root, Some(&last), surroundings);
        (last.holds(&seen) && config::holds(root, &last))
            .then(|| environment(root, last, None, surroundings))
    };
    if let Some(environment) = unchanged(Record::read(root)) {
        return Ok(environment);
    }
    let lock = Lock::take(root, notices)?;
    remove_old_trials(root);
    // Another process may just have done it.
    if let Some(environment) = unchanged(Record::read(root)) {
        return Ok(environment);
    }
    let last = Record::read(root);
    let record = SetUp {
        root,
        lock: &lock,
        surroundings,
    }
    .run(choice, last.as_ref(), notices)?;
    Ok(environment(root, record, last, surroundings))
}

/// Removes what killed trials of an MPI left: none takes an hour.
fn remove_old_trials(root: &Path) {
    let entries = fs::read_dir(workbook(root).join("tmp"))
        .into_iter()
        .flatten();
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|data| data.modified()).ok();
        let age = modified.and_then(|time| time.elapsed().ok());
        let name = entry.file_name();
        let ours = ["mpi-", "hello-"]
            .iter()
            .any(|it| name.to_string_lossy().starts_with(it));
        if ours && age.is_some_and(|age| age > Duration::from_secs(3600)) {
            // What cannot be removed is small, and in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// What the record says, in the form that callers need; `before` is the record that it replaced.
fn environment(
    root: &Path,
    record: Record,
    before: Option<Record>,
    surroundings: &Surroundings,
) -> Environment {
    // Arguments that are neither ours nor ours from before are the user's, and stay.
    let ours = record.compiler.bindgen_arguments();
    let before = before.map(|before| before.compiler.bindgen_arguments());
    let theirs = surroundings
        .get("BINDGEN_EXTRA_CLANG_ARGS")
        .is_some_and(|value| value != ours.as_str() && value.to_str() != before.as_deref());
    Environment {
        root: root.to_owned(),
        cray_must_yield: config::cray_must_yield(&record),
        connects: false,
        mpi: record.mpi,
        libclang: record.libclang,
        decision: record.decision,
        bindgen_arguments: (!theirs).then_some(ours),
    }
}

struct SetUp<'a> {
    root: &'a Path,
    lock: &'a Lock,
    surroundings: &'a Surroundings,
}

impl SetUp<'_> {
    fn run(
        &self,
        choice: Choice,
        last: Option<&Record>,
        notices: &mut dyn FnMut(Notice<'_>),
    ) -> Result<Record> {
        let decision = match choice {
            Choice::Automatic => last.map_or(Decision::Automatic, |last| last.decision),
            Choice::Private => Decision::Private,
            Choice::System => Decision::System,
            Choice::Anew => Decision::Automatic,
        };
        let seen = Seen::now(self.root, last, self.surroundings);
        let compiler = compiler::find(self.surroundings)?;
        let kept = last.filter(|_| choice == Choice::Automatic);
        let kept = kept.and_then(|last| Some((last.kept()?, &last.seen)));
        let system = self.system_mpi(decision, &seen, kept, notices)?;
        let named = seen.libclang_variable.as_deref();
        let libclang = libclang::find(named, self.surroundings);

        let mut packages = Vec::new();
        packages.extend(system.is_none().then_some(Package::Mpich));
        packages.extend(libclang.is_none().then_some(Package::Libclang));
        let mut told = false;
        let mut tell = |notice: Notice<'_>| {
            told = true;
            notices(notice);
        };
        install_locked(
            self.root,
            &packages,
            self.lock,
            self.surroundings,
            &mut tell,
        )?;
        let libclang = libclang.unwrap_or_else(|| Libclang {
            path: Package::Libclang
                .folder(self.root)
                .join("clang/native")
                .join(format!("libclang{}", std::env::consts::DLL_SUFFIX)),
            private: true,
        });
        let mpi = match system {
            Some(mpi) => mpi,
            None => self.private_mpi()?,
        };

        if last.is_none_or(|last| last.mpi != mpi) {
            if !(told && mpi.private) {
                let whose = if mpi.private {
                    "the workbook's own"
                } else {
                    "of this machine"
                };
                notices(Notice::Line(&format!(
                    "Using {mpi}, {whose}: {}.",
                    mpi.mpicc.display()
                )));
            }
            self.clean_bindings();
        }
        let kept = match &seen.mpicc_variable {
            Some(_) if decision != Decision::Private => last.and_then(|last| last.kept().cloned()),
            _ => Some(mpi.clone()),
        };
        let record = Record {
            decision,
            kept,
            files: Record::stamps(&seen, &mpi, &libclang, &compiler),
            seen,
            mpi,
            libclang,
            compiler,
        };
        config::write(self.root, &record)?;
        // Last: a set-up that was interrupted before begins anew.
        record.write(self.root)?;
        Ok(record)
    }

    /// The machine's MPI; none when the private one is to be taken. `kept` is the one to stay with, and
    /// what was seen when it was looked at last.
    fn system_mpi(
        &self,
        decision: Decision,
        seen: &Seen,
        kept: Option<(&Mpi, &Seen)>,
        notices: &mut dyn FnMut(Notice<'_>),
    ) -> Result<Option<Mpi>> {
        let unfit = |mpicc: &Path, why: String| {
            let mpicc = mpicc.to_owned();
            Trouble::new(Lack::UnfitMpi { mpicc, why }, self.surroundings)
        };
        if decision == Decision::Private {
            if let Some(mpicc) = &seen.mpicc_variable {
                notices(Notice::Line(&format!(
                    "MPICC={} is not used: you decided for the private MPI. To change that: \
                     cargo xtask setup --system",
                    mpicc.display()
                )));
            }
            return Ok(None);
        }
        if let Some(mpicc) = &seen.mpicc_variable {
            // Named by hand: taking another one behind the user's back would be no answer.
            let found = examine(self.root, mpicc, self.surroundings)?;
            return Ok(Some(found.map_err(|why| unfit(mpicc, why))?));
        }
        if let Some((kept, before)) = kept {
            match self.still_works(kept)? {
                Ok(found) => {
                    if seen.mpicc_on_path != before.mpicc_on_path {
                        self.name_other(decision, seen, found.as_ref().unwrap_or(kept), notices)?;
                    }
                    return Ok(found);
                }
                Err(why) => notices(Notice::Line(&format!(
                    "{kept}, which the workbook was set up with, cannot be used any more: {why}."
                ))),
            }
        }
        let elsewhere: Vec<PathBuf> = if decision == Decision::System {
            let folders = os::MPI_FOLDERS.iter().flat_map(|it| libclang::expand(it));
            folders
                .map(|folder| folder.join("mpicc"))
                .filter(|it| it.is_file())
                .collect()
        } else {
            vec![]
        };
        let mut refused = None;
        for mpicc in seen.mpicc_on_path.iter().chain(&elsewhere) {
            match examine(self.root, mpicc, self.surroundings)? {
                Ok(mpi) => return Ok(Some(mpi)),
                Err(why) if decision == Decision::System => {
                    refused.get_or_insert_with(|| unfit(mpicc, why));
                }
                Err(why) => notices(Notice::Line(&format!(
                    "The MPI of {} is not used: {why}. A private one is taken instead.",
                    mpicc.display()
                ))),
            }
        }
        if decision == Decision::System {
            let none = || Trouble::new(Lack::Mpi, self.surroundings);
            return Err(refused.unwrap_or_else(none).into());
        }
        Ok(None)
    }

    /// The MPI as it is now, none for the private one; or why it can be used no longer.
    fn still_works(&self, kept: &Mpi) -> Result<std::result::Result<Option<Mpi>, String>> {
        if !kept.private {
            return Ok(examine(self.root, &kept.mpicc, self.surroundings)?.map(Some));
        }
        let is_there = Package::Mpich.folder(self.root).is_dir();
        Ok(is_there
            .then_some(None)
            .ok_or_else(|| String::from("its folder is gone")))
    }

    /// Says that PATH has another MPI than the one that the workbook stays with, and how to switch.
    fn name_other(
        &self,
        decision: Decision,
        seen: &Seen,
        kept: &Mpi,
        notices: &mut dyn FnMut(Notice<'_>),
    ) -> Result<()> {
        let real = |path: &Path| path.canonicalize().ok();
        let on_path = seen.mpicc_on_path.as_ref();
        let Some(other) = on_path.filter(|other| real(other) != real(&kept.mpicc)) else {
            return Ok(());
        };
        // One that cannot be used is no choice.
        if let Ok(other) = examine(self.root, other, self.surroundings)? {
            let switch = match decision {
                Decision::System => "--system",
                _ => "--automatic",
            };
            notices(Notice::Line(&format!(
                "PATH has another MPI now, {other}: {}. The workbook stays with {kept}, which it was set \
                 up with. To switch, type: cargo xtask setup {switch}",
                other.mpicc.display()
            )));
        }
        Ok(())
    }

    fn private_mpi(&self) -> Result<Mpi> {
        let mpicc = Package::Mpich.folder(self.root).join("bin/mpicc");
        let found = examine(self.root, &mpicc, self.surroundings)?;
        found.map_err(|why| {
            let lack = Lack::UnfitPrivate { mpicc, why };
            Trouble::new(lack, self.surroundings).into()
        })
    }

    /// Has plain cargo build the bindings anew: it does not see that the MPI is another one.
    /// Failing is no trouble; then there was nothing to clean, or nothing to clean it with.
    fn clean_bindings(&self) {
        let named = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"]
            .iter()
            .find_map(|name| self.surroundings.get(name).map(PathBuf::from));
        let target = named.unwrap_or_else(|| self.root.join("target"));
        let cargo = self.surroundings.get("CARGO").map(PathBuf::from);
        let Some(cargo) = cargo.or_else(|| self.surroundings.which("cargo")) else {
            return;
        };
        for (folder, arguments) in [("debug", &[][..]), ("release", &["--release"])] {
            if target.join(folder).is_dir() {
                let mut command = self.surroundings.command(&cargo);
                command
                    .current_dir(self.root)
                    .args(["clean", "--quiet", "--offline", "--package", "mpi-sys"])
                    .args(arguments);
                let _ = run(&mut command, Duration::from_secs(60));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::tests::{OPEN_MPI, pretend};
    use std::os::unix::fs::PermissionsExt as _;
    use tempfile::TempDir;

    /// A course on a machine with a C compiler that counts its calls, a libclang, and no Python.
    struct Course {
        folder: TempDir,
    }

    impl Course {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            fs::create_dir_all(path("course")).unwrap();
            fs::create_dir_all(path("tools")).unwrap();
            let script = format!(
                "#!/bin/sh\necho call >> '{}'\nexec /usr/bin/cc \"$@\"\n",
                path("calls").display()
            );
            fs::write(path("tools/cc"), script).unwrap();
            fs::set_permissions(path("tools/cc"), fs::Permissions::from_mode(0o755)).unwrap();
            fs::write(path("libclang.so"), "").unwrap();
            Self { folder }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn root(&self) -> PathBuf {
            self.path("course")
        }

        /// Its surroundings with these folders in front of PATH.
        fn with_path(&self, folders: &[&str]) -> Surroundings {
            let mut folders: Vec<_> = folders.iter().map(|name| self.path(name)).collect();
            folders.push(self.path("tools"));
            Surroundings::none()
                .with("PATH", std::env::join_paths(folders).unwrap())
                .with("LIBCLANG_PATH", self.path("libclang.so"))
        }

        fn mpi(&self, name: &str, release: u32) -> PathBuf {
            let macros =
                OPEN_MPI.replace("RELEASE_VERSION 6", &format!("RELEASE_VERSION {release}"));
            pretend(&self.path(name), &macros, "mpiexec (OpenRTE) 4.1")
        }

        fn calls(&self) -> usize {
            let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
            calls.lines().count()
        }

        fn ensure(
            &self,
            choice: Choice,
            surroundings: &Surroundings,
        ) -> (Result<Environment>, String) {
            let mut said = String::new();
            let mut notices = |notice: Notice<'_>| said.push_str(&format!("{notice}\n"));
            let found = ensure_in(&self.root(), choice, surroundings, &mut notices);
            let folder = self.folder.path().display().to_string();
            (found, said.replace(&folder, "/home/me"))
        }

        fn lack(&self, choice: Choice, surroundings: &Surroundings) -> Lack {
            let error = self.ensure(choice, surroundings).0.unwrap_err();
            error.downcast::<Trouble>().unwrap().lack
        }
    }

    /// The surroundings that cargo's settings make of the user's, as `cargo xtask` sees them.
    fn through_cargo(surroundings: Surroundings, environment: &Environment) -> Surroundings {
        let mut surroundings = surroundings;
        for (name, value) in environment.build_env() {
            let name = name.into_string().unwrap();
            if surroundings.get(&name).is_none() {
                surroundings = surroundings.with(&name, value);
            }
        }
        surroundings
    }

    #[test]
    fn the_users_mpicc_is_taken_and_known_again() {
        let course = Course::new();
        let mpicc = course.mpi("mine", 6);
        course.mpi("module", 5);
        let user = course.with_path(&["module/bin"]);
        let named = user.clone().with("MPICC", &mpicc);
        let (found, said) = course.ensure(Choice::Automatic, &named);
        let environment = found.unwrap();
        assert_eq!(environment.mpi.mpicc, mpicc);
        insta::assert_snapshot!(said, @"Using Open MPI 4.1.6, of this machine: /home/me/mine/bin/mpicc.");

        // The same again, through cargo: nothing to do, and no process to start.
        let calls = course.calls();
        let again = through_cargo(named, &environment);
        let (found, said) = course.ensure(Choice::Automatic, &again);
        assert_eq!(found.unwrap().mpi, environment.mpi);
        assert_eq!((said.as_str(), course.calls()), ("", calls));

        // Without MPICC, what cargo hands over in its place is not the user's.
        let without = through_cargo(user, &environment);
        assert!(without.get("MPICC").is_some());
        let (found, said) = course.ensure(Choice::Automatic, &without);
        assert_eq!(found.unwrap().mpi.mpicc, course.path("module/bin/mpicc"));
        assert!(
            said.starts_with("Using Open MPI 4.1.5, of this machine"),
            "{said}"
        );
    }

    #[test]
    fn the_users_libclang_stays_when_only_cargo_names_it() {
        let course = Course::new();
        course.mpi("module", 6);
        let user = course.with_path(&["module/bin"]);
        let first = course.ensure(Choice::Automatic, &user).0.unwrap();
        for _ in 0..3 {
            let calls = course.calls();
            let found = course.ensure(Choice::Automatic, &through_cargo(user.clone(), &first));
            assert_eq!(found.0.unwrap().libclang, first.libclang);
            assert_eq!(course.calls(), calls);
        }
    }

    #[test]
    fn another_mpi_under_the_same_name_is_noticed() {
        let course = Course::new();
        course.mpi("module", 5);
        let user = course.with_path(&["module/bin"]);
        let before = course.ensure(Choice::Automatic, &user).0.unwrap();
        course.mpi("module", 12);
        let after = course.ensure(Choice::Automatic, &user).0.unwrap();
        assert_eq!(after.mpi.version, "4.1.12");
        assert_ne!(after.target_dir(), before.target_dir());
    }

    #[test]
    fn an_unfit_mpi_is_refused_with_its_reason() {
        let course = Course::new();
        let old = "#define MPI_VERSION 4\n#define MPI_SUBVERSION 0\n\
            #define MPICH_VERSION \"4.0.2\"\n";
        let mpicc = pretend(&course.path("old"), old, "HYDRA build details:");
        let user = course.with_path(&["old/bin"]);
        // A private one cannot be installed, for want of a Python.
        let (found, said) = course.ensure(Choice::Automatic, &user);
        let lack = found.unwrap_err().downcast::<Trouble>().unwrap().lack;
        assert_eq!(lack, Lack::Python);
        insta::assert_snapshot!(said, @"The MPI of /home/me/old/bin/mpicc is not used: MPICH 4.0.2 is too old (4.1 is needed): before, a barrier among more ranks than cores took milliseconds, and one-sided windows gave wrong answers. A private one is taken instead.");
        // Who asks for it gets an error, not another one.
        for lack in [
            course.lack(Choice::System, &user),
            course.lack(Choice::Automatic, &user.clone().with("MPICC", &mpicc)),
        ] {
            assert!(matches!(lack, Lack::UnfitMpi { .. }), "{lack:?}");
        }
    }

    #[test]
    fn a_decision_by_hand_lasts() {
        let course = Course::new();
        course.mpi("module", 6);
        let user = course.with_path(&["module/bin"]);
        let found = course.ensure(Choice::System, &user).0.unwrap();
        assert_eq!(found.decision, Decision::System);
        let found = course.ensure(Choice::Automatic, &user).0.unwrap();
        assert_eq!(found.decision, Decision::System);
        // The module is gone: no private one behind the user's back.
        fs::remove_dir_all(course.path("module")).unwrap();
        let without = course.with_path(&[]);
        if course.ensure(Choice::Automatic, &without).0.is_ok() {
            panic!("this machine has an MPI in a usual folder: the test needs one without");
        }
        assert_eq!(course.lack(Choice::Automatic, &without), Lack::Mpi);
        assert_eq!(course.lack(Choice::Anew, &without), Lack::Python);
        assert_eq!(course.lack(Choice::Private, &user), Lack::Python);
    }

    #[test]
    fn an_mpi_that_appears_is_named_and_not_taken() {
        let course = Course::new();
        course.mpi("module", 6);
        let first = course.with_path(&["module/bin"]);
        let before = course.ensure(Choice::Automatic, &first).0.unwrap();
        // Somebody installs another one, and it stands in front.
        let named = course.mpi("new", 7);
        let user = course.with_path(&["new/bin", "module/bin"]);
        let (found, said) = course.ensure(Choice::Automatic, &user);
        assert_eq!(found.unwrap().mpi, before.mpi);
        insta::assert_snapshot!(said, @"PATH has another MPI now, Open MPI 4.1.7: /home/me/new/bin/mpicc. The workbook stays with Open MPI 4.1.6, which it was set up with. To switch, type: cargo xtask setup --automatic");
        // Once is enough.
        let (found, said) = course.ensure(Choice::Automatic, &user);
        assert_eq!(
            (found.unwrap().mpi, said.as_str()),
            (before.mpi.clone(), "")
        );
        // MPICC is for as long as it is set.
        let with = user.clone().with("MPICC", &named);
        let (found, _) = course.ensure(Choice::Automatic, &with);
        assert_eq!(found.unwrap().mpi.mpicc, named);
        let (found, _) = course.ensure(Choice::Automatic, &user);
        assert_eq!(found.unwrap().mpi, before.mpi);
        // Also where the one that it was set up with is no longer on PATH.
        let (found, said) = course.ensure(Choice::Automatic, &course.with_path(&[]));
        assert_eq!((found.unwrap().mpi, said.as_str()), (before.mpi, ""));

        let (found, _) = course.ensure(Choice::Anew, &user);
        assert_eq!(found.unwrap().mpi.mpicc, named);
        let (found, _) = course.ensure(Choice::Automatic, &first);
        assert_eq!(found.unwrap().mpi.mpicc, named);
    }

    #[test]
    fn an_mpi_that_no_longer_works_is_replaced() {
        let course = Course::new();
        course.mpi("module", 6);
        course.mpi("other", 7);
        let user = course.with_path(&["module/bin"]);
        course.ensure(Choice::Automatic, &user).0.unwrap();
        fs::remove_dir_all(course.path("module")).unwrap();
        let user = course.with_path(&["module/bin", "other/bin"]);
        let (found, said) = course.ensure(Choice::Automatic, &user);
        assert_eq!(found.unwrap().mpi.mpicc, course.path("other/bin/mpicc"));
        assert!(
            said.starts_with("Open MPI 4.1.6, which the workbook was set up with, cannot be used"),
            "{said}"
        );
    }

    #[test]
    fn a_moved_course_is_set_up_anew() {
        let course = Course::new();
        course.mpi("module", 6);
        let user = course.with_path(&["module/bin"]);
        let before = course.ensure(Choice::Automatic, &user).0.unwrap();
        let moved = course.path("moved");
        fs::rename(course.root(), &moved).unwrap();
        let user = through_cargo(user, &before);
        let after = ensure_in(&moved, Choice::Automatic, &user, &mut |_| ()).unwrap();
        assert_eq!(after.mpi, before.mpi);
        let settings = fs::read_to_string(moved.join(".workbook/cargo.toml")).unwrap();
        assert!(
            !settings.contains(&course.root().display().to_string()),
            "{settings}"
        );
        assert!(
            settings.contains(&moved.display().to_string()),
            "{settings}"
        );
    }

    #[test]
    fn two_set_ups_at_once_do_not_hurt_each_other() {
        let course = Course::new();
        course.mpi("module", 6);
        let user = course.with_path(&["module/bin"]);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| course.ensure(Choice::Automatic, &user).0.unwrap().mpi))
                .collect();
            for thread in threads {
                assert_eq!(thread.join().unwrap().version, "4.1.6");
            }
        });
    }

    #[test]
    fn bindgen_arguments_of_the_user_are_left_alone() {
        let course = Course::new();
        course.mpi("module", 6);
        let user = course.with_path(&["module/bin"]);
        let has = |environment: &Environment| {
            let mut variables = environment.build_env().into_iter();
            variables.any(|it| it.0 == "BINDGEN_EXTRA_CLANG_ARGS")
        };
        let ours = course.ensure(Choice::Automatic, &user).0.unwrap();
        assert!(has(&ours));
        let again = through_cargo(user.clone(), &ours);
        assert!(has(&course.ensure(Choice::Automatic, &again).0.unwrap()));
        let theirs = user.with("BINDGEN_EXTRA_CLANG_ARGS", "-isystem /mine");
        assert!(!has(&course.ensure(Choice::Automatic, &theirs).0.unwrap()));
    }

    #[test]
    fn pkg_config_must_not_interfere() {
        let course = Course::new();
        let user = course.with_path(&[]).with("MPI_PKG_CONFIG", "ompi");
        assert_eq!(course.lack(Choice::Automatic, &user), Lack::MpiPkgConfig);
    }

    #[test]
    fn the_wrapper_on_path_is_not_taken_for_an_mpi() {
        let course = Course::new();
        course.mpi("module", 6);
        let user = course.with_path(&["module/bin"]);
        course.ensure(Choice::Automatic, &user).0.unwrap();
        let user = course.with_path(&["course/.workbook/bin", "module/bin"]);
        let found = course.ensure(Choice::Automatic, &user).0.unwrap();
        assert_eq!(found.mpi.mpicc, course.path("module/bin/mpicc"));
    }
}

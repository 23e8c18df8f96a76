//! Really installs the private MPI, and another one, and starts ranks with them. Needs the network,
//! as a student's first check does.

use setup::{Choice, Notice, Package, ensure, hello};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// The example program of this crate, which cargo builds beside the tests.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(Path::parent).unwrap();
    folder.join("examples/ensure")
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Compiles a program that adds up its ranks' numbers, and starts it with the launcher.
fn sum_of_ranks(root: &Path, mpicc: &Path, choice: &str, ranks: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("sum.c");
    let sum = folder.path().join("sum");
    fs::write(
        &source,
        "#include <mpi.h>\n#include <stdio.h>\n\
         int main(void) {\n\
         int rank, sum; MPI_Init(0, 0); MPI_Comm_rank(MPI_COMM_WORLD, &rank);\n\
         MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);\n\
         if (rank == 0) printf(\"%d\\n\", sum);\n\
         return MPI_Finalize(); }\n",
    )
    .unwrap();
    let mut compiler = Command::new(mpicc);
    assert!(
        compiler
            .arg("-o")
            .args([&sum, &source])
            .status()
            .unwrap()
            .success()
    );
    let said = Command::new(program())
        .arg(root)
        .args([choice, "--run", ranks])
        .arg(&sum)
        .env("MPICC", mpicc)
        .output()
        .unwrap();
    assert!(said.status.success(), "{said:#?}");
    let text = String::from_utf8(said.stdout).unwrap();
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_private_mpi_is_installed_used_and_repaired() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let packages = root.join(".workbook/mpi");

    // Killed as soon as something is on the disk.
    let mut killed = Command::new(program())
        .args([root.as_os_str(), "private".as_ref()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !packages.exists() && killed.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(2));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();

    let (mut said, mut steps) = (Vec::new(), Vec::new());
    let environment = ensure(root, Choice::Private, &mut |notice| match notice {
        Notice::Line(line) => said.push(line.to_owned()),
        Notice::Step(step) => steps.push((step.number, step.bytes, step.megabytes)),
    })
    .unwrap();
    assert!(environment.mpi.private);
    assert_eq!(
        environment.mpi.to_string(),
        format!("MPICH {}", Package::Mpich.version())
    );
    let told = said
        .iter()
        .filter(|line| !line.starts_with("Another set-up"));
    assert_eq!(told.count(), 2, "{said:#?}");
    // Each begins with nothing, and goes on, and none is more than was said.
    let begun: Vec<u32> = steps.iter().filter(|it| it.1 == 0).map(|it| it.0).collect();
    let of = begun.len() as u32;
    assert!(
        of >= 4 && begun == (1..=of).collect::<Vec<_>>(),
        "{steps:?}"
    );
    assert!(steps.is_sorted(), "{steps:?}");
    let is_within = |(_, bytes, most): &(u32, u64, u32)| *bytes <= 1_000_000 * u64::from(*most);
    assert!(steps.iter().all(is_within), "{steps:?}");
    hello(&environment).unwrap();
    let mpicc = &environment.mpi.mpicc;
    assert_eq!(sum_of_ranks(root, mpicc, "automatic", "5"), "10");
    let left = entries(&packages);
    assert!(
        left.iter().all(|name| !name.starts_with(".partial")),
        "{left:?}"
    );

    // The next call has nothing to do and to say.
    let again = ensure(root, Choice::Automatic, &mut |line| panic!("{line}")).unwrap();
    assert_eq!(again.mpi, environment.mpi);

    // What was deleted comes back.
    fs::remove_file(&environment.mpi.mpiexec).unwrap();
    let repaired = ensure(root, Choice::Automatic, &mut |_| ()).unwrap();
    assert_eq!(repaired.mpi, environment.mpi);
    assert!(repaired.mpi.mpiexec.is_file());
}

#[test]
fn open_mpi_is_found_by_its_wrapper_and_started() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    setup::install(root, &[Package::OpenMpi], &mut |_| ()).unwrap();
    let mpicc = Package::OpenMpi.folder(root).join("bin/mpicc");
    let said = Command::new(program())
        .args([root.as_os_str(), "anew".as_ref(), "--hello".as_ref()])
        .env("MPICC", &mpicc)
        .output()
        .unwrap();
    assert!(said.status.success(), "{said:#?}");
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(text.starts_with("open-mpi-5."), "{text}");
    assert!(text.ends_with("two ranks said hello\n"), "{text}");
    assert_eq!(sum_of_ranks(root, &mpicc, "automatic", "5"), "10");
}

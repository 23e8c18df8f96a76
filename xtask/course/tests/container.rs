//! The image of the course is made for students: it has what the gate's tests of exercises need on a bare Debian,
//! and what is built outside of it stays outside.

use std::{fs, path::Path};

/// What the gate installs for tests that no student runs: of slides, and of checks across nodes.
const OF_TESTS: [&str; 6] = [
    "chromium",
    "slurm-wlm",
    "munge",
    "iproute2",
    "openssh-server",
    "openssh-client",
];

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What `.ci/run` installs where it is missing.
fn of_the_gate(script: &str) -> Vec<&str> {
    let parts = script.split("missing+=(").skip(1);
    let packages = parts.flat_map(|part| part.split(')').next().unwrap_or_default().split(' '));
    packages
        .filter(|package| !OF_TESTS.contains(package))
        .collect()
}

#[test]
fn the_image_has_what_the_gate_installs_for_exercises() {
    let (script, container) = (read(".ci/run"), read("scripts/Containerfile"));
    let wanted = of_the_gate(&script);
    assert!(wanted.len() > 5, "{wanted:?}");
    let installed: Vec<&str> = container
        .split("apt-get install")
        .skip(1)
        .flat_map(|part| {
            part.split("&&")
                .next()
                .unwrap_or_default()
                .split_whitespace()
        })
        .collect();
    for package in &wanted {
        assert!(
            installed.contains(package),
            "`.ci/run` installs {package}, and scripts/Containerfile does not"
        );
    }
    // The runner of Classroom 50 has a compiler and a Python.
    let runtime: serde_json::Value =
        serde_json::from_str(&read("scripts/classroom50/runtime.json")).unwrap();
    for package in wanted.iter().filter(|package| package.contains("vulkan")) {
        let apt = runtime["apt"].as_array().unwrap();
        assert!(apt.iter().any(|it| it == package), "{package}: {runtime}");
    }
}

#[test]
fn the_image_is_made_of_what_stands_in_the_clone_alone() {
    let container = read("scripts/Containerfile");
    let copied: Vec<&str> = container
        .lines()
        .filter_map(|line| line.strip_prefix("COPY --chown=student "))
        .flat_map(|parts| parts.split(' '))
        .collect();
    assert!(copied.contains(&"xtask"), "{copied:?}");
    let ignored = read(".dockerignore");
    for made in ["/target", "/.workbook", "/.git"] {
        assert!(ignored.lines().any(|line| line == made), "{made}");
    }
    for line in ignored.lines().filter(|line| !line.starts_with('#')) {
        assert!(
            !copied.contains(&line.trim_start_matches('/')),
            "{line} is copied into the image, and kept from it"
        );
    }
    // `WORKDIR` makes a folder of root's, in which the student could not build.
    let made = container.find("\nRUN mkdir /home/student/workbook");
    assert!(made.is_some() && made < container.find("\nWORKDIR "));
    assert!(made > container.find("\nUSER student\n"));
}

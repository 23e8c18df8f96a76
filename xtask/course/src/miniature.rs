//! A temporary course of three exercises for the tests of this crate: the real exercises may change
//! without changing what is tested here.

use crate::Course;
use std::{fs, path::Path};
use tempfile::TempDir;

/// A workbook in a temporary folder, which is removed on drop.
pub(crate) struct Miniature {
    folder: TempDir,
}

impl Miniature {
    pub(crate) fn new() -> Self {
        let mini = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        mini.write("Cargo.toml", "[workspace]\n");
        for (folder, manifest, stub) in [
            (
                "01-threading",
                THREADING,
                "//! Threads.\n\n/// Times it.\npub fn baseline() {\n    todo!()\n}\n",
            ),
            ("03-mpi-p2p", P2P, P2P_STUB),
            ("05-collectives", COLLECTIVES, STUB),
        ] {
            mini.write(&format!("exercises/{folder}/Cargo.toml"), "");
            mini.write(&format!("exercises/{folder}/exercise.toml"), manifest);
            mini.write(&format!("exercises/{folder}/src/lib.rs"), stub);
            mini.write(&format!("xtask/course/stubs/{folder}.rs"), stub);
            mini.write(&format!("xtask/course/stubs/{folder}.toml"), "");
        }
        mini
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file at a path from the workbook's folder, and the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn course(&self) -> Course {
        Course::read(self.root()).unwrap()
    }
}

const THREADING: &str = r#"
title = "Threads"
minutes = 50
[[task]]
name = "baseline"
minutes = 5
idea = "Measure first."
hints = ["one", "two"]
"#;

const P2P: &str = r#"
title = "Point to point"
minutes = 60
ranks = [2]
[[task]]
name = "number"
minutes = 5
idea = "Only the ranks that a message concerns take part."
functions = ["send_number", "exchange::receive_number"]
hints = ["one", "two"]
"#;

const P2P_STUB: &str = "\
pub fn send_number() {
    todo!()
}

pub mod exchange {
    pub fn receive_number() -> i32 {
        todo!()
    }
}
";

pub(crate) const COLLECTIVES: &str = r#"title = "Collectives"
minutes = 60
ranks = [1, 2, 3, 4]

[limits]
seconds = 5

[[task]]
name = "broadcast"
minutes = 5
idea = "One call instead of a loop of sends."
hints = ["one", "two", "three"]

[[task]]
name = "scatter"
minutes = 5
idea = "Every rank gets its own block, and no more."
hints = ["one", "two"]

[[task]]
name = "all-gather"
minutes = 10
idea = "Every rank ends with the whole."
ranks = [2, 16]
hints = ["one", "two"]
"#;

pub(crate) const STUB: &str = "\
//! Collectives.

/// Broadcasts.
pub fn broadcast(value: i32) -> i32 {
    todo!()
}

/// Scatters.
///
/// By block.
#[must_use]
pub fn scatter(all: &[i32]) -> Vec<i32> {
    todo!(\"one call\")
}

/// Gathers.
pub fn all_gather(mine: i32) -> Vec<i32> {
    todo!();
}
";

//! The figures: functions that draw, by topic. Files in `slides/figures/` are what they draw, committed
//! so that lessons and slides need no tool to show them; a file that differs from its function is a
//! problem like any other.
//!
//! - `memory`: who sees which memory;
//! - `execution`: what runs where and when, without messages;
//! - `messages`: two ranks, and chains of two;
//! - `collectives`: what each rank has before and after;
//! - `grid`: grids of cells and of ranks;
//! - `farms`: who computes what, and workers that are started later;
//! - `layout`: what lies where in memory and in files;
//! - `algorithms`: data that is spread over ranks: clusters, sorting, training;
//! - `device`: the memory of devices, workgroups, and which rank uses which device;
//! - `predicted`: what a program would take on other networks, as curves and bars;
//! - `scaling`: laws and errors, as curves.
//!
//! Where calls and messages stand in time, the figure is drawn from a real run:
//! - [`recorded`]: what was recorded of it;
//! - `clock`: when each call begins and ends, by what must come before what;
//! - `spacetime`: lanes, calls and messages.

mod algorithms;
mod canvas;
mod clock;
mod collectives;
mod device;
mod execution;
mod farms;
mod grid;
mod layout;
mod memory;
mod messages;
mod predicted;
pub mod recorded;
mod scaling;
mod spacetime;

use crate::check::Problem;
use anyhow::{Context, Result};
use canvas::Canvas;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every figure, by the name of its file.
pub const ALL: &[(&str, Draw)] = &[
    ("memory-threads", Draw(memory::threads)),
    ("memory-processes", Draw(memory::processes)),
    ("memory-shared", Draw(memory::shared)),
    ("memory-distributed", Draw(memory::distributed)),
    ("memory-hybrid", Draw(memory::hybrid)),
    ("node", Draw(memory::node)),
    ("memory-hierarchy", Draw(memory::hierarchy)),
    ("cluster", Draw(execution::cluster)),
    ("queue", Draw(execution::queue)),
    ("concurrent-parallel", Draw(execution::concurrent_parallel)),
    ("data-parallel", Draw(execution::data_parallel)),
    ("task-parallel", Draw(execution::task_parallel)),
    ("fork-join", Draw(execution::fork_join)),
    ("lost-update", Draw(execution::lost_update)),
    ("lock-order", Draw(execution::lock_order)),
    ("pipe-deadlock", Draw(execution::pipe_deadlock)),
    ("farm-static", Draw(execution::farm_static)),
    ("farm-dynamic", Draw(execution::farm_dynamic)),
    ("manager-worker", Draw(execution::manager_worker)),
    ("one-program", Draw(execution::one_program)),
    ("communicator", Draw(messages::communicator)),
    ("split", Draw(messages::split)),
    ("send-receive", Draw(messages::send_receive)),
    ("eager", Draw(messages::eager)),
    ("rendezvous", Draw(messages::rendezvous)),
    ("both-receive", Draw(messages::both_receive)),
    ("both-send", Draw(messages::both_send)),
    ("odd-even", Draw(messages::odd_even)),
    ("ring", Draw(messages::ring)),
    ("ring-in-time", Draw(messages::ring_in_time)),
    ("sendrecv-chain", Draw(messages::sendrecv_chain)),
    ("sum-in-parts", Draw(messages::sum_in_parts)),
    ("parallel-sum", Draw(messages::parallel_sum)),
    ("overlap", Draw(messages::overlap)),
    ("halo", Draw(messages::halo)),
    ("broadcast", Draw(collectives::broadcast)),
    ("broadcast-tree", Draw(collectives::broadcast_tree)),
    ("scatter", Draw(collectives::scatter)),
    ("scatterv", Draw(collectives::scatterv)),
    ("gather", Draw(collectives::gather)),
    ("all-gather", Draw(collectives::all_gather)),
    ("reduce", Draw(collectives::reduce)),
    ("all-reduce", Draw(collectives::all_reduce)),
    ("scan", Draw(collectives::scan)),
    ("all-to-all", Draw(collectives::all_to_all)),
    ("stencil", Draw(grid::stencil)),
    ("late-halo", Draw(grid::late_halo)),
    ("inside-and-edges", Draw(grid::inside_and_edges)),
    ("one-step-ahead", Draw(grid::one_step_ahead)),
    ("strips-and-blocks", Draw(grid::strips_and_blocks)),
    ("split-with-key", Draw(grid::split_with_key)),
    ("rows-and-columns", Draw(grid::rows_and_columns)),
    ("two-worlds", Draw(grid::two_worlds)),
    ("cartesian", Draw(grid::cartesian)),
    ("two-levels", Draw(grid::two_levels)),
    ("farm-blocks", Draw(farms::blocks)),
    ("farm-cyclic", Draw(farms::cyclic)),
    ("farm-chunks", Draw(farms::chunks)),
    ("intercommunicator", Draw(farms::intercommunicator)),
    ("parting", Draw(farms::parting)),
    ("vector-type", Draw(layout::vector)),
    ("extent", Draw(layout::extent)),
    ("one-sided", Draw(layout::one_sided)),
    ("epoch", Draw(layout::epoch)),
    ("counter", Draw(layout::counter)),
    ("shared-window", Draw(layout::shared_window)),
    ("three-ways", Draw(layout::three_ways)),
    ("file-parts", Draw(layout::file_parts)),
    ("file-view", Draw(layout::file_view)),
    ("two-phases", Draw(layout::two_phases)),
    ("checkpoint", Draw(layout::checkpoint)),
    ("k-means", Draw(algorithms::k_means)),
    ("odd-even-sort", Draw(algorithms::odd_even_sort)),
    ("sample-sort", Draw(algorithms::sample_sort)),
    ("training", Draw(algorithms::training)),
    ("ring-all-reduce", Draw(algorithms::ring_all_reduce)),
    ("host-and-device", Draw(device::host_and_device)),
    ("workgroups", Draw(device::workgroups)),
    ("tree-sum", Draw(device::tree_sum)),
    ("copy-and-compute", Draw(device::copy_and_compute)),
    ("ranks-and-devices", Draw(device::ranks_and_devices)),
    ("all-devices", Draw(device::all_devices)),
    ("latency-bandwidth", Draw(scaling::latency_bandwidth)),
    ("measured-ping-pong", Draw(scaling::measured_ping_pong)),
    ("predicted-speed-up", Draw(predicted::predicted_speed_up)),
    ("predicted-time", Draw(predicted::predicted_time)),
    ("karp-flatt", Draw(scaling::karp_flatt)),
    ("predict", Draw(scaling::predict)),
    ("amdahl", Draw(scaling::amdahl)),
    ("gustafson", Draw(scaling::gustafson)),
    ("strong-weak", Draw(scaling::strong_weak)),
    ("dartboard", Draw(scaling::dartboard)),
    ("error", Draw(scaling::error)),
];

/// A function that draws a figure.
#[derive(Clone, Copy, Debug)]
pub struct Draw(fn() -> Canvas);

impl Draw {
    /// The figure as the text of an SVG file.
    pub fn svg(self) -> String {
        (self.0)().svg()
    }
}

/// Where the figures lie, from the workbook's folder.
pub const FOLDER: &str = "slides/figures";

fn file(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{name}.svg"))
}

/// Writes every figure that differs from its file, and returns how many did.
pub fn write(root: &Path) -> Result<usize> {
    let mut written = 0;
    for (name, draw) in ALL {
        let path = root.join(file(name));
        let svg = draw.svg();
        if fs::read_to_string(&path).ok().as_ref() != Some(&svg) {
            fs::write(&path, svg).with_context(|| format!("writing {}", path.display()))?;
            written += 1;
        }
    }
    Ok(written)
}

/// The figures whose file is missing or differs from what their function draws, and the files that no
/// function draws.
pub fn stale(root: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |file: PathBuf, message: &str| {
        problems.push(Problem {
            file,
            line: 1,
            message: message.to_owned(),
        });
    };
    for (name, draw) in ALL {
        if fs::read_to_string(root.join(file(name))).ok() != Some(draw.svg()) {
            problem(
                file(name),
                "is not what its function draws; `cargo xtask slides --figures` draws it",
            );
        }
    }
    for entry in fs::read_dir(root.join(FOLDER))
        .into_iter()
        .flatten()
        .flatten()
    {
        let path = Path::new(FOLDER).join(entry.file_name());
        // What figures are drawn from; a test compares it with real runs.
        if path == Path::new(recorded::FOLDER) {
            continue;
        }
        if !ALL.iter().any(|(name, _)| file(name) == path) {
            problem(path, "no function draws it");
        }
    }
    problems.sort();
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use quick_xml::{Reader, events::Event};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn every_file_is_what_its_function_draws() {
        assert_eq!(stale(&root()), []);
    }

    #[test]
    fn a_changed_and_a_missing_and_a_strange_file_are_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(FOLDER)).unwrap();
        assert_eq!(write(folder.path()).unwrap(), ALL.len());
        assert_eq!(stale(folder.path()), []);
        let path = |name: &str| folder.path().join(file(name));
        fs::remove_file(path("ring")).unwrap();
        fs::write(path("scan"), "<svg/>").unwrap();
        fs::write(path("strange"), "<svg/>").unwrap();
        let found: Vec<PathBuf> = stale(folder.path())
            .into_iter()
            .map(|problem| problem.file)
            .collect();
        assert_eq!(found, ["ring", "scan", "strange"].map(file));
        assert_eq!(write(folder.path()).unwrap(), 2);
    }

    #[test]
    fn no_text_is_cut_off_and_none_overlaps() {
        let mut faults = Vec::new();
        for (name, draw) in ALL {
            let canvas = (draw.0)();
            for text in &canvas.tight {
                faults.push(format!("{name}: `{text}` is wider than its box"));
            }
            for (index, one) in canvas.words.iter().enumerate() {
                let inside = one.left >= 0.0
                    && one.top >= 0.0
                    && one.right <= canvas.width
                    && one.bottom <= canvas.height;
                if !inside {
                    faults.push(format!("{name}: `{}` is cut off", one.text));
                }
                for other in &canvas.words[index + 1..] {
                    let apart = one.right <= other.left
                        || other.right <= one.left
                        || one.bottom <= other.top
                        || other.bottom <= one.top;
                    if !apart {
                        faults.push(format!(
                            "{name}: `{}` and `{}` overlap",
                            one.text, other.text
                        ));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn every_figure_is_xml_and_says_in_words_what_it_shows() {
        for (name, draw) in ALL {
            let svg = draw.svg();
            let mut reader = Reader::from_str(&svg);
            let mut open = Vec::new();
            let mut said = Vec::new();
            loop {
                match reader.read_event().unwrap() {
                    Event::Start(tag) => {
                        open.push(tag.name().as_ref().to_owned());
                    }
                    Event::End(_) => drop(open.pop()),
                    Event::Text(text) => {
                        if let Some(tag @ ("title" | "desc")) = open.last().map(String::as_str) {
                            said.push((tag.to_owned(), text.len()));
                        }
                    }
                    Event::Eof => break,
                    _ => {}
                }
            }
            assert!(
                matches!(&said[..], [(one, 4..), (two, 40..)] if one == "title" && two == "desc"),
                "{name}: {said:?}"
            );
            assert!(svg.contains("role=\"img\""), "{name}");
            // Not every viewer of SVG knows variables: those that do not would draw black on black.
            assert!(!svg.contains("var("), "{name}");
        }
    }
}

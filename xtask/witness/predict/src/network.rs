//! Machines to predict for: some have names, others are described by a short file.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::{fs, path::Path, thread};

/// A machine: nodes of the same kind, joined by one switch.
///
/// A message between two nodes of `bytes` bytes takes `latency_us` + `bytes` / `bandwidth_mb_s` if it has its
/// links for itself; messages that share a link share its bandwidth. Ranks fill one node after the other.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// How many nodes there are.
    pub nodes: u32,
    /// How many cores each of them has.
    pub cores: u32,
    /// How fast a core is, relative to one of the machine on which the run was recorded.
    #[serde(default = "same")]
    pub speed: f64,
    /// From one node to another, in microseconds, one way, as a program sees it with a short message.
    pub latency_us: f64,
    /// Of a node's link, in each direction, in MB/s (10⁶ bytes a second), as a program sees it.
    pub bandwidth_mb_s: f64,
    /// Of the switch, all messages between nodes together, in MB/s; without it there is no such limit.
    pub switch_mb_s: Option<f64>,
    /// Between two ranks of one node, in microseconds.
    #[serde(default = "memory_latency")]
    pub memory_latency_us: f64,
    /// Between two ranks of one node, in MB/s.
    #[serde(default = "memory_bandwidth")]
    pub memory_bandwidth_mb_s: f64,
    /// Up to so many bytes a send does not wait for its receiver.
    #[serde(default = "eager")]
    pub eager_bytes: u64,
}

fn same() -> f64 {
    1.0
}

/// Measured by exercise 19's ping-pong between two ranks of one machine, in slides/figures/ping_pong.csv.
fn memory_latency() -> f64 {
    1.1
}

/// From the same measurement: 4 MiB in 497 µs.
fn memory_bandwidth() -> f64 {
    8400.0
}

/// Where MPICH changes to rendezvous within a node, by the same measurement.
fn eager() -> u64 {
    8192
}

/// The machines with names.
const NAMES: [&str; 3] = ["laptop", "gigabit", "infiniband"];

/// How large the clusters with names are: enough for 1,024 ranks.
const NODES: u32 = 64;
const CORES: u32 = 16;

impl Network {
    /// The machine of a name, or of a file.
    ///
    /// # Errors
    /// If it is neither, or if the file describes no machine.
    pub fn find(name: &str) -> Result<Self> {
        let cluster = |latency_us, bandwidth_mb_s| Self {
            name: name.to_owned(),
            nodes: NODES,
            cores: CORES,
            speed: same(),
            latency_us,
            bandwidth_mb_s,
            switch_mb_s: None,
            memory_latency_us: memory_latency(),
            memory_bandwidth_mb_s: memory_bandwidth(),
            eager_bytes: 65536,
        };
        Ok(match name {
            "laptop" => Self {
                nodes: 1,
                cores: thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
                eager_bytes: eager(),
                ..cluster(memory_latency(), memory_bandwidth())
            },
            // 24 µs for each of two links, as in the platform file of the cluster graphene that comes with
            // SimGrid. The line's 125 MB/s less the headers of TCP, IP and Ethernet: 1448 of 1538 bytes.
            "gigabit" => cluster(48.0, 117.7),
            // What a vendor's guide prints for osu_latency between two nodes (QLogic OFED+ Host Software User
            // Guide, appendix B: 1.06 µs). The data rate of EDR: four lanes of 25.78125 Gbit/s, of which 64 of
            // 66 bits are data.
            "infiniband" => cluster(1.1, 12_500.0),
            _ => return Self::read(Path::new(name)),
        })
    }

    fn read(path: &Path) -> Result<Self> {
        if path.extension().is_none_or(|ending| ending != "toml") {
            bail!(
                "there is no network `{}`; there are {}, and one's own by a file that ends in .toml",
                path.display(),
                NAMES.join(", ")
            );
        }
        let text = fs::read_to_string(path)
            .with_context(|| format!("reading the network {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&text, &name)
            .with_context(|| format!("{} describes no network", path.display()))
    }

    fn parse(text: &str, name: &str) -> Result<Self> {
        let network: Self = toml::from_str(text).with_context(|| {
            "it needs at least nodes, cores, latency_us and bandwidth_mb_s, as in\n\n  \
             nodes = 4\n  cores = 8\n  latency_us = 25.0\n  bandwidth_mb_s = 117.0\n"
        })?;
        for (field, value) in [
            ("nodes", f64::from(network.nodes)),
            ("cores", f64::from(network.cores)),
            ("speed", network.speed),
            ("latency_us", network.latency_us),
            ("bandwidth_mb_s", network.bandwidth_mb_s),
            ("switch_mb_s", network.switch_mb_s.unwrap_or(1.0)),
            ("memory_latency_us", network.memory_latency_us),
            ("memory_bandwidth_mb_s", network.memory_bandwidth_mb_s),
        ] {
            if !value.is_finite() || value <= 0.0 {
                bail!("`{field}` is {value}, and must be above 0");
            }
        }
        Ok(Self {
            name: name.to_owned(),
            ..network
        })
    }

    /// How many ranks can have a core of their own.
    #[must_use]
    pub fn room(&self) -> u64 {
        u64::from(self.nodes) * u64::from(self.cores)
    }

    /// How it is described to people, in one line.
    #[must_use]
    pub fn told(&self) -> String {
        let core = if self.speed == 1.0 {
            String::from("as fast as this machine's")
        } else {
            format!("{} times as fast as this machine's", self.speed)
        };
        let cores = if self.cores == 1 { "core" } else { "cores" };
        if self.nodes == 1 {
            return format!(
                "{}: one node with {} {cores}, each {core}; {} µs, {} MB/s",
                self.name, self.cores, self.memory_latency_us, self.memory_bandwidth_mb_s
            );
        }
        format!(
            "{}: {} nodes with {} {cores} each, {core}; {} µs, {} MB/s",
            self.name, self.nodes, self.cores, self.latency_us, self.bandwidth_mb_s
        )
    }

    /// As a platform of SimGrid, with nodes n0, n1, …. A core makes one operation in a nanosecond at the speed of
    /// this machine.
    pub(crate) fn platform(&self) -> String {
        let switch = self.switch_mb_s.map_or_else(String::new, |bandwidth| {
            format!(" bb_bw=\"{bandwidth}MBps\" bb_lat=\"0us\"")
        });
        format!(
            "<?xml version='1.0'?>\n\
             <!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n\
             <platform version=\"4.1\">\n  \
             <cluster id=\"cluster\" prefix=\"n\" suffix=\"\" radical=\"0-{last}\" speed=\"{speed}Gf\" \
             core=\"{cores}\" bw=\"{bandwidth}MBps\" lat=\"{latency}us\"{switch} \
             loopback_bw=\"{memory_bandwidth}MBps\" loopback_lat=\"{memory_latency}us\"/>\n\
             </platform>\n",
            last = self.nodes.saturating_sub(1),
            speed = self.speed,
            cores = self.cores,
            bandwidth = self.bandwidth_mb_s,
            // A message takes a link up and a link down.
            latency = self.latency_us / 2.0,
            memory_bandwidth = self.memory_bandwidth_mb_s,
            memory_latency = self.memory_latency_us,
        )
    }

    /// The node of each rank, a line for each: blocks of as many ranks as a node has cores; more only where all
    /// nodes are full.
    pub(crate) fn hosts(&self, ranks: usize) -> String {
        let each = ranks.div_ceil(self.nodes as usize).max(self.cores as usize);
        (0..ranks)
            .map(|rank| format!("n{}\n", rank / each))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_fill_one_node_after_the_other() {
        let network = Network::parse(
            "nodes = 2\ncores = 2\nlatency_us = 25.0\nbandwidth_mb_s = 117.0",
            "own",
        )
        .unwrap();
        assert_eq!(network.hosts(3), "n0\nn0\nn1\n");
        assert_eq!(network.hosts(6), "n0\nn0\nn0\nn1\nn1\nn1\n");
        insta::assert_snapshot!(network.platform(), @r#"
        <?xml version='1.0'?>
        <!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
        <platform version="4.1">
          <cluster id="cluster" prefix="n" suffix="" radical="0-1" speed="1Gf" core="2" bw="117MBps" lat="12.5us" loopback_bw="8400MBps" loopback_lat="1.1us"/>
        </platform>
        "#);
        assert_eq!(
            network.told(),
            "own: 2 nodes with 2 cores each, as fast as this machine's; 25 µs, 117 MB/s"
        );
    }

    #[test]
    fn what_is_no_network_is_refused_with_what_to_write() {
        let refused = |name: &str| format!("{:#}", Network::find(name).unwrap_err());
        insta::assert_snapshot!(refused("token-ring"), @"there is no network `token-ring`; there are laptop, gigabit, infiniband, and one's own by a file that ends in .toml");
        assert!(refused("none/such.toml").starts_with("reading the network none/such.toml"));
        let wrong = |text: &str| format!("{:#}", Network::parse(text, "own").unwrap_err());
        assert!(wrong("nodes = 2").contains("it needs at least nodes, cores"));
        let text = "nodes = 2\ncores = 2\nlatency_us = -1.0\nbandwidth_mb_s = 117.0";
        assert_eq!(wrong(text), "`latency_us` is -1, and must be above 0");
        assert!(wrong(&format!("{text}\ncolour = 1")).contains("unknown field `colour`"));
    }
}

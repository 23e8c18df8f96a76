//! The AND-OR reduction: freedom spreads from those that do not wait to those that wait for them,
//! until nothing changes. Who is left is deadlocked.

use crate::finding::Life;
use recording::event::Rank;

/// What somebody needs in order to go on; `E` says more about an edge.
#[derive(Clone, Debug, PartialEq)]
pub enum Need<E> {
    /// Nothing, or it is not known what: nobody is accused on ignorance.
    Nothing,
    /// That this rank does something.
    Edge(E),
    /// All of these.
    All(Vec<Need<E>>),
    /// One of these.
    Any(Vec<Need<E>>),
}

/// An edge of the graph of who waits for whom.
pub trait Waits {
    /// For whom it waits.
    fn on(&self) -> Rank;
    /// Whether that rank can still do it, if it can do anything.
    fn open(&self) -> bool;
}

impl<E: Waits> Need<E> {
    /// Whether it can be met when exactly these ranks are free.
    pub fn met(&self, free: &[bool]) -> bool {
        match self {
            Self::Nothing => true,
            // Of a rank that is not known nothing is known.
            Self::Edge(edge) => {
                edge.open() && free.get(edge.on() as usize).copied().unwrap_or(true)
            }
            Self::All(needs) => needs.iter().all(|need| need.met(free)),
            Self::Any(needs) => needs.iter().any(|need| need.met(free)),
        }
    }

    /// Every edge, of whatever depth.
    pub fn edges(&self) -> Vec<&E> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Edge(edge) => vec![edge],
            Self::All(needs) | Self::Any(needs) => needs.iter().flat_map(Self::edges).collect(),
        }
    }

    /// The edges that are not met.
    pub fn unmet(&self, free: &[bool]) -> Vec<&E> {
        match self {
            need if need.met(free) => Vec::new(),
            Self::Nothing => Vec::new(),
            Self::Edge(edge) => vec![edge],
            Self::All(needs) | Self::Any(needs) => {
                needs.iter().flat_map(|need| need.unmet(free)).collect()
            }
        }
    }

    /// The ranks each of which alone is enough to keep this from being met, with the edges to them.
    pub fn alone(&self, free: &[bool]) -> Vec<(Rank, &E)> {
        match self {
            need if need.met(free) => Vec::new(),
            Self::Nothing => Vec::new(),
            Self::Edge(edge) => vec![(edge.on(), edge)],
            Self::All(needs) => {
                let mut list: Vec<(Rank, &E)> =
                    needs.iter().flat_map(|need| need.alone(free)).collect();
                list.sort_by_key(|(rank, _)| *rank);
                list.dedup_by_key(|(rank, _)| *rank);
                list
            }
            Self::Any(needs) => {
                let mut lists = needs.iter().map(|need| need.alone(free));
                let mut common = lists.next().unwrap_or_default();
                for list in lists {
                    common.retain(|(rank, _)| list.iter().any(|(other, _)| other == rank));
                }
                common
            }
        }
    }
}

/// A rank as the reduction sees it.
#[derive(Clone, Debug)]
pub enum Node<E> {
    /// It runs, or nobody knows what it waits for.
    Free,
    /// All its threads wait; one is enough to free it.
    Waits(Vec<Need<E>>),
    /// Nothing comes from it any more: it is at its end.
    Over,
}

/// Which ranks are free: the least set that contains the free nodes and is closed under needs that
/// are met.
pub fn free<E: Waits>(nodes: &[Node<E>]) -> Vec<bool> {
    let mut free: Vec<bool> = nodes
        .iter()
        .map(|node| matches!(node, Node::Free))
        .collect();
    loop {
        let mut changed = false;
        for (rank, node) in nodes.iter().enumerate() {
            if !free[rank]
                && let Node::Waits(threads) = node
                && threads.iter().any(|need| need.met(&free))
            {
                free[rank] = true;
                changed = true;
            }
        }
        if !changed {
            return free;
        }
    }
}

/// The shortest cycle in a graph; of several the one with the smallest rank first. Breadth first
/// from every vertex.
pub(crate) fn shortest_cycle(next: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut best: Option<Vec<usize>> = None;
    for start in 0..next.len() {
        let mut parent = vec![None; next.len()];
        let mut queue = std::collections::VecDeque::from([start]);
        let mut last = None;
        'search: while let Some(at) = queue.pop_front() {
            for &to in &next[at] {
                if to == start {
                    last = Some(at);
                    break 'search;
                }
                if parent[to].is_none() {
                    parent[to] = Some(at);
                    queue.push_back(to);
                }
            }
        }
        let Some(mut at) = last else { continue };
        let mut cycle = vec![at];
        while at != start {
            match parent[at] {
                Some(before) => at = before,
                None => break,
            }
            cycle.push(at);
        }
        cycle.reverse();
        if best.as_ref().is_none_or(|best| cycle.len() < best.len()) {
            best = Some(cycle);
        }
    }
    best
}

/// The smallest knot: vertices that reach each other and nothing else. Vertices that reach nothing at
/// all are not one.
pub(crate) fn smallest_knot(next: &[Vec<usize>]) -> Option<Vec<usize>> {
    let reach: Vec<Vec<bool>> = (0..next.len())
        .map(|start| {
            let mut seen = vec![false; next.len()];
            let mut stack = vec![start];
            while let Some(at) = stack.pop() {
                for &to in &next[at] {
                    if !std::mem::replace(&mut seen[to], true) {
                        stack.push(to);
                    }
                }
            }
            seen
        })
        .collect();
    (0..next.len())
        .filter(|&at| reach[at][at])
        .filter(|&at| (0..next.len()).all(|to| !reach[at][to] || reach[to][at]))
        .map(|at| {
            (0..next.len())
                .filter(|&to| reach[at][to])
                .collect::<Vec<_>>()
        })
        .min_by_key(|knot| (knot.len(), knot[0]))
}

/// Whether an edge to a rank can still be met, by how that rank lives.
pub(crate) fn alive(life: &[Life], rank: Rank) -> bool {
    life.get(rank as usize).is_none_or(|life| !life.ended())
}

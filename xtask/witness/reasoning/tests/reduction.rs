//! The AND-OR reduction against all subsets: who is free is the least set that is closed.

use proptest::prelude::*;
use reasoning::reduction::{Need, Node, Waits, free};
use recording::event::Rank;

#[derive(Clone, Debug, PartialEq)]
struct Edge(Rank, bool);

impl Waits for Edge {
    fn on(&self) -> Rank {
        self.0
    }

    fn open(&self) -> bool {
        self.1
    }
}

fn need() -> impl Strategy<Value = Need<Edge>> {
    let leaf = prop_oneof![
        1 => Just(Need::Nothing),
        8 => (0u32..6, prop::bool::weighted(0.9)).prop_map(|(on, open)| Need::Edge(Edge(on, open))),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Need::All),
            prop::collection::vec(inner, 0..4).prop_map(Need::Any),
        ]
    })
}

fn node() -> impl Strategy<Value = Node<Edge>> {
    prop_oneof![
        1 => Just(Node::Free),
        1 => Just(Node::Over),
        6 => prop::collection::vec(need(), 1..3).prop_map(Node::Waits),
    ]
}

/// Whether a need is met, written once more and differently.
fn met(need: &Need<Edge>, set: u32) -> bool {
    match need {
        Need::Nothing => true,
        Need::Edge(Edge(on, open)) => *open && set >> on & 1 == 1,
        Need::All(needs) => !needs.iter().any(|need| !met(need, set)),
        Need::Any(needs) => needs.iter().filter(|need| met(need, set)).count() > 0,
    }
}

proptest! {
    #[test]
    fn freedom_is_the_least_closed_set(nodes in prop::collection::vec(node(), 6)) {
        let closed = |set: u32| nodes.iter().enumerate().all(|(rank, node)| {
            let inside = set >> rank & 1 == 1;
            match node {
                Node::Free => inside,
                Node::Over => true,
                Node::Waits(threads) => inside || !threads.iter().any(|need| met(need, set)),
            }
        });
        // Closed sets are closed under intersection: the least one is what all have in common.
        let least = (0..64).filter(|set| closed(*set)).fold(63, |all, set| all & set);
        let found = free(&nodes);
        for (rank, free) in found.iter().enumerate() {
            prop_assert_eq!(*free, least >> rank & 1 == 1);
        }
        // What keeps somebody stuck is named.
        for (rank, node) in nodes.iter().enumerate() {
            if let (Node::Waits(threads), false) = (node, found[rank]) {
                for need in threads {
                    let unmet = need.unmet(&found);
                    prop_assert!(unmet.iter().all(|edge| !edge.open() || !found[edge.on() as usize]));
                    // Each that is enough by itself is: with all others free it still is not met.
                    for (alone, _) in need.alone(&found) {
                        let mut others = vec![true; 6];
                        others[alone as usize] = false;
                        let closed = need.edges().iter().any(|edge| edge.on() == alone && !edge.open());
                        prop_assert!(closed || !need.met(&others));
                    }
                }
            }
        }
    }
}

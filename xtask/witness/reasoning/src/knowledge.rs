//! What a rank knew of the others at some moment: the stamp that a message carries.

use std::sync::Arc;

/// What a rank knew at some moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stamp {
    /// How many steps of each rank are known of.
    pub clock: Vec<u32>,
    /// The longest chain that ends here, for each window.
    pub depths: Vec<u32>,
}

impl Stamp {
    /// Takes in what another knew.
    pub fn merge(&mut self, other: &Self) {
        // Ranks that have come since are unknown to whoever knows of fewer.
        if self.clock.len() < other.clock.len() {
            self.clock.resize(other.clock.len(), 0);
        }
        for (mine, theirs) in self.clock.iter_mut().zip(&other.clock) {
            *mine = (*mine).max(*theirs);
        }
        for (mine, theirs) in self.depths.iter_mut().zip(&other.depths) {
            *mine = (*mine).max(*theirs);
        }
    }
}

/// What a rank knew when it sent; shared by all that it sent before it learned more.
pub(crate) type Knowledge = Arc<Stamp>;

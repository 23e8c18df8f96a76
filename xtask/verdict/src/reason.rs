//! Why something failed, where the kind alone does not say which rule was broken.

use serde::{Deserialize, Serialize};

/// The rule behind a failure, more finely than its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// A rank is waited for that has returned from the task.
    Returned,
    /// A rank waits for itself.
    Itself,
    /// There is a message for the receive, with another tag.
    OtherTag,
    /// There is a message for the receive, on another communicator.
    OtherCommunicator,
    /// Sends wait for their receives: nothing buffers them.
    Rendezvous,
    /// A collective is not called by all ranks.
    NotOnAllRanks,
    /// The root's method of a collective was called by another rank, or the other way round.
    RootsMethod,
    /// A request went out of scope before it was complete.
    RequestDropped,
    /// Another call than the one that the task is about.
    OtherCall,
    /// More rounds of messages, one after the other, than are needed.
    Rounds,
    /// An operation was promised to be commutative, and is not.
    NotCommutative,
    /// Two parts of what a call receives lie on the same memory.
    Overlap,
    /// Two buffers of one call lie on the same memory.
    Aliased,
    /// A one-sided call reaches beyond the memory that its target gave to the window.
    BeyondWindow,
    /// A partition that a message does not have, or that is marked as ready again.
    Partition,
    /// The buffer attached for buffered sends is too small, or gone.
    AttachedBuffer,
    /// The two buffers of one call have types that do not fit each other.
    TwoBuffers,
    /// A handle that is null, freed, or was never made.
    Handle,
    /// It works only where a collective does not wait for all ranks, as it may.
    MayWait,
    /// Data is copied that can be sent from where it lies, or received to where it belongs.
    Copied,
    /// The code of a kernel, which is compiled only when it is needed.
    Kernel,
    /// More runs of kernels, or more copies between host and device, than are needed.
    Device,
    /// Fewer invocations of a kernel than there is work for.
    FewInvocations,
    /// Invocations of a kernel that disturb each other.
    Invocations,
    /// A barrier that not all invocations of a workgroup reach.
    Barrier,
}

impl Reason {
    /// Every reason there is.
    pub const ALL: &[Self] = &[
        Self::Returned,
        Self::Itself,
        Self::OtherTag,
        Self::OtherCommunicator,
        Self::Rendezvous,
        Self::NotOnAllRanks,
        Self::RootsMethod,
        Self::RequestDropped,
        Self::OtherCall,
        Self::Rounds,
        Self::NotCommutative,
        Self::Overlap,
        Self::Aliased,
        Self::BeyondWindow,
        Self::Partition,
        Self::AttachedBuffer,
        Self::TwoBuffers,
        Self::Handle,
        Self::MayWait,
        Self::Copied,
        Self::Kernel,
        Self::Device,
        Self::FewInvocations,
        Self::Invocations,
        Self::Barrier,
    ];
}

//! What is touched in the memory of windows between two synchronisations, and what of it conflicts (MPI
//! standard 5.0, section 12.7).

use crate::{
    finding::{Call, Clash, Finding, Rule, Severity},
    signature::Types,
};
use recording::event::{Basic, CommId, Data, OneSided, OpId, Rank, RequestId, Window};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An operation, or a buffer handed to MPI by the rank whose memory it is.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub call: Call,
    pub touch: Touch,
    pub target: Rank,
    /// For an operation the displacement in place of the address; for a buffer its bytes.
    pub data: Data,
    pub id: RequestId,
    /// Whether nothing can have told its rank of what others did.
    pub sure: Sure,
    /// The next one at the same place in the program and in memory.
    pub again: Option<Call>,
}

/// Whether nothing can have told a rank of what others did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sure {
    No,
    /// Nothing but gets, of memory that its own rank has written to.
    UnlessStored,
    Yes,
}

/// How memory is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Touch {
    /// By a get.
    Read,
    /// By a put.
    Write,
    /// By an accumulate or one of its kin; without an operation it compares and swaps.
    Update { op: Option<OpId>, fetches: bool },
    /// Its rank has MPI read it.
    Load,
    /// Its rank has MPI write it.
    Store,
}

impl Touch {
    pub fn of(call: &Call, one: &OneSided) -> Self {
        match call.function.trim_end_matches("_c") {
            "MPI_Put" | "MPI_Rput" => Self::Write,
            "MPI_Get" | "MPI_Rget" => Self::Read,
            _ => Self::Update {
                op: one.op,
                fetches: one.result.is_some(),
            },
        }
    }

    /// Whether its rank gets to know what stands in the memory of another.
    pub fn reads_elsewhere(self) -> bool {
        matches!(self, Self::Read | Self::Update { fetches: true, .. })
    }

    pub fn writes(self) -> bool {
        match self {
            Self::Read | Self::Load => false,
            Self::Write | Self::Store => true,
            Self::Update { op, .. } => op != Some(OpId::NO_OP),
        }
    }

    fn is_local(self) -> bool {
        matches!(self, Self::Load | Self::Store)
    }
}

/// What tells accesses apart.
type Key = (
    Rank,
    recording::event::PlaceId,
    &'static str,
    Touch,
    Rank,
    (u64, i64),
    Sure,
);

/// Accesses between which nothing orders.
#[derive(Debug, Default)]
pub(super) struct Accesses {
    list: Vec<Access>,
    known: HashMap<Key, usize>,
}

/// Where an access is: from, to, the how-many-eth of the list.
type Piece = (u64, u64, usize);

impl Accesses {
    /// More are not kept: what they conflict with is not found.
    pub const MOST: usize = 1 << 14;

    pub fn add(&mut self, access: Access) {
        let key = (
            access.call.rank,
            access.call.place,
            access.call.function,
            access.touch,
            access.target,
            (access.data.address, access.data.count),
            access.sure,
        );
        if let Some(at) = self.known.get(&key) {
            self.list[*at].again.get_or_insert(access.call);
        } else if self.list.len() < Self::MOST {
            self.known.insert(key, self.list.len());
            self.list.push(access);
        }
    }

    /// An operation is over before what follows.
    pub fn remove(&mut self, id: RequestId) {
        for access in self.list.iter_mut().filter(|access| access.id == id) {
            access.data.count = 0;
        }
        self.known.clear();
    }

    /// What conflicts; none if somebody's memory is not known. Of the same two places in the program one
    /// pair is told.
    pub fn conflicts(
        &self,
        window: CommId,
        memory: &BTreeMap<Rank, Window>,
        types: &Types,
        is_clear: &dyn Fn(&Access) -> bool,
        with_itself: bool,
    ) -> Option<Vec<Finding>> {
        if self.list.iter().all(|access| access.touch.is_local()) {
            return Some(Vec::new());
        }
        let mut targets: BTreeMap<Rank, Vec<Piece>> = BTreeMap::new();
        for (nth, access) in self.list.iter().enumerate() {
            if !is_clear(access) {
                continue;
            }
            let pieces = access.pieces(memory, types)?;
            let all = targets.entry(access.target).or_default();
            all.extend(pieces.into_iter().map(|(from, to)| (from, to, nth)));
        }
        let mut pairs = Pairs::default();
        for pieces in targets.values_mut() {
            pieces.sort_unstable();
            self.overlaps(pieces, types, with_itself, &mut pairs);
        }
        Some(pairs.findings(window))
    }

    fn overlaps(&self, pieces: &[Piece], types: &Types, with_itself: bool, pairs: &mut Pairs) {
        /// Where thousands touch one place, not all need to be held against each other.
        const MOST: usize = 1 << 20;
        let mut looked = 0;
        let mut active: Vec<Piece> = Vec::new();
        for piece in pieces {
            let (from, to, nth) = *piece;
            let one = &self.list[nth];
            if let Some(again) = one.again.filter(|_| with_itself)
                && one.touch == Touch::Write
            {
                pairs.add(one, one.call, again, to - from, Clash::Overlap);
            }
            active.retain(|(_, end, _)| *end > from);
            for (_, end, other) in &active {
                looked += 1;
                if looked > MOST {
                    return;
                }
                let other = &self.list[*other];
                let same = one.call.rank == other.call.rank;
                if same && (!with_itself || one.call.number == other.call.number) {
                    continue;
                }
                if let Some(clash) = clash(one, other, types) {
                    let bytes = to.min(*end) - from;
                    pairs.add(one, one.call, other.call, bytes, clash);
                }
            }
            active.push(*piece);
        }
    }
}

/// What is the matter between two accesses that overlap.
fn clash(one: &Access, other: &Access, types: &Types) -> Option<Clash> {
    use Touch::Update;
    let same = one.call.rank == other.call.rank;
    match (one.touch, other.touch) {
        (a, b) if a.is_local() && b.is_local() => None,
        (Update { .. }, Update { .. }) if same => None,
        (Update { op: a, .. }, Update { op: b, .. }) => {
            let basic = |access: &Access| types.basic(access.call.rank, &access.data);
            match (basic(one), basic(other)) {
                (Some(here), Some(there)) if here != there => Some(Clash::Types(here, there)),
                _ => match (a, b) {
                    (Some(a), Some(b)) if a != b && a != OpId::NO_OP && b != OpId::NO_OP => {
                        Some(Clash::Operations)
                    }
                    _ => None,
                },
            }
        }
        (a, b) => (a.writes() || b.writes()).then_some(Clash::Overlap),
    }
}

impl Access {
    /// The addresses that it touches; none if the memory is not known.
    fn pieces(&self, memory: &BTreeMap<Rank, Window>, types: &Types) -> Option<Vec<(u64, u64)>> {
        let memory = memory.get(&self.target)?;
        if self.touch.is_local() {
            let from = self.data.address;
            return Some(vec![(from, from + self.data.count as u64)]);
        }
        let displacement = self.data.address.wrapping_mul(memory.unit);
        let at = memory.base.wrapping_add(displacement);
        Some(types.blocks(self.call.rank, &self.data, at))
    }
}

/// Pairs that conflict, by their places in the program.
#[derive(Default)]
struct Pairs {
    known: BTreeMap<[(recording::event::PlaceId, &'static str); 2], Pair>,
}

struct Pair {
    calls: [Call; 2],
    target: Rank,
    bytes: u64,
    clash: Clash,
    ranks: BTreeSet<Rank>,
}

impl Pairs {
    fn add(&mut self, access: &Access, one: Call, other: Call, bytes: u64, clash: Clash) {
        let mut calls = [one, other];
        calls.sort();
        let target = access.target;
        let pair = Pair {
            calls,
            target,
            bytes,
            clash,
            ranks: calls.iter().map(|call| call.rank).collect(),
        };
        let mut places = calls.map(|call| (call.place, call.function));
        places.sort_unstable();
        match self.known.get_mut(&places) {
            None => drop(self.known.insert(places, pair)),
            Some(known) => {
                known.ranks.extend(&pair.ranks);
                if (calls, target) < (known.calls, known.target) {
                    let ranks = std::mem::take(&mut known.ranks);
                    *known = Pair { ranks, ..pair };
                }
            }
        }
    }

    fn findings(self, window: CommId) -> Vec<Finding> {
        let pairs = self.known.into_values();
        let findings = pairs.filter(|pair| !pair.calls.iter().all(|call| call.aside));
        findings
            .map(|pair| {
                let rule = Rule::WindowRace {
                    window,
                    target: pair.target,
                    bytes: pair.bytes,
                    clash: pair.clash,
                    ranks: pair.ranks.into_iter().collect(),
                };
                rule.found(Severity::Error, pair.calls.to_vec())
            })
            .collect()
    }
}

/// Types are compared by what they consist of.
impl Types {
    /// The one basic type that a buffer consists of.
    fn basic(&self, rank: Rank, data: &Data) -> Option<Basic> {
        let mut runs = self.runs(rank, data.datatype?)?.iter();
        let (_, first) = runs.next()?;
        runs.all(|(_, basic)| basic == first).then_some(*first)
    }
}

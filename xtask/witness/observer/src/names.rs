//! How ranks and communicators are named in sentences.

use crate::{
    Observer,
    words::{and, ranks},
};
use reasoning::{Call, Observation, Origin};
use recording::event::{CommId, Rank};

/// Names ranks and communicators by what an observer knows of them; without one by their bare numbers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Names<'a> {
    observer: Option<&'a Observer>,
}

impl<'a> Names<'a> {
    /// By what this observer knows.
    pub(crate) fn of(observer: &'a Observer) -> Self {
        Self {
            observer: Some(observer),
        }
    }

    fn observation(self) -> Option<&'a Observation> {
        self.observer?.observation.as_ref()
    }

    /// The number that a rank has in the communicator of a call, where it is another one.
    fn number(self, comm: Option<CommId>, rank: Rank) -> Option<u32> {
        let comm = comm.filter(|comm| *comm != CommId::WORLD)?;
        let number = self.observation()?.number(comm, rank)?;
        (number != rank).then_some(number)
    }

    /// Whether ranks are named by their ranks in `MPI_COMM_WORLD`. A check may have an order of its own.
    fn is_in_world_order(self) -> bool {
        self.observation().is_none_or(|observation| {
            let mut all = 0..observation.size() as Rank;
            all.all(|rank| observation.number(CommId::WORLD, rank) == Some(rank))
        })
    }

    /// `rank 1`; `rank 0 (world rank 1)` where its number in the communicator of a call is another one.
    pub(crate) fn rank(self, comm: Option<CommId>, rank: Rank) -> String {
        match self.number(comm, rank) {
            None => format!("rank {rank}"),
            Some(number) if self.is_in_world_order() => {
                format!("rank {number} (world rank {rank})")
            }
            Some(number) => format!("rank {number} (rank {rank} of all)"),
        }
    }

    /// The same of several: `ranks 0 and 1 (world ranks 2 and 3)`.
    pub(crate) fn ranks(self, comm: Option<CommId>, list: &[Rank]) -> String {
        let number = |rank: Rank| self.number(comm, rank).unwrap_or(rank);
        if list.iter().all(|rank| number(*rank) == *rank) {
            return ranks(list);
        }
        let mut pairs: Vec<(u32, Rank)> = list.iter().map(|rank| (number(*rank), *rank)).collect();
        pairs.sort_unstable();
        if let [(_, rank)] = pairs[..] {
            return self.rank(comm, rank);
        }
        let numbers: Vec<u32> = pairs.iter().map(|(number, _)| *number).collect();
        let names: Vec<Rank> = pairs.iter().map(|(_, rank)| *rank).collect();
        let there = if names.is_sorted() {
            ranks(&names)
        } else {
            let names: Vec<String> = names.iter().map(Rank::to_string).collect();
            format!("ranks {}", and(&names))
        };
        if self.is_in_world_order() {
            format!("{} (world {there})", ranks(&numbers))
        } else {
            format!("{} ({there} of all)", ranks(&numbers))
        }
    }

    /// `the communicator that MPI_Comm_dup made (ring.c:12)`; none of one that a check has made, or that
    /// nobody has seen made.
    pub(crate) fn communicator(self, comm: CommId) -> Option<String> {
        if comm == CommId::WORLD {
            return Some(String::from("MPI_COMM_WORLD"));
        }
        let Origin { made_by, call, nth } = self.observation()?.origin(comm)?;
        if made_by.is_empty() {
            return Some(String::from("MPI_COMM_SELF"));
        }
        if call.is_some_and(|call| call.aside) {
            return None;
        }
        let line = call.and_then(|call| self.line(&call));
        let place = match (line, nth) {
            (Some(line), 0) => format!(" ({line})"),
            (Some(line), nth) => format!(" ({line}, number {})", nth + 1),
            (None, _) => String::new(),
        };
        Some(if made_by.starts_with("MPI_Win_") {
            format!("the window that {made_by} made{place}")
        } else if made_by.starts_with("MPI_File_") {
            format!("the file that {made_by} opened{place}")
        } else {
            format!("the communicator that {made_by} made{place}")
        })
    }

    /// ` on ` and the communicator's name, unless it is none.
    pub(crate) fn on(self, comm: Option<CommId>) -> String {
        let name = comm.and_then(|comm| self.communicator(comm));
        name.map_or(String::new(), |name| format!(" on {name}"))
    }

    /// The same, but nothing for `MPI_COMM_WORLD`, where nobody would think of another one.
    pub(crate) fn on_other(self, comm: Option<CommId>) -> String {
        self.on(comm.filter(|comm| *comm != CommId::WORLD))
    }

    fn line(self, call: &Call) -> Option<String> {
        let observer = self.observer?;
        observer.lines.as_ref()?(observer.stack(call))
    }
}

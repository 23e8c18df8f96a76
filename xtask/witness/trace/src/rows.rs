//! In which row each call is drawn: a lane for each rank, in it rows for its threads and for calls
//! inside calls.

use crate::Timeline;

/// Calls that lie deeper inside one another than this share the last row.
const DEEPEST: u32 = 3;

/// A row of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) rank: u32,
    pub(crate) thread: u32,
    /// 0 for calls that the program makes, more for calls made inside those.
    pub(crate) depth: u32,
}

/// Where everything stands from top to bottom.
#[derive(Debug)]
pub(crate) struct Rows {
    /// By rank, thread and depth; every rank has one at least.
    pub(crate) rows: Vec<Row>,
    /// The row of each call; none for a call on a rank that does not exist.
    pub(crate) of_call: Vec<Option<u32>>,
    /// The calls, by row and then by beginning.
    pub(crate) order: Vec<u32>,
    /// The first row of each rank.
    pub(crate) of_rank: Vec<u32>,
}

impl Rows {
    pub(crate) fn new(timeline: &Timeline) -> Self {
        let calls = &timeline.calls;
        let mut order: Vec<u32> = (0..calls.len() as u32)
            .filter(|&call| calls[call as usize].rank < timeline.ranks)
            .collect();
        // An outer call begins with its first inner one at the earliest, and ends later.
        order.sort_by_key(|&number| {
            let call = &calls[number as usize];
            let end = call.to_ns.unwrap_or(u64::MAX);
            (call.rank, call.thread, call.from_ns, u64::MAX - end)
        });
        let mut depths = vec![0; calls.len()];
        let mut open: Vec<u64> = Vec::new();
        let mut last = None;
        for &number in &order {
            let call = &calls[number as usize];
            if last != Some((call.rank, call.thread)) {
                open.clear();
                last = Some((call.rank, call.thread));
            }
            while open.last().is_some_and(|&end| end <= call.from_ns) {
                open.pop();
            }
            depths[number as usize] = (open.len() as u32).min(DEEPEST);
            open.push(call.to_ns.unwrap_or(u64::MAX).max(call.from_ns));
        }
        let row_of = |number: u32| {
            let call = &calls[number as usize];
            Row {
                rank: call.rank,
                thread: call.thread,
                depth: depths[number as usize],
            }
        };
        let mut rows: Vec<Row> = order.iter().map(|&number| row_of(number)).collect();
        rows.extend((0..timeline.ranks).map(|rank| Row {
            rank,
            thread: 0,
            depth: 0,
        }));
        rows.sort_unstable();
        rows.dedup();
        let mut of_call = vec![None; calls.len()];
        for &number in &order {
            of_call[number as usize] = rows.binary_search(&row_of(number)).ok().map(|at| at as u32);
        }
        order.sort_by_key(|&number| (of_call[number as usize], calls[number as usize].from_ns));
        let of_rank = (0..timeline.ranks)
            .map(|rank| rows.partition_point(|row| row.rank < rank) as u32)
            .collect();
        Self {
            rows,
            of_call,
            order,
            of_rank,
        }
    }

    /// The calls of each row that has any, by beginning.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (u32, &[u32])> {
        self.order
            .chunk_by(|&one, &next| self.of_call[one as usize] == self.of_call[next as usize])
            .filter_map(|run| Some((self.of_call[*run.first()? as usize]?, run)))
    }

    /// Whether the rank has more than one thread.
    pub(crate) fn threaded(&self, rank: u32) -> bool {
        let first = self.of_rank[rank as usize] as usize;
        self.rows[first..]
            .iter()
            .take_while(|row| row.rank == rank)
            .any(|row| row.thread != self.rows[first].thread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, Class};

    #[test]
    fn a_call_inside_another_gets_a_row_of_its_own() {
        let call = |rank, thread, from, to| Call {
            thread,
            ..Call::new(rank, "MPI_Recv", Class::Receive, from, to)
        };
        let timeline = Timeline {
            ranks: 3,
            calls: vec![
                call(0, 0, 2, Some(3)),
                call(0, 0, 1, Some(5)),
                call(0, 1, 2, None),
                call(2, 0, 0, Some(1)),
                call(2, 0, 1, Some(2)),
                call(9, 0, 1, Some(2)),
            ],
            ..Timeline::default()
        };
        let rows = Rows::new(&timeline);
        let places: Vec<_> = rows.of_call.clone();
        assert_eq!(places, [Some(1), Some(0), Some(2), Some(4), Some(4), None]);
        assert_eq!(rows.of_rank, [0, 3, 4]);
        assert!(rows.threaded(0) && !rows.threaded(1) && !rows.threaded(2));
        assert_eq!(rows.order, [1, 0, 2, 3, 4]);
    }
}

//! Keys and shares as pictures, for a terminal of 80 columns.

/// From small keys to large ones.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The width of the longest bar, and of a line of keys.
pub const COLUMNS: usize = 56;

/// The keys of all ranks, each from 0 to `largest`, as columns of different heights, with a gap between ranks.
pub fn line(keys: &[i64], ranks: usize, largest: i64) -> String {
    let height = |key: &i64| HEIGHTS[(key * 7 / largest.max(1)).clamp(0, 7) as usize];
    let blocks = keys.chunks((keys.len() / ranks).max(1));
    let texts: Vec<String> = blocks
        .map(|block| block.iter().map(height).collect())
        .collect();
    texts.join(" ")
}

/// A bar for each rank, as long as its part of all keys, with a mark at twice its share.
pub fn bars(shares: &[u64]) -> String {
    let total = shares.iter().sum::<u64>().max(1);
    let limit = 2 * total.div_ceil(shares.len() as u64);
    let columns = |keys: u64| (keys * COLUMNS as u64 / total.max(limit)) as usize;
    let bar = |(rank, &keys): (usize, &u64)| {
        let mut bar: Vec<char> = vec![' '; COLUMNS + 1];
        bar[..columns(keys)].fill('█');
        bar[columns(limit)] = if keys > limit { '▒' } else { '|' };
        let bar: String = bar.into_iter().collect();
        format!("  rank {rank:<2} {keys:8} {}\n", bar.trim_end())
    };
    shares.iter().enumerate().map(bar).collect()
}

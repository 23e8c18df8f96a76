//! The reference, for `cargo xtask bench 17 --peers`: what a rank does by itself.

use rayon::prelude::*;
use sorting_solution::merge_two;
use voracious_radix_sort::RadixSort;

/// Keys that are sorted at once. The peers sort the same.
const KEYS: usize = 1 << 21;

/// Stands for a list: another order, or a key that is lost, changes it.
fn checksum(keys: &[i64]) -> f64 {
    let some = keys.iter().step_by(KEYS / 64).enumerate();
    some.map(|(place, key)| place as f64 * *key as f64).sum()
}

fn main() -> std::io::Result<()> {
    // A full-period linear congruential generator (Knuth's MMIX).
    let next = |key: &i64| {
        let product = key.wrapping_mul(6_364_136_223_846_793_005);
        Some(product.wrapping_add(1_442_695_040_888_963_407))
    };
    let drawn: Vec<i64> = std::iter::successors(Some(17), next).take(KEYS).collect();
    let mut halves = drawn.clone();
    let (one, other) = halves.split_at_mut(KEYS / 2);
    one.sort_unstable();
    other.sort_unstable();
    let sorted_by = |sort: &dyn Fn(&mut [i64])| {
        let mut keys = drawn.clone();
        sort(&mut keys);
        checksum(&keys)
    };
    peers::serve(
        1e-12,
        &mut [
            (
                "sort (sort_unstable)",
                Box::new(|| sorted_by(&|keys| keys.sort_unstable())),
            ),
            (
                "sort (radix sort)",
                Box::new(|| sorted_by(&|keys| keys.voracious_sort())),
            ),
            (
                "sort, all cores (par_sort_unstable)",
                Box::new(|| sorted_by(&|keys| keys.par_sort_unstable())),
            ),
            (
                "merge of two sorted halves (merge_two)",
                Box::new(|| checksum(&merge_two(&*one, &*other))),
            ),
        ],
    )
}

//! The same numbers, added in another order.

// ANCHOR: sums
fn sum(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}

fn by_ranks(numbers: &[f64], ranks: usize) -> f64 {
    let (each, longer) = (numbers.len() / ranks, numbers.len() % ranks);
    let (front, back) = numbers.split_at(longer * (each + 1));
    let parts = front.chunks(each + 1).chain(back.chunks(each));
    parts.map(sum).sum()
}
// ANCHOR_END: sums

fn main() {
    let numbers: Vec<f64> = (1..=1_000_000).map(|n| 1.0 / f64::from(n)).collect();
    for ranks in [1, 2, 3, 4, 7] {
        println!("{ranks} ranks: {:.17}", by_ranks(&numbers, ranks));
    }
}

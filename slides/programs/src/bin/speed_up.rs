//! Amdahl's law in a dozen lines, for the table on a slide.

// ANCHOR: amdahl
/// How many times faster, with this share of the time serial (Amdahl, 1967).
fn speed_up(serial: f64, cores: f64) -> f64 {
    1.0 / (serial + (1.0 - serial) / cores)
}
// ANCHOR_END: amdahl

fn main() {
    println!("cores    5 % serial    1 % serial");
    for cores in [1.0, 10.0, 100.0, 1000.0, 1_000_000.0] {
        let (five, one) = (speed_up(0.05, cores), speed_up(0.01, cores));
        println!("{cores:<9}{five:<14.1}{one:.1}");
    }
}

//! Prints the drawings of the tests' runs in text: `cargo run -p trace --example text -- WIDTH`.

#[path = "../tests/samples/mod.rs"]
mod samples;

fn main() {
    let width = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(80);
    let mut runs = samples::small();
    runs.push(("ranks-16", samples::ring_of(16)));
    runs.push(("large", samples::large(4, 1_000)));
    for (_, run) in runs {
        println!("{}", trace::terminal(&run, width, false));
    }
}

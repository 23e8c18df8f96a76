//! TO WRITE: a small program that shows the functions at work. `cargo xtask run NUMBER`

fn main() {
    println!("TITLE");
}

//! Prints what ranks have written into a folder: `cargo run -p recording --example dump -- FOLDER`.

use recording::{News, Reader};
use std::{env, error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("which folder?")?;
    let mut reader = Reader::open(Path::new(&folder))?;
    loop {
        let batch = reader.poll_dead()?;
        for (rank, news) in batch.news {
            match news {
                News::Definition(definition) => println!("{rank}: {definition:?}"),
                News::Event(event) => println!("{rank}: {event:?}"),
                News::Refusal(refusal) => println!("{rank}: {refusal:?}"),
            }
        }
        if !batch.more {
            break;
        }
    }
    for header in reader.headers() {
        println!("{header:?}");
    }
    Ok(())
}

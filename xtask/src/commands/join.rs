//! `cargo xtask join`: joins the room of a board, leaves it, or says which one it is.

use crate::{Answer, cli, workbook::Workbook};
use anyhow::{Result, anyhow, bail};
use room::{Code, Name, Seat};
use std::path::Path;

pub(crate) fn run(arguments: &cli::Join) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let root = workbook.root();
    if arguments.leave {
        leave(root)?;
        return Ok(Answer::Passes);
    }
    let name = arguments.name.as_deref().map(Name::new).transpose();
    let name = name.map_err(|error| anyhow!("{error}; for example --name Ada"))?;
    let code = |text: &str| Code::new(text).map_err(|error| anyhow!(error));
    match (&arguments.folder, &arguments.first, &arguments.second) {
        (None, None, None) if name.is_none() => tell(root)?,
        (None, Some(address), Some(typed)) => {
            let (_, shown) = Seat::join(root, address, code(typed)?, name)?;
            anstream::println!("You are in the room at {address}, as {shown}.\n\n{WHAT}");
        }
        (Some(folder), Some(typed), None) => {
            let (_, answered) = Seat::join_folder(root, folder, code(typed)?, name)?;
            let shown = folder.display();
            if answered {
                anstream::println!("You are in the room {shown}.\n\n{WHAT}");
            } else {
                anstream::println!(
                    "{}\n\n{WHAT}",
                    NO_ANSWER.replace("FOLDER", &shown.to_string())
                );
            }
        }
        (Some(_), None, _) => bail!("name the room's code after the folder, as the board shows it"),
        _ => bail!("name the board's address and the room's code, as the board shows them"),
    }
    Ok(Answer::Passes)
}

fn leave(root: &Path) -> Result<()> {
    match Seat::of(root) {
        None => anstream::println!("You are in no room."),
        Some(seat) if seat.leave()? => {
            anstream::println!("You have left the room. Nothing is sent any more.");
        }
        Some(_) => anstream::println!(
            "You have left the room, and nothing is sent any more. The board could not be told, so it still shows \
             you."
        ),
    }
    Ok(())
}

fn tell(root: &Path) -> Result<()> {
    match Seat::of(root) {
        None => anstream::println!(
            "You are in no room. The instructor's board shows the line to type, such as:\n  cargo xtask join \
             192.168.1.20:8100 K7Q-M2F --name Ada"
        ),
        Some(seat) => {
            anstream::println!("You are in the room {}.", seat.place()?);
            match seat.waiting() {
                0 => {}
                1 => anstream::println!("One message waits to be sent."),
                many => anstream::println!("{many} messages wait to be sent."),
            }
            anstream::println!("\n{WHAT}");
        }
    }
    Ok(())
}

const NO_ANSWER: &str = "You have put a file into FOLDER, and the board has not answered yet. If it is not running, it sees \
                         you when it starts.";

const WHAT: &str = "\
Each check of your answers sends a summary to the board: the exercise, and for each task whether it
passes, the kind of failure, the rule behind it, the number of ranks, the seed, and how often in a row.
Never sent: your code, what it prints, inputs and results, messages, and the names of files.

  cargo xtask hand           raises your hand; --down lowers it
  cargo xtask join --leave   leaves the room";

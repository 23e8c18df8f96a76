//! The thread that listens to the grader, and ends the rank with it.

use crate::{
    channel::{self, Connections, say},
    locate, prints,
    staying::LISTENER,
};
use std::{
    io::{self, BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    sync::mpsc,
    time::Duration,
};
use verdict::wire::{Order, Record};

/// After so long an input is sent, whatever comes of it.
const HELD: Duration = Duration::from_millis(50);

/// The orders of the grader, in the order in which they came.
pub struct Orders(mpsc::Receiver<Order>);

impl Orders {
    /// Waits for the next order.
    pub fn next(&self) -> Order {
        // The listener ends the process when the grader is gone, so the sender outlives this.
        self.0.recv().unwrap_or(Order::End)
    }
}

/// Opens the connections to the grader, announces this rank, and listens from now on.
///
/// Ends the process with status 2 and a sentence on standard error when the grader did not start it:
/// without a grader nobody would hear the verdicts.
pub fn open(rank: u32, size: u32) -> Orders {
    die_with_the_launcher();
    let opened = channel::connect(rank, size)
        .and_then(|connections| begin(connections).map_err(|error| error.to_string()));
    opened.unwrap_or_else(|why| {
        // In one piece, as other ranks may say the same. Nobody is left to tell that this failed.
        let _ = io::stderr().write_all(format!("{why}\n").as_bytes());
        std::process::exit(2)
    })
}

fn begin(connections: Connections) -> io::Result<Orders> {
    let (sender, orders) = mpsc::channel();
    std::thread::Builder::new()
        .name(LISTENER.into())
        .spawn(move || listen(connections.orders, &sender))?;
    prints::take_over(connections.output)?;
    Ok(Orders(orders))
}

fn listen(stream: UnixStream, orders: &mpsc::Sender<Order>) {
    // What a rank has in hand for so long it may not survive: then the grader should know.
    let _ = stream.set_read_timeout(Some(HELD));
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        match stream.read_until(b'\n', &mut line) {
            Ok(_) if line.ends_with(b"\n") => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                channel::send_held();
                continue;
            }
            Ok(_) | Err(_) => break,
        }
        let Ok(order) = serde_json::from_slice(&line) else {
            break;
        };
        line.clear();
        if order == Order::Locate {
            // Whoever runs the task cannot answer now; that is why it is asked.
            say(&Record::Seen(locate::answer()));
        } else if orders.send(order).is_err() {
            break;
        }
    }
    // The grader is gone, or we do not understand it: a rank without a grader must not stay, and
    // an orderly exit could wait for ranks that are gone too.
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
}

/// Asks the kernel to end this rank when the process that started it ends.
fn die_with_the_launcher() {
    #[cfg(target_os = "linux")]
    // Where the kernel refuses, the listener still ends the rank with the grader.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

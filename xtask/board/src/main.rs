//! `cargo xtask board`: serves the board of a room until it is ended. Exit status: 2 when it could not.

use anyhow::{Context, Result};
use board::{
    class,
    door::Door,
    folder::Shared,
    guide::Guide,
    record::{Book, Entry, FOLDER},
    server::{self, Board},
};
use clap::Parser;
use course::Course;
use room::message::PORT;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{ExitCode, exit},
    sync::Arc,
};
use tokio::{net::TcpListener, runtime};

/// Serve the board of a room.
#[derive(Debug, Parser)]
#[command(name = "board")]
struct Arguments {
    /// The address to listen on, such as 0.0.0.0 or 192.168.1.20:8100
    #[arg(long, default_value = "127.0.0.1", value_parser = address)]
    listen: SocketAddr,
    /// A shared folder by which participants join, in place of the network
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Open a new room; the events of the last one are kept
    #[arg(long)]
    new: bool,
    /// The workbook's folder
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let ip = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, PORT));
    ip.or_else(|_| text.parse()).map_err(|_| {
        format!(
            "not an address of this machine, such as 0.0.0.0, or with a port, 192.168.1.20:{PORT}"
        )
    })
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let course = Course::read(&arguments.root)?;
    let guide = Guide::read(&arguments.root)?;
    // Before the file is touched: the port may be taken.
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting threads")?;
    let listener = runtime
        .block_on(TcpListener::bind(arguments.listen))
        .map_err(|error| not_bound(arguments.listen, &error))?;
    let at = listener.local_addr().context("asking for the port")?;
    let folder = arguments.root.join(FOLDER);
    let (book, replayed) = Book::open(&folder, arguments.new)?;
    if replayed.strange > 0 {
        eprintln!(
            "note: {} lines of {} make no sense and are passed over",
            replayed.strange,
            folder.display()
        );
    }
    let is_joined = |record: &&board::record::Record| matches!(record.entry, Entry::Joined { .. });
    let joined = replayed.records.iter().filter(is_joined).count();
    let writer = book.write_in_background(|error| {
        eprintln!("error: {error:#}");
        exit(2);
    })?;
    let door = Arc::new(Door::open(
        class::exercises(&course),
        replayed.records,
        writer,
    )?);
    let join = match &arguments.folder {
        None => format!("cargo xtask join {} {}", reached(at), door.code()),
        Some(shared) => {
            let shared = std::path::absolute(shared).context("asking for the current folder")?;
            Shared::open(&shared, Arc::clone(&door))?
                .follow()
                .context("starting a thread")?;
            format!(
                "cargo xtask join --folder {} {}",
                shared.display(),
                door.code()
            )
        }
    };
    say(&door, at, &join, joined, arguments.folder.as_deref());
    let board = Board::new(door, guide, join);
    runtime.block_on(server::serve(listener, board));
    Ok(())
}

fn say(door: &Door, at: SocketAddr, join: &str, joined: usize, shared: Option<&Path>) {
    let page = |key| format!("http://{}/{key}/", reached(at));
    if joined > 0 {
        println!(
            "The room is open again, with {joined} participants so far. `--new` opens another one.\n"
        );
    }
    println!(
        "Your page, which nobody else should have the address of:\n  {}",
        page(door.key())
    );
    println!(
        "For the projector, a page that never shows names:\n  {}\n",
        page(door.projector())
    );
    println!("Participants type this, and can add --name:\n  {join}\n");
    if shared.is_none() && at.ip().is_loopback() {
        println!(
            "Only this machine reaches it. For a room, start it with `--listen 0.0.0.0`, or with the address of one \
             network.\n"
        );
    }
    println!(
        "Ctrl-C ends it. What it was told is kept in {FOLDER}; the next start goes on with it."
    );
}

/// The address by which others reach what listens there.
fn reached(at: SocketAddr) -> SocketAddr {
    if !at.ip().is_unspecified() {
        return at;
    }
    // Where a packet to elsewhere would leave this machine; none is sent. The addresses are those that
    // documentation may use.
    let ip = match at {
        SocketAddr::V4(_) => leaving(
            (Ipv4Addr::UNSPECIFIED, 0).into(),
            (Ipv4Addr::new(192, 0, 2, 1), 9).into(),
        ),
        SocketAddr::V6(_) => leaving(
            (Ipv6Addr::UNSPECIFIED, 0).into(),
            (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into(),
        )
        // It listens on both.
        .or_else(|_| {
            leaving(
                (Ipv4Addr::UNSPECIFIED, 0).into(),
                (Ipv4Addr::new(192, 0, 2, 1), 9).into(),
            )
        }),
    };
    SocketAddr::new(ip.unwrap_or(Ipv4Addr::LOCALHOST.into()), at.port())
}

fn leaving(from: SocketAddr, to: SocketAddr) -> io::Result<IpAddr> {
    let socket = UdpSocket::bind(from)?;
    socket.connect(to)?;
    Ok(socket.local_addr()?.ip())
}

fn not_bound(at: SocketAddr, error: &io::Error) -> anyhow::Error {
    let try_this = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program uses this port; is a board running already? Otherwise name another port, as in \
             `--listen 127.0.0.1:8101`"
        }
        io::ErrorKind::AddrNotAvailable => {
            "it is not an address of this machine; `--listen 0.0.0.0` takes all that there are"
        }
        _ => "name another address or port with `--listen`",
    };
    anyhow::anyhow!("cannot listen on {at}: {error}: {try_this}")
}

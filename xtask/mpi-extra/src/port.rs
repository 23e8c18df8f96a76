//! Ports: two programs that were not started together meet (MPI standard 4.1, section 11.9).
//!
//! The server opens a [`Port`] and accepts at it; the client connects to the port's name, which it must be
//! told in some way, such as by a file. Both then have an [`InterCommunicator`] with the other's processes.
//! Where a program starts the other itself, the `mpi` crate has `spawn`.
//!
//! A server can also [publish](Port::publish) its port under a name that both programs know, the name of a service.
//! The client [looks it up](look_up).
//!
//! ```standalone_crate
//! use mpi::traits::*;
//! use mpi_extra::port::Port;
//!
//! let _universe = mpi::initialize().unwrap();
//! match Port::open() {
//!     Ok(port) => println!("clients connect to {}", port.name()),
//!     // Not every installation has ports, and not with every transport.
//!     Err(error) => eprintln!("{error}"),
//! }
//! ```
//!
//! ```no_run,standalone_crate
//! use mpi::traits::*;
//! use mpi_extra::port::{Meet, Port, disconnect};
//! use std::{env, error::Error, fs};
//!
//! fn main() -> Result<(), Box<dyn Error>> {
//!     let universe = mpi::initialize().unwrap();
//!     let world = universe.world();
//!     let root = world.process_at_rank(0);
//!     if env::args().any(|argument| argument == "serve") {
//!         // One rank has the port, and all accept.
//!         let port = (world.rank() == 0).then(Port::open).transpose()?;
//!         if let Some(port) = &port {
//!             fs::write("port", port.name())?;
//!         }
//!         let clients = root.accept(port.as_ref().map_or("", Port::name))?;
//!         let (number, _) = clients.process_at_rank(0).receive::<u64>();
//!         println!("{number}");
//!         clients.barrier();
//!         disconnect(clients);
//!     } else {
//!         let servers = root.connect(&fs::read_to_string("port")?)?;
//!         if world.rank() == 0 {
//!             (0..servers.remote_size()).for_each(|rank| servers.process_at_rank(rank).send(&7_u64));
//!         }
//!         servers.barrier();
//!         disconnect(servers);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Here two parts of one program meet by the name of a service, where there are two ranks:
//!
//! ```standalone_crate
//! use mpi::{topology::Color, traits::*};
//! use mpi_extra::port::{ConnectionError, Meet, Port, disconnect, look_up};
//!
//! fn main() -> Result<(), ConnectionError> {
//!     let universe = mpi::initialize().unwrap();
//!     let world = universe.world();
//!     if world.size() < 2 {
//!         // Started without `mpiexec`, a program has nobody to ask for names.
//!         println!("{}", look_up("sums").unwrap_err());
//!         return Ok(());
//!     }
//!     let serves = world.rank() == 0;
//!     let side = world.split_by_color(Color::with_value(serves.into())).unwrap();
//!     let root = side.process_at_rank(0);
//!     let other = if serves {
//!         let port = Port::open()?;
//!         let _published = port.publish("sums")?;
//!         world.barrier(); // from now on, the name is there
//!         root.accept(port.name())?
//!     } else {
//!         world.barrier();
//!         let name = if side.rank() == 0 { look_up("sums")? } else { String::new() };
//!         root.connect(&name)?
//!     };
//!     disconnect(other);
//!     Ok(())
//! }
//! ```
//!
//! # What the MPIs do
//! - MPICH 5.0 over UCX: the name of a port holds the address of its process, which must fit into 256 bytes.
//!   With `UCX_TLS=self,sm` it does not, and opening fails; `UCX_TLS=self,posix` is well. In a container, where
//!   addresses are longer, not even one more transport fits (`self,posix,cma`).
//! - MPICH 5.0.2 over UCX: [`connect`](Meet::connect) fails on a rank if a process of the other program has ended
//!   meanwhile. Both programs therefore call a barrier on the intercommunicator before they disconnect.
//! - Open MPI 5.0: processes that were not started together reach each other by TCP, and so `OMPI_MCA_btl`
//!   must name `tcp` too (`self,sm,tcp`). Connecting to what is no port's name waits for minutes, where MPICH
//!   gives an error at once. When the same two groups of processes meet a second time, the
//!   second [`disconnect`] does not return.
//!
//! # Where the names of services are known
//! The launcher keeps them, so a program without one has none: it gets an error. Tried with MPICH 5.0.2 and Open MPI
//! 5.0.11:
//! - Among the processes of one `mpiexec` (`mpiexec -n 1 server : -n 4 client`), names work in both.
//! - Across two, MPICH needs its name server, a program of its own: `hydra_nameserver` on some machine, and on each
//!   launch `mpiexec -nameserver MACHINE` (or `MACHINE:PORT`, after `hydra_nameserver -port PORT`). Without
//!   `-nameserver`, the other launch's names are unknown, and looking one up is an error. With a server that cannot
//!   be reached, `mpiexec` itself ends the job at the first name that is published or looked up (exit status 255,
//!   "error connecting to the nameserver"): no program can catch that.
//! - Open MPI 5 needs a `prte` that both are started under. Its Python package, which is the course's, lacks the
//!   program for that, `prun`. The other launch's names are unknown there, and looking one up is an error.
//! - A name that is published a second time is an error in MPICH. Open MPI reports none.
//! - The name server keeps the names of a program that was killed. MPICH 5.0.2 crashes (signal 11) as it connects to
//!   the port of a process that has ended.

// Ports are opened, and connections made, by C functions.
#![allow(unsafe_code)]

use mpi::{
    collective::Root,
    ffi::{self, MPI_Comm},
    raw::{AsRaw, FromRaw},
    topology::InterCommunicator,
};
use std::{
    error::Error,
    ffi::{CStr, CString, c_char, c_int},
    fmt,
};

/// Where clients can connect, until it is dropped.
#[derive(Debug)]
pub struct Port {
    name: CString,
}

impl Port {
    /// Opens a port of this process: `MPI_Open_port`.
    ///
    /// # Errors
    /// If MPI cannot.
    pub fn open() -> Result<Self, ConnectionError> {
        // The port's name, and a zero at its end.
        let mut name = vec![0_u8; ffi::MPI_MAX_PORT_NAME as usize + 1];
        let code = returning(&own_communicators(), || {
            // SAFETY: the name has room for the most characters that one can have.
            unsafe { ffi::MPI_Open_port(ffi::RSMPI_INFO_NULL, name.as_mut_ptr().cast()) }
        });
        ConnectionError::of(code, "open a port", ABOUT_PORTS)?;
        let name = CStr::from_bytes_until_nul(&name).expect("MPI ends a name with a zero");
        Ok(Self { name: name.into() })
    }

    /// What a client must know to connect.
    pub fn name(&self) -> &str {
        self.name.to_str().unwrap_or("")
    }

    /// Publishes the port under the name of a service, until what is returned is dropped: `MPI_Publish_name`. One
    /// process calls it, the one that has the port.
    ///
    /// Clients find it from then on: a client that may be earlier has to be told, such as by a barrier.
    ///
    /// # Errors
    /// If `service` is empty or has white space or control characters in it, or if MPI cannot, such as where a
    /// program was started without `mpiexec`. See [where names are known](self#where-the-names-of-services-are-known).
    pub fn publish(&self, service: &str) -> Result<Published<'_>, ConnectionError> {
        let doing = format!("publish the service {:?}", shortened(service));
        let service = service_name(service, &doing)?;
        let code = returning(&own_communicators(), || {
            // SAFETY: both names end with a zero.
            unsafe {
                ffi::MPI_Publish_name(service.as_ptr(), ffi::RSMPI_INFO_NULL, self.name.as_ptr())
            }
        });
        ConnectionError::of(code, &doing, ABOUT_NAMES)?;
        Ok(Published {
            port: self,
            service,
        })
    }
}

/// The name of a service, under which clients find a port until this is dropped (`MPI_Unpublish_name`).
#[derive(Debug)]
#[must_use = "the name is taken back when this is dropped"]
pub struct Published<'p> {
    port: &'p Port,
    service: CString,
}

impl Drop for Published<'_> {
    fn drop(&mut self) {
        if !mpi::is_finalized() {
            // Nobody can do anything about an error here.
            returning(&own_communicators(), || {
                // SAFETY: both names end with a zero.
                unsafe {
                    ffi::MPI_Unpublish_name(
                        self.service.as_ptr(),
                        ffi::RSMPI_INFO_NULL,
                        self.port.name.as_ptr(),
                    )
                }
            });
        }
    }
}

/// The name of the port that is [published](Port::publish) under the name of a service, to connect to:
/// `MPI_Lookup_name`. The root alone need call it.
///
/// # Errors
/// If there is no such service, which is known at once: MPI does not wait for it. If `service` cannot be the name of
/// one. See [where names are known](self#where-the-names-of-services-are-known).
pub fn look_up(service: &str) -> Result<String, ConnectionError> {
    let doing = format!("look up the service {:?}", shortened(service));
    let service = service_name(service, &doing)?;
    // The port's name, and a zero at its end.
    let mut port = vec![0_u8; ffi::MPI_MAX_PORT_NAME as usize + 1];
    let code = returning(&own_communicators(), || {
        // SAFETY: the service's name ends with a zero, and the port's has room for the most characters.
        unsafe {
            ffi::MPI_Lookup_name(
                service.as_ptr(),
                ffi::RSMPI_INFO_NULL,
                port.as_mut_ptr().cast(),
            )
        }
    });
    ConnectionError::of(code, &doing, ABOUT_NAMES)?;
    let port = CStr::from_bytes_until_nul(&port).expect("MPI ends a name with a zero");
    Ok(port.to_string_lossy().into_owned())
}

/// The name of a service, unless MPICH's launcher would end the job for it: it reads names from lines of words.
fn service_name(service: &str, doing: &str) -> Result<CString, ConnectionError> {
    let refused = |why: &str| ConnectionError {
        doing: doing.into(),
        why: why.into(),
        about: "",
    };
    if service.is_empty() {
        return Err(refused("the name is empty"));
    }
    if service.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let why = "there is white space or a control character in the name";
        return Err(refused(why));
    }
    Ok(CString::new(service).expect("zero is a control character"))
}

impl Drop for Port {
    fn drop(&mut self) {
        if !mpi::is_finalized() {
            // SAFETY: the port is open, and its name ends with a zero.
            unsafe { ffi::MPI_Close_port(self.name.as_ptr()) };
        }
    }
}

/// Two programs that meet. Called on the root of each program's communicator, by all its processes.
pub trait Meet: Root {
    /// Waits until a client connects to the port: `MPI_Comm_accept`, collective. What `port` is counts on the
    /// root alone.
    ///
    /// # Errors
    /// If MPI cannot, or if `port` cannot be the name of a port.
    fn accept(&self, port: &str) -> Result<InterCommunicator, ConnectionError> {
        let doing = || format!("accept at the port {:?}", shortened(port));
        meet(self, port, doing, ffi::MPI_Comm_accept)
    }

    /// Connects to a server that accepts at the port: `MPI_Comm_connect`, collective. What `port` is counts on
    /// the root alone.
    ///
    /// # Errors
    /// If MPI finds nobody there, or if `port` cannot be the name of a port. MPI may wait for a server instead.
    fn connect(&self, port: &str) -> Result<InterCommunicator, ConnectionError> {
        let doing = || format!("connect to the port {:?}", shortened(port));
        meet(self, port, doing, ffi::MPI_Comm_connect)
    }
}

impl<R: Root + ?Sized> Meet for R {}

/// The beginning of a port's name, for messages: the rest tells people nothing.
fn shortened(port: &str) -> String {
    port.chars().take(40).collect()
}

type Function =
    unsafe extern "C" fn(*const c_char, ffi::MPI_Info, c_int, MPI_Comm, *mut MPI_Comm) -> c_int;

fn meet<R: Root + ?Sized>(
    root: &R,
    port: &str,
    doing: impl Fn() -> String,
    function: Function,
) -> Result<InterCommunicator, ConnectionError> {
    // The other processes wait in MPI for the root's verdict on the name. No port has one with this byte, so MPI
    // refuses it on all of them.
    let is_cut = port.contains('\0');
    let name = CString::new(port.replace('\0', "\u{1}")).expect("no zero is left");
    let world = root.as_communicator();
    // SAFETY: a constant, which MPI's library brings along.
    let mut made = unsafe { ffi::RSMPI_COMM_NULL };
    let code = returning(&[world.as_raw()], || {
        // SAFETY: the function is one of the two that take these arguments. The name ends with a zero, the
        // communicator is live, and the new handle has room.
        unsafe {
            function(
                name.as_ptr(),
                ffi::RSMPI_INFO_NULL,
                root.root_rank(),
                world.as_raw(),
                &raw mut made,
            )
        }
    });
    ConnectionError::of(code, &doing(), ABOUT_PORTS).map_err(|error| match is_cut {
        true => ConnectionError {
            why: "there is a zero byte in the name".into(),
            ..error
        },
        false => error,
    })?;
    // SAFETY: a new intercommunicator, which nobody else has.
    Ok(unsafe { InterCommunicator::from_raw(made) })
}

/// Ends a connection: `MPI_Comm_disconnect`, collective over both sides. It waits until all that was sent
/// over it has arrived.
///
/// Dropping the intercommunicator does the same; this has a name, since both sides must come here.
pub fn disconnect(connection: InterCommunicator) {
    drop(connection);
}

/// What to look at when two programs do not meet at a port.
const ABOUT_PORTS: &str = ". Does the server run, has it opened this very port, and do the programs have a transport \
                           between them (MPICH: UCX_TLS=self,posix; Open MPI: OMPI_MCA_btl=self,sm,tcp)?";
/// What to look at when a name is not known, or cannot be made known.
const ABOUT_NAMES: &str = ". Is it published now, and by one program alone? Was this program started with mpiexec, \
                           the same that has started the other one? (MPICH: or with mpiexec -nameserver MACHINE, \
                           both, where hydra_nameserver runs on that machine.)";

/// Why two programs cannot meet.
#[derive(Debug)]
pub struct ConnectionError {
    doing: String,
    why: String,
    /// What to look at, from its full stop on.
    about: &'static str,
}

impl ConnectionError {
    /// An error, if a code of MPI says so.
    fn of(code: c_int, doing: &str, about: &'static str) -> Result<(), Self> {
        if code == ffi::MPI_SUCCESS as c_int {
            return Ok(());
        }
        let mut text = vec![0_u8; ffi::MPI_MAX_ERROR_STRING as usize + 1];
        let (mut class, mut length) = (code, 0);
        // SAFETY: the results have room, the text for the longest message. The class of an error has a
        // message of one line, and the error itself, in MPICH, of ten.
        unsafe {
            ffi::MPI_Error_class(code, &raw mut class);
            ffi::MPI_Error_string(class, text.as_mut_ptr().cast(), &raw mut length);
        }
        text.truncate(usize::try_from(length).unwrap_or(0));
        Err(Self {
            doing: doing.into(),
            why: String::from_utf8_lossy(&text).trim().into(),
            about,
        })
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { doing, why, about } = self;
        write!(formatter, "cannot {doing}: {why}{about}")
    }
}

impl Error for ConnectionError {}

/// Those on which an error is raised that belongs to no communicator: the second since MPI 4.0.
fn own_communicators() -> [MPI_Comm; 2] {
    // SAFETY: constants, which MPI's library brings along.
    unsafe { [ffi::RSMPI_COMM_WORLD, ffi::RSMPI_COMM_SELF] }
}

/// Makes a call whose errors come back, though errors on these communicators otherwise end the program.
fn returning(communicators: &[MPI_Comm], call: impl FnOnce() -> c_int) -> c_int {
    let before: Vec<_> = communicators
        .iter()
        .map(|communicator| {
            // SAFETY: the communicators are live, and the handler has room; the new one is a constant.
            unsafe {
                let mut handler = ffi::RSMPI_ERRORS_RETURN;
                ffi::PMPI_Comm_get_errhandler(*communicator, &raw mut handler);
                ffi::PMPI_Comm_set_errhandler(*communicator, ffi::RSMPI_ERRORS_RETURN);
                (*communicator, handler)
            }
        })
        .collect();
    let code = call();
    for (communicator, mut handler) in before {
        // SAFETY: the handler was that of this communicator; MPI has handed it out to be freed.
        unsafe {
            ffi::PMPI_Comm_set_errhandler(communicator, handler);
            ffi::PMPI_Errhandler_free(&raw mut handler);
        }
    }
    code
}

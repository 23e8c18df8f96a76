//! What MPI's handles stand for: communicators, datatypes, operations, requests and other objects.

use crate::{
    abi::{Handle, OPERATIONS},
    checksum,
    heap::Held,
    library::abi,
    log,
    mixed::mixed,
    mpi::{groups, rank},
    signature::{self, Signature},
    topology,
    worlds::{self, Here, Way},
};
use recording::{
    event::{
        CommId, Communicator, Datatype, Definition, MessageId, Neighbours, Object, OpId, Operation,
        Rank, RequestId, TypeId,
    },
    functions,
};
use std::{
    cell::UnsafeCell,
    collections::{HashMap, HashSet, VecDeque},
    ffi::c_void,
    hash::{BuildHasherDefault, Hasher},
    hint,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread,
};

/// A communicator of this rank.
#[derive(Debug)]
pub struct Comm {
    /// Its name on all ranks.
    pub id: CommId,
    /// The ranks of its own group.
    pub members: Arc<[Rank]>,
    /// Those of the other one.
    pub remote: Option<Arc<[Rank]>>,
    /// How many processes a rank in a call may name.
    pub peers: i32,
    /// This process's rank in it.
    pub rank: i32,
    /// How many collectives were called on it.
    pub collectives: AtomicU64,
    /// How many communicators were made of it.
    pub children: AtomicU64,
    /// Whether only this rank knows it under this name.
    pub only_here: bool,
    /// This rank's neighbours, if it has a topology.
    pub neighbours: Option<Neighbours>,
}

impl Comm {
    /// The [place](recording::place) of a process that a call names by its rank here.
    #[inline(always)]
    pub fn world_rank(&self, peer: i32) -> Option<Rank> {
        let peers = self.remote.as_ref().unwrap_or(&self.members);
        peers.get(usize::try_from(peer).ok()?).copied()
    }
}

/// A datatype of this rank.
#[derive(Debug)]
pub struct Type {
    /// Its number.
    pub id: TypeId,
    /// Bytes in one element.
    pub size: u64,
    /// Bytes from one to the next.
    pub extent: i64,
    /// Whether an element's bytes lie together, at its beginning.
    pub contiguous: bool,
    /// Whether they lie there in the order in which they are sent, as far as that is known.
    pub in_order: bool,
    /// Where the first byte of an element lies, from the buffer on.
    pub lower: i64,
    /// Whether it may be used for communication.
    pub committed: AtomicBool,
    /// What it consists of, to be compared.
    pub signature: Option<Signature>,
}

impl Type {
    /// Whether so many elements leave gaps in memory, or lie there in another order.
    pub fn lies_apart(&self, count: i64) -> bool {
        let next = i64::try_from(self.size).unwrap_or(i64::MAX);
        let one = !self.contiguous || !self.in_order;
        self.size > 0 && count > 0 && (one || count > 1 && self.extent != next)
    }
}

/// A request of this rank.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its number.
    pub id: RequestId,
    /// Where its message comes from, if it receives one.
    pub receives: Option<Arc<Comm>>,
    /// Whether it can be started again.
    pub persistent: bool,
    /// Whether it is started; only persistent ones may not be.
    pub active: bool,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// To which place it sends how many bytes, each time that it is started; only of persistent ones that
    /// are counted.
    pub sends: Option<(i32, u64)>,
    /// The buffer that it sends, if that is looked at.
    pub buffer: Option<Watched>,
    /// The window, if it is of a one-sided operation: its buffers are kept there.
    pub window: Option<CommId>,
    /// What few requests have, so that the others are no larger.
    pub rare: Option<Box<Rare>>,
    /// Where its buffer begins; 0 if it has none.
    pub at: usize,
    /// Its buffer, while it is under way; not of persistent ones.
    pub held: Held,
    /// Where the communicator that it makes will be, and under which name.
    pub makes: Option<(usize, Arc<Comm>)>,
    /// Whether others had its handle when it was last looked up.
    pub shares_handle: bool,
    /// Another request of the same handle was completed, and it may have been this one: so its buffer may be the
    /// program's own again.
    pub doubtful: bool,
}

/// What few requests have.
#[derive(Clone, Debug, Default)]
pub struct Rare {
    /// The communicator and the bytes of a persistent send that MPI buffers.
    pub buffered: Option<(Handle, u64)>,
    /// What is known of its partitions, if its message has some.
    pub partitions: Option<Partitions>,
    /// The counts and displacements that it was given.
    pub arrays: Vec<Array>,
}

impl Request {
    /// What is known of its partitions, if its message has some.
    pub fn partitions(&mut self) -> Option<&mut Partitions> {
        self.rare.as_mut()?.partitions.as_mut()
    }

    /// One that is started.
    pub fn new(id: RequestId) -> Self {
        Self {
            id,
            receives: None,
            persistent: false,
            active: true,
            cancelled: false,
            sends: None,
            buffer: None,
            window: None,
            rare: None,
            at: 0,
            held: Held::default(),
            makes: None,
            shares_handle: false,
            doubtful: false,
        }
    }

    /// Whether its buffer was written to while it belonged to MPI.
    pub fn is_changed(&self) -> bool {
        self.buffer.is_some_and(|buffer| buffer.is_changed())
    }

    /// The program has heard that it is complete, though it has not completed it: the buffer is its own again.
    pub fn leave(&mut self) {
        self.at = 0;
        std::mem::take(&mut self.held).release();
        if let Some(buffer) = &mut self.buffer {
            buffer.held = None;
        }
    }
}

/// A buffer of a one-sided operation. It belongs to MPI until the operation is complete at the origin: by its
/// request, by a flush, or by the end of its epoch.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The operation.
    pub id: RequestId,
    /// On whose memory it is.
    pub target: Rank,
    /// Where the buffer begins; 0 if there is nothing in it.
    pub at: usize,
    /// The memory there.
    pub held: Held,
    /// What it held, where the operation only reads it.
    pub read: Option<Watched>,
}

impl Origin {
    /// One that is not looked at yet.
    pub fn new(id: RequestId, target: Rank, at: usize) -> Self {
        Self {
            id,
            target,
            at,
            held: Held::default(),
            read: None,
        }
    }

    /// Whether it was written to while it belonged to MPI.
    pub fn is_changed(&self) -> bool {
        self.read.is_some_and(|read| read.is_changed())
    }
}

/// A message in partitions.
#[derive(Clone, Debug)]
pub struct Partitions {
    /// How many there are.
    pub number: u32,
    /// The first of them, if they are looked at.
    pub first: Option<Watched>,
    /// Those that were marked as ready since the start, with what they held then.
    pub ready: Vec<(u32, Option<Watched>)>,
}

impl Partitions {
    /// Marks one as ready; false if it was.
    pub fn mark(&mut self, number: u32) -> bool {
        let Err(place) = self
            .ready
            .binary_search_by_key(&number, |(known, _)| *known)
        else {
            return false;
        };
        let at = |first: Watched| Watched {
            address: first.address + number as usize * first.length as usize,
            ..first
        };
        let watched = self.first.map(|first| at(first).begin());
        self.ready.insert(place, (number, watched));
        true
    }

    /// One that was written to since it was marked.
    pub fn changed(&self) -> Option<u32> {
        let changed =
            |(_, watched): &&(u32, Option<Watched>)| watched.is_some_and(|it| it.is_changed());
        self.ready.iter().find(changed).map(|(number, _)| *number)
    }
}

/// Counts or displacements of a collective.
#[derive(Clone, Copy, Debug)]
pub struct Array {
    /// Where they are, and what they held.
    pub numbers: Watched,
    /// The memory there; not of persistent requests, which hold it longer.
    pub held: Held,
}

/// A buffer that is attached for buffered sends.
#[derive(Clone, Copy, Debug)]
pub struct Attached {
    /// Where it begins.
    pub at: usize,
    /// Its bytes.
    pub size: u64,
    /// The memory there.
    pub held: Held,
}

/// A buffer that belongs to MPI until a request is complete.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    /// Where it begins.
    pub address: usize,
    /// Its bytes.
    pub length: u64,
    /// What it held when the operation began; none before, and if it is not there to be read.
    pub held: Option<u64>,
}

impl Watched {
    /// The buffer of a call that sends; none if its bytes do not lie together.
    pub fn of(datatype: Option<&Type>, address: usize, count: i64) -> Option<Self> {
        let datatype = datatype.filter(|datatype| datatype.contiguous)?;
        Some(Self {
            address,
            length: u64::try_from(count).ok()? * datatype.size,
            held: None,
        })
    }

    /// The operation begins.
    pub fn begin(mut self) -> Self {
        self.held = checksum::of(self.address, self.length);
        self
    }

    /// Whether it was written to since.
    pub fn is_changed(&self) -> bool {
        let held = self.held;
        held.is_some_and(|held| {
            checksum::of(self.address, self.length).is_some_and(|now| now != held)
        })
    }
}

/// Requests of the same handle, in the order in which they got it.
#[derive(Debug)]
enum Line {
    One(Request),
    Many(VecDeque<Request>),
}

/// All of them.
#[derive(Debug, Default)]
pub struct Tables {
    comms: HashMap<Handle, Arc<Comm>, Plain>,
    types: HashMap<Handle, Arc<Type>, Plain>,
    ops: HashMap<Handle, OpId, Plain>,
    requests: HashMap<Handle, Line, Plain>,
    /// The buffers of one-sided operations that are not complete, by windows.
    origins: HashMap<CommId, Vec<Origin>, Plain>,
    messages: HashMap<Handle, VecDeque<MessageId>, Plain>,
    objects: HashMap<(Object, Handle), Vec<u64>, Plain>,
    /// The buffers for buffered sends, by communicators; that of the whole process under none.
    attached: HashMap<Option<Handle>, Attached>,
    /// Windows and files: the communicators on which they communicate.
    shared: HashMap<(Object, Handle), Arc<Comm>, Plain>,
    /// How often MPI has handed a datatype out again under the handle that it has: so often it must be freed
    /// once more.
    again: HashMap<Handle, u32, Plain>,
    /// Handles that were freed, and not given out again.
    freed: HashSet<(Object, Handle), Plain>,
    /// How many communicators were made with these very members and tag, without all of the parent.
    made: HashMap<u64, u64, Plain>,
    numbers: u64,
    next_type: u32,
    next_op: u32,
}

/// A hasher for handles: one multiplication.
#[derive(Debug, Default)]
pub struct Multiply(u64);

type Plain = BuildHasherDefault<Multiply>;

impl Hasher for Multiply {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// Raised whenever a handle of a communicator, datatype or window is freed: what threads remember of
/// handles holds no longer.
pub static EPOCH: AtomicU32 = AtomicU32::new(0);

static NEXT_REQUEST: AtomicU64 = AtomicU64::new(0);

struct Locked {
    taken: AtomicBool,
    tables: UnsafeCell<Option<Tables>>,
}

// SAFETY: the tables are reached only by the thread that has set `taken`.
unsafe impl Sync for Locked {}

static LOCKED: Locked = Locked {
    taken: AtomicBool::new(false),
    tables: UnsafeCell::new(None),
};

/// Works on the tables, alone. No call into MPI that could wait may happen meanwhile.
#[inline]
pub fn with<R>(work: impl FnOnce(&mut Tables) -> R) -> R {
    struct Release;
    impl Drop for Release {
        fn drop(&mut self) {
            LOCKED.taken.store(false, Ordering::Release);
        }
    }
    let mut tries = 0;
    while LOCKED.taken.swap(true, Ordering::Acquire) {
        // It is held for some ten nanoseconds; if longer, its thread has lost its core.
        tries += 1;
        if tries > 100 {
            thread::yield_now();
        }
        hint::spin_loop();
    }
    let _release = Release;
    // SAFETY: `taken` was false and is true now: no other thread is here.
    let tables = unsafe { &mut *LOCKED.tables.get() };
    work(tables.get_or_insert_default())
}

/// A number for a request to come.
pub fn next_request() -> RequestId {
    RequestId(NEXT_REQUEST.fetch_add(1, Ordering::Relaxed))
}

/// How a communicator's name is found.
#[derive(Clone, Copy, Debug)]
pub enum Birth {
    /// All ranks of the parent have made it together, as the so-many-eth.
    Child(u64),
    /// Only its own members have made it, with a tag.
    Apart(u64),
    /// Processes of different worlds were connected by it, and have found this name.
    Linked(u64),
    /// Nobody knows how others call it.
    Unknown,
}

fn define_neighbours(id: CommId, neighbours: Option<Neighbours>) {
    if let Some(neighbours) = neighbours {
        log::define(&Definition::Neighbours(id, neighbours));
    }
}

impl Tables {
    /// The communicator of a handle, if it is known.
    pub fn known_comm(&self, handle: Handle) -> Option<Arc<Comm>> {
        self.comms.get(&handle).map(Arc::clone)
    }

    /// The datatype of a handle, if it is known.
    pub fn known_datatype(&self, handle: Handle) -> Option<Arc<Type>> {
        self.types.get(&handle).map(Arc::clone)
    }

    /// The operation of a handle, if it is known.
    pub fn known_op(&self, handle: Handle) -> Option<OpId> {
        self.ops.get(&handle).copied()
    }

    /// Whether an object of another kind was seen made, and not freed.
    pub fn knows(&self, object: Object, handle: Handle) -> bool {
        self.objects.contains_key(&(object, handle)) || self.shared.contains_key(&(object, handle))
    }

    /// Whether a handle was freed.
    pub fn is_freed(&self, object: Object, handle: Handle) -> bool {
        self.freed.contains(&(object, handle))
    }

    /// The communicator of a handle. One that was never seen made gets a name of its own.
    pub fn comm(&mut self, handle: Handle) -> Arc<Comm> {
        if let Some(comm) = self.comms.get(&handle) {
            return Arc::clone(comm);
        }
        self.add_comm(handle, None, Birth::Unknown, "")
    }

    /// The predefined communicators.
    pub fn add_predefined(&mut self) {
        let abi = abi();
        let me = u32::try_from(rank(abi.world)).unwrap_or(0);
        let number = u64::from(worlds::base() + me);
        for (handle, id) in [
            (abi.world, CommId::world(worlds::base())),
            (abi.comm_self, CommId(mixed([1, number]))),
        ] {
            let (members, _) = groups(handle);
            let members: Arc<[Rank]> = members.unwrap_or_default().into();
            self.enter_comm(handle, id, None, "", members, None, false);
        }
        for (at, name) in OPERATIONS.iter().enumerate() {
            let id = OpId(at as u32 + 1);
            self.ops.insert(abi.operations[at], id);
            log::define(&Definition::Operation(
                id,
                Operation {
                    name: (*name).into(),
                    predefined: true,
                },
            ));
        }
        self.next_op = 64;
    }

    /// A communicator that was just made.
    pub fn add_comm(
        &mut self,
        handle: Handle,
        parent: Option<&Comm>,
        birth: Birth,
        made_by: &'static str,
    ) -> Arc<Comm> {
        let (local, remote) = groups(handle);
        let known = local.is_some() && !matches!(remote, Some(None));
        let parent_known = parent.is_none_or(|parent| !parent.only_here);
        let local = local.unwrap_or_default();
        let remote = remote.map(Option::unwrap_or_default);
        // The two sides of an intercommunicator must come to the same name.
        let mut sides = [Some(&local), remote.as_ref()];
        sides.sort_by_key(|side| side.and_then(|side| side.first().copied()));
        let mut words: Vec<u64> = vec![u64::from(functions::find(made_by).unwrap_or(0))];
        for side in sides.into_iter().flatten() {
            words.push(u64::MAX);
            words.extend(side.iter().map(|rank| u64::from(*rank)));
        }
        let name = match birth {
            Birth::Child(nth) if known && parent_known => {
                let parent = parent.map_or(0, |parent| parent.id.0);
                Some(mixed([2, parent, nth].into_iter().chain(words)))
            }
            // Its ranks have no parent in common: the two sides of an intercommunicator have each their own.
            Birth::Apart(tag) if known => Some(self.apart(0, tag, words)),
            Birth::Linked(name) if known => Some(name),
            _ => None,
        };
        let id = CommId(name.unwrap_or_else(|| {
            self.numbers += 1;
            let process = u64::from(std::process::id());
            mixed([4, process, self.numbers, handle as u64])
        }));
        let parent = parent.map(|parent| parent.id);
        let remote = remote.map(Arc::from);
        self.enter_comm(
            handle,
            id,
            parent,
            made_by,
            local.into(),
            remote,
            name.is_none(),
        )
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one object")]
    fn enter_comm(
        &mut self,
        handle: Handle,
        id: CommId,
        parent: Option<CommId>,
        made_by: &'static str,
        members: Arc<[Rank]>,
        remote: Option<Arc<[Rank]>>,
        only_here: bool,
    ) -> Arc<Comm> {
        let peers = remote.as_ref().unwrap_or(&members).len();
        let rank = rank(handle);
        let neighbours = match remote {
            None => topology::neighbours(handle, rank, &members),
            Some(_) => None,
        };
        let comm = Arc::new(Comm {
            id,
            members: Arc::clone(&members),
            remote: remote.clone(),
            // Of a group that reaches beyond the job not all are known.
            peers: if peers == 0 || only_here {
                peers_of(handle)
            } else {
                i32::try_from(peers).unwrap_or(i32::MAX)
            },
            rank,
            collectives: AtomicU64::new(0),
            children: AtomicU64::new(0),
            only_here,
            neighbours: neighbours.clone(),
        });
        self.set_comm(handle, Arc::clone(&comm));
        log::define(&Definition::Communicator(
            id,
            Communicator {
                parent,
                made_by,
                members,
                remote,
                only_here,
            },
        ));
        define_neighbours(id, neighbours);
        comm
    }

    /// A duplicate whose name is known already: one that was asked for and is there once its request
    /// is complete, or one that belongs to a window or a file.
    pub fn announce_duplicate(
        &mut self,
        parent: &Comm,
        nth: u64,
        made_by: &'static str,
    ) -> Arc<Comm> {
        let mut sides = [Some(&parent.members), parent.remote.as_ref()];
        sides.sort_by_key(|side| side.and_then(|side| side.first().copied()));
        let mut words = vec![
            2,
            parent.id.0,
            nth,
            u64::from(functions::find(made_by).unwrap_or(0)),
        ];
        for side in sides.into_iter().flatten() {
            words.push(u64::MAX);
            words.extend(side.iter().map(|rank| u64::from(*rank)));
        }
        let id = CommId(mixed(words));
        log::define(&Definition::Communicator(
            id,
            Communicator {
                parent: Some(parent.id),
                made_by,
                members: Arc::clone(&parent.members),
                remote: parent.remote.clone(),
                only_here: parent.only_here,
            },
        ));
        define_neighbours(id, parent.neighbours.clone());
        Arc::new(Comm {
            id,
            members: Arc::clone(&parent.members),
            remote: parent.remote.clone(),
            peers: parent.peers,
            rank: parent.rank,
            collectives: AtomicU64::new(0),
            children: AtomicU64::new(0),
            only_here: parent.only_here,
            neighbours: parent.neighbours.clone(),
        })
    }

    /// The name of a communicator that only its members make, which these `words` tell: the next one of that kind.
    fn apart(&mut self, parent: u64, tag: u64, words: Vec<u64>) -> u64 {
        let name = mixed([3, parent, tag].into_iter().chain(words));
        let times = self.made.entry(name).or_default();
        *times += 1;
        mixed([name, *times])
    }

    /// A communicator that these ranks are to make of another's, with a tag; none if this rank is not one of them, or
    /// if no other rank knows the other by its name.
    pub fn announce_of_group(
        &mut self,
        parent: &Comm,
        tag: u64,
        members: Vec<Rank>,
        made_by: &'static str,
    ) -> Option<Arc<Comm>> {
        let own = *parent.members.get(usize::try_from(parent.rank).ok()?)?;
        let rank = members.iter().position(|member| *member == own)?;
        if parent.only_here {
            return None;
        }
        let mut words = vec![u64::from(functions::find(made_by).unwrap_or(0)), u64::MAX];
        words.extend(members.iter().map(|rank| u64::from(*rank)));
        let id = CommId(self.apart(parent.id.0, tag, words));
        let members: Arc<[Rank]> = members.into();
        log::define(&Definition::Communicator(
            id,
            Communicator {
                parent: Some(parent.id),
                made_by,
                members: Arc::clone(&members),
                remote: None,
                only_here: false,
            },
        ));
        Some(Arc::new(Comm {
            id,
            peers: i32::try_from(members.len()).unwrap_or(i32::MAX),
            members,
            remote: None,
            rank: i32::try_from(rank).ok()?,
            collectives: AtomicU64::new(0),
            children: AtomicU64::new(0),
            only_here: false,
            neighbours: None,
        }))
    }

    /// A communicator under the handle that it has got.
    pub fn set_comm(&mut self, handle: Handle, comm: Arc<Comm>) {
        self.comms.insert(handle, comm);
        self.freed.remove(&(Object::Communicator, handle));
        EPOCH.fetch_add(1, Ordering::Release);
    }

    /// Forgets a communicator.
    pub fn remove_comm(&mut self, handle: Handle) -> Option<Arc<Comm>> {
        EPOCH.fetch_add(1, Ordering::Release);
        self.freed.insert((Object::Communicator, handle));
        self.comms.remove(&handle)
    }

    /// The datatype of a handle.
    pub fn datatype(&mut self, handle: Handle) -> Arc<Type> {
        if let Some(datatype) = self.types.get(&handle) {
            return Arc::clone(datatype);
        }
        self.add_datatype(handle, true)
    }

    /// A datatype that is new here.
    pub fn add_datatype(&mut self, handle: Handle, committed: bool) -> Arc<Type> {
        let decoded = signature::decode(handle);
        let id = TypeId(self.next_type);
        self.next_type += 1;
        let datatype = Arc::new(Type {
            id,
            size: decoded.size,
            extent: decoded.extent,
            contiguous: decoded.contiguous,
            in_order: decoded.in_order,
            lower: decoded.lower,
            committed: AtomicBool::new(committed),
            signature: Signature::of(&decoded.runs),
        });
        self.types.insert(handle, Arc::clone(&datatype));
        self.freed.remove(&(Object::Datatype, handle));
        EPOCH.fetch_add(1, Ordering::Release);
        log::define(&Definition::Datatype(
            id,
            Datatype {
                name: decoded.name.into(),
                size: decoded.size,
                extent: decoded.extent,
                signature: decoded.runs.into(),
                layout: decoded.layout.into(),
            },
        ));
        datatype
    }

    /// MPI has handed out a datatype that the program did not make just now: maybe one that it has made, or even
    /// freed, before.
    pub fn hand_out_datatype(&mut self, handle: Handle) {
        if handle == abi().datatype_null {
            return;
        }
        if self.types.contains_key(&handle) {
            *self.again.entry(handle).or_default() += 1;
        } else {
            self.add_datatype(handle, true);
        }
    }

    /// A datatype is freed: forgets it, unless it was handed out more than once.
    pub fn remove_datatype(&mut self, handle: Handle) -> Option<Arc<Type>> {
        use std::collections::hash_map::Entry::Occupied;
        if let Occupied(mut times) = self.again.entry(handle) {
            *times.get_mut() -= 1;
            if *times.get() == 0 {
                times.remove();
            }
            return self.known_datatype(handle);
        }
        if handle == abi().datatype_null {
            return None;
        }
        EPOCH.fetch_add(1, Ordering::Release);
        self.freed.insert((Object::Datatype, handle));
        self.types.remove(&handle)
    }

    /// MPI has refused to free a datatype.
    pub fn keep_datatype(&mut self, handle: Handle, datatype: Option<Arc<Type>>) {
        self.freed.remove(&(Object::Datatype, handle));
        if let Some(datatype) = datatype
            && self.types.insert(handle, datatype).is_some()
        {
            *self.again.entry(handle).or_default() += 1;
        }
    }

    /// The operation of a handle.
    pub fn op(&mut self, handle: Handle) -> OpId {
        match self.ops.get(&handle) {
            Some(id) => *id,
            None => self.add_op(handle, "MPI_Op_create"),
        }
    }

    /// An operation that is new here.
    pub fn add_op(&mut self, handle: Handle, made_by: &'static str) -> OpId {
        let id = OpId(self.next_op.max(64));
        self.next_op = id.0 + 1;
        self.ops.insert(handle, id);
        self.freed.remove(&(Object::Operation, handle));
        log::define(&Definition::Operation(
            id,
            Operation {
                name: made_by.into(),
                predefined: false,
            },
        ));
        id
    }

    /// Forgets an operation.
    pub fn remove_op(&mut self, handle: Handle) -> Option<OpId> {
        let op = self.ops.remove(&handle)?;
        self.freed.insert((Object::Operation, handle));
        Some(op)
    }

    /// MPI has refused to free an operation.
    pub fn keep_op(&mut self, handle: Handle, op: OpId) {
        self.freed.remove(&(Object::Operation, handle));
        self.ops.insert(handle, op);
    }

    /// A request that MPI has given out.
    pub fn add_request(&mut self, handle: Handle, mut request: Request) {
        if !request.persistent {
            request.held = Held::new(request.at);
        }
        use std::collections::hash_map::Entry::{Occupied, Vacant};
        match self.requests.entry(handle) {
            Vacant(entry) => {
                entry.insert(Line::One(request));
            }
            Occupied(mut entry) => match entry.get_mut() {
                Line::Many(line) => line.push_back(request),
                Line::One(first) => {
                    let line = VecDeque::from([first.clone(), request]);
                    entry.insert(Line::Many(line));
                }
            },
        }
    }

    /// Forgets all requests: nobody will complete them any more.
    pub fn forget_requests(&mut self) {
        self.requests.clear();
        for origin in std::mem::take(&mut self.origins).into_values().flatten() {
            origin.held.release();
        }
    }

    /// Whether there is room for the buffers of one more operation on a window: of very many those that come
    /// last are not looked after.
    pub fn has_room_for_origins(&self, window: CommId) -> bool {
        const MOST: usize = 1 << 13;
        self.origins
            .get(&window)
            .is_none_or(|origins| origins.len() < MOST)
    }

    /// The buffers of an operation that begins.
    pub fn add_origins(&mut self, window: CommId, new: impl IntoIterator<Item = Origin>) {
        let origins = self.origins.entry(window).or_default();
        for mut origin in new {
            // Many operations in a row may use one buffer.
            let is_held = origins.last().is_some_and(|last| last.at == origin.at);
            origin.held = Held::new(if is_held { 0 } else { origin.at });
            origins.push(origin);
        }
    }

    /// Takes the buffers of operations out that are complete at the origin now.
    pub fn take_origins(
        &mut self,
        window: CommId,
        is_complete: impl Fn(&Origin) -> bool,
    ) -> Vec<Origin> {
        let Some(origins) = self.origins.get_mut(&window) else {
            return Vec::new();
        };
        let (complete, others) = origins.drain(..).partition(is_complete);
        *origins = others;
        complete
    }

    /// The program has heard that a request is complete, though it has not completed it: its buffers are the
    /// program's own again.
    pub fn leave_request(&mut self, handle: Handle) {
        let Some(request) = self.request(handle) else {
            return;
        };
        request.leave();
        let (id, window) = (request.id, request.window);
        if let Some(window) = window {
            for origin in self.take_origins(window, |origin| origin.id == id) {
                origin.held.release();
            }
        }
    }

    /// A buffer is attached.
    pub fn attach(&mut self, comm: Option<Handle>, buffer: Attached) {
        self.attached.insert(comm, buffer);
    }

    /// It is detached.
    pub fn detach(&mut self, comm: Option<Handle>) -> Option<Attached> {
        self.attached.remove(&comm)
    }

    /// The buffer that is attached to a communicator, or for all.
    pub fn attached(&self, comm: Option<Handle>) -> Option<Attached> {
        self.attached.get(&comm).copied()
    }

    /// All that are attached.
    pub fn all_attached(&self) -> Vec<Attached> {
        self.attached.values().copied().collect()
    }

    /// Takes the first request of a handle out; it is completed, or put back.
    pub fn take_request(&mut self, handle: Handle) -> Option<Request> {
        match self.requests.get_mut(&handle)? {
            Line::One(_) => match self.requests.remove(&handle) {
                Some(Line::One(request)) => Some(request),
                _ => None,
            },
            Line::Many(line) => {
                let request = line.pop_front();
                if line.is_empty() {
                    self.requests.remove(&handle);
                }
                request.map(|request| Request {
                    shares_handle: true,
                    ..request
                })
            }
        }
    }

    /// Puts a request back, before all others of its handle.
    pub fn put_request(&mut self, handle: Handle, request: Request) {
        use std::collections::hash_map::Entry::{Occupied, Vacant};
        match self.requests.entry(handle) {
            Vacant(entry) => {
                entry.insert(Line::One(request));
            }
            Occupied(mut entry) => match entry.get_mut() {
                Line::Many(line) => line.push_front(request),
                Line::One(last) => {
                    let line = VecDeque::from([request, last.clone()]);
                    entry.insert(Line::Many(line));
                }
            },
        }
    }

    /// A request of this handle was completed just now, and it may have been any that has it. (MPI gives sends that
    /// are complete at once the same handle, and takes them in any order.) A buffer that has been written to by now
    /// was written to too early, whichever it was.
    pub fn doubt_requests(&mut self, handle: Handle) {
        let origins = &self.origins;
        let doubt = |request: &mut Request| {
            let own = request.window.and_then(|window| origins.get(&window));
            let mut own = own.into_iter().flatten().filter(|it| it.id == request.id);
            let too_early = request.is_changed() || own.any(Origin::is_changed);
            request.doubtful |= !too_early;
        };
        match self.requests.get_mut(&handle) {
            None => {}
            Some(Line::One(request)) => doubt(request),
            Some(Line::Many(line)) => line.iter_mut().for_each(doubt),
        }
    }

    /// The first request of a handle, to be looked at or changed.
    pub fn request(&mut self, handle: Handle) -> Option<&mut Request> {
        match self.requests.get_mut(&handle)? {
            Line::One(request) => Some(request),
            Line::Many(line) => line.front_mut(),
        }
    }

    /// A message that a matched probe took.
    pub fn add_message(&mut self, handle: Handle, message: MessageId) {
        self.messages.entry(handle).or_default().push_back(message);
    }

    /// Takes a message out, to be received.
    pub fn take_message(&mut self, handle: Handle) -> Option<MessageId> {
        let line = self.messages.get_mut(&handle)?;
        let message = line.pop_front();
        if line.is_empty() {
            self.messages.remove(&handle);
        }
        message
    }

    /// A window or a file that was just made, with the communicator that is its own.
    pub fn add_shared(&mut self, object: Object, handle: Handle, comm: Arc<Comm>) {
        self.freed.remove(&(object, handle));
        self.shared.insert((object, handle), comm);
        EPOCH.fetch_add(1, Ordering::Release);
    }

    /// On which communicator a window or a file communicates; none if it was not seen made.
    pub fn shared(&self, object: Object, handle: Handle) -> Option<Arc<Comm>> {
        self.shared.get(&(object, handle)).map(Arc::clone)
    }

    /// Forgets a window or a file.
    pub fn remove_shared(&mut self, object: Object, handle: Handle) -> Option<Arc<Comm>> {
        EPOCH.fetch_add(1, Ordering::Release);
        let comm = self.shared.remove(&(object, handle))?;
        self.freed.insert((object, handle));
        Some(comm)
    }

    /// Gives an object of another kind a number.
    pub fn add_object(&mut self, object: Object, handle: Handle) -> u64 {
        let number = self.numbers;
        self.numbers += 1;
        self.freed.remove(&(object, handle));
        // The same group, asked for twice, may have the same handle, and must be freed twice.
        self.objects
            .entry((object, handle))
            .or_default()
            .push(number);
        number
    }

    /// Forgets it.
    pub fn remove_object(&mut self, object: Object, handle: Handle) -> Option<u64> {
        let numbers = self.objects.get_mut(&(object, handle))?;
        let number = numbers.pop();
        if numbers.is_empty() {
            self.objects.remove(&(object, handle));
            self.freed.insert((object, handle));
        }
        number
    }
}

/// How many processes a call may name, as MPI says.
fn peers_of(comm: Handle) -> i32 {
    use crate::mpi::mpi;
    use std::ffi::c_int;
    let mut inter: c_int = 0;
    let mut peers: c_int = 0;
    // SAFETY: the results outlive the calls. MPI refuses what is no communicator.
    unsafe {
        mpi!(PMPI_Comm_test_inter(comm => Handle, &raw mut inter => *mut c_int));
        if inter == 0 {
            return crate::mpi::size(comm);
        }
        mpi!(PMPI_Comm_remote_size(comm => Handle, &raw mut peers => *mut c_int));
    }
    peers
}

/// Takes in the communicator with the processes that have started this one, which are in the call that
/// does so.
pub fn meet_parent(parent: Handle) {
    let world = with(|tables| tables.comm(abi().world));
    let here = Here {
        way: Way::Spawned,
        comm: abi().world,
        members: &world.members,
        root: 0,
        before: 0,
    };
    let birth = worlds::link(here, parent).map_or(Birth::Unknown, Birth::Linked);
    with(|tables| tables.add_comm(parent, None, birth, "MPI_Comm_spawn"));
}

/// Reads a handle that MPI has written.
///
/// # Safety
/// `at` must point to a handle, or be null.
pub unsafe fn read(at: *const c_void) -> Option<Handle> {
    // SAFETY: the caller's promise.
    (!at.is_null()).then(|| unsafe { abi().read(at, 0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datatype_is_freed_as_often_as_it_was_handed_out() {
        const HANDLE: Handle = 0x8c00_0007;
        let datatype = Arc::new(Type {
            id: TypeId(3),
            size: 4,
            extent: 4,
            contiguous: true,
            in_order: true,
            lower: 0,
            committed: AtomicBool::new(true),
            signature: None,
        });
        let mut tables = Tables::default();
        let is_freed = |tables: &Tables| tables.is_freed(Object::Datatype, HANDLE);
        tables.types.insert(HANDLE, Arc::clone(&datatype));
        tables.hand_out_datatype(HANDLE);
        for is_gone in [false, true] {
            assert!(tables.remove_datatype(HANDLE).is_some());
            assert_eq!(is_freed(&tables), is_gone);
            assert_eq!(tables.known_datatype(HANDLE).is_none(), is_gone);
        }
        // MPI has not freed it after all.
        tables.keep_datatype(HANDLE, Some(datatype));
        assert!(!is_freed(&tables));
        assert!(tables.remove_datatype(HANDLE).is_some());
        assert!(is_freed(&tables));
    }

    #[test]
    fn the_buffers_of_operations_are_given_back_by_their_window_and_target() {
        let window = CommId(5);
        let mut tables = Tables::default();
        let origin = |id, target| Origin::new(RequestId(id), target, 0);
        tables.add_origins(window, [origin(1, 0), origin(2, 1), origin(3, 0)]);
        let ids = |taken: Vec<Origin>| -> Vec<u64> { taken.iter().map(|it| it.id.0).collect() };
        assert!(ids(tables.take_origins(CommId(6), |_| true)).is_empty());
        assert_eq!(
            ids(tables.take_origins(window, |it| it.target == 0)),
            [1, 3]
        );
        assert_eq!(ids(tables.take_origins(window, |_| true)), [2]);
    }
}

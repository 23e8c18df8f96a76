//! How a call is laid out in a rank's file: records of 128 bytes, each sealed.
//!
//! A call is one record, followed by more where its arguments do not fit, and by empty ones where its
//! results will not. The first record has two seals: one is set before the call goes into MPI, the
//! other when it is back. A seal is a checksum over the words that it stands for and over the
//! record's number; it is written after them. So whoever reads while the rank writes, or after the
//! rank was killed, can tell what is whole. Times are ticks ([`crate::clock`]).
//!
//! What a rank does at every call is `inline`: so it is compiled, and optimized, with the recorder, where
//! this crate itself is not.
//!
//! | word | of a call |
//! |-|-|
//! | 0 | seal of words 2 to 11 |
//! | 1 | seal of words 12 to 15, 0 before the return |
//! | 2 | kind (8 bits), shape (8), function (16), further records (16), records for the results (16) |
//! | 3 | thread (16), bits (16), place (32) |
//! | 4 | when it went in |
//! | 5 to 11 | the beginning of its arguments |
//! | 12 | when it came back |
//! | 13 | code (32), form of the result (8), bits (8), index of the completed request (16) |
//! | 14, 15 | the result |
//!
//! A further record: 0 seal of all others, 1 its kind and its place among them, 2 to 15 the rest.

use crate::{
    event::{
        Abort, Address, Argument, Basic, Collective, CommId, Communicator, Complaint, Completed,
        Data, Datatype, Definition, Difference, Event, Gone, How, Leader, Left, MessageId, Mode,
        Neighbours, Object, OneSided, OpId, Operation, Part, Partitioned, Persistent, PlaceId,
        Rank, Receive, Refusal, RequestId, Send, Source, Step, Tag, TypeId, What, Window,
    },
    functions,
};
use std::sync::Arc;

/// A record.
pub type Record = [u64; WORDS];

/// Words in a record.
pub const WORDS: usize = 16;

/// Bytes in a record.
pub const BYTES: usize = WORDS * 8;

/// The word with the seal.
pub const SEAL: usize = 0;
/// The word with the seal of the result.
pub const RESULT_SEAL: usize = 1;
/// The first word of the result.
pub const RESULT: usize = 12;
/// The word with the form of the result, in the lowest byte of its upper half.
pub const FIRST_RESULT_FORM: usize = RESULT + 1;
/// The form of a result that is [`Outcome::InVain`].
pub const IN_VAIN: u64 = 2;

const INLINE: usize = 7;
const FIRST_INLINE: usize = 5;
const FURTHER: usize = 14;
const FIRST_FURTHER: usize = 2;

/// The most words that the arguments or the results of one call may have.
pub const MOST_WORDS: usize = FURTHER * 60_000;

const CALL: u64 = 1;
const MORE: u64 = 2;
const DEFINITION: u64 = 3;
const MODULE: u64 = 4;
const RESULTS: u64 = 5;
const REFUSAL: u64 = 6;

const ASIDE: u64 = 1;
const COMPLAINT: u64 = 2;

/// Words on their way into records.
#[derive(Clone, Debug, Default)]
pub struct Words {
    length: usize,
    first: [u64; 16],
    rest: Vec<u64>,
}

impl Words {
    /// Adds a word.
    #[inline(always)]
    pub fn push(&mut self, word: u64) {
        if let Some(slot) = self.first.get_mut(self.length) {
            *slot = word;
        } else {
            self.rest.push(word);
        }
        self.length += 1;
    }

    #[inline(always)]
    fn get(&self, at: usize) -> u64 {
        match self.first.get(at) {
            Some(word) => *word,
            None => self.rest.get(at - self.first.len()).copied().unwrap_or(0),
        }
    }

    /// How many there are.
    #[inline(always)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    #[inline(always)]
    fn push_two(&mut self, low: u32, high: u32) {
        self.push(two(low, high));
    }

    fn push_text(&mut self, text: &str) {
        self.push(text.len() as u64);
        for chunk in text.as_bytes().chunks(8) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            self.push(u64::from_le_bytes(bytes));
        }
    }
}

const fn two(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

/// Mixes a word; different words stay different.
const fn mix(word: u64) -> u64 {
    let word = word.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    word ^ (word >> 29)
}

#[inline(always)]
fn seal(index: u64, words: &[u64]) -> u64 {
    // Each word is multiplied by an odd number of its own: one changed word always changes the sum.
    let mut sum = mix(index.wrapping_add(0x51));
    let mut factor: u64 = 0xD6E8_FEB8_6659_FD93;
    for word in words {
        sum = sum.wrapping_add((word ^ (word >> 32)).wrapping_mul(factor));
        factor = factor.wrapping_add(0xA076_1D64_78BD_6426);
    }
    mix(sum) | 1
}

/// What stands at the head of a call's record, beside what the call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The function.
    pub function: u16,
    /// The thread.
    pub thread: u16,
    /// Whether the harness called.
    pub aside: bool,
    /// Where it was called.
    pub place: PlaceId,
    /// When it went in.
    pub entered: u64,
}

/// What a call brought back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome<'a> {
    /// Nothing that is looked at.
    Nothing,
    /// It completed one operation: its own, or the request at this position of its list.
    One(Option<usize>, Status),
    /// It tested or probed, and found nothing, for so many times.
    InVain(u64),
    /// It made a communicator (as a collective), or an object.
    Made(u64),
    /// It completed these requests, by their position in its list; or these operations, by their own
    /// numbers, where the call has no list.
    Several(&'a [(usize, Status)]),
}

/// What is known of a completed operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Where the message came from, and with which tag.
    pub source: Option<(Rank, i32)>,
    /// Its bytes.
    pub bytes: Option<u64>,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Whether the program has written to the buffer of a request meanwhile.
    pub changed: bool,
    /// Why the buffer of a request is there no more, if so.
    pub gone: Option<Gone>,
    /// Of what that is said.
    pub part: Part,
}

/// A part as a word, in the place of a source.
fn encode_part(part: Part) -> u64 {
    match part {
        Part::Buffer => 0,
        Part::Counts => 1,
        Part::Partition(number) => two(2, number),
    }
}

fn decode_part(word: u64) -> Part {
    match word as u32 {
        2 => Part::Partition((word >> 32) as u32),
        1 => Part::Counts,
        _ => Part::Buffer,
    }
}

impl Status {
    fn bits(self) -> u64 {
        u64::from(self.source.is_some())
            | u64::from(self.bytes.is_some()) << 1
            | u64::from(self.cancelled) << 2
            | u64::from(self.changed) << 3
            | u64::from(self.gone == Some(Gone::Returned)) << 5
            | u64::from(self.gone == Some(Gone::Freed)) << 6
    }

    #[inline(always)]
    fn words(self) -> (u64, u64) {
        let first = match self.source {
            Some((source, tag)) => two(source, tag as u32),
            None => encode_part(self.part),
        };
        (first, self.bytes.unwrap_or(0))
    }

    fn read(bits: u64, first: u64, second: u64) -> Self {
        Self {
            source: (bits & 1 != 0).then_some((first as u32, (first >> 32) as i32)),
            bytes: (bits & 2 != 0).then_some(second),
            cancelled: bits & 4 != 0,
            changed: bits & 8 != 0,
            gone: match bits >> 5 & 3 {
                0 => None,
                1 => Some(Gone::Returned),
                _ => Some(Gone::Freed),
            },
            part: match bits & 1 {
                0 => decode_part(first),
                _ => Part::Buffer,
            },
        }
    }

    fn completed(self, request: Option<RequestId>) -> Completed {
        Completed {
            request,
            source: self.source.map(|(source, _)| source),
            tag: self.source.map_or(0, |(_, tag)| tag),
            bytes: self.bytes,
            cancelled: self.cancelled,
            changed: self.changed,
            gone: self.gone,
            part: self.part,
        }
    }

    fn of(completed: &Completed) -> Self {
        Self {
            source: completed.source.map(|source| (source, completed.tag)),
            bytes: completed.bytes,
            cancelled: completed.cancelled,
            changed: completed.changed,
            gone: completed.gone,
            part: completed.part,
        }
    }
}

/// How many records a call takes: further ones for its arguments, and ones for its results.
#[must_use]
#[inline(always)]
pub fn further(words: usize, results: usize) -> (usize, usize) {
    let more = words.saturating_sub(INLINE).div_ceil(FURTHER);
    (more, (results * RESULT_WORDS).div_ceil(FURTHER))
}

const RESULT_WORDS: usize = 4;

/// The first record of a call, sealed.
#[must_use]
#[inline(always)]
pub fn call(
    index: u64,
    head: Head,
    shape: u8,
    words: &Words,
    complaint: bool,
    results: usize,
) -> Record {
    let (more, results) = further(words.len(), results);
    let mut record = [0; WORDS];
    record[2] = CALL
        | u64::from(shape) << 8
        | u64::from(head.function) << 16
        | (more as u64) << 32
        | (results as u64) << 48;
    let bits = if head.aside { ASIDE } else { 0 } | if complaint { COMPLAINT } else { 0 };
    record[3] = u64::from(head.thread) | bits << 16 | u64::from(head.place.0) << 32;
    record[4] = head.entered;
    record[FIRST_INLINE..FIRST_INLINE + INLINE].copy_from_slice(&words.first[..INLINE]);
    record[SEAL] = seal(index, &record[2..RESULT]);
    record
}

/// A further record of a call: the words that the first one has no room for.
#[must_use]
#[inline]
pub fn more(index: u64, nth: usize, words: &Words) -> Record {
    let from = INLINE + nth * FURTHER;
    continuation(index, MORE, nth, |at| words.get(from + at))
}

#[inline]
fn continuation(index: u64, kind: u64, nth: usize, word: impl Fn(usize) -> u64) -> Record {
    let mut record = [0; WORDS];
    record[1] = kind | (nth as u64) << 8;
    for at in 0..FURTHER {
        record[FIRST_FURTHER + at] = word(at);
    }
    record[SEAL] = seal(index, &record[1..]);
    record
}

/// The last words of a call's first record, once it is back: the seal, and the four from
/// [`RESULT`] on.
#[must_use]
#[inline(always)]
pub fn result(index: u64, at: u64, code: i32, outcome: Outcome<'_>) -> (u64, [u64; 4]) {
    let (form, bits, position, first, second) = match outcome {
        Outcome::Nothing => (0, 0, 0, 0, 0),
        Outcome::One(position, status) => {
            let (first, second) = status.words();
            let bits = status.bits() | u64::from(position.is_some()) << 4;
            (1, bits, position.unwrap_or(0) as u64, first, second)
        }
        Outcome::InVain(times) => (IN_VAIN, 0, 0, times, 0),
        Outcome::Made(number) => (3, 0, 0, number, 0),
        Outcome::Several(all) => (4, 0, 0, all.len() as u64, 0),
    };
    let words = [
        at,
        u64::from(code as u32) | form << 32 | bits << 40 | position << 48,
        first,
        second,
    ];
    (seal(index, &words), words)
}

/// Positions from here on do not fit into the first record: the outcome must be
/// [`Outcome::Several`].
pub const MOST_POSITIONS: usize = 1 << 16;

/// A record of results: those that belong into the `nth`.
#[must_use]
pub fn results(index: u64, nth: usize, all: &[(usize, Status)]) -> Record {
    continuation(index, RESULTS, nth, |at| {
        let at = nth * FURTHER + at;
        let Some((position, status)) = all.get(at / RESULT_WORDS) else {
            return 0;
        };
        let (first, second) = status.words();
        match at % RESULT_WORDS {
            0 => *position as u64,
            1 => status.bits(),
            2 => first,
            _ => second,
        }
    })
}

/// The numbers of shapes.
mod shape {
    pub const OTHER: u8 = 0;
    pub const SEND: u8 = 1;
    pub const RECEIVE: u8 = 2;
    pub const SEND_RECEIVE: u8 = 3;
    pub const PROBE: u8 = 4;
    pub const MATCHED_RECEIVE: u8 = 5;
    pub const PREPARE: u8 = 6;
    pub const START: u8 = 7;
    pub const COMPLETE: u8 = 8;
    pub const CANCEL: u8 = 9;
    pub const FREE_REQUEST: u8 = 10;
    pub const COLLECTIVE: u8 = 11;
    pub const MAKE: u8 = 12;
    pub const FREE: u8 = 13;
    pub const INIT: u8 = 14;
    pub const FINALIZE: u8 = 15;
    pub const ABORT: u8 = 16;
    pub const ONE_SIDED: u8 = 17;
    pub const EPOCH: u8 = 18;
    pub const LOCAL: u8 = 19;
    pub const PARTITIONED: u8 = 20;
    pub const READY: u8 = 21;
}

/// Turns what a call does into words; says which shape it has.
#[inline(always)]
pub fn encode(what: &What, words: &mut Words) -> u8 {
    match what {
        What::Send(send, request) => {
            encode_send(send, *request, words);
            shape::SEND
        }
        What::Receive(receive, request) => {
            encode_receive(receive, *request, words);
            shape::RECEIVE
        }
        What::OneSided(one) => {
            encode_one_sided(one, words);
            shape::ONE_SIDED
        }
        _ => encode_rest(what, words),
    }
}

#[inline]
fn encode_rest(what: &What, words: &mut Words) -> u8 {
    match what {
        What::Send(send, request) => {
            encode_send(send, *request, words);
            shape::SEND
        }
        What::Receive(receive, request) => {
            encode_receive(receive, *request, words);
            shape::RECEIVE
        }
        What::SendReceive(send, receive, request) => {
            encode_send(send, *request, words);
            encode_receive(receive, None, words);
            shape::SEND_RECEIVE
        }
        What::Probe {
            comm,
            source,
            tag,
            waits,
            takes,
            in_vain: _,
        } => {
            let (peer, tag, bits) = encode_envelope(*source, *tag);
            words.push(comm.0);
            words.push_two(peer, tag);
            words.push(bits | u64::from(*waits) << 8 | u64::from(takes.is_some()) << 9);
            shape::PROBE
        }
        What::MatchedReceive {
            message,
            data,
            request,
        } => {
            words.push(u64::from(message.is_some()));
            words.push(message.map_or(0, |message| message.0));
            encode_data(data, u64::from(request.is_some()), words);
            words.push(request.map_or(0, |request| request.0));
            shape::MATCHED_RECEIVE
        }
        What::Prepare(request, persistent) => {
            words.push(request.0);
            match &**persistent {
                Persistent::Send(send) => {
                    words.push(u64::from(shape::SEND));
                    encode_send(send, None, words);
                }
                Persistent::Receive(receive) => {
                    words.push(u64::from(shape::RECEIVE));
                    encode_receive(receive, None, words);
                }
                Persistent::Collective(collective) => {
                    words.push(u64::from(shape::COLLECTIVE));
                    encode_collective(collective, None, words);
                }
                Persistent::Partitioned(one) => {
                    words.push(u64::from(shape::PARTITIONED));
                    words.push(one.comm.0);
                    words.push_two(one.peer.unwrap_or(0), one.tag as u32);
                    let bits = u64::from(one.peer.is_some()) | u64::from(one.sends) << 1;
                    encode_data(&one.data, bits, words);
                    words.push(u64::from(one.partitions));
                }
            }
            shape::PREPARE
        }
        What::Start(requests) => {
            encode_requests(requests, 0, words);
            shape::START
        }
        What::Ready(request, partitions) => {
            words.push(request.0);
            encode_group(partitions, words);
            shape::READY
        }
        What::Complete {
            how,
            waits,
            requests,
            in_vain: _,
        } => {
            let how = match how {
                How::All => 0,
                How::Any => 1,
                How::Some => 2,
            };
            encode_requests(requests, how | u64::from(*waits) << 2, words);
            shape::COMPLETE
        }
        What::Cancel(request) => {
            words.push(request.0);
            shape::CANCEL
        }
        What::FreeRequest(request) => {
            words.push(request.0);
            shape::FREE_REQUEST
        }
        What::Collective(collective, request) => {
            encode_collective(collective, *request, words);
            shape::COLLECTIVE
        }
        // What it makes is known only when it is back.
        What::Make(object, _) => {
            words.push(object_number(*object));
            shape::MAKE
        }
        What::Free(object, number) => {
            words.push(object_number(*object) | u64::from(number.is_some()) << 8);
            words.push(number.unwrap_or(0));
            shape::FREE
        }
        What::Init => shape::INIT,
        What::Finalize => shape::FINALIZE,
        What::Abort { code } => {
            words.push(u64::from(*code as u32));
            shape::ABORT
        }
        What::OneSided(one) => {
            encode_one_sided(one, words);
            shape::ONE_SIDED
        }
        What::Epoch { window, step } => {
            words.push(window.0);
            encode_step(step, words);
            shape::EPOCH
        }
        What::Local { data, written } => {
            encode_data(data, u64::from(*written), words);
            shape::LOCAL
        }
        What::Other => shape::OTHER,
    }
}

/// Seven words, which the first record has room for, unless counts are larger than 32 bits hold or
/// there is a result.
#[inline(always)]
fn encode_one_sided(one: &OneSided, words: &mut Words) {
    let OneSided {
        window,
        target,
        origin,
        there,
        result,
        op,
        id,
        has_request,
    } = one;
    let wide = (origin.count as u64 | there.count as u64) >> 32 != 0;
    // Only predefined operations are allowed, and those have small numbers.
    let number = op.map_or(0, |op| op.0.min((1 << 24) - 1));
    let bits = u32::from(target.is_some())
        | u32::from(op.is_some()) << 1
        | u32::from(result.is_some()) << 2
        | u32::from(*has_request) << 3
        | u32::from(wide) << 4
        | u32::from(origin.datatype.is_some()) << 5
        | u32::from(there.datatype.is_some()) << 6
        | number << 8;
    let datatype = |data: &Data| data.datatype.map_or(0, |datatype| datatype.0);
    words.push(window.0);
    words.push_two(target.unwrap_or(0), bits);
    words.push(origin.address);
    words.push_two(datatype(origin), datatype(there));
    words.push(there.address);
    words.push_two(origin.count as u32, there.count as u32);
    words.push(id.0);
    if wide {
        words.push(origin.count as u64);
        words.push(there.count as u64);
    }
    if let Some(result) = result {
        encode_data(result, 0, words);
    }
}

fn encode_step(step: &Step, words: &mut Words) {
    let (number, bits, target) = match step {
        Step::Lock { target, exclusive } => (0, u64::from(*exclusive), *target),
        Step::Unlock(target) => (1, 0, *target),
        Step::LockAll => (2, 0, None),
        Step::UnlockAll => (3, 0, None),
        Step::Flush { target, local } => (4, u64::from(*local), *target),
        Step::Start(group) => (5, u64::from(group.is_some()), None),
        Step::Complete => (6, 0, None),
        Step::Post(group) => (7, u64::from(group.is_some()), None),
        Step::Wait => (8, 0, None),
        Step::Test => (9, 0, None),
        Step::Sync => (10, 0, None),
        Step::Attach { .. } => (11, 0, None),
        Step::Detach(_) => (12, 0, None),
    };
    words.push(
        number
            | bits << 8
            | u64::from(target.is_some()) << 9
            | u64::from(target.unwrap_or(0)) << 32,
    );
    match step {
        Step::Start(Some(group)) | Step::Post(Some(group)) => encode_group(group, words),
        Step::Attach { address, size } => {
            words.push(*address);
            words.push(*size);
        }
        Step::Detach(address) => words.push(*address),
        _ => {}
    }
}

/// What stands for `MPI_PROC_NULL` among ranks.
const NOBODY: Rank = Rank::MAX;

fn encode_group(group: &[Rank], words: &mut Words) {
    words.push(group.len() as u64);
    for pair in group.chunks(2) {
        words.push_two(pair[0], pair.get(1).copied().unwrap_or(0));
    }
}

/// A buffer: address, count, and a word with the type in its upper half and eight bits for the
/// caller from bit 8 on.
#[inline(always)]
fn encode_data(data: &Data, bits: u64, words: &mut Words) {
    let (known, number) = match data.datatype {
        Some(TypeId(number)) => (1, number),
        None => (0, 0),
    };
    words.push(data.address);
    words.push(data.count as u64);
    words.push(known | (bits & 0xff_ffff) << 8 | u64::from(number) << 32);
}

#[inline(always)]
fn encode_send(send: &Send, request: Option<RequestId>, words: &mut Words) {
    let mode = match send.mode {
        Mode::Standard => 0,
        Mode::Synchronous => 1,
        Mode::Buffered => 2,
        Mode::Ready => 3,
    };
    let (somebody, to) = match send.to {
        Some(to) => (1, to),
        None => (0, 0),
    };
    words.push(send.comm.0);
    words.push_two(to, send.tag as u32);
    let bits = mode
        | u64::from(send.made_synchronous) << 2
        | somebody << 3
        | u64::from(request.is_some()) << 4;
    encode_data(&send.data, bits, words);
    if let Some(request) = request {
        words.push(request.0);
    }
}

#[inline(always)]
fn encode_envelope(source: Source, tag: Tag) -> (u32, u32, u64) {
    let (peer, from) = match source {
        Source::Rank(rank) => (rank, 0),
        Source::Any => (0, 1),
        Source::Nobody => (0, 2),
    };
    let (tag, any) = match tag {
        Tag::Is(tag) => (tag as u32, 0),
        Tag::Any => (0, 4),
    };
    (peer, tag, from | any)
}

#[inline(always)]
fn encode_receive(receive: &Receive, request: Option<RequestId>, words: &mut Words) {
    let (peer, tag, bits) = encode_envelope(receive.source, receive.tag);
    words.push(receive.comm.0);
    words.push_two(peer, tag);
    encode_data(
        &receive.data,
        bits | u64::from(request.is_some()) << 3,
        words,
    );
    if let Some(request) = request {
        words.push(request.0);
    }
}

#[inline]
fn encode_requests(requests: &[RequestId], bits: u64, words: &mut Words) {
    words.push(requests.len() as u64 | bits << 56);
    for request in requests {
        words.push(request.0);
    }
}

/// The bit of a collective's index that says so: no rank calls so many.
const MADE_SYNCHRONOUS: u32 = 63;
/// Whether the other group's leader follows.
const MEETS: u32 = 62;

#[inline]
fn encode_collective(collective: &Collective, request: Option<RequestId>, words: &mut Words) {
    let Collective {
        comm,
        index,
        made_synchronous,
        kind: _,
        root,
        op,
        gives,
        takes,
        each,
        makes,
        assertion,
        meets,
    } = collective;
    let bits = [
        root.is_some(),
        op.is_some(),
        gives.is_some(),
        takes.is_some(),
        !each.0.is_empty(),
        !each.1.is_empty(),
        makes.is_some(),
        request.is_some(),
    ];
    let bits = (0..)
        .zip(bits)
        .fold(0, |all, (at, bit)| all | u64::from(bit) << at);
    words.push(comm.0);
    words.push(
        *index
            | u64::from(*made_synchronous) << MADE_SYNCHRONOUS
            | u64::from(meets.is_some()) << MEETS,
    );
    // The operation's number rarely needs more than the 24 bits that are left beside the root.
    let op = op.map_or(0, |op| u64::from(op.0));
    let wide = op >= 1 << 23;
    words.push(
        // A fence has no root, and nothing else has a promise.
        bits | u64::from(root.unwrap_or(*assertion)) << 8
            | u64::from(wide) << 40
            | if wide { 0 } else { op << 41 },
    );
    if wide {
        words.push(op);
    }
    for data in [gives, takes].into_iter().flatten() {
        encode_data(data, 0, words);
    }
    for each in [&each.0, &each.1] {
        if !each.is_empty() {
            words.push(each.len() as u64);
            for data in each {
                encode_data(data, 0, words);
            }
        }
    }
    for word in [makes.map(|comm| comm.0), request.map(|request| request.0)]
        .into_iter()
        .flatten()
    {
        words.push(word);
    }
    if let Some(Leader { comm, rank, tag }) = meets {
        words.push(comm.0);
        words.push(u64::from(*rank) | u64::from(tag.cast_unsigned()) << 32);
    }
}

const OBJECTS: [Object; 9] = [
    Object::Communicator,
    Object::Datatype,
    Object::Group,
    Object::Operation,
    Object::Window,
    Object::File,
    Object::ErrorHandler,
    Object::Info,
    Object::Keyval,
];

fn object_number(object: Object) -> u64 {
    OBJECTS
        .iter()
        .position(|other| *other == object)
        .unwrap_or(0) as u64
}

const ARGUMENTS: [Argument; 23] = [
    Argument::Destination,
    Argument::Source,
    Argument::Tag,
    Argument::Count,
    Argument::Root,
    Argument::Communicator,
    Argument::Datatype,
    Argument::Uncommitted,
    Argument::Operation,
    Argument::Request,
    Argument::Window,
    Argument::File,
    Argument::Group,
    Argument::Buffer,
    Argument::InPlace,
    Argument::Colour,
    Argument::Dimension,
    Argument::Grid,
    Argument::Room,
    Argument::Attached,
    Argument::Partition,
    Argument::Ready,
    Argument::NotStarted,
];

const DIFFERENCES: [Difference; 5] = [
    Difference::Function,
    Difference::Root,
    Difference::Operation,
    Difference::Amount,
    Difference::Datatype,
];

/// Turns a complaint into words, after those of the call.
pub fn encode_complaint(complaint: Complaint, words: &mut Words) {
    match complaint {
        Complaint::Argument {
            argument,
            value,
            limit,
        } => {
            let number = ARGUMENTS.iter().position(|other| *other == argument);
            words.push((number.unwrap_or(0) as u64) << 8 | u64::from(limit.is_some()) << 16);
            words.push(value as u64);
            words.push(limit.unwrap_or(0) as u64);
        }
        Complaint::BeforeInit => words.push(1),
        Complaint::AfterFinalize => words.push(2),
        Complaint::InitTwice => words.push(3),
        Complaint::Threads { level, other } => {
            words.push(4 | u64::from(other) << 8 | u64::from(level) << 24);
        }
        Complaint::Differs {
            first,
            function,
            what,
            here,
            there,
        } => {
            let number = DIFFERENCES.iter().position(|other| *other == what);
            words.push(
                5 | (number.unwrap_or(0) as u64) << 8
                    | u64::from(functions::find(function).unwrap_or(u16::MAX)) << 16
                    | u64::from(first) << 32,
            );
            words.push(here as u64);
            words.push(there as u64);
        }
    }
}

fn encode_basic(basic: Basic) -> u64 {
    let (kind, number) = match basic {
        Basic::Signed(bytes) => (0, u32::from(bytes)),
        Basic::Unsigned(bytes) => (1, u32::from(bytes)),
        Basic::Float(bytes) => (2, u32::from(bytes)),
        Basic::Complex(bytes) => (3, u32::from(bytes)),
        Basic::Bool(bytes) => (4, u32::from(bytes)),
        Basic::Character(bytes) => (5, u32::from(bytes)),
        Basic::Byte => (6, 0),
        Basic::Other(number) => (7, number),
        Basic::Packed => (8, 0),
    };
    two(kind, number)
}

fn decode_basic(word: u64) -> Option<Basic> {
    let number = (word >> 32) as u32;
    let bytes = number as u8;
    Some(match word as u32 {
        0 => Basic::Signed(bytes),
        1 => Basic::Unsigned(bytes),
        2 => Basic::Float(bytes),
        3 => Basic::Complex(bytes),
        4 => Basic::Bool(bytes),
        5 => Basic::Character(bytes),
        6 => Basic::Byte,
        7 => Basic::Other(number),
        8 => Basic::Packed,
        _ => return None,
    })
}

/// Turns a definition into words; says which shape it has. Of a place, modules are numbered by
/// `module`.
pub fn encode_definition(
    definition: &Definition,
    mut module: impl FnMut(&Arc<str>) -> u32,
    words: &mut Words,
) -> u8 {
    match definition {
        Definition::Communicator(id, comm) => {
            words.push(id.0);
            words.push(u64::from(functions::find(comm.made_by).unwrap_or(u16::MAX)));
            words.push(
                u64::from(comm.parent.is_some())
                    | u64::from(comm.remote.is_some()) << 1
                    | u64::from(comm.only_here) << 2,
            );
            words.push(comm.parent.map_or(0, |parent| parent.0));
            for group in [Some(&comm.members), comm.remote.as_ref()]
                .into_iter()
                .flatten()
            {
                encode_group(group, words);
            }
            0
        }
        Definition::Datatype(id, datatype) => {
            words.push(u64::from(id.0));
            words.push(datatype.size);
            words.push(datatype.extent as u64);
            words.push(datatype.signature.len() as u64);
            for (times, basic) in datatype.signature.iter() {
                words.push(encode_basic(*basic));
                words.push(u64::from(*times));
            }
            words.push(datatype.layout.len() as u64);
            for (offset, times, basic) in datatype.layout.iter() {
                words.push(*offset as u64);
                words.push(encode_basic(*basic));
                words.push(u64::from(*times));
            }
            words.push_text(&datatype.name);
            1
        }
        Definition::Operation(id, operation) => {
            words.push(u64::from(id.0));
            words.push(u64::from(operation.predefined));
            words.push_text(&operation.name);
            2
        }
        Definition::Place(id, addresses) => {
            words.push(u64::from(id.0));
            words.push(addresses.len() as u64);
            for address in addresses.iter() {
                words.push(u64::from(module(&address.module)));
                words.push(address.offset);
            }
            3
        }
        Definition::Window(id, window) => {
            words.push(id.0);
            words.push(window.base);
            words.push(window.size);
            words.push(window.unit);
            words.push(u64::from(window.shared));
            4
        }
        Definition::Neighbours(id, neighbours) => {
            words.push(id.0);
            for list in [&neighbours.sources, &neighbours.destinations] {
                let list: Vec<Rank> = list.iter().map(|rank| rank.unwrap_or(NOBODY)).collect();
                encode_group(&list, words);
            }
            5
        }
    }
}

/// The first record of a definition, sealed; further ones are made by [`more`].
#[must_use]
#[inline]
pub fn definition(index: u64, shape: u8, words: &Words) -> Record {
    named(index, DEFINITION, shape, words)
}

/// The first record that gives a file that code was loaded from a number.
#[must_use]
pub fn module(index: u64, number: u32, path: &str) -> (Record, Words) {
    let mut words = Words::default();
    words.push(u64::from(number));
    words.push_text(path);
    (named(index, MODULE, 0, &words), words)
}

/// The first record of a refusal, and its words.
#[must_use]
pub fn refusal(index: u64, refusal: &Refusal) -> (Record, Words) {
    let mut words = Words::default();
    let function = functions::find(refusal.function).unwrap_or(u16::MAX);
    words.push_two(
        u32::from(refusal.thread) | u32::from(function) << 16,
        refusal.place.0,
    );
    words.push(refusal.at);
    words.push(
        u64::from(refusal.fatal)
            | u64::from(refusal.raised) << 1
            | u64::from(refusal.abort.is_some()) << 2,
    );
    words.push_text(&refusal.class);
    words.push_text(&refusal.text);
    if let Some(Abort { code, within }) = refusal.abort {
        let within = functions::find(within).unwrap_or(u16::MAX);
        words.push_two(code as u32, u32::from(within));
    }
    (named(index, REFUSAL, 0, &words), words)
}

#[inline]
fn named(index: u64, kind: u64, shape: u8, words: &Words) -> Record {
    let (more, _) = further(words.len(), 0);
    let mut record = [0; WORDS];
    record[2] = kind | u64::from(shape) << 8 | (more as u64) << 32;
    record[FIRST_INLINE..FIRST_INLINE + INLINE].copy_from_slice(&words.first[..INLINE]);
    record[SEAL] = seal(index, &record[2..RESULT]);
    record
}

/// What stands at a place in the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A call.
    Call(Box<Call>),
    /// A definition.
    Definition(Definition),
    /// A file that code was loaded from gets a number.
    Module(u32, Arc<str>),
    /// MPI has refused a call.
    Refusal(Refusal),
    /// Further records without a first one: what remains where the first one was torn.
    Remains,
}

/// A call, as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Function, place, times (in ticks).
    pub head: Head,
    /// What it does, as far as that was known before it went in.
    pub what: What,
    /// What was found wrong with it.
    pub complaint: Option<Complaint>,
}

/// How a call came back, as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Returned {
    /// When (in ticks).
    pub at: u64,
    /// What it returned.
    pub code: i32,
    /// What it completed.
    pub completed: Vec<Completed>,
    /// How often in a row it found nothing.
    pub in_vain: u64,
    /// What it made.
    pub made: Option<u64>,
    /// Whether it completed its own operation: for a matched probe, whether it took a message.
    pub found: bool,
}

/// Reads what stands at the beginning of `records`, the first of which has the number `index`, with
/// the number of records that it takes. None if it is torn, not there yet, or goes on behind the end
/// of `records`. A place's modules are looked up by `module`.
#[must_use]
pub fn read(
    index: u64,
    records: &[Record],
    module: impl Fn(u32) -> Option<Arc<str>>,
) -> Option<(Item, usize)> {
    let first = records.first()?;
    if first[SEAL] == 0 {
        return None;
    }
    if first[SEAL] != seal(index, &first[2..RESULT]) {
        // It may be one of the further records, whose seal stands for other words.
        let sealed = first[SEAL] == seal(index, &first[1..]);
        let kind = first[1] & 0xff;
        return (sealed && (kind == MORE || kind == RESULTS)).then_some((Item::Remains, 1));
    }
    let (kind, shape) = (first[2] & 0xff, (first[2] >> 8) as u8);
    let more = (first[2] >> 32) as u16 as usize;
    let results = (first[2] >> 48) as usize;
    let used = 1 + more + results;
    if records.len() < used {
        return None;
    }
    for nth in 0..more {
        whole(index, records, MORE, 1 + nth, nth)?;
    }
    let mut words = Cursor {
        records: &records[..=more],
        at: 0,
    };
    let item = match kind {
        CALL => {
            let function = (first[2] >> 16) as u16;
            let bits = (first[3] >> 16) as u16;
            let head = Head {
                function,
                thread: first[3] as u16,
                aside: u64::from(bits) & ASIDE != 0,
                place: PlaceId((first[3] >> 32) as u32),
                entered: first[4],
            };
            functions::name(function)?;
            let what = words.what(shape, function)?;
            let complaint = match u64::from(bits) & COMPLAINT {
                0 => None,
                _ => Some(words.complaint()?),
            };
            Item::Call(Box::new(Call {
                head,
                what,
                complaint,
            }))
        }
        DEFINITION => Item::Definition(words.definition(shape, module)?),
        MODULE => Item::Module(words.number()?, words.text()?),
        REFUSAL => Item::Refusal(words.refusal()?),
        _ => return None,
    };
    Some((item, used))
}

/// How many records a call at the beginning of `records` takes, if its first record is whole.
#[must_use]
pub fn extent(index: u64, first: &Record) -> Option<usize> {
    (first[SEAL] == seal(index, &first[2..RESULT]) && first[SEAL] != 0)
        .then(|| 1 + (first[2] >> 32) as u16 as usize + (first[2] >> 48) as usize)
}

/// Whether a record, as its first words say, is that of a call.
#[must_use]
pub fn is_call(record: &Record) -> bool {
    record[2] & 0xff == CALL
}

fn whole(index: u64, records: &[Record], kind: u64, at: usize, nth: usize) -> Option<&Record> {
    let record = records.get(at)?;
    let number = index + at as u64;
    (record[SEAL] == seal(number, &record[1..]) && record[1] == kind | (nth as u64) << 8)
        .then_some(record)
}

/// Reads how the call at the beginning of `records` came back; none if it is inside MPI, or the
/// result is being written.
#[must_use]
pub fn read_result(index: u64, records: &[Record], what: &What) -> Option<Returned> {
    let first = records.first()?;
    if first[RESULT_SEAL] == 0 || first[RESULT_SEAL] != seal(index, &first[RESULT..]) {
        return None;
    }
    let [at, word, one, two] = [first[12], first[13], first[14], first[15]];
    let (form, bits, position) = (word >> 32 & 0xff, word >> 40 & 0xff, word >> 48);
    let mut returned = Returned {
        at,
        code: word as u32 as i32,
        ..Returned::default()
    };
    let requests: Option<&[RequestId]> = match what {
        What::Complete { requests, .. } => Some(requests),
        _ => None,
    };
    let request = |word: u64| match requests {
        Some(requests) => requests.get(usize::try_from(word).ok()?).copied(),
        None => Some(RequestId(word)),
    };
    let mut complete = |request: Option<RequestId>, status: Status| {
        returned.completed.push(status.completed(request));
    };
    match form {
        0 => {}
        1 => {
            let request = match bits >> 4 & 1 {
                0 => None,
                _ => Some(request(position)?),
            };
            complete(request, Status::read(bits, one, two));
            returned.found = true;
        }
        2 => returned.in_vain = one,
        3 => returned.made = Some(one),
        4 => {
            let more = (first[2] >> 32) as u16 as usize;
            let word = |at: usize| {
                let nth = at / FURTHER;
                let record = records.get(1 + more + nth)?;
                Some(record[FIRST_FURTHER + at % FURTHER])
            };
            let count = usize::try_from(one).ok()?;
            let most = requests.map_or(records.len() * FURTHER, <[RequestId]>::len);
            if count > most {
                return None;
            }
            for nth in 0..(count * RESULT_WORDS).div_ceil(FURTHER) {
                whole(index, records, RESULTS, 1 + more + nth, nth)?;
            }
            for at in (0..count).map(|nth| nth * RESULT_WORDS) {
                let request = request(word(at)?)?;
                let status = Status::read(word(at + 1)?, word(at + 2)?, word(at + 3)?);
                complete(Some(request), status);
            }
        }
        _ => return None,
    }
    Some(returned)
}

impl Returned {
    /// Adds to an event what its return tells. `index` is the number of the event's record.
    pub fn apply(&self, index: u64, nanos: impl Fn(u64) -> u64, event: &mut Event) {
        event.left = Some(Left {
            at: nanos(self.at),
            code: self.code,
            completed: self.completed.clone(),
        });
        match &mut event.what {
            What::Complete { in_vain, .. } => *in_vain = self.in_vain,
            What::Probe { takes, in_vain, .. } => {
                *in_vain = self.in_vain;
                // From MPI_PROC_NULL comes a message that is none.
                let some = self.completed.iter().any(|one| one.source.is_some());
                if takes.is_some() && self.found && some {
                    *takes = Some(Some(MessageId(index)));
                }
            }
            What::Collective(Collective { makes, .. }, _) => {
                *makes = self.made.map(CommId).or(*makes);
            }
            What::Make(_, made) => *made = self.made,
            _ => {}
        }
    }
}

/// What a returned event's outcome is: the way back from [`Returned::apply`]. `several` is room for
/// a list.
#[must_use]
pub fn outcome<'a>(event: &Event, several: &'a mut Vec<(usize, Status)>) -> Outcome<'a> {
    let Some(left) = &event.left else {
        return Outcome::Nothing;
    };
    match &event.what {
        What::Complete {
            requests, in_vain, ..
        } => {
            if *in_vain > 0 {
                return Outcome::InVain(*in_vain);
            }
            several.extend(left.completed.iter().filter_map(|completed| {
                let at = requests
                    .iter()
                    .position(|request| Some(*request) == completed.request)?;
                Some((at, Status::of(completed)))
            }));
            match several[..] {
                [] => Outcome::Nothing,
                [(at, status)] if at < MOST_POSITIONS => Outcome::One(Some(at), status),
                _ => Outcome::Several(several),
            }
        }
        What::Probe { in_vain, .. } if *in_vain > 0 => Outcome::InVain(*in_vain),
        What::Collective(
            Collective {
                makes: Some(id), ..
            },
            None,
        ) => Outcome::Made(id.0),
        What::Make(_, Some(made)) => Outcome::Made(*made),
        What::Epoch { .. } | What::Collective(_, None)
            if left.completed.iter().any(|one| one.request.is_some()) =>
        {
            several.extend(left.completed.iter().filter_map(|completed| {
                let number = usize::try_from(completed.request?.0).ok()?;
                Some((number, Status::of(completed)))
            }));
            Outcome::Several(several)
        }
        _ => match left.completed.first() {
            Some(completed) => Outcome::One(None, Status::of(completed)),
            None => Outcome::Nothing,
        },
    }
}

/// Reads the words of a call, one after the other.
struct Cursor<'a> {
    records: &'a [Record],
    at: usize,
}

impl Cursor<'_> {
    fn word(&mut self) -> Option<u64> {
        let at = self.at;
        self.at += 1;
        if at < INLINE {
            return self.records.first().map(|record| record[FIRST_INLINE + at]);
        }
        let at = at - INLINE;
        let record = self.records.get(1 + at / FURTHER)?;
        Some(record[FIRST_FURTHER + at % FURTHER])
    }

    /// How many words there are at most from here on: a length that is larger is wrong.
    fn remaining(&self) -> usize {
        (INLINE + (self.records.len() - 1) * FURTHER).saturating_sub(self.at)
    }

    fn length(&mut self, words_each: usize) -> Option<usize> {
        let length = usize::try_from(self.word()?).ok()?;
        (length.checked_mul(words_each)? <= self.remaining()).then_some(length)
    }

    fn number(&mut self) -> Option<u32> {
        u32::try_from(self.word()?).ok()
    }

    fn text(&mut self) -> Option<Arc<str>> {
        let length = usize::try_from(self.word()?).ok()?;
        if length.div_ceil(8) > self.remaining() {
            return None;
        }
        let mut bytes = Vec::with_capacity(length + 8);
        for _ in 0..length.div_ceil(8) {
            bytes.extend(self.word()?.to_le_bytes());
        }
        bytes.truncate(length);
        String::from_utf8(bytes).ok().map(Arc::from)
    }

    /// A buffer, and the bits that the caller of [`encode_data`] gave.
    fn data(&mut self) -> Option<(Data, u64)> {
        let (address, count, word) = (self.word()?, self.word()? as i64, self.word()?);
        let data = Data {
            address,
            count,
            datatype: (word & 1 != 0).then_some(TypeId((word >> 32) as u32)),
        };
        Some((data, word >> 8 & 0xff_ffff))
    }

    fn some_data(&mut self, there: bool) -> Option<Option<Data>> {
        match there {
            true => Some(Some(self.data()?.0)),
            false => Some(None),
        }
    }

    fn request(&mut self, there: bool) -> Option<Option<RequestId>> {
        match there {
            true => Some(Some(RequestId(self.word()?))),
            false => Some(None),
        }
    }

    fn send(&mut self) -> Option<(Send, Option<RequestId>)> {
        let (comm, word) = (CommId(self.word()?), self.word()?);
        let (data, bits) = self.data()?;
        let request = self.request(bits & 16 != 0)?;
        let mode = match bits & 3 {
            0 => Mode::Standard,
            1 => Mode::Synchronous,
            2 => Mode::Buffered,
            _ => Mode::Ready,
        };
        let send = Send {
            comm,
            to: (bits & 8 != 0).then_some(word as u32),
            tag: (word >> 32) as i32,
            mode,
            made_synchronous: bits & 4 != 0,
            data,
        };
        Some((send, request))
    }

    fn envelope(word: u64, bits: u64) -> (Source, Tag) {
        let source = match bits & 3 {
            0 => Source::Rank(word as u32),
            1 => Source::Any,
            _ => Source::Nobody,
        };
        let tag = match bits & 4 {
            0 => Tag::Is((word >> 32) as i32),
            _ => Tag::Any,
        };
        (source, tag)
    }

    fn receive(&mut self) -> Option<(Receive, Option<RequestId>)> {
        let (comm, word) = (CommId(self.word()?), self.word()?);
        let (data, bits) = self.data()?;
        let request = self.request(bits & 8 != 0)?;
        let (source, tag) = Self::envelope(word, bits);
        let receive = Receive {
            comm,
            source,
            tag,
            data,
        };
        Some((receive, request))
    }

    fn requests(&mut self) -> Option<(Vec<RequestId>, u64)> {
        let word = self.word()?;
        let count = usize::try_from(word & ((1 << 56) - 1)).ok()?;
        if count > self.remaining() {
            return None;
        }
        let requests = (0..count)
            .map(|_| self.word().map(RequestId))
            .collect::<Option<_>>()?;
        Some((requests, word >> 56))
    }

    fn collective(&mut self, function: u16) -> Option<(Collective, Option<RequestId>)> {
        let (comm, index, word) = (CommId(self.word()?), self.word()?, self.word()?);
        let op = match word >> 40 & 1 {
            0 => (word >> 41) as u32,
            _ => self.number()?,
        };
        let bit = |at: u32| word >> at & 1 != 0;
        let (gives, takes) = (self.some_data(bit(2))?, self.some_data(bit(3))?);
        let mut each = (Vec::new(), Vec::new());
        for (there, list) in [(bit(4), &mut each.0), (bit(5), &mut each.1)] {
            if there {
                for _ in 0..self.length(3)? {
                    list.push(self.data()?.0);
                }
            }
        }
        let makes = match bit(6) {
            true => Some(CommId(self.word()?)),
            false => None,
        };
        let request = self.request(bit(7))?;
        let meets = match index >> MEETS & 1 {
            0 => None,
            _ => {
                let (comm, word) = (CommId(self.word()?), self.word()?);
                Some(Leader {
                    comm,
                    rank: word as u32,
                    tag: (word >> 32) as i32,
                })
            }
        };
        let collective = Collective {
            comm,
            index: index & !(1 << MADE_SYNCHRONOUS | 1 << MEETS),
            made_synchronous: index >> MADE_SYNCHRONOUS != 0,
            kind: functions::kind(function)?,
            root: bit(0).then_some((word >> 8) as u32),
            assertion: if bit(0) { 0 } else { (word >> 8) as u32 },
            op: bit(1).then_some(OpId(op)),
            gives,
            takes,
            each,
            makes,
            meets,
        };
        Some((collective, request))
    }

    fn object(number: u64) -> Option<Object> {
        OBJECTS.get(usize::try_from(number).ok()?).copied()
    }

    fn what(&mut self, shape: u8, function: u16) -> Option<What> {
        Some(match shape {
            shape::OTHER => What::Other,
            shape::SEND => {
                let (send, request) = self.send()?;
                What::Send(send, request)
            }
            shape::RECEIVE => {
                let (receive, request) = self.receive()?;
                What::Receive(receive, request)
            }
            shape::SEND_RECEIVE => {
                let (send, request) = self.send()?;
                What::SendReceive(send, self.receive()?.0, request)
            }
            shape::PROBE => {
                let (comm, word, bits) = (CommId(self.word()?), self.word()?, self.word()?);
                let (source, tag) = Self::envelope(word, bits);
                What::Probe {
                    comm,
                    source,
                    tag,
                    waits: bits >> 8 & 1 != 0,
                    takes: (bits >> 9 & 1 != 0).then_some(None),
                    in_vain: 0,
                }
            }
            shape::MATCHED_RECEIVE => {
                let (there, message) = (self.word()? != 0, MessageId(self.word()?));
                let (data, bits) = self.data()?;
                let request = RequestId(self.word()?);
                What::MatchedReceive {
                    message: there.then_some(message),
                    data,
                    request: (bits & 1 != 0).then_some(request),
                }
            }
            shape::PREPARE => {
                let request = RequestId(self.word()?);
                let persistent = match u8::try_from(self.word()?).ok()? {
                    shape::SEND => Persistent::Send(self.send()?.0),
                    shape::RECEIVE => Persistent::Receive(self.receive()?.0),
                    shape::COLLECTIVE => Persistent::Collective(self.collective(function)?.0),
                    shape::PARTITIONED => Persistent::Partitioned(self.partitioned()?),
                    _ => return None,
                };
                What::Prepare(request, Box::new(persistent))
            }
            shape::START => What::Start(self.requests()?.0),
            shape::READY => What::Ready(RequestId(self.word()?), self.group()?.to_vec()),
            shape::COMPLETE => {
                let (requests, bits) = self.requests()?;
                let how = match bits & 3 {
                    0 => How::All,
                    1 => How::Any,
                    2 => How::Some,
                    _ => return None,
                };
                What::Complete {
                    how,
                    waits: bits & 4 != 0,
                    requests,
                    in_vain: 0,
                }
            }
            shape::CANCEL => What::Cancel(RequestId(self.word()?)),
            shape::FREE_REQUEST => What::FreeRequest(RequestId(self.word()?)),
            shape::COLLECTIVE => {
                let (collective, request) = self.collective(function)?;
                What::Collective(collective, request)
            }
            shape::MAKE => What::Make(Self::object(self.word()?)?, None),
            shape::FREE => {
                let (word, number) = (self.word()?, self.word()?);
                What::Free(
                    Self::object(word & 0xff)?,
                    (word >> 8 & 1 != 0).then_some(number),
                )
            }
            shape::INIT => What::Init,
            shape::FINALIZE => What::Finalize,
            shape::ONE_SIDED => What::OneSided(self.one_sided()?),
            shape::EPOCH => What::Epoch {
                window: CommId(self.word()?),
                step: self.step()?,
            },
            shape::LOCAL => {
                let (data, bits) = self.data()?;
                let written = bits != 0;
                What::Local { data, written }
            }
            shape::ABORT => What::Abort {
                code: self.word()? as u32 as i32,
            },
            _ => return None,
        })
    }

    fn partitioned(&mut self) -> Option<Partitioned> {
        let (comm, word) = (CommId(self.word()?), self.word()?);
        let (data, bits) = self.data()?;
        Some(Partitioned {
            comm,
            peer: (bits & 1 != 0).then_some(word as u32),
            tag: (word >> 32) as i32,
            sends: bits & 2 != 0,
            partitions: self.number()?,
            data,
        })
    }

    fn one_sided(&mut self) -> Option<OneSided> {
        let (window, word, address) = (CommId(self.word()?), self.word()?, self.word()?);
        let (types, displacement) = (self.word()?, self.word()?);
        let (counts, id) = (self.word()?, RequestId(self.word()?));
        let bit = |at: u32| word >> 32 >> at & 1 != 0;
        let (given, taken) = match bit(4) {
            true => (self.word()? as i64, self.word()? as i64),
            false => (i64::from(counts as u32), (counts >> 32) as i64),
        };
        let data = |address, count, there: bool, number| Data {
            address,
            count,
            datatype: there.then_some(TypeId(number)),
        };
        Some(OneSided {
            window,
            target: bit(0).then_some(word as u32),
            origin: data(address, given, bit(5), types as u32),
            there: data(displacement, taken, bit(6), (types >> 32) as u32),
            op: bit(1).then_some(OpId((word >> 40) as u32)),
            result: self.some_data(bit(2))?,
            id,
            has_request: bit(3),
        })
    }

    fn step(&mut self) -> Option<Step> {
        let word = self.word()?;
        let bit = word >> 8 & 1 != 0;
        let target = (word >> 9 & 1 != 0).then_some((word >> 32) as u32);
        Some(match word & 0xff {
            0 => Step::Lock {
                target,
                exclusive: bit,
            },
            1 => Step::Unlock(target),
            2 => Step::LockAll,
            3 => Step::UnlockAll,
            4 => Step::Flush { target, local: bit },
            5 if bit => Step::Start(Some(self.group()?)),
            5 => Step::Start(None),
            6 => Step::Complete,
            7 if bit => Step::Post(Some(self.group()?)),
            7 => Step::Post(None),
            8 => Step::Wait,
            9 => Step::Test,
            10 => Step::Sync,
            11 => Step::Attach {
                address: self.word()?,
                size: self.word()?,
            },
            12 => Step::Detach(self.word()?),
            _ => return None,
        })
    }

    fn refusal(&mut self) -> Option<Refusal> {
        let word = self.word()?;
        let (at, bits) = (self.word()?, self.word()?);
        Some(Refusal {
            thread: word as u16,
            function: functions::name((word >> 16) as u16).unwrap_or(""),
            place: PlaceId((word >> 32) as u32),
            at,
            fatal: bits & 1 != 0,
            raised: bits & 2 != 0,
            class: self.text()?,
            text: self.text()?,
            abort: match bits & 4 {
                0 => None,
                _ => {
                    let word = self.word()?;
                    Some(Abort {
                        code: word as u32 as i32,
                        within: functions::name((word >> 32) as u16).unwrap_or(""),
                    })
                }
            },
        })
    }

    fn complaint(&mut self) -> Option<Complaint> {
        let word = self.word()?;
        Some(match word & 0xff {
            0 => {
                let (value, limit) = (self.word()? as i64, self.word()? as i64);
                Complaint::Argument {
                    argument: *ARGUMENTS.get((word >> 8 & 0xff) as usize)?,
                    value,
                    limit: (word >> 16 & 1 != 0).then_some(limit),
                }
            }
            1 => Complaint::BeforeInit,
            2 => Complaint::AfterFinalize,
            3 => Complaint::InitTwice,
            4 => Complaint::Threads {
                other: (word >> 8) as u16,
                level: (word >> 24) as u8,
            },
            5 => Complaint::Differs {
                first: (word >> 32) as u32,
                function: functions::name((word >> 16) as u16)?,
                what: *DIFFERENCES.get((word >> 8 & 0xff) as usize)?,
                here: self.word()? as i64,
                there: self.word()? as i64,
            },
            _ => return None,
        })
    }

    fn group(&mut self) -> Option<Arc<[Rank]>> {
        let length = usize::try_from(self.word()?).ok()?;
        if length.div_ceil(2) > self.remaining() {
            return None;
        }
        let mut group = Vec::with_capacity(length + 1);
        for _ in 0..length.div_ceil(2) {
            let word = self.word()?;
            group.extend([word as u32, (word >> 32) as u32]);
        }
        group.truncate(length);
        Some(group.into())
    }

    fn neighbours(&mut self) -> Option<Arc<[Option<Rank>]>> {
        let group = self.group()?;
        let rank = |rank: &Rank| (*rank != NOBODY).then_some(*rank);
        Some(group.iter().map(rank).collect())
    }

    fn definition(
        &mut self,
        shape: u8,
        module: impl Fn(u32) -> Option<Arc<str>>,
    ) -> Option<Definition> {
        Some(match shape {
            0 => {
                let (id, function) = (CommId(self.word()?), self.word()?);
                let (bits, parent) = (self.word()?, CommId(self.word()?));
                let members = self.group()?;
                let remote = match bits & 2 {
                    0 => None,
                    _ => Some(self.group()?),
                };
                let comm = Communicator {
                    parent: (bits & 1 != 0).then_some(parent),
                    made_by: functions::name(function as u16).unwrap_or(""),
                    members,
                    remote,
                    only_here: bits & 4 != 0,
                };
                Definition::Communicator(id, comm)
            }
            1 => {
                let id = TypeId(self.number()?);
                let (size, extent) = (self.word()?, self.word()? as i64);
                let mut signature = Vec::new();
                for _ in 0..self.length(2)? {
                    let (basic, times) = (decode_basic(self.word()?)?, self.number()?);
                    signature.push((times, basic));
                }
                let mut layout = Vec::new();
                for _ in 0..self.length(3)? {
                    let (offset, basic) = (self.word()? as i64, decode_basic(self.word()?)?);
                    layout.push((offset, self.number()?, basic));
                }
                let datatype = Datatype {
                    name: self.text()?,
                    size,
                    extent,
                    signature: signature.into(),
                    layout: layout.into(),
                };
                Definition::Datatype(id, datatype)
            }
            2 => {
                let (id, predefined) = (OpId(self.number()?), self.word()? != 0);
                let operation = Operation {
                    name: self.text()?,
                    predefined,
                };
                Definition::Operation(id, operation)
            }
            3 => {
                let id = PlaceId(self.number()?);
                let mut addresses = Vec::new();
                for _ in 0..self.length(2)? {
                    addresses.push(Address {
                        module: module(self.number()?)?,
                        offset: self.word()?,
                    });
                }
                Definition::Place(id, addresses.into())
            }
            4 => {
                let id = CommId(self.word()?);
                let window = Window {
                    base: self.word()?,
                    size: self.word()?,
                    unit: self.word()?,
                    shared: self.word()? != 0,
                };
                Definition::Window(id, window)
            }
            5 => {
                let id = CommId(self.word()?);
                let neighbours = Neighbours {
                    sources: self.neighbours()?,
                    destinations: self.neighbours()?,
                };
                Definition::Neighbours(id, neighbours)
            }
            _ => return None,
        })
    }
}

//! Checksums of the buffers of immediate operations: nobody may write to them before the request is
//! complete (MPI standard 5.0, section 3.7.2). And which memory is there.

#[cfg(target_os = "linux")]
use std::{cell::Cell, ops::Range, sync::OnceLock};

/// Of a larger buffer so many bytes are looked at, spread over all of it.
const MOST: u64 = 64 * 1024;
/// In pieces of this size.
const PIECE: u64 = 1024;

/// The checksum of a buffer; none if it is empty or not there.
pub fn of(address: usize, length: u64) -> Option<u64> {
    if length == 0 || !is_mapped(address, usize::try_from(length).ok()?) {
        return None;
    }
    if length <= MOST {
        return Some(sum(part(address, 0, length)));
    }
    let pieces = MOST / PIECE;
    let last = length - PIECE;
    let all = (0..pieces).fold(0u64, |all, nth| {
        // The first piece at the beginning, the last at the end. In two steps, so that no product
        // becomes too large.
        let gaps = pieces - 1;
        let from = last / gaps * nth + last % gaps * nth / gaps;
        all.rotate_left(7) ^ sum(part(address, from, PIECE))
    });
    Some(all)
}

fn part<'a>(address: usize, from: u64, length: u64) -> &'a [u8] {
    let begin = (address + from as usize) as *const u8;
    // SAFETY: the whole buffer is mapped, and this part lies in it. The program has promised MPI that
    // it may be read; should another thread write to it all the same, then the checksum is of what
    // was there meanwhile.
    unsafe { std::slice::from_raw_parts(begin, length as usize) }
}

fn sum(bytes: &[u8]) -> u64 {
    const FACTORS: [u64; 4] = [
        0x9E37_79B9_7F4A_7C15,
        0xD6E8_FEB8_6659_FD93,
        0xA076_1D64_78BD_642F,
        0xE703_7ED1_A0B4_28DB,
    ];
    // Four sums side by side, so that one multiplication need not wait for the one before.
    let mut sums = FACTORS;
    let mut blocks = bytes.chunks_exact(32);
    for block in &mut blocks {
        for ((sum, word), factor) in sums.iter_mut().zip(block.chunks_exact(8)).zip(FACTORS) {
            // `chunks_exact` gives eight bytes.
            let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
            *sum = (sum.rotate_left(27) ^ word).wrapping_mul(factor);
        }
    }
    let rest = blocks.remainder();
    let last = rest.iter().fold(rest.len() as u64, |sum, byte| {
        (sum.rotate_left(9) ^ u64::from(*byte)).wrapping_mul(FACTORS[0])
    });
    sums.iter().fold(last, |all, sum| {
        (all.rotate_left(31) ^ sum).wrapping_mul(FACTORS[1])
    })
}

/// Whether all of a range is memory of this process: a program may have given a buffer back too
/// early, and must not crash here because of that.
pub fn is_mapped(address: usize, length: usize) -> bool {
    #[cfg(target_os = "linux")]
    {
        // The system is asked only where it must be: that takes longer than the sum.
        if is_near(address, length) {
            return true;
        }
        const PAGE: usize = 4096;
        const PAGES: usize = 4096;
        let mut pages = [0u8; PAGES];
        let Some(end) = address.checked_add(length) else {
            return false;
        };
        let mut from = address / PAGE * PAGE;
        while from < end {
            let bytes = (end - from).min(PAGES * PAGE);
            // SAFETY: the range has at most as many pages as there is room for answers. A range that
            // is not mapped is an error that is returned.
            if unsafe { libc::mincore(from as *mut _, bytes, pages.as_mut_ptr()) } != 0 {
                return false;
            }
            from += bytes;
        }
        true
    }
    #[cfg(not(target_os = "linux"))]
    {
        address != 0 && length > 0
    }
}

/// Whether an address lies on this thread's stack, below `edge`, where frames end that are in use.
pub fn is_below(address: usize, edge: usize) -> bool {
    #[cfg(target_os = "linux")]
    {
        /// Farther down other memory may lie: the main thread's stack has no fixed beginning.
        const FAR: usize = 1 << 20;
        let far = edge.saturating_sub(FAR);
        (far..edge).contains(&address)
            && stack().contains(&edge)
            && whole_stack().contains(&address)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (address, edge);
        false
    }
}

/// Whether a range is memory of which that is known without asking the system.
pub fn is_near(address: usize, length: usize) -> bool {
    #[cfg(target_os = "linux")]
    {
        let Some(end) = address.checked_add(length) else {
            return false;
        };
        let is_in = |range: &Range<usize>| range.contains(&address) && end <= range.end;
        [heap(), stack()].iter().any(is_in) || statics().iter().any(is_in)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (address, length);
        false
    }
}

/// The memory of the program's own static variables, which stays as long as the program does.
#[cfg(target_os = "linux")]
fn statics() -> &'static [Range<usize>] {
    static ALL: OnceLock<Vec<Range<usize>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<Range<usize>> = Vec::new();
        // SAFETY: the callback gets the list alone, and keeps nothing.
        unsafe { libc::dl_iterate_phdr(Some(of_program), (&raw mut all).cast()) };
        all
    })
}

/// Notes where the first file that the linker tells of, which is the program itself, may be written to.
#[cfg(target_os = "linux")]
unsafe extern "C" fn of_program(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    all: *mut libc::c_void,
) -> libc::c_int {
    const ENOUGH: libc::c_int = 1;
    // SAFETY: the linker hands out a valid description, and `statics` a list.
    let (info, all) = unsafe { (&*info, &mut *all.cast::<Vec<Range<usize>>>()) };
    if info.dlpi_phdr.is_null() {
        return ENOUGH;
    }
    // SAFETY: the linker says where the headers lie, and how many there are.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    let written = headers
        .iter()
        .filter(|header| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W != 0);
    all.extend(written.map(|header| {
        let start = info.dlpi_addr as usize + header.p_vaddr as usize;
        start..start + header.p_memsz as usize
    }));
    ENOUGH
}

/// The part of memory that grows by `brk`, in which small allocations lie.
#[cfg(target_os = "linux")]
fn heap() -> Range<usize> {
    static START: OnceLock<usize> = OnceLock::new();
    let start = *START.get_or_init(|| {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let line = maps.lines().find(|line| line.ends_with("[heap]"));
        let start = line.and_then(|line| line.split('-').next());
        let start = start.and_then(|start| usize::from_str_radix(start, 16).ok());
        start.unwrap_or(usize::MAX)
    });
    let end = heap_end();
    start..end
}

/// Where it ends. The C library of GNU keeps that in a variable; MPI's transports replace `sbrk`, which
/// would tell too, by one that asks the system each time.
#[cfg(target_os = "linux")]
fn heap_end() -> usize {
    static AT: OnceLock<usize> = OnceLock::new();
    // SAFETY: looks a name up.
    let at = *AT
        .get_or_init(|| unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"__curbrk".as_ptr()) as usize });
    if at == 0 {
        // SAFETY: asks where it ends, and changes nothing.
        return unsafe { libc::sbrk(0) } as usize;
    }
    // SAFETY: the variable of that name is an address, and lives as long as the library. Another thread may
    // move it meanwhile: either end is one that was true.
    unsafe { (at as *const usize).read_volatile() }
}

/// The part of this thread's stack that is in use; nothing where the thread runs on another one, as
/// coroutines do.
#[cfg(target_os = "linux")]
fn stack() -> Range<usize> {
    let whole = whole_stack();
    let pointer = crate::place::stack_pointer();
    if !whole.contains(&pointer) {
        return 0..0;
    }
    pointer..whole.end
}

/// The memory of this thread's stack.
#[cfg(target_os = "linux")]
fn whole_stack() -> Range<usize> {
    thread_local! {
        static WHOLE: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    }
    let (mut from, mut to) = WHOLE.with(Cell::get);
    if to == 0 {
        (from, to) = bounds().unwrap_or((0, 1));
        WHOLE.with(|cell| cell.set((from, to)));
    }
    from..to
}

#[cfg(target_os = "linux")]
fn bounds() -> Option<(usize, usize)> {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::zeroed();
    let (mut start, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are filled before they are read, and given back; all outlive the calls.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let code = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut start, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        (code == 0).then_some((start as usize, start as usize + size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn every_byte_counts() {
        let bytes: Vec<u8> = (0..77).collect();
        let before = sum(&bytes);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_ne!(sum(&changed), before, "byte {at}");
        }
        assert_ne!(sum(&bytes[..76]), before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_heap_ends_where_the_system_says() {
        // SAFETY: asks where it ends, and changes nothing.
        let end = || unsafe { libc::sbrk(0) } as usize;
        // Other tests allocate meanwhile.
        let is_same = || {
            let before = end();
            heap_end() == before && before == end()
        };
        assert!((0..1000).any(|_| is_same()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn static_variables_are_near() {
        static EMPTY: [AtomicU64; 500] = [const { AtomicU64::new(0) }; 500];
        static FULL: [AtomicU64; 500] = [const { AtomicU64::new(7) }; 500];
        for all in [&EMPTY, &FULL] {
            let address = all.as_ptr() as usize;
            assert!(is_near(address, size_of_val(all)));
            assert!(!is_near(address, usize::MAX / 2));
        }
        assert!(
            !is_near(is_near as *const () as usize, 1),
            "code is not written to"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_lies_below_a_frame_is_gone() {
        let here = [0u8; 16];
        let address = here.as_ptr() as usize;
        assert!(
            is_below(address, address + 64),
            "as if the frame ended above"
        );
        assert!(!is_below(address, address));
        assert!(!is_below(address, address - 64));
        let elsewhere = Box::new([0u8; 16]);
        let address = elsewhere.as_ptr() as usize;
        assert!(!is_below(address, address + 64), "it is no stack");
    }

    #[test]
    fn memory_that_is_not_there_has_no_checksum() {
        let bytes = [1u8; 100];
        assert!(of(bytes.as_ptr() as usize, 100).is_some());
        assert_eq!(of(bytes.as_ptr() as usize, 0), None);
        #[cfg(target_os = "linux")]
        assert_eq!(of(8192, 100), None);
    }

    #[test]
    fn of_a_large_buffer_parts_all_over_count() {
        let mut bytes = vec![7u8; 10 * MOST as usize + 13];
        let now = |bytes: &[u8]| of(bytes.as_ptr() as usize, bytes.len() as u64);
        let before = now(&bytes);
        assert!(before.is_some());
        let last = bytes.len() - 1;
        // Pieces lie some ten kibibytes apart here: a longer change cannot fall between them.
        for at in [0, last] {
            bytes[at] = 8;
            assert_ne!(now(&bytes), before, "byte {at}");
            bytes[at] = 7;
        }
        for from in (0..last - 20_000).step_by(9_001) {
            bytes[from..from + 20_000].fill(8);
            assert_ne!(now(&bytes), before, "from byte {from}");
            bytes[from..from + 20_000].fill(7);
        }
        assert_eq!(now(&bytes), before);
    }
}

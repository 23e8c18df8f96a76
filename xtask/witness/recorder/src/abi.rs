//! The three binary interfaces: the values of MPI's constants, the layout of a status and the width
//! of handles. MPICH's are those of MPICH since 3.1, also of Intel MPI and Cray MPICH; the
//! standard's are those of MPI 5, chapter 20; Open MPI's those of its versions 4 and 5.

use recording::header::Implementation;
use std::ffi::{CStr, c_void};

/// A handle of MPI, whatever the width of the library's own.
pub type Handle = usize;

/// One binary interface.
#[derive(Clone, Debug)]
pub struct Abi {
    /// Which.
    pub implementation: Implementation,
    /// Whether handles are 32 bits wide, rather than pointers.
    pub narrow: bool,
    /// `MPI_ANY_SOURCE`.
    pub any_source: i32,
    /// `MPI_ANY_TAG`.
    pub any_tag: i32,
    /// `MPI_PROC_NULL`.
    pub proc_null: i32,
    /// `MPI_ROOT`.
    pub root: i32,
    /// `MPI_UNDEFINED`.
    pub undefined: i32,
    /// `MPI_CART`, `MPI_GRAPH` and `MPI_DIST_GRAPH`.
    pub topologies: [i32; 3],
    /// `MPI_IN_PLACE`.
    pub in_place: usize,
    /// `MPI_STATUS_IGNORE` and `MPI_STATUSES_IGNORE`.
    pub status_ignore: usize,
    /// The layout of a status.
    pub status: StatusLayout,
    /// `MPI_BSEND_OVERHEAD`.
    pub bsend_overhead: u64,
    /// `MPI_TAG_UB`.
    pub tag_ub: i32,
    /// `MPI_THREAD_SINGLE` and the levels above it.
    pub threads: [i32; 4],
    /// `MPI_LOCK_EXCLUSIVE`.
    pub lock_exclusive: i32,
    /// `MPI_MODE_NOSTORE`, `MPI_MODE_NOPUT`, `MPI_MODE_NOPRECEDE`, `MPI_MODE_NOSUCCEED`.
    pub assertions: [i32; 4],
    /// The combiners of datatypes.
    pub combiners: &'static [(i32, Combiner)],
    /// `MPI_COMM_WORLD`.
    pub world: Handle,
    /// `MPI_COMM_SELF`.
    pub comm_self: Handle,
    /// `MPI_COMM_NULL`.
    pub comm_null: Handle,
    /// `MPI_DATATYPE_NULL`.
    pub datatype_null: Handle,
    /// `MPI_BYTE`.
    pub byte: Handle,
    /// `MPI_OP_NULL`.
    pub op_null: Handle,
    /// `MPI_REQUEST_NULL`.
    pub request_null: Handle,
    /// `MPI_GROUP_NULL`.
    pub group_null: Handle,
    /// `MPI_GROUP_EMPTY`.
    pub group_empty: Handle,
    /// `MPI_WIN_NULL`.
    pub win_null: Handle,
    /// `MPI_FILE_NULL`.
    pub file_null: Handle,
    /// `MPI_ERRORS_ARE_FATAL`.
    pub errors_are_fatal: Handle,
    /// `MPI_ERRORS_ABORT`; 0 where there is none.
    pub errors_abort: Handle,
    /// `MPI_ERRORS_RETURN`.
    pub errors_return: Handle,
    /// The classes of errors.
    pub errors: &'static [(i32, &'static str)],
    /// The predefined operations, in the order of [`OPERATIONS`].
    pub operations: [Handle; OPERATIONS.len()],
}

/// Where a status has what, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct StatusLayout {
    /// `MPI_SOURCE`.
    pub source: usize,
    /// `MPI_TAG`.
    pub tag: usize,
    /// All of it.
    pub size: usize,
}

/// The predefined operations; their [`recording::event::OpId`]s count from 1 in this order.
pub const OPERATIONS: [&str; 14] = [
    "MPI_MAX",
    "MPI_MIN",
    "MPI_SUM",
    "MPI_PROD",
    "MPI_LAND",
    "MPI_BAND",
    "MPI_LOR",
    "MPI_BOR",
    "MPI_LXOR",
    "MPI_BXOR",
    "MPI_MINLOC",
    "MPI_MAXLOC",
    "MPI_REPLACE",
    "MPI_NO_OP",
];

/// How a datatype was made (MPI standard 4.1, section 5.1.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combiner {
    /// Predefined.
    Named,
    /// `MPI_Type_dup`.
    Dup,
    /// `MPI_Type_contiguous`.
    Contiguous,
    /// `MPI_Type_vector`.
    Vector,
    /// `MPI_Type_create_hvector`.
    Hvector,
    /// `MPI_Type_indexed`.
    Indexed,
    /// `MPI_Type_create_hindexed`.
    Hindexed,
    /// `MPI_Type_create_indexed_block`.
    IndexedBlock,
    /// `MPI_Type_create_hindexed_block`.
    HindexedBlock,
    /// `MPI_Type_create_struct`.
    Struct,
    /// `MPI_Type_create_subarray`.
    Subarray,
    /// `MPI_Type_create_darray`.
    Darray,
    /// `MPI_Type_create_f90_real`.
    F90Real,
    /// `MPI_Type_create_f90_complex`.
    F90Complex,
    /// `MPI_Type_create_f90_integer`.
    F90Integer,
    /// `MPI_Type_create_resized`.
    Resized,
}

use Combiner::{
    Contiguous, Darray, Dup, F90Complex, F90Integer, F90Real, Hindexed, HindexedBlock, Hvector,
    Indexed, IndexedBlock, Named, Resized, Struct, Subarray, Vector,
};

const MPICH_ERRORS: [(i32, &str); 62] = [
    (1, "MPI_ERR_BUFFER"),
    (2, "MPI_ERR_COUNT"),
    (3, "MPI_ERR_TYPE"),
    (4, "MPI_ERR_TAG"),
    (5, "MPI_ERR_COMM"),
    (6, "MPI_ERR_RANK"),
    (7, "MPI_ERR_ROOT"),
    (8, "MPI_ERR_GROUP"),
    (9, "MPI_ERR_OP"),
    (10, "MPI_ERR_TOPOLOGY"),
    (11, "MPI_ERR_DIMS"),
    (12, "MPI_ERR_ARG"),
    (13, "MPI_ERR_UNKNOWN"),
    (14, "MPI_ERR_TRUNCATE"),
    (15, "MPI_ERR_OTHER"),
    (16, "MPI_ERR_INTERN"),
    (17, "MPI_ERR_IN_STATUS"),
    (18, "MPI_ERR_PENDING"),
    (19, "MPI_ERR_REQUEST"),
    (20, "MPI_ERR_ACCESS"),
    (21, "MPI_ERR_AMODE"),
    (22, "MPI_ERR_BAD_FILE"),
    (23, "MPI_ERR_CONVERSION"),
    (24, "MPI_ERR_DUP_DATAREP"),
    (25, "MPI_ERR_FILE_EXISTS"),
    (26, "MPI_ERR_FILE_IN_USE"),
    (27, "MPI_ERR_FILE"),
    (28, "MPI_ERR_INFO"),
    (29, "MPI_ERR_INFO_KEY"),
    (30, "MPI_ERR_INFO_VALUE"),
    (31, "MPI_ERR_INFO_NOKEY"),
    (32, "MPI_ERR_IO"),
    (33, "MPI_ERR_NAME"),
    (34, "MPI_ERR_NO_MEM"),
    (35, "MPI_ERR_NOT_SAME"),
    (36, "MPI_ERR_NO_SPACE"),
    (37, "MPI_ERR_NO_SUCH_FILE"),
    (38, "MPI_ERR_PORT"),
    (39, "MPI_ERR_QUOTA"),
    (40, "MPI_ERR_READ_ONLY"),
    (41, "MPI_ERR_SERVICE"),
    (42, "MPI_ERR_SPAWN"),
    (43, "MPI_ERR_UNSUPPORTED_DATAREP"),
    (44, "MPI_ERR_UNSUPPORTED_OPERATION"),
    (45, "MPI_ERR_WIN"),
    (46, "MPI_ERR_BASE"),
    (47, "MPI_ERR_LOCKTYPE"),
    (48, "MPI_ERR_KEYVAL"),
    (49, "MPI_ERR_RMA_CONFLICT"),
    (50, "MPI_ERR_RMA_SYNC"),
    (51, "MPI_ERR_SIZE"),
    (52, "MPI_ERR_DISP"),
    (53, "MPI_ERR_ASSERT"),
    (55, "MPI_ERR_RMA_RANGE"),
    (56, "MPI_ERR_RMA_ATTACH"),
    (57, "MPI_ERR_RMA_SHARED"),
    (58, "MPI_ERR_RMA_FLAVOR"),
    (75, "MPI_ERR_SESSION"),
    (76, "MPI_ERR_PROC_ABORTED"),
    (77, "MPI_ERR_VALUE_TOO_LARGE"),
    (80, "MPI_ERR_ERRHANDLER"),
    (81, "MPI_ERR_ABI"),
];

const STANDARD_ERRORS: [(i32, &str); 62] = [
    (1, "MPI_ERR_BUFFER"),
    (2, "MPI_ERR_COUNT"),
    (3, "MPI_ERR_TYPE"),
    (4, "MPI_ERR_TAG"),
    (5, "MPI_ERR_COMM"),
    (6, "MPI_ERR_RANK"),
    (7, "MPI_ERR_REQUEST"),
    (8, "MPI_ERR_ROOT"),
    (9, "MPI_ERR_GROUP"),
    (10, "MPI_ERR_OP"),
    (11, "MPI_ERR_TOPOLOGY"),
    (12, "MPI_ERR_DIMS"),
    (13, "MPI_ERR_ARG"),
    (14, "MPI_ERR_UNKNOWN"),
    (15, "MPI_ERR_TRUNCATE"),
    (16, "MPI_ERR_OTHER"),
    (17, "MPI_ERR_INTERN"),
    (18, "MPI_ERR_PENDING"),
    (19, "MPI_ERR_IN_STATUS"),
    (20, "MPI_ERR_ACCESS"),
    (21, "MPI_ERR_AMODE"),
    (22, "MPI_ERR_ASSERT"),
    (23, "MPI_ERR_BAD_FILE"),
    (24, "MPI_ERR_BASE"),
    (25, "MPI_ERR_CONVERSION"),
    (26, "MPI_ERR_DISP"),
    (27, "MPI_ERR_DUP_DATAREP"),
    (28, "MPI_ERR_FILE_EXISTS"),
    (29, "MPI_ERR_FILE_IN_USE"),
    (30, "MPI_ERR_FILE"),
    (31, "MPI_ERR_INFO_KEY"),
    (32, "MPI_ERR_INFO_NOKEY"),
    (33, "MPI_ERR_INFO_VALUE"),
    (34, "MPI_ERR_INFO"),
    (35, "MPI_ERR_IO"),
    (36, "MPI_ERR_KEYVAL"),
    (37, "MPI_ERR_LOCKTYPE"),
    (38, "MPI_ERR_NAME"),
    (39, "MPI_ERR_NO_MEM"),
    (40, "MPI_ERR_NOT_SAME"),
    (41, "MPI_ERR_NO_SPACE"),
    (42, "MPI_ERR_NO_SUCH_FILE"),
    (43, "MPI_ERR_PORT"),
    (44, "MPI_ERR_QUOTA"),
    (45, "MPI_ERR_READ_ONLY"),
    (46, "MPI_ERR_RMA_ATTACH"),
    (47, "MPI_ERR_RMA_CONFLICT"),
    (48, "MPI_ERR_RMA_RANGE"),
    (49, "MPI_ERR_RMA_SHARED"),
    (50, "MPI_ERR_RMA_SYNC"),
    (51, "MPI_ERR_SERVICE"),
    (52, "MPI_ERR_SIZE"),
    (53, "MPI_ERR_SPAWN"),
    (54, "MPI_ERR_UNSUPPORTED_DATAREP"),
    (55, "MPI_ERR_UNSUPPORTED_OPERATION"),
    (56, "MPI_ERR_WIN"),
    (57, "MPI_ERR_RMA_FLAVOR"),
    (58, "MPI_ERR_PROC_ABORTED"),
    (59, "MPI_ERR_VALUE_TOO_LARGE"),
    (60, "MPI_ERR_SESSION"),
    (61, "MPI_ERR_ERRHANDLER"),
    (62, "MPI_ERR_ABI"),
];

const OPEN_MPI_ERRORS: [(i32, &str); 63] = [
    (1, "MPI_ERR_BUFFER"),
    (2, "MPI_ERR_COUNT"),
    (3, "MPI_ERR_TYPE"),
    (4, "MPI_ERR_TAG"),
    (5, "MPI_ERR_COMM"),
    (6, "MPI_ERR_RANK"),
    (7, "MPI_ERR_REQUEST"),
    (8, "MPI_ERR_ROOT"),
    (9, "MPI_ERR_GROUP"),
    (10, "MPI_ERR_OP"),
    (11, "MPI_ERR_TOPOLOGY"),
    (12, "MPI_ERR_DIMS"),
    (13, "MPI_ERR_ARG"),
    (14, "MPI_ERR_UNKNOWN"),
    (15, "MPI_ERR_TRUNCATE"),
    (16, "MPI_ERR_OTHER"),
    (17, "MPI_ERR_INTERN"),
    (18, "MPI_ERR_IN_STATUS"),
    (19, "MPI_ERR_PENDING"),
    (20, "MPI_ERR_ACCESS"),
    (21, "MPI_ERR_AMODE"),
    (22, "MPI_ERR_ASSERT"),
    (23, "MPI_ERR_BAD_FILE"),
    (24, "MPI_ERR_BASE"),
    (25, "MPI_ERR_CONVERSION"),
    (26, "MPI_ERR_DISP"),
    (27, "MPI_ERR_DUP_DATAREP"),
    (28, "MPI_ERR_FILE_EXISTS"),
    (29, "MPI_ERR_FILE_IN_USE"),
    (30, "MPI_ERR_FILE"),
    (31, "MPI_ERR_INFO_KEY"),
    (32, "MPI_ERR_INFO_NOKEY"),
    (33, "MPI_ERR_INFO_VALUE"),
    (34, "MPI_ERR_INFO"),
    (35, "MPI_ERR_IO"),
    (36, "MPI_ERR_KEYVAL"),
    (37, "MPI_ERR_LOCKTYPE"),
    (38, "MPI_ERR_NAME"),
    (39, "MPI_ERR_NO_MEM"),
    (40, "MPI_ERR_NOT_SAME"),
    (41, "MPI_ERR_NO_SPACE"),
    (42, "MPI_ERR_NO_SUCH_FILE"),
    (43, "MPI_ERR_PORT"),
    (44, "MPI_ERR_QUOTA"),
    (45, "MPI_ERR_READ_ONLY"),
    (46, "MPI_ERR_RMA_CONFLICT"),
    (47, "MPI_ERR_RMA_SYNC"),
    (48, "MPI_ERR_SERVICE"),
    (49, "MPI_ERR_SIZE"),
    (50, "MPI_ERR_SPAWN"),
    (51, "MPI_ERR_UNSUPPORTED_DATAREP"),
    (52, "MPI_ERR_UNSUPPORTED_OPERATION"),
    (53, "MPI_ERR_WIN"),
    (68, "MPI_ERR_RMA_RANGE"),
    (69, "MPI_ERR_RMA_ATTACH"),
    (70, "MPI_ERR_RMA_FLAVOR"),
    (71, "MPI_ERR_RMA_SHARED"),
    (74, "MPI_ERR_PROC_ABORTED"),
    (75, "MPI_ERR_PROC_FAILED"),
    (76, "MPI_ERR_PROC_FAILED_PENDING"),
    (77, "MPI_ERR_REVOKED"),
    (78, "MPI_ERR_SESSION"),
    (79, "MPI_ERR_VALUE_TOO_LARGE"),
];

/// MPICH.
pub const MPICH: Abi = Abi {
    implementation: Implementation::Mpich,
    narrow: true,
    any_source: -2,
    any_tag: -1,
    proc_null: -1,
    root: -3,
    undefined: -32766,
    topologies: [2, 1, 3],
    in_place: usize::MAX,
    status_ignore: 1,
    status: StatusLayout {
        source: 8,
        tag: 12,
        size: 20,
    },
    bsend_overhead: 96,
    tag_ub: 0x6440_0001,
    threads: [0, 1, 2, 3],
    lock_exclusive: 234,
    assertions: [2048, 4096, 8192, 16384],
    combiners: &[
        (1, Named),
        (2, Dup),
        (3, Contiguous),
        (4, Vector),
        (5, Hvector),
        (6, Hvector),
        (7, Indexed),
        (8, Hindexed),
        (9, Hindexed),
        (10, IndexedBlock),
        (11, Struct),
        (12, Struct),
        (13, Subarray),
        (14, Darray),
        (15, F90Real),
        (16, F90Complex),
        (17, F90Integer),
        (18, Resized),
        (19, HindexedBlock),
    ],
    world: 0x4400_0000,
    comm_self: 0x4400_0001,
    comm_null: 0x0400_0000,
    datatype_null: 0x0c00_0000,
    byte: 0x4c00_010d,
    op_null: 0x1800_0000,
    request_null: 0x2c00_0000,
    group_null: 0x0800_0000,
    group_empty: 0x4800_0000,
    win_null: 0x2000_0000,
    file_null: 0,
    errors_are_fatal: 0x5400_0000,
    errors_abort: 0x5400_0003,
    errors_return: 0x5400_0001,
    errors: &MPICH_ERRORS,
    operations: [
        0x5800_0001,
        0x5800_0002,
        0x5800_0003,
        0x5800_0004,
        0x5800_0005,
        0x5800_0006,
        0x5800_0007,
        0x5800_0008,
        0x5800_0009,
        0x5800_000a,
        0x5800_000b,
        0x5800_000c,
        0x5800_000d,
        0x5800_000e,
    ],
};

/// The standard's own.
pub const STANDARD: Abi = Abi {
    implementation: Implementation::Standard,
    narrow: false,
    any_source: -1,
    any_tag: -2,
    proc_null: -3,
    root: -4,
    undefined: -32766,
    topologies: [211, 212, 213],
    in_place: 1,
    status_ignore: 0,
    status: StatusLayout {
        source: 0,
        tag: 4,
        size: 32,
    },
    bsend_overhead: 512,
    tag_ub: 501,
    threads: [0, 1024, 2048, 4096],
    lock_exclusive: 301,
    assertions: [8192, 4096, 2048, 16384],
    combiners: &[
        (101, Named),
        (102, Dup),
        (103, Contiguous),
        (104, Vector),
        (105, Hvector),
        (106, Indexed),
        (107, Hindexed),
        (108, IndexedBlock),
        (109, HindexedBlock),
        (110, Struct),
        (111, Subarray),
        (112, Darray),
        (113, F90Real),
        (114, F90Complex),
        (115, F90Integer),
        (116, Resized),
    ],
    world: 0x101,
    comm_self: 0x102,
    comm_null: 0x100,
    datatype_null: 0x200,
    byte: 0x247,
    op_null: 0x20,
    request_null: 0x180,
    group_null: 0x108,
    group_empty: 0x109,
    win_null: 0x110,
    file_null: 0x118,
    errors_are_fatal: 0x141,
    errors_abort: 0x142,
    errors_return: 0x143,
    errors: &STANDARD_ERRORS,
    operations: [
        0x23, 0x22, 0x21, 0x24, 0x30, 0x28, 0x31, 0x29, 0x32, 0x2a, 0x38, 0x39, 0x3c, 0x3d,
    ],
};

/// Open MPI, without the handles, which are addresses in its library.
pub const OPEN_MPI: Abi = Abi {
    implementation: Implementation::OpenMpi,
    narrow: false,
    any_source: -1,
    any_tag: -1,
    proc_null: -2,
    root: -4,
    undefined: -32766,
    topologies: [1, 2, 3],
    in_place: 1,
    status_ignore: 0,
    status: StatusLayout {
        source: 0,
        tag: 4,
        size: 24,
    },
    bsend_overhead: 128,
    tag_ub: 0,
    threads: [0, 1, 2, 3],
    lock_exclusive: 1,
    assertions: [8, 4, 2, 16],
    combiners: &[
        (0, Named),
        (1, Dup),
        (2, Contiguous),
        (3, Vector),
        (4, Hvector),
        (5, Hvector),
        (6, Indexed),
        (7, Hindexed),
        (8, Hindexed),
        (9, IndexedBlock),
        (10, Struct),
        (11, Struct),
        (12, Subarray),
        (13, Darray),
        (14, F90Real),
        (15, F90Complex),
        (16, F90Integer),
        (17, Resized),
        (18, HindexedBlock),
    ],
    world: 0,
    comm_self: 0,
    comm_null: 0,
    datatype_null: 0,
    byte: 0,
    op_null: 0,
    request_null: 0,
    group_null: 0,
    group_empty: 0,
    win_null: 0,
    file_null: 0,
    errors_are_fatal: 0,
    errors_abort: 0,
    errors_return: 0,
    errors: &OPEN_MPI_ERRORS,
    operations: [0; OPERATIONS.len()],
};

impl Abi {
    /// With the handles of Open MPI, which are addresses of names in its library.
    pub fn with_symbols(self, symbol: impl Fn(&CStr) -> *mut c_void) -> Self {
        let at = |name: &CStr| symbol(name) as usize;
        Self {
            world: at(c"ompi_mpi_comm_world"),
            comm_self: at(c"ompi_mpi_comm_self"),
            comm_null: at(c"ompi_mpi_comm_null"),
            datatype_null: at(c"ompi_mpi_datatype_null"),
            byte: at(c"ompi_mpi_byte"),
            op_null: at(c"ompi_mpi_op_null"),
            request_null: at(c"ompi_request_null"),
            group_null: at(c"ompi_mpi_group_null"),
            group_empty: at(c"ompi_mpi_group_empty"),
            win_null: at(c"ompi_mpi_win_null"),
            file_null: at(c"ompi_mpi_file_null"),
            errors_are_fatal: at(c"ompi_mpi_errors_are_fatal"),
            errors_abort: at(c"ompi_mpi_errors_abort"),
            errors_return: at(c"ompi_mpi_errors_return"),
            operations: [
                at(c"ompi_mpi_op_max"),
                at(c"ompi_mpi_op_min"),
                at(c"ompi_mpi_op_sum"),
                at(c"ompi_mpi_op_prod"),
                at(c"ompi_mpi_op_land"),
                at(c"ompi_mpi_op_band"),
                at(c"ompi_mpi_op_lor"),
                at(c"ompi_mpi_op_bor"),
                at(c"ompi_mpi_op_lxor"),
                at(c"ompi_mpi_op_bxor"),
                at(c"ompi_mpi_op_minloc"),
                at(c"ompi_mpi_op_maxloc"),
                at(c"ompi_mpi_op_replace"),
                at(c"ompi_mpi_op_no_op"),
            ],
            ..self
        }
    }

    /// A handle as it came in a register, whose upper half means nothing where handles are narrow.
    #[inline(always)]
    pub fn handle(&self, raw: Handle) -> Handle {
        if self.narrow {
            raw as u32 as usize
        } else {
            raw
        }
    }

    /// Reads the handle at a place of an array.
    ///
    /// # Safety
    /// The array must be at least that long.
    #[inline(always)]
    pub unsafe fn read(&self, array: *const c_void, at: usize) -> Handle {
        // SAFETY: the caller's promise; handles have the width that the interface says.
        unsafe {
            if self.narrow {
                array.cast::<u32>().add(at).read_unaligned() as usize
            } else {
                array.cast::<usize>().add(at).read_unaligned()
            }
        }
    }

    /// Writes a handle.
    ///
    /// # Safety
    /// There must be room for one.
    pub unsafe fn write(&self, at: *mut c_void, handle: Handle) {
        // SAFETY: the caller's promise; handles have the width that the interface says.
        unsafe {
            if self.narrow {
                at.cast::<u32>().write_unaligned(handle as u32);
            } else {
                at.cast::<usize>().write_unaligned(handle);
            }
        }
    }

    /// The name of an error class; empty if it is none of the standard's.
    pub fn error(&self, class: i32) -> &'static str {
        let found = self.errors.iter().find(|(other, _)| *other == class);
        found.map_or("", |(_, name)| name)
    }

    /// What a combiner is.
    pub fn combiner(&self, number: i32) -> Option<Combiner> {
        let found = self.combiners.iter().find(|(other, _)| *other == number);
        found.map(|(_, combiner)| *combiner)
    }
}

//! Functions that are written down as calls and no more, and functions that only ask, which are not
//! written down: they are looked at because they, too, may not be called before `MPI_Init`, nor with
//! handles that are none.

use super::{H, P, together::moved};
use crate::{call::Call, counts::Note, mpi::Sort};
use std::ffi::c_int;

/// Defines functions that are written down as calls.
macro_rules! plain {
    ($($name:ident($($argument:ident: $type:ty),*))*) => {
        functions! { $(
            $name($($argument: $type),*) |call, twin| {
                if call.is_counted() {
                    let given = [$((stringify!($argument), $argument.number())),*];
                    let note = note(&mut call, stringify!($name), &given);
                    counts::note(call.function(), note);
                }
                $(if let Some((sort, handle)) = $argument.handle(stringify!($name), stringify!($argument)) {
                    call.check(sort, handle);
                })*
                call.begin(&What::Other, 0);
                // SAFETY: the arguments are handed on as they came.
                let code = unsafe { twin($($argument),*) };
                call.end(code, Outcome::Nothing);
                code
            }
        )* }
    };
}

/// Defines functions that only ask.
macro_rules! asking {
    ($($name:ident($($argument:ident: $type:ty),*))*) => {
        $(asking! { @one $name($($argument: $type),*) |twin, recorded|
            // SAFETY: the arguments are handed on as they came.
            unsafe { twin($($argument),*) }
        })*

        /// The functions above; see `functions`.
        pub(crate) static ALL: &[(&str, Entry)] = &[$((stringify!($name), Entry($name as *const ()))),*];
    };
    (@one $name:ident($($argument:ident: $type:ty),*) |$twin:ident, $recorded:ident| $body:expr) => {
        /// The function of this name in the MPI standard.
        ///
        /// # Safety
        /// As the MPI standard asks.
        #[unsafe(no_mangle)]
        #[allow(clippy::too_many_arguments, reason = "the standard's arguments")]
        pub unsafe extern "C" fn $name($($argument: $type),*) -> c_int {
            const NUMBER: u16 = ::recording::functions::number(stringify!($name));
            let $recorded = asks(NUMBER, stack_pointer());
            let $twin = twin!(concat!("P", stringify!($name)));
            // SAFETY: the library's function of this name has these arguments.
            let $twin: unsafe extern "C" fn($($type),*) -> c_int = unsafe { std::mem::transmute($twin) };
            if $recorded {
                $(if let Some((sort, handle)) = $argument.handle(stringify!($name), stringify!($argument)) {
                    check(sort, handle);
                })*
            }
            let code = $body;
            if $recorded {
                answered(code);
            }
            code
        }
    };
}

/// What a call is, for the counts, by the names and values of its arguments.
fn note(call: &mut Call, function: &str, given: &[(&str, i64)]) -> Note {
    let named = |wanted| given.iter().find(|(name, _)| *name == wanted);
    match (named("count"), named("datatype")) {
        (Some((_, count)), Some((_, datatype))) if function.starts_with("MPI_File_") => {
            moved(call, *count, *datatype as H)
        }
        _ => Note::default(),
    }
}

/// An argument that may be a handle.
trait MayBeHandle: Copy {
    /// Its value, if it is a number or a handle.
    #[inline(always)]
    fn number(self) -> i64 {
        0
    }

    /// What it is, by the name that the standard gives this function's argument, if it must not be null.
    #[inline(always)]
    fn handle(self, _function: &str, _name: &str) -> Option<(Sort, H)> {
        None
    }
}

impl MayBeHandle for c_int {
    #[inline(always)]
    fn number(self) -> i64 {
        self.into()
    }
}
impl MayBeHandle for i64 {
    #[inline(always)]
    fn number(self) -> i64 {
        self
    }
}
impl MayBeHandle for isize {}
impl MayBeHandle for P {}

impl MayBeHandle for H {
    #[inline(always)]
    fn number(self) -> i64 {
        self as i64
    }

    #[inline(always)]
    fn handle(self, function: &str, name: &str) -> Option<(Sort, H)> {
        let sort = match name {
            "comm" if function.starts_with("MPI_Cart") && function != "MPI_Cart_map" => Sort::Grid,
            "comm" | "comm1" | "comm2" => Sort::Communicator,
            "group" | "group1" | "group2" => Sort::Group,
            "datatype" => Sort::Datatype,
            "fh" => Sort::File,
            "op" => Sort::Operation,
            "win" => Sort::Window,
            _ => return None,
        };
        Some((sort, self))
    }
}

/// Written down.
pub mod plain {
    use crate::{
        counts,
        functions::{
            H, I, P,
            others::{MayBeHandle, note},
        },
    };
    use recording::{event::What, format::Outcome};

    /// A count of the large kind.
    type C = i64;
    /// A distance in memory.
    type A = isize;

    plain! {
        MPI_Alloc_mem(size: A, info: H, baseptr: P)
        MPI_Buffer_flush()
        MPI_Buffer_iflush(request: P)
        MPI_Close_port(port_name: P)
        MPI_Comm_flush_buffer(comm: H)
        MPI_Comm_iflush_buffer(comm: H, request: P)
        MPI_File_delete(filename: P, info: H)
        MPI_File_get_size(fh: H, size: P)
        MPI_File_iread(fh: H, buf: P, count: I, datatype: H, request: P)
        MPI_File_iread_at(fh: H, offset: C, buf: P, count: I, datatype: H, request: P)
        MPI_File_iread_at_c(fh: H, offset: C, buf: P, count: C, datatype: H, request: P)
        MPI_File_iread_c(fh: H, buf: P, count: C, datatype: H, request: P)
        MPI_File_iread_shared(fh: H, buf: P, count: I, datatype: H, request: P)
        MPI_File_iread_shared_c(fh: H, buf: P, count: C, datatype: H, request: P)
        MPI_File_iwrite(fh: H, buf: P, count: I, datatype: H, request: P)
        MPI_File_iwrite_at(fh: H, offset: C, buf: P, count: I, datatype: H, request: P)
        MPI_File_iwrite_at_c(fh: H, offset: C, buf: P, count: C, datatype: H, request: P)
        MPI_File_iwrite_c(fh: H, buf: P, count: C, datatype: H, request: P)
        MPI_File_iwrite_shared(fh: H, buf: P, count: I, datatype: H, request: P)
        MPI_File_iwrite_shared_c(fh: H, buf: P, count: C, datatype: H, request: P)
        MPI_File_read(fh: H, buf: P, count: I, datatype: H, status: P)
        MPI_File_read_at(fh: H, offset: C, buf: P, count: I, datatype: H, status: P)
        MPI_File_read_at_c(fh: H, offset: C, buf: P, count: C, datatype: H, status: P)
        MPI_File_read_c(fh: H, buf: P, count: C, datatype: H, status: P)
        MPI_File_read_shared(fh: H, buf: P, count: I, datatype: H, status: P)
        MPI_File_read_shared_c(fh: H, buf: P, count: C, datatype: H, status: P)
        MPI_File_seek(fh: H, offset: C, whence: I)
        MPI_File_write(fh: H, buf: P, count: I, datatype: H, status: P)
        MPI_File_write_at(fh: H, offset: C, buf: P, count: I, datatype: H, status: P)
        MPI_File_write_at_c(fh: H, offset: C, buf: P, count: C, datatype: H, status: P)
        MPI_File_write_c(fh: H, buf: P, count: C, datatype: H, status: P)
        MPI_File_write_shared(fh: H, buf: P, count: I, datatype: H, status: P)
        MPI_File_write_shared_c(fh: H, buf: P, count: C, datatype: H, status: P)
        MPI_Free_mem(base: P)
        MPI_Grequest_complete(request: H)
        MPI_Grequest_start(query_fn: P, free_fn: P, cancel_fn: P, extra_state: P, request: P)
        MPI_Lookup_name(service_name: P, info: H, port_name: P)
        MPI_Open_port(info: H, port_name: P)
        MPI_Pack_external(datarep: P, inbuf: P, incount: I, datatype: H, outbuf: P, outsize: A, position: P)
        MPI_Pack_external_c(datarep: P, inbuf: P, incount: C, datatype: H, outbuf: P, outsize: C, position: P)
        MPI_Publish_name(service_name: P, info: H, port_name: P)
        MPI_Reduce_local(inbuf: P, inoutbuf: P, count: I, datatype: H, op: H)
        MPI_Reduce_local_c(inbuf: P, inoutbuf: P, count: C, datatype: H, op: H)
        MPI_Unpack_external(datarep: P, inbuf: P, insize: A, position: P, outbuf: P, outcount: I, datatype: H)
        MPI_Unpack_external_c(datarep: P, inbuf: P, insize: C, position: P, outbuf: P, outcount: C, datatype: H)
        MPI_Unpublish_name(service_name: P, info: H, port_name: P)
    }
}

/// Not written down.
pub mod asking {
    use crate::{
        call::{answered, asks, check, without_init},
        functions::{Entry, H, I, P, others::MayBeHandle},
        library::abi,
        place::stack_pointer,
        refusals::{self, Raiser},
        signature::datatypes_in,
        tables,
    };
    use std::ffi::c_int;

    /// A count of the large kind.
    type C = i64;

    asking! {
        MPI_Attr_delete(comm: H, keyval: I)
        MPI_Attr_get(comm: H, keyval: I, attribute_val: P, flag: P)
        MPI_Attr_put(comm: H, keyval: I, attribute_val: P)
        MPI_Cart_coords(comm: H, rank: I, maxdims: I, coords: P)
        MPI_Cart_get(comm: H, maxdims: I, dims: P, periods: P, coords: P)
        MPI_Cart_map(comm: H, ndims: I, dims: P, periods: P, newrank: P)
        MPI_Cart_rank(comm: H, coords: P, rank: P)
        MPI_Cart_shift(comm: H, direction: I, disp: I, rank_source: P, rank_dest: P)
        MPI_Cartdim_get(comm: H, ndims: P)
        MPI_Comm_call_errhandler(comm: H, errorcode: I)
        MPI_Comm_compare(comm1: H, comm2: H, result: P)
        MPI_Comm_delete_attr(comm: H, comm_keyval: I)
        MPI_Comm_get_attr(comm: H, comm_keyval: I, attribute_val: P, flag: P)
        MPI_Comm_get_name(comm: H, comm_name: P, resultlen: P)
        MPI_Comm_get_parent(parent: P)
        MPI_Comm_rank(comm: H, rank: P)
        MPI_Comm_remote_size(comm: H, size: P)
        MPI_Comm_set_attr(comm: H, comm_keyval: I, attribute_val: P)
        MPI_Comm_set_info(comm: H, info: H)
        MPI_Comm_set_name(comm: H, comm_name: P)
        MPI_Comm_size(comm: H, size: P)
        MPI_Comm_test_inter(comm: H, flag: P)
        MPI_Dims_create(nnodes: I, ndims: I, dims: P)
        MPI_Dist_graph_neighbors(comm: H, maxindegree: I, sources: P, sourceweights: P, maxoutdegree: I, destinations: P, destweights: P)
        MPI_Dist_graph_neighbors_count(comm: H, indegree: P, outdegree: P, weighted: P)
        MPI_File_call_errhandler(file: H, errorcode: I)
        MPI_File_get_amode(fh: H, amode: P)
        MPI_File_get_atomicity(fh: H, flag: P)
        MPI_File_get_byte_offset(fh: H, offset: C, disp: P)
        MPI_File_get_position(fh: H, offset: P)
        MPI_File_get_position_shared(fh: H, offset: P)
        MPI_File_get_type_extent(fh: H, datatype: H, extent: P)
        MPI_File_get_type_extent_c(fh: H, datatype: H, extent: P)
        MPI_Get_processor_name(name: P, resultlen: P)
        MPI_Graph_get(comm: H, maxindex: I, maxedges: I, indx: P, edges: P)
        MPI_Graph_map(comm: H, nnodes: I, indx: P, edges: P, newrank: P)
        MPI_Graph_neighbors(comm: H, rank: I, maxneighbors: I, neighbors: P)
        MPI_Graph_neighbors_count(comm: H, rank: I, nneighbors: P)
        MPI_Graphdims_get(comm: H, nnodes: P, nedges: P)
        MPI_Group_compare(group1: H, group2: H, result: P)
        MPI_Group_rank(group: H, rank: P)
        MPI_Group_size(group: H, size: P)
        MPI_Group_translate_ranks(group1: H, n: I, ranks1: P, group2: H, ranks2: P)
        MPI_Op_commutative(op: H, commute: P)
        MPI_Pack_external_size(datarep: P, incount: I, datatype: H, size: P)
        MPI_Pack_external_size_c(datarep: P, incount: C, datatype: H, size: P)
        MPI_Pack_size(incount: I, datatype: H, comm: H, size: P)
        MPI_Pack_size_c(incount: C, datatype: H, comm: H, size: P)
        MPI_Topo_test(comm: H, status: P)
        MPI_Type_create_f90_complex(p: I, r: I, newtype: P)
        MPI_Type_create_f90_integer(r: I, newtype: P)
        MPI_Type_create_f90_real(p: I, r: I, newtype: P)
        MPI_Type_delete_attr(datatype: H, type_keyval: I)
        MPI_Type_get_attr(datatype: H, type_keyval: I, attribute_val: P, flag: P)
        MPI_Type_get_envelope(datatype: H, num_integers: P, num_addresses: P, num_datatypes: P, combiner: P)
        MPI_Type_get_envelope_c(datatype: H, num_integers: P, num_addresses: P, num_large_counts: P, num_datatypes: P, combiner: P)
        MPI_Type_get_extent(datatype: H, lb: P, extent: P)
        MPI_Type_get_extent_c(datatype: H, lb: P, extent: P)
        MPI_Type_get_extent_x(datatype: H, lb: P, extent: P)
        MPI_Type_get_name(datatype: H, type_name: P, resultlen: P)
        MPI_Type_get_true_extent(datatype: H, true_lb: P, true_extent: P)
        MPI_Type_get_true_extent_c(datatype: H, true_lb: P, true_extent: P)
        MPI_Type_get_true_extent_x(datatype: H, true_lb: P, true_extent: P)
        MPI_Type_get_value_index(value_type: H, index_type: H, pair_type: P)
        MPI_Type_match_size(typeclass: I, size: I, datatype: P)
        MPI_Type_set_attr(datatype: H, type_keyval: I, attribute_val: P)
        MPI_Type_set_name(datatype: H, type_name: P)
        MPI_Type_size(datatype: H, size: P)
        MPI_Type_size_c(datatype: H, size: P)
        MPI_Type_size_x(datatype: H, size: P)
        MPI_Win_call_errhandler(win: H, errorcode: I)
        MPI_Win_delete_attr(win: H, win_keyval: I)
        MPI_Win_get_attr(win: H, win_keyval: I, attribute_val: P, flag: P)
        MPI_Win_get_name(win: H, win_name: P, resultlen: P)
        MPI_Win_set_name(win: H, win_name: P)
        MPI_Win_shared_query(win: H, rank: I, size: P, disp_unit: P, baseptr: P)
        MPI_Win_shared_query_c(win: H, rank: I, size: P, disp_unit: P, baseptr: P)
    }

    /// Defines the functions that hand out datatypes which the program did not make by them.
    macro_rules! datatypes {
        ($($name:ident($($argument:ident: $type:ty),*) $($count:expr => $array:ident),*;)*) => {
            $(
                asking! { @one $name($($argument: $type),*) |twin, recorded| {
                    // SAFETY: the arguments are handed on as they came.
                    let code = unsafe { twin($($argument),*) };
                    if recorded && code == 0 {
                        // SAFETY: MPI has written a handle at each of these places.
                        $(unsafe { handed_out($count.into(), $array) };)*
                    }
                    code
                } }
            )*

            /// The functions above; see `functions`.
            pub(crate) static DATATYPES: &[(&str, Entry)] = &[$((stringify!($name), Entry($name as *const ()))),*];
        };
    }

    datatypes! {
        MPI_File_get_view(fh: H, disp: P, etype: P, filetype: P, datarep: P) 1 => etype, 1 => filetype;
        MPI_Type_get_contents(datatype: H, max_integers: I, max_addresses: I, max_datatypes: I, array_of_integers: P, array_of_addresses: P, array_of_datatypes: P) datatypes_in(datatype) => array_of_datatypes;
        MPI_Type_get_contents_c(datatype: H, max_integers: C, max_addresses: C, max_large_counts: C, max_datatypes: C, array_of_integers: P, array_of_addresses: P, array_of_large_counts: P, array_of_datatypes: P) datatypes_in(datatype) => array_of_datatypes;
    }

    /// Takes in datatypes that MPI has handed out.
    ///
    /// # Safety
    /// There must be so many handles at `at`.
    unsafe fn handed_out(count: i64, at: P) {
        for nth in 0..usize::try_from(count).unwrap_or(0) {
            // SAFETY: the caller's promise.
            let handle = unsafe { abi().read(at, nth) };
            tables::with(|tables| tables.hand_out_datatype(handle));
        }
    }

    /// Defines the functions that set and get error handlers: the program must not see those of the
    /// recorder.
    macro_rules! error_handlers {
        ($($raiser:ident $object:ident: $set:ident $get:ident)*) => {
            $(
                asking! { @one $set($object: H, errhandler: H) |twin, recorded|
                    // SAFETY: the arguments are handed on as they came, but for what stands in for a
                    // handler.
                    unsafe { twin($object, if recorded { refusals::named(Raiser::$raiser, errhandler) } else { errhandler }) }
                }
                asking! { @one $get($object: H, errhandler: P) |twin, recorded| {
                    // SAFETY: the arguments are handed on as they came.
                    let code = unsafe { twin($object, errhandler) };
                    if recorded && code == 0 {
                        // SAFETY: MPI has written a handle there.
                        unsafe { refusals::shown(Raiser::$raiser, errhandler) };
                    }
                    code
                } }
            )*

            /// The functions above; see `functions`.
            pub(crate) static HANDLERS: &[(&str, Entry)] = &[
                $((stringify!($set), Entry($set as *const ())), (stringify!($get), Entry($get as *const ()))),*
            ];
        };
    }

    error_handlers! {
        Communicator comm: MPI_Comm_set_errhandler MPI_Comm_get_errhandler
        Communicator comm: MPI_Errhandler_set MPI_Errhandler_get
        File file: MPI_File_set_errhandler MPI_File_get_errhandler
        Window win: MPI_Win_set_errhandler MPI_Win_get_errhandler
    }

    /// `MPI_Session_init` of the MPI standard: begins to use MPI without `MPI_Init`.
    ///
    /// # Safety
    /// As the MPI standard asks.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn MPI_Session_init(info: H, errhandler: H, session: P) -> c_int {
        without_init();
        let twin = twin!("PMPI_Session_init");
        // SAFETY: the library's function of this name has these arguments.
        let twin: unsafe extern "C" fn(H, H, P) -> c_int = unsafe { std::mem::transmute(twin) };
        // SAFETY: the arguments are handed on as they came.
        unsafe { twin(info, errhandler, session) }
    }
}

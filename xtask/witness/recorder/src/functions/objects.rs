//! Functions that make and free datatypes, operations, groups and what else must be freed.

use super::{H, I, P};
use crate::{
    call::Call,
    counts::{self, Note},
    library::abi,
    mpi::Sort,
    tables,
};
use recording::{
    event::{Object, What},
    format::Outcome,
    functions::name,
};
use std::{ffi::c_int, sync::atomic::Ordering};

/// A count of the large kind.
type C = i64;
/// A distance in memory.
type A = isize;

functions! {
    MPI_Type_contiguous(count: I, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, oldtype, newtype) })
    }
    MPI_Type_contiguous_c(count: C, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, oldtype, newtype) })
    }
    MPI_Type_create_darray(size: I, rank: I, ndims: I, array_of_gsizes: P, array_of_distribs: P, array_of_dargs: P, array_of_psizes: P, order: I, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(size, rank, ndims, array_of_gsizes, array_of_distribs, array_of_dargs, array_of_psizes, order, oldtype, newtype) })
    }
    MPI_Type_create_darray_c(size: I, rank: I, ndims: I, array_of_gsizes: P, array_of_distribs: P, array_of_dargs: P, array_of_psizes: P, order: I, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(size, rank, ndims, array_of_gsizes, array_of_distribs, array_of_dargs, array_of_psizes, order, oldtype, newtype) })
    }
    MPI_Type_create_hindexed(count: I, array_of_blocklengths: P, array_of_displacements: P, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, array_of_blocklengths, array_of_displacements, oldtype, newtype) })
    }
    MPI_Type_create_hindexed_block(count: I, blocklength: I, array_of_displacements: P, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, blocklength, array_of_displacements, oldtype, newtype) })
    }
    MPI_Type_create_hindexed_block_c(count: C, blocklength: C, array_of_displacements: P, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, blocklength, array_of_displacements, oldtype, newtype) })
    }
    MPI_Type_create_hindexed_c(count: C, array_of_blocklengths: P, array_of_displacements: P, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, array_of_blocklengths, array_of_displacements, oldtype, newtype) })
    }
    MPI_Type_create_hvector(count: I, blocklength: I, stride: A, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, blocklength, stride, oldtype, newtype) })
    }
    MPI_Type_create_hvector_c(count: C, blocklength: C, stride: C, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, blocklength, stride, oldtype, newtype) })
    }
    MPI_Type_create_indexed_block(count: I, blocklength: I, array_of_displacements: P, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, blocklength, array_of_displacements, oldtype, newtype) })
    }
    MPI_Type_create_indexed_block_c(count: C, blocklength: C, array_of_displacements: P, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, blocklength, array_of_displacements, oldtype, newtype) })
    }
    MPI_Type_create_resized(oldtype: H, lb: A, extent: A, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(oldtype, lb, extent, newtype) })
    }
    MPI_Type_create_resized_c(oldtype: H, lb: C, extent: C, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(oldtype, lb, extent, newtype) })
    }
    MPI_Type_create_struct(count: I, array_of_blocklengths: P, array_of_displacements: P, array_of_types: P, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, array_of_blocklengths, array_of_displacements, array_of_types, newtype) })
    }
    MPI_Type_create_struct_c(count: C, array_of_blocklengths: P, array_of_displacements: P, array_of_types: P, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, array_of_blocklengths, array_of_displacements, array_of_types, newtype) })
    }
    MPI_Type_create_subarray(ndims: I, array_of_sizes: P, array_of_subsizes: P, array_of_starts: P, order: I, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(ndims, array_of_sizes, array_of_subsizes, array_of_starts, order, oldtype, newtype) })
    }
    MPI_Type_create_subarray_c(ndims: I, array_of_sizes: P, array_of_subsizes: P, array_of_starts: P, order: I, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(ndims, array_of_sizes, array_of_subsizes, array_of_starts, order, oldtype, newtype) })
    }
    MPI_Type_dup(oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(oldtype, newtype) })
    }
    MPI_Type_hindexed(count: I, array_of_blocklengths: P, array_of_displacements: P, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, array_of_blocklengths, array_of_displacements, oldtype, newtype) })
    }
    MPI_Type_hvector(count: I, blocklength: I, stride: A, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, blocklength, stride, oldtype, newtype) })
    }
    MPI_Type_indexed(count: I, array_of_blocklengths: P, array_of_displacements: P, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, array_of_blocklengths, array_of_displacements, oldtype, newtype) })
    }
    MPI_Type_indexed_c(count: C, array_of_blocklengths: P, array_of_displacements: P, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, array_of_blocklengths, array_of_displacements, oldtype, newtype) })
    }
    MPI_Type_struct(count: I, array_of_blocklengths: P, array_of_displacements: P, array_of_types: P, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, array_of_blocklengths, array_of_displacements, array_of_types, newtype) })
    }
    MPI_Type_vector(count: I, blocklength: I, stride: I, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, blocklength, stride, oldtype, newtype) })
    }
    MPI_Type_vector_c(count: C, blocklength: C, stride: C, oldtype: H, newtype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Datatype, newtype, || unsafe { twin(count, blocklength, stride, oldtype, newtype) })
    }
    MPI_Group_difference(group1: H, group2: H, newgroup: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, newgroup, || unsafe { twin(group1, group2, newgroup) })
    }
    MPI_Group_excl(group: H, n: I, ranks: P, newgroup: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, newgroup, || unsafe { twin(group, n, ranks, newgroup) })
    }
    MPI_Group_from_session_pset(session: H, pset_name: P, newgroup: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, newgroup, || unsafe { twin(session, pset_name, newgroup) })
    }
    MPI_Group_incl(group: H, n: I, ranks: P, newgroup: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, newgroup, || unsafe { twin(group, n, ranks, newgroup) })
    }
    MPI_Group_intersection(group1: H, group2: H, newgroup: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, newgroup, || unsafe { twin(group1, group2, newgroup) })
    }
    MPI_Group_range_excl(group: H, n: I, ranges: P, newgroup: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, newgroup, || unsafe { twin(group, n, ranges, newgroup) })
    }
    MPI_Group_range_incl(group: H, n: I, ranges: P, newgroup: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, newgroup, || unsafe { twin(group, n, ranges, newgroup) })
    }
    MPI_Group_union(group1: H, group2: H, newgroup: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, newgroup, || unsafe { twin(group1, group2, newgroup) })
    }
    MPI_Comm_group(comm: H, group: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, group, || unsafe { twin(comm, group) })
    }
    MPI_Comm_remote_group(comm: H, group: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, group, || unsafe { twin(comm, group) })
    }
    MPI_Win_get_group(win: H, group: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, group, || unsafe { twin(win, group) })
    }
    MPI_File_get_group(fh: H, group: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Group, group, || unsafe { twin(fh, group) })
    }
    MPI_Comm_create_errhandler(comm_errhandler_fn: P, errhandler: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::ErrorHandler, errhandler, || unsafe { twin(comm_errhandler_fn, errhandler) })
    }
    MPI_File_create_errhandler(file_errhandler_fn: P, errhandler: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::ErrorHandler, errhandler, || unsafe { twin(file_errhandler_fn, errhandler) })
    }
    MPI_Session_create_errhandler(session_errhandler_fn: P, errhandler: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::ErrorHandler, errhandler, || unsafe { twin(session_errhandler_fn, errhandler) })
    }
    MPI_Win_create_errhandler(win_errhandler_fn: P, errhandler: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::ErrorHandler, errhandler, || unsafe { twin(win_errhandler_fn, errhandler) })
    }
    MPI_Info_create(info: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Info, info, || unsafe { twin(info) })
    }
    MPI_Info_dup(info: H, newinfo: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Info, newinfo, || unsafe { twin(info, newinfo) })
    }
    MPI_Comm_get_info(comm: H, info_used: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Info, info_used, || unsafe { twin(comm, info_used) })
    }
    MPI_Win_get_info(win: H, info_used: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Info, info_used, || unsafe { twin(win, info_used) })
    }
    MPI_File_get_info(fh: H, info_used: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Info, info_used, || unsafe { twin(fh, info_used) })
    }
    MPI_Op_create(user_fn: P, commute: I, op: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Operation, op, || unsafe { twin(user_fn, commute, op) })
    }
    MPI_Op_create_c(user_fn: P, commute: I, op: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Operation, op, || unsafe { twin(user_fn, commute, op) })
    }
    MPI_Comm_create_keyval(comm_copy_attr_fn: P, comm_delete_attr_fn: P, comm_keyval: P, extra_state: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Keyval, comm_keyval, || unsafe { twin(comm_copy_attr_fn, comm_delete_attr_fn, comm_keyval, extra_state) })
    }
    MPI_Type_create_keyval(type_copy_attr_fn: P, type_delete_attr_fn: P, type_keyval: P, extra_state: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Keyval, type_keyval, || unsafe { twin(type_copy_attr_fn, type_delete_attr_fn, type_keyval, extra_state) })
    }
    MPI_Win_create_keyval(win_copy_attr_fn: P, win_delete_attr_fn: P, win_keyval: P, extra_state: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        make(call, Object::Keyval, win_keyval, || unsafe { twin(win_copy_attr_fn, win_delete_attr_fn, win_keyval, extra_state) })
    }
    MPI_Group_free(group: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::Group, group, || unsafe { twin(group) })
    }
    MPI_Errhandler_free(errhandler: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::ErrorHandler, errhandler, || unsafe { twin(errhandler) })
    }
    MPI_Info_free(info: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::Info, info, || unsafe { twin(info) })
    }
    MPI_Comm_free_keyval(comm_keyval: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::Keyval, comm_keyval, || unsafe { twin(comm_keyval) })
    }
    MPI_Type_free_keyval(type_keyval: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::Keyval, type_keyval, || unsafe { twin(type_keyval) })
    }
    MPI_Win_free_keyval(win_keyval: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::Keyval, win_keyval, || unsafe { twin(win_keyval) })
    }
    MPI_Type_free(datatype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::Datatype, datatype, || unsafe { twin(datatype) })
    }
    MPI_Op_free(op: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        free(call, Object::Operation, op, || unsafe { twin(op) })
    }
    MPI_Type_commit(datatype: P) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        commit(call, datatype, || unsafe { twin(datatype) })
    }
}

fn count(call: &Call) {
    if call.is_counted() {
        counts::note(call.function(), Note::default());
    }
}

/// Keyvals are integers; all else has handles.
pub(super) fn read(object: Object, at: P) -> Option<H> {
    if at.is_null() {
        return None;
    }
    match object {
        // SAFETY: the program names an integer there.
        Object::Keyval => Some(unsafe { at.cast::<c_int>().read_unaligned() } as usize),
        // SAFETY: the program names a handle there; those of files are pointers in every interface.
        Object::File => Some(unsafe { at.cast::<usize>().read_unaligned() }),
        // SAFETY: the program names a handle there.
        _ => unsafe { tables::read(at) },
    }
}

fn make(mut call: Call, object: Object, new: P, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    call.begin(&What::Make(object, None), 0);
    let code = run();
    let handle = if code == 0 { read(object, new) } else { None };
    let abi = abi();
    let handle = handle.filter(|handle| {
        object != Object::Group || ![abi.group_empty, abi.group_null].contains(handle)
    });
    let number = handle.map(|handle| {
        tables::with(|tables| match object {
            Object::Datatype => {
                // A duplicate may be used as its original may; only they are born ready.
                let committed = name(call.function()) == Some("MPI_Type_dup");
                u64::from(tables.add_datatype(handle, committed).id.0)
            }
            Object::Operation => {
                let made_by = name(call.function()).unwrap_or("");
                u64::from(tables.add_op(handle, made_by).0)
            }
            _ => tables.add_object(object, handle),
        })
    });
    call.end(code, number.map_or(Outcome::Nothing, Outcome::Made));
    code
}

fn free(mut call: Call, object: Object, old: P, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    let handle = read(object, old);
    let sort = match object {
        Object::Datatype => Some(Sort::Datatype),
        Object::Operation => Some(Sort::Operation),
        Object::Group => Some(Sort::Group),
        _ => None,
    };
    if let (Some(handle), Some(sort)) = (handle, sort) {
        call.check_unfreed(sort, handle);
    }
    let (mut datatype, mut op) = (None, None);
    let number = handle.and_then(|handle| {
        tables::with(|tables| match object {
            Object::Datatype => {
                datatype = tables.remove_datatype(handle);
                datatype.as_ref().map(|datatype| datatype.id.0.into())
            }
            Object::Operation => {
                op = tables.remove_op(handle);
                op.map(|op| op.0.into())
            }
            _ => tables.remove_object(object, handle),
        })
    });
    call.begin(&What::Free(object, number), 0);
    let code = run();
    if let (true, Some(handle)) = (code != 0, handle) {
        // One of MPI's own, and the program has asked to be told of errors.
        tables::with(|tables| match (object, op) {
            (Object::Datatype, _) => tables.keep_datatype(handle, datatype),
            (Object::Operation, Some(op)) => tables.keep_op(handle, op),
            _ => {}
        });
    }
    call.end(code, Outcome::Nothing);
    code
}

fn commit(mut call: Call, datatype: P, run: impl FnOnce() -> c_int) -> c_int {
    count(&call);
    if let Some(handle) = read(Object::Datatype, datatype)
        && call.check(Sort::Datatype, handle)
    {
        let datatype = tables::with(|tables| tables.datatype(handle));
        datatype.committed.store(true, Ordering::Relaxed);
    }
    call.begin(&What::Other, 0);
    let code = run();
    call.end(code, Outcome::Nothing);
    code
}

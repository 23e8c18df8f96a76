//! Packing (MPI standard 5.0, section 5.2): reads a buffer, or writes one, and is done with it when it
//! returns. What is packed may be memory that others write to.

// The same text is for both widths of counts, of which only one is converted.
#![allow(clippy::useless_conversion)]

use super::{H, P, together::count};
use crate::{call::Call, mpi::Sort};
use recording::{event::What, format::Outcome};
use std::ffi::c_int;

both! {
    MPI_Pack, MPI_Pack_c(inbuf: P, incount: N, datatype: H, outbuf: P, outsize: N, position: P, comm: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        local(call, (inbuf, incount.into(), datatype), false, comm, || unsafe { twin(inbuf, incount, datatype, outbuf, outsize, position, comm) })
    }
    MPI_Unpack, MPI_Unpack_c(inbuf: P, insize: N, position: P, outbuf: P, outcount: N, datatype: H, comm: H) |call, twin| {
        // SAFETY: the arguments are handed on as they came.
        local(call, (outbuf, outcount.into(), datatype), true, comm, || unsafe { twin(inbuf, insize, position, outbuf, outcount, datatype, comm) })
    }
}

fn local(
    mut call: Call,
    (buffer, amount, datatype): (P, i64, H),
    written: bool,
    comm: H,
    run: impl FnOnce() -> c_int,
) -> c_int {
    count(&call);
    if !call.is_recorded() {
        let code = run();
        call.end(code, Outcome::Nothing);
        return code;
    }
    call.check(Sort::Communicator, comm);
    let data = call.buffer(buffer, amount, datatype);
    call.begin(&What::Local { data, written }, 0);
    let code = run();
    call.end(code, Outcome::Nothing);
    code
}

#!/bin/sh
# The compiler wrapper of the workbook's own MPI. The one it came with breaks in folders whose names
# hold spaces; this one quotes. `-show` prints the command instead of running it.
prefix=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1

show=
link=yes
for argument in "$@"; do
    shift
    case $argument in
        -show) show=yes; continue ;;
        -c | -E | -S | -M | -MM | -fsyntax-only) link= ;;
    esac
    set -- "$@" "$argument"
done

set -- "-I$prefix/include" "$@"
if [ -n "$link" ]; then
    set -- "$@" "-L$prefix/lib" "-Wl,-rpath,$prefix/lib" -lmpi
    # On macOS the library is in two parts.
    if [ -e "$prefix/lib/libpmpi.tbd" ]; then
        set -- "$@" -lpmpi
    fi
fi

if [ -n "$show" ]; then
    printf %s "${MPICH_CC:-cc}"
    for argument in "$@"; do
        printf " '%s'" "$(printf %s "$argument" | sed "s/'/'\\\\''/g")"
    done
    echo
else
    # Unquoted: it may hold arguments of its own, such as `ccache cc`.
    # shellcheck disable=SC2086
    exec ${MPICH_CC:-cc} "$@"
fi

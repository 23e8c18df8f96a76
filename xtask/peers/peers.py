"""What a peer in Python has beside its work: see src/lib.rs."""

import sys
import time


def serve(offers):
    """Does what the lines on standard input ask for. `offers` are pairs of a name and a function."""
    for line in sys.stdin:
        line = line.strip()
        if line:
            work = offers[int(line)][1]
            start = time.perf_counter()
            result = float(work())
            print(time.perf_counter() - start, result, flush=True)
        else:
            print("\t".join(name for name, _ in offers), flush=True)

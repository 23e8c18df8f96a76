#!/usr/bin/env python3
"""What the recorder costs: messages between two ranks, and puts and gets, with and without it, by turns.

    scripts/measure-witness.py [--mpicc PATH] [--rounds N]

Prints, for 8 bytes and for 1 MB, the time of a round trip of messages (ping-pong), and of a put and a
get with their flushes, without and with the recorder.
It takes the fastest of many short batches, which other programs on the machine disturb least, and
the median over all batches. Nobody reads the records meanwhile.
"""

import argparse
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PROGRAM = r"""
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void trip(char way, int rank, char *buffer, int bytes, MPI_Win window) {
    if (way == 'm' && rank == 0) {
        MPI_Send(buffer, bytes, MPI_CHAR, 1, 0, MPI_COMM_WORLD);
        MPI_Recv(buffer, bytes, MPI_CHAR, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (way == 'm') {
        MPI_Recv(buffer, bytes, MPI_CHAR, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(buffer, bytes, MPI_CHAR, 0, 0, MPI_COMM_WORLD);
    } else if (rank == 0) {
        if (way == 'p') MPI_Put(buffer, bytes, MPI_CHAR, 1, 0, bytes, MPI_CHAR, window);
        else MPI_Get(buffer, bytes, MPI_CHAR, 1, 0, bytes, MPI_CHAR, window);
        MPI_Win_flush(1, window);
    }
}

int main(int count, char **arguments) {
    MPI_Init(&count, &arguments);
    char way = *arguments[1];
    int rank, bytes = atoi(arguments[2]), trips = atoi(arguments[3]), batches = atoi(arguments[4]);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    char *buffer = malloc(bytes), *exposed;
    memset(buffer, 0, bytes);
    MPI_Win window;
    MPI_Win_allocate(bytes, 1, MPI_INFO_NULL, MPI_COMM_WORLD, &exposed, &window);
    MPI_Win_lock_all(0, window);
    for (int batch = 0; batch < batches; batch++) {
        double start = MPI_Wtime();
        for (int number = 0; number < trips; number++) trip(way, rank, buffer, bytes, window);
        if (rank == 0) printf("%.4f\n", (MPI_Wtime() - start) / trips * 1e6);
    }
    MPI_Win_unlock_all(window);
    MPI_Win_free(&window);
    MPI_Finalize();
}
"""


def mpicc():
    """The compiler of the workbook's MPI."""
    named = os.environ.get("MPICC")
    if named:
        return Path(named)
    found = sorted(ROOT.glob(".workbook/mpi/mpich-*/bin/mpicc"))
    if found:
        return found[-1]
    on_path = shutil.which("mpicc")
    return Path(on_path) if on_path else sys.exit("No mpicc: run `cargo xtask setup` first.")


def run(launcher, program, arguments, recorder):
    """The microseconds of one trip in each batch."""
    environment = dict(os.environ, MPIR_CVAR_DEVICE_COLLECTIVES="none", OMPI_MCA_btl="self,sm")
    for name in ("OMPI", "PRTE"):
        environment[f"{name}_ALLOW_RUN_AS_ROOT"] = "1"
        environment[f"{name}_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        if recorder:
            environment.update(LD_PRELOAD=str(recorder), WORKBOOK_RECORDING=folder)
        command = [launcher, "-n", "2", program, *map(str, arguments)]
        said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    if said.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{said.stderr}")
    return [float(line) for line in said.stdout.split()]


def check(rounds):
    """A check with nothing to rebuild, with and without the witness, in turn."""
    command = ["cargo", "xtask", "check", "05", "--solution", "--format", "json"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    pairs = []
    for _ in range(rounds):
        seconds = []
        for options in ([], ["--no-witness"]):
            begin = time.perf_counter()
            subprocess.run([*command, *options], cwd=ROOT, check=True, capture_output=True)
            seconds.append(time.perf_counter() - begin)
        pairs.append(seconds)
    with_, without = (statistics.median(column) for column in zip(*pairs))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"check 05: {without:.2f} s without, {with_:.2f} s with: {ratio:.2f} times")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mpicc", type=Path, default=None)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each kind")
    options = parser.parse_args()
    compiler = options.mpicc or mpicc()
    build = ["cargo", "build", "--quiet", "--release", "--package", "recorder"]
    subprocess.run(build, cwd=ROOT, check=True)
    recorder = ROOT / "target/release/librecorder.so"
    launcher = compiler.resolve().parent / "mpiexec"
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "trips.c"), Path(folder, "trips")
        source.write_text(PROGRAM)
        library = compiler.resolve().parent.parent / "lib"
        command = [compiler, "-O2", source, "-o", program, f"-Wl,-rpath,{library}"]
        subprocess.run(command, check=True)
        check(options.rounds)
        sizes = ((8, 20, 3000), (1_000_000, 5, 100))
        for way, size in itertools.product(("message", "put", "get"), sizes):
            without, with_ = [], []
            for _ in range(options.rounds):
                without += run(launcher, program, (way, *size), None)
                with_ += run(launcher, program, (way, *size), recorder)
            for name, of in (("fastest", min), ("median", statistics.median)):
                bare, recorded = of(without), of(with_)
                more = recorded - bare
                print(
                    f"{way:<7} {size[0]:>8} bytes, {name}: {bare:9.3f} us without, {recorded:9.3f} us "
                    f"with: {more:+.3f} us, {100 * more / bare:+.1f} %"
                )


if __name__ == "__main__":
    main()

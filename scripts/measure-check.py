#!/usr/bin/env python3
"""Measures what a check costs beyond starting the ranks that it needs.

    python3 scripts/measure-check.py [EXERCISE] [ROUNDS]

In turn, so that a machine that gets slower meanwhile slows both: `cargo xtask check EXERCISE
--solution` with nothing to rebuild, and the same rank counts started by hand with an MPI program
that does nothing. Then: from an edit of one line to the verdict, and xtask built from nothing.
Prints medians in seconds, and the ratio pair by pair.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
EMPTY = """
#include <mpi.h>
int main(int argc, char **argv) { MPI_Init(&argc, &argv); MPI_Finalize(); return 0; }
"""


def seconds(command, **options):
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **options)
    took = time.perf_counter() - begin
    return took, done


def check(exercise, *options):
    return ["cargo", "xtask", "check", exercise, "--format", "json", *options]


def launcher(mpi):
    """The launcher's command up to the program, as `cargo xtask doctor` shows it."""
    _, done = seconds(["cargo", "xtask", "doctor"])
    line = next(line for line in done.stdout.splitlines() if line.startswith("Launcher"))
    command = line.removeprefix("Launcher").split()
    assert command[-2:] == ["-n", "2"], command
    environment = dict(os.environ, MPIR_CVAR_DEVICE_COLLECTIVES="none")
    library = mpi["library_dir"]
    environment["LD_LIBRARY_PATH"] = library + ":" + environment.get("LD_LIBRARY_PATH", "")
    return command[:-1], environment


def main():
    exercise = sys.argv[1] if len(sys.argv) > 1 else "05"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    _, first = seconds(check(exercise, "--solution"))
    if first.returncode != 0:
        sys.exit("the reference does not pass, so there is nothing to measure:\n" + first.stderr)
    report = json.loads(first.stdout)
    counts = sorted({ranks for task in report["tasks"] for ranks in task["ranks"]})
    print(f"{report['exercise']}, {report['mpi']['name']} {report['mpi']['version']}, rank counts {counts}")

    mpi = json.loads((ROOT / ".workbook/setup.json").read_text())["mpi"]
    start, environment = launcher(mpi)
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder, "empty.c"), pathlib.Path(folder, "empty")
        source.write_text(EMPTY)
        subprocess.run([mpi["mpicc"], "-o", program, source], check=True)
        pairs = []
        for _ in range(rounds):
            whole, done = seconds(check(exercise, "--solution"))
            assert done.returncode == 0, done.stdout
            bare = sum(
                seconds([*start, str(ranks), program], env=environment, check=True)[0] for ranks in counts
            )
            pairs.append((whole, bare))
    print(f"check with nothing to rebuild   {statistics.median(whole for whole, _ in pairs):6.2f} s")
    print(f"the same ranks, doing nothing   {statistics.median(bare for _, bare in pairs):6.2f} s")
    print(f"ratio                           {statistics.median(whole / bare for whole, bare in pairs):6.2f}")

    lib = ROOT / "solutions" / report["exercise"] / "src/lib.rs"
    before = lib.read_text()
    try:
        times = []
        for turn in range(3):
            lib.write_text(before + f"\n// edit {turn}\n")
            times.append(seconds(check(exercise, "--solution"))[0])
    finally:
        lib.write_text(before)
    print(f"from an edit to the verdict     {statistics.median(times):6.2f} s")

    with tempfile.TemporaryDirectory() as folder:
        took, done = seconds(["cargo", "build", "--profile", "command", "--package", "xtask", "--target-dir", folder])
        assert done.returncode == 0, done.stderr
    print(f"xtask built from nothing        {took:6.2f} s")
    tree = seconds(["cargo", "tree", "--package", "xtask", "--edges", "normal,build", "--prefix", "none"])[1]
    packages = {" ".join(line.split()[:2]) for line in tree.stdout.splitlines()}
    print(f"packages in its tree            {len(packages):6}")


if __name__ == "__main__":
    main()

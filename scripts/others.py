#!/usr/bin/env python3
"""Programs that others wrote as right ones, under the witness: what it finds in them, and what of it is new.

    scripts/others.py [rsmpi] [bench] [tests] [minutes] [--only TEXT] [--ranks N] [--strict]

`rsmpi` are the examples of the `mpi` crate, `bench` is mpi4py's, `tests` are mpi4py's tests, file by
file, and `minutes` are long and large programs of our own. Prints one line for each run. What
xtask/witness/suite/others.md explains is known; the exit status is 1 if there is anything else.
Builds and downloads stay in target/others.
"""

import argparse
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "target/others"
KNOWN = ROOT / "xtask/witness/suite/others.md"
MPI4PY = "4.1.2"

# Seconds that a program of others may take. None needs a tenth of it on an idle machine.
LIMIT = 300

PROGRAM = r"""
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The clock of Python's time.time(). */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

int main(int count, char **arguments)
{
    MPI_Init(&count, &arguments);
    int rank, size, word = 0, done = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Barrier(MPI_COMM_WORLD);
    const char *way = arguments[1];
    fprintf(stderr, "quiet %.3f\n", now());
    if (!strcmp(way, "ring"))
        MPI_Recv(&word, 1, MPI_INT, (rank + 1) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (!strcmp(way, "barrier") && rank)
        MPI_Barrier(MPI_COMM_WORLD);
    if (!strcmp(way, "barrier") && !rank)
        MPI_Recv(&word, 1, MPI_INT, size - 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (!strcmp(way, "compute")) {
        for (double end = now() + 60; now() < end;)
            (void)word;
        MPI_Barrier(MPI_COMM_WORLD);
    }
    if (!strcmp(way, "poll") && !rank) {
        sleep(20);
        for (int to = 1; to < size; to++)
            MPI_Send(&word, 1, MPI_INT, to, 0, MPI_COMM_WORLD);
    }
    if (!strcmp(way, "poll") && rank) {
        MPI_Request request;
        MPI_Irecv(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, &request);
        while (!done)
            MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    return 0;
}
"""


# Programs that never initialize MPI.
NOT_WATCHED = {"rsmpi/derive_preinit_panic"}


class Run:
    """One program, with one number of ranks."""

    def __init__(self, name, command, ranks, *, limit=LIMIT, deadlocks=False):
        self.name, self.command, self.ranks = name, [str(word) for word in command], ranks
        self.limit, self.deadlocks = limit, deadlocks
        self.since_quiet = None

    def watch(self, mpiexec, strict):
        """The witness's report; or a text, where there is none."""
        witness = ["cargo", "xtask", "witness", "--format", "json", f"--time-limit={self.limit}"]
        if strict:
            witness.append("--strict")
        witness += ["--", str(mpiexec), "-n", str(self.ranks), *self.command]
        said = subprocess.run(
            witness,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=3 * self.limit + 600,
        )
        quiet = [float(time) for time in re.findall(r"^quiet (\S+)$", said.stderr, re.MULTILINE)]
        if quiet:
            self.since_quiet = time.time() - max(quiet)
        (FOLDER / "said").mkdir(exist_ok=True)
        log = FOLDER / "said" / f"{self.name.replace('/', '-')}-{self.ranks}"
        Path(f"{log}.json").write_text(said.stdout)
        Path(f"{log}.txt").write_text(said.stderr)
        try:
            return json.loads(said.stdout)
        except ValueError:
            return f"no report, exit status {said.returncode}: {said.stderr.strip()[-200:]}"


def findings(report):
    """What was found: the kind, and the calls that it names."""
    for found in report["findings"]:
        calls = sorted({place["call"] for place in found["where"] if place.get("call")})
        yield found["kind"], ", ".join(calls), found["message"]


def known():
    """The rows of the table: program, kind, call; each may hold wildcards."""
    rows = []
    for line in KNOWN.read_text().splitlines():
        cells = [cell.strip().strip("`") for cell in line.split("|")[1:-1]]
        if len(cells) == 4 and cells[0] != "program" and set(cells[0]) != {"-"}:
            rows.append(tuple(cells[:3]))
    return rows


def is_known(rows, name, kind, calls):
    return any(
        fnmatch.fnmatchcase(name, program) and kind == of and fnmatch.fnmatchcase(calls, call)
        for program, of, call in rows
    )


def environment():
    """What `cargo xtask setup` wrote down for plain cargo."""
    text = (ROOT / ".workbook/cargo.toml").read_text()
    pairs = re.findall(r'^(\w+) = "(.*)"$', text, re.MULTILINE)
    return dict(os.environ, **{name: json.loads(f'"{value}"') for name, value in pairs})


def call(*command, **options):
    subprocess.run([str(word) for word in command], check=True, **options)


def crate():
    """The source of the `mpi` crate that the workbook uses, with its examples built."""
    lock = (ROOT / "Cargo.lock").read_text()
    version = re.search(r'name = "mpi"\nversion = "(.*)"', lock)[1]
    call("cargo", "fetch", "--quiet", cwd=ROOT)
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    sources = sorted(home.glob(f"registry/src/*/mpi-{version}"))
    if not sources:
        sys.exit(f"mpi {version} is not in {home}/registry/src")
    copy = FOLDER / f"mpi-{version}"
    shutil.copytree(sources[-1], copy, dirs_exist_ok=True)
    # A workspace of its own, or cargo takes it for a part of the workbook.
    manifest = copy / "Cargo.toml"
    if "[workspace]" not in manifest.read_text():
        manifest.write_text(manifest.read_text() + "\n[workspace]\n")
    build = ["cargo", "build", "--quiet", "--locked", "--examples", "--all-features"]
    call(*build, cwd=copy, env=environment())
    return copy


def rsmpi():
    copy = crate()
    for source in sorted(copy.glob("examples/*.rs")):
        program = copy / "target/debug/examples" / source.stem
        for ranks in (2, 3, 4):
            yield Run(f"rsmpi/{source.stem}", [program], ranks)


def python():
    """A Python that has mpi4py. Its wheel takes the MPI library that LD_LIBRARY_PATH names."""
    venv = FOLDER / "venv"
    program = venv / "bin/python"
    if not list(venv.glob(f"lib/*/site-packages/mpi4py-{MPI4PY}.dist-info")):
        call(sys.executable, "-m", "venv", venv)
        call(program, "-m", "pip", "install", "--quiet", f"mpi4py=={MPI4PY}", "numpy")
    return program


def bench():
    program = python()
    for ranks, *words in (
        (2, "helloworld"),
        (3, "helloworld"),
        (4, "helloworld", "--quiet"),
        (2, "ringtest"),
        (3, "ringtest", "--size", "100000", "--loop", "10"),
        (4, "ringtest", "--loop", "100"),
        (2, "pingpong", "--array", "none", "--max-size", "65536"),
        (3, "pingpong", "--array", "none", "--max-size", "65536"),
        (2, "pingpong", "--pickle", "--array", "none", "--max-size", "65536"),
        (2, "pingpong", "--array", "numpy", "--max-size", "65536"),
        (2, "pingpong", "--outband", "--array", "none", "--max-size", "65536"),
        (2, "futures", "--executor", "mpi", "--num-tasks", "10", "--max-size", "1024"),
        (4, "futures", "--executor", "mpi", "--num-tasks", "10", "--max-size", "1024"),
    ):
        yield Run(f"mpi4py.bench/{words[0]}", [program, "-m", "mpi4py.bench", *words], ranks)


def tests():
    program = python()
    source = FOLDER / f"mpi4py-{MPI4PY}"
    if not source.is_dir():
        pip = [program, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "mpi4py"]
        call(*pip, f"mpi4py=={MPI4PY}", "--dest", FOLDER)
        with tarfile.open(FOLDER / f"mpi4py-{MPI4PY}.tar.gz") as archive:
            archive.extractall(FOLDER)
    for file in sorted(source.glob("test/test_*.py")):
        for ranks in (2, 3):
            command = [program, source / "test/main.py", file.stem]
            yield Run(f"mpi4py.test/{file.stem}", command, ranks)


def minutes():
    """Programs of our own that take long, or many ranks."""
    source, program = FOLDER / "minutes.c", FOLDER / "minutes"
    source.write_text(PROGRAM)
    mpicc = Path(json.loads((ROOT / ".workbook/setup.json").read_text())["mpi"]["mpicc"])
    path = f"-Wl,-rpath,{mpicc.parent.parent / 'lib'}"
    call(mpicc, "-g", source, "-o", program, path)
    for way, ranks, deadlocks in (
        ("ring", 64, True),
        ("barrier", 64, True),
        ("compute", 4, False),
        ("poll", 4, False),
    ):
        yield Run(f"minutes/{way}", [program, way], ranks, deadlocks=deadlocks)


SUITES = {"rsmpi": rsmpi, "bench": bench, "tests": tests, "minutes": minutes}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"some of {', '.join(SUITES)}")
    parser.add_argument("--only", default="", help="programs with this in their name")
    parser.add_argument("--ranks", type=int, help="with this many ranks only")
    parser.add_argument("--strict", action="store_true", help="clean ones once more, strictly")
    options = parser.parse_args()
    for name in options.suites:
        if name not in SUITES:
            parser.error(f"there is no suite {name}")
    mpi = json.loads((ROOT / ".workbook/setup.json").read_text())["mpi"]
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = known()
    counts = Counter()
    for name in options.suites or SUITES:
        for run in SUITES[name]():
            if options.only not in run.name or options.ranks not in (None, run.ranks):
                continue
            begin = time.monotonic()
            report = run.watch(mpi["mpiexec"], options.strict)
            took = time.monotonic() - begin
            counts["runs"] += 1
            said = f"{run.name} on {run.ranks}, {took:.1f} s: "
            if isinstance(report, str):
                is_expected = run.name in NOT_WATCHED
                counts["without MPI" if is_expected else "not watched"] += 1
                print(said + report, flush=True)
                continue
            kinds, new = Counter(), []
            for kind, calls, message in findings(report):
                kinds[kind] += 1
                if run.deadlocks and kind == "deadlock":
                    continue
                if not is_known(rows, run.name, kind, calls):
                    new.append(f"    new: {kind} ({calls}): {message}")
            if run.deadlocks and "deadlock" not in kinds:
                new.append("    new: the deadlock is not said")
            parts = [f"{many} {kind}" for kind, many in sorted(kinds.items())] or ["none"]
            if report["time_limit"]:
                parts.append("ended by the time limit")
            elif report["status"] not in (None, "exit status: 0"):
                parts.append(f"ended with {report['status']}")
            if run.since_quiet is not None and run.deadlocks:
                parts.append(f"reported {run.since_quiet:.2f} s after the last rank fell quiet")
            counts["with findings"] += bool(kinds)
            counts["new findings"] += len(new)
            print("\n".join([said + ", ".join(parts), *new]), flush=True)
    print(", ".join(f"{many} {what}" for what, many in counts.items()))
    return 1 if counts["new findings"] or counts["not watched"] else 0


if __name__ == "__main__":
    sys.exit(main())

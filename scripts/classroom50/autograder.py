#!/usr/bin/env python3
"""The autograder of an assignment in Classroom 50, made from this workbook.

Classroom 50's runner starts it in the student's checkout, and reads `result.json` there. What is graded is the
teacher's own checkout of the course, at the commit below, into which nothing of the student's is copied but the
files with the answers. Before that, the references are emptied, and the history, which has them too, is removed.

Set the three values, and put this file into the repository `classroom50`, as
CLASSROOM/autograders/ASSIGNMENT/autograder.py. See ../README.md.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# The course, and the commit that grades: a full hash, so that nobody can move it.
COURSE = os.environ.get("WORKBOOK_COURSE", "https://github.com/OWNER/REPOSITORY")
COMMIT = os.environ.get("WORKBOOK_COMMIT", "0000000000000000000000000000000000000000")
# The exercises that count; "" for all of them.
EXERCISES = os.environ.get("WORKBOOK_EXERCISES", "")

# All that answers get of the environment: not the workflow's tokens, nor the files by which a step of it speaks.
KEPT = {
    # For cargo, compilers, and MPI.
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CC", "MPICC",
    "LIBCLANG_PATH", "LD_LIBRARY_PATH",
    # To reach what is downloaded.
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
    # For the head of the result.
    "CLASSROOM", "ASSIGNMENT", "ASSIGNMENT_TYPE", "OWNER", "USERNAME", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL",
    "REVIEW_URL",
}

# A file with answers is shorter than this, in bytes.
LONGEST = 1 << 20


def run(*command, cwd, **more):
    return subprocess.run(command, cwd=cwd, check=True, **more)


def check_out(course: Path):
    """The course without its references: an answer could include them."""
    run("git", "init", "--quiet", ".", cwd=course)
    run("git", "fetch", "--quiet", "--depth=1", COURSE, COMMIT, cwd=course)
    run("git", "checkout", "--quiet", "FETCH_HEAD", cwd=course)
    shutil.rmtree(course / ".git")
    for file in course.glob("solutions/**/*"):
        if file.is_file() and file.suffix != ".toml":
            file.write_text("")


def copy_answers(submission: Path, course: Path):
    for there in sorted(course.glob("exercises/*/src/lib.rs")):
        name = there.relative_to(course)
        mine = submission / name
        inside = submission.resolve() in mine.resolve().parents
        if mine.is_symlink() or not mine.is_file() or not inside:
            print(f"{name}: no such file, the stub is graded")
        elif mine.stat().st_size > LONGEST:
            print(f"{name}: longer than {LONGEST} bytes, the stub is graded")
        else:
            shutil.copyfile(mine, there)


def main():
    submission = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        check_out(course)
        copy_answers(submission, course)
        command = ["cargo", "xtask", "report", "--format", "classroom"]
        if EXERCISES:
            command += ["--only", EXERCISES]
        clean = {name: value for name, value in os.environ.items() if name in KEPT}
        done = subprocess.run(command, cwd=course, env=clean, stdout=subprocess.PIPE, text=True)
    # 1: something does not pass, which is a result.
    if done.returncode not in (0, 1):
        sys.exit(f"the course could not grade: `{' '.join(command)}` ended with status {done.returncode}")
    (submission / "result.json").write_text(done.stdout)


if __name__ == "__main__":
    main()

"""Everything ``make test`` runs: machine checks, all tests on every core, coverage of branches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
APPEND = "--cov-append"
IN_ORDER = ("-p", "no:randomly")  # a journey rests on what the one before it left


def run(title: str, *command: str) -> None:
    print(f"== {title}", flush=True)
    result = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False)
    if result.returncode:
        sys.exit(result.returncode)


def main() -> None:
    workers = str(max(2, os.cpu_count() or 2))
    run("format", "ruff", "format", "--check", "src", "tests", "scripts")
    run("lint", "ruff", "check", "src", "tests", "scripts")
    run("types", "mypy")
    run("layers", "lint-imports", "--no-cache")
    for old in ROOT.glob(".coverage*"):
        if old.is_file():
            old.unlink()
    cover = ("--cov", "--cov-report=", "--durations=5")
    run("tests", "pytest", "-n", workers, "--dist", "loadgroup", "--ignore=tests/browser", *cover)
    # In processes of their own: the browser's event loop and FEEL's isolates do not share a thread.
    run(
        "browser",
        "pytest",
        "tests/browser",
        "-n",
        workers,
        "--dist",
        "loadfile",
        *IN_ORDER,
        *cover,
        APPEND,
    )
    run("coverage", "coverage", "report", "--skip-covered", "--sort=cover")


if __name__ == "__main__":
    main()

"""Everything ``make test`` runs: machine checks, all tests on every core, coverage of branches."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
IN_ORDER = ("-p", "no:randomly")  # a journey rests on what the one before it left


# Compiling every source anew in every process would cost a tenth of the time.
CACHING = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def run(title: str, *command: str, tries: int = 1) -> None:
    """Stop where a command fails. With more tries, tests that failed are run again, and said so."""
    print(f"== {title}", flush=True)
    words = [str(BIN / command[0]), *command[1:]]
    begun = time.monotonic()
    result = subprocess.run(words, cwd=ROOT, env=CACHING, check=False)
    print(f"== {title}: {time.monotonic() - begun:.0f} s", flush=True)
    if result.returncode and tries > 1:
        run(f"{title}, what failed once more", *command, "--last-failed", tries=tries - 1)
    elif result.returncode:
        sys.exit(result.returncode)


def _journeys() -> list[str]:
    """The browser tests, those that take longest first."""
    longest = ("test_case_journey.py", "test_studio_journey.py", "test_award_journey.py")
    files = {path.name: str(path) for path in sorted((ROOT / "tests/browser").glob("test_*.py"))}
    first = [files.pop(name) for name in longest]
    return [*first, *files.values()]


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
    # The longest journeys begin first; coverage is gated by what the tests above went through.
    spread = ("-n", workers, "--dist", "loadfile", "--no-loadscope-reorder")
    # A list that is swapped while somebody types may lose sight of a row: not mended yet.
    run("browser", "pytest", *_journeys(), *spread, *IN_ORDER, tries=3)
    run("coverage", "coverage", "report", "--skip-covered", "--sort=cover")


if __name__ == "__main__":
    main()

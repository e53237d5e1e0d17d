"""A realistic grant decision of three pages: one after the other, and by two worker processes."""

from __future__ import annotations

import time
import tomllib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import Any

from grantflow import letters
from tests.benchmark.steps import timed
from tests.benchmark.world import ROOT

FOLDER = ROOT / "templates" / "letters"
PER_WORKER = 40
PAGES = 3


def html() -> str:
    """The decision of the shipped sample, composed as the services do."""
    folder = FOLDER / "grant_decision"
    source = letters.parse_source(
        "grant_decision",
        (folder / "letter.toml").read_bytes(),
        (folder / "body.html").read_bytes(),
    )
    sample = tomllib.loads((FOLDER / "sample.toml").read_text(encoding="utf-8"))
    return letters.compose(source, letters.load(sample), {})


def print_some(count: int) -> int:
    """Render that many decisions in this process; their pages."""
    composed = html()
    return sum(letters.render(composed).pages for _ in range(count))


def measure() -> dict[str, Any]:
    """Milliseconds of one letter in a warm process; letters a second with two processes."""
    composed = html()
    pages = letters.render(composed).pages
    if pages < PAGES:
        raise RuntimeError(f"the sample decision has {pages} pages only")
    alone = median(timed(lambda: letters.render(composed)) for _ in range(20))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(print_some, [2, 2]))
        before = time.perf_counter()
        list(pool.map(print_some, [PER_WORKER, PER_WORKER]))
        seconds = time.perf_counter() - before
    return {"letter_ms": alone, "letter_pages": pages, "letters_per_s": 2 * PER_WORKER / seconds}

"""A realistic grant decision of three pages: one after the other, and by two worker processes.

Every letter has its own reference, recipient and amount, so that nothing is measured which a memory
of earlier letters would spare.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from itertools import count
from multiprocessing import get_context
from statistics import median
from typing import Any

from grantflow import letters
from grantflow.letters import LetterModel, LetterSource
from grantflow.letters.compose import compose as compose_act
from tests.benchmark.steps import timed
from tests.benchmark.world import ROOT

FOLDER = ROOT / "templates" / "letters"
PER_WORKER = 40
WARM, ALONE = 3, 20
PAGES = 3


@lru_cache
def _decision() -> tuple[LetterSource, LetterModel]:
    """The shipped decision and its sample without the optional parts that make a fourth page."""
    folder = FOLDER / "grant_decision"
    files = ((folder / name).read_bytes() for name in ("letter.toml", "body.html"))
    model = letters.load(tomllib.loads((FOLDER / "sample.toml").read_text(encoding="utf-8")))
    if model.decision is None:
        raise RuntimeError("the sample has no decision")
    whole = model.decision
    shorter = replace(
        whole,
        indicators=(),
        instalments=(),
        expenditure=whole.expenditure[:2],
        special_conditions=(),
        audit_rights=whole.audit_rights[:1],
    )
    return letters.parse_source("grant_decision", *files), replace(model, decision=shorter)


def html(number: int) -> str:
    """The act of one recipient, without the plain-language page in front of it."""
    source, model = _decision()
    return compose_act(source, _of(model, number), {})


def _of(model: LetterModel, number: int) -> LetterModel:
    decision = model.decision
    if decision is None or decision.amount is None:
        raise RuntimeError("the sample has no amount")
    return replace(
        model,
        info=replace(model.info, file_reference=f"24-{number:06}"),
        recipient=replace(model.recipient, organisation=f"Verein Nummer {number} e. V."),
        decision=replace(decision, amount=decision.amount - Decimal(number)),
    )


def print_some(first: int, number: int) -> int:
    """Render that many decisions in this process; their pages."""
    return sum(letters.render(html(first + each)).pages for each in range(number))


def _each(numbers: Iterator[int]) -> float:
    composed = html(next(numbers))
    return timed(lambda: letters.render(composed))


def measure() -> dict[str, Any]:
    """Milliseconds of one letter in a warm process; letters a second with two processes."""
    numbers = count(1)
    pages = letters.render(html(next(numbers))).pages
    if pages != PAGES:
        raise RuntimeError(f"the sample decision has {pages} pages, not {PAGES}")
    for _ in range(WARM):
        _each(numbers)
    times = [_each(numbers) for _ in range(ALONE)]
    return {
        "letter_ms": median(times),
        "letter_best_ms": min(times),
        "letter_pages": pages,
        "letters_per_s": {workers: _rate(workers) for workers in (1, 2)},
    }


def _rate(workers: int) -> float:
    """Letters a second of so many warm processes together."""
    firsts = [1_000 * (number + 1) for number in range(workers)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(print_some, firsts, [WARM] * workers))
        before = time.perf_counter()
        list(pool.map(print_some, [first + 500 for first in firsts], [PER_WORKER] * workers))
        return workers * PER_WORKER / (time.perf_counter() - before)

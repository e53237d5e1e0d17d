"""What a full computation of a grant costs: lines, final grant, recovery, payable, interest."""

from __future__ import annotations

import statistics
import time
from datetime import date
from decimal import Decimal
from typing import Any

from grantflow.rules.computing import compute
from grantflow.rules.profiles import Profile, profile

ROUNDS, REPEATS = 5, 200
DAY = date(2026, 3, 1)
LINES = [
    {"line": f"position {number}", "planned": 8000 + number, "actual": 7600 + 90 * number}
    for number in range(12)
]


def measure() -> dict[str, Any]:
    """Microseconds of one full computation: the median of some rounds."""
    rules = profile("federal", DAY)
    full(rules)  # the first time reads the files
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(REPEATS):
            full(rules)
        taken.append((time.perf_counter() - began) / REPEATS * 1e6)
    return {"rules_us": statistics.median(taken)}


def full(rules: Profile) -> Decimal:
    """A plan of twelve lines, reduction, tolerance, recovery, payable, interest over 5 segments."""
    lines = compute("budget_lines", {"lines": LINES}, rules)
    final = compute(
        "final_grant",
        {
            "financing_type": "PROPORTIONAL",
            "grant": 48000,
            "plan_expenditure": lines.values["total_planned"],
            "plan_other_funds": 48066,
            "rate": "0.499",
            "actual_expenditure": lines.values["recognised"],
            "actual_other_funds": 49000,
        },
        rules,
    )
    repaid = compute("recovery", {"paid": 48000, **_only(final.values, "final_grant")}, rules)
    compute(
        "payable",
        {"financing_type": "PROPORTIONAL", "need": 9000, "rate": "0.499", "grant_unpaid": 4000,
         "today": DAY, "remedy_period_end": "2026-02-10", "overdue_statements": 0},
        rules,
    )  # fmt: skip
    interest = compute(
        "recovery_interest",
        {"principal": repaid.values["repay"], "interest_from": "2024-03-01",
         "interest_until": "2026-03-01"},
        rules,
    )  # fmt: skip
    assert len(interest.values["segments"]) == 5
    found: Decimal = interest.values["interest"]
    return found


def _only(values: Any, name: str) -> dict[str, Any]:
    return {name: values[name]}

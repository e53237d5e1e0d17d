"""The lines of a statement beside what may count of them: figures, receipts, plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from grantflow.forms.amounts import as_number
from grantflow.programmes.drafted import amount_of, rows_of
from grantflow.rules.budget_lines import line_limit
from grantflow.rules.rounding import NOTHING

LINES = "statement_lines"
"""The name under which expressions of a form find these lines."""


@dataclass(frozen=True)
class Counted:
    """A receipt as far as it counts: its line of the plan (empty: none named) and euro."""

    line: str
    accepted: Decimal


def shown(
    data: Mapping[str, Any], receipts: Sequence[Counted], tolerance: Decimal
) -> list[dict[str, Any]]:
    """The lines for FEEL, amounts as numbers (euro): claimed, accepted, limit, countable.

    ``claimed`` is what the statement says, ``accepted`` what the receipts prove (null where they do
    not name their lines), ``countable`` the lower of both, and ``limit`` the plan with what it may
    be exceeded by (``tolerance``, 0.2 is 20 %). Legal source: ANBest-P Nr. 1.2 and Nr. 6.
    """
    claimed, planned = sums(rows_of(data["spent"])), sums(rows_of(data.get("plan_lines")))
    proved = sums({"label": one.line, "amount": one.accepted} for one in receipts)
    known = bool(receipts) and all(one.line for one in receipts)
    return [
        {
            "label": label,
            "claimed": as_number(amount),
            "accepted": as_number(proved.get(label, NOTHING)) if known else None,
            "countable": as_number(min(amount, proved.get(label, NOTHING)) if known else amount),
            "limit": as_number(line_limit(planned.get(label, NOTHING), tolerance)),
        }
        for label, amount in claimed.items()
    ]


def sums(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Decimal]:
    """The ``amount`` (euro) of rows by their ``label``; the same label may stand twice."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[str(row.get("label"))] += amount_of(row.get("amount")) or NOTHING
    return found

"""What may be granted: never more than was asked for, nor than a funding line allows.

A drafted decision is known by its answers: ``decision_outcome`` (grant or partial),
``approved_amount``, ``positions`` (``line``, ``eligible``, ``approved``) and ``instalments``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from grantflow.errors import Problem
from grantflow.programmes.definition import FundingLine, ProgrammeFile
from grantflow.rules.rounding import cents
from grantflow.texts import Worded

GRANTS = frozenset({"grant", "partial"})
_NOTHING, _PERCENT = Decimal(0), Decimal(100)


def exceeded(
    file: ProgrammeFile, requested: Decimal | None, drafted: Mapping[str, Any]
) -> Iterator[Problem]:
    """Where a drafted grant is above its limits or its budget years differ from it.

    ``requested`` is the sum asked for in euro; None where nobody has asked for a sum. Answers
    that grant nothing have no limits.
    """
    granted = _amount(drafted.get("approved_amount"))
    if drafted.get("decision_outcome") not in GRANTS or granted is None:
        return
    if requested is not None and granted > requested:
        told = {"granted": granted, "requested": requested}
        yield Problem("programmes.grant.above_request_money", told, "approved_amount")
    yield from _lines(file, drafted)
    years = [_amount(row.get("amount")) for row in _rows(drafted.get("instalments"))]
    split = sum((part for part in years if part is not None), _NOTHING)
    if years and split != granted:
        told = {"granted": granted, "split": split}
        yield Problem("programmes.grant.split_differs_money", told, "instalments")


def by_rate(line: FundingLine, eligible: Decimal | None) -> Decimal | None:
    """What the rate of a line allows of eligible expenditure (euro); None without a rate."""
    if line.rate is None or eligible is None:
        return None
    return cents(line.rate * eligible)


def at_most(line: FundingLine, first: date | None, last: date | None) -> Decimal | None:
    """What a line allows at most in a period (euro): its maximum, or so much for every year.

    Every calendar year that the period touches counts in full.
    """
    limits = [] if line.maximum is None else [line.maximum]
    if line.maximum_per_year is not None and first is not None and last is not None:
        limits.append(line.maximum_per_year * (last.year - first.year + 1))
    return min(limits, default=None)


def _lines(file: ProgrammeFile, drafted: Mapping[str, Any]) -> Iterator[Problem]:
    known = {line.code: line for line in file.funding_lines}
    first, last = _day(drafted.get("period_from")), _day(drafted.get("period_until"))
    sums: dict[str, Decimal] = {}
    for number, row in enumerate(_rows(drafted.get("positions"))):
        line, approved = known.get(str(row.get("line"))), _amount(row.get("approved"))
        if line is None or approved is None:
            continue
        place = f"positions.{number}.approved"
        sums[line.code] = sums.get(line.code, _NOTHING) + approved
        told = {"line": Worded(line.title.de, line.title.en), "granted": approved}
        reach = by_rate(line, _amount(row.get("eligible")))
        if line.rate is not None and reach is not None and approved > reach:
            more = {"rate": f"{(line.rate * _PERCENT).normalize():f}", "most": reach}
            yield Problem("programmes.grant.above_rate_money", {**told, **more}, place)
        most = at_most(line, first, last)
        if most is not None and sums[line.code] > most:
            more = {"granted": sums[line.code], "most": most}
            yield Problem("programmes.grant.above_maximum_money", {**told, **more}, place)


def _rows(value: object) -> Sequence[Mapping[str, Any]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, Mapping)]


def _amount(value: object) -> Decimal | None:
    """An answer in euro to the cent; computed sums are binary fractions."""
    try:
        return cents(Decimal(str(value))) if value not in (None, "") else None
    except InvalidOperation:
        return None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None

"""What may be granted: never more than was asked for, nor than a funding line allows.

A drafted decision is known by its answers: ``decision_outcome`` (grant or partial),
``approved_amount``, ``positions`` (``line``, ``eligible``, ``approved``) and ``instalments``;
without positions also by ``eligible_expenditure``, ``rate_percent`` and ``granted_cover_funds``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from grantflow.errors import Problem
from grantflow.programmes.definition import FundingLine, ProgrammeFile
from grantflow.programmes.drafted import amount_of, day_of, rows_of
from grantflow.rules.grant_limits import at_most, share
from grantflow.rules.rounding import cents
from grantflow.texts import Worded

RULE = "grant_maximum"
GRANTS = frozenset({"grant", "partial"})
_NOTHING, _PERCENT = Decimal(0), Decimal(100)


def exceeded(
    file: ProgrammeFile, requested: Decimal | None, drafted: Mapping[str, Any]
) -> Iterator[Problem]:
    """Where a drafted grant is above its limits or its budget years differ from it.

    ``requested`` is the sum asked for in euro; None where nobody has asked for a sum. Answers
    that grant nothing have no limits.
    """
    granted = _cents(drafted.get("approved_amount"))
    if drafted.get("decision_outcome") not in GRANTS or granted is None:
        return
    if requested is not None and granted > requested:
        told = {"granted": granted, "requested": requested}
        yield Problem("programmes.grant.above_request_money", told, "approved_amount")
    if drafted.get("positions"):
        yield from _lines(file, drafted)
    else:
        yield from _of_whole(drafted, granted)
    years = [_cents(row.get("amount")) for row in rows_of(drafted.get("instalments"))]
    split = sum((part for part in years if part is not None), _NOTHING)
    if years and split != granted:
        told = {"granted": granted, "split": split}
        yield Problem("programmes.grant.split_differs_money", told, "instalments")


def by_rate(line: FundingLine, eligible: Decimal | None) -> Decimal | None:
    """What the rate of a line allows of eligible expenditure (euro); None without a rate."""
    return None if line.rate is None or eligible is None else share(line.rate, eligible)


def facts(
    file: ProgrammeFile, requested: Decimal | None, drafted: Mapping[str, Any]
) -> dict[str, Any]:
    """What the rule ``grant_maximum`` is told of a drafted grant (euro, shares, ISO days).

    Positions of one funding line count together, because its limits do. A draft without positions
    is one line with the rate that was typed and the cover funds of its plan.
    """
    positions, cover = rows_of(drafted.get("positions")), drafted.get("granted_cover_funds")
    told = {
        "lines": _by_line(file, positions) if positions else [_whole(file, drafted)],
        "requested": requested,
        "other_funds": _sum(rows_of(cover), "amount") if cover else None,
        "period_from": day_of(drafted.get("period_from")),
        "period_until": day_of(drafted.get("period_until")),
    }
    return _told(told)


def _by_line(file: ProgrammeFile, positions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    known = {line.code: line for line in file.funding_lines}
    codes = dict.fromkeys(str(row.get("line")) for row in positions)
    found = []
    for code in codes:
        line, rows = known.get(code), [row for row in positions if str(row.get("line")) == code]
        amounts = {"eligible": _sum(rows, "eligible"), "granted": _sum(rows, "approved")}
        found.append(_told({"line": line.title.de if line else code, **amounts, **_terms(line)}))
    return found


def _whole(file: ProgrammeFile, drafted: Mapping[str, Any]) -> dict[str, Any]:
    only = file.funding_lines[0] if len(file.funding_lines) == 1 else None
    percent = amount_of(drafted.get("rate_percent"))
    typed = {} if percent is None else {"rate": percent / _PERCENT}
    amounts = {
        "eligible": _cents(drafted.get("eligible_expenditure")),
        "granted": _cents(drafted.get("approved_amount")),
    }
    return _told({"line": file.title.de, **amounts, **_terms(only), **typed})


def _terms(line: FundingLine | None) -> dict[str, Decimal | None]:
    if line is None:
        return {}
    limits = {"maximum": line.maximum, "maximum_per_year": line.maximum_per_year}
    return {"rate": line.rate, **limits}


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> Decimal:
    return sum((_cents(row.get(name)) or _NOTHING for row in rows), _NOTHING)


def _told(known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if value is not None}


def _of_whole(drafted: Mapping[str, Any], granted: Decimal) -> Iterator[Problem]:
    """A grant without positions: its own rate, its plan, and what others pay, limit it."""
    eligible = _cents(drafted.get("eligible_expenditure"))
    if eligible is None:
        return
    percent, cover = amount_of(drafted.get("rate_percent")), drafted.get("granted_cover_funds")
    told = {"granted": granted, "eligible": eligible}
    if granted > eligible:
        yield Problem("programmes.grant.above_eligible_money", told, "approved_amount")
        return
    most = None if percent is None else share(percent / _PERCENT, eligible)
    if percent is not None and most is not None and granted > most:
        more = {"rate": f"{percent.normalize():f}", "most": most}
        yield Problem("programmes.grant.above_own_rate_money", {**told, **more}, "approved_amount")
    others = _sum(rows_of(cover), "amount") if cover else _NOTHING
    if granted + others > eligible:
        more = {"others": others, "most": max(_NOTHING, eligible - others)}
        yield Problem("programmes.grant.above_need_money", {**told, **more}, "approved_amount")


def _lines(file: ProgrammeFile, drafted: Mapping[str, Any]) -> Iterator[Problem]:
    known = {line.code: line for line in file.funding_lines}
    first, last = day_of(drafted.get("period_from")), day_of(drafted.get("period_until"))
    sums: dict[str, Decimal] = {}
    for number, row in enumerate(rows_of(drafted.get("positions"))):
        line, approved = known.get(str(row.get("line"))), _cents(row.get("approved"))
        if line is None or approved is None:
            continue
        place = f"positions.{number}.approved"
        sums[line.code] = sums.get(line.code, _NOTHING) + approved
        told = {"line": Worded(line.title.de, line.title.en), "granted": approved}
        reach = by_rate(line, _cents(row.get("eligible")))
        if line.rate is not None and reach is not None and approved > reach:
            more = {"rate": f"{(line.rate * _PERCENT).normalize():f}", "most": reach}
            yield Problem("programmes.grant.above_rate_money", {**told, **more}, place)
        most = at_most(line.maximum, line.maximum_per_year, first, last)
        if most is not None and sums[line.code] > most:
            more = {"granted": sums[line.code], "most": most}
            yield Problem("programmes.grant.above_maximum_money", {**told, **more}, place)


def _cents(value: object) -> Decimal | None:
    """Computed sums are binary fractions."""
    found = amount_of(value)
    return None if found is None else cents(found)

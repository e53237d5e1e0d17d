"""What may be granted: never more than was asked for, nor than a funding line allows.

A drafted decision is known by its answers: ``decision_outcome`` (grant or partial),
``approved_amount``, ``positions`` (``line``, ``eligible``, ``approved``) and ``instalments``;
without positions also by ``eligible_expenditure``, ``rate_percent`` and ``granted_cover_funds``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from grantflow.errors import Problem
from grantflow.programmes.definition import FundingLine, ProgrammeFile
from grantflow.programmes.drafted import amount_of, day_of, rows_of
from grantflow.rules.computation import Facts
from grantflow.rules.grant_maximum import Limit, of_facts
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
        yield from _of_positions(file, drafted)
    else:
        yield from _of_whole(file, drafted)
    years = [_cents(row.get("amount")) for row in rows_of(drafted.get("instalments"))]
    split = sum((part for part in years if part is not None), _NOTHING)
    if years and split != granted:
        told = {"granted": granted, "split": split}
        yield Problem("programmes.grant.split_differs_money", told, "instalments")


@dataclass(frozen=True)
class Position:
    """A drafted position beside the limits of its funding line (euro); None: nothing limits."""

    number: int
    line: FundingLine
    financing: Literal["PROPORTIONAL", "DEFICIT", "FIXED_AMOUNT", "FULL"]
    granted: Decimal
    together: Decimal  # with the positions of the same line before it
    by_rate: Decimal | None
    maximum: Decimal | None  # of all positions of the line together

    @property
    def most(self) -> Decimal | None:
        """What its rate allows and the positions before it leave of the maximum (euro)."""
        left = None if self.maximum is None else self.maximum - (self.together - self.granted)
        limits = [self.by_rate, None if left is None else max(_NOTHING, left)]
        return min((limit for limit in limits if limit is not None), default=None)


def positions(file: ProgrammeFile, drafted: Mapping[str, Any]) -> Iterator[Position]:
    """The positions of known lines that are granted something, each with its limits.

    The rate is for each position, the maximum for all of a line: both come from the rule.
    """
    known = {line.code: line for line in file.funding_lines}
    sums: dict[str, Decimal] = {}
    for number, row in enumerate(rows_of(drafted.get("positions"))):
        line, approved = known.get(str(row.get("line"))), _cents(row.get("approved"))
        if line is None or approved is None:
            continue
        sums[line.code] = sums.get(line.code, _NOTHING) + approved
        alone = facts(file, None, {**drafted, "positions": [row]})
        limits = of_facts(Facts(alone)).lines[0]
        unknown = _cents(row.get("eligible")) is None
        yield Position(
            number=number,
            line=line,
            financing=row.get("financing_type") or line.financing,
            granted=approved,
            together=sums[line.code],
            by_rate=None if unknown else limits.by_rate,
            maximum=limits.maximum,
        )


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


def _of_whole(file: ProgrammeFile, drafted: Mapping[str, Any]) -> Iterator[Problem]:
    """A grant without positions: its own rate, its plan, and what others pay, limit it."""
    if _cents(drafted.get("eligible_expenditure")) is None:
        return
    reckoned = facts(file, None, drafted)
    found = of_facts(Facts(reckoned))
    whole, place = found.lines[0], "approved_amount"
    told = {"granted": found.granted, "eligible": found.eligible}
    if Limit.ELIGIBLE in whole.above:
        yield Problem("programmes.grant.above_eligible_money", told, place)
        return
    if Limit.RATE in whole.above:
        more = {"rate": _percent(whole.rate), "most": whole.by_rate}
        yield Problem("programmes.grant.above_own_rate_money", {**told, **more}, place)
    if Limit.NOT_COVERED in found.above:
        more = {"others": reckoned["other_funds"], "most": found.not_covered}
        yield Problem("programmes.grant.above_need_money", {**told, **more}, place)


def _of_positions(file: ProgrammeFile, drafted: Mapping[str, Any]) -> Iterator[Problem]:
    for one in positions(file, drafted):
        place = f"positions.{one.number}.approved"
        told = {"line": Worded(one.line.title.de, one.line.title.en)}
        if one.by_rate is not None and one.granted > one.by_rate:
            more = {"granted": one.granted, "rate": _percent(one.line.rate), "most": one.by_rate}
            yield Problem("programmes.grant.above_rate_money", {**told, **more}, place)
        if one.maximum is not None and one.together > one.maximum:
            more = {"granted": one.together, "most": one.maximum}
            yield Problem("programmes.grant.above_maximum_money", {**told, **more}, place)


def _percent(rate: Decimal | None) -> str:
    return f"{((rate or _NOTHING) * _PERCENT).normalize():f}"


def _cents(value: object) -> Decimal | None:
    """Computed sums are binary fractions."""
    found = amount_of(value)
    return None if found is None else cents(found)

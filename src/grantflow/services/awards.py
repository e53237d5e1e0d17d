"""The terms of a grant after an amendment or a partial revocation: amount, end, financing plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.engine import Effect
from grantflow.errors import GrantFlowError
from grantflow.services.decisions import euro
from grantflow.services.move import Move
from grantflow.store import awards as rows
from grantflow.store.tables import AwardTerm, ProcessInstance

AMOUNT, UNTIL, PLAN = "approved_amount", "period_until", "plan_lines"
"""The routing values that hold amount, end of the funding period and financing plan."""


def award(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Set what the grant amounts to (euro) and when its funding period ends (ISO) from now on.

    ``lines`` is the amended financing plan; without them the plan stays as it is. Raises
    GrantFlowError naming the element for an amount, a day or a plan that is none.
    """
    amount = euro(effect.params["amount"], effect.element_id)
    until = _day(effect)
    lines = _plan(effect) or _plan_until_now(move)
    rows.add(
        move.session,
        AwardTerm(
            case_id=move.case.id,
            authority_id=move.case.authority_id,
            instance_id=row.id,
            amount=amount,
            until=until,
            lines=lines,
            at=move.now,
        ),
    )
    move.case.approved = amount
    move.note(
        "award.changed",
        instance_id=row.id,
        element_id=effect.element_id,
        public=True,
        amount=str(amount),
        until=until.isoformat(),
    )
    return {}


def _day(effect: Effect) -> date:
    raw = str(effect.params["until"])
    try:
        return date.fromisoformat(raw[:10])
    except ValueError:
        raise GrantFlowError("after_award.until", value=raw) from None


def _plan(effect: Effect) -> list[dict[str, Any]] | None:
    """The plan that is given, rows of one label as one row; None without rows."""
    given = effect.params.get("lines")
    if not given:
        return None
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        raise GrantFlowError("after_award.lines", element=effect.element_id)
    found: dict[str, dict[str, Decimal]] = {}
    for row in given:
        label = str(row.get("label") or "").strip()
        if not label:
            raise GrantFlowError("after_award.lines", element=effect.element_id)
        sums = found.setdefault(label, {})
        for name in ("amount", "grant"):
            if name == "amount" or row.get(name) is not None:
                one = euro(row.get(name), effect.element_id)
                sums[name] = sums.get(name, Decimal(0)) + one
    return [
        {"label": label, **{name: str(one) for name, one in sums.items()}}
        for label, sums in found.items()
    ]


def _plan_until_now(move: Move) -> list[dict[str, Any]] | None:
    before = rows.latest(move.session, move.case.id)
    return before.lines if before else None


def award_terms(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """The terms that count now: amount, until and lines of the plan; each null if never amended.

    A line has label, amount and grant (euro; grant is null where the line has no maximum).
    """
    found = rows.latest(move.session, move.case.id)
    if found is None:
        return {"value": {"amount": None, "until": None, "lines": None}}
    lines = None if found.lines is None else [_line(one) for one in found.lines]
    terms = {"amount": float(found.amount), "until": found.until.isoformat(), "lines": lines}
    return {"value": terms}


def _line(stored: Mapping[str, Any]) -> dict[str, Any]:
    grant = stored.get("grant")
    return {
        "label": stored["label"],
        "amount": float(stored["amount"]),
        "grant": None if grant is None else float(grant),
    }


def facts(session: Session, case_id: UUID) -> dict[str, Any]:
    """The routing values that a new side process begins with, where the grant was amended."""
    found = rows.latest(session, case_id)
    if found is None:
        return {}
    terms: dict[str, Any] = {AMOUNT: float(found.amount), UNTIL: found.until.isoformat()}
    if found.lines is not None:
        terms[PLAN] = [_line(one) for one in found.lines]
    return terms

"""Remedies against decisions: what they suspend (§ 80 VwGO), whether they came in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.engine import Effect
from grantflow.errors import Conflict, GrantFlowError
from grantflow.programmes.standings import in_time
from grantflow.services.decisions import euro
from grantflow.services.move import Move
from grantflow.services.notification import day_of
from grantflow.services.wording import both
from grantflow.store import acts
from grantflow.store import letters as letter_rows
from grantflow.store import suspensions as rows
from grantflow.store.tables import ProcessInstance, Suspension


def suspend(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Note that a decision is contested and let its deadlines stand still.

    ``subject`` is the name of the contested letter, ``remedy`` objection or court_action,
    ``deadlines`` the kinds that stand still (comma-separated), ``payments`` true where no money may
    be paid out of the decision meanwhile. With ``suspends`` false (immediate execution, § 80
    Abs. 2 VwGO) the remedy is only noted as pending and all goes on. Legal source: § 80 Abs. 1
    VwGO.
    """
    params = effect.params
    subject, suspends = str(params["subject"]), _said(params.get("suspends"), default=True)
    blocks = suspends and _said(params.get("payments"))
    told = str(params.get("deadlines") or "").split(",") if suspends else []
    kinds = [kind.strip() for kind in told if kind.strip()]
    rows.add(
        move.session,
        Suspension(
            case_id=move.case.id,
            authority_id=move.case.authority_id,
            instance_id=row.id,
            subject=subject,
            letter_id=_contested(move, subject),
            remedy=str(params["remedy"]),
            suspends=suspends,
            blocks_payments=blocks,
            since=move.now,
        ),
    )
    paused = rows.pause_deadlines(move.session, move.case.id, subject, kinds)
    _note(move, row, effect, "decision.contested", subject, deadlines=paused)
    return {}


def resume(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """End the pending remedies against a decision with their ``outcome``.

    ``remaining`` is what stays of it after an outcome in part (euro); with ``remedy`` only those of
    that kind end: an objection is over when the court is called upon. Does nothing where no remedy
    is pending.
    """
    subject, outcome = str(effect.params["subject"]), str(effect.params["outcome"])
    given = effect.params.get("remaining")
    remaining = None if given in (None, "") else euro(given, effect.element_id)
    kind = str(effect.params.get("remedy") or "")
    ended = rows.Outcome(outcome, move.now, remaining)
    if not rows.end(move.session, move.case.id, subject, ended, kind=kind, instance_id=row.id):
        return {}
    if not _still_suspended(move, subject):
        rows.drop_paused(move.session, move.case.id)
    said = both(f"after_award.outcome.{outcome}", outcome)
    _note(move, row, effect, "decision.settled", subject, outcome=said)
    return {}


def _contested(move: Move, subject: str) -> UUID | None:
    found = acts.contestable(move.session, move.case.id, subject, day_of(move.now))
    return found.id if found else None


def _still_suspended(move: Move, subject: str) -> bool:
    """Whether another remedy against the same decision goes on and suspends it."""
    running = rows.running(move.session, move.case.id)
    return any(one.subject == subject and one.suspends for one in running)


def _said(value: object, *, default: bool = False) -> bool:
    return default if value in (None, "") else str(value).lower() == "true"


def _note(
    move: Move, row: ProcessInstance, effect: Effect, kind: str, subject: str, **facts: Any
) -> None:
    title = dict(move.programme.letter(subject).title)
    move.note(
        kind,
        instance_id=row.id,
        element_id=effect.element_id,
        public=True,
        title=title,
        **facts,
    )


def remedy_check(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Whether a remedy came in time, from the dispatch of the contested letter.

    The result is a context: ``known`` (the end of the period is known), ``in_time``, ``ends_on``
    (ISO date or empty), ``waived_on`` (ISO day of the waiver of remedies, or empty). A person
    decides on admissibility. Legal source: §§ 57, 58, 70, 74 VwGO.
    """
    name = str(effect.params["letter"])
    act = acts.contested_by(move.session, row.id, name)
    sent = letter_rows.find_dispatch(move.session, act.id) if act else None
    sent = sent or acts.latest_dispatch(move.session, move.case.id, name)
    dates = (sent.remedy_end, sent.waived_on) if sent is not None else (None, None)
    return {"value": in_time(_day(effect), *dates)}


def _day(effect: Effect) -> date:
    raw = str(effect.params["received_on"])
    try:
        return date.fromisoformat(raw[:10])
    except ValueError:
        raise GrantFlowError("after_award.received_on", value=raw) from None


def require_not_contested(session: Session, case_id: UUID) -> None:
    """Raises Conflict while a remedy is pending against a decision that money is paid out of."""
    found = next((one for one in rows.running(session, case_id) if one.blocks_payments), None)
    if found is not None:
        raise Conflict("after_award.payment_contested", since=found.since.date())

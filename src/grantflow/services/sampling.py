"""Samples of statements for in-depth audits: drawn by risk and lot, repeatable by anybody."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock, decisions
from grantflow.clock import BERLIN
from grantflow.errors import Conflict, Invalid, Problem
from grantflow.programmes.load import Programme
from grantflow.services import advance, audit, policy, profiles, receipts_checks, statements
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor, Role
from grantflow.services.sampling_lots import Candidate, Lot, select
from grantflow.store import instances
from grantflow.store import receipts as receipt_rows
from grantflow.store import sampling as rows
from grantflow.store.cases import lock_case
from grantflow.store.receipts import Statement
from grantflow.store.sampling import DrawLine, HandedIn
from grantflow.store.tables import Call, Case, ProgrammeRow, SampleDraw, SampleItem

PROCESS = "in_depth_audit"
"""The side process that begins in every drawn case."""

RISK = "audit_risk"
"""The decision table that gives risk points; each rule adds its own."""

SHARE = "audit_sample_share"
LONGEST_SEED = 64
_PERCENT = Decimal(100)


@dataclass(frozen=True)
class Drawn:
    """A draw with its population and whether drawing it again gives the same."""

    draw: SampleDraw
    items: Sequence[SampleItem]
    repeats: bool


@dataclass(frozen=True)
class Risk:
    """The points of a case, whether it must be audited, and the rules that said so."""

    points: int
    always: bool
    reasons: tuple[dict[str, Any], ...]


def calls(session: Session, actor: Actor) -> Sequence[tuple[Call, ProgrammeRow]]:
    """The calls of the programmes whose audits the actor does. Raises NotAllowed."""
    policy.require_any(actor, {Role.AUDITOR_INTERNAL})
    here = [grant for grant in actor.grants if grant.role == Role.AUDITOR_INTERNAL]
    programmes = rows.auditable_programmes(session, [grant.authority_id for grant in here])
    mine = [p.id for p in programmes if _audits(actor, p)]
    return rows.calls_of(session, mine)


def _audits(actor: Actor, programme: ProgrammeRow) -> bool:
    return actor.has_role(Role.AUDITOR_INTERNAL, programme.authority_id, programme.id)


def draws(session: Session, actor: Actor) -> Sequence[DrawLine]:
    """The draws in the actor's programmes, newest first. Raises NotAllowed."""
    policy.require_any(actor, {Role.AUDITOR_INTERNAL})
    return [line for line in rows.list_draws(session) if _audits(actor, line.programme)]


def show(session: Session, actor: Actor, draw_id: UUID) -> Drawn:
    """One draw, drawn once more from its seed and stored points. Raises NotFound, NotAllowed."""
    found = rows.get_draw(session, draw_id)
    policy.require_role(actor, Role.AUDITOR_INTERNAL, found.authority_id, found.programme_id)
    items = rows.items_of(session, draw_id)
    return Drawn(found, items, repeats(found, items))


def repeats(draw: SampleDraw, items: Sequence[SampleItem]) -> bool:
    """Whether seed, share and stored points give exactly the stored ranks and the stored sample."""
    candidates = [Candidate(one.reference, one.points, one.always) for one in items]
    again = {lot.candidate.reference: lot for lot in select(candidates, draw.share, draw.seed)}
    return all(
        again[one.reference].shown == one.rank and again[one.reference].drawn == one.drawn
        for one in items
    )


def draw(
    session: Session, actor: Actor, call_id: UUID, year: int, seed: str | None = None
) -> SampleDraw:
    """Draw from the statements of a call that arrived in a year (Germany) and begin their audits.

    Every statement is in one draw only. ``seed`` is a text of at most 64 signs, agreed beforehand
    or given by chance. At least the profile's share is drawn (VV/AV Nr. 11 zu § 44 BHO/LHO).
    Raises NotAllowed, NotFound, Invalid for the year or the seed, Conflict when nothing waits.
    """
    call = session.get_one(Call, call_id)
    policy.require_role(actor, Role.AUDITOR_INTERNAL, call.authority_id, call.programme_id)
    chosen = (seed or "").strip() or secrets.token_hex(8)
    _require_sound(year, chosen)
    since = datetime(year, 1, 1, tzinfo=BERLIN)
    until = datetime(year + 1, 1, 1, tzinfo=BERLIN)
    waiting = rows.handed_in(session, call_id, statements.FINAL, since, until)
    if not waiting:
        raise Conflict("sampling.nothing_waits", year=year)
    programme = programme_of(session, call.programme_version_id)
    risks = {one.case.reference: risk_of(session, one) for one in waiting}
    share = _share(session, programme)
    candidates = [Candidate(ref, risk.points, risk.always) for ref, risk in risks.items()]
    lots = select(candidates, share, chosen)
    found = _kept(session, actor, call, (year, chosen, share), waiting, risks, lots)
    _begin(session, actor, waiting, lots)
    return found


def _require_sound(year: int, seed: str) -> None:
    problems = []
    if not 2000 <= year <= clock.today().year:
        problems.append(Problem("sampling.year", {"most": clock.today().year}, "year"))
    if len(seed) > LONGEST_SEED or not seed.isprintable():
        problems.append(Problem("sampling.seed", {"most": LONGEST_SEED}, "seed"))
    if problems:
        raise Invalid(problems)


def _share(session: Session, programme: Programme) -> Decimal:
    profile = profiles.in_force(session, programme, clock.today())
    return Decimal(str(profile.value(SHARE).value))


def _kept(
    session: Session,
    actor: Actor,
    call: Call,
    chosen: tuple[int, str, Decimal],
    waiting: Sequence[HandedIn],
    risks: Mapping[str, Risk],
    lots: Sequence[Lot],
) -> SampleDraw:
    year, seed, share = chosen
    cases = {one.case.reference: one.case for one in waiting}
    found = SampleDraw(
        authority_id=call.authority_id,
        programme_id=call.programme_id,
        call_id=call.id,
        year=year,
        seed=seed,
        share=share,
        at=clock.now(),
        by=actor.account_id,
    )
    items = [
        SampleItem(
            draw_id=found.id,
            case_id=cases[lot.candidate.reference].id,
            authority_id=call.authority_id,
            reference=lot.candidate.reference,
            points=lot.candidate.points,
            always=lot.candidate.always,
            reasons=list(risks[lot.candidate.reference].reasons),
            rank=lot.shown,
            drawn=lot.drawn,
        )
        for lot in lots
    ]
    rows.add_draw(session, found, items)
    return found


def _begin(
    session: Session, actor: Actor, waiting: Sequence[HandedIn], lots: Sequence[Lot]
) -> None:
    """Begin the audit in every drawn case; they are locked one by one, in order of reference."""
    drawn = {lot.candidate.reference for lot in lots if lot.drawn}
    for one in waiting:
        if one.case.reference in drawn:
            case = lock_case(session, one.case.id)
            programme = programme_of(session, case.programme_version_id)
            audit.record(session, case.id, case.authority_id, actor, "sampling.drawn")
            advance.start(session, actor, case, programme, PROCESS, _facts(session, case.id))


def _facts(session: Session, case_id: UUID) -> dict[str, Any]:
    """The routing values of all processes of the case, also of those that have ended."""
    found: dict[str, Any] = {}
    for row in instances.list_instances(session, case_id):
        found.update(row.facts)
    return found


# ---- risk


def risk_of(session: Session, handed_in: HandedIn) -> Risk:
    """The risk points of a statement by the programme's decision table ``audit_risk``."""
    case = handed_in.case
    programme = programme_of(session, case.programme_version_id)
    table = programme.decisions.get(RISK)
    if table is None:
        return Risk(0, False, ())
    outcome = decisions.evaluate(table, risk_facts(session, programme, handed_in))
    by_id = {rule.id: rule for rule in table.rules}
    points = [int(value) for value in outcome.values.get("points") or []]
    reasons = tuple(
        {"rule": rule, "text": by_id[rule].description or rule, "points": each}
        for rule, each in zip(outcome.rules, points, strict=True)
    )
    return Risk(sum(points), any(outcome.values.get("always") or []), reasons)


def risk_facts(session: Session, programme: Programme, handed_in: HandedIn) -> dict[str, Any]:
    """What the table is asked about: euro, days, counts and percent."""
    case = handed_in.case
    statement = Statement(case.id, statements.FINAL)
    return {
        "granted": float(case.approved or 0),
        "days_late": _days_late(session, handed_in),
        "serious_remarks": _serious(session, case, programme, statement),
        "refused_percent": _refused(session, statement),
        "earlier_grants": rows.earlier_grants(session, case),
    }


def _days_late(session: Session, handed_in: HandedIn) -> int:
    due = rows.statement_due(session, handed_in.case.id)
    return max(0, (handed_in.at.astimezone(BERLIN).date() - due).days) if due else 0


def _serious(session: Session, case: Case, programme: Programme, statement: Statement) -> int:
    figures = statements.figures_of(session, statement, _facts(session, case.id))
    remarks = statements.checks(session, case, programme, statement, figures)
    return sum(remark.severity == receipts_checks.SERIOUS for remark in remarks)


def _refused(session: Session, statement: Statement) -> float:
    """How many percent of the listed expenditure the desk check has not accepted."""
    listed = receipt_rows.list_receipts(session, statement)
    total = sum((row.amount for row in listed), Decimal(0))
    if not total:
        return 0.0
    found = receipt_rows.findings(session, [row.id for row in listed])
    counted = sum((statements.accepted(row, found.get(row.id)) for row in listed), Decimal(0))
    return float(round((total - counted) * _PERCENT / total, 2))

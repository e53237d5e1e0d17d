"""Cases: opened by applicants, listed, withdrawn, and side processes started by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.clock import BERLIN
from grantflow.errors import Conflict, Invalid, NotAllowed, Problem
from grantflow.programmes.load import Programme
from grantflow.services import advance, audit, awards, deadlines, policy
from grantflow.services.answers import LONGEST_TITLE
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor, Role
from grantflow.services.reach import case_reach
from grantflow.services.side_processes import require_startable
from grantflow.store import cases as rows
from grantflow.store import catalogue as catalogue_rows
from grantflow.store import instances as instance_rows
from grantflow.store.cases import CaseFilter, CaseLine, LockedCase
from grantflow.store.tables import Call, Case, ProcessInstance

__all__ = ["CaseFilter", "CaseLine", "CaseList"]

PAGE = 50


@dataclass(frozen=True)
class CaseList:
    """One page of a list of cases and how many there are in all."""

    lines: Sequence[CaseLine]
    total: int


def open_case(
    session: Session, actor: Actor, call_id: UUID, organisation_id: UUID, title: str
) -> Case:
    """Open a case in an open call for an organisation the actor belongs to.

    The case gets the next number of its authority's series and is pinned to the call's version.
    Raises Conflict when the call is not open, NotAllowed for a foreign organisation, Invalid for a
    missing title, NotFound.
    """
    account = policy.require_account(actor)
    if not actor.acts_for(organisation_id):
        raise NotAllowed("services.cases.foreign_organisation")
    call = catalogue_rows.get_call(session, call_id)
    _require_open(call)
    programme = programme_of(session, call.programme_version_id)
    case = rows.add_case(
        session,
        Case(
            authority_id=call.authority_id,
            programme_id=call.programme_id,
            programme_version_id=call.programme_version_id,
            call_id=call.id,
            organisation_id=organisation_id,
            reference=_reference(session, call.authority_id, programme),
            title=checked_title(title),
            opened_at=clock.now(),
            opened_by=account,
        ),
    )
    audit.record(
        session, case.id, case.authority_id, actor, "case.opened", public=True,
        data={"reference": case.reference},
    )  # fmt: skip
    variables = _variables(case, call, programme)
    advance.start(session, actor, case, programme, programme.file.lifecycle, variables)
    return case


def checked_title(title: str) -> str:
    """A title without blanks around it. Raises Invalid if it is missing or too long."""
    plain = " ".join(title.split())
    if not plain:
        raise Invalid([Problem("services.cases.title_missing", place="title")])
    if len(plain) > LONGEST_TITLE:
        raise Invalid([Problem("services.cases.title_too_long", {"most": LONGEST_TITLE}, "title")])
    return plain


def _require_open(call: Call) -> None:
    now = clock.now()
    if now < call.opens_at:
        raise Conflict("services.cases.call_not_yet_open")
    if call.closes_at is not None and now >= call.closes_at:
        raise Conflict("services.cases.call_closed")


def _reference(session: Session, authority_id: UUID, programme: Programme) -> str:
    prefix = f"{programme.file.reference_prefix}-{clock.today().year}"
    return f"{prefix}-{rows.next_reference(session, authority_id, prefix):05d}"


def _variables(case: Case, call: Call, programme: Programme) -> dict[str, Any]:
    return {
        "case_id": str(case.id),
        "call": call.key,
        "call_closes_at": _iso(call.closes_at),
        "organisation": str(case.organisation_id),
        "programme": programme.key,
        "started_on": clock.now().astimezone(BERLIN).date().isoformat(),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def get_case(session: Session, actor: Actor, case_id: UUID) -> Case:
    """A case the actor may see. Raises NotFound for everybody else, NotAllowed for the excluded."""
    case = rows.get_case(session, case_id)
    policy.require_case(actor, case)
    policy.require_not_excluded(session, actor, case_id)
    return case


def lock_case(session: Session, actor: Actor, case_id: UUID) -> LockedCase:
    """The same as ``get_case``, with the row locked first."""
    case = rows.lock_case(session, case_id)
    policy.require_case(actor, case)
    policy.require_not_excluded(session, actor, case_id)
    return case


def list_cases(
    session: Session,
    actor: Actor,
    wanted: CaseFilter | None = None,
    *,
    limit: int = PAGE,
    offset: int = 0,
    after: tuple[datetime, UUID] | None = None,
) -> CaseList:
    """Cases the actor may see, newest first: those of their organisations or programmes.

    Two statements whatever the number of cases. ``after`` is (opened_at, id) of the last line.
    """
    limited = _limited(actor, wanted or CaseFilter())
    lines = rows.list_cases(session, limited, limit, after, offset)
    return CaseList(lines, rows.count_cases(session, limited))


def _limited(actor: Actor, wanted: CaseFilter) -> CaseFilter:
    if actor.is_system:
        return wanted
    if actor.is_applicant:
        return replace(wanted, organisations=actor.organisations, reach=None)
    return replace(wanted, reach=case_reach(actor), organisations=None, excluded=actor.account_id)


def withdraw(session: Session, actor: Actor, case_id: UUID, reason: str = "") -> Case:
    """The applicant takes the application back; the diagram decides what follows.

    Raises Conflict when the case has ended or its present stage cannot be left this way.
    """
    case = lock_case(session, actor, case_id)
    if not actor.acts_for(case.organisation_id):
        raise NotAllowed("services.cases.only_the_applicant")
    if case.closed_at is not None:
        raise Conflict("services.cases.over", status=case.status)
    programme = programme_of(session, case.programme_version_id)
    payload = {"withdrawal_reason": reason}
    audit.record(
        session, case.id, case.authority_id, actor, "case.withdrawn", public=True,
        data={"reason": reason},
    )  # fmt: skip
    if not advance.send_message(session, actor, case, programme, "withdrawal", payload):
        raise Conflict("services.cases.cannot_withdraw_now")
    deadlines.void_all(session, case)
    return case


def send_message(
    session: Session, actor: Actor, case_id: UUID, name: str, payload: Mapping[str, Any]
) -> bool:
    """Give a message of the outside world to a case; False when nobody waits for it.

    For the system and for the case officers of the case. Raises NotFound, NotAllowed.
    """
    case = lock_case(session, actor, case_id)
    if not policy.role_in_case(actor, case, Role.CASE_OFFICER):
        raise NotAllowed(role=Role.CASE_OFFICER)
    programme = programme_of(session, case.programme_version_id)
    return advance.send_message(session, actor, case, programme, name, payload)


def start_side_process(
    session: Session, actor: Actor, case_id: UUID, process_id: str
) -> ProcessInstance:
    """Start a side process beside the stage the case is in.

    Raises Conflict when it is not possible now or already runs (see ``require_startable``),
    NotAllowed for the wrong role, NotFound for an unknown process.
    """
    case = lock_case(session, actor, case_id)
    programme = programme_of(session, case.programme_version_id)
    programme.process(process_id)
    side = programme.file.side_processes.get(process_id)
    if side is None or not policy.role_in_case(actor, case, side.role):
        raise NotAllowed(role=side.role if side else "")
    require_startable(session, actor, case, programme, process_id)
    facts = _facts(instance_rows.list_instances(session, case_id), programme) | awards.facts(
        session, case.id
    )
    return advance.start(session, actor, case, programme, process_id, facts)


def _facts(instances: Sequence[ProcessInstance], programme: Programme) -> dict[str, Any]:
    """The routing values a side process begins with, the newest process's last.

    They are those of the running processes; in a case that is over, the last ones of its lifecycle.
    """
    lifecycle = programme.file.lifecycle
    found: dict[str, Any] = {}
    for row in instances:
        if row.status == "running" or row.process_id == lifecycle:
            found.update(row.facts)
    return found

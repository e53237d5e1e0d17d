"""What must be true before money leaves: final, not contested or revoked, nothing undecided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import Conflict
from grantflow.programmes.load import Programme
from grantflow.services import ledger
from grantflow.services.suspension import require_not_contested
from grantflow.store import payments as rows
from grantflow.store.cases import get_case
from grantflow.store.instances import list_instances
from grantflow.store.tables import ProcessInstance
from grantflow.texts import Said, Worded


def require_final(session: Session, case_id: UUID, today: date) -> None:
    """Raises Conflict until the grant decision is final.

    That is after the last day for a remedy (and, where the register has a later safe day, from that
    day on), or as soon as remedies were waived in time, which meets the running period (VV Nr. 7
    zu § 44 BHO/LHO, §§ 58, 70, 74 VwGO).
    """
    dates = rows.remedy_of_grant(session, case_id)
    if dates is None:
        raise Conflict("services.payments.not_notified")
    if dates.waived:
        return
    if dates.last_day is None and dates.safe_from is None:
        # Sent in a way that counts from its proof only, and the proof has not come yet.
        raise Conflict("services.payments.not_notified")
    if dates.last_day is not None and today <= dates.last_day:
        raise Conflict("services.payments.not_final", until=dates.last_day)
    if dates.safe_from is not None and today < dates.safe_from:
        raise Conflict("services.payments.not_safely_final", since=dates.safe_from)


def require_no_overdue_statement(session: Session, case_id: UUID, today: date) -> None:
    """Raises Conflict while a statement of use or an interim statement is overdue (ANBest-P)."""
    overdue = rows.overdue_statement(session, case_id, today)
    if overdue is not None:
        raise Conflict("services.payments.statement_overdue", since=overdue)


def require_not_held(session: Session, programme: Programme, row: ProcessInstance) -> None:
    """Raises Conflict, naming it, while another process decides on the money already paid.

    Such a process says ``holds_payments`` in its diagram. What it orders itself is not held, nor
    what a process around it or in it orders. A payment meanwhile would make its sums wrong (what is
    settled or claimed back, § 49a Abs. 1 VwVfG).
    """
    found = deciding(session, programme, row)
    if found is not None:
        raise Conflict("services.payments.held", process=found)


def require_nothing_open(session: Session, programme: Programme, row: ProcessInstance) -> None:
    """Raises Conflict, naming it, where a case would be closed while a claim is under way."""
    found = deciding(session, programme, row)
    if found is not None:
        raise Conflict("services.payments.claim_open", process=found)


def deciding(session: Session, programme: Programme, row: ProcessInstance) -> Worded | None:
    """The name of another process that decides on money already paid, None where none runs."""
    every = list_instances(session, row.case_id)
    running = {one.id: one for one in every if one.status == "running"}
    own = _with_parents(running, row.id)
    for one in running.values():
        definition = programme.process(one.process_id)
        apart = one.id not in own and row.id not in _with_parents(running, one.id)
        if definition.holds_payments and apart:
            return Worded(definition.name, definition.name_en or definition.name)
    return None


def _with_parents(running: Mapping[UUID, ProcessInstance], instance_id: UUID) -> set[UUID]:
    found: set[UUID] = set()
    one = running.get(instance_id)
    while one is not None:
        found.add(one.id)
        one = running.get(one.parent_id) if one.parent_id else None
    return found


def require_still_owed(session: Session, case_ids: Iterable[UUID]) -> None:
    """Raises Conflict, naming the case, where ordered money must not leave any more.

    That is while a remedy is pending that suspends the decision (§ 80 VwGO), and when a revocation
    or an amendment has brought the grant below what is ordered and paid and has not come back
    (§ 49 Abs. 3 VwVfG).
    """
    for case_id in sorted(set(case_ids), key=str):
        case = get_case(session, case_id)
        try:
            require_not_contested(session, case_id)
            _require_covered(session, case_id, case.approved or Decimal(0))
        except Conflict as error:
            why = Said(error.key, error.params)
            raise Conflict("money.not_owed", reference=case.reference, why=why) from error


def _require_covered(session: Session, case_id: UUID, granted: Decimal) -> None:
    kept = ledger.kept(session, case_id)
    if kept > granted:
        key = "services.payments.more_than_granted"
        raise Conflict(key, amount=str(kept), granted=str(granted))

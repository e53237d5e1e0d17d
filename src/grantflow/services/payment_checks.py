"""What must be true before money leaves: final, not contested or revoked, nothing undecided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import Conflict
from grantflow.programmes.load import Programme
from grantflow.services import families, ledger
from grantflow.services.catalogue import programme_of
from grantflow.services.suspension import require_not_contested
from grantflow.store import payments as rows
from grantflow.store.cases import get_case
from grantflow.store.instances import get_instance, list_running
from grantflow.store.tables import Case, Payment, ProcessInstance
from grantflow.texts import Said, Worded

SETTLED = frozenset({"SETTLED", "EVALUATED", "CLOSED", "ARCHIVED"})
"""Statuses of a case whose grant is settled."""

UNHELD = "false"
"""What the effect ``pay`` says as ``held`` where no process that decides on paid money holds it."""


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


def require_not_settled(
    session: Session, case: Case, programme: Programme, row: ProcessInstance
) -> None:
    """Raises Conflict where a grant is settled and this process is none that settles or restores.

    After the settlement only what decides on the money paid (``holds_payments``) may order more:
    its sums are those of the settlement decision, a request left from before is not.
    """
    if case.status not in SETTLED:
        return
    running = {one.id: one for one in list_running(session, [case.id])}
    above = families.lineage(running, row.id)
    if not any(programme.process(one.process_id).holds_payments for one in above):
        raise Conflict("services.payments.settled")


def deciding(session: Session, programme: Programme, row: ProcessInstance) -> Worded | None:
    """The name of another process that decides on money already paid, None where none runs."""
    return _deciding(programme, list_running(session, [row.case_id]), row.id)


def changing(
    session: Session, programme: Programme, row: ProcessInstance
) -> Iterator[ProcessInstance]:
    """Other running processes of the case that decide on the amount of the grant."""
    return (
        one
        for one in families.others(list_running(session, [row.case_id]), row.id)
        if programme.process(one.process_id).changes_grant
    )


def withheld(session: Session, payments: Iterable[Payment]) -> Mapping[UUID, Worded]:
    """Ordered payments that do not leave yet, each with the process that decides on paid money."""
    rows_of = {one.id: one for one in payments}
    return {
        payment_id: name
        for payment_id, name in counted(session, rows_of.values()).items()
        if not _unheld(session, rows_of[payment_id])
    }


def _unheld(session: Session, payment: Payment) -> bool:
    """Whether the process that ordered a payment says that no other one holds it."""
    if payment.instance_id is None:
        return False
    row = get_instance(session, payment.instance_id)
    programme = programme_of(session, get_case(session, row.case_id).programme_version_id)
    told = (one.properties for one in programme.process(row.process_id).elements.values())
    return any(one.get("effect") == "pay" and one.get("held") == UNHELD for one in told)


def counted(session: Session, payments: Iterable[Payment]) -> Mapping[UUID, Worded]:
    """Ordered payments that stand in the sums of a process that decides on paid money, with it."""
    found: dict[UUID, Worded] = {}
    by_case: dict[UUID, list[Payment]] = defaultdict(list)
    for payment in payments:
        by_case[payment.case_id].append(payment)
    running: dict[UUID, list[ProcessInstance]] = defaultdict(list)
    for one in list_running(session, by_case):
        running[one.case_id].append(one)
    for case_id, instances in running.items():
        programme = programme_of(session, get_case(session, case_id).programme_version_id)
        for payment in by_case[case_id]:
            name = _deciding(programme, instances, payment.instance_id)
            if name is not None:
                found[payment.id] = name
    return found


def _deciding(
    programme: Programme, running: Sequence[ProcessInstance], instance_id: UUID | None
) -> Worded | None:
    for one in families.others(running, instance_id):
        if programme.process(one.process_id).holds_payments:
            return families.named(programme, one)
    return None


def require_still_owed(session: Session, payments: Collection[Payment]) -> None:
    """Raises Conflict, naming the case, where ordered money must not leave any more, or not yet.

    That is while a remedy is pending that suspends the decision (§ 80 VwGO), when a revocation or
    an amendment has brought the grant below what is ordered and paid and has not come back (§ 49
    Abs. 3 VwVfG), and while another process decides on the money already paid (§ 49a VwVfG).
    """
    held = withheld(session, payments)
    later = {one.case_id: held[one.id] for one in payments if one.id in held}
    for case_id in sorted({one.case_id for one in payments}, key=str):
        case = get_case(session, case_id)
        try:
            require_not_contested(session, case_id)
            _require_covered(session, case_id, case.approved or Decimal(0))
            if case_id in later:
                raise Conflict("services.payments.leaves_later", process=later[case_id])
        except Conflict as error:
            why = Said(error.key, error.params)
            raise Conflict("money.not_owed", reference=case.reference, why=why) from error


def _require_covered(session: Session, case_id: UUID, granted: Decimal) -> None:
    kept = ledger.kept(session, case_id)
    if kept > granted:
        key = "services.payments.more_than_granted_money"
        raise Conflict(key, amount=kept, granted=granted)

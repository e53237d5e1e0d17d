"""What must be true before money leaves: final, not contested or revoked, no overdue statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import Conflict
from grantflow.services import ledger
from grantflow.services.suspension import require_not_contested
from grantflow.store import payments as rows
from grantflow.store.cases import get_case
from grantflow.texts import Said


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

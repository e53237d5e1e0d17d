"""What must be true before money leaves: the grant is final, no statement is overdue."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import Conflict
from grantflow.store import payments as rows


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

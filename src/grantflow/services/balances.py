"""What a diagram may know of a case's money: granted, paid, returned, and the day it asks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.engine import Effect
from grantflow.forms.amounts import as_number
from grantflow.programmes.standings import IN_PART, UPHELD
from grantflow.services import ledger, payment_checks
from grantflow.services.move import Move
from grantflow.store import payments as rows
from grantflow.store import suspensions
from grantflow.store.tables import Case, ProcessInstance


def read(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """The balance of the case (euro as numbers) on the present day in Germany (ISO date).

    ``most_granted`` is the highest grant the case ever had, ``kept`` is paid less returned,
    ``unpaid`` what may still be paid of the grant as far as money is committed for it,
    ``first_paid_on`` the day of the first order, before which nothing can have come back,
    ``paid_on`` the day of the last payment (null until the treasury has named it), and
    ``overdue_statements`` 1 while a statement is overdue, else 0. ``unreceived`` is what was repaid
    beyond all that was received and is owed back, ``renounced`` what of it was given up,
    ``withdrawn`` and ``came_back`` are the sums of orders taken back by people and by the bank,
    ``remedies_won`` names the decisions against which a remedy succeeded, at least in part, and
    ``held`` says whether another process decides on the money paid. Without entries in the ledger
    the payments themselves are summed up.
    """
    today = move.now.astimezone(BERLIN).date()
    granted = move.case.approved or Decimal(0)
    found = ledger.position(move.session, move.case.id)
    booked = ledger.has_entries(move.session, move.case.id)
    paid = found.paid if booked else rows.committed(move.session, move.case.id)
    days = rows.paid_days(move.session, move.case.id)
    first, last = (None if day is None else day.isoformat() for day in days)
    not_arrived = rows.not_arrived(move.session, move.case.id)
    overdue = rows.overdue_statement(move.session, move.case.id, today)
    return {
        "value": {
            "granted": as_number(granted),
            "most_granted": as_number(rows.most_granted(move.session, move.case.id)),
            "paid": as_number(paid),
            "returned": as_number(found.returned),
            "kept": as_number(ledger.repayable(move.session, move.case.id)),
            "unpaid": as_number(unpaid(move.session, move.case)),
            "unreceived": as_number(ledger.unreceived(move.session, move.case.id)),
            "withdrawn": as_number(not_arrived["withdrawn"]),
            "came_back": as_number(not_arrived["returned"]),
            "renounced": as_number(rows.renounced(move.session, move.case.id)),
            "remedies_won": suspensions.subjects(move.session, move.case.id, {UPHELD, *IN_PART}),
            "held": payment_checks.deciding(move.session, move.programme, row) is not None,
            "first_paid_on": first,
            "paid_on": last,
            "today": today.isoformat(),
            "overdue_statements": 0 if overdue is None else 1,
        }
    }


def unpaid(session: Session, case: Case) -> Decimal:
    """What may still be paid of the grant of a case (euro), as far as money is committed for it."""
    found, under_way = ledger.position(session, case.id), rows.committed(session, case.id)
    rest = (case.approved or Decimal(0)) - under_way + found.returned
    if ledger.has_entries(session, case.id):
        rest = min(rest, found.committed - under_way)
    return max(Decimal(0), rest)

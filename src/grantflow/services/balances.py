"""What a diagram may know of a case's money: granted, paid, returned, and the day it asks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from grantflow.clock import BERLIN
from grantflow.engine import Effect
from grantflow.forms.amounts import as_number
from grantflow.services import ledger
from grantflow.services.move import Move
from grantflow.store import payments as rows
from grantflow.store.tables import ProcessInstance


def read(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """The balance of the case (euro as numbers) on the present day in Germany (ISO date).

    ``kept`` is paid less returned, ``unpaid`` what may still be paid of the grant as far as money
    is committed for it, ``first_paid_on`` the day of the first order, before which nothing can have
    come back, ``paid_on`` the day of the last payment (null until the treasury has named it), and
    ``overdue_statements`` 1 while a statement is overdue, else 0. Without entries in
    the ledger the payments themselves are summed up.
    """
    today = move.now.astimezone(BERLIN).date()
    granted = move.case.approved or Decimal(0)
    under_way = rows.committed(move.session, move.case.id)
    found = ledger.position(move.session, move.case.id)
    booked = ledger.has_entries(move.session, move.case.id)
    paid = found.paid if booked else under_way
    unpaid = granted - under_way + found.returned
    if booked:
        unpaid = min(unpaid, found.committed - under_way)
    days = rows.paid_days(move.session, move.case.id)
    first, last = (None if day is None else day.isoformat() for day in days)
    overdue = rows.overdue_statement(move.session, move.case.id, today)
    return {
        "value": {
            "granted": as_number(granted),
            "paid": as_number(paid),
            "returned": as_number(found.returned),
            "kept": as_number(ledger.repayable(move.session, move.case.id)),
            "unpaid": as_number(max(Decimal(0), unpaid)),
            "first_paid_on": first,
            "paid_on": last,
            "today": today.isoformat(),
            "overdue_statements": 0 if overdue is None else 1,
        }
    }

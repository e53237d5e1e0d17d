"""What the bank sent back stands on the page of payment files until it is paid anew."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.integration.purse import Purse
from tests.integration.test_payment_files import (
    names,
    ordered,
    read,
    released,
    report,
)

from grantflow.clock import now
from grantflow.errors import NotAllowed
from grantflow.services import ledger, payment_files
from grantflow.store.cases import get_case
from grantflow.store.db import Sessions, counting
from grantflow.store.payment_files import CameBack
from grantflow.store.tables import Payment

Clock = Callable[[str], None]


def came_back(purse: Purse) -> list[CameBack]:
    purse.session.flush()
    return payment_files.came_back(purse.session, purse.officer, purse.authority.id)


@pytest.fixture
def payment(purse: Purse, clock: Clock) -> Payment:
    """The bank has sent 50 of a grant of 60 euro back."""
    found = ordered(purse, "50.00")
    case = get_case(purse.session, found.case_id)
    ledger.commit_funds(purse.booking("commit"), case.id, purse.item.id, Decimal("60.00"))
    case.approved = Decimal("60.00")
    assert came_back(purse) == []
    file = released(purse, found)
    (name,) = names(purse, file)
    clock("2027-02-03T09:00")
    read(purse, report(f"{name};50.00;returned;2027-02-03;AC04"))
    return found


def again(purse: Purse, payment: Payment, state: str = "ordered") -> None:
    case = get_case(purse.session, payment.case_id)
    granted = case.approved
    new = purse.pay("50.00", case, state)
    case.approved = granted
    if state == "ordered":
        ledger.order(purse.booking("payment"), new)


def test_a_payment_the_bank_sent_back_is_told_with_its_reason(
    purse: Purse, payment: Payment
) -> None:
    (found,) = came_back(purse)
    assert found.payment is payment
    assert (found.entry.outcome_reason, found.organisation) == ("AC04", "Froschfreunde")
    with pytest.raises(NotAllowed):
        payment_files.came_back(purse.session, purse.applicant, purse.authority.id)


def test_it_is_told_until_it_is_ordered_anew(purse: Purse, payment: Payment, clock: Clock) -> None:
    clock("2027-02-04T09:00")
    again(purse, payment, "approved")
    assert len(came_back(purse)) == 1
    again(purse, payment)
    assert came_back(purse) == []


def test_what_was_ordered_before_it_came_back_does_not_pay_it_anew(
    purse: Purse, payment: Payment, clock: Clock
) -> None:
    clock("2027-02-02T09:00")
    case = get_case(purse.session, payment.case_id)
    granted = case.approved
    ledger.order(purse.booking("payment"), purse.pay("10.00", case))
    case.approved = granted
    assert len(came_back(purse)) == 1


@pytest.mark.parametrize("why", ["nothing is granted", "the case is over"])
def test_what_is_owed_no_more_is_not_told(purse: Purse, payment: Payment, why: str) -> None:
    case = get_case(purse.session, payment.case_id)
    if why == "nothing is granted":
        case.approved = Decimal(0)
    else:
        case.closed_at = now()
    assert came_back(purse) == []


def test_many_that_came_back_need_no_more_statements(
    sessions: Sessions, purse: Purse, payment: Payment, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    others = [ordered(purse, "10.00") for _ in range(3)]
    for one in others:
        ledger.commit_funds(purse.booking("commit"), one.case_id, purse.item.id, Decimal("20.00"))
        get_case(purse.session, one.case_id).approved = Decimal("20.00")
    file = released(purse, *others)
    clock("2027-02-03T09:00")
    read(purse, report(*(f"{n};10.00;returned;2027-02-03;AC04" for n in names(purse, file))))
    purse.session.flush()
    with counting(sessions) as counter:
        found = payment_files.came_back(purse.session, purse.officer, purse.authority.id)
    assert {one.payment.case_id for one in found} == {payment.case_id, *(o.case_id for o in others)}
    assert len(counter) <= 3

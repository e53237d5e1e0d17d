"""Money that came back does not count as paid: the rest of the grant can still be paid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session
from tests.integration.purse import Purse, make_purse

from grantflow import clock as time
from grantflow.engine import Effect
from grantflow.errors import Conflict
from grantflow.services import balances, ledger, payment_checks
from grantflow.services.move import Move
from grantflow.store.payments import list_payments
from grantflow.store.tables import Payment, ProcessInstance

Clock = Callable[[str], None]


@pytest.fixture
def purse(session: Session, clock: Clock) -> Purse:
    clock("2027-02-01T09:00")
    return make_purse(session)


def granted(purse: Purse, amount: str) -> None:
    """The grant and the money bound for it are so much from now on."""
    booking, whole = purse.booking("commit"), Decimal(amount)
    ledger.commit_funds(booking, purse.case.id, purse.item.id, whole)
    purse.case.approved = whole


def paid(purse: Purse, amount: str) -> None:
    before = purse.case.approved
    ledger.order(purse.booking("payment"), purse.pay(amount))
    purse.case.approved = before
    purse.session.flush()


def returned(purse: Purse, amount: str) -> None:
    ledger.record_return(purse.booking("return"), purse.case.id, Decimal(amount))


def balance(purse: Purse) -> dict[str, Any]:
    """What a diagram reads of the case."""
    move = SimpleNamespace(session=purse.session, case=purse.case, now=time.now(), programme=None)
    row = SimpleNamespace(id=uuid4(), case_id=purse.case.id)  # nothing else is running
    found = balances.read(cast(Move, move), cast(ProcessInstance, row), cast(Effect, None))
    return dict(found["value"])


def payments(purse: Purse) -> Sequence[Payment]:
    return list_payments(purse.session, purse.case.id)


def test_after_a_partial_revocation_what_was_paid_back_can_be_paid_again(purse: Purse) -> None:
    granted(purse, "60")
    paid(purse, "30")
    returned(purse, "12")
    assert balance(purse)["unpaid"] == 30  # no more is committed
    granted(purse, "48")
    found = balance(purse)
    assert (found["kept"], found["unpaid"], found["granted"]) == (18, 30, 48)
    assert ledger.position(purse.session, purse.case.id).available == 30
    paid(purse, "30")
    assert (balance(purse)["kept"], balance(purse)["unpaid"]) == (48, 0)
    payment_checks.require_still_owed(purse.session, payments(purse))
    with pytest.raises(Conflict) as refused:
        paid(purse, "0.01")
    assert refused.value.key == "ledger.not_committed_money"
    assert purse.sound()


def test_a_grant_that_was_paid_whole_goes_down_to_what_was_kept(purse: Purse) -> None:
    granted(purse, "60")
    paid(purse, "60")
    purse.case.approved = Decimal(48)
    with pytest.raises(Conflict) as refused:
        payment_checks.require_still_owed(purse.session, payments(purse))
    assert refused.value.key == "money.not_owed"
    with pytest.raises(Conflict) as refused:
        granted(purse, "48")
    assert refused.value.key == "ledger.less_than_paid_money"
    returned(purse, "12")
    granted(purse, "48")
    payment_checks.require_still_owed(purse.session, payments(purse))
    with pytest.raises(Conflict) as refused:
        granted(purse, "47.99")
    assert refused.value.params["paid"] == 48
    assert purse.sound()


def test_what_came_back_takes_new_money_to_be_paid_again(purse: Purse) -> None:
    granted(purse, "100")
    paid(purse, "100")
    returned(purse, "10")
    assert balance(purse)["unpaid"] == 0
    with pytest.raises(Conflict) as refused:
        granted(purse, "100")
    assert refused.value.key == "ledger.not_enough_money"

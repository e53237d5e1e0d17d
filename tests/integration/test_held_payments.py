"""No payment is ordered while another process decides on the money already paid."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlmodel import col
from tests.integration.desk import open_desks, words
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import PAYMENT, end, package, process, start, task
from tests.integration.test_after_award import asked

from grantflow.clock import now
from grantflow.errors import Conflict
from grantflow.services import cases
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, Payment, ProcessInstance
from grantflow.texts import Worded

Clock = Callable[[str], None]


def holding(diagram: bytes, name: str) -> bytes:
    """The same process, and payments wait for it."""
    known = f"<s:property name='name_en' value='{name} (en)'/>".encode()
    assert known in diagram
    return diagram.replace(known, known + b"<s:property name='holds_payments' value='true'/>")


OPINIONS = process(
    "opinions", {"Amt": "conclude"}, start(), task("conclude", form="none"), end(),
    flow="begin > conclude > finish",
)  # fmt: skip


@pytest.fixture
def ponds(sessions: Sessions, test_settings: Settings, clock: Clock) -> Ponds:
    clock("2027-02-01T09:00")
    return build(sessions, test_settings, package(opinions=holding(OPINIONS, "Opinions")))


def order(ponds: Ponds, case: Case, approval: str = "approve") -> str:
    """The state of the payment after the head of unit has decided."""
    ponds.complete("head", case, "order", payment_approval=approval)
    with ponds.reading() as session:
        query = select(col(Payment.state)).where(col(Payment.case_id) == case.id)
        return session.execute(query).scalar_one()


def test_a_payment_waits_until_the_other_process_is_over(ponds: Ponds, clock: Clock) -> None:
    case = asked(ponds, clock)
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    with pytest.raises(Conflict) as held:
        order(ponds, case)
    assert held.value.key == "services.payments.held"
    assert held.value.params["process"] == Worded("Opinions", "Opinions (en)")
    ponds.complete("officer", case, "conclude")
    assert order(ponds, case) == "ordered"


def test_a_payment_that_waits_can_be_refused(ponds: Ponds, clock: Clock) -> None:
    case = asked(ponds, clock)
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    assert order(ponds, case, "refuse") == "refused"


def settle(ponds: Ponds, case: Case) -> None:
    with ponds.transaction(SYSTEM) as session:
        session.execute(update(Case).where(col(Case.id) == case.id).values(status="SETTLED"))


def test_a_request_from_before_the_settlement_is_no_longer_ordered(
    ponds: Ponds, clock: Clock
) -> None:
    case = asked(ponds, clock)
    settle(ponds, case)
    with pytest.raises(Conflict) as settled:
        order(ponds, case)
    assert settled.value.key == "services.payments.settled"
    assert order(ponds, case, "refuse") == "refused"


def test_what_decides_on_paid_money_orders_after_the_settlement_too(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    ponds = build(sessions, test_settings, package(payment=holding(PAYMENT, "Payment")))
    case = asked(ponds, clock)
    settle(ponds, case)
    assert order(ponds, case) == "ordered"


def test_the_task_says_which_process_runs(ponds: Ponds, clock: Clock) -> None:
    case = asked(ponds, clock)
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    address = f"/tasks/{ponds.tasks(case.id)['order'].id}"
    with open_desks(ponds) as desks:
        for language, said in (("de", "läuft „Opinions“"), ("en", "“Opinions (en)” is running")):
            head = desks.of("head", language)
            head.read(address)
            answer = head.post(address, payment_approval="approve", _action="submit")
            assert answer.status_code == 409
            assert said in words(answer)
            assert 'name="payment_approval"' in answer.text


@pytest.mark.parametrize("where", ["around", "inside"])
def test_a_process_does_not_hold_what_its_own_family_orders(
    ponds: Ponds, clock: Clock, where: str
) -> None:
    case = asked(ponds, clock)
    with ponds.transaction(SYSTEM) as session:
        paying = session.execute(
            select(ProcessInstance)
            .where(col(ProcessInstance.case_id) == case.id)
            .where(col(ProcessInstance.process_id) == "payment")
        ).scalar_one()
        other = ProcessInstance(
            case_id=case.id, authority_id=case.authority_id, process_id="opinions", state=b"",
            started_at=now(), parent_id=paying.id if where == "inside" else None,
        )  # fmt: skip
        session.add(other)
        session.flush()
        if where == "around":
            paying.parent_id = other.id
    assert order(ponds, case) == "ordered"


def test_a_process_does_not_hold_what_it_orders_itself(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    own = holding(package().files["side/payment.bpmn"], "Payment")
    ponds = build(sessions, test_settings, package(payment=own))
    assert order(ponds, asked(ponds, clock)) == "ordered"

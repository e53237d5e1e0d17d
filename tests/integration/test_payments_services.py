"""Payments and the public record: states in order, two persons, never more than granted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds

from grantflow.clock import now as clock_now
from grantflow.errors import Conflict, NotAllowed
from grantflow.services import cases, messages, payments, register
from grantflow.services.policy import SYSTEM
from grantflow.store import deadlines
from grantflow.store.tables import Case, CaseEvent, CaseMessage, Deadline, Decision, Payment

Clock = Callable[[str], None]
Final = Callable[[Ponds], Case]


@pytest.fixture
def final(clock: Clock) -> Final:
    """A grant whose remedy period is over."""

    def make(ponds: Ponds) -> Case:
        case = ponds.granted()
        clock("2027-04-10T09:00")
        ponds.run_jobs()
        return case

    return make


def ask(ponds: Ponds, case: Case, amount: str) -> Case:
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount=amount)
    return case


def payment(ponds: Ponds, case: Case) -> Payment:
    with ponds.reading() as session:
        query = select(Payment).where(col(Payment.case_id) == case.id)
        return session.execute(query).scalar_one()


def test_a_decision_names_preparer_and_countersigner(ponds: Ponds) -> None:
    case = ponds.granted()
    with ponds.reading() as session:
        query = select(Decision).where(col(Decision.case_id) == case.id)
        decision = session.execute(query).scalar_one()
    assert decision.amount == Decimal("20000.00")
    assert decision.reasons == "Der Teich ist flach."
    assert decision.prepared_by == ponds.who("officer").account_id
    assert decision.countersigned_by == ponds.who("head").account_id
    assert ponds.case(case.id).approved == Decimal("20000.00")
    assert ponds.case(case.id).requested == Decimal("25000.00")


def test_a_payment_is_asked_for_approved_and_ordered_by_two(ponds: Ponds, final: Final) -> None:
    case = ask(ponds, final(ponds), "5000")
    assert payment(ponds, case).state == "requested"
    ponds.complete("officer", case, "look")
    ponds.complete("head", case, "order", payment_approval="approve")
    paid = payment(ponds, case)
    assert (paid.state, paid.amount) == ("ordered", Decimal("5000.00"))
    assert paid.approved_by == ponds.who("head").account_id
    assert paid.certified_by == ponds.who("officer").account_id
    assert paid.ordered_by == ponds.who("head").account_id
    assert paid.ordered_at is not None


def test_who_checked_a_payment_does_not_order_it(ponds: Ponds, final: Final) -> None:
    case = ask(ponds, final(ponds), "5000")
    ponds.complete("head", case, "look")
    with pytest.raises(NotAllowed):
        ponds.complete("head", case, "order", payment_approval="approve")
    assert payment(ponds, case).state == "requested"


def test_no_more_is_paid_than_was_granted(ponds: Ponds, final: Final) -> None:
    case = ask(ponds, final(ponds), "20000.01")
    ponds.complete("officer", case, "look")
    with pytest.raises(Conflict) as refused:
        ponds.complete("head", case, "order", payment_approval="approve")
    assert refused.value.key == "services.payments.more_than_granted_money"
    assert "order" in ponds.tasks(case.id)


def test_what_is_ordered_is_measured_against_the_grant_of_that_moment(
    ponds: Ponds, final: Final, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ask(ponds, final(ponds), "5000")
    ponds.complete("officer", case, "look")
    approve = payments._STEPS["approved"]

    def approve_and_revoke(move: Any, row: Payment, amount: Decimal) -> None:
        approve(move, row, amount)
        move.case.approved = amount - Decimal("0.01")

    monkeypatch.setitem(payments._STEPS, "approved", approve_and_revoke)
    with pytest.raises(Conflict) as refused:
        ponds.complete("head", case, "order", payment_approval="approve")
    assert refused.value.key == "services.payments.more_than_granted_money"


def test_a_refusal_is_told_as_a_message_and_a_mail(ponds: Ponds, final: Final) -> None:
    case = ask(ponds, final(ponds), "5000")
    ponds.complete("officer", case, "look")
    ponds.complete("head", case, "order", payment_approval="refuse")
    assert payment(ponds, case).state == "refused"
    (message,) = ponds.look("applicant", messages.list_messages, case.id)
    assert message.body == "Der Abruf wurde abgelehnt."
    assert ponds.run_jobs() > 0


def test_a_final_grant_is_published_without_persons(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    with ponds.reading() as session:
        assert register.published(session) == []
    clock("2027-04-10T09:00")
    ponds.run_jobs()
    with ponds.reading() as session:
        (record,) = register.published(session)
    assert record.facts["grantee"] == "Froschfreunde"
    assert record.facts["amount"] == "20000.00"
    assert "Frieda" not in str(record.facts)
    with ponds.reading() as session:
        query = select(col(CaseEvent.kind)).where(col(CaseEvent.case_id) == case.id)
        assert "grant.published" in set(session.execute(query).scalars())
    assert ponds.count(CaseMessage, case_id=case.id) == 0


def order(ponds: Ponds, case: Case) -> None:
    ponds.complete("officer", case, "look")
    ponds.complete("head", case, "order", payment_approval="approve")


def test_nothing_is_paid_before_the_grant_is_final(ponds: Ponds, clock: Clock) -> None:
    case = ask(ponds, ponds.granted(), "5000")
    with pytest.raises(Conflict) as refused:
        order(ponds, case)
    assert refused.value.key == "services.payments.not_final"
    assert payment(ponds, case).state == "requested"
    clock("2027-04-10T09:00")
    ponds.complete("head", case, "order", payment_approval="approve")
    assert payment(ponds, case).state == "ordered"


def test_nothing_is_paid_before_the_decision_was_notified(ponds: Ponds) -> None:
    case = ponds.drafted()
    ponds.complete("head", case, "approve")
    ask(ponds, case, "5000")
    with pytest.raises(Conflict) as refused:
        order(ponds, case)
    assert refused.value.key == "services.payments.not_notified"


def test_a_waiver_of_remedies_makes_payment_possible_at_once(ponds: Ponds) -> None:
    case = ask(ponds, ponds.granted(), "5000")
    with ponds.transaction(SYSTEM) as session:
        deadlines.set_state(session, case.id, ["remedy"], "met")
    order(ponds, case)
    assert payment(ponds, case).state == "ordered"


@pytest.mark.parametrize("kind", ["statement_of_use", "interim_statement"])
def test_an_overdue_statement_blocks_payments_until_it_is_met(
    ponds: Ponds, final: Final, kind: str
) -> None:
    case = ask(ponds, final(ponds), "5000")
    with ponds.transaction(SYSTEM) as session:
        row = Deadline(
            case_id=case.id, authority_id=case.authority_id, kind=kind, title={"de": "Nachweis"},
            starts_on=date(2027, 3, 1), due_on=date(2027, 4, 9), created_at=clock_now(),
        )  # fmt: skip
        deadlines.add_deadline(session, row)
    with pytest.raises(Conflict) as refused:
        order(ponds, case)
    assert refused.value.key == "services.payments.statement_overdue"
    assert refused.value.params["since"] == date(2027, 4, 9)
    with ponds.transaction(SYSTEM) as session:
        deadlines.set_state(session, case.id, [kind], "met")
    ponds.complete("head", case, "order", payment_approval="approve")
    assert payment(ponds, case).state == "ordered"


def test_a_payment_of_nothing_is_refused(ponds: Ponds, final: Final) -> None:
    with pytest.raises(Conflict) as refused:
        ask(ponds, final(ponds), "0")
    assert refused.value.key == "services.payments.nothing"

"""Payments and the public record: states in order, two persons, never more than granted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds

from grantflow.errors import Conflict, NotAllowed
from grantflow.services import cases, messages, register
from grantflow.store.tables import Case, CaseEvent, CaseMessage, Decision, Payment

Clock = Callable[[str], None]


def asked(ponds: Ponds, amount: str) -> Case:
    case = ponds.granted()
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


def test_a_payment_is_asked_for_approved_and_ordered_by_two(ponds: Ponds) -> None:
    case = asked(ponds, "5000")
    assert payment(ponds, case).state == "requested"
    ponds.complete("officer", case, "look")
    ponds.complete("head", case, "order", payment_approval="approve")
    paid = payment(ponds, case)
    assert (paid.state, paid.amount) == ("ordered", Decimal("5000.00"))
    assert paid.approved_by == ponds.who("head").account_id
    assert paid.ordered_at is not None


def test_who_checked_a_payment_does_not_order_it(ponds: Ponds) -> None:
    case = asked(ponds, "5000")
    ponds.complete("head", case, "look")
    with pytest.raises(NotAllowed):
        ponds.complete("head", case, "order", payment_approval="approve")
    assert payment(ponds, case).state == "requested"


def test_no_more_is_paid_than_was_granted(ponds: Ponds) -> None:
    case = asked(ponds, "20000.01")
    ponds.complete("officer", case, "look")
    with pytest.raises(Conflict) as refused:
        ponds.complete("head", case, "order", payment_approval="approve")
    assert refused.value.key == "services.payments.more_than_granted"
    assert set(ponds.tasks(case.id)) == {"order"}


def test_a_refusal_is_told_as_a_message_and_a_mail(ponds: Ponds) -> None:
    case = asked(ponds, "5000")
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

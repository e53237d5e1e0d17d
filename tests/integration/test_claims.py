"""What is claimed back: no more than was paid and kept, after a hearing on the same matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tests.integration.desk import Desks
from tests.integration.ponds import Ponds
from tests.integration.test_letter_law import REVOCATION, draft, heard, problems

from grantflow.services.policy import SYSTEM
from grantflow.store import instances, payments
from grantflow.store.tables import Case, Decision, Letter, Payment, ProcessInstance

Clock = Callable[[str], None]
CLAIM = {"amount": 5000, "due_on": "2027-04-01", "interest_from": "2027-01-10"}


def paid(ponds: Ponds, case: Case, amount: str) -> None:
    """A payment is under way in a programme without a ledger."""
    letter = draft(ponds, case)
    with ponds.transaction(SYSTEM) as session:
        payment = Payment(
            case_id=case.id,
            authority_id=letter.authority_id,
            instance_id=letter.instance_id,
            amount=Decimal(amount),
            state="approved",
            requested_at=letter.created_at,
        )
        payments.add_payment(session, payment)


def other_process(ponds: Ponds, letter: Letter, process_id: str) -> UUID:
    with ponds.transaction(SYSTEM) as session:
        own = instances.get_instance(session, letter.instance_id)
        other = ProcessInstance(
            case_id=letter.case_id,
            authority_id=own.authority_id,
            process_id=process_id,
            state=b"",
            started_at=own.started_at,
        )
        instances.add_instance(session, other)
        return other.id


def test_no_more_is_demanded_than_was_paid(ponds: Ponds) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    for name in ("recovery_decision", "revocation_decision", "withdrawal_decision"):
        assert "above_kept_money" in problems(ponds, letter, name, **REVOCATION)
    paid(ponds, case, "5000.00")
    for name in ("recovery_decision", "revocation_decision", "withdrawal_decision"):
        assert "above_kept_money" not in problems(ponds, letter, name, **REVOCATION)


def test_a_revocation_in_full_takes_back_the_whole(ponds: Ponds) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    paid(ponds, case, "6000.00")
    full = {**REVOCATION, "extent": "full"}
    assert "less_than_kept_money" in problems(ponds, letter, "revocation_decision", **full)
    whole = {**full, "amount": 6000}
    assert "less_than_kept_money" not in problems(ponds, letter, "revocation_decision", **whole)


def test_the_hearing_on_the_settlement_counts_for_what_is_claimed_after_it(
    ponds: Ponds, clock: Clock
) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    settlement = other_process(ponds, letter, "settlement")
    told = {"intended": "settlement", "amount": 5000, "interest_from": "2027-01-15"}
    heard(ponds, case, "2027-02-15", instance=settlement, **told)
    assert "hearing_running" in problems(ponds, letter, "recovery_decision", **CLAIM)
    clock("2027-02-16T09:00")
    found = problems(ponds, letter, "recovery_decision", **CLAIM)
    assert not {"hearing_missing", "hearing_other_act", "hearing_covers_less_money"} & {*found}
    assert "interest_from_earlier" in found
    more = {**CLAIM, "amount": 5001}
    assert "hearing_covers_less_money" in problems(ponds, letter, "recovery_decision", **more)
    assert "hearing_missing" in problems(ponds, letter, "revocation_decision", **REVOCATION)


def test_interest_after_a_settlement_was_announced_by_its_hearing(
    ponds: Ponds, clock: Clock
) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    settlement = other_process(ponds, letter, "settlement")
    heard(ponds, case, "2027-02-15", instance=settlement, intended="settlement", amount=5000)
    clock("2027-02-16T09:00")
    assert "interest_unannounced" in problems(ponds, letter, "interest_decision", amount=5)
    named = {"intended": "settlement", "interest_from": "2027-01-15"}
    heard(ponds, case, "2027-02-15", instance=settlement, **named)
    assert "interest_unannounced" not in problems(ponds, letter, "interest_decision", amount=5)


def test_the_facts_of_a_case_show_what_was_settled_beside_what_was_granted(desks: Desks) -> None:
    ponds = desks.ponds
    case = ponds.granted()
    assert "Endgültig festgesetzt" not in desks.of("officer").read(f"/cases/{case.id}")
    letter = draft(ponds, case)
    with ponds.transaction(SYSTEM) as session:
        for day, amount in (("2027-03-01", "17000.00"), ("2027-03-02", "16123.50")):
            decision = Decision(
                case_id=case.id,
                authority_id=letter.authority_id,
                kind="settlement",
                outcome="settled",
                amount=Decimal(amount),
                at=datetime.fromisoformat(f"{day}T10:00:00+01:00"),
            )
            payments.add_decision(session, decision)
    page = desks.of("officer").read(f"/cases/{case.id}")
    assert "Endgültig festgesetzt 16.123,50 €" in page

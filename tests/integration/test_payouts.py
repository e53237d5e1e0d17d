"""What was ordered and did not arrive, or was repaid for nothing, is paid out later on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.theatre import Theatre, Watched

from grantflow import clock
from grantflow.cli import demo_money
from grantflow.errors import Conflict, Invalid
from grantflow.programmes.scenario import ScenarioStep
from grantflow.services import ledger, payment_files, payment_returns
from grantflow.services.ledger import Position
from grantflow.store.tables import Case, Payment, PaymentFileEntry
from grantflow.texts import text

REASONS = "Die Anordnung wurde versehentlich zurückgenommen; der Betrag ist bewilligt."
EVALUATED = {
    "indicator_values": [{"indicator": "Lernende", "target": "36", "actual": "34"}],
    "goal_achievement": "full",
    "effect": "Die Begleitung in Ämtern ist verlässlich geworden.",
}


@dataclass
class Tale:
    """A story that goes on by hand after its last step."""

    story: Watched

    def step(self, at: str, **what: Any) -> None:
        moment = datetime.fromisoformat(f"{at}T10:00:00+01:00")
        self.story._play(ScenarioStep(at=moment, **what))

    def do(self, at: str, task: str, by: str = "CASE_OFFICER:2", **answers: Any) -> None:
        self.step(at, task=task, by=by, answers=answers)

    def propose(self, at: str, amount: str, ground: str = "withdrawn") -> None:
        self.step(at, start_process="payout", by="CASE_OFFICER:2")
        self.answer(at, amount, ground)

    def answer(self, at: str, amount: str, ground: str) -> None:
        self.do(at, "propose_payout", payout_choice="pay", payout_ground=ground,
                payout_amount=amount, payout_reasons=REASONS)  # fmt: skip

    def renounce(self, at: str) -> None:
        self.step(at, start_process="payout", by="CASE_OFFICER:2")
        reasons = "Der Verein hat am 6. November schriftlich verzichtet."
        self.do(at, "propose_payout", payout_choice="renounced", payout_reasons=reasons)
        self.order(at)

    def order(self, at: str) -> None:
        self.do(at, "order_payout", "BUDGET_OFFICER", payout_approval="order")

    def last_payment(self) -> Payment:
        query = select(Payment).where(col(Payment.case_id) == self.story.case_id)
        with self.story.world.reading() as session:
            newest = query.order_by(col(Payment.requested_at).desc()).limit(1)
            return session.execute(newest).scalar_one()

    def withdraw(self, at: str) -> None:
        payment, story = self.last_payment(), self.story
        story._pass_time(datetime.fromisoformat(f"{at}T10:00:00+01:00"))
        who = story._actor("BUDGET_OFFICER")
        with clock.at(story.now), story.world.transaction(who) as session:
            payment_files.withdraw_order(session, who, story.case_id, payment.id, "Irrtum")
        story._jobs()

    def bank_returns(self, at: str) -> None:
        """What was ordered last leaves, and comes back from the bank two days later."""
        payment, story = self.last_payment(), self.story
        story._pass_time(datetime.fromisoformat(f"{at}T10:00:00+01:00"))
        who, world = story._actor("BUDGET_OFFICER"), story.world
        with clock.at(story.now):
            wait = timedelta(0)
            demo_money.pay_out(world, story.cast, story.authority, story.case_id, wait)
        story._pass_time(story.now + timedelta(days=2))
        query = select(PaymentFileEntry.end_to_end_id).where(
            col(PaymentFileEntry.payment_id) == payment.id
        )
        with clock.at(story.now), world.transaction(who) as session:
            name, day = session.execute(query).scalar_one(), clock.today()
            line = f"{name};{payment.amount};returned;{day};AC04"
            content = f"end_to_end_id;amount;status;date;reason\n{line}\n".encode()
            (place,) = payment_files.authorities(who)
            payment_returns.read_back(session, who, place, "bank.csv", content)
        story._jobs()

    def sums(self) -> tuple[int, ...]:
        """Euro granted, ordered or paid, returned, bound but not ordered."""
        with self.story.world.reading() as session:
            granted = session.get_one(Case, self.story.case_id).approved or Decimal(0)
            found: Position = ledger.position(session, self.story.case_id)
        return (int(granted), int(found.paid), int(found.returned), int(found.available))

    def status(self) -> str:
        with self.story.world.reading() as session:
            return session.get_one(Case, self.story.case_id).status


Until = Callable[[str, str, str], Tale]


@pytest.fixture
def until(theatre: Theatre) -> Until:
    """Plays a shipped scenario up to the end of a day."""

    def played(folder: str, name: str, day: str) -> Tale:
        words, last = theatre.words(folder, name), datetime.fromisoformat(f"{day}T23:00:00+01:00")
        story, told = theatre.tell(folder, words, last)
        assert [(one.key, one.params) for one in told.problems] == []
        return Tale(story)

    return played


@pytest.fixture
def instalment(until: Until) -> Tale:
    """Of 29,000 euro settled, the last 14,500 are ordered on 2 November 2028."""
    return until("wir_hessen", "audited_in_depth", "2028-11-02")


def refused(act: Callable[[], None]) -> str:
    with pytest.raises(Conflict) as found:
        act()
    return text(found.value.key, "de", **found.value.params)


def test_a_last_instalment_that_was_withdrawn_is_paid_before_the_case_closes(
    instalment: Tale,
) -> None:
    instalment.withdraw("2028-11-03")
    instalment.step("2029-01-08", tick=True)
    assert instalment.sums() == (29000, 14500, 0, 0)
    instalment.do("2029-01-09", "evaluate_case", **EVALUATED)

    def close() -> None:
        instalment.do("2029-01-10", "close_case", "HEAD_OF_UNIT", closing_approval="approve")

    words = refused(close)
    assert "14.500,00" in words
    assert "„Auszahlung nachholen“" in words
    instalment.propose("2029-01-11", "14500.00")
    instalment.order("2029-01-12")
    assert instalment.sums() == (29000, 29000, 0, 0)
    instalment.do("2029-01-15", "close_case", "HEAD_OF_UNIT", closing_approval="approve")
    assert instalment.status() == "CLOSED"


def test_what_the_bank_returned_before_the_settlement_was_final_is_bound_anew(
    instalment: Tale,
) -> None:
    """The settlement frees what is not ordered when it becomes final."""
    instalment.bank_returns("2028-11-03")
    assert instalment.sums() == (29000, 14500, 0, 14500)
    instalment.step("2029-01-08", tick=True)
    assert instalment.sums() == (29000, 14500, 0, 0)
    instalment.propose("2029-01-09", "14500.00", "returned")
    instalment.order("2029-01-10")
    assert instalment.sums() == (29000, 29000, 0, 0)


def test_what_came_back_after_finality_stays_bound_and_is_not_bound_twice(
    instalment: Tale,
) -> None:
    instalment.step("2029-01-08", tick=True)
    instalment.bank_returns("2029-01-09")
    assert instalment.sums() == (29000, 14500, 0, 14500)
    instalment.propose("2029-01-12", "10000.00", "returned")
    instalment.order("2029-01-15")
    assert instalment.sums() == (29000, 24500, 0, 4500)


def test_what_comes_back_when_the_case_is_closed_is_bound_anew_and_paid(instalment: Tale) -> None:
    """Nothing of a closed case stays bound."""
    instalment.step("2029-01-08", tick=True)
    instalment.do("2029-01-09", "evaluate_case", **EVALUATED)
    instalment.do("2029-01-10", "close_case", "HEAD_OF_UNIT", closing_approval="approve")
    instalment.bank_returns("2029-01-11")
    assert instalment.sums() == (29000, 14500, 0, 0)
    instalment.propose("2029-01-16", "14500.00", "returned")
    instalment.order("2029-01-17")
    assert instalment.sums() == (29000, 29000, 0, 0)
    assert instalment.status() == "CLOSED"


def test_more_than_is_granted_and_not_paid_is_refused(instalment: Tale) -> None:
    instalment.withdraw("2028-11-03")
    with pytest.raises(Invalid) as found:
        instalment.propose("2028-11-06", "14500.01")
    assert [one.place for one in found.value.problems] == ["payout_amount"]


def test_nothing_is_paid_out_while_nothing_is_owed(instalment: Tale) -> None:
    def begin() -> None:
        instalment.step("2028-11-06", start_process="payout", by="CASE_OFFICER:2")

    assert refused(begin) == text("services.cases.only_while.payment_owed", "de")


def test_a_rest_that_is_renounced_lowers_the_grant_and_is_free(instalment: Tale) -> None:
    instalment.withdraw("2028-11-03")
    instalment.renounce("2028-11-06")
    assert instalment.sums() == (14500, 14500, 0, 0)
    instalment.step("2029-01-08", tick=True)
    instalment.do("2029-01-09", "evaluate_case", **EVALUATED)
    instalment.do("2029-01-10", "close_case", "HEAD_OF_UNIT", closing_approval="approve")
    assert instalment.status() == "CLOSED"


def test_a_restitution_that_was_withdrawn_is_paid_anew(until: Until) -> None:
    case = until("bamf_model_projects", "repaid_then_annulled", "2026-09-18")
    assert case.sums() == (60000, 42000, 12000, 30000)
    case.withdraw("2026-09-21")
    assert case.sums() == (60000, 30000, 12000, 42000)
    case.step("2026-09-22", start_process="payout", by="CASE_OFFICER")
    case.do("2026-09-22", "propose_payout", "CASE_OFFICER", payout_choice="pay",
            payout_ground="withdrawn", payout_amount="12000.00",
            payout_reasons=REASONS)  # fmt: skip
    case.order("2026-09-23")
    assert case.sums() == (60000, 42000, 12000, 30000)


def test_a_remedy_against_a_cut_pays_what_was_never_paid(instalment: Tale) -> None:
    """Renounced here stands for whatever lowered the grant; what was ever granted is the limit."""
    instalment.withdraw("2028-11-03")
    instalment.renounce("2028-11-06")
    with pytest.raises(Invalid):
        instalment.propose("2028-11-08", "14500.01", "remedy")
    instalment.answer("2028-11-08", "14500.00", "remedy")
    instalment.order("2028-11-09")
    assert instalment.sums() == (29000, 29000, 0, 0)


def test_a_remedy_after_finality_raises_the_grant_by_what_was_repaid_and_once_only(
    theatre: Theatre,
) -> None:
    story = theatre.play("wir_hessen", theatre.words("wir_hessen", "paid_after_late_action"))
    assert story.sums("2027-03-30") == (16000, 18000, 2000, 0)
    assert story.sums("2027-10-06") == (16000, 18000, 2000, 0)
    assert story.sums("2027-10-14") == (18000, 20000, 2000, 0)
    with pytest.raises(Invalid) as found:
        Tale(story).propose("2027-10-18", "2000.00", "remedy")
    assert [one.place for one in found.value.problems] == ["payout_amount"]


def test_a_late_remedy_gives_back_what_was_taken_beside_what_is_still_to_be_requested(
    until: Until,
) -> None:
    """Of 60,000 half were paid, 12,000 of them revoked, repaid and final; nothing is due twice."""
    case = until("bamf_model_projects", "repaid_then_annulled", "2026-08-11")
    case.step("2026-10-05", tick=True)
    assert case.sums() == (48000, 30000, 12000, 30000)
    case.do("2026-10-06", "start_interest", "CASE_OFFICER", interest_from="2026-05-15")
    reasons = "Der Verein hat die Umstände nicht zu vertreten und sofort gezahlt."
    waived = {"interest_choice": "waive", "reasons": reasons}
    case.do("2026-10-07", "draft_interest", "CASE_OFFICER", **waived)
    case.do("2026-10-08", "approve_interest_waiver", "HEAD_OF_UNIT", interest_signature="approve")
    case.step("2026-10-12", start_process="payout", by="CASE_OFFICER")
    with pytest.raises(Invalid) as found:
        pay(case, "12000.01")
    assert [one.place for one in found.value.problems] == ["payout_amount"]
    pay(case, "12000.00")
    case.order("2026-10-13")
    assert case.sums() == (60000, 42000, 12000, 30000)
    case.step("2026-10-14", start_process="payout", by="CASE_OFFICER")
    with pytest.raises(Invalid):
        pay(case, "0.01")


def pay(case: Tale, amount: str) -> None:
    case.do("2026-10-12", "propose_payout", "CASE_OFFICER", payout_choice="pay",
            payout_ground="remedy", payout_amount=amount, payout_reasons=REASONS)  # fmt: skip

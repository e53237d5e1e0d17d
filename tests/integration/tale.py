"""A shipped story that goes on by hand: with its people, the bank and its own days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from tests.integration.theatre import Theatre, Watched

from grantflow import clock
from grantflow.programmes.scenario import ScenarioStep, parse_scenario
from grantflow.programmes.vocabulary import CAME_BACK
from grantflow.services import ledger, payment_files
from grantflow.services.ledger import Position
from grantflow.store import demo as facts
from grantflow.store.tables import Case, Payment

REASONS = "Die Anordnung wurde versehentlich zurückgenommen; der Betrag ist bewilligt."


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
        """The newest payment that was neither withdrawn nor sent back."""
        query = select(Payment).where(
            col(Payment.case_id) == self.story.case_id, col(Payment.state).in_(("ordered", "paid"))
        )
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
        """What was ordered last comes back from the bank two days after that day."""
        moment = datetime.fromisoformat(f"{at}T10:00:00+01:00") + timedelta(days=2)
        self.story._play(ScenarioStep(at=moment, message=CAME_BACK))

    def sums(self) -> tuple[int, ...]:
        """Euro granted, ordered or paid, returned, bound but not ordered."""
        with self.story.world.reading() as session:
            granted = session.get_one(Case, self.story.case_id).approved or Decimal(0)
            found: Position = ledger.position(session, self.story.case_id)
        return (int(granted), int(found.paid), int(found.returned), int(found.available))

    def status(self) -> str:
        with self.story.world.reading() as session:
            return session.get_one(Case, self.story.case_id).status

    def tasks(self) -> set[str]:
        """The steps that are open in the case."""
        with self.story.world.reading() as session:
            return {one.element_id for one in facts.open_tasks(session, self.story.case_id)}


def begin(theatre: Theatre, folder: str, words: str, day: str) -> Tale:
    """A story of a programme up to the end of a day; nothing may differ from its words."""
    last = datetime.fromisoformat(f"{day}T23:00:00+01:00")
    steps = parse_scenario(words.encode(), "begun.toml").step
    shared = sum(one.at <= last for one in steps)
    story, told = theatre.tell(folder, words, last, shared)
    assert [(one.key, one.params) for one in told.problems] == []
    return Tale(story)

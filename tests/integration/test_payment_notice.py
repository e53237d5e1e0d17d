"""What the notice of a payment says of the grant: as it stands, and the sum is right."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import effect, end, package, process, start, task

from grantflow.letters import model as values
from grantflow.letters.model import PaymentFacts
from grantflow.programmes.package import Package
from grantflow.services import cases
from grantflow.settings import Settings, settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case

Clock = Callable[[str], None]
PAYMENT = process(
    "payment",
    {"Antrag": "ask", "Amt": "look", "Leitung": "order", "System": "book lower"},
    start(),
    task("ask"),
    effect("book", "pay", amount="=payment_amount", state="requested"),
    task("look", form="none"),
    task("order", not_by="look"),
    effect("lower", "award", amount="=15000", until="2028-12-31"),
    effect("release", "pay", amount="=payment_amount", state="approved"),
    effect("pay_out", "pay", amount="=payment_amount", state="ordered"),
    effect("tell_it", "letter", letter="payment_notice", amount="=payment_amount"),
    end(),
    flow="begin > ask > book > look > order > lower > release > pay_out > tell_it > finish",
)


@pytest.fixture
def lowered(sessions: Sessions, test_settings: Settings, clock: Clock) -> Ponds:
    """A programme that brings the grant of 20,000 euro down to 15,000 before it pays."""
    clock("2027-02-01T09:00")
    files = dict(package(payment=PAYMENT).files)
    folder = settings().templates_dir / "letters" / "payment_notice"
    for name in ("letter.toml", "body.html"):
        files[f"letters/payment_notice/{name}"] = (folder / name).read_bytes()
    return build(sessions, test_settings, Package(files))


def paid(ponds: Ponds, case: Case, amount: str) -> PaymentFacts:
    """What the newest notice says after a payment of so many euro."""
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount=amount)
    ponds.complete("officer", case, "look")
    ponds.complete("head", case, "order", payment_approval="approve")
    notices = [one for one in ponds.letters(case) if one.name == "payment_notice"]
    told = values.load(max(notices, key=lambda one: one.created_at).model).payment
    assert told is not None
    return told


def test_a_notice_names_the_present_grant_and_adds_up(lowered: Ponds, clock: Clock) -> None:
    case = lowered.granted()
    clock("2027-04-10T09:00")
    lowered.run_jobs()
    first = paid(lowered, case, "5000")
    assert (first.granted, first.paid_before, first.remaining) == (15000, 0, 10000)
    clock("2027-05-10T09:00")
    second = paid(lowered, case, "4000")
    assert (second.granted, second.paid_before, second.remaining) == (15000, 5000, 6000)
    assert second.amount == Decimal("4000.00")

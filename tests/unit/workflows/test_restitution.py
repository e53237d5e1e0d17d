"""What is paid back rests on the money as it stands when the order is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grantflow.engine import Effect, Instance, parse

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 8, 10, 8, tzinfo=UTC)
TERMS = {"until": "2026-12-31"}
ORDERED = ["commit", "pay", "pay", "pay", "letter"]


def order(why: str, amount: int, **balance: int) -> tuple[list[str], Any]:
    """The effects after the order that change something, and the amount that was paid."""
    text = (ROOT / "workflows/_shared/side/restitution.bpmn").read_bytes()
    definition = parse({"restitution.bpmn": text}, {})["restitution"]
    known = {"restitution_amount": amount, "restitution_why": why, "period_until": "2026-12-31"}
    instance, done = Instance.start(definition, known, NOW), []
    (task,) = instance.step().tasks
    instance.complete(task.id, {"certified": True})
    values = {"balance": {"unpaid": balance["granted"], **balance}, "award_terms": TERMS}
    while asked := instance.pending():
        for effect in asked:
            assert isinstance(effect, Effect)
            done.append(effect.name)
            instance.resolve(effect.id, {"value": values.get(effect.name)})
    step = instance.step()
    assert step.completed
    return [name for name in done if name not in values], step.data["restitution_amount"]


@pytest.mark.parametrize(("paid", "effects", "amount"), [(20, ORDERED, 5), (25, [], 0)])
def test_what_another_claim_has_given_back_meanwhile_is_not_paid_twice(paid, effects, amount):
    """Of 25 euro repaid 20 had arrived; then the 5 are paid back to the organisation elsewhere."""
    found = order("never_received", 5, paid=paid, returned=25, kept=0, granted=60)
    assert found == (effects, amount)


@pytest.mark.parametrize(("paid", "raised"), [(0, []), (12, ["award"])])
def test_money_that_never_arrived_raises_no_grant(paid, raised):
    """The grant is gone and 12 euro were repaid for nothing, of 12 that arrived or of none."""
    effects, amount = order("founding_annulled", 12, paid=paid, returned=12, kept=0, granted=0)
    assert (effects, amount) == (raised + ORDERED, 12)

"""A claim out of a settlement is what is overpaid by it, whoever repays what else in the case."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grantflow.engine import Effect, Instance, parse

ROOT = Path(__file__).parents[3]
NOW = datetime(2029, 2, 6, 9, tzinfo=UTC)
STANDS = {"annulled": False, "partly": False, "contested": False, "remaining": None}
CONTESTED = {**STANDS, "contested": True}


def claimed(
    *, paid: int, returned: int, repaid: int = 0, standing: dict[str, Any] = STANDS
) -> tuple[float | None, list[str]]:
    """Euro still owed of 60 where 1,000 may be paid and 20 came back before; the mails.

    ``repaid`` is what came in on this claim; nothing is owed any more where the claim ended.
    """
    text = (ROOT / "workflows/_shared/side/repayment_receipt.bpmn").read_bytes()
    definition = parse({"repayment_receipt.bpmn": text}, {})["repayment_receipt"]
    known = {
        "founding_act": "settlement_decision", "recovery_amount": 60, "claim_limit": 60,
        "rightly_paid": 1020, "never_paid": 0, "revoked_amount": None, "recovery_extent": None,
        "fell_back": False, "repay_until": "2029-03-12",
        "repayments": [{"on": "2029-02-01", "amount": repaid}] if repaid else [],
    }  # fmt: skip
    instance, mails = Instance.start(definition, known, NOW), []
    assert instance.message("dispatched_recovery_decision", {})
    balance = {"paid": paid, "returned": returned, "kept": max(0, paid - returned)}
    values = {"balance": balance, "standing": standing, "deadline": "2029-03-12T23:00:00+00:00"}
    while asked := instance.pending():
        for effect in asked:
            assert isinstance(effect, Effect)
            mails += [str(effect.params["template"])] if effect.name == "notify" else []
            instance.resolve(effect.id, {"value": values.get(effect.name)})
    step = instance.step()
    return (None if step.completed else step.data.get("outstanding_amount"), mails)


@pytest.mark.parametrize(
    ("money", "owed"),
    [
        ({"paid": 1080, "returned": 20}, 60),
        ({"paid": 1080, "returned": 70}, 60),  # 50 were repaid on another claim
        ({"paid": 1080, "returned": 45, "repaid": 25}, 35),
    ],
)
def test_what_is_repaid_on_another_claim_leaves_this_one(money: dict[str, int], owed: int) -> None:
    assert claimed(**money) == (owed, [])


@pytest.mark.parametrize(
    ("money", "owed"),
    [
        ({"paid": 1050, "returned": 20}, 30),
        ({"paid": 1050, "returned": 30, "repaid": 10}, 20),
        ({"paid": 1050, "returned": 50, "repaid": 30}, None),
        ({"paid": 900, "returned": 20}, None),
        ({"paid": 900, "returned": 20, "standing": CONTESTED}, None),
    ],
)
def test_what_comes_back_lowers_the_claim_or_ends_it(money: dict[str, Any], owed: int) -> None:
    assert claimed(**money) == (owed, ["claim_lowered"])


@pytest.mark.parametrize(("paid", "open_still"), [(1050, True), (900, False)])
def test_nobody_is_heard_on_money_that_came_back(paid: int, open_still: bool) -> None:
    """1,060 are paid and 1,000 granted when the hearing is to be prepared; then some comes back."""
    text = (ROOT / "workflows/_shared/side/settled_claim.bpmn").read_bytes()
    definition = parse({"settled_claim.bpmn": text}, {})["settled_claim"]
    known = {"final_grant": 1000, "settlement_basis": None, "settlement_heard": "no"}
    instance = Instance.start(definition, known, NOW)
    for kept in (1060, paid):
        assert kept == 1060 or instance.message("payment_came_back", {})
        (read,) = instance.pending()
        instance.resolve(read.id, {"value": {"paid": kept, "returned": 0, "kept": kept}})
    assert [one.element_id for one in instance.step().tasks] == [
        "propose_settled_claim"
    ] * open_still
    told = [one.params["template"] for one in instance.pending() if isinstance(one, Effect)]
    assert told == ["claim_lowered"] * (not open_still)

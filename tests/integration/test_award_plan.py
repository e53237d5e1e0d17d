"""An amendment may change the financing plan; the case keeps it until the next amendment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import effect, end, package, process, start, task

from grantflow.errors import GrantFlowError
from grantflow.services import awards, cases
from grantflow.settings import Settings
from grantflow.store import awards as rows
from grantflow.store.db import Sessions
from grantflow.store.tables import Case

PLAN = (
    '=[{label: "Bagger", amount: 8000, grant: 4000}, {label: "Pumpe", amount: 1500.5},'
    ' {label: " Bagger ", amount: 500, grant: 250}]'
)
ITEM = (
    '=string(terms.amount) + if terms.lines = null then " as awarded"'
    " else string(terms.lines[1].grant)"
)
KEPT = [
    {"label": "Bagger", "amount": "8500.00", "grant": "4250.00"},
    {"label": "Pumpe", "amount": "1500.50"},
]
GIVEN = [
    {"label": "Bagger", "amount": 8500.0, "grant": 4250.0},
    {"label": "Pumpe", "amount": 1500.5, "grant": None},
]


def amended(plan: str) -> bytes:
    """Set a plan, after a look the amount alone, then read the terms into the item of a task."""
    return process(
        "payment",
        {"Antrag": "ask", "Amt": "look see", "System": "set_plan set_amount read_terms"},
        start(),
        task("ask"),
        effect("set_plan", "award", amount="=20000", until="2028-03-31", lines=plan),
        task("look", form="none"),
        effect("set_amount", "award", amount="=payment_amount", until="2028-03-31"),
        effect("read_terms", "award_terms", result="terms"),
        task("see", form="none", item=ITEM),
        end(),
        flow="begin > ask > set_plan > look > set_amount > read_terms > see > finish",
    )


@pytest.fixture
def amender(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> Callable[[str], Ponds]:
    """Publishes the programme with an amendment to a plan."""

    def publish(plan: str) -> Ponds:
        clock("2027-02-01T09:00")
        return build(sessions, test_settings, package(payment=amended(plan)))

    return publish


def item_after(ponds: Ponds, case: Case, clock: Callable[[str], None]) -> str:
    """What the diagram read after the amount was amended a day later."""
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="19000")
    clock("2027-02-02T09:00")
    ponds.complete("officer", case, "look")
    return str(ponds.tasks(case.id)["see"].facts["item"])


def test_an_amended_plan_stays_when_only_the_amount_is_amended(
    amender: Callable[[str], Ponds], clock: Callable[[str], None]
) -> None:
    ponds = amender(PLAN)
    case = ponds.granted()
    assert item_after(ponds, case, clock) == "190004250"
    with ponds.reading() as session:
        found = rows.latest(session, case.id)
        assert found is not None
        assert found.lines == KEPT
        assert awards.facts(session, case.id) == {
            "approved_amount": 19000.0,
            "period_until": "2028-03-31",
            "plan_lines": GIVEN,
        }


def test_without_lines_the_awarded_plan_binds(
    amender: Callable[[str], Ponds], clock: Callable[[str], None]
) -> None:
    ponds = amender("=null")
    case = ponds.granted()
    assert item_after(ponds, case, clock) == "19000 as awarded"
    with ponds.reading() as session:
        found = rows.latest(session, case.id)
        assert found is not None
        assert found.lines is None
        assert "plan_lines" not in awards.facts(session, case.id)


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        ('="Bagger"', "after_award.lines"),
        ('=["Bagger"]', "after_award.lines"),
        ('=[{label: " ", amount: 5}]', "after_award.lines"),
        ('=[{label: "Bagger"}]', "effects.amount"),
        ('=[{label: "Bagger", amount: -5}]', "effects.amount"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_step(
    amender: Callable[[str], Ponds], plan: str, key: str
) -> None:
    ponds = amender(plan)
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    with pytest.raises(GrantFlowError) as caught:
        ponds.complete("applicant", case, "ask", payment_amount="19000")
    assert (caught.value.key, caught.value.params["element"]) == (key, "set_plan")
    with ponds.reading() as session:
        assert rows.latest(session, case.id) is None

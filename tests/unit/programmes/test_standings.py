"""How a decision stands after the remedies against it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grantflow.programmes.rehearsed_acts import Contest
from grantflow.programmes.standings import standing

NOTHING = {
    "pending": False,
    "contested": False,
    "annulled": False,
    "partly": False,
    "remaining": None,
    "final": False,
    "disputed": None,
}


def contest(suspends: bool, outcome: str = "", remaining: Decimal | None = None) -> Contest:
    return Contest(suspends, "objection", outcome, remaining)


@pytest.mark.parametrize(
    ("remedies", "over", "said"),
    [
        ([], False, {}),
        ([], True, {"final": True}),
        ([contest(True)], True, {"pending": True, "contested": True}),
        ([contest(False)], True, {"pending": True}),
        ([contest(True, "rejected")], False, {"final": True}),
        ([contest(True, "upheld")], True, {"annulled": True}),
        ([contest(True, "partly", Decimal("40.50"))], False,
         {"partly": True, "remaining": 40.5, "final": True}),
        ([contest(True, "compromise")], False, {"partly": True, "final": True}),
        ([contest(True, "rejected"), contest(True)], True, {"pending": True, "contested": True}),
        ([contest(True, "partly", Decimal(4)), contest(True, "upheld")], True, {"annulled": True}),
    ],
)  # fmt: skip
def test_the_last_remedy_says_how_a_decision_stands(
    remedies: list[Contest], over: bool, said: dict[str, object]
) -> None:
    assert standing(remedies, over=over, disputed=None) == NOTHING | said


def test_what_is_disputed_is_a_number_for_expressions() -> None:
    assert standing([], over=False, disputed=Decimal("12000.00"))["disputed"] == 12000


def test_what_a_remedy_has_taken_away_stays_away() -> None:
    objection = contest(True, "partly", Decimal(8000))
    found = standing([objection, contest(True, "dismissed")], over=True, disputed=Decimal(12000))
    assert found == NOTHING | {"partly": True, "remaining": 8000, "final": True, "disputed": 8000}
    less = contest(True, "partly", Decimal(5000))
    assert standing([objection, less], over=True, disputed=None)["remaining"] == 5000
    later = contest(True, "withdrawn")
    assert standing([contest(True, "upheld"), later], over=True, disputed=None)["annulled"]


def test_while_the_court_decides_the_objection_has_left_a_part() -> None:
    found = standing(
        [contest(True, "partly", Decimal(8)), contest(False)], over=True, disputed=None
    )
    assert (found["pending"], found["final"], found["remaining"]) == (True, False, 8)

"""What a rehearsal computes by the rules of a programme."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from grantflow.errors import GrantFlowError
from grantflow.programmes.deadlines import Terms
from grantflow.programmes.load import read
from grantflow.programmes.package import load_folder
from grantflow.programmes.rehearsed_acts import Acts
from grantflow.programmes.rehearsed_rules import computed_rule, plain

ROOT = Path(__file__).parents[3]
FOLDER = sorted(p.parent for p in ROOT.glob("workflows/*/programme.toml"))[0]


@pytest.fixture(scope="module")
def terms() -> Terms:
    package = load_folder(FOLDER, ROOT / "workflows/_shared", ROOT / "templates/letters")
    return Terms.of(read(package), date(2026, 7, 1))


def test_interest_runs_across_a_change_of_the_base_rate(terms: Terms) -> None:
    facts = {
        "rule": "recovery_interest",
        "principal": 12000.0,
        "interest_from": "2026-05-15",
        "interest_until": "2026-10-01",
        "repayments": [{"on": "2026-10-01", "amount": 12000.0}],
        "audit_due_on": None,
    }
    found = computed_rule(terms, facts)
    assert len(found["segments"]) == 2
    assert found["segments"][1]["from"] == "2026-07-01"
    assert found["interest"] == pytest.approx(
        sum(part["amount_unrounded"] for part in found["segments"]), abs=0.01
    )


def test_a_missing_base_rate_is_refused_and_not_guessed(terms: Terms) -> None:
    facts = {
        "rule": "recovery_interest",
        "principal": 1000.0,
        "interest_from": "2026-11-01",
        "interest_until": "2099-01-01",
    }
    with pytest.raises(GrantFlowError):
        computed_rule(terms, facts)


def test_values_become_what_diagrams_know() -> None:
    value = {"a": Decimal("1.50"), "b": date(2026, 1, 2), "c": (True, None), "d": [{"e": "x"}]}
    assert plain(value) == {"a": 1.5, "b": "2026-01-02", "c": [True, None], "d": [{"e": "x"}]}


def test_a_remedy_counts_from_the_notification_of_the_letter(terms: Terms) -> None:
    acts = Acts()
    assert acts.remedy_check(terms, "act", "2026-07-10")["known"] is False
    acts.leave("act", datetime(2026, 7, 1, 10, tzinfo=UTC))
    last = acts.remedy_check(terms, "act", "2026-07-10")["ends_on"]
    assert acts.remedy_check(terms, "act", last)["in_time"] is True
    assert acts.remedy_check(terms, "act", "2026-12-31")["in_time"] is False

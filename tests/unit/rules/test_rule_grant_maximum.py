"""The reckoning behind a grant decision (VV Nr. 2.2 zu § 44 BHO/LHO)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.rules.money import computed, euro, keys, refused

from grantflow.rules.computation import Facts
from grantflow.rules.grant_maximum import of_facts

MODEL = {"line": "Modellprojekt", "eligible": "48000.00", "rate": "0.50", "granted": "24000.00"}
GUIDES = {"line": "Lotsen", "eligible": "6800.00", "rate": 1, "granted": "6800.00"}


def reckoned(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return dict(computed("grant_maximum", lines=list(lines), **more).values)


def test_every_line_stands_beside_its_maximum() -> None:
    found = reckoned(MODEL, GUIDES)
    assert [(str(one["most"]), str(one["granted"])) for one in found["lines"]] == [
        ("24000.00", "24000.00"),
        ("6800.00", "6800.00"),
    ]
    assert (found["most"], found["granted"]) == (euro("30800.00"), euro("30800.00"))
    assert (found["eligible"], found["other_needed"]) == (euro("54800.00"), euro("24000.00"))
    assert found["valid"] is True


@pytest.mark.parametrize(
    ("more", "most", "step"),
    [
        ({}, "30800.00", "granted_in_full"),
        ({"requested": "30800.00"}, "30800.00", "granted_in_full"),
        ({"requested": "30000.00"}, "30000.00", "granted_above"),
        ({"other_funds": "24800.01"}, "29999.99", "granted_above"),
        ({"other_funds": "90000.00"}, "0.00", "granted_above"),
        ({"other_funds": "24000.00", "requested": "40000"}, "30800.00", "granted_in_full"),
    ],
)
def test_no_more_than_asked_for_and_than_is_left_to_finance(
    more: dict[str, str], most: str, step: str
) -> None:
    found = computed("grant_maximum", lines=[MODEL, GUIDES], **more)
    assert found.values["most"] == euro(most)
    assert found.values["valid"] is (step != "granted_above")
    assert keys(found)[-1] == step


def test_a_line_without_a_rate_is_limited_by_its_maxima() -> None:
    line = {"line": "A", "eligible": "9000", "granted": "6000", "maximum_per_year": "3000"}
    period = {"period_from": "2027-01-01", "period_until": "2028-06-30"}
    assert reckoned(line, **period)["most"] == euro("6000.00")
    assert reckoned({**line, "maximum": "5000"}, **period)["most"] == euro("5000.00")
    assert reckoned(line)["most"] == euro("9000.00")


def test_one_line_above_its_maximum_is_not_hidden_by_another_below() -> None:
    found = reckoned({**MODEL, "granted": "24000.01"}, {**GUIDES, "granted": "6000.00"})
    assert found["granted"] < found["most"]
    assert found["valid"] is False


def test_a_smaller_grant_says_how_much_less() -> None:
    found = computed("grant_maximum", lines=[{**MODEL, "granted": "20000"}])
    assert found.steps[-1].key == "rules_money.step.granted_below"
    assert "4.000,00 € weniger" in found.steps[-1].sentence("de")
    assert "4,000.00 € less" in found.steps[-1].sentence("en")


def test_facts_that_are_missing_are_named() -> None:
    row = {"line": "A", "granted": "1"}
    assert ("rules.fact_missing", "lines.0.eligible") in refused("grant_maximum", lines=[row])
    assert ("rules.fact_missing", "lines") in refused("grant_maximum", requested=1)


def limits(*lines: dict[str, Any], **more: Any) -> tuple[set[str], list[set[str]]]:
    found = of_facts(Facts({"lines": list(lines), **more}))
    return set(found.above), [set(line.above) for line in found.lines]


def test_the_limit_that_is_exceeded_is_named() -> None:
    assert limits(MODEL, GUIDES) == (set(), [set(), set()])
    assert limits({**MODEL, "granted": "24000.01"}, GUIDES) == (set(), [{"rate"}, set()])
    assert limits({**MODEL, "maximum": "23999.99"}) == (set(), [{"maximum"}])
    assert limits({**GUIDES, "granted": "6800.01"}) == (set(), [{"eligible", "rate"}])
    assert limits(MODEL, GUIDES, requested="30799.99")[0] == {"asked_for"}
    assert limits(MODEL, GUIDES, other_funds="24000.01")[0] == {"not_covered"}

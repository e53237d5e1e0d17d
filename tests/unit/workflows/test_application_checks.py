"""The shipped forms refuse what cannot be: periods, rates, a settlement above the grant."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from grantflow.errors import Invalid
from grantflow.forms import parse

ROOT = Path("workflows")
WIR = "wir_hessen/forms/submit_application.form"
MODEL = "bamf_model_projects/forms/submit_application.form"
INTEREST = "bamf_model_projects/forms/submit_expression_of_interest.form"
SETTLEMENT = "_shared/forms/prepare_settlement.form"
ASKED = {"approved_amount": 162000, "period_from": "2027-01-01"}


def broken(name: str, raw: dict[str, Any]) -> set[str]:
    """The places at which a rule between answers is broken."""
    form = parse((ROOT / name).read_bytes(), name)
    with pytest.raises(Invalid) as refused:
        form.validate(raw, context=ASKED)
    return {one.place for one in refused.value.problems if one.key == "forms.check"}


@pytest.mark.parametrize("name", [WIR, MODEL, INTEREST])
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2027-12-31", "2027-01-01", {"project_until"}),
        ("2027-01-01", "2027-12-31", set()),
    ],
)
def test_the_end_is_not_before_the_start(
    name: str, first: str, last: str, expected: set[str]
) -> None:
    assert broken(name, {"project_from": first, "project_until": last}) == expected


@pytest.mark.parametrize(
    ("line", "requested", "expected"),
    [
        ("MODEL_WELCOME", "20000", set()),
        ("MODEL_WELCOME", "20000.01", {"positions.0.requested"}),
        ("GERMAN_LANGUAGE", "40000", set()),
        ("GERMAN_LANGUAGE", "99000", {"positions.0.requested"}),
    ],
)
def test_a_position_asks_for_no_more_than_its_line_allows(
    line: str, requested: str, expected: set[str]
) -> None:
    position = {"line": line, "eligible": "40000", "requested": requested}
    assert broken(WIR, {"positions": [position]}) == expected


def test_an_interest_asks_for_no_more_than_it_spends() -> None:
    given = {"total_estimate": "1000", "requested_amount": "1000.01"}
    assert broken(INTEREST, given) == {"requested_amount"}


def test_a_settlement_stays_within_the_grant() -> None:
    assert broken(SETTLEMENT, {"final_grant": "165000"}) == {"final_grant"}
    assert broken(SETTLEMENT, {"final_grant": "160303.50"}) == set()


@pytest.mark.parametrize("name", ["request_amendment", "propose_amendment"])
def test_an_amended_period_ends_after_its_start(name: str) -> None:
    given = {"amendment_kinds": ["time"], "wanted_end": "2026-12-31"}
    assert broken(f"_shared/forms/{name}.form", given) == {"wanted_end"}


def told(form: str, scenario: str) -> dict[str, Any]:
    """What the applicant of a scenario enters."""
    path = ROOT / form.split("/", 1)[0] / "scenarios" / f"{scenario}.toml"
    steps = tomllib.loads(path.read_text(encoding="utf-8"))["step"]
    return next(dict(one["answers"]) for one in steps if one.get("task") == Path(form).stem)


def test_a_project_of_ten_years_is_refused_at_its_duration() -> None:
    longest = {"project_from": "2027-01-01", "project_until": "2031-12-31"}
    parse((ROOT / WIR).read_bytes(), WIR).validate(told(WIR, "information_lapsed") | longest)
    longer = told(WIR, "information_lapsed") | {**longest, "project_until": "2032-01-01"}
    assert broken(WIR, longer) == {"duration_months"}

"""The shipped forms refuse what cannot be: periods, rates, a settlement above the grant."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from grantflow import clock
from grantflow.errors import Invalid
from grantflow.forms import Option, parse
from grantflow.programmes.constants import constants
from grantflow.programmes.definition import ProgrammeFile

ROOT = Path("workflows")
WIR = "wir_hessen/forms/submit_application.form"
MODEL = "bamf_model_projects/forms/submit_application.form"
INTEREST = "bamf_model_projects/forms/submit_expression_of_interest.form"
SETTLEMENT = "_shared/forms/prepare_settlement.form"
FILE = ProgrammeFile.model_validate(tomllib.loads((ROOT / "wir_hessen/programme.toml").read_text()))
LINES = constants(FILE)
ASSESSMENT, DRAFT = (
    "wir_hessen/forms/assess_application.form",
    "wir_hessen/forms/draft_decision.form",
)
APPLIED = [
    {"line": "MODEL_WELCOME", "requested": 12000, "eligible": 24000},
    {"line": "MODEL_WELCOME", "requested": 8000, "eligible": 16000},
    {"line": "GERMAN_LANGUAGE", "requested": 9000, "eligible": 9000},
]
HANDED_IN = {
    field: (Option(name, name),)
    for field, name in (
        ("concept_file", "konzept.pdf"),
        ("statutes", "satzung.pdf"),
        ("register_extract", "registerauszug.pdf"),
    )
}
NOON = datetime(2026, 5, 4, 12, tzinfo=clock.BERLIN)
ASKED = {"approved_amount": 162000, "period_from": "2027-01-01"}


def broken(name: str, raw: dict[str, Any], **case: Any) -> set[str]:
    """The places at which a rule between answers is broken."""
    form = parse((ROOT / name).read_bytes(), name)
    with pytest.raises(Invalid) as refused:
        form.validate(raw, context={**LINES, **ASKED, **case}, options=HANDED_IN)
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
        ("MODEL_WELCOME", "20000.01", {"applied_positions.0.requested"}),
        ("GERMAN_LANGUAGE", "40000", set()),
        ("GERMAN_LANGUAGE", "99000", {"applied_positions.0.requested"}),
    ],
)
def test_a_position_asks_for_no_more_than_its_line_allows(
    line: str, requested: str, expected: set[str]
) -> None:
    position = {"line": line, "eligible": "40000", "requested": requested}
    found = broken(WIR, {"applied_positions": [position]})
    assert found - {"requested_amount"} == expected
    assert ("requested_amount" in found) == bool(expected)  # what is asked for altogether


def test_an_interest_asks_for_no_more_than_it_spends() -> None:
    given = {"total_estimate": "1000", "requested_amount": "1000.01"}
    assert broken(INTEREST, given) == {"requested_amount"}


def test_a_settlement_stays_within_the_grant() -> None:
    assert broken(SETTLEMENT, {"final_grant": "165000"}) == {"final_grant"}
    assert broken(SETTLEMENT, {"final_grant": "160303.50"}) == set()


@pytest.mark.parametrize(
    ("eligible", "recommended", "expected"),
    [
        ("1.00", "60000", {"recommended_amount"}),
        ("99999999", "99999999", {"recommended_amount"}),
        ("60000", "60000", set()),
    ],
)
def test_an_assessment_proposes_no_more_than_was_asked_for_or_is_eligible(
    eligible: str, recommended: str, expected: set[str]
) -> None:
    given = {"eligible_amount": eligible, "recommended_amount": recommended}
    shared = "_shared/forms/assess_application.form"
    assert broken(shared, given, requested_amount=60000) == expected


@pytest.mark.parametrize("name", ["_shared/forms/draft_decision.form", DRAFT])
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2027-01-01", "2027-06-30", set()),
        ("2027-03-01", "2027-08-31", set()),  # decided late: moved, as long as before
        ("2027-03-01", "2027-06-30", set()),
        ("2027-01-01", "2027-07-01", {"period_until"}),
        ("2027-03-01", "2030-06-30", {"period_until"}),
        ("2027-03-01", "2027-02-01", {"period_until"}),
    ],
)
def test_a_decision_may_move_the_period_but_not_lengthen_it(
    name: str, first: str, last: str, expected: set[str]
) -> None:
    given = {"decision_outcome": "grant", "period_from": first, "period_until": last}
    case = {"project_from": "2027-01-01", "project_until": "2027-06-30"}
    assert broken(name, given, **case) - {"approved_amount"} == expected


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
    form = parse((ROOT / WIR).read_bytes(), WIR)
    form.validate(told(WIR, "information_lapsed") | longest, context=LINES, options=HANDED_IN)
    longer = told(WIR, "information_lapsed") | {**longest, "project_until": "2032-01-01"}
    assert broken(WIR, longer) == {"duration_months"}


@pytest.mark.parametrize(
    ("form", "key"), [(ASSESSMENT, "recommended"), (DRAFT, "approved")], ids=["assessed", "drafted"]
)
@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([("MODEL_WELCOME", "20000")], set()),
        ([("MODEL_WELCOME", "20000.01")], {0}),
        ([("MODEL_WELCOME", "15000"), ("MODEL_WELCOME", "5000")], set()),
        ([("MODEL_WELCOME", "15000"), ("MODEL_WELCOME", "5000.01")], {0, 1}),
        ([("GERMAN_LANGUAGE", "9000"), ("MODEL_WELCOME", "1")], set()),
        ([("MODEL_OPENING", "1")], {0}),
    ],
)
def test_no_line_gives_more_than_was_applied_for_in_it(
    form: str, key: str, amounts: list[tuple[str, str]], expected: set[int]
) -> None:
    rows = [{"line": line, "eligible": "60000", "requested": "60000", key: amount}
            for line, amount in amounts]  # fmt: skip
    given = {"decision_outcome": "partial", "positions": rows}
    found = broken(form, given, applied_positions=APPLIED, decision_outcome="partial")
    assert {one for one in found if one.endswith(f".{key}")} == {
        f"positions.{number}.{key}" for number in expected
    }


@pytest.mark.parametrize("form", [ASSESSMENT, DRAFT])
@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([("MODEL_WELCOME", "24000.10"), ("MODEL_WELCOME", "15999.90")], set()),
        ([("MODEL_WELCOME", "24000.10"), ("MODEL_WELCOME", "15999.91")], {0, 1}),
        ([("GERMAN_LANGUAGE", "9000"), ("MODEL_WELCOME", "40000.01")], {1}),
        ([("MODEL_OPENING", "1")], {0}),
    ],
)
def test_no_line_recognises_more_than_its_plan_spends(
    form: str, amounts: list[tuple[str, str]], expected: set[int]
) -> None:
    rows = [{"line": line, "eligible": amount} for line, amount in amounts]
    given = {"decision_outcome": "partial", "positions": rows}
    found = broken(form, given, applied_positions=APPLIED)
    assert {one for one in found if one.endswith(".eligible")} == {
        f"positions.{number}.eligible" for number in expected
    }


def test_a_recommendation_keeps_the_rate_of_programme_toml() -> None:
    row = {"line": "MODEL_WELCOME", "eligible": "30000", "recommended": "15000.01"}
    case = {"applied_positions": APPLIED}
    assert broken(ASSESSMENT, {"positions": [row]}, **case) == {"positions.0.recommended"}
    lower = [{**line, "rate": 0.4} for line in LINES["programme_lines"]]
    within = {"positions": [{**row, "recommended": "12000.01"}]}
    assert broken(ASSESSMENT, within, **case) == set()
    assert broken(ASSESSMENT, within, **case, programme_lines=lower) == {"positions.0.recommended"}


PAST = [
    "enter_court_outcome",
    "evaluate_case",
    "propose_recovery",
    "record_interest_payment",
    "record_repayment",
    "record_remedy_waiver",
    "register_action",
    "register_objection",
    "summarise_review",
]


@pytest.mark.parametrize("name", PAST)
def test_what_has_happened_does_not_lie_in_the_future(name: str) -> None:
    form = parse((ROOT / f"_shared/forms/{name}.form").read_bytes(), name)
    past = [one for one in form.every_field if one.limits.latest == "today"]
    assert past
    for field in past:
        row, _, key = field.path.rpartition(".")
        for day, late in (("2026-05-04", False), ("2026-05-05", True)):
            raw: dict[str, Any] = {key: day, "recovery_basis": "49a_4"}
            with clock.at(NOON), pytest.raises(Invalid) as refused:
                form.validate({row: [raw]} if row else raw, context=ASKED)
            found = {one.place for one in refused.value.problems if one.key == "forms.too_late"}
            assert found == ({f"{row}.0.{key}" if row else key} if late else set())


@pytest.mark.parametrize(
    ("form", "given", "expected"),
    [
        (WIR, {"applicant_kind": "association"}, set(HANDED_IN)),
        (WIR, {"applicant_kind": "city"}, {"concept_file"}),
        (MODEL, {}, set(HANDED_IN)),
    ],
)
def test_what_the_call_asks_for_has_to_be_handed_in(
    form: str, given: dict[str, Any], expected: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        parse((ROOT / form).read_bytes(), form).validate(given, context=LINES)
    found = {one.place for one in refused.value.problems if one.key == "forms.required_file"}
    assert found == expected

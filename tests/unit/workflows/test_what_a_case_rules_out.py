"""The shipped forms refuse days and amounts that the call, the plan or the panel rule out."""

from __future__ import annotations

import tomllib

import pytest
from tests.unit.workflows.test_application_checks import INTEREST, MODEL, NOON, ROOT, WIR, broken

from grantflow import clock
from grantflow.forms import parse
from grantflow.forms.view import every
from grantflow.programmes.constants import constants
from grantflow.programmes.definition import ProgrammeFile

MODELS = ProgrammeFile.model_validate(
    tomllib.loads((ROOT / "bamf_model_projects/programme.toml").read_text())
)
CALL = {"call_closes_at": "2027-09-08T23:59:59+02:00", **constants(MODELS)}


@pytest.mark.parametrize("name", [MODEL, INTEREST])
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2027-09-09", "2030-08-31", set()),
        ("2027-09-08", "2030-08-31", {"project_from"}),
        ("2028-01-01", "2030-12-31", set()),
        ("2028-01-01", "2031-01-01", {"duration_months"}),
        ("2020-01-01", "2024-12-31", {"project_from", "duration_months"}),
    ],
)
def test_a_model_project_begins_after_its_call_and_lasts_as_long_as_its_line(
    name: str, first: str, last: str, expected: set[str]
) -> None:
    assert broken(name, {"project_from": first, "project_until": last}, **CALL) == expected
    endless = {"call_closes_at": None}
    kept = broken(name, {"project_from": first, "project_until": last}, **{**CALL, **endless})
    assert kept == expected - {"project_from"}


@pytest.mark.parametrize(
    ("first", "expected"),
    [("2020-01-01", {"project_from"}), ("2027-05-04", {"project_from"}), ("2027-05-05", set())],
)
def test_what_has_begun_before_the_application_is_not_funded(
    first: str, expected: set[str]
) -> None:
    given = {"project_from": first, "project_until": "2027-12-31"}
    found = broken(WIR, given, started_on="2027-05-04") - {"duration_months"}
    assert found == expected


def test_the_years_of_a_plan_are_those_of_its_project() -> None:
    lines = [{"year": year, "amount": "1"} for year in (2027, 2028, 2030, 2031)]
    given = {"project_from": "2028-01-01", "project_until": "2030-12-31", "expenditure": lines}
    assert broken(MODEL, given, **CALL) == {"expenditure.0.year", "expenditure.3.year"}


def test_an_application_begins_with_what_the_interest_said() -> None:
    interest = parse((ROOT / INTEREST).read_bytes(), INTEREST)
    sites = [{"town": "Kassel", "state": "HE", "activities": "Sprachtreffen"}]
    said = {"project_from": "2028-01-01", "project_until": "2030-12-31", "sites": sites}
    assert said.keys() <= interest.routing_names()
    application = parse((ROOT / MODEL).read_bytes(), MODEL)
    begun = application.start({**said, "case_title": "Sprache im Quartier"})
    assert {key: begun[key] for key in said} == said
    assert begun["project_title"] == "Sprache im Quartier"


def test_an_invitation_leaves_time_for_the_application() -> None:
    form = "_shared/forms/propose_invitation.form"
    given = {"invitation_outcome": "invite", "application_deadline": "2026-05-05"}
    with clock.at(NOON):
        for day in ("2020-01-01", "2026-05-04"):
            assert broken(form, {**given, "application_deadline": day}) == {"application_deadline"}
        parse((ROOT / form).read_bytes(), form).validate(given)


@pytest.mark.parametrize(
    ("votes", "expected"),
    [((2, 1, 0), False), ((0, 0, 0), True), ((2, 1, 1), True), ((0, 0, 1), False)],
)
def test_a_panel_has_no_more_votes_than_members(
    votes: tuple[int, int, int], expected: bool
) -> None:
    names = ("votes_for", "votes_against", "abstentions")
    given = dict(zip(names, votes, strict=True))
    form = "_shared/forms/summarise_review.form"
    found = broken(form, given, reviewers=["a", "b", "c"])
    assert found == ({"abstentions"} if expected else set())


def test_a_panel_meets_after_the_case_was_begun() -> None:
    form = "_shared/forms/summarise_review.form"
    with clock.at(NOON):
        early = broken(form, {"meeting_on": "2026-03-31"}, started_on="2026-04-01")
        assert early == {"meeting_on"}
        assert broken(form, {"meeting_on": "2026-04-01"}, started_on="2026-04-01") == set()


@pytest.mark.parametrize(
    ("form", "key"),
    [("assess_application", "eligible_amount"), ("draft_decision", "eligible_expenditure")],
)
def test_no_more_is_recognised_than_the_plan_spends(form: str, key: str) -> None:
    name, draft = f"_shared/forms/{form}.form", {"decision_outcome": "partial"}
    assert broken(name, {**draft, key: "180000"}, total_expenditure=180000) == set()
    assert broken(name, {**draft, key: "180000.01"}, total_expenditure=180000) == {key}


AMENDED = {"eligible_expenditure": 180000, "period_until": "2027-12-31"}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"wanted_amount": "180000"}, set()),
        ({"wanted_amount": "180000.01"}, {"wanted_amount"}),
        ({"wanted_amount": "999999999999"}, {"wanted_amount"}),
        ({"wanted_amount": "200000", "wanted_total": "200000"}, {"wanted_amount"}),  # no new plan
        ({"wanted_end": "2037-12-31"}, set()),
        ({"wanted_end": "2038-01-01"}, {"wanted_end"}),
        ({"wanted_end": "2099-01-01"}, {"wanted_end"}),
    ],
)
def test_an_amendment_asks_for_what_can_be(asked: dict[str, str], expected: set[str]) -> None:
    given = {"amendment_kinds": ["money", "time"], **asked}
    assert broken("_shared/forms/request_amendment.form", given, **AMENDED) == expected


@pytest.mark.parametrize(("total", "expected"), [("200000", set()), ("199999", {"wanted_amount"})])
def test_a_higher_grant_is_asked_for_with_a_higher_plan(total: str, expected: set[str]) -> None:
    given = {"amendment_kinds": ["money", "plan"], "wanted_amount": "200000", "wanted_total": total}
    assert broken("_shared/forms/request_amendment.form", given, **AMENDED) == expected


def test_the_difference_asked_for_stands_beside_the_request() -> None:
    name = "_shared/forms/draft_amendment.form"
    form = parse((ROOT / name).read_bytes(), name)
    told = {"approved_amount": 162000, "wanted_amount": 170000.5}
    shown = {one.field.key: one.value for one in every(form.view({}, context=told).fields)}
    assert shown["wanted_difference"] == "8000.50"


@pytest.mark.parametrize(
    ("outcome", "granted", "refused"),
    [("amend", 0, True), ("refuse", 0, False), ("amend", 5, False)],
)
def test_a_grant_that_fell_away_is_not_amended(
    outcome: str, granted: int, *, refused: bool
) -> None:
    name, told = "_shared/forms/draft_amendment.form", {"granted": granted, "kept": 0}
    found = broken(name, {"amendment_outcome": outcome}, **AMENDED, balance=told)
    assert ("amendment_outcome" in found) is refused

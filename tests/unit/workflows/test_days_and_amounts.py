"""The shipped forms of the authority refuse days and amounts that the case rules out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grantflow.clock import at
from grantflow.errors import Invalid, Problem
from grantflow.forms import parse
from grantflow.texts import text

ROOT = Path(__file__).parents[3] / "workflows"
DECISIONS = ["_shared/forms/draft_decision.form", "wir_hessen/forms/draft_decision.form"]
PROPOSAL = "_shared/forms/propose_recovery.form"
APPLIED = {"project_from": "2026-03-01", "project_until": "2027-02-28"}
GRANTED = {"approved_amount": 12000, "period_from": "2026-03-01", "started_on": "2025-10-01"}
HEARD = {"hearing_interest_from": "2026-05-15", "known_on": "2026-06-08"}
REPAID = {**HEARD, "interest_until": "2026-10-05"}


def refusals(name: str, raw: dict[str, Any], context: dict[str, Any]) -> list[Problem]:
    """The rules between answers that are broken; every message is there in both languages."""
    form = parse((ROOT / name).read_bytes(), name)
    try:
        form.validate(raw, context=context)
    except Invalid as refused:
        found = [one for one in refused.problems if one.key == "forms.check"]
        assert all(text(one.key, lang, **one.params) for one in found for lang in ("de", "en"))
        return found
    return []


def problems(refused: pytest.ExceptionInfo[Invalid]) -> set[tuple[str, str]]:
    """Places and keys of what is wrong."""
    return {(one.place, one.key) for one in refused.value.problems}


def broken(name: str, raw: dict[str, Any], context: dict[str, Any]) -> set[str]:
    return {one.place for one in refusals(name, raw, context)}


@pytest.mark.parametrize("name", DECISIONS)
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-03-01", "2027-02-28", set()),
        ("2026-05-01", "2026-12-31", set()),
        ("2027-02-01", "2026-04-01", {"period_until"}),
        ("2026-02-28", "2027-02-28", {"period_from"}),
        ("2026-05-01", "2027-04-30", set()),  # decided late: the project moves
        ("2020-01-01", "2020-12-31", {"period_from"}),
    ],
)
def test_a_grant_does_not_begin_before_the_project_applied_for(
    name: str, first: str, last: str, expected: set[str]
) -> None:
    given = {"decision_outcome": "grant", "period_from": first, "period_until": last}
    assert broken(name, given, APPLIED) == expected


@pytest.mark.parametrize("name", DECISIONS)
def test_the_end_is_after_the_start_where_nothing_is_known_of_the_project(name: str) -> None:
    turned = {
        "decision_outcome": "grant",
        "period_from": "2027-12-31",
        "period_until": "2027-01-01",
    }
    assert broken(name, turned, {}) == {"period_until"}
    right = {**turned, "period_until": "2028-01-01"}
    assert broken(name, right, {}) == set()
    assert broken(name, {**turned, "decision_outcome": "reject"}, APPLIED) == set()


@pytest.mark.parametrize("name", DECISIONS)
def test_years_and_goals_of_a_grant_lie_in_its_period(name: str) -> None:
    given = {
        "decision_outcome": "grant",
        "period_from": "2026-03-01",
        "period_until": "2027-02-28",
        "instalments": [{"year": year, "amount": "1"} for year in (2025, 2026, 2027, 2028)],
        "indicators": [{"target_on": "2026-02-28"}, {"target_on": "2028-12-31"}],
    }
    wrong = {"instalments.0.year", "instalments.3.year", "indicators.0.target_on"}
    assert broken(name, given, APPLIED) == wrong


def test_without_a_grant_on_record_an_amount_is_not_judged() -> None:
    assert broken(PROPOSAL, {"recovery_amount": "999999"}, {}) == set()


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({"occurred_on": "2025-10-01"}, set()),
        ({"occurred_on": "2025-09-30"}, {"occurred_on"}),
        ({"occurred_on": "2026-05-15", "known_on": "2026-05-14"}, {"known_on"}),
        ({"known_on": "2026-06-08", "respond_until": "2026-06-07"}, {"respond_until"}),
        ({"known_on": "2026-06-08", "respond_until": "2026-07-06"}, set()),
        ({"paid_on": "2016-07-01"}, {"paid_on"}),
        ({"paid_on": "2026-06-08", "used_on": "2026-06-07"}, {"used_on"}),
        ({"paid_on": "2026-06-08", "used_on": "2026-06-08"}, set()),
    ],
)
def test_the_days_of_a_recovery_follow_each_other(days: dict[str, str], expected: set[str]) -> None:
    given = {"recovery_basis": "49a_4", **days}
    assert broken(PROPOSAL, given, GRANTED) == expected


@pytest.mark.parametrize("name", ["start_interest", "draft_recovery"])
def test_interest_runs_from_no_day_before_the_one_heard_on(name: str) -> None:
    form = f"_shared/forms/{name}.form"
    assert broken(form, {"interest_from": "2016-07-01"}, HEARD) == {"interest_from"}
    assert broken(form, {"interest_from": "2026-05-15"}, HEARD) == set()
    assert broken(form, {"interest_from": "2016-07-01"}, {}) == set()


def test_the_day_of_payment_lies_after_what_is_paid_for() -> None:
    interest, recovery = "_shared/forms/draft_interest.form", "_shared/forms/draft_recovery.form"
    early = {"interest_choice": "charge", "interest_due_on": "1999-01-01"}
    assert broken(interest, early, REPAID) == {"interest_due_on"}
    assert broken(interest, {**early, "interest_due_on": "2026-12-07"}, REPAID) == set()
    assert broken(recovery, {"repay_until": "1999-01-01"}, HEARD) == {"repay_until"}
    assert broken(recovery, {"repay_until": "2026-08-17"}, HEARD) == set()


def test_nobody_answers_or_pays_before_the_recovery_began() -> None:
    begun = {**REPAID, "balance": {"paid": 6000, "today": "2026-06-10"}}
    asked = {"recovery_basis": "49_3_1", "known_on": "2026-06-08", "respond_until": "2026-06-09"}
    assert broken(PROPOSAL, asked, begun) == {"respond_until"}
    assert broken(PROPOSAL, {**asked, "respond_until": "2026-06-10"}, begun) == set()
    before = {"repay_until": "2026-06-09"}
    assert broken("_shared/forms/draft_recovery.form", before, begun) == {"repay_until"}
    early = {"interest_choice": "charge", "interest_due_on": "2026-06-09"}
    late_use = {**begun, "interest_until": "2026-05-15"}
    assert broken("_shared/forms/draft_interest.form", early, late_use) == {"interest_due_on"}


def test_money_is_needed_in_the_funding_period_at_the_earliest() -> None:
    name = "_shared/forms/request_payment.form"
    with at(datetime(2026, 2, 1, 12, tzinfo=UTC)):
        assert broken(name, {"needed_until": "2026-02-28"}, GRANTED) == {"needed_until"}
        assert broken(name, {"needed_until": "2026-03-06"}, GRANTED) == set()
        assert broken(name, {"needed_until": "2026-02-28"}, {}) == set()


@pytest.mark.parametrize(("day", "refused"), [("2026-05-03", True), ("2026-05-04", False)])
def test_money_is_not_needed_until_a_day_that_is_over(day: str, *, refused: bool) -> None:
    form = parse((ROOT / "_shared/forms/request_payment.form").read_bytes(), "request_payment")
    with at(datetime(2026, 5, 4, 12, tzinfo=UTC)), pytest.raises(Invalid) as found:
        form.validate({"needed_until": day}, context=GRANTED)
    assert (("needed_until", "forms.too_early") in problems(found)) is refused


@pytest.mark.parametrize(("day", "expected"), [("2026-02-28", {"known_on"}), ("2026-03-01", set())])
def test_nothing_of_a_settlement_was_known_before_the_funding_period(
    day: str, expected: set[str]
) -> None:
    name = "_shared/forms/prepare_settlement.form"
    lower = {"final_grant": "9000.00", "settlement_basis": "REVOCATION", "known_on": day}
    assert broken(name, lower, {**GRANTED, "computed_grant": 9000}) == expected


@pytest.mark.parametrize(
    ("rates", "last", "expected"),
    [
        (4, "2026-11-30", set()),
        (4, "2026-12-01", set()),
        (4, "2026-12-05", {"relief_until"}),
        (4, "2026-10-30", {"relief_until"}),
        (3, "2026-11-30", {"relief_until"}),
        (4, "2026-08-01", {"relief_until"}),  # before the first one
    ],
)
def test_the_last_day_of_instalments_fits_their_number(
    rates: int, last: str, expected: set[str]
) -> None:
    name = "_shared/forms/decide_relief.form"
    granted = {"relief_outcome": "grant", "relief_kind": "instalments", "relief_rates": rates}
    given = {**granted, "first_due": "2026-08-31", "relief_until": last}
    assert broken(name, given, {}) == expected
    deferred = {**given, "relief_kind": "deferral"}
    assert broken(name, deferred, {}) == set()


def shown(name: str, raw: dict[str, Any], context: dict[str, Any]) -> set[str]:
    """The fields and texts that are not hidden, by the last word of their id."""
    form = parse((ROOT / name).read_bytes(), name)
    view = form.view(raw, context=context)
    return {one.field.id.rsplit("_", 1)[1] for one in view.fields if not one.hidden}


@pytest.mark.parametrize(
    ("heard", "final", "asked"),
    [
        ("no", "9000.00", True),
        ("yes", "9000.00", False),
        ("yes", "10000.00", False),
        ("yes", "8999.99", True),  # more is taken than was heard on
        ("yes", "12000.00", False),
    ],
)
def test_whoever_was_heard_is_heard_again_on_a_heavier_burden_only(
    heard: str, final: str, *, asked: bool
) -> None:
    known = {"approved_amount": 12000, "settlement_heard": heard, "hearing_amount": 3000}
    found = shown("_shared/forms/prepare_settlement.form", {"final_grant": final}, known)
    assert ("hearing" in found) is asked
    assert ("heard" in found) is (not asked and final != "12000.00")


def test_an_amendment_that_was_heard_on_asks_for_no_other_day() -> None:
    given = {"amendment_outcome": "amend", "to_the_detriment": "yes"}
    name = "_shared/forms/draft_amendment.form"
    assert "until" in shown(name, given, {"hearing_outcome": "none"})
    assert "until" not in shown(name, given, {"hearing_outcome": "silent"})


@pytest.mark.parametrize(("computed", "told"), [(161280, True), (160123.5, False)])
def test_whoever_signs_a_settlement_sees_that_it_is_not_as_computed(
    computed: float, *, told: bool
) -> None:
    known = {"final_grant": 160123.5, "computed_grant": computed}
    found = shown("_shared/forms/approve_settlement.form", {}, known)
    assert "computed" in found
    assert ("differs" in found) is told


@pytest.mark.parametrize(
    ("standing", "told"),
    [
        ({"annulled": False, "partly": False}, False),
        ({"annulled": True, "partly": False}, True),
        ({"annulled": False, "partly": True}, True),
    ],
)
def test_whoever_settles_again_learns_that_the_earlier_settlement_is_annulled(
    standing: dict[str, bool], *, told: bool
) -> None:
    known = {"approved_amount": 12000, "earlier_settlement": standing}
    found = shown("_shared/forms/prepare_settlement.form", {"final_grant": "12000.00"}, known)
    assert ("again" in found) is told


@pytest.mark.parametrize(
    ("until", "refused"), [("2026-09-20", True), ("2026-09-21", True), ("2026-09-22", False)]
)
def test_a_deferral_is_asked_for_until_a_day_to_come(until: str, refused: bool) -> None:
    form = parse((ROOT / "_shared/forms/request_relief.form").read_bytes(), "request_relief")
    with pytest.raises(Invalid) as found, at(datetime(2026, 9, 21, 10, tzinfo=UTC)):
        form.validate({"relief_kind": "deferral", "wanted_until": until})
    assert (("wanted_until", "forms.too_early") in problems(found)) is refused

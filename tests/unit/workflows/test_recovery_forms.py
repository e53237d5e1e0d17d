"""The forms of a recovery: nothing is claimed, booked or charged that cannot be true."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.unit.workflows.test_days_and_amounts import PROPOSAL, ROOT, broken

from grantflow import clock
from grantflow.errors import Invalid
from grantflow.forms import parse

FORMS = "_shared/forms"
PAID = {"balance": {"paid": 45000, "kept": 30000, "first_paid_on": "2026-01-19"}}


@pytest.mark.parametrize("name", [PROPOSAL, f"{FORMS}/draft_revocation.form"])
@pytest.mark.parametrize(
    ("extent", "amount", "kept", "sound"),
    [
        ("part", "30000", 30000, True),
        ("part", "30000.01", 30000, False),
        ("part", "12000", 0, False),
        ("full", "30000", 30000, True),
        ("full", "18000", 30000, False),
        ("full", "48000", 30000, False),
    ],
)
def test_a_claim_is_at_most_what_was_paid_and_kept(
    name: str, extent: str, amount: str, kept: int, sound: bool
) -> None:
    given = {
        "revocation_outcome": "decide",
        "recovery_basis": "49_3_1",
        "recovery_extent": extent,
        "recovery_amount": amount,
    }
    expected = set() if sound else {"recovery_amount"}
    assert broken(name, given, {"balance": {"kept": kept}}) == expected


def test_interest_is_claimed_on_no_more_than_was_paid() -> None:
    given = {"recovery_basis": "49a_4", "recovery_amount": "45000"}
    assert broken(PROPOSAL, given, PAID) == set()
    assert broken(PROPOSAL, {**given, "recovery_amount": "45000.01"}, PAID) == {"recovery_amount"}


def test_the_repayment_that_is_fixed_is_kept_money() -> None:
    name = f"{FORMS}/draft_recovery.form"
    assert broken(name, {"recovery_amount": "30000"}, PAID) == set()
    assert broken(name, {"recovery_amount": "30000.01"}, PAID) == {"recovery_amount"}


def test_the_repayment_that_is_fixed_was_revoked_or_overpaid() -> None:
    name, revoked = f"{FORMS}/draft_recovery.form", {**PAID, "claim_limit": 5000}
    assert broken(name, {"recovery_amount": "5000"}, revoked) == set()
    assert broken(name, {"recovery_amount": "5000.01"}, revoked) == {"recovery_amount"}


def test_the_claim_after_a_settlement_is_what_was_overpaid() -> None:
    name, settled = f"{FORMS}/propose_settled_claim.form", {**PAID, "final_grant": 29999.9}
    assert broken(name, {"recovery_amount": "0.10"}, settled) == set()
    assert broken(name, {"recovery_amount": "0.11"}, settled) == {"recovery_amount"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, set()),
        ({"returned_amount": "5000.01"}, {"returned_amount"}),
        ({"returned_on": "2026-01-18"}, {"returned_on"}),
    ],
)
def test_no_more_comes_back_than_is_open_and_not_before_it_was_paid(
    changed: dict[str, str], expected: set[str]
) -> None:
    given = {"returned_amount": "5000", "returned_on": "2026-01-19", **changed}
    name = f"{FORMS}/record_repayment.form"
    assert broken(name, given, {**PAID, "outstanding_amount": 5000}) == expected


def test_before_the_treasury_has_reported_nothing_comes_back_before_the_case() -> None:
    known = {"balance": {"first_paid_on": None}, "started_on": "2025-10-01"}
    name = f"{FORMS}/record_repayment.form"
    assert broken(name, {"returned_on": "2025-09-30"}, known) == {"returned_on"}
    assert broken(name, {"returned_on": "2025-10-01"}, known) == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, set()),
        ({"interest_paid": "294.10"}, {"interest_paid"}),
        ({"interest_paid": "294.08"}, {"interest_paid"}),  # a part waits for its rest
        ({"interest_paid_on": "2026-05-14"}, {"interest_paid_on"}),
    ],
)
def test_interest_is_booked_as_it_was_fixed(changed: dict[str, str], expected: set[str]) -> None:
    given = {"interest_paid": "294.09", "interest_paid_on": "2026-05-15", **changed}
    fixed = {"interest_owed": 294.09, "interest_from": "2026-05-15"}
    assert broken(f"{FORMS}/record_interest_payment.form", given, fixed) == expected


@pytest.mark.parametrize(
    ("later", "sound"),
    [
        ({}, True),
        ({"hearing_interest_from": "2026-05-16"}, False),
        ({"effective_from": "2026-05-16"}, False),
        ({"claim_interest_from": "2026-05-16"}, False),
        ({"recovery_basis": "49a_4", "effective_from": "2026-05-16"}, True),
        ({"recovery_basis": "49a_4", "hearing_interest_from": "2026-05-16"}, False),
    ],
)
def test_interest_begins_no_earlier_than_announced_effective_and_claimed(
    later: dict[str, str], sound: bool
) -> None:
    days = ("hearing_interest_from", "effective_from", "claim_interest_from")
    known = {"recovery_basis": "49_3_1", **dict.fromkeys(days, "2026-05-15"), **later}
    expected = set() if sound else {"interest_from"}
    given = {"interest_from": "2026-05-15"}
    assert broken(f"{FORMS}/start_interest.form", given, known) == expected
    unheard = known | {"hearing_interest_from": None, "effective_from": None}
    if later.keys() == {"claim_interest_from"}:
        assert broken(f"{FORMS}/start_interest.form", given, unheard) == expected


@pytest.mark.parametrize(("cap", "sound"), [("2026-05-16", True), ("2026-05-15", False)])
def test_interest_ends_after_it_has_begun(cap: str, sound: bool) -> None:
    given = {"interest_from": "2026-05-15", "interest_cap_on": cap}
    expected = set() if sound else {"interest_cap_on"}
    assert broken(f"{FORMS}/start_interest.form", given, {}) == expected


@pytest.mark.parametrize(
    ("choice", "known", "sound"),
    [
        ("charge", {"interest_amount": 1, "hearing_interest_from": "2026-05-15"}, True),
        ("charge", {"interest_amount": 0, "hearing_interest_from": "2026-05-15"}, False),
        ("charge", {"interest_amount": 1, "hearing_interest_from": None}, False),
        ("waive", {"interest_amount": 0, "hearing_interest_from": None}, True),
    ],
)
def test_only_interest_that_accrued_and_was_announced_is_charged(
    choice: str, known: dict[str, Any], sound: bool
) -> None:
    expected = set() if sound else {"interest_choice"}
    name = f"{FORMS}/draft_interest.form"
    assert broken(name, {"interest_choice": choice}, known) == expected


@pytest.mark.parametrize(
    ("typed", "key"),
    [("DE00 1234", "forms.iban"), ("DE90 3704 0044 0532 0130 00", "forms.iban_check")],
)
def test_the_account_for_the_repayment_is_an_iban(typed: str, key: str) -> None:
    path = ROOT / FORMS / "draft_recovery.form"
    form = parse(path.read_bytes(), path.name)
    with pytest.raises(Invalid) as refused:
        form.validate({"repay_account": typed})
    assert {p.key for p in refused.value.problems if p.place == "repay_account"} == {key}


@pytest.mark.parametrize("name", ["prepare_settlement", "propose_settled_claim"])
def test_interest_after_a_settlement_begins_in_the_time_of_the_grant(name: str) -> None:
    granted = {"period_from": "2026-03-01", "started_on": "2025-10-01", "approved_amount": 100}
    given = {"final_grant": "90", "settlement_hearing": "hear", "effective_from": "2026-02-28"}
    form = f"{FORMS}/{name}.form"
    assert "effective_from" in broken(form, given, {**granted, **PAID})
    sound = {**given, "effective_from": "2026-03-01"}
    assert "effective_from" not in broken(form, sound, {**granted, **PAID})


REVOKING = {"effective_from", "known_on", "discretion"}


@pytest.mark.parametrize(
    ("basis", "hearing", "heard", "asked"),
    [
        ("REVOCATION", "none", "no", REVOKING),
        ("REVOCATION_DUTY", "", "yes", REVOKING),
        ("REVOCATION_DUTY", "hear", "no", REVOKING - {"discretion"}),  # weighed after the hearing
        ("CONDITION", "none", "no", set()),
        ("PROVISIONAL", "", "yes", set()),
    ],
)
def test_a_settlement_that_revokes_names_its_day_and_reasons_its_discretion(
    basis: str, hearing: str, heard: str, asked: set[str]
) -> None:
    known = {"approved_amount": 100, "settlement_heard": heard, "hearing_amount": 10}
    given = {"final_grant": "90", "settlement_basis": basis, "settlement_hearing": hearing}
    path = ROOT / FORMS / "prepare_settlement.form"
    form = parse(path.read_bytes(), path.name)
    with pytest.raises(Invalid) as refused:
        form.validate(given, context={**known, **PAID})
    assert REVOKING & {problem.place for problem in refused.value.problems} == asked


def test_a_revocation_takes_no_effect_in_the_future() -> None:
    known = {"period_from": "2026-03-01", "approved_amount": 100, "settlement_heard": "no"}
    given = {"final_grant": "90", "settlement_basis": "REVOCATION", "effective_from": "2199-01-01"}
    path = ROOT / FORMS / "prepare_settlement.form"
    form = parse(path.read_bytes(), path.name)
    with pytest.raises(Invalid) as refused:
        form.validate(given, context={**known, **PAID})
    assert "effective_from" in {problem.place for problem in refused.value.problems}


def test_a_hearing_on_overpaid_money_announces_interest() -> None:
    granted = {"period_from": "2026-03-01", "started_on": "2025-10-01", "approved_amount": 100}
    path = ROOT / FORMS / "prepare_settlement.form"
    form = parse(path.read_bytes(), path.name)
    with pytest.raises(Invalid) as refused:
        form.validate(
            {"final_grant": "90", "settlement_hearing": "hear"}, context={**granted, **PAID}
        )
    assert "effective_from" in {problem.place for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("small", "choice", "sound"),
    [
        ({"reclaim": False}, "refrain", True),
        ({"reclaim": True}, "refrain", False),
        (None, "refrain", False),
        ({"reclaim": True}, "claim", True),
    ],
)
def test_only_a_small_claim_may_be_refrained_from(
    small: dict[str, bool] | None, choice: str, *, sound: bool
) -> None:
    found = broken(
        f"{FORMS}/draft_recovery.form", {"recovery_choice": choice}, {"small_claim": small}
    )
    assert found == (set() if sound else {"recovery_choice"})


@pytest.mark.parametrize(("kept", "sound"), [(0, True), (10, False)])
def test_where_nothing_is_kept_any_more_there_is_nothing_to_claim(
    kept: int, *, sound: bool
) -> None:
    """The bank sent the money back after it was revoked: the process must find its end."""
    typed = {"recovery_choice": "refrain", "recovery_amount": 12000}
    known = {
        "small_claim": {"reclaim": True},
        "balance": {"kept": kept, "today": "2026-07-01"},
        "claim_limit": 12000,
    }
    found = broken(f"{FORMS}/draft_recovery.form", typed, known)
    assert found == (set() if sound else {"recovery_choice"})


CASE = {"period_from": "2026-01-01", "started_on": "2025-10-01"}


@pytest.mark.parametrize(
    ("basis", "day", "sound"),
    [
        ("49_3_1", "2026-01-01", True),
        ("49_3_1", "2025-12-31", False),
        ("49_3_2", "2025-12-31", False),
        ("48", "2025-10-01", True),
        ("48", "2025-09-30", False),
    ],
)
def test_a_revocation_reaches_back_to_the_funding_period(
    basis: str, day: str, *, sound: bool
) -> None:
    given = {"revocation_outcome": "decide", "recovery_basis": basis, "effective_from": day}
    found = broken(f"{FORMS}/draft_revocation.form", given, CASE)
    assert found == (set() if sound else {"effective_from"})


def test_a_revocation_takes_effect_today_at_the_latest() -> None:
    form = parse((ROOT / f"{FORMS}/draft_revocation.form").read_bytes(), "draft_revocation")
    with clock.at(datetime.fromisoformat("2026-05-04T12:00:00+02:00")):
        for day, late in (("2026-05-04", False), ("2026-05-05", True)):
            given = {"revocation_outcome": "decide", "effective_from": day}
            with pytest.raises(Invalid) as refused:
                form.validate(given, context=CASE)
            found = {one.place for one in refused.value.problems if one.key == "forms.too_late"}
            assert found == ({"effective_from"} if late else set())


def test_interest_begins_no_earlier_than_the_ineffectiveness_and_later_only_with_reasons() -> None:
    name, known = f"{FORMS}/draft_recovery.form", {"effective_from": "2026-05-15"}
    assert broken(name, {"interest_from": "2026-05-14"}, known) == {"interest_from"}
    form = parse((ROOT / name).read_bytes(), name)
    for day, needed in (("2026-05-15", False), ("2026-05-16", True)):
        with pytest.raises(Invalid) as refused:
            form.validate({"interest_from": day}, context=known)
        assert ("interest_reasons" in {one.place for one in refused.value.problems}) is needed


@pytest.mark.parametrize(
    ("amount", "limit", "kept", "asked"),
    [
        ("11999.99", 12000, 30000, True),
        ("12000", 12000, 30000, False),
        ("30000", 45000, 30000, False),  # nobody claims what has come back already
        ("29999.99", 45000, 30000, True),
    ],
)
def test_less_than_the_law_claims_is_claimed_on_a_named_ground_only(
    amount: str, limit: int, kept: int, *, asked: bool
) -> None:
    form = parse((ROOT / f"{FORMS}/draft_recovery.form").read_bytes(), "draft_recovery")
    known = {"claim_limit": limit, "balance": {"kept": kept, "today": "2026-07-01"}}
    typed = {"recovery_choice": "claim", "recovery_amount": amount}
    for given, missing in ((typed, asked), ({**typed, "lowered_because": "remission"}, False)):
        with pytest.raises(Invalid) as refused:
            form.validate(given, context=known)
        assert ("lowered_because" in {one.place for one in refused.value.problems}) is missing


def test_the_ground_for_claiming_less_goes_when_all_is_claimed() -> None:
    form = parse((ROOT / f"{FORMS}/draft_recovery.form").read_bytes(), "draft_recovery")
    routed = form.routing({"recovery_choice": "claim", "recovery_amount": "12000"})
    assert routed["lowered_because"] is None


def test_interest_begins_today_at_the_latest() -> None:
    form = parse((ROOT / f"{FORMS}/draft_recovery.form").read_bytes(), "draft_recovery")
    with clock.at(datetime.fromisoformat("2026-05-20T12:00:00+02:00")):
        for day, late in (("2026-05-20", False), ("2026-05-21", True)):
            with pytest.raises(Invalid) as refused:
                form.validate({"interest_from": day}, context={"effective_from": "2026-05-15"})
            found = {one.place for one in refused.value.problems if one.key == "forms.too_late"}
            assert found == ({"interest_from"} if late else set())

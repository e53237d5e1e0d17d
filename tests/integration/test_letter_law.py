"""What the law demands of letters before they leave, corrections, and the reason of a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from tests.integration.ponds import Ponds

from grantflow import letters as pages
from grantflow.clock import today
from grantflow.letters import model as values
from grantflow.programmes.package import load_folder
from grantflow.services import (
    letter_checks,
)
from grantflow.services.policy import SYSTEM
from grantflow.settings import settings
from grantflow.store import instances
from grantflow.store.tables import Case, Letter, ProcessInstance

Clock = Callable[[str], None]


def draft(ponds: Ponds, case: Case) -> Letter:
    return next(one for one in ponds.letters(case) if one.name == "grant_decision")


def shipped(name: str) -> pages.LetterSource:
    folder = settings().templates_dir / "letters" / name
    files = [(folder / file).read_bytes() for file in ("letter.toml", "body.html")]
    return pages.parse_source(name, *files)


def problems(ponds: Ponds, letter: Letter, name: str, **facts: Any) -> list[str]:
    """What a shipped letter with these facts would lack in the case of another one."""
    model = values.load({**letter.model, "facts": facts})
    row = Letter(**{**letter.model_dump(), "name": name, "edits": {}, "texts": {}})
    with ponds.reading() as session:
        found = letter_checks.unmet(session, row, shipped(name), model, today())
    return [one.key.removeprefix("letters_checks.") for one in found if "checks" in one.key]


_ORDER = count(1)
REVOCATION = {
    "basis": "49_3_1",
    "extent": "part",
    "amount": 5000,
    "effective_from": "2027-01-01",
    "reasons": "Das Geld wurde für eine Reise verwendet.",
    "discretion": "Das öffentliche Interesse überwiegt hier deutlich.",
}


def heard(ponds: Ponds, case: Case, until: str, instance: UUID | None = None, **facts: Any) -> UUID:
    """A hearing has left the case and asks for an answer until a day."""
    sent = draft(ponds, case)
    told = {"intended": "revocation", "respond_until": until, **facts}
    with ponds.transaction(SYSTEM) as session:
        hearing = Letter(
            case_id=case.id,
            authority_id=sent.authority_id,
            instance_id=instance or sent.instance_id,
            name="hearing",
            state="dispatched",
            model={**sent.model, "facts": told},
            created_at=sent.created_at,
            # The newest counts, so each is approved after the one before.
            approved_at=sent.created_at + timedelta(minutes=next(_ORDER)),
        )
        session.add(hearing)
        session.flush()
        return hearing.id


def test_a_burden_waits_for_the_hearing_and_its_period(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    without = problems(ponds, letter, "revocation_decision", **REVOCATION)
    assert {"hearing_missing", "one_year_unknown"} <= set(without)
    heard(ponds, case, "2027-02-15")
    assert "hearing_running" in problems(ponds, letter, "revocation_decision", **REVOCATION)
    clock("2027-02-16T09:00")
    after = problems(ponds, letter, "revocation_decision", **REVOCATION)
    assert not {"hearing_running", "hearing_missing", "one_year_unknown", "one_year_over"} & {
        *after
    }
    clock("2028-02-16T09:00")
    assert "one_year_over" in problems(ponds, letter, "revocation_decision", **REVOCATION)


def test_a_hearing_without_an_end_is_no_hearing(ponds: Ponds) -> None:
    case = ponds.granted()
    heard(ponds, case, "")
    found = problems(ponds, draft(ponds, case), "revocation_decision", **REVOCATION)
    assert "hearing_without_end" in found


def test_a_hearing_on_another_act_is_none_on_this_one(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    heard(ponds, case, "2027-02-15", intended="amendment")
    clock("2027-02-16T09:00")
    for name in ("revocation_decision", "withdrawal_decision", "recovery_decision"):
        assert "hearing_other_act" in problems(ponds, letter, name, **REVOCATION)
    assert "hearing_other_act" in problems(ponds, letter, "interest_decision", amount=5)
    less = {"old_amount": 20000, "new_amount": 15000}
    assert "hearing_other_act" not in problems(ponds, letter, "amendment_decision", **less)


def test_a_hearing_of_another_process_is_about_another_matter(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    with ponds.transaction(SYSTEM) as session:
        own = instances.get_instance(session, letter.instance_id)
        other = ProcessInstance(
            case_id=case.id,
            authority_id=own.authority_id,
            process_id="recovery",
            state=b"",
            started_at=own.started_at,
        )
        instances.add_instance(session, other)
        elsewhere = other.id
    heard(ponds, case, "2027-02-15", instance=elsewhere)
    clock("2027-02-16T09:00")
    assert "hearing_missing" in problems(ponds, letter, "revocation_decision", **REVOCATION)
    within = Letter(**{**letter.model_dump(), "instance_id": elsewhere})
    assert "hearing_missing" not in problems(ponds, within, "revocation_decision", **REVOCATION)


def test_interest_is_charged_only_where_the_hearing_named_it(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    heard(ponds, case, "2027-02-15")
    clock("2027-02-16T09:00")
    assert "interest_unannounced" in problems(ponds, letter, "interest_decision", amount=5)
    named = ponds.granted()
    heard(ponds, named, "2027-02-15", interest_from="2027-01-01")
    letter = draft(ponds, named)
    assert "interest_unannounced" not in problems(ponds, letter, "interest_decision", amount=5)


@pytest.mark.parametrize(
    ("name", "facts", "covered"),
    [
        ("recovery_decision", {"amount": 500}, True),
        ("recovery_decision", {"amount": 500.01}, False),
        ("revocation_decision", {"amount": 500}, True),
        ("revocation_decision", {"amount": 500.01}, False),
        ("withdrawal_decision", {"amount": 5000}, False),
        ("settlement_decision", {"granted": 20000, "final_grant": 19500}, True),
        ("settlement_decision", {"granted": 20000, "final_grant": 19499.99}, False),
        ("amendment_decision", {"old_amount": 20000, "new_amount": 19499}, False),
        ("amendment_decision", {"old_amount": 20000, "new_amount": 21000}, True),
    ],
)
def test_nobody_is_burdened_with_more_than_they_were_heard_on(
    ponds: Ponds, clock: Clock, name: str, facts: dict[str, Any], covered: bool
) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    act = name.removesuffix("_decision")
    heard(ponds, case, "2027-02-15", intended=act, amount=500)
    heard(ponds, case, "2027-02-15", intended="another_act", amount=90_000)
    clock("2027-02-16T09:00")
    assert ("hearing_covers_less_money" not in problems(ponds, letter, name, **facts)) is covered


def test_a_sum_of_interest_that_was_announced_is_not_exceeded(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    heard(ponds, case, "2027-02-15", intended="interest", interest="12.50")
    clock("2027-02-16T09:00")
    assert "hearing_covers_less_money" not in problems(
        ponds, letter, "interest_decision", amount=12.5
    )
    assert "hearing_covers_less_money" in problems(ponds, letter, "interest_decision", amount=12.51)


@pytest.mark.parametrize("name", ["interest_decision", "recovery_decision"])
def test_interest_runs_from_no_day_before_the_one_heard_on(
    ponds: Ponds, clock: Clock, name: str
) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    heard(ponds, case, "2027-02-15", interest_from="2027-01-15")
    clock("2027-02-16T09:00")
    told = {"amount": 5, "interest_from": "2027-01-14"}
    assert "interest_from_earlier" in problems(ponds, letter, name, **told)
    for day in ("2027-01-15", "2027-02-01"):
        told = {"amount": 5, "interest_from": day}
        assert "interest_from_earlier" not in problems(ponds, letter, name, **told)


@pytest.mark.parametrize("name", ["interest_decision", "recovery_decision"])
def test_nobody_is_to_pay_by_a_day_that_is_over(ponds: Ponds, clock: Clock, name: str) -> None:
    letter = draft(ponds, ponds.granted())
    clock("2027-02-16T09:00")
    for day in ("1999-01-01", "2027-02-15"):
        assert "due_passed" in problems(ponds, letter, name, amount=5, due_on=day)
    for day in ("2027-02-16", "2027-03-31", ""):
        assert "due_passed" not in problems(ponds, letter, name, amount=5, due_on=day)


def test_a_settlement_below_the_grant_names_its_basis_and_was_heard(ponds: Ponds) -> None:
    letter = draft(ponds, ponds.granted())
    lower = {"granted": 20000, "final_grant": 18000}
    found = problems(ponds, letter, "settlement_decision", **lower)
    assert {"reduction_founded_money", "hearing_missing"} <= set(found)
    excused = {**lower, "basis": "CONDITION", "no_hearing": "Wir folgen Ihren Angaben."}
    found = problems(ponds, letter, "settlement_decision", **excused)
    assert not {"reduction_founded_money", "hearing_missing"} & set(found)
    same = problems(ponds, letter, "settlement_decision", granted=20000, final_grant=20000)
    assert not {"reduction_founded_money", "hearing_missing", "not_above_grant_money"} & set(same)
    above = problems(ponds, letter, "settlement_decision", granted=20000, final_grant=20001)
    assert "not_above_grant_money" in above


def test_discretion_and_reasons_have_to_be_written(ponds: Ponds) -> None:
    letter = draft(ponds, ponds.granted())
    bare = {**REVOCATION, "discretion": "Ja.", "reasons": ""}
    found = problems(ponds, letter, "revocation_decision", **bare)
    assert {"discretion_reasoned", "point"} <= set(found)
    assert "reasons_given" in problems(ponds, letter, "early_start_refusal")
    assert "waiver_reasoned" in problems(ponds, letter, "interest_decision", amount=5)
    assert "facts_stated" in problems(
        ponds, letter, "hearing", intended="revocation", respond_until="2027-03-01"
    )


def test_money_is_reclaimed_in_writing_and_above_zero(ponds: Ponds) -> None:
    letter = draft(ponds, ponds.granted())
    assert "written_form" in problems(ponds, letter, "recovery_decision", amount=5)
    assert "amount_not_positive_money" in problems(ponds, letter, "recovery_decision", amount=0)
    assert "amount_missing" in problems(ponds, letter, "recovery_decision", amount="viel")
    by_post = Letter(**{**letter.model_dump(), "channel": "post"})
    assert "written_form" not in problems(ponds, by_post, "recovery_decision", amount=5)


def test_an_early_start_lies_after_the_application(ponds: Ponds) -> None:
    letter = draft(ponds, ponds.granted())
    early = problems(ponds, letter, "early_start_consent", start_from="2026-01-01")
    assert "start_before_application" in early
    fine = problems(ponds, letter, "early_start_consent", start_from="2027-03-01")
    assert "start_before_application" not in fine


def test_a_change_to_the_detriment_needs_a_hearing_and_another_does_not(ponds: Ponds) -> None:
    letter = draft(ponds, ponds.granted())
    less = problems(ponds, letter, "amendment_decision", old_amount=20000, new_amount=15000)
    assert "hearing_missing" in less
    more = problems(ponds, letter, "amendment_decision", old_amount=20000, new_amount=25000)
    assert "hearing_missing" not in more
    shorter = problems(
        ponds, letter, "amendment_decision", old_end="2027-12-31", new_end="2027-06-30"
    )
    assert "hearing_missing" in shorter


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        ({"asked_amount": 15000}, False),
        ({"asked_amount": 14000}, False),  # more is left than was asked for
        ({"asked_amount": 15000.01}, True),
        ({"asked_amount": None}, True),  # the authority's own motion
        ({"asked_amount": 15000, "new_end": "2027-06-30"}, True),
        ({"asked_amount": 15000, "new_end": "2027-06-30", "asked_end": "2027-06-30"}, False),
    ],
)
def test_only_what_the_grantee_asked_for_goes_without_a_hearing(
    ponds: Ponds, asked: dict[str, Any], *, missing: bool
) -> None:
    letter = draft(ponds, ponds.granted())
    less = {"old_amount": 20000, "new_amount": 15000, "old_end": "2027-12-31", **asked}
    found = problems(ponds, letter, "amendment_decision", **less)
    assert ("hearing_missing" in found) is missing


def test_a_grant_decision_names_every_missing_point_and_how_to_mend_it(ponds: Ponds) -> None:
    letter = draft(ponds, ponds.drafted())
    source = shipped("grant_decision")
    model = values.load(
        {
            **letter.model,
            "decision": {
                **letter.model["decision"],
                "financing_type": "PROPORTIONAL",
                "period_from": "2027-01-01",
                "period_until": "2028-06-30",
            },
        }
    )
    with ponds.reading() as session:
        row = Letter(**{**letter.model_dump(), "edits": {}, "texts": {}})
        found = letter_checks.unmet(session, row, source, model, date(2027, 2, 1))
    points = {one.params["id"] for one in found if one.key == "letters_checks.point"}
    assert {"2", "5a", "7", "8", "9", "11", "13a", "15", "16", "18", "19", "20a"} <= points
    rest = {"1", "2a", "2b", "5", "6", "10", "13b", "20", "21", "22", "23", "24"}
    assert not rest & points
    assert "indicator_none" in {one.key.removeprefix("letters_checks.") for one in found}


# ---- the page of a draft, the reason of a change


# ---- corrections


def test_every_letter_of_the_programmes_is_shipped() -> None:
    root = settings().workflows_dir
    package = load_folder(
        root / "wir_hessen", root / "_shared", settings().templates_dir / "letters"
    )
    names = {path.split("/")[1] for path in package.files if path.startswith("_letters/")}
    assert {"revocation_decision", "objection_decision", "audit_note"} <= names


def test_a_hearing_leaves_time_to_answer_after_its_notification(ponds: Ponds, clock: Clock) -> None:
    clock("2027-02-01T09:00")  # a Monday; four days later it counts as notified
    letter = draft(ponds, ponds.granted())
    told = {"intended": "settlement", "facts": "Eine Position ist überschritten."}
    for until in ("2026-11-05", "2027-02-01", "2027-02-05", "2027-02-07"):
        found = problems(ponds, letter, "hearing", respond_until=until, **told)
        assert "hearing_too_short" in found
    fine = problems(ponds, letter, "hearing", respond_until="2027-02-08", **told)
    assert "hearing_too_short" not in fine

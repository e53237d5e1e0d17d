"""What has happened already is not offered again, and what runs is named with its open task."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date

import pytest
from tests.integration.desk import open_desks, words
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import (
    PROGRAMME,
    choices,
    effect,
    end,
    form,
    package,
    process,
    start,
    task,
)
from tests.integration.test_waivers import waiver

from grantflow.errors import Conflict, Invalid
from grantflow.programmes.definition import Decided, ProgrammeFile
from grantflow.programmes.package import Package
from grantflow.services import cases
from grantflow.services.case_views import case_view
from grantflow.settings import Settings, settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case

Clock = Callable[[str], None]
SIDES = """
[side_processes.waive_it]
title = { de = "Verzicht", en = "Waiver" }
role = "CASE_OFFICER"
only_while = ["remedy_open"]

[side_processes.contest]
title = { de = "Widerspruch", en = "Objection" }
role = "CASE_OFFICER"
only_while = ["contestable"]

[side_processes.settle]
title = { de = "Entscheidung", en = "Decision" }
role = "CASE_OFFICER"
unless = { kind = "side", outcome = "consent" }
"""
SETTLE = process(
    "settle",
    {"Amt": "note_it", "System": "record"},
    start(),
    task("note_it", form="none"),
    effect("record", "decide", kind="side", outcome="consent"),
    end(),
    flow="begin > note_it > record > finish",
)


CONTEST = process(
    "contest",
    {"Amt": "say_which"},
    start(),
    task("say_which", form="say_which"),
    end(),
    flow="begin > say_which > finish",
)
ACTS = choices("contested", "acknowledgement", "grant_decision", "rejection_decision")
SAY_WHICH = form(
    "say_which", {**ACTS, "properties": {**ACTS["properties"], "offered": "decisions"}}
)


@pytest.fixture
def ponds(sessions: Sessions, test_settings: Settings, clock: Clock) -> Ponds:
    """The small programme with side processes that are over once they have happened."""
    clock("2027-02-01T10:00")
    told = PROGRAMME.replace(
        'stages = ["notice"]', 'stages = ["notice"]\nonly_while = ["grant_unpaid"]'
    )
    files = {
        **package(
            waive_it=waiver("waive_it", "grant_decision"), settle=SETTLE, contest=CONTEST
        ).files,
        "forms/say_which.form": SAY_WHICH,
        "programme.toml": (told + SIDES).encode(),
    }
    return build(sessions, test_settings, Package(files))


def offered(ponds: Ponds, who: str, case: Case) -> set[str]:
    found = ponds.look(who, case_view, case.id).startable
    return {one.process_id for one in found if one.running is None}


def test_a_waiver_is_offered_while_a_decision_can_be_waived_and_never_twice(
    ponds: Ponds, clock: Clock
) -> None:
    early = ponds.submitted()
    assert "waive_it" not in offered(ponds, "officer", early)
    case = ponds.granted()
    clock("2027-02-09T09:00")
    assert "waive_it" in offered(ponds, "officer", case)
    ponds.do("officer", cases.start_side_process, case.id, "waive_it")
    ponds.complete("officer", case, "note")
    assert "waive_it" not in offered(ponds, "officer", case)
    with pytest.raises(Conflict) as refused:
        ponds.do("officer", cases.start_side_process, case.id, "waive_it")
    assert refused.value.key == "services.cases.only_while.remedy_open"


def test_a_decision_is_contested_once_it_has_left_and_unless_it_was_waived(
    ponds: Ponds, clock: Clock
) -> None:
    assert "contest" not in offered(ponds, "officer", ponds.submitted())
    case, late = ponds.granted(), ponds.granted()
    clock("2027-02-09T09:00")
    assert "contest" in offered(ponds, "officer", case)
    ponds.do("officer", cases.start_side_process, case.id, "waive_it")
    ponds.complete("officer", case, "note")
    assert "contest" not in offered(ponds, "officer", case)
    with pytest.raises(Conflict) as refused:
        ponds.do("officer", cases.start_side_process, case.id, "contest")
    assert refused.value.key == "services.cases.only_while.contestable"
    clock("2027-05-01T09:00")  # whether a late objection is admissible decides whoever examines it
    assert "contest" in offered(ponds, "officer", late)


def test_only_decisions_of_the_case_can_be_chosen_as_contested(ponds: Ponds) -> None:
    case = ponds.granted()
    ponds.do("officer", cases.start_side_process, case.id, "contest")
    with open_desks(ponds) as desks:
        waiting = ponds.tasks(case.id)["say_which"]
        page = desks.of("officer").get(f"/tasks/{waiting.id}").text
        assert 'value="grant_decision"' in page
        assert 'value="rejection_decision"' not in page
        assert 'value="acknowledgement"' not in page
    for name in ("rejection_decision", "acknowledgement"):
        with pytest.raises(Invalid) as refused:
            ponds.complete("officer", case, "say_which", contested=name)
        assert [one.key for one in refused.value.problems] == ["forms.choice"]
    ponds.complete("officer", case, "say_which", contested="grant_decision")


def test_a_final_decision_takes_no_waiver(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    clock("2027-05-01T09:00")
    assert "waive_it" not in offered(ponds, "officer", case)


def test_what_was_decided_is_not_asked_for_again(ponds: Ponds) -> None:
    case = ponds.submitted()
    assert "settle" in offered(ponds, "officer", case)
    ponds.do("officer", cases.start_side_process, case.id, "settle")
    ponds.complete("officer", case, "note_it")
    assert "settle" not in offered(ponds, "officer", case)
    with pytest.raises(Conflict) as refused:
        ponds.do("officer", cases.start_side_process, case.id, "settle")
    assert refused.value.key == "services.cases.decided_already"


def test_money_is_asked_for_until_the_grant_is_used_up(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    clock("2027-05-01T09:00")
    for amount, again in (("15000", True), ("5000", False)):
        ponds.do("applicant", cases.start_side_process, case.id, "payment")
        ponds.complete("applicant", case, "ask", payment_amount=amount)
        ponds.complete("officer", case, "look")
        ponds.complete("head", case, "order", payment_approval="approve")
        assert ("payment" in offered(ponds, "applicant", case)) is again
    with pytest.raises(Conflict) as refused:
        ponds.do("applicant", cases.start_side_process, case.id, "payment")
    assert refused.value.key == "services.cases.only_while.grant_unpaid"


def test_what_runs_is_named_with_its_day_and_its_open_task(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    clock("2027-02-09T09:00")
    assert "payment" not in offered(ponds, "applicant", case)
    waiting = ponds.tasks(case.id)["ask"]
    with pytest.raises(Conflict) as refused:
        ponds.do("applicant", cases.start_side_process, case.id, "payment")
    assert refused.value.params["since"] == date(2027, 2, 1)
    assert refused.value.params["task"] == str(waiting.id)
    with open_desks(ponds) as desks:
        mine = desks.again("applicant")
        page = mine.get(f"/my/cases/{case.id}")
        assert "Auszahlung läuft seit 1. Februar 2027" in words(page)
        assert 'value="payment"' not in page.text
        answer = mine.post(f"/my/cases/{case.id}/processes", process="payment")
        assert answer.status_code == 409
        assert "„Auszahlung“ läuft schon seit dem 1. Februar 2027" in words(answer)
        assert f'href="/my/tasks/{waiting.id}"' in answer.text
        ponds.complete("applicant", case, "ask", payment_amount="500")
        later = mine.post(f"/my/cases/{case.id}/processes", process="payment")
        assert later.status_code == 409
        assert "/my/tasks/" not in later.text  # what is open now is the office's


def test_staff_see_what_runs_and_go_to_its_task(ponds: Ponds) -> None:
    case = ponds.submitted()
    with open_desks(ponds) as desks:
        officer = desks.of("officer", "en")
        assert 'value="settle"' in officer.get(f"/cases/{case.id}").text
        ponds.do("officer", cases.start_side_process, case.id, "settle")
        address = f'href="/tasks/{ponds.tasks(case.id)["note_it"].id}"'
        page = officer.get(f"/cases/{case.id}")
        assert "Decision running since" in words(page)
        assert 'value="settle"' not in page.text
        answer = officer.post(f"/cases/{case.id}/processes", process="settle")
        assert "“Decision” has been running since 1 February 2027" in words(answer)
        assert address in answer.text


@pytest.mark.parametrize("name", ["wir_hessen", "bamf_model_projects"])
def test_shipped_programmes_do_not_offer_what_is_settled(name: str) -> None:
    told = (settings().workflows_dir / name / "programme.toml").read_text(encoding="utf-8")
    sides = ProgrammeFile.model_validate(tomllib.loads(told)).side_processes
    assert sides["remedy_waiver"].only_while == sides["received_waiver"].only_while
    assert sides["received_waiver"].only_while == ("remedy_open",)
    if "objection" in sides:  # one who may write a letter is not refused at the desk
        assert sides["objection"].only_while == ("contestable",)
        assert sides["received_objection"].only_while == ()
    assert sides["payment_request"].only_while == ("grant_unpaid",)
    assert sides["early_start"].unless == Decided(kind="early_start", outcome="consent")

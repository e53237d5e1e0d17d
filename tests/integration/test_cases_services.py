"""Cases: opened in time by the right people, listed, seen through the right eyes, withdrawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import package

from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.programmes.package import Package
from grantflow.services import case_views, cases, letters
from grantflow.services.cases import CaseFilter
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions, counting
from grantflow.store.tables import Task

Clock = Callable[[str], None]


def test_a_case_is_pinned_to_the_version_of_its_call(ponds: Ponds) -> None:
    case = ponds.open("  Der   Froschteich ")
    assert case.programme_version_id == ponds.version.id
    assert case.title == "Der Froschteich"
    assert case.reference == "POND-2027-00001"


@pytest.mark.parametrize("moment", ["2026-12-31T22:59", "2027-06-30T22:00"])
def test_a_call_is_open_from_its_first_to_its_last_day(
    ponds: Ponds, clock: Clock, moment: str
) -> None:
    clock(moment)
    with pytest.raises(Conflict):
        ponds.open()


def test_the_whole_last_day_is_left(ponds: Ponds, clock: Clock) -> None:
    clock("2027-06-30T21:59")
    assert ponds.open().status == "DRAFT"


def test_nobody_applies_for_others_or_without_a_title(ponds: Ponds) -> None:
    for who in ("stranger", "officer"):
        with pytest.raises(NotAllowed):
            ponds.do(who, cases.open_case, ponds.call.id, ponds.organisation.id, "Teich")
    for title in ("", " \n", "x" * 201):
        with pytest.raises(Invalid) as refused:
            ponds.open(title)
        assert refused.value.problems[0].place == "title"


def test_lists_show_everybody_what_is_theirs(ponds: Ponds) -> None:
    first, second = ponds.open("Erster"), ponds.submitted()
    totals = {
        who: ponds.look(who, cases.list_cases).total
        for who in ("applicant", "officer", "panel", "stranger", "foreign", "admin", "system")
    }
    assert totals == {"applicant": 2, "officer": 2, "panel": 0, "stranger": 0, "foreign": 0,
                      "admin": 0, "system": 2}  # fmt: skip
    found = ponds.look("officer", cases.list_cases, CaseFilter(status="SUBMITTED"))
    assert [line.case.id for line in found.lines] == [second.id]
    assert found.lines[0].organisation == "Froschfreunde"
    assert ponds.look("officer", cases.list_cases, CaseFilter(text="erst")).total == 1
    assert ponds.look("officer", cases.list_cases, CaseFilter(stage="notice")).total == 0
    page = ponds.look("officer", cases.list_cases, limit=1)
    last = page.lines[0].case
    rest = ponds.look("officer", cases.list_cases, after=(last.opened_at, last.id))
    assert {line.case.id for line in rest.lines} == {first.id, second.id} - {last.id}


def test_a_list_costs_the_same_whatever_its_length(ponds: Ponds) -> None:
    for n in range(3):
        ponds.open(f"Teich {n}")
    officer = ponds.who("officer")
    with ponds.reading(officer) as session, counting(ponds.sessions) as counter:
        cases.list_cases(session, officer)
    assert len(counter) == 2


def test_the_authority_sees_the_whole_case(ponds: Ponds) -> None:
    case = ponds.granted()
    seen = ponds.look("officer", case_views.case_view, case.id)
    assert {history.form for history in seen.forms} == {"submit", "check", "draft_decision"}
    assert {one.letter.name for one in seen.letters} == {"acknowledgement", "grant_decision"}
    assert [d.kind for d in seen.decisions] == ["grant"]
    assert [d.kind for d in seen.deadlines] == ["remedy"]
    assert seen.stage["en"] == "Notice (en)"
    assert "step" not in {event.kind for event in seen.events}
    assert {s.process_id for s in seen.startable} == {"opinions"}


def test_the_applicant_sees_what_was_told_to_them(ponds: Ponds) -> None:
    case = ponds.drafted()
    seen = ponds.look("applicant", case_views.case_view, case.id)
    assert [history.form for history in seen.forms] == ["submit"]
    assert [one.letter.name for one in seen.letters] == []
    assert (seen.decisions, seen.declarations, seen.tasks) == ((), (), ())
    assert all(event.public for event in seen.events)
    assert {s.process_id for s in seen.startable} == {"payment"}
    assert not seen.may_withdraw
    ponds.complete("head", case, "approve")
    ponds.run_jobs()
    later = ponds.look("applicant", case_views.case_view, case.id)
    assert {one.letter.name for one in later.letters} == {"acknowledgement", "grant_decision"}
    assert later.deadlines == []
    with pytest.raises(NotFound):
        ponds.look("applicant", case_views.position, case.id)


@pytest.mark.parametrize("who", ["stranger", "foreign", "admin", "manager"])
def test_others_do_not_even_learn_that_the_case_exists(ponds: Ponds, who: str) -> None:
    case = ponds.submitted()
    for use_case in (case_views.case_view, case_views.position, cases.get_case):
        with pytest.raises(NotFound):
            ponds.look(who, use_case, case.id)


def test_changes_between_revisions_are_told(ponds: Ponds) -> None:
    case = ponds.submitted()
    found = ponds.look("officer", case_views.form_changes, case.id, "submit", "", 1)
    assert "depth" in {change.place for change in found}
    with pytest.raises(NotFound):
        ponds.look("officer", case_views.form_changes, case.id, "submit", "", 2)
    with pytest.raises(NotFound):
        ponds.look("applicant", case_views.form_changes, case.id, "check", "", 1)


def test_only_the_applicant_withdraws_and_only_while_it_is_possible(ponds: Ponds) -> None:
    case = ponds.submitted()
    with pytest.raises(NotAllowed):
        ponds.do("officer", cases.withdraw, case.id)
    with pytest.raises(NotFound):
        ponds.do("stranger", cases.withdraw, case.id)
    ponds.complete("officer", case, "check", verdict="good")
    with pytest.raises(Conflict) as refused:
        ponds.do("applicant", cases.withdraw, case.id)
    assert refused.value.key == "services.cases.cannot_withdraw_now"
    other = ponds.open("Zweiter")
    ponds.do("applicant", cases.withdraw, other.id, "Doch nicht")
    with pytest.raises(Conflict) as again:
        ponds.do("applicant", cases.withdraw, other.id)
    assert again.value.key == "services.cases.over"


def test_side_processes_start_in_their_stage_by_their_role_and_once(ponds: Ponds) -> None:
    case = ponds.submitted()
    with pytest.raises(Conflict):
        ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("officer", case, "check", verdict="good")
    with pytest.raises(NotAllowed):
        ponds.do("officer", cases.start_side_process, case.id, "payment")
    with pytest.raises(NotAllowed):
        ponds.do("applicant", cases.start_side_process, case.id, "notice")
    with pytest.raises(NotFound):
        ponds.do("applicant", cases.start_side_process, case.id, "nothing")
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    assert "ask" in ponds.tasks(case.id)
    assert ponds.case(case.id).stage == "notice"
    with pytest.raises(Conflict) as again:
        ponds.do("applicant", cases.start_side_process, case.id, "payment")
    assert again.value.key == "services.cases.runs_already"


def test_several_remedies_run_at_once_where_the_programme_says_so(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    given = package()
    told = given.files["programme.toml"].replace(
        b"[side_processes.opinions]\n", b"[side_processes.opinions]\nseveral = true\n"
    )
    ponds = build(sessions, test_settings, Package({**given.files, "programme.toml": told}))
    case = ponds.submitted()
    for _ in range(2):
        ponds.do("officer", cases.start_side_process, case.id, "opinions")
    assert ponds.count(Task, case_id=case.id, element_id="choose", status="open") == 2


def test_messages_from_outside_reach_a_case_through_the_officer(ponds: Ponds) -> None:
    case = ponds.open()
    with pytest.raises(NotAllowed):
        ponds.do("applicant", cases.send_message, case.id, "withdrawal", {})
    assert not ponds.do("officer", cases.send_message, case.id, "nobody_waits", {})
    assert ponds.do("officer", cases.send_message, case.id, "withdrawal", {})
    assert ponds.case(case.id).status == "WITHDRAWN"


def test_a_letter_is_listed_for_those_who_may_see_the_case(ponds: Ponds) -> None:
    case = ponds.submitted()
    assert len(ponds.look("officer", letters.list_letters, ponds.case(case.id))) == 1
    with ponds.reading(SYSTEM) as session, pytest.raises(NotFound):
        letters.list_letters(session, ponds.who("stranger"), ponds.case(case.id))

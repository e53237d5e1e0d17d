"""The way of an applicant through the pages: find a call, apply, hand in, follow, withdraw."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from httpx import Response
from tests.integration.desk import Desk, Desks, open_desks, words
from tests.integration.ponds import build
from tests.integration.small_programme import effect, end, package, process, start, task

from grantflow.services import cases, messages
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, Task


@pytest.fixture
def desk(desks: Desks) -> Desk:
    return desks.of("applicant")


def begun(desks: Desks) -> tuple[Case, str]:
    """A case and the address of its first task."""
    case = desks.ponds.open("Froschteich")
    return case, f"/my/tasks/{desks.ponds.tasks(case.id)['submit'].id}"


def digest(page: Response) -> str:
    found = re.search(r'name="digest" value="(\w+)"', page.text)
    assert found is not None
    return found[1]


def test_everybody_sees_what_is_open_and_until_when(desks: Desks) -> None:
    client = desks.nobody()
    page = client.get("/")
    assert "Teiche werden wieder tief." in words(page)
    assert "bis 30. Juni 2027" in words(page)
    call = client.get(f"/calls/{desks.ponds.call.id}")
    assert "Jetzt beginnen" in words(call)
    assert f"/sign-in?next=/my/apply/{desks.ponds.call.id}" in call.text
    assert "Teichamt" in words(call)
    assert "Diese Unterlagen brauchen Sie Application map (freiwillig)" in words(call)


def test_a_call_that_is_over_or_not_open_yet_cannot_be_applied_to(
    desks: Desks, clock: object
) -> None:
    path = f"/calls/{desks.ponds.call.id}"
    clock("2027-07-01T09:00")  # type: ignore[operator]
    assert "Die Frist ist abgelaufen" in words(desks.nobody().get(path))
    clock("2026-07-01T09:00")  # type: ignore[operator]
    assert "Noch nicht geöffnet" in words(desks.nobody().get(path))


def test_staff_start_at_their_overview(desks: Desks) -> None:
    assert desks.of("officer").get("/").headers["location"] == "/dashboard"


def test_an_application_begins_with_a_title(desks: Desks, desk: Desk) -> None:
    path = f"/my/apply/{desks.ponds.call.id}"
    assert "Froschfreunde" in desk.read(path)
    organisation = str(desks.ponds.organisation.id)
    empty = desk.post(path, title=" ", organisation=organisation)
    assert empty.status_code == 422
    assert "Bitte geben Sie dem Vorhaben einen Titel." in words(empty)
    answer = desk.post(path, title="Froschteich", organisation=organisation)
    assert answer.headers["location"].startswith("/my/tasks/")
    page = desk.follow(answer)
    assert "Aktenzeichen: POND-2027-00001" in page
    assert desk.post(path, title="X", organisation="no-id").status_code == 404


def test_the_list_shows_where_each_case_stands_and_what_to_do(desks: Desks, desk: Desk) -> None:
    assert "Sie haben noch keinen Vorgang." in desk.read("/my/cases")
    _, task = begun(desks)
    page = desk.get("/my/cases")
    assert "Froschteich" in words(page)
    assert f'href="{task}"' in page.text
    assert "Entwurf" in words(page)


def test_what_is_late_is_marked_on_the_list_and_on_the_task(
    desks: Desks, clock: Callable[[str], None]
) -> None:
    _, task = begun(desks)
    assert "überfällig" not in desks.of("applicant").read(task)
    clock("2028-06-01T09:00")
    late = desks.again("applicant")
    assert "überfällig seit Ablauf" in late.read(task)
    assert "überfällig seit Ablauf" in late.read("/my/cases")


ASKING = process(
    "payment",
    {"Antrag": "ask", "System": "write"},
    start(),
    effect("write", "letter", letter="acknowledgement"),
    task("ask"),
    end(),
    flow="begin > write > ask > finish",
)


def test_a_task_leads_to_the_letter_that_asks_for_it(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> None:
    clock("2027-02-01T09:00")
    ponds = build(sessions, test_settings, package(payment=ASKING))
    case = ponds.granted()
    clock("2027-02-02T09:00")
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    path = f"/my/tasks/{ponds.tasks(case.id)['ask'].id}"
    with open_desks(ponds) as desks:
        desk = desks.of("applicant")
        assert 'href="/my/letters/' not in desk.get(path).text  # it has not left yet
        ponds.run_jobs()
        letter = max(ponds.letters(case), key=lambda one: one.created_at)
        assert letter.name == "acknowledgement"
        assert f'href="/my/letters/{letter.id}"' in desk.get(path).text


def test_what_is_wrong_is_said_on_top_and_at_the_field_and_nothing_is_lost(
    desks: Desks, desk: Desk
) -> None:
    _, task = begun(desks)
    answer = desk.post(task, _action="check", depth="tief", requested_amount="25.00.0")
    assert answer.status_code == 422
    assert "Eine Angabe braucht noch einen Blick" in words(answer)
    assert 'href="#f-requested_amount"' in answer.text
    assert 'aria-describedby="f-requested_amount-error"' in answer.text
    again = desk.get(task)
    assert 'value="tief"' in again.text
    assert 'value="25.00.0"' in again.text


def test_everything_is_shown_once_more_before_it_is_sent(desks: Desks, desk: Desk) -> None:
    case, task = begun(desks)
    answer = desk.post(task, _action="check", depth="3", requested_amount="25000")
    assert answer.headers["location"] == f"{task}/check"
    page = desk.get(f"{task}/check")
    assert "25.000,00" in words(page)
    assert "Verbindlich absenden" in words(page)
    assert desks.ponds.case(case.id).status == "DRAFT"
    sent = desk.post(f"{task}/submit", digest=digest(page))
    assert sent.headers["location"] == f"{task}/done"
    done = desk.follow(sent)
    assert "Ihre Angaben sind eingegangen" in done
    assert case.reference in done
    assert desks.ponds.case(case.id).status == "SUBMITTED"
    assert desk.get(task).headers["location"] == f"{task}/done"
    assert desk.get(f"{task}/check").headers["location"] == f"{task}/done"


def test_what_was_changed_after_the_check_is_shown_again(desks: Desks, desk: Desk) -> None:
    case, task = begun(desks)
    desk.post(task, _action="check", depth="3", requested_amount="25000")
    seen = digest(desk.get(f"{task}/check"))
    desk.post(task, _action="save", depth="4", requested_amount="26000")
    answer = desk.post(f"{task}/submit", digest=seen)
    assert answer.status_code == 409
    assert "inzwischen geändert" in words(answer)
    assert "26.000,00" in words(answer)
    assert desks.ponds.case(case.id).status == "DRAFT"
    desk.post(task, _action="save", depth="", requested_amount="")
    assert desk.post(f"{task}/submit", digest=seen).status_code == 422
    assert desk.get(f"{task}/check").status_code == 422


def test_a_second_click_is_a_conflict_and_an_undone_task_has_no_confirmation(
    desks: Desks, desk: Desk
) -> None:
    _, task = begun(desks)
    assert desk.get(f"{task}/done").headers["location"] == task
    desk.post(task, _action="check", depth="3", requested_amount="25000")
    seen = digest(desk.get(f"{task}/check"))
    assert desk.post(f"{task}/submit", digest=seen).status_code == 303
    assert desk.post(f"{task}/submit", digest=seen).status_code == 409


def test_the_case_shows_progress_answers_letters_and_history(desks: Desks, desk: Desk) -> None:
    case = desks.ponds.granted()
    page = desk.get(f"/my/cases/{case.id}")
    text = words(page)
    assert "abgeschlossen" in text
    assert 'aria-current="step"' in page.text
    assert "Vorgang POND-2027-00001 angelegt" in text
    letter = re.search(r'href="(/my/letters/[\w-]+)"', page.text)
    assert letter is not None
    pdf = desk.get(letter[1])
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert "25.000,00" in desk.read(f"/my/cases/{case.id}/forms/submit")
    assert desk.get(f"/my/cases/{case.id}/forms/nothing").status_code == 404


def test_messages_go_both_ways(desks: Desks, desk: Desk) -> None:
    case = desks.ponds.submitted()
    desks.ponds.do("officer", messages.write, case.id, "Wie tief genau?")
    desks.ponds.do("officer", messages.write, case.id, "Fragwürdig.", internal=True)
    page = desk.read(f"/my/cases/{case.id}")
    assert "Wie tief genau?" in page
    assert "Fragwürdig." not in page
    empty = desk.post(f"/my/cases/{case.id}/messages", body="  ")
    assert empty.status_code == 422
    answer = desk.post(f"/my/cases/{case.id}/messages", body="<b>Drei Meter</b>")
    assert answer.status_code == 303
    assert "&lt;b&gt;Drei Meter" in desk.get(f"/my/cases/{case.id}").text


def test_a_payment_is_requested_from_the_case(desks: Desks, desk: Desk) -> None:
    case = desks.ponds.granted()
    assert "Auszahlung" in desk.read(f"/my/cases/{case.id}")
    answer = desk.post(f"/my/cases/{case.id}/processes", process="payment")
    assert answer.headers["location"].startswith("/my/tasks/")
    task = answer.headers["location"]
    desk.post(task, _action="check", payment_amount="5.000")
    desk.post(f"{task}/submit", digest=digest(desk.get(f"{task}/check")))
    page = desk.read(f"/my/cases/{case.id}")
    assert "5.000,00" in page
    assert "angefordert" in page


def test_an_application_is_withdrawn_after_asking_once_more(desks: Desks, desk: Desk) -> None:
    case, _ = begun(desks)
    path = f"/my/cases/{case.id}/withdraw"
    assert path in desk.get(f"/my/cases/{case.id}").text
    assert "nicht rückgängig" in desk.read(path)
    page = desk.follow(desk.post(path, reason="Kein Frosch"))
    assert "Ihr Antrag ist zurückgenommen." in page
    assert desks.ponds.case(case.id).status == "WITHDRAWN"
    assert desk.get(path).status_code == 404
    assert desk.post(path).status_code == 409
    assert "Abgeschlossene Vorgänge" in desk.read("/my/cases")


def test_what_belongs_to_others_cannot_be_found(desks: Desks) -> None:
    case, task = begun(desks)
    stranger = desks.of("stranger")
    for path in (f"/my/cases/{case.id}", task, f"{task}/check", f"/my/cases/{case.id}/withdraw"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(task, _action="save", depth="1").status_code == 404


def test_pages_of_applicants_speak_english_too(desks: Desks) -> None:
    case = desks.ponds.submitted()
    english = desks.of("applicant", "en")
    page = english.read(f"/my/cases/{case.id}")
    assert "Your next steps" in page
    assert "Ponds" in page
    assert "1 February 2027" in page


def test_an_unknown_button_is_no_submission(desks: Desks, desk: Desk) -> None:
    case, task = begun(desks)
    assert desk.post(task, _action="explode", depth="3").status_code == 404
    assert desks.ponds.count(Task, case_id=case.id, status="open") == 1


def test_a_case_may_be_opened_only_for_an_own_organisation(desks: Desks) -> None:
    with pytest.raises(Exception, match="foreign_organisation"):
        desks.ponds.do(
            "stranger", cases.open_case, desks.ponds.call.id, desks.ponds.organisation.id, "X"
        )
    answer = desks.of("stranger").post(
        f"/my/apply/{desks.ponds.call.id}", title="X", organisation=str(desks.ponds.organisation.id)
    )
    assert answer.status_code == 403

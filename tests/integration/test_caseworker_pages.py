"""The overview and the lists of tasks of staff, and one task from opening to done."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.integration.desk import Desks, open_desks, words
from tests.integration.ponds import DECISION, build
from tests.integration.small_programme import (
    choice,
    choices,
    end,
    field,
    form,
    package,
    process,
    start,
    task,
)

from grantflow.programmes.package import Package
from grantflow.services import cases
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions, counting
from grantflow.web import navigation

Clock = Callable[[str], None]


def test_the_overview_counts_what_waits(desks: Desks) -> None:
    desks.ponds.submitted()
    page = desks.of("officer").read("/dashboard")
    assert "Guten Tag, Officer" in page
    assert "1 Frei in meinen Rollen" in page
    assert "Check POND-2027-00001 · Froschfreunde" in page


def test_the_start_page_leads_staff_to_their_overview(desks: Desks) -> None:
    assert desks.of("officer").get("/").headers["location"] == "/dashboard"


def test_somebody_without_work_is_told_where_to_find_some(desks: Desks) -> None:
    assert "Für Sie ist nichts offen." in desks.of("colleague").read("/dashboard")
    assert "Ihnen ist keine Aufgabe zugewiesen." in desks.of("colleague").read("/tasks")


def test_the_overview_of_operations_counts_jobs_and_not_tasks(desks: Desks) -> None:
    page = desks.of("admin").read("/dashboard")
    assert "Fehlgeschlagene Aufträge" in page
    assert "Frei in meinen Rollen" not in page


def test_the_overview_shows_each_role_what_waits_for_it(desks: Desks) -> None:
    ponds, reviewed = desks.ponds, desks.ponds.submitted()
    ponds.do("officer", cases.start_side_process, reviewed.id, "opinions")
    ponds.complete("officer", reviewed, "choose", reviewers=[str(ponds.who("panel").account_id)])
    ponds.drafted()
    assert "1 Offene Begutachtungen" in desks.of("panel").read("/dashboard")
    assert "Zuletzt eröffnete Vorgänge" not in desks.of("panel").read("/dashboard")
    assert "1 Zur Mitzeichnung" in desks.of("head").read("/dashboard")
    assert "0 Zu druckende Schreiben" in desks.of("registry").read("/dashboard")


def test_the_list_speaks_english_when_asked(desks: Desks) -> None:
    desks.ponds.submitted()
    page = desks.of("officer", "en").read("/tasks", scope="roles")
    assert "My roles" in page
    assert "check" in page
    assert "Claim" in page


def test_a_statutory_day_is_shown_as_the_last_one_everywhere(desks: Desks, clock: Clock) -> None:
    case = desks.ponds.submitted()
    with desks.ponds.transaction(SYSTEM) as session:
        session.execute(text("update task set due_at = '2027-02-12T23:00Z' where case_id = :id"),
                        {"id": case.id})  # fmt: skip
    clock("2027-02-12T09:00")
    officer, task_id = desks.of("officer"), desks.ponds.tasks(case.id)["check"].id
    for page in ("/dashboard", "/tasks?scope=roles", f"/tasks/{task_id}", f"/cases/{case.id}"):
        shown = officer.read(page)
        assert "12.02.2027" in shown, page
        assert "13.02.2027" not in shown, page
        assert "13. Februar" not in shown, page
    assert "12.02.2027 heute" in officer.read("/tasks?scope=roles")


def test_a_task_of_another_role_says_whose_it_is(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task_id = desks.ponds.tasks(case.id)["check"].id
    registry = desks.of("registry")
    free = registry.read(f"/tasks/{task_id}")
    assert "für die Rolle Sachbearbeitung" in free
    assert re.search("Erledigen können sie: .*Officer", free)
    desks.of("officer").post(f"/tasks/{task_id}/claim")
    assert "Übernommen hat sie: Officer" in registry.read(f"/tasks/{task_id}")


@pytest.mark.parametrize("name", ["officer", "head", "registry", "panel", "manager", "admin"])
def test_the_menu_leads_to_every_list_that_somebody_may_see(desks: Desks, name: str) -> None:
    desk = desks.of(name)
    menu = set(re.findall(r'class="gf-nav__link" href="([^"]+)"', desk.get("/dashboard").text))
    lists = {href for href, _, _ in navigation._OF_STAFF} - {"/manage/rules"}  # linked from pages
    assert {href for href in lists if desk.get(href).status_code == 200} == menu - {"/manage/rules"}


def test_tasks_are_filtered_by_text_programme_and_due_day(desks: Desks, clock: Clock) -> None:
    desks.ponds.submitted()
    officer = desks.of("officer")
    programme = desks.ponds.programme.id
    shown = {"scope": "roles", "text": "frosch", "programme": str(programme)}
    assert "1 Aufgabe" in officer.read("/tasks", **shown)
    assert "Kein Treffer" in officer.read("/tasks", scope="roles", text="Kröte")
    assert "Kein Treffer" in officer.read("/tasks", scope="roles", overdue="1")
    assert officer.get("/tasks", scope="roles", programme=str(uuid4())).status_code == 422
    assert officer.get("/tasks", scope="roles", stage="no_such").status_code == 422
    clock("2027-02-20T09:00")
    late = desks.of("colleague").read("/tasks", scope="roles", overdue="1")
    assert "überfällig" in late


@pytest.mark.parametrize("query", [{"scope": "others"}, {"programme": "x"}, {"page": "0"}])
def test_a_made_up_filter_is_refused(desks: Desks, query: dict[str, str]) -> None:
    assert desks.of("officer").get("/tasks", **query).status_code == 422


def test_long_lists_come_in_pages_with_their_filters(desks: Desks) -> None:
    for number in range(51):
        desks.ponds.open(f"Teich {number}")
    page = desks.of("officer").get("/tasks", scope="all", text="Teich")
    assert "page=2" in page.text
    assert "text=Teich" in page.text
    assert "Seite 2" in desks.of("officer").read("/tasks", scope="all", text="Teich", page=2)


def test_the_list_needs_few_statements_whatever_its_length(desks: Desks) -> None:
    officer = desks.of("officer")
    desks.ponds.submitted()
    with counting(desks.ponds.sessions) as one:
        officer.read("/tasks", scope="roles")
    desks.ponds.submitted()
    desks.ponds.submitted()
    with counting(desks.ponds.sessions) as three:
        officer.read("/tasks", scope="roles")
    assert len(three) == len(one) <= 12


def test_claiming_and_giving_back_leads_back_to_the_list(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    officer = desks.of("officer")
    answer = officer.post(f"/tasks/{task.id}/claim", next="/tasks?scope=roles")
    assert answer.headers["location"] == "/tasks?scope=roles"
    assert "Sie haben die Aufgabe übernommen." in officer.follow(answer)
    assert desks.ponds.tasks(case.id)["check"].assignee_id == desks.ponds.who("officer").account_id
    assert "wieder frei" in officer.follow(officer.post(f"/tasks/{task.id}/release", next="/tasks"))
    assert desks.ponds.tasks(case.id)["check"].assignee_id is None


def test_a_foreign_address_to_return_to_is_ignored(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    officer = desks.of("officer")
    answer = officer.post(f"/tasks/{task.id}/claim", next="https://example.org/")
    assert answer.headers["location"] == "/"


def test_several_tasks_are_claimed_at_once(desks: Desks) -> None:
    cases = [desks.ponds.submitted(), desks.ponds.submitted()]
    chosen = [str(desks.ponds.tasks(case.id)["check"].id) for case in cases]
    officer = desks.of("officer")
    page = officer.follow(officer.post("/tasks/claim", task=chosen))
    assert "Sie haben 2 Aufgaben übernommen." in page
    assert "Bitte wählen Sie mindestens eine Aufgabe aus." in officer.follow(
        officer.post("/tasks/claim")
    )


def test_what_cannot_be_claimed_is_said_and_the_rest_is_claimed(desks: Desks) -> None:
    mine, taken = desks.ponds.submitted(), desks.ponds.submitted()
    tasks = [desks.ponds.tasks(case.id)["check"] for case in (mine, taken)]
    colleague, officer = desks.of("colleague"), desks.of("officer")
    colleague.post(f"/tasks/{tasks[1].id}/claim")
    page = officer.follow(officer.post("/tasks/claim", task=[str(task.id) for task in tasks]))
    assert "Eine Aufgabe konnte nicht übernommen werden" in page
    holder = desks.ponds.tasks(mine.id)["check"].assignee_id
    assert holder == desks.ponds.who("officer").account_id


def test_a_task_is_handed_over_to_a_colleague(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    officer, colleague = desks.of("officer"), desks.ponds.who("colleague")
    assert "Colleague" in officer.read(f"/tasks/{task.id}")
    page = officer.follow(officer.post(f"/tasks/{task.id}/hand-over", to=""))
    assert "Bitte wählen Sie aus, wer die Aufgabe bekommen soll." in page
    page = officer.follow(officer.post(f"/tasks/{task.id}/hand-over", to=str(colleague.account_id)))
    assert "Die Aufgabe ist übergeben." in page
    assert "Diese Aufgabe liegt bei Colleague." in officer.read(f"/tasks/{task.id}")


def test_a_task_shows_its_form_beside_the_case(desks: Desks) -> None:
    case = desks.ponds.submitted()
    page = desks.of("officer").read(f"/tasks/{desks.ponds.tasks(case.id)['check'].id}")
    for said in ("verdict", "Froschfreunde", "25.000,00", "Schilf 2", "requested_amount"):
        assert said in page


def test_completing_a_task_moves_the_case_on(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    officer = desks.of("officer")
    page = officer.follow(officer.post(f"/tasks/{task.id}", verdict="good", note="Passt."))
    assert "Die Aufgabe „Check“ ist erledigt." in page
    assert set(desks.ponds.tasks(case.id)) == {"draft_decision"}
    again = officer.read(f"/tasks/{task.id}")
    assert "Diese Aufgabe hat Officer am 1. Februar 2027" in again
    assert "Passt." in again


def test_wrong_answers_show_the_form_again_with_what_was_typed(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    answer = desks.of("officer").post(f"/tasks/{task.id}", note="Fast fertig")
    assert answer.status_code == 422
    assert "Fast fertig" in answer.text
    assert "Bitte wählen Sie etwas aus." in words(answer)
    assert set(desks.ponds.tasks(case.id)) == {"check"}


def test_saving_keeps_a_draft_and_the_task_open(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    officer = desks.of("officer")
    answer = officer.post(f"/tasks/{task.id}", note="Später mehr", _action="save")
    assert answer.headers["location"].startswith(f"/tasks/{task.id}")
    assert "Später mehr" in officer.get(f"/tasks/{task.id}").text
    assert set(desks.ponds.tasks(case.id)) == {"check"}


def test_a_stale_page_says_who_was_faster_and_when(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    desks.of("officer").post(f"/tasks/{task.id}", verdict="good")
    answer = desks.of("colleague").post(f"/tasks/{task.id}", verdict="bad")
    assert answer.status_code == 409
    assert "Diese Aufgabe hat Officer am 1. Februar 2027, 10:00 Uhr erledigt." in words(answer)
    assert "nicht gespeichert" in words(answer)


def test_a_dropped_task_says_so(desks: Desks, clock: Clock) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    desks.ponds.do("applicant", cases.withdraw, case.id)
    assert "entfallen" in desks.of("officer").read(f"/tasks/{task.id}")


def test_four_eyes_are_explained_before_anybody_tries(desks: Desks) -> None:
    case = desks.ponds.submitted()
    desks.ponds.complete("head", case, "check", verdict="good")
    desks.ponds.complete("head", case, "draft_decision", **DECISION)
    task = desks.ponds.tasks(case.id)["approve"]
    page = desks.of("head").read(f"/tasks/{task.id}")
    assert "Vier-Augen-Prinzip" in page
    assert "Abschließen" not in page
    assert desks.of("head").post(f"/tasks/{task.id}").status_code == 403


def test_a_task_without_a_form_is_a_button_beside_the_letter(desks: Desks) -> None:
    case = desks.ponds.drafted()
    task = desks.ponds.tasks(case.id)["approve"]
    head = desks.of("head")
    page = head.get(f"/tasks/{task.id}")
    assert "Für diese Aufgabe ist nichts auszufüllen." in words(page)
    assert f"/letters/{desks.ponds.letters(case)[-1].id}/preview" in page.text
    revision = re.search(r'name="_letter" value="(\w+)"', page.text)
    assert revision is not None
    assert "erledigt" in head.follow(head.post(f"/tasks/{task.id}", _letter=revision[1]))


def sending_back() -> Package:
    """Whoever orders may give the look back to the officer, with a note."""
    diagram = process(
        "payment",
        {"Antrag": "ask", "Amt": "look", "Leitung": "verdict"},
        start(),
        task("ask"),
        task("look", form="check"),
        task("verdict", not_by="look"),
        choice("fine", "fine__look"),
        end(),
        flow="""
            begin > ask > look > verdict > fine
            fine > finish : again = "no"
            fine > look
        """,
    )
    asked = form("verdict", choices("again", "yes", "no"), field("textarea", "note"))
    files = package(payment=diagram).files
    return Package({**files, "forms/verdict.form": asked})


def test_why_a_task_came_back_stands_open_above_its_form(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    ponds = build(sessions, test_settings, sending_back())
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="500")
    with open_desks(ponds) as desks:
        officer = desks.of("officer")
        first = officer.get(f"/tasks/{ponds.tasks(case.id)['look'].id}").text
        assert '<details class="gf-details" open>' not in first
        ponds.complete("officer", case, "look", verdict="good")
        ponds.complete("head", case, "verdict", again="yes", note="Der Beleg ist unleserlich.")
        page = officer.get(f"/tasks/{ponds.tasks(case.id)['look'].id}").text
        reason, work = page.index("Der Beleg ist unleserlich."), page.index('id="task-form"')
        assert page.index('<details class="gf-details" open>') < reason < work


def test_what_cannot_be_done_now_says_why_above_its_form_and_keeps_what_was_typed(
    desks: Desks,
) -> None:
    ponds = desks.ponds
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="500")
    ponds.complete("officer", case, "look")
    order = ponds.tasks(case.id)["order"]
    page = desks.of("head").post(f"/tasks/{order.id}", payment_approval="approve")
    assert page.status_code == 409
    assert "Das geht zurzeit nicht" in words(page)
    assert "Es kann noch nicht ausgezahlt werden" in words(page)
    assert "Schon erledigt" not in words(page)
    assert re.search(r'value="approve"[^>]*checked', page.text)
    assert "order" in ponds.tasks(case.id)


def test_the_applicants_task_can_be_seen_but_not_done(desks: Desks) -> None:
    case = desks.ponds.open()
    page = desks.of("officer").read(f"/tasks/{desks.ponds.tasks(case.id)['submit'].id}")
    assert "liegt bei den Antragstellenden" in page


def test_other_authorities_know_nothing_of_a_task(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    assert desks.of("foreign").get(f"/tasks/{task.id}").status_code == 404
    assert desks.of("foreign").post(f"/tasks/{task.id}", verdict="good").status_code == 404
    assert "nichts offen" in desks.of("foreign").read("/tasks", scope="all")


def test_claiming_what_is_done_tells_who_did_it_and_when(desks: Desks) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    desks.ponds.complete("officer", case, "check", verdict="good")
    answer = desks.of("colleague").post(f"/tasks/{task.id}/claim")
    assert answer.status_code == 409
    assert "Officer hat diese Aufgabe schon erledigt (1. Februar 2027, 10:00 Uhr)." in words(answer)

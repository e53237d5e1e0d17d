"""The case file of staff: list, sections, letters, diagram."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from tests.integration.desk import Desks, words

from grantflow.services import cases, documents, ledger, messages, tasks
from grantflow.services.ledger import Position
from grantflow.services.policy import SYSTEM
from grantflow.store.deadlines import list_deadlines
from grantflow.store.tables import Case
from grantflow.texts import text
from grantflow.web.formats import day

SECTIONS = (
    "",
    "/timeline",
    "/forms",
    "/documents",
    "/letters",
    "/deadlines",
    "/payments",
    "/computations",
    "/messages",
    "/diagram",
)
Clock = Callable[[str], None]
PDF = b"%PDF-1.7\n" + b"0" * 200


def test_cases_are_listed_and_filtered(desks: Desks) -> None:
    desks.ponds.submitted()
    officer = desks.of("officer")
    page = officer.read("/cases")
    for said in ("POND-2027-00001", "Froschteich", "25.000,00", "Eingereicht", "1 Vorgang"):
        assert said in page
    assert "Froschteich" in officer.read("/cases", text="POND-2027", status="SUBMITTED")
    assert "Kein Treffer" in officer.read("/cases", status="CLOSED")
    assert officer.get("/cases", stage="notice").status_code == 422
    assert "noch keinen Vorgang" in desks.of("foreign").read("/cases")


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_section_shows_of_a_new_and_of_an_old_case(desks: Desks, language: str) -> None:
    for case in (desks.ponds.open("Neuer Teich"), desks.ponds.granted()):
        for section in SECTIONS:
            page = desks.of("officer", language).read(f"/cases/{case.id}{section}")
            assert case.reference in page, section
            raw = re.findall(r"\b(?:case|caseworker|events|status|roles)\.[a-z_]+", page)
            assert raw == [], section


def test_nobody_else_sees_a_section(desks: Desks) -> None:
    case = desks.ponds.submitted()
    strangers = {"foreign": 404, "panel": 403, "applicant": 403, "manager": 404}
    for section in SECTIONS:
        path = f"/cases/{case.id}{section}"
        for who, status in strangers.items():
            assert desks.of(who).get(path).status_code == status, (who, section)
        assert desks.nobody().get(path).headers["location"].startswith("/sign-in")
        assert desks.of("officer").get(f"/cases/{uuid4()}{section}").status_code == 404


def test_the_overview_names_tasks_decisions_and_deadlines(desks: Desks) -> None:
    case = desks.ponds.granted()
    page = desks.of("officer").read(f"/cases/{case.id}")
    for said in ("bewilligt", "20.000,00", "Officer", "Head", "Laufende Fristen", "Bescheid"):
        assert said in page


def test_a_side_process_is_started_from_the_overview(desks: Desks) -> None:
    case = desks.ponds.submitted()
    officer = desks.of("officer")
    assert "Bewertungen" in officer.read(f"/cases/{case.id}")
    page = officer.follow(officer.post(f"/cases/{case.id}/processes", process="opinions"))
    assert "Der Schritt ist begonnen." in page
    assert "choose" in desks.ponds.tasks(case.id)
    again = officer.post(f"/cases/{case.id}/processes", process="opinions")
    assert again.status_code == 409
    assert officer.post(f"/cases/{case.id}/processes", process="nothing").status_code == 404


def test_the_timeline_tells_what_happened_newest_first(desks: Desks) -> None:
    case = desks.ponds.granted()
    officer = desks.of("officer")
    page = officer.read(f"/cases/{case.id}/timeline")
    assert page.index("Schreiben versandt: Bescheid") < page.index("Erledigt: Submit")
    assert "für Antragstellende sichtbar" in page
    letters = officer.read(f"/cases/{case.id}/timeline", kind="letters")
    assert "Schreiben versandt" in letters
    assert "Erledigt:" not in letters
    steps = officer.read(f"/cases/{case.id}/timeline", kind="engine")
    assert "Submit → " in steps


def test_answers_show_their_revisions_and_what_changed(desks: Desks) -> None:
    case = desks.ponds.submitted()
    officer = desks.of("officer")
    desks.ponds.complete("officer", case, "check", verdict="good", note="alt")
    page = officer.read(f"/cases/{case.id}/forms")
    assert "Fassung 1 · von Frieda" in page
    assert "25.000,00" in page
    missing = officer.get(f"/cases/{case.id}/forms/changes", form="submit", revision=2)
    assert missing.status_code == 404


def test_each_request_is_listed_on_its_own_with_its_process_and_day(
    desks: Desks, clock: Clock
) -> None:
    case = _paid_twice(desks, clock)
    page = desks.of("officer").read(f"/cases/{case.id}/forms")
    assert "5.000,00" in page
    assert "7.000,00" in page
    assert page.count("Payment Fassung") == 2 * 2  # asked and ordered
    shown = desks.of("applicant").get(f"/my/cases/{case.id}")
    links = re.findall(r'href="(/my/cases/[^"]+/forms/ask[^"]*)"', shown.text)
    assert [link.partition("?")[2] for link in links] == ["revision=1", "revision=2"]
    assert "5.000,00" in desks.of("applicant").read(links[0])
    assert "7.000,00" in desks.of("applicant").read(links[1])
    assert "7.000,00" in desks.of("applicant").read(f"/my/cases/{case.id}/forms/ask")
    missing = f"/my/cases/{case.id}/forms/ask?revision=9"
    assert desks.of("applicant").get(missing).status_code == 404


def test_two_revisions_are_compared(desks: Desks, clock: Clock) -> None:
    case = _paid_twice(desks, clock)
    officer = desks.of("officer")
    changes = officer.read(f"/cases/{case.id}/forms/changes", form="ask", revision=2)
    assert "5.000,00" in changes
    assert "7.000,00" in changes


def _paid_twice(desks: Desks, clock: Clock) -> Case:
    case = desks.ponds.granted()
    clock("2027-04-10T09:00")  # the remedy period is over
    desks.ponds.run_jobs()
    for amount in ("5000", "7000"):
        desks.ponds.do("applicant", cases.start_side_process, case.id, "payment")
        desks.ponds.complete("applicant", case, "ask", payment_amount=amount)
        desks.ponds.complete("officer", case, "look")
        desks.ponds.complete("head", case, "order", payment_approval="approve")
    return case


def test_payments_are_summed_and_compared_with_the_grant(desks: Desks, clock: Clock) -> None:
    case = _paid_twice(desks, clock)
    page = desks.of("officer").read(f"/cases/{case.id}/payments")
    assert "Summe angeordnet 12.000,00" in page
    assert "Noch nicht angeordnet 8.000,00" in page
    assert "Head" in page


def test_money_that_came_back_counts_as_not_ordered(
    desks: Desks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = _paid_twice(desks, clock)
    with desks.ponds.transaction(SYSTEM) as session:
        session.get_one(Case, case.id).approved = Decimal(9500)  # revoked in part
    monkeypatch.setattr(ledger, "position", lambda *_: Position(returned=Decimal(4000)))
    page = desks.of("officer").read(f"/cases/{case.id}/payments")
    assert "Zurückgezahlt 4.000,00" in page
    assert "Noch nicht angeordnet 1.500,00" in page


def test_files_are_listed_with_their_field_and_can_be_fetched(desks: Desks) -> None:
    case = desks.ponds.open()
    task = desks.ponds.tasks(case.id)["submit"]
    row = desks.ponds.do(
        "applicant", documents.add_document, task.id, "map", "Karte.pdf", PDF, desks.ponds.blobs
    )
    given = {"depth": "3", "requested_amount": "25000", "map": [str(row.id)]}
    desks.ponds.do("applicant", tasks.complete, task.id, given)
    officer = desks.of("officer")
    page = officer.read(f"/cases/{case.id}/documents")
    assert "Karte.pdf submit · map 1 kB" in page
    assert officer.get(f"/documents/{row.id}").content == PDF
    assert desks.of("foreign").get(f"/documents/{row.id}").status_code == 404


def test_a_deadline_explains_itself_with_paragraphs(desks: Desks) -> None:
    case = desks.ponds.granted()
    page = desks.of("officer").read(f"/cases/{case.id}/deadlines")
    assert "So wurde gerechnet" in page
    assert "VwVfG" in page
    assert "läuft" in page


def test_the_end_of_a_remedy_period_is_told_as_the_day_after(desks: Desks) -> None:
    """The last day is prolonged by a reserve; nobody takes it for the last day to object."""
    case = desks.ponds.granted()
    with desks.ponds.reading() as session:
        (remedy,) = list_deadlines(session, case.id)
    day_after = remedy.due_on + timedelta(days=1)
    officer = desks.of("officer")
    page = officer.read(f"/cases/{case.id}/deadlines")
    assert f"Rechtsbehelfsfrist sicher vorbei ab {day(day_after)}" in page
    assert "Letzter Tag" not in page
    assert f"ab {day_after:%d.%m.%Y}" in officer.read(f"/cases/{case.id}")


def test_a_review_is_one_by_its_reviewer(desks: Desks) -> None:
    ponds, case = desks.ponds, desks.ponds.submitted()
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    ponds.complete("officer", case, "choose", reviewers=[str(ponds.who("panel").account_id)])
    task = ponds.tasks(case.id)["opine"]
    ponds.do("panel", tasks.declare_conflict, task.id, conflict=False)
    ponds.do("panel", tasks.complete, task.id, {"points": "7"})
    for language, said in (("de", "Opinion von Panel"), ("en", "Opinion by Panel")):
        page = desks.of("head", language).read(f"/cases/{case.id}/forms")
        assert said.lower() in page.lower()


def test_messages_and_notes_are_kept_apart(desks: Desks) -> None:
    case = desks.ponds.submitted()
    officer = desks.of("officer")
    path = f"/cases/{case.id}/messages"
    assert "Nachricht ist gesendet" in officer.follow(officer.post(path, body="Bitte melden."))
    assert "Vermerk ist gespeichert" in officer.follow(
        officer.post(path, body="Ruft nie zurück.", internal="1")
    )
    page = officer.read(path)
    assert page.index("Bitte melden.") < page.index("Ruft nie zurück.")
    seen = desks.ponds.look("applicant", messages.list_messages, case.id)
    assert [message.body for message in seen] == ["Bitte melden."]


@pytest.mark.parametrize("internal", ["", "1"])
def test_an_empty_message_is_refused_at_its_field(desks: Desks, internal: str) -> None:
    case = desks.ponds.submitted()
    data = {"internal": internal} if internal else {}
    answer = desks.of("officer").post(f"/cases/{case.id}/messages", body="  ", **data)
    assert answer.status_code == 422
    assert words(answer).count("Bitte schreiben Sie einen Text.") == 1


def test_a_draft_is_edited_block_by_block(desks: Desks) -> None:
    case = desks.ponds.drafted()
    draft = desks.ponds.letters(case)[-1]
    officer, path = desks.of("officer"), f"/cases/{case.id}/letters/{draft.id}"
    assert "Einleitung" in officer.read(path)
    given = {"block.opening": "Hiermit bewilligen wir.", "reason": "Wunsch"}
    page = officer.follow(officer.post(path, **given))
    assert "Die Textbausteine sind gespeichert." in page
    assert "geändert" in page
    preview = officer.get(f"{path}/preview")
    assert "Hiermit bewilligen wir." in preview.text
    assert "frame-ancestors 'self'" in preview.headers["content-security-policy"]
    assert "script-src 'self'" in preview.headers["content-security-policy"]


def test_an_approved_letter_cannot_be_edited(desks: Desks) -> None:
    case = desks.ponds.granted()
    letter = desks.ponds.letters(case)[-1]
    officer, path = desks.of("officer"), f"/cases/{case.id}/letters/{letter.id}"
    assert "Textbausteine speichern" not in officer.read(path)
    assert officer.post(path, **{"block.opening": "Zu spät"}).status_code == 409


def test_a_sent_letter_is_fetched_as_it_left(desks: Desks) -> None:
    case = desks.ponds.granted()
    letter = next(sent for sent in desks.ponds.letters(case) if sent.name == "grant_decision")
    answer = desks.of("officer").get(f"/cases/{case.id}/letters/{letter.id}.pdf")
    assert answer.content.startswith(b"%PDF-1.7")
    assert answer.headers["content-type"] == "application/pdf"
    assert f"{case.reference}-grant_decision.pdf" in answer.headers["content-disposition"]
    page = desks.of("officer").read(f"/cases/{case.id}/letters/{letter.id}")
    assert "versandt" in page
    assert "Rechtsbehelfsfrist endet" in page


def test_a_letter_belongs_to_its_case(desks: Desks) -> None:
    letter = desks.ponds.letters(desks.ponds.drafted())[-1]
    other = desks.ponds.submitted()
    officer, path = desks.of("officer"), f"/cases/{other.id}/letters/{letter.id}"
    for address in (path, f"{path}.pdf", f"{path}/preview"):
        assert officer.get(address).status_code == 404
    assert officer.post(path, **{"block.opening": "x"}).status_code == 404


def test_a_letter_without_a_file_yet_is_not_found_as_one(desks: Desks) -> None:
    case = desks.ponds.drafted()
    letter = next(sent for sent in desks.ponds.letters(case) if sent.name == "grant_decision")
    answer = desks.of("officer").get(f"/cases/{case.id}/letters/{letter.id}.pdf")
    assert answer.status_code == 404


def test_the_diagram_tells_where_the_case_stands(desks: Desks) -> None:
    case = desks.ponds.submitted()
    officer = desks.of("officer")
    page = officer.get(f"/cases/{case.id}/diagram")
    said = words(page)
    assert "Hier steht der Vorgang" in said
    assert "Check" in said
    src = page.text.split('data-src="')[1].split('"')[0]
    data = officer.get(src).json()
    assert data["open"] == ["check"]
    assert data["passed"][:2] == ["begin", "submit"]
    assert "<process" in data["xml"]
    assert "Application" in said
    assert "Lifecycle" in said


def test_every_process_of_a_case_can_be_chosen(desks: Desks) -> None:
    case = desks.ponds.submitted()
    officer = desks.of("officer")
    page = officer.get(f"/cases/{case.id}/diagram").text
    options = [part.split('"')[0] for part in page.split('<option value="')[1:]]
    assert len(options) == 2
    lifecycle = officer.get(f"/cases/{case.id}/diagram/{options[0]}.json").json()
    assert 'id="withdrawn"' in lifecycle["xml"]
    assert lifecycle["open"] == ["run_application"]
    chosen = officer.read(f"/cases/{case.id}/diagram", instance=options[0])
    assert "Run application" in chosen
    foreign = desks.ponds.submitted()
    for path in (f"/diagram/{options[0]}.json", f"/diagram?instance={options[0]}"):
        assert officer.get(f"/cases/{foreign.id}{path}").status_code == 404


@pytest.mark.parametrize(
    ("language", "step", "lane"), [("de", "Mark submitted", "Amt"), ("en", "mark_submitted", "")]
)
def test_a_diagram_speaks_the_language_of_its_reader(
    desks: Desks, language: str, step: str, lane: str
) -> None:
    case = desks.ponds.submitted()
    officer = desks.of("officer", language)
    page = officer.get(f"/cases/{case.id}/diagram").text
    application = [part.split('"')[0] for part in page.split('<option value="')[1:]][1]
    drawn = officer.get(f"/cases/{case.id}/diagram/{application}.json").json()["xml"]
    assert f'id="mark_submitted" name="{step}"' in drawn
    assert f'name="{lane or text("roles.CASE_OFFICER", "en")}"' in drawn


def test_what_was_dropped_is_marked_in_the_diagram(desks: Desks) -> None:
    case = desks.ponds.submitted()
    desks.ponds.do("applicant", cases.withdraw, case.id)
    officer = desks.of("officer")
    page = officer.get(f"/cases/{case.id}/diagram").text
    options = [part.split('"')[0] for part in page.split('<option value="')[1:]]
    data = officer.get(f"/cases/{case.id}/diagram/{options[1]}.json").json()
    assert data["cancelled"] == ["check"]
    assert data["open"] == []

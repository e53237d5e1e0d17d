"""Reviews of panel members, decisions of heads of unit, the print queue."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from tests.integration.desk import Desks, words
from tests.integration.ponds import DECISION

from grantflow.errors import Invalid
from grantflow.services import cases, dispatches
from grantflow.services.policy import SYSTEM
from grantflow.store.tables import Case, Letter, Task
from grantflow.web.overview import COUNTERSIGNERS

Clock = Callable[[str], None]


@pytest.fixture
def reviewed(desks: Desks) -> Case:
    """A case that both panel members are asked to review."""
    ponds = desks.ponds
    case = ponds.submitted()
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    panel = [str(ponds.who(name).account_id) for name in ("panel", "panel_two")]
    ponds.complete("officer", case, "choose", reviewers=panel)
    return case


def review_of(desks: Desks, name: str) -> Task:
    with desks.ponds.reading() as session:
        query = select(Task).filter_by(
            element_id="opine", assignee_id=desks.ponds.who(name).account_id
        )
        return session.execute(query).scalar_one()


def test_a_panel_member_finds_their_review_and_declares_first(desks: Desks, reviewed: Case) -> None:
    panel = desks.of("panel")
    page = panel.read("/reviews")
    assert "Froschteich" in page
    assert "zuerst Erklärung" in page
    path = f"/reviews/{review_of(desks, 'panel').id}"
    assert "Erklärung zu möglichen Interessenkonflikten" in panel.read(path)
    assert panel.post(path, points="5").status_code == 403
    answer = panel.post(f"{path}/declaration", conflict="no")
    assert "points" in panel.follow(answer)
    assert "Danke, Ihre Bewertung ist abgegeben." in panel.follow(
        panel.post(path, points="4", words="Tief genug.")
    )
    assert "Sie haben noch keine Bewertung abgegeben." not in panel.read("/reviews")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Bitte wählen Sie eine der beiden Erklärungen aus."),
        ({"conflict": "perhaps"}, "Bitte wählen Sie eine der beiden Erklärungen aus."),
        ({"conflict": "yes", "reason": " "}, "Bitte nennen Sie den Grund."),
    ],
)
def test_a_declaration_must_be_complete(
    desks: Desks, reviewed: Case, data: dict[str, str], said: str
) -> None:
    path = f"/reviews/{review_of(desks, 'panel').id}/declaration"
    answer = desks.of("panel").post(path, **data)
    assert answer.status_code == 422
    assert said in words(answer)


def test_a_conflict_ends_the_review_and_closes_the_case(desks: Desks, reviewed: Case) -> None:
    panel = desks.of("panel")
    path = f"/reviews/{review_of(desks, 'panel').id}"
    answer = panel.post(f"{path}/declaration", conflict="yes", reason="Nachbar")
    assert "Sie sind von diesem Vorgang ausgeschlossen." in panel.follow(answer)
    assert panel.get(path).status_code == 403
    assert "Interessenkonflikt" in desks.of("officer").read(f"/cases/{reviewed.id}")


def _give(desks: Desks, name: str, **answers: Any) -> str:
    path = f"/reviews/{review_of(desks, name).id}"
    desks.of(name).post(f"{path}/declaration", conflict="no")
    desks.of(name).post(path, **answers)
    return path


def test_nobody_sees_the_others_review_before_giving_their_own(
    desks: Desks, reviewed: Case
) -> None:
    _give(desks, "panel_two", points="1", words="Viel zu flach.")
    panel = desks.of("panel")
    path = f"/reviews/{review_of(desks, 'panel').id}"
    panel.post(f"{path}/declaration", conflict="no")
    assert "Viel zu flach." not in panel.get(path).text
    assert "sobald Sie Ihre eigene abgegeben haben" in panel.read(path)
    panel.post(path, points="5", words="Schön.")
    after = panel.read(path)
    assert "Viel zu flach." in after
    assert "Schön." in after


def test_a_review_of_somebody_else_is_not_found(desks: Desks, reviewed: Case) -> None:
    path = f"/reviews/{review_of(desks, 'panel_two').id}"
    assert desks.of("panel").get(path).status_code == 404


def test_officers_see_the_reviews_in_the_file(desks: Desks, reviewed: Case) -> None:
    _give(desks, "panel", points="3", words="Geht so.")
    page = desks.of("officer").read(f"/cases/{reviewed.id}/forms")
    assert "Geht so." in page
    assert "von Panel" in page


@pytest.mark.parametrize("path", ["/reviews", "/decisions", "/printing", "/ops"])
def test_a_list_is_for_its_roles_only(desks: Desks, path: str) -> None:
    assert desks.of("manager").get(path).status_code == 403
    assert desks.of("applicant").get(path).status_code == 403


def test_the_head_finds_what_others_prepared(desks: Desks) -> None:
    case = desks.ponds.drafted()
    head = desks.of("head")
    page = head.read("/decisions")
    for said in ("Approve", case.reference, "Vorbereitet von: Officer", "25.000,00"):
        assert said in page
    task = desks.ponds.tasks(case.id)["approve"]
    shown = head.get(f"/decisions/{task.id}")
    assert f"/letters/{desks.ponds.letters(case)[-1].id}/preview" in shown.text
    revision = re.search(r'name="_letter" value="(\w+)"', shown.text)
    assert revision is not None
    done = head.post(f"/decisions/{task.id}", _letter=revision[1])
    assert done.headers["location"] == "/decisions"
    assert "nichts zur Mitzeichnung" in head.follow(done)


def test_the_head_does_not_find_what_they_prepared_themselves(desks: Desks) -> None:
    case = desks.ponds.submitted()
    desks.ponds.complete("head", case, "check", verdict="good")
    desks.ponds.complete("head", case, "draft_decision", **DECISION)
    assert "nichts zur Mitzeichnung" in desks.of("head").read("/decisions")


def test_countersigners_are_known_roles() -> None:
    assert "HEAD_OF_UNIT" in COUNTERSIGNERS


@pytest.fixture
def printed(desks: Desks) -> Letter:
    """A letter that waits in the print queue."""
    case = desks.ponds.submitted()
    letter = desks.ponds.letters(case)[-1]
    with desks.ponds.transaction(SYSTEM) as session:
        session.get_one(Letter, letter.id).channel = "post"
    desks.ponds.run_jobs()
    return letter


def test_the_queue_is_printed_and_marked(desks: Desks, printed: Letter, clock: Clock) -> None:
    clock("2027-02-03T09:00")
    registry = desks.of("registry")
    assert "Eingangsbestätigung" in registry.read("/printing")
    for query in ({}, {"letter": str(printed.id)}):
        answer = registry.get("/printing.pdf", **query)
        assert answer.content.startswith(b"%PDF")
    data = {"letter": str(printed.id), "posted_on": "2027-02-02"}
    page = registry.follow(registry.post("/printing", **data))
    assert "Ein Schreiben ist als aufgegeben vermerkt." in page
    assert "02.02.2027" in page
    assert "Es ist nichts zu drucken." in page
    assert "nichts zum Drucken bereit" in registry.follow(registry.get("/printing.pdf"))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2027-02-02", "kann nicht in der Zukunft liegen"),
        ("yesterday", "gültiges Datum"),
        ("", "gültiges Datum"),
    ],
)
def test_the_day_of_posting_must_be_a_day_that_has_come(
    desks: Desks, printed: Letter, day: str, said: str
) -> None:
    answer = desks.of("registry").post("/printing", letter=str(printed.id), posted_on=day)
    assert answer.status_code == 422
    assert said in words(answer)


def test_marking_nothing_is_refused(desks: Desks, printed: Letter) -> None:
    answer = desks.of("registry").post("/printing", posted_on="2027-02-01")
    assert answer.status_code == 422
    assert "mindestens ein Schreiben" in words(answer)


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", "nicht vor der Freigabe des Schreibens (1. Februar 2027)"), ("en", "cannot be before")],
)
def test_a_letter_is_not_posted_before_it_was_approved(
    desks: Desks, printed: Letter, language: str, said: str
) -> None:
    registry = desks.of("registry", language)
    answer = registry.post("/printing", letter=str(printed.id), posted_on="2027-01-31")
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="2027-01-31"' in answer.text
    with pytest.raises(Invalid) as refused:
        desks.ponds.do(
            "registry", dispatches.mark_printed, [printed.id], posted_on=date(2027, 1, 31)
        )
    assert [p.key for p in refused.value.problems] == ["services.dispatches.before_approval"]
    assert desks.ponds.letters(desks.ponds.case(printed.case_id))[-1].state == "rendered"


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Es ist nichts vermerkt."), ("en", "Nothing has been recorded.")]
)
def test_marking_what_has_left_already_is_no_success(
    desks: Desks, printed: Letter, language: str, said: str
) -> None:
    registry = desks.of("registry", language)
    data = {"letter": str(printed.id), "posted_on": "2027-02-01"}
    assert registry.post("/printing", **data).status_code == 303
    answer = registry.post("/printing", **data)
    assert answer.status_code == 422
    assert said in words(answer)

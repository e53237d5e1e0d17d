"""The form of a task on a page: drafts, rows, files, live sums."""

from __future__ import annotations

import json
from typing import Any

import pytest
from httpx import Response
from tests.integration.desk import Desk, Desks, open_desks, words
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import package
from tests.unit.forms.schemas import choice, group, money, rows, text, total

from grantflow.errors import Invalid
from grantflow.programmes.package import Package
from grantflow.services.tasks import task_view
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.web import security

PLAN = rows(
    "plan",
    text("what", validate={"required": True}),
    money("price"),
    total("double", "=price * 2"),
    {"type": "filepicker", "key": "offer", "label": "Angebot", "accept": ".pdf"},
    properties={"max_rows": 3},
)
SCHEMA = {
    "type": "default",
    "title": "Antrag",
    "components": [
        {"type": "text", "text": "## Bitte\n\n**Alles** ausfüllen."},
        {"type": "number", "key": "depth", "label": "Tiefe", "properties": {"routing": "true"}},
        money("requested_amount", properties={"routing": "true"}),
        choice("kind", "pond", "lake", kind="radio"),
        choice("frogs", "green", "brown", kind="checklist"),
        choice("water", "clear", "muddy", kind="radio", readonly=True,
               properties={"prefill": "=\"clear\""}),
        text("why", conditional={"hide": '=kind = "pond"'}),
        {"type": "textarea", "key": "story", "label": "Geschichte", "description": "Kurz"},
        {"type": "datetime", "key": "from", "label": "Beginn"},
        {
            "type": "checkbox",
            "key": "honest",
            "label": "Ich bin ehrlich.",
            "validate": {"required": True},
        },
        group(PLAN, label="Plan", showOutline=True),
        total(
            "sum",
            "=sum(plan.price)",
            properties={"check": "=sum <= 900000", "check_message": "Der Teich ist zu teuer."},
        ),
        {"type": "filepicker", "key": "map", "label": "Karte", "multiple": True},
        {"type": "separator"},
    ],
}  # fmt: skip
PDF = ("karte.pdf", b"%PDF-1.4 karte", "application/pdf")


@pytest.fixture
def desks(sessions: Sessions, test_settings: Settings, clock: Any) -> Any:
    """The small programme with a longer form to apply."""
    clock("2027-02-01T09:00")
    given = package()
    longer = {"forms/submit.form": json.dumps(SCHEMA).encode()}
    content = Package({**given.files, **longer})
    with open_desks(build(sessions, test_settings, content)) as found:
        yield found


@pytest.fixture
def desk(desks: Desks) -> Desk:
    return desks.of("applicant")


@pytest.fixture
def task(desks: Desks) -> str:
    case = desks.ponds.open()
    return str(desks.ponds.tasks(case.id)["submit"].id)


def upload(
    desk: Desk, task: str, place: str, file: tuple[str, bytes, str], **data: str
) -> Response:
    return desk.client.post(
        f"/my/tasks/{task}",
        data={"_csrf": desk.csrf, "_action": f"upload:{place}", **data},
        files={f"_file:{place}": file},
    )


def draft(ponds: Ponds, task: str) -> dict[str, Any]:
    view = ponds.look("applicant", task_view, task)
    return dict(view.answers)


def test_what_is_for_reading_only_still_stands_there_after_a_refusal(desk: Desk, task: str) -> None:
    address = f"/my/tasks/{task}"
    for page in (desk.get(address), desk.post(address, _action="check", story="Lang")):
        assert "Clear" in words(page)


def test_every_field_has_a_label_and_a_hint_that_is_read_out(desk: Desk, task: str) -> None:
    page = desk.get(f"/my/tasks/{task}").text
    for place in ("depth", "requested_amount", "story", "from", "plan.0.what"):
        assert f'for="f-{place.replace(".", "-")}"' in page
    assert 'aria-describedby="f-story-hint"' in page
    assert "<strong>Alles</strong>" in page
    assert 'enctype="multipart/form-data"' in page
    assert 'data-draft="/tasks/' in page


def test_a_broken_rule_is_said_at_its_field_and_in_the_summary(desk: Desk, task: str) -> None:
    row = {"plan": "", "plan.0.what": "Kies", "plan.0.price": "900000,01"}
    answer = desk.post(f"/my/tasks/{task}", _action="check", **row)
    assert answer.status_code == 422
    assert 'href="#f-sum"' in answer.text
    assert 'id="f-sum-error"' in answer.text
    assert words(answer).count("Der Teich ist zu teuer.") == 2


def test_typing_is_kept_and_sums_come_back(desk: Desk, desks: Desks, task: str) -> None:
    answer = desk.post(
        f"/tasks/{task}/draft",
        **{"plan": "", "plan.0.what": "Kies", "plan.0.price": "1.234,50", "depth": "tief"},
    )
    assert answer.status_code == 200
    assert "Entwurf gespeichert 10:00" in words(answer)
    assert "1.234,50" in words(answer)
    assert "2.469,00" in words(answer)
    assert 'id="f-sum-box"' in answer.text
    assert 'id="f-depth-box"' not in answer.text
    assert draft(desks.ponds, task)["depth"] == "tief"
    assert 'value="tief"' in desk.get(f"/my/tasks/{task}").text


def test_a_field_vanishes_and_appears_with_its_condition(desk: Desk, task: str) -> None:
    hidden = desk.post(f"/tasks/{task}/draft", kind="pond").text
    assert 'id="f-why-box" data-live="visibility" hidden' in hidden
    shown = desk.post(f"/tasks/{task}/draft", kind="lake").text
    assert 'name="why"' in shown


def test_a_draft_needs_the_token_also_from_a_script(desk: Desk, task: str) -> None:
    path = f"/tasks/{task}/draft"
    assert desk.client.post(path, data={"depth": "1"}).status_code == 403
    header = {"X-CSRF-Token": desk.csrf}
    assert desk.client.post(path, data={"depth": "1"}, headers=header).status_code == 200


def test_a_script_whose_session_ended_is_told_where_to_sign_in(desks: Desks, task: str) -> None:
    client = desks.nobody()
    client.get("/sign-in")
    token = security.visitor_csrf(client.cookies[security.VISITOR_COOKIE])
    answer = client.post(
        f"/tasks/{task}/draft",
        headers={
            "HX-Request": "true",
            "X-CSRF-Token": token,
            "Referer": "http://testserver/my/tasks/1",
        },
    )
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/sign-in?next=%2Fmy%2Ftasks%2F1"


def test_rows_are_added_and_removed_without_a_script(desk: Desk, desks: Desks, task: str) -> None:
    path = f"/my/tasks/{task}"
    data = {"plan": "", "plan.0.what": "Kies", "plan.0.price": "5", "depth": "3"}
    answer = desk.post(path, _action="add:plan", **data)
    assert answer.headers["location"] == f"{path}?row=plan.1#f-plan"
    page = desk.get(answer.headers["location"])
    assert 'name="plan.1.what"' in page.text
    assert page.text.count("autofocus") == 1
    assert 'value="Kies"' in page.text
    data |= {"plan.1.what": "Sand"}
    answer = desk.post(path, _action="remove:plan.0", **data)
    assert answer.headers["location"] == f"{path}?list=plan#f-plan"
    page = desk.get(answer.headers["location"])
    assert 'value="add:plan" formnovalidate autofocus' in page.text
    assert page.text.count("autofocus") == 1
    kept = draft(desks.ponds, task)
    assert [row["what"] for row in kept["plan"]] == ["Sand"]
    assert kept["depth"] == "3"


def test_there_are_never_more_rows_than_allowed(desk: Desk, desks: Desks, task: str) -> None:
    for _ in range(5):
        rows_now = draft(desks.ponds, task)["plan"]
        data = {f"plan.{n}.what": "x" for n in range(len(rows_now))}
        desk.post(f"/my/tasks/{task}", _action="add:plan", **data)
    assert len(draft(desks.ponds, task)["plan"]) == 3


@pytest.mark.parametrize(
    "action",
    ["add:depth", "add:nothing", "add:plan.9.x", "remove:plan.9", "remove:plan.x", "unfile:map:x",
     "unfile:plan.7.offer:1"],
)  # fmt: skip
def test_a_button_for_something_that_is_not_there_finds_nothing(
    desk: Desk, task: str, action: str
) -> None:
    assert desk.post(f"/my/tasks/{task}", _action=action, depth="3").status_code == 404


def test_a_file_is_handed_in_kept_shown_and_taken_back(desk: Desk, desks: Desks, task: str) -> None:
    answer = upload(desk, task, "map", PDF, depth="3")
    assert "Die Datei wurde hochgeladen." in desk.follow(answer)
    kept = draft(desks.ponds, task)
    assert kept["depth"] == "3"
    (document,) = kept["map"]
    page = desk.get(f"/my/tasks/{task}").text
    assert "karte.pdf" in page
    file = desk.get(f"/documents/{document}")
    assert file.content == PDF[1]
    assert file.headers["content-disposition"].startswith("attachment;")
    gone = desk.post(f"/my/tasks/{task}", _action=f"unfile:map:{document}", map=document)
    assert "Die Datei wurde entfernt." in desk.follow(gone)
    assert draft(desks.ponds, task)["map"] == []


def test_a_file_in_a_row_stays_with_its_row(desk: Desk, desks: Desks, task: str) -> None:
    data = {"plan": "", "plan.0.what": "Kies", "plan.1.what": "Sand"}
    upload(desk, task, "plan.1.offer", ("angebot.pdf", b"%PDF-1.4 a", "application/pdf"), **data)
    (document,) = draft(desks.ponds, task)["plan"][1]["offer"]
    desk.post(f"/my/tasks/{task}", _action="remove:plan.0", **data, **{"plan.1.offer": document})
    (row,) = draft(desks.ponds, task)["plan"]
    assert (row["what"], row["offer"]) == ("Sand", [document])


def test_a_file_that_lies_about_its_kind_is_refused_and_the_rest_is_kept(
    desk: Desk, desks: Desks, task: str
) -> None:
    answer = upload(desk, task, "map", ("karte.pdf", b"MZ\x90\x00", "application/pdf"), depth="7")
    page = desk.follow(answer)
    assert "karte.pdf" in page
    assert "PDF" in page
    kept = draft(desks.ponds, task)
    assert kept["depth"] == "7"
    assert not kept.get("map")


def test_a_button_without_a_file_says_so(desk: Desk, task: str) -> None:
    answer = desk.post(f"/my/tasks/{task}", _action="upload:map", depth="3")
    assert "noch keine Datei ausgewählt" in desk.follow(answer)


def test_a_document_of_somebody_else_cannot_be_claimed(desk: Desk, desks: Desks, task: str) -> None:
    upload(desk, task, "map", PDF)
    (document,) = draft(desks.ponds, task)["map"]
    other = desks.ponds.open("Anderer Teich")
    second = desks.ponds.tasks(other.id)["submit"].id
    answer = desk.post(f"/my/tasks/{second}", _action="check", depth="3", map=document)
    assert answer.status_code == 422
    assert "Eine Datei wurde nicht gefunden." in words(answer)


def test_the_summary_has_one_sign_between_label_and_message(desk: Desk, task: str) -> None:
    said = words(desk.post(f"/my/tasks/{task}", _action="check", depth="x"))
    assert ".:" not in said
    assert "Ich bin ehrlich. Bitte setzen Sie hier ein Häkchen" in said
    assert "Tiefe : " in said or "Tiefe: " in said


def test_the_whole_form_is_read_again_as_answers(desk: Desk, desks: Desks, task: str) -> None:
    upload(desk, task, "map", PDF)
    (document,) = draft(desks.ponds, task)["map"]
    data = {
        "depth": "3", "requested_amount": "1.000,00", "kind": "lake", "frogs": "green",
        "why": "Darum", "story": "Es war\neinmal", "from": "2027-05-01", "honest": "true",
        "plan": "", "plan.0.what": "Kies", "plan.0.price": "400", "plan.1.what": "",
        "map": document,
    }  # fmt: skip
    assert desk.post(f"/my/tasks/{task}", _action="check", **data).status_code == 303
    page = desk.read(f"/my/tasks/{task}/check")
    for said in (
        "1.000,00",
        "Lake",
        "Green",
        "Darum",
        "1. Mai 2027",
        "Ja",
        "Kies",
        "400,00",
        "karte.pdf",
    ):
        assert said in page
    english = desks.of("applicant", "en").read(f"/my/tasks/{task}/check")
    assert "1,000.00" in english
    assert "1 May 2027" in english


def test_a_hearing_by_a_day_that_is_over_is_refused_at_its_field(
    sessions: Sessions, test_settings: Settings, clock: Any
) -> None:
    clock("2027-02-01T09:00")
    given = package()
    day = {"type": "datetime", "key": "respond_until", "subtype": "date", "label": "Bis"}
    asked = json.dumps({**SCHEMA, "components": [day]}).encode()
    content = Package({**given.files, "forms/submit.form": asked})
    ponds = build(sessions, test_settings, content)
    case = ponds.open()
    for until, key in (("2026-11-05", "too_early"), ("2027-02-14", "free_day")):
        with pytest.raises(Invalid) as refused:
            ponds.complete("applicant", case, "submit", respond_until=until)
        (problem,) = refused.value.problems
        assert (problem.key, problem.place) == (f"programmes.hearing.{key}", "respond_until")
    ponds.complete("applicant", case, "submit", respond_until="2027-02-15")


def test_an_amount_that_can_be_read_two_ways_is_refused_in_english(desks: Desks, task: str) -> None:
    english = desks.of("applicant", "en")
    answer = english.post(f"/my/tasks/{task}", _action="check", requested_amount="12.345")
    assert "Please write 12345 or 12,345.00" in words(answer)
    assert 'value="12.345"' in answer.text
    again = english.post(f"/my/tasks/{task}", _action="check", requested_amount="12,345.00")
    assert "12345" not in words(again)
    assert 'value="12,345.00"' in again.text

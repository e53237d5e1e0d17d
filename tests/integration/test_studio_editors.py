"""What the editors load, check and save, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.integration.studio_world import (
    DIAGRAM,
    REFERENCE,
    SHARED_FORM,
    StudioWorld,
    open_studio,
)

from grantflow.settings import Settings
from grantflow.store.db import Sessions

EDITORS = {
    "diagram": DIAGRAM,
    "form": "forms/decide_lamp.form",
    "text": "letters/lamp_promise/body.html",
    "decision": "_shared/decisions/application_check.dmn",
}


@pytest.fixture
def world(sessions: Sessions, test_settings: Settings) -> Iterator[StudioWorld]:
    yield from open_studio(sessions, test_settings)


@pytest.mark.parametrize(("editor", "file"), EDITORS.items())
def test_each_kind_of_file_has_its_editor(world: StudioWorld, editor: str, file: str) -> None:
    answer = world.browsers["manager"].get(f"/studio/versions/{world.draft()}/{editor}", file=file)
    assert answer.status_code == 200
    assert f'data-editor="{editor}"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy


def test_other_pages_of_the_studio_allow_no_inline_styles(world: StudioWorld) -> None:
    answer = world.browsers["manager"].get(f"/studio/versions/{world.published}")
    assert "unsafe-inline" not in answer.headers["content-security-policy"]


def test_an_unknown_file_is_not_found(world: StudioWorld) -> None:
    manager = world.browsers["manager"]
    for part in ("text", "file.json", "preview/form"):
        answer = manager.get(f"/studio/versions/{world.published}/{part}", file="../secret.toml")
        assert answer.status_code == 404, part


def test_an_editor_gets_everything_it_offers(world: StudioWorld) -> None:
    draft = world.draft()
    told = world.browsers["manager"].get(f"/studio/versions/{draft}/file.json", file=DIAGRAM).json()
    assert told["content"] == world.text(draft, DIAGRAM)
    assert told["editable"] is True
    assert told["problems"] == []
    assert told["texts"]["panel.field.name"] == "Name (Deutsch)"
    words = told["vocabulary"]
    assert {"value": "decide_lamp", "label": words["forms"][0]["label"]}.keys() == {
        "value",
        "label",
    }
    assert "decide_lamp" in {form["value"] for form in words["forms"]}
    assert "lamp_promise" in {letter["value"] for letter in words["letters"]}
    assert words["effects"]["deadline"]["result"] is True
    assert words["effects"]["letter"]["open"] is True
    assert told["lane_roles"]["Amtsleitung"] == "HEAD_OF_UNIT"


def test_a_published_version_is_for_looking_only(world: StudioWorld) -> None:
    version = world.published
    told = world.browsers["manager"].get(f"/studio/versions/{version}/file.json", file=DIAGRAM)
    assert told.json()["editable"] is False
    before = world.text(version, DIAGRAM)
    assert world.save(version, DIAGRAM, before + "\n").status_code == 409
    assert world.text(version, DIAGRAM) == before


def test_saving_counts_the_revision(world: StudioWorld) -> None:
    draft = world.draft()
    text = world.text(draft, DIAGRAM) + "\n"
    told = world.save(draft, DIAGRAM, text).json()
    assert told["revision"] == 2
    assert told["message"] == "Gespeichert"
    assert world.text(draft, DIAGRAM) == text


def test_who_saves_later_learns_who_was_faster(world: StudioWorld) -> None:
    draft = world.draft()
    text = world.text(draft, DIAGRAM)
    assert world.save(draft, DIAGRAM, text + "\n", by="second").status_code == 200
    late = world.save(draft, DIAGRAM, text + "\n\n")
    assert late.status_code == 409
    assert "second" in late.json()["message"]
    assert world.text(draft, DIAGRAM) == text + "\n"


def test_a_fault_is_shown_at_its_element_and_the_draft_is_saved(world: StudioWorld) -> None:
    draft = world.draft()
    broken = world.text(draft, DIAGRAM).replace('name="role" value="', 'name="role" value="NO_')
    broken = broken.replace(
        "</bpmn:process>", '<bpmn:userTask id="lost" name="Verloren" /></bpmn:process>'
    )
    told = world.save(draft, DIAGRAM, broken)
    assert told.status_code == 200
    assert "lost" in {problem["element"] for problem in told.json()["problems"]}
    assert all(
        problem["text"] and "{" not in problem["text"] for problem in told.json()["problems"]
    )
    assert 'id="lost"' in world.text(draft, DIAGRAM)


def test_checking_says_the_same_and_saves_nothing(world: StudioWorld) -> None:
    draft = world.draft()
    before = world.text(draft, DIAGRAM)
    broken = before.replace("</bpmn:process>", '<bpmn:userTask id="lost" /></bpmn:process>')
    address = f"/studio/versions/{draft}/check"
    told = world.browsers["manager"].send(address, {"content": broken}, file=DIAGRAM).json()
    assert "lost" in {problem["element"] for problem in told["problems"]}
    assert world.text(draft, DIAGRAM) == before


@pytest.mark.parametrize(
    "hostile",
    [
        REFERENCE.decode(),
        "<bpmn:definitions",
        "",
        "<a>" * 5000,
        "x" * 2_100_000,
    ],
    ids=["doctype", "torn", "empty", "deep", "large"],
)
def test_what_cannot_be_read_is_refused_and_not_saved(world: StudioWorld, hostile: str) -> None:
    draft = world.draft()
    before = world.text(draft, DIAGRAM)
    answer = world.save(draft, DIAGRAM, hostile)
    assert answer.status_code == 422
    told = answer.json()
    assert told["message"].startswith("Nicht gespeichert")
    assert told["problems"]
    assert told["problems"][0]["text"] != ""
    assert world.text(draft, DIAGRAM) == before


def test_python_in_a_diagram_is_named_and_keeps_it_from_publishing(world: StudioWorld) -> None:
    draft = world.draft()
    script = (
        '<bpmn:scriptTask id="evil"><bpmn:script>import os; os.system("id")</bpmn:script>'
        "</bpmn:scriptTask></bpmn:process>"
    )
    text = world.text(draft, DIAGRAM).replace("</bpmn:process>", script)
    told = world.save(draft, DIAGRAM, text).json()
    assert "evil" in {problem["element"] for problem in told["problems"]}
    assert world.browsers["manager"].post(f"/studio/versions/{draft}/submit").status_code == 422


def test_names_from_a_diagram_never_become_markup(world: StudioWorld) -> None:
    draft = world.draft()
    evil = "<img src=x onerror=alert(1)>"
    escaped = evil.replace("<", "&lt;").replace(">", "&gt;")
    extra = f'<bpmn:userTask id="lost" name="{escaped}" /></bpmn:process>'
    world.save(draft, DIAGRAM, world.text(draft, DIAGRAM).replace("</bpmn:process>", extra))
    manager = world.browsers["manager"]
    for part in ("", f"/diagram?file={DIAGRAM}", "/scenarios"):
        assert evil not in manager.get(f"/studio/versions/{draft}{part}").text


def test_a_form_that_is_no_json_is_not_saved(world: StudioWorld) -> None:
    draft = world.draft()
    answer = world.save(draft, "forms/decide_lamp.form", '{"components": [')
    assert answer.status_code == 422
    assert "JSON" in answer.json()["problems"][0]["text"]


def test_a_shared_file_becomes_the_programmes_own_with_its_first_change(world: StudioWorld) -> None:
    draft = world.draft()
    form = json.loads(world.text(draft, SHARED_FORM))
    told = world.save(draft, SHARED_FORM, json.dumps(form, indent=1)).json()
    own = SHARED_FORM.removeprefix("_shared/")
    assert told["file"]["file"] == own
    assert json.loads(world.text(draft, own)) == form
    again = world.save(draft, own, json.dumps(form), revision=told["revision"])
    assert again.status_code == 200


def test_a_shared_file_never_overwrites_the_programmes_own_of_that_name(world: StudioWorld) -> None:
    draft = world.draft()
    own = SHARED_FORM.removeprefix("_shared/")
    shared = world.text(draft, SHARED_FORM)
    told = world.save(draft, SHARED_FORM, json.dumps({**json.loads(shared), "id": "mine"}))
    kept = world.text(draft, own)
    again = world.save(draft, SHARED_FORM, shared, revision=told.json()["revision"])
    assert again.status_code == 409
    assert own in again.json()["message"]
    assert world.text(draft, own) == kept
    loaded = world.browsers["manager"].get(f"/studio/versions/{draft}/file.json", file=SHARED_FORM)
    assert loaded.json()["editable"] is False
    page = world.browsers["manager"].get(f"/studio/versions/{draft}/form", file=SHARED_FORM)
    assert page.status_code == 303
    assert page.headers["location"].endswith(f"/form?file={own}")


def test_both_parts_of_a_shared_letter_are_copied_together(world: StudioWorld) -> None:
    draft = world.draft()
    name = next(
        f
        for f in sorted(world.files(draft))
        if f.startswith("_letters/") and f.endswith("/body.html")
    )
    told = world.save(draft, name, world.text(draft, name) + "\n")
    assert told.status_code == 200
    own = name.replace("_letters/", "letters/")
    assert {own, own.replace("body.html", "letter.toml")} <= world.files(draft)


def test_the_rules_of_law_are_not_changed_here(world: StudioWorld) -> None:
    draft = world.draft()
    name = "_shared/rules/federal.toml"
    answer = world.save(draft, name, "x = 1")
    assert answer.status_code == 403
    assert "rules/federal.toml" not in world.files(draft) - {name}


@pytest.mark.parametrize(
    ("expression", "sound"),
    [("=amount > 5000", True), ("amount >", False), ("if a then b", False)],
)
def test_expressions_are_checked_while_they_are_typed(
    world: StudioWorld, expression: str, sound: bool
) -> None:
    address = f"/studio/versions/{world.published}/expression"
    told = world.browsers["manager"].send(address, {"expression": expression}).json()
    assert (told["problem"] is None) is sound


def test_a_save_without_the_token_is_refused(world: StudioWorld) -> None:
    draft = world.draft()
    browser = world.browsers["manager"]
    browser.csrf = "guessed"
    assert world.save(draft, DIAGRAM, "<x/>").status_code == 403


def test_a_form_is_previewed_as_the_server_shows_it(world: StudioWorld) -> None:
    manager = world.browsers["manager"]
    answer = manager.get(
        f"/studio/versions/{world.published}/preview/form", file="forms/decide_lamp.form"
    )
    assert answer.status_code == 200
    assert "kern-form-input" in answer.text
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


def test_a_faulty_form_has_no_preview_but_reasons(world: StudioWorld) -> None:
    draft = world.draft()
    name = "forms/decide_lamp.form"
    world.save(draft, name, '{"type": "default", "components": [{"type": "iframe", "key": "x"}]}')
    answer = world.browsers["manager"].get(f"/studio/versions/{draft}/preview/form", file=name)
    assert answer.status_code == 422
    assert "Keine Vorschau" in answer.text


def test_every_letter_of_the_version_can_be_previewed(world: StudioWorld) -> None:
    manager = world.browsers["manager"]
    names = [f for f in sorted(world.files(world.published)) if f.endswith("/letter.toml")]
    assert len(names) >= 5
    for name in names:
        address = f"/studio/versions/{world.published}/preview/letter.pdf"
        answer = manager.get(address, file=name)
        assert answer.status_code == 200, f"{name}: {answer.text}"
        assert answer.content.startswith(b"%PDF")


def test_a_broken_letter_has_no_preview_but_reasons(world: StudioWorld) -> None:
    draft = world.draft()
    name = "letters/lamp_promise/body.html"
    world.save(draft, name, "{{ nobody.knows }}")
    address = f"/studio/versions/{draft}/preview/letter.pdf"
    answer = world.browsers["manager"].get(address, file=name)
    assert answer.status_code == 422
    assert "nobody" in answer.text


def test_who_was_slower_with_a_shared_file_learns_who_saved_it(world: StudioWorld) -> None:
    draft = world.draft()
    form = world.text(draft, SHARED_FORM)
    assert world.save(draft, SHARED_FORM, form, by="second").status_code == 200
    slower = world.save(draft, SHARED_FORM, form)
    assert slower.status_code == 409
    assert "second" in slower.json()["message"]
    again = world.save(draft, SHARED_FORM, form, revision=2)
    assert again.status_code == 409
    assert "eigene Datei" in again.json()["message"]

"""The studio's pages: who may do what with a version of a programme."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from uuid import UUID

import pytest
from tests.factories import make_case
from tests.integration.studio_world import DIAGRAM, StudioWorld, open_studio, shipped

from grantflow.programmes.package import Package, pack
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions, transaction
from grantflow.store.tables import Call

LOST = '<bpmn:userTask id="lost" name="Verloren" /></bpmn:process>'


@pytest.fixture
def world(sessions: Sessions, test_settings: Settings) -> Iterator[StudioWorld]:
    yield from open_studio(sessions, test_settings)


def _target(location: str) -> UUID:
    return UUID(location.rsplit("/", 1)[1])


def test_a_manager_sees_the_programme_its_versions_and_their_cases(world: StudioWorld) -> None:
    with transaction(world.sessions, SYSTEM.scope) as session:
        call = session.query(Call).filter_by(programme_version_id=world.published).first()
        make_case(session, call=call)
    manager = world.browsers["manager"]
    assert "Neues Licht für alte Türme" in manager.get("/studio").text
    page = manager.get(f"/studio/programmes/{world.programme_id}").text
    assert "Fassung 1" in page
    assert "Veröffentlicht" in page
    assert "1 Fall" in page


def test_the_page_speaks_english_to_those_who_want_it(world: StudioWorld) -> None:
    manager = world.browsers["manager"]
    manager.post("/language", {"language": "en", "next": "/studio"})
    assert "New light for old towers" in manager.get("/studio").text


@pytest.mark.parametrize("name", ["officer", "stranger"])
def test_nobody_else_enters_a_version(world: StudioWorld, name: str) -> None:
    browser = world.browsers[name]
    for part in ("", "/scenarios", "/package.zip", f"/diagram?file={DIAGRAM}"):
        answer = browser.get(f"/studio/versions/{world.published}{part}")
        assert answer.status_code in (403, 404), part
        assert "Laterne" not in answer.text


def test_who_is_not_signed_in_is_asked_to(world: StudioWorld) -> None:
    browser = world.browsers["manager"]
    browser.client.cookies.clear()
    answer = browser.get(f"/studio/versions/{world.published}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_a_template_manager_may_look_but_not_change(world: StudioWorld) -> None:
    browser = world.browsers["templates"]
    page = browser.get(f"/studio/versions/{world.published}")
    assert "ändern dürfen sie nur" in page.text
    assert browser.post(f"/studio/versions/{world.published}/draft").status_code == 403
    assert world.save(world.draft(), DIAGRAM, "x", by="templates").status_code in (403, 422)


def test_a_version_lists_its_files_by_kind(world: StudioWorld) -> None:
    page = world.browsers["manager"].get(f"/studio/versions/{world.published}").text
    for path in (DIAGRAM, "programme.toml", "letters/lamp_promise/body.html"):
        assert path in page
    assert "Keine Fehler gefunden" in page
    assert f"/diagram?file={DIAGRAM}" in page


def test_a_draft_is_made_from_a_version_with_its_note(world: StudioWorld) -> None:
    manager = world.browsers["manager"]
    answer = manager.post(f"/studio/versions/{world.published}/draft", {"note": "Hellere Lampe"})
    assert answer.status_code == 303
    page = manager.get(answer.headers["location"]).text
    assert "Fassung 2" in page
    assert "Hellere Lampe" in page
    assert "Zur Veröffentlichung vorlegen" in page


def test_a_second_manager_publishes_and_the_first_is_told_why_not(world: StudioWorld) -> None:
    draft = world.draft()
    first, second = world.browsers["manager"], world.browsers["second"]
    assert first.post(f"/studio/versions/{draft}/submit").status_code == 303
    refused = first.post(f"/studio/versions/{draft}/publish")
    assert refused.status_code == 403
    assert "Vier-Augen-Prinzip" in refused.text
    assert world.state(draft) == "review"
    assert second.post(f"/studio/versions/{draft}/publish").status_code == 303
    assert world.state(draft) == "published"
    assert "Veröffentlicht" in second.get(f"/studio/versions/{draft}").text


def test_a_version_in_review_is_sent_back_with_the_reason(world: StudioWorld) -> None:
    draft = world.draft()
    world.browsers["manager"].post(f"/studio/versions/{draft}/submit")
    world.browsers["second"].post(f"/studio/versions/{draft}/return", {"note": "Frist zu kurz"})
    assert world.state(draft) == "draft"
    assert "Frist zu kurz" in world.browsers["manager"].get(f"/studio/versions/{draft}").text


def test_a_faulty_draft_is_not_handed_over_and_all_faults_are_said(world: StudioWorld) -> None:
    draft = world.draft()
    broken = world.text(draft, DIAGRAM).replace("</bpmn:process>", LOST)
    assert world.save(draft, DIAGRAM, broken).status_code == 200
    answer = world.browsers["manager"].post(f"/studio/versions/{draft}/submit")
    assert answer.status_code == 422
    assert DIAGRAM in answer.text
    assert "lost" in answer.text
    assert world.state(draft) == "draft"


def test_a_version_that_calls_use_is_not_retired(world: StudioWorld) -> None:
    answer = world.browsers["manager"].post(f"/studio/versions/{world.published}/retire")
    assert answer.status_code == 409
    assert world.state(world.published) == "published"


def test_an_older_version_is_retired(world: StudioWorld) -> None:
    draft = world.draft()
    world.browsers["manager"].post(f"/studio/versions/{draft}/submit")
    world.browsers["second"].post(f"/studio/versions/{draft}/publish")
    answer = world.browsers["manager"].post(f"/studio/versions/{world.published}/retire")
    assert answer.status_code == 303
    assert world.state(world.published) == "retired"


def _compared(world: StudioWorld, changed: str, old: str = "", new: str = "") -> str:
    """The page of differences between the published version and a draft with one change."""
    draft = world.draft()
    world.save(draft, changed, world.text(draft, changed).replace(old, new, 1))
    return world.browsers["manager"].get(f"/studio/versions/{draft}/diff").text


def test_a_diagram_is_compared_by_meaning_with_the_published_version(world: StudioWorld) -> None:
    page = _compared(world, DIAGRAM, 'value="P3D"', 'value="P5D&lt;"')
    for said in ("Laternenantrag", "Antrag ansehen", "zu erledigen bis", "P3D", "P5D&lt;"):
        assert said in page
    assert "P5D<" not in page
    assert "Anordnung geändert" not in page


def test_what_only_the_editor_wrote_differently_is_said_to_have_no_effect(
    world: StudioWorld,
) -> None:
    page = _compared(world, DIAGRAM, "<bpmn:process ", "<!-- neu -->\n<bpmn:process ")
    assert "ohne Wirkung" in page
    assert "gf-diff__added" not in page


def test_the_differences_of_a_text_are_shown_line_by_line(world: StudioWorld) -> None:
    page = _compared(world, "letters/lamp_promise/body.html", "{%", "<b>neu</b>\n{%")
    assert "&lt;b&gt;neu&lt;/b&gt;" in page
    assert "gf-diff__added" in page


def test_versions_may_be_the_same_or_alone(world: StudioWorld) -> None:
    address, manager = f"/studio/versions/{world.published}/diff", world.browsers["manager"]
    alone = manager.get(address)
    assert alone.status_code == 200
    assert "keine andere Fassung" in alone.text
    same = manager.get(f"/studio/versions/{world.draft()}/diff", against=world.published).text
    assert "Die beiden Fassungen sind gleich" in same


def test_files_are_headed_by_what_they_are_called(world: StudioWorld) -> None:
    manager, base = world.browsers["manager"], f"/studio/versions/{world.published}"
    titles = {
        f"/diagram?file={DIAGRAM}": "Laternenantrag",
        "/text?file=programme.toml": "Einstellungen",
        "/text?file=letters/lamp_promise/body.html": "Zusage einer Laterne",
        "/form?file=_shared/forms/supply_information.form": "Unterlagen nachreichen",
        "/text?file=_shared/rules/hessen.toml": "Hessen",
    }
    for address, title in titles.items():
        page = manager.get(base + address).text
        heading = page.partition("<h1")[2].partition("</h1>")[0]
        assert title in heading, (address, heading)
        assert title in page.partition("<title>")[2].partition("</title>")[0]


def test_scenarios_are_played_step_by_step(world: StudioWorld) -> None:
    page = world.browsers["manager"].get(f"/studio/versions/{world.published}/scenarios").text
    assert "Alle Szenarien bestanden" in page
    assert 'data-scenario="returned_then_granted"' in page


def test_a_scenario_that_comes_out_differently_says_what_differs(world: StudioWorld) -> None:
    draft = world.draft()
    name = "scenarios/small_tower_refused.toml"
    world.save(draft, name, world.text(draft, name).replace("ended = true", "ended = false"))
    page = world.browsers["manager"].get(f"/studio/versions/{draft}/scenarios").text
    assert "nicht bestanden" in page
    assert "Am Ende" in page


def test_an_exported_package_comes_back_unchanged(world: StudioWorld) -> None:
    manager = world.browsers["manager"]
    raw = manager.get(f"/studio/versions/{world.published}/package.zip").content
    files = {"package": ("paket.zip", raw, "application/zip")}
    answer = manager.post("/studio/import", files=files)
    assert answer.status_code == 303
    draft = _target(answer.headers["location"])
    assert world.state(draft) == "draft"
    assert world.files(draft) == set(shipped().files)


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "wählen Sie eine ZIP-Datei"),
        (b"no zip", "kein lesbares ZIP"),
        (_zip({"../evil.toml": b""}), "nicht erlaubt"),
        (_zip({"script.py": b"import os"}), "gehören nicht in ein Förderprogramm"),
        (_zip({"stages/x.bpmn": b"<x/>"}), "programme.toml"),
    ],
)
def test_a_bad_package_is_refused_with_a_reason(world: StudioWorld, raw: bytes, said: str) -> None:
    files = {"package": ("paket.zip", raw, "application/zip")}
    answer = world.browsers["manager"].post("/studio/import", files=files)
    assert answer.status_code == 422
    assert said in answer.text
    page = world.browsers["manager"].get(f"/studio/programmes/{world.programme_id}").text
    assert "Fassung 2" not in page


def test_all_faults_of_a_package_are_shown_at_once(world: StudioWorld) -> None:
    files = dict(shipped().files)
    files["forms/decide_lamp.form"] = b"{"
    files["stages/lamp_opinions.bpmn"] = b"<no-diagram/>"
    files["letters/lamp_promise/letter.toml"] = b"kind = 1"
    sent = {"package": ("paket.zip", pack(Package(files)), "application/zip")}
    answer = world.browsers["manager"].post("/studio/import", files=sent)
    assert answer.status_code == 422
    for name in ("decide_lamp", "lamp_opinions", "lamp_promise"):
        assert name in answer.text, name


def test_a_file_is_added_opened_and_removed(world: StudioWorld) -> None:
    draft = world.draft()
    manager = world.browsers["manager"]
    names = {
        "form": "forms/inspect_lamp.form",
        "letter": "letters/inspect_lamp/letter.toml",
        "decision": "decisions/inspect_lamp.dmn",
        "scenario": "scenarios/inspect_lamp.toml",
        "diagram": "stages/inspect_lamp.bpmn",
        "side": "side/inspect_keeper.bpmn",
    }
    for revision, (kind, path) in enumerate(names.items(), 1):
        name = path.split("/")[1].split(".")[0]
        # A letter is two files, so each kind after it is one revision further.
        later = revision + (1 if revision > 2 else 0)
        body = {"kind": kind, "name": name, "revision": later}
        answer = manager.post(f"/studio/versions/{draft}/files", body)
        assert answer.status_code == 303, answer.text
        assert path in world.files(draft)
        assert manager.get(answer.headers["location"]).status_code == 200
    body = {"file": "forms/inspect_lamp.form", "revision": 8}
    assert manager.post(f"/studio/versions/{draft}/files/remove", body).status_code == 303
    assert "forms/inspect_lamp.form" not in world.files(draft)


def test_new_files_are_sound_from_the_start(world: StudioWorld) -> None:
    draft = world.draft()
    manager = world.browsers["manager"]
    for number, kind in enumerate(("form", "decision", "letter"), 1):
        body = {"kind": kind, "name": f"fresh_{kind}", "revision": number}
        manager.post(f"/studio/versions/{draft}/files", body)
    page = manager.get(f"/studio/versions/{draft}").text
    assert "Keine Fehler gefunden" in page


@pytest.mark.parametrize(
    ("kind", "name", "status"),
    [
        ("form", "../x", 422),
        ("form", "Größe", 422),
        ("poem", "x", 422),
        ("form", "decide_lamp", 409),
    ],
)
def test_a_bad_or_taken_name_is_refused(
    world: StudioWorld, kind: str, name: str, status: int
) -> None:
    draft = world.draft()
    before = world.files(draft)
    body = {"kind": kind, "name": name, "revision": 1}
    answer = world.browsers["manager"].post(f"/studio/versions/{draft}/files", body)
    assert answer.status_code == status
    assert world.files(draft) == before

"""The rules of law in a package stay the installation's, whatever the studio is handed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.integration.studio_world import DIAGRAM, SHARED_FORM, StudioWorld, open_studio, shipped

from grantflow.errors import BadProgramme, NotFound
from grantflow.programmes.package import Package, pack
from grantflow.services import studio
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions, transaction
from grantflow.store.tables import ProgrammeVersion

FEDERAL = "_shared/rules/federal.toml"
FILES = dict(shipped().files)
OTHER_RULES = {
    FEDERAL: {**FILES, FEDERAL: FILES[FEDERAL] + b"\n# weaker\n"},
    "_shared/rules/moon.toml": {**FILES, "_shared/rules/moon.toml": FILES[FEDERAL]},
    "_shared/rules/hessen.toml": {
        name: text for name, text in FILES.items() if name != "_shared/rules/hessen.toml"
    },
}


@pytest.fixture
def world(sessions: Sessions, test_settings: Settings) -> Iterator[StudioWorld]:
    yield from open_studio(sessions, test_settings)


def do(world: StudioWorld, use_case: Callable[..., Any], *args: Any) -> Any:
    """Call the service as the manager."""
    actor = world.browsers["manager"].actor
    with transaction(world.sessions, actor.scope) as session:
        return use_case(session, actor, *args)


@pytest.mark.parametrize("name", OTHER_RULES)
def test_a_package_with_other_rules_is_not_imported(world: StudioWorld, name: str) -> None:
    raw = pack(Package(OTHER_RULES[name]))
    with pytest.raises(BadProgramme) as refused:
        do(world, studio.import_package, raw)
    assert [(p.key, p.place) for p in refused.value.problems] == [
        ("services.catalogue.rules_fixed", name)
    ]
    sent = {"package": ("paket.zip", raw, "application/zip")}
    answer = world.browsers["manager"].post("/studio/import", files=sent)
    assert answer.status_code == 422
    assert name in answer.text
    assert "gelten für alle Programme" in answer.text


@pytest.mark.parametrize("name", OTHER_RULES)
@pytest.mark.parametrize("published", [True, False])
def test_a_draft_is_not_replaced_by_one_with_other_rules(
    world: StudioWorld, name: str, published: bool
) -> None:
    draft = world.draft()
    if not published:  # then the shipped rules count
        with transaction(world.sessions, SYSTEM.scope) as session:
            session.get_one(ProgrammeVersion, world.published).state = "retired"
    with pytest.raises(BadProgramme) as refused:
        do(world, studio.replace_package, draft, pack(Package(OTHER_RULES[name])), 1)
    assert [p.params["name"] for p in refused.value.problems] == [name]
    same = pack(Package({**FILES, "scenarios/later.toml": b""}))
    assert do(world, studio.replace_package, draft, same, 1) == 2
    assert "scenarios/later.toml" in world.files(draft)


def test_rules_are_not_written(world: StudioWorld) -> None:
    draft = world.draft()
    with pytest.raises(BadProgramme):
        do(world, studio.write_file, draft, FEDERAL, b"", 1)


@pytest.mark.parametrize("name", [FEDERAL, SHARED_FORM, "_shared/rules/", "_shared/", "_"])
def test_shared_files_are_not_removed(world: StudioWorld, name: str) -> None:
    draft = world.draft()
    before = world.files(draft)
    with pytest.raises(BadProgramme) as refused:
        do(world, studio.remove_file, draft, name, 1)
    assert [p.key for p in refused.value.problems] == ["services.catalogue.file_is_shared"]
    body = {"file": name, "revision": 1}
    answer = world.browsers["manager"].post(f"/studio/versions/{draft}/files/remove", body)
    assert answer.status_code == 422
    assert "nicht dem Förderprogramm allein" in answer.text
    assert world.files(draft) == before


@pytest.mark.parametrize("name", ["/", "", "letters/", "forms/", "stages/", "letters/lamp", "x/"])
def test_only_a_whole_letter_is_removed_at_once(world: StudioWorld, name: str) -> None:
    draft = world.draft()
    before = world.files(draft)
    with pytest.raises(NotFound):
        do(world, studio.remove_file, draft, name, 1)
    assert world.files(draft) == before


def test_own_files_and_letters_are_removed(world: StudioWorld) -> None:
    draft = world.draft()
    assert do(world, studio.remove_file, draft, DIAGRAM, 1) == 2
    body = {"file": "letters/lamp_promise/", "revision": 2}
    answer = world.browsers["manager"].post(f"/studio/versions/{draft}/files/remove", body)
    assert answer.status_code == 303
    gone = {"letters/lamp_promise/letter.toml", "letters/lamp_promise/body.html", DIAGRAM}
    assert world.files(draft) == set(FILES) - gone

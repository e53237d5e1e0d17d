"""Programmes: published from folders, edited as drafts, published by a second person, pinned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from tests.integration.ponds import Ponds
from tests.integration.small_programme import package

from grantflow.errors import BadProgramme, Conflict, NotAllowed, NotFound
from grantflow.programmes.package import pack, unpack, write_folder
from grantflow.services import catalogue, studio
from grantflow.services.policy import SYSTEM
from grantflow.store.tables import ProgrammeVersion

Clock = Callable[[str], None]


def draft(ponds: Ponds) -> ProgrammeVersion:
    return ponds.do("manager", studio.start_draft, ponds.version.id).version


def renamed(xml: bytes) -> bytes:
    return xml.replace(b'name="Check"', b'name="Look closely"')


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lint has tests of its own; here a package counts as sound once it can be read."""
    monkeypatch.setattr(studio, "check", lambda _package: studio.Checked((), (), 0, 0))


def test_an_unchanged_programme_keeps_its_version(ponds: Ponds) -> None:
    again = _publish(ponds, package())
    assert again.id == ponds.version.id
    assert [v.number for v in ponds.look("manager", catalogue.versions, ponds.programme.id)] == [1]


def _publish(ponds: Ponds, content: object) -> ProgrammeVersion:
    with ponds.transaction(SYSTEM) as session:
        return catalogue.publish_package(session, SYSTEM, content)  # type: ignore[arg-type]


def test_a_changed_programme_gets_the_next_version_and_cases_stay(ponds: Ponds) -> None:
    case = ponds.submitted()
    changed = package(notice=package().files["stages/notice.bpmn"].replace(b"Approve", b"Agree"))
    second = _publish(ponds, changed)
    assert (second.number, second.state) == (2, "published")
    ponds.complete("officer", case, "check", verdict="good")
    assert ponds.case(case.id).programme_version_id == ponds.version.id
    assert ponds.open().programme_version_id == second.id


def test_people_cannot_publish_past_four_eyes(ponds: Ponds) -> None:
    with pytest.raises(NotAllowed):
        ponds.do("admin", catalogue.publish_package, package())


def test_programmes_of_a_folder_are_loaded(ponds: Ponds, tmp_path: Path) -> None:
    write_folder(package(), tmp_path / "pond_restoration")
    with ponds.transaction(SYSTEM) as session:
        (version,) = catalogue.load_programmes(session, tmp_path)
    assert version.id == ponds.version.id


def test_a_folder_with_faults_publishes_nothing(ponds: Ponds, tmp_path: Path) -> None:
    write_folder(package(), tmp_path / "ponds")
    (tmp_path / "ponds" / "stages" / "application.bpmn").write_bytes(b"<no/>")
    (tmp_path / "ponds" / "forms" / "check.form").write_bytes(b"{}")
    with pytest.raises(BadProgramme) as refused, ponds.transaction(SYSTEM) as session:
        catalogue.load_programmes(session, tmp_path)
    places = {p.place.split("#")[0] for p in refused.value.problems}
    assert {"stages/application.bpmn", "forms/check.form"} <= places
    assert ponds.count(ProgrammeVersion) == 1


def test_calls_are_open_from_day_to_day(ponds: Ponds, clock: Clock) -> None:
    def keys() -> list[str]:
        with ponds.reading() as session:
            return [found.call.key for found in catalogue.open_calls(session)]

    assert keys() == ["spring"]
    clock("2027-08-31T21:59")
    assert keys() == []
    clock("2027-08-31T22:00")
    assert keys() == ["autumn"]


def test_programmes_are_listed_for_their_authority(ponds: Ponds) -> None:
    draft(ponds)
    (line,) = ponds.look("manager", catalogue.list_programmes)
    assert (line.programme.key, line.published, line.drafts) == ("pond_restoration", 1, 1)
    assert ponds.look("foreign", catalogue.list_programmes) == []
    assert len(ponds.look("system", catalogue.list_programmes)) == 1
    with pytest.raises(NotAllowed):
        ponds.look("foreign", catalogue.versions, ponds.programme.id)


# ---- drafts


def test_a_second_editor_learns_who_saved_meanwhile(ponds: Ponds) -> None:
    version_id = draft(ponds).id
    file = "stages/application.bpmn"
    xml = renamed(ponds.look("manager", studio.read_file_of, version_id, file))
    assert ponds.do("manager", studio.write_file, version_id, file, xml, 1) == 2
    with pytest.raises(Conflict) as refused:
        ponds.do("second_manager", studio.write_file, version_id, file, b"<x/>", 1)
    assert refused.value.params["name"] == "Manager"
    assert ponds.look("second_manager", studio.read_file_of, version_id, file) == xml
    (change,) = ponds.look("manager", studio.compare, ponds.version.id, version_id)
    assert (change.path, change.kind) == (file, "changed")
    assert "+" in change.diff


def test_files_are_removed_and_unsafe_ones_refused(ponds: Ponds) -> None:
    version_id = draft(ponds).id
    assert ponds.do("manager", studio.remove_file, version_id, "forms/order.form", 1) == 2
    with pytest.raises(NotFound):
        ponds.look("manager", studio.read_file_of, version_id, "forms/order.form")
    with pytest.raises(NotFound):
        ponds.do("manager", studio.remove_file, version_id, "forms/order.form", 2)
    for name in ("../x.bpmn", "/etc/x.toml", "run.py"):
        with pytest.raises(BadProgramme):
            ponds.do("manager", studio.write_file, version_id, name, b"x", 2)


@pytest.mark.parametrize("who", ["officer", "applicant", "foreign"])
def test_only_managers_write(ponds: Ponds, who: str) -> None:
    version_id: UUID = draft(ponds).id
    with pytest.raises((NotAllowed, NotFound)):
        ponds.do(who, studio.write_file, version_id, "forms/x.form", b"{}", 1)
    with pytest.raises((NotAllowed, NotFound)):
        ponds.do(who, studio.publish, version_id)


def test_a_published_version_is_frozen(ponds: Ponds) -> None:
    with pytest.raises(Conflict):
        ponds.do("manager", studio.write_file, ponds.version.id, "forms/x.form", b"{}", 1)


def test_a_draft_with_faults_is_not_handed_over(ponds: Ponds) -> None:
    version_id = draft(ponds).id
    ponds.do("manager", studio.write_file, version_id, "forms/check.form", b"{", 1)
    assert ponds.look("manager", studio.lint_draft, version_id)
    assert not ponds.look("manager", studio.check_draft, version_id).passed
    with pytest.raises(BadProgramme):
        ponds.do("manager", studio.submit, version_id)


@pytest.mark.usefixtures("sound")
def test_publishing_needs_somebody_who_had_no_hand_in_it(ponds: Ponds) -> None:
    version_id = draft(ponds).id
    file = "stages/application.bpmn"
    xml = renamed(ponds.look("manager", studio.read_file_of, version_id, file))
    with pytest.raises(Conflict):
        ponds.do("second_manager", studio.publish, version_id)
    ponds.do("second_manager", studio.write_file, version_id, file, xml, 1)
    ponds.do("manager", studio.write_file, version_id, file, xml + b"\n", 2)
    ponds.do("manager", studio.submit, version_id)
    for who in ("manager", "second_manager"):
        with pytest.raises(NotAllowed) as refused:
            ponds.do(who, studio.publish, version_id)
        assert refused.value.key == "services.catalogue.four_eyes"
    with pytest.raises(Conflict):
        ponds.do("manager", studio.write_file, version_id, file, xml, 3)


@pytest.mark.usefixtures("sound")
def test_a_second_manager_publishes_and_new_cases_use_it(ponds: Ponds) -> None:
    case = ponds.submitted()
    version_id = draft(ponds).id
    file = "stages/application.bpmn"
    xml = renamed(ponds.look("manager", studio.read_file_of, version_id, file))
    ponds.do("manager", studio.write_file, version_id, file, xml, 1)
    ponds.do("manager", studio.submit, version_id)
    ponds.do("second_manager", studio.send_back, version_id, "Bitte noch einmal.")
    ponds.do("manager", studio.submit, version_id)
    published = ponds.do("second_manager", studio.publish, version_id)
    assert (published.state, published.number) == ("published", 2)
    new = ponds.submitted()
    assert ponds.tasks(new.id)["check"].name["de"] == "Look closely"
    assert ponds.tasks(case.id)["check"].name["de"] == "Check"
    ponds.do("manager", studio.retire, ponds.version.id)
    with pytest.raises(Conflict):
        ponds.do("manager", studio.retire, version_id)
    ponds.complete("officer", case, "check", verdict="good")


def test_a_package_goes_out_and_comes_back_without_loss(ponds: Ponds) -> None:
    raw = ponds.look("manager", studio.export_package, ponds.version.id)
    assert unpack(raw).digest == ponds.version.digest
    copy = ponds.do("manager", studio.import_package, raw)
    assert (copy.version.number, copy.package.digest) == (2, ponds.version.digest)
    with pytest.raises(BadProgramme):
        ponds.do("manager", studio.import_package, b"no zip")
    foreign = dict(package().files)
    foreign["programme.toml"] = foreign["programme.toml"].replace(b"pond_restoration", b"unknown")
    with pytest.raises(NotFound):
        ponds.do("manager", studio.import_package, pack(type(package())(foreign)))


def test_versions_are_parsed_once(ponds: Ponds) -> None:
    with ponds.reading() as session:
        first = catalogue.programme_of(session, ponds.version.id)
        assert catalogue.programme_of(session, ponds.version.id) is first

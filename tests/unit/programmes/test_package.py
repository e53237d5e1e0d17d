import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantflow.errors import BadProgramme
from grantflow.programmes.package import (
    LARGEST_FILE,
    MOST_FILES,
    Package,
    diff,
    load_folder,
    pack,
    unpack,
    write_folder,
)

names = st.from_regex(r"\A(forms|stages|letters/[a-z]{1,5})/[a-z]{1,8}\.(toml|form|html)\Z")
packages = st.dictionaries(names, st.binary(max_size=200), max_size=12).map(Package)


@given(packages)
def test_packing_and_unpacking_loses_nothing(package: Package) -> None:
    again = unpack(pack(package))
    assert again.files == package.files
    assert again.digest == package.digest
    assert pack(again) == pack(package)


@given(packages, names, st.binary(min_size=1, max_size=20))
def test_any_change_changes_the_digest(package: Package, name: str, content: bytes) -> None:
    changed = package.with_file(name, package.files.get(name, b"") + content)
    assert changed.digest != package.digest
    assert [c.path for c in diff(package, changed)] == [name]
    assert diff(changed, changed) == []


def folder(tmp_path: Path) -> Path:
    for name, content in {
        "p/programme.toml": "key = 1",
        "p/forms/a.form": "{}",
        "p/notes.txt": "not part of it",
        "_shared/stages/s.bpmn": "<s/>",
        "letters/ack/letter.toml": "x = 1",
        "letters/ack/body.html": "<p>",
        "letters/base.html": "layout stays outside",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def test_a_folder_takes_shared_files_and_default_letters_along(tmp_path: Path) -> None:
    root = folder(tmp_path)
    package = load_folder(root / "p", root / "_shared", root / "letters")
    assert sorted(package.files) == [
        "_letters/ack/body.html",
        "_letters/ack/letter.toml",
        "_shared/stages/s.bpmn",
        "forms/a.form",
        "programme.toml",
    ]
    assert sorted(package.own()) == ["forms/a.form", "programme.toml"]


def test_an_exported_folder_reads_back_with_the_same_digest(tmp_path: Path) -> None:
    root = folder(tmp_path)
    package = load_folder(root / "p", root / "_shared", root / "letters")
    write_folder(package, tmp_path / "out")
    assert load_folder(tmp_path / "out").digest == package.digest


def test_a_folder_without_programme_toml_is_no_programme(tmp_path: Path) -> None:
    with pytest.raises(BadProgramme) as caught:
        load_folder(tmp_path)
    assert caught.value.problems[0].key == "programmes.package.no_programme"


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_not(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret.toml", tmp_path / "programme"
    secret.write_text("password = 1")
    folder.mkdir()
    (folder / "programme.toml").write_text("")
    (folder / "copy.toml").symlink_to(folder / "programme.toml")
    assert set(load_folder(folder).files) == {"programme.toml", "copy.toml"}
    (folder / "more.toml").symlink_to(secret)
    with pytest.raises(BadProgramme) as refused:
        load_folder(folder)
    (problem,) = refused.value.problems
    assert (problem.key, problem.place) == ("programmes.package.leads_outside", "more.toml")


@pytest.mark.parametrize("name", ["../x.toml", "/etc/x.toml", "a\\b.toml", "a/../../b.form", ""])
def test_names_that_leave_the_package_are_refused(name: str) -> None:
    with pytest.raises(BadProgramme):
        Package({}).with_file(name, b"")


def test_foreign_kinds_and_huge_files_are_refused() -> None:
    with pytest.raises(BadProgramme, match="unknown_kind"):
        Package({}).with_file("run.sh", b"")
    with pytest.raises(BadProgramme, match="file_too_large"):
        Package({}).with_file("forms/x.form", b" " * (LARGEST_FILE + 1))


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "files",
    [
        {"../out.toml": b""},
        {"programme.toml": b"0" * (LARGEST_FILE + 1)},
        {f"forms/{n}.form": b"" for n in range(MOST_FILES + 1)},
        {f"forms/{n}.form": b"0" * 1_900_000 for n in range(12)},
    ],
    ids=["path", "file size", "file count", "bomb"],
)
def test_hostile_archives_are_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(BadProgramme):
        unpack(zipped(files))


def test_something_else_than_an_archive_is_refused() -> None:
    with pytest.raises(BadProgramme, match="no_zip"):
        unpack(b"<html>")


def test_a_damaged_archive_is_refused() -> None:
    raw = bytearray(zipped({"programme.toml": b"key = 1" * 500}))
    raw[60] ^= 0xFF
    with pytest.raises(BadProgramme):
        unpack(bytes(raw))


def test_an_own_file_is_compared_with_the_shared_one_it_replaces() -> None:
    shared = {"_shared/stages/a.bpmn": b"one\ntwo", "_letters/b/body.html": b"x\ny"}
    own = {"stages/a.bpmn": b"one\n2", "letters/b/body.html": b"x\ny"}
    letter, stage = diff(Package(shared), Package(shared | own))
    assert (letter.kind, letter.diff) == ("replaces", "")
    assert stage.kind == "replaces"
    assert stage.diff.splitlines()[2:] == ["@@ -1,2 +1,2 @@", " one", "-two", "+2"]


def test_the_difference_shows_lines() -> None:
    old, new = Package({"a.toml": b"x = 1\n"}), Package({"a.toml": b"x = 2\n", "b.toml": b"y"})
    changed, added = diff(old, new)
    assert (changed.kind, added.kind) == ("changed", "added")
    assert "-x = 1" in changed.diff
    assert "+x = 2" in changed.diff
    assert [c.kind for c in diff(new, old)] == ["changed", "removed"]
    assert "b.toml" not in new.without("b.toml").files

"""Files that are what they say, files that lie, and names from strange machines."""

from __future__ import annotations

import io
import zipfile

import pytest

from grantflow.documents import ALLOWED, display_name, inspect, read_limited
from grantflow.errors import Invalid
from grantflow.texts import LANGUAGES, text

PDF = b"%PDF-1.7\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 30
EXE = b"MZ\x90\x00" + b"\0" * 60


def archive(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


def office(part: str, **more: str) -> bytes:
    return archive(**{"[Content_Types].xml": "", part: "", **more})


def open_document(kind: str) -> bytes:
    return archive(mimetype=f"application/vnd.oasis.opendocument.{kind}", content_xml="")


DOCX = office("word/document.xml")
GOOD = {
    "pdf": PDF,
    "png": PNG,
    "jpg": JPEG,
    "jpeg": JPEG,
    "docx": DOCX,
    "xlsx": office("xl/workbook.xml"),
    "odt": open_document("text"),
    "ods": open_document("spreadsheet"),
    "csv": "Posten;Betrag\r\nPersonal;1,00\r\n".encode("utf-8-sig"),
    "txt": "Grüße\n".encode(),
}


@pytest.mark.parametrize("ending", ALLOWED)
def test_an_honest_file_is_taken(ending: str) -> None:
    found = inspect(f"Anlage.{ending.upper()}", GOOD[ending], megabytes=1)
    assert found.name == f"Anlage.{ending.upper()}"
    assert found.size == len(GOOD[ending])
    assert "/" in found.media_type
    assert len(found.sha256) == 64


@pytest.mark.parametrize(
    ("name", "content", "key", "found"),
    [
        ("a.pdf", EXE, "lies", "EXE"),
        ("a.pdf", PNG, "lies", "PNG"),
        ("a.png", PDF, "lies", "PDF"),
        ("a.docx", GOOD["xlsx"], "lies", "XLSX"),
        ("a.docx", archive(readme="x"), "lies", "ZIP"),
        ("a.docx", office("word/document.xml", **{"word/vbaProject.bin": ""}), "lies", "DOCM/XLSM"),
        ("a.odt", GOOD["ods"], "lies", "ODS"),
        ("a.csv", EXE, "lies", "EXE"),
        ("a.csv", "Größe".encode("cp1252"), "not_utf8", None),
        ("a.txt", b"a\x00b", "not_utf8", None),
        ("a.pdf", b"\x01\x02\x03", "not_this", None),
        ("a.docx", DOCX[: len(DOCX) // 2], "not_this", None),
        ("a.pdf", b"", "empty", None),
        ("a.pdf", PDF + b" " * 1_000_000, "too_large", None),
        ("a.exe", EXE, "kind", "exe"),
        ("a", PDF, "kind", "?"),
        ("a.pdf.html", b"<html>", "kind", "html"),
    ],
)
def test_anything_else_is_refused_naming_file_and_finding(
    name: str, content: bytes, key: str, found: str | None
) -> None:
    with pytest.raises(Invalid) as error:
        inspect(name, content, megabytes=1, place="plan")
    (problem,) = error.value.problems
    assert (problem.key, problem.place) == (f"store.documents.{key}", "plan")
    assert problem.params.get("found") == found
    for language in LANGUAGES:
        assert name in text(problem.key, language, **problem.params)


@pytest.mark.parametrize(
    "accept", [(), (".csv", ".pdf"), (".CSV",), ("text/*",), ("text/csv",), ("*/*",)]
)
def test_a_place_takes_the_kinds_it_names(accept: tuple[str, ...]) -> None:
    assert inspect("a.csv", GOOD["csv"], megabytes=1, accept=accept).media_type == "text/csv"


def test_endings_of_the_same_kind_are_taken_as_one() -> None:
    assert inspect("a.jpeg", GOOD["jpeg"], megabytes=1, accept=(".jpg",)).name == "a.jpeg"


@pytest.mark.parametrize("accept", [(".pdf", ".docx"), ("image/*",), (".heic",)])
def test_what_is_taken_elsewhere_is_refused_where_it_is_not_named(accept: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as error:
        inspect("a.csv", GOOD["csv"], megabytes=1, place="plan", accept=accept)
    (problem,) = error.value.problems
    assert (problem.key, problem.place) == ("store.documents.kind", "plan")
    assert ", ".join(accept) in text(problem.key, "de", **problem.params)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\eva\Finanzplan 2027.xlsx", "Finanzplan 2027.xlsx"),
        ("Übersicht\u0308.pdf", "Übersich\u1e97.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\nb\0.pdf", "ab.pdf"),
        ('x<y>:"z"|?*.pdf', "x_y___z____.pdf"),
        ("...", "Dokument"),
        ("", "Dokument"),
        ("  viel   Platz .pdf ", "viel Platz .pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_shown_without_their_traps(raw: str, shown: str) -> None:
    assert display_name(raw) == shown


def test_an_upload_is_read_no_further_than_needed() -> None:
    stream = io.BytesIO(b" " * 5_000_000)
    content = read_limited(stream, megabytes=1)
    assert len(content) == stream.tell() == 1_000_001

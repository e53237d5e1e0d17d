"""Hostile XML is refused before anything looks into it."""

from __future__ import annotations

import pytest

from grantflow.decisions.xml import load_xml
from grantflow.errors import BadProgramme
from grantflow.texts import text

ENTITY = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 9))
    + b"]><a>&l8;</a>"
)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (ENTITY, "doctype"),
        (b'<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>', "doctype"),
        (b"<a>" + b"x" * 5_000_000 + b"</a>", "too_large"),
        (b"<a>" * 101 + b"</a>" * 101, "too_deep"),
        (b"<a>" * 5_000 + b"</a>" * 5_000, "broken"),
        (b"<a><b></a>", "broken"),
        (b"", "broken"),
        (b"not xml", "broken"),
        (b"\xff\xfe\x00", "broken"),
    ],
)
def test_hostile_files_are_refused_by_name(raw, key):
    with pytest.raises(BadProgramme) as error:
        load_xml(raw, "x.bpmn")
    (problem,) = error.value.problems
    assert problem.key == f"lint.xml_{key}"
    assert problem.place == "x.bpmn"
    for language in ("de", "en"):
        assert "{" not in text(problem.key, language, **problem.params)


def test_expanding_entities_never_expand():
    with pytest.raises(BadProgramme) as error:
        load_xml(LAUGHS)
    assert error.value.problems[0].key in ("lint.xml_doctype", "lint.xml_broken")


def test_a_sound_file_is_read():
    assert load_xml(b'<?xml version="1.0"?><a><!-- no --><b>c</b></a>').findtext("b") == "c"

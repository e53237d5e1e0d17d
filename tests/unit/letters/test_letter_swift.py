"""The shorter ways through WeasyPrint give the same letters; other versions of it are refused."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO

import pikepdf
import pytest
from tests.unit.letters.conftest import sample_model, shipped
from weasyprint import css

from grantflow import letters
from grantflow.letters import swift
from grantflow.letters.reader import read
from grantflow.letters.swift import installing, styles

pytestmark = pytest.mark.xdist_group("swift")  # both ways are rendered once

# Renders letters (HTML as a JSON list) with WeasyPrint as it is; prints the PDFs as hexadecimal.
PLAIN = """
import json, sys
from grantflow.letters import press, render, swift
swift.install = lambda: None
print(json.dumps([render(html).pdf.hex() for html in json.load(sys.stdin)]))
"""


def _shown(pdf):
    """What a PDF paints, page by page; shifts by nothing between glyphs are left out."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return [[*map(_instruction, pikepdf.parse_content_stream(p))] for p in document.pages]


def _instruction(instruction):
    operands = [_joined(each) for each in instruction.operands]
    return str(instruction.operator), operands


def _joined(operand):
    if not isinstance(operand, pikepdf.Array):
        return str(operand)
    parts = []
    for each in operand:
        if isinstance(each, pikepdf.String):
            glyphs = bytes(each)
            if parts and isinstance(parts[-1], bytes):
                parts[-1] += glyphs
            else:
                parts.append(glyphs)
        elif each != 0:
            parts.append(int(each))
    return parts


def _tags(pdf):
    with pikepdf.open(BytesIO(pdf)) as document:
        return [
            (str(each.get("/S")), str(each.get("/A", "")))
            for each in document.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/StructElem"
        ]


ODD = """<!doctype html><html lang="de-DE"><head><meta charset="utf-8"><title>x</title></head><body>
<main><h1>Überschrift</h1><p>{long}</p><p lang="en">An English paragraph, well hyphenated.</p>
<p style="text-align: justify; width: 60mm">{long}</p><p style="letter-spacing: 2px">{long}</p>
<p style="width: 25mm; overflow-wrap: anywhere">{long}</p><p><u>unter</u> a\u0301 ﬁ 5\u00a0% „x“</p>
<p style="width: 30mm">Donau\u00addampf\u00adschiff\u00adfahrts\u00adgesell\u00adschaft</p>
<div style="float: right; width: 40mm">{long}</div><p>{long}</p><p style="visibility: hidden">x</p>
<p style="width: 90%; background: #eee; padding: 2mm; border-radius: 2mm">{long}</p>
<p style="white-space: pre">a\tb\nc</p><p dir="rtl" style="direction: rtl">{long}</p>
<ol><li>eins</li><li>zwei</li></ol></main></body></html>"""
LONG = (
    "Bewilligungszeitraumverlängerungsbestimmungen gelten für alle Zuwendungen gleichermaßen, " * 9
)


def _letters():
    """Very different pages, shipped and odd."""
    yield ODD.replace("{long}", LONG)
    yield "<html lang='de'><title>x</title><p>Ein Absatz<p>ohne Ende<table><tr><td>x</table></html>"


@pytest.fixture(scope="module")
def plain_and_swift():
    model = sample_model()
    names = ("grant_decision", "rejection_decision", "payment_notice", "information_request")
    pages = [letters.compose(shipped(name), model, {}) for name in names] + list(_letters())
    command = [sys.executable, "-c", PLAIN]
    plain = subprocess.run(
        command, input=json.dumps(pages), capture_output=True, text=True, check=True
    )
    return [
        (bytes.fromhex(old), letters.render(html).pdf)
        for old, html in zip(json.loads(plain.stdout), pages, strict=True)
    ]


def test_letters_look_the_same_as_without_the_shorter_ways(plain_and_swift):
    for plain, quick in plain_and_swift:
        assert _shown(quick) == _shown(plain)


def test_letters_are_tagged_the_same(plain_and_swift):
    for plain, quick in plain_and_swift:
        assert _tags(quick) == _tags(plain)


def test_text_can_be_copied_as_before(plain_and_swift):
    for plain, quick in plain_and_swift:
        assert _mapped(quick) == _mapped(plain)


def _mapped(pdf):
    with pikepdf.open(BytesIO(pdf)) as document:
        fonts = document.pages[0].resources.Font
        return {name: bytes(font.ToUnicode.read_bytes()) for name, font in fonts.items()}


def test_another_version_of_weasyprint_is_refused(monkeypatch):
    monkeypatch.setattr(installing.weasyprint, "__version__", "70.1")
    with pytest.raises(swift.UnknownVersion, match=r"70\.1"):
        swift.install()


def test_the_shorter_ways_are_taken_once():
    letters.render("<html lang='de'><title>x</title><p>x</p></html>")
    taken = css.StyleFor
    swift.install()
    assert css.StyleFor is taken is styles.Styles


def test_known_styles_do_not_grow_without_end(monkeypatch):
    html = "<html lang='de'><title>x</title><p style='margin-left: {}px'>x</p></html>"
    expected = letters.render(html.format(3)).pdf
    monkeypatch.setattr(styles, "_KEEP", 20)
    known = []
    for number in range(12):
        letters.render(html.format(number))
        known.append(len(styles.Styles._known))
    assert max(known) < 60
    assert letters.render(html.format(3)).pdf == expected


# ---- the reader


def _tree(element):
    return element.tag, dict(element.attrib), element.text or "", [_tree(e) for e in element]


def test_composed_letters_are_read_as_html5_reads_them(shipped_name, letter, model, monkeypatch):
    from grantflow.letters import reader  # noqa: PLC0415

    html = letters.compose(letter("reminder"), model, {})
    quick = read(html)
    monkeypatch.setattr(reader, "_tidy", lambda _: None)
    slow = read(html)
    assert _tree(quick.find("body")) == _tree(slow.find("body"))
    assert [m.attrib for m in quick.iter("meta")] == [m.attrib for m in slow.iter("meta")]


@pytest.mark.parametrize(
    "body",
    [
        "<p>eins<p>zwei",
        "<table><tr><td>x</td></tr></table>",
        "<p>vor<ul><li>x</li></ul>nach</p>",
        "<P>Groß</P>",
        "<p>a &nbsp; b &sect; &unbekannt; &amp; c</p>",
        "<ul><li>a<li>b</ul>",
        "<p title=ohne>x</p>",
        "<pre>\n x</pre><script>1 < 2 && 3</script>",
        '<p><svg width="1" viewBox="0 0 1 1"><rect width="1"/></svg></p>',
        "<p>x</p><!-- Bemerkung --><p>y</p>",
        "<p>a<br>b<br/>c<img src='x' alt='>'></p>",
        "<h2>x<div>y</div></h2>",
        "</p><b>fett<i>beides</b>schräg</i>",
    ],
)
def test_untidy_html_is_read_with_the_patience_of_html5(body, monkeypatch):
    from grantflow.letters import reader  # noqa: PLC0415

    html = f"<!DOCTYPE html><html lang='de'><head><title>x</title></head><body>{body}</body></html>"
    found = read(html)
    monkeypatch.setattr(reader, "_tidy", lambda _: None)
    assert _tree(found.find("body")) == _tree(read(html).find("body"))


def test_entities_that_would_unfold_are_not_unfolded():
    bomb = '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><html><body>&b;</body></html>'
    assert "aaaa" not in "".join(read(bomb).find("body").itertext())

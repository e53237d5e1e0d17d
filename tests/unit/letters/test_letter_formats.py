"""Amounts, dates and passages in German."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from grantflow.letters import formats


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("1234567.5"), "1.234.567,50\u00a0€"),
        ("186400.00", "186.400,00\u00a0€"),
        (0, "0,00\u00a0€"),
        (Decimal("-0.005"), "-0,01\u00a0€"),
    ],
)
def test_euro(amount, shown):
    assert formats.euro(amount) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [("0.5", "50"), (Decimal("0.333"), "33,3"), (1, "100"), (0, "0")]
)
def test_per_cent(share, shown):
    assert formats.percent(share) == f"{shown}\u00a0%"


@pytest.mark.parametrize(("value", "shown"), [(14.0, "14"), ("1000", "1.000"), (2.5, "2,5")])
def test_number(value, shown):
    assert formats.number(value) == shown


@pytest.mark.parametrize("day", [date(2026, 3, 2), "2026-03-02", "2026-03-02T10:00:00+00:00"])
def test_dates_come_as_days_or_as_text(day):
    assert formats.date_long(day) == "2.\u00a0März\u00a02026"
    assert formats.date_short(day) == "02.03.2026"


def test_lines_lose_their_bullets_and_empty_ones():
    assert formats.lines("- eins\n\n  zwei \n- ") == ["eins", "zwei"]
    assert formats.lines(["eins", 2]) == ["eins", "2"]


def test_paragraphs_are_escaped():
    html = formats.paragraphs("Ein <b>\nzweite Zeile\n\n- eins\n- zwei\nEnde")
    assert html == (
        "<p>Ein &lt;b&gt;<br>zweite Zeile</p>\n<ul><li>eins</li><li>zwei</li></ul>\n<p>Ende</p>"
    )


def test_a_passage_of_a_file_loses_its_line_breaks():
    assert formats.unwrapped("\neins\nzwei\n\ndrei:\n- vier\n  fünf\n- sechs\n") == (
        "eins zwei\n\ndrei:\n- vier fünf\n- sechs"
    )


def test_a_paragraph_sign_stays_with_its_number():
    glued = formats.glued("nach § 44 Abs. 2 Satz 1 und §§ 23, 44 oder Nr. 3, Absatz der")
    assert glued == (
        "nach §\u00a044 Abs.\u00a02 Satz\u00a01 und §§\u00a023, 44 oder Nr.\u00a03, Absatz der"
    )

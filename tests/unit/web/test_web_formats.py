"""Dates, amounts, safe texts and sealed values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from grantflow.services.policy import Actor, Grant
from grantflow.store.scope import NOBODY
from grantflow.texts import text
from grantflow.web import formats, navigation, security
from grantflow.web.markdown import markdown
from grantflow.web.task_form import path_of

MIDNIGHT = datetime(2027, 6, 30, 22, tzinfo=UTC)  # in Germany the first of July begins


def test_amounts_and_numbers_are_written_in_both_languages() -> None:
    assert formats.money("1234.5") == "1.234,50\xa0€"
    assert formats.money(Decimal("1234.5"), "en") == "€1,234.50"
    assert formats.money(None) == ""
    assert formats.number(1234.5) == "1.234,5"
    assert formats.number("") == ""


def test_an_amount_within_a_sentence_keeps_its_cents() -> None:
    assert formats.amount("12000.00") == "12.000,00"
    assert formats.amount(Decimal("-0.50"), "en") == "-0.50"


def test_days_within_a_text_are_written_as_people_write_them() -> None:
    assert (
        formats.days_within("bis 2025-12-22; neu: 2026-01-05") == "bis 22.12.2025; neu: 05.01.2026"
    )
    assert formats.days_within("until 2025-12-22", "en") == "until 22/12/2025"
    for kept in ("2025-13-22", "MP-2025-12-22", "ab 2025", ""):
        assert formats.days_within(kept) == kept


def test_codes_of_the_rules_have_words_and_others_show_themselves() -> None:
    assert formats.code("act/365") == "taggenau, 365 Tage im Jahr"
    assert formats.code("CENT", "en") == text("computations.code.CENT", "en") != "CENT"
    assert formats.code("unheard of") == "unheard of"


def test_moments_are_those_of_germany() -> None:
    assert formats.day(MIDNIGHT) == "1. Juli 2027"
    assert formats.moment(MIDNIGHT) == "1. Juli 2027, 00:00 Uhr"
    assert formats.moment("2027-01-01T09:00:00+00:00", "en") == "1 January 2027, 10:00"
    assert formats.moment(None) == ""
    assert formats.clock_time(MIDNIGHT) == "00:00"
    assert formats.day("2027-02-01", "en") == "1 February 2027"
    assert formats.day("") == ""
    assert formats.short_day(date(2027, 2, 1)) == "01.02.2027"
    assert formats.short_day(datetime(2027, 2, 1), "en") == "01/02/2027"  # noqa: DTZ001
    assert formats.short_day(None) == ""
    assert formats.month(date(2027, 2, 1)) == "Februar 2027"


def test_a_deadline_at_midnight_ends_with_the_day_before() -> None:
    assert formats.last_day(MIDNIGHT) == "30. Juni 2027"
    assert formats.last_day(datetime(2027, 6, 30, 10, tzinfo=UTC)) == "30. Juni 2027, 12:00 Uhr"


def test_a_due_moment_is_told_as_its_last_day_everywhere() -> None:
    noon = datetime(2027, 6, 30, 10, tzinfo=UTC)
    assert (formats.due(MIDNIGHT), formats.due(noon)) == ("30.06.2027", "30.06.2027")
    assert formats.until(MIDNIGHT) == "bis zum Ablauf des 30. Juni 2027"
    assert formats.until(MIDNIGHT, "en") == "until the end of 30 June 2027"
    assert formats.until(noon) == "30. Juni 2027, 12:00 Uhr"


def test_sizes_are_readable() -> None:
    assert formats.size(10) == "1 kB"
    assert formats.size(1_449_000) == "1,4 MB"


def test_values_in_texts_are_written_for_people() -> None:
    words = formats.words({"n": Decimal("1.5"), "count": 2}, "x", "de")
    assert words["n"] == "1,5"
    cents = formats.words({"paid": Decimal("1876.50"), "due": Decimal("5000.00")}, "x", "de")
    assert (cents["paid"], cents["due"]) == ("1.876,50", "5.000,00")
    assert words["count"] == 2
    money = formats.words({"least": Decimal(5)}, "forms.too_small_money", "de")
    assert text("forms.too_small_money", "de", **money).endswith("5,00\xa0€ ein.")


def test_markdown_makes_structure_and_never_html() -> None:
    html = markdown(
        "# Titel\n\nEin **fetter** und *schräger* Satz\nmit [Verweis](https://example.org).\n\n"
        "- eins\n- zwei\n\n1. erst\n2. dann\n\n<script>alert(1)</script>\n[x](javascript:alert(1))"
    )
    assert '<h2 class="kern-heading-medium">Titel</h2>' in html
    assert "<strong>fetter</strong>" in html
    assert "<em>schräger</em>" in html
    assert 'href="https://example.org"' in html
    assert html.count("<li>") == 4
    assert "<script" not in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/a/b?c=d", "/a/b?c=d"),
        ("http://here/a?x=1", "/a?x=1"),
        ("https://evil.example/a", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("http:evil", "/"),
        ("javascript:alert(1)", "/"),
        ("a/b", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("", "/"),
    ],
)
def test_only_places_on_this_site_are_gone_to(target: str, safe: str) -> None:
    assert security.local_path(target, "http://here/") == safe


def test_a_sealed_value_opens_only_with_its_secret() -> None:
    sealed = security.sign(b"value", "secret")
    assert security.unsign(sealed, "secret") == b"value"
    assert security.unsign(sealed, "other") is None
    assert security.unsign("kein base64 ä", "secret") is None
    assert not security.same("", "")


def test_editors_of_diagrams_may_style_what_they_draw_and_nobody_may_run_scripts() -> None:
    policy = security.content_policy(inline_styles=True, framed=True)
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'self'" in policy


def test_everybody_sees_the_entries_of_their_roles() -> None:
    def hrefs(kind: str, *roles: str) -> list[str]:
        home = next(iter(NOBODY), None)
        grants = frozenset(Grant(role, home) for role in roles)  # type: ignore[arg-type]
        actor = Actor(None, "", "", "de", kind, grants)
        return [entry.href for entry in navigation.entries(actor, "/tasks/5")]

    assert [entry.href for entry in navigation.entries(None, "/")] == ["/"]
    assert hrefs("applicant") == ["/my/cases", "/"]
    assert "/studio" in hrefs("staff", "PROGRAMME_MANAGER")
    assert "/tasks" not in hrefs("staff", "PROGRAMME_MANAGER")
    assert "/reviews" in hrefs("staff", "PANEL_MEMBER")
    officer = Actor(None, "", "", "de", "staff", frozenset({Grant("CASE_OFFICER", None)}))  # type: ignore[arg-type]
    marked = [entry.href for entry in navigation.entries(officer, "/tasks/5") if entry.current]
    assert marked == ["/tasks"]


def test_the_path_of_a_field_has_no_row_numbers() -> None:
    assert path_of("place.0.rooms.12.rent") == "place.rooms.rent"

"""Rule books: effective dates, overrides, and a loader that finds every fault."""

from __future__ import annotations

from datetime import date

import pytest

from grantflow.errors import BadProgramme, NotFound
from grantflow.rules.profiles import MissingValue, at, parse, profile

HEAD = 'area = "x"\n[title]\nde = "X"\nen = "X"\n'


def _version(name: str, fields: str) -> str:
    return f'[[values.{name}]]\n{fields}\nsource = "s"\nconfidence = "law"\n'


# What only one of the areas knows, because its law or its programmes do.
_OWN = {
    "federal": {"fixed_amount_municipal_limit", "min_laender_bamf_struktur"},
    "hessen": set(),
    "berlin": {
        *("fixed_amount_limit", "fund_parts", "procurement_comparison_until"),
        *("procurement_direct_until", "procurement_formal_from"),
    },
}


@pytest.mark.parametrize("area", ["federal", "berlin", "hessen"])
def test_the_shipped_books_hold_the_same_names_beside_their_own(area: str) -> None:
    day = date(2026, 1, 1)
    books = {name: set(profile(name, day).book.values) for name in (area, "federal")}
    assert books[area] - _OWN[area] == books["federal"] - _OWN["federal"]
    assert _OWN[area] <= books[area]


def test_a_value_belongs_to_a_day() -> None:
    rules = profile("berlin", date(2025, 7, 24))
    assert rules.value("line_tolerance").value == 0.2
    assert rules.value("line_tolerance", date(2025, 7, 25)).value == 0.3


def test_uncertain_values_are_listed_with_their_sources() -> None:
    uncertain = profile("hessen", date(2026, 1, 1)).uncertain()
    assert uncertain["deemed_days"].confidence == "general"
    assert "remedy_months" not in uncertain


def test_a_value_before_its_first_day_is_left_out_of_the_list() -> None:
    assert profile("hessen", date(1980, 1, 1)).uncertain() == {}


def test_a_programme_overrides_values() -> None:
    own = {"deemed_days": 3, "line_tolerance": {"value": 0.3, "source": "Richtlinie 4.2"}}
    rules = profile("federal", date(2026, 1, 1), own)
    assert rules.number("deemed_days") == 3
    assert rules.value("line_tolerance").source == "Richtlinie 4.2"
    assert set(rules.uncertain()) >= set(own)


def test_an_own_value_counts_on_its_days_and_the_book_on_all_others() -> None:
    said = {"source": "Richtlinie 4.2", "confidence": "published"}
    own = [
        {"value": 0.3, "from": date(2026, 1, 1), "until": date(2026, 12, 31), **said},
        {"value": 0.4, "from": date(2027, 1, 1), "until": date(2027, 12, 31), **said},
    ]
    rules = profile("federal", date(2026, 1, 1), {"line_tolerance": own})
    days = [date(2025, 12, 31), date(2026, 12, 31), date(2027, 1, 1), date(2028, 1, 1)]
    assert [rules.value("line_tolerance", day).value for day in days] == [0.2, 0.3, 0.4, 0.2]
    assert "line_tolerance" not in rules.uncertain()
    book = profile("federal", date(2026, 1, 1))
    assert rules.digest != book.digest
    assert rules.digest != profile("federal", book.on, {"line_tolerance": own[0]}).digest


def test_a_wrong_override_is_refused() -> None:
    with pytest.raises(BadProgramme, match=r"profile_overrides\.deemed_days\.moon"):
        profile("federal", date(2026, 1, 1), {"deemed_days": {"value": 3, "moon": 1}})


@pytest.mark.parametrize("name", ["nothing", "prompt_use"])
def test_a_missing_number_says_its_name(name: str) -> None:
    with pytest.raises(MissingValue, match=name):
        profile("federal", date(2026, 1, 1)).number(name)


@pytest.mark.parametrize("area", ["saturn", "../federal"])
def test_an_unknown_area_is_not_found(area: str) -> None:
    with pytest.raises(NotFound):
        profile(area, date(2026, 1, 1))


def test_gaps_overlaps_and_turned_dates_are_all_found() -> None:
    toml = (
        HEAD
        + _version("a", "from = 2020-01-01\nuntil = 2020-12-30\nvalue = 1")
        + _version("a", "from = 2021-01-01\nvalue = 2")
        + _version("b", "from = 2020-01-01\nuntil = 2021-01-01\nvalue = 1")
        + _version("b", "from = 2021-01-01\nvalue = 2")
        + _version("c", "from = 2020-01-01\nvalue = 1")
        + _version("c", "from = 2021-01-01\nvalue = 2")
        + _version("d", "from = 2020-01-01\nuntil = 2019-01-01\nvalue = 1")
        + "[values]\ne = []\n"
    ).replace("[values]\ne = []\n", "")
    with pytest.raises(BadProgramme) as caught:
        parse(toml.encode(), "x.toml")
    found = [(p.key, p.place) for p in caught.value.problems]
    assert found == [
        ("rules.gap", "x.toml#a"),
        ("rules.overlap", "x.toml#b"),
        ("rules.overlap", "x.toml#c"),
        ("rules.ends_before_start", "x.toml#d"),
    ]


def test_a_name_without_versions_is_a_fault() -> None:
    with pytest.raises(BadProgramme, match=r"rules\.empty"):
        parse((HEAD + "[values]\ne = []\n").encode(), "x.toml")


@pytest.mark.parametrize(
    ("toml", "key"),
    [(b"area = ", r"rules\.not_toml"), (b"\xff", r"rules\.not_toml"), (b"area = 1", "wrong_field")],
)
def test_a_broken_file_is_refused(toml: bytes, key: str) -> None:
    with pytest.raises(BadProgramme, match=key):
        parse(toml, "x.toml")


def test_a_frozen_book_can_be_seen_from_a_day() -> None:
    book = parse((HEAD + _version("a", "from = 2020-01-01\nvalue = true")).encode(), "x.toml")
    assert at(book, date(2026, 1, 1)).switch("a") is True

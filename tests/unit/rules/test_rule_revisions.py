"""Changing rule books: a value from a day on, refusals that say how to mend, deliveries."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grantflow.errors import BadProgramme
from grantflow.rules.base_rate_book import NAME, from_book, to_book
from grantflow.rules.base_rates import base_rates
from grantflow.rules.profiles import RuleBook, Version, checked, parse, restore
from grantflow.rules.revisions import differences, require_kind, taken_over, version_of, with_value

BOOK = """
area = "somewhere"
[title]
de = "Irgendwo"
en = "Somewhere"
[[values.days]]
from = 1990-01-01
until = 2024-12-31
value = 3
source = "§ 1"
confidence = "law"
[[values.days]]
from = 2025-01-01
value = 4
source = "§ 1"
confidence = "law"
[[values.kind]]
from = 1990-01-01
value = "A"
source = "§ 2"
confidence = "assumption"
"""


@pytest.fixture
def book() -> RuleBook:
    return parse(BOOK.encode(), "somewhere.toml")


def entry(since: str, value: Any = 5, until: str | None = None, **more: Any) -> Version:
    facts = {"from": since, "until": until, "value": value, "source": "§ 3", "confidence": "law"}
    return version_of({**facts, **more})


def spans(book: RuleBook, name: str = "days") -> list[tuple[Any, date, date | None]]:
    return [(one.value, one.since, one.until) for one in book.values[name]]


def keys(error: pytest.ExceptionInfo[BadProgramme]) -> set[str]:
    return {problem.key for problem in error.value.problems}


def test_a_new_value_ends_the_one_before_on_the_day_before(book: RuleBook) -> None:
    changed = with_value(book, "days", entry("2027-03-01"))
    assert spans(changed)[1:] == [
        (4, date(2025, 1, 1), date(2027, 2, 28)),
        (5, date(2027, 3, 1), None),
    ]
    assert changed.digest != book.digest
    assert spans(book)[-1] == (4, date(2025, 1, 1), None)


def test_an_entry_of_the_same_day_is_replaced(book: RuleBook) -> None:
    changed = with_value(book, "days", entry("2025-01-01", 6))
    assert [value for value, *_ in spans(changed)] == [3, 6]


def test_a_value_for_a_time_between_two_entries_fits_exactly_or_is_refused(book: RuleBook) -> None:
    fits = with_value(book, "days", entry("2020-01-01", until="2024-12-31"))
    assert spans(fits) == [
        (3, date(1990, 1, 1), date(2019, 12, 31)),
        (5, date(2020, 1, 1), date(2024, 12, 31)),
        (4, date(2025, 1, 1), None),
    ]
    for until, key in (
        (None, "rules.later_entry"),
        ("2024-06-30", "rules.gap"),
        ("2025-06-30", "rules.overlap"),
        ("2019-01-01", "rules.ends_before_start"),
    ):
        with pytest.raises(BadProgramme) as refused:
            with_value(book, "days", entry("2020-01-01", until=until))
        assert key in keys(refused)
    later = refused.value
    assert later.problems


def test_an_open_end_before_a_later_entry_says_which_day_mends_it(book: RuleBook) -> None:
    with pytest.raises(BadProgramme) as refused:
        with_value(book, "days", entry("2020-01-01"))
    (problem,) = refused.value.problems
    assert (problem.place, problem.params["until"]) == ("until", date(2024, 12, 31))


def test_a_value_after_one_that_has_ended_leaves_no_gap(book: RuleBook) -> None:
    ended = with_value(book, "days", entry("2025-01-01", 4, "2026-12-31"))
    assert spans(with_value(ended, "days", entry("2027-01-01")))[1][2] == date(2026, 12, 31)
    with pytest.raises(BadProgramme) as refused:
        with_value(ended, "days", entry("2027-02-01"))
    assert keys(refused) == {"rules.gap"}


def test_a_value_never_changes_its_kind(book: RuleBook) -> None:
    with pytest.raises(BadProgramme) as refused:
        with_value(book, "days", entry("2027-01-01", "vier"))
    assert keys(refused) == {"rules.mixed_kinds"}
    with pytest.raises(BadProgramme) as wrong:
        require_kind("days", True, 4)
    assert keys(wrong) == {"rules.wrong_kind"}
    require_kind("days", 0.5, 4)


def test_a_wrong_field_is_named() -> None:
    with pytest.raises(BadProgramme) as refused:
        version_of({"from": "gestern", "value": 1, "source": "", "confidence": "sure"})
    assert {p.params["field"] for p in refused.value.problems} == {"from", "confidence"}


def test_a_stored_book_comes_back_with_the_same_digest(book: RuleBook) -> None:
    assert restore(book.stored()).digest == book.digest
    with pytest.raises(BadProgramme):
        restore("{}")


def test_a_stored_book_with_a_gap_is_refused(book: RuleBook) -> None:
    broken = book.stored().replace("2024-12-31", "2024-11-30")
    with pytest.raises(BadProgramme) as refused:
        restore(broken)
    assert keys(refused) == {"rules.gap"}
    assert checked(book, "") is book


def test_differences_name_every_entry_that_is_other(book: RuleBook) -> None:
    changed = with_value(book, "days", entry("2027-03-01"))
    added = with_value(changed, "weeks", entry("2027-03-01", 2))
    found = [(d.name, d.old and d.old.since, d.new and d.new.value) for d in
             differences(book, added)]  # fmt: skip
    assert found == [("days", date(2025, 1, 1), 4), ("days", None, 5), ("weeks", None, 2)]
    assert differences(book, book) == ()
    assert [d.new for d in differences(added, book) if d.name == "weeks"] == [None]


def test_a_delivery_keeps_the_values_changed_here(book: RuleBook) -> None:
    ours = with_value(book, "days", entry("2027-03-01"))
    delivered = parse(BOOK.replace('"A"', '"B"').encode(), "somewhere.toml")
    merged = taken_over(ours, delivered, {"days", "gone"})
    assert merged.values["days"] == ours.values["days"]
    assert merged.values["kind"][0].value == "B"
    assert taken_over(ours, delivered, set()).digest == delivered.digest


SAID = {"source": "Bundesbank", "confidence": "published"}


def test_base_rates_become_a_book_and_rates_again() -> None:
    rates = base_rates(
        {
            "until": "2026-12-31",
            "rates": [
                {"from": "2026-01-01", "rate": "1.27", **SAID},
                {"from": "2026-07-01", "rate": "-0.88", **SAID},
            ],
        },
        "test",
    )
    book = to_book(rates)
    assert spans(book, NAME) == [
        (1.27, date(2026, 1, 1), date(2026, 6, 30)),
        (-0.88, date(2026, 7, 1), date(2026, 12, 31)),
    ]
    assert from_book(restore(book.stored())) == rates


def test_base_rates_need_a_last_day_and_begin_in_january_or_july() -> None:
    given = {"from": "2026-07-01", "rate": "1", **SAID}
    rates = base_rates({"until": "2026-12-31", "rates": [given]}, "")
    book = to_book(rates)
    with pytest.raises(BadProgramme) as endless:
        from_book(with_value(book, NAME, entry("2027-01-01", 2.0)))
    assert keys(endless) == {"rules_admin.base_rate_until"}
    for until in ("2027-12-31", "2099-12-31"):
        with pytest.raises(BadProgramme) as long:
            from_book(with_value(book, NAME, entry("2027-01-01", 2.0, until)))
        assert keys(long) == {"rules_money.rate_end"}
    september = with_value(book, NAME, entry("2026-09-01", 2.0, "2026-12-31"))
    with pytest.raises(BadProgramme) as day:
        from_book(september)
    assert keys(day) == {"rules_money.rate_day"}

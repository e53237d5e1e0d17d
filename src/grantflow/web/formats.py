"""How dates, times, amounts and sizes are written in German and English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal
from jinja2 import pass_context
from jinja2.runtime import Context

from grantflow.clock import BERLIN
from grantflow.rules import periods
from grantflow.texts import catalogue, text
from grantflow.texts.days import in_words
from grantflow.web.answers import batch_answers
from grantflow.web.markdown import markdown

_ISO_DAY = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")

LOCALES = {"de": "de_DE", "en": "en_GB"}


def locale_of(language: str) -> str:
    """The Babel locale of one of our languages."""
    return LOCALES.get(language, "de_DE")


def money(amount: Decimal | str | float | None, language: str = "de") -> str:
    """An amount in euro, e.g. ``1.234,56 €``; nothing stays empty."""
    if amount is None or amount == "":
        return ""
    return format_currency(Decimal(str(amount)), "EUR", locale=locale_of(language))


def amount(value: Decimal | str, language: str = "de") -> str:
    """An amount with two decimals and without its currency, e.g. ``1.234,56``."""
    return format_decimal(Decimal(value), "#,##0.00", locale=locale_of(language))


def number(value: Any, language: str = "de") -> str:
    """A number with the separators of the language."""
    return "" if value is None or value == "" else format_decimal(value, locale=locale_of(language))


def day(value: date | datetime | str | None, language: str = "de") -> str:
    """A calendar day in words, e.g. ``8. September 2026``, as seen in Germany."""
    moment = _moment(value)
    return "" if moment is None else in_words(_german_day(moment), language).words


def short_day(value: date | datetime | str | None, language: str = "de") -> str:
    """A calendar day in figures, e.g. ``08.09.2026``."""
    moment = _moment(value)
    if moment is None:
        return ""
    pattern = "dd.MM.yyyy" if language == "de" else "dd/MM/yyyy"
    return format_date(_german_day(moment), pattern, locale_of(language))


def day_after(value: date) -> date:
    """The first day on which a deadline is over."""
    return value + timedelta(days=1)


def days_within(value: str, language: str = "de") -> str:
    """A text whose days are in ISO 8601, as FEEL writes them, with days as people write them."""
    return _ISO_DAY.sub(lambda found: _readable(found.group(), language), value)


def code(value: Any, language: str = "de") -> str:
    """A code of the rules in words; what has none shows itself."""
    return catalogue(language).get(f"computations.code.{value}", str(value))


def _readable(written: str, language: str) -> str:
    try:
        return short_day(date.fromisoformat(written), language)
    except ValueError:
        return written  # no day of the calendar: part of some number


def moment(value: datetime | str | None, language: str = "de") -> str:
    """A day and time in Germany, e.g. ``8. September 2026, 14:03``."""
    found = _moment(value)
    if not isinstance(found, datetime):
        return day(found, language)
    return in_words(found, language).words


def clock_time(value: datetime, language: str = "de") -> str:
    """The time of day in Germany, e.g. ``14:03``."""
    return format_time(value.astimezone(BERLIN), "HH:mm", locale=locale_of(language))


def last_day(value: datetime, language: str = "de") -> str:
    """The last whole day before a moment: what ends at midnight ends on the day before.

    Any other time of day belongs to the deadline and is shown.
    """
    if _at_midnight(value):
        return day(periods.last_day(value), language)
    return moment(value, language)


def until(value: datetime, language: str = "de") -> str:
    """When something ends, in words: at the end of the last whole day, or at a time of day."""
    if _at_midnight(value):
        return text("web.until_end_of", language, day=day(periods.last_day(value), language))
    return moment(value, language)


def due(value: datetime, language: str = "de") -> str:
    """The last day on which something is in time; midnight belongs to the day before."""
    return short_day(periods.last_day(value), language)


def _at_midnight(value: datetime) -> bool:
    return value.astimezone(BERLIN).time() == time.min


def month(value: date, language: str = "de") -> str:
    """Month and year."""
    return format_skeleton("yMMMM", value, locale=locale_of(language))


def size(octets: int, language: str = "de") -> str:
    """The size of a file, e.g. ``1,4 MB``."""
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))} kB"
    return format_decimal(round(octets / 1_000_000, 1), locale=locale_of(language)) + " MB"


_CENTS = -2  # the exponent of an amount in euro and cent; rates and counts are kept without


def words(params: Mapping[str, Any], key: str, language: str) -> dict[str, Any]:
    """The parameters of a text as people write them; days are worded by the text itself.

    Amounts are euro where the key ends with ``money``; elsewhere they keep their two decimals.
    """
    return {name: _word(value, key, language) for name, value in params.items()}


def _word(value: Any, key: str, language: str) -> Any:
    if isinstance(value, Decimal):
        if key.endswith("money"):
            return money(value, language)
        in_cents = value.as_tuple().exponent == _CENTS
        return amount(value, language) if in_cents else number(value, language)
    return value


def _moment(value: date | datetime | str | None) -> date | datetime | None:
    if isinstance(value, str):
        if not value:
            return None
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return value


def _german_day(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return value.astimezone(BERLIN).date() if value.tzinfo else value.date()
    return value


def _in_context(format_: Callable[[Any, str], str]) -> Callable[[Context, Any], str]:
    @pass_context
    def filter_(context: Context, value: Any) -> str:
        return format_(value, context["language"])

    return filter_


FILTERS: Mapping[str, Callable[..., Any]] = {
    "money": _in_context(money),
    "number": _in_context(number),
    "date": _in_context(day),
    "shortdate": _in_context(short_day),
    "dayafter": day_after,
    "code": _in_context(code),
    "days": _in_context(days_within),
    "datetime": _in_context(moment),
    "time": _in_context(clock_time),
    "lastday": _in_context(last_day),
    "until": _in_context(until),
    "due": _in_context(due),
    "month": _in_context(month),
    "size": _in_context(size),
    "markdown": markdown,
    "batch_answers": batch_answers,
}

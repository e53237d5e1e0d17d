"""Base rates written as a rule book, so that they are entered and released like every value."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from grantflow.errors import BadProgramme, Problem
from grantflow.rules.base_rates import BaseRate, BaseRates, base_rates
from grantflow.rules.profiles import RuleBook, Version
from grantflow.texts import LANGUAGES, text

AREA, NAME = "base_rates", "base_rate"
_DAY = timedelta(days=1)


def to_book(rates: BaseRates) -> RuleBook:
    """The rates in percent as one value with a last day for each."""
    ends = [after.since - _DAY for _, after in pairwise(rates.rates)]
    entries = zip(rates.rates, [*ends, rates.until], strict=True)
    versions = tuple(_entry(rate, until) for rate, until in entries)
    title = {language: text("rules_admin.area.base_rates", language) for language in LANGUAGES}
    return RuleBook.model_validate({"area": AREA, "title": title, "values": {NAME: versions}})


def _entry(rate: BaseRate, until: date) -> Version:
    facts = {
        "from": rate.since,
        "until": until,
        "value": float(rate.rate),
        "source": rate.source,
        "confidence": rate.confidence,
    }
    return Version.model_validate(facts)


def from_book(book: RuleBook) -> BaseRates:
    """The rates of a book; BadProgramme for a day that is no change of rates or no last day."""
    versions = book.values.get(NAME, ())
    if not versions or versions[-1].until is None:
        raise BadProgramme([Problem("rules_admin.base_rate_until", place="until")])
    given = {
        "until": versions[-1].until,
        "rates": [
            {
                "from": one.since,
                "rate": Decimal(str(one.value)),
                "source": one.source,
                "confidence": one.confidence,
            }
            for one in versions
        ],
    }
    return base_rates(given, "")

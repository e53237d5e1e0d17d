"""The base rates in force: those released here, else those that come with the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from grantflow.rules.base_rate_book import AREA, from_book
from grantflow.rules.base_rates import BaseRates, shipped
from grantflow.services import rule_books


def in_force(session: Session) -> BaseRates:
    """The base rates (§ 247 BGB, percent) of the released version. Raises BadProgramme.

    They are law of the half-year they hold for, so no decision binds a case to older ones.
    """
    version = rule_books.current(session, AREA)
    return from_book(rule_books.book_of(version)) if version else shipped()


def as_fact(session: Session) -> Mapping[str, Any]:
    """The base rates as the fact ``base_rates`` of the rules about interest."""
    rates = in_force(session)
    listed = [
        {
            "from": one.since.isoformat(),
            "rate": str(one.rate),
            "source": one.source,
            "confidence": one.confidence,
        }
        for one in rates.rates
    ]
    return {"until": rates.until.isoformat(), "rates": listed}

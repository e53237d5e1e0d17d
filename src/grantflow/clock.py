"""The only place that knows what time it is, so that tests and the demo can move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
_frozen: ContextVar[datetime | None] = ContextVar("grantflow_now", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """The present calendar day in Germany, on which legal periods are counted."""
    return now().astimezone(BERLIN).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let everything inside happen at this (aware) moment."""
    if moment.tzinfo is None:
        raise ValueError("moment must be aware")
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)

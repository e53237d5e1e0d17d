"""Working days and public holidays by Land, on which legal periods are counted (§ 193 BGB)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from grantflow.errors import NotFound
from grantflow.texts import text

LANDS = frozenset(
    {"BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV"}
    | {"NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"}
)
SWITCHES = frozenset({"catholic", "augsburg"})
_NAMES = {"de": "de", "en": "en_US"}
_SATURDAY = 5
_DAY = timedelta(days=1)


class UnknownCalendar(NotFound):
    """There is no holiday calendar of this name."""

    default_key = "rules.unknown_calendar"


@dataclass(frozen=True)
class Calendar:
    """The working days at one place: Land, local switches, and days added by the authority."""

    land: str
    switches: frozenset[str] = frozenset()
    extra: frozenset[date] = frozenset()

    def holiday(self, day: date, language: str = "de") -> str:
        """The name of the public holiday on this day, or an empty string."""
        if day in self.extra:
            return text("rules.local_holiday", language)
        return _holidays(self.land, self.switches, day.year, _NAMES[language]).get(day, "")

    def is_working_day(self, day: date) -> bool:
        """Neither Saturday nor Sunday nor public holiday (§ 193 BGB, § 31 Abs. 3 VwVfG)."""
        return day.weekday() < _SATURDAY and not self.holiday(day)

    def next_working_day(self, day: date) -> date:
        """This day if it is a working day, else the next one."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def previous_working_day(self, day: date) -> date:
        """This day if it is a working day, else the last one before it."""
        while not self.is_working_day(day):
            day -= _DAY
        return day


def calendar(land: str, switches: Iterable[str] = (), extra: Iterable[date] = ()) -> Calendar:
    """The calendar of a Land (BE, HE, BY, …); UnknownCalendar for any other name.

    The name may carry switches itself, as an authority's setting does: ``BY+catholic``. Switches
    name holidays of some municipalities only: ``catholic`` (15 August in parts of
    Bavaria, Corpus Christi in parts of Saxony and Thuringia), ``augsburg`` (8 and 15 August).
    ``extra`` are further free days at the seat of the authority.
    """
    land, *named = land.split("+")
    wanted = frozenset([*switches, *named])
    if land not in LANDS or not wanted <= SWITCHES:
        raise UnknownCalendar(name=" ".join([land, *sorted(wanted)]))
    return Calendar(land, wanted, frozenset(extra))


@lru_cache(maxsize=512)
def _holidays(land: str, switches: frozenset[str], year: int, language: str) -> dict[date, str]:
    from holidays import country_holidays  # noqa: PLC0415  (a tenth of every start)

    categories = ("public", "catholic") if "catholic" in switches else ("public",)
    subdivision = "Augsburg" if land == "BY" and "augsburg" in switches else land
    return dict(
        country_holidays(
            "DE", subdiv=subdivision, years=year, language=language, categories=categories
        ).items()
    )

"""Comparing the base rates and holidays of a vectors file with the rules' own data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from grantflow.rules.base_rates import shipped
from grantflow.rules.calendar import LANDS, calendar
from grantflow.rules.verify.compare import Difference, differences

_DAY = timedelta(days=1)


def meta_differences(meta: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Every base rate, its last day, and every holiday that is other than the rules have it."""
    found: list[Difference] = []
    rates = shipped()
    known = {rate.since.isoformat(): rate.rate for rate in rates.rates}
    for number, row in enumerate(_list(meta.get("baseRates"))):
        place = f"meta.baseRates.{number}."
        if not isinstance(row, Mapping) or not isinstance(row.get("from"), str):
            found.append(Difference("rules_verify.not_object", f"meta.baseRates.{number}"))
            continue
        answer = {"rate": known[row["from"]]} if row["from"] in known else {}
        found += differences({"rate": row.get("rate")}, answer, place)
    if "baseRateValidUntil" in meta:
        until = {"baseRateValidUntil": meta["baseRateValidUntil"]}
        found += differences(until, {"baseRateValidUntil": rates.until}, "meta.")
    return (*found, *_holidays(meta.get("holidaysSample")))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _holidays(sample: Any) -> list[Difference]:
    """Holidays by Land and year; their names are not compared."""
    found: list[Difference] = []
    for land, years in sample.items() if isinstance(sample, Mapping) else ():
        if land not in LANDS or not isinstance(years, Mapping):
            found.append(Difference("rules_verify.strange", f"meta.holidaysSample.{land}"))
            continue
        for year, days in years.items():
            place = f"meta.holidaysSample.{land}.{year}"
            if not year.isdigit() or not 1990 <= int(year) <= 2200:
                found.append(Difference("rules_verify.strange", place))
                continue
            expected, actual = sorted(days), _free(land, int(year))
            found += differences({"days": expected}, {"days": actual}, f"{place}.")
    return found


def _free(land: str, year: int) -> list[str]:
    days = calendar(land)
    first = date(year, 1, 1)
    every = (first + _DAY * n for n in range(366))
    return [day.isoformat() for day in every if day.year == year and days.holiday(day)]

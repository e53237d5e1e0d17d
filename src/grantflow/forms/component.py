"""Reads what one component of a schema says about itself: limits, choices, format, width."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from grantflow.forms.amounts import NotANumber, as_decimal
from grantflow.forms.field import CHOICES, LENGTH, MOVING, OFFERED, ROWS, Kind, Limits, Option

SHAPES = {
    Kind.TEXTFIELD: {"iban", "email", "url", "tel"},
    Kind.NUMBER: {"money"},
    Kind.EXPRESSION: {"money", "number"},
}
_DECLARED = {"email": "email", "phone": "tel"}


class Wrong(Protocol):
    """Takes note of a fault of this component."""

    def __call__(self, key: str, /, **params: Any) -> None: ...


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def written(value: Any) -> str:
    """The value as text; nothing is empty text."""
    return "" if value is None else str(value)


def formula(value: Any) -> str:
    """A FEEL expression without its leading equals sign."""
    return written(value).strip().removeprefix("=").strip()


def label(component: Mapping[str, Any]) -> str:
    """The German label."""
    return written(component.get("label") or component.get("dateLabel"))


def width(component: Mapping[str, Any]) -> int:
    """How many of sixteen columns it takes."""
    columns = mapping(component.get("layout")).get("columns")
    return columns if isinstance(columns, int) and 0 < columns <= 16 else 16


def shape(component: Mapping[str, Any], kind: Kind, wrong: Wrong) -> str:
    """The format of a text or number: money, iban, email, url, tel or empty."""
    found = written(mapping(component.get("properties")).get("format"))
    if found and found not in SHAPES.get(kind, set()):
        wrong("forms.lint.format", format=found, type=str(kind))
        return ""
    if kind is Kind.DATE and component.get("subtype", "date") != "date":
        wrong("forms.lint.subtype")
    if kind is Kind.TEXTFIELD and not found:
        return _DECLARED.get(written(mapping(component.get("validate")).get("validationType")), "")
    return found


def options(component: Mapping[str, Any], kind: Kind, wrong: Wrong) -> tuple[Option, ...]:
    """What can be chosen, if the schema says it."""
    if kind not in CHOICES:
        return ()
    values = component.get("values")
    if not isinstance(values, list):
        if not component.get("valuesKey"):
            wrong("forms.lint.no_values")
        return ()
    english = _english(mapping(component.get("properties")), wrong)
    found: dict[str, Option] = {}
    for entry in values:
        value = written(mapping(entry).get("value"))
        if not value or value in found:
            wrong("forms.lint.value", value=value)
        name = written(mapping(entry).get("label")) or value
        found[value] = Option(value, name, english.get(value, ""))
    return tuple(found.values())


def offered(component: Mapping[str, Any], kind: Kind, wrong: Wrong) -> str:
    """The name of the list of the case that says which of the fixed options are offered."""
    name = written(mapping(component.get("properties")).get("offered"))
    fixed = kind in CHOICES and isinstance(component.get("values"), list)
    if name and (name not in OFFERED or not fixed):
        wrong("forms.lint.offered", name=name, known=", ".join(sorted(OFFERED)))
    return name


def _english(properties: Mapping[str, Any], wrong: Wrong) -> dict[str, str]:
    given = properties.get("values_en")
    if not given:
        return {}
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        found = None
    if not isinstance(found, dict):
        wrong("forms.lint.values_en")
        return {}
    return {str(value): str(name) for value, name in found.items()}


def limits(component: Mapping[str, Any], kind: Kind, wrong: Wrong) -> Limits:
    """What ``validate`` and the properties allow."""
    rules, properties = mapping(component.get("validate")), mapping(component.get("properties"))
    dated = kind is Kind.DATE
    accept = [part.strip() for part in written(component.get("accept")).split(",")]
    return Limits(
        required=rules.get("required") is True,
        least=None if dated else _decimal(rules.get("min"), wrong),
        most=None if dated else _decimal(rules.get("max"), wrong),
        shortest=_count(rules.get("minLength"), wrong),
        longest=_count(rules.get("maxLength"), wrong) or LENGTH,
        pattern=written(rules.get("pattern")),
        decimals=_count(component.get("decimalDigits"), wrong),
        earliest=_day(properties.get("min"), wrong) if dated else "",
        latest=_day(properties.get("max"), wrong) if dated else "",
        fewest_rows=_count(properties.get("min_rows"), wrong) or 0,
        most_rows=min(_count(properties.get("max_rows"), wrong) or ROWS, ROWS),
        accept=tuple(part for part in accept if part),
        multiple=component.get("multiple") is True,
    )


def _decimal(given: Any, wrong: Wrong) -> Decimal | None:
    if given is None or given == "":
        return None
    try:
        return as_decimal(given)
    except NotANumber:
        wrong("forms.lint.limit", value=written(given))
        return None


def _count(given: Any, wrong: Wrong) -> int | None:
    value = _decimal(given, wrong)
    if value is None:
        return None
    if value < 0 or value != value.to_integral_value():
        wrong("forms.lint.limit", value=written(given))
        return None
    return int(value)


def _day(given: Any, wrong: Wrong) -> str:
    text = written(given)
    if not text or text in MOVING:
        return text
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        wrong("forms.lint.limit", value=text)
        return ""

"""What a parser or pydantic found wrong, said in the catalogues' words instead of its English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from grantflow.texts import Said, catalogue

_LONGEST = 80
_PLACE = re.compile(r"line (\d+),? column (\d+)")
# Pydantic's types of errors that mean the same to whoever has to mend the value.
_SAME = {
    "int_type": "whole_number",
    "int_parsing": "whole_number",
    "int_parsing_size": "whole_number",
    "int_from_float": "whole_number",
    "float_type": "number",
    "float_parsing": "number",
    "finite_number": "number",
    "decimal_type": "number",
    "decimal_parsing": "number",
    "string_type": "string",
    "bool_type": "bool",
    "bool_parsing": "bool",
    "date_type": "date",
    "date_parsing": "date",
    "date_from_datetime_parsing": "date",
    "date_from_datetime_inexact": "date",
    "datetime_type": "datetime",
    "datetime_parsing": "datetime",
    "datetime_from_date_parsing": "datetime",
    "datetime_object_invalid": "datetime",
    "dict_type": "table",
    "mapping_type": "table",
    "model_type": "table",
    "model_attributes_type": "table",
    "dataclass_type": "table",
    "list_type": "list",
    "tuple_type": "list",
    "set_type": "list",
    "frozen_set_type": "list",
    "literal_error": "choice",
    "enum": "choice",
    "union_tag_invalid": "tag",
    "union_tag_not_found": "tag",
    "unexpected_keyword_argument": "extra_forbidden",
    "missing_argument": "missing",
    "missing_keyword_only_argument": "missing",
}
# How pydantic names the members of a union at the end of the way to the value.
_MEMBERS = frozenset(("bool", "int", "float", "str", "decimal", "date", "datetime", "none"))


class Wrong(ValueError):
    """Raised by a model's own validator: what is wrong, as a key of the catalogues."""

    def __init__(self, key: str, /, **params: Any) -> None:
        self.said = Said(key, params)
        super().__init__(str(self.said))


@dataclass(frozen=True)
class WrongValue:
    """A field (its way, with dots) and the reason, in the reader's language."""

    field: str
    reason: Said


def wrong_values(error: ValidationError) -> list[WrongValue]:
    """Every wrong value once; a union that nothing fits is one of them."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for fault in error.errors(include_url=False):
        found.setdefault(_field(fault["loc"]), []).append(dict(fault))
    return [WrongValue(field, reason) for field, reason in _reasons(found)]


def unreadable(error: Exception) -> Said:
    """Where a file stops being TOML, JSON or text; the parsers themselves say it in English."""
    place = _PLACE.search(str(error))
    if place is not None:
        line, column = place.groups()
        return Said("wrong_values.unreadable_at", {"line": line, "column": column})
    if isinstance(error, UnicodeDecodeError):
        return Said("wrong_values.unreadable_octet", {"position": error.start + 1})
    return Said("wrong_values.unreadable", {})


def _reasons(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[tuple[str, Said]]:
    for field, faults in found.items():
        of_union = len(faults) > 1 and any(fault["loc"][-1] in _MEMBERS for fault in faults)
        for fault in [{**faults[0], "type": ""}] if of_union else faults:
            yield field, _reason(fault)


def _field(way: Sequence[int | str]) -> str:
    last = way[:-1] if len(way) > 1 and way[-1] in _MEMBERS else way
    return ".".join(map(str, last))


def _reason(fault: Mapping[str, Any]) -> Said:
    context = fault.get("ctx", {})
    if isinstance(context.get("error"), Wrong):
        said: Said = context["error"].said
        return said
    name = _SAME.get(fault["type"], fault["type"])
    key = f"wrong_values.{name}"
    if key not in catalogue("de"):
        key = "wrong_values.other"
    limits = {k: _listed(k, v) for k, v in context.items() if k != "error"}
    return Said(key, {**limits, "value": _shown(fault.get("input"))})


def _listed(name: str, limit: Any) -> Any:
    """Pydantic joins the last two of the possible values with an English word."""
    return str(limit).replace("' or '", "', '") if name == "expected" else limit


def _shown(value: Any) -> str:
    written = str(value)
    return written if len(written) <= _LONGEST else written[:_LONGEST] + "…"

"""What a value of a rule book must be: its kind, its range, and whether every book needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grantflow.errors import Problem
from grantflow.rules.profiles import BadRuleBook, RuleBook, Version
from grantflow.texts import Said
from grantflow.texts.near import close_names

Kind = Literal["switch", "whole", "number", "text", "duration", "yearday", "option"]
Value = bool | int | float | str
MOST_EURO = 1_000_000_000


@dataclass(frozen=True)
class Shape:
    """What one value must be; ``least`` and ``most`` are included, in the unit of its name."""

    kind: Kind
    least: float = 0
    most: float = 0
    options: tuple[str, ...] = ()
    needed: bool = True


def _whole(least: int, most: int) -> Shape:
    return Shape("whole", least, most)


def _option(*options: str) -> Shape:
    return Shape("option", options=options)


def _own(kind: Kind, least: float = 0, most: float = 0) -> Shape:
    """A value that only some areas or programmes have."""
    return Shape(kind, least, most, needed=False)


_DAYS, _WEEKS, _MONTHS, _YEARS = _whole(0, 60), _whole(1, 52), _whole(1, 60), _whole(1, 50)
_SHARE, _SWITCH = Shape("number", 0, 1), Shape("switch")
_EURO, _OWN_EURO = Shape("number", 0, MOST_EURO), _own("number", 0, MOST_EURO)
SHAPES: Mapping[str, Shape] = {
    **dict.fromkeys(
        (
            *("deemed_days", "retrieval_days", "mailbox_days", "registered_days"),
            *("formal_electronic_days", "proof_reserve_days"),
        ),
        _DAYS,
    ),
    **dict.fromkeys(
        ("public_notice_weeks", "reinstatement_weeks", "revocation_warning_weeks"), _WEEKS
    ),
    **dict.fromkeys(
        (
            *("remedy_months", "remedy_months_without_instruction", "statement_of_use_months"),
            *("interim_statement_months", "reinstatement_limit_months", "failure_to_act_months"),
            *("revocation_limit_months", "revocation_first_alarm_months"),
            *("revocation_second_alarm_months", "cursory_audit_months", "indepth_audit_months"),
        ),
        _MONTHS,
    ),
    **dict.fromkeys(("retention_years", "interest_limitation_years"), _YEARS),
    **dict.fromkeys(("line_tolerance", "pay_parity_share", "audit_sample_share"), _SHARE),
    **dict.fromkeys(
        (
            *("shift_deemed_notification", "reduction_full_exempt", "reduction_adds_up"),
            "reduction_strict",
        ),
        _SWITCH,
    ),
    **dict.fromkeys(("reduction_threshold", "procurement_grant_limit"), _EURO),
    **dict.fromkeys(
        (
            *("procurement_direct_until", "procurement_comparison_until"),
            *("procurement_formal_from", "fixed_amount_limit", "fixed_amount_municipal_limit"),
            *("small_claim", "small_interest"),
        ),
        _OWN_EURO,
    ),
    "prompt_use": Shape("duration"),
    "need_beyond_window": _option("REFUSE", "WARN"),
    "publication_day": Shape("yearday"),
    "grant_rounding": _option("CENT", "FULL_EURO_DOWN"),
    "interest_day_count": _option("act/365", "act/act", "30/360"),
    "procurement_basis": _option("GRANT", "CONTRACT"),
    "interest_margin": Shape("number", 0, 20),
    "base_rate": _own("number", -20, 20),
    "fund_parts": _own("text"),
    "procedure_act": _own("text"),
    "budget_code": _own("text"),
}
FAMILIES: Mapping[str, Shape] = {"min_laender_": _own("whole", 1, 16)}  # one for each programme
_DURATION = re.compile(r"P(?!$)(\d{1,2}Y)?(\d{1,3}M)?(\d{1,3}W)?(\d{1,3}D)?")
_YEARDAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TYPES: Mapping[Kind, tuple[type, ...]] = {
    "switch": (bool,),
    "whole": (int,),
    "number": (int, float),
}


def shape_of(name: str) -> Shape | None:
    """What a value must be; None for a name that no rule reads."""
    family = next((shape for start, shape in FAMILIES.items() if name.startswith(start)), None)
    return SHAPES.get(name, family)


def fault(name: str, value: Value, place: str = "value") -> Problem | None:
    """What is wrong with a value: its kind, range or choice; None for one that fits."""
    shape = shape_of(name)
    if shape is None:
        return None
    if not _is_kind(shape.kind, value):
        told = {"name": name, "value": str(value), "kind": Said(f"rules.kind.{shape.kind}", {})}
        return Problem("rules.value_kind", told, place)
    if shape.kind == "option" and value not in shape.options:
        options = ", ".join(shape.options)
        return Problem(
            "rules.value_option", {"name": name, "value": str(value), "options": options}, place
        )
    if isinstance(value, str | bool) or shape.least <= value <= shape.most:
        return None
    told = {
        "name": name,
        "value": str(value),
        "least": f"{shape.least:g}",
        "most": f"{shape.most:.0f}",
    }
    return Problem("rules.value_range", told, place)


def _is_kind(kind: Kind, value: Value) -> bool:
    if kind in _TYPES:
        return isinstance(value, _TYPES[kind]) and (kind == "switch") == isinstance(value, bool)
    if not isinstance(value, str) or not value.strip():
        return False
    if kind == "duration":
        return _DURATION.fullmatch(value) is not None
    return kind != "yearday" or _YEARDAY.fullmatch(value) is not None


def require_sound(book: RuleBook, file: str) -> RuleBook:
    """The book itself. Raises BadRuleBook with every unknown, missing and wrong value in it."""
    problems = [*_missing(book, file)]
    for name, versions in book.values.items():
        problems += version_faults(name, versions, f"{file}#{name}")
    if problems:
        raise BadRuleBook(problems)
    return book


def _missing(book: RuleBook, file: str) -> Iterator[Problem]:
    for name, shape in SHAPES.items():
        if shape.needed and name not in book.values:
            yield Problem("rules.value_needed", {"name": name}, f"{file}#{name}")


def version_faults(name: str, versions: Sequence[Version], place: str) -> Iterator[Problem]:
    """What is wrong with the entries of a value: an unknown name, no source, a wrong value."""
    if shape_of(name) is None:
        yield unknown(name, place)
        return
    for number, version in enumerate(versions, 1):
        if not version.source.strip():
            yield Problem("rules.source_needed", {"name": name, "number": number}, place)
        found = fault(name, version.value, place)
        if found is not None:
            yield found


def unknown(name: str, place: str) -> Problem:
    """That no rule reads a value of this name, with the names that look alike."""
    return Problem(
        "rules.value_unknown", {"name": name, "close": close_names(name, SHAPES) or "–"}, place
    )

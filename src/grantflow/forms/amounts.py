"""Numbers and amounts as people write them, German and English, and back."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import format_decimal

CENT = Decimal("0.01")
_NOISE = re.compile(r"[\s\u00a0\u2009\u202f'’]|€|EUR\b|Euro\b", re.IGNORECASE)
_PLAIN = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:[.,][0-9]+)?")
_GERMAN = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_ENGLISH = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+\.[0-9]+|[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}"
)
_EITHER_WAY = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")

EITHER_WAY = "forms.either_way"
UNGROUPED = 10_000


class NotANumber(ValueError):
    """This cannot be read as a number; the argument is the text key that says why."""


def read_number(text: str) -> Decimal:
    """The number in a text such as ``1.234,5``, ``1234.5`` or ``1,234.50``.

    A point followed by exactly three digits separates thousands, as in German. Raises NotANumber.
    """
    bare = _bare(text)
    if _GERMAN.fullmatch(bare):
        return Decimal(bare.replace(".", "").replace(",", "."))
    if _ENGLISH.fullmatch(bare):
        return Decimal(bare.replace(",", ""))
    if _PLAIN.fullmatch(bare):
        return Decimal(bare.replace(",", "."))
    raise NotANumber(
        "forms.separators" if re.fullmatch(r"[+-]?[0-9.,]*[0-9][0-9.,]*", bare) else "forms.number"
    )


def _bare(text: str) -> str:
    return _NOISE.sub("", text).replace("−", "-")


def either_way(raw: object, language: str) -> bool:
    """Whether a text is twelve thousand in German and twelve in the language it is written in.

    Numbers, as JSON has them, say what they mean.
    """
    return language == "en" and isinstance(raw, str) and bool(_EITHER_WAY.fullmatch(_bare(raw)))


def two_ways(typed: str) -> dict[str, object]:
    """How to write what may be read either way; parameters of the text EITHER_WAY."""
    whole = read_number(typed)
    return {"typed": typed.strip(), "whole": int(whole), "cents": to_cents(whole)}


def as_decimal(raw: object) -> Decimal:
    """A number from a form (text) or from JSON (number). Raises NotANumber."""
    if isinstance(raw, str):
        if len(raw) > 40:
            raise NotANumber("forms.number")
        return read_number(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise NotANumber("forms.number")
    try:
        value = Decimal(str(raw))
    except InvalidOperation as error:
        raise NotANumber("forms.number") from error
    if not value.is_finite():
        raise NotANumber("forms.number")
    return value


def places(value: Decimal) -> int:
    """How many digits stand behind the point."""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def to_cents(value: Decimal) -> Decimal:
    """Rounded to whole cents, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def as_number(value: Decimal) -> int | float:
    """The number as JSON and FEEL know it."""
    return int(value) if value == value.to_integral_value() else float(value)


def write_number(value: Decimal, language: str, decimals: int | None = None) -> str:
    """The number as people of this language write it, for an input or for reading.

    Numbers without fixed decimals and below ten thousand are not grouped: they may be years.
    """
    whole = "0" if decimals is None and abs(value) < UNGROUPED else "#,##0"
    pattern = f"{whole}." + ("0" * decimals if decimals is not None else "##########")
    return format_decimal(
        value, pattern.rstrip("."), locale="en_GB" if language == "en" else "de_DE"
    )

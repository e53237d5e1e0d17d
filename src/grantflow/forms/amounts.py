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
_ONE_COMMA = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")  # thousands to English readers only
_ONE_POINT = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")  # thousands to German readers only

EITHER_WAY = "forms.either_way"
UNGROUPED = 10_000
_THREE = -3  # the exponent of a number with three decimals


class NotANumber(ValueError):
    """This cannot be read as a number: the text key that says why, and what fills it."""

    def __init__(self, key: str, /, **params: object) -> None:
        self.key, self.params = key, params
        super().__init__(key)


def read_number(text: str, language: str = "de") -> Decimal:
    """The number in a text such as ``1.234,5``, ``1234.5`` or ``1,234.50``.

    Exactly three digits after a single separator are thousands as the language separates them:
    ``12.345`` in German, ``12,345`` in English. The other way round English refuses, for it may be
    a German habit, and German reads decimals. Numbers as they are kept read the same in both.
    Raises NotANumber.
    """
    bare = _bare(text)
    if language == "en" and _ONE_POINT.fullmatch(bare):
        raise NotANumber(EITHER_WAY, **_two_ways(text))
    if _ENGLISH.fullmatch(bare) or (language == "en" and _ONE_COMMA.fullmatch(bare)):
        return Decimal(bare.replace(",", ""))
    if _GERMAN.fullmatch(bare):
        return Decimal(bare.replace(".", "").replace(",", "."))
    if _PLAIN.fullmatch(bare):
        return Decimal(bare.replace(",", "."))
    raise NotANumber(
        "forms.separators" if re.fullmatch(r"[+-]?[0-9.,]*[0-9][0-9.,]*", bare) else "forms.number"
    )


def _bare(text: str) -> str:
    return _NOISE.sub("", text).replace("−", "-")


def _two_ways(typed: str) -> dict[str, object]:
    """How to write what may be read either way; without its sign, for no amount is negative."""
    whole = abs(read_number(typed))
    return {"typed": typed.strip(), "whole": int(whole), "cents": to_cents(whole)}


def as_decimal(raw: object, language: str = "de") -> Decimal:
    """A number from a form (text in that language) or from JSON (number). Raises NotANumber."""
    if isinstance(raw, str):
        if len(raw) > 40:
            raise NotANumber("forms.number")
        return read_number(raw, language)
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
    """How many digits stand behind the point; zeros at the end do not count.

    Three digits do whatever they are: who writes ``12,000`` may mean thousands.
    """
    exponent = value.as_tuple().exponent
    if exponent != _THREE:
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

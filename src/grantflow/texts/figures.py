"""Amounts in a text, where no page has written them for its reader: in jobs, the API, commands."""

from __future__ import annotations

from decimal import Decimal

_CENTS = -2  # the exponent of an amount in euro and cent; rates and counts are kept without
_GERMAN = str.maketrans({",": ".", ".": ","})


def written(amount: Decimal, key: str, language: str) -> str:
    """An amount (euro) as people write it; with its sign in texts whose key ends with ``money``.

    Any other number stays as it is.
    """
    german = language != "en"
    if key.endswith("money"):
        sign, figure = "-" if amount < 0 else "", f"{abs(amount):,.2f}"
        return f"{sign}{figure.translate(_GERMAN)}\u00a0€" if german else f"{sign}€{figure}"
    if amount.as_tuple().exponent != _CENTS:
        return str(amount)
    figure = f"{amount:,.2f}"
    return figure.translate(_GERMAN) if german else figure

"""Bank account numbers: checked as they are typed, with words for what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from schwifty import IBAN, exceptions

from grantflow.errors import Invalid, Problem

# The countries whose banks take part in SEPA payments.
SEPA = (
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT"
    " NL NO PL PT RO RS SE SI SK SM VA"
)
_WRONG: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.InvalidChecksumDigits, "money.iban_check_digits"),
    (exceptions.InvalidBBANChecksum, "money.iban_check_digits"),
    (exceptions.InvalidLength, "money.iban_length"),
    (exceptions.InvalidCountryCode, "money.iban_country"),
    (exceptions.InvalidBankCode, "money.iban_bank"),
)


@dataclass(frozen=True)
class Bank:
    """An account number without blanks, and the bank behind it where it is known."""

    iban: str
    bic: str
    name: str


def read_iban(typed: str, place: str = "iban") -> Bank:
    """The account a typed IBAN means. Raises Invalid that says what is wrong with it."""
    bare = "".join(typed.split()).upper()[:60]
    if not bare:
        raise Invalid([Problem("money.iban_missing", place=place)])
    try:
        found = IBAN(bare)
    except exceptions.SchwiftyException as error:
        key = next((key for kind, key in _WRONG if isinstance(error, kind)), "money.iban_wrong")
        raise Invalid([Problem(key, {"iban": spaced(bare)}, place)]) from None
    if found.country_code not in SEPA.split():
        raise Invalid([Problem("money.iban_country", {"iban": spaced(bare)}, place)])
    return Bank(found.compact, str(found.bic or ""), found.bank_name or "")


def spaced(iban: str) -> str:
    """An account number in groups of four."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))

"""Texts with a fixed shape: IBAN, e-mail, web address, telephone number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

_EMAIL = re.compile(r"[^@\s\"<>(),;:]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}")
_TEL = re.compile(r"\+?[\d\s()/.-]{5,30}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GR": 27, "IE": 22, "IT": 27, "LU": 20, "NL": 18, "PL": 28, "PT": 25,
    "SE": 24,
}  # fmt: skip


class WrongShape(ValueError):
    """The text does not have the shape; the argument is the text key that says what is expected."""


def read_iban(text: str) -> str:
    """The IBAN without spaces, checked by its check digits (ISO 13616). Raises WrongShape."""
    bare = re.sub(r"[\s-]", "", text).upper()
    if not _IBAN.fullmatch(bare) or _IBAN_LENGTHS.get(bare[:2], len(bare)) != len(bare):
        raise WrongShape("forms.iban")
    digits = "".join(str(int(character, 36)) for character in bare[4:] + bare[:4])
    if int(digits) % 97 != 1:
        raise WrongShape("forms.iban_check")
    return bare


def write_iban(iban: str) -> str:
    """The IBAN in groups of four."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def read_email(text: str) -> str:
    """The address, trimmed. Raises WrongShape."""
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        raise WrongShape("forms.email")
    return text


def read_url(text: str) -> str:
    """A web address; ``https://`` is added where the scheme is missing. Raises WrongShape."""
    full = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(full)
    except ValueError as error:
        raise WrongShape("forms.url") from error
    sound = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    if not sound or re.search(r"[\s<>\"]", full):
        raise WrongShape("forms.url")
    return full


def read_tel(text: str) -> str:
    """A telephone number as it was written. Raises WrongShape."""
    if not _TEL.fullmatch(text) or sum(map(str.isdigit, text)) < 5:
        raise WrongShape("forms.tel")
    return text


READERS: Mapping[str, Callable[[str], str]] = {
    "iban": read_iban,
    "email": read_email,
    "url": read_url,
    "tel": read_tel,
}

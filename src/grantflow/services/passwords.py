"""Passwords: what is good enough, hashing with Argon2, and comparing in constant time."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pwdlib import PasswordHash

from grantflow.errors import Invalid, Problem

MIN_LENGTH, MAX_LENGTH = 10, 200
_COMMON = Path(__file__).with_name("common_passwords.txt")
_hasher = PasswordHash.recommended()


def hashed(password: str) -> str:
    """The Argon2 hash that is stored."""
    return _hasher.hash(password)


def matches(password: str, known: str | None) -> tuple[bool, str | None]:
    """Whether the password is the right one, and a new hash where the old one is out of date.

    Without a known hash the same work is done for nothing, so that the time a sign-in takes does
    not tell whether an account exists.
    """
    fits, renewed = _hasher.verify_and_update(password[:MAX_LENGTH], known or _nobodys_hash())
    return (fits, renewed) if known else (False, None)


def check(password: str, place: str, *personal: str) -> None:
    """Raises Invalid where a password is short, long, common, or made of the person's own words."""
    key = _fault(password, [word.casefold() for word in personal if len(word) > 3])
    if key:
        params = {"min": MIN_LENGTH, "max": MAX_LENGTH}
        raise Invalid([Problem(f"people.password.{key}", params, place)])


def _fault(password: str, personal: list[str]) -> str | None:
    if len(password) < MIN_LENGTH:
        return "short"
    if len(password) > MAX_LENGTH:
        return "long"
    plain = password.casefold()
    if plain in _common() or len(set(plain)) < 4:
        return "common"
    return "personal" if any(word in plain for word in personal) else None


@lru_cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="utf-8").split())


@lru_cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody's password")

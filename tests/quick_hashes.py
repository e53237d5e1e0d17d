"""Passwords hashed with little work while tests run: every sign-in takes a tenth of a second else.

What installations hash with is tested by ``unit/services/test_passwords.py``.
"""

from __future__ import annotations

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from grantflow.services import passwords

GENUINE = passwords._hasher
_QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


def install() -> None:
    passwords._hasher = _QUICK

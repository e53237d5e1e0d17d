"""Whose rows a transaction may see; row-level security reads it from four settings."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

NOBODY: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Scope:
    """Rows of these authorities, of cases of these organisations, and of this account.

    ``system`` lifts every limit: for the worker, the command line, and for sign-in, which has to
    look before it knows who is there.
    """

    authorities: frozenset[UUID] = NOBODY
    organisations: frozenset[UUID] = NOBODY
    system: bool = False
    account: UUID | None = None


SYSTEM_SCOPE = Scope(system=True)


def array(ids: frozenset[UUID]) -> str:
    """A PostgreSQL array literal; sorted, so that equal scopes are equal texts."""
    return "{" + ",".join(sorted(map(str, ids))) + "}"

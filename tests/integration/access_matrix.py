"""Who may use which route: one row for every route of the application.

A route that is not listed fails the test. ``who`` are the people of the small programme for whom
the route exists; everybody else is sent to sign in or learns nothing (403, 404). ``ids`` says which
of the examples (``examples`` in ``test_access_matrix``) stand in the address.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PEOPLE = (
    "nobody",
    "applicant",
    "stranger",
    "officer",
    "head",
    "registry",
    "panel",
    "manager",
    "admin",
    "foreign",
)
EVERYBODY = frozenset(PEOPLE)
SIGNED_IN = EVERYBODY - {"nobody"}
APPLICANTS = frozenset({"applicant", "stranger"})
STAFF = SIGNED_IN - APPLICANTS
OWNER = frozenset({"applicant"})


@dataclass(frozen=True)
class Access:
    """For whom a route exists, which examples stand in its address, and what is sent to it."""

    who: frozenset[str]
    ids: dict[str, str] = field(default_factory=dict)
    query: str = ""
    send: dict[str, str] = field(default_factory=dict)
    program: bool = False  # used with a token instead of a browser


TABLE: dict[str, Access] = {}

"""Which entries the main navigation shows to whom."""

from __future__ import annotations

from dataclasses import dataclass

from grantflow.services.policy import WITHOUT_CASES, Actor, Role

EDITORS = frozenset({"PROGRAMME_MANAGER", "TEMPLATE_MANAGER", "ADMIN"})
OPERATORS = frozenset({"OPERATIONS", "ADMIN"})
COUNTERSIGNERS = frozenset({"HEAD_OF_UNIT", "SECOND_REVIEWER", "BUDGET_OFFICER"})
POST = frozenset({"REGISTRY", "CASE_OFFICER"})
PANEL = frozenset({"PANEL_MEMBER"})
FILES = frozenset(Role) - WITHOUT_CASES - PANEL

_OF_STAFF: tuple[tuple[str, str, frozenset[str] | None], ...] = (
    ("/dashboard", "web.nav.dashboard", None),
    ("/reviews", "web.nav.reviews", PANEL),
    ("/tasks", "web.nav.tasks", FILES),
    ("/decisions", "web.nav.decisions", COUNTERSIGNERS),
    ("/cases", "web.nav.cases", FILES),
    ("/printing", "web.nav.printing", POST),
    ("/studio", "web.nav.studio", EDITORS),
    ("/ops", "web.nav.operations", OPERATORS),
)


@dataclass(frozen=True)
class Entry:
    """One entry: where it leads, its text key, whether the present page lies below it."""

    href: str
    key: str
    current: bool


def entries(actor: Actor | None, path: str) -> tuple[Entry, ...]:
    """The entries of this person, most used first."""
    return tuple(Entry(href, key, _below(path, href)) for href, key in _links(actor))


def _below(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(f"{href}/"))


def _links(actor: Actor | None) -> list[tuple[str, str]]:
    if actor is None:
        return [("/", "web.nav.calls")]
    if actor.kind != "staff":
        return [("/my/cases", "web.nav.my_cases"), ("/", "web.nav.calls")]
    roles = {grant.role for grant in actor.grants}
    return [(href, key) for href, key, allowed in _OF_STAFF if allowed is None or roles & allowed]

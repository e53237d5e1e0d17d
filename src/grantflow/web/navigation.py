"""Which entries the main navigation shows to whom."""

from __future__ import annotations

from dataclasses import dataclass

from grantflow.services.policy import Actor

EDITORS = frozenset({"PROGRAMME_MANAGER", "TEMPLATE_MANAGER", "ADMIN"})
OPERATORS = frozenset({"OPERATIONS", "ADMIN"})


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
    links = [("/tasks", "web.nav.tasks"), ("/cases", "web.nav.cases")]
    if roles & EDITORS:
        links.append(("/studio", "web.nav.studio"))
    if roles & OPERATORS:
        links.append(("/operations", "web.nav.operations"))
    return links

"""Which entries the main navigation shows to whom."""

from __future__ import annotations

from dataclasses import dataclass

from grantflow.services import budget, dispatches, letter_batches, ranking
from grantflow.services.policy import WITH_FILES, Actor

EDITORS = frozenset({"PROGRAMME_MANAGER", "TEMPLATE_MANAGER", "ADMIN"})
OPERATORS = frozenset({"OPERATIONS", "ADMIN"})
COUNTERSIGNERS = frozenset({"HEAD_OF_UNIT", "SECOND_REVIEWER", "BUDGET_OFFICER"})
POST = frozenset({"REGISTRY", "CASE_OFFICER"})
BATCHES = frozenset(letter_batches.READERS)
DISPATCHES = frozenset(dispatches.READERS)
RULES = frozenset({"RULE_MANAGER", "PROGRAMME_MANAGER", "TEMPLATE_MANAGER", "AUDITOR_INTERNAL"})
TREASURERS = frozenset({"BUDGET_OFFICER", "HEAD_OF_UNIT", "AUDITOR_INTERNAL"})
MONEY = frozenset(budget.READERS)
RANKERS = frozenset(ranking.READERS)
SUCCESS = frozenset({"CASE_OFFICER", "HEAD_OF_UNIT", "PROGRAMME_MANAGER", "AUDITOR_INTERNAL"})
AUDITORS = frozenset({"AUDITOR_INTERNAL"})
PANEL = frozenset({"PANEL_MEMBER"})

_OF_STAFF: tuple[tuple[str, str, frozenset[str] | None], ...] = (
    ("/dashboard", "web.nav.dashboard", None),
    ("/reviews", "web.nav.reviews", PANEL),
    ("/tasks", "web.nav.tasks", WITH_FILES),
    ("/decisions", "web.nav.decisions", COUNTERSIGNERS),
    ("/cases", "web.nav.cases", WITH_FILES),
    ("/letter-batches", "web.nav.letter_batches", BATCHES),
    ("/printing", "web.nav.printing", POST),
    ("/rankings", "web.nav.rankings", RANKERS),
    ("/budget", "web.nav.budget", MONEY),
    ("/payment-files", "web.nav.payment_files", TREASURERS),
    ("/dispatches", "web.nav.dispatches", DISPATCHES),
    ("/success", "web.nav.success", SUCCESS),
    ("/audits", "web.nav.audits", AUDITORS),
    ("/studio", "web.nav.studio", EDITORS),
    ("/text-blocks", "web.nav.text_blocks", EDITORS - {"ADMIN"}),
    ("/manage/rules", "web.nav.rules", RULES),
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

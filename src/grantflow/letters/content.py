"""Does a composed letter say all that it must? Points of the mandatory content and the cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from grantflow.errors import Problem
from grantflow.letters import legal_forms
from grantflow.letters.compose import filled_text, is_empty, names, value_at
from grantflow.letters.demands import Condition, Point
from grantflow.letters.model import LetterModel
from grantflow.letters.source import SETTINGS, LetterSource

MARK = "data-point"
_REVOCATIONS = frozenset({"REVOCATION", "REVOCATION_DUTY"})
_MONEY_BACK = frozenset({"revocation", "withdrawal", "recovery", "interest"})
_EMPTY_TAGS = frozenset({"br", "col", "hr", "img", "input", "wbr"})


@dataclass(frozen=True)
class Cover:
    """What the plain-language page of a decision says; it is no part of the act.

    ``amount`` is euro, ``first_date`` the day of the first duty; either may be unknown.
    """

    outcome: str
    first_duty: str
    amount: Decimal | None = None
    first_date: date | None = None


def lacking(source: LetterSource, model: LetterModel, html: str) -> list[Problem]:
    """The points of the mandatory content that this letter does not have, with how to mend each.

    ``html`` is the composed letter. A point with a condition that does not hold is not asked for.
    """
    context, sections = names(source, model), _sections(html)
    return [
        _missing(source, point)
        for point in source.content
        if applies(point.when, model) and not _has(point, context, sections)
    ]


def _has(point: Point, context: Mapping[str, Any], sections: Mapping[str, str]) -> bool:
    filled = all(
        any(not is_empty(value_at(context, path.strip())) for path in field.split("|"))
        for field in point.fields
    )
    return filled and (not point.section or bool(sections.get(point.id)))


def _missing(source: LetterSource, point: Point) -> Problem:
    params = {
        "id": point.id,
        "title": point.title.said(),
        "law": point.law,
        "mend": point.mend.said(),
    }
    return Problem("letters_checks.point", params, f"letters/{source.name}/{SETTINGS}#content")


# ---- when a point applies


def _partly_granted(model: LetterModel) -> bool:
    decision = model.decision
    if decision is None:
        return False
    below = (
        decision.amount is not None
        and decision.requested is not None
        and decision.amount < decision.requested
    )
    return below or decision.outcome == "PARTLY_GRANTED"


def _multi_year(model: LetterModel) -> bool:
    decision = model.decision
    if decision is None or decision.period_from is None or decision.period_until is None:
        return False
    return decision.period_from.year < decision.period_until.year


def _subvention_relevant(model: LetterModel) -> bool:
    return model.decision is not None and model.decision.subvention_relevant


def _proportional(model: LetterModel) -> bool:
    return model.decision is not None and model.decision.financing_type == "PROPORTIONAL"


def _registered(model: LetterModel) -> bool:
    return model.grantee is not None and legal_forms.registered(model.grantee.legal_form)


def _burdensome(model: LetterModel) -> bool:
    """Whether a change takes away money or time the grantee asked to keep (§ 28 Abs. 1 VwVfG).

    ``asked_amount`` (euro) and ``asked_end`` are what the grantee asked for; none: did not ask.
    """
    money = _worse(model, "amount", lambda x: Decimal(str(x)))
    return money or _worse(model, "end", lambda x: str(x)[:10])


def _worse(model: LetterModel, what: str, read: Callable[[Any], Any]) -> bool:
    """Whether the new amount or end is below the old one, and not what was asked for."""
    new, old, asked = (model.facts.get(f"{when}_{what}") for when in ("new", "old", "asked"))
    return _below(new, old, read) and (is_empty(asked) or _below(new, asked, read))


def _money_back(model: LetterModel) -> bool:
    """Whether a hearing is about money that the grantee is to return, or about interest on it."""
    return model.facts.get("intended") in _MONEY_BACK


def _reduced(model: LetterModel) -> bool:
    """Whether a settlement stays below the grant and was not excused from the hearing.

    ``no_hearing`` is the documented reason why none is needed (§ 28 Abs. 2 VwVfG).
    """
    return _lower(model) and is_empty(model.facts.get("no_hearing"))


def _revoked_in_part(model: LetterModel) -> bool:
    """Whether a settlement below the grant revokes it in part (§ 49 Abs. 3 VwVfG)."""
    return _lower(model) and model.facts.get("basis") in _REVOCATIONS


def _lower(model: LetterModel) -> bool:
    """Whether a settlement stays below the grant."""
    facts = model.facts
    return _below(facts.get("final_grant"), facts.get("granted"), lambda x: Decimal(str(x)))


def _below(new: Any, old: Any, read: Callable[[Any], Any]) -> bool:
    return not is_empty(new) and not is_empty(old) and bool(read(new) < read(old))


_CONDITIONS: Mapping[Condition, Callable[[LetterModel], bool]] = {
    "partly_granted": _partly_granted,
    "multi_year": _multi_year,
    "subvention_relevant": _subvention_relevant,
    "proportional": _proportional,
    "registered": _registered,
    "burdensome": _burdensome,
    "money_back": _money_back,
    "reduced": _reduced,
    "revoked_in_part": _revoked_in_part,
}


def applies(condition: Condition | None, model: LetterModel) -> bool:
    """Whether a point with this condition is asked of this letter."""
    return condition is None or _CONDITIONS[condition](model)


# ---- marked sections of the composed letter


def _sections(html: str) -> dict[str, str]:
    """The text inside the elements of each ``data-point``; several of one point are joined."""
    reader = _Reader()
    reader.feed(html)
    return {name: " ".join(found).strip() for name, found in reader.found.items()}


class _Reader(HTMLParser):
    """Collects the text of marked elements; a mark may name several points."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._open: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY_TAGS:
            self._open.append(tuple((dict(attrs).get(MARK) or "").split()))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY_TAGS and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if text := data.strip():
            for point in self._marks():
                self.found.setdefault(point, []).append(text)

    def _marks(self) -> Iterator[str]:
        return (point for marks in self._open for point in marks)


# ---- cover


def cover(source: LetterSource, model: LetterModel) -> Cover | None:
    """The facts of the plain-language page; None for letters without one."""
    if source.cover is None:
        return None
    context = names(source, model)
    amounts = [Decimal(str(one)) for one in _found(context, source.cover.amount)]
    day = next(_found(context, source.cover.date), None)
    return Cover(
        outcome=filled_text(source.cover.outcome, context, f"{SETTINGS}#cover.outcome"),
        first_duty=filled_text(source.cover.duty, context, f"{SETTINGS}#cover.duty"),
        # Nothing to repay gives way to the next amount that is named.
        amount=next(filter(None, amounts), amounts[0] if amounts else None),
        first_date=date.fromisoformat(str(day)[:10]) if day is not None else None,
    )


def _found(context: Mapping[str, Any], paths: str) -> Iterator[Any]:
    found = (value_at(context, path.strip()) for path in paths.split("|") if path.strip())
    return (value for value in found if not is_empty(value))

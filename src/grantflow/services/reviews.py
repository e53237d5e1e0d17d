"""Reviews by panel members: what one has to give, what came together, who declared a conflict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import NotAllowed
from grantflow.forms import Form, Kind
from grantflow.forms.amounts import as_decimal
from grantflow.services import policy
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor, Role
from grantflow.store import cases as case_rows
from grantflow.store import reviews as rows
from grantflow.store.reviews import Declared, GivenReview, ReviewLine
from grantflow.store.tables import Case

__all__ = ["Declared", "ReviewLine"]

SUMMARISERS = (Role.CASE_OFFICER, Role.SECOND_REVIEWER, Role.HEAD_OF_UNIT, Role.AUDITOR_INTERNAL)


@dataclass(frozen=True)
class Score:
    """One numeric field of the review's form over all reviewers."""

    label: Mapping[str, str]
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The average, to two places."""
        return round(mean(self.values), 2)

    @property
    def spread(self) -> float:
        """How far the highest and the lowest lie apart."""
        return round(max(self.values) - min(self.values), 2)


@dataclass(frozen=True)
class Summary:
    """What the panel said about a case so far."""

    given: int
    open: int
    scores: tuple[Score, ...]
    reviews: Sequence[GivenReview]
    declarations: Sequence[Declared]

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Names of those who excluded themselves."""
        return tuple(one.name for one in self.declarations if one.declaration.conflict)


def my_reviews(session: Session, actor: Actor) -> Sequence[ReviewLine]:
    """Reviews asked of the actor, open ones first; those they excluded themselves from as such."""
    return rows.my_reviews(session, policy.require_account(actor))


def summary(session: Session, actor: Actor, case_id: UUID) -> Summary:
    """Scores, spread, texts and declarations of interest of a case.

    Not for panel members, so that nobody sees the others' scores before giving their own, nor for
    applicants. Raises NotAllowed, NotFound.
    """
    case = case_rows.get_case(session, case_id)
    policy.require_case(actor, case)
    if not any(policy.role_in_case(actor, case, role) for role in SUMMARISERS):
        raise NotAllowed(role=Role.CASE_OFFICER)
    policy.require_not_excluded(session, actor, case_id)
    programme = programme_of(session, case.programme_version_id)
    reviews = rows.given_reviews(session, case_id)
    given = [one for one in reviews if one.answers is not None]
    scores = _scores(programme.form(given[0].task.form), given) if given else ()
    waiting = sum(1 for one in reviews if one.task.status == "open")
    declared = rows.list_declarations(session, case_id)
    return Summary(len(given), waiting, scores, reviews, declared)


def find_summary(session: Session, actor: Actor, case: Case) -> Summary | None:
    """The summary where the actor may see it and somebody gave a review; else None."""
    if not any(policy.role_in_case(actor, case, role) for role in SUMMARISERS):
        return None
    found = summary(session, actor, case.id)
    return found if found.given else None


def _scores(form: Form, given: Sequence[GivenReview]) -> tuple[Score, ...]:
    found = []
    for field in form.every_field:
        if field.kind not in (Kind.NUMBER, Kind.EXPRESSION) or "." in field.path:
            continue
        values = tuple(_number(review.answers or {}, field.key) for review in given)
        present = tuple(value for value in values if value is not None)
        if present:
            label = {"de": field.label("de"), "en": field.label("en")}
            found.append(Score(label, present))
    return tuple(found)


def _number(answers: Mapping[str, Any], key: str) -> float | None:
    value = answers.get(key)
    return None if value in (None, "") else float(as_decimal(value))

"""Legal rules: profiles, values in force, what is to be confirmed, versions and differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from grantflow.clock import today
from grantflow.errors import GrantFlowError, Invalid, Problem
from grantflow.rules.revisions import differences
from grantflow.services import rule_books, rule_changes, rule_views
from grantflow.services.policy import Actor
from grantflow.services.rule_values import read_day
from grantflow.services.rule_views import Uncertain
from grantflow.store import casefile
from grantflow.store import rule_books as rows
from grantflow.store.tables import RuleVersion
from grantflow.texts import catalogue, text
from grantflow.web import formats, pages
from grantflow.web.caseworker import as_id
from grantflow.web.deps import CurrentDoor, StaffActor, visitor
from grantflow.web.studio_model import EDITORS

router = APIRouter(prefix="/manage/rules")


@dataclass(frozen=True)
class UncertainLine:
    """An entry to be confirmed with the address of the place where it is used."""

    entry: Uncertain
    where: str
    href: str | None


def label(name: str, language: str) -> str:
    """A value's name in words; its key where nobody has named it."""
    return catalogue(language).get(f"rule_values.{name}", name)


@router.get("")
def show_profiles(request: Request, actor: StaffActor, door: CurrentDoor) -> Response:
    """The rule profiles with the version in force."""
    with door.reading(actor) as session:
        lines = rule_views.areas(session, actor, today())
        people = [line.version.released_by for line in lines]
        return pages.render(
            request, "rules/profiles.html", lines=lines, names=casefile.names(session, people)
        )


@router.get("/uncertain")
def show_uncertain(
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    where: Annotated[str, Query(max_length=100)] = "",
    confidence: Annotated[str, Query(max_length=30)] = "",
) -> Response:
    """Values and programme facts in force that the funder still has to confirm."""
    language = visitor(request).language
    with door.reading(actor) as session:
        found = rule_views.uncertain(session, actor, today())
    places = {one.area: _place(one, language) for one in found}
    lines = [
        UncertainLine(one, places[one.area], _address(one, actor))
        for one in found
        if where in ("", one.area) and confidence in ("", one.confidence)
    ]
    marks = sorted({one.confidence for one in found})
    return pages.render(
        request,
        "rules/uncertain.html",
        lines=lines,
        places=sorted(places.items(), key=lambda item: item[1].lower()),
        marks=[(mark, text(f"rules_admin.mark.{mark}", language)) for mark in marks],
        where=where,
        confidence=confidence,
        label=lambda name: label(name, language),
    )


def _place(one: Uncertain, language: str) -> str:
    if one.programme is not None:
        return pages.localised(one.programme, language)
    return area_title(one.area, language)


def area_title(area: str, language: str) -> str:
    """The name of a rule profile in words."""
    return catalogue(language).get(f"rules_admin.area.{area}", area)


def _address(one: Uncertain, actor: Actor) -> str | None:
    """Where the entry stands and can be changed; None where this person cannot look."""
    if one.programme is None:
        return f"/manage/rules/{one.area}#value-{one.name}"
    editor = bool(actor.roles & set(EDITORS))
    return f"/studio/versions/{one.version_id}/text?file=programme.toml" if editor else None


@router.get("/versions/{version_id}")
def show_version(
    version_id: UUID,
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    against: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """A version: what it changes, who wrote and released it, and the next step."""
    with door.reading(actor) as session:
        return version_page(session, request, actor, version_id, against=against)


def version_page(
    session: Session,
    request: Request,
    actor: Actor,
    version_id: UUID,
    *,
    against: str = "",
    error: GrantFlowError | None = None,
) -> Response:
    """The page of a version, with what was refused on it."""
    version = rule_views.version(session, actor, version_id)
    language = visitor(request).language
    other = _other(session, version, against)
    book = rule_books.book_of(version)
    account = actor.account_id
    people = [version.created_by, version.submitted_by, version.released_by]
    return pages.render(
        request,
        "rules/version.html",
        status=_status(error),
        version=version,
        other=other,
        changes=differences(rule_books.book_of(other), book) if other else (),
        others=_others(session, version, language),
        names=casefile.names(session, people),
        manager=rule_changes.may_change(actor),
        own=account in people[:2] or str(account) in version.editors,
        refusals=refused(error, language),
        title=area_title(version.area, language),
        label=lambda name: label(name, language),
    )


def _others(session: Session, version: RuleVersion, language: str) -> list[tuple[UUID, str]]:
    """The versions of the same profile to compare with."""
    found = rows.list_versions(session, version.area)
    said = "rules_admin.version"
    return [(v.id, text(said, language, number=v.number)) for v in found if v.id != version.id]


def _other(session: Session, version: RuleVersion, against: str) -> RuleVersion | None:
    """What a version is compared with: the one asked for, else the one it is based on."""
    wanted = as_id(against) if against else version.base_id
    return rows.get_version(session, wanted) if wanted else None


def _status(error: GrantFlowError | None) -> int:
    return 200 if error is None else 422


def refused(error: GrantFlowError | None, language: str) -> list[str]:
    """What was refused, as sentences."""
    if error is None:
        return []
    problems: Sequence[Problem] = [Problem(error.key, error.params)]
    if isinstance(error, Invalid):
        problems = error.problems
    return [_said(problem, language) for problem in problems]


def _said(problem: Problem, language: str) -> str:
    params = formats.words(problem.params, problem.key, language)
    return text(problem.key, language, **params)


@router.get("/{area}")
def show_area(
    area: str,
    request: Request,
    actor: StaffActor,
    door: CurrentDoor,
    on: Annotated[str, Query(max_length=20)] = "",
    name: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The values of a profile as of a day, its versions, and (for rule managers) the form."""
    day = _day(on)
    with door.reading(actor) as session:
        return area_page(session, request, actor, area, day, typed={"name": name})


def _day(raw: str) -> date:
    return read_day(raw, "on", required=True) or today() if raw else today()


def area_page(
    session: Session,
    request: Request,
    actor: Actor,
    area: str,
    on: date,
    *,
    typed: Mapping[str, Any],
    error: GrantFlowError | None = None,
) -> Response:
    """The page of a profile, with what was typed and refused."""
    line = rule_views.area(session, actor, area, on)
    language = visitor(request).language
    versions = rows.list_versions(session, area)
    return pages.render(
        request,
        "rules/area.html",
        status=_status(error),
        line=line,
        lines=rule_views.values(line.book, on),
        on=on,
        versions=versions,
        names=casefile.names(session, [v.released_by for v in versions]),
        users=rule_views.users(session, area),
        manager=rule_changes.may_change(actor),
        known=sorted(rule_changes.known_values(session, area)),
        marks=rule_changes.CERTAINTIES,
        typed=typed,
        refusals=refused(error, language),
        title=area_title(area, language),
        label=lambda name: label(name, language),
    )

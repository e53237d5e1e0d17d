"""The own account: name, language, organisation, password, and signing out everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow.errors import Invalid, Problem
from grantflow.services import organisations, people
from grantflow.services.policy import SYSTEM, Actor
from grantflow.web import pages, security
from grantflow.web.deps import CurrentActor, CurrentDoor, Door, Posted, settings_of

router = APIRouter(prefix="/account")


def _page(
    request: Request,
    actor: Actor,
    door: Door,
    problems: Mapping[str, Problem],
    name: str | None = None,
    new_token: str = "",
) -> Response:
    with door.reading(actor) as session:
        tokens = people.list_tokens(session, actor)
        homes = organisations.mine(session, actor)
    return pages.render(
        request,
        "account/account.html",
        status=422 if problems else 200,
        problems=problems,
        typed_name=name,
        tokens=tokens,
        homes=homes,
        details=organisations.DETAILS,
        new_token=new_token,
    )


def _by_place(error: Invalid) -> Mapping[str, Problem]:
    return {problem.place: problem for problem in error.problems}


@router.get("")
def show_account(request: Request, actor: CurrentActor, door: CurrentDoor) -> Response:
    """The account and what can be changed."""
    return _page(request, actor, door, {})


@router.post("/name")
def change_name(request: Request, actor: CurrentActor, door: CurrentDoor, data: Posted) -> Response:
    """Change name and language."""
    name = str(data.get("name", ""))
    try:
        with door.transaction(actor) as session:
            people.change_name(session, actor, name)
            people.change_language(session, actor, str(data.get("language", "")))
    except Invalid as error:
        return _page(request, actor, door, _by_place(error), name)
    return pages.redirect(request, "/account", "account.saved")


@router.post("/organisations/{organisation_id}")
def complete_organisation(
    organisation_id: UUID, request: Request, actor: CurrentActor, door: CurrentDoor, data: Posted
) -> Response:
    """Complete what an organisation has not said of itself yet."""
    given = {name: str(data.get(name, "")) for name in organisations.DETAILS}
    try:
        with door.transaction(actor) as session:
            organisations.complete(session, actor, organisation_id, given)
    except Invalid as error:
        return _page(request, actor, door, _by_place(error))
    return pages.redirect(request, "/account#organisation", "account.saved")


@router.post("/password")
def change_password(
    request: Request, actor: CurrentActor, door: CurrentDoor, data: Posted
) -> Response:
    """Change the password; every browser is signed out, this one gets a new session."""
    current, new = str(data.get("current", ""))[:1000], str(data.get("new", ""))[:1000]
    if new != str(data.get("again", ""))[:1000]:
        return _page(
            request, actor, door, {"again": Problem("account.not_the_same", place="again")}
        )
    settings = settings_of(request)
    address = request.client.host if request.client else ""
    try:
        with door.transaction(SYSTEM) as session:
            people.change_password(session, actor, current, new)
            signed_in = people.sign_in(session, actor.email, new, address, settings)
    except Invalid as error:
        return _page(request, actor, door, _by_place(error))
    response = pages.redirect(request, "/account")
    secure, hours = settings.cookie_secure, settings.session_hours
    security.set_cookie(
        response, security.SESSION_COOKIE, signed_in.token, secure=secure, max_age=hours * 3600
    )
    pages.flash(response, signed_in.token, "account.password_changed", secure=secure)
    return response


@router.post("/sessions")
def end_sessions(request: Request, actor: CurrentActor, door: CurrentDoor) -> Response:
    """Sign out everywhere, here too: for a lost device or a strange browser."""
    with door.transaction(actor) as session:
        people.sign_out_everywhere(session, actor)
    response = pages.redirect(request, "/sign-in")
    response.delete_cookie(security.SESSION_COOKIE)
    return response


@router.post("/tokens")
def create_token(
    request: Request, actor: CurrentActor, door: CurrentDoor, data: Posted
) -> Response:
    """A token for a program of one's own; it is shown on this page and never again."""
    name = str(data.get("token_name", ""))
    try:
        with door.transaction(actor) as session:
            token = people.create_token(session, actor, name)
    except Invalid as error:
        problem = error.problems[0]
        return _page(request, actor, door, {"token_name": problem})
    return _page(request, actor, door, {}, new_token=token)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(
    token_id: UUID, request: Request, actor: CurrentActor, door: CurrentDoor
) -> Response:
    """Make a token worthless at once."""
    with door.transaction(actor) as session:
        people.revoke_token(session, actor, token_id)
    return pages.redirect(request, "/account#tokens", "account.token_revoked")

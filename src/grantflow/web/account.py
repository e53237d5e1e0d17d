"""The own account: name, language, password, and signing out everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow.errors import Invalid, Problem
from grantflow.services import people
from grantflow.services.policy import SYSTEM
from grantflow.web import pages, security
from grantflow.web.deps import CurrentActor, CurrentDoor, Posted, settings_of

router = APIRouter(prefix="/account")


def _page(request: Request, problems: Mapping[str, Problem], name: str | None = None) -> Response:
    return pages.render(
        request,
        "account/account.html",
        status=422 if problems else 200,
        problems=problems,
        typed_name=name,
    )


def _by_place(error: Invalid) -> Mapping[str, Problem]:
    return {problem.place: problem for problem in error.problems}


@router.get("")
def show_account(request: Request, _actor: CurrentActor) -> Response:
    """The account and what can be changed."""
    return _page(request, {})


@router.post("/name")
def change_name(request: Request, actor: CurrentActor, door: CurrentDoor, data: Posted) -> Response:
    """Change name and language."""
    name = str(data.get("name", ""))[:200]
    try:
        with door.transaction(actor) as session:
            people.change_name(session, actor, name)
            people.change_language(session, actor, str(data.get("language", "")))
    except Invalid as error:
        return _page(request, _by_place(error), name)
    return pages.redirect(request, "/account", "account.saved")


@router.post("/password")
def change_password(
    request: Request, actor: CurrentActor, door: CurrentDoor, data: Posted
) -> Response:
    """Change the password; every browser is signed out, this one gets a new session."""
    current, new = str(data.get("current", ""))[:1000], str(data.get("new", ""))[:1000]
    if new != str(data.get("again", ""))[:1000]:
        return _page(request, {"again": Problem("account.not_the_same", place="again")})
    settings = settings_of(request)
    address = request.client.host if request.client else ""
    try:
        with door.transaction(SYSTEM) as session:
            people.change_password(session, actor, current, new)
            signed_in = people.sign_in(session, actor.email, new, address, settings)
    except Invalid as error:
        return _page(request, _by_place(error))
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

"""Signing in and out, and registering as an applicant with an organisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from grantflow.errors import Conflict, Invalid
from grantflow.services import people
from grantflow.services.people import NewOrganisation, SignedIn, SignInRefused
from grantflow.services.policy import SYSTEM
from grantflow.web import pages, security
from grantflow.web.deps import CurrentDoor, CurrentVisitor, OptionalActor, Posted, settings_of

router = APIRouter()

_FIELDS = ("email", "name", "organisation", "legal_form", "register_number")
_PLACE = ("street", "postcode", "town")


def _home(signed_in: SignedIn) -> str:
    return "/dashboard" if signed_in.actor.is_staff else "/my/cases"


def _welcome(request: Request, signed_in: SignedIn, target: str, flash: str | None) -> Response:
    """Go on with the new session; the flash is sealed for the old visitor, so it travels first."""
    settings = settings_of(request)
    response = pages.redirect(request, _home(signed_in) if target == "/" else target)
    security.set_cookie(
        response,
        security.SESSION_COOKIE,
        signed_in.token,
        secure=settings.cookie_secure,
        max_age=settings.session_hours * 3600,
    )
    response.delete_cookie(security.VISITOR_COOKIE)
    if flash:
        pages.flash(response, signed_in.token, flash, secure=settings.cookie_secure)
    return response


@router.get("/sign-in")
def show_sign_in(request: Request, actor: OptionalActor, next: str = "/") -> Response:
    """The sign-in form; who is signed in already goes on."""
    target = security.local_path(next)
    if actor is not None:
        return pages.redirect(request, target)
    return _sign_in_page(request, target)


def _sign_in_page(
    request: Request, target: str, email: str = "", error: SignInRefused | None = None
) -> Response:
    return pages.render(
        request,
        "signin/sign_in.html",
        status=422 if error else 200,
        target=target,
        email=email,
        error=error,
    )


@router.post("/sign-in")
def sign_in(request: Request, door: CurrentDoor, data: Posted) -> Response:
    """Check address and password; a new session each time, the old one of this browser ends."""
    email, target = str(data.get("email", "")), security.local_path(str(data.get("next", "/")))
    address = request.client.host if request.client else ""
    old = request.cookies.get(security.SESSION_COOKIE, "")
    try:
        with door.transaction(SYSTEM) as session:
            signed_in = people.sign_in(
                session, email[:300], str(data.get("password", ""))[:1000], address,
                settings_of(request),
            )  # fmt: skip
            if old:
                people.sign_out(session, old)
    except SignInRefused as error:
        return _sign_in_page(request, target, email, error)
    return _welcome(request, signed_in, target, None)


@router.post("/sign-out")
def sign_out(request: Request, door: CurrentDoor, who: CurrentVisitor) -> Response:
    """End the session of this browser."""
    if who.actor is not None:
        with door.transaction(SYSTEM) as session:
            people.sign_out(session, who.secret)
    fresh = security.new_token()
    response = pages.redirect(request, "/")
    response.delete_cookie(security.SESSION_COOKIE)
    secure = settings_of(request).cookie_secure
    security.set_cookie(response, security.VISITOR_COOKIE, fresh, secure=secure)
    pages.flash(response, fresh, "account.signed_out", secure=secure)
    return response


@router.get("/register")
def show_register(request: Request, actor: OptionalActor, next: str = "/") -> Response:
    """The registration form."""
    target = security.local_path(next)
    if actor is not None:
        return pages.redirect(request, target)
    return _register_page(request, {"next": target}, {})


def _register_page(
    request: Request, values: Mapping[str, str], problems: Mapping[str, Any]
) -> Response:
    return pages.render(
        request,
        "signin/register.html",
        status=422 if problems else 200,
        values={name: values.get(name, "") for name in (*_FIELDS, *_PLACE, "next")},
        problems=problems,
    )


@router.post("/register")
def register(request: Request, door: CurrentDoor, data: Posted, who: CurrentVisitor) -> Response:
    """Make an account with its organisation, and sign in with it."""
    values = {name: str(data.get(name, ""))[:300] for name in (*_FIELDS, *_PLACE, "next")}
    password = str(data.get("password", ""))[:1000]
    organisation = NewOrganisation(
        values["organisation"].strip(),
        *(values[name].strip() for name in ("legal_form", "register_number", *_PLACE)),
    )
    address = request.client.host if request.client else ""
    try:
        with door.transaction(SYSTEM) as session:
            people.register_applicant(
                session, values["email"], values["name"], password, organisation, who.language
            )
            signed_in = people.sign_in(
                session, values["email"], password, address, settings_of(request)
            )
    except Invalid as error:
        return _register_page(request, values, {one.place: one for one in error.problems})
    except Conflict as error:
        return _register_page(request, values, {"email": error})
    target = security.local_path(values["next"])
    return _welcome(request, signed_in, target, "account.registered")

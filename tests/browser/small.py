"""The small programme of the tests in the site of a browser test, and its people at their desks."""

from __future__ import annotations

import json

from playwright.sync_api import Page

from grantflow.programmes.package import Package
from grantflow.services import people, signin
from grantflow.services.policy import SYSTEM
from grantflow.web import security
from tests.browser.conftest import Site, apart
from tests.factories import make_actor
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import package


def ponds_of(site: Site) -> Ponds:
    """The programme with a call that is open, and two people who keep its templates.

    Who checks an application is asked for a note only where it is bad.
    """
    files = dict(package().files)
    check = json.loads(files["forms/check.form"])
    note = next(one for one in check["components"] if one.get("key") == "note")
    note["conditional"] = {"hide": '=verdict != "bad"'}
    files["forms/check.form"] = json.dumps(check).encode()
    opened = files["programme.toml"].replace(b"opens = 2027-01-01", b"opens = 2026-01-01")
    opened = opened.replace(b"closes = 2027-06-30", b"closes = 2099-06-30")
    ponds = build(
        site.world.sessions, site.world.settings, Package(files | {"programme.toml": opened})
    )
    with ponds.transaction(SYSTEM) as session:
        for name in ("writer", "releaser"):
            ponds.people[name] = make_actor(
                session, "TEMPLATE_MANAGER", authority=ponds.authority, name=name.capitalize()
            )
    return ponds


def seat(page: Page, site: Site, ponds: Ponds, name: str) -> Page:
    """Let one of the people be signed in on this page, in German."""
    token = apart(_token, ponds, name)
    page.context.add_cookies(
        [{"name": security.SESSION_COOKIE, "value": token, "url": site.address}]
    )
    return page


def _token(ponds: Ponds, name: str) -> str:
    with ponds.transaction(SYSTEM) as session:
        actor = ponds.who(name)
        people.change_language(session, actor, "de")
        return signin._new_session(session, actor).token

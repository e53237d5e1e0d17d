"""Legal rules and the register of dispatches in a browser, accessible at desk and phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from grantflow.clock import today
from grantflow.programmes.package import Package
from grantflow.services import people, signin
from grantflow.services.policy import SYSTEM
from grantflow.store.tables import Case
from grantflow.web import security
from tests.browser.conftest import Site, apart
from tests.browser.steps import check_accessibility, sign_in
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import package

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


def looked_at(page: Page, name: str) -> None:
    """Nothing serious at either width, nothing wider than the screen; pictures where asked for."""
    for size, width in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(width)
        check_accessibility(page)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{page.url} is {wide} pixels too wide on a {size}"
        folder = os.environ.get("GRANTFLOW_PICTURES")
        if folder:
            path = Path(folder) / f"{name}-{size}.png"
            page.screenshot(path=path, full_page=True)
    page.set_viewport_size(DESK)


def test_a_rule_is_proposed_and_released_by_a_second_person(
    page: Page, new_page: Callable[[], Page]
) -> None:
    sign_in(page, "lea.winkler@example.org")
    page.goto("/manage/rules")
    looked_at(page, "rules-profiles")
    page.goto("/manage/rules/uncertain")
    looked_at(page, "rules-uncertain")
    page.goto("/manage/rules/base_rates")
    page.goto("/manage/rules/federal?name=proof_reserve_days")
    looked_at(page, "rules-area")
    page.locator("input[name=value]").fill("fünf")
    page.locator("form[action$=values] button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    looked_at(page, "rules-refused")
    page.locator("input[name=value]").fill("5")
    page.locator("input[name=since]").fill("2027-03-01")
    page.locator("input[name=source]").fill("Hausverfügung")
    page.locator("select[name=confidence]").select_option("published")
    page.locator("form[action$=values] button").click()
    expect(page.locator("h1")).to_contain_text("Vorschlag")
    page.locator("form[action$=submit] input[name=note]").fill("Hausverfügung vom 1. März")
    page.locator("form[action$=submit] button").click()
    looked_at(page, "rules-proposal")
    second = new_page()
    sign_in(second, "oliver.kranz@example.org")
    second.goto(page.url)
    second.locator("form[action$=release] button").click()
    expect(second.locator("#flashes")).to_contain_text("in Kraft")
    looked_at(second, "rules-released")


def ponds_of(site: Site) -> tuple[Ponds, Case]:
    """A decision that has left, in the small programme."""
    files = dict(package().files)
    opened = files["programme.toml"].replace(b"opens = 2027-01-01", b"opens = 2026-01-01")
    content = Package(files | {"programme.toml": opened})
    ponds = build(site.world.sessions, site.world.settings, content)
    return ponds, ponds.granted()


def test_a_letter_comes_back_and_is_notified_again(page: Page, site: Site) -> None:
    ponds, _ = apart(ponds_of, site)
    token = apart(_token, ponds, "officer")
    page.context.add_cookies(
        [{"name": security.SESSION_COOKIE, "value": token, "url": site.address}]
    )
    page.goto("/dispatches")
    looked_at(page, "dispatches-register")
    page.locator("a.gf-work__title", has_text="Bescheid").first.click()
    looked_at(page, "dispatches-entry")
    page.locator("form[action$=return] select").select_option("moved")
    page.locator("form[action$=return] input[name=on]").fill(today().isoformat())
    page.locator("form[action$=return] button").click()
    expect(page.locator("#flashes")).to_contain_text("Rücklauf")
    looked_at(page, "dispatches-returned")
    page.locator("form[action$=again] select").select_option("registered")
    page.locator("form[action$=again] input[name=sent_on]").fill(today().isoformat())
    page.locator("form[action$=again] input[name=why]").fill("Neue Anschrift")
    page.locator("form[action$=again] button").click()
    expect(page.locator("#flashes")).to_contain_text("erneut")
    looked_at(page, "dispatches-again")


def _token(ponds: Ponds, name: str) -> str:
    with ponds.transaction(SYSTEM) as session:
        actor = ponds.who(name)
        people.change_language(session, actor, "de")
        return signin._new_session(session, actor).token

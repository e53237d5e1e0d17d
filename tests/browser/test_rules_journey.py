"""Legal rules and the register of dispatches in a browser, accessible at desk and phone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from grantflow.clock import today
from tests.browser.conftest import Site, apart
from tests.browser.small import ponds_of, seat
from tests.browser.steps import looked_at, sign_in


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


def test_a_letter_comes_back_and_is_notified_again(page: Page, site: Site) -> None:
    ponds = apart(ponds_of, site)
    apart(ponds.granted)
    seat(page, site, ponds, "officer")
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

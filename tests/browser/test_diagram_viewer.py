"""The diagram of a case shows where it stands, in words and in colours."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from grantflow.cli.cast import read_cast
from grantflow.services import cases, people
from grantflow.store import catalogue
from grantflow.store.tables import Call
from tests.browser.conftest import Site, apart
from tests.browser.steps import check_accessibility, sign_in
from tests.factories import make_call

OFFICER, PROGRAMME = "katrin.vogel@example.org", "bamf_model_projects"


def _opened_case(site: Site) -> UUID:
    """A case of an applicant, just begun, in a call that is open today."""
    applicant = read_cast(site.world.settings.workflows_dir).applicants[0]
    with site.world.transaction() as session:
        programme = catalogue.find_programme(session, PROGRAMME)
        assert programme is not None
        version = catalogue.newest_published(session, programme.id)
        assert version is not None
        call: Call = make_call(session, version)
        call_id = call.id
        actor = people.find_actor(session, applicant.email)
    assert actor is not None
    with site.world.transaction(actor) as session:
        organisation = next(iter(actor.organisations))
        return cases.open_case(session, actor, call_id, organisation, "Nachbarschaft").id


@pytest.mark.parametrize("width", [1280, 390])
def test_the_present_position_is_marked_and_named(page: Page, site: Site, width: int) -> None:
    case_id = apart(_opened_case, site)
    sign_in(page, OFFICER)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/cases/{case_id}/diagram")
    figure = page.locator("[data-diagram][data-ready]")
    figure.wait_for()
    expect(page.locator(".gf-open")).not_to_have_count(0)
    expect(page.locator(".djs-connection.gf-passed")).not_to_have_count(0)
    expect(page.locator("[data-diagram-open]")).not_to_be_empty()
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    scroll = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert scroll <= 0
    check_accessibility(page)


def test_the_buttons_zoom(page: Page, site: Site) -> None:
    case_id = apart(_opened_case, site)
    sign_in(page, OFFICER)
    page.goto(f"/cases/{case_id}/diagram")
    page.locator("[data-diagram][data-ready]").wait_for()
    shape = page.locator(".djs-shape.gf-open").first
    before = shape.bounding_box()
    page.locator('[data-zoom="in"]').click()
    after = shape.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] * 1.2
    page.locator('[data-zoom="fit"]').click()
    frame = page.locator("[data-diagram] svg").first.bounding_box()
    drawing = page.locator("[data-diagram] svg .viewport").first.bounding_box()
    assert frame is not None
    assert drawing is not None
    assert drawing["x"] >= frame["x"] - 6  # lines have a width
    assert drawing["x"] + drawing["width"] <= frame["x"] + frame["width"] + 6
    page.locator('[data-zoom="fit"]').click()
    again = shape.bounding_box()
    assert again is not None
    assert abs(again["width"] - before["width"]) < 2


def test_out_of_a_choice_only_the_way_that_was_taken_is_marked(page: Page, site: Site) -> None:
    case_id = apart(_opened_case, site)
    sign_in(page, OFFICER)
    notice = site.world.settings.workflows_dir / "_shared/stages/grant_notice.bpmn"
    begun = ["decision_due", "mark_decision_draft", "draft_decision", "decision_proposed"]
    there = ["compute_grant", "reserve_funds", "funds_there", "book_reservation"]
    told = {
        "xml": notice.read_text(encoding="utf-8"),
        "passed": [*begun, *there, "draft_grant_letter"],
        "open": ["countersign_decision"],
    }
    page.route("**/diagram/**", lambda route: route.fulfill(json=told))
    page.goto(f"/cases/{case_id}/diagram")
    page.locator("[data-diagram][data-ready]").wait_for()
    for flow, taken in {
        "funds_there__book_reservation": 1,
        "funds_there__draft_decision": 0,  # though both ends were gone through
        "decision_proposed__draft_rejection_letter": 0,
        "draft_grant_letter__countersign_decision": 1,
    }.items():
        expect(page.locator(f'[data-element-id="{flow}"].gf-passed')).to_have_count(taken)

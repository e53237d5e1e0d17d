"""Letters in a browser: a draft edited and approved, a text of the authority's own, a batch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site, apart
from tests.browser.small import ponds_of, seat
from tests.browser.steps import looked_at
from tests.integration.ponds import Ponds

NewPage = Callable[[], Page]
OURS = "wir bewilligen Ihnen gern {{ decision.amount | euro }}."


@pytest.fixture(scope="module")
def ponds(site: Site) -> Ponds:
    return apart(ponds_of, site)


def test_a_draft_is_edited_with_a_reason_and_approved_by_the_head(
    site: Site, ponds: Ponds, new_page: NewPage
) -> None:
    case = apart(ponds.drafted)
    draft = next(one for one in apart(ponds.letters, case) if one.name == "grant_decision")
    officer = seat(new_page(), site, ponds, "officer")
    officer.goto(f"/cases/{case.id}/letters/{draft.id}")
    opening = officer.locator("textarea[name='block.opening']")
    opening.fill(opening.input_value() + " Der Frosch freut sich.")
    save = officer.get_by_role("button", name="Textbausteine speichern")
    save.click()
    expect(officer.locator("main")).to_contain_text("Bitte begründen Sie, warum")
    expect(opening).to_have_value(opening.input_value())
    officer.locator("textarea[name=reason]").fill("Wunsch der Leitung")
    save.click()
    expect(officer.locator(".gf-words ins")).to_have_text("Der Frosch freut sich.")
    looked_at(officer, "letter-edited")

    head = seat(new_page(), site, ponds, "head")
    head.goto(f"/decisions/{apart(ponds.tasks, case.id)['approve'].id}")
    frame = head.frame_locator("iframe.gf-letter-frame")
    expect(frame.locator("body")).to_contain_text("Der Frosch freut sich.")
    looked_at(head, "letter-countersigned")
    head.locator("button[name=_action][value=submit]").click()
    expect(head).to_have_url(f"{site.address}/decisions")
    site.work()
    officer.reload()
    expect(officer.locator("main")).to_contain_text("versandt")
    expect(officer.locator("textarea[name='block.opening']")).to_have_count(0)


def test_a_text_of_the_authoritys_own_is_released_by_a_second_person(
    site: Site, ponds: Ponds, new_page: NewPage
) -> None:
    writer = seat(new_page(), site, ponds, "writer")
    writer.goto("/text-blocks")
    looked_at(writer, "texts-none")
    writer.get_by_role("link", name="Neuer Text").click()
    block = writer.locator("#block option", has_text="Bescheid").filter(has_text="Einleitung")
    writer.locator("#block").select_option(block.first.get_attribute("value"))
    writer.locator("#text").fill("{{ decision.nothing_of_this_kind | no_filter }}")
    writer.locator("input[name=valid_from]").fill("2030-01-01")
    writer.get_by_role("button", name="Als Entwurf speichern").click()
    expect(writer.locator("[role=alert]")).to_be_visible()
    writer.locator("#text").fill(OURS)
    writer.locator("#reason").fill("Freundlicher")
    writer.get_by_role("button", name="Als Entwurf speichern").click()
    expect(writer.locator(".gf-words ins").first).to_be_visible()
    expect(writer.get_by_role("button", name="Text freigeben")).to_have_count(0)
    looked_at(writer, "text-written")

    releaser = seat(new_page(), site, ponds, "releaser")
    releaser.goto(writer.url)
    releaser.locator("form[action$='/release'] button").click()
    expect(releaser.locator("main")).to_contain_text("Releaser")
    looked_at(releaser, "text-released")
    releaser.goto("/text-blocks")
    expect(releaser.locator("main")).to_contain_text("Releaser")
    looked_at(releaser, "texts")


def test_decisions_of_a_call_are_approved_together(
    site: Site, ponds: Ponds, new_page: NewPage
) -> None:
    cases = [apart(ponds.drafted) for _ in range(2)]
    head = seat(new_page(), site, ponds, "head")
    head.goto("/letter-batches")
    looked_at(head, "batches-none")
    head.get_by_role("link", name="Auswählen und prüfen").click()
    expect(head.locator("input[name=letter]:checked")).to_have_count(2)
    looked_at(head, "batch-choice")
    head.get_by_role("button", name="Ausgewählte freigeben").click()
    expect(head.locator("progress")).to_have_attribute("value", "0")
    site.work()
    head.reload()
    expect(head.locator("progress")).to_have_attribute("value", "2")
    looked_at(head, "batch-done")
    assert [apart(ponds.case, case.id).status for case in cases] == ["NOTIFIED", "NOTIFIED"]


def test_a_field_that_appears_does_not_take_the_button_away_from_under_the_mouse(
    site: Site, ponds: Ponds, new_page: NewPage
) -> None:
    case = apart(ponds.submitted)
    officer = seat(new_page(), site, ponds, "officer")
    officer.goto(f"/tasks/{apart(ponds.tasks, case.id)['check'].id}")
    drafts = held_back(officer)
    officer.locator("[name=verdict][value=bad]").check()
    submit = officer.locator("button[name=_action][value=submit]").last
    submit.scroll_into_view_if_needed()
    place = submit.bounding_box()
    assert place is not None
    officer.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    officer.mouse.down()
    with officer.expect_response("**/draft") as saved:
        let_go(officer, drafts)
    saved.value.finished()
    officer.wait_for_timeout(300)  # time enough to show the field, were it shown
    expect(officer.locator("[name=note]")).to_be_hidden()
    with officer.expect_navigation():
        officer.mouse.up()


def held_back(page: Page) -> list[Route]:
    """The next request of this page that saves a draft; it waits until it is let go."""
    waiting: list[Route] = []
    page.route("**/draft", lambda route: waiting.append(route), times=1)  # noqa: PLW0108
    return waiting


def let_go(page: Page, waiting: list[Route], required: str = "") -> None:
    """Let the answer come, with the field in this box as one that has to be answered."""
    while not waiting:
        page.wait_for_timeout(20)
    answer = waiting[0].fetch()
    body = answer.text().replace(f'id="{required}"', f'id="{required}" data-required')
    waiting[0].fulfill(response=answer, body=body if required else answer.text())


def test_a_quick_click_is_not_refused_for_a_field_that_was_not_there(
    site: Site, ponds: Ponds, new_page: NewPage
) -> None:
    case = apart(ponds.submitted)
    officer = seat(new_page(), site, ponds, "officer")
    officer.goto(f"/tasks/{apart(ponds.tasks, case.id)['check'].id}")
    drafts = held_back(officer)
    officer.locator("[name=verdict][value=bad]").check()
    officer.locator("button[name=_action][value=submit]").last.click(no_wait_after=True)
    let_go(officer, drafts, required="f-note-box")
    expect(officer.locator("[name=note]")).to_be_focused()
    expect(officer.get_by_text("Es sind Felder hinzugekommen.")).to_be_visible()
    expect(officer.locator("[data-error-summary]")).to_have_count(0)
    officer.locator("[name=note]").fill("Die Karte fehlt.")
    with officer.expect_navigation():
        officer.locator("button[name=_action][value=submit]").last.click()


def test_what_gets_the_focus_is_there_at_once(site: Site, ponds: Ponds, new_page: NewPage) -> None:
    """A page that glides under the mouse makes people miss what they click."""
    case = apart(ponds.submitted)
    officer = seat(new_page(), site, ponds, "officer")
    officer.set_viewport_size({"width": 1280, "height": 500})
    officer.goto(f"/tasks/{apart(ponds.tasks, case.id)['check'].id}")
    moved = officer.evaluate(
        "() => { document.querySelector('#task-form').scrollIntoView(); const y = scrollY;"
        " return new Promise((done) => setTimeout(() => done(scrollY - y), 300)); }"
    )
    assert moved == 0
    assert officer.evaluate("scrollY") > 0

"""After the decision, in a browser: money asked for and paid, and a grant that is changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from grantflow import clock
from grantflow.cli import demo_world
from grantflow.cli.stories import Story
from grantflow.documents import open_blobs
from grantflow.programmes.scenario import Scenario, ScenarioStep
from grantflow.store import demo as facts
from grantflow.store.tables import Task
from tests.browser.conftest import Site, apart
from tests.browser.forms import fill
from tests.browser.steps import check_accessibility, looked_at, sign_in

NewPage = Callable[[], Page]
APPLICANTS = {"begegnung_digital": "mira.solak", "nachbarschaft_verbindet": "anke.thomsen"}
OFFICER, HEAD = "katrin.vogel", "renate.hofmann"
BUDGET, SECOND_BUDGET = "uwe.seidel", "hannelore.brandt"


class Award:
    """A grant as far as its story has come, and who sits at which page."""

    def __init__(self, site: Site, new_page: NewPage, name: str, until: datetime) -> None:
        self.site, self.new_page = site, new_page
        self.case_id, self.scenario = apart(_told, site, name, until)
        self.pages: dict[str, Page] = {}

    def page(self, who: str) -> Page:
        if who not in self.pages:
            self.pages[who] = self.new_page()
            sign_in(self.pages[who], f"{who}@example.org")
        return self.pages[who]

    def begin(self, process: str) -> Page:
        """The applicant begins a matter of their own on the page of the case."""
        page = self.page(APPLICANTS[self.scenario.organisation])
        page.goto(f"/my/cases/{self.case_id}")
        form = page.locator("form[action$='/processes']", has=page.locator(f"[value={process}]"))
        form.get_by_role("button").click()
        expect(page).to_have_url(re.compile("/my/tasks/"))
        return page

    def step(self, task: str, nth: int = 0) -> ScenarioStep:
        return [one for one in self.scenario.step if one.task == task][nth]

    def hand_in(self, page: Page, task: str) -> None:
        """Fill, check and send a form of the applicant."""
        fill(page, self.step(task).answers)
        check_accessibility(page)
        page.get_by_role("button", name="Weiter: prüfen").click()
        page.get_by_role("button", name="Verbindlich absenden").click()
        expect(page).to_have_url(re.compile("/done$"))

    def open(self, who: str, task: str) -> Page:
        """The page of a task that waits for this person's role."""
        page = self.page(who)
        folder = "decisions" if task.startswith(("approve", "countersign")) else "tasks"
        page.goto(f"/{folder}/{apart(self._open, task).id}")
        return page

    def _open(self, element: str) -> Task:
        with self.site.world.reading() as session:
            found = facts.open_tasks(session, self.case_id)
            return next(one for one in found if one.element_id == element)

    def finish(self, page: Page) -> None:
        page.get_by_role("button", name="Abschließen").click()
        expect(page).to_have_url(re.compile(r"/(tasks|decisions)(\?.*)?$"))
        self.site.work()


def _told(site: Site, name: str, until: datetime) -> tuple[UUID, Scenario]:
    world = site.world
    cast = demo_world.load_people(world)
    programme, scenario = next((p, s) for p, s in demo_world.stories(world) if s.name == name)
    with world.reading() as session:
        call = facts.call_of(session, programme.key, scenario.call)
    told = Story(world, cast, open_blobs(world.settings), programme, scenario).tell(call, until)
    assert told.status == "RUNNING", told.problems
    return told.case_id, scenario


@pytest.fixture
def at_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Let everybody, the server's threads too, live at this moment."""

    def set_(moment: datetime) -> None:
        monkeypatch.setattr(clock, "_frozen", ContextVar("grantflow_now", default=moment))

    return set_


def test_money_is_asked_for_ordered_and_put_into_a_released_file(
    site: Site, new_page: NewPage, at_time: Callable[[datetime], None]
) -> None:
    at_time(datetime.fromisoformat("2026-01-12T08:30:00+01:00"))
    award = Award(site, new_page, "recovered_with_interest", clock.now())
    applicant = award.begin("payment_request")
    looked_at(applicant, "payment-form")
    award.hand_in(applicant, "request_payment")

    officer = award.open(OFFICER, "check_payment")
    expect(officer.locator("main")).to_contain_text("30.000,00 €")
    expect(officer.locator("aside")).to_contain_text("Auszahlbarer Betrag")
    looked_at(officer, "payment-check")
    fill(officer, award.step("check_payment").answers)
    award.finish(officer)

    budget = award.open(BUDGET, "approve_payment")
    fill(budget, award.step("approve_payment").answers)
    award.finish(budget)
    budget.goto("/payment-files")
    expect(budget.locator("main")).to_contain_text("Begegnung Digital e. V.")
    looked_at(budget, "payment-files")
    budget.get_by_role("button", name="Datei erstellen").click()
    expect(budget.locator("main")).to_contain_text("wartet auf Freigabe")

    second = award.page(SECOND_BUDGET)
    second.goto(budget.url)
    second.get_by_role("button", name="Freigeben").click()
    expect(second.locator("main")).to_contain_text("Hannelore Brandt")
    looked_at(second, "payment-file-released")
    link = second.locator("a[href$='.xml']").get_attribute("href")
    content = second.request.get(str(link)).text()
    assert '<InstdAmt Ccy="EUR">30000.00</InstdAmt>' in content
    officer.goto(f"/cases/{award.case_id}/payments")
    expect(officer.locator("main")).to_contain_text("angeordnet")
    looked_at(officer, "payments-of-the-case")


def test_a_change_is_asked_for_drafted_and_countersigned(
    site: Site, new_page: NewPage, at_time: Callable[[datetime], None]
) -> None:
    at_time(datetime.fromisoformat("2026-03-02T08:30:00+01:00"))
    award = Award(site, new_page, "amended_more_time_and_money", clock.now())
    applicant = award.begin("amendment")
    award.hand_in(applicant, "request_amendment")

    officer = award.open(OFFICER, "draft_amendment")
    expect(officer.locator("main")).to_contain_text("63.000,00 €")
    fill(officer, award.step("draft_amendment", 1).answers)
    looked_at(officer, "amendment-draft")
    award.finish(officer)

    head = award.open(HEAD, "countersign_amendment")
    expect(head.frame_locator("iframe.gf-letter-frame").locator("body")).to_contain_text(
        "63.000,00"
    )
    looked_at(head, "amendment-countersign")
    fill(head, award.step("countersign_amendment", 1).answers)
    award.finish(head)
    applicant.goto(f"/my/cases/{award.case_id}")
    expect(applicant.locator("main")).to_contain_text("Änderungsbescheid")
    officer.goto(f"/cases/{award.case_id}")
    expect(officer.locator("section", has_text="Entscheidungen").last).to_contain_text(
        "63.000,00 €"
    )
    looked_at(officer, "amendment-decided")

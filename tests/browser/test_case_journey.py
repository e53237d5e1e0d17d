"""One case from the open call to the decision in the applicant's hands, all in the browser.

The answers are those of the shipped scenario; everything else is what people see and press.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from grantflow import clock
from grantflow.cli.cast import read_cast
from grantflow.programmes import check
from grantflow.programmes.scenario import Scenario, ScenarioStep
from grantflow.settings import settings
from grantflow.store import demo as facts
from tests.browser.conftest import Site, apart
from tests.browser.forms import fill
from tests.browser.steps import check_accessibility, sign_in

PROGRAMME, STORY = "bamf_model_projects", "funded_to_evaluation"
LAST = "declare_waiver"
OPEN_CALL = "2027"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
YEAR = re.compile(r"20[23]\d")


def story() -> Scenario:
    folder = settings().workflows_dir / PROGRAMME
    package = check.from_folder(folder, settings().templates_dir / "letters")
    return next(s for s in check.scenarios(package) if s.name == STORY)


def press(page: Page, button: str) -> None:
    """Press a button that leads on; the page that comes must not complain."""
    with page.expect_navigation():
        page.locator(button).last.click()
    assert page.locator(".kern-error").all_inner_texts() == [], page.url


class Journey:
    """Who is at which page; one browser page a person."""

    def __init__(self, site: Site, new_page: Callable[[], Page]) -> None:
        self.site, self.new_page = site, new_page
        self.cast = read_cast(settings().workflows_dir)
        self.pages: dict[str, Page] = {}
        self.reference = ""
        self.told = story().start

    def email(self, by: str) -> str:
        if by == "applicant":
            return next(
                p.email for p in self.cast.applicants if p.organisation == story().organisation
            )
        role, _, number = by.partition(":")
        role = "PANEL_MEMBER" if role == "panel" else role
        found = [m.email for m in self.cast.staff if role in m.roles and m.authority == "bamf"]
        return found[int(number or 1) - 1]

    def page(self, by: str) -> Page:
        email = self.email(by)
        if email not in self.pages:
            self.pages[email] = self.new_page()
            sign_in(self.pages[email], email)
        return self.pages[email]

    def account(self, value: str) -> str:
        """The option of the form behind ``panel:2``; days and years one later, as the call is.

        A day that is over in the story has to be over here, too.
        """
        if YEAR.fullmatch(value):
            return f"{int(value) + 1}"
        if DAY.fullmatch(value):
            over = value <= self.told.date().isoformat()
            return clock.today().isoformat() if over else f"{int(value[:4]) + 1}{value[4:]}"
        if not value.startswith("panel:"):
            return value
        return str(apart(self.site.world.person, self.email(value)).account_id)

    def begin(self, scenario: Scenario) -> None:
        page = self.page("applicant")
        with self.site.world.reading() as session:
            call = facts.call_of(session, PROGRAMME, OPEN_CALL)
        page.goto(f"/calls/{call.id}")
        check_accessibility(page)
        page.goto(f"/my/apply/{call.id}")
        page.locator("[name=title]").fill(scenario.case_title)
        page.locator("main form button").last.click()
        expect(page.locator("#task-form")).to_be_visible()

    def do(self, step: ScenarioStep) -> None:
        self.site.work()
        self.told = step.at
        page = self.page(step.by)
        if step.by == "applicant":
            self.apply(page, step)
        else:
            self.decide(page, step)

    def apply(self, page: Page, step: ScenarioStep) -> None:
        if page.locator("#task-form").count() == 0:
            page.goto("/my/cases")
            page.locator("a[href^='/my/tasks/']").first.click()
        fill(page, step.answers, self.account)
        press(page, "button[name=_action][value=check]")
        press(page, "form[action$='/submit'] button.kern-btn--primary")
        page.wait_for_url("**/done")

    def decide(self, page: Page, step: ScenarioStep) -> None:
        page.goto(self.task_address(step))
        if page.locator("#conflict-no").count():
            self.declare(page, step)
            if step.declare_conflict:
                return
        fill(page, step.answers, self.account)
        press(page, "button[name=_action][value=submit]")

    def declare(self, page: Page, step: ScenarioStep) -> None:
        """The declaration of interests comes before the form."""
        page.locator("#conflict-yes" if step.declare_conflict else "#conflict-no").check()
        if step.declare_conflict:
            page.locator("#reason").fill(step.reason)
        press(page, "form[action$='/declaration'] button")

    def task_address(self, step: ScenarioStep) -> str:
        folder = {"panel": "reviews", "HEAD_OF_UNIT": "decisions"}.get(
            step.by.split(":")[0], "tasks"
        )
        page = self.page(step.by)
        page.goto(f"/{folder}" + ("?scope=roles" if folder == "tasks" else ""))
        link = page.locator(f"main a[href^='/{folder}/']").first
        expect(link, f"{step.task} is in the list of {step.by}").to_be_visible()
        return str(link.get_attribute("href"))


@pytest.fixture
def journey(site: Site, new_page: Callable[[], Page]) -> Journey:
    return Journey(site, new_page)


def test_a_case_runs_from_the_call_to_the_decision(journey: Journey) -> None:
    scenario = story()
    journey.begin(scenario)
    for step in scenario.step:
        journey.do(step)
        if step.task == LAST:
            break
    journey.site.work()

    applicant = journey.page("applicant")
    applicant.goto("/my/cases")
    applicant.locator("main a[href^='/my/cases/']").first.click()
    check_accessibility(applicant)
    expect(applicant.locator("main")).to_contain_text("162.000,00")
    addresses: list[Any] = applicant.locator("main a[href^='/my/letters/']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    texts = [_pdf_text(applicant, address) for address in addresses]
    decision = next(t for t in texts if "Rechtsbehelfsbelehrung" in t and "162.000,00" in t)
    assert scenario.case_title in decision


def _pdf_text(page: Page, address: str) -> str:
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    return " ".join(p.extract_text() for p in PdfReader(BytesIO(answer.body())).pages)

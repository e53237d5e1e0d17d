"""A statement of use with an imported list of receipts, from the applicant to the officer."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page, expect

from grantflow.cli import demo_world
from grantflow.cli.stories import Story
from grantflow.documents import open_blobs
from grantflow.programmes.scenario import Scenario
from grantflow.services import receipts
from grantflow.services.policy import SYSTEM
from grantflow.store import demo as facts
from tests.browser.conftest import Site, apart
from tests.browser.steps import check_accessibility, sign_in

STORY = "overspend_and_repayment"
STATEMENT = "submit_statement_of_use"
APPLICANT, OFFICER = "mira.solak@example.org", "katrin.vogel@example.org"
UNTIL = datetime.fromisoformat("2028-11-10T10:00:00+01:00")


def _played(site: Site) -> tuple[UUID, Scenario]:
    """The case of the story shortly before its statement of use."""
    world = site.world
    cast = demo_world.load_people(world)
    programme, scenario = next((p, s) for p, s in demo_world.stories(world) if s.name == STORY)
    with world.reading() as session:
        call = facts.call_of(session, programme.key, scenario.call)
    told = Story(world, cast, open_blobs(world.settings), programme, scenario).tell(call, UNTIL)
    assert told.status == "STATEMENT_DUE", told.problems
    return told.case_id, scenario


def _task(site: Site, case_id: UUID, element: str) -> UUID:
    with site.world.reading() as session:
        return next(t.id for t in facts.open_tasks(session, case_id) if t.element_id == element)


def _look(page: Page, name: str) -> None:
    """Keep a picture where the environment asks for it."""
    folder = os.environ.get("GRANTFLOW_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_an_imported_list_is_handed_in_and_checked(
    site: Site, page: Page, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    case_id, scenario = apart(_played, site)
    step = next(s for s in scenario.step if s.task == STATEMENT)
    good = step.receipts.strip()
    task = apart(_task, site, case_id, STATEMENT)
    _hand_in(page, task, good, tmp_path)
    checking = apart(_task, site, case_id, "check_statement_of_use")
    officer = new_page()
    sign_in(officer, OFFICER)
    _judge(officer, checking)
    assert apart(_accepted, site, checking) == "179915.00"


def _hand_in(page: Page, task: UUID, good: str, folder: Path) -> None:
    sign_in(page, APPLICANT)
    page.goto(f"/my/tasks/{task}")
    expect(page.get_by_text("0 Belege sind erfasst.")).to_be_visible()
    expect(page.locator("input[name='spent.0.label']")).to_have_value(
        "Projektleitung und Koordination"
    )
    _look(page, "statement-form")
    page.get_by_role("link", name="Belege erfassen oder importieren").click()
    bad = folder / "falsch.csv"
    bad.write_text(good.replace("14.10.2027;", ";14.10.2027;").replace("9.800,00", "9.800,005"))
    page.set_input_files("#file", bad)
    page.get_by_role("button", name="Liste übernehmen").click()
    problems = page.locator("#problems")
    expect(problems).to_contain_text("Zeile 7, Spalte „Betrag“")
    expect(problems).to_contain_text("Zeile 10: Die Werte stehen eine Spalte zu weit rechts")
    expect(page.get_by_text("Noch sind keine Belege erfasst.")).to_be_visible()
    check_accessibility(page)
    _look(page, "receipts-faults")
    sound = folder / "belege.csv"
    sound.write_text(good)
    page.set_input_files("#file", sound)
    page.get_by_role("button", name="Liste übernehmen").click()
    expect(page.get_by_text("10 Belege wurden übernommen.")).to_be_visible()
    expect(page.get_by_text("„Mahngebühr“ weist auf eine nicht")).to_be_visible()
    check_accessibility(page)
    _look(page, "receipts-imported")
    page.set_viewport_size({"width": 390, "height": 844})
    _look(page, "receipts-imported-phone")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Zurück zur Aufgabe").click()
    _fill(page)


def _fill(page: Page) -> None:
    page.locator("[name=narrative_report]").fill("Das Vorhaben ist wie bewilligt durchgeführt.")
    for row, amount in enumerate(("124.000,00", "33.000,00", "17.000,00", "6.000,00")):
        page.locator(f"[name='spent.{row}.amount']").fill(amount)
    page.locator("[name='received.0.label']").fill("Eigenmittel")
    page.locator("[name='received.0.amount']").fill("18.000,00")
    page.locator("[name='results.0.indicator']").fill("Begleitete Tandems")
    page.locator("[name='results.0.actual']").fill("252")
    page.locator("input[type=checkbox][name=correct]").check()
    page.get_by_role("button", name="Weiter: prüfen").click()
    page.get_by_role("button", name="Verbindlich absenden").click()
    expect(page).to_have_url(re.compile(r"/done$"))


def _judge(page: Page, task: UUID) -> None:
    page.goto(f"/tasks/{task}")
    page.get_by_role("link", name="Belege prüfen").click()
    expect(page.get_by_text("ohne Zustimmung möglich sind")).to_be_visible()
    page.get_by_label("Ergebnis zu Beleg 8").select_option("refused")
    page.get_by_role("button", name="Feststellungen speichern").click()
    expect(page.locator("#problems")).to_contain_text("Beleg 8: Bitte begründen Sie")
    expect(page.get_by_label("Ergebnis zu Beleg 8")).to_have_value("refused")
    page.get_by_label("Begründung zu Beleg 8").fill("Mahngebühren sind nicht notwendig.")
    page.get_by_role("button", name="Feststellungen speichern").click()
    expect(page.get_by_text("Eine Feststellung ist gespeichert.")).to_be_visible()
    check_accessibility(page)
    _look(page, "receipts-judged")
    page.goto(f"/tasks/{task}")
    page.locator("input[name=statement_result][value=accept]").check()
    expect(page.locator("[name='recognised.2.amount']")).to_have_value("16.915,00")
    _look(page, "statement-check")


def _accepted(site: Site, task: UUID) -> str:
    with site.world.reading() as session:
        return str(receipts.list_of(session, SYSTEM, task).sums.accepted)

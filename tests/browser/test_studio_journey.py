"""A manager changes a programme in the browser, and a second one publishes it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import check_accessibility, sign_in

MANAGER, SECOND = "lea.winkler@example.org", "oliver.kranz@example.org"
FILE = "_shared/stages/review.bpmn"
OWN = "stages/review.bpmn"
TASK = "assign_reviewers"


def _element(page: Page, element_id: str) -> Locator:
    return page.locator(f'.djs-element[data-element-id="{element_id}"] > .djs-hit').first


def _change(page: Page, field: str, value: str) -> None:
    control = page.locator(f"#panel-{field}")
    control.fill(value)
    control.blur()


def _save(page: Page) -> None:
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("[data-status]")).to_have_text("Gespeichert")


def _new_draft(page: Page) -> str:
    page.goto("/studio")
    check_accessibility(page)
    page.locator(".gf-card a").first.click()
    check_accessibility(page)
    page.locator(".gf-versions a").first.click()
    page.get_by_label("Was soll sich ändern?").fill("Jury früher benennen")
    page.get_by_role("button", name="Neuen Entwurf aus dieser Fassung anlegen").click()
    expect(page.locator("h1")).to_have_text(re.compile(r"Fassung \d+"))
    check_accessibility(page)
    return page.url


def _open_diagram(page: Page, version: str, file: str) -> None:
    page.goto(f"{version}/diagram?file={file}")
    page.locator("[data-editor][data-ready]").wait_for()


def test_a_manager_edits_and_a_second_one_publishes(
    page: Page, new_page: Callable[[], Page]
) -> None:
    sign_in(page, MANAGER)
    version = _new_draft(page)
    _see_what_holds_payments(page, version)
    _rename_and_limit(page, version)
    _break(page)
    _try_to_hand_over(page, version)
    _mend(page, version)
    _play_and_hand_over(page, version)
    _compare_and_publish(new_page(), version)


def _see_what_holds_payments(page: Page, version: str) -> None:
    _open_diagram(page, version, "_shared/side/recovery.bpmn")
    expect(page.locator("#panel-holds_payments")).to_be_checked()
    _open_diagram(page, version, FILE)
    expect(page.locator("#panel-holds_payments")).not_to_be_checked()


def _rename_and_limit(page: Page, version: str) -> None:
    """The shared file becomes the programme's own with the first save."""
    _open_diagram(page, version, FILE)
    expect(page.locator("[data-problems-count]")).to_have_text("Keine Fehler in dieser Datei")
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    check_accessibility(page)
    _element(page, TASK).click()
    expect(page.locator("#panel-id")).to_have_value(TASK)
    _change(page, "name", "Jury benennen")
    _change(page, "due", "P10D")
    expect(page.locator("[data-status]")).to_have_text("Nicht gespeicherte Änderungen")
    _save(page)
    expect(page).to_have_url(f"{version}/diagram?file={OWN}")


def _break(page: Page) -> None:
    """The panel names the fault at once, the check shows it at the element."""
    _change(page, "due", "=reviewers +")
    expect(page.locator("#panel-due-fault")).not_to_be_empty()
    _save(page)
    expect(page.locator(".gf-fault-badge")).to_have_count(1)
    expect(page.locator("[data-problems-count]")).to_have_text("1 Fehler in dieser Datei")
    _element(page, "score_review").click()
    expect(page.locator("#panel-id")).to_have_value("score_review")
    page.locator(f'[data-problems] [data-element="{TASK}"] button').click()
    expect(page.locator("#panel-id")).to_have_value(TASK)
    check_accessibility(page)


def _try_to_hand_over(page: Page, version: str) -> None:
    page.goto(version)
    page.get_by_role("button", name="Zur Veröffentlichung vorlegen").click()
    expect(page.locator(".kern-alert--danger")).to_contain_text(OWN)
    check_accessibility(page)


def _mend(page: Page, version: str) -> None:
    """Undo and redo on the way."""
    _open_diagram(page, version, OWN)
    _element(page, TASK).click()
    _change(page, "due", "P14D")
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.locator("#panel-due")).to_have_value("=reviewers +")
    page.get_by_role("button", name="Wiederholen").click()
    expect(page.locator("#panel-due")).to_have_value("P14D")
    _save(page)
    expect(page.locator("[data-problems-count]")).to_have_text("Keine Fehler in dieser Datei")
    expect(page.locator(".gf-fault-badge")).to_have_count(0)


def _play_and_hand_over(page: Page, version: str) -> None:
    """Whoever wrote it is then refused as publisher."""
    page.get_by_role("link", name="Szenarien durchspielen").click()
    expect(page.locator(".kern-alert--success")).to_contain_text("Alle Szenarien bestanden")
    check_accessibility(page)
    page.goto(version)
    page.get_by_role("button", name="Zur Veröffentlichung vorlegen").click()
    expect(page.get_by_text("Die Fassung liegt nun zur Veröffentlichung vor.")).to_be_visible()
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.locator(".kern-alert--danger")).to_contain_text("eine andere Person")


def _compare_and_publish(page: Page, version: str) -> None:
    sign_in(page, SECOND)
    page.goto(version)
    page.get_by_role("button", name="Vergleichen").click()
    expect(page.locator(".gf-diff").first).to_contain_text(OWN)
    expect(page.locator(".gf-diff").first).to_contain_text("Jury benennen")
    check_accessibility(page)
    page.goto(version)
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.get_by_text("Die Fassung ist veröffentlicht.")).to_be_visible()


def test_two_editors_of_one_file_learn_of_each_other(
    page: Page, new_page: Callable[[], Page]
) -> None:
    sign_in(page, MANAGER)
    page.goto("/studio")
    page.locator(".gf-card a").first.click()
    page.locator(".gf-versions a").first.click()
    page.get_by_role("button", name="Neuen Entwurf aus dieser Fassung anlegen").click()
    version = page.url
    other = new_page()
    sign_in(other, SECOND)
    for each in (page, other):
        _open_diagram(each, version, FILE)
        _element(each, TASK).click()
    _change(other, "name", "Gutachten vergeben")
    _save(other)
    _change(page, "name", "Jury wählen")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("[data-status]")).to_contain_text("Oliver Kranz")
    expect(page.locator("#panel-name")).to_have_value("Jury wählen")


def test_the_other_editors_open_and_save(page: Page) -> None:
    sign_in(page, MANAGER)
    page.goto("/studio")
    page.locator(".gf-card a").first.click()
    page.locator(".gf-versions a").first.click()
    page.get_by_role("button", name="Neuen Entwurf aus dieser Fassung anlegen").click()
    version = page.url

    page.goto(f"{version}/form?file=_shared/forms/assign_reviewers.form")
    page.locator("[data-editor][data-ready]").wait_for()
    expect(page.frame_locator("[data-preview]").locator(".gf-form")).to_be_visible()
    _save(page)

    page.goto(f"{version}/decision?file=_shared/decisions/application_check.dmn")
    page.locator("[data-editor][data-ready]").wait_for()
    expect(page.locator(".dmn-decision-table-container table").first).to_be_visible()
    _save(page)

    page.goto(f"{version}/text?file=programme.toml")
    page.locator("[data-editor][data-ready]").wait_for()
    area = page.locator("textarea")
    area.fill(area.input_value().replace("[lanes]", "[lanes\n"))
    expect(page.locator("[data-problems-count]")).to_contain_text("Fehler in dieser Datei")
    expect(page.locator("[data-problems] li").first).to_contain_text("TOML")
    check_accessibility(page)
    # leaving with unsaved changes asks first
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(version)
    assert asked == ["beforeunload"]


def test_a_published_diagram_is_shown_without_being_changed(page: Page) -> None:
    sign_in(page, MANAGER)
    page.goto("/studio")
    page.locator(".gf-card a").first.click()
    version = str(page.locator(".gf-versions a").last.get_attribute("href"))
    for file, element in (("lifecycle.bpmn", "expression_of_interest"), (FILE, TASK)):
        _open_diagram(page, version, file)
        expect(page.locator("[data-failed]")).to_be_hidden()
        shape = page.locator(f'.djs-element[data-element-id="{element}"] > .djs-hit')
        if shape.count():
            shape.first.click()
            expect(page.locator("#panel-id")).to_have_value(element)
            expect(page.locator("#panel-id")).not_to_be_editable()

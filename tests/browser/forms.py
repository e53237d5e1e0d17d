"""Fills a rendered form in the browser with the answers of a scenario, as a person would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import Locator, Page, expect

from grantflow.cli.stories import sample_pdf

Translate = Callable[[str], str]


def fill(
    page: Page, answers: Mapping[str, Any], translate: Translate = str, place: str = ""
) -> None:
    """Every answer into its field; rows are added with the form's own buttons."""
    for key, value in answers.items():
        _fill_one(page, f"{place}{key}", value, translate)


def _fill_one(page: Page, name: str, value: Any, translate: Translate) -> None:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        _rows(page, name, value, translate)
        return
    if page.locator(f"#task-form [name='_file:{name}']").count():
        _hand_in(page, name, value)
        return
    field = page.locator(f"#task-form [name='{name}']:not([type=hidden])")
    expect(field.first, name).to_be_attached()
    kind = field.first.get_attribute("type")
    if kind in ("checkbox", "radio"):
        _tick(page, field, name, value, translate)
    elif field.first.evaluate("node => node.tagName") == "SELECT":
        field.select_option(translate(str(value)))
    else:
        field.fill(translate(_written(field, value)))
        field.blur()


def _hand_in(page: Page, name: str, files: list[str]) -> None:
    """Choose each file; the page sends it at once and names it."""
    for file in files:
        chosen = {"name": file, "mimeType": "application/pdf", "buffer": sample_pdf(file)}
        page.locator(f"#task-form [name='_file:{name}']").set_input_files(chosen)
        expect(page.locator("#task-form .gf-files__name", has_text=file)).to_be_visible()


def _written(field: Locator, value: Any) -> str:
    """Money as Germans write it; everything else as it stands."""
    if field.get_attribute("inputmode") == "decimal":
        return str(value).replace(".", ",")
    return str(value)


def _tick(page: Page, field: Locator, name: str, value: Any, translate: Translate) -> None:
    wanted = ["true"] if value is True else value if isinstance(value, list) else [value]
    for one in wanted:
        chosen = page.locator(f"#task-form [name='{name}'][value='{translate(str(one))}']")
        chosen.check()
        expect(chosen).to_be_checked()


def _rows(page: Page, name: str, rows: list[dict[str, Any]], translate: Translate) -> None:
    for number, row in enumerate(rows):
        first = f"#task-form [name^='{name}.{number}.']:not([type=hidden])"
        if page.locator(first).count() == 0:
            page.locator(f"button[name=_action][value='add:{name}']").click()
            page.locator(first).first.wait_for()
        fill(page, row, translate, f"{name}.{number}.")

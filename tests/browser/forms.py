"""Fills a rendered form in the browser with the answers of a scenario, as a person would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import Locator, Page, expect

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

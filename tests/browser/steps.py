"""What people do in many browser tests, and the check of accessibility."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "grantflow-demo"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SERIOUS = ("serious", "critical")

_RUN = """async (options) => {
  const found = await axe.run(document, options);
  return found.violations.map((one) => ({
    id: one.id, impact: one.impact, nodes: one.nodes.map((node) => node.target.join(" ")),
  }));
}"""


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in on the sign-in page."""
    page.goto("/sign-in")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main button[type=submit]").first.click()
    expect(page).not_to_have_url("/sign-in")


def check_accessibility(page: Page) -> None:
    """axe finds nothing serious or critical on the page as it stands."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = page.evaluate(_RUN, rules)
    serious = [one for one in found if one["impact"] in SERIOUS]
    assert serious == [], f"{page.url}: {serious}"


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

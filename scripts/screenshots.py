"""Takes the pictures of the README from a freshly started demo, and one rendered letter.

make screenshots            writes docs/images/
… scripts/screenshots.py --all DIR    every main page at desktop and phone width, to look at
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import setup as machine
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PASSWORD = "grantflow-demo"  # noqa: S105 - the password of all demo accounts, printed at start
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 800}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
APPLICANT, OFFICER = "mira.solak@example.org", "katrin.vogel@example.org"
WRITER = "yusuf.demir@example.org"
PANEL, HEAD = "samira.haddad@example.org", "renate.hofmann@example.org"
MANAGER, OPERATIONS = "lea.winkler@example.org", "milan.novak@example.org"


@contextmanager
def served() -> Iterator[str]:
    """A demo installation of its own."""
    base = "/var/lib/grantflow" if os.geteuid() == 0 else None
    if base:
        Path(base).mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="pictures-", dir=base) as folder:
        environment = {**os.environ, "GRANTFLOW_DATA_DIR": folder, "GRANTFLOW_LOG_LEVEL": "ERROR"}
        command = [sys.executable, "-m", "grantflow", "serve", "--demo", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            sys.exit("The demo did not start.")
        time.sleep(0.25)
    sys.exit("The demo took too long to start.")


@contextmanager
def signed_in(browser: Browser, url: str, email: str, size: dict[str, int]) -> Iterator[Page]:
    context = browser.new_context(viewport=size, locale="de-DE", base_url=url)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    yield page
    context.close()


def shot(page: Page, path: str, target: Path, *, full: bool = False) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target, full_page=full)


def first(page: Page, path: str, pattern: str) -> str:
    """The address of the first link on a page that holds this pattern."""
    page.goto(path)
    return str(page.locator(f"main a[href*='{pattern}']").first.get_attribute("href"))


def readme(browser: Browser, url: str) -> None:
    """The pictures the README shows."""
    with signed_in(browser, url, OFFICER, DESKTOP) as page:
        shot(page, "/tasks?scope=all", IMAGES / "tasks.png")
        case = first(page, "/cases?status=JURY", "/cases/")
        shot(page, f"{case}/diagram", IMAGES / "case-diagram.png")
    with signed_in(browser, url, MANAGER, DESKTOP) as page:
        version = first(page, first(page, "/studio", "/studio/programmes/"), "/studio/versions/")
        shot(page, f"{version}/diagram?file=lifecycle.bpmn", IMAGES / "studio-diagram.png")
    with signed_in(browser, url, APPLICANT, DESKTOP) as page:
        shot(page, "/my/cases", IMAGES / "my-cases.png")
    with signed_in(browser, url, WRITER, PHONE) as page:
        page.goto("/my/cases")
        page.locator("main a[href*='/my/tasks/']").first.click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / "application-phone.png")


def letter(folder: Path) -> None:
    """A grant decision as a picture, without the page in plain words; needs pdftoppm (poppler)."""
    painter = shutil.which("pdftoppm")
    if painter is None:
        print("pdftoppm is missing (poppler-utils): the picture of the letter stays as it is.")
        return
    subprocess.run([sys.executable, "-m", "grantflow", "demo", "--out", str(folder)], check=True)
    decision = min(folder.glob("*/*-grant_decision.pdf"))
    target = IMAGES / "letter-grant-decision"
    command = [painter, "-r", "80", "-png", "-f", "2", "-l", "2", "-singlefile"]
    subprocess.run([*command, str(decision), str(target)], check=True)


def everything(browser: Browser, url: str, folder: Path) -> None:
    """Every main page at two widths, for looking."""
    pages = {
        APPLICANT: ["/", "/my/cases", "/account"],
        OFFICER: ["/dashboard", "/tasks", "/tasks?scope=all", "/cases", "/printing"],
        PANEL: ["/reviews"],
        HEAD: ["/decisions", "/dashboard"],
        MANAGER: ["/studio"],
        OPERATIONS: ["/ops"],
    }
    for size_name, size in (("desktop", DESKTOP), ("phone", PHONE)):
        for email, paths in pages.items():
            with signed_in(browser, url, email, size) as page:
                for path in paths:
                    name = path.strip("/").replace("/", "-").replace("?", "-") or "start"
                    who = email.split("@", 1)[0]
                    shot(page, path, folder / f"{size_name}-{who}-{name}.png", full=True)


def main() -> None:
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.browser_path(), args=FLAGS)
        if sys.argv[1:2] == ["--all"]:
            everything(browser, url, Path(sys.argv[2]))
        else:
            readme(browser, url)
        browser.close()
    if sys.argv[1:2] != ["--all"]:
        with tempfile.TemporaryDirectory() as folder:
            letter(Path(folder))


if __name__ == "__main__":
    main()

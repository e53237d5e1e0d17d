"""A real browser against a real server with the demo's programmes and people.

* ``site``: the server of this test module on a database of its own; ``site.work()`` does all jobs.
* ``page``: a fresh page in German; errors in its console fail the test.
* ``new_page()``: one more, with cookies of its own.
* ``apart(do, …)``: what a test does beside the browser (FEEL and jobs need a thread of their own).

What people do on pages (``sign_in``, ``check_accessibility``) is in ``tests.browser.steps``.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvicorn
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    expect,
    sync_playwright,
)

from grantflow.app import create_app
from grantflow.cli.demo_world import load_people
from grantflow.cli.world import World
from grantflow.jobs.inline import run_jobs
from grantflow.settings import Settings
from grantflow.store import db, embedded

expect.set_options(timeout=20_000)  # two journeys share two cores

Result = TypeVar("Result")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
)
PATIENCE = 60_000
PICTURES = Path(__file__).resolve().parents[2] / "build" / "browser"
_OPEN_PAGES = pytest.StashKey[list[Page]]()
WIDE = {"width": 1280, "height": 900}


@dataclass(frozen=True)
class Site:
    """A running server: its address, and the world behind it."""

    address: str
    world: World

    def work(self) -> int:
        """Do all jobs that are due; how many there were."""
        return apart(run_jobs, self.world.settings, self.world.sessions)


def apart(do: Callable[..., Result], *arguments: Any) -> Result:
    """Do something in a thread of its own: the browser's event loop occupies this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(do, *arguments).result()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed journey tells which pages were open and keeps pictures of them."""
    report = yield
    pages = item.stash.get(_OPEN_PAGES, [])
    if report.when == "call" and report.failed and pages:
        report.sections.append(("threads", _threads()))  # the server is one of them
        report.sections.append(("open pages", "\n\n".join(map(_described, pages))))
    return report


def _threads() -> str:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return "\n".join(
        f"{names.get(ident, ident)}\n{''.join(traceback.format_stack(frame)[-8:])}"
        for ident, frame in sys._current_frames().items()
    )


def _described(page: Page) -> str:
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = PICTURES / f"{int(time.time() * 1000)}.png"
    try:
        page.screenshot(path=picture, full_page=True, timeout=10_000)
        return f"{page.url}\n{picture.name}\n{page.locator('main').inner_text(timeout=5_000)}"
    except Error as error:  # the page may be what failed
        return f"{page.url}\n{error}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(settings: Settings, sessions: db.Sessions) -> uvicorn.Server:
    app = create_app(settings, sessions)
    config = uvicorn.Config(app, host=settings.host, port=settings.port, log_config=None)
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, name="site", daemon=True).start()
    ends = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < ends, "the server did not start"
        time.sleep(0.02)
    return server


@pytest.fixture(scope="module")
def site(
    new_database: Callable[[str], embedded.Urls],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Site]:
    name = f"{Path(request.node.name).stem}_{os.getpid()}"
    urls = new_database(name)
    port = _free_port()
    settings = Settings(
        database_url=urls.application,
        owner_database_url=urls.owner,
        data_dir=tmp_path_factory.mktemp("site"),
        port=port,
        base_url=f"http://127.0.0.1:{port}",
    )
    sessions = db.connect(urls.application, pool_size=6)
    world = World(settings, urls, sessions)
    apart(load_people, world)
    server = _serve(settings, sessions)
    yield Site(settings.base_url, world)
    server.should_exit = True
    while server.started and server.servers and any(s.is_serving() for s in server.servers):
        time.sleep(0.02)
    sessions.dispose()


def _executable() -> str:
    named = os.environ.get("GRANTFLOW_CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, "No browser: install chromium or set GRANTFLOW_CHROMIUM to its path."
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def new_page(
    browser: Browser, site: Site, request: pytest.FixtureRequest
) -> Iterator[Callable[[], Page]]:
    """Make a page with cookies of its own, as if on another computer."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    pages = request.node.stash.setdefault(_OPEN_PAGES, [])

    def listen(message: ConsoleMessage) -> None:
        # A refused request is what a test may be about; a script or policy error never is.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def make() -> Page:
        context = browser.new_context(
            base_url=site.address, locale="de-DE", viewport=WIDE, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", listen)
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()

"""One completed task over real HTTP: signed in, CSRF-protected, committed, in its own process."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any
from urllib.parse import urlencode

from grantflow.store import db
from tests.benchmark import diagrams
from tests.benchmark.steps import timed
from tests.benchmark.world import PASSWORD, Bench

SAMPLES = 80
_CSRF = re.compile(r'name="_csrf" value="([^"]+)"')
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Browser:
    """A connection that stays open, with a cookie jar and the CSRF token of its session."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    def ask(self, method: str, path: str, **fields: Any) -> tuple[int, str]:
        body = urlencode({"_csrf": self.csrf, **fields}) if method == "POST" else None
        cookies = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        self.connection.request(method, path, body, {**_FORM, "Cookie": cookies})
        answer = self.connection.getresponse()
        for header, value in answer.getheaders():
            if header.lower() == "set-cookie":
                name, _, rest = value.partition("=")
                self.cookies[name] = rest.split(";", 1)[0]
        text = answer.read().decode()
        found = _CSRF.search(text)
        self.csrf = found[1] if found else self.csrf
        return answer.status, text

    def sign_in(self, email: str) -> None:
        self.ask("GET", "/sign-in")
        status, _ = self.ask("POST", "/sign-in", email=email, password=PASSWORD)
        if status != http.client.SEE_OTHER:
            raise RuntimeError(f"sign-in answered {status}")
        self.ask("GET", "/account")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(bench: Bench) -> Iterator[int]:
    """The web server as an installation runs it."""
    port = _free_port()
    environment = {**os.environ, "GRANTFLOW_DATA_DIR": str(bench.settings.data_dir)}
    command = [sys.executable, "-m", "grantflow", "serve", "--port", str(port), "--workers", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _complete(browser: Browser, path: str, answers: dict[str, Any]) -> None:
    status, _ = browser.ask("POST", path, **answers)
    if status != http.client.SEE_OTHER:
        raise RuntimeError(f"completing a task answered {status}")


def measure(bench: Bench) -> dict[str, Any]:
    """Median milliseconds of POST /tasks/{id} after warming up."""
    case_id = bench.new_case()
    with served(bench) as port:
        browser = Browser(port)
        browser.sign_in("officer@example.org")
        samples = []
        for number in range(SAMPLES):
            with db.reading(bench.sessions, bench.officer.scope) as session:
                path = f"/tasks/{bench.open_task(session, case_id)}"
            if number == 0:
                browser.ask("GET", path)
            answers = {**diagrams.answers(number), "_action": "submit"}
            samples.append(timed(partial(_complete, browser, path, answers)))
    return {"step_http_ms": median(samples[10:])}

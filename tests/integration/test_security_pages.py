"""Headers, tokens, sizes and errors of the whole application."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient
from tests.integration.desk import Desks, words

from grantflow.app import create_app
from grantflow.errors import Conflict, Temporary
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.web import security


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing", "/health/live", "/static/icon.svg"])
def test_every_answer_has_the_security_headers(desks: Desks, path: str) -> None:
    headers = desks.nobody().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert len(headers["x-request-id"]) == 32


def test_over_https_browsers_are_told_to_stay_there(
    test_settings: Settings, sessions: Sessions
) -> None:
    secure = test_settings.model_copy(update={"cookie_secure": True})
    client = TestClient(create_app(secure, sessions), base_url="https://testserver")
    answer = client.get("/sign-in")
    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    assert "Secure" in answer.headers["set-cookie"]


def test_no_page_has_a_script_or_style_of_its_own(desks: Desks) -> None:
    for path in ("/", "/sign-in", "/register", f"/calls/{desks.ponds.call.id}"):
        text = desks.nobody().get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "<script>" not in text


def test_pages_are_not_kept_by_browsers_but_static_files_are(desks: Desks) -> None:
    assert desks.nobody().get("/").headers["cache-control"] == "no-store"
    kept = desks.nobody().get("/static/grantflow.css").headers["cache-control"]
    assert "immutable" in kept


def test_a_request_id_is_taken_over_if_it_is_sane(desks: Desks) -> None:
    client = desks.nobody()
    sane = client.get("/", headers={"X-Request-ID": "abc-12345678"})
    assert sane.headers["x-request-id"] == "abc-12345678"
    wild = client.get("/", headers={"X-Request-ID": "<b>x</b> 12345678"})
    assert wild.headers["x-request-id"] != "<b>x</b> 12345678"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(desks: Desks) -> None:
    client = desks.nobody()
    announced = client.post("/sign-in", content=b"a=" + b"x" * 9_000_000)
    assert announced.status_code == 413
    assert "Zu groß" in words(announced)

    def endless():  # type: ignore[no-untyped-def]
        for _ in range(20):
            yield b"x" * 1_000_000

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=endless(), headers=form).status_code == 413
    assert client.post("/sign-in", headers={"content-length": "many"}).status_code in (400, 413)


def test_a_stale_page_says_what_to_do(desks: Desks) -> None:
    answer = desks.of("applicant").client.post("/account/name", data={"_csrf": "old"})
    assert answer.status_code == 403
    assert "laden Sie die Seite neu" in words(answer)


def test_an_unknown_address_is_a_page_of_ours_in_both_languages(desks: Desks) -> None:
    client = desks.nobody()
    assert "Nicht gefunden" in words(client.get("/nothing/here"))
    assert "Not found" in words(client.get("/nothing/here", headers={"Accept-Language": "en"}))
    assert client.get("/calls/no-id").status_code == 404
    assert client.delete("/").status_code == 405


def test_below_the_interface_errors_are_problem_documents(desks: Desks) -> None:
    answer = desks.nobody().get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_stale_task_names_who_did_it_and_when(desks: Desks) -> None:
    case = desks.ponds.open()
    task = desks.ponds.tasks(case.id)["submit"]
    desks.ponds.complete("applicant", case, "submit", depth="3", requested_amount="1")
    desk = desks.of("applicant")
    answer = desk.post(f"/my/tasks/{task.id}", _action="check", depth="4")
    assert answer.status_code == 409
    assert "Frieda" in words(answer)
    assert "1. Februar 2027" in words(answer)
    back = desk.client.post(
        f"/my/tasks/{task.id}",
        data={"_csrf": desk.csrf, "_action": "check"},
        headers={"Referer": "http://testserver/my/cases"},
    )
    assert 'href="/my/cases"' in back.text


def test_a_mistake_of_ours_is_a_page_with_a_number_and_no_secrets(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("grantflow.services.catalogue.open_calls", broken)
    answer = desks.nobody().get("/")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "secret" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"


def test_without_a_database_pages_say_so_and_when_to_come_back(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object) -> None:
        raise Temporary("store.unreachable")

    @contextmanager
    def away(*_args: object):  # type: ignore[no-untyped-def]
        gone()
        yield

    monkeypatch.setattr("grantflow.store.db.reading", away)
    monkeypatch.setattr("grantflow.store.db.transaction", away)
    monkeypatch.setattr("grantflow.store.db.glance", gone)
    client = desks.nobody()
    for cookie in ("", "t" * 43):
        client.cookies.set(security.SESSION_COOKIE, cookie)
        answer = client.get("/")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        # With a session nobody can say whether it still lasts: neither name nor invitation.
        assert ("/sign-in" in answer.text) == (not cookie)
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503


def test_an_error_inside_a_part_of_a_page_is_a_part_too(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_args: object) -> None:
        raise Conflict

    monkeypatch.setattr("grantflow.services.catalogue.open_calls", taken)
    answer = desks.nobody().get("/", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "<html" not in answer.text


def test_a_flash_that_was_tampered_with_is_not_shown(desks: Desks) -> None:
    client = desks.nobody()
    sealed = security.sign(b'{"kind": "info", "key": "Hallo", "params": {}}', "x" * 43)
    for value in (sealed, "!!!", "a"):
        client.cookies.set(security.FLASH_COOKIE, value)
        assert "Hallo" not in client.get("/").text


def test_requests_are_counted_for_prometheus(desks: Desks) -> None:
    client = desks.nobody()
    client.get("/imprint")
    text = TestClient(desks.app, client=("127.0.0.1", 50_000)).get("/metrics").text
    assert 'grantflow_http_requests_total{method="GET",route="/imprint",status="200"}' in text


def test_a_changed_file_has_another_address(desks: Desks) -> None:
    assert "/static/grantflow.css?v=" in desks.nobody().get("/").text

"""What browsers and programs send by mistake or malice is refused with an answer, never a 500."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from tests.integration.desk import Desks, words

from grantflow.app import create_app

NUL = "a\x00b"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("officer", "/tasks?text=%00"),
        ("officer", "/tasks?text=%0%000"),
        ("officer", "/cases?text=a%00b&status="),
        ("admin", "/ops?reference=%00"),
    ],
)
def test_a_control_character_in_an_address_counts_as_a_blank(
    desks: Desks, name: str, path: str
) -> None:
    assert desks.of(name).get(path).status_code == 200


def test_a_path_with_a_control_character_leads_nowhere(desks: Desks) -> None:
    for path in ("/static/%00", "/calls/%00", "/api/v1/cases/%00", "/static/a%0ab"):
        answer = desks.nobody().get(path)
        assert answer.status_code == 404
        assert answer.headers["x-frame-options"] == "DENY"


def test_control_characters_in_a_form_are_left_out(desks: Desks) -> None:
    desk = desks.of("applicant")
    assert desk.post("/account/name", name="Fri\x00eda\x07", language="de").status_code == 303
    assert 'value="Frieda"' in desk.get("/account").text
    assert desk.post("/account/tokens", token_name=NUL).status_code == 200
    assert "ab" in desk.read("/account")
    case = desks.ponds.open()
    assert desk.post(f"/my/cases/{case.id}/messages", body=NUL).status_code == 303
    assert desk.post(f"/my/cases/{case.id}/withdraw", reason=NUL).status_code == 303


def test_signing_in_with_a_control_character_is_only_wrong(desks: Desks) -> None:
    client = desks.nobody()
    page = client.get("/sign-in").text
    csrf = page.split('name="csrf-token" content="')[1].split('"')[0]
    data = {"_csrf": csrf, "email": "\x00a@example.org", "password": "\x00"}
    answer = client.post("/sign-in", data=data)
    assert answer.status_code in (403, 422)


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800"])
def test_the_api_refuses_signs_that_nothing_can_keep(desks: Desks, text: str) -> None:
    case = desks.ponds.open()
    task = desks.ponds.tasks(case.id)["submit"]
    client = desks.api("applicant")
    json = {"content-type": "application/json"}
    for answers in (f'{{"depth": "{text}"}}', f'{{"{text}": 1}}', f'{{"a": [{{"b": "{text}"}}]}}'):
        path = f"/api/v1/tasks/{task.id}/complete"
        answer = client.post(path, content=f'{{"answers": {answers}}}', headers=json)
        assert answer.status_code == 422
    assert client.get("/api/v1/cases?text=%00").status_code == 200


def test_a_referrer_that_is_no_address_is_ignored(desks: Desks) -> None:
    answer = desks.nobody().get("/nothing", headers={"Referer": "http://["})
    assert answer.status_code == 404


def test_even_a_broken_error_page_has_the_security_headers(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("grantflow.services.catalogue.open_calls", broken)
    monkeypatch.setattr("grantflow.web.pages.render", broken)
    answer = desks.nobody().get("/")
    assert answer.status_code == 500
    assert answer.headers["x-frame-options"] == "DENY"
    assert "default-src" in answer.headers["content-security-policy"]
    assert "secret" not in answer.text


def test_claiming_nothing_in_particular_is_not_found(desks: Desks) -> None:
    assert desks.of("officer").post("/tasks/claim", task="").status_code == 404


def test_head_is_answered_like_get_without_a_body(desks: Desks) -> None:
    client = desks.nobody()
    for path in ("/", "/sign-in", "/health/live", "/static/icon.svg"):
        head, got = client.head(path), client.get(path)
        assert head.status_code == got.status_code == 200
        assert head.content == b""
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.headers["content-length"] == str(len(got.content))
    assert client.head("/sign-out").status_code == 405
    assert desks.of("officer").client.head("/tasks").status_code == 200


def test_numbers_are_for_this_machine_or_for_who_has_the_token(desks: Desks) -> None:
    near = TestClient(desks.app, client=("127.0.0.1", 50_000))
    assert near.get("/metrics").status_code == 200
    assert near.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    far = TestClient(desks.app, client=("192.0.2.7", 50_000))
    bearer = {"Authorization": "Bearer of-the-house"}
    assert far.get("/metrics").status_code == 404
    assert far.get("/metrics", headers=bearer).status_code == 404
    settings = desks.ponds.settings.model_copy(update={"metrics_token": "of-the-house"})
    far = TestClient(create_app(settings, desks.ponds.sessions), client=("192.0.2.7", 50_000))
    assert far.get("/metrics", headers=bearer).status_code == 200
    assert far.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 404


def test_only_a_trusted_proxy_is_believed(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def note(_session: object, _email: str, _password: str, address: str, *_more: object) -> None:
        seen.append(address)
        raise RuntimeError

    monkeypatch.setattr("grantflow.services.people.sign_in", note)
    settings = desks.ponds.settings.model_copy(update={"trusted_proxies": "192.0.2.0/24"})
    trusting = create_app(settings, desks.ponds.sessions)
    for app, peer in (
        (desks.app, "192.0.2.7"),
        (trusting, "192.0.2.7"),
        (trusting, "198.51.100.1"),
    ):
        client = TestClient(app, client=(peer, 50_000))
        page = client.get("/sign-in").text
        csrf = page.split('name="csrf-token" content="')[1].split('"')[0]
        data = {"_csrf": csrf, "email": "a@example.org", "password": "x"}
        client.post("/sign-in", data=data, headers={"X-Forwarded-For": "203.0.113.9"})
    assert seen == ["192.0.2.7", "203.0.113.9", "198.51.100.1"]


def test_names_that_are_too_long_are_refused_with_the_limit(desks: Desks) -> None:
    desk = desks.of("applicant")
    name = desk.post("/account/name", name="n" * 201, language="de")
    assert name.status_code == 422
    assert "höchstens 200 Zeichen" in words(name)
    token = desks.of("applicant", "en").post("/account/tokens", token_name="n" * 101)
    assert token.status_code == 422
    assert "at most 100 characters" in words(token)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/tasks?text=" + "x" * 201, "höchstens 200 Zeichen"),
        ("/cases?text=" + "x" * 201, "höchstens 200 Zeichen"),
        ("/tasks?scope=theirs", "Diese Aufgabenliste gibt es nicht"),
        ("/tasks?programme=x", "steht hier nicht zur Auswahl"),
        ("/cases?programme=00000000-0000-0000-0000-000000000000", "steht hier nicht zur Auswahl"),
        ("/cases?status=SLEEPING", "Diesen Stand gibt es nicht"),
        ("/cases?stage=x", "Diese Phase gibt es nicht"),
        ("/tasks?stage=x", "Diese Phase gibt es nicht"),
        ("/cases?page=9", "Diese Seite der Liste gibt es nicht"),
        ("/cases?page=0", "Diese Seite der Liste gibt es nicht"),
    ],
)
def test_a_filter_that_cannot_be_is_named(desks: Desks, path: str, said: str) -> None:
    answer = desks.of("officer").get(path)
    assert answer.status_code == 422
    assert said in words(answer)


@pytest.mark.parametrize(
    "query", ["tasks?cursor=9", "tasks?cursor=0", "tasks?cursor=²", "cases?status=SLEEPING"]
)
def test_the_api_names_pages_and_values_that_there_are_not(desks: Desks, query: str) -> None:
    answer = desks.api("officer").get(f"/api/v1/{query}")
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["place"] in ("cursor", "status")


def test_the_api_says_how_long_a_search_may_be(desks: Desks) -> None:
    answer = desks.api("officer").get("/api/v1/cases?text=" + "x" * 201)
    assert "At most 200 characters" in answer.json()["problems"][0]["message"]


def test_refused_requests_are_explained(desks: Desks) -> None:
    assert "Schaltflächen der Seite" in words(desks.nobody().delete("/"))
    large = desks.nobody().post("/sign-in", content=b"a=" + b"x" * 9_000_000)
    assert "kürzen Sie Ihre Angaben" in words(large)


def test_printing_an_empty_queue_says_that_nothing_waits(desks: Desks) -> None:
    desk = desks.of("registry")
    assert "Es liegt nichts zum Drucken bereit" in desk.follow(desk.get("/printing.pdf"))

"""Signing in and out, registering, the own account."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from tests.integration.desk import Desks, words

from grantflow.web import security

PASSWORD = "drei lange Wörter 7"
NEW = {
    "email": "Kim@Example.org",
    "name": "Kim Beispiel",
    "password": PASSWORD,
    "organisation": "Brückenbau e. V.",
    "town": "Seestadt",
}


def csrf(page: Response) -> str:
    found = re.search(r'name="_csrf" value="([\w-]+)"', page.text)
    assert found is not None
    return found[1]


def send(client: TestClient, path: str, come_from: str = "", **data: str) -> Response:
    token = csrf(client.get(come_from or path))
    return client.post(path, data={"_csrf": token, **data})


@pytest.fixture
def visitor(desks: Desks) -> TestClient:
    return desks.nobody()


@pytest.fixture
def kim(visitor: TestClient) -> TestClient:
    """Somebody who has just registered."""
    assert send(visitor, "/register", **NEW).status_code == 303
    return visitor


def test_who_registers_is_signed_in_and_welcomed(visitor: TestClient) -> None:
    answer = send(visitor, "/register", **NEW)
    assert answer.headers["location"] == "/my/cases"
    page = words(visitor.get("/my/cases"))
    assert "Ihr Konto ist angelegt." in page
    assert "Kim Beispiel" in page
    assert "Ihr Konto ist angelegt." not in words(visitor.get("/my/cases"))


def test_what_is_missing_is_said_at_its_field_and_the_rest_is_kept(visitor: TestClient) -> None:
    answer = send(visitor, "/register", email="kim", name="", password="kurz", organisation="X")
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert 'id="name-error"' in answer.text
    assert 'value="kim"' in answer.text
    assert "kurz" not in answer.text.replace("kurze", "")


def test_an_address_that_is_taken_is_refused(kim: TestClient, desks: Desks) -> None:
    answer = send(desks.nobody(), "/register", **NEW)
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text


def test_signing_in_leads_back_to_where_one_wanted_to_go(kim: TestClient, desks: Desks) -> None:
    visitor = desks.nobody()
    first = visitor.get("/account?tab=x")
    assert first.headers["location"] == "/sign-in?next=%2Faccount%3Ftab%3Dx"
    answer = send(
        visitor, "/sign-in", first.headers["location"],
        email="kim@example.org", password=PASSWORD, next="/account?tab=x",
    )  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?tab=x")
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"],
)
def test_signing_in_never_leads_to_another_site(kim: TestClient, desks: Desks, target: str) -> None:
    answer = send(
        desks.nobody(), "/sign-in", email="kim@example.org", password=PASSWORD, next=target
    )
    assert answer.headers["location"] == "/my/cases"


def test_a_wrong_password_is_refused_and_too_many_are_stopped(
    kim: TestClient, desks: Desks
) -> None:
    visitor = desks.nobody()
    wrong = send(visitor, "/sign-in", email="kim@example.org", password="falsch")
    assert wrong.status_code == 422
    assert "stimmen nicht" in words(wrong)
    for _ in range(8):
        last = send(visitor, "/sign-in", email="kim@example.org", password="falsch")
    assert "Zu viele Versuche" in words(last)
    right = send(visitor, "/sign-in", email="kim@example.org", password=PASSWORD)
    assert right.status_code == 422


def test_a_new_sign_in_is_a_new_session_and_ends_the_old_one(kim: TestClient) -> None:
    before = kim.cookies[security.SESSION_COOKIE]
    token = csrf(kim.get("/account"))
    kim.post("/sign-in", data={"_csrf": token, "email": "kim@example.org", "password": PASSWORD})
    after = kim.cookies[security.SESSION_COOKIE]
    assert after != before
    kim.cookies.set(security.SESSION_COOKIE, before)
    assert kim.get("/account").status_code == 303


def test_who_signs_out_is_out(kim: TestClient) -> None:
    kept = kim.cookies[security.SESSION_COOKIE]
    answer = send(kim, "/sign-out", "/account")
    assert answer.headers["location"] == "/"
    assert "Sie sind abgemeldet." in words(kim.get("/"))
    kim.cookies.set(security.SESSION_COOKIE, kept)
    assert kim.get("/account").status_code == 303


def test_the_session_cookie_is_out_of_reach_of_scripts(visitor: TestClient) -> None:
    cookies = send(visitor, "/register", **NEW).headers.get_list("set-cookie")
    session = next(one for one in cookies if one.startswith(security.SESSION_COOKIE))
    assert "HttpOnly" in session
    assert "SameSite=lax" in session


def test_name_and_language_can_be_changed(kim: TestClient) -> None:
    answer = send(kim, "/account/name", "/account", name="Kim Neu", language="en")
    assert answer.status_code == 303
    page = words(kim.get("/account"))
    assert "Your entries are saved." in page
    assert "Kim Neu" in page
    empty = send(kim, "/account/name", "/account", name=" ", language="en")
    assert empty.status_code == 422
    assert 'id="name-error"' in empty.text


def test_the_password_can_be_changed_with_the_old_one(kim: TestClient, desks: Desks) -> None:
    new = "ganz anderer Satz 9"
    wrong = send(kim, "/account/password", "/account", current="x", new=new, again=new)
    assert 'id="current-error"' in wrong.text
    unequal = send(kim, "/account/password", "/account", current=PASSWORD, new=new, again="y")
    assert 'id="again-error"' in unequal.text
    answer = send(kim, "/account/password", "/account", current=PASSWORD, new=new, again=new)
    assert answer.status_code == 303
    assert "Ihr Passwort ist geändert." in words(kim.get("/account"))
    other = desks.nobody()
    assert send(other, "/sign-in", email="kim@example.org", password=new).status_code == 303


def test_all_sessions_can_be_ended(kim: TestClient, desks: Desks) -> None:
    other = desks.nobody()
    send(other, "/sign-in", email="kim@example.org", password=PASSWORD)
    assert send(kim, "/account/sessions", "/account").headers["location"] == "/sign-in"
    assert other.get("/account").status_code == 303


def test_a_token_is_shown_once_and_works_for_the_interface(kim: TestClient, desks: Desks) -> None:
    page = send(kim, "/account/tokens", "/account", token_name="Auswertung")
    token = re.search(r"gf_[\w-]+", page.text)
    assert token is not None
    assert token[0] not in kim.get("/account").text
    program = desks.nobody()
    me = program.get("/api/v1/me", headers={"Authorization": f"Bearer {token[0]}"})
    assert me.status_code == 200
    nameless = send(kim, "/account/tokens", "/account", token_name="")
    assert nameless.status_code == 422


def test_the_language_of_a_visitor_is_kept_in_a_cookie(visitor: TestClient) -> None:
    assert "Förderangebote" in words(visitor.get("/", headers={"Accept-Language": "de"}))
    answer = send(visitor, "/language", "/imprint", language="en", next="/imprint")
    assert answer.headers["location"] == "/imprint"
    assert "Imprint" in words(visitor.get("/imprint"))
    send(visitor, "/language", "/imprint", language="xx", next="/imprint")
    assert "Imprint" in words(visitor.get("/imprint"))


def test_a_browser_says_which_language_it_wants(visitor: TestClient) -> None:
    assert "Imprint" in words(visitor.get("/imprint", headers={"Accept-Language": "en-GB"}))
    assert "Impressum" in words(visitor.get("/imprint", headers={"Accept-Language": "fr"}))


def test_an_organisation_completes_what_is_missing_and_overwrites_nothing(desks: Desks) -> None:
    own, home = desks.of("applicant"), desks.ponds.who("applicant").organisations
    path = f"/account/organisations/{next(iter(home))}"
    assert 'name="legal_form"' in own.get("/account").text
    answer = own.post(path, legal_form="x" * 1000)
    assert answer.status_code == 422
    assert 'id="legal_form-error"' in answer.text
    assert "Ihre Angaben sind gespeichert." in own.follow(own.post(path, legal_form=" e. V. "))
    assert "e. V." in own.read("/account")
    assert 'name="legal_form"' not in own.get("/account").text
    own.post(path, legal_form="Gemeinde", register_number="VR 9")
    page = own.read("/account")
    assert "VR 9" in page
    assert "Gemeinde" not in page
    assert desks.of("stranger").post(path, town="Anderswo").status_code == 404
    assert "Ihre Organisation" not in desks.of("officer").read("/account")

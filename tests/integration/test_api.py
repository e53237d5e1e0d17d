"""The JSON door: the same rights and services as the pages."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.integration.desk import Desks, TestClient
from tests.integration.ponds import DECISION

from grantflow.services import cases


def test_without_a_token_nothing_is_told(desks: Desks) -> None:
    client = desks.nobody()
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = client.get("/api/v1/me", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_browser_session_does_not_open_the_api(desks: Desks) -> None:
    assert desks.of("officer").get("/api/v1/me").status_code == 401


def test_a_body_that_is_too_large_is_told_as_such(desks: Desks) -> None:
    client = desks.api("officer")
    answer = client.post(f"/api/v1/tasks/{uuid4()}/complete", content=b"x" * 12_000_000)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_me_tells_roles_and_organisations(desks: Desks) -> None:
    me = desks.api("head").get("/api/v1/me").json()
    assert [granted["role"] for granted in me["roles"]] == ["CASE_OFFICER", "HEAD_OF_UNIT"]
    assert me["name"] == "Head"
    mine = desks.api("applicant").get("/api/v1/me").json()
    assert mine["organisations"] == [str(desks.ponds.organisation.id)]


def test_programmes_and_calls_are_listed(desks: Desks) -> None:
    client = desks.api("officer")
    (programme,) = client.get("/api/v1/programmes").json()["items"]
    assert programme["key"] == "pond_restoration"
    assert programme["title"] == {"de": "Teiche", "en": "Ponds"}
    assert programme["version"] == 1
    calls = client.get(f"/api/v1/programmes/{programme['id']}/calls").json()["items"]
    assert [call["key"] for call in calls] == ["spring", "autumn"]
    now = client.get("/api/v1/calls").json()["items"]
    assert [call["key"] for call in now] == ["spring"]
    assert client.get(f"/api/v1/programmes/{uuid4()}/calls").status_code == 404


def _all(client: TestClient, path: str) -> list[Any]:
    found: list[Any] = []
    following: str | None = path
    while following:
        page = client.get(following).json()
        found += page["items"]
        following = page["next"]
    return found


def test_cases_come_in_pages_without_gaps_or_doubles(desks: Desks) -> None:
    ponds = desks.ponds
    made = [ponds.open(f"Teich {number}").reference for number in range(5)]
    client = desks.api("officer")
    first = client.get("/api/v1/cases?limit=2").json()
    assert len(first["items"]) == 2
    found = [case["reference"] for case in _all(client, "/api/v1/cases?limit=2")]
    assert sorted(found) == sorted(made)
    assert client.get("/api/v1/cases?text=Teich 3").json()["items"][0]["title"] == "Teich 3"
    assert client.get("/api/v1/cases?status=CLOSED").json() == {"items": [], "next": None}


@pytest.mark.parametrize("cursor", ["nonsense", "bm90LWEtZGF0ZXx4", "ü"])
def test_a_made_up_page_mark_is_refused(desks: Desks, cursor: str) -> None:
    answer = desks.api("officer").get("/api/v1/cases", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["place"] == "cursor"
    tasks = desks.api("officer").get("/api/v1/tasks", params={"cursor": cursor})
    assert tasks.status_code == 422


def test_a_case_tells_what_is_open_in_it(desks: Desks) -> None:
    case = desks.ponds.granted()
    body = desks.api("officer").get(f"/api/v1/cases/{case.id}").json()
    assert body["reference"] == case.reference
    assert body["requested"] == "25000.00"
    assert body["organisation"] == "Froschfreunde"
    assert [deadline["kind"] for deadline in body["deadlines"]] == ["remedy"]


def test_applicants_are_not_told_the_end_of_the_remedy_period(desks: Desks) -> None:
    case = desks.ponds.granted()
    client = desks.api("applicant")
    assert client.get(f"/api/v1/cases/{case.id}").json()["deadlines"] == []
    sent = client.get(f"/api/v1/cases/{case.id}/letters").json()["items"]
    assert {letter["remedy_end"] for letter in sent} == {None}


@pytest.mark.parametrize("who", ["foreign", "stranger"])
def test_a_foreign_case_is_not_found(desks: Desks, who: str) -> None:
    case = desks.ponds.granted()
    letter = desks.ponds.letters(case)[-1]
    client = desks.api(who)
    for path in (f"cases/{case.id}", f"cases/{case.id}/letters", f"letters/{letter.id}",
                 f"letters/{letter.id}.pdf"):  # fmt: skip
        assert client.get(f"/api/v1/{path}").status_code == 404
    assert client.get("/api/v1/cases").json()["items"] == []


def test_panel_members_do_not_read_files_through_the_api(desks: Desks) -> None:
    case = desks.ponds.granted()
    client = desks.api("panel")
    assert client.get(f"/api/v1/cases/{case.id}").status_code == 403
    letter = desks.ponds.letters(case)[-1]
    assert client.get(f"/api/v1/letters/{letter.id}.pdf").status_code == 403


def test_a_task_is_claimed_and_completed(desks: Desks) -> None:
    case = desks.ponds.submitted()
    client = desks.api("officer")
    (line,) = client.get("/api/v1/tasks").json()["items"]
    assert (line["element"], line["reference"]) == ("check", case.reference)
    path = f"/api/v1/tasks/{line['id']}"
    claimed = client.post(f"{path}/claim").json()
    assert claimed["assignee_id"] == str(desks.ponds.who("officer").account_id)
    detail = client.get(path).json()
    assert detail["may_complete"] is True
    assert detail["form_schema"]["components"][0]["key"] == "verdict"
    done = client.post(f"{path}/complete", json={"answers": {"verdict": "good"}})
    assert (done.status_code, done.json()["status"]) == (200, "done")
    assert set(desks.ponds.tasks(case.id)) == {"draft_decision"}
    again = client.post(f"{path}/complete", json={"answers": {"verdict": "good"}})
    assert again.status_code == 409
    assert "Officer" in again.json()["detail"]
    assert "10:00" in again.json()["detail"]


def test_wrong_answers_name_every_field_in_the_callers_language(desks: Desks) -> None:
    case = desks.ponds.open()
    task = desks.ponds.tasks(case.id)["submit"]
    answer = desks.api("applicant", "de").post(
        f"/api/v1/tasks/{task.id}/complete", json={"answers": {"requested_amount": "viel"}}
    )
    assert answer.status_code == 422
    problems = {one["place"]: one["message"] for one in answer.json()["problems"]}
    assert set(problems) == {"depth", "requested_amount"}
    assert problems["depth"] == "Bitte füllen Sie dieses Feld aus."
    assert set(desks.ponds.tasks(case.id)) == {"submit"}


@pytest.mark.parametrize("body", [{"other": 1}, {"answers": 5}, []])
def test_a_malformed_request_is_told_so(desks: Desks, body: Any) -> None:
    case = desks.ponds.submitted()
    task = desks.ponds.tasks(case.id)["check"]
    answer = desks.api("officer").post(f"/api/v1/tasks/{task.id}/complete", json=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:grantflow:api.malformed"
    assert answer.json()["problems"]


def test_four_eyes_hold_through_the_api(desks: Desks) -> None:
    case = desks.ponds.submitted()
    desks.ponds.complete("head", case, "check", verdict="good")
    desks.ponds.complete("head", case, "draft_decision", **DECISION)
    task = desks.ponds.tasks(case.id)["approve"]
    client = desks.api("head")
    assert client.get(f"/api/v1/tasks/{task.id}").json()["may_complete"] is False
    assert client.get(f"/api/v1/tasks/{task.id}").json()["form_schema"] is None
    assert client.post(f"/api/v1/tasks/{task.id}/complete", json={}).status_code == 403


def test_tasks_come_in_pages(desks: Desks) -> None:
    made = {desks.ponds.submitted().reference for _ in range(3)}
    client = desks.api("officer")
    found = [task["reference"] for task in _all(client, "/api/v1/tasks?limit=2")]
    assert sorted(found) == sorted(made)
    assert client.get("/api/v1/tasks?cursor=9").status_code == 422
    assert client.get("/api/v1/tasks?overdue=true").json()["items"] == []
    assert client.get("/api/v1/tasks?scope=none").status_code == 422


def test_letters_are_listed_and_fetched_as_pdf(desks: Desks) -> None:
    case = desks.ponds.granted()
    client = desks.api("applicant")
    letters = client.get(f"/api/v1/cases/{case.id}/letters").json()["items"]
    by_name = {letter["name"]: letter["id"] for letter in letters}
    assert set(by_name) == {"acknowledgement", "grant_decision"}
    decision = client.get(f"/api/v1/letters/{by_name['grant_decision']}").json()
    assert decision["state"] == "dispatched"
    pdf = client.get(decision["pdf"])
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")


def test_a_letter_that_is_not_made_yet_has_no_address(desks: Desks) -> None:
    letter = desks.ponds.letters(desks.ponds.drafted())[-1]
    client = desks.api("officer")
    assert client.get(f"/api/v1/letters/{letter.id}").json()["pdf"] is None
    assert client.get(f"/api/v1/letters/{letter.id}.pdf").status_code == 404


def test_an_unknown_address_is_a_problem_document_too(desks: Desks) -> None:
    answer = desks.api("officer").get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert desks.api("officer").delete("/api/v1/me").status_code == 405


def test_the_description_is_complete(desks: Desks) -> None:
    found = desks.nobody().get("/api/v1/openapi.json").json()
    operations = [op for item in found["paths"].values() for op in item.values()]
    ids = [op["operationId"] for op in operations]
    assert len(ids) == len(set(ids)) >= 12
    assert "list_cases" in ids
    for op in operations:
        assert op["summary"]
        assert op["description"]
        assert len(op["tags"]) == 1
        assert op["security"] == [{"token": []}]
        assert "application/problem+json" in op["responses"]["404"]["content"]
    assert found["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert all(path.startswith("/api/v1/") for path in found["paths"])


def test_every_field_of_the_api_is_described(desks: Desks) -> None:
    found = desks.nobody().get("/api/v1/openapi.json").json()
    silent = [
        f"{name}.{field}"
        for name, schema in found["components"]["schemas"].items()
        for field, value in schema.get("properties", {}).items()
        if not value.get("description")
    ]
    assert silent == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_of_the_description_shows_every_operation(desks: Desks, language: str) -> None:
    client = desks.nobody()
    page = client.get("/api/docs", headers={"Accept-Language": language})
    assert page.status_code == 200
    for operation in ("list_cases", "complete_task", "get_letter_pdf"):
        assert f'id="{operation}"' in page.text
    assert "<script" not in page.text
    assert "api.docs." not in page.text


def test_the_applicants_side_process_is_seen_as_a_task(desks: Desks) -> None:
    case = desks.ponds.granted()
    desks.ponds.do("applicant", cases.start_side_process, case.id, "payment")
    found = desks.api("applicant").get("/api/v1/tasks?scope=mine").json()["items"]
    assert [task["element"] for task in found] == ["ask"]

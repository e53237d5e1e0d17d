import json
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from grantflow.api import problems
from grantflow.api.problems import NoToken
from grantflow.errors import (
    BadProgramme,
    Conflict,
    GrantFlowError,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    Temporary,
)
from grantflow.texts import text


def request(language: str = "") -> Request:
    headers = [(b"accept-language", language.encode())] if language else []
    return Request(
        {"type": "http", "method": "GET", "path": "/api/v1/me", "headers": headers,
         "query_string": b"", "server": ("host", 80), "scheme": "http"}
    )  # fmt: skip


def answered(error: Exception, language: str = "en") -> tuple[Any, dict[str, Any]]:
    response = problems.answer(request(language), error)
    return response, json.loads(bytes(response.body))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("", "de"),
        ("en", "en"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("de;q=0.4,en;q=0.9", "en"),
        ("fr,de", "de"),
        ("fr", "de"),
        ("en;q=nonsense,de;q=0.1", "de"),
    ],
)
def test_the_callers_language_is_found(sent: str, expected: str) -> None:
    assert problems.language_of(request(sent)) == expected


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(), 404),
        (NotAllowed(), 403),
        (Conflict(), 409),
        (Temporary(), 503),
        (Invalid([]), 422),
        (BadProgramme([]), 500),
        (GrantFlowError(), 500),
        (HTTPException(405), 405),
        (NoToken(), 401),
        (ZeroDivisionError(), 500),
    ],
)
def test_every_error_has_its_status_and_media_type(error: Exception, status: int) -> None:
    response, body = answered(error)
    assert response.status_code == body["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert body["title"] == text(f"api.status.{status}", "en")
    assert body["instance"] == "/api/v1/me"
    assert body["type"].startswith("urn:grantflow:")


def test_the_detail_speaks_the_callers_language() -> None:
    german, english = (answered(NotFound(), language)[1] for language in ("de", "en"))
    assert german["detail"] == text("errors.not_found", "de")
    assert english["detail"] == text("errors.not_found", "en")
    assert problems.answer(request("en"), NotFound()).headers["content-language"] == "en"


def test_all_problems_of_wrong_answers_are_told_with_their_places() -> None:
    faults = [Problem("forms.required", place="plan.0.amount"), Problem("forms.number", place="n")]
    _, body = answered(Invalid(faults))
    assert [one["place"] for one in body["problems"]] == ["plan.0.amount", "n"]
    assert body["problems"][0]["message"] == text("forms.required", "en")


def test_a_malformed_request_names_field_and_fault() -> None:
    error = RequestValidationError(
        [
            {"type": "missing", "loc": ("body", "answers")},
            {"type": "int", "loc": ("query", "limit")},
        ]
    )
    response, body = answered(error)
    assert response.status_code == 422
    assert [(one["place"], one["key"]) for one in body["problems"]] == [
        ("answers", "api.missing"),
        ("limit", "api.wrong_kind"),
    ]


def test_who_has_no_token_is_told_how_to_send_one() -> None:
    response, _ = answered(NoToken())
    assert response.headers["www-authenticate"] == "Bearer"


def test_an_unknown_error_tells_nothing_of_itself() -> None:
    _, body = answered(RuntimeError("password=geheim"))
    assert "geheim" not in json.dumps(body)


def test_try_again_later_says_when() -> None:
    response, _ = answered(Temporary())
    assert int(response.headers["retry-after"]) > 0

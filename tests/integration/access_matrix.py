"""Who may use which route: one row for every route of the application.

A route that is not listed fails the test. ``who`` are the people of the small programme for whom
the route exists; everybody else is sent to sign in or learns nothing (403, 404). ``ids`` says which
of the examples (``examples`` in ``test_access_matrix``) stand in the address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PEOPLE = (
    "nobody",
    "applicant",
    "stranger",
    "officer",
    "head",
    "registry",
    "panel",
    "manager",
    "admin",
    "foreign",
)
EVERYBODY = frozenset(PEOPLE)
SIGNED_IN = EVERYBODY - {"nobody"}
APPLICANTS = frozenset({"applicant", "stranger"})
STAFF = SIGNED_IN - APPLICANTS
OWNER = frozenset({"applicant"})


@dataclass(frozen=True)
class Access:
    """For whom a route exists, which examples stand in its address, and what is sent to it."""

    who: frozenset[str]
    ids: dict[str, str] = field(default_factory=dict)
    query: str = ""
    send: dict[str, Any] = field(default_factory=dict)
    program: bool = False  # used with a token instead of a browser
    last: bool = False  # ends the session


WORKERS = frozenset({"officer", "head"})
DESK = frozenset({"officer", "head", "registry"})
WORK = DESK | {"panel"}
EDITORS = frozenset({"manager", "admin"})
ADMIN = frozenset({"admin"})


def _program(who: frozenset[str], **more: Any) -> Access:
    return Access(who, program=True, **more)


def _task(name: str) -> dict[str, str]:
    return {"task_id": name}


_LETTER = {"case_id": "drafted", "letter_id": "draft_letter"}
_SENT = {"case_id": "granted", "letter_id": "letter"}
_GRANTED = {"case_id": "granted"}
_MINE = {"case_id": "my_case"}

PUBLIC: dict[str, Access] = {
    "GET /": Access(EVERYBODY),
    "GET /calls/{call_id}": Access(EVERYBODY),
    "GET /imprint": Access(EVERYBODY),
    "GET /privacy": Access(EVERYBODY),
    "GET /accessibility": Access(EVERYBODY),
    "GET /sign-in": Access(EVERYBODY),
    "GET /register": Access(EVERYBODY),
    "GET /health/live": Access(EVERYBODY),
    "GET /health/ready": Access(EVERYBODY),
    "GET /metrics": Access(frozenset()),
    "POST /language": Access(EVERYBODY),
    "POST /register": Access(EVERYBODY),
    "POST /sign-in": Access(EVERYBODY),
}

APPLICANT: dict[str, Access] = {
    "GET /my/cases": Access(APPLICANTS),
    "GET /my/apply/{call_id}": Access(APPLICANTS),
    "GET /my/cases/{case_id}": Access(OWNER, _GRANTED),
    "GET /my/cases/{case_id}/forms/{form}": Access(OWNER, _GRANTED),
    "GET /my/cases/{case_id}/withdraw": Access(OWNER, _MINE),
    "GET /my/letters/{letter_id}": Access(OWNER),
    "GET /my/tasks/{task_id}": Access(OWNER, _task("my_task")),
    "GET /my/tasks/{task_id}/check": Access(OWNER, _task("my_task")),
    "GET /my/tasks/{task_id}/done": Access(OWNER, _task("done")),
    "POST /my/apply/{call_id}": Access(OWNER, send={"title": "Neu", "organisation": "{home}"}),
    "POST /my/cases/{case_id}/messages": Access(OWNER, _GRANTED, send={"body": "Guten Tag"}),
    "POST /my/cases/{case_id}/processes": Access(OWNER, _GRANTED, send={"process": "payment"}),
    "POST /my/tasks/{task_id}": Access(OWNER, _task("my_task"), send={"_action": "save"}),
    "POST /my/tasks/{task_id}/submit": Access(OWNER, _task("my_task")),
    "POST /my/cases/{case_id}/withdraw": Access(OWNER, _MINE),
}

STAFF_PAGES: dict[str, Access] = {
    "GET /dashboard": Access(STAFF),
    "GET /tasks": Access(DESK | {"foreign"}),
    "GET /tasks/{task_id}": Access(DESK),
    "GET /reviews": Access(frozenset({"panel"})),
    "GET /reviews/{task_id}": Access(WORK, _task("review")),
    "GET /decisions": Access(frozenset({"head"})),
    "GET /decisions/{task_id}": Access(DESK, _task("approval")),
    "GET /audits": Access(frozenset()),
    "GET /audits/{draw_id}": Access(frozenset(), {"draw_id": "draw"}),
    "POST /audits": Access(frozenset()),
    "GET /receipts/{task_id}": Access(OWNER | DESK, _task("my_task")),
    "GET /receipts/{task_id}/list.csv": Access(OWNER | DESK, _task("my_task")),
    "POST /receipts/{task_id}": Access(OWNER, _task("my_task"), send={"_action": "add"}),
    "GET /printing": Access(DESK | {"foreign"}),
    "GET /printing.pdf": Access(DESK | {"foreign"}),
    "GET /success": Access(WORKERS | {"manager", "foreign"}),
    "GET /success/indicators.csv": Access(WORKERS | {"manager", "foreign"}),
    "GET /cases": Access(DESK | {"foreign"}),
    "GET /cases/{case_id}": Access(DESK),
    "GET /cases/{case_id}/deadlines": Access(DESK),
    "GET /cases/{case_id}/diagram": Access(DESK),
    "GET /cases/{case_id}/diagram/{instance_id}.json": Access(DESK),
    "GET /cases/{case_id}/documents": Access(DESK),
    "GET /cases/{case_id}/forms": Access(DESK),
    "GET /cases/{case_id}/forms/changes": Access(DESK, query="?form=submit&revision=2"),
    "GET /cases/{case_id}/letters": Access(DESK),
    "GET /cases/{case_id}/letters/{letter_id}": Access(DESK, _LETTER),
    "GET /cases/{case_id}/letters/{letter_id}.pdf": Access(DESK, _SENT),
    "GET /cases/{case_id}/letters/{letter_id}/preview": Access(DESK, _LETTER),
    "GET /cases/{case_id}/letters/{letter_id}/preview.pdf": Access(DESK, _LETTER),
    "GET /cases/{case_id}/messages": Access(DESK),
    "GET /cases/{case_id}/payments": Access(DESK),
    "POST /cases/{case_id}/payments": Access(frozenset()),
    "GET /cases/{case_id}/computations": Access(DESK),
    "GET /cases/{case_id}/timeline": Access(DESK),
    "GET /ops": Access(ADMIN),
    "POST /tasks/claim": Access(STAFF),
    "POST /tasks/{task_id}/claim": Access(WORKERS),
    "POST /tasks/{task_id}/draft": Access(WORKERS),
    "POST /tasks/{task_id}/declaration": Access(DESK),
    "POST /tasks/{task_id}/hand-over": Access(STAFF),
    "POST /tasks/{task_id}/release": Access(WORKERS),
    "POST /tasks/{task_id}": Access(WORKERS, send={"_action": "save"}),
    "POST /reviews/{task_id}/declaration": Access(WORK, _task("review")),
    "POST /reviews/{task_id}": Access(frozenset(), _task("review")),
    "POST /decisions/{task_id}/declaration": Access(DESK, _task("approval")),
    "POST /decisions/{task_id}": Access(frozenset({"head"}), _task("approval")),
    "POST /cases/{case_id}/letters/{letter_id}": Access(frozenset({"officer"}), _LETTER),
    "POST /cases/{case_id}/messages": Access(DESK),
    "POST /cases/{case_id}/processes": Access(WORKERS, send={"process": "opinions"}),
    "POST /printing": Access(DESK | {"foreign"}),
    "POST /ops/jobs/{job_id}/give-up": Access(ADMIN),
    "POST /ops/jobs/{job_id}/retry": Access(ADMIN),
}

LETTER_WORK: dict[str, Access] = {
    "GET /cases/{case_id}/letters/{letter_id}/preview.pdf": Access(DESK, _LETTER),
    "POST /cases/{case_id}/letters/{letter_id}/correction": Access(WORKERS, _LETTER),
    "POST /cases/{case_id}/letters/{letter_id}/approve": Access(frozenset({"head"}), _LETTER),
    "POST /cases/{case_id}/letters/{letter_id}/discard": Access(WORKERS, _LETTER),
    "GET /letter-batches": Access(WORKERS | {"foreign"}),
    "GET /letter-batches/new": Access(
        frozenset({"head"}), query="?call={call}&letter=grant_decision"
    ),
    "GET /letter-batches/{batch_id}": Access(DESK),
    "GET /letter-batches/{batch_id}.pdf": Access(frozenset()),  # it was not made yet
    "POST /letter-batches": Access(frozenset({"head"}), send={"call": "{call}", "name": "x"}),
    "POST /letter-batches/{batch_id}/print": Access(DESK),
    "POST /letter-batches/{batch_id}/retry": Access(
        frozenset({"head"}), send={"item": "{batch_item}"}
    ),
    "GET /text-blocks": Access(frozenset({"manager"})),
    "GET /text-blocks/new": Access(frozenset()),
    "GET /text-blocks/{block_id}": Access(frozenset({"manager"}), {"block_id": "text_block"}),
    "POST /text-blocks": Access(frozenset()),
    "POST /text-blocks/{block_id}/release": Access(frozenset(), {"block_id": "text_block"}),
    "POST /text-blocks/{block_id}/withdraw": Access(frozenset(), {"block_id": "text_block"}),
}

STUDIO: dict[str, Access] = {
    "GET /studio": Access(EDITORS),
    "GET /studio/programmes/{programme_id}": Access(EDITORS),
    "GET /studio/versions/{version_id}": Access(EDITORS),
    "GET /studio/versions/{version_id}/diff": Access(EDITORS, query="?against={version}"),
    **{
        f"GET /studio/versions/{{version_id}}/{page}": Access(EDITORS, query=f"?file={file}")
        for page, file in (
            ("diagram", "lifecycle.bpmn"),
            ("form", "forms/submit.form"),
            ("decision", "lifecycle.bpmn"),
            ("text", "programme.toml"),
            ("file.json", "lifecycle.bpmn"),
            ("preview/form", "forms/submit.form"),
            ("preview/letter.pdf", "letters/grant_decision/letter.toml"),
        )
    },
    **{
        f"POST /studio/versions/{{version_id}}/{step}": Access(
            EDITORS, query="?file=lifecycle.bpmn", send={"file": "lifecycle.bpmn", "content": "x"}
        )
        for step in ("check", "expression", "file", "files", "files/remove")
    },
    **{
        f"POST /studio/versions/{{version_id}}/{step}": Access(frozenset({"manager"}))
        for step in ("draft", "publish", "retire", "return", "submit")
    },
    "POST /studio/import": Access(EDITORS),
    "GET /studio/versions/{version_id}/package.zip": Access(EDITORS),
    "GET /studio/versions/{version_id}/scenarios": Access(EDITORS),
}

_VERSION = {"version_id": "rule_version"}
_DISPATCH_STEPS = ("receipt", "return")
_DISPATCH_DECISIONS = ("again", "waiver")
_RULE_STEPS = ("discard", "release", "return", "submit", "take-back")
RULE_READERS = frozenset({"officer", "head", "manager", "admin", "foreign"})

REGISTERS: dict[str, Access] = {
    "GET /dispatches": Access(DESK | {"foreign"}),
    "GET /dispatches.csv": Access(DESK | {"foreign"}),
    "GET /dispatches/{dispatch_id}": Access(DESK),
    **{
        f"POST /dispatches/{{dispatch_id}}/{step}": Access(DESK, send={"on": "2027-01-01"})
        for step in _DISPATCH_STEPS
    },
    **{
        f"POST /dispatches/{{dispatch_id}}/{step}": Access(
            WORKERS, send={"on": "2027-02-01", "sent_on": "2027-02-01", "channel": "post"}
        )
        for step in _DISPATCH_DECISIONS
    },
    "GET /manage/rules": Access(RULE_READERS),
    "GET /manage/rules/uncertain": Access(RULE_READERS),
    "GET /manage/rules/{area}": Access(RULE_READERS),
    "GET /manage/rules/versions/{version_id}": Access(RULE_READERS, _VERSION),
    "POST /manage/rules/{area}/values": Access(frozenset({"manager"})),
    **{
        f"POST /manage/rules/versions/{{version_id}}/{step}": Access(
            frozenset({"manager"}), _VERSION
        )
        for step in _RULE_STEPS
    },
}

_HOME = {"organisation_id": "home"}
_AUTHORITY = {"authority": "{authority}"}
BUDGET_READERS = frozenset({"officer", "head"})
HEAD = frozenset({"head"})

MONEY: dict[str, Access] = {
    "GET /budget": Access(BUDGET_READERS | {"foreign"}),
    "GET /budget/{item_id}": Access(BUDGET_READERS),
    "GET /budget/{item_id}/entries.csv": Access(BUDGET_READERS),
    **{
        f"POST /budget/{{item_id}}/{step}": Access(frozenset())
        for step in ("appropriation", "authority", "carry-over")
    },
    "GET /payment-files": Access(HEAD),
    "POST /payment-files": Access(frozenset(), send=_AUTHORITY),
    "POST /payment-files/account": Access(HEAD, send=_AUTHORITY),
    "POST /payment-files/account/{account_id}": Access(frozenset()),
    "POST /payment-files/returns": Access(HEAD, send=_AUTHORITY),
    "GET /payment-files/{file_id}": Access(frozenset()),
    "GET /payment-files/{file_id}.csv": Access(frozenset()),
    "GET /payment-files/{file_id}.xml": Access(frozenset()),
    "POST /payment-files/{file_id}": Access(frozenset()),
    "GET /rankings": Access(BUDGET_READERS | {"foreign"}),
    "GET /rankings/{call_id}": Access(BUDGET_READERS),
    "POST /rankings/{call_id}": Access(HEAD),
    "GET /my/bank/{organisation_id}": Access(OWNER, _HOME),
    "POST /my/bank/{organisation_id}": Access(OWNER, _HOME),
    "GET /cases/{case_id}/bank": Access(DESK),
    "POST /cases/{case_id}/bank": Access(WORKERS),
    "POST /cases/{case_id}/bank/{account_id}": Access(frozenset()),
}

ACCOUNT: dict[str, Access] = {
    "GET /account": Access(SIGNED_IN),
    # Its answers are not handed in yet: what staff may fetch is in test_handed_in_files.
    "GET /documents/{document_id}": Access(OWNER),
    "POST /account/name": Access(SIGNED_IN, send={"name": "Neu", "language": "de"}),
    "POST /account/organisations/{organisation_id}": Access(OWNER, _HOME),
    "POST /account/password": Access(SIGNED_IN),
    "POST /account/tokens": Access(SIGNED_IN),
    "POST /account/tokens/{token_id}/revoke": Access(frozenset()),
    "POST /account/sessions": Access(SIGNED_IN, last=True),
    "POST /sign-out": Access(EVERYBODY, last=True),
}

API: dict[str, Access] = {
    "GET /api/docs": Access(EVERYBODY),
    "GET /api/v1/openapi.json": _program(EVERYBODY),
    "GET /api/v1/me": _program(SIGNED_IN),
    "GET /api/v1/calls": _program(SIGNED_IN),
    "GET /api/v1/programmes": _program(SIGNED_IN),
    "GET /api/v1/programmes/{programme_id}/calls": _program(SIGNED_IN),
    "GET /api/v1/cases": _program(SIGNED_IN),
    "GET /api/v1/cases/{case_id}": _program(OWNER | DESK),
    "GET /api/v1/cases/{case_id}/letters": _program(OWNER | DESK),
    "GET /api/v1/letters/{letter_id}": _program(OWNER | DESK),
    "GET /api/v1/letters/{letter_id}.pdf": _program(OWNER | DESK),
    "GET /api/v1/tasks": _program(SIGNED_IN),
    "GET /api/v1/tasks/{task_id}": _program(DESK),
    "POST /api/v1/tasks/{task_id}/claim": _program(WORKERS),
    "POST /api/v1/tasks/{task_id}/complete": _program(WORKERS, send={"answers": {}}),
}

# What ends a session comes last.
TABLE: dict[str, Access] = {
    **API,
    **PUBLIC,
    **APPLICANT,
    **STAFF_PAGES,
    **LETTER_WORK,
    **REGISTERS,
    **MONEY,
    **STUDIO,
    **ACCOUNT,
}

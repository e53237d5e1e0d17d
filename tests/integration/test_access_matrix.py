"""Every route with every role and with nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select, text
from tests.factories import make_actor
from tests.integration.access_matrix import PEOPLE, TABLE, Access
from tests.integration.desk import Desk, Desks

from grantflow.clock import now
from grantflow.services import cases, letter_batches, people, rule_books, text_blocks
from grantflow.services.policy import SYSTEM
from grantflow.store import forms_data, ledger
from grantflow.store.forms_data import NewAnswers
from grantflow.store.tables import BudgetItem, Dispatch, ProcessInstance, RuleVersion, Task
from grantflow.web import security

DENIED = (403, 404)
NO_ID = "00000000-0000-4000-8000-000000000000"


def routes(desks: Desks) -> Iterator[str]:
    """``GET /cases/{case_id}`` for everything the application answers."""
    for route in iter_route_contexts(desks.app.routes):
        for method in sorted(route.methods or ()):
            yield f"{method} {route.path}"


@dataclass
class Examples:
    """One of each thing, so that every address leads somewhere."""

    ids: dict[str, str]

    def address(self, path: str, access: Access) -> str:
        """The path with examples in it."""

        def example(found: re.Match[str]) -> str:
            name = access.ids.get(found[1], found[1].removesuffix("_id"))
            return self.ids.get(name, name)

        return re.sub(r"{(\w+)}", example, path) + access.query.format(**self.ids)

    def sent(self, access: Access) -> dict[str, Any]:
        """What is sent, with examples in it."""
        return {
            name: value.format(**self.ids) if isinstance(value, str) else value
            for name, value in access.send.items()
        }


@pytest.fixture
def examples(desks: Desks) -> Examples:
    """A case at each of the places that matter."""
    ponds = desks.ponds
    mine, submitted, drafted, granted = (
        ponds.open("Mein Teich"),
        ponds.submitted(),
        ponds.drafted(),
        ponds.granted(),
    )
    reviewed = ponds.submitted()
    ponds.do("officer", cases.start_side_process, reviewed.id, "opinions")
    panel = [str(ponds.who(name).account_id) for name in ("panel", "panel_two")]
    ponds.complete("officer", reviewed, "choose", reviewers=panel)
    my_task = ponds.tasks(mine.id)["submit"].id
    desks.of("applicant").client.post(
        f"/my/tasks/{my_task}",
        data={"_csrf": desks.of("applicant").csrf, "_action": "upload:map"},
        files={"_file:map": ("karte.pdf", b"%PDF-1.4 karte", "application/pdf")},
    )
    with ponds.transaction(SYSTEM) as session:
        again = NewAnswers(
            submitted.id, submitted.authority_id, "submit", "", {}, None, now(), None
        )
        forms_data.add_revision(session, again)
        session.execute(text("update procrastinate_jobs set status = 'failed'"))
        rule_books.load_shipped(session, ponds.settings.workflows_dir)
        item = BudgetItem(
            authority_id=ponds.authority.id, programme_id=ponds.programme.id, key="ponds"
        )
        ledger.add_item(session, item)
    batched = next(one.id for one in ponds.letters(drafted) if one.state == "draft")
    batch = ponds.do("head", letter_batches.start, ponds.call.id, "grant_decision", [batched], {})
    in_batch = ponds.look("head", letter_batches.lines, batch.id)[0].item
    with ponds.transaction(SYSTEM) as session:
        writer = make_actor(session, "TEMPLATE_MANAGER", authority=ponds.authority)
    with ponds.transaction(writer) as session:
        wanted = text_blocks.NewText(
            ponds.authority.id, ponds.programme.id, "", "grant_decision", "opening", "Gern.",
            now().date(),
        )  # fmt: skip
        block = text_blocks.propose(session, writer, wanted)
    with ponds.reading() as session:
        review = select(Task.id).filter_by(
            element_id="opine", assignee_id=ponds.who("panel").account_id
        )
        sent = select(Dispatch.id).filter_by(letter_id=ponds.letters(granted)[-1].id)
        rules = select(RuleVersion.id).filter_by(area="federal")
        done = select(Task.id).filter_by(case_id=submitted.id, element_id="submit")
        instance = select(ProcessInstance.id).filter_by(case_id=submitted.id)
        found = {
            "review": session.scalars(review).one(),
            "dispatch": session.scalars(sent).one(),
            "rule_version": session.scalars(rules).one(),
            "done": session.scalars(done).one(),
            "instance": session.scalars(instance).first(),
            "document": session.execute(text("select id from document")).scalar_one(),
            "job": session.execute(text("select min(id) from procrastinate_jobs")).scalar_one(),
        }
    found |= {
        "batch": batch.id,
        "batch_item": in_batch.id,
        "text_block": block.id,
        "call": ponds.call.id,
        "programme": ponds.programme.id,
        "version": ponds.version.id,
        "my_case": mine.id,
        "my_task": my_task,
        "case": submitted.id,
        "task": ponds.tasks(submitted.id)["check"].id,
        "drafted": drafted.id,
        "approval": ponds.tasks(drafted.id)["approve"].id,
        "draft_letter": next(one.id for one in ponds.letters(drafted) if one.state == "draft"),
        "granted": granted.id,
        "letter": next(one.id for one in ponds.letters(granted) if one.state == "dispatched"),
        "form": "submit",
        "area": "federal",
        "token": NO_ID,
        "account": NO_ID,
        "file": NO_ID,
        "item": item.id,
        "authority": ponds.authority.id,
        "home": ponds.organisation.id,
    }
    return Examples({name: str(value) for name, value in found.items()})


@dataclass
class Askers:
    """Browsers and programs of everybody, made once."""

    desks: Desks
    examples: Examples
    known: dict[str, TestClient] = field(default_factory=dict)

    def ask(self, who: str, method: str, address: str, access: Access) -> Response:
        """Send a request with everything the browser or program of this person would send."""
        if access.program:
            return self._program(who).request(
                method, address, json=self.examples.sent(access) or None
            )
        if who == "nobody":
            client = self._nobody()
            csrf = security.visitor_csrf(client.cookies[security.VISITOR_COOKIE])
        else:
            desk: Desk = self.desks.again(who) if access.last else self.desks.of(who)
            client, csrf = desk.client, desk.csrf
        data = {"_csrf": csrf, **self.examples.sent(access)} if method == "POST" else None
        return client.request(method, address, data=data)

    def _program(self, who: str) -> TestClient:
        key = f"program of {who}"
        if key not in self.known:
            self.known[key] = self.desks.nobody() if who == "nobody" else self.desks.api(who)
        return self.known[key]

    def _nobody(self) -> TestClient:
        if "nobody" not in self.known:
            self.known["nobody"] = self.desks.nobody()
        client = self.known["nobody"]
        client.cookies.clear()
        client.cookies.set(security.VISITOR_COOKIE, "v" * 43)
        return client


def is_denied(answer: Response) -> bool:
    to_sign_in = answer.headers.get("location", "").startswith("/sign-in?next=")
    return answer.status_code in (401, *DENIED) or to_sign_in


def test_every_route_is_in_the_table_and_nothing_else(desks: Desks) -> None:
    assert sorted(set(routes(desks))) == sorted(TABLE)


@pytest.mark.parametrize("who", PEOPLE)
def test_a_route_opens_for_those_in_the_table_and_for_nobody_else(
    desks: Desks, examples: Examples, who: str
) -> None:
    wrong = []
    askers = Askers(desks, examples)
    for route, access in TABLE.items():
        method, path = route.split(" ", 1)
        answer = askers.ask(who, method, examples.address(path, access), access)
        if answer.status_code >= 500 or is_denied(answer) == (who in access.who):
            wrong.append((route, answer.status_code, answer.headers.get("location", "")))
    assert wrong == [], "\n".join(map(str, wrong))


def test_a_page_for_somebody_signed_in_sends_others_to_sign_in_and_back(
    desks: Desks, examples: Examples
) -> None:
    nobody = desks.nobody()
    for route, access in TABLE.items():
        method, path = route.split(" ", 1)
        signed_in = access.who and "nobody" not in access.who and not access.program
        if method == "GET" and signed_in:
            address = examples.address(path, access)
            answer = nobody.get(address)
            assert (answer.status_code, route) == (303, route)
            assert answer.headers["location"].startswith("/sign-in?next=")


def test_nothing_changes_without_the_token_of_the_session(desks: Desks, examples: Examples) -> None:
    """Every changing route, as the person who may use it, but from another site."""
    for route, access in TABLE.items():
        method, path = route.split(" ", 1)
        if method != "POST" or access.program:
            continue
        who = next((name for name in PEOPLE[1:] if name in access.who), "officer")
        client = desks.of(who).client
        for forged in ({}, {"_csrf": "x" * 43}):
            answer = client.post(examples.address(path, access), data={**access.send, **forged})
            assert (answer.status_code, route) == (403, route)


def test_revoking_a_token_of_somebody_else_finds_nothing(desks: Desks) -> None:
    ponds = desks.ponds
    ponds.do("officer", people.create_token, "mine")
    token = ponds.look("officer", people.list_tokens)[0]
    assert desks.of("head").post(f"/account/tokens/{token.id}/revoke").status_code == 404
    assert desks.of("officer").post(f"/account/tokens/{token.id}/revoke").status_code == 303
    assert ponds.look("officer", people.list_tokens) == []

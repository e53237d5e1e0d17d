"""Whose a letter is: who drafted it, who signs it, and what the diagram does by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from tests.factories import make_actor
from tests.integration.ponds import DECISION, Ponds, build
from tests.integration.small_programme import NOTICE, package, task

from grantflow.letters import model as values
from grantflow.programmes.package import Package
from grantflow.services import audit, letters, tasks
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, CaseEvent, Letter

Clock = Callable[[str], None]

STRAIGHT = b'id="draft_decision__draft_letter" sourceRef="draft_decision"'
THROUGH_BUDGET = (
    b'id="draft_decision__reserve" sourceRef="draft_decision" targetRef="reserve"/>'
    b'<sequenceFlow id="reserve__draft_letter" sourceRef="reserve"'
)


def letter(ponds: Ponds, case: Case, name: str) -> Letter:
    return next(one for one in ponds.letters(case) if one.name == name)


def authors(ponds: Ponds, case: Case, about: Letter) -> dict[str, str]:
    """Who drafted, approved and sent a letter, as the timeline says."""
    with ponds.reading() as session:
        events = session.scalars(select(CaseEvent).filter_by(case_id=case.id)).all()
    return {
        event.kind: event.actor_name
        for event in events
        if event.data.get("letter") == str(about.id)
    }


@pytest.fixture
def reserved(sessions: Sessions, test_settings: Settings, clock: Clock) -> tuple[Ponds, Case]:
    """The officer has drafted a decision, the budget officer has reserved the money since."""
    clock("2027-02-01T09:00")
    step = task("reserve", form="none", role="BUDGET_OFFICER").encode()
    longer = NOTICE.replace(STRAIGHT, THROUGH_BUDGET).replace(b"</process>", step + b"</process>")
    files = dict(package(notice=longer).files)
    files["letters/grant_decision/body.html"] += b'{% include "blocks/signature.html" %}'
    ponds = build(sessions, test_settings, Package(files))
    with ponds.transaction(SYSTEM) as session:
        ponds.people["budget"] = make_actor(
            session, "BUDGET_OFFICER", authority=ponds.authority, name="Uwe"
        )
    case = ponds.drafted()
    ponds.complete("budget", case, "reserve")
    return ponds, case


def test_what_an_applicant_sets_off_is_written_by_the_process(ponds: Ponds) -> None:
    case = ponds.submitted()
    thanks = letter(ponds, case, "acknowledgement")
    assert thanks.prepared_by is None
    told = authors(ponds, case, thanks)
    assert {told["letter.drafted"], told["letter.approved"]} == {SYSTEM.name}
    with ponds.reading() as session:
        events = session.scalars(select(CaseEvent).filter_by(case_id=case.id)).all()
        assert "Frieda" in {event.actor_name for event in events}
        assert audit.verify_chain(session, case.id).intact


def test_who_only_reserved_money_has_not_drafted_the_decision(
    reserved: tuple[Ponds, Case],
) -> None:
    ponds, case = reserved
    draft = letter(ponds, case, "grant_decision")
    assert draft.prepared_by == ponds.who("officer").account_id
    said = values.load(draft.model)
    assert (said.info.officer, said.signatory.name) == ("Officer", "Officer")
    assert authors(ponds, case, draft)["letter.drafted"] == SYSTEM.name


def test_who_releases_a_letter_sees_it_signed_as_it_will_leave(
    reserved: tuple[Ponds, Case],
) -> None:
    ponds, case = reserved
    draft = letter(ponds, case, "grant_decision")
    task_id = ponds.tasks(case.id)["approve"].id
    view = ponds.look("head", tasks.task_view, task_id)
    seen = ponds.look("head", letters.preview, draft.id)
    assert "Head" in seen
    assert "Head" not in ponds.look("officer", letters.preview, draft.id)
    ponds.do("head", tasks.complete, task_id, {}, seen_letter=view.letter_revision)
    with ponds.reading() as session:
        assert letters.html_to_render(session, draft.id) == seen
    approved = letter(ponds, case, "grant_decision")
    assert authors(ponds, case, approved)["letter.approved"] == "Head"


def test_a_decision_drafted_by_the_last_doer_is_theirs(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    ponds.complete("colleague", case, "draft_decision", **DECISION)
    draft = letter(ponds, case, "grant_decision")
    assert draft.prepared_by == ponds.who("colleague").account_id
    assert authors(ponds, case, draft)["letter.drafted"] == "Colleague"

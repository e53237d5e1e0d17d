"""Letters from draft to proof: edits, four eyes, frozen content, one dispatch whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlmodel import col
from tests.factories import make_actor
from tests.integration.ponds import DECISION, Ponds, build
from tests.integration.small_programme import LETTERS, package

from grantflow import letters as pages
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.programmes.package import Package
from grantflow.services import cases, dispatches, letter_history, letters, tasks
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, CaseEvent, Dispatch, Letter, Membership, Task

Clock = Callable[[str], None]


def letter(ponds: Ponds, case: Case, name: str = "grant_decision") -> Letter:
    return next(one for one in ponds.letters(case) if one.name == name)


def dispatch(ponds: Ponds, case: Case, name: str = "grant_decision") -> Dispatch:
    with ponds.reading() as session:
        query = select(Dispatch).where(col(Dispatch.letter_id) == letter(ponds, case, name).id)
        return session.execute(query).scalar_one()


def waiting_jobs(ponds: Ponds, name: str) -> int:
    with ponds.reading() as session:
        query = text(
            "select count(*) from procrastinate_jobs where task_name = :n and status = 'todo'"
        )
        return int(session.execute(query, {"n": name}).scalar_one())


def test_a_held_letter_waits_as_a_draft_and_can_be_read(ponds: Ponds) -> None:
    case = ponds.drafted()
    draft = letter(ponds, case)
    assert (draft.state, draft.prepared_by) == ("draft", ponds.who("officer").account_id)
    html = ponds.look("head", letters.preview, draft.id)
    assert "20.000,00" in html
    assert "Der Teich ist flach." in html
    assert "Rechtsbehelfsbelehrung" in html
    task_id = ponds.tasks(case.id)["approve"].id
    assert ponds.look("head", tasks.task_view, task_id).letter_id == draft.id
    for who in ("applicant", "stranger", "foreign"):
        with pytest.raises(NotFound):
            ponds.look(who, letters.preview, draft.id)


def test_text_blocks_are_edited_and_set_back(ponds: Ponds) -> None:
    case = ponds.drafted()
    draft = letter(ponds, case)
    shown = ponds.look("colleague", letters.draft, draft.id)
    assert [(b.name, b.text) for b in shown.blocks] == [("opening", shown.blocks[0].text)]
    ponds.do(
        "colleague", letters.edit, draft.id, {"opening": "Wir bewilligen gern."}, "Freundlicher"
    )
    assert "Wir bewilligen gern." in ponds.look("head", letters.preview, draft.id)
    assert ponds.look("officer", letters.draft, draft.id).edited == {"opening"}
    ponds.do("colleague", letters.edit, draft.id, {"opening": shown.blocks[0].text})
    assert letter(ponds, case).edits == {}
    with pytest.raises(Invalid):
        ponds.do("colleague", letters.edit, draft.id, {"remedy": "Keine."})
    for who in ("panel", "registry"):
        with pytest.raises(NotAllowed):
            ponds.do(who, letters.edit, draft.id, {"opening": "x"})


def test_who_edited_a_letter_cannot_approve_it(ponds: Ponds) -> None:
    case = ponds.drafted()
    task_id = ponds.tasks(case.id)["approve"].id
    with ponds.transaction(SYSTEM) as session:
        deputy = make_actor(session, "HEAD_OF_UNIT", authority=ponds.authority)
    # While the letter waits for somebody else, the head may change it.
    ponds.do("head", tasks.hand_over, task_id, deputy.account_id)
    ponds.do("head", letters.edit, letter(ponds, case).id, {"opening": "Ich bewillige."}, "Kürzer")
    with ponds.transaction(SYSTEM) as session:
        session.get_one(Task, task_id).assignee_id = None
    with pytest.raises(NotAllowed) as refused:
        ponds.complete("head", case, "approve")
    assert refused.value.key == "services.letters.four_eyes"
    assert letter(ponds, case).state == "draft"
    assert set(ponds.tasks(case.id)) == {"approve"}


def test_four_eyes_hold_for_a_letter_even_if_the_diagram_forgets_them(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    files = dict(package().files)
    lax = files["stages/notice.bpmn"].replace(
        b'name="not_by" value="draft_decision"', b'name="x" value="y"'
    )
    ponds = build(sessions, test_settings, Package(files | {"stages/notice.bpmn": lax}))
    case = ponds.submitted()
    ponds.complete("head", case, "check", verdict="good")
    ponds.complete("head", case, "draft_decision", **DECISION)
    with pytest.raises(NotAllowed):
        ponds.complete("head", case, "approve")
    assert letter(ponds, case).state == "draft"


def test_a_letter_bears_the_day_on_which_somebody_answers_for_it(
    ponds: Ponds, clock: Clock
) -> None:
    case = ponds.drafted()
    clock("2027-02-04T09:00")
    assert "4.\N{NO-BREAK SPACE}Februar" in ponds.look(
        "head", letters.preview, letter(ponds, case).id
    )
    ponds.complete("head", case, "approve")
    approved = letter(ponds, case)
    clock("2027-02-05T09:00")
    assert letter_history.day_of(approved) == date(2027, 2, 4)
    with ponds.reading() as session:
        html = letters.html_to_render(session, approved.id) or ""
    assert "4.\N{NO-BREAK SPACE}Februar" in html
    assert "1.\N{NO-BREAK SPACE}Februar" not in html


def test_an_approved_letter_never_changes(ponds: Ponds) -> None:
    case = ponds.drafted()
    ponds.complete("head", case, "approve")
    approved = letter(ponds, case)
    assert (approved.state, approved.approved_by) == ("approved", ponds.who("head").account_id)
    with pytest.raises(Conflict):
        ponds.do("officer", letters.edit, approved.id, {"opening": "Doch nicht."})
    with ponds.transaction(SYSTEM) as session:
        session.execute(
            text('update letter set edits = \'{"opening": "Gefälscht"}\' where id = :id'),
            {"id": approved.id},
        )
    with pytest.raises(Conflict) as refused, ponds.reading() as session:
        letters.html_to_render(session, approved.id)
    assert refused.value.key == "services.letters.changed_after_approval"


def test_a_letter_leaves_with_proof_notice_and_legal_dates(ponds: Ponds) -> None:
    case = ponds.granted()
    sent = letter(ponds, case)
    proof = dispatch(ponds, case)
    assert (sent.state, sent.pages, len(sent.pdf_sha256 or "")) == ("dispatched", 1, 64)
    assert proof.proof["notice_to"] == [ponds.who("applicant").email]
    assert proof.proof["sha256"] == sent.pdf_sha256
    # Sent on Monday 1 February 2027: notified on the fourth day, a month until 5 March, a Friday.
    assert proof.notified_on == date(2027, 2, 5)
    assert proof.remedy_end == date(2027, 3, 5)
    assert proof.safe_finality is not None
    assert proof.safe_finality > proof.remedy_end
    assert ponds.look("applicant", letters.pdf, sent.id, ponds.blobs).startswith(b"%PDF")
    assert "wrap_up" not in ponds.tasks(case.id)
    seen = ponds.look("applicant", letters.list_letters, ponds.case(case.id))
    assert {one.letter.name for one in seen} == {"acknowledgement", "grant_decision"}
    with pytest.raises(NotFound):
        ponds.look("stranger", letters.pdf, sent.id, ponds.blobs)


def test_an_information_letter_has_no_remedy_dates(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.run_jobs()
    proof = dispatch(ponds, case, "acknowledgement")
    assert proof.notified_on is not None
    assert (proof.remedy_end, proof.safe_finality) == (None, None)


def test_repeated_jobs_send_once(ponds: Ponds) -> None:
    case = ponds.drafted()
    ponds.complete("head", case, "approve")
    found = letter(ponds, case)
    with ponds.reading() as session:
        html = letters.html_to_render(session, found.id)
    assert html is not None
    rendered = pages.render(html)
    ponds.blobs.put(rendered.pdf)
    # The worker that rendered was killed before it could say so, and another one renders again.
    assert ponds.do("system", letters.record_rendered, found.id, rendered)
    assert not ponds.do("system", letters.record_rendered, found.id, rendered)
    with ponds.reading() as session:
        assert letters.html_to_render(session, found.id) is None
    assert waiting_jobs(ponds, letters.DISPATCH) == 1
    assert ponds.do("system", dispatches.dispatch_out, found.id)
    assert not ponds.do("system", dispatches.dispatch_out, found.id)
    ponds.run_jobs()
    assert ponds.count(Dispatch, letter_id=found.id) == 1
    assert ponds.case(case.id).status == "NOTIFIED"
    with ponds.reading() as session:
        query = select(CaseEvent).where(
            col(CaseEvent.case_id) == case.id, col(CaseEvent.kind) == "letter.dispatched"
        )
        sent = [e.data["letter"] for e in session.execute(query).scalars()]
    assert sent.count(str(found.id)) == 1


class Killed(BaseException):
    """The worker's process is gone."""


def _killed_after(ponds: Ponds, act: Callable[[Session], object]) -> None:
    """Do something, and be killed just before the commit."""

    def killed() -> None:
        with ponds.transaction(SYSTEM) as session:
            assert act(session)
            raise Killed

    with pytest.raises(Killed):
        killed()


def test_a_worker_killed_while_sending_sends_once_in_the_end(live_ponds: Ponds) -> None:
    ponds = live_ponds
    case = ponds.drafted()
    ponds.complete("head", case, "approve")
    found = letter(ponds, case)
    with ponds.reading() as session:
        rendered = pages.render(letters.html_to_render(session, found.id) or "")
    ponds.blobs.put(rendered.pdf)
    _killed_after(ponds, lambda s: letters.record_rendered(s, SYSTEM, found.id, rendered))
    assert letter(ponds, case).state == "approved"
    ponds.do("system", letters.record_rendered, found.id, rendered)
    _killed_after(ponds, lambda s: dispatches.dispatch_out(s, SYSTEM, found.id))
    assert ponds.count(Dispatch, letter_id=found.id) == 0
    assert waiting_jobs(ponds, "send_mail") == 0
    ponds.run_jobs()
    assert ponds.count(Dispatch, letter_id=found.id) == 1
    assert ponds.case(case.id).status == "NOTIFIED"


def test_a_letter_without_a_court_can_be_drafted_but_not_approved(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T09:00")
    files = dict(package().files)
    unknown = files["programme.toml"].replace(b'body = "Teichamt"\n', b'body = ""\n')
    ponds = build(sessions, test_settings, Package(files | {"programme.toml": unknown}))
    case = ponds.drafted()
    with pytest.raises(Invalid) as refused:
        ponds.complete("head", case, "approve")
    assert "letters.missing_remedy" in {p.key for p in refused.value.problems}
    assert letter(ponds, case).state == "draft"


# ---- print queue


@pytest.fixture
def on_paper(ponds: Ponds) -> tuple[Ponds, Case]:
    """A decision for an organisation nobody of which uses the portal any more."""
    case = ponds.drafted()
    ponds.run_jobs()
    with ponds.transaction(SYSTEM) as session:
        session.execute(text("update letter set channel = 'post' where name = 'grant_decision'"))
    ponds.complete("head", case, "approve")
    ponds.run_jobs()
    return ponds, case


def test_letters_on_paper_wait_in_the_print_queue(on_paper: tuple[Ponds, Case]) -> None:
    ponds, case = on_paper
    found = letter(ponds, case)
    assert dispatch(ponds, case).state == "queued"
    assert found.state == "rendered"
    assert ponds.case(case.id).status != "NOTIFIED"
    queue = ponds.look("registry", dispatches.print_queue)
    assert [line.letter.id for line in queue] == [found.id]
    assert ponds.look("foreign", dispatches.print_queue) == []
    for who in ("applicant", "panel", "admin"):
        with pytest.raises(NotAllowed):
            ponds.look(who, dispatches.print_queue)
    merged = ponds.look("registry", dispatches.printable, ponds.blobs)
    assert merged.startswith(b"%PDF")


def test_printed_letters_have_left_once(on_paper: tuple[Ponds, Case]) -> None:
    ponds, case = on_paper
    found = letter(ponds, case)
    assert ponds.do("foreign", dispatches.mark_printed, [found.id]) == 0
    assert ponds.do("registry", dispatches.mark_printed, [found.id]) == 1
    assert ponds.do("registry", dispatches.mark_printed, [found.id]) == 0
    proof = dispatch(ponds, case)
    assert (proof.state, proof.by) == ("sent", ponds.who("registry").account_id)
    assert proof.channel == "post"
    assert ponds.case(case.id).status == "NOTIFIED"
    with pytest.raises(Conflict):
        ponds.look("registry", dispatches.printable, ponds.blobs)
    register = ponds.look("registry", dispatches.register)
    assert {line.letter.name for line in register} == {"acknowledgement", "grant_decision"}
    later = ponds.look("registry", dispatches.register, since=date(2027, 2, 2))
    assert later == []


def test_without_an_account_in_the_organisation_a_letter_goes_by_post(ponds: Ponds) -> None:
    case = ponds.open()
    task_id = ponds.tasks(case.id)["submit"].id
    with ponds.transaction(SYSTEM) as session:
        session.execute(
            Membership.__table__.delete().where(  # type: ignore[attr-defined]
                col(Membership.organisation_id) == ponds.organisation.id
            )
        )
    ponds.do("applicant", tasks.complete, task_id, {"depth": "3", "requested_amount": "1"})
    assert letter(ponds, case, "acknowledgement").channel == "post"


def test_a_withdrawn_case_keeps_its_letters(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.do("applicant", cases.withdraw, case.id, "")
    ponds.run_jobs()
    assert letter(ponds, case, "acknowledgement").state == "dispatched"
    assert set(LETTERS) == {"acknowledgement", "grant_decision"}

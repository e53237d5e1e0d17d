"""Decisions of a call approved together: four eyes, one broken letter, retry, the print file."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlmodel import col, select
from tests.integration.desk import Desks
from tests.integration.ponds import Ponds

from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.services import letter_batches, letter_prints
from grantflow.services.policy import SYSTEM
from grantflow.store.tables import Case, Letter, LetterBatch, LetterBatchItem


@pytest.fixture
def three(ponds: Ponds) -> list[Case]:
    """Three cases whose decisions wait for the head."""
    return [ponds.drafted() for _ in range(3)]


def draft_of(ponds: Ponds, case: Case) -> Letter:
    return next(one for one in ponds.letters(case) if one.name == "grant_decision")


def begin(ponds: Ponds, cases: list[Case], who: str = "head") -> UUID:
    chosen = [draft_of(ponds, case).id for case in cases]
    batch = ponds.do(who, letter_batches.start, ponds.call.id, "grant_decision", chosen, {})
    return batch.id


def states(ponds: Ponds, batch_id: UUID) -> list[str]:
    found = ponds.look("head", letter_batches.lines, batch_id)
    return [line.item.state for line in found]


def test_drafts_of_a_call_are_counted_checked_and_approved_together(
    ponds: Ponds, three: list[Case]
) -> None:
    groups = ponds.look("head", letter_batches.groups)
    assert [(one.letter, one.count, one.title["de"]) for one in groups] == [
        ("grant_decision", 3, "Bescheid")
    ]
    found, count = ponds.look(
        "head", letter_batches.candidates, ponds.call.id, "grant_decision", limit=2
    )
    assert (count, [one.ready for one in found]) == (3, [True, True])
    batch_id = begin(ponds, three)
    assert states(ponds, batch_id) == ["waiting"] * 3
    ponds.run_jobs()
    assert states(ponds, batch_id) == ["approved"] * 3
    for case in three:
        letter = draft_of(ponds, case)
        assert letter.state == "dispatched"
        assert letter.approved_by == ponds.who("head").account_id
        assert ponds.case(case.id).status == "NOTIFIED"
    assert ponds.look("head", letter_batches.groups) == []


def test_one_broken_letter_stops_only_itself_and_can_be_tried_again(
    ponds: Ponds, three: list[Case]
) -> None:
    broken = draft_of(ponds, three[1])
    with ponds.transaction(SYSTEM) as session:
        session.execute(
            text("update letter set model = jsonb_set(model, '{remedy}', 'null') where id = :id"),
            {"id": broken.id},
        )
    batch_id = begin(ponds, three)
    ponds.run_jobs()
    lines = ponds.look("head", letter_batches.lines, batch_id)
    told = {line.letter.id: line.item for line in lines}
    assert sorted(line.item.state for line in lines) == ["approved", "approved", "failed"]
    assert "Rechtsbehelfsbelehrung" in told[broken.id].problem["de"]
    assert "remedies" in told[broken.id].problem["en"]
    assert draft_of(ponds, three[1]).state == "draft"
    with ponds.transaction(SYSTEM) as session:
        sound = session.get_one(Letter, draft_of(ponds, three[0]).id).model["remedy"]
        row = session.get_one(Letter, broken.id)
        row.model = {**row.model, "remedy": sound}
    ponds.do("head", letter_batches.retry, batch_id, told[broken.id].id)
    ponds.run_jobs()
    assert states(ponds, batch_id) == ["approved"] * 3
    with pytest.raises(Conflict):
        ponds.do("head", letter_batches.retry, batch_id, told[broken.id].id)


def test_a_letter_changed_after_the_choice_is_left_out(ponds: Ponds, three: list[Case]) -> None:
    batch_id = begin(ponds, three[:1])
    with ponds.transaction(SYSTEM) as session:
        row = session.get_one(Letter, draft_of(ponds, three[0]).id)
        row.edits = {"opening": "Doch etwas anderes."}
    ponds.run_jobs()
    assert states(ponds, batch_id) == ["failed"]
    assert draft_of(ponds, three[0]).state == "draft"


def test_four_eyes_and_roles_hold_in_a_batch(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.complete("head", case, "check", verdict="good")
    ponds.complete(
        "head", case, "draft_decision", decision_outcome="grant", approved_amount="20000",
        purpose="Der Teich wird tiefer.", reasons="Der Teich ist flach.",
    )  # fmt: skip
    found, _ = ponds.look(
        "head", letter_batches.candidates, ponds.call.id, "grant_decision", limit=5
    )
    assert [p.key for one in found for p in one.problems] == ["services.letters.four_eyes"]
    batch_id = begin(ponds, [case])
    ponds.run_jobs()
    assert states(ponds, batch_id) == ["failed"]
    with pytest.raises(NotAllowed):
        begin(ponds, [case], who="officer")
    with pytest.raises(NotAllowed):
        ponds.look("officer", letter_batches.groups)


def test_what_cannot_be_started_says_why(ponds: Ponds, three: list[Case]) -> None:
    start, call = letter_batches.start, ponds.call.id
    with pytest.raises(Invalid) as none:
        ponds.do("head", start, call, "grant_decision", [], {})
    assert none.value.problems[0].key == "letters_batch.none_chosen"
    many = [draft_of(ponds, three[0]).id] * (letter_batches.MOST + 1)
    with pytest.raises(Invalid):
        ponds.do("head", start, call, "grant_decision", many, {})
    with pytest.raises(Conflict):
        ponds.do("head", start, call, "rejection_decision", [draft_of(ponds, three[0]).id], {})
    with pytest.raises(NotFound):
        ponds.look("head", letter_batches.form_of, call, "rejection_decision")


def test_a_batch_belongs_to_its_authority_and_its_approver(ponds: Ponds, three: list[Case]) -> None:
    batch_id = begin(ponds, three)
    assert [one.id for one in ponds.look("officer", letter_batches.listed)] == [batch_id]
    with pytest.raises(NotFound):
        ponds.look("foreign", letter_batches.get, batch_id)
    with ponds.reading(ponds.who("applicant")) as session:
        assert session.execute(select(LetterBatch)).all() == []
        assert session.execute(select(LetterBatchItem)).all() == []
    with pytest.raises(NotAllowed):
        ponds.do("officer", letter_batches.retry, batch_id, batch_id)
    with pytest.raises(NotFound):
        ponds.do("head", letter_batches.retry, batch_id, batch_id)


def test_a_job_that_comes_twice_approves_once(ponds: Ponds, three: list[Case]) -> None:
    batch_id = begin(ponds, three[:1])
    item = ponds.look("head", letter_batches.lines, batch_id)[0].item
    head = ponds.who("head")
    with ponds.transaction(SYSTEM) as session:
        assert letter_batches.approver_of(session, item.id) is not None
        letter_batches.approve(session, head, item.id)
    with ponds.transaction(SYSTEM) as session:
        assert letter_batches.approver_of(session, item.id) is None
        letter_batches.approve(session, head, item.id)
        letter_batches.note_failure(session, item.id, {"de": "zu spät"})
    assert states(ponds, batch_id) == ["approved"]


def test_the_print_file_holds_a_list_and_every_letter_with_its_sheet(
    ponds: Ponds, three: list[Case]
) -> None:
    batch_id = begin(ponds, three)
    with pytest.raises(Conflict):
        ponds.do("head", letter_prints.order, batch_id)
    with pytest.raises(NotFound):
        ponds.look("head", letter_prints.fetch, batch_id, ponds.blobs)
    ponds.run_jobs()
    ponds.do("head", letter_prints.order, batch_id)
    ponds.run_jobs()
    _, content = ponds.look("registry", letter_prints.fetch, batch_id, ponds.blobs)
    shown = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    for case in three:
        assert ponds.case(case.id).reference in shown
    assert shown.count("Froschfreunde") >= 6


def test_a_print_file_with_a_broken_letter_says_whose(ponds: Ponds, three: list[Case]) -> None:
    batch_id = begin(ponds, three[:1])
    ponds.run_jobs()
    with ponds.transaction(SYSTEM) as session:
        broken = ponds.blobs.put(b"no pdf")
        session.execute(text("update letter set pdf_sha256 = :h where pages = 1"), {"h": broken})
    ponds.do("head", letter_prints.order, batch_id)
    ponds.run_jobs()
    batch = ponds.look("head", letter_batches.get, batch_id)
    assert batch.print_sha256 is None
    assert "Froschfreunde" in batch.print_problem


def test_a_letter_that_cannot_be_rendered_is_listed_and_tried_again(
    ponds: Ponds, three: list[Case]
) -> None:
    batch_id = begin(ponds, three[:1])
    line = ponds.look("head", letter_batches.lines, batch_id)[0]
    with ponds.transaction(SYSTEM) as session:
        letter_batches.approve(session, ponds.who("head"), line.item.id)
        session.execute(
            text("update procrastinate_jobs set status = 'failed' where task_name = :n"),
            {"n": "render_letter"},
        )
    with ponds.reading() as session:
        found = letter_batches.lines(session, ponds.who("head"), batch_id)
        assert list(letter_batches.unrendered(session, found)) == [line.letter.id]
    ponds.do("head", letter_batches.retry, batch_id, line.item.id)
    ponds.run_jobs()
    assert draft_of(ponds, three[0]).state == "dispatched"


def test_the_pages_lead_from_the_choice_to_the_print_file(desks: Desks) -> None:
    ponds = desks.ponds
    cases = [ponds.drafted() for _ in range(2)]
    head = desks.of("head")
    page = head.get("/letter-batches").text
    assert f"/letter-batches/new?call={ponds.call.id}&amp;letter=grant_decision" in page
    choice = head.read(f"/letter-batches/new?call={ponds.call.id}&letter=grant_decision")
    assert choice.count("vollständig") == 2
    send = {"call": str(ponds.call.id), "name": "grant_decision"}
    refused = head.post("/letter-batches", **send)
    assert refused.status_code == 422
    assert "mindestens einen Entwurf" in refused.text
    chosen = str(draft_of(ponds, cases[0]).id)
    begun = head.post("/letter-batches", **send, letter=chosen)
    address = begun.headers["location"]
    assert "0 von 1 erledigt" in head.read(address)
    ponds.run_jobs()
    assert "1 von 1 erledigt" in head.read(address)
    assert "versandt" in head.read(address)
    head.post(f"{address}/print")
    ponds.run_jobs()
    answer = head.get(f"{address}.pdf")
    assert answer.content.startswith(b"%PDF")
    again = head.post(f"{address}/retry", item=chosen)
    assert again.status_code == 404
    assert head.post("/letter-batches", call="x", name="y").status_code == 404
    assert head.post("/letter-batches", call="", name="y").status_code == 303
    waiting = select(col(Letter.id)).where(col(Letter.state) == "draft")
    with ponds.reading() as session:
        assert len(session.scalars(waiting).all()) == 1

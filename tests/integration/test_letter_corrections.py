"""A letter that left is corrected by two people; a draft is changed with a reason."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from tests.integration.desk import Desks
from tests.integration.ponds import Ponds
from tests.integration.test_letter_law import draft

from grantflow.errors import Conflict, Invalid, NotAllowed
from grantflow.services import (
    letter_drafts,
    letter_history,
    letters,
    tasks,
)
from grantflow.services.policy import SYSTEM


def test_a_change_needs_a_reason_that_stays_in_the_case(desks: Desks) -> None:
    ponds = desks.ponds
    case = ponds.drafted()
    letter = draft(ponds, case)
    officer, path = desks.of("colleague"), f"/cases/{case.id}/letters/{letter.id}"
    refused = officer.post(path, **{"block.opening": "Wir bewilligen sehr gern."})
    assert refused.status_code == 422
    assert "warum dieser Brief von der Vorlage abweicht" in refused.text
    assert "Wir bewilligen sehr gern." in refused.text
    long = officer.post(path, **{"block.opening": "x" * 20_001, "reason": "Länger"})
    assert long.status_code == 422
    assert "Höchstens 20000" in long.text
    long_reason = {"block.opening": "Kurz.", "reason": "x" * 2_001}
    assert officer.post(path, **long_reason).status_code == 422
    officer.post(path, **{"block.opening": "Wir bewilligen sehr gern.", "reason": "Wunsch"})
    page = officer.get(path).text
    assert "<ins>" in page
    assert "Wunsch" in page
    assert "Wunsch" not in ponds.look("head", letters.preview, letter.id)
    pdf = officer.get(f"{path}/preview.pdf")
    assert pdf.content.startswith(b"%PDF")


def test_a_draft_says_what_stands_against_it(desks: Desks) -> None:
    case = desks.ponds.drafted()
    letter = draft(desks.ponds, case)
    officer, path = desks.of("officer"), f"/cases/{case.id}/letters/{letter.id}"
    assert "Alle Voraussetzungen sind erfüllt" in officer.read(path)
    with desks.ponds.transaction(SYSTEM) as session:
        session.execute(text("update letter set model = jsonb_set(model, '{remedy}', 'null')"))
    page = officer.read(path)
    assert "Ein Punkt fehlt noch" in page
    assert "Rechtsbehelfsbelehrung fehlt" in page


def test_an_obvious_mistake_is_corrected_by_two_people(ponds: Ponds) -> None:
    case = ponds.granted()
    wrong = draft(ponds, case)
    with pytest.raises(Invalid):
        ponds.do("officer", letter_drafts.correct, wrong.id, " ")
    with pytest.raises(Invalid):
        ponds.do("officer", letter_drafts.correct, wrong.id, "x" * 2_001)
    made = ponds.do("officer", letter_drafts.correct, wrong.id, "Statt „flach“ heißt es „tief“.")
    assert (made.relation, made.refers_to, made.state) == ("corrects", wrong.id, "draft")
    html = ponds.look("head", letters.preview, made.id)
    assert "Berichtigung (§\u00a042 VwVfG)" in html
    assert "heißt es „tief“" in html
    with pytest.raises(Conflict):
        ponds.do("officer", letter_drafts.correct, wrong.id, "Noch einmal")
    with pytest.raises(NotAllowed):
        ponds.do("colleague", letter_drafts.approve_correction, made.id)
    ponds.do("head", letter_drafts.approve_correction, made.id)
    ponds.run_jobs()
    sent = next(one for one in ponds.letters(case) if one.id == made.id)
    assert sent.state == "dispatched"
    with ponds.reading() as session:
        assert [one.letter.id for one in letter_history.chain(session, sent)] == [wrong.id]
        assert [one.letter.id for one in letter_history.followers(session, wrong)] == [made.id]


def test_a_correction_is_no_draft_of_the_diagram(ponds: Ponds) -> None:
    case = ponds.granted()
    wrong = draft(ponds, case)
    made = ponds.do("head", letter_drafts.correct, wrong.id, "Das Datum war falsch.")
    with pytest.raises(NotAllowed) as own:
        ponds.do("head", letter_drafts.approve_correction, made.id)
    assert own.value.key == letters.FOUR_EYES
    assert ponds.do("officer", letter_drafts.discard_correction, made.id).state == "discarded"
    with pytest.raises(Conflict):
        ponds.do("officer", letter_drafts.discard_correction, wrong.id)
    held = ponds.drafted()
    with pytest.raises(Conflict):
        ponds.do("officer", letter_drafts.correct, draft(ponds, held).id, "Zu früh")
    with pytest.raises(Conflict):
        ponds.do("head", letter_drafts.approve_correction, draft(ponds, held).id)
    task = ponds.tasks(held.id)["approve"].id
    assert ponds.look("head", tasks.task_view, task).letter_id == draft(ponds, held).id


def test_the_pages_of_a_correction(desks: Desks) -> None:
    ponds = desks.ponds
    case = ponds.granted()
    wrong = draft(ponds, case)
    officer, base = desks.of("officer"), f"/cases/{case.id}/letters"
    assert "Offenbaren Fehler berichtigen" in officer.read(f"{base}/{wrong.id}")
    assert officer.post(f"{base}/{wrong.id}/correction", what="").status_code == 422
    answer = officer.post(f"{base}/{wrong.id}/correction", what="Die Summe war falsch.")
    address = answer.headers["location"]
    assert "Berichtigt: Bescheid" in officer.read(address)
    assert "Berichtigt durch: Berichtigung: Bescheid" in officer.read(f"{base}/{wrong.id}")
    head = desks.of("head")
    with ponds.transaction(SYSTEM) as session:
        session.execute(
            text("update letter set model = jsonb_set(model, '{remedy}', 'null') where state = :s"),
            {"s": "draft"},
        )
    assert head.post(f"{address}/approve").status_code == 422
    officer.post(f"{address}/discard")
    second = officer.post(f"{base}/{wrong.id}/correction", what="Die Summe war falsch.")
    head.post(f"{second.headers['location']}/approve")
    ponds.run_jobs()
    assert "versandt" in head.read(second.headers["location"])

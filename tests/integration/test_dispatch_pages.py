"""The register of dispatches in the browser: filters, file, one entry, what is noted there."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from sqlalchemy import select, text
from sqlmodel import col
from tests.integration.desk import Desks, words
from tests.integration.ponds import Ponds

from grantflow.services.policy import SYSTEM
from grantflow.store.tables import Case, Dispatch, Letter

Clock = Callable[[str], None]


def entry(ponds: Ponds, case: Case, name: str = "grant_decision") -> str:
    with ponds.reading() as session:
        query = (
            select(col(Dispatch.id))
            .join(Letter, col(Letter.id) == col(Dispatch.letter_id))
            .where(col(Letter.case_id) == case.id, col(Letter.name) == name)
            .order_by(col(Dispatch.attempt).desc())
            .limit(1)
        )
        return f"/dispatches/{session.execute(query).scalar_one()}"


def test_the_register_shows_what_left_and_what_follows(desks: Desks) -> None:
    case = desks.ponds.granted()
    page = desks.of("registry").read("/dispatches")
    assert "2 Einträge" in page
    assert case.reference in page
    assert "05.02.2027" in page  # notified
    assert "05.03.2027" in page  # end of the remedy period
    assert case.reference not in desks.of("foreign").read("/dispatches")


def test_the_register_is_filtered(desks: Desks) -> None:
    case = desks.ponds.granted()
    officer = desks.of("officer")
    for query, found in (
        ({"letter": "grant_decision"}, 1),
        ({"channel": "post"}, 0),
        ({"channel": "portal"}, 2),
        ({"state": "returned"}, 0),
        ({"state": "todo"}, 0),
        ({"state": "final"}, 0),
        ({"text": case.reference}, 2),
        ({"text": "Frosch"}, 2),
        ({"text": "niemand"}, 0),
        ({"since": "2027-02-02"}, 0),
        ({"until": "2027-01-31"}, 0),
    ):
        until = {"until": "2027-02-01"} if "since" not in query else {"until": "2027-02-28"}
        page = officer.read("/dispatches", **{**until, **query})
        assert (f"{found} Eintr" in page) == (found > 0), (query, page[-600:])
    for wrong in ({"since": "gestern"}, {"channel": "x"}, {"state": "x"},
                  {"since": "2027-02-02", "until": "2027-02-01"}):  # fmt: skip
        assert officer.get("/dispatches", **wrong).status_code == 422


def test_the_register_is_a_file_for_a_spreadsheet_without_formulas(desks: Desks) -> None:
    case = desks.ponds.granted()
    with desks.ponds.transaction(SYSTEM) as session:
        session.execute(text("update organisation set name = '=1+1' where name = 'Froschfreunde'"))
    answer = desks.of("registry").get("/dispatches.csv", letter="grant_decision")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    (head, line) = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    row = dict(zip(head, line, strict=True))
    assert row["Aktenzeichen"] == case.reference
    assert row["Organisation"] == "'=1+1"
    assert (row["Bekannt gegeben am"], row["Weg"]) == ("05.02.2027", "Portal (elektronisch)")
    assert len(row["Prüfsumme des PDF"]) == 64


def test_an_entry_shows_proof_steps_and_history(desks: Desks) -> None:
    case = desks.ponds.granted()
    page = desks.of("registry").read(entry(desks.ponds, case))
    assert "§ 41 Abs. 2" in page
    assert "Schreiben versandt" in page
    assert desks.ponds.who("applicant").email in page
    assert "Rücklauf vermerken" in page
    assert "Rechtsbehelfsverzicht" not in page  # the registry does not decide
    assert "Rechtsbehelfsverzicht" in desks.of("officer").read(entry(desks.ponds, case))
    assert "Rechtsbehelfsverzicht" not in desks.of("officer").read(
        entry(desks.ponds, case, "acknowledgement")
    )


def test_from_the_return_to_the_second_notification(desks: Desks, clock: Clock) -> None:
    ponds = desks.ponds
    case = ponds.granted()
    clock("2027-02-08T09:00")
    officer = desks.of("officer")
    first = entry(ponds, case)
    back = desks.of("registry").post(
        f"{first}/return", on="2027-02-08", reason="moved", note="Verzogen"
    )
    page = desks.of("registry").follow(back)
    assert "Der Rücklauf ist vermerkt" in page
    assert "Gilt nicht als bekannt gegeben" in page
    assert "Bekannt gegeben am: 05.02.2027 → –" in page
    assert "1 Eintrag " in officer.read("/dispatches", state="todo")
    assert "zurückgekommen" in officer.read(f"/cases/{case.id}/letters")
    assert "9000" not in officer.read(f"/cases/{case.id}/deadlines")
    again = officer.post(
        f"{first}/again", channel="registered", sent_on="2027-02-08", why="Neue Anschrift"
    )
    page = officer.follow(again)
    assert "2. Bekanntgabe" in page
    assert "12. Februar 2027" in page
    assert "erneut bekannt gegeben" in officer.read(first)
    assert "Einschreiben" in officer.read(f"/cases/{case.id}/letters")
    assert officer.post(f"{first}/return", on="2027-02-08", reason="moved").status_code == 422


def test_what_cannot_be_is_refused_on_the_page_and_what_was_typed_stays(desks: Desks) -> None:
    case = desks.ponds.granted()
    officer, address = desks.of("officer"), entry(desks.ponds, case)
    for step, sent, said in (
        ("return", {"on": "2027-01-01", "reason": "moved"}, "vor dem Versand am 1. Februar 2027"),
        ("return", {"on": "2027-02-01", "reason": ""}, "warum das Schreiben zurückkam"),
        ("return", {"on": "", "reason": "moved"}, "Bitte geben Sie den Tag an"),
        ("receipt", {"on": "2027-02-30"}, "Das ist kein Datum"),
        ("receipt", {"on": "2027-03-01"}, "in der Zukunft"),
        ("again", {"channel": "post", "why": "x"}, "vermerken Sie zuerst den Rücklauf"),
        ("waiver", {"on": "2027-01-01"}, "vor dem Versand"),
    ):
        answer = officer.post(f"{address}/{step}", note="Getippt", **sent)
        assert answer.status_code == 422, (step, sent)
        assert said in words(answer), (step, sent)
    typed = officer.post(f"{address}/receipt", on="2027-03-01", note="Getippt")
    assert 'value="Getippt"' in typed.text


def test_receipt_and_waiver_are_noted(desks: Desks, clock: Clock) -> None:
    ponds = desks.ponds
    case = ponds.granted()
    address = entry(ponds, case)
    clock("2027-02-09T09:00")
    officer = desks.of("officer")
    page = officer.follow(officer.post(f"{address}/receipt", on="2027-02-08", note=""))
    assert "8. Februar 2027" in page
    page = officer.follow(officer.post(f"{address}/waiver", on="2027-02-09", note="Brief"))
    assert "Der Bescheid ist bestandskräftig" in page
    assert ponds.case(case.id).status == "FINAL"
    assert "Rechtsbehelfsverzicht vermerken" not in page


def test_somebody_with_a_conflict_does_not_see_the_entry(desks: Desks) -> None:
    case = desks.ponds.granted()
    with desks.ponds.transaction(SYSTEM) as session:
        session.execute(
            text(
                "insert into conflict_declaration"
                " (case_id, account_id, authority_id, conflict, reason, at)"
                " values (:c, :a, :o, true, 'Verwandt', now())"
            ),
            {
                "c": case.id,
                "a": desks.ponds.who("colleague").account_id,
                "o": case.authority_id,
            },
        )
    address = entry(desks.ponds, case)
    assert desks.of("colleague").get(address).status_code == 403
    assert desks.of("colleague").post(f"{address}/receipt", on="2027-02-01").status_code == 403

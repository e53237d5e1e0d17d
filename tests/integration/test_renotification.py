"""What happens to a letter after it left, and the timers that follow its dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import NOTICE, package

from grantflow.errors import Conflict, Invalid
from grantflow.services import case_views, deadlines, dispatches, renotification
from grantflow.services.notification import HELD
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import (
    Case,
    CaseEvent,
    CaseMessage,
    Deadline,
    Dispatch,
    Letter,
    Timer,
)

Clock = Callable[[str], None]
MONDAY = date(2027, 2, 1)


def sent(ponds: Ponds, case: Case, name: str = "grant_decision") -> Dispatch:
    """The last dispatch of a letter."""
    with ponds.reading() as session:
        query = (
            select(Dispatch)
            .join(Letter, col(Letter.id) == col(Dispatch.letter_id))
            .where(col(Letter.case_id) == case.id, col(Letter.name) == name)
            .order_by(col(Dispatch.attempt).desc())
            .limit(1)
        )
        return session.execute(query).scalar_one()


def timer(ponds: Ponds, case: Case) -> datetime | None:
    """When the diagram goes on by itself."""
    with ponds.reading() as session:
        query = select(col(Timer.due_at)).where(col(Timer.case_id) == case.id)
        return session.execute(query).scalar_one_or_none()


def remedies(ponds: Ponds, case: Case) -> list[Deadline]:
    with ponds.reading() as session:
        query = select(Deadline).where(col(Deadline.case_id) == case.id)
        found = session.execute(query.order_by(col(Deadline.created_at))).scalars()
        return [one for one in found if one.kind == "remedy"]


def running(ponds: Ponds, case: Case) -> list[date]:
    return [one.due_on for one in remedies(ponds, case) if one.state == "running"]


def events(ponds: Ponds, case: Case, kind: str) -> list[CaseEvent]:
    with ponds.reading() as session:
        query = select(CaseEvent).where(
            col(CaseEvent.case_id) == case.id, col(CaseEvent.kind) == kind
        )
        return list(session.execute(query.order_by(col(CaseEvent.id))).scalars())


def bring_back(ponds: Ponds, case: Case, who: str = "officer", **more: Any) -> Dispatch:
    facts = {"on": MONDAY, "reason": "moved", **more}
    return ponds.do(who, renotification.record_return, sent(ponds, case).id, **facts)


def test_a_returned_letter_counts_as_not_notified_and_nothing_becomes_final(
    ponds: Ponds, clock: Clock
) -> None:
    case = ponds.granted()
    before = sent(ponds, case)
    assert timer(ponds, case) is not None
    clock("2027-02-08T09:00")
    bring_back(ponds, case, "registry", on=date(2027, 2, 8), note="Verzogen nach Bergstadt")
    now = sent(ponds, case)
    assert now.id == before.id
    assert (now.state, now.returned_on, now.return_reason) == (
        "returned", date(2027, 2, 8), "moved"
    )  # fmt: skip
    assert (now.notified_on, now.remedy_end, now.safe_finality) == (None, None, None)
    assert running(ponds, case) == []
    assert timer(ponds, case) == HELD
    clock("2028-02-08T09:00")
    ponds.run_jobs()
    assert ponds.case(case.id).status == "NOTIFIED"


def test_the_officer_finds_a_note_and_the_history_says_who_and_why(ponds: Ponds) -> None:
    case = ponds.granted()
    bring_back(ponds, case, "registry", note="Neue Anschrift unbekannt")
    with ponds.reading() as session:
        query = select(CaseMessage).where(col(CaseMessage.case_id) == case.id)
        note = session.execute(query).scalar_one()
    assert note.internal
    assert "nicht als bekannt gegeben" in note.body
    assert note.body.endswith("Neue Anschrift unbekannt")
    (event,) = events(ponds, case, "dispatch.returned")
    assert (event.actor_name, event.public) == ("Registry", False)
    assert event.data["note"] == "Neue Anschrift unbekannt"
    assert event.data["before"]["notified_on"] == "2027-02-05"
    assert event.data["after"]["notified_on"] is None
    shown = ponds.look("applicant", case_views.case_view, case.id)
    assert "dispatch.returned" not in {e.kind for e in shown.events}


def test_a_second_notification_starts_the_periods_anew_and_keeps_the_first_entry(
    ponds: Ponds, clock: Clock
) -> None:
    case = ponds.granted()
    old_due = timer(ponds, case)
    clock("2027-02-10T09:00")
    bring_back(ponds, case, on=date(2027, 2, 10))
    first = sent(ponds, case)
    again = ponds.do(
        "officer", renotification.notify_again, first.id, "registered",
        "Anschrift ermittelt", date(2027, 2, 10),
    )  # fmt: skip
    assert (again.attempt, again.state, again.channel) == (2, "sent", "registered")
    # Handed over on Wednesday the 10th: notified on the fourth day, a Sunday, which stays.
    assert again.notified_on == date(2027, 2, 14)
    assert again.remedy_end == date(2027, 3, 15)
    assert again.safe_finality is not None
    with ponds.reading() as session:
        rows = session.execute(select(Dispatch).where(col(Dispatch.letter_id) == first.letter_id))
        assert sorted(one.attempt for one in rows.scalars()) == [1, 2]
    (due,) = running(ponds, case)
    assert due == date.fromordinal(again.safe_finality.toordinal() - 1)
    moved = timer(ponds, case)
    assert moved is not None
    assert old_due is not None
    assert old_due < moved < HELD
    clock(old_due.isoformat())
    ponds.run_jobs()
    assert ponds.case(case.id).status == "NOTIFIED"
    clock(moved.isoformat())
    ponds.run_jobs()
    assert ponds.case(case.id).status == "FINAL"
    assert running(ponds, case) == []


def test_a_second_notification_on_paper_waits_in_the_print_queue(
    ponds: Ponds, clock: Clock
) -> None:
    case = ponds.granted()
    bring_back(ponds, case)
    first = sent(ponds, case)
    again = ponds.do("officer", renotification.notify_again, first.id, "post", "Neue Anschrift")
    assert again.state == "queued"
    assert timer(ponds, case) == HELD
    queue = ponds.look("registry", dispatches.print_queue)
    assert [line.dispatch.id for line in queue] == [again.id]
    clock("2027-02-03T09:00")
    assert ponds.do("registry", dispatches.mark_printed, [first.letter_id]) == 1
    now = sent(ponds, case)
    assert (now.state, now.notified_on) == ("sent", date(2027, 2, 7))
    assert len(running(ponds, case)) == 1
    assert ponds.count(Dispatch, letter_id=first.letter_id) == 2
    assert len(events(ponds, case, "dispatch.left_again")) == 1
    assert len(events(ponds, case, "letter.dispatched")) == 2  # acknowledgement and decision


def test_a_second_notification_in_the_portal_leaves_at_once_with_a_notice(ponds: Ponds) -> None:
    case = ponds.granted()
    bring_back(ponds, case)
    again = ponds.do(
        "officer", renotification.notify_again, sent(ponds, case).id, "portal", "Jetzt mit Konto"
    )
    assert again.state == "sent"
    assert again.proof["notice_to"] == [ponds.who("applicant").email]
    assert again.notified_on == date(2027, 2, 5)


def test_service_with_proof_begins_nothing_before_the_proof_comes(
    ponds: Ponds, clock: Clock
) -> None:
    case = ponds.granted()
    bring_back(ponds, case)
    ponds.do(
        "officer", renotification.notify_again, sent(ponds, case).id, "return_receipt",
        "Sicher zugestellt", MONDAY,
    )  # fmt: skip
    assert sent(ponds, case).notified_on is None
    assert (running(ponds, case), timer(ponds, case)) == ([], HELD)
    clock("2027-02-15T09:00")
    ponds.do("registry", renotification.record_receipt, sent(ponds, case).id, date(2027, 2, 10))
    now = sent(ponds, case)
    assert (now.notified_on, now.remedy_end) == (date(2027, 2, 10), date(2027, 3, 10))
    assert len(running(ponds, case)) == 1
    assert timer(ponds, case) not in (None, HELD)


def test_later_receipt_moves_the_dates_and_the_timer(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    before, was_due = sent(ponds, case), timer(ponds, case)
    clock("2027-02-20T09:00")
    ponds.do("registry", renotification.record_receipt, before.id, date(2027, 2, 17), "Rückschein")
    now = sent(ponds, case)
    assert (now.received_on, now.notified_on) == (date(2027, 2, 17), date(2027, 2, 17))
    assert now.remedy_end == date(2027, 3, 17)
    assert [one.state for one in remedies(ponds, case)].count("void") == 1
    assert len(running(ponds, case)) == 1
    is_due = timer(ponds, case)
    assert was_due is not None
    assert is_due is not None
    assert is_due > was_due
    (event,) = events(ponds, case, "dispatch.received")
    assert event.data["before"]["remedy_end"] == "2027-03-05"
    assert event.data["after"]["remedy_end"] == "2027-03-17"
    assert event.data["note"] == "Rückschein"


def test_earlier_receipt_is_kept_and_changes_no_date(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    clock("2027-02-03T09:00")
    before, was_due = sent(ponds, case), timer(ponds, case)
    ponds.do("registry", renotification.record_receipt, before.id, date(2027, 2, 2))
    now = sent(ponds, case)
    assert (now.received_on, now.notified_on) == (date(2027, 2, 2), before.notified_on)
    assert timer(ponds, case) == was_due
    assert len(remedies(ponds, case)) == 1


def test_a_receipt_is_corrected_with_a_reason_only(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    clock("2027-02-20T09:00")
    entry = sent(ponds, case).id
    ponds.do("registry", renotification.record_receipt, entry, date(2027, 2, 17))
    with pytest.raises(Conflict):
        ponds.do("registry", renotification.record_receipt, entry, date(2027, 2, 17), "nochmal")
    with pytest.raises(Invalid) as refused:
        ponds.do("registry", renotification.record_receipt, entry, date(2027, 2, 15))
    assert refused.value.problems[0].place == "note"
    ponds.do("registry", renotification.record_receipt, entry, date(2027, 2, 15), "Tippfehler")
    assert sent(ponds, case).notified_on == date(2027, 2, 15)
    assert len(running(ponds, case)) == 1
    assert len(events(ponds, case, "dispatch.received")) == 2


def test_a_waiver_makes_the_decision_final_at_once(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    clock("2027-02-09T09:00")
    entry = sent(ponds, case).id
    ponds.do("officer", renotification.record_waiver, entry, date(2027, 2, 9), "Schreiben vom 8.")
    now = sent(ponds, case)
    assert (now.waived_on, now.safe_finality) == (date(2027, 2, 9), date(2027, 2, 9))
    assert ponds.case(case.id).status == "FINAL"
    assert timer(ponds, case) is None
    assert [one.state for one in remedies(ponds, case)] == ["met"]
    with pytest.raises(Conflict):
        ponds.do("officer", renotification.record_waiver, entry, date(2027, 2, 9))
    (event,) = events(ponds, case, "dispatch.waived")
    assert event.data["note"] == "Schreiben vom 8."


def test_a_return_after_finality_takes_the_dates_back_and_a_new_period_ends_by_the_calendar(
    ponds: Ponds, clock: Clock
) -> None:
    case = ponds.granted()
    clock("2027-05-03T09:00")
    ponds.run_jobs()
    assert ponds.case(case.id).status == "FINAL"
    bring_back(ponds, case, on=date(2027, 5, 3), reason="not_received")
    assert [one.state for one in remedies(ponds, case)] == ["void"]
    again = ponds.do(
        "officer", renotification.notify_again, sent(ponds, case).id, "registered",
        "Zugang bestritten", date(2027, 5, 3),
    )  # fmt: skip
    assert again.safe_finality is not None
    assert len(running(ponds, case)) == 1
    assert ponds.case(case.id).status == "FINAL"
    clock("2027-08-02T09:00")
    ponds.do("system", deadlines.mark_missed)
    assert [one.state for one in remedies(ponds, case)].count("met") == 1


def test_a_waiver_after_finality_changes_nothing(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    clock("2027-06-01T09:00")
    with pytest.raises(Conflict) as refused:
        ponds.do("officer", renotification.record_waiver, sent(ponds, case).id, date(2027, 6, 1))
    assert refused.value.key == "dispatches.final_already"


def test_a_moved_timer_is_in_utc_and_ends_at_midnight_in_germany(
    ponds: Ponds, clock: Clock
) -> None:
    case = ponds.granted()
    clock("2027-04-01T09:00")
    due = timer(ponds, case)
    assert due is not None
    bring_back(ponds, case, on=date(2027, 3, 20))
    ponds.do(
        "officer", renotification.notify_again, sent(ponds, case).id, "post", "x", date(2027, 4, 1)
    )
    moved = timer(ponds, case)
    assert moved is not None
    assert moved.astimezone(UTC).hour == 22  # summer time


def test_a_remedy_period_waits_where_the_first_service_still_has_to_be_proved(
    sessions: Sessions, test_settings: Settings, clock: Clock
) -> None:
    clock("2027-02-01T10:00")
    notice = NOTICE.replace(
        b'name="hold" value="true"', b'name="hold" value="true"/><s:property name="channel" '
        b'value="formal_service"', 1,
    )  # fmt: skip
    ponds = build(sessions, test_settings, package(notice=notice))
    case = ponds.granted()
    letter = next(one for one in ponds.letters(case) if one.name == "grant_decision")
    ponds.do("registry", dispatches.mark_printed, [letter.id])
    assert sent(ponds, case).notified_on is None
    assert (running(ponds, case), timer(ponds, case)) == ([], HELD)
    clock("2027-02-15T09:00")
    ponds.do("registry", renotification.record_receipt, sent(ponds, case).id, date(2027, 2, 10))
    assert sent(ponds, case).remedy_end == date(2027, 3, 10)
    assert len(running(ponds, case)) == 1
    assert timer(ponds, case) not in (None, HELD)

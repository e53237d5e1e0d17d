"""Overdue work of staff: reminded of, reminded of again, told to the head of unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col
from tests.integration.desk import Desks
from tests.integration.ponds import Ponds
from tests.integration.theatre import Theatre

from grantflow.jobs import handlers
from grantflow.jobs.schedule import SCHEDULE
from grantflow.jobs.workplace import Job, open_workplace
from grantflow.services import cases, tasks
from grantflow.services.policy import SYSTEM
from grantflow.store import deadlines as deadline_rows
from grantflow.store import reviews
from grantflow.store.tables import Account, Case, CaseEvent, ConflictDeclaration, Task

Clock = Callable[[str], None]
FIRST = "Überfällig in POND-2027-00001: Check"
SECOND = "Zweite Erinnerung, überfällig in POND-2027-00001: Check"
THIRD = "Liegen geblieben in POND-2027-00001: Check"


def letters(folder: Path) -> list[tuple[str, str, str]]:
    """Subject, recipient and text of the mails that left since the last look."""
    found = []
    for path in sorted(folder.glob("outbox/*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        name = mail["To"].addresses[0].display_name
        found.append((str(mail["Subject"]), name, mail.get_content()))
        path.unlink()
    return sorted(found)


def hour(ponds: Ponds) -> list[tuple[str, str]]:
    """What the job by the clock has sent: subject and recipient."""
    letters(ponds.settings.data_dir)
    handlers.escalate(open_workplace(ponds.settings, ponds.sessions), Job(0, "escalate"))
    ponds.run_jobs()
    return [(subject, name) for subject, name, _ in letters(ponds.settings.data_dir)]


def change(ponds: Ponds, row: Task, **values: Any) -> None:
    with ponds.transaction(SYSTEM) as session:
        session.execute(update(Task).where(col(Task.id) == row.id).values(**values))


def history(ponds: Ponds, case: Case) -> list[CaseEvent]:
    with ponds.reading() as session:
        query = select(CaseEvent).where(col(CaseEvent.case_id) == case.id)
        events = session.scalars(query.order_by(col(CaseEvent.id))).all()
    return [e for e in events if e.kind.startswith(("task.overdue", "task.escalated"))]


@pytest.fixture
def case(ponds: Ponds) -> Case:
    """Handed in on 1 February; the check was due on 15 February."""
    found = ponds.submitted()
    ponds.run_jobs()
    return found


def test_the_clock_orders_it() -> None:
    assert SCHEDULE[handlers.ESCALATE]
    assert handlers.HANDLERS[handlers.ESCALATE] is handlers.escalate


def test_whoever_has_taken_the_task_climbs_alone_until_the_head_is_told(
    ponds: Ponds, case: Case, clock: Clock
) -> None:
    ponds.do("officer", tasks.claim, ponds.tasks(case.id)["check"].id)
    sent = {}
    for day in ("02-15T22:30", "02-15T23:30", "02-21T22:30", "02-22T06:00", "02-28T22:30",
                "03-01T06:00", "03-14T22:30", "03-15T06:00", "03-29T06:00"):  # fmt: skip
        clock(f"2027-{day}")
        sent[day] = hour(ponds)
        assert hour(ponds) == [], "nobody gets two mails for one rung"
    assert {day: mails for day, mails in sent.items() if mails} == {
        "02-15T23:30": [(FIRST, "Officer")],
        "02-22T06:00": [(SECOND, "Officer")],
        "03-01T06:00": [(THIRD, "Head")],
        "03-15T06:00": [(THIRD, "Head")],
        "03-29T06:00": [(THIRD, "Head")],
    }
    events = history(ponds, case)
    kinds = ["task.overdue", "task.overdue_again", *["task.escalated"] * 3]
    assert [event.kind for event in events] == kinds
    assert [event.data["to"] for event in events] == ["Officer", "Officer", *["Head"] * 3]
    assert {event.data["due_on"] for event in events} == {"2027-02-15"}
    assert not any(event.public for event in events)
    assert ponds.tasks(case.id)["check"].escalated_on == date(2027, 3, 29)


def test_a_free_task_is_everybodys_with_its_role(ponds: Ponds, case: Case, clock: Clock) -> None:
    clock("2027-02-16T09:00")
    assert hour(ponds) == [(FIRST, "Colleague"), (FIRST, "Head"), (FIRST, "Officer")]


def test_the_mail_says_the_day_and_leads_to_the_task(
    ponds: Ponds, case: Case, clock: Clock
) -> None:
    task = ponds.tasks(case.id)["check"]
    with ponds.transaction(SYSTEM) as session:
        session.execute(update(Account).where(col(Account.name) == "Officer").values(language="en"))
    ponds.do("officer", tasks.claim, task.id)
    clock("2027-02-16T09:00")
    letters(ponds.settings.data_dir)
    handlers.escalate(open_workplace(ponds.settings, ponds.sessions), Job(0, "escalate"))
    ponds.run_jobs()
    ((subject, _, body),) = letters(ponds.settings.data_dir)
    assert subject == "Overdue in POND-2027-00001: check"
    assert "It was due by 15/02/2027." in body
    assert f"/tasks/{task.id}" in body


def test_where_the_clock_went_far_only_the_highest_rung_counts(
    ponds: Ponds, case: Case, clock: Clock
) -> None:
    clock("2027-04-16T09:00")
    assert hour(ponds) == [(THIRD, "Head")]
    clock("2027-04-20T09:00")
    assert hour(ponds) == []
    assert len(history(ponds, case)) == 1


def test_a_task_that_is_done_is_left_alone(ponds: Ponds, case: Case, clock: Clock) -> None:
    clock("2027-02-16T09:00")
    assert hour(ponds)
    ponds.complete("officer", case, "check", verdict="good")
    clock("2027-03-20T09:00")
    assert hour(ponds) == []


def test_what_an_applicant_owes_is_not_on_this_ladder(ponds: Ponds, clock: Clock) -> None:
    case = ponds.open()
    clock("2027-03-25T09:00")
    due_at = ponds.tasks(case.id)["submit"].due_at
    assert due_at is not None
    assert due_at.date() < date(2027, 3, 25)
    assert hour(ponds) == []


def test_a_task_with_another_limit_begins_anew(ponds: Ponds, case: Case, clock: Clock) -> None:
    clock("2027-03-02T09:00")
    assert hour(ponds) == [(THIRD, "Head")]
    task = ponds.tasks(case.id)["check"]
    assert task.due_at is not None
    later = task.due_at.replace(month=3, day=10)
    with ponds.transaction(SYSTEM) as session:
        deadline_rows.set_task_limits(session, task.instance_id, ["check"], later)
    assert ponds.tasks(case.id)["check"].escalated_on is None
    clock("2027-03-11T09:00")
    assert len(hour(ponds)) == 3


def test_nobody_is_told_of_what_they_may_not_do(ponds: Ponds, clock: Clock) -> None:
    case = ponds.drafted()
    task = ponds.tasks(case.id)["approve"]
    change(ponds, task, role="CASE_OFFICER", due_at=task.created_at)
    declared = ConflictDeclaration(
        case_id=case.id, account_id=ponds.who("colleague").account_id,
        authority_id=case.authority_id, conflict=True, reason="Vetter", at=task.created_at,
    )  # fmt: skip
    with ponds.transaction(SYSTEM) as session:
        reviews.write_declaration(session, declared)
    ponds.run_jobs()
    clock("2027-02-03T09:00")
    assert [name for _, name in hour(ponds)] == ["Head"]


def test_where_nobody_can_do_it_the_head_hears_at_once(ponds: Ponds, clock: Clock) -> None:
    case = ponds.submitted()
    change(ponds, ponds.tasks(case.id)["check"], role="BUDGET_OFFICER")
    ponds.run_jobs()
    clock("2027-02-16T09:00")
    assert hour(ponds) == [(FIRST, "Head")]


def test_who_has_left_is_not_written_to(ponds: Ponds, case: Case, clock: Clock) -> None:
    ponds.do("officer", tasks.claim, ponds.tasks(case.id)["check"].id)
    with ponds.transaction(SYSTEM) as session:
        session.execute(update(Account).where(col(Account.name) == "Officer").values(active=False))
    clock("2027-02-16T09:00")
    assert [name for _, name in hour(ponds)] == ["Colleague", "Head"]


def test_a_case_somebody_works_on_is_left_to_the_next_time(live_ponds: Ponds, clock: Clock) -> None:
    case = live_ponds.submitted()
    live_ponds.run_jobs()
    clock("2027-02-16T09:00")
    with live_ponds.transaction(SYSTEM) as session:
        cases.lock_case(session, SYSTEM, case.id)
        assert hour(live_ponds) == []
    assert len(hour(live_ponds)) == 3


def test_everybody_sees_it_and_the_head_on_the_overview(desks: Desks, clock: Clock) -> None:
    ponds = desks.ponds
    case, other = ponds.submitted(), ponds.submitted()
    change(ponds, ponds.tasks(other.id)["check"], due_at=None)
    clock("2027-03-02T09:00")
    head, officer = desks.of("head"), desks.of("officer")
    assert "0 Liegen geblieben" in head.read("/dashboard")
    hour(ponds)
    mark = "Referatsleitung verständigt am 02.03.2027"
    assert "1 Liegen geblieben" in head.read("/dashboard")
    assert "Liegen geblieben" not in officer.read("/dashboard")
    task = ponds.tasks(case.id)["check"]
    for page in ("/dashboard", "/tasks?scope=roles", f"/tasks/{task.id}", f"/cases/{case.id}"):
        assert officer.read(page).count(mark) == 1, page
    found = head.read("/tasks?scope=all&escalated=1")
    assert case.reference in found
    assert other.reference not in found
    api = desks.api("officer")
    by_api = api.get(f"/api/v1/tasks/{task.id}").json()
    assert (by_api["escalated_on"], by_api["next_reminder_on"]) == ("2027-03-02", "2027-03-15")
    fresh = api.get(f"/api/v1/tasks/{ponds.tasks(other.id)['check'].id}").json()
    assert (fresh["escalated_on"], fresh["next_reminder_on"]) == (None, None)
    said = "Referatsleitung verständigt (Head): Check, fällig bis 15.02.2027"
    assert said in officer.read(f"/cases/{case.id}/timeline")


def test_who_owes_money_is_told_when_it_is_late(theatre: Theatre) -> None:
    words = theatre.words("bamf_model_projects", "recovered_with_interest")
    late = {"2026-10-01T10:00:00+02:00": "2026-10-07T10:00:00+02:00",
            "2026-11-10T10:00:00+01:00": "2026-11-18T10:00:00+01:00"}  # fmt: skip
    for before, after in late.items():
        assert before in words
        words = words.replace(before, after)
    folder = theatre.play("bamf_model_projects", words).world.settings.data_dir
    told = [
        (name, body.replace("\xa0", " "))
        for subject, name, body in letters(folder)
        if subject.startswith("Zahlung überfällig: ")
    ]
    assert len(told) == 2
    assert {name for name, _ in told} == {theatre.cast.file.applicants[0].name}
    said = " ".join(body for _, body in told)
    assert "Noch offen: 12.000,00 €" in said
    assert "Zahlbar bis: 05.10.2026" in said
    assert "Noch offen: 294,09 €" in said
    assert "Zahlbar bis: 16.11.2026" in said

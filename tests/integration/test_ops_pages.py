"""Operations: health, failed jobs, and the check of a case's history."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from tests.integration.desk import Desks, words

from grantflow.services.notification import HELD
from grantflow.services.policy import SYSTEM
from grantflow.store import jobs


@pytest.fixture
def failed(desks: Desks) -> int:
    """The id of a job that failed."""
    case = desks.ponds.submitted()
    with desks.ponds.transaction(SYSTEM) as session:
        job = jobs.fetch_job(session)
        assert job is not None
        jobs.note_error(session, job.id, str(case.id), "Drucker brennt", case.opened_at)
        jobs.fail_job(session, job.id)
        return int(job.id)


def test_health_says_that_no_worker_runs(desks: Desks) -> None:
    page = desks.of("admin").read("/ops")
    for said in ("Datenbank in Ordnung", "Hintergrunddienst gestört", "noch nie gesehen"):
        assert said in page
    assert "Kein Auftrag ist fehlgeschlagen." in page


def test_a_failed_job_is_tried_again(desks: Desks, failed: int) -> None:
    admin = desks.of("admin")
    page = admin.read("/ops")
    assert "Drucker brennt" in page
    assert "POND-2027-00001" in page
    assert "erneut versucht" in admin.follow(admin.post(f"/ops/jobs/{failed}/retry"))
    assert "Kein Auftrag ist fehlgeschlagen." in admin.read("/ops")
    assert admin.post(f"/ops/jobs/{failed}/retry").status_code == 404


def test_a_failed_job_is_given_up_with_a_reason(desks: Desks, failed: int) -> None:
    admin = desks.of("admin")
    refused = admin.post(f"/ops/jobs/{failed}/give-up", reason=" ")
    assert refused.status_code == 422
    assert "Bitte nennen Sie einen Grund." in words(refused)
    done = admin.post(f"/ops/jobs/{failed}/give-up", reason="Brief liegt schon vor.")
    page = admin.follow(done)
    assert "Aufgegebene Aufträge" in page
    assert "Brief liegt schon vor." in page
    assert "Admin" in page


def test_timers_that_come_next_are_named(desks: Desks) -> None:
    case = desks.ponds.open()
    assert "Application: Lapsed POND-2027-00001" in desks.of("admin").read("/ops")
    with desks.ponds.transaction(SYSTEM) as session:
        session.execute(text("update timer set due_at = '2027-02-12T23:00Z' where case_id = :id"),
                        {"id": case.id})  # fmt: skip
    assert "bis zum Ablauf des 12. Februar 2027" in desks.of("admin").read("/ops")
    with desks.ponds.transaction(SYSTEM) as session:
        session.execute(text("update timer set due_at = :held where case_id = :id"),
                        {"id": case.id, "held": HELD})  # fmt: skip
    assert "Lapsed" not in desks.of("admin").read("/ops")


def test_an_unchanged_history_is_confirmed(desks: Desks) -> None:
    case = desks.ponds.submitted()
    page = desks.of("admin").read("/ops", reference=case.reference)
    assert f"Die Akte {case.reference} ist unverändert" in page
    assert "keinen Vorgang" in desks.of("admin").read("/ops", reference="POND-1")


def test_a_changed_history_is_noticed(desks: Desks) -> None:
    case = desks.ponds.submitted()
    with desks.ponds.transaction(SYSTEM) as session:
        session.execute(text("update grant_case set last_event_hash = 'x' where id = :id"),
                        {"id": case.id})  # fmt: skip
    page = desks.of("admin").read("/ops", reference=case.reference)
    assert "wurde verändert" in page

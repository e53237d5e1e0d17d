"""The task list of a caseworker at ten thousand cases."""

from __future__ import annotations

from statistics import median
from typing import Any

from sqlalchemy import text

from grantflow.services import tasks
from grantflow.store import db
from tests.benchmark.steps import timed
from tests.benchmark.world import Bench

CASES = 10_000
_CASES = text("""
insert into grant_case (id, authority_id, programme_id, programme_version_id, call_id,
    organisation_id, reference, title, status, stage, opened_at, opened_by)
select gen_random_uuid(), c.authority_id, c.programme_id, c.programme_version_id, c.call_id,
    c.organisation_id, 'BULK-' || n, 'Vorhaben ' || n, 'SUBMITTED', 'application',
    now() - n * interval '1 minute', c.opened_by
from grant_case c, generate_series(1, :count) n where c.id = :case
""")
_INSTANCES = text("""
insert into process_instance (id, case_id, authority_id, process_id, status, version, state, facts,
    started_at)
select gen_random_uuid(), id, authority_id, 'lifecycle', 'running', 1, '', '{}', opened_at
from grant_case where reference like 'BULK-%'
""")
_TASKS = text("""
insert into task (id, instance_id, case_id, authority_id, programme_id, element_id, process_id,
    name, role, form, not_by, facts, status, created_at, due_at)
select gen_random_uuid(), i.id, c.id, c.authority_id, c.programme_id, 'check_payment',
    'lifecycle', '{"de": "Prüfen", "en": "Check"}', 'CASE_OFFICER', 'check_payment', '[]', '{}',
    'open', c.opened_at, c.opened_at + interval '14 days'
from grant_case c join process_instance i on i.case_id = c.id where c.reference like 'BULK-%'
""")


def measure(bench: Bench) -> dict[str, Any]:
    """Median milliseconds and statements of one page of the list of all open tasks."""
    case_id = bench.new_case()
    owner = db.connect(bench.urls.owner.replace("grantflow_owner@", "postgres@"), 1)
    with owner.engine.begin() as connection:
        connection.execute(_CASES, {"count": CASES, "case": case_id})
        connection.execute(_INSTANCES)
        connection.execute(_TASKS)
        connection.execute(text("analyze"))
    owner.dispose()

    def page() -> None:
        with db.reading(bench.sessions, bench.officer.scope) as session:
            found = tasks.list_tasks(session, bench.officer, "all")
            if found.counts.all < CASES:
                raise RuntimeError(f"only {found.counts.all} tasks are seen")

    page()
    with db.counting(bench.sessions) as counter:
        page()
    return {
        "task_list_ms": median(timed(page) for _ in range(20)),
        "task_list_queries": len(counter),
    }

"""What may still begin in a case that is over, and what it begins with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import (
    PROGRAMME,
    effect,
    end,
    package,
    process,
    start,
    task,
)

from grantflow.errors import Conflict
from grantflow.programmes.package import Package
from grantflow.services import cases
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, Decision

LATE = process(
    "late",
    {"Amt": "note", "System": "claim"},
    start(),
    task("note", form="none"),
    effect("claim", "decide", kind="recovery", outcome="claim", amount="=approved_amount"),
    end(),
    flow="begin > note > claim > finish",
)
SIDE = """
[side_processes.late]
title = { de = "Spät", en = "Late" }
role = "CASE_OFFICER"
stages = ["notice"]
statuses = ["FINAL"]
"""


@pytest.fixture
def late_ponds(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> tuple[Ponds, Case]:
    """A case whose lifecycle has ended, and a side process that such a case may begin."""
    clock("2027-02-01T10:00")
    files = {**package(late=LATE).files, "programme.toml": (PROGRAMME + SIDE).encode()}
    ponds = build(sessions, test_settings, Package(files))
    case = ponds.granted()
    clock("2027-05-10T09:00")
    ponds.run_jobs()
    ponds.complete("officer", case, "wrap_up")
    assert ponds.case(case.id).closed_at is not None
    return ponds, case


def test_a_process_in_a_case_that_is_over_knows_what_was_decided(
    late_ponds: tuple[Ponds, Case],
) -> None:
    ponds, case = late_ponds
    ponds.do("officer", cases.start_side_process, case.id, "late")
    ponds.complete("officer", case, "note")
    with ponds.reading() as session:
        query = select(Decision).where(
            col(Decision.case_id) == case.id, col(Decision.kind) == "recovery"
        )
        assert session.execute(query).scalar_one().amount == Decimal(20000)


def test_only_what_names_the_last_status_begins_in_a_case_that_is_over(
    late_ponds: tuple[Ponds, Case],
) -> None:
    ponds, case = late_ponds
    with pytest.raises(Conflict) as refused:
        ponds.do("officer", cases.start_side_process, case.id, "opinions")
    assert refused.value.key == "services.cases.not_in_this_stage"

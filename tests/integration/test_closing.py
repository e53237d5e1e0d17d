"""A case is closed when nobody has anything to do in it any more."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.desk import open_desks, words
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import (
    PROGRAMME,
    call,
    end,
    message,
    package,
    process,
    start,
    task,
)
from tests.integration.test_letter_facts import moved

from grantflow.engine import Effect
from grantflow.errors import Conflict
from grantflow.programmes.package import Package
from grantflow.services import audit, cases, effects
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, CaseEvent, ProcessInstance
from grantflow.texts import text

CLOSED = Effect(uuid4(), "mark_closed", "status", {"effect": "status", "status": "CLOSED"})
OPINIONS = process(
    "opinions", {}, start(), call("look_closer", "conclusion"),
    message("told", "opinion_told"), end(), flow="begin > look_closer > told > finish",
    messages="opinion_told",
)  # fmt: skip

CONCLUSION = process(
    "conclusion", {"Amt": "conclude"}, start(), task("conclude", form="none"), end(),
    flow="begin > conclude > finish",
)  # fmt: skip

WRAP_UP = process(
    "wrap_up", {"Leitung": "wrap"}, start(), task("wrap", form="none", closes="true"), end(),
    flow="begin > wrap > finish",
)  # fmt: skip
SIDES = """
[side_processes.wrap_up]
title = { de = "Abschluss", en = "Wrapping up" }
role = "HEAD_OF_UNIT"
"""


@pytest.fixture
def ponds(sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]) -> Ponds:
    clock("2027-02-01T09:00")
    files = package(opinions=OPINIONS, conclusion=CONCLUSION, wrap_up=WRAP_UP).files
    told = (PROGRAMME + SIDES).encode()
    return build(sessions, test_settings, Package({**files, "programme.toml": told}))


def close(ponds: Ponds, case: Case) -> str:
    """The status of the case after its stage wants to close it."""
    with ponds.transaction(SYSTEM) as session:
        move, row = moved(session, case)
        effects.status(move, row, CLOSED)
        audit.record_all(session, case.id, case.authority_id, SYSTEM, move.entries)
        return str(move.case.status)


def refusal(ponds: Ponds, case: Case, language: str) -> str:
    with pytest.raises(Conflict) as refused:
        close(ponds, case)
    assert ponds.case(case.id).status != "CLOSED"
    return text(refused.value.key, language, **refused.value.params)


def running(ponds: Ponds, case: Case) -> set[str]:
    query = select(col(ProcessInstance.process_id)).where(
        col(ProcessInstance.case_id) == case.id, col(ProcessInstance.status) == "running"
    )
    with ponds.reading() as session:
        return set(session.scalars(query))


def test_what_only_the_applicant_has_begun_ends_with_the_case(ponds: Ponds) -> None:
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    assert close(ponds, case) == "CLOSED"
    assert "payment" not in running(ponds, case)
    assert "ask" not in ponds.tasks(case.id)
    query = select(CaseEvent).where(
        col(CaseEvent.case_id) == case.id, col(CaseEvent.kind) == "process.cancelled"
    )
    with ponds.reading() as session:
        (noted,) = session.scalars(query).all()
    assert (noted.data["name"]["de"], noted.public) == ("Payment", True)


def test_what_the_applicant_has_handed_in_is_decided_first(ponds: Ponds) -> None:
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="500")
    assert "„Payment“ (offen: „Look“)" in refusal(ponds, case, "de")
    assert "“Payment (en)” (open: “look”)" in refusal(ponds, case, "en")
    assert "look" in ponds.tasks(case.id)


def test_a_process_that_waits_for_an_outcome_is_waited_for(ponds: Ponds) -> None:
    case = ponds.granted()
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    ponds.complete("officer", case, "conclude")
    assert "„Opinions“." in refusal(ponds, case, "de")
    ponds.do("system", cases.send_message, case.id, "opinion_told", {})
    assert close(ponds, case) == "CLOSED"


def test_every_process_that_is_left_is_named_with_what_is_open_in_it(
    ponds: Ponds, clock: Callable[[str], None]
) -> None:
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="500")
    clock("2027-02-02T09:00")
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    named = "„Payment“ (offen: „Look“), „Opinions“ (offen: „Conclude“)."
    assert named in refusal(ponds, case, "de")


def test_what_keeps_a_case_open_stands_above_the_task_that_would_close_it(ponds: Ponds) -> None:
    case = ponds.granted()
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    ponds.do("head", cases.start_side_process, case.id, "wrap_up")
    with open_desks(ponds) as desks:
        address = f"/tasks/{ponds.tasks(case.id)['wrap'].id}"
        page = words(desks.of("head").get(address))
        assert "Der Fall kann noch nicht abgeschlossen werden" in page
        assert "„Opinions“ (offen: „Conclude“)" in page
        ponds.complete("officer", case, "conclude")
        assert "offen: „Conclude“" not in words(desks.of("head").get(address))

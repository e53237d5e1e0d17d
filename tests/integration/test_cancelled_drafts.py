"""A process that is interrupted takes the letters it has drafted with it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import LIFECYCLE, package

from grantflow.programmes.package import Package
from grantflow.services import advance
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.cases import lock_case
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, CaseEvent

WITHDRAWN_LATER = LIFECYCLE.replace(
    b'attachedToRef="run_application"', b'attachedToRef="run_notice"'
)


def interrupt(ponds: Ponds, case: Case) -> None:
    with ponds.transaction(SYSTEM) as session:
        programme = programme_of(session, case.programme_version_id)
        assert advance.send_message(
            session, SYSTEM, lock_case(session, case.id), programme, "withdrawal"
        )


def test_the_draft_of_an_interrupted_process_can_never_leave(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> None:
    clock("2027-02-01T10:00")
    assert WITHDRAWN_LATER != LIFECYCLE
    files = {**package(lifecycle=WITHDRAWN_LATER).files}
    ponds = build(sessions, test_settings, Package(files))
    case = ponds.drafted()
    (draft,) = [one for one in ponds.letters(case) if one.name == "grant_decision"]
    assert draft.state == "draft"
    interrupt(ponds, case)
    states = {one.name: one.state for one in ponds.letters(case)}
    assert states["grant_decision"] == "discarded"
    assert states["acknowledgement"] != "discarded"
    with ponds.reading() as session:
        query = select(CaseEvent).where(col(CaseEvent.kind) == "letter.discarded")
        (event,) = session.execute(query).scalars()
        assert event.data["letter"] == str(draft.id)

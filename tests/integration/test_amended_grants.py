"""An amendment and a recovery of one grant, through the services: grant, commitment, letters."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds
from tests.integration.test_claims import paid
from tests.integration.test_letter_law import draft, problems

from grantflow.cli import demo_world
from grantflow.cli.stories import Story, Told
from grantflow.cli.world import World
from grantflow.documents import open_blobs
from grantflow.programmes import check
from grantflow.programmes.load import read
from grantflow.services import ledger
from grantflow.settings import Settings
from grantflow.store import db, embedded
from grantflow.store import demo as facts
from grantflow.store.tables import Case, Letter

Play = Callable[[], tuple[World, Told]]


@pytest.fixture
def play(database: embedded.Urls, live_sessions: db.Sessions, tmp_path: Path) -> Play:
    """Plays the shipped scenario in which a grant is amended while a recovery runs."""
    chosen = Settings(
        database_url=database.application, owner_database_url=database.owner, data_dir=tmp_path
    )
    world = World(chosen, database, live_sessions)
    cast = demo_world.load_people(world)

    def told() -> tuple[World, Told]:
        folder = chosen.workflows_dir / "bamf_model_projects"
        package = check.from_folder(folder, chosen.templates_dir / "letters")
        programme = read(package)
        scenario = next(
            one for one in check.scenarios(package) if one.name == "amended_while_recovering"
        )
        with world.reading() as session:
            call = facts.call_of(session, programme.key, scenario.call)
        return world, Story(world, cast, open_blobs(world.settings), programme, scenario).tell(call)

    return told


def net_commitment(world: World, told: Told) -> Decimal:
    """Euro committed and still open, with what was paid and has not come back."""
    with world.reading() as session:
        found = ledger.position(session, told.case_id)
    return found.committed - found.returned


def test_an_amendment_final_after_a_recovery_adds_to_what_is_left(play: Play) -> None:
    world, told = play()
    assert [(one.key, one.params) for one in told.problems] == []
    assert net_commitment(world, told) == Decimal("51000.00")
    with world.reading() as session:
        named = select(Letter).where(
            col(Letter.case_id) == told.case_id, col(Letter.name) == "amendment_decision"
        )
        amendment = session.execute(named).scalar_one()
        assert amendment.model["facts"]["statement_until"] == "2027-09-30"


def test_a_change_starts_from_the_grant_of_the_day(ponds: Ponds) -> None:
    case = ponds.granted()
    letter = draft(ponds, case)
    with ponds.reading() as session:
        granted = session.get_one(Case, case.id).approved
    change = {"old_amount": str(granted), "new_amount": "4999.99"}
    name = "amendment_decision"
    assert not {"change_of_old_grant_money", "change_below_kept_money"} & {
        *problems(ponds, letter, name, **change)
    }
    stale = {**change, "old_amount": "1.00"}
    assert "change_of_old_grant_money" in problems(ponds, letter, name, **stale)
    paid(ponds, case, "5000.00")
    assert "change_below_kept_money" in problems(ponds, letter, name, **change)
    enough = {**change, "new_amount": "5000.00"}
    assert "change_below_kept_money" not in problems(ponds, letter, name, **enough)

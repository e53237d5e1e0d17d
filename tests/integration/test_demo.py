"""The demo: every story of the shipped programmes through the services, with real letters."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.integration.theatre import Theatre

from grantflow import clock as grantflow_clock
from grantflow import letters
from grantflow.cli import demo, demo_world
from grantflow.cli.cast import Cast
from grantflow.cli.world import World
from grantflow.documents import open_blobs
from grantflow.errors import NotAllowed
from grantflow.services import audit, payment_files

CAME_BACK = text("select distinct case_id from ledger_entry where bucket = 'returned'")
NEVER_LEFT = text(
    "select p.id from payment p where p.state in ('ordered', 'paid')"
    " and p.case_id in (select case_id from ledger_entry where bucket = 'returned')"
    " and not exists (select 1 from payment_file_entry e join payment_file f on f.id = e.file_id"
    " where e.payment_id = p.id and f.state = 'released')"
)
LEAST_CASES, LEAST_LETTERS, LEAST_KINDS = 15, 60, 18


@pytest.fixture
def world(theatre: Theatre) -> World:
    return theatre.opened()


@pytest.fixture
def cast(theatre: Theatre) -> Cast:
    return theatre.cast


@pytest.mark.printed
@pytest.mark.xdist_group("demo")
def test_every_story_ends_as_expected_and_its_letters_are_sound(
    world: World, cast: Cast, tmp_path: Path
) -> None:
    told = list(demo_world.tell_all(world, cast))
    assert [(t.scenario.name, t.problems) for t in told if t.problems] == []
    assert len(told) >= LEAST_CASES
    blobs = open_blobs(world.settings)
    pdfs = [(t, blobs.get(s.sha256)) for t in told for s in t.letters if s.sha256]
    assert len(pdfs) >= LEAST_LETTERS
    assert len({one.name for t in told for one in t.letters}) >= LEAST_KINDS
    assert [p for _, pdf in pdfs[::4] for p in letters.check(pdf)] == []
    for one in told:
        demo._write(world, one, tmp_path / "out")
        with world.reading() as session:
            assert audit.verify_chain(session, one.case_id).broken_at is None
    with world.reading() as session:
        assert session.execute(CAME_BACK).scalars().all()
        assert session.execute(NEVER_LEFT).scalars().all() == []
    demo._summary(told, tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*/timeline.txt"))) == len(told)


@pytest.mark.xdist_group("demo")
def test_a_story_that_cannot_go_on_names_the_field(world: World, cast: Cast) -> None:
    found = ((p, s) for p, s in demo_world.stories(world) if s.name == "just_submitted")
    programme, scenario = next(found)
    step = scenario.step[0]
    wrong = step.model_copy(update={"answers": {**step.answers, "project_from": "gestern"}})
    changed = scenario.model_copy(update={"step": (wrong, *scenario.step[1:])})
    told = demo_world._told(world, cast, programme, changed, None)
    refused = [one for one in told.problems if one.key == "programmes.scenario.answers"]
    assert [one.params["field"] for one in refused] == ["project_from"]


@pytest.mark.xdist_group("demo")
def test_an_installation_begins_with_cases_that_are_under_way(world: World, cast: Cast) -> None:
    with grantflow_clock.at(datetime.fromisoformat("2026-06-30T10:00:00+02:00")):
        demo_world.load(world)
        demo_world.load(world)
    with world.reading() as session:
        open_tasks = session.execute(text("select count(*) from task where status='open'")).scalar()
        late = session.execute(
            text("select count(*) from case_event where at > '2026-06-30T10:00:00+02:00'")
        ).scalar()
    assert open_tasks
    assert late == 0
    a_file_of_payments_is_made_by_one_and_released_by_another(world, cast, "rp_darmstadt")
    assert "grantflow-demo" in str(demo_world.sign_ins("de").caption)


def a_file_of_payments_is_made_by_one_and_released_by_another(
    world: World, cast: Cast, authority: str
) -> None:
    first, second = (cast.staff(authority, f"BUDGET_OFFICER:{n}") for n in (1, 2))
    (place,) = payment_files.authorities(first)
    day = datetime.fromisoformat("2026-07-01T10:00:00+02:00")
    with grantflow_clock.at(day), world.transaction(first) as session:
        ready = payment_files.waiting(session, first, place)
        ids = [one.line.payment.id for one in ready if one.account is not None]
        file = payment_files.prepare(session, first, place, ids, day.date())
        with pytest.raises(NotAllowed):
            payment_files.release(session, first, file.id)
    with grantflow_clock.at(day), world.transaction(second) as session:
        assert payment_files.release(session, second, file.id).state == "released"
        assert payment_files.content(session, second, file.id, "xml")
    auditor = cast.staff(authority, "AUDITOR_INTERNAL")
    with world.transaction(auditor) as session:
        assert file.id in {one.id for one in payment_files.files(session, auditor)}

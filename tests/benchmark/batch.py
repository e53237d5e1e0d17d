"""Decisions of a whole call approved together: real cases of a real programme, two real workers.

``make bench`` takes a small batch; ``python -m tests.benchmark.batch 1000`` one of a large call.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlmodel import col

from grantflow import clock
from grantflow import letters as printer
from grantflow.cli import demo_world
from grantflow.cli.cast import Cast
from grantflow.cli.stories import Story
from grantflow.cli.world import World
from grantflow.documents import open_blobs
from grantflow.jobs import worker
from grantflow.programmes.load import Programme
from grantflow.programmes.scenario import Scenario
from grantflow.services import budget, letter_batches, letter_prints, letters
from grantflow.services.policy import SYSTEM, Actor
from grantflow.settings import Settings
from grantflow.store import db
from grantflow.store import demo as facts
from grantflow.store.tables import Case, Letter, LetterBatch, LetterBatchItem
from tests.benchmark.world import installation

SCENARIO, LETTER, APPROVAL = "partly_funded_two_lines", "grant_decision", "countersign_decision"
ENOUGH = Decimal(90_000_000)  # euro; a thousand grants of this scenario are 29 million
FEW, WORKERS = 60, 2
WARM, ALONE = 3, 20
_PATIENCE = 1800  # seconds


class _Waiting(Story):
    """A case up to its approval; what it orders is left to the workers."""

    def _jobs(self) -> None:
        """Nothing: the workers have not begun."""


def _work(settings: Settings, url: str, moment: datetime) -> None:
    """One worker process, on the day of the approval."""
    with clock.at(moment):
        worker.run(settings, db.connect(url, 4))


def measure(number: int = FEW) -> dict[str, Any]:
    """Approving and printing a batch: seconds from the click, letters a second while it prints.

    ``batch_of_its_cores`` is that rate beside what the cores print when they do nothing else: the
    same letters, on one core ``batch_alone_letters_per_s``, times the workers.
    """
    with installation(4) as (settings, urls, sessions):
        world = World(settings, urls, sessions)
        programme, scenario = next(
            (p, s) for p, s in demo_world.stories(world) if s.name == SCENARIO
        )
        approved_at = next(step.at for step in scenario.step if step.task == APPROVAL)
        with clock.at(scenario.start):
            cast = demo_world.load_people(world)
            _endow(world, programme)
        began = time.perf_counter()
        _prepare(world, cast, programme, scenario, number)
        prepared = time.perf_counter() - began
        with clock.at(approved_at):
            workers = _workers(world, approved_at)
            try:
                _until(lambda: _jobs(world) == 0)  # acknowledgements; everybody is warm now
                found = _approve(world, cast.staff(programme.file.authority.key, "HEAD_OF_UNIT"))
            finally:
                for one in workers:
                    one.terminate()
                    one.join()
    return {"batch_letters": number, "batch_prepared_s": prepared, **found}


def _endow(world: World, programme: Programme) -> None:
    """Money for everybody: this is about letters."""
    with world.transaction() as session:
        for view in budget.overview(session, SYSTEM):
            if view.programme.key == programme.key:
                for year in (2026, 2027):
                    budget.set_appropriation(session, SYSTEM, view.item.id, year, ENOUGH, "Messung")
                budget.set_authority(session, SYSTEM, view.item.id, (2026, 2027), ENOUGH, "Messung")


def _prepare(
    world: World, cast: Cast, programme: Programme, scenario: Scenario, number: int
) -> None:
    steps = [step.task for step in scenario.step]
    cut = scenario.model_copy(update={"step": scenario.step[: steps.index(APPROVAL)]})
    with world.reading() as session:
        call = facts.call_of(session, programme.key, scenario.call)
    for each in range(number):
        named = cut.model_copy(update={"case_title": f"Vorhaben Nummer {each}"})
        story = _Waiting(world, cast, open_blobs(world.settings), programme, named)
        told = story.tell(call, until=cut.step[-1].at + timedelta(minutes=1))
        if told.problems:
            raise RuntimeError(told.problems[0])
    with world.transaction() as session:
        session.execute(text("update procrastinate_jobs set scheduled_at = null"))


def _workers(world: World, moment: datetime) -> list[BaseProcess]:
    here = get_context("spawn")
    settings = world.settings.model_copy(update={"log_level": "CRITICAL"})
    arguments = (settings, world.urls.application, moment)
    processes: list[BaseProcess] = [
        here.Process(target=_work, args=arguments) for _ in range(WORKERS)
    ]
    for one in processes:
        one.start()
    return processes


def _approve(world: World, head: Actor) -> dict[str, Any]:
    with world.reading() as session:
        drafts = list(
            session.execute(
                select(col(Letter.id), col(Case.call_id))
                .join(Case, col(Case.id) == col(Letter.case_id))
                .where(col(Letter.name) == LETTER, col(Letter.state) == "draft")
            )
        )
    alone = _alone(world, head, [row.id for row in drafts])
    began = time.perf_counter()
    with world.transaction(head) as session:
        chosen, answers = [row.id for row in drafts], {"countersignature": "approve"}
        batch = letter_batches.start(session, head, drafts[0].call_id, LETTER, chosen, answers)
    # Approvals were ordered first and are done first, by both workers; then the printing begins.
    _until(lambda: _waiting(world, batch.id) == 0)
    approved = time.perf_counter() - began
    early = _finished(world, batch.id)
    _until(lambda: _finished(world, batch.id) == len(chosen))
    rendered = time.perf_counter() - began
    rate = (len(chosen) - early) / (rendered - approved)
    _until(lambda: _jobs(world) == 0)
    return {
        "batch_approved_s": approved,
        "batch_rendered_s": rendered,
        "batch_letters_per_s": rate,
        "batch_alone_letters_per_s": alone,
        "batch_of_its_cores": rate / (WORKERS * alone),
        "batch_dispatched_s": time.perf_counter() - began,
        "batch_print_s": _printed(world, head, batch.id),
    }


def _alone(world: World, head: Actor, drafts: Sequence[UUID]) -> float:
    """How many of these very letters one core prints in a second when it does nothing else."""
    with world.reading(head) as session:
        pages = [letters.preview(session, head, one) for one in drafts[: WARM + ALONE]]
    for html in pages[:WARM]:
        printer.render(html)
    began = time.perf_counter()
    for html in pages[WARM:]:
        printer.render(html)
    return len(pages[WARM:]) / (time.perf_counter() - began)


def _printed(world: World, head: Actor, batch: UUID) -> float:
    began = time.perf_counter()
    with world.transaction(head) as session:
        letter_prints.order(session, head, batch)

    def done() -> bool:
        with world.reading() as session:
            return session.get_one(LetterBatch, batch).print_sha256 is not None

    _until(done)
    return time.perf_counter() - began


def _waiting(world: World, batch: UUID) -> int:
    with world.reading() as session:
        left = select(func.count()).where(
            col(LetterBatchItem.batch_id) == batch, col(LetterBatchItem.state) == "waiting"
        )
        return session.scalar(left) or 0


def _finished(world: World, batch: UUID) -> int:
    with world.reading() as session:
        failed = session.scalars(
            select(col(LetterBatchItem.problem)).where(
                col(LetterBatchItem.batch_id) == batch, col(LetterBatchItem.state) == "failed"
            )
        ).first()
        if failed:
            raise RuntimeError(failed)
        done = select(func.count()).where(
            col(LetterBatchItem.batch_id) == batch,
            col(LetterBatchItem.letter_id) == col(Letter.id),
            col(Letter.pdf_sha256).is_not(None),
        )
        return session.scalar(done) or 0


def _jobs(world: World) -> int:
    waiting = "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"
    with world.reading() as session:
        return session.scalar(text(waiting)) or 0


def _until(done: Callable[[], bool]) -> None:
    last = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > last:
            raise TimeoutError
        time.sleep(0.2)


if __name__ == "__main__":
    for name, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else FEW).items():
        print(f"{name:24}{value:10.2f}")

"""What a changed notification does to deadlines, timers and tasks that hang on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock, engine
from grantflow.programmes.deadlines import computed
from grantflow.programmes.load import Programme
from grantflow.rules.periods import first_moment_after
from grantflow.services import profiles, projection
from grantflow.services.advance import FireDue, advance
from grantflow.services.move import Move
from grantflow.services.notification import HELD, day_of, sending_of
from grantflow.services.policy import Actor
from grantflow.store import deadlines as rows
from grantflow.store import instances as instance_rows
from grantflow.store.cases import LockedCase
from grantflow.store.tables import Deadline, Dispatch, ProcessInstance


class Shift:
    """Deadlines of one case on their way to other days, in one transaction."""

    def __init__(
        self, session: Session, actor: Actor, case: LockedCase, programme: Programme
    ) -> None:
        self._move = Move(session, actor, case, programme, clock.now())

    def hold(self, dispatch: Dispatch) -> None:
        """The letter is not notified: its deadlines are void, and their timers wait.

        Which ones these were is kept with the dispatch, so that a second notification starts them.
        """
        session = self._move.session
        open_ones = rows.of_dispatch(session, dispatch.id, ("running", "missed"))
        # A remedy period that seemed to be over has never begun.
        over = [d for d in rows.of_dispatch(session, dispatch.id, ("met",)) if d.kind == "remedy"]
        for deadline in (*open_ones, *over):
            deadline.state = "void"
            self._retime(deadline, HELD)
        held = [str(deadline.id) for deadline in (*open_ones, *over)]
        dispatch.proof = {**dispatch.proof, "held": [*dispatch.proof.get("held", ()), *held]}

    def held(self, dispatch: Dispatch) -> list[Deadline]:
        """The deadlines that ``hold`` has made void, also those of a dispatch before."""
        ids = [UUID(held) for held in dispatch.proof.get("held", ())]
        return [d for d in rows.by_ids(self._move.session, ids) if d.state == "void"]

    def running(self, dispatch: Dispatch) -> Sequence[Deadline]:
        """The deadlines of a dispatch that are not settled."""
        return rows.of_dispatch(self._move.session, dispatch.id, ("running", "missed"))

    def restart(self, deadlines: Sequence[Deadline], dispatch: Dispatch) -> list[Deadline]:
        """Count deadlines anew from a dispatch, or from its changed dates.

        The old deadlines stay as void. Timers in diagrams that wait for the old day wait for the
        new one, and fire at once where it is over. Raises EngineError, MissingValue.
        """
        return [self._again(deadline, dispatch) for deadline in deadlines]

    def finish(self, dispatch: Dispatch, on: date) -> None:
        """The decision is final from ``on``, because remedies were waived: what waits goes on."""
        for deadline in rows.of_dispatch(self._move.session, dispatch.id, ("running", "missed")):
            if deadline.kind == "remedy":
                deadline.state = "met"
                self._retime(deadline, first_moment_after(date.fromordinal(on.toordinal() - 1)))

    def _again(self, old: Deadline, dispatch: Dispatch) -> Deadline:
        move = self._move
        old.state = "void"
        terms = profiles.terms(move.session, move.programme, sending_of(dispatch).on)
        counted = computed(terms, old.params, day_of(move.now), sending_of(dispatch))
        copied = ("case_id", "authority_id", "instance_id", "element_id", "kind", "title", "params")
        new = Deadline(
            **{name: getattr(old, name) for name in copied},
            dispatch_id=dispatch.id,
            starts_on=counted.start,
            due_on=counted.end,
            explanation=[step.as_dict() for step in counted.steps],
            created_at=move.now,
        )
        rows.add_deadline(move.session, new)
        self._retime(new, first_moment_after(new.due_on))
        return new

    def _retime(self, deadline: Deadline, moment: datetime) -> None:
        """Give the moment to the processes that know the old one, as the deadline's result."""
        move = self._move
        home = self._instance(deadline)
        name = self._result_of(deadline, home) if home else ""
        old = home.facts.get(name) if home and name else None
        if old is None:
            return
        for row in instance_rows.list_instances(move.session, move.case.id):
            if row.status == "running" and row.facts.get(name) == old:
                self._correct(row, name, old, moment)

    def _instance(self, deadline: Deadline) -> ProcessInstance | None:
        if deadline.instance_id is None:
            return None
        return instance_rows.get_instance(self._move.session, deadline.instance_id)

    def _result_of(self, deadline: Deadline, row: ProcessInstance) -> str:
        """The variable the diagram keeps the deadline's last moment in."""
        element = self._move.programme.process(row.process_id).elements.get(deadline.element_id)
        return element.properties.get("result", "") if element else ""

    def _correct(self, row: ProcessInstance, name: str, old: Any, moment: datetime) -> None:
        move = self._move
        definition = move.programme.process(row.process_id)
        instance = engine.Instance.load(definition, row.state, move.now)
        if not instance.correct(name, old, moment.isoformat()):
            return
        projection.write(move, row, instance.step())
        elements = [e.id for e in definition.elements.values() if _waits_for(e, name)]
        due = None if moment == HELD else moment
        rows.set_task_limits(move.session, row.id, elements, due)
        if moment <= move.now:
            advance(move.session, move.actor, move.case, row, move.programme, FireDue())


def _waits_for(element: engine.Element, name: str) -> bool:
    """Whether the limit of a task is that very variable."""
    return element.properties.get("due", "").removeprefix("=").strip() == name

"""Which side processes somebody may start in a case now, and which are under way already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.clock import BERLIN
from grantflow.errors import Conflict
from grantflow.programmes.definition import SideProcess
from grantflow.programmes.load import Programme
from grantflow.services import families, ledger, policy
from grantflow.services.policy import Actor
from grantflow.services.task_rules import may_see
from grantflow.store import instances, letters, payments
from grantflow.store import tasks as task_rows
from grantflow.store.tables import Case, ProcessInstance, Task
from grantflow.texts import Worded

ENDED = frozenset({"WITHDRAWN", "LAPSED", "CLOSED", "ARCHIVED"})


@dataclass(frozen=True)
class Startable:
    """A side process somebody may start now, or that runs: since when, and what is open in it."""

    process_id: str
    side: SideProcess
    running: ProcessInstance | None = None
    task: Task | None = None  # an open task of it that this person sees


def startable(session: Session, actor: Actor, case: Case, programme: Programme) -> list[Startable]:
    """Side processes of the actor's roles that are possible now; running ones say so."""
    rows = instances.list_instances(session, case.id)
    return [
        _with_run(session, actor, case, Startable(process_id, side), rows)
        for process_id, side in programme.file.side_processes.items()
        if policy.role_in_case(actor, case, side.role)
        and _refusal(session, case, programme, side, rows) is None
    ]


def require_startable(
    session: Session, actor: Actor, case: Case, programme: Programme, process_id: str
) -> None:
    """Raises Conflict that says why a side process cannot be started now.

    It runs already (with ``process``, ``since``, and ``task`` where the actor sees an open one of
    it), does not fit stage or status, or what programme.toml asks for is not so.
    """
    side = programme.file.side_processes[process_id]
    rows = instances.list_instances(session, case.id)
    refusal = _refusal(session, case, programme, side, rows)
    if refusal is not None:
        raise Conflict(refusal, stage=case.stage)
    found = _with_run(session, actor, case, Startable(process_id, side), rows)
    if found.running is not None:
        since = found.running.started_at.astimezone(BERLIN).date()
        title = Worded(side.title.de, side.title.en)
        task = {"task": str(found.task.id)} if found.task else {}
        raise Conflict("services.cases.runs_already", process=title, since=since, **task)


def _with_run(
    session: Session, actor: Actor, case: Case, one: Startable, rows: Sequence[ProcessInstance]
) -> Startable:
    """The same with its running instance, and the task that is open in it or in its children.

    One that may run several times at once is as if none ran.
    """
    if one.side.several:
        return one
    running = [row for row in rows if row.status == "running"]
    own = next((row for row in running if row.process_id == one.process_id), None)
    if own is None:
        return one
    by_id = {row.id: row for row in running}
    family = {row.id for row in running if own in families.lineage(by_id, row.id)}
    waiting = task_rows.open_tasks(session, case.id)
    seen = (t for t in waiting if t.instance_id in family and may_see(actor, case, t))
    return Startable(one.process_id, one.side, own, next(seen, None))


def _refusal(
    session: Session,
    case: Case,
    programme: Programme,
    side: SideProcess,
    rows: Sequence[ProcessInstance],
) -> str | None:
    """The text that says why a side process is not possible now; None if it is."""
    running = {row.process_id for row in rows if row.status == "running"}
    if not _fits(case, side) or (side.needs and not running & set(side.needs)):
        return "services.cases.not_in_this_stage"
    for condition in side.only_while:
        if not CONDITIONS[condition](session, case, programme):
            return f"services.cases.only_while.{condition}"
    if side.unless is not None and any(
        (one.kind, one.outcome) == (side.unless.kind, side.unless.outcome)
        for one in payments.list_decisions(session, case.id)
    ):
        return "services.cases.decided_already"
    return None


def _fits(case: Case, side: SideProcess) -> bool:
    """Whether stage and status allow it; a case that is over only where its status is named."""
    over = case.closed_at is not None or case.status in ENDED
    if case.status in side.statuses:
        return over or not side.stages or case.stage in side.stages
    return not over and not side.statuses and (not side.stages or case.stage in side.stages)


def _remedy_open(session: Session, case: Case, programme: Programme) -> bool:
    """Whether a decision is notified, not waived and not final: what ``waivers`` would accept."""
    return letters.remedy_open(session, case.id, programme.acts, clock.today())


def _contestable(session: Session, case: Case, programme: Programme) -> bool:
    """Whether a decision has left whose remedy nobody waived; being late is for the procedure."""
    return bool(letters.dispatched_acts(session, case.id, programme.acts, unwaived=True))


def _grant_unpaid(session: Session, case: Case, programme: Programme) -> bool:
    """Whether some of the grant is neither ordered nor paid; what came back is open again."""
    return ledger.kept(session, case.id) < (case.approved or Decimal(0))


def _payment_owed(session: Session, case: Case, programme: Programme) -> bool:
    """Whether ordered money did not arrive, or a remedy may restore what was repaid or cut."""
    granted = case.approved or Decimal(0)
    return (
        ledger.undelivered(session, case.id, granted) > 0
        or ledger.position(session, case.id).returned > 0
        or payments.most_granted(session, case.id) > granted
    )


CONDITIONS: Mapping[str, Callable[[Session, Case, Programme], bool]] = {
    "remedy_open": _remedy_open,
    "contestable": _contestable,
    "grant_unpaid": _grant_unpaid,
    "payment_owed": _payment_owed,
}
"""What programme.toml may ask for with ``only_while``."""

"""Decisions of a whole call approved together: one person, one letter after the other, as jobs.

Each letter is approved through the task that waits for it, with that task's rights and four eyes;
one that cannot be approved stays behind with its reason and stops no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from grantflow.forms import Form
from grantflow.services import answers, letter_checks, letters, people, policy, tasks
from grantflow.services.catalogue import programme_of
from grantflow.services.policy import Actor, Role
from grantflow.services.reach import case_reach, reach_of
from grantflow.store import catalogue as catalogue_rows
from grantflow.store import jobs
from grantflow.store import letter_batches as rows
from grantflow.store import tasks as task_rows
from grantflow.store.jobs import NewJob
from grantflow.store.letter_batches import Group, Line, Waiting
from grantflow.store.tables import LetterBatch, LetterBatchItem

__all__ = ["Group", "Line", "Waiting"]

APPROVE = "approve_in_batch"
MOST = 2_000  # letters of one batch
READERS = (Role.CASE_OFFICER, Role.SECOND_REVIEWER, Role.HEAD_OF_UNIT, Role.BUDGET_OFFICER)
APPROVERS = (Role.SECOND_REVIEWER, Role.HEAD_OF_UNIT, Role.BUDGET_OFFICER)


@dataclass(frozen=True)
class Candidate:
    """A draft that could be approved together with others, or why it cannot be."""

    waiting: Waiting
    problems: tuple[Problem, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stands against it."""
        return not self.problems


def groups(session: Session, actor: Actor) -> Sequence[Group]:
    """What waits for approval, by call and letter. Raises NotAllowed for who approves nothing."""
    return rows.groups(session, _reach(actor))


def _reach(actor: Actor) -> tuple[tuple[UUID, UUID | None], ...]:
    found = reach_of(actor, APPROVERS)
    if not found:
        raise NotAllowed(role=Role.HEAD_OF_UNIT)
    return found


def candidates(
    session: Session, actor: Actor, call_id: UUID, letter: str, *, limit: int, offset: int = 0
) -> tuple[Sequence[Candidate], int]:
    """Some drafts of a letter in a call, each checked now, and how many there are altogether."""
    waiting = rows.waiting(session, _reach(actor), call_id, letter)
    shown = waiting[offset : offset + limit]
    return [Candidate(one, tuple(_against(session, actor, one))) for one in shown], len(waiting)


def _against(session: Session, actor: Actor, one: Waiting) -> list[Problem]:
    """Why this person cannot approve this draft now: role, four eyes, or what the law asks for."""
    barred = _barred(session, actor, one)
    if barred is not None:
        return [barred]
    source = letters.source_of(session, one.case, one.letter)
    model = letters.current(session, one.case, one.letter)
    return letter_checks.unmet(session, one.letter, source, model, clock.today())


def _barred(session: Session, actor: Actor, one: Waiting) -> Problem | None:
    found = task_rows.task_for(session, one.task.id, actor.account_id)
    if found.excluded:
        return Problem("people.excluded")
    if not policy.role_in_case(actor, one.case, one.task.role):
        return Problem("letters_batch.other_role")
    if one.task.assignee_id not in (None, actor.account_id):
        name = task_rows.account_name(session, one.task.assignee_id)
        return Problem("services.tasks.held_by_another", {"name": name})
    if found.barred or actor.account_id in letters.hands(session, one.letter):
        return Problem(letters.FOUR_EYES)
    return None


def form_of(session: Session, actor: Actor, call_id: UUID, letter: str) -> Form | None:
    """The form the approver answers once for all; None where a button is enough. NotFound."""
    waiting = rows.waiting(session, _reach(actor), call_id, letter)
    if not waiting:
        raise NotFound("letters_batch.nothing_waits")
    programme = programme_of(session, waiting[0].case.programme_version_id)
    return answers.form_of(programme, waiting[0].task)


def start(
    session: Session,
    actor: Actor,
    call_id: UUID,
    letter: str,
    chosen: Sequence[UUID],
    given: Mapping[str, Any],
) -> LetterBatch:
    """Approve these drafts together; workers take one letter after the other.

    ``given`` are the answers to the form of each task. Raises Invalid when nothing or too much is
    chosen, Conflict when none of it waits any more, NotAllowed.
    """
    account = policy.require_account(actor)
    if not chosen:
        raise Invalid([Problem("letters_batch.none_chosen", {}, "letter")])
    if len(chosen) > MOST:
        raise Invalid([Problem("letters_batch.too_many", {"most": MOST}, "letter")])
    wanted = set(chosen)
    found = [w for w in rows.waiting(session, _reach(actor), call_id, letter)
             if w.letter.id in wanted]  # fmt: skip
    if not found:
        raise Conflict("letters_batch.nothing_waits")
    call = catalogue_rows.get_call(session, call_id)
    batch = LetterBatch(
        authority_id=call.authority_id,
        programme_id=call.programme_id,
        call_id=call.id,
        letter=letter,
        title=found[0].letter.title,
        answers=dict(given),
        created_at=clock.now(),
        created_by=account,
    )
    items = [_item(session, batch, one) for one in found]
    rows.add(session, batch, items)
    _order(session, items)
    return batch


def _item(session: Session, batch: LetterBatch, one: Waiting) -> LetterBatchItem:
    return LetterBatchItem(
        batch_id=batch.id,
        letter_id=one.letter.id,
        case_id=one.case.id,
        task_id=one.task.id,
        revision=letters.revision(session, one.case, one.letter),
    )


def _order(session: Session, items: Sequence[LetterBatchItem]) -> None:
    jobs.enqueue_all(
        session,
        [
            NewJob(
                APPROVE,
                lock=str(item.case_id),
                queueing_lock=f"{APPROVE}:{item.id}",
                args={"item_id": str(item.id)},
            )
            for item in items
        ],
    )


# ---- for the worker


def approver_of(session: Session, item_id: UUID) -> Actor | None:
    """Who approves the letter of a batch; None if it was done already."""
    item = rows.lock_item(session, item_id)
    if item.state != "waiting":
        return None
    return people.get_actor(session, rows.get(session, item.batch_id).created_by)


def approve(session: Session, actor: Actor, item_id: UUID) -> None:
    """Approve one letter by completing its task as the approver, with all that this asks for.

    Raises what ``tasks.complete`` raises: Conflict when the letter changed since it was chosen,
    NotAllowed, Invalid, GrantFlowError when the diagram cannot go on.
    """
    item = rows.lock_item(session, item_id)
    if item.state != "waiting":
        return
    batch = rows.get(session, item.batch_id)
    if batch.created_by != actor.account_id:
        raise NotAllowed()
    tasks.complete(session, actor, item.task_id, batch.answers, seen_letter=item.revision)
    item.state, item.problem, item.done_at = "approved", {}, clock.now()


def note_failure(session: Session, item_id: UUID, said: Mapping[str, str]) -> None:
    """Keep why a letter was left out, by language; the others of its batch go on."""
    item = rows.lock_item(session, item_id)
    if item.state == "waiting":
        item.state, item.problem, item.done_at = "failed", dict(said), clock.now()


# ---- seeing, trying again


def get(session: Session, actor: Actor, batch_id: UUID) -> LetterBatch:
    """One batch. NotFound, also for those of other programmes."""
    batch = rows.get(session, batch_id)
    if not any(
        authority == batch.authority_id and programme in (None, batch.programme_id)
        for authority, programme in case_reach(actor)
    ):
        raise NotFound("letters_batch.not_found")
    return batch


def listed(session: Session, actor: Actor) -> Sequence[LetterBatch]:
    """The batches the actor may see, latest first."""
    return rows.listed(session, case_reach(actor))


def lines(session: Session, actor: Actor, batch_id: UUID) -> Sequence[Line]:
    """The letters of a batch with what became of them. Raises NotFound."""
    return rows.lines(session, get(session, actor, batch_id).id)


def unrendered(session: Session, found: Sequence[Line]) -> Mapping[UUID, tuple[int, str]]:
    """Approved letters whose rendering failed: the job and what it said."""
    return rows.failed_jobs(session, letters.RENDER, [line.letter.id for line in found])


def retry(session: Session, actor: Actor, batch_id: UUID, item_id: UUID) -> None:
    """Try one letter again that was left out or could not be rendered.

    What it says now counts: the letter may have been mended meanwhile. Only the approver may.
    Raises Conflict where there is nothing to try again, NotAllowed, NotFound.
    """
    batch = get(session, actor, batch_id)
    if batch.created_by != policy.require_account(actor):
        raise NotAllowed("letters_batch.only_the_approver")
    line = next((one for one in rows.lines(session, batch.id) if one.item.id == item_id), None)
    if line is None:
        raise NotFound("letters_batch.not_found")
    failed = unrendered(session, [line]).get(line.letter.id)
    if line.item.state == "failed":
        _try_again(session, actor, line)
    elif failed is not None:
        jobs.retry_failed(session, failed[0])
    else:
        raise Conflict("letters_batch.nothing_to_retry")


def _try_again(session: Session, actor: Actor, line: Line) -> None:
    item = rows.lock_item(session, line.item.id)
    task = task_rows.task_for(session, item.task_id, actor.account_id).task
    if line.letter.state != "draft" or task.status != "open":
        raise Conflict("letters_batch.nothing_to_retry")
    case = task_rows.lock_case_of(session, item.task_id)
    item.revision = letters.revision(session, case, line.letter)
    item.state, item.problem, item.done_at = "waiting", {}, None
    _order(session, [item])

"""What people see of one case: facts, forms, letters, deadlines, history, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import NotFound
from grantflow.forms import Change
from grantflow.programmes.load import Programme
from grantflow.services import policy
from grantflow.services.cases import get_case
from grantflow.services.catalogue import programme_of
from grantflow.services.documents import list_documents
from grantflow.services.policy import Actor, Role, only_panel
from grantflow.services.side_processes import Startable, startable
from grantflow.services.task_rules import may_see
from grantflow.store import cases as case_rows
from grantflow.store import deadlines as deadline_rows
from grantflow.store import forms_data, instances, payments
from grantflow.store import letters as letter_rows
from grantflow.store import messages as message_rows
from grantflow.store import reviews as review_rows
from grantflow.store import tasks as task_rows
from grantflow.store.cases import CaseParts
from grantflow.store.forms_data import Revision
from grantflow.store.letters import LetterWithDispatch
from grantflow.store.reviews import Declared
from grantflow.store.tables import (
    Case,
    CaseEvent,
    CaseMessage,
    Deadline,
    Decision,
    Document,
    Payment,
    ProcessInstance,
    Task,
)

HIDDEN = frozenset({"step"})  # written for the diagram, not for people


@dataclass(frozen=True)
class FormHistory:
    """All revisions of the answers to one form and item in one process, oldest first."""

    form: str
    item: str
    title: dict[str, str]
    revisions: tuple[Revision, ...]

    @property
    def latest(self) -> Revision:
        return self.revisions[-1]

    def numbered(self, number: int | None) -> Revision | None:
        """The revision with this number, the latest for None; None where it is none of these."""
        if number is None:
            return self.latest
        return next((one for one in self.revisions if one.row.revision == number), None)


@dataclass(frozen=True)
class Position:
    """Where a process of the case stands in its diagram."""

    instance: ProcessInstance
    name: dict[str, str]
    xml: str
    open: frozenset[str]  # elements that wait now
    passed: tuple[str, ...]  # elements gone through, in order


@dataclass(frozen=True)
class CaseView:
    """Everything about a case that this actor may see."""

    parts: CaseParts
    programme: Programme
    stage: dict[str, str]
    tasks: tuple[Task, ...]
    forms: tuple[FormHistory, ...]
    documents: Sequence[Document]
    letters: Sequence[LetterWithDispatch]
    deadlines: Sequence[Deadline]
    decisions: Sequence[Decision]
    payments: Sequence[Payment]
    messages: Sequence[CaseMessage]
    events: Sequence[CaseEvent]
    declarations: Sequence[Declared]
    startable: tuple[Startable, ...]
    may_withdraw: bool

    @property
    def case(self) -> Case:
        return self.parts.case


def case_view(session: Session, actor: Actor, case_id: UUID) -> CaseView:
    """A case with all its parts, filtered for the actor; the statements do not grow with its age.

    Applicants see what is theirs or was told to them: their own forms, letters that have left,
    public events, no internal notes, no decisions in the making, no declarations. Panel members
    do not see the reviews of others. Raises NotFound, NotAllowed for the excluded.
    """
    case = get_case(session, actor, case_id)
    programme = programme_of(session, case.programme_version_id)
    outside = actor.is_applicant
    return CaseView(
        parts=case_rows.case_parts(session, case_id),
        programme=programme,
        stage=stage_name(programme, case.stage),
        tasks=_tasks(session, actor, case),
        forms=_forms(session, actor, case, programme),
        documents=list_documents(session, actor, case_id),
        letters=letter_rows.list_letters(session, case_id, dispatched_only=outside),
        deadlines=_deadlines(session, actor, case_id),
        decisions=() if outside else payments.list_decisions(session, case_id),
        payments=payments.list_payments(session, case_id),
        messages=message_rows.list_messages(session, case_id, internal=not outside),
        events=timeline(session, actor, case),
        declarations=() if outside else review_rows.list_declarations(session, case_id),
        startable=tuple(startable(session, actor, case, programme)),
        may_withdraw=_may_withdraw(session, actor, case),
    )


def stage_name(programme: Programme, stage: str) -> dict[str, str]:
    """The name of a stage in both languages, from its diagram."""
    definition = programme.processes.get(stage)
    if definition is None:
        return {"de": stage, "en": stage}
    return {"de": definition.name, "en": definition.name_en or definition.name}


def _tasks(session: Session, actor: Actor, case: Case) -> tuple[Task, ...]:
    found = task_rows.open_tasks(session, case.id)
    return tuple(task for task in found if actor.is_system or may_see(actor, case, task))


def _deadlines(session: Session, actor: Actor, case_id: UUID) -> list[Deadline]:
    """Without the ends of remedy periods for applicants: those are never told as a date."""
    found = deadline_rows.list_deadlines(session, case_id)
    return [one for one in found if not (actor.is_applicant and one.kind == "remedy")]


def _may_withdraw(session: Session, actor: Actor, case: Case) -> bool:
    if not actor.acts_for(case.organisation_id) or case.closed_at is not None:
        return False
    return bool(instances.waiting_for(session, case.id, "message", "withdrawal"))


def _forms(
    session: Session, actor: Actor, case: Case, programme: Programme
) -> tuple[FormHistory, ...]:
    found: dict[tuple[str, str, UUID | None], list[Revision]] = {}
    for revision in forms_data.revisions(session, case.id):
        if _may_read(actor, case, revision):
            key = (revision.row.form, revision.row.item, revision.instance_id)
            found.setdefault(key, []).append(revision)
    return tuple(
        FormHistory(form, item, form_title(programme, form), tuple(revisions))
        for (form, item, _), revisions in found.items()
    )


def _may_read(actor: Actor, case: Case, revision: Revision) -> bool:
    """Applicants read what their side gave; panel members not what other reviewers gave."""
    if actor.is_applicant:
        return revision.role == Role.APPLICANT
    if only_panel(actor, case):
        mine = revision.row.by == actor.account_id
        return mine or revision.role == Role.APPLICANT
    return True


def form_title(programme: Programme, form: str) -> dict[str, str]:
    """The title of a form in both languages; its name where the version has no such form."""
    known = programme.forms.get(form)
    return known.title if known else {"de": form, "en": form}


def form_changes(
    session: Session, actor: Actor, case_id: UUID, form: str, item: str, revision: int
) -> list[Change]:
    """What a revision of answers changed against the one before. Raises NotFound, NotAllowed."""
    case = get_case(session, actor, case_id)
    programme = programme_of(session, case.programme_version_id)
    histories = _forms(session, actor, case, programme)
    rows = {
        one.row.revision: one.row.answers
        for history in histories
        if (history.form, history.item) == (form, item)
        for one in history.revisions
    }
    if revision not in rows:
        raise NotFound("services.cases.revision_not_found", form=form, revision=revision)
    changes: list[Change] = programme.form(form).diff(rows.get(revision - 1, {}), rows[revision])
    return changes


def timeline(session: Session, actor: Actor, case: Case) -> list[CaseEvent]:
    """The history of a case as people read it, oldest first; applicants see public events."""
    policy.require_case(actor, case)
    hide_scores = only_panel(actor, case)
    events = message_rows.list_events(
        session, case.id, public_only=actor.is_applicant or hide_scores
    )
    return [event for event in events if event.kind not in HIDDEN]


def position(session: Session, actor: Actor, case_id: UUID) -> list[Position]:
    """Every process of the case with its diagram, what waits in it and the path it took.

    For the authority only: the diagram shows more than applicants are told. Raises NotFound.
    """
    case = get_case(session, actor, case_id)
    if actor.is_applicant:
        raise NotFound("services.cases.not_found")
    programme = programme_of(session, case.programme_version_id)
    rows = instances.list_instances(session, case_id)
    waiting = {k: set(v) for k, v in instances.open_elements(session, case_id).items()}
    paths = message_rows.paths(session, case_id)
    for row in rows:
        if row.status == "running" and row.parent_id and row.id in paths:
            waiting.setdefault(row.parent_id, set()).add(paths[row.id].called_by)
    return [
        _position(
            programme,
            row,
            frozenset(waiting.get(row.id, ())) if row.status == "running" else frozenset(),
            paths[row.id].passed if row.id in paths else (),
        )
        for row in rows
    ]


def _position(
    programme: Programme, row: ProcessInstance, waiting: frozenset[str], passed: Sequence[str]
) -> Position:
    definition = programme.process(row.process_id)
    name = {"de": definition.name, "en": definition.name_en or definition.name}
    return Position(row, name, definition.xml.decode("utf-8"), waiting, tuple(passed))


def facts(session: Session, actor: Actor, case_id: UUID) -> dict[str, Any]:
    """The routing values of the running processes, for whoever may see the diagram. NotFound."""
    found: dict[str, Any] = {}
    for one in position(session, actor, case_id):
        if one.instance.status == "running":
            found.update(one.instance.facts)
    return found

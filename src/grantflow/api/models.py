"""What the API answers and accepts, as checked and described values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from grantflow.forms import require_visible
from grantflow.services.policy import Actor
from grantflow.store.tables import Call, Dispatch, Letter, Task

Item = TypeVar("Item")


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Wording(_Answer):
    """A text in German and English."""

    de: str = Field(description="The German text.")
    en: str = Field(description="The English text; the German one where there is none.")

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Wording:
        """From the two-language texts of programmes."""
        german = str(value.get("de") or value.get("en") or "")
        return cls(de=german, en=str(value.get("en") or german))


class Page(_Answer, Generic[Item]):
    """One page of a list."""

    model_config = ConfigDict(json_schema_extra={"description": "One page of a list."})

    items: list[Item] = Field(description="The lines of this page.")
    next: str | None = Field(description="Address of the next page; null on the last one.")


class GrantedRole(_Answer):
    """A role somebody has."""

    role: str = Field(description="Code of the role, e.g. `CASE_OFFICER`.")
    authority_id: UUID = Field(description="The authority it is held in.")
    programme_id: UUID | None = Field(description="The one programme, or null for all of them.")


class Me(_Answer):
    """Whom the token belongs to."""

    id: UUID | None = Field(description="Id of the account.")
    name: str = Field(description="The person's name.")
    email: str = Field(description="The person's e-mail address.")
    language: str = Field(description="`de` or `en`.")
    kind: str = Field(description="`staff` or `applicant`.")
    roles: list[GrantedRole] = Field(description="What the person may do, and where.")
    organisations: list[UUID] = Field(description="The organisations the person acts for.")

    @classmethod
    def of(cls, actor: Actor) -> Me:
        """The person behind an actor."""
        roles = [GrantedRole.model_validate(grant) for grant in actor.grants]
        return cls(
            id=actor.account_id,
            name=actor.name,
            email=actor.email,
            language=actor.language,
            kind=actor.kind,
            roles=sorted(roles, key=lambda granted: (granted.role, str(granted.programme_id))),
            organisations=sorted(actor.organisations),
        )


class ProgrammeOut(_Answer):
    """A funding programme."""

    id: UUID = Field(description="Id of the programme.")
    key: str = Field(description="Short stable name.")
    title: Wording = Field(description="The title.")
    authority: str = Field(description="Name of the granting authority.")
    version: int | None = Field(description="Number of the published version, if there is one.")


class CallOut(_Answer):
    """A call for applications within a programme."""

    id: UUID = Field(description="Id of the call.")
    key: str = Field(description="Short stable name within the programme.")
    title: Wording = Field(description="The title.")
    programme_id: UUID = Field(description="The programme it belongs to.")
    opens_at: datetime = Field(description="When applying begins (UTC).")
    closes_at: datetime | None = Field(description="When it ends (UTC); null: no end.")

    @classmethod
    def of(cls, row: Call) -> CallOut:
        """From its row."""
        return cls(
            id=row.id,
            key=row.key,
            title=Wording.of(row.title),
            programme_id=row.programme_id,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
        )


class CaseLineOut(_Answer):
    """A case as lists show it."""

    id: UUID = Field(description="Id of the case.")
    reference: str = Field(description="The reference number on all letters.")
    title: str = Field(description="Title of the project.")
    organisation: str = Field(description="Name of the applicant organisation.")
    programme: Wording = Field(description="Title of the programme.")
    programme_id: UUID = Field(description="Id of the programme.")
    status: str = Field(description="Code of the status, e.g. `SUBMITTED`.")
    stage: str = Field(description="Code of the stage; empty before the first.")
    requested: Decimal | None = Field(description="Euro asked for, as decimal text.")
    approved: Decimal | None = Field(description="Euro granted, as decimal text.")
    opened_at: datetime = Field(description="When the case was opened (UTC).")
    closed_at: datetime | None = Field(description="When it was closed (UTC).")


class DeadlineOut(_Answer):
    """A deadline of a case."""

    id: UUID = Field(description="Id of the deadline.")
    kind: str = Field(description="Kind, e.g. `response` or `remedy`.")
    title: Wording = Field(description="What has to happen until then.")
    starts_on: date = Field(description="First day.")
    due_on: date = Field(description="Last day.")
    state: str = Field(description="`running`, `met`, `missed` or `void`.")


class TaskOut(_Answer):
    """A task for a person."""

    id: UUID = Field(description="Id of the task.")
    case_id: UUID = Field(description="The case it belongs to.")
    element: str = Field(description="Id of the element in the diagram.")
    name: Wording = Field(description="What has to be done.")
    role: str = Field(description="Code of the role that may do it.")
    form: str = Field(description="Name of its form; empty or `none`: nothing to fill in.")
    assignee_id: UUID | None = Field(description="The account that claimed it.")
    status: str = Field(description="`open`, `done` or `cancelled`.")
    created_at: datetime = Field(description="Since when it is open (UTC).")
    due_at: datetime | None = Field(
        description="From when on it is late (UTC); midnight in Germany: the last day is the one "
        "before."
    )
    next_reminder_on: date | None = Field(
        description="Day in Germany of the next mail that it is overdue; null until the first one "
        "has left. Tasks of applicants have letters of their own."
    )
    escalated_on: date | None = Field(
        description="Day in Germany on which the head of unit was last told that it is overdue."
    )
    done_at: datetime | None = Field(description="When it was done (UTC).")

    @classmethod
    def of(cls, row: Task) -> TaskOut:
        """From its row."""
        return cls(**_task_values(row))


class TaskLineOut(TaskOut):
    """A task as lists show it."""

    reference: str = Field(description="Reference number of the case.")
    case_title: str = Field(description="Title of the project.")
    organisation: str = Field(description="Name of the applicant organisation.")
    assignee: str | None = Field(description="Name of who claimed it.")


class TaskDetail(TaskOut):
    """A task with everything needed to complete it."""

    form_schema: dict[str, Any] | None = Field(
        description="The form as a form-js schema; null if there is nothing to fill in."
    )
    answers: dict[str, Any] = Field(description="What has been typed or given so far.")
    may_complete: bool = Field(description="Whether the token's owner may complete it now.")
    shows: list[str] = Field(description="What has to be known first, such as points asked for.")


def _task_values(row: Task) -> dict[str, Any]:
    values = row.model_dump(
        include={
            "id",
            "case_id",
            "role",
            "form",
            "assignee_id",
            "status",
            "created_at",
            "due_at",
            "next_reminder_on",
            "escalated_on",
            "done_at",
        }
    )
    return values | {"element": row.element_id, "name": Wording.of(row.name)}


def task_line(
    row: Task, reference: str, title: str, organisation: str, who: str | None
) -> TaskLineOut:
    """A line of a task list."""
    return TaskLineOut(
        **_task_values(row),
        reference=reference,
        case_title=title,
        organisation=organisation,
        assignee=who,
    )


def task_detail(
    row: Task,
    schema: dict[str, Any] | None,
    answers: Mapping[str, Any],
    may_complete: bool,
    shows: Sequence[str],
) -> TaskDetail:
    """A task with its form."""
    return TaskDetail(
        **_task_values(row),
        form_schema=schema,
        answers=dict(answers),
        may_complete=may_complete,
        shows=list(shows),
    )


class Completion(BaseModel):
    """The answers that complete a task."""

    model_config = ConfigDict(extra="forbid")

    answers: Annotated[dict[str, Any], BeforeValidator(require_visible)] = Field(
        default={}, description="Answers by the keys of the form."
    )


class LetterOut(_Answer):
    """A letter of a case."""

    id: UUID = Field(description="Id of the letter.")
    case_id: UUID = Field(description="The case it belongs to.")
    name: str = Field(description="Stable name, e.g. `grant_decision`.")
    title: Wording = Field(description="Title for people.")
    state: str = Field(description="`draft`, `approved`, `rendered` or `dispatched`.")
    channel: str = Field(description="`portal` or `post`.")
    created_at: datetime = Field(description="When it was drafted (UTC).")
    approved_at: datetime | None = Field(description="When it was approved (UTC).")
    sent_at: datetime | None = Field(description="When it left (UTC).")
    notified_on: date | None = Field(description="Day of notification in law.")
    remedy_end: date | None = Field(description="Last day of the period for a legal remedy.")
    pages: int | None = Field(description="Number of pages of the PDF.")
    pdf: str | None = Field(description="Address of the PDF; null until it was made.")

    @classmethod
    def of(cls, row: Letter, dispatch: Dispatch | None, pdf: str) -> LetterOut:
        """From its rows; ``pdf`` is the address the file has once it was made."""
        return cls(
            id=row.id,
            case_id=row.case_id,
            name=row.name,
            title=Wording.of(row.title),
            state=row.state,
            channel=row.channel,
            created_at=row.created_at,
            approved_at=row.approved_at,
            sent_at=dispatch.sent_at if dispatch else None,
            notified_on=dispatch.notified_on if dispatch else None,
            remedy_end=dispatch.remedy_end if dispatch else None,
            pages=row.pages,
            pdf=pdf if row.pdf_sha256 else None,
        )


class CaseOut(CaseLineOut):
    """A case with what is open in it."""

    call_id: UUID = Field(description="The call it answers.")
    organisation_id: UUID = Field(description="Id of the applicant organisation.")
    tasks: list[TaskOut] = Field(description="Its open tasks.")
    deadlines: list[DeadlineOut] = Field(description="Its deadlines, first due first.")

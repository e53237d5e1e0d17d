"""All tables. Rows are plain values: no relationships, no lazy loading; times are UTC."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def _at(**kwargs: Any) -> Any:
    nullable = kwargs.pop("nullable", False)
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable, **kwargs))


def _maybe_at() -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))


def _json(default: Any = dict) -> Any:
    return Field(default_factory=default, sa_column=Column(JSONB, nullable=False))


def _euro(*, nullable: bool = False) -> Any:
    column: Any = Column(Numeric(14, 2), nullable=nullable)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def _id() -> Any:
    return Field(default_factory=uuid4, primary_key=True)


# ---- who


class Authority(SQLModel, table=True):
    """A granting authority; all rows of its cases carry its id."""

    __tablename__ = "authority"
    id: UUID = _id()
    key: str = Field(unique=True)
    name: str
    facts: dict[str, Any] = _json()  # letterhead, seat, holiday calendar, rule profile, remedy


class Account(SQLModel, table=True):
    __tablename__ = "account"
    id: UUID = _id()
    email: str = Field(unique=True)
    name: str
    kind: str = Field(description="applicant or staff")
    password_hash: str | None = None
    language: str = "de"
    active: bool = True
    created_at: datetime = _at()


class RoleGrant(SQLModel, table=True):
    """A role of a person in an authority, for one programme or (null) for all of them."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint(
            "account_id", "authority_id", "programme_id", "role", postgresql_nulls_not_distinct=True
        ),
    )
    id: UUID = _id()
    account_id: UUID = Field(foreign_key="account.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID | None = Field(default=None, foreign_key="programme.id")
    role: str


class Organisation(SQLModel, table=True):
    __tablename__ = "organisation"
    id: UUID = _id()
    name: str
    legal_form: str = ""
    register_number: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    created_at: datetime = _at()


class Membership(SQLModel, table=True):
    __tablename__ = "membership"
    account_id: UUID = Field(foreign_key="account.id", primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", primary_key=True, index=True)
    role: str = "APPLICANT_SIGNATORY"


class WebSession(SQLModel, table=True):
    """A signed-in browser; only a hash of the cookie is kept."""

    __tablename__ = "web_session"
    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    account_id: UUID = Field(foreign_key="account.id", index=True)
    csrf: str
    created_at: datetime = _at()
    seen_at: datetime = _at()


class ApiToken(SQLModel, table=True):
    __tablename__ = "api_token"
    id: UUID = _id()
    account_id: UUID = Field(foreign_key="account.id", index=True)
    name: str
    token_hash: bytes = Field(sa_column=Column(LargeBinary, unique=True, nullable=False))
    created_at: datetime = _at()
    expires_at: datetime | None = _maybe_at()
    revoked_at: datetime | None = _maybe_at()


class SigninAttempt(SQLModel, table=True):
    __tablename__ = "signin_attempt"
    __table_args__ = (Index("ix_signin_attempt_recent", "subject", "at"),)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    subject: str  # "mail:…" or "ip:…"
    at: datetime = _at()


# ---- what is offered


class ProgrammeRow(SQLModel, table=True):
    __tablename__ = "programme"
    id: UUID = _id()
    authority_id: UUID = Field(foreign_key="authority.id", index=True)
    key: str = Field(unique=True)
    title: dict[str, Any] = _json()  # {"de": …, "en": …}


class ProgrammeVersion(SQLModel, table=True):
    """One version of a programme's package; frozen once published (digest)."""

    __tablename__ = "programme_version"
    __table_args__ = (
        UniqueConstraint("programme_id", "number"),
        CheckConstraint("state in ('draft','review','published','retired')", name="state"),
    )
    id: UUID = _id()
    programme_id: UUID = Field(foreign_key="programme.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    number: int
    state: str = "draft"
    digest: str = ""
    package: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    revision: int = 1  # counts the saves of a draft, so that two editors notice each other
    note: str = ""
    created_at: datetime = _at()
    created_by: UUID | None = Field(default=None, foreign_key="account.id")
    edited_by: UUID | None = Field(default=None, foreign_key="account.id")
    editors: list[str] = _json(list)  # everybody who ever changed it; none of them may publish it
    submitted_by: UUID | None = Field(default=None, foreign_key="account.id")
    published_by: UUID | None = Field(default=None, foreign_key="account.id")
    published_at: datetime | None = _maybe_at()


class Call(SQLModel, table=True):
    __tablename__ = "call"
    __table_args__ = (UniqueConstraint("programme_id", "key"),)
    id: UUID = _id()
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID = Field(foreign_key="programme.id")
    programme_version_id: UUID = Field(foreign_key="programme_version.id")
    key: str
    title: dict[str, Any] = _json()
    opens_at: datetime = _at()
    closes_at: datetime | None = _maybe_at()


# ---- cases


class Case(SQLModel, table=True):
    """One grant from first idea to evaluation."""

    __tablename__ = "grant_case"
    __table_args__ = (
        UniqueConstraint("authority_id", "reference"),
        Index("ix_case_list", "authority_id", "programme_id", "status", "opened_at"),
        Index("ix_case_organisation", "organisation_id", "opened_at"),
    )
    id: UUID = _id()
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID = Field(foreign_key="programme.id")
    programme_version_id: UUID = Field(foreign_key="programme_version.id")
    call_id: UUID = Field(foreign_key="call.id")
    organisation_id: UUID = Field(foreign_key="organisation.id")
    reference: str
    title: str = ""
    status: str = "DRAFT"
    stage: str = ""
    requested: Decimal | None = _euro(nullable=True)
    approved: Decimal | None = _euro(nullable=True)
    opened_at: datetime = _at()
    opened_by: UUID = Field(foreign_key="account.id")
    closed_at: datetime | None = _maybe_at()
    last_event_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class ReferenceNumber(SQLModel, table=True):
    __tablename__ = "reference_number"
    authority_id: UUID = Field(foreign_key="authority.id", primary_key=True)
    prefix: str = Field(primary_key=True)
    last: int


class ProcessInstance(SQLModel, table=True):
    """A stage or side process that runs (or ran) in a case; ``state`` belongs to the engine."""

    __tablename__ = "process_instance"
    __table_args__ = (
        CheckConstraint("status in ('running','ended','cancelled')", name="status"),
        Index("ix_instance_case", "case_id"),
        Index("ix_instance_parent", "parent_id"),
    )
    id: UUID = _id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    parent_id: UUID | None = Field(default=None, foreign_key="process_instance.id")
    parent_task_id: UUID | None = None
    process_id: str
    status: str = "running"
    version: int = 1
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    facts: dict[str, Any] = _json()  # routing values, for display
    started_at: datetime = _at()
    ended_at: datetime | None = _maybe_at()


class Task(SQLModel, table=True):
    """Projection of one human task; open ones are what people see in their lists."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("status in ('open','done','cancelled')", name="status"),
        Index(
            "ix_task_list", "authority_id", "role", "due_at", postgresql_where=text("status='open'")
        ),
        Index("ix_task_mine", "assignee_id", postgresql_where=text("status='open'")),
        Index("ix_task_case", "case_id"),
        Index("ix_task_instance", "instance_id", postgresql_where=text("status='open'")),
    )
    id: UUID = Field(primary_key=True)
    instance_id: UUID = Field(foreign_key="process_instance.id")
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID = Field(foreign_key="programme.id")
    element_id: str
    process_id: str
    name: dict[str, Any] = _json()  # {"de": …, "en": …}
    role: str
    form: str
    not_by: list[str] = _json(list)  # elements whose doers may not do this task (four eyes)
    assignee_id: UUID | None = Field(default=None, foreign_key="account.id")
    facts: dict[str, Any] = _json()  # what the engine says of this one task (item, letter, …)
    status: str = "open"
    created_at: datetime = _at()
    due_at: datetime | None = _maybe_at()
    done_at: datetime | None = _maybe_at()
    done_by: UUID | None = Field(default=None, foreign_key="account.id")


class TaskDraft(SQLModel, table=True):
    """What somebody typed so far; kept until the task is done."""

    __tablename__ = "task_draft"
    task_id: UUID = Field(foreign_key="task.id", primary_key=True)
    answers: dict[str, Any] = _json()
    updated_at: datetime = _at()
    updated_by: UUID = Field(foreign_key="account.id")


class Timer(SQLModel, table=True):
    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due", "due_at"), Index("ix_timer_instance", "instance_id"))
    task_id: UUID = Field(primary_key=True)
    instance_id: UUID = Field(foreign_key="process_instance.id")
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    element_id: str
    due_at: datetime = _at()


class Wait(SQLModel, table=True):
    """A message or signal that an instance waits for."""

    __tablename__ = "wait"
    __table_args__ = (Index("ix_wait_case", "case_id", "kind", "name"),)
    id: UUID = _id()
    task_id: UUID
    instance_id: UUID = Field(foreign_key="process_instance.id", index=True)
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    element_id: str
    kind: str  # message | signal
    name: str


class CaseEvent(SQLModel, table=True):
    """Append-only history of a case; each row's hash covers the row before it."""

    __tablename__ = "case_event"
    __table_args__ = (Index("ix_event_case", "case_id", "id"),)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID | None = None
    at: datetime = _at()
    actor_id: UUID | None = None
    actor_name: str = ""
    kind: str  # e.g. task.completed; texts key events.<kind>
    element_id: str = ""
    public: bool = False  # shown to the applicant
    data: dict[str, Any] = _json()
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class FormData(SQLModel, table=True):
    """Answers to a form of a case; a change is a new revision."""

    __tablename__ = "form_data"
    __table_args__ = (UniqueConstraint("case_id", "form", "item", "revision"),)
    id: UUID = _id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    form: str
    item: str = ""  # distinguishes e.g. reviewers of the same form
    revision: int
    answers: dict[str, Any] = _json()
    task_id: UUID | None = None
    at: datetime = _at()
    by: UUID | None = Field(default=None, foreign_key="account.id")


class Document(SQLModel, table=True):
    __tablename__ = "document"
    __table_args__ = (Index("ix_document_case", "case_id"),)
    id: UUID = _id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    form: str
    field: str
    name: str
    media_type: str
    size: int
    sha256: str
    at: datetime = _at()
    by: UUID = Field(foreign_key="account.id")
    removed_at: datetime | None = _maybe_at()


class Letter(SQLModel, table=True):
    """A letter of a case: draft (editable), approved (frozen), rendered (PDF), dispatched."""

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint(
            "state in ('draft','approved','rendered','dispatched','discarded')", name="state"
        ),
        Index("ix_letter_case", "case_id"),
    )
    id: UUID = _id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID = Field(foreign_key="process_instance.id")
    name: str  # grant_decision, …
    title: dict[str, Any] = _json()
    state: str = "draft"
    channel: str = "portal"  # portal | post
    model: dict[str, Any] = _json()  # frozen facts the template sees
    edits: dict[str, Any] = _json()  # text blocks changed by hand
    prepared_by: UUID | None = Field(default=None, foreign_key="account.id")
    approved_by: UUID | None = Field(default=None, foreign_key="account.id")
    created_at: datetime = _at()
    approved_at: datetime | None = _maybe_at()
    rendered_at: datetime | None = _maybe_at()
    pdf_sha256: str | None = None
    pages: int | None = None
    content_hash: str | None = None  # of template, model and edits at approval


class Dispatch(SQLModel, table=True):
    """Proof that a letter left: when, how, by whom, and what follows in law."""

    __tablename__ = "dispatch"
    id: UUID = _id()
    letter_id: UUID = Field(foreign_key="letter.id", unique=True)
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    channel: str
    state: str = "sent"  # queued (print) | sent
    sent_at: datetime | None = _maybe_at()
    by: UUID | None = Field(default=None, foreign_key="account.id")
    proof: dict[str, Any] = _json()
    notified_on: date | None = None
    remedy_end: date | None = None
    safe_finality: date | None = None


class Deadline(SQLModel, table=True):
    __tablename__ = "deadline"
    __table_args__ = (Index("ix_deadline_due", "due_on"), Index("ix_deadline_case", "case_id"))
    id: UUID = _id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID | None = None
    kind: str
    title: dict[str, Any] = _json()
    starts_on: date
    due_on: date
    explanation: list[Any] = _json(list)
    state: str = "running"  # running | met | missed | void
    created_at: datetime = _at()


class Decision(SQLModel, table=True):
    __tablename__ = "decision"
    id: UUID = _id()
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    kind: str  # eoi, grant, …
    outcome: str
    amount: Decimal | None = _euro(nullable=True)
    reasons: str = ""
    facts: dict[str, Any] = _json()
    prepared_by: UUID | None = Field(default=None, foreign_key="account.id")
    countersigned_by: UUID | None = Field(default=None, foreign_key="account.id")
    at: datetime = _at()


class Payment(SQLModel, table=True):
    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("state in ('requested','approved','ordered','refused')", name="state"),
        CheckConstraint("amount > 0", name="amount"),
    )
    id: UUID = _id()
    case_id: UUID = Field(foreign_key="grant_case.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    instance_id: UUID | None = None
    amount: Decimal = _euro()
    state: str
    requested_at: datetime = _at()
    approved_by: UUID | None = Field(default=None, foreign_key="account.id")
    ordered_at: datetime | None = _maybe_at()


class ConflictDeclaration(SQLModel, table=True):
    """What somebody said about their own interests in a case; a conflict excludes from the case."""

    __tablename__ = "conflict_declaration"
    case_id: UUID = Field(foreign_key="grant_case.id", primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", primary_key=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    conflict: bool
    reason: str = ""
    at: datetime = _at()


class CaseMessage(SQLModel, table=True):
    __tablename__ = "case_message"
    __table_args__ = (Index("ix_message_case", "case_id", "at"),)
    id: UUID = _id()
    case_id: UUID = Field(foreign_key="grant_case.id")
    authority_id: UUID = Field(foreign_key="authority.id")
    author_id: UUID | None = Field(default=None, foreign_key="account.id")
    author_name: str
    internal: bool = False
    body: str
    at: datetime = _at()


class PublicationRecord(SQLModel, table=True):
    __tablename__ = "publication_record"
    case_id: UUID = Field(foreign_key="grant_case.id", primary_key=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    facts: dict[str, Any] = _json()
    at: datetime = _at()


class JobNote(SQLModel, table=True):
    """Why a failed job was given up, or what its last error said."""

    __tablename__ = "job_note"
    job_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    case_id: UUID | None = None
    error: str = ""
    at: datetime = _at()
    given_up_by: UUID | None = Field(default=None, foreign_key="account.id")
    reason: str = ""

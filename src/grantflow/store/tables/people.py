"""Who: authorities, accounts, roles, organisations, sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from grantflow.store.tables.columns import at, json, maybe_at, new_id


class Authority(SQLModel, table=True):
    """A granting authority; all rows of its cases carry its id."""

    __tablename__ = "authority"
    id: UUID = new_id()
    key: str = Field(unique=True)
    name: str
    facts: dict[str, Any] = json()  # letterhead, seat, holiday calendar, rule profile, remedy


class Account(SQLModel, table=True):
    __tablename__ = "account"
    id: UUID = new_id()
    email: str = Field(unique=True)
    name: str
    kind: str = Field(description="applicant or staff")
    password_hash: str | None = None
    language: str = "de"
    active: bool = True
    created_at: datetime = at()


class RoleGrant(SQLModel, table=True):
    """A role of a person in an authority, for one programme or (null) for all of them."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint(
            "account_id", "authority_id", "programme_id", "role", postgresql_nulls_not_distinct=True
        ),
    )
    id: UUID = new_id()
    account_id: UUID = Field(foreign_key="account.id", index=True)
    authority_id: UUID = Field(foreign_key="authority.id")
    programme_id: UUID | None = Field(default=None, foreign_key="programme.id")
    role: str


class Organisation(SQLModel, table=True):
    __tablename__ = "organisation"
    id: UUID = new_id()
    name: str
    legal_form: str = ""
    register_number: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    created_at: datetime = at()


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
    created_at: datetime = at()
    seen_at: datetime = at()


class ApiToken(SQLModel, table=True):
    __tablename__ = "api_token"
    id: UUID = new_id()
    account_id: UUID = Field(foreign_key="account.id", index=True)
    name: str
    token_hash: bytes = Field(sa_column=Column(LargeBinary, unique=True, nullable=False))
    created_at: datetime = at()
    expires_at: datetime | None = maybe_at()
    revoked_at: datetime | None = maybe_at()


class SigninAttempt(SQLModel, table=True):
    __tablename__ = "signin_attempt"
    __table_args__ = (Index("ix_signin_attempt_recent", "subject", "at"),)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    subject: str  # "mail:…" or "ip:…"
    at: datetime = at()

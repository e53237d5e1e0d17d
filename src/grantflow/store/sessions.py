"""Signed-in browsers, API tokens and sign-in attempts; secrets are kept as hashes only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.tables import ApiToken, SigninAttempt, WebSession


def add_session(session: Session, row: WebSession) -> None:
    """Keep a signed-in browser."""
    session.execute(insert(WebSession), [row.model_dump()])


def touch_session(session: Session, token_hash: bytes, at: datetime) -> None:
    """Note that a browser was seen."""
    query = update(WebSession).where(col(WebSession.token_hash) == token_hash)
    session.execute(query.values(seen_at=at))


def delete_session(session: Session, token_hash: bytes) -> None:
    """Forget one browser."""
    session.execute(delete(WebSession).where(col(WebSession.token_hash) == token_hash))


def delete_sessions_of(session: Session, account_id: UUID) -> None:
    """Forget every browser of an account."""
    session.execute(delete(WebSession).where(col(WebSession.account_id) == account_id))


def delete_old(session: Session, *, sessions_before: datetime, attempts_before: datetime) -> None:
    """Forget browsers created and sign-in attempts made before these moments."""
    session.execute(delete(WebSession).where(col(WebSession.created_at) < sessions_before))
    session.execute(delete(SigninAttempt).where(col(SigninAttempt.at) < attempts_before))


def add_attempts(session: Session, subjects: Sequence[str], at: datetime) -> None:
    """Note a failed sign-in under each of these names."""
    rows = [{"subject": subject, "at": at} for subject in subjects]
    session.execute(insert(SigninAttempt), rows)


def delete_attempts(session: Session, subject: str) -> None:
    """Forget the failed sign-ins of this name, after one that worked."""
    session.execute(delete(SigninAttempt).where(col(SigninAttempt.subject) == subject))


def count_attempts(
    session: Session, subjects: Sequence[str], since: datetime
) -> dict[str, tuple[int, datetime]]:
    """How many failed sign-ins each name had since then, and when the first of them was."""
    query = (
        select(col(SigninAttempt.subject), func.count(), func.min(SigninAttempt.at))
        .where(col(SigninAttempt.subject).in_(subjects), col(SigninAttempt.at) > since)
        .group_by(col(SigninAttempt.subject))
    )
    return {subject: (count, first) for subject, count, first in session.execute(query)}


def add_token(session: Session, token: ApiToken) -> None:
    """Keep an API token."""
    session.execute(insert(ApiToken), [token.model_dump()])


def list_tokens(session: Session, account_id: UUID) -> Sequence[ApiToken]:
    """The API tokens of an account that were not revoked, newest first."""
    query = select(ApiToken).where(
        col(ApiToken.account_id) == account_id, col(ApiToken.revoked_at).is_(None)
    )
    return session.scalars(query.order_by(text("created_at desc"))).all()


def revoke_token(session: Session, account_id: UUID, token_id: UUID, at: datetime) -> None:
    """Make an API token of an account worthless. Raises NotFound."""
    query = (
        update(ApiToken)
        .where(
            col(ApiToken.id) == token_id,
            col(ApiToken.account_id) == account_id,
            col(ApiToken.revoked_at).is_(None),
        )
        .values(revoked_at=at)
    )
    if session.execute(query).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound()

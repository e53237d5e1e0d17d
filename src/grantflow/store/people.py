"""Accounts, organisations and roles in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.tables import (
    Account,
    Authority,
    Membership,
    Organisation,
    ProgrammeRow,
    RoleGrant,
)

SIGNATORY = "APPLICANT_SIGNATORY"
"""The membership of somebody who may sign for the organisation."""

# Everything an actor is made of, in one query: the account, its roles, its organisations.
_PERSON = """
select account.id, account.name, account.email, account.language, account.kind,
       account.password_hash,
       coalesce((select array_agg(array[g.role, g.authority_id::text, g.programme_id::text])
                 from role_grant g where g.account_id = account.id), '{}') as grants,
       coalesce((select array_agg(m.organisation_id)
                 from membership m where m.account_id = account.id), '{}') as organisations
"""
_BY_EMAIL = text(f"{_PERSON} from account where email = :email and active")
_BY_ID = text(f"{_PERSON} from account where id = :id and active")
_OF_SESSION = text(
    f"{_PERSON}, s.csrf, s.created_at, s.seen_at"
    " from web_session s join account on account.id = s.account_id"
    " where s.token_hash = :hash and account.active"
)
_OF_TOKEN = text(
    f"{_PERSON}, t.expires_at"
    " from api_token t join account on account.id = t.account_id"
    " where t.token_hash = :hash and t.revoked_at is null and account.active"
)


def _one(session: Session, query: TextClause, values: Mapping[str, Any]) -> Row[Any] | None:
    return session.execute(query, dict(values)).one_or_none()


def find_person(session: Session, email: str) -> Row[Any] | None:
    """The active account with this address, its roles and organisations."""
    return _one(session, _BY_EMAIL, {"email": email})


def find_person_by_id(session: Session, account_id: UUID) -> Row[Any] | None:
    """The active account with this id, its roles and organisations."""
    return _one(session, _BY_ID, {"id": account_id})


def find_person_of_session(session: Session, token_hash: bytes) -> Row[Any] | None:
    """Who is signed in with this cookie, whatever its age."""
    return _one(session, _OF_SESSION, {"hash": token_hash})


def find_person_of_token(session: Session, token_hash: bytes) -> Row[Any] | None:
    """Whose API token this is, unless it was revoked."""
    return _one(session, _OF_TOKEN, {"hash": token_hash})


def lock_account(session: Session, account_id: UUID) -> Account:
    """The account, locked. Raises NotFound."""
    query = select(Account).where(col(Account.id) == account_id).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound()
    return found


def find_account(session: Session, email: str) -> Account | None:
    """The account with this address, active or not."""
    return session.scalars(select(Account).where(col(Account.email) == email)).one_or_none()


def find_active(session: Session, account_id: UUID) -> Account | None:
    """The account, unless it is closed."""
    query = select(Account).where(col(Account.id) == account_id, col(Account.active))
    return session.scalars(query).one_or_none()


def set_password_hash(session: Session, account_id: UUID, password_hash: str) -> None:
    """Replace the hash of a password."""
    session.execute(
        update(Account).where(col(Account.id) == account_id).values(password_hash=password_hash)
    )


def get_authority(session: Session, key: str) -> Authority:
    """The authority with this key. Raises NotFound."""
    found = session.scalars(select(Authority).where(col(Authority.key) == key)).one_or_none()
    if found is None:
        raise NotFound("people.no_authority", authority=key)
    return found


def get_programme(session: Session, authority_id: UUID, key: str) -> ProgrammeRow:
    """The authority's programme with this key. Raises NotFound."""
    query = select(ProgrammeRow).where(
        col(ProgrammeRow.key) == key, col(ProgrammeRow.authority_id) == authority_id
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("people.no_programme", programme=key)
    return found


def add_grants(session: Session, grants: Sequence[RoleGrant]) -> None:
    """Give roles; those that are there already stay as they are."""
    rows = [grant.model_dump() for grant in grants]
    session.execute(insert(RoleGrant).values(rows).on_conflict_do_nothing())


def list_holders(
    session: Session, role: str, authority_id: UUID, programme_id: UUID | None = None
) -> Sequence[Account]:
    """Active staff with this role in the authority, for the programme or for all, by name."""
    programme = col(RoleGrant.programme_id)
    query = (
        select(Account)
        .where(
            col(Account.active),
            col(Account.id).in_(
                select(col(RoleGrant.account_id)).where(
                    col(RoleGrant.role) == role,
                    col(RoleGrant.authority_id) == authority_id,
                    programme.is_(None) | (programme == programme_id),
                )
            ),
        )
        .order_by(col(Account.name))
    )
    return session.scalars(query).all()


def list_members(session: Session, organisation_id: UUID) -> Sequence[Account]:
    """Active accounts that act for an organisation, by name."""
    query = (
        select(Account)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .where(col(Membership.organisation_id) == organisation_id, col(Account.active))
        .order_by(col(Account.name))
    )
    return session.scalars(query).all()


def list_signatories(session: Session, organisation_id: UUID) -> Sequence[Account]:
    """Active accounts that may sign for an organisation, by name."""
    query = (
        select(Account)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .where(
            col(Membership.organisation_id) == organisation_id,
            col(Membership.role) == SIGNATORY,
            col(Account.active),
        )
        .order_by(col(Account.name))
    )
    return session.scalars(query).all()


def lock_organisation(session: Session, organisation_id: UUID) -> Organisation:
    """The organisation, locked. Raises NotFound."""
    query = select(Organisation).where(col(Organisation.id) == organisation_id).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound()
    return found


def list_organisations(session: Session, ids: Collection[UUID]) -> Sequence[Organisation]:
    """These organisations, by name."""
    query = select(Organisation).where(col(Organisation.id).in_(ids))
    return session.scalars(query.order_by(col(Organisation.name))).all()

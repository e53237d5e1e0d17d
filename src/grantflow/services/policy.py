"""Who may do what: the acting person, their roles, and the questions every service asks of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import NotAllowed, NotFound
from grantflow.store.scope import SYSTEM_SCOPE, Scope
from grantflow.store.tables import Case, ConflictDeclaration


class Role(StrEnum):
    """The roles that lanes, properties and grants name."""

    APPLICANT = "APPLICANT"
    CASE_OFFICER = "CASE_OFFICER"
    SECOND_REVIEWER = "SECOND_REVIEWER"
    HEAD_OF_UNIT = "HEAD_OF_UNIT"
    PANEL_MEMBER = "PANEL_MEMBER"
    BUDGET_OFFICER = "BUDGET_OFFICER"
    PROGRAMME_MANAGER = "PROGRAMME_MANAGER"
    TEMPLATE_MANAGER = "TEMPLATE_MANAGER"
    RULE_MANAGER = "RULE_MANAGER"
    REGISTRY = "REGISTRY"
    AUDITOR_INTERNAL = "AUDITOR_INTERNAL"
    OPERATIONS = "OPERATIONS"
    ADMIN = "ADMIN"


# Roles that never open a case: they see programmes, jobs or accounts.
WITHOUT_CASES = frozenset(
    {
        Role.PROGRAMME_MANAGER,
        Role.TEMPLATE_MANAGER,
        Role.RULE_MANAGER,
        Role.OPERATIONS,
        Role.ADMIN,
    }
)


# Roles that read case files and work on their tasks; the panel sees what it is asked to review.
WITH_FILES = frozenset(Role) - WITHOUT_CASES - {Role.PANEL_MEMBER, Role.APPLICANT}


@dataclass(frozen=True)
class Grant:
    """A role in an authority, for one programme or (None) for all of its programmes."""

    role: str
    authority_id: UUID
    programme_id: UUID | None = None

    def covers(self, role: str, authority_id: UUID, programme_id: UUID | None) -> bool:
        """Whether this grant is that role in that authority and programme."""
        return (
            self.role == role
            and self.authority_id == authority_id
            and self.programme_id in (None, programme_id)
        )


@dataclass(frozen=True)
class Actor:
    """Who acts: an applicant, a member of staff, or the system itself."""

    account_id: UUID | None
    name: str
    email: str
    language: str
    kind: str  # applicant | staff | system
    grants: frozenset[Grant] = frozenset()
    organisations: frozenset[UUID] = frozenset()

    @property
    def scope(self) -> Scope:
        """The rows this actor's transactions may see."""
        if self.is_system:
            return SYSTEM_SCOPE
        authorities = frozenset(grant.authority_id for grant in self.grants)
        return Scope(authorities, self.organisations, account=self.account_id)

    @property
    def is_system(self) -> bool:
        return self.kind == "system"

    @property
    def is_staff(self) -> bool:
        return self.kind == "staff"

    @property
    def is_applicant(self) -> bool:
        return self.kind == "applicant"

    @property
    def roles(self) -> frozenset[str]:
        """Every role this actor has anywhere."""
        return frozenset(grant.role for grant in self.grants)

    def has_role(self, role: str, authority_id: UUID, programme_id: UUID | None = None) -> bool:
        """Whether the actor has the role there; APPLICANT is no grant, see ``acts_for``."""
        return any(grant.covers(role, authority_id, programme_id) for grant in self.grants)

    def acts_for(self, organisation_id: UUID) -> bool:
        """Whether the actor belongs to this organisation."""
        return organisation_id in self.organisations


SYSTEM = Actor(None, "GrantFlow", "", "de", "system")


def require_role(
    actor: Actor, role: str, authority_id: UUID, programme_id: UUID | None = None
) -> None:
    """Raises NotAllowed unless the actor has the role there (the system has every role)."""
    if not (actor.is_system or actor.has_role(role, authority_id, programme_id)):
        raise NotAllowed(role=role)


def require_any(actor: Actor, roles: Collection[str]) -> None:
    """Raises NotAllowed unless the actor has one of the roles anywhere."""
    if not (actor.is_system or actor.roles & set(roles)):
        raise NotAllowed(role=", ".join(sorted(roles)))


def require_account(actor: Actor) -> UUID:
    """The account that acts. Raises NotAllowed for the system and for nobody."""
    if actor.account_id is None:
        raise NotAllowed()
    return actor.account_id


def role_in_case(actor: Actor, case: Case, role: str) -> bool:
    """Whether the actor fills a task's role in this case; APPLICANT is the case's organisation."""
    if actor.is_system:
        return True
    if role == Role.APPLICANT:
        return actor.acts_for(case.organisation_id)
    return actor.has_role(role, case.authority_id, case.programme_id)


def may_see_case(actor: Actor, case: Case) -> bool:
    """Applicants see their organisations' cases, staff those of programmes they have a role in."""
    if actor.is_system or actor.acts_for(case.organisation_id):
        return True
    return any(
        grant.role not in WITHOUT_CASES
        and grant.covers(grant.role, case.authority_id, case.programme_id)
        for grant in actor.grants
    )


def only_panel(actor: Actor, case: Case) -> bool:
    """Whether the actor sees the case as a panel member and in no other role."""
    here = {g.role for g in actor.grants if g.covers(g.role, case.authority_id, case.programme_id)}
    return bool(here) and here <= {Role.PANEL_MEMBER}


def require_case(actor: Actor, case: Case) -> None:
    """Raises NotFound, so that nobody learns of a case they may not see."""
    if not may_see_case(actor, case):
        raise NotFound()


def excluded_accounts(session: Session, case_id: UUID) -> frozenset[UUID]:
    """Everybody who declared a conflict of interest in the case (§ 20, § 21 VwVfG)."""
    query = select(col(ConflictDeclaration.account_id)).where(
        col(ConflictDeclaration.case_id) == case_id, col(ConflictDeclaration.conflict)
    )
    return frozenset(session.scalars(query))


def require_not_excluded(session: Session, actor: Actor, case_id: UUID) -> None:
    """Raises NotAllowed if the actor declared a conflict of interest in this case."""
    if actor.account_id in excluded_accounts(session, case_id):
        raise NotAllowed("people.excluded")

"""What the studio tells about versions beyond their files: authors and cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.services import catalogue
from grantflow.services.policy import Actor
from grantflow.store import catalogue as rows
from grantflow.store import studio
from grantflow.store.tables import ProgrammeVersion


def case_counts(session: Session, actor: Actor, programme_id: UUID) -> Mapping[UUID, int]:
    """How many cases run (or ran) on each version. Raises NotFound, NotAllowed."""
    programme = rows.get_programme(session, programme_id)
    catalogue.require_insight(actor, programme.authority_id, programme.id)
    return studio.cases_per_version(session, programme_id)


def people_of(session: Session, versions: Iterable[ProgrammeVersion]) -> Mapping[UUID, str]:
    """The names of everybody who wrote, handed over or published one of the versions."""
    people = {
        person
        for version in versions
        for person in (
            version.created_by,
            version.edited_by,
            version.submitted_by,
            version.published_by,
        )
        if person is not None
    }
    return studio.names_of(session, people)

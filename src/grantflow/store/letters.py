"""Statements about letters and the proof that they left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from grantflow.errors import NotFound
from grantflow.store.cases import Reach, within
from grantflow.store.tables import Case, CaseEvent, Dispatch, Letter, Organisation


@dataclass(frozen=True)
class LetterWithDispatch:
    """A letter and, once it left or was queued, its dispatch."""

    letter: Letter
    dispatch: Dispatch | None


@dataclass(frozen=True)
class DispatchLine:
    """One line of the register of dispatches or of the print queue."""

    dispatch: Dispatch
    letter: Letter
    reference: str
    organisation: str


def add_letter(session: Session, row: Letter) -> None:
    """Insert a letter."""
    session.add(row)
    session.flush()


def get_letter(session: Session, letter_id: UUID) -> Letter:
    """The letter as it is now. Raises NotFound."""
    found = session.get(Letter, letter_id, populate_existing=True)
    if found is None:
        raise NotFound("services.letters.not_found")
    return found


def find_draft(
    session: Session, case_id: UUID, name: str, instance_id: UUID | None = None
) -> Letter | None:
    """The newest draft of a letter that a diagram wrote in a case; corrections are not its own.

    Where two processes hold a draft of the name, the one of ``instance_id``.
    """
    return session.execute(
        select(Letter)
        .where(
            col(Letter.case_id) == case_id,
            col(Letter.name) == name,
            col(Letter.state) == "draft",
            col(Letter.relation) != "corrects",
        )
        .order_by(
            col(Letter.instance_id).is_distinct_from(instance_id),
            col(Letter.created_at).desc(),
            col(Letter.id).desc(),
        )
        .limit(1)
    ).scalar_one_or_none()


def _newest() -> ColumnElement[bool]:
    """The condition that a dispatch is the last one of its letter."""
    later = aliased(Dispatch)
    return ~(
        select(col(later.id))
        .where(
            col(later.letter_id) == col(Dispatch.letter_id),
            col(later.attempt) > col(Dispatch.attempt),
        )
        .exists()
    )


def list_letters(
    session: Session, case_id: UUID, *, dispatched_only: bool = False
) -> Sequence[LetterWithDispatch]:
    """The letters of a case, oldest first, without those thrown away."""
    statement = (
        select(Letter, Dispatch)
        .outerjoin(Dispatch, and_(col(Dispatch.letter_id) == col(Letter.id), _newest()))
        .where(col(Letter.case_id) == case_id, col(Letter.state) != "discarded")
        .order_by(col(Letter.created_at), col(Letter.id))
    )
    if dispatched_only:
        statement = statement.where(col(Letter.state) == "dispatched")
    return [LetterWithDispatch(*row) for row in session.execute(statement)]


def signed_in(session: Session, instance_id: UUID) -> Sequence[Letter]:
    """The letters of a process that were approved, whether they have left yet or not."""
    wanted = select(Letter).where(
        col(Letter.instance_id) == instance_id,
        col(Letter.approved_at).is_not(None),
        col(Letter.state) != "discarded",
    )
    return session.execute(wanted).scalars().all()


def dispatched_acts(
    session: Session, case_id: UUID, names: Collection[str], *, unwaived: bool = False
) -> Sequence[str]:
    """Those of these letters that left the case; ``unwaived``: a newest one without a waiver."""
    statement = (
        select(col(Letter.name))
        .join(Dispatch, col(Dispatch.letter_id) == col(Letter.id))
        .where(
            col(Letter.case_id) == case_id,
            col(Letter.name).in_(names),
            col(Letter.relation) != "corrects",
            col(Dispatch.state) == "sent",
        )
        .distinct()
        .order_by(col(Letter.name))
    )
    if unwaived:
        statement = statement.where(_newest(), col(Dispatch.waived_on).is_(None))
    return session.execute(statement).scalars().all()


def remedy_open(session: Session, case_id: UUID, names: Collection[str], today: date) -> bool:
    """Whether a letter of these names is notified, not waived and not safely final today."""
    found = (
        select(col(Dispatch.id))
        .join(Letter, col(Letter.id) == col(Dispatch.letter_id))
        .where(
            col(Dispatch.case_id) == case_id,
            col(Dispatch.state) == "sent",
            _newest(),
            col(Letter.name).in_(names),
            col(Letter.relation) != "corrects",
            col(Dispatch.notified_on).is_not(None),
            col(Dispatch.waived_on).is_(None),
            col(Dispatch.safe_finality) > today,
        )
    )
    return bool(session.execute(select(found.exists())).scalar_one())


def editors(session: Session, case_id: UUID, letter_id: UUID) -> Sequence[UUID]:
    """Accounts that changed the text of a letter by hand, from the history."""
    found = session.execute(
        select(col(CaseEvent.actor_id)).where(
            col(CaseEvent.case_id) == case_id,
            col(CaseEvent.kind) == "letter.edited",
            col(CaseEvent.data)["letter"].as_string() == str(letter_id),
        )
    )
    return [account for account in found.scalars() if account is not None]


def last_edit(session: Session, case_id: UUID, letter_id: UUID) -> CaseEvent | None:
    """When the text of a letter was last changed by hand and by whom, from the history."""
    return session.execute(
        select(CaseEvent)
        .where(
            col(CaseEvent.case_id) == case_id,
            col(CaseEvent.kind) == "letter.edited",
            col(CaseEvent.data)["letter"].as_string() == str(letter_id),
        )
        .order_by(col(CaseEvent.id).desc())
        .limit(1)
    ).scalar_one_or_none()


def find_dispatch(session: Session, letter_id: UUID) -> Dispatch | None:
    """The last dispatch of a letter, if it left or waits in the print queue."""
    return session.execute(
        select(Dispatch)
        .where(col(Dispatch.letter_id) == letter_id)
        .order_by(col(Dispatch.attempt).desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def get_dispatch(session: Session, dispatch_id: UUID) -> Dispatch:
    """An entry of the register as it is now. Raises NotFound."""
    found = session.get(Dispatch, dispatch_id, populate_existing=True)
    if found is None:
        raise NotFound("dispatches.not_found")
    return found


def dispatches_of(session: Session, letter_id: UUID) -> Sequence[Dispatch]:
    """Every dispatch of a letter, the first one first."""
    return (
        session.execute(
            select(Dispatch)
            .where(col(Dispatch.letter_id) == letter_id)
            .order_by(col(Dispatch.attempt))
        )
        .scalars()
        .all()
    )


def previous_dispatch(session: Session, dispatch: Dispatch) -> Dispatch:
    """The dispatch of the same letter before a second one."""
    return session.execute(
        select(Dispatch).where(
            col(Dispatch.letter_id) == dispatch.letter_id,
            col(Dispatch.attempt) == dispatch.attempt - 1,
        )
    ).scalar_one()


def add_dispatch(session: Session, row: Dispatch) -> None:
    """Insert a dispatch; a second one of the same letter and number is a Conflict."""
    session.add(row)
    session.flush()


def _with_case(reach: Sequence[Reach]) -> Select[Dispatch, Letter, str, str]:
    return (
        select(Dispatch, Letter, col(Case.reference), col(Organisation.name))
        .join(Letter, col(Letter.id) == col(Dispatch.letter_id))
        .join(Case, col(Case.id) == col(Dispatch.case_id))
        .join(Organisation, col(Organisation.id) == col(Case.organisation_id))
        .where(within(reach, col(Case.authority_id), col(Case.programme_id)))
    )


def print_queue(
    session: Session, reach: Sequence[Reach], ids: Collection[UUID] | None = None
) -> Sequence[DispatchLine]:
    """Letters that wait to be printed, oldest first; ``ids`` picks some of the letters."""
    statement = (
        _with_case(reach)
        .where(col(Dispatch.state) == "queued")
        .order_by(col(Letter.rendered_at), col(Letter.id))
    )
    if ids is not None:
        statement = statement.where(col(Letter.id).in_(ids))
    return [DispatchLine(*row) for row in session.execute(statement)]


def register(
    session: Session, reach: Sequence[Reach], since: date, limit: int, offset: int
) -> Sequence[DispatchLine]:
    """Letters that left since a day, latest first."""
    statement = (
        _with_case(reach)
        .where(col(Dispatch.state) != "queued", col(Dispatch.sent_at) >= since)
        .order_by(col(Dispatch.sent_at).desc(), col(Dispatch.id))
        .limit(limit)
        .offset(offset)
    )
    return [DispatchLine(*row) for row in session.execute(statement)]


def discard_drafts(session: Session, instance_ids: Collection[UUID]) -> Sequence[Letter]:
    """Throw away the drafts that diagrams hold which go no further; the letters it concerns."""
    statement = select(Letter).where(
        col(Letter.instance_id).in_(instance_ids), col(Letter.state) == "draft"
    )
    found = session.execute(statement).scalars().all()
    for draft in found:
        draft.state = "discarded"
    return found


def referring(session: Session, case_id: UUID, letter_id: UUID) -> Sequence[Letter]:
    """Letters of the case that refer to this one, oldest first, without those thrown away."""
    return (
        session.execute(
            select(Letter)
            .where(
                col(Letter.case_id) == case_id,
                col(Letter.refers_to) == letter_id,
                col(Letter.state) != "discarded",
            )
            .order_by(col(Letter.created_at), col(Letter.id))
        )
        .scalars()
        .all()
    )

"""Statements about budget items and the ledger; sums are kept by the database, never here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import col

from grantflow.errors import Conflict
from grantflow.store.cases import Reach, within
from grantflow.store.tables import (
    BudgetItem,
    BudgetYear,
    Case,
    CommitmentAuthority,
    LedgerEntry,
    ProgrammeRow,
)

BINDING = ("reserved", "committed", "ordered", "paid")
"""The buckets that use up an appropriation."""
NOTHING = Decimal("0.00")
_LOCK = text("select * from budget_lock(:item, cast(:years as int[]))")


@dataclass(frozen=True)
class CaseLine:
    """What one case has in one bucket of one item and year (euro)."""

    item_id: UUID
    budget_year: int
    due_year: int
    bucket: str
    amount: Decimal


@dataclass(frozen=True)
class EntryLine:
    """A ledger entry with the file reference of its case."""

    entry: LedgerEntry
    reference: str


@dataclass(frozen=True)
class ItemLine:
    """A budget item with the programme that names it."""

    item: BudgetItem
    programme: ProgrammeRow


def find_item(session: Session, programme_id: UUID, key: str) -> BudgetItem | None:
    """A programme's budget item by its key."""
    wanted = select(BudgetItem).where(
        col(BudgetItem.programme_id) == programme_id, col(BudgetItem.key) == key
    )
    return session.execute(wanted).scalar_one_or_none()


def get_item(session: Session, item_id: UUID) -> BudgetItem | None:
    """A budget item by its id."""
    return session.get(BudgetItem, item_id)


def add_item(session: Session, item: BudgetItem) -> None:
    """Insert a budget item."""
    session.add(item)
    session.flush()


def list_items(session: Session, reach: Sequence[Reach] | None) -> Sequence[ItemLine]:
    """Budget items within reach (None: all) by programme and key."""
    statement = (
        select(BudgetItem, ProgrammeRow)
        .join(ProgrammeRow, col(ProgrammeRow.id) == col(BudgetItem.programme_id))
        .order_by(col(ProgrammeRow.key), col(BudgetItem.key))
    )
    if reach is not None:
        place = within(reach, col(BudgetItem.authority_id), col(BudgetItem.programme_id))
        statement = statement.where(place)
    return [ItemLine(*row) for row in session.execute(statement)]


def list_years(session: Session, items: Iterable[UUID]) -> Sequence[BudgetYear]:
    """The sums of all years of some items, by item and year."""
    wanted = select(BudgetYear).where(col(BudgetYear.item_id).in_(list(items)))
    ordered = wanted.order_by(col(BudgetYear.item_id), col(BudgetYear.year))
    return session.execute(ordered).scalars().all()


def list_authorities(session: Session, items: Iterable[UUID]) -> Sequence[CommitmentAuthority]:
    """Commitment authority of some items, by budget year and the later year it is for."""
    wanted = select(CommitmentAuthority).where(col(CommitmentAuthority.item_id).in_(list(items)))
    ordered = wanted.order_by(
        col(CommitmentAuthority.budget_year), col(CommitmentAuthority.due_year)
    )
    return session.execute(ordered.execution_options(populate_existing=True)).scalars().all()


def lock_years(session: Session, item_id: UUID, years: Iterable[int]) -> Mapping[int, BudgetYear]:
    """Lock years of an item until the transaction ends, and read their sums as they are now.

    Always before anything is booked; rows that do not exist yet are made.
    """
    found = session.execute(_LOCK, {"item": item_id, "years": sorted(set(years))}).mappings()
    return {row["year"]: BudgetYear(**row) for row in found}


def add_entries(session: Session, entries: Sequence[LedgerEntry]) -> None:
    """Write entries in their order; the database brings the sums up to date.

    Raises Conflict when the database refuses, which is the second line behind the checks of the
    service: then a sum would be below zero or above what there is.
    """
    try:
        session.add_all(entries)
        session.flush()
    except IntegrityError as error:
        diagnosis = getattr(error.orig, "diag", None)
        constraint = getattr(diagnosis, "constraint_name", "") or ""
        if not constraint.startswith(("budget_year", "commitment_authority")):
            raise
        raise Conflict("ledger.refused_by_database", constraint=constraint) from error


def case_lines(session: Session, case_id: UUID) -> Sequence[CaseLine]:
    """What a case has in which bucket, item and year; lines that add up to nothing are left out."""
    return lines_of_cases(session, [case_id])[case_id]


def lines_of_cases(
    session: Session, case_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[CaseLine]]:
    """As ``case_lines``, for many cases in one statement."""
    key = (
        col(LedgerEntry.item_id),
        col(LedgerEntry.budget_year),
        col(LedgerEntry.due_year),
        col(LedgerEntry.bucket),
    )
    total = func.sum(col(LedgerEntry.amount))
    statement = (
        select(col(LedgerEntry.case_id), *key, total)
        .where(col(LedgerEntry.case_id).in_(case_ids))
        .group_by(col(LedgerEntry.case_id), *key)
        .having(total != 0)
        .order_by(col(LedgerEntry.due_year), col(LedgerEntry.budget_year), col(LedgerEntry.item_id))
    )
    found: dict[UUID, list[CaseLine]] = {one: [] for one in case_ids}
    for case_id, item_id, budget_year, due_year, bucket, amount in session.execute(statement):
        assert case_id is not None  # one of those asked for
        found[case_id].append(CaseLine(item_id, budget_year, due_year, bucket, amount))
    return found


def payment_lines(session: Session, payment_id: UUID, bucket: str) -> Sequence[CaseLine]:
    """What one payment has in a bucket, by item and year."""
    key = (
        col(LedgerEntry.item_id),
        col(LedgerEntry.budget_year),
        col(LedgerEntry.due_year),
        col(LedgerEntry.bucket),
    )
    total = func.sum(col(LedgerEntry.amount))
    statement = (
        select(*key, total)
        .where(col(LedgerEntry.payment_id) == payment_id, col(LedgerEntry.bucket) == bucket)
        .group_by(*key)
        .having(total != 0)
        .order_by(col(LedgerEntry.due_year))
    )
    return [CaseLine(*row) for row in session.execute(statement)]


def open_commitments(
    session: Session, item_id: UUID, year: int
) -> Sequence[tuple[UUID, int, Decimal]]:
    """Case, budget year and euro of what is committed for a year of an item and not yet ordered."""
    total = func.sum(col(LedgerEntry.amount))
    statement = (
        select(col(LedgerEntry.case_id), col(LedgerEntry.budget_year), total)
        .where(
            col(LedgerEntry.item_id) == item_id,
            col(LedgerEntry.due_year) == year,
            col(LedgerEntry.bucket) == "committed",
        )
        .group_by(col(LedgerEntry.case_id), col(LedgerEntry.budget_year))
        .having(total != 0)
        .order_by(col(LedgerEntry.case_id), col(LedgerEntry.budget_year))
    )
    return [
        (case_id, budget_year, amount)
        for case_id, budget_year, amount in session.execute(statement)
        if case_id is not None
    ]


def entries_of_item(session: Session, item_id: UUID, year: int | None) -> Sequence[EntryLine]:
    """The entries of an item (one year or all), oldest first, with the reference of their case."""
    statement = (
        select(LedgerEntry, func.coalesce(col(Case.reference), ""))
        .outerjoin(Case, col(Case.id) == col(LedgerEntry.case_id))
        .where(col(LedgerEntry.item_id) == item_id)
        .order_by(col(LedgerEntry.id))
    )
    if year is not None:
        statement = statement.where(col(LedgerEntry.due_year) == year)
    return [EntryLine(*row) for row in session.execute(statement)]


def entries_of_case(session: Session, case_id: UUID) -> Sequence[LedgerEntry]:
    """The entries of a case, oldest first."""
    statement = select(LedgerEntry).where(col(LedgerEntry.case_id) == case_id)
    return session.execute(statement.order_by(col(LedgerEntry.id))).scalars().all()


def summed(session: Session, item_id: UUID) -> Mapping[tuple[int, str], Decimal]:
    """The sums of all entries of an item by year and bucket, counted anew."""
    key = (col(LedgerEntry.due_year), col(LedgerEntry.bucket))
    statement = select(*key, func.sum(col(LedgerEntry.amount))).where(
        col(LedgerEntry.item_id) == item_id
    )
    return {(row[0], row[1]): row[2] for row in session.execute(statement.group_by(*key))}

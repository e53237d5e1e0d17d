"""Budget items by year: what the budget gives, commitment authority, carry-over, overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow import clock
from grantflow.errors import Conflict, Invalid, NotFound, Problem
from grantflow.programmes.definition import ProgrammeFile
from grantflow.services.booking import Booking, Change, free
from grantflow.services.policy import Actor, Role, require_any, require_role
from grantflow.services.reach import reach_of
from grantflow.store import cases as case_rows
from grantflow.store import ledger as rows
from grantflow.store.ledger import NOTHING, EntryLine
from grantflow.store.tables import BudgetItem, BudgetYear, CommitmentAuthority, ProgrammeRow

READERS = (
    Role.BUDGET_OFFICER,
    Role.HEAD_OF_UNIT,
    Role.SECOND_REVIEWER,
    Role.CASE_OFFICER,
    Role.AUDITOR_INTERNAL,
)
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class YearLine:
    """A year of a budget item with what is free of it (euro)."""

    sums: BudgetYear
    free: Decimal


@dataclass(frozen=True)
class ItemView:
    """A budget item with its programme, its years and its commitment authority."""

    item: BudgetItem
    programme: ProgrammeRow
    years: Sequence[YearLine]
    authorities: Sequence[CommitmentAuthority]


def write_items(session: Session, programme: ProgrammeRow, file: ProgrammeFile) -> None:
    """Add or rename the budget items a programme names; items with entries never go."""
    for facts in file.budget_items:
        item = rows.find_item(session, programme.id, facts.key)
        if item is None:
            item = BudgetItem(
                authority_id=programme.authority_id, programme_id=programme.id, key=facts.key
            )
            rows.add_item(session, item)
        item.title, item.chapter = facts.title.model_dump(), facts.chapter


def overview(session: Session, actor: Actor) -> list[ItemView]:
    """Every budget item within the actor's roles with all years. Raises NotAllowed."""
    require_any(actor, READERS)
    found = rows.list_items(session, None if actor.is_system else reach_of(actor, READERS))
    ids = [line.item.id for line in found]
    years, authorities = rows.list_years(session, ids), rows.list_authorities(session, ids)
    return [
        ItemView(
            line.item,
            line.programme,
            [YearLine(y, free(y)) for y in years if y.item_id == line.item.id and _used(y)],
            [a for a in authorities if a.item_id == line.item.id],
        )
        for line in found
    ]


def _used(year: BudgetYear) -> bool:
    """Whether there is anything to show: a budget, or money bound before there is one."""
    bound = any(getattr(year, bucket) for bucket in (*rows.BINDING, "returned", "carried"))
    return year.appropriation is not None or bound


def view(session: Session, actor: Actor, item_id: UUID) -> ItemView:
    """One budget item. Raises NotFound, also where the actor has no role that sees it."""
    found = next((v for v in overview(session, actor) if v.item.id == item_id), None)
    if found is None:
        raise NotFound("ledger.item_not_found")
    return found


def entries(
    session: Session, actor: Actor, item_id: UUID, year: int | None = None
) -> Sequence[EntryLine]:
    """The entries of an item, oldest first. Raises NotFound, NotAllowed."""
    view(session, actor, item_id)
    return rows.entries_of_item(session, item_id, year)


def may_edit(actor: Actor, item: BudgetItem) -> bool:
    """Whether the actor enters the amounts of this item (§ 9 BHO/LHO)."""
    role = Role.BUDGET_OFFICER
    return actor.is_system or actor.has_role(role, item.authority_id, item.programme_id)


def require_editor(session: Session, actor: Actor, item_id: UUID) -> BudgetItem:
    """The item, if the actor enters its amounts. Raises NotFound, NotAllowed."""
    item = rows.get_item(session, item_id)
    if item is None:
        raise NotFound("ledger.item_not_found")
    require_role(actor, Role.BUDGET_OFFICER, item.authority_id, item.programme_id)
    return item


def _booking(session: Session, actor: Actor, item: BudgetItem, kind: str, reason: str) -> Booking:
    return Booking(session, actor, item.authority_id, clock.now(), kind, reason)


def _require_year(year: int, place: str) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        params = {"first": str(FIRST_YEAR), "last": str(LAST_YEAR)}
        raise Invalid([Problem("money.year_wrong", params, place)])


def set_appropriation(
    session: Session, actor: Actor, item_id: UUID, year: int, amount: Decimal, reason: str
) -> bool:
    """Enter what the budget gives (euro) for a year; the difference becomes a ledger entry.

    False when it was the same. Raises Conflict when less than what is bound would be left,
    NotAllowed for anybody but the budget officer, Invalid, NotFound.
    """
    item = require_editor(session, actor, item_id)
    _require_year(year, "year")
    before = rows.lock_years(session, item_id, [year])[year].appropriation or NOTHING
    booking = _booking(session, actor, item, "appropriation", reason)
    booking.add(Change(item_id, year, year, "appropriation", amount - before))
    return booking.write()


def set_authority(
    session: Session,
    actor: Actor,
    item_id: UUID,
    years: tuple[int, int],
    amount: Decimal,
    reason: str,
) -> bool:
    """Enter the commitment authority (euro) of a budget year for a later one (§§ 16, 38 BHO/LHO).

    ``years`` is the budget year and the year the money falls due. Raises Conflict when more is used
    already, Invalid when the second is not later, NotAllowed, NotFound.
    """
    item = require_editor(session, actor, item_id)
    budget_year, due_year = years
    _require_year(budget_year, "year")
    _require_year(due_year, "due_year")
    if due_year <= budget_year:
        raise Invalid([Problem("money.due_year_earlier", place="due_year")])
    rows.lock_years(session, item_id, [due_year])
    known = rows.list_authorities(session, [item_id])
    before = next((a.amount for a in known if (a.budget_year, a.due_year) == years), NOTHING)
    booking = _booking(session, actor, item, "authority", reason)
    booking.add(Change(item_id, budget_year, due_year, "authority", amount - before))
    return booking.write()


def carry_over(
    session: Session, actor: Actor, item_id: UUID, year: int, amount: Decimal, reason: str
) -> bool:
    """Carry an unspent remainder (euro, Ausgaberest, § 45 BHO/LHO) into the next year.

    Commitments of the year that were not ordered go with it, so the amount covers at least those.
    Raises Conflict when it does not, when more is carried than is left, or the next year has no
    budget yet; NotAllowed, Invalid, NotFound.
    """
    item = require_editor(session, actor, item_id)
    _require_year(year, "year")
    waiting = rows.open_commitments(session, item_id, year)
    for case_id in sorted({case_id for case_id, _, _ in waiting}, key=str):
        case_rows.lock_case(session, case_id)
    sums = rows.lock_years(session, item_id, [year, year + 1])[year]
    waiting = rows.open_commitments(session, item_id, year)
    least = sum((part for _, _, part in waiting), NOTHING)
    left = free(sums) + least
    if not least <= amount <= left:
        raise Conflict("ledger.carry_over_money", amount=amount, least=least, most=left, year=year)
    booking = _booking(session, actor, item, "carry_over", reason)
    booking.add(Change(item_id, year, year, "carried", -amount))
    booking.add(Change(item_id, year + 1, year + 1, "carried", amount))
    for case_id, budget_year, part in waiting:
        booking.add(Change(item_id, budget_year, year, "committed", -part, case_id))
        booking.add(Change(item_id, year + 1, year + 1, "committed", part, case_id))
    return booking.write()


def differences(session: Session, item_id: UUID) -> Mapping[tuple[int, str], Decimal]:
    """Where the sums of an item are not what its entries add up to; empty when all is well."""
    counted = rows.summed(session, item_id)
    found = {}
    for year in rows.list_years(session, [item_id]):
        for bucket in ("appropriation", "carried", "returned", *rows.BINDING):
            shown = getattr(year, bucket) or NOTHING
            off = shown - counted.get((year.year, bucket), NOTHING)
            if off:
                found[(year.year, bucket)] = off
    return found

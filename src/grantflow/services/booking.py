"""One booking in the ledger: what shall change, checked against what there is, then written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from grantflow.clock import BERLIN
from grantflow.errors import Conflict
from grantflow.services.policy import Actor
from grantflow.store import ledger as rows
from grantflow.store.ledger import BINDING, NOTHING
from grantflow.store.tables import BudgetItem, BudgetYear, LedgerEntry


@dataclass(frozen=True)
class Change:
    """One line of a booking: so much (euro, may be negative) in a bucket of a year of an item."""

    item_id: UUID
    budget_year: int
    due_year: int
    bucket: str
    amount: Decimal
    case_id: UUID | None = None
    payment_id: UUID | None = None

    @property
    def binds(self) -> bool:
        return self.bucket in BINDING


@dataclass
class Booking:
    """Changes of one act of one person, written together or not at all."""

    session: Session
    actor: Actor
    authority_id: UUID
    now: datetime
    kind: str
    reason: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def year(self) -> int:
        """The budget year of the booking: the calendar year in Germany (§ 4 BHO/LHO)."""
        return self.now.astimezone(BERLIN).year

    def add(self, change: Change) -> None:
        """Put a line in; one of nothing is left out."""
        if change.amount:
            self.changes.append(change)

    def write(self) -> bool:
        """Lock the years, check that nothing is overdrawn, write. False when nothing changes.

        Raises Conflict that names item, year and what is free; then nothing is written.
        """
        changes = _netted(self.changes)
        if not changes:
            return False
        for item_id in sorted({change.item_id for change in changes}, key=str):
            _check(self.session, item_id, [c for c in changes if c.item_id == item_id])
        booking = uuid4()
        # What sets money free goes first, else a sum would be too high for a moment.
        ordered = sorted(changes, key=lambda change: (change.amount > 0) == change.binds)
        rows.add_entries(self.session, [self._entry(booking, change) for change in ordered])
        return True

    def _entry(self, booking: UUID, change: Change) -> LedgerEntry:
        return LedgerEntry(
            booking=booking,
            authority_id=self.authority_id,
            item_id=change.item_id,
            case_id=change.case_id,
            payment_id=change.payment_id,
            budget_year=change.budget_year,
            due_year=change.due_year,
            bucket=change.bucket,
            kind=self.kind,
            amount=change.amount,
            reason=self.reason,
            by=self.actor.account_id,
            by_name=self.actor.name,
            at=self.now,
        )


def _netted(changes: Iterable[Change]) -> list[Change]:
    """Lines of the same place added up, so that what goes out and in again is no entry."""
    sums: dict[Change, Decimal] = defaultdict(lambda: NOTHING)
    for change in changes:
        place = Change(
            change.item_id, change.budget_year, change.due_year, change.bucket, NOTHING,
            change.case_id, change.payment_id,
        )  # fmt: skip
        sums[place] += change.amount
    return [
        Change(p.item_id, p.budget_year, p.due_year, p.bucket, amount, p.case_id, p.payment_id)
        for p, amount in sums.items()
        if amount
    ]


def free(year: BudgetYear) -> Decimal:
    """What of a year (euro) is neither reserved nor committed, ordered or paid."""
    there = (year.appropriation or NOTHING) + year.carried
    return there - year.reserved - year.committed - year.ordered - year.paid


def _check(session: Session, item_id: UUID, changes: Sequence[Change]) -> None:
    locked = rows.lock_years(session, item_id, (change.due_year for change in changes))
    item = rows.get_item(session, item_id)
    assert item is not None
    for year, sums in locked.items():
        _check_year(item, sums, [c for c in changes if c.due_year == year])
    _check_authority(session, item, changes)


def _check_year(item: BudgetItem, sums: BudgetYear, changes: Sequence[Change]) -> None:
    more = sum((c.amount for c in changes if c.bucket in ("appropriation", "carried")), NOTHING)
    bound = sum((c.amount for c in changes if c.binds), NOTHING)
    entered = sums.appropriation is not None or any(c.bucket == "appropriation" for c in changes)
    if not entered:
        # A later year without a budget yet is bound through commitment authority alone.
        if any(c.binds and c.amount > 0 and c.due_year == c.budget_year for c in changes):
            raise Conflict("ledger.no_appropriation", item=item.chapter or item.key, year=sums.year)
        return
    left = free(sums) + more - bound
    if left >= 0:
        return
    shown = {"item": item.chapter or item.key, "year": sums.year, "short": -left}
    if bound > 0:
        raise Conflict("ledger.not_enough_money", free=free(sums), wanted=bound, **shown)
    raise Conflict("ledger.below_bound_money", **shown)


def _check_authority(session: Session, item: BudgetItem, changes: Sequence[Change]) -> None:
    wanted: dict[tuple[int, int], Decimal] = defaultdict(lambda: NOTHING)
    granted: dict[tuple[int, int], Decimal] = defaultdict(lambda: NOTHING)
    for change in changes:
        place = (change.budget_year, change.due_year)
        if change.bucket == "authority":
            granted[place] += change.amount
        elif change.binds and change.due_year > change.budget_year:
            wanted[place] += change.amount
    if not wanted and not granted:
        return
    known = {
        (row.budget_year, row.due_year): row for row in rows.list_authorities(session, [item.id])
    }
    for place in {*wanted, *granted}:
        row = known.get(place)
        left = (row.amount - row.used if row else NOTHING) + granted[place]
        if wanted[place] <= left or (wanted[place] <= 0 and not granted[place]):
            continue
        key = "ledger.below_used_money" if granted[place] else "ledger.no_authority_money"
        params = {"item": item.chapter or item.key, "year": place[0], "due": place[1], "free": left}
        raise Conflict(key, wanted=wanted[place], **params)

"""The ledger of a case: money reserved, committed, paid and returned, always out of entries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from grantflow.errors import Conflict
from grantflow.services.booking import Booking, Change
from grantflow.services.cash_years import ByYear, added, fitted
from grantflow.store import ledger as rows
from grantflow.store import payments as payment_rows
from grantflow.store.ledger import NOTHING, CaseLine
from grantflow.store.tables import LedgerEntry, Payment

_LEFT = ("ordered", "paid")


@dataclass(frozen=True)
class Position:
    """What the ledger says of a case (euro).

    ``committed`` is the whole commitment, paid parts included; ``paid`` is what was ordered or has
    left; ``confirmed`` what of it the treasury has reported as paid; ``available`` what may still
    be ordered.
    """

    reserved: Decimal = NOTHING
    committed: Decimal = NOTHING
    paid: Decimal = NOTHING
    returned: Decimal = NOTHING
    available: Decimal = NOTHING
    confirmed: Decimal = NOTHING


def position(session: Session, case_id: UUID) -> Position:
    """What is reserved, committed, paid and returned in a case by its ledger entries."""
    return _position(rows.case_lines(session, case_id))


def _position(lines: Sequence[CaseLine]) -> Position:
    still, ordered, confirmed = (_total(lines, b) for b in ("committed", "ordered", "paid"))
    return Position(
        reserved=_total(lines, "reserved"),
        committed=still + ordered + confirmed,
        paid=ordered + confirmed,
        returned=_total(lines, "returned"),
        available=still,
        confirmed=confirmed,
    )


def kept(session: Session, case_id: UUID) -> Decimal:
    """Euro approved, ordered or paid in a case, less what the grantee has paid back."""
    return payment_rows.committed(session, case_id) - position(session, case_id).returned


def undelivered(session: Session, case_id: UUID, granted: Decimal) -> Decimal:
    """Euro of ``granted`` not kept nor given up where an order was withdrawn or came back."""
    states = {payment.state for payment in payment_rows.list_payments(session, case_id)}
    if not states & {"withdrawn", "returned"}:
        return NOTHING
    given_up = payment_rows.renounced(session, case_id)
    return max(NOTHING, granted - max(NOTHING, kept(session, case_id)) - given_up)


def unreceived(session: Session, case_id: UUID) -> Decimal:
    """Euro repaid in a case beyond all that was ever received, and not renounced since.

    It was repaid without a ground and is owed back (the claim of § 49a Abs. 1 VwVfG ends with
    what was received).
    """
    beyond = -kept(session, case_id) - payment_rows.renounced(session, case_id)
    return max(NOTHING, beyond)


def bound(session: Session, case_id: UUID) -> Decimal:
    """Euro committed in a case, what is paid and kept included."""
    found = position(session, case_id)
    return found.committed - found.returned


def repayable(session: Session, case_id: UUID) -> Decimal:
    """Euro ordered or paid in a case that have not come back; without entries, also approved ones.

    A claim for repayment can be no higher (§ 49a Abs. 1 VwVfG).
    """
    return repayable_of_cases(session, [case_id])[case_id]


def repayable_of_cases(session: Session, case_ids: Collection[UUID]) -> Mapping[UUID, Decimal]:
    """As ``repayable``, for many cases at once."""
    booked = rows.lines_of_cases(session, case_ids)
    approved = payment_rows.committed_of_cases(session, case_ids)
    found = {one: _position(lines) for one, lines in booked.items()}
    paid = {one: found[one].paid if lines else approved[one] for one, lines in booked.items()}
    return {one: max(NOTHING, paid[one] - found[one].returned) for one in booked}


def has_entries(session: Session, case_id: UUID) -> bool:
    """Whether the ledger knows the case; without it a case is paid by its decision alone."""
    return bool(rows.case_lines(session, case_id))


def entries(session: Session, case_id: UUID) -> Sequence[LedgerEntry]:
    """The ledger entries of a case, oldest first."""
    return rows.entries_of_case(session, case_id)


def reserve(booking: Booking, case_id: UUID, item_id: UUID, by_year: ByYear) -> bool:
    """Set the reservation of a case to these amounts (euro by budget year, §§ 9, 34 BHO/LHO).

    An earlier reservation is replaced. False when it was the same. Years gone by count as this
    year. Raises Conflict when a year has no free money or no commitment authority (§ 38).
    """
    wanted = fitted(by_year, sum(by_year.values(), NOTHING), booking.year)
    for line in _in(rows.case_lines(booking.session, case_id), "reserved"):
        booking.add(_change(line, case_id, "reserved", -line.amount))
    for year, amount in wanted.items():
        booking.add(Change(item_id, booking.year, year, "reserved", amount, case_id))
    return booking.write()


def commit_funds(
    booking: Booking, case_id: UUID, item_id: UUID, amount: Decimal, split: ByYear | None = None
) -> bool:
    """Set the whole commitment of a case to an amount (euro), what is paid already included.

    What the grantee has paid back is open again as far as the amount goes: paying it again takes
    new money, for what came back is revenue (§ 15 BHO/LHO). A reservation is used up and what it
    holds beyond that is set free. The years are those of ``split``, else of the commitment or
    reservation so far; a change later goes to the last year and is taken from the last. Raises
    Conflict when less than was paid and kept would be left, or money or commitment authority is
    missing.
    """
    lines = rows.case_lines(booking.session, case_id)
    kept = _total(lines, "ordered") + _total(lines, "paid") - _total(lines, "returned")
    if amount < kept:
        raise Conflict("ledger.less_than_paid_money", amount=amount, paid=kept)
    wanted = fitted(_years(lines, split), amount - kept, booking.year)
    for line in _in(lines, "reserved"):
        booking.add(_change(line, case_id, "reserved", -line.amount))
    for line in _in(lines, "committed"):
        stays = min(line.amount, wanted.get(line.due_year, NOTHING))
        wanted[line.due_year] = wanted.get(line.due_year, NOTHING) - stays
        booking.add(_change(line, case_id, "committed", stays - line.amount))
    for year, more in wanted.items():
        booking.add(Change(item_id, booking.year, year, "committed", more, case_id))
    return booking.write()


def change_commitment(
    booking: Booking, case_id: UUID, item_id: UUID, by: Decimal, split: ByYear | None = None
) -> bool:
    """Bind so much more or less (signed euro) of a case than is bound now; nothing else moves.

    Less is taken from the last years, at most what is not ordered. More goes to the years where
    ``split``, the whole grant by year, exceeds what they hold, else to the last year bound. Raises
    Conflict when money or commitment authority is missing.
    """
    lines = rows.case_lines(booking.session, case_id)
    missing = max(NOTHING, -by)
    for line in sorted(_in(lines, "committed"), key=lambda one: one.due_year, reverse=True):
        taken = min(line.amount, missing)
        missing -= taken
        booking.add(_change(line, case_id, "committed", -taken))
    if by > 0:
        for year, more in fitted(_room(lines, split, by), by, booking.year).items():
            booking.add(Change(item_id, booking.year, year, "committed", more, case_id))
    return booking.write()


def _room(lines: Sequence[CaseLine], split: ByYear | None, by: Decimal) -> dict[int, Decimal]:
    """The years that more money goes to."""
    if split:
        held = added((one.due_year, one.amount) for one in _in(lines, "committed", *_LEFT))
        return {y: max(part - held.get(y, NOTHING), NOTHING) for y, part in split.items()}
    years = [line.due_year for line in _in(lines, "committed") if line.amount]
    return {max(years): by} if years else {}


def _years(lines: Sequence[CaseLine], split: ByYear | None) -> dict[int, Decimal]:
    """The amounts by year that a commitment starts from, less what is paid of each year."""
    if split:
        paid = added((one.due_year, one.amount) for one in _in(lines, *_LEFT))
        return {y: max(part - paid.get(y, NOTHING), NOTHING) for y, part in split.items()}
    held = _in(lines, "committed") or _in(lines, "reserved")
    return added((one.due_year, one.amount) for one in held)


def release(booking: Booking, case_id: UUID) -> bool:
    """Set free what is reserved or committed in a case and not ordered; False when nothing is."""
    for line in _in(rows.case_lines(booking.session, case_id), "reserved", "committed"):
        booking.add(_change(line, case_id, line.bucket, -line.amount))
    return booking.write()


def order(booking: Booking, payment: Payment) -> None:
    """Take the amount of a payment out of the commitment: of this year first, then of others.

    What comes out of another year is paid with free money of this year. Raises Conflict when more
    is ordered than is committed, or this year has too little (then an unspent remainder must be
    carried over first, § 45 BHO/LHO).
    """
    lines = _in(rows.case_lines(booking.session, payment.case_id), "committed")
    if _total(lines, "committed") < payment.amount:
        left = _total(lines, "committed")
        raise Conflict("ledger.not_committed_money", amount=payment.amount, left=left)
    missing, this_year = payment.amount, booking.year
    # This year's first, then what earlier years left over, then what is meant for later ones.
    for line in sorted(lines, key=lambda one: (one.due_year != this_year, one.due_year)):
        taken = min(line.amount, missing)
        missing -= taken
        booking.add(_change(line, payment.case_id, "committed", -taken))
        year = line.budget_year if line.due_year == this_year else this_year
        booking.add(
            Change(line.item_id, year, this_year, "ordered", taken, payment.case_id, payment.id)
        )
    booking.write()


def confirm_paid(booking: Booking, payment: Payment) -> None:
    """Book that the treasury has paid a payment."""
    for line in rows.payment_lines(booking.session, payment.id, "ordered"):
        booking.add(_change(line, payment.case_id, "ordered", -line.amount, payment.id))
        booking.add(_change(line, payment.case_id, "paid", line.amount, payment.id))
    booking.write()


def take_back(booking: Booking, payment: Payment, granted: Decimal) -> None:
    """Bring the money of a payment that did not leave, or came back from the bank, to where it was.

    It is committed again as far as ``granted`` (euro, what still binds) covers it; the rest is
    free.
    """
    lines = rows.case_lines(booking.session, payment.case_id)
    kept = _total(lines, "ordered") + _total(lines, "paid") - _total(lines, "returned")
    bound = kept - payment.amount + _total(lines, "committed")
    covered = max(NOTHING, granted - bound)
    bucket = "paid" if payment.state == "paid" else "ordered"
    for line in rows.payment_lines(booking.session, payment.id, bucket):
        again = min(line.amount, covered)
        covered -= again
        booking.add(_change(line, payment.case_id, bucket, -line.amount, payment.id))
        booking.add(_change(line, payment.case_id, "committed", again))
    booking.write()


def record_return(booking: Booking, case_id: UUID, amount: Decimal) -> bool:
    """Book money (euro) that the grantee paid back, in the year it came; never more than was paid.

    It does not become free again: what comes back is revenue of its year (§ 15 BHO/LHO).
    """
    lines = rows.case_lines(booking.session, case_id)
    paid = _total(lines, "ordered") + _total(lines, "paid")
    back = _total(lines, "returned")
    if amount > paid - back:
        raise Conflict("ledger.more_than_paid_money", amount=amount, left=paid - back)
    item_id = next(one.item_id for one in _in(lines, "ordered", "paid"))
    booking.add(Change(item_id, booking.year, booking.year, "returned", amount, case_id))
    return booking.write()


def _in(lines: Iterable[CaseLine], *buckets: str) -> list[CaseLine]:
    return [line for line in lines if line.bucket in buckets]


def _total(lines: Iterable[CaseLine], bucket: str) -> Decimal:
    return sum((line.amount for line in lines if line.bucket == bucket), NOTHING)


def _change(
    line: CaseLine, case_id: UUID, bucket: str, amount: Decimal, payment_id: UUID | None = None
) -> Change:
    return Change(
        line.item_id, line.budget_year, line.due_year, bucket, amount, case_id, payment_id
    )

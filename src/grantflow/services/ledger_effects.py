"""What diagrams ask of the ledger: reserve, commit, release, record a return."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from grantflow.engine import Effect
from grantflow.errors import GrantFlowError, Invalid, Problem
from grantflow.services import ledger
from grantflow.services.booking import Booking
from grantflow.services.cash_years import ByYear, by_months, read_split
from grantflow.services.decisions import euro, signed_euro
from grantflow.services.move import Move
from grantflow.store import forms_data
from grantflow.store import ledger as rows
from grantflow.store.ledger import NOTHING
from grantflow.store.tables import BudgetItem, Call, Case, ProcessInstance

FREES = frozenset({"WITHDRAWN", "LAPSED", "REJECTED", "NOT_SELECTED", "CLOSED", "ARCHIVED"})
"""Statuses after which nothing of a case may stay bound, whatever its diagram says."""


def reserve(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Reserve an amount (euro) for the case, by budget year; replaces an earlier reservation.

    The years come from ``split``, else ``split_from`` (form.field), else the months of ``from`` to
    ``until``, else this year. Does nothing in a programme without budget items. Raises Conflict
    when the money is not there, Invalid for years that cannot be read or differ from the amount.
    """
    item = _item(move, effect)
    if item is not None:
        amount = euro(effect.params["amount"], effect.element_id)
        booking = _booking(move, "reserve")
        by_year = _split(move, effect, amount) or {booking.year: amount}
        if sum(by_year.values()) != amount:
            total = sum(by_year.values(), Decimal(0))
            told = {"amount": amount, "total": total}
            raise Invalid([Problem("ledger.split_differs_money", told)])
        if ledger.reserve(booking, move.case.id, item.id, by_year):
            _note(move, row, effect, "ledger.reserved", amount)
    return {}


def commit(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Bind the granted amount (euro) with the decision; after a change the difference.

    ``amount`` is the whole grant; ``by`` (signed) changes what is bound now, so that what other
    decisions have bound or freed meanwhile stays so. Lowered is at most what is not ordered.
    Raises Conflict when the money is not there, GrantFlowError without either of them.
    """
    item, by = _item(move, effect), effect.params.get("by")
    if item is None:
        return {}
    booking, case_id = _booking(move, "commit"), move.case.id
    if by is None:
        amount = euro(effect.params.get("amount"), effect.element_id)
        split = _split(move, effect, amount)
        changed = ledger.commit_funds(booking, case_id, item.id, amount, split)
    else:
        amount = signed_euro(by, effect.element_id)
        split = _split(move, effect, max(NOTHING, amount))
        changed = ledger.change_commitment(booking, case_id, item.id, amount, split)
    if changed:
        _note(move, row, effect, "ledger.committed", ledger.bound(move.session, case_id))
    return {}


def release(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Set free what is reserved or committed in the case and not ordered."""
    _release(move, row, effect)
    return {}


def release_when_over(move: Move, row: ProcessInstance, effect: Effect) -> None:
    """Set money free when the case reaches a status that binds none."""
    if move.case.status in FREES:
        _release(move, row, effect)


def still_granted(case: Case) -> Decimal:
    """What of its grant (euro) still binds money of the budget in a case."""
    return NOTHING if case.status in FREES else case.approved or NOTHING


def _release(move: Move, row: ProcessInstance, effect: Effect) -> None:
    before = ledger.position(move.session, move.case.id)
    if ledger.release(_booking(move, "release"), move.case.id):
        _note(move, row, effect, "ledger.released", before.reserved + before.available)


def record_return(move: Move, row: ProcessInstance, effect: Effect) -> Mapping[str, Any]:
    """Book money (euro) the grantee has paid back. Raises Conflict for more than was paid."""
    amount = euro(effect.params["amount"], effect.element_id)
    if amount and ledger.has_entries(move.session, move.case.id):
        ledger.record_return(_booking(move, "return"), move.case.id, amount)
        _note(move, row, effect, "ledger.returned", amount)
    return {}


def _booking(move: Move, kind: str) -> Booking:
    return Booking(move.session, move.actor, move.case.authority_id, move.now, kind)


def _item(move: Move, effect: Effect) -> BudgetItem | None:
    """The budget item: that of the effect, of the call, or the programme's first one."""
    file = move.programme.file
    if not file.budget_items:
        return None
    call = move.session.get_one(Call, move.case.call_id).key
    key = str(effect.params.get("item") or "") or file.budget_item_of(call)
    item = rows.find_item(move.session, move.case.programme_id, str(key))
    if item is None:
        raise GrantFlowError("ledger.no_such_item", item=key, element=effect.element_id)
    return item


def _split(move: Move, effect: Effect, amount: Decimal) -> ByYear | None:
    params = effect.params
    given = params.get("split") or _answer(move, str(params.get("split_from") or ""))
    if given:
        return read_split(given)
    if params.get("from") and params.get("until"):
        try:
            first, last = (date.fromisoformat(str(params[n])[:10]) for n in ("from", "until"))
        except ValueError:
            period = {"first": str(params["from"]), "last": str(params["until"])}
            raise Invalid([Problem("ledger.period", period)]) from None
        return by_months(amount, first, last)
    return None


def _answer(move: Move, source: str) -> Any:
    form, _, field = source.partition(".")
    if not form or not field:
        return None
    found = forms_data.find_latest(move.session, move.case.id, form)
    return (found.answers if found else {}).get(field)


def _note(move: Move, row: ProcessInstance, effect: Effect, kind: str, amount: Decimal) -> None:
    move.note(
        kind,
        instance_id=row.id,
        element_id=effect.element_id,
        amount=str(amount),
    )

"""Does a letter rest on the grant, the payments and the processes of the day it is signed?"""

from __future__ import annotations

from decimal import Decimal

from grantflow.programmes import drafted
from grantflow.programmes.load import Programme
from grantflow.rules.rounding import cents
from grantflow.services import families, ledger, payment_checks
from grantflow.services.catalogue import programme_of
from grantflow.services.letter_examined import Examined, Found
from grantflow.store.cases import get_case
from grantflow.store.instances import get_instance
from grantflow.store.letters import signed_in
from grantflow.store.tables import Letter


def within_kept(examined: Examined) -> Found:
    """Only what was paid and has not come back is claimed; a full revocation claims all of it."""
    amount = drafted.amount_of(examined.fact("amount"))
    kept = ledger.repayable(examined.session, examined.letter.case_id)
    if amount is None:
        return
    if amount > kept:
        yield "above_kept_money", {"amount": cents(amount), "kept": cents(kept)}
    elif amount < kept and examined.fact("extent") == "full":
        yield "less_than_kept_money", {"amount": cents(amount), "kept": cents(kept)}


def sums_current(examined: Examined) -> Found:
    """A settlement rests on the grant and on what is paid and kept of the day it is signed."""
    session, case = examined.session, get_case(examined.session, examined.letter.case_id)
    present = {
        "granted": case.approved or Decimal(0),
        "paid": ledger.repayable(session, case.id),
    }
    for name, amount in present.items():
        named = drafted.amount_of(examined.fact(name))
        if named is not None and named != amount:
            yield f"{name}_changed_money", {"named": cents(named), "now": cents(amount)}


def nothing_undecided(examined: Examined) -> Found:
    """No other process of the case decides on the money already paid or on the grant itself."""
    session, programme = examined.session, _programme(examined)
    own = get_instance(session, examined.letter.instance_id)
    process = payment_checks.deciding(session, programme, own)
    if process is not None:
        yield "process_undecided", {"process": process}
    change = next(payment_checks.changing(session, programme, own), None)
    if change is not None:
        yield "change_undecided", {"process": families.named(programme, change)}


def change_current(examined: Examined) -> Found:
    """A change starts from the grant of the day, which no change signed before will move (euro).

    Nothing is changed of a grant that has fallen away, and nothing taken back that was paid and
    kept (§ 49 Abs. 3 VwVfG).
    """
    session, case = examined.session, get_case(examined.session, examined.letter.case_id)
    old, new = (drafted.amount_of(examined.fact(name)) for name in ("old_amount", "new_amount"))
    granted, kept = case.approved or Decimal(0), ledger.repayable(session, case.id)
    if granted == 0:
        yield "change_of_no_grant", {}
        return
    if old is not None and old != granted:
        yield "change_of_old_grant_money", {"named": cents(old), "now": cents(granted)}
    if new is not None and new != old:
        yield from _earlier_change(examined)
        if new < kept:
            yield "change_below_kept_money", {"amount": cents(new), "kept": cents(kept)}


def _earlier_change(examined: Examined) -> Found:
    """Another change of the amount is signed and not final: nobody knows yet what it leaves."""
    session = examined.session
    own = get_instance(session, examined.letter.instance_id)
    for one in payment_checks.changing(session, _programme(examined), own):
        if any(_changes_amount(letter) for letter in signed_in(session, one.id)):
            yield "change_before_final", {}
            return


def _changes_amount(letter: Letter) -> bool:
    facts = letter.model.get("facts", {})
    old, new = (drafted.amount_of(facts.get(name)) for name in ("old_amount", "new_amount"))
    return new is not None and new != old


def _programme(examined: Examined) -> Programme:
    session = examined.session
    return programme_of(session, get_case(session, examined.letter.case_id).programme_version_id)

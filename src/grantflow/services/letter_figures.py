"""Do the figures of a letter agree with each other? Interest, financing plan, changed grant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from grantflow.letters.model import Computed, Decision, LetterModel
from grantflow.programmes.drafted import amount_of, day_of
from grantflow.rules.financing_lines import Line
from grantflow.rules.grant_limits import share
from grantflow.rules.grant_maximum import GrantedLine, Limit, grant_maximum
from grantflow.rules.rounding import cents

Found = Iterator[tuple[str, Mapping[str, Any]]]

LATE_USE, RECOVERY = "late_use_interest", "recovery_interest"
_PERCENT = Decimal(100)


def interest_period(model: LetterModel) -> Found:
    """The period and the sum an interest decision names are those of its computed segments.

    Days as ISO dates, euro. A letter without a computation is told to have none elsewhere.
    """
    computed = _interest_of(model)
    parts = computed.values.get("segments", ()) if computed else ()
    if computed is None or not parts:
        return
    spans = [(str(one["from"])[:10], str(one["to"])[:10]) for one in parts]
    first, last = min(one[0] for one in spans), max(one[1] for one in spans)
    named = [str(model.facts.get(name, ""))[:10] for name in ("interest_from", "interest_until")]
    if named != [first, last]:
        told = {"first": first, "last": last, "named_first": named[0], "named_last": named[1]}
        yield "interest_period", told
    charged, sum_of = (
        amount_of(model.facts.get("amount")),
        amount_of(computed.values.get("interest")),
    )
    if charged != sum_of:
        yield "interest_sum_money", {"charged": charged, "computed": sum_of}


def _interest_of(model: LetterModel) -> Computed | None:
    """The computation that the letter prints: that of late use only where it is about that."""
    rules = (LATE_USE, RECOVERY) if model.facts.get("late_use") else (RECOVERY, LATE_USE)
    return next((model.computations[rule] for rule in rules if rule in model.computations), None)


def plan_balanced(model: LetterModel) -> Found:
    """Expenditure and funds with the grant are equal in the binding plan (ANBest-P Nr. 1.2; euro).

    The period and its years are looked at in any plan. A plan by funding lines names no other
    funds; there is nothing else to compare then.
    """
    decision = model.decision
    if decision is None:
        return
    yield from _years_outside(decision)
    if not decision.expenditure:
        return
    spent = sum((one.amount for one in decision.expenditure), Decimal(0))
    if decision.eligible is not None and decision.eligible != spent:
        told = {"eligible": cents(decision.eligible), "planned": cents(spent)}
        yield "plan_not_eligible_money", told
    covered = _covered(decision)
    if covered is not None and covered != spent:
        yield "plan_unbalanced_money", {"planned": cents(spent), "covered": cents(covered)}


def within_request(model: LetterModel) -> Found:
    """No more is granted than was asked for, in no funding line more than it allows (euro)."""
    decision = model.decision
    if decision is None or decision.amount is None:
        return
    if decision.requested is not None and decision.amount > decision.requested:
        told = {"granted": cents(decision.amount), "requested": cents(decision.requested)}
        yield "above_request_money", told
    for line in decision.funding_lines:
        if line.most is not None and line.amount > line.most:
            shown = {"granted": cents(line.amount), "most": cents(line.most)}
            yield "above_line_money", {"line": line.label, **shown}
    yield from _above_own_rate(decision)


def _above_own_rate(decision: Decision) -> Found:
    """The rate the decision names bears its amount; positions have rates of their own."""
    known = decision.rate is not None and decision.eligible is not None
    if decision.funding_lines or not known or decision.amount is None:
        return
    line = Line("", eligible=decision.eligible, rate=decision.rate)
    found = grant_maximum([GrantedLine(line, decision.amount)])
    if Limit.RATE in found.lines[0].above:
        yield "above_rate_money", {"granted": cents(decision.amount), "most": cents(found.most)}


def _years_outside(decision: Decision) -> Found:
    if decision.period_from is None or decision.period_until is None:
        return
    if decision.period_until < decision.period_from:
        yield "period_reversed", {"first": decision.period_from, "until": decision.period_until}
        return
    period = {"first": decision.period_from.year, "last": decision.period_until.year}
    for part in decision.instalments:
        if not period["first"] <= part.year <= period["last"]:
            told = {"year": part.year, **{name: str(year) for name, year in period.items()}}
            yield "plan_outside_period", told


def _covered(decision: Decision) -> Decimal | None:
    if not decision.cover_funds or decision.amount is None:
        return None
    return sum((one.amount for one in decision.cover_funds), decision.amount)


def reduction_founded(model: LetterModel) -> Found:
    """A settlement below the grant names its legal basis; nothing falls away by itself (euro)."""
    granted, final = (
        amount_of(model.facts.get("granted")),
        amount_of(model.facts.get("final_grant")),
    )
    if granted is None or final is None or final >= granted:
        return
    if not model.facts.get("basis"):
        yield "reduction_founded_money", {"granted": cents(granted), "final": cents(final)}


def not_above_grant(model: LetterModel) -> Found:
    """The grant is a maximum: no settlement fixes more than was granted (euro)."""
    granted, final = (
        amount_of(model.facts.get("granted")),
        amount_of(model.facts.get("final_grant")),
    )
    if granted is not None and final is not None and final > granted:
        yield "not_above_grant_money", {"granted": cents(granted), "final": cents(final)}


_DIFFERENCES = (("granted", "final_grant"), ("old_amount", "new_amount"))


def burden(model: LetterModel) -> Decimal | None:
    """What the letter takes from the grantee (euro): a difference, or the amount it demands."""
    for before, after in _DIFFERENCES:
        old, new = amount_of(model.facts.get(before)), amount_of(model.facts.get(after))
        if old is not None and new is not None:
            return old - new
    return amount_of(model.facts.get("amount"))


def plan_of_change(model: LetterModel) -> Found:
    """Another amount can take effect: with a plan that bears it and a split that fits it (euro).

    With proportional financing the rate of the new eligible expenditure must reach the new amount.
    """
    new, old = amount_of(model.facts.get("new_amount")), amount_of(model.facts.get("old_amount"))
    if new is None or new == old:
        return
    yield from _split_of_change(model, new)
    eligible = amount_of(model.facts.get("new_eligible"))
    if eligible is None or not model.facts.get("plan"):
        yield "plan_of_change", {}
        return
    planned = sum(
        (amount_of(one.get("amount")) or Decimal(0) for one in model.facts["plan"]), Decimal(0)
    )
    if planned != eligible:
        yield "plan_not_eligible_money", {"eligible": cents(eligible), "planned": cents(planned)}
    rate = amount_of(model.facts.get("rate_percent"))
    reach = share(rate / _PERCENT, eligible) if rate is not None else None
    if reach is not None and new > reach:
        yield "amount_above_rate", {"amount": cents(new), "rate": rate, "reach": cents(reach)}


def _split_of_change(model: LetterModel, new: Decimal) -> Found:
    """The budget years add up to the new amount and lie in the new period (§ 11 Abs. 2 BHO/LHO)."""
    parts = model.facts.get("instalments") or ()
    total = sum((amount_of(one.get("amount")) or Decimal(0) for one in parts), Decimal(0))
    if total != new:
        yield "split_not_amount_money", {"split": cents(total), "amount": cents(new)}
    first, last = (day_of(model.facts.get(name)) for name in ("period_from", "new_end"))
    if first is None or last is None:
        return
    for one in parts:
        if not first.year <= int(one["year"]) <= last.year:
            told = {"year": int(one["year"]), "first": str(first.year), "last": str(last.year)}
            yield "plan_outside_period", told

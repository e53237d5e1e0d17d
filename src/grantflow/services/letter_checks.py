"""What the law demands before a letter is approved: each precondition of its ``letter.toml``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy.orm import Session

from grantflow import letters as pages
from grantflow.errors import Faults, Problem
from grantflow.letters import LetterModel, LetterSource
from grantflow.letters.content import applies
from grantflow.letters.demands import Check, Requirement
from grantflow.letters.model import Law
from grantflow.programmes import drafted
from grantflow.rules import citation
from grantflow.services import letter_current, letter_figures, letter_heard, letter_hearing
from grantflow.services.letter_examined import Examined, Found
from grantflow.services.notification import PRINTED
from grantflow.store.tables import Letter

_SHORTEST_REASON = 20  # characters; a word or two is no reason


Demand = Callable[[Examined], Found]


def unmet(
    session: Session, letter: Letter, source: LetterSource, model: LetterModel, today: date
) -> list[Problem]:
    """Everything the letter lacks before it may be approved, with its law and how to mend it.

    ``today`` is the calendar day in Germany. Missing facts, preconditions, points of the mandatory
    content, and text blocks that have run out are told together.
    """
    examined = Examined(session, letter, source, model, today)
    problems = list(pages.missing(source, model))
    try:
        html = pages.compose(source, model, letter.edits)
    except Faults as faults:
        told = {problem.key for problem in problems}
        problems += [problem for problem in faults.problems if problem.key not in told]
    else:
        problems += pages.lacking(source, model, html)
    problems += [found for one in source.requires for found in _demanded(examined, one)]
    return [_cited(one, model.law) for one in (*problems, *_run_out(examined))]


def _cited(problem: Problem, law: Law) -> Problem:
    """The problem with its law under the names of the authority's area."""
    if "law" not in problem.params:
        return problem
    named = citation.cited(str(problem.params["law"]), citation.Names(law.procedure, law.budget))
    return replace(problem, params={**problem.params, "law": named})


def _demanded(examined: Examined, requirement: Requirement) -> Iterator[Problem]:
    if not applies(requirement.when, examined.model):
        return
    heard = requirement.check == "hearing_done"
    found = (
        letter_heard.hearing_done(examined, requirement.hears)
        if heard
        else _CHECKS[requirement.check](examined)
    )
    for name, params in found:
        place = f"letters/{examined.source.name}#{requirement.check}"
        yield Problem(f"letters_checks.{name}", {"law": requirement.law, **params}, place)


def _run_out(examined: Examined) -> Iterator[Problem]:
    """Released text blocks whose validity ended between drafting and approval."""
    for name, text in examined.letter.texts.items():
        until = text.get("until")
        if until and date.fromisoformat(until) < examined.today:
            block = examined.source.blocks[name]
            yield Problem(
                "letters_checks.text_run_out",
                {"block": block.label, "until": date.fromisoformat(until)},
                f"block.{name}",
            )


# ---- the preconditions


def _remedy_known(examined: Examined) -> Found:
    """Remedy, body and its seat are known (§ 58 Abs. 1 VwGO); none at all is told elsewhere."""
    remedy = examined.model.remedy
    if remedy is not None and not all(
        (remedy.body, remedy.street, remedy.postcode, remedy.town, remedy.months, remedy.forms)
    ):
        yield "remedy_known", {"body": remedy.body or "–"}


def _indicator_present(examined: Examined) -> Found:
    decision = examined.model.decision
    indicators = decision.indicators if decision else ()
    if not indicators:
        yield "indicator_none", {}
        return
    wanted = ("baseline", "target", "due", "source")
    gaps = [[name for name in wanted if not getattr(one, name)] for one in indicators]
    if all(gaps):
        first = indicators[0]
        for name in gaps[0]:
            yield f"indicator_{name}", {"indicator": first.indicator or first.goal}


def _reasons(examined: Examined) -> str:
    """The reasons the letter prints; those of the grant count only where it prints them."""
    decision, prints = examined.model.decision, "decision.reasons" in examined.source.body
    named = examined.fact("reasons") or (decision.reasons if decision and prints else "")
    return f"{named} {examined.block('reasons')}".strip()


def _reasons_given(examined: Examined) -> Found:
    if len(_reasons(examined)) < _SHORTEST_REASON:
        yield "reasons_given", {}


def _reasons_if_partly(examined: Examined) -> Found:
    decision = examined.model.decision
    given = decision.reasons if decision else ""
    if applies("partly_granted", examined.model) and len(given.strip()) < _SHORTEST_REASON:
        yield "reasons_if_partly", {}


def _one_year_limit(examined: Examined) -> Found:
    """§ 48 Abs. 4 VwVfG, the same for a revocation (§ 49 Abs. 3 Satz 2 VwVfG)."""
    last = letter_hearing.last_day(examined.session, examined.letter, examined.fact("known_on"))
    if last is None:
        yield "one_year_unknown", {}
    elif examined.today > last:
        yield "one_year_over", {"on": last}


def _discretion(examined: Examined) -> Found:
    said = f"{examined.fact('discretion') or ''} {examined.block('discretion')}".strip()
    if len(said) < _SHORTEST_REASON:
        yield "discretion_reasoned", {}


def _waiver(examined: Examined) -> Found:
    said = f"{examined.fact('waiver') or ''} {examined.block('waiver')}".strip()
    if len(said) < _SHORTEST_REASON:
        yield "waiver_reasoned", {}


def sealed(source: LetterSource) -> bool:
    """Whether the letter leaves with the authority's electronic seal instead of a signature.

    The installation must have a seal, and the letter must not ask for a signature by hand. Legal
    source: § 3a Abs. 3 VwVfG. Raises SealUnusable for a seal that is set up wrongly.
    """
    return source.signature != "hand" and pages.seal() is not None


def _written_form(examined: Examined) -> Found:
    if examined.letter.channel not in PRINTED and not sealed(examined.source):
        yield "written_form", {}


def _original_known(examined: Examined) -> Found:
    if examined.model.earlier is None:
        yield "original_known", {}


def _amount_stated(examined: Examined) -> Found:
    try:
        stated = Decimal(str(examined.fact("amount")))
    except InvalidOperation:
        yield "amount_missing", {}
        return
    if stated <= 0:
        yield "amount_not_positive_money", {"amount": stated}


def _start_after_application(examined: Examined) -> Found:
    start = drafted.day_of(examined.fact("start_from"))
    received = examined.model.case.received_on
    if start is not None and received is not None and start < received:
        yield "start_before_application", {"start": start, "received": received}


def _due_ahead(examined: Examined) -> Found:
    """Nobody is to pay by a day that was over when the letter left."""
    due = drafted.day_of(examined.fact("due_on"))
    if due is not None and due < examined.today:
        yield "due_passed", {"due": due, "today": examined.today}


def _facts_stated(examined: Examined) -> Found:
    if len(examined.block("facts")) < _SHORTEST_REASON:
        yield "facts_stated", {}


_CHECKS: Mapping[Check, Demand] = {
    "remedy_known": _remedy_known,
    "indicator_present": _indicator_present,
    "reasons_given": _reasons_given,
    "reasons_if_partly": _reasons_if_partly,
    "hearing_done": letter_heard.hearing_done,
    "hearing_covers": letter_heard.hearing_covers,
    "hearing_period": letter_heard.hearing_period,
    "one_year_limit": _one_year_limit,
    "discretion_reasoned": _discretion,
    "waiver_reasoned": _waiver,
    "written_form": _written_form,
    "original_known": _original_known,
    "amount_stated": _amount_stated,
    "due_ahead": _due_ahead,
    "within_kept": letter_current.within_kept,
    "start_after_application": _start_after_application,
    "facts_stated": _facts_stated,
    "interest_announced": letter_heard.interest_announced,
    "interest_period": lambda examined: letter_figures.interest_period(examined.model),
    "within_request": lambda examined: letter_figures.within_request(examined.model),
    "plan_balanced": lambda examined: letter_figures.plan_balanced(examined.model),
    "reduction_founded": lambda examined: letter_figures.reduction_founded(examined.model),
    "sums_current": letter_current.sums_current,
    "nothing_undecided": letter_current.nothing_undecided,
    "not_above_grant": lambda examined: letter_figures.not_above_grant(examined.model),
    "plan_of_change": lambda examined: letter_figures.plan_of_change(examined.model),
    "change_current": letter_current.change_current,
}

"""What the law demands before a letter is approved: each precondition of its ``letter.toml``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from grantflow import letters as pages
from grantflow.errors import Faults, Problem
from grantflow.letters import LetterModel, LetterSource
from grantflow.letters.content import applies
from grantflow.letters.demands import Check, Requirement
from grantflow.letters.model import Law
from grantflow.programmes import drafted
from grantflow.rules import citation
from grantflow.services import letter_figures, letter_hearing
from grantflow.services.notification import PRINTED
from grantflow.store.tables import Letter

_SHORTEST_REASON = 20  # characters; a word or two is no reason


@dataclass(frozen=True)
class Examined:
    """A letter with all that its preconditions are judged by."""

    session: Session
    letter: Letter
    source: LetterSource
    model: LetterModel
    today: date

    def fact(self, name: str) -> Any:
        """A fact of the letter; empty text counts as none."""
        value = self.model.facts.get(name)
        return None if value in ("", [], ()) else value

    def block(self, name: str) -> str:
        """The text of a block as it stands, without blanks around it."""
        if name in self.letter.edits:
            return str(self.letter.edits[name]).strip()
        try:
            filled = pages.text_blocks(self.source, self.model)
        except Faults:
            return ""  # what is wrong with the text is told with the whole letter
        return next((one.text.strip() for one in filled if one.name == name), "")


Found = Iterator[tuple[str, Mapping[str, Any]]]
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
        _hearing_done(examined, requirement.hears)
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


def _hearing_done(examined: Examined, hears: Collection[str] = ()) -> Found:
    state = letter_hearing.state(examined.session, examined.letter, examined.today, hears)
    if state.problem:
        yield state.problem, {"until": state.until} if state.until else {}


def _announced(examined: Examined) -> letter_hearing.Announced:
    """What the hearing on this act announced; which acts count the letter's own rule says."""
    acts = {act for one in examined.source.requires for act in one.hears}
    return letter_hearing.announced(examined.session, examined.letter, acts)


def _hearing_covers(examined: Examined) -> Found:
    """Nobody is burdened with more than they were heard on (§ 28 Abs. 1 VwVfG)."""
    announced = _announced(examined)
    heard, burden = announced.amount, letter_figures.burden(examined.model)
    if heard is not None and burden is not None and burden > heard:
        yield "hearing_covers_less", {"heard": f"{heard:.2f}", "burden": f"{burden:.2f}"}
    yield from _interest_earlier(examined, announced)


def _interest_earlier(examined: Examined, announced: letter_hearing.Announced) -> Found:
    first, heard = drafted.day_of(examined.fact("interest_from")), announced.interest_from
    if first is not None and heard is not None and first < heard:
        yield "interest_from_earlier", {"named": first, "heard": heard}


def _interest_announced(examined: Examined) -> Found:
    """The hearing named the interest as well; where none was held, that is told elsewhere.

    A sum it named binds; interest announced by its beginning alone grows until the payment.
    """
    letter, session = examined.letter, examined.session
    if letter_hearing.state(session, letter, examined.today).problem == "hearing_missing":
        return
    announced, demanded = _announced(examined), letter_figures.burden(examined.model)
    if not announced.names_interest:
        yield "interest_unannounced", {}
    elif announced.interest is not None and demanded and demanded > announced.interest:
        told = {"heard": f"{announced.interest:.2f}", "burden": f"{demanded:.2f}"}
        yield "hearing_covers_less", told
    yield from _interest_earlier(examined, announced)


def _one_year_limit(examined: Examined) -> Found:
    """§ 48 Abs. 4 VwVfG, the same for a revocation (§ 49 Abs. 3 Satz 2 VwVfG)."""
    last = letter_hearing.last_day(
        examined.session, examined.letter, examined.model.computations, examined.fact("known_on")
    )
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
        yield "amount_not_positive", {"amount": f"{stated}"}


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
    "hearing_done": _hearing_done,
    "hearing_covers": _hearing_covers,
    "one_year_limit": _one_year_limit,
    "discretion_reasoned": _discretion,
    "waiver_reasoned": _waiver,
    "written_form": _written_form,
    "original_known": _original_known,
    "amount_stated": _amount_stated,
    "due_ahead": _due_ahead,
    "start_after_application": _start_after_application,
    "facts_stated": _facts_stated,
    "interest_announced": _interest_announced,
    "interest_period": lambda examined: letter_figures.interest_period(examined.model),
    "within_request": lambda examined: letter_figures.within_request(examined.model),
    "plan_balanced": lambda examined: letter_figures.plan_balanced(examined.model),
    "reduction_founded": lambda examined: letter_figures.reduction_founded(examined.model),
    "not_above_grant": lambda examined: letter_figures.not_above_grant(examined.model),
    "plan_of_change": lambda examined: letter_figures.plan_of_change(examined.model),
}

"""What a hearing demands of the letters that follow it, and of its own letter (§ 28 VwVfG)."""

from __future__ import annotations

from collections.abc import Collection

from grantflow.programmes import drafted
from grantflow.rules.rounding import cents
from grantflow.services import letter_figures, letter_hearing
from grantflow.services.letter_examined import Examined, Found


def hearing_done(examined: Examined, hears: Collection[str] = ()) -> Found:
    """The grantee was heard on this act, and the time to answer is over (§ 28 Abs. 1 VwVfG)."""
    state = letter_hearing.state(examined.session, examined.letter, examined.today, hears)
    if state.problem:
        yield state.problem, {"until": state.until} if state.until else {}


def hearing_period(examined: Examined) -> Found:
    """Whoever is heard has time to answer after the letter has reached them."""
    until = drafted.day_of(examined.fact("respond_until"))
    first = letter_hearing.first_day(examined.session, examined.letter, examined.today)
    if until is not None and until < first:
        yield "hearing_too_short", {"until": until, "first": first}


def _announced(examined: Examined) -> letter_hearing.Announced:
    """What the hearing on this act announced."""
    return letter_hearing.announced(examined.session, examined.letter, _heard_acts(examined))


def _heard_acts(examined: Examined) -> set[str]:
    """The acts whose hearing counts for this letter, by its own rules."""
    return {act for one in examined.source.requires for act in one.hears}


def hearing_covers(examined: Examined) -> Found:
    """Nobody is burdened with more than they were heard on (§ 28 Abs. 1 VwVfG)."""
    announced = _announced(examined)
    heard, burden = announced.amount, letter_figures.burden(examined.model)
    if heard is not None and burden is not None and burden > heard:
        yield "hearing_covers_less_money", {"heard": cents(heard), "burden": cents(burden)}
    yield from _interest_earlier(examined, announced)


def _interest_earlier(examined: Examined, announced: letter_hearing.Announced) -> Found:
    first, heard = drafted.day_of(examined.fact("interest_from")), announced.interest_from
    if first is not None and heard is not None and first < heard:
        yield "interest_from_earlier", {"named": first, "heard": heard}


def interest_announced(examined: Examined) -> Found:
    """The hearing named the interest as well; where none was held, that is told elsewhere.

    A sum it named binds; interest announced by its beginning alone grows until the payment.
    """
    letter, session = examined.letter, examined.session
    state = letter_hearing.state(session, letter, examined.today, _heard_acts(examined))
    if state.problem == "hearing_missing":
        return
    announced, demanded = _announced(examined), letter_figures.burden(examined.model)
    if not announced.names_interest:
        yield "interest_unannounced", {}
    elif announced.interest is not None and demanded and demanded > announced.interest:
        told = {"heard": cents(announced.interest), "burden": cents(demanded)}
        yield "hearing_covers_less_money", told
    yield from _interest_earlier(examined, announced)

"""A grant above its limits, or whose budget years differ from it, is refused where it is typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.ponds import DECISION, Ponds, build
from tests.integration.small_programme import PROGRAMME, effect, end, package, process, start, task
from tests.integration.test_ledger_concurrency import ITEM

from grantflow.errors import Invalid
from grantflow.programmes.package import Package
from grantflow.services import cases
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import LedgerEntry
from grantflow.web.errors import status_of

Clock = Callable[[str], None]


def reserving(**params: str) -> Package:
    """Reserves what was asked for with these parameters of the effect."""
    diagram = process(
        "payment",
        {"Antrag": "ask", "Amt": "look", "System": "reserve"},
        start(),
        task("ask"),
        task("look", form="none"),
        effect("reserve", "reserve", amount="=payment_amount", **params),
        end(),
        flow="begin > ask > look > reserve > finish",
    )
    files = dict(package(payment=diagram).files)
    facts = PROGRAMME.replace('[[calls]]\nkey = "spring"\n', ITEM + 'selection = "fill_up"\n', 1)
    return Package({**files, "programme.toml": facts.encode()})


def test_more_than_was_asked_for_is_refused_when_it_is_drafted(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    with pytest.raises(Invalid) as refused:
        ponds.complete(
            "officer", case, "draft_decision", **{**DECISION, "approved_amount": "25000.01"}
        )
    (problem,) = refused.value.problems
    assert (problem.key, problem.place) == (
        "programmes.grant.above_request_money",
        "approved_amount",
    )
    ponds.complete("officer", case, "draft_decision", **{**DECISION, "approved_amount": "25000"})
    assert "approve" in ponds.tasks(case.id)


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"split": "=[{year: 2027, amount: 29000}]"}, "ledger.split_differs_money"),
        ({"split": '=[{year: "bald", amount: 39000}]'}, "ledger.split_unreadable"),
        ({"split": "=[{year: 2027, amount: -1}]"}, "ledger.split_unreadable"),
        ({"from": '="bald"', "until": '="2027-12-31"'}, "ledger.period"),
    ],
)
def test_budget_years_that_do_not_fit_are_a_problem_of_the_desk_and_book_nothing(
    sessions: Sessions, test_settings: Settings, clock: Clock, params: dict[str, str], key: str
) -> None:
    clock("2027-02-01T09:00")
    ponds = build(sessions, test_settings, reserving(**params))
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="39000")
    with pytest.raises(Invalid) as refused:
        ponds.complete("officer", case, "look")
    assert [problem.key for problem in refused.value.problems] == [key]
    assert status_of(refused.value) == 422
    assert "look" in ponds.tasks(case.id)
    assert ponds.count(LedgerEntry) == 0

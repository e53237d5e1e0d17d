"""The effect ``compute``: what the diagram gets, what is stored, who sees it, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import text as sql
from tests.integration.desk import Desks, open_desks
from tests.integration.ponds import DECISION, Ponds, build
from tests.integration.small_programme import (
    choice,
    effect,
    end,
    field,
    package,
    process,
    start,
    task,
)

from grantflow.errors import GrantFlowError, Invalid, NotAllowed, NotFound
from grantflow.programmes.package import Package
from grantflow.rules.base_rates import BaseRateMissing
from grantflow.services import cases, computation_views, computations, tasks
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, CaseEvent, Computation

PLAN = (
    '[{label: "Bagger", planned: 8000, amount: 9000.5},'
    ' {label: "Pumpe", planned: 4000, amount: 2500}]'
)
FACTS = {
    "compare": {"rule": "budget_lines", "lines": f"={PLAN}", "result": "checked"},
    "settle": {
        "rule": "final_grant",
        "financing_type": "PROPORTIONAL",
        "grant": "=approved_amount",
        "plan_expenditure": "40000.00",
        "plan_other_funds": "=20000",
        "rate": "=0.5",
        "actual_expenditure": "=payment_amount",
        "actual_other_funds": "20000",
        "threshold": "=null",
        "result": "final",
    },
    "interest": {
        "rule": "recovery_interest",
        "principal": "=final.reduction",
        "interest_from": "2025-06-15",
        "interest_until": "2026-10-05",
        "result": "interest",
    },
}


def settlement(**changed: dict[str, str]) -> bytes:
    """Ask for an amount, compute three rules, choose by the result, wait for a look."""
    facts = {**FACTS, **changed}
    return process(
        "payment",
        {"Antrag": "ask", "Amt": "look approve", "System": "compare settle interest"},
        start(),
        task("ask"),
        effect("compare", "compute", **facts["compare"]),
        effect("settle", "compute", **facts["settle"]),
        effect("interest", "compute", **facts["interest"]),
        choice("reduced", "reduced__approve"),
        task("look", form="none"),
        task("approve", form="none"),
        end(),
        end("nothing_back"),
        flow="""
            begin > ask > compare > settle > interest > reduced
            reduced > look : final.reduction > 500 and final.reason = "RECOMPUTED"
            look > finish
            reduced > approve > nothing_back
        """,
    )


@pytest.fixture
def weigher(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> Callable[..., Ponds]:
    """Publishes the programme with a settlement whose facts may be changed."""

    def publish(**changed: dict[str, str]) -> Ponds:
        clock("2027-02-01T09:00")
        return build(sessions, test_settings, package(payment=settlement(**changed)))

    return publish


def asked(ponds: Ponds, amount: str = "36000") -> Case:
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount=amount)
    return case


def test_the_diagram_gets_the_values_and_the_case_keeps_the_explanation(
    weigher: Callable[..., Ponds],
) -> None:
    ponds = weigher()
    case = asked(ponds)
    assert set(ponds.tasks(case.id)) == {"look"}
    interest, final, checked = ponds.look("officer", computation_views.of_case, case.id)
    assert [row.rule for row in (checked, final, interest)] == [
        "budget_lines", "final_grant", "recovery_interest",
    ]  # fmt: skip
    assert final.values["final_grant"] == "18000.00"
    assert final.values["reduction"] == "2000.00"
    assert final.inputs["actual_expenditure"] == 36000
    assert "threshold" not in final.inputs
    assert final.element_id == "settle"
    assert final.version.startswith("federal 2027-02-01 ")
    assert {step["law"] for step in final.steps} >= {"ANBest-P Nr. 2", "ANBest-P Nr. 2.1"}
    assert checked.values["lines"][0]["line"] == "Bagger"
    assert checked.values["not_recognised"] == "0.00"
    assert Decimal(interest.values["interest"]) > 0
    assert "base_rates" not in interest.inputs
    assert "base_rates 2026-12-31" in interest.version


def test_the_newest_result_of_a_rule_is_found_by_its_name(weigher: Callable[..., Ponds]) -> None:
    ponds = weigher()
    case = asked(ponds)
    ponds.complete("officer", case, "look")
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="40000")
    assert set(ponds.tasks(case.id)) == {"approve"}
    with ponds.reading() as session:
        found = computations.latest(session, case.id, "final_grant")
        assert found is not None
        assert found.values["final_grant"] == "20000.00"
        assert computations.latest(session, case.id, "retention") is None


def test_beside_a_task_stands_what_its_process_has_computed(
    weigher: Callable[..., Ponds],
) -> None:
    ponds = weigher()
    case = asked(ponds)
    look = ponds.tasks(case.id)["look"]
    found = ponds.look("officer", computation_views.beside, look)
    assert [row.element_id for row in found] == ["interest", "settle", "compare"]
    assert ponds.look("panel", computation_views.beside, look) == ()


def test_applicants_and_strangers_see_no_computation(weigher: Callable[..., Ponds]) -> None:
    ponds = weigher()
    case = asked(ponds)
    for who in ("applicant", "stranger", "foreign"):
        with pytest.raises(NotFound):
            ponds.look(who, computation_views.of_case, case.id)
    with pytest.raises(NotAllowed):
        ponds.look("panel", computation_views.of_case, case.id)


def test_a_computation_is_part_of_the_history(weigher: Callable[..., Ponds]) -> None:
    ponds = weigher()
    case = asked(ponds)
    assert ponds.count(CaseEvent, case_id=case.id, kind="computation.made", public=False) == 3


def reckoning(*known: str) -> Package:
    """Computes the grant out of the drafted decision, which knows these numbers."""
    diagram = process(
        "payment",
        {"Antrag": "ask", "Amt": "look", "System": "reckon"},
        start(),
        task("ask"),
        effect("reckon", "compute_grant", answers_from="draft_decision"),
        task("look", form="none"),
        end(),
        flow="begin > ask > reckon > look > finish",
    )
    files = dict(package(payment=diagram).files)
    draft = json.loads(files["forms/draft_decision.form"])
    draft["components"] += [field("number", name, decimalDigits=2) for name in known]
    return Package({**files, "forms/draft_decision.form": json.dumps(draft).encode()})


def granted_and_asked(ponds: Ponds, **drafted: str) -> Case:
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    ponds.complete("officer", case, "draft_decision", **{**DECISION, **drafted})
    ponds.complete("head", case, "approve")
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="1")
    return case


def test_a_grant_is_computed_out_of_its_draft_request_and_funding_lines(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> None:
    clock("2027-02-01T09:00")
    ponds = build(sessions, test_settings, reckoning("eligible_expenditure", "rate_percent"))
    case = granted_and_asked(ponds, eligible_expenditure="44000", rate_percent="50")
    (found,) = ponds.look("officer", computation_views.of_case, case.id)
    assert (found.rule, found.element_id) == ("grant_maximum", "reckon")
    assert (found.values["most"], found.values["granted"]) == ("22000.00", "20000.00")
    assert found.values["valid"] is True
    assert found.inputs["requested"] == "25000.00"
    assert [step["key"].rpartition(".")[2] for step in found.steps] == [
        "line_rate",
        "lines_total",
        "granted_below",
    ]


def test_a_draft_that_lacks_what_the_computation_needs_is_told_which_fact(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> None:
    clock("2027-02-01T09:00")
    ponds = build(sessions, test_settings, reckoning())
    with pytest.raises(Invalid) as refused:
        granted_and_asked(ponds)
    assert [problem.place for problem in refused.value.problems][1:] == ["lines.0.eligible"]
    assert ponds.count(Computation) == 0


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"grant": "=-1"}, "grant"),
        ({"grant": "=20000.001"}, "grant"),
        ({"grant": "20.000,00"}, "grant"),
        ({"financing_type": "HALF"}, "financing_type"),
        ({"colour": "green"}, "colour"),
    ],
)
def test_facts_that_do_not_fit_stop_the_step_and_nothing_changes(
    weigher: Callable[..., Ponds], changed: dict[str, str], place: str
) -> None:
    ponds = weigher(settle={**FACTS["settle"], **changed})
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    before = ponds.tasks(case.id)["ask"]
    with pytest.raises(Invalid) as refused:
        ponds.do("applicant", tasks.complete, before.id, {"payment_amount": "36000"})
    first, *others = refused.value.problems
    assert first.key == "computations.refused"
    assert str(first.params["rule"]) == "Endgültige Zuwendung"
    assert first.params["element"] == "Settle"
    assert place in {problem.place for problem in others}
    # People read what a fact is called, not its name in the diagram.
    assert "grant" not in {problem.params.get("name") for problem in others}


def test_a_missing_base_rate_names_the_element_and_the_first_day(
    weigher: Callable[..., Ponds],
) -> None:
    late = {**FACTS["interest"], "interest_until": "2027-02-01"}
    ponds = weigher(interest=late)
    with pytest.raises(BaseRateMissing) as missing:
        asked(ponds)
    assert missing.value.params["element"] == "interest"
    assert missing.value.first_missing_day.isoformat() == "2027-01-01"


def test_a_computation_is_never_changed(weigher: Callable[..., Ponds]) -> None:
    ponds = weigher()
    asked(ponds)
    for change in ("update computation set rule = 'x'", "delete from computation"):
        with pytest.raises(GrantFlowError), ponds.transaction(ponds.who("officer")) as session:
            session.execute(sql(change))
    assert ponds.count(Computation) == 3


def test_a_computation_belongs_to_its_case_and_authority(weigher: Callable[..., Ponds]) -> None:
    ponds = weigher()
    asked(ponds)
    for who, seen in (("officer", 3), ("applicant", 3), ("foreign", 0), ("stranger", 0)):
        with ponds.reading(ponds.who(who)) as session:
            assert session.scalar(sql("select count(*) from computation")) == seen
    copied = "insert into computation select (r).* from (select :row::computation r) found"
    with ponds.reading() as session:
        row = session.scalar(sql("select c::text from computation c limit 1"))
    for who in ("foreign", "stranger"):
        with pytest.raises(NotAllowed), ponds.transaction(ponds.who(who)) as session:
            session.execute(
                sql(
                    copied.replace(":row::", "cast(:row as ").replace(
                        "computation r)", "computation) r)"
                    )
                ),
                {"row": row},
            )


def test_the_case_page_explains_every_computation(weigher: Callable[..., Ponds]) -> None:
    ponds = weigher()
    case = asked(ponds)
    with open_desks(ponds) as desks:
        german = page(desks, case, "de")
        english = page(desks, case, "en")
    for said in (
        "Endgültige Zuwendung", "18.000,00", "Anteilfinanzierung: 50,00 % von 36.000",
        "(ANBest-P Nr. 2.1)", "Regeln: Bund, Stand 01.02.2027", "Zinsen auf die Erstattung",
        "Basiszinssatz (%)", "neu berechnet", "Bagger",
    ):  # fmt: skip
        assert said in german
    for said in ("Final grant", "€18,000.00", "computed anew", "Proportional financing: 50.00 %"):
        assert said in english


def page(desks: Desks, case: Case, language: str) -> str:
    return desks.of("officer", language).read(f"/cases/{case.id}/computations")


def test_a_result_that_a_newer_one_has_replaced_is_marked(weigher: Callable[..., Ponds]) -> None:
    ponds = weigher()
    case = asked(ponds)
    ponds.complete("officer", case, "look")
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="40000")
    with open_desks(ponds) as desks:
        assert "Frühere Berechnung" in page(desks, case, "de")

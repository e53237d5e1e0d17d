"""What stands in a form that somebody opens: earlier answers of the same process, nobody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

import pytest
from tests.integration.desk import Desks, open_desks
from tests.integration.ponds import DECISION, Ponds, build
from tests.integration.small_programme import (
    FORMS,
    call,
    choice,
    effect,
    end,
    field,
    form,
    message,
    package,
    process,
    start,
    task,
)

from grantflow.programmes.package import Package
from grantflow.services import cases, computation_views, tasks
from grantflow.services.tasks import TaskView
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, Computation

Clock = Callable[[str], None]
Published = Callable[..., Ponds]
MONEY = {"routing": "true", "format": "money"}

LOOPED = process(
    "payment",
    {"Antrag": "ask", "Leitung": "order"},
    start(),
    task("ask"),
    task("order"),
    choice("ordered", "ordered__finish"),
    end(),
    flow="""
        begin > ask > order > ordered
        ordered > ask : payment_approval = "refuse"
        ordered > finish
    """,
)

TWICE = process(
    "lifecycle",
    {},
    start(),
    call("run_application", "application"),
    choice("good", "good__run_notice"),
    call("correct_application", "application"),
    call("run_notice", "notice"),
    message("withdrawn", "withdrawal", on="run_application"),
    end(),
    end("given_up"),
    flow="""
        begin > run_application > good
        good > correct_application : verdict = "bad"
        correct_application > run_notice
        good > run_notice > finish
        withdrawn > given_up
    """,
    messages="withdrawal",
)

NOTICE = process(
    "notice",
    {"Amt": "draft_decision", "Leitung": "approve", "System": "reckon"},
    start(),
    task("draft_decision"),
    choice("granted", "granted__reckon"),
    effect("reckon", "compute_grant", answers_from="draft_decision"),
    task("approve", form="order", not_by="draft_decision"),
    choice("approved", "approved__finish"),
    end(),
    flow="""
        begin > draft_decision > granted
        granted > approve : decision_outcome = "reject"
        granted > reckon > approve > approved
        approved > draft_decision : payment_approval = "refuse"
        approved > finish
    """,
)


@pytest.fixture
def published(sessions: Sessions, test_settings: Settings, clock: Clock) -> Published:
    """Publishes the programme with changed forms and diagrams."""

    def publish(forms: dict[str, bytes] | None = None, **diagrams: bytes) -> Ponds:
        clock("2027-02-01T09:00")
        changed = {f"forms/{name}.form": schema for name, schema in (forms or {}).items()}
        content = Package({**package(**diagrams).files, **changed})
        return build(sessions, test_settings, content)

    return publish


def requested(ponds: Ponds, case: Case, amount: str) -> None:
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount=amount)


def found(ponds: Ponds, who: str, case: Case, element: str) -> TaskView:
    return ponds.look(who, tasks.task_view, ponds.tasks(case.id)[element].id)


def test_another_request_begins_anew_and_no_decision_is_made_beforehand(ponds: Ponds) -> None:
    case = ponds.granted()
    requested(ponds, case, "5000")
    ponds.complete("officer", case, "look")
    ponds.complete("head", case, "order", payment_approval="refuse")
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    asked = found(ponds, "applicant", case, "ask")
    assert (asked.source, asked.answers) == ("start", {})
    ponds.complete("applicant", case, "ask", payment_amount="6000")
    ponds.complete("officer", case, "look")
    decided = found(ponds, "head", case, "order")
    assert (decided.source, decided.answers) == ("start", {})
    with open_desks(ponds) as desks:
        assert "checked" not in radios(desks, ponds, case, "order")


def radios(desks: Desks, ponds: Ponds, case: Case, element: str) -> str:
    """The choices of a decision as the page of the head has them."""
    page = desks.of("head").get(f"/tasks/{ponds.tasks(case.id)[element].id}").text
    shown = re.findall(r'<input[^>]*type="radio"[^>]*>', page)
    assert len(shown) == 2
    return "".join(shown)


def ask_with_word() -> bytes:
    """The request, with what the office said last in a field nobody may change."""
    said = field("textfield", "said", readonly=True, properties={"prefill": "=payment_approval"})
    amount = field("number", "payment_amount", required=True, properties=MONEY, decimalDigits=2)
    return form("ask", said, amount)


def test_what_comes_back_keeps_what_was_typed_and_tells_the_present_facts(
    published: Published,
) -> None:
    ponds = published({"ask": ask_with_word()}, payment=LOOPED)
    case = ponds.granted()
    requested(ponds, case, "5000")
    ponds.complete("head", case, "order", payment_approval="refuse")
    asked = found(ponds, "applicant", case, "ask")
    assert asked.source == "previous"
    assert asked.answers == {"said": "refuse", "payment_amount": "5000.00"}
    ponds.do("applicant", tasks.save_draft, asked.task.id, {"said": "yes", "payment_amount": "7"})
    draft = found(ponds, "applicant", case, "ask")
    assert (draft.source, draft.answers) == ("draft", {"said": "refuse", "payment_amount": "7"})


def test_a_stage_that_is_run_again_offers_what_was_handed_in(published: Published) -> None:
    ponds = published(lifecycle=TWICE)
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="bad")
    again = found(ponds, "applicant", case, "submit")
    assert (again.source, again.answers["depth"]) == ("previous", "3")
    assert again.answers["requested_amount"] == "25000.00"


def drafting() -> bytes:
    """The drafted decision with what its computation needs."""
    numbers = ("eligible_expenditure", "rate_percent")
    draft = json.loads(FORMS["draft_decision"])
    draft["components"] += [field("number", name, decimalDigits=2) for name in numbers]
    return json.dumps(draft).encode()


def test_a_computation_does_not_stand_beside_a_draft_it_does_not_rest_on(
    published: Published, clock: Clock
) -> None:
    ponds = published({"draft_decision": drafting()}, notice=NOTICE)
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    sums = {"eligible_expenditure": "44000", "rate_percent": "50"}
    ponds.complete("officer", case, "draft_decision", **DECISION, **sums)
    assert beside(ponds, case) == ["reckon"]
    clock("2027-02-02T09:00")
    ponds.complete("head", case, "approve", payment_approval="refuse")
    assert [row.element_id for row in history(ponds, case)] == ["reckon"]
    rejected = {"decision_outcome": "reject", "reasons": "Der Teich ist tief genug."}
    ponds.complete("officer", case, "draft_decision", **rejected)
    assert beside(ponds, case) == []
    assert [row.element_id for row in history(ponds, case)] == ["reckon"]


def beside(ponds: Ponds, case: Case) -> list[str]:
    """The steps whose results stand beside the countersignature."""
    waiting = ponds.tasks(case.id)["approve"]
    return [row.element_id for row in ponds.look("head", computation_views.beside, waiting)]


def history(ponds: Ponds, case: Case) -> Sequence[Computation]:
    return ponds.look("officer", computation_views.of_case, case.id)

"""What is sent back is decided anew, by who did it last."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete
from sqlmodel import col
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import (
    FORMS,
    choice,
    choices,
    end,
    field,
    form,
    package,
    process,
    start,
    task,
)

from grantflow import clock as time
from grantflow.errors import NotAllowed
from grantflow.programmes.package import Package
from grantflow.services import cases, tasks
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, ConflictDeclaration, RoleGrant

Clock = Callable[[str], None]
ROUND = process(
    "payment",
    {"Antrag": "ask", "Amt": "look", "Leitung": "sign"},
    start(),
    task("ask"),
    task("look", form="check"),
    choice("fine", "fine__sign"),
    task("sign", not_by="look"),
    choice("signed", "signed__finish"),
    end(),
    flow="""
        begin > ask > look > fine
        fine > ask : verdict = "bad"
        fine > sign > signed
        signed > look : again = "yes"
        signed > finish
    """,
)


@pytest.fixture
def ponds(sessions: Sessions, test_settings: Settings, clock: Clock) -> Ponds:
    """The small programme whose request goes back to the applicant and to the officer."""
    clock("2027-02-01T09:00")
    sign = form("sign", choices("again", "yes", "no"), field("textarea", "note"))
    files = {**package(payment=ROUND).files, "forms/sign.form": sign}
    assert b'"verdict"' in FORMS["check"]
    return build(sessions, test_settings, Package(files))


def asked(ponds: Ponds) -> Case:
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="500")
    return case


def holder(ponds: Ponds, case: Case, element: str) -> object:
    return ponds.tasks(case.id)[element].assignee_id


def sent_back(ponds: Ponds, case: Case) -> None:
    ponds.complete("colleague", case, "look", verdict="good")
    ponds.complete("head", case, "sign", again="yes", note="Bitte kürzer.")


def test_what_comes_back_from_the_applicant_is_for_everybody_and_undecided(ponds: Ponds) -> None:
    case = asked(ponds)
    ponds.complete("colleague", case, "look", verdict="bad", note="Die Karte fehlt.")
    ponds.complete("applicant", case, "ask", payment_amount="500")
    assert holder(ponds, case, "look") is None
    again = ponds.look("officer", tasks.task_view, ponds.tasks(case.id)["look"].id)
    assert again.source == "previous"
    assert (again.answers["verdict"], again.answers["note"]) == (None, "Die Karte fehlt.")


def test_what_the_countersigner_sends_back_is_as_who_did_it_left_it(ponds: Ponds) -> None:
    case = asked(ponds)
    sent_back(ponds, case)
    assert holder(ponds, case, "look") == ponds.who("colleague").account_id
    with pytest.raises(NotAllowed) as refused:
        ponds.complete("officer", case, "look", verdict="good")
    assert refused.value.key == "services.tasks.held_by_another"
    corrected = ponds.look("colleague", tasks.task_view, ponds.tasks(case.id)["look"].id)
    assert (corrected.source, corrected.answers["verdict"]) == ("previous", "good")
    ponds.complete("colleague", case, "look", verdict="good")
    waiting = ponds.look("head", tasks.task_view, ponds.tasks(case.id)["sign"].id)
    assert (waiting.answers["again"], waiting.answers["note"]) == (None, "Bitte kürzer.")


def test_somebody_without_the_role_gets_nothing_back(ponds: Ponds) -> None:
    case = asked(ponds)
    ponds.complete("colleague", case, "look", verdict="good")
    with ponds.transaction(SYSTEM) as session:
        who = ponds.who("colleague").account_id
        session.execute(delete(RoleGrant).where(col(RoleGrant.account_id) == who))
    ponds.complete("head", case, "sign", again="yes")
    assert holder(ponds, case, "look") is None


def test_who_is_excluded_gets_nothing_back(ponds: Ponds) -> None:
    case = asked(ponds)
    ponds.complete("colleague", case, "look", verdict="good")
    exclude(ponds, case, "colleague")
    ponds.complete("head", case, "sign", again="yes")
    assert holder(ponds, case, "look") is None


def test_another_request_is_everybodys(ponds: Ponds) -> None:
    case = asked(ponds)
    ponds.complete("officer", case, "look", verdict="good")
    ponds.complete("head", case, "sign", again="no")
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="500")
    assert holder(ponds, case, "look") is None


def exclude(ponds: Ponds, case: Case, who: str) -> None:
    """Somebody declares a conflict of interest in the case."""
    with ponds.transaction(SYSTEM) as session:
        session.add(
            ConflictDeclaration(
                case_id=case.id,
                account_id=ponds.who(who).account_id,
                authority_id=case.authority_id,
                conflict=True,
                reason="Der Teich gehört mir.",
                at=time.now(),
            )
        )

"""What a diagram says has to be known before a form is filled in stands above it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.desk import open_desks
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import end, package, process, start, task

from grantflow.services import cases, tasks
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case

Clock = Callable[[str], None]


@pytest.fixture
def begun(sessions: Sessions, test_settings: Settings, clock: Clock) -> Callable[[str], Ponds]:
    """The small programme whose request shows something to applicant and officer."""

    def begin(shows: str) -> Ponds:
        clock("2027-02-01T09:00")
        asking = process(
            "payment",
            {"Antrag": "ask", "Amt": "look"},
            start(),
            task("ask", shows=shows),
            task("look", form="none", shows=shows),
            end(),
            flow="begin > ask > look > finish",
        )
        return build(sessions, test_settings, package(payment=asking))

    return begin


def asked(ponds: Ponds) -> Case:
    case = ponds.granted()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    return case


def points(ponds: Ponds, who: str, case: Case, element: str) -> tuple[str, ...]:
    waiting = ponds.tasks(case.id)[element]
    return ponds.look(who, tasks.task_view, waiting.id).shows


def test_every_point_stands_above_the_form_of_applicant_and_officer(
    begun: Callable[[str], Ponds],
) -> None:
    ponds = begun('="die Satzung\\n\\n Teich <" + string(2) + ">\\n"')
    case = asked(ponds)
    assert points(ponds, "applicant", case, "ask") == ("die Satzung", "Teich <2>")
    with open_desks(ponds) as desks:
        page = desks.of("applicant").get(f"/my/tasks/{ponds.tasks(case.id)['ask'].id}").text
        listed = page.index("<li>die Satzung</li><li>Teich &lt;2&gt;</li>")
        assert listed < page.index('id="task-form"')
        ponds.complete("applicant", case, "ask", payment_amount="500")
        page = desks.of("officer").get(f"/tasks/{ponds.tasks(case.id)['look'].id}").text
        assert "<li>die Satzung</li>" in page


def test_a_list_shows_its_items_and_nothing_shows_nothing(begun: Callable[[str], Ponds]) -> None:
    ponds = begun('=if requested_amount > 1 then ["Plan", "Foto"] else null')
    assert points(ponds, "applicant", asked(ponds), "ask") == ("Plan", "Foto")
    case = ponds.open()
    with open_desks(ponds) as desks:
        page = desks.of("applicant").get(f"/my/tasks/{ponds.tasks(case.id)['submit'].id}").text
        assert 'id="shows"' not in page

"""What the rules refuse is told an applicant at the field, before sending and when sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.integration.desk import Desks, open_desks, words
from tests.integration.ponds import build
from tests.integration.small_programme import MONEY, field, form, package
from tests.integration.test_applicant_pages import digest

from grantflow.programmes.package import Package
from grantflow.services import cases
from grantflow.settings import Settings
from grantflow.store.db import Sessions

Clock = Callable[[str], None]
ASKED = {"payment_amount": "5000", "_action": "check"}


@pytest.fixture
def desks(sessions: Sessions, test_settings: Settings, clock: Clock) -> Iterator[Desks]:
    """The small programme, whose payment request names the last day the money is for."""
    clock("2027-02-01T09:00")
    amount = field("number", "payment_amount", required=True, properties=MONEY, decimalDigits=2)
    until = {**field("datetime", "needed_until", required=True), "subtype": "date"}
    files = {**package().files, "forms/ask.form": form("ask", amount, until)}
    with open_desks(build(sessions, test_settings, Package(files))) as found:
        yield found


def requested(desks: Desks, clock: Clock) -> str:
    """The address of a payment request that has begun."""
    case = desks.ponds.granted()
    clock("2027-04-12T09:00")
    desks.ponds.run_jobs()
    desks.ponds.do("applicant", cases.start_side_process, case.id, "payment")
    return f"/my/tasks/{desks.ponds.tasks(case.id)['ask'].id}"


def test_a_need_beyond_the_window_is_told_at_its_field_before_sending(
    desks: Desks, clock: Clock
) -> None:
    task, desk = requested(desks, clock), desks.of("applicant")
    answer = desk.post(task, **ASKED, needed_until="2027-09-30")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "30. September 2027" in words(answer)
    assert desk.get(f"{task}/check").status_code == 422


def test_what_became_wrong_after_the_check_is_told_at_its_field_when_sending(
    desks: Desks, clock: Clock
) -> None:
    task, desk = requested(desks, clock), desks.of("applicant")
    assert desk.post(task, **ASKED, needed_until="2027-05-20").status_code == 303
    seen = digest(desk.get(f"{task}/check"))
    clock("2027-04-05T09:00")  # the window of six weeks ends earlier
    answer = desk.post(f"{task}/submit", digest=seen)
    assert answer.status_code == 422
    assert "inzwischen geändert" not in words(answer)
    assert 'aria-invalid="true"' in answer.text

"""How far an overdue task has come, by the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from grantflow.services.escalation import rung

DUE = date(2027, 3, 1)


@pytest.mark.parametrize(
    ("late", "template", "next_after"),
    [
        (1, "task_overdue", 7),
        (6, "task_overdue", 7),
        (7, "task_overdue_again", 14),
        (13, "task_overdue_again", 14),
        (14, "task_escalated", 28),
        (27, "task_escalated", 28),
        (28, "task_escalated", 42),
        (400, "task_escalated", 406),
    ],
)
def test_the_highest_rung_reached_and_the_day_of_the_next(
    late: int, template: str, next_after: int
) -> None:
    reached = rung(DUE, DUE + timedelta(days=late))
    assert (reached.template, reached.next_on) == (template, DUE + timedelta(days=next_after))

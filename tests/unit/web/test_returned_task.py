from types import SimpleNamespace as Some
from typing import Any

import pytest

from grantflow.web import task_page

TASK: Any = Some(form="draft", instance_id="main")


def answered(form: str, instance: str = "main", *, note: bool = True) -> Any:
    return Some(form=form, instance_id=instance, view=Some(has_note=note))


@pytest.mark.parametrize(
    ("forms", "shown"),
    [
        ([answered("draft"), answered("reserve")], True),
        ([answered("draft"), answered("reserve", note=False)], False),
        ([answered("draft", "earlier"), answered("reserve")], False),
        ([answered("draft"), answered("payment", "other")], False),
        ([answered("assessment"), answered("reserve")], False),
        ([answered("reserve"), answered("draft")], False),
        ([], False),
    ],
)
def test_a_task_came_back_when_another_form_with_a_note_followed_its_own(
    forms: list[Any], shown: bool
) -> None:
    assert task_page._returned(TASK, forms) is (forms[-1] if shown else None)

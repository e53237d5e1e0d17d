"""Forms, diagrams and decision tables read the terms of funding lines from programme.toml."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from grantflow.engine.environment import Environment
from grantflow.programmes.constants import LINE_TERMS, PROGRAMME_VARIABLES
from grantflow.programmes.load import Programme, read
from grantflow.programmes.need_window import exceeded
from grantflow.programmes.package import load_folder
from grantflow.rules.profiles import profile
from grantflow.settings import settings
from grantflow.texts import LANGUAGES, text


@pytest.fixture(scope="module")
def wir() -> Programme:
    workflows = settings().workflows_dir
    letters = settings().templates_dir / "letters"
    return read(load_folder(workflows / "wir_hessen", workflows / "_shared", letters))


class _Task:
    """As much of a task as an environment looks at."""

    def __init__(self, **data: Any) -> None:
        self.id, self.data = uuid4(), data


def test_every_diagram_knows_the_terms_and_keeps_none_of_them(wir: Programme) -> None:
    known = [one.constants for one in wir.processes.values()]
    assert known
    assert all(one.keys() == set(PROGRAMME_VARIABLES) for one in known)
    lines = known[0]["programme_lines"]
    assert [line["code"] for line in lines] == [line.code for line in wir.file.funding_lines]
    assert all(tuple(line) == LINE_TERMS for line in lines)
    task = _Task(line="MODEL_WELCOME")
    room = Environment(datetime(2027, 1, 1, tzinfo=UTC), {}, known[0])
    assert room.evaluate(task, "programme_lines[code = line][1].rate") == 0.5
    asked = room.evaluate_all(task, {"kind": "=programme_lines[code = line][1].financing_type"})
    assert asked == {"kind": "PROPORTIONAL"}
    assert task.data == {"line": "MODEL_WELCOME"}


@pytest.mark.parametrize(
    ("area", "until", "last"),
    [
        ("federal", "2026-07-27", None),
        ("federal", "2026-07-28", date(2026, 7, 27)),
        ("berlin", "2026-08-16", date(2026, 8, 15)),
        ("hessen", "2026-12-31", None),  # only warned of
    ],
)
def test_a_request_reaches_no_further_than_the_window(
    area: str, until: str, last: date | None
) -> None:
    day = date(2026, 6, 15)
    request = {"payment_amount": "5000.00", "needed_until": until}
    problems = list(exceeded(profile(area, day), day, request))
    assert [(one.place, one.params["last"]) for one in problems] == (
        [("needed_until", last)] if last else []
    )
    assert all("{" not in text(one.key, lang, **one.params) for one in problems
               for lang in LANGUAGES)  # fmt: skip


@pytest.mark.parametrize("answers", [{}, {"needed_until": "2030-01-01"}, {"payment_amount": "5"}])
def test_other_answers_have_no_window(answers: dict[str, str]) -> None:
    assert not list(exceeded(profile("federal", date(2026, 6, 15)), date(2026, 6, 15), answers))

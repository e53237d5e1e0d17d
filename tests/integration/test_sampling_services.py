"""Samples for in-depth audits: drawn by risk and lot, kept with their seed, begun in each case."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import make_actor
from tests.integration import small_programme as small
from tests.integration.desk import Desks, open_desks
from tests.integration.ponds import Ponds, build

from grantflow.clock import now
from grantflow.errors import Conflict, Invalid, NotAllowed
from grantflow.services import sampling
from grantflow.services.policy import SYSTEM
from grantflow.services.statements import FINAL
from grantflow.settings import Settings
from grantflow.store import forms_data
from grantflow.store.db import Sessions
from grantflow.store.forms_data import NewAnswers
from grantflow.store.tables import Case, SampleItem

RISK = Path("workflows/_shared/decisions/audit_risk.dmn")


@pytest.fixture
def drawing(sessions: Sessions, test_settings: Settings, clock: object) -> Ponds:
    """Three statements of 2027 in a programme with an in-depth audit, and an auditor."""
    assert callable(clock)
    clock("2027-02-01T09:00")
    audit = small.process(
        "in_depth_audit",
        {"Amt": "audit"},
        small.start(),
        small.task("audit", form="none"),
        small.end(),
        flow="begin > audit > finish",
    )
    package = (
        small.package()
        .with_file("side/in_depth_audit.bpmn", audit)
        .with_file("decisions/audit_risk.dmn", RISK.read_bytes())
    )
    toml = package.files["programme.toml"].decode()
    toml += (
        '\n[side_processes.in_depth_audit]\nrole = "CASE_OFFICER"\ntitle.de = "P"\ntitle.en = "A"\n'
    )
    ponds = build(sessions, test_settings, package.with_file("programme.toml", toml.encode()))
    with ponds.transaction(SYSTEM) as session:
        auditor = make_actor(session, "AUDITOR_INTERNAL", authority=ponds.authority, name="Revi")
    ponds.people["auditor"] = auditor
    for title in ("A", "B", "C"):
        _handed_in(ponds, ponds.open(title))
    return ponds


def _handed_in(ponds: Ponds, case: Case) -> None:
    with ponds.transaction(SYSTEM) as session:
        given = NewAnswers(case.id, case.authority_id, FINAL, "", {}, None, now(), None)
        forms_data.add_revision(session, given)


def items(ponds: Ponds) -> list[SampleItem]:
    with ponds.reading() as session:
        return list(session.scalars(select(SampleItem).order_by(SampleItem.reference)))


def test_a_draw_begins_an_audit_in_every_drawn_case_and_only_there(drawing: Ponds) -> None:
    found = drawing.do("auditor", sampling.draw, drawing.call.id, 2027, "7-13-22")
    assert found.share == Decimal("0.1")
    population = items(drawing)
    assert [item.drawn for item in population].count(True) == 1
    for item in population:
        assert ("audit" in drawing.tasks(item.case_id)) is item.drawn
        assert [reason["rule"] for reason in item.reasons] == ["first_grant"]


def test_a_draw_can_be_repeated_and_a_changed_one_is_noticed(drawing: Ponds) -> None:
    found = drawing.do("auditor", sampling.draw, drawing.call.id, 2027)
    shown = drawing.look("auditor", sampling.show, found.id)
    assert shown.repeats
    assert len(found.seed) == 16
    shown.items[-1].drawn = not shown.items[-1].drawn
    assert not sampling.repeats(shown.draw, shown.items)


def test_every_statement_is_in_one_draw_only(drawing: Ponds) -> None:
    drawing.do("auditor", sampling.draw, drawing.call.id, 2027, "a")
    with pytest.raises(Conflict, match="nothing_waits"):
        drawing.do("auditor", sampling.draw, drawing.call.id, 2027, "b")
    _handed_in(drawing, drawing.open("D"))
    drawing.do("auditor", sampling.draw, drawing.call.id, 2027, "b")
    assert len(items(drawing)) == 4


def test_a_future_year_or_an_endless_seed_is_refused(drawing: Ponds) -> None:
    with pytest.raises(Invalid) as caught:
        drawing.do("auditor", sampling.draw, drawing.call.id, 2028, "x" * 65)
    assert {problem.place for problem in caught.value.problems} == {"year", "seed"}


def test_nobody_else_draws(drawing: Ponds) -> None:
    with pytest.raises(NotAllowed):
        drawing.do("officer", sampling.draw, drawing.call.id, 2027)
    with pytest.raises(NotAllowed):
        drawing.look("officer", sampling.draws)


def test_the_pages_draw_and_show_the_list_with_reasons_and_seed(drawing: Ponds) -> None:
    with open_desks(drawing) as desks:
        _pages(desks)


def _pages(desks: Desks) -> None:
    auditor = desks.of("auditor")
    assert "noch keine Stichprobe" in auditor.read("/audits")
    call = str(desks.ponds.call.id)
    wrong = auditor.post("/audits", call=call, year="soon", seed="")
    assert wrong.status_code == 422
    assert auditor.post("/audits", call="", year="2027", seed="").status_code == 422
    page = auditor.follow(auditor.post("/audits", call=call, year="2027", seed="7-13-22"))
    assert "7-13-22" in page
    assert "Erste Förderung der Organisation (+1)" in page
    assert "ergibt dasselbe" in page
    assert "2027" in auditor.read("/audits")
    assert auditor.post("/audits", call=call, year="2027", seed="").status_code == 422

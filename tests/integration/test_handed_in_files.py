"""Files in a draft belong to the applicant; what was handed in is seen by who has to do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.desk import Desks
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import field, form, package

from grantflow.errors import Invalid, NotAllowed, NotFound
from grantflow.programmes.package import Package
from grantflow.services import case_views, cases, documents, tasks
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions, counting
from grantflow.store.tables import Case, Document

PDF = b"%PDF-1.7\n" + b"0" * 200
PLAIN = {"depth": "3", "requested_amount": "25000"}
STAFF = ("officer", "head", "registry")
PANEL = ("panel", "panel_two")


def upload(ponds: Ponds, case: Case, name: str = "plan.pdf") -> Document:
    task_id = ponds.tasks(case.id)["submit"].id
    return ponds.do("applicant", documents.add_document, task_id, "map", name, PDF, ponds.blobs)


def test_a_field_takes_only_the_kinds_it_names(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> None:
    clock("2027-02-01T09:00")
    plans = form("submit", field("filepicker", "map", accept=".pdf,.png"))
    ponds = build(sessions, test_settings, Package({**package().files, "forms/submit.form": plans}))
    task_id = ponds.tasks(ponds.open().id)["submit"].id
    given = ("map", "liste.csv", b"Posten;Betrag", ponds.blobs)
    with pytest.raises(Invalid) as refused:
        ponds.do("applicant", documents.add_document, task_id, *given)
    (problem,) = refused.value.problems
    assert (problem.key, problem.place) == ("store.documents.kind", "map")
    assert problem.params["allowed"] == ".pdf, .png"


def listed(ponds: Ponds, who: str, case: Case) -> list[str]:
    return [row.name for row in ponds.look(who, documents.list_documents, case.id)]


def fetch(ponds: Ponds, who: str, file: Document) -> bytes:
    return bytes(ponds.look(who, documents.get_document, file.id, ponds.blobs)[1])


def handed_in(ponds: Ponds) -> tuple[Case, Document, Document]:
    """One file named in the answers, another one uploaded but left out of them."""
    case = ponds.open()
    named, left_out = upload(ponds, case), upload(ponds, case, "entwurf.pdf")
    task_id = ponds.tasks(case.id)["submit"].id
    ponds.do("applicant", tasks.save_draft, task_id, {**PLAIN, "map": [str(left_out.id)]})
    ponds.do("applicant", tasks.complete, task_id, {**PLAIN, "map": [str(named.id)]})
    return case, named, left_out


def test_a_file_of_a_draft_is_the_applicants_alone(ponds: Ponds) -> None:
    case = ponds.open()
    file = upload(ponds, case)
    task_id = ponds.tasks(case.id)["submit"].id
    ponds.do("applicant", tasks.save_draft, task_id, {**PLAIN, "map": [str(file.id)]})
    for who in (*STAFF, *PANEL):
        with pytest.raises(NotFound):
            fetch(ponds, who, file)
        assert listed(ponds, who, case) == []
        assert ponds.look(who, case_views.case_view, case.id).documents in ([], ())
    for who in ("applicant", "system"):
        assert fetch(ponds, who, file) == PDF
        assert listed(ponds, who, case) == ["plan.pdf"]


def test_staff_see_a_file_once_answers_named_it(ponds: Ponds) -> None:
    case, named, left_out = handed_in(ponds)
    for who in STAFF:
        assert fetch(ponds, who, named) == PDF
        assert listed(ponds, who, case) == ["plan.pdf"]
        with pytest.raises(NotFound):
            fetch(ponds, who, left_out)
    assert sorted(listed(ponds, "applicant", case)) == ["entwurf.pdf", "plan.pdf"]


def test_panel_members_see_files_after_denying_a_conflict_for_their_review(ponds: Ponds) -> None:
    case, named, left_out = handed_in(ponds)

    def sees(who: str) -> list[str]:
        found = listed(ponds, who, case)
        if not found:
            with pytest.raises(NotFound):
                fetch(ponds, who, named)
        else:
            assert fetch(ponds, who, named) == PDF
        with pytest.raises(NotFound):
            fetch(ponds, who, left_out)
        return found

    assert sees("panel") == []
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    reviewers = [str(ponds.who(name).account_id) for name in PANEL]
    ponds.complete("officer", case, "choose", reviewers=reviewers)
    assert sees("panel") == sees("panel_two") == []
    _declare(ponds, "panel", conflict=False)
    assert sees("panel") == ["plan.pdf"]
    assert sees("panel_two") == []
    _declare(ponds, "panel_two", conflict=True, reason="Nachbar")
    with pytest.raises(NotAllowed):
        fetch(ponds, "panel_two", named)
    with pytest.raises(NotAllowed):
        listed(ponds, "panel_two", case)
    ponds.do("panel", tasks.complete, _review(ponds, "panel"), {"points": "4"})
    assert sees("panel") == ["plan.pdf"]


def _review(ponds: Ponds, who: str) -> Any:
    lines = ponds.look(who, tasks.list_tasks, "mine").lines
    return next(line.task.id for line in lines if line.task.element_id == "opine")


def _declare(ponds: Ponds, who: str, **said: Any) -> None:
    ponds.do(who, tasks.declare_conflict, _review(ponds, who), **said)


def test_a_list_of_files_costs_the_same_whatever_their_number(ponds: Ponds) -> None:
    case, _, _ = handed_in(ponds)
    officer, spent = ponds.who("officer"), []
    for _ in range(2):
        with ponds.reading(officer) as session, counting(ponds.sessions) as counter:
            documents.list_documents(session, officer, case.id)
        spent.append(len(counter))
        with ponds.transaction(SYSTEM) as session:
            base = session.query(Document).filter_by(name="plan.pdf").one().model_dump()
            for number in range(20):
                row = {k: v for k, v in base.items() if k != "id"} | {"name": f"{number}.pdf"}
                session.add(Document(**row))
    assert spent[0] == spent[1] <= 4


def test_pages_do_not_show_files_of_a_draft(desks: Desks) -> None:
    case, named, left_out = handed_in(desks.ponds)
    officer = desks.of("officer")
    check = desks.ponds.tasks(case.id)["check"].id
    for path in (f"/cases/{case.id}/documents", f"/tasks/{check}"):
        page = officer.get(path).text
        assert f"/documents/{named.id}" in page
        assert str(left_out.id) not in page
    assert officer.get(f"/documents/{left_out.id}").status_code == 404
    assert officer.get(f"/documents/{named.id}").status_code == 200
    assert desks.of("panel").get(f"/documents/{named.id}").status_code == 404
    assert desks.of("applicant").get(f"/documents/{left_out.id}").status_code == 200

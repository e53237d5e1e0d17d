"""Who may do a task, who is refused, and what people see of their tasks."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import insert
from tests.integration.ponds import DECISION, Ponds

from grantflow import clock as time
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.services import documents, tasks
from grantflow.services.policy import SYSTEM
from grantflow.store.db import counting
from grantflow.store.tables import Case, Document, FormData, ProcessInstance, Task, TaskDraft
from grantflow.store.worklists import TaskFilter

Clock = Callable[[str], None]
PDF = b"%PDF-1.7\n" + b"0" * 200


def test_a_task_that_is_done_tells_who_did_it(ponds: Ponds) -> None:
    case = ponds.submitted()
    task = ponds.complete("officer", case, "check", verdict="good")
    assert (task.status, task.done_by) == ("done", ponds.who("officer").account_id)
    with pytest.raises(Conflict) as refused:
        ponds.do("colleague", tasks.complete, task.id, {"verdict": "bad"})
    assert refused.value.params["name"] == "Officer"
    assert refused.value.params["at"] == time.now()


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("panel", NotFound),
        ("registry", NotAllowed),
        ("applicant", NotFound),
        ("stranger", NotFound),
        ("foreign", NotFound),
    ],
)
def test_only_the_role_of_a_task_may_do_it(ponds: Ponds, who: str, error: type) -> None:
    case = ponds.submitted()
    task_id = ponds.tasks(case.id)["check"].id
    with pytest.raises(error):
        ponds.do(who, tasks.complete, task_id, {"verdict": "good"})
    assert set(ponds.tasks(case.id)) == {"check"}


def test_staff_cannot_submit_for_the_applicant(ponds: Ponds) -> None:
    case = ponds.open()
    with pytest.raises(NotAllowed):
        ponds.complete("officer", case, "submit", depth="3", requested_amount="1")


def test_the_system_has_no_hands(ponds: Ponds) -> None:
    case = ponds.submitted()
    with pytest.raises(NotAllowed):
        ponds.complete("system", case, "check", verdict="good")


def test_four_eyes_hold_against_a_crafted_call(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.complete("head", case, "check", verdict="good")
    ponds.complete("head", case, "draft_decision", **DECISION)
    task_id = ponds.tasks(case.id)["approve"].id
    for use_case in (tasks.claim, tasks.release):
        with pytest.raises(NotAllowed) as refused:
            ponds.do("head", use_case, task_id)
    with pytest.raises(NotAllowed) as refused:
        ponds.do("head", tasks.complete, task_id, {})
    assert refused.value.key == "services.tasks.four_eyes"
    assert ponds.look("head", tasks.task_view, task_id).refusal is not None


def test_wrong_answers_change_nothing_and_name_the_field(ponds: Ponds) -> None:
    case = ponds.open()
    with pytest.raises(Invalid) as refused:
        ponds.complete("applicant", case, "submit", depth="", requested_amount="viel")
    assert {p.place for p in refused.value.problems} == {"depth", "requested_amount"}
    assert ponds.count(FormData, case_id=case.id) == 0
    assert set(ponds.tasks(case.id)) == {"submit"}


def test_what_was_typed_is_kept_and_forgotten_when_done(ponds: Ponds) -> None:
    case = ponds.open()
    task_id = ponds.tasks(case.id)["submit"].id
    ponds.do("applicant", tasks.save_draft, task_id, {"depth": "zwei", "unknown": "x"})
    ponds.do("applicant", tasks.save_draft, task_id, {"depth": "drei", "requested_amount": "12,"})
    view = ponds.look("applicant", tasks.task_view, task_id)
    assert (view.source, view.answers["depth"]) == ("draft", "drei")
    assert "unknown" not in view.answers
    assert view.may_complete
    ponds.complete("applicant", case, "submit", depth="3", requested_amount="25000")
    assert ponds.count(TaskDraft, task_id=task_id) == 0
    done = ponds.look("applicant", tasks.task_view, task_id)
    assert (done.source, done.answers["requested_amount"]) == ("done", "25000.00")
    assert (done.done_by, done.may_complete) == ("Frieda", False)
    with pytest.raises(Conflict):
        ponds.do("applicant", tasks.save_draft, task_id, {"depth": "vier"})


def test_a_claimed_task_belongs_to_one_person(ponds: Ponds) -> None:
    case = ponds.submitted()
    task_id = ponds.tasks(case.id)["check"].id
    ponds.do("officer", tasks.claim, task_id)
    ponds.do("officer", tasks.claim, task_id)
    with pytest.raises(NotAllowed) as refused:
        ponds.do("colleague", tasks.complete, task_id, {"verdict": "good"})
    assert refused.value.params["name"] == "Officer"
    assert ponds.look("colleague", tasks.task_view, task_id).held_by == "Officer"
    ponds.do("officer", tasks.release, task_id)
    ponds.do("colleague", tasks.claim, task_id)
    assert ponds.tasks(case.id)["check"].assignee_id == ponds.who("colleague").account_id


def test_a_task_is_handed_only_to_somebody_who_may_do_it(ponds: Ponds) -> None:
    case = ponds.submitted()
    task_id = ponds.tasks(case.id)["check"].id
    with pytest.raises(NotAllowed) as refused:
        ponds.do("officer", tasks.hand_over, task_id, ponds.who("panel").account_id)
    assert refused.value.params["name"] == "Panel"
    ponds.do("officer", tasks.hand_over, task_id, ponds.who("colleague").account_id)
    with pytest.raises(NotAllowed):
        ponds.do("officer", tasks.hand_over, task_id, ponds.who("officer").account_id)
    ponds.do("head", tasks.hand_over, task_id, ponds.who("officer").account_id)
    assert ponds.tasks(case.id)["check"].assignee_id == ponds.who("officer").account_id


def test_four_eyes_hold_when_a_task_is_handed_over(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    ponds.complete("head", case, "draft_decision", **DECISION)
    task_id = ponds.tasks(case.id)["approve"].id
    with pytest.raises(NotAllowed):
        ponds.do("head", tasks.hand_over, task_id, ponds.who("head").account_id)


def test_a_document_counts_only_for_its_own_field_and_case(ponds: Ponds) -> None:
    case, other = ponds.open(), ponds.open("Krötenteich")
    task_id = ponds.tasks(case.id)["submit"].id
    own = ponds.do(
        "applicant", documents.add_document, task_id, "map", "plan.pdf", PDF, ponds.blobs
    )
    theirs = ponds.do(
        "applicant", documents.add_document, ponds.tasks(other.id)["submit"].id, "map",
        "plan.pdf", PDF, ponds.blobs,
    )  # fmt: skip
    plain = {"depth": "3", "requested_amount": "25000"}
    for wrong in (str(theirs.id), str(uuid4())):
        with pytest.raises(Invalid):
            ponds.do("applicant", tasks.complete, task_id, {**plain, "map": [wrong]})
    ponds.do("applicant", tasks.complete, task_id, {**plain, "map": [str(own.id)]})
    with pytest.raises(Conflict):
        ponds.do("applicant", documents.remove_document, own.id)
    assert ponds.look("officer", documents.get_document, own.id, ponds.blobs)[1] == PDF
    for who in ("stranger", "foreign"):
        with pytest.raises(NotFound):
            ponds.look(who, documents.get_document, own.id, ponds.blobs)


def test_files_are_refused_where_they_do_not_belong(ponds: Ponds) -> None:
    case = ponds.open()
    task_id = ponds.tasks(case.id)["submit"].id
    with pytest.raises(NotFound):
        ponds.do("applicant", documents.add_document, task_id, "depth", "a.pdf", PDF, ponds.blobs)
    with pytest.raises(Invalid):
        ponds.do("applicant", documents.add_document, task_id, "map", "a.pdf", b"MZ", ponds.blobs)
    with pytest.raises(NotFound):
        ponds.do("stranger", documents.add_document, task_id, "map", "a.pdf", PDF, ponds.blobs)
    file = ponds.do("applicant", documents.add_document, task_id, "map", "a.pdf", PDF, ponds.blobs)
    with pytest.raises(NotAllowed):
        ponds.do("officer", documents.remove_document, file.id)
    ponds.do("applicant", documents.remove_document, file.id)
    assert ponds.look("applicant", documents.list_documents, case.id) == []
    assert ponds.count(Document, case_id=case.id) == 1


# ---- lists


def test_everybody_sees_their_own_tasks(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.open("Entwurf")
    elements = {
        who: [line.task.element_id for line in ponds.look(who, tasks.list_tasks).lines]
        for who in ("officer", "head", "panel", "applicant", "stranger", "foreign", "registry")
    }
    assert elements == {
        "officer": ["check"],
        "head": ["check"],
        "panel": [],
        "applicant": ["submit"],
        "stranger": [],
        "foreign": [],
        "registry": [],
    }
    everything = ponds.look("officer", tasks.list_tasks, "all")
    assert [line.task.element_id for line in everything.lines] == ["check", "submit"]
    assert (everything.counts.mine, everything.counts.roles, everything.counts.all) == (0, 1, 2)
    ponds.do("officer", tasks.claim, ponds.tasks(case.id)["check"].id)
    assert ponds.look("officer", tasks.list_tasks, "mine").total == 1
    assert ponds.look("colleague", tasks.list_tasks, "roles").total == 0
    assert ponds.look("colleague", tasks.list_tasks, "all").total == 2


def test_lists_are_narrowed_by_text_stage_programme_and_delay(ponds: Ponds, clock: Clock) -> None:
    ponds.submitted()
    ponds.open("100 % Entwurf_1")

    def found(**wanted: object) -> int:
        return ponds.look("officer", tasks.list_tasks, "all", wanted=TaskFilter(**wanted)).total

    assert found(text="FROSCHT") == 1
    assert found(text="%") == 1
    assert found(text="h_t") == 0
    assert found(text="froschfreunde") == 2
    assert found(stage="application") == 2
    assert found(stage="notice") == 0
    assert found(programme_id=ponds.programme.id) == 2
    assert found(programme_id=uuid4()) == 0
    clock("2027-02-20T09:00")
    assert found(overdue_at=time.now()) == 1
    with pytest.raises(NotFound):
        ponds.look("officer", tasks.list_tasks, "everything")


def test_two_thousand_cases_need_no_more_statements(ponds: Ponds) -> None:
    case = ponds.submitted()
    _many(ponds, case, 2_000)
    officer = ponds.who("officer")
    with ponds.reading(officer) as session, counting(ponds.sessions) as counter:
        found = tasks.list_tasks(session, officer, "roles", page=3)
    assert (len(found.lines), found.page, found.total) == (50, 3, 2_001)
    assert len(counter) <= 4


def _many(ponds: Ponds, case: Case, number: int) -> None:
    """Cases with one open task each, written straight into the tables."""
    base = ponds.case(case.id).model_dump()
    task = ponds.tasks(case.id)["check"].model_dump()
    with ponds.transaction(SYSTEM) as session:
        ids = [(uuid4(), uuid4(), uuid4()) for _ in range(number)]
        session.execute(
            insert(Case),
            [
                base | {"id": c, "reference": f"X-{n}", "title": f"Teich {n}"}
                for n, (c, _, _) in enumerate(ids)
            ],
        )
        session.execute(
            insert(ProcessInstance),
            [
                {
                    "id": i, "case_id": c, "authority_id": case.authority_id, "state": b"",
                    "process_id": "application", "status": "running", "version": 1, "facts": {},
                    "started_at": time.now(),
                }
                for c, i, _ in ids
            ],
        )  # fmt: skip
        session.execute(
            insert(Task), [task | {"id": t, "case_id": c, "instance_id": i} for c, i, t in ids]
        )

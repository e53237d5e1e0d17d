"""Reviews: the declaration comes first, a conflict excludes, nobody peeks at others' scores."""

from __future__ import annotations

import pytest
from tests.integration.ponds import Ponds

from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.services import (
    answers,
    case_views,
    cases,
    catalogue,
    letters,
    messages,
    reviews,
    tasks,
)
from grantflow.services.policy import SYSTEM
from grantflow.store import forms_data
from grantflow.store.instances import open_elements
from grantflow.store.tables import Case, ConflictDeclaration, Task


def assigned(ponds: Ponds, *who: str) -> tuple[Case, dict[str, Task]]:
    """A case whose reviews were given to these panel members."""
    case = ponds.submitted()
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    people = {str(ponds.who(name).account_id): name for name in who}
    ponds.complete("officer", case, "choose", reviewers=list(people))
    with ponds.reading(SYSTEM) as session:
        assert "opine" in set().union(*open_elements(session, case.id).values())
    found = {name: _task_of(ponds, case, account) for account, name in people.items()}
    return case, found


def _task_of(ponds: Ponds, case: Case, account: str) -> Task:
    name = next(n for n, a in ponds.people.items() if str(a.account_id) == account)
    lines = ponds.look(name, tasks.list_tasks, "mine").lines
    return next(line.task for line in lines if line.task.case_id == case.id)


def test_only_panel_members_can_be_chosen(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    task = ponds.tasks(case.id)["choose"]
    view = ponds.look("officer", tasks.task_view, task.id)
    assert {o.label for o in view.options["panel_members"]} == {"Panel", "Panel_two"}
    with pytest.raises(Invalid):
        ponds.complete("officer", case, "choose", reviewers=[str(ponds.who("head").account_id)])


def test_the_declaration_comes_before_the_score(ponds: Ponds) -> None:
    _case, given = assigned(ponds, "panel")
    task_id = given["panel"].id
    assert ponds.look("panel", tasks.task_view, task_id).needs_declaration
    for use_case in (tasks.complete, tasks.save_draft):
        with pytest.raises(NotAllowed) as refused:
            ponds.do("panel", use_case, task_id, {"points": "7"})
        assert refused.value.key == "services.tasks.declare_first"
    ponds.do("panel", tasks.declare_conflict, task_id, conflict=False)
    ponds.do("panel", tasks.complete, task_id, {"points": "7"})
    with pytest.raises(Conflict):
        ponds.do("panel", tasks.declare_conflict, task_id, conflict=True, reason="Zu spät")


def test_a_conflict_completes_the_task_and_shuts_the_person_out(ponds: Ponds) -> None:
    case, given = assigned(ponds, "panel", "panel_two")
    task_id = given["panel"].id
    with pytest.raises(Invalid):
        ponds.do("panel", tasks.declare_conflict, task_id, conflict=True, reason="  ")
    ponds.do("panel", tasks.declare_conflict, task_id, conflict=True, reason="Mein Bruder.")
    assert ponds.count(ConflictDeclaration, case_id=case.id, conflict=True) == 1
    with pytest.raises(NotAllowed):
        ponds.look("panel", case_views.case_view, case.id)
    with pytest.raises(NotAllowed):
        ponds.look("panel", tasks.task_view, task_id)
    with pytest.raises(NotAllowed):
        ponds.look("panel", letters.preview, ponds.letters(case)[0].id)
    with pytest.raises(NotAllowed):
        ponds.do("panel", messages.write, case.id, "Ich sage doch etwas.")
    assert ponds.look("panel", cases.list_cases).total == 0
    assert ponds.look("panel", tasks.list_tasks, "all").total == 0
    other = given["panel_two"].id
    ponds.do("panel_two", tasks.declare_conflict, other, conflict=False)
    ponds.do("panel_two", tasks.complete, other, {"points": "9"})
    assert "sum_up" in ponds.tasks(case.id)


def test_an_excluded_person_is_not_offered_for_another_review(ponds: Ponds) -> None:
    case, given = assigned(ponds, "panel")
    ponds.do("panel", tasks.declare_conflict, given["panel"].id, conflict=True, reason="Bruder")
    ponds.complete("officer", case, "sum_up")
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    view = ponds.look("officer", tasks.task_view, ponds.tasks(case.id)["choose"].id)
    assert {o.label for o in view.options["panel_members"]} == {"Panel_two"}


def test_reviews_stay_with_whom_they_were_given_to(ponds: Ponds) -> None:
    _case, given = assigned(ponds, "panel", "panel_two")
    task_id = given["panel"].id
    with pytest.raises(NotFound):
        ponds.look("panel_two", tasks.task_view, task_id)
    with pytest.raises(NotAllowed):
        ponds.do("officer", tasks.complete, task_id, {"points": "1"})
    with pytest.raises(NotAllowed):
        ponds.do("head", tasks.hand_over, task_id, ponds.who("panel_two").account_id)
    with pytest.raises(NotAllowed):
        ponds.do("panel", tasks.release, task_id)


def test_scores_come_together_for_the_authority_and_nobody_else(ponds: Ponds) -> None:
    case, given = assigned(ponds, "panel", "panel_two")
    for who, points in (("panel", "4"), ("panel_two", "9")):
        ponds.do(who, tasks.declare_conflict, given[who].id, conflict=False)
        ponds.do(who, tasks.complete, given[who].id, {"points": points, "words": f"von {who}"})
    found = ponds.look("officer", reviews.summary, case.id)
    assert (found.given, found.open, found.conflicts) == (2, 0, ())
    assert (found.scores[0].mean, found.scores[0].spread) == (6.5, 5.0)
    for who in ("panel", "applicant"):
        with pytest.raises(NotAllowed):
            ponds.look(who, reviews.summary, case.id)
    with pytest.raises(NotFound):
        ponds.look("foreign", reviews.summary, case.id)
    own = ponds.look("panel", case_views.case_view, case.id)
    assert [r.row.by for h in own.forms if h.form == "opinion" for r in h.revisions] == [
        ponds.who("panel").account_id
    ]


def test_my_reviews_show_what_is_asked_and_what_was_declared(ponds: Ponds) -> None:
    _case, given = assigned(ponds, "panel")
    (line,) = ponds.look("panel", reviews.my_reviews)
    assert (line.task.id, line.declared, line.conflict) == (given["panel"].id, False, False)
    ponds.do("panel", tasks.declare_conflict, given["panel"].id, conflict=True, reason="Bruder")
    (line,) = ponds.look("panel", reviews.my_reviews)
    assert (line.task.status, line.conflict) == ("done", True)


def test_a_summary_without_reviews_is_empty(ponds: Ponds) -> None:
    case = ponds.submitted()
    found = ponds.look("officer", reviews.summary, case.id)
    assert (found.given, found.scores) == (0, ())


def test_no_declaration_is_taken_where_none_is_asked(ponds: Ponds) -> None:
    case = ponds.submitted()
    with pytest.raises(Conflict):
        ponds.do(
            "officer", tasks.declare_conflict, ponds.tasks(case.id)["check"].id, conflict=False
        )


def test_who_was_named_stays_named_after_a_conflict(ponds: Ponds) -> None:
    """What was submitted does not change when somebody is excluded; offered they are no more."""
    case, given = assigned(ponds, "panel", "panel_two")
    ponds.do("panel_two", tasks.declare_conflict, given["panel_two"].id, conflict=True, reason="Ex")
    with ponds.reading(SYSTEM) as session:
        form = catalogue.programme_of(session, case.programme_version_id).form("choose")
        kept = forms_data.find_latest(session, case.id, "choose")
        assert kept is not None
        offered = answers.options_of(session, form, case)["panel_members"]
        read = answers.options_read(session, form, case, kept.answers)
    assert [option.label for option in offered] == ["Panel"]
    (field,) = form.view(kept.answers, options=read, readonly=True).fields
    assert [one.label for one in field.choices if one.chosen] == ["Panel", "Panel_two"]
    (change,) = form.diff({"reviewers": []}, kept.answers, read)
    assert change.shown(change.after, "de") == "Panel, Panel_two"

"""Four eyes on a letter: what was seen is what is released, and its author does not release it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.factories import make_actor
from tests.integration.desk import Desks, words
from tests.integration.ponds import Ponds

from grantflow.errors import Conflict, NotAllowed
from grantflow.services import letters, tasks
from grantflow.services.policy import SYSTEM
from grantflow.store.tables import Case, Letter

Clock = Callable[[str], None]

WHY = "Es muss sein."


def held(ponds: Ponds, case: Case) -> Letter:
    return next(one for one in ponds.letters(case) if one.name == "grant_decision")


def with_deputy(ponds: Ponds) -> Ponds:
    """A second person who may release letters."""
    with ponds.transaction(SYSTEM) as session:
        ponds.people["deputy"] = make_actor(
            session, "HEAD_OF_UNIT", authority=ponds.authority, name="Deputy"
        )
    return ponds


def test_a_letter_changed_after_it_was_seen_is_not_released(ponds: Ponds, clock: Clock) -> None:
    case = ponds.drafted()
    task_id = ponds.tasks(case.id)["approve"].id
    seen = ponds.look("head", tasks.task_view, task_id).letter_revision
    clock("2027-02-01T10:30")
    ponds.do(
        "colleague",
        letters.edit,
        held(ponds, case).id,
        {"opening": "Heimlich anders."},
        WHY,
    )
    for stale in (seen, ""):
        with pytest.raises(Conflict) as refused:
            ponds.do("head", tasks.complete, task_id, {}, seen_letter=stale)
        assert refused.value.key == "services.letters.changed_meanwhile"
        assert refused.value.params["name"] == "Colleague"
        assert f"{refused.value.params['at']:%H:%M}" == "11:30"  # in Berlin
    assert held(ponds, case).state == "draft"
    fresh = ponds.look("head", tasks.task_view, task_id).letter_revision
    assert fresh != seen
    ponds.do("head", tasks.complete, task_id, {}, seen_letter=fresh)
    assert held(ponds, case).state == "approved"


def test_an_unseen_letter_names_who_drafted_it(ponds: Ponds) -> None:
    case = ponds.drafted()
    task_id = ponds.tasks(case.id)["approve"].id
    with pytest.raises(Conflict) as refused:
        ponds.do("head", tasks.complete, task_id, {}, seen_letter="")
    assert refused.value.params["name"] == "Officer"


def test_a_letter_that_is_gone_is_said_to_be_gone(ponds: Ponds) -> None:
    case = ponds.drafted()
    task_id = ponds.tasks(case.id)["approve"].id
    seen = ponds.look("head", tasks.task_view, task_id).letter_revision
    with ponds.transaction(SYSTEM) as session:
        session.get_one(Letter, held(ponds, case).id).state = "discarded"
    with pytest.raises(Conflict) as refused:
        ponds.do("head", tasks.complete, task_id, {}, seen_letter=seen)
    assert refused.value.key == "services.letters.gone_meanwhile"


def test_a_task_without_a_letter_needs_nothing_seen(ponds: Ponds) -> None:
    case = ponds.submitted()
    task_id = ponds.tasks(case.id)["check"].id
    ponds.do("officer", tasks.complete, task_id, {"verdict": "good"}, seen_letter="")
    assert "draft_decision" in ponds.tasks(case.id)


def _revision(page: str) -> str:
    found = re.search(r'name="_letter" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Colleague hat es geändert (1. Februar 2027"),
        ("en", "Colleague changed it (1 February 2027"),
    ],
)
@pytest.mark.parametrize("desk", ["/decisions", "/tasks"])
def test_the_page_of_a_stale_letter_shows_the_new_one(
    desks: Desks, desk: str, language: str, said: str
) -> None:
    ponds, case = desks.ponds, desks.ponds.drafted()
    path = f"{desk}/{ponds.tasks(case.id)['approve'].id}"
    head = desks.of("head", language)
    seen = _revision(head.get(path).text)
    ponds.do(
        "colleague",
        letters.edit,
        held(ponds, case).id,
        {"opening": "Heimlich anders."},
        WHY,
    )
    answer = head.post(path, _letter=seen)
    assert answer.status_code == 409
    assert said in words(answer)
    assert f"/letters/{held(ponds, case).id}/preview" in answer.text
    assert held(ponds, case).state == "draft"
    assert head.post(path).status_code == 409
    assert head.post(path, _letter=_revision(answer.text)).status_code == 303
    assert held(ponds, case).state == "approved"


# ---- who releases a letter does not write it


def test_whoever_a_letter_waits_for_cannot_edit_it(ponds: Ponds) -> None:
    case = with_deputy(ponds).drafted()
    draft, task_id = held(ponds, case), ponds.tasks(case.id)["approve"].id
    for who in ("head", "deputy"):
        for use_case, given in ((letters.edit, [{"opening": "x"}, "Darum."]), (letters.draft, [])):
            with pytest.raises(NotAllowed) as refused:
                ponds.do(who, use_case, draft.id, *given)
            assert refused.value.key == letters.COUNTERSIGNER
    ponds.do("deputy", tasks.claim, task_id)
    with pytest.raises(NotAllowed):
        ponds.do("deputy", letters.edit, draft.id, {"opening": "x"}, WHY)
    ponds.do("head", letters.edit, draft.id, {"opening": "Jetzt wartet es auf andere."}, WHY)
    ponds.do("deputy", tasks.complete, task_id, {})
    assert held(ponds, case).state == "approved"


def test_whoever_drafted_a_letter_still_edits_it_with_the_role_to_release(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    ponds.complete(
        "head", case, "draft_decision", decision_outcome="grant", approved_amount="1", purpose="x",
        reasons="y",
    )  # fmt: skip
    ponds.do(
        "head",
        letters.edit,
        held(ponds, case).id,
        {"opening": "Ich entwerfe weiter."},
        WHY,
    )
    assert held(ponds, case).edits == {"opening": "Ich entwerfe weiter."}


def edited_by_head(ponds: Ponds) -> Case:
    """The head changed the letter while it waited for the deputy, who gave it back."""
    case = with_deputy(ponds).drafted()
    task_id = ponds.tasks(case.id)["approve"].id
    ponds.do("deputy", tasks.claim, task_id)
    ponds.do("head", letters.edit, held(ponds, case).id, {"opening": "Ich bewillige."}, WHY)
    ponds.do("deputy", tasks.release, task_id)
    return case


def test_who_edited_a_letter_cannot_take_or_do_its_task(ponds: Ponds) -> None:
    case = edited_by_head(ponds)
    task_id, head = ponds.tasks(case.id)["approve"].id, ponds.who("head").account_id
    for use_case, given in ((tasks.claim, []), (tasks.complete, [{}])):
        with pytest.raises(NotAllowed) as refused:
            ponds.do("head", use_case, task_id, *given)
        assert refused.value.key == "services.letters.four_eyes"
    with pytest.raises(NotAllowed) as refused:
        ponds.do("deputy", tasks.hand_over, task_id, head)
    assert refused.value.params["name"] == "Head"
    ponds.do("head", tasks.hand_over, task_id, ponds.who("deputy").account_id)
    assert ponds.tasks(case.id)["approve"].assignee_id == ponds.who("deputy").account_id


@pytest.mark.parametrize(
    ("language", "said"), [("de", "geben Sie die Aufgabe an eine andere"), ("en", "hand the task")]
)
def test_the_page_tells_an_editor_who_else_can_do_it(
    desks: Desks, language: str, said: str
) -> None:
    case = edited_by_head(desks.ponds)
    path = f"/decisions/{desks.ponds.tasks(case.id)['approve'].id}"
    head = desks.of("head", language)
    page = head.read(path)
    assert said in page
    assert "Deputy" in page
    task_id = desks.ponds.tasks(case.id)["approve"].id
    seen = desks.ponds.look("head", tasks.task_view, task_id).letter_revision
    for revision, status in ((seen, 403), ("", 409)):
        answer = head.post(path, _letter=revision)
        assert answer.status_code == status
        assert said in words(answer)


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Dieses Schreiben wartet auf Ihre"), ("en", "waits for you to")]
)
def test_the_letter_page_offers_no_editing_to_whoever_it_waits_for(
    desks: Desks, language: str, said: str
) -> None:
    case = desks.ponds.drafted()
    path = f"/cases/{case.id}/letters/{held(desks.ponds, case).id}"
    answer = desks.of("head", language).get(path)
    assert said in words(answer)
    assert 'name="block.opening"' not in answer.text
    other = desks.of("colleague", language).get(path)
    assert said not in words(other)
    assert 'name="block.opening"' in other.text
    assert said in words(desks.of("head", language).post(path, **{"block.opening": "x"}))

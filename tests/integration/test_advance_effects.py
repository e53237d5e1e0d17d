"""Effects that cannot be done as asked, and the rarer ways in which processes talk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds, build
from tests.integration.small_programme import (
    LIFECYCLE,
    choice,
    effect,
    end,
    package,
    process,
    start,
    task,
)

from grantflow.errors import Conflict, GrantFlowError, NotAllowed
from grantflow.services import letters, payments, task_views
from grantflow.settings import Settings
from grantflow.store.db import Sessions
from grantflow.store.tables import Case, CaseMessage, Decision, Payment, PublicationRecord

Make = Callable[..., Ponds]


@pytest.fixture
def make(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> Callable[..., Ponds]:
    """The programme with another application stage: the applicant submits, then ``parts``."""

    def made(*parts: str, flow: str, lanes: str = "", messages: str = "") -> Ponds:
        clock("2027-02-01T09:00")
        stage = process(
            "application",
            {"Antrag": "submit", "Amt": lanes or "check"},
            start(),
            task("submit"),
            *parts,
            end(),
            flow=flow,
            messages=messages,
        )
        return build(sessions, test_settings, package(application=stage))

    return made


def refused(ponds: Ponds, *done: tuple[str, str]) -> GrantFlowError:
    """What the last of some tasks is refused with, after which nothing has changed."""
    case = ponds.submitted() if done else ponds.open()
    for who, element in done[:-1]:
        ponds.complete(who, case, element, verdict="good")
    who, element = done[-1] if done else ("applicant", "submit")
    answers = {"verdict": "good"} if done else {"depth": "3", "requested_amount": "1"}
    with pytest.raises(GrantFlowError) as error:
        ponds.complete(who, case, element, **answers)
    assert element in ponds.tasks(case.id)
    return error.value


@pytest.mark.parametrize("value", ["viel", "-1", "=depth_nobody_gave"])
def test_an_amount_has_to_be_one(make: Make, value: str) -> None:
    ponds = make(
        effect("book", "pay", amount=value, state="requested"),
        flow="begin > submit > book > finish",
    )
    assert refused(ponds).params["element"] == "book"


def test_nothing_is_decided_without_a_person_of_the_authority(make: Make) -> None:
    ponds = make(
        effect("judge", "decide", kind="grant", outcome="grant", amount="1"),
        flow="begin > submit > judge > finish",
    )
    found = refused(ponds)
    assert isinstance(found, NotAllowed)
    assert found.key == "effects.nobody_decided"
    assert ponds.count(Decision) == 0


def test_a_small_decision_may_be_taken_by_one_person(make: Make) -> None:
    ponds = make(
        task("check"),
        effect("judge", "decide", kind="eoi", outcome="invite", reasons_from="check"),
        flow="begin > submit > check > judge > finish",
    )
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    with ponds.reading() as session:
        decision = session.execute(select(Decision)).scalar_one()
    assert decision.prepared_by == ponds.who("officer").account_id
    assert (decision.countersigned_by, decision.amount, decision.reasons) == (None, None, "")


def test_no_letter_leaves_that_nobody_drafted(make: Make) -> None:
    ponds = make(
        task("check"),
        effect("send", "dispatch", letter="grant_decision"),
        flow="begin > submit > check > send > finish",
    )
    assert refused(ponds, ("officer", "check")).key == "services.letters.no_draft"


def test_a_draft_is_thrown_away(make: Make) -> None:
    ponds = make(
        task("check"),
        effect("write", "letter", letter="acknowledgement", hold="true"),
        task("reconsider", form="none", role="CASE_OFFICER"),
        effect("drop", "discard", letter="acknowledgement"),
        flow="begin > submit > check > write > reconsider > drop > finish",
    )
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    (draft,) = ponds.letters(case)
    pdf = ponds.look("officer", letters.preview_pdf, draft.id, ponds.blobs)
    assert pdf.startswith(b"%PDF")
    assert ponds.look("officer", letters.get_letter, draft.id).state == "draft"
    ponds.complete("officer", case, "reconsider")
    assert [one.state for one in ponds.letters(case)] == ["discarded"]
    assert ponds.look("officer", letters.list_letters, ponds.case(case.id)) == []
    with pytest.raises(Conflict):
        ponds.look("officer", letters.draft, draft.id)


def test_nothing_is_published_before_something_was_granted(make: Make) -> None:
    ponds = make(effect("tell", "publish"), flow="begin > submit > tell > finish")
    found = refused(ponds)
    assert found.key == "services.register.nothing_granted"
    assert found.params == {"diagram": "application", "element": "tell"}


def test_a_grant_published_again_is_one_record(make: Make) -> None:
    ponds = make(
        task("check"),
        effect("judge", "decide", kind="grant", outcome="grant", amount="100"),
        effect("tell", "publish"),
        effect("tell_again", "publish"),
        flow="begin > submit > check > judge > tell > tell_again > finish",
    )
    case = ponds.submitted()
    ponds.complete("officer", case, "check", verdict="good")
    assert ponds.count(PublicationRecord, case_id=case.id) == 1


def test_a_notice_needs_a_mail_or_a_text_of_the_programme(make: Make) -> None:
    ponds = make(
        effect("say", "notify", template="unheard_of", to="applicant"),
        flow="begin > submit > say > finish",
    )
    assert refused(ponds).key == "effects.no_such_text"


def test_a_mail_to_a_role_is_no_message_to_the_applicant(make: Make) -> None:
    ponds = make(
        effect("say", "notify", template="message_received", to="HEAD_OF_UNIT"),
        effect("note", "notify", template="refused", to="CASE_OFFICER"),
        task("check"),
        flow="begin > submit > say > note > check > finish",
    )
    case = ponds.submitted()
    ponds.run_jobs()
    assert ponds.count(CaseMessage, case_id=case.id, internal=True) == 1
    assert ponds.count(CaseMessage, case_id=case.id, internal=False) == 0


@pytest.mark.parametrize(
    ("first", "then", "key"),
    [
        ("approved", "", "services.payments.wrong_state"),
        ("requested", "ordered", "services.payments.wrong_state"),
    ],
)
def test_no_state_of_a_payment_is_skipped(make: Make, first: str, then: str, key: str) -> None:
    parts = [effect("one", "pay", amount="5", state=first)]
    if then:
        parts.append(effect("two", "pay", amount="5", state=then))
    path = ["begin", "submit", "check", "one", *(["two"] if then else []), "finish"]
    ponds = make(task("check"), *parts, flow=" > ".join(path))
    assert refused(ponds, ("officer", "check")).key == key
    assert ponds.count(Payment) == 0


def test_what_was_approved_is_what_is_ordered(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments, "require_final", lambda *_: None)  # has tests of its own
    ponds = make(
        task("check"),
        effect("judge", "decide", kind="grant", outcome="grant", amount="100"),
        effect("ask", "pay", amount="5", state="requested"),
        effect("agree", "pay", amount="5", state="approved"),
        effect("hand_out", "pay", amount="6", state="ordered"),
        flow="begin > submit > check > judge > ask > agree > hand_out > finish",
    )
    assert refused(ponds, ("officer", "check")).key == "services.payments.other_amount_money"


def test_one_person_alone_orders_no_payment_whatever_the_diagram_says(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "require_final", lambda *_: None)  # has tests of its own
    ponds = make(
        task("check"),
        effect("judge", "decide", kind="grant", outcome="grant", amount="100"),
        effect("ask", "pay", amount="5", state="requested"),
        effect("agree", "pay", amount="5", state="approved"),
        effect("hand_out", "pay", amount="5", state="ordered"),
        flow="begin > submit > check > judge > ask > agree > hand_out > finish",
    )
    assert refused(ponds, ("officer", "check")).key == "services.tasks.four_eyes"


def test_a_task_without_role_or_due_date_that_can_be_read_names_itself(make: Make) -> None:
    for wrong in (task("lost"), task("check", due="bald"), task("check", assignee="Frieda")):
        element = "lost" if 'id="lost"' in wrong else "check"
        ponds = make(wrong, flow=f"begin > submit > {element} > finish")
        assert refused(ponds).params["element"] == element


def test_a_diagram_that_runs_in_circles_is_stopped(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grantflow.services.advance.MOST_STEPS", 20)
    ponds = make(
        choice("again", "again__spin"),
        effect("spin", "status", status="SUBMITTED"),
        flow="""
            begin > submit > again > spin > again
            again > finish : requested_amount = 0
        """,
    )
    assert refused(ponds).key == "services.cases.runs_in_circles"


def test_a_message_one_process_throws_reaches_another(
    sessions: Sessions, test_settings: Settings, clock: Callable[[str], None]
) -> None:
    clock("2027-02-01T09:00")
    definition = '<messageEventDefinition id="shout_m" messageRef="withdrawal_m"/>'
    shout = f'<intermediateThrowEvent id="shout" name="Shout">{definition}</intermediateThrowEvent>'
    stage = process(
        "application",
        {"Antrag": "submit", "Amt": "check"},
        start(),
        task("submit"),
        shout,
        task("check"),
        end(),
        flow="begin > submit > shout > check > finish",
        messages="withdrawal",
    )
    ponds = build(sessions, test_settings, package(application=stage, lifecycle=LIFECYCLE))
    case = ponds.submitted()
    assert ponds.case(case.id).status == "WITHDRAWN"
    assert ponds.tasks(case.id) == {}


def test_the_open_tasks_of_a_case_are_those_one_may_see(ponds: Ponds) -> None:
    case = ponds.submitted()

    def seen(who: str) -> list[str]:
        return [one.element_id for one in ponds.look(who, task_views.open_tasks, case.id)]

    assert (seen("officer"), seen("applicant"), seen("system")) == (["check"], [], ["check"])


def test_a_case_tells_how_much_and_what_for(ponds: Ponds) -> None:
    case = ponds.submitted()
    with ponds.reading() as session:
        row = session.execute(select(Case).where(col(Case.id) == case.id)).scalar_one()
    assert (str(row.requested), row.title) == ("25000.00", "Froschteich")

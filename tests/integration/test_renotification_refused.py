"""What cannot be noted of a letter that came back, was received or waived."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from tests.integration.ponds import Ponds
from tests.integration.test_renotification import MONDAY, Clock, bring_back, sent

from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.services import renotification
from grantflow.services.policy import SYSTEM


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"on": date(2027, 1, 31)}, "dispatches.before_dispatch"),
        ({"on": date(2027, 2, 2)}, "dispatches.in_future"),
        ({"reason": "lost"}, "dispatches.unknown_reason"),
    ],
)
def test_a_return_that_cannot_be_is_refused(ponds: Ponds, change: dict[str, Any], key: str) -> None:
    case = ponds.granted()
    with pytest.raises(Invalid) as refused:
        bring_back(ponds, case, **change)
    assert [problem.key for problem in refused.value.problems] == [key]
    assert sent(ponds, case).state == "sent"


def test_nothing_happens_twice_or_in_the_wrong_order(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    entry = sent(ponds, case).id
    with pytest.raises(Conflict) as early:
        ponds.do("officer", renotification.notify_again, entry, "post", "einfach so")
    assert early.value.key == "dispatches.state_sent"
    bring_back(ponds, case)
    with pytest.raises(Conflict) as twice:
        bring_back(ponds, case)
    assert twice.value.key == "dispatches.state_returned"
    for use_case in (renotification.record_receipt, renotification.record_waiver):
        with pytest.raises(Conflict):
            ponds.do("officer", use_case, entry, MONDAY)
    ponds.do("officer", renotification.notify_again, entry, "post", "Neue Anschrift", MONDAY)
    with pytest.raises(Conflict) as replaced:
        ponds.do("officer", renotification.record_receipt, entry, MONDAY)
    assert replaced.value.key == "dispatches.replaced"


@pytest.mark.parametrize(
    ("channel", "why", "on", "key"),
    [
        ("pigeon", "Neue Anschrift", None, "dispatches.unknown_channel"),
        ("ozg_mailbox", "Neue Anschrift", None, "dispatches.day_missing"),
        ("post", "Neue Anschrift", date(2027, 1, 31), "dispatches.before_first"),
        ("post", "Neue Anschrift", date(2027, 2, 2), "dispatches.in_future"),
        ("post", "  ", None, "dispatches.why_missing"),
    ],
)
def test_a_second_notification_that_cannot_be_is_refused(
    ponds: Ponds, channel: str, why: str, on: date | None, key: str
) -> None:
    case = ponds.granted()
    bring_back(ponds, case)
    with pytest.raises(Invalid) as refused:
        ponds.do("officer", renotification.notify_again, sent(ponds, case).id, channel, why, on)
    assert refused.value.problems[0].key == key
    assert sent(ponds, case).attempt == 1


def test_a_proved_receipt_cannot_have_come_back(ponds: Ponds) -> None:
    case = ponds.granted()
    ponds.do("registry", renotification.record_receipt, sent(ponds, case).id, MONDAY)
    with pytest.raises(Conflict) as refused:
        bring_back(ponds, case)
    assert refused.value.key == "dispatches.receipt_proved"


def test_a_letter_without_remedy_takes_no_waiver(ponds: Ponds) -> None:
    case = ponds.granted()
    entry = sent(ponds, case, "acknowledgement").id
    with pytest.raises(Conflict) as refused:
        ponds.do("officer", renotification.record_waiver, entry, MONDAY)
    assert refused.value.key == "dispatches.no_remedy"


def test_a_queued_letter_has_nothing_to_note_yet(ponds: Ponds) -> None:
    case = ponds.drafted()
    with ponds.transaction(SYSTEM) as session:
        session.execute(text("update letter set channel = 'post' where name = 'grant_decision'"))
    ponds.complete("head", case, "approve")
    ponds.run_jobs()
    with pytest.raises(Conflict) as refused:
        bring_back(ponds, case)
    assert refused.value.key == "dispatches.state_queued"


def test_only_those_who_handle_the_post_note_and_only_officers_decide(ponds: Ponds) -> None:
    case = ponds.granted()
    entry = sent(ponds, case).id
    for who in ("applicant", "panel"):
        with pytest.raises(NotAllowed):
            bring_back(ponds, case, who)
    with pytest.raises(NotFound):
        bring_back(ponds, case, "foreign")
    with pytest.raises(NotAllowed):
        ponds.do("registry", renotification.record_waiver, entry, MONDAY)
    bring_back(ponds, case, "registry")
    with pytest.raises(NotAllowed):
        ponds.do("registry", renotification.notify_again, entry, "post", "Neue Anschrift")


def test_without_anybody_in_the_portal_the_portal_is_no_way(ponds: Ponds) -> None:
    case = ponds.granted()
    bring_back(ponds, case)
    with ponds.transaction(SYSTEM) as session:
        session.execute(text("delete from membership"))
    with pytest.raises(Invalid) as refused:
        ponds.do("officer", renotification.notify_again, sent(ponds, case).id, "portal", "Konto")
    assert refused.value.problems[0].key == "dispatches.nobody_in_portal"

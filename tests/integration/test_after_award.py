"""Contested decisions stop payments and deadlines; amended grants have new terms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.desk import Desks
from tests.integration.ponds import Ponds

from grantflow.clock import now as clock_now
from grantflow.errors import Conflict, NotFound
from grantflow.services import awards, cases, indicators
from grantflow.services.policy import SYSTEM
from grantflow.store import awards as award_rows
from grantflow.store import suspensions
from grantflow.store.forms_data import NewAnswers, add_revision
from grantflow.store.tables import Account, AwardTerm, Case, Deadline, Suspension

Clock = Callable[[str], None]


def contested(ponds: Ponds, case: Case, subject: str, *, payments: bool) -> None:
    row = Suspension(
        case_id=case.id,
        authority_id=ponds.authority.id,
        subject=subject,
        remedy="objection",
        blocks_payments=payments,
        since=clock_now(),
    )
    with ponds.transaction(SYSTEM) as session:
        suspensions.add(session, row)


def deadlines_of(ponds: Ponds, case: Case, kind: str) -> list[Deadline]:
    with ponds.reading() as session:
        query = select(Deadline).where(col(Deadline.case_id) == case.id, col(Deadline.kind) == kind)
        return list(session.execute(query).scalars())


def remedy_letter(ponds: Ponds, case: Case) -> str:
    (deadline,) = deadlines_of(ponds, case, "remedy")
    return str(deadline.params["letter"])


def asked(ponds: Ponds, clock: Clock) -> Case:
    case = ponds.granted()
    clock("2027-04-10T09:00")
    ponds.run_jobs()
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="5000")
    ponds.complete("officer", case, "look")
    return case


def test_nothing_is_paid_out_of_a_contested_decision_until_it_is_settled(
    ponds: Ponds, clock: Clock
) -> None:
    case = asked(ponds, clock)
    contested(ponds, case, "some_letter", payments=True)
    with pytest.raises(Conflict) as caught:
        ponds.complete("head", case, "order", payment_approval="approve")
    assert caught.value.key == "after_award.payment_contested"
    with ponds.transaction(SYSTEM) as session:
        rejected = suspensions.Outcome("rejected", clock_now())
        assert suspensions.end(session, case.id, "some_letter", rejected) == 1
    ponds.complete("head", case, "order", payment_approval="approve")


def test_a_remedy_against_another_decision_does_not_stop_payments(
    ponds: Ponds, clock: Clock
) -> None:
    case = asked(ponds, clock)
    contested(ponds, case, "some_letter", payments=False)
    ponds.complete("head", case, "order", payment_approval="approve")


def test_only_the_deadline_of_the_contested_letter_stands_still(ponds: Ponds) -> None:
    case = ponds.granted()
    letter = remedy_letter(ponds, case)
    with ponds.transaction(SYSTEM) as session:
        assert suspensions.pause_deadlines(session, case.id, "other", ["remedy"]) == 0
        assert suspensions.pause_deadlines(session, case.id, letter, ["remedy"]) == 1
    assert [row.state for row in deadlines_of(ponds, case, "remedy")] == ["suspended"]
    with ponds.transaction(SYSTEM) as session:
        suspensions.drop_paused(session, case.id)
    assert [row.state for row in deadlines_of(ponds, case, "remedy")] == ["void"]


@pytest.mark.parametrize(
    ("stops_with", "paused"),
    [("recovery_decision", 0), ("revocation_decision,recovery_decision", 1), ("", 0)],
)
def test_a_deadline_stands_still_with_the_letters_it_names(
    ponds: Ponds, stops_with: str, paused: int
) -> None:
    case = ponds.granted()
    (row,) = deadlines_of(ponds, case, "remedy")
    with ponds.transaction(SYSTEM) as session:
        period = session.get_one(Deadline, row.id)
        period.kind, period.params = "fixed", {"stops_with": stops_with}
        session.flush()
        kinds = ["remedy", "fixed"]
        found = suspensions.pause_deadlines(session, case.id, "revocation_decision", kinds)
        assert found == paused


def test_the_latest_terms_of_a_grant_count(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    with ponds.reading() as session:
        assert awards.facts(session, case.id) == {}
    for moment, amount, until in (
        ("2027-05-01T09:00", "18000.00", date(2027, 12, 31)),
        ("2027-06-01T09:00", "19000.00", date(2028, 3, 31)),
    ):
        clock(moment)
        with ponds.transaction(SYSTEM) as session:
            award_rows.add(
                session,
                AwardTerm(
                    case_id=case.id,
                    authority_id=ponds.authority.id,
                    amount=Decimal(amount),
                    until=until,
                    at=clock_now(),
                ),
            )
    with ponds.reading() as session:
        found = awards.facts(session, case.id)
    assert found == {"approved_amount": 19000.0, "period_until": "2028-03-31"}


def test_the_success_review_is_for_those_who_see_the_cases(ponds: Ponds) -> None:
    ponds.granted()
    with ponds.reading() as session:
        assert indicators.success(session, ponds.who("officer"), ponds.programme.id).reviews == ()
        with pytest.raises(NotFound):
            indicators.success(session, ponds.who("foreign"), ponds.programme.id)


def test_what_was_reached_is_read_in_the_language_of_whoever_reported_it(ponds: Ponds) -> None:
    case, applicant = ponds.granted(), ponds.who("applicant").account_id
    assert applicant is not None
    said = {
        ("officer", indicators.DECISION): [{"indicator": "Kontakte", "target": "1.000"}],
        ("applicant", indicators.STATEMENT): [{"indicator": "Kontakte", "actual": "1,200"}],
    }
    with ponds.transaction(SYSTEM) as session:
        session.get_one(Account, applicant).language = "en"
        for (who, form), rows in said.items():
            answers = {"indicators": rows, "results": rows}
            by = ponds.who(who).account_id
            given = (case.id, case.authority_id, form, "", answers, None, clock_now(), by)
            add_revision(session, NewAnswers(*given))
    (line,) = ponds.look("officer", indicators.success, ponds.programme.id).lines
    assert (line.state, line.share) == ("reached", 120)


def test_the_success_page_and_its_file_open(ponds: Ponds, desks: Desks) -> None:
    ponds.granted()
    page = desks.of("head").get("/success")
    assert page.status_code == 200
    file = desks.of("head").get("/success/indicators.csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert file.text.startswith("\ufeff")

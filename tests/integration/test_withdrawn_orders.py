"""Orders that have not left: held while a claim is decided on, and taken back before they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlmodel import col
from tests.factories import make_actor
from tests.integration.desk import Desks, open_desks, words
from tests.integration.ponds import Ponds, build
from tests.integration.test_after_award import asked
from tests.integration.test_held_payments import OPINIONS, holding, order
from tests.integration.test_money_pages import accounts, item_of, with_budget

from grantflow.clock import now
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.programmes.package import Package
from grantflow.services import budget, cases, ledger, payment_files
from grantflow.services.booking import Booking
from grantflow.services.policy import SYSTEM
from grantflow.settings import Settings
from grantflow.store.db import Sessions, transaction
from grantflow.store.tables import Case, Payment

Clock = Callable[[str], None]
DAY = date(2027, 4, 12)


@pytest.fixture
def desks(sessions: Sessions, test_settings: Settings, clock: Clock) -> Iterator[Desks]:
    """The small programme with accounts, budget officers and a process that holds payments."""
    clock("2027-02-01T09:00")
    files = {**with_budget().files, "side/opinions.bpmn": holding(OPINIONS, "Opinions")}
    ponds = build(sessions, test_settings, Package(files))
    with transaction(sessions, SYSTEM.scope) as session:
        for name in ("budget", "second_budget"):
            ponds.people[name] = make_actor(session, "BUDGET_OFFICER", authority=ponds.authority)
    with open_desks(ponds) as found:
        yield found


@pytest.fixture
def ponds(desks: Desks) -> Ponds:
    return desks.ponds


def waiting(ponds: Ponds, clock: Clock) -> tuple[Case, Payment]:
    """Of 20,000 euro granted and committed, 5,000 are ordered and stand in no file."""
    case = asked(ponds, clock)
    accounts(ponds)
    item = item_of(ponds)
    ponds.do("budget", budget.set_appropriation, item, 2027, Decimal(20000), "Haushaltsgesetz")
    with ponds.transaction(SYSTEM) as session:
        booking = Booking(session, SYSTEM, case.authority_id, now(), "commit")
        ledger.commit_funds(booking, case.id, item, Decimal(20000))
    assert order(ponds, case) == "ordered"
    return case, payment_of(ponds, case)


def payment_of(ponds: Ponds, case: Case) -> Payment:
    with ponds.reading() as session:
        return session.execute(select(Payment).where(col(Payment.case_id) == case.id)).scalar_one()


def withdraw(ponds: Ponds, payment: Payment, who: str = "budget", reason: str = "Irrtum") -> None:
    ponds.do(who, payment_files.withdraw_order, payment.case_id, payment.id, reason)


def position(ponds: Ponds, case: Case) -> ledger.Position:
    with ponds.reading() as session:
        return ledger.position(session, case.id)


def lowered(ponds: Ponds, case: Case, granted: str) -> None:
    """The grant is lowered, as an amendment or a revocation does."""
    with ponds.transaction(SYSTEM) as session:
        session.get_one(Case, case.id).approved = Decimal(granted)


def test_a_withdrawn_order_is_committed_again_and_can_be_asked_for_anew(
    ponds: Ponds, clock: Clock
) -> None:
    case, payment = waiting(ponds, clock)
    withdraw(ponds, payment)
    assert payment_of(ponds, case).state == "withdrawn"
    with ponds.transaction(SYSTEM) as session:
        told = session.execute(text("select args from procrastinate_jobs where task_name = 'tell'"))
        assert ("order_withdrawn", "applicant", "Irrtum") in {
            (one["template"], one["to"], one["facts"].get("reason")) for one in told.scalars()
        }
    after = position(ponds, case)
    assert (after.committed, after.paid, after.available) == (20000, 0, 20000)
    with pytest.raises(Conflict) as twice:
        withdraw(ponds, payment)
    assert twice.value.key == "money.withdrawal_left"
    ponds.do("applicant", cases.start_side_process, case.id, "payment")
    ponds.complete("applicant", case, "ask", payment_amount="20000")


@pytest.mark.parametrize(
    ("who", "error"),
    [("head", NotAllowed), ("officer", NotAllowed), ("applicant", NotAllowed),
     ("foreign", NotFound)],
)  # fmt: skip
def test_only_a_budget_officer_withdraws(
    ponds: Ponds, clock: Clock, who: str, error: type[Exception]
) -> None:
    _, payment = waiting(ponds, clock)
    with pytest.raises(error):
        withdraw(ponds, payment, who)


def test_a_payment_of_another_case_is_not_found(ponds: Ponds, clock: Clock) -> None:
    case, payment = waiting(ponds, clock)
    other = ponds.open("Anderer Teich")
    with pytest.raises(NotFound):
        ponds.do("budget", payment_files.withdraw_order, other.id, payment.id, "Irrtum")
    assert payment_of(ponds, case).state == "ordered"


def test_a_reason_is_asked_for(ponds: Ponds, clock: Clock) -> None:
    case, payment = waiting(ponds, clock)
    with pytest.raises(Invalid) as refused:
        withdraw(ponds, payment, reason="  ")
    assert [problem.place for problem in refused.value.problems] == ["reason"]
    assert payment_of(ponds, case).state == "ordered"


def prepared(ponds: Ponds, payment: Payment, who: str = "budget") -> object:
    return ponds.do(who, payment_files.prepare, ponds.authority.id, [payment.id], DAY)


def test_what_stands_in_a_file_is_not_withdrawn(ponds: Ponds, clock: Clock) -> None:
    _, payment = waiting(ponds, clock)
    prepared(ponds, payment)
    with pytest.raises(Conflict) as refused:
        withdraw(ponds, payment)
    assert refused.value.key == "money.withdrawal_left"


def test_an_order_does_not_leave_while_another_process_decides_on_paid_money(
    ponds: Ponds, clock: Clock
) -> None:
    case, payment = waiting(ponds, clock)
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    with pytest.raises(Conflict) as held:
        prepared(ponds, payment)
    assert held.value.params["why"].key == "services.payments.leaves_later"
    ponds.complete("officer", case, "conclude")
    prepared(ponds, payment)


def test_a_file_is_not_released_while_another_process_decides(ponds: Ponds, clock: Clock) -> None:
    case, payment = waiting(ponds, clock)
    file = prepared(ponds, payment)
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    with pytest.raises(Conflict) as held:
        ponds.do("second_budget", payment_files.release, file.id)  # type: ignore[attr-defined]
    assert held.value.key == "money.not_owed"


def test_an_order_that_is_counted_as_paid_is_not_withdrawn_until_that_is_decided(
    ponds: Ponds, clock: Clock
) -> None:
    case, payment = waiting(ponds, clock)
    ponds.do("officer", cases.start_side_process, case.id, "opinions")
    with pytest.raises(Conflict) as refused:
        withdraw(ponds, payment)
    assert refused.value.key == "money.withdrawal_counted"
    ponds.complete("officer", case, "conclude")
    withdraw(ponds, payment)


def test_nothing_beyond_the_grant_is_committed_again(ponds: Ponds, clock: Clock) -> None:
    case, payment = waiting(ponds, clock)
    lowered(ponds, case, "16000")
    withdraw(ponds, payment)
    after = position(ponds, case)
    assert (after.committed, after.available) == (16000, 16000)


def test_the_budget_officer_withdraws_in_the_browser(desks: Desks, clock: Clock) -> None:
    case, payment = waiting(desks.ponds, clock)
    address = f"/cases/{case.id}/payments"
    assert "zurücknehmen" not in desks.of("head").read(address)
    desk = desks.of("budget")
    assert "Anordnung über 5.000,00 € zurücknehmen" in desk.read(address)
    refused = desk.post(address, payment=str(payment.id), reason="")
    assert refused.status_code == 422
    assert "nennen Sie den Grund" in words(refused)
    answer = desk.post(address, payment=str(payment.id), reason="Doppelt angeordnet")
    assert "Die Anordnung ist zurückgenommen." in desk.follow(answer)
    assert "zurückgenommen" in desk.read(address)
    seen = desks.of("applicant").read(f"/my/cases/{case.id}")
    assert "Doppelt angeordnet" in seen


def test_the_payment_files_say_what_a_payment_waits_for(desks: Desks, clock: Clock) -> None:
    case, payment = waiting(desks.ponds, clock)
    desks.ponds.do("officer", cases.start_side_process, case.id, "opinions")
    page = desks.of("budget").get("/payment-files")
    assert "Wartet, bis „Opinions“ abgeschlossen ist." in words(page)
    assert f'value="{payment.id}"' not in page.text

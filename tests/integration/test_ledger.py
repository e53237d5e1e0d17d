"""The ledger: every sum out of entries, never overdrawn, nothing ever changed afterwards."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tests.integration.purse import Purse, make_purse

from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.services import budget, ledger
from grantflow.services.booking import Booking
from grantflow.store import ledger as rows
from grantflow.store.tables import LedgerEntry

Clock = Callable[[str], None]


@pytest.fixture
def purse(session: Session, clock: Clock) -> Purse:
    clock("2027-02-01T09:00")
    return make_purse(session)


def reserve(purse: Purse, **years: str) -> bool:
    split = {int(year[1:]): Decimal(amount) for year, amount in years.items()}
    return ledger.reserve(purse.booking(), purse.case.id, purse.item.id, split)


def commit(purse: Purse, amount: str, split: dict[int, Decimal] | None = None) -> bool:
    booking = purse.booking("commit")
    return ledger.commit_funds(booking, purse.case.id, purse.item.id, Decimal(amount), split)


def committed_by_year(purse: Purse) -> dict[int, Decimal]:
    lines = rows.case_lines(purse.session, purse.case.id)
    return {line.due_year: line.amount for line in lines if line.bucket == "committed"}


def test_money_goes_from_the_reservation_to_the_commitment_to_the_payment(purse: Purse) -> None:
    assert reserve(purse, y2027="80")
    assert purse.sums(2027) == {"appropriation": Decimal("100"), "reserved": Decimal("80")}
    assert commit(purse, "70")
    assert purse.sums(2027) == {"appropriation": Decimal("100"), "committed": Decimal("70")}
    payment = purse.pay("30")
    ledger.order(purse.booking("payment"), payment)
    assert purse.sums(2027) == {
        "appropriation": Decimal(100),
        "committed": Decimal(40),
        "ordered": Decimal(30),
    }
    ledger.confirm_paid(purse.booking("paid"), payment)
    found = ledger.position(purse.session, purse.case.id)
    assert (found.committed, found.paid, found.confirmed) == (Decimal(70), Decimal(30), Decimal(30))
    assert (found.available, found.reserved) == (Decimal(40), Decimal(0))
    assert purse.sound()


def test_the_same_reservation_again_books_nothing(purse: Purse) -> None:
    assert reserve(purse, y2027="80")
    before = len(ledger.entries(purse.session, purse.case.id))
    assert not reserve(purse, y2027="80")
    assert reserve(purse, y2027="60")
    assert len(ledger.entries(purse.session, purse.case.id)) == before + 1


def test_more_than_is_free_is_refused_with_the_figures(purse: Purse) -> None:
    reserve(purse, y2027="80")
    other = purse.another_case()
    with pytest.raises(Conflict) as refused:
        ledger.reserve(purse.booking(), other.id, purse.item.id, {2027: Decimal("20.01")})
    assert refused.value.key == "ledger.not_enough_money"
    assert refused.value.params["free"] == Decimal("20.00")
    assert refused.value.params["wanted"] == Decimal("20.01")
    assert ledger.reserve(purse.booking(), other.id, purse.item.id, {2027: Decimal("20.00")})
    assert purse.sums(2027)["reserved"] == Decimal("100.00")


def test_a_change_of_the_commitment_leaves_what_others_have_bound(purse: Purse) -> None:
    def change(by: str) -> Decimal:
        booking = purse.booking("commit")
        ledger.change_commitment(booking, purse.case.id, purse.item.id, Decimal(by))
        return ledger.position(purse.session, purse.case.id).available

    assert commit(purse, "60")
    ledger.order(purse.booking("payment"), purse.pay("30"))
    assert change("3") == Decimal(33)  # promised, not final yet
    ledger.record_return(purse.booking("return"), purse.case.id, Decimal(12))
    assert change("-2") == Decimal(31)  # what came back is not bound again
    assert change("12") == Decimal(43)  # unless somebody says so
    assert change("-100") == Decimal(0)
    assert ledger.kept(purse.session, purse.case.id) == Decimal(18)
    with pytest.raises(Conflict):
        change("100")
    assert purse.sound()


def test_a_change_of_nothing_books_nothing_and_less_needs_no_money(
    purse: Purse, clock: Clock
) -> None:
    assert commit(purse, "60")
    clock("2028-02-01T09:00")  # no budget yet; what 2027 left over is still bound there
    for by, left in (("0", "60"), ("-10", "50")):
        booking = purse.booking("commit")
        changed = ledger.change_commitment(booking, purse.case.id, purse.item.id, Decimal(by))
        assert changed == (by != "0")
        assert committed_by_year(purse) == {2027: Decimal(left)}
    assert purse.sound()


def test_more_money_goes_to_the_years_that_the_whole_grant_names(purse: Purse) -> None:
    purse.authorise(2027, 2028, "50")
    assert commit(purse, "60", {2027: Decimal(40), 2028: Decimal(20)})
    ledger.order(purse.booking("payment"), purse.pay("30"))
    booking = purse.booking("commit")
    whole = {2027: Decimal(45), 2028: Decimal(30)}
    assert ledger.change_commitment(booking, purse.case.id, purse.item.id, Decimal(15), whole)
    assert committed_by_year(purse) == {2027: Decimal(15), 2028: Decimal(30)}
    assert ledger.bound(purse.session, purse.case.id) == Decimal(75)


def test_a_later_year_needs_commitment_authority_of_this_one(purse: Purse) -> None:
    with pytest.raises(Conflict) as refused:
        reserve(purse, y2027="50", y2028="50")
    assert refused.value.key == "ledger.no_authority_money"
    purse.authorise(2027, 2028, "50")
    assert reserve(purse, y2027="50", y2028="50")
    (row,) = rows.list_authorities(purse.session, [purse.item.id])
    assert (row.amount, row.used) == (Decimal("50"), Decimal("50"))
    with pytest.raises(Conflict) as less:
        purse.authorise(2027, 2028, "49.99")
    assert less.value.key == "ledger.below_used_money"


def test_a_year_without_budget_says_so(purse: Purse, clock: Clock) -> None:
    clock("2029-01-10T09:00")
    with pytest.raises(Conflict) as refused:
        reserve(purse, y2029="1")
    assert refused.value.key == "ledger.no_appropriation"


def test_a_reservation_of_last_year_is_committed_out_of_this_one(
    purse: Purse, clock: Clock
) -> None:
    reserve(purse, y2027="60")
    clock("2028-01-10T09:00")
    purse.appropriate(2028, "100")
    assert commit(purse, "60")
    assert committed_by_year(purse) == {2028: Decimal("60")}
    assert purse.sums(2027) == {"appropriation": Decimal("100")}


def test_the_decision_may_be_smaller_and_spread_differently(purse: Purse) -> None:
    purse.authorise(2027, 2028, "50")
    reserve(purse, y2027="50", y2028="50")
    assert commit(purse, "90")
    assert committed_by_year(purse) == {2027: Decimal("50"), 2028: Decimal("40")}
    assert commit(purse, "90", {2027: Decimal("60"), 2028: Decimal("30")})
    assert committed_by_year(purse) == {2027: Decimal("60"), 2028: Decimal("30")}
    assert commit(purse, "95")
    assert committed_by_year(purse) == {2027: Decimal("60"), 2028: Decimal("35")}
    assert not commit(purse, "95")
    assert purse.sound()


def test_an_amendment_keeps_what_was_paid(purse: Purse) -> None:
    commit(purse, "80")
    ledger.order(purse.booking("payment"), purse.pay("30"))
    with pytest.raises(Conflict) as refused:
        commit(purse, "29.99")
    assert refused.value.key == "ledger.less_than_paid_money"
    assert commit(purse, "50")
    found = ledger.position(purse.session, purse.case.id)
    assert (found.committed, found.available) == (Decimal("50"), Decimal("20"))


def test_release_sets_free_all_that_was_not_ordered(purse: Purse) -> None:
    commit(purse, "80")
    ledger.order(purse.booking("payment"), purse.pay("30"))
    assert ledger.release(purse.booking("release"), purse.case.id)
    assert not ledger.release(purse.booking("release"), purse.case.id)
    assert purse.sums(2027) == {"appropriation": Decimal(100), "ordered": Decimal(30)}


def test_no_more_is_ordered_than_is_committed(purse: Purse) -> None:
    commit(purse, "30")
    with pytest.raises(Conflict) as refused:
        ledger.order(purse.booking("payment"), purse.pay("30.01"))
    assert refused.value.key == "ledger.not_committed_money"


def test_what_another_year_was_meant_to_pay_needs_free_money_of_this_one(purse: Purse) -> None:
    purse.authorise(2027, 2028, "40")
    commit(purse, "100", {2027: Decimal("60"), 2028: Decimal("40")})
    ledger.order(purse.booking("payment"), purse.pay("90"))
    assert purse.sums(2027) == {"appropriation": Decimal(100), "ordered": Decimal(90)}
    assert committed_by_year(purse) == {2028: Decimal("10")}
    purse.appropriate(2027, "95")
    with pytest.raises(Conflict) as refused:
        ledger.order(purse.booking("payment"), purse.pay("10"))
    assert refused.value.key == "ledger.not_enough_money"


def test_a_payment_that_came_back_is_committed_again(purse: Purse) -> None:
    commit(purse, "50")
    payment = purse.pay("50")
    ledger.order(purse.booking("payment"), payment)
    ledger.confirm_paid(purse.booking("paid"), payment)
    payment.state = "paid"
    ledger.take_back(purse.booking("returned"), payment, Decimal(50))
    assert purse.sums(2027) == {"appropriation": Decimal(100), "committed": Decimal(50)}


@pytest.mark.parametrize(
    ("granted", "again"), [("50", "30"), ("35", "15"), ("20", "0"), ("10", "0")]
)
def test_no_more_is_committed_again_than_the_grant_still_covers(
    purse: Purse, granted: str, again: str
) -> None:
    commit(purse, "50")
    first, second = purse.pay("20"), purse.pay("30")
    for payment in (first, second):
        ledger.order(purse.booking("payment"), payment)
    ledger.confirm_paid(purse.booking("paid"), first)
    ledger.take_back(purse.booking("withdrawn"), second, Decimal(granted))
    committed = {"committed": Decimal(again)} if Decimal(again) else {}
    assert purse.sums(2027) == {
        "appropriation": Decimal(100), "paid": Decimal(20), **committed
    }  # fmt: skip
    assert purse.sound()


def test_no_more_comes_back_than_was_paid(purse: Purse) -> None:
    commit(purse, "50")
    ledger.order(purse.booking("payment"), purse.pay("50"))
    assert ledger.record_return(purse.booking("return"), purse.case.id, Decimal("20"))
    with pytest.raises(Conflict) as refused:
        ledger.record_return(purse.booking("return"), purse.case.id, Decimal("30.01"))
    assert refused.value.key == "ledger.more_than_paid_money"
    assert purse.sums(2027)["returned"] == Decimal("20")
    # What comes back is revenue: it is not free again.
    assert ledger.position(purse.session, purse.case.id).available == Decimal(0)


def test_an_unspent_remainder_is_carried_over_with_its_commitments(
    purse: Purse, clock: Clock
) -> None:
    commit(purse, "60")
    ledger.order(purse.booking("payment"), purse.pay("20"))
    clock("2028-01-15T09:00")
    carry = (purse.session, purse.officer, purse.item.id, 2027)
    with pytest.raises(Conflict) as early:
        budget.carry_over(*carry, Decimal("80"), "Ausgaberest")
    assert early.value.key == "ledger.no_appropriation"
    purse.appropriate(2028, "10")
    for amount in ("39.99", "80.01"):
        with pytest.raises(Conflict) as refused:
            budget.carry_over(*carry, Decimal(amount), "Ausgaberest")
        assert refused.value.key == "ledger.carry_over_money"
    assert budget.carry_over(*carry, Decimal("80"), "Ausgaberest bewilligt")
    assert purse.sums(2027) == {
        "appropriation": Decimal(100),
        "carried": Decimal(-80),
        "ordered": Decimal(20),
    }
    assert purse.sums(2028) == {
        "appropriation": Decimal(10),
        "carried": Decimal(80),
        "committed": Decimal(40),
    }
    assert committed_by_year(purse) == {2028: Decimal("40")}
    assert purse.sound()


def test_the_appropriation_never_falls_below_what_is_bound(purse: Purse) -> None:
    reserve(purse, y2027="80")
    with pytest.raises(Conflict) as refused:
        purse.appropriate(2027, "79.99")
    assert refused.value.key == "ledger.below_bound_money"
    assert purse.appropriate(2027, "80")
    assert not purse.appropriate(2027, "80")


def test_only_the_budget_officer_enters_amounts(purse: Purse) -> None:
    change = (purse.item.id, 2027, Decimal("1"), "Haushalt")
    for actor in (purse.head, purse.applicant):
        with pytest.raises(NotAllowed):
            budget.set_appropriation(purse.session, actor, *change)
    with pytest.raises(Invalid):
        budget.set_appropriation(
            purse.session, purse.officer, purse.item.id, 1999, Decimal(1), "Haus"
        )
    with pytest.raises(Invalid):
        purse.authorise(2027, 2027, "5")
    with pytest.raises(NotFound):
        budget.set_appropriation(
            purse.session, purse.officer, purse.case.id, 2027, Decimal(1), "Haus"
        )


def test_the_overview_shows_what_is_free_to_those_who_may_see_it(purse: Purse) -> None:
    reserve(purse, y2027="80")
    (view,) = budget.overview(purse.session, purse.head)
    assert [(line.sums.year, line.free) for line in view.years] == [(2027, Decimal("20.00"))]
    entries = budget.entries(purse.session, purse.head, purse.item.id, 2027)
    assert [line.entry.bucket for line in entries] == ["appropriation", "reserved"]
    assert entries[1].reference == purse.case.reference
    with pytest.raises(NotAllowed):
        budget.overview(purse.session, purse.applicant)


def test_entries_cannot_be_changed_nor_sums_written_by_hand(purse: Purse) -> None:
    reserve(purse, y2027="80")
    for statement in (
        "update ledger_entry set amount = 1",
        "delete from ledger_entry",
        "update budget_year set reserved = 0",
        "delete from budget_year",
        "insert into commitment_authority select item_id, 2027, 2029, authority_id, 9, 0"
        " from budget_year",
    ):
        with pytest.raises((NotAllowed, DBAPIError)), purse.session.begin_nested():
            purse.session.execute(text(statement))
    assert purse.sums(2027)["reserved"] == Decimal("80")


def entry(purse: Purse, bucket: str, amount: str, due: int = 2027) -> LedgerEntry:
    return LedgerEntry(
        booking=purse.case.id, authority_id=purse.authority.id, item_id=purse.item.id,
        budget_year=2027, due_year=due, bucket=bucket, kind="reserve", amount=Decimal(amount),
        at=purse.booking().now,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bucket", "amount", "due"),
    [
        ("reserved", "100.01", 2027),
        ("reserved", "-0.01", 2027),
        ("committed", "1.00", 2028),
        ("appropriation", "-0.01", 2027),
    ],
)
def test_the_database_refuses_what_a_check_let_through(
    purse: Purse, bucket: str, amount: str, due: int
) -> None:
    reserve(purse, y2027="100")
    ledger.release(purse.booking("release"), purse.case.id)
    if bucket == "appropriation":
        reserve(purse, y2027="100")
    with pytest.raises(Conflict) as refused, purse.session.begin_nested():
        rows.add_entries(purse.session, [entry(purse, bucket, amount, due)])
    assert refused.value.key == "ledger.refused_by_database"


def test_an_applicants_withdrawal_sets_the_money_of_the_case_free(
    purse: Purse,
) -> None:
    purse.authorise(2027, 2028, "20")
    reserve(purse, y2027="80", y2028="20")
    session = purse.session
    scope = "set_config('grantflow.system', :system, true), set_config('grantflow.organisations', :o, true)"  # noqa: E501
    own = "{" + str(purse.organisation.id) + "}"
    session.execute(text(f"select {scope}"), {"system": "", "o": own})
    booking = Booking(session, purse.applicant, purse.authority.id, purse.booking().now, "release")
    assert ledger.release(booking, purse.case.id)
    seen = session.execute(text("select count(*) from budget_year")).scalar_one()
    session.execute(text(f"select {scope}"), {"system": "on", "o": ""})
    assert seen == 0
    assert "reserved" not in purse.sums(2027)
    assert purse.sound()


def test_a_commitment_authority_is_lowered_as_far_as_it_is_not_used(purse: Purse) -> None:
    purse.authorise(2027, 2028, "50")
    ledger.reserve(purse.booking(), purse.case.id, purse.item.id, {2028: Decimal("30")})
    assert purse.authorise(2027, 2028, "30")
    with pytest.raises(Conflict):
        purse.authorise(2027, 2028, "29.99")
    purse.session.expire_all()
    (found,) = rows.list_authorities(purse.session, [purse.item.id])
    assert (found.amount, found.used) == (Decimal(30), Decimal(30))
    assert purse.sound()

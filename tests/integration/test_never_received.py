"""What was repaid of money that never arrived goes back, once, and bears no interest."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.tale import Tale, begin
from tests.integration.theatre import Theatre

from grantflow.errors import Conflict, Invalid
from grantflow.store import acts
from grantflow.store.tables import Letter

UNRECEIVED = "services.closing.unreceived_money"
FOLDER, STORY = "bamf_model_projects", "repaid_then_annulled"
OPEN = '[expect]\nended = false\nstatus = "RUNNING"\nletters = []\n'
BEGUN = '[[step]]\nat = "2026-06-10T09:00:00+02:00"\n'
SECOND = """[[step]]
at = "2026-03-02T09:00:00+01:00"
start_process = "payment_request"
by = "applicant"

[[step]]
at = "2026-03-02T09:20:00+01:00"
task = "request_payment"
by = "applicant"
[step.answers]
payment_amount = "30000.00"
needed_until = "2026-04-03"
use = "Gehälter und Honorare für sechs Wochen"
account_holder = "Begegnung Digital e. V."
iban = "DE03999999992000000001"
prompt_use = true

[[step]]
at = "2026-03-03T11:00:00+01:00"
task = "check_payment"
by = "CASE_OFFICER"
[step.answers]
payment_check = "approve"
note = "Bedarf belegt."

[[step]]
at = "2026-03-04T08:30:00+01:00"
task = "approve_payment"
by = "BUDGET_OFFICER"
[step.answers]
payment_approval = "approve"

"""
EVALUATED = {
    "indicator_values": [{"indicator": "Tandems", "target": "60", "actual": "0"}],
    "goal_achievement": "missed",
    "effect": "Das Vorhaben wurde nicht begonnen.",
}


def claim(theatre: Theatre, day: str, *changes: tuple[str, str]) -> Tale:
    """Of 60,000 euro 30,000 are paid and 12,000 claimed back, unless a test changes it."""
    words = theatre.words(FOLDER, STORY)
    for before, after in changes:
        assert before in words, before
        words = words.replace(before, after)
    return begin(theatre, FOLDER, words, day)


def repay(case: Tale, day: str, amount: str) -> None:
    case.do(day, "record_repayment", "CASE_OFFICER",
            returned_amount=amount, returned_on=day, voucher="KZ 2026-4713")  # fmt: skip


def give_back(case: Tale, day: str) -> None:
    case.do(day, "order_restitution", "BUDGET_OFFICER", certified=True)


def close(case: Tale, day: str) -> None:
    case.do(day, "close_case", "HEAD_OF_UNIT", closing_approval="approve")


def begin_payout(case: Tale, day: str) -> None:
    case.step(day, start_process="payout", by="CASE_OFFICER:2")


def refused(case: Tale, day: str, amount: str, ground: str) -> list[str]:
    """The fields at which a proposal is refused."""
    with pytest.raises(Invalid) as found:
        case.answer(day, amount, ground)
    return [one.place for one in found.value.problems]


def told(case: Tale) -> list[tuple[str, str]]:
    """Ground and amount of every notice of money that goes back."""
    query = select(Letter).where(
        col(Letter.case_id) == case.story.case_id, col(Letter.name) == "payment_notice"
    )
    with case.story.world.reading() as session:
        rows = session.execute(query.order_by(col(Letter.created_at))).scalars()
        facts = [row.model["facts"] for row in rows]
    return [(one["restitution"], str(one["amount"])) for one in facts if "restitution" in one]


def nothing_is_renounced_meanwhile(case: Tale, day: str) -> None:
    """A recovery decides on the money that was paid."""
    reasons = "Der Verein hat am 6. August schriftlich verzichtet."
    begin_payout(case, day)
    with pytest.raises(Invalid) as held:
        case.do(day, "propose_payout", payout_choice="renounced", payout_reasons=reasons)
    assert [one.place for one in held.value.problems] == ["payout_choice"]
    case.do(day, "propose_payout", payout_choice="drop", payout_reasons=reasons)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("claimed_what_never_arrived", (0, 1000, 1000, 0)),
        ("interest_on_what_never_arrived", (48000, 12000, 12000, 48000)),
    ],
)
def test_the_shipped_stories_of_money_that_never_arrived(
    theatre: Theatre, name: str, left: tuple[int, ...]
) -> None:
    story = theatre.play(FOLDER, theatre.words(FOLDER, name))
    assert Tale(story).sums() == left


def test_a_claim_on_money_that_never_arrived_gives_back_what_was_repaid_and_ends(
    theatre: Theatre,
) -> None:
    case = claim(theatre, "2026-07-29", ('extent = "part"', 'extent = "full"'), ("12000", "30000"))
    repay(case, "2026-08-03", "1000.00")
    assert case.sums() == (60000, 30000, 1000, 30000)
    case.bank_returns("2026-08-04")
    assert case.sums() == (60000, 0, 1000, 60000)
    assert case.tasks() == {"order_restitution"}
    nothing_is_renounced_meanwhile(case, "2026-08-07")
    give_back(case, "2026-08-10")
    assert case.sums() == (60000, 1000, 1000, 60000)
    assert told(case) == [("never_received", "1000")]
    case.step("2026-10-12", tick=True)
    assert case.sums() == (0, 1000, 1000, 0)
    assert case.tasks() == {"evaluate_case"}
    case.withdraw("2026-10-12")
    case.do("2026-10-13", "evaluate_case", "CASE_OFFICER", **EVALUATED)
    with pytest.raises(Conflict) as found:
        close(case, "2026-10-14")
    assert (found.value.key, found.value.params["amount"]) == (UNRECEIVED, 1000)
    begin_payout(case, "2026-10-14")
    assert refused(case, "2026-10-14", "1000.00", "withdrawn") == ["payout_ground", "payout_amount"]
    assert refused(case, "2026-10-14", "1000.00", "remedy") == ["payout_ground"]
    assert refused(case, "2026-10-14", "1000.01", "unreceived") == ["payout_amount"]
    case.answer("2026-10-14", "1000.00", "unreceived")
    case.order("2026-10-15")
    assert case.sums() == (0, 1000, 1000, 0)
    assert told(case) == [("never_received", "1000")] * 2
    close(case, "2026-10-16")
    case.bank_returns("2026-10-19")
    assert case.sums() == (0, 0, 1000, 1000)
    begin_payout(case, "2026-10-22")
    case.answer("2026-10-22", "400.00", "unreceived")
    case.order("2026-10-23")
    assert case.sums() == (0, 400, 1000, 600)
    case.renounce("2026-10-26")
    assert case.sums() == (0, 400, 1000, 0)
    begin_payout(case, "2026-10-27")
    assert refused(case, "2026-10-27", "600.00", "unreceived") == ["payout_ground", "payout_amount"]
    assert case.status() == "CLOSED"


def test_what_comes_back_when_all_is_repaid_is_settled_once(theatre: Theatre) -> None:
    """12,000 are repaid; the second order, still open, is for what an objection has taken away."""
    words = theatre.words(FOLDER, STORY)
    early = words[words.index('[step.expect]\ntasks = ["order_restitution"]') :]
    partly = ('"upheld"', '"partly"\nremaining_amount = "5000.00"')
    case = claim(theatre, "2026-09-16", partly, (early, OPEN))
    case.step("2026-10-28", tick=True)
    assert case.tasks() == {"order_restitution"}
    case.bank_returns("2026-10-28")
    assert case.sums() == (60000, 0, 12000, 60000)
    give_back(case, "2026-11-02")
    assert case.sums() == (60000, 7000, 12000, 60000)
    give_back(case, "2026-11-03")
    assert case.sums() == (55000, 12000, 12000, 55000)
    assert told(case) == [("reduced", "7000"), ("never_received", "5000")]
    assert case.tasks() == set()


def test_what_comes_back_before_the_claim_is_final_bears_no_interest(theatre: Theatre) -> None:
    case = claim(theatre, "2026-08-11")
    case.bank_returns("2026-08-12")
    assert case.tasks() == set()
    case.step("2026-10-12", tick=True)
    assert case.tasks() == {"order_restitution"}
    assert case.sums() == (60000, 0, 12000, 60000)
    give_back(case, "2026-10-13")
    assert case.sums() == (48000, 12000, 12000, 48000)
    assert case.tasks() == set()


def test_a_part_that_comes_back_changes_no_claim_and_no_remedy_holds_what_never_arrived(
    theatre: Theatre,
) -> None:
    """Of 60,000 euro in two payments 12,000 are claimed and 5,000 repaid when both come back."""
    before, found, rest = theatre.words(FOLDER, STORY).partition(BEGUN)
    repaid = rest.index("# Repaid before")
    case = begin(theatre, FOLDER, before + SECOND + found + rest[:repaid] + OPEN, "2026-07-29")
    repay(case, "2026-08-03", "5000.00")
    case.bank_returns("2026-08-04")
    assert case.sums() == (60000, 30000, 5000, 30000)
    assert case.tasks() == {"record_repayment"}
    with pytest.raises(Invalid) as refused:
        repay(case, "2026-08-07", "7000.01")
    assert [one.place for one in refused.value.problems] == ["returned_amount"]
    case.step("2026-08-10", start_process="objection", by="applicant")
    case.do("2026-08-10", "file_objection", "applicant", contested="revocation_decision",
            objection_grounds="Die Stellen waren anderswo besetzt.",
            signed_by="Mira Solak, Vorstand", objects=True)  # fmt: skip
    assert case.tasks() == {"decide_objection"}
    case.bank_returns("2026-08-11")
    assert case.sums() == (60000, 0, 5000, 60000)
    give_back(case, "2026-08-17")
    assert case.sums() == (60000, 5000, 5000, 60000)
    assert case.tasks() == {"decide_objection"}


HARDSHIP = "Ein zugesagter Zuschuss kommt erst im März."


def test_no_deferral_shortens_the_period_and_it_ends_with_the_claim(theatre: Theatre) -> None:
    """12,000 euro are due on 5 October when a deferral is asked for and the payment comes back."""
    case = claim(theatre, "2026-07-29")

    def ask(until: str) -> None:
        case.do("2026-08-03", "request_relief", "applicant", relief_kind="deferral",
                wanted_until=until, hardship=HARDSHIP)  # fmt: skip

    def grant(until: str) -> None:
        case.do("2026-08-04", "decide_relief", "CASE_OFFICER", relief_outcome="grant",
                relief_kind="deferral", relief_until=until, claim_at_risk="no",
                reasons="Die Zusage liegt vor; der Anspruch ist nicht gefährdet.")  # fmt: skip

    case.step("2026-08-03", start_process="payment_relief", by="applicant")
    for act, field in ((ask, "wanted_until"), (grant, "relief_until")):
        with pytest.raises(Invalid) as found:
            act("2026-10-05")
        assert [one.place for one in found.value.problems] == [field]
        act("2026-10-06")
    assert case.tasks() == {"record_repayment", "approve_relief"}
    case.bank_returns("2026-08-05")
    assert case.tasks() == set()


def charge_interest(case: Tale, day: str) -> None:
    case.do(day, "start_interest", "CASE_OFFICER", interest_from="2026-05-15")
    case.do(day, "draft_interest", "CASE_OFFICER", interest_choice="charge",
            interest_due_on="2026-12-15", reasons="Die Zinsen stehen zu.")  # fmt: skip


def test_what_comes_back_while_interest_is_fixed_or_paid_bears_none(theatre: Theatre) -> None:
    """Of 60,000 euro 30,000 are paid; 12,000 were revoked and repaid, and all of it comes back."""
    case = claim(theatre, "2026-08-11")
    case.step("2026-10-05", tick=True)
    charge_interest(case, "2026-10-06")
    assert case.tasks() == {"countersign_interest"}
    case.bank_returns("2026-10-07")
    assert case.tasks() == {"order_restitution"}
    assert case.sums() == (48000, 0, 12000, 60000)
    give_back(case, "2026-10-12")
    assert case.sums() == (48000, 12000, 12000, 48000)
    assert case.tasks() == set()


@pytest.mark.parametrize("paid", [False, True])
def test_what_comes_back_when_interest_is_decided_takes_it_away(
    theatre: Theatre, paid: bool
) -> None:
    case = claim(theatre, "2026-08-11")
    case.step("2026-10-05", tick=True)
    charge_interest(case, "2026-10-06")
    case.do("2026-10-07", "countersign_interest", "HEAD_OF_UNIT", interest_signature="approve")
    case.step("2026-10-08", tick=True)
    assert case.tasks() == {"record_interest_payment"}
    if paid:
        case.do("2026-10-09", "record_interest_payment", "CASE_OFFICER", interest_paid="184.77",
                interest_paid_on="2026-10-09", voucher="KZ 2026-5000")  # fmt: skip
    case.bank_returns("2026-10-12")
    give_back(case, "2026-10-19")
    assert case.sums() == (48000, 12000, 12000, 48000)
    case.step("2026-12-28", tick=True)
    assert case.tasks() == ({"refund_interest"} if paid else set())


def test_relief_is_decided_on_what_is_owed_by_then(theatre: Theatre) -> None:
    """12,000 are claimed; 2,000 are repaid when instalments wait for their signature."""
    case = claim(theatre, "2026-07-29")
    case.step("2026-08-03", start_process="payment_relief", by="applicant")
    case.do("2026-08-03", "request_relief", "applicant", relief_kind="deferral",
            hardship="Ein Zuschuss der Stadt kommt erst im März.",
            wanted_until="2027-03-31")  # fmt: skip
    granted = {
        "relief_outcome": "grant", "relief_kind": "deferral", "relief_until": "2027-03-31",
        "claim_at_risk": "no",
        "reasons": "Die Zusage der Stadt liegt vor; der Anspruch ist nicht gefährdet.",
    }  # fmt: skip
    case.do("2026-08-05", "decide_relief", "CASE_OFFICER", **granted)
    repay(case, "2026-08-06", "2000.00")
    assert case.tasks() == {"decide_relief", "record_repayment"}
    case.do("2026-08-07", "decide_relief", "CASE_OFFICER", **granted)
    case.do("2026-08-10", "approve_relief", "HEAD_OF_UNIT", relief_approval="approve")
    with case.story.world.reading() as session:
        letter = acts.newest_act(session, case.story.case_id, "deferral_decision")
        assert letter is not None
        assert Decimal(str(letter.model["facts"]["amount"])) == 10000

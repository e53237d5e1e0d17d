"""What was ordered and did not arrive, or was repaid for nothing, is paid out later on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.tale import REASONS, Tale, begin
from tests.integration.theatre import Theatre

from grantflow.errors import Conflict, Invalid
from grantflow.letters import model as values
from grantflow.letters.model import LetterModel
from grantflow.services.tasks import task_view
from grantflow.store import acts, suspensions
from grantflow.store import demo as facts
from grantflow.store.tables import Case, Suspension
from grantflow.texts import text

EVALUATED = {
    "indicator_values": [{"indicator": "Lernende", "target": "36", "actual": "34"}],
    "goal_achievement": "full",
    "effect": "Die Begleitung in Ämtern ist verlässlich geworden.",
}

Until = Callable[[str, str, str], Tale]


@pytest.fixture
def until(theatre: Theatre) -> Until:
    """Plays a shipped scenario up to the end of a day."""

    def played(folder: str, name: str, day: str) -> Tale:
        return begin(theatre, folder, theatre.words(folder, name), day)

    return played


@pytest.fixture
def instalment(until: Until) -> Tale:
    """Of 29,000 euro settled, the last 14,500 are ordered on 2 November 2028."""
    return until("wir_hessen", "audited_in_depth", "2028-11-02")


def refused(act: Callable[[], None]) -> str:
    with pytest.raises(Conflict) as found:
        act()
    return text(found.value.key, "de", **found.value.params)


def notice(case: Tale) -> LetterModel:
    """What the newest payment notice says."""
    with case.story.world.reading() as session:
        found = acts.newest_act(session, case.story.case_id, "payment_notice")
        assert found is not None
        return values.load(found.model)


def test_a_last_instalment_that_was_withdrawn_is_paid_before_the_case_closes(
    instalment: Tale,
) -> None:
    instalment.withdraw("2028-11-03")
    instalment.step("2029-01-08", tick=True)
    assert instalment.sums() == (29000, 14500, 0, 0)
    instalment.do("2029-01-09", "evaluate_case", **EVALUATED)

    def close() -> None:
        instalment.do("2029-01-10", "close_case", "HEAD_OF_UNIT", closing_approval="approve")

    with instalment.story.world.reading() as session:
        head = instalment.story._actor("HEAD_OF_UNIT")
        (open_task,) = facts.open_tasks(session, instalment.story.case_id)
        (told,) = task_view(session, head, open_task.id).hindrances
    words = refused(close)
    assert words == text(told.key, "de", **told.params)
    assert "14.500,00" in words
    assert "„Auszahlung nachholen“" in words
    instalment.propose("2029-01-11", "14500.00")
    instalment.order("2029-01-12")
    assert instalment.sums() == (29000, 29000, 0, 0)
    instalment.do("2029-01-15", "close_case", "HEAD_OF_UNIT", closing_approval="approve")
    assert instalment.status() == "CLOSED"


def test_what_the_bank_returned_before_the_settlement_was_final_is_bound_anew(
    instalment: Tale,
) -> None:
    """The settlement frees what is not ordered when it becomes final."""
    instalment.bank_returns("2028-11-03")
    assert instalment.sums() == (29000, 14500, 0, 14500)
    instalment.step("2029-01-08", tick=True)
    assert instalment.sums() == (29000, 14500, 0, 0)
    instalment.propose("2029-01-09", "14500.00", "returned")
    instalment.order("2029-01-10")
    assert instalment.sums() == (29000, 29000, 0, 0)


def test_what_came_back_after_finality_stays_bound_and_is_not_bound_twice(
    instalment: Tale,
) -> None:
    instalment.step("2029-01-08", tick=True)
    instalment.bank_returns("2029-01-09")
    assert instalment.sums() == (29000, 14500, 0, 14500)
    told = notice(instalment)
    assert told.payment is not None
    assert told.payment.last
    instalment.propose("2029-01-12", "10000.00", "returned")
    instalment.order("2029-01-15")
    assert instalment.sums() == (29000, 24500, 0, 4500)
    told = notice(instalment)
    assert told.payment is not None
    assert (told.payment.settled, told.payment.last, told.payment.remaining) == (True, False, 4500)
    assert told.facts["made_good"] == "returned"


def test_what_comes_back_when_the_case_is_closed_is_bound_anew_and_paid(instalment: Tale) -> None:
    """Nothing of a closed case stays bound."""
    instalment.step("2029-01-08", tick=True)
    instalment.do("2029-01-09", "evaluate_case", **EVALUATED)
    instalment.do("2029-01-10", "close_case", "HEAD_OF_UNIT", closing_approval="approve")
    instalment.bank_returns("2029-01-11")
    assert instalment.sums() == (29000, 14500, 0, 0)
    instalment.propose("2029-01-16", "14500.00", "returned")
    instalment.order("2029-01-17")
    assert instalment.sums() == (29000, 29000, 0, 0)
    assert instalment.status() == "CLOSED"


def test_more_than_is_granted_and_not_paid_is_refused(instalment: Tale) -> None:
    instalment.withdraw("2028-11-03")
    with pytest.raises(Invalid) as found:
        instalment.propose("2028-11-06", "14500.01")
    assert [one.place for one in found.value.problems] == ["payout_amount"]


def test_nothing_is_paid_out_while_nothing_is_owed(instalment: Tale) -> None:
    def start() -> None:
        instalment.step("2028-11-06", start_process="payout", by="CASE_OFFICER:2")

    assert refused(start) == text("services.cases.only_while.payment_owed", "de")


def test_a_rest_that_is_renounced_lowers_the_grant_and_is_free(instalment: Tale) -> None:
    instalment.withdraw("2028-11-03")
    instalment.renounce("2028-11-06")
    assert instalment.sums() == (14500, 14500, 0, 0)
    instalment.step("2029-01-08", tick=True)
    instalment.do("2029-01-09", "evaluate_case", **EVALUATED)
    instalment.do("2029-01-10", "close_case", "HEAD_OF_UNIT", closing_approval="approve")
    assert instalment.status() == "CLOSED"


def test_nothing_is_ordered_on_other_sums_than_were_proposed(instalment: Tale) -> None:
    """A rest of 14,500 is to be renounced, when the first payment comes back as well."""
    instalment.withdraw("2028-11-03")
    with pytest.raises(Invalid) as found:
        instalment.propose("2028-11-06", "14500.00", "returned")
    assert "payout_ground" in {one.place for one in found.value.problems}
    reasons = "Der Verein hat am 6. November schriftlich verzichtet."
    renounced = {"payout_choice": "renounced", "payout_reasons": reasons}
    instalment.do("2028-11-06", "propose_payout", **renounced)
    instalment.bank_returns("2028-11-07")
    before = instalment.sums()
    instalment.order("2028-11-13")
    assert "propose_payout" in instalment.tasks()
    assert instalment.sums() == before
    instalment.answer("2028-11-14", "14500.00", "returned")
    instalment.order("2028-11-15")
    assert instalment.sums() == (29000, 14500, 0, 14500)


def test_a_restitution_that_was_withdrawn_is_paid_anew(until: Until) -> None:
    case = until("bamf_model_projects", "repaid_then_annulled", "2026-09-18")
    assert case.sums() == (60000, 42000, 12000, 30000)
    case.withdraw("2026-09-21")
    assert case.sums() == (60000, 30000, 12000, 42000)
    case.step("2026-09-22", start_process="payout", by="CASE_OFFICER")
    case.do("2026-09-22", "propose_payout", "CASE_OFFICER", payout_choice="pay",
            payout_ground="withdrawn", payout_amount="12000.00",
            payout_reasons=REASONS)  # fmt: skip
    case.order("2026-09-23")
    assert case.sums() == (60000, 42000, 12000, 30000)


def test_a_remedy_against_a_cut_pays_what_was_never_paid(instalment: Tale) -> None:
    """Renounced here stands for whatever lowered the grant; what was ever granted is the limit."""
    instalment.withdraw("2028-11-03")
    instalment.renounce("2028-11-06")
    with pytest.raises(Invalid) as found:
        instalment.propose("2028-11-08", "14500.00", "remedy")
    assert [one.place for one in found.value.problems] == ["payout_ground"]
    drop(instalment, "2028-11-08", "CASE_OFFICER:2")
    won(instalment, "interest_decision")
    with pytest.raises(Invalid) as found:
        instalment.propose("2028-11-08", "14500.00", "remedy")
    assert [one.place for one in found.value.problems] == ["payout_ground"]
    drop(instalment, "2028-11-08", "CASE_OFFICER:2")
    won(instalment)
    with pytest.raises(Invalid) as found:
        instalment.propose("2028-11-08", "14500.01", "remedy")
    assert [one.place for one in found.value.problems] == ["payout_amount"]
    instalment.answer("2028-11-08", "14500.00", "remedy")
    instalment.order("2028-11-09")
    assert instalment.sums() == (29000, 29000, 0, 0)


def test_a_remedy_after_finality_raises_the_grant_by_what_was_repaid_and_once_only(
    theatre: Theatre,
) -> None:
    story = theatre.play("wir_hessen", theatre.words("wir_hessen", "paid_after_late_action"))
    assert story.sums("2027-03-30") == (16000, 18000, 2000, 0)
    assert story.sums("2027-10-06") == (16000, 18000, 2000, 0)
    assert story.sums("2027-10-14") == (18000, 20000, 2000, 0)
    with pytest.raises(Invalid) as found:
        Tale(story).propose("2027-10-18", "2000.00", "remedy")
    assert [one.place for one in found.value.problems] == ["payout_amount"]


def test_a_late_remedy_gives_back_what_was_taken_beside_what_is_still_to_be_requested(
    until: Until,
) -> None:
    """Of 60,000 half were paid, 12,000 of them revoked, repaid and final; nothing is due twice."""
    case = until("bamf_model_projects", "repaid_then_annulled", "2026-08-11")
    case.step("2026-10-05", tick=True)
    assert case.sums() == (48000, 30000, 12000, 30000)
    case.do("2026-10-06", "start_interest", "CASE_OFFICER", interest_from="2026-05-15")
    reasons = "Der Verein hat die Umstände nicht zu vertreten und sofort gezahlt."
    waived = {"interest_choice": "waive", "reasons": reasons}
    case.do("2026-10-07", "draft_interest", "CASE_OFFICER", **waived)
    case.do("2026-10-08", "approve_interest_waiver", "HEAD_OF_UNIT", interest_signature="approve")
    case.step("2026-10-12", start_process="payout", by="CASE_OFFICER")
    with pytest.raises(Invalid) as found:
        propose(case, "2026-10-12", "12000.00", "remedy")
    assert [one.place for one in found.value.problems] == ["payout_ground"]
    won_late(case)
    drop(case, "2026-10-13")
    case.step("2026-10-13", start_process="payout", by="CASE_OFFICER")
    with pytest.raises(Invalid) as found:
        pay(case, "12000.01")
    assert [one.place for one in found.value.problems] == ["payout_amount"]
    pay(case, "12000.00")
    case.order("2026-10-14")
    assert case.sums() == (60000, 42000, 12000, 30000)
    case.step("2026-10-14", start_process="payout", by="CASE_OFFICER")
    with pytest.raises(Invalid):
        pay(case, "0.01")


def propose(case: Tale, day: str, amount: str, ground: str) -> None:
    case.do(day, "propose_payout", "CASE_OFFICER", payout_choice="pay",
            payout_ground=ground, payout_amount=amount, payout_reasons=REASONS)  # fmt: skip


def pay(case: Tale, amount: str) -> None:
    propose(case, "2026-10-14", amount, "remedy")


def drop(case: Tale, day: str, by: str = "CASE_OFFICER") -> None:
    reasons = "Der Betrag ist nicht mehr offen."
    case.do(day, "propose_payout", by, payout_choice="drop", payout_reasons=reasons)


def won_late(case: Tale) -> None:
    """A court annuls the revocation; the authority hears of the action after its finality."""
    case.step("2026-10-12", start_process="court_action", by="CASE_OFFICER")
    case.do("2026-10-12", "register_action", "CASE_OFFICER", contested="revocation_decision",
            court="Verwaltungsgericht Ansbach", court_reference="AN 3 K 26.512",
            served_on="2026-10-07", immediate_execution="no")  # fmt: skip
    case.do("2026-10-13", "enter_court_outcome", "CASE_OFFICER", court_outcome="upheld",
            court_decided_on="2026-10-12", court_final_on="2026-10-13",
            court_reasons="Der Widerruf ist zu spät ergangen.")  # fmt: skip
    case.do("2026-10-13", "follow_court_outcome", "CASE_OFFICER",
            measures="Was erstattet ist, wird wieder ausgezahlt.")  # fmt: skip


def won(case: Tale, subject: str = "settlement_decision") -> None:
    """A remedy that succeeded, at least in part."""
    story = case.story
    with story.world.transaction(story._actor("CASE_OFFICER:2")) as session:
        place = session.get_one(Case, story.case_id).authority_id
        found = Suspension(case_id=story.case_id, authority_id=place, remedy="objection",
                           subject=subject, since=story.now, ended_at=story.now,
                           outcome="partly")  # fmt: skip
        suspensions.add(session, found)

"""Remedies that cross other work on the same money: settlement, deferral, interest, hearing."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.theatre import Theatre, Watched
from tests.unit.programmes.test_recovery_stories import UNHEARD

from grantflow import clock
from grantflow.services import ledger, payment_files, payment_returns
from grantflow.services.payment_checks import counted, withheld
from grantflow.store import demo as facts
from grantflow.store.deadlines import list_deadlines
from grantflow.store.tables import Payment, PaymentFileEntry

MODELS, WIR = "bamf_model_projects", "wir_hessen"
OPEN = '[expect]\nended = false\nstatus = "AUDITED"\nletters = []\n'
COURT = {"court": "Verwaltungsgericht Darmstadt", "court_reference": "3 K 512/27.DA"}
CLAIM = {
    "recovery_basis": "49_3_1",
    "recovery_extent": "part",
    "recovery_amount": "1000.00",
}


def step(at: str, what: str, by: str = "CASE_OFFICER", /, **answers: object) -> str:
    """One step of a story, at ten in the morning; a process is started where nothing is said."""
    winter = not "03-28" < at[5:] < "10-31"
    kind = "task" if answers else "start_process"
    hour = "10" if answers else "09"
    told = f'[[step]]\nat = "{at}T{hour}:00:00+0{1 if winter else 2}:00"\nby = "{by}"\n'
    told += f'{kind} = "{what}"\n'
    if answers:
        told += "[step.answers]\n"
    return told + "".join(f"{key} = {json.dumps(value)}\n" for key, value in answers.items())


def tick(at: str) -> str:
    return f'[[step]]\nat = "{at}T10:00:00+02:00"\ntick = true\n'


def begun(theatre: Theatre, programme: str, name: str, until: str) -> str:
    """The words of a shipped scenario before the first step with these."""
    words = theatre.words(programme, name)
    return words[: words.rindex("[[step]]", 0, words.index(until))]


def told(
    theatre: Theatre, programme: str, before: str, words: str = ""
) -> tuple[Watched, list[str]]:
    """A story as far as it goes, and where its steps were refused; others begin with ``before``."""
    shared = before.count("[[step]]")
    story, end = theatre.tell(programme, before + words + OPEN, shared=shared)
    refused = [one for one in end.problems if one.key.rpartition(".")[2] in ("answers", "failed")]
    return story, [str(one.params.get("detail_key", one.params.get("detail"))) for one in refused]


def tasks(story: Watched) -> set[str]:
    with story.world.reading() as session:
        return {one.element_id for one in facts.open_tasks(session, story.case_id)}


# ---- a settlement and a recovery that waits for nothing but its restitution

RECOVERY = "".join((
    step("2027-01-27", "recovery"),
    step(
        "2027-01-27", "propose_recovery", **CLAIM,
        findings="Zwei Notebooks sind verkauft worden, obwohl sie gebunden waren.",
        hearing_facts="Im August 2026 wurden zwei Notebooks verkauft.",
        occurred_on="2026-08-15", known_on="2027-01-27", respond_until="2027-02-15",
    ),
    step(
        "2027-02-04", "hearing_reply", "applicant",
        statement="Das trifft zu; wir wussten nichts davon.", agrees="yes", correct=True,
    ),
    step(
        "2027-02-05", "draft_revocation", **CLAIM,
        revocation_outcome="decide", effective_from="2026-08-15",
        discretion="Das Interesse an der zweckgerechten Verwendung überwiegt; Umstände fehlen.",
        reasons="Zwei geförderte Notebooks sind verkauft; die Äußerung bestätigt das.",
    ),
    step("2027-02-08", "countersign_revocation", "HEAD_OF_UNIT", revocation_signature="approve"),
    step(
        "2027-02-09", "draft_recovery", recovery_amount="1000.00", repay_until="2027-04-01",
        interest_from="2026-08-15", repay_account="DE89370400440532013000",
        recovery_choice="claim", reasons="Der Betrag ist nach § 49a Abs. 1 zu erstatten.",
    ),
    step("2027-02-10", "countersign_recovery", "HEAD_OF_UNIT", recovery_signature="approve"),
    step(
        "2027-02-16", "record_repayment",
        returned_amount="1000.00", returned_on="2027-02-16", voucher="K 1",
    ),
    step("2027-02-22", "court_action"),
    step(
        "2027-02-22", "register_action", **COURT,
        contested="revocation_decision", served_on="2027-02-22", immediate_execution="no",
    ),
))  # fmt: skip
ANNULLED = step(
    "2027-08-02", "enter_court_outcome", court_outcome="upheld",
    court_decided_on="2027-08-02", court_final_on="2027-08-02",
    court_reasons="Die Notebooks waren abgeschrieben; der Zweck ist nicht verfehlt.",
)  # fmt: skip
PREPARED = {"final_grant": "18000.00", "reasons": "Alles ist belegt; es bleibt wie bewilligt."}
RETURNED = {"settlement_approval": "return", "comment": "Die Beträge haben sich geändert."}
ORDERED = step("2027-08-04", "order_restitution", "BUDGET_OFFICER", certified=True)


def at_settlement(theatre: Theatre) -> str:
    """18,000 euro are paid, 1,000 came back on a revocation that a court has annulled since."""
    before = begun(theatre, WIR, "settlement_annulled", 'task = "prepare_settlement"')
    return before + RECOVERY + ANNULLED


def drafted(first: str, second: str, signed: str) -> str:
    """The settlement drafted, returned, drafted on the sums of that day and signed."""
    return (
        step(first, "prepare_settlement", **PREPARED)
        + step(second, "approve_settlement", "HEAD_OF_UNIT", **RETURNED)
        + step(second.replace("-08-0", "-08-1"), "prepare_settlement", **PREPARED)
        + signed
    )


SIGNED = step("2027-08-23", "approve_settlement", "HEAD_OF_UNIT", settlement_approval="approve")


def test_restitution_waits_for_no_settlement_and_the_settlement_reads_its_sums_anew(
    theatre: Theatre,
) -> None:
    then = ORDERED + drafted("2027-08-05", "2027-08-06", SIGNED)
    story, refused = told(theatre, WIR, at_settlement(theatre), then)
    assert refused == []
    assert story.sums("2027-08-02") == (18000, 18000, 1000, 0)
    assert story.sums("2027-08-04") == (18000, 19000, 1000, 0)
    assert story.sums("2027-08-23") == (18000, 19000, 1000, 0)
    assert "order_last_instalment" not in tasks(story)


def test_a_draft_from_before_the_restitution_is_refused(theatre: Theatre) -> None:
    """It names 17,000 euro as paid and kept, and then it is 18,000 again."""
    later = ORDERED.replace("2027-08-04", "2027-08-20") + SIGNED
    then = drafted("2027-08-03", "2027-08-04", later)
    story, refused = told(theatre, WIR, at_settlement(theatre), then)
    assert [one.rpartition(".")[2] for one in refused] == ["paid_changed_money"]
    assert "approve_settlement" in tasks(story)


def test_restitution_leaves_while_a_settlement_is_made_and_its_order_stays(
    theatre: Theatre,
) -> None:
    """It stands in the sums of the settlement, so nobody takes the order back meanwhile."""
    story, refused = told(theatre, WIR, at_settlement(theatre), ORDERED)
    assert refused == []
    with story.world.reading() as session:
        query = select(Payment).where(
            col(Payment.case_id) == story.case_id, col(Payment.amount) == Decimal(1000)
        )
        paid = [session.execute(query).scalar_one()]
        assert withheld(session, paid) == {}
        assert set(counted(session, paid)) == {paid[0].id}


# ---- the day of payment after a remedy

RELIEF = {"relief_kind": "deferral", "hardship": "Ein Zuschuss der Stadt kommt erst im März."}
ASKED = step("2026-08-03", "payment_relief", "applicant") + step(
    "2026-08-03", "request_relief", "applicant", wanted_until="2027-03-31", **RELIEF
)
DEFERRED = step(
    "2026-08-05", "decide_relief", relief_outcome="grant", relief_kind="deferral",
    relief_until="2027-03-31", claim_at_risk="no",
    reasons="Die Zusage der Stadt liegt vor; der Anspruch ist nicht gefährdet.",
) + step("2026-08-06", "approve_relief", "HEAD_OF_UNIT", relief_approval="approve")  # fmt: skip


def objected(day: str, contested: str = "revocation_decision") -> str:
    return step(day, "objection", "applicant") + step(
        day, "file_objection", "applicant", contested=contested,
        objection_grounds="Die Angebote liefen an anderen Orten weiter.",
        signed_by="Mira Solak, Vorstand", objects=True,
    )  # fmt: skip


WITHDRAWN = step(
    "2026-08-10", "decide_objection", admissible="yes", objection_outcome="withdrawn",
    reasons="Der Widerspruch ist zurückgenommen worden.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("between", "day"),
    [
        pytest.param(objected("2026-08-04"), "2026-10-05", id="the day of the decision"),
        pytest.param(ASKED + DEFERRED + objected("2026-08-07"), "2027-03-31", id="deferred before"),
        pytest.param(ASKED + objected("2026-08-04") + DEFERRED, "2027-03-31", id="meanwhile"),
    ],
)
def test_no_remedy_brings_the_day_of_payment_forward(
    theatre: Theatre, between: str, day: str
) -> None:
    """A month after the withdrawal would be 9 September; the decision says 5 October 2026."""
    before = begun(theatre, MODELS, "repaid_then_annulled", 'task = "record_repayment"')
    before = before.split("# Repaid before")[0]
    story, refused = told(theatre, MODELS, before, between + WITHDRAWN)
    assert refused == []
    assert "record_repayment" in tasks(story)
    with story.world.reading() as session:
        rows = list_deadlines(session, story.case_id)
        due = [one.due_on for one in rows if (one.kind, one.state) == ("fixed", "running")]
    assert due == [date.fromisoformat(day)]


# ---- interest on a decision that goes away

REINSTATED = step(
    "2026-09-20", "decide_objection", admissible="reinstated", objection_outcome="upheld",
    costs="authority", reasons="Wiedereinsetzung; die Angebote liefen an anderen Orten weiter.",
) + step(
    "2026-09-21", "countersign_objection", "HEAD_OF_UNIT", objection_signature="approve"
)  # fmt: skip
DAY = step("2026-09-14", "start_interest", interest_from="2026-05-15")
CHARGED = step(
    "2026-09-15", "draft_interest", interest_choice="charge", interest_due_on="2026-10-30",
    reasons="Die Zinsen stehen nach § 49a Abs. 3 VwVfG zu.",
)  # fmt: skip


@pytest.mark.parametrize("done", ["", DAY, DAY + CHARGED], ids=["day", "draft", "signature"])
def test_no_interest_is_charged_once_the_revocation_is_annulled(
    theatre: Theatre, done: str
) -> None:
    """The objection came late and is let in, when the interest is already being worked on."""
    before = begun(theatre, MODELS, "repaid_then_annulled", 'start_process = "objection"')
    repaid, contest = before + tick("2026-09-10"), objected("2026-09-12")
    story, refused = told(theatre, MODELS, repaid, contest + done)
    assert refused == []
    assert tasks(story) & {"start_interest", "draft_interest", "countersign_interest"}
    story, refused = told(theatre, MODELS, repaid, contest + done + REINSTATED)
    assert refused == []
    assert not tasks(story) & {"start_interest", "draft_interest", "countersign_interest"}
    with story.world.reading() as session:
        assert "interest_decision" not in [
            one.name for one in facts.sent_letters(session, story.case_id)
        ]


# ---- the hearing before a claim that rests on the settlement

ASKED_TO_REPAY = step(
    "2029-01-08", "propose_settled_claim", recovery_amount="1876.50", effective_from="2028-06-30",
    respond_until="2029-01-29",
    hearing_facts="Nach dem Schlussbescheid sind 1.876,50 Euro zu viel ausgezahlt.",
)  # fmt: skip


@pytest.mark.parametrize("done", ["", ASKED_TO_REPAY], ids=["proposal", "hearing"])
@pytest.mark.parametrize(("outcome", "costs"), [("upheld", "authority"), ("withdrawn", None)])
def test_nobody_is_heard_on_a_claim_whose_settlement_is_annulled(
    theatre: Theatre, done: str, outcome: str, costs: str | None
) -> None:
    words = theatre.words(MODELS, "overspend_and_repayment")
    before, _, settled = words.partition('settlement_hearing = "hear"\n')
    _, found, after = settled.partition('[step.expect]\ntasks = ["approve_settlement"]\n')
    assert found
    signed = after[: after.index('tasks = ["draft_recovery"]')].removesuffix("[step.expect]\n")
    decided = {"admissible": "yes", "objection_outcome": outcome}
    contest = objected("2029-01-10", "settlement_decision") + step(
        "2029-01-11", "decide_objection", **decided, **({"costs": costs} if costs else {}),
        reasons="Die Absprache mit dem Fachreferat ist geprüft und gewürdigt.",
    )  # fmt: skip
    annulled = outcome == "upheld"
    if annulled:
        sign = {"objection_signature": "approve"}
        contest += step("2029-01-12", "countersign_objection", "HEAD_OF_UNIT", **sign)
    story, refused = told(theatre, MODELS, before + UNHEARD + found + signed, done + contest)
    assert refused == []
    claim = tasks(story) & {"propose_settled_claim", "hearing_reply"}
    assert claim == (set() if annulled else {"hearing_reply" if done else "propose_settled_claim"})
    assert ("prepare_settlement" in tasks(story)) == annulled


# ---- the bank sends back what is being claimed


def returned(story: Watched, amount: str) -> None:
    """The bank could not pay a payment of the case that has left in a file."""
    with story.world.reading() as session:
        query = select(PaymentFileEntry).join(
            Payment, col(Payment.id) == col(PaymentFileEntry.payment_id)
        )
        (entry,) = session.execute(query.where(col(Payment.case_id) == story.case_id)).scalars()
    line = f"{entry.end_to_end_id};{amount};returned;{story.now:%Y-%m-%d};AC04"
    report = f"end_to_end_id;amount;status;date;reason\n{line}\n".encode()
    officer = story.cast.staff(story.authority, "BUDGET_OFFICER")
    with clock.at(story.now), story.world.transaction(officer) as session:
        (place,) = payment_files.authorities(officer)
        payment_returns.read_back(session, officer, place, "bank.csv", report)


@pytest.mark.parametrize("repaid", ["0.00", "2000.00"])
def test_a_claim_for_money_the_bank_sent_back_is_over(theatre: Theatre, repaid: str) -> None:
    """Of the 12,000 euro claimed nothing is kept any more: nobody has to pay, or to book it."""
    before = begun(theatre, MODELS, "repaid_then_annulled", 'task = "record_repayment"')
    words = before.split("# Repaid before")[0]
    if repaid != "0.00":
        day = {"returned_on": "2026-08-03", "voucher": "K 1"}
        words += step("2026-08-04", "record_repayment", returned_amount=repaid, **day)
    story, refused = told(theatre, MODELS, words)
    assert refused == []
    assert "record_repayment" in tasks(story)
    returned(story, "30000.00")
    assert "record_repayment" not in tasks(story)
    with story.world.reading() as session:
        assert ledger.repayable(session, story.case_id) == 0
        rows = list_deadlines(session, story.case_id)
        assert not [one for one in rows if (one.kind, one.state) == ("fixed", "running")]

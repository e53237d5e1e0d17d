"""What the bank sends back lowers a claim or ends it, drafted or issued, and the debtor is told."""

from __future__ import annotations

from decimal import Decimal
from email.message import EmailMessage

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration import test_never_received as unreceived
from tests.integration.tale import Tale, begin
from tests.integration.theatre import Theatre

from grantflow.errors import Invalid
from grantflow.settings import Settings
from grantflow.store.tables import Deadline, Letter

FOLDER, SETTLED, REVOKED = "bamf_model_projects", "overspend_and_repayment", "repaid_then_annulled"
ENDED = (
    "Sie müssen nichts mehr zahlen. Haben Sie mehr erstattet, als Sie schulden, zahlen wir Ihnen "
    "den Unterschied zurück."
)


def settled(theatre: Theatre, day: str) -> Tale:
    """Settled at 160,123.50 euro, paid 162,000: 1,876.50 are to be repaid."""
    return begin(theatre, FOLDER, theatre.words(FOLDER, SETTLED), day)


def revoked(theatre: Theatre, day: str) -> Tale:
    """Of 60,000 euro all is paid in two halves, revoked in full and claimed."""
    words = theatre.words(FOLDER, REVOKED).replace('extent = "part"', 'extent = "full"')
    before, found, rest = words.replace("12000", "60000").partition(unreceived.BEGUN)
    rest = rest[: rest.index("# Repaid before")]
    return begin(theatre, FOLDER, before + unreceived.SECOND + found + rest + unreceived.OPEN, day)


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the mails on changed claims say of the sum, in the order they leave."""
    told: list[str] = []

    def deliver(message: EmailMessage, _: Settings) -> None:
        if str(message["Subject"]).startswith(("Erstattung geändert", "Repayment changed")):
            words = message.get_content().replace("\xa0", " ").splitlines()
            sums = ("Noch", "Zahlbar", "Still", "Payable", "Sie müssen nichts", "You do not")
            told.append(" | ".join(line for line in words if line.startswith(sums)))

    monkeypatch.setattr("grantflow.mail.deliver", deliver)
    return told


def claims_sent(case: Tale) -> int:
    query = select(Letter).where(
        col(Letter.case_id) == case.story.case_id, col(Letter.name) == "recovery_decision"
    )
    with case.story.world.reading() as session:
        found = session.execute(query).scalars().all()
    return sum(one.approved_by is not None for one in found)


def deadlines(case: Tale) -> set[str]:
    """How the periods for paying a claim stand."""
    query = select(Deadline).where(
        col(Deadline.case_id) == case.story.case_id, col(Deadline.kind) == "fixed"
    )
    with case.story.world.reading() as session:
        return {one.state for one in session.execute(query).scalars()}


def draft(case: Tale, day: str, amount: str) -> None:
    case.do(day, "draft_recovery", "CASE_OFFICER:2", recovery_amount=amount,
            repay_until="2026-10-05", interest_from="2026-05-15", recovery_choice="claim",
            repay_account="DE89370400440532013000",
            reasons="Der Betrag ist nach dem Widerruf zu erstatten.")  # fmt: skip


@pytest.mark.parametrize(("repaid", "told"), [("1000.00", [ENDED]), ("1876.50", [])])
def test_a_claim_ends_when_nothing_is_overpaid_any_more(
    theatre: Theatre, mails: list[str], repaid: str, told: list[str]
) -> None:
    """50,000 euro come back: what was repaid goes back, the rest is paid anew."""
    case = settled(theatre, "2029-01-10")
    unreceived.repay(case, "2029-01-15", repaid)
    case.bank_returns("2029-01-16")
    assert (case.tasks(), mails) == (set(), told)
    assert deadlines(case) == {"met"}
    case.step("2029-02-20", tick=True)
    assert case.tasks() == {"evaluate_case", "order_restitution"}
    unreceived.give_back(case, "2029-02-21")
    ((why, given_back),) = unreceived.told(case)
    assert (why, Decimal(given_back)) == ("came_back", Decimal(repaid))
    assert case.tasks() == {"evaluate_case"}
    case.propose("2029-02-22", "48123.50", "returned")
    case.order("2029-02-23")
    back = Decimal(repaid)
    assert case.sums() == (160123, int(Decimal("160123.50") + back), int(back), 0)


@pytest.mark.parametrize("drafted", ["2028-12-22", "2029-01-08"])
def test_a_drafted_claim_ends_when_nothing_is_overpaid_any_more(
    theatre: Theatre, mails: list[str], drafted: str
) -> None:
    """The bank returns the last payment while the draft is open, or its countersignature."""
    case = settled(theatre, drafted)
    case.bank_returns("2029-01-09")
    assert case.tasks() == set()
    assert mails == [ENDED]
    case.step("2029-02-20", tick=True)
    assert case.tasks() == {"evaluate_case"}
    assert claims_sent(case) == 0
    assert case.sums() == (160123, 112000, 0, 0)


def test_an_open_draft_reads_anew_what_is_kept(theatre: Theatre, mails: list[str]) -> None:
    case = revoked(theatre, "2026-07-27")
    assert case.tasks() == {"draft_recovery"}
    case.bank_returns("2026-07-28")
    with pytest.raises(Invalid) as refused:
        draft(case, "2026-07-31", "60000.00")
    assert [one.place for one in refused.value.problems] == ["recovery_amount"]
    draft(case, "2026-07-31", "30000.00")
    case.bank_returns("2026-08-03")
    assert case.tasks() == set()
    assert (mails, claims_sent(case)) == ([ENDED], 0)
    case.step("2026-10-12", tick=True)
    assert case.tasks() == {"evaluate_case"}
    assert case.sums() == (0, 0, 0, 0)


def test_the_debtor_is_told_what_is_still_owed(theatre: Theatre, mails: list[str]) -> None:
    case = revoked(theatre, "2026-07-29")
    assert (case.tasks(), mails) == ({"record_repayment"}, [])
    case.bank_returns("2026-08-04")
    assert mails == ["Noch zu zahlen: 30.000,00 € | Zahlbar bis: 05.10.2026"]
    with pytest.raises(Invalid):
        unreceived.repay(case, "2026-08-07", "30000.01")
    case.bank_returns("2026-08-10")
    assert mails[1:] == [ENDED]
    assert case.tasks() == set()

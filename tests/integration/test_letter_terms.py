"""Letters of a case name its law, the last day of a period, who signs, and what came in."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.ponds import Ponds
from tests.integration.test_letter_facts import moved, shipped

from grantflow.engine import Effect
from grantflow.letters import model as values
from grantflow.letters.model import LetterModel
from grantflow.services import deadlines, letter_model, letter_terms
from grantflow.services.notification import CORRECTS
from grantflow.services.policy import SYSTEM
from grantflow.settings import settings
from grantflow.store.deadlines import list_deadlines
from grantflow.store.tables import Account, Case, FormData, Letter, Membership


def built(
    ponds: Ponds, case: Case, name: str, channel: str = "portal", **facts: Any
) -> LetterModel:
    """The model of a shipped letter in the case, as it would be drafted now."""
    with ponds.transaction(SYSTEM) as session:
        move, row = moved(session, case)
        return letter_model.build(move, row, shipped(name), facts, channel)


def test_the_law_is_that_of_the_profile_of_the_programme(ponds: Ponds) -> None:
    case = ponds.granted()
    model = built(ponds, case, "hearing", basis="§ 49 Abs. 3 VwVfG, § 44 BHO/LHO")
    assert model.law.procedure
    assert model.law.budget
    assert model.facts["basis"] == f"§ 49 Abs. 3 {model.law.procedure}, § 44 {model.law.budget}"


@pytest.mark.parametrize(
    ("channel", "facts", "last"),
    [
        ("portal", {"days": 14}, date(2027, 2, 19)),  # sent 1 Feb, notified 5 Feb
        ("post", {"weeks": 2}, date(2027, 2, 19)),
        ("return_receipt", {"days": 14}, None),  # nobody knows the day of the receipt
        ("file", {"days": 14}, None),
        ("portal", {}, None),
        ("portal", {"due": "2027-03-01"}, None),
    ],
)
def test_a_period_that_begins_with_a_letter_has_a_last_day(
    ponds: Ponds, clock: Any, channel: str, facts: dict[str, Any], last: date | None
) -> None:
    case = ponds.granted()
    clock("2027-02-01T09:00")
    model = built(ponds, case, "information_request", channel, items="die Satzung", **facts)
    assert model.respond_by == last


@pytest.mark.parametrize(
    ("due", "said"), [("2027-01-31", "2027-02-01"), ("2027-02-01", "2027-02-01")]
)
def test_a_letter_names_the_day_on_which_its_deadline_ends(
    ponds: Ponds, due: str, said: str
) -> None:
    """The 31st of January 2027 is a Sunday; the deadline of the case runs until Monday."""
    case = ponds.granted()
    model = built(ponds, case, "eoi_invitation", due=due)
    assert model.facts["due"] == said
    with ponds.transaction(SYSTEM) as session:
        move, row = moved(session, case)
        effect = Effect(uuid4(), "set", "deadline", {"kind": "fixed", "date": due})
        deadlines.start(move, row, effect)
        (started,) = [d for d in list_deadlines(session, case.id) if d.kind == "fixed"]
        assert started.due_on.isoformat() == said


def test_the_last_day_moves_with_the_day_on_which_the_letter_leaves(
    ponds: Ponds, clock: Any
) -> None:
    case = ponds.granted()
    clock("2027-02-01T09:00")
    model = built(ponds, case, "information_request", items="die Satzung", days=14)
    draft = Letter(model=values.dump(model), channel="portal")
    correction = Letter(model=values.dump(model), channel="portal", relation=CORRECTS)
    with ponds.transaction(SYSTEM) as session:
        move, _ = moved(session, case)
        later = letter_terms.dated(session, move.programme, draft, date(2027, 2, 8))
        corrected = letter_terms.dated(session, move.programme, correction, date(2027, 2, 8))
    assert (later.info.on, later.respond_by) == (date(2027, 2, 8), date(2027, 2, 26))
    assert (corrected.info.on, corrected.respond_by) == (date(2027, 2, 8), date(2027, 2, 19))


def test_only_who_may_sign_represents_the_grantee(ponds: Ponds) -> None:
    case = ponds.granted()
    with ponds.reading() as session:
        query = (
            select(Account.name)  # type: ignore[call-overload]
            .join(Membership, col(Membership.account_id) == col(Account.id))
            .where(
                col(Membership.organisation_id) == case.organisation_id,
                col(Membership.role) == "APPLICANT_SIGNATORY",
            )
            .order_by(col(Account.name))
        )
        signers = tuple(session.scalars(query))
    assert signers
    grantee = built(ponds, case, "grant_decision").grantee
    assert grantee is not None
    assert grantee.represented_by == signers


def test_an_acknowledgement_lists_the_form_that_came_in(ponds: Ponds) -> None:
    case = ponds.granted()
    with ponds.transaction(SYSTEM) as session:
        query = select(FormData).where(col(FormData.case_id) == case.id).order_by(col(FormData.at))
        first = session.scalars(query).first()
        move, _ = moved(session, case)
        assert first is not None
        title = move.programme.form(first.form).title["de"]
    model = built(ponds, case, "acknowledgement", what=first.form)
    assert model.facts["received"][0] == title
    assert "received" not in built(ponds, case, "acknowledgement").facts
    named = built(ponds, case, "acknowledgement", what=first.form, received=["ein Brief"])
    assert named.facts["received"] == ["ein Brief"]


def test_data_protection_is_the_page_of_the_portal_unless_the_programme_names_one(
    ponds: Ponds,
) -> None:
    model = built(ponds, ponds.granted(), "acknowledgement")
    assert model.authority.privacy_url == f"{settings().base_url}/privacy"

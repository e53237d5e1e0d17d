"""Letters that claim money back: the account they name, the letters they lead back to."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.integration.ponds import Ponds
from tests.integration.test_letter_facts import moved, sent, shipped

from grantflow.clock import now
from grantflow.services import letter_facts, letter_history
from grantflow.services.policy import SYSTEM
from grantflow.store.tables import BankAccount, Letter


@pytest.mark.parametrize("name", ["recovery_decision", "interest_decision"])
def test_a_claim_names_the_confirmed_account_of_the_authority(ponds: Ponds, name: str) -> None:
    case, source = ponds.granted(), shipped(name)
    ours, another = "DE89370400440532013000", "DE02120300000000202051"

    def named(**given: str) -> object:
        with ponds.transaction(ponds.who("officer")) as session:
            move, row = moved(session, case)
            return letter_facts.filled(move, row, source, given).get("account")

    assert named() is None
    with ponds.transaction(SYSTEM) as session:
        session.add(
            BankAccount(
                authority_id=case.authority_id,
                holder="Kasse",
                iban=ours,
                state="confirmed",
                proposed_by=ponds.who("officer").account_id,
                proposed_at=now(),
            )
        )
    assert named() == ours
    assert named(account=another) == another


def test_a_claim_follows_the_revocation_which_alone_takes_the_grant_back(ponds: Ponds) -> None:
    case = ponds.granted()
    grant = sent(ponds, case, "grant_decision")
    revocation, claim = uuid4(), uuid4()
    behind = {"id": revocation, "name": "revocation_decision", "refers_to": grant.id}
    row = {**grant.model_dump(), **behind, "relation": "revokes"}
    with ponds.transaction(SYSTEM) as session:
        session.add(Letter(**row))
        session.flush()
        found = Letter(**{**row, "id": claim, "refers_to": revocation, "relation": "follows"})
        chain = letter_history.chain(session, found)
        own = letter_history.chain(session, session.get_one(Letter, revocation))
    assert [(one.letter.name, one.relation) for one in chain] == [
        ("revocation_decision", "follows"),
        ("grant_decision", "answers"),
    ]
    assert [(one.letter.name, one.relation) for one in own] == [("grant_decision", "revokes")]

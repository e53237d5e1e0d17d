"""Bank details that change: with four eyes, and no order pays another account unseen."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.purse import OURS, THEIRS, Purse
from tests.integration.test_payment_files import (
    Clock,
    keys,
    ordered,
    prepare,
)

from grantflow.errors import Conflict, Invalid, NotAllowed
from grantflow.services import bank_accounts, payment_files
from grantflow.services.bank_accounts import Owner


def test_a_file_whose_bank_details_were_replaced_is_not_released(purse: Purse) -> None:
    file = prepare(purse, ordered(purse, "100"))
    owner = Owner(organisation_id=purse.organisation.id)
    row = bank_accounts.propose(
        purse.session, purse.applicant, owner, "Verein", OURS, reason="Konto missbraucht"
    )
    bank_accounts.decide(purse.session, purse.officer, row.id, confirm=True)
    with pytest.raises(Conflict) as refused:
        payment_files.release(purse.session, purse.second_officer, file.id)
    assert refused.value.key == "money.file_account_replaced"
    assert file.state == "prepared"


def replace_account(purse: Purse) -> None:
    owner = Owner(organisation_id=purse.organisation.id)
    row = bank_accounts.propose(
        purse.session, purse.applicant, owner, "Verein", OURS, reason="Neue Bank"
    )
    bank_accounts.decide(purse.session, purse.officer, row.id, confirm=True)


def test_an_order_pays_no_other_account_until_it_is_confirmed_again(
    purse: Purse, clock: Clock
) -> None:
    payment = ordered(purse, "100")
    clock("2027-02-01T10:00")
    replace_account(purse)
    (line,) = payment_files.waiting(purse.session, purse.officer, purse.authority.id)
    assert line.held
    with pytest.raises(Invalid) as refused:
        prepare(purse, payment)
    assert keys(refused) == ["money.order_other_account"]
    again = (purse.authority.id, payment.id)
    for actor, error, key in (
        (purse.head, NotAllowed, "errors.not_allowed"),
        (purse.officer, NotAllowed, "money.certifier_orders"),
    ):
        with pytest.raises(error) as barred:
            payment_files.order_again(purse.session, actor, *again)
        assert barred.value.key == key
    payment_files.order_again(purse.session, purse.second_officer, *again)
    assert payment.ordered_by == purse.second_officer.account_id
    with pytest.raises(Conflict) as once:
        payment_files.order_again(purse.session, purse.second_officer, *again)
    assert once.value.key == "money.order_not_held"
    file = prepare(purse, payment)
    (entry,) = payment_files.entries(purse.session, purse.officer, file.id)
    assert entry.iban == OURS.replace(" ", "")
    with pytest.raises(NotAllowed) as ordering:
        payment_files.release(purse.session, purse.second_officer, file.id)
    assert ordering.value.key == "money.orderer_releases"
    with pytest.raises(Conflict) as gone:
        payment_files.order_again(purse.session, purse.second_officer, *again)
    assert gone.value.key == "money.payment_gone"


def test_the_first_account_and_the_same_one_anew_are_paid(purse: Purse, clock: Clock) -> None:
    owner = Owner(organisation_id=purse.organisation.id)
    payment = ordered(purse, "100")
    clock("2027-02-01T10:00")
    row = bank_accounts.propose(
        purse.session, purse.applicant, owner, "Verein e. V.", THEIRS, reason="Umbenannt"
    )
    bank_accounts.decide(purse.session, purse.officer, row.id, confirm=True)
    assert prepare(purse, payment).payments == 1


def test_bank_details_change_with_four_eyes_and_keep_their_history(purse: Purse) -> None:
    owner = Owner(organisation_id=purse.organisation.id)
    change: dict[str, Any] = {"holder": "Kontoinhaber", "iban": OURS}
    with pytest.raises(Invalid) as unsaid:
        bank_accounts.propose(purse.session, purse.officer, owner, **change)
    assert keys(unsaid) == ["money.reason_missing"]
    row = bank_accounts.propose(purse.session, purse.officer, owner, **change, reason="Neue Bank")
    with pytest.raises(Conflict):
        bank_accounts.propose(purse.session, purse.officer, owner, **change, reason="Neue Bank")
    for actor in (purse.officer, purse.applicant):
        with pytest.raises(NotAllowed):
            bank_accounts.decide(purse.session, actor, row.id, confirm=True)
    bank_accounts.decide(purse.session, purse.head, row.id, confirm=True)
    found = bank_accounts.history(purse.session, purse.applicant, owner)
    assert sorted(one.state for one in found) == ["confirmed", "replaced"]
    with pytest.raises(Conflict) as same:
        bank_accounts.propose(purse.session, purse.officer, owner, **change, reason="Neue Bank")
    assert same.value.key == "money.account_same"
    with pytest.raises(Conflict) as over:
        bank_accounts.decide(purse.session, purse.head, row.id, confirm=False)
    assert over.value.key == "money.account_state"

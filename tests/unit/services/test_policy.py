"""Who may do what, without a database."""

from __future__ import annotations

from uuid import uuid4

import pytest

from grantflow import clock
from grantflow.errors import NotAllowed, NotFound
from grantflow.services import policy
from grantflow.services.policy import SYSTEM, Actor, Grant, Role
from grantflow.store.scope import SYSTEM_SCOPE, Scope, array
from grantflow.store.tables import Case

HOME, OTHER, PROGRAMME, ORGANISATION = uuid4(), uuid4(), uuid4(), uuid4()


def case(**values: object) -> Case:
    owner = {"authority_id": HOME, "programme_id": PROGRAMME, "organisation_id": ORGANISATION}
    return Case(**(owner | {"reference": "X", "opened_at": clock.now()} | values))


def staff(role: str = "CASE_OFFICER", **values: object) -> Actor:
    grant = Grant(role, HOME, **values)  # type: ignore[arg-type]
    return Actor(uuid4(), "Eva", "eva@example.org", "de", "staff", frozenset({grant}))


def applicant() -> Actor:
    organisations = frozenset({ORGANISATION})
    return Actor(uuid4(), "Ada", "a@example.org", "de", "applicant", organisations=organisations)


def test_a_role_counts_in_its_authority_and_programme_only() -> None:
    everywhere, here = staff(), staff(programme_id=PROGRAMME)
    assert everywhere.has_role("CASE_OFFICER", HOME)
    assert everywhere.has_role("CASE_OFFICER", HOME, PROGRAMME)
    assert not everywhere.has_role("CASE_OFFICER", OTHER)
    assert not everywhere.has_role("HEAD_OF_UNIT", HOME)
    assert here.has_role("CASE_OFFICER", HOME, PROGRAMME)
    assert not here.has_role("CASE_OFFICER", HOME, uuid4())
    assert not here.has_role("CASE_OFFICER", HOME)


def test_a_missing_role_is_not_allowed() -> None:
    policy.require_role(staff(), "CASE_OFFICER", HOME)
    policy.require_role(SYSTEM, "CASE_OFFICER", HOME)
    with pytest.raises(NotAllowed):
        policy.require_role(applicant(), "CASE_OFFICER", HOME)
    policy.require_any(staff("ADMIN"), (Role.OPERATIONS, Role.ADMIN))
    policy.require_any(SYSTEM, (Role.OPERATIONS,))
    with pytest.raises(NotAllowed):
        policy.require_any(staff(), (Role.OPERATIONS, Role.ADMIN))


def test_a_case_is_seen_by_its_people() -> None:
    assert policy.may_see_case(SYSTEM, case())
    assert policy.may_see_case(applicant(), case())
    assert policy.may_see_case(staff(), case())
    policy.require_case(staff(), case())


@pytest.mark.parametrize(
    "stranger",
    [staff("PROGRAMME_MANAGER"), staff("ADMIN"), staff(programme_id=uuid4())],
)
def test_others_do_not_even_learn_of_it(stranger: Actor) -> None:
    assert not policy.may_see_case(stranger, case())
    with pytest.raises(NotFound):
        policy.require_case(stranger, case())
    assert not policy.may_see_case(applicant(), case(organisation_id=uuid4()))
    assert not policy.may_see_case(staff(), case(authority_id=OTHER))


def test_the_applicant_of_a_case_is_its_organisation() -> None:
    assert policy.role_in_case(applicant(), case(), "APPLICANT")
    assert not policy.role_in_case(staff(), case(), "APPLICANT")
    assert policy.role_in_case(staff(), case(), "CASE_OFFICER")
    assert not policy.role_in_case(applicant(), case(), "CASE_OFFICER")
    assert policy.role_in_case(SYSTEM, case(), "HEAD_OF_UNIT")


def test_only_people_have_accounts() -> None:
    actor = applicant()
    assert policy.require_account(actor) == actor.account_id
    with pytest.raises(NotAllowed):
        policy.require_account(SYSTEM)


def test_a_scope_follows_from_the_actor() -> None:
    assert SYSTEM.scope == SYSTEM_SCOPE
    one, two = staff(), applicant()
    assert one.scope == Scope(frozenset({HOME}), account=one.account_id)
    assert two.scope == Scope(frozenset(), frozenset({ORGANISATION}), account=two.account_id)
    assert one.is_staff
    assert two.is_applicant
    assert one.roles == {"CASE_OFFICER"}


def test_equal_scopes_are_equal_texts() -> None:
    low, high = sorted((uuid4(), uuid4()), key=str)
    assert array(frozenset({high, low})) == f"{{{low},{high}}}"
    assert array(frozenset()) == "{}"

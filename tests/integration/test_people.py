"""Signing in and out, sessions that end, accounts and API tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tests.factories import make_actor, make_authority, make_programme

from grantflow import clock as time
from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.jobs.inline import run_jobs
from grantflow.services import people
from grantflow.services.people import NewOrganisation, SignInRefused
from grantflow.services.policy import SYSTEM, Actor
from grantflow.settings import Settings
from grantflow.store.db import SYSTEM_SCOPE, Sessions, counting, glance, reading, transaction
from grantflow.store.people import list_holders, list_members
from grantflow.store.tables import Account, ApiToken, SigninAttempt, WebSession

SECRET = "Kornblumen am Bach"
LIMITS = Settings(signin_attempts=3, session_idle_minutes=60, session_hours=12)
Clock = Callable[[str], None]


def register(session: Session, email: str = "ada@example.org") -> Actor:
    return people.register_applicant(
        session, email, "Ada Beispiel", SECRET, NewOrganisation("Verein"), "en"
    )


def sign_in(session: Session, password: str = SECRET, address: str = "10.0.0.1") -> str:
    return people.sign_in(session, " ADA@example.org ", password, address, LIMITS).token


def seen(session: Session, token: str) -> people.SignedIn | None:
    """Find a browser as requests do: once a minute it is noted that it was seen."""
    found = people.find_session(session, token, LIMITS)
    if found is not None and found.unnoted:
        people.note_seen(session, token)
    return found


def test_an_applicant_registers_and_signs_in(session: Session) -> None:
    actor = register(session)
    signed_in = people.sign_in(session, "ada@example.org", SECRET, "10.0.0.1", LIMITS)
    assert signed_in.actor == actor
    assert (actor.kind, actor.language, len(actor.organisations)) == ("applicant", "en", 1)
    assert people.actor_of_session(session, signed_in.token, LIMITS) == actor
    members = list_members(session, next(iter(actor.organisations)))
    assert [member.email for member in members] == ["ada@example.org"]


def test_only_hashes_are_stored(session: Session) -> None:
    register(session)
    token = sign_in(session)
    assert session.scalars(select(WebSession.token_hash)).one() != token.encode()
    assert SECRET not in (session.scalars(select(Account.password_hash)).one() or "")


def test_every_sign_in_has_a_new_token(session: Session) -> None:
    register(session)
    assert sign_in(session) != sign_in(session)


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.org", "wrong"), ("nobody@example.org", SECRET)]
)
def test_a_wrong_sign_in_does_not_say_what_was_wrong(
    session: Session, email: str, password: str
) -> None:
    register(session)
    with pytest.raises(SignInRefused) as error:
        people.sign_in(session, email, password, "10.0.0.1", LIMITS)
    assert error.value.key == "people.sign_in.wrong"


def test_an_inactive_account_cannot_sign_in(session: Session) -> None:
    actor = register(session)
    token = sign_in(session)
    session.get_one(Account, actor.account_id).active = False
    session.flush()
    assert people.find_session(session, token, LIMITS) is None
    with pytest.raises(SignInRefused):
        sign_in(session)


def test_too_many_attempts_are_refused_until_a_stated_time(
    sessions: Sessions, clock: Clock
) -> None:
    clock("2027-03-01T09:00")
    with transaction(sessions, SYSTEM_SCOPE) as session:
        register(session)
    for _ in range(3):
        with pytest.raises(SignInRefused), transaction(sessions, SYSTEM_SCOPE) as session:
            sign_in(session, "wrong")
    clock("2027-03-01T09:14")
    with pytest.raises(SignInRefused) as error, transaction(sessions, SYSTEM_SCOPE) as session:
        sign_in(session)
    assert (error.value.key, error.value.params) == ("people.sign_in.too_many", {"time": "10:15"})
    with transaction(sessions, SYSTEM_SCOPE) as session:
        assert sign_in(session, address="10.0.0.2"), "nobody is locked out from elsewhere"
    clock("2027-03-01T09:16")
    with transaction(sessions, SYSTEM_SCOPE) as session:
        assert sign_in(session)


def test_many_addresses_together_are_limited_too(session: Session) -> None:
    register(session)
    for number in range(15):
        with pytest.raises(SignInRefused, match="wrong"):
            sign_in(session, "wrong", f"10.0.1.{number}")
    with pytest.raises(SignInRefused, match="too_many"):
        sign_in(session, address="10.0.2.1")


def test_a_good_sign_in_forgets_the_bad_ones(session: Session) -> None:
    register(session)
    for _ in range(3):
        for _ in range(2):
            with pytest.raises(SignInRefused):
                sign_in(session, "wrong")
        assert sign_in(session)


@pytest.mark.parametrize(
    ("minutes", "alive"), [((59, 59, 59), True), ((61,), False), ((50,) * 15, False)]
)
def test_a_session_ends_when_idle_and_in_any_case_after_twelve_hours(
    session: Session, minutes: tuple[int, ...], alive: bool
) -> None:
    start = time.now()
    with time.at(start):
        register(session)
        token = sign_in(session)
    found: people.SignedIn | None = None
    for step in minutes:
        start += timedelta(minutes=step)
        with time.at(start):
            found = seen(session, token)
    assert (found is not None) == alive


def test_it_is_time_to_note_a_browser_once_a_minute(session: Session, clock: Clock) -> None:
    clock("2027-03-01T09:00")
    register(session)
    token = sign_in(session)
    for moment, unnoted in [("09:00:59", False), ("09:01:01", True), ("09:01:30", False)]:
        clock(f"2027-03-01T{moment}")
        found = seen(session, token)
        assert found is not None
        assert found.unnoted is unnoted


def test_a_glance_finds_a_session_in_one_query_and_can_change_nothing(
    live_sessions: Sessions,
) -> None:
    with transaction(live_sessions, SYSTEM_SCOPE) as session:
        register(session)
        token = sign_in(session)
    with counting(live_sessions) as counter:
        found = glance(live_sessions, lambda session: people.find_session(session, token, LIMITS))
    assert found is not None
    assert len(counter) == 1
    with pytest.raises(DBAPIError, match="read-only transaction"):
        glance(live_sessions, lambda session: people.note_seen(session, token))


def test_signing_out_ends_this_session_only(session: Session) -> None:
    register(session)
    here, there = sign_in(session), sign_in(session)
    people.sign_out(session, here)
    people.sign_out(session, "unknown")
    assert people.find_session(session, here, LIMITS) is None
    assert people.find_session(session, there, LIMITS)


def test_a_new_password_signs_out_every_browser(sessions: Sessions) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        actor = register(session)
        tokens = [sign_in(session) for _ in range(2)]
    with transaction(sessions, actor.scope) as session:
        people.change_password(session, actor, SECRET, "Mohnblumen im Feld")
    with transaction(sessions, SYSTEM_SCOPE) as session:
        assert [people.find_session(session, token, LIMITS) for token in tokens] == [None, None]
        assert sign_in(session, "Mohnblumen im Feld")


@pytest.mark.parametrize(
    ("current", "new", "place"),
    [("wrong", "Mohnblumen im Feld", "current"), (SECRET, "short", "new")],
)
def test_a_bad_change_of_password_names_the_field(
    session: Session, current: str, new: str, place: str
) -> None:
    actor = register(session)
    with pytest.raises(Invalid) as error:
        people.change_password(session, actor, current, new)
    assert error.value.problems[0].place == place


def test_name_and_language_can_be_changed_by_their_owner(sessions: Sessions) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        actor = register(session)
    with transaction(sessions, actor.scope) as session:
        people.change_name(session, actor, " Ada Muster ")
        people.change_language(session, actor, "de")
    with reading(sessions, SYSTEM_SCOPE) as session:
        found = people.get_actor(session, actor.account_id)  # type: ignore[arg-type]
        assert (found.name, found.language) == ("Ada Muster", "de")


def test_bad_names_and_languages_are_refused(session: Session) -> None:
    actor = register(session)
    with pytest.raises(Invalid):
        people.change_name(session, actor, " ")
    with pytest.raises(Invalid):
        people.change_language(session, actor, "fr")
    with pytest.raises(NotAllowed):
        people.change_name(session, SYSTEM, "X")


def test_a_registration_names_all_faults_at_once(session: Session) -> None:
    with pytest.raises(Invalid) as error:
        people.register_applicant(session, "a@b", " ", SECRET, NewOrganisation(""))
    places = {problem.place for problem in error.value.problems}
    assert places == {"email", "name", "organisation"}


def test_an_address_is_registered_once(session: Session) -> None:
    register(session)
    with pytest.raises(Conflict) as error:
        register(session, "ADA@example.org")
    assert error.value.key == "store.conflict.email"


def test_staff_get_roles_and_more_roles_later(session: Session) -> None:
    authority = make_authority(session, key="office")
    programme = make_programme(session, authority, key="scheme")
    add = ("eva@example.org", "Eva Amt", SECRET, "office")
    people.add_staff(session, SYSTEM, *add, ["CASE_OFFICER"])
    actor = people.add_staff(session, SYSTEM, *add, ["HEAD_OF_UNIT", "CASE_OFFICER"], "scheme")
    again = people.add_staff(session, SYSTEM, *add, ["CASE_OFFICER"])
    assert again == actor == people.find_actor(session, "Eva@example.org")
    assert actor.has_role("CASE_OFFICER", authority.id)
    assert actor.has_role("HEAD_OF_UNIT", authority.id, programme.id)
    assert not actor.has_role("HEAD_OF_UNIT", authority.id)
    assert len(actor.grants) == 3
    holders = list_holders(session, "HEAD_OF_UNIT", authority.id, programme.id)
    assert [holder.name for holder in holders] == ["Eva Amt"]
    assert list_holders(session, "HEAD_OF_UNIT", authority.id) == []


def test_adding_staff_is_for_administrators_of_that_authority(session: Session) -> None:
    authority = make_authority(session, key="office")
    add = ("eva@example.org", "Eva Amt", SECRET, "office", ["CASE_OFFICER"])
    with pytest.raises(NotAllowed):
        people.add_staff(session, make_actor(session, "ADMIN"), *add)
    admin = make_actor(session, "ADMIN", authority=authority)
    assert people.add_staff(session, admin, *add).kind == "staff"


def test_adding_staff_says_what_is_wrong(session: Session) -> None:
    make_authority(session, key="office")
    register(session)

    def add(email: str, authority: str, role: str, programme: str | None = None) -> None:
        people.add_staff(session, SYSTEM, email, "Eva", SECRET, authority, [role], programme)

    with pytest.raises(NotFound):
        add("eva@example.org", "nowhere", "CASE_OFFICER")
    with pytest.raises(NotFound):
        add("eva@example.org", "office", "CASE_OFFICER", "nothing")
    with pytest.raises(Invalid):
        add("eva@example.org", "office", "APPLICANT")
    with pytest.raises(Conflict):
        add("ada@example.org", "office", "CASE_OFFICER")
    with pytest.raises(NotFound):
        people.get_actor(session, make_authority(session).id)
    assert people.find_actor(session, "nobody@example.org") is None


def test_an_api_token_works_until_it_is_revoked(sessions: Sessions) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        actor = register(session)
    with transaction(sessions, actor.scope) as session:
        token = people.create_token(session, actor, "Export")
        forever = people.create_token(session, actor, "Import", days=None)
        assert [found.name for found in people.list_tokens(session, actor)] == ["Import", "Export"]
        export = people.list_tokens(session, actor)[1]
    with transaction(sessions, SYSTEM_SCOPE) as session:
        assert people.actor_of_token(session, token) == actor
        with time.at(time.now() + timedelta(days=366)):
            assert people.actor_of_token(session, token) is None
            assert people.actor_of_token(session, forever) == actor
    with transaction(sessions, actor.scope) as session:
        people.revoke_token(session, actor, export.id)
        with pytest.raises(NotFound):
            people.revoke_token(session, actor, export.id)
    with transaction(sessions, SYSTEM_SCOPE) as session:
        assert people.actor_of_token(session, token) is None
        assert session.scalars(select(ApiToken)).all()


def test_a_token_needs_a_name_and_a_reasonable_end(session: Session) -> None:
    actor = register(session)
    with pytest.raises(Invalid):
        people.create_token(session, actor, " ")
    with pytest.raises(Invalid):
        people.create_token(session, actor, "Export", days=0)


def test_expired_sessions_and_old_attempts_are_forgotten(session: Session, clock: Clock) -> None:
    clock("2027-03-01T09:00")
    register(session)
    sign_in(session)
    with pytest.raises(SignInRefused):
        sign_in(session, "wrong")
    clock("2027-03-01T22:00")
    people.forget_old(session, LIMITS)
    assert session.scalars(select(WebSession)).all() == []
    assert session.scalars(select(SigninAttempt)).all() == []


def test_a_new_account_gets_a_mail(sessions: Sessions, test_settings: Settings) -> None:
    with transaction(sessions, SYSTEM_SCOPE) as session:
        register(session)
    assert run_jobs(test_settings, sessions) == 1
    (mail,) = (test_settings.data_dir / "outbox").iterdir()
    assert "Subject: Your account is ready" in mail.read_text()

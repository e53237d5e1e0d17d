"""What a letter takes from its case: signatory, seal, days and amounts; what a correction does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.integration.desk import Desks
from tests.integration.ponds import Ponds

from grantflow import letters as pages
from grantflow.clock import now, today
from grantflow.errors import Conflict
from grantflow.letters import model as values
from grantflow.services import (
    letter_checks,
    letter_drafts,
    letter_effects,
    letter_facts,
    letter_model,
    letter_signing,
    renotification,
)
from grantflow.services.catalogue import programme_of
from grantflow.services.move import Move
from grantflow.services.policy import SYSTEM
from grantflow.settings import settings
from grantflow.store import acts, payments
from grantflow.store import cases as case_rows
from grantflow.store import letters as letter_rows
from grantflow.store.tables import (
    Case,
    Computation,
    Deadline,
    Dispatch,
    FormData,
    Letter,
    ProcessInstance,
)

Clock = Callable[[str], None]


def sent(ponds: Ponds, case: Case, name: str) -> Letter:
    return next(one for one in ponds.letters(case) if one.name == name)


def shipped(name: str) -> pages.LetterSource:
    folder = settings().templates_dir / "letters" / name
    files = [(folder / file).read_bytes() for file in ("letter.toml", "body.html")]
    return pages.parse_source(name, *files)


def moved(session: Any, case: Case) -> tuple[Move, ProcessInstance]:
    """A move of the case, and its lifecycle."""
    locked = case_rows.lock_case(session, case.id)
    programme = programme_of(session, locked.programme_version_id)
    query = select(ProcessInstance).where(
        col(ProcessInstance.case_id) == case.id, col(ProcessInstance.process_id) == "lifecycle"
    )
    return Move(session, SYSTEM, locked, programme, now()), session.scalars(query).one()


def computed(row: ProcessInstance, rule: str, **found: Any) -> Computation:
    return Computation(
        case_id=row.case_id,
        authority_id=row.authority_id,
        instance_id=row.id,
        element_id=rule,
        rule=rule,
        version="federal",
        inputs={},
        values=found,
        steps=[],
        at=now(),
    )


# ---- corrections


def corrected(ponds: Ponds, case: Case) -> tuple[Letter, Letter]:
    """The decision and its correction, which has left as well."""
    wrong = sent(ponds, case, "grant_decision")
    made = ponds.do("officer", letter_drafts.correct, wrong.id, "Statt „flach“ heißt es „tief“.")
    ponds.do("head", letter_drafts.approve_correction, made.id)
    ponds.run_jobs()
    return wrong, made


def dispatch_of(ponds: Ponds, letter: Letter) -> Dispatch:
    with ponds.reading() as session:
        found = letter_rows.find_dispatch(session, letter.id)
    assert found is not None
    return found


def test_a_correction_opens_no_new_period_and_moves_no_day(ponds: Ponds, clock: Clock) -> None:
    case = ponds.granted()
    with ponds.reading() as session:
        before = payments.remedy_of_grant(session, case.id)
        query = select(Deadline.id, Deadline.due_on).where(col(Deadline.case_id) == case.id)
        days = sorted(tuple(row) for row in session.execute(query))
    tasks = set(ponds.tasks(case.id))
    clock("2027-02-20T09:00")
    wrong, made = corrected(ponds, case)
    first, second = dispatch_of(ponds, wrong), dispatch_of(ponds, made)
    assert first.remedy_end is not None
    assert (second.state, second.remedy_end, second.safe_finality) == ("sent", None, None)
    assert second.notified_on is not None
    with ponds.reading() as session:
        assert payments.remedy_of_grant(session, case.id) == before
        assert sorted(tuple(row) for row in session.execute(query)) == days
        newest = acts.latest_dispatch(session, case.id, "grant_decision")
        assert newest is not None
        assert newest.id == first.id
        named = acts.latest_left(session, case.id, ["grant_decision"])
        assert named is not None
        assert named.id == wrong.id
    assert set(ponds.tasks(case.id)) == tasks
    with pytest.raises(Conflict) as refused:
        ponds.do("officer", renotification.record_waiver, second.id, today())
    assert refused.value.key == "dispatches.no_remedy"


def test_the_register_links_decision_and_correction(desks: Desks) -> None:
    ponds = desks.ponds
    wrong, made = corrected(ponds, ponds.granted())
    first, second = dispatch_of(ponds, wrong), dispatch_of(ponds, made)
    registry = desks.of("registry")
    page = registry.read("/dispatches")
    assert "Berichtigt ein früheres Schreiben" in page
    assert f"/letters/{wrong.id}" in registry.get("/dispatches").text
    entry = registry.get(f"/dispatches/{second.id}").text
    assert f'href="/dispatches/{first.id}"' in entry
    assert "Rechtsbehelfsverzicht" not in registry.read(f"/dispatches/{second.id}")
    back = registry.get(f"/dispatches/{first.id}").text
    assert f'href="/dispatches/{second.id}"' in back
    assert "Berichtigt durch" in back


# ---- who signs


def test_the_title_stands_below_the_head_and_nobody_else(ponds: Ponds) -> None:
    case = ponds.granted()
    with ponds.reading() as session:
        authority = programme_of(session, case.programme_version_id).file.authority
        plain = authority.model_copy(update={"signatory_title": "Amtsleitung"})
        named = plain.model_copy(update={"signatory_name": "Gabi Graf"})

        def signs(facts: Any, who: str | None) -> tuple[str, str]:
            account = ponds.who(who).account_id if who else None
            found = letter_signing.signatory(session, case, facts, account)
            return found.name, found.function

        assert signs(plain, "head") == (ponds.who("head").name, "Amtsleitung")
        assert signs(plain, "officer") == (ponds.who("officer").name, "")
        assert signs(plain, None) == (authority.name, "")
        assert signs(named, "officer") == ("Gabi Graf", "Amtsleitung")


def test_whoever_approves_a_correction_signs_it(ponds: Ponds) -> None:
    _, made = corrected(ponds, ponds.granted())
    with ponds.reading() as session:
        model = values.load(letter_rows.get_letter(session, made.id).model)
    assert model.signatory.name == ponds.who("head").name


# ---- seal


def test_a_seal_replaces_paper_only_where_there_is_one(
    ponds: Ponds, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, source = ponds.granted(), shipped("recovery_decision")
    sealing = source.model_copy(update={"signature": "seal"})
    by_hand = source.model_copy(update={"signature": "hand"})
    letter = sent(ponds, case, "grant_decision")
    row = Letter(**{**letter.model_dump(), "edits": {}, "texts": {}})
    model = values.load(letter.model)

    def lacks(written: pages.LetterSource) -> bool:
        with ponds.reading() as session:
            found = letter_checks.unmet(session, row, written, model, today())
        return "letters_checks.written_form" in [one.key for one in found]

    def channel(written: pages.LetterSource) -> str:
        with ponds.transaction(SYSTEM) as session:
            return letter_effects._channel(moved(session, case)[0], written, {})

    assert (lacks(source), lacks(sealing)) == (True, True)
    assert (channel(source), channel(sealing)) == ("post", "post")
    monkeypatch.setattr(pages, "seal", lambda: pages.Rendered)
    assert (lacks(source), lacks(sealing), lacks(by_hand)) == (False, False, True)
    assert (channel(source), channel(by_hand)) == ("portal", "post")


# ---- days and amounts


def test_the_day_of_use_is_named_by_the_diagram_or_computed_in_its_process(ponds: Ponds) -> None:
    case = ponds.granted()
    with ponds.transaction(SYSTEM) as session:
        _, row = moved(session, case)
        assert letter_facts.use_until(session, row, {}) is None
        session.add(computed(row, "prompt_use", last_day="2027-03-15"))
        session.flush()
        assert letter_facts.use_until(session, row, {}) == date(2027, 3, 15)
        assert letter_facts.use_until(session, row, {"use_until": "2027-04-01"}) == date(2027, 4, 1)


@pytest.mark.parametrize(("repay", "small"), [(10, True), (5000, False), (0, None)])
def test_an_overpayment_is_measured_by_the_limit_of_the_rules(
    ponds: Ponds, monkeypatch: pytest.MonkeyPatch, repay: int, small: bool | None
) -> None:
    case, source = ponds.granted(), shipped("settlement_decision")
    with ponds.transaction(SYSTEM) as session:
        move, row = moved(session, case)
        told: list[dict[str, Any]] = []

        def with_limit(name: str, facts: dict[str, Any], profile: Any) -> Any:
            told.append(facts)
            return compute(name, {**facts, "small_claim": 500}, profile)

        compute = letter_facts.compute
        monkeypatch.setattr(letter_facts, "compute", with_limit)
        facts = letter_facts.filled(move, row, source, {"repay": repay})
        assert facts.get("below_limit") is small
        assert told == ([] if small is None else [{"claim": repay}])


def left(session: Any, like: Letter, name: str, day: int) -> None:
    """A letter of this name has left the case on a day of May."""
    kept = like.model_dump(exclude={"id", "approved_at", "created_at", "title", "model"})
    at = now().replace(month=5, day=day)
    info = {**like.model["info"], "on": f"2027-05-{day:02}"}
    own = {"name": name, "state": "dispatched", "approved_at": at, "created_at": at}
    title = {"de": name, "en": name}
    session.add(Letter(**{**kept, **own, "title": title, "model": {**like.model, "info": info}}))
    session.flush()


def test_a_new_plan_of_payment_names_the_plan_it_replaces(ponds: Ponds) -> None:
    case, source = ponds.granted(), shipped("deferral_decision")
    like = sent(ponds, case, "grant_decision")
    with ponds.transaction(SYSTEM) as session:
        move, row = moved(session, case)

        def named() -> tuple[Any, Any]:
            facts = letter_facts.filled(move, row, source, {})
            return facts.get("replaces"), facts.get("replaces_on")

        left(session, like, "recovery_decision", 3)
        assert named() == (None, None)
        left(session, like, "instalment_decision", 10)
        assert named() == ("instalment_decision", "2027-05-10")
        left(session, like, "recovery_decision", 20)  # another claim has no plan yet
        assert named() == (None, None)


def test_the_closing_letter_names_the_expenditure_that_was_computed(ponds: Ponds) -> None:
    case, source = ponds.granted(), shipped("closing_letter")
    with ponds.transaction(SYSTEM) as session:
        move, row = moved(session, case)
        given = session.scalars(
            select(FormData).where(col(FormData.case_id) == case.id).limit(1)
        ).one()
        answers = {**given.model_dump(exclude={"id"}), "form": "prepare_settlement"}
        answers |= {"answers": {"final_grant": "18000.00"}, "at": now(), "item": ""}
        session.add(FormData(**answers))
        session.flush()
        bare = built(move, row, source)
        assert bare is not None
        assert bare.eligible is None
        session.add(computed(row, "final_grant", eligible="36000.00"))
        session.flush()
        found = built(move, row, source)
        assert found is not None
        assert (found.eligible, found.final_grant) == (Decimal(36000), Decimal(18000))


def built(move: Move, row: ProcessInstance, source: pages.LetterSource) -> Any:
    return letter_model.build(move, row, source, {}, "portal").settlement
